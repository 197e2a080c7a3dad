//! Campaigns that a platform runs itself: read there, decided here, answered there.
//!
//! Okta calls them campaigns of Identity Governance, Entra access reviews. This is the one vocabulary for both, and
//! [`NativeSource`] is what both connectors do with them.
//!
//! A platform's campaign keeps its own settings, defaults and end; they are shown, never changed. An item is matched to
//! the grants of a reading by who and what ([`match_items`]). Answers go out with the reviewer's own token where the
//! platform demands it; before each sending the items are read again, so that a decision made on the platform stands and
//! nothing is sent twice.

mod answer;
mod campaign;
mod item;
mod link;

pub use answer::{NativeAction, NativeDecision, Recorded, short_note};
pub(crate) use answer::{objection, settled};
pub use campaign::{HandingOver, Justification, NativeCampaign, NativeId, NativeState, OnRevoke, OnSilence, TakesEffect};
pub use item::{Matched, NativeAnswer, NativeApplied, NativeBy, NativeItem, NativeResource, NativeReviewer, ReviewerGroup, match_items};
pub use link::{Link, LinkBack, LinkEnd, LinkRequest, PersonTokens, WebApp};
pub(crate) use link::{LinkSecrets, id_token_claims, refused as link_refused, tokens_of};

use crate::error::Error;
use secrecy::SecretString;
use std::future::Future;

/// A platform that runs campaigns of its own.
pub trait NativeSource: Send + Sync {
    /// The campaigns that have begun or will, with the platform's own settings, defaults and ends.
    ///
    /// # Errors
    /// [`Error::Refused`] where the platform does not let them be read; [`Error::Http`] where it cannot be reached.
    fn campaigns(&self) -> impl Future<Output = Result<Vec<NativeCampaign>, Error>> + Send;

    /// One campaign as it stands now, in whatever state.
    ///
    /// # Errors
    /// As [`Self::campaigns`].
    fn campaign(&self, id: &NativeId) -> impl Future<Output = Result<NativeCampaign, Error>> + Send;

    /// The same campaign, in whose groups of reviewers the people are named who are in them now.
    ///
    /// # Errors
    /// As [`Self::campaigns`].
    fn with_people(&self, campaign: NativeCampaign) -> impl Future<Output = Result<NativeCampaign, Error>> + Send {
        async move { Ok(campaign) }
    }

    /// Every item of a campaign with the answer that stands there, so that decisions made on the platform are read back;
    /// in the order of their ids.
    ///
    /// # Errors
    /// As [`Self::campaigns`].
    fn items(&self, campaign: &NativeCampaign) -> impl Future<Output = Result<Vec<NativeItem>, Error>> + Send;

    /// The items that a reviewer may answer, by the reviewer's own token.
    ///
    /// # Errors
    /// As [`Self::campaigns`]; [`Error::Http`] with [`crate::http::HttpError::Credentials`] where the token has ended or lacks the
    /// scope.
    fn items_of(&self, campaign: &NativeCampaign, token: &SecretString) -> impl Future<Output = Result<Vec<NativeItem>, Error>> + Send;

    /// Sends answers with the reviewer's own token; one outcome per decision, in the same order.
    ///
    /// The items are read first. Asked again with the same decisions, for example after a crash, it sends only what the
    /// platform does not have yet.
    fn decide(
        &self,
        campaign: &NativeCampaign,
        token: &SecretString,
        decisions: &[NativeDecision],
    ) -> impl Future<Output = Vec<Recorded>> + Send;

    /// Sends answers with the source's service app, where the campaign's owner chose so before opening. Only where
    /// [`NativeCampaign::service_may_answer`]; as [`Self::decide`] otherwise.
    fn decide_by_service(&self, campaign: &NativeCampaign, decisions: &[NativeDecision]) -> impl Future<Output = Vec<Recorded>> + Send;

    /// Hands items to another reviewer's account as the service app. The platform's log names the app.
    ///
    /// # Errors
    /// [`Error::Settings`] where the platform has no such thing or no app for it is set up; [`Error::Refused`] where the
    /// platform refuses. Items that earlier calls handed over stay so, and a repeat leaves them out.
    fn hand_over(
        &self,
        campaign: &NativeCampaign,
        items: &[String],
        to: &str,
        note: &str,
    ) -> impl Future<Output = Result<Vec<NativeItem>, Error>> + Send;

    /// Begins the link of a reviewer's account: authorization code with PKCE (RFC 7636), of least scope. `login_hint` is the
    /// reviewer's login where it is known.
    ///
    /// # Errors
    /// [`Error::Http`] where the address cannot be put together.
    fn begin_link(&self, app: &WebApp, login_hint: Option<&str>) -> Result<LinkRequest, Error>;

    /// Redeems what the reviewer came back with, and says whose account it is. The caller has compared the state.
    ///
    /// # Errors
    /// [`Error::Http`] with [`crate::http::HttpError::Credentials`] where the platform refuses it, or where what it gives was
    /// not asked for by this very link.
    fn finish_link(&self, app: &WebApp, back: &LinkBack) -> impl Future<Output = Result<Link, Error>> + Send;

    /// Renews a reviewer's access token.
    ///
    /// # Errors
    /// [`Error::Http`] with [`crate::http::HttpError::Credentials`] where it cannot be renewed: the reviewer has to sign in again.
    fn renew_link(&self, app: &WebApp, refresh: &SecretString) -> impl Future<Output = Result<PersonTokens, Error>> + Send;

    /// Ends a link, at the platform where it can be ended there.
    ///
    /// # Errors
    /// [`Error::Http`] where the platform could not be told; the token then ends by itself.
    fn end_link(&self, app: &WebApp, tokens: &PersonTokens) -> impl Future<Output = Result<LinkEnd, Error>> + Send;
}
