//! What the pages show: one function per page, which checks rights and fills the page's type.

mod head;
mod item;
mod names;
mod opening;
pub(crate) mod records;
mod reviewer;
pub mod types;

pub use item::{Entered, item, item_with_errors};
pub use opening::{open_form, open_preview};
pub use reviewer::{QueueArgs, my_reviews, queue};
