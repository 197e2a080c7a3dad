//! Decisions, and what deciding needs to know and to change.

mod closing;
mod earlier;
mod handovers;
mod item;
mod people;

pub use closing::ClosingCampaign;
pub use earlier::Earlier;
pub use handovers::{Handover, HandoverKind};
pub use item::{ItemStep, ReviewItem};
pub use people::Candidate;

use crate::{
    Error, Result, Tx,
    macros::{ROWS_PER_INSERT, exec, fetch_all, fetch_one, fetch_optional, on},
};
use domain::{
    Answer, AttemptId, CampaignId, DecisionId, DecisionOrigin, IdentityId, ItemId, RecommendationId, RevokeWhy, Timestamp, UserId,
};
use uuid::Uuid;

/// Parses a word of a closed list that stands in the database.
pub(crate) fn word<T>(table: &'static str, column: &'static str, row: Uuid, text: &str) -> Result<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|why: T::Err| Error::inconsistent(table, column, row, why))
}

/// One answer to an item. Only `finalised_at` and `undone_at` are ever set later, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The item.
    pub item: ItemId,
    /// 1 for the first stage.
    pub stage: i64,
    /// Who answered; `None` where the campaign's default or the platform did.
    pub reviewer: Option<IdentityId>,
    /// Who answered, as they sign in.
    pub user: Option<UserId>,
    /// 1, 2, 3 … within item and stage.
    pub version: i64,
    /// The answer.
    pub answer: Answer,
    /// Why, of a Revoke.
    pub why: Option<RevokeWhy>,
    /// How it came about.
    pub origin: DecisionOrigin,
    /// The recommendation that was in view.
    pub recommendation: Option<RecommendationId>,
    /// Whether it agrees with the recommendation; `None` where neither can be said (rule 32).
    pub agreed: Option<bool>,
    /// Digest of what the reviewer was shown.
    pub shown: Option<[u8; 32]>,
    /// True where the source could not be read afresh (rule 4).
    pub on_old_data: bool,
    /// When it was given.
    pub decided_at: Timestamp,
    /// When it becomes final, unless it is undone before.
    pub final_at: Timestamp,
    /// When it became final.
    pub finalised_at: Option<Timestamp>,
    /// When it was taken back or replaced within its window.
    pub undone_at: Option<Timestamp>,
    /// The attempt that gave it.
    pub attempt: AttemptId,
    /// How the person had signed in, as JSON.
    pub sign_in: String,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    campaign_id: Uuid,
    item_id: Uuid,
    stage: i64,
    reviewer_id: Option<Uuid>,
    user_id: Option<Uuid>,
    version: i64,
    answer: String,
    why: Option<String>,
    origin: String,
    recommendation_id: Option<Uuid>,
    agreed: Option<i64>,
    shown: Option<Vec<u8>>,
    on_old_data: i64,
    decided_at: i64,
    final_at: i64,
    finalised_at: Option<i64>,
    undone_at: Option<i64>,
    attempt_id: Uuid,
    sign_in: String,
}

impl TryFrom<Row> for Decision {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        const TABLE: &str = "decisions";
        let shown = row.shown.map(<[u8; 32]>::try_from).transpose();
        Ok(Self {
            id: row.id.into(),
            campaign: row.campaign_id.into(),
            item: row.item_id.into(),
            stage: row.stage,
            reviewer: row.reviewer_id.map(Into::into),
            user: row.user_id.map(Into::into),
            version: row.version,
            answer: word(TABLE, "answer", row.id, &row.answer)?,
            why: row.why.map(|w| word(TABLE, "why", row.id, &w)).transpose()?,
            origin: word(TABLE, "origin", row.id, &row.origin)?,
            recommendation: row.recommendation_id.map(Into::into),
            agreed: row.agreed.map(|flag| flag == 1),
            shown: shown.map_err(|_| Error::inconsistent(TABLE, "shown", row.id, "not 32 bytes"))?,
            on_old_data: row.on_old_data == 1,
            decided_at: Timestamp(row.decided_at),
            final_at: Timestamp(row.final_at),
            finalised_at: row.finalised_at.map(Timestamp),
            undone_at: row.undone_at.map(Timestamp),
            attempt: row.attempt_id.into(),
            sign_in: row.sign_in,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.campaign_id, d.item_id, d.stage, d.reviewer_id, d.user_id, d.version, d.answer, d.why, d.origin, ",
            "d.recommendation_id, d.agreed, d.shown, d.on_old_data, d.decided_at, d.final_at, d.finalised_at, d.undone_at, ",
            "d.attempt_id, d.sign_in FROM decisions d ",
            $rest
        )
    };
}

fn all(rows: Vec<Row>) -> Result<Vec<Decision>> {
    rows.into_iter().map(Decision::try_from).collect()
}

impl Tx {
    /// Adds a decision.
    pub async fn insert_decision(&mut self, decision: &Decision) -> Result<()> {
        exec!(
            self,
            "INSERT INTO decisions (id, campaign_id, item_id, stage, reviewer_id, user_id, version, answer, why, origin, recommendation_id, agreed, shown, on_old_data, decided_at, final_at, finalised_at, undone_at, attempt_id, sign_in) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
            decision.id.0,
            decision.campaign.0,
            decision.item.0,
            decision.stage,
            decision.reviewer.map(|id| id.0),
            decision.user.map(|id| id.0),
            decision.version,
            decision.answer.as_str(),
            decision.why.map(RevokeWhy::as_str),
            decision.origin.as_str(),
            decision.recommendation.map(|id| id.0),
            decision.agreed.map(i64::from),
            decision.shown.map(|digest| digest.to_vec()),
            i64::from(decision.on_old_data),
            decision.decided_at.0,
            decision.final_at.0,
            decision.finalised_at.map(|t| t.0),
            decision.undone_at.map(|t| t.0),
            decision.attempt.0,
            decision.sign_in.as_str(),
        )?;
        Ok(())
    }

    /// One decision.
    pub async fn decision(&mut self, id: DecisionId) -> Result<Option<Decision>> {
        fetch_optional!(self, Row, select!("WHERE d.id = $1"), id.0)?.map(Decision::try_from).transpose()
    }

    /// Every answer that an item ever got, the first first. A person gives few.
    pub async fn decisions_of_item(&mut self, item: ItemId) -> Result<Vec<Decision>> {
        all(fetch_all!(self, Row, select!("WHERE d.item_id = $1 ORDER BY d.stage, d.version"), item.0)?)
    }

    /// The version of an item's newest decision in a stage; 0 where there is none.
    pub async fn last_decision_version(&mut self, item: ItemId, stage: i64) -> Result<i64> {
        let (version,): (i64,) =
            fetch_one!(self, (i64,), "SELECT COALESCE(MAX(version), 0) FROM decisions WHERE item_id = $1 AND stage = $2", item.0, stage)?;
        Ok(version)
    }

    /// The newest answer of an item that became final and still stood then.
    pub async fn last_final_decision(&mut self, item: ItemId) -> Result<Option<Decision>> {
        fetch_optional!(
            self,
            Row,
            select!("WHERE d.item_id = $1 AND d.finalised_at IS NOT NULL AND d.undone_at IS NULL ORDER BY d.version DESC LIMIT 1"),
            item.0,
        )?
        .map(Decision::try_from)
        .transpose()
    }

    /// Answers that count and whose undo window ended by `now`, the longest waiting first.
    pub async fn decisions_to_finalise(&mut self, now: Timestamp, limit: i64) -> Result<Vec<Decision>> {
        all(fetch_all!(
            self,
            Row,
            select!(
                "JOIN items i ON i.id = d.item_id AND i.decision_id = d.id AND i.state = 'staged' WHERE d.finalised_at IS NULL AND d.undone_at IS NULL AND d.final_at <= $1 ORDER BY d.final_at, d.id LIMIT $2"
            ),
            now.0,
            limit,
        )?)
    }

    /// Answers of a campaign that count and can still be undone, in the items' order.
    pub async fn staged_decisions(&mut self, campaign: CampaignId, after_number: i64, limit: i64) -> Result<Vec<Decision>> {
        all(fetch_all!(
            self,
            Row,
            select!(
                "JOIN items i ON i.id = d.item_id AND i.decision_id = d.id WHERE i.campaign_id = $1 AND i.state = 'staged' AND i.number > $2 ORDER BY i.number LIMIT $3"
            ),
            campaign.0,
            after_number,
            limit,
        )?)
    }

    /// Records that a decision was taken back or replaced within its window. False where it was no longer open.
    pub async fn set_decision_undone(&mut self, id: DecisionId, at: Timestamp) -> Result<bool> {
        let rows =
            exec!(self, "UPDATE decisions SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL AND finalised_at IS NULL", id.0, at.0)?;
        Ok(rows == 1)
    }

    /// Records that decisions became final. Returns how many of them were open; anything but all means that one was not.
    pub async fn set_decisions_finalised(&mut self, ids: &[DecisionId], at: Timestamp) -> Result<u64> {
        let mut open = 0;
        for chunk in ids.chunks(ROWS_PER_INSERT) {
            open += on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new("UPDATE decisions SET finalised_at = ");
                query.push_bind(at.0).push(" WHERE finalised_at IS NULL AND undone_at IS NULL AND id IN (");
                let mut list = query.separated(", ");
                for id in chunk {
                    list.push_bind(id.0);
                }
                query.push(")");
                query.build().execute(conn).await.map(|done| done.rows_affected())
            })
            .map_err(Error::from)?;
        }
        Ok(open)
    }
}
