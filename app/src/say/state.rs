//! States and answers, by the words people use.

use super::Tone;
use domain::{
    Answer, CampaignKind, CampaignState, DecisionOrigin, DefaultAction, EscalateMeaning, HoldReason, OrderState, ReviewState, RevokeWhy,
    SendingState, Verdict,
};
use review::view::types::ReadingOutcome;

/// An answer, as the button says it.
pub const fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Approve => "Approve",
        Answer::Revoke => "Revoke",
        Answer::Escalate => "Escalate",
    }
}

/// An answer, once it was given.
pub const fn answered(answer: Answer) -> &'static str {
    match answer {
        Answer::Approve => "Approved",
        Answer::Revoke => "Revoked",
        Answer::Escalate => "Escalated",
    }
}

/// The tone of an answer.
pub const fn tone_of_answer(answer: Answer) -> Tone {
    match answer {
        Answer::Approve => Tone::Keep,
        Answer::Revoke => Tone::Remove,
        Answer::Escalate => Tone::Raise,
    }
}

/// What is recommended. The two meanings of Escalate are kept apart (rule 1).
pub const fn verdict(verdict: Verdict, meaning: Option<EscalateMeaning>) -> &'static str {
    match (verdict, meaning) {
        (Verdict::Approve, _) => "Approve",
        (Verdict::Revoke, _) => "Revoke",
        (Verdict::Escalate, Some(EscalateMeaning::AboveThisReviewer)) => "Above you",
        (Verdict::Escalate, _) => "Your judgement",
    }
}

/// What stands in the place of a recommendation that shows only after the answer (rule 30).
pub const fn judge_first(yours: bool) -> &'static str {
    if yours {
        "You are asked to judge this one first. What we recommend shows after your answer."
    } else {
        "This one is judged first. What we recommend shows after the answer."
    }
}

/// The tone of a recommendation.
pub const fn tone_of_verdict(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Approve => Tone::Keep,
        Verdict::Revoke => Tone::Remove,
        Verdict::Escalate => Tone::Raise,
    }
}

/// Why somebody revoked.
pub const fn revoke_why(why: RevokeWhy) -> &'static str {
    match why {
        RevokeWhy::NoLongerNeeded => "no longer needed",
        RevokeWhy::NeverAuthorised => "never authorised",
    }
}

/// How an answer came about (rule 5: a default's act is marked everywhere).
pub const fn origin(origin: DecisionOrigin) -> &'static str {
    match origin {
        DecisionOrigin::Person => "by a person, with the recommendation in view",
        DecisionOrigin::PersonBlind => "by a person, before the recommendation was shown",
        DecisionOrigin::PersonBulk => "by a person, together with other items",
        DecisionOrigin::Default => "by the campaign's default at closing, because nobody answered",
        DecisionOrigin::Platform => "on the platform itself, and read back",
    }
}

/// Where an item stands.
pub const fn review_state(state: ReviewState) -> &'static str {
    match state {
        ReviewState::Undecided => "Open",
        ReviewState::Staged => "Answered, can be undone",
        ReviewState::Decided => "Decided",
        ReviewState::Escalated => "Escalated, waiting",
        ReviewState::HandedOver => "Handed over, waiting",
        ReviewState::SecondReview => "In second review",
        ReviewState::Excepted => "Left as an exception",
        ReviewState::Unanswered => "Unanswered",
        ReviewState::NoLongerHeld => "No longer held",
        ReviewState::SignedOff => "Signed off",
    }
}

/// The tone of an item's state.
pub const fn tone_of_review(state: ReviewState) -> Tone {
    match state {
        ReviewState::Undecided => Tone::Unknown,
        ReviewState::Staged | ReviewState::Decided | ReviewState::NoLongerHeld | ReviewState::SignedOff => Tone::Plain,
        ReviewState::Escalated | ReviewState::HandedOver | ReviewState::SecondReview | ReviewState::Excepted | ReviewState::Unanswered => {
            Tone::Raise
        }
    }
}

/// Why a removal is held.
pub const fn hold_reason(reason: HoldReason) -> &'static str {
    match reason {
        HoldReason::UndoWindow => "In its undo window",
        HoldReason::Brake => "Stopped by the brake",
        HoldReason::Stopped => "Stopped by the switch",
        HoldReason::Freeze => "Waiting for a freeze to end",
    }
}

/// Where a removal stands (rule 20).
pub const fn order_state(state: OrderState, hold: Option<HoldReason>) -> &'static str {
    match (state, hold) {
        (OrderState::Held, Some(reason)) => hold_reason(reason),
        (OrderState::Held, None) => "Held",
        (OrderState::Ready, _) => "Ready to leave",
        (OrderState::WaitingForSignIn, _) => "Waiting for the reviewer's sign-in",
        (OrderState::Conflict, _) => "Would end more than was decided",
        (OrderState::Claimed, _) => "Being carried out",
        (OrderState::Sent, _) => "Accepted by the platform",
        (OrderState::OutcomeUnknown, _) => "Outcome unknown",
        (OrderState::Refused, _) => "Refused by the platform",
        (OrderState::CannotBeRemovedHere, _) => "Cannot be removed here",
        (OrderState::Ticketed, _) => "Written to a ticket",
        (OrderState::Proven, _) => "Proven gone",
        (OrderState::Withdrawn, _) => "Withdrawn",
    }
}

/// Where a removal stands, in the fewest words.
pub const fn brief_order_state(state: OrderState) -> &'static str {
    match state {
        OrderState::Held => "removal held",
        OrderState::Ready => "removal ready",
        OrderState::WaitingForSignIn => "waits for sign-in",
        OrderState::Conflict => "removal in conflict",
        OrderState::Claimed => "removal under way",
        OrderState::Sent => "removal accepted",
        OrderState::OutcomeUnknown => "removal's outcome unknown",
        OrderState::Refused => "removal refused",
        OrderState::CannotBeRemovedHere => "cannot be removed here",
        OrderState::Ticketed => "ticket written",
        OrderState::Proven => "proven gone",
        OrderState::Withdrawn => "removal withdrawn",
    }
}

/// The tone of a removal's state.
pub const fn tone_of_order(state: OrderState, hold: Option<HoldReason>) -> Tone {
    match (state, hold) {
        (OrderState::Proven, _) => Tone::Keep,
        (OrderState::Refused | OrderState::CannotBeRemovedHere, _) => Tone::Remove,
        (OrderState::Held, Some(HoldReason::Brake | HoldReason::Stopped | HoldReason::Freeze))
        | (OrderState::Conflict | OrderState::WaitingForSignIn, _) => Tone::Raise,
        (OrderState::OutcomeUnknown, _) => Tone::Unknown,
        (
            OrderState::Held | OrderState::Ready | OrderState::Claimed | OrderState::Sent | OrderState::Ticketed | OrderState::Withdrawn,
            _,
        ) => Tone::Plain,
    }
}

/// Who runs a campaign; `None` where it is our own.
pub const fn runs_at(kind: CampaignKind) -> Option<&'static str> {
    match kind {
        CampaignKind::Own => None,
        CampaignKind::OktaNative => Some("Okta"),
        CampaignKind::EntraNative => Some("Microsoft Entra"),
    }
}

/// Where an answer stands on its way to the platform that runs the campaign; `None` where it was given there.
pub const fn sending_state(state: Option<SendingState>) -> &'static str {
    match state {
        None => "Answered on the platform",
        Some(SendingState::Staged) => "Not sent yet",
        Some(SendingState::WaitingForSignIn) => "Waiting for the reviewer's sign-in",
        Some(SendingState::Sent) => "Accepted by the platform",
        Some(SendingState::Stands) => "Read again, and it stands",
        Some(SendingState::AnotherStands) => "Another answer stands there",
        Some(SendingState::Refused) => "Refused by the platform",
        Some(SendingState::Unknown) => "Outcome unknown",
        Some(SendingState::Withdrawn) => "Taken back before it was sent",
    }
}

/// The tone of where an answer stands on its way.
pub const fn tone_of_sending(state: Option<SendingState>) -> Tone {
    match state {
        None | Some(SendingState::Staged | SendingState::Sent | SendingState::Withdrawn) => Tone::Plain,
        Some(SendingState::Stands) => Tone::Keep,
        Some(SendingState::WaitingForSignIn | SendingState::AnotherStands) => Tone::Raise,
        Some(SendingState::Refused) => Tone::Remove,
        Some(SendingState::Unknown) => Tone::Unknown,
    }
}

/// Where a campaign stands.
pub const fn campaign_state(state: CampaignState) -> (&'static str, Tone) {
    match state {
        CampaignState::Preparing => ("being prepared", Tone::Unknown),
        CampaignState::Open => ("open", Tone::Keep),
        CampaignState::Closing => ("closing", Tone::Raise),
        CampaignState::Closed => ("closed", Tone::Plain),
    }
}

/// What closing does with items that nobody answered.
pub const fn default_action(action: DefaultAction) -> &'static str {
    match action {
        DefaultAction::LeaveAsException => "leave the access, and list it as an exception",
        DefaultAction::Remove => "remove the access",
    }
}

/// What a finding of this kind says, and what it means.
pub fn finding(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "returned" => ("Access returned", "It was proven gone, and a later reading shows it again."),
        "regranted" => ("Granted anew", "The access that was decided on is gone; the same access was granted again and was left alone."),
        "emergency_used" => ("Emergency access used", "Every use of emergency access is looked at by two named people."),
        "leaver_active" => ("Has left, still has access", "HR says the person has left. This does not wait for a reviewer."),
        _ => ("To be looked at", "A reading showed something that somebody must look at."),
    }
}

/// How it came that access returned.
pub fn explanation(word: &str) -> &'static str {
    match word {
        "approved_request" => "an approved request",
        "rule" => "a rule that grants it",
        "sync" => "a synchronisation from another system",
        _ => "a way that nothing in the data explains",
    }
}

/// How a reading ended.
pub const fn outcome(outcome: ReadingOutcome) -> (&'static str, Tone) {
    match outcome {
        ReadingOutcome::Running => ("under way", Tone::Unknown),
        ReadingOutcome::Sealed => ("read and sealed", Tone::Keep),
        ReadingOutcome::Unchanged => ("read, nothing had changed", Tone::Keep),
        ReadingOutcome::Failed => ("stopped, earlier data kept", Tone::Remove),
    }
}
