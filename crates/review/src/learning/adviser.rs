//! A model at work: its artifact read and checked, and what it says of a grant.

use super::features::{COLUMNS, kind, part_of, values};
use crate::{Context, Error, Result, sequence};
use domain::Timestamp;
use learn::{Artifact, Card, Model, Promise, Rule, Side, Why, millionths};
use ledger::SignedNote;
use recommend::{Facts, Learned, Part, PartOf, Profile, Promised, Weights, steps};
use std::sync::Arc;
use store::{Tx, models::StoredModel};

/// What is wrong with a stored model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The bytes do not have the hash under which they are kept: the hash that they have.
    Bytes(String),
    /// They have it, and cannot be read all the same.
    Form(String),
    /// The signature over the hash does not hold, or is by another key.
    Signature(String),
}

impl Problem {
    /// What to say to whoever needed the model.
    pub fn sentence(&self, sha256: &[u8]) -> String {
        let name = hex::encode(sha256);
        let what = match self {
            Self::Bytes(real) => format!(
                "The stored model {name} is not what was trained and signed: its bytes have the SHA-256 {real}. Somebody with access to the database changed it, or the disk did."
            ),
            Self::Form(why) => format!("The stored model {name} cannot be read: {why}."),
            Self::Signature(why) => {
                format!("The signature of the stored model {name} does not hold with this installation's key: {why}.")
            }
        };
        format!("{what} Nothing was done with it. An administrator can put another model, or the stated weights, in force.")
    }
}

/// A model with its promise.
#[derive(Debug)]
pub(crate) struct Adviser {
    /// SHA-256 of the artifact: its name.
    pub sha256: [u8; 32],
    /// Its card.
    pub card: Card,
    model: Model,
    promise: Promise,
    /// The places among [`COLUMNS`] of the columns that it uses.
    used: Vec<usize>,
    /// The part of its word that each of these columns is of.
    groups: Vec<PartOf>,
}

impl Adviser {
    /// Reads a stored model, whoever signed it: for making again what was recommended with it.
    pub fn read(kept: &StoredModel) -> Result<Self, Problem> {
        let real = ledger::sha256(&kept.artifact);
        if real != kept.sha256 {
            return Err(Problem::Bytes(hex::encode(real)));
        }
        let (model, card) = Artifact::read(&kept.artifact).map_err(|why| Problem::Form(why.to_string()))?;
        Self::new(real, model, card)
    }

    fn new(sha256: [u8; 32], model: Model, card: Card) -> Result<Self, Problem> {
        let promise = card.promise.clone().ok_or_else(|| Problem::Form("it holds no promise".to_owned()))?;
        let other = || Problem::Form("it was trained on other columns than this program has".to_owned());
        let used = used(&model).ok_or_else(other)?;
        let groups = model.columns().map(part_of).collect::<Option<Vec<_>>>().ok_or_else(other)?;
        Ok(Self { sha256, card, model, promise, used, groups })
    }

    /// The columns that it uses.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.model.columns()
    }

    /// How many decisions it learned from.
    pub const fn rows(&self) -> usize {
        self.model.rows()
    }

    /// What it says of a grant with these facts, not taken apart; `None` where a named rule decides and no model is asked.
    pub fn says(&self, facts: &Facts, as_of: Timestamp, weights: &Weights, profile: &Profile) -> Option<Learned> {
        self.says_as(facts, as_of, weights, profile, false)
    }

    /// The same, taken apart: what is recommended with. It decides nothing else than [`Self::says`], and takes some twenty times
    /// as long.
    pub fn says_in_parts(&self, facts: &Facts, as_of: Timestamp, weights: &Weights, profile: &Profile) -> Option<Learned> {
        self.says_as(facts, as_of, weights, profile, true)
    }

    /// The same, in parts or not, as an earlier word was that is to be had again.
    pub fn says_as(&self, facts: &Facts, as_of: Timestamp, weights: &Weights, profile: &Profile, in_parts: bool) -> Option<Learned> {
        let weighing = steps(facts, as_of, weights).weighing?;
        let values = values(facts, as_of, &weighing, profile);
        let values = of_model(&self.used, &values);
        let approve = millionths(self.model.probability(&values));
        let rule = self.promise.rules.get(&kind(facts, profile.source));
        let parts = in_parts.then(|| {
            let parts = self.model.parts(&values, &self.groups).of;
            parts.into_iter().map(|(of, weight)| Part { of, weight }).collect()
        });
        Some(Learned { approve, model: self.sha256, parts, promise: promised(rule, approve), profile: profile.clone() })
    }
}

/// The places among our columns of those that a model uses; `None` where it uses another.
pub(super) fn used(model: &Model) -> Option<Vec<usize>> {
    model.columns().map(|name| COLUMNS.iter().position(|known| *known == name)).collect()
}

/// The values in the order of a model's columns.
fn of_model<'a>(used: &[usize], values: &'a [String]) -> Vec<&'a str> {
    used.iter().filter_map(|place| values.get(*place)).map(String::as_str).collect()
}

pub(super) fn probability(model: &Model, used: &[usize], values: &[String]) -> f64 {
    model.probability(&of_model(used, values))
}

/// What a rule of the promise makes of a probability. On either half, the side that is nearer says why nothing is recommended.
fn promised(rule: Option<&Rule>, approve: u32) -> Promised {
    let Some(rule) = rule else {
        return Promised::TooFew { cases: 0 };
    };
    let likely = approve >= 500_000;
    let side: Result<Side, Why> = if likely { rule.approve } else { rule.revoke };
    match side {
        Ok(Side { threshold, cases, overturned, .. }) => {
            let agreed = cases.saturating_sub(overturned);
            if likely && approve >= threshold {
                Promised::Approve { agreed, cases }
            } else if !likely && approve <= threshold {
                Promised::Revoke { agreed, cases }
            } else {
                Promised::Between {}
            }
        }
        Err(Why::TooFew) => Promised::TooFew { cases: rule.cases },
        Err(Why::TooOften) => Promised::TooOften { cases: rule.cases },
    }
}

/// The text that is signed for a model.
pub(super) fn note_text(origin: &str, sha256: &[u8]) -> String {
    format!("{}\n{origin}\n{}\n", learn::SCHEMA, hex::encode(sha256))
}

/// Reads a stored model, and checks that this installation's key signed it.
pub(crate) fn of_this_installation(ctx: &Context, kept: &StoredModel) -> Result<Adviser, Problem> {
    let adviser = Adviser::read(kept)?;
    let bad = |why: String| Problem::Signature(why);
    let key = sequence::verifier_key(ctx).map_err(|why| bad(why.to_string()))?;
    let note = SignedNote::parse(&kept.note).map_err(|why| bad(why.to_string()))?;
    note.verify(&[key]).map_err(|why| bad(why.to_string()))?;
    if note.text() == note_text(&ctx.origin, &kept.sha256) { Ok(adviser) } else { Err(bad("it was made for another model".to_owned())) }
}

/// The model that is in force; `None` where the stated weights decide alone.
///
/// # Errors
/// [`Error::Refused`] where the stored model is not what was signed.
pub(crate) async fn in_force(ctx: &Context, tx: &mut Tx) -> Result<Option<Arc<Adviser>>> {
    let Some(sha256) = tx.term().await?.and_then(|term| term.model) else {
        return Ok(None);
    };
    let kept = tx
        .model(&sha256)
        .await?
        .ok_or_else(|| Error::Inconsistent(format!("the model in force, {}, is not stored", hex::encode(sha256))))?;
    let adviser = of_this_installation(ctx, &kept).map_err(|problem| Error::Refused(problem.sentence(&sha256)))?;
    Ok(Some(Arc::new(adviser)))
}
