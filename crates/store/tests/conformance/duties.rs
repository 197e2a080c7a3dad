//! Rules of duties, what entitlements give, conflicts and controls.

use crate::house::{self, OWNER, SOURCE, T};
use domain::{ConflictId, MitigationId};
use store::{
    duties::{Conflict, ConflictGrant, Coverage, Mitigation, StoredRules},
    testing,
};

fn conflict(number: u32, grant_holder: u32) -> Conflict {
    Conflict {
        id: ConflictId(house::grant(9_000 + number).0),
        campaign: house::campaign(1),
        identity: house::identity(grant_holder),
        rule: format!("rule-{number}"),
        number: 1_000 + i64::from(number),
        severity: "high".to_owned(),
        body: "name = \"x\"".to_owned(),
        cheaper: Some("left".to_owned()),
        ways: "{}".to_owned(),
        found_at: T(200),
    }
}

#[tokio::test]
async fn the_greatest_version_of_the_rules_counts_and_none_stands_twice() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        assert_eq!(tx.duty_rules().await.unwrap(), None);
        let rules = |version| StoredRules { version, body: format!("v{version}"), sha256: [7; 32], at: T(version), by: None };
        tx.insert_duty_rules(&rules(1)).await.unwrap();
        tx.insert_duty_rules(&rules(2)).await.unwrap();
        assert_eq!(tx.duty_rules().await.unwrap(), Some(rules(2)));
        assert!(matches!(tx.insert_duty_rules(&rules(2)).await, Err(store::Error::Duplicate { .. })));
    }
}

#[tokio::test]
async fn what_entitlements_give_is_said_changed_counted_and_taken_back() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 2).await;
        let (first, second) = (grants[0].entitlement, house::entitlement(2));
        let before = tx.duty_coverage().await.unwrap();
        assert_eq!((before.entitlements, before.grants), (0, 0));
        tx.set_duties(&[(first, "a b".to_owned()), (second, String::new())], T(5), None).await.unwrap();
        tx.set_duties(&[(first, "a".to_owned())], T(6), None).await.unwrap();
        let rows = tx.duty_map().await.unwrap();
        assert_eq!(rows.iter().map(|row| (row.external_id.as_str(), row.duties.as_str())).collect::<Vec<_>>(), [("e1", "a"), ("e2", "")]);
        assert_eq!(tx.entitlement_of_external_id(SOURCE, "e2").await.unwrap(), Some(second));
        assert_eq!(tx.entitlement_of_external_id(SOURCE, "e99").await.unwrap(), None);
        let covered = tx.duty_coverage().await.unwrap();
        assert_eq!(Coverage { entitlements: before.entitlements_held, grants: before.grants_held, ..before }, covered);
        let page = tx.entitlements_to_map(Some("ACCESS 1"), false, None, 10).await.unwrap();
        assert_eq!(page.iter().map(|row| row.duties.clone()).collect::<Vec<_>>(), [Some("a".to_owned())]);
        assert!(tx.entitlements_to_map(Some("100%"), false, None, 10).await.unwrap().is_empty(), "signs of the search are no signs here");
        assert!(tx.unset_duties(first).await.unwrap() && !tx.unset_duties(first).await.unwrap());
        let unmapped = tx.entitlements_to_map(None, true, None, 10).await.unwrap();
        assert_eq!(unmapped.iter().map(|row| row.entitlement_id).collect::<Vec<_>>(), [first.0]);
        assert!(tx.entitlements_to_map(None, true, Some(first), 10).await.unwrap().is_empty());
        assert_eq!(tx.clear_duty_map().await.unwrap(), 1);
        assert_eq!(
            tx.entitlement_label(first).await.unwrap().map(|(name, application, _)| (name, application)),
            Some(("Access 1".to_owned(), None))
        );
        let held = tx.holdings_at(SOURCE, 1).await.unwrap();
        assert_eq!(held.len(), grants.len());
        let mine = held.iter().filter(|(who, ..)| *who == held[0].0).count();
        assert_eq!(tx.holdings_of(held[0].0).await.unwrap().len(), mine);
    }
}

#[tokio::test]
async fn a_conflict_is_kept_once_with_its_grants_and_how_they_stand() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 2).await;
        house::add_campaign(tx, 1, OWNER).await;
        let item = house::asked(1, &grants[0], 1);
        house::add_items(tx, 1, std::slice::from_ref(&item)).await;
        tx.insert_duty_rules(&StoredRules { version: 1, body: String::new(), sha256: [7; 32], at: T(1), by: None }).await.unwrap();
        tx.insert_campaign_duties(house::campaign(1), 1, 10, 4).await.unwrap();
        assert_eq!(tx.campaign_duties(house::campaign(1)).await.unwrap(), Some((1, 10, 4)));
        assert_eq!(tx.campaign_duties(house::campaign(2)).await.unwrap(), None);
        let side = |side: &str, at: usize| ConflictGrant {
            side: side.to_owned(),
            grant: grants[at].id,
            entitlement: grants[at].entitlement,
            duties: "a".to_owned(),
        };
        let one = conflict(1, 1);
        tx.insert_conflict(&one, &[side("left", 0)]).await.unwrap();
        let again = Conflict { id: ConflictId(house::grant(9_900).0), ..one.clone() };
        tx.insert_conflict(&again, &[side("left", 0), side("right", 1)]).await.unwrap();
        assert_eq!(tx.count_conflicts(house::campaign(1)).await.unwrap(), 1);
        assert_eq!(tx.conflict(one.id).await.unwrap(), Some(one.clone()));
        assert_eq!(tx.conflict_grants(one.id).await.unwrap(), [side("left", 0), side("right", 1)]);
        tx.hold_conflicts(house::campaign(1), grants[1].id).await.unwrap();
        assert_eq!(tx.conflicts_of_grant(house::campaign(1), grants[1].id).await.unwrap(), std::slice::from_ref(&one));
        assert!(tx.conflicts_of_grant(house::campaign(1), house::grant(999)).await.unwrap().is_empty());
        let standings = tx.standings(one.id).await.unwrap();
        assert_eq!(standings[&grants[0].id].item, Some(item.id));
        assert_eq!((standings[&grants[1].id].item, standings[&grants[1].id].gone), (None, false));

        let control = Mitigation {
            id: MitigationId(house::grant(9_950).0),
            identity: one.identity,
            rule: one.rule.clone(),
            control: "weekly".to_owned(),
            conflict: one.id,
            item: item.id,
            owner: house::identity(2),
            until: T(900),
            proposed_by: OWNER,
            proposed_at: T(300),
            state: "proposed".to_owned(),
            settled_by: None,
            settled_at: None,
        };
        tx.insert_mitigation(&control).await.unwrap();
        assert_eq!(tx.mitigation(control.id).await.unwrap(), Some(control.clone()));
        assert_eq!(tx.mitigations_of(one.identity, &one.rule).await.unwrap(), std::slice::from_ref(&control));
        assert_eq!(tx.mitigations(Some(control.owner), None, 10).await.unwrap(), std::slice::from_ref(&control));
        assert!(tx.mitigations(Some(house::identity(1)), None, 10).await.unwrap().is_empty());
        assert!(tx.mitigations(None, Some(control.id), 10).await.unwrap().is_empty());
        assert_eq!(tx.count_mitigations_waiting(control.owner).await.unwrap(), 1);
        assert!(tx.settle_mitigation(control.id, "accepted", OWNER, T(400)).await.unwrap());
        assert!(!tx.settle_mitigation(control.id, "refused", OWNER, T(401)).await.unwrap(), "once");
        let settled = tx.mitigation(control.id).await.unwrap().unwrap();
        assert_eq!((settled.state.as_str(), settled.settled_at), ("accepted", Some(T(400))));
        assert_eq!(tx.count_mitigations_waiting(control.owner).await.unwrap(), 0);
    }
}
