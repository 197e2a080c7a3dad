//! What a membership gives its holder, and what of it they have by other ways as well.

use super::{EntitlementIx, Index, PersonIx};
use crate::fact::Share;
use crate::sorted::{Sorted, range};

/// Memberships that lead to other access, by holder.
#[derive(Debug, Default)]
pub struct Ways {
    /// Holder, membership, what it gives, and whether the holder has that by another way too.
    given: Sorted<(PersonIx, EntitlementIx, EntitlementIx, bool)>,
}

impl Ways {
    /// Looks at all grants once.
    pub(super) fn new(index: &Index<'_>) -> Self {
        let through = |grant: &crate::population::Grant| index.entitlement_ix(grant.through?);
        let mut given = Vec::new();
        for (grant, (person, what)) in index.population.grants.iter().zip(&index.grants) {
            let Some(membership) = through(grant).filter(|membership| membership != what) else {
                continue;
            };
            let other = |other: &&crate::population::Grant| through(other) != Some(membership);
            let anyway = index.grants_of(*person, *what).any(|grant| other(&grant));
            given.push((*person, membership, *what, anyway));
        }
        given.sort_unstable();
        given.dedup();
        Self { given: Sorted::new(given, |(person, ..)| *person) }
    }

    /// Of what a membership is seen to give its holder, how much they have by other ways as well; `None` where it is not seen
    /// to give anything.
    pub fn given_anyway(&self, person: PersonIx, membership: EntitlementIx) -> Option<Share> {
        let mut share = Share { held: 0, of: 0 };
        for (.., anyway) in range(self.given.of(person), &membership, |(_, of, ..)| *of) {
            share.of = share.of.saturating_add(1);
            share.held = share.held.saturating_add(u32::from(*anyway));
        }
        (share.of > 0).then_some(share)
    }
}
