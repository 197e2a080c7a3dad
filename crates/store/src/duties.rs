//! Duties that must be apart: rules, what entitlements give, conflicts, and mitigating controls (rule 33).

use crate::{
    Result, Tx,
    decisions::word,
    macros::{exec, fetch_all, fetch_one, fetch_optional, insert_many},
};
use domain::{
    Answer, CampaignId, ConflictId, EntitlementId, GrantId, IdentityId, ItemId, MitigationId, ReviewState, SourceId, Timestamp, UserId,
};
use std::collections::BTreeMap;
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

/// A conflict that a campaign found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Its id.
    pub id: ConflictId,
    /// The campaign.
    pub campaign: CampaignId,
    /// Who holds both sides.
    pub identity: IdentityId,
    /// The rule's id.
    pub rule: String,
    /// Under which facts name the rule.
    pub number: i64,
    /// The rule's severity.
    pub severity: String,
    /// The rule as it stood then, as a file of this rule alone.
    pub body: String,
    /// `left` or `right`: the side that costs less to give up.
    pub cheaper: Option<String>,
    /// What giving up either side would mean, as JSON.
    pub ways: String,
    /// When it was found.
    pub found_at: Timestamp,
}

/// A grant on a side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictGrant {
    /// `left` or `right`.
    pub side: String,
    /// The grant.
    pub grant: GrantId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// The duties of the rule that it gives, by id, separated by spaces.
    pub duties: String,
}

/// How a grant of a conflict stands within the conflict's campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantStanding {
    /// The grant.
    pub grant: GrantId,
    /// True where the newest reading no longer shows it.
    pub gone: bool,
    /// Its item, where the campaign asks about it; of two, the first.
    pub item: Option<ItemId>,
    /// The item's state.
    pub state: Option<ReviewState>,
    /// The answer that counts.
    pub answer: Option<Answer>,
}

/// A mitigating control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mitigation {
    /// Its id.
    pub id: MitigationId,
    /// Who holds both sides.
    pub identity: IdentityId,
    /// The rule's id.
    pub rule: String,
    /// The control's id among those of the rule.
    pub control: String,
    /// For which conflict it was proposed.
    pub conflict: ConflictId,
    /// At which item.
    pub item: ItemId,
    /// Who does it, and accepts it.
    pub owner: IdentityId,
    /// Until when.
    pub until: Timestamp,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_at: Timestamp,
    /// `proposed`, `accepted` or `refused`.
    pub state: String,
    /// Who accepted or refused it.
    pub settled_by: Option<UserId>,
    /// When.
    pub settled_at: Option<Timestamp>,
}

#[derive(sqlx_macros::FromRow)]
struct ConflictRow {
    id: Uuid,
    campaign_id: Uuid,
    identity_id: Uuid,
    rule: String,
    number: i64,
    severity: String,
    body: String,
    cheaper: Option<String>,
    ways: String,
    found_at: i64,
}

impl From<ConflictRow> for Conflict {
    fn from(row: ConflictRow) -> Self {
        Self {
            id: row.id.into(),
            campaign: row.campaign_id.into(),
            identity: row.identity_id.into(),
            rule: row.rule,
            number: row.number,
            severity: row.severity,
            body: row.body,
            cheaper: row.cheaper,
            ways: row.ways,
            found_at: Timestamp(row.found_at),
        }
    }
}

#[derive(sqlx_macros::FromRow)]
struct MitigationRow {
    id: Uuid,
    identity_id: Uuid,
    rule: String,
    control: String,
    conflict_id: Uuid,
    item_id: Uuid,
    owner_id: Uuid,
    until: i64,
    proposed_by: Uuid,
    proposed_at: i64,
    state: String,
    settled_by: Option<Uuid>,
    settled_at: Option<i64>,
}

impl From<MitigationRow> for Mitigation {
    fn from(row: MitigationRow) -> Self {
        Self {
            id: row.id.into(),
            identity: row.identity_id.into(),
            rule: row.rule,
            control: row.control,
            conflict: row.conflict_id.into(),
            item: row.item_id.into(),
            owner: row.owner_id.into(),
            until: Timestamp(row.until),
            proposed_by: row.proposed_by.into(),
            proposed_at: Timestamp(row.proposed_at),
            state: row.state,
            settled_by: row.settled_by.map(Into::into),
            settled_at: row.settled_at.map(Timestamp),
        }
    }
}

macro_rules! conflicts {
    ($rest:literal) => {
        concat!("SELECT c.id, c.campaign_id, c.identity_id, c.rule, c.number, c.severity, c.body, c.cheaper, c.ways, c.found_at FROM conflicts c ", $rest)
    };
}

macro_rules! mitigations {
    ($rest:literal) => {
        concat!(
            "SELECT id, identity_id, rule, control, conflict_id, item_id, owner_id, until, proposed_by, proposed_at, state, settled_by, settled_at FROM mitigations ",
            $rest
        )
    };
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

    /// Keeps what evaluating the rules showed when a campaign was opened.
    pub async fn insert_campaign_duties(
        &mut self,
        campaign: CampaignId,
        rules_version: i64,
        evaluated: i64,
        not_evaluated: i64,
    ) -> Result<()> {
        exec!(
            self,
            "INSERT INTO campaign_duties (campaign_id, rules_version, evaluated, not_evaluated) VALUES ($1, $2, $3, $4)",
            campaign.0,
            rules_version,
            evaluated,
            not_evaluated,
        )?;
        Ok(())
    }

    /// The version of the rules that a campaign was opened with, and how many grants they were and were not evaluated for.
    pub async fn campaign_duties(&mut self, campaign: CampaignId) -> Result<Option<(i64, i64, i64)>> {
        fetch_optional!(
            self,
            (i64, i64, i64),
            "SELECT rules_version, evaluated, not_evaluated FROM campaign_duties WHERE campaign_id = $1",
            campaign.0
        )
    }

    /// How many conflicts a campaign found.
    pub async fn count_conflicts(&mut self, campaign: CampaignId) -> Result<i64> {
        let (count,): (i64,) = fetch_one!(self, (i64,), "SELECT COUNT(*) FROM conflicts WHERE campaign_id = $1", campaign.0)?;
        Ok(count)
    }

    /// Adds a conflict with its grants. Where the campaign knows it already, the grants that are new are added to it.
    pub async fn insert_conflict(&mut self, conflict: &Conflict, grants: &[ConflictGrant]) -> Result<()> {
        exec!(
            self,
            "INSERT INTO conflicts (id, campaign_id, identity_id, rule, number, severity, body, cheaper, ways, found_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (campaign_id, identity_id, rule) DO NOTHING",
            conflict.id.0,
            conflict.campaign.0,
            conflict.identity.0,
            &conflict.rule,
            conflict.number,
            &conflict.severity,
            &conflict.body,
            conflict.cheaper.as_deref(),
            &conflict.ways,
            conflict.found_at.0,
        )?;
        let (known,): (Uuid,) = fetch_one!(
            self,
            (Uuid,),
            "SELECT id FROM conflicts WHERE campaign_id = $1 AND identity_id = $2 AND rule = $3",
            conflict.campaign.0,
            conflict.identity.0,
            &conflict.rule,
        )?;
        insert_many!(
            self,
            "INSERT INTO conflict_grants (conflict_id, side, grant_id, entitlement_id, duties) ",
            grants,
            |row| known,
            row.side.as_str(),
            row.grant.0,
            row.entitlement.0,
            row.duties.as_str()
            => " ON CONFLICT (conflict_id, side, grant_id) DO NOTHING"
        );
        Ok(())
    }

    /// The conflicts of a campaign that a grant stands in, by rule.
    pub async fn conflicts_of_grant(&mut self, campaign: CampaignId, grant: GrantId) -> Result<Vec<Conflict>> {
        let rows = fetch_all!(
            self,
            ConflictRow,
            conflicts!(
                "WHERE c.campaign_id = $1 AND EXISTS (SELECT 1 FROM conflict_grants g WHERE g.conflict_id = c.id AND g.grant_id = $2) ORDER BY c.rule"
            ),
            campaign.0,
            grant.0,
        )?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Waits until nobody else answers an item of these conflicts. Held until this transaction ends.
    pub async fn hold_conflicts(&mut self, campaign: CampaignId, grant: GrantId) -> Result<()> {
        if self.is_postgres() {
            fetch_all!(
                self,
                (i64,),
                "SELECT found_at FROM conflicts WHERE campaign_id = $1 AND id IN (SELECT conflict_id FROM conflict_grants WHERE grant_id = $2) ORDER BY id FOR UPDATE",
                campaign.0,
                grant.0,
            )?;
        }
        Ok(())
    }

    /// One conflict.
    pub async fn conflict(&mut self, id: ConflictId) -> Result<Option<Conflict>> {
        Ok(fetch_optional!(self, ConflictRow, conflicts!("WHERE c.id = $1"), id.0)?.map(Into::into))
    }

    /// The grants of a conflict, the first side first.
    pub async fn conflict_grants(&mut self, conflict: ConflictId) -> Result<Vec<ConflictGrant>> {
        let rows = fetch_all!(
            self,
            (String, Uuid, Uuid, String),
            "SELECT side, grant_id, entitlement_id, duties FROM conflict_grants WHERE conflict_id = $1 ORDER BY side, grant_id",
            conflict.0,
        )?;
        Ok(rows
            .into_iter()
            .map(|(side, grant, entitlement, duties)| ConflictGrant { side, grant: grant.into(), entitlement: entitlement.into(), duties })
            .collect())
    }

    /// How the grants of a conflict stand within its campaign.
    pub async fn standings(&mut self, conflict: ConflictId) -> Result<BTreeMap<GrantId, GrantStanding>> {
        let rows: Vec<(Uuid, Option<i64>, Option<Uuid>, Option<String>, Option<String>)> = fetch_all!(
            self,
            (Uuid, Option<i64>, Option<Uuid>, Option<String>, Option<String>),
            "SELECT g.id, g.valid_until, i.id, i.state, d.answer FROM conflict_grants x JOIN conflicts c ON c.id = x.conflict_id JOIN grants g ON g.id = x.grant_id LEFT JOIN items i ON i.campaign_id = c.campaign_id AND i.grant_id = g.id LEFT JOIN decisions d ON d.id = i.decision_id WHERE x.conflict_id = $1 ORDER BY g.id, i.seat DESC",
            conflict.0,
        )?;
        let mut standings = BTreeMap::new();
        for (grant, valid_until, item, state, answer) in rows {
            let standing = GrantStanding {
                grant: grant.into(),
                gone: valid_until.is_some(),
                item: item.map(Into::into),
                state: state.map(|state| word("items", "state", grant, &state)).transpose()?,
                answer: answer.map(|answer| word("decisions", "answer", grant, &answer)).transpose()?,
            };
            standings.insert(standing.grant, standing);
        }
        Ok(standings)
    }

    /// Adds a mitigating control.
    pub async fn insert_mitigation(&mut self, new: &Mitigation) -> Result<()> {
        exec!(
            self,
            "INSERT INTO mitigations (id, identity_id, rule, control, conflict_id, item_id, owner_id, until, proposed_by, proposed_at, state, settled_by, settled_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            new.id.0,
            new.identity.0,
            &new.rule,
            &new.control,
            new.conflict.0,
            new.item.0,
            new.owner.0,
            new.until.0,
            new.proposed_by.0,
            new.proposed_at.0,
            &new.state,
            new.settled_by.map(|id| id.0),
            new.settled_at.map(Timestamp::micros),
        )?;
        Ok(())
    }

    /// One control.
    pub async fn mitigation(&mut self, id: MitigationId) -> Result<Option<Mitigation>> {
        Ok(fetch_optional!(self, MitigationRow, mitigations!("WHERE id = $1"), id.0)?.map(Into::into))
    }

    /// The controls for a person and a rule, the newest first.
    pub async fn mitigations_of(&mut self, identity: IdentityId, rule: &str) -> Result<Vec<Mitigation>> {
        let rows = fetch_all!(
            self,
            MitigationRow,
            mitigations!("WHERE identity_id = $1 AND rule = $2 ORDER BY id DESC LIMIT 50"),
            identity.0,
            rule
        )?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// A page of controls, the newest first, those made before `before`; of one owner, or of all.
    pub async fn mitigations(&mut self, owner: Option<IdentityId>, before: Option<MitigationId>, limit: i64) -> Result<Vec<Mitigation>> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let rows = match owner {
            Some(owner) => fetch_all!(
                self,
                MitigationRow,
                mitigations!("WHERE owner_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
                owner.0,
                before,
                limit
            ),
            None => fetch_all!(self, MitigationRow, mitigations!("WHERE id < $1 ORDER BY id DESC LIMIT $2"), before, limit),
        }?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// How many controls wait for a person to accept them.
    pub async fn count_mitigations_waiting(&mut self, owner: IdentityId) -> Result<i64> {
        let (count,): (i64,) =
            fetch_one!(self, (i64,), "SELECT COUNT(*) FROM mitigations WHERE owner_id = $1 AND state = 'proposed'", owner.0)?;
        Ok(count)
    }

    /// Accepts or refuses a control. False where somebody did before.
    pub async fn settle_mitigation(&mut self, id: MitigationId, state: &str, by: UserId, at: Timestamp) -> Result<bool> {
        let rows = exec!(
            self,
            "UPDATE mitigations SET state = $2, settled_by = $3, settled_at = $4 WHERE id = $1 AND state = 'proposed'",
            id.0,
            state,
            by.0,
            at.0,
        )?;
        Ok(rows == 1)
    }
}
