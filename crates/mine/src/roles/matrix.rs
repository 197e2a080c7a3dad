//! Who holds what, with users alike and permissions alike taken together, and the grants that decide how many roles are needed.

use super::bits::Bits;
use crate::grants::Grants;
use crate::table::Rows;
use std::collections::BTreeMap;

/// Up to how many classes each is compared with each; beyond, fewer grants are found to follow from others, which costs
/// time later and changes no result's correctness.
const COMPARED: usize = 8_192;

/// Users who hold the same are one user here, and permissions held by the same are one permission: no cover can need
/// more roles for the whole than for these.
#[derive(Debug)]
pub(super) struct Matrix {
    /// The users of each class.
    pub users: Vec<Vec<u32>>,
    /// The permissions of each class.
    pub permissions: Vec<Vec<u32>>,
    /// What each class of users holds.
    pub rows: Vec<Bits>,
    /// Who holds each class of permissions.
    pub columns: Vec<Bits>,
    /// The deciding grants: whoever covers these with roles that cannot grow covers all (see [`deciding`]).
    pub edges: Vec<(u32, u32)>,
    /// The deciding grants of each class of users, by their number.
    pub of_user: Rows<u32>,
    /// The deciding grants of each class of permissions, by their number.
    pub of_permission: Rows<u32>,
}

impl Matrix {
    pub fn new(grants: &Grants) -> Self {
        let held = Rows::new(grants.users().len(), grants.pairs().iter().copied());
        let users = classes(&held);
        let holders = (0_u32..).zip(&users).filter_map(|(class, members)| Some((class, *members.first()?)));
        let pairs: Vec<(u32, u32)> = holders.flat_map(|(class, first)| held.row(first).iter().map(move |p| (*p, class))).collect();
        let held_by = Rows::new(grants.permissions().len(), pairs.into_iter());
        let permissions = classes(&held_by);
        let columns: Vec<&[u32]> = permissions.iter().map(|members| members.first().map_or(&[][..], |first| held_by.row(*first))).collect();
        let mut all: Vec<(u32, u32)> =
            (0_u32..).zip(&columns).flat_map(|(class, users)| users.iter().map(move |user| (*user, class))).collect();
        all.sort_unstable();
        let by_user = Rows::new(users.len(), all.iter().copied());
        let rows: Vec<Bits> = by_user.iter().map(|row| Bits::of(permissions.len(), row)).collect();
        let columns: Vec<Bits> = columns.iter().map(|column| Bits::of(users.len(), column)).collect();
        let edges = deciding(&all, &rows, &columns);
        let number = |part: fn(&(u32, u32)) -> u32| edges.iter().map(part).zip(0_u32..).collect::<Vec<_>>().into_iter();
        let of_user = Rows::new(users.len(), number(|(user, _)| *user));
        let of_permission = Rows::new(permissions.len(), number(|(_, permission)| *permission));
        Self { users, permissions, rows, columns, edges, of_user, of_permission }
    }
}

/// Rows that are equal, together; classes in the order of their first members.
fn classes(rows: &Rows<u32>) -> Vec<Vec<u32>> {
    let mut alike: BTreeMap<&[u32], Vec<u32>> = BTreeMap::new();
    for (number, row) in (0_u32..).zip(rows.iter()) {
        alike.entry(row).or_default().push(number);
    }
    let mut classes: Vec<Vec<u32>> = alike.into_iter().filter(|(row, _)| !row.is_empty()).map(|(_, members)| members).collect();
    classes.sort_unstable();
    classes
}

/// The grants that are not covered by themselves: (u, p) follows from (v, q) where v holds nothing that u does not and
/// everybody with q has p, for then any role with v and q can take u and p in (Ene et al., Fast exact and heuristic
/// methods for role minimization problems, SACMAT 2008). What is left decides.
fn deciding(all: &[(u32, u32)], rows: &[Bits], columns: &[Bits]) -> Vec<(u32, u32)> {
    let below = |sets: &[Bits]| {
        if sets.len() > COMPARED {
            return Rows::new(sets.len(), (0_u32..).take(sets.len()).map(|set| (set, set)));
        }
        let pairs: Vec<(u32, u32)> = (0_u32..)
            .zip(sets)
            .flat_map(|(large, set)| (0_u32..).zip(sets).filter(|(_, other)| other.is_within(set)).map(move |(small, _)| (large, small)))
            .collect();
        Rows::new(sets.len(), pairs.into_iter())
    };
    let (lesser_users, lesser_permissions) = (below(rows), below(columns));
    let follows = |user: u32, permission: u32| {
        lesser_users.row(user).iter().any(|v| {
            let row = rows.get(*v as usize);
            lesser_permissions.row(permission).iter().any(|q| (*v, *q) != (user, permission) && row.is_some_and(|row| row.has(*q)))
        })
    };
    all.iter().copied().filter(|(user, permission)| !follows(*user, *permission)).collect()
}
