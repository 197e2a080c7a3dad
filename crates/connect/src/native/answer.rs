//! Answers on their way to the platform, and what came of them.

use super::{HandingOver, Justification, NativeAnswer, NativeCampaign, NativeItem};

/// What an answer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NativeAction {
    /// The access stays.
    Approve,
    /// The access goes.
    Revoke,
    /// The reviewer does not know. Okta has no such answer.
    DoNotKnow,
    /// The answer before is taken back. Okta has no such thing.
    TakeBack,
    /// Somebody else answers: the account of this id. Entra has none for single items.
    HandOver(String),
}

impl NativeAction {
    /// How the item stands once the platform has it; `None` for a hand-over.
    pub const fn stands(&self) -> Option<NativeAnswer> {
        match self {
            Self::Approve => Some(NativeAnswer::Approve),
            Self::Revoke => Some(NativeAnswer::Revoke),
            Self::DoNotKnow => Some(NativeAnswer::DoNotKnow),
            Self::TakeBack => Some(NativeAnswer::Unanswered),
            Self::HandOver(_) => None,
        }
    }
}

/// An answer to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeDecision {
    /// The platform's id of the item.
    pub item: String,
    /// What is answered.
    pub action: NativeAction,
    /// The note, without personal data (rule 15). It is also how our answer is known again after a crash: let it name the
    /// decision.
    pub note: String,
    /// The note of an answer of ours that may stand there and is to be replaced, where the platform lets answers be changed.
    pub replaces: Option<String>,
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It stands on the platform now, as the item shows.
    Stands(Box<NativeItem>),
    /// Another answer was there already, or came in between: it stands, and ours was not sent (rule 14).
    AnotherStands(Box<NativeItem>),
    /// The platform does not take it, for this reason; a person has to look.
    Refused(String),
    /// It was not sent, for a reason that may pass.
    NotSent(String),
    /// It takes the reviewer's own sign-in: the token is gone or lacks the scope (rule 11).
    WaitsForSignIn,
    /// It was sent, and neither an answer nor a re-reading tells what came of it.
    Unknown,
}

/// What the platform's item says about an answer; `None` where it is still to be sent.
///
/// `was_sent` says that this very process sent it before; otherwise an answer is known as ours by its note.
pub(crate) fn settled(campaign: &NativeCampaign, decision: &NativeDecision, item: &NativeItem, was_sent: bool) -> Option<Recorded> {
    let noted = !decision.note.is_empty() && item.note.as_deref() == Some(decision.note.as_str());
    // Where the campaign takes no notes, an answer like ours cannot be told from it.
    let alike = campaign.justification == Justification::Disabled && item.note.as_deref().unwrap_or_default().is_empty();
    let ours = was_sent || noted || alike;
    let changeable = campaign.takes_effect != super::TakesEffect::WhenSent;
    let Some(wanted) = decision.action.stands() else {
        // A hand-over: it has come to its end where that account is to answer.
        return match &decision.action {
            NativeAction::HandOver(to) if item.reviewer() == Some(to.as_str()) => Some(Recorded::Stands(Box::new(item.clone()))),
            _ if item.is_open() => None,
            _ => Some(Recorded::AnotherStands(Box::new(item.clone()))),
        };
    };
    if item.answer == wanted && (ours || item.is_open()) {
        return Some(Recorded::Stands(Box::new(item.clone())));
    }
    let replaceable = decision.replaces.is_some() && decision.replaces == item.note && changeable;
    if item.is_open() || replaceable { None } else { Some(Recorded::AnotherStands(Box::new(item.clone()))) }
}

/// Why an answer cannot be sent at all, by the campaign's own settings (rule 15).
pub(crate) fn objection(campaign: &NativeCampaign, decision: &NativeDecision) -> Option<String> {
    let note = decision.note.trim();
    if let Some(most) = campaign.longest_note
        && note.chars().count() > usize::try_from(most).unwrap_or(usize::MAX)
    {
        return Some(format!("The note is longer than {most} characters."));
    }
    let required = match campaign.justification {
        Justification::ForAll => matches!(decision.action, NativeAction::Approve | NativeAction::Revoke | NativeAction::DoNotKnow),
        Justification::ForRevoke => decision.action == NativeAction::Revoke,
        Justification::ForApprove => decision.action == NativeAction::Approve,
        Justification::Disabled | Justification::Optional | Justification::Unknown => false,
    };
    if required && note.is_empty() {
        return Some("The campaign asks for a reason with this answer.".to_owned());
    }
    match (&decision.action, campaign.handing_over) {
        (NativeAction::HandOver(_), HandingOver::Forbidden) => Some("The campaign does not let items be handed over.".to_owned()),
        (NativeAction::HandOver(_), HandingOver::None) => Some("The platform has no hand-over of single items.".to_owned()),
        (NativeAction::HandOver(to), _) if to.is_empty() => Some("A hand-over names whom it goes to.".to_owned()),
        _ => None,
    }
}

/// A text in at most `most` characters: cut, with the reference at its end, where it is longer (rule 15).
pub fn short_note(text: &str, reference: &str, most: usize) -> String {
    let whole = if reference.is_empty() { text.to_owned() } else { format!("{text} [{reference}]") };
    if whole.chars().count() <= most {
        return whole;
    }
    let tail = if reference.is_empty() { "…".to_owned() } else { format!("… [{reference}]") };
    let room = most.saturating_sub(tail.chars().count());
    text.chars().take(room).chain(tail.chars()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_fits_and_keeps_its_reference() {
        assert_eq!(short_note("Not needed", "led 7", 300), "Not needed [led 7]");
        let long = short_note(&"ä".repeat(400), "led 7", 300);
        assert_eq!(long.chars().count(), 300);
        assert!(long.ends_with("… [led 7]"));
        assert_eq!(short_note(&"x".repeat(300), "", 300), "x".repeat(300));
    }
}
