//! Shadow mode: what people answered beside what was recommended and hidden, and the reports that owners accepted.

use crate::{
    Result, Tx,
    decisions::word,
    macros::{exec, fetch_all, fetch_optional},
};
use domain::{Answer, CampaignId, DecisionOrigin, ItemId, ReviewState, SourceId, Timestamp, UserId};
use uuid::Uuid;

/// An item of a campaign, with the answer that counts now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowItem {
    /// The item.
    pub item: ItemId,
    /// Its number within the campaign.
    pub number: i64,
    /// Where the access is held.
    pub source: SourceId,
    /// The holder's department, as the reading that the item speaks of has it.
    pub department: Option<String>,
    /// Where it stands.
    pub state: ReviewState,
    /// The answer that counts, and how it came about.
    pub answer: Option<(Answer, DecisionOrigin)>,
    /// Canonical bytes of the recommendation, where the answer is a person's Approve or Revoke given without having seen it.
    pub body: Option<Vec<u8>>,
}

/// A report that a campaign's owner accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedReport {
    /// The campaign.
    pub campaign: CampaignId,
    /// When.
    pub accepted_at: Timestamp,
    /// By whom.
    pub accepted_by: UserId,
    /// SHA-256 of the body.
    pub sha256: [u8; 32],
    /// The report, as canonical JSON.
    pub body: String,
}

type ItemRow = (Uuid, i64, Uuid, Option<String>, String, Option<String>, Option<String>, Option<Vec<u8>>);

impl Tx {
    /// A page of a campaign's items, in their order, those after the number `after`.
    pub async fn shadow_items(&mut self, campaign: CampaignId, after: i64, limit: i64) -> Result<Vec<ShadowItem>> {
        let rows = fetch_all!(
            self,
            ItemRow,
            "SELECT i.id, i.number, i.source_id, v.department, i.state, d.answer, d.origin, \
             CASE WHEN d.origin = 'person_blind' AND d.answer IN ('approve', 'revoke') THEN r.body END \
             FROM items i LEFT JOIN decisions d ON d.id = i.decision_id LEFT JOIN recommendations r ON r.id = i.recommendation_id \
             LEFT JOIN account_versions v ON v.account_id = i.account_id AND v.valid_from <= i.seq AND (v.valid_until IS NULL OR v.valid_until > i.seq) \
             WHERE i.campaign_id = $1 AND i.number > $2 ORDER BY i.number LIMIT $3",
            campaign.0,
            after,
            limit,
        )?;
        rows.into_iter()
            .map(|(id, number, source, department, state, answer, origin, body)| {
                let answer = match (answer, origin) {
                    (Some(answer), Some(origin)) => {
                        Some((word("decisions", "answer", id, &answer)?, word("decisions", "origin", id, &origin)?))
                    }
                    _ => None,
                };
                let state = word("items", "state", id, &state)?;
                Ok(ShadowItem { item: id.into(), number, source: source.into(), department, state, answer, body })
            })
            .collect()
    }

    /// Keeps that somebody has read the report of a campaign, or taken a pack of it while people answer. Does nothing where that is
    /// kept already.
    pub async fn keep_shadow_reader(&mut self, campaign: CampaignId, user: UserId, at: Timestamp) -> Result<()> {
        exec!(
            self,
            "INSERT INTO shadow_readers (campaign_id, user_id, first_read_at) VALUES ($1, $2, $3) ON CONFLICT (campaign_id, user_id) DO NOTHING",
            campaign.0,
            user.0,
            at.0,
        )?;
        Ok(())
    }

    /// When somebody first read the report of a campaign or took a pack of it; `None` where they never did.
    pub async fn shadow_reader(&mut self, campaign: CampaignId, user: UserId) -> Result<Option<Timestamp>> {
        let row = fetch_optional!(
            self,
            (i64,),
            "SELECT first_read_at FROM shadow_readers WHERE campaign_id = $1 AND user_id = $2",
            campaign.0,
            user.0,
        )?;
        Ok(row.map(|(at,)| Timestamp(at)))
    }

    /// Shows the recommendations of a campaign from now on, and keeps the report that was accepted. False, and nothing is changed,
    /// where the campaign no longer has this version or its recommendations are shown already.
    pub async fn show_recommendations(&mut self, expected_version: i64, report: &AcceptedReport) -> Result<bool> {
        let shown = exec!(
            self,
            "UPDATE campaigns SET recommendations = 'shown', version = version + 1 WHERE id = $1 AND version = $2 AND recommendations = 'hidden'",
            report.campaign.0,
            expected_version,
        )?;
        if shown != 1 {
            return Ok(false);
        }
        exec!(
            self,
            "INSERT INTO shadow_reports (campaign_id, accepted_at, accepted_by, sha256, body) VALUES ($1, $2, $3, $4, $5)",
            report.campaign.0,
            report.accepted_at.0,
            report.accepted_by.0,
            report.sha256.to_vec(),
            report.body.as_str(),
        )?;
        Ok(true)
    }

    /// The report that the owner of a campaign accepted; `None` before that, and where nothing was hidden.
    pub async fn accepted_report(&mut self, campaign: CampaignId) -> Result<Option<AcceptedReport>> {
        let row = fetch_optional!(
            self,
            (i64, Uuid, Vec<u8>, String),
            "SELECT accepted_at, accepted_by, sha256, body FROM shadow_reports WHERE campaign_id = $1",
            campaign.0,
        )?;
        row.map(|(at, by, sha256, body)| {
            let sha256 =
                sha256.try_into().map_err(|_| crate::Error::inconsistent("shadow_reports", "sha256", campaign.0, "not 32 bytes"))?;
            Ok(AcceptedReport { campaign, accepted_at: Timestamp(at), accepted_by: by.into(), sha256, body })
        })
        .transpose()
    }
}
