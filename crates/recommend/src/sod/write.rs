//! Rules and maps written as the files that they are read from.

use super::map::MappedEntitlement;
use super::rule::{Control, Match, Need, Rule, RuleSet, RuleTest, Severity};
use super::{file, map};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl RuleSet {
    /// The set as a file that [`Self::parse`] reads back.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "schema = {}", text(file::SCHEMA))?;
        writeln!(out, "name = {}", text(&self.name))?;
        for duty in &self.duties {
            writeln!(out, "\n[[duty]]\nid = {}\nname = {}", text(&duty.id), text(&duty.name))?;
        }
        for rule in &self.rules {
            writeln!(out, "\n[[rule]]\nid = {}\nseverity = {}", text(&rule.id), text(rule.severity.as_str()))?;
            writeln!(out, "risk = {}", text(&rule.risk))?;
            writeln!(out, "left = {}\nright = {}", self.side(&rule.left), self.side(&rule.right))?;
            if !rule.controls.is_empty() {
                writeln!(out, "control = [")?;
                for control in &rule.controls {
                    writeln!(out, "  {},", written(control))?;
                }
                writeln!(out, "]")?;
            }
            writeln!(out, "test = [")?;
            for test in &rule.tests {
                writeln!(out, "  {{ holds = {}, conflict = {} }},", self.ids(&test.holds), test.conflict)?;
            }
            writeln!(out, "]")?;
        }
        Ok(())
    }

    fn ids(&self, duties: &[u32]) -> String {
        let ids: Vec<String> = duties.iter().filter_map(|duty| self.duties.get(*duty as usize)).map(|duty| text(&duty.id)).collect();
        format!("[{}]", ids.join(", "))
    }

    fn side(&self, side: &Match) -> String {
        let need = match side.need {
            Need::Any => "any",
            Need::All => "all",
        };
        format!("{{ {need} = {} }}", self.ids(&side.duties))
    }

    /// A set of this rule alone, with the duties that it speaks of; `None` where there is no such rule.
    pub fn only(&self, rule: &str) -> Option<Self> {
        let rule = self.rules.iter().find(|known| known.id == rule)?;
        let tested = rule.tests.iter().flat_map(|test| &test.holds);
        let named: BTreeSet<u32> = rule.left.duties.iter().chain(&rule.right.duties).chain(tested).copied().collect();
        let place: BTreeMap<u32, u32> = named.iter().copied().zip(0..).collect();
        let moved = |duties: &[u32]| duties.iter().filter_map(|duty| place.get(duty).copied()).collect::<Vec<u32>>();
        let side = |side: &Match| Match { need: side.need, duties: moved(&side.duties) };
        let tests = rule.tests.iter().map(|test| RuleTest { holds: moved(&test.holds), conflict: test.conflict }).collect();
        let alone = Rule { left: side(&rule.left), right: side(&rule.right), tests, ..rule.clone() };
        let duties = named.iter().filter_map(|duty| self.duties.get(*duty as usize).cloned()).collect();
        Some(Self { name: self.name.clone(), duties, rules: vec![alone] })
    }

    /// What a rule keeps apart, by the names of its duties: "Create suppliers or change them / Release payments".
    pub fn title(&self, rule: &Rule) -> String {
        let side = |side: &Match| {
            let names = side.duties.iter().filter_map(|duty| self.duties.get(*duty as usize)).map(|duty| duty.name.as_str());
            names.collect::<Vec<_>>().join(if side.need == Need::All { " and " } else { " or " })
        };
        format!("{} / {}", side(&rule.left), side(&rule.right))
    }
}

/// A string as TOML writes it.
fn text(words: &str) -> String {
    toml::Value::String(words.to_owned()).to_string()
}

fn written(control: &Control) -> String {
    let mut fields = vec![format!("id = {}", text(&control.id)), format!("does = {}", text(&control.does))];
    fields.extend(control.owner.as_ref().map(|owner| format!("owner = {}", text(owner))));
    // What is agreed until a day holds all through it: the moment is the day's end.
    let day = control.until.and_then(|until| until.plus(-1).in_zone("UTC").ok());
    fields.extend(day.map(|day| format!("until = {}", day.date())));
    format!("{{ {} }}", fields.join(", "))
}

impl MappedEntitlement {
    /// What entitlements give, as a file that [`Self::parse`] reads back with the same rules.
    pub fn to_toml(mapped: &[Self], rules: &RuleSet) -> String {
        let mut out = format!("schema = {}\n", text(map::SCHEMA));
        for one in mapped {
            // Writing to a string cannot fail.
            let _ = write!(
                out,
                "\n[[entitlement]]\nsource = {}\nid = {}\nduties = {}\n",
                text(&one.source),
                text(&one.id),
                rules.ids(&one.duties)
            );
        }
        out
    }
}
