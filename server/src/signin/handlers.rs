//! The addresses of signing in and out.

use super::{Pending, SignInError};
use crate::{
    http::{Fail, Fields, Query, Visit, Visitor, see_other, within},
    sessions::{Kept, WHO, Who},
};
use app::render::{Message, Page};
use axum::{body::Bytes, http::StatusCode, response::Response};
use review::{
    users,
    view::{
        self,
        types::{Provider as Shown, SignInPage},
    },
};
use std::collections::BTreeSet;
use url::Url;

const PENDING: &str = "pending";

/// `GET /sign-in`.
pub async fn page(visitor: Visitor, query: Query) -> Response {
    let then = query.get("then").filter(|then| within(then)).map(str::to_owned);
    let notice = match query.get("notice") {
        Some("signed-out") => Some("You are signed out.".to_owned()),
        Some("everywhere") => Some("You are signed out everywhere.".to_owned()),
        Some("over") => {
            Some("You are not signed in, or your session is over. What you sent was not recorded. Sign in and send it again.".to_owned())
        }
        _ => None,
    };
    let link = |provider: usize, hint: Option<&str>| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("provider", &provider.to_string());
        if let Some(then) = &then {
            query.append_pair("then", then);
        }
        if let Some(hint) = hint {
            query.append_pair("login_hint", hint);
        }
        format!("/sign-in/start?{}", query.finish())
    };
    let app = &visitor.app;
    let providers = app.providers().iter().enumerate();
    let providers = providers.map(|(n, provider)| Shown { name: provider.setup.name.clone(), line: None, href: link(n, None) }).collect();
    let demo = app.demo().unwrap_or_default().iter();
    let demo = demo
        .map(|person| Shown { name: person.name.clone(), line: Some(person.line.clone()), href: link(0, Some(&person.login_hint)) })
        .collect();
    visitor.answer(StatusCode::OK, Page::SignIn(SignInPage { providers, then, notice, demo }), None)
}

/// `GET /sign-in/start`.
pub async fn start(visitor: Visitor, query: Query) -> Result<Response, Fail> {
    let number = query.get("provider").unwrap_or("0").parse::<usize>().ok();
    let Some((number, provider)) = number.and_then(|n| Some((n, visitor.app.providers().get(n)?))) else {
        return Err(visitor.message(StatusCode::NOT_FOUND, Message::not_found()));
    };
    let then = query.get("then").filter(|then| within(then)).map(str::to_owned);
    let (url, pending) = provider.begin(number, then, query.get("login_hint")).await.map_err(|why| failed(&visitor, &why))?;
    visitor.session.insert(PENDING, pending).await.map_err(|why| visitor.broken(&why))?;
    Ok(see_other(url.as_str()))
}

/// `GET /sign-in/callback`.
pub async fn back(visitor: Visitor, query: Query) -> Result<Response, Fail> {
    let pending: Option<Pending> = visitor.session.remove(PENDING).await.map_err(|why| visitor.broken(&why))?;
    if pending.is_some() {
        // A question is answered once, whatever comes of it. A session that ends in a server's error is not kept by itself.
        visitor.session.save().await.map_err(|why| visitor.broken(&why))?;
    }
    let again = |line: &str| {
        visitor.app.figures().sign_in("not_completed");
        visitor.message(
            StatusCode::BAD_REQUEST,
            Message {
                title: "Signing in was not completed".to_owned(),
                lines: vec![line.to_owned(), "You are not signed in, and nothing was changed.".to_owned()],
                reference: None,
                ways: vec![("Sign in again".to_owned(), "/sign-in".to_owned())],
            },
        )
    };
    let Some(pending) = pending.filter(|pending| query.get("state") == Some(&pending.state)) else {
        return Err(again("This answer does not belong to a sign-in that began in this browser, or it began more than ten minutes ago."));
    };
    let provider = visitor.app.providers().get(pending.provider).ok_or_else(|| again("The provider is not configured any more."))?;
    if query.get("iss").is_some_and(|issuer| issuer != provider.setup.issuer) {
        return Err(again("The answer came from another provider than was asked."));
    }
    let Some(code) = query.get("code") else {
        return Err(again(match query.get("error") {
            Some("access_denied") => "Your organisation's sign-in page did not let you through, or you turned back there.",
            _ => "Your organisation's sign-in page answered with an error.",
        }));
    };
    let verified = provider.finish(code.to_owned(), &pending).await.map_err(|why| failed(&visitor, &why))?;
    if verified.signed_in.roles.is_empty() {
        visitor.app.figures().sign_in("no_role");
        return Err(visitor.message(
            StatusCode::FORBIDDEN,
            Message {
                title: "You have no role here".to_owned(),
                lines: vec![
                    "Your organisation knows you, but none of your groups gives you a role in Countersign, so there is nothing to show you.".to_owned(),
                    "Ask your administrator to be put into the right group, then sign in again.".to_owned(),
                ],
                reference: None,
                ways: vec![("Go to the sign-in page".to_owned(), "/sign-in".to_owned())],
            },
        ));
    }
    let ctx = visitor.app.ctx();
    let actor = users::signed_in(ctx, &verified.signed_in).await.map_err(|why| visitor.fail(why, "/sign-in"))?;
    let who = Who {
        user: actor.user,
        since: ctx.env.now().micros(),
        sign_in: actor.sign_in,
        issuer: verified.signed_in.issuer,
        id_token: verified.id_token,
    };
    // A new id, so that who knew the old one is not signed in.
    visitor.session.cycle_id().await.map_err(|why| visitor.broken(&why))?;
    visitor.session.insert(WHO, who).await.map_err(|why| visitor.broken(&why))?;
    visitor.app.figures().sign_in("done");
    Ok(see_other(pending.then.as_deref().unwrap_or("/")))
}

fn failed(visitor: &Visitor, why: &SignInError) -> Fail {
    visitor.app.figures().sign_in("failed");
    tracing::warn!(request = %visitor.request, error = %why, "signing in did not work");
    visitor.message(
        StatusCode::BAD_GATEWAY,
        Message {
            title: "Signing in did not work".to_owned(),
            lines: vec![
                "Your organisation's sign-in provider could not be reached, or its answer could not be accepted. You are not signed in, and nothing was changed.".to_owned(),
                "Try again. If it happens a second time, give your administrator the reference below.".to_owned(),
            ],
            reference: Some(visitor.request.clone()),
            ways: vec![("Sign in again".to_owned(), "/sign-in".to_owned())],
        },
    )
}

/// `POST /session/end`. Where answers would wait for a sign-in at a platform, it says so first (rule 11); the form that stands
/// beside that goes through.
pub async fn sign_out(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    if Fields::of(&body).get("knowing") != Some("true") {
        let waiting = view::will_wait(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, "/account"))?;
        if let Some(line) = waiting {
            return Ok(visit
                .not_done(
                    "/account",
                    format!("You are still signed in. {line} Link the account so that they leave, or sign out below, and they wait."),
                )
                .await);
        }
    }
    users::signed_out(visit.app.ctx(), &visit.actor, visit.hash).await.map_err(|why| visit.fail(why, "/account"))?;
    leave(&visit, "signed-out").await
}

/// `POST /session/end-everywhere`.
pub async fn sign_out_everywhere(visit: Visit) -> Result<Response, Fail> {
    users::sign_out_everywhere(visit.app.ctx(), &visit.actor, None).await.map_err(|why| visit.fail(why, "/account"))?;
    leave(&visit, "everywhere").await
}

async fn leave(visit: &Visit, notice: &str) -> Result<Response, Fail> {
    visit.session.flush().await.map_err(|why| visit.broken(&why))?;
    let app = &visit.app;
    let back = format!("/sign-in?notice={notice}");
    let provider = app.providers().iter().find(|provider| provider.setup.issuer == visit.who.issuer);
    let home: Option<Url> = app.public_url().join("/sign-in").ok();
    match (provider, home) {
        (Some(provider), Some(home)) => match provider.end_session(&visit.who.id_token, &home).await {
            Some(url) => Ok(see_other(url.as_str())),
            None => Ok(see_other(&back)),
        },
        _ => Ok(see_other(&back)),
    }
}

/// The hash of the session that is in use.
pub fn hash(session: &tower_sessions::Session) -> Option<store::SessionHash> {
    session.id().map(Kept::hash)
}

/// The origins that a form may lead to besides our own: signing out ends at the provider.
pub fn origins(providers: &[super::Provider]) -> BTreeSet<String> {
    providers.iter().filter_map(|provider| Url::parse(&provider.setup.issuer).ok()).map(|url| url.origin().ascii_serialization()).collect()
}
