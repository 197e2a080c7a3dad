//! Killed at any moment, the demo is finished by the next run, and nothing that was acknowledged is lost.
//!
//! The story runs as a process of its own, is killed without warning (SIGKILL) at a moment that a seed draws from the length of
//! a run, and is started again on the same folder: killed up to four times, then left to its end. The length is that of one
//! undisturbed run, and less as soon as a run is done sooner. What the scripted reviewers saw acknowledged, what the
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
#[path = "common/removals.rs"]
mod removals;

use common::{printed, program, run, said};
use domain::{Env, Timestamp, time::SECOND};
use ledger::Entry;
use removals::removals_agree;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};
use store::Store;

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

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_the_next_run_finishes_and_nothing_is_lost_or_done_twice() {
    let rounds: usize = std::env::var("COUNTERSIGN_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let undisturbed = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let whole = finish(&undisturbed.path().join("demo"), &undisturbed.path().join("report.json"));
    let mut length = u64::try_from(began.elapsed().as_millis()).unwrap();
    println!("kill: an undisturbed run takes {length} ms");
    let removed = removals_agree(&undisturbed.path().join("demo")).await;
    assert!(removed.at_platforms > 0 && removed.at_desk > 0, "nothing was taken away that could have been taken away twice");

    let (mut killed, mut folders) = (0, 0);
    while killed < rounds {
        let folder = tempfile::tempdir().unwrap();
        let (data, report) = (folder.path().join("demo"), folder.path().join("report.json"));
        let dice = Dice(Env::simulated(Timestamp(SECOND), folders).0);
        folders += 1;
        let mut moments = Vec::new();
        // What finishes a killed run is killed itself, until one comes to its end or it was enough.
        for _ in 0..KILLS {
            // What is left to do gets less with each run: a moment of the whole length would mostly come after the end.
            let left = length.saturating_sub(moments.iter().sum::<u64>()).max(length / 4);
            let moment = dice.up_to(left);
            let mut child = begin(&data, &report);
            tokio::time::sleep(Duration::from_millis(moment)).await;
            let ended = child.try_wait().unwrap();
            if let Some(ended) = ended {
                assert!(ended.success(), "a run that nobody killed ended with {ended}, after kills at {moments:?} ms");
                // The first was measured while the machine was busier: a run is done by then, and a later moment would kill none.
                if moments.is_empty() {
                    length = moment;
                }
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
        removals_agree(&data).await;
        let fingerprint = ended["pack"]["fingerprint"].as_str().unwrap();
        let verified = run(&["verify", ended["pack"]["path"].as_str().unwrap(), "--key", fingerprint]);
        assert_eq!(verified.status.code(), Some(0), "{told}: {}", printed(&verified));
        println!("kill: {told}: finished, whole");
    }
    println!("kill: {killed} runs killed in {folders} folders, nothing lost, nothing done twice");
}
