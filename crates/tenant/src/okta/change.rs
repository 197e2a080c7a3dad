//! What an org accepted, entry by entry, and what each entry makes of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ids::id;
use super::org::{Campaign, Event, Membership, Org, Review};
use crate::calendar::DAY;
use crate::company::Origin;

/// One accepted change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The first line: which company the org was filled from. Another company needs another journal.
    Began(Origin),
    /// Somebody was put into a group by hand.
    MemberAdded {
        /// The group.
        group: String,
        /// Who.
        user: String,
    },
    /// Somebody was taken out of a group.
    MemberRemoved {
        /// The group.
        group: String,
        /// Who.
        user: String,
    },
    /// An application's assignment by hand was taken away.
    AppUserRemoved {
        /// The application.
        app: String,
        /// From whom.
        user: String,
    },
    /// An administrator role was taken away.
    RoleRemoved {
        /// The assignment.
        assignment: String,
        /// From whom.
        user: String,
    },
    /// A campaign was made.
    CampaignCreated {
        /// The campaign.
        campaign: String,
        /// What it was made from.
        body: Value,
    },
    /// A campaign began: its items were made.
    CampaignLaunched {
        /// The campaign.
        campaign: String,
    },
    /// A campaign ended.
    CampaignEnded {
        /// The campaign.
        campaign: String,
        /// Whether what its end would do was left out.
        skip_remediation: bool,
    },
    /// A campaign was deleted.
    CampaignDeleted {
        /// The campaign.
        campaign: String,
    },
    /// A reviewer decided. It is final.
    ReviewDecided {
        /// The item.
        review: String,
        /// APPROVE or REVOKE.
        decision: String,
        /// The reviewer's note.
        note: Option<String>,
    },
    /// An item was handed to somebody else.
    ReviewReassigned {
        /// The item.
        review: String,
        /// To whom.
        to: String,
        /// The note.
        note: Option<String>,
    },
    /// A token was given out; its SHA-256 stands here, in hexadecimal.
    TokenGiven {
        /// The token's hash.
        hash: String,
        /// access or refresh.
        kind: String,
        /// To which client.
        client: String,
        /// For which user; none for a service.
        user: Option<String>,
        /// Scopes, with spaces between.
        scope: String,
        /// Second since 1970 at which it ends.
        ends: i64,
        /// Thumbprint of the key that it is bound to, where it is (DPoP).
        bound: Option<String>,
    },
    /// A token ended before its time.
    TokenEnded {
        /// The token's hash.
        hash: String,
    },
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Microsecond since 1970 by the org's clock.
    pub at: i64,
    /// Who did it: a user's id or a client's.
    pub by: String,
    /// What.
    #[serde(flatten)]
    pub change: Change,
}

impl Org {
    /// Makes an accepted change happen. `number` is the entry's place in the journal.
    pub(super) fn apply(&mut self, number: usize, entry: &Entry) {
        let second = entry.at.div_euclid(1_000_000);
        let mut say = |kind: &'static str, targets: Vec<(&'static str, String)>, detail: Value| {
            let uuid = id("evt", &format!("{number} {kind} {targets:?}"));
            let event = Event { at: entry.at, uuid, kind, result: "SUCCESS", actor: entry.by.clone(), targets, detail };
            self.log.push(event);
        };
        match &entry.change {
            Change::Began(_) | Change::TokenGiven { .. } | Change::TokenEnded { .. } => {}
            Change::MemberAdded { group, user } => {
                say("group.user_membership.add", vec![("User", user.clone()), ("UserGroup", group.clone())], json!({}));
                if let Some(group) = self.groups.get_mut(group) {
                    group.members.entry(user.clone()).or_insert(Membership { since: second, rule: None });
                    group.updated = second;
                }
            }
            Change::MemberRemoved { group, user } => {
                say("group.user_membership.remove", vec![("User", user.clone()), ("UserGroup", group.clone())], json!({}));
                self.leave(group, user, second);
            }
            Change::AppUserRemoved { app, user } => {
                say("application.user_membership.remove", vec![("User", user.clone()), ("AppInstance", app.clone())], json!({}));
                if let Some(app) = self.apps.get_mut(app) {
                    app.direct.remove(user);
                }
            }
            Change::RoleRemoved { assignment, user } => {
                say("user.account.privilege.revoke", vec![("User", user.clone())], json!({}));
                self.roles.remove(assignment);
            }
            Change::CampaignCreated { campaign, body } => {
                self.campaigns.insert(
                    campaign.clone(),
                    Campaign {
                        id: campaign.clone(),
                        body: body.clone(),
                        status: "SCHEDULED",
                        created: second,
                        created_by: entry.by.clone(),
                        updated: second,
                        reviews: Vec::new(),
                    },
                );
            }
            Change::CampaignLaunched { campaign } => self.launch(campaign, second),
            Change::CampaignEnded { campaign, skip_remediation } => self.end(campaign, *skip_remediation, second),
            Change::CampaignDeleted { campaign } => {
                if let Some(gone) = self.campaigns.remove(campaign) {
                    self.reviews.retain(|_, review| review.campaign != gone.id);
                }
            }
            Change::ReviewDecided { review, decision, note } => self.decide(number, entry, review, decision, note.as_deref()),
            Change::ReviewReassigned { review, to, note } => {
                if let Some(review) = self.reviews.get_mut(review) {
                    review.reviewer.clone_from(to);
                    review.note.clone_from(note);
                    review.updated = second;
                    review.reassigned = true;
                }
            }
        }
    }

    /// Takes somebody out of a group. A rule that put them there will not do so again: Okta keeps an exclusion.
    fn leave(&mut self, group: &str, user: &str, second: i64) {
        let Some(group) = self.groups.get_mut(group) else { return };
        group.updated = second;
        if let Some(rule) = group.members.remove(user).and_then(|membership| membership.rule)
            && let Some(rule) = self.rules.get_mut(&rule)
        {
            rule.excluded.insert(user.to_owned());
        }
    }

    fn setting<'a>(&'a self, campaign: &str, pointer: &str) -> Option<&'a Value> {
        self.campaigns.get(campaign).and_then(|campaign| campaign.body.pointer(pointer))
    }

    /// Makes the items: each holder of each resource in scope, with a reviewer who may answer.
    fn launch(&mut self, campaign_id: &str, second: i64) {
        let Some(campaign) = self.campaigns.get(campaign_id) else { return };
        let body = campaign.body.clone();
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        let mut scope: Vec<String> = body
            .pointer("/resourceSettings/targetResources")
            .and_then(Value::as_array)
            .map(|all| all.iter().filter_map(|one| one.get("resourceId").and_then(Value::as_str)).map(str::to_owned).collect())
            .unwrap_or_default();
        if scope.is_empty() {
            let targets = |kind: &str| {
                let types = body.pointer("/resourceSettings/targetTypes").and_then(Value::as_array);
                types.is_some_and(|types| types.iter().any(|one| one == kind))
            };
            if targets("GROUP") {
                scope.extend(self.groups.values().filter(|group| group.kind == "OKTA_GROUP").map(|group| group.id.clone()));
            }
            if targets("APPLICATION") {
                scope.extend(self.apps.keys().cloned());
            }
        }
        let fallback = text("/reviewerSettings/fallBackReviewerId").map(str::to_owned);
        let only_active = body.pointer("/principalScopeSettings/includeOnlyActiveUsers").and_then(Value::as_bool).unwrap_or(false);
        let no_self = body.pointer("/reviewerSettings/selfReviewDisabled").and_then(Value::as_bool).unwrap_or(false);
        let mut made = Vec::new();
        for resource in &scope {
            let holders: Vec<String> = match (self.groups.get(resource), self.apps.get(resource)) {
                (Some(group), _) => group.members.keys().cloned().collect(),
                (None, Some(app)) => self.app_users(app).into_keys().collect(),
                (None, None) => continue,
            };
            for principal in holders {
                let Some(user) = self.users.get(&principal) else { continue };
                if only_active && user.status != "ACTIVE" {
                    continue;
                }
                let chosen = match text("/reviewerSettings/type") {
                    Some("USER") => text("/reviewerSettings/reviewerId").map(str::to_owned),
                    Some("REVIEWER_EXPRESSION") => user.profile.get("managerId").and_then(Value::as_str).map(str::to_owned),
                    Some("RESOURCE_OWNER") => self.groups.get(resource).and_then(|group| group.owners.first().cloned()),
                    _ => None,
                };
                let active = |id: &String| self.users.get(id).is_some_and(|user| user.status == "ACTIVE");
                let chosen = chosen.filter(active).filter(|reviewer| !(no_self && *reviewer == principal));
                let Some(reviewer) = chosen.or_else(|| fallback.clone()) else { continue };
                made.push(Review {
                    id: id("icr", &format!("{campaign_id} {resource} {principal}")),
                    campaign: campaign_id.to_owned(),
                    resource: resource.clone(),
                    principal,
                    reviewer,
                    decision: "UNREVIEWED",
                    decided: None,
                    decided_by: None,
                    remediation: "NONE",
                    note: None,
                    created: second,
                    updated: second,
                    reassigned: false,
                });
            }
        }
        if let Some(campaign) = self.campaigns.get_mut(campaign_id) {
            campaign.status = "ACTIVE";
            campaign.updated = second;
            campaign.reviews = made.iter().map(|review| review.id.clone()).collect();
        }
        self.reviews.extend(made.into_iter().map(|review| (review.id.clone(), review)));
    }

    fn decide(&mut self, number: usize, entry: &Entry, review_id: &str, decision: &str, note: Option<&str>) {
        let second = entry.at.div_euclid(1_000_000);
        let Some(review) = self.reviews.get(review_id).cloned() else { return };
        let denies = self.setting(&review.campaign, "/remediationSettings/accessRevoked") == Some(&json!("DENY"));
        let remediation = if decision == "REVOKE" && denies { self.remediate(&review, second) } else { "NONE" };
        if let Some(review) = self.reviews.get_mut(review_id) {
            review.decision = if decision == "REVOKE" { "REVOKE" } else { "APPROVE" };
            review.decided = Some(second);
            review.decided_by = Some(entry.by.clone());
            review.note = note.map(str::to_owned);
            review.remediation = remediation;
            review.updated = second;
        }
        self.log.push(Event {
            at: entry.at,
            uuid: id("evt", &format!("{number} decide {review_id}")),
            kind: "certification.campaign.item.decide",
            result: "SUCCESS",
            actor: entry.by.clone(),
            targets: vec![("User", review.principal.clone())],
            detail: json!({
                "campaign_item_id": review_id, "campaign_id": review.campaign, "decision": decision,
                "principal_id": review.principal, "resource_id": review.resource, "reviewer_id": entry.by,
            }),
        });
    }

    /// Takes the access of an item away, where Okta can: not what comes through a group.
    fn remediate(&mut self, review: &Review, second: i64) -> &'static str {
        if self.groups.contains_key(&review.resource) {
            self.leave(&review.resource, &review.principal, second);
            return "SUCCESS";
        }
        let Some(app) = self.apps.get_mut(&review.resource) else { return "ERROR" };
        let by_hand = app.direct.remove(&review.principal).is_some();
        let app = app.clone();
        if by_hand && !self.app_users(&app).contains_key(&review.principal) { "SUCCESS" } else { "MANUAL" }
    }

    fn end(&mut self, campaign_id: &str, skip_remediation: bool, second: i64) {
        let denies = !skip_remediation && self.setting(campaign_id, "/remediationSettings/noResponse") == Some(&json!("DENY"));
        let Some(campaign) = self.campaigns.get_mut(campaign_id) else { return };
        campaign.status = "COMPLETED";
        campaign.updated = second;
        let open: Vec<Review> =
            self.reviews.values().filter(|review| review.campaign == campaign_id && review.decision == "UNREVIEWED").cloned().collect();
        for review in open {
            // The decision stays UNREVIEWED; only the remediation tells what the end did.
            let remediation = if denies { self.remediate(&review, second) } else { "NONE" };
            if let Some(review) = self.reviews.get_mut(&review.id) {
                review.remediation = remediation;
                review.updated = second;
            }
        }
    }
}

/// When a campaign ends by its own settings, second since 1970.
pub(super) fn planned_end(campaign: &Campaign) -> i64 {
    let start = campaign
        .body
        .pointer("/scheduleSettings/startDate")
        .and_then(Value::as_str)
        .and_then(crate::calendar::parse_rfc3339)
        .map_or(campaign.created, |micros| micros.div_euclid(1_000_000));
    let days = campaign.body.pointer("/scheduleSettings/durationInDays").and_then(Value::as_i64).unwrap_or(21);
    start + days.clamp(0, 3_650) * DAY
}
