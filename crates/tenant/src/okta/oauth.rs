//! The Org authorization server: service apps by `private_key_jwt`, people by authorization code with PKCE, refresh,
//! revocation; DPoP where an app demands it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::change::Change;
use super::jwt;
use super::reply::Reply;
use super::serving::{Call, Code, State, Tenant, Token};
use super::{Deviation, ServiceApp, WebApp};
use crate::idp::form::Form;

/// How long a code lives, in seconds.
const CODE_SECONDS: i64 = 60;
/// How long an access token works, in seconds: fixed by Okta for service apps.
const ACCESS_SECONDS: i64 = 3_600;
/// How long a refresh token works without use, in seconds.
const REFRESH_SECONDS: i64 = 7 * 86_400;
/// The assertion's type (RFC 7523).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who asks for a token.
enum Client<'a> {
    Service(&'a ServiceApp),
    Web(&'a WebApp),
}

impl Tenant {
    pub(super) fn discovery(&self) -> Reply {
        let base = &self.base;
        Reply::json(
            200,
            json!({
                "issuer": base, "authorization_endpoint": format!("{base}/oauth2/v1/authorize"),
                "token_endpoint": format!("{base}/oauth2/v1/token"), "userinfo_endpoint": format!("{base}/oauth2/v1/userinfo"),
                "jwks_uri": format!("{base}/oauth2/v1/keys"), "revocation_endpoint": format!("{base}/oauth2/v1/revoke"),
                "response_types_supported": ["code"], "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
                "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
                "code_challenge_methods_supported": ["S256"],
            }),
        )
    }

    /// Checks an authorization request; the error is the answer.
    fn authorization<'a>(&'a self, form: &Form) -> Result<&'a WebApp, Reply> {
        let Some(app) = self.config.web.iter().find(|app| app.client_id == form.text("client_id")) else {
            return Err(Reply::page(400, "<!doctype html><title>400</title><p>The client is unknown.".to_owned()));
        };
        if !app.redirect_uris.iter().any(|known| known == form.text("redirect_uri")) {
            return Err(Reply::page(400, "<!doctype html><title>400</title><p>The redirect URI is not registered.".to_owned()));
        }
        let refuse = |error: &str, description: &str| Err(back(form, &[("error", error), ("error_description", description)]));
        if form.get("response_type") != Some("code") {
            return refuse("unsupported_response_type", "The response type is not supported by the authorization server.");
        }
        if form.get("state").is_none() {
            return refuse("invalid_request", "The 'state' parameter is required.");
        }
        if form.get("code_challenge_method") != Some("S256") || form.text("code_challenge").len() != 43 {
            return refuse("invalid_request", "PKCE code challenge is required by the application.");
        }
        let known = ["openid", "profile", "email", "offline_access"];
        let granted = |scope: &str| known.contains(&scope) || app.scopes.iter().any(|granted| granted == scope);
        if !form.text("scope").split(' ').all(granted) {
            return refuse("invalid_scope", "One or more scopes are not configured for the authorization server resource.");
        }
        Ok(app)
    }

    pub(super) fn authorize(&self, call: &Call, state: &State) -> Reply {
        let Ok(form) = Form::parse(call.query.as_bytes()) else {
            return Reply::oauth(400, "invalid_request", "A parameter is there twice.");
        };
        let app = match self.authorization(&form) {
            Ok(app) => app,
            Err(reply) => return reply,
        };
        let hidden = form
            .iter()
            .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value)))
            .collect::<Vec<_>>()
            .concat();
        let hint = form.text("login_hint");
        let mut people: Vec<_> = state.org.users.values().filter(|user| user.status == "ACTIVE").collect();
        people.sort_by(|a, b| (a.email != hint, &a.name, &a.id).cmp(&(b.email != hint, &b.name, &b.id)));
        let options = people
            .iter()
            .map(|user| format!("<option value=\"{}\">{} ({})</option>", user.id, escape(&user.name), escape(&user.email)))
            .collect::<Vec<_>>()
            .concat();
        let scopes =
            form.text("scope").split(' ').map(|scope| format!("<li><code>{}</code></li>", escape(scope))).collect::<Vec<_>>().concat();
        Reply::page(
            200,
            format!(
                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign in to {org}</title><h1>{org}</h1>\
                 <form method=\"post\" action=\"/oauth2/v1/authorize\">{hidden}\
                 <p><label>Sign in as <select name=\"sign_in_as\">{options}</select></label></p>\
                 <p>{app} asks to be allowed:</p><ul>{scopes}</ul>\
                 <p><button name=\"allow\" value=\"yes\">Sign in and allow</button> <button name=\"allow\" value=\"no\">Cancel</button></p></form></html>",
                org = escape(&self.config.organisation),
                app = escape(&app.name),
            ),
        )
    }

    /// The person chose who they are and allowed the scopes, or did not.
    pub(super) fn signed_in(&self, call: &Call, state: &mut State) -> Reply {
        let Ok(form) = Form::parse(&call.body) else { return Reply::oauth(400, "invalid_request", "A parameter is there twice.") };
        let app = match self.authorization(&form) {
            Ok(app) => app,
            Err(reply) => return reply,
        };
        if form.get("allow") != Some("yes") {
            return back(&form, &[("error", "access_denied"), ("error_description", "The resource owner denied the request.")]);
        }
        let Some(user) = state.org.users.get(form.text("sign_in_as")).filter(|user| user.status == "ACTIVE") else {
            return back(&form, &[("error", "access_denied"), ("error_description", "User is not assigned to the client application.")]);
        };
        let code = self.secret();
        let stored = Code {
            client: app.client_id.clone(),
            user: user.id.clone(),
            redirect_uri: form.text("redirect_uri").to_owned(),
            challenge: form.text("code_challenge").to_owned(),
            scope: form.text("scope").to_owned(),
            nonce: form.get("nonce").map(str::to_owned),
            ends: self.second() + CODE_SECONDS,
        };
        state.codes.insert(code.clone(), stored);
        back(&form, &[("code", &code)])
    }

    pub(super) fn token(&self, call: &Call, state: &mut State) -> Reply {
        match self.try_token(call, state) {
            Ok(reply) | Err(reply) => reply.with("cache-control", "no-store"),
        }
    }

    fn try_token(&self, call: &Call, state: &mut State) -> Result<Reply, Reply> {
        let form = Form::parse(&call.body).map_err(|_| Reply::oauth(400, "invalid_request", "A parameter is there twice."))?;
        let client = self.authenticate(call, &form, state)?;
        match (form.text("grant_type"), client) {
            ("client_credentials", Client::Service(app)) => self.service_token(call, &form, state, app),
            ("authorization_code", Client::Web(app)) => self.code_token(&form, state, app),
            ("refresh_token", Client::Web(app)) => self.refresh(&form, state, app),
            _ => Err(Reply::oauth(400, "unauthorized_client", "The client is not authorized to use the provided grant type.")),
        }
    }

    fn authenticate<'a>(&'a self, call: &Call, form: &Form, state: &mut State) -> Result<Client<'a>, Reply> {
        let stranger = |why: &str| Reply::oauth(401, "invalid_client", why);
        if form.get("client_assertion_type") == Some(JWT_BEARER) {
            return self.assertion(form.text("client_assertion"), state).map(Client::Service);
        }
        let basic = call.header("authorization").strip_prefix("Basic ").and_then(|text| {
            let text = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
            let (id, secret) = text.split_once(':')?;
            let plain = |part: &str| url::form_urlencoded::parse(format!("v={part}").as_bytes()).next().map(|(_, v)| v.into_owned());
            Some((plain(id)?, plain(secret)?))
        });
        let (id, secret) = basic.unwrap_or_else(|| (form.text("client_id").to_owned(), form.text("client_secret").to_owned()));
        let app =
            self.config.web.iter().find(|app| app.client_id == id).ok_or_else(|| stranger("Invalid value for 'client_id' parameter."))?;
        // Digests have one length and unknown content: comparing them tells nothing about the secret.
        if Sha256::digest(app.client_secret.as_bytes()) == Sha256::digest(secret.as_bytes()) {
            Ok(Client::Web(app))
        } else {
            Err(stranger("The client secret supplied for a confidential client is invalid."))
        }
    }

    fn assertion<'a>(&'a self, token: &str, state: &mut State) -> Result<&'a ServiceApp, Reply> {
        let wrong = |why: &str| Reply::oauth(401, "invalid_client", why);
        let (head, claims) = jwt::parse(token).ok_or_else(|| wrong("The client_assertion token is malformed."))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| claims.get(name).and_then(Value::as_i64);
        let app = self.config.services.iter().find(|app| app.client_id == text("iss")).ok_or_else(|| wrong("The client is unknown."))?;
        if text("sub") != app.client_id {
            return Err(wrong("The client_assertion token must have sub and iss claims that are the client id."));
        }
        let key = app.keys.iter().find(|key| head.get("kid").is_none_or(|kid| key.get("kid") == Some(kid)));
        if !key.is_some_and(|key| jwt::is_signed_by(token, key)) {
            return Err(wrong("The client_assertion signature is invalid."));
        }
        if text("aud") != format!("{}/oauth2/v1/token", self.base) {
            return Err(wrong("The audience claim for client_assertion must be the endpoint invoked for the request."));
        }
        let now = self.second();
        match number("exp") {
            Some(ends) if ends <= now => return Err(wrong("The client_assertion token is expired.")),
            Some(ends) if ends > now + 3_600 => {
                return Err(wrong("The client_assertion token has an expiration too far into the future."));
            }
            Some(_) => {}
            None => return Err(wrong("The client_assertion token must have an expiration.")),
        }
        if number("iat").is_some_and(|issued| issued > now + 300) {
            return Err(wrong("The client_assertion token was issued in the future."));
        }
        let jti = text("jti");
        if !jti.is_empty() && !state.assertions.insert(jti.to_owned()) {
            return Err(wrong("The client_assertion token has already been used."));
        }
        Ok(app)
    }

    /// The thumbprint of the key that a proof is made with (RFC 9449).
    fn proof(&self, call: &Call, nonce: bool, access: Option<&str>) -> Result<String, Reply> {
        let wrong = |why: &str| Reply::oauth(400, "invalid_dpop_proof", why);
        let proof = call.header("dpop");
        if proof.is_empty() {
            return Err(wrong("The DPoP proof JWT header is missing."));
        }
        let (head, claims) = jwt::parse(proof).ok_or_else(|| wrong("The DPoP proof JWT is malformed."))?;
        let key = head.get("jwk").ok_or_else(|| wrong("The DPoP proof JWT has no key."))?;
        if head.get("typ") != Some(&json!("dpop+jwt")) || !jwt::is_signed_by(proof, key) {
            return Err(wrong("The DPoP proof JWT signature is invalid."));
        }
        let same = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
        if !same("htm", &call.method) || !same("htu", &format!("{}{}", self.base, call.path)) {
            return Err(wrong("The DPoP proof JWT is for another call."));
        }
        if (claims.get("iat").and_then(Value::as_i64).unwrap_or(0) - self.second()).abs() > 300 {
            return Err(wrong("The DPoP proof JWT was not issued just now."));
        }
        if nonce && !same("nonce", &self.nonce()) {
            return Err(
                Reply::oauth(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.").with("dpop-nonce", self.nonce())
            );
        }
        if access.is_some_and(|access| !same("ath", &jwt::token_hash(access))) {
            return Err(wrong("The DPoP proof JWT is for another token."));
        }
        jwt::thumbprint(key).ok_or_else(|| wrong("The DPoP proof JWT's key is of no known kind."))
    }

    /// Changes once a day.
    fn nonce(&self) -> String {
        super::ids::id("non", &(self.second() / 86_400).to_string())
    }

    fn service_token(&self, call: &Call, form: &Form, state: &mut State, app: &ServiceApp) -> Result<Reply, Reply> {
        let bound = if app.dpop { Some(self.proof(call, true, None)?) } else { None };
        let scope = form.text("scope");
        let reviews = self.config.deviations.contains(&Deviation::ServiceReviews);
        let allowed = |scope: &str| {
            let reviewer = scope.starts_with("okta.governance.reviewer.");
            app.scopes.iter().any(|granted| granted == scope) && (!reviewer || reviews)
        };
        if scope.is_empty() || !scope.split(' ').all(allowed) {
            return Err(Reply::oauth(400, "invalid_scope", "One or more scopes are not configured for the authorization server resource."));
        }
        let access = self.give(state, "access", &app.client_id, None, scope, ACCESS_SECONDS, bound.clone())?;
        let kind = if bound.is_some() { "DPoP" } else { "Bearer" };
        Ok(Reply::json(200, json!({ "token_type": kind, "expires_in": ACCESS_SECONDS, "access_token": access, "scope": scope })))
    }

    fn code_token(&self, form: &Form, state: &mut State, app: &WebApp) -> Result<Reply, Reply> {
        let wrong = || Reply::oauth(400, "invalid_grant", "The authorization code is invalid or has expired.");
        // Whatever is wrong with the request, the code cannot be tried a second time.
        let code = state.codes.remove(form.text("code")).ok_or_else(wrong)?;
        if code.client != app.client_id || code.ends < self.second() || code.redirect_uri != form.text("redirect_uri") {
            return Err(wrong());
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(form.text("code_verifier").as_bytes())) != code.challenge {
            return Err(Reply::oauth(400, "invalid_grant", "PKCE verification failed."));
        }
        let refresh = if code.scope.split(' ').any(|scope| scope == "offline_access") {
            Some(self.give(state, "refresh", &app.client_id, Some(&code.user), &code.scope, REFRESH_SECONDS, None)?)
        } else {
            None
        };
        self.person_token(state, app, &code.user, &code.scope, refresh, code.nonce.as_deref())
    }

    fn refresh(&self, form: &Form, state: &mut State, app: &WebApp) -> Result<Reply, Reply> {
        let wrong = || Reply::oauth(400, "invalid_grant", "The refresh token is invalid or expired.");
        let text = form.text("refresh_token");
        let token = state.tokens.get(&hash(text)).filter(|token| token.kind == "refresh" && token.client == app.client_id).cloned();
        let token = token.filter(|token| token.ends >= self.second()).ok_or_else(wrong)?;
        let user = token.user.ok_or_else(wrong)?;
        if state.org.users.get(&user).is_none_or(|user| user.status != "ACTIVE") {
            return Err(wrong());
        }
        self.person_token(state, app, &user, &token.scope, Some(text.to_owned()), None)
    }

    fn person_token(
        &self,
        state: &mut State,
        app: &WebApp,
        user: &str,
        scope: &str,
        refresh: Option<String>,
        nonce: Option<&str>,
    ) -> Result<Reply, Reply> {
        let access = self.give(state, "access", &app.client_id, Some(user), scope, ACCESS_SECONDS, None)?;
        let mut body = json!({ "token_type": "Bearer", "expires_in": ACCESS_SECONDS, "access_token": access, "scope": scope });
        if let Some(body) = body.as_object_mut() {
            if let Some(refresh) = refresh {
                body.insert("refresh_token".to_owned(), json!(refresh));
            }
            if scope.split(' ').any(|scope| scope == "openid") {
                let now = self.second();
                let person = state.org.users.get(user);
                let mut claims = json!({
                    "iss": self.base, "aud": app.client_id, "sub": user, "iat": now, "exp": now + ACCESS_SECONDS, "auth_time": now,
                    "name": person.map(|person| person.name.clone()), "preferred_username": person.map(|person| person.email.clone()),
                });
                if let (Some(claims), Some(nonce)) = (claims.as_object_mut(), nonce) {
                    claims.insert("nonce".to_owned(), json!(nonce));
                }
                body.insert("id_token".to_owned(), json!(self.keys.sign(&claims)));
            }
        }
        Ok(Reply::json(200, body))
    }

    /// Gives a token out; it stands in the journal first.
    #[expect(clippy::too_many_arguments, reason = "a token has that many properties, and is given in three places")]
    fn give(
        &self,
        state: &mut State,
        kind: &str,
        client: &str,
        user: Option<&str>,
        scope: &str,
        seconds: i64,
        bound: Option<String>,
    ) -> Result<String, Reply> {
        let token = self.secret();
        let change = Change::TokenGiven {
            hash: hash(&token),
            kind: kind.to_owned(),
            client: client.to_owned(),
            user: user.map(str::to_owned),
            scope: scope.to_owned(),
            ends: self.second() + seconds,
            bound,
        };
        self.accept(state, user.unwrap_or(client), change)?;
        Ok(token)
    }

    pub(super) fn revoke(&self, call: &Call, state: &mut State) -> Reply {
        let Ok(form) = Form::parse(&call.body) else { return Reply::oauth(400, "invalid_request", "A parameter is there twice.") };
        let client = match self.authenticate(call, &form, state) {
            Ok(Client::Service(app)) => app.client_id.clone(),
            Ok(Client::Web(app)) => app.client_id.clone(),
            Err(reply) => return reply,
        };
        let hash = hash(form.text("token"));
        // A token that is not known is answered the same way (RFC 7009, 2.2).
        let Some(token) = state.tokens.get(&hash).filter(|token| token.client == client).cloned() else { return Reply::empty(200) };
        let mut ended = vec![hash];
        if token.kind == "refresh" {
            let same = |other: &&Token| other.kind == "access" && other.client == token.client && other.user == token.user;
            ended.extend(state.tokens.iter().filter(|(_, other)| same(other)).map(|(hash, _)| hash.clone()));
        }
        for hash in ended {
            if let Err(reply) = self.accept(state, &client, Change::TokenEnded { hash }) {
                return reply;
            }
        }
        Reply::empty(200)
    }

    pub(super) fn userinfo(&self, call: &Call, state: &State) -> Reply {
        match self.bearer(call, state) {
            Ok(Token { user: Some(id), .. }) => {
                let person = state.org.users.get(&id);
                Reply::json(
                    200,
                    json!({
                        "sub": id, "name": person.map(|person| person.name.clone()), "email": person.map(|person| person.email.clone()),
                        "preferred_username": person.map(|person| person.email.clone()),
                    }),
                )
            }
            Ok(_) => Reply::empty(403),
            Err(_) => Reply::empty(401),
        }
    }

    /// The token of a call, checked.
    pub(super) fn bearer(&self, call: &Call, state: &State) -> Result<Token, Reply> {
        let header = call.header("authorization");
        let (scheme, text) = header.split_once(' ').ok_or_else(Reply::unauthorized)?;
        let token = state.tokens.get(&hash(text.trim())).filter(|token| token.kind == "access" && token.ends >= self.second());
        let token = token.cloned().ok_or_else(Reply::unauthorized)?;
        match &token.bound {
            None if scheme.eq_ignore_ascii_case("bearer") => Ok(token),
            Some(bound) if scheme.eq_ignore_ascii_case("dpop") => match self.proof(call, false, Some(text.trim())) {
                Ok(key) if key == *bound => Ok(token),
                _ => Err(Reply::unauthorized()),
            },
            _ => Err(Reply::unauthorized()),
        }
    }
}

/// A token's hash as it is kept.
fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Back to the client with the state.
fn back(form: &Form, parameters: &[(&str, &str)]) -> Reply {
    let Ok(mut url) = url::Url::parse(form.text("redirect_uri")) else {
        return Reply::page(400, "<!doctype html><title>400</title><p>The redirect URI cannot be read.".to_owned());
    };
    for (name, value) in parameters {
        url.query_pairs_mut().append_pair(name, value);
    }
    if let Some(state) = form.get("state") {
        url.query_pairs_mut().append_pair("state", state);
    }
    Reply::redirect(url.as_str())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
