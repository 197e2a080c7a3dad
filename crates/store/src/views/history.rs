//! Grants of any time with what came of them, and what happened to one.

use super::queue::contains;
use crate::{
    Error, Result, Tx,
    decisions::word,
    macros::{fetch_all, fetch_optional, in_view},
};
use domain::{
    AccountId, Answer, CampaignId, EntitlementId, GrantId, GrantPath, InView, ItemId, OrderState, RecommendationId, ReviewState, SourceId,
    Timestamp,
};
use uuid::Uuid;

/// What to find.
#[derive(Debug, Clone, Default)]
pub struct GrantFilter {
    /// Part of the holder's name or e-mail address, as any snapshot had it.
    pub person: Option<String>,
    /// Part of the access's or its application's name.
    pub access: Option<String>,
    /// The source.
    pub source: Option<SourceId>,
    /// A campaign that asked about it.
    pub campaign: Option<CampaignId>,
    /// The state of the newest item about it (of that campaign, where one is named).
    pub state: Option<ReviewState>,
    /// The state of that item's newest removal.
    pub order: Option<OrderState>,
}

/// A grant in a list, by the names known last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantLine {
    /// The grant.
    pub grant: GrantId,
    /// Who holds or held it.
    pub person: String,
    /// The holder's title.
    pub title: Option<String>,
    /// The holder's department.
    pub department: Option<String>,
    /// What is or was held.
    pub access: String,
    /// Its application.
    pub application: Option<String>,
    /// The source's name.
    pub source: String,
    /// The path.
    pub path: GrantPath,
    /// When the first snapshot that shows it was taken.
    pub seen_from: Timestamp,
    /// When the first snapshot that no longer shows it was taken.
    pub gone_at: Option<Timestamp>,
    /// The campaign of the newest item.
    pub campaign: Option<String>,
    /// The state of the newest item.
    pub state: Option<ReviewState>,
    /// Its answer that counts.
    pub answer: Option<Answer>,
    /// The state of its newest removal.
    pub order: Option<OrderState>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    person: Option<String>,
    person_external: String,
    title: Option<String>,
    department: Option<String>,
    access: Option<String>,
    access_external: String,
    application: Option<String>,
    source: String,
    path: String,
    seen_from: i64,
    gone_at: Option<i64>,
    campaign: Option<String>,
    state: Option<String>,
    answer: Option<String>,
    order_state: Option<String>,
}

impl TryFrom<Row> for GrantLine {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            grant: row.id.into(),
            person: row.person.unwrap_or(row.person_external),
            title: row.title,
            department: row.department,
            access: row.access.unwrap_or(row.access_external),
            application: row.application,
            source: row.source,
            path: row.path.parse().map_err(|why| Error::inconsistent("grants", "path", row.id, why))?,
            seen_from: Timestamp(row.seen_from),
            gone_at: row.gone_at.map(Timestamp),
            campaign: row.campaign,
            state: row.state.map(|w| word("items", "state", row.id, &w)).transpose()?,
            answer: row.answer.map(|w| word("decisions", "answer", row.id, &w)).transpose()?,
            order: row.order_state.map(|w| word("orders", "state", row.id, &w)).transpose()?,
        })
    }
}

/// An item about a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemOfGrant {
    /// The item.
    pub item: ItemId,
    /// Its number within the campaign.
    pub number: i64,
    /// The campaign.
    pub campaign: CampaignId,
    /// The campaign's name.
    pub name: String,
    /// Whether what is recommended is shown.
    pub showing: InView,
    /// Where it stands.
    pub state: ReviewState,
    /// The answer that counts.
    pub answer: Option<Answer>,
    /// The recommendation.
    pub recommendation: Option<RecommendationId>,
}

/// A finding about a grant, or about the access of the same person to the same thing.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct FindingOfGrant {
    /// The finding.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// When it was raised.
    pub raised_at: i64,
}

/// What the pages of one grant say of its holder and of what is held, by the newest version of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSeen {
    /// The newest snapshot that has something of the account.
    pub account_seq: i64,
    /// The newest snapshot that has something of the entitlement.
    pub entitlement_seq: i64,
}

impl Tx {
    /// A page of grants of any time, in order of id, after `after`.
    ///
    /// Of the two items of emergency access, the one that is not answered stands for the grant (rule 27).
    pub async fn grants_found(&mut self, filter: &GrantFilter, after: Option<GrantId>, limit: i64) -> Result<Vec<GrantLine>> {
        let rows = fetch_all!(
            self,
            Row,
            "SELECT g.id, v.name AS person, a.external_id AS person_external, v.title, v.department, ev.name AS access, e.external_id AS access_external, ev.application, src.name AS source, g.path, sf.taken_at AS seen_from, su.taken_at AS gone_at, c.name AS campaign, i.state, d.answer, o.state AS order_state \
             FROM grants g JOIN sources src ON src.id = g.source_id JOIN accounts a ON a.id = g.account_id JOIN entitlements e ON e.id = g.entitlement_id \
             JOIN snapshots sf ON sf.source_id = g.source_id AND sf.seq = g.valid_from \
             LEFT JOIN snapshots su ON su.source_id = g.source_id AND su.seq = g.valid_until \
             LEFT JOIN account_versions v ON v.account_id = g.account_id AND v.valid_from = (SELECT MAX(x.valid_from) FROM account_versions x WHERE x.account_id = g.account_id) \
             LEFT JOIN entitlement_versions ev ON ev.entitlement_id = g.entitlement_id AND ev.valid_from = (SELECT MAX(x.valid_from) FROM entitlement_versions x WHERE x.entitlement_id = g.entitlement_id) \
             LEFT JOIN items i ON i.id = (SELECT x.id FROM items x WHERE x.grant_id = g.id AND ($7 = 0 OR x.campaign_id = $8) ORDER BY x.campaign_id DESC, CASE WHEN x.state IN ('staged', 'decided', 'signed_off', 'no_longer_held') THEN 1 ELSE 0 END, x.id DESC LIMIT 1) \
             LEFT JOIN campaigns c ON c.id = i.campaign_id LEFT JOIN decisions d ON d.id = i.decision_id \
             LEFT JOIN orders o ON o.id = (SELECT x.id FROM orders x WHERE x.item_id = i.id ORDER BY x.id DESC LIMIT 1) \
             WHERE g.id > $1 AND ($2 = '' OR EXISTS (SELECT 1 FROM account_versions x WHERE x.account_id = g.account_id AND x.search LIKE $2 ESCAPE '!')) \
             AND ($3 = '' OR ev.search LIKE $3 ESCAPE '!') \
             AND ($4 = 0 OR g.source_id = $5) AND ($7 = 0 OR i.id IS NOT NULL) AND ($6 = '' OR i.state = $6) AND ($9 = '' OR o.state = $9) ORDER BY g.id LIMIT $10",
            after.map_or_else(Uuid::nil, |id| id.0),
            filter.person.as_deref().map_or_else(String::new, contains),
            filter.access.as_deref().map_or_else(String::new, contains),
            i64::from(filter.source.is_some()),
            filter.source.map_or_else(Uuid::nil, |id| id.0),
            filter.state.map_or("", ReviewState::as_str),
            i64::from(filter.campaign.is_some()),
            filter.campaign.map_or_else(Uuid::nil, |id| id.0),
            filter.order.map_or("", OrderState::as_str),
            limit,
        )?;
        rows.into_iter().map(GrantLine::try_from).collect()
    }

    /// The items about a grant, newest first; there is one for each campaign that asked, and two where it is emergency access (rule 27).
    pub async fn items_of_grant(&mut self, grant: GrantId) -> Result<Vec<ItemOfGrant>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, Uuid, String, String, String, Option<String>, Option<Uuid>),
            concat!(
                "SELECT i.id, i.number, i.campaign_id, c.name, ",
                in_view!(),
                ", i.state, d.answer, i.recommendation_id FROM items i JOIN campaigns c ON c.id = i.campaign_id LEFT JOIN decisions d ON d.id = i.decision_id WHERE i.grant_id = $1 ORDER BY i.id DESC"
            ),
            grant.0,
        )?;
        rows.into_iter()
            .map(|(item, number, campaign, name, showing, state, answer, recommendation)| {
                Ok(ItemOfGrant {
                    item: item.into(),
                    number,
                    campaign: campaign.into(),
                    name,
                    showing: word("items", "in_view", item, &showing)?,
                    state: word("items", "state", item, &state)?,
                    answer: answer.map(|a| word("decisions", "answer", item, &a)).transpose()?,
                    recommendation: recommendation.map(Into::into),
                })
            })
            .collect()
    }

    /// Findings about a grant, oldest first; those that name no grant count where they are about the same access.
    pub async fn findings_of_grant(
        &mut self,
        grant: GrantId,
        account: AccountId,
        entitlement: EntitlementId,
    ) -> Result<Vec<FindingOfGrant>> {
        fetch_all!(
            self,
            FindingOfGrant,
            "SELECT id, kind, raised_at FROM findings WHERE account_id = $2 AND (grant_id = $1 OR (grant_id IS NULL AND (entitlement_id IS NULL OR entitlement_id = $3))) ORDER BY id LIMIT 100",
            grant.0,
            account.0,
            entitlement.0,
        )
    }

    /// The newest snapshots that have something of an account and of an entitlement; what is gone is found as it was last.
    pub async fn last_seen(&mut self, account: AccountId, entitlement: EntitlementId) -> Result<Option<LastSeen>> {
        let row = fetch_optional!(
            self,
            (Option<i64>, Option<i64>),
            "SELECT (SELECT MAX(valid_from) FROM account_versions WHERE account_id = $1), (SELECT MAX(valid_from) FROM entitlement_versions WHERE entitlement_id = $2)",
            account.0,
            entitlement.0,
        )?;
        Ok(match row {
            Some((Some(account_seq), Some(entitlement_seq))) => Some(LastSeen { account_seq, entitlement_seq }),
            _ => None,
        })
    }

    /// The name of an entitlement as the newest snapshot that has it writes it, or the source's id.
    pub async fn entitlement_name(&mut self, id: EntitlementId) -> Result<Option<String>> {
        let row = fetch_optional!(
            self,
            (Option<String>, String),
            "SELECT v.name, e.external_id FROM entitlements e LEFT JOIN entitlement_versions v ON v.entitlement_id = e.id WHERE e.id = $1 ORDER BY v.valid_from DESC LIMIT 1",
            id.0,
        )?;
        Ok(row.map(|(name, external)| name.unwrap_or(external)))
    }
}
