//! Signing in and out.

use crate::{Actor, Context, Error, FieldError, Result, SignIn, attempt, native};
use domain::{Action, AttemptId, IdentityId, Object, Role, Timestamp, UserId};
use ledger::EventKind;
use std::collections::BTreeSet;
use store::{ReaderZone, SessionHash, Tx, User};

const CHOOSE_ZONE: &str = "choose_zone";

/// What an identity provider said of a person who signed in. The server has checked it.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The provider's issuer address.
    pub issuer: String,
    /// The provider's name for the person.
    pub subject: String,
    /// What they are called.
    pub name: String,
    /// Their e-mail address, where the provider vouches for it.
    pub email: Option<String>,
    /// Their roles, from groups or app roles.
    pub roles: BTreeSet<Role>,
    /// The time zone that the provider tells (OpenID Connect's `zoneinfo`). One that is not known counts as not told.
    pub zone: Option<String>,
    /// How they signed in.
    pub sign_in: SignIn,
}

/// A person signed in: they are known from now on, with today's name and roles, and the ledger says so.
///
/// The person in the sources is found by e-mail address. Where it leads to nobody, or to more than one
/// person, nobody is taken: they see no queue, and an administrator sees why.
pub async fn signed_in(ctx: &Context, by: &SignedIn) -> Result<Actor> {
    crate::retry_busy(ctx, || once(ctx, by)).await
}

async fn once(ctx: &Context, by: &SignedIn) -> Result<Actor> {
    let now = ctx.env.now();
    let mut tx = ctx.store.begin().await?;
    let (identity, found) = identity_of(&mut tx, by.email.as_deref()).await?;
    let user = User {
        id: ctx.env.id(),
        issuer: by.issuer.clone(),
        subject: by.subject.clone(),
        name: by.name.clone(),
        email: by.email.clone(),
        identity,
        roles: by.roles.clone(),
        zone: ReaderZone { chosen: None, told: by.zone.clone().filter(|zone| is_zone(zone)) },
        first_seen: now,
        last_seen: now,
    };
    let id = tx.upsert_user(&user).await?;
    let actor = Actor { user: id, identity, roles: by.roles.clone(), name: by.name.clone(), sign_in: by.sign_in.clone() };
    let roles: Vec<&str> = by.roles.iter().map(|role| role.as_str()).collect();
    let mut event = ctx.event(EventKind::SessionStarted, Some(&actor)).code("person", found).text("name", &by.name, id.0);
    if !roles.is_empty() {
        event = event.code("roles", roles.join("."));
    }
    // What a provider calls its methods is its own; only what is a code can stand in an entry.
    let methods = by.sign_in.amr.join(".").to_lowercase();
    if ledger::entry::is_code(&methods) {
        event = event.code("amr", methods);
    }
    if let Some(acr) = by.sign_in.acr.as_ref().map(|acr| acr.to_lowercase()).filter(|acr| ledger::entry::is_code(acr)) {
        event = event.code("acr", acr);
    }
    if let Some(proved) = by.sign_in.auth_time {
        event = event.int("auth_time", proved);
    }
    if let Some(identity) = identity {
        event = event.subject("identity", ctx.keys.pseudonyms.pseudonym("identity", &identity.to_string()));
    }
    ctx.record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(actor)
}

/// Somebody of a session that goes on.
#[derive(Debug, Clone)]
pub struct Known {
    /// The person.
    pub actor: Actor,
    /// The time zone in which they read, an IANA name: what they chose, else what their provider told. `None` where neither did.
    pub zone: Option<String>,
}

/// The person of a session that goes on. `None` where they are not known (any more).
///
/// Somebody who signed in before the sources knew them is found now.
pub async fn actor(ctx: &Context, id: UserId, sign_in: SignIn) -> Result<Option<Actor>> {
    Ok(known(ctx, id, sign_in).await?.map(|known| known.actor))
}

/// The same, and in which time zone they read (rule 50).
pub async fn known(ctx: &Context, id: UserId, sign_in: SignIn) -> Result<Option<Known>> {
    let mut tx = ctx.store.read().await?;
    let Some(user) = tx.user(id).await? else {
        return Ok(None);
    };
    let mut identity = user.identity;
    if identity.is_none() && user.email.is_some() {
        (identity, _) = identity_of(&mut tx, user.email.as_deref()).await?;
        drop(tx);
        if identity.is_some() {
            let mut tx = ctx.store.begin().await?;
            tx.set_user_identity(id, identity).await?;
            tx.commit().await?;
        }
    }
    let zone = user.zone.holds().map(str::to_owned);
    Ok(Some(Known { actor: Actor { user: id, identity, roles: user.roles, name: user.name, sign_in }, zone }))
}

/// A person chose in which time zone they read; `None` takes the choice back. Returns what that means, as a sentence.
///
/// How pages say times is nobody's business but the reader's, so the ledger has no entry about it.
pub async fn choose_zone(ctx: &Context, actor: &Actor, form: AttemptId, zone: Option<&str>) -> Result<String> {
    crate::retry_busy(ctx, || choose_zone_once(ctx, actor, form, zone)).await
}

async fn choose_zone_once(ctx: &Context, actor: &Actor, form: AttemptId, zone: Option<&str>) -> Result<String> {
    actor.require(Action::View, Object::Account, true)?;
    if let Some(zone) = zone.filter(|zone| !is_zone(zone)) {
        let message = format!("\u{201c}{zone}\u{201d} is no time zone that is known here. Choose one of the list.");
        return Err(Error::Invalid(vec![FieldError { field: "zone".to_owned(), message }]));
    }
    let mut tx = ctx.store.begin().await?;
    // An old form that arrives once more does not take back what was chosen since.
    if let Some(before) = attempt::earlier::<String>(&mut tx, actor, form, CHOOSE_ZONE, actor.user.0).await? {
        return Ok(before);
    }
    tx.set_user_zone(actor.user, zone).await?;
    let done = match zone {
        Some(zone) => format!("Times are said in {} from now on.", zone.replace('_', " ")),
        None => "Times are no longer said in a time zone of your choice.".to_owned(),
    };
    attempt::keep(ctx, &mut tx, actor, form, CHOOSE_ZONE, actor.user.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

fn is_zone(zone: &str) -> bool {
    zone.len() <= 64 && Timestamp(0).in_zone(zone).is_ok()
}

/// A person signed out of one session.
pub async fn signed_out(ctx: &Context, actor: &Actor, session: SessionHash) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if tx.delete_session(session).await? {
        ctx.record(&mut tx, ctx.event(EventKind::SessionEnded, Some(actor)).code("how", "signed_out").int("sessions", 1)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ends every session of a person, but one if it is given; where none is kept, the links to their accounts at platforms too. Returns
/// how many sessions there were.
pub async fn sign_out_everywhere(ctx: &Context, actor: &Actor, but: Option<SessionHash>) -> Result<u64> {
    let mut tx = ctx.store.begin().await?;
    let ended = tx.delete_sessions_of(actor.user, but).await?;
    if ended > 0 {
        let count = i64::try_from(ended).unwrap_or(i64::MAX);
        ctx.record(&mut tx, ctx.event(EventKind::SessionEnded, Some(actor)).code("how", "everywhere").int("sessions", count)).await?;
    }
    tx.commit().await?;
    if but.is_none() {
        // Answers go on to the platforms with no sign-in of a person who wants none of theirs to count.
        native::link::end_all(ctx, actor).await?;
    }
    Ok(ended)
}

/// The one person whom an e-mail address leads to, and a word for how that came out.
///
/// Several accounts of one person are one person. Two persons with one address are nobody: a guess would show
/// somebody another's queue.
async fn identity_of(tx: &mut Tx, email: Option<&str>) -> Result<(Option<IdentityId>, &'static str)> {
    let Some(email) = email.filter(|email| !email.trim().is_empty()) else {
        return Ok((None, "no_email"));
    };
    let found: BTreeSet<IdentityId> = tx.candidates_by_email(email).await?.into_iter().map(|candidate| candidate.identity).collect();
    let mut found = found.into_iter();
    Ok(match (found.next(), found.next()) {
        (None, _) => (None, "not_found"),
        (Some(one), None) => (Some(one), "found"),
        (Some(_), Some(_)) => (None, "ambiguous"),
    })
}
