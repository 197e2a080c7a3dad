//! One attempt, one effect: a form that is sent twice is answered twice and done once.
//!
//! A use case asks [`earlier`] first and calls [`keep`] last, in the transaction
//! of its work. Two submissions at the same moment meet on the attempt's primary
//! key: one commits, the other begins again under [`crate::retry_busy`] and finds
//! the first one's answer.

use crate::{Actor, Context, Error, Result};
use domain::AttemptId;
use serde::{Serialize, de::DeserializeOwned};
use store::{Attempt, Tx};
use uuid::Uuid;

/// The answer that was given when this attempt was first made; `None` when it is new.
///
/// An attempt id that belongs to another person, kind or subject is refused.
pub async fn earlier<T: DeserializeOwned>(
    tx: &mut Tx,
    actor: &Actor,
    id: AttemptId,
    kind: &str,
    subject: impl Into<Uuid>,
) -> Result<Option<T>> {
    let Some(attempt) = tx.attempt(id).await? else {
        return Ok(None);
    };
    if attempt.user != actor.user || attempt.kind != kind || attempt.subject != subject.into() {
        return Err(Error::Refused(
            "This form was already used for something else. Nothing was changed. Open the page again and repeat what you wanted to do."
                .to_owned(),
        ));
    }
    let answer =
        serde_json::from_str(&attempt.answer).map_err(|e| Error::Inconsistent(format!("the stored answer of attempt {id}: {e}")))?;
    Ok(Some(answer))
}

/// Keeps what was answered, for the case that the form is sent again.
pub async fn keep<T: Serialize>(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    id: AttemptId,
    kind: &str,
    subject: impl Into<Uuid>,
    answer: &T,
) -> Result<()> {
    let answer = serde_json::to_string(answer).map_err(|e| Error::Inconsistent(format!("the answer of attempt {id}: {e}")))?;
    tx.insert_attempt(&Attempt { id, user: actor.user, kind: kind.to_owned(), subject: subject.into(), at: ctx.env.now(), answer }).await?;
    Ok(())
}
