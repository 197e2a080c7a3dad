//! The note that goes to the platform with an answer (rule 15).

use connect::native::{Justification, NativeCampaign, short_note};
use domain::{Answer, DecisionId, RevokeWhy, Verdict};

/// The longest note where the platform names no limit, in characters.
const MOST: usize = 300;

/// What the reviewer saw of the recommendation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen {
    /// Nothing: the campaign hides it, and the platform is not told it either.
    Hidden,
    /// This verdict, if there was one, and whether the answer agrees.
    Shown(Option<Verdict>, Option<bool>),
}

/// What was recommended, whether the answer agrees, why, and our id: no personal data, and none of the reviewer's own words
/// (rules 15 and 36).
pub(super) fn of(settings: &NativeCampaign, decision: DecisionId, answer: Answer, why: Option<RevokeWhy>, seen: Seen) -> String {
    if settings.justification == Justification::Disabled {
        return String::new();
    }
    let (recommended, agreed) = match seen {
        Seen::Hidden => ("Recommendation not shown", None),
        Seen::Shown(Some(Verdict::Approve), agreed) => ("Recommended: approve", agreed),
        Seen::Shown(Some(Verdict::Revoke), agreed) => ("Recommended: revoke", agreed),
        Seen::Shown(Some(Verdict::Escalate), agreed) => ("Recommended: escalate", agreed),
        Seen::Shown(None, agreed) => ("No recommendation", agreed),
    };
    let agreed = match agreed {
        Some(true) => "agreed",
        Some(false) => "overridden",
        None => "decided by the reviewer",
    };
    let why = match (answer, why) {
        (Answer::Revoke, Some(RevokeWhy::NoLongerNeeded)) => "; no longer needed",
        (Answer::Revoke, Some(RevokeWhy::NeverAuthorised)) => "; never authorised",
        _ => "",
    };
    let most = settings.longest_note.and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST);
    short_note(&format!("{recommended}; {agreed}{why}."), &format!("Countersign {decision}"), most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect::native::{HandingOver, Justification, NativeId, NativeState, OnRevoke, OnSilence, TakesEffect};

    fn settings(longest_note: Option<u32>) -> NativeCampaign {
        NativeCampaign {
            id: NativeId::default(),
            name: String::new(),
            state: NativeState::Open,
            starts: None,
            ends: None,
            time_zone: None,
            on_revoke: OnRevoke::Removes,
            on_silence: OnSilence::Nothing,
            takes_effect: TakesEffect::WhenSent,
            justification: Justification::ForAll,
            longest_note,
            bulk_allowed: true,
            handing_over: HandingOver::Possible,
            self_review_allowed: false,
            service_may_answer: false,
            reviewers: Vec::new(),
            resource: None,
            levels: 1,
        }
    }

    #[test]
    fn rule_15_a_note_says_recommendation_agreement_and_our_id() {
        let id = DecisionId(uuid::Uuid::from_u128(7));
        let note =
            of(&settings(Some(300)), id, Answer::Revoke, Some(RevokeWhy::NoLongerNeeded), Seen::Shown(Some(Verdict::Approve), Some(false)));
        assert_eq!(note, "Recommended: approve; overridden; no longer needed. [Countersign 00000000-0000-0000-0000-000000000007]");
        let hidden = of(&settings(Some(300)), id, Answer::Approve, None, Seen::Hidden);
        assert_eq!(hidden, "Recommendation not shown; decided by the reviewer. [Countersign 00000000-0000-0000-0000-000000000007]");
        let short = of(&settings(Some(60)), id, Answer::Approve, None, Seen::Shown(None, None));
        assert!(short.chars().count() <= 60 && short.ends_with(&format!("[Countersign {id}]")), "{short}");
    }
}
