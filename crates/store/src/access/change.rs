//! What a reading writes: new records, versions, and the end of those that are gone.

use super::{
    Account, Digest, Entitlement, Grant, Joinable, KnownAccount, KnownEntitlement, PastDecision, Requirement, StandsAlone, UsageOf,
    rows::{KnownRow, digest_of},
    search_key,
};
use crate::{
    Error, Result, Tx,
    macros::{ROWS_PER_INSERT, exec, fetch_all, fetch_one, insert_many, on},
};
use domain::{AccountId, AccountStatus, EntitlementId, GrantId, IdentityId, NotJoined, Sensitivity, SourceId, Timestamp, WorkingTime};
use uuid::Uuid;

impl Tx {
    /// The accounts that other sources list now, by what they can be joined by.
    pub async fn joinable_accounts(&mut self, not_of: SourceId) -> Result<Vec<Joinable>> {
        let rows = fetch_all!(
            self,
            (Uuid, Uuid, Option<String>, Option<String>, Option<String>),
            "SELECT a.id, a.identity_id, v.employee_id, v.email, v.status FROM accounts a JOIN account_versions v ON v.account_id = a.id AND v.valid_until IS NULL WHERE a.source_id <> $1 ORDER BY a.id",
            not_of.0,
        )?;
        rows.into_iter()
            .map(|(id, identity, employee_id, email, status)| {
                let status = status.map(|word| word.parse()).transpose();
                let status = status.map_err(|why| Error::inconsistent("account_versions", "status", id, why))?;
                Ok(Joinable { identity: identity.into(), employee_id, email, status })
            })
            .collect()
    }

    /// Takes down which accounts of a source stand by themselves although they may be somebody's whom another source knows, in
    /// the place of what was taken down before.
    pub async fn set_not_joined(&mut self, source: SourceId, accounts: &[(AccountId, NotJoined)]) -> Result<()> {
        exec!(self, "UPDATE accounts SET not_joined = NULL WHERE source_id = $1 AND not_joined IS NOT NULL", source.0)?;
        for why in NotJoined::ALL {
            let ids: Vec<Uuid> = accounts.iter().filter(|(_, of)| of == why).map(|(account, _)| account.0).collect();
            self.set_rows("UPDATE accounts SET not_joined = ", why.as_str(), " WHERE id IN (", &ids).await?;
        }
        Ok(())
    }

    /// How many accounts of a source stand by themselves although they may be somebody's, and the first `limit` of them.
    pub async fn not_joined(&mut self, source: SourceId, limit: i64) -> Result<(i64, Vec<StandsAlone>)> {
        let (all,) = fetch_one!(self, (i64,), "SELECT COUNT(*) FROM accounts WHERE source_id = $1 AND not_joined IS NOT NULL", source.0)?;
        let rows = fetch_all!(
            self,
            (Uuid, String, Option<String>, String),
            "SELECT a.id, a.external_id, v.name, a.not_joined FROM accounts a LEFT JOIN account_versions v ON v.account_id = a.id AND v.valid_until IS NULL WHERE a.source_id = $1 AND a.not_joined IS NOT NULL ORDER BY a.external_id LIMIT $2",
            source.0,
            limit,
        )?;
        let rows = rows.into_iter().map(|(id, external_id, name, why)| {
            let why = why.parse().map_err(|wrong| Error::inconsistent("accounts", "not_joined", id, wrong))?;
            Ok(StandsAlone { id: id.into(), external_id, name, why })
        });
        Ok((all, rows.collect::<Result<_>>()?))
    }

    /// Every account that was ever read from a source.
    pub async fn known_accounts(&mut self, source: SourceId) -> Result<Vec<KnownAccount>> {
        let rows = fetch_all!(
            self,
            KnownRow,
            "SELECT a.id, a.external_id, a.identity_id AS other, v.digest FROM accounts a LEFT JOIN account_versions v ON v.account_id = a.id AND v.valid_until IS NULL WHERE a.source_id = $1",
            source.0,
        )?;
        rows.into_iter()
            .map(|row| {
                let identity = row.other.ok_or_else(|| Error::inconsistent("accounts", "identity_id", row.id, "null"))?;
                let digest = row.digest.map(|d| digest_of("account_versions", row.id, &d)).transpose()?;
                Ok(KnownAccount { id: row.id.into(), identity: identity.into(), external_id: row.external_id, digest })
            })
            .collect()
    }

    /// Every entitlement that was ever read from a source.
    pub async fn known_entitlements(&mut self, source: SourceId) -> Result<Vec<KnownEntitlement>> {
        let rows = fetch_all!(
            self,
            KnownRow,
            "SELECT e.id, e.external_id, NULL AS other, v.digest FROM entitlements e LEFT JOIN entitlement_versions v ON v.entitlement_id = e.id AND v.valid_until IS NULL WHERE e.source_id = $1",
            source.0,
        )?;
        rows.into_iter()
            .map(|row| {
                let digest = row.digest.map(|d| digest_of("entitlement_versions", row.id, &d)).transpose()?;
                Ok(KnownEntitlement { id: row.id.into(), external_id: row.external_id, digest })
            })
            .collect()
    }

    /// Adds identities and their accounts.
    pub async fn insert_accounts(&mut self, source: SourceId, accounts: &[(AccountId, IdentityId, String)], now: Timestamp) -> Result<()> {
        insert_many!(self, "INSERT INTO identities (id, created_at) ", accounts, |row| row.1.0, now.0 => " ON CONFLICT (id) DO NOTHING");
        insert_many!(
            self,
            "INSERT INTO accounts (id, source_id, external_id, identity_id) ",
            accounts,
            |row| row.0.0,
            source.0,
            row.2.clone(),
            row.1.0
        );
        Ok(())
    }

    /// Adds entitlements.
    pub async fn insert_entitlements(&mut self, source: SourceId, entitlements: &[(EntitlementId, String)]) -> Result<()> {
        insert_many!(self, "INSERT INTO entitlements (id, source_id, external_id) ", entitlements, |row| row.0.0, source.0, row.1.clone());
        Ok(())
    }

    /// Adds versions of accounts, valid from snapshot `seq`.
    pub async fn insert_account_versions(&mut self, seq: i64, versions: &[(Account, Digest)]) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO account_versions (account_id, valid_from, digest, name, email, search, email_key, employee_id, title, department, manager_external, status, start_on, end_on, changed_job_on, employment_type, site, working_time, risk, risk_since) ",
            versions,
            |row| row.0.id.0,
            seq,
            row.1.to_vec(),
            row.0.name.clone(),
            row.0.email.clone(),
            search_key(&format!("{} {}", row.0.display_name(), row.0.email.as_deref().unwrap_or(""))),
            row.0.email.as_deref().map(search_key),
            row.0.employee_id.clone(),
            row.0.title.clone(),
            row.0.department.clone(),
            row.0.manager_external.clone(),
            row.0.status.map(AccountStatus::as_str),
            row.0.start.map(Timestamp::micros),
            row.0.end.map(Timestamp::micros),
            row.0.changed_job_on.map(Timestamp::micros),
            row.0.employment.kind.clone(),
            row.0.employment.site.clone(),
            row.0.employment.working_time.map(WorkingTime::as_str),
            row.0.risk.map(|risk| risk.level.as_str()),
            row.0.risk.and_then(|risk| risk.since).map(Timestamp::micros),
        );
        Ok(())
    }

    /// Adds versions of entitlements, valid from snapshot `seq`.
    pub async fn insert_entitlement_versions(&mut self, seq: i64, versions: &[(Entitlement, Digest)]) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO entitlement_versions (entitlement_id, valid_from, digest, name, search, application, description, sensitivity, owner_external) ",
            versions,
            |row| row.0.id.0,
            seq,
            row.1.to_vec(),
            row.0.name.clone(),
            search_key(&format!("{} {}", row.0.display_name(), row.0.application.as_deref().unwrap_or(""))),
            row.0.application.clone(),
            row.0.description.clone(),
            row.0.sensitivity.map(Sensitivity::as_str),
            row.0.owner_external.clone(),
        );
        Ok(())
    }

    /// Adds grant instances.
    pub async fn insert_grants(&mut self, source: SourceId, grants: &[Grant]) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO grants (id, source_id, account_id, entitlement_id, path, granted_on, held_by, granted_by, digest, valid_from) ",
            grants,
            |row| row.id.0,
            source.0,
            row.account.0,
            row.entitlement.0,
            row.path.to_string(),
            row.granted_on.map(Timestamp::micros),
            row.held_by.map(Timestamp::micros),
            row.granted_by.clone(),
            row.digest.to_vec(),
            row.valid_from,
        );
        Ok(())
    }

    /// Adds usage records, valid from snapshot `seq`.
    pub async fn insert_usages(&mut self, source: SourceId, seq: i64, usages: &[UsageOf]) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO usages (account_id, entitlement_id, source_id, valid_from, digest, last_used, days_used, window_days, grain) ",
            usages,
            |row| row.account.0,
            row.entitlement.0,
            source.0,
            seq,
            row.digest.to_vec(),
            row.usage.last_used.map(Timestamp::micros),
            row.usage.days_used.map(i64::from),
            i64::from(row.usage.window_days),
            row.usage.grain.as_str(),
        );
        Ok(())
    }

    /// Adds past decisions, valid from snapshot `seq`.
    pub async fn insert_past_decisions(&mut self, source: SourceId, seq: i64, decisions: &[PastDecision]) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO past_decisions (id, source_id, account_id, entitlement_id, answer, decided_on, reviewer_external, how, digest, valid_from) ",
            decisions,
            |row| row.id,
            source.0,
            row.account.0,
            row.entitlement.0,
            row.answer.as_str(),
            row.decided_on.map(Timestamp::micros),
            row.reviewer_external.clone(),
            row.how.clone(),
            row.digest.to_vec(),
            seq,
        );
        Ok(())
    }

    /// Adds requirements, valid from snapshot `seq`.
    pub async fn insert_requirements(&mut self, source: SourceId, seq: i64, requirements: &[Requirement]) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO requirements (id, source_id, account_id, entitlement_id, kind, expires, digest, valid_from) ",
            requirements,
            |row| row.id,
            source.0,
            row.account.0,
            row.entitlement.0,
            row.kind.as_str(),
            row.expires.micros(),
            row.digest.to_vec(),
            seq,
        );
        Ok(())
    }

    /// Ends versions of accounts: snapshot `seq` no longer shows them as they were.
    pub async fn end_account_versions(&mut self, seq: i64, accounts: &[AccountId]) -> Result<()> {
        let ids: Vec<Uuid> = accounts.iter().map(|id| id.0).collect();
        self.set_rows("UPDATE account_versions SET valid_until = ", seq, " WHERE valid_until IS NULL AND account_id IN (", &ids).await
    }

    /// Forgets what was ever read of the employment of these accounts' holders (rule 44). How many versions said something.
    ///
    /// Their digests stay, so that the next reading of the same record does not bring it back.
    pub async fn forget_employment(&mut self, accounts: &[AccountId]) -> Result<u64> {
        let mut forgotten = 0;
        for account in accounts {
            forgotten += exec!(
                self,
                "UPDATE account_versions SET employment_type = NULL, site = NULL, working_time = NULL WHERE account_id = $1 AND (employment_type IS NOT NULL OR site IS NOT NULL OR working_time IS NOT NULL)",
                account.0
            )?;
        }
        Ok(forgotten)
    }

    /// How many versions of these accounts say something of their holders' employment.
    pub async fn count_employment(&mut self, accounts: &[AccountId]) -> Result<i64> {
        let mut said = 0;
        for account in accounts {
            let (count,) = fetch_one!(
                self,
                (i64,),
                "SELECT COUNT(*) FROM account_versions WHERE account_id = $1 AND (employment_type IS NOT NULL OR site IS NOT NULL OR working_time IS NOT NULL)",
                account.0
            )?;
            said += count;
        }
        Ok(said)
    }

    /// Ends versions of entitlements.
    pub async fn end_entitlement_versions(&mut self, seq: i64, entitlements: &[EntitlementId]) -> Result<()> {
        let ids: Vec<Uuid> = entitlements.iter().map(|id| id.0).collect();
        self.set_rows("UPDATE entitlement_versions SET valid_until = ", seq, " WHERE valid_until IS NULL AND entitlement_id IN (", &ids)
            .await
    }

    /// Ends grants: snapshot `seq` no longer shows them.
    pub async fn end_grants(&mut self, seq: i64, grants: &[GrantId]) -> Result<()> {
        let ids: Vec<Uuid> = grants.iter().map(|id| id.0).collect();
        self.set_rows("UPDATE grants SET valid_until = ", seq, " WHERE valid_until IS NULL AND id IN (", &ids).await
    }

    /// Ends past decisions that the source no longer delivers.
    pub async fn end_past_decisions(&mut self, seq: i64, ids: &[Uuid]) -> Result<()> {
        self.set_rows("UPDATE past_decisions SET valid_until = ", seq, " WHERE valid_until IS NULL AND id IN (", ids).await
    }

    /// Ends requirements that the source no longer delivers.
    pub async fn end_requirements(&mut self, seq: i64, ids: &[Uuid]) -> Result<()> {
        self.set_rows("UPDATE requirements SET valid_until = ", seq, " WHERE valid_until IS NULL AND id IN (", ids).await
    }

    /// Ends usage records.
    pub async fn end_usages(&mut self, seq: i64, keys: &[(AccountId, EntitlementId)]) -> Result<()> {
        for chunk in keys.chunks(ROWS_PER_INSERT) {
            on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new("UPDATE usages SET valid_until = ");
                query.push_bind(seq).push(" WHERE valid_until IS NULL AND (account_id, entitlement_id) IN (");
                query.push_values(chunk, |mut values, key| { values.push_bind(key.0.0); values.push_bind(key.1.0); });
                query.push(")");
                query.build().execute(conn).await.map(|done| done.rows_affected())
            })?;
        }
        Ok(())
    }

    /// Corrects who granted an instance, which is not part of what the instance is.
    pub async fn correct_granted_by(&mut self, grant: GrantId, granted_by: Option<&str>, digest: Digest) -> Result<()> {
        exec!(self, "UPDATE grants SET granted_by = $2, digest = $3 WHERE id = $1", grant.0, granted_by, digest.to_vec())?;
        Ok(())
    }

    /// Sets a column of many rows to one value, with few statements.
    async fn set_rows<V>(&mut self, head: &'static str, value: V, filter: &'static str, ids: &[Uuid]) -> Result<()>
    where
        V: Copy + Send,
        V: sqlx::Type<sqlx::Sqlite> + for<'q> sqlx::Encode<'q, sqlx::Sqlite> + 'static,
        V: sqlx::Type<sqlx::Postgres> + for<'q> sqlx::Encode<'q, sqlx::Postgres>,
    {
        for chunk in ids.chunks(ROWS_PER_INSERT) {
            on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new(head);
                query.push_bind(value).push(filter);
                let mut list = query.separated(", ");
                for id in chunk { list.push_bind(*id); }
                query.push(")");
                query.build().execute(conn).await.map(|done| done.rows_affected())
            })?;
        }
        Ok(())
    }
}
