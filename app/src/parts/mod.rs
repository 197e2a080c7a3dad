//! Parts that several pages are made of.

mod document;
mod field;
mod lines;
mod progress;
mod rates;
mod signs;
mod texts;

pub use document::document;
pub use field::{Errors, Input, Options, error_summary, find_error, guard, hidden, inform, select, text_area, text_input, tick, ticks};
pub use lines::{is_answered, last_used, marks, standing, standing_label};
pub use progress::{progress_bar, progress_sentence};
pub use rates::{agreement_by_confidence, many, n, rate_cell, rate_cell_with};
pub use signs::{dot_class, notice_class, tag};
pub use texts::{chain, empty, freshness, name, page_header, scrolling, time, when_or};
