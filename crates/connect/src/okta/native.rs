//! Okta Identity Governance: campaigns and items read by the service app, answers sent by the reviewer's own token.
//!
//! - An answer is final when Okta has taken it, and Okta removes at once where the campaign says so.
//! - A call takes 50 answers at most; hand-overs of one call go to one person; a level is named only in campaigns of
//!   several levels.
//! - There is no key that makes a repeat harmless: the items are read before anything is sent, and read again before
//!   anything is sent a second time.
//! - Whether a batch is taken whole or in parts is not documented: each returned item is compared, and what is missing
//!   is read.

use super::{
    OktaSource, PersonAuthority,
    campaign::{
        Justification, NativeAction, NativeAnswer, NativeCampaign, NativeDecision, NativeEffect, NativeItem, NativeOutcome,
        NativeRemediation, NativeState,
    },
    pull::after_of,
    wire::{body, refusal, refused, time},
};
use crate::{
    error::Error,
    http::{Answer, Authority, Body, HttpError, LoopGuard, Method, Request, Url, next_link},
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most answers of one call.
pub const BATCH: usize = 50;
/// The longest note, in characters.
pub const NOTE: usize = 300;

const REMEDY: &str = "Grant the app okta.governance.accessCertifications.read and the Access Certifications Administrator role; the org needs Okta Identity Governance.";

/// A page of the governance interface.
#[derive(Deserialize)]
struct Listed<T> {
    #[serde(default = "Vec::new")]
    data: Vec<T>,
    #[serde(rename = "_links", default)]
    links: Value,
}

/// Somebody in an item.
#[derive(Deserialize)]
struct Profile {
    id: String,
}

/// An item, as leniently as can be: real ones lack what the contract requires.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    id: String,
    #[serde(default)]
    campaign_id: String,
    #[serde(default)]
    resource_id: String,
    decision: Option<String>,
    decided: Option<String>,
    remediation_status: Option<String>,
    principal_profile: Option<Profile>,
    reviewer_profile: Option<Profile>,
    current_reviewer_level: Option<String>,
    entitlement_value: Option<Value>,
    entitlement_bundle: Option<Value>,
    note: Option<Value>,
}

fn item(review: Review) -> NativeItem {
    let part = review.entitlement_value.or(review.entitlement_bundle).and_then(|part| {
        let text = |name: &str| part.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("id")?, text("name").unwrap_or_default()))
    });
    NativeItem {
        id: review.id,
        campaign_id: review.campaign_id,
        person_id: review.principal_profile.map(|profile| profile.id).unwrap_or_default(),
        entitlement_id: review.resource_id,
        part,
        reviewer_id: review.reviewer_profile.map(|profile| profile.id),
        level: review.current_reviewer_level,
        decision: match review.decision.as_deref() {
            None | Some("UNREVIEWED") => NativeDecision::Undecided,
            Some("APPROVE") => NativeDecision::Approved,
            Some("REVOKE") => NativeDecision::Revoked,
            Some(other) => NativeDecision::Other(other.to_owned()),
        },
        decided_on: time(review.decided.as_deref()),
        remediation: match review.remediation_status.as_deref() {
            None | Some("NONE") => NativeRemediation::None,
            Some("OPEN") => NativeRemediation::Open,
            Some("SUCCESS") => NativeRemediation::Done,
            Some("ERROR") => NativeRemediation::Failed,
            Some("MANUAL") => NativeRemediation::Manual,
            Some(other) => NativeRemediation::Other(other.to_owned()),
        },
        note: review.note.as_ref().and_then(|note| note.get("note")).and_then(Value::as_str).map(str::to_owned),
    }
}

fn effect(word: Option<&str>) -> NativeEffect {
    match word {
        Some("DENY") => NativeEffect::Removes,
        Some("NO_ACTION") | None => NativeEffect::Nothing,
        Some("APPROVE" | "ALLOW") => NativeEffect::Approves,
        Some(other) => NativeEffect::Other(other.to_owned()),
    }
}

fn campaign(json: &Value) -> NativeCampaign {
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str);
    let flag = |pointer: &str| json.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
    let levels = json.pointer("/reviewerSettings/reviewerLevels").and_then(Value::as_array).map_or(1, Vec::len);
    NativeCampaign {
        id: text("/id").unwrap_or_default().to_owned(),
        name: text("/name").unwrap_or_default().to_owned(),
        state: match text("/status") {
            Some("SCHEDULED" | "LAUNCHING") => NativeState::Scheduled,
            Some("ACTIVE") => NativeState::Active,
            Some("COMPLETED") => NativeState::Completed,
            other => NativeState::Other(other.unwrap_or_default().to_owned()),
        },
        starts: time(text("/scheduleSettings/startDate").or_else(|| text("/startDate"))),
        ends: time(text("/scheduleSettings/endDate").or_else(|| text("/endDate"))),
        time_zone: text("/scheduleSettings/timeZone").map(str::to_owned),
        on_revoke: effect(text("/remediationSettings/accessRevoked")),
        on_silence: effect(text("/remediationSettings/noResponse")),
        final_when_sent: true,
        justification: match text("/reviewerSettings/justificationRequirement") {
            Some("DISABLED") => Justification::Disabled,
            Some("OPTIONAL") => Justification::Optional,
            Some("REQUIRED_FOR_REVOKE") => Justification::ForRevoke,
            Some("REQUIRED_FOR_ALL") => Justification::ForAll,
            _ if flag("/reviewerSettings/justificationRequired") => Justification::ForAll,
            _ => Justification::Unknown,
        },
        bulk_allowed: !flag("/reviewerSettings/bulkDecisionDisabled"),
        hand_over_allowed: !flag("/reviewerSettings/reassignmentDisabled"),
        self_review_allowed: !(flag("/reviewerSettings/selfReviewDisabled") || flag("/reviewerSettings/isSelfReviewDisabled")),
        levels: u8::try_from(levels.max(1)).unwrap_or(u8::MAX),
    }
}

/// What sending a call of answers came to.
enum Sending {
    Answered(Vec<NativeItem>),
    /// The batch was refused as a whole: one bad item may be the reason.
    Refused(String),
    /// The campaign takes no answers.
    Closed(String),
    SignIn,
    Later(String),
    Lost,
}

impl OktaSource {
    /// Every row of a list of the governance interface.
    async fn list<T: serde::de::DeserializeOwned, A: Authority>(
        &self,
        path: &str,
        filter: Option<&str>,
        bucket: &'static str,
        who: &A,
    ) -> Result<Vec<T>, Error> {
        let (mut rows, mut after, mut guard) = (Vec::new(), None::<String>, LoopGuard::default());
        loop {
            let mut query = vec![("limit", "200")];
            query.extend(filter.map(|filter| ("filter", filter)));
            query.extend(after.as_deref().map(|after| ("after", after)));
            let answer = self.client.send(&Request::get(self.url(path, &query)?, bucket), who).await?;
            if !answer.is_success() {
                return Err(refused(&answer, REMEDY));
            }
            let page: Listed<T> = body(&answer)?;
            let empty = page.data.is_empty();
            rows.extend(page.data);
            let link = page.links.pointer("/next/href").and_then(Value::as_str).and_then(|href| Url::parse(href).ok());
            // The links name the administrators' console: only the cursor is taken from them.
            after = link.or_else(|| next_link(&answer)).as_ref().and_then(after_of);
            match &after {
                Some(cursor) if !empty => guard.pass(cursor).map_err(|_| Error::Loop { page: answer.request.clone() })?,
                _ => return Ok(rows),
            }
        }
    }

    /// Okta's campaigns that take answers. Their settings are read one by one: lists do not carry them.
    ///
    /// # Errors
    /// [`Error::Platform`] where Okta refuses, for example because the org has no Identity Governance.
    pub async fn native_campaigns(&self) -> Result<Vec<NativeCampaign>, Error> {
        let listed: Vec<Value> =
            self.list("/governance/api/v1/campaigns", Some(r#"status eq "ACTIVE""#), "campaigns", &self.reader).await?;
        let mut campaigns = Vec::new();
        for one in listed {
            let id = one.get("id").and_then(Value::as_str).unwrap_or_default();
            campaigns.push(self.native_campaign(id).await?);
        }
        Ok(campaigns)
    }

    /// One campaign, in whatever state.
    ///
    /// # Errors
    /// As [`Self::native_campaigns`].
    pub async fn native_campaign(&self, id: &str) -> Result<NativeCampaign, Error> {
        let request = Request::get(self.url(&format!("/governance/api/v1/campaigns/{id}"), &[])?, "campaigns");
        let answer = self.client.send(&request, &self.reader).await?;
        match &answer.json {
            Some(json) if answer.is_success() => Ok(campaign(json)),
            _ => Err(refused(&answer, REMEDY)),
        }
    }

    /// Every item of a campaign, with what was decided on the platform meanwhile.
    ///
    /// # Errors
    /// As [`Self::native_campaigns`].
    pub async fn native_items(&self, campaign_id: &str) -> Result<Vec<NativeItem>, Error> {
        let filter = format!(r#"campaignId eq "{campaign_id}""#);
        let mut items: Vec<NativeItem> = self.reviews(&filter, &self.reader, "/governance/api/v1/reviews").await?;
        items.sort_by(|a, b| a.id.cmp(&b.id));
        // A page that shifted may bring an item twice.
        items.dedup_by(|a, b| a.id == b.id);
        Ok(items)
    }

    async fn reviews<A: Authority>(&self, filter: &str, who: &A, path: &str) -> Result<Vec<NativeItem>, Error> {
        let reviews: Vec<Review> = self.list(path, Some(filter).filter(|filter| !filter.is_empty()), "reviews", who).await?;
        Ok(reviews.into_iter().map(item).collect())
    }

    /// Whether the org has the reviewers' endpoints: a campaign that exists answers there. Without them decisions are
    /// made in Okta itself and read back.
    ///
    /// # Errors
    /// [`Error`] where neither yes nor no was answered.
    pub async fn has_reviewer_api(&self, campaign_id: &str, token: &SecretString) -> Result<bool, Error> {
        let path = format!("/governance/api/v1/my/campaigns/{campaign_id}/reviews");
        let who = PersonAuthority::new(token.clone());
        let answer = self.client.send(&Request::get(self.url(&path, &[("limit", "1")])?, "reviews"), &who).await?;
        match answer.status {
            404 | 405 => Ok(false),
            _ if answer.is_success() => Ok(true),
            _ => Err(refused(&answer, REMEDY)),
        }
    }

    /// Sends a reviewer's answers with their own token; one outcome per answer, in the same order.
    ///
    /// The items are read first. Asked again with the same answers, for example after a crash, it sends only what the
    /// platform does not have yet.
    pub async fn native_decide(&self, campaign: &NativeCampaign, token: &SecretString, answers: &[NativeAnswer]) -> Vec<NativeOutcome> {
        let who = PersonAuthority::new(token.clone());
        let mut outcomes: BTreeMap<usize, NativeOutcome> = BTreeMap::new();
        let mut open: Vec<usize> = Vec::new();
        for (at, answer) in answers.iter().enumerate() {
            match objection(campaign, answer) {
                Some(why) => {
                    outcomes.insert(at, NativeOutcome::NotTaken(why));
                }
                None => open.push(at),
            }
        }
        // Twice at most: after what was lost or refused was read again, once more; then a person has to look.
        for round in 0..2 {
            if open.is_empty() {
                break;
            }
            let mine = match self.mine(campaign, &who).await {
                Ok(mine) => mine,
                Err(outcome) => {
                    outcomes.extend(open.iter().map(|at| (*at, outcome.clone())));
                    open.clear();
                    break;
                }
            };
            open.retain(|at| match answers.get(*at).map(|answer| compare(answer, &mine, round > 0)) {
                Some(Some(outcome)) => {
                    outcomes.insert(*at, outcome);
                    false
                }
                _ => true,
            });
            let mut left = Vec::new();
            for (level, batch) in batches(campaign, answers, &open, &mine) {
                self.send_batch(campaign, &who, answers, (level.as_deref(), batch), &mut outcomes, &mut left).await;
            }
            open = left;
        }
        if !open.is_empty() {
            // Sent twice without an answer: what the platform shows decides.
            let mine = self.mine(campaign, &who).await.unwrap_or_default();
            for at in open {
                let seen = answers.get(at).and_then(|answer| compare(answer, &mine, true));
                outcomes.insert(at, seen.unwrap_or(NativeOutcome::Unknown));
            }
        }
        outcomes.into_values().collect()
    }

    /// The reviewer's items by id, with their own token.
    async fn mine(&self, campaign: &NativeCampaign, who: &PersonAuthority) -> Result<BTreeMap<String, NativeItem>, NativeOutcome> {
        let path = format!("/governance/api/v1/my/campaigns/{}/reviews", campaign.id);
        match self.reviews("", who, &path).await {
            Ok(items) => Ok(items.into_iter().map(|item| (item.id.clone(), item)).collect()),
            Err(Error::Http(HttpError::Credentials(_))) => Err(NativeOutcome::WaitingForSignIn),
            Err(Error::Refused { status: 403, .. }) => Err(NativeOutcome::WaitingForSignIn),
            Err(Error::Refused { status: 404, .. }) => Err(NativeOutcome::NotTaken(
                "Okta does not offer its reviewers' interface for this campaign. Decide in Okta; the decision is read back.".to_owned(),
            )),
            Err(error) => Err(NativeOutcome::NotSent(error.to_string())),
        }
    }

    /// Sends one batch, and the halves of a batch that was refused for one of its items.
    async fn send_batch(
        &self,
        campaign: &NativeCampaign,
        who: &PersonAuthority,
        answers: &[NativeAnswer],
        (level, batch): (Option<&str>, Vec<usize>),
        outcomes: &mut BTreeMap<usize, NativeOutcome>,
        left: &mut Vec<usize>,
    ) {
        let mut waiting = vec![batch];
        while let Some(mut batch) = waiting.pop() {
            let chosen: Vec<&NativeAnswer> = batch.iter().filter_map(|at| answers.get(*at)).collect();
            match self.post(campaign, who, level, &chosen).await {
                Sending::Answered(items) => {
                    let items: BTreeMap<&str, &NativeItem> = items.iter().map(|item| (item.id.as_str(), item)).collect();
                    for at in batch {
                        let Some(answer) = answers.get(at) else { continue };
                        match items.get(answer.item_id.as_str()) {
                            Some(item) if shows(item, &answer.action) => {
                                outcomes.insert(at, NativeOutcome::Accepted(Box::new((*item).clone())));
                            }
                            // Not among what came back: whether it was taken is read.
                            _ => left.push(at),
                        }
                    }
                }
                Sending::Refused(why) if batch.len() == 1 => {
                    outcomes.extend(batch.into_iter().map(|at| (at, NativeOutcome::NotTaken(why.clone()))));
                }
                Sending::Refused(_) => {
                    let second = batch.split_off(batch.len() / 2);
                    waiting.push(second);
                    waiting.push(batch);
                }
                Sending::Closed(why) => outcomes.extend(batch.into_iter().map(|at| (at, NativeOutcome::NotTaken(why.clone())))),
                Sending::SignIn => outcomes.extend(batch.into_iter().map(|at| (at, NativeOutcome::WaitingForSignIn))),
                Sending::Later(why) => outcomes.extend(batch.into_iter().map(|at| (at, NativeOutcome::NotSent(why.clone())))),
                Sending::Lost => left.extend(batch),
            }
        }
    }

    async fn post(&self, campaign: &NativeCampaign, who: &PersonAuthority, level: Option<&str>, answers: &[&NativeAnswer]) -> Sending {
        let reviews: Vec<Value> = answers
            .iter()
            .map(|answer| {
                let mut json = match &answer.action {
                    NativeAction::Approve => json!({ "reviewId": answer.item_id, "action": "APPROVE" }),
                    NativeAction::Revoke => json!({ "reviewId": answer.item_id, "action": "REVOKE" }),
                    NativeAction::HandOver(to) => json!({ "reviewId": answer.item_id, "action": "REASSIGN", "reviewerId": to }),
                };
                if let (Some(json), Some(note)) = (json.as_object_mut(), &answer.note) {
                    json.insert("note".to_owned(), json!(note));
                }
                json
            })
            .collect();
        let mut json = json!({ "reviews": reviews });
        if let (Some(json), Some(level)) = (json.as_object_mut(), level) {
            json.insert("reviewerLevel".to_owned(), json!(level));
        }
        let path = format!("/governance/api/v1/my/campaigns/{}/reviews/actions", campaign.id);
        let url = match self.url(&path, &[]) {
            Ok(url) => url,
            Err(error) => return Sending::Later(error.to_string()),
        };
        let request = Request::change(Method::POST, url, Body::Json(json), "reviews");
        match self.client.send(&request, who).await {
            Ok(answer) => sending(&answer),
            Err(HttpError::OutcomeUnknown { .. }) => Sending::Lost,
            Err(HttpError::Credentials(_)) => Sending::SignIn,
            Err(error) => Sending::Later(error.to_string()),
        }
    }

    /// Hands items to another reviewer as an administrator; at most 50 a call. The platform's log names the app.
    ///
    /// # Errors
    /// [`Error::Platform`] where Okta refuses; items that were handed over by earlier calls stay so, and a repeat leaves
    /// those out that the new reviewer has already.
    pub async fn native_hand_over(
        &self,
        campaign: &NativeCampaign,
        item_ids: &[String],
        to: &str,
        note: &str,
    ) -> Result<Vec<NativeItem>, Error> {
        let Some(remover) = &self.remover else {
            return Err(Error::Http(HttpError::Credentials("no app that may change anything is set up for this source".to_owned())));
        };
        let known: BTreeMap<String, NativeItem> =
            self.native_items(&campaign.id).await?.into_iter().map(|item| (item.id.clone(), item)).collect();
        let is_done = |id: &String| known.get(id).is_some_and(|item| item.reviewer_id.as_deref() == Some(to));
        let mut handed: Vec<NativeItem> = item_ids.iter().filter(|id| is_done(id)).filter_map(|id| known.get(id)).cloned().collect();
        let open: Vec<&String> = item_ids.iter().filter(|id| !is_done(id)).collect();
        for batch in open.chunks(BATCH) {
            let json = json!({ "reviewerId": to, "reviewIds": batch, "note": note.chars().take(NOTE).collect::<String>() });
            let path = format!("/governance/api/v1/campaigns/{}/reviews/reassign", campaign.id);
            let request = Request::change(Method::POST, self.url(&path, &[])?, Body::Json(json), "campaigns");
            let answer = self.client.send(&request, remover).await?;
            if !answer.is_success() {
                return Err(refused(&answer, "Only items that nobody answered can be handed over; read them again."));
            }
            let page: Listed<Review> = body(&answer)?;
            handed.extend(page.data.into_iter().map(item));
        }
        Ok(handed)
    }
}

/// What the platform's item says about an answer; `None` where it is still to be sent.
fn compare(answer: &NativeAnswer, mine: &BTreeMap<String, NativeItem>, was_sent: bool) -> Option<NativeOutcome> {
    let Some(item) = mine.get(&answer.item_id) else {
        // Handed over by us, it is not the reviewer's any more.
        return Some(match (&answer.action, was_sent) {
            (NativeAction::HandOver(_), true) => NativeOutcome::Unknown,
            _ => NativeOutcome::NotTaken("The item is not this reviewer's any more.".to_owned()),
        });
    };
    match (&item.decision, &answer.action) {
        (NativeDecision::Undecided, _) => None,
        (NativeDecision::Approved, NativeAction::Approve) | (NativeDecision::Revoked, NativeAction::Revoke) if was_sent => {
            Some(NativeOutcome::Accepted(Box::new(item.clone())))
        }
        // The same answer, with the note that we sent: it is ours, from before a crash.
        (NativeDecision::Approved, NativeAction::Approve) | (NativeDecision::Revoked, NativeAction::Revoke)
            if answer.note.is_some() && item.note == answer.note =>
        {
            Some(NativeOutcome::Accepted(Box::new(item.clone())))
        }
        _ => Some(NativeOutcome::StandsAlready(Box::new(item.clone()))),
    }
}

/// Why an answer cannot be sent at all.
fn objection(campaign: &NativeCampaign, answer: &NativeAnswer) -> Option<String> {
    let note = answer.note.as_deref().map(str::trim).unwrap_or_default();
    if note.chars().count() > NOTE {
        return Some(format!("The note is longer than {NOTE} characters."));
    }
    let required = match campaign.justification {
        Justification::ForAll => !matches!(answer.action, NativeAction::HandOver(_)),
        Justification::ForRevoke => answer.action == NativeAction::Revoke,
        _ => false,
    };
    if required && note.is_empty() {
        return Some("The campaign asks for a reason with this answer.".to_owned());
    }
    match &answer.action {
        NativeAction::HandOver(_) if !campaign.hand_over_allowed => Some("The campaign does not let items be handed over.".to_owned()),
        NativeAction::HandOver(to) if to.is_empty() => Some("A hand-over names whom it goes to.".to_owned()),
        _ => None,
    }
}

/// Calls of at most 50 answers: hand-overs to one person in each, and items of one level, which is named where the
/// campaign has several.
fn batches(
    campaign: &NativeCampaign,
    answers: &[NativeAnswer],
    open: &[usize],
    mine: &BTreeMap<String, NativeItem>,
) -> Vec<(Option<String>, Vec<usize>)> {
    let mut parted: BTreeMap<(Option<String>, Option<&str>), Vec<usize>> = BTreeMap::new();
    for at in open {
        if let Some(answer) = answers.get(*at) {
            let target = if let NativeAction::HandOver(to) = &answer.action { Some(to.as_str()) } else { None };
            let waits = mine.get(&answer.item_id).and_then(|item| item.level.clone());
            let level = (campaign.levels > 1).then(|| waits.unwrap_or_else(|| "FIRST".to_owned()));
            parted.entry((level, target)).or_default().push(*at);
        }
    }
    let calls = parted.into_iter().flat_map(|((level, _), all)| {
        let level = level.clone();
        all.chunks(BATCH).map(|call| (level.clone(), call.to_vec())).collect::<Vec<_>>()
    });
    calls.collect()
}

/// Whether an item shows that an answer was taken.
fn shows(item: &NativeItem, action: &NativeAction) -> bool {
    match action {
        NativeAction::Approve => item.decision == NativeDecision::Approved,
        NativeAction::Revoke => item.decision == NativeDecision::Revoked,
        NativeAction::HandOver(to) => item.reviewer_id.as_deref() == Some(to),
    }
}

fn sending(answer: &Answer) -> Sending {
    let (code, summary) = refusal(answer);
    let why = format!("Okta answered {} {code}: {summary}", answer.status);
    match answer.status {
        401 => Sending::SignIn,
        409 => Sending::Closed(why),
        _ if answer.is_success() => match body::<Listed<Review>>(answer) {
            Ok(page) => Sending::Answered(page.data.into_iter().map(item).collect()),
            Err(_) => Sending::Lost,
        },
        _ => Sending::Refused(why),
    }
}
