//! Several accesses of one person that open the same: which to keep and which to give up.

use crate::sod::Worth;
use domain::GrantId;
use std::collections::{BTreeMap, BTreeSet};

/// Use within so many days keeps an access from being given up.
const IN_USE_DAYS: u32 = 30;

/// One access of a person, with what it opens: applications, duties or whatever else the caller compares by. The things
/// are opaque numbers; each opens at least what the person got by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The grant.
    pub grant: GrantId,
    /// What it opens.
    pub opens: BTreeSet<u32>,
    /// What it is worth to its holder.
    pub worth: Worth,
}

/// An access that can be given up, and what still opens the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveUp {
    /// The grant to give up.
    pub grant: GrantId,
    /// The grants to keep that open, together, all that it opens; in order.
    pub served_by: Vec<GrantId>,
}

/// What to do about accesses that overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overlap {
    /// The accesses that share something and should stay, in order.
    pub keep: Vec<GrantId>,
    /// The accesses that open nothing which the kept ones do not open, in order.
    pub give_up: Vec<GiveUp>,
}

/// Looks at all accesses of one person that share something with another one. Gives up, the least worth first, what opens
/// nothing alone; never what was seen in use within 30 days, and never the last that opens something. What nobody knows the
/// contents of (it opens nothing) is left out. The order of the accesses leaves no trace.
pub fn overlap(accesses: &[Access]) -> Overlap {
    let mut openers: BTreeMap<u32, u32> = BTreeMap::new();
    for thing in accesses.iter().flat_map(|access| &access.opens) {
        *openers.entry(*thing).or_default() += 1;
    }
    let shares = |access: &&Access| access.opens.iter().any(|thing| openers.get(thing).is_some_and(|count| *count > 1));
    let mut order: Vec<&Access> = accesses.iter().filter(shares).collect();
    // Of equal worth the one that opens least goes first, so that few wide accesses are not traded for many narrow ones.
    order.sort_by_key(|access| (access.worth.cost(), access.opens.len(), access.grant));
    let mut left = openers.clone();
    let (mut keep, mut gone): (Vec<&Access>, Vec<&Access>) = (Vec::new(), Vec::new());
    for access in order {
        let in_use = access.worth.unused_days.is_some_and(|days| days < IN_USE_DAYS);
        let spare = access.opens.iter().all(|thing| left.get(thing).is_some_and(|count| *count > 1));
        if in_use || !spare {
            keep.push(access);
            continue;
        }
        for thing in &access.opens {
            left.entry(*thing).and_modify(|count| *count -= 1);
        }
        gone.push(access);
    }
    let served_by = |access: &Access| {
        let mut serving: Vec<GrantId> = keep.iter().filter(|kept| !kept.opens.is_disjoint(&access.opens)).map(|kept| kept.grant).collect();
        serving.sort_unstable();
        serving
    };
    let mut give_up: Vec<GiveUp> = gone.iter().map(|access| GiveUp { grant: access.grant, served_by: served_by(access) }).collect();
    give_up.sort_unstable_by_key(|one| one.grant);
    let mut keep: Vec<GrantId> = keep.iter().map(|access| access.grant).collect();
    keep.sort_unstable();
    Overlap { keep, give_up }
}
