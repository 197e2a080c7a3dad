//! Past decisions to a model, and a model's probabilities to verdicts.
//!
//! Pure and deterministic: the same decisions give the same bytes on every
//! machine, whatever order they come in. There is no clock, no chance from
//! outside, no file. Attributes are opaque codes: a value's spelling tells
//! whether two rows share it, and nothing else.
//!
//! The way of one model: [`labels`] drops the decisions that may not teach and
//! counts why (rule 30); [`Table`] holds the rest; [`train`] makes the [`Model`]
//! out of two views, a logistic regression over crosses of attributes
//! (`linear`) whose held-out scores are one of the features of boosted trees
//! over approval rates (`boost`), and calibrates it on held-out rows
//! (`calibrate`). [`Promise`] turns probabilities into Approve, Revoke or
//! Escalate so that a chosen error rate holds. [`Model::parts`] says what each
//! attribute adds to a probability's log-odds. [`Artifact`] is the model as
//! bytes with a hash and a card; signing them is the ledger key's business.
//!
//! Where a whole list of open rows is judged at once, [`Together`] takes the
//! model's place. How often and with whom everything occurs is counted over
//! decisions and open rows alike (`rows`, `features`), and more rests on it: a
//! forest (`forest`), which the linear view starts from, and rates of
//! neighbours (`rates`). It is never stored.
//!
//! Numbers index tables that were made here out of the same rows; ids from
//! outside are looked up, and what was never seen has no id.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of rows, groups and features are counts below 2^32, which Table::new checks; f32 is the stored precision"
)]

mod artifact;
mod bins;
mod boost;
mod calibrate;
mod chance;
mod features;
mod forest;
pub mod labels;
mod levels;
mod linear;
pub mod measure;
mod model;
mod parts;
mod promise;
mod rates;
mod rows;
mod table;
mod together;

pub use artifact::{Artifact, ArtifactError, Card, SCHEMA};
pub use model::{Model, Settings, TrainError, train};
pub use parts::Parts;
pub use promise::{Kept, Promise, Rule, Side, Suggestion, Why, millionths, upper_bound};
pub use table::{Row, Table, TableError};
pub use together::Together;
