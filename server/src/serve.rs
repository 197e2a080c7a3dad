//! Putting the program together, and running it.

use crate::{
    assets,
    config::{self, Config},
    http::{self, Limit},
    jobs,
    metrics::Figures,
    sessions::Kept,
    signin::{self, Provider, ProviderSetup, SignInError},
};
use ::app::render::Assets;
use axum::Router;
use domain::Policy;
use openidconnect::RedirectUrl;
use review::Context;
use std::{net::SocketAddr, sync::Arc};
use store::Sealer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

/// Sign-ins that one address may begin in a minute.
const SIGN_INS: u32 = 60;

/// A person of the demo, as the sign-in page offers them.
#[derive(Debug, Clone)]
pub struct DemoPerson {
    /// The name.
    pub name: String,
    /// What they are and may do.
    pub line: String,
    /// What the simulated provider knows them by.
    pub login_hint: String,
}

/// Everything that a running program is made of.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What the use cases work with.
    pub ctx: Context,
    /// Seals sessions.
    pub sealer: Sealer,
    /// The address that people use, without a path.
    pub public_url: Url,
    /// The time zone that forms offer first.
    pub time_zone: String,
    /// What new campaigns begin with.
    pub policy: Policy,
    /// How long sign-ins last.
    pub sessions: config::Sessions,
    /// Who says who people are.
    pub providers: Vec<ProviderSetup>,
    /// In the demo, who can sign in as what; a demo may use a provider without TLS on loopback.
    pub demo: Option<Vec<DemoPerson>>,
}

/// Why the program cannot be put together or run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A provider that only a demo may use.
    #[error(
        "the provider {0} has no TLS. Anybody between it and this program could sign in as anybody; use an https issuer. Only the demo uses a simulated one."
    )]
    Unsafe(String),
    /// An address that is none.
    #[error("the address {0} cannot be used: {1}")]
    Address(String, String),
    /// A secret that cannot be had.
    #[error(transparent)]
    Key(#[from] crate::keys::KeyError),
    /// A provider that cannot be set up.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The socket or the operating system failed.
    #[error("the program cannot listen: {0}")]
    Listen(#[from] std::io::Error),
}

/// A running program's parts. Cloning shares them.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    setup: Setup,
    providers: Vec<Provider>,
    sessions: Kept,
    assets: Assets,
    figures: Figures,
    limit: Limit,
    form_origins: String,
    stopping: CancellationToken,
}

/// What the configuration says, with every secret brought.
pub fn setup(config: &Config, ctx: Context, sealer: Sealer) -> Result<Setup, ServeError> {
    let url = &config.server.public_url;
    Ok(Setup {
        ctx,
        sealer,
        public_url: Url::parse(url).map_err(|why| ServeError::Address(url.clone(), why.to_string()))?,
        time_zone: config.server.time_zone.clone(),
        policy: config.policy.clone(),
        sessions: config.sessions,
        providers: config.providers.iter().map(ProviderSetup::from_config).collect::<Result<_, _>>()?,
        demo: None,
    })
}

/// Puts the program together. Providers are asked nothing yet: one that is down hinders nobody's start.
pub fn build(setup: Setup) -> Result<App, ServeError> {
    // Once per process; a second call finds it done.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let callback =
        setup.public_url.join("/sign-in/callback").map_err(|why| ServeError::Address(setup.public_url.to_string(), why.to_string()))?;
    let mut providers = Vec::with_capacity(setup.providers.len());
    for provider in &setup.providers {
        let issuer = Url::parse(&provider.issuer).map_err(|why| ServeError::Address(provider.issuer.clone(), why.to_string()))?;
        if issuer.scheme() != "https" && !(setup.demo.is_some() && is_loopback(&issuer)) {
            return Err(ServeError::Unsafe(provider.issuer.clone()));
        }
        providers.push(Provider::new(provider.clone(), setup.ctx.env.clone(), RedirectUrl::from_url(callback.clone()))?);
    }
    let form_origins = signin::origins(&providers).iter().fold(String::new(), |list, origin| list + " " + origin);
    let most = if setup.demo.is_some() { SIGN_INS * 100 } else { SIGN_INS };
    Ok(App(Arc::new(Parts {
        sessions: Kept::new(setup.ctx.clone(), setup.sealer.clone(), setup.sessions),
        providers,
        assets: assets::published(),
        figures: Figures::default(),
        limit: Limit::new(most),
        form_origins,
        stopping: CancellationToken::new(),
        setup,
    })))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Serves on a listener, with the work in the background beside it, until `stop`. Requests under way are finished.
///
/// Does not close the store: who opened it does.
pub async fn run(app: App, listener: TcpListener, stop: CancellationToken) -> Result<(), ServeError> {
    let background = tokio::spawn(jobs::run(app.ctx().clone(), stop.clone()));
    let service = app.router().into_make_service_with_connect_info::<SocketAddr>();
    let streams = app.0.stopping.clone();
    let (told, failed) = (stop.clone(), stop);
    let result = axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            told.cancelled().await;
            // Streams never end by themselves, and would keep the program waiting.
            streams.cancel();
        })
        .await;
    failed.cancel();
    if let Err(why) = background.await {
        tracing::error!(error = %why, "the work in the background ended badly");
    }
    Ok(result?)
}

/// A token that is cancelled when the operating system asks the program to end (SIGTERM, SIGINT).
pub fn stop_on_signals() -> Result<CancellationToken, ServeError> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}

impl App {
    /// Every route with its layers.
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }

    /// What the use cases work with.
    pub fn ctx(&self) -> &Context {
        &self.0.setup.ctx
    }

    pub(crate) fn sessions(&self) -> &Kept {
        &self.0.sessions
    }

    pub(crate) fn providers(&self) -> &[Provider] {
        &self.0.providers
    }

    pub(crate) fn assets(&self) -> &Assets {
        &self.0.assets
    }

    pub(crate) fn figures(&self) -> &Figures {
        &self.0.figures
    }

    pub(crate) fn limit(&self) -> &Limit {
        &self.0.limit
    }

    pub(crate) fn form_origins(&self) -> &str {
        &self.0.form_origins
    }

    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// The address that people use.
    pub fn public_url(&self) -> &Url {
        &self.0.setup.public_url
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.setup.public_url.scheme() == "https"
    }

    pub(crate) fn time_zone(&self) -> &str {
        &self.0.setup.time_zone
    }

    /// What the form that opens a campaign begins with.
    pub(crate) fn defaults(&self) -> (&str, &Policy) {
        (&self.0.setup.time_zone, &self.0.setup.policy)
    }

    pub(crate) fn demo(&self) -> Option<&[DemoPerson]> {
        self.0.setup.demo.as_deref()
    }
}
