//! The program over HTTP: rights, sign-in, forms and headers, through the very router that is served.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod api;
mod controls;
mod https;
mod limits;
mod models;
mod native;
mod platforms;
mod providers;
mod quality;
mod reconcile;
mod removals;
mod rights;
mod shadow;
mod sign_in;
mod streams;
mod web;
mod world;
mod zone;
