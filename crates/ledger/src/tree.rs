//! The Merkle tree of RFC 6962 (section 2.1), kept as nodes.
//!
//! A node `(level, index)` is the root of the complete subtree over the leaves
//! from `index * 2^level` up to, not including, `(index + 1) * 2^level`. Such a
//! node never changes once its leaves are there, so it is written once and
//! every later root and proof is read from stored nodes.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A complete subtree's root, to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Height above the leaves: 0 is a leaf hash.
    pub level: u8,
    /// Position within the level, from 0.
    pub index: u64,
    /// The subtree's root.
    pub hash: Hash,
}

/// Where stored nodes are read from.
pub trait NodeReader {
    /// The node's hash, or `None` when it is not stored.
    fn node(&self, level: u8, index: u64) -> Option<Hash>;
}

/// Why a root or a proof cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A node that should be stored is not.
    #[error("the tree's node at level {level}, index {index} is not stored; rebuild the nodes from the entries' leaf hashes")]
    Missing {
        /// The node's level.
        level: u8,
        /// The node's index.
        index: u64,
    },
    /// A leaf or size beyond the tree.
    #[error("{asked} is not within a tree of {size} leaves")]
    Beyond {
        /// What was asked for.
        asked: u64,
        /// The tree's size.
        size: u64,
    },
    /// The wrong number of nodes for a size.
    #[error("a tree of {size} leaves has {expected} complete subtrees, {given} were given")]
    Peaks {
        /// The tree's size.
        size: u64,
        /// How many there are.
        expected: u32,
        /// How many were given.
        given: usize,
    },
}

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Too few or too many hashes for the place in the tree.
    #[error("the proof has {given} hashes where {expected} belong")]
    Length {
        /// How many belong there.
        expected: usize,
        /// How many there are.
        given: usize,
    },
    /// A leaf or size beyond the tree.
    #[error("{asked} is not within a tree of {size} leaves")]
    Beyond {
        /// What was asked for.
        asked: u64,
        /// The tree's size.
        size: u64,
    },
    /// The proof leads to another root.
    #[error("the proof leads to the root {found}, not to {expected}")]
    Root {
        /// The root to be reached, hexadecimal.
        expected: String,
        /// The root that is reached, hexadecimal.
        found: String,
    },
}

/// SHA-256(0x00 || bytes): the hash of a leaf.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

/// SHA-256(0x01 || left || right): the hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The complete subtrees that a tree of `size` leaves consists of, from left to right: `(level, index)`.
///
/// These are all the nodes that are needed to append to the tree or to compute its root.
pub fn peaks(size: u64) -> Vec<(u8, u64)> {
    cover(0, size)
}

/// The complete subtrees that cover the leaves from `from` up to `to`, left to
/// right, where `from` is a multiple of the largest power of two that fits.
fn cover(from: u64, to: u64) -> Vec<(u8, u64)> {
    let mut nodes = Vec::new();
    let mut at = from;
    while at < to {
        let level = (to - at).ilog2();
        nodes.push((level_of(level), at >> level));
        at += 1 << level;
    }
    nodes
}

/// A level always fits: a tree has at most 64.
fn level_of(level: u32) -> u8 {
    u8::try_from(level).unwrap_or(u8::MAX)
}

/// Joins the roots of neighbouring subtrees, of falling size from left to right, into one.
fn join(mut hashes: Vec<Hash>) -> Option<Hash> {
    let mut root = hashes.pop()?;
    while let Some(left) = hashes.pop() {
        root = node_hash(&left, &root);
    }
    Some(root)
}

/// The right edge of a growing tree: enough to append and to know the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The edge of a tree without leaves.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// The edge of a tree of `size` leaves, from the hashes of [`peaks`] in their order.
    pub fn from_peaks(size: u64, hashes: Vec<Hash>) -> Result<Self, TreeError> {
        if hashes.len() == size.count_ones() as usize {
            Ok(Self { size, peaks: hashes })
        } else {
            Err(TreeError::Peaks { size, expected: size.count_ones(), given: hashes.len() })
        }
    }

    /// The edge of a tree of `size` leaves, from stored nodes.
    pub fn from_nodes(size: u64, nodes: &impl NodeReader) -> Result<Self, TreeError> {
        Ok(Self { size, peaks: read(nodes, &peaks(size))? })
    }

    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf and returns the nodes to store: the leaf itself, and every subtree that it completes.
    pub fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let mut node = Node { level: 0, index: self.size, hash: leaf };
        let mut new = vec![node];
        // As in binary counting: each trailing one of the size is a complete
        // subtree of the same height, which joins with the new one.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            node = Node { level: node.level + 1, index: node.index >> 1, hash: node_hash(&left, &node.hash) };
            new.push(node);
        }
        self.peaks.push(node.hash);
        self.size += 1;
        new
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        join(self.peaks.clone()).unwrap_or_else(empty_root)
    }
}

fn get(nodes: &impl NodeReader, (level, index): (u8, u64)) -> Result<Hash, TreeError> {
    nodes.node(level, index).ok_or(TreeError::Missing { level, index })
}

fn read(nodes: &impl NodeReader, wanted: &[(u8, u64)]) -> Result<Vec<Hash>, TreeError> {
    wanted.iter().map(|place| get(nodes, *place)).collect()
}

/// The root over the first `size` leaves, from stored nodes.
pub fn root(nodes: &impl NodeReader, size: u64) -> Result<Hash, TreeError> {
    Ok(Frontier::from_nodes(size, nodes)?.root())
}

/// The nodes whose hashes make the inclusion proof of a leaf, each group to be joined into one hash of the proof.
fn inclusion_places(index: u64, size: u64) -> Vec<Vec<(u8, u64)>> {
    let (mut from, mut to) = (0, size);
    let mut groups = Vec::new();
    while to - from > 1 {
        let half = 1_u64 << (to - from - 1).ilog2();
        if index < from + half {
            groups.push(cover(from + half, to));
            to = from + half;
        } else {
            groups.push(cover(from, from + half));
            from += half;
        }
    }
    groups.reverse();
    groups
}

/// The proof that leaf `index` is in the tree of `size` leaves (RFC 6962, section 2.1.1): hashes from the leaf's side to the root's.
pub fn inclusion_proof(nodes: &impl NodeReader, index: u64, size: u64) -> Result<Vec<Hash>, TreeError> {
    if index >= size {
        return Err(TreeError::Beyond { asked: index, size });
    }
    inclusion_places(index, size).iter().map(|group| joined(nodes, group)).collect()
}

/// The proof that the tree of `first` leaves is the beginning of the tree of `second` leaves (RFC 6962, section 2.1.2).
///
/// It is empty when `first` is 0 or equals `second`.
pub fn consistency_proof(nodes: &impl NodeReader, first: u64, second: u64) -> Result<Vec<Hash>, TreeError> {
    if first > second {
        return Err(TreeError::Beyond { asked: first, size: second });
    }
    if first == 0 || first == second {
        return Ok(Vec::new());
    }
    let (mut from, mut to) = (0, second);
    let mut groups = Vec::new();
    // Down to the subtree that ends where the first tree ended.
    while to != first {
        let half = 1_u64 << (to - from - 1).ilog2();
        if first <= from + half {
            groups.push(cover(from + half, to));
            to = from + half;
        } else {
            groups.push(cover(from, from + half));
            from += half;
        }
    }
    // When that subtree is the whole first tree, its root is known and left out.
    if from != 0 {
        groups.push(cover(from, to));
    }
    groups.reverse();
    groups.iter().map(|group| joined(nodes, group)).collect()
}

fn joined(nodes: &impl NodeReader, group: &[(u8, u64)]) -> Result<Hash, TreeError> {
    Ok(join(read(nodes, group)?).unwrap_or_else(empty_root))
}

/// Checks an inclusion proof (RFC 9162, section 2.1.3.2, which spells out RFC 6962's).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], expected: &Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Beyond { asked: index, size });
    }
    let length = inclusion_length(index, size);
    if path.len() != length {
        return Err(ProofError::Length { expected: length, given: path.len() });
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            // A right edge without a sibling on its level: up to where it has one.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    same_root(expected, &hash)
}

/// How many hashes an inclusion proof has: one per level below which the leaf
/// and the last leaf part, and one per complete subtree to the left above it.
fn inclusion_length(index: u64, size: u64) -> usize {
    let inner = 64 - (index ^ (size - 1)).leading_zeros();
    let left = index.checked_shr(inner).unwrap_or(0).count_ones();
    (inner + left) as usize
}

/// Checks a consistency proof (RFC 9162, section 2.1.4.2).
pub fn verify_consistency(first: u64, first_root: &Hash, second: u64, second_root: &Hash, path: &[Hash]) -> Result<(), ProofError> {
    if first > second {
        return Err(ProofError::Beyond { asked: first, size: second });
    }
    if first == second || first == 0 {
        if !path.is_empty() {
            return Err(ProofError::Length { expected: 0, given: path.len() });
        }
        // A tree without leaves has one root only, and it begins every other tree.
        return if first == 0 { same_root(&empty_root(), first_root) } else { same_root(second_root, first_root) };
    }
    let mut hashes = path.iter();
    let mut start = *first_root;
    let mut used = 0;
    if !first.is_power_of_two() {
        start = *hashes.next().ok_or(ProofError::Length { expected: 1, given: 0 })?;
        used = 1;
    }
    let (mut node, mut last) = (first - 1, second - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (start, start);
    for hash in hashes {
        if last == 0 {
            return Err(ProofError::Length { expected: used, given: path.len() });
        }
        if node & 1 == 1 || node == last {
            old = node_hash(hash, &old);
            new = node_hash(hash, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, hash);
        }
        node >>= 1;
        last >>= 1;
        used += 1;
    }
    if last != 0 {
        return Err(ProofError::Length { expected: used + 1, given: path.len() });
    }
    same_root(first_root, &old)?;
    same_root(second_root, &new)
}

fn same_root(expected: &Hash, found: &Hash) -> Result<(), ProofError> {
    if expected == found { Ok(()) } else { Err(ProofError::Root { expected: hex::encode(expected), found: hex::encode(found) }) }
}

/// Nodes in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nodes(BTreeMap<(u8, u64), Hash>);

impl Nodes {
    /// No nodes.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The nodes of a tree over the given leaf hashes.
    pub fn from_leaves(leaves: impl IntoIterator<Item = Hash>) -> Self {
        let mut nodes = Self::new();
        let mut frontier = Frontier::new();
        for leaf in leaves {
            nodes.extend(frontier.append(leaf));
        }
        nodes
    }

    /// Keeps a node.
    pub fn insert(&mut self, level: u8, index: u64, hash: Hash) {
        self.0.insert((level, index), hash);
    }
}

impl Extend<Node> for Nodes {
    fn extend<T: IntoIterator<Item = Node>>(&mut self, nodes: T) {
        self.0.extend(nodes.into_iter().map(|n| ((n.level, n.index), n.hash)));
    }
}

impl NodeReader for Nodes {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        self.0.get(&(level, index)).copied()
    }
}
