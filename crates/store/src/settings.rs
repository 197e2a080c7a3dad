//! Small named facts of the installation.

use crate::{
    Result, Tx,
    macros::{exec, fetch_all, fetch_optional},
};
use domain::{Timestamp, UserId};
use uuid::Uuid;

/// A named fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What it says; its form belongs to its name.
    pub value: String,
    /// Since when.
    pub at: Timestamp,
    /// Who said so; `None` for the system.
    pub by: Option<UserId>,
}

impl Tx {
    /// The setting of that name, if it was ever set.
    pub async fn setting(&mut self, name: &str) -> Result<Option<Setting>> {
        let row = fetch_optional!(self, (String, i64, Option<Uuid>), "SELECT value, at, by_user FROM settings WHERE name = $1", name)?;
        Ok(row.map(|(value, at, by)| Setting { value, at: Timestamp(at), by: by.map(UserId) }))
    }

    /// Every setting whose name begins with `prefix`, by name.
    pub async fn settings_under(&mut self, prefix: &str) -> Result<Vec<(String, Setting)>> {
        let rows = fetch_all!(
            self,
            (String, String, i64, Option<Uuid>),
            "SELECT name, value, at, by_user FROM settings WHERE SUBSTR(name, 1, $2) = $1 ORDER BY name",
            prefix,
            i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX),
        )?;
        let set =
            |(name, value, at, by): (String, String, i64, Option<Uuid>)| (name, Setting { value, at: Timestamp(at), by: by.map(UserId) });
        Ok(rows.into_iter().map(set).collect())
    }

    /// Sets a setting, whatever it was before.
    pub async fn set_setting(&mut self, name: &str, value: &str, at: Timestamp, by: Option<UserId>) -> Result<()> {
        exec!(
            self,
            "INSERT INTO settings (name, value, at, by_user) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at, by_user = excluded.by_user",
            name,
            value,
            at.0,
            by.map(|id| id.0),
        )?;
        Ok(())
    }

    /// Sets a setting that was never set; returns whether it did.
    pub async fn set_setting_once(&mut self, name: &str, value: &str, at: Timestamp) -> Result<bool> {
        let set = exec!(
            self,
            "INSERT INTO settings (name, value, at, by_user) VALUES ($1, $2, $3, NULL) ON CONFLICT (name) DO NOTHING",
            name,
            value,
            at.0
        )?;
        Ok(set == 1)
    }
}
