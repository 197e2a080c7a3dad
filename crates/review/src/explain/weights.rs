//! The weights of the engine, kept so that what was made with them can be made again.

use crate::{Error, Result};
use domain::Timestamp;
use recommend::{ENGINE, Weights};
use store::Tx;

/// Weights with the hash of their canonical bytes, under which they are kept.
#[derive(Debug, Clone)]
pub(crate) struct KeptWeights {
    /// SHA-256 of the canonical bytes.
    pub sha256: [u8; 32],
    body: Vec<u8>,
}

impl KeptWeights {
    /// The weights that this program recommends with.
    pub fn present() -> Result<Self> {
        let body = Weights::default().to_canonical().map_err(|why| Error::Inconsistent(why.to_string()))?;
        Ok(Self { sha256: ledger::sha256(&body), body })
    }

    /// Keeps them, once for all recommendations.
    pub async fn keep(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        tx.keep_weights(self.sha256, ENGINE, &self.body, now).await?;
        Ok(())
    }
}
