//! Learned models: what there is to learn from, what is in force, and one model with its comparison.

use super::types::{
    KnownModel, MeasureLine, ModelLine, ModelPage, ModelsPage, PromiseLine, PromiseSide, PromoteView, RollBackView, TeachingView, TermLine,
};
use crate::{
    Actor, Context, Error, FieldError, Result,
    jobs::JobKind,
    learning::{FEWEST, FEWEST_EACH, MORE, PromoteForm, RATE, SHARE, Standing, compare, counted, kind_parts, of_this_installation},
};
use domain::{Action, Object, Timestamp};
use learn::{Card, Side, Why, labels::LabelOrigin};
use std::collections::BTreeMap;
use store::models::Term;

/// Models and terms on one page: the newest.
const MOST: i64 = 50;

/// `/models`.
///
/// # Errors
/// [`Error::NotFound`] where it is not for this person.
pub async fn models(ctx: &Context, actor: &Actor) -> Result<ModelsPage> {
    actor.require(Action::View, Object::Model, false)?;
    let mut tx = ctx.store.read().await?;
    let counts = counted(&mut tx, None).await?;
    let terms = tx.terms(MOST).await?;
    let in_force = terms.first().and_then(|term| term.model);
    let problem = match in_force {
        None => None,
        Some(sha256) => match tx.model(&sha256).await? {
            Some(kept) => of_this_installation(ctx, &kept).err().map(|problem| problem.sentence(&sha256)),
            None => Some(format!("The model in force, {}, is not stored.", hex::encode(sha256))),
        },
    };
    let models = tx.models(None, MOST).await?;
    let under_way = tx.living_job(&JobKind::TrainModel { by: None, rate: RATE }.dedupe()).await?.is_some();
    let others = counts.dropped.into_iter().chain(counts.left_out).collect();
    let teaching = TeachingView {
        approved: counts.approved,
        revoked: counts.revoked,
        needed: FEWEST,
        needed_each: FEWEST_EACH,
        kept: counts.kept.into_iter().collect(),
        others,
    };
    Ok(ModelsPage {
        train: (actor.may(Action::Make, Object::Model, false) && teaching.is_enough() && !under_way).then(|| ctx.env.id()),
        more: (MORE, SHARE),
        teaching,
        roll_back: roll_back(ctx, actor, &terms),
        models: models
            .into_iter()
            .map(|model| ModelLine {
                sha256: hex::encode(model.sha256),
                trained_at: model.trained_at,
                by: model.name,
                by_itself: model.by_itself,
                in_force: in_force == Some(model.sha256),
            })
            .collect(),
        terms: terms
            .into_iter()
            .map(|term| TermLine {
                model: term.model.map(hex::encode),
                since: term.since,
                by: term.begun_by_name,
                rolled_back: term.rolled_back,
            })
            .collect(),
        under_way,
        problem,
    })
}

/// What can be put back: the state before, and the stated weights alone.
fn roll_back(ctx: &Context, actor: &Actor, terms: &[Term]) -> Option<RollBackView> {
    let now = terms.first()?;
    if !actor.may(Action::End, Object::Model, false) {
        return None;
    }
    let before = terms.iter().find_map(|term| term.model.filter(|model| Some(*model) != now.model));
    let mut to: Vec<Option<String>> = before.map(|model| Some(hex::encode(model))).into_iter().collect();
    if now.model.is_some() {
        to.push(None);
    }
    (!to.is_empty()).then(|| RollBackView { attempt: ctx.env.id(), expected_term: now.number, to })
}

/// `/models/{sha256}`. `form` is what somebody confirmed and could not be taken.
///
/// The form's attempt stays the same when it is shown again, so that a repeat of it is still answered once.
///
/// # Errors
/// [`Error::NotFound`] where there is no such model, or not for this person.
pub async fn model(
    ctx: &Context,
    actor: &Actor,
    sha256: [u8; 32],
    form: Option<&PromoteForm>,
    errors: Vec<FieldError>,
) -> Result<ModelPage> {
    actor.require(Action::View, Object::Model, false)?;
    let mut tx = ctx.store.read().await?;
    let kept = tx.model(&sha256).await?.ok_or(Error::NotFound)?;
    let by = tx.user(kept.trained_by).await?.map(|user| user.name).unwrap_or_default();
    let term = tx.term().await?;
    let in_force_since = term.as_ref().filter(|term| term.model == Some(sha256)).map(|term| term.since);
    let mut page = ModelPage {
        sha256: hex::encode(sha256),
        trained_at: kept.trained_at,
        by,
        by_itself: kept.by_itself,
        in_force_since,
        problem: None,
        known: None,
        changed: None,
        promote: None,
    };
    let adviser = match of_this_installation(ctx, &kept) {
        Ok(adviser) => adviser,
        Err(problem) => {
            page.problem = Some(problem.sentence(&sha256));
            return Ok(page);
        }
    };
    let names: BTreeMap<String, String> = tx.sources().await?.into_iter().map(|source| (source.id.to_string(), source.name)).collect();
    let (card, rows) = (adviser.card.clone(), adviser.rows() as u64);
    let columns = adviser.columns().map(str::to_owned).collect();
    let standing = compare(&mut tx, adviser).await?;
    let changed = form.is_some_and(|form| form.report_sha256 != standing.sha256);
    let promotable = standing.report.decisions >= standing.report.fewest && in_force_since.is_none();
    page.changed = changed.then(|| {
        "Answers became final since the comparison was shown, or the engine is another. No model was put in force. This is what it says now."
            .to_owned()
    });
    page.promote = (promotable && actor.may(Action::Accept, Object::Model, false)).then(|| PromoteView {
        attempt: form.map_or_else(|| ctx.env.id(), |form| form.attempt),
        expected_term: term.as_ref().map_or(0, |term| term.number),
        report_sha256: hex::encode(standing.sha256),
        // A tick was for what was shown then.
        acknowledge: form.is_some_and(|form| form.acknowledge) && !changed,
        errors,
    });
    page.known = Some(Box::new(known(card, (rows, columns), &names, standing)));
    Ok(page)
}

/// What a model says of itself, and its comparison.
fn known(card: Card, (learned_from, columns): (u64, Vec<String>), names: &BTreeMap<String, String>, standing: Standing) -> KnownModel {
    let Card { text, window, labels, left_out, measures, promise } = card;
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    let window = window.and_then(|(first, last)| moment(&first).zip(moment(&last)));
    let by_word = |(origin, count): (LabelOrigin, u64)| {
        let name = serde_json::to_value(origin).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
        (name, count)
    };
    let kept = labels.kept.into_iter().map(by_word).collect();
    let others: Vec<(String, u64)> = labels.dropped.into_iter().map(by_word).chain(left_out).collect();
    let of = |folds: &str, name: &str| measures.get(&format!("{folds}.{name}")).copied();
    let measures: Vec<MeasureLine> = ["random", "by_reviewer", "by_entitlement"]
        .into_iter()
        .map(|folds| MeasureLine {
            folds: folds.to_owned(),
            auc: of(folds, "auc"),
            log_loss: of(folds, "log_loss"),
            brier: of(folds, "brier"),
            ece: of(folds, "ece"),
        })
        .collect();
    let promised = promise.as_ref().map(|promise| promise.rate).unwrap_or_default();
    let rules: Vec<PromiseLine> = promise
        .into_iter()
        .flat_map(|promise| promise.rules)
        .map(|(kind, rule)| {
            let (source, high_risk) = kind_parts(&kind).unwrap_or((&kind, true));
            PromiseLine {
                source: names.get(source).cloned().unwrap_or_else(|| source.to_owned()),
                high_risk,
                cases: u64::from(rule.cases),
                approve: side(rule.approve),
                revoke: side(rule.revoke),
            }
        })
        .collect();
    let promised_on = rules.iter().map(|rule| rule.cases).sum();
    KnownModel {
        card: text,
        learned_from,
        promised_on,
        window,
        kept,
        others,
        columns,
        measures,
        promised,
        rules,
        report: standing.report,
        report_sha256: hex::encode(standing.sha256),
    }
}

const fn side(of: Result<Side, Why>) -> PromiseSide {
    match of {
        Ok(Side { threshold, cases, overturned, at_most }) => PromiseSide::Holds { threshold, cases, overturned, at_most },
        Err(Why::TooFew) => PromiseSide::TooFew,
        Err(Why::TooOften) => PromiseSide::TooOften,
    }
}
