//! The weekly reconciliation, for each reader the part that is theirs.

use super::{
    head::cut,
    types::{NewReport, ReconciledLine, ReconciliationPage, Reconciliations, ReportLine},
};
use crate::{
    Actor, Context, Error, Result,
    jobs::JobKind,
    privacy::Veil,
    reconcile::{self, CampaignRows, Decided, Kind},
};
use domain::{Action, Object, Timestamp, UserId, rights};
use store::{
    Tx,
    reconciliation::{NamedLine, Reconciliation},
};
use uuid::Uuid;

/// Reports that are listed: a year and some more.
const REPORTS: i64 = 60;
/// Lines of the list on one page.
const PAGE: i64 = 50;

/// Whose campaigns a reader's part is about; `None` of the whole.
fn part_of(actor: &Actor) -> Option<UserId> {
    (rights::scope(&actor.roles, Action::View, Object::Reconciliation) != rights::Scope::All).then_some(actor.user)
}

/// `/reconciliation`.
///
/// # Errors
/// [`Error::NotFound`] where the reader may see none.
pub async fn reconciliations(ctx: &Context, actor: &Actor) -> Result<Reconciliations> {
    actor.require(Action::View, Object::Reconciliation, true)?;
    let mut tx = ctx.store.read().await?;
    let mut reports = Vec::new();
    for kept in tx.reconciliations(REPORTS).await? {
        if is_theirs(&mut tx, actor, &kept).await? {
            reports.push(report_line(&mut tx, actor, &kept).await?);
        }
    }
    Ok(Reconciliations {
        reports,
        part: part_of(actor).is_some(),
        attempt: actor.may(Action::Make, Object::Reconciliation, false).then(|| ctx.env.id()),
        under_way: tx.living_job(&JobKind::Reconcile { by: None }.dedupe()).await?.is_some(),
    })
}

/// `/reconciliation/{id}`; `kind` cuts the list, `after` is the line after which its page begins. That the reader has opened it
/// is kept.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or nothing of it is for this person.
pub async fn reconciliation(ctx: &Context, actor: &Actor, id: Uuid, kind: Option<Kind>, after: i64) -> Result<ReconciliationPage> {
    actor.require(Action::View, Object::Reconciliation, true)?;
    let mut tx = ctx.store.read().await?;
    let kept = tx.reconciliation(id).await?.ok_or(Error::NotFound)?;
    if !is_theirs(&mut tx, actor, &kept).await? {
        return Err(Error::NotFound);
    }
    let owner = part_of(actor);
    let document = reconcile::read(&kept)?;
    let campaigns = theirs(&mut tx, owner, document.campaigns).await?;
    let veil = Veil::before(&mut tx, actor).await?;
    let mut list = tx.reconciliation_lines(id, owner, kind.map(Kind::as_str), after, PAGE + 1).await?;
    let more = cut(&mut list, PAGE);
    let next = list.last().filter(|_| more).map(|line| line.number);
    let page = ReconciliationPage {
        report: report_line(&mut tx, actor, &kept).await?,
        part: owner.is_some(),
        campaigns,
        sources: document.sources,
        kind,
        list: list.into_iter().map(|line| named(actor, &veil, line)).collect::<Result<_>>()?,
        next,
        sha256: actor.may(Action::Take, Object::Reconciliation, false).then(|| hex::encode(kept.sha256)),
    };
    tx.rollback().await?;
    reconcile::opened(ctx, actor, id).await?;
    Ok(page)
}

/// A page of a report's lines, from after `after`, for a file: the lines, and the number of the last.
///
/// # Errors
/// [`Error::NotFound`] where there is no such report, or nothing of it is for this person.
pub async fn reconciliation_lines(ctx: &Context, actor: &Actor, id: Uuid, after: i64) -> Result<(Vec<ReconciledLine>, Option<i64>)> {
    actor.require(Action::View, Object::Reconciliation, true)?;
    let mut tx = ctx.store.read().await?;
    let kept = tx.reconciliation(id).await?.ok_or(Error::NotFound)?;
    if !is_theirs(&mut tx, actor, &kept).await? {
        return Err(Error::NotFound);
    }
    let veil = Veil::before(&mut tx, actor).await?;
    let page = tx.reconciliation_lines(id, part_of(actor), None, after, 500).await?;
    let last = page.last().map(|line| line.number);
    Ok((page.into_iter().map(|line| named(actor, &veil, line)).collect::<Result<_>>()?, last))
}

/// The newest report, where there is something in it for this reader and they have not opened it.
pub(super) async fn new_report(tx: &mut Tx, actor: &Actor) -> Result<Option<NewReport>> {
    if !actor.may(Action::View, Object::Reconciliation, true) {
        return Ok(None);
    }
    let Some(kept) = tx.reconciliations(1).await?.into_iter().next() else { return Ok(None) };
    if tx.has_read_reconciliation(kept.id, actor.user).await? || !is_theirs(tx, actor, &kept).await? {
        return Ok(None);
    }
    let lines = tx.count_reconciliation_lines(kept.id, part_of(actor)).await?.values().sum();
    Ok(Some(NewReport { id: kept.id, from: kept.from, lines }))
}

/// Whether something of a report is for this reader: the whole, or a campaign that they opened.
async fn is_theirs(tx: &mut Tx, actor: &Actor, kept: &Reconciliation) -> Result<bool> {
    match part_of(actor) {
        None => Ok(true),
        Some(owner) => Ok(!theirs(tx, Some(owner), reconcile::read(kept)?.campaigns).await?.is_empty()),
    }
}

async fn theirs(tx: &mut Tx, owner: Option<UserId>, campaigns: Vec<CampaignRows>) -> Result<Vec<CampaignRows>> {
    let Some(owner) = owner else { return Ok(campaigns) };
    let mut own = Vec::new();
    for rows in campaigns {
        if tx.campaign(rows.id).await?.is_some_and(|campaign| campaign.owner == owner) {
            own.push(rows);
        }
    }
    Ok(own)
}

async fn report_line(tx: &mut Tx, actor: &Actor, kept: &Reconciliation) -> Result<ReportLine> {
    let counts = tx.count_reconciliation_lines(kept.id, part_of(actor)).await?;
    // What belongs to no campaign is in the whole alone.
    let seen = Kind::ALL.iter().filter(|kind| part_of(actor).is_none() || **kind != Kind::Unexplained);
    Ok(ReportLine {
        id: kept.id,
        from: kept.from,
        until: kept.until,
        made_at: kept.made_at,
        unread: !tx.has_read_reconciliation(kept.id, actor.user).await?,
        lines: seen.map(|kind| (*kind, counts.get(kind.as_str()).copied().unwrap_or(0))).collect(),
    })
}

fn named(actor: &Actor, veil: &Veil, line: NamedLine) -> Result<ReconciledLine> {
    let broken = |what: &str| Error::Inconsistent(format!("line {} of a reconciliation: {what}", line.number));
    let own = line.owner_id == Some(actor.user.0);
    let hidden = veil.hides(line.identity_id);
    Ok(ReconciledLine {
        kind: Kind::from_word(&line.kind).ok_or_else(|| broken(&line.kind))?,
        person: veil.name(line.identity_id.into(), line.person.unwrap_or_else(|| line.person_external.clone())),
        person_id: (!hidden).then_some(line.person_external),
        access: line.access.unwrap_or_else(|| line.access_external.clone()),
        access_id: line.access_external,
        application: line.application,
        source: line.source,
        campaign: line.campaign,
        item: match (line.item_number, line.item_id) {
            (Some(number), Some(id)) => Some((number, actor.may(Action::View, Object::Item, own).then(|| id.into()))),
            _ => None,
        },
        history: actor.may(Action::View, Object::History, false).then(|| line.grant_id.into()),
        recommended: line.recommended.map(|word| word.parse()).transpose().map_err(|why: domain::UnknownWord| broken(&why.to_string()))?,
        decided: match &line.decided {
            None => None,
            Some(word) => Some(Decided::from_word(word).ok_or_else(|| broken(word))?),
        },
        since: Timestamp(line.since),
    })
}
