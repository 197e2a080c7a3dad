//! One question of a platform's campaign, and the grants it is about.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::Bound};

/// An answer as it stands on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeAnswer {
    /// Nobody has answered, or the answer was taken back.
    Unanswered,
    /// The access stays.
    Approve,
    /// The access goes.
    Revoke,
    /// The reviewer does not know.
    DoNotKnow,
    /// A word that is not known here: some answer, never taken for none.
    Other(String),
}

/// Who gave an answer, as the platform shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeBy {
    /// The platform's id of the account.
    pub id: String,
    /// The name; empty where the platform does not say.
    pub name: String,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeResource {
    /// One entitlement of a reading.
    Entitlement(String),
    /// Every entitlement whose id begins so: an application as a whole.
    Entitlements(String),
    /// A part of an entitlement that is asked about by itself and not read, with its own id and name.
    Part {
        /// The entitlement of the reading.
        of: String,
        /// The part's id.
        id: String,
        /// The part's name; empty where the platform does not say.
        name: String,
    },
    /// Something that this version cannot match.
    Unknown(String),
}

/// Who is to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeReviewer {
    /// The account of this id.
    Account(String),
    /// The manager of whom it is about.
    Manager,
    /// The owner of what it is about.
    Owner,
    /// Whom it is about themselves.
    Holder,
    /// Anybody who is in a group.
    Group(ReviewerGroup),
    /// A rule that this version cannot resolve, as the platform writes it.
    Unknown(String),
}

/// A group, anybody in which may answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewerGroup {
    /// The platform's id of the group.
    pub id: String,
    /// The accounts in it and in groups within it, by id. Empty until [`super::NativeSource::with_people`] has asked for them.
    pub people: Vec<String>,
    /// The names of what else is in it and answers nothing: devices, contacts.
    pub others: Vec<String>,
}

/// What came of carrying an answer out on the platform, by its own account: no proof (rule 20).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeApplied {
    /// Nothing yet, or nothing to do.
    NotYet,
    /// Under way.
    UnderWay,
    /// Done.
    Done,
    /// It was not there any more.
    AlreadyGone,
    /// People have to do it.
    ByHand,
    /// The platform cannot carry it out.
    CannotBeApplied,
    /// It failed, or something that this version does not know, in the platform's word.
    Failed(String),
}

/// One question of a platform's campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeItem {
    /// The platform's id of the item.
    pub id: String,
    /// Whose access: an account of the source.
    pub principal: String,
    /// Access to what.
    pub resource: NativeResource,
    /// Who is to answer, the first first; the others where that one cannot be.
    pub reviewers: Vec<NativeReviewer>,
    /// The level of reviewers that it waits for, in the platform's word, where there are several.
    pub level: Option<String>,
    /// The answer that stands there.
    pub answer: NativeAnswer,
    /// Who gave it; none where nobody did, or where the platform does not say.
    pub by: Option<NativeBy>,
    /// When it was given.
    pub at: Option<Timestamp>,
    /// The note that was given with it.
    pub note: Option<String>,
    /// What the platform itself recommends; none where it does not say.
    pub recommendation: Option<NativeAnswer>,
    /// What came of carrying the answer out.
    pub applied: NativeApplied,
}

impl NativeItem {
    /// True where nobody has answered.
    pub fn is_open(&self) -> bool {
        self.answer == NativeAnswer::Unanswered
    }

    /// The account that is to answer, where the platform names one.
    pub fn reviewer(&self) -> Option<&str> {
        self.reviewers.iter().find_map(|one| match one {
            NativeReviewer::Account(id) => Some(id.as_str()),
            _ => None,
        })
    }
}

/// An item and the grants that it asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched<K> {
    /// The item.
    pub item_id: String,
    /// Every grant of that account and entitlement, whatever the path: an answer covers them all. None where the reading
    /// shows none, or where the item asks about something that is not read.
    pub grants: Vec<K>,
}

/// Matches items to the grants of a reading, in the order of the items. Grants come as account, entitlement and whatever
/// names them.
pub fn match_items<'g, K: Clone>(items: &[NativeItem], grants: impl IntoIterator<Item = (&'g str, &'g str, K)>) -> Vec<Matched<K>> {
    let mut held: BTreeMap<&str, BTreeMap<&str, Vec<K>>> = BTreeMap::new();
    for (account, entitlement, key) in grants {
        held.entry(account).or_default().entry(entitlement).or_default().push(key);
    }
    let found = |item: &NativeItem| -> Vec<K> {
        let Some(of) = held.get(item.principal.as_str()) else { return Vec::new() };
        match &item.resource {
            NativeResource::Entitlement(id) => of.get(id.as_str()).cloned().unwrap_or_default(),
            NativeResource::Entitlements(prefix) => of
                .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
                .take_while(|(id, _)| id.starts_with(prefix.as_str()))
                .flat_map(|(_, keys)| keys.iter().cloned())
                .collect(),
            NativeResource::Part { .. } | NativeResource::Unknown(_) => Vec::new(),
        }
    };
    items.iter().map(|item| Matched { item_id: item.id.clone(), grants: found(item) }).collect()
}
