//! Small signs: a word with a colour and a shape, never a colour alone.

use crate::say::{self, Tone};
use leptos::prelude::*;
use review::view::types::ListedVerdict;

/// The class of a tag.
pub const fn tag_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "tag",
        Tone::Keep => "tag keep",
        Tone::Remove => "tag remove",
        Tone::Raise => "tag raise",
        Tone::Unknown => "tag unknown",
    }
}

/// The class of a dot, whose shape differs as well as its colour.
pub const fn dot_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "dot",
        Tone::Keep => "dot keep",
        Tone::Remove => "dot remove",
        Tone::Raise => "dot raise",
        Tone::Unknown => "dot unknown",
    }
}

/// The class of a notice.
pub const fn notice_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "notice",
        Tone::Keep => "notice keep",
        Tone::Remove => "notice remove",
        Tone::Raise => "notice raise",
        Tone::Unknown => "notice unknown",
    }
}

/// A word in its tone.
pub fn tag(tone: Tone, word: impl Into<String>) -> AnyView {
    view! { <span class=tag_class(tone)>{word.into()}</span> }.into_any()
}

/// What a list says of the recommendation.
pub fn verdict_tag(verdict: ListedVerdict) -> AnyView {
    match verdict {
        ListedVerdict::AfterAnswer => tag(Tone::Plain, "After you answer"),
        ListedVerdict::Hidden => tag(Tone::Plain, "Hidden"),
        ListedVerdict::None => tag(Tone::Unknown, "None"),
        ListedVerdict::Shown { verdict, meaning } => tag(say::tone_of_verdict(verdict), say::verdict(verdict, meaning)),
    }
}
