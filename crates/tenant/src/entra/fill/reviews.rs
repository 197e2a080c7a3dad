//! Two access reviews that are running when the tenant starts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Fill, Form};
use crate::company::Role;
use crate::entra::change::{Change, Entry};

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
        let scopes: Vec<Value> = resources.iter().filter(|(count, _)| *count > 0).take(4).map(|(_, query)| scope(query)).collect();
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
