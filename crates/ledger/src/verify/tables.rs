//! The tables of a pack, row by row against the entries that fix them.

use super::entries::{Known, Ledger};
use super::histories::{self, Histories};
use super::report::{Findings, Place};
use crate::canonical::{canonical, hash_from_hex, parse_canonical, sha256_hex};
use crate::commit::commitment;
use crate::entry::Entry;
use crate::kind::EventKind;
use crate::pack::container::Container;
use crate::pack::lines::LineReader;
use crate::pack::manifest::Manifest;
use crate::pack::table::{Table, member_name, table_name};
use domain::{CampaignId, EntryId};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Reads and checks every table.
pub fn check(container: &Container<'_>, manifest: &Manifest, ledger: &Ledger, findings: &mut Findings) {
    let histories = histories::check(ledger, findings);
    let mut checker = Checker {
        ledger,
        histories,
        manifest,
        seen: BTreeMap::new(),
        states: BTreeMap::new(),
        items: BTreeMap::new(),
        opened: 0,
        erased: 0,
        erasures: erasures(ledger),
        findings,
    };
    let mut whole = BTreeSet::new();
    let mut tables = 0;
    for listed in &manifest.members {
        let (Some(name), Some(member)) = (table_name(&listed.name), container.member(&listed.name)) else {
            continue;
        };
        tables += 1;
        if checker.read(name, member.data, listed.rows) {
            whole.insert(name);
        }
    }
    if checker.findings.clean("tables") {
        checker
            .findings
            .passed("tables", format!("{tables} tables can be read, with the rows that the manifest states, each once and in order"));
    }
    for table in Table::ALL {
        checker.completeness(table, whole.contains(table.name()));
    }
    checker.counts(whole.contains(Table::Items.name()), whole.contains(Table::Orders.name()));
}

/// What was erased, as the ledger says: entry id and field (rule 44).
fn erasures(ledger: &Ledger) -> BTreeSet<(String, String)> {
    let erased = ledger.iter().filter(|k| k.entry.kind == EventKind::TextErased);
    erased.filter_map(|k| Some((k.entry.data_code("entry")?.to_owned(), k.entry.data_code("field")?.to_owned()))).collect()
}

struct Checker<'c> {
    ledger: &'c Ledger,
    histories: Histories,
    manifest: &'c Manifest,
    /// The entries that have a row, with the field for texts.
    seen: BTreeMap<&'static str, BTreeSet<(EntryId, String)>>,
    states: BTreeMap<&'static str, BTreeMap<String, u64>>,
    /// Rows of items, by campaign.
    items: BTreeMap<CampaignId, u64>,
    opened: u64,
    erased: u64,
    erasures: BTreeSet<(String, String)>,
    findings: &'c mut Findings,
}

impl Checker<'_> {
    /// Reads a table; returns whether it could be read to its end.
    fn read(&mut self, name: &str, data: &[u8], rows: Option<u64>) -> bool {
        let member = member_name(name);
        let lines = match LineReader::new(data) {
            Ok(lines) => lines,
            Err(why) => {
                self.findings.failed("tables", Place::member(&member), why);
                return false;
            }
        };
        let known = Table::from_name(name);
        let mut number = 0;
        let mut last_key = Vec::new();
        for line in lines {
            let line = match line {
                Ok(line) => line,
                Err(why) => {
                    self.findings.failed("tables", Place::member(&member).row(number + 1), why);
                    return false;
                }
            };
            number += 1;
            let place = Place::member(&member).row(number);
            let row = match parse_canonical(&line) {
                Ok(row) if row.is_object() => row,
                Ok(_) => {
                    self.findings.failed("tables", place, "the row is not a JSON object");
                    continue;
                }
                Err(error) => {
                    self.findings.failed("tables", place, format!("the row cannot be read: {error}"));
                    continue;
                }
            };
            let Some(table) = known else { continue };
            match table.key_of(&row) {
                Err(column) => {
                    self.findings.failed(table.name(), place, format!("the row lacks the column \"{column}\""));
                    continue;
                }
                Ok(key) => {
                    if number > 1 && last_key >= key {
                        self.findings.failed("tables", place.clone().id(key.join(", ")), "the row stands twice or out of order");
                    }
                    last_key = key;
                }
            }
            self.row(table, &row, place);
        }
        if rows != Some(number) {
            self.findings.failed(
                "tables",
                Place::member(&member),
                format!("the table holds {number} rows, which is not what the manifest states"),
            );
        }
        true
    }

    fn row(&mut self, table: Table, row: &Value, place: Place) {
        let name = table.name();
        let id = row.get("entry").and_then(Value::as_str).unwrap_or_default();
        let Some(known) = self.ledger.get(id).filter(|k| k.entry.id.to_string() == id) else {
            // Without all entries, a missing one says nothing.
            if self.ledger.complete {
                self.findings.failed(name, place.id(id), "the row names an entry that the pack does not hold");
            }
            return;
        };
        let place = place.entry(known.index);
        let field = if table == Table::Texts { text_of(row, "field") } else { "" };
        if !self.seen.entry(name).or_default().insert((known.entry.id, field.to_owned())) {
            self.findings.failed(name, place.clone(), "another row names the same entry");
        }
        if table == Table::Texts {
            self.text(row, known, place);
            return;
        }
        if !is_row_of(table, &known.entry) {
            self.findings.failed(
                name,
                place,
                format!("the row names an entry of kind {}, which is not one of this table", known.entry.kind),
            );
            return;
        }
        let place = place.id(named(table, row, &known.entry));
        for problem in problems(table, row, &known.entry) {
            self.findings.failed(name, place.clone(), problem);
        }
        match table {
            Table::Items => {
                if let Some(campaign) = known.entry.campaign {
                    *self.items.entry(campaign).or_default() += 1;
                }
                let end = self.histories.items.get(text_of(row, "item")).map(|e| (e.state.as_str(), e.version));
                self.stands(table, row, "item_version", end, place);
            }
            Table::Orders => {
                let end = self.histories.orders.get(text_of(row, "order")).map(|e| (e.state.as_str(), e.version));
                self.stands(table, row, "order_version", end, place);
            }
            _ => {}
        }
    }

    /// Compares where a row says that its item or order stands with where its history leads.
    fn stands(&mut self, table: Table, row: &Value, version: &str, end: Option<(&'static str, i64)>, place: Place) {
        let state = text_of(row, "state");
        *self.states.entry(table.name()).or_default().entry(state.to_owned()).or_default() += 1;
        if !self.ledger.complete {
            return;
        }
        match end {
            None => {
                self.findings.failed(table.name(), place, "the row has no history in the ledger");
            }
            Some((ended, _)) if ended != state => {
                self.findings.failed(table.name(), place, format!("the row says {state}, its history in the ledger ends with {ended}"));
            }
            Some((_, at)) if row.get(version).and_then(Value::as_i64) != Some(at) => {
                self.findings.failed(
                    table.name(),
                    place,
                    format!("the row's {version} is not {at}, which its history in the ledger ends with"),
                );
            }
            Some(_) => {}
        }
    }

    /// Opens a commitment, or finds that the text was erased (rule 44).
    fn text(&mut self, row: &Value, known: &Known, place: Place) {
        let (name, field) = (Table::Texts.name(), text_of(row, "field"));
        let Some(committed) = known.entry.commitments.get(field) else {
            self.findings.failed(name, place, format!("the entry commits to no text \"{field}\""));
            return;
        };
        match (row.get("text"), row.get("salt")) {
            (Some(Value::String(text)), Some(Value::String(salt))) => {
                if hash_from_hex(salt).is_some_and(|salt| commitment(&salt, field, text) == *committed) {
                    self.opened += 1;
                } else {
                    self.findings.failed(name, place, format!("the text \"{field}\" or its salt is not the one that the entry commits to"));
                }
            }
            (Some(Value::Null), Some(Value::Null)) => {
                if self.erasures.contains(&(known.entry.id.to_string(), field.to_owned())) {
                    self.erased += 1;
                } else if self.ledger.complete {
                    self.findings.failed(name, place, format!("the text \"{field}\" is gone, and no entry records that it was erased"));
                }
            }
            _ => self.findings.failed(name, place, "a text and its salt are either both there, or both null"),
        }
    }

    /// Every entry that belongs into a table has its row there.
    fn completeness(&mut self, table: Table, read: bool) {
        let name = table.name();
        if !self.ledger.complete {
            self.findings.not_checked(name, "without all entries nobody can say whether rows are missing");
            return;
        }
        let left_out = self.manifest.leaves_out(name);
        let none = BTreeSet::new();
        let mut missing = Vec::new();
        let mut wanted = 0;
        let seen = self.seen.get(name).unwrap_or(&none);
        for known in self.ledger.iter() {
            let fields: Vec<&str> = match table {
                Table::Texts => known.entry.commitments.keys().map(String::as_str).collect(),
                _ if is_row_of(table, &known.entry) => vec![""],
                _ => Vec::new(),
            };
            for field in fields {
                wanted += 1;
                if !seen.contains(&(known.entry.id, field.to_owned())) {
                    missing.push((known.index, known.entry.id, field.to_owned()));
                }
            }
        }
        if left_out {
            let why = self.manifest.left_out.iter().find(|l| l.what == name).map_or("", |l| l.why.as_str());
            self.findings.not_checked(name, format!("the pack leaves out {} of {wanted} rows: {why}", missing.len()));
            return;
        }
        if wanted > 0 && !read {
            self.findings.failed(
                name,
                Place::member(member_name(name)),
                "the table is not in the pack or cannot be read, and the manifest does not say that it is left out",
            );
            return;
        }
        for (index, id, field) in missing {
            let what = if field.is_empty() { "row".to_owned() } else { format!("row for the text \"{field}\"") };
            let place = Place::member(member_name(name)).entry(index).id(id.to_string());
            self.findings.failed(name, place, format!("the entry has no {what} in the table"));
        }
        if self.findings.clean(name) {
            let sentence = match table {
                Table::Texts => {
                    format!("{} texts are the ones that entries commit to, {} are erased and recorded as such", self.opened, self.erased)
                }
                _ => format!("{wanted} rows, each with its entry, and no entry without its row"),
            };
            self.findings.passed(name, sentence);
        }
    }

    /// Counts add up: rows by state with the manifest, items with the campaign's closing.
    fn counts(&mut self, items_read: bool, orders_read: bool) {
        let name = "counts";
        let empty = BTreeMap::new();
        for (table, read) in [(Table::Items.name(), items_read), (Table::Orders.name(), orders_read)] {
            let found = self.states.get(table).unwrap_or(&empty);
            if read && self.manifest.states.get(table).unwrap_or(&empty) != found {
                self.findings.failed(
                    name,
                    Place::member(member_name(table)),
                    "the rows by state are not the numbers that the manifest states",
                );
            }
        }
        for known in self.ledger.iter().filter(|k| items_read && k.entry.kind == EventKind::CampaignClosed) {
            let items = known.entry.campaign.and_then(|c| self.items.get(&c)).copied().unwrap_or_default();
            if known.entry.data_int("items").and_then(|n| u64::try_from(n).ok()) != Some(items) {
                let place = Place::member(member_name(Table::Items.name())).entry(known.index);
                self.findings.failed(
                    name,
                    place,
                    format!("the table holds {items} items, which is not the number that the campaign was closed with"),
                );
            }
        }
        if self.findings.clean(name) {
            self.findings.passed(name, "the numbers of items and orders by state add up");
        }
    }
}

fn text_of<'r>(row: &'r Value, column: &str) -> &'r str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// Whether an entry of this kind has a row of its own in the table.
fn is_row_of(table: Table, entry: &Entry) -> bool {
    match table {
        Table::Items => entry.kind == EventKind::ItemCreated,
        Table::Recommendations => entry.kind == EventKind::RecommendationMade,
        Table::Decisions => matches!(entry.kind, EventKind::DecisionMade | EventKind::DecisionDefaulted),
        Table::Orders => entry.kind == EventKind::OrderHeld && !entry.data.contains_key("step"),
        Table::Proofs => entry.kind == EventKind::OrderProven,
        Table::Texts => false,
    }
}

/// Where a row differs from its entry.
///
/// Item, order and every data field of the entry stand in the row under the
/// same name; other subjects where the row has a column for them. A data field
/// `X_sha256` fixes the column `X`, when the row has it: it is the SHA-256 of a
/// text, or of other values' canonical JSON; the `body` of a recommendation must
/// be there. Decisions and proofs also repeat
/// time, version and actor. What moves on after the entry (`state`, `step`,
/// versions) is compared with the history instead.
fn problems(table: Table, row: &Value, entry: &Entry) -> Vec<String> {
    let mut problems = Vec::new();
    let mut same = |column: &str, expected: Value| {
        if row.get(column) != Some(&expected) {
            problems.push(format!("the column \"{column}\" is not what the entry states, {expected}"));
        }
    };
    if let Some(item) = entry.item {
        same("item", item.to_string().into());
    }
    for (role, id) in &entry.subjects {
        if role == "order" || row.get(role).is_some() {
            same(role, id.clone().into());
        }
    }
    if matches!(table, Table::Decisions | Table::Proofs) {
        same("at", entry.at.micros().into());
    }
    if table == Table::Decisions {
        same("actor", entry.actor.to_string().into());
        if let Some(version) = entry.item_version {
            same("item_version", version.into());
        }
    }
    for (field, value) in &entry.data {
        if matches!(field.as_str(), "state" | "step" | "order_version") {
            continue;
        }
        let expected = value.to_json();
        let fixed = field.strip_suffix("_sha256").filter(|column| row.get(column).is_some() || fixes(table, column));
        if let Some(column) = fixed {
            match row.get(column) {
                None => problems.push(format!("the row lacks the column \"{column}\", whose SHA-256 the entry states")),
                Some(content) if digest(content).map(Value::from) != Some(expected.clone()) => {
                    problems.push(format!("the column \"{column}\" is not the one whose SHA-256 the entry states"));
                }
                Some(_) => {}
            }
        }
        // Beside what it fixes, a hash may stand in the row or not; alone it must.
        if (fixed.is_none() || row.get(field).is_some()) && row.get(field) != Some(&expected) {
            problems.push(format!("the column \"{field}\" is not what the entry states, {expected}"));
        }
    }
    problems
}

/// Whether a table without this column would say less than its entries fix: what was recommended, with its facts.
fn fixes(table: Table, column: &str) -> bool {
    table == Table::Recommendations && column == "body"
}

/// The id by which people know what the row is about.
fn named(table: Table, row: &Value, entry: &Entry) -> String {
    let column = match table {
        Table::Items => "item",
        Table::Recommendations => "recommendation",
        Table::Decisions => "decision",
        Table::Orders => "order",
        Table::Proofs => "proof",
        Table::Texts => "entry",
    };
    // What the entry says comes first: the row may be the one that was changed.
    let stated = entry.subjects.get(column).cloned().or_else(|| entry.item.filter(|_| column == "item").map(|item| item.to_string()));
    stated.or_else(|| row.get(column).and_then(Value::as_str).map(str::to_owned)).unwrap_or_else(|| entry.id.to_string())
}

/// SHA-256 of a text's bytes, or of another value's canonical JSON.
fn digest(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(sha256_hex(text.as_bytes())),
        other => canonical(other).ok().map(|bytes| sha256_hex(&bytes)),
    }
}
