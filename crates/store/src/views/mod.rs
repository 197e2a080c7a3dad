//! What pages read: counts and lines, each at a cost that follows the page.

pub mod item;
pub mod opening;
pub mod queue;
pub mod totals;
