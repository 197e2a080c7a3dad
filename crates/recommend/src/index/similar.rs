//! Whose access is most like somebody's.
//!
//! Two people are alike as far as they hold the same, and what few hold counts more than what many hold: each entitlement
//! weighs `64 / (1 + floor(log2(holders)))`, and likeness is the cosine of the two holdings under these weights (an integer
//! form of the weighting by Adamic and Adar, "Friends and neighbors on the Web", Social Networks 25 (2003)). The access that
//! is asked about is left out of the comparison, so that it does not speak for itself. Unlike department and title, nobody
//! has to keep this up to date: it follows the work.

use super::{EntitlementIx, Index, PersonIx};
use crate::fact::Share;
use crate::sorted::Sorted;
use domain::{AccountStatus, Timestamp};

/// How many of the people most alike are asked.
const ASKED: usize = 20;
/// Fewest people alike of whom anything is said.
const FEWEST: usize = 10;
/// How many candidates are kept for each person: enough that [`ASKED`] remain when one access is left out.
const KEPT: usize = 48;
/// How many holders of a person's accesses are looked at to find candidates, the accesses that fewest hold first.
const LOOKS: usize = 1_000;

/// For each account, the people whose access is most like its own.
#[derive(Debug, Default)]
pub struct Similar {
    /// The account, a candidate, and the weight of what both hold.
    near: Sorted<(PersonIx, PersonIx, u32)>,
    /// The weight of all that an account holds.
    whole: Vec<u32>,
}

/// What an entitlement that so many hold weighs, 1 to 64.
fn weight(holders: usize) -> u32 {
    64 / (1 + holders.max(1).ilog2())
}

impl Similar {
    /// Looks at all holdings once. Its time grows with the number of accounts, each being compared with a bounded number of others.
    pub(super) fn new(index: &Index<'_>, as_of: Timestamp) -> Self {
        let people = index.people.len();
        let all: Vec<PersonIx> = (0..u32::try_from(people).unwrap_or(u32::MAX)).collect();
        let weights: Vec<u32> =
            (0..u32::try_from(index.entitlements.len()).unwrap_or(u32::MAX)).map(|e| weight(index.holders(e))).collect();
        let weigh = |entitlement: EntitlementIx| weights.get(entitlement as usize).copied().unwrap_or(0);
        let whole = all.iter().map(|person| index.held_by(*person).map(weigh).fold(0, u32::saturating_add)).collect();
        // Guests are compared with guests only.
        let guest = |p: PersonIx| index.person(p).is_some_and(|person| person.status == Some(AccountStatus::Guest));
        let kinds: Vec<Option<bool>> = all.iter().map(|p| index.is_peer(*p, as_of).then(|| guest(*p))).collect();
        let mut near = Vec::new();
        let mut met = vec![0_u32; people];
        let mut candidates: Vec<PersonIx> = Vec::new();
        for person in all {
            let class = Some(guest(person));
            let mut held: Vec<EntitlementIx> = index.held_by(person).collect();
            held.sort_unstable_by_key(|entitlement| (index.holders(*entitlement), *entitlement));
            let mut looks = LOOKS;
            for entitlement in held {
                let holders = index.holders.of(entitlement);
                if holders.len() > looks {
                    break;
                }
                looks -= holders.len();
                let weight = weigh(entitlement);
                for (_, other) in holders.iter().filter(|(_, other)| *other != person && kinds.get(*other as usize) == Some(&class)) {
                    if let Some(sum) = met.get_mut(*other as usize) {
                        if *sum == 0 {
                            candidates.push(*other);
                        }
                        *sum += weight;
                    }
                }
            }
            let sum = |other: &PersonIx| met.get(*other as usize).copied().unwrap_or(0);
            let rank = |other: &PersonIx| (std::cmp::Reverse(sum(other)), *other);
            if candidates.len() > KEPT {
                candidates.select_nth_unstable_by_key(KEPT, rank);
            }
            let kept = candidates.iter().take(KEPT);
            let from = near.len();
            near.extend(kept.map(|other| (person, *other, common(index, person, *other, weigh))));
            if let Some(own) = near.get_mut(from..) {
                own.sort_unstable();
            }
            for other in candidates.drain(..) {
                if let Some(sum) = met.get_mut(other as usize) {
                    *sum = 0;
                }
            }
        }
        Self { near: Sorted::new(near, |(person, ..)| *person), whole }
    }

    /// Of the 20 people whose other access is most like this person's, how many hold it; of fewer where fewer share at least
    /// half, and `None` where fewer than 10 do.
    pub fn holding(&self, index: &Index<'_>, person: PersonIx, entitlement: EntitlementIx) -> Option<Share> {
        let of_it = weight(index.holders(entitlement));
        let whole = |of: PersonIx, holds: bool| {
            let all = self.whole.get(of as usize).copied().unwrap_or(0);
            u64::from(if holds { all.saturating_sub(of_it) } else { all })
        };
        let own = whole(person, index.holds(person, entitlement));
        let mut alike: Vec<(u64, PersonIx, bool)> = Vec::with_capacity(KEPT);
        for (_, other, common) in self.near.of(person) {
            let holds = index.holds(*other, entitlement);
            let common = u64::from(if holds { common.saturating_sub(of_it) } else { *common });
            let theirs = whole(*other, holds);
            // A cosine of at least a half.
            if common > 0 && 4 * common * common >= own * theirs {
                alike.push((common * common * 65_536 / theirs.max(1), *other, holds));
            }
        }
        if alike.len() < FEWEST {
            return None;
        }
        alike.sort_unstable_by_key(|(likeness, other, _)| (std::cmp::Reverse(*likeness), *other));
        let asked = alike.iter().take(ASKED);
        let of = u32::try_from(asked.len()).ok()?;
        let held = u32::try_from(asked.filter(|(.., holds)| *holds).count()).ok()?;
        Some(Share { held, of })
    }
}

/// The weight of what two accounts both hold.
fn common(index: &Index<'_>, one: PersonIx, other: PersonIx, weigh: impl Fn(EntitlementIx) -> u32) -> u32 {
    let (mut mine, mut theirs) = (index.held_by(one).peekable(), index.held_by(other).peekable());
    let mut sum = 0_u32;
    while let (Some(a), Some(b)) = (mine.peek().copied(), theirs.peek().copied()) {
        match a.cmp(&b) {
            std::cmp::Ordering::Less => drop(mine.next()),
            std::cmp::Ordering::Greater => drop(theirs.next()),
            std::cmp::Ordering::Equal => {
                sum = sum.saturating_add(weigh(a));
                mine.next();
                theirs.next();
            }
        }
    }
    sum
}
