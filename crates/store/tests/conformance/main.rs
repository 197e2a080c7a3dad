//! Every store function on both databases. SQLite takes a missing bind for NULL without a word, so each is called here.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

mod jobs;
mod leases;
mod ledger;
mod people;
mod schema;
mod sealed;
