//! Evidence packs out of the database.
//!
//! A pack is made for a checkpoint and holds only what the checkpoint covers,
//! so that it can be made again, byte for byte, as long as no text in it was
//! erased or restricted since. Each pack is verified before anybody gets it.
//!
//! A crash while a pack is made leaves a temporary file or a pack that no row
//! names, and nothing else: the row, the ledger entry and the answer to the form
//! are one transaction, after the file is on the disk. Names of files hold the
//! beginning of their hash, so that no pack ever takes another's place.

mod gather;
mod population;
mod tables;

use crate::{Actor, Context, Error, Result, attempt, sequence};
use domain::{Action, AttemptId, CampaignId, CampaignState, JobId, Object, PackId, Role};
use gather::Gathered;
use ledger::{EventKind, PackBuilder, PackError, PackHeader, Trust, pack::manifest::LeftOut, verify::CheckState};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};
use store::{Pack, PackCopy};
use uuid::Uuid;

const KIND: &str = "make_pack";

/// What goes into one pack: a campaign, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaigns(BTreeSet<CampaignId>);

impl Campaigns {
    /// How many one pack holds at most: it is made in memory.
    pub const MOST: usize = 25;

    /// These campaigns.
    ///
    /// # Errors
    /// [`Error::Invalid`], on the field `campaigns`, where there is none, or more than [`Self::MOST`].
    pub fn of(ids: impl IntoIterator<Item = CampaignId>) -> Result<Self> {
        let ids: BTreeSet<CampaignId> = ids.into_iter().collect();
        match ids.len() {
            0 => Err(Error::field("campaigns", "Choose the campaigns that the pack shall hold. Nothing was made.")),
            n if n > Self::MOST => Err(Error::field(
                "campaigns",
                format!("One pack holds up to {} campaigns, and {n} were chosen. Nothing was made. Make several packs.", Self::MOST),
            )),
            _ => Ok(Self(ids)),
        }
    }

    /// Which they are, in order.
    pub const fn ids(&self) -> &BTreeSet<CampaignId> {
        &self.0
    }

    fn one(&self) -> Option<CampaignId> {
        self.0.first().copied().filter(|_| self.0.len() == 1)
    }

    /// What a form about them is about: the campaign, or an id that only these campaigns give.
    fn subject(&self) -> Uuid {
        self.one().map_or_else(
            || {
                let ids: Vec<u8> = self.0.iter().flat_map(|id| id.0.into_bytes()).collect();
                let digest = ledger::sha256(&ids);
                Uuid::from_slice(&digest[..16]).unwrap_or_default()
            },
            |campaign| campaign.0,
        )
    }

    /// What a file about them is called: the campaign, or how many.
    fn label(&self) -> String {
        self.one().map_or_else(|| format!("{}-campaigns", self.0.len()), |campaign| campaign.to_string())
    }
}

impl From<CampaignId> for Campaigns {
    fn from(campaign: CampaignId) -> Self {
        Self(BTreeSet::from([campaign]))
    }
}

/// A pack that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackMade {
    /// True where this very form was answered before: nothing was made again.
    #[serde(skip)]
    pub repeated: bool,
    /// The pack.
    pub id: PackId,
    /// Its file's name in the folder of packs.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The fingerprint of the key that signed it.
    pub fingerprint: String,
    /// The checkpoint that it was made for.
    pub checkpoint_size: u64,
}

/// A copy that may be taken away now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Where the file is.
    pub path: PathBuf,
    /// What it is called.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// The folder that packs lie in.
pub fn folder(ctx: &Context) -> PathBuf {
    ctx.folder.join("packs")
}

/// Makes a pack of a campaign, or of several, as they stand now, verifies it, and keeps it. `by` is `None` for the command line and
/// for jobs.
pub async fn make(ctx: &Context, by: Option<&Actor>, campaigns: impl Into<Campaigns>, attempt: Option<AttemptId>) -> Result<PackMade> {
    make_for_job(ctx, by, campaigns, attempt, None).await
}

/// As [`make`]; where a job asked for it, the job ends in the transaction that keeps the pack, so that it is made once.
pub(crate) async fn make_for_job(
    ctx: &Context,
    by: Option<&Actor>,
    campaigns: impl Into<Campaigns>,
    attempt: Option<AttemptId>,
    job: Option<(JobId, i64)>,
) -> Result<PackMade> {
    let campaigns = campaigns.into();
    if let Some(actor) = by {
        actor.require(Action::Make, Object::Evidence, false)?;
        if let Some(attempt) = attempt {
            let mut tx = ctx.store.read().await?;
            if let Some(made) = attempt::earlier::<PackMade>(&mut tx, actor, attempt, KIND, campaigns.subject()).await? {
                return Ok(PackMade { repeated: true, ..made });
            }
        }
    }
    nothing_hidden(ctx, &campaigns).await?;
    let checkpoint = sequence::checkpoint(ctx).await?.ok_or(Error::NotFound)?;
    let bytes = make_at(ctx, campaigns.clone(), checkpoint.size).await?;
    let sha256 = ledger::sha256(&bytes);
    let file = format!("{}-{}-{}.zip", campaigns.label(), checkpoint.size, &hex::encode(sha256)[..12]);
    let pack = Pack {
        id: ctx.env.id(),
        campaigns: campaigns.ids().iter().copied().collect(),
        checkpoint_size: checkpoint.size,
        file: file.clone(),
        bytes: bytes.len() as u64,
        sha256,
        signer: sequence::verifier_key(ctx)?.fingerprint(),
        made_by: by.map(|actor| actor.user),
        made_at: ctx.env.now(),
    };
    let (folder, temporary) = (folder(ctx), format!(".{}.part", hex::encode(ctx.env.bytes::<8>())));
    let written = blocking(move || write(&folder, &temporary, &file, &bytes)).await?;
    written.map_err(|why| Error::Source(format!("The pack could not be written to the folder of packs: {why}. Nothing else was changed. Make room or correct the folder's rights, then make it again.")))?;
    let form = attempt.map(|attempt| (attempt, campaigns.subject()));
    crate::retry_busy(ctx, || keep(ctx, by, form, job, &pack)).await
}

/// A pack holds what was recommended, as the ledger fixes it: while people still answer without being shown it, there is none.
async fn nothing_hidden(ctx: &Context, campaigns: &Campaigns) -> Result<()> {
    let mut tx = ctx.store.read().await?;
    for id in campaigns.ids() {
        let campaign = tx.campaign(*id).await?.ok_or(Error::NotFound)?;
        if campaign.showing.is_hidden() && matches!(campaign.state, CampaignState::Preparing | CampaignState::Open) {
            return Err(Error::Refused(format!(
                "A pack holds what was recommended, and \u{201c}{}\u{201d} hides it while people answer (shadow mode). No pack was made. Make it once the owner has accepted the report, or once the campaign is closed.",
                campaign.name
            )));
        }
    }
    Ok(())
}

async fn keep(
    ctx: &Context,
    by: Option<&Actor>,
    form: Option<(AttemptId, Uuid)>,
    job: Option<(JobId, i64)>,
    pack: &Pack,
) -> Result<PackMade> {
    let mut tx = ctx.store.begin().await?;
    if let (Some(actor), Some((attempt, subject))) = (by, form)
        && let Some(made) = attempt::earlier::<PackMade>(&mut tx, actor, attempt, KIND, subject).await?
    {
        return Ok(PackMade { repeated: true, ..made });
    }
    if let Some((job, fence)) = job
        && !tx.complete_job(job, fence, ctx.env.now()).await?
    {
        return Err(Error::Stale("Another worker makes this pack.".to_owned()));
    }
    tx.insert_pack(pack).await?;
    for campaign in &pack.campaigns {
        let event = ctx
            .event(EventKind::PackMade, by)
            .campaign(*campaign)
            .subject("pack", pack.id)
            .code("sha256", hex::encode(pack.sha256))
            .code("signer", &pack.signer)
            .int("bytes", i64::try_from(pack.bytes).unwrap_or(i64::MAX))
            .int("checkpoint_size", i64::try_from(pack.checkpoint_size).unwrap_or(i64::MAX));
        ctx.record(&mut tx, event).await?;
    }
    let made = PackMade {
        repeated: false,
        id: pack.id,
        file: pack.file.clone(),
        bytes: pack.bytes,
        sha256: hex::encode(pack.sha256),
        fingerprint: pack.signer.clone(),
        checkpoint_size: pack.checkpoint_size,
    };
    if let (Some(actor), Some((attempt, subject))) = (by, form) {
        attempt::keep(ctx, &mut tx, actor, attempt, KIND, subject, &made).await?;
    }
    tx.commit().await?;
    Ok(made)
}

/// The bytes of the campaigns' pack at a checkpoint, verified. The same at any later time, as long as no text was erased or restricted.
///
/// # Errors
/// [`Error::NotFound`] where there is no such campaign or checkpoint, or the checkpoint is from before one of the campaigns.
/// [`Error::Refused`] names the place where the database and the ledger differ.
pub async fn make_at(ctx: &Context, campaigns: impl Into<Campaigns>, checkpoint_size: u64) -> Result<Vec<u8>> {
    let gathered = gather::gather(ctx, &campaigns.into(), checkpoint_size).await?.ok_or(Error::NotFound)?;
    let ctx = ctx.clone();
    // Compressing and verifying take seconds; the threads that answer people stay free.
    blocking(move || build(&ctx, gathered)).await?
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|why| Error::Inconsistent(format!("making a pack ended before it was complete: {why}")))
}

fn build(ctx: &Context, pack: Gathered) -> Result<Vec<u8>> {
    let tables = tables::all(ctx, &pack)?;
    let header = PackHeader {
        origin: ctx.origin.to_string(),
        campaigns: pack.campaigns.iter().map(|of| of.campaign.id).collect(),
        checkpoint: pack.checkpoint.note.clone(),
        checkpoint_key: sequence::verifier_key(ctx)?,
        previous_checkpoint: pack.previous.as_ref().map(|checkpoint| checkpoint.note.clone()),
        left_out: left_out(&pack),
    };
    let mut builder = PackBuilder::new(header).map_err(no_pack)?;
    for (index, placed) in &pack.entries {
        builder.entry(*index, &placed.bytes, &pack.nodes).map_err(no_pack)?;
    }
    for (name, rows) in tables {
        builder = builder.table(name, rows).map_err(no_pack)?;
    }
    let bytes = builder.finish(&ctx.keys.signing).map_err(no_pack)?;
    verify(ctx, &bytes)?;
    Ok(bytes)
}

/// A pack that would not verify is not offered to anybody.
fn verify(ctx: &Context, bytes: &[u8]) -> Result<()> {
    let report = ledger::verify_pack(bytes, &Trust::Fingerprint(sequence::verifier_key(ctx)?.fingerprint()));
    if report.whole && report.signer == ledger::verify::Signer::Established {
        return Ok(());
    }
    let failed: Vec<_> = report.checks.iter().filter(|check| check.state == CheckState::Failed).collect();
    let first = failed.first().map_or_else(String::new, |check| {
        let place = serde_json::to_string(&check.place).unwrap_or_default();
        format!(" The first: {} {place}: {}.", check.name, check.sentence)
    });
    Err(Error::Refused(format!("No pack was made: the database does not agree with its ledger in {} places.{first}", failed.len())))
}

fn no_pack(error: PackError) -> Error {
    Error::Refused(format!("No pack was made: {error}."))
}

fn left_out(pack: &Gathered) -> Vec<LeftOut> {
    let mut left_out = vec![
        LeftOut {
            what: "entries-of-others".to_owned(),
            why: "Entries of other campaigns, and sign-ins other than the ones that name those who acted here, are not in this pack; each entry that is here has its proof.".to_owned(),
        },
        LeftOut {
            what: "usage".to_owned(),
            why: "Raw usage is not in this pack; what weighed stands as facts in each recommendation.".to_owned(),
        },
        LeftOut {
            what: "independent-count".to_owned(),
            why: "There is no independent count of the population besides the rows that were read.".to_owned(),
        },
    ];
    left_out.extend(pack.texts_left_out.iter().map(|(why, count)| LeftOut { what: "texts".to_owned(), why: format!("{count} {why}.") }));
    left_out
}

/// Writes a file so that after a crash it is there whole or not at all.
fn write(folder: &Path, temporary: &str, file: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let temporary = folder.join(temporary);
    let mut out = fs::File::create(&temporary)?;
    let written = out.write_all(bytes).and_then(|()| out.sync_all()).and_then(|()| fs::rename(&temporary, folder.join(file)));
    if written.is_err() {
        // What is left of a full disk's attempt helps nobody; the first error is the one that counts.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    fs::File::open(folder)?.sync_all()
}

/// Gives a copy of a pack away, and notes who took it.
pub async fn taken(ctx: &Context, actor: &Actor, pack: PackId) -> Result<Taken> {
    crate::retry_busy(ctx, || take(ctx, actor, pack)).await
}

async fn take(ctx: &Context, actor: &Actor, id: PackId) -> Result<Taken> {
    actor.require(Action::Take, Object::Evidence, false)?;
    let mut tx = ctx.store.begin().await?;
    let pack = tx.pack(id).await?.ok_or(Error::NotFound)?;
    let path = folder(ctx).join(&pack.file);
    let there = tokio::fs::metadata(&path).await.is_ok_and(|file| file.len() == pack.bytes);
    if !there {
        return Err(Error::Source(format!(
            "The file {} is not in the folder of packs, or is not whole. Make the pack again: for the same checkpoint it has the same bytes.",
            pack.file
        )));
    }
    tx.insert_pack_copy(&PackCopy { id: ctx.env.id(), pack: id, user: actor.user, at: ctx.env.now() }).await?;
    for campaign in &pack.campaigns {
        // It tells what is recommended for items that are still to be judged first, so this person no longer answers them blind.
        if tx.campaign(*campaign).await?.is_some_and(|found| matches!(found.state, CampaignState::Preparing | CampaignState::Open)) {
            tx.keep_shadow_reader(*campaign, actor.user, ctx.env.now()).await?;
        }
    }
    if actor.roles.contains(&Role::Auditor) {
        for campaign in &pack.campaigns {
            let event = ctx.event(EventKind::AuditorAccessed, Some(actor)).campaign(*campaign).subject("pack", id).code("what", "pack");
            ctx.record(&mut tx, event).await?;
        }
    }
    tx.commit().await?;
    Ok(Taken { path, file: pack.file, bytes: pack.bytes, sha256: hex::encode(pack.sha256) })
}
