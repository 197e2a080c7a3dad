//! Access, valid from one snapshot until another.

use crate::house::{self, SOURCE, T, account, digest, entitlement, grant, held, id, identity, person};
use domain::{AccountStatus, Answer, Employment, Grain, GrantPath, RequirementKind, SourceId, Timestamp, Usage, WorkingTime};
use store::{
    Tx,
    access::{Account, Entitlement, Grant, PastDecision, Requirement, UsageOf, search_key},
    sources::{Snapshot, Source},
    testing,
};

#[tokio::test]
async fn each_snapshot_shows_what_it_showed() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 3, 2).await;
        house::snapshot(tx, 2).await;
        // Person 2 is renamed, person 3 is gone, access 1 changes, one grant ends and one begins.
        tx.end_account_versions(2, &[account(2), account(3)]).await.unwrap();
        let employment =
            Employment { kind: Some("Contractor".into()), site: Some("Graz".into()), working_time: Some(WorkingTime::PartTime) };
        let renamed = Account { name: None, email: None, end: Some(T(50)), employment, ..person(2) };
        tx.insert_account_versions(2, &[(renamed.clone(), digest(7))]).await.unwrap();
        tx.end_entitlement_versions(2, &[entitlement(1)]).await.unwrap();
        let changed = Entitlement { description: Some("More".into()), sensitivity: None, ..house::access(1) };
        tx.insert_entitlement_versions(2, &[(changed.clone(), digest(8))]).await.unwrap();
        tx.end_grants(2, &[grant(6)]).await.unwrap();
        let anew = Grant { valid_from: 2, path: GrantPath::Nested(vec!["inner".into(), "outer".into()]), ..held(7, 1, 1) };
        house::add_grants(tx, std::slice::from_ref(&anew)).await;

        assert_eq!(tx.accounts_at(SOURCE, 1).await.unwrap(), [person(1), person(2), person(3)]);
        assert_eq!(tx.accounts_at(SOURCE, 2).await.unwrap(), [person(1), renamed.clone()]);
        assert_eq!(tx.account_at(account(2), 1).await.unwrap(), Some(person(2)));
        assert_eq!(tx.account_at(account(2), 2).await.unwrap(), Some(renamed.clone()));
        assert_eq!(tx.account_at(account(3), 2).await.unwrap(), None);
        assert_eq!(renamed.display_name(), "p2", "without a name, the source's id");
        assert_eq!(tx.entitlements_at(SOURCE, 1).await.unwrap(), [house::access(1), house::access(2)]);
        assert_eq!(tx.entitlements_at(SOURCE, 2).await.unwrap(), [changed.clone(), house::access(2)]);
        assert_eq!(tx.entitlement_at(entitlement(1), 2).await.unwrap(), Some(changed));
        assert_eq!(tx.entitlement_at(entitlement(9), 2).await.unwrap(), None);

        let ended = |g: &Grant| if g.id == grant(6) { Grant { valid_until: Some(2), ..g.clone() } } else { g.clone() };
        let all: Vec<Grant> = grants.iter().map(ended).collect();
        assert_eq!(tx.grants_at(SOURCE, 1).await.unwrap(), all);
        let now: Vec<Grant> = all.iter().filter(|g| g.valid_until.is_none()).cloned().chain([anew.clone()]).collect();
        assert_eq!(tx.grants_at(SOURCE, 2).await.unwrap(), now);
        assert_eq!(tx.grants_of(account(3), 1).await.unwrap().len(), 2);
        assert_eq!(tx.grants_of(account(3), 2).await.unwrap().len(), 1);
        assert_eq!(tx.grant(grant(7)).await.unwrap(), Some((SOURCE, anew)));
        assert_eq!(tx.grant(grant(99)).await.unwrap(), None);
        tx.correct_granted_by(grant(7), Some("ada"), digest(70)).await.unwrap();
        let (_, corrected) = tx.grant(grant(7)).await.unwrap().unwrap();
        assert_eq!((corrected.granted_by.as_deref(), corrected.digest), (Some("ada"), digest(70)));

        let known: Vec<_> = tx.known_accounts(SOURCE).await.unwrap().into_iter().map(|k| (k.external_id, k.identity, k.digest)).collect();
        assert_eq!(known.len(), 3, "who is gone is still known");
        assert!(
            known.contains(&("p2".into(), identity(2), Some(digest(7)))) && known.contains(&("p3".into(), identity(3), None)),
            "{known:?}"
        );
        let known: Vec<_> = tx.known_entitlements(SOURCE).await.unwrap().into_iter().map(|k| (k.id, k.digest)).collect();
        assert!(known.contains(&(entitlement(1), Some(digest(8)))) && known.contains(&(entitlement(2), Some(digest(2)))), "{known:?}");
        assert_eq!(tx.accounts_of_person(identity(2)).await.unwrap(), [(account(2), SOURCE)]);
        let called = ["Person 2", "Person.2@Example.com", "n2", "p2"].map(str::to_owned);
        assert_eq!(tx.callings_of_person(identity(2)).await.unwrap(), called.into(), "the name of before too");
        assert!(tx.callings_of_person(identity(99)).await.unwrap().is_empty());

        let seen = tx.last_seen(account(3), entitlement(1)).await.unwrap().unwrap();
        assert_eq!((seen.account_seq, seen.entitlement_seq), (1, 2), "what is gone is found as it was last");
        assert!(tx.last_seen(account(99), entitlement(1)).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn requirements_are_valid_as_access_is() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 2, 1).await;
        let required = |number: u32, kind: RequirementKind| Requirement {
            id: id(31, number),
            account: account(1),
            entitlement: entitlement(1),
            kind,
            expires: T(7),
            digest: digest(number),
        };
        let (training, licence) = (required(1, RequirementKind::Training), required(2, RequirementKind::Licence));
        tx.insert_requirements(SOURCE, 1, &[training.clone(), licence.clone()]).await.unwrap();
        house::snapshot(tx, 2).await;
        tx.end_requirements(2, &[licence.id]).await.unwrap();
        assert_eq!(tx.requirements_at(SOURCE, 1).await.unwrap(), [training.clone(), licence]);
        assert_eq!(tx.requirements_at(SOURCE, 2).await.unwrap(), [training]);
    }
}

#[tokio::test]
async fn usage_and_past_decisions_are_valid_as_access_is() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 2, 1).await;
        let of = |number: u32, last_used: Option<Timestamp>, days_used: Option<u32>| UsageOf {
            account: account(number),
            entitlement: entitlement(1),
            usage: Usage { last_used, days_used, window_days: 90, grain: Grain::Application },
            digest: digest(number),
        };
        let (used, unknown) = (of(1, Some(T(40)), Some(3)), of(2, None, None));
        tx.insert_usages(SOURCE, 1, &[used.clone(), unknown.clone()]).await.unwrap();
        let past = |number: u32| PastDecision {
            id: id(30, number),
            account: account(1),
            entitlement: entitlement(1),
            answer: Answer::Approve,
            decided_on: (number == 1).then_some(T(3)),
            reviewer_external: (number == 1).then(|| "boss".to_owned()),
            how: String::new(),
            digest: digest(number),
        };
        tx.insert_past_decisions(SOURCE, 1, &[past(1), past(2)]).await.unwrap();
        house::snapshot(tx, 2).await;
        tx.end_usages(2, &[(account(1), entitlement(1))]).await.unwrap();
        let later = of(1, Some(T(140)), Some(4));
        tx.insert_usages(SOURCE, 2, std::slice::from_ref(&later)).await.unwrap();
        tx.end_past_decisions(2, &[id(30, 2)]).await.unwrap();

        assert_eq!(tx.usages_at(SOURCE, 1).await.unwrap(), [used.clone(), unknown.clone()]);
        assert_eq!(tx.usages_at(SOURCE, 2).await.unwrap(), [later.clone(), unknown]);
        assert_eq!(tx.usage_at(account(1), entitlement(1), 1).await.unwrap(), Some(used));
        assert_eq!(tx.usage_at(account(1), entitlement(1), 2).await.unwrap(), Some(later));
        assert_eq!(tx.past_decisions_at(SOURCE, 1).await.unwrap(), [past(1), past(2)]);
        assert_eq!(tx.past_decisions_at(SOURCE, 2).await.unwrap(), [past(1)]);
        // A use is new where it is later than every one before; unknown use is none.
        let shown_first = tx.new_uses(SOURCE, 2).await.unwrap();
        assert_eq!(shown_first, [(account(1), "p1".to_owned(), entitlement(1), "e1".to_owned())]);
        assert_eq!(tx.new_uses(SOURCE, 1).await.unwrap().len(), 1);
        house::snapshot(tx, 3).await;
        tx.end_usages(3, &[(account(1), entitlement(1))]).await.unwrap();
        tx.insert_usages(SOURCE, 3, &[of(1, Some(T(140)), Some(5))]).await.unwrap();
        assert_eq!(tx.new_uses(SOURCE, 3).await.unwrap(), [], "the same use, counted anew");
    }
}

#[tokio::test]
async fn what_other_sources_say_of_a_person_comes_with_their_latest_use_there() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 4, 1).await;
        // The second source has accounts of the same people, read once.
        let badges: SourceId = id(31, 1);
        let source = Source { id: badges, name: "Badges".into(), ..house::source() };
        tx.insert_source(&source, T(0)).await.unwrap();
        let there = |number: u32| Account {
            id: id(32, number),
            external_id: format!("b{number}"),
            start: None,
            status: Some(if number == 4 { AccountStatus::Service } else { AccountStatus::Active }),
            // What has no employee number is not known to be the same person.
            employee_id: (number != 3).then(|| format!("n{number}")),
            ..house::person(number)
        };
        let ids: Vec<_> = (1..=4).map(there).map(|of| (of.id, of.identity, of.external_id)).collect();
        tx.insert_accounts(badges, &ids, T(0)).await.unwrap();
        let versions: Vec<_> = (1..=4).map(|number| (there(number), digest(1))).collect();
        tx.insert_account_versions(1, &versions).await.unwrap();
        let of = |number: u32, last_used: i64| UsageOf {
            account: id(32, number),
            entitlement: entitlement(1),
            usage: Usage { last_used: Some(T(last_used)), days_used: None, window_days: 90, grain: Grain::Application },
            digest: digest(number),
        };
        tx.insert_usages(badges, 1, &[of(1, 40), of(3, 50), of(4, 60)]).await.unwrap();
        assert_eq!(tx.told_elsewhere(SOURCE, T(1_000)).await.unwrap(), [], "nothing counts before the source was read whole");
        let sealed = async |tx: &mut Tx, seq: i64, taken: i64, at: i64| {
            let snapshot = Snapshot {
                id: id(33, u32::try_from(seq).unwrap()),
                source_id: badges.0,
                seq,
                taken_at: T(taken).0,
                sealed_at: T(at).0,
                ..house::sealed()
            };
            tx.insert_snapshot(&snapshot).await.unwrap();
        };
        sealed(tx, 1, 100, 110).await;
        assert_eq!(tx.told_elsewhere(SOURCE, T(109)).await.unwrap(), [], "what is not sealed yet is not known");
        let told = tx.told_elsewhere(SOURCE, T(110)).await.unwrap();
        assert_eq!(tx.told_elsewhere_of(SOURCE, house::identity(1), T(110)).await.unwrap(), told, "one person's part of it");
        for (number, at) in [(1, 109), (2, 110), (3, 110), (4, 110), (9, 110)] {
            assert_eq!(tx.told_elsewhere_of(SOURCE, house::identity(number), T(at)).await.unwrap(), [], "{number} at {at}");
        }
        let told: Vec<_> = told.iter().map(|of| (of.identity, of.source, of.read_at, of.last_used)).collect();
        assert_eq!(told, [(house::identity(1), badges, T(100), Some(T(40)))], "nothing is said of who was not seen, nor of machines");
        // What was seen later takes the place of what was seen before, and only from then on.
        tx.end_usages(2, &[(id(32, 1), entitlement(1))]).await.unwrap();
        tx.insert_usages(badges, 2, &[of(1, 90)]).await.unwrap();
        tx.end_account_versions(2, &[id(32, 2)]).await.unwrap();
        let later = Account { end: Some(T(400)), ..there(2) };
        tx.insert_account_versions(2, &[(later, digest(2))]).await.unwrap();
        sealed(tx, 2, 200, 210).await;
        let at = async |tx: &mut Tx, at: i64| {
            let told = tx.told_elsewhere(SOURCE, T(at)).await.unwrap();
            told.iter().map(|of| (of.identity, of.read_at, of.end, of.last_used)).collect::<Vec<_>>()
        };
        assert_eq!(at(tx, 209).await, [(house::identity(1), T(100), None, Some(T(40)))]);
        let newest = [(house::identity(1), T(200), None, Some(T(90))), (house::identity(2), T(200), Some(T(400)), None)];
        assert_eq!(at(tx, 210).await, newest);
        let whole = tx.told_elsewhere(SOURCE, T(210)).await.unwrap();
        let mut parts = tx.told_elsewhere_of(SOURCE, house::identity(1), T(210)).await.unwrap();
        parts.extend(tx.told_elsewhere_of(SOURCE, house::identity(2), T(210)).await.unwrap());
        assert_eq!(parts, whole);
        // The other way round the first source says when its people began, and was not seen to be used.
        let back = tx.told_elsewhere(badges, T(1_000)).await.unwrap();
        assert_eq!(back.iter().map(|of| (of.source, of.start, of.last_used)).collect::<Vec<_>>(), [(SOURCE, Some(T(1)), None); 4]);
    }
}

#[tokio::test]
async fn more_rows_than_one_statement_takes() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::begin(tx).await;
        house::add_people(tx, 1..=1_203).await;
        house::add_entitlements(tx, 1..=1).await;
        let grants: Vec<Grant> = (1..=1_203).map(|n| held(n, n, 1)).collect();
        house::add_grants(tx, &grants).await;
        assert_eq!(tx.grants_at(SOURCE, 1).await.unwrap(), grants);
        let ids: Vec<_> = grants.iter().map(|g| g.id).collect();
        tx.end_grants(2, &ids[..1_202]).await.unwrap();
        assert_eq!(tx.grants_at(SOURCE, 2).await.unwrap().len(), 1);
        let accounts: Vec<_> = (1..=1_203).map(account).collect();
        tx.end_account_versions(2, &accounts).await.unwrap();
        assert!(tx.accounts_at(SOURCE, 2).await.unwrap().is_empty());
    }
}

#[test]
fn search_keys_are_alike_for_what_people_type_alike() {
    assert_eq!(search_key("  \u{c9}COLE   Sup\u{e9}rieure "), "\u{e9}cole sup\u{e9}rieure");
}

#[tokio::test]
async fn people_are_found_by_what_a_form_names() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 3, 1).await;
        let found = tx.candidates_by_email(" person.2@EXAMPLE.com ").await.unwrap();
        assert_eq!(found.iter().map(|c| (c.identity, c.name.as_str())).collect::<Vec<_>>(), [(identity(2), "Person 2")]);
        assert_eq!(tx.candidates_by_external_id(SOURCE, "p3").await.unwrap()[0].identity, identity(3));
        assert_eq!(tx.candidates_by_identity(identity(1)).await.unwrap().len(), 1);
        house::snapshot(tx, 2).await;
        tx.end_account_versions(2, &[account(2)]).await.unwrap();
        assert_eq!(tx.candidates_by_email("person.2@example.com").await.unwrap(), [], "who is gone cannot be asked");
        assert_eq!(tx.identity_of_external_id(SOURCE, "p2").await.unwrap(), Some(identity(2)), "and is still known");
        assert_eq!(tx.identity_of_external_id(SOURCE, "P2").await.unwrap(), None, "ids are compared as they are");
        assert_eq!(tx.roles_of_identity(identity(1)).await.unwrap(), None);
        house::user(tx, id(7, 1), "ada", Some(identity(1))).await;
        assert_eq!(tx.roles_of_identity(identity(1)).await.unwrap(), Some([domain::Role::Owner].into()));
        let line = tx.person_line(identity(2)).await.unwrap().unwrap();
        assert_eq!((line.name.as_str(), line.listed, line.line().as_deref()), ("Person 2", false, Some("Clerk, Sales")));
        assert_eq!(tx.person_line(identity(99)).await.unwrap(), None);
        assert_eq!(tx.identity_name(identity(2)).await.unwrap().as_deref(), Some("Person 2"));
        assert_eq!(tx.external_name(SOURCE, "p1").await.unwrap(), Some((identity(1), "Person 1".to_owned())));
        assert_eq!(tx.external_name(SOURCE, "nobody").await.unwrap(), None);
        assert_eq!(tx.account_of_identity(SOURCE, identity(1), 1).await.unwrap(), Some(person(1)));
        assert_eq!(tx.account_of_identity(SOURCE, identity(2), 2).await.unwrap(), None);
        assert_eq!(tx.entitlement_name(entitlement(1)).await.unwrap().as_deref(), Some("Access 1"));
        assert_eq!(tx.entitlement_name(entitlement(9)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_is_said_of_employment_can_be_forgotten_and_the_digest_stays() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 3, 1).await;
        let stated = |number| Account { employment: Employment { site: Some("Graz".into()), ..Employment::default() }, ..person(number) };
        house::snapshot(tx, 2).await;
        tx.end_account_versions(2, &[account(1), account(2)]).await.unwrap();
        tx.insert_account_versions(2, &[(stated(1), digest(7)), (stated(2), digest(8))]).await.unwrap();
        assert_eq!(tx.count_employment(&[account(1), account(3)]).await.unwrap(), 1);
        assert_eq!(tx.forget_employment(&[account(1), account(3)]).await.unwrap(), 1);
        assert_eq!(tx.forget_employment(&[account(1), account(3)]).await.unwrap(), 0);
        assert_eq!(tx.accounts_at(SOURCE, 2).await.unwrap(), [person(1), stated(2), person(3)]);
        let known = tx.known_accounts(SOURCE).await.unwrap();
        assert_eq!(known.iter().find(|of| of.id == account(1)).unwrap().digest, Some(digest(7)));
    }
}
