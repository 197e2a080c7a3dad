//! `countersign export`: an evidence pack of a campaign, or of several, from the command line.

use super::{Common, End, Failure, print, print_json, write_whole};
use crate::installation::{Installation, sentence};
use clap::Args;
use domain::CampaignId;
use review::{Error, export};
use serde::Serialize;
use std::path::PathBuf;

/// What `export` takes.
#[derive(Debug, Args)]
pub struct Options {
    /// The installation's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The campaign, by the id in its page's address; several times for one pack of several campaigns
    #[arg(long = "campaign", value_name = "ID", required = true)]
    campaigns: Vec<CampaignId>,
    /// Make it again for this earlier checkpoint: the same bytes as then, as long as no text was erased
    #[arg(long, value_name = "ENTRIES")]
    checkpoint: Option<u64>,
    /// Where the pack goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Serialize)]
struct Exported {
    schema: &'static str,
    file: PathBuf,
    bytes: u64,
    sha256: String,
    fingerprint: String,
    checkpoint: u64,
}

pub async fn run(common: Common, options: &Options) -> Result<End, Failure> {
    let installation = Installation::open(&options.config, common.now).await?;
    let ctx = &installation.ctx;
    let made = make(options, ctx).await;
    ctx.store.close().await;
    let (bytes, checkpoint) = made?;
    write_whole(&options.out, &bytes).map_err(|why| Failure::environment(format!("{} cannot be written", options.out.display()), why))?;
    let exported = Exported {
        schema: "countersign/export/1",
        file: options.out.clone(),
        bytes: bytes.len() as u64,
        sha256: ledger::sha256_hex(&bytes),
        fingerprint: ledger::note::fingerprint(&ctx.keys.signing.verifying_key()),
        checkpoint,
    };
    if common.json {
        print_json(&exported)?;
    } else {
        print(&format!(
            "{} holds the pack: {} bytes, for the first {} entries of the ledger.\nSHA-256      {}\nSigned by    {}\nGive the fingerprint to those who verify by another way than with the pack:\n  countersign verify {} --key {}\n",
            exported.file.display(),
            exported.bytes,
            exported.checkpoint,
            exported.sha256,
            exported.fingerprint,
            exported.file.display(),
            exported.fingerprint,
        ))?;
    }
    Ok(End::Good)
}

async fn make(options: &Options, ctx: &review::Context) -> Result<(Vec<u8>, u64), Failure> {
    let named = options.campaigns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let failed = |why: Error| match why {
        Error::NotFound => Failure::Use(match options.checkpoint {
            Some(size) => format!("There is no campaign {named}, or no checkpoint of {size} entries that covers it."),
            None => format!("There is no campaign {named}. Its id stands in the address of its page."),
        }),
        Error::Invalid(errors) => Failure::Use(errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join(" ")),
        other => Failure::environment("no pack was made", sentence(&other)),
    };
    let campaigns = export::Campaigns::of(options.campaigns.iter().copied()).map_err(failed)?;
    if let Some(size) = options.checkpoint {
        return Ok((export::make_at(ctx, campaigns, size).await.map_err(failed)?, size));
    }
    let made = export::make(ctx, None, campaigns, None).await.map_err(failed)?;
    let path = export::folder(ctx).join(&made.file);
    let bytes = std::fs::read(&path).map_err(|why| Failure::environment(format!("{} cannot be read", path.display()), why))?;
    Ok((bytes, made.checkpoint_size))
}
