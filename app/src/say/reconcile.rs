//! The weekly reconciliation in words.

use super::Tone;
use domain::Verdict;
use review::reconcile::{Decided, Kind, Source};

/// What somebody should look at: its name, and what to do about it.
pub const fn reconciled(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Returned => {
            ("Removed, and there again", "Its removal was proven; a later reading shows the access. A finding asks how it came.")
        }
        Kind::RevokedAndHeld => (
            "Revoked, and still there",
            "No removal is under way. The item says why: it was taken back, or who answers for the access kept it.",
        ),
        Kind::Stuck => {
            ("Cannot be removed here", "The platform refused the removal, or has none. The right way stands on the campaign's page.")
        }
        Kind::Outstanding => ("Removal under way", "Decided and final; no reading shows it gone yet."),
        Kind::GoneUnproven => ("Revoked, and gone otherwise", "It is gone, and no removal of ours is proven: somebody else removed it."),
        Kind::KeptAndGone => ("Kept, and gone", "A person kept it, and a reading of this period no longer shows it."),
        Kind::Unexplained => (
            "Came, and nothing explains it",
            "A reading of this period shows it first; no rule, no request with a name and a day, and no approval explains it.",
        ),
    }
}

/// The tone of a kind.
pub const fn tone_of_reconciled(kind: Kind) -> Tone {
    match kind {
        Kind::Returned | Kind::RevokedAndHeld | Kind::Stuck | Kind::Unexplained => Tone::Raise,
        Kind::Outstanding | Kind::GoneUnproven | Kind::KeptAndGone => Tone::Plain,
    }
}

/// What was recommended.
pub const fn recommended(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Approve) => "Approve",
        Some(Verdict::Revoke) => "Revoke",
        Some(Verdict::Escalate) => "Left to the reviewer",
        None => "None shown",
    }
}

/// What was decided.
pub const fn decided(decided: Decided) -> &'static str {
    match decided {
        Decided::Approve => "Approved",
        Decided::Revoke => "Revoked",
        Decided::RemoveByDefault => "Removed by default",
        Decided::Unanswered => "Not answered",
        Decided::NotFinal => "Not final yet",
        Decided::Escalated => "Escalated",
        Decided::Open => "Open",
        Decided::NoLongerHeld => "Gone before it was settled",
    }
}

/// What the source shows.
pub const fn source_shows(source: Source) -> &'static str {
    match source {
        Source::Held => "there",
        Source::Outstanding => "there, removal under way",
        Source::Stuck => "there, cannot be removed here",
        Source::Removed => "gone, removal proven",
        Source::Returned => "there again",
        Source::Gone => "gone otherwise",
    }
}
