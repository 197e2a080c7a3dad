//! The invented company, a simulated sign-in provider and a simulated ticket desk, for the demo and the tests.
//!
//! This crate knows none of the others: it speaks the words of HR files, ticket desks and OpenID providers.
//!
//! - [`company`]: life stories from a seed, the files they leave behind, and the truth about each grant;
//! - [`desk`]: takes removal tickets and changes the source, each at most once;
//! - [`entra`]: a Microsoft Entra tenant over real HTTP;
//! - [`idp`]: an OpenID provider over real HTTP, on loopback only;
//! - [`okta`]: an Okta org over real HTTP;
//! - [`journal`], [`pace`], [`spec`]: what every simulated tenant stands on: its journal, its limits, its contract.

mod calendar;
pub mod company;
pub mod desk;
mod dice;
pub mod entra;
mod files;
pub mod idp;
pub mod journal;
pub mod okta;
pub mod pace;
pub mod spec;

pub use files::FileError;
