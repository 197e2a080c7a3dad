//! A source whose platform runs campaigns.

use crate::{
    Context, Error, Result,
    connectors::{Connector, secret_of},
    sources::{self, Credential, EntraConfig, OktaConfig},
};
use connect::{
    entra::EntraSource,
    native::{
        Link, LinkBack, LinkEnd, LinkRequest, NativeCampaign, NativeDecision, NativeId, NativeItem, NativeSource as _, PersonTokens,
        Recorded, WebApp,
    },
    okta::OktaSource,
};
use domain::SourceKind;
use secrecy::SecretString;
use std::sync::Arc;
use store::sources::Source;

/// A source whose platform runs campaigns.
#[derive(Debug, Clone)]
pub(super) enum Platform {
    Okta(Arc<OktaSource>),
    Entra(Arc<EntraSource>),
}

/// Asks whichever platform it is.
macro_rules! at {
    ($platform:expr, $source:ident => $body:expr) => {
        match $platform {
            Platform::Okta($source) => $body,
            Platform::Entra($source) => $body,
        }
    };
}

/// Whether a source's platform can run campaigns.
pub(super) const fn runs_campaigns(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Okta | SourceKind::Entra)
}

impl Platform {
    /// The platform of a source.
    ///
    /// # Errors
    /// [`Error::Source`] where a credential is missing; [`Error::NotFound`] where the source's platform runs no campaigns.
    pub async fn open(ctx: &Context, source: &Source) -> Result<Self> {
        match ctx.connectors.open(ctx, source).await? {
            Connector::Okta(source) => Ok(Self::Okta(source)),
            Connector::Entra(source) => Ok(Self::Entra(source)),
            Connector::Files(_) => Err(Error::NotFound),
        }
    }

    pub async fn campaigns(&self) -> Result<Vec<NativeCampaign>, connect::Error> {
        at!(self, source => source.campaigns().await)
    }

    pub async fn campaign(&self, id: &NativeId) -> Result<NativeCampaign, connect::Error> {
        at!(self, source => source.campaign(id).await)
    }

    pub async fn with_people(&self, campaign: NativeCampaign) -> Result<NativeCampaign, connect::Error> {
        at!(self, source => source.with_people(campaign).await)
    }

    pub async fn items(&self, campaign: &NativeCampaign) -> Result<Vec<NativeItem>, connect::Error> {
        at!(self, source => source.items(campaign).await)
    }

    pub async fn decide(&self, campaign: &NativeCampaign, token: &SecretString, decisions: &[NativeDecision]) -> Vec<Recorded> {
        at!(self, source => source.decide(campaign, token, decisions).await)
    }

    pub async fn decide_by_service(&self, campaign: &NativeCampaign, decisions: &[NativeDecision]) -> Vec<Recorded> {
        at!(self, source => source.decide_by_service(campaign, decisions).await)
    }

    pub async fn hand_over(&self, campaign: &NativeCampaign, items: &[String], to: &str, note: &str) -> Result<(), connect::Error> {
        at!(self, source => source.hand_over(campaign, items, to, note).await.map(drop))
    }

    pub fn begin_link(&self, app: &WebApp, login_hint: Option<&str>) -> Result<LinkRequest, connect::Error> {
        at!(self, source => source.begin_link(app, login_hint))
    }

    pub async fn finish_link(&self, app: &WebApp, back: &LinkBack) -> Result<Link, connect::Error> {
        at!(self, source => source.finish_link(app, back).await)
    }

    pub async fn renew_link(&self, app: &WebApp, refresh: &SecretString) -> Result<PersonTokens, connect::Error> {
        at!(self, source => source.renew_link(app, refresh).await)
    }

    pub async fn end_link(&self, app: &WebApp, tokens: &PersonTokens) -> Result<LinkEnd, connect::Error> {
        at!(self, source => source.end_link(app, tokens).await)
    }
}

/// A connector's error, for a person.
pub(super) fn said(error: &connect::Error) -> Error {
    Error::Source(error.to_string())
}

/// Whether reviewers can link their accounts at a source.
pub(super) fn has_web_app(source: &Source) -> Result<bool> {
    Ok(match source.kind {
        SourceKind::Okta => sources::config_of::<OktaConfig>(source)?.web.is_some(),
        SourceKind::Entra => sources::config_of::<EntraConfig>(source)?.web.is_some(),
        _ => false,
    })
}

/// The web app that reviewers link through; `back` is where the platform sends them back to, or empty where nobody is sent.
///
/// # Errors
/// [`Error::Refused`] with what to do where none is set up.
pub(super) async fn web_app(ctx: &Context, source: &Source, back: &str) -> Result<WebApp> {
    let web = match source.kind {
        SourceKind::Okta => sources::config_of::<OktaConfig>(source)?.web,
        SourceKind::Entra => sources::config_of::<EntraConfig>(source)?.web,
        _ => None,
    };
    let none = || {
        Error::Refused(format!(
            "Reviewers cannot link their accounts at {}: no web application is set up for it. An administrator can add one on the source's page.",
            source.name
        ))
    };
    let web = web.ok_or_else(none)?;
    let secret = secret_of(ctx, source, Credential::Web).await?.ok_or_else(none)?;
    Ok(WebApp { client_id: web.client_id, client_secret: secret, redirect_uri: back.to_owned(), offline: web.offline })
}
