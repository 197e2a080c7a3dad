//! The use cases on the invented company: read, open, ask, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test, and the figures are printed for whoever runs it"
)]

mod duties;
mod explaining;
mod house;
mod learning;
mod opening;
mod patterns;
mod quality;
mod reading;
