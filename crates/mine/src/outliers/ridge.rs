//! What the other grants predict: for each permission a ridge regression on all other permissions, over all users.
//!
//! One inverse serves all of them. With X the users by permissions, P the inverse of X'X + lambda I, the regression of
//! permission p on the others leaves the residual (XP)[u,p] / P[p,p], and leaving the user out as well divides it by
//! one minus the user's leverage in that regression, h[u] - (XP)[u,p]^2 / P[p,p] with h[u] = (XP)[u]·X[u]. So every
//! prediction is made without the grant itself and without the user's own row. (The closed form is that of Steck,
//! Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019; leaving one out is the textbook identity.)
//! Only additions, multiplications and divisions of f64 in a fixed order: the same bits on every machine.

use super::Held;
use crate::table::Rows;

/// How strongly predictions are drawn to nothing, in grants.
const LAMBDA: f64 = 1.0;
/// Most columns that predict: the inverse takes their number to the third power. Beyond, the most held ones predict.
const CORE: usize = 2_048;

/// The fitted regressions.
#[derive(Debug)]
pub(crate) struct Ridge {
    /// Rows are permissions and columns are users: so where there are fewer users than permissions.
    turned: bool,
    /// Of each column, its place among those that predict.
    core: Vec<Option<u32>>,
    width: usize,
    /// The inverse, row by row.
    inverse: Vec<f64>,
}

impl Ridge {
    pub fn new(held: &Held) -> Self {
        let turned = held.of_user.len() < held.of_permission.len();
        let (rows, columns) = sides(held, turned);
        let mut order: Vec<u32> = (0_u32..).take(columns.len()).collect();
        order.sort_by_key(|column| std::cmp::Reverse(columns.row(*column).len()));
        order.truncate(CORE);
        let mut core = vec![None; columns.len()];
        for (place, column) in (0_u32..).zip(&order) {
            if let Some(slot) = core.get_mut(*column as usize) {
                *slot = Some(place);
            }
        }
        let width = order.len();
        let mut ridge = Self { turned, core, width, inverse: vec![0.0; width * width] };
        for row in rows.iter() {
            let places = ridge.places(row);
            for place in &places {
                let line = line(&mut ridge.inverse, width, *place);
                for other in &places {
                    add(line, *other, 1.0);
                }
            }
        }
        for place in 0..width {
            add(line(&mut ridge.inverse, width, place), place, LAMBDA);
        }
        invert(&mut ridge.inverse, width);
        ridge
    }

    /// The places of the predicting ones among these columns.
    fn places(&self, columns: &[u32]) -> Vec<usize> {
        columns.iter().filter_map(|column| self.core.get(*column as usize).copied().flatten()).map(|place| place as usize).collect()
    }

    fn line(&self, place: usize) -> &[f64] {
        self.inverse.get(place * self.width..(place + 1) * self.width).unwrap_or_default()
    }

    /// For each (user, permission): what everything else predicts, about 1 for held and 0 for not held.
    pub fn expect(&self, held: &Held, cells: &[(u32, u32)]) -> Vec<f64> {
        let (rows, columns) = sides(held, self.turned);
        let turned = |(user, permission): (u32, u32)| if self.turned { (permission, user) } else { (user, permission) };
        let mut order: Vec<(u32, u32, usize)> =
            (0..).zip(cells).map(|(at, cell)| (turned(*cell), at)).map(|((r, c), at)| (r, c, at)).collect();
        order.sort_unstable();
        let mut expected = vec![0.0; cells.len()];
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let Some((row, ..)) = group.first() else { continue };
            let held_by_row = rows.row(*row);
            let places = self.places(held_by_row);
            let mut sums = vec![0.0; self.width];
            for place in &places {
                sums.iter_mut().zip(self.line(*place)).for_each(|(sum, value)| *sum += value);
            }
            let at = |place: usize| sums.get(place).copied().unwrap_or(0.0);
            let leverage: f64 = places.iter().map(|place| at(*place)).sum();
            for (_, column, cell) in group {
                let own = f64::from(u8::from(held_by_row.binary_search(column).is_ok()));
                let residual = if let Some(place) = self.core.get(*column as usize).copied().flatten() {
                    let place = place as usize;
                    let diagonal = self.line(place).get(place).copied().unwrap_or(1.0);
                    let sum = at(place);
                    (sum / diagonal) / (1.0 - leverage + sum * sum / diagonal).max(1e-9)
                } else {
                    let holders = columns.row(*column).iter();
                    let predicted: f64 = holders.map(|other| self.places(rows.row(*other)).into_iter().map(at).sum::<f64>()).sum();
                    (own - predicted) / (1.0 - leverage).max(1e-9)
                };
                if let Some(slot) = expected.get_mut(*cell) {
                    *slot = own - residual;
                }
            }
        }
        expected
    }
}

fn sides(held: &Held, turned: bool) -> (&Rows<u32>, &Rows<u32>) {
    if turned { (&held.of_permission, &held.of_user) } else { (&held.of_user, &held.of_permission) }
}

fn line(matrix: &mut [f64], width: usize, place: usize) -> &mut [f64] {
    matrix.get_mut(place * width..(place + 1) * width).unwrap_or_default()
}

fn add(line: &mut [f64], place: usize, value: f64) {
    if let Some(cell) = line.get_mut(place) {
        *cell += value;
    }
}

/// Inverts a symmetric, positive definite matrix in place (Gauss and Jordan; no pivoting is needed for these).
fn invert(matrix: &mut [f64], width: usize) {
    for step in 0..width {
        let mut pivot_line = line(matrix, width, step).to_vec();
        let Some(pivot) = pivot_line.get(step).copied() else { return };
        for value in &mut pivot_line {
            *value /= pivot;
        }
        if let Some(cell) = pivot_line.get_mut(step) {
            *cell = 1.0 / pivot;
        }
        for (at, other) in matrix.chunks_exact_mut(width).enumerate() {
            if at == step {
                other.copy_from_slice(&pivot_line);
                continue;
            }
            let Some(factor) = other.get(step).copied() else { return };
            if factor == 0.0 {
                continue;
            }
            if let Some(cell) = other.get_mut(step) {
                *cell = 0.0;
            }
            other.iter_mut().zip(&pivot_line).for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a failed expectation is a failed test")]

    use super::*;
    use crate::Grants;

    #[test]
    fn an_inverse_times_its_matrix_is_one() {
        let matrix = [4.0, 1.0, 0.5, 1.0, 3.0, 0.0, 0.5, 0.0, 2.0];
        let mut inverse = matrix;
        invert(&mut inverse, 3);
        for (row, column) in (0..3).flat_map(|row| (0..3).map(move |column| (row, column))) {
            let product: f64 = (0..3).map(|k| matrix[row * 3 + k] * inverse[k * 3 + column]).sum();
            assert!((product - f64::from(u8::from(row == column))).abs() < 1e-12, "{row} {column} {product}");
        }
    }

    /// The closed form against the long way: the grant's user left out, the regression solved anew, for each cell.
    #[test]
    fn leaving_one_out_in_closed_form_is_leaving_one_out() {
        let named =
            [("a", "p"), ("a", "q"), ("a", "r"), ("b", "p"), ("b", "q"), ("c", "q"), ("c", "r"), ("d", "p"), ("d", "r"), ("e", "q")];
        let grants = Grants::of(&named);
        let held = Held::new(&grants);
        let ridge = Ridge::new(&held);
        assert!(!ridge.turned);
        let (users, permissions) = (grants.users().len(), grants.permissions().len());
        let x = |user: usize, permission: usize| f64::from(u8::from(grants.pairs().contains(&(user as u32, permission as u32))));
        for (user, target) in (0..users).flat_map(|user| (0..permissions).map(move |target| (user, target))) {
            let others: Vec<usize> = (0..permissions).filter(|p| *p != target).collect();
            let rest = || (0..users).filter(|other| *other != user);
            let width = others.len();
            let mut inverse = vec![0.0; width * width];
            for (i, j) in (0..width).flat_map(|i| (0..width).map(move |j| (i, j))) {
                inverse[i * width + j] = rest().map(|v| x(v, others[i]) * x(v, others[j])).sum::<f64>() + if i == j { LAMBDA } else { 0.0 };
            }
            invert(&mut inverse, width);
            let right: Vec<f64> = others.iter().map(|p| rest().map(|v| x(v, *p) * x(v, target)).sum()).collect();
            let weight = |i: usize| (0..width).map(|j| inverse[i * width + j] * right[j]).sum::<f64>();
            let long: f64 = (0..width).map(|i| weight(i) * x(user, others[i])).sum();
            let short = ridge.expect(&held, &[(user as u32, target as u32)])[0];
            assert!((long - short).abs() < 1e-9, "user {user}, permission {target}: {long} against {short}");
        }
    }
}
