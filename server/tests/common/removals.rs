//! What was taken away, by the journals of those who took it, against the orders of the database.

use domain::{GrantPath, OrderId, OrderState, SourceKind};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use store::{Store, orders::OrderLine};
use tenant::{desk, entra, okta};

/// How much was taken away where.
pub struct Removals {
    /// By the simulated platforms.
    pub at_platforms: usize,
    /// By the ticket desk.
    pub at_desk: usize,
}

/// Something that a platform's journal says was taken away: on which platform, from whom, and what, as it is read there.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Taken {
    kind: SourceKind,
    account: String,
    thing: String,
}

impl Taken {
    /// Whether this is what the order meant: the grant itself, or the group by which it is held. Okta's journal names no type
    /// of a role.
    fn is_meant_by(&self, kind: SourceKind, line: &OrderLine) -> bool {
        let named = match kind {
            SourceKind::Okta if self.thing.starts_with("role:") => line.entitlement_id.starts_with("role:"),
            SourceKind::Entra if !self.thing.contains(':') => line.entitlement_id.ends_with(self.thing.as_str()),
            _ => line.entitlement_id == self.thing || line.path == GrantPath::Group(self.thing.clone()),
        };
        self.kind == kind && line.person_id == self.account && named
    }
}

fn taken_by_platforms(data: &Path) -> Vec<Taken> {
    let mut found = Vec::new();
    for entry in okta::read_journal(&data.join("tenants/okta.jsonl")).unwrap() {
        let (account, thing) = match entry.change {
            okta::Change::MemberRemoved { group, user } => (user, group),
            okta::Change::AppUserRemoved { app, user } => (user, app),
            okta::Change::RoleRemoved { assignment, user } => (user, format!("role:{assignment}")),
            _ => continue,
        };
        found.push(Taken { kind: SourceKind::Okta, account, thing });
    }
    for entry in tenant::journal::read::<entra::Entry>(&data.join("tenants/entra.jsonl")).unwrap() {
        let (account, thing) = match entry.change {
            entra::Change::MemberRemoved { group, member } => (member, format!("group:{group}")),
            entra::Change::AssignmentRemoved { principal, role, .. } => (principal, role),
            entra::Change::RoleRemoved { principal, role, .. } => (principal, format!("role:{role}")),
            entra::Change::UserDeleted { user } => panic!("{user} was deleted"),
            _ => continue,
        };
        found.push(Taken { kind: SourceKind::Entra, account, thing });
    }
    found
}

/// No grant was taken away twice, and no ticket was followed twice. Returns the orders whose grant the desk took away.
fn taken_at_desk(data: &Path) -> BTreeSet<String> {
    let entries = desk::read_journal(&data.join("tenants/desk.jsonl")).unwrap();
    let (mut answered, mut grants, mut removed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for entry in entries.iter().filter(|entry| entry.event.answers_ticket()) {
        assert!(answered.insert(entry.order_id.clone()), "order {} was carried out twice", entry.order_id);
        if entry.event == desk::Event::Removed {
            assert!(grants.insert(entry.instance.clone()), "{:?} was removed twice", entry.instance);
            removed.insert(entry.order_id.clone());
        }
    }
    removed
}

/// What was taken away is what was ordered and proven, each once; and what is proven was taken away. Returns how much.
pub async fn removals_agree(data: &Path) -> Removals {
    let store = Store::open(&format!("sqlite:{}", data.join("countersign.db").display())).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let kinds: BTreeMap<_, _> = tx.sources().await.unwrap().into_iter().map(|source| (source.id, source.kind)).collect();
    let (mut at_platforms, mut at_desk): (Vec<(SourceKind, OrderId, OrderLine)>, BTreeSet<String>) = Default::default();
    let mut after = None;
    loop {
        let page = tx.orders_in_state(OrderState::Proven, after, 500).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for order in page {
            match kinds[&order.source] {
                SourceKind::Files => assert!(at_desk.insert(order.id.to_string())),
                kind => at_platforms.push((kind, order.id, tx.order_line(order.id).await.unwrap().unwrap())),
            }
        }
    }
    drop(tx);
    store.close().await;

    assert_eq!(taken_at_desk(data), at_desk, "what the desk took away, and what is proven there");
    let taken = taken_by_platforms(data);
    let mut once = BTreeSet::new();
    for one in &taken {
        assert!(once.insert(one), "{one:?} was taken away twice");
        let ordered = at_platforms.iter().any(|(kind, _, line)| one.is_meant_by(*kind, line));
        assert!(ordered, "{one:?} was taken away, and no proven order says so");
    }
    for (kind, order, line) in &at_platforms {
        let happened = taken.iter().any(|one| one.is_meant_by(*kind, line));
        assert!(happened, "order {order} is proven, and {kind:?} took away nothing that it means: {line:?}");
    }
    Removals { at_platforms: taken.len(), at_desk: at_desk.len() }
}
