//! When access was last used, as far as its source can see.

use crate::{time::Timestamp, words};
use serde::{Deserialize, Serialize};

words! {
    /// What a source's usage speaks about.
    ///
    /// Coarser than the entitlement means: a use of something, not necessarily of this (rule 26).
    Grain, "usage grain" {
        /// A use of this very entitlement.
        Entitlement => "entitlement",
        /// An audited action that the entitlement, an administrative role, is needed for. Where the holder has several roles
        /// that allow it, it speaks of each of them (rule 29).
        Action => "action",
        /// A use of the application that the entitlement belongs to.
        Application => "application",
        /// A sign-in to the tenant, to whatever application.
        Tenant => "tenant",
    }
}

impl Grain {
    /// Whether a use that was seen is a use of the entitlement itself: of it, or an action that it is needed for.
    pub const fn is_of_itself(self) -> bool {
        matches!(self, Self::Entitlement | Self::Action)
    }
}

/// What a source saw of the use of a grant. Where there is no such record, use is unknown, never "unused".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// When it was last used within the window; `None` when the source watched and saw no use.
    pub last_used: Option<Timestamp>,
    /// On how many days of the window it was used; `None` where the source does not count days.
    pub days_used: Option<u32>,
    /// How many days back the source really observed, ending when it was read; 1 to 3,660.
    pub window_days: u32,
    /// What the figures speak about.
    pub grain: Grain,
}

impl Usage {
    /// Whether a use that was not seen was none. Of some administrative roles only some actions are audited: on how many days
    /// such a role was used is not known then, and a use tells of it while none tells nothing (rule 26).
    pub const fn sees_every_use(&self) -> bool {
        !matches!(self, Self { grain: Grain::Action, last_used: Some(_), days_used: None, .. })
    }

    /// Whether "not used" may be said of this entitlement over `days` days before `read_at`.
    ///
    /// True only where the source watched that long, at the entitlement's own grain or a
    /// coarser one (no sign-in to the application is no use of its entitlements either),
    /// and saw no use since. A use seen at a coarser grain never shows that this entitlement
    /// was used, so it makes the answer unknown, not false. Where only some uses are seen
    /// ([`Self::sees_every_use`]), none of them tells nothing.
    pub fn unused_for(&self, days: u32, read_at: Timestamp) -> Option<bool> {
        let idle_days = self.last_used.map(|last| read_at.days_since(last).max(0));
        match idle_days {
            None => (self.window_days >= days).then_some(true),
            Some(idle) if idle >= i64::from(days) => self.sees_every_use().then_some(true),
            Some(_) => self.grain.is_of_itself().then_some(false),
        }
    }
}
