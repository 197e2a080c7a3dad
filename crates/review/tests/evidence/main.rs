//! The ledger's places, audits, evidence packs, erasure, sign-in and jobs, on both databases, through the public surface.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod erasing;
#[path = "../company/house.rs"]
#[expect(dead_code, reason = "the same house serves other tests, which use more of it")]
mod house;
mod jobs;
mod packs;
mod scale;
mod sequencing;
mod signing_in;
mod story;
mod tampering;
#[path = "../decisions/world.rs"]
#[expect(dead_code, reason = "the same small company serves other tests, which use more of it")]
mod world;
