//! Use, with its grain and the window that was really observed (rule 26).

use super::{When, many, number};
use domain::Grain;
use review::view::types::UsageView;

/// What the figures speak about.
pub const fn grain(grain: Grain) -> &'static str {
    match grain {
        Grain::Entitlement => "this access",
        Grain::Action => "audited actions that this role allows",
        Grain::Application => "the application",
        Grain::Tenant => "the tenant, whatever the application",
    }
}

/// For a list: the day or what is known instead, and a second line.
pub fn usage_brief(usage: &UsageView, when: &When) -> (String, String) {
    match usage {
        UsageView::Unknown | UsageView::Unread => ("unknown".to_owned(), "nothing is known of its use".to_owned()),
        UsageView::Watched { last_used: Some(at), grain: Grain::Entitlement, .. } => (when.day(*at), when.days_ago(*at)),
        UsageView::Watched { last_used: Some(at), grain: Grain::Action, .. } => {
            (when.day(*at), format!("{}, an audited action that it allows", when.days_ago(*at)))
        }
        UsageView::Watched { last_used: Some(at), grain: Grain::Application, .. } => {
            (when.day(*at), format!("{}, some use of the application", when.days_ago(*at)))
        }
        UsageView::Watched { last_used: Some(at), grain: Grain::Tenant, .. } => {
            (when.day(*at), format!("{}, some sign-in to the tenant", when.days_ago(*at)))
        }
        UsageView::Watched { last_used: None, window_days, grain: Grain::Action, .. } => {
            ("not seen".to_owned(), format!("no action that needs it in the {} we can see", many(i64::from(*window_days), "day", "days")))
        }
        UsageView::Watched { last_used: None, window_days, .. } => {
            ("not seen".to_owned(), format!("in the {} we can see", many(i64::from(*window_days), "day", "days")))
        }
    }
}

/// In full.
pub fn usage_sentence(usage: &UsageView, when: &When) -> String {
    let (last_used, days_used, window_days, grain) = match usage {
        UsageView::Watched { last_used, days_used, window_days, grain, .. } => (last_used, days_used, window_days, grain),
        UsageView::Unknown => return "The source keeps no usage, so nothing is known of when it was last used.".to_owned(),
        UsageView::Unread => {
            return "The last reading could not read the source's record of use, so nothing is known of when it was last used. The source's page says why."
                .to_owned();
        }
    };
    let window = many(i64::from(*window_days), "day", "days");
    let what = match grain {
        Grain::Entitlement => "",
        // Rule 29: an action speaks of each role of the holder's that allows it.
        Grain::Action if last_used.is_some() => {
            " Use of an administrative role is the audited actions that it allows; another of their roles may allow them too."
        }
        Grain::Action => " Use of an administrative role is the audited actions that need it.",
        Grain::Application => " This speaks of the application, not of this access alone.",
        Grain::Tenant => " This speaks of sign-ins to the tenant, whatever the application.",
    };
    match (last_used, days_used) {
        (None, _) if *grain == Grain::Action => format!("No audited action that needs it in the {window} we can see.{what}"),
        (None, _) => format!("No use in the {window} we can see.{what}"),
        (Some(at), Some(days)) => format!(
            "Last used on {}, {}; on {} of the {} days we can see.{what}",
            when.day(*at),
            when.days_ago(*at),
            number(i64::from(*days)),
            number(i64::from(*window_days))
        ),
        (Some(at), None) => {
            format!(
                "Last used on {}, {}. The source counts no days of use; we can see {window} back.{what}",
                when.day(*at),
                when.days_ago(*at)
            )
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use super::*;

    /// Rule 26: a sentence names the grain and the window; unknown is never "unused".
    #[test]
    fn rule_26_usage_names_its_grain_and_window() {
        let when = When::new("2026-11-21T08:30:00Z".parse().unwrap(), "UTC");
        let read_at = when.now;
        let seen = |last_used: Option<&str>, days_used, grain| UsageView::Watched {
            last_used: last_used.map(|text| text.parse().unwrap()),
            days_used,
            window_days: 180,
            grain,
            read_at,
        };
        assert_eq!(
            usage_sentence(&seen(Some("2026-07-09T00:00:00Z"), Some(22), Grain::Entitlement), &when),
            "Last used on 9 July, 135 days ago; on 22 of the 180 days we can see."
        );
        assert_eq!(
            usage_sentence(&seen(None, Some(0), Grain::Application), &when),
            "No use in the 180 days we can see. This speaks of the application, not of this access alone."
        );
        // Rule 29: use of an administrative role is audited actions, and no more is claimed than that it allows them.
        assert_eq!(
            usage_sentence(&seen(None, Some(0), Grain::Action), &when),
            "No audited action that needs it in the 180 days we can see. Use of an administrative role is the audited actions that need it."
        );
        let acted = usage_sentence(&seen(Some("2026-11-18T00:00:00Z"), Some(4), Grain::Action), &when);
        assert!(acted.contains("another of their roles may allow them too"), "{acted}");
        let unknown = usage_sentence(&UsageView::Unknown, &when);
        assert!(unknown.contains("nothing is known") && !unknown.contains("unused"), "{unknown}");
        let unread = usage_sentence(&UsageView::Unread, &when);
        assert!(unread.contains("could not read") && !unread.contains("keeps no usage"), "{unread}");
    }
}
