//! Every list that is read page by page: the pages together are the whole list, in order, each row once; and rows
//! that are added between two pages move nobody.

use crate::house::{self, OWNER, SOURCE, T, id};
use domain::{Answer, CampaignId, EntryId, FindingId, HoldReason, JobId, OrderState, PackId, ReviewState, UserId};
use std::{collections::BTreeSet, fmt::Debug};
use store::{
    JobState, NewEntry, NewJob, NewText, Pack, PackCopy, StoredCheckpoint, Tx,
    decisions::ItemStep,
    findings::{Finding, FindingKind, Outcome},
    orders::Proof,
    testing,
    views::{
        campaign::{AfterCampaign, AfterReviewer},
        history::GrantFilter,
        queue::Which,
    },
};
use uuid::Uuid;

/// More than any list here holds.
const ALL: i64 = 10_000;

/// Reads on from a key to the end.
async fn read_on<K: Clone>(
    tx: &mut Tx,
    limit: i64,
    from: Option<K>,
    page: &mut impl AsyncFnMut(&mut Tx, Option<K>, i64) -> Vec<K>,
) -> Vec<K> {
    let (mut read, mut after) = (Vec::new(), from);
    loop {
        let rows = page(tx, after.clone(), limit).await;
        assert!(i64::try_from(rows.len()).unwrap() <= limit, "a page is no longer than asked for");
        let Some(last) = rows.last() else { return read };
        after = Some(last.clone());
        read.extend(rows);
    }
}

/// The pages of every length are the list.
async fn pages_are_the_list<K>(
    tx: &mut Tx,
    name: &str,
    least: usize,
    page: &mut impl AsyncFnMut(&mut Tx, Option<K>, i64) -> Vec<K>,
) -> Vec<K>
where
    K: Clone + Debug + PartialEq,
{
    let whole = page(tx, None, ALL).await;
    assert!(whole.len() >= least, "{name}: {} rows are too few to be paged", whole.len());
    for (at, row) in whole.iter().enumerate() {
        assert!(!whole[..at].contains(row), "{name}: {row:?} stands twice");
    }
    let longest = i64::try_from(whole.len()).unwrap();
    for limit in [1, 2, 3, 5, longest - 1, longest, longest + 1] {
        assert_eq!(read_on(tx, limit, None, page).await, whole, "{name}, {limit} to a page");
    }
    whole
}

/// The same, and again while rows are added after the first page.
async fn list<K>(tx: &mut Tx, name: &str, mut page: impl AsyncFnMut(&mut Tx, Option<K>, i64) -> Vec<K>, add: impl AsyncFnOnce(&mut Tx))
where
    K: Clone + Debug + PartialEq,
{
    let before = pages_are_the_list(tx, name, 4, &mut page).await;
    let first = page(tx, None, 2).await;
    add(tx).await;
    let after = pages_are_the_list(tx, name, before.len() + 2, &mut page).await;
    let last = first.last().cloned().unwrap();
    let rest = read_on(tx, 2, Some(last.clone()), &mut page).await;
    let place = after.iter().position(|row| *row == last).unwrap_or_else(|| panic!("{name}: {last:?} is gone"));
    assert_eq!(rest, after[place + 1..], "{name}: the pages after the first are what comes after it now");
    let read: Vec<&K> = first.iter().chain(&rest).collect();
    let old: Vec<&K> = read.iter().copied().filter(|row| before.contains(row)).collect();
    assert_eq!(old, before.iter().collect::<Vec<_>>(), "{name}: whoever was there is read once, in order");
    assert!(rest.len() > before.len() - first.len(), "{name}: something was added behind the first page");
    assert!(after.len() > first.len() + rest.len(), "{name}: and something before it");
}

/// Even numbers are there from the beginning; odd ones are added between two pages, on both sides of the first.
const FIRST: [u32; 6] = [2, 4, 6, 8, 10, 12];
const LATER: [u32; 4] = [1, 3, 7, 13];

#[tokio::test]
async fn campaigns_and_their_packs() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::begin(tx).await;
        let other = UserId(Uuid::from_u128(8));
        house::user(tx, other, "other", None).await;
        let closed = |number: u32| matches!(number, 3 | 4 | 7 | 10);
        let add = async |tx: &mut Tx, numbers: &[u32]| {
            for number in numbers {
                let campaign = house::campaign(*number);
                house::add_campaign(tx, *number, OWNER).await;
                if closed(*number) {
                    assert!(tx.set_campaign_closing(campaign, 1, T(500), OWNER).await.unwrap());
                    assert!(tx.set_campaign_closed(campaign, T(501)).await.unwrap());
                }
            }
        };
        add(tx, &FIRST).await;
        house::add_campaign(tx, 100, other).await;
        assert!(tx.campaign(house::campaign(999)).await.unwrap().is_none());
        let newest = async |tx: &mut Tx, before: Option<CampaignId>, limit| {
            tx.campaigns(before, limit).await.unwrap().into_iter().map(|c| c.id).collect::<Vec<_>>()
        };
        list(tx, "campaigns", newest, async |tx| add(tx, &[1, 3, 101]).await).await;

        // Those that are not over come first. Numbers stand in the ids.
        let key = |id: CampaignId| AfterCampaign { group: i64::from(closed(u32::try_from(id.0.as_u128() & 0xffff).unwrap())), id };
        let ordered = async |tx: &mut Tx, after: Option<AfterCampaign>, limit| {
            tx.campaigns_in_order(Some(OWNER), after, limit).await.unwrap().into_iter().map(key).collect::<Vec<_>>()
        };
        list(tx, "campaigns in order", ordered, async |tx| add(tx, &[5, 7, 200]).await).await;
        let of_all = tx.campaigns_in_order(None, None, ALL).await.unwrap();
        let of_owner = tx.campaigns_in_order(Some(OWNER), None, ALL).await.unwrap();
        assert!(of_all.contains(&house::campaign(100)) && !of_owner.contains(&house::campaign(100)));
        let groups: Vec<i64> = of_all.into_iter().map(|id| key(id).group).collect();
        assert!(groups.is_sorted() && groups.contains(&1), "{groups:?}");

        let pack = |number: u32, campaign: u32| Pack {
            id: id(20, number),
            campaigns: vec![house::campaign(campaign)],
            checkpoint_size: 9,
            file: format!("{number}.zip"),
            bytes: 10,
            sha256: [6; 32],
            signer: "f".into(),
            made_by: Some(OWNER),
            made_at: T(600),
        };
        for number in FIRST {
            tx.insert_pack(&pack(number, 2)).await.unwrap();
        }
        tx.insert_pack(&pack(50, 4)).await.unwrap();
        assert_eq!(tx.pack(id(20, 50)).await.unwrap(), Some(pack(50, 4)));
        // A pack of two campaigns is listed under each, once, and its copies with it.
        let both = Pack { campaigns: vec![house::campaign(5), house::campaign(6)], ..pack(51, 5) };
        tx.insert_pack(&both).await.unwrap();
        for number in [5, 6] {
            assert_eq!(tx.packs_of(house::campaign(number), None, ALL).await.unwrap(), std::slice::from_ref(&both));
        }
        let taken = PackCopy { id: id(21, 0), pack: both.id, user: OWNER, at: T(650) };
        tx.insert_pack_copy(&taken).await.unwrap();
        for number in [5, 6] {
            assert_eq!(tx.pack_copies_of(house::campaign(number), None, ALL).await.unwrap(), std::slice::from_ref(&taken));
        }
        assert!(tx.insert_pack(&Pack { campaigns: Vec::new(), ..pack(52, 5) }).await.is_err(), "a pack holds something");
        let of = async |tx: &mut Tx, before: Option<PackId>, limit| {
            tx.packs_of(house::campaign(2), before, limit).await.unwrap().into_iter().map(|p| p.id).collect::<Vec<_>>()
        };
        let add_packs = async |tx: &mut Tx, numbers: &[u32]| {
            for number in numbers {
                tx.insert_pack(&pack(*number, 2)).await.unwrap();
            }
        };
        list(tx, "packs of a campaign", of, async |tx| add_packs(tx, &LATER).await).await;
        let of_all = async |tx: &mut Tx, before: Option<PackId>, limit| {
            tx.packs(before, limit).await.unwrap().into_iter().map(|p| p.id).collect::<Vec<_>>()
        };
        list(tx, "packs", of_all, async |tx| add_packs(tx, &[5, 60]).await).await;

        let copy = |number: u32| PackCopy { id: id(21, number), pack: id(20, 2), user: OWNER, at: T(700) };
        for number in FIRST {
            tx.insert_pack_copy(&copy(number)).await.unwrap();
        }
        let copies = async |tx: &mut Tx, after: Option<Uuid>, limit| {
            tx.pack_copies_of(house::campaign(2), after, limit).await.unwrap().into_iter().map(|c| c.id).collect::<Vec<_>>()
        };
        let add_copies = async |tx: &mut Tx| {
            for number in LATER {
                tx.insert_pack_copy(&copy(number)).await.unwrap();
            }
        };
        list(tx, "copies", copies, add_copies).await;
        assert_eq!(tx.pack_copies_of(house::campaign(4), None, ALL).await.unwrap(), []);
        let newest = tx.newest_pack_copies(1).await.unwrap();
        assert_eq!(newest.iter().map(|copy| (copy.user, copy.at)).collect::<Vec<_>>(), [(OWNER, T(700))]);
        assert_eq!(tx.newest_pack_copies(ALL).await.unwrap().len(), 1 + FIRST.into_iter().chain(LATER).count());
    }
}

#[tokio::test]
async fn reviewers_and_their_queues() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 40, 2).await;
        house::add_campaign(tx, 1, OWNER).await;
        // Person n answers for n / 3 items, so that several owe the same.
        let mut items = Vec::new();
        let mut next = grants.iter();
        for reviewer in 2..=11_u32 {
            items.extend(next.by_ref().take((reviewer / 3 + 1) as usize).map(|grant| house::asked(1, grant, reviewer)));
        }
        house::add_items(tx, 1, &items).await;
        let owing =
            async |tx: &mut Tx, after: Option<AfterReviewer>, limit| tx.campaign_reviewers(house::campaign(1), after, limit).await.unwrap();
        let more: Vec<_> = next.by_ref().take(8).cloned().collect();
        // One who owes more than all others, one with as much as some, and one with one item.
        let add = async |tx: &mut Tx| {
            let of = |range: std::ops::Range<usize>, reviewer| more[range].iter().map(move |grant| house::asked(1, grant, reviewer));
            let new: Vec<_> = of(0..5, 1).chain(of(5..7, 12)).chain(of(7..8, 13)).collect();
            house::add_items(tx, 1, &new).await;
        };
        list(tx, "reviewers", owing, add).await;
        let reviewers = tx.campaign_reviewers(house::campaign(1), None, ALL).await.unwrap();
        assert_eq!(reviewers[0], AfterReviewer { owed: 5, reviewer: house::identity(1) });
        assert!(reviewers.is_sorted_by_key(|r| (-r.owed, r.reviewer)), "{reviewers:?}");
    }
}

#[tokio::test]
async fn items_of_a_queue_in_each_of_its_forms() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 14, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        let items: Vec<_> = grants.iter().map(|grant| house::asked(1, grant, 1)).collect();
        let of = |numbers: &[u32]| numbers.iter().map(|n| items[*n as usize - 1].clone()).collect::<Vec<_>>();
        house::add_items(tx, 1, &of(&FIRST)).await;
        let numbers = |lines: Vec<store::views::queue::ItemLine>| lines.into_iter().map(|line| line.number).collect::<Vec<_>>();
        let (me, campaign) = (house::identity(1), house::campaign(1));
        let by_cause = async |tx: &mut Tx, after: Option<i64>, limit| {
            numbers(tx.reviewer_items(me, campaign, Which::Cause("unused"), after.unwrap_or(0), limit).await.unwrap())
        };
        list(tx, "items of a cause", by_cause, async |tx| house::add_items(tx, 1, &of(&[1, 3, 7])).await).await;
        let by_name = async |tx: &mut Tx, after: Option<i64>, limit| {
            numbers(tx.reviewer_items(me, campaign, Which::Search("PERSON"), after.unwrap_or(0), limit).await.unwrap())
        };
        pages_are_the_list(tx, "items by name", 9, &mut { by_name }).await;
        let in_state = async |tx: &mut Tx, after: Option<i64>, limit| {
            let items = tx.review_items_in_state(campaign, ReviewState::Undecided, after.unwrap_or(0), limit).await.unwrap();
            items.into_iter().map(|item| item.number).collect::<Vec<_>>()
        };
        pages_are_the_list(tx, "items in a state", 9, &mut { in_state }).await;

        // A removal that was withdrawn and one that followed it are one line's.
        let answers: Vec<_> = of(&FIRST).iter().zip(1..).map(|(item, n)| house::answer(n, item, 1, Answer::Revoke)).collect();
        for (given, item) in answers.iter().zip(of(&FIRST)) {
            house::give(tx, given).await;
            let number = u32::try_from(item.number).unwrap();
            let first =
                store::orders::Order { state: OrderState::Withdrawn, hold_reason: None, ..house::removal(number * 2, &item, given) };
            tx.insert_order(&first, None).await.unwrap();
            tx.insert_order(&house::removal(number * 2 + 1, &item, given), None).await.unwrap();
        }
        let before = pages_are_the_list(tx, "items with two orders", 9, &mut { by_cause }).await;
        assert_eq!(before, [1, 2, 3, 4, 6, 7, 8, 10, 12]);
        assert_eq!(tx.item_line(items[1].id).await.unwrap().unwrap().order, Some(OrderState::Held));
        let staged = async |tx: &mut Tx, after: Option<i64>, limit| {
            let staged = tx.staged_decisions(campaign, after.unwrap_or(0), limit).await.unwrap();
            staged.into_iter().map(|decision| items.iter().find(|item| item.id == decision.item).unwrap().number).collect::<Vec<_>>()
        };
        let add = async |tx: &mut Tx| {
            for (number, item) in of(&[1, 7]).iter().enumerate() {
                house::give(tx, &house::answer(50 + u32::try_from(number).unwrap(), item, 1, Answer::Approve)).await;
            }
        };
        list(tx, "staged answers", staged, add).await;

        let held = async |tx: &mut Tx, after, limit| {
            tx.orders_held_for(HoldReason::UndoWindow, after, limit).await.unwrap().into_iter().map(|o| o.id).collect::<Vec<_>>()
        };
        pages_are_the_list(tx, "orders held", 6, &mut { held }).await;
        let withdrawn = async |tx: &mut Tx, after, limit| {
            tx.orders_in_state(OrderState::Withdrawn, after, limit).await.unwrap().into_iter().map(|o| o.id).collect::<Vec<_>>()
        };
        let again = async |tx: &mut Tx| {
            for number in [1, 10, 90] {
                let order = house::removal(number, &of(&[2])[0], &answers[0]);
                tx.insert_order(&store::orders::Order { state: OrderState::Withdrawn, ..order }, None).await.unwrap();
            }
        };
        list(tx, "orders in a state", withdrawn, again).await;
    }
}

#[tokio::test]
async fn what_a_pack_is_made_of() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 14, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        let items: Vec<_> = grants.iter().map(|grant| house::asked(1, grant, 1)).collect();
        let add = async |tx: &mut Tx, numbers: &[u32]| {
            for number in numbers {
                let item = &items[*number as usize - 1];
                house::add_items(tx, 1, std::slice::from_ref(item)).await;
                let given = house::answer(*number, item, 1, Answer::Revoke);
                house::give(tx, &given).await;
                tx.insert_order(&house::removal(*number, item, &given), None).await.unwrap();
                let proof = Proof {
                    id: id(22, *number),
                    order: house::order(*number),
                    source: SOURCE,
                    seq: 1,
                    population_hash: vec![8; 32],
                    pages: None,
                    gone: false,
                    at: T(900),
                };
                tx.insert_proofs(&[proof]).await.unwrap();
            }
        };
        add(tx, &FIRST).await;
        macro_rules! evidence {
            ($function:ident, $numbers:expr) => {
                let page = async |tx: &mut Tx, after: Option<Uuid>, limit| {
                    tx.$function(house::campaign(1), after, limit).await.unwrap().into_iter().map(|row| row.id).collect::<Vec<_>>()
                };
                match $numbers {
                    [] => drop(pages_are_the_list(tx, stringify!($function), 10, &mut { page }).await),
                    numbers => list(tx, stringify!($function), page, async |tx| add(tx, numbers).await).await,
                }
                assert!(tx.$function(house::campaign(2), None, ALL).await.unwrap().is_empty(), "another campaign's are its own");
            };
        }
        let left_out = async |tx: &mut Tx, after, limit| {
            tx.left_out(house::campaign(1), after, limit).await.unwrap().into_iter().map(|(grant, _)| grant).collect::<Vec<_>>()
        };
        let leave = async |tx: &mut Tx, numbers: &[u32]| {
            let grants: Vec<_> = numbers.iter().map(|n| (house::grant(*n), "nobody_may_answer")).collect();
            tx.insert_left_out(house::campaign(1), &grants).await.unwrap();
        };
        leave(tx, &FIRST).await;
        list(tx, "left out", left_out, async |tx| leave(tx, &LATER).await).await;
        evidence!(evidence_items, &LATER[..]);
        evidence!(evidence_recommendations, &[][..]);
        evidence!(evidence_decisions, &[][..]);
        evidence!(evidence_orders, &[][..]);
        evidence!(evidence_proofs, &[][..]);
    }
}

#[tokio::test]
async fn findings_open_and_settled() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 20, 1).await;
        let finding = |number: u32| Finding {
            id: id(23, number),
            kind: FindingKind::Returned,
            source: SOURCE,
            seq: 1,
            account: grants[number as usize].account,
            entitlement: Some(grants[number as usize].entitlement),
            grant: Some(grants[number as usize].id),
            item: None,
            order: None,
            asked_item: None,
            explanation: None,
            raised_at: T(5),
            settled_at: None,
            settled_by: None,
            outcome: None,
        };
        let add = async |tx: &mut Tx, numbers: &[u32]| {
            for number in numbers {
                assert!(tx.insert_finding(&finding(*number)).await.unwrap());
            }
        };
        add(tx, &FIRST).await;
        let lines = async |tx: &mut Tx, before: Option<FindingId>, limit| {
            tx.open_finding_lines(before, limit).await.unwrap().into_iter().map(|line| FindingId(line.id)).collect::<Vec<_>>()
        };
        list(tx, "lines of open findings", lines, async |tx| add(tx, &LATER).await).await;
        let open = async |tx: &mut Tx, after: Option<FindingId>, limit| {
            tx.open_findings(after, limit).await.unwrap().into_iter().map(|finding| finding.id).collect::<Vec<_>>()
        };
        pages_are_the_list(tx, "open findings", 10, &mut { open }).await;
        // One that somebody settles between two pages is not read again, and takes nobody's place.
        let first = open(tx, None, 3).await;
        assert!(tx.settle_finding(first[1], Outcome::Accepted, T(9), OWNER).await.unwrap());
        assert!(tx.settle_finding(id(23, 8), Outcome::Corrected, T(8), OWNER).await.unwrap());
        let rest = read_on(tx, 3, first.last().copied(), &mut { open }).await;
        let expected: BTreeSet<FindingId> = FIRST.into_iter().chain(LATER).filter(|n| *n != 8).map(|n| id(23, n)).collect();
        assert_eq!(first.into_iter().chain(rest).collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
        let settled: Vec<Uuid> = tx.settled_finding_lines(ALL).await.unwrap().into_iter().map(|line| line.id).collect();
        assert_eq!(settled, [id::<Uuid>(23, 2), id::<Uuid>(23, 8)], "settled last first");
        assert_eq!(tx.count_open_findings().await.unwrap(), 8);
    }
}

#[tokio::test]
async fn grants_of_any_time() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 2, 1).await;
        house::add_people(tx, 3..=5).await;
        house::add_entitlements(tx, 2..=3).await;
        let add = async |tx: &mut Tx, numbers: &[u32]| {
            let grants: Vec<_> = numbers.iter().map(|n| house::held(n + 100, n % 5 + 1, n % 3 + 1)).collect();
            house::add_grants(tx, &grants).await;
        };
        add(tx, &FIRST).await;
        tx.end_grants(1, &[house::grant(104), house::grant(1)]).await.unwrap();
        let any = async |tx: &mut Tx, after, limit| {
            tx.grants_found(&GrantFilter::default(), after, limit).await.unwrap().into_iter().map(|line| line.grant).collect::<Vec<_>>()
        };
        // Two on the first page; what comes before it is added with numbers between theirs.
        let later = async |tx: &mut Tx| {
            house::add_grants(tx, &[house::held(0, 3, 1), house::held(50, 4, 1)]).await;
            add(tx, &LATER).await;
        };
        list(tx, "grants", any, later).await;
        // Versions and readings of holder and access make no line twice.
        house::snapshot(tx, 2).await;
        tx.end_account_versions(2, &[house::account(1)]).await.unwrap();
        let renamed = store::access::Account { name: Some("Renamed".into()), ..house::person(1) };
        tx.insert_account_versions(2, &[(renamed, house::digest(9))]).await.unwrap();
        for campaign in [1, 2] {
            house::add_campaign(tx, campaign, OWNER).await;
            let held = house::held(106, 6 % 5 + 1, 1);
            house::add_items(tx, campaign, &[house::asked(campaign, &held, 1)]).await;
        }
        pages_are_the_list(tx, "grants with two versions and two items", 14, &mut { any }).await;
        let filter = GrantFilter { person: Some("person 1".into()), ..GrantFilter::default() };
        let by_person = async |tx: &mut Tx, after, limit| {
            tx.grants_found(&filter, after, limit).await.unwrap().into_iter().map(|line| line.grant).collect::<Vec<_>>()
        };
        pages_are_the_list(tx, "grants of a person under an earlier name", 2, &mut { by_person }).await;
    }
}

#[tokio::test]
async fn the_ledger_and_its_texts() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let subject = Uuid::from_u128(99);
        let entry = |number: u32, campaign: Option<u32>| NewEntry {
            id: id(24, number),
            at: T(1),
            kind: "kind",
            campaign: campaign.map(house::campaign),
            item: campaign.map(|_| house::item(1, 1)),
            bytes: number.to_be_bytes().to_vec(),
            leaf: house::digest(number),
        };
        let add = async |tx: &mut Tx, numbers: &[u32]| {
            for number in numbers {
                tx.insert_entry(entry(*number, Some(1))).await.unwrap();
                tx.insert_entry(entry(*number + 1_000, None)).await.unwrap();
                let text = NewText { id: id(25, *number), entry: id(24, *number), subject, field: "note", salt: [1; 32], text: "t" };
                tx.insert_text(text).await.unwrap();
            }
        };
        let ids = |entries: Vec<store::StoredEntry>| entries.into_iter().map(|e| e.id).collect::<Vec<_>>();
        add(tx, &FIRST).await;
        let of_campaign =
            async |tx: &mut Tx, after: Option<EntryId>, limit| ids(tx.entries_of_campaign(house::campaign(1), after, limit).await.unwrap());
        list(tx, "entries of a campaign", of_campaign, async |tx| add(tx, &LATER).await).await;
        let of_item =
            async |tx: &mut Tx, after: Option<EntryId>, limit| ids(tx.entries_of_item(house::item(1, 1), after, limit).await.unwrap());
        list(tx, "entries of an item", of_item, async |tx| add(tx, &[0, 20]).await).await;
        let of_none =
            async |tx: &mut Tx, after: Option<EntryId>, limit| ids(tx.entries_of_no_campaign("kind", after, limit).await.unwrap());
        let add_none = async |tx: &mut Tx| {
            for number in [900, 1_500] {
                tx.insert_entry(entry(number, None)).await.unwrap();
            }
        };
        list(tx, "entries of no campaign", of_none, add_none).await;
        let texts = async |tx: &mut Tx, after: Option<Uuid>, limit| {
            tx.texts_about(subject, after, limit).await.unwrap().into_iter().map(|text| text.id).collect::<Vec<_>>()
        };
        pages_are_the_list(tx, "texts", 12, &mut { texts }).await;

        // Places are given at the end only.
        let placed: Vec<EntryId> = FIRST.iter().map(|n| id(24, *n)).collect();
        assert_eq!(tx.assign_places(0, &placed).await.unwrap(), 6);
        let from = async |tx: &mut Tx, after: Option<u64>, limit| {
            let entries = tx.entries_from(after.map_or(0, |last| last + 1), limit).await.unwrap();
            entries.into_iter().map(|e| e.index.unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(pages_are_the_list(tx, "entries by place", 6, &mut { from }).await, [0, 1, 2, 3, 4, 5]);

        for number in FIRST {
            let checkpoint = StoredCheckpoint { size: number.into(), root: [1; 32], note: "n".into(), created_at: T(1) };
            tx.insert_checkpoint(&checkpoint).await.unwrap();
        }
        let checkpoints = async |tx: &mut Tx, below: Option<u64>, limit| {
            tx.checkpoints(below, limit).await.unwrap().into_iter().map(|c| c.size).collect::<Vec<_>>()
        };
        assert_eq!(pages_are_the_list(tx, "checkpoints", 6, &mut { checkpoints }).await, [12, 10, 8, 6, 4, 2]);
    }
}

#[tokio::test]
async fn readings_people_and_jobs() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::begin(tx).await;
        let read = async |tx: &mut Tx, numbers: &[u32]| {
            for number in numbers {
                tx.insert_reading(id(26, *number), SOURCE, T(1), None).await.unwrap();
            }
        };
        read(tx, &FIRST).await;
        let readings = async |tx: &mut Tx, before: Option<Uuid>, limit| {
            tx.readings(SOURCE, before, limit).await.unwrap().into_iter().map(|r| r.id).collect::<Vec<_>>()
        };
        list(tx, "readings", readings, async |tx| read(tx, &LATER).await).await;
        for seq in 2..=6 {
            house::snapshot(tx, seq).await;
        }
        let snapshots = async |tx: &mut Tx, below: Option<i64>, limit| {
            tx.snapshots(SOURCE, below.unwrap_or(i64::MAX), limit).await.unwrap().into_iter().map(|s| s.seq).collect::<Vec<_>>()
        };
        assert_eq!(pages_are_the_list(tx, "snapshots", 6, &mut { snapshots }).await, [6, 5, 4, 3, 2, 1]);

        let add_users = async |tx: &mut Tx, numbers: &[u32]| {
            for number in numbers {
                house::user(tx, id(27, *number), &format!("user {number}"), None).await;
            }
        };
        add_users(tx, &FIRST).await;
        let users = async |tx: &mut Tx, after: Option<UserId>, limit| {
            tx.users(after, limit).await.unwrap().into_iter().map(|u| u.id).collect::<Vec<_>>()
        };
        list(tx, "people who signed in", users, async |tx| {
            house::user(tx, UserId(Uuid::from_u128(6)), "before all", None).await;
            add_users(tx, &LATER).await;
        })
        .await;

        let add_jobs = async |tx: &mut Tx, numbers: &[u32]| {
            for number in numbers {
                let job = NewJob { id: id(28, *number), kind: "k", payload: "{}", run_at: T(1), max_attempts: 3, dedupe: None };
                assert!(tx.enqueue(&job, T(1)).await.unwrap());
            }
        };
        add_jobs(tx, &FIRST).await;
        let jobs = async |tx: &mut Tx, before: Option<JobId>, limit| {
            tx.jobs(JobState::Waiting, before, limit).await.unwrap().into_iter().map(|j| j.id).collect::<Vec<_>>()
        };
        list(tx, "jobs", jobs, async |tx| add_jobs(tx, &LATER).await).await;
    }
}

/// A reviewer who answers between two pages moves; nobody else is lost or read twice for it.
#[tokio::test]
async fn a_reviewer_who_answers_between_two_pages_takes_nobodys_place() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 12, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        let items: Vec<_> =
            grants.iter().map(|grant| house::asked(1, grant, u32::try_from(grant.id.0.as_u128() & 0xff).unwrap() / 2 + 1)).collect();
        house::add_items(tx, 1, &items).await;
        let campaign = house::campaign(1);
        let whole = tx.campaign_reviewers(campaign, None, ALL).await.unwrap();
        let first = tx.campaign_reviewers(campaign, None, 2).await.unwrap();
        let moving = whole[3].reviewer;
        let owed = items.iter().find(|item| item.reviewer == moving).unwrap();
        let now = tx.review_item(owed.id).await.unwrap().unwrap();
        assert!(tx.step_item(&ItemStep { ..now.step(ReviewState::Staged, T(300)) }).await.unwrap());
        let mut page =
            async |tx: &mut Tx, after: Option<AfterReviewer>, limit| tx.campaign_reviewers(campaign, after, limit).await.unwrap();
        let rest = read_on(tx, 2, first.last().copied(), &mut page).await;
        let read: Vec<_> = first.iter().chain(&rest).map(|r| r.reviewer).collect();
        let once: BTreeSet<_> = read.iter().collect();
        assert_eq!((read.len(), once.len()), (whole.len(), whole.len()), "{read:?}");
    }
}
