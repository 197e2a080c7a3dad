//! Handing over in a platform's campaign: on the platform first (rule 12).

use super::{
    Followed,
    platform::{Platform, said},
};
use crate::{
    Actor, Context, Error, Result,
    case::{Case, Cases, asked, is_reviewer, must_be_open},
    jobs::{self, JobKind},
    named, say,
    undo::UndoForm,
};
use connect::http::HttpError;
use domain::{Answer, AttemptId, IdentityId, ItemId, ReviewEvent, ReviewState, Role, time::MINUTE};
use store::{Tx, decisions::Decision};

/// After this the platform's campaign is read back, whatever became of us between its change and ours.
const LOOKED_AT_AFTER: i64 = MINUTE;

/// What is to be given to somebody else.
pub(crate) struct Wanted<'a> {
    /// The form's attempt: what was done before is not done again.
    pub attempt: AttemptId,
    /// The item.
    pub item: ItemId,
    /// Its version as it was shown.
    pub expected_version: i64,
    /// To whom: an e-mail address, an identity's id or a person's id in the source.
    pub to: &'a str,
    /// An escalation goes to nobody who was asked before.
    pub escalates: bool,
}

/// Gives an item to another account on its platform, before anything is changed here. Does nothing for campaigns of our own.
///
/// Everything is checked that the change here checks, so that the platform is not asked for what would be refused here. Asked
/// again, it finds the item there already.
///
/// # Errors
/// [`Error::Refused`] where the platform has no such thing; [`Error::Invalid`] beside `to`; [`Error::Stale`] where the item moved on.
pub(crate) async fn on_platform_first(ctx: &Context, actor: &Actor, wanted: &Wanted<'_>) -> Result<()> {
    let mut tx = ctx.store.read().await?;
    let Some(item) = tx.review_item(wanted.item).await? else { return Ok(()) };
    let Some(followed) = Followed::load(&mut tx, item.campaign).await? else { return Ok(()) };
    if tx.attempt(wanted.attempt).await?.is_some() {
        // Answered before; who is asked again says so.
        return Ok(());
    }
    let case = Cases::default().of(&mut tx, item).await?;
    if case.item.version != wanted.expected_version {
        return Err(Error::Stale(say::moved_on(case.item.state)));
    }
    let Some(account) = account(&mut tx, actor, &case, &followed, wanted).await? else { return Ok(()) };
    give(ctx, tx, &case, &followed, &account, "Given to another reviewer in Countersign.").await
}

/// Gives an item whose escalation is taken back to who escalated it, on its platform, before anything is changed here. Does
/// nothing for other answers, and for campaigns of our own. Asked again, it finds the item there already.
///
/// # Errors
/// As [`on_platform_first`].
pub(crate) async fn back_on_platform_first(ctx: &Context, actor: &Actor, form: &UndoForm) -> Result<()> {
    let mut tx = ctx.store.read().await?;
    let Some(item) = tx.review_item(form.item).await?.filter(|item| item.state == ReviewState::Escalated) else { return Ok(()) };
    let Some(followed) = Followed::load(&mut tx, item.campaign).await? else { return Ok(()) };
    let Some(id) = item.decision.filter(|_| item.version == form.expected_version) else { return Ok(()) };
    let mine = |decision: &Decision| decision.reviewer.is_some() && decision.reviewer == actor.identity;
    let open = |decision: &Decision| decision.finalised_at.is_none() && ctx.env.now() < decision.final_at;
    let escalation = tx.decision(id).await?.filter(|decision| decision.answer == Answer::Escalate && mine(decision) && open(decision));
    if escalation.is_none() || must_be_open(item.campaign_state).is_err() || tx.attempt(form.attempt).await?.is_some() {
        // Refused or answered here, which says why.
        return Ok(());
    }
    let Some(last) = tx.handovers_of(item.id).await?.into_iter().rfind(|handover| handover.undone_at.is_none()) else { return Ok(()) };
    let case = Cases::default().of(&mut tx, item).await?;
    let account = account_of(&mut tx, &case, last.from).await?.ok_or_else(|| {
        let (source, platform) = (&case.source.name, followed.platform());
        Error::Refused(format!("Your account in {source} is gone, so {platform} cannot give the item back to you. Nothing was changed."))
    })?;
    give(ctx, tx, &case, &followed, &account, "Given back in Countersign.").await
}

/// Gives an item to another account on its platform.
async fn give(ctx: &Context, mut tx: Tx, case: &Case, followed: &Followed, account: &str, what: &str) -> Result<()> {
    let native = tx.native_item(case.item.id).await?;
    tx.rollback().await?;
    let native = native.ok_or_else(|| Error::Inconsistent(format!("item {} has no place on its platform", case.item.id)))?;
    let platform = Platform::open(ctx, &case.source).await?;
    let campaign = platform.campaign(&followed.id()).await.map_err(|why| said(&why))?;
    let note = format!("{what} [Countersign {}]", case.item.id);
    // Written down before the platform is asked: whoever is killed in between leaves the two apart, and nobody may come to ask
    // again. The look finds whom the platform asks now, and the item follows; where both agree, it finds nothing.
    let mut intent = ctx.store.begin().await?;
    jobs::enqueue(ctx, &mut intent, JobKind::ReadBack(case.item.campaign), ctx.env.now().plus(LOOKED_AT_AFTER)).await?;
    intent.commit().await?;
    let name = followed.platform();
    platform.hand_over(&campaign, &[native], account, &note).await.map_err(|why| {
        Error::Refused(match why {
            connect::Error::Http(HttpError::OutcomeUnknown { .. }) => format!(
                "Whether {name} gave the item to somebody else is not known: its reply was lost. Nothing was changed here. Do the same again: it is looked at first, and given once."
            ),
            why => format!("{name} did not give the item to somebody else, so nothing was changed here: {why}"),
        })
    })
}

/// The account of whoever is named, at the item's source; `None` where the change here refuses anyway and says why.
async fn account(tx: &mut Tx, actor: &Actor, case: &Case, followed: &Followed, wanted: &Wanted<'_>) -> Result<Option<String>> {
    let item = &case.item;
    let owns = actor.roles.contains(&Role::Owner) && item.campaign_owner == actor.user && !wanted.escalates;
    let event = if wanted.escalates { ReviewEvent::Escalate } else { ReviewEvent::HandOver };
    if !(is_reviewer(actor, item) || owns) || item.state.after(event).is_err() || must_be_open(item.campaign_state).is_err() {
        return Ok(None);
    }
    if let Some(why) = followed.no_hand_over() {
        return Err(Error::Refused(format!("{why} Nothing was changed.")));
    }
    let found = named::person(tx, actor, item.source, wanted.to).await?;
    let before = if wanted.escalates { asked(item, &tx.handovers_of(item.id).await?) } else { [item.reviewer].into() };
    if before.contains(&found.identity) || case.barred(tx, found.identity).await?.is_some() {
        return Ok(None);
    }
    if item.state == ReviewState::Staged {
        // Its window may end while the platform gives the item away, and what is sent then comes too late there.
        return Err(Error::Refused(format!(
            "This item has an answer that is about to go to {}. Take it back first, then escalate. Nothing was changed.",
            followed.platform()
        )));
    }
    let found_there = account_of(tx, case, found.identity).await?.ok_or_else(|| {
        let (who, source, platform) = (&found.name, &case.source.name, followed.platform());
        Error::field("to", format!("{who} has no account in {source}, so {platform} cannot ask them. Name somebody who has."))
    });
    found_there.map(Some)
}

/// The account of `who` at the item's source.
async fn account_of(tx: &mut Tx, case: &Case, who: IdentityId) -> Result<Option<String>> {
    let seq = case.source.last_seq.unwrap_or(case.item.seq);
    Ok(tx.account_of_identity(case.item.source, who, seq).await?.map(|account| account.external_id))
}
