//! Findings with the names of what they are about.

use crate::{
    Result, Tx,
    decisions::word,
    findings::FindingKind,
    macros::{fetch_all, fetch_one},
};
use domain::FindingId;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A finding in a list, by the names known last. Words are as the database spells them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct FindingLine {
    /// The finding.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// Whom it is about.
    pub person: Option<String>,
    /// The source's own id of the person.
    pub person_external: String,
    /// The person.
    pub identity_id: Uuid,
    /// Their title.
    pub title: Option<String>,
    /// Their department.
    pub department: Option<String>,
    /// The access, where it is about one.
    pub access: Option<String>,
    /// The source's own id of the access.
    pub access_external: Option<String>,
    /// The access's application.
    pub application: Option<String>,
    /// The source's name.
    pub source: String,
    /// The grant, where there is one.
    pub grant_id: Option<Uuid>,
    /// The item that asks about it anew.
    pub asked_item_id: Option<Uuid>,
    /// That item's number within its campaign.
    pub asked_number: Option<i64>,
    /// That campaign's id.
    pub asked_campaign_id: Option<Uuid>,
    /// That campaign's name.
    pub asked_campaign: Option<String>,
    /// That campaign's owner.
    pub asked_owner: Option<Uuid>,
    /// 1 while the grant is held.
    pub held: i64,
    /// How it came.
    pub explanation: Option<String>,
    /// When it was raised, in microseconds UTC.
    pub raised_at: i64,
    /// When it was settled.
    pub settled_at: Option<i64>,
    /// The name of who settled it.
    pub settled_by: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
}

macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT f.id, f.kind, v.name AS person, a.external_id AS person_external, a.identity_id, v.title, v.department, ev.name AS access, ",
            "e.external_id AS access_external, ev.application, s.name AS source, f.grant_id, f.asked_item_id, i.number AS asked_number, c.id AS asked_campaign_id, c.name AS asked_campaign, c.owner_id AS asked_owner, CAST(CASE WHEN g.valid_until IS NULL AND g.id IS NOT NULL THEN 1 ELSE 0 END AS BIGINT) AS held, f.explanation, f.raised_at, f.settled_at, ",
            "u.name AS settled_by, f.outcome FROM findings f JOIN sources s ON s.id = f.source_id JOIN accounts a ON a.id = f.account_id ",
            "LEFT JOIN account_versions v ON v.account_id = f.account_id AND v.valid_from = (SELECT MAX(x.valid_from) FROM account_versions x WHERE x.account_id = f.account_id) ",
            "LEFT JOIN entitlements e ON e.id = f.entitlement_id ",
            "LEFT JOIN entitlement_versions ev ON ev.entitlement_id = f.entitlement_id AND ev.valid_from = (SELECT MAX(x.valid_from) FROM entitlement_versions x WHERE x.entitlement_id = f.entitlement_id) ",
            "LEFT JOIN users u ON u.id = f.settled_by LEFT JOIN grants g ON g.id = f.grant_id ",
            "LEFT JOIN items i ON i.id = f.asked_item_id LEFT JOIN campaigns c ON c.id = i.campaign_id ",
            $rest
        )
    };
}

impl Tx {
    /// A page of findings that nobody has settled, the newest first, before `before`.
    pub async fn open_finding_lines(&mut self, before: Option<FindingId>, limit: i64) -> Result<Vec<FindingLine>> {
        let before = before.map_or_else(Uuid::max, |id| id.0);
        fetch_all!(self, FindingLine, lines!("WHERE f.settled_at IS NULL AND f.id < $1 ORDER BY f.id DESC LIMIT $2"), before, limit)
    }

    /// Settled findings, those settled last first.
    pub async fn settled_finding_lines(&mut self, limit: i64) -> Result<Vec<FindingLine>> {
        fetch_all!(self, FindingLine, lines!("WHERE f.settled_at IS NOT NULL ORDER BY f.settled_at DESC, f.id DESC LIMIT $1"), limit)
    }

    /// How many findings nobody has settled, by kind, for metrics.
    pub async fn count_open_findings_by_kind(&mut self) -> Result<BTreeMap<FindingKind, i64>> {
        fetch_all!(self, (String, i64), "SELECT kind, COUNT(*) FROM findings WHERE settled_at IS NULL GROUP BY kind")?
            .into_iter()
            .map(|(kind, count)| Ok((word("findings", "kind", Uuid::nil(), &kind)?, count)))
            .collect()
    }

    /// How many findings nobody has settled.
    pub async fn count_open_findings(&mut self) -> Result<i64> {
        let (open,) = fetch_one!(self, (i64,), "SELECT COUNT(*) FROM findings WHERE settled_at IS NULL")?;
        Ok(open)
    }
}
