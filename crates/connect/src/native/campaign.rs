//! A platform's campaign and its settings.

use super::{NativeResource, NativeReviewer};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// Which campaign of a platform is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NativeId {
    /// The platform's id of the campaign (Okta), or of the definition of the review (Entra).
    pub campaign: String,
    /// The platform's id of this run of it, which Entra has for each resource and recurrence; empty in Okta, where a
    /// campaign is its own run.
    pub run: String,
}

/// Where a platform's campaign stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeState {
    /// It has not begun to take answers.
    NotStarted,
    /// It takes answers.
    Open,
    /// It takes no more answers.
    Closed,
    /// A word that is not known here, as the platform writes it. Nothing is sent.
    Unknown(String),
}

/// What a Revoke does there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRevoke {
    /// It takes the access away.
    Removes,
    /// Nothing: people take the access away, or we do.
    Nothing,
    /// It takes more away than the access: Entra can disable and delete guests who are denied.
    RemovesMore,
    /// A word that is not known here.
    Unknown(String),
}

/// What the platform does at its end with what nobody answered (rule 13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSilence {
    /// Nothing: the access stays, and the item stays unanswered.
    Nothing,
    /// It approves.
    Approves,
    /// It takes the access away.
    Removes,
    /// It follows its own recommendation.
    FollowsRecommendation,
    /// A word that is not known here; it counts as approving.
    Unknown(String),
}

impl OnSilence {
    /// True where what nobody decided may end up approved, so that the owner has to acknowledge it before opening (rule 13).
    pub const fn may_approve(&self) -> bool {
        matches!(self, Self::Approves | Self::FollowsRecommendation | Self::Unknown(_))
    }

    /// True where what nobody decided may be taken away.
    pub const fn may_remove(&self) -> bool {
        matches!(self, Self::Removes | Self::FollowsRecommendation | Self::Unknown(_))
    }
}

/// When an answer becomes final there and takes effect (rule 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakesEffect {
    /// At once when the platform has it, and it can never be changed (Okta).
    WhenSent,
    /// At the campaign's end, by the platform itself; until then it can be changed (Entra).
    AtEnd,
    /// When an administrator applies it after the campaign's end; until the end it can be changed (Entra without automatic
    /// application).
    WhenApplied,
}

/// When the platform asks for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Justification {
    /// It takes none.
    Disabled,
    /// It takes one.
    Optional,
    /// For approving.
    ForApprove,
    /// For taking access away.
    ForRevoke,
    /// For every answer.
    ForAll,
    /// It does not say.
    Unknown,
}

impl Justification {
    /// Whether a reason is asked for here: for both answers where the platform asks for one, so that neither is easier (rule 15).
    pub const fn is_asked(self) -> bool {
        matches!(self, Self::ForApprove | Self::ForRevoke | Self::ForAll)
    }
}

/// Whether an item can be handed to another reviewer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandingOver {
    /// Yes.
    Possible,
    /// The campaign's settings forbid it.
    Forbidden,
    /// The platform has none for single items.
    None,
}

/// A platform's campaign, as its settings stand there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeCampaign {
    /// Which one.
    pub id: NativeId,
    /// Its name there.
    pub name: String,
    /// Where it stands.
    pub state: NativeState,
    /// When it begins or began.
    pub starts: Option<Timestamp>,
    /// When it ends by its own settings; platforms move it, so it is read back (rule 50).
    pub ends: Option<Timestamp>,
    /// Its time zone there (IANA), where it has one.
    pub time_zone: Option<String>,
    /// What a Revoke does.
    pub on_revoke: OnRevoke,
    /// What its end does with items that nobody answered.
    pub on_silence: OnSilence,
    /// When an answer becomes final and takes effect.
    pub takes_effect: TakesEffect,
    /// When it asks for a reason.
    pub justification: Justification,
    /// The longest note that it takes, in characters, where that is known.
    pub longest_note: Option<u32>,
    /// Whether many items may be answered at once.
    pub bulk_allowed: bool,
    /// Whether items may be handed over.
    pub handing_over: HandingOver,
    /// Whether somebody may answer about themselves. Here nobody may, whatever the platform allows (rule 37).
    pub self_review_allowed: bool,
    /// Whether answers can be given by the source's service app, without the reviewer's own sign-in.
    pub service_may_answer: bool,
    /// Who is to answer, where the campaign says it for all items at once: the first first, the others where that one cannot be.
    /// Empty where each item names its own.
    pub reviewers: Vec<NativeReviewer>,
    /// What all of it is about, where it is about one thing: Entra runs a review for each resource, all under one name.
    #[serde(default)]
    pub resource: Option<NativeResource>,
    /// How many levels or stages of reviewers it has, from 1.
    pub levels: u8,
}
