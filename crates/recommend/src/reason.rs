//! Reasons: what was weighed, with its weight and the facts it rests on.

use crate::fact::{FactId, PathKind, Rhythm, Share};
use crate::learned::Promised;
use crate::part::PartOf;
use crate::population::HowDecided;
use domain::{AccountId, EntitlementId, Grain, GrantId, RequirementKind, RiskLevel, Timestamp};
use serde::{Deserialize, Serialize};

/// A reason and its weight. The weights of a recommendation's reasons add up to its score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The facts it rests on; each stands in the recommendation.
    pub facts: Vec<FactId>,
    /// What it says. [`crate::sentence`] puts it into words.
    pub says: Says,
    /// Thousandths of log-odds: positive argues for keeping, negative for removing, 0 is told but not weighed.
    pub weight: i32,
}

/// How far the group of people alike reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeerLevel {
    /// The same department and title.
    Title,
    /// The same department.
    Department,
    /// The same manager.
    Manager,
    /// Everybody in the source.
    All,
}

/// What a reason says: a closed list of sentences with what is put into them. Ages are whole days before the judging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "a field is named after what stands in the sentence: days before the judging, moments, counts, ids")]
pub enum Says {
    /// The last day has passed.
    Left { days: i64, on: Timestamp },
    /// Something of the account was used after the last day.
    ActiveAfterEnd { end: Timestamp, used: Timestamp },
    /// Access was granted after the last day.
    GrantedAfterEnd { end: Timestamp, granted: Timestamp },
    /// The first day is on or after the last.
    CameBack { end: Timestamp, start: Timestamp },
    /// The job changed on or after the last day.
    Converted { changed: Timestamp, end: Timestamp },
    /// Marked as left without a last day.
    LeftWithoutDate {},
    /// Something that is required to hold it has run out.
    RequirementLapsed { days: i64, kind: RequirementKind, on: Timestamp },
    /// Something that is required to hold it runs out soon.
    RequirementEnds { days: i64, kind: RequirementKind, on: Timestamp },
    /// The platform sees signs that the account is in somebody else's hands.
    AccountAtRisk { level: RiskLevel, since: Option<Timestamp> },
    /// Disabled without a last day.
    DisabledWithoutDate {},
    /// Declared for emergencies.
    Emergency {},
    /// Declared for emergencies, and used.
    EmergencyUsed { days: i64, used: Timestamp },
    /// A machine's or shared account without an owner who is still here.
    MachineWithoutOwner {},
    /// A machine's or shared account: absent sign-ins are not counted.
    MachineNotJudgedByUse {},
    /// A machine's or shared account, seen in use.
    MachineInUse { days: i64, used: Timestamp },
    /// An approved exception.
    Exception { days: i64, on: Timestamp },
    /// An approved exception that no longer covers this.
    ExceptionPast { before_change: bool, on: Timestamp },
    /// Held together with what must be apart.
    Duties { more: u32, other: EntitlementId, rule: u32 },
    /// The side that costs less to give up.
    CheaperSide { give_up: EntitlementId, peers: Share, this: bool, unused_days: Option<i64> },
    /// Privileged, and use is unknown.
    PrivilegedUseUnknown {},
    /// No manager who is still here.
    ManagerMissing { owner: Option<AccountId> },
    /// Used lately; `acts` where the uses are audited actions that an administrative role allows.
    Used {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        acts: bool,
        days: i64,
        days_used: Option<i64>,
        used: Timestamp,
        window: i64,
    },
    /// Used after the change of job, which does not show that the new job needs it.
    UsedAfterMove {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        acts: bool,
        after_change: i64,
        days: i64,
        used: Timestamp,
    },
    /// Last used a while ago.
    LastUsed {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        acts: bool,
        before_change: Option<i64>,
        days: i64,
        used: Timestamp,
    },
    /// Nothing seen in the observed window.
    NoneSeen { grain: Grain, unused_days: Option<i64>, window: i64 },
    /// The source keeps no usage of it.
    UseUnknown {},
    /// What the source shows is coarser than the entitlement.
    UseCoarse { days: i64, grain: Grain, used: Timestamp },
    /// The window is too short to say anything.
    WindowShort { grain: Grain, window: i64 },
    /// On leave: the usage clock stands still.
    OnLeave {},
    /// Few days of use at a known time.
    Rhythm { days_used: i64, kind: Rhythm, used: Timestamp },
    /// The others who use it do so seldom.
    OthersSeldom { share: Share, unused_days: i64 },
    /// The others who use it do so seldom, which explains no gap of somebody whose work is another.
    SeldomElsewhere { share: Share, why: NoExcuse },
    /// So many uses are missing from a gap, by the holder's own habit or by the others', while the holder used other access.
    /// `application` where the uses are those of its application, `both` where the holder's own habit tells so beside the others'.
    GapTelling {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        application: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        both: bool,
        idle: i64,
        missing: i64,
        own: bool,
    },
    /// Hardly anybody holds it of the people whose other access is most like the holder's.
    Unshared { held: u32, of: u32 },
    /// None of the others who are watched used it either.
    NobodyUsed { unused_days: i64 },
    /// A guest's account with which nothing was used.
    GuestAway { days: i64 },
    /// Other holders last used it at the same time.
    InStep { share: Share },
    /// How many people alike hold it, and where most hold it.
    Peers { held: u32, home: Option<Home>, level: PeerLevel, of: u32 },
    /// Too few people alike to compare.
    PeersTooFew { of: u32 },
    /// All that a membership is seen to give they have by other ways as well.
    GivenAnyway { of: u32 },
    /// What people answered about the same access of others.
    OthersApproved { held: u32, of: u32 },
    /// Granted before the change of job.
    CameWithOldJob { changed: Timestamp, granted: Option<Timestamp> },
    /// The job changed lately.
    JustMoved { changed: Timestamp, days: i64 },
    /// Granted lately.
    TooNew { days: i64, granted: Timestamp },
    /// Started lately.
    NewJoiner { days: i64, start: Timestamp },
    /// Decided for everyone alike.
    PathByPolicy { path: PathKind },
    /// Removing needs a change elsewhere.
    MadeByOthers { path: PathKind },
    /// Held by another path too.
    Redundant { grant: GrantId, more: u32 },
    /// Approved earlier.
    Approved { before_change: bool, how: HowDecided, on: Timestamp },
    /// Revoked earlier, and not granted anew since.
    Revoked { on: Timestamp },
    /// Revoked earlier, and granted anew.
    Regranted { granted: Timestamp, revoked: Timestamp },
    /// Revoked earlier, and granted anew; when is not known.
    GrantedAnew { revoked: Timestamp },
    /// The holder granted it.
    SelfGranted {},
    /// The holder answers for the entitlement.
    HolderOwns {},
    /// Nobody else holds it.
    LastHolder {},
    /// The last day is near.
    LeavesOn { days: i64, on: Timestamp },
    /// What people here decided about similar access. The weight is what moves the score to the model's log-odds.
    Learned { approve: u32, promise: Promised },
    /// What one thing that the model was shown adds to its log-odds; above 0 earlier decisions speak for keeping.
    LearnedPart { of: PartOf },
}

/// Why the seldom use of others explains no gap of somebody with whom nobody alike holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum NoExcuse {
    /// Nobody asked for it for this person.
    CameAlong {
        /// What it came with.
        path: PathKind,
    },
    /// It could do much harm.
    HighRisk {},
    /// So few hold it that their use shows no rhythm.
    Handful {
        /// How many others hold it.
        holders: u32,
    },
    /// It was used in the first days after it was granted only, and nobody in the department holds it.
    TriedOut {},
}

/// The department in which most people hold an entitlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Home {
    /// How many hold it there.
    pub held: u32,
    /// One of its people; stands for the department's name.
    pub like: AccountId,
    /// Of how many.
    pub of: u32,
}
