//! Facts: what is known about one grant, each with where it comes from and when it was read.
//!
//! The list of fact ids is closed and their order is fixed. A value is a number,
//! a moment, a word of a closed list or an id, never free text. Unknown is a
//! value of its own (rule 26).

use crate::population::HowDecided;
use domain::{
    AccountId, AccountRisk, AccountStatus, EntitlementId, Grain, GrantId, GrantPath, RequirementKind, Sensitivity, SourceId, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! fact_ids {
    ($($(#[$meta:meta])* $variant:ident => $word:literal),+ $(,)?) => {
        /// The closed list of what can be known about a grant.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FactId { $($(#[$meta])* #[serde(rename = $word)] $variant),+ }

        impl FactId {
            /// Every fact id, in the order in which facts stand in a recommendation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name used in storage and in evidence.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

fact_ids! {
    /// What the source says of the account.
    AccountStatus => "account-status",
    /// How likely the account is in somebody else's hands, as its platform sees it; absent where it does not tell.
    AccountAtRisk => "account-at-risk",
    /// First day, from HR.
    StartedOn => "started-on",
    /// Last day, from HR, not yet reached.
    LeavesOn => "leaves-on",
    /// Last day, from HR, reached.
    LeftOn => "left-on",
    /// The first day lies on or after the last: somebody came back, or HR contradicts itself.
    StartedAfterEnd => "started-after-end",
    /// The job changed on or after the last day: a contract was converted, or HR contradicts itself.
    ChangedJobAfterEnd => "changed-job-after-end",
    /// When something of this account was last used, where that is after the last day.
    ActivityAfterEnd => "activity-after-end",
    /// When access was last granted to this account, where that is after the last day.
    GrantedAfterEnd => "granted-after-end",
    /// When title or department last changed.
    ChangedJobOn => "changed-job-on",
    /// Nobody is known, or still here, who manages the person or owns the machine's account.
    ManagerMissing => "manager-missing",
    /// The account or the entitlement is declared for emergencies.
    Emergency => "emergency",
    /// How much harm the entitlement could do.
    Sensitivity => "sensitivity",
    /// What the holder must have to hold it and no longer has: what ran out first.
    RequirementLapsed => "requirement-lapsed",
    /// What the holder must have to hold it and still has: what runs out next.
    RequirementEnds => "requirement-ends",
    /// Who answers for the entitlement.
    EntitlementOwner => "entitlement-owner",
    /// The holder answers for the entitlement.
    HolderOwns => "holder-owns",
    /// By what kind of path it is held.
    GrantPath => "grant-path",
    /// Since when it is held.
    GrantedOn => "granted-on",
    /// By when it was held at the latest, where nobody says since when.
    HeldBy => "held-by",
    /// Who granted it.
    GrantedBy => "granted-by",
    /// The holder granted it.
    SelfGranted => "self-granted",
    /// Other grants of the same entitlement to the same account.
    RedundantWith => "redundant-with",
    /// Of the accesses that this membership gives the holder, how many they have by other ways as well.
    GivenAnyway => "given-anyway",
    /// How many days back use was really observed.
    UsageWindow => "usage-window",
    /// What the observed use speaks about.
    UsageGrain => "usage-grain",
    /// When it was last used.
    LastUsed => "last-used",
    /// On how many days of the window it was used.
    DaysUsed => "days-used",
    /// For how many days non-use was really observed, counted only while it was held; absent where it may not be said.
    UnusedDays => "unused-days",
    /// When the account last used anything at all, where non-use of this is known.
    HolderActive => "holder-active",
    /// Whether it was used after the job changed.
    UsedSinceJobChange => "used-since-job-change",
    /// A pattern that few days of use fit.
    Rhythm => "rhythm",
    /// How many other holders with known use last used it within three weeks of this one.
    HoldersInStep => "holders-in-step",
    /// The middle habit of the others who use it at all, or of all who are watched where fewer than two do: on how many of how
    /// many observed days.
    OthersHabit => "others-habit",
    /// How many others of the same department and title hold it.
    PeersTitle => "peers-title",
    /// How many others of the same department hold it.
    PeersDepartment => "peers-department",
    /// How many others with the same manager hold it.
    PeersManager => "peers-manager",
    /// How many others in the source hold it.
    PeersAll => "peers-all",
    /// How many of the people whose other access is most like the holder's hold it.
    SimilarPeople => "similar-people",
    /// The other department in which most people hold it.
    HeldMostIn => "held-most-in",
    /// How many accounts hold it.
    Holders => "holders",
    /// Whether this account is the only holder.
    LastHolder => "last-holder",
    /// The last time that somebody approved it.
    PastApproved => "past-approved",
    /// The last time that somebody revoked it.
    PastRevoked => "past-revoked",
    /// The last approved exception.
    PastException => "past-exception",
    /// Of others about whose access to the same people answered one by one within 400 days, how many kept it.
    OthersApproved => "others-approved",
    /// Whether it was granted anew after it was revoked.
    Regranted => "regranted",
    /// Held together with what must be apart from it.
    SeparatedDuties => "separated-duties",
    /// Which side of the first conflict would cost less to give up.
    CheaperSide => "cheaper-side",
}

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactValue {
    /// Not known.
    Unknown,
    /// The source watched and saw none.
    NoneSeen,
    /// True or false.
    Flag(bool),
    /// A count, or a number of days.
    Number(i64),
    /// A moment.
    At(Timestamp),
    /// So many of so many.
    Share(Share),
    /// So many of so many in the group that the named account belongs to.
    Group(Group),
    /// An account.
    Account(AccountId),
    /// The status of an account.
    Status(AccountStatus),
    /// A sensitivity.
    Sensitivity(Sensitivity),
    /// A usage grain.
    Grain(Grain),
    /// A kind of path.
    Path(PathKind),
    /// A pattern of use.
    Rhythm(Rhythm),
    /// An earlier answer.
    Past(Past),
    /// Grants.
    Grants(Vec<GrantId>),
    /// Conflicts, by the number of their rule.
    Duties(Vec<Duty>),
    /// One side of a conflict and what speaks for giving it up.
    Side(Side),
    /// Something that is required to hold the access.
    Needed(Needed),
    /// How likely an account is in somebody else's hands.
    Risk(AccountRisk),
}

/// So many of so many. Fields stand in the order of their names, as the canonical form needs them; so everywhere here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// How many hold it (or do it).
    pub held: u32,
    /// Of how many.
    pub of: u32,
}

impl Share {
    /// The share in parts of 10,000; `None` of nobody.
    pub fn parts(self) -> Option<u32> {
        (self.of > 0).then(|| u32::try_from(u64::from(self.held) * 10_000 / u64::from(self.of)).unwrap_or(10_000))
    }
}

/// So many of so many in a group, which is named by one of its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// How many hold it.
    pub held: u32,
    /// The member with the smallest id; stands for the group's name, which is free text.
    pub like: AccountId,
    /// Of how many.
    pub of: u32,
}

/// The kind of a path. Names of groups and rules are free text and stand elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathKind {
    /// Assigned to the account itself.
    Direct,
    /// Through a group.
    Group,
    /// Through a rule.
    Rule,
    /// Through groups within groups.
    Nested,
    /// Through a role.
    Role,
    /// Through an access package.
    Package,
}

impl From<&GrantPath> for PathKind {
    fn from(path: &GrantPath) -> Self {
        match path {
            GrantPath::Direct => Self::Direct,
            GrantPath::Group(_) => Self::Group,
            GrantPath::Rule(_) => Self::Rule,
            GrantPath::Nested(_) => Self::Nested,
            GrantPath::Role(_) => Self::Role,
            GrantPath::Package(_) => Self::Package,
        }
    }
}

/// A pattern of use that long gaps belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rhythm {
    /// Few days of use, the last of them around the latest quarter end.
    QuarterEnd,
    /// Few days of use, the last of them around the latest year end, and the next one is still to come.
    YearEnd,
    /// Few days of use, the last of them about a year ago.
    Yearly,
    /// Used so seldom, before the gap or by the others who use it, that fewer than six uses can be missing from the gap.
    Seldom,
}

/// An earlier answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// How it came about.
    pub how: HowDecided,
    /// When.
    pub on: Timestamp,
}

/// Something that is required to hold an access, and that runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needed {
    /// What it is.
    pub kind: RequirementKind,
    /// The last day on which the holder has it.
    pub until: Timestamp,
}

/// A conflict of duties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Duty {
    /// What is held on the other side.
    pub other: EntitlementId,
    /// The number of the rule that keeps them apart.
    pub rule: u32,
}

/// One side of a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// What would be given up.
    pub give_up: EntitlementId,
    /// How many others of the same department and title hold it.
    pub peers: Share,
    /// For how many days it was not used; `None` when unknown.
    pub unused_days: Option<i64>,
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A source.
    Source(SourceId),
    /// The record of earlier answers.
    Decisions,
    /// What the organisation has set: emergency access, duties that must be apart.
    Settings,
}

/// One thing known about a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What it is about.
    pub id: FactId,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was read there.
    pub read_at: Timestamp,
    /// What is known.
    pub value: FactValue,
}

/// The facts about one grant, at most one of each id, in the order of [`FactId::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(Vec<Fact>);

impl Facts {
    /// Puts facts into their order; of two with one id the first stays.
    pub fn new(mut facts: Vec<Fact>) -> Self {
        facts.sort_by_key(|fact| fact.id);
        facts.dedup_by_key(|fact| fact.id);
        Self(facts)
    }

    /// The same facts with these in the place of those of the same ids; others of theirs are added.
    #[must_use]
    pub fn with(mut self, facts: impl IntoIterator<Item = Fact>) -> Self {
        for fact in facts {
            self = self.without(fact.id);
            self.0.push(fact);
        }
        Self::new(self.0)
    }

    /// The same facts without the one of this id.
    #[must_use]
    pub fn without(mut self, id: FactId) -> Self {
        self.0.retain(|fact| fact.id != id);
        self
    }

    /// All facts, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Fact> {
        self.0.iter()
    }

    /// The fact with this id.
    pub fn get(&self, id: FactId) -> Option<&Fact> {
        self.0.binary_search_by_key(&id, |fact| fact.id).ok().and_then(|at| self.0.get(at))
    }

    /// The value of the fact with this id.
    pub fn value(&self, id: FactId) -> Option<&FactValue> {
        self.get(id).map(|fact| &fact.value)
    }

    /// True where the fact says so; false also where it is absent.
    pub fn flag(&self, id: FactId) -> bool {
        matches!(self.value(id), Some(FactValue::Flag(true)))
    }

    /// The moment that the fact states.
    pub fn at(&self, id: FactId) -> Option<Timestamp> {
        match self.value(id) {
            Some(FactValue::At(at)) => Some(*at),
            _ => None,
        }
    }

    /// The number that the fact states.
    pub fn number(&self, id: FactId) -> Option<i64> {
        match self.value(id) {
            Some(FactValue::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The share that the fact states; nobody of nobody where it is absent.
    pub fn share(&self, id: FactId) -> Share {
        match self.value(id) {
            Some(FactValue::Share(share)) => *share,
            _ => Share { held: 0, of: 0 },
        }
    }

    /// What is required by the fact.
    pub fn needed(&self, id: FactId) -> Option<Needed> {
        match self.value(id) {
            Some(FactValue::Needed(needed)) => Some(*needed),
            _ => None,
        }
    }

    /// The earlier answer that the fact states.
    pub fn past(&self, id: FactId) -> Option<Past> {
        match self.value(id) {
            Some(FactValue::Past(past)) => Some(*past),
            _ => None,
        }
    }
}

impl<'a> IntoIterator for &'a Facts {
    type Item = &'a Fact;
    type IntoIter = std::slice::Iter<'a, Fact>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
