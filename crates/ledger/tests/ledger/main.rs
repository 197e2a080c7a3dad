//! What the ledger promises, through its public surface.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod common;
mod draw;
mod entry;
mod note;
mod pack;
mod schemas;
mod tamper;
mod tree;
mod verify;
