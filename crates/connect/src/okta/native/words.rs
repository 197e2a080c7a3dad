//! Okta's campaigns and review items in the common words.

use super::super::wire::time;
use crate::native::{
    HandingOver, Justification, NativeAnswer, NativeApplied, NativeBy, NativeCampaign, NativeId, NativeItem, NativeResource,
    NativeReviewer, NativeState, OnRevoke, OnSilence, TakesEffect,
};
use serde::Deserialize;
use serde_json::Value;

/// The longest note, in characters.
pub(super) const NOTE: u32 = 300;

/// Somebody in an item.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    id: String,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
}

impl Profile {
    fn name(&self) -> String {
        let parts: Vec<&str> = [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    }
}

/// An item, as leniently as can be: real ones lack what the contract requires.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Review {
    id: String,
    #[serde(default)]
    resource_id: String,
    decision: Option<String>,
    decided: Option<String>,
    remediation_status: Option<String>,
    principal_profile: Option<Profile>,
    reviewer_profile: Option<Profile>,
    reviewer_group_profile: Option<Value>,
    current_reviewer_level: Option<String>,
    entitlement_value: Option<Value>,
    entitlement_bundle: Option<Value>,
    note: Option<Value>,
}

pub(super) fn item(review: Review) -> NativeItem {
    let part = review.entitlement_value.or(review.entitlement_bundle).and_then(|part| {
        let text = |name: &str| part.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("id")?, text("name").unwrap_or_default()))
    });
    let answer = match review.decision.as_deref() {
        None | Some("UNREVIEWED") => NativeAnswer::Unanswered,
        Some("APPROVE") => NativeAnswer::Approve,
        Some("REVOKE") => NativeAnswer::Revoke,
        Some(other) => NativeAnswer::Other(other.to_owned()),
    };
    let by = review.reviewer_profile.as_ref().filter(|_| answer != NativeAnswer::Unanswered);
    let by = by.map(|profile| NativeBy { id: profile.id.clone(), name: profile.name() });
    let group = || review.reviewer_group_profile.as_ref().map(|group| NativeReviewer::Unknown(group.to_string()));
    let reviewer = review.reviewer_profile.map(|profile| NativeReviewer::Account(profile.id)).or_else(group);
    NativeItem {
        id: review.id,
        principal: review.principal_profile.map(|profile| profile.id).unwrap_or_default(),
        resource: match part {
            Some((id, name)) => NativeResource::Part { of: review.resource_id, id, name },
            None => NativeResource::Entitlement(review.resource_id),
        },
        reviewers: reviewer.into_iter().collect(),
        level: review.current_reviewer_level,
        answer,
        by,
        at: time(review.decided.as_deref()),
        note: review.note.as_ref().and_then(|note| note.get("note")).and_then(Value::as_str).map(str::to_owned),
        recommendation: None,
        applied: match review.remediation_status.as_deref() {
            None | Some("NONE") => NativeApplied::NotYet,
            Some("OPEN") => NativeApplied::UnderWay,
            Some("SUCCESS") => NativeApplied::Done,
            Some("MANUAL") => NativeApplied::ByHand,
            Some(other) => NativeApplied::Failed(other.to_owned()),
        },
    }
}

pub(super) fn campaign(json: &Value) -> NativeCampaign {
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str);
    let flag = |pointer: &str| json.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
    let levels = json.pointer("/reviewerSettings/reviewerLevels").and_then(Value::as_array).map_or(1, Vec::len);
    NativeCampaign {
        id: NativeId { campaign: text("/id").unwrap_or_default().to_owned(), run: String::new() },
        name: text("/name").unwrap_or_default().to_owned(),
        state: match text("/status") {
            Some("SCHEDULED" | "LAUNCHING") => NativeState::NotStarted,
            Some("ACTIVE") => NativeState::Open,
            Some("COMPLETED") => NativeState::Closed,
            other => NativeState::Unknown(other.unwrap_or_default().to_owned()),
        },
        starts: time(text("/scheduleSettings/startDate").or_else(|| text("/startDate"))),
        ends: time(text("/scheduleSettings/endDate").or_else(|| text("/endDate"))),
        time_zone: text("/scheduleSettings/timeZone").map(str::to_owned),
        on_revoke: match text("/remediationSettings/accessRevoked") {
            Some("DENY") => OnRevoke::Removes,
            Some("NO_ACTION") | None => OnRevoke::Nothing,
            Some(other) => OnRevoke::Unknown(other.to_owned()),
        },
        on_silence: match text("/remediationSettings/noResponse") {
            Some("DENY") => OnSilence::Removes,
            Some("NO_ACTION") | None => OnSilence::Nothing,
            Some("APPROVE" | "ALLOW") => OnSilence::Approves,
            Some(other) => OnSilence::Unknown(other.to_owned()),
        },
        takes_effect: TakesEffect::WhenSent,
        justification: match text("/reviewerSettings/justificationRequirement") {
            Some("DISABLED") => Justification::Disabled,
            Some("OPTIONAL") => Justification::Optional,
            Some("REQUIRED_FOR_REVOKE") => Justification::ForRevoke,
            Some("REQUIRED_FOR_ALL") => Justification::ForAll,
            _ if flag("/reviewerSettings/justificationRequired") => Justification::ForAll,
            _ => Justification::Unknown,
        },
        longest_note: Some(NOTE),
        bulk_allowed: !flag("/reviewerSettings/bulkDecisionDisabled"),
        handing_over: if flag("/reviewerSettings/reassignmentDisabled") { HandingOver::Forbidden } else { HandingOver::Possible },
        self_review_allowed: !(flag("/reviewerSettings/selfReviewDisabled") || flag("/reviewerSettings/isSelfReviewDisabled")),
        service_may_answer: false,
        reviewers: Vec::new(),
        resource: None,
        levels: u8::try_from(levels.max(1)).unwrap_or(u8::MAX),
    }
}
