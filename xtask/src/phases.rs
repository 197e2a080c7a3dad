//! `make test`: the phases in order, the time of each, one count over all suites, and what failed.

use crate::command::command;
use crate::paths::{Paths, on_path};
use crate::pg::{Cluster, VARIABLE};
use crate::scratch::Scratch;
use crate::style::Sources;
use crate::tally::{Count, Tally};
use crate::{Error, Result, assets, say};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// What `--long` raises, where the environment does not say otherwise: how often the program is
/// killed at a random moment in each of its crash tests (20 without), the cases of each property test (some dozens without), and whether real
/// data goes through both databases.
const LONG: [(&str, &str); 3] = [("COUNTERSIGN_KILL_ROUNDS", "500"), ("PROPTEST_CASES", "2000"), ("COUNTERSIGN_REAL_DATA_ON_BOTH", "1")];

/// Names the program that the tests of the whole program start, in the place of the one that was compiled with them.
const TESTED_PROGRAM: &str = "COUNTERSIGN_TESTED_PROGRAM";

struct Run {
    rows: Vec<(&'static str, &'static str, Duration)>,
    tally: Tally,
    failed: bool,
}

impl Run {
    /// Runs one phase and keeps its time. Says whether it held.
    fn phase(&mut self, name: &'static str, step: impl FnOnce(&mut Tally) -> Result<bool>) -> bool {
        let ended = Ended::of(name, step);
        self.keep(ended)
    }

    /// Runs two phases at the same time: each of them leaves a core idle now and then. Says whether each held.
    fn beside(
        &mut self,
        one: (&'static str, impl FnOnce(&mut Tally) -> Result<bool>),
        other: (&'static str, impl FnOnce(&mut Tally) -> Result<bool> + Send),
    ) -> (bool, bool) {
        let (one, other) = std::thread::scope(|scope| {
            let other_ended = scope.spawn(move || Ended::of(other.0, other.1));
            let one = Ended::of(one.0, one.1);
            let lost = Ended { name: other.0, held: false, time: Duration::ZERO, tally: Tally::default() };
            (one, other_ended.join().unwrap_or(lost))
        });
        (self.keep(one), self.keep(other))
    }

    fn keep(&mut self, ended: Ended) -> bool {
        self.rows.push((ended.name, if ended.held { "ok" } else { "FAILED" }, ended.time));
        self.tally.add(ended.tally);
        self.failed |= !ended.held;
        ended.held
    }
}

/// A phase that was run.
struct Ended {
    name: &'static str,
    held: bool,
    time: Duration,
    tally: Tally,
}

impl Ended {
    fn of(name: &'static str, step: impl FnOnce(&mut Tally) -> Result<bool>) -> Self {
        say(&format!("\n== {name}"));
        #[expect(clippy::disallowed_methods, reason = "the duration of a build phase is told to a person and stored nowhere")]
        let start = Instant::now();
        let mut tally = Tally::default();
        let held = step(&mut tally).unwrap_or_else(|error| {
            say(&error.to_string());
            false
        });
        let time = start.elapsed();
        say(&format!("== {name}: {} in {:.1} s", if held { "ok" } else { "FAILED" }, time.as_secs_f64()));
        Self { name, held, time, tally }
    }
}

/// Runs all phases; `long` runs the tests that grow by number with what [`LONG`] says.
pub fn test(paths: &Paths, long: bool) -> Result<ExitCode> {
    let scratch = Scratch::make();
    let mut run = Run { rows: Vec::new(), tally: Tally::default(), failed: false };
    let cargo = |arguments: &[&str]| {
        let mut cargo = command("cargo");
        cargo.args(arguments).current_dir(&paths.root);
        cargo
    };
    run.phase("format", |_| plain(cargo(&["fmt", "--all", "--check"])));
    let lint = |what: &[&str]| plain(cargo(&[&["clippy", "--locked"], what, &["--", "-D", "warnings"]].concat()));
    // The assets are compiled in a folder of their own, so that neither waits for the other.
    let (assets, _) = run.beside(
        ("assets", |_: &mut Tally| assets::build(paths).map(|_| true)),
        ("clippy, browser part", |_: &mut Tally| lint(&["--package", "app", "--lib", "--no-default-features", "--features", "hydrate"])),
    );
    // The server embeds the assets, so nothing compiles without them.
    if assets {
        run.phase("clippy", |_| lint(&["--workspace", "--all-targets"]));
        run.phase("dependencies", |_| dependencies(paths));
        // Built here and not only taken where one is there: an old one would be tested for the present one.
        let program = long
            && run.phase("building the program as people run it", |_| {
                plain(cargo(&["build", "--locked", "--release", "--package", "server", "--bin", "countersign"]))
            });
        let program = program.then(|| paths.target.join("release/countersign"));
        if run.phase("compiling the tests", |_| plain(cargo(&runner(long, "--no-run")))) {
            run.beside(
                ("tests on SQLite and PostgreSQL", |tally: &mut Tally| {
                    let mut runner = cargo(&runner(long, "--no-fail-fast"));
                    if let Some(program) = &program {
                        runner.env(TESTED_PROGRAM, program);
                    }
                    tests(runner, long, &scratch, tally)
                }),
                ("browser tests", |tally: &mut Tally| browser_tests(paths, &scratch, tally)),
            );
        }
        run.phase("examples in the documentation", |tally| {
            counted(cargo(&["test", "--workspace", "--doc", "--locked", "--no-fail-fast"]), "", tally)
        });
    }

    say("\nPhases");
    for (name, result, time) in &run.rows {
        say(&format!("  {:>8.1} s  {result:<6}  {name}", time.as_secs_f64()));
    }
    if !paths.shared().is_dir() {
        say(&format!(
            "NOT CHECKED: {} is not there, so tests on real data and on the platforms' contracts passed without looking at either.",
            paths.shared().display()
        ));
    }
    let Count { passed, failed, skipped } = run.tally.count;
    // Of a long log the end is read first, and where it is cut the beginning is gone.
    for line in run.tally.told() {
        say(&line);
    }
    say(&format!("{passed} passed, {failed} failed, {skipped} skipped"));
    if run.failed && failed == 0 {
        say("A phase other than the tests failed; see the list above.");
    }
    Ok(if run.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The check of `xtask classes`.
pub fn check_classes(paths: &Paths) -> Result<()> {
    let sources = Sources::read(paths)?;
    let findings = sources.findings()?;
    if findings.is_empty() {
        say(&format!("{} classes in use, each with a rule", sources.classes.used.len()));
        return Ok(());
    }
    Err(Error::sentence(findings.join("\n")))
}

/// What cargo is asked for to compile every crate's tests, with `--no-run`, or to run them.
fn runner(long: bool, last: &'static str) -> Vec<&'static str> {
    if on_path(&["cargo-nextest"]).is_none() {
        return vec!["test", "--workspace", "--all-targets", "--locked", last];
    }
    let profile = if long { "long" } else { "default" };
    vec!["nextest", "run", "--workspace", "--locked", "--profile", profile, last]
}

/// Every crate's tests, with both databases at hand.
fn tests(mut command: Command, long: bool, scratch: &Scratch, tally: &mut Tally) -> Result<bool> {
    let cluster = Cluster::start(scratch)?;
    if long {
        for (name, value) in LONG {
            if std::env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
    }
    scratch.used_by(&mut command);
    command.env(VARIABLE, cluster.url());
    counted(command, "", tally)
}

/// The browser's view, on the program that was compiled for the tests.
fn browser_tests(paths: &Paths, scratch: &Scratch, tally: &mut Tally) -> Result<bool> {
    let mut command = Command::new("npx");
    scratch.used_by(&mut command);
    command
        .args(["--no-install", "playwright", "test"])
        .env("COUNTERSIGN_BIN", paths.target.join("debug/countersign"))
        .current_dir(paths.root.join("end2end"));
    counted(command, "browser: ", tally)
}

/// cargo-deny with the rules of `deny.toml`. Known faults are published in a database on the net: without it, all other rules
/// are checked, and it is said that these were not.
fn dependencies(paths: &Paths) -> Result<bool> {
    let Some(program) = on_path(&["cargo-deny"]).or_else(installed_deny) else {
        say("NOT CHECKED: cargo-deny is not installed, and `make setup` could not install it; deny.toml holds the rules.");
        return Ok(true);
    };
    let deny = |arguments: &[&str]| {
        let mut deny = Command::new(&program);
        deny.arg("--workspace").args(arguments).current_dir(&paths.root);
        deny
    };
    let rules = plain(deny(&["check", "bans", "licenses", "sources"]))?;
    let fetched = deny(&["fetch", "db"]).output().map_err(Error::start(&program))?.status.success();
    if !fetched {
        say("NOT CHECKED: the database of known faults, https://github.com/RustSec/advisory-db, cannot be reached.");
        return Ok(rules);
    }
    Ok(plain(deny(&["check", "advisories"]))? && rules)
}

/// Where `.config/setup.sh` puts cargo-deny.
fn installed_deny() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    Some(cache.join("countersign/tools/bin/cargo-deny")).filter(|program| program.is_file())
}

/// Runs a command with its output going straight to the terminal.
fn plain(mut command: Command) -> Result<bool> {
    let program = command.get_program().to_owned();
    Ok(command.status().map_err(Error::start(program))?.success())
}

/// Runs a test runner, shows what it prints, each line after `mark`, and counts its tests.
fn counted(mut command: Command, mark: &str, tally: &mut Tally) -> Result<bool> {
    let program = command.get_program().to_owned();
    let mut child = command
        .env("CARGO_TERM_COLOR", "never")
        .env("NO_COLOR", "1")
        .env_remove("FORCE_COLOR")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::start(program))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (out, err) = std::thread::scope(|scope| {
        let out = scope.spawn(move || out.map(|out| show(out, mark)).unwrap_or_default());
        let err = err.map(|err| show(err, mark)).unwrap_or_default();
        (out.join().unwrap_or_default(), err)
    });
    tally.add(out);
    tally.add(err);
    let status = child.wait().map_err(Error::start("the test runner"))?;
    Ok(status.success())
}

/// Shows a runner's output line by line and reads it.
fn show(stream: impl Read, mark: &str) -> Tally {
    let mut tally = Tally::default();
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        tally.add_line(text);
        say(&format!("{mark}{text}"));
        line.clear();
    }
    tally
}
