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
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    entitlement_id: Uuid,
    item_id: Option<Uuid>,
    state: Option<String>,
    answer: Option<String>,
    reviewer_id: Option<Uuid>,
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
        })
    }
}

impl Tx {
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
            "SELECT g.id, g.entitlement_id, i.id AS item_id, i.state, d.answer, d.reviewer_id FROM grants g LEFT JOIN items i ON i.grant_id = g.id AND i.campaign_id = $5 AND i.seat < 2 LEFT JOIN decisions d ON d.id = i.decision_id WHERE g.account_id = $2 AND g.source_id = $1 AND g.path = $3 AND g.valid_until IS NULL AND g.id <> $4 ORDER BY g.id",
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
