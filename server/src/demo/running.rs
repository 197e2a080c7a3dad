//! The demo while it runs: database, simulated sign-in provider, campaign, and the program itself.

use super::{Options, desk, house::House, places, report::Timings};
use crate::{
    cli::{Failure, say},
    config::Sessions,
    serve::{self, App, DemoPerson, Setup},
    signin::ProviderSetup,
    tenants::{self, World},
};
use domain::{
    AttemptId, CampaignId, Env, OrderId, OrderState, Policy, Role, Sensitivity, SourceId,
    time::{DAY, MINUTE, SECOND},
};
use review::{
    Actor, Context, SignIn,
    connectors::{Connector, Connectors},
    jobs,
    open::{self, OpenForm, Scope},
    sources::{self, NewSource, Place},
    sync,
    users::{self, SignedIn},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use store::{OnlyServer, Store, Tx};
use tenant::{
    company::{self, Platform},
    entra,
    folder::Service,
    idp, okta,
    pace::Pace,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use url::Url;

/// The names of the sources.
const FILES: &str = "Badges and shop floor";
const OKTA: &str = "Meridian Okta";
const ENTRA: &str = "Meridian Entra";
/// The time zone of the campaign.
const ZONE: &str = "Europe/Zurich";
/// How often the ticket desk works while people watch.
const DESK: Duration = Duration::from_secs(3);
/// How often a port that the run before has not let go of yet is tried, a quarter of a second apart.
const TRIES: usize = 40;

/// The company's sources.
#[derive(Debug, Clone, Copy)]
pub struct Sources {
    /// What has no connector.
    pub files: SourceId,
    /// The Okta org.
    pub okta: SourceId,
    /// The Entra tenant.
    pub entra: SourceId,
}

impl Sources {
    /// Each, with the platform that it is.
    pub const fn each(&self) -> [(Platform, SourceId); 3] {
        [(Platform::Files, self.files), (Platform::Okta, self.okta), (Platform::Entra, self.entra)]
    }
}

/// A demo that runs.
pub struct Running {
    /// What the use cases work with.
    pub ctx: Context,
    /// The company's sources.
    pub sources: Sources,
    /// The campaign.
    pub campaign: CampaignId,
    base: Url,
    provider: idp::Handle,
    okta: okta::Handle,
    entra: entra::Handle,
    stop: CancellationToken,
    serving: JoinHandle<Result<(), serve::ServeError>>,
    _claim: Option<OnlyServer>,
}

impl Running {
    /// Starts everything on loopback; what an earlier run on the folder did is kept.
    pub async fn start(house: &House, options: &Options, env: Env, port: u16, timings: &mut Timings) -> Result<Self, Failure> {
        let address = options.database_url.clone().unwrap_or_else(|| house.database());
        let store = Store::open(&address).await.map_err(|why| Failure::environment("the database cannot be opened", why))?;
        store.migrate().await.map_err(|why| Failure::environment("the database schema cannot be brought up to date", why))?;
        let ctx = Context {
            store,
            env: env.clone(),
            origin: "demo.countersign.invalid".into(),
            keys: Arc::new(house.keys.review.clone()),
            folder: Arc::new(house.folder.clone()),
            connectors: Arc::new(Connectors::new(house.keys.sealer.clone())),
        };
        // Kept until the end: who starts while this process lives knows that it does. A run that was killed holds it no more.
        let claim = ctx.store.only_server().map_err(|why| Failure::environment("the lock beside the database cannot be made", why))?;
        if claim.is_some() {
            jobs::take_over(&ctx).await.map_err(|why| use_case("taking over what an earlier run left behind", &why))?;
        }
        timings.phase("database");
        let listener = bind(port).await?;
        let address = listener.local_addr().map_err(|why| Failure::environment("the program has no address", why))?;
        let base = Url::parse(&format!("http://{address}/")).map_err(|why| Failure::environment("the program has no address", why))?;
        let pace = (!options.headless).then_some(Pace::Fast);
        let (okta, entra) = tenants(house, &env, pace, &within(&base, "/account/linked")).await?;
        timings.phase("tenants");
        let sources = read_once(house, &ctx, okta.base(), entra.base()).await?;
        timings.phase("read");

        let at_provider = tenants::listen(&house.tenants, Service::Idp, None, TRIES, &World::new(&env)).await?;
        let provider = idp::serve(at_provider, provider(house, &base, &env))
            .map_err(|why| Failure::environment("the simulated sign-in provider does not start", why))?;
        let issuer = provider.issuer().to_owned();
        let policy = policy(options.headless);
        let campaign = open_once(house, &ctx, sources, &issuer, &policy).await?;
        timings.phase("campaign");

        let setup = Setup {
            ctx: ctx.clone(),
            sealer: house.keys.sealer.clone(),
            public_url: base.clone(),
            time_zone: ZONE.to_owned(),
            policy,
            sessions: Sessions::default(),
            providers: vec![ProviderSetup {
                name: "Meridian SSO (simulated)".to_owned(),
                issuer,
                client_id: "countersign".to_owned(),
                client_secret: None,
                scopes: vec!["profile".to_owned(), "email".to_owned(), "groups".to_owned()],
                role_claim: "groups".to_owned(),
                roles: ROLES.into_iter().map(|(at_provider, role)| (at_provider.group().to_owned(), role)).collect(),
            }],
            demo: Some(demo_people(house)),
        };
        let app: App = serve::build(setup).map_err(|why| Failure::environment("the program does not start", why))?;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve::run(app, listener, stop.clone()));
        timings.phase("serve");
        Ok(Self { ctx, sources, campaign, base, provider, okta, entra, stop, serving, _claim: claim })
    }

    /// The program's address.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// Where the simulated Okta org and Entra tenant answer.
    pub fn platforms(&self) -> (&str, &str) {
        (self.okta.base(), self.entra.base())
    }

    /// One unchanging state of the database.
    pub async fn read(&self) -> Result<Tx, Failure> {
        self.ctx.store.read().await.map_err(database)
    }

    /// Calls that this run made to each platform, and pages that were read from the files over all sealed readings.
    pub async fn calls(&self) -> Result<BTreeMap<String, u64>, Failure> {
        let mut calls = BTreeMap::new();
        for (platform, id) in self.sources.each() {
            let source = self.read().await?.source(id).await.map_err(database)?;
            let Some(source) = source else { continue };
            let made = match self.ctx.connectors.open(&self.ctx, &source).await.map_err(|why| use_case("opening a source", &why))? {
                Connector::Files(_) => self.pages(id).await? as u64,
                Connector::Okta(source) => source.client().calls().made.values().sum(),
                Connector::Entra(source) => {
                    let (graph, login) = source.calls();
                    graph.made.values().chain(login.made.values()).sum()
                }
            };
            calls.insert(platform.name().to_owned(), made);
        }
        Ok(calls)
    }

    async fn pages(&self, source: SourceId) -> Result<usize, Failure> {
        let mut tx = self.read().await?;
        let mut pages = 0;
        let mut before = i64::MAX;
        loop {
            let snapshots = tx.snapshots(source, before, 100).await.map_err(database)?;
            let Some(last) = snapshots.last() else {
                return Ok(pages);
            };
            before = last.seq;
            for snapshot in &snapshots {
                let manifest: sync::Manifest = serde_json::from_str(&snapshot.manifest)
                    .map_err(|why| Failure::environment("a reading's manifest cannot be read", why))?;
                pages += manifest.pages.len();
            }
        }
    }

    /// Ends the program, after the answers that are under way, and closes the database.
    pub async fn stop(self) -> Result<(), Failure> {
        self.stop.cancel();
        let served = self.serving.await.map_err(|why| Failure::environment("the program ended by itself", why))?;
        let provided = self.provider.shutdown().await;
        let kept = tenants::kept_contracts(&[self.okta.violations(), self.entra.violations()].concat());
        let (okta, entra) = (self.okta.shutdown().await, self.entra.shutdown().await);
        self.ctx.store.close().await;
        served.map_err(|why| Failure::environment("the program ended by itself", why))?;
        okta.and(entra).map_err(|why| Failure::environment("a simulated tenant ended by itself", why))?;
        provided.map_err(|why| Failure::environment("the simulated sign-in provider ended by itself", why))?;
        if kept {
            Ok(())
        } else {
            Err(Failure::Environment("calls to the simulated platforms do not follow the vendors' contracts".to_owned()))
        }
    }

    /// The removals that wait to be seen gone: those whose tickets are with the desk, and those that a platform was told of,
    /// each with its source.
    async fn waiting(&self) -> Result<BTreeMap<SourceId, BTreeSet<OrderId>>, Failure> {
        let mut tx = self.read().await?;
        let mut found: BTreeMap<SourceId, BTreeSet<OrderId>> = BTreeMap::new();
        for state in [OrderState::Ticketed, OrderState::Sent] {
            let mut after = None;
            loop {
                let page = tx.orders_in_state(state, after, 500).await.map_err(database)?;
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                for order in page {
                    found.entry(order.source).or_default().insert(order.id);
                }
            }
        }
        Ok(found)
    }

    /// Runs until the process is asked to end; meanwhile the ticket desk works, and sources are read again after it.
    pub async fn until_stopped(mut self, house: &House) -> Result<(), Failure> {
        let asked = serve::stop_on_signals().map_err(|why| Failure::environment("requests to end cannot be listened for", why))?;
        // By source, the orders that waited before its last reading began. What is not among them may be gone since.
        let mut seen: BTreeMap<SourceId, BTreeSet<OrderId>> = BTreeMap::new();
        let mut before: BTreeMap<SourceId, BTreeSet<OrderId>> = BTreeMap::new();
        loop {
            tokio::select! {
                () = asked.cancelled() => return self.stop().await,
                served = &mut self.serving => {
                    let served = served.map_err(|why| Failure::environment("the program ended by itself", why))?;
                    return served.map_err(|why| Failure::environment("the program ended by itself", why));
                }
                () = tokio::time::sleep(DESK) => {}
            }
            // Asked before the desk works: whatever is marked later, the desk and a reading see the next time round.
            let waiting = self.waiting().await?;
            if let Err(why) = desk::work(house).await {
                say(&why.to_string());
                continue;
            }
            for (platform, source) in self.sources.each() {
                let mut orders = waiting.get(&source).cloned().unwrap_or_default();
                if platform != Platform::Files {
                    // A platform is looked at right after each removal. Only what that look did not prove needs a reading.
                    let earlier = before.get(&source);
                    orders.retain(|order| earlier.is_some_and(|earlier| earlier.contains(order)));
                }
                if orders.is_subset(seen.entry(source).or_default()) {
                    continue;
                }
                match self.read_again(platform, source).await {
                    Ok(true) => drop(seen.insert(source, orders)),
                    Ok(false) => {}
                    Err(why) => say(&format!("A source could not be read again, which is tried in a moment: {why}")),
                }
            }
            before = waiting;
        }
    }

    /// Has a source read again; false where a reading that began earlier is under way still. Files are read at once, a
    /// platform in the background.
    async fn read_again(&self, platform: Platform, source: SourceId) -> review::Result<bool> {
        if platform == Platform::Files {
            return sync::sync(&self.ctx, None, source).await.map(|_| true);
        }
        jobs::enqueue_now(&self.ctx, jobs::JobKind::SyncSource { source, by: None }).await
    }
}

/// What the provider's groups make people.
const ROLES: [(company::Role, Role); 5] = [
    (company::Role::Reviewer, Role::Reviewer),
    (company::Role::Owner, Role::Owner),
    (company::Role::Administrator, Role::Administrator),
    (company::Role::Compliance, Role::Compliance),
    (company::Role::Auditor, Role::Auditor),
];

/// Windows long enough to try taking back, and short enough to watch; headless, so short that nobody waits.
fn policy(headless: bool) -> Policy {
    Policy { undo_window: if headless { SECOND } else { 2 * MINUTE }, ..Policy::default() }
}

fn demo_people(house: &House) -> Vec<DemoPerson> {
    let people = house.company().sign_ins().into_iter().filter(|person| !person.note.is_empty());
    people.map(|person| DemoPerson { name: person.name, line: person.note, login_hint: person.email }).collect()
}

fn provider(house: &House, base: &Url, env: &Env) -> idp::Config {
    let within = |path: &str| within(base, path);
    let world = Arc::new(World::new(env));
    idp::Config {
        organisation: "Meridian".to_owned(),
        clients: vec![idp::Client {
            id: "countersign".to_owned(),
            secret: None,
            redirect_uris: vec![within("/sign-in/callback")],
            // Where people come back to after signing out.
            post_logout_redirect_uris: ["/sign-in", "/sign-in?notice=signed-out", "/sign-in?notice=everywhere"]
                .into_iter()
                .map(within)
                .collect(),
        }],
        people: house.company().sign_ins(),
        clock: world.clone(),
        random: world,
    }
}

/// A listener on loopback.
async fn bind(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|why| {
        Failure::environment(format!("port {port} on loopback cannot be used (another demo may run; --port and --data choose others)"), why)
    })
}

/// The address of a path of the program.
fn within(base: &Url, path: &str) -> String {
    base.join(path).map_or_else(|_| base.to_string(), |url| url.to_string())
}

/// The simulated platforms, as strict as the real ones. Their limits hold while people watch, sixty times as patient; a story
/// that nobody watches does not wait for them. Reviewers who link an account are sent back to `back`.
async fn tenants(house: &House, env: &Env, pace: Option<Pace>, back: &str) -> Result<(okta::Handle, entra::Handle), Failure> {
    let folder = &house.tenants;
    // Who tries the demo has no use for the vendors' contracts; tests, which have them, hold every call to them.
    let contracts = tenants::contracts_at_hand();
    let world = Arc::new(World::new(env));
    let mut config = folder.okta(world.clone(), world.clone()).map_err(tenants::failed)?;
    config.pace = pace;
    // Twenty days of use in ninety are a habit that a gap can be told from. Every day of everybody's would double the reading.
    config.events_per_app = 20;
    for app in &mut config.web {
        app.redirect_uris = vec![back.to_owned()];
    }
    if let Some(contracts) = &contracts {
        contracts.judge_okta(&mut config);
    }
    let listener = tenants::listen(folder, Service::Okta, None, TRIES, &world).await?;
    let okta = okta::serve(listener, folder.part(Platform::Okta), config)
        .map_err(|why| Failure::environment("the simulated Okta org does not start", why))?;
    let mut config = folder.entra(world.clone(), world.clone());
    config.pace = pace;
    for app in config.registrations.iter_mut().filter(|app| !app.redirect_uris.is_empty()) {
        app.redirect_uris = vec![back.to_owned()];
    }
    if let Some(contracts) = &contracts {
        let wrong = |why| Failure::environment("the simulated Entra tenant does not start", why);
        contracts.judge_entra(&mut config).map_err(wrong)?;
    }
    let listener = tenants::listen(folder, Service::Entra, None, TRIES, &world).await?;
    let entra = entra::serve(listener, folder.part(Platform::Entra), config)
        .map_err(|why| Failure::environment("the simulated Entra tenant does not start", why))?;
    Ok((okta, entra))
}

/// The sources, connected and read, unless an earlier run did.
async fn read_once(house: &House, ctx: &Context, okta: &str, entra: &str) -> Result<Sources, Failure> {
    let files = connect_once(house, ctx, FILES, Platform::Files, || Place::Files { folder: house.source() }).await?;
    let okta = connect_once(house, ctx, OKTA, Platform::Okta, || places::okta(&house.tenants, okta)).await?;
    let entra = connect_once(house, ctx, ENTRA, Platform::Entra, || places::entra(&house.tenants, entra)).await?;
    let sources = Sources { files, okta, entra };
    if unread(ctx, entra).await? {
        say("The company is read for the first time, as its platforms allow. This takes a while once, and not again.");
    }
    Box::pin(read_first(ctx, files)).await?;
    tokio::try_join!(Box::pin(read_first(ctx, okta)), Box::pin(read_first(ctx, entra)))?;
    Ok(sources)
}

async fn unread(ctx: &Context, id: SourceId) -> Result<bool, Failure> {
    let mut tx = ctx.store.read().await.map_err(database)?;
    Ok(tx.source(id).await.map_err(database)?.is_some_and(|source| source.last_seq.is_none()))
}

/// Reads a source that was never read.
async fn read_first(ctx: &Context, id: SourceId) -> Result<(), Failure> {
    if unread(ctx, id).await? {
        sync::sync(ctx, None, id).await.map_err(|why| use_case("reading a source", &why))?;
    }
    Ok(())
}

async fn connect_once(
    house: &House,
    ctx: &Context,
    name: &str,
    platform: Platform,
    place: impl FnOnce() -> Place,
) -> Result<SourceId, Failure> {
    let known = {
        let mut tx = ctx.store.read().await.map_err(database)?;
        tx.sources().await.map_err(database)?.into_iter().find(|source| source.name == name)
    };
    if let Some(source) = known {
        return Ok(source.id);
    }
    let new = NewSource { name: name.to_owned(), place: place(), settings: house.settings(platform)?, max_age: 7 * DAY, read_every: None };
    sources::create(ctx, None, &new).await.map_err(|why| use_case("connecting a source", &why))
}

/// The campaign, opened by the campaign owner of the cast, unless an earlier run did.
async fn open_once(house: &House, ctx: &Context, sources: Sources, issuer: &str, policy: &Policy) -> Result<CampaignId, Failure> {
    let attempt: AttemptId = house.notes.open_attempt;
    let opened_by = {
        let mut tx = ctx.store.read().await.map_err(database)?;
        tx.attempt(attempt).await.map_err(database)?.map(|before| before.user)
    };
    let known = match opened_by {
        Some(user) => users::actor(ctx, user, SignIn::default()).await.map_err(|why| use_case("finding the campaign's owner", &why))?,
        None => None,
    };
    let owner = match known {
        Some(owner) => owner,
        None => owner(house, ctx, issuer).await?,
    };
    let now = ctx.env.now();
    let form = OpenForm {
        name: "Access of medium risk and above".to_owned(),
        sources: sources.each().into_iter().map(|(_, source)| source).collect(),
        scope: Scope::Sensitivities(BTreeSet::from([Sensitivity::Medium, Sensitivity::High, Sensitivity::Privileged].map(Some))),
        due_at: now.plus(21 * DAY),
        time_zone: ZONE.to_owned(),
        policy: policy.clone(),
        showing: domain::Showing::Shown,
    };
    open::open(ctx, &owner, attempt, &form).await.map_err(|why| use_case("opening the campaign", &why))
}

/// The owner as the provider will say it when they sign in themselves.
async fn owner(house: &House, ctx: &Context, issuer: &str) -> Result<Actor, Failure> {
    let nobody = || Failure::Environment("the company has no campaign owner".to_owned());
    let member = house.company().cast().of_role(company::Role::Owner).next().ok_or_else(nobody)?;
    let by = SignedIn {
        issuer: issuer.to_owned(),
        subject: member.person_id.clone(),
        name: member.name.clone(),
        email: Some(member.email.clone()),
        roles: BTreeSet::from([Role::Owner]),
        zone: None,
        sign_in: SignIn::default(),
    };
    users::signed_in(ctx, &by).await.map_err(|why| use_case("making the campaign's owner known", &why))
}

fn use_case(what: &str, why: &review::Error) -> Failure {
    match why {
        review::Error::Store(inner) => Failure::environment(what, inner),
        review::Error::Invalid(fields) => {
            let said: Vec<&str> = fields.iter().map(|field| field.message.as_str()).collect();
            Failure::environment(what, said.join(" "))
        }
        other => Failure::environment(what, other),
    }
}

fn database(why: store::Error) -> Failure {
    Failure::environment("the database did not do its part", why)
}
