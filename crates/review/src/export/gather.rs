//! Reads everything that a pack holds, in one transaction that sees one state.

use super::Campaigns;
use crate::{Context, Error, Result, erase};
use domain::{CampaignId, EntryId, GrantId, SourceId};
use ledger::{EventKind, Node, Nodes, tree};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};
use store::{
    StoredCheckpoint, StoredEntry, StoredText, Tx,
    access::{Account, Entitlement, Grant},
    campaigns::Campaign,
    evidence::{DecisionEvidence, ItemEvidence, OrderEvidence, ProofEvidence, RecommendationEvidence},
    sources::{Snapshot, Source},
};
use uuid::Uuid;

/// Rows that are read at once.
const PAGE: i64 = 1_000;
/// Leaves whose nodes are read together: 2^10.
const BLOCK: u8 = 10;

/// An entry with its place.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its place.
    pub index: u64,
    /// What it says.
    pub entry: ledger::Entry,
    /// Its bytes as they are stored.
    pub bytes: Vec<u8>,
}

/// What one source had at the campaign's opening.
#[derive(Debug)]
pub struct SourceAtOpening {
    /// The source.
    pub source: Source,
    /// The number of the snapshot.
    pub seq: i64,
    /// Every account.
    pub accounts: BTreeMap<Uuid, Account>,
    /// Every entitlement.
    /// What the newest reading calls each account that it still has, when the pack is made (rule 34).
    pub names_now: BTreeMap<Uuid, String>,
    pub entitlements: BTreeMap<Uuid, Entitlement>,
    /// Every grant, by id.
    pub grants: Vec<Grant>,
}

/// A grant that came back after the opening, as the reading that showed it has it.
#[derive(Debug)]
pub struct CameBack {
    /// The source.
    pub source: Uuid,
    /// The grant.
    pub grant: Grant,
    /// Who holds it.
    pub account: Option<Account>,
    /// What is held.
    pub entitlement: Option<Entitlement>,
}

/// A campaign, with what is its own.
#[derive(Debug)]
pub struct OfCampaign {
    pub campaign: Campaign,
    /// The readings that it was opened on.
    pub at_opening: BTreeMap<SourceId, i64>,
    /// The report of shadow mode that the owner accepted.
    pub shadow_report: Option<String>,
    /// Grants in scope that got no item, with the reason, by grant.
    pub left_out: BTreeMap<GrantId, String>,
    /// The version of the rules of duties at opening, and for how many grants they were and were not evaluated.
    pub duties: Option<(i64, i64, i64)>,
    /// Grants that came back and were asked about after opening (rule 21).
    pub came_back: Vec<CameBack>,
}

/// Everything that a pack holds.
#[derive(Debug)]
pub struct Gathered {
    /// In the order of their ids.
    pub campaigns: Vec<OfCampaign>,
    pub checkpoint: StoredCheckpoint,
    /// The newest checkpoint from before the first of the campaigns was opened.
    pub previous: Option<StoredCheckpoint>,
    /// The entries, by place.
    pub entries: BTreeMap<u64, Placed>,
    pub nodes: Nodes,
    pub texts: Vec<StoredText>,
    /// Texts that are kept back, and why.
    pub texts_left_out: BTreeMap<&'static str, u64>,
    pub items: BTreeMap<Uuid, ItemEvidence>,
    pub recommendations: BTreeMap<Uuid, RecommendationEvidence>,
    pub decisions: BTreeMap<Uuid, DecisionEvidence>,
    pub orders: BTreeMap<Uuid, OrderEvidence>,
    pub proofs: Vec<ProofEvidence>,
    /// The readings that the campaigns were opened on, by source and number.
    pub sources: BTreeMap<(SourceId, i64), SourceAtOpening>,
    pub snapshots: Vec<Snapshot>,
    /// Users who acted, by pseudonym: the entry that commits to their name.
    pub actors: BTreeMap<String, Option<EntryId>>,
}

macro_rules! all {
    ($tx:ident . $page:ident ( $campaign:expr )) => {{
        let mut rows = Vec::new();
        loop {
            let page = $tx.$page($campaign, rows.last().map(|row: &_| key(row)), PAGE).await?;
            if page.is_empty() {
                break;
            }
            rows.extend(page);
        }
        rows
    }};
}

trait Keyed {
    fn id(&self) -> Uuid;
}

macro_rules! keyed {
    ($($row:ty),+) => {$(impl Keyed for $row { fn id(&self) -> Uuid { self.id } })+};
}
keyed!(ItemEvidence, RecommendationEvidence, DecisionEvidence, OrderEvidence, ProofEvidence);

fn key<T: Keyed>(row: &T) -> Uuid {
    row.id()
}

fn by_id<T: Keyed>(rows: Vec<T>) -> BTreeMap<Uuid, T> {
    rows.into_iter().map(|row| (row.id(), row)).collect()
}

/// Reads what a pack of the campaigns at a checkpoint holds. `None` where there is no such campaign or checkpoint,
/// or the checkpoint is from before one of the campaigns.
pub async fn gather(ctx: &Context, campaigns: &Campaigns, size: u64) -> Result<Option<Gathered>> {
    let mut tx = ctx.store.read().await?;
    let Some(checkpoint) = tx.checkpoint(size).await? else {
        return Ok(None);
    };
    let mut entries = BTreeMap::new();
    let mut of_campaigns = Vec::new();
    for id in campaigns.ids() {
        let Some(campaign) = tx.campaign(*id).await? else {
            return Ok(None);
        };
        of_campaign(&mut tx, &mut entries, *id, size).await?;
        let at_opening = tx.campaign_sources(*id).await?.into_iter().map(|of| (of.source, of.seq)).collect();
        let shadow_report = tx.accepted_report(*id).await?.map(|report| report.body);
        let left_out = left_out(&mut tx, *id).await?;
        let duties = tx.campaign_duties(*id).await?;
        of_campaigns.push(OfCampaign { campaign, at_opening, shadow_report, left_out, duties, came_back: Vec::new() });
    }
    let mut first_opened = u64::MAX;
    for of in &of_campaigns {
        let of_it = |placed: &&Placed| placed.entry.kind == EventKind::CampaignOpened && placed.entry.campaign == Some(of.campaign.id);
        let Some(opened) = entries.values().find(of_it).map(|placed| placed.index) else {
            return Ok(None);
        };
        first_opened = first_opened.min(opened);
        around(&mut tx, &mut entries, size, opened, &of.at_opening).await?;
    }
    let actors = actors(ctx, &mut tx, &mut entries, size).await?;
    let (texts, texts_left_out) = texts(&mut tx, &mut entries, size).await?;

    let previous = newest_checkpoint_up_to(&mut tx, first_opened).await?;
    let nodes = nodes(&mut tx, size, entries.keys().copied(), previous.as_ref().map(|c| c.size)).await?;
    let mut pack = Gathered {
        campaigns: Vec::new(),
        checkpoint,
        previous,
        entries,
        nodes,
        texts,
        texts_left_out,
        items: BTreeMap::new(),
        recommendations: BTreeMap::new(),
        decisions: BTreeMap::new(),
        orders: BTreeMap::new(),
        proofs: Vec::new(),
        sources: BTreeMap::new(),
        snapshots: Vec::new(),
        actors,
    };
    let mut snapshots = BTreeMap::new();
    for mut of in of_campaigns {
        let id = of.campaign.id;
        let items = by_id(all!(tx.evidence_items(id)));
        of.came_back = came_back(&mut tx, &pack.entries, &items, &of.at_opening).await?;
        pack.items.extend(items);
        pack.recommendations.extend(by_id(all!(tx.evidence_recommendations(id))));
        pack.decisions.extend(by_id(all!(tx.evidence_decisions(id))));
        pack.orders.extend(by_id(all!(tx.evidence_orders(id))));
        pack.proofs.extend(all!(tx.evidence_proofs(id)));
        for (source, seq) in &of.at_opening {
            if let Entry::Vacant(place) = pack.sources.entry((*source, *seq)) {
                place.insert(at_opening(&mut tx, id, *source, *seq).await?);
            }
            for seq in readings(&pack.entries, *source, *seq) {
                if let (Entry::Vacant(place), Some(snapshot)) = (snapshots.entry((*source, seq)), tx.snapshot(*source, seq).await?) {
                    place.insert(snapshot);
                }
            }
        }
        pack.campaigns.push(of);
    }
    pack.snapshots = snapshots.into_values().collect();
    Ok(Some(pack))
}

/// Takes the entries of a campaign that the checkpoint covers.
async fn of_campaign(tx: &mut Tx, entries: &mut BTreeMap<u64, Placed>, id: CampaignId, size: u64) -> Result<()> {
    let mut after = None;
    loop {
        let page = tx.entries_of_campaign(id, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for stored in page {
            place(entries, stored, size)?;
        }
    }
}

async fn left_out(tx: &mut Tx, id: CampaignId) -> Result<BTreeMap<GrantId, String>> {
    let mut left_out = BTreeMap::new();
    loop {
        let page = tx.left_out(id, left_out.keys().next_back().copied(), PAGE).await?;
        if page.is_empty() {
            return Ok(left_out);
        }
        left_out.extend(page);
    }
}

/// Everything that a source had at a reading that a campaign was opened on.
async fn at_opening(tx: &mut Tx, campaign: CampaignId, id: SourceId, seq: i64) -> Result<SourceAtOpening> {
    let source =
        tx.source(id).await?.ok_or_else(|| Error::Inconsistent(format!("campaign {campaign} names source {id}, which is not there")))?;
    let accounts = tx.accounts_at(id, seq).await?.into_iter().map(|account| (account.id.0, account)).collect();
    let entitlements = tx.entitlements_at(id, seq).await?.into_iter().map(|entitlement| (entitlement.id.0, entitlement)).collect();
    let mut grants = tx.grants_at(id, seq).await?;
    grants.sort_by_key(|grant| grant.id);
    let names_now = match source.last_seq {
        Some(newest) => {
            let accounts = tx.accounts_at(id, newest).await?;
            accounts.into_iter().map(|account| (account.id.0, account.display_name().to_owned())).collect()
        }
        None => BTreeMap::new(),
    };
    Ok(SourceAtOpening { source, seq, accounts, names_now, entitlements, grants })
}

/// The grants of the items that speak of a later reading than the opening's, as far as the checkpoint covers those items.
async fn came_back(
    tx: &mut Tx,
    entries: &BTreeMap<u64, Placed>,
    items: &BTreeMap<Uuid, ItemEvidence>,
    at_opening: &BTreeMap<SourceId, i64>,
) -> Result<Vec<CameBack>> {
    let created = entries.values().filter(|placed| placed.entry.kind == EventKind::ItemCreated);
    let mut came_back: BTreeMap<Uuid, CameBack> = BTreeMap::new();
    for item in created.filter_map(|placed| items.get(&placed.entry.item?.0)) {
        if at_opening.get(&item.source_id.into()) == Some(&item.seq) {
            continue;
        }
        let Some((_, grant)) = tx.grant(item.grant_id.into()).await? else { continue };
        let account = tx.account_at(item.account_id.into(), item.seq).await?;
        let entitlement = tx.entitlement_at(item.entitlement_id.into(), item.seq).await?;
        came_back.insert(item.grant_id, CameBack { source: item.source_id, grant, account, entitlement });
    }
    Ok(came_back.into_values().collect())
}

/// Takes an entry that the checkpoint covers.
fn place(entries: &mut BTreeMap<u64, Placed>, stored: StoredEntry, size: u64) -> Result<()> {
    let Some(index) = stored.index.filter(|index| *index < size) else {
        return Ok(());
    };
    let entry = ledger::Entry::parse(&stored.bytes).map_err(|why| {
        Error::Refused(format!(
            "No pack was made: entry {index} of the ledger (id {}) cannot be read: {why}. The database was changed or is damaged.",
            stored.id
        ))
    })?;
    entries.insert(index, Placed { index, entry, bytes: stored.bytes });
    Ok(())
}

/// Entries that belong to no campaign and bear on this one: readings of its sources, findings, the switch, policies.
async fn around(
    tx: &mut Tx,
    entries: &mut BTreeMap<u64, Placed>,
    size: u64,
    opened: u64,
    at_opening: &BTreeMap<SourceId, i64>,
) -> Result<()> {
    use EventKind as K;
    for kind in [
        K::SourceSynced,
        K::SourceChanged,
        K::SnapshotSealed,
        K::PeopleJoined,
        K::PolicyChanged,
        K::OrdersStopped,
        K::OrdersResumed,
        K::FindingRaised,
        K::FindingClosed,
        K::AlarmLeaver,
    ] {
        let mut after = None;
        loop {
            let page = tx.entries_of_no_campaign(kind.as_str(), after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for stored in page {
                let Some(index) = stored.index.filter(|index| *index < size) else {
                    continue;
                };
                let Ok(entry) = ledger::Entry::parse(&stored.bytes) else {
                    continue;
                };
                let source = entry.subjects.get("source").and_then(|id| id.parse::<SourceId>().ok());
                let ours = match source {
                    Some(source) => at_opening.get(&source).map(|seq| (kind, entry.data_int("seq") >= Some(*seq))),
                    None => Some((kind, false)),
                };
                let bears =
                    matches!(ours, Some((K::SnapshotSealed, true))) || (ours.is_some() && kind != K::SnapshotSealed && index > opened);
                if bears {
                    place(entries, stored, size)?;
                }
            }
        }
    }
    Ok(())
}

/// Who acted, and for each the newest entry that commits to their name.
async fn actors(ctx: &Context, tx: &mut Tx, entries: &mut BTreeMap<u64, Placed>, size: u64) -> Result<BTreeMap<String, Option<EntryId>>> {
    let mut wanted: BTreeMap<String, Option<EntryId>> = entries
        .values()
        .filter_map(|placed| match &placed.entry.actor {
            ledger::Actor::Person(pseudonym) => Some((pseudonym.clone(), None)),
            ledger::Actor::System => None,
        })
        .collect();
    let mut after = None;
    loop {
        let page = tx.users(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(wanted);
        };
        after = Some(last.id);
        let here: BTreeMap<Uuid, String> = page
            .iter()
            .map(|user| (user.id.0, ctx.keys.pseudonyms.pseudonym("user", &user.id.to_string())))
            .filter(|(_, pseudonym)| wanted.contains_key(pseudonym))
            .collect();
        let subjects: Vec<Uuid> = here.keys().copied().collect();
        for (subject, entry) in tx.newest_entries_about(&subjects, EventKind::SessionStarted.as_str(), "name", size).await? {
            if let Some(named) = here.get(&subject).and_then(|pseudonym| wanted.get_mut(pseudonym)) {
                *named = Some(entry.id);
                place(entries, entry, size)?;
            }
        }
    }
}

/// The texts that the entries commit to, and how many are kept back for which reason.
async fn texts(tx: &mut Tx, entries: &mut BTreeMap<u64, Placed>, size: u64) -> Result<(Vec<StoredText>, BTreeMap<&'static str, u64>)> {
    let ids: Vec<EntryId> = entries.values().filter(|placed| !placed.entry.commitments.is_empty()).map(|placed| placed.entry.id).collect();
    let texts = tx.texts_of_entries(&ids).await?;
    if texts.iter().any(|text| text.open.is_none()) {
        // What says that they were erased may belong to no campaign.
        let gone: BTreeSet<String> = texts.iter().filter(|text| text.open.is_none()).map(|text| text.entry.to_string()).collect();
        let mut after = None;
        loop {
            let page = tx.entries_of_no_campaign(EventKind::TextErased.as_str(), after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for stored in page {
                if ledger::Entry::parse(&stored.bytes).is_ok_and(|entry| entry.data_code("entry").is_some_and(|of| gone.contains(of))) {
                    place(entries, stored, size)?;
                }
            }
        }
    }
    let recorded: BTreeSet<(String, String)> = entries
        .values()
        .filter(|placed| placed.entry.kind == EventKind::TextErased)
        .filter_map(|placed| Some((placed.entry.data_code("entry")?.to_owned(), placed.entry.data_code("field")?.to_owned())))
        .collect();
    let restricted = erase::restricted(tx).await?;
    let mut shown = Vec::with_capacity(texts.len());
    let mut left_out = BTreeMap::new();
    for text in texts {
        let why = if text.open.is_none() && !recorded.contains(&(text.entry.to_string(), text.field.clone())) {
            Some("erased after this checkpoint; a pack at a later checkpoint shows the entry that says so")
        } else if text.open.is_some() && restricted.contains(&text.subject) {
            Some("restricted at the request of the person whom it is about, and kept because of retention")
        } else {
            None
        };
        match why {
            Some(why) => *left_out.entry(why).or_default() += 1,
            None => shown.push(text),
        }
    }
    Ok((shown, left_out))
}

/// The newest checkpoint over at most `entries` entries. No checkpoint of such a size can be added later, so that a pack can be made again.
async fn newest_checkpoint_up_to(tx: &mut Tx, entries: u64) -> Result<Option<StoredCheckpoint>> {
    Ok(tx.checkpoints(Some(entries + 1), 1).await?.pop())
}

/// The nodes that the proofs of these leaves are made of: near each leaf all levels, above them the high levels.
async fn nodes(tx: &mut Tx, size: u64, leaves: impl Iterator<Item = u64>, previous: Option<u64>) -> Result<Nodes> {
    let mut blocks: BTreeSet<u64> = leaves.map(|leaf| leaf >> BLOCK).collect();
    // The right edge, of this tree and of the earlier one.
    blocks.insert(size.saturating_sub(1) >> BLOCK);
    blocks.extend(previous.map(|size| size.saturating_sub(1) >> BLOCK));
    blocks.extend(previous.map(|size| size >> BLOCK));
    let mut nodes = Nodes::default();
    let add = |nodes: &mut Nodes, found: Vec<store::StoredNode>| {
        nodes.extend(found.into_iter().map(|(level, index, hash)| Node { level, index, hash }));
    };
    for level in 0..64 {
        if size >> level == 0 {
            break;
        }
        if level >= BLOCK {
            add(&mut nodes, tx.ledger_nodes(level, 0, size >> level).await?);
            continue;
        }
        for block in &blocks {
            let (from, to) = (block << (BLOCK - level), (block + 1) << (BLOCK - level));
            add(&mut nodes, tx.ledger_nodes(level, from, to.min(size >> level)).await?);
        }
    }
    for (level, index) in tree::peaks(size) {
        if let Some(hash) = tx.ledger_node(level, index).await? {
            nodes.insert(level, index, hash);
        }
    }
    Ok(nodes)
}

/// The numbers of the readings of a source that the entries speak of.
fn readings(entries: &BTreeMap<u64, Placed>, source: SourceId, opening: i64) -> BTreeSet<i64> {
    let id = source.to_string();
    let of_source = entries
        .values()
        .filter(|placed| placed.entry.kind == EventKind::SnapshotSealed && placed.entry.subjects.get("source") == Some(&id));
    std::iter::once(opening).chain(of_source.filter_map(|placed| placed.entry.data_int("seq"))).collect()
}
