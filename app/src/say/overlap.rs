//! Accesses of one person that open the same: how many to keep and to give up, and why.

use super::{list, number};
use domain::Verdict;
use review::view::types::{KeepGiveUp, WayAdvice, WayWhy};

/// How many to keep, to give up and to judge: "keep 2, give up 3". What there is none of is left out.
pub fn keep_give_up(advice: &KeepGiveUp) -> String {
    let parts = [
        (advice.keep, format!("keep {}", number(advice.keep))),
        (advice.give_up, format!("give up {}", number(advice.give_up))),
        (advice.judge, format!("{} for your judgement", number(advice.judge))),
    ];
    parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, said)| said).collect::<Vec<_>>().join(", ")
}

/// Why a way should stay or go, as a sentence.
pub const fn why(why: WayWhy) -> &'static str {
    match why {
        WayWhy::Approved => "It was approved.",
        WayWhy::NotAsked => "No open campaign asks about it, so it stays.",
        WayWhy::NotRemovable => "It comes by a rule or through groups within groups, and cannot be taken from this one person.",
        WayWhy::Emergency => "It is kept for emergencies; lying unused is what it is for.",
        WayWhy::ApproveRecommended => "Approve is recommended for it, and what the application makes of it besides is not known.",
        WayWhy::Recent => "Fewer than 30 days without use can be shown of it.",
        WayWhy::Needed => "Something that it opens would be lost without it.",
        WayWhy::Revoked => "It was revoked.",
        WayWhy::RevokeRecommended => "Revoke is recommended for it, whatever else they hold.",
        WayWhy::Spare => "What stays opens all that it opens.",
    }
}

/// What the advice has to say about what is recommended for the same access by itself, where the two could be taken to
/// contradict each other.
pub fn beside_recommendation(advice: &WayAdvice) -> Option<&'static str> {
    let alone = |verdict: Verdict| advice.alone.contains(&verdict);
    match (advice.why, advice.why.gives_up()) {
        (WayWhy::Spare, _) if alone(Verdict::Approve) => Some(
            "Approve is recommended by itself, because the access is right for them. It stays theirs by another way; only this one is spare.",
        ),
        (WayWhy::Spare, _) if alone(Verdict::Escalate) => {
            Some("By itself it is left to your judgement. Beside what stays it is not needed.")
        }
        (_, false) if alone(Verdict::Revoke) => {
            Some("Revoke is recommended by itself for something that it gives: look at that item first.")
        }
        _ => None,
    }
}

/// For how many days non-use can be shown; unknown is said as such.
pub fn idle(unused_days: Option<u32>) -> String {
    match unused_days {
        None => "use unknown".to_owned(),
        Some(0) => "used within a day".to_owned(),
        Some(1) => "1 day without use shown".to_owned(),
        Some(days) => format!("{} days without use shown", number(i64::from(days))),
    }
}

/// How many alike hold it.
pub fn alike((held, of): (u32, u32)) -> String {
    format!("held by {} of {} with the same title", number(i64::from(held)), number(i64::from(of)))
}

/// Names in a row, the first three and how many more there are.
pub fn first_names(names: &[String]) -> String {
    match names {
        [a, b, c, more @ ..] if !more.is_empty() => {
            list(&[a.clone(), b.clone(), c.clone(), format!("{} more", number(i64::try_from(more.len()).unwrap_or(i64::MAX)))])
        }
        few => list(few),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review::view::types::Stance;

    #[test]
    fn what_there_is_none_of_is_left_out() {
        let said = |keep, give_up, judge| keep_give_up(&KeepGiveUp { keep, give_up, judge });
        assert_eq!(said(2, 3, 0), "keep 2, give up 3");
        assert_eq!(said(0, 1, 2), "give up 1, 2 for your judgement");
        assert_eq!(said(4, 0, 0), "keep 4");
    }

    /// Rule 26: unknown use is never called unused.
    #[test]
    fn rule_26_unknown_use_is_said_to_be_unknown() {
        assert_eq!(idle(None), "use unknown");
        assert_eq!(idle(Some(200)), "200 days without use shown");
    }

    #[test]
    fn advice_that_differs_from_the_recommendation_says_why() {
        let advice = |why: WayWhy, alone: &[Verdict]| {
            let stance = if why.gives_up() { Stance::GiveUp } else { Stance::Keep };
            WayAdvice { stance, why, served_by: Vec::new(), lost: Vec::new(), alone: alone.to_vec() }
        };
        assert!(
            beside_recommendation(&advice(WayWhy::Spare, &[Verdict::Approve])).is_some_and(|said| said.contains("only this one is spare"))
        );
        assert!(beside_recommendation(&advice(WayWhy::Spare, &[Verdict::Escalate])).is_some());
        for stays in [WayWhy::Needed, WayWhy::Recent, WayWhy::Approved, WayWhy::NotRemovable, WayWhy::NotAsked] {
            assert!(beside_recommendation(&advice(stays, &[Verdict::Approve, Verdict::Revoke])).is_some(), "{stays:?}");
            assert!(beside_recommendation(&advice(stays, &[Verdict::Approve])).is_none(), "{stays:?}");
        }
        assert!(beside_recommendation(&advice(WayWhy::RevokeRecommended, &[Verdict::Revoke])).is_none());
    }

    #[test]
    fn many_names_are_cut() {
        let names: Vec<String> = ["A", "B", "C", "D", "E"].into_iter().map(str::to_owned).collect();
        assert_eq!(first_names(&names), "A, B, C and 2 more");
        assert_eq!(first_names(&names[..2]), "A and B");
    }
}
