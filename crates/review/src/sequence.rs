//! Gives ledger entries their places, and signs checkpoints.
//!
//! A use case commits its entries without a place, so that decisions do not
//! queue behind one row. One sequencer, under a lease, gives the places and
//! stores the tree's nodes, usually within a second.
//!
//! # Why a crash or a second sequencer does no harm
//!
//! Places, nodes and the checkpoint over them are written in one transaction:
//! after a crash all of them are there or none. Each of these transactions
//! holds the lease's row; a sequencer whose lease was taken by another finds
//! its fence gone and writes nothing. Were two at work all the same, the second
//! would meet the first one's node rows, which are written once.
//!
//! # The unsequenced window
//!
//! Until an entry has its place and a checkpoint covers it, who can write to the
//! database can take it away without a trace in the tree. `docs/evidence.md`
//! says so. From the checkpoint on, [`crate::audit::audit`] finds it.

use crate::{Context, Error, Result};
use domain::{EntryId, time::SECOND};
use ledger::{Checkpoint, Frontier, VerifierKey, tree};
use std::time::Duration;
use store::{Lease, StoredCheckpoint, StoredNode, Tx};

/// The lease's name.
const LEASE: &str = "sequencer";
/// How long a sequencer may be silent before another takes over, in microseconds.
const LEASE_FOR: i64 = 10 * SECOND;
/// Entries in one transaction: few enough that it holds the writer for milliseconds.
const BATCH: usize = 2_000;

/// What a run of the sequencer did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sequenced {
    /// How many entries got their places.
    pub placed: u64,
    /// The checkpoint that was signed; `None` where nothing was new, or another sequencer is at work.
    pub checkpoint: Option<StoredCheckpoint>,
    /// True where another sequencer holds the lease.
    pub busy: bool,
}

/// What one transaction of the sequencer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Another sequencer holds the lease, or took it. Nothing was written.
    NotOurs,
    /// Places were given, and there are more entries to come.
    More(u64),
    /// Every entry has its place; the number that was given, and the checkpoint where one was due.
    Done(u64, Option<StoredCheckpoint>),
}

/// A sequencer: a holder of the lease, or one that would be.
#[derive(Debug)]
pub struct Sequencer<'a> {
    ctx: &'a Context,
    holder: String,
    batch: usize,
    lease: Option<Lease>,
}

impl<'a> Sequencer<'a> {
    /// A sequencer named `holder`, which must be unique to one run of one process.
    pub fn new(ctx: &'a Context, holder: &str) -> Self {
        Self { ctx, holder: holder.to_owned(), batch: BATCH, lease: None }
    }

    /// The same sequencer with another number of entries in a transaction, at least 1.
    #[must_use]
    pub fn batch(mut self, entries: usize) -> Self {
        self.batch = entries.max(1);
        self
    }

    /// One transaction: the lease, places for a batch of entries, their nodes, and the checkpoint once none is left.
    pub async fn step(&mut self) -> Result<Step> {
        let now = self.ctx.env.now();
        let mut tx = self.ctx.store.begin().await?;
        let lease = match &self.lease {
            Some(lease) => tx.hold_lease(lease).await?.then(|| lease.clone()),
            None => tx.take_lease(LEASE, &self.holder, now, now.plus(LEASE_FOR)).await?,
        };
        let Some(lease) = lease else {
            self.lease = None;
            return Ok(Step::NotOurs);
        };
        let waiting = tx.unsequenced(i64::try_from(self.batch).unwrap_or(i64::MAX)).await?;
        let mut frontier = frontier(&mut tx).await?;
        let first = frontier.size();
        let mut nodes: Vec<StoredNode> = Vec::with_capacity(waiting.len() * 2);
        for (_, leaf) in &waiting {
            nodes.extend(frontier.append(*leaf).into_iter().map(|node| (node.level, node.index, node.hash)));
        }
        let ids: Vec<EntryId> = waiting.iter().map(|(id, _)| *id).collect();
        let placed = tx.assign_places(first, &ids).await?;
        if placed != ids.len() as u64 {
            return Err(Error::Inconsistent(format!(
                "{placed} of {} entries took their places; another sequencer wrote beside the lease",
                ids.len()
            )));
        }
        tx.insert_nodes(&nodes).await?;
        let done = ids.len() < self.batch;
        let mut checkpoint = None;
        if done {
            let newest = tx.newest_checkpoint().await?.map_or(0, |c| c.size);
            if frontier.size() > newest {
                let signed = sign(self.ctx, &frontier)?;
                tx.insert_checkpoint(&signed).await?;
                checkpoint = Some(signed);
            }
            tx.end_lease(&lease, now).await?;
        }
        tx.commit().await?;
        self.lease = (!done).then_some(lease);
        Ok(if done { Step::Done(placed, checkpoint) } else { Step::More(placed) })
    }
}

/// Gives every waiting entry its place and signs a checkpoint where something is new.
pub async fn run(ctx: &Context, holder: &str) -> Result<Sequenced> {
    if !is_due(ctx).await? {
        return Ok(Sequenced::default());
    }
    let mut sequencer = Sequencer::new(ctx, holder);
    let mut placed = 0;
    loop {
        match sequencer.step().await? {
            Step::NotOurs => {
                return Ok(Sequenced { placed, checkpoint: None, busy: true });
            }
            Step::More(more) => placed += more,
            Step::Done(more, checkpoint) => {
                return Ok(Sequenced { placed: placed + more, checkpoint, busy: false });
            }
        }
    }
}

/// The newest checkpoint, after every entry that was committed before this call got its place. `None` while there is no entry at all.
///
/// Where another sequencer is at work, waits for it, for 15 seconds at most.
pub async fn checkpoint(ctx: &Context) -> Result<Option<StoredCheckpoint>> {
    let holder = format!("checkpoint-{}", hex::encode(ctx.env.bytes::<8>()));
    for _ in 0..300 {
        match run(ctx, &holder).await {
            Ok(done) if !done.busy => {
                let mut tx = ctx.store.read().await?;
                return Ok(tx.newest_checkpoint().await?);
            }
            Ok(_) => {}
            Err(Error::Store(error)) if error.is_busy() => {}
            Err(error) => return Err(error),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(Error::Refused(
        "Another process is writing the ledger's checkpoint and has not finished within 15 seconds. Nothing was changed. Try again in a minute.".to_owned(),
    ))
}

/// The key that checkpoints and packs are signed with, as those who verify know it.
pub fn verifier_key(ctx: &Context) -> Result<VerifierKey> {
    VerifierKey::new(&*ctx.origin, ctx.keys.signing.verifying_key())
        .map_err(|e| Error::Inconsistent(format!("the signing key's name: {e}")))
}

/// Whether an entry waits, or the newest checkpoint does not cover them all: a crash can come between the last place and the checkpoint.
async fn is_due(ctx: &Context) -> Result<bool> {
    let mut tx = ctx.store.read().await?;
    if tx.has_unsequenced().await? {
        return Ok(true);
    }
    let newest = tx.newest_checkpoint().await?.map_or(0, |c| c.size);
    Ok(tx.ledger_size().await? > newest)
}

/// The tree's right edge as the stored nodes have it.
async fn frontier(tx: &mut Tx) -> Result<Frontier> {
    let size = tx.ledger_size().await?;
    let mut hashes = Vec::new();
    for (level, index) in tree::peaks(size) {
        let node = tx.ledger_node(level, index).await?;
        hashes.push(node.ok_or_else(|| Error::Inconsistent(format!("the ledger's node at level {level}, index {index} is not stored")))?);
    }
    Frontier::from_peaks(size, hashes).map_err(|e| Error::Inconsistent(e.to_string()))
}

fn sign(ctx: &Context, frontier: &Frontier) -> Result<StoredCheckpoint> {
    let root = frontier.root();
    let note = Checkpoint::new(&*ctx.origin, frontier.size(), root)
        .sign(&ctx.keys.signing)
        .map_err(|e| Error::Inconsistent(format!("the checkpoint cannot be signed: {e}")))?;
    Ok(StoredCheckpoint { size: frontier.size(), root, note: note.to_string(), created_at: ctx.env.now() })
}
