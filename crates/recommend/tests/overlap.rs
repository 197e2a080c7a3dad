//! Overlapping access: which to keep, which to give up.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::grant;
use domain::GrantId;
use proptest::prelude::*;
use recommend::overlap::{Access, GiveUp, Overlap, Stands, overlap, together};
use recommend::sod::Worth;
use std::collections::BTreeSet;

fn access(number: u32, opens: &[u32], unused_days: Option<u32>) -> Access {
    let worth = Worth { unused_days, peers: None };
    Access { grant: grant(number), opens: opens.iter().copied().collect(), worth, stands: Stands::Open }
}

fn standing(stands: Stands, access: Access) -> Access {
    Access { stands, ..access }
}

fn given_up(found: &Overlap) -> Vec<GrantId> {
    found.give_up.iter().map(|one| one.grant).collect()
}

#[test]
fn of_five_groups_that_open_the_same_application_two_stay() {
    // One in use, one that opens something of its own, and three idle ones.
    let five = [
        access(1, &[7], Some(2)),
        access(2, &[7, 8], Some(200)),
        access(3, &[7], Some(200)),
        access(4, &[7], Some(90)),
        access(5, &[7], None),
    ];
    let mut turned = five.clone();
    turned.reverse();
    let found = overlap(&five);
    assert_eq!(found, overlap(&turned));
    assert_eq!(found.keep, [grant(1), grant(2)]);
    assert_eq!(given_up(&found), [grant(3), grant(4), grant(5)]);
    assert!(found.give_up.iter().all(|one| one.served_by == [grant(1), grant(2)] && one.lost.is_empty()));
}

#[test]
fn of_spare_accesses_the_least_worth_goes_first_then_the_narrowest_then_the_older_grant() {
    let gives_up = |accesses: &[Access], expected: &[u32]| {
        let expected: Vec<GrantId> = expected.iter().copied().map(grant).collect();
        assert_eq!(given_up(&overlap(accesses)), expected, "{accesses:#?}");
    };
    gives_up(&[access(1, &[7], Some(40)), access(2, &[7], Some(90))], &[2]);
    gives_up(&[access(1, &[7], Some(90)), access(2, &[7], Some(40))], &[1]);
    gives_up(&[access(1, &[7], Some(90)), access(2, &[7], Some(90))], &[1]);
    // Equally idle: two narrow ones go, and the wide one that opens both stays.
    gives_up(&[access(1, &[7, 8], Some(90)), access(2, &[7], Some(90)), access(3, &[8], Some(90))], &[2, 3]);
    // What nobody alike holds is worth less than what everybody does.
    let held = |number, held| Access { worth: Worth { unused_days: Some(90), peers: Some((held, 10)) }, ..access(number, &[7], None) };
    gives_up(&[held(1, 9), held(2, 1)], &[2]);
}

#[test]
fn use_within_thirty_days_keeps_an_access_and_use_before_does_not() {
    for (days, in_use) in [(Some(0), true), (Some(29), true), (Some(30), false), (None, false)] {
        assert_eq!(access(1, &[7], days).in_use(), in_use, "{days:?}");
        let kept = overlap(&[access(1, &[7], days), standing(Stands::Stays, access(2, &[7], Some(1)))]).keep;
        assert_eq!(kept.contains(&grant(1)), in_use, "{days:?}");
    }
}

#[test]
fn what_shares_nothing_is_not_spoken_of() {
    let apart = [access(1, &[1], None), access(2, &[2], None), access(3, &[], None)];
    assert_eq!(overlap(&apart), Overlap::default());
    assert!(together(&apart).is_empty());
}

#[test]
fn what_stays_anyway_serves_and_what_goes_anyway_does_not() {
    // Of two that open the same the approved one stays, however idle; the other is spare.
    let found = overlap(&[standing(Stands::Stays, access(1, &[7], Some(300))), access(2, &[7], Some(40))]);
    assert_eq!((found.keep.as_slice(), given_up(&found)), ([grant(1)].as_slice(), vec![grant(2)]));
    // A revoked one leaves the other as the last that opens it.
    let found = overlap(&[standing(Stands::Goes, access(1, &[7], Some(1))), access(2, &[7], Some(300))]);
    assert_eq!((found.keep.as_slice(), given_up(&found)), ([grant(2)].as_slice(), vec![grant(1)]));
    // Where all go, what is lost is said.
    let found = overlap(&[standing(Stands::Goes, access(1, &[7], None)), standing(Stands::Goes, access(2, &[7, 9], None))]);
    let lost = |number, lost: &[u32]| GiveUp { grant: grant(number), served_by: Vec::new(), lost: lost.iter().copied().collect() };
    assert_eq!(found, Overlap { keep: Vec::new(), give_up: vec![lost(1, &[7]), lost(2, &[7, 9])] });
}

#[test]
fn accesses_belong_together_through_others_as_well() {
    let chained = [access(4, &[3], None), access(3, &[2, 3], None), access(2, &[1, 2], None), access(9, &[5], None)];
    let sets: Vec<Vec<GrantId>> = together(&chained).iter().map(|set| set.iter().map(|one| one.grant).collect()).collect();
    assert_eq!(sets, [vec![grant(2), grant(3), grant(4)]]);
}

fn accesses() -> impl Strategy<Value = Vec<Access>> {
    let stands = prop_oneof![3 => Just(Stands::Open), 1 => Just(Stands::Stays), 1 => Just(Stands::Goes)];
    let one = (prop::collection::btree_set(0_u32..6, 0..4), prop::option::of(0_u32..200), stands);
    prop::collection::vec(one, 0..8).prop_map(|all| {
        let of = |(number, (opens, unused, stands)): (u32, (BTreeSet<u32>, Option<u32>, Stands))| {
            standing(stands, access(number, &opens.into_iter().collect::<Vec<_>>(), unused))
        };
        (0..).zip(all).map(of).collect()
    })
}

fn opened<'a>(accesses: impl Iterator<Item = &'a Access>) -> BTreeSet<u32> {
    accesses.flat_map(|one| one.opens.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What is given up takes nothing along but what goes anyway, and every access that shares something is spoken of once.
    #[test]
    fn nothing_is_lost_by_what_is_given_up(accesses in accesses()) {
        let found = overlap(&accesses);
        let gone: BTreeSet<_> = given_up(&found).into_iter().collect();
        let stays = |one: &&Access| one.stands != Stands::Goes;
        prop_assert_eq!(opened(accesses.iter().filter(stays).filter(|one| !gone.contains(&one.grant))), opened(accesses.iter().filter(stays)));
        for one in &found.give_up {
            let own = accesses.iter().find(|access| access.grant == one.grant).unwrap();
            prop_assert!(own.stands == Stands::Goes || (own.stands == Stands::Open && !own.in_use() && one.lost.is_empty()));
            let served = opened(accesses.iter().filter(|access| one.served_by.contains(&access.grant)));
            prop_assert!(one.served_by.iter().all(|serving| found.keep.contains(serving)));
            prop_assert_eq!(own.opens.difference(&served).copied().collect::<BTreeSet<u32>>(), one.lost.clone());
        }
        for kept in &found.keep {
            let own = accesses.iter().find(|access| access.grant == *kept).unwrap();
            prop_assert!(own.stands != Stands::Goes && !gone.contains(kept));
        }
    }

    /// Looking at each set of accesses that belong together says the same as looking at all, in whatever order they come.
    #[test]
    fn sets_that_belong_together_are_judged_by_themselves(accesses in accesses(), turn in 0_usize..8) {
        let sets = together(&accesses);
        let mut turned = accesses.clone();
        turned.rotate_left(turn.min(accesses.len()));
        turned.reverse();
        prop_assert_eq!(&together(&turned), &sets);
        let mut seen = BTreeSet::new();
        let mut whole = Overlap::default();
        for set in &sets {
            let things = opened(set.iter());
            prop_assert!(set.len() > 1 && seen.is_disjoint(&things));
            seen.extend(things);
            let part = overlap(set);
            prop_assert_eq!(part.keep.len() + part.give_up.len(), set.len());
            whole.keep.extend(part.keep);
            whole.give_up.extend(part.give_up);
        }
        whole.keep.sort_unstable();
        whole.give_up.sort_unstable_by_key(|one| one.grant);
        prop_assert_eq!(whole, overlap(&turned));
    }
}
