//! What the brake counts (rule 19).

use crate::{
    Result, Tx,
    macros::{fetch_all, fetch_one},
};
use domain::{EntitlementId, SourceId, Timestamp};
use uuid::Uuid;

/// Orders that left, counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departures {
    /// The source.
    pub source: SourceId,
    /// The application.
    pub application: Option<String>,
    /// The holder's department.
    pub department: Option<String>,
    /// The entitlement.
    pub entitlement: EntitlementId,
    /// How many.
    pub count: i64,
}

/// Who holds an entitlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holders {
    /// Accounts that hold it now, or held it until an order that left since the moment asked for.
    pub accounts: i64,
    /// Grants of it that no order has set out to remove.
    pub staying: i64,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    source_id: Uuid,
    application: Option<String>,
    department: Option<String>,
    entitlement_id: Uuid,
    count: i64,
}

impl Tx {
    /// Orders that left after `since`, counted by source, application, department and entitlement.
    pub async fn departures_since(&mut self, since: Timestamp) -> Result<Vec<Departures>> {
        let rows = fetch_all!(
            self,
            Row,
            "SELECT source_id, application, department, entitlement_id, COUNT(*) AS count FROM orders WHERE left_at > $1 GROUP BY source_id, application, department, entitlement_id ORDER BY source_id, COALESCE(application, ''), COALESCE(department, ''), entitlement_id",
            since.0,
        )?;
        Ok(rows
            .into_iter()
            .map(|row| Departures {
                source: row.source_id.into(),
                application: row.application,
                department: row.department,
                entitlement: row.entitlement_id.into(),
                count: row.count,
            })
            .collect())
    }

    /// Who holds an entitlement; what left after `since` still counts as held.
    pub async fn holders_of(&mut self, entitlement: EntitlementId, since: Timestamp) -> Result<Holders> {
        let (accounts, staying): (i64, i64) = fetch_one!(
            self,
            (i64, i64),
            "SELECT (SELECT COUNT(DISTINCT g.account_id) FROM grants g WHERE g.entitlement_id = $1 AND (g.valid_until IS NULL OR EXISTS (SELECT 1 FROM orders o WHERE o.grant_id = g.id AND o.left_at > $2))), (SELECT COUNT(*) FROM grants g WHERE g.entitlement_id = $1 AND g.valid_until IS NULL AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.grant_id = g.id AND o.state IN ('claimed', 'sent', 'outcome_unknown', 'ticketed', 'proven')))",
            entitlement.0,
            since.0,
        )?;
        Ok(Holders { accounts, staying })
    }
}
