//! The running program: configuration, HTTP, sign-in, jobs, command line.
//!
//! This is the composition root: the only place that knows every other crate,
//! reads the machine's clock and asks the operating system for chance.

pub mod config;
pub mod env;
pub mod keys;
