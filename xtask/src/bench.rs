//! `make bench`: what the promises of the README cost, measured on this machine.
//!
//! Writes `target/bench.json`: `{"machine": …, "measures": [{"name", "value", "unit",
//! "yardstick", "yardstick_value", "ratio", "goal", "met"}]}`. `yardstick` says what the value is
//! compared with, `ratio` is value by yardstick; both and `goal` are null where there is none.

use crate::paths::Paths;
use crate::site::Manifest;
use crate::{Error, Result, say};
use serde::Serialize;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// People in the measured company: the demo's own number.
const PEOPLE: &str = "1200";

#[derive(Debug, Serialize)]
struct Bench {
    machine: String,
    measures: Vec<Measure>,
}

/// One figure. Smaller is better in all of them.
#[derive(Debug, Serialize)]
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

impl Measure {
    fn new(name: &str, value: f64, unit: &'static str) -> Self {
        Self { name: name.to_owned(), value, unit, yardstick: None, yardstick_value: None, ratio: None, goal: None, met: None }
    }

    fn with_goal(mut self, yardstick: &'static str, goal: f64) -> Self {
        self.yardstick = Some(yardstick);
        self.yardstick_value = Some(goal);
        self.ratio = Some(self.value / goal);
        self.goal = Some(goal);
        self.met = Some(self.value <= goal);
        self
    }
}

/// Measures with the built release, and writes the file. A goal that is missed is reported, and
/// is no failure of the step.
pub fn run(paths: &Paths) -> Result<()> {
    let program = paths.target.join("release/countersign");
    if !program.is_file() {
        return Err(Error::sentence("There is no release to measure. `make build` makes it."));
    }
    let data = std::env::temp_dir().join(format!("countersign-bench-{}", std::process::id()));
    std::fs::create_dir(&data).map_err(Error::file(&data))?;
    let measured = measure(paths, &program, &data);
    if let Err(error) = std::fs::remove_dir_all(&data) {
        say(&format!("{} could not be removed: {error}", data.display()));
    }
    let bench = Bench { machine: machine(), measures: measured? };
    for measure in &bench.measures {
        let verdict = match measure.met {
            Some(true) => ", as promised",
            Some(false) => ", MISSED",
            None => "",
        };
        say(&format!("{:>12.3} {:<2} {}{verdict}", measure.value, measure.unit, measure.name));
    }
    let json = serde_json::to_vec_pretty(&bench).map_err(|error| Error::sentence(format!("bench.json cannot be written: {error}")))?;
    let file = paths.root.join("target/bench.json");
    std::fs::write(&file, json).map_err(Error::file(&file))
}

fn measure(paths: &Paths, program: &Path, data: &Path) -> Result<Vec<Measure>> {
    let mut measures = sizes(paths)?;
    let report = data.join("report.json");
    let mut story = Command::new(program);
    story
        .args(["demo", "--headless", "--people", PEOPLE, "--seed", "7", "--data"])
        .arg(data.join("demo"))
        .arg("--report")
        .arg(&report)
        .stdout(Stdio::null());
    let start = now();
    let status = story.status().map_err(Error::start(program))?;
    let whole = start.elapsed();
    if !status.success() {
        return Err(Error::Program { program: "countersign demo --headless".to_owned(), status: status.to_string() });
    }
    measures.push(Measure::new("demo.headless: company to verified pack", whole.as_secs_f64(), "s"));
    measures.extend(reported(&report)?);
    measures.push(
        Measure::new("demo.warm: start to first answer on a prepared folder", warm(program, &data.join("demo"))?.as_secs_f64(), "s")
            .with_goal("a warm demo answers within 10 seconds", 10.0),
    );
    Ok(measures)
}

/// What a browser fetches, before compression.
fn sizes(paths: &Paths) -> Result<Vec<Measure>> {
    let file = paths.site.join("assets.json");
    let text = std::fs::read(&file).map_err(Error::file(&file))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| Error::sentence(format!("{}: {error}", paths.short(&file))))?;
    ["app.css", "app.js", "app_bg.wasm"]
        .iter()
        .filter_map(|plain| Some((plain, manifest.files.get(*plain)?)))
        .map(|(plain, published)| {
            let path = paths.site.join("pkg").join(published);
            let size = std::fs::metadata(&path).map_err(Error::file(&path))?.len();
            let kilobytes = f64::from(u32::try_from(size).unwrap_or(u32::MAX)) / 1000.0;
            Ok(Measure::new(&format!("assets.{plain}"), kilobytes, "kB"))
        })
        .collect()
}

/// The phases of the story, as its own report times them: keys that end with `_ms`.
fn reported(report: &Path) -> Result<Vec<Measure>> {
    let text = std::fs::read(report).map_err(Error::file(report))?;
    let json: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| Error::sentence(format!("the demo's report is no JSON: {error}")))?;
    let timings = json.get("timings").and_then(serde_json::Value::as_object);
    Ok(timings
        .into_iter()
        .flatten()
        .filter_map(|(phase, value)| {
            let phase = phase.strip_suffix("_ms")?;
            Some(Measure::new(&format!("demo.{phase}"), value.as_f64()?, "ms"))
        })
        .collect())
}

/// Starts the demo on a folder that is prepared, and waits for its first good answer.
fn warm(program: &Path, data: &Path) -> Result<Duration> {
    let address = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| Error::sentence(format!("no free port on 127.0.0.1: {error}")))?;
    let start = now();
    let mut server = Command::new(program)
        .args(["demo", "--people", PEOPLE, "--seed", "7", "--data"])
        .arg(data)
        .args(["--port", &address.port().to_string()])
        .stdout(Stdio::null())
        .spawn()
        .map_err(Error::start(program))?;
    let answered = wait_for(&mut server, address, start);
    // Asked to end as a person would, so that the folder is left whole.
    let _ = Command::new("kill").arg(server.id().to_string()).status();
    let _ = server.wait();
    answered
}

fn wait_for(server: &mut Child, address: SocketAddr, start: Instant) -> Result<Duration> {
    while start.elapsed() < Duration::from_mins(2) {
        if server.try_wait().is_ok_and(|status| status.is_some()) {
            return Err(Error::sentence("The demo ended before it answered; it has said why above."));
        }
        if answers(address) {
            return Ok(start.elapsed());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(Error::sentence("The demo did not answer within two minutes."))
}

/// Whether `/readyz` answers 200.
fn answers(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
        return false;
    };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    let mut answer = [0_u8; 12];
    asked.is_ok() && stream.read_exact(&mut answer).is_ok() && answer.ends_with(b" 200")
}

#[expect(clippy::disallowed_methods, reason = "a measurement of this machine; nothing of it enters the product's data")]
fn now() -> Instant {
    Instant::now()
}

/// Processor, cores and system, as far as they are known.
fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor =
        processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("unknown processor", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{processor}, {cores} cores, {}", std::env::consts::OS)
}
