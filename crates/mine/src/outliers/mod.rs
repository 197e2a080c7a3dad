//! Grants that do not belong.
//!
//! A grant is strange where everything else that is known would not have
//! predicted it. Three things are looked at, each as if the grant itself were not
//! there, so that it cannot vouch for itself: what the other grants of the user
//! and the other holders predict ([`ridge`]), how many others hold the
//! permission, and how much else the user holds. How these three go together is
//! learned from the data alone: boosted trees ([`boost`]) tell the grants that
//! exist from places where nobody holds anything, half of them drawn evenly and
//! half by how common the permission is. A grant that looks like one of these
//! empty places is an outlier.
//!
//! What follows from that, and should be known: a permission that one user alone
//! holds cannot be out of place by this measure, for there is no other holder to
//! compare with; nor can the only grant of a user.

pub mod boost;
pub mod ridge;

use crate::dice::Dice;
use crate::grants::Grants;
use crate::table::Rows;
use boost::{Boosted, Example};
use ridge::Ridge;

/// Sets of empty places that the trees learn from, each on its own; the result is the mean.
const ROUNDS: u64 = 8;
/// Most grants that one round learns from, and as many empty places.
const LEARNED: usize = 60_000;
/// What a score counts in: parts of a billion.
pub const SCALE: u32 = 1_000_000_000;
/// Features of a place: what is predicted, how many others hold it, how much else the user holds.
const FEATURES: usize = 3;

/// How strange one grant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlier {
    /// Position of the user in [`Grants::users`].
    pub user: u32,
    /// Position of the permission in [`Grants::permissions`].
    pub permission: u32,
    /// From 0 to [`SCALE`]: higher is stranger; from the middle on it looks more like a place where nobody holds anything.
    pub outlier: u32,
    /// What the other grants predict, in parts of 10,000: 10,000 is a grant that had to be expected, 0 one that nothing speaks for.
    pub expected: i32,
    /// How many others hold the permission.
    pub other_holders: u32,
    /// How much else the user holds.
    pub other_grants: u32,
}

/// Scores every grant, in the order of [`Grants::pairs`]. The same seed draws the same empty places.
pub fn score(grants: &Grants, seed: u64) -> Vec<Outlier> {
    let held = Held::new(grants);
    let ridge = Ridge::new(&held);
    let real = ridge.expect(&held, grants.pairs());
    let places: Vec<Example<FEATURES>> =
        grants.pairs().iter().zip(&real).map(|(place, expected)| held.example(*place, *expected)).collect();
    let mut sums = vec![0.0; places.len()];
    for round in 0..ROUNDS {
        let mut dice = Dice::new(seed, round);
        let mut learned: Vec<usize> = (0..places.len()).collect();
        if learned.len() > LEARNED {
            dice.shuffle(&mut learned);
            learned.truncate(LEARNED);
        }
        let empty = held.empty_places(grants, learned.len(), &mut dice);
        let expected = ridge.expect(&held, &empty);
        let empty: Vec<Example<FEATURES>> = empty.iter().zip(&expected).map(|(place, expected)| held.example(*place, *expected)).collect();
        let real: Vec<Example<FEATURES>> = learned.iter().filter_map(|at| places.get(*at)).copied().collect();
        let trees = Boosted::learn(&real, &empty);
        for (sum, place) in sums.iter_mut().zip(&places) {
            *sum += trees.log_odds(place);
        }
    }
    let count = f64::from(u32::try_from(ROUNDS).unwrap_or(1));
    let scored = grants.pairs().iter().zip(&real).zip(&sums);
    scored.map(|(((user, permission), expected), sum)| held.outlier(*user, *permission, *expected, sum / count)).collect()
}

/// Who holds what, from both sides.
#[derive(Debug)]
pub(crate) struct Held {
    /// The permissions of each user.
    pub of_user: Rows<u32>,
    /// The holders of each permission.
    pub of_permission: Rows<u32>,
}

impl Held {
    pub fn new(grants: &Grants) -> Self {
        Self {
            of_user: Rows::new(grants.users().len(), grants.pairs().iter().copied()),
            of_permission: Rows::new(grants.permissions().len(), grants.pairs().iter().map(|(user, permission)| (*permission, *user))),
        }
    }

    fn holds(&self, user: u32, permission: u32) -> bool {
        self.of_user.row(user).binary_search(&permission).is_ok()
    }

    /// How many others hold it, and how much else the user holds.
    fn others(&self, user: u32, permission: u32) -> (u32, u32) {
        let own = usize::from(self.holds(user, permission));
        let count = |of: usize| u32::try_from(of - own).unwrap_or(u32::MAX);
        (count(self.of_permission.row(permission).len()), count(self.of_user.row(user).len()))
    }

    fn example(&self, (user, permission): (u32, u32), expected: f64) -> Example<FEATURES> {
        let (holders, grants) = self.others(user, permission);
        Example([expected, f64::from(holders), f64::from(grants)])
    }

    fn outlier(&self, user: u32, permission: u32, expected: f64, log_odds: f64) -> Outlier {
        let (other_holders, other_grants) = self.others(user, permission);
        let strange = 1.0 / (1.0 + libm::exp(log_odds));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a billion, and expectations are clamped")]
        let (outlier, expected) = ((strange * f64::from(SCALE)).round() as u32, (expected.clamp(-10.0, 10.0) * 10_000.0).round() as i32);
        Outlier { user, permission, outlier, expected, other_holders, other_grants }
    }

    /// Draws places that are empty, by turns evenly and by how many hold the permission. Fewer where hardly any are empty.
    fn empty_places(&self, grants: &Grants, many: usize, dice: &mut Dice) -> Vec<(u32, u32)> {
        let mut places = Vec::with_capacity(many);
        for draw in 0..many.saturating_mul(20) {
            if places.len() == many {
                break;
            }
            let user = u32::try_from(dice.below(self.of_user.len())).unwrap_or(0);
            let even = u32::try_from(dice.below(self.of_permission.len())).unwrap_or(0);
            let common = grants.pairs().get(dice.below(grants.pairs().len())).map_or(even, |(_, permission)| *permission);
            let permission = if draw % 2 == 0 { even } else { common };
            if !self.holds(user, permission) {
                places.push((user, permission));
            }
        }
        places
    }
}

/// Writes scores as `user,permission,outlier`, the strangest first; the outlier as a decimal from 0 to 1 with nine places.
pub fn write(grants: &Grants, outliers: &[Outlier]) -> Result<Vec<u8>, csv::Error> {
    let mut order: Vec<&Outlier> = outliers.iter().collect();
    order.sort_by_key(|one| (std::cmp::Reverse(one.outlier), one.user, one.permission));
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(["user", "permission", "outlier"])?;
    for one in order {
        let outlier = format!("{}.{:09}", one.outlier / SCALE, one.outlier % SCALE);
        writer.write_record([grants.user(one.user), grants.permission(one.permission), &outlier])?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
