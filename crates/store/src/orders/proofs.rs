//! What readings show of orders.

use super::{Order, Row, all, select};
use crate::{
    Error, Result, Tx,
    decisions::word,
    macros::{fetch_all, insert_many},
};
use domain::{AccountId, EntitlementId, GrantId, GrantPath, ItemId, OrderId, ProofId, SourceId, Timestamp};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A reading, looked at for one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Its id.
    pub id: ProofId,
    /// The order.
    pub order: OrderId,
    /// The source.
    pub source: SourceId,
    /// The snapshot that was looked at; for a look at single grants, the newest one before it.
    pub seq: i64,
    /// The snapshot's population hash; for a look at single grants, the SHA-256 of `pages`.
    pub population_hash: Vec<u8>,
    /// The pages of a look at single grants, as JSON; `None` for a whole reading.
    pub pages: Option<String>,
    /// True where the grant is gone, false where it is still there.
    pub gone: bool,
    /// When it was looked at.
    pub at: Timestamp,
}

/// Access that a reading shows anew although it was ordered away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comeback {
    /// The newer grant.
    pub grant: GrantId,
    /// Who holds it.
    pub account: AccountId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// How.
    pub path: GrantPath,
    /// Since when, as the source says.
    pub granted_on: Option<Timestamp>,
    /// Who provisioned it, as the source writes it.
    pub granted_by: Option<String>,
    /// The order that had set out to remove, or removed, the earlier grant.
    pub order: OrderId,
    /// That order's item.
    pub item: ItemId,
    /// Since when the earlier grant was held.
    pub earlier_granted_on: Option<Timestamp>,
    /// When that order was proven; `None` while it is not.
    pub proven_at: Option<Timestamp>,
    /// When that order's removal left.
    pub left_at: Option<Timestamp>,
}

#[derive(sqlx_macros::FromRow)]
struct ComebackRow {
    grant_id: Uuid,
    account_id: Uuid,
    entitlement_id: Uuid,
    path: String,
    granted_on: Option<i64>,
    granted_by: Option<String>,
    order_id: Uuid,
    item_id: Uuid,
    earlier_granted_on: Option<i64>,
    proven_at: Option<i64>,
    left_at: Option<i64>,
}

#[derive(sqlx_macros::FromRow)]
struct ProofRow {
    id: Uuid,
    order_id: Uuid,
    source_id: Uuid,
    seq: i64,
    population_hash: Vec<u8>,
    pages: Option<String>,
    gone: i64,
    at: i64,
}

impl Tx {
    /// Orders of a source that are not settled and whose grant no reading shows any more, nor any other grant that the answer
    /// covers on a platform.
    pub async fn orders_seen_gone(&mut self, source: SourceId) -> Result<Vec<Order>> {
        all(fetch_all!(
            self,
            Row,
            select!(
                "JOIN grants g ON g.id = o.grant_id WHERE o.source_id = $1 AND o.state NOT IN ('proven', 'withdrawn') AND g.valid_until IS NOT NULL AND NOT EXISTS (SELECT 1 FROM native_item_grants n JOIN grants c ON c.id = n.grant_id WHERE n.item_id = o.item_id AND c.valid_until IS NULL) ORDER BY o.id"
            ),
            source.0
        )?)
    }

    /// Grants of a source that are held by the newest reading and whose end something waits for: true where it is a removal
    /// that nothing has proven, false where it is only a question of an open campaign that is not settled.
    pub async fn grants_waited_for(&mut self, source: SourceId) -> Result<BTreeMap<GrantId, bool>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64),
            "WITH waiting AS (SELECT o.item_id, o.grant_id, CAST(1 AS BIGINT) AS removal FROM orders o WHERE o.source_id = $1 AND o.state NOT IN ('proven', 'withdrawn') \
             UNION ALL SELECT i.id, i.grant_id, CAST(0 AS BIGINT) FROM items i JOIN campaigns c ON c.id = i.campaign_id WHERE i.source_id = $1 AND c.state = 'open' AND i.state IN ('undecided', 'handed_over', 'escalated', 'second_review', 'staged')), \
             covered AS (SELECT grant_id, removal FROM waiting UNION ALL SELECT n.grant_id, w.removal FROM waiting w JOIN native_item_grants n ON n.item_id = w.item_id) \
             SELECT g.id, MAX(covered.removal) FROM covered JOIN grants g ON g.id = covered.grant_id WHERE g.valid_until IS NULL GROUP BY g.id",
            source.0,
        )?;
        Ok(rows.into_iter().map(|(grant, removal)| (grant.into(), removal == 1)).collect())
    }

    /// Orders of a source that left before `before` and whose grant the newest reading still shows.
    pub async fn orders_seen_still(&mut self, source: SourceId, before: Timestamp) -> Result<Vec<Order>> {
        all(fetch_all!(
            self,
            Row,
            select!(
                "JOIN grants g ON g.id = o.grant_id WHERE o.source_id = $1 AND o.state IN ('sent', 'ticketed', 'outcome_unknown') AND o.left_at < $2 AND (g.valid_until IS NULL OR EXISTS (SELECT 1 FROM native_item_grants n JOIN grants c ON c.id = n.grant_id WHERE n.item_id = o.item_id AND c.valid_until IS NULL)) ORDER BY o.id"
            ),
            source.0,
            before.0,
        )?)
    }

    /// Grants that snapshot `seq` shows for the first time, of access that an order had set out to remove. The newest order of each.
    pub async fn comebacks(&mut self, source: SourceId, seq: i64) -> Result<Vec<Comeback>> {
        fetch_all!(
            self,
            ComebackRow,
            "SELECT g.id AS grant_id, g.account_id, g.entitlement_id, g.path, g.granted_on, g.granted_by, o.id AS order_id, o.item_id, old.granted_on AS earlier_granted_on, o.proven_at, o.left_at FROM grants g JOIN orders o ON o.account_id = g.account_id AND o.entitlement_id = g.entitlement_id AND o.grant_id <> g.id AND o.state <> 'withdrawn' JOIN grants old ON old.id = o.grant_id WHERE g.source_id = $1 AND g.valid_from = $2 AND g.valid_until IS NULL AND NOT EXISTS (SELECT 1 FROM orders n WHERE n.account_id = o.account_id AND n.entitlement_id = o.entitlement_id AND n.state <> 'withdrawn' AND n.id > o.id) ORDER BY g.id",
            source.0,
            seq,
        )?
        .into_iter()
        .map(|row| {
            Ok(Comeback {
                grant: row.grant_id.into(),
                account: row.account_id.into(),
                entitlement: row.entitlement_id.into(),
                path: word("grants", "path", row.grant_id, &row.path)?,
                granted_on: row.granted_on.map(Timestamp),
                granted_by: row.granted_by,
                order: row.order_id.into(),
                item: row.item_id.into(),
                earlier_granted_on: row.earlier_granted_on.map(Timestamp),
                proven_at: row.proven_at.map(Timestamp),
                left_at: row.left_at.map(Timestamp),
            })
        })
        .collect()
    }

    /// Orders of a source whose removal left and that nothing has proven yet, by id: what a look at single grants is to settle.
    pub async fn orders_to_look_at(&mut self, source: SourceId, after: Option<OrderId>, limit: i64) -> Result<Vec<Order>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        all(fetch_all!(
            self,
            Row,
            select!(
                "WHERE o.source_id = $1 AND o.state IN ('sent', 'outcome_unknown') AND o.id > $2 AND NOT EXISTS (SELECT 1 FROM native_item_grants n WHERE n.item_id = o.item_id AND n.grant_id <> o.grant_id) ORDER BY o.id LIMIT $3"
            ),
            source.0,
            after,
            limit,
        )?)
    }

    /// Orders that a look at single grants proved before the newest reading of a source was begun, and whose grant that
    /// reading shows all the same: the access is back.
    pub async fn orders_proven_yet_held(&mut self, source: SourceId, taken_at: Timestamp) -> Result<Vec<Order>> {
        all(fetch_all!(
            self,
            Row,
            select!(
                "JOIN grants g ON g.id = o.grant_id WHERE o.source_id = $1 AND o.state = 'proven' AND o.proven_at < $2 AND g.valid_until IS NULL ORDER BY o.id"
            ),
            source.0,
            taken_at.0,
        )?)
    }

    /// Adds proofs.
    pub async fn insert_proofs(&mut self, proofs: &[Proof]) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO proofs (id, order_id, source_id, seq, population_hash, pages, gone, at) ",
            proofs,
            |proof| proof.id.0,
            proof.order.0,
            proof.source.0,
            proof.seq,
            proof.population_hash.clone(),
            proof.pages.clone(),
            i64::from(proof.gone),
            proof.at.0,
        );
        Ok(())
    }

    /// What readings showed of an order, the first first.
    pub async fn proofs_of(&mut self, order: OrderId) -> Result<Vec<Proof>> {
        fetch_all!(
            self,
            ProofRow,
            "SELECT id, order_id, source_id, seq, population_hash, pages, gone, at FROM proofs WHERE order_id = $1 ORDER BY seq, id",
            order.0,
        )?
        .into_iter()
        .map(|row| {
            let gone = match row.gone {
                0 => false,
                1 => true,
                other => return Err(Error::inconsistent("proofs", "gone", row.id, other)),
            };
            Ok(Proof {
                id: row.id.into(),
                order: row.order_id.into(),
                source: row.source_id.into(),
                seq: row.seq,
                population_hash: row.population_hash,
                pages: row.pages,
                gone,
                at: Timestamp(row.at),
            })
        })
        .collect()
    }
}
