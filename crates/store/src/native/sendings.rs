//! Answers on their way to the platform that runs the campaign.

use crate::{
    Error, Result, Tx,
    decisions::word,
    macros::{exec, fetch_all, fetch_optional},
};
use domain::{Answer, CampaignId, DecisionId, DecisionOrigin, ItemId, OrderState, SendingState, SourceId, Timestamp, UserId};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An answer on its way to the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// The decision that is sent.
    pub decision: DecisionId,
    /// Its campaign.
    pub campaign: CampaignId,
    /// Its item.
    pub item: ItemId,
    /// Whose sign-in it takes; `None` where the service app sends it.
    pub user: Option<UserId>,
    /// Where it stands.
    pub state: SendingState,
    /// The note that goes with it.
    pub note: String,
    /// The note of an answer of ours that it takes the place of.
    pub replaces: Option<String>,
    /// Why it was refused, or what stands there instead.
    pub remark: Option<String>,
    /// When the platform took it.
    pub sent_at: Option<Timestamp>,
    /// When it last moved.
    pub changed_at: Timestamp,
    /// Grows by one with each step.
    pub version: i64,
}

/// A sending that is to leave, with what sending needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendingWith {
    /// The sending.
    pub sending: Sending,
    /// The platform's id of the item.
    pub native_id: String,
    /// The answer.
    pub answer: Answer,
    /// Where the removal that it orders stands; `None` where it orders none.
    pub order: Option<OrderState>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    decision_id: Uuid,
    campaign_id: Uuid,
    item_id: Uuid,
    user_id: Option<Uuid>,
    state: String,
    note: String,
    replaces: Option<String>,
    remark: Option<String>,
    sent_at: Option<i64>,
    changed_at: i64,
    version: i64,
}

impl TryFrom<Row> for Sending {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            decision: row.decision_id.into(),
            campaign: row.campaign_id.into(),
            item: row.item_id.into(),
            user: row.user_id.map(Into::into),
            state: word("sendings", "state", row.decision_id, &row.state)?,
            note: row.note,
            replaces: row.replaces,
            remark: row.remark,
            sent_at: row.sent_at.map(Timestamp),
            changed_at: Timestamp(row.changed_at),
            version: row.version,
        })
    }
}

#[derive(sqlx_macros::FromRow)]
struct WithRow {
    #[sqlx(flatten)]
    sending: Row,
    native_id: String,
    answer: String,
    order_state: Option<String>,
}

macro_rules! columns {
    () => {
        "s.decision_id, s.campaign_id, s.item_id, s.user_id, s.state, s.note, s.replaces, s.remark, s.sent_at, s.changed_at, s.version"
    };
}

fn all(rows: Vec<Row>) -> Result<Vec<Sending>> {
    rows.into_iter().map(Sending::try_from).collect()
}

impl Tx {
    /// Adds an answer that is to go to the platform.
    pub async fn insert_sending(&mut self, sending: &Sending) -> Result<()> {
        exec!(
            self,
            "INSERT INTO sendings (decision_id, campaign_id, item_id, user_id, state, note, replaces, remark, sent_at, changed_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            sending.decision.0,
            sending.campaign.0,
            sending.item.0,
            sending.user.map(|id| id.0),
            sending.state.as_str(),
            sending.note.as_str(),
            sending.replaces.as_deref(),
            sending.remark.as_deref(),
            sending.sent_at.map(|t| t.0),
            sending.changed_at.0,
            sending.version,
        )?;
        Ok(())
    }

    /// Takes a step from `before` to `after`, whose version is one more. False where it moved on since `before` was read.
    pub async fn step_sending(&mut self, before: &Sending, after: &Sending) -> Result<bool> {
        let rows = exec!(
            self,
            "UPDATE sendings SET state = $3, remark = $4, sent_at = $5, changed_at = $6, version = $7 WHERE decision_id = $1 AND version = $2",
            before.decision.0,
            before.version,
            after.state.as_str(),
            after.remark.as_deref(),
            after.sent_at.map(|t| t.0),
            after.changed_at.0,
            after.version,
        )?;
        Ok(rows == 1)
    }

    /// The sending of a decision; `None` where it goes to no platform.
    pub async fn sending(&mut self, decision: DecisionId) -> Result<Option<Sending>> {
        let sql = concat!("SELECT ", columns!(), " FROM sendings s WHERE s.decision_id = $1");
        fetch_optional!(self, Row, sql, decision.0)?.map(Sending::try_from).transpose()
    }

    /// The sendings of every answer that an item ever got, the first first.
    pub async fn sendings_of_item(&mut self, item: ItemId) -> Result<Vec<Sending>> {
        let sql = concat!("SELECT ", columns!(), " FROM sendings s WHERE s.item_id = $1 ORDER BY s.decision_id");
        all(fetch_all!(self, Row, sql, item.0)?)
    }

    /// Sendings of a campaign in one state, by decision.
    pub async fn sendings_in_state(
        &mut self,
        campaign: CampaignId,
        state: SendingState,
        after: Option<DecisionId>,
        limit: i64,
    ) -> Result<Vec<Sending>> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM sendings s WHERE s.campaign_id = $1 AND s.state = $2 AND s.decision_id > $3 ORDER BY s.decision_id LIMIT $4"
        );
        let after = after.map_or(Uuid::nil(), |id| id.0);
        all(fetch_all!(self, Row, sql, campaign.0, state.as_str(), after, limit)?)
    }

    /// Final answers of a campaign that the platform does not have yet, by decision, each with where its removal stands.
    pub async fn sendings_to_leave(&mut self, campaign: CampaignId, after: Option<DecisionId>, limit: i64) -> Result<Vec<SendingWith>> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            ", n.native_id, d.answer, (SELECT o.state FROM orders o WHERE o.decision_id = s.decision_id AND o.state <> 'withdrawn') AS order_state ",
            "FROM sendings s JOIN decisions d ON d.id = s.decision_id JOIN native_items n ON n.item_id = s.item_id ",
            // Of several final answers, the one that counts.
            "JOIN items i ON i.id = s.item_id AND i.decision_id = s.decision_id WHERE s.campaign_id = $1 AND s.state IN ('staged', 'waiting_for_sign_in', 'unknown') AND d.finalised_at IS NOT NULL AND d.undone_at IS NULL ",
            "AND s.decision_id > $2 ORDER BY s.decision_id LIMIT $3"
        );
        let after = after.map_or(Uuid::nil(), |id| id.0);
        fetch_all!(self, WithRow, sql, campaign.0, after, limit)?
            .into_iter()
            .map(|row| {
                let decision = row.sending.decision_id;
                Ok(SendingWith {
                    sending: row.sending.try_into()?,
                    native_id: row.native_id,
                    answer: word("decisions", "answer", decision, &row.answer)?,
                    order: row.order_state.map(|state| word("orders", "state", decision, &state)).transpose()?,
                })
            })
            .collect()
    }

    /// Campaigns that have something to send now: final answers whose removal, if they order one, may leave and whose reviewer
    /// is linked until after `now`, or was not looked for yet; and orders that were taken for an answer that is there already, or
    /// was lost on its way.
    pub async fn campaigns_with_sendings(&mut self, now: Timestamp) -> Result<Vec<CampaignId>> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            concat!(
                "SELECT DISTINCT s.campaign_id FROM sendings s JOIN decisions d ON d.id = s.decision_id ",
                "JOIN items i ON i.id = s.item_id AND i.decision_id = s.decision_id ",
                "LEFT JOIN orders o ON o.decision_id = s.decision_id AND o.state <> 'withdrawn' ",
                "WHERE d.finalised_at IS NOT NULL AND d.undone_at IS NULL AND (",
                "(s.state IN ('sent', 'stands', 'unknown') AND o.state = 'claimed') OR ",
                "((o.id IS NULL OR o.state IN ('claimed', 'cannot_be_removed_here', 'proven')) AND (s.state = 'staged' OR ",
                "(s.state = 'waiting_for_sign_in' AND EXISTS (SELECT 1 FROM reviewer_links l JOIN native_campaigns n ON n.source_id = l.source_id ",
                "WHERE n.campaign_id = s.campaign_id AND l.user_id = s.user_id AND (l.renewable = 1 OR l.ends_at > $1)))))) ORDER BY s.campaign_id"
            ),
            now.0
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// Decisions of a campaign whose order a worker has taken, and which the platform has already.
    pub async fn claimed_orders_already_sent(&mut self, campaign: CampaignId) -> Result<Vec<DecisionId>> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT s.decision_id FROM sendings s JOIN orders o ON o.decision_id = s.decision_id AND o.state = 'claimed' WHERE s.campaign_id = $1 AND s.state IN ('sent', 'stands') ORDER BY s.decision_id",
            campaign.0
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// How many sendings of a campaign are in each state; states with none are left out.
    pub async fn sending_counts(&mut self, campaign: CampaignId) -> Result<BTreeMap<SendingState, i64>> {
        fetch_all!(self, (String, i64), "SELECT state, COUNT(*) FROM sendings WHERE campaign_id = $1 GROUP BY state", campaign.0)?
            .into_iter()
            .map(|(state, count)| Ok((word("sendings", "state", campaign.0, &state)?, count)))
            .collect()
    }

    /// Whose sign-in answers of a campaign wait for, by name, and how many: those that found none when they were to leave, and
    /// those whose removal waits for it.
    pub async fn sendings_waiting_for(&mut self, campaign: CampaignId) -> Result<Vec<(String, i64)>> {
        fetch_all!(
            self,
            (String, i64),
            "SELECT u.name, COUNT(*) FROM sendings s JOIN users u ON u.id = s.user_id LEFT JOIN orders o ON o.decision_id = s.decision_id AND o.state = 'waiting_for_sign_in' WHERE s.campaign_id = $1 AND (s.state = 'waiting_for_sign_in' OR (s.state = 'staged' AND o.id IS NOT NULL)) GROUP BY u.id, u.name ORDER BY u.name, u.id",
            campaign.0
        )
    }

    /// How many items of a campaign have an answer that came about in this way.
    pub async fn answers_of_origin(&mut self, campaign: CampaignId, origin: DecisionOrigin) -> Result<i64> {
        let rows = fetch_all!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM items i JOIN decisions d ON d.id = i.decision_id WHERE i.campaign_id = $1 AND d.origin = $2",
            campaign.0,
            origin.as_str()
        )?;
        Ok(rows.first().map_or(0, |(items,)| *items))
    }

    /// How many answers of a person wait for their sign-in, or will once they are final, by source.
    pub async fn sendings_of_user(&mut self, user: UserId) -> Result<BTreeMap<SourceId, i64>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64),
            "SELECT n.source_id, COUNT(*) FROM sendings s JOIN native_campaigns n ON n.campaign_id = s.campaign_id WHERE s.user_id = $1 AND s.state IN ('staged', 'waiting_for_sign_in') GROUP BY n.source_id",
            user.0
        )?;
        Ok(rows.into_iter().map(|(source, count)| (source.into(), count)).collect())
    }
}
