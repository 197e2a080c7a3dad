//! Totals of a campaign, for reports.

use crate::{
    Result, Tx,
    decisions::word,
    macros::{fetch_all, fetch_one},
};
use domain::{Answer, CampaignId, DecisionOrigin, HoldReason, ItemId, OrderState, Verdict};
use uuid::Uuid;

/// Answers of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionTotal {
    /// The answer.
    pub answer: Answer,
    /// How it came about.
    pub origin: DecisionOrigin,
    /// Whether it was taken back or replaced within its window.
    pub undone: bool,
    /// How many.
    pub decisions: i64,
}

/// An item that somebody owes an answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedItem {
    /// The source's own id of who owes it.
    pub reviewer_external: String,
    /// The item.
    pub item: ItemId,
    /// Its number within the campaign.
    pub number: i64,
    /// What is recommended.
    pub verdict: Option<Verdict>,
}

impl Tx {
    /// Removals of a campaign by state and reason for holding.
    pub async fn order_totals(&mut self, campaign: CampaignId) -> Result<Vec<(OrderState, Option<HoldReason>, i64)>> {
        let rows = fetch_all!(
            self,
            (String, Option<String>, i64),
            "SELECT state, hold_reason, COUNT(*) FROM orders WHERE campaign_id = $1 GROUP BY state, hold_reason ORDER BY state, COALESCE(hold_reason, '')",
            campaign.0,
        )?;
        rows.into_iter()
            .map(|(state, reason, orders)| {
                let reason = reason.map(|r| word("orders", "hold_reason", campaign.0, &r)).transpose()?;
                Ok((word("orders", "state", campaign.0, &state)?, reason, orders))
            })
            .collect()
    }

    /// Answers of a campaign by kind.
    pub async fn decision_totals(&mut self, campaign: CampaignId) -> Result<Vec<DecisionTotal>> {
        let rows = fetch_all!(
            self,
            (String, String, i64, i64),
            "SELECT answer, origin, CAST(CASE WHEN undone_at IS NULL THEN 0 ELSE 1 END AS BIGINT), COUNT(*) FROM decisions WHERE campaign_id = $1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            campaign.0,
        )?;
        rows.into_iter()
            .map(|(answer, origin, undone, decisions)| {
                Ok(DecisionTotal {
                    answer: word("decisions", "answer", campaign.0, &answer)?,
                    origin: word("decisions", "origin", campaign.0, &origin)?,
                    undone: undone == 1,
                    decisions,
                })
            })
            .collect()
    }

    /// Open items of a campaign with who owes the answer, by person and number.
    pub async fn owed_items(&mut self, campaign: CampaignId) -> Result<Vec<OwedItem>> {
        let rows = fetch_all!(
            self,
            (String, Uuid, i64, Option<String>),
            "SELECT a.external_id, i.id, i.number, r.verdict FROM items i JOIN accounts a ON a.identity_id = i.reviewer_id AND a.source_id = i.source_id LEFT JOIN recommendations r ON r.id = i.recommendation_id WHERE i.campaign_id = $1 AND i.state IN ('undecided', 'handed_over', 'escalated', 'second_review') ORDER BY a.external_id, i.number",
            campaign.0,
        )?;
        rows.into_iter()
            .map(|(reviewer_external, item, number, verdict)| {
                let verdict = verdict.map(|v| word("recommendations", "verdict", item, &v)).transpose()?;
                Ok(OwedItem { reviewer_external, item: item.into(), number, verdict })
            })
            .collect()
    }

    /// How many decisions, undone ones included, were made under this attempt: 0 or 1.
    pub async fn decisions_of_attempt(&mut self, attempt: domain::AttemptId) -> Result<i64> {
        let (count,) = fetch_one!(self, (i64,), "SELECT COUNT(*) FROM decisions WHERE attempt_id = $1", attempt.0)?;
        Ok(count)
    }
}
