//! What else a removal would end (rule 17).

use crate::{Error, Result, Tx, decisions::word, macros::fetch_all};
use domain::{AccountId, Answer, CampaignId, EntitlementId, GrantId, GrantPath, IdentityId, ItemId, ReviewState, SourceId};
use uuid::Uuid;

/// A grant that an account holds through the same path as another, and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamePath {
    /// The grant.
    pub grant: GrantId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// Its item in the campaign; `None` where the campaign does not ask about it.
    pub item: Option<ItemId>,
    /// Where the item stands.
    pub state: Option<ReviewState>,
    /// The answer that counts.
    pub answer: Option<Answer>,
    /// Who gave it; `None` also where a default did.
    pub reviewer: Option<IdentityId>,
    /// Who is asked about it now; `None` where nobody is.
    pub asked: Option<IdentityId>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    entitlement_id: Uuid,
    item_id: Option<Uuid>,
    state: Option<String>,
    answer: Option<String>,
    reviewer_id: Option<Uuid>,
    asked_id: Option<Uuid>,
}

impl TryFrom<Row> for SamePath {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            grant: row.id.into(),
            entitlement: row.entitlement_id.into(),
            item: row.item_id.map(Into::into),
            state: row.state.map(|s| word("items", "state", row.id, &s)).transpose()?,
            answer: row.answer.map(|a| word("decisions", "answer", row.id, &a)).transpose()?,
            reviewer: row.reviewer_id.map(Into::into),
            asked: row.asked_id.map(Into::into),
        })
    }
}

impl Tx {
    /// What an account holds only because it is in a group: the grants by a path that leads through the membership
    /// `membership` (an entitlement's id in its source), and what the campaign decided about each.
    pub async fn follows_from(
        &mut self,
        source: SourceId,
        account: AccountId,
        membership: &str,
        campaign: CampaignId,
    ) -> Result<Vec<SamePath>> {
        // Compared as text, letter by letter: what a source calls its groups may hold any sign.
        let through = GrantPath::Group(membership.to_owned()).to_string();
        let within = format!("nested:{membership}>");
        let length = i32::try_from(within.chars().count()).unwrap_or(i32::MAX);
        fetch_all!(
            self,
            Row,
            "SELECT g.id, g.entitlement_id, i.id AS item_id, i.state, d.answer, d.reviewer_id, i.reviewer_id AS asked_id FROM grants g LEFT JOIN items i ON i.grant_id = g.id AND i.campaign_id = $3 AND i.seat < 2 LEFT JOIN decisions d ON d.id = i.decision_id WHERE g.account_id = $2 AND g.source_id = $1 AND (g.path = $4 OR SUBSTR(g.path, 1, $6) = $5) AND g.valid_until IS NULL ORDER BY g.id",
            source.0,
            account.0,
            campaign.0,
            through,
            within,
            length,
        )?
        .into_iter()
        .map(SamePath::try_from)
        .collect()
    }

    /// The membership itself through which an account holds something: its direct grant of the entitlement that its source
    /// calls `membership`.
    pub async fn membership(
        &mut self,
        source: SourceId,
        account: AccountId,
        membership: &str,
        campaign: CampaignId,
    ) -> Result<Vec<SamePath>> {
        fetch_all!(
            self,
            Row,
            "SELECT g.id, g.entitlement_id, i.id AS item_id, i.state, d.answer, d.reviewer_id, i.reviewer_id AS asked_id FROM grants g JOIN entitlements e ON e.id = g.entitlement_id AND e.external_id = $4 LEFT JOIN items i ON i.grant_id = g.id AND i.campaign_id = $3 AND i.seat < 2 LEFT JOIN decisions d ON d.id = i.decision_id WHERE g.account_id = $2 AND g.source_id = $1 AND g.path = 'direct' AND g.valid_until IS NULL ORDER BY g.id",
            source.0,
            account.0,
            campaign.0,
            membership,
        )?
        .into_iter()
        .map(SamePath::try_from)
        .collect()
    }

    /// The other grants that an account holds now in a source through this very path, and what the campaign decided about each.
    pub async fn same_path(
        &mut self,
        source: SourceId,
        account: AccountId,
        path: &GrantPath,
        except: GrantId,
        campaign: CampaignId,
    ) -> Result<Vec<SamePath>> {
        fetch_all!(
            self,
            Row,
            "SELECT g.id, g.entitlement_id, i.id AS item_id, i.state, d.answer, d.reviewer_id, i.reviewer_id AS asked_id FROM grants g LEFT JOIN items i ON i.grant_id = g.id AND i.campaign_id = $5 AND i.seat < 2 LEFT JOIN decisions d ON d.id = i.decision_id WHERE g.account_id = $2 AND g.source_id = $1 AND g.path = $3 AND g.valid_until IS NULL AND g.id <> $4 ORDER BY g.id",
            source.0,
            account.0,
            path.to_string(),
            except.0,
            campaign.0,
        )?
        .into_iter()
        .map(SamePath::try_from)
        .collect()
    }
}
