//! Ticket files as the desk receives them.

use std::path::Path;

use super::{Instance, Refusal};
use crate::files::FileError;

/// The columns of a ticket file.
const COLUMNS: [&str; 9] = ["ticket_id", "order_id", "action", "person_id", "entitlement_id", "path", "granted_on", "decided_on", "note"];

/// One removal asked for.
pub(super) struct Ticket {
    pub(super) id: String,
    pub(super) order_id: String,
    pub(super) instance: Instance,
    file: String,
    line: usize,
}

impl Ticket {
    pub(super) fn refuse(&self, reason: &str) -> Refusal {
        Refusal { file: self.file.clone(), line: self.line, reason: reason.to_owned() }
    }
}

/// What all files asked for.
pub(super) struct Read {
    pub(super) tickets: Vec<Ticket>,
    pub(super) refused: Vec<Refusal>,
}

/// Reads `*.csv` in the order of their names. A folder that is not there holds no tickets.
pub(super) fn read_all(dir: &Path) -> Result<Read, FileError> {
    let mut out = Read { tickets: Vec::new(), refused: Vec::new() };
    let listing = match std::fs::read_dir(dir) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(out),
        Err(error) => return Err(FileError::io(dir, "read")(error)),
    };
    let mut paths = Vec::new();
    for entry in listing {
        let path = entry.map_err(FileError::io(dir, "read"))?.path();
        if path.extension().is_some_and(|ext| ext == "csv") {
            paths.push(path);
        }
    }
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).map_err(FileError::io(&path, "read"))?;
        read_one(&name, &bytes, &mut out);
    }
    Ok(out)
}

fn read_one(name: &str, bytes: &[u8], out: &mut Read) {
    let refuse = |line: usize, reason: String| Refusal { file: name.to_owned(), line, reason };
    let mut reader = csv::Reader::from_reader(bytes);
    match reader.headers() {
        Ok(header) if header.iter().eq(COLUMNS) => {}
        Ok(header) => {
            let found: Vec<&str> = header.iter().collect();
            out.refused.push(refuse(0, format!("the columns are {}; expected {}", found.join(","), COLUMNS.join(","))));
            return;
        }
        Err(error) => {
            out.refused.push(refuse(0, error.to_string()));
            return;
        }
    }
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                out.refused.push(refuse(usize::try_from(line).unwrap_or(0), error.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
        let cell = |index: usize| record.get(index).unwrap_or_default().to_owned();
        let ticket = Ticket {
            id: cell(0),
            order_id: cell(1),
            instance: Instance { person_id: cell(3), entitlement_id: cell(4), path: cell(5), granted_on: cell(6) },
            file: name.to_owned(),
            line,
        };
        if ticket.id.is_empty() {
            out.refused.push(ticket.refuse("there is no ticket id; each removal needs one of its own"));
        } else if cell(2) != "remove" {
            out.refused.push(ticket.refuse(&format!("the action is \"{}\"; this desk follows \"remove\" only", cell(2))));
        } else {
            out.tickets.push(ticket);
        }
    }
}
