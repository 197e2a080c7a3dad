//! `countersign explain`: a recommendation, taken apart and made again.

use super::{Common, End, Failure, print, print_json, say};
use crate::installation::{Installation, sentence};
use clap::Args;
use domain::RecommendationId;
use review::{
    Error,
    explain::{self, Outcome},
};
use std::path::PathBuf;

/// What `explain` takes.
#[derive(Debug, Args)]
pub struct Options {
    /// The recommendation, by the id that its item's page and evidence packs name
    #[arg(value_name = "RECOMMENDATION_ID")]
    recommendation: RecommendationId,
    /// The installation's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

pub async fn run(common: Common, options: &Options) -> Result<End, Failure> {
    let installation = Installation::open(&options.config, common.now).await?;
    let explained = explain::explain(&installation.ctx, None, options.recommendation).await;
    installation.ctx.store.close().await;
    let explained = explained.map_err(|why| match why {
        Error::NotFound => Failure::Use(format!(
            "There is no recommendation {}. Its id stands in the address of its explanation and in evidence packs.",
            options.recommendation
        )),
        other => Failure::environment("the recommendation cannot be explained", sentence(&other)),
    })?;
    if common.json {
        print_json(&explained)?;
    } else {
        print(&explain::text(&explained))?;
    }
    match explained.recomputed.outcome {
        Outcome::Same => Ok(End::Good),
        Outcome::Different => {
            say(&explained.recomputed.says);
            Ok(End::Finding)
        }
        // Nothing was found, and nothing was made again either: what is missing is a program with that engine.
        Outcome::OtherEngine => Err(Failure::Environment(explained.recomputed.says)),
    }
}
