//! Which duties an entitlement gives, as the owners of entitlements have said.

use super::file::{FileError, read, wrong};
use super::rule::RuleSet;
use domain::EntitlementId;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// The name of the form.
pub(super) const SCHEMA: &str = "countersign/duty-map/1";

/// Entitlements and the duties they give. Mapped to no duty is an answer; not mapped is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DutyMap(BTreeMap<EntitlementId, Vec<u32>>);

impl DutyMap {
    /// Says what an entitlement gives, by positions in [`RuleSet::duties`]. What was said before is replaced.
    pub fn set(&mut self, entitlement: EntitlementId, duties: impl IntoIterator<Item = u32>) {
        let duties: BTreeSet<u32> = duties.into_iter().collect();
        self.0.insert(entitlement, duties.into_iter().collect());
    }

    /// What an entitlement gives; `None` where nobody has said.
    pub fn duties(&self, entitlement: EntitlementId) -> Option<&[u32]> {
        self.0.get(&entitlement).map(Vec::as_slice)
    }

    /// All that was said, in the order of entitlements.
    pub fn iter(&self) -> impl Iterator<Item = (EntitlementId, &[u32])> {
        self.0.iter().map(|(entitlement, duties)| (*entitlement, duties.as_slice()))
    }
}

/// A line of a file that maps entitlements, with their names at their source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedEntitlement {
    /// The source's name.
    pub source: String,
    /// The entitlement's id at the source.
    pub id: String,
    /// What it gives, by positions in [`RuleSet::duties`], in order. Empty: it was looked at and gives none.
    pub duties: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: Spanned<String>,
    #[serde(default)]
    entitlement: Vec<FileEntitlement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntitlement {
    source: String,
    id: Spanned<String>,
    duties: Vec<Spanned<String>>,
}

impl MappedEntitlement {
    /// Reads a file that maps entitlements to the duties of a set (`docs/schemas/duty-map-1.json`).
    pub fn parse(text: &str, rules: &RuleSet) -> Result<Vec<Self>, FileError> {
        let file: File = read(text)?;
        if file.schema.get_ref() != SCHEMA {
            let says = format!("the form is \"{}\"; this program reads \"{SCHEMA}\"", file.schema.get_ref());
            return Err(wrong(text, &file.schema.span(), says));
        }
        let mut seen = BTreeSet::new();
        let mut mapped = Vec::with_capacity(file.entitlement.len());
        for entitlement in file.entitlement {
            if !seen.insert((entitlement.source.clone(), entitlement.id.get_ref().clone())) {
                let says = format!("{} of {} stands twice; name all its duties in one place", entitlement.id.get_ref(), entitlement.source);
                return Err(wrong(text, &entitlement.id.span(), says));
            }
            let mut duties = BTreeSet::new();
            for duty in &entitlement.duties {
                let place = rules.duty(duty.get_ref());
                let missing = || {
                    wrong(text, &duty.span(), format!("there is no duty {} in {}; correct it, or add the duty", duty.get_ref(), rules.name))
                };
                duties.insert(place.ok_or_else(missing)?);
            }
            let duties = duties.into_iter().collect();
            mapped.push(Self { source: entitlement.source, id: entitlement.id.into_inner(), duties });
        }
        Ok(mapped)
    }
}
