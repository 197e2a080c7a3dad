//! The rows of a pack's tables.
//!
//! A row shows the database's columns; what only the entry holds is filled in
//! from there. So the verifier compares the database with the ledger, column by
//! column, and a changed row is found. States and versions come from the entries
//! up to the checkpoint: the database may have moved on since.

use super::{
    gather::{Gathered, OfCampaign, Placed, SourceAtOpening},
    population,
};
use crate::{Context, Error, Result};
use domain::IdentityId;
use ledger::{EventKind, draw::DRAWN, pack::Table};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A table's name and rows, in order.
pub type Rows = (&'static str, Vec<Value>);

/// Every table of a pack.
pub fn all(ctx: &Context, pack: &Gathered) -> Result<Vec<Rows>> {
    let histories = Histories::of(pack);
    Ok(vec![
        ("campaign", pack.campaigns.iter().map(|of| campaign(pack, of)).collect()),
        ("controls", controls(pack)),
        (Table::Decisions.name(), decisions(pack)?),
        ("findings", findings(pack)),
        ("handovers", handovers(pack)),
        (Table::Items.name(), items(ctx, pack, &histories)?),
        ("order-steps", order_steps(pack)),
        (Table::Orders.name(), orders(pack, &histories)?),
        ("people", people(ctx, pack)),
        ("population", population::rows(pack)?),
        (Table::Proofs.name(), proofs(pack)),
        (Table::Recommendations.name(), recommendations(pack)?),
        ("sendings", sendings(pack)),
        ("snapshots", snapshots(pack)),
        ("sources", sources(pack)),
        (Table::Texts.name(), texts(pack)),
        ("users", users(pack)),
    ])
}

/// Where items and orders stand at the checkpoint: state and version by id.
struct Histories {
    items: BTreeMap<String, (String, i64)>,
    orders: BTreeMap<String, (String, i64)>,
}

impl Histories {
    fn of(pack: &Gathered) -> Self {
        let (mut items, mut orders) = (BTreeMap::new(), BTreeMap::new());
        for placed in pack.entries.values() {
            let entry = &placed.entry;
            let Some(state) = entry.data_code("state") else {
                continue;
            };
            if let (Some(item), Some(version)) = (entry.item, entry.item_version) {
                newer(&mut items, item.to_string(), state, version);
            }
            if let (Some(order), Some(version)) = (entry.subjects.get("order"), entry.data_int("order_version")) {
                newer(&mut orders, order.clone(), state, version);
            }
        }
        Self { items, orders }
    }
}

/// Entries of one moment can stand in any order; versions cannot.
fn newer(ends: &mut BTreeMap<String, (String, i64)>, id: String, state: &str, version: i64) {
    if ends.get(&id).is_none_or(|(_, before)| *before < version) {
        ends.insert(id, (state.to_owned(), version));
    }
}

pub(super) fn of_kind<'p>(pack: &'p Gathered, kinds: &'p [EventKind]) -> impl Iterator<Item = &'p Placed> {
    pack.entries.values().filter(move |placed| kinds.contains(&placed.entry.kind))
}

/// A campaign's first entry of a kind.
pub(super) fn first_of<'p>(pack: &'p Gathered, of: &OfCampaign, kind: EventKind) -> Option<&'p Placed> {
    pack.entries.values().find(|placed| placed.entry.kind == kind && placed.entry.campaign == Some(of.campaign.id))
}

/// A row that begins with what its entry says; columns that are given in `from_database` are the database's.
fn row(placed: &Placed, from_database: Value) -> Value {
    let entry = &placed.entry;
    let mut row = match from_database {
        Value::Object(columns) => columns,
        _ => Map::new(),
    };
    row.insert("entry".into(), entry.id.to_string().into());
    row.insert("at".into(), entry.at.micros().into());
    row.insert("actor".into(), entry.actor.to_string().into());
    let mut fill = |name: &str, value: Value| {
        row.entry(name.to_owned()).or_insert(value);
    };
    if let Some(item) = entry.item {
        fill("item", item.to_string().into());
    }
    if let Some(version) = entry.item_version {
        fill("item_version", version.into());
    }
    for (name, id) in &entry.subjects {
        fill(name, id.clone().into());
    }
    for (name, value) in &entry.data {
        fill(name, value.to_json());
    }
    Value::Object(row)
}

/// The row that an entry's subject names, or why there is no pack.
fn named<'r, T>(rows: &'r BTreeMap<Uuid, T>, placed: &Placed, role: &str) -> Result<&'r T> {
    let id = placed.entry.subjects.get(role);
    let found = id.and_then(|id| Uuid::try_parse(id).ok()).and_then(|id| rows.get(&id));
    found.ok_or_else(|| missing(placed, role))
}

fn missing(placed: &Placed, what: &str) -> Error {
    Error::Refused(format!(
        "No pack was made: entry {} of the ledger names a {what} that the database does not have. A row was taken away; the entries are whole.",
        placed.index
    ))
}

fn campaign(pack: &Gathered, of: &OfCampaign) -> Value {
    let campaign = &of.campaign;
    let first = |kind| first_of(pack, of, kind);
    let at = |kind| first(kind).map(|placed| placed.entry.at.micros());
    let opened = first(EventKind::CampaignOpened);
    // A report that was accepted after the checkpoint is not in this pack.
    let shown = first(EventKind::RecommendationsShown);
    json!({
        "campaign": campaign.id.to_string(),
        "name": campaign.name,
        "kind": campaign.kind.as_str(),
        "owner": opened.map(|placed| placed.entry.actor.to_string()),
        "opened_at": at(EventKind::CampaignOpened),
        "closed_at": at(EventKind::CampaignClosed),
        "due_at": campaign.due_at.micros(),
        "time_zone": campaign.time_zone,
        // At opening; what came back later has items of its own in the table.
        "items": campaign.items,
        // As texts, so that their hashes in the opening's entry can be computed again.
        "scope": campaign.scope,
        "policy": campaign.policy,
        "left_out": campaign.left_out,
        // Under which rules of duties it was opened, and for how many grants they were and were not evaluated.
        "duties": of.duties.map(|(version, evaluated, not_evaluated)| {
            json!({ "rules_version": version, "evaluated": evaluated, "not_evaluated": not_evaluated })
        }),
        // Shadow mode: whether what was recommended was hidden from who answered, and until when.
        "recommendations_at_opening": opened.and_then(|placed| placed.entry.data_code("recommendations")),
        "recommendations_shown_at": at(EventKind::RecommendationsShown),
        // As a text: the entry of that moment states its SHA-256.
        "shadow_report": shown.and(of.shadow_report.as_ref()),
    })
}

fn items(ctx: &Context, pack: &Gathered, histories: &Histories) -> Result<Vec<Value>> {
    let mut rows = BTreeMap::new();
    for placed in of_kind(pack, &[EventKind::ItemCreated]) {
        let Some(id) = placed.entry.item else {
            continue;
        };
        let item = pack.items.get(&id.0).ok_or_else(|| missing(placed, "item"))?;
        let reviewer = ctx.keys.pseudonyms.pseudonym("identity", &item.reviewer_of_record.to_string());
        let stated = |role: &str| placed.entry.subjects.get(role);
        for (role, found) in [("grant", item.grant_id.to_string()), ("source", item.source_id.to_string()), ("reviewer", reviewer.clone())]
        {
            if stated(role).is_some_and(|stated| *stated != found) {
                return Err(Error::Refused(format!(
                    "No pack was made: the {role} of item {id} is not the one that entry {} of the ledger states. The row was changed.",
                    placed.index
                )));
            }
        }
        // Of what was not drawn, the entry alone says whether it could have been.
        let draw = placed.entry.data_code("draw");
        if (draw == Some(DRAWN)) != (item.blind == 1) {
            return Err(Error::Refused(format!(
                "No pack was made: item {id} is to be judged first by its row and not by entry {} of the ledger, or by the entry and not by the row. The row was changed.",
                placed.index
            )));
        }
        let (state, version) = histories.items.get(&id.to_string()).cloned().unwrap_or_default();
        let row = row(
            placed,
            json!({
                "campaign": placed.entry.campaign.map(|id| id.to_string()),
                "number": item.number,
                "seat": item.seat,
                // Whether it was drawn to be judged first; null in campaigns that draw nothing.
                "draw": draw,
                "seq": item.seq,
                "source": item.source_id.to_string(),
                "grant": item.grant_id.to_string(),
                "account": item.account_id.to_string(),
                "entitlement": item.entitlement_id.to_string(),
                "reviewer": reviewer,
                "state": state,
                "item_version": version,
            }),
        );
        rows.insert(id.to_string(), row);
    }
    Ok(rows.into_values().collect())
}

/// Rows whose key is their entry's id, in the order of the ids.
fn by_entry(rows: impl Iterator<Item = Result<(String, Value)>>) -> Result<Vec<Value>> {
    Ok(rows.collect::<Result<BTreeMap<_, _>>>()?.into_values().collect())
}

fn recommendations(pack: &Gathered) -> Result<Vec<Value>> {
    by_entry(of_kind(pack, &[EventKind::RecommendationMade]).map(|placed| {
        let made = named(&pack.recommendations, placed, "recommendation")?;
        let body: Value = serde_json::from_slice(&made.body).map_err(|why| {
            Error::Refused(format!(
                "No pack was made: the facts of recommendation {} cannot be read: {why}. The row was changed or is damaged.",
                made.id
            ))
        })?;
        let columns = json!({
            "item": made.item_id.to_string(),
            "recommendation": made.id.to_string(),
            "verdict": made.verdict,
            "meaning": made.meaning,
            "confidence": made.confidence,
            "score": made.score,
            "engine": made.engine,
            "input_hash": hex::encode(&made.input_hash),
            "model_sha256": made.model_sha256.as_ref().map(hex::encode),
            "body_sha256": ledger::sha256_hex(&made.body),
            "body": body,
        });
        Ok((placed.entry.id.to_string(), row(placed, columns)))
    }))
}

fn decisions(pack: &Gathered) -> Result<Vec<Value>> {
    by_entry(of_kind(pack, &[EventKind::DecisionMade, EventKind::DecisionDefaulted]).map(|placed| {
        let id = placed.entry.id.to_string();
        if !placed.entry.subjects.contains_key("decision") {
            // The default left the access as an exception: nothing was decided.
            return Ok((id, row(placed, Value::Null)));
        }
        let made = named(&pack.decisions, placed, "decision")?;
        let columns = json!({
            "item": made.item_id.to_string(),
            "decision": made.id.to_string(),
            "stage": made.stage,
            "version": made.version,
            "answer": made.answer,
            "why": made.why,
            "origin": made.origin,
            "recommendation": made.recommendation_id.map(|id| id.to_string()),
            "agreed": made.agreed,
            "shown": made.shown.as_ref().map(hex::encode),
            "on_old_data": made.on_old_data,
            "final_at": made.final_at,
            "sign_in": made.sign_in,
        });
        Ok((id, row(placed, columns)))
    }))
}

fn orders(pack: &Gathered, histories: &Histories) -> Result<Vec<Value>> {
    let mut rows = BTreeMap::new();
    for placed in of_kind(pack, &[EventKind::OrderHeld]).filter(|placed| !placed.entry.data.contains_key("step")) {
        let order = named(&pack.orders, placed, "order")?;
        let (state, version) = histories.orders.get(&order.id.to_string()).cloned().unwrap_or_default();
        let columns = json!({
            "order": order.id.to_string(),
            "item": order.item_id.to_string(),
            "decision": order.decision_id.to_string(),
            "source": order.source_id.to_string(),
            "grant": order.grant_id.to_string(),
            "account": order.account_id.to_string(),
            "entitlement": order.entitlement_id.to_string(),
            "application": order.application,
            "department": order.department,
            "state": state,
            "order_version": version,
        });
        rows.insert(order.id.to_string(), row(placed, columns));
    }
    Ok(rows.into_values().collect())
}

fn order_steps(pack: &Gathered) -> Vec<Value> {
    let steps = pack.entries.values().filter(|placed| !placed.entry.kind.order_steps().is_empty());
    steps.map(|placed| row(placed, json!({ "kind": placed.entry.kind.as_str() }))).collect()
}

fn proofs(pack: &Gathered) -> Vec<Value> {
    let gone: BTreeMap<String, &store::evidence::ProofEvidence> =
        pack.proofs.iter().filter(|proof| proof.gone == 1).map(|proof| (proof.order_id.to_string(), proof)).collect();
    let rows: BTreeMap<String, Value> = of_kind(pack, &[EventKind::OrderProven])
        .map(|placed| {
            let proof = placed.entry.subjects.get("order").and_then(|order| gone.get(order));
            let columns = proof.map_or(Value::Null, |proof| {
                json!({
                    "proof": proof.id.to_string(),
                    "source": proof.source_id.to_string(),
                    "seq": proof.seq,
                    "population_hash": hex::encode(&proof.population_hash),
                })
            });
            (placed.entry.id.to_string(), row(placed, columns))
        })
        .collect();
    rows.into_values().collect()
}

fn handovers(pack: &Gathered) -> Vec<Value> {
    let given = pack.entries.values().filter(|placed| {
        placed.entry.kind == EventKind::ItemHandedOver
            || placed.entry.kind == EventKind::DecisionMade && placed.entry.subjects.contains_key("to")
    });
    given.map(|placed| row(placed, json!({ "kind": placed.entry.kind.as_str() }))).collect()
}

/// Where each answer went on its way to the platform that runs the campaign, step by step.
fn sendings(pack: &Gathered) -> Vec<Value> {
    of_kind(pack, &[EventKind::DecisionSent]).map(|placed| row(placed, Value::Null)).collect()
}

/// Controls for keeping both sides of a conflict of duties: proposed, accepted, refused.
fn controls(pack: &Gathered) -> Vec<Value> {
    of_kind(pack, &[EventKind::ControlProposed, EventKind::ControlAccepted, EventKind::ControlRefused])
        .map(|placed| {
            let entry = &placed.entry;
            // The entry names twice what is called a control: what was proposed for this person, and what the rule knows.
            let (proposed, known) = (entry.subjects.get("control"), entry.data_code("control"));
            row(placed, json!({ "kind": entry.kind.as_str(), "proposed": proposed, "control": known }))
        })
        .collect()
}

fn findings(pack: &Gathered) -> Vec<Value> {
    of_kind(pack, &[EventKind::FindingRaised, EventKind::FindingClosed, EventKind::AlarmLeaver])
        .map(|placed| row(placed, json!({ "kind": placed.entry.kind.as_str() })))
        .collect()
}

fn sources(pack: &Gathered) -> Vec<Value> {
    openings(pack)
        .map(|(of, opening)| {
            json!({
                "campaign": of.campaign.id.to_string(),
                "source": opening.source.id.to_string(),
                "name": opening.source.name,
                "kind": opening.source.kind.as_str(),
                "seq": opening.seq,
            })
        })
        .collect()
}

/// The readings that each campaign was opened on.
pub(super) fn openings(pack: &Gathered) -> impl Iterator<Item = (&OfCampaign, &SourceAtOpening)> {
    let sources = &pack.sources;
    pack.campaigns.iter().flat_map(move |of| {
        of.at_opening.iter().filter_map(move |(source, seq)| sources.get(&(*source, *seq)).map(|opening| (of, opening)))
    })
}

fn snapshots(pack: &Gathered) -> Vec<Value> {
    let sealed: BTreeMap<&String, &Placed> =
        of_kind(pack, &[EventKind::SnapshotSealed]).filter_map(|placed| Some((placed.entry.subjects.get("snapshot")?, placed))).collect();
    pack.snapshots
        .iter()
        .map(|snapshot| {
            let columns = json!({
                "snapshot": snapshot.id.to_string(),
                "source": snapshot.source_id.to_string(),
                "seq": snapshot.seq,
                "taken_at": snapshot.taken_at,
                "sealed_at": snapshot.sealed_at,
                "population_hash": hex::encode(&snapshot.population_hash),
                "manifest": snapshot.manifest,
                "accounts": snapshot.accounts,
                "entitlements": snapshot.entitlements,
                "grants": snapshot.grants,
                "usage": snapshot.usages,
            });
            match sealed.get(&snapshot.id.to_string()) {
                Some(placed) => row(placed, columns),
                None => columns,
            }
        })
        .collect()
}

/// Who is behind the pseudonyms of reviewers, and of people whom an item was given to, as the sources named them at opening
/// and as they name them now; nobody is named now whom the newest reading no longer has (rule 34).
fn people(ctx: &Context, pack: &Gathered) -> Vec<Value> {
    let mut wanted: BTreeSet<&String> = BTreeSet::new();
    for placed in pack.entries.values() {
        wanted.extend(["reviewer", "from", "to", "identity"].into_iter().filter_map(|role| placed.entry.subjects.get(role)));
    }
    let mut names: BTreeMap<IdentityId, BTreeSet<(String, String, Option<&String>)>> = BTreeMap::new();
    for of in pack.sources.values() {
        for account in of.accounts.values() {
            let told = (account.external_id.clone(), account.display_name().to_owned(), of.names_now.get(&account.id.0));
            names.entry(account.identity).or_default().insert(told);
        }
    }
    let rows: BTreeMap<String, Value> = names
        .into_iter()
        .filter_map(|(identity, accounts)| {
            let pseudonym = ctx.keys.pseudonyms.pseudonym("identity", &identity.to_string());
            let told = |(id, name, now)| json!({ "account_id_at_source": id, "name": name, "name_now": now });
            let accounts: Vec<Value> = accounts.into_iter().map(told).collect();
            wanted.contains(&pseudonym).then(|| (pseudonym.clone(), json!({ "identity": pseudonym, "accounts": accounts })))
        })
        .collect();
    rows.into_values().collect()
}

/// Who acted: the pseudonym, and the entry that commits to the name of that time.
fn users(pack: &Gathered) -> Vec<Value> {
    pack.actors.iter().map(|(actor, entry)| json!({ "actor": actor, "named_in": entry.map(|id| id.to_string()) })).collect()
}

fn texts(pack: &Gathered) -> Vec<Value> {
    let covered: BTreeSet<_> = pack.entries.values().map(|placed| placed.entry.id).collect();
    pack.texts
        .iter()
        .filter(|text| covered.contains(&text.entry))
        .map(|text| {
            let (salt, body) = text.open.as_ref().map_or((None, None), |(salt, body)| (Some(hex::encode(salt)), Some(body)));
            json!({ "entry": text.entry.to_string(), "field": text.field, "salt": salt, "text": body })
        })
        .collect()
}
