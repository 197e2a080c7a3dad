//! Answers on their way to Entra: by the reviewer's own token, or by the service application.

use super::{
    super::{
        EntraSource,
        batch::{Inner, MOST, Reply},
        credentials::{AppAuthority, ReviewerToken},
        graph, names,
    },
    path,
    words::{resource_id, word},
};
use crate::{
    error::Error,
    http::{Body, Effect, HttpError, Method, Request},
    native::{NativeCampaign, NativeDecision, NativeItem, Recorded, objection, settled},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How often answers are sent at most, each time after a look at what stands there.
const ATTEMPTS: u32 = 3;

/// Who sends answers.
pub(super) enum Sender<'a> {
    Reviewer(ReviewerToken),
    Application(&'a AppAuthority),
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
            "decision": word(&decision.action), "justification": decision.note,
            "principalId": self.principal, "resourceId": self.resource,
        })
    }
}

impl EntraSource {
    /// Sends answers. An answer of somebody else that stands there is left alone (rule 14); where the reviewer's token is not
    /// accepted, everything waits for the sign-in (rule 11).
    pub(super) async fn record(&self, campaign: &NativeCampaign, decisions: &[NativeDecision], sender: &Sender<'_>) -> Vec<Recorded> {
        let mut outcomes: Vec<Option<Recorded>> =
            decisions.iter().map(|decision| objection(campaign, decision).map(Recorded::Refused)).collect();
        let mut sent: BTreeSet<usize> = BTreeSet::new();
        for attempt in 0..=ATTEMPTS {
            if outcomes.iter().all(Option::is_some) {
                break;
            }
            // The look before sending, before sending again, and, at last, the proof that it stands.
            let items = match self.items_for(campaign, sender).await {
                Ok(items) => items,
                Err(error) => return settle(outcomes, &unread(&error, !sent.is_empty(), sender)),
            };
            let items: BTreeMap<&str, &NativeItem> = items.iter().map(|item| (item.id.as_str(), item)).collect();
            let mut open = Vec::new();
            for (place, decision) in decisions.iter().enumerate() {
                let Some(outcome) = outcomes.get_mut(place).filter(|outcome| outcome.is_none()) else { continue };
                match items.get(decision.item.as_str()) {
                    None => *outcome = Some(Recorded::Refused("The platform does not show this item to whoever answers it.".to_owned())),
                    Some(item) => match settled(campaign, decision, item, sent.contains(&place)) {
                        None => open.push((place, *item)),
                        known => *outcome = known,
                    },
                }
            }
            if open.is_empty() || attempt == ATTEMPTS {
                break;
            }
            sent.extend(open.iter().map(|(place, _)| *place));
            match self.send_answers(campaign, decisions, &open, sender).await {
                Ok(told) => {
                    for (place, outcome) in told {
                        if let Some(known) = outcomes.get_mut(place) {
                            *known = Some(outcome);
                        }
                    }
                }
                Err(error) => return settle(outcomes, &unread(&error, true, sender)),
            }
        }
        settle(outcomes, &Recorded::Unknown)
    }

    async fn items_for(&self, campaign: &NativeCampaign, sender: &Sender<'_>) -> Result<Vec<NativeItem>, Error> {
        use crate::native::NativeSource as _;
        match sender {
            Sender::Reviewer(token) => self.items_of(campaign, &token.0).await,
            Sender::Application(_) => self.items(campaign).await,
        }
    }

    /// Sends answers to items that have none. Only what is final is told: whatever may stand or not is looked at again.
    async fn send_answers(
        &self,
        campaign: &NativeCampaign,
        decisions: &[NativeDecision],
        open: &[(usize, &NativeItem)],
        sender: &Sender<'_>,
    ) -> Result<Vec<(usize, Recorded)>, Error> {
        let path = path(&campaign.id)?;
        let mut told = Vec::new();
        match sender {
            Sender::Reviewer(token) => {
                for some in open.chunks(MOST) {
                    told.extend(self.send_some(&path, decisions, some, token).await?);
                }
            }
            Sender::Application(app) => {
                for (place, item) in open {
                    let Some(decision) = decisions.get(*place) else { continue };
                    let Some(record) = BatchRecord::of(item) else {
                        told.push((*place, Recorded::Refused("The platform does not name the resource of this item.".to_owned())));
                        continue;
                    };
                    let url = self.address(&format!("{path}/batchRecordDecisions"))?;
                    let request = Request::change(Method::POST, url, Body::Json(record.body(decision)), "reviews");
                    match self.client.send(&request, *app).await {
                        Ok(answer) if answer.is_success() || matches!(answer.status, 409 | 412) => {}
                        Ok(answer) => told.push((*place, Recorded::Refused(graph::refused(&answer).to_string()))),
                        Err(HttpError::OutcomeUnknown { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Ok(told)
    }

    /// One batch of a reviewer's answers.
    async fn send_some(
        &self,
        path: &str,
        decisions: &[NativeDecision],
        some: &[(usize, &NativeItem)],
        token: &ReviewerToken,
    ) -> Result<Vec<(usize, Recorded)>, Error> {
        let calls: Vec<Inner> = some.iter().filter_map(|(place, _)| decisions.get(*place)).map(|decision| patch(path, decision)).collect();
        let all = |outcome: &Recorded| some.iter().map(|(place, _)| (*place, outcome.clone())).collect();
        match self.batch(&calls, Effect::Changes, token).await {
            Ok((answer, _)) if answer.status == 401 => Ok(all(&Recorded::WaitsForSignIn)),
            Ok((answer, _)) if !answer.is_success() => Ok(all(&Recorded::Refused(graph::refused(&answer).to_string()))),
            Ok((_, replies)) => {
                self.wait_for(&replies).await?;
                let each = some.iter().zip(&calls).zip(&replies);
                Ok(each.filter_map(|(((place, _), call), reply)| Some((*place, refused(call, reply)?))).collect())
            }
            // May stand or not: the next look tells.
            Err(HttpError::OutcomeUnknown { .. }) => Ok(Vec::new()),
            Err(HttpError::Credentials(_)) => Ok(all(&Recorded::WaitsForSignIn)),
            Err(error) => Err(error.into()),
        }
    }
}

/// What it means for answers that the platform could not be read or asked.
fn unread(error: &Error, was_sent: bool, sender: &Sender<'_>) -> Recorded {
    match (error, sender) {
        // What may stand there stays unknown, whatever keeps it from being looked at.
        _ if was_sent => Recorded::Unknown,
        (Error::Http(HttpError::Credentials(_)), Sender::Reviewer(_)) => Recorded::WaitsForSignIn,
        (Error::Refused { .. }, _) => Recorded::Refused(error.to_string()),
        _ => Recorded::NotSent(error.to_string()),
    }
}

fn settle(outcomes: Vec<Option<Recorded>>, rest: &Recorded) -> Vec<Recorded> {
    outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| rest.clone())).collect()
}

fn patch(path: &str, decision: &NativeDecision) -> Inner {
    let body = json!({ "decision": word(&decision.action), "justification": decision.note });
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
