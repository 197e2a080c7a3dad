//! What the brake counts (rule 19).

use crate::{
    Result, Tx,
    macros::{fetch_all, fetch_one},
};
use domain::{AccountId, AccountStatus, EntitlementId, IdentityId, Sensitivity, SourceId, Timestamp};
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
    /// Whether it gives control over systems or over other people's access, as the newest reading that shows it has it.
    pub privileged: bool,
}

/// An account that holds privileged entitlements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Administrator {
    /// The account.
    pub account: AccountId,
    /// Whose it is.
    pub identity: IdentityId,
    /// Whether somebody works with it, as far as its source says: not where it is disabled, or its person has left.
    pub enabled: bool,
    /// How many of its grants stay.
    pub staying: i64,
}

// A grant that no order has set out to remove.
macro_rules! staying {
    () => {
        "g.valid_until IS NULL AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.grant_id = g.id AND o.state IN ('claimed', 'sent', 'outcome_unknown', 'ticketed', 'proven'))"
    };
}

// Grants that have ended since, of orders that left after a moment: what is held now, and these, were held then.
macro_rules! ended_since {
    ($of:literal) => {
        concat!(
            "(SELECT COUNT(DISTINCT g.id) FROM orders o JOIN grants g ON g.id = o.grant_id WHERE o.left_at > $1 AND g.valid_until IS NOT NULL AND ",
            $of,
            ")"
        )
    };
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
        let (accounts, staying, sensitivity): (i64, i64, Option<String>) = fetch_one!(
            self,
            (i64, i64, Option<String>),
            concat!(
                "SELECT (SELECT COUNT(DISTINCT g.account_id) FROM grants g WHERE g.entitlement_id = $1 AND (g.valid_until IS NULL OR EXISTS (SELECT 1 FROM orders o WHERE o.grant_id = g.id AND o.left_at > $2))), ",
                "(SELECT COUNT(*) FROM grants g WHERE g.entitlement_id = $1 AND ",
                staying!(),
                "), (SELECT v.sensitivity FROM entitlement_versions v WHERE v.entitlement_id = $1 ORDER BY v.valid_from DESC LIMIT 1)"
            ),
            entitlement.0,
            since.0,
        )?;
        Ok(Holders { accounts, staying, privileged: sensitivity.as_deref() == Some(Sensitivity::Privileged.as_str()) })
    }

    /// Who holds privileged entitlements that no order has set out to remove: of an application, or of all of the source where
    /// none is named. By account.
    pub async fn administrators(&mut self, source: SourceId, application: Option<&str>) -> Result<Vec<Administrator>> {
        let rows = fetch_all!(
            self,
            (Uuid, Uuid, Option<String>, i64),
            concat!(
                "SELECT a.id, a.identity_id, p.status, COUNT(*) FROM entitlements e JOIN entitlement_versions v ON v.entitlement_id = e.id AND v.valid_until IS NULL AND v.sensitivity = 'privileged' JOIN grants g ON g.entitlement_id = e.id JOIN accounts a ON a.id = g.account_id LEFT JOIN account_versions p ON p.account_id = a.id AND p.valid_until IS NULL WHERE e.source_id = $1 AND ($2 IS NULL OR v.application = $2) AND ",
                staying!(),
                " GROUP BY a.id, a.identity_id, p.status ORDER BY a.id"
            ),
            source.0,
            application,
        )?;
        Ok(rows
            .into_iter()
            .map(|(account, identity, status, staying)| Administrator {
                account: account.into(),
                identity: identity.into(),
                enabled: ![AccountStatus::Disabled, AccountStatus::Left].iter().any(|gone| status.as_deref() == Some(gone.as_str())),
                staying,
            })
            .collect())
    }

    /// Grants of a source; what left after `since` still counts as held.
    pub async fn grants_of_source(&mut self, source: SourceId, since: Timestamp) -> Result<i64> {
        let (held,) = fetch_one!(
            self,
            (i64,),
            concat!(
                "SELECT (SELECT COUNT(*) FROM grants g WHERE g.source_id = $2 AND g.valid_until IS NULL) + ",
                ended_since!("o.source_id = $2")
            ),
            since.0,
            source.0,
        )?;
        Ok(held)
    }

    /// Grants of an application; what left after `since` still counts as held.
    pub async fn grants_of_application(&mut self, source: SourceId, application: &str, since: Timestamp) -> Result<i64> {
        let (held,) = fetch_one!(
            self,
            (i64,),
            concat!(
                "SELECT (SELECT COUNT(*) FROM entitlements e JOIN entitlement_versions v ON v.entitlement_id = e.id AND v.valid_until IS NULL JOIN grants g ON g.entitlement_id = e.id AND g.valid_until IS NULL WHERE e.source_id = $2 AND v.application = $3) + ",
                ended_since!("o.source_id = $2 AND o.application = $3")
            ),
            since.0,
            source.0,
            application,
        )?;
        Ok(held)
    }

    /// What the people of a department hold, in every source; what left after `since` still counts as held.
    pub async fn grants_of_department(&mut self, department: &str, since: Timestamp) -> Result<i64> {
        let (held,) = fetch_one!(
            self,
            (i64,),
            concat!(
                "SELECT (SELECT COUNT(*) FROM account_versions v JOIN grants g ON g.account_id = v.account_id AND g.valid_until IS NULL WHERE v.department = $2 AND v.valid_until IS NULL) + ",
                ended_since!("o.department = $2")
            ),
            since.0,
            department,
        )?;
        Ok(held)
    }
}
