//! Typed identifiers.
//!
//! Every id is a UUIDv7 made from the injected clock and random source, so
//! that ids sort by the time they were made and two runs with the same seed
//! give the same ids.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an identifier; expected a UUID such as 01932c07-1f0e-7a3b-8000-3b9aca000001")]
pub struct BadId(pub String);

/// Builds a version 7 UUID (RFC 9562, section 5.7) from a time and ten random bytes.
///
/// Times before 1970 count as 1970.
pub fn uuid_v7(at: Timestamp, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { Self(id) }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(&self.0, f) }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(s).map(Self).map_err(|_| BadId(s.to_owned()))
            }
        }
    )+};
}

ids! {
    /// A place access is read from: an Okta org, an Entra tenant, a Ping environment, a folder of files.
    SourceId,
    /// One sealed reading of a source.
    SnapshotId,
    /// A person or a machine, across sources.
    IdentityId,
    /// An identity in one source.
    AccountId,
    /// Something that can be held: a group, an application, a role.
    EntitlementId,
    /// An account holding an entitlement by a path.
    GrantId,
    /// A certification campaign.
    CampaignId,
    /// One question of a campaign: may this grant stay?
    ItemId,
    /// What the engine recommended for an item.
    RecommendationId,
    /// One person's (or default's) answer to an item.
    DecisionId,
    /// A removal to carry out.
    OrderId,
    /// One re-reading of a source that shows a grant gone or still there.
    ProofId,
    /// Something that somebody must look at: access that returned, a use of an emergency account.
    FindingId,
    /// Two duties that must be apart in one person's hands, as a campaign found them.
    ConflictId,
    /// A mitigating control for keeping both sides of a conflict.
    MitigationId,
    /// One line of the ledger.
    EntryId,
    /// A unit of background work.
    JobId,
    /// A person who signs in to Countersign.
    UserId,
    /// An evidence pack.
    PackId,
    /// One attempt to submit a form; unique in the database, so that a repeat is answered and not repeated.
    AttemptId,
}
