//! Setting rules, and saying what entitlements give. Every change is a version and a ledger entry.

use super::parsed;
use crate::{Actor, Context, Error, FieldError, Result, attempt, case::at_one_moment};
use domain::{Action, AttemptId, EntitlementId, Object};
use ledger::EventKind;
use recommend::sod::{MappedEntitlement, RuleSet, STARTER_PACKS};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{Tx, duties::StoredRules};
use uuid::Uuid;

const RULES: &str = "set_duty_rules";
const MAP: &str = "set_duty_map";

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The version of the rules that is in force now; 0 where there are none.
    pub version: i64,
    /// What was done, in a sentence.
    pub sentence: String,
}

/// Puts a file of rules into force, in the place of those that are. `expected` is the version that the person was shown, 0
/// where there were none.
///
/// # Errors
/// `Invalid` beside `rules`, with line and field; `Stale` where somebody else changed them meanwhile.
pub async fn set_rules(ctx: &Context, actor: &Actor, attempt: AttemptId, expected: i64, text: &str) -> Result<Saved> {
    let wrong = |message: String| Error::field("rules", message);
    let rules = RuleSet::parse(text).map_err(|why| wrong(format!("The file cannot be taken: {why}. Nothing was changed.")))?;
    let failed = rules.failed_tests();
    if !failed.is_empty() {
        let lines: Vec<String> = failed.iter().map(ToString::to_string).collect();
        return Err(wrong(format!("The rules do not pass their own tests: {}. Nothing was changed.", lines.join("; "))));
    }
    crate::retry_busy(ctx, || once(ctx, actor, attempt, expected, text, &rules)).await
}

/// Adds subjects of the starter pack to the rules in force. A rule that is in force stays as it is.
///
/// # Errors
/// `Invalid` beside `packs`; `Stale` where somebody else changed the rules meanwhile.
pub async fn add_packs(ctx: &Context, actor: &Actor, attempt: AttemptId, expected: i64, packs: &BTreeSet<String>) -> Result<Saved> {
    actor.require(Action::Change, Object::Duty, false)?;
    let wrong = |message: String| Error::field("packs", message);
    if packs.is_empty() {
        return Err(wrong("Choose at least one subject.".to_owned()));
    }
    let mut sets = Vec::new();
    let present = ctx.store.read().await?.duty_rules().await?;
    if let Some(present) = &present {
        sets.push(parsed(&present.body)?);
    }
    for id in packs {
        let pack = STARTER_PACKS.iter().find(|pack| pack.id == id.as_str());
        let pack = pack.ok_or_else(|| wrong("One of the chosen subjects is not in the starter pack. Choose from the list.".to_owned()))?;
        sets.push(parsed(pack.text)?);
    }
    let name = sets.first().filter(|_| present.is_some()).map_or_else(|| "Ours".to_owned(), |ours| ours.name.clone());
    let together = RuleSet { name, ..RuleSet::together(&sets.iter().collect::<Vec<_>>()) };
    let text = together.to_toml();
    crate::retry_busy(ctx, || once(ctx, actor, attempt, expected, &text, &together)).await
}

/// What came of this very form before, where it was answered.
pub(super) async fn earlier(ctx: &Context, actor: &Actor, attempt: AttemptId) -> Result<Option<Saved>> {
    attempt::earlier(&mut ctx.store.read().await?, actor, attempt, RULES, Uuid::nil()).await
}

/// Puts rules into force in one transaction, as a version and a ledger entry.
pub(super) async fn once(ctx: &Context, actor: &Actor, attempt: AttemptId, expected: i64, text: &str, rules: &RuleSet) -> Result<Saved> {
    let ctx = &at_one_moment(ctx);
    actor.require(Action::Change, Object::Duty, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(before) = attempt::earlier::<Saved>(&mut tx, actor, attempt, RULES, Uuid::nil()).await? {
        return Ok(before);
    }
    let present = tx.duty_rules().await?;
    let version = present.as_ref().map_or(0, |present| present.version);
    if version != expected {
        return Err(Error::Stale(
            "Somebody changed the rules since you opened the page. Nothing was changed; what you entered is still here. Look at what is in force now, and save again."
                .to_owned(),
        ));
    }
    keeps_what_is_mapped(&mut tx, rules).await?;
    let sha256 = ledger::sha256(text.as_bytes());
    let saved = if present.is_some_and(|present| present.sha256 == sha256) {
        Saved { version, sentence: "These very rules are in force already; nothing was changed.".to_owned() }
    } else {
        let new = StoredRules { version: version + 1, body: text.to_owned(), sha256, at: ctx.env.now(), by: Some(actor.user) };
        tx.insert_duty_rules(&new).await?;
        let event = ctx
            .event(EventKind::PolicyChanged, Some(actor))
            .code("what", "duty_rules")
            .code("rules_sha256", hex::encode(sha256))
            .int("version", new.version)
            .int("duties", count(rules.duties.len()))
            .int("rules", count(rules.rules.len()));
        ctx.record(&mut tx, event).await?;
        let sentence = format!(
            "Version {} is in force: {} rules over {} duties. Campaigns opened from now on use it; those that are open keep theirs.",
            new.version,
            rules.rules.len(),
            rules.duties.len()
        );
        Saved { version: new.version, sentence }
    };
    attempt::keep(ctx, &mut tx, actor, attempt, RULES, Uuid::nil(), &saved).await?;
    tx.commit().await?;
    Ok(saved)
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

/// What owners have said of entitlements must not lose its meaning with the duties it names.
async fn keeps_what_is_mapped(tx: &mut Tx, rules: &RuleSet) -> Result<()> {
    for row in tx.duty_map().await? {
        if let Some(lost) = row.duties.split_whitespace().find(|id| rules.duty(id).is_none()) {
            return Err(Error::field(
                "rules",
                format!(
                    "{} of {} is said to give the duty {lost}, which these rules do not have. Keep the duty, or say first what {} gives. Nothing was changed.",
                    row.external_id, row.source, row.external_id
                ),
            ));
        }
    }
    Ok(())
}

/// The rules in force as a file.
///
/// # Errors
/// [`Error::NotFound`] where there are none, or not for this person.
pub async fn export_rules(ctx: &Context, actor: &Actor) -> Result<String> {
    actor.require(Action::View, Object::Duty, false)?;
    let stored = ctx.store.read().await?.duty_rules().await?.ok_or(Error::NotFound)?;
    Ok(stored.body)
}

/// What entitlements give, as a file.
///
/// # Errors
/// [`Error::NotFound`] where there are no rules, or not for this person.
pub async fn export_map(ctx: &Context, actor: &Actor) -> Result<String> {
    actor.require(Action::View, Object::Duty, false)?;
    let mut tx = ctx.store.read().await?;
    let rules = parsed(&tx.duty_rules().await?.ok_or(Error::NotFound)?.body)?;
    Ok(MappedEntitlement::to_toml(&written(&mut tx, &rules).await?, &rules))
}

async fn written(tx: &mut Tx, rules: &RuleSet) -> Result<Vec<MappedEntitlement>> {
    let rows = tx.duty_map().await?.into_iter();
    let place = |ids: &str| ids.split_whitespace().filter_map(|id| rules.duty(id)).collect();
    Ok(rows.map(|row| MappedEntitlement { source: row.source, id: row.external_id, duties: place(&row.duties) }).collect())
}

/// Takes a file that says what entitlements give, in the place of all that was said.
///
/// # Errors
/// `Invalid` beside `map`, with line and field, or naming the sources and entitlements that are not known.
pub async fn set_map(ctx: &Context, actor: &Actor, attempt: AttemptId, text: &str) -> Result<Saved> {
    crate::retry_busy(ctx, || map_once(ctx, actor, attempt, text)).await
}

async fn map_once(ctx: &Context, actor: &Actor, attempt: AttemptId, text: &str) -> Result<Saved> {
    let ctx = &at_one_moment(ctx);
    actor.require(Action::Change, Object::Duty, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(before) = attempt::earlier::<Saved>(&mut tx, actor, attempt, MAP, Uuid::nil()).await? {
        return Ok(before);
    }
    let (version, rules) = in_force(&mut tx).await?;
    let wrong = |message: String| FieldError { field: "map".to_owned(), message };
    let mapped = MappedEntitlement::parse(text, &rules)
        .map_err(|why| Error::Invalid(vec![wrong(format!("The file cannot be taken: {why}. Nothing was changed."))]))?;
    let sources: BTreeMap<String, _> = tx.sources().await?.into_iter().map(|source| (source.name, source.id)).collect();
    let (mut rows, mut unknown) = (Vec::new(), Vec::new());
    for one in &mapped {
        let found = match sources.get(&one.source) {
            Some(source) => tx.entitlement_of_external_id(*source, &one.id).await?,
            None => None,
        };
        match found {
            Some(entitlement) => rows.push((entitlement, ids(&rules, &one.duties))),
            None => unknown.push(format!("{} of {}", one.id, one.source)),
        }
    }
    if !unknown.is_empty() {
        let (shown, more) = (unknown.iter().take(10).cloned().collect::<Vec<_>>().join(", "), unknown.len().saturating_sub(10));
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        return Err(Error::Invalid(vec![wrong(format!(
            "No source lists {shown}{more}. Correct the names, or read the source first. Nothing was changed."
        ))]));
    }
    tx.clear_duty_map().await?;
    tx.set_duties(&rows, ctx.env.now(), Some(actor.user)).await?;
    said(ctx, &mut tx, actor, &rules).await?;
    let saved = Saved { version, sentence: format!("What {} entitlements give is set. All that was said before is replaced.", rows.len()) };
    attempt::keep(ctx, &mut tx, actor, attempt, MAP, Uuid::nil(), &saved).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Says what one entitlement gives: duties by id, none of them, or (`None`) that nobody has looked yet.
///
/// # Errors
/// `Invalid` beside `duties`; [`Error::NotFound`] where there is no such entitlement.
pub async fn set_entitlement(
    ctx: &Context,
    actor: &Actor,
    attempt: AttemptId,
    entitlement: EntitlementId,
    duties: Option<&BTreeSet<String>>,
) -> Result<Saved> {
    crate::retry_busy(ctx, || entitlement_once(ctx, actor, attempt, entitlement, duties)).await
}

async fn entitlement_once(
    ctx: &Context,
    actor: &Actor,
    attempt: AttemptId,
    entitlement: EntitlementId,
    duties: Option<&BTreeSet<String>>,
) -> Result<Saved> {
    let ctx = &at_one_moment(ctx);
    actor.require(Action::Change, Object::Duty, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(before) = attempt::earlier::<Saved>(&mut tx, actor, attempt, MAP, entitlement.0).await? {
        return Ok(before);
    }
    let (name, _, _) = tx.entitlement_label(entitlement).await?.ok_or(Error::NotFound)?;
    let (version, rules) = in_force(&mut tx).await?;
    let sentence = match duties {
        None => {
            tx.unset_duties(entitlement).await?;
            format!("{name} is not evaluated any more, until somebody says what it gives.")
        }
        Some(duties) => {
            if let Some(unknown) = duties.iter().find(|id| rules.duty(id).is_none()) {
                return Err(Error::field("duties", format!("There is no duty {unknown}. Choose from the list. Nothing was changed.")));
            }
            let text = duties.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            tx.set_duties(&[(entitlement, text)], ctx.env.now(), Some(actor.user)).await?;
            match duties.len() {
                0 => format!("{name} gives none of the duties."),
                1 => format!("{name} gives 1 duty."),
                more => format!("{name} gives {more} duties."),
            }
        }
    };
    said(ctx, &mut tx, actor, &rules).await?;
    let saved = Saved { version, sentence };
    attempt::keep(ctx, &mut tx, actor, attempt, MAP, entitlement.0, &saved).await?;
    tx.commit().await?;
    Ok(saved)
}

async fn in_force(tx: &mut Tx) -> Result<(i64, RuleSet)> {
    let Some(stored) = tx.duty_rules().await? else {
        return Err(Error::Refused("There are no rules yet, and so no duties. Set the rules first. Nothing was changed.".to_owned()));
    };
    Ok((stored.version, parsed(&stored.body)?))
}

fn ids(rules: &RuleSet, duties: &[u32]) -> String {
    let ids = duties.iter().filter_map(|duty| rules.duties.get(*duty as usize)).map(|duty| duty.id.as_str());
    ids.collect::<Vec<_>>().join(" ")
}

/// The entry that says what entitlements give now.
async fn said(ctx: &Context, tx: &mut Tx, actor: &Actor, rules: &RuleSet) -> Result<()> {
    let mapped = written(tx, rules).await?;
    let event = ctx
        .event(EventKind::PolicyChanged, Some(actor))
        .code("what", "duty_map")
        .code("map_sha256", ledger::sha256_hex(MappedEntitlement::to_toml(&mapped, rules).as_bytes()))
        .int("entitlements", count(mapped.len()));
    ctx.record(tx, event).await?;
    Ok(())
}
