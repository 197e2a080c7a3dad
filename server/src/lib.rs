//! The running program: configuration, HTTP, sign-in, jobs, command line.
//!
//! This is the composition root: the only place that knows every other crate,
//! reads the machine's clock and asks the operating system for chance.

pub mod assets;
pub mod cli;
pub mod config;
pub mod demo;
pub mod env;
pub mod http;
pub mod installation;
pub mod jobs;
pub mod keys;
pub mod metrics;
pub mod serve;
pub mod sessions;
pub mod signin;
pub mod tenants;
