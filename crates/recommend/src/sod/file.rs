//! Rules as a file: TOML, strict. Whatever is wrong is said with its line and field.

use super::edit::{ID_IS, is_id};
use super::rule::{Control, DutyDefinition, Match, Need, Rule, RuleSet, RuleTest, Severity};
use crate::calendar;
use domain::{Timestamp, time::DAY};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;

/// The name of the form.
pub(super) const SCHEMA: &str = "countersign/duty-rules/1";

/// Why a file of rules, or of what entitlements give, cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {says}", .field.as_ref().map_or_else(String::new, |field| format!(", {field}")))]
pub struct FileError {
    /// Counted from 1.
    pub line: usize,
    /// The field that stands there, where one does.
    pub field: Option<String>,
    /// What is wrong and what to do.
    pub says: String,
}

/// Reads TOML and says where it is wrong.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, FileError> {
    toml::from_str(text).map_err(|error| wrong(text, &error.span().unwrap_or(0..0), error.message().to_owned()))
}

/// An error at a place of the text.
pub(super) fn wrong(text: &str, at: &Range<usize>, says: String) -> FileError {
    let before = text.get(..at.start).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    // What stands before the value in its line, or else the key that begins at this place.
    let in_line = before.get(start..).unwrap_or_default();
    let field = if let Some((key, _)) = in_line.rsplit_once('=') {
        key.trim_end().rsplit(|c| !word(c)).next()
    } else {
        let here = text.get(at.start..).unwrap_or_default().lines().next().unwrap_or_default();
        here.split_once('=').map(|(key, _)| key.trim())
    };
    let field = field.filter(|key| !key.is_empty() && key.chars().all(word)).map(str::to_owned);
    FileError { line: before.matches('\n').count() + 1, field, says }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: Spanned<String>,
    name: String,
    #[serde(default)]
    duty: Vec<FileDuty>,
    #[serde(default)]
    rule: Vec<FileRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDuty {
    id: Spanned<String>,
    name: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRule {
    id: Spanned<String>,
    severity: Severity,
    risk: Spanned<String>,
    left: Spanned<FileSide>,
    right: Spanned<FileSide>,
    #[serde(default)]
    control: Vec<FileControl>,
    #[serde(default)]
    test: Vec<FileTest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSide {
    any: Option<Vec<Spanned<String>>>,
    all: Option<Vec<Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileControl {
    id: Spanned<String>,
    does: Spanned<String>,
    owner: Option<Spanned<String>>,
    until: Option<Spanned<toml::value::Datetime>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTest {
    holds: Vec<Spanned<String>>,
    conflict: bool,
}

impl RuleSet {
    /// Reads a file of rules (`docs/separation-of-duties.md`, `docs/schemas/duty-rules-1.json`). Its own tests are
    /// another question: [`RuleSet::failed_tests`].
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let file: File = read(text)?;
        Reader { text, places: BTreeMap::new() }.set(file)
    }
}

struct Reader<'t> {
    text: &'t str,
    places: BTreeMap<String, u32>,
}

impl Reader<'_> {
    fn wrong(&self, at: &Range<usize>, says: impl Into<String>) -> FileError {
        wrong(self.text, at, says.into())
    }

    fn set(mut self, file: File) -> Result<RuleSet, FileError> {
        if file.schema.get_ref() != SCHEMA {
            let says = format!("the form is \"{}\"; this program reads \"{SCHEMA}\"", file.schema.get_ref());
            return Err(self.wrong(&file.schema.span(), says));
        }
        let mut duties = Vec::new();
        for duty in file.duty {
            self.id(&duty.id)?;
            let name = self.words(&duty.name)?;
            if self.places.insert(duty.id.get_ref().clone(), 0).is_some() {
                return Err(self.wrong(&duty.id.span(), format!("there are two duties {}; give each its own id", duty.id.get_ref())));
            }
            duties.push(DutyDefinition { id: duty.id.into_inner(), name });
        }
        duties.sort_by(|a, b| a.id.cmp(&b.id));
        for (place, number) in self.places.values_mut().zip(0..) {
            *place = number;
        }
        let mut ids = BTreeSet::new();
        let mut rules = Vec::new();
        for rule in file.rule {
            self.id(&rule.id)?;
            if !ids.insert(rule.id.get_ref().clone()) {
                return Err(self.wrong(&rule.id.span(), format!("there are two rules {}; give each its own id", rule.id.get_ref())));
            }
            rules.push(self.rule(rule)?);
        }
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(RuleSet { name: file.name, duties, rules })
    }

    fn rule(&self, rule: FileRule) -> Result<Rule, FileError> {
        let (left, right) = (self.side(&rule.left)?, self.side(&rule.right)?);
        if let Some(both) = left.duties.iter().find(|duty| right.duties.contains(duty)) {
            let name = self.places.iter().find(|(_, place)| *place == both).map_or("", |(id, _)| id.as_str());
            let says = format!("{name} stands on both sides of rule {}; a duty cannot be kept apart from itself", rule.id.get_ref());
            return Err(self.wrong(&rule.right.span(), says));
        }
        let mut controls: Vec<Control> = Vec::new();
        for control in rule.control {
            self.id(&control.id)?;
            if controls.iter().any(|other| other.id == *control.id.get_ref()) {
                return Err(self.wrong(&control.id.span(), "this rule has two controls of this id; give each its own"));
            }
            let owner = control.owner.as_ref().map(|owner| self.words(owner)).transpose()?;
            let until = control.until.as_ref().map(|until| self.end_of(until)).transpose()?;
            controls.push(Control { does: self.words(&control.does)?, id: control.id.into_inner(), owner, until });
        }
        let mut tests = Vec::new();
        for test in &rule.test {
            tests.push(RuleTest { holds: self.duties(&test.holds)?, conflict: test.conflict });
        }
        for (conflict, which) in [(true, "finds a conflict"), (false, "finds none")] {
            if !tests.iter().any(|test| test.conflict == conflict) {
                let says = format!("rule {} has no test in which it {which}; add one with conflict = {conflict}", rule.id.get_ref());
                return Err(self.wrong(&rule.id.span(), says));
            }
        }
        let risk = self.words(&rule.risk)?;
        Ok(Rule { id: rule.id.into_inner(), severity: rule.severity, risk, left, right, controls, tests })
    }

    fn side(&self, side: &Spanned<FileSide>) -> Result<Match, FileError> {
        let (need, list) = match (&side.get_ref().any, &side.get_ref().all) {
            (Some(any), None) => (Need::Any, any),
            (None, Some(all)) => (Need::All, all),
            _ => return Err(self.wrong(&side.span(), "a side has either any or all, and a list of duties: { any = [\"…\"] }")),
        };
        if list.is_empty() {
            return Err(self.wrong(&side.span(), "a side needs at least one duty"));
        }
        Ok(Match { need, duties: self.duties(list)? })
    }

    fn duties(&self, ids: &[Spanned<String>]) -> Result<Vec<u32>, FileError> {
        let mut duties = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(place) = self.places.get(id.get_ref()).copied() else {
                return Err(
                    self.wrong(&id.span(), format!("there is no duty {}; add a [[duty]] with this id, or correct it", id.get_ref()))
                );
            };
            if duties.contains(&place) {
                return Err(self.wrong(&id.span(), format!("{} stands twice in this list; name it once", id.get_ref())));
            }
            duties.push(place);
        }
        duties.sort_unstable();
        Ok(duties)
    }

    fn id(&self, id: &Spanned<String>) -> Result<(), FileError> {
        if is_id(id.get_ref()) { Ok(()) } else { Err(self.wrong(&id.span(), ID_IS)) }
    }

    fn words(&self, words: &Spanned<String>) -> Result<String, FileError> {
        let trimmed = words.get_ref().trim();
        if trimmed.is_empty() {
            Err(self.wrong(&words.span(), "this is empty; write what a person should read here"))
        } else {
            Ok(trimmed.to_owned())
        }
    }

    /// The end of a date, so that what is agreed until a day holds all through it.
    fn end_of(&self, until: &Spanned<toml::value::Datetime>) -> Result<Timestamp, FileError> {
        let (Some(date), None, None) = (until.get_ref().date, until.get_ref().time, until.get_ref().offset) else {
            return Err(self.wrong(&until.span(), "this is not a date alone; write it without quotes and without a time: 2027-06-30"));
        };
        let day = calendar::day(i64::from(date.year), i64::from(date.month), i64::from(date.day));
        Ok(Timestamp((day + 1) * DAY))
    }
}
