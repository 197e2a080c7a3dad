//! The demo while it runs: database, simulated sign-in provider, campaign, and the program itself.

use super::{Options, desk, house::House, report::Timings};
use crate::{
    cli::{Failure, say},
    config::Sessions,
    serve::{self, App, DemoPerson, Setup},
    signin::ProviderSetup,
};
use domain::{
    AttemptId, CampaignId, Env, OrderId, OrderState, Policy, Role, Sensitivity, SourceId,
    time::{DAY, MINUTE, SECOND},
};
use review::{
    Actor, Context, SignIn,
    connectors::Connectors,
    open::{self, OpenForm, Scope},
    sources::{self, NewSource, Place},
    sync,
    users::{self, SignedIn},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use store::{Store, Tx};
use tenant::{company, idp};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use url::Url;

/// The name of the source.
const SOURCE: &str = "Meridian";
/// The time zone of the campaign.
const ZONE: &str = "Europe/Zurich";
/// How often the ticket desk works while people watch.
const DESK: Duration = Duration::from_secs(3);
/// How often a port that the run before has not let go of yet is tried, a quarter of a second apart.
const TRIES: usize = 40;

/// A demo that runs.
pub struct Running {
    /// What the use cases work with.
    pub ctx: Context,
    /// The company's source.
    pub source: SourceId,
    /// The campaign.
    pub campaign: CampaignId,
    base: Url,
    provider: idp::Handle,
    stop: CancellationToken,
    serving: JoinHandle<Result<(), serve::ServeError>>,
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
        timings.phase("database");
        let source = read_once(house, &ctx).await?;
        timings.phase("read");

        let listener = bind(port, 1).await?;
        let address = listener.local_addr().map_err(|why| Failure::environment("the program has no address", why))?;
        let base = Url::parse(&format!("http://{address}/")).map_err(|why| Failure::environment("the program has no address", why))?;
        let at_provider = bind(house.notes.idp_port, TRIES).await?;
        let provider = idp::serve(at_provider, provider(house, &base, &env))
            .map_err(|why| Failure::environment("the simulated sign-in provider does not start", why))?;
        let issuer = provider.issuer().to_owned();
        let policy = policy(options.headless);
        let campaign = open_once(house, &ctx, source, &issuer, &policy).await?;
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
        Ok(Self { ctx, source, campaign, base, provider, stop, serving })
    }

    /// The program's address.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// One unchanging state of the database.
    pub async fn read(&self) -> Result<Tx, Failure> {
        self.ctx.store.read().await.map_err(database)
    }

    /// How many pages were read from the source, over all sealed readings.
    pub async fn readings(&self) -> Result<usize, Failure> {
        let mut tx = self.read().await?;
        let mut pages = 0;
        let mut before = i64::MAX;
        loop {
            let snapshots = tx.snapshots(self.source, before, 100).await.map_err(database)?;
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
        self.ctx.store.close().await;
        served.map_err(|why| Failure::environment("the program ended by itself", why))?;
        provided.map_err(|why| Failure::environment("the simulated sign-in provider ended by itself", why))
    }

    /// The orders whose tickets are with the desk.
    async fn with_desk(&self) -> Result<BTreeSet<OrderId>, Failure> {
        let mut tx = self.read().await?;
        let mut found = BTreeSet::new();
        loop {
            let page = tx.orders_in_state(OrderState::Ticketed, found.last().copied(), 500).await.map_err(database)?;
            if page.is_empty() {
                return Ok(found);
            }
            found.extend(page.into_iter().map(|order| order.id));
        }
    }

    /// Runs until the process is asked to end; meanwhile the ticket desk works, and the source is read again after it.
    pub async fn until_stopped(mut self, house: &House) -> Result<(), Failure> {
        let asked = serve::stop_on_signals().map_err(|why| Failure::environment("requests to end cannot be listened for", why))?;
        // Orders that were with the desk before the last reading began. What is not among them, the desk may have carried out since.
        let mut seen = BTreeSet::new();
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
            let with_desk = self.with_desk().await?;
            if let Err(why) = desk::work(house).await {
                say(&why.to_string());
                continue;
            }
            if !with_desk.is_subset(&seen) {
                match sync::sync(&self.ctx, None, self.source).await {
                    Ok(_) => seen = with_desk,
                    Err(why) => say(&format!("The source could not be read again, which is tried in a moment: {why}")),
                }
            }
        }
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
    let people = house.company.sign_ins().into_iter().filter(|person| !person.note.is_empty());
    people.map(|person| DemoPerson { name: person.name, line: person.note, login_hint: person.email }).collect()
}

fn provider(house: &House, base: &Url, env: &Env) -> idp::Config {
    let within = |path: &str| base.join(path).map_or_else(|_| base.to_string(), |url| url.to_string());
    let world = Arc::new(World(env.clone()));
    idp::Config {
        organisation: SOURCE.to_owned(),
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
        people: house.company.sign_ins(),
        clock: world.clone(),
        random: world,
    }
}

/// The program's clock and chance, in the provider's words.
struct World(Env);

impl idp::Clock for World {
    fn now_micros(&self) -> i64 {
        self.0.now().micros()
    }
}

impl idp::Random for World {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.random.fill(bytes);
    }
}

/// A listener on loopback. A run that just ended may hold the port for a moment yet.
async fn bind(port: u16, tries: usize) -> Result<TcpListener, Failure> {
    let mut attempts = 1;
    loop {
        match TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => return Ok(listener),
            Err(_) if attempts < tries => tokio::time::sleep(Duration::from_millis(250)).await,
            Err(why) => {
                return Err(Failure::environment(
                    format!("port {port} on loopback cannot be used (another demo may run; --port and --data choose others)"),
                    why,
                ));
            }
        }
        attempts += 1;
    }
}

/// The source, connected and read, unless an earlier run did.
async fn read_once(house: &House, ctx: &Context) -> Result<SourceId, Failure> {
    let known = {
        let mut tx = ctx.store.read().await.map_err(database)?;
        tx.sources().await.map_err(database)?.into_iter().find(|source| source.name == SOURCE)
    };
    let (id, read) = if let Some(source) = known {
        (source.id, source.last_seq.is_some())
    } else {
        let path = house.source().join("settings.json");
        let settings =
            std::fs::read_to_string(&path).map_err(|why| Failure::environment(format!("{} cannot be read", path.display()), why))?;
        let new = NewSource { name: SOURCE.to_owned(), place: Place::Files { folder: house.source() }, settings, max_age: 7 * DAY };
        (sources::create(ctx, None, &new).await.map_err(|why| use_case("connecting the source", &why))?, false)
    };
    if !read {
        sync::sync(ctx, None, id).await.map_err(|why| use_case("reading the source", &why))?;
    }
    Ok(id)
}

/// The campaign, opened by the campaign owner of the cast, unless an earlier run did.
async fn open_once(house: &House, ctx: &Context, source: SourceId, issuer: &str, policy: &Policy) -> Result<CampaignId, Failure> {
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
        name: "Privileged and high-risk access".to_owned(),
        sources: BTreeSet::from([source]),
        scope: Scope::Sensitivities(BTreeSet::from([Some(Sensitivity::High), Some(Sensitivity::Privileged)])),
        due_at: now.plus(21 * DAY),
        time_zone: ZONE.to_owned(),
        policy: policy.clone(),
    };
    open::open(ctx, &owner, attempt, &form).await.map_err(|why| use_case("opening the campaign", &why))
}

/// The owner as the provider will say it when they sign in themselves.
async fn owner(house: &House, ctx: &Context, issuer: &str) -> Result<Actor, Failure> {
    let nobody = || Failure::Environment("the company has no campaign owner".to_owned());
    let member = house.company.cast().of_role(company::Role::Owner).next().ok_or_else(nobody)?;
    let by = SignedIn {
        issuer: issuer.to_owned(),
        subject: member.person_id.clone(),
        name: member.name.clone(),
        email: Some(member.email.clone()),
        roles: BTreeSet::from([Role::Owner]),
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
