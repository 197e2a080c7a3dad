//! What pages read: counts and lines, each at a cost that follows the page.

pub mod campaign;
pub mod finding;
pub mod history;
pub mod item;
pub mod opening;
pub mod person;
pub mod queue;
pub mod totals;
