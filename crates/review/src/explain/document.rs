//! The explanation as a document (`docs/schemas/explanation-1.json`).

use super::check::{Checked, Difference, Stored};
use crate::view::{item::facts, names::Known};
use domain::{CampaignId, EscalateMeaning, GrantId, ItemId, RecommendationId, SourceId, Timestamp, Verdict};
use recommend::{
    ENGINE, Fact, FactId, HardRule, Origin, Recommendation, Settled, Weighed, Weights,
    risk::{RiskKind, grant_risk},
    sentence, steps_with,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use store::decisions::ReviewItem;

/// The name of the form.
pub const SCHEMA: &str = "countersign/explanation/1";

/// A recommendation, taken apart. Times are RFC 3339, UTC; weights, scores and bounds are thousandths of log-odds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The form of this document: [`SCHEMA`].
    pub schema: String,
    /// The recommendation.
    pub recommendation: RecommendationId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The item.
    pub item: ItemId,
    /// The item's number within the campaign.
    pub number: i64,
    /// The grant that the item asks about.
    pub grant: GrantId,
    /// When it was stored.
    pub made_at: String,
    /// What made it.
    pub versions: VersionsDocument,
    /// What went in; `None` where this program cannot read the stored bytes.
    pub input: Option<InputDocument>,
    /// How it came about; `None` where facts or weights cannot be read, or another engine made it.
    pub steps: Option<StepsDocument>,
    /// What came out; `None` where the stored bytes cannot be read.
    pub result: Option<ResultDocument>,
    /// How much could go wrong with the grant; `None` where the stored bytes cannot be read.
    pub risk_points: Option<RiskDocument>,
    /// Whether it can be made again, byte for byte.
    pub recomputed: RecomputedDocument,
}

/// What made a recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionsDocument {
    /// The engine that made it, as its row states.
    pub engine: String,
    /// The engine of this program, which makes it again where the same one made it.
    pub recomputed_with: String,
    /// SHA-256 of the canonical bytes of its weights.
    pub weights_sha256: String,
    /// SHA-256 of the learned model that was asked; `None` where none was.
    pub model_sha256: Option<String>,
    /// SHA-256 of the stored canonical bytes.
    pub body_sha256: String,
}

/// What went into a recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputDocument {
    /// The time of judging; ages are counted to it.
    pub as_of: String,
    /// SHA-256 over the canonical input: facts, grant, time, engine, weights, and what a model said.
    pub input_hash: String,
    /// The reading of the source that the facts come from.
    pub reading: i64,
    /// Everything that was known, in the fixed order of fact ids.
    pub facts: Vec<FactDocument>,
    /// The weights and bounds by name; `None` where they cannot be read.
    pub weights: Option<BTreeMap<String, i32>>,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactDocument {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its value, exactly as it is stored and hashed.
    pub value: Value,
    /// Its value in words; `None` is unknown.
    pub said: Option<String>,
    /// Where it comes from.
    pub source: OriginDocument,
    /// When it was read there.
    pub read_at: String,
}

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginDocument {
    /// `source`, `decisions` or `settings`.
    pub kind: String,
    /// The source's id, where it is one.
    pub id: Option<SourceId>,
    /// What people call it.
    pub name: String,
}

/// How a recommendation came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepsDocument {
    /// The named rules, in the order in which they were tried. The first that applies decides, and none is tried after it.
    pub rules: Vec<RuleDocument>,
    /// What was weighed.
    pub score: ScoreDocument,
    /// The comparison of the stated score with the bounds; `None` where a named rule decided.
    pub weighing: Option<WeighingDocument>,
    /// What the learned model said after it; `None` where none was asked.
    pub learned: Option<LearnedDocument>,
}

/// What a learned model said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnedDocument {
    /// The calibrated probability that a careful reviewer approves, in millionths.
    pub approve: u32,
    /// How it came out beside the stated weights.
    pub settled: Settled,
    /// Whether the engine abstained.
    pub abstained: bool,
    /// The same in a sentence.
    pub says: String,
}

/// A named rule that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDocument {
    /// Its name.
    pub rule: HardRule,
    /// Whether it applied.
    pub applied: bool,
    /// When it applies and what it decides.
    pub says: String,
    /// The facts that it looked at and that are there.
    pub looked_at: Vec<FactId>,
}

/// What was weighed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreDocument {
    /// The terms, the strongest first.
    pub terms: Vec<TermDocument>,
    /// Their sum, which is the score.
    pub sum: i64,
}

/// A term of the score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermDocument {
    /// Above 0 speaks for keeping, below 0 for removing; 0 is told and not weighed.
    pub weight: i32,
    /// The reason in words.
    pub says: String,
    /// The reason exactly as it is stored.
    pub reason: Value,
    /// The facts that it rests on.
    pub facts: Vec<FactId>,
}

/// The comparison of the stated score, without what was learned, with the bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeighingDocument {
    /// The score up to which Revoke is recommended.
    pub revoke_at: i32,
    /// The score from which Approve is recommended.
    pub approve_at: i32,
    /// How it came out.
    pub came_out: Weighed,
    /// Whether the engine abstained.
    pub abstained: bool,
    /// The same in a sentence.
    pub says: String,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultDocument {
    /// What is recommended.
    pub verdict: Verdict,
    /// What a recommended Escalate means.
    pub meaning: Option<EscalateMeaning>,
    /// The named rule that decided, where one did.
    pub rule: Option<HardRule>,
    /// The cause under which the item stands.
    pub cause: String,
    /// The same in a sentence.
    pub cause_says: String,
    /// The score.
    pub score: i32,
    /// How far the evidence leans, in parts of 10,000; not a measured rate.
    pub confidence: u16,
    /// For putting items into an order.
    pub risk: u16,
    /// Whether it must not wait for a reviewer.
    pub alarm: bool,
    /// Whether it may be answered together with others.
    pub bulk_allowed: bool,
}

/// How much could go wrong with a grant, by the same facts: where to look first, and no part of the recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskDocument {
    /// The sum of the parts.
    pub score: u32,
    /// What makes it, the most points first.
    pub parts: Vec<RiskPartDocument>,
}

/// A part of a risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskPartDocument {
    /// What makes it.
    pub kind: RiskKind,
    /// Points.
    pub points: u32,
    /// The fact that it rests on.
    pub fact: FactId,
    /// The same in words.
    pub says: String,
}

/// What came of making a recommendation again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every byte is the same.
    Same,
    /// Something stored is not what it should be.
    Different,
    /// Another version of the engine made it, so it was not made again; what is stored agrees with its hash and the ledger.
    OtherEngine,
}

/// Whether a recommendation can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecomputedDocument {
    /// What came of it.
    pub outcome: Outcome,
    /// True where every byte is the same.
    pub same: bool,
    /// The same in a sentence, which names the first field that differs.
    pub says: String,
    /// Everything that differs.
    pub differences: Vec<Difference>,
}

/// What names and words the document needs.
pub(super) struct Told<'a> {
    /// Names for the reasons; `None` where there are no reasons.
    pub names: Option<&'a Known>,
    /// Sources by id.
    pub sources: &'a BTreeMap<SourceId, String>,
    /// The campaign's time zone.
    pub zone: &'a str,
}

impl Explanation {
    pub(super) fn of(stored: &Stored, item: &ReviewItem, checked: Checked, told: &Told<'_>) -> Self {
        let row = &stored.row;
        let Checked { stored: made, weights, differences, other_engine } = checked;
        // Which rules another engine tried is not for this one to say.
        let known = weights.as_ref().filter(|_| other_engine.is_none());
        let steps = made.as_ref().zip(known).map(|(made, weights)| steps_of(made, weights, told));
        let outcome = match (&other_engine, differences.is_empty()) {
            (_, false) => Outcome::Different,
            (Some(_), true) => Outcome::OtherEngine,
            (None, true) => Outcome::Same,
        };
        let says = match other_engine.filter(|_| outcome == Outcome::OtherEngine) {
            Some(engine) => by_another(&engine),
            None => says(&differences, row.model_sha256.is_some()),
        };
        Self {
            schema: SCHEMA.to_owned(),
            recommendation: row.id.into(),
            campaign: row.campaign_id.into(),
            item: item.id,
            number: item.number,
            grant: item.grant,
            made_at: Timestamp(row.created_at).to_rfc3339(),
            versions: VersionsDocument {
                engine: row.engine.clone(),
                recomputed_with: ENGINE.to_owned(),
                weights_sha256: hex::encode(&row.weights_sha256),
                model_sha256: row.model_sha256.as_ref().map(hex::encode),
                body_sha256: ledger::sha256_hex(&row.body),
            },
            input: made.as_ref().map(|made| InputDocument {
                as_of: made.as_of.to_rfc3339(),
                input_hash: hex::encode(made.input_hash),
                reading: item.seq,
                facts: made.facts.iter().map(|fact| fact_of(fact, told)).collect(),
                weights: weights.as_ref().and_then(|weights| serde_json::from_value(serde_json::to_value(weights).ok()?).ok()),
            }),
            steps,
            result: made.as_ref().map(|made| ResultDocument {
                verdict: made.verdict,
                meaning: made.meaning,
                rule: made.rule,
                cause: made.cause.as_str().to_owned(),
                cause_says: made.cause.sentence().to_owned(),
                score: made.score,
                confidence: made.confidence.parts(),
                risk: made.risk,
                alarm: made.alarm,
                bulk_allowed: made.bulk_allowed,
            }),
            risk_points: made.as_ref().map(risk_of),
            recomputed: RecomputedDocument { outcome, same: outcome == Outcome::Same, says, differences },
        }
    }
}

fn risk_of(made: &Recommendation) -> RiskDocument {
    let risk = grant_risk(&made.facts, made.as_of);
    let parts = risk.parts.iter().map(|part| RiskPartDocument {
        kind: part.kind,
        points: part.points,
        fact: part.fact,
        says: part.kind.sentence().to_owned(),
    });
    RiskDocument { score: risk.score, parts: parts.collect() }
}

fn by_another(engine: &str) -> String {
    format!(
        "It was made by the engine {engine}, and this program has {ENGINE}: it cannot be made again here. What is stored still agrees with its hash, with the columns and the item beside it, and with the ledger's entry. A version of the program that has {engine} can make it again."
    )
}

fn says(differences: &[Difference], with_model: bool) -> String {
    match differences {
        [] if with_model => {
            "Made again from the stored facts, time, weights and learned model, and held to the ledger's entry: every byte is the same."
                .to_owned()
        }
        [] => "Made again from the stored facts, time and weights, and held to the ledger's entry: every byte is the same.".to_owned(),
        [only] => format!("What is stored is not what was recommended. One field differs, {}: {}", only.field, only.says),
        [first, rest @ ..] => {
            let others: Vec<&str> = rest.iter().map(|one| one.field.as_str()).collect();
            format!("What is stored is not what was recommended. {}: {} Also different: {}.", first.field, first.says, others.join(", "))
        }
    }
}

fn fact_of(fact: &Fact, told: &Told<'_>) -> FactDocument {
    let (kind, id, name) = match fact.origin {
        Origin::Source(id) => ("source", Some(id), told.sources.get(&id).cloned().unwrap_or_else(|| id.to_string())),
        Origin::Decisions => ("decisions", None, "earlier answers".to_owned()),
        Origin::Settings => ("settings", None, "what the organisation has declared".to_owned()),
    };
    FactDocument {
        id: fact.id.as_str().to_owned(),
        name: facts::name(fact.id).to_owned(),
        value: serde_json::to_value(&fact.value).unwrap_or_default(),
        said: facts::value(&fact.value, told.zone),
        source: OriginDocument { kind: kind.to_owned(), id, name },
        read_at: fact.read_at.to_rfc3339(),
    }
}

fn steps_of(made: &Recommendation, weights: &Weights, told: &Told<'_>) -> StepsDocument {
    let taken = steps_with(&made.facts, made.as_of, weights, made.learned.as_ref());
    let rules = taken
        .tried
        .iter()
        .map(|tried| RuleDocument {
            rule: tried.rule,
            applied: tried.applied,
            says: tried.rule.sentence().to_owned(),
            looked_at: tried.rule.looks_at().iter().copied().filter(|id| made.facts.get(*id).is_some()).collect(),
        })
        .collect();
    let terms = made
        .reasons
        .iter()
        .map(|reason| TermDocument {
            weight: reason.weight,
            says: told.names.map(|names| sentence(reason, names)).unwrap_or_default(),
            reason: serde_json::to_value(&reason.says).unwrap_or_default(),
            facts: reason.facts.clone(),
        })
        .collect();
    StepsDocument {
        rules,
        score: ScoreDocument { terms, sum: made.reasons.iter().map(|reason| i64::from(reason.weight)).sum() },
        weighing: taken.weighing.map(|weighing| WeighingDocument {
            revoke_at: weighing.revoke_at,
            approve_at: weighing.approve_at,
            came_out: weighing.came_out,
            abstained: weighing.came_out.abstained(),
            says: weighing.came_out.sentence().to_owned(),
        }),
        learned: made.learned.as_ref().zip(taken.settled).map(|(learned, settled)| LearnedDocument {
            approve: learned.approve,
            settled,
            abstained: settled.abstained(),
            says: settled.sentence().to_owned(),
        }),
    }
}
