//! One vocabulary for how the simulated platforms misbehave and where they differ from their contracts: a fault that both
//! know has one name, whatever each calls it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::company::Platform;
use crate::{entra, okta};

/// What is asked of the platforms beside their good behaviour: one misbehaviour, any differences from the contract.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// How the Okta org misbehaves.
    pub okta: Option<okta::Misbehaviour>,
    /// How the Entra tenant misbehaves.
    pub entra: Option<entra::Misbehaviour>,
    /// Where the org differs from its contract.
    pub okta_deviations: BTreeSet<okta::Deviation>,
    /// Where the tenant differs from its contract.
    pub entra_deviations: BTreeSet<entra::Deviation>,
}

/// A fault that at least one platform can have.
struct Fault {
    name: &'static str,
    okta: Option<okta::Misbehaviour>,
    entra: Option<entra::Misbehaviour>,
}

macro_rules! faults {
    ($($name:literal $(okta $okta:ident)? $(entra $entra:ident)?;)+) => {
        const FAULTS: &[Fault] = &[$(Fault {
            name: $name,
            okta: faults!(@okta $($okta)?),
            entra: faults!(@entra $($entra)?),
        }),+];
    };
    (@okta $one:ident) => { Some(okta::Misbehaviour::$one) };
    (@entra $one:ident) => { Some(entra::Misbehaviour::$one) };
    (@$platform:ident) => { None };
}

faults! {
    "unauthorized" okta Unauthorized entra Unauthorized;
    "logs-forbidden" okta LogForbidden entra Forbidden;
    "roles-forbidden" okta RolesForbidden entra ForbiddenRoles;
    "conflict" okta Conflict entra Conflict;
    "change-gone" okta Gone;
    "page-gone" entra Gone;
    "precondition" okta Precondition entra Precondition;
    "throttled" okta TooManyRetryAfter entra Throttled;
    "throttled-silently" okta TooManySilent entra ThrottledSilently;
    "failing" okta ServerError entra Failing;
    "slow" okta Slow entra Slow;
    "truncated" okta Truncated entra Truncated;
    "wrong-type" okta WrongType entra WrongType;
    "pages-duplicated" okta DuplicatePages entra Duplicated;
    "pages-shifting" okta ShiftingPages entra Shifting;
    "pages-loop" okta NextLoop entra Loop;
    "foreign-host" okta ForeignHost entra ForeignHost;
    "clock-ahead" okta ClockAhead entra ClockSkew;
    "answer-lost" okta LostAnswer entra AnswerLost;
    "batch-lost" okta LostBatch;
}

impl Profile {
    /// The platforms that any of it concerns.
    pub fn platforms(&self) -> BTreeSet<Platform> {
        let okta = self.okta.is_some() || !self.okta_deviations.is_empty();
        let entra = self.entra.is_some() || !self.entra_deviations.is_empty();
        [(okta, Platform::Okta), (entra, Platform::Entra)].into_iter().filter_map(|(any, platform)| any.then_some(platform)).collect()
    }
}

/// Why a text is no profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileError {
    /// A name that is not known.
    Unknown(String),
    /// More than one misbehaviour: each happens at a fixed call, and two would hide each other.
    Two(&'static str, &'static str),
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
    let faults = |okta: bool, entra: bool| {
        let known = FAULTS.iter().filter(|fault| (fault.okta.is_some(), fault.entra.is_some()) == (okta, entra));
        known.map(|fault| fault.name).collect::<Vec<_>>().join(", ")
    };
    let okta: Vec<&str> = okta::Deviation::ALL.iter().map(|one| one.name()).collect();
    let entra: Vec<&str> = entra::Deviation::ALL.iter().map(|one| one.name()).collect();
    format!(
        "Misbehaviours of both platforms: {}.\nOf Okta only: {}.\nOf Entra only: {}.\nDifferences from Okta's contract: {}.\nFrom Entra's: {}.",
        faults(true, true),
        faults(true, false),
        faults(false, true),
        okta.join(", "),
        entra.join(", "),
    )
}

impl FromStr for Profile {
    type Err = ProfileError;

    /// Names with commas between.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut profile = Self::default();
        let mut fault: Option<&'static str> = None;
        for name in text.split(',').map(str::trim) {
            if let Some(found) = FAULTS.iter().find(|known| known.name == name) {
                if let Some(before) = fault.replace(found.name) {
                    return Err(ProfileError::Two(before, found.name));
                }
                (profile.okta, profile.entra) = (found.okta, found.entra);
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
    fn every_way_of_either_platform_has_one_name_here() {
        let mut names = BTreeSet::new();
        for fault in FAULTS {
            assert!(names.insert(fault.name), "{} is there twice", fault.name);
            let parsed: Result<Profile, _> = fault.name.parse();
            assert_eq!(parsed.as_ref().map(|profile| (profile.okta, profile.entra)), Ok((fault.okta, fault.entra)));
        }
        let okta: BTreeSet<_> = FAULTS.iter().filter_map(|fault| fault.okta).collect();
        let entra: BTreeSet<_> = FAULTS.iter().filter_map(|fault| fault.entra).collect();
        assert_eq!(okta, okta::Misbehaviour::ALL.iter().copied().collect());
        assert_eq!(entra, entra::Misbehaviour::ALL.iter().copied().collect());
        let deviations: Vec<&str> =
            okta::Deviation::ALL.iter().map(|one| one.name()).chain(entra::Deviation::ALL.iter().map(|one| one.name())).collect();
        for name in &deviations {
            assert!(names.insert(name), "{name} is there twice");
        }
    }

    #[test]
    fn what_is_not_known_is_answered_with_what_is() {
        let told = "sulking".parse::<Profile>().map_err(|error| error.to_string());
        let told = told.err().unwrap_or_default();
        for name in
            ["\"sulking\"", "throttled-silently", "Of Okta only: change-gone, batch-lost.", "Of Entra only: page-gone.", "empty-pages"]
        {
            assert!(told.contains(name), "{told}");
        }
        assert_eq!("slow,conflict".parse::<Profile>(), Err(ProfileError::Two("slow", "conflict")));
        let both: Result<Profile, _> = "throttled, empty-pages,no-reviewer-api".parse();
        let both = both.unwrap_or_default();
        assert_eq!(both.platforms(), BTreeSet::from([Platform::Okta, Platform::Entra]));
        assert_eq!((both.okta_deviations.len(), both.entra_deviations.len()), (1, 1));
    }
}
