//! The guide in every pack: how to check it with standard tools.

use super::manifest::ManifestKeys;
use crate::checkpoint::Checkpoint;
use askama::Template;

#[derive(Template)]
#[template(path = "how-to-verify.md", escape = "none")]
struct Guide<'a> {
    origin: &'a str,
    size: u64,
    root: String,
    signer: &'a str,
    signer_id: &'a str,
    fingerprint: &'a str,
    checkpoint_key: &'a str,
}

pub fn render(origin: &str, checkpoint: &Checkpoint, keys: &ManifestKeys) -> Result<String, askama::Error> {
    Guide {
        origin,
        size: checkpoint.size,
        root: hex::encode(checkpoint.root),
        signer: &keys.signer,
        signer_id: &keys.signer_id,
        fingerprint: &keys.fingerprint,
        checkpoint_key: &keys.checkpoint,
    }
    .render()
}
