//! Gaps in use: what tells an end from a pause, and what is known of when access was granted.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{ANALYST, CLERK, MANAGER, World, days_ago, gap, source};
use domain::{AccountStatus, Grain, GrantPath, Sensitivity, Verdict};
use recommend::{Attribute, Cause, Elsewhere, FactId, FactValue, NoExcuse, Origin, PathKind, Recommendation, Says, Source};

/// A clerk's everyday access, which one of them stopped using so many days ago; all go on with other access.
fn stopped(days: i64) -> (World, usize) {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.entitlement(2, Sensitivity::Low);
    world.grant_all(CLERK..CLERK + 12, 1, 700);
    world.grant_all(CLERK..CLERK + 12, 2, 700);
    for n in CLERK..CLERK + 12 {
        world.used(n, 1, Some(if n == CLERK { days } else { 1 }), 100);
        world.used(n, 2, Some(1), 200);
    }
    (world, 0)
}

#[test]
fn a_long_gap_in_a_firm_habit_is_an_end_though_everybody_alike_holds_it() {
    let (world, at) = stopped(150);
    let made = world.judge(at);
    // The others use it on 100 days of 365: some 41 are missing in 150.
    assert_eq!(gap(&made.reasons), Some((41, false)));
    assert_eq!((made.verdict, made.cause), (Verdict::Revoke, Cause::Unused));
    // Two months less a few days are put before a person: fifteen are missing.
    let (world, at) = stopped(58);
    let made = world.judge(at);
    assert_eq!((gap(&made.reasons), made.verdict), (Some((15, false)), Verdict::Escalate));
}

#[test]
fn somebody_who_used_nothing_else_either_may_only_be_away() {
    let (mut world, at) = stopped(150);
    world.population.usage.retain(|record| record.person != common::account(CLERK));
    world.used(CLERK, 1, Some(150), 100);
    world.used(CLERK, 2, Some(149), 200);
    let made = world.judge(at);
    assert_eq!(gap(&made.reasons), None);
    assert_eq!((made.verdict, made.cause), (Verdict::Escalate, Cause::IdleThoughCommon));
}

/// Rule 26: that the others use the application often does not show how often this is needed. Only twice what leaves no doubt tells
/// that whoever needs the application at all would have been seen in it.
#[test]
fn rule_26_a_habit_of_using_the_application_is_no_habit_of_using_this() {
    let application = |days_used| {
        let (mut world, at) = stopped(150);
        for record in &mut world.population.usage {
            record.usage.grain = Grain::Application;
            if record.entitlement == common::entitlement(1) {
                record.usage.days_used = Some(days_used);
            }
        }
        world.judge(at)
    };
    let used = application(77);
    assert_eq!((gap(&used.reasons), used.verdict), (None, Verdict::Escalate), "31 uses of the application are missing");
    let ended = application(78);
    assert_eq!((gap(&ended.reasons), ended.verdict), (Some((32, false)), Verdict::Revoke), "{:?}", ended.reasons);
    assert!(ended.reasons.iter().any(|reason| matches!(reason.says, Says::GapTelling { application: true, .. })));
}

#[test]
fn a_few_missing_uses_end_nothing() {
    let (mut world, at) = stopped(150);
    for record in world.population.usage.iter_mut().filter(|record| record.entitlement == common::entitlement(1)) {
        record.usage.days_used = Some(19);
    }
    // Seven of them are missing: too many for chance, too few to call it an end.
    let made = world.judge(at);
    assert_eq!(gap(&made.reasons), None);
    assert_ne!(made.verdict, Verdict::Revoke);
}

/// A clerk's access, which the others use on so many days of the 365 that can be seen; last used so many days ago.
fn habit(days_used: u32, idle: i64) -> Recommendation {
    let (mut world, at) = stopped(idle);
    for record in world.population.usage.iter_mut().filter(|record| record.entitlement == common::entitlement(1)) {
        // The own habit before the gap tells nothing here.
        record.usage.days_used = Some(if record.person == common::account(CLERK) { 15 } else { days_used });
    }
    world.judge(at)
}

fn weight(made: &Recommendation) -> Option<i32> {
    made.reasons.iter().find(|reason| matches!(reason.says, Says::GapTelling { .. })).map(|reason| reason.weight)
}

#[test]
fn eight_missing_uses_tell_and_sixteen_leave_no_doubt() {
    let weights = recommend::Weights::default();
    // In a gap of 100 days the others, who use it on so many days of 365, would have used it so often.
    assert_eq!(weight(&habit(29, 100)), None);
    for (used, missing, weighs) in [(30, 8, weights.gap_telling), (58, 15, weights.gap_telling), (59, 16, weights.gap_long)] {
        let made = habit(used, 100);
        assert_eq!((gap(&made.reasons), weight(&made)), (Some((missing, false)), Some(weighs)));
    }
    // What everybody alike holds takes sixteen, however long the gap is.
    assert_eq!(habit(200, 45).verdict, Verdict::Revoke);
    assert_eq!(habit(50, 89).verdict, Verdict::Escalate);
}

#[test]
fn how_often_the_work_comes_is_told_by_the_others_and_by_the_own_habit_only_without_them() {
    // Much use by the one who stopped, around some date, and little by all others.
    let (mut world, at) = stopped(100);
    for record in world.population.usage.iter_mut().filter(|record| record.entitlement == common::entitlement(1)) {
        record.usage.days_used = Some(if record.person == common::account(CLERK) { 120 } else { 25 });
    }
    assert_eq!(gap(&world.judge(at).reasons), None);
    // Of the others nobody is watched.
    world.population.usage.retain(|record| record.entitlement != common::entitlement(1) || record.person == common::account(CLERK));
    // On 120 of 265 days before the gap.
    assert_eq!(gap(&world.judge(at).reasons), Some((45, true)));
}

#[test]
fn a_gap_that_began_for_the_others_too_is_the_works_own() {
    let (mut world, at) = stopped(100);
    for record in world.population.usage.iter_mut().filter(|record| record.entitlement == common::entitlement(1)) {
        record.usage.last_used = Some(days_ago(95));
    }
    let made = world.judge(at);
    assert_eq!(gap(&made.reasons), None);
    assert!(made.reasons.iter().any(|reason| matches!(reason.says, Says::InStep { .. })), "{:?}", made.reasons);
    assert_ne!(made.verdict, Verdict::Revoke);
}

#[test]
fn what_came_along_and_hardly_anybody_alike_holds_ends_after_five_missing_uses() {
    // The clerks, whose work it is, use it on so many days of 365; an analyst last did 100 days ago.
    let judged = |path: GrantPath, others: u32, days_used: u32| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Medium);
        world.entitlement(2, Sensitivity::Low);
        let at = world.grant(ANALYST, 1, 700);
        world.population.grants[at].path = path;
        world.grant(ANALYST, 2, 700);
        world.used(ANALYST, 1, Some(100), 30);
        world.used(ANALYST, 2, Some(1), 200);
        for n in (CLERK..CLERK + 11).chain(ANALYST + 1..ANALYST + 1 + others) {
            world.grant(n, 1, 700);
            world.used(n, 1, Some(2), days_used);
        }
        world.judge(at)
    };
    let group = || GrantPath::Group("payables".to_owned());
    let ended = judged(group(), 0, 19);
    assert_eq!((gap(&ended.reasons), ended.verdict), (Some((5, false)), Verdict::Revoke), "{:?}", ended.reasons);
    assert_eq!(gap(&judged(group(), 0, 18).reasons), None, "four may be chance");
    assert_eq!(gap(&judged(GrantPath::Direct, 0, 19).reasons), None, "somebody asked for it for this person");
    assert_eq!(gap(&judged(group(), 5, 19).reasons), None, "five of thirteen alike hold it");
}

/// What an analyst never used, so many of the clerks hold and use on two days a year, and how it is held.
fn elsewhere(path: GrantPath, sensitivity: Sensitivity, holders: u32, analysts: u32) -> Recommendation {
    let mut world = World::new();
    world.many_analysts();
    world.many_clerks();
    world.entitlement(1, sensitivity);
    let at = world.grant(ANALYST, 1, 700);
    world.population.grants[at].path = path;
    world.used(ANALYST, 1, None, 0);
    for n in (1_000..1_000 + holders).chain(ANALYST + 1..ANALYST + 1 + analysts) {
        world.grant(n, 1, 700);
        world.used(n, 1, Some(30), 2);
    }
    world.judge(at)
}

#[test]
fn seldom_use_by_others_explains_no_gap_of_somebody_whose_work_is_another() {
    let why = |made: &Recommendation| {
        made.reasons.iter().find_map(|reason| match reason.says {
            Says::SeldomElsewhere { why, .. } => Some(why),
            _ => None,
        })
    };
    let rule = || GrantPath::Rule("all of Leeds".to_owned());
    let asked_for = elsewhere(GrantPath::Direct, Sensitivity::Medium, 40, 0);
    assert_eq!((why(&asked_for), asked_for.verdict, asked_for.cause), (None, Verdict::Escalate, Cause::PerhapsSeasonal));
    for (made, expected) in [
        (elsewhere(rule(), Sensitivity::Medium, 40, 0), NoExcuse::CameAlong { path: PathKind::Rule }),
        (elsewhere(GrantPath::Direct, Sensitivity::High, 40, 0), NoExcuse::HighRisk {}),
        (elsewhere(GrantPath::Direct, Sensitivity::Medium, 3, 0), NoExcuse::Handful { holders: 3 }),
    ] {
        assert_eq!((why(&made), made.verdict), (Some(expected), Verdict::Revoke), "{:?}", made.reasons);
    }
    // Four of 634 are more than one in 200.
    assert_eq!(elsewhere(GrantPath::Direct, Sensitivity::Medium, 4, 0).verdict, Verdict::Escalate);
    // Two of nineteen analysts have the same work.
    assert_eq!(elsewhere(rule(), Sensitivity::Medium, 40, 2).cause, Cause::PerhapsSeasonal);
    assert_eq!(elsewhere(GrantPath::Group("close".to_owned()), Sensitivity::Medium, 40, 0).cause, Cause::PerhapsSeasonal);
}

#[test]
fn what_another_department_has_by_its_groups_goes_with_the_job_there_though_nobody_sees_its_use() {
    // An analyst who was a clerk until so many days ago; so many of twelve clerks hold it, and nobody records its use.
    let world = |path: GrantPath, moved: i64, clerks: u32| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Medium);
        world.person(ANALYST).changed_job_on = Some(days_ago(moved));
        let at = world.grant(ANALYST, 1, 700);
        world.population.grants[at].path = path;
        world.grant_all(CLERK..CLERK + clerks, 1, 700);
        (world, at)
    };
    let stayed = |path: GrantPath, moved: i64, clerks: u32| {
        let (world, at) = world(path, moved, clerks);
        world.judge(at)
    };
    let group = || GrantPath::Group("payables".to_owned());
    let made = stayed(group(), 93, 12);
    assert_eq!((made.verdict, made.cause), (Verdict::Revoke, Cause::LeftTheJob), "{:?}", made.reasons);
    assert!(made.reasons.iter().any(|reason| matches!(reason.says, Says::UseUnknown {})), "rule 26: it is not called unused");
    for (made, why) in [
        (stayed(group(), 92, 12), "a quarter's work may be coming"),
        (stayed(GrantPath::Direct, 93, 12), "somebody asked for it for this person"),
        (stayed(group(), 93, 5), "most of the other department do without it"),
    ] {
        assert_eq!((made.verdict, made.cause), (Verdict::Escalate, Cause::RareUseUnknown), "{why}: {:?}", made.reasons);
    }
    let (mut alone, at) = world(group(), 93, 12);
    alone.person(ANALYST).department_code = Some("audit".to_owned());
    // Held by another path too, which tips the score.
    alone.grant(ANALYST, 1, 650);
    let made = alone.judge(at);
    assert!(made.score <= recommend::Weights::default().revoke_at, "{:?}", made.reasons);
    assert_eq!(made.verdict, Verdict::Escalate, "nobody is alike");
    let (mut world, at) = world(group(), 93, 12);
    world.usage(ANALYST, 1, Some(2), 40, 90, Grain::Application);
    assert_eq!(world.judge(at).verdict, Verdict::Escalate, "the application is still used");
}

#[test]
fn missing_uses_end_rare_access_sooner_than_days_do() {
    // An analyst's access, last used 50 days ago, of what some others use on so many days of 365.
    let held_with = |others: std::ops::Range<u32>, days_used: u32| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Medium);
        world.entitlement(2, Sensitivity::Low);
        let at = world.grant(ANALYST, 1, 700);
        world.grant(ANALYST, 2, 700);
        world.used(ANALYST, 1, Some(50), 20);
        world.used(ANALYST, 2, Some(1), 200);
        world.grant_all(others.clone(), 1, 700);
        for n in others {
            world.used(n, 1, Some(2), days_used);
        }
        world.judge(at)
    };
    let rare = |days_used| held_with(CLERK..CLERK + 11, days_used);
    let ended = rare(59);
    assert_eq!((gap(&ended.reasons), ended.verdict), (Some((8, false)), Verdict::Revoke), "{:?}", ended.reasons);
    // Seven missing may be chance.
    let paused = rare(58);
    assert_eq!((gap(&paused.reasons), paused.verdict), (None, Verdict::Escalate), "{:?}", paused.reasons);
    // Five of thirteen alike hold it: nearly as low a score, and a person is asked until two months have gone by.
    let shared = held_with(ANALYST + 1..ANALYST + 6, 59);
    assert!(shared.score <= recommend::Weights::default().revoke_at, "{:?}", shared.reasons);
    assert_eq!((gap(&shared.reasons), shared.verdict), (Some((8, false)), Verdict::Escalate), "{:?}", shared.reasons);
}

#[test]
fn a_season_that_nobody_else_keeps_is_none() {
    // Ten days of use, the last about a year ago, of what nobody alike holds.
    let seasonal = |others: u32| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Medium);
        world.entitlement(2, Sensitivity::Low);
        let at = world.grant(ANALYST, 1, 420);
        world.used(ANALYST, 1, Some(340), 5);
        world.grant(ANALYST, 2, 420);
        world.used(ANALYST, 2, Some(1), 200);
        world.grant_all(CLERK..CLERK + 5, 1, 700);
        for n in CLERK..CLERK + 5 {
            world.used(n, 1, Some(3), others);
        }
        world.judge(at)
    };
    let seldom = seasonal(2);
    assert_eq!((seldom.verdict, seldom.cause), (Verdict::Escalate, Cause::PerhapsSeasonal), "the others use it as seldom");
    let all_along = seasonal(120);
    assert_eq!(all_along.verdict, Verdict::Revoke, "{:?}", all_along.reasons);
}

#[test]
fn what_nobody_was_seen_using_may_have_its_time_outside_of_the_window() {
    let never = |window: u32| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Medium);
        let at = world.grant(ANALYST, 1, 700);
        world.grant_all(CLERK..CLERK + 3, 1, 700);
        for n in [ANALYST, CLERK, CLERK + 1, CLERK + 2] {
            world.usage(n, 1, None, 0, window, Grain::Entitlement);
        }
        world.judge(at)
    };
    let half = never(180);
    assert_eq!((half.verdict, half.cause), (Verdict::Escalate, Cause::PerhapsSeasonal));
    assert!(half.reasons.iter().any(|reason| matches!(reason.says, Says::NobodyUsed { unused_days: 180 })));
    assert_eq!(never(400).verdict, Verdict::Revoke, "a whole year would have shown a season");
}

/// Six guests who hold the same, used on so many days of 365: the first last did `last` days ago, the others two days ago.
fn guests(last: i64, days_used: u32, granted: Option<i64>, grain: Grain) -> Recommendation {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Low);
    for n in 300..306 {
        let mut one = common::person(n, "payables", "guest", Some(MANAGER));
        one.status = Some(AccountStatus::Guest);
        world.population.people.push(one);
        let at = world.grant(n, 1, 400);
        world.population.grants[at].granted_on = granted.map(days_ago);
        world.usage(n, 1, Some(if n == 300 { last } else { 2 }), days_used, 365, grain);
    }
    world.judge(0)
}

/// What is recommended for a guest who used it all along until `last` days ago.
fn guest(last: i64, granted: Option<i64>, grain: Grain) -> Recommendation {
    guests(last, 40, granted, grain)
}

fn says_away(made: &Recommendation) -> bool {
    made.reasons.iter().any(|reason| matches!(reason.says, Says::GuestAway { .. }))
}

#[test]
fn a_guest_who_no_longer_comes_is_told_from_one_who_does() {
    let guest = |last| guest(last, Some(400), Grain::Entitlement);
    let away = guest(120);
    assert_eq!(away.verdict, Verdict::Revoke, "{:?}", away.reasons);
    assert!(away.reasons.iter().any(|reason| matches!(reason.says, Says::GuestAway { days: 120 })));
    assert_eq!(guest(45).verdict, Verdict::Revoke, "{:?} {:?}", guest(45).cause, guest(45).reasons);
    assert!(says_away(&guest(45)) && !says_away(&guest(44)), "a month and a half, and less");
    assert_eq!(guest(3).verdict, Verdict::Approve);
    // What they used seldom before, too: who stays away altogether keeps to no rhythm of this.
    let seldom = guests(70, 5, Some(400), Grain::Entitlement);
    assert!(!seldom.reasons.iter().any(|reason| matches!(reason.says, Says::Rhythm { .. })), "{:?}", seldom.reasons);
    assert_eq!(seldom.verdict, Verdict::Revoke);
}

/// The log of the whole tenant: a last use of anything that is long past is one of this as well.
#[test]
fn a_guest_who_signs_in_nowhere_is_not_kept_because_all_guests_hold_it() {
    let undated = guest(120, None, Grain::Tenant);
    assert_eq!((undated.verdict, undated.cause), (Verdict::Escalate, Cause::GuestAway), "it may have been granted yesterday");
    assert!(undated.reasons.iter().any(|reason| matches!(reason.says, Says::GuestAway { days: 120 })));
    assert_eq!(guest(120, Some(400), Grain::Tenant).verdict, Verdict::Revoke);
    assert_eq!(guest(120, Some(10), Grain::Tenant).verdict, Verdict::Escalate, "too new to judge by use");
    assert_eq!(guest(44, None, Grain::Tenant).verdict, Verdict::Approve, "a month and a half, and less");
    // One application's sign-ins do not show that a guest stays away from all.
    assert_eq!(guest(120, None, Grain::Application).verdict, Verdict::Approve);
}

/// Nobody says since when it is held, and a coarse log shows no use.
fn undated(held_by: Option<i64>) -> Recommendation {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.grant_all(CLERK..CLERK + 12, 1, 700);
    let at = world.grant(ANALYST, 1, 0);
    world.population.grants[at].granted_on = None;
    world.population.grants[at].held_by = held_by.map(days_ago);
    world.usage(ANALYST, 1, None, 0, 90, Grain::Application);
    world.judge(at)
}

#[test]
fn rule_26_non_use_of_what_may_be_new_is_unknown_until_it_is_known_to_be_old() {
    assert_eq!(undated(None).facts.number(FactId::UnusedDays), None);
    assert_eq!(undated(None).verdict, Verdict::Escalate);
    assert_eq!(undated(Some(20)).facts.number(FactId::UnusedDays), Some(20));
    let old = undated(Some(200));
    assert_eq!(old.facts.number(FactId::UnusedDays), Some(90));
    assert_eq!(old.facts.value(FactId::GrantedOn), Some(&FactValue::Unknown));
    assert_eq!(old.facts.at(FactId::HeldBy), Some(days_ago(200)));
    assert_eq!(old.verdict, Verdict::Revoke);
}

/// Something that an analyst was not seen using in a window, of what these hold beside them.
fn silent(window: u32, others: &[u32]) -> Recommendation {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    for other in others {
        world.grant(*other, 1, 700);
    }
    let at = world.grant(ANALYST, 1, 700);
    world.usage(ANALYST, 1, None, 0, window, Grain::Application);
    world.judge(at)
}

#[test]
fn a_quarters_silence_ends_only_what_belongs_to_another_department() {
    let clerks: Vec<u32> = (CLERK..CLERK + 12).collect();
    let elsewhere = silent(90, &clerks);
    assert!(elsewhere.facts.get(FactId::HeldMostIn).is_some());
    assert_eq!(elsewhere.verdict, Verdict::Revoke);
    // Given person by person, it may be needed twice a year: nobody alike holds it anyway.
    let nowhere = silent(90, &clerks[..2]);
    assert!(nowhere.facts.get(FactId::HeldMostIn).is_none());
    assert_eq!((nowhere.verdict, nowhere.cause), (Verdict::Escalate, Cause::EvidenceDivided));
    assert_eq!(nowhere.score, elsewhere.score, "what is known of it weighs the same");
    // Half a year says more.
    assert_eq!(silent(180, &clerks[..2]).verdict, Verdict::Revoke);
    // Nobody may have had a need for what came by a rule, and nobody should keep by chance what could do much harm.
    let of_others = |many: bool, path: GrantPath, sensitivity: Sensitivity| {
        let mut world = World::new();
        if many {
            world.many_analysts();
        }
        world.entitlement(1, sensitivity);
        let at = world.grant(ANALYST, 1, 700);
        world.population.grants[at].path = path;
        world.usage(ANALYST, 1, None, 0, 90, Grain::Application);
        world.judge(at)
    };
    let none_expected = |path, sensitivity| of_others(true, path, sensitivity);
    assert_eq!(none_expected(GrantPath::Direct, Sensitivity::Medium).verdict, Verdict::Escalate);
    assert_eq!(none_expected(GrantPath::Rule("all of Leeds".to_owned()), Sensitivity::Medium).verdict, Verdict::Revoke);
    assert_eq!(none_expected(GrantPath::Direct, Sensitivity::High).verdict, Verdict::Revoke);
    // Of thirteen others it is chance that none has a seldom work.
    assert_eq!(of_others(false, GrantPath::Direct, Sensitivity::High).verdict, Verdict::Escalate);
}

#[test]
fn what_a_log_shows_from_its_first_moment_on_lacks_no_day() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, 0);
    world.population.grants[at].granted_on = None;
    // The log was read some seconds after the reading began.
    world.population.grants[at].held_by = Some(days_ago(90).plus(7_000_000));
    world.usage(ANALYST, 1, None, 0, 90, Grain::Application);
    assert_eq!(world.judge(at).facts.number(FactId::UnusedDays), Some(90));
}

#[test]
fn what_was_held_before_the_change_of_job_came_with_the_old_one() {
    let moved = |held_by: i64| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Medium);
        world.person(ANALYST).changed_job_on = Some(days_ago(150));
        let at = world.grant(ANALYST, 1, 0);
        world.population.grants[at].granted_on = None;
        world.population.grants[at].held_by = Some(days_ago(held_by));
        world.judge(at)
    };
    let says = |made: &Recommendation| made.reasons.iter().any(|reason| matches!(reason.says, Says::CameWithOldJob { .. }));
    assert!(says(&moved(160)));
    assert!(!says(&moved(90)), "it may have been granted after the change");
}

#[test]
fn rule_34_what_another_source_says_of_the_person_names_that_source() {
    let (mut world, at) = stopped(150);
    let other = source(2);
    world.population.sources.push(Source { id: other, read_at: days_ago(2) });
    let person = world.person(CLERK);
    person.status = Some(AccountStatus::Leave);
    person.elsewhere = vec![Elsewhere { attribute: Attribute::Status, source: other, read_at: days_ago(2) }];
    let made = world.judge(at);
    let fact = made.facts.get(FactId::AccountStatus).unwrap();
    assert_eq!((fact.origin, fact.read_at), (Origin::Source(other), days_ago(2)));
    assert_eq!(made.facts.number(FactId::UnusedDays), None, "leave stops the clock, whoever knows of it (rule 28)");
    assert_ne!(made.verdict, Verdict::Revoke);
}

#[test]
fn rule_28_whoever_left_and_is_active_in_another_source_is_asked_about() {
    let left = |active: Option<i64>| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Medium);
        world.grant_all(CLERK..CLERK + 12, 1, 700);
        world.used(CLERK, 1, Some(150), 200);
        let other = source(2);
        world.population.sources.push(Source { id: other, read_at: days_ago(2) });
        let person = world.person(CLERK);
        person.end = Some(days_ago(60));
        person.active_elsewhere = active.map(days_ago);
        person.elsewhere = vec![Elsewhere { attribute: Attribute::Activity, source: other, read_at: days_ago(2) }];
        world.judge(0)
    };
    let made = left(Some(10));
    let fact = made.facts.get(FactId::ActivityAfterEnd).unwrap();
    assert_eq!((&fact.value, fact.origin, fact.read_at), (&FactValue::At(days_ago(10)), Origin::Source(source(2)), days_ago(2)));
    assert_eq!(made.verdict, Verdict::Escalate);
    for quiet in [None, Some(61), Some(60)] {
        let made = left(quiet);
        assert!(made.facts.get(FactId::ActivityAfterEnd).is_none(), "HR's last day is worked");
        assert_eq!(made.verdict, Verdict::Revoke, "{quiet:?}");
    }
}
