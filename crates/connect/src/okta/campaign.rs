//! Campaigns that a platform runs itself: read there, decided here, answered there.
//!
//! A platform's campaign keeps its own settings, defaults and end; they are shown, never changed. An item is matched to the
//! grants of the last reading by who and what. Answers go out with the reviewer's own token where the platform demands
//! it; before each sending the items are read again, so that a decision made on the platform stands and nothing is sent
//! twice.

use crate::records::{GrantKey, GrantRecord};
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a platform's campaign stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeState {
    /// It will begin.
    Scheduled,
    /// It takes answers.
    Active,
    /// It has ended.
    Completed,
    /// A word that is not known here, as the platform writes it.
    Other(String),
}

/// What the platform does with access by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeEffect {
    /// Nothing: what follows is done by people, or by us.
    Nothing,
    /// It takes the access away.
    Removes,
    /// It approves: an owner has to acknowledge that before the campaign is opened here (rule 13).
    Approves,
    /// A word that is not known here.
    Other(String),
}

/// When the platform asks for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Justification {
    /// It takes none.
    Disabled,
    /// It takes one.
    Optional,
    /// For taking access away. A reason is asked for both answers here, so that neither is the easier one (rule 15).
    ForRevoke,
    /// For every answer.
    ForAll,
    /// It does not say.
    Unknown,
}

/// A platform's campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of the platform with two values")]
pub struct NativeCampaign {
    /// The platform's id.
    pub id: String,
    /// Its name there.
    pub name: String,
    /// Where it stands.
    pub state: NativeState,
    /// When it begins or began.
    pub starts: Option<Timestamp>,
    /// When it ends by its own settings.
    pub ends: Option<Timestamp>,
    /// Its time zone there (IANA).
    pub time_zone: Option<String>,
    /// What a Revoke does.
    pub on_revoke: NativeEffect,
    /// What its end does with items that nobody answered.
    pub on_silence: NativeEffect,
    /// Whether an answer is final when sent, and takes effect at once (Okta), or is applied at the end (Entra).
    pub final_when_sent: bool,
    /// When it asks for a reason.
    pub justification: Justification,
    /// Whether many items may be answered at once.
    pub bulk_allowed: bool,
    /// Whether items may be handed over.
    pub hand_over_allowed: bool,
    /// Whether somebody may answer about themselves. Here nobody may, whatever the platform allows (rule 37).
    pub self_review_allowed: bool,
    /// How many levels of reviewers it has; 1 or 2.
    pub levels: u8,
}

/// How an item was answered on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeDecision {
    /// Not yet.
    Undecided,
    /// It may stay.
    Approved,
    /// It has to go.
    Revoked,
    /// A word that is not known here.
    Other(String),
}

/// What the platform says of carrying an answer out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeRemediation {
    /// Nothing to do.
    None,
    /// Under way.
    Open,
    /// Done, by its own account. Not proof: the access is read again.
    Done,
    /// It could not.
    Failed,
    /// People have to do it.
    Manual,
    /// A word that is not known here.
    Other(String),
}

/// One item of a platform's campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeItem {
    /// The platform's id.
    pub id: String,
    /// The campaign's.
    pub campaign_id: String,
    /// Whose access: an account of the source.
    pub person_id: String,
    /// Access to what: an entitlement of the source, or something that was not read.
    pub entitlement_id: String,
    /// A part of it that the platform asks about by itself (an entitlement of an application), with its name.
    pub part: Option<(String, String)>,
    /// Who has to answer.
    pub reviewer_id: Option<String>,
    /// The level of reviewers that it waits for, in the platform's word, where there are several.
    pub level: Option<String>,
    /// How it was answered.
    pub decision: NativeDecision,
    /// When.
    pub decided_on: Option<Timestamp>,
    /// What the platform says of carrying it out.
    pub remediation: NativeRemediation,
    /// The reviewer's note there.
    pub note: Option<String>,
}

/// An answer to one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeAnswer {
    /// The item.
    pub item_id: String,
    /// What is answered.
    pub action: NativeAction,
    /// The note, at most 300 characters where the platform is Okta.
    pub note: Option<String>,
}

/// What an answer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NativeAction {
    /// The access stays.
    Approve,
    /// The access goes.
    Revoke,
    /// Somebody else answers: the account of this id.
    HandOver(String),
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NativeOutcome {
    /// The platform has it, as the item shows.
    Accepted(Box<NativeItem>),
    /// The platform had another answer already; it stands, and ours was not sent (rule 14).
    StandsAlready(Box<NativeItem>),
    /// It was not taken, for this reason, and has to be seen by a person.
    NotTaken(String),
    /// It was not sent, for a reason that may pass.
    NotSent(String),
    /// It waits for the reviewer's sign-in: the token is gone or lacks the scope.
    WaitingForSignIn,
    /// It was sent, and neither an answer nor a re-reading tells what came of it.
    Unknown,
}

/// An item and the grants that it asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The item.
    pub item_id: String,
    /// Every grant of that person and entitlement, whatever the path; none where the last reading shows none, or where
    /// the item asks about a part that is not read.
    pub grants: Vec<GrantKey>,
}

/// Matches items to the grants of a reading, in the order of the items.
pub fn match_items(items: &[NativeItem], grants: &[GrantRecord]) -> Vec<Matched> {
    let mut held: BTreeMap<(&str, &str), Vec<GrantKey>> = BTreeMap::new();
    for grant in grants {
        held.entry((&grant.person_id, &grant.entitlement_id)).or_default().push(grant.key());
    }
    items
        .iter()
        .map(|item| {
            let found = held.get(&(item.person_id.as_str(), item.entitlement_id.as_str())).filter(|_| item.part.is_none());
            Matched { item_id: item.id.clone(), grants: found.cloned().unwrap_or_default() }
        })
        .collect()
}

/// A text in at most 300 characters, for notes of Okta: cut, with the reference at its end, where it is longer (rule 15).
pub fn short_note(text: &str, reference: &str) -> String {
    const MOST: usize = 300;
    let whole = if reference.is_empty() { text.to_owned() } else { format!("{text} [{reference}]") };
    if whole.chars().count() <= MOST {
        return whole;
    }
    let tail = if reference.is_empty() { "…".to_owned() } else { format!("… [{reference}]") };
    let room = MOST.saturating_sub(tail.chars().count());
    text.chars().take(room).chain(tail.chars()).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_fits_and_keeps_its_reference() {
        assert_eq!(short_note("Not needed", "led 7"), "Not needed [led 7]");
        let long = short_note(&"ä".repeat(400), "led 7");
        assert_eq!(long.chars().count(), 300);
        assert!(long.ends_with("… [led 7]"));
        assert_eq!(short_note(&"x".repeat(300), ""), "x".repeat(300));
    }
}
