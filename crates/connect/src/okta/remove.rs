//! Carrying removals out: look first, send once, look again where the answer was lost.

use super::{OktaSource, look::Look, wire::refusal};
use crate::{
    error::Error,
    http::{Answer, Body, HttpError, Method, Request},
    records::GrantKey,
    source::{Outcome, Removal, Seen},
};
use domain::GrantPath;

/// The one call that ends a grant, and the group that it takes the person out of, if it does that.
enum Way {
    Call { path: String, bucket: &'static str, group: Option<String> },
    None(String),
}

const BY_RULE: &str = "A group rule gives this. Taking the person out by hand would put them onto the rule's list of exceptions (at most 100); change what makes the rule fit, or ask the rule's owner.";

impl OktaSource {
    /// What else a removal would end, as the org stands now: other entitlements that the same person would lose with it.
    ///
    /// # Errors
    /// As [`crate::Source::reread`].
    pub async fn would_end(&self, grant: &GrantKey) -> Result<Vec<GrantKey>, Error> {
        let mut look = Look::default();
        match self.way(&mut look, grant).await? {
            Way::Call { group: Some(group), .. } => self.ends_with(&mut look, &group, grant).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Which call ends a grant.
    async fn way(&self, look: &mut Look, grant: &GrantKey) -> Result<Way, Error> {
        let (user, what) = (&grant.person_id, &grant.entitlement_id);
        let leave =
            |group: String| Way::Call { path: format!("/api/v1/groups/{group}/users/{user}"), bucket: "groups", group: Some(group) };
        Ok(match &grant.path {
            GrantPath::Rule(_) => Way::None(BY_RULE.to_owned()),
            GrantPath::Nested(_) | GrantPath::Package(_) | GrantPath::Role(_) => {
                Way::None("Okta holds nothing by such a path; read the source again.".to_owned())
            }
            GrantPath::Group(group) if self.groups_of(look, user).await?.is_some_and(|groups| groups.contains_key(group)) => {
                leave(group.clone())
            }
            GrantPath::Group(_) => {
                Way::None("The group that gives this was not found among the person's groups; read the source again.".to_owned())
            }
            GrantPath::Direct if what.starts_with("role:") => {
                let roles = self.roles_of(look, user).await?;
                let own = roles.iter().find(|role| role.entitlement_id() == *what && role.assignment.as_deref() != Some("GROUP"));
                match own {
                    Some(role) => Way::Call { path: format!("/api/v1/users/{user}/roles/{}", role.id), bucket: "roles", group: None },
                    None => Way::None("The role is not assigned to the person directly.".to_owned()),
                }
            }
            GrantPath::Direct if what.starts_with("0oa") => {
                Way::Call { path: format!("/api/v1/apps/{what}/users/{user}?sendEmail=false"), bucket: "apps", group: None }
            }
            GrantPath::Direct => leave(what.clone()),
        })
    }

    /// What leaving a group ends beside the grant that is meant: the membership itself, applications that no other group
    /// and no hand gives, and roles that come with it.
    async fn ends_with(&self, look: &mut Look, group: &str, grant: &GrantKey) -> Result<Vec<GrantKey>, Error> {
        let user = &grant.person_id;
        let own = self.groups_of(look, user).await?.unwrap_or_default();
        let key =
            |what: &str, path: GrantPath| GrantKey { person_id: user.clone(), entitlement_id: what.to_owned(), path, granted_on: None };
        let mut ends = Vec::new();
        if grant.entitlement_id != group {
            ends.push(key(group, GrantPath::Direct));
        }
        for app in self.apps_of_group(group).await? {
            if app == grant.entitlement_id {
                continue;
            }
            let given = self.groups_of_app(look, &app).await?;
            let another = own.keys().any(|id| id != group && given.contains(id));
            if another || self.assignment(look, &app, user).await?.is_some_and(|assigned| assigned.by_hand) {
                continue;
            }
            ends.push(key(&app, GrantPath::Group(group.to_owned())));
        }
        let roles = self.roles_of(look, user).await?;
        for what in self.roles_of_group(group).await? {
            let held: Vec<_> = roles.iter().filter(|role| role.entitlement_id() == what).collect();
            let another = held.iter().any(|role| {
                role.assignment.as_deref() != Some("GROUP")
                    || super::wire::linked_id(&role.links, "assignee").is_some_and(|id| id.starts_with("00g") && id != group)
            });
            if what != grant.entitlement_id && !another {
                ends.push(key(&what, GrantPath::Group(group.to_owned())));
            }
        }
        Ok(ends)
    }

    async fn apps_of_group(&self, group: &str) -> Result<Vec<String>, Error> {
        let (mut found, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let mut query = vec![("limit", "200")];
            if let Some(after) = &after {
                query.push(("after", after));
            }
            let request = Request::get(self.url(&format!("/api/v1/groups/{group}/apps"), &query)?, "groups");
            let answer = self.client.send(&request, &self.reader).await?;
            if !answer.is_success() {
                return Err(super::wire::refused(&answer, "Without this list it is not known what else the removal would end."));
            }
            let apps: Vec<super::wire::WithId> = super::wire::body(&answer)?;
            let empty = apps.is_empty();
            found.extend(apps.into_iter().map(|app| app.id));
            after = crate::http::next_link(&answer).and_then(|url| super::pull::after_of(&url));
            if after.is_none() || empty {
                return Ok(found);
            }
        }
    }

    async fn roles_of_group(&self, group: &str) -> Result<Vec<String>, Error> {
        let request = Request::get(self.url(&format!("/api/v1/groups/{group}/roles"), &[])?, "roles");
        let answer = self.client.send(&request, &self.reader).await?;
        if !answer.is_success() {
            return Err(super::wire::refused(&answer, "Without this list it is not known what else the removal would end."));
        }
        let roles: Vec<super::wire::Role> = super::wire::body(&answer)?;
        Ok(roles.iter().map(super::wire::Role::entitlement_id).collect())
    }

    pub(super) async fn remove(&self, removals: &[Removal]) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = Vec::with_capacity(removals.len());
        for removal in removals {
            // What went wrong with one says nothing about the others, and what was done must be told.
            outcomes.push(match self.remove_one(removal).await {
                Ok(outcome) => outcome,
                Err(error) => Outcome::NotSent(error.to_string()),
            });
        }
        Ok(outcomes)
    }

    /// Only what happens before the call is an error here: after it, there is always an outcome.
    async fn remove_one(&self, removal: &Removal) -> Result<Outcome, Error> {
        let Some(remover) = &self.remover else {
            let text = "No app that may remove is set up for this source. Remove it in Okta's console; the next reading proves it.";
            return Ok(Outcome::CannotBeRemovedHere(text.to_owned()));
        };
        let grant = &removal.grant;
        let mut look = Look::default();
        match self.see(&mut look, grant).await? {
            Seen::Gone => return Ok(Outcome::AlreadyGone),
            Seen::Newer { granted_on } => return Ok(Outcome::NewerLeftAlone { granted_on }),
            Seen::Still => {}
        }
        let (path, bucket, group) = match self.way(&mut look, grant).await? {
            Way::Call { path, bucket, group } => (path, bucket, group),
            Way::None(text) => return Ok(Outcome::CannotBeRemovedHere(text)),
        };
        if let Some(group) = &group {
            // Okta dates no membership; its log tells whether this one is newer than the decision.
            if let Some(granted_on) = self.joined_after(&mut look, &grant.person_id, group, removal.decided_on).await? {
                return Ok(Outcome::NewerLeftAlone { granted_on });
            }
            let mut ends = self.ends_with(&mut look, group, grant).await?;
            ends.retain(|key| !removal.also_ends.contains(&key.entitlement_id));
            if !ends.is_empty() {
                return Ok(Outcome::WouldEndMore(ends));
            }
        }
        let request = Request::change(Method::DELETE, self.url(&path, &[])?, Body::Empty, bucket);
        let sent = self.client.send(&request, remover).await;
        look.forget(&grant.person_id);
        Ok(match sent {
            Ok(answer) if answer.is_success() => Outcome::Sent,
            Ok(answer) if answer.status == 404 => Outcome::AlreadyGone,
            Ok(answer) => self.after_refusal(&mut look, grant, &answer).await,
            Err(HttpError::OutcomeUnknown { .. }) => match self.see(&mut look, grant).await {
                // The call went out and the grant is not there: it was accepted. The proof comes with the re-reading.
                Ok(Seen::Gone) => Outcome::Sent,
                _ => Outcome::Unknown,
            },
            Err(error) => Outcome::NotSent(error.to_string()),
        })
    }

    /// A refusal may mean that somebody else was quicker: look, and only then say that it was refused.
    async fn after_refusal(&self, look: &mut Look, grant: &GrantKey, answer: &Answer) -> Outcome {
        if matches!(answer.status, 409 | 410 | 412) && matches!(self.see(look, grant).await, Ok(Seen::Gone)) {
            return Outcome::AlreadyGone;
        }
        let (code, summary) = refusal(answer);
        let what = format!("{} {code}: {summary}", answer.status);
        match answer.status {
            409 | 410 | 412 => Outcome::NotSent(format!("Okta answered {what} It did nothing; the removal can be ordered again.")),
            403 => Outcome::Refused(format!(
                "Okta answered {what} Check the scopes and the administrator role of the app that removes (docs/connectors.md)."
            )),
            _ => Outcome::Refused(format!("Okta answered {what}")),
        }
    }
}
