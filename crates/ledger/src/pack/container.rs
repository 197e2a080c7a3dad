//! The ZIP container (APPNOTE.TXT 6.3.10), in the one form that packs use:
//! stored members, sorted names, every other header field fixed, nothing
//! before, between or after.
//!
//! There is exactly one file for given members, so reading is strict: what
//! this module would not have written is a finding that names the place.

use flate2::Crc;
use std::io::{self, Write};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LOCAL_LENGTH: usize = 30;
const CENTRAL_LENGTH: usize = 46;
const END_LENGTH: usize = 22;
/// 1 January 1980, the first day that a ZIP file can name.
const DATE: u16 = 0x0021;
/// "Version 1.0 of the format is needed", all that stored members need.
const NEEDED: u16 = 10;
/// "Made by version 2.0, on a system without permissions."
const MADE_BY: u16 = 20;

/// CRC-32 as ZIP and gzip use it (ISO 3309).
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Writes members, which must be in sorted order without repeats. Returns `false`, with nothing written, when they do not fit.
pub fn write<N: AsRef<str>, D: AsRef<[u8]>>(members: &[(N, D)], out: &mut impl Write) -> io::Result<bool> {
    let heads: usize = members.iter().map(|(n, d)| LOCAL_LENGTH + CENTRAL_LENGTH + 2 * n.as_ref().len() + d.as_ref().len()).sum();
    if u32::try_from(heads).is_err() || u16::try_from(members.len()).is_err() {
        return Ok(false);
    }
    let mut central = Vec::new();
    let mut at = 0_usize;
    for (name, data) in members {
        let (name, data) = (name.as_ref().as_bytes(), data.as_ref());
        let common = common(name, data.len(), crc32(data));
        out.write_all(&LOCAL.to_le_bytes())?;
        out.write_all(&common)?;
        out.write_all(name)?;
        out.write_all(data)?;
        central.extend_from_slice(&central_record(&common, at, name));
        at += LOCAL_LENGTH + name.len() + data.len();
    }
    out.write_all(&central)?;
    out.write_all(&end_record(members.len(), central.len(), at))?;
    Ok(true)
}

/// The 26 bytes that a member's local header and directory record share.
fn common(name: &[u8], size: usize, crc: u32) -> [u8; 26] {
    let mut bytes = [0; 26];
    let size = low32(size).to_le_bytes();
    bytes[0..2].copy_from_slice(&NEEDED.to_le_bytes());
    bytes[8..10].copy_from_slice(&DATE.to_le_bytes());
    bytes[10..14].copy_from_slice(&crc.to_le_bytes());
    bytes[14..18].copy_from_slice(&size);
    bytes[18..22].copy_from_slice(&size);
    bytes[22..24].copy_from_slice(&low16(name.len()).to_le_bytes());
    bytes
}

fn central_record(common: &[u8; 26], offset: usize, name: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(CENTRAL_LENGTH + name.len());
    record.extend_from_slice(&CENTRAL.to_le_bytes());
    record.extend_from_slice(&MADE_BY.to_le_bytes());
    record.extend_from_slice(common);
    // Comment length, disk number, internal and external attributes: all zero.
    record.extend_from_slice(&[0; 10]);
    record.extend_from_slice(&low32(offset).to_le_bytes());
    record.extend_from_slice(name);
    record
}

fn end_record(members: usize, size: usize, offset: usize) -> [u8; END_LENGTH] {
    let mut record = [0; END_LENGTH];
    record[0..4].copy_from_slice(&END.to_le_bytes());
    record[8..10].copy_from_slice(&low16(members).to_le_bytes());
    record[10..12].copy_from_slice(&low16(members).to_le_bytes());
    record[12..16].copy_from_slice(&low32(size).to_le_bytes());
    record[16..20].copy_from_slice(&low32(offset).to_le_bytes());
    record
}

/// Sizes are checked before anything is written, and when reading they only serve comparison.
fn low32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn low16(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// Something in the container that should not be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The member, when the name could be read.
    pub member: Option<String>,
    /// Which part: "local header", "data", "directory record", "end record" or "file".
    pub part: &'static str,
    /// The first byte of the part, counted from 0 at the file's start.
    pub from: u64,
    /// The byte after the part.
    pub to: u64,
    /// What is wrong, as a sentence.
    pub sentence: String,
}

/// A member as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub data: &'a [u8],
    /// Where the bytes begin in the file.
    pub from: u64,
}

/// What reading a container gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container<'a> {
    /// The members that could be read, in the directory's order.
    pub members: Vec<Member<'a>>,
    /// Everything that is not as it would have been written.
    pub flaws: Vec<Flaw>,
}

impl<'a> Container<'a> {
    /// The member of that name.
    pub fn member(&self, name: &str) -> Option<&Member<'a>> {
        self.members.iter().find(|m| m.name == name)
    }

    /// Reads a file, byte for byte.
    pub fn read(bytes: &'a [u8]) -> Self {
        let mut reader = Reader { bytes, flaws: Vec::new() };
        let members = reader.read().unwrap_or_default();
        Self { members, flaws: reader.flaws }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    flaws: Vec<Flaw>,
}

struct Record {
    name: String,
    at: usize,
    length: usize,
    crc: u32,
    size: usize,
}

impl<'a> Reader<'a> {
    fn flaw(&mut self, member: Option<&str>, part: &'static str, from: usize, to: usize, sentence: impl Into<String>) {
        let flaw = Flaw { member: member.map(str::to_owned), part, from: from as u64, to: to as u64, sentence: sentence.into() };
        if !self.flaws.contains(&flaw) {
            self.flaws.push(flaw);
        }
    }

    fn u16(&self, at: usize) -> usize {
        self.bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map_or(0, |b| usize::from(u16::from_le_bytes(b)))
    }

    fn u32(&self, at: usize) -> u32 {
        self.bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
    }

    fn read(&mut self) -> Option<Vec<Member<'a>>> {
        let length = self.bytes.len();
        let Some(end) = length.checked_sub(END_LENGTH) else {
            self.flaw(None, "file", 0, length, "the file is too short to be a pack");
            return None;
        };
        let records = self.directory(end)?;
        let first_record = records.first().map_or(end, |r| r.at);
        let expected_end = end_record(records.len(), end - first_record, first_record);
        if self.bytes[end..] != expected_end {
            self.flaw(
                None,
                "end record",
                end,
                length,
                "the end record does not describe the directory before it; the file was changed, cut short or added to",
            );
        }
        let mut members = Vec::with_capacity(records.len());
        let mut at = 0;
        for (position, record) in records.iter().enumerate() {
            let next = records.get(position + 1).map(|r| r.name.as_str());
            let member = self.member(record, at, first_record, next)?;
            at = usize::try_from(member.from).ok()? + member.data.len();
            if position > 0 && records[position - 1].name >= record.name {
                self.flaw(
                    Some(&record.name),
                    "directory record",
                    record.at,
                    record.at + record.length,
                    "the member stands twice or out of order",
                );
            }
            members.push(member);
        }
        if at != first_record {
            self.flaw(None, "file", at, first_record, "there are bytes between the last member and the directory that belong to nothing");
        }
        Some(members)
    }

    /// Finds the directory's records. Its place follows from the end record;
    /// when that lies, from where the members end. A record's length follows
    /// from the name that the member itself bears, or from what the record
    /// states: where they differ, the true one leads to the next record.
    fn directory(&mut self, end: usize) -> Option<Vec<Record>> {
        let claimed = self.u32(end + 16) as usize;
        let (names, walked) = self.walk_local_headers(end);
        let start = if claimed < end && self.u32(claimed) == CENTRAL { claimed } else { walked };
        let mut records: Vec<Record> = Vec::new();
        let mut at = start;
        while at < end {
            let from = at + CENTRAL_LENGTH;
            let borne = names.get(records.len()).filter(|name| self.bytes.get(from..end).is_some_and(|r| r.starts_with(name)));
            let lengths = [borne.map(|name| name.len()), Some(self.u16(at + 28))];
            let leads = |to: &usize| *to == end || self.u32(*to) == CENTRAL;
            let mut ends = lengths.into_iter().flatten().map(|length| from + length);
            let first = ends.next().unwrap_or(from);
            let to = if leads(&first) { first } else { ends.find(leads).unwrap_or(first) };
            let name = (to <= end && to > from).then(|| std::str::from_utf8(&self.bytes[from..to]).ok()).flatten();
            let Some(name) = name.filter(|_| borne.is_some() || self.u32(at) == CENTRAL) else {
                self.flaw(None, "directory record", at, to.clamp(at + 1, end), "what should be a directory record cannot be read as one");
                return None;
            };
            records.push(Record { name: name.to_owned(), at, length: to - at, crc: self.u32(at + 16), size: self.u32(at + 24) as usize });
            at = to;
        }
        Some(records)
    }

    /// The names that members bear, as far as their headers can be followed, and where that ends.
    fn walk_local_headers(&self, end: usize) -> (Vec<&'a [u8]>, usize) {
        let mut names = Vec::new();
        let mut at = 0_usize;
        while at + LOCAL_LENGTH <= end && self.u32(at) == LOCAL {
            let from = at + LOCAL_LENGTH;
            let to = from + self.u16(at + 26);
            let Some(name) = self.bytes.get(from..to).filter(|name| !name.is_empty()) else {
                break;
            };
            names.push(name);
            at = to.saturating_add(self.u32(at + 22) as usize);
        }
        (names, at.min(end))
    }

    /// Reads a member at its only possible place and compares its headers with what would have been written.
    fn member(&mut self, record: &Record, at: usize, directory: usize, next: Option<&str>) -> Option<Member<'a>> {
        let name = record.name.as_str();
        let from = at + LOCAL_LENGTH + name.len();
        let local_size = self.u32(at + 22) as usize;
        // Two places state the size; the true one leads to what comes next.
        let leads = |size: usize| {
            from.checked_add(size).is_some_and(|to| match next {
                _ if to > directory => false,
                None => to == directory,
                Some(next) => {
                    to + LOCAL_LENGTH <= directory
                        && (self.u32(to) == LOCAL || self.bytes[to + LOCAL_LENGTH..].starts_with(next.as_bytes()))
                }
            })
        };
        let Some(size) = [record.size, local_size].into_iter().find(|s| leads(*s)) else {
            self.flaw(
                Some(name),
                "local header",
                at,
                from.min(directory).max(at + 1),
                "the member's size leads to no other member and not to the directory",
            );
            self.flaw(
                Some(name),
                "directory record",
                record.at,
                record.at + record.length,
                "the member's size leads to no other member and not to the directory",
            );
            return None;
        };
        let data = &self.bytes[from..from + size];
        let local_crc = self.u32(at + 14);
        let crc = crc32(data);
        // One stated checksum is wrong: its header was changed. Both: the data was.
        let data_changed = local_crc != crc && record.crc != crc;
        if data_changed {
            self.flaw(Some(name), "data", from, from + size, "the bytes do not belong to the checksum that both headers state");
        }
        let common = common(name.as_bytes(), size, if data_changed { record.crc } else { crc });
        let mut local = LOCAL.to_le_bytes().to_vec();
        local.extend_from_slice(&common);
        local.extend_from_slice(name.as_bytes());
        if self.bytes[at..from] != local[..] {
            self.flaw(Some(name), "local header", at, from, "the header before the member is not the one that belongs there");
        }
        let central = central_record(&common, at, name.as_bytes());
        // A name that differs from the one before the data may have been changed in either place.
        if self.bytes[record.at..record.at + record.length] != central[..] || self.bytes[at + LOCAL_LENGTH..from] != *name.as_bytes() {
            self.flaw(
                Some(name),
                "directory record",
                record.at,
                record.at + record.length,
                "the directory's record of the member is not the one that belongs there",
            );
        }
        Some(Member { name: name.to_owned(), data, from: from as u64 })
    }
}
