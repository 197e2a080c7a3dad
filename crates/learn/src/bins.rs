//! Numbers to the bins that trees cut between.

/// Bins of a feature.
pub(crate) const BINS: usize = 64;
/// Weight of the overall rate in the rate of a group, in rows.
const PRIOR_ROWS: f64 = 2.0;

/// The share of approved rows in a group, pulled towards the overall rate.
pub(crate) fn rate(positives: u32, count: u32, prior: f64) -> f32 {
    ((f64::from(positives) + PRIOR_ROWS * prior) / (f64::from(count) + PRIOR_ROWS)) as f32
}

/// What share of the rows with the single value is in the pair.
pub(crate) fn share(pair: u32, single: u32) -> f32 {
    pair as f32 / (single as f32 + 1.0)
}

/// Exact below 16, then four bins to each doubling.
pub(crate) fn bin_of_count(count: u32) -> u8 {
    if count < 16 {
        count as u8
    } else {
        let top = count.ilog2();
        (16 + (top - 4) * 4 + ((count >> (top - 2)) & 3)).min(BINS as u32 - 1) as u8
    }
}

/// The number of borders below a value.
pub(crate) fn bin(borders: &[f32], value: f32) -> u8 {
    borders.partition_point(|border| *border < value) as u8
}

/// Borders between bins that hold about as many rows each.
pub(crate) fn borders(values: &[f32]) -> Vec<f32> {
    let mut some: Vec<f32> = values.iter().step_by(values.len() / 8192 + 1).copied().collect();
    some.sort_by(f32::total_cmp);
    let mut borders: Vec<f32> = (1..BINS).map(|k| some[k * some.len() / BINS]).collect();
    borders.dedup();
    borders
}
