//! What was recommended, what was decided, and what the sources show: counts, the lines that somebody should look at, and reports.

use crate::{
    Error, Result, Tx,
    decisions::word,
    macros::{exec, fetch_all, fetch_one, fetch_optional, in_view, insert_many},
};
use domain::{Answer, CampaignId, DecisionOrigin, GrantId, ItemId, ReviewState, SourceId, Timestamp, UserId, Verdict};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the source shows of an item's access now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shows {
    /// It came back after its removal, and is there.
    Returned,
    /// Its removal is proven.
    Removed,
    /// It is gone, and no removal of ours is proven.
    Gone,
    /// It is there, and the platform refused its removal or has none.
    Stuck,
    /// It is there, and its removal is under way.
    Outstanding,
    /// It is there.
    Held,
}

impl Shows {
    const fn of(word: &str) -> Option<Self> {
        match word.as_bytes() {
            b"returned" => Some(Self::Returned),
            b"removed" => Some(Self::Removed),
            b"gone" => Some(Self::Gone),
            b"stuck" => Some(Self::Stuck),
            b"outstanding" => Some(Self::Outstanding),
            b"held" => Some(Self::Held),
            _ => None,
        }
    }
}

// A removal may be proven by a look at single grants, newer than the last whole reading: so the proof counts before the reading.
macro_rules! shows {
    () => {
        "CASE WHEN EXISTS (SELECT 1 FROM orders o JOIN findings f ON f.order_id = o.id JOIN grants n ON n.id = f.grant_id WHERE o.item_id = i.id AND f.kind IN ('returned', 'regranted') AND n.valid_until IS NULL) THEN 'returned' \
         WHEN EXISTS (SELECT 1 FROM orders o WHERE o.item_id = i.id AND o.state = 'proven') THEN 'removed' \
         WHEN g.valid_until IS NOT NULL THEN 'gone' \
         WHEN EXISTS (SELECT 1 FROM orders o WHERE o.item_id = i.id AND o.state IN ('cannot_be_removed_here', 'refused')) THEN 'stuck' \
         WHEN EXISTS (SELECT 1 FROM orders o WHERE o.item_id = i.id AND o.state NOT IN ('proven', 'withdrawn')) THEN 'outstanding' ELSE 'held' END"
    };
}

/// Items of a campaign of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledCount {
    /// What was recommended; `None` where nothing was, or it is hidden.
    pub recommended: Option<Verdict>,
    /// Where the item stands.
    pub state: ReviewState,
    /// The answer that counts, and how it came about.
    pub answer: Option<(Answer, DecisionOrigin)>,
    /// What the source shows.
    pub shows: Shows,
    /// How many.
    pub items: i64,
}

/// An item whose access should be gone, or was kept and is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledItem {
    /// The item.
    pub item: ItemId,
    /// Its grant.
    pub grant: GrantId,
    /// What was recommended; `None` where nothing was, or it is hidden.
    pub recommended: Option<Verdict>,
    /// How the answer came about.
    pub origin: DecisionOrigin,
    /// What the source shows.
    pub shows: Shows,
    /// When it was decided, or since when the access is gone.
    pub since: Timestamp,
}

/// Readings of a source within a time: after the first, up to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readings {
    /// The source.
    pub source: SourceId,
    /// The last reading before.
    pub after: i64,
    /// The last one within.
    pub until: i64,
}

/// A line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place within the report, from 1.
    pub number: i64,
    /// What it is, as a word of `review::reconcile`.
    pub kind: String,
    /// The campaign; `None` of access that no campaign asked about.
    pub campaign: Option<CampaignId>,
    /// The item.
    pub item: Option<ItemId>,
    /// The grant.
    pub grant: GrantId,
    /// What was recommended.
    pub recommended: Option<Verdict>,
    /// What was decided, as a word of `review::reconcile`.
    pub decided: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// A line with the names known last.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct NamedLine {
    /// Its place within the report.
    pub number: i64,
    /// What it is.
    pub kind: String,
    /// The campaign's name.
    pub campaign: Option<String>,
    /// The item.
    pub item_id: Option<Uuid>,
    /// The item's number within its campaign.
    pub item_number: Option<i64>,
    /// The campaign's owner.
    pub owner_id: Option<Uuid>,
    /// The grant.
    pub grant_id: Uuid,
    /// The person who holds or held it.
    pub identity_id: Uuid,
    /// Their name.
    pub person: Option<String>,
    /// The source's own id of the person.
    pub person_external: String,
    /// The access.
    pub access: Option<String>,
    /// The source's own id of the access.
    pub access_external: String,
    /// Its application.
    pub application: Option<String>,
    /// The source's name.
    pub source: String,
    /// What was recommended.
    pub recommended: Option<String>,
    /// What was decided.
    pub decided: Option<String>,
    /// Since when, in microseconds UTC.
    pub since: i64,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// Its id.
    pub id: Uuid,
    /// What it speaks of: from here.
    pub from: Timestamp,
    /// Until before there.
    pub until: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who asked; `None` where a week had ended.
    pub by: Option<UserId>,
    /// SHA-256 of the body.
    pub sha256: [u8; 32],
    /// Canonical JSON.
    pub body: String,
}

type ReportRow = (Uuid, i64, i64, i64, Option<Uuid>, Vec<u8>, String);

fn report(row: ReportRow) -> Result<Reconciliation> {
    let (id, from, until, made_at, by, sha256, body) = row;
    let sha256 = sha256.try_into().map_err(|_| Error::inconsistent("reconciliations", "sha256", id, "not 32 bytes"))?;
    Ok(Reconciliation {
        id,
        from: Timestamp(from),
        until: Timestamp(until),
        made_at: Timestamp(made_at),
        by: by.map(Into::into),
        sha256,
        body,
    })
}

fn shown(item: Uuid, text: &str) -> Result<Shows> {
    Shows::of(text).ok_or_else(|| Error::inconsistent("items", "id", item, format!("shows \"{text}\"")))
}

impl Tx {
    /// Campaigns that are open, or were closed at or after `since`, by id.
    pub async fn campaigns_to_reconcile(&mut self, since: Timestamp) -> Result<Vec<CampaignId>> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT id FROM campaigns WHERE opened_at IS NOT NULL AND (closed_at IS NULL OR closed_at >= $1) ORDER BY id",
            since.0,
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// Whether any campaign was opened before `until`.
    pub async fn was_campaign_open_before(&mut self, until: Timestamp) -> Result<bool> {
        let row = fetch_optional!(self, (i64,), "SELECT opened_at FROM campaigns WHERE opened_at < $1 LIMIT 1", until.0)?;
        Ok(row.is_some())
    }

    /// A campaign's items by what was recommended, what was decided and what the source shows.
    ///
    /// One pass over the campaign's items, each with its grant, recommendation, decision and orders by key.
    pub async fn reconciled_counts(&mut self, campaign: CampaignId) -> Result<Vec<ReconciledCount>> {
        let rows = fetch_all!(
            self,
            (Option<String>, String, Option<String>, Option<String>, String, i64),
            concat!(
                "SELECT CASE WHEN ",
                in_view!(),
                " = 'shown' THEN r.verdict END, i.state, d.answer, d.origin, ",
                shows!(),
                ", COUNT(*) FROM items i JOIN campaigns c ON c.id = i.campaign_id JOIN grants g ON g.id = i.grant_id LEFT JOIN recommendations r ON r.id = i.recommendation_id LEFT JOIN decisions d ON d.id = i.decision_id ",
                "WHERE i.campaign_id = $1 GROUP BY 1, 2, 3, 4, 5"
            ),
            campaign.0,
        )?;
        rows.into_iter()
            .map(|(verdict, state, answer, origin, shows, items)| {
                let answer = match (answer, origin) {
                    (Some(answer), Some(origin)) => {
                        Some((word("decisions", "answer", campaign.0, &answer)?, word("decisions", "origin", campaign.0, &origin)?))
                    }
                    _ => None,
                };
                Ok(ReconciledCount {
                    recommended: verdict.map(|text| word("recommendations", "verdict", campaign.0, &text)).transpose()?,
                    state: word("items", "state", campaign.0, &state)?,
                    answer,
                    shows: shown(campaign.0, &shows)?,
                    items,
                })
            })
            .collect()
    }

    /// A page of a campaign's items whose final answer is Revoke, a person's or the default's, by number from after `after`, each with its number.
    pub async fn reconciled_revokes(&mut self, campaign: CampaignId, after: i64, limit: i64) -> Result<Vec<(i64, ReconciledItem)>> {
        let rows = fetch_all!(
            self,
            (i64, Uuid, Uuid, Option<String>, String, String, i64),
            concat!(
                "SELECT i.number, i.id, i.grant_id, CASE WHEN c.recommendations = 'shown' THEN r.verdict END, d.origin, ",
                shows!(),
                ", d.decided_at FROM items i JOIN campaigns c ON c.id = i.campaign_id JOIN grants g ON g.id = i.grant_id JOIN decisions d ON d.id = i.decision_id LEFT JOIN recommendations r ON r.id = i.recommendation_id ",
                "WHERE i.campaign_id = $1 AND i.number > $2 AND d.answer = 'revoke' AND (i.state IN ('decided', 'signed_off') OR d.origin = 'default') ORDER BY i.number LIMIT $3"
            ),
            campaign.0,
            after,
            limit,
        )?;
        rows.into_iter()
            .map(|(number, item, grant, verdict, origin, shows, since)| {
                Ok((number, reconciled(item, grant, verdict, &origin, &shows, since)?))
            })
            .collect()
    }

    /// Items of these campaigns whose access was finally kept, and that a reading of these no longer shows: campaign and item.
    pub async fn reconciled_kept_and_gone(&mut self, readings: Readings, limit: i64) -> Result<Vec<(CampaignId, ReconciledItem)>> {
        let rows = fetch_all!(
            self,
            (Uuid, Uuid, Uuid, Option<String>, String, i64),
            "SELECT i.campaign_id, i.id, i.grant_id, CASE WHEN c.recommendations = 'shown' THEN r.verdict END, d.origin, s.sealed_at \
             FROM grants g JOIN items i ON i.grant_id = g.id JOIN campaigns c ON c.id = i.campaign_id JOIN decisions d ON d.id = i.decision_id JOIN snapshots s ON s.source_id = g.source_id AND s.seq = g.valid_until LEFT JOIN recommendations r ON r.id = i.recommendation_id \
             WHERE g.source_id = $1 AND g.valid_until > $2 AND g.valid_until <= $3 AND i.state IN ('decided', 'signed_off') AND d.answer = 'approve' ORDER BY i.campaign_id, i.number LIMIT $4",
            readings.source.0,
            readings.after,
            readings.until,
            limit,
        )?;
        rows.into_iter()
            .map(|(campaign, item, grant, verdict, origin, since)| {
                Ok((campaign.into(), reconciled(item, grant, verdict, &origin, "gone", since)?))
            })
            .collect()
    }

    /// Grants that a reading of these showed first, that are held, and that nothing in the data explains: neither a rule nor an
    /// outer group gives them, the source does not name both when and by whom they were given, no approval came with the source,
    /// and they are not the return of something removed. Grant, and when it was first seen.
    pub async fn unexplained_grants(
        &mut self,
        readings: Readings,
        after: Option<GrantId>,
        limit: i64,
    ) -> Result<Vec<(GrantId, Timestamp)>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64),
            "SELECT g.id, s.sealed_at FROM grants g JOIN snapshots s ON s.source_id = g.source_id AND s.seq = g.valid_from \
             WHERE g.source_id = $1 AND g.valid_from > $2 AND g.valid_from <= $3 AND g.valid_until IS NULL AND g.id > $4 \
             AND g.path NOT LIKE 'rule:%' AND g.path NOT LIKE 'nested:%' AND (g.granted_on IS NULL OR g.granted_by IS NULL) \
             AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.grant_id = g.id AND f.kind IN ('returned', 'regranted')) \
             AND NOT EXISTS (SELECT 1 FROM past_decisions p WHERE p.account_id = g.account_id AND p.entitlement_id = g.entitlement_id AND p.answer = 'approve' AND p.valid_until IS NULL) \
             ORDER BY g.id LIMIT $5",
            readings.source.0,
            readings.after,
            readings.until,
            after.map_or_else(Uuid::nil, |id| id.0),
            limit,
        )?;
        Ok(rows.into_iter().map(|(id, at)| (id.into(), Timestamp(at))).collect())
    }

    /// The readings of each source that were sealed from `from` until before `until`, but for a source's first.
    pub async fn readings_within(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<Readings>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, i64),
            "SELECT source_id, MIN(seq), MAX(seq) FROM snapshots WHERE sealed_at >= $1 AND sealed_at < $2 AND seq > 1 GROUP BY source_id ORDER BY source_id",
            from.0,
            until.0,
        )?;
        Ok(rows.into_iter().map(|(source, first, last)| Readings { source: source.into(), after: first - 1, until: last }).collect())
    }

    /// Keeps a report with its lines. False, and nothing is kept, where there is one for that week already.
    pub async fn insert_reconciliation(&mut self, made: &Reconciliation, lines: &[Line]) -> Result<bool> {
        let rows = exec!(
            self,
            "INSERT INTO reconciliations (id, from_at, until_at, made_at, by_user, sha256, body) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            made.id,
            made.from.0,
            made.until.0,
            made.made_at.0,
            made.by.map(|user| user.0),
            made.sha256.to_vec(),
            made.body.as_str(),
        )?;
        if rows != 1 {
            return Ok(false);
        }
        insert_many!(
            self,
            "INSERT INTO reconciliation_lines (report_id, number, kind, campaign_id, item_id, grant_id, recommended, decided, since) ",
            lines,
            |row| made.id,
            row.number,
            row.kind.clone(),
            row.campaign.map(|id| id.0),
            row.item.map(|id| id.0),
            row.grant.0,
            row.recommended.map(Verdict::as_str),
            row.decided.clone(),
            row.since.0,
        );
        Ok(true)
    }

    /// One report.
    pub async fn reconciliation(&mut self, id: Uuid) -> Result<Option<Reconciliation>> {
        fetch_optional!(
            self,
            ReportRow,
            "SELECT id, from_at, until_at, made_at, by_user, sha256, body FROM reconciliations WHERE id = $1",
            id
        )?
        .map(report)
        .transpose()
    }

    /// Reports, the newest period first.
    pub async fn reconciliations(&mut self, limit: i64) -> Result<Vec<Reconciliation>> {
        fetch_all!(
            self,
            ReportRow,
            "SELECT id, from_at, until_at, made_at, by_user, sha256, body FROM reconciliations ORDER BY until_at DESC, made_at DESC, id DESC LIMIT $1",
            limit,
        )?
        .into_iter()
        .map(report)
        .collect()
    }

    /// Up to when the newest of the weekly reports speaks, of those that speak up to then at the latest.
    pub async fn last_weekly_reconciliation(&mut self, until: Timestamp) -> Result<Option<Timestamp>> {
        let (last,) = fetch_one!(
            self,
            (Option<i64>,),
            "SELECT MAX(until_at) FROM reconciliations WHERE by_user IS NULL AND until_at <= $1",
            until.0
        )?;
        Ok(last.map(Timestamp))
    }

    /// A page of a report's lines, in their order from after `after`: of every campaign, or of those that one person opened;
    /// of every kind, or of one.
    pub async fn reconciliation_lines(
        &mut self,
        report: Uuid,
        owner: Option<UserId>,
        kind: Option<&str>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<NamedLine>> {
        fetch_all!(
            self,
            NamedLine,
            "SELECT l.number, l.kind, c.name AS campaign, l.item_id, i.number AS item_number, c.owner_id, l.grant_id, a.identity_id, v.name AS person, a.external_id AS person_external, ev.name AS access, e.external_id AS access_external, ev.application, s.name AS source, l.recommended, l.decided, l.since \
             FROM reconciliation_lines l JOIN grants g ON g.id = l.grant_id JOIN accounts a ON a.id = g.account_id JOIN entitlements e ON e.id = g.entitlement_id JOIN sources s ON s.id = g.source_id \
             LEFT JOIN account_versions v ON v.account_id = a.id AND v.valid_from = (SELECT MAX(x.valid_from) FROM account_versions x WHERE x.account_id = a.id) \
             LEFT JOIN entitlement_versions ev ON ev.entitlement_id = e.id AND ev.valid_from = (SELECT MAX(x.valid_from) FROM entitlement_versions x WHERE x.entitlement_id = e.id) \
             LEFT JOIN campaigns c ON c.id = l.campaign_id LEFT JOIN items i ON i.id = l.item_id \
             WHERE l.report_id = $1 AND l.number > $2 AND ($3 IS NULL OR c.owner_id = $3) AND ($4 IS NULL OR l.kind = $4) ORDER BY l.number LIMIT $5",
            report,
            after,
            owner.map(|user| user.0),
            kind,
            limit,
        )
    }

    /// A page of a report's lines as they were kept, in their order from after `after`.
    pub async fn kept_reconciliation_lines(&mut self, report: Uuid, after: i64, limit: i64) -> Result<Vec<Line>> {
        let rows = fetch_all!(
            self,
            (i64, String, Option<Uuid>, Option<Uuid>, Uuid, Option<String>, Option<String>, i64),
            "SELECT number, kind, campaign_id, item_id, grant_id, recommended, decided, since FROM reconciliation_lines WHERE report_id = $1 AND number > $2 ORDER BY number LIMIT $3",
            report,
            after,
            limit,
        )?;
        rows.into_iter()
            .map(|(number, kind, campaign, item, grant, recommended, decided, since)| {
                Ok(Line {
                    number,
                    kind,
                    campaign: campaign.map(Into::into),
                    item: item.map(Into::into),
                    grant: grant.into(),
                    recommended: recommended.map(|text| word("reconciliation_lines", "recommended", report, &text)).transpose()?,
                    decided,
                    since: Timestamp(since),
                })
            })
            .collect()
    }

    /// How many lines of a report there are of each kind: of every campaign, or of those that one person opened.
    pub async fn count_reconciliation_lines(&mut self, report: Uuid, owner: Option<UserId>) -> Result<BTreeMap<String, i64>> {
        let rows = fetch_all!(
            self,
            (String, i64),
            "SELECT l.kind, COUNT(*) FROM reconciliation_lines l LEFT JOIN campaigns c ON c.id = l.campaign_id WHERE l.report_id = $1 AND ($2 IS NULL OR c.owner_id = $2) GROUP BY l.kind",
            report,
            owner.map(|user| user.0),
        )?;
        Ok(rows.into_iter().collect())
    }

    /// Keeps that somebody has opened a report. Does nothing where that is kept already.
    pub async fn keep_reconciliation_reader(&mut self, report: Uuid, user: UserId, at: Timestamp) -> Result<()> {
        exec!(
            self,
            "INSERT INTO reconciliation_readers (report_id, user_id, first_read_at) VALUES ($1, $2, $3) ON CONFLICT (report_id, user_id) DO NOTHING",
            report,
            user.0,
            at.0,
        )?;
        Ok(())
    }

    /// Whether somebody has opened a report.
    pub async fn has_read_reconciliation(&mut self, report: Uuid, user: UserId) -> Result<bool> {
        let row = fetch_optional!(
            self,
            (i64,),
            "SELECT first_read_at FROM reconciliation_readers WHERE report_id = $1 AND user_id = $2",
            report,
            user.0,
        )?;
        Ok(row.is_some())
    }
}

fn reconciled(item: Uuid, grant: Uuid, verdict: Option<String>, origin: &str, shows: &str, since: i64) -> Result<ReconciledItem> {
    Ok(ReconciledItem {
        item: item.into(),
        grant: grant.into(),
        recommended: verdict.map(|text| word("recommendations", "verdict", item, &text)).transpose()?,
        origin: word("decisions", "origin", item, origin)?,
        shows: shown(item, shows)?,
        since: Timestamp(since),
    })
}
