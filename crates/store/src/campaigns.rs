//! Campaigns, and the items and recommendations that opening one makes.

use crate::{
    Error, Result, Tx,
    macros::{exec, fetch_all, fetch_one, fetch_optional, insert_many},
};
use domain::{
    AccountId, CampaignId, CampaignKind, CampaignState, EntitlementId, EscalateMeaning, GrantId, IdentityId, ItemId, RecommendationId,
    Showing, SourceId, Timestamp, UserId, Verdict,
};
use uuid::Uuid;

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// Whose campaign it is.
    pub kind: CampaignKind,
    /// Where it stands.
    pub state: CampaignState,
    /// Who opened it.
    pub owner: UserId,
    /// What is in scope, as JSON.
    pub scope: String,
    /// The policy at opening, as JSON.
    pub policy: String,
    /// The IANA time zone of its deadlines.
    pub time_zone: String,
    /// When answers are due.
    pub due_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it began to ask.
    pub opened_at: Option<Timestamp>,
    /// When closing was confirmed.
    pub closing_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How many items it was opened with. Access that comes back adds items later (rule 21).
    pub items: i64,
    /// Grants in scope that got no item, by reason, as JSON.
    pub left_out: String,
    /// Whether its recommendations are shown.
    pub showing: Showing,
    /// What the items to be judged first are drawn from; `None` where nothing is drawn.
    pub draw_seed: Option<[u8; 32]>,
    /// Grows with each step.
    pub version: i64,
}

#[derive(sqlx_macros::FromRow)]
struct CampaignRow {
    id: Uuid,
    name: String,
    kind: String,
    state: String,
    owner_id: Uuid,
    scope: String,
    policy: String,
    time_zone: String,
    due_at: i64,
    created_at: i64,
    opened_at: Option<i64>,
    closing_at: Option<i64>,
    closed_at: Option<i64>,
    items: i64,
    left_out: String,
    recommendations: String,
    draw_seed: Option<Vec<u8>>,
    version: i64,
}

impl TryFrom<CampaignRow> for Campaign {
    type Error = Error;
    fn try_from(row: CampaignRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            kind: row.kind.parse().map_err(|why| Error::inconsistent("campaigns", "kind", row.id, why))?,
            state: row.state.parse().map_err(|why| Error::inconsistent("campaigns", "state", row.id, why))?,
            owner: row.owner_id.into(),
            scope: row.scope,
            policy: row.policy,
            time_zone: row.time_zone,
            due_at: Timestamp(row.due_at),
            created_at: Timestamp(row.created_at),
            opened_at: row.opened_at.map(Timestamp),
            closing_at: row.closing_at.map(Timestamp),
            closed_at: row.closed_at.map(Timestamp),
            items: row.items,
            left_out: row.left_out,
            showing: row.recommendations.parse().map_err(|why| Error::inconsistent("campaigns", "recommendations", row.id, why))?,
            draw_seed: match row.draw_seed {
                None => None,
                Some(seed) => Some(seed.try_into().map_err(|_| Error::inconsistent("campaigns", "draw_seed", row.id, "not 32 bytes"))?),
            },
            version: row.version,
        })
    }
}

/// An item to be asked about.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// Its id.
    pub id: ItemId,
    /// 1, 2, 3 … within the campaign.
    pub number: i64,
    /// 0, or 1 and 2 for the two items of emergency access (rule 27).
    pub seat: i64,
    /// The source.
    pub source: SourceId,
    /// The snapshot that the item and its recommendation speak of.
    pub seq: i64,
    /// The grant instance.
    pub grant: GrantId,
    /// Who holds it.
    pub account: AccountId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// Who must answer.
    pub reviewer: IdentityId,
    /// How that came: `manager`, `owner`, `campaign_owner` or `emergency`.
    pub reviewer_by: &'static str,
    /// The cause's stable name.
    pub cause: &'static str,
    /// 0 needs your judgement, 1 probably not needed, 2 looks right.
    pub sort: i64,
    /// For putting items into an order.
    pub risk: i64,
    /// Whether it was drawn to be judged first.
    pub blind: bool,
    /// What is recommended for it.
    pub recommendation: NewRecommendation,
}

/// A recommendation to be stored.
#[derive(Debug, Clone)]
pub struct NewRecommendation {
    /// Its id.
    pub id: RecommendationId,
    /// The verdict.
    pub verdict: Verdict,
    /// What a recommended Escalate means.
    pub meaning: Option<EscalateMeaning>,
    /// Parts in 10,000.
    pub confidence: i64,
    /// The sum of the weights of its reasons.
    pub score: i64,
    /// Whether it must not wait for a reviewer.
    pub alarm: bool,
    /// Whether it may be answered together with others.
    pub bulk_allowed: bool,
    /// The engine's version.
    pub engine: String,
    /// Hash of the canonical input.
    pub input_hash: [u8; 32],
    /// SHA-256 of the weights that it was made with; [`Tx::keep_weights`] keeps them.
    pub weights_sha256: [u8; 32],
    /// SHA-256 of the model that was asked; `None` where none was.
    pub model_sha256: Option<[u8; 32]>,
    /// Canonical bytes of the whole recommendation.
    pub body: Vec<u8>,
}

/// A stored recommendation.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct StoredRecommendation {
    /// Its id.
    pub id: Uuid,
    /// The campaign.
    pub campaign_id: Uuid,
    /// The item.
    pub item_id: Uuid,
    /// The verdict's word.
    pub verdict: String,
    /// The word for what a recommended Escalate means.
    pub meaning: Option<String>,
    /// Parts in 10,000.
    pub confidence: i64,
    /// The sum of the weights of its reasons.
    pub score: i64,
    /// 1 where it must not wait for a reviewer.
    pub alarm: i64,
    /// 1 where it may be answered together with others.
    pub bulk_allowed: i64,
    /// The engine's version.
    pub engine: String,
    /// Hash of the canonical input.
    pub input_hash: Vec<u8>,
    /// SHA-256 of the weights that it was made with.
    pub weights_sha256: Vec<u8>,
    /// SHA-256 of the model that was asked; `None` where none was.
    pub model_sha256: Option<Vec<u8>>,
    /// Canonical bytes of the whole recommendation.
    pub body: Vec<u8>,
    /// When it was made.
    pub created_at: i64,
}

/// The snapshot of a source that a campaign speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignSource {
    /// The source.
    pub source: SourceId,
    /// The snapshot's number.
    pub seq: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, kind, state, owner_id, scope, policy, time_zone, due_at, created_at, opened_at, closing_at, closed_at, items, left_out, recommendations, draw_seed, version FROM campaigns ",
            $rest
        )
    };
}

impl Tx {
    /// Adds a campaign with the snapshots that it speaks of.
    pub async fn insert_campaign(&mut self, campaign: &Campaign, sources: &[CampaignSource]) -> Result<()> {
        exec!(
            self,
            "INSERT INTO campaigns (id, name, kind, state, owner_id, scope, policy, time_zone, due_at, created_at, opened_at, items, left_out, recommendations, draw_seed, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            campaign.id.0,
            &campaign.name,
            campaign.kind.as_str(),
            campaign.state.as_str(),
            campaign.owner.0,
            &campaign.scope,
            &campaign.policy,
            &campaign.time_zone,
            campaign.due_at.0,
            campaign.created_at.0,
            campaign.opened_at.map(Timestamp::micros),
            campaign.items,
            &campaign.left_out,
            campaign.showing.as_str(),
            campaign.draw_seed.map(|seed| seed.to_vec()),
            campaign.version,
        )?;
        insert_many!(
            self,
            "INSERT INTO campaign_sources (campaign_id, source_id, seq) ",
            sources,
            |row| campaign.id.0,
            row.source.0,
            row.seq
        );
        Ok(())
    }

    /// Adds the grants in scope that a campaign does not ask about, each with the reason.
    pub async fn insert_left_out(&mut self, campaign: CampaignId, grants: &[(GrantId, &'static str)]) -> Result<()> {
        insert_many!(self, "INSERT INTO campaign_left_out (campaign_id, grant_id, reason) ", grants, |row| campaign.0, row.0.0, row.1);
        Ok(())
    }

    /// A page of the grants in scope that a campaign does not ask about, with the reasons, by grant, after `after`.
    pub async fn left_out(&mut self, campaign: CampaignId, after: Option<GrantId>, limit: i64) -> Result<Vec<(GrantId, String)>> {
        let rows = fetch_all!(
            self,
            (Uuid, String),
            "SELECT grant_id, reason FROM campaign_left_out WHERE campaign_id = $1 AND grant_id > $2 ORDER BY grant_id LIMIT $3",
            campaign.0,
            after.map_or(Uuid::nil(), |id| id.0),
            limit,
        )?;
        Ok(rows.into_iter().map(|(grant, reason)| (grant.into(), reason)).collect())
    }

    /// Adds a campaign's items, each undecided at version 1, and their recommendations.
    pub async fn insert_items(&mut self, campaign: CampaignId, items: &[NewItem], now: Timestamp) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO items (id, campaign_id, number, seat, source_id, seq, grant_id, account_id, entitlement_id, reviewer_id, reviewer_by, reviewer_of_record, state, version, decision_id, recommendation_id, cause, sort, risk, blind, due_at, changed_at) ",
            items,
            |row| row.id.0,
            campaign.0,
            row.number,
            row.seat,
            row.source.0,
            row.seq,
            row.grant.0,
            row.account.0,
            row.entitlement.0,
            row.reviewer.0,
            row.reviewer_by,
            row.reviewer.0,
            "undecided",
            1_i64,
            None::<Uuid>,
            row.recommendation.id.0,
            row.cause,
            row.sort,
            row.risk,
            i64::from(row.blind),
            None::<i64>,
            now.0,
        );
        insert_many!(
            self,
            "INSERT INTO recommendations (id, campaign_id, item_id, verdict, meaning, confidence, score, alarm, bulk_allowed, engine, input_hash, weights_sha256, model_sha256, body, created_at) ",
            items,
            |row| row.recommendation.id.0,
            campaign.0,
            row.id.0,
            row.recommendation.verdict.as_str(),
            row.recommendation.meaning.map(EscalateMeaning::as_str),
            row.recommendation.confidence,
            row.recommendation.score,
            i64::from(row.recommendation.alarm),
            i64::from(row.recommendation.bulk_allowed),
            row.recommendation.engine.clone(),
            row.recommendation.input_hash.to_vec(),
            row.recommendation.weights_sha256.to_vec(),
            row.recommendation.model_sha256.map(|model| model.to_vec()),
            row.recommendation.body.clone(),
            now.0,
        );
        Ok(())
    }

    /// The greatest number of an item of a campaign; 0 where it has none.
    pub async fn last_item_number(&mut self, campaign: CampaignId) -> Result<i64> {
        let (last,) = fetch_one!(self, (Option<i64>,), "SELECT MAX(number) FROM items WHERE campaign_id = $1", campaign.0)?;
        Ok(last.unwrap_or(0))
    }

    /// Campaigns that take answers and speak of a source, the newest first.
    pub async fn open_campaigns_of(&mut self, source: SourceId) -> Result<Vec<Campaign>> {
        fetch_all!(
            self,
            CampaignRow,
            select!("WHERE state = 'open' AND id IN (SELECT campaign_id FROM campaign_sources WHERE source_id = $1) ORDER BY id DESC"),
            source.0
        )?
        .into_iter()
        .map(Campaign::try_from)
        .collect()
    }

    /// The campaign with this id.
    pub async fn campaign(&mut self, id: CampaignId) -> Result<Option<Campaign>> {
        fetch_optional!(self, CampaignRow, select!("WHERE id = $1"), id.0)?.map(Campaign::try_from).transpose()
    }

    /// Campaigns, newest first, those made before the campaign `before`.
    pub async fn campaigns(&mut self, before: Option<CampaignId>, limit: i64) -> Result<Vec<Campaign>> {
        let rows = match before {
            None => fetch_all!(self, CampaignRow, select!("ORDER BY id DESC LIMIT $1"), limit),
            Some(before) => fetch_all!(self, CampaignRow, select!("WHERE id < $2 ORDER BY id DESC LIMIT $1"), limit, before.0),
        }?;
        rows.into_iter().map(Campaign::try_from).collect()
    }

    /// The snapshots that a campaign speaks of.
    pub async fn campaign_sources(&mut self, campaign: CampaignId) -> Result<Vec<CampaignSource>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64),
            "SELECT source_id, seq FROM campaign_sources WHERE campaign_id = $1 ORDER BY source_id",
            campaign.0,
        )?;
        Ok(rows.into_iter().map(|(source, seq)| CampaignSource { source: source.into(), seq }).collect())
    }

    /// A stored recommendation.
    pub async fn recommendation(&mut self, id: RecommendationId) -> Result<Option<StoredRecommendation>> {
        fetch_optional!(
            self,
            StoredRecommendation,
            "SELECT id, campaign_id, item_id, verdict, meaning, confidence, score, alarm, bulk_allowed, engine, input_hash, weights_sha256, model_sha256, body, created_at FROM recommendations WHERE id = $1",
            id.0,
        )
    }
}
