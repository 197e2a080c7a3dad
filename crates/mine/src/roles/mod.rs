//! Roles that give everybody exactly what they hold.
//!
//! A role is a set of users and a set of permissions, all of which all of these
//! users hold. The mined roles together cover every grant and nothing else. As
//! few of them as possible: finding the fewest is NP-hard, so this is a greedy
//! cover over what decides (see `matrix`), improved by taking roles out and
//! covering anew what they leave. The work is counted in grants looked at, not
//! in time, so that the same input and seed end at the same roles anywhere.

mod bits;
mod cover;
mod matrix;
mod shared;
mod tidy;

pub use shared::shared;

use crate::dice::Dice;
use crate::grants::Grants;
use crate::table::Rows;
use cover::Cover;
use matrix::Matrix;
use serde::{Deserialize, Serialize};

/// The name of the written form.
pub const SCHEMA: &str = "countersign/roles/1";
/// Covers made from nothing before the best one is improved.
const STARTS: u32 = 8;
/// Steps of improvement: so many for each role of the first cover, within these bounds.
const STEPS_PER_ROLE: usize = 250;
const STEPS: std::ops::RangeInclusive<usize> = 1_000..=30_000;
/// Grants looked at, at most: some seconds of one core.
const WORK: u64 = 400_000_000;
/// Most roles taken out in one step.
const TAKEN: usize = 8;

/// A mined role, by positions in [`Grants::users`] and [`Grants::permissions`], in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role {
    /// Who gets it.
    pub users: Vec<u32>,
    /// What it gives.
    pub permissions: Vec<u32>,
}

/// Mines roles that cover the grants exactly, the role with most grants first.
pub fn mine(grants: &Grants, seed: u64) -> Vec<Role> {
    let matrix = Matrix::new(grants);
    let every: Vec<u32> = (0_u32..).take(matrix.edges.len()).collect();
    let mut best: Option<Cover<'_>> = None;
    let mut work = 0;
    for start in 0..STARTS {
        let mut dice = Dice::new(seed, u64::from(start));
        let mut cover = Cover::new(&matrix);
        cover.fill(&every, &mut dice);
        cover.prune(&mut dice);
        work += cover.work;
        if best.as_ref().is_none_or(|best| cover.roles.len() < best.roles.len()) {
            best = Some(cover);
        }
        if work > WORK / 4 {
            break;
        }
    }
    let Some(mut cover) = best else {
        return Vec::new();
    };
    improve(&mut cover, work, &mut Dice::new(seed, u64::MAX));
    tidy::tidy(&matrix, &cover.roles)
}

/// Takes a few roles out, covers anew what they leave, and keeps what needs no more roles than before.
fn improve(cover: &mut Cover<'_>, work: u64, dice: &mut Dice) {
    cover.work = work;
    let steps = (cover.roles.len() * STEPS_PER_ROLE).clamp(*STEPS.start(), *STEPS.end());
    for _ in 0..steps {
        if cover.work > WORK || cover.roles.len() < 2 {
            return;
        }
        let before = cover.roles.len();
        let taken = take_neighbours(cover, 2 + dice.below(TAKEN - 1), dice);
        let kept = cover.roles.len();
        let left: Vec<u32> = taken.iter().flat_map(|role| role.edges.iter().copied()).collect();
        cover.fill(&left, dice);
        if cover.roles.len() <= before {
            cover.prune(dice);
        } else {
            while cover.roles.len() > kept {
                cover.take(cover.roles.len() - 1);
            }
            for role in taken {
                cover.add(role);
            }
        }
    }
}

/// Takes out a role by chance and others that share users or permissions with it, for only those can take its place.
fn take_neighbours(cover: &mut Cover<'_>, many: usize, dice: &mut Dice) -> Vec<cover::Candidate> {
    let first = dice.below(cover.roles.len());
    let mut taken: Vec<cover::Candidate> = cover.take(first).into_iter().collect();
    for _ in 1..many {
        let Some(anchor) = taken.get(dice.below(taken.len())) else { break };
        let near = |role: &cover::Candidate| role.users.meets(&anchor.users) || role.permissions.meets(&anchor.permissions);
        let near: Vec<usize> = (0..).zip(&cover.roles).filter(|(_, role)| near(role)).map(|(at, _)| at).collect();
        match near.get(dice.below(near.len())) {
            Some(at) => taken.extend(cover.take(*at)),
            None => break,
        }
    }
    taken
}

/// Whether the roles give everybody exactly what they hold: every grant is in a role, and no role holds anything else.
pub fn covers_exactly(grants: &Grants, roles: &[Role]) -> bool {
    let given = roles.iter().flat_map(|role| role.users.iter().flat_map(|user| role.permissions.iter().map(move |p| (*user, *p))));
    let given = Rows::new(grants.users().len(), given);
    let held = Rows::new(grants.users().len(), grants.pairs().iter().copied());
    roles.iter().all(|role| role.users.iter().all(|user| (*user as usize) < grants.users().len()))
        && given.iter().zip(held.iter()).all(|(given, held)| given == held)
}

/// What a set of roles would simplify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gain {
    /// Grants that are covered.
    pub grants: u64,
    /// Roles.
    pub roles: u64,
    /// Users put into roles, counted once per role: what has to be kept up to date instead of the grants.
    pub memberships: u64,
    /// Permissions put into roles, counted once per role.
    pub contents: u64,
    /// Roles that one user alone would have: exceptions rather than roles.
    pub of_one_user: u64,
}

/// Counts what the roles would simplify.
pub fn gain(grants: &Grants, roles: &[Role]) -> Gain {
    let sum = |count: fn(&Role) -> usize| roles.iter().map(|role| count(role) as u64).sum();
    Gain {
        grants: grants.pairs().len() as u64,
        roles: roles.len() as u64,
        memberships: sum(|role| role.users.len()),
        contents: sum(|role| role.permissions.len()),
        of_one_user: roles.iter().filter(|role| role.users.len() == 1).count() as u64,
    }
}

/// The written form: roles with ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// [`SCHEMA`].
    pub schema: String,
    /// The roles.
    pub roles: Vec<WrittenRole>,
}

/// One role with ids, both lists in the order of the ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRole {
    /// Who gets it.
    pub users: Vec<String>,
    /// What it gives.
    pub permissions: Vec<String>,
}

/// Writes roles as JSON, with ids as strings and a line feed at the end.
pub fn write(grants: &Grants, roles: &[Role]) -> Result<Vec<u8>, serde_json::Error> {
    let written = |role: &Role| WrittenRole {
        users: role.users.iter().map(|user| grants.user(*user).to_owned()).collect(),
        permissions: role.permissions.iter().map(|permission| grants.permission(*permission).to_owned()).collect(),
    };
    let document = Written { schema: SCHEMA.to_owned(), roles: roles.iter().map(written).collect() };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}
