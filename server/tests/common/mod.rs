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

/// Holds a document to one of the schemas of `docs/schemas`.
pub fn matches(schema: &str, document: &serde_json::Value) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas").join(schema);
    let validator = jsonschema::validator_for(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).unwrap();
    let wrong: Vec<String> = validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{schema}: {wrong:#?} in {document:#}");
}

/// What the program said to people.
pub fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
