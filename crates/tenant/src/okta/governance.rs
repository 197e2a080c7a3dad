//! Identity Governance: campaigns, their items, and the reviewers' own endpoints.

use serde_json::{Value, json};

use super::change::{Change, planned_end};
use super::directory::time;
use super::filter::Filter;
use super::ids::id;
use super::org::{Campaign, Org, Review};
use super::page::{self};
use super::reply::Reply;
use super::serving::{Call, State, Tenant, Token};
use super::{Deviation, Misbehaviour};
use crate::calendar::parse_rfc3339;

/// The most items of one batch of actions or of one hand-over.
const BATCH: usize = 50;
/// The longest note.
const NOTE: usize = 300;

fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str)
}

impl Tenant {
    /// The governance interface below `/governance/api/v1`.
    pub(super) fn governance(&self, call: &Call, token: &Token, state: &mut State) -> Result<Reply, Reply> {
        let path = call.segments();
        let by = token.user.clone().unwrap_or_else(|| token.client.clone());
        match (call.method.as_str(), path.get(3..).unwrap_or_default()) {
            ("GET", ["campaigns"]) => {
                let filter = parse_filter(call)?;
                let campaigns: Vec<&Campaign> = state
                    .org
                    .campaigns
                    .values()
                    .filter(|campaign| {
                        filter.as_ref().is_none_or(|filter| {
                            filter.passes(&|attribute, operator, value| {
                                let found = match attribute {
                                    "name" => text(&campaign.body, "/name").unwrap_or_default(),
                                    "status" => campaign.status,
                                    "scheduleType" => text(&campaign.body, "/scheduleSettings/type").unwrap_or_default(),
                                    "reviewerType" => text(&campaign.body, "/reviewerSettings/type").unwrap_or_default(),
                                    _ => return false,
                                };
                                (operator == "eq") == (found == value)
                            })
                        })
                    })
                    .collect();
                let limit = page::limit(call, 20, 1..=200)?;
                let page = self.cut(call, &campaigns, limit, |campaign| self.campaign_json(campaign, false))?;
                Ok(self.listed_with_links(call, page))
            }
            ("POST", ["campaigns"]) => self.create(call, &by, state),
            ("GET", ["campaigns", id]) => Ok(Reply::json(200, self.campaign_json(find(&state.org, id)?, true))),
            ("DELETE", ["campaigns", id]) => {
                let campaign = find(&state.org, id)?;
                if campaign.status == "ACTIVE" {
                    return Err(Reply::error(409, "E0000170", "An active campaign can't be deleted", &[]));
                }
                let campaign = campaign.id.clone();
                self.accept(state, &by, Change::CampaignDeleted { campaign })?;
                Ok(Reply::empty(204))
            }
            ("POST", ["campaigns", id, "launch"]) => {
                let campaign = find(&state.org, id)?;
                if campaign.status != "SCHEDULED" {
                    return Err(Reply::error(409, "E0000195", "Only scheduled campaigns can be launched", &[]));
                }
                let campaign = campaign.id.clone();
                self.accept(state, &by, Change::CampaignLaunched { campaign })?;
                Ok(Reply::empty(202))
            }
            ("POST", ["campaigns", id, "end"]) => {
                let campaign = find(&state.org, id)?;
                if campaign.status != "ACTIVE" {
                    return Err(Reply::error(409, "E0000170", "Inactive campaign may not be ended", &[]));
                }
                let campaign = campaign.id.clone();
                let skip = serde_json::from_slice::<Value>(&call.body).ok();
                let skip_remediation = skip.and_then(|body| body.get("skipRemediation").and_then(Value::as_bool)).unwrap_or(false);
                self.accept(state, &by, Change::CampaignEnded { campaign, skip_remediation })?;
                Ok(Reply::empty(202))
            }
            ("POST", ["campaigns", id, "reviews", "reassign"]) => self.reassign(call, id, &by, state),
            ("GET", ["reviews"]) => self.reviews(call, state, None),
            ("GET", ["reviews", id]) => {
                let review = state.org.reviews.get(*id).ok_or_else(|| Reply::not_found(id, "Review"))?;
                Ok(Reply::json(200, self.review_json(&state.org, review)))
            }
            ("GET", ["my", "campaigns", id, "reviews"]) => {
                let user = token.user.clone().ok_or_else(Reply::forbidden)?;
                let campaign = find(&state.org, id)?;
                if !matches!(campaign.status, "ACTIVE" | "COMPLETED") {
                    return Err(Reply::not_found(id, "Campaign"));
                }
                let id = campaign.id.clone();
                self.reviews(call, state, Some((&id, &user)))
            }
            ("POST", ["my", "campaigns", id, "reviews", "actions"]) => {
                let user = token.user.clone().unwrap_or_default();
                if user.is_empty() && !self.config.deviations.contains(&Deviation::ServiceReviews) {
                    return Err(Reply::forbidden());
                }
                self.actions(call, id, &user, state)
            }
            _ => Err(Reply::not_found(&call.path, "Endpoint")),
        }
    }

    fn link(&self, path: &str) -> Value {
        json!({ "href": format!("{}/governance/api/v1/{path}", self.config.console_host) })
    }

    fn campaign_json(&self, campaign: &Campaign, whole: bool) -> Value {
        let id = &campaign.id;
        let start = text(&campaign.body, "/scheduleSettings/startDate").unwrap_or_default();
        let mut json = json!({
            "id": id, "created": time(campaign.created), "createdBy": user_like(&campaign.created_by), "lastUpdated": time(campaign.updated),
            "lastUpdatedBy": user_like(&campaign.created_by), "name": campaign.body.get("name"), "status": campaign.status,
            "_links": {
                "self": self.link(&format!("campaigns/{id}")), "reviews": self.link("reviews"),
                "launchCampaign": self.link(&format!("campaigns/{id}/launch")), "endCampaign": self.link(&format!("campaigns/{id}/end")),
            },
        });
        let Some(object) = json.as_object_mut() else { return json };
        if whole {
            for (key, value) in campaign.body.as_object().into_iter().flatten() {
                object.insert(key.clone(), value.clone());
            }
            if let Some(schedule) = object.get_mut("scheduleSettings").and_then(Value::as_object_mut) {
                schedule.insert("endDate".to_owned(), json!(time(planned_end(campaign))));
            }
        } else {
            object.insert("description".to_owned(), json!(campaign.body.get("description").and_then(Value::as_str).unwrap_or_default()));
            object.insert("startDate".to_owned(), json!(start));
            object.insert("endDate".to_owned(), json!(time(planned_end(campaign))));
            object.insert("scheduleType".to_owned(), json!(text(&campaign.body, "/scheduleSettings/type")));
            object.insert("reviewerType".to_owned(), json!(text(&campaign.body, "/reviewerSettings/type")));
        }
        json
    }

    fn review_json(&self, org: &Org, review: &Review) -> Value {
        let bare = self.config.deviations.contains(&Deviation::ReviewItemShape);
        let profile = |id: &str, principal: bool| {
            let user = org.users.get(id);
            let field = |name: &str| user.and_then(|user| user.profile.get(name)).cloned().unwrap_or_default();
            let mut json = json!({
                "id": id, "email": field("email"), "login": field("login"), "firstName": field("firstName"), "lastName": field("lastName"),
                // Governance knows two states of people, whatever the directory's.
                "status": if user.is_some_and(|user| user.status == "ACTIVE") { "ACTIVE" } else { "INACTIVE" },
            });
            if let Some(json) = json.as_object_mut().filter(|_| !(bare && principal)) {
                json.insert("type".to_owned(), json!("USER"));
            }
            json
        };
        let mut json = json!({
            "id": review.id, "campaignId": review.campaign, "resourceId": review.resource, "decision": review.decision,
            "remediationStatus": review.remediation, "reviewerType": "USER", "principalProfile": profile(&review.principal, true),
            "reviewerProfile": profile(&review.reviewer, false), "created": time(review.created), "createdBy": user_like("system"),
            "lastUpdated": time(review.updated), "lastUpdatedBy": user_like(review.decided_by.as_deref().unwrap_or("system")),
            "_links": {
                "self": self.link(&format!("reviews/{}", review.id)),
                "reassignReview": self.link(&format!("campaigns/{}/reviews/reassign", review.campaign)),
            },
        });
        if let Some(json) = json.as_object_mut() {
            if let Some(decided) = review.decided {
                json.insert("decided".to_owned(), json!(time(decided)));
            }
            if let Some(note) = &review.note {
                json.insert("note".to_owned(), json!({ "id": id("not", &review.id), "note": note }));
            }
            if bare {
                json.insert("assignmentType".to_owned(), json!("DIRECT"));
            }
        }
        json
    }

    fn create(&self, call: &Call, by: &str, state: &mut State) -> Result<Reply, Reply> {
        let body: Value = serde_json::from_slice(&call.body).map_err(|_| Reply::invalid("The request body was not well-formed."))?;
        for required in ["name", "scheduleSettings", "resourceSettings", "reviewerSettings", "remediationSettings"] {
            if body.get(required).is_none() {
                return Err(Reply::invalid(&format!("{required}: The field cannot be left blank")));
            }
        }
        let start = text(&body, "/scheduleSettings/startDate").and_then(parse_rfc3339);
        if start.is_none_or(|start| start < self.micros()) {
            return Err(Reply::invalid("Campaign template start date must be a future date"));
        }
        if !matches!(text(&body, "/reviewerSettings/type"), Some("USER" | "REVIEWER_EXPRESSION" | "RESOURCE_OWNER")) {
            return Err(Reply::invalid("reviewerSettings.type: this simulated org knows USER, REVIEWER_EXPRESSION and RESOURCE_OWNER"));
        }
        let campaign = id("ici", &format!("{} {}", state.entries, text(&body, "/name").unwrap_or_default()));
        self.accept(state, by, Change::CampaignCreated { campaign: campaign.clone(), body })?;
        Ok(Reply::json(201, self.campaign_json(find(&state.org, &campaign)?, true)))
    }

    /// Items as an administrator, or a reviewer (with campaign and id), sees them.
    fn reviews(&self, call: &Call, state: &State, mine: Option<(&str, &str)>) -> Result<Reply, Reply> {
        let filter = parse_filter(call)?;
        let passes = |review: &Review| {
            filter.as_ref().is_none_or(|filter| {
                filter.passes(&|attribute, operator, value| {
                    let found = match attribute {
                        "id" => review.id.as_str(),
                        "campaignId" => &review.campaign,
                        "principalId" => &review.principal,
                        "reviewerId" => &review.reviewer,
                        "decision" => review.decision,
                        "resourceId" => &review.resource,
                        "reviewerType" => "USER",
                        _ => return false,
                    };
                    operator == "eq" && found == value
                })
            })
        };
        let belongs = |review: &Review| {
            mine.is_none_or(|(campaign, user)| {
                let theirs = review.reviewer == user || review.decided_by.as_deref() == Some(user);
                review.campaign == campaign && theirs
            })
        };
        let found: Vec<&Review> = state.org.reviews.values().filter(|review| belongs(review) && passes(review)).collect();
        let limit = page::limit(call, 20, 1..=200)?;
        let page = self.cut(call, &found, limit, |review| self.review_json(&state.org, review))?;
        Ok(self.listed_with_links(call, page))
    }

    fn reassign(&self, call: &Call, campaign: &str, by: &str, state: &mut State) -> Result<Reply, Reply> {
        let campaign = find(&state.org, campaign)?.clone();
        let body: Value = serde_json::from_slice(&call.body).map_err(|_| Reply::invalid("The request body was not well-formed."))?;
        let ids: Vec<String> =
            body.get("reviewIds").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let to = text(&body, "/reviewerId").unwrap_or_default().to_owned();
        let note = text(&body, "/note").map(str::to_owned);
        if campaign.body.pointer("/reviewerSettings/reassignmentDisabled") == Some(&json!(true)) {
            return Err(Reply::forbidden());
        }
        if ids.is_empty() || ids.len() > BATCH || note.as_ref().is_some_and(|note| note.chars().count() > NOTE) {
            return Err(Reply::invalid("reviewIds: 1 to 50 ids; note: at most 300 characters"));
        }
        if state.org.users.get(&to).is_none_or(|user| user.status != "ACTIVE") {
            return Err(Reply::invalid("reviewerId: the reviewer is not an active user"));
        }
        for id in &ids {
            let Some(review) = state.org.reviews.get(id).filter(|review| review.campaign == campaign.id) else {
                return Err(Reply::not_found(id, "Review"));
            };
            if review.decision != "UNREVIEWED" || review.reviewer == to {
                return Err(Reply::error(409, "E0000174", "The review has already been reassigned or decided", &[]));
            }
        }
        for id in &ids {
            self.accept(state, by, Change::ReviewReassigned { review: id.clone(), to: to.clone(), note: note.clone() })?;
        }
        let data: Vec<Value> =
            ids.iter().filter_map(|id| state.org.reviews.get(id)).map(|review| self.review_json(&state.org, review)).collect();
        let links = json!({ "self": self.link(&format!("campaigns/{}/reviews/reassign", campaign.id)), "reviews": self.link("reviews") });
        Ok(Reply::json(200, json!({ "data": data, "_links": links })))
    }

    /// The reviewer's decisions: final when accepted.
    fn actions(&self, call: &Call, campaign: &str, user: &str, state: &mut State) -> Result<Reply, Reply> {
        let campaign = find(&state.org, campaign)?.clone();
        if campaign.status != "ACTIVE" {
            let summary = "Campaign isn't in an active state. Review actions can only be submitted for active campaigns.";
            return Err(Reply::error(409, "E0000175", summary, &[]));
        }
        let body: Value = serde_json::from_slice(&call.body).map_err(|_| Reply::invalid("The request body was not well-formed."))?;
        let reviews = body.get("reviews").and_then(Value::as_array).cloned().unwrap_or_default();
        if reviews.is_empty() || reviews.len() > BATCH {
            return Err(Reply::invalid("reviews: size must be between 1 and 50"));
        }
        let mut targets: Vec<&str> =
            reviews.iter().filter(|one| text(one, "/action") == Some("REASSIGN")).filter_map(|one| text(one, "/reviewerId")).collect();
        targets.dedup();
        if targets.len() > 1 {
            return Err(Reply::invalid("reviews: all REASSIGN actions must have the same reviewerId"));
        }
        let mut changes = Vec::new();
        for one in &reviews {
            match self.action(&campaign, one, user, &state.org) {
                Ok(change) => changes.push(change),
                // Whether Okta takes the good ones of a batch is not documented; both ways are here.
                Err(_) if self.config.deviations.contains(&Deviation::BatchInParts) => {}
                Err(reply) => return Err(reply),
            }
        }
        let mut data = Vec::new();
        for (id, change) in changes {
            self.accept(state, user, change)?;
            data.extend(state.org.reviews.get(&id).map(|review| self.review_json(&state.org, review)));
        }
        let links = json!({ "self": self.link(&format!("my/campaigns/{}/reviews", campaign.id)) });
        Ok(Reply::json(200, json!({ "data": data, "_links": links })))
    }

    /// One action, checked: the item's id and the change.
    fn action(&self, campaign: &Campaign, one: &Value, user: &str, org: &Org) -> Result<(String, Change), Reply> {
        let id = text(one, "/reviewId").unwrap_or_default();
        let review = org.reviews.get(id).filter(|review| review.campaign == campaign.id).ok_or_else(|| Reply::not_found(id, "Review"))?;
        let service = user.is_empty() && self.config.deviations.contains(&Deviation::ServiceReviews);
        if review.reviewer != user && !service {
            return Err(Reply::forbidden());
        }
        if review.decision != "UNREVIEWED" {
            return Err(Reply::invalid(&format!("reviews: the review {id} is decided already")));
        }
        let note = text(one, "/note").map(str::to_owned);
        if note.as_ref().is_some_and(|note| note.chars().count() > NOTE) {
            return Err(Reply::invalid("note: at most 300 characters"));
        }
        let action = text(one, "/action").unwrap_or_default();
        let disabled = text(&campaign.body, "/reviewerSettings/justificationRequirement") == Some("DISABLED");
        if disabled && note.is_some() && action != "REASSIGN" {
            return Err(Reply::invalid("note: this campaign takes no justification"));
        }
        let required = match text(&campaign.body, "/reviewerSettings/justificationRequirement") {
            Some("REQUIRED_FOR_ALL") => true,
            Some("REQUIRED_FOR_REVOKE") => action == "REVOKE",
            _ => false,
        };
        if required && note.as_deref().is_none_or(|note| note.trim().is_empty()) {
            return Err(Reply::invalid("note: a justification is required"));
        }
        match action {
            "APPROVE" | "REVOKE" => Ok((id.to_owned(), Change::ReviewDecided { review: id.to_owned(), decision: action.to_owned(), note })),
            "REASSIGN" => {
                let to = text(one, "/reviewerId").filter(|to| org.users.get(*to).is_some_and(|user| user.status == "ACTIVE"));
                let to = to.ok_or_else(|| Reply::invalid("reviewerId: required for REASSIGN"))?.to_owned();
                if campaign.body.pointer("/reviewerSettings/reassignmentDisabled") == Some(&json!(true)) {
                    return Err(Reply::forbidden());
                }
                Ok((id.to_owned(), Change::ReviewReassigned { review: id.to_owned(), to, note }))
            }
            _ => Err(Reply::invalid("action: APPROVE, REVOKE or REASSIGN")),
        }
    }

    /// Whether the reviewers' endpoints are there.
    pub(super) fn has_reviewer_api(&self) -> bool {
        !self.config.deviations.contains(&Deviation::NoReviewerApi)
    }

    /// Whether a part is refused whatever the token says.
    pub(super) fn is_forbidden(&self, path: &[&str]) -> bool {
        self.mood() == Some(Misbehaviour::RolesForbidden) && (path.contains(&"roles") || path.contains(&"iam"))
    }
}

/// An id in the shape of a user's, for what asks for one.
fn user_like(id: &str) -> String {
    if id.starts_with("00u") { id.to_owned() } else { super::ids::id("00u", id) }
}

fn find<'a>(org: &'a Org, id: &str) -> Result<&'a Campaign, Reply> {
    org.campaigns.get(id).ok_or_else(|| Reply::not_found(id, "Campaign"))
}

fn parse_filter(call: &Call) -> Result<Option<Filter>, Reply> {
    call.parameter("filter")
        .map(|text| Filter::parse(&text).ok_or_else(|| Reply::error(400, "E0000053", "Invalid SCIM filter", &[])))
        .transpose()
}
