//! The vendors' contracts, where they lie beside the repository: by them the simulated platforms judge what they are asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::spec::{Spec, SpecError};
use crate::{entra, okta};

/// Where the contracts lie, from the folder that the repository is in.
const FOLDER: &str = "shared/specs";
/// The contract of Microsoft Graph within it.
const GRAPH: &str = "entra/entra-graph-v1.0-subset.openapi31.json";

/// A folder of contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contracts(PathBuf);

impl Contracts {
    /// Those in a folder; `None` where it lacks the ones of either platform.
    pub fn at(folder: &Path) -> Option<Self> {
        (folder.join("okta").is_dir() && folder.join(GRAPH).is_file()).then(|| Self(folder.to_owned()))
    }

    /// Those in `shared/specs`, in a folder above this one; `None` where there are none.
    pub fn above(folder: &Path) -> Option<Self> {
        folder.ancestors().find_map(|above| Self::at(&above.join(FOLDER)))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Has an Okta org judge by them.
    pub fn judge_okta(&self, config: &mut okta::Config) {
        config.specs = Some(self.0.join("okta"));
    }

    /// Has an Entra tenant judge by them.
    ///
    /// # Errors
    /// [`SpecError`] where the contract cannot be read.
    pub fn judge_entra(&self, config: &mut entra::Config) -> Result<(), SpecError> {
        config.contract = Some(self.graph()?);
        Ok(())
    }

    fn graph(&self) -> Result<Arc<Spec>, SpecError> {
        Spec::shared(&self.0.join(GRAPH), "/v1.0")
    }
}
