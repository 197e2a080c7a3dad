//! The command line: `serve`, `demo`, `doctor`, `migrate`, `verify`, `export`,
//! `explain`, `jobs`, `outliers`, `roles`, `shadow`, `tenant`.
//!
//! Exit codes everywhere: 0 done and good; 1 done, with a finding; 2 wrong use;
//! 3 the environment failed. Results go to standard output, messages for
//! people to standard error.

mod doctor;
mod explain;
mod export;
mod jobs;
mod migrate;
mod mining;
mod serve;
mod shadow;
mod tenant;
mod verify;

use crate::{config::ConfigError, demo};
use clap::{Args, Parser, Subcommand};
use domain::Timestamp;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Access review: the machine recommends, a person countersigns.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, about, after_help = "Begin with: countersign demo")]
pub struct Cli {
    /// Begin the clock at this moment (RFC 3339), where that makes sense
    #[arg(long, global = true, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Machine-readable results on standard output, where that applies
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve an installation
    #[command(after_help = "Example: countersign serve --config /etc/countersign.toml")]
    Serve(WithConfig),
    /// Try everything with an invented company
    #[command(after_help = "Examples:\n  countersign demo\n  countersign demo --headless --people 1200 --seed 7 --report report.json")]
    Demo(demo::Options),
    /// Check an installation and say what is wrong
    #[command(after_help = "Example: countersign doctor --config /etc/countersign.toml")]
    Doctor(WithConfig),
    /// Bring the database schema up to date
    #[command(after_help = "Example: countersign migrate --config /etc/countersign.toml")]
    Migrate(WithConfig),
    /// Check an evidence pack, without any installation
    #[command(after_help = "Examples:\n  countersign verify q4.zip --key 5f2c…e1\n  countersign verify q4.zip --trust keys.txt --json")]
    Verify(verify::Options),
    /// Make an evidence pack of a campaign, or of several
    #[command(
        after_help = "Example: countersign export --config countersign.toml --campaign 01932c07-1f0e-7a3b-8000-3b9aca000001 --out q4.zip"
    )]
    Export(export::Options),
    /// Take a recommendation apart: its facts, its steps, its result, and whether it can be made again byte for byte
    #[command(
        after_help = "Examples:\n  countersign explain 01932c07-1f0e-7a3b-8000-3b9aca000002 --config countersign.toml\n  countersign explain 01932c07-1f0e-7a3b-8000-3b9aca000002 --config countersign.toml --json"
    )]
    Explain(explain::Options),
    /// List background work that failed for good, and let it run again
    #[command(
        after_help = "Examples:\n  countersign jobs --config countersign.toml\n  countersign jobs --config countersign.toml --again-all"
    )]
    Jobs(jobs::Options),
    /// Score grants by how little they belong, from a file of who holds what
    #[command(after_help = "Example: countersign outliers --grants grants.txt --scores outliers.csv")]
    Outliers(mining::OutlierOptions),
    /// Find roles that cover exactly what people hold, from a file of who holds what
    #[command(after_help = "Example: countersign roles --grants grants.txt --out roles.json")]
    Roles(mining::RoleOptions),
    /// Compare what would be recommended with what people decided, from files
    #[command(
        after_help = "Example: countersign shadow --train decided.csv --test later.csv --label ACTION --approve 1 --entitlement RESOURCE --scores scores.csv --report report.json"
    )]
    Shadow(shadow::Options),
    /// Run simulated platforms and a simulated sign-in provider, on loopback only
    #[command(
        after_help = "Examples:\n  countersign tenant\n  countersign tenant --data /tmp/tenants --okta 127.0.0.1:9001 --pace fast --misbehave throttled"
    )]
    Tenant(tenant::Options),
}

/// What every command about an installation takes.
#[derive(Debug, Args)]
pub struct WithConfig {
    /// The installation's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Done, and good.
    Good,
    /// Done, with a finding.
    Finding,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command was used wrongly; the text says how to use it.
    #[error("{0}")]
    Use(String),
    /// Something in the environment failed: no database, no network, a full disk.
    #[error("{0}")]
    Environment(String),
}

impl Failure {
    /// Something in the environment failed while doing `what`.
    pub fn environment(what: impl std::fmt::Display, why: impl std::fmt::Display) -> Self {
        Self::Environment(format!("{what}: {why}"))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Use(error.to_string())
    }
}

/// What every command gets besides its own arguments.
#[derive(Debug, Clone, Copy)]
pub struct Common {
    /// The moment to begin at, instead of the machine's.
    pub now: Option<Timestamp>,
    /// Machine-readable results.
    pub json: bool,
}

/// Logs as lines of JSON on standard error. `RUST_LOG` sets how much; a demo says only what went wrong.
fn log(command: &Command) {
    let usual = if matches!(command, Command::Serve(_)) { "info" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| usual.into());
    // Where somebody set a logger before, as tests do, theirs stays.
    let _ = tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_env_filter(filter).try_init();
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    log(&cli.command);
    let common = Common { now: cli.now, json: cli.json };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => return report(Err(Failure::environment("the program could not start its threads", why))),
    };
    report(runtime.block_on(async {
        match cli.command {
            Command::Serve(options) => serve::run(common, &options.config).await,
            Command::Demo(options) => Box::pin(demo::run(common, options)).await,
            Command::Doctor(options) => doctor::run(common, &options.config).await,
            Command::Migrate(options) => migrate::run(&options.config).await,
            Command::Verify(options) => verify::run(common, &options),
            Command::Export(options) => export::run(common, &options).await,
            Command::Explain(options) => explain::run(common, &options).await,
            Command::Jobs(options) => jobs::run(common, &options).await,
            Command::Outliers(options) => mining::outliers(common, &options),
            Command::Roles(options) => mining::roles(common, &options),
            Command::Shadow(options) => shadow::run(common, &options),
            Command::Tenant(options) => tenant::run(common, options).await,
        }
    }))
}

fn report(end: Result<End, Failure>) -> ExitCode {
    match end {
        Ok(End::Good) => ExitCode::SUCCESS,
        Ok(End::Finding) => ExitCode::from(1),
        Err(failure) => {
            say(&failure.to_string());
            ExitCode::from(match failure {
                Failure::Use(_) => 2,
                Failure::Environment(_) => 3,
            })
        }
    }
}

/// A line for people, on standard error. Nothing more can be done where even that fails.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A result, on standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|why| Failure::environment("the result could not be written", why))
}

/// A result as JSON, on standard output.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(|why| Failure::environment("the result could not be written", why))?;
    text.push('\n');
    print(&text)
}

/// Writes a file whole: to a temporary name, to the disk, then into its place.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)?;
    let name = path.file_name().map_or_else(|| "file".to_owned(), |n| n.to_string_lossy().into_owned());
    let temporary = folder.join(format!(".{name}.part"));
    {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    std::fs::rename(&temporary, path)?;
    std::fs::File::open(folder)?.sync_all()
}
