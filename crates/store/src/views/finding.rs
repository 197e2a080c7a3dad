//! Findings with the names of what they are about.

use crate::{
    Result, Tx,
    macros::{fetch_all, fetch_one},
};
use domain::FindingId;
use uuid::Uuid;

/// A finding in a list, by the names known last. Words are as the database spells them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FindingLine {
    /// The finding.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// Whom it is about.
    pub person: Option<String>,
    /// The source's own id of the person.
    pub person_external: String,
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
            "SELECT f.id, f.kind, v.name AS person, a.external_id AS person_external, v.title, v.department, ev.name AS access, ",
            "e.external_id AS access_external, ev.application, s.name AS source, f.grant_id, f.explanation, f.raised_at, f.settled_at, ",
            "u.name AS settled_by, f.outcome FROM findings f JOIN sources s ON s.id = f.source_id JOIN accounts a ON a.id = f.account_id ",
            "LEFT JOIN account_versions v ON v.account_id = f.account_id AND v.valid_from = (SELECT MAX(x.valid_from) FROM account_versions x WHERE x.account_id = f.account_id) ",
            "LEFT JOIN entitlements e ON e.id = f.entitlement_id ",
            "LEFT JOIN entitlement_versions ev ON ev.entitlement_id = f.entitlement_id AND ev.valid_from = (SELECT MAX(x.valid_from) FROM entitlement_versions x WHERE x.entitlement_id = f.entitlement_id) ",
            "LEFT JOIN users u ON u.id = f.settled_by ",
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

    /// How many findings nobody has settled.
    pub async fn count_open_findings(&mut self) -> Result<i64> {
        let (open,) = fetch_one!(self, (i64,), "SELECT COUNT(*) FROM findings WHERE settled_at IS NULL")?;
        Ok(open)
    }
}
