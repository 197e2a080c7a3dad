//! What is promised of outliers and roles, on random and on real grants.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use mine::{Grants, GrantsError, outliers, roles};
use proptest::prelude::*;
use std::{collections::BTreeSet, fs, io::Write, path::Path};

/// Random grants, some with blocks in them as roles leave them.
fn grants() -> impl Strategy<Value = Vec<(u32, u32)>> {
    let block = (0_u32..24, 1_u32..8, 0_u32..24, 1_u32..8);
    let single = (0_u32..32, 0_u32..32);
    (prop::collection::vec(block, 0..8), prop::collection::vec(single, 1..60)).prop_map(|(blocks, singles)| {
        let cells =
            |(u, users, p, permissions): (u32, u32, u32, u32)| (u..u + users).flat_map(move |u| (p..p + permissions).map(move |p| (u, p)));
        blocks.into_iter().flat_map(cells).chain(singles).collect()
    })
}

fn named(pairs: &[(u32, u32)]) -> Vec<(String, String)> {
    pairs.iter().map(|(user, permission)| (format!("u{user}"), format!("p{permission}"))).collect()
}

/// How many cases: a few, or as many as `PROPTEST_CASES` asks for.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(96), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn roles_cover_every_grant_and_nothing_else(pairs in grants(), seed in 0_u64..4) {
        let grants = Grants::of(&named(&pairs));
        let mined = roles::mine(&grants, seed);
        // Counted here anew, without the function under test.
        let given: BTreeSet<(u32, u32)> = mined
            .iter()
            .flat_map(|role| role.users.iter().flat_map(|user| role.permissions.iter().map(|permission| (*user, *permission))))
            .collect();
        let held: BTreeSet<(u32, u32)> = grants.pairs().iter().copied().collect();
        prop_assert_eq!(given, held);
        prop_assert!(roles::covers_exactly(&grants, &mined));
        prop_assert!(mined.len() <= grants.users().len().min(grants.permissions().len()), "more roles than rows or columns");
        prop_assert!(mined.iter().all(|role| !role.users.is_empty() && !role.permissions.is_empty()));
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(96), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever is in a role holds all of it; each role saves more than it costs; the order of the grants leaves no trace.
    #[test]
    fn shared_roles_give_nothing_new_and_save_something(pairs in grants()) {
        let grants = Grants::of(&named(&pairs));
        let found = roles::shared(&grants);
        let held: BTreeSet<(u32, u32)> = grants.pairs().iter().copied().collect();
        let mut covered: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut before = usize::MAX;
        for role in &found {
            let cells: Vec<(u32, u32)> = role.users.iter().flat_map(|user| role.permissions.iter().map(move |p| (*user, *p))).collect();
            prop_assert!(cells.iter().all(|cell| held.contains(cell)));
            prop_assert!(role.users.len() >= 3);
            let new = cells.iter().filter(|cell| !covered.contains(cell)).count();
            prop_assert!(new > role.users.len() + role.permissions.len());
            let saved = new - role.users.len() - role.permissions.len();
            prop_assert!(saved <= before, "the most saving first");
            before = saved;
            covered.extend(cells);
        }
        let mut back = named(&pairs);
        back.reverse();
        prop_assert_eq!(roles::shared(&Grants::of(&back)), found);
    }
}

#[test]
fn what_a_team_shares_is_a_role_and_what_one_person_holds_is_none() {
    let mut pairs: Vec<(u32, u32)> = (0..6).flat_map(|user| (0..5).map(move |permission| (user, permission))).collect();
    pairs.extend((10..16).flat_map(|user| (20..24).map(move |permission| (user, permission))));
    pairs.extend([(0, 30), (3, 31), (11, 32)]);
    let grants = Grants::of(&named(&pairs));
    let found = roles::shared(&grants);
    let sizes: Vec<(usize, usize)> = found.iter().map(|role| (role.users.len(), role.permissions.len())).collect();
    assert_eq!(sizes, [(6, 5), (6, 4)]);
}

proptest! {
    // Each case mines four times.
    #![proptest_config(ProptestConfig { cases: cases(32), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_grants_leaves_no_trace(pairs in grants(), seed in 0_u64..4) {
        let (forth, mut back) = (named(&pairs), named(&pairs));
        back.reverse();
        back.extend(forth.first().cloned());
        let (forth, back) = (Grants::of(&forth), Grants::of(&back));
        prop_assert_eq!(roles::write(&forth, &roles::mine(&forth, seed)).unwrap(), roles::write(&back, &roles::mine(&back, seed)).unwrap());
        prop_assert_eq!(outliers::write(&forth, &outliers::score(&forth, seed)).unwrap(), outliers::write(&back, &outliers::score(&back, seed)).unwrap());
    }
}

#[test]
fn a_cover_that_misses_or_adds_a_grant_is_not_exact() {
    let grants = Grants::of(&[("a", "x"), ("a", "y"), ("b", "x")]);
    let role = |users: &[u32], permissions: &[u32]| roles::Role { users: users.to_vec(), permissions: permissions.to_vec() };
    assert!(roles::covers_exactly(&grants, &[role(&[0], &[0, 1]), role(&[1], &[0])]));
    assert!(!roles::covers_exactly(&grants, &[role(&[0, 1], &[0])]), "one is missing");
    assert!(!roles::covers_exactly(&grants, &[role(&[0, 1], &[0, 1])]), "one is too many");
    assert!(!roles::covers_exactly(&grants, &[role(&[0], &[0, 1]), role(&[1, 7], &[0])]), "nobody is number 7");
}

#[test]
fn a_grant_into_another_team_is_the_strangest() {
    // Five teams of twelve with eight permissions of their own each, some of which some lack; and one grant across.
    let mut pairs = Vec::new();
    for (team, member, own) in (0..5).flat_map(|t| (0..12).flat_map(move |m| (0..8).map(move |o| (t, m, o)))) {
        if (member * 7 + own * 5 + team) % 9 != 0 {
            pairs.push((team * 100 + member, team * 100 + own));
        }
    }
    pairs.push((3, 402));
    let grants = Grants::of(&named(&pairs));
    let scores = outliers::score(&grants, 1);
    let strangest = scores.iter().max_by_key(|one| one.outlier).unwrap();
    assert_eq!((grants.user(strangest.user), grants.permission(strangest.permission)), ("u3", "p402"));
    assert!(strangest.outlier > outliers::SCALE / 2, "{strangest:?}");
    assert!(strangest.expected < 1_000, "nothing speaks for it: {strangest:?}");
}

#[test]
fn ids_with_commas_and_quotes_survive_the_csv() {
    let grants = Grants::read(b"a,b \"c\"\n").unwrap();
    let text = String::from_utf8(outliers::write(&grants, &outliers::score(&grants, 1)).unwrap()).unwrap();
    assert_eq!(text, "user,permission,outlier\n\"a,b\",\"\"\"c\"\"\",0.500000000\n");
}

#[test]
fn any_white_space_splits_and_pairs_count_once() {
    let read = Grants::read("\u{feff}u1\tp1\r\n  u1   p1  \n\nu2 p1\n".as_bytes()).unwrap();
    assert_eq!(read.pairs(), [(0, 0), (1, 0)]);
    assert_eq!(read.users(), ["u1", "u2"]);
    assert!(matches!(Grants::read(b"u1 p1\nu2"), Err(GrantsError::Words { line: 2, .. })));
    assert_eq!(Grants::read(b" \n"), Err(GrantsError::Empty));
}

#[test]
fn real_grants_are_covered_exactly_with_as_few_roles_as_promised() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/role-mining");
    if !data.is_dir() {
        writeln!(std::io::stderr(), "Skipped: {} is not there.", data.display()).unwrap();
        return;
    }
    // 1.10 times the fewest known: 14, 20 and 34. `make bench-mining` has the large ones too.
    for (name, most) in [("hc", 15), ("domino", 22), ("emea", 37)] {
        let grants = Grants::read(&fs::read(data.join(format!("{name}.txt"))).unwrap()).unwrap();
        let mined = roles::mine(&grants, 1);
        assert!(roles::covers_exactly(&grants, &mined), "{name}");
        assert!(mined.len() <= most, "{name}: {} roles", mined.len());
    }
}
