//! Causes: the sentence under which a queue groups items.

use serde::{Deserialize, Serialize};

/// The three sorts that a queue shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// The engine abstains.
    NeedsYourJudgement,
    /// Revoke is recommended.
    ProbablyNotNeeded,
    /// Approve is recommended.
    LooksRight,
}

impl Sort {
    /// Every sort, in the order in which a queue shows them.
    pub const ALL: &'static [Self] = &[Self::NeedsYourJudgement, Self::ProbablyNotNeeded, Self::LooksRight];

    /// The sort's heading.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::NeedsYourJudgement => "Needs your judgement",
            Self::ProbablyNotNeeded => "Probably not needed",
            Self::LooksRight => "Looks right",
        }
    }
}

macro_rules! causes {
    ($($sort:ident { $($variant:ident => $word:literal, $sentence:literal, $more:literal;)+ })+) => {
        /// Why an item is where it is in the queue: one of a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Cause { $($(#[doc = $sentence] #[doc = $more] #[serde(rename = $word)] $variant,)+)+ }

        impl Cause {
            /// Every cause, in the order in which a queue shows them.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)+)+];

            /// The stable name used in storage and in evidence.
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$variant => $word,)+)+ }
            }

            /// What a manager would say.
            pub const fn sentence(self) -> &'static str {
                match self { $($(Self::$variant => $sentence,)+)+ }
            }

            /// One sentence more.
            pub const fn explanation(self) -> &'static str {
                match self { $($(Self::$variant => $more,)+)+ }
            }

            /// The sort it belongs to.
            pub const fn sort(self) -> Sort {
                match self { $($(Self::$variant => Sort::$sort,)+)+ }
            }
        }

        impl std::str::FromStr for Cause {
            type Err = UnknownCause;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($($word => Ok(Self::$variant),)+)+
                    other => Err(UnknownCause(other.to_owned())),
                }
            }
        }
    };
}

impl Cause {
    /// Whether a named rule decided: no model is asked there, and none learns from it.
    pub const fn is_of_a_rule(self) -> bool {
        matches!(
            self,
            Self::LeftEmergencyAccess
                | Self::LeftYetSomethingHappened
                | Self::AccountAtRisk
                | Self::RequirementLapsed
                | Self::DutiesThatMustBeApart
                | Self::EmergencyAccessUsed
                | Self::GrantedToThemselves
                | Self::PrivilegedUseUnknown
                | Self::MachineWithoutOwner
                | Self::NobodyToAsk
                | Self::StatusUnclear
                | Self::LeftWithAccess
                | Self::ApprovedException
                | Self::EmergencyAccess
        )
    }
}

/// A word that names no cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a known cause")]
pub struct UnknownCause(pub String);

causes! {
    NeedsYourJudgement {
        LeftEmergencyAccess => "left-emergency-access", "Left, and still holds emergency access", "Emergency access is never emptied by the machine; two named people take it over.";
        LeftYetSomethingHappened => "left-yet-something-happened", "Left by the records, yet something happened since", "Use, a new grant, a new start or a new job after the last day: the records and the events disagree.";
        RequirementLapsed => "requirement-lapsed", "Required for the access, and run out", "A training, licence, clearance or contract that the access requires has ended by the records. A renewal may be on its way.";
        AccountAtRisk => "account-at-risk", "Accounts that may be in other hands", "The platform sees a high risk that somebody else signs in. Ask the holder, and whoever looks after security, before you answer.";
        DutiesThatMustBeApart => "duties-that-must-be-apart", "Two duties that must be apart", "One person holds both sides. One side should go, or its owner accepts the risk.";
        EmergencyAccessUsed => "emergency-access-used", "Emergency access that was used", "Every use of emergency access is looked at by two named people.";
        GrantedToThemselves => "granted-to-themselves", "Granted by the holders to themselves", "Whoever grants access to themselves has it looked at by somebody else.";
        PrivilegedUseUnknown => "privileged-use-unknown", "Privileged, use unknown", "The source does not show whether this access is used.";
        MachineWithoutOwner => "machine-without-owner", "A machine's or shared account that nobody owns", "Somebody must own it before anybody can say whether it is needed.";
        MachineUnclear => "machine-unclear", "A machine's or shared account whose need cannot be seen", "Absent sign-ins say nothing here; its technical owner knows what depends on it.";
        NobodyToAsk => "nobody-to-ask", "No manager who could say", "Nobody is known who manages this person; the owner of the access can answer.";
        StatusUnclear => "status-unclear", "Disabled or marked as left, with no last day from HR", "Without a last day from HR, nobody is taken to have left.";
        StillUsedAfterMove => "still-used-after-move", "Moved, and still uses the old access", "The access came with the old job. Use alone does not show that the new one needs it.";
        HandOver => "hand-over", "Changed job lately", "A hand-over may still be running.";
        PerhapsSeasonal => "perhaps-seasonal", "Perhaps used only at certain times of the year", "Few days of use and a long gap since: this may be the rhythm of the work.";
        IdleThoughCommon => "idle-though-common", "Not used, though people alike hold it", "It fits the position, yet nobody saw it used.";
        UsedThoughRare => "used-though-rare", "Used, though hardly anybody alike holds it", "It may be a special task, or access that has drifted.";
        RareUseUnknown => "rare-use-unknown", "Hardly anybody alike holds it, use unknown", "The source does not show whether this access is used.";
        AwayUnclear => "away-unclear", "On leave", "Use stands still during leave, and the rest does not settle it.";
        GuestAway => "guest-away", "A guest who no longer comes", "Nothing was used with the account for 45 days or longer; since when this access is held is unknown.";
        TooLittleKnown => "too-little-known", "Too little is known", "There is no use to look at and there are too few people alike.";
        NotReliableYet => "not-reliable-yet", "Recommendations of this kind are not reliable enough yet", "There are too few decisions of this kind to test the learned model on, or too many went against it.";
        EvidenceDivided => "evidence-divided", "The evidence points both ways", "What argues for keeping and what argues for removing weigh about the same.";
    }
    ProbablyNotNeeded {
        LeftWithAccess => "left-with-access", "Left, and still has access", "The last day from HR has passed, and nothing was done with the account since.";
        LeftTheJob => "left-the-job", "Left the job that needed it", "The access came with an earlier job, and hardly anybody in the new one holds it.";
        RemovalNotCarriedOut => "removal-not-carried-out", "Revoked earlier, and still here", "Somebody decided to remove it, and the same grant is still held.";
        NeverSeenUsed => "never-seen-used", "Never seen in use", "The source watched for long enough and saw no use.";
        Unused => "unused", "Not used for a long time", "It was used once, and not for a long time since.";
        StoppedUsing => "stopped-using", "Others use it all along, the holder does not", "So many uses are missing, while the holder was at work, that the need has ended by all appearance.";
        GivenUpElsewhere => "given-up-elsewhere", "Similar access was given up here", "What reviewers here decided about similar access argues for removing it.";
        HeldByNobodyAlike => "held-by-nobody-alike", "Held by nobody alike", "Hardly anybody in the same position holds it, and it is not in use.";
    }
    LooksRight {
        ApprovedException => "approved-exception", "An approved exception", "The organisation approved it within the last year.";
        EmergencyAccess => "emergency-access", "Emergency access, not used", "It is meant to lie unused. Two named people review it.";
        TooNew => "too-new", "Too new to judge", "Granted within the last 30 days.";
        UsedAtQuarterEnds => "used-at-quarter-ends", "Used at quarter ends", "Few days of use, the last of them around the latest quarter end.";
        MachineInUse => "machine-in-use", "A machine's or shared account in use", "Its owner is known and it is in use.";
        UsedAndCommon => "used-and-common", "In use, and people alike hold it", "Both the use and the position speak for it.";
        InUse => "in-use", "In use", "It was used lately.";
        CommonAlike => "common-alike", "Most people alike hold it", "It belongs to the position, as far as others in it show.";
        ApprovedBefore => "approved-before", "Approved before, and nothing has changed", "A person approved it within the last year or so, in the same job.";
        KeptElsewhere => "kept-elsewhere", "Similar access was kept here", "What reviewers here decided about similar access argues for keeping it.";
        LooksRight => "looks-right", "What is known argues for keeping it", "No single reason decides it; together they do.";
    }
}
