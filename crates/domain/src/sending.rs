//! The state machine of an answer on its way to the platform that runs the campaign.

use crate::words;

words! {
    /// Where an answer to an item of a platform's own campaign stands on its way there (rules 2, 11 and 14).
    SendingState, "state of sending" {
        /// Not sent: it can still be undone, or what its removal waits for holds it.
        Staged => "staged",
        /// It takes the reviewer's own sign-in at the platform, and there is none that works.
        WaitingForSignIn => "waiting_for_sign_in",
        /// The platform accepted it. It was not read again yet.
        Sent => "sent",
        /// Read again, and it stands there.
        Stands => "stands",
        /// Another answer stands there: ours was not sent, or was replaced there.
        AnotherStands => "another_stands",
        /// The platform does not take it, by its own word. A later look may still show it standing.
        Refused => "refused",
        /// It may have arrived: the platform's answer was lost. Only a look at the platform can say.
        Unknown => "unknown",
        /// Taken back, or replaced by another answer of ours.
        Withdrawn => "withdrawn",
    }
}

words! {
    /// What can happen to an answer on its way.
    SendingEvent, "sending event" {
        /// The reviewer's sign-in is missing or was turned away: nothing was sent.
        MissSignIn => "miss_sign_in",
        /// The platform took it.
        Accept => "accept",
        /// A later look shows it standing.
        SeeStanding => "see_standing",
        /// A look shows another answer.
        SeeAnother => "see_another",
        /// The platform does not take it.
        Refuse => "refuse",
        /// The platform's answer was lost.
        LoseAnswer => "lose_answer",
        /// The decision was undone or replaced before it was sent.
        Withdraw => "withdraw",
        /// Another answer of ours took its place on the platform.
        Replace => "replace",
        /// A person asks to try again.
        Retry => "retry",
    }
}

/// A step that does not exist from the state that sending is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an answer whose sending is {state} cannot take the step {event}")]
pub struct NoSuchSendingStep {
    /// The state it is in.
    pub state: SendingState,
    /// The step that was asked for.
    pub event: SendingEvent,
}

impl SendingState {
    /// The state after `event`, or why there is none.
    pub const fn after(self, event: SendingEvent) -> Result<Self, NoSuchSendingStep> {
        use SendingEvent as E;
        use SendingState as S;
        Ok(match (self, event) {
            (S::Staged, E::MissSignIn) => S::WaitingForSignIn,
            (S::Staged | S::WaitingForSignIn | S::Unknown, E::Accept) => S::Sent,
            // What the platform shows is believed over what it answered: an answer that was refused by its word may stand there.
            (S::Sent | S::Unknown | S::Refused, E::SeeStanding) => S::Stands,
            (S::Staged | S::WaitingForSignIn | S::Unknown | S::Sent | S::Stands | S::Refused, E::SeeAnother) => S::AnotherStands,
            (S::Staged | S::WaitingForSignIn | S::Unknown, E::Refuse) => S::Refused,
            (S::Staged | S::WaitingForSignIn, E::LoseAnswer) => S::Unknown,
            (S::Staged | S::WaitingForSignIn | S::Refused, E::Withdraw) | (S::Sent | S::Stands, E::Replace) => S::Withdrawn,
            (S::Refused, E::Retry) => S::Staged,
            _ => return Err(NoSuchSendingStep { state: self, event }),
        })
    }

    /// True where the platform may have it, so that it cannot simply be taken back.
    pub const fn may_have_arrived(self) -> bool {
        matches!(self, Self::Sent | Self::Stands | Self::Unknown)
    }

    /// True while it is still to be sent.
    pub const fn is_to_be_sent(self) -> bool {
        matches!(self, Self::Staged | Self::WaitingForSignIn | Self::Unknown)
    }
}
