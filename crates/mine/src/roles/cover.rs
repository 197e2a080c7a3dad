//! A cover in the making: roles, and how many of them cover each deciding grant.

use super::bits::Bits;
use super::matrix::Matrix;
use crate::dice::Dice;

/// A set of users who all hold a set of permissions, neither of which can grow.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub users: Bits,
    pub permissions: Bits,
    /// The deciding grants in it.
    pub edges: Vec<u32>,
}

/// One side's view of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vertex {
    User(u32),
    Permission(u32),
}

#[derive(Debug)]
pub(super) struct Cover<'m> {
    matrix: &'m Matrix,
    pub roles: Vec<Candidate>,
    /// For each deciding grant, how many roles cover it.
    times: Vec<u32>,
    /// How many deciding grants of each user are not covered.
    open_of_user: Vec<u32>,
    open_of_permission: Vec<u32>,
    /// Grants looked at so far: the measure of work that does not depend on the machine.
    pub work: u64,
}

fn change(counts: &mut [u32], at: u32, by: i32) -> u32 {
    counts.get_mut(at as usize).map_or(0, |count| {
        *count = count.saturating_add_signed(by);
        *count
    })
}

fn at(counts: &[u32], place: u32) -> u32 {
    counts.get(place as usize).copied().unwrap_or(0)
}

impl<'m> Cover<'m> {
    /// Nothing covered yet.
    pub fn new(matrix: &'m Matrix) -> Self {
        let count = |rows: &crate::table::Rows<u32>| rows.iter().map(|row| u32::try_from(row.len()).unwrap_or(u32::MAX)).collect();
        Self {
            matrix,
            roles: Vec::new(),
            times: vec![0; matrix.edges.len()],
            open_of_user: count(&matrix.of_user),
            open_of_permission: count(&matrix.of_permission),
            work: 0,
        }
    }

    /// Whether a deciding grant is covered by no role.
    pub fn is_open(&self, edge: u32) -> bool {
        at(&self.times, edge) == 0
    }

    pub fn add(&mut self, role: Candidate) {
        for edge in &role.edges {
            if change(&mut self.times, *edge, 1) == 1
                && let Some((user, permission)) = self.matrix.edges.get(*edge as usize)
            {
                change(&mut self.open_of_user, *user, -1);
                change(&mut self.open_of_permission, *permission, -1);
            }
        }
        self.work += role.edges.len() as u64;
        self.roles.push(role);
    }

    /// Takes a role out; the last one takes its place.
    pub fn take(&mut self, role: usize) -> Option<Candidate> {
        let taken = (role < self.roles.len()).then(|| self.roles.swap_remove(role))?;
        for edge in &taken.edges {
            if change(&mut self.times, *edge, -1) == 0
                && let Some((user, permission)) = self.matrix.edges.get(*edge as usize)
            {
                change(&mut self.open_of_user, *user, 1);
                change(&mut self.open_of_permission, *permission, 1);
            }
        }
        self.work += taken.edges.len() as u64;
        Some(taken)
    }

    /// Covers the open ones among these grants. Each time the user or permission with the fewest open grants is served
    /// first, because it leaves the least choice; of equal ones chance takes one.
    pub fn fill(&mut self, edges: &[u32], dice: &mut Dice) {
        let mut open: Vec<u32> = edges.iter().copied().filter(|edge| self.is_open(*edge)).collect();
        while let Some(vertex) = self.tightest(&open, dice) {
            let role = self.grow(vertex);
            self.add(role);
            self.work += open.len() as u64;
            open.retain(|edge| at(&self.times, *edge) == 0);
        }
    }

    fn tightest(&self, open: &[u32], dice: &mut Dice) -> Option<Vertex> {
        let (mut fewest, mut ties, mut chosen) = (u32::MAX, 0, None);
        for (user, permission) in open.iter().filter_map(|edge| self.matrix.edges.get(*edge as usize)) {
            let sides = [
                (at(&self.open_of_user, *user), Vertex::User(*user)),
                (at(&self.open_of_permission, *permission), Vertex::Permission(*permission)),
            ];
            for (count, vertex) in sides {
                if count < fewest {
                    (fewest, ties) = (count, 0);
                }
                if count == fewest {
                    ties += 1;
                    if dice.below(ties) == 0 {
                        chosen = Some(vertex);
                    }
                }
            }
        }
        chosen
    }

    /// The role that serves all open grants of one user or permission, as large as it can be.
    fn grow(&mut self, vertex: Vertex) -> Candidate {
        let matrix = self.matrix;
        let (users, permissions) = match vertex {
            Vertex::User(user) => {
                let open = matrix.of_user.row(user).iter().filter(|edge| self.is_open(**edge));
                let wanted = open.filter_map(|edge| Some(matrix.edges.get(*edge as usize)?.1));
                let users = shared(&matrix.columns, wanted, matrix.rows.len());
                (users.clone(), shared(&matrix.rows, users.iter(), matrix.columns.len()))
            }
            Vertex::Permission(permission) => {
                let open = matrix.of_permission.row(permission).iter().filter(|edge| self.is_open(**edge));
                let wanted = open.filter_map(|edge| Some(matrix.edges.get(*edge as usize)?.0));
                let permissions = shared(&matrix.rows, wanted, matrix.columns.len());
                (shared(&matrix.columns, permissions.iter(), matrix.rows.len()), permissions)
            }
        };
        let of_users = users.iter().flat_map(|user| matrix.of_user.row(user).iter().copied());
        let inside = |edge: &u32| matrix.edges.get(*edge as usize).is_some_and(|(_, permission)| permissions.has(*permission));
        let edges = of_users.filter(inside).collect();
        Candidate { users, permissions, edges }
    }

    /// Drops roles that the others make needless, the smallest first.
    pub fn prune(&mut self, dice: &mut Dice) {
        let mut order: Vec<usize> = (0..self.roles.len()).collect();
        dice.shuffle(&mut order);
        order.sort_by_key(|role| self.roles.get(*role).map(|role| role.edges.len()));
        let mut needless = Vec::new();
        for role in order {
            let Some(edges) = self.roles.get(role).map(|role| role.edges.clone()) else { continue };
            self.work += edges.len() as u64;
            if edges.iter().all(|edge| at(&self.times, *edge) > 1) {
                for edge in &edges {
                    change(&mut self.times, *edge, -1);
                }
                needless.push(role);
            }
        }
        needless.sort_unstable_by_key(|role| std::cmp::Reverse(*role));
        for role in needless {
            self.roles.swap_remove(role);
        }
    }
}

/// What all of the named sets share.
fn shared(sets: &[Bits], of: impl Iterator<Item = u32>, bound: usize) -> Bits {
    let mut common = Bits::all(bound);
    for set in of.filter_map(|number| sets.get(number as usize)) {
        common.keep(set);
    }
    common
}
