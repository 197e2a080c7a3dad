//! The program as its users have it: a process with arguments and an exit code.

use std::process::{Command, Output};

/// Names the program that is tested in the place of the one that was compiled with the tests. `make test-long` names the
/// release build: what is killed five hundred times is what people run, and takes half the processor's time.
const PROGRAM: &str = "COUNTERSIGN_TESTED_PROGRAM";

/// The program, ready for arguments.
pub fn program() -> Command {
    let mut command = Command::new(std::env::var_os(PROGRAM).unwrap_or_else(|| env!("CARGO_BIN_EXE_countersign").into()));
    command.env_remove("RUST_LOG");
    command
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// What the program printed.
pub fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What the program said to people.
pub fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
