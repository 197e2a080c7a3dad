//! Evidence packs and checkpoints.

use super::{CampaignHead, Words};
use crate::FieldError;
use domain::{AttemptId, CampaignId, PackId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// `/evidence`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The installation's name in the ledger.
    pub origin: String,
    /// The fingerprint of the key that signs checkpoints and packs.
    pub fingerprint: String,
    /// The newest checkpoint; `None` before the first.
    pub checkpoint: Option<CheckpointView>,
    /// Entries that wait for their place in the ledger.
    pub waiting: i64,
    /// True when somebody outside keeps copies of checkpoints (rule 45).
    pub witnessed: bool,
    /// Campaigns with their packs, newest first.
    pub campaigns: Vec<EvidenceCampaign>,
    /// The key under which the next page begins.
    pub next: Option<String>,
    /// For the form that puts several campaigns into one pack; `None` where the reader may not, or there are not two.
    pub several: Option<Several>,
    /// Whether the reader may take copies.
    pub may_take: bool,
    /// Whether the reader answers requests about personal data.
    pub may_answer_requests: bool,
}

/// The form that puts several campaigns into one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Several {
    /// The form's attempt.
    pub attempt: AttemptId,
    /// What was ticked.
    pub ticked: BTreeSet<CampaignId>,
    /// What could not be taken.
    pub errors: Vec<FieldError>,
}

/// A signed statement about the whole ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointView {
    /// How many entries it covers.
    pub size: i64,
    /// The tree's root, in hexadecimal.
    pub root: String,
    /// When it was signed.
    pub at: Timestamp,
    /// The signed note itself.
    pub note: String,
}

/// A campaign and its packs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceCampaign {
    /// The campaign.
    pub head: CampaignHead,
    /// For the form that makes a pack; `None` where the reader may not.
    pub attempt: Option<AttemptId>,
    /// Its packs, newest first.
    pub packs: Vec<PackLine>,
}

/// A pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackLine {
    /// The pack.
    pub id: PackId,
    /// Its file's name.
    pub file: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// The checkpoint it is bound to.
    pub checkpoint_size: i64,
    /// The fingerprint of the key that signed it.
    pub signer: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who made it; `None` for the command line.
    pub made_by: Option<Words>,
    /// The names of the other campaigns that it holds.
    pub with: Vec<Words>,
    /// Who took a copy (rule 44), oldest first.
    pub copies: Vec<PackCopy>,
}

/// A copy that somebody took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackCopy {
    /// Who.
    pub by: Words,
    /// When.
    pub at: Timestamp,
}
