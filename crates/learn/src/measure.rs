//! How good probabilities are, against what people answered. `approve` is the probability of Approve, from 0 to 1; refusals
//! are what a review looks for.

/// Area under the receiver's curve: how often an approved row stands above a refused one, ties counting half. None where
/// either kind is missing.
pub fn auc(approve: &[f64], approved: &[bool]) -> Option<f64> {
    let order = lowest_first(approve, approved);
    let (mut below_refused, mut sum, mut positives) = (0.0, 0.0, 0.0);
    for tied in ranks(&order) {
        let good = tied.iter().filter(|(_, a)| *a).count() as f64;
        let bad = tied.len() as f64 - good;
        sum += good * (below_refused + bad / 2.0);
        below_refused += bad;
        positives += good;
    }
    (positives > 0.0 && below_refused > 0.0).then(|| sum / (positives * below_refused))
}

/// Mean of -ln of what was given to the answer that came, with probabilities kept within a millionth of 0 and 1.
pub fn log_loss(approve: &[f64], approved: &[bool]) -> Option<f64> {
    mean(approve, approved, |p, a| {
        let p = p.clamp(1e-6, 1.0 - 1e-6);
        -libm::log(if a { p } else { 1.0 - p })
    })
}

/// Mean squared distance between probability and answer (Brier 1950).
pub fn brier(approve: &[f64], approved: &[bool]) -> Option<f64> {
    mean(approve, approved, |p, a| {
        let off = p - f64::from(u8::from(a));
        off * off
    })
}

/// Expected calibration error over 15 equal-width bins of `approve`: the distance of mean probability and share approved in
/// each bin, weighted by its rows (Guo et al. 2017).
pub fn ece(approve: &[f64], approved: &[bool]) -> Option<f64> {
    let mut bins = [(0.0, 0.0); 15];
    for (p, a) in approve.iter().zip(approved) {
        let bin = &mut bins[((p * 15.0) as usize).min(14)];
        bin.0 += p;
        bin.1 += f64::from(u8::from(*a));
    }
    (!approve.is_empty()).then(|| bins.iter().map(|(p, a): &(f64, f64)| (p - a).abs()).sum::<f64>() / approve.len() as f64)
}

/// Average precision of Revoke: precision at each refused row's place in the list, least `approve` first, averaged over the
/// refused rows. Tied rows share the place of their last. None where nothing was refused.
pub fn average_precision_revoke(approve: &[f64], approved: &[bool]) -> Option<f64> {
    let order = lowest_first(approve, approved);
    let (mut seen, mut found, mut sum) = (0.0, 0.0, 0.0);
    for tied in ranks(&order) {
        let refused = tied.iter().filter(|(_, a)| !*a).count() as f64;
        seen += tied.len() as f64;
        found += refused;
        sum += refused * found / seen;
    }
    (found > 0.0).then(|| sum / found)
}

/// Of the `ceil(share * rows)` rows with the lowest `approve`, the share that was refused; and of all refused rows, the share
/// that is among them. Rows that tie at the edge count by their share, so that the order of rows does not matter.
pub fn at_lowest(share: f64, approve: &[f64], approved: &[bool]) -> Option<(f64, Option<f64>)> {
    if approve.is_empty() {
        return None;
    }
    let wanted = libm::ceil(share * approve.len() as f64);
    let order = lowest_first(approve, approved);
    let all = order.iter().filter(|(_, a)| !*a).count() as f64;
    let (mut left, mut found) = (wanted, 0.0);
    for tied in ranks(&order) {
        let refused = tied.iter().filter(|(_, a)| !*a).count() as f64;
        let taken = left.min(tied.len() as f64);
        found += refused * taken / tied.len() as f64;
        left -= taken;
        if left <= 0.0 {
            break;
        }
    }
    Some((found / wanted, (all > 0.0).then(|| found / all)))
}

fn mean(approve: &[f64], approved: &[bool], of: impl Fn(f64, bool) -> f64) -> Option<f64> {
    (!approve.is_empty()).then(|| approve.iter().zip(approved).map(|(p, a)| of(*p, *a)).sum::<f64>() / approve.len() as f64)
}

fn lowest_first(approve: &[f64], approved: &[bool]) -> Vec<(f64, bool)> {
    let mut order: Vec<(f64, bool)> = approve.iter().copied().zip(approved.iter().copied()).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    order
}

/// Rows of equal probability together, in the order given.
fn ranks(order: &[(f64, bool)]) -> impl Iterator<Item = &[(f64, bool)]> {
    order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
}
