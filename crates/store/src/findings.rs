//! Findings: what somebody must look at.

use crate::{
    Error, Result, Tx,
    decisions::word,
    macros::{exec, fetch_all, fetch_optional},
};
use domain::{AccountId, EntitlementId, FindingId, GrantId, ItemId, OrderId, SourceId, Timestamp, UserId};
use std::{collections::BTreeMap, fmt, str::FromStr};
use uuid::Uuid;

macro_rules! spelled {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$vmeta:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling in the database, the ledger and forms.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }

        impl FromStr for $name {
            type Err = domain::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|w| w.as_str() == text).ok_or_else(|| domain::UnknownWord {
                    what: $what,
                    found: text.to_owned(),
                    known: [$($word),+].join(", "),
                })
            }
        }
    };
}

spelled! {
    /// What was found.
    FindingKind, "kind of finding" {
        /// Access that was proven gone is there again (rule 21).
        Returned => "returned",
        /// A newer grant of access that an order set out to remove; the order leaves it alone (rule 18).
        Regranted => "regranted",
        /// An emergency account or entitlement was used (rule 27).
        EmergencyUsed => "emergency_used",
        /// Somebody has left and still has access (rule 28).
        LeaverActive => "leaver_active",
    }
}

spelled! {
    /// How access came back, as far as the source's data tells (rule 21).
    Explanation, "explanation" {
        /// Somebody provisioned it after the removal, and the source names whom.
        ApprovedRequest => "approved_request",
        /// A rule or an outer group grants it.
        Rule => "rule",
        /// The source shows the state from before the removal again.
        Sync => "sync",
        /// Nothing in the data says.
        Unexplained => "unexplained",
    }
}

spelled! {
    /// What came of a finding.
    Outcome, "outcome of a finding" {
        /// It is as it should be; somebody answers for that.
        Accepted => "accepted",
        /// It was put right at the source.
        Corrected => "corrected",
        /// The data was wrong, not the access.
        DataMistake => "data_mistake",
    }
}

/// Something that somebody must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// What was found.
    pub kind: FindingKind,
    /// The source.
    pub source: SourceId,
    /// The snapshot that shows it.
    pub seq: i64,
    /// Whose account.
    pub account: AccountId,
    /// Which access, where it is about one.
    pub entitlement: Option<EntitlementId>,
    /// Which grant, where it is about one.
    pub grant: Option<GrantId>,
    /// The item that had settled the earlier grant.
    pub item: Option<ItemId>,
    /// The order that had set out to remove the earlier grant.
    pub order: Option<OrderId>,
    /// The item that asks about the access anew (rule 21).
    pub asked_item: Option<ItemId>,
    /// How the access came back.
    pub explanation: Option<Explanation>,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When somebody settled it.
    pub settled_at: Option<Timestamp>,
    /// Who.
    pub settled_by: Option<UserId>,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    source_id: Uuid,
    seq: i64,
    account_id: Uuid,
    entitlement_id: Option<Uuid>,
    grant_id: Option<Uuid>,
    item_id: Option<Uuid>,
    order_id: Option<Uuid>,
    asked_item_id: Option<Uuid>,
    explanation: Option<String>,
    raised_at: i64,
    settled_at: Option<i64>,
    settled_by: Option<Uuid>,
    outcome: Option<String>,
}

impl TryFrom<Row> for Finding {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            kind: word("findings", "kind", row.id, &row.kind)?,
            source: row.source_id.into(),
            seq: row.seq,
            account: row.account_id.into(),
            entitlement: row.entitlement_id.map(Into::into),
            grant: row.grant_id.map(Into::into),
            item: row.item_id.map(Into::into),
            order: row.order_id.map(Into::into),
            asked_item: row.asked_item_id.map(Into::into),
            explanation: row.explanation.map(|w| word("findings", "explanation", row.id, &w)).transpose()?,
            raised_at: Timestamp(row.raised_at),
            settled_at: row.settled_at.map(Timestamp),
            settled_by: row.settled_by.map(Into::into),
            outcome: row.outcome.map(|w| word("findings", "outcome", row.id, &w)).transpose()?,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, source_id, seq, account_id, entitlement_id, grant_id, item_id, order_id, asked_item_id, explanation, raised_at, settled_at, settled_by, outcome FROM findings ",
            $rest
        )
    };
}

impl Tx {
    /// Adds a finding. False where the same stands there already.
    pub async fn insert_finding(&mut self, finding: &Finding) -> Result<bool> {
        let rows = exec!(
            self,
            "INSERT INTO findings (id, kind, source_id, seq, account_id, entitlement_id, grant_id, item_id, order_id, explanation, raised_at, settled_at, settled_by, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, NULL, NULL) ON CONFLICT DO NOTHING",
            finding.id.0,
            finding.kind.as_str(),
            finding.source.0,
            finding.seq,
            finding.account.0,
            finding.entitlement.map(|id| id.0),
            finding.grant.map(|id| id.0),
            finding.item.map(|id| id.0),
            finding.order.map(|id| id.0),
            finding.explanation.map(Explanation::as_str),
            finding.raised_at.0,
        )?;
        Ok(rows == 1)
    }

    /// One finding.
    pub async fn finding(&mut self, id: FindingId) -> Result<Option<Finding>> {
        fetch_optional!(self, Row, select!("WHERE id = $1"), id.0)?.map(Finding::try_from).transpose()
    }

    /// Findings that nobody has settled, by id.
    pub async fn open_findings(&mut self, after: Option<FindingId>, limit: i64) -> Result<Vec<Finding>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        fetch_all!(self, Row, select!("WHERE settled_at IS NULL AND id > $1 ORDER BY id LIMIT $2"), after, limit)?
            .into_iter()
            .map(Finding::try_from)
            .collect()
    }

    /// Records which item asks anew about the access that a finding is about. False where one does already.
    pub async fn set_finding_asked(&mut self, id: FindingId, item: ItemId) -> Result<bool> {
        let rows = exec!(self, "UPDATE findings SET asked_item_id = $2 WHERE id = $1 AND asked_item_id IS NULL", id.0, item.0)?;
        Ok(rows == 1)
    }

    /// Access that came back to a source after a proven removal and that no item asks about yet: findings by grant.
    pub async fn returned_and_not_asked(&mut self, source: SourceId) -> Result<BTreeMap<GrantId, FindingId>> {
        let rows: Vec<(Uuid, Uuid)> = fetch_all!(
            self,
            (Uuid, Uuid),
            "SELECT f.grant_id, f.id FROM findings f JOIN grants g ON g.id = f.grant_id WHERE f.source_id = $1 AND f.kind = 'returned' AND f.asked_item_id IS NULL AND g.valid_until IS NULL",
            source.0,
        )?;
        Ok(rows.into_iter().map(|(grant, finding)| (grant.into(), finding.into())).collect())
    }

    /// The finding that made a campaign ask about an item anew; `None` where none did.
    pub async fn finding_behind(&mut self, item: ItemId) -> Result<Option<Finding>> {
        fetch_optional!(self, Row, select!("WHERE asked_item_id = $1 ORDER BY id LIMIT 1"), item.0)?.map(Finding::try_from).transpose()
    }

    /// Settles a finding. False where somebody did before.
    pub async fn settle_finding(&mut self, id: FindingId, outcome: Outcome, at: Timestamp, by: UserId) -> Result<bool> {
        let rows = exec!(
            self,
            "UPDATE findings SET settled_at = $2, settled_by = $3, outcome = $4 WHERE id = $1 AND settled_at IS NULL",
            id.0,
            at.0,
            by.0,
            outcome.as_str(),
        )?;
        Ok(rows == 1)
    }

    /// Accounts whose employment ended by `at` (rule 28), that are no rehires, hold access in this source at snapshot
    /// `seq`, and about whom no finding was raised since the account last changed.
    ///
    /// The last day may be what another source says of the same person, where this one says none, the employee number shows
    /// that they are one (rule 34), and no source says that they stayed or came back. Then a finding that nobody settled is
    /// enough.
    pub async fn leavers_with_access(&mut self, source: SourceId, seq: i64, at: Timestamp) -> Result<Vec<AccountId>> {
        let rows: Vec<(Uuid,)> = fetch_all!(
            self,
            (Uuid,),
            "SELECT DISTINCT a.id FROM accounts a JOIN account_versions v ON v.account_id = a.id AND v.valid_until IS NULL \
             JOIN accounts b ON b.identity_id = a.identity_id JOIN account_versions w ON w.account_id = b.id AND w.valid_until IS NULL \
             JOIN snapshots s ON s.source_id = b.source_id AND s.seq = w.valid_from \
             WHERE a.source_id = $1 AND w.end_on IS NOT NULL AND w.end_on <= $2 AND (w.start_on IS NULL OR w.start_on <= w.end_on) \
             AND (b.id = a.id OR (b.source_id <> $1 AND v.end_on IS NULL AND TRIM(v.employee_id) = TRIM(w.employee_id) AND TRIM(w.employee_id) <> '' \
             AND (w.status IS NULL OR w.status NOT IN ('service', 'shared')) AND (v.start_on IS NULL OR v.start_on <= w.end_on) \
             AND NOT EXISTS (SELECT 1 FROM accounts c JOIN account_versions x ON x.account_id = c.id AND x.valid_until IS NULL \
             WHERE c.identity_id = a.identity_id AND TRIM(x.employee_id) = TRIM(w.employee_id) AND (x.end_on > w.end_on OR x.start_on > w.end_on)))) \
             AND EXISTS (SELECT 1 FROM grants g WHERE g.account_id = a.id AND g.valid_until IS NULL AND g.valid_from <= $3) \
             AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.kind = 'leaver_active' AND f.source_id = $1 AND f.account_id = a.id \
             AND ((b.id = a.id AND f.seq >= v.valid_from) OR (b.id <> a.id AND (f.settled_at IS NULL OR f.raised_at >= s.sealed_at)))) \
             ORDER BY a.id",
            source.0,
            at.0,
            seq,
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// Uses that snapshot `seq` shows for the first time.
    pub async fn new_uses(&mut self, source: SourceId, seq: i64) -> Result<Vec<(AccountId, String, EntitlementId, String)>> {
        let rows: Vec<(Uuid, String, Uuid, String)> = fetch_all!(
            self,
            (Uuid, String, Uuid, String),
            "SELECT u.account_id, a.external_id, u.entitlement_id, e.external_id FROM usages u JOIN accounts a ON a.id = u.account_id JOIN entitlements e ON e.id = u.entitlement_id WHERE u.source_id = $1 AND u.valid_from = $2 AND u.last_used IS NOT NULL AND NOT EXISTS (SELECT 1 FROM usages p WHERE p.account_id = u.account_id AND p.entitlement_id = u.entitlement_id AND p.valid_from < u.valid_from AND p.last_used >= u.last_used) ORDER BY u.account_id, u.entitlement_id",
            source.0,
            seq,
        )?;
        Ok(rows.into_iter().map(|(account, person, entitlement, what)| (account.into(), person, entitlement.into(), what)).collect())
    }
}
