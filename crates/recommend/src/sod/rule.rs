//! What a rule says.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How much harm a conflict could do, as whoever wrote the rule judged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Untidy; another control would catch it.
    Low,
    /// Loss or error that is noticed in time.
    Medium,
    /// Loss, error or harm that may go unnoticed.
    High,
    /// One person alone could take money, power over everything, or harm somebody.
    Critical,
}

/// Something that a person does at work and that has to be kept apart from something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyDefinition {
    /// Its id, which rules and maps use: lower-case words with dots and hyphens, such as `purchasing.approve-order`.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// How many of a list are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// One of them is enough.
    Any,
    /// All of them.
    All,
}

/// One side of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// How many of the list are needed.
    pub need: Need,
    /// Positions of duties in [`RuleSet::duties`], in order, at least one.
    pub duties: Vec<u32>,
}

impl Match {
    /// Whether somebody with these duties meets this side.
    pub(crate) fn is_met(&self, holds: impl Fn(u32) -> bool) -> bool {
        match self.need {
            Need::Any => self.duties.iter().any(|duty| holds(*duty)),
            Need::All => self.duties.iter().all(|duty| holds(*duty)),
        }
    }
}

/// One of the two sides of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhichSide {
    /// The first list.
    Left,
    /// The second.
    Right,
}

/// What is done so that both sides may stay with one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Its id, unique in the rule.
    pub id: String,
    /// What is done, how often, and what it would show.
    pub does: String,
    /// Who does it, by the organisation's id of the person; `None` in packs that know no organisation.
    pub owner: Option<String>,
    /// Until when it is agreed (the end of that day, UTC); `None` in packs that know no organisation.
    pub until: Option<Timestamp>,
}

/// A test that stands beside a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTest {
    /// What somebody holds, by positions of duties.
    pub holds: Vec<u32>,
    /// Whether this rule should find a conflict.
    pub conflict: bool,
}

/// Two lists of duties that nobody should meet together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id, unique in the set.
    pub id: String,
    /// How much harm a conflict could do.
    pub severity: Severity,
    /// What could happen, in a sentence.
    pub risk: String,
    /// One side.
    pub left: Match,
    /// The other.
    pub right: Match,
    /// What may be chosen where both sides have to stay.
    pub controls: Vec<Control>,
    /// What it should find and what it should not: at least one of each.
    pub tests: Vec<RuleTest>,
}

impl Rule {
    /// Whether somebody with these duties has a conflict by this rule.
    pub(crate) fn finds(&self, holds: impl Fn(u32) -> bool) -> bool {
        self.left.is_met(&holds) && self.right.is_met(&holds)
    }

    /// One side of it.
    pub fn side(&self, side: WhichSide) -> &Match {
        match side {
            WhichSide::Left => &self.left,
            WhichSide::Right => &self.right,
        }
    }
}

/// Duties and the rules that keep them apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleSet {
    /// What the set is called.
    pub name: String,
    /// The duties, in the order of their ids.
    pub duties: Vec<DutyDefinition>,
    /// The rules, in the order of their ids.
    pub rules: Vec<Rule>,
}

/// A test of a rule that the rule does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTest {
    /// The rule's id.
    pub rule: String,
    /// Which of its tests, counted from 1.
    pub test: usize,
    /// What the test expects.
    pub expected: bool,
}

impl fmt::Display for FailedTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, found) = if self.expected { ("a conflict", "none") } else { ("no conflict", "one") };
        write!(f, "test {} of rule {} expects {expected} and the rule finds {found}; correct the rule or the test", self.test, self.rule)
    }
}

impl RuleSet {
    /// The position of a duty, by its id.
    pub fn duty(&self, id: &str) -> Option<u32> {
        let at = self.duties.binary_search_by(|duty| duty.id.as_str().cmp(id)).ok()?;
        u32::try_from(at).ok()
    }

    /// Runs the tests that stand in the rules; empty where all pass.
    pub fn failed_tests(&self) -> Vec<FailedTest> {
        let failed = |rule: &Rule, number: usize, test: &RuleTest| {
            let finds = rule.finds(|duty| test.holds.contains(&duty));
            (finds != test.conflict).then(|| FailedTest { rule: rule.id.clone(), test: number, expected: test.conflict })
        };
        self.rules.iter().flat_map(|rule| (1..).zip(&rule.tests).filter_map(move |(number, test)| failed(rule, number, test))).collect()
    }

    /// Puts several sets together. Duties of one id are one duty; of two rules with one id the first set's stays, so that
    /// an organisation's own set, named first, can change a rule of a pack.
    pub fn together(sets: &[&Self]) -> Self {
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        for duty in sets.iter().flat_map(|set| &set.duties) {
            names.entry(&duty.id).or_insert(&duty.name);
        }
        let place: BTreeMap<&str, u32> = names.keys().copied().zip(0..).collect();
        let mut seen = BTreeSet::new();
        let mut rules: Vec<Rule> = Vec::new();
        for (set, rule) in sets.iter().flat_map(|set| set.rules.iter().map(move |rule| (set, rule))) {
            if !seen.insert(rule.id.as_str()) {
                continue;
            }
            let moved = |duties: &[u32]| {
                let id = |duty: &u32| set.duties.get(*duty as usize).and_then(|duty| place.get(duty.id.as_str()).copied());
                let mut moved: Vec<u32> = duties.iter().filter_map(id).collect();
                moved.sort_unstable();
                moved
            };
            let side = |side: &Match| Match { need: side.need, duties: moved(&side.duties) };
            let tests = rule.tests.iter().map(|test| RuleTest { holds: moved(&test.holds), conflict: test.conflict }).collect();
            rules.push(Rule { left: side(&rule.left), right: side(&rule.right), tests, ..rule.clone() });
        }
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        let duties = names.iter().map(|(id, name)| DutyDefinition { id: (*id).to_owned(), name: (*name).to_owned() }).collect();
        Self { name: sets.iter().map(|set| set.name.as_str()).collect::<Vec<_>>().join(", "), duties, rules }
    }
}
