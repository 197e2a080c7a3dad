//! A campaign's rows as an evidence pack shows them: page by page, in the order of their ids, and only
//! columns that never change once the row is there, so that a pack can be made again.

use crate::{Result, Tx, macros::fetch_all};
use domain::CampaignId;
use uuid::Uuid;

/// An item.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ItemEvidence {
    /// Its id.
    pub id: Uuid,
    /// Its number within the campaign.
    pub number: i64,
    /// 0, or 1 and 2 for the two items of emergency access.
    pub seat: i64,
    /// The snapshot that it speaks of.
    pub seq: i64,
    /// The source.
    pub source_id: Uuid,
    /// The grant instance.
    pub grant_id: Uuid,
    /// Who holds it.
    pub account_id: Uuid,
    /// What is held.
    pub entitlement_id: Uuid,
    /// Who was to answer at opening.
    pub reviewer_of_record: Uuid,
    /// 1 where it was drawn to be judged first.
    pub blind: i64,
}

/// A recommendation.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct RecommendationEvidence {
    /// Its id.
    pub id: Uuid,
    /// The item.
    pub item_id: Uuid,
    /// The verdict's word.
    pub verdict: String,
    /// What a recommended Escalate means.
    pub meaning: Option<String>,
    /// Parts in 10,000.
    pub confidence: i64,
    /// The sum of the weights of its reasons.
    pub score: i64,
    /// The engine's version.
    pub engine: String,
    /// Hash of the canonical input.
    pub input_hash: Vec<u8>,
    /// SHA-256 of the model that was asked; `None` where none was.
    pub model_sha256: Option<Vec<u8>>,
    /// Canonical bytes of the whole recommendation.
    pub body: Vec<u8>,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct DecisionEvidence {
    /// Its id.
    pub id: Uuid,
    /// The item.
    pub item_id: Uuid,
    /// The stage.
    pub stage: i64,
    /// Its number within item and stage.
    pub version: i64,
    /// The answer's word.
    pub answer: String,
    /// Why a Revoke.
    pub why: Option<String>,
    /// How it came about.
    pub origin: String,
    /// The recommendation in view.
    pub recommendation_id: Option<Uuid>,
    /// 1 agreed, 0 overrode.
    pub agreed: Option<i64>,
    /// Digest of what was shown.
    pub shown: Option<Vec<u8>>,
    /// 1 where the source could not be read afresh.
    pub on_old_data: i64,
    /// When it became final, or was to.
    pub final_at: i64,
    /// How the person signed in, as JSON.
    pub sign_in: String,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct OrderEvidence {
    /// Its id.
    pub id: Uuid,
    /// The item.
    pub item_id: Uuid,
    /// The decision that it carries out.
    pub decision_id: Uuid,
    /// The source.
    pub source_id: Uuid,
    /// The grant instance.
    pub grant_id: Uuid,
    /// Whose access.
    pub account_id: Uuid,
    /// To what.
    pub entitlement_id: Uuid,
    /// The application.
    pub application: Option<String>,
    /// The holder's department.
    pub department: Option<String>,
}

/// A reading that was looked at for an order.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ProofEvidence {
    /// Its id.
    pub id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// The source.
    pub source_id: Uuid,
    /// The reading's number.
    pub seq: i64,
    /// The reading's population hash; for a look at single grants, the SHA-256 of `pages`.
    pub population_hash: Vec<u8>,
    /// The pages of a look at single grants, as JSON; `None` for a whole reading.
    pub pages: Option<String>,
    /// 1 gone, 0 still there.
    pub gone: i64,
    /// When it was looked at.
    pub at: i64,
}

macro_rules! page {
    ($name:ident, $row:ty, $doc:literal, $sql:literal) => {
        #[doc = $doc]
        pub async fn $name(&mut self, campaign: CampaignId, after: Option<Uuid>, limit: i64) -> Result<Vec<$row>> {
            fetch_all!(self, $row, $sql, campaign.0, after.unwrap_or(Uuid::nil()), limit)
        }
    };
}

impl Tx {
    page!(
        evidence_items,
        ItemEvidence,
        "A page of a campaign's items, after `after`.",
        "SELECT id, number, seat, seq, source_id, grant_id, account_id, entitlement_id, reviewer_of_record, blind FROM items WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    page!(
        evidence_recommendations,
        RecommendationEvidence,
        "A page of a campaign's recommendations, after `after`.",
        "SELECT id, item_id, verdict, meaning, confidence, score, engine, input_hash, model_sha256, body FROM recommendations WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    page!(
        evidence_decisions,
        DecisionEvidence,
        "A page of a campaign's decisions, after `after`.",
        "SELECT id, item_id, stage, version, answer, why, origin, recommendation_id, agreed, shown, on_old_data, final_at, sign_in FROM decisions WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    page!(
        evidence_orders,
        OrderEvidence,
        "A page of a campaign's orders, after `after`.",
        "SELECT id, item_id, decision_id, source_id, grant_id, account_id, entitlement_id, application, department FROM orders WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    page!(
        evidence_proofs,
        ProofEvidence,
        "A page of the readings that were looked at for a campaign's orders, after `after`.",
        "SELECT p.id, p.order_id, p.source_id, p.seq, p.population_hash, p.pages, p.gone, p.at FROM proofs p JOIN orders o ON o.id = p.order_id WHERE o.campaign_id = $1 AND p.id > $2 ORDER BY p.id LIMIT $3"
    );
}
