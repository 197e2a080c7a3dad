//! Bringing the installation's secrets from where they are kept.

use crate::config::{Keys, NamedSecret, Secret};
use base64::Engine;
use ledger::{PseudonymKey, SigningKey};
use secrecy::{ExposeSecret, SecretString};
use std::process::Command;
use store::{Sealer, SealingKey};

/// Why a secret cannot be used. The secret itself is never in the text.
#[derive(Debug, thiserror::Error)]
#[error("the secret {name} {why}")]
pub struct KeyError {
    /// Which secret.
    pub name: String,
    /// What is wrong and what to do.
    pub why: String,
}

/// Every secret, ready for use.
#[derive(Debug)]
pub struct Ready {
    /// For the use cases.
    pub review: review::Keys,
    /// For sealed columns.
    pub sealer: Sealer,
}

/// Brings every key.
pub fn load(keys: &Keys) -> Result<Ready, KeyError> {
    let seal =
        keys.seal.iter().map(|key| Ok(SealingKey::new(key.id.clone(), bytes(key, "keys.seal")?))).collect::<Result<Vec<_>, KeyError>>()?;
    let sealer = Sealer::new(seal).map_err(|why| KeyError { name: "keys.seal".to_owned(), why: why.to_string() })?;
    let pseudonyms = PseudonymKey::new(keys.pseudonym.id.clone(), bytes(&keys.pseudonym, "keys.pseudonym")?);
    let signing = SigningKey::from_bytes(&decode(&read(&keys.signing, "keys.signing")?, "keys.signing")?);
    Ok(Ready { review: review::Keys { pseudonyms, signing }, sealer })
}

/// Reads a secret as text, without the white space around it.
pub fn read(secret: &Secret, name: &str) -> Result<SecretString, KeyError> {
    let wrong = |why: String| KeyError { name: name.to_owned(), why };
    let text = match secret {
        Secret::File(path) => {
            std::fs::read_to_string(path).map_err(|cause| wrong(format!("cannot be read from {}: {cause}", path.display())))?
        }
        Secret::Env(variable) => {
            std::env::var(variable).map_err(|_| wrong(format!("should be in the environment variable {variable}, which is not set")))?
        }
        Secret::Command(words) => {
            let (program, arguments) = words.split_first().ok_or_else(|| wrong("names an empty command".to_owned()))?;
            let output =
                Command::new(program).args(arguments).output().map_err(|cause| wrong(format!("cannot be had from {program}: {cause}")))?;
            if !output.status.success() {
                return Err(wrong(format!("cannot be had from {program}: it ended with {}", output.status)));
            }
            String::from_utf8(output.stdout).map_err(|_| wrong(format!("as {program} gives it is not text")))?
        }
    };
    let text = text.trim();
    if text.is_empty() { Err(wrong("is empty".to_owned())) } else { Ok(SecretString::from(text)) }
}

fn bytes(key: &NamedSecret, name: &str) -> Result<[u8; 32], KeyError> {
    let name = format!("{name} \"{}\"", key.id);
    decode(&read(&key.secret, &name)?, &name)
}

fn decode(text: &SecretString, name: &str) -> Result<[u8; 32], KeyError> {
    let text = text.expose_secret();
    let decoded = hex::decode(text).or_else(|_| base64::engine::general_purpose::STANDARD.decode(text)).unwrap_or_default();
    decoded.try_into().map_err(|_| KeyError {
        name: name.to_owned(),
        why: "must be 32 random bytes, written as 64 hexadecimal digits or in base64 (openssl rand -hex 32 makes one)".to_owned(),
    })
}
