//! Signing in, and one's own account.

use super::types::{Account, Provider, SessionLine, SignInPage, ZoneChoice, ZoneFrom};
use crate::{Actor, Context, Error, Result};
use domain::{Action, Object, Timestamp};
use store::SessionHash;

/// `/account`; `this` is the session that asks, `house` the installation's own time zone.
pub async fn account(ctx: &Context, actor: &Actor, this: Option<SessionHash>, house: &str) -> Result<Account> {
    actor.require(Action::View, Object::Account, true)?;
    let links = super::native::link_lines(ctx, actor).await?;
    let mut tx = ctx.store.read().await?;
    let user = tx.user(actor.user).await?.ok_or(Error::NotFound)?;
    let known_as = match user.identity {
        Some(identity) => tx.identity_name(identity).await?,
        None => None,
    };
    let mut sessions: Vec<SessionLine> = tx
        .sessions_of(user.id, ctx.env.now())
        .await?
        .into_iter()
        .map(|(hash, created_at, last_seen, expires_at)| SessionLine { created_at, last_seen, expires_at, this: Some(hash) == this })
        .collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    let without = match user.zone.told {
        Some(told) => (told, ZoneFrom::Provider),
        None => (house.to_owned(), ZoneFrom::Installation),
    };
    let zone =
        ZoneChoice { attempt: ctx.env.id(), chosen: user.zone.chosen, otherwise: without.0, from: without.1, zones: domain::time::zones() };
    Ok(Account {
        name: user.name,
        email: user.email,
        issuer: user.issuer,
        roles: actor.roles.iter().copied().collect(),
        known_as,
        auth_time: actor.sign_in.auth_time.map(Timestamp),
        methods: actor.sign_in.amr.clone(),
        links,
        zone,
        sessions,
    })
}

/// Which of somebody's answers wait for their own sign-in at a platform where no account of theirs is linked, as a sentence;
/// `None` where none does (rule 11).
///
/// # Errors
/// Those of the database.
pub async fn will_wait(ctx: &Context, actor: &Actor) -> Result<Option<String>> {
    let links = super::native::link_lines(ctx, actor).await?;
    let waiting = links.iter().filter(|line| line.since.is_none() && line.waiting > 0).map(|line| {
        let answers =
            if line.waiting == 1 { "1 answer of yours waits".to_owned() } else { format!("{} answers of yours wait", line.waiting) };
        format!("{answers} for your sign-in at {}.", line.platform)
    });
    let said: Vec<String> = waiting.collect();
    Ok((!said.is_empty()).then(|| said.join(" ")))
}

/// `/sign-in`. A way on that is not a path of this site is left out.
pub fn sign_in(providers: Vec<Provider>, then: Option<String>, notice: Option<String>, demo: Vec<Provider>) -> SignInPage {
    SignInPage { providers, then: then.filter(|path| is_own_path(path)), notice, demo }
}

/// Whether this is a path of this site, and nothing that a browser takes for an address of another.
pub fn is_own_path(path: &str) -> bool {
    let mut characters = path.chars();
    characters.next() == Some('/') && !matches!(characters.next(), Some('/' | '\\')) && !path.chars().any(|c| c.is_control() || c == '\\')
}
