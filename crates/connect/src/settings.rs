//! What an administrator declares for a source, because no file of it says so.

use crate::{
    cell::quoted,
    error::Error,
    reading::Reading,
    warning::{Warning, WarningKind, Warnings},
};
use domain::Sensitivity;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The settings of one source, as JSON. Every key may be left out; unknown keys are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceSettings {
    /// Accounts kept for emergencies ("break-glass"): non-use never counts against them, and no order may disable or empty them (rule 27).
    pub emergency_accounts: BTreeSet<String>,
    /// Entitlements kept for emergencies (rule 27).
    pub emergency_entitlements: BTreeSet<String>,
    /// The people who review emergency access: two or more, or none where that is not yet settled (rule 27).
    pub emergency_reviewers: BTreeSet<String>,
    /// Duties that nobody may hold together.
    pub separated_duties: Vec<SeparatedDuties>,
    /// Grants that cannot be removed at this source, with the right way (rule 20).
    pub grants_without_removal: Vec<WithoutRemoval>,
    /// Whether the ids of people in this source are employee numbers, so that accounts elsewhere can be joined by them.
    pub person_ids_are_employee_numbers: bool,
    /// How much harm entitlements could do, by id, where the source does not say so itself.
    pub sensitivities: BTreeMap<String, Sensitivity>,
}

/// Two duties that must be apart: nobody should hold an entitlement of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeparatedDuties {
    /// What the rule is called, unique among the source's rules.
    pub name: String,
    /// Entitlements that give one of the duties.
    pub left: BTreeSet<String>,
    /// Entitlements that give the other.
    pub right: BTreeSet<String>,
}

/// Grants of one entitlement that cannot be removed at this source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithoutRemoval {
    /// The entitlement.
    pub entitlement: String,
    /// The right way, as a sentence for people.
    pub instead: String,
}

impl SourceSettings {
    /// Reads settings from JSON; an empty text means none.
    ///
    /// # Errors
    /// [`Error::Settings`] with the place or the rule that is wrong.
    pub fn parse(json: &str) -> Result<Self, Error> {
        if json.trim().is_empty() {
            return Ok(Self::default());
        }
        let settings: Self = serde_json::from_str(json).map_err(|e| Error::Settings(e.to_string()))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |text: String| Err(Error::Settings(text));
        if self.emergency_reviewers.len() == 1 {
            return wrong("emergency_reviewers names one person; emergency access is reviewed by two or more".to_owned());
        }
        let mut names = BTreeSet::new();
        for duties in &self.separated_duties {
            let name = quoted(&duties.name);
            if duties.name.trim().is_empty() {
                return wrong("a rule of separated_duties has no name".to_owned());
            }
            if !names.insert(&duties.name) {
                return wrong(format!("separated_duties has two rules called {name}"));
            }
            if duties.left.is_empty() || duties.right.is_empty() {
                return wrong(format!("the rule {name} of separated_duties needs an entitlement on each side"));
            }
            if let Some(both) = duties.left.intersection(&duties.right).next() {
                return wrong(format!("the rule {name} of separated_duties has {} on both sides", quoted(both)));
            }
        }
        let mut without = BTreeSet::new();
        for grant in &self.grants_without_removal {
            let entitlement = quoted(&grant.entitlement);
            if grant.instead.trim().is_empty() {
                return wrong(format!("grants_without_removal does not say what to do instead for {entitlement}"));
            }
            if !without.insert(&grant.entitlement) {
                return wrong(format!("grants_without_removal names {entitlement} twice"));
            }
        }
        Ok(())
    }

    /// Warns of every id that the reading does not know.
    pub fn check_against(&self, reading: &Reading) -> Warnings {
        let mut warnings = Warnings::default();
        let mut warn = |kind, key: &str, id: &str| {
            warnings.push(Warning { kind, file: "settings".to_owned(), line: None, column: Some(key.to_owned()), found: quoted(id) });
        };
        for (key, ids) in [("emergency_accounts", &self.emergency_accounts), ("emergency_reviewers", &self.emergency_reviewers)] {
            for id in ids.iter().filter(|id| reading.person(id).is_none()) {
                warn(WarningKind::SettingsAccountUnknown, key, id);
            }
        }
        let unknown = |id: &&String| reading.entitlement(id).is_none();
        for id in self.emergency_entitlements.iter().filter(unknown) {
            warn(WarningKind::SettingsEntitlementUnknown, "emergency_entitlements", id);
        }
        for id in self.separated_duties.iter().flat_map(|d| d.left.union(&d.right)).filter(unknown) {
            warn(WarningKind::SettingsEntitlementUnknown, "separated_duties", id);
        }
        for id in self.grants_without_removal.iter().map(|g| &g.entitlement).filter(unknown) {
            warn(WarningKind::SettingsEntitlementUnknown, "grants_without_removal", id);
        }
        for id in self.sensitivities.keys().filter(unknown) {
            warn(WarningKind::SettingsEntitlementUnknown, "sensitivities", id);
        }
        warnings
    }

    /// The right way to end a grant of this entitlement, where the source has no removal for it.
    pub fn instead_of_removal(&self, entitlement_id: &str) -> Option<&str> {
        self.grants_without_removal.iter().find(|g| g.entitlement == entitlement_id).map(|g| g.instead.as_str())
    }
}
