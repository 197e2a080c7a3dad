//! Signed tokens as clients send them (RFC 7515, 7517): ES256 and RS256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Header and claims of a token, not yet believed.
pub(super) fn parse(token: &str) -> Option<(Value, Value)> {
    let mut parts = token.split('.');
    let (head, body) = (parts.next()?, parts.next()?);
    parts.next()?;
    if parts.next().is_some() {
        return None;
    }
    let read = |part: &str| serde_json::from_slice(&BASE64.decode(part).ok()?).ok();
    Some((read(head)?, read(body)?))
}

fn bytes(key: &Value, name: &str) -> Option<Vec<u8>> {
    BASE64.decode(key.get(name)?.as_str()?).ok()
}

/// Whether a key, as JWK, signed a token.
pub(super) fn is_signed_by(token: &str, key: &Value) -> bool {
    verify(token, key).is_some()
}

fn verify(token: &str, key: &Value) -> Option<()> {
    let (text, signature) = token.rsplit_once('.')?;
    let (head, _) = parse(token)?;
    let signature = BASE64.decode(signature).ok()?;
    match (head.get("alg")?.as_str()?, key.get("kty")?.as_str()?) {
        ("ES256", "EC") => {
            // An uncompressed point: 0x04, x, y (SEC 1, 2.3.3).
            let mut point = vec![4];
            point.extend(bytes(key, "x")?);
            point.extend(bytes(key, "y")?);
            let key = VerifyingKey::from_sec1_bytes(&point).ok()?;
            key.verify(text.as_bytes(), &Signature::from_slice(&signature).ok()?).ok()
        }
        ("RS256", "RSA") => {
            let key = RsaPublicKeyComponents { n: bytes(key, "n")?, e: bytes(key, "e")? };
            key.verify(&RSA_PKCS1_2048_8192_SHA256, text.as_bytes(), &signature).ok()
        }
        _ => None,
    }
}

/// The thumbprint of a key (RFC 7638).
pub(super) fn thumbprint(key: &Value) -> Option<String> {
    let member = |name: &str| key.get(name).and_then(Value::as_str);
    let canonical = match member("kty")? {
        "EC" => json!({ "crv": member("crv")?, "kty": "EC", "x": member("x")?, "y": member("y")? }),
        "RSA" => json!({ "e": member("e")?, "kty": "RSA", "n": member("n")? }),
        _ => return None,
    };
    Some(BASE64.encode(Sha256::digest(canonical.to_string())))
}

/// The hash that binds a proof to an access token (RFC 9449, 4.2).
pub(super) fn token_hash(token: &str) -> String {
    BASE64.encode(Sha256::digest(token.as_bytes()))
}
