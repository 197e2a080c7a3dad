//! When a model is trained by itself: as answers come that may teach.
//!
//! Only after a person had the first one trained, because the promise is a person's choice; the next ones have the promise of the
//! newest. What is trained so is a candidate as any other: nothing is recommended with it until a person puts it in force.

use super::{Adviser, lesson, train::RATES};
use crate::{Context, Result, jobs::JobKind};

/// Fewest new answers that a model is trained on by itself.
pub const MORE: u64 = 200;
/// One in so many of the answers that the newest model had has to be new.
pub const SHARE: u64 = 4;

/// The promise of the model that is to be trained by itself now, in millionths; `None` where none is.
///
/// One is where at least [`MORE`] answers that may teach became final since the newest model was trained, and at least one for
/// every [`SHARE`] that there were then; and since a training last ended, so that one that came to nothing is not tried again
/// and again.
pub(crate) async fn due(ctx: &Context) -> Result<Option<u32>> {
    let mut tx = ctx.store.read().await?;
    let Some(newest) = tx.models(None, 1).await?.pop() else {
        return Ok(None);
    };
    let ended = tx.last_job_ended_at(JobKind::TrainModel { by: None, rate: 0 }.as_str()).await?;
    let since = ended.map_or(newest.trained_at, |ended| ended.max(newest.trained_at));
    let new = lesson::counted(&mut tx, Some(since)).await?.all();
    if new < MORE {
        return Ok(None);
    }
    let Some(kept) = tx.model(&newest.sha256).await? else {
        return Ok(None);
    };
    drop(tx);
    let card = match Adviser::read(&kept) {
        Ok(adviser) => adviser.card,
        Err(problem) => {
            tracing::warn!(why = problem.sentence(&newest.sha256), "no model is trained by itself after one that cannot be read");
            return Ok(None);
        }
    };
    let had: u64 = card.labels.kept.values().sum();
    let rate = card.promise.map(|promise| promise.rate).filter(|rate| RATES.contains(rate));
    Ok(rate.filter(|_| enough(new, had)))
}

/// Whether so many new answers are enough after a model that had so many.
const fn enough(new: u64, had: u64) -> bool {
    new >= MORE && new.saturating_mul(SHARE) >= had
}

#[cfg(test)]
mod tests {
    use super::enough;

    #[test]
    fn it_takes_two_hundred_new_answers_and_a_quarter_of_what_there_was() {
        for (had, least) in [(400, 200), (800, 200), (801, 201), (4_000, 1_000)] {
            assert!(enough(least, had) && !enough(least - 1, had), "{had} before, {least} new");
        }
    }
}
