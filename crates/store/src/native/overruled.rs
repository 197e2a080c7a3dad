//! Answers of ours in whose place another one stands on the platform (rule 14).

use crate::{Error, Result, Tx, decisions::word, macros::fetch_all};
use domain::{Answer, CampaignId, DecisionId, IdentityId, ItemId, Timestamp, UserId};
use uuid::Uuid;

/// Whose, or which, answers are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverruledOf {
    /// Those that this person gave here.
    Given(UserId),
    /// Those in whose place this person's answer on the platform stands, and that somebody else gave here.
    There(IdentityId),
    /// Those of a campaign.
    Campaign(CampaignId),
}

/// An answer that was given here and does not count, because of what stands on the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overruled {
    /// The campaign, which is open.
    pub campaign: CampaignId,
    /// The item.
    pub item: ItemId,
    /// The decision made here.
    pub decision: DecisionId,
    /// Who made it; `None` where nobody can be named.
    pub by: Option<IdentityId>,
    /// What it was.
    pub answer: Answer,
    /// What stands on the platform; `None` where no answer does, or none that we know.
    pub there: Option<Answer>,
    /// Who gave that, where a reading knows them.
    pub there_by: Option<IdentityId>,
    /// What became of ours, as a sentence.
    pub remark: String,
    /// Since when.
    pub at: Timestamp,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    campaign_id: Uuid,
    item_id: Uuid,
    decision_id: Uuid,
    by_id: Option<Uuid>,
    answer: String,
    there: Option<String>,
    there_by: Option<Uuid>,
    remark: Option<String>,
    changed_at: i64,
}

impl TryFrom<Row> for Overruled {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let answer = |text: &str| word("decisions", "answer", row.decision_id, text);
        Ok(Self {
            campaign: row.campaign_id.into(),
            item: row.item_id.into(),
            decision: row.decision_id.into(),
            by: row.by_id.map(Into::into),
            answer: answer(&row.answer)?,
            there: row.there.as_deref().map(answer).transpose()?,
            there_by: row.there_by.map(Into::into),
            remark: row.remark.unwrap_or_default(),
            at: Timestamp(row.changed_at),
        })
    }
}

macro_rules! overruled {
    ($which:literal) => {
        concat!(
            "SELECT s.campaign_id, s.item_id, s.decision_id, mine.reviewer_id AS by_id, mine.answer, there.answer AS there, there.reviewer_id AS there_by, s.remark, s.changed_at ",
            "FROM sendings s JOIN decisions mine ON mine.id = s.decision_id JOIN items i ON i.id = s.item_id JOIN campaigns c ON c.id = s.campaign_id ",
            "LEFT JOIN decisions there ON there.id = i.decision_id AND there.origin = 'platform' ",
            // Withdrawn with a remark: the platform asks somebody else. Without one, its own reviewer took it back.
            "WHERE c.state = 'open' AND (s.state = 'another_stands' OR (s.state = 'withdrawn' AND s.remark IS NOT NULL)) ",
            "AND NOT EXISTS (SELECT 1 FROM sendings n JOIN decisions nd ON nd.id = n.decision_id WHERE n.item_id = s.item_id AND nd.version > mine.version AND (n.state <> 'withdrawn' OR n.remark IS NOT NULL)) AND ",
            $which,
            " ORDER BY s.changed_at DESC, s.decision_id LIMIT $2"
        )
    };
}

impl Tx {
    /// Answers of open campaigns in whose place another stands on the platform, or which it asks of somebody else now, the
    /// newest first. An item that was answered here again is not among them.
    pub async fn overruled(&mut self, of: OverruledOf, limit: i64) -> Result<Vec<Overruled>> {
        let rows = match of {
            OverruledOf::Given(user) => fetch_all!(self, Row, overruled!("mine.user_id = $1"), user.0, limit)?,
            OverruledOf::There(who) => fetch_all!(
                self,
                Row,
                overruled!("there.reviewer_id = $1 AND (mine.reviewer_id IS NULL OR mine.reviewer_id <> $1)"),
                who.0,
                limit
            )?,
            OverruledOf::Campaign(campaign) => fetch_all!(self, Row, overruled!("s.campaign_id = $1"), campaign.0, limit)?,
        };
        rows.into_iter().map(Overruled::try_from).collect()
    }
}
