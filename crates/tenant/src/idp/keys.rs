//! The provider's signing keys: ES256, two of them in the published set.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use super::Random;

struct Key {
    id: String,
    secret: SigningKey,
}

impl Key {
    fn new(random: &dyn Random) -> Self {
        loop {
            let mut bytes = [0_u8; 32];
            random.fill(&mut bytes);
            // One in 2^32 draws is no valid scalar of the curve (FIPS 186-5, A.2.2): draw again.
            if let Ok(secret) = SigningKey::from_slice(&bytes) {
                let mut id = [0_u8; 8];
                random.fill(&mut id);
                return Self { id: hex::encode(id), secret };
            }
        }
    }

    fn public(&self) -> Value {
        let point = self.secret.verifying_key().to_sec1_point(false);
        // 0x04, then 32 bytes of x and 32 of y (SEC 1, 2.3.3).
        let bytes = point.as_bytes();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
            "x": BASE64.encode(bytes.get(1..33).unwrap_or_default()),
            "y": BASE64.encode(bytes.get(33..65).unwrap_or_default()),
        })
    }
}

/// The key in use and the one before it, whose tokens still verify.
pub(crate) struct Keys {
    current: Key,
    previous: Key,
}

impl Keys {
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self { current: Key::new(random), previous: Key::new(random) }
    }

    /// A new key signs from now on; the one that did stays published; the one before it is forgotten.
    pub(crate) fn rotate(&mut self, random: &dyn Random) {
        self.previous = std::mem::replace(&mut self.current, Key::new(random));
    }

    /// The JSON Web Key Set (RFC 7517).
    pub(crate) fn published(&self) -> Value {
        json!({ "keys": [self.current.public(), self.previous.public()] })
    }

    /// A signed token in compact form (RFC 7515).
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": self.current.id, "typ": "JWT" });
        let head = BASE64.encode(header.to_string());
        let body = BASE64.encode(claims.to_string());
        let text = format!("{head}.{body}");
        let signature: Signature = self.current.secret.sign(text.as_bytes());
        format!("{text}.{}", BASE64.encode(signature.to_bytes()))
    }

    /// The claims of a token that this provider signed with a key it still knows, however old.
    pub(crate) fn claims(&self, token: &str) -> Option<Value> {
        let (text, signature) = token.rsplit_once('.')?;
        let (head, body) = text.split_once('.')?;
        let header: Value = serde_json::from_slice(&BASE64.decode(head).ok()?).ok()?;
        let key = [&self.current, &self.previous].into_iter().find(|key| header["kid"] == key.id.as_str())?;
        let signature = Signature::from_slice(&BASE64.decode(signature).ok()?).ok()?;
        key.secret.verifying_key().verify(text.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&BASE64.decode(body).ok()?).ok()
    }
}
