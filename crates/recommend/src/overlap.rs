//! Several accesses of one person that open the same: which to keep and which to give up.

use crate::sod::Worth;
use domain::GrantId;
use std::collections::{BTreeMap, BTreeSet};

/// Use within so many days keeps an access from being given up.
pub const IN_USE_DAYS: u32 = 30;

/// What is settled about an access before it is compared with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stands {
    /// Nothing: the comparison says.
    #[default]
    Open,
    /// It stays whatever the others are, for example because somebody approved it. It can serve for others.
    Stays,
    /// It goes whatever the others are, for example because somebody revoked it. It serves for nothing.
    Goes,
}

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
    /// What is settled about it already.
    pub stands: Stands,
}

impl Access {
    /// Whether it was seen in use so lately that it is not given up. Unknown use is not use.
    pub fn in_use(&self) -> bool {
        self.worth.unused_days.is_some_and(|days| days < IN_USE_DAYS)
    }
}

/// An access that can be given up, and what still opens the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveUp {
    /// The grant to give up.
    pub grant: GrantId,
    /// The grants to keep that open something of what it opens, in order; together all of it but for what is lost.
    pub served_by: Vec<GrantId>,
    /// What no kept access opens. Empty except for an access that goes anyway ([`Stands::Goes`]).
    pub lost: BTreeSet<u32>,
}

/// What to do about accesses that overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overlap {
    /// The accesses that share something and should stay, in order.
    pub keep: Vec<GrantId>,
    /// The accesses that open nothing which the kept ones do not open, and those that go anyway, in order.
    pub give_up: Vec<GiveUp>,
}

/// Looks at all accesses of one person that share something with another one. Gives up, the least worth first, what opens
/// nothing alone; never what was seen in use within 30 days or stays anyway, and never the last that opens something, unless
/// it goes anyway. What nobody knows the contents of (it opens nothing) is left out. The order of the accesses leaves no
/// trace.
pub fn overlap(accesses: &[Access]) -> Overlap {
    let everywhere = openers(accesses.iter());
    let shares = |access: &&Access| access.opens.iter().any(|thing| everywhere.get(thing).is_some_and(|count| *count > 1));
    let (mut gone, mut order): (Vec<&Access>, Vec<&Access>) =
        accesses.iter().filter(shares).partition(|access| access.stands == Stands::Goes);
    // Of equal worth the one that opens least goes first, so that few wide accesses are not traded for many narrow ones.
    order.sort_by_key(|access| (access.worth.cost(), access.opens.len(), access.grant));
    let mut left = openers(order.iter().copied());
    let mut keep: Vec<&Access> = Vec::new();
    for access in order {
        let stays = access.stands == Stands::Stays || access.in_use();
        let spare = access.opens.iter().all(|thing| left.get(thing).is_some_and(|count| *count > 1));
        if stays || !spare {
            keep.push(access);
            continue;
        }
        for thing in &access.opens {
            left.entry(*thing).and_modify(|count| *count -= 1);
        }
        gone.push(access);
    }
    let leaving = |access: &&Access| {
        let serving = keep.iter().filter(|kept| !kept.opens.is_disjoint(&access.opens));
        let mut served_by: Vec<GrantId> = serving.clone().map(|kept| kept.grant).collect();
        served_by.sort_unstable();
        let lost = access.opens.iter().filter(|thing| !serving.clone().any(|kept| kept.opens.contains(thing))).copied().collect();
        GiveUp { grant: access.grant, served_by, lost }
    };
    let mut give_up: Vec<GiveUp> = gone.iter().map(leaving).collect();
    give_up.sort_unstable_by_key(|one| one.grant);
    let mut keep: Vec<GrantId> = keep.iter().map(|access| access.grant).collect();
    keep.sort_unstable();
    Overlap { keep, give_up }
}

/// The accesses that have to do with one another, because they share something or because both share with a third; apart
/// from those that have to do with no other. Each set in the order of its grants, the sets in the order of their first. The
/// order of the accesses leaves no trace.
pub fn together(accesses: &[Access]) -> Vec<Vec<Access>> {
    let mut sets: Vec<(BTreeSet<u32>, Vec<Access>)> = Vec::new();
    for access in accesses {
        let (touching, apart): (Vec<_>, Vec<_>) = sets.into_iter().partition(|(opens, _)| !opens.is_disjoint(&access.opens));
        sets = apart;
        let mut joined = (access.opens.clone(), vec![access.clone()]);
        for (opens, members) in touching {
            joined.0.extend(opens);
            joined.1.extend(members);
        }
        sets.push(joined);
    }
    let mut sets: Vec<Vec<Access>> = sets.into_iter().map(|(_, members)| members).filter(|members| members.len() > 1).collect();
    for set in &mut sets {
        set.sort_unstable_by_key(|access| access.grant);
    }
    sets.sort_unstable_by_key(|set| set.first().map(|access| access.grant));
    sets
}

/// How many of these open each thing.
fn openers<'a>(accesses: impl Iterator<Item = &'a Access>) -> BTreeMap<u32, u32> {
    let mut openers: BTreeMap<u32, u32> = BTreeMap::new();
    for thing in accesses.flat_map(|access| &access.opens) {
        *openers.entry(*thing).or_default() += 1;
    }
    openers
}
