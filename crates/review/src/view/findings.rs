//! Findings: what somebody must look at.

use super::{
    head::cut,
    types::{AskedAnew, FindingLine, Findings},
};
use crate::{Actor, Context, Error, FieldError, Result, privacy::Veil};
use domain::{Action, AttemptId, FindingId, Object, Timestamp};
use store::{
    findings::{FindingKind, Outcome},
    views::{campaign::line, finding::FindingLine as Stored},
};

/// Open findings on one page.
const PAGE: i64 = 50;

/// Settled findings that are shown.
const SETTLED: i64 = 50;

/// A form to settle a finding that could not be taken, to be shown again with what was typed.
#[derive(Debug, Clone)]
pub struct SettleEntered {
    /// The finding.
    pub finding: FindingId,
    /// The form's attempt, which stays the same.
    pub attempt: AttemptId,
    /// What was typed.
    pub entered: String,
    /// What could not be taken.
    pub errors: Vec<FieldError>,
}

/// `/findings`; `after` is the key under which the page of open ones begins.
///
/// A finding whose form is shown again is on the page, whatever page that is.
pub async fn findings(ctx: &Context, actor: &Actor, after: Option<&str>, again: Option<&SettleEntered>) -> Result<Findings> {
    actor.require(Action::View, Object::Finding, false)?;
    let before: Option<FindingId> = match (after, again) {
        // The page that begins with that finding.
        (_, Some(again)) => Some(FindingId(uuid::Uuid::from_u128(again.finding.0.as_u128().saturating_add(1)))),
        (None | Some(""), None) => None,
        (Some(key), None) => Some(key.parse().map_err(|_| Error::NotFound)?),
    };
    let may_settle = actor.may(Action::Settle, Object::Finding, false);
    let mut tx = ctx.store.read().await?;
    let veil = Veil::before(&mut tx, actor).await?;
    let mut open = tx.open_finding_lines(before, PAGE + 1).await?;
    let more = cut(&mut open, PAGE);
    let next = open.last().filter(|_| more).map(|last| last.id.to_string());
    let open = open
        .into_iter()
        .map(|stored| {
            let again = again.filter(|again| again.finding.0 == stored.id);
            let mut line = finding_line(actor, &veil, stored)?;
            line.attempt = may_settle.then(|| again.map_or_else(|| ctx.env.id(), |again| again.attempt));
            if let Some(again) = again {
                line.entered.clone_from(&again.entered);
                line.errors.clone_from(&again.errors);
            }
            Ok(line)
        })
        .collect::<Result<_>>()?;
    let settled =
        tx.settled_finding_lines(SETTLED).await?.into_iter().map(|stored| finding_line(actor, &veil, stored)).collect::<Result<_>>()?;
    Ok(Findings {
        open,
        open_total: tx.count_open_findings().await?,
        settled,
        next,
        may_open: actor.may(Action::Open, Object::Campaign, false),
    })
}

fn finding_line(actor: &Actor, veil: &Veil, stored: Stored) -> Result<FindingLine> {
    let outcome = match stored.outcome {
        None => None,
        Some(word) => {
            let outcome: Outcome = word.parse().map_err(|why| Error::Inconsistent(format!("finding {}: {why}", stored.id)))?;
            Some(sentence(outcome).to_owned())
        }
    };
    let asked = match (stored.asked_item_id, stored.asked_number, stored.asked_campaign) {
        (Some(item), Some(number), Some(campaign)) => {
            let own = stored.asked_owner == Some(actor.user.0);
            Some(AskedAnew { campaign, number, item: actor.may(Action::View, Object::Item, own).then(|| item.into()) })
        }
        _ => None,
    };
    Ok(FindingLine {
        id: stored.id.into(),
        kind: stored.kind.clone(),
        person: veil.name(stored.identity_id.into(), stored.person.unwrap_or(stored.person_external)),
        person_line: line(stored.title.as_deref(), stored.department.as_deref()).filter(|_| !veil.hides(stored.identity_id)),
        access: stored.access.or(stored.access_external),
        application: stored.application,
        source: stored.source,
        grant: stored.grant_id.map(Into::into),
        not_asked: stored.kind == FindingKind::Returned.as_str() && stored.settled_at.is_none() && stored.held == 1 && asked.is_none(),
        asked,
        explanation: stored.explanation,
        raised_at: Timestamp(stored.raised_at),
        settled_at: stored.settled_at.map(Timestamp),
        settled_by: stored.settled_by,
        outcome,
        attempt: None,
        entered: String::new(),
        errors: Vec::new(),
    })
}

/// What a page says of an outcome.
const fn sentence(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "It is as it should be.",
        Outcome::Corrected => "It was put right at the source.",
        Outcome::DataMistake => "The data was wrong, not the access.",
    }
}
