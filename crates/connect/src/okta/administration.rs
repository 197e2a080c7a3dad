//! Which audited actions need which administrator role of Okta (rule 29), and what they show of its use.
//!
//! Event types are those of Okta's catalogue (developer.okta.com, `okta-event-types.csv`, 2026.08), and who may do what is from
//! Okta's comparison of standard roles (help.okta.com, "Standard administrator roles and permissions"). Where a role may do
//! something over some groups or applications only, it stands there too: an action that is counted for a role too many can
//! make it look used, and never unused. Opening the administrators' console needs any role.

use super::{
    events::{moment, target, text},
    piece::Uses,
};
use crate::facts::LATELY_DAYS;
use domain::{Grain, Timestamp, Usage, time::DAY};
use serde_json::Value;
use std::collections::BTreeMap;

const SUPER: &str = "SUPER_ADMIN";
const ORG: &str = "ORG_ADMIN";
/// Okta calls it Group Administrator.
const GROUP: &str = "USER_ADMIN";
const APP: &str = "APP_ADMIN";
const HELP_DESK: &str = "HELP_DESK_ADMIN";
const MEMBERSHIP: &str = "GROUP_MEMBERSHIP_ADMIN";
const API: &str = "API_ACCESS_MANAGEMENT_ADMIN";

/// Opening the administrators' console.
const CONSOLE: &str = "user.session.access_admin_app";

/// Audited actions, and the roles beside Super Administrator that allow them. An action that ends with a dot stands for all
/// whose type begins so.
const ACTIONS: &[(&str, &[&str])] = &[
    ("user.lifecycle.", &[ORG, GROUP]),
    ("user.account.reset_password", &[ORG, GROUP, HELP_DESK]),
    ("user.account.expire_password", &[ORG, GROUP, HELP_DESK]),
    ("user.account.unlock_by_admin", &[ORG, GROUP, HELP_DESK]),
    ("user.account.update_profile", &[ORG, GROUP, APP]),
    ("user.account.update_user_type", &[ORG, GROUP]),
    ("user.account.privilege.", &[]),
    ("user.mfa.factor.deactivate", &[ORG, GROUP, HELP_DESK]),
    ("user.mfa.factor.reset_all", &[ORG, GROUP, HELP_DESK]),
    ("user.session.clear", &[ORG, GROUP, HELP_DESK]),
    ("user.behavior.profile.reset", &[ORG, GROUP, HELP_DESK]),
    ("group.lifecycle.", &[ORG, GROUP]),
    ("group.profile.update", &[ORG, GROUP]),
    ("group.user_membership.add", &[ORG, GROUP, MEMBERSHIP]),
    ("group.user_membership.remove", &[ORG, GROUP, MEMBERSHIP]),
    ("group.application_assignment.", &[ORG, GROUP, APP]),
    ("group.privilege.", &[]),
    ("application.lifecycle.", &[ORG, APP]),
    ("application.user_membership.add", &[ORG, GROUP, APP]),
    ("application.user_membership.remove", &[ORG, GROUP, APP]),
    ("application.policy.sign_on.update", &[ORG, APP]),
    ("application.policy.sign_on.rule.", &[ORG, APP]),
    ("app.oauth2.client.lifecycle.", &[ORG, APP, API]),
    ("oauth2.", &[ORG, API]),
    ("policy.lifecycle.", &[ORG, APP]),
    ("policy.rule.", &[ORG, APP]),
    ("zone.", &[ORG]),
    ("iam.", &[]),
];

/// Roles whose work is all in the table: that none of it was seen says that they were not used.
const WHOLE: [&str; 6] = [SUPER, ORG, GROUP, APP, HELP_DESK, MEMBERSHIP];
/// Roles of which only some actions are in the table, as of those who mainly read: a use tells of them, and none tells nothing.
/// An org's own roles and all others are in neither list, because nothing says what they allow.
const PARTLY: [&str; 5] = ["READ_ONLY_ADMIN", "REPORT_ADMIN", API, "ACCESS_CERTIFICATIONS_ADMIN", "ACCESS_REQUESTS_ADMIN"];

fn is(action: &str, event: &str) -> bool {
    action == event || (action.ends_with('.') && event.starts_with(action))
}

/// Whether a role, by Okta's type, allows an action of [`Act`].
fn allows(role: &str, action: &str) -> bool {
    let listed = || ACTIONS.iter().any(|(known, roles)| *known == action && roles.contains(&role));
    (WHOLE.contains(&role) || PARTLY.contains(&role)) && (role == SUPER || action == CONSOLE || listed())
}

/// What the log is asked for beside sign-ins: every action of the table that was carried out.
pub(super) fn filter() -> String {
    let of = |action: &str| format!("eventType {} \"{action}\"", if action.ends_with('.') { "sw" } else { "eq" });
    let actions: Vec<String> = std::iter::once(CONSOLE).chain(ACTIONS.iter().map(|(action, _)| *action)).map(of).collect();
    format!("(outcome.result eq \"SUCCESS\" and ({}))", actions.join(" or "))
}

/// An administrator's act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Act {
    /// Okta's id of the administrator.
    pub(super) user: String,
    /// The action as the table names it.
    pub(super) action: &'static str,
    pub(super) at: Timestamp,
}

/// The act that an event tells of; `None` where it is none of the table's, failed, was done by a machine, or was done by
/// people to themselves, which takes no role.
///
/// # Errors
/// Says what is missing where it is one and does not say whose or when.
pub(super) fn act(event: &Value) -> Result<Option<Act>, String> {
    let kind = text(event, &["eventType"]).unwrap_or_default();
    let found = std::iter::once(CONSOLE).chain(ACTIONS.iter().map(|(action, _)| *action)).find(|action| is(action, kind));
    let by_a_person = text(event, &["actor", "type"]).is_some_and(|kind| kind.eq_ignore_ascii_case("User"));
    let Some(action) = found.filter(|_| by_a_person && text(event, &["outcome", "result"]) == Some("SUCCESS")) else {
        return Ok(None);
    };
    let user = text(event, &["actor", "id"]).ok_or("it does not say who did it: actor.id is missing")?;
    if action != CONSOLE && target(event, "User") == Some(user) {
        return Ok(None);
    }
    let published = text(event, &["published"]).ok_or("it does not say when: published is missing")?;
    let at = moment(published).ok_or_else(|| format!("published is \"{published}\", which is no time"))?;
    Ok(Some(Act { user: user.to_owned(), action, at }))
}

/// What somebody's acts show of the use of a role that they hold, by its entitlement's id. An action counts for each role
/// that allows it. `None` where they show nothing: use is no better known than by sign-ins then.
///
/// `window_days` were observed up to `until`.
pub(super) fn use_of(role: &str, acts: Option<&BTreeMap<String, Uses>>, window_days: u32, until: Timestamp) -> Option<Usage> {
    let role = role.strip_prefix("role:")?;
    let mut all = Uses::default();
    let mut last_used = None;
    for (_, uses) in acts.into_iter().flatten().filter(|(action, _)| allows(role, action)) {
        last_used = last_used.max(Some(uses.last));
        all.days.extend(uses.days.iter().copied());
    }
    if WHOLE.contains(&role) {
        let days_used = u32::try_from(all.days.len()).ok().map(|days| days.min(window_days));
        return Some(Usage { last_used, days_used, window_days, grain: Grain::Action });
    }
    let lately = last_used.filter(|last| until.since(*last) <= LATELY_DAYS * DAY)?;
    // On how many days it was used is not known where only some of its actions are seen.
    Some(Usage { last_used: Some(lately), days_used: None, window_days, grain: Grain::Action })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_795_248_000_000_000);

    fn event(kind: &str, result: &str, actor: &str, of: &str) -> Value {
        json!({ "eventType": kind, "outcome": { "result": result }, "published": "2026-11-20T10:00:00Z",
            "actor": { "id": actor, "type": of }, "target": [{ "id": "00u2", "type": "User" }] })
    }

    #[test]
    fn an_act_is_a_persons_and_takes_a_role() {
        let done = act(&event("user.lifecycle.suspend", "SUCCESS", "00u1", "User")).unwrap().unwrap();
        assert_eq!((done.user.as_str(), done.action), ("00u1", "user.lifecycle."));
        for other in [
            event("user.lifecycle.suspend", "FAILURE", "00u1", "User"),
            event("user.lifecycle.suspend", "SUCCESS", "0oa1", "PublicClientApp"),
            event("user.lifecycle.suspend", "SUCCESS", "sys", "SystemPrincipal"),
            // A new password of one's own takes no role.
            event("user.account.reset_password", "SUCCESS", "00u2", "User"),
            event("user.session.start", "SUCCESS", "00u1", "User"),
            event("application.policy.sign_on.deny_access", "SUCCESS", "00u1", "User"),
        ] {
            assert_eq!(act(&other).unwrap(), None, "{other}");
        }
        assert!(act(&event(CONSOLE, "SUCCESS", "00u2", "User")).unwrap().is_some());
        let mut undated = event("zone.update", "SUCCESS", "00u1", "User");
        undated["published"] = Value::Null;
        assert!(act(&undated).unwrap_err().contains("published"));
    }

    #[test]
    fn a_role_is_judged_by_the_actions_that_it_allows() {
        for (action, role, allowed) in [
            ("user.account.reset_password", HELP_DESK, true),
            ("user.account.reset_password", APP, false),
            ("application.lifecycle.", APP, true),
            ("group.user_membership.add", MEMBERSHIP, true),
            ("group.lifecycle.", MEMBERSHIP, false),
            ("iam.", ORG, false),
            ("iam.", SUPER, true),
            (CONSOLE, "READ_ONLY_ADMIN", true),
            ("zone.", "READ_ONLY_ADMIN", false),
            (CONSOLE, "CUSTOM", false),
            (CONSOLE, "cr0custom", false),
        ] {
            assert_eq!(allows(role, action), allowed, "{role} {action}");
        }
        // The whole filter stands in an address: eight thousand characters are what servers commonly take.
        assert!(filter().len() < 2_000, "{}", filter().len());
    }

    proptest! {
        /// Rule 26: of a role whose actions are not all seen, nothing is ever called unused.
        #[test]
        fn unknown_is_never_unused(
            role in proptest::sample::select(WHOLE.iter().chain(&PARTLY).chain(&["CUSTOM", "WORKFLOWS_ADMIN", "cr0x"]).copied().collect::<Vec<_>>()),
            acted in proptest::collection::vec((0..ACTIONS.len(), 0..90i64), 0..6),
            days in 31..91u32,
        ) {
            let mut acts: BTreeMap<String, Uses> = BTreeMap::new();
            for (at, ago) in acted {
                let uses = acts.entry(ACTIONS[at].0.to_owned()).or_default();
                let when = NOW.plus(-ago * DAY);
                uses.last = uses.last.max(when);
                uses.days.insert(when.micros().div_euclid(DAY));
            }
            let seen = use_of(&format!("role:{role}"), Some(&acts), 90, NOW);
            let unused = seen.and_then(|seen| seen.unused_for(days, NOW));
            if !WHOLE.contains(&role) {
                prop_assert_ne!(unused, Some(true));
            }
            // What is called unused was not used: no action that it allows lies within those days.
            let lately = |(action, uses): (&String, &Uses)| allows(role, action) && NOW.days_since(uses.last) < i64::from(days);
            prop_assert!(unused != Some(true) || !acts.iter().any(lately));
        }
    }
}
