//! The rows of the tables, and what they mean.

use super::{Account, Digest, Entitlement, Grant, OfPerson, PastDecision, Requirement, UsageOf};
use crate::{Error, Result};
use domain::{AccountRisk, AccountStatus, Employment, Timestamp, Usage, WorkingTime};
use uuid::Uuid;

#[derive(sqlx_macros::FromRow)]
pub(super) struct KnownRow {
    pub(super) id: Uuid,
    pub(super) external_id: String,
    pub(super) other: Option<Uuid>,
    pub(super) digest: Option<Vec<u8>>,
}

#[derive(sqlx_macros::FromRow)]
pub(super) struct AccountRow {
    pub(super) id: Uuid,
    pub(super) identity_id: Uuid,
    pub(super) external_id: String,
    pub(super) employee_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) title: Option<String>,
    pub(super) department: Option<String>,
    pub(super) manager_external: Option<String>,
    pub(super) status: Option<String>,
    pub(super) start_on: Option<i64>,
    pub(super) end_on: Option<i64>,
    pub(super) changed_job_on: Option<i64>,
    pub(super) employment_type: Option<String>,
    pub(super) site: Option<String>,
    pub(super) working_time: Option<String>,
    pub(super) risk: Option<String>,
    pub(super) risk_since: Option<i64>,
}

#[derive(sqlx_macros::FromRow)]
pub(super) struct EntitlementRow {
    pub(super) id: Uuid,
    pub(super) external_id: String,
    pub(super) name: Option<String>,
    pub(super) application: Option<String>,
    pub(super) description: Option<String>,
    pub(super) sensitivity: Option<String>,
    pub(super) owner_external: Option<String>,
}

#[derive(sqlx_macros::FromRow)]
pub(super) struct GrantRow {
    pub(super) id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) entitlement_id: Uuid,
    pub(super) path: String,
    pub(super) granted_on: Option<i64>,
    pub(super) held_by: Option<i64>,
    pub(super) granted_by: Option<String>,
    pub(super) digest: Vec<u8>,
    pub(super) valid_from: i64,
    pub(super) valid_until: Option<i64>,
}

#[derive(sqlx_macros::FromRow)]
pub(super) struct OfPersonRow {
    pub(super) id: Uuid,
    pub(super) identity_id: Uuid,
    pub(super) source_id: Uuid,
    pub(super) taken_at: i64,
    pub(super) employee_id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) start_on: Option<i64>,
    pub(super) end_on: Option<i64>,
    pub(super) changed_job_on: Option<i64>,
    pub(super) last_used: Option<i64>,
}

#[derive(sqlx_macros::FromRow)]
pub(super) struct UsageRow {
    pub(super) account_id: Uuid,
    pub(super) entitlement_id: Uuid,
    pub(super) last_used: Option<i64>,
    pub(super) days_used: Option<i64>,
    pub(super) window_days: i64,
    pub(super) grain: String,
    pub(super) digest: Vec<u8>,
}

#[derive(sqlx_macros::FromRow)]
pub(super) struct PastDecisionRow {
    pub(super) id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) entitlement_id: Uuid,
    pub(super) answer: String,
    pub(super) decided_on: Option<i64>,
    pub(super) reviewer_external: Option<String>,
    pub(super) how: String,
    pub(super) digest: Vec<u8>,
}

pub(super) fn digest_of(table: &'static str, row: Uuid, bytes: &[u8]) -> Result<Digest> {
    bytes.try_into().map_err(|_| Error::inconsistent(table, "digest", row, format!("{} bytes instead of 32", bytes.len())))
}

fn small(table: &'static str, column: &'static str, row: Uuid, number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|why| Error::inconsistent(table, column, row, why))
}

fn status(row: Uuid, word: Option<String>) -> Result<Option<AccountStatus>> {
    word.map(|word| word.parse().map_err(|why| Error::inconsistent("account_versions", "status", row, why))).transpose()
}

fn working_time(row: Uuid, word: Option<String>) -> Result<Option<WorkingTime>> {
    word.map(|word| word.parse().map_err(|why| Error::inconsistent("account_versions", "working_time", row, why))).transpose()
}

impl TryFrom<OfPersonRow> for OfPerson {
    type Error = Error;
    fn try_from(row: OfPersonRow) -> Result<Self> {
        Ok(Self {
            identity: row.identity_id.into(),
            source: row.source_id.into(),
            read_at: Timestamp(row.taken_at),
            employee_id: row.employee_id,
            status: status(row.id, row.status)?,
            start: row.start_on.map(Timestamp),
            end: row.end_on.map(Timestamp),
            changed_job_on: row.changed_job_on.map(Timestamp),
            last_used: row.last_used.map(Timestamp),
        })
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = Error;
    fn try_from(row: AccountRow) -> Result<Self> {
        let status = status(row.id, row.status)?;
        let working_time = working_time(row.id, row.working_time)?;
        let level =
            row.risk.map(|word| word.parse().map_err(|why| Error::inconsistent("account_versions", "risk", row.id, why))).transpose()?;
        Ok(Self {
            id: row.id.into(),
            identity: row.identity_id.into(),
            external_id: row.external_id,
            employee_id: row.employee_id,
            name: row.name,
            email: row.email,
            title: row.title,
            department: row.department,
            manager_external: row.manager_external,
            status,
            start: row.start_on.map(Timestamp),
            end: row.end_on.map(Timestamp),
            changed_job_on: row.changed_job_on.map(Timestamp),
            employment: Employment { kind: row.employment_type, site: row.site, working_time },
            risk: level.map(|level| AccountRisk { level, since: row.risk_since.map(Timestamp) }),
        })
    }
}

impl TryFrom<EntitlementRow> for Entitlement {
    type Error = Error;
    fn try_from(row: EntitlementRow) -> Result<Self> {
        let sensitivity = row
            .sensitivity
            .map(|word| word.parse().map_err(|why| Error::inconsistent("entitlement_versions", "sensitivity", row.id, why)))
            .transpose()?;
        Ok(Self {
            id: row.id.into(),
            external_id: row.external_id,
            name: row.name,
            application: row.application,
            description: row.description,
            sensitivity,
            owner_external: row.owner_external,
        })
    }
}

impl TryFrom<GrantRow> for Grant {
    type Error = Error;
    fn try_from(row: GrantRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            account: row.account_id.into(),
            entitlement: row.entitlement_id.into(),
            path: row.path.parse().map_err(|why| Error::inconsistent("grants", "path", row.id, why))?,
            granted_on: row.granted_on.map(Timestamp),
            held_by: row.held_by.map(Timestamp),
            granted_by: row.granted_by,
            digest: digest_of("grants", row.id, &row.digest)?,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
        })
    }
}

impl TryFrom<UsageRow> for UsageOf {
    type Error = Error;
    fn try_from(row: UsageRow) -> Result<Self> {
        let id = row.account_id;
        Ok(Self {
            account: id.into(),
            entitlement: row.entitlement_id.into(),
            usage: Usage {
                last_used: row.last_used.map(Timestamp),
                days_used: row.days_used.map(|n| small("usages", "days_used", id, n)).transpose()?,
                window_days: small("usages", "window_days", id, row.window_days)?,
                grain: row.grain.parse().map_err(|why| Error::inconsistent("usages", "grain", id, why))?,
            },
            digest: digest_of("usages", id, &row.digest)?,
        })
    }
}

#[derive(sqlx_macros::FromRow)]
pub(super) struct RequirementRow {
    id: Uuid,
    account_id: Uuid,
    entitlement_id: Uuid,
    kind: String,
    expires: i64,
    digest: Vec<u8>,
}

impl TryFrom<RequirementRow> for Requirement {
    type Error = Error;
    fn try_from(row: RequirementRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            account: row.account_id.into(),
            entitlement: row.entitlement_id.into(),
            kind: row.kind.parse().map_err(|why| Error::inconsistent("requirements", "kind", row.id, why))?,
            expires: Timestamp(row.expires),
            digest: digest_of("requirements", row.id, &row.digest)?,
        })
    }
}

impl TryFrom<PastDecisionRow> for PastDecision {
    type Error = Error;
    fn try_from(row: PastDecisionRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            account: row.account_id.into(),
            entitlement: row.entitlement_id.into(),
            answer: row.answer.parse().map_err(|why| Error::inconsistent("past_decisions", "answer", row.id, why))?,
            decided_on: row.decided_on.map(Timestamp),
            reviewer_external: row.reviewer_external,
            how: row.how,
            digest: digest_of("past_decisions", row.id, &row.digest)?,
        })
    }
}
