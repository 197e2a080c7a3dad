//! Candidate roles and grants out of place, found in a source by a job.

use crate::house::House;
use domain::{AccountId, Action, EntitlementId, Object, Role};
use review::{Error, jobs, patterns, sync, view};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_look_finds_roles_that_give_nobody_anything_new_and_says_what_is_beyond_them() {
    for fresh in store::testing::each().await.unwrap() {
        let house = House::new(fresh, 120, 21).await;
        let owner = house.owner().await;
        let unread = patterns::ask(&house.ctx, &owner, house.ctx.env.id(), house.source).await;
        assert!(matches!(&unread, Err(Error::Refused(why)) if why.contains("never been read")), "{unread:?}");
        sync::sync(&house.ctx, None, house.source).await.unwrap();
        let before = view::patterns(&house.ctx, &owner, house.source).await.unwrap();
        assert!(before.found.is_none() && !before.under_way && before.attempt.is_some());

        let attempt = house.ctx.env.id();
        patterns::ask(&house.ctx, &owner, attempt, house.source).await.unwrap();
        patterns::ask(&house.ctx, &owner, attempt, house.source).await.unwrap();
        assert!(view::patterns(&house.ctx, &owner, house.source).await.unwrap().under_way);
        let ran = jobs::run_one(&house.ctx, "w").await.unwrap();
        assert_eq!(ran, Some(jobs::Ran::Done(jobs::JobKind::FindPatterns(house.source))));
        assert_eq!(jobs::run_one(&house.ctx, "w").await.unwrap(), None, "one form, one look");

        let mut tx = house.ctx.store.read().await.unwrap();
        let kept = tx.patterns(house.source).await.unwrap().unwrap();
        let found: patterns::Found = serde_json::from_str(&kept.body).unwrap();
        let grants = tx.grants_at(house.source, kept.seq).await.unwrap();
        drop(tx);
        let held: BTreeSet<(AccountId, EntitlementId)> = grants.iter().map(|grant| (grant.account, grant.entitlement)).collect();
        let given: BTreeSet<(AccountId, EntitlementId)> =
            found.roles.iter().flat_map(|role| role.accounts.iter().flat_map(|a| role.entitlements.iter().map(|e| (*a, *e)))).collect();
        assert!(given.is_subset(&held) && !given.is_empty());
        assert_eq!(found.grants, held.len() as u64);
        assert_eq!(found.roles.iter().map(|role| role.adds).sum::<u64>(), given.len() as u64, "counted where it is first covered");
        assert_eq!(found.single, (held.len() - given.len()) as u64);
        let beyond: BTreeSet<_> = found.exceptions.iter().flat_map(|one| one.entitlements.iter().map(|e| (one.account, *e))).collect();
        assert!(beyond.is_disjoint(&given) && beyond.is_subset(&held));
        println!("{} of {} grants by {} roles", given.len(), held.len(), found.roles.len());

        let page = view::patterns(&house.ctx, &owner, house.source).await.unwrap().found.unwrap();
        assert!(!page.older && page.roles.iter().all(|role| role.members > 2));
        assert!(page.covered.is_sorted() && page.covered.last() <= Some(&page.grants));
        let ids: BTreeSet<_> = grants.iter().map(|grant| grant.id).collect();
        assert!(!page.outliers.is_empty() && page.outliers.iter().all(|one| ids.contains(&one.grant)));
        assert!(page.outliers.iter().all(|one| !one.history), "an owner does not read the history");
        let auditor = house.person("auditor", &[Role::Auditor]).await;
        let theirs = view::patterns(&house.ctx, &auditor, house.source).await.unwrap();
        assert!(theirs.attempt.is_none() && theirs.found.unwrap().outliers.iter().all(|one| one.history));
        assert!(!auditor.may(Action::Make, Object::Pattern, false));
        let refused = patterns::ask(&house.ctx, &auditor, house.ctx.env.id(), house.source).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");

        sync::sync(&house.ctx, None, house.source).await.unwrap();
        let mut tx = house.ctx.store.read().await.unwrap();
        let newest = tx.source(house.source).await.unwrap().unwrap().last_seq;
        drop(tx);
        let again = view::patterns(&house.ctx, &owner, house.source).await.unwrap().found.unwrap();
        assert_eq!(again.older, newest != Some(kept.seq), "a newer reading is told");
    }
}
