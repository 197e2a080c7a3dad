//! What a recommendation, a decision and a source say of one item, each as one of a closed list.

use domain::{Answer, DecisionOrigin, ReviewState};
use serde::{Deserialize, Serialize};
use store::reconciliation::Shows;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every one, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name used in storage, in files and in the ledger.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one that `word` names.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// What was finally decided of an item.
    Decided {
        /// A person kept it, and that is final.
        Approve => "approve",
        /// A person revoked it, and that is final.
        Revoke => "revoke",
        /// Nobody answered, and the campaign's default removes it (rule 5).
        RemoveByDefault => "remove_by_default",
        /// Nobody answered, and the access stays.
        Unanswered => "unanswered",
        /// Answered, and the answer can still be undone.
        NotFinal => "not_final",
        /// With a person whom an escalation named.
        Escalated => "escalated",
        /// Somebody owes an answer.
        Open => "open",
        /// The access was gone before it was settled.
        NoLongerHeld => "no_longer_held",
    }
}

impl Decided {
    /// What an item's state and the answer that counts say.
    pub fn of(state: ReviewState, answer: Option<(Answer, DecisionOrigin)>) -> Self {
        match (state, answer) {
            // Nobody answered, and the default removes: the item stays unanswered, the removal is the system's act.
            (ReviewState::Unanswered, Some((Answer::Revoke, origin @ DecisionOrigin::Default))) => Self::revoked(origin),
            (ReviewState::Decided | ReviewState::SignedOff, Some((Answer::Revoke, origin))) => Self::revoked(origin),
            (ReviewState::Decided | ReviewState::SignedOff, Some((Answer::Approve, _))) => Self::Approve,
            (ReviewState::Decided | ReviewState::SignedOff | ReviewState::Staged, _) => Self::NotFinal,
            (ReviewState::Escalated, _) => Self::Escalated,
            (ReviewState::Undecided | ReviewState::HandedOver | ReviewState::SecondReview, _) => Self::Open,
            (ReviewState::Unanswered | ReviewState::Excepted, _) => Self::Unanswered,
            (ReviewState::NoLongerHeld, _) => Self::NoLongerHeld,
        }
    }

    /// A final Revoke, by how it came about.
    pub const fn revoked(origin: DecisionOrigin) -> Self {
        match origin {
            DecisionOrigin::Default => Self::RemoveByDefault,
            _ => Self::Revoke,
        }
    }
}

words! {
    /// What the source shows of it now.
    Source {
        /// It is there.
        Held => "held",
        /// It is there, and its removal is under way.
        Outstanding => "outstanding",
        /// It is there, and the platform refused its removal or has none.
        Stuck => "stuck",
        /// Its removal is proven.
        Removed => "removed",
        /// It came back after its removal.
        Returned => "returned",
        /// It is gone, and no removal of ours is proven.
        Gone => "gone",
    }
}

impl Source {
    /// The same, of what the database says.
    pub const fn of(shows: Shows) -> Self {
        match shows {
            Shows::Held => Self::Held,
            Shows::Outstanding => Self::Outstanding,
            Shows::Stuck => Self::Stuck,
            Shows::Removed => Self::Removed,
            Shows::Returned => Self::Returned,
            Shows::Gone => Self::Gone,
        }
    }
}

words! {
    /// What somebody should look at, what is worst first.
    Kind {
        /// Removed, proven, and there again.
        Returned => "returned",
        /// Revoked and still there, and nothing is under way.
        RevokedAndHeld => "revoked_and_held",
        /// Revoked and still there: the platform refused the removal or has none.
        Stuck => "stuck",
        /// Revoked and still there: the removal is under way.
        Outstanding => "outstanding",
        /// Revoked and gone, and no removal of ours is proven.
        GoneUnproven => "gone_unproven",
        /// Kept, and gone since the period began.
        KeptAndGone => "kept_and_gone",
        /// Access that came within the period, and nothing explains it.
        Unexplained => "unexplained",
    }
}

impl Kind {
    /// What is to be looked at where an item was finally revoked; `None` where its removal is proven and holds.
    pub const fn of_revoked(shows: Shows) -> Option<Self> {
        match shows {
            Shows::Returned => Some(Self::Returned),
            Shows::Held => Some(Self::RevokedAndHeld),
            Shows::Stuck => Some(Self::Stuck),
            Shows::Outstanding => Some(Self::Outstanding),
            Shows::Gone => Some(Self::GoneUnproven),
            Shows::Removed => None,
        }
    }
}
