//! Access reviews that run in Entra.
//!
//! A reviewer's answer is sent with the reviewer's own token, as changes in batches of twenty. Where a campaign's owner
//! chose the service application instead, each answer goes by `batchRecordDecisions` with both ids. Before anything is
//! sent, and before anything is sent again, the items are read: an answer that stands on the platform stands.

mod record;
mod words;

use super::{EntraSource, credentials::ReviewerToken, graph, names};
use crate::{
    error::Error,
    http::{Authority, Body, HttpError, Method, Request},
    native::{
        Link, LinkBack, LinkEnd, LinkRequest, NativeCampaign, NativeDecision, NativeId, NativeItem, NativeReviewer, NativeSource,
        PersonTokens, Recorded, ReviewerGroup, WebApp,
    },
};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use words::{campaign_of, item_of, resource_of_scope, text};

const DEFINITIONS: &str = "/identityGovernance/accessReviews/definitions";

/// The path of an instance. What could leave a path is never put into one.
fn path(id: &NativeId) -> Result<String, Error> {
    if names::is_guid(&id.campaign) && names::is_guid(&id.run) {
        Ok(format!("{DEFINITIONS}/{}/instances/{}", id.campaign, id.run))
    } else {
        Err(Error::Settings("the review has ids that Entra does not give".to_owned()))
    }
}

impl NativeSource for EntraSource {
    /// Every review of the tenant that has begun, one for each resource under review.
    async fn campaigns(&self) -> Result<Vec<NativeCampaign>, Error> {
        let mut reviews = Vec::new();
        for definition in self.all(&format!("{DEFINITIONS}?$top=100"), "reviews", &self.reader).await? {
            let id = text(&definition, "id");
            if names::is_guid(&id) {
                let instances = self.all(&format!("{DEFINITIONS}/{id}/instances?$top=100"), "reviews", &self.reader).await?;
                reviews.extend(instances.iter().map(|instance| campaign_of(&definition, instance, self.remover.is_some())));
            }
        }
        Ok(reviews)
    }

    async fn campaign(&self, id: &NativeId) -> Result<NativeCampaign, Error> {
        let path = path(id)?;
        let definition = self.one(&format!("{DEFINITIONS}/{}", id.campaign), &self.reader).await?;
        Ok(campaign_of(&definition, &self.one(&path, &self.reader).await?, self.remover.is_some()))
    }

    async fn with_people(&self, mut campaign: NativeCampaign) -> Result<NativeCampaign, Error> {
        for reviewer in &mut campaign.reviewers {
            if let NativeReviewer::Group(group) = reviewer {
                self.name_people(group).await?;
            }
        }
        Ok(campaign)
    }

    async fn items(&self, campaign: &NativeCampaign) -> Result<Vec<NativeItem>, Error> {
        self.decisions(campaign, "decisions", &self.reader).await
    }

    /// This, and not the list of reviewers, says who answers what.
    async fn items_of(&self, campaign: &NativeCampaign, token: &SecretString) -> Result<Vec<NativeItem>, Error> {
        let whose = ReviewerToken(token.clone());
        match self.decisions(campaign, "decisions/filterByCurrentUser(on='reviewer')", &whose).await {
            Err(Error::Refused { status: 401, request, .. }) => {
                Err(Error::Http(HttpError::Credentials(format!("{request} was answered with 401. The reviewer has to sign in again."))))
            }
            other => other,
        }
    }

    async fn decide(&self, campaign: &NativeCampaign, token: &SecretString, decisions: &[NativeDecision]) -> Vec<Recorded> {
        self.record(campaign, decisions, &record::Sender::Reviewer(ReviewerToken(token.clone()))).await
    }

    async fn decide_by_service(&self, campaign: &NativeCampaign, decisions: &[NativeDecision]) -> Vec<Recorded> {
        let refused = |why: &str| decisions.iter().map(|_| Recorded::Refused(why.to_owned())).collect();
        if campaign.levels > 1 {
            return refused("In a review of several stages only the reviewer's own answer can be recorded.");
        }
        match &self.remover {
            Some(app) => self.record(campaign, decisions, &record::Sender::Application(app)).await,
            None => refused("The source has no application that may record decisions."),
        }
    }

    async fn hand_over(&self, _: &NativeCampaign, _: &[String], _: &str, _: &str) -> Result<Vec<NativeItem>, Error> {
        Err(Error::Settings("Entra has no hand-over of single items".to_owned()))
    }

    fn begin_link(&self, app: &WebApp, login_hint: Option<&str>) -> Result<LinkRequest, Error> {
        self.link_request(app, login_hint)
    }

    async fn finish_link(&self, app: &WebApp, back: &LinkBack) -> Result<Link, Error> {
        self.redeem(app, back).await
    }

    async fn renew_link(&self, app: &WebApp, refresh: &SecretString) -> Result<PersonTokens, Error> {
        self.renew(app, refresh).await
    }

    /// Entra has no end for one application's token: forgetting it is all there is, and the access token ends within the hour.
    async fn end_link(&self, _: &WebApp, _: &PersonTokens) -> Result<LinkEnd, Error> {
        Ok(LinkEnd::HereOnly)
    }
}

impl EntraSource {
    async fn one<A: Authority>(&self, path: &str, who: &A) -> Result<Value, Error> {
        let answer = self.get(path, "reviews", who).await?;
        if answer.is_success() { Ok(answer.json.unwrap_or_default()) } else { Err(graph::refused(&answer)) }
    }

    async fn decisions<A: Authority>(&self, campaign: &NativeCampaign, which: &str, who: &A) -> Result<Vec<NativeItem>, Error> {
        let path = path(&campaign.id)?;
        let scope = resource_of_scope(&self.one(&path, who).await?["scope"]);
        let rows = self.all(&format!("{path}/{which}?$top=100"), "reviews", who).await?;
        let mut items: Vec<NativeItem> = rows.iter().map(|row| item_of(row, &scope, &campaign.reviewers)).collect();
        items.sort_by(|a, b| a.id.cmp(&b.id));
        // A page that shifted may bring an item twice.
        items.dedup_by(|a, b| a.id == b.id);
        Ok(items)
    }

    /// Names who is in a group and in groups within it; nobody where the group is gone. The list is flat: groups within stand in
    /// it beside what is in them.
    async fn name_people(&self, group: &mut ReviewerGroup) -> Result<(), Error> {
        if !names::is_guid(&group.id) {
            return Err(Error::Settings("the review names a group by an id that Entra does not give".to_owned()));
        }
        let path = format!("/groups/{}/transitiveMembers?$select=id,displayName&$top=999", group.id);
        let rows = match self.all(&path, "directory", &self.reader).await {
            Err(Error::Refused { status: 404, .. }) => Vec::new(),
            rows => rows?,
        };
        // By id: a page that shifted may bring somebody twice.
        let (mut people, mut others) = (BTreeSet::new(), BTreeMap::new());
        for row in &rows {
            let (id, name) = (text(row, "id"), text(row, "displayName"));
            match text(row, "@odata.type").rsplit('.').next() {
                Some("user") => drop(people.insert(id)),
                Some("group") => {}
                _ => drop(others.insert(id.clone(), if name.is_empty() { id } else { name })),
            }
        }
        (group.people, group.others) = (people.into_iter().collect(), others.into_values().collect());
        Ok(())
    }

    /// Ends a review now; what was decided is applied by the platform.
    ///
    /// # Errors
    /// [`Error::Refused`]; [`HttpError::OutcomeUnknown`] where the answer was lost: read the review before asking again.
    pub async fn stop_review(&self, campaign: &NativeCampaign) -> Result<(), Error> {
        self.steer(campaign, "stop").await
    }

    /// Applies the decisions of a review that has ended and does not apply them by itself.
    ///
    /// # Errors
    /// As [`Self::stop_review`].
    pub async fn apply_review(&self, campaign: &NativeCampaign) -> Result<(), Error> {
        self.steer(campaign, "applyDecisions").await
    }

    async fn steer(&self, campaign: &NativeCampaign, action: &str) -> Result<(), Error> {
        let path = path(&campaign.id)?;
        let remover =
            self.remover.as_ref().ok_or_else(|| Error::Settings("the source has no application that may steer reviews".to_owned()))?;
        let request = Request::change(Method::POST, self.address(&format!("{path}/{action}"))?, Body::Empty, "reviews");
        let answer = self.client.send(&request, remover).await?;
        if answer.is_success() { Ok(()) } else { Err(graph::refused(&answer)) }
    }
}
