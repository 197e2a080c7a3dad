//! Hidden recommendations beside decisions: counts, rates, intervals, calibration, and simpler rules on the same items.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod common;

use common::{as_of, days_ago, grant, source};
use domain::{Confidence, Grain, Timestamp, Verdict, time::DAY};
use proptest::prelude::*;
use recommend::{
    Cause, ENGINE, Fact, FactId, FactValue, Facts, Origin, Recommendation, SCHEMA, Share,
    shadow::{Baseline, Case, Comparison, Decided, FEWEST, Fit, Part, Rate, Tally, compare},
};

fn made(verdict: Verdict, confidence: u16, cause: Cause, facts: Facts) -> Recommendation {
    Recommendation {
        alarm: false,
        as_of: as_of(),
        bulk_allowed: false,
        cause,
        confidence: Confidence::new(confidence),
        engine: ENGINE.into(),
        facts,
        grant: grant(1),
        input_hash: [0; 32],
        learned: None,
        meaning: None,
        reasons: vec![],
        risk: 10,
        rule: None,
        schema: SCHEMA.into(),
        score: 0,
        verdict,
    }
}

fn facts(known: impl IntoIterator<Item = (FactId, FactValue)>) -> Facts {
    facts_read(as_of(), known)
}

fn facts_read(read_at: Timestamp, known: impl IntoIterator<Item = (FactId, FactValue)>) -> Facts {
    Facts::new(known.into_iter().map(|(id, value)| Fact { id, origin: Origin::Source(source(1)), read_at, value }).collect())
}

/// A plain case: verdict, stated confidence, decision.
type Plain = (Verdict, u16, Cause, Decided, u8, Option<u8>);

fn compared(plain: &[Plain]) -> Comparison {
    let held: Vec<_> = plain.iter().map(|of| made(of.0, of.1, of.2, Facts::default())).collect();
    let names: Vec<_> = plain.iter().map(|of| (format!("source {}", of.4), of.5.map(|n| format!("department {n}")))).collect();
    compare(held.iter().zip(&names).zip(plain).map(|((made, (source, department)), of)| Case {
        made,
        decided: of.3,
        source,
        department: department.as_deref(),
    }))
}

#[test]
fn rule_32_an_abstention_is_neither_agreement_nor_override() {
    use Decided::{Kept, Removed};
    use Verdict::{Approve, Escalate, Revoke};
    let case = |verdict, decided| (verdict, 9_000, Cause::InUse, decided, 1, None);
    let mut all = vec![case(Approve, Kept); 40];
    all.extend(vec![case(Approve, Removed); 4]);
    all.extend(vec![case(Revoke, Removed); 45]);
    all.extend(vec![case(Revoke, Kept); 5]);
    all.extend(vec![case(Escalate, Kept); 7]);
    all.extend(vec![case(Escalate, Removed); 3]);
    let fit = compared(&all).overall;
    let tally = Tally { agreed_kept: 40, agreed_removed: 45, kept_against: 5, removed_against: 4, silent_kept: 7, silent_removed: 3 };
    assert_eq!(fit.tally, tally);
    assert_eq!((tally.compared(), tally.agreed(), tally.overridden(), tally.silent(), tally.decided()), (94, 85, 9, 10, 104));
    assert_eq!((fit.agreement.hits, fit.agreement.of, fit.agreement.share.unwrap().parts), (85, 94, 9_042));
    assert_eq!((fit.revoke_precision.hits, fit.revoke_precision.of, fit.revoke_precision.share.unwrap().parts), (45, 50, 9_000));
    // What people removed while nothing was recommended was missed.
    assert_eq!((fit.revoke_recall.hits, fit.revoke_recall.of, fit.revoke_recall.share.unwrap().parts), (45, 52, 8_653));
}

#[test]
fn rule_32_no_share_under_fifty_cases() {
    assert_eq!((Rate::new(49, 49).share, Rate::new(0, 0).share), (None, None));
    assert!(Rate::new(50, 50).share.is_some());
}

/// The worked examples of R. G. Newcombe, Statistics in Medicine 17, 1998, 857-872, method 3: 81 of 263 and 15 of 148.
#[test]
fn intervals_are_those_of_the_literature() {
    for (hits, of, low, high) in [(81, 263, 2_553, 3_662), (15, 148, 624, 1_605)] {
        let share = Rate::new(hits, of).share.unwrap();
        assert!(share.low.abs_diff(low) <= 1 && share.high.abs_diff(high) <= 1, "{hits} of {of}: {share:?}");
    }
    // Nothing of many and all of many reach the end, and only that one.
    let (none, all) = (Rate::new(0, 100).share.unwrap(), Rate::new(100, 100).share.unwrap());
    assert_eq!((none.low, none.parts, all.parts, all.high), (0, 0, 10_000, 10_000));
    assert_eq!((none.high, all.low), (370, 9_630));
}

#[test]
fn stated_confidence_stands_beside_agreement_in_ten_bins() {
    use Decided::{Kept, Removed};
    let case = |confidence, decided| (Verdict::Approve, confidence, Cause::InUse, decided, 1, None);
    let mut all = vec![case(9_000, Kept); 45];
    all.extend(vec![case(9_500, Removed); 15]);
    all.push(case(10_000, Kept));
    all.push(case(8_999, Kept));
    all.push((Verdict::Escalate, 9_000, Cause::EvidenceDivided, Kept, 1, None));
    let bins = compared(&all).calibration;
    assert_eq!(bins.len(), 10);
    let last = bins[9];
    assert_eq!((last.from, last.to, last.agreement.hits, last.agreement.of), (9_000, 10_000, 46, 61));
    assert_eq!(last.stated, Some((45 * 9_000 + 15 * 9_500 + 10_000) / 61));
    assert_eq!((bins[8].agreement.of, bins[8].stated, bins[8].agreement.share), (1, Some(8_999), None));
    assert_eq!((bins[0].agreement.of, bins[0].stated), (0, None));
}

#[test]
fn parts_stand_with_the_most_cases_first() {
    let case = |department| (Verdict::Approve, 9_000, Cause::InUse, Decided::Kept, 1, department);
    let parts = compared(&[case(Some(2)), case(None), case(Some(1)), case(None), case(Some(1)), case(None)]).by_department;
    let listed: Vec<_> = parts.iter().map(|part| (part.key.as_deref(), part.fit.tally.decided())).collect();
    assert_eq!(listed, [(None, 3), (Some("department 1"), 2), (Some("department 2"), 1)]);
}

#[test]
fn seventy_per_cent_of_the_nearest_group_in_which_it_is_most_common() {
    let says = |known: &[(FactId, u32, u32)]| {
        let known = known.iter().map(|(id, held, of)| (*id, FactValue::Share(Share { held: *held, of: *of })));
        Baseline::PeersBelow70.says(&facts(known))
    };
    assert_eq!(says(&[(FactId::PeersTitle, 7, 10)]), Some(Verdict::Approve));
    assert_eq!(says(&[(FactId::PeersTitle, 69, 100)]), Some(Verdict::Revoke));
    assert_eq!(says(&[(FactId::PeersTitle, 1, 10), (FactId::PeersManager, 4, 5)]), Some(Verdict::Approve));
    // Everybody in the source is no group of people alike.
    assert_eq!(says(&[(FactId::PeersAll, 99, 100)]), None);
    assert_eq!(says(&[]), None);
}

#[test]
fn rule_26_no_baseline_takes_unknown_use_for_unused() {
    let at = |days| FactValue::At(days_ago(days));
    let grain = |grain| (FactId::UsageGrain, FactValue::Grain(grain));
    let fine = || grain(Grain::Entitlement);
    let says = |rule: Baseline, known: Vec<(FactId, FactValue)>| rule.says(&facts(known));
    for rule in [Baseline::Unused90, Baseline::NoSignIn30] {
        assert_eq!(says(rule, vec![(FactId::LastUsed, FactValue::Unknown), (FactId::UsageWindow, FactValue::Unknown)]), None);
        assert_eq!(says(rule, vec![]), None);
    }
    let okta = |known| says(Baseline::Unused90, known);
    assert_eq!(okta(vec![(FactId::LastUsed, at(89)), fine()]), Some(Verdict::Approve));
    assert_eq!(okta(vec![(FactId::LastUsed, at(90)), fine()]), Some(Verdict::Revoke));
    // A use of something coarser shows no use of this; no use of it shows none.
    assert_eq!(okta(vec![(FactId::LastUsed, at(89)), grain(Grain::Tenant)]), None);
    assert_eq!(okta(vec![(FactId::LastUsed, at(90)), grain(Grain::Tenant)]), Some(Verdict::Revoke));
    let watched = |days| vec![(FactId::LastUsed, FactValue::NoneSeen), (FactId::UsageWindow, FactValue::Number(days)), fine()];
    assert_eq!((okta(watched(89)), okta(watched(90))), (None, Some(Verdict::Revoke)));
    // What was used 88 days before a reading of last week may have been used since.
    let read = facts_read(days_ago(7), [(FactId::LastUsed, FactValue::At(days_ago(95))), fine()]);
    assert_eq!(Baseline::Unused90.says(&read), Some(Verdict::Approve));

    let entra = |known| says(Baseline::NoSignIn30, known);
    assert_eq!(entra(vec![(FactId::LastUsed, at(29)), grain(Grain::Tenant)]), Some(Verdict::Approve));
    let idle = |active: Option<i64>| {
        let mut known = vec![(FactId::LastUsed, at(60)), (FactId::UnusedDays, FactValue::Number(60)), fine()];
        known.extend(active.map(|days| (FactId::HolderActive, at(days))));
        known
    };
    assert_eq!((entra(idle(Some(3))), entra(idle(Some(30)))), (Some(Verdict::Approve), Some(Verdict::Revoke)));
    assert_eq!(entra(vec![(FactId::LastUsed, at(60)), fine()]), None, "nothing may be said of non-use");
    assert_eq!(Baseline::ApproveAll.says(&Facts::default()), Some(Verdict::Approve));
}

#[test]
fn what_a_baseline_could_not_judge_is_counted() {
    let known = made(Verdict::Revoke, 9_000, Cause::Unused, facts([(FactId::LastUsed, FactValue::At(days_ago(200)))]));
    let unknown = made(Verdict::Escalate, 0, Cause::TooLittleKnown, facts([(FactId::LastUsed, FactValue::Unknown)]));
    let case = |made, decided| Case { made, decided, source: "1", department: None };
    let found = compare([case(&known, Decided::Removed), case(&unknown, Decided::Removed), case(&unknown, Decided::Kept)]);
    let of = |rule| found.baselines.iter().find(|beside| beside.rule == rule).unwrap().fit.tally;
    assert_eq!(of(Baseline::Unused90), Tally { agreed_removed: 1, silent_removed: 1, silent_kept: 1, ..Tally::default() });
    assert_eq!(of(Baseline::ApproveAll), Tally { agreed_kept: 1, removed_against: 2, ..Tally::default() });
    assert_eq!(of(Baseline::PeersBelow70).silent(), 3);
    assert_eq!(found.baselines.len(), Baseline::ALL.len());
}

fn plain() -> impl Strategy<Value = Plain> {
    let causes = proptest::sample::select(Cause::ALL);
    let decided = proptest::sample::select(vec![Decided::Kept, Decided::Removed]);
    (proptest::sample::select(Verdict::ALL), 0_u16..=10_000, causes, decided, 0_u8..3, proptest::option::of(0_u8..4))
}

fn sum(parts: &[Part]) -> u64 {
    parts.iter().map(|part| part.fit.tally.decided()).sum()
}

fn rates(fit: &Fit) -> [Rate; 3] {
    [fit.agreement, fit.revoke_precision, fit.revoke_recall]
}

proptest! {
    #[test]
    fn the_order_of_the_cases_changes_nothing(cases in proptest::collection::vec(plain(), 0..120), seed in any::<u64>()) {
        let mut other = cases.clone();
        // Any permutation: sorted by a key that has nothing to do with the cases.
        let mut keyed: Vec<_> = other.drain(..).enumerate().map(|(at, case)| ((at as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15), case)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        let other: Vec<_> = keyed.into_iter().map(|(_, case)| case).collect();
        let (one, two) = (compared(&cases), compared(&other));
        prop_assert_eq!(serde_json::to_vec(&one).unwrap(), serde_json::to_vec(&two).unwrap());
        let back: Comparison = serde_json::from_slice(&serde_json::to_vec(&one).unwrap()).unwrap();
        prop_assert_eq!(back, one);
    }

    #[test]
    fn counts_add_up_everywhere(cases in proptest::collection::vec(plain(), 0..200)) {
        let found = compared(&cases);
        let all = cases.len() as u64;
        let tally = found.overall.tally;
        prop_assert_eq!(tally.decided(), all);
        prop_assert_eq!((sum(&found.by_source), sum(&found.by_department), sum(&found.by_kind)), (all, all, all));
        prop_assert_eq!(found.calibration.iter().map(|bin| bin.agreement.of).sum::<u64>(), tally.compared());
        prop_assert_eq!(found.calibration.iter().map(|bin| bin.agreement.hits).sum::<u64>(), tally.agreed());
        for beside in &found.baselines {
            prop_assert_eq!(beside.fit.tally.decided(), all);
            prop_assert_eq!(beside.fit.tally.removed(), tally.removed());
        }
        let parts = found.by_source.iter().chain(&found.by_department).chain(&found.by_kind);
        for rate in parts.flat_map(|part| rates(&part.fit)).chain(rates(&found.overall)) {
            prop_assert!(rate.hits <= rate.of);
            prop_assert_eq!(rate.share.is_some(), rate.of >= FEWEST);
        }
    }

    #[test]
    fn an_interval_holds_its_share_and_narrows_with_more_cases(of in FEWEST..100_000_u64, share in 0_u64..=10_000) {
        let (few, many) = (Rate::new(of * share / 10_000, of).share.unwrap(), Rate::new(of * share / 10_000 * 4, of * 4).share.unwrap());
        prop_assert!(few.low <= few.parts && few.parts <= few.high && few.high <= 10_000);
        prop_assert!(many.high - many.low <= few.high - few.low + 2, "{few:?} {many:?}");
    }
}

/// Days are whole days, so that a use of this morning is none of yesterday.
#[test]
fn days_are_counted_whole() {
    let nearly =
        facts([(FactId::LastUsed, FactValue::At(as_of().plus(-90 * DAY + 1))), (FactId::UsageGrain, FactValue::Grain(Grain::Entitlement))]);
    assert_eq!(Baseline::Unused90.says(&nearly), Some(Verdict::Approve));
}
