//! Duties that must be apart (rule 33): the rules, what entitlements give, and who holds what of it.

mod conflicts;
mod mitigations;

pub use conflicts::{Conflict, ConflictGrant, GrantStanding};
pub use mitigations::Mitigation;

use crate::{
    Result, Tx,
    macros::{exec, fetch_all, fetch_one, fetch_optional, insert_many},
};
use domain::{EntitlementId, GrantId, IdentityId, SourceId, Timestamp, UserId};
use uuid::Uuid;

/// A set of rules that is or was in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRules {
    /// Its number; the greatest counts.
    pub version: i64,
    /// The file.
    pub body: String,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Since when.
    pub at: Timestamp,
    /// Who put it into force.
    pub by: Option<UserId>,
}

/// What an entitlement gives, with its names at its source.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct MappedRow {
    /// The entitlement.
    pub entitlement_id: Uuid,
    /// The source's name.
    pub source: String,
    /// The entitlement's id at the source.
    pub external_id: String,
    /// Ids of duties in order, separated by spaces; empty: it gives none.
    pub duties: String,
}

/// An entitlement, for saying what it gives.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct EntitlementRow {
    /// The entitlement.
    pub entitlement_id: Uuid,
    /// The source's name.
    pub source: String,
    /// The entitlement's id at the source.
    pub external_id: String,
    /// Its name as the newest reading that shows it has it.
    pub name: Option<String>,
    /// The application it belongs to.
    pub application: Option<String>,
    /// How many grants of it are held.
    pub grants: i64,
    /// Ids of duties in order, separated by spaces; `None` where nobody has said.
    pub duties: Option<String>,
}

/// How much of what is held somebody has mapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Entitlements that are mapped.
    pub entitlements: i64,
    /// Of how many that are held.
    pub entitlements_held: i64,
    /// Grants of mapped entitlements.
    pub grants: i64,
    /// Of how many.
    pub grants_held: i64,
}

impl Tx {
    /// The rules in force; `None` before any were set.
    pub async fn duty_rules(&mut self) -> Result<Option<StoredRules>> {
        let row = fetch_optional!(
            self,
            (i64, String, Vec<u8>, i64, Option<Uuid>),
            "SELECT version, body, sha256, at, by_user FROM duty_rules ORDER BY version DESC LIMIT 1"
        )?;
        row.map(|(version, body, sha256, at, by)| {
            let sha256 = crate::ledger::hash("duty_rules", "sha256", version, sha256)?;
            Ok(StoredRules { version, body, sha256, at: Timestamp(at), by: by.map(Into::into) })
        })
        .transpose()
    }

    /// Puts rules into force. [`crate::Error::Duplicate`] where somebody else set this version meanwhile.
    pub async fn insert_duty_rules(&mut self, rules: &StoredRules) -> Result<()> {
        exec!(
            self,
            "INSERT INTO duty_rules (version, body, sha256, at, by_user) VALUES ($1, $2, $3, $4, $5)",
            rules.version,
            &rules.body,
            rules.sha256.to_vec(),
            rules.at.0,
            rules.by.map(|id| id.0),
        )?;
        Ok(())
    }

    /// What every mapped entitlement gives, by source and the entitlement's id there.
    pub async fn duty_map(&mut self) -> Result<Vec<MappedRow>> {
        fetch_all!(
            self,
            MappedRow,
            "SELECT m.entitlement_id, s.name AS source, e.external_id, m.duties FROM duty_map m JOIN entitlements e ON e.id = m.entitlement_id JOIN sources s ON s.id = e.source_id ORDER BY s.name, e.external_id"
        )
    }

    /// Says what entitlements give: duties by id, separated by spaces. What was said before of the same is replaced.
    pub async fn set_duties(&mut self, rows: &[(EntitlementId, String)], at: Timestamp, by: Option<UserId>) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO duty_map (entitlement_id, duties, at, by_user) ",
            rows,
            |row| row.0.0,
            row.1.as_str(),
            at.0,
            by.map(|id| id.0)
            => " ON CONFLICT (entitlement_id) DO UPDATE SET duties = excluded.duties, at = excluded.at, by_user = excluded.by_user"
        );
        Ok(())
    }

    /// Takes back what was said of an entitlement. False where nothing was.
    pub async fn unset_duties(&mut self, entitlement: EntitlementId) -> Result<bool> {
        Ok(exec!(self, "DELETE FROM duty_map WHERE entitlement_id = $1", entitlement.0)? == 1)
    }

    /// Takes back all that was said.
    pub async fn clear_duty_map(&mut self) -> Result<u64> {
        exec!(self, "DELETE FROM duty_map")
    }

    /// The entitlement with this id at this source.
    pub async fn entitlement_of_external_id(&mut self, source: SourceId, external_id: &str) -> Result<Option<EntitlementId>> {
        let row =
            fetch_optional!(self, (Uuid,), "SELECT id FROM entitlements WHERE source_id = $1 AND external_id = $2", source.0, external_id)?;
        Ok(row.map(|(id,)| id.into()))
    }

    /// A page of entitlements that are held, by id after `after`, for saying what they give. `search` is compared with the
    /// normalised name; `unmapped` leaves out those of which somebody has said it.
    pub async fn entitlements_to_map(
        &mut self,
        search: Option<&str>,
        unmapped: bool,
        after: Option<EntitlementId>,
        limit: i64,
    ) -> Result<Vec<EntitlementRow>> {
        let search = search.map_or_else(String::new, |text| {
            let key = crate::access::search_key(text).replace('!', "!!").replace('%', "!%").replace('_', "!_");
            format!("%{key}%")
        });
        fetch_all!(
            self,
            EntitlementRow,
            "SELECT e.id AS entitlement_id, s.name AS source, e.external_id, v.name, v.application, (SELECT COUNT(*) FROM grants g WHERE g.entitlement_id = e.id AND g.valid_until IS NULL) AS grants, m.duties FROM entitlements e JOIN sources s ON s.id = e.source_id JOIN entitlement_versions v ON v.entitlement_id = e.id AND v.valid_until IS NULL LEFT JOIN duty_map m ON m.entitlement_id = e.id WHERE e.id > $1 AND ($2 = '' OR v.search LIKE $2 ESCAPE '!') AND ($3 = 0 OR m.entitlement_id IS NULL) ORDER BY e.id LIMIT $4",
            after.map_or(Uuid::nil(), |id| id.0),
            search,
            i64::from(unmapped),
            limit,
        )
    }

    /// An entitlement's name (its id at the source where it has none), application and source, as last seen.
    pub async fn entitlement_label(&mut self, id: EntitlementId) -> Result<Option<(String, Option<String>, String)>> {
        let row = fetch_optional!(
            self,
            (Option<String>, Option<String>, String, String),
            "SELECT v.name, v.application, e.external_id, s.name FROM entitlements e JOIN sources s ON s.id = e.source_id JOIN entitlement_versions v ON v.entitlement_id = e.id WHERE e.id = $1 ORDER BY v.valid_from DESC LIMIT 1",
            id.0,
        )?;
        Ok(row.map(|(name, application, external, source)| (name.unwrap_or(external), application, source)))
    }

    /// How much of what is held now somebody has mapped.
    pub async fn duty_coverage(&mut self) -> Result<Coverage> {
        let (entitlements_held, grants_held): (i64, i64) =
            fetch_one!(self, (i64, i64), "SELECT COUNT(DISTINCT entitlement_id), COUNT(*) FROM grants WHERE valid_until IS NULL")?;
        let (entitlements, grants): (i64, i64) = fetch_one!(
            self,
            (i64, i64),
            "SELECT COUNT(DISTINCT g.entitlement_id), COUNT(*) FROM grants g JOIN duty_map m ON m.entitlement_id = g.entitlement_id WHERE g.valid_until IS NULL"
        )?;
        Ok(Coverage { entitlements, entitlements_held, grants, grants_held })
    }

    /// Who holds what at snapshot `seq` of a source: identity, entitlement, grant.
    pub async fn holdings_at(&mut self, source: SourceId, seq: i64) -> Result<Vec<(IdentityId, EntitlementId, GrantId)>> {
        let rows = fetch_all!(
            self,
            (Uuid, Uuid, Uuid),
            "SELECT a.identity_id, g.entitlement_id, g.id FROM grants g JOIN accounts a ON a.id = g.account_id WHERE g.source_id = $1 AND g.valid_from <= $2 AND (g.valid_until IS NULL OR g.valid_until > $2) ORDER BY g.id",
            source.0,
            seq,
        )?;
        Ok(rows.into_iter().map(|(identity, entitlement, grant)| (identity.into(), entitlement.into(), grant.into())).collect())
    }

    /// What a person holds now, in every source: entitlement and grant.
    pub async fn holdings_of(&mut self, identity: IdentityId) -> Result<Vec<(EntitlementId, GrantId)>> {
        let rows = fetch_all!(
            self,
            (Uuid, Uuid),
            "SELECT g.entitlement_id, g.id FROM accounts a JOIN grants g ON g.account_id = a.id WHERE a.identity_id = $1 AND g.valid_until IS NULL ORDER BY g.id",
            identity.0,
        )?;
        Ok(rows.into_iter().map(|(entitlement, grant)| (entitlement.into(), grant.into())).collect())
    }
}
