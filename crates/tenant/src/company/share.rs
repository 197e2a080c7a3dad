//! One company on several platforms: each application lives on one of them, and people have an account on each
//! platform where they hold something.
//!
//! The catalogue says which application lives where. The part of a platform is a company by itself: its rows hold
//! together, and nothing in them tells of the others but the same e-mail addresses and employee numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::records::Settings;
use super::{Company, Person};

/// Who keeps a part of the company's access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// An Okta org.
    Okta,
    /// A Microsoft Entra tenant.
    Entra,
    /// Files, for what has no connector: doors, the shop floor, what others run for the house.
    Files,
}

impl Platform {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Okta, Self::Entra, Self::Files];

    /// Its name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Files => "files",
        }
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Which company a tenant was filled from: another one needs another journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The company's seed.
    pub seed: u64,
    /// Its people.
    pub people: usize,
    /// Its applications.
    pub applications: usize,
    /// The moment its stories stand at, microseconds since 1970.
    pub now: i64,
    /// The platform whose part it is; none for the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Platform>,
}

impl Company {
    /// What tells this company, or part of one, from every other.
    pub const fn origin(&self) -> Origin {
        let from = self.config;
        Origin { seed: from.seed, people: from.people, applications: from.applications, now: from.now, part: self.part }
    }

    /// Where an entitlement lives when the company is spread; none where the company has no such entitlement.
    pub fn platform_of(&self, entitlement_id: &str) -> Option<Platform> {
        self.platforms.get(entitlement_id).copied()
    }

    /// Of which platform this is the part; none for the whole company.
    pub const fn part_of(&self) -> Option<Platform> {
        self.part
    }

    /// The part of one platform: the entitlements that live there, who holds them, and what is known and true about it.
    ///
    /// It has everybody who holds something there, and whom those rows name: managers up to the top, owners, who
    /// granted, who reviewed. Whoever has left and holds nothing anywhere keeps a closed account everywhere, as people
    /// do who left in good order. The named people of the demo are everywhere, because they sign in everywhere.
    #[must_use]
    pub fn part(&self, platform: Platform) -> Self {
        let lives_here = |entitlement_id: &str| self.platform_of(entitlement_id) == Some(platform);
        let entitlements: Vec<_> = self.entitlements.iter().filter(|row| lives_here(&row.entitlement_id)).cloned().collect();
        let (mut grants, mut labels) = (Vec::new(), Vec::new());
        for (grant, label) in self.grants.iter().zip(&self.labels).filter(|(grant, _)| lives_here(&grant.entitlement_id)) {
            grants.push(grant.clone());
            labels.push(label.clone());
        }
        let decisions: Vec<_> = self.decisions.iter().filter(|row| lives_here(&row.entitlement_id)).cloned().collect();
        let holders: BTreeSet<&str> = grants.iter().map(|grant| grant.person_id.as_str()).collect();
        let settings = self.settings_of(&lives_here, &holders);

        let anywhere: BTreeSet<&str> = self.grants.iter().map(|grant| grant.person_id.as_str()).collect();
        let gone = self.people.iter().map(|person| person.person_id.as_str()).filter(|id| !anywhere.contains(id));
        let named = grants
            .iter()
            .map(|grant| grant.granted_by.as_str())
            .chain(entitlements.iter().map(|entitlement| entitlement.owner_id.as_str()))
            .chain(decisions.iter().flat_map(|decision| [decision.person_id.as_str(), decision.reviewer_id.as_str()]))
            .chain(settings.emergency_reviewers.iter().map(String::as_str))
            .chain(self.cast.members.iter().map(|member| member.person_id.as_str()));
        let present = self.with_managers(holders.iter().copied().chain(gone).chain(named));
        let people = self.people.iter().filter(|person| present.contains(person.person_id.as_str())).cloned().collect();
        let usage = self.usage.iter().filter(|row| lives_here(&row.entitlement_id)).cloned().collect();
        Self {
            config: self.config,
            part: Some(platform),
            platforms: self.platforms.clone(),
            people,
            usage,
            acts: self.acts.iter().filter(|row| lives_here(&row.entitlement_id)).cloned().collect(),
            settings,
            cast: self.cast.clone(),
            entitlements,
            grants,
            decisions,
            labels,
        }
    }

    /// People and everybody above them.
    fn with_managers<'a>(&'a self, of: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let people: BTreeMap<&str, &Person> = self.people.iter().map(|person| (person.person_id.as_str(), person)).collect();
        let mut found = BTreeSet::new();
        for mut id in of {
            while let Some(person) = people.get(id) {
                if !found.insert(id) {
                    break;
                }
                id = &person.manager_id;
            }
        }
        found
    }

    /// What an administrator would declare about one platform. Duties whose two sides live on different platforms are
    /// nobody's to declare there.
    fn settings_of(&self, lives_here: &impl Fn(&str) -> bool, holders: &BTreeSet<&str>) -> Settings {
        let here = |ids: &[String]| -> Vec<String> { ids.iter().filter(|id| lives_here(id)).cloned().collect() };
        let emergency_entitlements = here(&self.settings.emergency_entitlements);
        let emergency_accounts: Vec<String> =
            self.settings.emergency_accounts.iter().filter(|id| holders.contains(id.as_str())).cloned().collect();
        let needed = !emergency_entitlements.is_empty() || !emergency_accounts.is_empty();
        let separated_duties = self
            .settings
            .separated_duties
            .iter()
            .map(|rule| super::SeparatedDuties { name: rule.name.clone(), left: here(&rule.left), right: here(&rule.right) })
            .filter(|rule| !rule.left.is_empty() && !rule.right.is_empty())
            .collect();
        Settings {
            emergency_reviewers: if needed { self.settings.emergency_reviewers.clone() } else { Vec::new() },
            emergency_accounts,
            emergency_entitlements,
            separated_duties,
            sensitivities: BTreeMap::new(),
        }
    }
}
