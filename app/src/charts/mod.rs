//! Pictures, drawn as SVG, each with the same said in words.
//!
//! Coordinates are whole numbers; widths are attributes, so that no picture
//! needs an inline style.

mod agreement;
mod calibration;
mod cover;
mod meter;
mod pace;
mod peers;
mod shares;
mod shift;
mod usage;
mod weight;

pub use agreement::agreement;
pub use calibration::calibration;
pub use cover::cover;
pub use meter::meter;
pub use pace::pace;
pub use peers::peers;
pub use shares::{Stack, shares};
pub use shift::shift;
pub use usage::usage;
pub use weight::{heaviest, weight};

use leptos::prelude::*;

/// The space that a course is drawn in, between its figures on the left and what stands below it.
const LEFT: i64 = 46;
const RIGHT: i64 = 630;
const TOP: i64 = 16;
const BASE: i64 = 160;

/// How high `n` of `all` stands in a course.
fn height(n: i64, all: i64) -> i64 {
    BASE - between(n, all, 0, BASE - TOP)
}

/// The lines for all, half and none of it, each with its figure as `said`.
fn gridlines(all: i64, said: fn(i64) -> String) -> AnyView {
    [(all, TOP), (all / 2, TOP.midpoint(BASE)), (0, BASE)]
        .map(|(n, at)| {
            view! {
                <line class="gridline" x1=LEFT.to_string() y1=at.to_string() x2=RIGHT.to_string() y2=at.to_string()></line>
                <text x=(LEFT - 8).to_string() y=(at + 4).to_string() text-anchor="end">{said(n)}</text>
            }
        })
        .collect_view()
        .into_any()
}

/// Where `part` of `whole` lies between `from` and `to`; outside is cut off.
fn between(part: i64, whole: i64, from: i64, to: i64) -> i64 {
    if whole <= 0 {
        return from;
    }
    let part = i128::from(part.clamp(0, whole));
    let along = part * i128::from(to - from) / i128::from(whole);
    from + i64::try_from(along).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn places_stay_within_their_picture() {
        assert_eq!(between(5, 10, 0, 100), 50);
        assert_eq!(between(-5, 10, 0, 100), 0);
        assert_eq!(between(50, 10, 20, 100), 100);
        assert_eq!(between(1, 0, 20, 100), 20);
        assert_eq!(between(i64::MAX, i64::MAX, 0, 100), 100);
    }
}
