//! From lessons to an artifact. Pure: the same lessons in any order give the same bytes.

use super::{
    adviser::{probability, used},
    features::COLUMNS,
};
use crate::{Error, Result};
use domain::{DecisionId, Timestamp};
use learn::{Artifact, Card, Model, Promise, Rule, Settings, Table, Why, labels::Taught, measure, millionths};
use recommend::Open;
use std::collections::{BTreeMap, BTreeSet};
use store::models::Known;

/// Fewest answers that teach: a quarter of them can just show a promise of one in twenty.
pub const FEWEST: u64 = 400;
/// Fewest of each answer.
pub const FEWEST_EACH: u64 = 40;
/// The shares of recommendations, in millionths, of which one is promised to be the most that careful reviewers overturn.
pub const RATES: [u32; 4] = [10_000, 20_000, 50_000, 100_000];
/// The one that is usual.
pub const RATE: u32 = 50_000;
/// The chance that it is broken for a kind, in millionths.
const DOUBT: u32 = 50_000;
/// In how many folds it is measured.
const FOLDS: u64 = 5;
/// What the split draws its lots from.
const SPLIT: &str = "countersign/model-split/1";

/// A decision that teaches.
#[derive(Debug, Clone)]
pub(crate) struct Lesson {
    /// The decision.
    pub decision: DecisionId,
    /// Who decided, by an id; empty where it is not known.
    pub reviewer: String,
    /// Whether the access stayed.
    pub approved: bool,
    /// When.
    pub decided_at: Timestamp,
    /// The kind of item, for the promise.
    pub kind: String,
    /// The values, in the order of [`COLUMNS`].
    pub values: Vec<String>,
    /// What a model might have recommended.
    pub open: Open,
}

/// A trained model, and the decisions that it knows.
#[derive(Debug)]
pub(crate) struct Trained {
    /// The artifact.
    pub artifact: Artifact,
    /// The decisions that it learned from, and those that its promise was set on.
    pub knows: Vec<(DecisionId, Known)>,
}

/// Why there is no model: how many answers there are, and how many it takes.
pub(crate) fn too_few(approved: u64, revoked: u64) -> Option<String> {
    if approved + revoked >= FEWEST && approved >= FEWEST_EACH && revoked >= FEWEST_EACH {
        return None;
    }
    Some(format!(
        "{approved} approvals and {revoked} removals may teach so far. A model takes {FEWEST} answers, at least {FEWEST_EACH} of them approvals and {FEWEST_EACH} removals, each final and given without a recommendation in view, or corrected by a reversal. Campaigns in shadow mode and items that are judged first collect them. Until then the stated weights recommend."
    ))
}

/// A lot that an id draws: always the same, and nobody's choice.
fn lot(purpose: &str, id: &str) -> [u8; 32] {
    ledger::sha256(format!("{SPLIT}\n{purpose}\n{id}").as_bytes())
}

/// Half to learn from, a quarter to set the promise on, a quarter to compare with: of either answer the same shares, by lot.
fn split(lessons: &[Lesson]) -> (Vec<&Lesson>, Vec<&Lesson>) {
    let (mut learned, mut promised) = (Vec::new(), Vec::new());
    for approved in [false, true] {
        let mut of: Vec<(_, &Lesson)> = lessons
            .iter()
            .filter(|lesson| lesson.approved == approved)
            .map(|lesson| (lot("part", &lesson.decision.to_string()), lesson))
            .collect();
        of.sort_by_key(|(lot, lesson)| (*lot, lesson.decision));
        let (half, quarter) = (of.len() / 2, of.len() / 4);
        learned.extend(of.iter().take(half).map(|(_, lesson)| *lesson));
        promised.extend(of.iter().skip(half).take(quarter).map(|(_, lesson)| *lesson));
    }
    learned.sort_by_key(|lesson| lesson.decision);
    promised.sort_by_key(|lesson| lesson.decision);
    (learned, promised)
}

fn fit(lessons: &[&Lesson]) -> Result<Model, String> {
    let rows: Vec<Vec<String>> = lessons.iter().map(|lesson| lesson.values.clone()).collect();
    let approved: Vec<bool> = lessons.iter().map(|lesson| lesson.approved).collect();
    let table = Table::new(&COLUMNS, 0, &rows).map_err(|why| why.to_string())?;
    learn::train(&table, &approved, Settings::default()).map_err(|why| why.to_string())
}

fn probabilities(model: &Model, lessons: &[&Lesson]) -> Vec<f64> {
    let used = used(model).unwrap_or_default();
    lessons.iter().map(|lesson| probability(model, &used, &lesson.values)).collect()
}

/// Measures on rows that the measured model did not learn from: each group of rows goes into one of five folds by lot, and
/// each fold is judged by a model of the others. Nothing where some fold cannot be judged.
fn folds(lessons: &[&Lesson], group: impl Fn(&Lesson) -> String) -> Option<BTreeMap<&'static str, u32>> {
    let fold = |lesson: &Lesson| lot("fold", &group(lesson)).first_chunk::<8>().copied().map_or(0, u64::from_be_bytes) % FOLDS;
    let placed: Vec<(u64, &Lesson)> = lessons.iter().map(|lesson| (fold(lesson), *lesson)).collect();
    if placed.iter().map(|(_, lesson)| group(lesson)).collect::<BTreeSet<_>>().len() < 2 {
        return None;
    }
    let (mut approve, mut approved) = (Vec::new(), Vec::new());
    for number in 0..FOLDS {
        let of = |inside: bool| placed.iter().filter(|(fold, _)| (*fold == number) == inside).map(|(_, l)| *l).collect::<Vec<_>>();
        let (tried, others) = (of(true), of(false));
        if tried.is_empty() {
            continue;
        }
        approve.extend(probabilities(&fit(&others).ok()?, &tried));
        approved.extend(tried.iter().map(|lesson| lesson.approved));
    }
    let named = [
        ("auc", measure::auc(&approve, &approved)),
        ("log_loss", measure::log_loss(&approve, &approved)),
        ("brier", measure::brier(&approve, &approved)),
        ("ece", measure::ece(&approve, &approved)),
    ];
    Some(named.into_iter().filter_map(|(name, value)| Some((name, thousandth_parts(value?)))).collect())
}

/// A measure in millionths; a log loss may be above 1.
fn thousandth_parts(value: f64) -> u32 {
    let whole = value.clamp(0.0, 1_000.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1,000 by the clamp")]
    let units = whole.trunc() as u32;
    units * 1_000_000 + millionths(whole.fract())
}

/// The rules of the promise. Each side is set on the decisions in which the engine would have let the model speak on that side:
/// it is a promise about what is recommended, not about what the model thinks.
fn promise(model: &Model, lessons: &[&Lesson], rate: u32) -> Promise {
    let cases: Vec<(&Lesson, f64)> = lessons.iter().copied().zip(probabilities(model, lessons)).collect();
    let of = |open: fn(&Lesson) -> bool| {
        let open = cases.iter().filter(|(lesson, _)| open(lesson));
        Promise::set(rate, DOUBT, open.map(|(lesson, p)| (lesson.kind.as_str(), *p, lesson.approved)))
    };
    let (approve, revoke) = (of(|lesson| lesson.open.approve), of(|lesson| lesson.open.revoke));
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for lesson in lessons {
        *counts.entry(&lesson.kind).or_default() += 1;
    }
    let rules = counts.into_iter().map(|(kind, cases)| {
        let approve = approve.rules.get(kind).map_or(Err(Why::TooFew), |rule| rule.approve);
        let revoke = revoke.rules.get(kind).map_or(Err(Why::TooFew), |rule| rule.revoke);
        (kind.to_owned(), Rule { cases, approve, revoke })
    });
    Promise { rate, doubt: DOUBT, rules: rules.collect() }
}

/// What a person reads first.
const CARD: &str = "Says how likely a careful reviewer of this organisation is to keep an access, and recommends Approve or Revoke only where its promise was shown to hold on decisions that it did not learn from. Named rules and the engine's own abstentions come before it. It learned from final answers that people gave one by one without a recommendation in view, about items where no named rule decides. It repeats what reviewers did, right or wrong; it knows nothing of reasons that are not among its columns; and its promise is void where the way in which decisions arise has changed.";

/// Trains a model that promises a share of [`RATES`].
///
/// # Errors
/// [`Error::Refused`] where there are too few lessons.
pub(crate) fn train(mut lessons: Vec<Lesson>, labels: Taught, left_out: BTreeMap<String, u64>, rate: u32) -> Result<Trained> {
    let approved = lessons.iter().filter(|lesson| lesson.approved).count() as u64;
    if let Some(why) = too_few(approved, lessons.len() as u64 - approved) {
        return Err(Error::Refused(why));
    }
    lessons.sort_by_key(|lesson| lesson.decision);
    let (learned, promised) = split(&lessons);
    let model = fit(&learned).map_err(Error::Refused)?;
    let mut measures = BTreeMap::new();
    let kinds: [(&str, fn(&Lesson) -> String); 3] = [
        ("random", |lesson| lesson.decision.to_string()),
        ("by_reviewer", |lesson| lesson.reviewer.clone()),
        ("by_entitlement", |lesson| lesson.values.first().cloned().unwrap_or_default()),
    ];
    for (kind, group) in kinds {
        for (name, value) in folds(&learned, group).unwrap_or_default() {
            measures.insert(format!("{kind}.{name}"), value);
        }
    }
    let times = || learned.iter().map(|lesson| lesson.decided_at);
    let window = times().min().zip(times().max()).map(|(first, last)| (first.to_rfc3339(), last.to_rfc3339()));
    let card = Card { text: CARD.to_owned(), window, labels, left_out, measures, promise: Some(promise(&model, &promised, rate)) };
    let artifact = Artifact::write(&model, card).map_err(|why| Error::Inconsistent(format!("the model cannot be written: {why}")))?;
    let knows = learned
        .iter()
        .map(|lesson| (lesson.decision, Known::Learned))
        .chain(promised.iter().map(|lesson| (lesson.decision, Known::Promised)))
        .collect();
    Ok(Trained { artifact, knows })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use super::*;
    use proptest::prelude::*;

    /// What 500 people were asked, by a pattern that can be learned.
    fn lessons() -> Vec<Lesson> {
        (0..500_u32)
            .map(|number| {
                let (what, team) = (number * 7 % 13, number * 5 % 11);
                let mut values: Vec<String> = COLUMNS.iter().map(|column| format!("{column} {}", number % 3)).collect();
                values[0] = format!("entitlement {what}");
                values[1] = format!("team {team}");
                Lesson {
                    decision: DecisionId(uuid::Uuid::from_u128(u128::from(number) << 64 | 1)),
                    reviewer: format!("reviewer {}", number % 6),
                    approved: !(what + team).is_multiple_of(5) || number.is_multiple_of(9),
                    decided_at: Timestamp(i64::from(number)),
                    kind: format!("source/{}", if number.is_multiple_of(4) { "high" } else { "ordinary" }),
                    values,
                    open: Open { approve: !number.is_multiple_of(10), revoke: number.is_multiple_of(3) },
                }
            })
            .collect()
    }

    fn trained(lessons: Vec<Lesson>, rate: u32) -> Result<Trained> {
        train(lessons, Taught::default(), BTreeMap::new(), rate)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

        /// The order in which decisions come changes no byte of the model, nor which of them it knows.
        #[test]
        fn the_order_of_decisions_changes_nothing(order in Just((0..500_usize).collect::<Vec<_>>()).prop_shuffle()) {
            let all = lessons();
            let shuffled = order.iter().map(|place| all[*place].clone()).collect();
            let [one, two] = [all, shuffled].map(|lessons| trained(lessons, RATE).unwrap());
            prop_assert_eq!(one.artifact.hash, two.artifact.hash);
            prop_assert_eq!(one.knows, two.knows);
        }
    }

    #[test]
    fn each_decision_has_one_part_and_either_answer_is_in_all_of_them() {
        let all = lessons();
        let (learned, promised) = split(&all);
        let ids = |part: &[&Lesson]| part.iter().map(|lesson| lesson.decision).collect::<BTreeSet<_>>();
        assert!(ids(&learned).is_disjoint(&ids(&promised)));
        for part in [&learned, &promised] {
            let revoked = part.iter().filter(|lesson| !lesson.approved).count();
            let share = |n: usize, of: usize| n * 100 / of;
            let everywhere = all.iter().filter(|lesson| !lesson.approved).count();
            assert!(share(revoked, part.len()).abs_diff(share(everywhere, all.len())) <= 1);
        }
        assert!(learned.len().abs_diff(250) <= 1 && promised.len().abs_diff(125) <= 1);
    }

    /// A side of a rule counts only decisions on which the model could have been heard on that side.
    #[test]
    fn the_promise_is_about_what_could_be_recommended() {
        let mut all = lessons();
        for lesson in &mut all {
            lesson.open.revoke = false;
        }
        let artifact = trained(all, RATE).unwrap().artifact;
        let (_, card) = Artifact::read(&artifact.bytes).unwrap();
        let promise = card.promise.unwrap();
        assert_eq!(promise.rules.keys().collect::<Vec<_>>(), ["source/high", "source/ordinary"]);
        assert!(promise.rules.values().all(|rule| rule.revoke == Err(Why::TooFew)));
        assert_eq!(promise.rules.values().map(|rule| rule.cases).sum::<u32>(), 125);
        for (fold, names) in [("random", 4), ("by_reviewer", 4), ("by_entitlement", 4)] {
            let measured = card.measures.keys().filter(|name| name.starts_with(&format!("{fold}."))).count();
            assert_eq!(measured, names, "{fold}: {:?}", card.measures);
        }
    }

    /// What is promised is what was chosen, and whoever promises more recommends less.
    #[test]
    fn a_stricter_promise_lets_less_be_recommended() {
        let all: Vec<Lesson> = (0..8).flat_map(|_| lessons()).enumerate().map(|(number, lesson)| again(lesson, number)).collect();
        let least = |rate: u32| {
            let (_, card) = Artifact::read(&trained(all.clone(), rate).unwrap().artifact.bytes).unwrap();
            let promise = card.promise.unwrap();
            assert_eq!(promise.rate, rate);
            // The probability from which Approve is recommended; none where it was not shown.
            promise.rules["source/ordinary"].approve.as_ref().map_or(u32::MAX, |side| side.threshold)
        };
        let [strict, usual, loose] = [10_000, RATE, 100_000].map(least);
        assert!(strict >= usual && usual >= loose && strict > loose, "{strict} {usual} {loose}");
    }

    /// Another decision of the same kind.
    fn again(lesson: Lesson, number: usize) -> Lesson {
        let decision = DecisionId(uuid::Uuid::from_u128((number as u128) << 64 | 1));
        let approved = lesson.approved != number.is_multiple_of(31);
        Lesson { decision, approved, ..lesson }
    }

    #[test]
    fn too_few_say_how_many_there_are_and_how_many_it_takes() {
        assert_eq!(too_few(360, 40), None);
        for (approved, revoked) in [(359, 40), (500, 39), (39, 500), (0, 0)] {
            let why = too_few(approved, revoked).unwrap();
            assert!(why.starts_with(&format!("{approved} approvals and {revoked} removals")) && why.contains("400"), "{why}");
        }
        let few = trained(lessons().into_iter().take(399).collect(), RATE);
        assert!(matches!(few, Err(Error::Refused(_))));
    }
}
