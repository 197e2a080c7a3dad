//! `countersign demo`: everything with an invented company, on one machine.
//!
//! The demo is the real program with a simulated Okta org, Entra tenant,
//! sign-in provider and ticket desk beside it. `--headless` plays the whole story over
//! HTTP and ends; run again on the same folder it finishes what is unfinished.

mod browser;
mod desk;
mod house;
pub mod html;
mod measure;
mod people;
mod places;
mod report;
mod running;
mod script;
mod story;

pub use report::Report;

use crate::{
    cli::{Common, End, Failure, say},
    env,
};
use clap::Args;
use house::House;
use running::Running;
use std::path::PathBuf;

/// What `demo` takes.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The folder that keeps everything [default: countersign-demo in the folder for temporary files]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How many people the invented company has
    #[arg(long, value_name = "N", default_value_t = 1_200)]
    pub people: usize,
    /// Which company: the same number tells the same stories
    #[arg(long, value_name = "S", default_value_t = 7)]
    pub seed: u64,
    /// The port on loopback; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Another database than the embedded one
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Play the story without a browser, then exit
    #[arg(long)]
    pub headless: bool,
    /// Where the headless story's report goes
    #[arg(long, value_name = "FILE", requires = "headless")]
    pub report: Option<PathBuf>,
}

/// Runs the demo.
pub async fn run(common: Common, options: Options) -> Result<End, Failure> {
    let data =
        options.data.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("countersign-demo-{}-{}", options.people, options.seed)));
    crate::cli::print(&format!("{}\n", data.display()))?;
    let env = env::real(common.now);
    let mut timings = report::Timings::new(&env);
    let house = House::prepare(&data, options.seed, options.people, &env)?;
    timings.phase("company");
    // Headless stories take any free port: several can run beside each other.
    let port = if options.headless { 0 } else { options.port };
    let running = Box::pin(Running::start(&house, &options, env, port, &mut timings)).await?;
    if options.headless {
        let report = story::play(&house, &running, &options, timings).await;
        running.stop().await?;
        let report = report?;
        if let Some(path) = &options.report {
            report.write(path)?;
        }
        for problem in &report.problems {
            say(problem);
        }
        if common.json || options.report.is_none() {
            crate::cli::print_json(&report)?;
        }
        return Ok(if report.ok { End::Good } else { End::Finding });
    }
    people::introduce(&house, &running)?;
    running.until_stopped(&house).await?;
    Ok(End::Good)
}
