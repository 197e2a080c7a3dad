//! Looking again at single grants.

use super::{
    OktaSource,
    events::{EventSays, read_event},
    log::LOG_DAYS,
    pull::after_of,
    wire::{AppUser, Group, Role, WithId, body, linked_id, refused, time},
};
use crate::{
    error::Error,
    http::{Answer, Request, next_link},
    records::GrantKey,
    source::{Page, Reread, Seen},
};
use domain::{GrantPath, Timestamp, time::DAY};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was looked at so far, so that nothing is asked twice, with the pages that show it.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) pages: Vec<Page>,
    /// A person's groups, id to name; `None` where the person is not there any more.
    groups: BTreeMap<String, Option<BTreeMap<String, String>>>,
    app_groups: BTreeMap<String, Vec<String>>,
    roles: BTreeMap<String, Vec<Role>>,
}

/// How somebody has an application now.
pub(super) struct Assigned {
    pub(super) by_hand: bool,
    pub(super) since: Option<Timestamp>,
}

const REMEDY: &str = "Grant the app that reads its scopes and the Read-Only Administrator role, and look again.";

impl Look {
    fn keep(&mut self, answer: &Answer, rows: usize) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.pages.push(Page {
            request: answer.request.clone(),
            read_at: answer.read_at,
            bytes: answer.body.len() as u64,
            sha256: answer.sha256,
            rows,
            kept: rows,
            dropped: BTreeMap::new(),
        });
    }

    /// Forgets what may have changed, after a change was made.
    pub(super) fn forget(&mut self, user: &str) {
        self.groups.remove(user);
        self.roles.remove(user);
    }
}

impl OktaSource {
    async fn get(&self, path: &str, query: &[(&str, &str)], bucket: &'static str) -> Result<Answer, Error> {
        Ok(self.client.send(&Request::get(self.url(path, query)?, bucket), &self.reader).await?)
    }

    /// Somebody's groups by id, with their names; `None` where the account is gone.
    pub(super) async fn groups_of(&self, look: &mut Look, user: &str) -> Result<Option<BTreeMap<String, String>>, Error> {
        if let Some(known) = look.groups.get(user) {
            return Ok(known.clone());
        }
        let answer = self.get(&format!("/api/v1/users/{user}/groups"), &[], "users").await?;
        let groups = match answer.status {
            404 => None,
            _ if answer.is_success() => {
                let groups: Vec<Group> = body(&answer)?;
                Some(groups.into_iter().map(|group| (group.id.clone(), group.profile.name.unwrap_or(group.id))).collect::<BTreeMap<_, _>>())
            }
            _ => return Err(refused(&answer, REMEDY)),
        };
        look.keep(&answer, groups.as_ref().map_or(0, BTreeMap::len));
        look.groups.insert(user.to_owned(), groups.clone());
        Ok(groups)
    }

    /// Groups that an application is assigned to.
    pub(super) async fn groups_of_app(&self, look: &mut Look, app: &str) -> Result<Vec<String>, Error> {
        if let Some(known) = look.app_groups.get(app) {
            return Ok(known.clone());
        }
        let (mut found, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let mut query = vec![("limit", "200")];
            if let Some(after) = &after {
                query.push(("after", after));
            }
            let answer = self.get(&format!("/api/v1/apps/{app}/groups"), &query, "apps").await?;
            if answer.status == 404 {
                break;
            }
            if !answer.is_success() {
                return Err(refused(&answer, REMEDY));
            }
            let groups: Vec<WithId> = body(&answer)?;
            look.keep(&answer, groups.len());
            let before = found.len();
            found.extend(groups.into_iter().map(|group| group.id));
            after = next_link(&answer).and_then(|url| after_of(&url));
            if after.is_none() || found.len() == before {
                break;
            }
        }
        look.app_groups.insert(app.to_owned(), found.clone());
        Ok(found)
    }

    /// How somebody has an application; `None` where they do not.
    pub(super) async fn assignment(&self, look: &mut Look, app: &str, user: &str) -> Result<Option<Assigned>, Error> {
        let answer = self.get(&format!("/api/v1/apps/{app}/users/{user}"), &[], "apps").await?;
        if answer.status == 404 {
            look.keep(&answer, 0);
            return Ok(None);
        }
        if !answer.is_success() {
            return Err(refused(&answer, REMEDY));
        }
        look.keep(&answer, 1);
        let found: AppUser = body(&answer)?;
        Ok(Some(Assigned { by_hand: found.scope.as_deref() != Some("GROUP"), since: time(found.created.as_deref()) }))
    }

    /// Somebody's administrator roles.
    pub(super) async fn roles_of(&self, look: &mut Look, user: &str) -> Result<Vec<Role>, Error> {
        if let Some(known) = look.roles.get(user) {
            return Ok(known.clone());
        }
        let answer = self.get(&format!("/api/v1/users/{user}/roles"), &[], "roles").await?;
        let roles: Vec<Role> = match answer.status {
            404 => Vec::new(),
            _ if answer.is_success() => body(&answer)?,
            _ => return Err(refused(&answer, REMEDY)),
        };
        look.keep(&answer, roles.len());
        look.roles.insert(user.to_owned(), roles.clone());
        Ok(roles)
    }

    /// When somebody was last put into a group after a moment, as far as the log goes back; `None` where it shows none or
    /// may not be read.
    pub(super) async fn joined_after(
        &self,
        look: &mut Look,
        user: &str,
        group: &str,
        after: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        let until = self.client.platform_now();
        let since = after.max(until.plus(-LOG_DAYS * DAY)).to_rfc3339();
        let filter = format!(r#"eventType eq "group.user_membership.add" and target.id eq "{group}" and target.id eq "{user}""#);
        // A second more: the end of the window is not part of it.
        let until = until.plus(domain::time::SECOND).to_rfc3339();
        let query = [("since", since.as_str()), ("until", until.as_str()), ("filter", filter.as_str()), ("limit", "1000")];
        let answer = self.get("/api/v1/logs", &query, "logs").await?;
        if !answer.is_success() {
            return Ok(None);
        }
        let events: Vec<Value> = body(&answer)?;
        look.keep(&answer, events.len());
        let joined = events.iter().filter_map(|event| match read_event(event) {
            Ok(EventSays::Joined { user: who, group: what, at }) if who == user && what == group && at > after => Some(at),
            _ => None,
        });
        Ok(joined.max())
    }

    /// What is there of one grant.
    pub(super) async fn see(&self, look: &mut Look, key: &GrantKey) -> Result<Seen, Error> {
        let (user, what) = (key.person_id.as_str(), key.entitlement_id.as_str());
        let newer = |since: Option<Timestamp>| match (since, key.granted_on) {
            (Some(granted_on), Some(decided)) if granted_on > decided => Seen::Newer { granted_on },
            _ => Seen::Still,
        };
        if what.starts_with("role:") {
            let roles = self.roles_of(look, user).await?;
            let by_hand = matches!(key.path, GrantPath::Direct);
            let mut same =
                roles.iter().filter(|role| role.entitlement_id() == what && (role.assignment.as_deref() != Some("GROUP")) == by_hand);
            if by_hand {
                return Ok(same.next().map_or(Seen::Gone, |role| newer(time(role.created.as_deref()))));
            }
            // Through a group: through this one, where it is told which.
            let through = |role: &Role| match (linked_id(&role.links, "assignee"), &key.path) {
                // A link to the person tells nothing of the group.
                (Some(found), GrantPath::Group(group)) if found.starts_with("00g") => found == group,
                _ => true,
            };
            return Ok(if same.any(through) { Seen::Still } else { Seen::Gone });
        }
        if what.starts_with("0oa") {
            let Some(assigned) = self.assignment(look, what, user).await? else { return Ok(Seen::Gone) };
            if matches!(key.path, GrantPath::Direct) {
                return Ok(if assigned.by_hand { newer(assigned.since) } else { Seen::Gone });
            }
            let own = self.groups_of(look, user).await?.unwrap_or_default();
            let given = self.groups_of_app(look, what).await?;
            let mut giving = own.keys().filter(|id| given.contains(id));
            let through = match &key.path {
                GrantPath::Group(group) if group != super::UNTOLD => giving.any(|found| found == group),
                _ => giving.next().is_some(),
            };
            // Another group, or an assignment by hand, is another path.
            return Ok(if through { Seen::Still } else { Seen::Gone });
        }
        let member = self.groups_of(look, user).await?.is_some_and(|groups| groups.contains_key(what));
        if !member {
            return Ok(Seen::Gone);
        }
        let since = match key.granted_on {
            Some(decided) => self.joined_after(look, user, what, decided).await?,
            None => None,
        };
        Ok(newer(since))
    }

    pub(super) async fn look_again(&self, grants: &[GrantKey]) -> Result<Reread, Error> {
        let mut look = Look::default();
        let mut seen = Vec::with_capacity(grants.len());
        for grant in grants {
            seen.push(self.see(&mut look, grant).await?);
        }
        Ok(Reread { taken_at: self.client.env().now(), pages: look.pages, seen })
    }
}
