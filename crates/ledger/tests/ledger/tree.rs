//! The tree against RFC 6962's published vectors and against its definition.

use ledger::tree::{
    Frontier, Hash, Nodes, consistency_proof, empty_root, inclusion_proof, leaf_hash, node_hash, peaks, root, verify_consistency,
    verify_inclusion,
};
use proptest::prelude::*;

/// The leaves that the certificate transparency implementations share as test vectors.
const LEAVES: [&str; 8] = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn vectors() -> Vec<Hash> {
    LEAVES.iter().map(|l| leaf_hash(&hex::decode(l).unwrap())).collect()
}

fn hexes(path: &[Hash]) -> Vec<String> {
    path.iter().map(hex::encode).collect()
}

#[test]
fn roots_are_those_of_the_published_vectors() {
    let nodes = Nodes::from_leaves(vectors());
    for (size, expected) in ROOTS.iter().enumerate() {
        assert_eq!(hex::encode(root(&nodes, size as u64).unwrap()), *expected, "size {size}");
    }
}

#[test]
fn proofs_are_those_of_the_published_vectors() {
    let nodes = Nodes::from_leaves(vectors());
    let path = inclusion_proof(&nodes, 0, 8).unwrap();
    assert_eq!(
        hexes(&path),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
    let path = consistency_proof(&nodes, 6, 8).unwrap();
    assert_eq!(
        hexes(&path),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
}

/// RFC 6962, section 2.1: the definition, word for word.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        _ => {
            let half = leaves.len().next_power_of_two() / 2;
            node_hash(&naive_root(&leaves[..half]), &naive_root(&leaves[half..]))
        }
    }
}

/// Section 2.1.1.
fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let half = leaves.len().next_power_of_two() / 2;
    let (mut path, sibling) = if index < half {
        (naive_path(index, &leaves[..half]), naive_root(&leaves[half..]))
    } else {
        (naive_path(index - half, &leaves[half..]), naive_root(&leaves[..half]))
    };
    path.push(sibling);
    path
}

/// Section 2.1.2, SUBPROOF.
fn naive_consistency(first: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if first == leaves.len() {
        return if known { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let half = leaves.len().next_power_of_two() / 2;
    let (mut path, sibling) = if first <= half {
        (naive_consistency(first, &leaves[..half], known), naive_root(&leaves[half..]))
    } else {
        (naive_consistency(first - half, &leaves[half..], false), naive_root(&leaves[..half]))
    };
    path.push(sibling);
    path
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

#[test]
fn every_size_up_to_300_has_the_root_of_the_definition_and_appends_from_its_peaks() {
    let all = leaves(300);
    let mut nodes = Nodes::new();
    let mut frontier = Frontier::new();
    for size in 0..=300 {
        let expected = naive_root(&all[..size]);
        assert_eq!(frontier.root(), expected, "frontier at {size}");
        assert_eq!(root(&nodes, size as u64).unwrap(), expected, "nodes at {size}");
        assert_eq!(Frontier::from_nodes(size as u64, &nodes).unwrap(), frontier, "reopened at {size}");
        assert_eq!(peaks(size as u64).len(), size.count_ones() as usize);
        if size < 300 {
            nodes.extend(frontier.append(all[size]));
        }
    }
}

#[test]
fn a_missing_node_is_named() {
    assert!(root(&Nodes::new(), 4).unwrap_err().to_string().contains("level 2, index 0"));
}

proptest! {
    #[test]
    fn inclusion_proofs_are_the_definition_and_hold_for_nothing_else(size in 1usize..300, at in any::<prop::sample::Index>(), other in any::<prop::sample::Index>()) {
        let all = leaves(size);
        let nodes = Nodes::from_leaves(all.clone());
        let index = at.index(size);
        let root = naive_root(&all);
        let path = inclusion_proof(&nodes, index as u64, size as u64).unwrap();
        prop_assert_eq!(&path, &naive_path(index, &all));
        prop_assert!(verify_inclusion(&all[index], index as u64, size as u64, &path, &root).is_ok());
        let other = other.index(size);
        if other != index {
            prop_assert!(verify_inclusion(&all[other], index as u64, size as u64, &path, &root).is_err());
            prop_assert!(verify_inclusion(&all[index], other as u64, size as u64, &path, &root).is_err());
        }
        let mut longer = path.clone();
        longer.push(root);
        prop_assert!(verify_inclusion(&all[index], index as u64, size as u64, &longer, &root).is_err());
        if let Some((_, shorter)) = path.split_last() {
            prop_assert!(verify_inclusion(&all[index], index as u64, size as u64, shorter, &root).is_err());
        }
    }

    #[test]
    fn consistency_proofs_are_the_definition_and_hold_for_nothing_else(second in 1usize..300, at in any::<prop::sample::Index>(), bit in 0usize..256) {
        let all = leaves(second);
        let nodes = Nodes::from_leaves(all.clone());
        let first = at.index(second) + 1;
        let path = consistency_proof(&nodes, first as u64, second as u64).unwrap();
        prop_assert_eq!(&path, &naive_consistency(first, &all, true));
        let (old, new) = (naive_root(&all[..first]), naive_root(&all));
        prop_assert!(verify_consistency(first as u64, &old, second as u64, &new, &path).is_ok());
        let mut wrong = old;
        wrong[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_consistency(first as u64, &wrong, second as u64, &new, &path).is_err());
        let mut wrong = new;
        wrong[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_consistency(first as u64, &old, second as u64, &wrong, &path).is_err());
        if !path.is_empty() {
            prop_assert!(verify_consistency(first as u64, &old, second as u64, &new, &path[1..]).is_err());
            let mut longer = path.clone();
            longer.push(old);
            prop_assert!(verify_consistency(first as u64, &old, second as u64, &new, &longer).is_err());
            let mut wrong = path.clone();
            wrong[bit % path.len()][0] ^= 1;
            prop_assert!(verify_consistency(first as u64, &old, second as u64, &new, &wrong).is_err());
        }
    }
}
