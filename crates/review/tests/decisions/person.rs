//! The page about a person: who sees what of it, what overlaps, and what changed since the last review.

use crate::{
    duties::desks,
    world::{World, each, easy},
};
use domain::{ItemId, Role, Showing, Verdict};
use review::{
    Actor, Error, erase,
    handover::{HandOverForm, hand_over},
    view::{
        self,
        types::{ItemLine, KeepGiveUp, ListedVerdict, Overlapping, PersonAccess, PersonFact, PersonPage, PersonValue, WayWhy},
    },
};
use std::collections::BTreeSet;

const ON: &str = "2024-03-01";

/// Worlds in which p06 holds the wiki, beside the direct assignment, through four groups; a rule and an assignment give p03
/// the same; and p01 holds through the group of sales what they also have by themselves.
async fn overlapping(showing: Showing) -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.grants.extend([
            ("p06", "wiki", "group:g1", ON, ""),
            ("p06", "wiki", "group:g2", ON, ""),
            ("p06", "wiki", "group:g3", ON, ""),
            ("p06", "crm", "group:g3", ON, ""),
            ("p03", "auto", "direct", ON, ""),
            ("p01", "crm", "direct", ON, ""),
        ]);
        world.sync().await;
        world.open_showing(easy(), showing).await;
    }
    worlds
}

async fn page(world: &World, actor: &Actor, item: ItemId) -> review::Result<PersonPage> {
    view::person(&world.ctx, actor, item).await
}

fn accesses(page: &PersonPage) -> Vec<&PersonAccess> {
    page.applications.iter().flat_map(|of| &of.accesses).collect()
}

fn items(page: &PersonPage) -> BTreeSet<ItemId> {
    accesses(page).into_iter().filter_map(|access| access.item.as_ref().map(|item| item.id)).collect()
}

fn named<'a>(page: &'a PersonPage, name: &str, path: &str) -> &'a ItemLine {
    let found =
        accesses(page).into_iter().find(|access| access.name == name && access.path.as_ref().is_some_and(|held| held.to_string() == path));
    found.and_then(|access| access.item.as_ref()).expect("an access of that name and path with an item")
}

fn ways(set: &Overlapping) -> Vec<(String, bool, WayWhy)> {
    let said = |way: &view::types::Way| {
        let why = way.advice.as_ref().expect("advice").why;
        (way.name.clone(), why.gives_up(), why)
    };
    set.ways.iter().map(said).collect()
}

async fn hand_to_deputy(world: &World, item: ItemId) {
    let mut tx = world.ctx.store.read().await.expect("reads");
    let version = tx.review_item(item).await.expect("reads").expect("an item").version;
    tx.rollback().await.expect("ends");
    let to = "deputy@example.com".to_owned();
    let form = HandOverForm { attempt: world.attempt(), item, expected_version: version, to, note: None };
    hand_over(&world.ctx, &world.boss, &form).await.expect("handed over");
}

#[tokio::test]
async fn what_opens_the_same_is_one_set_and_nothing_is_lost_by_what_is_given_up() {
    for world in overlapping(Showing::Shown).await {
        let seen = page(&world, &world.boss, world.item("p06", "solo").await.id).await.expect("the page");
        let [set] = seen.overlaps.as_slice() else { panic!("one set: {:?}", seen.overlaps) };
        assert_eq!(set.opens, ["Access wiki"]);
        assert_eq!((set.ways.len(), set.groups), (4, false), "an assignment is no group");
        // Nothing else opens the other thing that the third group gives.
        let said = ways(set);
        let third = said.iter().find(|(name, ..)| name == "the group g3").expect("the third group");
        let revoke = named(&seen, "Access crm", "group:g3").recommended;
        assert!(!third.1 || matches!(revoke, ListedVerdict::Shown { verdict: Verdict::Revoke, .. }), "{third:?}");
        let sum = set.advice.expect("advice");
        assert_eq!(sum.keep + sum.give_up + sum.judge, 4);
        assert_eq!(sum.give_up, i64::try_from(said.iter().filter(|(_, gives_up, _)| *gives_up).count()).expect("few"));
        assert!(sum.keep >= 1 && sum.give_up >= 1, "{said:?}");
        for way in &set.ways {
            let advice = way.advice.as_ref().expect("advice");
            assert_eq!(advice.why == WayWhy::Spare, advice.why.gives_up() && advice.lost.is_empty() && !advice.served_by.is_empty());
            let kept: BTreeSet<&str> =
                set.ways.iter().filter(|one| one.advice.as_ref().is_some_and(|a| !a.why.gives_up())).map(|one| one.name.as_str()).collect();
            assert!(advice.served_by.iter().all(|name| kept.contains(name.as_str())), "only what stays serves");
            assert!(way.accesses.iter().all(|access| access.item.is_some()));
            assert_eq!(way.unused_days, None, "nobody saw any use");
        }
        // What belongs to one application without opening the same is not held against one another.
        assert!(seen.overlaps.iter().flat_map(|set| &set.ways).all(|way| !way.name.contains("solo")));
    }
}

#[tokio::test]
async fn answers_come_before_what_the_comparison_says() {
    for world in overlapping(Showing::Shown).await {
        let from = world.item("p01", "wiki").await.id;
        let before = page(&world, &world.boss, from).await.expect("the page");
        let [set] = before.overlaps.as_slice() else { panic!("one set: {:?}", before.overlaps) };
        assert_eq!(set.opens, ["Access crm"]);
        assert_eq!(
            set.ways.iter().map(|way| way.name.as_str()).collect::<BTreeSet<_>>(),
            ["Access crm, assigned directly", "the group sales"].into()
        );
        assert_eq!(set.advice, Some(KeepGiveUp { keep: 1, give_up: 1, judge: 0 }));

        // The assignment is approved: then the group opens nothing alone but the mail.
        let mut tx = world.ctx.store.read().await.expect("reads");
        let direct = tx.review_item(named(&before, "Access crm", "direct").id).await.expect("reads").expect("an item");
        tx.rollback().await.expect("ends");
        let form = review::decide::DecideForm {
            item: direct.id,
            expected_version: direct.version,
            ..world.form("p01", "wiki", domain::Answer::Approve).await
        };
        review::decide::decide(&world.ctx, &world.boss, &form).await.expect("approved");
        let after = page(&world, &world.boss, from).await.expect("the page");
        let said = ways(after.overlaps.first().expect("a set"));
        assert!(said.contains(&("Access crm, assigned directly".to_owned(), false, WayWhy::Approved)), "{said:?}");
        let sales = after.applications.iter().find(|of| of.application.as_deref() == Some("Sales desk")).expect("the application");
        let sum = sales.advice.expect("advice");
        assert_eq!(sum.keep + sum.give_up + sum.judge, 3, "two of the group, and the assignment");
        assert!(sum.keep >= 1);
    }
}

#[tokio::test]
async fn a_rule_stays_and_serves_and_a_spare_way_that_is_approved_says_so() {
    for world in overlapping(Showing::Shown).await {
        let seen = page(&world, &world.boss, world.item("p03", "wiki").await.id).await.expect("the page");
        let [set] = seen.overlaps.as_slice() else { panic!("one set: {:?}", seen.overlaps) };
        let rule = set.ways.iter().find(|way| way.name == "the rule everyone").expect("the rule");
        let advice = rule.advice.as_ref().expect("advice");
        // Unless Revoke is recommended for it, what cannot be taken from one person stays.
        if advice.why != WayWhy::RevokeRecommended {
            assert_eq!(advice.why, WayWhy::NotRemovable);
            let other = set.ways.iter().find(|way| way.name != rule.name).and_then(|way| way.advice.as_ref()).expect("the other");
            assert_eq!(other.served_by, ["the rule everyone"]);
        }
        for way in &set.ways {
            let advice = way.advice.as_ref().expect("advice");
            let open: BTreeSet<Verdict> = way
                .accesses
                .iter()
                .filter_map(|access| match access.item.as_ref()?.recommended {
                    ListedVerdict::Shown { verdict, .. } => Some(verdict),
                    _ => None,
                })
                .collect();
            assert_eq!(advice.alone.iter().copied().collect::<BTreeSet<_>>(), open, "what is recommended beside it is known to the page");
        }
    }
}

#[tokio::test]
async fn a_reviewer_sees_no_item_of_another_and_nobody_what_is_not_theirs() {
    for world in overlapping(Showing::Shown).await {
        let from = world.item("p01", "wiki").await.id;
        let whole = page(&world, &world.boss, from).await.expect("the page");
        let direct = named(&whole, "Access crm", "direct").id;
        assert_eq!(items(&whole).len(), 5);
        hand_to_deputy(&world, direct).await;

        let of_boss = page(&world, &world.boss, from).await.expect("the page");
        assert!(!items(&of_boss).contains(&direct) && items(&of_boss).len() == 4);
        assert!(of_boss.overlaps.is_empty(), "one way of two says nothing of the other");
        assert!(!of_boss.whole && of_boss.yours);
        assert!(matches!(page(&world, &world.boss, direct).await, Err(Error::NotFound)));
        let of_deputy = page(&world, &world.deputy, direct).await.expect("the page");
        assert_eq!(items(&of_deputy), [direct].into());
        assert!(of_deputy.overlaps.is_empty());
        assert!(matches!(page(&world, &world.deputy, from).await, Err(Error::NotFound)));

        // The owner of the campaign sees all of it, another owner nothing.
        let of_owner = page(&world, &world.olga, from).await.expect("the page");
        assert_eq!(items(&of_owner).len(), 5);
        assert_eq!(of_owner.overlaps.len(), 1);
        assert!(!of_owner.whole && !of_owner.yours);
        assert!(matches!(page(&world, &world.otto, from).await, Err(Error::NotFound)));
        let auditor = world.actor("otto", &[Role::Auditor]).await;
        assert!(page(&world, &auditor, from).await.expect("the page").whole);
        let administrator = world.actor("otto", &[Role::Administrator]).await;
        assert!(matches!(page(&world, &administrator, from).await, Err(Error::NotFound)));
        let nobody = world.actor("p01", &[Role::Reviewer]).await;
        assert!(matches!(page(&world, &nobody, from).await, Err(Error::NotFound)), "not even the person");
    }
}

#[tokio::test]
async fn in_shadow_mode_the_page_tells_no_verdict() {
    for world in overlapping(Showing::Hidden).await {
        let from = world.item("p06", "solo").await.id;
        let auditor = world.actor("otto", &[Role::Auditor]).await;
        for actor in [&world.boss, &world.olga, &auditor] {
            let seen = page(&world, actor, from).await.expect("the page");
            assert_eq!(seen.overlaps.len(), 1, "that they overlap is a fact");
            assert!(seen.overlaps.iter().all(|set| set.advice.is_none() && set.ways.iter().all(|way| way.advice.is_none())));
            assert!(seen.applications.iter().all(|of| of.advice.is_none()));
            assert_eq!(seen.risk, None, "it rests on what a recommendation rests on");
            let listed = accesses(&seen).into_iter().chain(seen.overlaps.iter().flat_map(|set| &set.ways).flat_map(|way| &way.accesses));
            for access in listed {
                assert_eq!(access.overlap, None);
                let item = access.item.as_ref().expect("an item");
                assert_eq!((item.recommended, item.alarm), (ListedVerdict::Hidden, false));
            }
        }
    }
}

/// The riskiest counts whole, the next by half, and so on; each leads to its item, with what makes its points.
#[tokio::test]
async fn a_persons_risk_has_its_parts() {
    for world in overlapping(Showing::Shown).await {
        let seen = page(&world, &world.boss, world.item("p01", "wiki").await.id).await.expect("the page");
        let risk = seen.risk.clone().expect("a risk");
        assert_eq!(risk.accesses.first().map(|of| of.name.as_str()), Some("Access pay"), "sensitivity high: {risk:#?}");
        assert!(risk.accesses.is_sorted_by(|a, b| a.adds >= b.adds) && risk.accesses.len() <= 5);
        assert!((0..).zip(&risk.accesses).all(|(place, of)| of.adds == of.points >> place && !of.says.is_empty()), "{risk:#?}");
        let listed: i64 = risk.accesses.iter().map(|of| of.adds).sum();
        assert!(risk.points >= listed && (risk.others > 0 || risk.points == listed));
        let shown = items(&seen);
        assert!(risk.accesses.iter().all(|of| shown.contains(&of.item)));
        assert_eq!(risk.accesses.len() + usize::try_from(risk.others).expect("few"), shown.len());
    }
}

#[tokio::test]
async fn without_an_earlier_review_there_is_nothing_to_compare_with() {
    for world in overlapping(Showing::Shown).await {
        let seen = page(&world, &world.boss, world.item("p01", "wiki").await.id).await.expect("the page");
        assert_eq!((seen.since.last, seen.since.delivered), (None, None));
    }
}

#[tokio::test]
async fn what_changed_since_the_last_review_is_told_to_those_who_may_see_it() {
    for mut world in each().await {
        let first = world.open(easy()).await;
        world.revoke(&world.boss, "p01", "wiki").await;
        world.approve(&world.boss, "p01", "pay").await;
        world.later().await;
        world.close(first).await.expect("closed");
        let then = world.item("p01", "wiki").await.id;

        // One access comes, one ends, the manager changes, and what was revoked is still there.
        world.people.retain(|(id, ..)| *id != "p01");
        world.people.push(("p01", "deputy", "leave", ""));
        world.grants.retain(|(person, entitlement, ..)| (*person, *entitlement) != ("p01", "pay"));
        world.grants.push(("p01", "deep", "direct", "2026-11-02", ""));
        world.sync().await;
        world.open(easy()).await;

        let from = world.item("p01", "deep").await.id;
        let of_owner = page(&world, &world.olga, from).await.expect("the page");
        let last = of_owner.since.last.expect("a review");
        assert!(last.name.is_some_and(|name| name.starts_with("Autumn review")));
        assert!(last.not_covered.is_empty());
        let manager = last.person.iter().find(|change| change.fact == PersonFact::Manager).expect("another manager");
        let text = |name: &str| Some(PersonValue::Text(format!("Name of {name}")));
        assert_eq!((&manager.before, &manager.now), (&text("boss"), &text("deputy")));
        assert_eq!(last.person.iter().map(|change| change.fact).collect::<Vec<_>>(), [PersonFact::Manager, PersonFact::Status]);
        assert_eq!(last.granted.iter().map(|one| (one.access.as_str(), one.item)).collect::<Vec<_>>(), [("Access deep", Some(from))]);
        assert_eq!(last.ended.iter().map(|one| one.access.as_str()).collect::<Vec<_>>(), ["Access pay"]);
        assert_eq!(last.outstanding.iter().map(|one| (one.access.as_str(), one.item)).collect::<Vec<_>>(), [("Access wiki", then)]);
        assert_eq!(last.outstanding.first().and_then(|one| one.order), Some(domain::OrderState::Ticketed));

        // Whoever was asked nothing then is told of the person, and of no answer that another gave.
        let of_deputy = page(&world, &world.deputy, from).await.expect("the page");
        let last = of_deputy.since.last.expect("a review");
        assert_eq!(last.name, None);
        assert!(last.outstanding.is_empty() && last.ended.is_empty(), "{last:?}");
        assert_eq!(last.granted.len(), 1);
        assert_eq!(last.person.len(), 2);

        // Once it is gone, nothing is outstanding any more.
        world.grants.retain(|(person, entitlement, ..)| (*person, *entitlement) != ("p01", "wiki"));
        world.sync().await;
        let last = page(&world, &world.olga, from).await.expect("the page").since.last.expect("a review");
        assert!(last.outstanding.is_empty());
        assert_eq!(last.ended.len(), 2);
    }
}

#[tokio::test]
async fn a_person_is_one_across_sources_as_far_as_the_reader_sees() {
    for mut desk in desks().await {
        let directory = desk.world.source;
        desk.open(&[directory]).await;
        let from = desk.world.item("p01", "wiki").await.id;
        let of_boss = page(&desk.world, &desk.world.boss, from).await.expect("the page");
        assert_eq!(of_boss.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["Directory"]);
        let auditor = desk.world.actor("otto", &[Role::Auditor]).await;
        let whole = page(&desk.world, &auditor, from).await.expect("the page");
        assert_eq!(whole.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["Directory", "ERP"]);
        let vendor = accesses(&whole).into_iter().find(|access| access.name == "Supplier master").expect("of the other source");
        assert!(vendor.item.is_none() && vendor.history.is_some(), "nobody is asked about it");
        desk.open(&[directory, desk.erp]).await;
        let from = desk.world.item("p01", "wiki").await.id;
        let of_boss = page(&desk.world, &desk.world.boss, from).await.expect("the page");
        assert_eq!(of_boss.sources.len(), 2);
        assert!(accesses(&of_boss).into_iter().any(|access| access.name == "Supplier master" && access.item.is_some()));
    }
}

/// Rule 44: whoever is not shown a restricted person is shown no page about them.
#[tokio::test]
async fn rule_44_a_restricted_person_has_no_page_for_those_who_are_not_shown_them() {
    for world in overlapping(Showing::Shown).await {
        let item = world.item("p01", "wiki").await;
        let officer = world.actor("otto", &[Role::Compliance]).await;
        erase::restrict(&world.ctx, &officer, world.attempt(), item.holder.0).await.expect("restricted");
        assert!(page(&world, &world.boss, item.id).await.is_ok(), "who must judge the access must know whose it is");
        assert!(matches!(page(&world, &world.olga, item.id).await, Err(Error::NotFound)));
        let auditor = world.actor("otto", &[Role::Auditor]).await;
        assert!(page(&world, &auditor, item.id).await.is_ok());
        let shown = view::item(&world.ctx, &world.olga, item.id).await.expect("the item");
        assert_eq!(shown.of_person, None, "and no way to it");
    }
}
