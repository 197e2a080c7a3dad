//! Form submissions that changed something, and what was answered.

use crate::{
    Result, Tx,
    macros::{exec, fetch_optional},
};
use domain::{AttemptId, Timestamp, UserId};
use uuid::Uuid;

/// A form submission that changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The attempt's id, made when the form was shown.
    pub id: AttemptId,
    /// Who submitted it.
    pub user: UserId,
    /// What was asked for, for example `decide`.
    pub kind: String,
    /// What it was asked of, for example an item's id.
    pub subject: Uuid,
    /// When it was done.
    pub at: Timestamp,
    /// What was answered, as JSON.
    pub answer: String,
}

impl Tx {
    /// The submission with this id, if it changed something before.
    pub async fn attempt(&mut self, id: AttemptId) -> Result<Option<Attempt>> {
        let row = fetch_optional!(
            self,
            (Uuid, String, Uuid, i64, String),
            "SELECT user_id, kind, subject, at, answer FROM attempts WHERE id = $1",
            id.0
        )?;
        Ok(row.map(|(user, kind, subject, at, answer)| Attempt { id, user: UserId(user), kind, subject, at: Timestamp(at), answer }))
    }

    /// Keeps a submission with its answer. [`crate::Error::Duplicate`] means that the same form was submitted twice at once.
    pub async fn insert_attempt(&mut self, attempt: &Attempt) -> Result<()> {
        exec!(
            self,
            "INSERT INTO attempts (id, user_id, kind, subject, at, answer) VALUES ($1, $2, $3, $4, $5, $6)",
            attempt.id.0,
            attempt.user.0,
            attempt.kind.clone(),
            attempt.subject,
            attempt.at.0,
            attempt.answer.clone(),
        )?;
        Ok(())
    }
}
