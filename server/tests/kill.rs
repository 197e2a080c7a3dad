//! Killed at any moment, the demo is finished by the next run, and nothing that was acknowledged is lost.
//!
//! The story runs as a process of its own, is killed without warning (SIGKILL) at a moment that a
//! seed draws from the length of an undisturbed run, and is started again on the same folder: killed
//! up to four times, then left to its end. What the scripted reviewers saw acknowledged, what the
//! simulated platforms and the ticket desk did, and what the ledger and the pack say must agree.
//!
//! `COUNTERSIGN_KILL_ROUNDS` says how many runs are killed; 20 where it is not set, 500 in `make test-long`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a failed expectation is a failed test; durations are measured to kill within them"
)]

mod common;

use common::{printed, program, run, said};
use domain::{Env, GrantPath, OrderState, SourceKind, Timestamp, time::SECOND};
use ledger::Entry;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};
use store::Store;
use tenant::{desk, entra, okta};

/// How often the runs of one folder are killed at most.
const KILLS: usize = 4;

fn begin(data: &Path, report: &Path) -> Child {
    let mut command = program();
    command.args(["demo", "--headless", "--people", "60", "--seed", "11"]).arg("--data").arg(data).arg("--report").arg(report);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Runs to the end, and gives the report.
fn finish(data: &Path, report: &Path) -> Value {
    let (data_text, report_text) = (data.to_str().unwrap(), report.to_str().unwrap());
    let ended = run(&["demo", "--headless", "--people", "60", "--seed", "11", "--data", data_text, "--report", report_text]);
    assert_eq!(ended.status.code(), Some(0), "the next run must finish: {}\n{}", printed(&ended), said(&ended));
    serde_json::from_slice(&fs::read(report).unwrap()).unwrap()
}

/// Numbers from a seed.
struct Dice(Env);

impl Dice {
    /// A number from 0 to `most`.
    fn up_to(&self, most: u64) -> u64 {
        u64::from_be_bytes(self.0.bytes::<8>()) % (most + 1)
    }
}

/// An answer that was acknowledged, as the notebook has it.
fn acknowledged(data: &Path) -> Vec<(String, String, String)> {
    let text = fs::read_to_string(data.join("tenants/acknowledged.jsonl")).unwrap_or_default();
    let of = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .map(|line: Value| (of(&line, "attempt"), of(&line, "item"), of(&line, "done")))
        .collect()
}

/// Every acknowledged answer stands in the database under its attempt, and is in the ledger.
async fn nothing_acknowledged_is_lost(data: &Path) {
    let store = Store::open(&format!("sqlite:{}", data.join("countersign.db").display())).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let campaign = tx.campaigns(None, 10).await.unwrap();
    assert_eq!(campaign.len(), 1, "the campaign was opened once");
    let campaign = campaign[0].id;
    let mut decided: BTreeSet<(String, String)> = BTreeSet::new();
    let mut steps: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = tx.entries_of_campaign(campaign, after, 500).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for stored in &page {
            assert!(stored.index.is_some(), "every entry has its place in the end");
            let entry = Entry::parse(&stored.bytes).unwrap();
            let Some(item) = entry.item else { continue };
            steps.entry(item.to_string()).or_default().insert(entry.kind.as_str().to_owned());
            if let Some(answer) = entry.data_code("answer") {
                decided.insert((item.to_string(), answer.to_owned()));
            }
        }
    }
    for (attempt, item, done) in acknowledged(data) {
        let kept = tx.attempt(attempt.parse().unwrap()).await.unwrap();
        let kept = kept.unwrap_or_else(|| panic!("{done} of item {item} was acknowledged and its attempt {attempt} is gone"));
        assert_eq!(kept.subject.to_string(), item, "the attempt is the item's");
        match done.as_str() {
            "undo" | "hand_over" => assert!(steps[&item].len() > 1, "{done} of item {item} left nothing: {:?}", steps[&item]),
            answer => assert!(decided.contains(&(item.clone(), answer.to_owned())), "{answer} of item {item} is not in the ledger"),
        }
    }
    drop(tx);
    store.close().await;
}

/// No grant was taken away twice, and no ticket was followed twice.
fn nothing_was_carried_out_twice(data: &Path) {
    let entries = desk::read_journal(&data.join("tenants/desk.jsonl")).unwrap();
    let mut orders = BTreeSet::new();
    let mut grants = BTreeSet::new();
    for entry in entries.iter().filter(|entry| entry.event.answers_ticket()) {
        assert!(orders.insert(entry.order_id.clone()), "order {} was carried out twice", entry.order_id);
        if entry.event == desk::Event::Removed {
            assert!(grants.insert(entry.instance.clone()), "{:?} was removed twice", entry.instance);
        }
    }
}

/// What the journals of the simulated platforms say was taken away: on which platform, from whom, and what, as it is read there.
/// Okta's journal names no type of a role.
fn taken_away(data: &Path) -> Vec<(SourceKind, String, String)> {
    let mut found = Vec::new();
    for entry in okta::read_journal(&data.join("tenants/okta.jsonl")).unwrap() {
        let taken = match entry.change {
            okta::Change::MemberRemoved { group, user } => (user, group),
            okta::Change::AppUserRemoved { app, user } => (user, app),
            okta::Change::RoleRemoved { assignment, user } => (user, format!("role:{assignment}")),
            _ => continue,
        };
        found.push((SourceKind::Okta, taken.0, taken.1));
    }
    for entry in tenant::journal::read::<entra::Entry>(&data.join("tenants/entra.jsonl")).unwrap() {
        let taken = match entry.change {
            entra::Change::MemberRemoved { group, member } => (member, format!("group:{group}")),
            entra::Change::AssignmentRemoved { principal, role, .. } => (principal, role),
            entra::Change::RoleRemoved { principal, role, .. } => (principal, format!("role:{role}")),
            entra::Change::UserDeleted { user } => panic!("{user} was deleted"),
            _ => continue,
        };
        found.push((SourceKind::Entra, taken.0, taken.1));
    }
    found
}

/// The platforms took away what was ordered and proven, each once, and nothing that nobody ordered. Returns how much.
async fn platforms_did_what_was_ordered(data: &Path) -> usize {
    let store = Store::open(&format!("sqlite:{}", data.join("countersign.db").display())).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let kinds: BTreeMap<_, _> = tx.sources().await.unwrap().into_iter().map(|source| (source.id, source.kind)).collect();
    let mut proven = Vec::new();
    let mut after = None;
    loop {
        let page = tx.orders_in_state(OrderState::Proven, after, 500).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for order in page {
            proven.push((kinds[&order.source], tx.order_line(order.id).await.unwrap().unwrap()));
        }
    }
    let taken = taken_away(data);
    let mut once = BTreeSet::new();
    for one in &taken {
        assert!(once.insert(one), "{one:?} was taken away twice");
        let (kind, account, thing) = one;
        let ordered = proven.iter().any(|(at, line)| {
            let named = match kind {
                SourceKind::Okta if thing.starts_with("role:") => line.entitlement_id.starts_with("role:"),
                SourceKind::Entra if !thing.contains(':') => line.entitlement_id.ends_with(thing.as_str()),
                _ => line.entitlement_id == *thing || line.path == GrantPath::Group(thing.clone()),
            };
            at == kind && line.person_id == *account && named
        });
        assert!(ordered, "{one:?} was taken away, and no proven order says so");
    }
    drop(tx);
    store.close().await;
    taken.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_the_next_run_finishes_and_nothing_is_lost_or_done_twice() {
    let rounds: usize = std::env::var("COUNTERSIGN_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let undisturbed = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let whole = finish(&undisturbed.path().join("demo"), &undisturbed.path().join("report.json"));
    let length = u64::try_from(began.elapsed().as_millis()).unwrap();
    println!("kill: an undisturbed run takes {length} ms");
    let removed = platforms_did_what_was_ordered(&undisturbed.path().join("demo")).await;
    assert!(removed > 0, "no platform took anything away");

    let (mut killed, mut folders) = (0, 0);
    while killed < rounds {
        let folder = tempfile::tempdir().unwrap();
        let (data, report) = (folder.path().join("demo"), folder.path().join("report.json"));
        let dice = Dice(Env::simulated(Timestamp(SECOND), folders).0);
        folders += 1;
        let mut moments = Vec::new();
        // What finishes a killed run is killed itself, until one comes to its end or it was enough.
        for _ in 0..KILLS {
            let moment = dice.up_to(length);
            let mut child = begin(&data, &report);
            tokio::time::sleep(Duration::from_millis(moment)).await;
            let ended = child.try_wait().unwrap();
            if let Some(ended) = ended {
                assert!(ended.success(), "a run that nobody killed ended with {ended}, after kills at {moments:?} ms");
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            moments.push(moment);
        }
        killed += moments.len();
        let ended = finish(&data, &report);
        let told = format!("folder {folders}, killed at {moments:?} ms");
        assert_eq!(ended["ok"], true, "{told}: {ended:#}");
        assert_eq!(ended["counts"]["items"], whole["counts"]["items"], "{told}");
        nothing_acknowledged_is_lost(&data).await;
        nothing_was_carried_out_twice(&data);
        platforms_did_what_was_ordered(&data).await;
        let fingerprint = ended["pack"]["fingerprint"].as_str().unwrap();
        let verified = run(&["verify", ended["pack"]["path"].as_str().unwrap(), "--key", fingerprint]);
        assert_eq!(verified.status.code(), Some(0), "{told}: {}", printed(&verified));
        println!("kill: {told}: finished, whole");
    }
    println!("kill: {killed} runs killed in {folders} folders, nothing lost, nothing done twice");
}
