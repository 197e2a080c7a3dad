//! What the pages show: one function per page, which checks rights and fills the page's type.

pub mod types;
