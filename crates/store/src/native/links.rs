//! Reviewers' own accounts at platforms. Their tokens are sealed.

use crate::{
    Result, Tx,
    macros::{exec, fetch_all, fetch_optional},
    sealed::{NONCE, Sealer},
};
use domain::{SourceId, Timestamp, UserId};
use uuid::Uuid;

const TABLE: &str = "reviewer_links";
const COLUMN: &str = "sealed";

/// A reviewer's link, without its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Who linked.
    pub user: UserId,
    /// The source whose platform it is.
    pub source: SourceId,
    /// The account's id at the source.
    pub account: String,
    /// The scopes that were given.
    pub scope: String,
    /// It can be renewed when its access token ended.
    pub renewable: bool,
    /// When the access token ends.
    pub ends_at: Timestamp,
    /// When it was linked.
    pub linked_at: Timestamp,
}

/// A link of a person, and the source's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOf {
    /// The link.
    pub link: Link,
    /// The source's name.
    pub source_name: String,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    user_id: Uuid,
    source_id: Uuid,
    account: String,
    scope: String,
    renewable: i64,
    ends_at: i64,
    linked_at: i64,
}

impl From<Row> for Link {
    fn from(row: Row) -> Self {
        Self {
            user: row.user_id.into(),
            source: row.source_id.into(),
            account: row.account,
            scope: row.scope,
            renewable: row.renewable == 1,
            ends_at: Timestamp(row.ends_at),
            linked_at: Timestamp(row.linked_at),
        }
    }
}

/// The row as bytes, for what is sealed in it.
fn place(user: UserId, source: SourceId) -> Vec<u8> {
    [*user.0.as_bytes(), *source.0.as_bytes()].concat()
}

impl Tx {
    /// Keeps a reviewer's link and its tokens, sealed; takes the place of an earlier one.
    pub async fn set_reviewer_link(&mut self, sealer: &Sealer, nonce: [u8; NONCE], link: &Link, tokens: &[u8]) -> Result<()> {
        let closed = sealer.seal(TABLE, COLUMN, &place(link.user, link.source), nonce, tokens)?;
        exec!(
            self,
            "INSERT INTO reviewer_links (user_id, source_id, account, sealed, scope, renewable, ends_at, linked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id, source_id) DO UPDATE SET account = excluded.account, sealed = excluded.sealed, scope = excluded.scope, renewable = excluded.renewable, ends_at = excluded.ends_at, linked_at = excluded.linked_at",
            link.user.0,
            link.source.0,
            link.account.as_str(),
            closed.as_slice(),
            link.scope.as_str(),
            i64::from(link.renewable),
            link.ends_at.0,
            link.linked_at.0,
        )?;
        Ok(())
    }

    /// A reviewer's link without its tokens.
    pub async fn reviewer_link(&mut self, user: UserId, source: SourceId) -> Result<Option<Link>> {
        let row = fetch_optional!(
            self,
            Row,
            "SELECT user_id, source_id, account, scope, renewable, ends_at, linked_at FROM reviewer_links WHERE user_id = $1 AND source_id = $2",
            user.0,
            source.0
        )?;
        Ok(row.map(Into::into))
    }

    /// The tokens of a reviewer's link, opened.
    pub async fn reviewer_tokens(&mut self, sealer: &Sealer, user: UserId, source: SourceId) -> Result<Option<Vec<u8>>> {
        let row =
            fetch_optional!(self, (Vec<u8>,), "SELECT sealed FROM reviewer_links WHERE user_id = $1 AND source_id = $2", user.0, source.0)?;
        row.map(|(closed,)| sealer.open(TABLE, COLUMN, &place(user, source), &closed)).transpose()
    }

    /// Every link of a person, by the source's name.
    pub async fn reviewer_links_of(&mut self, user: UserId) -> Result<Vec<LinkOf>> {
        let rows = fetch_all!(
            self,
            (Uuid, Uuid, String, String, i64, i64, i64, String),
            "SELECT l.user_id, l.source_id, l.account, l.scope, l.renewable, l.ends_at, l.linked_at, s.name FROM reviewer_links l JOIN sources s ON s.id = l.source_id WHERE l.user_id = $1 ORDER BY s.name, s.id",
            user.0
        )?;
        Ok(rows
            .into_iter()
            .map(|(user_id, source_id, account, scope, renewable, ends_at, linked_at, source_name)| LinkOf {
                link: Row { user_id, source_id, account, scope, renewable, ends_at, linked_at }.into(),
                source_name,
            })
            .collect())
    }

    /// Forgets a reviewer's link with its tokens; false where there was none.
    pub async fn delete_reviewer_link(&mut self, user: UserId, source: SourceId) -> Result<bool> {
        Ok(exec!(self, "DELETE FROM reviewer_links WHERE user_id = $1 AND source_id = $2", user.0, source.0)? == 1)
    }

    /// Forgets every link of a person; returns how many there were.
    pub async fn delete_reviewer_links_of(&mut self, user: UserId) -> Result<u64> {
        exec!(self, "DELETE FROM reviewer_links WHERE user_id = $1", user.0)
    }

    /// Forgets links whose access token ended before `now` and that cannot be renewed; returns how many.
    pub async fn delete_reviewer_links_over(&mut self, now: Timestamp) -> Result<u64> {
        exec!(self, "DELETE FROM reviewer_links WHERE renewable = 0 AND ends_at <= $1", now.0)
    }
}
