//! Canonical JSON (RFC 8785) with integers only.
//!
//! The ledger's JSON holds no number that two machines could write
//! differently: a fraction is an error, and an integer outside ±(2^53 - 1),
//! which JavaScript could not read exactly, must be a string.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The largest integer that stands as a JSON number: 2^53 - 1 (RFC 7493, section 2.2).
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// Why a value has no canonical form here, or why bytes are not in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A number with a fraction or an exponent, or one beyond 64 bits.
    #[error("{path} holds {number}, which is not a whole number; write it as an integer in a smaller unit, or as a string")]
    NotWhole {
        /// Where it stands, for example `$.facts[2].value`.
        path: String,
        /// The number as read.
        number: String,
    },
    /// An integer outside ±(2^53 - 1).
    #[error("{path} holds {number}, which is outside \u{b1}(2^53 - 1); write it as a string")]
    TooLarge {
        /// Where it stands.
        path: String,
        /// The number as read.
        number: String,
    },
    /// The bytes are not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// The bytes are JSON, but not in canonical form.
    #[error("JSON that is not in canonical form (RFC 8785): it differs from byte {at} on")]
    NotCanonical {
        /// The first byte, counted from 0, that differs from the canonical form.
        at: usize,
    },
}

/// The canonical bytes of `value`.
pub fn canonical(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    whole_numbers(value)?;
    let mut bytes = Vec::with_capacity(256);
    write(value, &mut bytes)?;
    Ok(bytes)
}

/// Writes a value without fractions. With whole numbers only, RFC 8785 comes
/// down to the order of keys: by UTF-16 code units (section 3.2.3). The
/// escapes of strings are those that `serde_json` writes (section 3.2.2.2).
fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Array(values) => {
            out.push(b'[');
            for (position, value) in values.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write(value, out)?;
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_unstable_by(
                |(a, _), (b, _)| {
                    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
                },
            );
            out.push(b'{');
            for (position, (name, value)) in fields.into_iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                scalar(name, out)?;
                out.push(b':');
                write(value, out)?;
            }
            out.push(b'}');
        }
        Value::String(text) => scalar(text, out)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => scalar(value, out)?,
    }
    Ok(())
}

fn scalar<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    serde_json::to_writer(out, value).map_err(|e| CanonicalError::NotJson(e.to_string()))
}

/// Checks that `value` holds no number but integers within ±(2^53 - 1).
pub fn whole_numbers(value: &Value) -> Result<(), CanonicalError> {
    check(value, &mut String::from("$"))
}

/// Reads bytes that must be canonical JSON.
///
/// A repeated key, a space or keys out of order are errors, because the
/// canonical form of what was read differs from what was given.
pub fn parse_canonical(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| CanonicalError::NotJson(e.to_string()))?;
    let again = canonical(&value)?;
    if again == bytes {
        return Ok(value);
    }
    let at = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    Err(CanonicalError::NotCanonical { at })
}

fn check(value: &Value, path: &mut String) -> Result<(), CanonicalError> {
    let length = path.len();
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(n) if (-MAX_INTEGER..=MAX_INTEGER).contains(&n) => {}
            Some(_) => {
                return Err(CanonicalError::TooLarge { path: path.clone(), number: number.to_string() });
            }
            None if number.is_u64() => {
                return Err(CanonicalError::TooLarge { path: path.clone(), number: number.to_string() });
            }
            None => {
                return Err(CanonicalError::NotWhole { path: path.clone(), number: number.to_string() });
            }
        },
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
                check(value, path)?;
                path.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push('.');
                path.push_str(name);
                check(value, path)?;
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
    Ok(())
}

/// SHA-256 (FIPS 180-4) of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(sha256(bytes))
}

/// Exactly 64 lower-case hexadecimal digits as 32 bytes; anything else is `None`.
pub fn hash_from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || text.bytes().any(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok()?;
    Some(hash)
}
