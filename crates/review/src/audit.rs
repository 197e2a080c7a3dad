//! Computes the ledger anew from its entries and says where the database differs.
//!
//! Who can write to the database can change rows, but not sign a checkpoint. A
//! changed, dropped, added or reordered entry that a checkpoint covers shows as
//! a difference between the entry, its leaf, the tree's nodes and the signed
//! root, and each difference is named with its place.

use crate::{Context, Error, Result, sequence};
use domain::EntryId;
use ledger::{Checkpoint, Entry, EventKind, Frontier, SignedNote, commitment, leaf_hash};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::{StoredCheckpoint, StoredEntry, Tx};

/// Entries that are read at once.
const PAGE: i64 = 1_000;
/// Differences that are listed; the rest is counted.
const LISTED: usize = 200;

/// A difference between what the database holds and what it must hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// Where: `entry 17`, `node 3/2`, `checkpoint 40`, `text of entry 17, field note`.
    pub place: String,
    /// What is wrong, as a sentence.
    pub sentence: String,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Audit {
    /// Entries with a place.
    pub entries: u64,
    /// Entries that wait for their place: nothing protects them yet.
    pub unsequenced: u64,
    /// Checkpoints that were checked.
    pub checkpoints: u64,
    /// Texts that open their commitments.
    pub texts: u64,
    /// Texts that were erased, with the entry that says so.
    pub erased: u64,
    /// Every difference, in the order of the ledger; the first 200.
    pub differences: Vec<Difference>,
    /// How many differences are not listed.
    pub not_listed: u64,
}

impl Audit {
    /// True where nothing differs.
    pub const fn is_whole(&self) -> bool {
        self.differences.is_empty()
    }

    fn found(&mut self, place: String, sentence: impl Into<String>) {
        if self.differences.len() < LISTED {
            self.differences.push(Difference { place, sentence: sentence.into() });
        } else {
            self.not_listed += 1;
        }
    }
}

/// Checks the whole ledger in the database.
pub async fn audit(ctx: &Context) -> Result<Audit> {
    let mut tx = ctx.store.read().await?;
    let mut run = Run {
        ctx,
        audit: Audit::default(),
        tree: Frontier::new(),
        roots: BTreeMap::new(),
        erasures: BTreeSet::new(),
        gone: Vec::new(),
        ids: BTreeSet::new(),
    };
    run.checkpoints(&mut tx).await?;
    let size = tx.ledger_size().await?;
    let mut from = 0;
    while from < size {
        let page = tx.entries_from(from, PAGE).await?;
        let to = page.last().and_then(|entry| entry.index).map_or(size, |last| last + 1);
        run.page(&mut tx, from, to, page).await?;
        from = to;
    }
    run.end(&mut tx, size).await?;
    Ok(run.audit)
}

struct Run<'a> {
    ctx: &'a Context,
    audit: Audit,
    tree: Frontier,
    /// Signed roots by size.
    roots: BTreeMap<u64, [u8; 32]>,
    /// Entry and field of every erasure that the ledger records.
    erasures: BTreeSet<(String, String)>,
    /// Texts that are gone: place, entry, field.
    gone: Vec<(u64, EntryId, String)>,
    ids: BTreeSet<EntryId>,
}

impl Run<'_> {
    async fn checkpoints(&mut self, tx: &mut Tx) -> Result<()> {
        let key = sequence::verifier_key(self.ctx)?;
        let mut below = None;
        loop {
            let page = tx.checkpoints(below, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            below = Some(last.size);
            for stored in page {
                self.audit.checkpoints += 1;
                match signed(&stored, &key) {
                    Ok(checkpoint) if checkpoint.origin == *self.ctx.origin => {
                        self.roots.insert(checkpoint.size, checkpoint.root);
                        if (checkpoint.size, checkpoint.root) != (stored.size, stored.root) {
                            self.audit.found(
                                format!("checkpoint {}", stored.size),
                                "size or root beside the signed note is not what the note says",
                            );
                        }
                    }
                    Ok(_) => self.audit.found(format!("checkpoint {}", stored.size), "the signed note is of another ledger"),
                    Err(why) => self.audit.found(format!("checkpoint {}", stored.size), format!("the signed note does not hold: {why}")),
                }
            }
        }
    }

    async fn page(&mut self, tx: &mut Tx, from: u64, to: u64, page: Vec<StoredEntry>) -> Result<()> {
        let nodes = stored_nodes(tx, from, to).await?;
        let ids: Vec<EntryId> = page.iter().map(|entry| entry.id).collect();
        let mut texts: BTreeMap<(EntryId, String), Option<([u8; 32], String)>> =
            tx.texts_of_entries(&ids).await?.into_iter().map(|text| ((text.entry, text.field), text.open)).collect();
        let mut page = page.into_iter().peekable();
        for index in from..to {
            let node = nodes.get(&(0, index)).copied();
            let entry = page.next_if(|entry| entry.index == Some(index));
            let computed = entry.as_ref().map(|entry| leaf_hash(&entry.bytes));
            let place = || format!("entry {index}");
            match (&entry, computed) {
                (None, _) => self.audit.found(place(), "the entry is missing"),
                (Some(entry), Some(leaf)) if Some(leaf) != node => {
                    let why = if node.is_none() {
                        "the tree has no leaf for the entry: it was added, or the leaf was taken away"
                    } else {
                        "the entry is not the one that the tree was made from: it was changed, or stands at another place"
                    };
                    self.audit.found(place(), format!("{why} (id {})", entry.id));
                }
                _ => {}
            }
            if let Some(entry) = &entry {
                self.entry(index, entry, &mut texts);
                self.audit.entries += 1;
            }
            // The stored leaf keeps the rest in line, so that one difference is named once. The signed root judges the leaves.
            let Some(leaf) = node.or(computed) else {
                continue;
            };
            for made in self.tree.append(leaf) {
                if nodes.get(&(made.level, made.index)) != Some(&made.hash) && made.level > 0 {
                    self.audit.found(
                        format!("node {}/{}", made.level, made.index),
                        "the tree's node is missing or does not follow from the leaves below it",
                    );
                }
            }
            let size = index + 1;
            if let Some(root) = self.roots.get(&size)
                && (self.tree.size() != size || self.tree.root() != *root)
            {
                self.audit.found(
                    format!("checkpoint {size}"),
                    "the tree does not lead to the signed root: leaves before this checkpoint were changed",
                );
            }
        }
        for ((entry, field), _) in texts {
            self.audit.found(format!("text of {entry}, field {field}"), "a text stands beside an entry that does not commit to it");
        }
        Ok(())
    }

    fn entry(&mut self, index: u64, stored: &StoredEntry, texts: &mut BTreeMap<(EntryId, String), Option<([u8; 32], String)>>) {
        let place = format!("entry {index}");
        if !self.ids.insert(stored.id) {
            self.audit.found(place.clone(), "the entry's id stands twice");
        }
        if stored.leaf != leaf_hash(&stored.bytes) {
            self.audit.found(place.clone(), "the leaf hash beside the entry is not the one of its bytes");
        }
        let entry = match Entry::parse(&stored.bytes) {
            Ok(entry) => entry,
            Err(why) => {
                return self.audit.found(place, format!("the entry cannot be read: {why}"));
            }
        };
        let same = entry.id == stored.id
            && entry.kind.as_str() == stored.kind
            && entry.at == stored.at
            && entry.campaign == stored.campaign
            && entry.item == stored.item
            && entry.origin == *self.ctx.origin;
        if !same {
            self.audit.found(place, "the columns beside the entry, or its origin, are not what the entry says");
        }
        if let (EventKind::TextErased, Some(of), Some(field)) = (entry.kind, entry.data_code("entry"), entry.data_code("field")) {
            self.erasures.insert((of.to_owned(), field.to_owned()));
        }
        for (field, committed) in &entry.commitments {
            let place = format!("text of entry {index}, field {field}");
            match texts.remove(&(stored.id, field.clone())) {
                None => self.audit.found(place, "the entry commits to a text that is not there"),
                Some(None) => self.gone.push((index, stored.id, field.clone())),
                Some(Some((salt, text))) if commitment(&salt, field, &text) == *committed => {
                    self.audit.texts += 1;
                }
                Some(Some(_)) => self.audit.found(place, "the text or its salt is not the one that the entry commits to"),
            }
        }
    }

    async fn end(&mut self, tx: &mut Tx, size: u64) -> Result<()> {
        for (index, entry, field) in std::mem::take(&mut self.gone) {
            if self.erasures.contains(&(entry.to_string(), field.clone())) {
                self.audit.erased += 1;
            } else {
                self.audit.found(
                    format!("text of entry {index}, field {field}"),
                    "the text is gone, and no entry with a place says that it was erased",
                );
            }
        }
        let beyond: Vec<u64> = self.roots.range(size + 1..).map(|(size, _)| *size).collect();
        if let Some(signed) = beyond.last() {
            self.audit.found(
                format!("checkpoint {signed}"),
                format!("the checkpoint covers {signed} entries, {size} are there: the last ones were taken away"),
            );
        }
        let expected = 2 * size - u64::from(size.count_ones());
        let stored = tx.count_nodes().await?;
        if stored > expected {
            self.audit.found(
                "nodes".to_owned(),
                format!("the tree has {stored} nodes where {expected} belong: entries were taken away, or nodes were added"),
            );
        }
        self.audit.unsequenced = u64::try_from(tx.count_unsequenced().await?).unwrap_or_default();
        Ok(())
    }
}

fn signed(stored: &StoredCheckpoint, key: &ledger::VerifierKey) -> Result<Checkpoint, ledger::NoteError> {
    let note = SignedNote::parse(&stored.note)?;
    note.verify(std::slice::from_ref(key))?;
    Checkpoint::parse(note.text())
}

/// The nodes that the leaves from `from` up to `to` are or complete.
async fn stored_nodes(tx: &mut Tx, from: u64, to: u64) -> Result<BTreeMap<(u8, u64), [u8; 32]>> {
    let mut nodes = BTreeMap::new();
    for level in 0..64_u8 {
        let (first, end) = (from >> level, to >> level);
        if end == 0 {
            break;
        }
        if first < end {
            nodes.extend(
                tx.ledger_nodes(level, first, end)
                    .await
                    .map_err(Error::from)?
                    .into_iter()
                    .map(|(level, index, hash)| ((level, index), hash)),
            );
        }
    }
    Ok(nodes)
}
