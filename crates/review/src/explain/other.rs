//! What can be held to what where another version of the engine made a recommendation.
//!
//! It cannot be made again here. Its bytes, their hash over what went in, the weights, the model, the row's columns, the item
//! and the ledger's entry can still be held to one another, and none of them needs that engine.

use super::check::{Checked, Difference, Stored, columns, fields, in_the_ledger, model_in};
use recommend::{ENGINE, Recommendation, Weights, engine_of, stored_input_hash};

/// The engine that the stored bytes name, where it is not this program's.
pub(super) fn of(stored: &Stored) -> Option<String> {
    engine_of(&stored.row.body).filter(|engine| engine != ENGINE)
}

/// Holds what is stored to itself and to the ledger.
pub(super) fn check(of: &Stored, engine: String) -> Checked {
    let mut found = Vec::new();
    let stored = bytes(of, &mut found);
    let weights = weights(of, &mut found);
    input_hash(of, &mut found);
    model(of, &mut found);
    columns(of, stored.as_ref(), &mut found);
    in_the_ledger(of, &mut found);
    Checked { stored, weights, differences: found, other_engine: Some(engine) }
}

/// Reads the bytes where this program can. What it cannot read need not be wrong; any other spelling of it is.
fn bytes(of: &Stored, found: &mut Vec<Difference>) -> Option<Recommendation> {
    if let Err(why) = ledger::canonical::parse_canonical(&of.row.body) {
        let seen = String::from_utf8_lossy(&of.row.body).into_owned();
        found.push(Difference::new("body", &seen, "", format!("The stored bytes cannot be taken: {why}.")));
        return None;
    }
    Recommendation::from_canonical(&of.row.body).ok()
}

fn weights(of: &Stored, found: &mut Vec<Difference>) -> Option<Weights> {
    let named = hex::encode(&of.row.weights_sha256);
    let Some(kept) = &of.weights else {
        found.push(Difference::new("weights", "", &named, "The weights that it was made with are not stored."));
        return None;
    };
    let real = ledger::sha256_hex(&kept.body);
    if real != named {
        found.push(Difference::new("weights", &real, &named, "The stored weights are not those whose SHA-256 the recommendation names."));
    }
    Weights::from_canonical(&kept.body).ok()
}

fn input_hash(of: &Stored, found: &mut Vec<Difference>) {
    let Some(kept) = &of.weights else { return };
    let made = stored_input_hash(&of.row.body, &kept.body).map(hex::encode).unwrap_or_default();
    let there = fields(&of.row.body).get("input_hash").and_then(|hash| hash.as_str().map(str::to_owned)).unwrap_or_default();
    if made != there {
        let says = "The stored facts, grant, time, weights or word of the model are not those that the input hash was made over, or the hash itself was changed.";
        found.push(Difference::new("input_hash", &there, &made, says));
    }
}

fn model(of: &Stored, found: &mut Vec<Difference>) {
    let named = model_in(&fields(&of.row.body));
    let kept = of.model.as_ref().map(|kept| ledger::sha256_hex(&kept.artifact)).unwrap_or_default();
    if !named.is_empty() && kept != named {
        found.push(Difference::new("model", &kept, &named, "The learned model that it was made with is not stored as it was."));
    }
}
