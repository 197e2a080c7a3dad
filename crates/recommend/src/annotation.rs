//! Text that looks like an instruction to a machine.
//!
//! Names, descriptions and justifications are written by people, some of whom
//! would like the machine to obey. Nothing here reads them for a verdict: the
//! note stands beside the facts, outside hash and verdict, so that the reviewer
//! sees what was tried.

use serde::{Deserialize, Serialize};

/// What in a text speaks to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// It asks to set earlier instructions aside.
    SetsInstructionsAside,
    /// It says which answer to give.
    DictatesTheAnswer,
    /// It speaks to a model or claims to be its operator.
    SpeaksToAModel,
    /// It holds marks that separate turns or hide text.
    HoldsMarks,
}

/// A note beside the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// What was found, each once.
    pub signs: Vec<Sign>,
}

impl Annotation {
    /// The note for a reviewer.
    pub const fn sentence(&self) -> &'static str {
        "This text speaks to a machine rather than to you. It moved no verdict; whoever wrote it may have meant it to."
    }
}

const SETS_ASIDE: &[&str] = &["ignore", "disregard", "forget", "override", "bypass", "do not follow", "don't follow", "stop following"];
const WHAT_IS_SET_ASIDE: &[&str] =
    &["instruction", "previous", "prior", "above", "rule", "policy", "prompt", "guideline", "everything", "context", "review process"];
const DICTATES: &[&str] = &[
    "always approve",
    "must approve",
    "must be approved",
    "should be approved automatically",
    "auto-approve",
    "auto approve",
    "automatically approve",
    "approve this access",
    "approve this item",
    "approve this grant",
    "approve all",
    "recommend approve",
    "recommend approval",
    "never revoke",
    "do not revoke",
    "don't revoke",
    "must not be revoked",
    "must never be revoked",
    "mark as approved",
    "mark this as",
    "set verdict",
    "verdict: approve",
    "verdict=approve",
    "decision: approve",
    "recommendation: approve",
    "return approve",
    "answer approve",
    "respond with approve",
    "reply approve",
];
const SPEAKS_TO: &[&str] = &[
    "system prompt",
    "you are now",
    "you are an ai",
    "you are a helpful",
    "as an ai",
    "language model",
    "dear ai",
    "ai assistant",
    "ai reviewer",
    "attention ai",
    "note to ai",
    "note to the ai",
    "chatgpt",
    "developer mode",
    "jailbreak",
    "pretend to be",
    "act as ",
    "your instructions",
    "new instructions",
    "this is an instruction",
];
const MARKS: &[&str] = &[
    "<|",
    "|>",
    "[inst]",
    "[/inst]",
    "<<sys>>",
    "<system>",
    "</system>",
    "### instruction",
    "### system",
    "system:",
    "assistant:",
    "user:",
    "<!--",
];

/// The note for a text that looks like an instruction to a machine; `None` for ordinary text.
///
/// It looks for turns of phrase, so it neither finds all of them nor is it always right. Nothing depends on it.
pub fn instruction_note(text: &str) -> Option<Annotation> {
    let hidden = text.chars().any(is_hidden);
    // Spelling that separates letters with invisible marks is read as if they were not there.
    let plain: String = text.chars().filter(|c| !is_hidden(*c)).flat_map(char::to_lowercase).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |list: &[&str]| list.iter().any(|phrase| plain.contains(phrase));
    let mut signs = vec![];
    if has(SETS_ASIDE) && has(WHAT_IS_SET_ASIDE) {
        signs.push(Sign::SetsInstructionsAside);
    }
    if has(DICTATES) {
        signs.push(Sign::DictatesTheAnswer);
    }
    if has(SPEAKS_TO) {
        signs.push(Sign::SpeaksToAModel);
    }
    if hidden || has(MARKS) {
        signs.push(Sign::HoldsMarks);
    }
    (!signs.is_empty()).then_some(Annotation { signs })
}

/// Characters that nobody sees: zero-width marks, tag characters, and overrides of direction. The joiners that Persian,
/// Indic scripts and emoji need, and the plain direction marks, are left alone.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}
