//! Commands that see what they would see in a shell.

use std::ffi::OsStr;
use std::process::Command;

/// What `cargo run` tells the program that it starts, by the beginning of the name. Build scripts that ask for one of them
/// (ring's does) would be run again, and what depends on them compiled again, whenever a shell and `make` take turns.
const OF_CARGO_RUN: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];

/// A command without the variables by which cargo describes this program.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| OF_CARGO_RUN.iter().any(|one| name.starts_with(one))) {
            command.env_remove(name);
        }
    }
    command
}
