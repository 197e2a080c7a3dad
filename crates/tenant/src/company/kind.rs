//! What a grant turns out to be when its story is known.

use serde::Serialize;

/// What a careful person who knew the whole story would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Somebody's work needs it today.
    Keep,
    /// Nobody's work needs it any more, or ever did.
    Remove,
    /// The story itself leaves it open: a person has to find out or choose.
    Look,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $class:expr;)+) => {
        /// The part that a grant plays: ordinary, a planted problem, or a look-alike of one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Kind {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl Kind {
            /// Every kind, problems before look-alikes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in `labels.json` and in reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            const fn class(self) -> Class {
                match self { $(Self::$variant => $class),+ }
            }
        }
    };
}

/// Ordinary, planted, or resembling something planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Ordinary,
    Problem,
    LookAlike(&'static [Kind]),
}
use Class::{LookAlike, Problem};

kinds! {
    /// Day-to-day access that somebody's job needs.
    Ordinary = "ordinary", Class::Ordinary;

    /// HR has an end date in the past, and the access is still there.
    LeftStillActive = "left_still_active", Problem;
    /// HR has an end date in the past, and the access was used after it: somebody must find out.
    LeftUsedAfter = "left_used_after", Problem;
    /// Moved to another department weeks or months ago; the old access stayed and the new job does not need it.
    MovedKeptOld = "moved_kept_old", Problem;
    /// Was used while a task or project lasted; that ended.
    Unused = "unused", Problem;
    /// Asked for or handed out with a bundle, and never needed.
    NeverUsed = "never_used", Problem;
    /// Granted by mistake or for one afternoon; nobody in a like job holds it.
    NobodyAlike = "nobody_alike", Problem;
    /// Holds both sides of two duties that must be apart, and works on both.
    SeparatedDuties = "separated_duties", Problem;
    /// Administers something for a past occasion.
    PrivilegedWithoutNeed = "privileged_without_need", Problem;
    /// Arrives through a group inside a group that outlived its purpose.
    NestedStale = "nested_stale", Problem;
    /// Arrives through a rule that still matches somebody it was not meant for.
    RuleStale = "rule_stale", Problem;
    /// A service account whose technical owner is gone.
    ServiceWithoutOwner = "service_without_owner", Problem;
    /// A guest whose engagement ended.
    GuestStale = "guest_stale", Problem;
    /// A shared account that nobody answers for.
    SharedWithoutOwner = "shared_without_owner", Problem;
    /// The holder has no manager on record, so nobody near can judge.
    MissingManager = "missing_manager", Problem;
    /// Nobody records use, nobody alike holds it, nobody remembers why: it has to be asked.
    UnknownUsage = "unknown_usage", Problem;
    /// The one who would review it holds it and granted it to himself.
    SelfReviewer = "self_reviewer", Problem;
    /// Not needed, with a name or description that tells a machine to approve.
    InstructingText = "instructing_text", Problem;

    /// On leave: not used meanwhile, needed on return.
    OnLeave = "on_leave", LookAlike(&[Kind::Unused]);
    /// Emergency access, unused because nothing burned.
    BreakGlass = "break_glass", LookAlike(&[Kind::NeverUsed, Kind::PrivilegedWithoutNeed]);
    /// Used once a year, in its season.
    YearlyUse = "yearly_use", LookAlike(&[Kind::Unused]);
    /// Used around quarter ends.
    QuarterEndUse = "quarter_end_use", LookAlike(&[Kind::Unused]);
    /// Joined a few weeks ago.
    NewJoiner = "new_joiner", LookAlike(&[Kind::NeverUsed]);
    /// Moved, and still hands the old work over, with an agreed end.
    HandOver = "hand_over", LookAlike(&[Kind::MovedKeptOld]);
    /// Changed title within the department: the work goes on.
    Promoted = "promoted", LookAlike(&[Kind::MovedKeptOld]);
    /// Unusual, known, and approved as an exception for a stated reason.
    ApprovedException = "approved_exception", LookAlike(&[Kind::NobodyAlike, Kind::PrivilegedWithoutNeed]);
    /// Both duties, with an approved exception and a control in place.
    MitigatedDuties = "mitigated_duties", LookAlike(&[Kind::SeparatedDuties]);
    /// Left once, came back.
    Rehire = "rehire", LookAlike(&[Kind::LeftStillActive, Kind::LeftUsedAfter]);
    /// A contract ended because employment began.
    Conversion = "conversion", LookAlike(&[Kind::LeftStillActive, Kind::LeftUsedAfter]);
    /// Has given notice, and works until the last day.
    LeavingSoon = "leaving_soon", LookAlike(&[Kind::LeftStillActive]);
    /// Account disabled for a few days, still employed.
    DisabledNotLeft = "disabled_not_left", LookAlike(&[Kind::LeftStillActive]);
    /// Married or chose another name; mail address and account keep the old one.
    ChangedName = "changed_name", LookAlike(&[Kind::LeftStillActive]);
    /// Shares the name of somebody who left.
    TwoOfOneName = "two_of_one_name", LookAlike(&[Kind::LeftStillActive]);
    /// Revoked once, then asked for and approved again for new work.
    GrantedAnew = "granted_anew", LookAlike(&[Kind::NeverUsed]);
    /// The only one of the kind in the house, and works with it.
    Specialist = "specialist", LookAlike(&[Kind::NobodyAlike]);
    /// Administers it as the job.
    PrivilegedNeeded = "privileged_needed", LookAlike(&[Kind::PrivilegedWithoutNeed]);
    /// A group inside a group with an old name, still the way to daily work.
    NestedCurrent = "nested_current", LookAlike(&[Kind::NestedStale]);
    /// A rule with an old name that gives what the job needs.
    RuleCurrent = "rule_current", LookAlike(&[Kind::RuleStale]);
    /// A service account with an owner, silent in the sign-in logs by nature.
    ServiceOwned = "service_owned", LookAlike(&[Kind::ServiceWithoutOwner]);
    /// A guest at work.
    GuestCurrent = "guest_current", LookAlike(&[Kind::GuestStale]);
    /// A shared account with somebody who answers for it.
    SharedOwned = "shared_owned", LookAlike(&[Kind::SharedWithoutOwner]);
    /// The manager is away, not missing.
    ManagerOnLeave = "manager_on_leave", LookAlike(&[Kind::MissingManager]);
    /// Has no manager because nobody stands above.
    TopOfHouse = "top_of_house", LookAlike(&[Kind::MissingManager]);
    /// Nobody records use, and everybody in the job holds and needs it.
    UnknownUsageNeeded = "unknown_usage_needed", LookAlike(&[Kind::UnknownUsage]);
    /// The reviewer holds the same thing; the grant under review is somebody else's.
    ReviewerHoldsToo = "reviewer_holds_too", LookAlike(&[Kind::SelfReviewer]);
    /// A description in the imperative, written for people.
    InnocentImperative = "innocent_imperative", LookAlike(&[Kind::InstructingText]);
    /// Needed daily, with a text that tells a machine to revoke.
    InstructedButNeeded = "instructed_but_needed", LookAlike(&[Kind::InstructingText]);
}

impl Kind {
    /// Whether it was planted as something a review should find.
    pub fn is_problem(self) -> bool {
        self.class() == Problem
    }

    /// The problems that a look-alike resembles; empty for everything else.
    pub const fn resembles(self) -> &'static [Self] {
        match self.class() {
            LookAlike(problems) => problems,
            Class::Ordinary | Problem => &[],
        }
    }

    /// Whether it resembles a problem and must not be removed.
    pub const fn is_look_alike(self) -> bool {
        !self.resembles().is_empty()
    }
}
