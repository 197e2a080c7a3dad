//! A small ledger with a whole story in it, and ways to tamper with what it exports.

use domain::{CampaignId, Env, ItemId, OrderId, SnapshotId, Timestamp};
use ledger::pack::container::{self, Container};
use ledger::pack::lines::{LineReader, LineWriter};
use ledger::pack::{LeftOut, PackError};
use ledger::{
    Actor, Checkpoint, Entry, EventKind, Frontier, Nodes, PackBuilder, PackHeader, PseudonymKey, SigningKey, VerifierKey, canonical,
    leaf_hash, sha256_hex,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const ORIGIN: &str = "reviews.example.com";

/// What a database would hold, and the keys.
#[derive(Debug, Clone)]
pub struct World {
    pub env: Env,
    pub key: SigningKey,
    pub pseudonyms: PseudonymKey,
    pub campaign: CampaignId,
    pub items: Vec<ItemId>,
    pub order: OrderId,
    /// Canonical bytes by place in the ledger; a campaign's export leaves some out.
    pub entries: Vec<(u64, Vec<u8>)>,
    pub nodes: Nodes,
    pub frontier: Frontier,
    pub tables: BTreeMap<String, Vec<Value>>,
    pub earlier: Option<String>,
    pub left_out: Vec<LeftOut>,
    pub whole_ledger: bool,
}

impl World {
    pub fn entry(&self, kind: EventKind) -> Entry {
        Entry::new(kind, self.env.id(), self.env.now(), ORIGIN, "p1", Actor::System)
    }

    pub fn by(&self, kind: EventKind, person: &str) -> Entry {
        Entry { actor: Actor::Person(self.pseudonyms.pseudonym("user", person)), ..self.entry(kind) }.campaign(self.campaign)
    }

    /// Appends to the ledger as the sequencer would, and returns the entry for its row.
    pub fn append(&mut self, entry: Entry) -> Entry {
        let bytes = entry.to_bytes().expect("a good entry");
        let index = self.frontier.size();
        self.nodes.extend(self.frontier.append(leaf_hash(&bytes)));
        self.entries.push((index, bytes));
        entry
    }

    pub fn row(&mut self, table: &str, row: Value) {
        self.tables.entry(table.to_owned()).or_default().push(row);
    }

    pub fn checkpoint(&self) -> String {
        Checkpoint::new(ORIGIN, self.frontier.size(), self.frontier.root()).sign(&self.key).expect("a good checkpoint").to_string()
    }

    pub fn verifier_key(&self) -> VerifierKey {
        VerifierKey::new(ORIGIN, self.key.verifying_key()).expect("a good name")
    }

    /// Exports what the database holds now.
    pub fn export(&self) -> Result<Vec<u8>, PackError> {
        let header = PackHeader {
            origin: ORIGIN.to_owned(),
            campaigns: (!self.whole_ledger).then_some(self.campaign).into_iter().collect(),
            checkpoint: self.checkpoint(),
            checkpoint_key: self.verifier_key(),
            previous_checkpoint: self.earlier.clone(),
            left_out: self.left_out.clone(),
        };
        let mut builder = PackBuilder::new(header)?.entries(self.entries.clone(), &self.nodes)?;
        for (table, rows) in &self.tables {
            let mut rows = rows.clone();
            if let Some(known) = ledger::pack::Table::from_name(table) {
                rows.sort_by_key(|row| known.key_of(row).expect("the key's columns"));
            }
            builder = builder.table(table, rows)?;
        }
        builder.finish(&self.key)
    }

    pub fn pack(&self) -> Vec<u8> {
        self.export().expect("a pack")
    }
}

/// The decision's row as an exporter writes it: the entry's own fields under their own names.
pub fn row_of(entry: &Entry) -> Value {
    let mut row = json!({ "entry": entry.id, "at": entry.at.micros(), "actor": entry.actor.to_string() });
    if let Some(item) = entry.item {
        row["item"] = json!(item);
    }
    if let Some(version) = entry.item_version {
        row["item_version"] = json!(version);
    }
    for (role, id) in &entry.subjects {
        row[role] = json!(id);
    }
    for (name, value) in &entry.data {
        row[name] = value.to_json();
    }
    row
}

/// What a campaign's entries say of its draw: the opening's share and seed, and each item's word.
pub struct Told {
    pub share: i64,
    pub seed: Option<[u8; 32]>,
    pub of: fn(&[u8; 32], domain::ItemId) -> Option<&'static str>,
}

/// Three items: one revoked and proven gone, one approved with an erased note, one left by default. Of a time before items were
/// drawn to be judged first.
pub fn world() -> World {
    world_that_draws(None)
}

/// The same, with what its entries say of a draw.
pub fn world_that_draws(draw: Option<&Told>) -> World {
    let (env, clock) = Env::simulated(Timestamp(1_795_000_000_000_000), 7);
    let mut w = World {
        campaign: env.id(),
        items: (0..3).map(|_| env.id()).collect(),
        order: env.id(),
        key: SigningKey::from_bytes(&[7; 32]),
        pseudonyms: PseudonymKey::new("p1", [9; 32]),
        entries: Vec::new(),
        nodes: Nodes::new(),
        frontier: Frontier::new(),
        tables: BTreeMap::new(),
        earlier: None,
        left_out: Vec::new(),
        whole_ledger: true,
        env,
    };
    let snapshot: SnapshotId = w.env.id();
    let sealed = w
        .entry(EventKind::SnapshotSealed)
        .subject("snapshot", snapshot)
        .int("grants", 3)
        .code("population_hash", sha256_hex(b"population"));
    w.append(sealed);
    w.earlier = Some(w.checkpoint());
    let mut opened = w.by(EventKind::CampaignOpened, "owner").int("items", 3);
    if let Some(told) = draw {
        opened = opened.int("blind_share", told.share);
        if let Some(seed) = told.seed {
            opened = opened.code("blind_seed", hex::encode(seed));
        }
    }
    let word = |item| draw.and_then(|told| (told.of)(&told.seed.unwrap_or_default(), item));
    w.append(opened);
    let mut created = Vec::new();
    for item in w.items.clone() {
        clock.advance(1_000);
        let mut entry = w.entry(EventKind::ItemCreated).campaign(w.campaign).item_at(item, 1).code("state", "undecided");
        if let Some(word) = word(item) {
            entry = entry.code("draw", word);
        }
        created.push(w.append(entry).id);
        let facts = json!([{ "id": "f1", "kind": "unused_days", "value": 135 }]);
        let digest = sha256_hex(&canonical(&facts).expect("canonical"));
        let made = w.entry(EventKind::RecommendationMade).campaign(w.campaign).item(item);
        let made =
            made.code("verdict", "revoke").int("confidence", 9_100).code("input_hash", sha256_hex(b"input")).code("facts_sha256", digest);
        let made = w.append(made);
        let mut row = row_of(&made);
        row["facts"] = facts;
        w.row("recommendations", row);
    }
    let shown = sha256_hex(b"what was shown");
    for (item, answer, note) in [(0, "revoke", "He moved to Treasury in July."), (1, "approve", "She covers for Ada.")] {
        clock.advance(1_000_000);
        let item = w.items[item];
        let seen = w.by(EventKind::ItemShown, "reviewer").item(item).code("digest", &shown);
        w.append(seen);
        let salt = w.env.bytes::<32>();
        let made = w.by(EventKind::DecisionMade, "reviewer").item_at(item, 2).code("step", "answer").code("state", "staged");
        let made = w.append(made.code("answer", answer).code("shown", &shown).commit("note", &salt, note));
        let mut row = row_of(&made);
        row["reviewer"] = json!("Grace Hopper");
        w.row("decisions", row);
        if answer == "revoke" {
            w.row("texts", json!({ "entry": made.id, "field": "note", "text": note, "salt": hex::encode(salt) }));
            let held = w
                .entry(EventKind::OrderHeld)
                .campaign(w.campaign)
                .item(item)
                .subject("order", w.order)
                .int("order_version", 1)
                .code("state", "held");
            let held = w.append(held);
            w.row("orders", json!({ "entry": held.id, "order": w.order, "item": item, "state": "proven", "order_version": 4 }));
        } else {
            let erased = w.entry(EventKind::TextErased).campaign(w.campaign).code("entry", made.id).code("field", "note");
            w.append(erased);
            w.row("texts", json!({ "entry": made.id, "field": "note", "text": null, "salt": null }));
        }
    }
    for item in [0, 1] {
        clock.advance(1_000);
        let ends = w
            .entry(EventKind::DecisionFinalised)
            .campaign(w.campaign)
            .item_at(w.items[item], 3)
            .code("step", "window_ends")
            .code("state", "decided");
        w.append(ends);
    }
    let order = |w: &World, kind, version, step, state| {
        w.entry(kind)
            .campaign(w.campaign)
            .item(w.items[0])
            .subject("order", w.order)
            .int("order_version", version)
            .code("step", step)
            .code("state", state)
    };
    let released = order(&w, EventKind::OrderReleased, 2, "release", "ready");
    w.append(released);
    let ticketed = order(&w, EventKind::OrderTicketed, 3, "ticket", "ticketed");
    w.append(ticketed);
    let signed = w.by(EventKind::ItemSignedOff, "reviewer").item_at(w.items[1], 4).code("step", "sign_off").code("state", "signed_off");
    w.append(signed);
    let unanswered = w
        .entry(EventKind::ItemUnanswered)
        .campaign(w.campaign)
        .item_at(w.items[2], 2)
        .code("step", "close_unanswered")
        .code("state", "unanswered");
    w.append(unanswered);
    let defaulted = w.entry(EventKind::DecisionDefaulted).campaign(w.campaign).item_at(w.items[2], 3).code("action", "leave_as_exception");
    let defaulted = w.append(defaulted.code("step", "leave_as_exception").code("state", "excepted"));
    w.row("decisions", row_of(&defaulted));
    clock.advance(60_000_000);
    let proven = order(&w, EventKind::OrderProven, 4, "see_gone", "proven").code("page_hash", sha256_hex(b"page"));
    let proven = w.append(proven);
    w.row("proofs-of-removal", row_of(&proven));
    for (item, (state, version)) in [("decided", 3), ("signed_off", 4), ("excepted", 3)].into_iter().enumerate() {
        let draw = word(w.items[item]);
        let row = json!({ "entry": created[item], "item": w.items[item], "state": state, "item_version": version, "draw": draw });
        w.row("items", row);
    }
    w.row("reviewers", json!({ "name": "Grace Hopper", "reviewer": w.pseudonyms.pseudonym("user", "reviewer") }));
    let closed = w.by(EventKind::CampaignClosed, "owner").int("items", 3);
    w.append(closed);
    w
}

/// The members of a pack, to be changed and written again as a good container.
pub fn members(pack: &[u8]) -> Vec<(String, Vec<u8>)> {
    Container::read(pack).members.into_iter().map(|m| (m.name, m.data.to_vec())).collect()
}

pub fn rewrite(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    assert!(container::write(members, &mut out).expect("memory does not fail"));
    out
}

/// A pack with the lines of one member changed, in a good container with a good gzip stream.
pub fn with_lines(pack: &[u8], member: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    let mut members = members(pack);
    let (_, data) = members.iter_mut().find(|(name, _)| name == member).expect("the member");
    let mut lines: Vec<Vec<u8>> = LineReader::new(data).expect("a table").collect::<Result<_, _>>().expect("good lines");
    change(&mut lines);
    let mut writer = LineWriter::default();
    for line in &lines {
        writer.line(line).expect("memory does not fail");
    }
    *data = writer.finish().expect("memory does not fail");
    rewrite(&members)
}
