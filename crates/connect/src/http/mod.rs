//! The one way in which connectors speak HTTP.
//!
//! - Only to the source's own host: https, or http on loopback for tests and demos. Redirects are never followed, and an
//!   address from an answer is used only where it names that same host, so that no token ever goes elsewhere.
//! - Within the platform's limits: budgets follow its headers, and a call that would be refused waits instead.
//! - What can be asked again is asked again: reads after a lost answer or a failing server, with growing pauses; every
//!   call after 429, because the platform says that it did nothing. A change whose answer was lost is never repeated
//!   here: it ends as [`HttpError::OutcomeUnknown`], and whoever ordered it looks first.
//! - Bounded: time, size and number of attempts.
//! - Counted: every call, and why it was repeated.

mod answer;
mod budget;
mod client;
mod error;
mod link;
mod loops;
mod pause;

pub use answer::{Answer, Authority, Body, Effect, NoAuthority, Request};
pub use budget::{KnownLimit, LimitHeaders};
pub use client::{Calls, Client, ClientConfig, Limits, may_be_spoken_to};
pub use error::HttpError;
pub use link::next_link;
pub use loops::{LoopFound, LoopGuard};
pub use pause::{Pause, RealPause, SimulatedPause};

pub use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
pub use url::Url;
