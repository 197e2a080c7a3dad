//! The words and rules of access review.
//!
//! Nothing here reads or writes anything: no clock, no random source, no file,
//! no socket. What needs the time or chance takes [`Clock`] or [`Random`] as a
//! parameter. The crate compiles to WebAssembly, so that the browser and the
//! server use the same words.

pub mod access;
pub mod account_risk;
pub mod campaign;
pub mod decision;
pub mod employment;
pub mod id;
pub mod item;
pub mod order;
pub mod policy;
pub mod rights;
pub mod sending;
pub mod time;
pub mod usage;
pub mod verdict;

pub use access::{AccountStatus, GrantPath, NotJoined, RequirementKind, Sensitivity, SourceKind};
pub use account_risk::{AccountRisk, RiskLevel};
pub use campaign::{CampaignKind, CampaignState, DefaultAction, InView, Showing};
pub use decision::{Answer, DecisionOrigin, RevokeWhy};
pub use employment::{Employment, WorkingTime};
pub use id::*;
pub use item::{ReviewEvent, ReviewState};
pub use order::{HoldReason, OrderEvent, OrderState};
pub use policy::Policy;
pub use rights::{Action, Object, Role};
pub use sending::{SendingEvent, SendingState};
pub use time::{Clock, Env, ManualClock, Random, SeededRandom, Timestamp};
pub use usage::{Grain, Usage};
pub use verdict::{Confidence, EscalateMeaning, Verdict};

/// A word that is not one of the closed list it should come from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is not a known {what}; known are {known}")]
pub struct UnknownWord {
    /// What the word should have named, for example "account status".
    pub what: &'static str,
    /// The word as it was found.
    pub found: String,
    /// The words that are known, separated by commas.
    pub known: String,
}

/// Declares a closed list of words with one spelling for storage, files and
/// the ledger, and strict parsing.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$vmeta:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling used in storage, files and the ledger.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s {
                    $($word => Ok(Self::$variant),)+
                    other => Err($crate::UnknownWord {
                        what: $what,
                        found: other.to_owned(),
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }
    };
}
pub(crate) use words;
