//! Evidence packs that were made, and who took copies away.

use crate::{
    Error, Result, Tx,
    ledger::hash,
    macros::{exec, fetch_all, fetch_optional},
};
use domain::{CampaignId, PackId, Timestamp, UserId};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A pack that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its id.
    pub id: PackId,
    /// The campaigns that it holds, in the order of their ids; at least one.
    pub campaigns: Vec<CampaignId>,
    /// The size of the checkpoint that it was made for.
    pub checkpoint_size: u64,
    /// Its file's name within the folder of packs.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// The fingerprint of the key that signed it.
    pub signer: String,
    /// Who had it made; `None` for the system.
    pub made_by: Option<UserId>,
    /// When.
    pub made_at: Timestamp,
}

/// A copy that somebody took away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackCopy {
    /// The copy's id.
    pub id: Uuid,
    /// Of which pack.
    pub pack: PackId,
    /// Who took it.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
}

impl From<(Uuid, Uuid, Uuid, i64)> for PackCopy {
    fn from((id, pack, user, at): (Uuid, Uuid, Uuid, i64)) -> Self {
        Self { id, pack: PackId(pack), user: UserId(user), at: Timestamp(at) }
    }
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    checkpoint_size: i64,
    file: String,
    bytes: i64,
    sha256: Vec<u8>,
    signer: String,
    made_by: Option<Uuid>,
    made_at: i64,
}

impl Row {
    fn pack(self, campaigns: Vec<CampaignId>) -> Result<Pack> {
        let row = self;
        let natural = |column, value: i64| u64::try_from(value).map_err(|e| Error::inconsistent("packs", column, row.id, e));
        Ok(Pack {
            id: PackId(row.id),
            campaigns,
            checkpoint_size: natural("checkpoint_size", row.checkpoint_size)?,
            bytes: natural("bytes", row.bytes)?,
            sha256: hash("packs", "sha256", row.id, row.sha256)?,
            file: row.file,
            signer: row.signer,
            made_by: row.made_by.map(UserId),
            made_at: Timestamp(row.made_at),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, checkpoint_size, file, bytes, sha256, signer, made_by, made_at FROM packs ", $rest)
    };
}

impl Tx {
    /// Adds a pack.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] where it holds no campaign.
    pub async fn insert_pack(&mut self, pack: &Pack) -> Result<()> {
        let stored = |column, value: u64| i64::try_from(value).map_err(|e| Error::inconsistent("packs", column, pack.id, e));
        let (size, bytes) = (stored("checkpoint_size", pack.checkpoint_size)?, stored("bytes", pack.bytes)?);
        let first = pack.campaigns.first().ok_or_else(|| Error::inconsistent("packs", "campaign_id", pack.id, "it holds no campaign"))?;
        exec!(
            self,
            "INSERT INTO packs (id, campaign_id, checkpoint_size, file, bytes, sha256, signer, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            pack.id.0,
            first.0,
            size,
            pack.file.as_str(),
            bytes,
            pack.sha256.to_vec(),
            pack.signer.as_str(),
            pack.made_by.map(|id| id.0),
            pack.made_at.0,
        )?;
        for campaign in &pack.campaigns {
            exec!(self, "INSERT INTO pack_campaigns (pack_id, campaign_id) VALUES ($1, $2)", pack.id.0, campaign.0)?;
        }
        Ok(())
    }

    /// The pack of that id.
    pub async fn pack(&mut self, id: PackId) -> Result<Option<Pack>> {
        let Some(row) = fetch_optional!(self, Row, select!("WHERE id = $1"), id.0)? else {
            return Ok(None);
        };
        Ok(self.with_campaigns(vec![row]).await?.pop())
    }

    /// A page of a campaign's packs, newest first, before `before`. Those that hold other campaigns beside it are among them.
    pub async fn packs_of(&mut self, campaign: CampaignId, before: Option<PackId>, limit: i64) -> Result<Vec<Pack>> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let rows = fetch_all!(
            self,
            Row,
            select!(
                "WHERE id IN (SELECT pack_id FROM pack_campaigns WHERE campaign_id = $1 AND pack_id < $2 ORDER BY pack_id DESC LIMIT $3) ORDER BY id DESC"
            ),
            campaign.0,
            before,
            limit
        )?;
        self.with_campaigns(rows).await
    }

    /// A page of all packs, newest first, before `before`.
    pub async fn packs(&mut self, before: Option<PackId>, limit: i64) -> Result<Vec<Pack>> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let rows = fetch_all!(self, Row, select!("WHERE id < $1 ORDER BY id DESC LIMIT $2"), before, limit)?;
        self.with_campaigns(rows).await
    }

    /// The packs of these rows, which stand newest first, each with its campaigns.
    async fn with_campaigns(&mut self, rows: Vec<Row>) -> Result<Vec<Pack>> {
        let (Some(newest), Some(oldest)) = (rows.first().map(|row| row.id), rows.last().map(|row| row.id)) else {
            return Ok(Vec::new());
        };
        let held: Vec<(Uuid, Uuid)> = fetch_all!(
            self,
            (Uuid, Uuid),
            "SELECT pack_id, campaign_id FROM pack_campaigns WHERE pack_id >= $1 AND pack_id <= $2 ORDER BY pack_id, campaign_id",
            oldest,
            newest
        )?;
        let mut campaigns: BTreeMap<Uuid, Vec<CampaignId>> = BTreeMap::new();
        for (pack, campaign) in held {
            campaigns.entry(pack).or_default().push(CampaignId(campaign));
        }
        rows.into_iter()
            .map(|row| {
                let campaigns = campaigns.remove(&row.id).unwrap_or_default();
                row.pack(campaigns)
            })
            .collect()
    }

    /// Notes that somebody took a copy away.
    pub async fn insert_pack_copy(&mut self, copy: &PackCopy) -> Result<()> {
        exec!(
            self,
            "INSERT INTO pack_copies (id, pack_id, user_id, at) VALUES ($1, $2, $3, $4)",
            copy.id,
            copy.pack.0,
            copy.user.0,
            copy.at.0
        )?;
        Ok(())
    }

    /// Copies that were taken away from a campaign's packs, in the order of their ids, after `after`.
    pub async fn pack_copies_of(&mut self, campaign: CampaignId, after: Option<Uuid>, limit: i64) -> Result<Vec<PackCopy>> {
        let after = after.unwrap_or(Uuid::nil());
        let rows: Vec<(Uuid, Uuid, Uuid, i64)> = fetch_all!(
            self,
            (Uuid, Uuid, Uuid, i64),
            "SELECT c.id, c.pack_id, c.user_id, c.at FROM pack_copies c JOIN pack_campaigns p ON p.pack_id = c.pack_id \
             WHERE p.campaign_id = $1 AND c.id > $2 ORDER BY c.id LIMIT $3",
            campaign.0,
            after,
            limit
        )?;
        Ok(rows.into_iter().map(PackCopy::from).collect())
    }

    /// Copies that were taken away, the newest first.
    pub async fn newest_pack_copies(&mut self, limit: i64) -> Result<Vec<PackCopy>> {
        let rows =
            fetch_all!(self, (Uuid, Uuid, Uuid, i64), "SELECT id, pack_id, user_id, at FROM pack_copies ORDER BY id DESC LIMIT $1", limit)?;
        Ok(rows.into_iter().map(PackCopy::from).collect())
    }
}
