//! Accounts, entitlements, grants, usage and past decisions, each valid from one snapshot until another.

use crate::{
    Error, Result, Tx,
    macros::{ROWS_PER_INSERT, exec, fetch_all, insert_many, on},
};
use domain::{AccountId, AccountStatus, Answer, EntitlementId, GrantId, GrantPath, IdentityId, Sensitivity, SourceId, Timestamp, Usage};
use uuid::Uuid;

/// SHA-256 of a record's canonical line.
pub type Digest = [u8; 32];

/// An account as a snapshot shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The person or machine it belongs to.
    pub identity: IdentityId,
    /// The source's own id.
    pub external_id: String,
    /// Name as the source writes it.
    pub name: Option<String>,
    /// Address as the source writes it.
    pub email: Option<String>,
    /// Title, an opaque code for comparing.
    pub title: Option<String>,
    /// Department, an opaque code for comparing.
    pub department: Option<String>,
    /// The manager's id in the source.
    pub manager_external: Option<String>,
    /// What the source says of the account.
    pub status: Option<AccountStatus>,
    /// First day of employment.
    pub start: Option<Timestamp>,
    /// Last day of employment.
    pub end: Option<Timestamp>,
    /// When the person last changed jobs.
    pub changed_job_on: Option<Timestamp>,
}

impl Account {
    /// The name, or the source's id where there is none.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.external_id)
    }
}

/// An entitlement as a snapshot shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// Its id.
    pub id: EntitlementId,
    /// The source's own id.
    pub external_id: String,
    /// Name as the source writes it.
    pub name: Option<String>,
    /// Application it belongs to.
    pub application: Option<String>,
    /// What it is for, in the source's words.
    pub description: Option<String>,
    /// The harm it could do, as its owner states it; unknown counts as high.
    pub sensitivity: Option<Sensitivity>,
    /// The owner's id in the source.
    pub owner_external: Option<String>,
}

impl Entitlement {
    /// The name, or the source's id where there is none.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.external_id)
    }
}

/// A grant instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Who holds it.
    pub account: AccountId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// How it is held.
    pub path: GrantPath,
    /// Since when.
    pub granted_on: Option<Timestamp>,
    /// Who provisioned it, as the source writes it.
    pub granted_by: Option<String>,
    /// Digest of the record.
    pub digest: Digest,
    /// The first snapshot that shows it.
    pub valid_from: i64,
    /// The first snapshot after it that does not; `None` while it is held.
    pub valid_until: Option<i64>,
}

/// Usage of an entitlement by an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageOf {
    /// Who.
    pub account: AccountId,
    /// What.
    pub entitlement: EntitlementId,
    /// The figures.
    pub usage: Usage,
    /// Digest of the record.
    pub digest: Digest,
}

/// A decision made before or beside Countersign, as a source delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDecision {
    /// Its id.
    pub id: Uuid,
    /// Whose access.
    pub account: AccountId,
    /// Which access.
    pub entitlement: EntitlementId,
    /// The answer.
    pub answer: Answer,
    /// When.
    pub decided_on: Option<Timestamp>,
    /// Who, as the source writes it.
    pub reviewer_external: Option<String>,
    /// How it came about; empty when the source does not say.
    pub how: String,
    /// Digest of the record.
    pub digest: Digest,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    id: Uuid,
    external_id: String,
    other: Option<Uuid>,
    digest: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: Uuid,
    identity_id: Uuid,
    external_id: String,
    name: Option<String>,
    email: Option<String>,
    title: Option<String>,
    department: Option<String>,
    manager_external: Option<String>,
    status: Option<String>,
    start_on: Option<i64>,
    end_on: Option<i64>,
    changed_job_on: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct EntitlementRow {
    id: Uuid,
    external_id: String,
    name: Option<String>,
    application: Option<String>,
    description: Option<String>,
    sensitivity: Option<String>,
    owner_external: Option<String>,
}

#[derive(sqlx::FromRow)]
struct GrantRow {
    id: Uuid,
    account_id: Uuid,
    entitlement_id: Uuid,
    path: String,
    granted_on: Option<i64>,
    granted_by: Option<String>,
    digest: Vec<u8>,
    valid_from: i64,
    valid_until: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct UsageRow {
    account_id: Uuid,
    entitlement_id: Uuid,
    last_used: Option<i64>,
    days_used: Option<i64>,
    window_days: i64,
    grain: String,
    digest: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct PastDecisionRow {
    id: Uuid,
    account_id: Uuid,
    entitlement_id: Uuid,
    answer: String,
    decided_on: Option<i64>,
    reviewer_external: Option<String>,
    how: String,
    digest: Vec<u8>,
}

/// Names and addresses as they are searched and joined on: trimmed, in lower case.
pub fn search_key(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn digest_of(table: &'static str, row: Uuid, bytes: &[u8]) -> Result<Digest> {
    bytes.try_into().map_err(|_| Error::inconsistent(table, "digest", row, format!("{} bytes instead of 32", bytes.len())))
}

fn small(table: &'static str, column: &'static str, row: Uuid, number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|why| Error::inconsistent(table, column, row, why))
}

impl TryFrom<AccountRow> for Account {
    type Error = Error;
    fn try_from(row: AccountRow) -> Result<Self> {
        let status = row
            .status
            .map(|word| word.parse().map_err(|why| Error::inconsistent("account_versions", "status", row.id, why)))
            .transpose()?;
        Ok(Self {
            id: row.id.into(),
            identity: row.identity_id.into(),
            external_id: row.external_id,
            name: row.name,
            email: row.email,
            title: row.title,
            department: row.department,
            manager_external: row.manager_external,
            status,
            start: row.start_on.map(Timestamp),
            end: row.end_on.map(Timestamp),
            changed_job_on: row.changed_job_on.map(Timestamp),
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

/// An account that the store knows: its key, and the identity it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// Its id.
    pub id: AccountId,
    /// The person or machine.
    pub identity: IdentityId,
    /// The source's own id.
    pub external_id: String,
    /// Digest of its current version; `None` where the source no longer lists it.
    pub digest: Option<Digest>,
}

/// An entitlement that the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownEntitlement {
    /// Its id.
    pub id: EntitlementId,
    /// The source's own id.
    pub external_id: String,
    /// Digest of its current version; `None` where the source no longer lists it.
    pub digest: Option<Digest>,
}

impl Tx {
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
            "INSERT INTO account_versions (account_id, valid_from, digest, name, email, search, email_key, title, department, manager_external, status, start_on, end_on, changed_job_on) ",
            versions,
            |row| row.0.id.0,
            seq,
            row.1.to_vec(),
            row.0.name.clone(),
            row.0.email.clone(),
            search_key(&format!("{} {}", row.0.display_name(), row.0.email.as_deref().unwrap_or(""))),
            row.0.email.as_deref().map(search_key),
            row.0.title.clone(),
            row.0.department.clone(),
            row.0.manager_external.clone(),
            row.0.status.map(AccountStatus::as_str),
            row.0.start.map(Timestamp::micros),
            row.0.end.map(Timestamp::micros),
            row.0.changed_job_on.map(Timestamp::micros),
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
            "INSERT INTO grants (id, source_id, account_id, entitlement_id, path, granted_on, granted_by, digest, valid_from) ",
            grants,
            |row| row.id.0,
            source.0,
            row.account.0,
            row.entitlement.0,
            row.path.to_string(),
            row.granted_on.map(Timestamp::micros),
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

    /// Ends versions of accounts: snapshot `seq` no longer shows them as they were.
    pub async fn end_account_versions(&mut self, seq: i64, accounts: &[AccountId]) -> Result<()> {
        let ids: Vec<Uuid> = accounts.iter().map(|id| id.0).collect();
        self.end_rows("UPDATE account_versions SET valid_until = ", seq, " WHERE valid_until IS NULL AND account_id IN (", &ids).await
    }

    /// Ends versions of entitlements.
    pub async fn end_entitlement_versions(&mut self, seq: i64, entitlements: &[EntitlementId]) -> Result<()> {
        let ids: Vec<Uuid> = entitlements.iter().map(|id| id.0).collect();
        self.end_rows("UPDATE entitlement_versions SET valid_until = ", seq, " WHERE valid_until IS NULL AND entitlement_id IN (", &ids)
            .await
    }

    /// Ends grants: snapshot `seq` no longer shows them.
    pub async fn end_grants(&mut self, seq: i64, grants: &[GrantId]) -> Result<()> {
        let ids: Vec<Uuid> = grants.iter().map(|id| id.0).collect();
        self.end_rows("UPDATE grants SET valid_until = ", seq, " WHERE valid_until IS NULL AND id IN (", &ids).await
    }

    /// Ends past decisions that the source no longer delivers.
    pub async fn end_past_decisions(&mut self, seq: i64, ids: &[Uuid]) -> Result<()> {
        self.end_rows("UPDATE past_decisions SET valid_until = ", seq, " WHERE valid_until IS NULL AND id IN (", ids).await
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

    async fn end_rows(&mut self, head: &'static str, seq: i64, filter: &'static str, ids: &[Uuid]) -> Result<()> {
        for chunk in ids.chunks(ROWS_PER_INSERT) {
            on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new(head);
                query.push_bind(seq).push(filter);
                let mut list = query.separated(", ");
                for id in chunk { list.push_bind(*id); }
                query.push(")");
                query.build().execute(conn).await.map(|done| done.rows_affected())
            })?;
        }
        Ok(())
    }

    /// Every account that snapshot `seq` shows.
    pub async fn accounts_at(&mut self, source: SourceId, seq: i64) -> Result<Vec<Account>> {
        fetch_all!(
            self,
            AccountRow,
            "SELECT a.id, a.identity_id, a.external_id, v.name, v.email, v.title, v.department, v.manager_external, v.status, v.start_on, v.end_on, v.changed_job_on FROM accounts a JOIN account_versions v ON v.account_id = a.id WHERE a.source_id = $1 AND v.valid_from <= $2 AND (v.valid_until IS NULL OR v.valid_until > $2) ORDER BY a.id",
            source.0,
            seq,
        )?
        .into_iter()
        .map(Account::try_from)
        .collect()
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
            "SELECT id, account_id, entitlement_id, path, granted_on, granted_by, digest, valid_from, valid_until FROM grants WHERE source_id = $1 AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2) ORDER BY id",
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

    /// One grant instance, held or not.
    pub async fn grant(&mut self, id: GrantId) -> Result<Option<(SourceId, Grant)>> {
        #[derive(sqlx::FromRow)]
        struct WithSource {
            source_id: Uuid,
            #[sqlx(flatten)]
            grant: GrantRow,
        }
        crate::macros::fetch_optional!(
            self,
            WithSource,
            "SELECT source_id, id, account_id, entitlement_id, path, granted_on, granted_by, digest, valid_from, valid_until FROM grants WHERE id = $1",
            id.0,
        )?
        .map(|row| Ok((row.source_id.into(), row.grant.try_into()?)))
        .transpose()
    }

    /// One account as snapshot `seq` of its source shows it.
    pub async fn account_at(&mut self, id: AccountId, seq: i64) -> Result<Option<Account>> {
        crate::macros::fetch_optional!(
            self,
            AccountRow,
            "SELECT a.id, a.identity_id, a.external_id, v.name, v.email, v.title, v.department, v.manager_external, v.status, v.start_on, v.end_on, v.changed_job_on FROM accounts a JOIN account_versions v ON v.account_id = a.id WHERE a.id = $1 AND v.valid_from <= $2 AND (v.valid_until IS NULL OR v.valid_until > $2)",
            id.0,
            seq,
        )?
        .map(Account::try_from)
        .transpose()
    }

    /// One entitlement as snapshot `seq` of its source shows it.
    pub async fn entitlement_at(&mut self, id: EntitlementId, seq: i64) -> Result<Option<Entitlement>> {
        crate::macros::fetch_optional!(
            self,
            EntitlementRow,
            "SELECT e.id, e.external_id, v.name, v.application, v.description, v.sensitivity, v.owner_external FROM entitlements e JOIN entitlement_versions v ON v.entitlement_id = e.id WHERE e.id = $1 AND v.valid_from <= $2 AND (v.valid_until IS NULL OR v.valid_until > $2)",
            id.0,
            seq,
        )?
        .map(Entitlement::try_from)
        .transpose()
    }

    /// What snapshot `seq` shows of the use of an entitlement by an account.
    pub async fn usage_at(&mut self, account: AccountId, entitlement: EntitlementId, seq: i64) -> Result<Option<UsageOf>> {
        crate::macros::fetch_optional!(
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
            "SELECT id, account_id, entitlement_id, path, granted_on, granted_by, digest, valid_from, valid_until FROM grants WHERE account_id = $1 AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2) ORDER BY id",
            account.0,
            seq,
        )?
        .into_iter()
        .map(Grant::try_from)
        .collect()
    }
}
