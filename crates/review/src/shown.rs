//! What a reviewer was shown, and what changed since (rule 4).
//!
//! The digest covers what weighs and can change between two readings: the
//! grant, the account's status, job and dates (with what other sources say of
//! the same person), the entitlement's sensitivity and owner, what the access
//! requires, the usage figures, conflicts of duties that were found since, and
//! which recommendation is in view. A page
//! that shows an item carries [`Shown::digest`] in its form and shows
//! [`Shown::changes`]; the decision repeats the digest.

use crate::{
    Actor, Context, Error, Result,
    case::{Case, Cases, at_one_moment, is_reviewer},
    population::{self, OfHolder},
    say, sod,
};
use domain::{Action, ItemId, Object, RecommendationId, Timestamp};
use ledger::EventKind;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{
    Tx,
    access::{Account, Entitlement, Requirement, UsageOf},
    duties::Conflict,
};

/// What a page about an item speaks of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// SHA-256 over what weighs, as it is now.
    pub digest: [u8; 32],
    /// The same of a page that shows no recommendation: where it came into view since, a page of before still says the same of
    /// the access.
    blind: [u8; 32],
    /// What changed since the reading that the recommendation speaks of, as sentences. Empty where nothing did.
    pub changes: Vec<String>,
}

impl Shown {
    /// Whether a page with this digest showed of the access what is true now.
    pub fn is_what(&self, digest: [u8; 32]) -> bool {
        [self.digest, self.blind].contains(&digest)
    }
}

/// What a page about an item speaks of now; `None` where there is no such item.
pub async fn of_item(tx: &mut Tx, item: ItemId) -> Result<Option<Shown>> {
    match Cases::default().load(tx, item).await? {
        Some(case) => Ok(Some(of_case(tx, &case).await?)),
        None => Ok(None),
    }
}

/// Records that an item's reviewer was shown it: once per person and view, however often the page is opened.
///
/// `digest` is that of [`Shown`]. Others who may read the item leave no such record.
pub async fn shown(ctx: &Context, actor: &Actor, item: ItemId, digest: [u8; 32]) -> Result<()> {
    crate::retry_busy(ctx, || once(ctx, actor, item, digest)).await
}

async fn once(ctx: &Context, actor: &Actor, item: ItemId, digest: [u8; 32]) -> Result<()> {
    let ctx = &at_one_moment(ctx);
    let mut reading = ctx.store.read().await?;
    let seen = reading.review_item(item).await?.ok_or(Error::NotFound)?;
    let own = is_reviewer(actor, &seen) || seen.campaign_owner == actor.user;
    actor.require(Action::View, Object::Item, own)?;
    let known = reading.item_was_shown(item, actor.user, digest).await?;
    // Most pages are opened again, and then there is nothing to write and nobody to wait for.
    reading.rollback().await?;
    if known || !is_reviewer(actor, &seen) {
        return Ok(());
    }
    let mut tx = ctx.store.begin().await?;
    record(ctx, &mut tx, actor, &seen, digest).await?;
    tx.commit().await?;
    Ok(())
}

/// Records a view in a transaction that is under way. Does nothing where it is recorded already.
pub(crate) async fn record(ctx: &Context, tx: &mut Tx, actor: &Actor, item: &store::decisions::ReviewItem, digest: [u8; 32]) -> Result<()> {
    if tx.insert_item_view(item.id, actor.user, digest, ctx.env.now()).await? {
        let event = ctx.event(EventKind::ItemShown, Some(actor)).campaign(item.campaign).item(item.id).code("digest", hex::encode(digest));
        ctx.record(tx, event).await?;
    }
    Ok(())
}

/// The figures that weigh, at one reading.
#[derive(Clone)]
struct Weighed {
    account: Option<Account>,
    holder: Option<OfHolder>,
    entitlement: Option<Entitlement>,
    requirements: Vec<Requirement>,
    usage: Option<UsageOf>,
}

/// The figures of the source's last reading, which the case holds for the most part, with what other sources say by now.
async fn weighed_now(tx: &mut Tx, case: &Case, seq: i64) -> Result<Weighed> {
    let account = case.shows.0.then(|| case.account.clone());
    let entitlement = case.shows.1.then(|| case.entitlement.clone());
    weighed(tx, case, seq, Timestamp(i64::MAX), account, entitlement).await
}

/// The figures of the reading that the recommendation speaks of, with what other sources had said when it was made. `now` are
/// those of reading `now_seq`.
async fn weighed_then(tx: &mut Tx, case: &Case, known_at: Timestamp, (now, now_seq): (&Weighed, i64)) -> Result<Weighed> {
    let seq = case.item.seq;
    if seq == now_seq {
        // The same reading: only another source can say something else.
        let holder = of_holder(tx, case, now.account.as_ref(), known_at).await?;
        return Ok(Weighed { holder, ..now.clone() });
    }
    let (account, entitlement) = (tx.account_at(case.item.account, seq).await?, tx.entitlement_at(case.item.entitlement, seq).await?);
    weighed(tx, case, seq, known_at, account, entitlement).await
}

async fn weighed(
    tx: &mut Tx,
    case: &Case,
    seq: i64,
    known_at: Timestamp,
    account: Option<Account>,
    entitlement: Option<Entitlement>,
) -> Result<Weighed> {
    let item = &case.item;
    let holder = of_holder(tx, case, account.as_ref(), known_at).await?;
    let requirements = tx.requirements_of(item.account, item.entitlement, seq).await?;
    let usage = tx.usage_at(item.account, item.entitlement, seq).await?;
    Ok(Weighed { account, holder, entitlement, requirements, usage })
}

async fn of_holder(tx: &mut Tx, case: &Case, account: Option<&Account>, known_at: Timestamp) -> Result<Option<OfHolder>> {
    let Some(account) = account else { return Ok(None) };
    let told = tx.told_elsewhere_of(case.item.source, account.identity, known_at).await?;
    Ok(Some(population::of_holder(case.item.source, account, &told)))
}

/// When the item's recommendation was made; `None` where it has none that can be read.
async fn recommended_at(tx: &mut Tx, item: ItemId) -> Result<Option<Timestamp>> {
    #[derive(Deserialize)]
    struct Head {
        as_of: Timestamp,
    }
    let body = tx.recommendation_of_item(item).await?;
    Ok(body.and_then(|(_, body)| serde_json::from_slice::<Head>(&body).ok()).map(|head| head.as_of))
}

pub(crate) async fn of_case(tx: &mut Tx, case: &Case) -> Result<Shown> {
    let seq = case.source.last_seq.unwrap_or(case.item.seq);
    let now = weighed_now(tx, case, seq).await?;
    // Which recommendation is in view; none where it is hidden.
    let in_view = case.item.recommendation.filter(|_| !case.item.showing.is_hidden());
    // Without a recommendation nobody was told what other sources said, and only the item's own source is compared.
    let known_at = recommended_at(tx, case.item.id).await?.unwrap_or(Timestamp(i64::MAX));
    let since = conflicts_since(tx, case, known_at).await?;
    let (digest, blind) = (digest(case, &now, &since, in_view), digest(case, &now, &since, None));
    let mut changes = changes(case, &weighed_then(tx, case, known_at, (&now, seq)).await?, &now);
    for conflict in &since {
        let alone = sod::parsed(&conflict.body)?;
        let title = alone.rules.first().map_or_else(|| conflict.rule.clone(), |rule| alone.title(rule));
        let on = say::day(conflict.found_at, &case.item.time_zone);
        changes.push(format!("That one person has both sides of \u{201c}{title}\u{201d} was found on {on}, after this was prepared."));
    }
    Ok(Shown { digest, blind, changes })
}

/// Conflicts of duties with this access that were found after the recommendation was made: an account turned out to be the same
/// person's, or access came back (rules 21 and 34).
async fn conflicts_since(tx: &mut Tx, case: &Case, known_at: Timestamp) -> Result<Vec<Conflict>> {
    let mut found = tx.conflicts_of_grant(case.item.campaign, case.item.grant).await?;
    found.retain(|conflict| conflict.found_at > known_at);
    found.sort_by(|a, b| a.rule.cmp(&b.rule));
    Ok(found)
}

fn digest(case: &Case, now: &Weighed, since: &[Conflict], recommendation: Option<RecommendationId>) -> [u8; 32] {
    let time = |t: Option<Timestamp>| t.map(Timestamp::micros);
    let account = now.account.as_ref().map(|a| match a.risk {
        None => json!([a.title, a.department, a.manager_external]),
        Some(risk) => json!([a.title, a.department, a.manager_external, risk.level, time(risk.since)]),
    });
    let holder =
        now.holder.as_ref().map(|h| json!([h.status, time(h.start), time(h.end), time(h.changed_job_on), time(h.active_elsewhere)]));
    let requirements: Vec<_> = now.requirements.iter().map(|r| json!([r.kind, r.expires.micros()])).collect();
    let entitlement = now.entitlement.as_ref().map(|e| json!([e.sensitivity, e.application, e.owner_external]));
    let usage = now.usage.as_ref().map(|u| json!([time(u.usage.last_used), u.usage.days_used, u.usage.window_days, u.usage.grain]));
    let grant =
        json!([case.grant.id, case.grant.path, time(case.grant.granted_on), case.grant.granted_by, case.grant.valid_until.is_none()]);
    // An array of arrays has one order and one spelling, so its JSON is the same on every machine.
    let shown = json!(["countersign/shown/2", case.item.id, recommendation, grant, account, holder, entitlement, requirements, usage]);
    let mut text = shown.to_string();
    if !since.is_empty() {
        text += &json!(since.iter().map(|conflict| &conflict.rule).collect::<Vec<_>>()).to_string();
    }
    Sha256::digest(text.as_bytes()).into()
}

/// What changed between two readings, as sentences for the reviewer.
fn changes(case: &Case, then: &Weighed, now: &Weighed) -> Vec<String> {
    let zone = &case.item.time_zone;
    let mut changes = Vec::new();
    let mut note = |what: &str, before: String, after: String| {
        if before != after {
            changes.push(format!("{what} was {before} when this was prepared, and is {after} now."));
        }
    };
    let words = |text: Option<&str>| text.map_or_else(|| "unknown".to_owned(), |t| format!("\u{201c}{t}\u{201d}"));
    let word = |text: Option<String>| text.unwrap_or_else(|| "unknown".to_owned());
    let days = |at: Option<Timestamp>| at.map_or_else(|| "unknown".to_owned(), |t| say::day(t, zone));
    if let (Some(a), Some(b)) = (&then.account, &now.account) {
        note("The title", words(a.title.as_deref()), words(b.title.as_deref()));
        note("The department", words(a.department.as_deref()), words(b.department.as_deref()));
        let risk = |account: &Account| word(account.risk.map(|risk| risk.level.to_string()));
        note("The risk that the platform sees for the account", risk(a), risk(b));
    }
    if let (Some(a), Some(b)) = (&then.holder, &now.holder) {
        note("The account's status", word(a.status.map(|s| s.to_string())), word(b.status.map(|s| s.to_string())));
        note("The first day of work", days(a.start), days(b.start));
        note("The last day of work", days(a.end), days(b.end));
        note("The last change of job", days(a.changed_job_on), days(b.changed_job_on));
        note("The last use that another source saw", days(a.active_elsewhere), days(b.active_elsewhere));
    }
    if let (Some(a), Some(b)) = (&then.entitlement, &now.entitlement) {
        note("The sensitivity", word(a.sensitivity.map(|s| s.to_string())), word(b.sensitivity.map(|s| s.to_string())));
        note("The application", words(a.application.as_deref()), words(b.application.as_deref()));
        note("The owner's id", words(a.owner_external.as_deref()), words(b.owner_external.as_deref()));
    }
    let figures = |usage: Option<&UsageOf>| match usage.map(|u| u.usage) {
        None => "unknown".to_owned(),
        Some(u) => {
            let last = u.last_used.map_or_else(|| "not seen".to_owned(), |t| format!("last seen on {}", say::day(t, zone)));
            let days = u.days_used.map_or_else(String::new, |n| format!(", on {n} days"));
            format!("{last}{days}, in the {} days that can be seen of the {}", u.window_days, u.grain)
        }
    };
    let required = |requirements: &[Requirement]| {
        let all: Vec<String> = requirements.iter().map(|r| format!("{} until {}", r.kind, say::day(r.expires, zone))).collect();
        if all.is_empty() { "nothing that is known".to_owned() } else { all.join(", ") }
    };
    note("What the access requires", required(&then.requirements), required(&now.requirements));
    note("Use", figures(then.usage.as_ref()), figures(now.usage.as_ref()));
    // Without ids, which say nothing to people and would name a manager who is restricted.
    if let (Some(a), Some(b)) = (&then.account, &now.account)
        && a.manager_external != b.manager_external
    {
        changes.push("The manager changed since this was prepared.".to_owned());
    }
    changes
}
