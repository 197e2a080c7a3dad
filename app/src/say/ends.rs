//! When an answer becomes final, and when the access ends (rule 2).

use super::when::span;
use domain::{OrderState, Timestamp};
use review::view::types::{Ends, OrderView};

use super::When;

/// Before the answer: until when it can be taken back, and what follows a Revoke.
pub fn finality(ends: &Ends) -> String {
    let window = span(ends.undo_window);
    if let Some(platform) = &ends.platform {
        // The window ends before the platform's end does.
        return format!("An answer can be undone for up to {window}. {} {}", platform.then, platform.on_revoke);
    }
    match (&ends.cannot, ends.by_ticket) {
        (Some(_), _) => {
            format!("An answer can be undone for {window}, then it is final. This access cannot be removed from here.")
        }
        (None, true) => {
            format!(
                "An answer can be undone for {window}, then it is final and a removal leaves as a ticket. The access ends when the ticket is carried out."
            )
        }
        (None, false) => {
            format!("An answer can be undone for {window}, then it is final and a removal is sent to the source, where the access ends.")
        }
    }
}

/// The same in one line, for beside the answers.
pub fn finality_brief(ends: &Ends) -> String {
    let window = span(ends.undo_window);
    let then = match (&ends.platform, &ends.cannot, ends.by_ticket) {
        (Some(platform), ..) => platform.brief.as_str(),
        (None, Some(_), _) => "Then it is final.",
        (None, None, true) => "Then it is final, and a removal leaves as a ticket.",
        (None, None, false) => "Then it is final, and a removal is sent.",
    };
    format!("Can be undone for {window}. {then}")
}

/// After an Escalate: what it means for the reader.
pub fn after_escalating(to: &str) -> String {
    format!("The question is with {to} now. If it is still open when the campaign closes, it counts as unanswered.")
}

/// Where a removal stands, as a sentence with a time.
pub fn removal(order: &OrderView, when: &When) -> String {
    let at = |time: Option<Timestamp>| time.map_or_else(String::new, |time| format!(" {}", when.moment(time)));
    match order.state {
        OrderState::Held => match order.hold_reason {
            Some(domain::HoldReason::UndoWindow) => {
                format!(
                    "The removal leaves when the answer becomes final{}.",
                    order.hold_until.map_or_else(String::new, |t| format!(", at {}", when.clock(t)))
                )
            }
            Some(domain::HoldReason::Brake) => "The removal is stopped by the brake until a second person releases it.".to_owned(),
            Some(domain::HoldReason::Stopped) => {
                "All removals are stopped by the switch. This one leaves when the switch is reset.".to_owned()
            }
            Some(domain::HoldReason::Freeze) => match order.hold_until {
                Some(until) => format!("The removal waits for the freeze to end, {}.", when.moment(until)),
                None => "The removal waits for the freeze to end.".to_owned(),
            },
            None => "The removal is held.".to_owned(),
        },
        OrderState::Ready => "The removal is ready to leave.".to_owned(),
        OrderState::WaitingForSignIn => "The removal waits for the reviewer's sign-in to the platform.".to_owned(),
        OrderState::Conflict => {
            "The removal would end more than was decided. Who answers for the access says whether it leaves; until then nothing does."
                .to_owned()
        }
        OrderState::Claimed => "The removal is being carried out.".to_owned(),
        OrderState::Sent => format!(
            "The platform accepted the removal{}. A look at the access, or the next reading of the source, shows whether it is gone.",
            at(order.left_at)
        ),
        OrderState::OutcomeUnknown => {
            "The platform's answer was lost. It is not sent again before a look shows that it was not done.".to_owned()
        }
        OrderState::Refused => {
            format!("The removal was not carried out{}", order.remark.as_ref().map_or_else(|| ".".to_owned(), |why| format!(": {why}")))
        }
        OrderState::CannotBeRemovedHere => {
            format!("This cannot be removed from here{}", order.remark.as_ref().map_or_else(|| ".".to_owned(), |way| format!(". {way}")))
        }
        OrderState::Ticketed => format!(
            "Written to ticket {}{}. The next reading of the source shows whether the access is gone.",
            order.ticket.as_deref().unwrap_or("file"),
            at(order.left_at)
        ),
        OrderState::Proven => format!("Read again and gone{}.", at(order.proven_at)),
        OrderState::Withdrawn => match &order.remark {
            Some(why) => format!("The removal was withdrawn before it left. {why}"),
            None => "The removal was withdrawn before it left.".to_owned(),
        },
    }
}
