//! What a look at a source's scopes, permissions and roles shows, one by one.

use serde::{Deserialize, Serialize};

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// What was tried: "Read users".
    pub what: String,
    /// The scope, permission or role that it needs, in the platform's words.
    pub needs: String,
    /// Whether it works.
    pub good: bool,
    /// What was found; where it does not work, what is unknown without it and what to do, as sentences.
    pub sentence: String,
}

/// What to try, and what is lost without it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trial {
    pub(crate) what: &'static str,
    pub(crate) needs: &'static str,
    pub(crate) path: &'static str,
    pub(crate) bucket: &'static str,
    /// What is unknown or impossible without it, as a sentence.
    pub(crate) without: &'static str,
}

impl Trial {
    pub(crate) fn works(&self) -> Checked {
        Checked { what: self.what.to_owned(), needs: self.needs.to_owned(), good: true, sentence: "It works.".to_owned() }
    }

    pub(crate) fn fails(&self, why: &str) -> Checked {
        let sentence = format!("{why} {} Grant {} and look again.", self.without, self.needs);
        Checked { what: self.what.to_owned(), needs: self.needs.to_owned(), good: false, sentence }
    }
}
