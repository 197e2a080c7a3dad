//! The state machine of an order: a removal to carry out.

use crate::words;

words! {
    /// Where an order stands (rules 3 and 20).
    OrderState, "order state" {
        /// Not to be sent yet; the hold's reason says why.
        Held => "held",
        /// May be sent.
        Ready => "ready",
        /// Can be sent only with the reviewer's own sign-in, which is missing.
        WaitingForSignIn => "waiting_for_sign_in",
        /// Carrying it out would end more than was decided; the entitlement's owner says whether it leaves (rule 17).
        Conflict => "conflict",
        /// A worker is carrying it out.
        Claimed => "claimed",
        /// The platform accepted it. Not yet proven.
        Sent => "sent",
        /// It may have been carried out: the answer was lost. Only a reading of the source can say.
        OutcomeUnknown => "outcome_unknown",
        /// The platform refused it.
        Refused => "refused",
        /// The platform has no removal for this grant; the right way is shown.
        CannotBeRemovedHere => "cannot_be_removed_here",
        /// Written to a ticket for people to carry out. Not yet proven.
        Ticketed => "ticketed",
        /// A later reading of the source showed the grant gone.
        Proven => "proven",
        /// Taken back before it left, or not carried out because who answers for the access keeps it.
        Withdrawn => "withdrawn",
    }
}

words! {
    /// Why an order is held.
    HoldReason, "reason for holding" {
        /// The undo window of its decision is open.
        UndoWindow => "undo_window",
        /// Too many removals at once, or the last holder of something: a second person is asked (rule 19).
        Brake => "brake",
        /// All orders are stopped by the switch (rule 19).
        Stopped => "stopped",
        /// A freeze window is on: period close, go-live, clinical cover (rule 19).
        Freeze => "freeze",
    }
}

words! {
    /// What can happen to an order.
    OrderEvent, "order event" {
        /// What held it is over.
        Release => "release",
        /// The brake, the switch or a freeze holds it.
        Hold => "hold",
        /// The decision was undone or changed.
        Withdraw => "withdraw",
        /// The reviewer's sign-in is missing, or was turned away: nothing was sent.
        MissSignIn => "miss_sign_in",
        /// The reviewer signed in.
        SignIn => "sign_in",
        /// It would end more than was decided, or other access than when this was last looked at.
        FindConflict => "find_conflict",
        /// The conflict is over: somebody lets the removal leave with what else it ends, or nothing stands in its way any more.
        ResolveConflict => "resolve_conflict",
        /// Who answers for the access keeps it, because the removal would end other access.
        Keep => "keep",
        /// A worker takes it, with a lease.
        Claim => "claim",
        /// The platform accepted it: it says so, or a later look at its own campaign shows the answer that orders it standing.
        Accept => "accept",
        /// A ticket was written.
        Ticket => "ticket",
        /// The platform refused it, or says after it accepted it that carrying it out failed.
        Refuse => "refuse",
        /// The platform has no removal for it, or says after it accepted it that people have to do it.
        FindNoWay => "find_no_way",
        /// The answer was lost, or the worker's lease ran out.
        LoseAnswer => "lose_answer",
        /// A reading of the source shows the grant gone.
        SeeGone => "see_gone",
        /// A reading of the source, made after the attempt, shows the grant still there; or a look at the platform's own
        /// campaign shows that the answer which orders it never arrived.
        SeeStill => "see_still",
        /// A person asks to try again.
        Retry => "retry",
    }
}

/// A step that does not exist from the state an order is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {state} cannot take the step {event}")]
pub struct NoSuchOrderStep {
    /// The state the order is in.
    pub state: OrderState,
    /// The step that was asked for.
    pub event: OrderEvent,
}

impl OrderState {
    /// The state after `event`, or why there is none.
    ///
    /// What may have left is never sent again before a reading shows the grant
    /// still there, or the platform itself says that it did not carry it out:
    /// that is how an order is carried out once in effect.
    pub const fn after(self, event: OrderEvent) -> Result<Self, NoSuchOrderStep> {
        use OrderEvent as E;
        use OrderState as S;
        Ok(match (self, event) {
            (S::Held, E::Release) | (S::WaitingForSignIn, E::SignIn) | (S::Conflict, E::ResolveConflict) => S::Ready,
            (S::OutcomeUnknown, E::SeeStill) | (S::Refused | S::CannotBeRemovedHere, E::Retry) => S::Ready,
            (S::Ready, E::Hold) => S::Held,
            (S::Held | S::Ready | S::WaitingForSignIn | S::Conflict | S::Refused | S::CannotBeRemovedHere, E::Withdraw) => S::Withdrawn,
            // A sign-in that was turned away while it was being sent sent nothing.
            (S::Ready | S::Claimed, E::MissSignIn) => S::WaitingForSignIn,
            (S::Conflict, E::Keep) => S::Withdrawn,
            (S::Held | S::Ready | S::Conflict, E::FindConflict) => S::Conflict,
            (S::Held | S::Ready | S::Claimed | S::Sent, E::FindNoWay) => S::CannotBeRemovedHere,
            (S::Ready, E::Claim) => S::Claimed,
            // A look at the platform's own campaign is believed over the word that refused it.
            (S::Claimed | S::OutcomeUnknown | S::Refused, E::Accept) => S::Sent,
            (S::Claimed, E::Ticket) => S::Ticketed,
            (S::Claimed | S::Sent, E::Refuse) => S::Refused,
            (S::Claimed, E::LoseAnswer) => S::OutcomeUnknown,
            (S::Sent, E::SeeStill) => S::Sent,
            (S::Ticketed, E::SeeStill) => S::Ticketed,
            (
                S::Ready
                | S::WaitingForSignIn
                | S::Conflict
                | S::Sent
                | S::Ticketed
                | S::OutcomeUnknown
                | S::Refused
                | S::CannotBeRemovedHere,
                E::SeeGone,
            ) => S::Proven,
            _ => return Err(NoSuchOrderStep { state: self, event }),
        })
    }

    /// True when nothing of the order may have reached the platform or a ticket.
    pub const fn has_not_left(self) -> bool {
        matches!(self, Self::Held | Self::Ready | Self::WaitingForSignIn | Self::Conflict | Self::Withdrawn)
    }

    /// True when no event can change the order any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Proven | Self::Withdrawn)
    }
}
