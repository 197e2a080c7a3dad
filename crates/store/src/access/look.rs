//! What a snapshot shows.

use super::{
    Account, Entitlement, Grant, OfPerson, PastDecision, Requirement, UsageOf,
    rows::{AccountRow, EntitlementRow, GrantRow, OfPersonRow, PastDecisionRow, RequirementRow, UsageRow},
};
use crate::{
    Result, Tx,
    macros::{fetch_all, fetch_optional},
};
use domain::{AccountId, EntitlementId, GrantId, IdentityId, SourceId, Timestamp};
use uuid::Uuid;

impl Tx {
    /// Every account that snapshot `seq` shows.
    pub async fn accounts_at(&mut self, source: SourceId, seq: i64) -> Result<Vec<Account>> {
        fetch_all!(
            self,
            AccountRow,
            "SELECT a.id, a.identity_id, a.external_id, v.employee_id, v.name, v.email, v.title, v.department, v.manager_external, v.status, v.start_on, v.end_on, v.changed_job_on, v.employment_type, v.site, v.working_time, v.risk, v.risk_since FROM accounts a JOIN account_versions v ON v.account_id = a.id WHERE a.source_id = $1 AND v.valid_from <= $2 AND (v.valid_until IS NULL OR v.valid_until > $2) ORDER BY a.id",
            source.0,
            seq,
        )?
        .into_iter()
        .map(Account::try_from)
        .collect()
    }

    /// What other sources say of the people who have an account in this one, each by the last reading that was sealed by
    /// `known_at`: what was read since then changes nothing. Accounts of machines and those that several people share say
    /// nothing of a person.
    ///
    /// An account keeps the identity that its first reading gave it, so who is joined with whom is as it was then.
    pub async fn told_elsewhere(&mut self, source: SourceId, known_at: Timestamp) -> Result<Vec<OfPerson>> {
        fetch_all!(
            self,
            OfPersonRow,
            "WITH known AS (SELECT s.source_id, s.seq, s.taken_at FROM snapshots s JOIN (SELECT source_id, MAX(seq) AS seq FROM snapshots WHERE source_id <> $1 AND sealed_at <= $2 GROUP BY source_id) newest ON newest.source_id = s.source_id AND newest.seq = s.seq) \
             SELECT a.id, a.identity_id, a.source_id, known.taken_at, v.employee_id, v.status, v.start_on, v.end_on, v.changed_job_on, u.last_used FROM accounts a JOIN known ON known.source_id = a.source_id JOIN account_versions v ON v.account_id = a.id AND v.valid_from <= known.seq AND (v.valid_until IS NULL OR v.valid_until > known.seq) LEFT JOIN (SELECT used.account_id, MAX(used.last_used) AS last_used FROM usages used JOIN known ON known.source_id = used.source_id WHERE used.valid_from <= known.seq AND (used.valid_until IS NULL OR used.valid_until > known.seq) GROUP BY used.account_id) u ON u.account_id = a.id WHERE v.employee_id IS NOT NULL AND (v.status IS NULL OR v.status NOT IN ('service', 'shared')) AND (v.start_on IS NOT NULL OR v.end_on IS NOT NULL OR v.changed_job_on IS NOT NULL OR v.status = 'leave' OR u.last_used IS NOT NULL) AND a.identity_id IN (SELECT identity_id FROM accounts WHERE source_id = $1) ORDER BY a.id",
            source.0,
            known_at.0,
        )?
        .into_iter()
        .map(OfPerson::try_from)
        .collect()
    }

    /// What other sources say of one person who has an account in this one, as [`told_elsewhere`](Self::told_elsewhere) does.
    pub async fn told_elsewhere_of(&mut self, source: SourceId, identity: IdentityId, known_at: Timestamp) -> Result<Vec<OfPerson>> {
        fetch_all!(
            self,
            OfPersonRow,
            "WITH known AS (SELECT s.source_id, s.seq, s.taken_at FROM snapshots s JOIN (SELECT source_id, MAX(seq) AS seq FROM snapshots WHERE source_id <> $1 AND sealed_at <= $2 GROUP BY source_id) newest ON newest.source_id = s.source_id AND newest.seq = s.seq), \
             said AS (SELECT a.id, a.identity_id, a.source_id, known.taken_at, v.employee_id, v.status, v.start_on, v.end_on, v.changed_job_on, (SELECT MAX(used.last_used) FROM usages used WHERE used.account_id = a.id AND used.valid_from <= known.seq AND (used.valid_until IS NULL OR used.valid_until > known.seq)) AS last_used FROM accounts a JOIN known ON known.source_id = a.source_id JOIN account_versions v ON v.account_id = a.id AND v.valid_from <= known.seq AND (v.valid_until IS NULL OR v.valid_until > known.seq) WHERE a.identity_id = $3 AND v.employee_id IS NOT NULL AND (v.status IS NULL OR v.status NOT IN ('service', 'shared'))) \
             SELECT id, identity_id, source_id, taken_at, employee_id, status, start_on, end_on, changed_job_on, last_used FROM said WHERE start_on IS NOT NULL OR end_on IS NOT NULL OR changed_job_on IS NOT NULL OR status = 'leave' OR last_used IS NOT NULL ORDER BY id",
            source.0,
            known_at.0,
            identity.0,
        )?
        .into_iter()
        .map(OfPerson::try_from)
        .collect()
    }

    /// What the holder of one grant must have, as snapshot `seq` shows it, in the order of what runs out first.
    pub async fn requirements_of(&mut self, account: AccountId, entitlement: EntitlementId, seq: i64) -> Result<Vec<Requirement>> {
        fetch_all!(
            self,
            RequirementRow,
            "SELECT id, account_id, entitlement_id, kind, expires, digest FROM requirements WHERE account_id = $1 AND entitlement_id = $2 AND valid_from <= $3 AND (valid_until IS NULL OR valid_until > $3) ORDER BY expires, kind",
            account.0,
            entitlement.0,
            seq,
        )?
        .into_iter()
        .map(Requirement::try_from)
        .collect()
    }

    /// When the snapshots of a source up to this one were taken, by their numbers.
    pub async fn snapshots_taken(&mut self, source: SourceId, up_to: i64) -> Result<Vec<(i64, Timestamp)>> {
        let rows: Vec<(i64, i64)> = fetch_all!(
            self,
            (i64, i64),
            "SELECT seq, taken_at FROM snapshots WHERE source_id = $1 AND seq <= $2 ORDER BY seq",
            source.0,
            up_to
        )?;
        Ok(rows.into_iter().map(|(seq, taken)| (seq, Timestamp(taken))).collect())
    }

    /// Every entitlement that snapshot `seq` shows.
    pub async fn entitlements_at(&mut self, source: SourceId, seq: i64) -> Result<Vec<Entitlement>> {
        fetch_all!(
            self,
            EntitlementRow,
            "SELECT e.id, e.external_id, v.name, v.application, v.description, v.sensitivity, v.owner_external FROM entitlements e JOIN entitlement_versions v ON v.entitlement_id = e.id WHERE e.source_id = $1 AND v.valid_from <= $2 AND (v.valid_until IS NULL OR v.valid_until > $2) ORDER BY e.id",
            source.0,
            seq,
        )?
        .into_iter()
        .map(Entitlement::try_from)
        .collect()
    }

    /// Every grant that snapshot `seq` shows.
    pub async fn grants_at(&mut self, source: SourceId, seq: i64) -> Result<Vec<Grant>> {
        fetch_all!(
            self,
            GrantRow,
            "SELECT id, account_id, entitlement_id, path, granted_on, held_by, granted_by, digest, valid_from, valid_until FROM grants WHERE source_id = $1 AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2) ORDER BY id",
            source.0,
            seq,
        )?
        .into_iter()
        .map(Grant::try_from)
        .collect()
    }

    /// Every usage record that snapshot `seq` shows.
    pub async fn usages_at(&mut self, source: SourceId, seq: i64) -> Result<Vec<UsageOf>> {
        fetch_all!(
            self,
            UsageRow,
            "SELECT account_id, entitlement_id, last_used, days_used, window_days, grain, digest FROM usages WHERE source_id = $1 AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2) ORDER BY account_id, entitlement_id",
            source.0,
            seq,
        )?
        .into_iter()
        .map(UsageOf::try_from)
        .collect()
    }

    /// Every past decision that snapshot `seq` shows.
    pub async fn past_decisions_at(&mut self, source: SourceId, seq: i64) -> Result<Vec<PastDecision>> {
        fetch_all!(
            self,
            PastDecisionRow,
            "SELECT id, account_id, entitlement_id, answer, decided_on, reviewer_external, how, digest FROM past_decisions WHERE source_id = $1 AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2) ORDER BY id",
            source.0,
            seq,
        )?
        .into_iter()
        .map(PastDecision::try_from)
        .collect()
    }

    /// Every requirement that snapshot `seq` shows.
    pub async fn requirements_at(&mut self, source: SourceId, seq: i64) -> Result<Vec<Requirement>> {
        fetch_all!(
            self,
            RequirementRow,
            "SELECT id, account_id, entitlement_id, kind, expires, digest FROM requirements WHERE source_id = $1 AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2) ORDER BY id",
            source.0,
            seq,
        )?
        .into_iter()
        .map(Requirement::try_from)
        .collect()
    }

    /// One grant instance, held or not.
    pub async fn grant(&mut self, id: GrantId) -> Result<Option<(SourceId, Grant)>> {
        #[derive(sqlx_macros::FromRow)]
        struct WithSource {
            source_id: Uuid,
            #[sqlx(flatten)]
            grant: GrantRow,
        }
        fetch_optional!(
            self,
            WithSource,
            "SELECT source_id, id, account_id, entitlement_id, path, granted_on, held_by, granted_by, digest, valid_from, valid_until FROM grants WHERE id = $1",
            id.0,
        )?
        .map(|row| Ok((row.source_id.into(), row.grant.try_into()?)))
        .transpose()
    }

    /// One account as snapshot `seq` of its source shows it.
    pub async fn account_at(&mut self, id: AccountId, seq: i64) -> Result<Option<Account>> {
        fetch_optional!(
            self,
            AccountRow,
            "SELECT a.id, a.identity_id, a.external_id, v.employee_id, v.name, v.email, v.title, v.department, v.manager_external, v.status, v.start_on, v.end_on, v.changed_job_on, v.employment_type, v.site, v.working_time, v.risk, v.risk_since FROM accounts a JOIN account_versions v ON v.account_id = a.id WHERE a.id = $1 AND v.valid_from <= $2 AND (v.valid_until IS NULL OR v.valid_until > $2)",
            id.0,
            seq,
        )?
        .map(Account::try_from)
        .transpose()
    }

    /// One entitlement as snapshot `seq` of its source shows it.
    pub async fn entitlement_at(&mut self, id: EntitlementId, seq: i64) -> Result<Option<Entitlement>> {
        fetch_optional!(
            self,
            EntitlementRow,
            "SELECT e.id, e.external_id, v.name, v.application, v.description, v.sensitivity, v.owner_external FROM entitlements e JOIN entitlement_versions v ON v.entitlement_id = e.id WHERE e.id = $1 AND v.valid_from <= $2 AND (v.valid_until IS NULL OR v.valid_until > $2)",
            id.0,
            seq,
        )?
        .map(Entitlement::try_from)
        .transpose()
    }

    /// The name of the entitlement that a source calls `external_id`, as snapshot `seq` shows it, or the last one before it
    /// that did; `None` where there is none.
    pub async fn name_of_external(&mut self, source: SourceId, external_id: &str, seq: i64) -> Result<Option<String>> {
        let row = fetch_optional!(
            self,
            (Option<String>,),
            "SELECT v.name FROM entitlements e JOIN entitlement_versions v ON v.entitlement_id = e.id WHERE e.source_id = $1 AND e.external_id = $2 AND v.valid_from <= $3 ORDER BY v.valid_from DESC LIMIT 1",
            source.0,
            external_id,
            seq,
        )?;
        Ok(row.and_then(|(name,)| name))
    }

    /// What its source calls an account.
    pub async fn external_account(&mut self, id: AccountId) -> Result<Option<String>> {
        let row = fetch_optional!(self, (String,), "SELECT external_id FROM accounts WHERE id = $1", id.0)?;
        Ok(row.map(|(external_id,)| external_id))
    }

    /// What its source calls an entitlement.
    pub async fn external_entitlement(&mut self, id: EntitlementId) -> Result<Option<String>> {
        let row = fetch_optional!(self, (String,), "SELECT external_id FROM entitlements WHERE id = $1", id.0)?;
        Ok(row.map(|(external_id,)| external_id))
    }

    /// What snapshot `seq` shows of the use of an entitlement by an account.
    pub async fn usage_at(&mut self, account: AccountId, entitlement: EntitlementId, seq: i64) -> Result<Option<UsageOf>> {
        fetch_optional!(
            self,
            UsageRow,
            "SELECT account_id, entitlement_id, last_used, days_used, window_days, grain, digest FROM usages WHERE account_id = $1 AND entitlement_id = $2 AND valid_from <= $3 AND (valid_until IS NULL OR valid_until > $3)",
            account.0,
            entitlement.0,
            seq,
        )?
        .map(UsageOf::try_from)
        .transpose()
    }

    /// Grants that an account holds at snapshot `seq`.
    pub async fn grants_of(&mut self, account: AccountId, seq: i64) -> Result<Vec<Grant>> {
        fetch_all!(
            self,
            GrantRow,
            "SELECT id, account_id, entitlement_id, path, granted_on, held_by, granted_by, digest, valid_from, valid_until FROM grants WHERE account_id = $1 AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2) ORDER BY id",
            account.0,
            seq,
        )?
        .into_iter()
        .map(Grant::try_from)
        .collect()
    }

    /// Grants of an account that came or went after snapshot `seq`: shown by a later one for the first time, or no longer.
    pub async fn grants_changed(&mut self, account: AccountId, seq: i64) -> Result<Vec<Grant>> {
        fetch_all!(
            self,
            GrantRow,
            "SELECT id, account_id, entitlement_id, path, granted_on, held_by, granted_by, digest, valid_from, valid_until FROM grants WHERE account_id = $1 AND (valid_from > $2 OR valid_until > $2) ORDER BY id",
            account.0,
            seq,
        )?
        .into_iter()
        .map(Grant::try_from)
        .collect()
    }
}
