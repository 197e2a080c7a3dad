//! HTTP: one table of routes, the layers around them, and what each does.

mod answer;
mod api;
mod audit;
mod duties;
mod duty_rule;
mod events;
mod guard;
mod input;
mod limit;
mod models;
mod native;
mod owner;
mod patterns;
mod plain;
mod privacy;
mod probes;
mod quality;
mod reconcile;
mod removals;
mod reviewer;
mod routes;
mod shadow;
mod visit;

pub use answer::{Fail, attachment, see_other};
pub use guard::router;
pub use input::{Fields, Query, within};
pub use limit::Limit;
pub use routes::{Method, Right, Route, table};
pub use visit::{Visit, Visitor};
