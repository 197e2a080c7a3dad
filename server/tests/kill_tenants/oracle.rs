//! What must be true in the end, whatever happened in between.
//!
//! - **No decision lost.** Each answer that was acknowledged stands in the database under its attempt and in the ledger. The
//!   last one that was acknowledged counts, unless a later one was given. The answer that counts is in its platform's journal,
//!   or a removal that goes with it waits for a second person.
//! - **None made twice.** A decision's own id, which its note at the platform carries, stands in the journals once; what is
//!   held is taken away once.
//! - **None that nobody made.** Each decision in the journals is one that a person gave here, final, with that answer, to that
//!   item, in that person's name at the platform; each removal is one that a final Revoke of our own campaign asks for.
//! - **Links live on**, no job was given up, and every entry of the ledger has its place.

use crate::{
    handovers,
    house::{self, House},
    people::{Told, Try},
};
use domain::{
    AccountId, Answer, DecisionId, DecisionOrigin, GrantPath, HoldReason, ItemId, OrderState, ReviewState, SendingState, SourceId,
};
use ledger::Entry;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use store::{
    Tx,
    decisions::{Decision, ReviewItem},
    orders::Order,
};
use tenant::{entra, okta};

/// Where a removal may stay for good, beside those that wait for a person.
pub const AT_REST: [OrderState; 5] =
    [OrderState::Sent, OrderState::Proven, OrderState::Refused, OrderState::CannotBeRemovedHere, OrderState::Withdrawn];

/// Whether a second person has to look at a removal before it can leave (rules 17 and 19).
pub fn waits_for_a_person(order: &Order) -> bool {
    order.state == OrderState::Conflict || (order.state == OrderState::Held && order.hold_reason == Some(HoldReason::Brake))
}

/// How much of everything there was.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sums {
    /// Answers that were acknowledged.
    pub acknowledged: usize,
    /// Answers that nobody saw acknowledged.
    pub unseen: usize,
    /// Answers to which the program said that the access is gone already.
    pub gone: usize,
    /// Decisions that Okta and Entra accepted.
    pub okta: usize,
    pub entra: usize,
    /// Removals that the platforms accepted from us, and orders that are proven.
    pub removed: usize,
    pub proven: usize,
    /// Removals that wait for a second person, that a platform refused, or has no way for.
    pub waiting: usize,
    pub refused: usize,
    /// Questions that were escalated, and handed over; how often Okta gave an item to somebody else; and how many of them the
    /// other person answered.
    pub escalated: usize,
    pub handed_over: usize,
    pub given_in_okta: usize,
    pub answered_after: usize,
    /// Accounts that were linked.
    pub links: usize,
}

impl Sums {
    pub const fn add(&mut self, more: &Self) {
        self.acknowledged += more.acknowledged;
        self.unseen += more.unseen;
        self.gone += more.gone;
        self.okta += more.okta;
        self.entra += more.entra;
        self.removed += more.removed;
        self.proven += more.proven;
        self.waiting += more.waiting;
        self.refused += more.refused;
        self.escalated += more.escalated;
        self.handed_over += more.handed_over;
        self.given_in_okta += more.given_in_okta;
        self.answered_after += more.answered_after;
        self.links += more.links;
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} answers acknowledged ({} as too late) and {} not seen to be, {} accepted by Okta and {} by Entra, {} removals accepted and {} proven ({} wait for a person, {} refused), {} escalated and {} handed over ({} in Okta too, {} answered by the other person), {} links",
            self.acknowledged,
            self.gone,
            self.unseen,
            self.okta,
            self.entra,
            self.removed,
            self.proven,
            self.waiting,
            self.refused,
            self.escalated,
            self.handed_over,
            self.given_in_okta,
            self.answered_after,
            self.links
        )
    }
}

/// Looks at everything; fails where something is not as it must be.
pub async fn judge(house: &House, told: &Told) -> Sums {
    let installation = house::open(&house.config).await;
    let mut tx = installation.ctx.store.read().await.unwrap();
    let opened: BTreeSet<_> = tx.campaigns(None, 100).await.unwrap().into_iter().map(|campaign| campaign.id).collect();
    assert_eq!(opened, told.campaigns.iter().copied().collect(), "each campaign was opened once");
    let mut sums = Sums { links: told.links.len(), ..Sums::default() };
    for (user, source) in &told.links {
        assert!(tx.reviewer_link(*user, *source).await.unwrap().is_some(), "the link of {user} to {source} is gone");
    }
    let dead: Vec<_> = tx.count_jobs().await.unwrap().into_iter().filter(|(_, state, _)| state == "dead").collect();
    assert!(dead.is_empty(), "jobs were given up: {dead:?}");
    answers_are_kept(&mut tx, told, &mut sums).await;
    let entries = entries(&mut tx, told).await;
    answers_are_in_the_ledger(&mut tx, told, &entries).await;
    handovers::judge(&mut tx, house, told, &entries, &mut sums).await;
    let revoked_there = decisions_arrived_once(&mut tx, house, told, &mut sums).await;
    removals_were_asked_for_and_made_once(&mut tx, house, told, &revoked_there, &mut sums).await;
    drop(tx);
    installation.ctx.store.close().await;
    sums
}

/// Every item of a campaign.
pub async fn items(tx: &mut Tx, told: &Told) -> Vec<ReviewItem> {
    let mut all = Vec::new();
    for campaign in &told.campaigns {
        for state in ReviewState::ALL {
            all.extend(tx.review_items_in_state(*campaign, *state, 0, 10_000).await.unwrap());
        }
    }
    all
}

/// The database holds what was acknowledged, and nothing that nobody gave.
async fn answers_are_kept(tx: &mut Tx, told: &Told, sums: &mut Sums) {
    let mut given: BTreeMap<ItemId, Vec<&Try>> = BTreeMap::new();
    for one in &told.tries {
        given.entry(one.item).or_default().push(one);
    }
    for item in items(tx, told).await {
        let tries = given.remove(&item.id).unwrap_or_default();
        let decisions = tx.decisions_of_item(item.id).await.unwrap();
        let mut kept: BTreeMap<_, (usize, &Decision)> = BTreeMap::new();
        for decision in &decisions {
            let at = tries.iter().position(|one| one.attempt == decision.attempt);
            let at = at.unwrap_or_else(|| panic!("nobody gave the decision {} of item {}: {decision:?}", decision.id, item.id));
            let one = tries[at];
            assert_eq!((decision.answer, decision.user), (one.answer, Some(one.by)), "decision {}", decision.id);
            // Of an item that is judged first, the first answer is given before the recommendation shows.
            let by_a_person = matches!(decision.origin, DecisionOrigin::Person | DecisionOrigin::PersonBlind);
            assert!(by_a_person, "decision {}: {}", decision.id, decision.origin);
            assert!(kept.insert(decision.attempt, (at, decision)).is_none(), "attempt {} decided twice", decision.attempt);
        }
        let counts = item.decision.and_then(|id| kept.values().find(|(_, decision)| decision.id == id)).map(|(at, _)| *at);
        for (at, one) in tries.iter().enumerate() {
            sums.acknowledged += usize::from(one.acknowledged);
            sums.unseen += usize::from(!one.acknowledged);
            if !one.acknowledged {
                continue;
            }
            let attempt = tx.attempt(one.attempt).await.unwrap().unwrap_or_else(|| panic!("the attempt of {one:?} is gone"));
            assert_eq!((attempt.subject, attempt.user), (item.id.0, one.by));
            let said: Value = serde_json::from_str(&attempt.answer).unwrap();
            if said["state"] == ReviewState::NoLongerHeld.as_str() {
                // What was said is that the access was gone by then, and that nothing was recorded (rule 4).
                assert_eq!((item.state, kept.contains_key(&one.attempt)), (ReviewState::NoLongerHeld, false), "{one:?}");
                sums.gone += 1;
                continue;
            }
            assert!(kept.contains_key(&one.attempt), "{one:?} was acknowledged, and is gone");
            if item.state != ReviewState::NoLongerHeld {
                assert!(counts.is_some_and(|counts| counts >= at), "{one:?} was acknowledged, and {:?} counts: {tries:?}", item.decision);
            }
        }
    }
    assert!(given.is_empty(), "items that are in no campaign were answered: {given:?}");
}

/// Every entry of the ledger about a campaign.
async fn entries(tx: &mut Tx, told: &Told) -> Vec<Entry> {
    let mut all = Vec::new();
    for campaign in &told.campaigns {
        let mut after = None;
        loop {
            let page = tx.entries_of_campaign(*campaign, after, 500).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for stored in &page {
                assert!(stored.index.is_some(), "every entry has its place in the end");
                all.push(Entry::parse(&stored.bytes).unwrap());
            }
        }
    }
    all
}

async fn answers_are_in_the_ledger(tx: &mut Tx, told: &Told, entries: &[Entry]) {
    let answered = |entry: &Entry| entry.item.zip(entry.data_code("answer").map(str::to_owned));
    let decided: BTreeSet<(ItemId, String)> = entries.iter().filter_map(answered).collect();
    for one in told.tries.iter().filter(|one| one.acknowledged) {
        let item = tx.review_item(one.item).await.unwrap().unwrap();
        if item.state == ReviewState::NoLongerHeld {
            continue;
        }
        assert!(decided.contains(&(one.item, one.answer.to_string())), "{one:?} is not in the ledger");
    }
}

/// A decision in a platform's journal.
struct Accepted {
    item: String,
    answer: Answer,
    note: String,
    /// The platform's id of whoever answered; `None` where a service did.
    by: Option<String>,
}

fn word(text: &str) -> Answer {
    match text {
        "APPROVE" | "Approve" => Answer::Approve,
        "REVOKE" | "Deny" => Answer::Revoke,
        other => panic!("a platform accepted \"{other}\""),
    }
}

/// The decision that a note names.
fn named(note: &str) -> DecisionId {
    let id = note.split_once("[Countersign ").and_then(|(_, rest)| rest.split(']').next());
    id.and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("the note names no decision: {note}"))
}

pub fn okta_journal(house: &House) -> Vec<okta::Entry> {
    okta::read_journal(&house.okta_journal).unwrap()
}

fn entra_journal(house: &House) -> Vec<entra::Entry> {
    tenant::journal::read(&house.entra_journal).unwrap()
}

/// The platforms accepted what was finally decided, once each, and nothing else. Gives what Okta took away by itself for it.
async fn decisions_arrived_once(tx: &mut Tx, house: &House, told: &Told, sums: &mut Sums) -> BTreeSet<Target> {
    let in_okta = okta_journal(house).into_iter().filter_map(|entry| match entry.change {
        okta::Change::ReviewDecided { review, decision, note } => {
            Some(Accepted { item: review, answer: word(&decision), note: note.unwrap_or_default(), by: Some(entry.by) })
        }
        _ => None,
    });
    let in_entra = entra_journal(house).into_iter().filter_map(|entry| match entry.change {
        entra::Change::Decided { item, decision, justification, .. } => {
            Some(Accepted { item, answer: word(&decision), note: justification, by: entry.user })
        }
        _ => None,
    });
    let accepted: Vec<(SourceId, Accepted)> = in_okta.map(|one| (told.okta, one)).chain(in_entra.map(|one| (told.entra, one))).collect();
    let mut of: BTreeMap<(SourceId, String), (ItemId, bool)> = BTreeMap::new();
    for campaign in &told.campaigns {
        if let Some(native) = tx.native_campaign(*campaign).await.unwrap() {
            for (id, item) in tx.native_items(*campaign).await.unwrap() {
                of.insert((native.source, id), (item, native.by_service));
            }
        }
    }
    let mut arrived: BTreeSet<DecisionId> = BTreeSet::new();
    for (source, one) in accepted {
        let note = &one.note;
        let known = of.get(&(source, one.item.clone()));
        let (item, by_service) = known.unwrap_or_else(|| panic!("nobody was asked about {}, and it was answered: {note}", one.item));
        let id = named(note);
        assert!(arrived.insert(id), "decision {id} of item {item} reached its platform twice");
        let decision = tx.decision(id).await.unwrap().unwrap_or_else(|| panic!("nobody made the decision {id} that a platform has"));
        assert_eq!((decision.item, decision.answer), (*item, one.answer), "decision {id} at its platform");
        assert!(decision.finalised_at.is_some() && decision.undone_at.is_none(), "decision {id} was not final, and was sent");
        let sending = tx.sending(id).await.unwrap().unwrap();
        let stands = matches!(sending.state, SendingState::Stands | SendingState::Withdrawn);
        assert!(stands, "decision {id} is at its platform, and {} here: {:?}", sending.state, sending.remark);
        let by = if *by_service {
            None
        } else {
            let seq = tx.source(source).await.unwrap().unwrap().last_seq.unwrap();
            let account = tx.account_of_identity(source, decision.reviewer.unwrap(), seq).await.unwrap();
            Some(account.unwrap().external_id)
        };
        assert_eq!(one.by, by, "in whose name decision {id} was made");
        if source == told.okta {
            sums.okta += 1;
        } else {
            sums.entra += 1;
        }
    }
    let mut revoked_there = BTreeSet::new();
    for ((source, _), (item, _)) in of {
        let item = tx.review_item(item).await.unwrap().unwrap();
        let Some(decision) = item.decision.filter(|_| item.state != ReviewState::NoLongerHeld) else { continue };
        let order = tx.living_order_of_decision(decision).await.unwrap();
        let answer = tx.decision(decision).await.unwrap().unwrap().answer;
        if answer == Answer::Escalate {
            // Nobody has answered yet, and no platform hears of it.
            assert_eq!((item.state, arrived.contains(&decision)), (ReviewState::Escalated, false), "item {}", item.id);
            continue;
        }
        match order.as_ref().filter(|order| waits_for_a_person(order)) {
            Some(order) => assert!(!arrived.contains(&decision), "decision {decision} was sent while its removal is {}", order.state),
            None => assert!(arrived.contains(&decision), "decision {decision} of item {} never reached its platform", item.id),
        }
        if source == told.okta && answer == Answer::Revoke && arrived.contains(&decision) {
            // Whether or not the removal is an order of its own: Okta took it away.
            let seq = tx.source(source).await.unwrap().unwrap().last_seq.unwrap();
            let holder = tx.account_of_identity(source, item.holder, seq).await.unwrap().unwrap().external_id;
            for grant in tx.native_grants(item.id).await.unwrap() {
                let (_, grant) = tx.grant(grant).await.unwrap().unwrap();
                let what = tx.external_entitlement(grant.entitlement).await.unwrap().unwrap();
                revoked_there.insert(Target::of(source, &grant.path, &what, &holder));
            }
        }
    }
    revoked_there
}

/// What is taken away from whom, in the platform's words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    source: SourceId,
    what: &'static str,
    /// The group, the application or the role; empty where the journal does not name it.
    of: String,
    user: String,
}

impl Target {
    fn new(source: SourceId, what: &'static str, of: impl Into<String>, user: impl Into<String>) -> Self {
        Self { source, what, of: of.into(), user: user.into() }
    }

    /// What the removal of a grant takes away.
    fn of(source: SourceId, path: &GrantPath, entitlement: &str, user: &str) -> Self {
        let (what, of) = match (path, entitlement) {
            (GrantPath::Group(group), _) => ("member", group.trim_start_matches("group:")),
            (_, role) if role.starts_with("role:") && role.len() == "role:".len() + 36 => ("role", &role["role:".len()..]),
            (_, role) if role.starts_with("role:") && role.contains('@') => ("role", &role["role:".len().."role:".len() + 36]),
            (_, role) if role.starts_with("role:") => ("role", ""),
            (_, app) if app.starts_with("app:") => ("app", app.rsplit(':').next().unwrap_or_default()),
            (_, app) if app.starts_with("0oa") => ("app", app),
            (_, group) => ("member", group.trim_start_matches("group:")),
        };
        Self::new(source, what, of, user)
    }
}

/// The platforms took away what our own campaign revoked, once each, and nothing else.
async fn removals_were_asked_for_and_made_once(tx: &mut Tx, house: &House, told: &Told, revoked_there: &BTreeSet<Target>, sums: &mut Sums) {
    let in_okta = okta_journal(house).into_iter().filter_map(|entry| {
        let target = match entry.change {
            okta::Change::MemberRemoved { group, user } => Target::new(told.okta, "member", group, user),
            okta::Change::AppUserRemoved { app, user } => Target::new(told.okta, "app", app, user),
            okta::Change::RoleRemoved { user, .. } => Target::new(told.okta, "role", "", user),
            _ => return None,
        };
        assert_eq!(entry.by, house.removers.0, "who took {target:?} away");
        Some(target)
    });
    let in_entra = entra_journal(house).into_iter().filter_map(|entry| {
        let target = match entry.change {
            entra::Change::MemberRemoved { group, member } => Target::new(told.entra, "member", group, member),
            entra::Change::AssignmentRemoved { principal, role, .. } => Target::new(told.entra, "app", role, principal),
            entra::Change::RoleRemoved { principal, role, .. } => Target::new(told.entra, "role", role, principal),
            entra::Change::OwnerRemoved { .. } | entra::Change::UserDeleted { .. } | entra::Change::SessionsRevoked { .. } => {
                panic!("nobody asked for {:?}", entry.change)
            }
            _ => return None,
        };
        assert_eq!(entry.app, house.removers.1, "who took {target:?} away");
        Some(target)
    });
    let mut removed: BTreeMap<Target, usize> = BTreeMap::new();
    for target in in_okta.chain(in_entra) {
        *removed.entry(target).or_default() += 1;
        sums.removed += 1;
    }
    // A removal is asked for by the grants that it ends: memberships once, however many grants hang on them.
    let mut asked: BTreeMap<Target, BTreeSet<(AccountId, String)>> = BTreeMap::new();
    for item in items(tx, told).await {
        let native = tx.native_item(item.id).await.unwrap().is_some();
        for order in tx.orders_of_item(item.id).await.unwrap() {
            let decision = tx.decision(order.decision).await.unwrap().unwrap();
            let line = tx.order_line(order.id).await.unwrap().unwrap();
            let target = Target::of(order.source, &line.path, &line.entitlement_id, &line.person_id);
            assert_eq!(decision.answer, Answer::Revoke, "removal {} is of what was revoked", order.id);
            assert!(AT_REST.contains(&order.state) || waits_for_a_person(&order), "removal {} is {}", order.id, order.state);
            sums.waiting += usize::from(waits_for_a_person(&order));
            sums.refused += usize::from(matches!(order.state, OrderState::Refused | OrderState::CannotBeRemovedHere));
            sums.proven += usize::from(order.state == OrderState::Proven);
            if order.state == OrderState::Refused {
                assert!(order.remark.is_some(), "removal {} was refused, and nobody is told why", order.id);
            }
            if native || order.state == OrderState::Withdrawn {
                continue;
            }
            if order.state == OrderState::Proven {
                let gone = removed.contains_key(&target) || revoked_there.contains(&target);
                assert!(gone, "removal {} is proven, and neither platform took {target:?} away", order.id);
                assert!(decision.finalised_at.is_some(), "removal {} is of a final answer", order.id);
                let what = if target.of.is_empty() { line.entitlement_id.clone() } else { String::new() };
                asked.entry(target).or_default().insert((order.account, what));
            } else {
                assert!(
                    order.state != OrderState::Sent,
                    "removal {} was accepted, and the reading did not prove {target:?} gone",
                    order.id
                );
            }
        }
    }
    for (target, times) in removed {
        let asked = asked.get(&target).map_or(0, BTreeSet::len);
        assert!(asked > 0, "{target:?} was taken away, and nobody had asked for it");
        assert!(times <= asked, "{target:?} was taken away {times} times");
    }
}
