//! `countersign tenant`: the simulated platforms and the simulated sign-in provider as a process of their own.

use super::{Common, End, Failure, print, print_json};
use crate::{
    env,
    serve::stop_on_signals,
    tenants::{World, contracts, failed, kept_contracts, listen},
};
use clap::Args;
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write as _, future::Future, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tenant::{
    company::{Company, Platform},
    contracts::Contracts,
    entra,
    folder::{Folder, Service},
    idp, okta,
    pace::Pace,
    profile::Profile,
};
use tokio::net::TcpListener;

/// How long answers under way may take when the process is asked to end; a tenant that is told to be slow never ends one.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `tenant` takes.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The folder that keeps everything [default: countersign-tenant in the folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many people the invented company has
    #[arg(long, value_name = "N", default_value_t = 1_200)]
    people: usize,
    /// Which company: the same number tells the same stories
    #[arg(long, value_name = "S", default_value_t = 7)]
    seed: u64,
    /// Run the Okta org here, for example on 127.0.0.1:9001; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    okta: Option<SocketAddr>,
    /// Run the Entra tenant here
    #[arg(long, value_name = "ADDR")]
    entra: Option<SocketAddr>,
    /// Run the sign-in provider here
    #[arg(long, value_name = "ADDR")]
    idp: Option<SocketAddr>,
    /// A way to misbehave, differences from the platforms' contracts, or both, with commas between
    #[arg(long, value_name = "PROFILE", long_help = misbehaviours())]
    misbehave: Option<Profile>,
    /// Keep the platforms' limits in real time, or sixty times as fast
    #[arg(long, value_name = "real|fast", default_value = "real")]
    pace: Pace,
    /// The folder of the vendors' contracts, by which calls are judged [default: shared/specs beside the repository]
    #[arg(long, value_name = "DIR")]
    specs: Option<PathBuf>,
}

/// Says every name that is known.
fn misbehaviours() -> String {
    let known = tenant::profile::known();
    format!("A way to misbehave, differences from the platforms' contracts, or both, with commas between.\n\n{known}")
}

/// One tenant that runs.
#[derive(Debug, Serialize)]
struct Runs {
    /// okta, entra or idp.
    kind: Service,
    /// Where it answers.
    base: String,
    /// The Entra tenant's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<String>,
    /// Its journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<PathBuf>,
    people: usize,
    entitlements: usize,
    grants: usize,
}

/// What is said at the start.
#[derive(Debug, Serialize)]
struct Said {
    schema: &'static str,
    data: PathBuf,
    seed: u64,
    people: usize,
    credentials: PathBuf,
    labels: PathBuf,
    source: PathBuf,
    /// The contracts by which calls are judged; none where they are not at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    contracts: Option<PathBuf>,
    tenants: Vec<Runs>,
}

/// Whatever runs until it is told to end.
#[derive(Default)]
struct Running {
    okta: Option<okta::Handle>,
    entra: Option<entra::Handle>,
    idp: Option<idp::Handle>,
}

pub async fn run(common: Common, options: Options) -> Result<End, Failure> {
    let wanted = wanted(&options)?;
    let profile = options.misbehave.clone().unwrap_or_default();
    concerns_somebody(&profile, &wanted)?;
    let contracts = contracts(options.specs.as_deref())?;
    let env = env::real(common.now);
    let world = Arc::new(World::new(&env));
    let data = options
        .data
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("countersign-tenant-{}-{}", options.people, options.seed)));
    let folder = Folder::open(&data, options.seed, options.people, &*world, &*world).map_err(failed)?;
    let mut running = Running::default();
    let mut said = Said {
        schema: "countersign/tenants-running/1",
        seed: options.seed,
        people: options.people,
        credentials: folder.credentials_path(),
        labels: folder.labels_path(),
        source: folder.source(),
        contracts: contracts.as_ref().map(|contracts| contracts.folder().to_owned()),
        tenants: Vec::new(),
        data,
    };
    for (service, asked) in wanted {
        let listener = listen(&folder, service, asked, 1, &world).await?;
        said.tenants.push(running.start(&folder, service, listener, (&profile, options.pace, contracts.as_ref()), &world)?);
    }
    // From here on a request to end is heard: whoever reads what runs may send one.
    let asked = stop_on_signals().map_err(|why| Failure::environment("requests to end cannot be listened for", why))?;
    if common.json {
        print_json(&said)?;
    } else {
        print(&text(&said))?;
    }
    asked.cancelled().await;
    let kept = kept_contracts(&running.violations());
    running.stop().await?;
    Ok(if kept { End::Good } else { End::Finding })
}

/// Which tenants, and where if that was said; all three where none was named.
fn wanted(options: &Options) -> Result<BTreeMap<Service, Option<SocketAddr>>, Failure> {
    let named = [(Service::Okta, options.okta), (Service::Entra, options.entra), (Service::Idp, options.idp)];
    for address in named.iter().filter_map(|(_, address)| *address) {
        if !address.ip().is_loopback() {
            return Err(Failure::Use(format!(
                "The simulated tenants let anybody sign in as anybody, so they answer on loopback only, not on {address}. Name an address such as 127.0.0.1:{} or [::1]:{}.",
                address.port(),
                address.port()
            )));
        }
    }
    let all = named.iter().all(|(_, address)| address.is_none());
    Ok(named.into_iter().filter(|(_, address)| all || address.is_some()).collect())
}

/// A profile that changes nothing about what runs was meant otherwise.
fn concerns_somebody(profile: &Profile, wanted: &BTreeMap<Service, Option<SocketAddr>>) -> Result<(), Failure> {
    let runs = |platform: &Platform| match platform {
        Platform::Okta => wanted.contains_key(&Service::Okta),
        Platform::Entra => wanted.contains_key(&Service::Entra),
        Platform::Files => false,
    };
    let concerned = profile.platforms();
    if concerned.is_empty() || concerned.iter().any(runs) {
        return Ok(());
    }
    let names: Vec<&str> = concerned.iter().map(|platform| platform.name()).collect();
    Err(Failure::Use(format!(
        "What --misbehave names is of {} only, which is not started. Name it as well: --{} 127.0.0.1:0.",
        names.join(" and "),
        names.join(" 127.0.0.1:0 --")
    )))
}

impl Running {
    fn start(
        &mut self,
        folder: &Folder,
        service: Service,
        listener: TcpListener,
        (profile, pace, contracts): (&Profile, Pace, Option<&Contracts>),
        world: &Arc<World>,
    ) -> Result<Runs, Failure> {
        let does_not = |why: &dyn std::fmt::Display| Failure::environment(format!("{} does not start", name(service)), why);
        let of = |company: &Company| (company.people().len(), company.entitlements().len(), company.grants().len());
        let (base, tenant_id, journal, (people, entitlements, grants)) = match service {
            Service::Okta => {
                let mut config = folder.okta(world.clone(), world.clone()).map_err(failed)?;
                config.pace = Some(pace);
                config.misbehave = profile.misbehaviour(Platform::Okta);
                config.deviations.clone_from(&profile.okta_deviations);
                if let Some(contracts) = contracts {
                    contracts.judge_okta(&mut config);
                }
                let part = folder.part(Platform::Okta);
                let handle = okta::serve(listener, part, config).map_err(|why| does_not(&why))?;
                let base = self.okta.insert(handle).base().to_owned();
                (base, None, folder.journal(Platform::Okta), of(part))
            }
            Service::Entra => {
                let mut config = folder.entra(world.clone(), world.clone());
                config.pace = Some(pace);
                config.misbehave = profile.misbehaviour(Platform::Entra);
                config.deviations.clone_from(&profile.entra_deviations);
                if let Some(contracts) = contracts {
                    contracts.judge_entra(&mut config).map_err(|why| does_not(&why))?;
                }
                let (part, tenant_id) = (folder.part(Platform::Entra), config.tenant_id.clone());
                let handle = entra::serve(listener, part, config).map_err(|why| does_not(&why))?;
                let base = self.entra.insert(handle).base().to_owned();
                (base, Some(tenant_id), folder.journal(Platform::Entra), of(part))
            }
            Service::Idp => {
                let config = folder.idp(world.clone(), world.clone());
                let people = config.people.len();
                let handle = idp::serve(listener, config).map_err(|why| does_not(&why))?;
                let base = self.idp.insert(handle).issuer().to_owned();
                (base, None, None, (people, 0, 0))
            }
        };
        Ok(Runs { kind: service, base, tenant_id, journal, people, entitlements, grants })
    }

    /// What did not follow the vendors' contracts.
    fn violations(&self) -> Vec<String> {
        let okta = self.okta.iter().flat_map(okta::Handle::violations);
        okta.chain(self.entra.iter().flat_map(entra::Handle::violations)).collect()
    }

    /// Ends them after the answers that are under way. Everything accepted stands in the journals already.
    async fn stop(self) -> Result<(), Failure> {
        ended(Service::Okta, self.okta.map(okta::Handle::shutdown)).await?;
        ended(Service::Entra, self.entra.map(entra::Handle::shutdown)).await?;
        ended(Service::Idp, self.idp.map(idp::Handle::shutdown)).await
    }
}

async fn ended(service: Service, shutdown: Option<impl Future<Output = std::io::Result<()>>>) -> Result<(), Failure> {
    let Some(shutdown) = shutdown else { return Ok(()) };
    // Past the patience, what is still open is what nobody will ever finish.
    let ended = tokio::time::timeout(PATIENCE, shutdown).await.unwrap_or(Ok(()));
    ended.map_err(|why| Failure::environment(format!("{} did not end well", name(service)), why))
}

const fn name(service: Service) -> &'static str {
    match service {
        Service::Okta => "the simulated Okta org",
        Service::Entra => "the simulated Entra tenant",
        Service::Idp => "the simulated sign-in provider",
    }
}

fn text(said: &Said) -> String {
    let mut text = format!("Simulated tenants of a company of {} people (seed {}), in {}\n\n", said.people, said.seed, said.data.display());
    // Writing to a string cannot fail.
    for runs in &said.tenants {
        let held = format!("{} people, {} entitlements, {} grants", runs.people, runs.entitlements, runs.grants);
        let _ = match runs.kind {
            Service::Okta => writeln!(text, "Okta org          {}  {held}", runs.base),
            Service::Entra => {
                writeln!(text, "Entra tenant      {}  {held}; tenant {}", runs.base, runs.tenant_id.as_deref().unwrap_or_default())
            }
            Service::Idp => writeln!(text, "Sign-in provider  {}  {} people can sign in", runs.base, runs.people),
        };
    }
    let _ = writeln!(text, "Files             {}", said.source.display());
    let _ = writeln!(text, "\nClient ids, keys and secrets to connect with (only you can read them): {}", said.credentials.display());
    for journal in said.tenants.iter().filter_map(|runs| runs.journal.as_ref()) {
        let _ = writeln!(text, "Journal of accepted changes: {}", journal.display());
    }
    if let Some(contracts) = &said.contracts {
        let _ = writeln!(text, "Calls are judged by the vendors' contracts: {}", contracts.display());
    }
    text.push_str("\nEverything is invented. Anybody on this machine can sign in as anybody. Stop with Ctrl+C; start again on the same folder to go on where you were.\n");
    text
}
