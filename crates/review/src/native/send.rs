//! Taking final answers to the platform: the job (rules 2, 11 and 14).
//!
//! An answer leaves once it is final here and nothing holds the removal that it orders. It goes with the reviewer's own
//! token, or by the service app where the owner chose so before opening. Connectors read before they send, so that a job
//! that is begun again sends nothing twice.

use super::{
    Followed, act,
    link::{self, token},
    platform::{Platform, said},
    sending::step,
};
use crate::{
    Context, Error, Result,
    case::{Cases, at_one_moment},
    jobs::{self, JobKind},
    orders::{self, Step, switch},
};
use connect::native::{NativeAction, NativeCampaign, NativeDecision, NativeState, Recorded};
use domain::{Answer, CampaignId, DecisionId, OrderEvent, OrderState, SendingEvent, SendingState, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{
    Tx,
    native::{Sending, SendingWith},
    orders::Order,
    sources::Source,
};

/// Answers read at once.
const AT_ONCE: i64 = 500;
/// Answers that are sent before what came of them is written down.
const BATCH: usize = 50;

/// What one run did for one campaign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentAnswers {
    /// Answers that the platform has now.
    pub sent: u64,
    /// Answers that wait for their reviewer's sign-in.
    pub waiting: u64,
    /// Answers in whose place another stands there.
    pub another: u64,
    /// Answers that the platform does not take.
    pub refused: u64,
    /// Answers of which only a look can tell whether they arrived.
    pub unknown: u64,
}

/// Sends what can be sent of a campaign.
///
/// `last` says that nobody will try again: what could not be sent for a passing reason is then refused with that reason, for
/// a person to see.
///
/// # Errors
/// [`Error::Source`] where the platform could not be reached; whatever was not sent stays as it was, and the job is tried again.
pub async fn send(ctx: &Context, campaign: CampaignId, last: bool) -> Result<SentAnswers> {
    let mut tx = ctx.store.read().await?;
    let followed = Followed::load(&mut tx, campaign).await?.ok_or(Error::NotFound)?;
    let source = tx.source(followed.row.source).await?.ok_or(Error::NotFound)?;
    let stopped = switch::stopped(&mut tx).await?;
    let mut ready = Vec::new();
    let mut after = None;
    loop {
        let page = tx.sendings_to_leave(campaign, after, AT_ONCE).await?;
        let Some(more) = page.last() else { break };
        after = Some(more.sending.decision);
        ready.extend(page.into_iter().filter(|one| may_leave(one, stopped)));
    }
    tx.rollback().await?;
    let mut done = SentAnswers::default();
    crate::retry_busy(ctx, || settle_orders(ctx, campaign)).await?;
    if ready.is_empty() {
        return Ok(done);
    }
    let mut by_user: BTreeMap<Option<UserId>, Vec<SendingWith>> = BTreeMap::new();
    for one in ready {
        by_user.entry(one.sending.user).or_default().push(one);
    }
    let room = Room { ctx, followed: &followed, source: &source, last };
    let (platform, settings) = match room.open().await {
        Ok(open) => open,
        Err(Error::Source(why)) if last => {
            for batch in by_user.into_values() {
                let outcomes: Vec<Recorded> = batch.iter().map(|_| Recorded::NotSent(why.clone())).collect();
                room.write_down(&batch, &outcomes, &mut done).await?;
            }
            return Ok(done);
        }
        Err(error) => return Err(error),
    };
    let mut put_off = None;
    for (user, all) in by_user {
        for batch in all.chunks(BATCH) {
            let outcomes = room.outcomes(&platform, &settings, user, batch).await?;
            let later = outcomes.iter().find_map(|one| if let Recorded::NotSent(why) = one { Some(why.clone()) } else { None });
            room.write_down(batch, &outcomes, &mut done).await?;
            if let (Some(user), true) = (user, outcomes.contains(&Recorded::WaitsForSignIn)) {
                // What the platform turned away once is not tried again with every answer.
                link::forget(ctx, user, source.id, "turned_away").await?;
            }
            put_off = put_off.or(later);
        }
        if let Some(user) = user {
            link::used(ctx, &source, user).await?;
        }
    }
    match put_off {
        Some(why) if !last => Err(Error::Source(why)),
        _ => Ok(done),
    }
}

/// Whether nothing here holds an answer back any more.
fn may_leave(one: &SendingWith, stopped: bool) -> bool {
    match one.order {
        // Approvals, and Revokes whose removal another campaign's order carries out.
        None => one.answer == Answer::Approve || !stopped,
        Some(OrderState::Claimed) => !stopped,
        // Nothing is removed there, or it is gone already: the answer itself is still recorded.
        Some(OrderState::CannotBeRemovedHere | OrderState::Proven) => true,
        Some(_) => false,
    }
}

struct Room<'a> {
    ctx: &'a Context,
    followed: &'a Followed,
    source: &'a Source,
    last: bool,
}

impl Room<'_> {
    async fn open(&self) -> Result<(Platform, NativeCampaign)> {
        let platform = Platform::open(self.ctx, self.source).await?;
        let settings = platform.campaign(&self.followed.id()).await.map_err(|why| said(&why))?;
        Ok((platform, settings))
    }

    async fn outcomes(
        &self,
        platform: &Platform,
        settings: &NativeCampaign,
        user: Option<UserId>,
        batch: &[SendingWith],
    ) -> Result<Vec<Recorded>> {
        let all = |outcome: Recorded| Ok(batch.iter().map(|_| outcome.clone()).collect());
        if settings.state == NativeState::Closed {
            return all(Recorded::Refused(format!("{} takes no answers any more: its campaign has ended.", self.followed.platform())));
        }
        let decisions: Vec<NativeDecision> = batch.iter().filter_map(decision_of).collect();
        if decisions.len() != batch.len() {
            return Err(Error::Inconsistent(format!("campaign {} sends an answer that no platform has", self.followed.row.campaign)));
        }
        let Some(user) = user else {
            return Ok(platform.decide_by_service(settings, &decisions).await);
        };
        match token(self.ctx, platform, self.source, user).await {
            Ok(Some(token)) => Ok(platform.decide(settings, &token, &decisions).await),
            Ok(None) => all(Recorded::WaitsForSignIn),
            Err(Error::Source(why)) => all(Recorded::NotSent(why)),
            Err(error) => Err(error),
        }
    }

    async fn write_down(&self, batch: &[SendingWith], outcomes: &[Recorded], done: &mut SentAnswers) -> Result<()> {
        for (one, outcome) in batch.iter().zip(outcomes) {
            let counted = crate::retry_busy(self.ctx, || self.one(one, outcome)).await?;
            if counted {
                match outcome {
                    Recorded::Stands(_) => done.sent += 1,
                    Recorded::AnotherStands(_) => done.another += 1,
                    Recorded::Refused(_) => done.refused += 1,
                    Recorded::NotSent(_) => done.refused += u64::from(self.last),
                    Recorded::WaitsForSignIn => done.waiting += 1,
                    Recorded::Unknown => done.unknown += 1,
                }
            }
        }
        Ok(())
    }

    /// Writes down what came of one answer, with its order. False where it moved on meanwhile.
    async fn one(&self, one: &SendingWith, outcome: &Recorded) -> Result<bool> {
        let ctx = &at_one_moment(self.ctx);
        let mut tx = ctx.store.begin().await?;
        tx.hold_campaign_open(one.sending.campaign).await?;
        tx.hold_orders().await?;
        let Some(sending) = tx.sending(one.sending.decision).await?.filter(|now| now.version == one.sending.version) else {
            return Ok(false);
        };
        let order = tx.living_order_of_decision(sending.decision).await?.filter(|order| order.state == OrderState::Claimed);
        let moved = match outcome {
            Recorded::Stands(_) => {
                carried(ctx, &mut tx, order.as_ref(), Step::new(OrderEvent::Accept, None).code("outcome", "recorded"), None).await?;
                replaced(ctx, &mut tx, &sending).await?;
                step(ctx, &mut tx, &sending, SendingEvent::Accept, None).await?
            }
            Recorded::AnotherStands(there) => {
                act::another_stands(ctx, &mut tx, &sending, there, self.followed.platform()).await?;
                if let Some(case) = Cases::default().load(&mut tx, sending.item).await? {
                    act::record(ctx, &mut tx, &case, there).await?;
                }
                Some(sending)
            }
            Recorded::Refused(why) => self.refuse(ctx, &mut tx, &sending, order.as_ref(), why).await?,
            // What may be there is not refused because it could not be asked about: reading the campaign back tells.
            Recorded::NotSent(_) if order.is_none() && sending.state == SendingState::Unknown => None,
            Recorded::NotSent(why) if self.last => self.refuse(ctx, &mut tx, &sending, order.as_ref(), why).await?,
            Recorded::NotSent(_) => None,
            Recorded::WaitsForSignIn => {
                carried(ctx, &mut tx, order.as_ref(), Step::new(OrderEvent::MissSignIn, None), None).await?;
                match sending.state {
                    SendingState::Staged => step(ctx, &mut tx, &sending, SendingEvent::MissSignIn, None).await?,
                    _ => Some(sending),
                }
            }
            Recorded::Unknown => {
                carried(ctx, &mut tx, order.as_ref(), Step::new(OrderEvent::LoseAnswer, None), None).await?;
                if sending.state == SendingState::Unknown {
                    None
                } else {
                    // Looked at in seconds, by a job that is tried a limited number of times; what stays unknown after it
                    // waits until the campaign is read back anyway.
                    let soon = jobs::soon(ctx);
                    jobs::enqueue(ctx, &mut tx, JobKind::ReadBack(sending.campaign), soon).await?;
                    step(ctx, &mut tx, &sending, SendingEvent::LoseAnswer, None).await?
                }
            }
        };
        tx.commit().await?;
        Ok(moved.is_some())
    }

    async fn refuse(&self, ctx: &Context, tx: &mut Tx, sending: &Sending, order: Option<&Order>, why: &str) -> Result<Option<Sending>> {
        carried(ctx, tx, order, Step::new(OrderEvent::Refuse, None), Some(why.to_owned())).await?;
        step(ctx, tx, sending, SendingEvent::Refuse, Some(why.to_owned())).await
    }
}

fn decision_of(one: &SendingWith) -> Option<NativeDecision> {
    let action = match one.answer {
        Answer::Approve => NativeAction::Approve,
        Answer::Revoke => NativeAction::Revoke,
        Answer::Escalate => return None,
    };
    Some(NativeDecision { item: one.native_id.clone(), action, note: one.sending.note.clone(), replaces: one.sending.replaces.clone() })
}

/// Takes the step of a claimed order that goes with what came of its answer.
async fn carried(ctx: &Context, tx: &mut Tx, order: Option<&Order>, next: Step<'_>, remark: Option<String>) -> Result<()> {
    let Some(order) = order else { return Ok(()) };
    let stays = next.may_have_left();
    orders::step(ctx, tx, order, next, |o| {
        if remark.is_some() {
            o.remark = remark;
        }
        if !stays {
            // Nothing left.
            o.left_at = None;
        }
    })
    .await?;
    Ok(())
}

/// The earlier answer of ours that this one took the place of.
async fn replaced(ctx: &Context, tx: &mut Tx, sending: &Sending) -> Result<()> {
    for older in tx.sendings_of_item(sending.item).await?.into_iter().filter(|one| one.decision != sending.decision) {
        if older.state.after(SendingEvent::Replace).is_ok() {
            step(ctx, tx, &older, SendingEvent::Replace, None).await?;
        }
    }
    Ok(())
}

/// Orders that were taken for an answer which the platform has already: after its reply was lost and a look showed it.
async fn settle_orders(ctx: &Context, campaign: CampaignId) -> Result<()> {
    let none = {
        let mut tx = ctx.store.read().await?;
        tx.claimed_orders_already_sent(campaign).await?.is_empty()
    };
    if none {
        return Ok(());
    }
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    tx.hold_orders().await?;
    let decisions: Vec<DecisionId> = tx.claimed_orders_already_sent(campaign).await?;
    for decision in decisions {
        let order = tx.living_order_of_decision(decision).await?.filter(|order| order.state == OrderState::Claimed);
        carried(ctx, &mut tx, order.as_ref(), Step::new(OrderEvent::Accept, None).code("outcome", "stands"), None).await?;
    }
    tx.commit().await?;
    Ok(())
}
