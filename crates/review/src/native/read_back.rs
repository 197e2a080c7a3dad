//! Reading a platform's campaign back: the job (rules 5, 14 and 50).

use super::{
    Followed, act, applied, moved,
    platform::{Platform, said},
    sending::step,
    state_word,
};
use crate::{
    Context, Error, Result,
    case::{Case, Cases, at_one_moment},
    jobs::{self, JobKind},
    orders::{self, Step},
};
use connect::native::{NativeCampaign, NativeItem, NativeState};
use domain::{CampaignId, CampaignState, IdentityId, ItemId, OrderEvent, OrderState, ReviewState, SendingEvent, SendingState, Timestamp};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Tx, native::Sending};

/// Items looked at in one transaction.
const AT_ONCE: usize = 50;

/// What one look at a platform's campaign brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBack {
    /// Answers of ours that were seen standing there.
    pub standing: u64,
    /// Answers that were made on the platform and count now.
    pub made_there: u64,
    /// Answers of ours in whose place another stands there.
    pub another: u64,
    /// Items that the platform gave to somebody else.
    pub handed_over: u64,
    /// Items on which the platform acted by itself at its end.
    pub defaulted: u64,
    /// Removals that the platform accepted and says that it did not carry out.
    pub left_undone: u64,
}

impl ReadBack {
    const fn add(&mut self, more: Self) {
        self.standing += more.standing;
        self.made_there += more.made_there;
        self.another += more.another;
        self.handed_over += more.handed_over;
        self.defaulted += more.defaulted;
        self.left_undone += more.left_undone;
    }
}

/// Reads a platform's campaign back: its end, what was decided there, who answers what, and what its end did by itself.
///
/// Begun again, it finds what it did, and does it no second time.
///
/// # Errors
/// [`Error::Source`] where the platform cannot be asked.
pub async fn read_back(ctx: &Context, id: CampaignId) -> Result<ReadBack> {
    let mut tx = ctx.store.read().await?;
    let begun = ctx.env.now();
    let followed = Followed::load(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let source = tx.source(followed.row.source).await?.ok_or(Error::NotFound)?;
    let ours = tx.native_items(id).await?;
    tx.rollback().await?;
    let platform = Platform::open(ctx, &source).await?;
    let campaign = platform.campaign(&followed.id()).await.map_err(|why| said(&why))?;
    let items = platform.items(&campaign).await.map_err(|why| said(&why))?;
    let known: Vec<(ItemId, &NativeItem)> = items.iter().filter_map(|item| Some((*ours.get(&item.id)?, item))).collect();
    let mut done = ReadBack::default();
    for some in known.chunks(AT_ONCE) {
        done.add(crate::retry_busy(ctx, || look(ctx, &followed, (&campaign, begun), some)).await?);
    }
    crate::retry_busy(ctx, || note_read(ctx, &followed, &campaign)).await?;
    Ok(done)
}

/// `begun` is when the platform was asked: whoever was asked here since then may not be in its answer yet.
async fn look(
    ctx: &Context,
    followed: &Followed,
    (campaign, begun): (&NativeCampaign, Timestamp),
    some: &[(ItemId, &NativeItem)],
) -> Result<ReadBack> {
    let ctx = &at_one_moment(ctx);
    let mut done = ReadBack::default();
    let interesting = {
        let mut tx = ctx.store.read().await?;
        interesting(&mut tx, followed, campaign, some).await?
    };
    if interesting.is_empty() {
        return Ok(done);
    }
    let mut tx = ctx.store.begin().await?;
    tx.hold_campaign_open(followed.row.campaign).await?;
    tx.hold_orders().await?;
    let mut cases = Cases::default();
    for (id, there) in interesting {
        let Some(case) = cases.load(&mut tx, id).await? else { continue };
        if case.item.campaign_state == CampaignState::Closed {
            // A closed item never changes (rule 21); what happened to its answer on the way is still noted.
            done.add(answers(ctx, &mut tx, followed, &case, there, true).await?);
            done.left_undone += u64::from(applied::note(ctx, &mut tx, followed, &case, there).await?);
            continue;
        }
        done.add(answers(ctx, &mut tx, followed, &case, there, false).await?);
        done.left_undone += u64::from(applied::note(ctx, &mut tx, followed, &case, there).await?);
        let Some(case) = cases.load(&mut tx, id).await? else { continue };
        if case.item.state == ReviewState::Staged && campaign.state != NativeState::Closed {
            done.handed_over += u64::from(moved::from_under_an_answer(ctx, &mut tx, followed, &case, there, begun).await?);
            continue;
        }
        if !case.item.state.is_open() {
            continue;
        }
        if campaign.state == NativeState::Closed {
            act::defaulted(ctx, &mut tx, &case, &campaign.on_silence, &there.answer).await?;
            done.defaulted += 1;
        } else if there.is_open() && followed.names_one_reviewer() {
            done.handed_over += u64::from(moved::to_whom_it_asks(ctx, &mut tx, &case, there, begun).await?);
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Items of which there is something to write down, found without a lock: nearly always there is nothing.
async fn interesting<'n>(
    tx: &mut Tx,
    followed: &Followed,
    campaign: &NativeCampaign,
    some: &[(ItemId, &'n NativeItem)],
) -> Result<Vec<(ItemId, &'n NativeItem)>> {
    let mut found = Vec::new();
    let mut accounts: BTreeMap<String, Option<IdentityId>> = BTreeMap::new();
    for (id, there) in some {
        let Some(item) = tx.review_item(*id).await? else { continue };
        let newest = newest(tx, *id).await?;
        let news = match (&newest, there.is_open()) {
            (Some(sending), false) => sending.state != SendingState::Stands || sending.note != there.note.clone().unwrap_or_default(),
            (Some(sending), true) => sending.state.may_have_arrived(),
            (None, false) => item.state.is_open(),
            (None, true) => false,
        };
        let over = campaign.state == NativeState::Closed && item.state.is_open();
        let mut elsewhere = false;
        if (item.state.is_open() || (item.state == ReviewState::Staged && there.is_open()))
            && followed.names_one_reviewer()
            && let Some(account) = there.reviewer()
        {
            if !accounts.contains_key(account) {
                accounts.insert(account.to_owned(), tx.identity_of_external_id(followed.row.source, account).await?);
            }
            elsewhere = accounts.get(account).copied().flatten().is_some_and(|who| who != item.reviewer);
        }
        if news || over || elsewhere || applied::left_undone(tx, &item, there).await?.is_some() {
            found.push((*id, *there));
        }
    }
    Ok(found)
}

/// The newest sending of an item that is not withdrawn.
async fn newest(tx: &mut Tx, item: ItemId) -> Result<Option<Sending>> {
    Ok(tx.sendings_of_item(item).await?.into_iter().rfind(|one| one.state != SendingState::Withdrawn))
}

/// What the answer that stands there says of ours, and of the item where it is not ours.
async fn answers(ctx: &Context, tx: &mut Tx, followed: &Followed, case: &Case, there: &NativeItem, closed: bool) -> Result<ReadBack> {
    let mut done = ReadBack::default();
    let sending = newest(tx, case.item.id).await?;
    if there.is_open() {
        match sending {
            // It did not arrive: it goes again, after another look.
            Some(sending) if sending.state == SendingState::Unknown => {
                order_follows(ctx, tx, &sending, OrderEvent::SeeStill, "not_there").await?;
                jobs::enqueue(ctx, tx, JobKind::SendAnswers(sending.campaign), ctx.env.now()).await?;
            }
            Some(sending) if matches!(sending.state, SendingState::Sent | SendingState::Stands) => {
                act::another_stands(ctx, tx, &sending, there, followed.platform()).await?;
                done.another += 1;
            }
            _ => {}
        }
        return Ok(done);
    }
    // By nobody at its end: the platform's own act, not somebody's answer.
    let by_nobody = there.by.is_none() && there.note.is_none();
    if let Some(sending) = &sending {
        let ours = is_ours(tx, sending, there).await?;
        if ours {
            let sending = match sending.state {
                // Sent, and killed before that was written down.
                SendingState::Staged | SendingState::WaitingForSignIn => step(ctx, tx, sending, SendingEvent::Accept, None).await?,
                _ => Some(sending.clone()),
            };
            if let Some(sending) = sending.filter(|one| one.state.after(SendingEvent::SeeStanding).is_ok()) {
                step(ctx, tx, &sending, SendingEvent::SeeStanding, None).await?;
                order_follows(ctx, tx, &sending, OrderEvent::Accept, "stands").await?;
                done.standing += 1;
            }
            return Ok(done);
        }
        if sending.state.after(SendingEvent::SeeAnother).is_err() {
            return Ok(done);
        }
        act::another_stands(ctx, tx, sending, there, followed.platform()).await?;
        done.another += 1;
    }
    if closed || (by_nobody && sending.is_none()) {
        return Ok(done);
    }
    done.made_there += u64::from(act::record(ctx, tx, case, there).await?);
    Ok(done)
}

/// Whether an answer that stands there is one of ours: by its note, and where the campaign takes none, by what was answered.
async fn is_ours(tx: &mut Tx, sending: &Sending, there: &NativeItem) -> Result<bool> {
    let note = there.note.as_deref().unwrap_or_default();
    if note != sending.note {
        return Ok(false);
    }
    let alike =
        async |tx: &mut Tx| Ok(tx.decision(sending.decision).await?.is_some_and(|ours| act::answer_of(&there.answer) == Some(ours.answer)));
    if note.is_empty() { alike(tx).await } else { Ok(true) }
}

/// The removal of a Revoke whose reply was lost: it is the platform's where the answer stands there, and is to be sent where
/// the answer is not there. One that was refused with its answer is the platform's too, where the answer stands after all.
/// Does nothing where what came of it is known.
async fn order_follows(ctx: &Context, tx: &mut Tx, sending: &Sending, event: OrderEvent, outcome: &'static str) -> Result<()> {
    let order = tx.living_order_of_decision(sending.decision).await?;
    let mends = |state| state == OrderState::OutcomeUnknown || (state == OrderState::Refused && event == OrderEvent::Accept);
    let Some(order) = order.filter(|order| mends(order.state)) else { return Ok(()) };
    let now = ctx.env.now();
    orders::step(ctx, tx, &order, Step::new(event, None).code("outcome", outcome), |o| {
        if event == OrderEvent::SeeStill {
            o.left_at = None;
        } else {
            o.left_at = o.left_at.or(Some(now));
        }
        if order.state == OrderState::Refused {
            o.remark = None;
        }
    })
    .await?;
    Ok(())
}

/// Notes when it was read; where the platform moved its end, or ended, an entry says so and the due date follows.
async fn note_read(ctx: &Context, followed: &Followed, campaign: &NativeCampaign) -> Result<()> {
    let state = state_word(&campaign.state);
    let mut tx = ctx.store.begin().await?;
    tx.hold_campaign_open(followed.row.campaign).await?;
    tx.set_native_read(followed.row.campaign, state, campaign.ends, ctx.env.now()).await?;
    if state != followed.row.state || campaign.ends != followed.row.ends_at {
        let mut entry = ctx.event(EventKind::PlatformRead, None).campaign(followed.row.campaign).code("platform_state", state);
        if let Some(ends) = campaign.ends {
            entry = entry.int("ends_at", ends.micros());
            tx.set_campaign_due(followed.row.campaign, ends).await?;
        }
        ctx.record(&mut tx, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}
