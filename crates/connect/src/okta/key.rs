//! The key that a service app signs with (RFC 7515): ES256 or RS256, from PEM as Okta's console gives it.

use crate::http::HttpError;
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::Env;
use p256::ecdsa::{Signature, SigningKey as EcKey, signature::Signer as _};
use p256::pkcs8::DecodePrivateKey as _;
use ring::{rand::SystemRandom, rsa, signature::RSA_PKCS1_SHA256};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A private key.
pub struct SigningKey(Kind);

enum Kind {
    Ec(Box<EcKey>),
    Rsa(Box<rsa::KeyPair>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Ec(_) => "SigningKey(ES256)",
            Kind::Rsa(_) => "SigningKey(RS256)",
        })
    }
}

impl SigningKey {
    /// Reads a key in PEM: PKCS #8 of RSA (2,048 bits or more) or of P-256, or PKCS #1.
    ///
    /// # Errors
    /// [`HttpError::Credentials`] where it is none of these.
    pub fn from_pem(pem: &SecretString) -> Result<Self, HttpError> {
        let wrong = || HttpError::Credentials("the private key could not be read; expected PEM with an RSA or P-256 key".to_owned());
        let text = pem.expose_secret();
        let body: String = text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body).map_err(|_| wrong())?;
        if let Ok(key) = EcKey::from_pkcs8_der(&der) {
            return Ok(Self(Kind::Ec(Box::new(key))));
        }
        let key = rsa::KeyPair::from_pkcs8(&der).or_else(|_| rsa::KeyPair::from_der(&der)).map_err(|_| wrong())?;
        Ok(Self(Kind::Rsa(Box::new(key))))
    }

    /// A new P-256 key for this process alone, for proofs of possession.
    pub(super) fn ephemeral(env: &Env) -> Self {
        loop {
            // One in 2^32 draws is no valid scalar of the curve (FIPS 186-5, A.2.2): draw again.
            if let Ok(key) = EcKey::from_slice(&env.bytes::<32>()) {
                return Self(Kind::Ec(Box::new(key)));
            }
        }
    }

    const fn algorithm(&self) -> &'static str {
        match self.0 {
            Kind::Ec(_) => "ES256",
            Kind::Rsa(_) => "RS256",
        }
    }

    /// The public half as JWK.
    pub fn public(&self) -> Value {
        match &self.0 {
            Kind::Ec(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                // 0x04, then 32 bytes of x and 32 of y (SEC 1, 2.3.3).
                let bytes = point.as_bytes();
                let part = |range| BASE64.encode(bytes.get(range).unwrap_or_default());
                json!({ "kty": "EC", "crv": "P-256", "x": part(1..33), "y": part(33..65) })
            }
            Kind::Rsa(key) => {
                let public: rsa::PublicKeyComponents<Vec<u8>> = key.public().into();
                json!({ "kty": "RSA", "n": BASE64.encode(public.n), "e": BASE64.encode(public.e) })
            }
        }
    }

    /// A signed token in compact form; `head` is completed with the algorithm.
    pub(super) fn sign(&self, mut head: Value, claims: &Value) -> Result<String, HttpError> {
        if let Some(head) = head.as_object_mut() {
            head.insert("alg".to_owned(), json!(self.algorithm()));
        }
        let text = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
        let signature = match &self.0 {
            Kind::Ec(key) => {
                let signature: Signature = key.sign(text.as_bytes());
                signature.to_bytes().to_vec()
            }
            Kind::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                // The signature of PKCS #1 v1.5 does not depend on chance; ring blinds its computation with it.
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
                    .map_err(|_| HttpError::Credentials("the private key could not sign".to_owned()))?;
                signature
            }
        };
        Ok(format!("{text}.{}", BASE64.encode(signature)))
    }
}

/// SHA-256 in base64url, as PKCE challenges and proofs want it.
pub(super) fn digest(text: &str) -> String {
    BASE64.encode(Sha256::digest(text.as_bytes()))
}
