//! Roles of several people that are worth having.
//!
//! [`mine`](super::mine) covers everything with as few roles as can be; where people hold much by themselves, many of
//! these roles have one member. Here each role has several, and must save more than it costs: the grants that it takes
//! over, less a membership for each member and an entry for each permission. Greedy, the most saving first; what nobody
//! shares enough stays single. Candidates are what a user has in common with those who are most alike, step by step
//! fewer things and more people. No chance is drawn: the same grants give the same roles.

use super::{Role, bits::Bits};
use crate::grants::Grants;
use crate::table::Rows;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Members that a role has at least.
const MEMBERS: usize = 3;
/// The most alike users that a user is intersected with.
const ALIKE: usize = 24;
/// Roles at most.
const MOST: usize = 500;

/// A set of permissions and everybody who holds all of them.
#[derive(Debug)]
struct Candidate {
    users: Vec<u32>,
    permissions: Vec<u32>,
}

/// Finds roles of several users that save the most, the most saving first. Every user of a role holds all of it.
pub fn shared(grants: &Grants) -> Vec<Role> {
    let users = grants.users().len();
    let by_user = Rows::new(users, grants.pairs().iter().copied());
    let by_permission = Rows::new(grants.permissions().len(), grants.pairs().iter().map(|(user, permission)| (*permission, *user)));
    let candidates = candidates(&by_user, &by_permission);

    let mut covered: Vec<Bits> = by_user.iter().map(|_| Bits::none(grants.permissions().len())).collect();
    let gain = |candidate: &Candidate, covered: &[Bits]| {
        let open = candidate.users.iter().map(|user| {
            let Some(done) = covered.get(*user as usize) else { return 0 };
            candidate.permissions.iter().filter(|permission| !done.has(**permission)).count()
        });
        let costs = candidate.users.len() + candidate.permissions.len();
        open.sum::<usize>().saturating_sub(costs)
    };
    // What a candidate saves only shrinks while others are taken, so the old figure bounds the new one.
    let mut queue: BinaryHeap<(usize, Reverse<usize>)> = candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| (gain(candidate, &covered), Reverse(at)))
        .filter(|(saved, _)| *saved > 0)
        .collect();
    let mut roles = Vec::new();
    while let Some((bound, Reverse(at))) = queue.pop() {
        let Some(candidate) = candidates.get(at) else { continue };
        let saved = gain(candidate, &covered);
        if saved == 0 {
            continue;
        }
        if saved < bound {
            queue.push((saved, Reverse(at)));
            continue;
        }
        for user in &candidate.users {
            if let Some(done) = covered.get_mut(*user as usize) {
                candidate.permissions.iter().for_each(|permission| done.insert(*permission));
            }
        }
        roles.push(Role { users: candidate.users.clone(), permissions: candidate.permissions.clone() });
        if roles.len() == MOST {
            break;
        }
    }
    roles
}

/// What users have in common with those who are most alike, each set of permissions once, closed: nothing more is held
/// by all who hold it.
fn candidates(by_user: &Rows<u32>, by_permission: &Rows<u32>) -> Vec<Candidate> {
    let mut classes: BTreeMap<&[u32], u32> = BTreeMap::new();
    for (user, held) in (0_u32..).zip(by_user.iter()).filter(|(_, held)| !held.is_empty()) {
        classes.entry(held).or_insert(user);
    }
    let mut sets: BTreeSet<Vec<u32>> = classes.keys().map(|held| held.to_vec()).collect();
    let mut together = vec![0_u32; by_user.len()];
    for (held, user) in &classes {
        // How much each other user has in common with this one, counted over the holders of what this one holds.
        let mut met: Vec<u32> = Vec::new();
        for other in held.iter().flat_map(|permission| by_permission.row(*permission)) {
            if let Some(count) = together.get_mut(*other as usize) {
                if *count == 0 {
                    met.push(*other);
                }
                *count += 1;
            }
        }
        let common = |other: &u32| together.get(*other as usize).copied().unwrap_or(0);
        let mut alike: Vec<(Reverse<u32>, u32)> =
            met.iter().filter(|other| *other != user).map(|other| (Reverse(common(other)), *other)).collect();
        alike.sort_unstable();
        alike.truncate(ALIKE);
        for other in met {
            if let Some(count) = together.get_mut(other as usize) {
                *count = 0;
            }
        }
        let mut all: Vec<u32> = held.to_vec();
        for (_, other) in alike {
            let theirs = by_user.row(other);
            sets.insert(both(held, theirs));
            all = both(&all, theirs);
            sets.insert(all.clone());
        }
    }
    let mut closed: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
    for set in sets {
        let Some((first, rest)) = set.split_first() else { continue };
        let users = rest.iter().fold(by_permission.row(*first).to_vec(), |users, permission| both(&users, by_permission.row(*permission)));
        if users.len() < MEMBERS {
            continue;
        }
        let Some((first, rest)) = users.split_first() else { continue };
        let permissions = rest.iter().fold(by_user.row(*first).to_vec(), |held, user| both(&held, by_user.row(*user)));
        closed.insert(permissions, users);
    }
    closed.into_iter().map(|(permissions, users)| Candidate { users, permissions }).collect()
}

/// What stands in both of two ordered lists.
fn both(some: &[u32], others: &[u32]) -> Vec<u32> {
    let mut others = others.iter().copied().peekable();
    let mut found = Vec::new();
    for one in some {
        while others.next_if(|other| other < one).is_some() {}
        if others.peek() == Some(one) {
            found.push(*one);
        }
    }
    found
}
