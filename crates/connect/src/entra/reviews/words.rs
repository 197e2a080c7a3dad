//! Entra's access reviews and decision items in the common words.

use super::super::names;
use crate::native::{
    HandingOver, Justification, NativeAction, NativeAnswer, NativeApplied, NativeBy, NativeCampaign, NativeId, NativeItem, NativeResource,
    NativeReviewer, NativeState, OnRevoke, OnSilence, ReviewerGroup, TakesEffect,
};
use domain::Timestamp;
use serde_json::Value;

/// Nobody, as Graph writes it.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

pub(super) fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn time(value: &Value, field: &str) -> Option<Timestamp> {
    value[field].as_str().and_then(|text| Timestamp::parse_rfc3339(text).ok())
}

/// The word of an action; none for a hand-over, which Entra does not have.
pub(super) const fn word(action: &NativeAction) -> Option<&'static str> {
    match action {
        NativeAction::Approve => Some("Approve"),
        NativeAction::Revoke => Some("Deny"),
        NativeAction::DoNotKnow => Some("DontKnow"),
        NativeAction::TakeBack => Some("NotReviewed"),
        NativeAction::HandOver(_) => None,
    }
}

fn answer(text: &str) -> NativeAnswer {
    match text.to_ascii_lowercase().as_str() {
        "approve" => NativeAnswer::Approve,
        "deny" => NativeAnswer::Revoke,
        "dontknow" => NativeAnswer::DoNotKnow,
        "" | "notreviewed" => NativeAnswer::Unanswered,
        _ => NativeAnswer::Other(text.to_owned()),
    }
}

/// What a review's scope names, in our words.
pub(super) fn resource_of_scope(scope: &Value) -> NativeResource {
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

/// The GUID of a resource, which recording by the service app has to name.
pub(super) fn resource_id(resource: &NativeResource) -> Option<&str> {
    let id = match resource {
        NativeResource::Entitlement(id) => id.strip_prefix("group:").or_else(|| id.strip_prefix("role:")),
        NativeResource::Entitlements(prefix) => prefix.strip_prefix("app:").and_then(|rest| rest.strip_suffix(':')),
        NativeResource::Part { .. } | NativeResource::Unknown(_) => None,
    };
    id.filter(|id| names::is_guid(id))
}

/// Whom a reviewer scope names ([reviewers of access reviews](https://learn.microsoft.com/graph/accessreviews-reviewers-concept)).
fn reviewer(scope: &Value) -> NativeReviewer {
    let query = scope["query"].as_str().unwrap_or_default();
    let segments: Vec<&str> = query.trim_start_matches("/v1.0").trim_start_matches('/').split(['/', '?']).collect();
    match segments.as_slice() {
        [".", "manager"] => NativeReviewer::Manager,
        [".", "owners"] | ["groups" | "servicePrincipals", _, "owners"] => NativeReviewer::Owner,
        ["users", id] => NativeReviewer::Account((*id).to_owned()),
        ["groups", id, "transitiveMembers"] => NativeReviewer::Group(ReviewerGroup { id: (*id).to_owned(), ..ReviewerGroup::default() }),
        _ => NativeReviewer::Unknown(query.to_owned()),
    }
}

/// Who is to answer: the instance's reviewers, else the first stage's, else the definition's; then those for whoever has none.
fn reviewers(definition: &Value, instance: &Value) -> Vec<NativeReviewer> {
    let stage = &definition["stageSettings"][0];
    let of = |list: &str| -> Vec<NativeReviewer> {
        let lists = [instance, stage, definition].into_iter().filter_map(|holder| holder[list].as_array());
        lists.into_iter().find(|list| !list.is_empty()).into_iter().flatten().map(reviewer).collect()
    };
    let mut all = of("reviewers");
    if all.is_empty() {
        // Nobody named: everybody answers for themselves.
        return vec![NativeReviewer::Holder];
    }
    all.extend(of("fallbackReviewers"));
    all
}

pub(super) fn campaign_of(definition: &Value, instance: &Value, has_service: bool) -> NativeCampaign {
    let settings = &definition["settings"];
    let on = |name: &str| settings[name].as_bool().unwrap_or(false);
    let on_silence = match (on("defaultDecisionEnabled"), settings["defaultDecision"].as_str().unwrap_or("None")) {
        (false, _) | (true, "None") => OnSilence::Nothing,
        (true, "Approve") => OnSilence::Approves,
        (true, "Deny") => OnSilence::Removes,
        (true, "Recommendation") => OnSilence::FollowsRecommendation,
        (true, other) => OnSilence::Unknown(other.to_owned()),
    };
    let state = match instance["status"].as_str().unwrap_or_default() {
        "Initializing" | "NotStarted" | "Starting" => NativeState::NotStarted,
        "InProgress" => NativeState::Open,
        "Completing" | "Completed" | "AutoReviewing" | "AutoReviewed" | "Applying" | "Applied" => NativeState::Closed,
        other => NativeState::Unknown(other.to_owned()),
    };
    let actions = settings["applyActions"].as_array();
    let deletes = |action: &Value| action["@odata.type"].as_str().is_some_and(|kind| kind.ends_with("disableAndDeleteUserApplyAction"));
    let levels = definition["stageSettings"].as_array().map_or(1, Vec::len).max(1);
    NativeCampaign {
        id: NativeId { campaign: text(definition, "id"), run: text(instance, "id") },
        name: text(definition, "displayName"),
        state,
        starts: time(instance, "startDateTime"),
        ends: time(instance, "endDateTime"),
        time_zone: None,
        on_revoke: if actions.is_some_and(|actions| actions.iter().any(deletes)) { OnRevoke::RemovesMore } else { OnRevoke::Removes },
        on_silence,
        takes_effect: if on("autoApplyDecisionsEnabled") { TakesEffect::AtEnd } else { TakesEffect::WhenApplied },
        justification: if on("justificationRequiredOnApproval") { Justification::ForApprove } else { Justification::Optional },
        longest_note: None,
        bulk_allowed: true,
        handing_over: HandingOver::None,
        self_review_allowed: true,
        service_may_answer: has_service && levels == 1,
        reviewers: reviewers(definition, instance),
        resource: match resource_of_scope(&instance["scope"]) {
            NativeResource::Unknown(_) => None,
            known => Some(known),
        },
        levels: u8::try_from(levels).unwrap_or(u8::MAX),
    }
}

pub(super) fn item_of(row: &Value, scope: &NativeResource, reviewers: &[NativeReviewer]) -> NativeItem {
    let by = &row["reviewedBy"];
    let nobody = by["id"].as_str().is_none_or(|id| id.is_empty() || id == NOBODY);
    let note = text(row, "justification");
    NativeItem {
        id: text(row, "id"),
        principal: text(&row["principal"], "id"),
        resource: resource_of_item(row, scope),
        reviewers: reviewers.to_vec(),
        level: None,
        answer: answer(row["decision"].as_str().unwrap_or_default()),
        by: (!nobody).then(|| NativeBy { id: text(by, "id"), name: text(by, "displayName") }),
        at: time(row, "reviewedDateTime"),
        note: Some(note).filter(|note| !note.is_empty()),
        recommendation: match row["recommendation"].as_str().map(answer) {
            Some(known @ (NativeAnswer::Approve | NativeAnswer::Revoke)) => Some(known),
            _ => None,
        },
        applied: match row["applyResult"].as_str().unwrap_or_default() {
            "" | "New" => NativeApplied::NotYet,
            "AppliedSuccessfully" => NativeApplied::Done,
            "AppliedSuccessfullyButObjectNotFound" => NativeApplied::AlreadyGone,
            "ApplyNotSupported" => NativeApplied::CannotBeApplied,
            other => NativeApplied::Failed(other.to_owned()),
        },
    }
}
