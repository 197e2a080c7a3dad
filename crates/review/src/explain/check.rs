//! Making a recommendation again from what is stored, and naming what differs.
//!
//! Four things must agree: the stored bytes with the recommendation that their own facts, time and weights give, and the
//! learned model where one was asked; the row's columns with these bytes; what the item's row repeats; and what the ledger's
//! entry said when it was made.

use super::{other, text::thousandths};
use crate::learning::Adviser;
use domain::RecommendationId;
use ledger::Entry;
use recommend::{CanonicalError, Learned, Recommendation, Weights, decide_with};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use store::{
    StoredEntry,
    campaigns::StoredRecommendation,
    explain::{Placement, StoredWeights},
    models::StoredModel,
};

/// Something stored that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which field, as the stored recommendation names it; `weights`, `model`, `item.…` and `ledger.…` stand beside it.
    pub field: String,
    /// What is stored, shortened.
    pub stored: String,
    /// What it should be, shortened; empty where that cannot be said.
    pub recomputed: String,
    /// What is wrong, in a sentence.
    pub says: String,
}

/// The longest value that a difference repeats, in characters.
const LONGEST: usize = 200;

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST).chain(['…']).collect() }
}

impl Difference {
    pub(super) fn new(field: impl Into<String>, stored: &str, recomputed: &str, says: impl Into<String>) -> Self {
        Self { field: field.into(), stored: short(stored), recomputed: short(recomputed), says: says.into() }
    }
}

/// What is stored about a recommendation, in all its places.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its row.
    pub row: StoredRecommendation,
    /// The weights that the row names; `None` where they are not kept.
    pub weights: Option<StoredWeights>,
    /// The model that the row or its bytes name; `None` where they name none, or it is not kept.
    pub model: Option<StoredModel>,
    /// What the item's row repeats.
    pub placement: Placement,
    /// The ledger's entries about recommendations for this item.
    pub entries: Vec<StoredEntry>,
}

/// What making it again showed.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The recommendation as its bytes have it; `None` where they cannot be read.
    pub stored: Option<Recommendation>,
    /// The weights as they are kept; `None` where they cannot be read.
    pub weights: Option<Weights>,
    /// Everything that differs; empty where every byte is the same, or where it was not made again and all the rest agrees.
    pub differences: Vec<Difference>,
    /// The engine that made it, where it is another than this program's: then it was not made again.
    pub other_engine: Option<String>,
}

/// Makes the recommendation again and compares.
pub fn check(of: &Stored) -> Checked {
    if let Some(engine) = other::of(of) {
        return other::check(of, engine);
    }
    let mut found = Vec::new();
    let stored = bytes(of, &mut found);
    let weights = weights(of, &mut found);
    if let (Some(stored), Some(weights)) = (&stored, &weights) {
        let learned = learned(of, stored, weights, &mut found);
        again(of, stored, weights, learned, &mut found);
    }
    if stored.is_some() {
        columns(of, stored.as_ref(), &mut found);
    }
    in_the_ledger(of, &mut found);
    Checked { stored, weights, differences: found, other_engine: None }
}

/// Reads the stored bytes. Where only their spelling is wrong, their content is still shown.
fn bytes(of: &Stored, found: &mut Vec<Difference>) -> Option<Recommendation> {
    match Recommendation::from_canonical(&of.row.body) {
        Ok(stored) => Some(stored),
        Err(why) => {
            let seen = String::from_utf8_lossy(&of.row.body).into_owned();
            found.push(Difference::new("body", &seen, "", format!("The stored bytes cannot be taken: {why}.")));
            let spelling = matches!(why, CanonicalError::NotCanonical);
            serde_json::from_slice(&of.row.body).ok().filter(|_| spelling)
        }
    }
}

fn weights(of: &Stored, found: &mut Vec<Difference>) -> Option<Weights> {
    let named = hex::encode(&of.row.weights_sha256);
    let Some(kept) = &of.weights else {
        found.push(Difference::new("weights", "", &named, "The weights that it was made with are not stored, so it cannot be made again."));
        return None;
    };
    let real = ledger::sha256_hex(&kept.body);
    if real != named {
        found.push(Difference::new("weights", &real, &named, "The stored weights are not those whose SHA-256 the recommendation names."));
    }
    match Weights::from_canonical(&kept.body) {
        Ok(weights) => Some(weights),
        Err(why) => {
            let seen = String::from_utf8_lossy(&kept.body).into_owned();
            found.push(Difference::new("weights", &seen, "", format!("The stored weights cannot be read: {why}.")));
            None
        }
    }
}

/// Asks the model again that the recommendation names; `None` where it names none, or the model cannot be asked.
fn learned(of: &Stored, stored: &Recommendation, weights: &Weights, found: &mut Vec<Difference>) -> Option<Learned> {
    let then = stored.learned.as_ref()?;
    let named = hex::encode(then.model);
    let Some(kept) = of.model.as_ref().filter(|kept| kept.sha256 == then.model) else {
        let says = "The learned model that it was made with is not stored, so what the model said cannot be had again.";
        found.push(Difference::new("model", "", &named, says));
        return Some(then.clone());
    };
    match Adviser::read(kept) {
        // Nothing, where a named rule decides now: then the stored word did not come from these facts.
        Ok(adviser) => adviser.says_as(&stored.facts, stored.as_of, weights, &then.profile, then.parts.is_some()),
        Err(problem) => {
            found.push(Difference::new("model", &ledger::sha256_hex(&kept.artifact), &named, problem.sentence(&kept.sha256)));
            Some(then.clone())
        }
    }
}

/// What is wrong with a stored word of the model, where this is what the model says again.
fn another_word(then: Option<&Learned>, now: Option<&Learned>) -> String {
    let other = "The model says something else of the stored facts than what is stored.";
    let Some((then, now)) =
        then.zip(now).filter(|(then, now)| Learned { parts: None, ..(*then).clone() } == Learned { parts: None, ..(*now).clone() })
    else {
        return other.to_owned();
    };
    let parts = |of: &Learned| of.parts.iter().flatten().map(|part| (part.of, part.weight)).collect::<BTreeMap<_, _>>();
    let (then, now) = (parts(then), parts(now));
    let differs = then.keys().chain(now.keys()).find(|of| then.get(of) != now.get(of));
    let weight = |part: Option<&i32>| part.map_or_else(|| "nothing".to_owned(), |weight| thousandths(i64::from(*weight)));
    differs.map_or_else(
        || other.to_owned(),
        |of| {
            let (stored, real) = (weight(then.get(of)), weight(now.get(of)));
            format!("The model gives another weight to the part {} of the stored facts: {stored} is stored, and it is {real}.", of.as_str())
        },
    )
}

/// Makes it again from its own facts, time and weights, and what the model says.
fn again(of: &Stored, stored: &Recommendation, weights: &Weights, learned: Option<Learned>, found: &mut Vec<Difference>) {
    let made =
        decide_with(stored.grant, stored.as_of, stored.facts.clone(), weights, learned).and_then(|made| Ok((made.to_canonical()?, made)));
    let (bytes, made) = match made {
        Ok(made) => made,
        Err(why) => {
            found.push(Difference::new("body", "", "", format!("It cannot be made again: {why}.")));
            return;
        }
    };
    if bytes == of.row.body {
        return;
    }
    let before = found.len();
    if made.input_hash != stored.input_hash {
        found.push(Difference::new(
            "input_hash",
            &hex::encode(stored.input_hash),
            &hex::encode(made.input_hash),
            "The stored facts, grant, time, weights or word of the model are not those that the input hash was made over, or the hash itself was changed.",
        ));
    }
    let (then, now) = (fields(&of.row.body), fields(&bytes));
    for (field, value) in &then {
        let should = now.get(field);
        if field != "input_hash" && should != Some(value) {
            let should = should.map(Value::to_string).unwrap_or_default();
            let says = if field == "learned" {
                another_word(stored.learned.as_ref(), made.learned.as_ref())
            } else {
                format!("The stored facts give another {field} than the one that is stored.")
            };
            found.push(Difference::new(field.as_str(), &value.to_string(), &should, says));
        }
    }
    if found.len() == before && !found.iter().any(|one| one.field == "body") {
        found.push(Difference::new("body", "", "", "The stored bytes are not those that the same facts give again."));
    }
}

pub(super) fn fields(bytes: &[u8]) -> serde_json::Map<String, Value> {
    serde_json::from_slice(bytes).unwrap_or_default()
}

/// A field of stored bytes as columns and entries spell it: a flag is 1 or 0, and nothing is empty.
fn spelled(body: &serde_json::Map<String, Value>, field: &str) -> String {
    match body.get(field) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => i64::from(*flag).to_string(),
        Some(other) => other.to_string(),
    }
}

/// The model that stored bytes name, in hexadecimal; empty where they name none.
pub(super) fn model_in(body: &serde_json::Map<String, Value>) -> String {
    body.get("learned").and_then(Value::as_object).map(|learned| spelled(learned, "model")).unwrap_or_default()
}

/// Holds the columns beside the bytes, and what the item repeats, to the bytes. `stored` is what this program reads in them.
pub(super) fn columns(of: &Stored, stored: Option<&Recommendation>, found: &mut Vec<Difference>) {
    let (row, body) = (&of.row, fields(&of.row.body));
    let mut same = |field: &str, there: String, here: String| {
        if there != here {
            let says = format!("The column {field} is not what the stored bytes say.");
            found.push(Difference::new(field, &there, &here, says));
        }
    };
    let said = |field: &str| spelled(&body, field);
    same("verdict", row.verdict.clone(), said("verdict"));
    same("meaning", row.meaning.clone().unwrap_or_default(), said("meaning"));
    same("confidence", row.confidence.to_string(), said("confidence"));
    same("score", row.score.to_string(), said("score"));
    same("alarm", row.alarm.to_string(), said("alarm"));
    same("bulk_allowed", row.bulk_allowed.to_string(), said("bulk_allowed"));
    same("engine", row.engine.clone(), said("engine"));
    same("input_hash", hex::encode(&row.input_hash), said("input_hash"));
    same("model_sha256", row.model_sha256.as_deref().map(hex::encode).unwrap_or_default(), model_in(&body));
    let placed = &of.placement;
    same("item.grant", placed.grant.to_string(), said("grant"));
    if placed.recommendation == Some(RecommendationId(row.id)) {
        same("item.cause", placed.cause.clone(), said("cause"));
        same("item.risk", placed.risk.to_string(), said("risk"));
        if let Some(stored) = stored {
            same("item.sort", placed.sort.to_string(), crate::open::sort_number(stored.cause.sort()).to_string());
        }
    }
}

/// Holds what is stored to what the ledger said when it was made.
pub(super) fn in_the_ledger(of: &Stored, found: &mut Vec<Difference>) {
    let id = of.row.id.to_string();
    let mut read = of.entries.iter().filter_map(|entry| Some((entry, Entry::parse(&entry.bytes).ok()?)));
    let Some((placed, entry)) = read.find(|(_, entry)| entry.subjects.get("recommendation") == Some(&id)) else {
        found.push(Difference::new("ledger", "", &id, "The ledger has no readable entry that says that this recommendation was made."));
        return;
    };
    if ledger::leaf_hash(&placed.bytes) != placed.leaf {
        let leaf = hex::encode(ledger::leaf_hash(&placed.bytes));
        found.push(Difference::new(
            "ledger.leaf",
            &hex::encode(placed.leaf),
            &leaf,
            "The ledger's entry is not the one that its leaf was made of.",
        ));
    }
    let mut same = |field: &str, here: String| {
        let there = entry.data_code(field).map(str::to_owned).or_else(|| entry.data_int(field).map(|number| number.to_string()));
        let there = there.unwrap_or_default();
        if there != here {
            let says = format!("The ledger's entry states another {field} than what is stored now.");
            found.push(Difference::new(format!("ledger.{field}"), &here, &there, says));
        }
    };
    same("body_sha256", ledger::sha256_hex(&of.row.body));
    let body = fields(&of.row.body);
    if !body.is_empty() {
        for field in ["verdict", "confidence", "input_hash"] {
            same(field, spelled(&body, field));
        }
        same("model_sha256", model_in(&body));
    }
}
