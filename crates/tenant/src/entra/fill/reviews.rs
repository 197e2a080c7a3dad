//! Access reviews that are running when the tenant starts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Fill, Form};
use crate::company::Role;
use crate::entra::change::{Change, Entry};
use crate::entra::directory::{Device, Group};

impl Fill<'_> {
    /// Two reviews that are running: one of what a team holds, answered by managers, and one of directory roles that
    /// would approve whatever nobody answers.
    pub(super) fn reviews(&mut self) {
        let Some(boss) = self.cast(&[Role::Reviewer]).into_iter().next().map(|person| self.principal(&person)) else { return };
        let team: BTreeSet<String> =
            self.directory.users.values().filter(|user| user.manager.as_ref() == Some(&boss)).map(|user| user.id.clone()).collect();
        let groups = self.directory.groups.values().filter(|group| !group.members.is_empty()).map(|group| group.id.clone());
        let applications = self.directory.applications.keys().cloned();
        let mut resources: Vec<(usize, String)> = Vec::new();
        let of_things: BTreeSet<String> =
            self.forms.iter().filter(|(_, form)| **form == Form::Group).map(|(thing, _)| self.id("group", thing)).collect();
        let groups = groups.filter(|id| of_things.contains(id)).map(|id| format!("/groups/{id}/transitiveMembers/microsoft.graph.user"));
        for query in groups.chain(applications.map(|id| format!("/servicePrincipals/{id}"))) {
            let held = self.directory.resources(&json!({ "scope": { "query": query } })).unwrap_or_default();
            let count = held.iter().flat_map(|resource| self.directory.holders(resource)).filter(|holder| team.contains(holder)).count();
            resources.push((count, query));
        }
        resources.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
        resources.retain(|(count, _)| *count > 0);
        // What most of them hold, and one application more: that which the review can take away whole from the most of them.
        let further = resources.iter().skip(4).map(|(_, query)| (self.taken_whole(query, &team), query));
        let further =
            further.filter(|(count, _)| *count > 0).max_by(|a, b| (a.0, b.1).cmp(&(b.0, a.1))).map(|(count, query)| (count, query.clone()));
        resources.truncate(4);
        resources.extend(further);
        let scopes: Vec<Value> = resources.iter().map(|(_, query)| scope(query)).collect();
        let owner = self.cast(&[Role::Owner]).into_iter().next().map(|person| self.principal(&person));
        let fallback = owner.as_ref().map(|id| vec![scope(&format!("/users/{id}"))]).unwrap_or_default();
        self.open(
            "team",
            owner.clone(),
            json!({
                "displayName": "Quarterly review of applications and groups",
                "descriptionForAdmins": "What a team holds, answered by each holder's manager.",
                "descriptionForReviewers": "Please say for each person whether the access is still needed.",
                "scope": { "@odata.type": "#microsoft.graph.principalResourceMembershipsScope", "principalScopes": [scope("/users")], "resourceScopes": scopes },
                "reviewers": [{ "query": "./manager", "queryType": "MicrosoftGraph", "queryRoot": "decisions" }],
                "fallbackReviewers": fallback,
                "settings": settings(false, "None"),
            }),
        );
        let held: BTreeSet<&String> = self.directory.role_assignments.values().map(|one| &one.role).collect();
        let roles: Vec<Value> = held.into_iter().map(|id| scope(&format!("/roleManagement/directory/roleDefinitions/{id}"))).collect();
        let reviewers: Vec<Value> =
            self.cast(&[Role::Administrator]).into_iter().map(|person| scope(&format!("/users/{}", self.principal(&person)))).collect();
        self.open(
            "roles",
            owner,
            json!({
                "displayName": "Review of directory roles",
                "descriptionForAdmins": "Who holds a directory role.",
                "descriptionForReviewers": "Please say whether the role is still needed.",
                "scope": { "@odata.type": "#microsoft.graph.principalResourceMembershipsScope", "principalScopes": [scope("/users")], "resourceScopes": roles },
                "reviewers": reviewers,
                "settings": settings(true, "Approve"),
            }),
        );
    }

    /// How many of a team hold an application by one assignment of their own and in no other way.
    fn taken_whole(&self, query: &str, team: &BTreeSet<String>) -> usize {
        let Some(application) = query.strip_prefix("/servicePrincipals/") else { return 0 };
        let holds = |person: &String| {
            let all = self.directory.app_assignments.values().filter(|one| one.resource == application);
            let mut ways = all.filter(|one| one.principal == *person || self.directory.all_members_of(&one.principal).contains(person));
            ways.next().is_some_and(|one| one.principal == *person) && ways.next().is_none()
        };
        team.iter().filter(|person| holds(person)).count()
    }

    /// A review of the group that most people are in, answered by the members of another one: three people who are in the
    /// first group themselves, two of them through a group within; and a device, which answers nothing.
    pub(super) fn review_by_group(&mut self) {
        let able = |id: &String| self.directory.users.get(id).is_some_and(|user| user.enabled && !user.guest);
        // Of those whose membership is access of its own.
        let things = self.forms.iter().filter(|(_, form)| **form == Form::Group).map(|(thing, _)| self.id("group", thing));
        let all =
            things.filter_map(|id| self.directory.groups.get(&id)).map(|group| (group.members.iter().filter(|id| able(id)).count(), group));
        let Some((_, reviewed)) = all.max_by_key(|(able, group)| (*able, group.id.clone())) else { return };
        let query = format!("/groups/{}/transitiveMembers/microsoft.graph.user", reviewed.id);
        let reviewers: Vec<String> = reviewed.members.iter().filter(|id| able(id)).take(3).cloned().collect();
        let group = |fill: &Self, key: &str, name: &str, members: BTreeSet<String>| Group {
            id: fill.id("group", key),
            name: name.to_owned(),
            description: String::new(),
            created: crate::calendar::rfc3339(fill.now),
            rule: None,
            unified: false,
            role_assignable: false,
            synced: false,
            members,
            owners: BTreeSet::new(),
        };
        let device = Device { id: self.id("device", "reception"), name: "RECEPTION-PC".to_owned() };
        let second = group(self, "access-reviewers-second", "Access reviewers, second desk", reviewers.iter().skip(1).cloned().collect());
        let members = reviewers.into_iter().take(1).chain([second.id.clone(), device.id.clone()]).collect();
        let first = group(self, "access-reviewers", "Access reviewers", members);
        let whom = scope(&format!("/groups/{}/transitiveMembers", first.id));
        self.directory.devices.insert(device.id.clone(), device);
        for group in [first, second] {
            self.directory.groups.insert(group.id.clone(), group);
        }
        self.open(
            "group",
            None,
            json!({
                "displayName": "Review by the access reviewers",
                "descriptionForAdmins": "Who is in a group, answered by the members of another.",
                "descriptionForReviewers": "Please say for each person whether the access is still needed.",
                "scope": { "@odata.type": "#microsoft.graph.principalResourceMembershipsScope", "principalScopes": [scope("/users")], "resourceScopes": [scope(&query)] },
                "reviewers": [whom],
                "settings": settings(false, "None"),
            }),
        );
    }

    fn open(&mut self, key: &str, user: Option<String>, body: Value) {
        if self.directory.resources(&body).is_err() {
            return;
        }
        let definition = self.id("review", key);
        self.directory.apply(&Entry {
            at: self.now * 1_000_000,
            app: String::new(),
            user,
            change: Change::ReviewCreated { definition, body },
        });
    }
}

fn scope(query: &str) -> Value {
    json!({ "@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": query, "queryType": "MicrosoftGraph", "queryRoot": null })
}

fn settings(applies: bool, default: &str) -> Value {
    json!({
        "mailNotificationsEnabled": true, "reminderNotificationsEnabled": true, "justificationRequiredOnApproval": true,
        "defaultDecisionEnabled": default != "None", "defaultDecision": default, "autoApplyDecisionsEnabled": applies,
        "instanceDurationInDays": 14, "recommendationsEnabled": true, "recommendationLookBackDuration": "P30D",
        "recurrence": { "pattern": { "type": "absoluteMonthly", "interval": 3, "dayOfMonth": 5 }, "range": { "type": "noEnd", "startDate": "2026-11-21" } },
    })
}
