//! What following a platform's campaign would ask here, of whom.

use crate::{
    Error, Result,
    learning::Adviser,
    open::{PlannedItem, ReviewerBy, recommended, sort_number},
    population::Loaded,
};
use connect::native::{NativeCampaign, NativeItem, NativeResource, NativeReviewer, ReviewerGroup, match_items};
use domain::{AccountStatus, GrantId, GrantPath, IdentityId, SourceId, Timestamp};
use recommend::{Judge, Weights};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    access::{Account, Entitlement, Grant},
    native::Unmatched,
};

/// Why a question of the platform becomes no item here. Each is counted and listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnmatchedReason {
    /// The last reading shows no such grant.
    NoGrant,
    /// It asks about a part of an access that is not read.
    Part,
    /// It asks about something that this version cannot match.
    UnknownResource,
    /// The account is not in the last reading.
    UnknownAccount,
    /// Another question of the same campaign asks about the same grants.
    AskedTwice,
    /// The platform asks the holder about their own access (rule 37).
    SelfReview,
    /// The platform asks who provisioned the access (rule 37).
    Provisioner,
    /// Whom the platform asks cannot be told, or is not in the last reading.
    NoReviewer,
}

impl UnmatchedReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::NoGrant,
        Self::Part,
        Self::UnknownResource,
        Self::UnknownAccount,
        Self::AskedTwice,
        Self::SelfReview,
        Self::Provisioner,
        Self::NoReviewer,
    ];

    /// The word in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoGrant => "no_grant",
            Self::Part => "part",
            Self::UnknownResource => "unknown_resource",
            Self::UnknownAccount => "unknown_account",
            Self::AskedTwice => "asked_twice",
            Self::SelfReview => "self_review",
            Self::Provisioner => "provisioner",
            Self::NoReviewer => "no_reviewer",
        }
    }

    /// How a page says it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoGrant => "The last reading shows no such access. Read the source again, or answer on the platform.",
            Self::Part => "It asks about a part of an access that is not read here. Answer it on the platform.",
            Self::UnknownResource => "It asks about something that cannot be matched here. Answer it on the platform.",
            Self::UnknownAccount => "The account is not in the last reading. Read the source again, or answer on the platform.",
            Self::AskedTwice => "Another question of the campaign asks about the same access.",
            Self::SelfReview => "The platform asks the holder, and nobody reviews their own access here. Give it to somebody else there.",
            Self::Provisioner => {
                "The platform asks the one who provisioned the access, who does not review it here. Give it to somebody else there."
            }
            Self::NoReviewer => {
                "Whom the platform asks is not in the last reading, or cannot be told from here. It is answered on the platform."
            }
        }
    }

    /// The reason that a stored word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// An item to be, and what it is on the platform.
#[derive(Debug, Clone)]
pub(super) struct PlannedNative {
    pub item: PlannedItem,
    pub native_id: String,
    /// Every grant that an answer covers, the item's own first.
    pub grants: Vec<GrantId>,
}

/// A group anybody in which may answer a platform's campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedGroup {
    /// Its name, or the platform's id where the last reading does not show it.
    pub name: String,
    /// How many people are in it.
    pub people: u64,
    /// How many of them are not in the last reading, and are asked nothing here.
    pub unknown: u64,
    /// The names of what else is in it, which the platform asks nothing.
    pub others: Vec<String>,
}

impl AskedGroup {
    /// The groups among a campaign's reviewers, as one snapshot knows them.
    pub(super) fn of(campaign: &NativeCampaign, loaded: &Loaded) -> Vec<Self> {
        let known: BTreeSet<&str> = loaded.accounts.values().map(|account| account.external_id.as_str()).collect();
        let count = |number: usize| number as u64;
        let groups = campaign.reviewers.iter().filter_map(|one| if let NativeReviewer::Group(group) = one { Some(group) } else { None });
        groups
            .map(|group| {
                let entitlement = loaded.entitlements.values().find(|one| one.external_id == format!("group:{}", group.id));
                Self {
                    name: entitlement.map_or_else(|| group.id.clone(), |one| one.display_name().to_owned()),
                    people: count(group.people.len()),
                    unknown: count(group.people.iter().filter(|id| !known.contains(id.as_str())).count()),
                    others: group.others.clone(),
                }
            })
            .collect()
    }
}

/// What following a platform's campaign would ask.
#[derive(Debug, Clone)]
pub struct NativePlan {
    /// The platform's campaign, as it was read just now.
    pub campaign: NativeCampaign,
    /// What all of it is about, by name; `None` where it is about several things.
    pub about: Option<String>,
    /// The source.
    pub source: SourceId,
    /// The source's name.
    pub source_name: String,
    /// Which platform.
    pub kind: domain::SourceKind,
    /// The snapshot that its items speak of.
    pub seq: i64,
    /// True where that snapshot is older than it may be.
    pub old: bool,
    pub(super) items: Vec<PlannedNative>,
    /// Questions that would become no item.
    pub unmatched: Vec<Unmatched>,
    /// How many of the platform's questions are answered there already: those answers stand.
    pub answered: u64,
    /// The groups anybody in which may answer.
    pub groups: Vec<AskedGroup>,
    /// The names of those who would be asked, and how many items each.
    pub reviewers: BTreeMap<IdentityId, (String, u64)>,
}

impl NativePlan {
    /// How many items it would have.
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// How many items an answer to which covers more than one grant.
    pub fn wide(&self) -> usize {
        self.items.iter().filter(|item| item.grants.len() > 1).count()
    }

    /// How many questions would become no item, by reason.
    pub fn unmatched_counts(&self) -> BTreeMap<UnmatchedReason, u64> {
        let mut counts = BTreeMap::new();
        for reason in self.unmatched.iter().filter_map(|one| UnmatchedReason::from_word(&one.reason)) {
            *counts.entry(reason).or_default() += 1;
        }
        counts
    }
}

/// The grant that an item speaks of: the one that the platform itself would take away comes first.
fn rank(grant: &Grant) -> (u8, GrantId) {
    let way = match grant.path {
        GrantPath::Direct => 0,
        GrantPath::Group(_) | GrantPath::Role(_) | GrantPath::Package(_) => 1,
        GrantPath::Rule(_) => 2,
        GrantPath::Nested(_) => 3,
    };
    (way, grant.id)
}

/// Finds the reviewers of one platform's campaign.
struct Asked<'a> {
    by_external: BTreeMap<&'a str, &'a Account>,
}

impl<'a> Asked<'a> {
    /// Whom the platform asks; the first of its reviewers that there is, and nobody in their stead.
    fn of(
        &self,
        item: &NativeItem,
        holder: &Account,
        entitlement: &Entitlement,
        grant: &Grant,
    ) -> std::result::Result<(&'a Account, ReviewerBy), UnmatchedReason> {
        let known = |external: Option<&str>| external.and_then(|id| self.by_external.get(id).copied());
        let provisioner = grant.granted_by.as_deref().and_then(|id| known(Some(id))).map(|who| who.identity);
        let mut found = None;
        for reviewer in &item.reviewers {
            found = match reviewer {
                NativeReviewer::Account(id) => known(Some(id)).map(|account| (account, ReviewerBy::Platform)),
                NativeReviewer::Manager => known(holder.manager_external.as_deref()).map(|account| (account, ReviewerBy::Manager)),
                NativeReviewer::Owner => known(entitlement.owner_external.as_deref()).map(|account| (account, ReviewerBy::Owner)),
                NativeReviewer::Group(group) => self.one_of(group, holder, provisioner).map(|account| (account, ReviewerBy::Platform)),
                NativeReviewer::Holder => return Err(UnmatchedReason::SelfReview),
                NativeReviewer::Unknown(_) => return Err(UnmatchedReason::NoReviewer),
            };
            if found.is_some() {
                break;
            }
        }
        let (account, by) = found.ok_or(UnmatchedReason::NoReviewer)?;
        if account.identity == holder.identity {
            return Err(UnmatchedReason::SelfReview);
        }
        if provisioner == Some(account.identity) {
            return Err(UnmatchedReason::Provisioner);
        }
        Ok((account, by))
    }

    /// One of the people in a group, of whom the platform lets anybody answer. Its questions are shared out among them, all of
    /// one holder's to the same person, and none to who holds the access or provisioned it (rule 37).
    fn one_of(&self, group: &ReviewerGroup, holder: &Account, provisioner: Option<IdentityId>) -> Option<&'a Account> {
        let known = group.people.iter().filter_map(|id| self.by_external.get(id.as_str()).copied());
        let able: Vec<&Account> = known
            .filter(|account| account.status.is_none_or(|status| status == AccountStatus::Active))
            .filter(|account| account.identity != holder.identity && Some(account.identity) != provisioner)
            .collect();
        let [first, second, ..] = ledger::sha256(holder.external_id.as_bytes());
        let share = usize::from(u16::from_be_bytes([first, second]));
        able.get(share.checked_rem(able.len())?).copied()
    }
}

/// What an item asks about, in the platform's ids.
fn what(resource: &NativeResource) -> String {
    match resource {
        NativeResource::Entitlement(id) | NativeResource::Unknown(id) => id.clone(),
        NativeResource::Entitlements(prefix) => format!("{prefix}*"),
        NativeResource::Part { of, id, name } if name.is_empty() => format!("{of} {id}"),
        NativeResource::Part { of, id, name } => format!("{of} {id} ({name})"),
    }
}

/// The items of a platform's campaign over one snapshot: matched, with reviewer and recommendation; and what became none.
pub(super) fn plan(
    (source, seq): (SourceId, i64),
    loaded: &Loaded,
    items: &[NativeItem],
    adviser: Option<&Adviser>,
    now: Timestamp,
) -> Result<(Vec<PlannedNative>, Vec<Unmatched>)> {
    let broken = |why: String| Error::Inconsistent(why);
    let judge = Judge::new(&loaded.population, now, Weights::default()).map_err(|why| broken(why.to_string()))?;
    let asked = Asked { by_external: loaded.accounts.values().map(|account| (account.external_id.as_str(), account)).collect() };
    let held = loaded.grants.iter().enumerate().filter_map(|(at, grant)| {
        let account = loaded.accounts.get(&grant.account)?;
        let entitlement = loaded.entitlements.get(&grant.entitlement)?;
        Some((account.external_id.as_str(), entitlement.external_id.as_str(), at))
    });
    let matched = match_items(items, held);
    let mut planned: Vec<PlannedNative> = Vec::new();
    let mut unmatched = Vec::new();
    let mut taken: BTreeSet<GrantId> = BTreeSet::new();
    for (item, found) in items.iter().zip(matched) {
        let mut grants: Vec<(usize, &Grant)> = found.grants.iter().filter_map(|at| Some((*at, loaded.grants.get(*at)?))).collect();
        grants.sort_by_key(|(_, grant)| rank(grant));
        let mut none = |reason: UnmatchedReason| {
            unmatched.push(Unmatched {
                native_id: item.id.clone(),
                account: item.principal.clone(),
                what: what(&item.resource),
                reason: reason.as_str().to_owned(),
            });
        };
        let Some((at, lead)) = grants.first().copied() else {
            none(match &item.resource {
                NativeResource::Part { .. } => UnmatchedReason::Part,
                NativeResource::Unknown(_) => UnmatchedReason::UnknownResource,
                _ if !asked.by_external.contains_key(item.principal.as_str()) => UnmatchedReason::UnknownAccount,
                _ => UnmatchedReason::NoGrant,
            });
            continue;
        };
        if grants.iter().any(|(_, grant)| taken.contains(&grant.id)) {
            none(UnmatchedReason::AskedTwice);
            continue;
        }
        let missing = || broken("a grant names an account or entitlement that its snapshot does not have".to_owned());
        let holder = loaded.accounts.get(&lead.account).ok_or_else(missing)?;
        let entitlement = loaded.entitlements.get(&lead.entitlement).ok_or_else(missing)?;
        let (reviewer, by) = match asked.of(item, holder, entitlement, lead) {
            Ok(found) => found,
            Err(reason) => {
                none(reason);
                continue;
            }
        };
        taken.extend(grants.iter().map(|(_, grant)| grant.id));
        planned.push(PlannedNative {
            item: PlannedItem {
                source,
                seq,
                grant: lead.id,
                account: lead.account,
                entitlement: lead.entitlement,
                sensitivity: entitlement.sensitivity,
                seat: 0,
                reviewer: reviewer.identity,
                by,
                recommendation: {
                    let facts = judge.facts(at).map_err(|why| broken(why.to_string()))?;
                    recommended(adviser, source, lead.id, (holder, lead.entitlement), facts, now)?
                },
            },
            native_id: item.id.clone(),
            grants: grants.iter().map(|(_, grant)| grant.id).collect(),
        });
    }
    planned.sort_by_key(|one| {
        let made = &one.item.recommendation;
        (sort_number(made.cause.sort()), made.cause, std::cmp::Reverse(made.risk), one.item.grant)
    });
    unmatched.sort_by(|a, b| a.native_id.cmp(&b.native_id));
    Ok((planned, unmatched))
}
