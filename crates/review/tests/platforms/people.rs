//! The page about a person on a platform where groups open applications.

use crate::world::{Differing, World, actor};
use domain::{GrantPath, IdentityId, ItemId, Role, Verdict};
use review::view::{
    self,
    types::{ListedVerdict, Way, WayWhy},
};
use std::collections::{BTreeMap, BTreeSet};
use store::testing;

/// What is recommended for the membership or the assignment itself.
fn itself(way: &Way) -> Option<Verdict> {
    let direct = way.accesses.iter().filter(|access| access.path == Some(GrantPath::Direct));
    direct.filter_map(|access| access.item.as_ref()).find_map(|item| match item.recommended {
        ListedVerdict::Shown { verdict, .. } => Some(verdict),
        _ => None,
    })
}

/// Groups that open the same application are compared, whatever follows from a membership stands with it, and none is given up
/// that is recommended to stay or may have been used lately.
#[tokio::test]
async fn groups_that_open_one_application_are_compared_with_care() {
    for fresh in testing::each().await.unwrap() {
        let world = World::new(fresh, Differing::default()).await;
        let auditor = actor(&world.ctx, "auditor", None, &[Role::Auditor]).await;
        for source in [world.in_okta, world.in_entra] {
            world.read(source).await;
            let campaign = world.open(source).await;
            let holders: BTreeMap<IdentityId, ItemId> =
                world.items(campaign).await.into_iter().map(|(.., item)| (item.holder, item.id)).collect();
            let (mut groups, mut kept, mut given_up) = (0, 0, 0);
            for item in holders.values() {
                let page = view::person(&world.ctx, &auditor, *item).await.unwrap();
                for set in &page.overlaps {
                    groups += i32::from(set.groups && !set.opens.is_empty());
                    let mut seen: BTreeSet<ItemId> = BTreeSet::new();
                    for way in &set.ways {
                        let advice = way.advice.as_ref().unwrap();
                        *(if advice.why.gives_up() { &mut given_up } else { &mut kept }) += 1;
                        for access in way.accesses.iter().filter_map(|access| access.item.as_ref()) {
                            assert!(seen.insert(access.id), "{} ends by one way only", access.access);
                        }
                        if advice.why == WayWhy::Spare {
                            assert!(!advice.served_by.is_empty() && advice.lost.is_empty(), "{way:?}");
                            if source == world.in_okta {
                                assert_ne!(itself(way), Some(Verdict::Approve), "{way:?}");
                                assert!(way.unused_days.is_none_or(|days| days >= 30), "{way:?}");
                            }
                        }
                        if advice.why == WayWhy::RevokeRecommended {
                            assert_eq!(advice.alone, [Verdict::Revoke]);
                        }
                    }
                }
            }
            assert!(source != world.in_okta || groups > 0 && kept > 0, "{groups} sets, {kept} kept, {given_up} given up");
        }
    }
}
