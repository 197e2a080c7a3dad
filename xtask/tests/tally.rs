//! What test runners say: how many tests ended how, which did not hold, and why.

use xtask::tally::{Count, Failure, Tally};

fn count(lines: &[&str]) -> (u32, u32, u32) {
    let mut count = Count::default();
    for line in lines {
        count.add_line(line);
    }
    (count.passed, count.failed, count.skipped)
}

#[test]
fn closing_lines_of_every_runner_are_counted() {
    assert_eq!(count(&["test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s"]), (3, 1, 2));
    assert_eq!(count(&["     Summary [   1.234s] 12 tests run: 10 passed (1 slow), 2 failed, 3 skipped"]), (10, 2, 3));
    assert_eq!(count(&["  7 passed (12.4s)", "  1 failed", "  2 flaky", "  4 skipped", "  5 did not run"]), (7, 3, 9));
    assert_eq!(count(&["  7 passed (1.2m)"]), (7, 0, 0));
    let failed_under_nextest = [
        "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 8 filtered out; finished in 0.00s",
        "     Summary [   1.234s] 9 tests run: 8 passed, 1 failed, 0 skipped",
    ];
    assert_eq!(count(&failed_under_nextest), (8, 1, 0), "what a failed test printed is not counted again");
}

#[test]
fn other_lines_count_nothing() {
    assert_eq!(
        count(&[
            "the 3 passed items stay",
            "running 4 tests",
            "12 rows failed, and 3 passed",
            "test a::b ... ok",
            "error: test run failed",
        ]),
        (0, 0, 0)
    );
}

/// What is told of the failures in an output.
fn failures(lines: &str) -> Vec<Failure> {
    let mut tally = Tally::default();
    lines.lines().for_each(|line| tally.add_line(line));
    tally.failures
}

fn failure(test: &str, reason: &[&str]) -> Failure {
    Failure { test: test.to_owned(), reason: reason.iter().map(|&line| line.to_owned()).collect() }
}

#[test]
fn what_failed_in_the_browser_is_told_with_its_first_lines() {
    let said = "
  ✘  2 tests/one.spec.ts:3:1 › two (14ms)

  1) tests/one.spec.ts:3:1 › two ──────────────

    Error: what one is

    expect(received).toBe(expected) // Object.is equality

    Expected: 2
    Received: 1

      2 | test(\"one\", () => {});
    > 3 | test(\"two\", () => {});

  2) tests/one.spec.ts:9:3 › without JavaScript › three ──

    Test timeout of 60000ms exceeded.

  2 failed
    tests/one.spec.ts:3:1 › two ──────────────";
    let two = ["Error: what one is", "expect(received).toBe(expected) // Object.is equality", "Expected: 2", "Received: 1"];
    let found = failures(said);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].test.as_str(), &found[0].reason[..4]), ("tests/one.spec.ts:3:1 › two", &two.map(str::to_owned)[..]));
    assert_eq!(found[1].test, "tests/one.spec.ts:9:3 › without JavaScript › three");
    assert_eq!(found[1].reason[0], "Test timeout of 60000ms exceeded.");
}

#[test]
fn what_failed_in_rust_is_told_once_with_where_it_panicked() {
    let said = "
        FAIL [   0.013s] (  3/120) review::decisions a_last_holder_stays
  stdout ───

    running 1 test
    test a_last_holder_stays ... FAILED

  stderr ───

    thread 'a_last_holder_stays' (7) panicked at crates/review/tests/decisions/last.rs:7:5:
    assertion `left == right` failed
      left: 1
     right: 2
    note: run with `RUST_BACKTRACE=1`
    stack backtrace:
       0: here
       1: there
       2: elsewhere
     SIGABRT [   1.200s] server::kill ends
     Summary [   1.234s] 2 tests run: 0 passed, 2 failed, 0 skipped
        FAIL [   0.013s] (  3/120) review::decisions a_last_holder_stays
    thread 'a_last_holder_stays' (7) panicked at somewhere else";
    let reason = [
        "thread 'a_last_holder_stays' (7) panicked at crates/review/tests/decisions/last.rs:7:5:",
        "assertion `left == right` failed",
        "left: 1",
        "right: 2",
        "note: run with `RUST_BACKTRACE=1`",
        "stack backtrace:",
        "0: here",
        "1: there",
    ];
    assert_eq!(failures(said), [failure("review::decisions a_last_holder_stays", &reason), failure("server::kill ends", &[])]);
}

#[test]
fn cargo_s_own_runner_is_understood() {
    let said = "
test line::tests::far ... FAILED

failures:

---- line::tests::far stdout ----

thread 'line::tests::far' panicked at src/line.rs:3:9:
too far

failures:
    line::tests::far

test result: FAILED. 0 passed; 1 failed; 0 ignored";
    let found = failures(said);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].test.as_str(), found[0].reason[1].as_str()), ("line::tests::far", "too far"));
}

#[test]
fn a_failure_is_told_on_a_line_with_what_it_said_below() {
    let mut tally = Tally::default();
    for line in ["---- far stdout ----", "thread 'far' panicked at a.rs:1:1:", "too far"] {
        tally.add_line(line);
    }
    assert_eq!(tally.told(), ["  far", "      thread 'far' panicked at a.rs:1:1:", "      too far"]);
}

#[test]
fn what_holds_is_not_told() {
    let said = "
        PASS [   0.013s] (1/2) xtask::tally other
        SLOW [> 60.000s] server::kill ends
        FAILED [see below] nothing
  3) of a list in a test's output
  7 passed (12.4s)";
    assert_eq!(failures(said), []);
}
