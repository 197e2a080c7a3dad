//! What administrators did, in the System Log.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fill::{LOG_DAYS, ROLES};
use super::ids::id;
use super::org::{Event, Org};
use crate::calendar::DAY;
use crate::company::Company;

/// What is done with each administrator role, and to what; roles that mainly read open the console and do nothing that the log
/// knows by a type of its own.
const DONE: [(&str, &str, &str); 4] = [
    ("SUPER_ADMIN", "policy.rule.update", "PolicyRule"),
    ("APP_ADMIN", "application.lifecycle.update", "AppInstance"),
    ("HELP_DESK_ADMIN", "user.account.reset_password", "User"),
    ("USER_ADMIN", "user.account.update_profile", "User"),
];

/// Writes the acts of the company's administrators. Each opens the administrators' console first. Whoever has a role and did
/// nothing with it gave themselves a new password, which takes no role. `most` bounds the days kept of each.
pub(super) fn write(company: &Company, user_ids: &BTreeMap<&str, String>, org: &mut Org, now: i64, most: usize) {
    let oldest = now - LOG_DAYS * DAY;
    for act in company.acts() {
        let role = ROLES.iter().find(|(entitlement, ..)| *entitlement == act.entitlement_id);
        let (Some((_, role, _)), Some(actor)) = (role, user_ids.get(act.person_id.as_str())) else { continue };
        if act.at.is_empty() {
            let itself = ("user.account.reset_password", vec![("User", actor.clone())]);
            org.log.push(event(actor, &act.entitlement_id, now - 40 * DAY, itself.0, itself.1));
        }
        for (number, at) in act.at.iter().filter(|at| **at > oldest).take(most.max(1)).enumerate() {
            let console = ("AppInstance", id("0oa", "Okta Admin Console"));
            org.log.push(event(actor, &act.entitlement_id, *at, "user.session.access_admin_app", vec![console]));
            let Some((_, kind, of)) = DONE.iter().find(|(known, ..)| known == role) else { continue };
            let target = match *of {
                "User" => org.users.keys().filter(|user| *user != actor).nth(number % 7).cloned(),
                "AppInstance" => org.apps.keys().next().cloned(),
                other => Some(id("0pr", other)),
            };
            let targets = target.map(|target| (*of, target)).into_iter().collect();
            org.log.push(event(actor, &act.entitlement_id, at + 60, kind, targets));
        }
    }
}

fn event(actor: &str, what: &str, at: i64, kind: &'static str, targets: Vec<(&'static str, String)>) -> Event {
    Event {
        at: at * 1_000_000,
        uuid: id("evt", &format!("{kind} {actor} {what} {at}")),
        kind,
        result: "SUCCESS",
        actor: actor.to_owned(),
        targets,
        detail: Value::Object(Map::new()),
    }
}
