//! Rule 19 as a property: whatever the limits are and in whatever order people answer, release and wait, nothing leaves beyond
//! a limit by itself, and nothing is held without one.

use crate::world::{WINDOW, World, cases, easy};
use domain::{
    HoldReason, OrderId, OrderState, Policy, Timestamp,
    policy::Brake,
    time::{HOUR, MINUTE},
};
use proptest::prelude::*;
use review::orders::{self, ReleaseForm};
use std::collections::BTreeSet;
use store::orders::Order;

/// What can leave: one way each, and no second person is needed for other reasons.
const REMOVABLE: [(&str, &str); 10] = [
    ("p01", "wiki"),
    ("p02", "wiki"),
    ("p03", "wiki"),
    ("p04", "wiki"),
    ("p05", "wiki"),
    ("p06", "wiki"),
    ("p01", "pay"),
    ("p02", "pay"),
    ("p03", "pay"),
    ("p06", "solo"),
];

/// All grants of the world; one source has them all, and people of one department.
const HELD: i64 = 20;

#[derive(Debug, Clone)]
enum Act {
    Revoke(usize),
    Release(usize),
    Time(i64),
    Run,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..REMOVABLE.len()).prop_map(Act::Revoke),
        2 => (0..REMOVABLE.len()).prop_map(Act::Release),
        // Up to an hour and a quarter, an hour itself among them.
        3 => (0..6_i64).prop_map(|quarters| Act::Time(quarters * 15 * MINUTE)),
        4 => Just(Act::Run),
    ]
}

prop_compose! {
    fn brake()(
        // Often none, so that shares are met; and shares that few removals meet exactly.
        hours in prop::array::uniform3(prop::sample::select(vec![0_u32, 1, 2, 3, 5, 1_000, 1_000, 1_000])),
        shares in prop::array::uniform4(prop::sample::select(vec![5_u32, 10, 16, 17, 20, 30, 33, 34, 50, 100, 100])),
        from in prop::array::uniform4(prop::sample::select(vec![1_u32, 3, 6, 10, 20, 21])),
    ) -> Brake {
        Brake {
            per_source_hour: hours[0],
            per_application_hour: hours[1],
            per_department_hour: hours[2],
            source_share_percent: shares[0],
            application_share_percent: shares[1],
            department_share_percent: shares[2],
            share_percent: shares[3],
            source_share_from: from[0],
            application_share_from: from[1],
            department_share_from: from[2],
            share_from: from[3],
        }
    }
}

/// An entitlement's application, with all grants of it.
fn application(entitlement: &str) -> (&'static str, i64) {
    if entitlement == "wiki" { ("Wiki", 10) } else { ("Payables", 6) }
}

/// How many hold an entitlement.
fn holders(entitlement: &str) -> i64 {
    REMOVABLE.iter().map(|(_, held)| i64::from(*held == entitlement)).sum()
}

/// How many left within an hour: of everything, of an application, of an entitlement.
struct Leaving {
    all: i64,
    application: i64,
    entitlement: i64,
}

impl Leaving {
    /// Whether so many are more than a limit allows.
    fn passes(&self, entitlement: &str, limits: &Brake) -> bool {
        let share = |leaving: i64, percent: u32, held: i64, from: u32| held >= i64::from(from) && leaving * 100 > i64::from(percent) * held;
        let of_application = application(entitlement).1;
        self.all > i64::from(limits.per_source_hour)
            || self.all > i64::from(limits.per_department_hour)
            || self.application > i64::from(limits.per_application_hour)
            || share(self.all, limits.source_share_percent, HELD, limits.source_share_from)
            || share(self.all, limits.department_share_percent, HELD, limits.department_share_from)
            || share(self.application, limits.application_share_percent, of_application, limits.application_share_from)
            || share(self.entitlement, limits.share_percent, holders(entitlement), limits.share_from)
    }
}

/// An order with the name of what it removes.
struct Named {
    entitlement: &'static str,
    order: Order,
}

async fn orders(world: &World) -> Vec<Named> {
    let items = world.items().await;
    let mut all = Vec::new();
    for (person, entitlement) in REMOVABLE {
        let item = &items[&(person.to_owned(), entitlement.to_owned())];
        all.extend(world.orders(item.id).await.into_iter().map(|order| Named { entitlement, order }));
    }
    all
}

/// How many of these orders left within the hour that ends at `now`, as a removal of `entitlement` would count them.
fn leaving<'o>(orders: impl IntoIterator<Item = &'o Named>, entitlement: &str, now: Timestamp) -> Leaving {
    let mut leaving = Leaving { all: 0, application: 0, entitlement: 0 };
    for one in orders.into_iter().filter(|one| one.order.left_at.is_some_and(|at| at <= now && now.0 - at.0 < HOUR)) {
        leaving.all += 1;
        leaving.application += i64::from(application(one.entitlement) == application(entitlement));
        leaving.entitlement += i64::from(one.entitlement == entitlement);
    }
    leaving
}

/// What left by itself stayed within every limit. Of those that left at one moment nobody knows the order, so that what a person
/// released then is taken to have left after the others.
fn nothing_left_beyond_a_limit(orders: &[Named], limits: &Brake) {
    for one in orders.iter().filter(|one| one.order.released_by.is_none()) {
        let Some(now) = one.order.left_at else { continue };
        let before = orders.iter().filter(|other| other.order.released_by.is_none() || other.order.left_at < Some(now));
        let leaving = leaving(before, one.entitlement, now);
        assert!(!leaving.passes(one.entitlement, limits), "{} left at {now:?} beyond a limit of {limits:?}", one.entitlement);
    }
    for entitlement in ["wiki", "pay", "solo"] {
        let gone = orders.iter().filter(|one| one.entitlement == entitlement && one.order.left_at.is_some());
        let (by_itself, released): (Vec<_>, Vec<_>) = gone.partition(|one| one.order.released_by.is_none());
        let all = i64::try_from(by_itself.len() + released.len()).expect("few");
        assert!(all < holders(entitlement) || !released.is_empty(), "the last of {entitlement} left without a second person");
    }
}

/// What is newly held would have passed a limit, or was the last one.
fn nothing_is_held_for_nothing(orders: &[Named], before: &BTreeSet<OrderId>, now: Timestamp, limits: &Brake) {
    for one in orders.iter().filter(|one| braked(&one.order) && !before.contains(&one.order.id)) {
        let mut with_it = leaving(orders, one.entitlement, now);
        with_it.all += 1;
        with_it.application += 1;
        with_it.entitlement += 1;
        let gone = orders.iter().filter(|other| other.entitlement == one.entitlement && other.order.left_at.is_some()).count();
        let last = i64::try_from(gone).expect("few") + 1 >= holders(one.entitlement);
        assert!(last || with_it.passes(one.entitlement, limits), "{} was held within all limits of {limits:?}", one.entitlement);
    }
}

fn braked(order: &Order) -> bool {
    order.state == OrderState::Held && order.hold_reason == Some(HoldReason::Brake)
}

async fn perform(world: &World, act: &Act, answered: &mut BTreeSet<usize>) {
    match act {
        Act::Revoke(n) => {
            if answered.insert(*n) {
                let (person, entitlement) = REMOVABLE[*n];
                world.revoke(&world.boss, person, entitlement).await;
            }
        }
        Act::Release(n) => {
            if answered.contains(n) {
                let (person, entitlement) = REMOVABLE[*n];
                let order = world.order(person, entitlement).await;
                if braked(&order) {
                    let form = ReleaseForm { attempt: world.attempt(), order: order.id, expected_version: order.version };
                    orders::release(&world.ctx, &world.otto, &form).await.expect("released");
                }
            }
        }
        Act::Time(micros) => world.clock.advance(*micros),
        Act::Run => {
            world.run().await;
        }
    }
}

fn walk(runtime: &tokio::runtime::Runtime, limits: &Brake, acts: &[Act], fresh: store::testing::Fresh) {
    runtime.block_on(async {
        let mut world = World::new(fresh).await;
        world.open(Policy { brake: limits.clone(), ..easy() }).await;
        let mut answered = BTreeSet::new();
        // At last, what still waits for its undo window is looked at.
        for act in acts.iter().chain([&Act::Time(WINDOW), &Act::Run]) {
            let before = orders(&world).await.iter().filter(|one| braked(&one.order)).map(|one| one.order.id).collect();
            perform(&world, act, &mut answered).await;
            let after = orders(&world).await;
            nothing_left_beyond_a_limit(&after, limits);
            nothing_is_held_for_nothing(&after, &before, world.ctx.env.now(), limits);
        }
        for one in orders(&world).await {
            assert!(one.order.left_at.is_some() || braked(&one.order), "{} neither left nor is held: {:?}", one.entitlement, one.order);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_19_nothing_leaves_beyond_a_limit_and_nothing_is_held_without_one(
        limits in brake(),
        acts in proptest::collection::vec(act(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let fresh = runtime.block_on(store::testing::sqlite()).expect("a database");
        walk(&runtime, &limits, &acts, fresh);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(3), max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_19_nothing_leaves_beyond_a_limit_and_nothing_is_held_without_one_on_postgresql(
        limits in brake(),
        acts in proptest::collection::vec(act(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let Some(fresh) = runtime.block_on(store::testing::postgres()).expect("a database") else { return Ok(()) };
        walk(&runtime, &limits, &acts, fresh);
    }
}
