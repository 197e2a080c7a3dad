//! Models that learn from the organisation's own decisions: trained, compared with people's answers, put in force, and rolled back.
//!
//! Only answers that may teach do (rule 30): final ones, Approve or Revoke, that a person gave one by one without having been
//! shown a recommendation, about items where no named rule decided. The others are counted by why they do not. Of those that
//! teach, half train the model, a quarter sets the promise, and the rest, with all that comes later, is what the model is
//! compared with: it knows none of it.
//!
//! An administrator has the first model trained. As answers come, the next ones are trained by themselves ([`MORE`]).
//!
//! A model is an artifact with a hash, signed with the key that signs checkpoints. Nothing of it counts until a person with
//! the right to has read the comparison and accepts it by its hash ([`promote`]). One act puts the model before it, or the
//! stated weights alone, in force again ([`roll_back`]). Artifacts are kept, so that what was recommended with one can be made
//! again.

mod adviser;
mod again;
mod change;
mod compare;
mod document;
mod features;
mod lesson;
mod train;

pub(crate) use adviser::{Adviser, in_force, of_this_installation};
pub(crate) use again::due;
pub use again::{MORE, SHARE};
pub(crate) use change::run;
pub use change::{Done, PromoteForm, RollBackForm, ask, promote, roll_back};
pub(crate) use compare::compare;
pub use document::{KindKept, Report, SCHEMA};
pub(crate) use features::{kind_parts, profile};
pub use lesson::Teaching;
pub(crate) use lesson::counted;
pub use train::{FEWEST, FEWEST_EACH, RATE, RATES};

use crate::{Actor, Context, Error, Result};
use domain::{Action, Object};

/// A model's comparison with people's answers, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The comparison.
    pub report: Report,
    /// Its canonical bytes, which are what a person accepts.
    pub bytes: Vec<u8>,
    /// SHA-256 of those bytes.
    pub sha256: [u8; 32],
}

/// What a model would have recommended beside what people decided, on decisions that it does not know.
///
/// # Errors
/// [`Error::NotFound`] where there is no such model, or not for this person; [`Error::Refused`] where the stored model is not what
/// was signed.
pub async fn report(ctx: &Context, actor: &Actor, sha256: [u8; 32]) -> Result<Standing> {
    actor.require(Action::View, Object::Model, false)?;
    let mut tx = ctx.store.read().await?;
    let kept = tx.model(&sha256).await?.ok_or(Error::NotFound)?;
    let adviser = of_this_installation(ctx, &kept).map_err(|problem| Error::Refused(problem.sentence(&sha256)))?;
    compare(&mut tx, adviser).await
}
