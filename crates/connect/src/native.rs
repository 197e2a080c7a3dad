//! Reviews that run on a platform: what every platform's have in common.

use crate::{reading::Reading, records::GrantKey};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// What the platform does by itself with what nobody answered (rule 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformDefault {
    /// Nothing: the access stays, and the item stays unanswered.
    Nothing,
    /// It approves.
    Approves,
    /// It revokes.
    Revokes,
    /// It follows its own recommendation.
    FollowsRecommendation,
    /// It does something that this version does not know; treat it as approving.
    Unknown,
}

impl PlatformDefault {
    /// True where what nobody decided may end up approved, so that the owner has to acknowledge it before opening (rule 13).
    pub const fn may_approve(self) -> bool {
        matches!(self, Self::Approves | Self::FollowsRecommendation | Self::Unknown)
    }
}

/// Where a running review stands on its platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeState {
    /// It has not begun to take answers.
    NotStarted,
    /// It takes answers.
    Open,
    /// It takes no more answers.
    Closed,
    /// The platform names a state that this version does not know; nothing is sent to it.
    Unknown,
}

/// One running review of a platform, as its settings stand there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeReview {
    /// The platform's id of the campaign or definition.
    pub definition: String,
    /// The platform's id of this run of it.
    pub instance: String,
    /// What it is called.
    pub name: String,
    /// Where it stands.
    pub state: NativeState,
    /// When it began to take answers.
    pub starts: Option<Timestamp>,
    /// When it ends; platforms move it, so it is read back (rule 50).
    pub ends: Option<Timestamp>,
    /// What the platform does with what nobody answered.
    pub default: PlatformDefault,
    /// The platform carries the answers out by itself at the end.
    pub applies_by_itself: bool,
    /// A reason has to be given to approve.
    pub reason_to_approve: bool,
    /// More than one stage: an answer is given to a stage, by its reviewer only.
    pub staged: bool,
}

/// An answer in the platform's review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeAnswer {
    /// The access stays.
    Approve,
    /// The access goes.
    Revoke,
    /// The reviewer does not know.
    DoNotKnow,
    /// Nobody has answered, or the answer was taken back.
    Unanswered,
}

/// Who gave an answer, as the platform shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeBy {
    /// The platform's id of the account.
    pub id: String,
    /// The name.
    pub name: String,
}

/// One question of a platform's review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeItem {
    /// The platform's id of the item.
    pub id: String,
    /// The account that the question is about.
    pub principal: String,
    /// What it is about: an entitlement of the reading, or an application as a whole, by the connector's own words.
    pub resource: NativeResource,
    /// The answer that stands there.
    pub answer: NativeAnswer,
    /// The reason given.
    pub justification: String,
    /// Who gave it; none where nobody did, or where the platform does not say.
    pub by: Option<NativeBy>,
    /// When it was given.
    pub at: Option<Timestamp>,
    /// What the platform itself recommends; none where it does not.
    pub recommendation: Option<NativeAnswer>,
    /// What came of carrying the answer out.
    pub applied: NativeApplied,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeResource {
    /// One entitlement of the reading.
    Entitlement(String),
    /// Every entitlement whose id begins so: an application as a whole.
    Entitlements(String),
    /// Something that this version cannot match.
    Unknown(String),
}

/// What came of carrying an answer out on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NativeApplied {
    /// Not yet.
    NotYet,
    /// The platform says that it did.
    Done,
    /// It was not there any more.
    AlreadyGone,
    /// The platform cannot carry it out.
    CannotBeApplied,
    /// The platform says that it failed, or something that this version does not know.
    Failed(String),
}

/// An answer to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeDecision {
    /// The platform's id of the item.
    pub item: String,
    /// The answer.
    pub answer: NativeAnswer,
    /// The reason, without personal data (rule 15).
    pub justification: String,
}

/// What came of recording one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It stands on the platform now, as a re-reading shows.
    Stands,
    /// Another answer was there already, or came in between: it stands, and ours was not sent (rule 14).
    AnotherStands(Box<NativeItem>),
    /// The platform refused it, with its reason.
    Refused(String),
    /// It takes the reviewer's own sign-in, and there is none that works (rule 11).
    WaitsForSignIn,
    /// The answer to sending it was lost and a re-reading could not settle it.
    Unknown,
}

impl NativeItem {
    /// The grants of a reading that this question is about: an answer covers them all. Empty where nothing matches.
    pub fn grants(&self, reading: &Reading) -> Vec<GrantKey> {
        let about = |entitlement: &str| match &self.resource {
            NativeResource::Entitlement(id) => entitlement == id,
            NativeResource::Entitlements(prefix) => entitlement.starts_with(prefix.as_str()),
            NativeResource::Unknown(_) => false,
        };
        reading
            .grants
            .iter()
            .filter(|grant| grant.person_id == self.principal && about(&grant.entitlement_id))
            .map(crate::GrantRecord::key)
            .collect()
    }
}
