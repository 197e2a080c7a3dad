//! Linking a reviewer's own account at a platform (rule 11).
//!
//! The token is sealed, of least scope, and lives about an hour; it is renewed only where the source's settings allow it.
//! Whose account it is, the platform says: it must be the person's own.

use super::{
    platform::{Platform, has_web_app, runs_campaigns, said, web_app},
    platform_name,
};
use crate::{Actor, Context, Error, Result, attempt};
use connect::{
    http::HttpError,
    native::{LinkBack, LinkEnd, PersonTokens},
};
use domain::{Action, AttemptId, Object, SourceId, SourceKind, Timestamp, UserId, time::MINUTE};
use ledger::EventKind;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::{native::Link, sources::Source};

/// How long a platform may take to end a token, while somebody waits.
const PATIENCE: Duration = Duration::from_secs(8);

/// The kind under which ending a link is kept.
const UNLINK: &str = "unlink";

/// A token that ends sooner than this is not begun with, in microseconds.
const EARLY: i64 = MINUTE;

/// A link that was begun. It is kept with the person's session, is for one use, and is a secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    /// The source whose platform it is.
    pub source: SourceId,
    /// Comes back with the code.
    pub state: String,
    nonce: String,
    verifier: String,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Where a person's browser goes to link, and what is kept meanwhile.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The platform's address.
    pub url: String,
    /// What is kept.
    pub pending: Pending,
}

/// A source that a person can link at, and how that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// The source.
    pub source: SourceId,
    /// Its name.
    pub name: String,
    /// Which platform.
    pub kind: SourceKind,
    /// Since when it is linked; `None` where it is not, or where the link has ended.
    pub since: Option<Timestamp>,
    /// Until when, where it cannot be renewed.
    pub until: Option<Timestamp>,
    /// How many of the person's answers wait for it, or will once they are final.
    pub waiting: i64,
}

/// What came of linking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// The source.
    pub source: SourceId,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Whether a link can send something now.
pub(crate) fn is_usable(link: &Link, now: Timestamp) -> bool {
    link.renewable || link.ends_at > now.plus(EARLY)
}

/// The sources at which this person can link their account.
pub async fn links(ctx: &Context, actor: &Actor) -> Result<Vec<LinkView>> {
    actor.require(Action::View, Object::Account, true)?;
    if !actor.may(Action::Decide, Object::Item, true) {
        return Ok(Vec::new());
    }
    let now = ctx.env.now();
    let mut tx = ctx.store.read().await?;
    let waiting = tx.sendings_of_user(actor.user).await?;
    let mut views = Vec::new();
    for source in tx.sources().await? {
        if !runs_campaigns(source.kind) || !has_web_app(&source)? {
            continue;
        }
        let link = tx.reviewer_link(actor.user, source.id).await?.filter(|link| is_usable(link, now));
        views.push(LinkView {
            source: source.id,
            name: source.name,
            kind: source.kind,
            since: link.as_ref().map(|link| link.linked_at),
            until: link.filter(|link| !link.renewable).map(|link| link.ends_at),
            waiting: waiting.get(&source.id).copied().unwrap_or(0),
        });
    }
    Ok(views)
}

async fn platform_of(ctx: &Context, id: SourceId) -> Result<(Source, Platform)> {
    let mut tx = ctx.store.read().await?;
    let source = tx.source(id).await?.filter(|source| runs_campaigns(source.kind)).ok_or(Error::NotFound)?;
    tx.rollback().await?;
    let platform = Platform::open(ctx, &source).await?;
    Ok((source, platform))
}

/// Begins a link. `back` is this installation's address that the platform sends the person back to.
///
/// # Errors
/// [`Error::NotFound`] where the person reviews nothing or there is no such source; [`Error::Refused`] where nobody can link there.
pub async fn begin(ctx: &Context, actor: &Actor, source: SourceId, back: &str) -> Result<Begun> {
    actor.require(Action::Decide, Object::Item, true)?;
    let (source, platform) = platform_of(ctx, source).await?;
    let app = web_app(ctx, &source, back).await?;
    let begun = platform.begin_link(&app, None).map_err(|why| said(&why))?;
    let pending =
        Pending { source: source.id, state: begun.state, nonce: begun.nonce, verifier: begun.verifier.expose_secret().to_owned() };
    Ok(Begun { url: begun.url.into(), pending })
}

/// Ends what [`begin`] began: the person came back with `state` and `code`.
///
/// # Errors
/// [`Error::Refused`] where it is not this person's own account, or the platform did not give what was asked for. Nothing is kept then.
pub async fn finish(ctx: &Context, actor: &Actor, pending: &Pending, state: &str, code: &str, back: &str) -> Result<Linked> {
    actor.require(Action::Decide, Object::Item, true)?;
    if state != pending.state {
        return Err(Error::Refused(
            "This sign-in was not begun here, or was begun anew meanwhile. Nothing was linked. Link the account again.".to_owned(),
        ));
    }
    let (source, platform) = platform_of(ctx, pending.source).await?;
    let name = platform_name(source.kind);
    let app = web_app(ctx, &source, back).await?;
    let back = LinkBack { code: code.to_owned(), verifier: SecretString::from(pending.verifier.clone()), nonce: pending.nonce.clone() };
    let link = match platform.finish_link(&app, &back).await {
        Ok(link) => link,
        Err(connect::Error::Http(HttpError::Credentials(why))) => {
            return Err(Error::Refused(format!("{name} did not accept the sign-in: {why} Nothing was linked.")));
        }
        Err(why) => return Err(said(&why)),
    };
    let mut tx = ctx.store.begin().await?;
    let whose = tx.identity_of_external_id(source.id, &link.account).await?;
    if whose.is_none() || whose != actor.identity {
        tx.rollback().await?;
        // What somebody else's sign-in gave is not kept for a moment.
        let ended = platform.end_link(&app, &link.tokens).await;
        if let Err(why) = ended {
            tracing::warn!(source = %source.id, error = %why, "a token that is not kept could not be ended at the platform");
        }
        return Err(Error::Refused(match whose {
            None => format!(
                "The account that signed in at {name} is not in the last reading of {}, so it cannot be told whose it is. Nothing was linked. An administrator can read the source again.",
                source.name
            ),
            Some(_) => format!(
                "The account that signed in at {name} belongs to somebody else. Nothing was linked. Sign out at {name}, and link with your own account."
            ),
        }));
    }
    let now = ctx.env.now();
    let once = administers(&mut tx, &source, &link.account).await?;
    // What is used once is not renewed.
    let tokens = PersonTokens { refresh: link.tokens.refresh.filter(|_| !once), ..link.tokens };
    keep(ctx, &mut tx, actor.user, source.id, &link.account, &tokens, now).await?;
    let entry = ctx
        .event(EventKind::ReviewerLinked, Some(actor))
        .subject("source", source.id)
        .code("platform", source.kind)
        .int("renewable", i64::from(tokens.refresh.is_some()))
        .int("once", i64::from(once))
        .int("ends_at", tokens.ends.micros());
    ctx.record(&mut tx, entry).await?;
    tx.commit().await?;
    let sentence = if once {
        format!(
            "Your account at {name} is linked for one sending: it holds an administrator's role there, and the sign-in could do more than answer. Answers that waited for it are sent now, and then it is forgotten. Link again for later ones."
        )
    } else {
        let until = if tokens.refresh.is_some() { "until you end the link" } else { "for about an hour" };
        format!("Your account at {name} is linked {until}. Answers that waited for it are sent now.")
    };
    Ok(Linked { source: source.id, sentence })
}

/// Whether an account holds an administrator's role, by the last reading, at a platform whose reviewers' scope would let an
/// administrator do more than answer (rule 11).
async fn administers(tx: &mut store::Tx, source: &Source, account: &str) -> Result<bool> {
    let (SourceKind::Entra, Some(seq)) = (source.kind, source.last_seq) else { return Ok(false) };
    let Some(identity) = tx.identity_of_external_id(source.id, account).await? else { return Ok(false) };
    let Some(account) = tx.account_of_identity(source.id, identity, seq).await? else { return Ok(false) };
    for grant in tx.grants_of(account.id, seq).await? {
        if tx.external_entitlement(grant.entitlement).await?.is_some_and(|id| id.starts_with("role:")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A person's token was used: an administrator's is dropped after its one sending (rule 11).
pub(super) async fn used(ctx: &Context, source: &Source, user: UserId) -> Result<()> {
    let once = {
        let mut tx = ctx.store.read().await?;
        match tx.reviewer_link(user, source.id).await? {
            Some(link) => administers(&mut tx, source, &link.account).await?,
            None => false,
        }
    };
    if once { forget(ctx, user, source.id, "used_once").await } else { Ok(()) }
}

#[derive(Serialize, Deserialize)]
struct Tokens {
    access: String,
    refresh: Option<String>,
}

async fn keep(
    ctx: &Context,
    tx: &mut store::Tx,
    user: UserId,
    source: SourceId,
    account: &str,
    tokens: &PersonTokens,
    linked_at: Timestamp,
) -> Result<()> {
    let plain = Tokens {
        access: tokens.access.expose_secret().to_owned(),
        refresh: tokens.refresh.as_ref().map(|refresh| refresh.expose_secret().to_owned()),
    };
    let plain = serde_json::to_vec(&plain).map_err(|why| Error::Inconsistent(format!("a reviewer's tokens: {why}")))?;
    let row = Link {
        user,
        source,
        account: account.to_owned(),
        scope: tokens.scope.clone(),
        renewable: tokens.refresh.is_some(),
        ends_at: tokens.ends,
        linked_at,
    };
    tx.set_reviewer_link(ctx.connectors.sealer(), ctx.env.bytes(), &row, &plain).await?;
    Ok(())
}

/// A person's access token at a source that works now, renewed where that is possible; `None` where they have to sign in.
pub(super) async fn token(ctx: &Context, platform: &Platform, source: &Source, user: UserId) -> Result<Option<SecretString>> {
    let mut tx = ctx.store.read().await?;
    let Some(link) = tx.reviewer_link(user, source.id).await? else { return Ok(None) };
    let Some(tokens) = tx.reviewer_tokens(ctx.connectors.sealer(), user, source.id).await? else { return Ok(None) };
    tx.rollback().await?;
    let tokens: Tokens =
        serde_json::from_slice(&tokens).map_err(|_| Error::Inconsistent("a reviewer's tokens cannot be read".to_owned()))?;
    if link.ends_at > ctx.env.now().plus(EARLY) {
        return Ok(Some(SecretString::from(tokens.access)));
    }
    let Some(refresh) = tokens.refresh else { return Ok(None) };
    let app = web_app(ctx, source, "").await?;
    match platform.renew_link(&app, &SecretString::from(refresh)).await {
        Ok(renewed) => {
            let mut tx = ctx.store.begin().await?;
            keep(ctx, &mut tx, user, source.id, &link.account, &renewed, link.linked_at).await?;
            tx.commit().await?;
            Ok(Some(renewed.access))
        }
        Err(connect::Error::Http(HttpError::Credentials(_))) => {
            forget(ctx, user, source.id, "turned_away").await?;
            Ok(None)
        }
        Err(why) => Err(said(&why)),
    }
}

/// Forgets a link that the platform does not honour any more, or that has been used as often as it may be.
pub(super) async fn forget(ctx: &Context, user: UserId, source: SourceId, because: &'static str) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if tx.delete_reviewer_link(user, source).await? {
        let entry = ctx
            .event(EventKind::ReviewerUnlinked, None)
            .subject("source", source)
            .subject("user", ctx.keys.pseudonyms.pseudonym("user", &user.to_string()))
            .code("because", because);
        ctx.record(&mut tx, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ends a person's link: at the platform where that is possible, and here in any case. Says what will wait then. A form that
/// arrives a second time ends no later link.
///
/// # Errors
/// [`Error::NotFound`] where nothing is linked there.
pub async fn unlink(ctx: &Context, actor: &Actor, attempt: AttemptId, source: SourceId) -> Result<Linked> {
    actor.require(Action::View, Object::Account, true)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(before) = attempt::earlier::<Linked>(&mut tx, actor, attempt, UNLINK, source.0).await? {
        return Ok(before);
    }
    let waiting = tx.sendings_of_user(actor.user).await?.get(&source).copied().unwrap_or(0);
    let Forgotten { row, tokens } = forgotten(ctx, &mut tx, actor, source, "asked").await?;
    let name = platform_name(row.kind);
    let done = Linked { source, sentence: format!("The link to {name} was ended.") };
    attempt::keep(ctx, &mut tx, actor, attempt, UNLINK, source.0, &done).await?;
    tx.commit().await?;
    let how = if ended_there(ctx, &row, tokens).await {
        format!("The link to {name} was ended, there and here.")
    } else {
        format!("The link to {name} is forgotten here; the token ends there by itself within the hour.")
    };
    let sentence = match waiting {
        0 => how,
        1 => format!("{how} 1 answer waits until you link again."),
        more => format!("{how} {more} answers wait until you link again."),
    };
    Ok(Linked { source, sentence })
}

/// Ends every link of a person who signs out everywhere: whoever has one of their sessions can send nothing any more.
pub(crate) async fn end_all(ctx: &Context, actor: &Actor) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    let mut ended = Vec::new();
    for link in tx.reviewer_links_of(actor.user).await? {
        ended.push(forgotten(ctx, &mut tx, actor, link.link.source, "signed_out_everywhere").await?);
    }
    tx.commit().await?;
    for Forgotten { row, tokens } in ended {
        ended_there(ctx, &row, tokens).await;
    }
    Ok(())
}

/// A link that is forgotten here, and what ends it at the platform.
struct Forgotten {
    row: Source,
    tokens: Option<PersonTokens>,
}

async fn forgotten(ctx: &Context, tx: &mut store::Tx, actor: &Actor, source: SourceId, because: &'static str) -> Result<Forgotten> {
    let row = tx.source(source).await?.ok_or(Error::NotFound)?;
    let link = tx.reviewer_link(actor.user, source).await?.ok_or(Error::NotFound)?;
    let tokens = tx.reviewer_tokens(ctx.connectors.sealer(), actor.user, source).await?;
    tx.delete_reviewer_link(actor.user, source).await?;
    let entry = ctx.event(EventKind::ReviewerUnlinked, Some(actor)).subject("source", source).code("because", because);
    ctx.record(tx, entry).await?;
    let tokens = tokens.and_then(|tokens| serde_json::from_slice::<Tokens>(&tokens).ok()).map(|tokens| PersonTokens {
        access: SecretString::from(tokens.access),
        refresh: tokens.refresh.map(SecretString::from),
        ends: link.ends_at,
        scope: link.scope,
    });
    Ok(Forgotten { row, tokens })
}

/// Whether the token was ended at the platform too, which is tried for [`PATIENCE`].
async fn ended_there(ctx: &Context, source: &Source, tokens: Option<PersonTokens>) -> bool {
    let Some(tokens) = tokens else { return false };
    match tokio::time::timeout(PATIENCE, end_there(ctx, source, &tokens)).await {
        Ok(Ok(end)) => end == LinkEnd::AtPlatform,
        Ok(Err(why)) => {
            tracing::warn!(source = %source.id, error = %why, "a link that was forgotten could not be ended at the platform");
            false
        }
        Err(_) => {
            tracing::warn!(source = %source.id, "the platform did not answer in time when a link was ended");
            false
        }
    }
}

async fn end_there(ctx: &Context, source: &Source, tokens: &PersonTokens) -> Result<LinkEnd> {
    let platform = Platform::open(ctx, source).await?;
    let app = web_app(ctx, source, "").await?;
    platform.end_link(&app, tokens).await.map_err(|why| said(&why))
}
