//! A reviewer's answers on their way to Okta.

use super::{
    super::wire::{body, refusal},
    BATCH, Listed, OktaSource, PersonAuthority, Review, campaign_path, item,
};
use crate::{
    error::Error,
    http::{Answer, Body, HttpError, Method, Request},
    native::{Justification, NativeAction, NativeCampaign, NativeDecision, NativeItem, NativeSource as _, Recorded, objection, settled},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
    pub(super) async fn send_answers(
        &self,
        campaign: &NativeCampaign,
        token: &SecretString,
        decisions: &[NativeDecision],
    ) -> Vec<Recorded> {
        let who = PersonAuthority::new(token.clone());
        let mut outcomes: BTreeMap<usize, Recorded> = BTreeMap::new();
        let mut open: Vec<usize> = Vec::new();
        for (at, decision) in decisions.iter().enumerate() {
            match refusable(decision).or_else(|| objection(campaign, decision)) {
                Some(why) => {
                    outcomes.insert(at, Recorded::Refused(why));
                }
                None => open.push(at),
            }
        }
        // Twice at most: after what was lost or refused was read again, once more; then a person has to look.
        for round in 0..2 {
            if open.is_empty() {
                break;
            }
            let mine = match self.mine(campaign, token).await {
                Ok(mine) => mine,
                Err(outcome) => {
                    // After the first round all that is open may have arrived: a look that fails says nothing of it.
                    let outcome = if round > 0 { Recorded::Unknown } else { outcome };
                    outcomes.extend(open.iter().map(|at| (*at, outcome.clone())));
                    open.clear();
                    break;
                }
            };
            open.retain(|at| match decisions.get(*at).map(|decision| compare(campaign, decision, &mine, round > 0)) {
                Some(Some(outcome)) => {
                    outcomes.insert(*at, outcome);
                    false
                }
                _ => true,
            });
            let mut left = Vec::new();
            for (level, batch) in batches(campaign, decisions, &open, &mine) {
                self.send_batch(campaign, &who, decisions, (level.as_deref(), batch), &mut outcomes, &mut left).await;
            }
            open = left;
        }
        if !open.is_empty() {
            // Sent twice without an answer: what the platform shows decides.
            let mine = self.mine(campaign, token).await.ok();
            for at in open {
                let decision = decisions.get(at).zip(mine.as_ref());
                let seen = decision.and_then(|(decision, mine)| compare(campaign, decision, mine, true));
                outcomes.insert(at, seen.unwrap_or(Recorded::Unknown));
            }
        }
        outcomes.into_values().collect()
    }

    /// The reviewer's items by id, with their own token.
    async fn mine(&self, campaign: &NativeCampaign, token: &SecretString) -> Result<BTreeMap<String, NativeItem>, Recorded> {
        match self.items_of(campaign, token).await {
            Ok(items) => Ok(items.into_iter().map(|item| (item.id.clone(), item)).collect()),
            Err(Error::Http(HttpError::Credentials(_)) | Error::Refused { status: 403, .. }) => Err(Recorded::WaitsForSignIn),
            Err(Error::Refused { status: 404, .. }) => Err(Recorded::Refused(
                "Okta does not offer its reviewers' interface for this campaign. Decide in Okta; the decision is read back.".to_owned(),
            )),
            Err(error) => Err(Recorded::NotSent(error.to_string())),
        }
    }

    /// Sends one batch, and the halves of a batch that was refused for one of its items.
    async fn send_batch(
        &self,
        campaign: &NativeCampaign,
        who: &PersonAuthority,
        decisions: &[NativeDecision],
        (level, batch): (Option<&str>, Vec<usize>),
        outcomes: &mut BTreeMap<usize, Recorded>,
        left: &mut Vec<usize>,
    ) {
        let mut waiting = vec![batch];
        while let Some(mut batch) = waiting.pop() {
            let chosen: Vec<&NativeDecision> = batch.iter().filter_map(|at| decisions.get(*at)).collect();
            match self.post(campaign, who, level, &chosen).await {
                Sending::Answered(items) => {
                    let items: BTreeMap<&str, &NativeItem> = items.iter().map(|item| (item.id.as_str(), item)).collect();
                    for at in batch {
                        let Some(decision) = decisions.get(at) else { continue };
                        match items.get(decision.item.as_str()) {
                            Some(item) if shows(item, &decision.action) => {
                                outcomes.insert(at, Recorded::Stands(Box::new((*item).clone())));
                            }
                            // Not among what came back: whether it was taken is read.
                            _ => left.push(at),
                        }
                    }
                }
                Sending::Refused(why) if batch.len() == 1 => {
                    outcomes.extend(batch.into_iter().map(|at| (at, Recorded::Refused(why.clone()))));
                }
                Sending::Refused(_) => {
                    let second = batch.split_off(batch.len() / 2);
                    waiting.push(second);
                    waiting.push(batch);
                }
                Sending::Closed(why) => outcomes.extend(batch.into_iter().map(|at| (at, Recorded::Refused(why.clone())))),
                Sending::SignIn => outcomes.extend(batch.into_iter().map(|at| (at, Recorded::WaitsForSignIn))),
                Sending::Later(why) => outcomes.extend(batch.into_iter().map(|at| (at, Recorded::NotSent(why.clone())))),
                Sending::Lost => left.extend(batch),
            }
        }
    }

    async fn post(&self, campaign: &NativeCampaign, who: &PersonAuthority, level: Option<&str>, decisions: &[&NativeDecision]) -> Sending {
        let reviews: Vec<Value> = decisions.iter().filter_map(|decision| action_json(campaign, decision)).collect();
        let mut json = json!({ "reviews": reviews });
        if let (Some(json), Some(level)) = (json.as_object_mut(), level) {
            json.insert("reviewerLevel".to_owned(), json!(level));
        }
        let url = campaign_path("/my", &campaign.id.campaign).and_then(|path| Ok(self.url(&format!("{path}/reviews/actions"), &[])?));
        let url = match url {
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
}

/// What Okta has no word for.
fn refusable(decision: &NativeDecision) -> Option<String> {
    match decision.action {
        NativeAction::DoNotKnow => Some("Okta has no answer \u{201c}does not know\u{201d}.".to_owned()),
        NativeAction::TakeBack => Some("An answer is final once Okta has it, and cannot be taken back.".to_owned()),
        _ => None,
    }
}

fn action_json(campaign: &NativeCampaign, decision: &NativeDecision) -> Option<Value> {
    let id = &decision.item;
    let mut json = match &decision.action {
        NativeAction::Approve => json!({ "reviewId": id, "action": "APPROVE" }),
        NativeAction::Revoke => json!({ "reviewId": id, "action": "REVOKE" }),
        NativeAction::HandOver(to) => json!({ "reviewId": id, "action": "REASSIGN", "reviewerId": to }),
        NativeAction::DoNotKnow | NativeAction::TakeBack => return None,
    };
    // A campaign that takes no reasons gets none (rule 15); a hand-over is no answer.
    let unasked = campaign.justification == Justification::Disabled && decision.action.stands().is_some();
    if !decision.note.is_empty() && !unasked {
        json.as_object_mut()?.insert("note".to_owned(), json!(decision.note));
    }
    Some(json)
}

/// What the platform's item says about an answer; `None` where it is still to be sent.
fn compare(campaign: &NativeCampaign, decision: &NativeDecision, mine: &BTreeMap<String, NativeItem>, was_sent: bool) -> Option<Recorded> {
    match (mine.get(&decision.item), was_sent) {
        (Some(item), _) => settled(campaign, decision, item, was_sent),
        // Handed over by us, or by somebody else after it was sent: what came of it only the campaign's items tell.
        (None, true) => Some(Recorded::Unknown),
        (None, false) => Some(Recorded::Refused("The item is not this reviewer's any more.".to_owned())),
    }
}

/// Calls of at most 50 answers: hand-overs to one person in each, and items of one level, which is named where the
/// campaign has several.
fn batches(
    campaign: &NativeCampaign,
    decisions: &[NativeDecision],
    open: &[usize],
    mine: &BTreeMap<String, NativeItem>,
) -> Vec<(Option<String>, Vec<usize>)> {
    let mut parted: BTreeMap<(Option<String>, Option<&str>), Vec<usize>> = BTreeMap::new();
    for at in open {
        if let Some(decision) = decisions.get(*at) {
            let target = if let NativeAction::HandOver(to) = &decision.action { Some(to.as_str()) } else { None };
            let waits = mine.get(&decision.item).and_then(|item| item.level.clone());
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
        NativeAction::HandOver(to) => item.reviewer() == Some(to.as_str()),
        other => other.stands().as_ref() == Some(&item.answer),
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
