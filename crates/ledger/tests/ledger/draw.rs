//! Which items are judged first: anybody can draw again, and the verifier does (rule 30).

use crate::common::{Told, World, world, world_that_draws};
use domain::ItemId;
use ledger::{
    Report, Trust,
    draw::{BY_A_RULE, DRAWN, NOT_DRAWN, is_drawn},
    verify::{Check, CheckState},
    verify_pack,
};
use proptest::prelude::*;

const SEED: [u8; 32] = [11; 32];
/// In how many of 100 the tests draw: so many that of three items some are and some are not.
const SHARE: u32 = 50;

fn item(number: u128) -> ItemId {
    format!("{number:032x}").parse().expect("an id")
}

/// The words that the draw gives.
const TRULY: fn(&[u8; 32], ItemId) -> Option<&'static str> = |seed, item| Some(if is_drawn(seed, SHARE, item) { DRAWN } else { NOT_DRAWN });

fn told(share: i64, seed: Option<[u8; 32]>, of: fn(&[u8; 32], ItemId) -> Option<&'static str>) -> Told {
    Told { share, seed, of }
}

fn verified(world: &World) -> Report {
    verify_pack(&world.pack(), &Trust::Nothing)
}

fn of_the_draw(report: &Report) -> Vec<&Check> {
    report.checks.iter().filter(|check| check.name == "draw").collect()
}

/// Computed apart from this program, so that the rule stays what docs/evidence.md says: with Python, `int.from_bytes(
/// sha256(b"countersign/draw/1\n" + seed + id).digest()[:8], "big") * 100 < share << 64`.
#[test]
fn the_draw_is_the_one_that_is_written_down() {
    let first = item(1);
    let least = (0..=100).find(|share| is_drawn(&SEED, *share, first));
    assert_eq!(least, Some(13));
    let drawn: Vec<u128> = (1..=200).filter(|n| is_drawn(&SEED, 5, item(*n))).collect();
    assert_eq!(drawn, [14, 41, 61, 69, 76, 145, 146, 147, 149, 168, 172, 193]);
}

#[test]
fn rule_30_the_share_is_met_over_many_items_and_nothing_or_everything_at_its_ends() {
    let items = || (0..20_000_u128).map(|n| item((n << 64) | n));
    let five = items().filter(|item| is_drawn(&SEED, 5, *item)).count();
    // Five standard deviations of a fair draw.
    assert!((1_000_i64 - i64::try_from(five).unwrap()).abs() < 155, "{five}");
    assert_eq!(items().filter(|item| is_drawn(&SEED, 0, *item)).count(), 0);
    assert_eq!(items().filter(|item| is_drawn(&SEED, 100, *item)).count(), 20_000);
    let other = items().filter(|item| is_drawn(&SEED, 5, *item) && is_drawn(&[12; 32], 5, *item)).count();
    assert!(other < 100, "another seed draws others: {other}");
}

proptest! {
    /// A greater share draws the same items and more.
    #[test]
    fn a_greater_share_keeps_what_was_drawn(seed: [u8; 32], id: u128, share in 0_u32..100) {
        let item = item(id);
        prop_assert!(!is_drawn(&seed, share, item) || is_drawn(&seed, share + 1, item));
    }
}

#[test]
fn rule_30_a_pack_is_drawn_again() {
    let report = verified(&world_that_draws(Some(&told(i64::from(SHARE), Some(SEED), TRULY))));
    assert!(report.whole, "{}", report.sentence);
    let [check] = of_the_draw(&report)[..] else { panic!("{report:?}") };
    assert_eq!(check.state, CheckState::Passed);
    assert!(check.sentence.contains("of 3 items are judged first"), "{}", check.sentence);
    // Items of named rules are not drawn from, and a campaign may draw nothing.
    assert!(verified(&world_that_draws(Some(&told(i64::from(SHARE), Some(SEED), |_, _| Some(BY_A_RULE))))).whole);
    assert!(verified(&world_that_draws(Some(&told(0, None, |_, _| None)))).whole);
    assert!(of_the_draw(&verified(&world())).is_empty(), "of a time before there was a draw nothing is said");
}

#[test]
fn rule_30_a_draw_that_is_another_is_found() {
    let otherwise: fn(&[u8; 32], ItemId) -> Option<&'static str> =
        |seed, item| Some(if is_drawn(seed, SHARE, item) { NOT_DRAWN } else { DRAWN });
    for (draw, finds) in [
        (told(i64::from(SHARE), Some(SEED), otherwise), "drawn again"),
        (told(i64::from(SHARE), Some(SEED), |_, _| None), "does not say whether"),
        (told(i64::from(SHARE), Some(SEED), |_, _| Some("chosen")), "does not say whether"),
        (told(0, None, TRULY), "states none"),
        (told(i64::from(SHARE), None, TRULY), "does not say how"),
        (told(101, Some(SEED), TRULY), "does not say how"),
    ] {
        let report = verified(&world_that_draws(Some(&draw)));
        assert!(!report.whole, "{finds}");
        let found = of_the_draw(&report);
        assert!(found.iter().all(|check| check.state == CheckState::Failed && check.sentence.contains(finds)), "{finds}: {found:?}");
        assert!(!found.is_empty(), "{finds}");
    }
}
