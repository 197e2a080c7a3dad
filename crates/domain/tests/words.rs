//! Times, ids, paths and usage, through the public surface.

#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

use domain::{Env, Grain, GrantPath, ItemId, Timestamp, Usage, access::BadPath, time::DAY};
use proptest::prelude::*;

#[test]
fn ids_sort_by_the_time_they_were_made_and_repeat_with_the_seed() {
    let make = || {
        let (env, clock) = Env::simulated(Timestamp(1_795_248_000_000_000), 7);
        (0..50)
            .map(|_| {
                clock.advance(1_000);
                env.id::<ItemId>()
            })
            .collect::<Vec<_>>()
    };
    let ids = make();
    assert!(ids.is_sorted());
    assert_eq!(ids, make());
}

#[test]
fn rule_26_coarser_or_shorter_than_asked_is_unknown_never_unused() {
    let read_at = Timestamp::parse_rfc3339("2026-11-21T08:00:00Z").expect("a time");
    let usage = |idle: Option<i64>, window_days, grain| Usage {
        last_used: idle.map(|d| read_at.plus(-d * DAY)),
        days_used: None,
        window_days,
        grain,
    };
    assert_eq!(usage(None, 90, Grain::Entitlement).unused_for(90, read_at), Some(true));
    assert_eq!(usage(None, 30, Grain::Entitlement).unused_for(90, read_at), None, "a short window");
    assert_eq!(usage(Some(10), 90, Grain::Entitlement).unused_for(90, read_at), Some(false));
    assert_eq!(usage(Some(10), 90, Grain::Application).unused_for(90, read_at), None, "used something, perhaps not this");
    assert_eq!(usage(None, 90, Grain::Tenant).unused_for(90, read_at), Some(true), "no sign-in at all");
    assert_eq!(usage(Some(120), 180, Grain::Entitlement).unused_for(90, read_at), Some(true));
    let in_part = Usage { days_used: None, ..usage(Some(120), 180, Grain::Action) };
    assert_eq!(in_part.unused_for(90, read_at), None, "only some actions are seen");
    assert_eq!(in_part.unused_for(150, read_at), Some(false), "a use that was seen");
}

#[test]
fn a_path_says_what_is_wrong_with_it() {
    for bad in ["", "group:", "teleport:x", "nested:one", "nested:a>", "Direct"] {
        assert_eq!(bad.parse::<GrantPath>(), Err(BadPath(bad.to_owned())));
    }
}

proptest! {
    #[test]
    fn times_survive_their_text(micros in -30_000_000_000_000_000_i64..200_000_000_000_000_000) {
        let time = Timestamp(micros);
        prop_assert_eq!(Timestamp::parse_rfc3339(&time.to_rfc3339()), Ok(time));
    }

    #[test]
    fn paths_survive_their_text(kind in 0..5, names in proptest::collection::vec("[a-z0-9-]{1,12}", 2..4)) {
        let path = match kind {
            0 => GrantPath::Direct,
            1 => GrantPath::Group(names[0].clone()),
            2 => GrantPath::Rule(names[0].clone()),
            3 => GrantPath::Nested(names),
            _ => GrantPath::Package(names[0].clone()),
        };
        prop_assert_eq!(path.to_string().parse(), Ok(path));
    }
}
