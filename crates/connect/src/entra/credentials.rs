//! Tokens: an application's own, by secret or certificate, and a reviewer's.

use crate::http::{Answer, Authority, Body, Client, Effect, HeaderName, HeaderValue, HttpError, Method, NoAuthority, Request, Url};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64},
};
use domain::{Timestamp, time::SECOND};
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde_json::{Value, json};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// How long before its end a token counts as ended, in microseconds.
const EARLY: i64 = 120 * SECOND;
/// How long a client assertion is valid, in seconds.
const ASSERTION_SECONDS: i64 = 600;

/// How an application proves who it is.
#[derive(Clone)]
pub enum Proof {
    /// A client secret.
    Secret(SecretString),
    /// The private key of a certificate that is registered with the application.
    Certificate {
        /// SHA-256 of the certificate (DER), in base64url without padding: the `x5t#S256` of assertions.
        thumbprint: String,
        /// The RSA key, PKCS#8 in DER; at least 2048 bits.
        key: Arc<SecretBox<Vec<u8>>>,
    },
}

impl Proof {
    /// A certificate's private key in PEM: PKCS #8, RSA of at least 2,048 bits.
    ///
    /// # Errors
    /// [`HttpError::Credentials`] where it is none.
    pub fn certificate(thumbprint: &str, pem: &SecretString) -> Result<Self, HttpError> {
        let body: String = pem.expose_secret().lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        let wrong = || HttpError::Credentials("the certificate's private key could not be read; expected PEM with PKCS #8".to_owned());
        let der = STANDARD.decode(body).map_err(|_| wrong())?;
        RsaKeyPair::from_pkcs8(&der).map_err(|_| wrong())?;
        Ok(Self::Certificate { thumbprint: thumbprint.to_owned(), key: Arc::new(SecretBox::new(Box::new(der))) })
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::Certificate { .. } => "Certificate",
        })
    }
}

/// An application as it is registered in the tenant.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The application's (client) id.
    pub client_id: String,
    /// How it proves who it is.
    pub proof: Proof,
}

struct Held {
    token: SecretString,
    /// By our clock.
    ends: Timestamp,
}

/// An application's own token, fetched when it is needed and kept until shortly before its end.
pub(super) struct AppAuthority {
    client: Arc<Client>,
    endpoint: Url,
    credentials: Credentials,
    held: Mutex<Option<Held>>,
}

impl AppAuthority {
    pub(super) const fn new(client: Arc<Client>, endpoint: Url, credentials: Credentials) -> Self {
        Self { client, endpoint, credentials, held: Mutex::new(None) }
    }

    async fn token(&self) -> Result<SecretString, HttpError> {
        let now = self.client.env().now();
        if let Some(held) = self.held.lock().unwrap_or_else(PoisonError::into_inner).as_ref().filter(|held| now < held.ends) {
            return Ok(held.token.clone());
        }
        let mut fields = vec![
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            ("client_id".to_owned(), self.credentials.client_id.clone()),
            ("scope".to_owned(), "https://graph.microsoft.com/.default".to_owned()),
        ];
        match &self.credentials.proof {
            Proof::Secret(secret) => fields.push(("client_secret".to_owned(), secret.expose_secret().to_owned())),
            Proof::Certificate { thumbprint, key } => {
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                fields.push(("client_assertion_type".to_owned(), kind.to_owned()));
                fields.push(("client_assertion".to_owned(), self.assertion(thumbprint, key.expose_secret())?));
            }
        }
        // Asking for a token twice does no harm.
        let request =
            Request { effect: Effect::Reads, ..Request::change(Method::POST, self.endpoint.clone(), Body::Form(fields), "token") };
        let answer = self.client.send(&request, &NoAuthority).await?;
        let (token, seconds) = token_of(&answer)?;
        let held = Held { token: token.clone(), ends: self.client.env().now().plus(seconds * SECOND - EARLY) };
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(token)
    }

    /// A client assertion (RFC 7523), signed with PS256 as Entra asks.
    fn assertion(&self, thumbprint: &str, key: &[u8]) -> Result<String, HttpError> {
        let unusable = || {
            HttpError::Credentials(
                "the certificate's private key cannot be used; it must be an RSA key of at least 2048 bits in PKCS#8".to_owned(),
            )
        };
        let key = RsaKeyPair::from_pkcs8(key).map_err(|_| unusable())?;
        // By the platform's clock, so that a clock that is wrong here does not keep us out.
        let now = self.client.platform_now().micros().div_euclid(SECOND);
        let id = &self.credentials.client_id;
        let head = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint });
        let claims = json!({
            "aud": self.endpoint.as_str(), "iss": id, "sub": id, "jti": hex::encode(self.client.env().bytes::<16>()),
            "nbf": now - 60, "iat": now, "exp": now + ASSERTION_SECONDS,
        });
        let text = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
        let mut signature = vec![0; key.public().modulus_len()];
        // The padding's salt has to be random, not repeatable; ring asks the operating system for it.
        key.sign(&RSA_PSS_SHA256, &ring::rand::SystemRandom::new(), text.as_bytes(), &mut signature).map_err(|_| unusable())?;
        Ok(format!("{text}.{}", BASE64.encode(signature)))
    }
}

/// A token and for how many seconds it works. `expires_in` is a number, and a text where an Azure machine answers.
fn token_of(answer: &Answer) -> Result<(SecretString, i64), HttpError> {
    let body = answer.json.clone().unwrap_or_default();
    let seconds = match &body["expires_in"] {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    if let (true, Some(token), Some(seconds)) = (answer.is_success(), body["access_token"].as_str(), seconds) {
        return Ok((SecretString::from(token.to_owned()), seconds));
    }
    let code = body["error"].as_str().unwrap_or("no token");
    let number = body["error_codes"][0].as_u64().map(|number| format!(" AADSTS{number}")).unwrap_or_default();
    let what_to_do = "Check the application's id, its secret or certificate, and the tenant.";
    Err(HttpError::Credentials(format!("{code}{number} (status {}). {what_to_do}", answer.status)))
}

fn bearer(token: &SecretString) -> Result<Vec<(HeaderName, HeaderValue)>, HttpError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| HttpError::Credentials("the token cannot stand in a header".to_owned()))?;
    value.set_sensitive(true);
    Ok(vec![(HeaderName::from_static("authorization"), value)])
}

impl Authority for AppAuthority {
    async fn headers(&self, _: &Method, _: &Url) -> Result<Vec<(HeaderName, HeaderValue)>, HttpError> {
        bearer(&self.token().await?)
    }

    async fn renew(&self, _: &Answer) -> Result<bool, HttpError> {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(true)
    }
}

/// A reviewer's own token, as sign-in gave it. It is never renewed here: where it ends, the reviewer signs in again.
#[derive(Debug, Clone)]
pub(super) struct ReviewerToken(pub(super) SecretString);

impl Authority for ReviewerToken {
    async fn headers(&self, _: &Method, _: &Url) -> Result<Vec<(HeaderName, HeaderValue)>, HttpError> {
        bearer(&self.0)
    }

    async fn renew(&self, _: &Answer) -> Result<bool, HttpError> {
        Ok(false)
    }
}
