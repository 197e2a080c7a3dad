//! Closing a campaign.

use super::word;
use crate::{
    Error, Result, Tx,
    macros::{exec, fetch_all, fetch_optional},
};
use domain::{CampaignId, CampaignState, ReviewState, Timestamp, UserId};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What closing needs to know of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingCampaign {
    /// Its id.
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: CampaignState,
    /// Whose it is.
    pub owner: UserId,
    /// The policy at opening, as JSON.
    pub policy: String,
    /// Its time zone.
    pub time_zone: String,
    /// Grows with each change.
    pub version: i64,
    /// Who confirmed the closing.
    pub closing_by: Option<UserId>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    state: String,
    owner_id: Uuid,
    policy: String,
    time_zone: String,
    version: i64,
    closing_by: Option<Uuid>,
}

impl TryFrom<Row> for ClosingCampaign {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            state: word("campaigns", "state", row.id, &row.state)?,
            owner: row.owner_id.into(),
            policy: row.policy,
            time_zone: row.time_zone,
            version: row.version,
            closing_by: row.closing_by.map(Into::into),
        })
    }
}

impl Tx {
    /// A campaign, as closing needs it.
    pub async fn closing_campaign(&mut self, id: CampaignId) -> Result<Option<ClosingCampaign>> {
        fetch_optional!(
            self,
            Row,
            "SELECT id, name, state, owner_id, policy, time_zone, version, closing_by FROM campaigns WHERE id = $1",
            id.0
        )?
        .map(ClosingCampaign::try_from)
        .transpose()
    }

    /// Campaigns whose closing was confirmed and is not finished.
    pub async fn campaigns_in_closing(&mut self) -> Result<Vec<CampaignId>> {
        let rows: Vec<(Uuid,)> = fetch_all!(self, (Uuid,), "SELECT id FROM campaigns WHERE state = 'closing' ORDER BY id")?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// Records that closing was confirmed. False where the campaign is not open in this version.
    pub async fn set_campaign_closing(&mut self, id: CampaignId, version: i64, at: Timestamp, by: UserId) -> Result<bool> {
        let rows = exec!(
            self,
            "UPDATE campaigns SET state = 'closing', closing_at = $3, closing_by = $4, version = version + 1 WHERE id = $1 AND version = $2 AND state = 'open'",
            id.0,
            version,
            at.0,
            by.0,
        )?;
        Ok(rows == 1)
    }

    /// Records that a campaign is over. False where it was not closing.
    pub async fn set_campaign_closed(&mut self, id: CampaignId, at: Timestamp) -> Result<bool> {
        let rows = exec!(
            self,
            "UPDATE campaigns SET state = 'closed', closed_at = $2, version = version + 1 WHERE id = $1 AND state = 'closing'",
            id.0,
            at.0,
        )?;
        Ok(rows == 1)
    }

    /// Leaves as exceptions the items of a campaign that are in `state`, are numbered up to `last` and still held: two
    /// steps at once, unanswered and excepted. Returns how many. The caller holds the campaign still.
    pub async fn except_items(&mut self, id: CampaignId, state: ReviewState, last: i64, at: Timestamp) -> Result<u64> {
        exec!(
            self,
            "UPDATE items SET state = 'excepted', version = version + 2, changed_at = $4 WHERE campaign_id = $1 AND state = $2 AND number <= $3 AND EXISTS (SELECT 1 FROM grants g WHERE g.id = items.grant_id AND g.valid_until IS NULL)",
            id.0,
            state.as_str(),
            last,
            at.0,
        )
    }

    /// How many items of a campaign are in each state; states with none are left out.
    pub async fn closing_counts(&mut self, campaign: CampaignId) -> Result<BTreeMap<ReviewState, i64>> {
        let rows: Vec<(String, i64)> =
            fetch_all!(self, (String, i64), "SELECT state, COUNT(*) FROM items WHERE campaign_id = $1 GROUP BY state", campaign.0)?;
        rows.into_iter().map(|(state, count)| Ok((word("items", "state", campaign.0, &state)?, count))).collect()
    }
}
