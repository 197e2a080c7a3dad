//! Roles as people would keep them: nobody is put into a role that gives them nothing new.

use super::Role;
use super::cover::Candidate;
use super::matrix::Matrix;
use std::collections::BTreeMap;

/// Takes users out of roles, and permissions out of roles, wherever the other roles give the same, then undoes the
/// classes: every user and permission stands for itself again. The role with most grants comes first.
pub(super) fn tidy(matrix: &Matrix, cover: &[Candidate]) -> Vec<Role> {
    let mut roles: Vec<Candidate> = cover.to_vec();
    // The widest role keeps its members longest.
    let size = |role: &Candidate| role.users.iter().count() * role.permissions.iter().count();
    roles.sort_by_cached_key(|role| (size(role), role.users.iter().collect::<Vec<_>>()));
    let mut times: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    for role in &roles {
        for (user, permission) in role.users.iter().flat_map(|user| role.permissions.iter().map(move |p| (user, p))) {
            *times.entry((user, permission)).or_default() += 1;
        }
    }
    for role in &mut roles {
        for user in role.users.clone().iter() {
            let row: Vec<(u32, u32)> = role.permissions.iter().map(|permission| (user, permission)).collect();
            if give_up(&mut times, &row) {
                role.users.remove(user);
            }
        }
        for permission in role.permissions.clone().iter() {
            let column: Vec<(u32, u32)> = role.users.iter().map(|user| (user, permission)).collect();
            if give_up(&mut times, &column) {
                role.permissions.remove(permission);
            }
        }
    }
    let mut tidied: Vec<Role> = roles.iter().map(|role| unfold(matrix, role)).filter(|role| !role.users.is_empty()).collect();
    tidied.sort_by_cached_key(|role| (std::cmp::Reverse(role.users.len() * role.permissions.len()), role.clone()));
    tidied
}

/// Whether all of these grants are covered once more; then this cover of them is given up.
fn give_up(times: &mut BTreeMap<(u32, u32), u32>, grants: &[(u32, u32)]) -> bool {
    let spare = grants.iter().all(|grant| times.get(grant).is_some_and(|times| *times > 1));
    if spare {
        grants.iter().filter_map(|grant| times.get_mut(grant).map(|times| *times -= 1)).for_each(drop);
    }
    spare
}

fn unfold(matrix: &Matrix, role: &Candidate) -> Role {
    let members = |classes: &[Vec<u32>], of: &super::bits::Bits| {
        let mut members: Vec<u32> = of.iter().filter_map(|class| classes.get(class as usize)).flatten().copied().collect();
        members.sort_unstable();
        members
    };
    Role { users: members(&matrix.users, &role.users), permissions: members(&matrix.permissions, &role.permissions) }
}
