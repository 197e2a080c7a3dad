//! Campaigns that a platform runs: their reference, their items' ids there, what could not be matched.

mod links;
mod overruled;
mod sendings;

pub use links::{Link, LinkOf};
pub use overruled::{Overruled, OverruledOf};
pub use sendings::{Sending, SendingWith};

use crate::{
    Result, Tx,
    macros::{exec, fetch_all, fetch_optional, insert_many},
};
use domain::{CampaignId, GrantId, ItemId, SourceId, Timestamp};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Which campaign of a platform one of ours follows, and how it stood there when it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeCampaignRow {
    /// Our campaign.
    pub campaign: CampaignId,
    /// The source whose platform runs it.
    pub source: SourceId,
    /// The platform's id of the campaign, or of the definition.
    pub native_campaign: String,
    /// The platform's id of the run; empty where it has none.
    pub native_run: String,
    /// The platform's own settings at opening, as JSON.
    pub settings: String,
    /// The owner chose before opening that the service app answers (rule 11).
    pub by_service: bool,
    /// Where it stands there: `not_started`, `open`, `closed` or `unknown`.
    pub state: String,
    /// When it ends there.
    pub ends_at: Option<Timestamp>,
    /// When it was last read.
    pub read_at: Timestamp,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    campaign_id: Uuid,
    source_id: Uuid,
    native_campaign: String,
    native_run: String,
    settings: String,
    by_service: i64,
    state: String,
    ends_at: Option<i64>,
    read_at: i64,
}

impl From<Row> for NativeCampaignRow {
    fn from(row: Row) -> Self {
        Self {
            campaign: row.campaign_id.into(),
            source: row.source_id.into(),
            native_campaign: row.native_campaign,
            native_run: row.native_run,
            settings: row.settings,
            by_service: row.by_service == 1,
            state: row.state,
            ends_at: row.ends_at.map(Timestamp),
            read_at: Timestamp(row.read_at),
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT n.campaign_id, n.source_id, n.native_campaign, n.native_run, n.settings, n.by_service, n.state, n.ends_at, n.read_at ",
            "FROM native_campaigns n ",
            $rest
        )
    };
}

/// An item's place on its platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeItemRow {
    /// The item.
    pub item: ItemId,
    /// The platform's id of it.
    pub native_id: String,
}

/// A question of the platform that became no item here.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Unmatched {
    /// The platform's id of it.
    pub native_id: String,
    /// The account that it is about, by the platform's id.
    pub account: String,
    /// What it asks about, in the platform's ids.
    pub what: String,
    /// Why it became no item, as a word.
    pub reason: String,
}

impl Tx {
    /// Adds a platform's campaign that one of ours follows. A platform's campaign is followed once.
    pub async fn insert_native_campaign(&mut self, row: &NativeCampaignRow) -> Result<()> {
        exec!(
            self,
            "INSERT INTO native_campaigns (campaign_id, source_id, native_campaign, native_run, settings, by_service, state, ends_at, read_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            row.campaign.0,
            row.source.0,
            &row.native_campaign,
            &row.native_run,
            &row.settings,
            i64::from(row.by_service),
            &row.state,
            row.ends_at.map(|t| t.0),
            row.read_at.0,
        )?;
        Ok(())
    }

    /// Adds the platform's ids of a campaign's items, and every grant that each covers.
    pub async fn insert_native_items(&mut self, campaign: CampaignId, items: &[(ItemId, String, Vec<GrantId>)]) -> Result<()> {
        insert_many!(self, "INSERT INTO native_items (item_id, campaign_id, native_id) ", items, |row| row.0.0, campaign.0, row.1.clone());
        let grants: Vec<(ItemId, GrantId)> =
            items.iter().flat_map(|(item, _, grants)| grants.iter().map(|grant| (*item, *grant))).collect();
        insert_many!(self, "INSERT INTO native_item_grants (item_id, grant_id) ", &grants, |row| row.0.0, row.1.0);
        Ok(())
    }

    /// Adds the platform's questions that became no item.
    pub async fn insert_native_unmatched(&mut self, campaign: CampaignId, rows: &[Unmatched]) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO native_unmatched (campaign_id, native_id, account, what, reason) ",
            rows,
            |row| campaign.0,
            row.native_id.clone(),
            row.account.clone(),
            row.what.clone(),
            row.reason.clone()
        );
        Ok(())
    }

    /// The platform's campaign that one of ours follows; `None` where it is our own.
    pub async fn native_campaign(&mut self, campaign: CampaignId) -> Result<Option<NativeCampaignRow>> {
        Ok(fetch_optional!(self, Row, select!("WHERE n.campaign_id = $1"), campaign.0)?.map(Into::into))
    }

    /// The campaigns of a source's platform that are followed here, by ours.
    pub async fn native_campaigns_of(&mut self, source: SourceId) -> Result<Vec<NativeCampaignRow>> {
        let rows = fetch_all!(self, Row, select!("WHERE n.source_id = $1 ORDER BY n.campaign_id"), source.0)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Campaigns of platforms that are to be read back: not known to be over there, and last read before `before`; the
    /// longest unread first.
    pub async fn native_campaigns_to_read(&mut self, before: Timestamp, ended_after: Timestamp, limit: i64) -> Result<Vec<CampaignId>> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT n.campaign_id FROM native_campaigns n WHERE n.read_at < $1 AND (n.state <> 'closed' OR (n.ends_at > $2 AND EXISTS (SELECT 1 FROM orders o WHERE o.campaign_id = n.campaign_id AND o.state = 'sent'))) ORDER BY n.read_at, n.campaign_id LIMIT $3",
            before.0,
            ended_after.0,
            limit
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// Notes how a platform's campaign stood when it was read.
    pub async fn set_native_read(&mut self, campaign: CampaignId, state: &str, ends_at: Option<Timestamp>, at: Timestamp) -> Result<()> {
        exec!(
            self,
            "UPDATE native_campaigns SET state = $2, ends_at = $3, read_at = $4 WHERE campaign_id = $1",
            campaign.0,
            state,
            ends_at.map(|t| t.0),
            at.0
        )?;
        Ok(())
    }

    /// Moves a campaign's due date to where its platform moved the end.
    pub async fn set_campaign_due(&mut self, campaign: CampaignId, due_at: Timestamp) -> Result<()> {
        exec!(self, "UPDATE campaigns SET due_at = $2 WHERE id = $1", campaign.0, due_at.0)?;
        Ok(())
    }

    /// The platform's id of an item; `None` where it is not a platform's.
    pub async fn native_item(&mut self, item: ItemId) -> Result<Option<String>> {
        let row = fetch_optional!(self, (String,), "SELECT native_id FROM native_items WHERE item_id = $1", item.0)?;
        Ok(row.map(|(id,)| id))
    }

    /// Every item of a campaign with the platform's id of it, by that id.
    pub async fn native_items(&mut self, campaign: CampaignId) -> Result<BTreeMap<String, ItemId>> {
        let rows = fetch_all!(self, (String, Uuid), "SELECT native_id, item_id FROM native_items WHERE campaign_id = $1", campaign.0)?;
        Ok(rows.into_iter().map(|(native, item)| (native, item.into())).collect())
    }

    /// Every grant that an answer to an item covers on its platform, by id. Empty where it is not a platform's.
    pub async fn native_grants(&mut self, item: ItemId) -> Result<Vec<GrantId>> {
        let rows = fetch_all!(self, (Uuid,), "SELECT grant_id FROM native_item_grants WHERE item_id = $1 ORDER BY grant_id", item.0)?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// A page of the platform's questions that became no item, by the platform's id, after `after`.
    pub async fn native_unmatched(&mut self, campaign: CampaignId, after: &str, limit: i64) -> Result<Vec<Unmatched>> {
        fetch_all!(
            self,
            Unmatched,
            "SELECT native_id, account, what, reason FROM native_unmatched WHERE campaign_id = $1 AND native_id > $2 ORDER BY native_id LIMIT $3",
            campaign.0,
            after,
            limit
        )
    }

    /// How many of the platform's questions became no item, by reason.
    pub async fn native_unmatched_counts(&mut self, campaign: CampaignId) -> Result<BTreeMap<String, i64>> {
        let rows = fetch_all!(
            self,
            (String, i64),
            "SELECT reason, COUNT(*) FROM native_unmatched WHERE campaign_id = $1 GROUP BY reason",
            campaign.0
        )?;
        Ok(rows.into_iter().collect())
    }
}
