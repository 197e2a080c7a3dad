//! Access reviews: definitions, their instances (one per resource), and one decision item per principal.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::directory::{Directory, graph_time, nobody};
use super::guid::guid;

/// Length of an instance where the definition does not say, in days.
const USUAL_DAYS: i64 = 14;
/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// What is reviewed: a group's members, an application's users or a directory role's holders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Group,
    Application,
    Role,
}

/// The resource of an instance.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// The query as the definition wrote it.
    pub(crate) query: String,
}

/// Somebody's answer on an item.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// `Approve`, `Deny`, `DontKnow`, `NotReviewed`.
    pub(crate) decision: String,
    pub(crate) justification: String,
    /// The identity that answered; none is nobody.
    pub(crate) by: Option<Value>,
    /// Microseconds since 1970.
    pub(crate) at: Option<i64>,
}

/// One question: may this principal keep this resource.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) principal: String,
    /// Users who may answer.
    pub(crate) reviewers: BTreeSet<String>,
    pub(crate) recommendation: &'static str,
    pub(crate) answer: Answer,
    /// `New`, `AppliedSuccessfully`, `ApplyNotSupported`, `AppliedSuccessfullyButObjectNotFound`.
    pub(crate) result: String,
    pub(crate) applied_at: Option<i64>,
}

/// One recurrence of a review on one resource.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    /// Microseconds since 1970.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) resource: Resource,
    pub(crate) items: BTreeMap<String, Item>,
}

/// A review as it was set up.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) id: String,
    /// The body as it was sent.
    pub(crate) body: Value,
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) created_by: Value,
    pub(crate) instances: BTreeMap<String, Instance>,
}

/// All reviews of a tenant, by id.
pub(crate) type Reviews = BTreeMap<String, Definition>;

impl Definition {
    /// A setting of the body.
    pub(crate) fn setting(&self, name: &str) -> &Value {
        &self.body["settings"][name]
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.setting(name).as_bool().unwrap_or(false)
    }

    pub(crate) fn status(&self) -> &'static str {
        if self.instances.values().any(|instance| instance.status == "InProgress") {
            "InProgress"
        } else if self.instances.is_empty() {
            "NotStarted"
        } else {
            "Completed"
        }
    }

    pub(crate) fn json(&self) -> Value {
        let mut body = self.body.clone();
        body["id"] = json!(self.id);
        body["status"] = json!(self.status());
        body["createdDateTime"] = json!(graph_time(self.created));
        body["lastModifiedDateTime"] = json!(graph_time(self.modified));
        body["createdBy"] = self.created_by.clone();
        for list in ["reviewers", "fallbackReviewers", "stageSettings", "additionalNotificationRecipients"] {
            if body[list].is_null() {
                body[list] = json!([]);
            }
        }
        body
    }
}

impl Instance {
    pub(crate) fn json(&self, definition: &Definition) -> Value {
        json!({
            "id": self.id, "status": self.status, "startDateTime": graph_time(self.start), "endDateTime": graph_time(self.end),
            "scope": { "@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": self.resource.query, "queryType": "MicrosoftGraph", "queryRoot": null },
            "reviewers": definition.body["reviewers"].as_array().cloned().unwrap_or_default(),
            "fallbackReviewers": definition.body["fallbackReviewers"].as_array().cloned().unwrap_or_default(),
        })
    }

    /// Every user who may answer something here.
    pub(crate) fn reviewers(&self) -> BTreeSet<&String> {
        self.items.values().flat_map(|item| &item.reviewers).collect()
    }
}

impl Directory {
    /// An item as Graph shows it.
    pub(crate) fn item_json(&self, instance: &Instance, item: &Item) -> Value {
        let principal = self.users.get(&item.principal).map_or_else(
            || {
                let application = self.applications.get(&item.principal);
                json!({ "@odata.type": "#microsoft.graph.servicePrincipalIdentity", "id": item.principal,
                    "displayName": application.map(|one| &one.name), "appId": application.map(|one| &one.app_id) })
            },
            super::directory::User::identity,
        );
        let set = if self.users.contains_key(&item.principal) { "users" } else { "servicePrincipals" };
        let (kind, path) = match instance.resource.kind {
            Kind::Group => ("group", "groups"),
            Kind::Application => ("servicePrincipal", "servicePrincipals"),
            Kind::Role => ("directoryRole", "roleManagement/directory/roleDefinitions"),
        };
        let mut resource = json!({ "id": instance.resource.id, "displayName": self.resource_name(&instance.resource), "type": kind });
        if instance.resource.kind == Kind::Application {
            resource["@odata.type"] = json!("#microsoft.graph.accessReviewInstanceDecisionItemServicePrincipalResource");
            resource["appId"] = json!(self.applications.get(&instance.resource.id).map(|one| &one.app_id));
        }
        json!({
            "id": item.id, "accessReviewId": instance.id, "decision": item.answer.decision, "justification": item.answer.justification,
            "recommendation": item.recommendation, "principal": principal, "resource": resource,
            "principalLink": format!("https://graph.microsoft.com/v1.0/{set}/{}", item.principal),
            "resourceLink": format!("https://graph.microsoft.com/v1.0/{path}/{}", instance.resource.id),
            "reviewedBy": item.answer.by.clone().unwrap_or_else(nobody), "reviewedDateTime": item.answer.at.map(graph_time),
            "appliedBy": nobody(), "appliedDateTime": item.applied_at.map(graph_time), "applyResult": item.result,
        })
    }

    fn resource_name(&self, resource: &Resource) -> Option<&str> {
        match resource.kind {
            Kind::Role => self.role_definitions.get(&resource.id).map(|role| role.name.as_str()),
            Kind::Group | Kind::Application => self.name_of(&resource.id),
        }
    }

    /// The resources that a definition's body speaks of.
    ///
    /// # Errors
    /// What is wrong with the scope, for whoever sent it.
    pub(crate) fn resources(&self, body: &Value) -> Result<Vec<Resource>, String> {
        let scope = &body["scope"];
        let queries: Vec<&Value> = match scope["resourceScopes"].as_array() {
            Some(many) => many.iter().map(|one| &one["query"]).collect(),
            None => vec![&scope["query"]],
        };
        if queries.is_empty() {
            return Err("The review has no resource in its scope.".to_owned());
        }
        queries.into_iter().map(|query| self.resource(query.as_str().unwrap_or_default())).collect()
    }

    fn resource(&self, query: &str) -> Result<Resource, String> {
        let path = query.trim_start_matches("/v1.0").trim_start_matches('/');
        let segments: Vec<&str> = path.split(['/', '?']).collect();
        let found = match segments.as_slice() {
            ["groups", id, ..] if self.groups.contains_key(*id) => Some((Kind::Group, *id)),
            ["servicePrincipals", id, ..] if self.applications.contains_key(*id) => Some((Kind::Application, *id)),
            ["roleManagement", "directory", "roleDefinitions", id, ..] if self.role_definitions.contains_key(*id) => {
                Some((Kind::Role, *id))
            }
            _ => None,
        };
        found
            .map(|(kind, id)| Resource { kind, id: id.to_owned(), query: query.to_owned() })
            .ok_or_else(|| format!("The scope's query {query} names nothing that this tenant reviews."))
    }

    /// Who holds a resource, so that each gets an item.
    pub(crate) fn holders(&self, resource: &Resource) -> BTreeSet<String> {
        let people = |ids: BTreeSet<String>| -> BTreeSet<String> { ids.into_iter().filter(|id| self.users.contains_key(id)).collect() };
        match resource.kind {
            Kind::Group => people(self.all_members_of(&resource.id)),
            Kind::Application => {
                let mut all = BTreeSet::new();
                for assignment in self.app_assignments.values().filter(|assignment| assignment.resource == resource.id) {
                    match self.groups.get(&assignment.principal) {
                        // Direct members only: an assignment does not reach groups within groups.
                        Some(group) => all.extend(group.members.iter().cloned()),
                        None => drop(all.insert(assignment.principal.clone())),
                    }
                }
                people(all)
            }
            Kind::Role => {
                let mut all = BTreeSet::new();
                for assignment in self.role_assignments.values().filter(|assignment| assignment.role == resource.id) {
                    all.insert(assignment.principal.clone());
                    all.extend(self.all_members_of(&assignment.principal));
                }
                people(all)
            }
        }
    }

    /// The users whom a reviewer scope names for one principal on one resource.
    fn reviewers_of(&self, scope: &Value, principal: &str, resource: &Resource) -> BTreeSet<String> {
        let query = scope["query"].as_str().unwrap_or_default();
        let path = query.trim_start_matches("/v1.0");
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let known = |id: &str| self.users.contains_key(id).then(|| id.to_owned());
        match segments.as_slice() {
            [".", "manager"] => self.users.get(principal).and_then(|user| user.manager.clone()).into_iter().collect(),
            [".", "owners"] => self.groups.get(&resource.id).map(|group| group.owners.clone()).unwrap_or_default(),
            ["users", id] => known(id).into_iter().collect(),
            ["groups", id, "owners"] => self.groups.get(*id).map(|group| group.owners.clone()).unwrap_or_default(),
            ["groups", id, "transitiveMembers"] => self.all_members_of(id).into_iter().filter(|id| self.users.contains_key(id)).collect(),
            _ => BTreeSet::new(),
        }
    }

    /// Makes the instances of a definition, all in progress from `at` on.
    pub(crate) fn start_review(&self, id: &str, body: &Value, created_by: Value, at: i64) -> Definition {
        let days = body["settings"]["instanceDurationInDays"].as_i64().unwrap_or(USUAL_DAYS).max(1);
        let mut instances = BTreeMap::new();
        for resource in self.resources(body).unwrap_or_default() {
            let instance = guid(&self.tenant, "instance", &format!("{id} {}", resource.id));
            let mut items = BTreeMap::new();
            for principal in self.holders(&resource) {
                let item = self.item(&instance, principal, &resource, body, at);
                items.insert(item.id.clone(), item);
            }
            let made = Instance { id: instance.clone(), status: "InProgress", start: at, end: at + days * DAY, resource, items };
            instances.insert(instance, made);
        }
        Definition { id: id.to_owned(), body: body.clone(), created: at, modified: at, created_by, instances }
    }

    fn item(&self, instance: &str, principal: String, resource: &Resource, body: &Value, at: i64) -> Item {
        let scopes = |list: &str| -> BTreeSet<String> {
            let all = body[list].as_array().into_iter().flatten();
            all.flat_map(|scope| self.reviewers_of(scope, &principal, resource)).collect()
        };
        let mut reviewers = scopes("reviewers");
        if reviewers.is_empty() {
            reviewers = scopes("fallbackReviewers");
        }
        if body["reviewers"].as_array().is_none_or(Vec::is_empty) {
            // No reviewers at all: everybody answers for themselves.
            reviewers = BTreeSet::from([principal.clone()]);
        }
        // Computed once, when the review starts: no sign-in to the tenant within 30 days.
        let recommendation = match self.users.get(&principal).and_then(|user| user.last_success) {
            Some(last) if at.div_euclid(1_000_000) - last <= 30 * 86_400 => "Approve",
            Some(_) => "Deny",
            None => "NoInfoAvailable",
        };
        Item {
            id: guid(&self.tenant, "decision", &format!("{instance} {principal}")),
            principal,
            reviewers,
            recommendation,
            answer: Answer { decision: "NotReviewed".to_owned(), ..Answer::default() },
            result: "New".to_owned(),
            applied_at: None,
        }
    }
}
