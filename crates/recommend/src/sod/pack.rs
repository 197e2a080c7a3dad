//! The starter pack: rules written for this project, to begin with and to change.

use super::file::FileError;
use super::rule::RuleSet;

/// One subject of the starter pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pack {
    /// Its id, the name of its file.
    pub id: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! packs {
    ($($id:literal),+ $(,)?) => {
        /// The subjects of the starter pack, in the order of their ids.
        pub const STARTER_PACKS: &[Pack] = &[$(Pack { id: $id, text: include_str!(concat!("../../packs/", $id, ".toml")) }),+];
    };
}

packs!["it-administration", "order-to-cash", "payroll", "prescribing-and-dispensing", "procure-to-pay", "trading-and-settlement"];

/// The whole starter pack as one set.
pub fn starter() -> Result<RuleSet, FileError> {
    let sets = STARTER_PACKS.iter().map(|pack| RuleSet::parse(pack.text)).collect::<Result<Vec<_>, _>>()?;
    Ok(RuleSet { name: "Starter pack".to_owned(), ..RuleSet::together(&sets.iter().collect::<Vec<_>>()) })
}
