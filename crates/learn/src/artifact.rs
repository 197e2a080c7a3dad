//! The model as bytes: a canonical JSON header (RFC 8785), a line feed, and the numbers in a fixed order, little-endian. The
//! same model gives the same bytes; their SHA-256 names it, and the ledger's key signs that.

use crate::{
    boost::{Bag, Boosted, Feature, Tree},
    calibrate::Line,
    labels::Taught,
    levels::{Level, Levels},
    model::{Model, Settings},
    promise::Promise,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The format's name and version.
pub const SCHEMA: &str = "countersign/model/1";

/// What people read about a model before they trust it. Times are RFC 3339; measures in millionths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// What it is for, what it learned from, and what it cannot do.
    pub text: String,
    /// First and last decision that it learned from, where they are known.
    pub window: Option<(String, String)>,
    /// Decisions kept and dropped, by how they arose.
    pub labels: Taught,
    /// Decisions that may teach by how they arose and were left out all the same, by a named reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
    /// Named measures on held-out decisions, in millionths.
    pub measures: BTreeMap<String, u32>,
    /// The rules that turn probabilities into recommendations; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
}

/// Why bytes are no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// No header, or one of another format.
    #[error("this is no model of the format {SCHEMA}: {0}")]
    Header(String),
    /// The numbers do not fit the header.
    #[error("the model is damaged: its numbers end early, or do not fit together")]
    Body,
}

/// Bytes of a model, with their hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Header, line feed, numbers.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes, in hexadecimal digits.
    pub hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    schema: String,
    card: Card,
    settings: Settings,
    columns: Vec<(String, Vec<String>)>,
    features: Vec<Feature>,
    rows: usize,
    body_bytes: usize,
    body_sha256: String,
}

impl Artifact {
    /// Writes a model with its card.
    pub fn write(model: &Model, card: Card) -> Result<Self, ArtifactError> {
        let mut body = vec![];
        write_body(model, &mut body);
        let header = Header {
            schema: SCHEMA.to_owned(),
            card,
            settings: model.settings,
            columns: model.columns.clone(),
            features: model.boosted.features.clone(),
            rows: model.rows,
            body_bytes: body.len(),
            body_sha256: hex::encode(Sha256::digest(&body)),
        };
        let mut bytes = serde_json_canonicalizer::to_vec(&header).map_err(|why| ArtifactError::Header(why.to_string()))?;
        bytes.push(b'\n');
        bytes.extend(body);
        let hash = hex::encode(Sha256::digest(&bytes));
        Ok(Self { bytes, hash })
    }

    /// Reads a model and its card. Whether the bytes are the signed ones is the caller's to check, by their hash.
    pub fn read(bytes: &[u8]) -> Result<(Model, Card), ArtifactError> {
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(|| ArtifactError::Header("it has no header".to_owned()))?;
        let (header, body) = bytes.split_at(end);
        let header: Header = serde_json::from_slice(header).map_err(|why| ArtifactError::Header(why.to_string()))?;
        if header.schema != SCHEMA {
            return Err(ArtifactError::Header(format!("its format is {}", header.schema)));
        }
        let body = body.get(1..).unwrap_or_default();
        if body.len() != header.body_bytes || hex::encode(Sha256::digest(body)) != header.body_sha256 {
            return Err(ArtifactError::Body);
        }
        let Header { card, settings, columns, features, rows, .. } = header;
        let model = read_body(&mut Reader(body), settings, columns, features, rows).ok_or(ArtifactError::Body)?;
        Ok((model, card))
    }
}

fn put(into: &mut Vec<u8>, number: u32) {
    into.extend(number.to_le_bytes());
}

fn write_body(model: &Model, into: &mut Vec<u8>) {
    for number in [model.bias, model.line.shift, model.line.slope, model.boosted.prior] {
        into.extend(number.to_le_bytes());
    }
    put(into, model.levels.widest);
    put(into, model.levels.all.len() as u32);
    for level in &model.levels.all {
        into.extend(level.mask.to_le_bytes());
        put(into, u32::from(level.keep));
        put(into, level.keys.len() as u32);
        level.keys.iter().for_each(|key| into.extend(key.to_le_bytes()));
        level.counts.iter().for_each(|count| put(into, *count));
        level.positives.iter().for_each(|count| put(into, *count));
        level.weights.iter().for_each(|weight| into.extend(weight.to_le_bytes()));
    }
    put(into, model.boosted.bags.len() as u32);
    for bag in &model.boosted.bags {
        for borders in &bag.borders {
            put(into, borders.len() as u32);
            for border in borders {
                into.extend(border.to_le_bytes());
            }
        }
        put(into, bag.trees.len() as u32);
        for tree in &bag.trees {
            put(into, tree.cuts.len() as u32);
            for (feature, cut) in &tree.cuts {
                put(into, u32::from(*feature) << 8 | u32::from(*cut));
            }
            tree.leaves.iter().for_each(|leaf| into.extend(leaf.to_le_bytes()));
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>()?;
        self.0 = tail;
        Some(*head)
    }

    fn number(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn wide(&mut self) -> Option<u64> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn float(&mut self) -> Option<f32> {
        self.bytes().map(f32::from_le_bytes).filter(|number| number.is_finite())
    }

    fn double(&mut self) -> Option<f64> {
        self.bytes().map(f64::from_le_bytes).filter(|number| number.is_finite())
    }

    /// So many of something; a length beyond what is left ends early instead of asking for memory.
    fn many<T>(&mut self, length: u32, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        if length as usize > self.0.len() {
            return None;
        }
        (0..length).map(|_| one(self)).collect()
    }
}

fn read_body(
    from: &mut Reader<'_>,
    settings: Settings,
    columns: Vec<(String, Vec<String>)>,
    features: Vec<Feature>,
    rows: usize,
) -> Option<Model> {
    let (bias, shift, slope, prior) = (from.double()?, from.double()?, from.double()?, from.double()?);
    let widest = from.number()?;
    let levels = from.number()?;
    let mut all: Vec<Level> = vec![];
    let mut places = BTreeMap::new();
    for place in 0..levels as usize {
        let mask = from.wide()?;
        let column = 63_usize.checked_sub(mask.leading_zeros() as usize).filter(|column| *column < columns.len())?;
        let above = mask & !(1 << column);
        let parent = if above == 0 { None } else { Some(*places.get(&above)?) };
        let keep = from.number()? == 1;
        let groups = from.number()?;
        let keys = from.many(groups, Reader::wide)?;
        let counts = from.many(groups, Reader::number)?;
        let positives = from.many(groups, Reader::number)?;
        let weights = from.many(groups, Reader::float)?;
        places.insert(mask, place);
        all.push(Level { mask, parent, column, keep, keys, counts, positives, weights });
    }
    let known = |level: &usize| *level < all.len();
    let sound = features.iter().all(|feature| match feature {
        Feature::Rate(level) | Feature::Count(level) => known(level),
        Feature::Share(pair, single) => known(pair) && known(single),
        Feature::Linear => true,
    });
    let number_of_bags = from.number()?;
    let bags = from.many(number_of_bags, |from| {
        let mut borders = vec![];
        for _ in &features {
            let length = from.number()?;
            borders.push(from.many(length, Reader::float)?);
        }
        let number_of_trees = from.number()?;
        let trees = from.many(number_of_trees, |from| {
            let depth = from.number().filter(|depth| *depth <= 7)?;
            let cuts = from.many(depth, |from| {
                let number = from.number()?;
                let cut = (u16::try_from(number >> 8).ok()?, (number & 0xff) as u8);
                ((cut.0 as usize) < features.len()).then_some(cut)
            })?;
            let leaves = from.many(1 << depth, Reader::float)?;
            Some(Tree { cuts, leaves })
        })?;
        Some(Bag { borders, trees })
    })?;
    if !sound || !from.0.is_empty() {
        return None;
    }
    let boosted = Boosted { features, prior, bags };
    Some(Model { settings, columns, levels: Levels { all, widest }, bias, boosted, line: Line { shift, slope }, rows })
}
