//! Gaps that end sooner than a month and a half tells, and seasons that are none.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{ANALYST, CLERK, World, days_ago, gap};
use domain::{Grain, GrantPath, Sensitivity, Verdict};
use recommend::{Cause, NoExcuse, Recommendation, Says};

/// Everyday access of twelve clerks, which they use on so many of 365 days and one of them stopped using so many days ago, while
/// that one last used something else so many days ago.
fn stopped(days_used: u32, idle: i64, elsewhere: i64) -> Recommendation {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.entitlement(2, Sensitivity::Low);
    world.grant_all(CLERK..CLERK + 12, 1, 700);
    world.grant_all(CLERK..CLERK + 12, 2, 700);
    for n in CLERK..CLERK + 12 {
        world.used(n, 1, Some(if n == CLERK { idle } else { 1 }), days_used);
        world.used(n, 2, Some(if n == CLERK { elsewhere } else { 1 }), 200);
    }
    world.judge(0)
}

/// A clerk's access that they stopped using so many days ago, where nobody else's use is watched.
fn stopped_unwatched(days_used: u32, idle: i64) -> Recommendation {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.entitlement(2, Sensitivity::Low);
    let at = world.grant(CLERK, 1, 700);
    world.grant(CLERK, 2, 700);
    world.used(CLERK, 1, Some(idle), days_used);
    world.used(CLERK, 2, Some(1), 200);
    world.judge(at)
}

#[test]
fn four_weeks_are_enough_where_sixteen_uses_are_missing_from_them() {
    let ended = stopped(209, 28, 1);
    assert_eq!((gap(&ended.reasons), ended.verdict, ended.cause), (Some((16, false)), Verdict::Revoke, Cause::StoppedUsing));
    let short = recommend::Weights::default().gap_short;
    assert!(ended.reasons.iter().any(|reason| matches!(reason.says, Says::GapTelling { .. }) && reason.weight == short));
    for (days_used, idle, why) in [(208, 28, "fifteen are missing"), (300, 27, "a holiday may take as long")] {
        let made = stopped(days_used, idle, 1);
        assert_eq!((gap(&made.reasons), made.verdict), (None, Verdict::Approve), "{why}: {:?}", made.reasons);
    }
}

#[test]
fn the_own_habit_alone_tells_no_end_before_a_month_and_a_half() {
    assert_eq!(gap(&stopped_unwatched(200, 44).reasons), None);
    // On 200 of 320 days before the gap.
    assert_eq!(gap(&stopped_unwatched(200, 45).reasons), Some((28, true)));
}

#[test]
fn who_was_not_at_work_in_the_later_half_of_a_short_gap_has_not_stopped() {
    assert_eq!(gap(&stopped(300, 30, 14).reasons), Some((24, false)));
    assert_eq!(gap(&stopped(300, 30, 15).reasons), None);
}

/// What an analyst was never seen using in the thirty days that are watched, in which the others used it on so many.
fn never_seen(others: u32, grain: Grain) -> Recommendation {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.entitlement(2, Sensitivity::Low);
    let at = world.grant(ANALYST, 1, 700);
    world.grant(ANALYST, 2, 700);
    world.usage(ANALYST, 1, None, 0, 30, grain);
    world.used(ANALYST, 2, Some(1), 200);
    world.grant_all(CLERK..CLERK + 11, 1, 700);
    for n in CLERK..CLERK + 11 {
        world.usage(n, 1, Some(2), others, 30, grain);
    }
    world.judge(at)
}

#[test]
fn a_month_in_which_no_use_was_seen_is_enough_where_twelve_are_missing() {
    let never = never_seen(12, Grain::Entitlement);
    assert_eq!((gap(&never.reasons), never.verdict), (Some((12, false)), Verdict::Revoke), "{:?}", never.reasons);
    assert!(never.reasons.iter().any(|reason| matches!(reason.says, Says::NoneSeen { window: 30, .. })), "the window is named (rule 26)");
    assert!(!never.bulk_allowed, "a person looks at each (rule 7)");
    let unknown = never_seen(11, Grain::Entitlement);
    assert_eq!((gap(&unknown.reasons), unknown.cause), (None, Cause::RareUseUnknown), "{:?}", unknown.reasons);
    // Rule 26: how often the application is used is no habit of using this.
    assert_eq!(never_seen(25, Grain::Application).verdict, Verdict::Escalate);
}

/// Access of a clerk who became an analyst so many days ago, not used for so many of which the clerks use it on so many of 365.
fn left_behind(moved: i64, idle: i64, clerks: u32) -> Recommendation {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.entitlement(2, Sensitivity::Low);
    world.person(ANALYST).changed_job_on = Some(days_ago(moved));
    let at = world.grant(ANALYST, 1, 700);
    world.grant(ANALYST, 2, 700);
    // Too seldom for the own habit to tell anything.
    world.used(ANALYST, 1, Some(idle), 80);
    world.used(ANALYST, 2, Some(1), 200);
    world.grant_all(CLERK..CLERK + 11, 1, 700);
    for n in CLERK..CLERK + 11 {
        world.used(n, 1, Some(2), clerks);
    }
    world.judge(at)
}

#[test]
fn what_came_with_an_old_job_ends_with_eight_missing_uses_and_a_hand_over_with_twelve() {
    let ended = left_behind(120, 30, 98);
    assert_eq!((gap(&ended.reasons), ended.verdict, ended.cause), (Some((8, false)), Verdict::Revoke, Cause::LeftTheJob));
    let used = left_behind(120, 30, 97);
    assert_eq!((gap(&used.reasons), used.verdict, used.cause), (None, Verdict::Escalate, Cause::StillUsedAfterMove), "seven are missing");
    let over = left_behind(20, 30, 146);
    assert_eq!(
        (gap(&over.reasons), over.verdict, over.cause),
        (Some((12, false)), Verdict::Revoke, Cause::LeftTheJob),
        "{:?}",
        over.reasons
    );
    let running = left_behind(20, 30, 145);
    assert_eq!((running.verdict, running.cause), (Verdict::Escalate, Cause::HandOver), "eleven are missing: {:?}", running.reasons);
}

/// What an analyst got so many days ago and last used so many days ago, or never, and three clerks of 634 people use on so many of 365.
fn handful(granted: i64, last: Option<i64>, clerks: u32, window: u32) -> Recommendation {
    let mut world = World::new();
    world.many_analysts();
    world.many_clerks();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, granted);
    world.usage(ANALYST, 1, last, 2 * u32::from(last.is_some()), window, Grain::Entitlement);
    for n in 1_000..1_003 {
        world.grant(n, 1, 700);
        world.usage(n, 1, (clerks > 0).then_some(30), clerks, 365, Grain::Entitlement);
    }
    world.judge(at)
}

#[test]
fn what_a_handful_hold_and_nobody_uses_has_no_season_after_a_quarter() {
    assert_eq!(handful(92, None, 0, 180).verdict, Verdict::Revoke, "{:?}", handful(92, None, 0, 180).reasons);
    let sooner = handful(91, None, 0, 180);
    assert_eq!((sooner.verdict, sooner.cause), (Verdict::Escalate, Cause::PerhapsSeasonal), "a quarter's work may be coming");
}

#[test]
fn use_in_the_days_after_a_grant_a_year_ago_is_no_season_of_what_a_handful_hold() {
    let tried = handful(370, Some(340), 2, 400);
    assert_eq!(tried.verdict, Verdict::Revoke, "{:?}", tried.reasons);
    let later = handful(371, Some(340), 2, 400);
    assert_eq!((later.verdict, later.cause), (Verdict::Escalate, Cause::PerhapsSeasonal), "{:?}", later.reasons);
}

/// What an analyst got so many days ago and last used so many days ago, and forty clerks use on two days of 365; so many other
/// analysts hold it.
fn first_days(granted: i64, last: i64, analysts: u32) -> Recommendation {
    let mut world = World::new();
    world.many_analysts();
    world.many_clerks();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, granted);
    world.usage(ANALYST, 1, Some(last), 1, 400, Grain::Entitlement);
    for n in (1_000..1_040).chain(ANALYST + 1..ANALYST + 1 + analysts) {
        world.grant(n, 1, 700);
        world.usage(n, 1, Some(30), 2, 365, Grain::Entitlement);
    }
    world.judge(at)
}

#[test]
fn use_in_the_first_days_only_led_to_no_work_where_nobody_in_the_department_has_any() {
    let says = |made: &Recommendation| {
        let tried = |reason: &recommend::Reason| matches!(reason.says, Says::SeldomElsewhere { why: NoExcuse::TriedOut {}, .. });
        made.reasons.iter().any(tried)
    };
    let tried = first_days(200, 193, 0);
    assert_eq!((says(&tried), tried.verdict, tried.cause), (true, Verdict::Revoke, Cause::Unused), "{:?}", tried.reasons);
    assert_eq!(first_days(97, 90, 0).verdict, Verdict::Revoke);
    for (made, why) in [
        (first_days(201, 193, 0), "used in the second week, too"),
        (first_days(96, 89, 0), "a quarter has not gone by"),
        (first_days(193, 200, 0), "used under an earlier grant, and not under this one"),
        (first_days(200, 193, 1), "somebody in the department holds it"),
    ] {
        assert_eq!(
            (says(&made), made.verdict, made.cause),
            (false, Verdict::Escalate, Cause::PerhapsSeasonal),
            "{why}: {:?}",
            made.reasons
        );
    }
}

/// What came with a clerk's job, left so many days ago for an analyst's, was used on two days, last at the year's end, and is used by
/// the clerks on two days of 365; so many analysts hold it, of whom there are enough to tell something or not.
fn season_of_old_job(path: GrantPath, moved: i64, analysts: u32, enough: bool) -> Recommendation {
    let mut world = World::new();
    if enough {
        world.many_analysts();
    }
    world.entitlement(1, Sensitivity::Medium);
    world.person(ANALYST).changed_job_on = Some(days_ago(moved));
    let at = world.grant(ANALYST, 1, 700);
    world.population.grants[at].path = path;
    world.usage(ANALYST, 1, Some(300), 2, 400, Grain::Entitlement);
    for n in (CLERK..CLERK + 11).chain(ANALYST + 1..ANALYST + 1 + analysts) {
        world.grant(n, 1, 700);
        world.usage(n, 1, Some(300), 2, 365, Grain::Entitlement);
    }
    world.judge(at)
}

#[test]
fn the_season_of_a_job_that_was_left_explains_nothing_where_nobody_in_the_new_department_has_it() {
    let group = || GrantPath::Group("payables".to_owned());
    let ended = season_of_old_job(group(), 93, 0, true);
    assert_eq!((ended.verdict, ended.cause), (Verdict::Revoke, Cause::LeftTheJob), "{:?}", ended.reasons);
    for (made, cause, why) in [
        (season_of_old_job(group(), 92, 0, true), Cause::HandOver, "a quarter's work may still be handed over"),
        (season_of_old_job(group(), 93, 1, true), Cause::PerhapsSeasonal, "somebody in the new department has it"),
        (season_of_old_job(GrantPath::Direct, 93, 0, true), Cause::PerhapsSeasonal, "it was asked for"),
        (season_of_old_job(group(), 93, 0, false), Cause::PerhapsSeasonal, "thirteen others are too few to tell"),
    ] {
        assert_eq!((made.verdict, made.cause), (Verdict::Escalate, cause), "{why}: {:?}", made.reasons);
    }
}
