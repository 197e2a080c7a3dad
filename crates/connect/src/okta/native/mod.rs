//! Okta Identity Governance: campaigns and items read by the service app, answers sent by the reviewer's own token.
//!
//! - An answer is final when Okta has taken it, and Okta removes at once where the campaign says so.
//! - A call takes 50 answers at most; hand-overs of one call go to one person; a level is named only in campaigns of
//!   several levels.
//! - There is no key that makes a repeat harmless: the items are read before anything is sent, and read again before
//!   anything is sent a second time.
//! - Whether a batch is taken whole or in parts is not documented: each returned item is compared, and what is missing
//!   is read.

mod send;
mod words;

use super::{
    OktaSource, PersonAuthority,
    pull::after_of,
    wire::{body, refused},
};
use crate::{
    error::Error,
    http::{Authority, Body, HttpError, LoopGuard, Method, Request, Url, next_link},
    native::{
        Link, LinkBack, LinkEnd, LinkRequest, NativeCampaign, NativeDecision, NativeId, NativeItem, NativeSource, PersonTokens, Recorded,
        WebApp,
    },
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use words::{NOTE, Review, campaign, item};

/// The most answers of one call.
const BATCH: usize = 50;

const REMEDY: &str = "Grant the app okta.governance.accessCertifications.read and the Access Certifications Administrator role; the org needs Okta Identity Governance.";

/// A page of the governance interface.
#[derive(Deserialize)]
struct Listed<T> {
    #[serde(default = "Vec::new")]
    data: Vec<T>,
    #[serde(rename = "_links", default)]
    links: Value,
}

impl NativeSource for OktaSource {
    /// Campaigns that take answers. Their settings are read one by one: lists do not carry them.
    async fn campaigns(&self) -> Result<Vec<NativeCampaign>, Error> {
        let listed: Vec<Value> =
            self.list("/governance/api/v1/campaigns", Some(r#"status eq "ACTIVE""#), "campaigns", &self.reader).await?;
        let mut campaigns = Vec::new();
        for one in listed {
            let id = one.get("id").and_then(Value::as_str).unwrap_or_default();
            campaigns.push(self.campaign(&NativeId { campaign: id.to_owned(), run: String::new() }).await?);
        }
        Ok(campaigns)
    }

    async fn campaign(&self, id: &NativeId) -> Result<NativeCampaign, Error> {
        let request = Request::get(self.url(&campaign_path("", &id.campaign)?, &[])?, "campaigns");
        let answer = self.client.send(&request, &self.reader).await?;
        match &answer.json {
            Some(json) if answer.is_success() => Ok(campaign(json)),
            _ => Err(refused(&answer, REMEDY)),
        }
    }

    async fn items(&self, campaign: &NativeCampaign) -> Result<Vec<NativeItem>, Error> {
        plain(&campaign.id.campaign)?;
        let filter = format!(r#"campaignId eq "{}""#, campaign.id.campaign);
        let mut items: Vec<NativeItem> = self.reviews(&filter, &self.reader, "/governance/api/v1/reviews").await?;
        items.sort_by(|a, b| a.id.cmp(&b.id));
        // A page that shifted may bring an item twice.
        items.dedup_by(|a, b| a.id == b.id);
        Ok(items)
    }

    async fn items_of(&self, campaign: &NativeCampaign, token: &SecretString) -> Result<Vec<NativeItem>, Error> {
        let path = format!("{}/reviews", campaign_path("/my", &campaign.id.campaign)?);
        self.reviews("", &PersonAuthority::new(token.clone()), &path).await
    }

    async fn decide(&self, campaign: &NativeCampaign, token: &SecretString, decisions: &[NativeDecision]) -> Vec<Recorded> {
        self.send_answers(campaign, token, decisions).await
    }

    async fn decide_by_service(&self, _campaign: &NativeCampaign, decisions: &[NativeDecision]) -> Vec<Recorded> {
        let why = "Okta takes answers with the reviewer's own sign-in only.";
        decisions.iter().map(|_| Recorded::Refused(why.to_owned())).collect()
    }

    async fn hand_over(&self, campaign: &NativeCampaign, items: &[String], to: &str, note: &str) -> Result<Vec<NativeItem>, Error> {
        let Some(remover) = &self.remover else {
            return Err(Error::Http(HttpError::Credentials("no app that may change anything is set up for this source".to_owned())));
        };
        let most = usize::try_from(NOTE).unwrap_or_default();
        let note: String = note.chars().take(most).collect();
        match self.reassign(campaign, items, to, &note, remover).await {
            // Lost on the way: it is looked at, and given once more only where it did not arrive. Where it cannot be looked at, it
            // stays unknown.
            Err(lost @ Error::Http(HttpError::OutcomeUnknown { .. })) => {
                self.reassign(campaign, items, to, &note, remover).await.map_err(|_| lost)
            }
            other => other,
        }
    }

    fn begin_link(&self, app: &WebApp, login_hint: Option<&str>) -> Result<LinkRequest, Error> {
        Ok(self.link_request(app, login_hint)?)
    }

    async fn finish_link(&self, app: &WebApp, back: &LinkBack) -> Result<Link, Error> {
        Ok(self.redeem(app, back).await?)
    }

    async fn renew_link(&self, app: &WebApp, refresh: &SecretString) -> Result<PersonTokens, Error> {
        Ok(self.renew(app, refresh).await?)
    }

    async fn end_link(&self, app: &WebApp, tokens: &PersonTokens) -> Result<LinkEnd, Error> {
        self.revoke(app, tokens).await?;
        Ok(LinkEnd::AtPlatform)
    }
}

/// The path of a campaign, below `/my` for its reviewers.
fn campaign_path(below: &str, id: &str) -> Result<String, Error> {
    plain(id)?;
    Ok(format!("/governance/api/v1{below}/campaigns/{id}"))
}

/// Ids of Okta's are letters and digits. What could leave a path or a filter is never put into one.
fn plain(id: &str) -> Result<(), Error> {
    let fits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if fits { Ok(()) } else { Err(Error::Settings("the campaign has an id that Okta does not give".to_owned())) }
}

impl OktaSource {
    /// Gives items that nobody answered to another reviewer's account, in calls of at most 50; what that account has already
    /// is left out.
    async fn reassign<A: Authority>(
        &self,
        campaign: &NativeCampaign,
        items: &[String],
        to: &str,
        note: &str,
        who: &A,
    ) -> Result<Vec<NativeItem>, Error> {
        let known: BTreeMap<String, NativeItem> = self.items(campaign).await?.into_iter().map(|item| (item.id.clone(), item)).collect();
        let is_done = |id: &String| known.get(id).is_some_and(|item| item.reviewer() == Some(to));
        let mut handed: Vec<NativeItem> = items.iter().filter(|id| is_done(id)).filter_map(|id| known.get(id)).cloned().collect();
        let open: Vec<&String> = items.iter().filter(|id| !is_done(id)).collect();
        for batch in open.chunks(BATCH) {
            let json = json!({ "reviewerId": to, "reviewIds": batch, "note": note });
            let path = format!("{}/reviews/reassign", campaign_path("", &campaign.id.campaign)?);
            let request = Request::change(Method::POST, self.url(&path, &[])?, Body::Json(json), "campaigns");
            let answer = self.client.send(&request, who).await?;
            if !answer.is_success() {
                return Err(refused(&answer, "Only items that nobody answered can be handed over; read them again."));
            }
            let page: Listed<Review> = body(&answer)?;
            handed.extend(page.data.into_iter().map(item));
        }
        Ok(handed)
    }

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

    async fn reviews<A: Authority>(&self, filter: &str, who: &A, path: &str) -> Result<Vec<NativeItem>, Error> {
        let reviews: Vec<Review> = self.list(path, Some(filter).filter(|filter| !filter.is_empty()), "reviews", who).await?;
        Ok(reviews.into_iter().map(item).collect())
    }

    /// Whether the org has the reviewers' endpoints: a campaign that exists answers there. Without them decisions are
    /// made in Okta itself and read back.
    ///
    /// # Errors
    /// [`Error`] where neither yes nor no was answered.
    pub async fn has_reviewer_api(&self, campaign: &NativeCampaign, token: &SecretString) -> Result<bool, Error> {
        let path = format!("{}/reviews", campaign_path("/my", &campaign.id.campaign)?);
        let who = PersonAuthority::new(token.clone());
        let answer = self.client.send(&Request::get(self.url(&path, &[("limit", "1")])?, "reviews"), &who).await?;
        match answer.status {
            404 | 405 => Ok(false),
            _ if answer.is_success() => Ok(true),
            _ => Err(refused(&answer, REMEDY)),
        }
    }
}
