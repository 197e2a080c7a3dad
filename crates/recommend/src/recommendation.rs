//! What the engine recommends for one grant, and its canonical bytes.

use crate::cause::Cause;
use crate::fact::Facts;
use crate::learned::Learned;
use crate::reason::Reason;
use crate::rules::{self, HardRule};
use crate::weights::Weights;
use domain::{Confidence, EscalateMeaning, GrantId, Timestamp, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, collections::BTreeMap};

/// The engine's version. It changes whenever the same facts could give a different recommendation.
pub const ENGINE: &str = "countersign-rules/14";

/// The name of the canonical form.
pub const SCHEMA: &str = "countersign/recommendation/1";

/// The name of the canonical form where a learned model was asked.
pub const SCHEMA_LEARNED: &str = "countersign/recommendation/2";

/// The name of the canonical form where a learned model was asked and its word was taken apart.
pub const SCHEMA_IN_PARTS: &str = "countersign/recommendation/3";

const INPUT_SCHEMA: &str = "countersign/recommendation-input/1";
const INPUT_SCHEMA_LEARNED: &str = "countersign/recommendation-input/2";
const INPUT_SCHEMA_IN_PARTS: &str = "countersign/recommendation-input/3";

/// Why a recommendation could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// The bytes are not JSON of this form.
    #[error("these bytes are not a recommendation of the form {SCHEMA}: {0}")]
    Form(#[from] serde_json::Error),
    /// The bytes say the right thing in the wrong way.
    #[error("these bytes are a recommendation, but not in canonical form (RFC 8785); the stored bytes were changed")]
    NotCanonical,
    /// The bytes belong to another form.
    #[error(
        "these bytes name the form \"{0}\"; this program reads {SCHEMA}, and {SCHEMA_LEARNED} or {SCHEMA_IN_PARTS} where a model was asked"
    )]
    Schema(String),
}

/// A recommendation: verdict, how sure, why, and on what facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommendation {
    /// Somebody who left still has access, or the like: do not wait for a reviewer (rule 28).
    pub alarm: bool,
    /// The time of judging; ages are counted to it.
    pub as_of: Timestamp,
    /// Whether this item may be answered together with others of the same cause, verdict and risk (rule 7).
    pub bulk_allowed: bool,
    /// Where it stands in the queue.
    pub cause: Cause,
    /// How far the evidence leans, for putting items into an order. It is not a measured
    /// agreement rate: people are told "not yet measured here" until there is one (rule 32).
    pub confidence: Confidence,
    /// The version of the engine.
    pub engine: Cow<'static, str>,
    /// Everything that was known.
    pub facts: Facts,
    /// The grant that was judged.
    pub grant: GrantId,
    /// SHA-256 over the canonical input: facts, grant, time of judging, engine, weights, and what a model said.
    #[serde(with = "hex_hash")]
    pub input_hash: [u8; 32],
    /// What a learned model said; `None` where none was in force, or a named rule decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<Learned>,
    /// What a recommended Escalate means; `None` for the other verdicts (rule 1).
    pub meaning: Option<EscalateMeaning>,
    /// What was weighed, the strongest first.
    pub reasons: Vec<Reason>,
    /// How much harm a wrong answer could do, for putting items into an order: sensitivity x conflict x staleness, 10 to 6,000; an alarm adds 10,000.
    pub risk: u16,
    /// The named rule that decided, where one did.
    pub rule: Option<HardRule>,
    /// The form of these bytes.
    pub schema: Cow<'static, str>,
    /// The sum of the weights of the reasons: positive argues for keeping.
    pub score: i32,
    /// What is recommended.
    pub verdict: Verdict,
}

impl Recommendation {
    /// Whether use or non-use of the entitlement itself is known. What is seen too coarsely or too briefly, or not at all, is
    /// never called unused (rule 26), so that its removal can rest on something else only.
    pub fn use_known(&self) -> bool {
        !rules::use_unknown(&self.facts)
    }

    /// The canonical bytes (RFC 8785, integers only).
    pub fn to_canonical(&self) -> Result<Vec<u8>, CanonicalError> {
        // INVARIANT: all fields are declared in the order of their names and all
        // strings are plain ASCII, so that compact JSON is the canonical form. A test compares.
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads canonical bytes, and refuses any other spelling of the same content.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, CanonicalError> {
        let read: Self = serde_json::from_slice(bytes)?;
        if read.schema != schema(read.learned.as_ref()) {
            return Err(CanonicalError::Schema(read.schema.into_owned()));
        }
        if read.to_canonical()? == bytes { Ok(read) } else { Err(CanonicalError::NotCanonical) }
    }
}

/// What made a recommendation, for figures that are kept apart by it: the engine, and the model that was asked, where one was.
///
/// A model is named by the first 16 digits of its SHA-256.
pub fn version(engine: &str, model: Option<&[u8; 32]>) -> String {
    match model {
        None => engine.to_owned(),
        Some(sha256) => {
            let first = sha256.iter().take(8).fold(0_u64, |digits, byte| digits << 8 | u64::from(*byte));
            format!("{engine} with model {first:016x}")
        }
    }
}

/// The form of a recommendation, with or without a model's word, whole or in parts. Without one it is what it was before there
/// were models.
pub(crate) fn schema(learned: Option<&Learned>) -> &'static str {
    match learned {
        None => SCHEMA,
        Some(learned) if learned.parts.is_none() => SCHEMA_LEARNED,
        Some(_) => SCHEMA_IN_PARTS,
    }
}

/// The form of what the input hash covers.
const fn input_schema(learned: bool, in_parts: bool) -> &'static str {
    match (learned, in_parts) {
        (false, _) => INPUT_SCHEMA,
        (true, false) => INPUT_SCHEMA_LEARNED,
        (true, true) => INPUT_SCHEMA_IN_PARTS,
    }
}

/// What the input hash covers.
#[derive(Serialize)]
struct Input<'a> {
    as_of: Timestamp,
    engine: &'a str,
    facts: &'a Facts,
    grant: GrantId,
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<&'a Learned>,
    schema: &'a str,
    weights: &'a Weights,
}

/// The canonical bytes over which the input hash is made (RFC 8785, integers only). `learned` is what a model said, where one
/// was asked.
pub fn input_bytes(
    grant: GrantId,
    as_of: Timestamp,
    facts: &Facts,
    weights: &Weights,
    learned: Option<&Learned>,
) -> Result<Vec<u8>, CanonicalError> {
    let schema = input_schema(learned.is_some(), learned.is_some_and(|learned| learned.parts.is_some()));
    Ok(serde_json::to_vec(&Input { as_of, engine: ENGINE, facts, grant, learned, schema, weights })?)
}

/// SHA-256 over [`input_bytes`].
pub fn input_hash(
    grant: GrantId,
    as_of: Timestamp,
    facts: &Facts,
    weights: &Weights,
    learned: Option<&Learned>,
) -> Result<[u8; 32], CanonicalError> {
    Ok(Sha256::digest(input_bytes(grant, as_of, facts, weights, learned)?).into())
}

/// The engine that stored bytes name, whether or not this engine can read the rest; `None` where they name none.
pub fn engine_of(body: &[u8]) -> Option<String> {
    let said: serde_json::Map<String, Value> = serde_json::from_slice(body).ok()?;
    said.get("engine")?.as_str().map(str::to_owned)
}

/// The input hash of a recommendation by its stored bytes and those of its weights, whichever engine made it.
///
/// Facts and weights are taken as they are spelled and not understood, so that this can be said of what another version of
/// the engine wrote too. `None` where either is not an object, or a part that the hash covers is missing.
pub fn stored_input_hash(body: &[u8], weights: &[u8]) -> Option<[u8; 32]> {
    let said: BTreeMap<String, Value> = serde_json::from_slice(body).ok()?;
    let weights: BTreeMap<String, Value> = serde_json::from_slice(weights).ok()?;
    let learned = said.get("learned");
    let mut input = BTreeMap::from([
        ("schema", json!(input_schema(learned.is_some(), learned.is_some_and(|learned| learned.get("parts").is_some())))),
        ("weights", json!(weights)),
    ]);
    for part in ["as_of", "engine", "facts", "grant"] {
        input.insert(part, said.get(part)?.clone());
    }
    input.extend(learned.map(|learned| ("learned", learned.clone())));
    // INVARIANT: as where it was made, names stand in their order and all strings are plain ASCII.
    Some(Sha256::digest(serde_json::to_vec(&input).ok()?).into())
}

pub(crate) mod hex_hash {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::fmt::Write;

    pub fn serialize<S: Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(64);
        for byte in hash {
            write!(text, "{byte:02x}").map_err(serde::ser::Error::custom)?;
        }
        serializer.serialize_str(&text)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut hash = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(D::Error::custom("expected 64 hexadecimal digits"));
        }
        for (at, byte) in hash.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).map_err(D::Error::custom)?;
        }
        Ok(hash)
    }
}
