//! Figures of quality: what is counted apart, where bands end, what a shift is.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod common;

use common::{as_of, days_ago, source};
use domain::{AccountStatus, Sensitivity, Verdict};
use proptest::prelude::*;
use recommend::{
    Cause, Fact, FactId, FactValue, Facts, Origin, PathKind, Share,
    drift::{Input, LARGE, stability},
    quality::{
        Answered, BEFORE, Bound, Counts, Escalated, Figure, Made, MadeOf, Measured, Reading, Removed, Standing, WINDOW, bin_of, measure,
    },
    shadow::Decided,
};
use std::collections::BTreeSet;

const NOW: i64 = 2_900;

fn answered(verdict: Verdict, decided: Decided, cases: u64) -> Answered {
    Answered {
        version: "engine/1".to_owned(),
        cause: Cause::Unused,
        verdict,
        bin: 9,
        decided,
        blind: false,
        week: NOW,
        cases,
        stated: cases * 9_500,
    }
}

fn figures(answers: Vec<Answered>) -> Measured {
    measure(&Counts { answered: answers, ..Counts::default() }, NOW)
}

fn reading(measured: &Measured, figure: Figure, part: Option<&str>) -> Reading {
    let found: Vec<&Reading> = measured.readings.iter().filter(|of| of.figure == figure && of.part.as_deref() == part).collect();
    assert_eq!(found.len(), 1, "{figure} {part:?}: {found:?}");
    found[0].clone()
}

#[test]
fn rule_30_answers_given_blind_stand_apart_and_alone_calibrate() {
    use Decided::{Kept, Removed};
    use Verdict::{Approve, Revoke};
    let blind = |of: Answered| Answered { blind: true, ..of };
    let measured = figures(vec![
        answered(Approve, Kept, 90),
        answered(Revoke, Kept, 10),
        blind(answered(Approve, Kept, 60)),
        blind(answered(Approve, Removed, 40)),
    ]);
    let version = &measured.versions[0];
    assert_eq!((version.overall.agreement_shown.hits, version.overall.agreement_shown.of), (90, 100));
    assert_eq!((version.overall.agreement_blind.hits, version.overall.agreement_blind.of), (60, 100));
    // Overrides are counted over both.
    assert_eq!((version.overall.kept_against.hits, version.overall.kept_against.of), (10, 10));
    assert_eq!((version.overall.removed_against.hits, version.overall.removed_against.of), (40, 190));
    let bin = version.calibration[9];
    assert_eq!((bin.agreement.hits, bin.agreement.of, bin.stated), (60, 100, Some(9_500)));
    let found = reading(&measured, Figure::Calibration, None);
    assert_eq!((found.value, found.standing), (Some(3_500), Standing::Outside));
}

#[test]
fn rule_32_an_abstention_is_neither_agreement_nor_override_and_has_no_confidence_to_hold() {
    let silent = Answered { blind: true, ..answered(Verdict::Escalate, Decided::Removed, 80) };
    let measured = figures(vec![silent]);
    let overall = measured.versions[0].overall;
    assert_eq!((overall.blind.silent_removed, overall.agreement_blind.of, overall.removed_against.of), (80, 0, 0));
    assert!(measured.versions[0].calibration.iter().all(|bin| bin.agreement.of == 0));
    assert_eq!(reading(&measured, Figure::AgreementBlind, None).standing, Standing::TooFew);
    assert_eq!(measured.weeks[0].removed, 80);
}

#[test]
fn rule_32_no_figure_stands_anywhere_under_fifty_cases() {
    let measured = figures(vec![answered(Verdict::Revoke, Decided::Kept, 49)]);
    for reading in &measured.readings {
        assert_eq!((reading.standing, reading.value), (Standing::TooFew, None), "{reading:?}");
    }
    let measured = figures(vec![answered(Verdict::Revoke, Decided::Kept, 50)]);
    assert_eq!(reading(&measured, Figure::KeptAgainst, None).standing, Standing::Outside);
    assert_eq!(reading(&measured, Figure::KeptAgainst, Some("unused")).standing, Standing::Outside);
}

/// A share is outside its band only where chance does not explain it.
#[test]
fn chance_raises_no_alert() {
    let of = |against: u64, cases: u64| {
        let measured =
            figures(vec![answered(Verdict::Revoke, Decided::Kept, against), answered(Verdict::Revoke, Decided::Removed, cases - against)]);
        reading(&measured, Figure::KeptAgainst, None)
    };
    assert_eq!(of(5, 100).standing, Standing::Within);
    // 8 of 100: the interval reaches down to 4.1 %.
    assert_eq!(of(8, 100).standing, Standing::Unsure);
    assert_eq!(of(12, 100).standing, Standing::Outside);
    assert_eq!((of(12, 100).band, of(12, 100).bound), (500, Bound::AtMost));
    // The same share of many is no chance.
    assert_eq!(of(800, 10_000).standing, Standing::Outside);
}

#[test]
fn reversals_speak_of_what_was_removed_as_recommended() {
    let removed = |verdict, cases, returned| Removed { version: "engine/1".to_owned(), cause: Cause::Unused, verdict, cases, returned };
    let counts = Counts {
        removed: vec![removed(Verdict::Revoke, 100, 2), removed(Verdict::Approve, 60, 30), removed(Verdict::Escalate, 5, 1)],
        ..Counts::default()
    };
    let measured = measure(&counts, NOW);
    let overall = measured.versions[0].overall;
    assert_eq!((overall.reversals.hits, overall.reversals.of), (2, 100));
    assert_eq!((overall.reversals_otherwise.hits, overall.reversals_otherwise.of), (31, 65));
    assert_eq!(reading(&measured, Figure::Reversals, None).standing, Standing::Within);
}

#[test]
fn figures_speak_of_the_window_and_distributions_of_it_beside_the_year_before() {
    let at = |week| Answered { week, ..answered(Verdict::Approve, Decided::Kept, 70) };
    let first = NOW - WINDOW + 1;
    let measured = figures(vec![at(NOW + 1), at(NOW), at(first), at(first - 1), at(first - BEFORE), at(first - BEFORE - 1)]);
    assert_eq!(measured.versions[0].overall.shown.agreed_kept, 140);
    let kept = &measured.decided.buckets[0];
    assert_eq!((kept.bucket.as_str(), kept.before, kept.now), ("kept", 140, 140));
    assert_eq!(measured.weeks.iter().map(|week| week.week).collect::<Vec<_>>(), [first - BEFORE, first - 1, first, NOW]);
}

#[test]
fn each_version_stands_alone_and_is_held_against_all_versions_before() {
    let made = |version: &str, week, verdict, cases| Made { version: version.to_owned(), week, of: MadeOf::Verdict(verdict), cases };
    let counts = Counts {
        made: vec![
            made("old", NOW - 20, Verdict::Approve, 900),
            made("old", NOW - 20, Verdict::Revoke, 100),
            made("old", NOW, Verdict::Approve, 90),
            made("old", NOW, Verdict::Revoke, 10),
            made("new", NOW, Verdict::Approve, 10),
            made("new", NOW, Verdict::Revoke, 90),
        ],
        escalated: vec![Escalated { week: NOW, cases: 3 }],
        ..Counts::default()
    };
    let measured = measure(&counts, NOW);
    let standing = |version: &str| {
        let found = measured.readings.iter().find(|of| of.figure == Figure::Recommended && of.version.as_deref() == Some(version));
        found.unwrap().standing
    };
    assert_eq!((standing("old"), standing("new")), (Standing::Within, Standing::Outside));
    assert_eq!(measured.weeks.last().unwrap().escalated, 3);
    // A version that has nothing in the window has no figures.
    assert_eq!(measured.versions.iter().map(|of| of.version.as_str()).collect::<Vec<_>>(), ["new", "old"]);
}

/// Two distributions whose index is known: 0.7 and 0.3 against 0.5 and 0.5 is 0.2 ln 1.4 - 0.2 ln 0.6 = 0.16946.
#[test]
fn the_index_is_that_of_the_formula() {
    let shift = stability(&[(500_000, 700_000), (500_000, 300_000)]).unwrap();
    assert_eq!((shift.parts, shift.limit), (1_695, LARGE));
    assert_eq!(stability(&[(80, 80), (20, 20)]).unwrap().parts, 0);
    assert_eq!(stability(&[(49, 900), (0, 100)]), None);
    assert_eq!(stability(&[(900, 49), (100, 0)]), None);
    assert_eq!(stability(&[(100, 100)]), None);
}

/// The 99 % quantile of chi-square with 4 degrees of freedom is 13.277: 13.277 (1/50 + 1/50) = 0.531.
#[test]
fn few_cases_make_the_band_wider() {
    let even = [(10, 10); 5];
    assert!(stability(&even).unwrap().limit.abs_diff(5_311) < 40, "{:?}", stability(&even));
    assert_eq!(stability(&[(10_000, 10_000); 5]).unwrap().limit, LARGE);
}

fn facts(known: impl IntoIterator<Item = (FactId, FactValue)>) -> Facts {
    Facts::new(known.into_iter().map(|(id, value)| Fact { id, origin: Origin::Source(source(1)), read_at: as_of(), value }).collect())
}

#[test]
fn facts_fall_into_stated_buckets_and_unknown_is_one() {
    for input in Input::ALL {
        let buckets: BTreeSet<_> = input.buckets().iter().collect();
        assert_eq!(buckets.len(), input.buckets().len(), "{input}");
        assert_eq!(input.as_str().parse::<Input>().unwrap(), *input);
    }
    let nothing = facts([]);
    let of_nothing: Vec<&str> = Input::ALL.iter().map(|input| input.bucket(&nothing)).collect();
    assert_eq!(of_nothing, ["unknown", "unknown", "unknown", "nobody-alike", "unknown", "unknown", "unknown", "none"]);
    for (id, value, input, bucket) in [
        (FactId::LastUsed, FactValue::NoneSeen, Input::LastUsed, "none-seen"),
        (FactId::LastUsed, FactValue::At(days_ago(29)), Input::LastUsed, "under-30-days"),
        (FactId::LastUsed, FactValue::At(days_ago(30)), Input::LastUsed, "30-to-89-days"),
        (FactId::LastUsed, FactValue::At(days_ago(90)), Input::LastUsed, "90-days-or-more"),
        (FactId::UsageWindow, FactValue::Number(90), Input::UsageWindow, "90-days-or-more"),
        (FactId::GrantedOn, FactValue::At(days_ago(364)), Input::HeldFor, "under-a-year"),
        (FactId::GrantedOn, FactValue::At(days_ago(1_095)), Input::HeldFor, "3-years-or-more"),
        (FactId::PeersTitle, FactValue::Share(Share { held: 0, of: 4 }), Input::PeopleAlike, "none"),
        (FactId::PeersTitle, FactValue::Share(Share { held: 3, of: 4 }), Input::PeopleAlike, "3-quarters-or-more"),
        (FactId::Sensitivity, FactValue::Sensitivity(Sensitivity::High), Input::Sensitivity, "high"),
        (FactId::AccountStatus, FactValue::Status(AccountStatus::Guest), Input::AccountStatus, "guest"),
        (FactId::GrantPath, FactValue::Path(PathKind::Nested), Input::Path, "nested"),
    ] {
        assert_eq!(input.bucket(&facts([(id, value.clone())])), bucket, "{value:?}");
        assert!(input.buckets().contains(&bucket));
    }
    for status in AccountStatus::ALL {
        let of = facts([(FactId::AccountStatus, FactValue::Status(*status))]);
        assert!(Input::AccountStatus.buckets().contains(&Input::AccountStatus.bucket(&of)), "{status}");
    }
    for level in Sensitivity::ALL {
        let of = facts([(FactId::Sensitivity, FactValue::Sensitivity(*level))]);
        assert!(Input::Sensitivity.buckets().contains(&Input::Sensitivity.bucket(&of)), "{level}");
    }
    assert_eq!((bin_of(0), bin_of(9_999), bin_of(10_000)), (0, 9, 9));
}

fn any_answer() -> impl Strategy<Value = Answered> {
    let verdict = prop_oneof![Just(Verdict::Approve), Just(Verdict::Revoke), Just(Verdict::Escalate)];
    let decided = prop_oneof![Just(Decided::Kept), Just(Decided::Removed)];
    (verdict, decided, 0..10_u64, any::<bool>(), -80..3_i64, 1..200_u64, 0..4_usize).prop_map(
        |(verdict, decided, bin, blind, week, cases, cause)| Answered {
            version: format!("engine/{}", cause % 2),
            cause: Cause::ALL[cause * 7],
            verdict,
            bin,
            decided,
            blind,
            week: NOW + week,
            cases,
            stated: cases * (bin * 1_000 + 500),
        },
    )
}

proptest! {
    /// The same counts in any order, whole or in parts, give the same figures.
    #[test]
    fn order_and_parts_change_nothing(answers in prop::collection::vec(any_answer(), 0..30)) {
        let mut reversed: Vec<Answered> = answers.clone();
        reversed.reverse();
        let split: Vec<Answered> = answers
            .iter()
            .flat_map(|of| (0..of.cases).map(|_| Answered { cases: 1, stated: of.stated / of.cases, ..of.clone() }))
            .collect();
        let whole = figures(answers);
        prop_assert_eq!(&figures(reversed), &whole);
        prop_assert_eq!(&figures(split), &whole);
    }

    /// Every case in the window is in the figures of exactly one version and one cause.
    #[test]
    fn nothing_is_lost_or_counted_twice(answers in prop::collection::vec(any_answer(), 0..30)) {
        let within: u64 = answers.iter().filter(|of| (NOW - WINDOW + 1..=NOW).contains(&of.week)).map(|of| of.cases).sum();
        let measured = figures(answers);
        let of = |figures: &recommend::quality::Figures| figures.blind.decided() + figures.shown.decided();
        let overall: u64 = measured.versions.iter().map(|version| of(&version.overall)).sum();
        let parts: u64 = measured.versions.iter().flat_map(|version| &version.parts).map(|part| of(&part.figures)).sum();
        prop_assert_eq!((overall, parts), (within, within));
    }

    /// The index is nothing where both sides are the same, and the same whichever side came first and however buckets stand.
    #[test]
    fn the_index_is_symmetric(mut pairs in prop::collection::vec((0..500_u64, 0..500_u64), 2..8)) {
        let swapped: Vec<_> = pairs.iter().map(|(before, now)| (*now, *before)).collect();
        let one = stability(&pairs);
        let other = stability(&swapped);
        prop_assert_eq!(one.map(|shift| shift.parts), other.map(|shift| shift.parts));
        let same: Vec<_> = pairs.iter().map(|(before, _)| (*before, *before)).collect();
        prop_assert!(stability(&same).is_none_or(|shift| shift.parts == 0));
        pairs.reverse();
        let turned = stability(&pairs);
        prop_assert!(one.map_or(0, |shift| shift.parts).abs_diff(turned.map_or(0, |shift| shift.parts)) <= 1);
    }
}
