//! Large tables: one canonical JSON value a line, gzip over all (RFC 1952)
//! with a header that says nothing about when or where.

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::io::{self, BufRead, BufReader, Read, Write};

/// The gzip header of every table: no name, no time, "unknown" system.
pub const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// The longest line that is read, in bytes.
const MAX_LINE: u64 = 16 << 20;

/// Writes lines into memory, compressed.
#[derive(Debug)]
pub struct LineWriter {
    out: GzEncoder<Vec<u8>>,
    rows: u64,
}

impl Default for LineWriter {
    fn default() -> Self {
        Self { out: GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6)), rows: 0 }
    }
}

impl LineWriter {
    /// Adds a line; it must not hold a newline.
    pub fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.out.write_all(line)?;
        self.out.write_all(b"\n")?;
        self.rows += 1;
        Ok(())
    }

    /// The number of lines so far.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// The compressed bytes.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        self.out.finish()
    }
}

/// Reads lines one by one, strictly: one gzip member, the fixed header, no byte after it, a newline after every line.
#[derive(Debug)]
pub struct LineReader<'a> {
    source: Option<BufReader<GzDecoder<&'a [u8]>>>,
}

/// Why a table cannot be read on.
pub type LineError = String;

impl<'a> LineReader<'a> {
    /// Begins to read a compressed table.
    pub fn new(bytes: &'a [u8]) -> Result<Self, LineError> {
        if !bytes.starts_with(&HEADER) {
            return Err("it does not begin with the gzip header that packs use".to_owned());
        }
        Ok(Self { source: Some(BufReader::with_capacity(1 << 16, GzDecoder::new(bytes))) })
    }

    fn next_line(source: &mut BufReader<GzDecoder<&'a [u8]>>) -> Result<Option<Vec<u8>>, LineError> {
        let mut line = Vec::new();
        let read =
            source.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(|e| format!("the compressed data is damaged: {e}"))?;
        if read == 0 {
            let rest: &[u8] = source.get_ref().get_ref();
            return if rest.is_empty() { Ok(None) } else { Err(format!("{} bytes stand after the compressed data", rest.len())) };
        }
        if line.pop() == Some(b'\n') { Ok(Some(line)) } else { Err("a line does not end, or is longer than 16 MiB".to_owned()) }
    }
}

impl Iterator for LineReader<'_> {
    type Item = Result<Vec<u8>, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = Self::next_line(self.source.as_mut()?).transpose();
        if !matches!(result, Some(Ok(_))) {
            self.source = None;
        }
        result
    }
}
