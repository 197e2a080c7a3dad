//! The entries of a pack: canonical, in order, and in the checkpoint's tree.

use super::report::{Findings, Place};
use crate::canonical::{hash_from_hex, parse_canonical};
use crate::checkpoint::Checkpoint;
use crate::entry::Entry;
use crate::note::SignedNote;
use crate::pack::container::Container;
use crate::pack::lines::LineReader;
use crate::pack::manifest::Manifest;
use crate::pack::{ENTRIES, PROOFS};
use crate::tree::{Hash, leaf_hash, verify_consistency, verify_inclusion};
use domain::EntryId;
use serde_json::Value;
use std::collections::BTreeMap;

/// The entries that could be read.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<EntryId, Known>,
    /// False when entries are missing because their member could not be read to its end.
    pub complete: bool,
}

/// An entry and its place.
#[derive(Debug)]
pub struct Known {
    /// Its place in the ledger.
    pub index: u64,
    /// What it says.
    pub entry: Entry,
}

impl Ledger {
    /// The entry of that id, as it is spelled in tables.
    pub fn get(&self, id: &str) -> Option<&Known> {
        self.entries.get(&id.parse().ok()?)
    }

    /// All entries, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Known> {
        self.entries.values()
    }
}

/// Reads and checks entries, their proofs, and the proof from an earlier checkpoint.
pub fn check(container: &Container<'_>, manifest: &Manifest, checkpoint: &Checkpoint, findings: &mut Findings) -> Ledger {
    let mut ledger = Ledger::default();
    let Some(entries) = container.member(ENTRIES) else {
        findings.failed("entries", Place::member(ENTRIES), "the pack does not hold this member, or it cannot be found in the damaged file");
        return ledger;
    };
    let mut proofs = Proofs::open(container, manifest, checkpoint, findings);
    let lines = match LineReader::new(entries.data) {
        Ok(lines) => lines,
        Err(why) => {
            findings.failed("entries", Place::member(ENTRIES), why);
            return ledger;
        }
    };
    ledger.complete = true;
    let mut count = 0;
    let mut next = 0;
    for line in lines {
        let place = Place::member(ENTRIES).row(count + 1);
        let line = match line {
            Ok(line) => line,
            Err(why) => {
                findings.failed("entries", place, why);
                ledger.complete = false;
                break;
            }
        };
        count += 1;
        let Some((bytes, index)) = split(&line) else {
            findings.failed("entries", place, "the line is not of the form {\"entry\":{...},\"index\":n}");
            continue;
        };
        let place = place.entry(index);
        if index < next {
            findings.failed("entries", place.clone(), "the entry stands twice or out of order");
        } else if manifest.entries.complete && index > next {
            findings.failed(
                "entries",
                place.clone(),
                format!("entries {next} to {} are missing from a pack that says it holds all", index - 1),
            );
        }
        next = next.max(index + 1);
        proofs.check(index, &leaf_hash(bytes), findings);
        match Entry::parse(bytes) {
            Err(error) => findings.failed("entries", place, format!("the entry cannot be read: {error}")),
            Ok(entry) if entry.origin != manifest.origin => {
                findings.failed(
                    "entries",
                    place,
                    format!("the entry is of the ledger {}, the pack is of {}", entry.origin, manifest.origin),
                );
            }
            Ok(entry) => {
                if let Some(earlier) = ledger.entries.insert(entry.id, Known { index, entry }) {
                    findings.failed(
                        "entries",
                        place.id(earlier.entry.id.to_string()),
                        format!("the entry's id is also that of entry {}", earlier.index),
                    );
                }
            }
        }
    }
    if ledger.complete && count != manifest.entries.count {
        findings.failed(
            "entries",
            Place::member(ENTRIES),
            format!("the manifest says {} entries, the member holds {count}", manifest.entries.count),
        );
    }
    if ledger.complete && manifest.entries.complete && next != checkpoint.size {
        findings.failed(
            "entries",
            Place::member(ENTRIES).entry(next),
            format!("the entries from {next} on are missing; the checkpoint is over {}", checkpoint.size),
        );
    }
    if findings.clean("entries") {
        findings.passed("entries", format!("{count} entries are in canonical form and in order"));
    }
    proofs.end(checkpoint, count, findings);
    ledger
}

/// The entry's bytes and its index, out of a line.
fn split(line: &[u8]) -> Option<(&[u8], u64)> {
    let rest = line.strip_prefix(b"{\"entry\":")?.strip_suffix(b"}")?;
    let comma = rest.iter().rposition(|b| *b == b',')?;
    let digits = std::str::from_utf8(rest[comma..].strip_prefix(b",\"index\":")?).ok()?;
    let index: u64 = digits.parse().ok()?;
    (index.to_string() == digits && index < u64::MAX).then_some((&rest[..comma], index))
}

/// The proofs, read beside the entries.
struct Proofs<'a> {
    lines: Option<LineReader<'a>>,
    row: u64,
    /// The proof that was read and belongs to a later entry.
    ahead: Option<Proof>,
    size: u64,
    root: Hash,
}

struct Proof {
    row: u64,
    index: u64,
    leaf: Hash,
    path: Vec<Hash>,
}

impl<'a> Proofs<'a> {
    fn open(container: &Container<'a>, manifest: &Manifest, checkpoint: &Checkpoint, findings: &mut Findings) -> Self {
        let mut proofs = Self { lines: None, row: 0, ahead: None, size: checkpoint.size, root: checkpoint.root };
        match container.member(PROOFS).map(|m| LineReader::new(m.data)) {
            Some(Ok(lines)) => proofs.lines = Some(lines),
            Some(Err(why)) => findings.failed("inclusion", Place::member(PROOFS), why),
            None => findings.failed(
                "inclusion",
                Place::member(PROOFS),
                "the pack does not hold this member, or it cannot be found in the damaged file",
            ),
        }
        match manifest.previous_size {
            Some(size) => proofs.consistency(size, manifest, findings),
            None => findings.not_checked("consistency", "the pack was made without an earlier checkpoint to compare with"),
        }
        proofs
    }

    /// The next line as JSON; a line that cannot be read ends the reading.
    fn next(&mut self, findings: &mut Findings) -> Option<Value> {
        let line = self.lines.as_mut()?.next()?;
        self.row += 1;
        let value = line.and_then(|line| parse_canonical(&line).map_err(|e| e.to_string()));
        match value {
            Ok(value) => Some(value),
            Err(why) => {
                findings.failed("inclusion", Place::member(PROOFS).row(self.row), why);
                self.lines = None;
                None
            }
        }
    }

    fn consistency(&mut self, size: u64, manifest: &Manifest, findings: &mut Findings) {
        let name = "consistency";
        let Some(line) = self.next(findings) else {
            findings.failed(name, Place::member(PROOFS), "the proof from the earlier checkpoint is missing");
            return;
        };
        let place = Place::member(PROOFS).row(self.row);
        let previous = line.get("previous").and_then(Value::as_str).and_then(|note| {
            let note = SignedNote::parse(note).ok()?;
            let key = manifest.keys.checkpoint.parse().ok()?;
            let signed = note.verify(&[key]).is_ok();
            Some((Checkpoint::parse(note.text()).ok()?, signed))
        });
        let (Some((previous, signed)), Some(path), Some(2)) =
            (previous, hashes(line.get("path")), line.as_object().map(serde_json::Map::len))
        else {
            findings.failed(name, place, "the line is not a proof from an earlier checkpoint");
            return;
        };
        if previous.size != size || previous.origin != manifest.origin {
            findings.failed(name, place, "the earlier checkpoint is not the one that the manifest names");
        } else if let Err(error) = verify_consistency(size, &previous.root, self.size, &self.root, &path) {
            findings.failed(
                name,
                place,
                format!("the ledger is not a continuation of the earlier checkpoint over {size} entries: {error}"),
            );
        } else if signed {
            findings.passed(name, format!("the ledger is a continuation of the earlier signed checkpoint over {size} entries"));
        } else {
            findings.not_checked(
                name,
                format!("the ledger continues the earlier checkpoint over {size} entries, which another key signed: compare it with the one that you were given"),
            );
        }
    }

    /// Finds the proof of an entry and checks it.
    fn check(&mut self, index: u64, leaf: &Hash, findings: &mut Findings) {
        let name = "inclusion";
        let place = Place::member(PROOFS).entry(index);
        while self.ahead.as_ref().is_none_or(|p| p.index < index) {
            if let Some(unused) = self.ahead.take() {
                findings.failed(
                    name,
                    Place::member(PROOFS).row(unused.row).entry(unused.index),
                    "the proof belongs to no entry of the pack",
                );
            }
            let Some(line) = self.next(findings) else {
                findings.failed(name, place, "the entry has no proof");
                return;
            };
            self.ahead = proof(&line, self.row);
            if self.ahead.is_none() {
                findings.failed(name, Place::member(PROOFS).row(self.row), "the line is not a proof");
            }
        }
        let Some(proof) = self.ahead.take_if(|p| p.index == index) else {
            findings.failed(name, place, "the entry has no proof");
            return;
        };
        let place = place.row(proof.row);
        if proof.leaf != *leaf {
            findings.failed(name, place, "the entry is not the one that the proof was made for: its leaf hash differs");
        } else if let Err(error) = verify_inclusion(leaf, index, self.size, &proof.path, &self.root) {
            findings.failed(name, place, format!("the entry is not in the checkpoint's tree: {error}"));
        }
    }

    fn end(mut self, checkpoint: &Checkpoint, count: u64, findings: &mut Findings) {
        let name = "inclusion";
        let mut unused = u64::from(self.ahead.is_some());
        while self.next(findings).is_some() {
            unused += 1;
        }
        if unused > 0 {
            findings.failed(name, Place::member(PROOFS).row(self.row), format!("{unused} proofs belong to no entry of the pack"));
        }
        if findings.clean(name) {
            findings.passed(name, format!("{count} entries are in the tree of the checkpoint over {} entries", checkpoint.size));
        }
    }
}

fn proof(line: &Value, row: u64) -> Option<Proof> {
    (line.as_object()?.len() == 3).then_some(())?;
    let index = line.get("index")?.as_u64()?;
    let leaf = hash_from_hex(line.get("leaf")?.as_str()?)?;
    Some(Proof { row, index, leaf, path: hashes(line.get("path"))? })
}

fn hashes(value: Option<&Value>) -> Option<Vec<Hash>> {
    value?.as_array()?.iter().map(|h| hash_from_hex(h.as_str()?)).collect()
}
