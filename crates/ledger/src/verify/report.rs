//! What was found, for machines and for people.

use crate::pack::STATEMENT;
use serde::Serialize;
use std::fmt;

/// The report's schema, `docs/schemas/verify-1.json`.
pub const REPORT_SCHEMA: &str = "countersign/verify/1";
/// How many findings of one check are listed; the rest is counted.
pub const MAX_FINDINGS: usize = 50;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It could not be made; the sentence says why.
    NotChecked,
}

/// What is known of the pack's signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// Nobody gave a key or fingerprint from outside the pack.
    Unknown,
    /// The pack is signed by a key that was given from outside.
    Established,
    /// The pack is not signed by the key that was given from outside.
    Mismatch,
}

/// Where in the pack something was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The member of the ZIP file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Which part of the file: "local header", "data", "directory record", "end record" or "file".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The first byte in the file, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// The byte after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// The line of the table, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// The entry's place in the ledger, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The item, order or entry concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Place {
    /// A member as a whole.
    pub fn member(name: impl Into<String>) -> Self {
        Self { member: Some(name.into()), ..Self::default() }
    }

    /// The same place, in a line of the table.
    #[must_use]
    pub fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// The same place, at an entry of the ledger.
    #[must_use]
    pub fn entry(mut self, index: u64) -> Self {
        self.entry = Some(index);
        self
    }

    /// The same place, at an item, order or entry.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match (&self.member, &self.part) {
            (Some(member), Some(part)) if part == "data" => parts.push(member.clone()),
            (Some(member), Some(part)) => parts.push(format!("{part} of {member}")),
            (Some(member), None) => parts.push(member.clone()),
            (None, Some(part)) => parts.push(part.clone()),
            (None, None) => {}
        }
        parts.extend(self.row.map(|row| format!("row {row}")));
        parts.extend(self.entry.map(|entry| format!("entry {entry}")));
        parts.extend(self.id.clone());
        if let (Some(from), Some(to)) = (self.from, self.to) {
            parts.push(if to == from + 1 { format!("byte {from}") } else { format!("bytes {from} to {}", to.saturating_sub(1)) });
        }
        f.write_str(&parts.join(", "))
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which check: "container", "manifest", "members", and so on.
    pub name: String,
    /// How it ended.
    pub state: CheckState,
    /// Where, when it failed at a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What was found, as a sentence.
    pub sentence: String,
}

/// The checkpoint that the pack was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportCheckpoint {
    /// The number of entries.
    pub size: u64,
    /// The root, 64 hexadecimal digits.
    pub root: String,
}

/// The key that signed the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportKey {
    /// Its name.
    pub name: String,
    /// SHA-256 of the public key, 64 hexadecimal digits.
    pub fingerprint: String,
}

/// Everything that verifying gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// [`REPORT_SCHEMA`].
    pub schema: &'static str,
    /// True when no check failed.
    pub whole: bool,
    /// What is known of the signer, apart from `whole` (rule 45).
    pub signer: Signer,
    /// The report in one or two sentences.
    pub sentence: String,
    /// What even a whole pack does not prove.
    pub statement: &'static str,
    /// The ledger, when the manifest could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The campaign, when the pack is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The campaigns, when the pack is about several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub campaigns: Vec<String>,
    /// The checkpoint, when it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<ReportCheckpoint>,
    /// The key that the pack names, when it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<ReportKey>,
    /// What was looked at, in order.
    pub checks: Vec<Check>,
}

impl Report {
    /// True when the pack is whole and its signer is not another than the one named: what `countersign verify` exits 0 for.
    pub fn is_good(&self) -> bool {
        self.whole && self.signer != Signer::Mismatch
    }

    /// The report in one or two sentences.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|c| c.state == CheckState::Failed)
    }
}

/// Collects checks.
#[derive(Debug, Default)]
pub struct Findings {
    checks: Vec<Check>,
    /// Failures per check that were counted and not listed.
    unlisted: Vec<(String, u64)>,
}

impl Findings {
    pub fn passed(&mut self, name: &str, sentence: impl Into<String>) {
        self.checks.push(Check { name: name.to_owned(), state: CheckState::Passed, place: None, sentence: sentence.into() });
    }

    pub fn not_checked(&mut self, name: &str, sentence: impl Into<String>) {
        self.checks.push(Check { name: name.to_owned(), state: CheckState::NotChecked, place: None, sentence: sentence.into() });
    }

    pub fn failed(&mut self, name: &str, place: impl Into<Option<Place>>, sentence: impl Into<String>) {
        if self.count(name) < MAX_FINDINGS {
            self.checks.push(Check { name: name.to_owned(), state: CheckState::Failed, place: place.into(), sentence: sentence.into() });
        } else if let Some((_, more)) = self.unlisted.iter_mut().find(|(n, _)| n == name) {
            *more += 1;
        } else {
            self.unlisted.push((name.to_owned(), 1));
        }
    }

    fn count(&self, name: &str) -> usize {
        self.checks.iter().filter(|c| c.state == CheckState::Failed && c.name == name).count()
    }

    /// Whether nothing failed under this name so far.
    pub fn clean(&self, name: &str) -> bool {
        self.count(name) == 0
    }

    /// Whether nothing failed so far.
    pub fn whole(&self) -> bool {
        self.checks.iter().all(|c| c.state != CheckState::Failed)
    }

    pub fn into_checks(mut self) -> Vec<Check> {
        for (name, more) in std::mem::take(&mut self.unlisted) {
            let sentence = format!("{more} more findings of this kind are not listed");
            self.checks.push(Check { name, state: CheckState::Failed, place: None, sentence });
        }
        self.checks
    }
}

/// The sentence for people (rule 45).
pub fn sentence(checks: &[Check], signer: Signer, key: Option<&ReportKey>) -> String {
    let failures: Vec<&Check> = checks.iter().filter(|c| c.state == CheckState::Failed).collect();
    if let Some(first) = failures.first() {
        let place = first.place.as_ref().map_or_else(String::new, |p| format!(" ({p})"));
        let rest = match failures.len() {
            1 => String::new(),
            2 => " One more finding is listed.".to_owned(),
            n => format!(" {} more findings are listed.", n - 1),
        };
        return format!("Not whole: {}{place}.{rest}", first.sentence);
    }
    let who = key.map_or_else(String::new, |k| format!(" {} with the fingerprint {}", k.name, k.fingerprint));
    match signer {
        Signer::Unknown => format!(
            "The pack is whole, signer not established. It names the key{who}; compare that fingerprint with one that you have by another way. It is {STATEMENT}."
        ),
        Signer::Established => format!("The pack is whole and signed by{who}. It is {STATEMENT}."),
        Signer::Mismatch => format!("The pack is whole, but it is signed by{who}, which is not the key that you named."),
    }
}
