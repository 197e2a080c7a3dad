//! The end of a session (OpenID Connect RP-Initiated Logout 1.0). The provider keeps no session of its own, so
//! there is only the way back to look after.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use url::Url;

use super::form::Form;
use super::{Client, Provider, Shared, pages, see_other};

pub(super) async fn by_link(State(provider): Shared, RawQuery(query): RawQuery) -> Response {
    end(&provider, query.unwrap_or_default().as_bytes())
}

pub(super) async fn by_form(State(provider): Shared, body: Bytes) -> Response {
    end(&provider, &body)
}

fn end(provider: &Provider, text: &[u8]) -> Response {
    let form = match Form::parse(text) {
        Ok(form) => form,
        Err(twice) => {
            return pages::refuse(&format!("The request has the parameter \"{twice}\" twice."));
        }
    };
    let client = match client_of(provider, &form) {
        Ok(client) => client,
        Err(reason) => return pages::refuse(reason),
    };
    let Some(address) = form.get("post_logout_redirect_uri") else {
        return pages::signed_out(provider);
    };
    let registered = client.is_some_and(|client| client.post_logout_redirect_uris.iter().any(|known| known == address));
    let (true, Ok(mut url)) = (registered, Url::parse(address)) else {
        return pages::refuse(
            "The application asked to send you to an address that is not registered for it. You are signed out, and stay here.",
        );
    };
    if let Some(state) = form.get("state") {
        url.query_pairs_mut().append_pair("state", state);
    }
    see_other(url.as_str())
}

/// The client, by the token it hints with or by its id; both must agree.
fn client_of<'a>(provider: &'a Provider, form: &Form) -> Result<Option<&'a Client>, &'static str> {
    let hinted = match form.get("id_token_hint") {
        None => None,
        Some(token) => {
            let claims = provider.state().keys.claims(token);
            let id = claims.as_ref().and_then(|claims| claims["aud"].as_str()).unwrap_or_default();
            Some(provider.client(id).ok_or("The token that the application sent along is not one of ours.")?)
        }
    };
    let named = match form.get("client_id") {
        None => None,
        Some(id) => Some(provider.client(id).ok_or("The application that sent you here is not registered.")?),
    };
    match (hinted, named) {
        (Some(one), Some(other)) if one.id != other.id => Err("The application and the token that it sent along do not belong together."),
        (one, other) => Ok(one.or(other)),
    }
}
