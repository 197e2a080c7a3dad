//! An item with all that deciding about it needs, and its steps.

use super::word;
use crate::{
    Error, Result, Tx,
    macros::{ROWS_PER_INSERT, exec, fetch_all, fetch_one, fetch_optional, in_view, on},
};
use domain::{
    AccountId, Answer, CampaignId, CampaignState, DecisionId, EntitlementId, GrantId, IdentityId, InView, ItemId, RecommendationId,
    ReviewState, SourceId, SourceKind, Timestamp, UserId, Verdict,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// An item, its campaign and whose access it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewItem {
    /// The item.
    pub id: ItemId,
    /// 1, 2, 3 … within the campaign.
    pub number: i64,
    /// 0, or 1 and 2 for the two items of emergency access, one for each of its two named reviewers (rule 27).
    pub seat: i64,
    /// The source.
    pub source: SourceId,
    /// The grant instance that is asked about.
    pub grant: GrantId,
    /// Who holds it.
    pub account: AccountId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// The person or machine that the account belongs to.
    pub holder: IdentityId,
    /// Who must answer now.
    pub reviewer: IdentityId,
    /// How the item came to the reviewer: `emergency`, `manager`, `owner`, `campaign_owner`, `handed_over` or `escalated`.
    pub reviewer_by: String,
    /// Who was to answer at opening (rule 38).
    pub reviewer_of_record: IdentityId,
    /// Where it stands.
    pub state: ReviewState,
    /// Grows by one with each step.
    pub version: i64,
    /// The answer that counts now.
    pub decision: Option<DecisionId>,
    /// What was recommended.
    pub recommendation: Option<RecommendationId>,
    /// What was recommended, in a word.
    pub verdict: Option<Verdict>,
    /// Until when a person named by an escalation owes the answer.
    pub due_at: Option<Timestamp>,
    /// The campaign.
    pub campaign: CampaignId,
    /// Where the campaign stands.
    pub campaign_state: CampaignState,
    /// Whose campaign it is.
    pub campaign_owner: UserId,
    /// The policy at opening, as JSON.
    pub policy: String,
    /// The campaign's time zone.
    pub time_zone: String,
    /// Whether what was recommended is shown.
    pub showing: InView,
    /// Whether it was drawn to be judged first, answered or not.
    pub blind: bool,
    /// The snapshot that item and recommendation speak of.
    pub seq: i64,
    /// The first snapshot that no longer shows the grant; `None` while it is held.
    pub gone_at: Option<i64>,
    /// The answer that counts now, in a word.
    pub answer: Option<Answer>,
    /// Who gave it; `None` also where a default did.
    pub answered_by: Option<IdentityId>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    number: i64,
    seat: i64,
    source_id: Uuid,
    grant_id: Uuid,
    account_id: Uuid,
    entitlement_id: Uuid,
    holder: Uuid,
    reviewer_id: Uuid,
    reviewer_by: String,
    reviewer_of_record: Uuid,
    state: String,
    version: i64,
    decision_id: Option<Uuid>,
    recommendation_id: Option<Uuid>,
    verdict: Option<String>,
    due_at: Option<i64>,
    campaign_id: Uuid,
    campaign_state: String,
    owner_id: Uuid,
    policy: String,
    time_zone: String,
    in_view: String,
    blind: i64,
    seq: i64,
    gone_at: Option<i64>,
    answer: Option<String>,
    answered_by: Option<Uuid>,
}

impl TryFrom<Row> for ReviewItem {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            number: row.number,
            seat: row.seat,
            source: row.source_id.into(),
            grant: row.grant_id.into(),
            account: row.account_id.into(),
            entitlement: row.entitlement_id.into(),
            holder: row.holder.into(),
            reviewer: row.reviewer_id.into(),
            reviewer_by: row.reviewer_by,
            reviewer_of_record: row.reviewer_of_record.into(),
            state: word("items", "state", row.id, &row.state)?,
            version: row.version,
            decision: row.decision_id.map(Into::into),
            recommendation: row.recommendation_id.map(Into::into),
            verdict: row.verdict.map(|v| word("recommendations", "verdict", row.id, &v)).transpose()?,
            due_at: row.due_at.map(Timestamp),
            campaign: row.campaign_id.into(),
            campaign_state: word("campaigns", "state", row.campaign_id, &row.campaign_state)?,
            campaign_owner: row.owner_id.into(),
            policy: row.policy,
            time_zone: row.time_zone,
            showing: word("items", "in_view", row.id, &row.in_view)?,
            blind: row.blind == 1,
            seq: row.seq,
            gone_at: row.gone_at,
            answer: row.answer.map(|a| word("decisions", "answer", row.id, &a)).transpose()?,
            answered_by: row.answered_by.map(Into::into),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.number, i.seat, i.source_id, i.grant_id, i.account_id, i.entitlement_id, a.identity_id AS holder, i.reviewer_id, ",
            "i.reviewer_by, i.reviewer_of_record, i.state, i.version, i.decision_id, i.recommendation_id, r.verdict, i.due_at, ",
            "i.campaign_id, c.state AS campaign_state, c.owner_id, c.policy, c.time_zone, ",
            in_view!(),
            " AS in_view, i.blind, i.seq, ",
            // A platform's question may cover more grants than the item's own: it is gone when all of them are.
            "CASE WHEN EXISTS (SELECT 1 FROM native_item_grants n JOIN grants o ON o.id = n.grant_id WHERE n.item_id = i.id AND o.valid_until IS NULL) THEN NULL ELSE g.valid_until END AS gone_at, d.answer, d.reviewer_id AS answered_by ",
            "FROM items i JOIN campaigns c ON c.id = i.campaign_id JOIN accounts a ON a.id = i.account_id ",
            "JOIN grants g ON g.id = i.grant_id LEFT JOIN decisions d ON d.id = i.decision_id ",
            "LEFT JOIN recommendations r ON r.id = i.recommendation_id ",
            $rest
        )
    };
}

/// A step of an item: what it holds afterwards. Applies only from the version before it.
#[derive(Debug, Clone)]
pub struct ItemStep<'a> {
    /// The item.
    pub id: ItemId,
    /// The version it must have now; it grows by one.
    pub from_version: i64,
    /// The state afterwards.
    pub state: ReviewState,
    /// Who must answer.
    pub reviewer: IdentityId,
    /// How the item came to that person.
    pub reviewer_by: &'a str,
    /// The answer that counts.
    pub decision: Option<DecisionId>,
    /// Until when the person named by an escalation owes the answer.
    pub due_at: Option<Timestamp>,
    /// When it happens.
    pub at: Timestamp,
}

impl ReviewItem {
    /// The step that only changes the state.
    pub fn step(&self, state: ReviewState, at: Timestamp) -> ItemStep<'_> {
        ItemStep {
            id: self.id,
            from_version: self.version,
            state,
            reviewer: self.reviewer,
            reviewer_by: &self.reviewer_by,
            decision: self.decision,
            due_at: self.due_at,
            at,
        }
    }
}

impl Tx {
    /// An item with all that deciding about it needs.
    pub async fn review_item(&mut self, id: ItemId) -> Result<Option<ReviewItem>> {
        fetch_optional!(self, Row, select!("WHERE i.id = $1"), id.0)?.map(ReviewItem::try_from).transpose()
    }

    /// These items, in the order of their ids. One that does not exist is left out.
    pub async fn review_items(&mut self, ids: &[ItemId]) -> Result<Vec<ReviewItem>> {
        let mut items = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(ROWS_PER_INSERT) {
            let rows: Vec<Row> = on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new(select!("WHERE i.id IN ("));
                let mut list = query.separated(", ");
                for id in chunk {
                    list.push_bind(id.0);
                }
                query.push(")");
                query.build_query_as().fetch_all(conn).await
            })
            .map_err(Error::from)?;
            for row in rows {
                items.push(ReviewItem::try_from(row)?);
            }
        }
        items.sort_by_key(|item| item.id);
        Ok(items)
    }

    /// The kind of the source that an item's access is held in; `None` where there is no such item.
    pub async fn source_kind_of_item(&mut self, id: ItemId) -> Result<Option<SourceKind>> {
        let kind: Option<(String,)> =
            fetch_optional!(self, (String,), "SELECT s.kind FROM items i JOIN sources s ON s.id = i.source_id WHERE i.id = $1", id.0)?;
        kind.map(|(kind,)| word("sources", "kind", id.0, &kind)).transpose()
    }

    /// Items of a campaign in one state, in their order.
    pub async fn review_items_in_state(
        &mut self,
        campaign: CampaignId,
        state: ReviewState,
        after_number: i64,
        limit: i64,
    ) -> Result<Vec<ReviewItem>> {
        fetch_all!(
            self,
            Row,
            select!("WHERE i.campaign_id = $1 AND i.state = $2 AND i.number > $3 ORDER BY i.number LIMIT $4"),
            campaign.0,
            state.as_str(),
            after_number,
            limit,
        )?
        .into_iter()
        .map(ReviewItem::try_from)
        .collect()
    }

    /// Items of open campaigns that are not settled and whose grant a reading of this source no longer shows, nor any other
    /// that a platform's question covers.
    pub async fn unsettled_items_without_grant(&mut self, source: SourceId, limit: i64) -> Result<Vec<ReviewItem>> {
        fetch_all!(
            self,
            Row,
            select!(
                "WHERE i.source_id = $1 AND c.state = 'open' AND g.valid_until IS NOT NULL AND i.state IN ('undecided', 'handed_over', 'escalated', 'second_review', 'staged') AND NOT EXISTS (SELECT 1 FROM native_item_grants n JOIN grants o ON o.id = n.grant_id WHERE n.item_id = i.id AND o.valid_until IS NULL) ORDER BY i.id LIMIT $2"
            ),
            source.0,
            limit,
        )?
        .into_iter()
        .map(ReviewItem::try_from)
        .collect()
    }

    /// Takes a step. False where the item no longer has the version that the step starts from.
    pub async fn step_item(&mut self, step: &ItemStep<'_>) -> Result<bool> {
        let rows = exec!(
            self,
            "UPDATE items SET state = $3, version = version + 1, reviewer_id = $4, reviewer_by = $5, decision_id = $6, due_at = $7, changed_at = $8 WHERE id = $1 AND version = $2",
            step.id.0,
            step.from_version,
            step.state.as_str(),
            step.reviewer.0,
            step.reviewer_by,
            step.decision.map(|id| id.0),
            step.due_at.map(|t| t.0),
            step.at.0,
        )?;
        Ok(rows == 1)
    }

    /// Takes many items to one state, each from the version it was read at; what else they hold stays. Returns those that had it.
    pub async fn step_items(&mut self, items: &[(ItemId, i64)], state: ReviewState, at: Timestamp) -> Result<BTreeSet<ItemId>> {
        let mut moved = BTreeSet::new();
        for chunk in items.chunks(ROWS_PER_INSERT) {
            let rows: Vec<(Uuid,)> = on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new("WITH step (id, version) AS (");
                query.push_values(chunk, |mut values, (id, version)| {
                    values.push_bind(id.0).push_bind(*version);
                });
                query.push(") UPDATE items SET version = items.version + 1, state = ").push_bind(state.as_str());
                query.push(", changed_at = ").push_bind(at.0);
                query.push(" FROM step WHERE items.id = step.id AND items.version = step.version RETURNING items.id");
                query.build_query_as().fetch_all(conn).await
            })
            .map_err(Error::from)?;
            moved.extend(rows.into_iter().map(|(id,)| ItemId(id)));
        }
        Ok(moved)
    }

    /// Keeps a campaign from closing until this transaction ends. Others may do the same at once.
    ///
    /// SQLite has one writer at a time, so there is nothing to do there.
    pub async fn hold_campaign_open(&mut self, campaign: CampaignId) -> Result<()> {
        if self.is_postgres() {
            fetch_optional!(self, (i64,), "SELECT version FROM campaigns WHERE id = $1 FOR SHARE", campaign.0)?;
        }
        Ok(())
    }

    /// Keeps everything about a campaign's items as it is until this transaction ends, for those who ask as [`Self::hold_campaign_open`] does.
    pub async fn hold_campaign_still(&mut self, campaign: CampaignId) -> Result<()> {
        if self.is_postgres() {
            fetch_optional!(self, (i64,), "SELECT version FROM campaigns WHERE id = $1 FOR UPDATE", campaign.0)?;
        }
        Ok(())
    }

    /// Waits until nobody else changes an item, or the other item of the same emergency access (rule 27). Held until
    /// this transaction ends. True where what was read before may be old by now: SQLite has one writer at a time, and
    /// nobody comes between.
    pub async fn hold_item(&mut self, item: &ReviewItem) -> Result<bool> {
        if self.is_postgres() {
            fetch_all!(
                self,
                (i64,),
                "SELECT version FROM items WHERE id = $1 OR ($2 > 0 AND campaign_id = $3 AND grant_id = $4) ORDER BY id FOR UPDATE",
                item.id.0,
                item.seat,
                item.campaign.0,
                item.grant.0,
            )?;
        }
        Ok(self.is_postgres())
    }

    /// The other item of the same emergency access, which another named person answers (rule 27); `None` where there is none.
    pub async fn other_seat(&mut self, item: &ReviewItem) -> Result<Option<ReviewItem>> {
        if item.seat == 0 {
            return Ok(None);
        }
        fetch_optional!(
            self,
            Row,
            select!("WHERE i.campaign_id = $1 AND i.grant_id = $2 AND i.seat > 0 AND i.id <> $3"),
            item.campaign.0,
            item.grant.0,
            item.id.0,
        )?
        .map(ReviewItem::try_from)
        .transpose()
    }

    /// Whether another campaign that takes answers shows what is recommended for the same grant to this person: as the reviewer of
    /// its item, or because they opened that item's page.
    pub async fn is_shown_elsewhere(&mut self, item: &ReviewItem, user: UserId, identity: Option<IdentityId>) -> Result<bool> {
        let found = fetch_optional!(
            self,
            (i64,),
            concat!(
                "SELECT i.number FROM items i JOIN campaigns c ON c.id = i.campaign_id WHERE i.grant_id = $1 AND i.campaign_id <> $2 AND c.state IN ('preparing', 'open') ",
                "AND (i.reviewer_id = $3 OR EXISTS (SELECT 1 FROM item_views w WHERE w.item_id = i.id AND w.user_id = $4)) AND ",
                in_view!(),
                " = 'shown' LIMIT 1"
            ),
            item.grant.0,
            item.campaign.0,
            identity.map(|identity| identity.0),
            user.0,
        )?;
        Ok(found.is_some())
    }

    /// Waits until nobody else makes an order for a grant. Held until this transaction ends.
    ///
    /// Not a lock on the grant's row: a reading that ends the grant must not wait for whoever orders its removal.
    pub async fn hold_orders_of(&mut self, grant: GrantId) -> Result<()> {
        if self.is_postgres() {
            let (high, low) = grant.0.as_u64_pair();
            let key = (high ^ low).cast_signed();
            fetch_one!(self, (i64,), "SELECT 1::BIGINT FROM (SELECT pg_advisory_xact_lock($1)) AS held", key)?;
        }
        Ok(())
    }

    /// Waits until no other transaction works on orders. Held until this transaction ends.
    ///
    /// The brake counts what left (rule 19): two workers that count at once would both let an order through.
    pub async fn hold_orders(&mut self) -> Result<()> {
        if self.is_postgres() {
            // Any number that nobody else takes: "orders" in ASCII.
            fetch_one!(self, (i64,), "SELECT 1::BIGINT FROM (SELECT pg_advisory_xact_lock($1)) AS held", 0x6f72_6465_7273_i64)?;
        }
        Ok(())
    }

    /// Records that a person was shown an item. False where the same view was recorded before.
    pub async fn insert_item_view(&mut self, item: ItemId, user: UserId, digest: [u8; 32], at: Timestamp) -> Result<bool> {
        let rows = exec!(
            self,
            "INSERT INTO item_views (item_id, user_id, digest, at) VALUES ($1, $2, $3, $4) ON CONFLICT (item_id, user_id, digest) DO NOTHING",
            item.0,
            user.0,
            digest.to_vec(),
            at.0,
        )?;
        Ok(rows == 1)
    }

    /// Whether a person was shown this view of an item.
    pub async fn item_was_shown(&mut self, item: ItemId, user: UserId, digest: [u8; 32]) -> Result<bool> {
        let found = fetch_optional!(
            self,
            (i64,),
            "SELECT at FROM item_views WHERE item_id = $1 AND user_id = $2 AND digest = $3",
            item.0,
            user.0,
            digest.to_vec(),
        )?;
        Ok(found.is_some())
    }
}
