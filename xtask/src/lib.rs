//! The steps that cargo alone cannot do: the browser part, the style sheet, the throwaway
//! database of the tests, and the phases of `make test`.
//!
//! Everything here runs at build time on a developer's or a build machine. Nothing of it is
//! part of the program that people run.

pub mod assets;
pub mod bench;
pub mod classes;
pub mod command;
pub mod css;
pub mod error;
pub mod fonts;
pub mod lexer;
pub mod paths;
pub mod pg;
pub mod phases;
pub mod scratch;
pub mod site;
pub mod stamp;
pub mod style;
pub mod tally;
pub mod toolchain;
pub mod wasm;

pub use error::{Error, Result};

/// Says a sentence to the person at the terminal, on standard error.
///
/// Standard output stays free for what a step produces.
pub fn say(sentence: &str) {
    #![expect(clippy::print_stderr, reason = "a build step speaks to the person at the terminal")]
    eprintln!("{sentence}");
}
