//! Access reviews that run in Entra.
//!
//! A reviewer's answer is sent with the reviewer's own token, as changes in batches of twenty. Where a campaign's owner
//! chose the service application instead, each answer goes by `batchRecordDecisions` with both ids. Before anything is
//! sent, and before anything is sent again, the items are read: an answer that stands on the platform stands.

use super::{
    EntraSource,
    batch::{Inner, MOST, Reply},
    credentials::ReviewerToken,
    graph, names,
};
use crate::{
    error::Error,
    http::{Body, Effect, HttpError, Method, Request},
    native::{
        NativeAnswer, NativeApplied, NativeBy, NativeDecision, NativeItem, NativeResource, NativeReview, NativeState, PlatformDefault,
        Recorded,
    },
};
use domain::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DEFINITIONS: &str = "/identityGovernance/accessReviews/definitions";
/// Nobody, as Graph writes it.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
/// How often answers are sent at most, each time after a look at what stands there.
const ATTEMPTS: u32 = 3;

fn path(review: &NativeReview) -> Option<String> {
    let known = names::is_guid(&review.definition) && names::is_guid(&review.instance);
    known.then(|| format!("{DEFINITIONS}/{}/instances/{}", review.definition, review.instance))
}

fn path_or_error(review: &NativeReview) -> Result<String, Error> {
    path(review).ok_or_else(|| Error::Settings("the review has ids that Entra does not give".to_owned()))
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn time(value: &Value, field: &str) -> Option<Timestamp> {
    value[field].as_str().and_then(|text| Timestamp::parse_rfc3339(text).ok())
}

const fn word(answer: NativeAnswer) -> &'static str {
    match answer {
        NativeAnswer::Approve => "Approve",
        NativeAnswer::Revoke => "Deny",
        NativeAnswer::DoNotKnow => "DontKnow",
        NativeAnswer::Unanswered => "NotReviewed",
    }
}

fn answer(text: &str) -> Option<NativeAnswer> {
    [NativeAnswer::Approve, NativeAnswer::Revoke, NativeAnswer::DoNotKnow, NativeAnswer::Unanswered]
        .into_iter()
        .find(|answer| word(*answer).eq_ignore_ascii_case(text))
}

/// What a review's scope names, in our words.
fn resource_of_scope(scope: &Value) -> NativeResource {
    let query = scope["query"].as_str().unwrap_or_default();
    let segments: Vec<&str> = query.trim_start_matches("/v1.0").trim_start_matches('/').split(['/', '?']).collect();
    match segments.as_slice() {
        ["groups", id, ..] => NativeResource::Entitlement(names::group(id)),
        ["servicePrincipals", id, ..] => NativeResource::Entitlements(names::application(id)),
        ["roleManagement", "directory", "roleDefinitions", id, ..] => NativeResource::Entitlement(names::role(id, "/")),
        _ => NativeResource::Unknown(query.to_owned()),
    }
}

/// What an item's resource names; the instance's where the item leaves it out, as the platform's own examples do.
fn resource_of_item(row: &Value, scope: &NativeResource) -> NativeResource {
    let resource = &row["resource"];
    let id = resource["id"].as_str().unwrap_or_default();
    let kind = resource["type"].as_str().unwrap_or_default();
    // The samples and the contract spell the types differently.
    match kind.to_ascii_lowercase().as_str() {
        _ if id.is_empty() => scope.clone(),
        "group" => NativeResource::Entitlement(names::group(id)),
        "serviceprincipal" => NativeResource::Entitlements(names::application(id)),
        "directoryrole" => NativeResource::Entitlement(names::role(id, "/")),
        other => NativeResource::Unknown(format!("{other} {id}")),
    }
}

fn resource_id(resource: &NativeResource) -> Option<&str> {
    let id = match resource {
        NativeResource::Entitlement(id) => id.strip_prefix("group:").or_else(|| id.strip_prefix("role:")),
        NativeResource::Entitlements(prefix) => prefix.strip_prefix("app:").and_then(|rest| rest.strip_suffix(':')),
        NativeResource::Unknown(_) => None,
    };
    id.filter(|id| names::is_guid(id))
}

fn review_of(definition: &Value, instance: &Value) -> NativeReview {
    let settings = &definition["settings"];
    let on = |name: &str| settings[name].as_bool().unwrap_or(false);
    let default = match (on("defaultDecisionEnabled"), settings["defaultDecision"].as_str().unwrap_or("None")) {
        (false, _) | (true, "None") => PlatformDefault::Nothing,
        (true, "Approve") => PlatformDefault::Approves,
        (true, "Deny") => PlatformDefault::Revokes,
        (true, "Recommendation") => PlatformDefault::FollowsRecommendation,
        (true, _) => PlatformDefault::Unknown,
    };
    let state = match instance["status"].as_str().unwrap_or_default() {
        "Initializing" | "NotStarted" | "Starting" => NativeState::NotStarted,
        "InProgress" => NativeState::Open,
        "Completing" | "Completed" | "AutoReviewing" | "AutoReviewed" | "Applying" | "Applied" => NativeState::Closed,
        _ => NativeState::Unknown,
    };
    NativeReview {
        definition: text(definition, "id"),
        instance: text(instance, "id"),
        name: text(definition, "displayName"),
        state,
        starts: time(instance, "startDateTime"),
        ends: time(instance, "endDateTime"),
        default,
        applies_by_itself: on("autoApplyDecisionsEnabled"),
        reason_to_approve: on("justificationRequiredOnApproval"),
        staged: definition["stageSettings"].as_array().is_some_and(|stages| stages.len() > 1),
    }
}

fn item_of(row: &Value, scope: &NativeResource) -> NativeItem {
    let by = &row["reviewedBy"];
    let nobody = by["id"].as_str().is_none_or(|id| id.is_empty() || id == NOBODY);
    let applied = match row["applyResult"].as_str().unwrap_or_default() {
        "" | "New" => NativeApplied::NotYet,
        "AppliedSuccessfully" => NativeApplied::Done,
        "AppliedSuccessfullyButObjectNotFound" => NativeApplied::AlreadyGone,
        "ApplyNotSupported" => NativeApplied::CannotBeApplied,
        other => NativeApplied::Failed(other.to_owned()),
    };
    NativeItem {
        id: text(row, "id"),
        principal: text(&row["principal"], "id"),
        resource: resource_of_item(row, scope),
        // A word that this version does not know is some answer: never taken for "nobody answered".
        answer: answer(row["decision"].as_str().unwrap_or("NotReviewed")).unwrap_or(NativeAnswer::DoNotKnow),
        justification: text(row, "justification"),
        by: (!nobody).then(|| NativeBy { id: text(by, "id"), name: text(by, "displayName") }),
        at: time(row, "reviewedDateTime"),
        recommendation: row["recommendation"].as_str().and_then(answer),
        applied,
    }
}

/// What recording an answer needs to name; both ids, always: without them, every item of the review would be answered.
struct BatchRecord<'a> {
    principal: &'a str,
    resource: &'a str,
}

impl<'a> BatchRecord<'a> {
    fn of(item: &'a NativeItem) -> Option<Self> {
        let principal = Some(item.principal.as_str()).filter(|id| names::is_guid(id))?;
        Some(Self { principal, resource: resource_id(&item.resource)? })
    }

    fn body(&self, decision: &NativeDecision) -> Value {
        json!({
            "decision": word(decision.answer), "justification": decision.justification,
            "principalId": self.principal, "resourceId": self.resource,
        })
    }
}

impl EntraSource {
    /// Every review of the tenant that has begun, one for each resource under review, with the platform's own defaults and
    /// end (rule 13).
    ///
    /// # Errors
    /// [`Error::Refused`] where the platform does not let them be read; [`Error::Http`] where it cannot be reached.
    pub async fn reviews(&self) -> Result<Vec<NativeReview>, Error> {
        let mut reviews = Vec::new();
        for definition in self.all(&format!("{DEFINITIONS}?$top=100"), "reviews", &self.reader).await? {
            let id = text(&definition, "id");
            if names::is_guid(&id) {
                let instances = self.all(&format!("{DEFINITIONS}/{id}/instances?$top=100"), "reviews", &self.reader).await?;
                reviews.extend(instances.iter().map(|instance| review_of(&definition, instance)));
            }
        }
        Ok(reviews)
    }

    /// The review as it stands now.
    ///
    /// # Errors
    /// As [`Self::reviews`].
    pub async fn review(&self, review: &NativeReview) -> Result<NativeReview, Error> {
        let path = path_or_error(review)?;
        let definition = self.one(&format!("{DEFINITIONS}/{}", review.definition)).await?;
        Ok(review_of(&definition, &self.one(&path).await?))
    }

    async fn one(&self, path: &str) -> Result<Value, Error> {
        let answer = self.get(path, "reviews", &self.reader).await?;
        if answer.is_success() { Ok(answer.json.unwrap_or_default()) } else { Err(graph::refused(&answer)) }
    }

    /// Every item of a review with the answer that stands there, so that decisions made on the platform are read back.
    ///
    /// # Errors
    /// As [`Self::reviews`].
    pub async fn review_items(&self, review: &NativeReview) -> Result<Vec<NativeItem>, Error> {
        let path = path_or_error(review)?;
        let scope = resource_of_scope(&self.one(&path).await?["scope"]);
        let rows = self.all(&format!("{path}/decisions?$top=100"), "reviews", &self.reader).await?;
        Ok(rows.iter().map(|row| item_of(row, &scope)).collect())
    }

    /// The items that a reviewer may answer, by the reviewer's own token. This, and not the list of reviewers, says who
    /// answers what.
    ///
    /// # Errors
    /// As [`Self::reviews`]; [`Error::Refused`] with 401 where the token has ended.
    pub async fn items_of_reviewer(&self, review: &NativeReview, token: &ReviewerToken) -> Result<Vec<NativeItem>, Error> {
        let path = path_or_error(review)?;
        let scope = resource_of_scope(&self.instance_for(&path, token).await?["scope"]);
        let rows = self.all(&format!("{path}/decisions/filterByCurrentUser(on='reviewer')?$top=100"), "reviews", token).await?;
        Ok(rows.iter().map(|row| item_of(row, &scope)).collect())
    }

    async fn instance_for(&self, path: &str, token: &ReviewerToken) -> Result<Value, Error> {
        let answer = self.get(path, "reviews", token).await?;
        if answer.is_success() { Ok(answer.json.unwrap_or_default()) } else { Err(graph::refused(&answer)) }
    }

    /// Records answers with the reviewer's own token. One outcome per decision, in the same order.
    ///
    /// An answer that stands there already is left alone (rule 14); where none of the tokens' calls is accepted, everything
    /// waits for the reviewer's sign-in (rule 11).
    ///
    /// # Errors
    /// Where the items could not be read before anything was sent: nothing was changed.
    pub async fn decide(&self, review: &NativeReview, token: &ReviewerToken, decisions: &[NativeDecision]) -> Result<Vec<Recorded>, Error> {
        let path = path_or_error(review)?;
        self.record(decisions, Sender::Reviewer { source: self, path, token, review }).await
    }

    /// Records answers with the service application, where the campaign's owner chose so before opening.
    ///
    /// # Errors
    /// As [`Self::decide`]; [`Error::Settings`] where there is no application for it.
    pub async fn record_by_application(&self, review: &NativeReview, decisions: &[NativeDecision]) -> Result<Vec<Recorded>, Error> {
        let path = path_or_error(review)?;
        if self.remover.is_none() {
            return Err(Error::Settings("the source has no application that may record decisions".to_owned()));
        }
        if review.staged {
            let why = "In a review of several stages only the reviewer's own answer can be recorded.";
            return Ok(decisions.iter().map(|_| Recorded::Refused(why.to_owned())).collect());
        }
        self.record(decisions, Sender::Application { source: self, path, review }).await
    }

    async fn record(&self, decisions: &[NativeDecision], sender: Sender<'_>) -> Result<Vec<Recorded>, Error> {
        let mut outcomes: Vec<Option<Recorded>> = vec![None; decisions.len()];
        for attempt in 0..=ATTEMPTS {
            // The look before sending, before sending again, and, at last, the proof that it stands.
            let items = match sender.items().await {
                Ok(items) => items,
                Err(Error::Refused { status: 401, .. }) => return Ok(settle(outcomes, &Recorded::WaitsForSignIn)),
                Err(error) if attempt == 0 => return Err(error),
                Err(_) => return Ok(settle(outcomes, &Recorded::Unknown)),
            };
            let items: BTreeMap<&str, &NativeItem> = items.iter().map(|item| (item.id.as_str(), item)).collect();
            let mut open = Vec::new();
            for (place, decision) in decisions.iter().enumerate() {
                let Some(outcome) = outcomes.get_mut(place).filter(|outcome| outcome.is_none()) else { continue };
                match items.get(decision.item.as_str()) {
                    None => *outcome = Some(Recorded::Refused("The platform does not show this item to whoever answers it.".to_owned())),
                    Some(item) if item.answer == decision.answer => *outcome = Some(Recorded::Stands),
                    Some(item) if item.answer == NativeAnswer::Unanswered || decision.answer == NativeAnswer::Unanswered => {
                        open.push((place, *item));
                    }
                    Some(item) => *outcome = Some(Recorded::AnotherStands(Box::new((*item).clone()))),
                }
            }
            if open.is_empty() || attempt == ATTEMPTS {
                break;
            }
            for (place, outcome) in sender.send(decisions, &open).await? {
                if let Some(known) = outcomes.get_mut(place) {
                    *known = Some(outcome);
                }
            }
        }
        Ok(settle(outcomes, &Recorded::Unknown))
    }

    /// Ends a review now; what was decided is applied by the platform.
    ///
    /// # Errors
    /// [`Error::Refused`]; [`HttpError::OutcomeUnknown`] where the answer was lost: read the review before asking again.
    pub async fn stop_review(&self, review: &NativeReview) -> Result<(), Error> {
        self.steer(review, "stop").await
    }

    /// Applies the decisions of a review that has ended and does not apply them by itself.
    ///
    /// # Errors
    /// As [`Self::stop_review`].
    pub async fn apply_review(&self, review: &NativeReview) -> Result<(), Error> {
        self.steer(review, "applyDecisions").await
    }

    async fn steer(&self, review: &NativeReview, action: &str) -> Result<(), Error> {
        let path = path_or_error(review)?;
        let remover =
            self.remover.as_ref().ok_or_else(|| Error::Settings("the source has no application that may steer reviews".to_owned()))?;
        let request = Request::change(Method::POST, self.address(&format!("{path}/{action}"))?, Body::Empty, "reviews");
        let answer = self.client.send(&request, remover).await?;
        if answer.is_success() { Ok(()) } else { Err(graph::refused(&answer)) }
    }
}

fn settle(outcomes: Vec<Option<Recorded>>, rest: &Recorded) -> Vec<Recorded> {
    outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| rest.clone())).collect()
}

/// Who sends answers, and how.
enum Sender<'a> {
    Reviewer { source: &'a EntraSource, path: String, token: &'a ReviewerToken, review: &'a NativeReview },
    Application { source: &'a EntraSource, path: String, review: &'a NativeReview },
}

impl Sender<'_> {
    async fn items(&self) -> Result<Vec<NativeItem>, Error> {
        match self {
            Self::Reviewer { source, token, review, .. } => source.items_of_reviewer(review, token).await,
            Self::Application { source, review, .. } => source.review_items(review).await,
        }
    }

    /// Sends answers to items that have none. Only what is final is told: whatever may stand or not is looked at again.
    async fn send(&self, decisions: &[NativeDecision], open: &[(usize, &NativeItem)]) -> Result<Vec<(usize, Recorded)>, Error> {
        match self {
            Self::Reviewer { source, path, token, .. } => {
                let mut told = Vec::new();
                for some in open.chunks(MOST) {
                    let calls: Vec<Inner> =
                        some.iter().filter_map(|(place, _)| decisions.get(*place)).map(|decision| patch(path, decision)).collect();
                    match source.batch(&calls, Effect::Changes, *token).await {
                        Ok((answer, _)) if answer.status == 401 => {
                            told.extend(some.iter().map(|(place, _)| (*place, Recorded::WaitsForSignIn)));
                        }
                        Ok((answer, _)) if !answer.is_success() => {
                            let why = graph::refused(&answer).to_string();
                            told.extend(some.iter().map(|(place, _)| (*place, Recorded::Refused(why.clone()))));
                        }
                        Ok((_, replies)) => {
                            told.extend(
                                some.iter()
                                    .zip(&calls)
                                    .zip(&replies)
                                    .filter_map(|(((place, _), call), reply)| Some((*place, refused(call, reply)?))),
                            );
                            source.wait_for(&replies).await?;
                        }
                        // May stand or not: the next look tells.
                        Err(HttpError::OutcomeUnknown { .. }) => {}
                        Err(HttpError::Credentials(_)) => told.extend(some.iter().map(|(place, _)| (*place, Recorded::WaitsForSignIn))),
                        Err(error) => return Err(error.into()),
                    }
                }
                Ok(told)
            }
            Self::Application { source, path, .. } => {
                let mut told = Vec::new();
                for (place, item) in open {
                    let Some(decision) = decisions.get(*place) else { continue };
                    let Some(record) = BatchRecord::of(item) else {
                        told.push((*place, Recorded::Refused("The platform does not name the resource of this item.".to_owned())));
                        continue;
                    };
                    let url = source.address(&format!("{path}/batchRecordDecisions"))?;
                    let request = Request::change(Method::POST, url, Body::Json(record.body(decision)), "reviews");
                    let sent = match &source.remover {
                        Some(remover) => source.client.send(&request, remover).await,
                        None => continue,
                    };
                    match sent {
                        Ok(answer) if answer.is_success() || matches!(answer.status, 409 | 412) => {}
                        Ok(answer) => told.push((*place, Recorded::Refused(graph::refused(&answer).to_string()))),
                        Err(HttpError::OutcomeUnknown { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Ok(told)
            }
        }
    }
}

fn patch(path: &str, decision: &NativeDecision) -> Inner {
    let body = json!({ "decision": word(decision.answer), "justification": decision.justification });
    // An item's id comes from the platform; what could leave the path is never put into it.
    let id: String = decision.item.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')).collect();
    Inner { method: "PATCH", url: format!("{path}/decisions/{id}"), body: Some(body) }
}

/// A refusal that stays one however often it is asked.
fn refused(call: &Inner, reply: &Reply) -> Option<Recorded> {
    match reply.status {
        200..300 | 409 | 412 => None,
        401 => Some(Recorded::WaitsForSignIn),
        _ if reply.is_passing() => None,
        status => Some(Recorded::Refused(graph::refusal(&format!("{} {}", call.method, call.url), status, &reply.body).to_string())),
    }
}
