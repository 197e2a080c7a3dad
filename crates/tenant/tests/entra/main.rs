//! The simulated Entra tenant keeps its vendor's contract, limits and traps.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

#[path = "../common/mod.rs"]
mod common;
mod contract;
mod reviews;
mod signing_in;
mod support;
mod traps;
