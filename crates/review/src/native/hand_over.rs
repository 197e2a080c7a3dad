//! Handing over in a platform's campaign: on the platform first (rule 12).

use super::{
    Followed,
    platform::{Platform, said},
};
use crate::{
    Actor, Context, Error, Result,
    case::{Case, Cases, asked, is_reviewer, must_be_open},
    named, say,
};
use domain::{AttemptId, ItemId, ReviewEvent, Role};
use store::Tx;

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
    let native = tx.native_item(case.item.id).await?;
    let source = case.source.clone();
    tx.rollback().await?;
    let native = native.ok_or_else(|| Error::Inconsistent(format!("item {} has no place on its platform", case.item.id)))?;
    let platform = Platform::open(ctx, &source).await?;
    let campaign = platform.campaign(&followed.id()).await.map_err(|why| said(&why))?;
    let note = format!("Given to another reviewer in Countersign. [Countersign {}]", case.item.id);
    platform.hand_over(&campaign, &[native], &account, &note).await.map_err(|why| {
        Error::Refused(format!("{} did not give the item to somebody else, so nothing was changed here: {why}", followed.platform()))
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
    let seq = case.source.last_seq.unwrap_or(item.seq);
    let account = tx.account_of_identity(item.source, found.identity, seq).await?.ok_or_else(|| {
        Error::field(
            "to",
            format!(
                "{} has no account in {}, so {} cannot ask them. Name somebody who has.",
                found.name,
                case.source.name,
                followed.platform()
            ),
        )
    })?;
    Ok(Some(account.external_id))
}
