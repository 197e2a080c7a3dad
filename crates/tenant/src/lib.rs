//! The invented company, the simulated platforms it uses, a sign-in provider and a ticket desk, for the demo and the tests.
//!
//! This crate knows none of the others: it speaks the words of HR files, ticket desks, OpenID providers, Okta and Entra.
//!
//! - [`company`]: life stories from a seed, the part of each platform, the files they leave behind, and the truth about each
//!   grant; [`placed`] says how all this reads in a platform's own ids;
//! - [`desk`]: takes removal tickets and changes the source, each at most once;
//! - [`entra`]: a Microsoft Entra tenant over real HTTP;
//! - [`idp`]: an OpenID provider over real HTTP, on loopback only;
//! - [`okta`]: an Okta org over real HTTP;
//! - [`folder`]: all of them in one folder, started again where they stood;
//! - [`misbehave`], [`profile`]: how they misbehave, in one vocabulary;
//! - [`contracts`]: where the vendors' contracts are at hand, by which they judge what they are asked;
//! - [`listen`], [`journal`], [`pace`], [`spec`]: what every simulated tenant stands on: where it answers, its journal, its
//!   limits, its contract.

mod calendar;
pub mod company;
pub mod contracts;
pub mod desk;
mod dice;
pub mod entra;
mod files;
pub mod folder;
pub mod idp;
pub mod journal;
pub mod listen;
pub mod misbehave;
mod named;
pub mod okta;
pub mod pace;
pub mod placed;
pub mod profile;
pub mod spec;

pub use files::FileError;
