//! The use cases on the invented company: read, open, ask, on both databases.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

mod house;
mod opening;
mod quality;
mod reading;
