//! The chain of records, from the source's page to the proof, as sentences.

use super::{When, capital, explanation, finding, hold_reason, many, order_state, origin, revoke_why, short_digest, verdict};
use domain::OrderEvent;
use review::view::types::{By, DecisionView, Record, What, Withheld};

/// A part of a line. Names and notes are kept apart from our own words, so that the page can isolate them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Our own words.
    Ours(String),
    /// What it is all about; set strong.
    Strong(String),
    /// A name or a text that somebody wrote.
    Theirs(String),
    /// A note that somebody wrote, to be set in quotes.
    Quote(String),
}

/// One line of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLine {
    /// True when the system caused it.
    pub system: bool,
    /// What happened.
    pub parts: Vec<Part>,
    /// Hashes and numbers, for those who check.
    pub code: Option<String>,
}

fn ours(text: impl Into<String>) -> Part {
    Part::Ours(text.into())
}

fn strong(text: impl Into<String>) -> Part {
    Part::Strong(text.into())
}

fn theirs(text: &str) -> Part {
    Part::Theirs(text.to_owned())
}

/// Who did it, as the end of a sentence.
fn by(who: &By, parts: &mut Vec<Part>) {
    match who {
        By::Person(name) => parts.extend([ours(" by "), theirs(name)]),
        By::Erased => parts.push(ours(" by a person whose name was erased on request")),
        By::System => {}
    }
}

fn note(text: Option<&String>, parts: &mut Vec<Part>) {
    if let Some(text) = text {
        parts.extend([ours(" "), Part::Quote(text.clone())]);
    }
}

fn decision(view: &DecisionView, changed: bool, who: &By, parts: &mut Vec<Part>) {
    let word = super::answered(view.answer);
    parts.push(strong(if changed { format!("Changed to {}", super::answer(view.answer)) } else { word.to_owned() }));
    by(who, parts);
    let mut said = vec![origin(view.origin).to_owned()];
    if let Some(why) = view.why {
        said.insert(0, revoke_why(why).to_owned());
    }
    match view.agreed {
        Some(true) => said.push("as recommended".to_owned()),
        Some(false) => said.push("against the recommendation".to_owned()),
        None => {}
    }
    if view.on_old_data {
        said.push("on data older than the source's limit".to_owned());
    }
    parts.push(ours(format!(": {}.", said.join("; "))));
    note(view.note.as_ref(), parts);
    match view.note_withheld {
        Some(Withheld::Erased) => parts.push(ours(" The note was erased on request.")),
        Some(Withheld::Restricted) => parts.push(ours(" The note is restricted at the request of the person whom it is about.")),
        None => {}
    }
}

/// A record as a line of the chain.
pub fn chain_line(record: &Record, when: &When) -> ChainLine {
    let mut parts = Vec::new();
    let mut code = None;
    let who = &record.by;
    match &record.what {
        What::Read { source, seq, grants, population_hash } => {
            parts.extend([
                strong("Read from "),
                theirs(source),
                ours(format!(": reading {seq}, {} sealed", many(*grants, "grant", "grants"))),
            ]);
            code = Some(format!("population {}", short_digest(population_hash)));
        }
        What::ReadGone { source, seq, population_hash } => {
            parts.extend([strong("Read again: gone"), ours(" from "), theirs(source), ours(format!(", reading {seq}"))]);
            code = Some(format!("population {}", short_digest(population_hash)));
        }
        What::Recommended { verdict: said, meaning, engine, facts, input_hash } => {
            let word = said.map_or("not shown yet", |said| verdict(said, *meaning));
            parts.extend([strong(format!("Recommended: {word}")), ours(format!(", from {}", many(*facts, "fact", "facts")))]);
            code = Some(format!("engine {engine}, input {}", short_digest(input_hash)));
        }
        What::Asked { campaign, number, reviewer } => {
            parts.extend([
                strong("Asked "),
                theirs(reviewer),
                ours(", reviewer of record, in "),
                theirs(campaign),
                ours(format!(", item {}", super::number(*number))),
            ]);
        }
        What::Shown { digest } => {
            parts.push(strong("Opened"));
            by(who, &mut parts);
            code = Some(format!("shown {}", short_digest(digest)));
        }
        What::Answered { decision: view, changed } => decision(view, *changed, who, &mut parts),
        What::Escalated { to, due_at, note: text } => {
            parts.push(strong("Escalated"));
            by(who, &mut parts);
            parts.extend([ours(" to "), theirs(to)]);
            if let Some(due) = due_at {
                parts.push(ours(format!(", who should answer by {}", when.moment(*due))));
            }
            parts.push(ours("."));
            note(text.as_ref(), &mut parts);
        }
        What::HandedOver { to, note: text } => {
            parts.push(strong("Handed over"));
            by(who, &mut parts);
            parts.extend([ours(" to "), theirs(to), ours(".")]);
            note(text.as_ref(), &mut parts);
        }
        What::Undone => {
            parts.push(strong("Undone"));
            by(who, &mut parts);
        }
        What::Finalised => parts.extend([strong("Final"), ours(": the undo window ended")]),
        What::Unanswered => parts.extend([strong("Unanswered"), ours(" when the campaign closed")]),
        What::Excepted => parts.extend([strong("Left as an exception"), ours(" by the campaign's default, because nobody answered")]),
        What::RemovedByDefault => parts.extend([strong("Removal ordered by default"), ours(" at closing, because nobody answered")]),
        What::NoLongerHeld => parts.extend([strong("No longer held"), ours(": it was gone from the source before it was settled")]),
        What::DrawnForSecondReview => parts.push(strong("Drawn for a second review")),
        What::SignedOff => {
            parts.push(strong("Signed off"));
            by(who, &mut parts);
        }
        What::Order { event, state, hold_reason: hold, detail } => {
            parts.push(strong(order_event(*event)));
            by(who, &mut parts);
            let now = hold.map_or_else(|| order_state(*state, None), hold_reason);
            parts.push(ours(format!(": {}", now.to_lowercase())));
            code.clone_from(detail);
        }
        What::Proof { gone, seq, population_hash } => {
            parts.push(strong(if *gone { "Read again: gone" } else { "Read again: still there" }));
            parts.push(ours(format!(", reading {seq}")));
            code = Some(format!("population {}", short_digest(population_hash)));
        }
        What::Found { kind, .. } => {
            let (title, meaning) = finding(kind);
            parts.extend([strong(title), ours(format!(". {meaning}"))]);
        }
        What::Other(kind) => parts.push(strong(capital(&kind.replace(['.', '_'], " ")))),
    }
    ChainLine { system: matches!(record.by, By::System), parts, code }
}

/// A step of a removal.
const fn order_event(event: OrderEvent) -> &'static str {
    match event {
        OrderEvent::Release => "Removal released",
        OrderEvent::Hold => "Removal held",
        OrderEvent::Withdraw => "Removal withdrawn",
        OrderEvent::Keep => "Access kept",
        OrderEvent::MissSignIn => "Reviewer's sign-in missing",
        OrderEvent::SignIn => "Reviewer signed in",
        OrderEvent::FindConflict => "Removal stopped",
        OrderEvent::ResolveConflict => "Conflict resolved",
        OrderEvent::Claim => "Removal begun",
        OrderEvent::Accept => "Removal sent",
        OrderEvent::Ticket => "Ticket written",
        OrderEvent::Refuse => "Removal refused",
        OrderEvent::FindNoWay => "No removal here",
        OrderEvent::LoseAnswer => "Answer lost",
        OrderEvent::SeeGone => "Proven gone",
        OrderEvent::SeeStill => "Seen still there",
        OrderEvent::Retry => "Tried again",
    }
}

/// Why a source-side explanation was given to a finding, for lists.
pub fn came_by(word: Option<&String>) -> String {
    word.map_or_else(|| "not known".to_owned(), |word| explanation(word).to_owned())
}
