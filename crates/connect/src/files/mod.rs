//! A folder of CSV files as a source.
//!
//! The files and their columns; `*` marks what a table means nothing without:
//!
//! ```text
//! people.csv        *person_id name email title department manager_id status start end changed_job_on
//!                   employment_type site working_time
//! entitlements.csv  *entitlement_id name application description sensitivity owner_id
//! grants.csv        *person_id *entitlement_id *path granted_on granted_by
//! usage.csv         *person_id *entitlement_id *last_used days_used *window_days *grain        (may be absent)
//! decisions.csv     *person_id *entitlement_id *decision decided_on reviewer_id how            (may be absent)
//! requirements.csv  *person_id *entitlement_id *requirement *expires                           (may be absent)
//! ```
//!
//! - UTF-8; a byte order mark is left out and told. Commas; quoting as RFC 4180, strictly: what could make one row swallow
//!   another is a problem at its line. A line break inside quotes is allowed in a description only.
//! - The header is required. Columns may stand in any order; an unknown or repeated column and a missing needed one are
//!   problems; another missing column is told (those of employment are not), and its fact is unknown in every row.
//! - Empty is unknown. Words, ids and dates stand without spaces around them; spaces around other texts are left out.
//! - Dates are RFC 3339 with a zone, or a date alone, which means 00:00 UTC of that day; 1900 to 2199.
//! - Ids have at most 256 characters, none of them invisible, and do not begin as a spreadsheet formula does, because they
//!   go back to people in ticket files, where they must match. Other fields have at most 4 KiB.
//! - A usage row with an empty `last_used` and `days_used` 0 says: watched, and saw no use. With both empty it says nothing.
//! - A requirement says what this person must have to hold this entitlement, and until when they have it. Whatever does not
//!   run out is not listed.
//! - Every file is read once into memory; those bytes are hashed, and those bytes are parsed. A file's modification time is
//!   never taken for the moment the data was extracted: that is a parameter.

mod columns;
mod row;
mod rows;
mod table;
mod text;
mod time;

use crate::{
    error::Error,
    hash,
    problem::{ErrorReport, Problem},
    reading::Reading,
    records::GrantKey,
    source::{Cursor, Outcome, Page, PageRead, Records, Removal, Reread, Source},
    tickets,
    warning::Warnings,
};
use columns::{TABLES, Table};
use domain::{Clock, SourceKind, Timestamp};
use std::{
    fs::{self, File, Metadata},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Bounds on what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file in bytes; 512 MiB by default.
    pub file_bytes: u64,
    /// Most rows of a file; 5,000,000 by default.
    pub rows: u64,
    /// Longest field in bytes; 4 KiB by default.
    pub field_bytes: usize,
    /// Most problems listed per file, the rest being counted; 200 by default.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 512 << 20, rows: 5_000_000, field_bytes: 4 << 10, problems: 200 }
    }
}

/// Reads a whole folder.
///
/// `taken_at` is when the data was extracted, as whoever brings it says; `clock` dates the reading of each file.
///
/// # Errors
/// [`Error::Broken`] with every problem of every file; [`Error::Unreadable`] where the folder or a file cannot be
/// read; [`Error::Changed`] where a file was replaced meanwhile. In each case there is no reading at all.
pub fn read(dir: &Path, taken_at: Timestamp, clock: &dyn Clock, limits: &Limits) -> Result<Reading, Error> {
    // A folder that is not there is the environment's failing, not a list of five missing files.
    fs::read_dir(dir).map_err(|cause| Error::Unreadable { path: dir.to_owned(), cause })?;
    let before = TABLES.iter().map(|table| stamp(&dir.join(table.file))).collect::<Vec<_>>();
    let pages = TABLES.iter().map(|table| read_table(dir, table, taken_at, clock, limits)).collect::<Result<Vec<_>, _>>()?;
    for (table, before) in TABLES.iter().zip(before) {
        if stamp(&dir.join(table.file)) != before {
            return Err(Error::Changed { file: table.file.to_owned() });
        }
    }
    Reading::assemble(taken_at, pages.into_iter().flatten().collect(), limits.problems)
}

/// Looks again at single grants, by reading the whole folder anew.
///
/// # Errors
/// As [`read`].
pub fn reread(dir: &Path, taken_at: Timestamp, clock: &dyn Clock, limits: &Limits, grants: &[GrantKey]) -> Result<Reread, Error> {
    let reading = read(dir, taken_at, clock, limits)?;
    let seen = grants.iter().map(|grant| reading.seen(grant)).collect();
    Ok(Reread { taken_at, pages: reading.pages, seen })
}

/// What tells that a file is not the one that stood there before.
type Stamp = Option<(u64, Option<SystemTime>)>;

fn stamp(path: &Path) -> Stamp {
    let metadata: Metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

/// Reads one table; `None` where an optional file is absent.
fn read_table(
    dir: &Path,
    table: &'static Table,
    taken_at: Timestamp,
    clock: &dyn Clock,
    limits: &Limits,
) -> Result<Option<PageRead>, Error> {
    let mut read = PageRead {
        page: Page {
            request: table.file.to_owned(),
            read_at: clock.now(),
            bytes: 0,
            sha256: hash::sha256(b""),
            rows: 0,
            kept: 0,
            dropped: std::collections::BTreeMap::new(),
        },
        records: Records::default(),
        problems: ErrorReport::default(),
        warnings: Warnings::default(),
        next: None,
    };
    let path = dir.join(table.file);
    let bytes = match bytes_of(&path, limits.file_bytes) {
        Ok(Bytes::All(bytes)) => bytes,
        Ok(Bytes::TooMany(found)) => {
            return Ok(Some(whole_file(
                read,
                table,
                format!("{found} bytes"),
                format!("at most {} bytes", limits.file_bytes),
                "Split the source, or raise the limit.",
            )));
        }
        Ok(Bytes::NotAFile) => {
            return Ok(Some(whole_file(
                read,
                table,
                "something that is not a file".to_owned(),
                "a file".to_owned(),
                "Put the file there and read the folder again.",
            )));
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound && table.optional => return Ok(None),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            let expected = format!("a file with the columns {}", table.columns_in_words());
            return Ok(Some(whole_file(
                read,
                table,
                "no such file".to_owned(),
                expected,
                "Put the file into the folder and read it again.",
            )));
        }
        Err(cause) => return Err(Error::Unreadable { path, cause }),
    };
    read.page.bytes = bytes.len() as u64;
    read.page.sha256 = hash::sha256(&bytes);
    table::read(table, &bytes, taken_at, limits, &mut read);
    Ok(Some(read))
}

fn whole_file(mut read: PageRead, table: &Table, found: String, expected: String, remedy: &str) -> PageRead {
    let problem = Problem { file: table.file.to_owned(), line: None, column: None, found, expected, remedy: remedy.to_owned() };
    read.problems.push(1, problem);
    read.records.unreadable = true;
    read
}

enum Bytes {
    All(Vec<u8>),
    TooMany(u64),
    NotAFile,
}

fn bytes_of(path: &Path, most: u64) -> io::Result<Bytes> {
    // Asked before opening: opening a pipe would wait for its writer.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(Bytes::NotAFile);
    }
    if metadata.len() > most {
        return Ok(Bytes::TooMany(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    let read = bytes.len() as u64;
    Ok(if read > most { Bytes::TooMany(read) } else { Bytes::All(bytes) })
}

/// A folder of files that answers the contract of every source: a page is a file, a removal becomes a ticket.
#[derive(Debug, Clone)]
pub struct FilesSource {
    /// The folder that holds the files.
    pub dir: PathBuf,
    /// The folder that ticket files go to.
    pub tickets_dir: PathBuf,
    /// When the data was extracted, as whoever brings it says.
    pub taken_at: Timestamp,
    /// Dates the reading of each file.
    pub clock: Arc<dyn Clock>,
    /// Bounds on what is read.
    pub limits: Limits,
}

impl FilesSource {
    fn page_at(&self, cursor: Option<&Cursor>) -> Result<PageRead, Error> {
        let first = match cursor {
            None => 0,
            Some(Cursor(at)) => TABLES.iter().position(|t| t.file == at).ok_or_else(|| Error::Cursor(at.clone()))?,
        };
        for (index, table) in TABLES.iter().enumerate().skip(first) {
            if let Some(mut page) = read_table(&self.dir, table, self.taken_at, self.clock.as_ref(), &self.limits)? {
                let rest = TABLES.iter().skip(index + 1);
                page.next = rest.filter(|t| !t.optional || self.dir.join(t.file).exists()).map(|t| Cursor(t.file.to_owned())).next();
                return Ok(page);
            }
        }
        // Reached only where an optional file went away after its cursor was given.
        Err(Error::Changed { file: cursor.map(|c| c.0.clone()).unwrap_or_default() })
    }
}

/// Runs what waits for the disk beside the tasks that wait for the network.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Interrupted)?
}

impl Source for FilesSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Files
    }

    async fn read_page(&self, cursor: Option<&Cursor>) -> Result<PageRead, Error> {
        let (source, cursor) = (self.clone(), cursor.cloned());
        blocking(move || source.page_at(cursor.as_ref())).await
    }

    async fn carry_out(&self, batch_id: &str, removals: &[Removal]) -> Result<Vec<Outcome>, Error> {
        let (dir, batch_id, lines) = (self.tickets_dir.clone(), batch_id.to_owned(), removals.iter().map(Into::into).collect::<Vec<_>>());
        blocking(move || {
            let written = tickets::write(&dir, &batch_id, &lines)?;
            let file = written.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            Ok(lines.iter().map(|_| Outcome::Ticketed { file: file.clone(), sha256: written.sha256 }).collect())
        })
        .await
    }

    async fn reread(&self, grants: &[GrantKey]) -> Result<Reread, Error> {
        let (source, grants) = (self.clone(), grants.to_vec());
        blocking(move || reread(&source.dir, source.taken_at, source.clock.as_ref(), &source.limits, &grants)).await
    }
}
