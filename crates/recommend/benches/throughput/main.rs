//! `make bench-throughput`: what a million items cost, on one thread.
//!
//! Times are processor time of the one thread. Builds invented populations of 10,000, 100,000 and 1,000,000 grants, gives each item its facts and its verdict, and
//! evaluates the starter pack's rules of separated duties over the same grants. Prints items a second, how time grows
//! with the number of items, and the peak of memory; writes `target/bench-throughput.json` in the form of `make bench`.
//! Where `BENCH_PYTHON` names a Python that has `DuckDB`, the same features are computed there beside it, on one thread.
//! A goal that is missed is reported and is no failure.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that cannot run should say where")]
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "counts far below 2^32")]

mod population;
mod tables;

use domain::{AccountId, Verdict};
use population::invent;
use recommend::sod::{Checker, DutyMap, Held, Holding, starter};
use recommend::{Judge, Population, Weights};
use serde::Serialize;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
    time::Instant,
};

const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];
/// How time may grow with the number of items, as an exponent.
const GROWTH: f64 = 1.1;
/// Within how many seconds the rules are evaluated over the largest population.
const RULES_SECONDS: f64 = 5.0;

#[derive(Serialize)]
struct Measure {
    name: String,
    value: f64,
    unit: &'static str,
    yardstick: Option<&'static str>,
    yardstick_value: Option<f64>,
    ratio: Option<f64>,
    goal: Option<f64>,
    met: Option<bool>,
}

/// Seconds of one size.
struct Timed {
    items: f64,
    facts: f64,
    all: f64,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut measures = Vec::new();
    let mut timed = Vec::new();
    for size in SIZES {
        let (population, as_of) = invent(size, 7);
        let items = population.grants.len();
        let start = Clock::start();
        let judge = Judge::new(&population, as_of, Weights::default()).unwrap();
        let indexed = start.elapsed();
        let start = Clock::start();
        let facts: usize = (0..items).map(|at| judge.facts(at).unwrap().iter().len()).sum();
        let gathered = start.elapsed();
        let start = Clock::start();
        let mut verdicts = [0_usize; 3];
        for recommendation in judge.recommend_all() {
            verdicts[match recommendation.unwrap().verdict {
                Verdict::Approve => 0,
                Verdict::Revoke => 1,
                Verdict::Escalate => 2,
            }] += 1;
        }
        let one = Timed { items: items as f64, facts: indexed + gathered, all: indexed + start.elapsed() };
        say(&format!(
            "{items} items of {} accounts: {:.1} facts each; {} approve, {} revoke, {} escalate; {:.2} s to look at the whole, {:.2} s for all",
            population.people.len(),
            facts as f64 / one.items,
            verdicts[0],
            verdicts[1],
            verdicts[2],
            indexed,
            one.all
        ));
        put(&mut measures, plain(format!("throughput.{items}: facts and verdicts, one core"), one.items / one.all, "items/s"));
        drop(judge);
        if size == SIZES[2] {
            put(&mut measures, plain("throughput.memory: peak, population included".to_owned(), peak_megabytes(), "MB"));
            rules(&population, &mut measures);
            in_duckdb(&population, as_of, &one, &mut measures);
        }
        timed.push(one);
    }
    let (first, last) = (&timed[0], &timed[2]);
    let growth = |seconds: fn(&Timed) -> f64| libm::log(seconds(last) / seconds(first)) / libm::log(last.items / first.items);
    let whole = growth(|one| one.all);
    put(
        &mut measures,
        Measure {
            name: "throughput.growth: exponent of time from 10,000 to 1,000,000 items, facts and verdicts".to_owned(),
            value: whole,
            unit: "1",
            yardstick: Some("time in proportion to the items"),
            yardstick_value: Some(1.0),
            ratio: Some(whole),
            goal: Some(GROWTH),
            met: Some(whole <= GROWTH),
        },
    );
    put(&mut measures, plain("throughput.growth: the same of the facts alone".to_owned(), growth(|one| one.facts), "1"));
    let file = root.join("target/bench-throughput.json");
    fs::create_dir_all(root.join("target")).unwrap();
    fs::write(&file, serde_json::to_vec_pretty(&serde_json::json!({ "machine": machine(), "measures": measures })).unwrap()).unwrap();
    say("Written to target/bench-throughput.json");
}

/// The whole starter pack over all grants: every duty is given by some entitlements, and half of the entitlements are mapped.
fn rules(population: &Population, measures: &mut Vec<Measure>) {
    let pack = starter().unwrap();
    let mut map = DutyMap::default();
    for (at, entitlement) in population.entitlements.iter().enumerate().filter(|(at, _)| at % 2 == 0) {
        let duty = (at / 2 % (4 * pack.duties.len())) as u32;
        map.set(entitlement.id, (duty < pack.duties.len() as u32).then_some(duty));
    }
    let held = |grant: &recommend::Grant| Held { entitlement: grant.entitlement, grant: grant.id };
    let holdings: Vec<Holding<AccountId>> =
        population.grants.iter().map(|grant| Holding { person: grant.person, held: held(grant) }).collect();
    let start = Clock::start();
    let found = Checker::new(&pack, &map).evaluate(holdings);
    let seconds = start.elapsed();
    say(&format!(
        "{} rules: {} conflicts; {} grants evaluated, {} not",
        pack.rules.len(),
        found.conflicts.len(),
        found.evaluated,
        found.not_evaluated
    ));
    put(
        measures,
        Measure {
            name: format!("duties.{}: the starter pack over all grants", population.grants.len()),
            value: seconds,
            unit: "s",
            yardstick: Some("seconds"),
            yardstick_value: Some(RULES_SECONDS),
            ratio: Some(seconds / RULES_SECONDS),
            goal: Some(RULES_SECONDS),
            met: Some(seconds <= RULES_SECONDS),
        },
    );
}

/// The same features in `DuckDB`, where there is one.
fn in_duckdb(population: &Population, as_of: domain::Timestamp, ours: &Timed, measures: &mut Vec<Measure>) {
    let Some(python) = std::env::var_os("BENCH_PYTHON") else {
        say("DuckDB was not measured: BENCH_PYTHON names no Python that has it. `make bench-throughput` makes one.");
        return;
    };
    let folder = std::env::temp_dir().join(format!("countersign-throughput-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    tables::write(population, &folder);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/throughput/features.py");
    let out = Command::new(python).arg(script).arg(&folder).arg(as_of.micros().to_string()).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let seconds: f64 = serde_json::from_slice::<serde_json::Value>(&out.stdout).unwrap()["seconds"].as_f64().unwrap();
    put(
        measures,
        Measure {
            name: format!("throughput.{}: facts alone, one core, beside DuckDB's features", population.grants.len()),
            value: ours.facts,
            unit: "s",
            yardstick: Some("the same features in DuckDB, one thread, tables loaded"),
            yardstick_value: Some(seconds),
            ratio: Some(ours.facts / seconds),
            goal: None,
            met: None,
        },
    );
}

fn plain(name: String, value: f64, unit: &'static str) -> Measure {
    Measure { name, value, unit, yardstick: None, yardstick_value: None, ratio: None, goal: None, met: None }
}

fn put(measures: &mut Vec<Measure>, measure: Measure) {
    let beside = measure.yardstick_value.map_or_else(String::new, |value| format!(" (beside {value:.3})"));
    let verdict = match measure.met {
        Some(true) => ", goal met",
        Some(false) => ", GOAL MISSED",
        None => "",
    };
    say(&format!("{:>12.3} {:<7} {}{beside}{verdict}", measure.value, measure.unit, measure.name));
    measures.push(measure);
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
}

/// Seconds that this thread has really run, as Linux tells it: what others do on the machine does not count. Elsewhere the
/// time on the wall.
struct Clock(f64);

impl Clock {
    fn start() -> Self {
        Self(Self::seconds())
    }

    fn elapsed(&self) -> f64 {
        Self::seconds() - self.0
    }

    fn seconds() -> f64 {
        let run = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let nanoseconds = run.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
        nanoseconds.map_or_else(|| STARTED.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement of this machine; nothing of it enters the product's data")]
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The most memory that the process ever held, as Linux tells it.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string(PathBuf::from("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()).map_or(f64::NAN, |kilobytes| kilobytes / 1000.0)
}

fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{}, one thread", model.map_or("unknown processor", |(_, name)| name))
}
