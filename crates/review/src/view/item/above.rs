//! To whom a question goes that is above its reviewer, and why them (rule 1).

use super::super::types::Candidate;
use domain::EscalateMeaning;
use recommend::Recommendation;

/// Whom a recommendation to escalate names, as a sentence; `None` where it asks for the reviewer's own judgement, or recommends
/// something else.
///
/// `candidates` are those who may answer, the nearest to the access first.
pub(super) fn above(made: &Recommendation, candidates: &[Candidate]) -> Option<String> {
    (made.meaning == Some(EscalateMeaning::AboveThisReviewer)).then(|| match candidates.first() {
        Some(Candidate { name, line: Some(line), .. }) => format!("Escalate it to {name}, who {line}."),
        Some(Candidate { name, line: None, .. }) => format!("Escalate it to {name}."),
        None => "Nobody who could answer it instead is known here. Escalate it to somebody by name, or ask the campaign's owner whom."
            .to_owned(),
    })
}
