//! Ticket files: removals for people to carry out.
//!
//! A ticket names ids, never people: whoever acts looks them up in the system
//! they act in. A batch always writes the same file, so that a repeat after a
//! crash changes nothing.

use crate::{
    cell,
    error::Error,
    hash::{self, Digest},
    source::Removal,
};
use domain::{GrantPath, OrderId, Timestamp};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Numbers the files being written by this process.
static TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// The columns of a ticket file, in order.
pub const COLUMNS: [&str; 9] =
    ["ticket_id", "order_id", "action", "person_id", "entitlement_id", "path", "granted_on", "decided_on", "note"];

/// One removal in a ticket file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketLine {
    /// The ticket's id, the same whenever this order is written.
    pub ticket_id: String,
    /// The order it carries out.
    pub order_id: OrderId,
    /// Whose access it is.
    pub person_id: String,
    /// Which access it is.
    pub entitlement_id: String,
    /// How it is held.
    pub path: GrantPath,
    /// Since when; a newer grant of the same access is another one, and stays (rule 18).
    pub granted_on: Option<Timestamp>,
    /// When the removal was decided.
    pub decided_on: Timestamp,
}

impl From<&Removal> for TicketLine {
    fn from(removal: &Removal) -> Self {
        Self {
            ticket_id: format!("T-{}", removal.order_id),
            order_id: removal.order_id,
            person_id: removal.grant.person_id.clone(),
            entitlement_id: removal.grant.entitlement_id.clone(),
            path: removal.grant.path.clone(),
            granted_on: removal.grant.granted_on,
            decided_on: removal.decided_on,
        }
    }
}

/// A ticket file as it stands on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketFile {
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// False where it stood there already, byte for byte.
    pub written: bool,
}

/// What to do, by how the access is held.
const fn note(path: &GrantPath) -> &'static str {
    match path {
        GrantPath::Direct => "Remove this assignment only. Leave a newer grant of the same access in place.",
        GrantPath::Group(_) => "Take the person out of the group named in path. Leave a newer membership in place.",
        GrantPath::Rule(_) => {
            "The rule named in path grants this. Change what makes it fit this person, or ask the rule's owner; a removal by hand would come back."
        }
        GrantPath::Nested(_) => "Take the person out of the innermost group named in path. Leave a newer membership in place.",
        GrantPath::Role(_) => "Take the role named in path from the person. Leave a newer assignment in place.",
        GrantPath::Package(_) => "End the person's assignment of the access package named in path. Leave a newer assignment in place.",
    }
}

/// The bytes of a ticket file, the lines in the order of their orders.
fn render(lines: &[TicketLine]) -> String {
    let mut sorted: Vec<&TicketLine> = lines.iter().collect();
    sorted.sort_by(|a, b| (a.order_id, &a.ticket_id).cmp(&(b.order_id, &b.ticket_id)));
    let mut csv = String::new();
    cell::push_row(&mut csv, &COLUMNS);
    for line in sorted {
        let cells = [
            line.ticket_id.clone(),
            line.order_id.to_string(),
            "remove".to_owned(),
            line.person_id.clone(),
            line.entitlement_id.clone(),
            line.path.to_string(),
            line.granted_on.map(Timestamp::to_rfc3339).unwrap_or_default(),
            line.decided_on.to_rfc3339(),
            cell::neutral(note(&line.path)),
        ];
        cell::push_row(&mut csv, &cells.each_ref().map(String::as_str));
    }
    csv
}

/// The name of a batch's file.
fn file_name(batch_id: &str) -> Result<String, Error> {
    let fits = (1..=64).contains(&batch_id.len()) && batch_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fits { Ok(format!("batch-{batch_id}.csv")) } else { Err(Error::BatchId(batch_id.to_owned())) }
}

/// Writes the batch's ticket file into `dir`, which is made where it is not there.
///
/// The file appears whole or not at all, and what was answered survives a loss of power. The same batch with the same
/// lines, in whatever order, answers the file that stands there.
///
/// # Errors
/// [`Error::TicketDiffers`] where a file of this batch says something else; [`Error::TicketUnwritten`] where the disk
/// failed; [`Error::BatchId`] where the batch cannot name a file.
pub fn write(dir: &Path, batch_id: &str, lines: &[TicketLine]) -> Result<TicketFile, Error> {
    let name = file_name(batch_id)?;
    let path = dir.join(&name);
    let bytes = render(lines).into_bytes();
    let sha256 = hash::sha256(&bytes);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| Error::TicketUnwritten { path, cause }
    };
    fs::create_dir_all(dir).map_err(failed(dir))?;
    match fs::read(&path) {
        Ok(there) if there == bytes => {
            // Whoever wrote it may have been stopped before the folder was safe on the disk.
            sync_dir(dir).map_err(failed(dir))?;
            return Ok(TicketFile { path, sha256, written: false });
        }
        Ok(_) => return Err(Error::TicketDiffers { path }),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(failed(&path)(cause)),
    }
    // The desk takes *.csv, so a file being written has another ending.
    // Several workers may write the same batch at once, each into a file of its own; the last one's takes the name, and
    // they are the same byte for byte.
    let number = TEMPORARY.fetch_add(1, Ordering::Relaxed);
    let temporary = dir.join(format!(".{name}.{}-{number}.tmp", std::process::id()));
    let put = || {
        let mut file = File::create(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        sync_dir(dir)
    };
    put().map_err(|cause| {
        // Best effort: what is left of a failed attempt is in nobody's way, and says nothing.
        let _ = fs::remove_file(&temporary);
        failed(&path)(cause)
    })?;
    Ok(TicketFile { path, sha256, written: true })
}

/// Makes a renamed file's name survive a loss of power.
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
