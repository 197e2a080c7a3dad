//! What people answered about the same access of others.

use super::{EntitlementIx, Index, PersonIx};
use crate::evidence::APPROVAL_DAYS;
use crate::fact::Share;
use crate::population::{HowDecided, PastDecision};
use domain::{Answer, Timestamp};
use std::collections::BTreeMap;

/// Whether somebody looked at this item by itself, lately enough to say something of the entitlement.
fn counts(past: &PastDecision, as_of: Timestamp) -> bool {
    let looked = matches!(past.how, HowDecided::Reviewed | HowDecided::ReviewedBlind);
    looked && past.decided_on <= as_of && as_of.days_since(past.decided_on) <= APPROVAL_DAYS
}

impl Index<'_> {
    /// For each entitlement, of the accounts about which people answered, how many kept it.
    pub(super) fn read_answers(&self, as_of: Timestamp) -> BTreeMap<EntitlementIx, Share> {
        let mut answers: BTreeMap<EntitlementIx, Share> = BTreeMap::new();
        let mut done = None;
        for (person, entitlement, _) in &self.decisions.rows {
            if done.replace((*person, *entitlement)) == Some((*person, *entitlement)) {
                continue;
            }
            if let Some(kept) = self.kept(*person, *entitlement, as_of) {
                let share = answers.entry(*entitlement).or_insert(Share { held: 0, of: 0 });
                share.of = share.of.saturating_add(1);
                share.held = share.held.saturating_add(u32::from(kept));
            }
        }
        answers
    }

    /// Whether the last such answer about one account's access kept it; `None` where there is none.
    fn kept(&self, person: PersonIx, entitlement: EntitlementIx, as_of: Timestamp) -> Option<bool> {
        let answers = self.decisions_of(person, entitlement).filter(|past| counts(past, as_of));
        // Of two at one moment the Revoke, whatever order they stand in.
        let last = answers.max_by_key(|past| (past.decided_on, past.answer == Answer::Revoke))?;
        Some(last.answer == Answer::Approve)
    }

    /// Of the others about whose access to it people answered within 400 days, one by one, how many kept it; `None` where
    /// nobody did.
    pub fn others_approved(&self, person: PersonIx, entitlement: EntitlementIx, as_of: Timestamp) -> Option<Share> {
        let all = self.answers.get(&entitlement)?;
        let own = self.kept(person, entitlement, as_of);
        let of = all.of.saturating_sub(u32::from(own.is_some()));
        (of > 0).then(|| Share { held: all.held.saturating_sub(u32::from(own == Some(true))), of })
    }
}
