//! Figures of fairness: what is counted by account, what sources say of the people, measurements, and signed reviews.
//!
//! As with quality, no recommendation that is hidden (shadow mode) is read. What people decided and what came of it counts in
//! every campaign, because it happened to people whether or not anything was recommended to their reviewers.

use crate::{
    Error, Result, Tx,
    decisions::word,
    macros::{exec, fetch_all, fetch_optional},
};
use domain::{AccountId, AccountStatus, Answer, Employment, EntryId, IdentityId, SourceId, Timestamp, UserId, Verdict};
use uuid::Uuid;

/// The account that is counted, as the reading shows it that its items speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The account.
    pub account: AccountId,
    /// The reading, by its number.
    pub seq: i64,
    /// When the campaign was made.
    pub at: Timestamp,
    /// How many.
    pub cases: i64,
}

/// What a source said of an account's holder, from one reading until another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The account.
    pub account: AccountId,
    /// Whose it is.
    pub identity: IdentityId,
    /// The source that says it.
    pub source: SourceId,
    /// The first reading that said so.
    pub valid_from: i64,
    /// The first after it that did not; `None` while it is said.
    pub valid_until: Option<i64>,
    /// When that first reading was made.
    pub from: Timestamp,
    /// When that other one was made.
    pub until: Option<Timestamp>,
    /// The employee number.
    pub employee_id: Option<String>,
    /// What it says of the account.
    pub status: Option<AccountStatus>,
    /// How, where and for how much of the week.
    pub employment: Employment,
}

/// Figures, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub measured_at: Timestamp,
    /// SHA-256 of the body.
    pub sha256: [u8; 32],
    /// Canonical JSON.
    pub body: String,
}

/// A signed review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its id.
    pub id: Uuid,
    /// When it was signed.
    pub reviewed_at: Timestamp,
    /// By whom.
    pub by: UserId,
    /// SHA-256 of the figures that it is about.
    pub figures_sha256: [u8; 32],
    /// When those were measured.
    pub measured_at: Timestamp,
    /// The ledger entry, which commits to the words.
    pub entry: EntryId,
}

#[derive(sqlx_macros::FromRow)]
struct SaidRow {
    account_id: Uuid,
    identity_id: Uuid,
    source_id: Uuid,
    valid_from: i64,
    valid_until: Option<i64>,
    from_at: i64,
    until_at: Option<i64>,
    employee_id: Option<String>,
    status: Option<String>,
    employment_type: Option<String>,
    site: Option<String>,
    working_time: Option<String>,
}

impl TryFrom<SaidRow> for Said {
    type Error = Error;
    fn try_from(row: SaidRow) -> Result<Self> {
        let id = row.account_id;
        Ok(Self {
            account: id.into(),
            identity: row.identity_id.into(),
            source: row.source_id.into(),
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            from: Timestamp(row.from_at),
            until: row.until_at.map(Timestamp),
            employee_id: row.employee_id,
            status: row.status.map(|text| word("account_versions", "status", id, &text)).transpose()?,
            employment: Employment {
                kind: row.employment_type,
                site: row.site,
                working_time: row.working_time.map(|text| word("account_versions", "working_time", id, &text)).transpose()?,
            },
        })
    }
}

fn counted(account: Uuid, seq: i64, at: i64, cases: i64) -> Counted {
    Counted { account: account.into(), seq, at: Timestamp(at), cases }
}

impl Tx {
    /// What was recommended in campaigns that show it, made from `from` until before `until`.
    ///
    /// Access that two people are asked about counts once.
    pub async fn fairness_recommended(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<(Counted, Verdict)>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, i64, String, i64),
            "SELECT i.account_id, i.seq, c.created_at, r.verdict, COUNT(*) \
             FROM campaigns c JOIN items i ON i.campaign_id = c.id JOIN recommendations r ON r.id = i.recommendation_id \
             WHERE c.recommendations = 'shown' AND c.created_at >= $1 AND c.created_at < $2 AND i.seat <> 2 \
             GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
            from.0,
            until.0,
        )?;
        rows.into_iter()
            .map(|(account, seq, at, verdict, cases)| {
                Ok((counted(account, seq, at, cases), word("recommendations", "verdict", Uuid::nil(), &verdict)?))
            })
            .collect()
    }

    /// Final answers of people, Approve or Revoke, given from `from` until before `until`, to one item or to several at once.
    pub async fn fairness_decided(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<(Counted, Answer)>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, i64, String, i64),
            "SELECT i.account_id, i.seq, c.created_at, d.answer, COUNT(*) \
             FROM decisions d JOIN items i ON i.id = d.item_id AND i.decision_id = d.id JOIN campaigns c ON c.id = d.campaign_id \
             WHERE d.decided_at >= $1 AND d.decided_at < $2 AND d.finalised_at IS NOT NULL AND d.undone_at IS NULL AND d.answer IN ('approve', 'revoke') AND d.origin IN ('person', 'person_blind', 'person_bulk') \
             GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
            from.0,
            until.0,
        )?;
        rows.into_iter()
            .map(|(account, seq, at, answer, cases)| {
                Ok((counted(account, seq, at, cases), word("decisions", "answer", Uuid::nil(), &answer)?))
            })
            .collect()
    }

    /// Removals that people decided on, proven from `from` until before `until`, and how many of each account's were there again
    /// within `within` microseconds of the proof.
    pub async fn fairness_removed(&mut self, from: Timestamp, until: Timestamp, within: i64) -> Result<Vec<(Counted, i64)>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, i64, i64, i64),
            "SELECT i.account_id, i.seq, c.created_at, COUNT(*), CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM findings f WHERE f.order_id = o.id AND f.kind IN ('returned', 'regranted') AND f.raised_at <= o.proven_at + $3) THEN 1 ELSE 0 END) AS BIGINT) \
             FROM orders o JOIN decisions d ON d.id = o.decision_id JOIN items i ON i.id = o.item_id JOIN campaigns c ON c.id = o.campaign_id \
             WHERE o.proven_at >= $1 AND o.proven_at < $2 AND o.state = 'proven' AND d.origin IN ('person', 'person_blind', 'person_bulk') \
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            from.0,
            until.0,
            within,
        )?;
        Ok(rows.into_iter().map(|(account, seq, at, cases, returned)| (counted(account, seq, at, cases), returned)).collect())
    }

    /// What the sources said of everybody at `from` or later.
    pub async fn fairness_said(&mut self, from: Timestamp) -> Result<Vec<Said>> {
        fetch_all!(
            self,
            SaidRow,
            "SELECT v.account_id, a.identity_id, a.source_id, v.valid_from, v.valid_until, b.taken_at AS from_at, e.taken_at AS until_at, v.employee_id, v.status, v.employment_type, v.site, v.working_time \
             FROM account_versions v JOIN accounts a ON a.id = v.account_id JOIN snapshots b ON b.source_id = a.source_id AND b.seq = v.valid_from LEFT JOIN snapshots e ON e.source_id = a.source_id AND e.seq = v.valid_until \
             WHERE e.taken_at IS NULL OR e.taken_at >= $1 ORDER BY v.account_id, v.valid_from",
            from.0,
        )?
        .into_iter()
        .map(Said::try_from)
        .collect()
    }

    /// Keeps figures.
    pub async fn insert_fairness(&mut self, made: &Measurement) -> Result<()> {
        exec!(
            self,
            "INSERT INTO fairness_measurements (id, measured_at, sha256, body) VALUES ($1, $2, $3, $4)",
            made.id,
            made.measured_at.0,
            made.sha256.to_vec(),
            made.body.as_str(),
        )?;
        Ok(())
    }

    /// The newest figures.
    pub async fn newest_fairness(&mut self) -> Result<Option<Measurement>> {
        let row = fetch_optional!(
            self,
            (Uuid, i64, Vec<u8>, String),
            "SELECT id, measured_at, sha256, body FROM fairness_measurements ORDER BY measured_at DESC, id DESC LIMIT 1",
        )?;
        row.map(|(id, at, sha256, body)| {
            let sha256 = sha256.try_into().map_err(|_| Error::inconsistent("fairness_measurements", "sha256", id, "not 32 bytes"))?;
            Ok(Measurement { id, measured_at: Timestamp(at), sha256, body })
        })
        .transpose()
    }

    /// Keeps a signed review.
    pub async fn insert_fairness_review(&mut self, review: &Review) -> Result<()> {
        exec!(
            self,
            "INSERT INTO fairness_reviews (id, reviewed_at, by_user, figures_sha256, measured_at, entry_id) VALUES ($1, $2, $3, $4, $5, $6)",
            review.id,
            review.reviewed_at.0,
            review.by.0,
            review.figures_sha256.to_vec(),
            review.measured_at.0,
            review.entry.0,
        )?;
        Ok(())
    }

    /// Signed reviews, the newest first.
    pub async fn fairness_reviews(&mut self, limit: i64) -> Result<Vec<Review>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, Uuid, Vec<u8>, i64, Uuid),
            "SELECT id, reviewed_at, by_user, figures_sha256, measured_at, entry_id FROM fairness_reviews ORDER BY reviewed_at DESC, id DESC LIMIT $1",
            limit,
        )?;
        rows.into_iter()
            .map(|(id, reviewed_at, by, sha256, measured_at, entry)| {
                let figures_sha256 =
                    sha256.try_into().map_err(|_| Error::inconsistent("fairness_reviews", "figures_sha256", id, "not 32 bytes"))?;
                Ok(Review {
                    id,
                    reviewed_at: Timestamp(reviewed_at),
                    by: by.into(),
                    figures_sha256,
                    measured_at: Timestamp(measured_at),
                    entry: EntryId(entry),
                })
            })
            .collect()
    }
}
