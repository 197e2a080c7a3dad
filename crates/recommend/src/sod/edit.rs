//! One rule or one duty of a set changed by itself, from what a person entered in a form.

use super::rule::{Control, DutyDefinition, Match, Need, Rule, RuleSet, RuleTest, Severity};

/// The longest id, in characters.
const LONGEST_ID: usize = 80;

/// One side of a rule as it was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideEntered {
    /// How many of the list are needed.
    pub need: Need,
    /// The duties' ids, in any order.
    pub duties: Vec<String>,
}

/// A rule as it was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleEntered {
    /// Its id.
    pub id: String,
    /// How much harm a conflict could do.
    pub severity: Severity,
    /// What could happen, in a sentence.
    pub risk: String,
    /// One side.
    pub left: SideEntered,
    /// The other.
    pub right: SideEntered,
    /// The controls, one a line: an id, a colon and what is done.
    pub controls: String,
    /// The tests, one a line: `conflict` or `none`, a colon, and ids of duties with commas between. Where there are none,
    /// two are made: both sides held together are a conflict, one side alone is none.
    pub tests: String,
}

/// What cannot be taken, and in which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongField {
    /// The field's name, as in [`RuleEntered`].
    pub field: &'static str,
    /// What is wrong and what to do.
    pub says: String,
}

fn wrong(field: &'static str, says: impl Into<String>) -> WrongField {
    WrongField { field, says: says.into() }
}

/// Whether rules, duties and controls may be called this in files and forms.
pub(super) fn is_id(id: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    !id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(good)
}

/// What an id has to be.
pub(super) const ID_IS: &str = "an id has 1 to 80 lower-case letters, digits, dots and hyphens";

impl RuleSet {
    /// The set with this rule in the place of the one of the same id, or added to it.
    ///
    /// A control keeps the owner and the end that the rule in place states under the same id. Errors name each field that
    /// cannot be taken; the set is left as it is.
    pub fn with_rule(&self, entered: &RuleEntered) -> Result<Self, Vec<WrongField>> {
        let mut errors = Vec::new();
        let mut keep = |found: Result<(), WrongField>| errors.extend(found.err());
        let known = self.rules.iter().find(|rule| rule.id == entered.id);
        keep(if is_id(&entered.id) { Ok(()) } else { Err(wrong("id", format!("This cannot be an id: {ID_IS}."))) });
        let risk = entered.risk.trim().to_owned();
        keep(if risk.is_empty() { Err(wrong("risk", "Say in a sentence what could happen.")) } else { Ok(()) });
        let mut side = |field: &'static str, side: &SideEntered| {
            self.side_of(field, side).unwrap_or_else(|why| {
                keep(Err(why));
                Match { need: side.need, duties: Vec::new() }
            })
        };
        let (left, right) = (side("left", &entered.left), side("right", &entered.right));
        if let Some(both) = left.duties.iter().find(|duty| right.duties.contains(duty)) {
            let name = self.duties.get(*both as usize).map_or("A duty", |duty| duty.name.as_str());
            keep(Err(wrong("right", format!("{name} stands on both sides. A duty cannot be kept apart from itself; take it from one."))));
        }
        let controls = controls(&entered.controls, known.map_or(&[], |rule| &rule.controls)).unwrap_or_else(|why| {
            keep(Err(why));
            Vec::new()
        });
        let tests = self.tests(&entered.tests, &left, &right).unwrap_or_else(|why| {
            keep(Err(why));
            Vec::new()
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        let rule = Rule { id: entered.id.clone(), severity: entered.severity, risk, left, right, controls, tests };
        let mut set = self.clone();
        set.rules.retain(|other| other.id != rule.id);
        set.rules.push(rule);
        set.rules.sort_by(|a, b| a.id.cmp(&b.id));
        let failed = set.failed_tests();
        let failed: Vec<String> = failed.iter().filter(|test| test.rule == entered.id).map(ToString::to_string).collect();
        if failed.is_empty() { Ok(set) } else { Err(vec![wrong("tests", format!("The rule does not pass: {}.", failed.join("; ")))]) }
    }

    /// The set without a rule; `None` where there is no such rule. Its duties stay: accesses may be mapped to them.
    pub fn without_rule(&self, rule: &str) -> Option<Self> {
        self.rules.iter().any(|known| known.id == rule).then(|| {
            let mut set = self.clone();
            set.rules.retain(|known| known.id != rule);
            set
        })
    }

    /// The set with one more duty.
    pub fn with_duty(&self, id: &str, name: &str) -> Result<Self, Vec<WrongField>> {
        let (id, name) = (id.trim(), name.trim());
        let mut errors = Vec::new();
        if !is_id(id) {
            errors.push(wrong("duty", format!("This cannot be an id: {ID_IS}.")));
        } else if let Some(known) = self.duty(id).and_then(|at| self.duties.get(at as usize)) {
            errors.push(wrong("duty", format!("There is a duty of this id already: {}. Give this one its own.", known.name)));
        }
        if name.is_empty() {
            errors.push(wrong("duty_name", "Write what people call this duty."));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let new = Self { duties: vec![DutyDefinition { id: id.to_owned(), name: name.to_owned() }], ..Self::default() };
        // Positions of duties move with it; putting sets together moves what rules say of them.
        Ok(Self { name: self.name.clone(), ..Self::together(&[self, &new]) })
    }

    /// A rule of the set as a form shows it, which [`Self::with_rule`] takes back.
    pub fn entered(&self, rule: &Rule) -> RuleEntered {
        let ids = |duties: &[u32]| -> Vec<String> {
            duties.iter().filter_map(|duty| self.duties.get(*duty as usize)).map(|duty| duty.id.clone()).collect()
        };
        let side = |side: &Match| SideEntered { need: side.need, duties: ids(&side.duties) };
        let controls: Vec<String> = rule.controls.iter().map(|control| format!("{}: {}", control.id, control.does)).collect();
        let word = |test: &RuleTest| if test.conflict { "conflict" } else { "none" };
        let tests: Vec<String> = rule.tests.iter().map(|test| format!("{}: {}", word(test), ids(&test.holds).join(", "))).collect();
        RuleEntered {
            id: rule.id.clone(),
            severity: rule.severity,
            risk: rule.risk.clone(),
            left: side(&rule.left),
            right: side(&rule.right),
            controls: controls.join("\n"),
            tests: tests.join("\n"),
        }
    }

    fn side_of(&self, field: &'static str, side: &SideEntered) -> Result<Match, WrongField> {
        if side.duties.is_empty() {
            return Err(wrong(field, "Choose at least one duty for this side."));
        }
        let mut duties = self.places(field, side.duties.iter().map(String::as_str))?;
        duties.sort_unstable();
        duties.dedup();
        Ok(Match { need: side.need, duties })
    }

    fn places<'i>(&self, field: &'static str, ids: impl Iterator<Item = &'i str>) -> Result<Vec<u32>, WrongField> {
        ids.map(|id| self.duty(id).ok_or_else(|| wrong(field, format!("There is no duty {id}. Add it first, or correct its id."))))
            .collect()
    }

    fn tests(&self, lines: &str, left: &Match, right: &Match) -> Result<Vec<RuleTest>, WrongField> {
        let mut tests = Vec::new();
        for (number, line) in (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let (word, ids) = line.split_once(':').unwrap_or((line, ""));
            let conflict = match word.trim() {
                "conflict" => true,
                "none" => false,
                other => {
                    let says =
                        format!("Line {number} begins with \"{other}\". Begin with conflict: or none: and name the duties that are held.");
                    return Err(wrong("tests", says));
                }
            };
            let mut holds = self.places("tests", ids.split(',').map(str::trim).filter(|id| !id.is_empty()))?;
            holds.sort_unstable();
            holds.dedup();
            tests.push(RuleTest { holds, conflict });
        }
        if tests.is_empty() {
            let mut both = [enough(left), enough(right)].concat();
            both.sort_unstable();
            return Ok(vec![RuleTest { holds: both, conflict: true }, RuleTest { holds: left.duties.clone(), conflict: false }]);
        }
        for (conflict, which) in [(true, "in which it finds a conflict (conflict: …)"), (false, "in which it finds none (none: …)")] {
            if !tests.iter().any(|test| test.conflict == conflict) {
                return Err(wrong("tests", format!("There is no test {which}. Add one, or leave the field empty.")));
            }
        }
        Ok(tests)
    }
}

/// The fewest duties that meet a side.
fn enough(side: &Match) -> Vec<u32> {
    match side.need {
        Need::Any => side.duties.iter().take(1).copied().collect(),
        Need::All => side.duties.clone(),
    }
}

fn controls(lines: &str, known: &[Control]) -> Result<Vec<Control>, WrongField> {
    let mut controls: Vec<Control> = Vec::new();
    for (number, line) in (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let (id, does) = line.split_once(':').unwrap_or((line, ""));
        let (id, does) = (id.trim(), does.trim());
        if !is_id(id) || does.is_empty() {
            let says = format!(
                "Line {number} is not an id, a colon and what is done, such as \"second-look: The head of finance reads the list of payments each month.\"; {ID_IS}."
            );
            return Err(wrong("controls", says));
        }
        if controls.iter().any(|other| other.id == id) {
            return Err(wrong("controls", format!("Two controls are called {id}. Give each its own id.")));
        }
        let before = known.iter().find(|control| control.id == id);
        controls.push(Control {
            id: id.to_owned(),
            does: does.to_owned(),
            owner: before.and_then(|control| control.owner.clone()),
            until: before.and_then(|control| control.until),
        });
    }
    Ok(controls)
}
