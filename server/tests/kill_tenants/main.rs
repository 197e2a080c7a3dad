//! Killed at any moment, an installation on platforms carries out each decision once: so the platforms' own journals say.
//!
//! `countersign tenant` runs as a process of its own and lives through everything. `countersign serve` connects an Okta org
//! and an Entra tenant, follows a campaign of Okta's and reviews of Entra's, and runs a campaign of its own over both. People
//! read sources, open campaigns, link their accounts, and answer, escalate or hand over what they are asked, over HTTP and
//! through the pages; meanwhile the program is killed without warning (SIGKILL) and started again on the same folder. Half of
//! the moments follow the clock; the other half come right after a platform has written a change into its journal, when the
//! program may not have written it down yet. Two of three companies are on platforms that lose answers after the change was
//! made. Seeds draw the moments and what people answer, and every moment is printed.
//!
//! In the end everything is at rest, and four accounts of it must agree: what people saw acknowledged, what the database
//! holds, what the ledger says, and what the platforms accepted. [`oracle`] and [`handovers`] say what that means.
//!
//! `COUNTERSIGN_KILL_ROUNDS` says how often the program is killed; 20 where it is not set, 500 in `make test-long`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test; what was done is told where it failed"
)]

mod answering;
#[path = "../common/mod.rs"]
mod common;
mod handovers;
mod house;
mod oracle;
mod people;
mod program;

use common::{printed, run};
use domain::{CampaignId, Env, Timestamp, time::SECOND};
use house::House;
use oracle::Sums;
use people::Story;
use std::{collections::BTreeMap, time::Duration};

/// How often the program is killed in one company at most.
const KILLS: usize = 7;
/// How the platforms of each company behave, one after the other.
const MOODS: [Option<&str>; 3] = [Some("lost-answers"), None, Some("lost-batch")];
/// Nothing takes this long; whatever does stands still.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often something is looked at that somebody waits for.
const LOOK: Duration = Duration::from_millis(50);

/// Numbers from a seed.
#[derive(Debug, Clone)]
pub struct Dice(Env);

impl Dice {
    /// Dice of their own for each number.
    fn new(seed: u64) -> Self {
        Self(Env::simulated(Timestamp(SECOND), seed).0)
    }

    /// A number from 0 to `most`.
    fn up_to(&self, most: u64) -> u64 {
        u64::from_be_bytes(self.0.bytes::<8>()) % (most + 1)
    }

    /// True once in so many times.
    fn one_in(&self, times: u64) -> bool {
        self.up_to(times - 1) == 0
    }
}

/// Waits until it is so.
async fn until<S: Future<Output = bool>>(what: &str, mut so: impl FnMut() -> S) {
    let waited = async {
        while !so().await {
            tokio::time::sleep(LOOK).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waited).await.is_ok(), "after {} seconds: not yet {what}", PATIENCE.as_secs());
}

/// When the program is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So many milliseconds after it was started.
    Clock(u64),
    /// So many milliseconds after a platform has accepted a decision, a removal or a hand-over; or after a while, where none comes.
    Change(u64),
}

impl Moment {
    async fn comes(self, house: &House) {
        match self {
            Self::Clock(after) => tokio::time::sleep(Duration::from_millis(after)).await,
            Self::Change(after) => {
                let before = house.changes();
                let changed = async {
                    while house.changes() == before {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    tokio::time::sleep(Duration::from_millis(after)).await;
                };
                // None comes while an undo window runs, or once all is done.
                let _ = tokio::time::timeout(Duration::from_secs(3), changed).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_each_decision_reaches_its_platform_once() {
    let rounds: usize = std::env::var("COUNTERSIGN_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let (mut killed, mut companies) = (0, 0);
    let mut sums = Sums::default();
    let mut begun: BTreeMap<String, i64> = BTreeMap::new();
    while killed < rounds {
        let mood = MOODS[companies % MOODS.len()];
        companies += 1;
        let dice = Dice::new(u64::try_from(companies).unwrap());
        let mut house = House::new(mood).await;
        let mut moments = Vec::new();
        house.program.start(&[]);
        // Dice of their own: what people answer does not hang on when they are disturbed.
        let story = Story::begin(&house, Dice::new((1 << 32) + u64::try_from(companies).unwrap()));
        while moments.len() < KILLS.min(rounds - killed) {
            // Once while sources are read and campaigns opened; the others while people answer and answers leave.
            let moment = match moments.len() {
                0 => Moment::Clock(dice.up_to(2_500)),
                _ if dice.one_in(2) => Moment::Clock(dice.up_to(1_500)),
                _ => Moment::Change(dice.up_to(15)),
            };
            if !moments.is_empty() {
                story.people_answer().await;
            }
            tokio::select! {
                () = moment.comes(&house) => {}
                () = story.over(&house) => break,
            }
            house.program.kill();
            moments.push(moment);
            for (kind, jobs) in house.jobs_under_way().await {
                *begun.entry(kind).or_default() += jobs;
            }
            house.program.start(&[]);
        }
        killed += moments.len();
        println!("kill: company {companies} ({}), killed at {moments:?}", mood.unwrap_or("well-behaved"));
        story.over(&house).await;
        let told = story.told();
        let later = house.ends(&told).await;
        let found = oracle::judge(&house, &told).await;
        println!("kill: company {companies}: {found}");
        sums.add(&found);
        packs_are_whole(&house, &told.campaigns, &later);
    }
    println!("kill: {killed} times killed in {companies} companies, in the middle of {begun:?}");
    println!("kill: {sums}: none lost, none made twice, none that nobody made");
    assert!(sums.okta > 0 && sums.entra > 0 && sums.removed > 0 && sums.links > 0, "{sums}");
    if rounds >= 20 {
        assert!(sums.escalated > 0 && sums.handed_over > 0 && sums.given_in_okta > 0 && sums.answered_after > 0, "{sums}");
        assert!(begun.values().sum::<i64>() > 0, "no moment fell into the middle of anything");
    }
}

/// A campaign of each kind gives a pack that verifies: the first is Okta's, the last our own.
fn packs_are_whole(house: &House, campaigns: &[CampaignId], now: &str) {
    let config = house.config.to_str().unwrap();
    let each = campaigns.iter().take(2).chain(campaigns.last());
    for campaign in each {
        let pack = house.folder.path().join(format!("{campaign}.zip"));
        let pack = pack.to_str().unwrap();
        let made = run(&["export", "--json", "--now", now, "--config", config, "--campaign", &campaign.to_string(), "--out", pack]);
        assert_eq!(made.status.code(), Some(0), "{}", common::said(&made));
        let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
        let verified = run(&["verify", pack, "--key", made["fingerprint"].as_str().unwrap()]);
        assert_eq!(verified.status.code(), Some(0), "{}", printed(&verified));
    }
}
