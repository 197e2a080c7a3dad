//! Fewer missing uses tell an end where nobody holds it of the people whose other access is most like the holder's, and where the
//! holder's own habit and the others' tell the same. Each threshold is held by a case at it and one below.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{account, as_of, days_ago, gap, grant, source};
use domain::{AccountStatus, Grain, Sensitivity, Verdict};
use recommend::{Cause, Fact, FactId, FactValue, Facts, Group, Origin, PathKind, Recommendation, Rhythm, Says, Share, Weights, decide};

/// What is known of one grant. As it stands: asked for 700 days ago, used on a few days and last 100 days ago, and on some days of
/// 400 by the others; the holder was at work yesterday.
#[derive(Clone, Copy)]
struct Known {
    path: PathKind,
    sensitivity: Sensitivity,
    granted: i64,
    grain: Option<Grain>,
    /// Days since the last use; `None` where none was seen.
    last: Option<i64>,
    unused: i64,
    window: i64,
    days_used: i64,
    /// On how many of 400 days the others use it.
    others: u32,
    /// How many of twenty similar people hold it.
    similar: u32,
    /// How many of thirty in the department hold it, and as many of a hundred of the title.
    department: u32,
    /// How many of a thousand hold it.
    all: u32,
    moved: Option<i64>,
    rhythm: Option<Rhythm>,
    home: bool,
}

const KNOWN: Known = Known {
    path: PathKind::Direct,
    sensitivity: Sensitivity::Medium,
    granted: 700,
    grain: Some(Grain::Entitlement),
    last: Some(100),
    unused: 100,
    window: 400,
    days_used: 3,
    others: 0,
    similar: 0,
    department: 0,
    all: 20,
    moved: None,
    rhythm: None,
    home: false,
};

/// The same, unused for so many days.
fn idle(known: Known, days: i64) -> Known {
    Known { last: known.last.map(|_| days), unused: days, ..known }
}

fn judge(known: Known) -> Recommendation {
    let share = |held, of| FactValue::Share(Share { held, of });
    let mut facts = vec![
        (FactId::AccountStatus, FactValue::Status(AccountStatus::Active)),
        (FactId::Sensitivity, FactValue::Sensitivity(known.sensitivity)),
        (FactId::GrantPath, FactValue::Path(known.path)),
        (FactId::GrantedOn, FactValue::At(days_ago(known.granted))),
        (FactId::PeersTitle, share(known.department, 30)),
        (FactId::PeersDepartment, share(known.department, 30)),
        (FactId::PeersAll, share(known.all, 1_000)),
        (FactId::SimilarPeople, share(known.similar, 20)),
    ];
    if let Some(grain) = known.grain {
        facts.extend([
            (FactId::UsageWindow, FactValue::Number(known.window)),
            (FactId::UsageGrain, FactValue::Grain(grain)),
            (FactId::LastUsed, known.last.map_or(FactValue::NoneSeen, |days| FactValue::At(days_ago(days)))),
            (FactId::DaysUsed, FactValue::Number(known.days_used)),
            (FactId::UnusedDays, FactValue::Number(known.unused)),
            (FactId::HolderActive, FactValue::At(days_ago(1))),
            (FactId::OthersHabit, share(known.others, 400)),
        ]);
    }
    facts.extend(known.moved.map(|days| (FactId::ChangedJobOn, FactValue::At(days_ago(days)))));
    facts.extend(known.rhythm.map(|rhythm| (FactId::Rhythm, FactValue::Rhythm(rhythm))));
    if known.home {
        facts.push((FactId::HeldMostIn, FactValue::Group(Group { held: 3, like: account(1), of: 30 })));
    }
    let facts = facts.into_iter().map(|(id, value)| Fact { id, origin: Origin::Source(source(1)), read_at: as_of(), value }).collect();
    decide(grant(1), as_of(), Facts::new(facts), &Weights::default()).unwrap()
}

/// Whether it is said that nobody similar holds it.
fn told(made: &Recommendation) -> bool {
    made.reasons.iter().any(|reason| matches!(reason.says, Says::Unshared { .. }))
}

#[track_caller]
fn ends(known: Known, missing: i64, cause: Cause) {
    let made = judge(known);
    assert_eq!((made.verdict, made.cause), (Verdict::Revoke, cause), "{:?}", made.reasons);
    assert_eq!((gap(&made.reasons), told(&made)), (Some((missing, false)), true), "{:?}", made.reasons);
}

#[track_caller]
fn stays_open(known: Known, cause: Cause, why: &str) {
    let made = judge(known);
    assert_eq!((made.verdict, made.cause), (Verdict::Escalate, cause), "{why}: {:?}", made.reasons);
    assert_eq!((gap(&made.reasons), told(&made)), (None, false), "{why}: {:?}", made.reasons);
}

#[test]
fn three_missing_uses_end_what_came_along_and_nobody_similar_holds() {
    let known = Known { path: PathKind::Group, others: 12, ..KNOWN };
    ends(known, 3, Cause::Unused);
    for (known, why) in [
        (Known { others: 11, ..known }, "two are missing"),
        (Known { similar: 1, ..known }, "somebody similar holds it"),
        (Known { path: PathKind::Direct, ..known }, "it was asked for"),
        (Known { last: None, days_used: 0, ..known }, "no use was seen, so that the work may come more seldom"),
    ] {
        stays_open(known, Cause::PerhapsSeasonal, why);
    }
}

#[test]
fn one_missing_use_ends_it_where_the_last_is_most_of_a_year_ago() {
    let known = idle(Known { path: PathKind::Group, others: 2, ..KNOWN }, 300);
    ends(known, 1, Cause::Unused);
    stays_open(idle(known, 299), Cause::PerhapsSeasonal, "299 days");
    stays_open(Known { others: 1, ..known }, Cause::PerhapsSeasonal, "none is missing");
    stays_open(Known { path: PathKind::Direct, ..known }, Cause::PerhapsSeasonal, "it was asked for");
}

#[test]
fn three_missing_uses_end_privileged_access_that_nobody_in_the_department_has() {
    let known = Known { sensitivity: Sensitivity::Privileged, rhythm: Some(Rhythm::QuarterEnd), others: 12, ..KNOWN };
    ends(known, 3, Cause::Unused);
    for (known, why) in [
        (Known { others: 11, ..known }, "two are missing"),
        (Known { sensitivity: Sensitivity::High, ..known }, "it gives no control over systems"),
        (Known { similar: 1, ..known }, "somebody similar holds it"),
    ] {
        stays_open(known, Cause::PerhapsSeasonal, why);
    }
}

#[test]
fn two_missing_uses_end_what_was_used_in_the_first_week_only() {
    let known = idle(Known { granted: 87, others: 10, ..KNOWN }, 80);
    ends(known, 2, Cause::HeldByNobodyAlike);
    for (known, why) in [
        (Known { others: 9, ..known }, "one is missing"),
        (Known { granted: 88, ..known }, "used in the second week"),
        (Known { similar: 1, ..known }, "somebody similar holds it"),
    ] {
        stays_open(known, Cause::PerhapsSeasonal, why);
    }
}

#[test]
fn four_missing_uses_end_what_was_never_used_since_it_was_asked_for_and_five_what_may_have_been() {
    let never = Known { last: None, days_used: 0, granted: 400, unused: 400, ..KNOWN };
    ends(Known { others: 4, ..never }, 4, Cause::NeverSeenUsed);
    stays_open(Known { others: 3, ..never }, Cause::PerhapsSeasonal, "three are missing");
    stays_open(Known { others: 4, similar: 1, ..never }, Cause::PerhapsSeasonal, "somebody similar holds it");
    let before = Known { granted: 401, ..never };
    ends(Known { others: 5, ..before }, 5, Cause::NeverSeenUsed);
    stays_open(Known { others: 4, ..before }, Cause::PerhapsSeasonal, "there may have been use before it was watched");
}

#[test]
fn what_could_do_much_harm_and_was_never_used_needs_no_quarter_to_tell() {
    let never = Known { sensitivity: Sensitivity::High, last: None, days_used: 0, granted: 45, unused: 45, others: 1, ..KNOWN };
    let made = judge(never);
    assert_eq!((made.verdict, made.cause), (Verdict::Revoke, Cause::HeldByNobodyAlike), "{:?}", made.reasons);
    let weighs = |made: &Recommendation| {
        made.reasons.iter().find(|reason| matches!(reason.says, Says::Unshared { held: 0, of: 20 })).map(|reason| reason.weight)
    };
    assert_eq!(weighs(&made), Some(Weights::default().unshared_never));
    // From a quarter on, the days weigh by themselves.
    let longer = judge(Known { granted: 90, unused: 90, ..never });
    assert_eq!((longer.verdict, weighs(&longer)), (Verdict::Revoke, None), "{:?}", longer.reasons);
    for (known, why) in [
        (Known { similar: 1, ..never }, "somebody similar holds it"),
        (Known { window: 44, ..never }, "the first day was not watched"),
        (idle(Known { last: Some(45), granted: 90, ..never }, 45), "it was used"),
    ] {
        stays_open(known, Cause::EvidenceDivided, why);
    }
    // Within a window of a quarter as well.
    let quarter = judge(Known { granted: 70, unused: 70, window: 90, ..never });
    assert_eq!(quarter.verdict, Verdict::Revoke, "{:?}", quarter.reasons);
}

#[test]
fn a_handful_s_access_that_nobody_uses_and_that_was_never_used_has_no_season() {
    let never = Known { last: None, days_used: 0, granted: 60, unused: 60, window: 300, all: 3, ..KNOWN };
    assert_eq!(judge(never).verdict, Verdict::Revoke, "{:?}", judge(never).reasons);
    stays_open(Known { similar: 1, ..never }, Cause::PerhapsSeasonal, "somebody similar holds it");
    let more = judge(Known { all: 6, ..never });
    assert_eq!((more.verdict, more.cause), (Verdict::Escalate, Cause::PerhapsSeasonal), "more than a handful hold it: {:?}", more.reasons);
}

/// Everyday access of the whole department, which somebody stopped using 60 days ago: on 340 days before, they used it on so many.
fn both(own: i64, others: u32, days: i64) -> Recommendation {
    let before = 400 - days;
    let days_used = (own * before + days - 1) / days;
    judge(idle(Known { department: 24, all: 100, similar: 15, days_used, others, ..KNOWN }, days))
}

#[test]
fn six_missing_uses_end_it_where_the_own_habit_misses_eight() {
    let made = both(8, 40, 60);
    assert_eq!((made.verdict, made.cause), (Verdict::Revoke, Cause::StoppedUsing), "{:?}", made.reasons);
    assert!(made.reasons.iter().any(|reason| matches!(reason.says, Says::GapTelling { both: true, missing: 6, .. })));
    assert!(!told(&made), "that similar people hold it says nothing here");
    for (made, why) in [(both(7, 40, 60), "seven by the own habit"), (both(8, 39, 60), "five by the others'")] {
        assert_eq!((gap(&made.reasons), made.verdict), (None, Verdict::Escalate), "{why}: {:?}", made.reasons);
    }
    // From a quarter on, a season may look like this: eight by either.
    assert_eq!(both(8, 27, 90).verdict, Verdict::Escalate, "{:?}", both(8, 27, 90).reasons);
    assert_eq!(both(8, 36, 90).verdict, Verdict::Revoke, "{:?}", both(8, 36, 90).reasons);
}

/// What came along with a job that was left so many days ago.
fn left(moved: i64) -> Known {
    Known { path: PathKind::Group, moved: Some(moved), similar: 3, home: true, ..KNOWN }
}

#[test]
fn two_weeks_tell_of_what_came_along_with_a_job_that_was_left() {
    // Five of the others' uses are missing, and at most three of twenty similar people hold it.
    ends(idle(Known { others: 143, ..left(120) }, 14), 5, Cause::LeftTheJob);
    for (known, why) in [
        (idle(Known { others: 154, ..left(120) }, 13), "thirteen days"),
        (idle(Known { others: 142, ..left(120) }, 14), "four are missing"),
        (idle(Known { others: 143, similar: 4, ..left(120) }, 14), "four similar people hold it"),
        (idle(Known { others: 143, path: PathKind::Direct, ..left(120) }, 14), "it was asked for"),
    ] {
        stays_open(known, Cause::StillUsedAfterMove, why);
    }
    // From four weeks on four are enough, where nobody similar holds it.
    ends(idle(Known { others: 58, similar: 0, ..left(120) }, 28), 4, Cause::LeftTheJob);
    stays_open(idle(Known { others: 57, similar: 0, ..left(120) }, 28), Cause::StillUsedAfterMove, "three are missing");
    stays_open(idle(Known { others: 60, similar: 0, ..left(120) }, 27), Cause::StillUsedAfterMove, "27 days");
}

#[test]
fn three_weeks_after_a_change_of_job_four_missing_uses_end_a_hand_over() {
    let known = idle(Known { others: 32, similar: 0, ..left(21) }, 50);
    ends(known, 4, Cause::LeftTheJob);
    let sooner = judge(Known { moved: Some(20), ..known });
    assert_eq!((sooner.verdict, sooner.cause), (Verdict::Escalate, Cause::HandOver), "{:?}", sooner.reasons);
    let fewer = judge(Known { others: 31, ..known });
    assert_eq!((fewer.verdict, fewer.cause), (Verdict::Escalate, Cause::HandOver), "{:?}", fewer.reasons);
}

#[test]
fn eight_missing_uses_of_the_whole_application_end_what_came_along_with_a_job_that_was_left() {
    let application = |others, days| idle(Known { grain: Some(Grain::Application), others, similar: 8, ..left(120) }, days);
    let made = judge(application(107, 30));
    assert_eq!(
        (gap(&made.reasons), made.verdict, made.cause),
        (Some((8, false)), Verdict::Revoke, Cause::LeftTheJob),
        "{:?}",
        made.reasons
    );
    assert!(!made.bulk_allowed, "use of the access itself is unknown (rule 7)");
    let fewer = judge(application(106, 30));
    assert_eq!((gap(&fewer.reasons), fewer.verdict), (None, Verdict::Escalate), "seven are missing: {:?}", fewer.reasons);
    let asked = judge(Known { path: PathKind::Direct, ..application(107, 30) });
    assert_eq!((gap(&asked.reasons), asked.verdict), (None, Verdict::Escalate), "it was asked for: {:?}", asked.reasons);
}

#[test]
fn a_quarter_tells_where_the_others_use_the_application_daily() {
    let quiet = Known {
        grain: Some(Grain::Application),
        last: None,
        days_used: 0,
        window: 90,
        unused: 90,
        others: 72,
        all: 30,
        similar: 1,
        ..KNOWN
    };
    let made = judge(quiet);
    assert_eq!((made.verdict, made.cause), (Verdict::Revoke, Cause::NeverSeenUsed), "{:?}", made.reasons);
    assert_eq!(judge(Known { path: PathKind::Group, department: 1, all: 29, ..quiet }).verdict, Verdict::Revoke, "it came along");
    for (known, why) in [
        (Known { others: 71, ..quiet }, "fifteen uses of the application are missing"),
        (Known { all: 29, ..quiet }, "few know it"),
        (Known { department: 1, ..quiet }, "somebody in the department has it"),
        (Known { grain: Some(Grain::Tenant), ..quiet }, "what was watched is the account as a whole"),
    ] {
        stays_open(known, Cause::EvidenceDivided, why);
    }
}

#[test]
fn what_stayed_behind_and_nobody_similar_holds_goes_though_its_use_is_unknown() {
    let known = Known { grain: None, similar: 0, home: false, ..left(93) };
    let made = judge(known);
    assert_eq!((made.verdict, made.cause, told(&made)), (Verdict::Revoke, Cause::LeftTheJob, true), "{:?}", made.reasons);
    assert!(!made.use_known() && !made.bulk_allowed);
    for (known, why) in [
        (Known { similar: 1, ..known }, "somebody similar holds it"),
        (Known { moved: Some(92), ..known }, "a quarter has not gone by"),
        (Known { path: PathKind::Direct, ..known }, "it was asked for"),
    ] {
        let open = judge(known);
        assert_eq!((open.verdict, open.cause), (Verdict::Escalate, Cause::RareUseUnknown), "{why}: {:?}", open.reasons);
    }
}
