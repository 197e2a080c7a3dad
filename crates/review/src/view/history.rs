//! The history of any grant, for those who audit.

use super::{
    head::{cut, source_read},
    records,
    types::{By, Choice, GrantHistory, GrantReview, History, HistoryFilters, HistoryLine, Record, What},
};
use crate::{Actor, Context, Error, Result, case::named_path, privacy::Veil, recommendations};
use domain::{Action, GrantId, Object, OrderState, RecommendationId, ReviewState, SourceId, Timestamp};
use std::collections::BTreeMap;
use store::{
    Tx,
    access::Grant,
    sources::Source,
    views::{
        campaign::line,
        history::{GrantFilter, GrantLine},
    },
};

/// Grants on one page.
const PAGE: i64 = 50;

/// Campaigns that the filter offers.
const CAMPAIGNS: i64 = 200;

/// The longest text that can be searched for, in characters.
const LONGEST_SEARCH: usize = 100;

/// `/history`: grants of any time, with filters. What cannot be understood finds nothing and is said.
pub async fn history(ctx: &Context, actor: &Actor, filters: HistoryFilters) -> Result<History> {
    actor.require(Action::View, Object::History, false)?;
    let mut tx = ctx.store.read().await?;
    let choice = |value: String, label: String| Choice { value, label, count: None };
    let all = tx.sources().await?;
    let sources = all.iter().map(|source| choice(source.id.to_string(), source.name.clone())).collect();
    let known: BTreeMap<String, Source> = all.into_iter().map(|source| (source.name.clone(), source)).collect();
    let campaigns =
        tx.campaigns(None, CAMPAIGNS).await?.into_iter().map(|campaign| choice(campaign.id.to_string(), campaign.name)).collect();
    let (rows, next, error) = match filter(&filters) {
        Err(why) => (Vec::new(), None, Some(why.to_owned())),
        Ok((filter, after)) => {
            let mut rows = tx.grants_found(&filter, after, PAGE + 1).await?;
            let more = cut(&mut rows, PAGE);
            let next = rows.last().filter(|_| more).map(|last| last.grant.to_string());
            let mut lines = Vec::with_capacity(rows.len());
            for row in rows {
                lines.push(history_line(&mut tx, &known, row).await?);
            }
            (lines, next, None)
        }
    };
    Ok(History { filters, sources, campaigns, rows, next, error })
}

/// Reads the filters; the error is a sentence.
fn filter(entered: &HistoryFilters) -> std::result::Result<(GrantFilter, Option<GrantId>), &'static str> {
    fn id<T: std::str::FromStr>(text: &str, why: &'static str) -> std::result::Result<Option<T>, &'static str> {
        match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| why),
        }
    }
    let search = |text: &str| match text.trim() {
        "" => None,
        text => Some(text.chars().take(LONGEST_SEARCH).collect::<String>()),
    };
    let wrong = "This is not a state. Choose one from the list, for example item:decided or order:proven.";
    let (mut state, mut order): (Option<ReviewState>, Option<OrderState>) = (None, None);
    match entered.state.trim().split_once(':') {
        None if entered.state.trim().is_empty() => {}
        Some(("item", word)) => state = Some(word.parse().map_err(|_| wrong)?),
        Some(("order", word)) => order = Some(word.parse().map_err(|_| wrong)?),
        _ => return Err(wrong),
    }
    let filter = GrantFilter {
        person: search(&entered.person),
        access: search(&entered.access),
        source: id(&entered.source, "This is not a source. Choose one from the list.")?,
        campaign: id(&entered.campaign, "This is not a campaign. Choose one from the list.")?,
        state,
        order,
    };
    Ok((filter, id(&entered.after, "This page does not exist. Begin again at the first.")?))
}

async fn history_line(tx: &mut Tx, sources: &BTreeMap<String, Source>, row: GrantLine) -> Result<HistoryLine> {
    let path = match sources.get(&row.source) {
        Some(source) => named_path(tx, source, source.last_seq.unwrap_or_default(), &row.path).await?,
        None => row.path,
    };
    Ok(HistoryLine {
        grant: row.grant,
        person: row.person,
        person_line: line(row.title.as_deref(), row.department.as_deref()),
        access: row.access,
        application: row.application,
        source: row.source,
        path,
        seen_from: row.seen_from,
        gone_at: row.gone_at,
        campaign: row.campaign,
        state: row.state,
        answer: row.answer,
        order: row.order,
    })
}

/// `/history/{grant}`: from the source's page to the proof. `recompute` names a recommendation about it to make again.
///
/// # Errors
/// [`Error::NotFound`] where there is no such grant, or not for this person, or the recommendation is not about it.
pub async fn history_of_grant(ctx: &Context, actor: &Actor, id: GrantId, recompute: Option<RecommendationId>) -> Result<GrantHistory> {
    actor.require(Action::View, Object::History, false)?;
    // Made again before the page's own transaction begins: it loads a whole snapshot, and takes a transaction itself.
    let made = match recompute {
        None => None,
        Some(recommendation) => {
            let made = recommendations::recompute(ctx, actor, recommendation).await?;
            if made.grant != id {
                return Err(Error::NotFound);
            }
            Some((recommendation, made.outcome()))
        }
    };
    let mut tx = ctx.store.read().await?;
    let (source_id, grant) = tx.grant(id).await?.ok_or(Error::NotFound)?;
    let missing = |what: &str| Error::Inconsistent(format!("grant {id} has no {what}"));
    let source = tx.source(source_id).await?.ok_or_else(|| missing("source"))?;
    let seen = tx.last_seen(grant.account, grant.entitlement).await?.ok_or_else(|| missing("account or entitlement"))?;
    let account = tx.account_at(grant.account, seen.account_seq).await?.ok_or_else(|| missing("account"))?;
    let entitlement = tx.entitlement_at(grant.entitlement, seen.entitlement_seq).await?.ok_or_else(|| missing("entitlement"))?;
    let granted_by = match grant.granted_by.as_deref() {
        Some(external) => Some(tx.external_name(source_id, external).await?.map_or_else(|| external.to_owned(), |(_, name)| name)),
        None => None,
    };
    let items = tx.items_of_grant(id).await?;
    let veil = Veil::before(&mut tx, actor).await?;
    let mut story = Story { records: Vec::new(), source_name: source.name.clone() };
    let (seen_from, gone_at) = story.readings(&mut tx, source_id, &grant).await?;
    for item in &items {
        story.records.extend(records::of_item(ctx, &mut tx, item.item, None, &veil).await?);
        story.proofs(&mut tx, item.item).await?;
    }
    for found in tx.findings_of_grant(id, grant.account, grant.entitlement).await? {
        story.add(Timestamp(found.raised_at), What::Found { id: found.id.into(), kind: found.kind });
    }
    // Readings come before what followed from them: the sort keeps the order of one moment.
    story.records.sort_by_key(|record| record.at);
    let covering = covering(&mut tx, &story.records).await?;
    Ok(GrantHistory {
        grant: id,
        person: account.display_name().to_owned(),
        person_line: line(account.title.as_deref(), account.department.as_deref()),
        status: account.status,
        access: entitlement.display_name().to_owned(),
        application: entitlement.application,
        description: entitlement.description,
        sensitivity: entitlement.sensitivity,
        source: source_read(&mut tx, &source, ctx.env.now()).await?,
        path: named_path(&mut tx, &source, source.last_seq.unwrap_or_default(), &grant.path).await?,
        granted_on: grant.granted_on,
        granted_by,
        seen_from,
        gone_at,
        records: story.records,
        reviews: items
            .into_iter()
            .map(|item| GrantReview {
                campaign: item.campaign,
                name: item.name,
                item: item.item,
                number: item.number,
                state: item.state,
                answer: item.answer,
                recomputed: made.filter(|(of, _)| Some(*of) == item.recommendation).map(|(_, outcome)| outcome),
                // Nobody is led to what is hidden (shadow mode).
                recommendation: item.recommendation.filter(|_| !item.showing.is_hidden()),
            })
            .collect(),
        covered_by: covering.map(|(size, _)| size),
        covered_at: covering.map(|(_, at)| at),
        witnessed: super::evidence::WITNESSED,
    })
}

/// What happened, as it is gathered.
struct Story {
    records: Vec<Record>,
    source_name: String,
}

impl Story {
    fn add(&mut self, at: Timestamp, what: What) {
        self.records.push(Record { at, by: By::System, what, entry: None });
    }

    /// The readings that first showed the grant and no longer showed it, and when they were taken.
    async fn readings(&mut self, tx: &mut Tx, source: SourceId, grant: &Grant) -> Result<(Timestamp, Option<Timestamp>)> {
        let missing = |seq: i64| Error::Inconsistent(format!("grant {} speaks of snapshot {seq}, which is not there", grant.id));
        let first = tx.snapshot(source, grant.valid_from).await?.ok_or_else(|| missing(grant.valid_from))?;
        let seen_from = Timestamp(first.taken_at);
        let what = What::Read {
            source: self.source_name.clone(),
            seq: first.seq,
            grants: first.grants,
            population_hash: hex::encode(first.population_hash),
        };
        self.add(seen_from, what);
        let Some(until) = grant.valid_until else { return Ok((seen_from, None)) };
        let last = tx.snapshot(source, until).await?.ok_or_else(|| missing(until))?;
        let gone_at = Timestamp(last.taken_at);
        let what = What::ReadGone { source: self.source_name.clone(), seq: last.seq, population_hash: hex::encode(last.population_hash) };
        self.add(gone_at, what);
        Ok((seen_from, Some(gone_at)))
    }

    /// Readings that were compared with the item's removals.
    async fn proofs(&mut self, tx: &mut Tx, item: domain::ItemId) -> Result<()> {
        for order in tx.orders_of_item(item).await? {
            for proof in tx.proofs_of(order.id).await? {
                self.add(proof.at, What::Proof { gone: proof.gone, seq: proof.seq, population_hash: hex::encode(proof.population_hash) });
            }
        }
        Ok(())
    }
}

/// The newest checkpoint's size and time, where it covers every record that has an entry.
async fn covering(tx: &mut Tx, records: &[Record]) -> Result<Option<(i64, Timestamp)>> {
    let mut last = None;
    for entry in records.iter().filter_map(|record| record.entry.as_ref()) {
        let Some(index) = entry.index else { return Ok(None) };
        last = last.max(Some(index));
    }
    let (Some(last), Some(checkpoint)) = (last, tx.newest_checkpoint().await?) else { return Ok(None) };
    let size = i64::try_from(checkpoint.size).unwrap_or(i64::MAX);
    Ok((size > last).then_some((size, checkpoint.created_at)))
}
