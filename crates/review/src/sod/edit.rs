//! One rule or one duty changed by itself. The result is a version of all rules, as a file would have made it.

use super::{Saved, change, parsed};
use crate::{Actor, Context, Error, FieldError, Result};
use domain::{Action, AttemptId, Object};
use recommend::sod::{RuleEntered, RuleSet, WrongField};

fn invalid(errors: Vec<WrongField>) -> Error {
    Error::Invalid(errors.into_iter().map(|wrong| FieldError { field: wrong.field.to_owned(), message: wrong.says }).collect())
}

/// The rules in force, or an empty set to begin with.
async fn present(ctx: &Context) -> Result<RuleSet> {
    match ctx.store.read().await?.duty_rules().await? {
        Some(stored) => parsed(&stored.body),
        None => Ok(RuleSet { name: "Ours".to_owned(), ..RuleSet::default() }),
    }
}

/// Puts a set into force that was made from the one at hand. `expected` is the version that the person was shown: where another
/// is in force, it was made from that one, and nothing happens.
async fn put(ctx: &Context, actor: &Actor, attempt: AttemptId, expected: i64, set: &RuleSet) -> Result<Saved> {
    let text = set.to_toml();
    crate::retry_busy(ctx, || change::once(ctx, actor, attempt, expected, &text, set)).await
}

/// Adds a rule (`new`), or puts it in the place of the one of the same id.
///
/// # Errors
/// `Invalid` beside the fields of [`RuleEntered`]; `NotFound` where the rule to change is not there; `Stale` where somebody else
/// changed the rules meanwhile.
pub async fn set_rule(ctx: &Context, actor: &Actor, attempt: AttemptId, expected: i64, new: bool, entered: &RuleEntered) -> Result<Saved> {
    actor.require(Action::Change, Object::Duty, false)?;
    if let Some(done) = change::earlier(ctx, actor, attempt).await? {
        return Ok(done);
    }
    let present = present(ctx).await?;
    match (new, present.rules.iter().any(|rule| rule.id == entered.id)) {
        (true, true) => {
            return Err(Error::field("id", "There is a rule of this id already. Give this one its own, or open the other to change it."));
        }
        (false, false) => return Err(Error::NotFound),
        _ => {}
    }
    put(ctx, actor, attempt, expected, &present.with_rule(entered).map_err(invalid)?).await
}

/// Takes a rule out. Its duties stay, and so does what is said of accesses.
///
/// # Errors
/// `NotFound` where there is no such rule; `Stale` where somebody else changed the rules meanwhile.
pub async fn remove_rule(ctx: &Context, actor: &Actor, attempt: AttemptId, expected: i64, rule: &str) -> Result<Saved> {
    actor.require(Action::Change, Object::Duty, false)?;
    if let Some(done) = change::earlier(ctx, actor, attempt).await? {
        return Ok(done);
    }
    let left = present(ctx).await?.without_rule(rule).ok_or(Error::NotFound)?;
    put(ctx, actor, attempt, expected, &left).await
}

/// Adds a duty that rules and the map can then speak of.
///
/// # Errors
/// `Invalid` beside `duty` or `duty_name`; `Stale` where somebody else changed the rules meanwhile.
pub async fn add_duty(ctx: &Context, actor: &Actor, attempt: AttemptId, expected: i64, id: &str, name: &str) -> Result<Saved> {
    actor.require(Action::Change, Object::Duty, false)?;
    if let Some(done) = change::earlier(ctx, actor, attempt).await? {
        return Ok(done);
    }
    put(ctx, actor, attempt, expected, &present(ctx).await?.with_duty(id, name).map_err(invalid)?).await
}
