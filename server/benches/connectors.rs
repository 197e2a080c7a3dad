//! `make bench-connectors`: what reading a company of 10,000 people costs, in calls and in time, beside the least that would do.
//!
//! A simulated Okta org and a simulated Entra tenant run as processes of their own (`countersign tenant`), keep the vendors'
//! limits in real time and answer over HTTP; each is read whole, both at once. Two figures for each source:
//!
//! - **calls**: every call that the platform counts, refused and repeated ones among them, without those for tokens. Calls
//!   within a batch of Graph count one by one, as Graph counts them. Beside: the fewest that show everything, which is each
//!   list at its largest page, and a page at least for each list.
//! - **time**: from the first call to the last answer. Beside: what the limits alone allow, if calls took no time and every
//!   limit were used up side by side: for the tightest limit, the whole windows that must pass before its last call may be
//!   made.
//!
//! Prints the figures and writes `target/bench-connectors.json` in the form of `make bench`. A goal that is missed is reported
//! and is no failure. It takes as long as the limits ask for: about a quarter of an hour.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should say where")]
#![expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]

use connect::{
    Cursor, Source,
    entra::{Credentials, EntraConfig, EntraSource, Proof},
    http::{Calls, Limits, RealPause, Url},
    okta::{Attributes, OktaConfig, OktaSource, ServiceApp, SigningKey},
};
use domain::Env;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tenant::{
    company::{Company, Config, Platform},
    entra, okta,
};

/// The company's size, where `COUNTERSIGN_BENCH_PEOPLE` does not say otherwise.
const PEOPLE: usize = 10_000;
const SEED: u64 = 7;
/// At most so many times the fewest calls, and the time that the limits allow.
const CALLS_GOAL: f64 = 1.05;
const TIME_GOAL: f64 = 1.1;

/// One figure, as `make bench` writes them. Smaller is better.
#[derive(Serialize)]
struct Measure {
    name: String,
    value: f64,
    unit: &'static str,
    yardstick: Option<String>,
    yardstick_value: Option<f64>,
    ratio: Option<f64>,
    goal: Option<f64>,
    met: Option<bool>,
}

/// So many calls, or units, in so many seconds.
struct Bucket {
    name: &'static str,
    takes: u64,
    limit: u64,
    seconds: u64,
}

impl Bucket {
    /// Seconds that must pass before the last of them may be made: the windows that are used up before its own.
    const fn least(&self) -> u64 {
        self.takes.saturating_sub(1) / self.limit * self.seconds
    }
}

/// The least that would do.
struct Least {
    /// By list.
    calls: BTreeMap<&'static str, u64>,
    buckets: Vec<Bucket>,
}

impl Least {
    fn calls(&self) -> u64 {
        self.calls.values().sum()
    }

    fn tightest(&self) -> &Bucket {
        self.buckets.iter().max_by_key(|bucket| bucket.least()).unwrap()
    }
}

/// A platform as a process of its own.
struct Process {
    child: Child,
    data: tempfile::TempDir,
    said: Value,
}

impl Process {
    fn start(platform: Platform, people: usize) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (people, seed) = (people.to_string(), SEED.to_string());
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.args(["tenant", "--json", "--people", &people, "--seed", &seed, "--pace", "real"]);
        command.args([&format!("--{platform}"), "127.0.0.1:0", "--data"]).arg(data.path());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        // The document ends with the first brace that stands alone.
        let mut text = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            text.push_str(&line);
            if line == "}" {
                break;
            }
        }
        Self { child, data, said: serde_json::from_str(&text).unwrap() }
    }

    fn base(&self) -> Url {
        self.said["tenants"][0]["base"].as_str().unwrap().parse().unwrap()
    }

    fn credentials(&self) -> Value {
        serde_json::from_slice(&fs::read(self.said["credentials"].as_str().unwrap()).unwrap()).unwrap()
    }

    /// The platform's part of the very same company, told again.
    fn company(&self, platform: Platform, people: usize) -> Company {
        let notes: Value = serde_json::from_slice(&fs::read(self.data.path().join("tenants/tenants.json")).unwrap()).unwrap();
        Company::generate(Config::new(SEED, notes["stands_at"].as_i64().unwrap()).people(people)).unwrap().part(platform)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// What a reading took.
struct Read {
    took: Duration,
    assembling: Duration,
    people: usize,
    grants: usize,
}

async fn read(source: &impl Source, env: &Env) -> Read {
    let start = now();
    let (mut pages, mut cursor): (Vec<_>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = source.read_page(cursor.as_ref()).await.unwrap();
        cursor.clone_from(&page.next);
        pages.push(page);
        if cursor.is_none() {
            break;
        }
    }
    let took = start.elapsed();
    let start = now();
    let reading = source.assemble(env.now(), pages, 200).unwrap();
    assert!(reading.unread.is_empty(), "everything was read: {:?}", reading.unread);
    Read { took, assembling: start.elapsed(), people: reading.people.len(), grants: reading.grants.len() }
}

fn okta_source(process: &Process, env: &Env) -> OktaSource {
    let app = &process.credentials()["okta"]["reader"];
    let text = |name: &str| app[name].as_str().unwrap().to_owned();
    let key = Arc::new(SigningKey::from_pem(&SecretString::from(text("private_key"))).unwrap());
    OktaSource::new(OktaConfig {
        base: process.base(),
        env: env.clone(),
        pause: Arc::new(RealPause),
        limits: Limits::default(),
        reader: ServiceApp { client_id: text("client_id"), key_id: text("key_id"), key },
        governance: false,
        remover: None,
        attributes: Attributes::default(),
        owners: true,
    })
    .unwrap()
}

fn entra_source(process: &Process, env: &Env) -> EntraSource {
    let known = &process.credentials()["entra"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let reader = Credentials {
        client_id: text(&known["reader"]["client_id"]),
        proof: Proof::Secret(SecretString::from(text(&known["reader"]["client_secret"]))),
    };
    let mut config = EntraConfig::public(&text(&known["tenant_id"]), reader).unwrap();
    (config.graph, config.login) = (process.base(), process.base());
    EntraSource::new(config, env.clone(), Arc::new(RealPause)).unwrap()
}

/// Okta's lists and its limits by the minute, as documented for a small org.
async fn least_of_okta(company: &Company) -> Least {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = okta::Config::new(Arc::new(|| 0), Arc::new(|bytes: &mut [u8]| bytes.fill(1)));
    let org = okta::serve(listener, company, config).unwrap();
    let calls = org.fewest_calls();
    org.shutdown().await.unwrap();
    let of = |lists: &[&str]| lists.iter().map(|list| calls[list]).sum();
    let bucket = |name, lists: &[&str], limit| Bucket { name, takes: of(lists), limit, seconds: 60 };
    let buckets = vec![
        bucket("users", &["users"], 600),
        bucket("groups", &["groups", "rules", "members", "owners"], 500),
        bucket("list of applications", &["apps"], 100),
        bucket("applications", &["app users", "app groups"], 500),
        bucket("roles", &["role holders", "roles"], 600),
        bucket("log", &["log"], 60),
    ];
    Least { calls, buckets }
}

/// Entra's lists, and Graph's limits: resource units in ten seconds for the smallest size of tenant, and calls of the log.
async fn least_of_entra(company: &Company, tenant: &str) -> Least {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = entra::Config::new(tenant, Arc::new(|| 0), Arc::new(|bytes: &mut [u8]| bytes.fill(1)));
    let handle = entra::serve(listener, company, config).unwrap();
    let sizes = handle.sizes();
    handle.shutdown().await.unwrap();
    let pages = |rows: usize, most: usize| u64::try_from(rows.div_ceil(most).max(1)).unwrap();
    let each = |lists: &[usize]| lists.iter().map(|rows| pages(*rows, 999)).sum::<u64>();
    let calls = BTreeMap::from([
        ("users", pages(sizes.users, 500)),
        ("applications", pages(sizes.applications.len(), 999)),
        ("application assignments", each(&sizes.applications)),
        ("groups", pages(sizes.groups.len(), 999)),
        ("members", each(&sizes.groups)),
        ("role definitions", pages(sizes.role_definitions, 999)),
        ("role assignments", pages(sizes.role_assignments, 100)),
        ("sign-ins", pages(sizes.sign_ins, 1_000)),
        ("audit log", pages(sizes.audits, 1_000)),
    ]);
    // What a page of each costs in units: docs of Microsoft Graph, "Identity and access service limits".
    let costs = [("users", 2), ("application assignments", 2), ("members", 3)];
    let cost = |list: &str| costs.iter().find(|(known, _)| *known == list).map_or(1, |(_, cost)| *cost);
    let logs = ["sign-ins", "audit log"];
    let units = calls.iter().filter(|(list, _)| !logs.contains(list)).map(|(list, calls)| calls * cost(list)).sum();
    let buckets = vec![
        Bucket { name: "resource units", takes: units, limit: 3_500, seconds: 10 },
        // Both logs share one limit.
        Bucket { name: "logs", takes: logs.iter().map(|list| calls[list]).sum(), limit: 5, seconds: 10 },
    ];
    Least { calls, buckets }
}

fn main() {
    // `cargo test --all-targets` runs benchmarks too, and nobody waits a quarter of an hour for that.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let people = std::env::var("COUNTERSIGN_BENCH_PEOPLE").ok().and_then(|text| text.parse().ok()).unwrap_or(PEOPLE);
    tokio::runtime::Runtime::new().unwrap().block_on(measure(people));
}

async fn measure(people: usize) {
    let env = server::env::real(None);
    say(&format!("A company of {people} people: its Okta org and its Entra tenant start, each as a process of its own."));
    let (okta, entra) = (Process::start(Platform::Okta, people), Process::start(Platform::Entra, people));
    let least_okta = least_of_okta(&okta.company(Platform::Okta, people)).await;
    let tenant_id = entra.said["tenants"][0]["tenant_id"].as_str().unwrap();
    let least_entra = least_of_entra(&entra.company(Platform::Entra, people), tenant_id).await;
    for (name, least) in [("Okta", &least_okta), ("Entra", &least_entra)] {
        let lists: Vec<String> = least.calls.iter().map(|(list, calls)| format!("{list} {calls}")).collect();
        say(&format!("{name}, the fewest calls, each list at its largest page: {}", lists.join(", ")));
        for bucket in &least.buckets {
            let Bucket { name, takes, limit, seconds } = bucket;
            say(&format!("  {name}: {takes} at {limit} in {seconds} s take {} s at least", bucket.least()));
        }
    }
    say("Both are read now, at the pace that the vendors' limits allow in real time.");
    let (in_okta, in_entra) = (okta_source(&okta, &env), entra_source(&entra, &env));
    let (read_okta, read_entra) = tokio::join!(read(&in_okta, &env), read(&in_entra, &env));
    let mut measures = Vec::new();
    let calls = in_okta.client().calls();
    let made = calls.total() - calls.made["token"];
    put_source(&mut measures, "okta", &least_okta, (made, &calls), &read_okta);
    let (graph, _) = in_entra.calls();
    let batches = graph.made.get("batch").copied().unwrap_or(0);
    put_source(&mut measures, "entra", &least_entra, (graph.total() - batches + graph.in_batches, &graph), &read_entra);
    put(&mut measures, plain("entra: requests over the wire, a batch as one".to_owned(), graph.total() as f64, "calls"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = root.join("target/bench-connectors.json");
    fs::create_dir_all(root.join("target")).unwrap();
    fs::write(&file, serde_json::to_vec_pretty(&json!({ "machine": machine(), "measures": measures })).unwrap()).unwrap();
    say(&format!("Written to {}", file.canonicalize().unwrap_or_else(|_| PathBuf::from("target")).display()));
}

fn put_source(measures: &mut Vec<Measure>, name: &str, least: &Least, (made, calls): (u64, &Calls), read: &Read) {
    let beside = |name: String, value: f64, unit, yardstick: String, least: f64, goal: f64| Measure {
        name,
        value,
        unit,
        yardstick: Some(yardstick),
        yardstick_value: Some(least),
        ratio: (least > 0.0).then(|| value / least),
        goal: Some(goal),
        met: (least > 0.0).then(|| value / least <= goal),
    };
    let tightest = least.tightest();
    let (fewest, allowed) = (least.calls() as f64, tightest.least() as f64);
    let lists = "fewest possible: each list at its largest page, a page at least for each".to_owned();
    put(measures, beside(format!("{name}: calls to read everybody"), made as f64, "calls", lists, fewest, CALLS_GOAL));
    let limit = format!("the limits alone: {} {} at {} in {} s", tightest.takes, tightest.name, tightest.limit, tightest.seconds);
    put(measures, beside(format!("{name}: time to read everybody"), read.took.as_secs_f64(), "s", limit, allowed, TIME_GOAL));
    put(measures, plain(format!("{name}: calls refused as one too many (429)"), calls.limited as f64, "calls"));
    put(measures, plain(format!("{name}: time waited for limits"), calls.waited as f64 / 1e6, "s"));
    put(measures, plain(format!("{name}: time to put the pages together"), read.assembling.as_secs_f64(), "s"));
    put(measures, plain(format!("{name}: accounts read"), read.people as f64, "1"));
    put(measures, plain(format!("{name}: grants read"), read.grants as f64, "1"));
}

fn plain(name: String, value: f64, unit: &'static str) -> Measure {
    Measure { name, value, unit, yardstick: None, yardstick_value: None, ratio: None, goal: None, met: None }
}

fn put(measures: &mut Vec<Measure>, measure: Measure) {
    let beside = match (&measure.yardstick, measure.yardstick_value, measure.ratio) {
        (Some(yardstick), Some(value), Some(ratio)) => format!("; {ratio:.3} times {value:.0} ({yardstick})"),
        (Some(yardstick), Some(value), None) => format!("; beside {value:.0} ({yardstick})"),
        _ => String::new(),
    };
    let verdict = match (measure.met, measure.goal) {
        (Some(true), Some(goal)) => format!(", goal of {goal} met"),
        (Some(false), Some(goal)) => format!(", GOAL OF {goal} MISSED"),
        _ => String::new(),
    };
    say(&format!("{:>12.1} {:<5} {}{beside}{verdict}", measure.value, measure.unit, measure.name));
    measures.push(measure);
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a measurement of this machine; nothing of it enters the product's data")]
fn now() -> Instant {
    Instant::now()
}

fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} cores", model.map_or("unknown processor", |(_, name)| name))
}
