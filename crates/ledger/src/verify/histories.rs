//! The histories of items and orders, replayed by the domain's state machines.

use super::entries::{Known, Ledger};
use super::report::{Findings, Place};
use crate::kind::EventKind;
use crate::pack::ENTRIES;
use domain::{OrderEvent, OrderState, ReviewEvent, ReviewState};
use std::collections::{BTreeMap, BTreeSet};

/// Where an item or an order stands after its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End<S> {
    /// The state.
    pub state: S,
    /// The version that the last entry states.
    pub version: i64,
}

/// Where everything stands, by id.
#[derive(Debug, Default)]
pub struct Histories {
    /// Items.
    pub items: BTreeMap<String, End<ReviewState>>,
    /// Orders.
    pub orders: BTreeMap<String, End<OrderState>>,
}

/// Replays every history.
pub fn check(ledger: &Ledger, findings: &mut Findings) -> Histories {
    let mut items: BTreeMap<String, Vec<&Known>> = BTreeMap::new();
    let mut orders: BTreeMap<String, Vec<&Known>> = BTreeMap::new();
    let mut shown = BTreeSet::new();
    for known in ledger.iter() {
        let entry = &known.entry;
        if let (EventKind::ItemShown, Some(item), Some(digest)) = (entry.kind, entry.item, entry.data_code("digest")) {
            shown.insert((item, digest));
        }
        let is_step = entry.kind == EventKind::ItemCreated || (!entry.kind.item_steps().is_empty() && entry.data.contains_key("step"));
        if let (true, Some(item)) = (is_step, entry.item) {
            items.entry(item.to_string()).or_default().push(known);
        }
        if let (false, Some(order)) = (entry.kind.order_steps().is_empty(), entry.subjects.get("order")) {
            orders.entry(order.clone()).or_default().push(known);
        }
    }
    seen(ledger, &shown, findings);
    let histories = Histories {
        items: items.into_iter().filter_map(|(id, steps)| Some((id.clone(), item(&id, steps, findings)?))).collect(),
        orders: orders.into_iter().filter_map(|(id, steps)| Some((id.clone(), order(&id, steps, findings)?))).collect(),
    };
    if findings.clean("histories") {
        let (items, orders) = (histories.items.len(), histories.orders.len());
        findings.passed("histories", format!("the histories of {items} items and {orders} orders have every step, and each step exists"));
    }
    histories
}

/// Every decision that names what was shown names something that was shown.
fn seen(ledger: &Ledger, shown: &BTreeSet<(domain::ItemId, &str)>, findings: &mut Findings) {
    let mut count = 0;
    for known in ledger.iter().filter(|k| k.entry.kind == EventKind::DecisionMade) {
        let (Some(item), Some(digest)) = (known.entry.item, known.entry.data_code("shown")) else {
            continue;
        };
        count += 1;
        if !shown.contains(&(item, digest)) {
            let place = Place::member(ENTRIES).entry(known.index).id(item.to_string());
            findings.failed("seen", place, "the decision names a view of the item that no entry records as shown");
        }
    }
    if findings.clean("seen") {
        findings.passed("seen", format!("{count} decisions name a view of their item that was shown before"));
    }
}

struct Replay<'f> {
    what: &'static str,
    id: String,
    findings: &'f mut Findings,
}

impl Replay<'_> {
    fn fail(&mut self, at: &Known, sentence: String) {
        let place = Place::member(ENTRIES).entry(at.index).id(format!("{} {}", self.what, self.id));
        self.findings.failed("histories", place, sentence);
    }

    /// Compares the version that an entry states with the one that must follow.
    fn version(&mut self, at: &Known, before: i64, found: i64, may_skip_one: bool) {
        if found == before {
            self.fail(at, format!("two entries state version {found}"));
        } else if found != before + 1 && !(may_skip_one && found == before + 2) {
            self.fail(at, format!("the entries of versions {} to {} are missing", before + 1, found - 1));
        }
    }
}

fn item(id: &str, mut steps: Vec<&Known>, findings: &mut Findings) -> Option<End<ReviewState>> {
    let version = |k: &Known| k.entry.item_version.unwrap_or_default();
    steps.sort_by_key(|k| (version(k), k.index));
    let mut replay = Replay { what: "item", id: id.to_owned(), findings };
    let first = steps.first()?;
    if first.entry.kind != EventKind::ItemCreated {
        replay.fail(first, "the item's history does not begin with its creation".to_owned());
        return None;
    }
    let mut end = End { state: ReviewState::Undecided, version: version(first) };
    if first.entry.data_code("state") != Some(end.state.as_str()) {
        replay.fail(first, "an item is created undecided".to_owned());
    }
    for known in &steps[1..] {
        replay.version(known, end.version, version(known), false);
        end.version = version(known);
        let step = word::<ReviewEvent>(known, "step");
        let Some(step) = step.filter(|s| known.entry.kind.item_steps().contains(s)) else {
            replay.fail(known, format!("an entry of kind {} does not record the step that it states", known.entry.kind));
            continue;
        };
        let stated = word::<ReviewState>(known, "state");
        match end.state.after(step) {
            Err(error) => replay.fail(known, error.to_string()),
            Ok(after) if stated != Some(after) => {
                replay.fail(known, format!("after the step {step} the item is {after}, which is not what the entry states"));
            }
            Ok(_) => {}
        }
        end.state = stated.unwrap_or(end.state);
    }
    Some(end)
}

fn order(id: &str, mut steps: Vec<&Known>, findings: &mut Findings) -> Option<End<OrderState>> {
    let version = |k: &Known| k.entry.data_int("order_version").unwrap_or_default();
    steps.sort_by_key(|k| (version(k), k.index));
    let mut replay = Replay { what: "order", id: id.to_owned(), findings };
    let first = steps.first()?;
    let created = word::<OrderState>(first, "state").filter(|s| s.has_not_left());
    let (EventKind::OrderHeld, None, Some(state)) = (first.entry.kind, first.entry.data.get("step"), created) else {
        replay.fail(first, "the order's history does not begin with its creation".to_owned());
        return None;
    };
    let mut end = End { state, version: version(first) };
    for known in &steps[1..] {
        let Some(step) = word::<OrderEvent>(known, "step").filter(|s| known.entry.kind.order_steps().contains(s)) else {
            replay.fail(known, format!("an entry of kind {} does not record the step that it states", known.entry.kind));
            continue;
        };
        // That a worker took the order need not be recorded: what the worker did says so.
        let claims = end.state == OrderState::Ready
            && matches!(step, OrderEvent::Accept | OrderEvent::Ticket | OrderEvent::Refuse | OrderEvent::LoseAnswer);
        if claims {
            end.state = OrderState::Claimed;
        }
        replay.version(known, end.version, version(known), claims);
        end.version = version(known);
        let stated = word::<OrderState>(known, "state");
        match end.state.after(step) {
            Err(error) => replay.fail(known, error.to_string()),
            Ok(after) if stated != Some(after) => {
                replay.fail(known, format!("after the step {step} the order is {after}, which is not what the entry states"));
            }
            Ok(_) => {}
        }
        end.state = stated.unwrap_or(end.state);
    }
    Some(end)
}

fn word<T: std::str::FromStr>(known: &Known, field: &str) -> Option<T> {
    known.entry.data_code(field)?.parse().ok()
}
