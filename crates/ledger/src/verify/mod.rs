//! Verifies a pack: what can be said about it without trusting who made it.
//!
//! Integrity and signer are reported apart (rule 45): a pack can be whole
//! although nobody has said from outside whose key signed it.

mod draw;
mod entries;
mod histories;
mod report;
mod tables;

pub use report::{Check, CheckState, MAX_FINDINGS, Place, REPORT_SCHEMA, Report, ReportCheckpoint, ReportKey, Signer};

use crate::canonical::sha256_hex;
use crate::checkpoint::Checkpoint;
use crate::note::{NoteError, SignedNote, VerifierKey, parse_trust_file};
use crate::pack::container::{Container, Member};
use crate::pack::manifest::{Manifest, signed_text};
use crate::pack::{CHECKPOINT, MANIFEST, MANIFEST_SCHEMA, SIGNATURE, STATEMENT};
use report::{Findings, sentence};
use std::str::FromStr;

/// What is known about the signer from outside the pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Nothing.
    Nothing,
    /// The fingerprint of the key: SHA-256 of the public key, 64 lower-case hexadecimal digits.
    Fingerprint(String),
    /// The keys, any of which may have signed.
    Keys(Vec<VerifierKey>),
}

impl Trust {
    /// Reads a fingerprint as a person would give it: either case, with or without colons and spaces.
    pub fn fingerprint(text: &str) -> Result<Self, NoteError> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
        if crate::canonical::hash_from_hex(&digits).is_some() {
            Ok(Self::Fingerprint(digits))
        } else {
            Err(NoteError::Key("a fingerprint has 64 hexadecimal digits"))
        }
    }

    /// Reads a file of verifier keys, one a line; lines that begin with # are passed over.
    pub fn file(text: &str) -> Result<Self, NoteError> {
        let keys = parse_trust_file(text)?;
        if keys.is_empty() { Err(NoteError::Key("the file names no key")) } else { Ok(Self::Keys(keys)) }
    }

    fn judge(&self, key: &VerifierKey) -> Signer {
        let known = match self {
            Self::Nothing => return Signer::Unknown,
            Self::Fingerprint(fingerprint) => *fingerprint == key.fingerprint(),
            Self::Keys(keys) => keys.contains(key),
        };
        if known { Signer::Established } else { Signer::Mismatch }
    }
}

/// Verifies a pack.
pub fn verify_pack(bytes: &[u8], trust: &Trust) -> Report {
    let mut findings = Findings::default();
    let mut report = Report {
        schema: REPORT_SCHEMA,
        whole: false,
        signer: if *trust == Trust::Nothing { Signer::Unknown } else { Signer::Mismatch },
        sentence: String::new(),
        statement: STATEMENT,
        origin: None,
        campaign: None,
        campaigns: Vec::new(),
        checkpoint: None,
        key: None,
        checks: Vec::new(),
    };
    let container = Container::read(bytes);
    for flaw in &container.flaws {
        let place = Place {
            member: flaw.member.clone(),
            part: Some(flaw.part.to_owned()),
            from: Some(flaw.from),
            to: Some(flaw.to),
            ..Place::default()
        };
        findings.failed("container", place, flaw.sentence.clone());
    }
    if findings.clean("container") {
        findings.passed("container", format!("the file holds {} members and nothing else", container.members.len()));
    }
    match manifest(&container, &mut findings) {
        Some(manifest) => contents(&container, &manifest, trust, &mut findings, &mut report),
        None => findings.not_checked("contents", "without a readable manifest nothing can be said about the contents"),
    }
    report.whole = findings.whole();
    report.checks = findings.into_checks();
    report.sentence = sentence(&report.checks, report.signer, report.key.as_ref());
    report
}

fn contents(container: &Container<'_>, manifest: &Manifest, trust: &Trust, findings: &mut Findings, report: &mut Report) {
    report.origin = Some(manifest.origin.clone());
    report.campaign.clone_from(&manifest.campaign);
    report.campaigns.clone_from(&manifest.campaigns);
    members(container, manifest, findings);
    if let Some(key) = signature(container, manifest, findings) {
        report.signer = trust.judge(&key);
        report.key = Some(ReportKey { name: key.name().to_owned(), fingerprint: key.fingerprint() });
    }
    match report.signer {
        Signer::Unknown => findings.not_checked("signer", "no key or fingerprint was given from outside the pack: signer not established"),
        Signer::Established => findings.passed("signer", "the pack is signed by the key that was named from outside"),
        // A good signature by another key says nothing against the pack's wholeness.
        Signer::Mismatch => findings.not_checked("signer", "the pack is not signed by the key that was named from outside"),
    }
    let checkpoint = checkpoint(container, manifest, findings);
    findings.not_checked("witness", format!("no outside witness has countersigned the checkpoint: {STATEMENT}"));
    let Some(checkpoint) = checkpoint else {
        findings.not_checked("entries", "without a readable checkpoint no proof can be checked");
        return;
    };
    report.checkpoint = Some(ReportCheckpoint { size: checkpoint.size, root: hex::encode(checkpoint.root) });
    let ledger = entries::check(container, manifest, &checkpoint, findings);
    tables::check(container, manifest, &ledger, findings);
    draw::check(&ledger, findings);
}

fn manifest(container: &Container<'_>, findings: &mut Findings) -> Option<Manifest> {
    let member = required(container, MANIFEST, "manifest", findings)?;
    match Manifest::parse(member.data) {
        Ok(manifest) if manifest.schema == MANIFEST_SCHEMA => {
            findings.passed("manifest", format!("the manifest is in the form {MANIFEST_SCHEMA}"));
            Some(manifest)
        }
        Ok(manifest) => {
            findings.failed(
                "manifest",
                place_of(member),
                format!("the manifest's form is \"{}\"; this program reads {MANIFEST_SCHEMA}", manifest.schema),
            );
            None
        }
        Err(error) => {
            findings.failed("manifest", place_of(member), format!("the manifest cannot be read: {error}"));
            None
        }
    }
}

fn members(container: &Container<'_>, manifest: &Manifest, findings: &mut Findings) {
    for listed in &manifest.members {
        let Some(member) = container.member(&listed.name) else {
            findings.failed("members", Place::member(&listed.name), "the manifest lists the member, and the pack does not hold it");
            continue;
        };
        if member.data.len() as u64 != listed.size || sha256_hex(member.data) != listed.sha256 {
            findings.failed("members", place_of(member), "the member is not the one that the manifest describes: size or SHA-256 differ");
        }
    }
    for member in &container.members {
        let own = member.name == MANIFEST || member.name == SIGNATURE;
        if !own && !manifest.members.iter().any(|listed| listed.name == member.name) {
            findings.failed("members", place_of(member), "the pack holds the member, and the manifest does not list it");
        }
    }
    if findings.clean("members") {
        findings.passed("members", format!("{} members have the sizes and hashes in the manifest", manifest.members.len()));
    }
}

/// Checks the signature over the manifest under the key that the manifest names.
fn signature(container: &Container<'_>, manifest: &Manifest, findings: &mut Findings) -> Option<VerifierKey> {
    let name = "signature";
    let member = required(container, SIGNATURE, name, findings)?;
    let manifest_bytes = container.member(MANIFEST).map_or(&[][..], |m| m.data);
    let key = match VerifierKey::from_str(&manifest.keys.signer) {
        Ok(key) => key,
        Err(error) => {
            findings.failed(name, Place::member(MANIFEST), format!("the signer's key cannot be read: {error}"));
            return None;
        }
    };
    if key.id_hex() != manifest.keys.signer_id || key.fingerprint() != manifest.keys.fingerprint || key.name() != manifest.origin {
        findings.failed(name, Place::member(MANIFEST), "the signer's id, fingerprint or name do not belong to the signer's key");
    }
    let note = std::str::from_utf8(member.data).map_err(|_| NoteError::Malformed("it is not UTF-8")).and_then(SignedNote::parse);
    let verified = note.and_then(|note| {
        note.verify(std::slice::from_ref(&key))?;
        Ok(note)
    });
    match verified {
        Err(error) => {
            findings.failed(name, place_of(member), format!("the manifest's signature does not hold: {error}"));
            return None;
        }
        Ok(note) if note.text() != signed_text(&manifest.origin, &sha256_hex(manifest_bytes)) => {
            findings.failed(name, Place::member(MANIFEST), "the manifest is not the one that was signed");
            return None;
        }
        // The note is written in one way only, so that no byte of it is free.
        Ok(note) if note.to_string().as_bytes() != member.data || note.signatures().len() != 1 => {
            findings.failed(name, place_of(member), "the signature holds more than one signature, or is not written in the one way");
            return None;
        }
        Ok(_) => {}
    }
    if findings.clean(name) {
        findings.passed(name, format!("the manifest is signed by the key {} that it names", key.id_hex()));
    }
    Some(key)
}

fn checkpoint(container: &Container<'_>, manifest: &Manifest, findings: &mut Findings) -> Option<Checkpoint> {
    let name = "checkpoint";
    let member = required(container, CHECKPOINT, name, findings)?;
    let verified = std::str::from_utf8(member.data).map_err(|_| NoteError::Malformed("it is not UTF-8")).and_then(|text| {
        let note = SignedNote::parse(text)?;
        note.verify(&[manifest.keys.checkpoint.parse()?])?;
        Checkpoint::parse(note.text())
    });
    let checkpoint = match verified {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            findings.failed(name, place_of(member), format!("the checkpoint does not hold: {error}"));
            return None;
        }
    };
    let described = &manifest.checkpoint;
    if described.note.as_bytes() != member.data || described.size != checkpoint.size || described.root != hex::encode(checkpoint.root) {
        findings.failed(name, place_of(member), "the checkpoint is not the one that the manifest was made for");
    }
    if checkpoint.origin != manifest.origin {
        findings.failed(
            name,
            place_of(member),
            format!("the checkpoint is of the ledger {}, the pack is of {}", checkpoint.origin, manifest.origin),
        );
    }
    if findings.clean(name) {
        findings.passed(name, format!("the checkpoint over {} entries is signed", checkpoint.size));
    }
    Some(checkpoint)
}

fn required<'c, 'a>(container: &'c Container<'a>, member: &str, check: &str, findings: &mut Findings) -> Option<&'c Member<'a>> {
    let found = container.member(member);
    if found.is_none() {
        findings.failed(check, Place::member(member), "the pack does not hold this member, or it cannot be found in the damaged file");
    }
    found
}

/// A member with its bytes in the file.
fn place_of(member: &Member<'_>) -> Place {
    let to = member.from + member.data.len() as u64;
    Place { part: Some("data".to_owned()), from: Some(member.from), to: Some(to), ..Place::member(&member.name) }
}
