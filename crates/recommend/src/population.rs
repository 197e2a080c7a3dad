//! What the engine is given: plain facts of who holds what, read from the store by the caller.
//!
//! No names and no descriptions stand here, so none of them can move a verdict.
//! Title and department are opaque codes: they are compared, never read.

use domain::{
    AccountId, AccountRisk, AccountStatus, Answer, DecisionOrigin, EntitlementId, GrantId, GrantPath, RequirementKind, Sensitivity,
    SourceId, Timestamp, Usage,
};
use serde::{Deserialize, Serialize};

/// Everything that one run of the engine looks at. Order does not matter anywhere.
#[derive(Debug, Clone, Default)]
pub struct Population {
    /// The sources that the accounts belong to.
    pub sources: Vec<Source>,
    /// Every account, also those that hold nothing: they are the peers.
    pub people: Vec<Person>,
    /// Everything that can be held.
    pub entitlements: Vec<Entitlement>,
    /// Who holds what. [`crate::Judge::recommend`] takes a position in this list.
    pub grants: Vec<Grant>,
    /// What was seen of the use of grants. No record means unknown.
    pub usage: Vec<UsageRecord>,
    /// Earlier answers.
    pub decisions: Vec<PastDecision>,
    /// What people must have to hold what they hold, and that runs out.
    pub requirements: Vec<Requirement>,
    /// Duties that must be apart.
    pub separated_duties: Vec<SeparatedDuties>,
}

/// What an account's holder must have to hold an entitlement, and until when they have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// The holder.
    pub person: AccountId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// What is required.
    pub kind: RequirementKind,
    /// The last day on which they have it.
    pub expires: Timestamp,
}

/// A place that accounts, grants and attributes were read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// When it was read.
    pub read_at: Timestamp,
}

/// An account: one person (or machine) in one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account's id.
    pub id: AccountId,
    /// The source that the account belongs to. People of other sources are never peers.
    pub source: SourceId,
    /// What the source says of the account; `None` when unknown. Then it may be a machine's, or somebody's on leave, and non-use says nothing.
    pub status: Option<AccountStatus>,
    /// The title, as an opaque code; `None` when unknown.
    pub title_code: Option<String>,
    /// The department, as an opaque code; `None` when unknown.
    pub department_code: Option<String>,
    /// The manager; for a machine's or a shared account, its technical owner. `None` when unknown.
    pub manager: Option<AccountId>,
    /// First day, from HR.
    pub start: Option<Timestamp>,
    /// Last day, from HR. It may lie in the future.
    pub end: Option<Timestamp>,
    /// When title or department last changed, from HR.
    pub changed_job_on: Option<Timestamp>,
    /// How likely the account is in somebody else's hands, as the source sees it; `None` where it does not tell.
    pub risk: Option<AccountRisk>,
    /// Declared by the organisation as an emergency (break-glass) account (rule 27).
    pub emergency: bool,
    /// The latest use that another source saw of the same person.
    pub active_elsewhere: Option<Timestamp>,
    /// Which of these another source says of the same person.
    pub elsewhere: Vec<Elsewhere>,
}

/// An attribute of a person that another source says, of somebody joined to the account by a stable key (rule 34).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    /// Which attribute.
    pub attribute: Attribute,
    /// The source that says it.
    pub source: SourceId,
    /// When that source was read.
    pub read_at: Timestamp,
}

/// An attribute of a person that holds wherever they have an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// [`Person::status`], where it is leave.
    Status,
    /// [`Person::start`].
    Start,
    /// [`Person::end`].
    End,
    /// [`Person::changed_job_on`].
    ChangedJobOn,
    /// [`Person::active_elsewhere`], which no account's own source says.
    Activity,
}

/// Something that can be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// Its id.
    pub id: EntitlementId,
    /// How much harm it could do; `None` when nobody has stated it, which counts as high.
    pub sensitivity: Option<Sensitivity>,
    /// Who answers for it.
    pub owner: Option<AccountId>,
    /// Declared by the organisation as emergency (break-glass) access (rule 27).
    pub emergency: bool,
}

/// An account holding an entitlement by a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Who holds it.
    pub person: AccountId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// How it is held.
    pub path: GrantPath,
    /// Since when; `None` when unknown.
    pub granted_on: Option<Timestamp>,
    /// By when it was held at the latest, where `granted_on` is unknown: an earlier reading showed it, or the source dates
    /// every newer grant. `None` when even that is unknown.
    pub held_by: Option<Timestamp>,
    /// By whom; `None` when unknown.
    pub granted_by: Option<AccountId>,
    /// The membership through which it is held, where that is an entitlement of its own; `None` where it is not, or unknown.
    pub through: Option<EntitlementId>,
}

/// What a source saw of the use of an entitlement by an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageRecord {
    /// Whose use.
    pub person: AccountId,
    /// The use of what.
    pub entitlement: EntitlementId,
    /// What was seen.
    pub usage: Usage,
    /// Which source saw it.
    pub source: SourceId,
    /// When it was read; the observed window ends then.
    pub read_at: Timestamp,
}

/// An answer that was given earlier about an account holding an entitlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastDecision {
    /// The holder.
    pub person: AccountId,
    /// What was held.
    pub entitlement: EntitlementId,
    /// What was answered.
    pub answer: Answer,
    /// When.
    pub decided_on: Timestamp,
    /// How the answer came about.
    pub how: HowDecided,
    /// Which of the holder's grants of it the answer was about.
    pub about: About,
}

/// Which of the grants by which somebody holds something an earlier answer was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Not known: it counts for all of them.
    Access,
    /// This one, and no other.
    Grant(GrantId),
    /// One that is gone, and that this one came after: it was granted anew.
    Before(GrantId),
}

impl About {
    /// Whether an answer about this says something of a grant.
    pub fn concerns(self, grant: GrantId) -> bool {
        match self {
            Self::Access => true,
            Self::Grant(of) | Self::Before(of) => of == grant,
        }
    }
}

/// How an earlier answer came about. It says how much the answer can support (rules 5 and 30).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HowDecided {
    /// A person, one item.
    Reviewed,
    /// A person, one item, before any recommendation was shown.
    ReviewedBlind,
    /// A person, together with other items.
    Bulk,
    /// A default, because nobody answered. It supports nothing.
    Default,
    /// An exception that the organisation approved.
    Exception,
    /// Made on the platform itself.
    Platform,
}

impl From<DecisionOrigin> for HowDecided {
    fn from(origin: DecisionOrigin) -> Self {
        match origin {
            DecisionOrigin::Person => Self::Reviewed,
            DecisionOrigin::PersonBlind => Self::ReviewedBlind,
            DecisionOrigin::PersonBulk => Self::Bulk,
            DecisionOrigin::Default => Self::Default,
            DecisionOrigin::Platform => Self::Platform,
        }
    }
}

/// Two sets of entitlements of which nobody should hold one of each (rule 33).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeparatedDuties {
    /// The organisation's number of this rule; it stands in facts in the place of the name.
    pub number: u32,
    /// What gives the one duty.
    pub left: Vec<EntitlementId>,
    /// What gives the other.
    pub right: Vec<EntitlementId>,
}
