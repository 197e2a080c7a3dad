//! How the company's own ids read on a platform, so that what was planted can be found again there.
//!
//! The truth about each grant is the story's, whatever platform the grant lives on. A platform has ids of its own, so
//! labels are written with both: the story's, and those that somebody who reads the platform gets to see. No HTTP answer
//! reveals any of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::company::{Company, Expected, Kind, Label, Platform, SeparatedDuties, Settings, WriteError};
use crate::files;

/// The company, or a platform's part of it, in that platform's ids.
///
/// Ids of entitlements say what sort of thing they are where the platform's ids do not: a group and an application of
/// Okta by their own ids and its administrator roles as `role:TYPE`; in Entra `group:ID`, `app:APPLICATION:ROLE` and
/// `role:ID`; in files as they stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    platform: Platform,
    /// By the company's `person_id`.
    pub(crate) accounts: BTreeMap<String, String>,
    /// By the company's `entitlement_id`: what it is on the platform, more than one thing where it can be held as each.
    pub(crate) entitlements: BTreeMap<String, BTreeSet<String>>,
    /// Account and entitlement of each grant, in the company's order.
    pub(crate) grants: Vec<(String, String)>,
}

/// What is true about one grant, in the platform's ids and in the company's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlacedLabel {
    /// The platform.
    pub platform: Platform,
    /// The account that holds it, by the platform's id.
    pub account: String,
    /// What is held, by the platform's id (see [`Placed`]).
    pub entitlement: String,
    /// The story's own.
    #[serde(flatten)]
    pub label: Label,
}

impl Placed {
    /// Nothing yet.
    pub(crate) const fn new(platform: Platform) -> Self {
        Self { platform, accounts: BTreeMap::new(), entitlements: BTreeMap::new(), grants: Vec::new() }
    }

    /// The company in files: every id as it is.
    pub fn in_files(company: &Company) -> Self {
        let itself = |id: &String| (id.clone(), BTreeSet::from([id.clone()]));
        Self {
            platform: Platform::Files,
            accounts: company.people().iter().map(|person| (person.person_id.clone(), person.person_id.clone())).collect(),
            entitlements: company.entitlements().iter().map(|entitlement| itself(&entitlement.entitlement_id)).collect(),
            grants: company.grants().iter().map(|grant| (grant.person_id.clone(), grant.entitlement_id.clone())).collect(),
        }
    }

    /// The account of somebody, by the company's `person_id`; none where they have none here.
    pub fn account(&self, person_id: &str) -> Option<&str> {
        self.accounts.get(person_id).map(String::as_str)
    }

    /// What an entitlement of the company has become here; empty where it does not live here.
    pub fn entitlement(&self, entitlement_id: &str) -> impl Iterator<Item = &str> {
        self.entitlements.get(entitlement_id).into_iter().flatten().map(String::as_str)
    }

    /// The truth about each account and entitlement, in order of both.
    ///
    /// A platform may know one thing where the company knows two ways of holding it. Then the truth is that of the way
    /// that is needed, or else has to be looked into: taking the one thing away would end both.
    pub fn labels(&self, company: &Company) -> Vec<PlacedLabel> {
        let mut labels: BTreeMap<(&str, &str), &Label> = BTreeMap::new();
        for ((account, entitlement), label) in self.grants.iter().zip(company.labels()) {
            let known = labels.entry((account, entitlement)).or_insert(label);
            if weight(label) < weight(known) {
                *known = label;
            }
        }
        labels
            .into_iter()
            .map(|((account, entitlement), label)| PlacedLabel {
                platform: self.platform,
                account: account.to_owned(),
                entitlement: entitlement.to_owned(),
                label: label.clone(),
            })
            .collect()
    }

    /// What an administrator would declare about this platform, in its ids.
    pub fn settings(&self, company: &Company) -> Settings {
        let settings = company.settings();
        let accounts = |ids: &[String]| -> Vec<String> { ids.iter().filter_map(|id| self.account(id)).map(str::to_owned).collect() };
        let things = |ids: &[String]| -> Vec<String> { ids.iter().flat_map(|id| self.entitlement(id)).map(str::to_owned).collect() };
        Settings {
            emergency_accounts: accounts(&settings.emergency_accounts),
            emergency_entitlements: things(&settings.emergency_entitlements),
            emergency_reviewers: accounts(&settings.emergency_reviewers),
            separated_duties: settings
                .separated_duties
                .iter()
                .map(|rule| SeparatedDuties { name: rule.name.clone(), left: things(&rule.left), right: things(&rule.right) })
                .filter(|rule| !rule.left.is_empty() && !rule.right.is_empty())
                .collect(),
            sensitivities: if self.platform == Platform::Files { BTreeMap::new() } else { self.sensitivities(company) },
        }
    }

    fn sensitivities(&self, company: &Company) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        for entitlement in company.entitlements().iter().filter(|entitlement| !entitlement.sensitivity.is_empty()) {
            for id in self.entitlement(&entitlement.entitlement_id) {
                out.insert(id.to_owned(), entitlement.sensitivity.clone());
            }
        }
        out
    }
}

/// What goes before what where one thing has two truths: needed, then open, then a problem before what is ordinary.
const fn weight(label: &Label) -> (u8, bool) {
    let order = match label.expected {
        Expected::Keep => 0,
        Expected::Look => 1,
        Expected::Remove => 2,
    };
    (order, matches!(label.kind, Kind::Ordinary))
}

#[derive(Serialize)]
struct Labels<'a> {
    schema: &'static str,
    seed: u64,
    people: usize,
    now: String,
    #[serde(rename = "labels")]
    grants: &'a [PlacedLabel],
}

/// Writes `labels.json` with the truth about all parts into a folder that is not a source's; the product never reads it.
///
/// # Errors
/// [`WriteError::LabelsBesideSource`] where the folder is that of the files; [`WriteError::File`] where the disk refuses.
pub fn write_labels(whole: &Company, labels: &[PlacedLabel], dir: &Path, source: &Path) -> Result<PathBuf, WriteError> {
    files::make_dir(dir)?;
    let same = |path: &Path| path.canonicalize().ok();
    if same(dir).is_some() && same(dir) == same(source) {
        return Err(WriteError::LabelsBesideSource(dir.to_owned()));
    }
    let path = dir.join("labels.json");
    let config = whole.config();
    let document = Labels {
        schema: "countersign/labels/2",
        seed: config.seed,
        people: config.people,
        now: crate::calendar::rfc3339(config.now.div_euclid(1_000_000)),
        grants: labels,
    };
    files::replace(&path, &files::json_bytes(&document)?)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::company::Config;

    #[test]
    fn where_a_platform_knows_one_thing_the_way_that_is_needed_tells_the_truth() {
        let Ok(company) = Company::generate(Config::new(7, 1_795_248_644_000_000).people(200)) else { unreachable!() };
        let mut placed = Placed::in_files(&company);
        // A platform that knows one thing in each application.
        for (_, entitlement) in &mut placed.grants {
            *entitlement = entitlement.split('.').next().unwrap_or_default().to_owned();
        }
        let mut met = BTreeSet::new();
        for made in placed.labels(&company) {
            let ways = company
                .labels()
                .iter()
                .filter(|way| way.person_id == made.account && way.entitlement_id.split('.').next() == Some(made.entitlement.as_str()));
            let truths: BTreeSet<Expected> = ways.map(|way| way.expected).collect();
            let order = [Expected::Keep, Expected::Look, Expected::Remove];
            assert_eq!(Some(made.label.expected), order.into_iter().find(|truth| truths.contains(truth)), "{made:?}");
            met.insert(truths);
        }
        assert!(met.contains(&BTreeSet::from([Expected::Keep, Expected::Remove])), "the company has no such case: {met:?}");
    }
}
