//! The named rules, each with the rule of the domain that it keeps.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{ANALYST, CHIEF, CLERK, MANAGER, World, as_of, days_ago, entitlement};
use domain::{AccountStatus, Answer, EscalateMeaning, Grain, Sensitivity, Verdict, time::DAY};
use recommend::{Cause, FactId, FactValue, HardRule, HowDecided, Judge, Says, Sort};

/// A clerk's everyday access: everybody in the position holds it and uses it.
fn everyday() -> (World, usize) {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.grant_all(CLERK..CLERK + 12, 1, 700);
    for n in CLERK..CLERK + 12 {
        world.used(n, 1, Some(2), 180);
    }
    (world, 0)
}

#[test]
fn everyday_access_looks_right() {
    let (world, at) = everyday();
    let made = world.judge(at);
    assert_eq!((made.verdict, made.cause, made.rule), (Verdict::Approve, Cause::UsedAndCommon, None));
    assert!(made.bulk_allowed && !made.alarm);
    assert_eq!(made.cause.sort(), Sort::LooksRight);
}

#[test]
fn rule_28_left_with_access_is_revoked_and_raises_an_alarm() {
    let (mut world, at) = everyday();
    for status in [AccountStatus::Active, AccountStatus::Left, AccountStatus::Leave, AccountStatus::Guest] {
        world.person(CLERK).status = Some(status);
        world.person(CLERK).end = Some(days_ago(1));
        let made = world.judge(at);
        assert_eq!((made.verdict, made.rule), (Verdict::Revoke, Some(HardRule::LeftWithAccess)), "{status}");
        assert!(made.alarm, "an alarm does not wait for a reviewer");
        assert!(made.risk >= 10_000, "it comes before everything else");
        assert!(!made.bulk_allowed);
    }
}

#[test]
fn rule_28_disabled_and_left_is_revoked_without_an_alarm() {
    let (mut world, at) = everyday();
    world.person(CLERK).status = Some(AccountStatus::Disabled);
    world.person(CLERK).end = Some(days_ago(40));
    world.population.usage.retain(|record| record.person != common::account(CLERK));
    let made = world.judge(at);
    assert_eq!((made.verdict, made.rule, made.alarm), (Verdict::Revoke, Some(HardRule::LeftWithAccess), false));
}

#[test]
fn rule_28_a_last_day_still_to_come_is_only_a_fact() {
    let (mut world, at) = everyday();
    world.person(CLERK).end = Some(as_of().plus(10 * DAY));
    let made = world.judge(at);
    assert_eq!(made.verdict, Verdict::Approve);
    assert!(made.facts.at(FactId::LeavesOn).is_some());
    assert!(made.reasons.iter().any(|reason| matches!(reason.says, Says::LeavesOn { days: 10, .. })));
}

#[test]
fn rule_28_what_happened_after_the_last_day_makes_escalate() {
    let ended = 30;
    // Activity, of whatever access of the account.
    let (mut world, at) = everyday();
    world.person(CLERK).end = Some(days_ago(ended));
    assert_eq!(world.judge(at).rule, Some(HardRule::LeftYetSomethingHappened), "used two days ago");
    // A last day that was worked is no activity after it.
    let (mut worked, at) = everyday();
    worked.person(CLERK).end = Some(days_ago(3));
    worked.population.usage.retain(|record| record.person != common::account(CLERK));
    worked.used(CLERK, 1, Some(3), 100);
    assert_eq!(worked.judge(at).rule, Some(HardRule::LeftWithAccess));
    // A rehire, a contractor's conversion, a later grant.
    let quiet = || {
        let (mut world, at) = everyday();
        world.population.usage.retain(|record| record.person != common::account(CLERK));
        world.person(CLERK).end = Some(days_ago(ended));
        (world, at)
    };
    let (mut rehired, at) = quiet();
    rehired.person(CLERK).start = Some(days_ago(10));
    let (mut converted, _) = quiet();
    converted.person(CLERK).changed_job_on = Some(days_ago(ended));
    let (mut granted, _) = quiet();
    granted.entitlement(2, Sensitivity::Low);
    granted.grant(CLERK, 2, 5);
    for world in [rehired, converted, granted] {
        let made = world.judge(at);
        assert_eq!((made.verdict, made.rule), (Verdict::Escalate, Some(HardRule::LeftYetSomethingHappened)));
        assert_eq!(made.meaning, Some(EscalateMeaning::NeedsYourJudgement));
        assert!(!made.alarm);
    }
    assert_eq!(quiet().0.judge(at).rule, Some(HardRule::LeftWithAccess));
}

#[test]
fn rule_28_disabled_or_marked_as_left_without_a_date_is_not_left() {
    for (status, rule) in [(AccountStatus::Disabled, HardRule::DisabledWithoutDate), (AccountStatus::Left, HardRule::LeftWithoutDate)] {
        let (mut world, at) = everyday();
        world.person(CLERK).status = Some(status);
        let made = world.judge(at);
        assert_eq!((made.verdict, made.rule), (Verdict::Escalate, Some(rule)));
    }
}

#[test]
fn rule_28_leave_stops_the_usage_clock() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(CLERK, 1, 700);
    world.used(CLERK, 1, Some(200), 90);
    assert_eq!(world.judge(at).verdict, Verdict::Revoke, "held by nobody alike and not used for 200 days");
    world.person(CLERK).status = Some(AccountStatus::Leave);
    let made = world.judge(at);
    assert_eq!((made.verdict, made.cause), (Verdict::Escalate, Cause::AwayUnclear));
    assert_eq!(made.facts.number(FactId::UnusedDays), None);
    // With people alike holding it, leave is no reason to ask.
    let (mut world, at) = everyday();
    world.person(CLERK).status = Some(AccountStatus::Leave);
    world.population.usage.retain(|record| record.person != common::account(CLERK));
    world.used(CLERK, 1, Some(200), 90);
    assert_eq!(world.judge(at).verdict, Verdict::Approve);
}

#[test]
fn rule_26_an_account_of_unknown_status_is_never_called_unused() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(CLERK, 1, 700);
    world.used(CLERK, 1, Some(200), 90);
    assert_eq!(world.judge(at).verdict, Verdict::Revoke);
    // It may be a machine's, or somebody's on leave.
    world.person(CLERK).status = None;
    let made = world.judge(at);
    assert_eq!(made.facts.number(FactId::UnusedDays), None);
    assert_eq!(made.verdict, Verdict::Escalate);
    // Nor is it called unused since a change of job.
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Low);
    let at = world.grant(CLERK, 1, 700);
    world.grant_all(ANALYST..ANALYST + 14, 1, 700);
    world.usage(CLERK, 1, None, 0, 365, Grain::Entitlement);
    world.person(CLERK).changed_job_on = Some(days_ago(120));
    assert_eq!((world.judge(at).verdict, world.judge(at).cause), (Verdict::Revoke, Cause::LeftTheJob));
    world.person(CLERK).status = None;
    let made = world.judge(at);
    assert_eq!(made.facts.value(FactId::UsedSinceJobChange), Some(&FactValue::Unknown));
    assert_eq!((made.verdict, made.cause), (Verdict::Escalate, Cause::RareUseUnknown));
    assert!(common::told(&made).contains("too little else is known to call it unused"));
}

#[test]
fn rule_27_emergency_access_is_never_judged_by_non_use() {
    for declared_on_account in [true, false] {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Privileged).emergency = !declared_on_account;
        let at = world.grant(CLERK, 1, 900);
        world.person(CLERK).emergency = declared_on_account;
        world.used(CLERK, 1, None, 0);
        let made = world.judge(at);
        assert_eq!((made.verdict, made.rule), (Verdict::Approve, Some(HardRule::EmergencyAccess)));
        assert!(common::told(&made).contains("Two named people review it"));
        assert!(!made.bulk_allowed);
        // Every use is put before people.
        world.population.usage.clear();
        world.used(CLERK, 1, Some(3), 1);
        let made = world.judge(at);
        assert_eq!((made.verdict, made.rule), (Verdict::Escalate, Some(HardRule::EmergencyAccessUsed)));
        // Nothing empties it, not even a leaver; the alarm says that it is urgent.
        world.person(CLERK).end = Some(days_ago(20));
        let made = world.judge(at);
        assert_eq!((made.verdict, made.rule, made.alarm), (Verdict::Escalate, Some(HardRule::LeftEmergencyAccess), true));
    }
}

#[test]
fn rule_29_machines_are_never_revoked_for_absent_sign_ins() {
    for status in [AccountStatus::Service, AccountStatus::Shared] {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Medium);
        let at = world.grant(CLERK, 1, 900);
        world.person(CLERK).status = Some(status);
        world.used(CLERK, 1, None, 0);
        let made = world.judge(at);
        assert_eq!((made.verdict, made.cause), (Verdict::Escalate, Cause::MachineUnclear), "{status}");
        assert_eq!(made.facts.number(FactId::UnusedDays), None);
        assert!(made.score >= 0, "absence weighs nothing");
        // Used by its owner's machine: looks right.
        world.population.usage.clear();
        world.used(CLERK, 1, Some(4), 300);
        assert_eq!(world.judge(at).verdict, Verdict::Approve);
        // Without an owner, or with one who left: Escalate, never Revoke.
        world.person(MANAGER).end = Some(days_ago(2));
        let gone = world.judge(at);
        world.person(CLERK).manager = None;
        let none = world.judge(at);
        world.person(CLERK).end = Some(days_ago(50));
        let past_its_end = world.judge(at);
        for made in [gone, none, past_its_end] {
            assert_eq!((made.verdict, made.rule), (Verdict::Escalate, Some(HardRule::MachineWithoutOwner)));
            assert_eq!(made.meaning, Some(EscalateMeaning::AboveThisReviewer));
        }
    }
}

#[test]
fn rule_26_unknown_use_is_never_unused() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, 900);
    // No record at all.
    let unknown = world.judge(at);
    // A window too short for the question.
    world.usage(ANALYST, 1, None, 0, 14, Grain::Tenant);
    let short = world.judge(at);
    // A use of the application, which may or may not have been this.
    world.population.usage.clear();
    world.usage(ANALYST, 1, Some(5), 20, 90, Grain::Application);
    let coarse = world.judge(at);
    for made in [unknown, short, coarse] {
        assert_eq!(made.verdict, Verdict::Escalate, "{:?}", made.cause);
        assert!(!made.bulk_allowed);
    }
    // No sign-in to the application for 200 days is no use of the entitlement either.
    world.population.usage.clear();
    world.usage(ANALYST, 1, Some(200), 20, 365, Grain::Application);
    assert_eq!(world.judge(at).verdict, Verdict::Revoke);
}

#[test]
fn rule_26_non_use_counts_only_while_it_was_held() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, 20);
    world.used(ANALYST, 1, None, 0);
    let made = world.judge(at);
    assert_eq!(made.facts.number(FactId::UnusedDays), Some(20));
    assert_ne!(made.verdict, Verdict::Revoke);
    // Nobody knows since when: nothing may be said.
    world.population.grants.iter_mut().for_each(|grant| grant.granted_on = None);
    assert_eq!(world.judge(at).facts.number(FactId::UnusedDays), None);
}

#[test]
fn rule_33_a_conflict_is_named_with_the_cheaper_side() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::High);
    world.entitlement(2, Sensitivity::High);
    world.apart(7, &[1], &[2]);
    world.grant_all(ANALYST..ANALYST + 14, 2, 700);
    let at = world.grant(ANALYST, 1, 700);
    world.used(ANALYST, 1, Some(150), 4);
    world.used(ANALYST, 2, Some(1), 200);
    for at in [at, 0] {
        let made = world.judge(at);
        assert_eq!((made.verdict, made.rule), (Verdict::Escalate, Some(HardRule::SeparatedDuties)));
        assert_eq!(made.cause, Cause::DutiesThatMustBeApart);
        let other = entitlement(if at == 0 { 1 } else { 2 });
        assert!(made.reasons.iter().any(|r| matches!(r.says, Says::Duties { more: 0, other: o, rule: 7 } if o == other)));
        let cheaper = made.reasons.iter().find_map(|r| match r.says {
            Says::CheaperSide { give_up, this, .. } => Some((give_up, this)),
            _ => None,
        });
        assert_eq!(cheaper, Some((entitlement(1), at != 0)));
        assert!(!made.bulk_allowed);
    }
    // Somebody else's other side is no conflict.
    world.grant(CLERK, 1, 700);
    let last = world.population.grants.len() - 1;
    assert_eq!(world.judge(last).facts.get(FactId::SeparatedDuties), None);
}

/// Use of an administrative role is the audited actions that need it; a window that is too short says nothing of them, and a
/// sign-in is none.
#[test]
fn rule_29_an_administrative_role_is_judged_by_audited_actions() {
    let judged = |last: Option<i64>, days_used, window, grain| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Privileged);
        world.grant_all(CLERK..CLERK + 11, 1, 900);
        let at = world.grant(ANALYST, 1, 900);
        world.usage(ANALYST, 1, last, days_used, window, grain);
        world.judge(at)
    };
    let unknown = Some(HardRule::PrivilegedUseUnknown);
    assert_eq!(judged(Some(3), 20, 90, Grain::Tenant).rule, unknown, "a sign-in is no use of a role");
    let acting = judged(Some(3), 20, 90, Grain::Action);
    assert_eq!((acting.rule, acting.facts.value(FactId::UsageGrain)), (None, Some(&FactValue::Grain(Grain::Action))));
    assert!(acting.reasons.iter().any(|reason| matches!(reason.says, Says::Used { acts: true, days: 3, .. })), "{:?}", acting.reasons);
    let month = judged(None, 0, 30, Grain::Action);
    assert_eq!((month.verdict, month.rule), (Verdict::Escalate, unknown));
    assert!(month.reasons.iter().any(|reason| matches!(reason.says, Says::WindowShort { grain: Grain::Action, window: 30 })));
    let quarter = judged(None, 0, 90, Grain::Action);
    assert_eq!((quarter.verdict, quarter.rule), (Verdict::Revoke, None), "{:?}", quarter.reasons);
}

/// Of a role of which only some actions are audited the days of use are not known: a use tells of it, and none since tells nothing,
/// neither so many days without use nor a job that was changed meanwhile.
#[test]
fn rule_26_of_a_role_that_is_seen_in_part_no_days_without_use_are_stated() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Privileged);
    world.grant_all(CLERK..CLERK + 11, 1, 900);
    let at = world.grant(ANALYST, 1, 900);
    world.usage(ANALYST, 1, Some(29), 3, 400, Grain::Action);
    world.person(ANALYST).changed_job_on = Some(days_ago(20));
    let said = |world: &World| {
        let made = world.judge(at);
        (made.facts.number(FactId::UnusedDays), made.facts.value(FactId::UsedSinceJobChange).cloned())
    };
    assert_eq!(said(&world), (Some(29), Some(FactValue::Flag(false))), "every action is seen");
    world.population.usage[0].usage.days_used = None;
    assert_eq!(said(&world), (None, Some(FactValue::Unknown)));
    assert_eq!(world.judge(at).facts.at(FactId::LastUsed), Some(days_ago(29)));
}

#[test]
fn rule_26_privileged_access_with_unknown_use_is_put_before_a_person() {
    let (mut world, at) = everyday();
    world.population.entitlements[0].sensitivity = Some(Sensitivity::Privileged);
    assert_eq!(world.judge(at).verdict, Verdict::Approve, "known use");
    world.population.usage.clear();
    let made = world.judge(at);
    assert_eq!((made.verdict, made.rule), (Verdict::Escalate, Some(HardRule::PrivilegedUseUnknown)));
}

#[test]
fn an_approved_exception_is_respected_while_fresh() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::High);
    let at = world.grant(ANALYST, 1, 900);
    world.used(ANALYST, 1, Some(200), 90);
    assert_eq!(world.judge(at).verdict, Verdict::Revoke);
    world.decided(ANALYST, 1, Answer::Approve, HowDecided::Exception, 100);
    let made = world.judge(at);
    assert_eq!((made.verdict, made.rule), (Verdict::Approve, Some(HardRule::ApprovedException)));
    // Not after a year, not after a change of job, not after it was taken back.
    world.population.decisions[0].decided_on = days_ago(366);
    assert_eq!(world.judge(at).rule, None);
    world.population.decisions[0].decided_on = days_ago(100);
    world.person(ANALYST).changed_job_on = Some(days_ago(60));
    assert_eq!(world.judge(at).rule, None);
    world.person(ANALYST).changed_job_on = None;
    world.decided(ANALYST, 1, Answer::Revoke, HowDecided::Reviewed, 50);
    assert_eq!(world.judge(at).rule, None);
}

#[test]
fn rule_1_nobody_to_ask_goes_above_this_reviewer_and_names_whom() {
    let (mut world, at) = everyday();
    for gone in [false, true] {
        if gone {
            world.person(MANAGER).end = Some(days_ago(5));
        } else {
            world.person(CLERK).manager = None;
        }
        let made = world.judge(at);
        assert_eq!((made.verdict, made.rule), (Verdict::Escalate, Some(HardRule::ManagerMissing)));
        assert_eq!(made.meaning, Some(EscalateMeaning::AboveThisReviewer));
        let owner = Says::ManagerMissing { owner: Some(common::account(CHIEF)) };
        assert!(made.reasons.iter().any(|reason| reason.says == owner));
        world.person(CLERK).manager = Some(common::account(MANAGER));
    }
    // Somebody who left does not wait for a manager to be found.
    world.person(CLERK).manager = None;
    world.person(CLERK).end = Some(days_ago(1));
    assert_eq!(world.judge(at).verdict, Verdict::Revoke);
}

#[test]
fn rule_5_a_default_supports_nothing() {
    let (mut world, at) = everyday();
    let before = world.judge(at);
    world.decided(CLERK, 1, Answer::Approve, HowDecided::Default, 30);
    assert_eq!(world.judge(at), before);
    world.decided(CLERK, 1, Answer::Approve, HowDecided::Reviewed, 30);
    assert!(world.judge(at).score > before.score);
}

#[test]
fn rule_31_use_after_a_change_of_job_is_not_support() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.grant_all(CLERK..CLERK + 11, 1, 900);
    let at = world.grant(ANALYST, 1, 900);
    world.person(ANALYST).changed_job_on = Some(days_ago(130));
    // Not used since: it left with the job.
    world.used(ANALYST, 1, Some(135), 100);
    let made = world.judge(at);
    assert_eq!((made.verdict, made.cause), (Verdict::Revoke, Cause::LeftTheJob));
    assert!(made.facts.get(FactId::HeldMostIn).is_some());
    // Used since: looked at, neither supported nor removed.
    world.population.usage.clear();
    world.used(ANALYST, 1, Some(3), 100);
    let made = world.judge(at);
    assert_eq!((made.verdict, made.cause), (Verdict::Escalate, Cause::StillUsedAfterMove));
    assert_eq!(made.facts.value(FactId::UsedSinceJobChange), Some(&FactValue::Flag(true)));
    assert!(made.reasons.iter().all(|reason| reason.weight <= 0), "nothing argues for keeping");
    // The same use where the new position needs it does count.
    world.grant_all(ANALYST + 1..ANALYST + 14, 1, 900);
    assert_eq!(world.judge(at).verdict, Verdict::Approve);
}

#[test]
fn a_hand_over_is_not_cut_short() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.grant_all(CLERK..CLERK + 11, 1, 900);
    let at = world.grant(ANALYST, 1, 900);
    world.person(ANALYST).changed_job_on = Some(days_ago(20));
    world.used(ANALYST, 1, Some(30), 100);
    assert_eq!(world.judge(at).verdict, Verdict::Escalate);
}

#[test]
fn a_rhythm_of_the_work_is_not_disuse() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, 900);
    // Judged on 21 November; 51 days ago was 1 October.
    world.used(ANALYST, 1, Some(51), 16);
    let made = world.judge(at);
    assert_eq!(made.facts.value(FactId::Rhythm), Some(&FactValue::Rhythm(recommend::Rhythm::QuarterEnd)));
    assert_ne!(made.verdict, Verdict::Revoke);
    // 310 days ago was 15 January: year-end work, whose next time is still to come.
    world.population.usage.clear();
    world.used(ANALYST, 1, Some(310), 4);
    let made = world.judge(at);
    assert_eq!((made.verdict, made.cause), (Verdict::Escalate, Cause::PerhapsSeasonal));
    // Daily use that stopped then is no rhythm.
    world.population.usage.clear();
    world.used(ANALYST, 1, Some(310), 38);
    assert_eq!(world.judge(at).verdict, Verdict::Revoke);
}

#[test]
fn seldom_use_makes_a_gap_no_evidence() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, 900);
    // Four days in the 265 before the gap: fewer than two can be missing from its 100 days.
    world.used(ANALYST, 1, Some(100), 4);
    let made = world.judge(at);
    assert_eq!((made.verdict, made.cause), (Verdict::Escalate, Cause::PerhapsSeasonal));
    // Weekly use that stopped is another matter.
    world.population.usage.clear();
    world.used(ANALYST, 1, Some(100), 38);
    assert_eq!(world.judge(at).verdict, Verdict::Revoke);
}

#[test]
fn the_habit_of_others_speaks_where_there_is_no_own_one() {
    let others = |days_used: u32| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Medium);
        let at = world.grant(ANALYST, 1, 900);
        world.used(ANALYST, 1, None, 0);
        for n in 0..3 {
            world.grant(CLERK + n, 1, 900);
            world.used(CLERK + n, 1, Some(3), days_used);
        }
        // One who uses it every day does not make it everyday access.
        world.grant(CLERK + 3, 1, 900);
        world.used(CLERK + 3, 1, Some(1), 250);
        world.judge(at)
    };
    let seldom = others(4);
    assert_eq!((seldom.verdict, seldom.cause), (Verdict::Escalate, Cause::PerhapsSeasonal));
    assert_eq!(common::held_of(&seldom, FactId::OthersHabit), Some((4, 365)));
    let often = others(60);
    assert_eq!((often.verdict, often.cause), (Verdict::Revoke, Cause::NeverSeenUsed));
}

#[test]
fn rule_37_what_somebody_granted_to_themselves_is_looked_at_by_another() {
    let (mut world, at) = everyday();
    world.population.grants[at].granted_by = Some(common::account(CLERK));
    let made = world.judge(at);
    assert_eq!((made.verdict, made.rule), (Verdict::Escalate, Some(HardRule::SelfGranted)));
    assert_eq!(made.meaning, Some(EscalateMeaning::NeedsYourJudgement));
    world.population.entitlements[0].owner = Some(common::account(CLERK));
    assert_eq!(world.judge(at).meaning, Some(EscalateMeaning::AboveThisReviewer));
}

#[test]
fn other_holders_in_step_explain_a_gap() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    for n in 0..5 {
        world.grant(ANALYST + n, 1, 900);
        world.used(ANALYST + n, 1, Some(200 + i64::from(n)), 40);
    }
    let made = world.judge(0);
    assert_eq!(common::held_of(&made, FactId::HoldersInStep), Some((4, 4)));
    assert_eq!((made.verdict, made.cause), (Verdict::Escalate, Cause::PerhapsSeasonal));
}

#[test]
fn revoked_and_still_held_is_told_apart_from_granted_anew() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, 300);
    world.used(ANALYST, 1, Some(100), 30);
    world.decided(ANALYST, 1, Answer::Revoke, HowDecided::Reviewed, 200);
    let made = world.judge(at);
    assert_eq!((made.verdict, made.cause), (Verdict::Revoke, Cause::RemovalNotCarriedOut));
    world.population.grants[0].granted_on = Some(days_ago(20));
    let made = world.judge(at);
    assert_eq!(made.facts.value(FactId::Regranted), Some(&FactValue::Flag(true)));
    assert_ne!(made.verdict, Verdict::Revoke);
}

#[test]
fn a_population_that_contradicts_itself_is_refused_with_the_place() {
    let (mut world, _) = everyday();
    let twice = world.population.people[0].clone();
    world.population.people.push(twice);
    let refused = Judge::new(&world.population, as_of(), world.weights.clone()).unwrap_err();
    insta::assert_snapshot!(refused, @"account 00000000-0000-7000-8000-000000000001 stands twice in the population; each account must stand once");
    world.population.people.pop();
    world.population.grants[0].entitlement = entitlement(99);
    let refused = Judge::new(&world.population, as_of(), world.weights.clone()).unwrap_err();
    insta::assert_snapshot!(refused, @"a grant names the entitlement 00000000-0000-7000-9000-000000000063, which is not in the population; add the entitlement");
}

#[test]
fn a_grant_that_does_not_exist_is_refused() {
    let (world, _) = everyday();
    let judge = Judge::new(&world.population, as_of(), world.weights.clone()).unwrap();
    insta::assert_snapshot!(judge.recommend(12).unwrap_err(), @"grant number 12 was asked for, and the population holds 12 grants, counted from 0");
}
