//! Accepted changes: each stands in the journal before it is answered, and is applied to the directory in one place.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::directory::{Directory, graph_time};
use super::guid::guid;
use super::review::{Answer, Kind};
use crate::company::Origin;

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The first line: which company the tenant was filled from. Another company needs another journal.
    Began(Origin),
    /// A user or group became a member of a group.
    MemberAdded {
        /// The group's id.
        group: String,
        /// The member's id.
        member: String,
    },
    /// A member was taken out of a group.
    MemberRemoved {
        /// The group's id.
        group: String,
        /// The member's id.
        member: String,
    },
    /// An owner was taken from a group.
    OwnerRemoved {
        /// The group's id.
        group: String,
        /// The owner's id.
        owner: String,
    },
    /// A user was deleted, with everything held. The trap of a removal without `$ref`.
    UserDeleted {
        /// The user's id.
        user: String,
    },
    /// An application's role was taken from whoever held it.
    AssignmentRemoved {
        /// The assignment's id.
        assignment: String,
        /// Who held it.
        principal: String,
        /// The role.
        role: String,
    },
    /// A directory role was taken from whoever held it.
    RoleRemoved {
        /// The assignment's id.
        assignment: String,
        /// Who held it.
        principal: String,
        /// The role definition.
        role: String,
    },
    /// Somebody's sessions were ended.
    SessionsRevoked {
        /// The user's id.
        user: String,
    },
    /// A review was set up.
    ReviewCreated {
        /// Its id.
        definition: String,
        /// The body as it was sent.
        body: Value,
    },
    /// A review was set up anew; running instances stay as they are.
    ReviewReplaced {
        /// Its id.
        definition: String,
        /// The body as it was sent.
        body: Value,
    },
    /// A review was deleted with its instances.
    ReviewDeleted {
        /// Its id.
        definition: String,
    },
    /// An item was answered.
    Decided {
        /// The review.
        definition: String,
        /// Its instance.
        instance: String,
        /// The item.
        item: String,
        /// The answer.
        decision: String,
        /// The reason given.
        justification: String,
        /// Who answered, as Graph shows it; none where the platform did or nobody is shown.
        by: Option<Value>,
    },
    /// An instance takes no more answers.
    Ended {
        /// The review.
        definition: String,
        /// Its instance.
        instance: String,
    },
    /// An item's answer was carried out, or could not be.
    ItemApplied {
        /// The review.
        definition: String,
        /// Its instance.
        instance: String,
        /// The item.
        item: String,
        /// What came of it.
        result: String,
    },
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was accepted, in microseconds since 1970.
    pub at: i64,
    /// The application that asked; empty where the platform acted by itself.
    pub app: String,
    /// The user on whose behalf it asked, if any.
    pub user: Option<String>,
    /// What was changed.
    #[serde(flatten)]
    pub change: Change,
}

impl Directory {
    /// Applies an accepted change. The same entries in the same order always give the same directory.
    pub(crate) fn apply(&mut self, entry: &Entry) {
        match &entry.change {
            Change::MemberAdded { group, member } => {
                if let Some(group) = self.groups.get_mut(group) {
                    group.members.insert(member.clone());
                }
            }
            Change::MemberRemoved { group, member } => {
                if let Some(group) = self.groups.get_mut(group) {
                    group.members.remove(member);
                }
            }
            Change::OwnerRemoved { group, owner } => {
                if let Some(group) = self.groups.get_mut(group) {
                    group.owners.remove(owner);
                }
            }
            Change::UserDeleted { user } => self.delete_user(user),
            Change::AssignmentRemoved { assignment, .. } => drop(self.app_assignments.remove(assignment)),
            Change::RoleRemoved { assignment, .. } => drop(self.role_assignments.remove(assignment)),
            Change::Began(_) | Change::SessionsRevoked { .. } => {}
            Change::ReviewCreated { definition, body } => {
                let by = entry
                    .user
                    .as_ref()
                    .and_then(|user| self.users.get(user))
                    .map_or_else(super::directory::nobody, super::directory::User::identity);
                let made = self.start_review(definition, body, by, entry.at);
                self.reviews.insert(definition.clone(), made);
            }
            Change::ReviewReplaced { definition, body } => {
                if let Some(review) = self.reviews.get_mut(definition) {
                    review.body.clone_from(body);
                    review.modified = entry.at;
                }
            }
            Change::ReviewDeleted { definition } => drop(self.reviews.remove(definition)),
            Change::Decided { definition, instance, item, decision, justification, by } => {
                if let Some(item) = self.item_mut(definition, instance, item) {
                    let undone = decision == "NotReviewed";
                    item.answer = Answer {
                        decision: decision.clone(),
                        justification: justification.clone(),
                        by: by.clone().filter(|_| !undone),
                        at: (!undone).then_some(entry.at),
                    };
                }
            }
            Change::Ended { definition, instance } => {
                if let Some(instance) = self.reviews.get_mut(definition).and_then(|review| review.instances.get_mut(instance)) {
                    instance.status = "Completed";
                    instance.end = instance.end.min(entry.at);
                }
            }
            Change::ItemApplied { definition, instance, item, result } => self.carry_out(definition, instance, item, result, entry.at),
        }
        self.audit(entry);
    }

    fn item_mut(&mut self, definition: &str, instance: &str, item: &str) -> Option<&mut super::review::Item> {
        self.reviews.get_mut(definition)?.instances.get_mut(instance)?.items.get_mut(item)
    }

    fn carry_out(&mut self, definition: &str, instance: &str, item: &str, result: &str, at: i64) {
        let Some(found) = self.reviews.get(definition).and_then(|review| review.instances.get(instance)) else { return };
        let resource = found.resource.clone();
        let Some(found) = found.items.get(item) else { return };
        let (principal, denied) = (found.principal.clone(), found.answer.decision == "Deny");
        if denied && result == "AppliedSuccessfully" {
            match resource.kind {
                Kind::Group => {
                    if let Some(group) = self.groups.get_mut(&resource.id) {
                        group.members.remove(&principal);
                    }
                }
                Kind::Application => self.app_assignments.retain(|_, one| !(one.resource == resource.id && one.principal == principal)),
                Kind::Role => self.role_assignments.retain(|_, one| !(one.role == resource.id && one.principal == principal)),
            }
        }
        if let Some(item) = self.item_mut(definition, instance, item) {
            result.clone_into(&mut item.result);
            item.applied_at = Some(at);
        }
    }

    /// What applying an item's answer would come to.
    pub(crate) fn result_of(&self, resource: &super::review::Resource, item: &super::review::Item) -> &'static str {
        if item.answer.decision != "Deny" {
            return "AppliedSuccessfully";
        }
        let (held, direct) = match resource.kind {
            Kind::Group => {
                let group = self.groups.get(&resource.id);
                let removable = group.is_some_and(|group| group.rule.is_none() && !group.synced);
                (
                    self.all_members_of(&resource.id).contains(&item.principal),
                    removable && group.is_some_and(|group| group.members.contains(&item.principal)),
                )
            }
            Kind::Application => (
                self.holders(resource).contains(&item.principal),
                self.app_assignments.values().any(|one| one.resource == resource.id && one.principal == item.principal),
            ),
            Kind::Role => (
                self.holders(resource).contains(&item.principal),
                self.role_assignments.values().any(|one| one.role == resource.id && one.principal == item.principal),
            ),
        };
        match (held, direct) {
            (_, true) => "AppliedSuccessfully",
            (true, false) => "ApplyNotSupported",
            (false, false) => "AppliedSuccessfullyButObjectNotFound",
        }
    }

    /// What the tenant's own audit log says of a change.
    fn audit(&mut self, entry: &Entry) {
        let (activity, category, service, target) = match &entry.change {
            Change::Began(_) => return,
            Change::MemberAdded { member, .. } => ("Add member to group", "GroupManagement", "Core Directory", member),
            Change::MemberRemoved { member, .. } => ("Remove member from group", "GroupManagement", "Core Directory", member),
            Change::OwnerRemoved { owner, .. } => ("Remove owner from group", "GroupManagement", "Core Directory", owner),
            Change::UserDeleted { user } => ("Delete user", "UserManagement", "Core Directory", user),
            Change::AssignmentRemoved { principal, .. } => {
                ("Remove app role assignment from user", "UserManagement", "Core Directory", principal)
            }
            Change::RoleRemoved { principal, .. } => ("Remove member from role", "RoleManagement", "Core Directory", principal),
            Change::SessionsRevoked { user } => ("Update StsRefreshTokenValidFrom Timestamp", "UserManagement", "Core Directory", user),
            Change::ReviewCreated { definition, .. } => ("Create access review", "Policy", "Access Reviews", definition),
            Change::ReviewReplaced { definition, .. } => ("Update access review", "Policy", "Access Reviews", definition),
            Change::ReviewDeleted { definition } => ("Delete access review", "Policy", "Access Reviews", definition),
            Change::Decided { item, .. } => ("Record decision", "Policy", "Access Reviews", item),
            Change::Ended { instance, .. } => ("Access review ended", "Policy", "Access Reviews", instance),
            Change::ItemApplied { item, .. } => ("Apply decision", "Policy", "Access Reviews", item),
        };
        let id = guid(&self.tenant, "audit", &format!("{} {}", self.audits.len(), entry.at));
        let initiator = match &entry.user {
            Some(user) => json!({ "user": { "id": user, "userPrincipalName": self.users.get(user).map(|user| &user.upn) } }),
            None => json!({ "app": { "appId": entry.app, "displayName": entry.app } }),
        };
        self.audits.push(json!({
            "id": id, "activityDateTime": graph_time(entry.at), "activityDisplayName": activity, "category": category,
            "loggedByService": service, "operationType": activity.split(' ').next(), "result": "success", "resultReason": "",
            "correlationId": id, "initiatedBy": initiator, "targetResources": [{ "id": target }], "additionalDetails": [],
        }));
    }
}
