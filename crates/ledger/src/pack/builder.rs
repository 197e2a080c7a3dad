//! Writes a pack.

use super::lines::LineWriter;
use super::manifest::{EntryRange, LeftOut, MANIFEST_SCHEMA, Manifest, ManifestCheckpoint, ManifestKeys, ManifestMember, signed_text};
use super::table::{Table, is_table_name, member_name};
use super::{CHECKPOINT, ENTRIES, GUIDE, MANIFEST, PROOFS, PackError, SIGNATURE, STATEMENT, container, guide};
use crate::canonical::{canonical, sha256_hex};
use crate::checkpoint::Checkpoint;
use crate::note::{NoteError, SignedNote, VerifierKey};
use crate::tree::{NodeReader, consistency_proof, inclusion_proof, leaf_hash};
use domain::CampaignId;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// What a pack is about.
#[derive(Debug, Clone)]
pub struct PackHeader {
    /// The installation whose ledger this is; also the name of its keys.
    pub origin: String,
    /// The campaigns; none for the whole ledger.
    pub campaigns: BTreeSet<CampaignId>,
    /// The checkpoint that the pack is made for, a signed note.
    pub checkpoint: String,
    /// The key that signed the checkpoint.
    pub checkpoint_key: VerifierKey,
    /// An earlier checkpoint, a signed note, that the pack shall prove to be a beginning of this one.
    pub previous_checkpoint: Option<String>,
    /// What the pack leaves out.
    pub left_out: Vec<LeftOut>,
}

/// Writes a pack. Rows and entries are compressed as they come, so that memory follows the size of the pack.
#[derive(Debug)]
pub struct PackBuilder {
    header: PackHeader,
    checkpoint: Checkpoint,
    entries: LineWriter,
    proofs: LineWriter,
    last_index: Option<u64>,
    tables: BTreeMap<String, TableWriter>,
    states: BTreeMap<String, BTreeMap<String, u64>>,
    previous: Option<Checkpoint>,
}

#[derive(Debug, Default)]
struct TableWriter {
    lines: LineWriter,
    last_key: Vec<String>,
}

impl PackBuilder {
    /// Begins a pack. The checkpoint must be signed by the key that is given with it, and of this origin.
    pub fn new(header: PackHeader) -> Result<Self, PackError> {
        if header.origin == MANIFEST_SCHEMA {
            return Err(NoteError::Name(header.origin).into());
        }
        let checkpoint = read_checkpoint(&header.checkpoint, &header)?;
        let previous = header
            .previous_checkpoint
            .as_ref()
            .map(|note| SignedNote::parse(note).and_then(|n| Checkpoint::parse(n.text())))
            .transpose()?;
        let states = [Table::Items, Table::Orders].into_iter().map(|t| (t.name().to_owned(), BTreeMap::new())).collect();
        Ok(Self {
            header,
            checkpoint,
            entries: LineWriter::default(),
            proofs: LineWriter::default(),
            last_index: None,
            tables: BTreeMap::new(),
            states,
            previous,
        })
    }

    /// The size of the tree that the pack is made for: entries from this index on do not belong into it.
    pub const fn tree_size(&self) -> u64 {
        self.checkpoint.size
    }

    /// Adds an entry, as the database stores it, with its proof. Entries come in the ledger's order.
    pub fn entry(&mut self, index: u64, bytes: &[u8], nodes: &impl NodeReader) -> Result<(), PackError> {
        let wrong = |why: &str| PackError::Entry { index, why: why.to_owned() };
        if self.last_index.is_some_and(|last| last >= index) {
            return Err(wrong("entries must come in the order of the ledger, each once"));
        }
        // The bytes go into the pack as they are, even when they are not a good
        // entry: the verifier is to find that, not the exporter to hide it.
        if bytes.contains(&b'\n') || !serde_json::from_slice::<Value>(bytes).is_ok_and(|v| v.is_object()) {
            return Err(wrong("the stored bytes are not a JSON object on one line; the database was changed or is damaged"));
        }
        if self.last_index.is_none() {
            self.consistency(nodes)?;
        }
        let path: Vec<String> = inclusion_proof(nodes, index, self.checkpoint.size)?.iter().map(hex::encode).collect();
        let mut line = b"{\"entry\":".to_vec();
        line.extend_from_slice(bytes);
        line.extend_from_slice(format!(",\"index\":{index}}}").as_bytes());
        self.entries.line(&line)?;
        self.proofs.line(&canonical(&json!({ "index": index, "leaf": hex::encode(leaf_hash(bytes)), "path": path }))?)?;
        self.last_index = Some(index);
        Ok(())
    }

    /// The first line of the proofs, when there is an earlier checkpoint.
    fn consistency(&mut self, nodes: &impl NodeReader) -> Result<(), PackError> {
        if let (Some(previous), Some(note)) = (&self.previous, &self.header.previous_checkpoint) {
            let path: Vec<String> = consistency_proof(nodes, previous.size, self.checkpoint.size)?.iter().map(hex::encode).collect();
            let line = json!({ "previous": note, "path": path });
            self.proofs.line(&canonical(&line)?)?;
        }
        Ok(())
    }

    /// Adds entries in the ledger's order.
    pub fn entries(mut self, entries: impl IntoIterator<Item = (u64, Vec<u8>)>, nodes: &impl NodeReader) -> Result<Self, PackError> {
        for (index, bytes) in entries {
            self.entry(index, &bytes, nodes)?;
        }
        Ok(self)
    }

    /// Adds a row to a table. Rows of the tables in [`Table`] come in the order of their key.
    pub fn row(&mut self, table: &str, row: &Value) -> Result<(), PackError> {
        let writer = self.tables.entry(table.to_owned()).or_default();
        let number = writer.lines.rows() + 1;
        let wrong = |why: String| PackError::Row { table: table.to_owned(), row: number, why };
        if !is_table_name(table) {
            return Err(wrong("a table's name has 1 to 40 characters out of a-z 0-9 - with a letter first".to_owned()));
        }
        if !row.is_object() {
            return Err(wrong("a row is a JSON object".to_owned()));
        }
        if let Some(known) = Table::from_name(table) {
            let key = known.key_of(row).map_err(|column| wrong(format!("it lacks the column \"{column}\"")))?;
            if number > 1 && writer.last_key >= key {
                return Err(wrong(format!("rows must come in ascending order of {}, each once", known.key().join(", "))));
            }
            writer.last_key = key;
            if let Some(states) = self.states.get_mut(table) {
                let state = row.get("state").and_then(Value::as_str).ok_or_else(|| wrong("it lacks the column \"state\"".to_owned()))?;
                *states.entry(state.to_owned()).or_default() += 1;
            }
        }
        let line = canonical(row).map_err(|e| wrong(e.to_string()))?;
        writer.lines.line(&line)?;
        Ok(())
    }

    /// Adds a table, which may be empty.
    pub fn table(mut self, table: &str, rows: impl IntoIterator<Item = Value>) -> Result<Self, PackError> {
        self.tables.entry(table.to_owned()).or_default();
        for row in rows {
            self.row(table, &row)?;
        }
        Ok(self)
    }

    /// Signs the pack and returns its bytes.
    pub fn finish(self, key: &SigningKey) -> Result<Vec<u8>, PackError> {
        let mut bytes = Vec::new();
        self.write(key, &mut bytes)?;
        Ok(bytes)
    }

    /// Signs the pack and writes it. The same input gives the same bytes.
    pub fn write(self, key: &SigningKey, out: &mut impl Write) -> Result<(), PackError> {
        let signer = VerifierKey::new(self.header.origin.clone(), key.verifying_key())?;
        let count = self.entries.rows();
        let mut members: BTreeMap<String, (Vec<u8>, Option<u64>)> = BTreeMap::new();
        for (table, writer) in self.tables {
            let rows = writer.lines.rows();
            members.insert(member_name(&table), (writer.lines.finish()?, Some(rows)));
        }
        let proof_rows = self.proofs.rows();
        members.insert(ENTRIES.to_owned(), (self.entries.finish()?, Some(count)));
        members.insert(PROOFS.to_owned(), (self.proofs.finish()?, Some(proof_rows)));
        members.insert(CHECKPOINT.to_owned(), (self.header.checkpoint.clone().into_bytes(), None));
        let keys = ManifestKeys {
            signer: signer.to_string(),
            signer_id: signer.id_hex(),
            fingerprint: signer.fingerprint(),
            checkpoint: self.header.checkpoint_key.to_string(),
        };
        let guide = guide::render(&self.header.origin, &self.checkpoint, &keys)?;
        members.insert(GUIDE.to_owned(), (guide.into_bytes(), None));
        let mut campaigns: Vec<String> = self.header.campaigns.iter().map(ToString::to_string).collect();
        let campaign = if campaigns.len() == 1 { campaigns.pop() } else { None };
        let manifest = Manifest {
            schema: MANIFEST_SCHEMA.to_owned(),
            origin: self.header.origin.clone(),
            campaign,
            campaigns,
            checkpoint: ManifestCheckpoint {
                note: self.header.checkpoint,
                size: self.checkpoint.size,
                root: hex::encode(self.checkpoint.root),
            },
            previous_size: if proof_rows > count { self.previous.map(|p| p.size) } else { None },
            entries: EntryRange { count, complete: self.header.campaigns.is_empty() },
            members: members
                .iter()
                .map(|(name, (data, rows))| ManifestMember {
                    name: name.clone(),
                    size: data.len() as u64,
                    sha256: sha256_hex(data),
                    rows: *rows,
                })
                .collect(),
            states: self.states,
            left_out: self.header.left_out,
            keys,
            statement: STATEMENT.to_owned(),
        }
        .to_bytes()?;
        let signature = SignedNote::sign(signed_text(&self.header.origin, &sha256_hex(&manifest)), &self.header.origin, key)?;
        members.insert(MANIFEST.to_owned(), (manifest, None));
        members.insert(SIGNATURE.to_owned(), (signature.to_string().into_bytes(), None));
        let members: Vec<(String, Vec<u8>)> = members.into_iter().map(|(name, (data, _))| (name, data)).collect();
        if container::write(&members, out)? { Ok(()) } else { Err(PackError::TooLarge) }
    }
}

fn read_checkpoint(note: &str, header: &PackHeader) -> Result<Checkpoint, PackError> {
    let note = SignedNote::parse(note)?;
    note.verify(std::slice::from_ref(&header.checkpoint_key))?;
    let checkpoint = Checkpoint::parse(note.text())?;
    if checkpoint.origin == header.origin {
        Ok(checkpoint)
    } else {
        Err(PackError::Origin { expected: header.origin.clone(), found: checkpoint.origin })
    }
}
