//! Deciding, undoing, escalating, handing over, closing, orders and proofs, on both databases, through the public surface.

#![expect(clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod above;
mod again;
mod braking;
mod changing;
mod closing;
mod deciding;
mod desks;
mod duties;
mod earlier;
mod emergency;
mod fairness;
mod figures;
mod invariants;
mod joining;
mod judged_first;
mod ordering;
mod person;
mod proving;
mod quality;
mod reconciling;
mod restriction;
mod returning;
mod reversing;
mod settling;
mod shadow;
mod world;
