//! One vocabulary for how the simulated platforms misbehave and where they differ from their contracts: a fault that both
//! know has one name, whatever each calls it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::company::Platform;
use crate::misbehave::Misbehaviour;
use crate::{entra, okta};

/// What is asked of the platforms beside their good behaviour: one misbehaviour, any differences from the contract.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    misbehave: Option<Misbehaviour>,
    /// Where the org differs from its contract.
    pub okta_deviations: BTreeSet<okta::Deviation>,
    /// Where the tenant differs from its contract.
    pub entra_deviations: BTreeSet<entra::Deviation>,
}

impl Profile {
    /// How a platform misbehaves, if it does.
    pub fn misbehaviour(&self, platform: Platform) -> Option<Misbehaviour> {
        self.misbehave.filter(|how| how.platforms().contains(&platform))
    }

    /// The platforms that any of it concerns.
    pub fn platforms(&self) -> BTreeSet<Platform> {
        let okta = self.misbehaviour(Platform::Okta).is_some() || !self.okta_deviations.is_empty();
        let entra = self.misbehaviour(Platform::Entra).is_some() || !self.entra_deviations.is_empty();
        [(okta, Platform::Okta), (entra, Platform::Entra)].into_iter().filter_map(|(any, platform)| any.then_some(platform)).collect()
    }
}

/// Why a text is no profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileError {
    /// A name that is not known.
    Unknown(String),
    /// More than one misbehaviour: each happens at a fixed call, and two would hide each other.
    Two(Misbehaviour, Misbehaviour),
}

impl std::error::Error for ProfileError {}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Two(one, other) => {
                return write!(
                    f,
                    "\"{one}\" and \"{other}\" cannot go together: each happens at a fixed call, and one would hide the other"
                );
            }
            Self::Unknown(name) => name,
        };
        write!(f, "\"{name}\" is not known. {}", known().replace('\n', " "))
    }
}

/// Every name, by whom it concerns, a sentence a line.
pub fn known() -> String {
    let faults = |platforms: &[Platform]| {
        let known = Misbehaviour::ALL.iter().filter(|how| how.platforms() == platforms);
        known.map(|how| how.name()).collect::<Vec<_>>().join(", ")
    };
    let okta: Vec<&str> = okta::Deviation::ALL.iter().map(|one| one.name()).collect();
    let entra: Vec<&str> = entra::Deviation::ALL.iter().map(|one| one.name()).collect();
    format!(
        "Misbehaviours of both platforms: {}.\nOf Okta only: {}.\nOf Entra only: {}.\nDifferences from Okta's contract: {}.\nFrom Entra's: {}.",
        faults(&[Platform::Okta, Platform::Entra]),
        faults(&[Platform::Okta]),
        faults(&[Platform::Entra]),
        okta.join(", "),
        entra.join(", "),
    )
}

impl FromStr for Profile {
    type Err = ProfileError;

    /// Names with commas between.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut profile = Self::default();
        for name in text.split(',').map(str::trim) {
            if let Ok(how) = name.parse() {
                if let Some(before) = profile.misbehave.replace(how) {
                    return Err(ProfileError::Two(before, how));
                }
                continue;
            }
            let (okta, entra) = (name.parse::<okta::Deviation>(), name.parse::<entra::Deviation>());
            if okta.is_err() && entra.is_err() {
                return Err(ProfileError::Unknown(name.to_owned()));
            }
            profile.okta_deviations.extend(okta);
            profile.entra_deviations.extend(entra);
        }
        Ok(profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_there_once_and_reads_back() {
        let deviations = okta::Deviation::ALL.iter().map(|one| one.name()).chain(entra::Deviation::ALL.iter().map(|one| one.name()));
        let mut names = BTreeSet::new();
        for name in Misbehaviour::ALL.iter().map(|one| one.name()).chain(deviations) {
            assert!(names.insert(name), "{name} is there twice");
            let platforms = name.parse::<Profile>().map(|profile| profile.platforms().len());
            assert!(matches!(platforms, Ok(1 | 2)), "{name}: {platforms:?}");
            assert!(known().contains(name));
        }
    }

    #[test]
    fn what_is_not_known_is_answered_with_what_is() {
        let told = "sulking".parse::<Profile>().map_err(|error| error.to_string());
        let told = told.err().unwrap_or_default();
        for name in [
            "\"sulking\"",
            "throttled-silently",
            "Of Okta only: change-gone, lost-batch, lost-changes-then-down.",
            "Of Entra only: groups-forbidden, applications-forbidden, page-gone.",
            "empty-pages",
        ] {
            assert!(told.contains(name), "{told}");
        }
        assert_eq!("slow,conflict".parse::<Profile>(), Err(ProfileError::Two(Misbehaviour::Slow, Misbehaviour::Conflict)));
        let both: Result<Profile, _> = "throttled, empty-pages,no-reviewer-api".parse();
        let both = both.unwrap_or_default();
        assert_eq!(both.platforms(), BTreeSet::from([Platform::Okta, Platform::Entra]));
        assert_eq!((both.okta_deviations.len(), both.entra_deviations.len()), (1, 1));
    }
}
