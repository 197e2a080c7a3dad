//! How reasons are told: the sketches' tone.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{ANALYST, CLERK, Invented, World, days_ago, told};
use domain::{Answer, Grain, GrantId, GrantPath, Sensitivity};
use recommend::{About, FactId, HowDecided, NoExcuse, PartOf, PathKind, Promised, Reason, Says, Share, sentence};

/// Somebody moved from accounts payable to treasury 130 days ago and kept what only payables needs.
fn moved() -> World {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.grant_all(CLERK..CLERK + 11, 1, 900);
    world.grant(ANALYST, 1, 1_022);
    world.person(ANALYST).changed_job_on = Some(days_ago(130));
    world.used(ANALYST, 1, Some(135), 100);
    world.decided(ANALYST, 1, Answer::Approve, HowDecided::Reviewed, 180);
    world
}

#[test]
fn a_move_is_told_with_use_people_alike_and_what_argues_against() {
    insta::assert_snapshot!(told(&moved().judge(11)), @r#"
-2200 Granted on 3 February 2024, before the change of job on 14 July 2026.
-1800 Last used on 9 July, five days before the change of job; 135 days ago.
-1300 0 of 13 others with the title Treasury analyst hold it; 11 of 13 in Accounts Payable do.
+0 Approved on 25 May 2026, when they were in another job.
"#);
}

#[test]
fn use_after_a_move_is_told_as_no_support() {
    let mut world = moved();
    world.population.usage.clear();
    world.used(ANALYST, 1, Some(3), 100);
    insta::assert_snapshot!(told(&world.judge(11)), @r#"
-1300 Granted on 3 February 2024, before the change of job on 14 July 2026.
-1300 0 of 13 others with the title Treasury analyst hold it; 11 of 13 in Accounts Payable do.
+0 Last used on 18 November, 127 days after the change of job; 3 days ago. That does not show that the new job needs it.
+0 Approved on 25 May 2026, when they were in another job.
"#);
}

/// Rule 29: no more is claimed of a role than that it allows what was done.
#[test]
fn use_of_an_administrative_role_is_told_by_audited_actions() {
    let told_of = |last: Option<i64>, days_used, window| {
        let mut world = World::new();
        world.entitlement(1, Sensitivity::Privileged);
        let at = world.grant(ANALYST, 1, 900);
        world.usage(ANALYST, 1, last, days_used, window, Grain::Action);
        let told = told(&world.judge(at));
        told.lines().find(|line| line.contains("audited") || line.contains("Audited")).unwrap_or_default().to_owned()
    };
    for (last, days_used, window, sentence) in [
        (Some(3), 20, 90, "+2100 Audited actions that it allows on 20 of the last 90 days, last on 18 November, 3 days ago."),
        (Some(35), 1, 90, "+700 Last audited action that it allows on 17 October, 35 days ago."),
        (None, 0, 90, "-1800 No audited action that needs it in the 90 days we can see."),
        (None, 0, 30, "+0 No audited action that needs it in the 30 days we can see, which is too short to call it unused."),
    ] {
        assert_eq!(told_of(last, days_used, window), sentence);
    }
}

#[test]
fn unknown_use_is_said_as_such() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, 900);
    insta::assert_snapshot!(told(&world.judge(at)), @r#"
-1300 0 of 13 others with the title Treasury analyst hold it.
+0 The source keeps no usage of it, so use is unknown.
+0 Nobody else holds it.
"#);
    world.usage(ANALYST, 1, None, 0, 30, Grain::Application);
    insta::assert_snapshot!(told(&world.judge(at)), @r#"
-1300 0 of 13 others with the title Treasury analyst hold it.
+0 No use of the application in the 30 days we can see, which is too short to call it unused.
+0 Nobody else holds it.
"#);
    world.population.usage.clear();
    world.usage(ANALYST, 1, Some(1), 20, 30, Grain::Tenant);
    insta::assert_snapshot!(told(&world.judge(at)), @r#"
-1300 0 of 13 others with the title Treasury analyst hold it.
+0 The source shows only sign-ins to anything, last on 20 November, yesterday; whether this was used is unknown.
+0 Nobody else holds it.
"#);
}

#[test]
fn a_conflict_names_the_rule_and_the_cheaper_side() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::High);
    world.entitlement(2, Sensitivity::High);
    world.apart(7, &[1], &[2]);
    world.grant_all(ANALYST..ANALYST + 14, 2, 700);
    let at = world.grant(ANALYST, 1, 700);
    world.used(ANALYST, 1, Some(142), 4);
    world.used(ANALYST, 2, Some(1), 200);
    insta::assert_snapshot!(told(&world.judge(at)), @r#"
+0 Together with Payment run, release against the rule “Create and pay vendors (7)”.
+0 Giving up this one would cost less: not used for 142 days, held by 0 of 13 others with the same title.
-1800 Last used on 2 July, 142 days ago.
-1300 0 of 13 others with the title Treasury analyst hold it.
+900 Used on only 4 days in all: as seldom as it was used, a gap like this is not unusual.
+0 Nobody else holds it.
"#);
    insta::assert_snapshot!(told(&world.judge(0)), @r#"
+0 Together with Vendor master, change against the rule “Create and pay vendors (7)”.
+0 Giving up Vendor master, change would cost less: not used for 142 days, held by 0 of 13 others with the same title.
+2100 Used on 200 of the last 365 days, last on 20 November, yesterday.
+1600 13 of 13 others with the title Treasury analyst hold it.
+400 13 of 13 others with the same manager hold it.
"#);
}

#[test]
fn a_leaver_is_told_in_one_line() {
    let mut world = moved();
    world.person(ANALYST).end = Some(days_ago(9));
    insta::assert_snapshot!(told(&world.judge(11)), @r#"
-8000 Left on 12 November, 9 days ago, and the access is still there.
+0 Last used on 9 July, 135 days ago.
"#);
    world.used(ANALYST, 1, Some(2), 1);
    insta::assert_snapshot!(told(&world.judge(11)), @r#"
+0 HR's last day is 12 November 2026, yet the account was used on 19 November 2026.
+0 Last used on 19 November, 2 days ago.
"#);
}

#[test]
fn a_rule_that_would_grant_it_again_is_said() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Low);
    let at = world.grant(ANALYST, 1, 900);
    world.used(ANALYST, 1, Some(400), 1);
    world.population.grants[at].path = GrantPath::Rule("AP staff".to_owned());
    insta::assert_snapshot!(told(&world.judge(at)), @r#"
-2600 Last used on 17 October 2025, 400 days ago.
-1300 0 of 13 others with the title Treasury analyst hold it.
+300 Held through a rule: decided for everyone it fits, not for them alone.
+0 Nobody else holds it.
+0 Held through a rule: taking it from them alone does not last; that has to be changed by its owner.
"#);
}

#[test]
fn a_new_grant_and_a_second_path_are_said() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Low);
    let at = world.grant(ANALYST, 1, 12);
    world.grant(ANALYST, 1, 500);
    world.used(ANALYST, 1, None, 0);
    insta::assert_snapshot!(told(&world.judge(at)), @r#"
-1300 0 of 13 others with the title Treasury analyst hold it.
+1300 Granted on 9 November, 12 days ago: too new to judge by use.
-300 They also hold it through the group ap-team, so removing this one alone ends nothing.
+0 No use of it in the 12 days that they are known to have held it, all of them observed.
+0 Nobody else holds it.
"#);
}

#[test]
fn moments_are_told_in_the_readers_zone() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Low);
    let at = world.grant(ANALYST, 1, 500);
    world.used(ANALYST, 1, Some(2), 30);
    // 23:30 in UTC on 30 June is already 1 July in Lisbon.
    world.population.grants[at].granted_on = Some("2025-06-30T23:30:00Z".parse().unwrap());
    world.person(ANALYST).changed_job_on = Some("2025-07-14T00:00:00Z".parse().unwrap());
    insta::assert_snapshot!(told(&world.judge(at)), @r#"
-1300 Granted on 1 July 2025, before the change of job on 14 July 2025.
-1300 0 of 13 others with the title Treasury analyst hold it.
+0 Last used on 19 November, 493 days after the change of job; 2 days ago. That does not show that the new job needs it.
+0 Nobody else holds it.
"#);
}

/// Rule 32: how often reviewers agreed, with the number of cases; or why nothing is said.
#[test]
fn what_was_learned_is_told_with_its_cases() {
    let told = |promise| sentence(&Reason { facts: vec![], says: Says::Learned { approve: 970_000, promise }, weight: 120 }, &Invented);
    insta::assert_snapshot!(
        [
            told(Promised::Approve { agreed: 396, cases: 412 }),
            told(Promised::Revoke { agreed: 100, cases: 100 }),
            told(Promised::Approve { agreed: 46, cases: 49 }),
            told(Promised::Revoke { agreed: 46, cases: 46 }),
            told(Promised::Between {}),
            told(Promised::TooFew { cases: 0 }),
            told(Promised::TooFew { cases: 1 }),
            told(Promised::TooFew { cases: 31 }),
            told(Promised::TooOften { cases: 240 }),
        ]
        .join("\n"),
        @r#"
    Reviewers here who saw no recommendation kept such access in 96 of 100 cases (n = 412).
    Reviewers here who saw no recommendation ended such access in 100 of 100 cases (n = 100).
    Reviewers here who saw no recommendation kept such access, in too few cases for a figure.
    Reviewers here who saw no recommendation ended such access, in too few cases for a figure.
    What reviewers here decided about similar access does not settle it.
    No decision here about access of this kind could test the learned model, so it recommends nothing.
    Only 1 decision here about access of this kind could test the learned model, so it recommends nothing.
    Only 31 decisions here about access of this kind could test the learned model, too few on this side to recommend anything.
    Of 240 decisions here about access of this kind, too many went against the learned model, so it recommends nothing.
    "#
    );
}

/// Each part of a model's word is a sentence that says what earlier decisions were about and where they point.
#[test]
fn each_part_of_what_was_learned_is_told_by_what_it_was_about() {
    let told = |of: PartOf, weight| sentence(&Reason { facts: vec![], says: Says::LearnedPart { of }, weight }, &Invented);
    let lines: Vec<String> = PartOf::ALL.iter().enumerate().map(|(at, of)| told(*of, if at % 2 == 0 { 300 } else { -300 })).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    Earlier decisions here about this entitlement, and about others as sensitive, speak for keeping it.
    Earlier decisions here about people in Treasury, and about what as many of them hold, speak for ending it.
    Earlier decisions here about people with the title Treasury analyst, and about what as many of them hold, speak for keeping it.
    Earlier decisions here about people with the same manager, and about what as many of them hold, speak for ending it.
    Earlier decisions here about access with such a record of use speak for keeping it.
    Earlier decisions here about access that is held in this way speak for ending it.
    Earlier decisions here about access of accounts in this state speak for keeping it.
    Earlier decisions here about access that came as this did, before or after a change of job, speak for ending it.
    Earlier decisions here about access that was answered like this before speak for keeping it.
    Earlier decisions here about access of which as much is stated speak for ending it.
    "#);
    assert!(PartOf::ALL.iter().all(|of| serde_json::to_value(of).unwrap() == of.as_str()), "named as stored");
    assert!(PartOf::ALL.is_sorted_by(|one, next| one < next));
}

#[test]
fn seldom_use_that_explains_nothing_here_is_told_with_the_reason() {
    let told = |why: NoExcuse| {
        let says = Says::SeldomElsewhere { share: Share { held: 4, of: 365 }, why };
        sentence(&Reason { facts: vec![], says, weight: 0 }, &Invented)
    };
    insta::assert_snapshot!(told(NoExcuse::CameAlong { path: PathKind::Package }), @"The others who use it do so on about 4 days a year, but that explains no gap here: it came with an access package, and nobody asked for it for this person.");
    insta::assert_snapshot!(told(NoExcuse::HighRisk {}), @"The others who use it do so on about 4 days a year, but that explains no gap here: it could do much harm, and hardly anybody in a like position holds it.");
    insta::assert_snapshot!(told(NoExcuse::TriedOut {}), @"The others who use it do so on about 4 days a year, but that explains no gap here: it was used in the first days after it was granted only, and nobody else in the department holds it.");
    insta::assert_snapshot!(told(NoExcuse::Handful { holders: 1 }), @"The others who use it do so on about 4 days a year, but that explains no gap here: only 1 other holds it, too few to show how often the work comes.");
    insta::assert_snapshot!(told(NoExcuse::Handful { holders: 3 }), @"The others who use it do so on about 4 days a year, but that explains no gap here: only 3 others hold it, too few to show how often the work comes.");
}

#[test]
fn missing_uses_are_told_with_whose_habit_tells_them() {
    let told = |application, both, missing, own| {
        let says = Says::GapTelling { application, both, idle: 60, missing, own };
        sentence(&Reason { facts: vec![], says, weight: 0 }, &Invented)
    };
    insta::assert_snapshot!(told(false, false, 8, false), @"As often as the others use it, there would have been about 8 uses in these 60 days; they used other access meanwhile.");
    insta::assert_snapshot!(told(false, false, 1, false), @"As often as the others use it, there would have been about 1 use in these 60 days; they used other access meanwhile.");
    insta::assert_snapshot!(told(false, true, 6, false), @"By how often the others use it, and they themselves did, there would have been about 6 uses in these 60 days; they used other access meanwhile.");
    insta::assert_snapshot!(told(false, false, 9, true), @"As often as they used it before, there would have been about 9 uses in these 60 days; they used other access meanwhile.");
    insta::assert_snapshot!(told(true, false, 32, false), @"As often as the others use its application, there would have been about 32 uses in these 60 days; they used other access meanwhile.");
}

#[test]
fn that_hardly_anybody_similar_holds_it_is_told_with_how_many_were_asked() {
    let told = |held| sentence(&Reason { facts: vec![], says: Says::Unshared { held, of: 20 }, weight: 0 }, &Invented);
    insta::assert_snapshot!(told(0), @"None of the 20 people whose other access is most like theirs holds it.");
    insta::assert_snapshot!(told(1), @"Only 1 of the 20 people whose other access is most like theirs holds it.");
    insta::assert_snapshot!(told(3), @"Only 3 of the 20 people whose other access is most like theirs hold it.");
}

/// Which grant an earlier answer was about decides what it says: of this one, of one that this came after, or nothing.
#[test]
fn an_earlier_revoke_is_told_of_the_grant_that_it_was_about() {
    let told = |about: fn(GrantId) -> About, dated: bool| {
        let mut world = moved();
        world.decided(ANALYST, 1, Answer::Revoke, HowDecided::Reviewed, 100);
        let grant = &mut world.population.grants[11];
        grant.granted_on = grant.granted_on.map(|_| days_ago(40)).filter(|_| dated);
        let id = grant.id;
        world.population.decisions[1].about = about(id);
        let made = world.judge(11);
        let of_revoke = |reason: &&Reason| reason.facts.contains(&FactId::PastRevoked);
        made.reasons.iter().find(of_revoke).map(|reason| format!("{:+} {}", reason.weight, sentence(reason, &Invented)))
    };
    let other = |_: GrantId| About::Grant(common::grant(9_999));
    assert_eq!(told(other, true), None, "another way of holding it was asked about by itself");
    let said = [
        told(|_| About::Access, true),
        told(|_| About::Access, false),
        told(About::Grant, false),
        told(About::Before, true),
        told(About::Before, false),
    ];
    insta::assert_snapshot!(said.map(Option::unwrap).join("\n"), @r#"
    +0 Revoked on 13 August 2026 and granted anew on 12 October 2026.
    +0 Revoked on 13 August 2026, and still held.
    -1500 Revoked on 13 August 2026, and still held.
    +0 Revoked on 13 August 2026 and granted anew on 12 October 2026.
    +0 Revoked on 13 August 2026, and granted anew since.
    "#);
}
