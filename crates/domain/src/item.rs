//! The state machine of an item under review.
//!
//! The machine says which steps exist. Who may take them, and whether the data
//! is fresh enough, are other questions, answered by `rights` and by the use cases.

use crate::words;

words! {
    /// Where an item stands (rule 3).
    ReviewState, "review state" {
        /// Nobody has answered.
        Undecided => "undecided",
        /// Answered; the answer can be undone until its window ends.
        Staged => "staged",
        /// Answered, and the undo window is over. The decision's version says which answer counts.
        Decided => "decided",
        /// The reviewer passed the question to a named person, who must answer by a due date.
        Escalated => "escalated",
        /// The item was given to another reviewer, who has not answered.
        HandedOver => "handed_over",
        /// Drawn for a second, independent answer.
        SecondReview => "second_review",
        /// Nobody answered by closing; the default left the access and listed it as an exception.
        Excepted => "excepted",
        /// Nobody answered by closing.
        Unanswered => "unanswered",
        /// The access was gone from the source before the item was settled.
        NoLongerHeld => "no_longer_held",
        /// The reviewer signed the campaign's statement over this answer.
        SignedOff => "signed_off",
    }
}

words! {
    /// What can happen to an item.
    ReviewEvent, "review event" {
        /// Somebody answers Approve or Revoke for the first time, or answers anew within the undo window.
        Answer => "answer",
        /// Somebody passes the question to a named person.
        Escalate => "escalate",
        /// The last answer is taken back, and there was none before it.
        Undo => "undo",
        /// The last answer is taken back, and the question is again with the person it was escalated to.
        UndoToEscalated => "undo_to_escalated",
        /// The last answer is taken back, and the question is again with the person it was handed to.
        UndoToHandedOver => "undo_to_handed_over",
        /// The last answer is taken back, and the one before it counts again.
        UndoToDecided => "undo_to_decided",
        /// The undo window ended.
        WindowEnds => "window_ends",
        /// A decided answer, whose removal has not left, is replaced by another.
        Change => "change",
        /// The item is given to another reviewer.
        HandOver => "hand_over",
        /// The item is drawn for a second review.
        DrawForSecondReview => "draw_for_second_review",
        /// A reading of the source shows the grant gone before the item was settled.
        SeenGone => "seen_gone",
        /// The campaign closes and nobody has answered.
        CloseUnanswered => "close_unanswered",
        /// The campaign's default leaves the access and lists the item as an exception.
        LeaveAsException => "leave_as_exception",
        /// The reviewer signs over the answer.
        SignOff => "sign_off",
    }
}

/// A step that does not exist from the state an item is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an item that is {state} cannot take the step {event}")]
pub struct NoSuchStep {
    /// The state the item is in.
    pub state: ReviewState,
    /// The step that was asked for.
    pub event: ReviewEvent,
}

impl ReviewState {
    /// The state after `event`, or why there is none.
    pub const fn after(self, event: ReviewEvent) -> Result<Self, NoSuchStep> {
        use ReviewEvent as E;
        use ReviewState as S;
        Ok(match (self, event) {
            (S::Undecided | S::HandedOver | S::Escalated | S::SecondReview | S::Staged, E::Answer) | (S::Decided, E::Change) => S::Staged,
            (S::Undecided | S::HandedOver | S::Escalated | S::Staged, E::Escalate) => S::Escalated,
            (S::Staged | S::Escalated, E::Undo) => S::Undecided,
            (S::Staged | S::Escalated, E::UndoToEscalated) => S::Escalated,
            (S::Staged | S::Escalated, E::UndoToHandedOver) | (S::Undecided | S::HandedOver | S::Escalated, E::HandOver) => S::HandedOver,
            (S::Staged, E::UndoToDecided | E::WindowEnds) => S::Decided,
            (S::Staged | S::Decided, E::DrawForSecondReview) => S::SecondReview,
            (S::Undecided | S::HandedOver | S::Escalated | S::SecondReview | S::Staged, E::SeenGone) => S::NoLongerHeld,
            (S::Undecided | S::HandedOver | S::Escalated | S::SecondReview, E::CloseUnanswered) => S::Unanswered,
            (S::Unanswered, E::LeaveAsException) => S::Excepted,
            (S::Decided, E::SignOff) => S::SignedOff,
            _ => return Err(NoSuchStep { state: self, event }),
        })
    }

    /// True while somebody still owes an answer. Nobody's silence is approval.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Undecided | Self::Escalated | Self::HandedOver | Self::SecondReview)
    }

    /// True when no event can change the item any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Excepted | Self::NoLongerHeld | Self::SignedOff)
    }
}
