//! Who has what, by which path, and what was seen of its use.

use crate::support::{NOW, Room, impatient};
use connect::{Reading, Sight, Source as _, WarningKind};
use domain::{AccountStatus, Grain, GrantPath, SourceKind};
use std::collections::{BTreeMap, BTreeSet};
use tenant::company;

/// The company's own words for each of ours: its person by `employeeId` is our account, its entitlement by name is ours.
struct Names {
    people: BTreeMap<String, String>,
    things: BTreeMap<String, String>,
}

fn names(room: &Room, reading: &Reading) -> Names {
    let people = room.company.people().iter().map(|person| (room.handle.user_id(&person.person_id), person.person_id.clone()));
    let by_name: BTreeMap<&str, &str> =
        reading.entitlements.iter().filter_map(|e| Some((e.name.as_deref()?, e.external_id.as_str()))).collect();
    let roles = [
        ("Cloud Console: Administrator", "Cloud Application Administrator"),
        ("Cloud Console: Emergency administrator", "Global Administrator"),
    ];
    let things = room.company.entitlements().iter().filter_map(|thing| {
        let name = roles.iter().find(|(ours, _)| *ours == thing.name).map_or(thing.name.as_str(), |(_, role)| *role);
        Some((thing.entitlement_id.clone(), (*by_name.get(name)?).to_owned()))
    });
    Names { people: people.collect(), things: things.collect() }
}

#[tokio::test]
async fn the_reading_tells_the_same_story_as_the_company() {
    let room = Room::open().await;
    assert_eq!(room.source.kind(), SourceKind::Entra);
    let reading = room.read().await;
    assert_eq!(reading.unread, []);
    let names = names(&room, &reading);
    // Everything that can be held is there, and so is everybody who holds it; machines are named by their object ids.
    assert_eq!(names.things.len(), room.company.entitlements().len());
    let held: BTreeSet<(&str, &str)> =
        reading.grants.iter().map(|grant| (grant.person_id.as_str(), grant.entitlement_id.as_str())).collect();
    let mut expected = BTreeSet::new();
    let by_person: BTreeMap<&str, &str> = names.people.iter().map(|(id, person)| (person.as_str(), id.as_str())).collect();
    for grant in room.company.grants().iter().filter(|grant| !grant.person_id.starts_with("svc-")) {
        expected.insert((by_person[grant.person_id.as_str()], names.things[&grant.entitlement_id].as_str()));
    }
    let missing: Vec<_> = expected.difference(&held).collect();
    assert!(missing.is_empty(), "{} missing, such as {:?}", missing.len(), missing.first());
    let people: BTreeSet<&str> = by_person.values().copied().collect();
    // Rule 35: what Graph says of the employment; v1.0 knows no working time.
    for person in room.company.people().iter().filter(|person| !person.employment_type.is_empty()) {
        let read = reading.person(by_person[person.person_id.as_str()]).unwrap();
        assert_eq!(read.employment.kind.as_ref(), Some(&person.employment_type), "{}", person.person_id);
        assert_eq!(read.employment.site.as_deref().unwrap_or_default(), person.site, "{}", person.person_id);
        assert_eq!(read.employment.working_time, None);
    }
    // What is held besides: the roles that let the demo's administrators steer reviews.
    let beyond: Vec<_> = held
        .difference(&expected)
        .filter(|(person, thing)| people.contains(person) && *thing != "role:45d8d3c5-c802-45c6-b32a-1d70b5e1e86e")
        .collect();
    assert!(beyond.is_empty(), "{} beyond, such as {:?}", beyond.len(), beyond.first());
    assert_eq!(room.handle.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn every_path_is_told_and_leads_by_ids() {
    let room = Room::open().await;
    let reading = room.read().await;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let known: BTreeSet<&str> = reading.entitlements.iter().map(|e| e.external_id.as_str()).collect();
    for grant in &reading.grants {
        let (kind, groups): (&str, Vec<&String>) = match &grant.path {
            GrantPath::Direct => ("direct", Vec::new()),
            GrantPath::Group(group) => ("group", vec![group]),
            GrantPath::Rule(group) => ("rule", vec![group]),
            GrantPath::Nested(way) => ("nested", way.iter().collect()),
            other => panic!("{other}"),
        };
        *kinds.entry(kind).or_default() += 1;
        // A path names groups by the entitlement that their membership is, and so by its name.
        assert!(groups.iter().all(|group| known.contains(group.as_str())), "{grant:?}");
    }
    assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), ["direct", "group", "nested", "rule"], "{kinds:?}");
    // An application's role that comes by a group, and a directory role.
    assert!(reading.grants.iter().any(|grant| grant.entitlement_id.starts_with("app:") && matches!(grant.path, GrantPath::Group(_))));
    assert!(reading.grants.iter().any(|grant| grant.entitlement_id.starts_with("role:") && grant.path == GrantPath::Direct));
    // Direct assignments of applications say since when.
    assert!(
        reading
            .grants
            .iter()
            .filter(|grant| grant.entitlement_id.starts_with("app:") && grant.path == GrantPath::Direct)
            .all(|grant| grant.granted_on.is_some())
    );
    assert!(reading.people.iter().any(|person| person.status == Some(AccountStatus::Service)));
    assert!(reading.people.iter().any(|person| person.manager_id.is_some()));
}

#[tokio::test]
async fn rule_26_usage_names_its_grain_and_the_window_that_was_seen() {
    let room = Room::open().await;
    let reading = room.read().await;
    let by_id: BTreeMap<String, &company::Person> =
        room.company.people().iter().map(|person| (room.handle.user_id(&person.person_id), person)).collect();
    let (mut grains, mut away): (BTreeMap<Grain, u64>, u64) = (BTreeMap::new(), 0);
    for usage in &reading.usage {
        *grains.entry(usage.usage.grain).or_default() += 1;
        match usage.usage.grain {
            Grain::Application => {
                assert_eq!(usage.usage.window_days, 30);
                assert!(usage.entitlement_id.starts_with("app:"));
                assert!(usage.usage.last_used.is_none_or(|last| NOW.days_since(last) <= 30));
                assert_eq!(usage.usage.last_used.is_none(), usage.usage.days_used == Some(0));
            }
            // Since 1 December 2023, when Graph began to keep the last sign-in that worked.
            Grain::Tenant => {
                assert_eq!(usage.usage.window_days, 1_086);
                // Who signed in nowhere used no application either, and that reaches further back than its log.
                if usage.entitlement_id.starts_with("app:") {
                    assert!(usage.usage.last_used.is_none_or(|last| NOW.days_since(last) > 30));
                    away += 1;
                }
            }
            // Rule 29: directory roles, by the audited actions that need them.
            Grain::Action => {
                assert_eq!(usage.usage.window_days, 30);
                assert!(usage.entitlement_id.starts_with("role:"));
            }
            Grain::Entitlement => panic!("Entra shows no use of single entitlements"),
        }
        // Machines are not in a log of interactive sign-ins: unknown, never unused.
        assert!(by_id.contains_key(&usage.person_id));
    }
    assert!(away > 5, "{away}");
    assert!(grains[&Grain::Application] > 100 && grains[&Grain::Tenant] > 20, "{grains:?}");
    // An attempt that failed is no use: it is counted, and left out.
    let failed: u64 = reading.pages.iter().filter_map(|page| page.dropped.get("sign_in_failed")).sum();
    assert!(failed > 0);
    let rows: u64 = reading.pages.iter().map(|page| page.rows).sum();
    let kept: u64 = reading.pages.iter().map(|page| page.kept).sum();
    let dropped: u64 = reading.pages.iter().flat_map(|page| page.dropped.values()).sum();
    assert_eq!(rows, kept + dropped);
}

/// Graph notes the last sign-in of an account later than the sign-in's own line.
#[tokio::test]
async fn a_sign_in_in_the_log_stands_where_the_account_shows_none_yet() {
    let room = Room::open().await;
    let mut pages = room.pages().await.unwrap();
    let used = |reading: &Reading| -> BTreeSet<_> {
        let seen = reading.usage.iter().filter(|usage| usage.usage.grain == Grain::Application && usage.usage.last_used.is_some());
        seen.map(|usage| (usage.person_id.clone(), usage.entitlement_id.clone(), usage.usage.last_used)).collect()
    };
    let before = used(&Reading::assemble(NOW, pages.clone(), 200).unwrap());
    for page in &mut pages {
        page.records.facts.uses.retain(|seen| seen.of != Sight::Tenant);
    }
    assert!(before.len() > 100, "{}", before.len());
    assert_eq!(used(&Reading::assemble(NOW, pages, 200).unwrap()), before);
}

#[tokio::test]
async fn any_page_can_be_read_again_by_another_process() {
    let room = Room::open().await;
    let pages = room.pages().await.unwrap();
    let reading = Reading::assemble(NOW, pages.clone(), 200).unwrap();
    // Another connector that knows nothing but the cursors.
    let mut again = Vec::new();
    let mut cursor = None;
    for page in &pages {
        let read = room.source.read_page(cursor.as_ref()).await.unwrap();
        assert_eq!((read.page.sha256, read.page.request.clone()), (page.page.sha256, page.page.request.clone()));
        cursor = page.next.clone();
        again.push(read);
    }
    assert_eq!(Reading::assemble(NOW, again, 200).unwrap().population_hash(), reading.population_hash());
    assert!(room.source.read_page(Some(&connect::Cursor("elsewhere".to_owned()))).await.is_err());
}

#[tokio::test]
async fn the_calls_are_the_fewest_possible() {
    let company = company::Config::new(7, NOW.micros()).people(2_000).applications(12);
    let room = Room::with(company, |config| config.contract = None, |_| {}).await;
    room.read().await;
    let sizes = room.handle.sizes();
    let pages = |rows: usize, most: usize| rows.div_ceil(most).max(1);
    // One list for each kind of thing at its largest page, one for each group's members and each application's holders.
    let fewest = pages(sizes.users, 500)
        + pages(sizes.applications.len(), 999)
        + sizes.applications.iter().map(|rows| pages(*rows, 999)).sum::<usize>()
        + pages(sizes.groups.len(), 999)
        + sizes.groups.iter().map(|rows| pages(*rows, 999)).sum::<usize>()
        + pages(sizes.role_definitions, 999)
        + pages(sizes.role_assignments, 100)
        + pages(sizes.sign_ins, 1_000)
        + pages(sizes.audits, 1_000);
    let made: u64 = room.handle.calls().values().sum();
    let fewest = u64::try_from(fewest).unwrap();
    assert!(made * 100 <= fewest * 105, "{made} calls where {fewest} would do");
    // Lists that are asked one by one share calls, twenty to each.
    let (graph, sign_in) = room.source.calls();
    assert_eq!(sign_in.total(), 1, "one token for the whole reading");
    assert!(graph.total() * 4 < made, "{} calls over the wire for {made}", graph.total());
}

#[tokio::test]
async fn an_empty_page_is_no_end() {
    let room = Room::open().await;
    let whole = room.read().await;
    let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
    let other = Room::with(
        company,
        |config| config.deviations = [tenant::entra::Deviation::EmptyPages, tenant::entra::Deviation::TextualExpiry].into(),
        |_| {},
    )
    .await;
    assert_eq!(other.read().await.population_hash(), whole.population_hash());
}

#[tokio::test]
async fn parts_can_be_left_out_on_purpose() {
    let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
    let room = Room::with(
        company,
        |_| {},
        |config| {
            impatient(config);
            config.directory_roles = false;
        },
    )
    .await;
    let reading = room.read().await;
    assert!(reading.entitlements.iter().all(|e| !e.external_id.starts_with("role:")));
    assert!(room.handle.calls().keys().all(|call| !call.contains("roleManagement")));
    assert_eq!(reading.warnings.count(WarningKind::PartUnread), 0);
}
