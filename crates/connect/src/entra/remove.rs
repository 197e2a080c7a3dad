//! Taking access away, and looking again.

use super::{
    EntraSource,
    batch::{Inner, MOST},
    credentials::AppAuthority,
    graph,
    names::{self, Thing},
    read::blank,
};
use crate::{
    error::Error,
    http::{Body, Effect, HttpError, Method, Request},
    reading::Reading,
    records::{GrantKey, GrantRecord},
    source::{Outcome, Page, Removal, Reread, Seen},
};
use domain::{GrantPath, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How often one removal is sent at most, each time after a look that shows the access still there.
const ATTEMPTS: u32 = 3;

/// What else taking this grant away would end, as the reading shows it (rule 17): everything that the same person holds
/// through the group that would be left. Empty where only this grant ends.
pub fn also_ends(reading: &Reading, grant: &GrantKey) -> Vec<GrantKey> {
    let Some(group) = group_to_leave(grant) else { return Vec::new() };
    let named = names::group(group);
    let through = |path: &GrantPath, entitlement: &str| match path {
        GrantPath::Group(other) => *other == named,
        GrantPath::Nested(way) => way.first().is_some_and(|first| *first == named),
        GrantPath::Direct => entitlement == named,
        _ => false,
    };
    reading
        .grants
        .iter()
        .filter(|other| other.person_id == grant.person_id && through(&other.path, &other.entitlement_id))
        .map(GrantRecord::key)
        .filter(|other| other != grant)
        .collect()
}

/// The group that somebody would be taken out of.
fn group_to_leave(grant: &GrantKey) -> Option<&str> {
    match (&grant.path, names::thing(&grant.entitlement_id)) {
        (GrantPath::Group(group), _) => names::group_of_path(group),
        (GrantPath::Direct, Some(Thing::Group(group))) => Some(group),
        _ => None,
    }
}

/// One call that takes something away. There is no other way to make one, so that the address of a member always ends
/// with `$ref`: without it, Graph deletes the user.
struct Delete(String);

impl Delete {
    fn member(group: &str, member: &str) -> Option<Self> {
        (names::is_guid(group) && names::is_guid(member)).then(|| Self(format!("/groups/{group}/members/{member}/$ref")))
    }

    fn assignment(application: &str, assignment: &str) -> Option<Self> {
        (names::is_guid(application) && is_opaque(assignment))
            .then(|| Self(format!("/servicePrincipals/{application}/appRoleAssignedTo/{assignment}")))
    }

    fn role(assignment: &str) -> Option<Self> {
        is_opaque(assignment).then(|| Self(format!("/roleManagement/directory/roleAssignments/{assignment}")))
    }
}

/// An opaque id that can stand in an address by itself.
fn is_opaque(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// What there is to do for one removal.
enum Step {
    Delete(Delete),
    Done(Outcome),
}

impl EntraSource {
    pub(super) async fn remove(&self, removals: &[Removal]) -> Result<Vec<Outcome>, Error> {
        let Some(remover) = &self.remover else {
            let why = "This source has no application for removing; name one in the source's settings, or remove it in Entra.";
            return Ok(removals.iter().map(|_| Outcome::CannotBeRemovedHere(why.to_owned())).collect());
        };
        let mut outcomes = Vec::with_capacity(removals.len());
        for removal in removals {
            // What went wrong with one says nothing about the others, and what was done must be told.
            outcomes.push(match self.remove_one(removal, remover).await {
                Ok(outcome) => outcome,
                Err(error) => Outcome::NotSent(error.to_string()),
            });
        }
        Ok(outcomes)
    }

    /// Only what happens before the first call is an error here: after it, there is always an outcome.
    async fn remove_one(&self, removal: &Removal, remover: &AppAuthority) -> Result<Outcome, Error> {
        let grant = &removal.grant;
        if let Some(group) = group_to_leave(grant) {
            let mut ends = self.would_end(group, grant, remover).await?;
            ends.retain(|key| !removal.also_ends.contains(&key.entitlement_id));
            if !ends.is_empty() {
                return Ok(Outcome::WouldEndMore(ends));
            }
        }
        for attempt in 1..=ATTEMPTS {
            let delete = match self.step(grant).await {
                Ok(Step::Done(outcome)) => return Ok(outcome),
                Ok(Step::Delete(delete)) => delete,
                Err(_) if attempt > 1 => return Ok(Outcome::Unknown),
                Err(error) => return Err(error),
            };
            let request = Request::change(Method::DELETE, self.address(&delete.0)?, Body::Empty, "writes");
            let doubt = match self.client.send(&request, remover).await {
                Ok(answer) if answer.is_success() => return Ok(Outcome::Sent),
                Ok(answer) if answer.status == 404 => return Ok(Outcome::AlreadyGone),
                // Somebody else changes the same object: look again, and try again where it is still there.
                Ok(answer) if matches!(answer.status, 409 | 412) => graph::refused(&answer),
                Ok(answer) => return Ok(Outcome::Refused(graph::refused(&answer).to_string())),
                Err(error @ HttpError::OutcomeUnknown { .. }) => error.into(),
                Err(_) if attempt > 1 => return Ok(Outcome::Unknown),
                Err(error) => return Err(error.into()),
            };
            let seen = self.look_again(std::slice::from_ref(grant)).await;
            match seen.map(|reread| reread.seen.first().copied()) {
                // The answer was lost after the change was made, or somebody else made it.
                Ok(Some(Seen::Gone | Seen::Newer { .. })) => return Ok(Outcome::Sent),
                Ok(Some(Seen::Still)) if attempt < ATTEMPTS => {}
                Ok(_) if matches!(doubt, Error::Refused { .. }) => return Ok(Outcome::Refused(doubt.to_string())),
                _ => return Ok(Outcome::Unknown),
            }
        }
        Ok(Outcome::Unknown)
    }

    /// What leaving a group would end beside the grant that is meant, as the tenant stands now: roles of applications and of
    /// the directory that the group carries and that reach the person by no other way, the membership itself where it gives
    /// something of its own, and groups that the person is in only because this one is (rule 17).
    async fn would_end(&self, group: &str, grant: &GrantKey, remover: &AppAuthority) -> Result<Vec<GrantKey>, Error> {
        let person = &grant.person_id;
        if !names::is_guid(group) || !names::is_guid(person) {
            return Ok(Vec::new());
        }
        let path = GrantPath::Group(names::group(group));
        let mut carried: BTreeSet<String> = BTreeSet::new();
        // Of the permissions that these two lists take, the application that removes has one already.
        match self.all(&format!("/groups/{group}/appRoleAssignments?$top=999"), "directory", remover).await {
            Ok(rows) => carried.extend(rows.iter().filter_map(app_role_of)),
            // What is gone ends nothing.
            Err(Error::Refused { status: 404, .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
        if self.config.directory_roles {
            let rows = self.all(&roles_of(group), "directory", &self.reader).await?;
            carried.extend(
                rows.iter().filter_map(|row| {
                    Some(names::role(row["roleDefinitionId"].as_str()?, row["directoryScopeId"].as_str().unwrap_or("/")))
                }),
            );
        }
        carried.remove(&grant.entitlement_id);
        if !carried.is_empty() {
            // Graph lists what the person holds by hand and through each group that they are a direct member of.
            let own = self.all(&format!("/users/{person}/appRoleAssignments?$top=999"), "directory", remover).await?;
            for another in own.iter().filter(|row| row["principalId"] != group).filter_map(app_role_of) {
                carried.remove(&another);
            }
        }
        let membership = names::group(group);
        if grant.entitlement_id != membership {
            let found =
                self.get(&format!("/groups/{group}?$select=id,groupTypes"), "directory", &self.reader).await?.json.unwrap_or_default();
            if found["groupTypes"].as_array().into_iter().flatten().any(|kind| kind == "Unified") {
                carried.insert(membership);
            }
        }
        let key = |entitlement_id: String| {
            let path = if entitlement_id == names::group(group) { GrantPath::Direct } else { path.clone() };
            GrantKey { person_id: person.clone(), entitlement_id, path, granted_on: None }
        };
        let outer = self.left_with(group, person).await?.into_iter().map(|outer| GrantKey {
            person_id: person.clone(),
            path: GrantPath::Nested(vec![names::group(group), names::group(&outer)]),
            entitlement_id: names::group(&outer),
            granted_on: None,
        });
        Ok(carried.into_iter().map(key).chain(outer.filter(|key| key.entitlement_id != grant.entitlement_id)).collect())
    }

    /// The groups that somebody is in only because `group` is, directly or through others, as the tenant stands now.
    async fn left_with(&self, group: &str, person: &str) -> Result<BTreeSet<String>, Error> {
        let path = format!("/users/{person}/transitiveMemberOf?$top=999");
        let rows = match self.all(&path, "directory", &self.reader).await {
            Ok(rows) => rows,
            // Whoever is gone loses nothing more.
            Err(Error::Refused { status: 404, .. }) => return Ok(BTreeSet::new()),
            Err(error) => return Err(error),
        };
        // Only plain groups hold groups: neither those of a rule nor Microsoft 365's do.
        let groups = || rows.iter().filter(|row| row["@odata.type"].as_str().is_none_or(|kind| kind == "#microsoft.graph.group"));
        let plain = groups().filter(|row| row["groupTypes"].as_array().is_none_or(Vec::is_empty));
        let plain = plain.filter_map(|row| row["id"].as_str()).filter(|id| *id != group && names::is_guid(id));
        let all: BTreeSet<&str> = groups().filter_map(|row| row["id"].as_str()).collect();
        let mut holding: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for id in plain {
            let members = self.all(&format!("/groups/{id}/members?$select=id&$top=999"), "directory", &self.reader).await?;
            let ways = members.iter().filter_map(|row| row["id"].as_str()).filter(|id| *id == person || all.contains(id));
            holding.insert(id.to_owned(), ways.map(str::to_owned).collect());
        }
        let mut left: BTreeSet<String> = BTreeSet::from([group.to_owned()]);
        loop {
            let ends = |ways: &BTreeSet<String>| !ways.is_empty() && ways.is_subset(&left);
            let Some(next) = holding.iter().find(|(id, ways)| !left.contains(*id) && ends(ways)).map(|(id, _)| id.clone()) else { break };
            left.insert(next);
        }
        left.remove(group);
        Ok(left)
    }

    /// What there is to do for one removal, as the platform stands now.
    async fn step(&self, grant: &GrantKey) -> Result<Step, Error> {
        let instead = |text: String| Ok(Step::Done(Outcome::CannotBeRemovedHere(text)));
        let foreign = || Ok(Step::Done(Outcome::Refused("This grant does not name anything in Entra.".to_owned())));
        let Some(thing) = names::thing(&grant.entitlement_id) else { return foreign() };
        if !names::is_guid(&grant.person_id) {
            return foreign();
        }
        match &grant.path {
            GrantPath::Rule(group) => instead(format!(
                "The membership of group {} follows from its rule. Change the rule or what makes it fit this person; a removal by hand is refused.",
                names::group_of_path(group).unwrap_or(group)
            )),
            GrantPath::Nested(way) => instead(format!(
                "It is held through groups within groups. Take the person out of group {}, or that group out of the next.",
                way.first().and_then(|step| names::group_of_path(step)).unwrap_or_default()
            )),
            GrantPath::Role(_) | GrantPath::Package(_) => instead("End the assignment in Entra, where it was made.".to_owned()),
            GrantPath::Group(group) => match names::group_of_path(group) {
                Some(group) => self.leave(group, &grant.person_id).await,
                None => foreign(),
            },
            GrantPath::Direct => match thing {
                Thing::Group(group) => self.leave(group, &grant.person_id).await,
                Thing::AppRole { application, role } => self.give_up_app_role(grant, application, role).await,
                Thing::Role { role, scope } => self.give_up_role(&grant.person_id, role, scope).await,
            },
        }
    }

    async fn leave(&self, group: &str, member: &str) -> Result<Step, Error> {
        let Some(delete) = Delete::member(group, member) else {
            return Ok(Step::Done(Outcome::Refused("The group or the member has an id that Entra does not give.".to_owned())));
        };
        let answer = self.get(&format!("/groups/{group}?$select=id,groupTypes,onPremisesSyncEnabled"), "directory", &self.reader).await?;
        if answer.status == 404 {
            return Ok(Step::Done(Outcome::AlreadyGone));
        }
        if !answer.is_success() {
            return Err(graph::refused(&answer));
        }
        let found = answer.json.unwrap_or_default();
        let dynamic = found["groupTypes"].as_array().into_iter().flatten().any(|kind| kind == "DynamicMembership");
        if dynamic {
            return Ok(Step::Done(Outcome::CannotBeRemovedHere(
                "The group's membership follows from its rule now. Change the rule.".to_owned(),
            )));
        }
        if found["onPremisesSyncEnabled"] == true {
            let text = "The group is kept in the directory on your premises. Take the person out there; Entra follows.";
            return Ok(Step::Done(Outcome::CannotBeRemovedHere(text.to_owned())));
        }
        Ok(Step::Delete(delete))
    }

    async fn give_up_app_role(&self, grant: &GrantKey, application: &str, role: &str) -> Result<Step, Error> {
        let path = format!("/servicePrincipals/{application}/appRoleAssignedTo?$top=999");
        let rows = match self.all(&path, "directory", &self.reader).await {
            Ok(rows) => rows,
            Err(Error::Refused { status: 404, .. }) => return Ok(Step::Done(Outcome::AlreadyGone)),
            Err(error) => return Err(error),
        };
        let Some(row) = rows.iter().find(|row| is_assignment(row, &grant.person_id, role)) else {
            return Ok(Step::Done(Outcome::AlreadyGone));
        };
        if let (Some(now), Some(decided)) = (created(row), grant.granted_on)
            && now > decided
        {
            let text = "The access was granted anew since it was decided; the newer grant was left alone.";
            return Ok(Step::Done(Outcome::Refused(text.to_owned())));
        }
        let delete = row["id"].as_str().and_then(|id| Delete::assignment(application, id));
        Ok(delete
            .map_or_else(|| Step::Done(Outcome::Refused("The assignment has an id that Entra does not give.".to_owned())), Step::Delete))
    }

    async fn give_up_role(&self, person: &str, role: &str, scope: &str) -> Result<Step, Error> {
        let rows = self.all(&roles_of(person), "directory", &self.reader).await?;
        let Some(row) = rows.iter().find(|row| is_role(row, person, role, scope)) else {
            return Ok(Step::Done(Outcome::AlreadyGone));
        };
        let delete = row["id"].as_str().and_then(Delete::role);
        Ok(delete
            .map_or_else(|| Step::Done(Outcome::Refused("The assignment has an id that Entra does not give.".to_owned())), Step::Delete))
    }

    /// Looks again at single grants: reads each list that shows one of them, once.
    pub(super) async fn look_again(&self, grants: &[GrantKey]) -> Result<Reread, Error> {
        let mut lists: BTreeSet<String> = BTreeSet::new();
        for grant in grants {
            lists.extend(shows(grant).into_iter().flatten());
        }
        let (mut found, mut pages): (BTreeMap<String, Vec<Value>>, Vec<Page>) = (BTreeMap::new(), Vec::new());
        // Which list a page belongs to, and where it goes on.
        let mut ahead: Vec<(String, String)> = lists.into_iter().map(|list| (list.clone(), list)).collect();
        let (mut guard, mut tries) = (crate::http::LoopGuard::default(), 0);
        while !ahead.is_empty() {
            let now: Vec<(String, String)> = ahead.drain(..ahead.len().min(MOST)).collect();
            let calls: Vec<Inner> = now.iter().map(|(_, path)| Inner::get(path.clone())).collect();
            let (answer, replies) = self.batch(&calls, Effect::Reads, &self.reader).await?;
            if !answer.is_success() {
                return Err(graph::refused(&answer));
            }
            let mut page = blank(&answer).page;
            let mut put_off = 0;
            for ((list, path), reply) in now.into_iter().zip(&replies) {
                match reply.status {
                    200 => {
                        page.rows += reply.rows().len() as u64;
                        found.entry(list.clone()).or_default().extend(reply.rows().iter().cloned());
                        if let Some(next) = self.next_of(&reply.body)? {
                            if next == path {
                                return Err(Error::Loop { page: next });
                            }
                            guard.pass(&next).map_err(|_| Error::Loop { page: next.clone() })?;
                            ahead.push((list, next));
                        }
                    }
                    // The group or application is gone, and with it everybody's access by it.
                    404 => drop(found.entry(list).or_default()),
                    _ if reply.is_passing() => {
                        put_off += 1;
                        ahead.push((list, path));
                    }
                    status => return Err(graph::refusal(&format!("GET {path}"), status, &reply.body)),
                }
            }
            page.kept = page.rows;
            pages.push(page);
            tries = if put_off == replies.len() { tries + 1 } else { 0 };
            if tries >= self.config.limits.attempts {
                let why = "every call of the batch was put off".to_owned();
                return Err(HttpError::NotAnswered { request: answer.request, attempts: tries, why }.into());
            }
            self.wait_for(&replies).await?;
        }
        let seen = grants.iter().map(|grant| judge(grant, &found)).collect();
        Ok(Reread { taken_at: self.client.platform_now(), pages, seen })
    }
}

fn members_of(group: &str) -> String {
    format!("/groups/{group}/members?$select=id&$top=999")
}

fn holders_of(application: &str) -> String {
    format!("/servicePrincipals/{application}/appRoleAssignedTo?$top=999")
}

fn roles_of(principal: &str) -> String {
    format!("/roleManagement/directory/roleAssignments?$filter=principalId eq '{principal}'")
}

/// The links that make a grant, each shown by a list: all must hold.
enum Link<'a> {
    Member { group: &'a str, member: &'a str },
    AppRole { application: &'a str, principal: &'a str, role: &'a str },
    Role { principal: &'a str, role: &'a str, scope: &'a str },
}

impl Link<'_> {
    fn list(&self) -> String {
        match self {
            Self::Member { group, .. } => members_of(group),
            Self::AppRole { application, .. } => holders_of(application),
            Self::Role { principal, .. } => roles_of(principal),
        }
    }

    fn row<'b>(&self, rows: &'b [Value]) -> Option<&'b Value> {
        rows.iter().find(|row| match self {
            Self::Member { member, .. } => row["id"] == *member,
            Self::AppRole { principal, role, .. } => is_assignment(row, principal, role),
            Self::Role { principal, role, scope } => is_role(row, principal, role, scope),
        })
    }
}

/// The links of a grant; none where it cannot be told.
fn links(grant: &GrantKey) -> Option<Vec<Link<'_>>> {
    let thing = names::thing(&grant.entitlement_id)?;
    let person = grant.person_id.as_str();
    // Groups from the innermost to the one that the entitlement names, or that carries it.
    let way: Vec<&str> = match &grant.path {
        GrantPath::Direct => Vec::new(),
        GrantPath::Group(group) | GrantPath::Rule(group) => vec![names::group_of_path(group)?],
        GrantPath::Nested(way) => way.iter().map(|step| names::group_of_path(step)).collect::<Option<_>>()?,
        GrantPath::Role(_) | GrantPath::Package(_) => return None,
    };
    let mut links = Vec::new();
    let mut holder = person;
    for group in way {
        links.push(Link::Member { group, member: holder });
        holder = group;
    }
    match thing {
        // A rule's own group is the entitlement itself.
        Thing::Group(group) if group == holder => {}
        Thing::Group(group) => links.push(Link::Member { group, member: holder }),
        Thing::AppRole { application, role } => links.push(Link::AppRole { application, principal: holder, role }),
        Thing::Role { role, scope } => links.push(Link::Role { principal: holder, role, scope }),
    }
    Some(links)
}

fn shows(grant: &GrantKey) -> Option<Vec<String>> {
    Some(links(grant)?.iter().map(Link::list).collect())
}

/// What the lists show of a grant. What cannot be told counts as still there, so that nothing is called gone that may
/// still be there.
fn judge(grant: &GrantKey, found: &BTreeMap<String, Vec<Value>>) -> Seen {
    let Some(links) = links(grant) else { return Seen::Still };
    let mut newest = None;
    for link in &links {
        let Some(rows) = found.get(&link.list()) else { return Seen::Still };
        match link.row(rows) {
            None => return Seen::Gone,
            Some(row) => newest = created(row),
        }
    }
    match (newest, grant.granted_on) {
        (Some(granted_on), Some(decided)) if granted_on > decided && grant.path == GrantPath::Direct => Seen::Newer { granted_on },
        _ => Seen::Still,
    }
}

/// The role that an assignment gives, as an entitlement's id.
fn app_role_of(row: &Value) -> Option<String> {
    Some(names::app_role(row["resourceId"].as_str()?, row["appRoleId"].as_str().unwrap_or(names::NO_ROLE)))
}

fn created(row: &Value) -> Option<Timestamp> {
    row["createdDateTime"].as_str().and_then(|text| Timestamp::parse_rfc3339(text).ok())
}

fn is_assignment(row: &Value, principal: &str, role: &str) -> bool {
    row["principalId"] == principal && row["appRoleId"].as_str().unwrap_or(names::NO_ROLE) == role
}

fn is_role(row: &Value, principal: &str, role: &str, scope: &str) -> bool {
    row["principalId"] == principal && row["roleDefinitionId"] == role && row["directoryScopeId"].as_str().unwrap_or("/") == scope
}
