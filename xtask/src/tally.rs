//! What test runners say, read line by line: how many tests ended how, and which did not hold and why.

/// How many lines of a reason are kept: the sentence, what was expected, what was found.
const REASON: usize = 8;

/// How many tests ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Tests that held.
    pub passed: u32,
    /// Tests that did not.
    pub failed: u32,
    /// Tests that were left out, by their own mark.
    pub skipped: u32,
}

impl Count {
    /// Adds what another run came to.
    pub const fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Adds what a runner's closing line says. Other lines count nothing.
    ///
    /// Known are cargo (`test result: ok. 3 passed; 0 failed; 1 ignored; …`), nextest
    /// (`Summary [ 1.2s] 4 tests run: 3 passed (1 slow), 1 failed, 0 skipped`) and Playwright
    /// (`3 passed (2.1s)`, `1 failed`, each on a line of its own). Cargo's is at the margin: nextest shows a failed test's own
    /// output indented, and the closing line in it counts a test that the summary counts.
    pub fn add_line(&mut self, line: &str) {
        let at_margin = line.starts_with("test result:");
        let line = line.trim();
        let words: Vec<&str> = line
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '(' | ')'))
            .filter(|word| !word.is_empty())
            .collect();
        let closing = at_margin
            || (line.starts_with("Summary [") && line.contains(" run:"))
            || matches!(words.as_slice(),
                [number, "passed" | "failed" | "skipped" | "flaky"] if number.parse::<u32>().is_ok())
            || matches!(words.as_slice(), [number, "did", "not", "run"] if number.parse::<u32>().is_ok())
            || (matches!(words.as_slice(), [number, "passed", ..] if number.parse::<u32>().is_ok()) && line.ends_with(')'));
        if !closing {
            return;
        }
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u32>() else {
                continue;
            };
            match pair[1] {
                "passed" => self.passed += number,
                // A test that held only on a second try did not hold.
                "failed" | "flaky" | "timed" => self.failed += number,
                "skipped" | "ignored" | "did" => self.skipped += number,
                _ => {}
            }
        }
    }
}

/// A test that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its name, as its runner says it.
    pub test: String,
    /// The first lines of what it said; none where it said nothing, as when it is killed.
    pub reason: Vec<String>,
}

/// What a run of tests came to. The end of a long log is what people are shown first, so the failures are kept to be told there.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many tests ended how.
    pub count: Count,
    /// Those that did not hold, each once, in the order in which they were reported.
    pub failures: Vec<Failure>,
    /// The failure whose report is being read, and whether its reason has begun.
    reading: Option<(usize, bool)>,
}

impl Tally {
    /// Adds what a later run came to.
    pub fn add(&mut self, other: Self) {
        self.count.add(other.count);
        self.failures.extend(other.failures);
        self.reading = None;
    }

    /// Reads one line of a runner's output.
    ///
    /// Reports begin, at nextest, with `FAIL [ 0.1s] (3/9) crate::file test` (or `TIMEOUT`, or the signal that ended it), at cargo with
    /// `---- test stdout ----` at the margin, and at Playwright with `  1) tests/file.spec.ts:3:1 › test ───`. What a test of Rust says
    /// stands after the line that says where it panicked.
    pub fn add_line(&mut self, line: &str) {
        self.count.add_line(line);
        if let Some((test, said_at_once)) = reported(line) {
            let known = self.failures.iter().position(|one| one.test == test);
            let at = known.unwrap_or_else(|| {
                self.failures.push(Failure { test, reason: Vec::new() });
                self.failures.len() - 1
            });
            // A runner that reports a failure a second time says the same.
            self.reading = self.failures[at].reason.is_empty().then_some((at, said_at_once));
            return;
        }
        let Some((at, begun)) = self.reading else { return };
        let begun = begun || line.contains(" panicked at ");
        self.reading = Some((at, begun));
        let reason = &mut self.failures[at].reason;
        if begun && !line.trim().is_empty() {
            reason.push(line.trim().to_owned());
        }
        if reason.len() == REASON {
            self.reading = None;
        }
    }

    /// The failures in words, a line each for the name and for what was said.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let told = |failure: &Failure| {
            let reason = failure.reason.iter().map(|line| format!("      {line}"));
            std::iter::once(format!("  {}", failure.test)).chain(reason).collect::<Vec<_>>()
        };
        self.failures.iter().flat_map(told).collect()
    }
}

/// The test of which a report begins on this line, and whether what it said follows at once.
fn reported(line: &str) -> Option<(String, bool)> {
    let text = line.trim();
    if let Some((number, rest)) = text.split_once(") ")
        && number.parse::<u32>().is_ok()
        && rest.contains(" › ")
    {
        return Some((rest.trim_end_matches(['─', ' ']).to_owned(), true));
    }
    if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
        return Some((name.to_owned(), false));
    }
    let (what, rest) = text.split_once(" [")?;
    let ended_badly = matches!(what, "FAIL" | "TIMEOUT" | "ABORT" | "LEAK-FAIL") || what.starts_with("SIG");
    let (time, name) = rest.split_once("] ")?;
    if !ended_badly || !time.ends_with('s') {
        return None;
    }
    // Newer runners count: `(  3/120) `.
    let name = name.trim_start();
    let name = name.strip_prefix('(').and_then(|counted| counted.split_once(") ")).map_or(name, |(_, name)| name.trim_start());
    Some((name.to_owned(), false))
}
