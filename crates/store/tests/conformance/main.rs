//! Every store function on both databases. SQLite takes a missing bind for NULL without a word, so each is called here.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod access;
mod campaigns;
mod decisions;
mod duties;
mod explain;
mod fairness;
mod findings;
mod house;
mod jobs;
mod judged_first;
mod leases;
mod ledger;
mod models;
mod native;
mod orders;
mod paging;
mod patterns;
mod people;
mod quality;
mod reconciliation;
mod schema;
mod sealed;
mod shadow;
mod views;
