//! Conflicts that a campaign found, their grants, and how these stand.

use crate::{
    Result, Tx,
    decisions::word,
    macros::{exec, fetch_all, fetch_one, fetch_optional, insert_many},
};
use domain::{Answer, CampaignId, ConflictId, EntitlementId, GrantId, IdentityId, ItemId, ReviewState, Timestamp};
use std::collections::BTreeMap;
use uuid::Uuid;

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

macro_rules! conflicts {
    ($rest:literal) => {
        concat!("SELECT c.id, c.campaign_id, c.identity_id, c.rule, c.number, c.severity, c.body, c.cheaper, c.ways, c.found_at FROM conflicts c ", $rest)
    };
}

impl Tx {
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

    /// Every grant that an open campaign asks about, with who holds it.
    pub async fn grants_asked_openly(&mut self) -> Result<Vec<(CampaignId, IdentityId, GrantId)>> {
        let rows = fetch_all!(
            self,
            (Uuid, Uuid, Uuid),
            "SELECT DISTINCT i.campaign_id, a.identity_id, i.grant_id FROM items i JOIN campaigns c ON c.id = i.campaign_id JOIN accounts a ON a.id = i.account_id WHERE c.state = 'open' ORDER BY i.campaign_id, i.grant_id"
        )?;
        Ok(rows.into_iter().map(|(campaign, holder, grant)| (campaign.into(), holder.into(), grant.into())).collect())
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
}
