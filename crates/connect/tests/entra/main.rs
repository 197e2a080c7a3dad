//! The Entra connector against the simulated tenant.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod administration;
mod checking;
mod events;
mod misbehaviour;
mod reading;
mod removing;
mod reviews;
mod risks;
mod signing_in;
mod support;
mod unread;
