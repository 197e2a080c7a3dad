//! Log-odds to probabilities, on rows that the trees did not see: p = sigmoid(a + b x), as Platt (1999) does it, with a pull
//! towards what the model said already (a = 0, b = 1), so that few rows change little.

use crate::chance::sigmoid;

/// Pull towards no change, as one over the variance of either parameter.
const PULL: f64 = 50.0;

/// The line from a model's log-odds to calibrated ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    pub(crate) shift: f64,
    pub(crate) slope: f64,
}

impl Line {
    pub(crate) const SAME: Self = Self { shift: 0.0, slope: 1.0 };

    /// Fits by Newton's method; `center` is the log-odds of the overall rate, about which the slope turns.
    pub(crate) fn fit(scores: &[(f64, bool)], center: f64) -> Self {
        let (mut shift, mut slope) = (0.0, 1.0);
        for _ in 0..25 {
            let (mut g0, mut g1) = (PULL * shift, PULL * (slope - 1.0));
            let (mut h00, mut h01, mut h11) = (PULL, 0.0, PULL);
            for (score, approved) in scores {
                let x = score - center;
                let p = sigmoid(center + shift + slope * x);
                let (error, weight) = (p - f64::from(u8::from(*approved)), p * (1.0 - p));
                g0 += error;
                g1 += error * x;
                h00 += weight;
                h01 += weight * x;
                h11 += weight * x * x;
            }
            let determinant = h00 * h11 - h01 * h01;
            let (by_shift, by_slope) = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
            shift -= by_shift;
            slope -= by_slope;
            if by_shift.abs() + by_slope.abs() < 1e-9 {
                break;
            }
        }
        // A falling line would turn the order round: the rows say nothing then.
        if slope > 0.0 && slope.is_finite() && shift.is_finite() {
            Self { shift: shift + center * (1.0 - slope), slope }
        } else {
            Self::SAME
        }
    }

    pub(crate) fn probability(self, score: f64) -> f64 {
        sigmoid(self.shift + self.slope * score)
    }
}
