//! What somebody fills in to open a campaign.

use crate::{
    Error, FieldError, Result,
    view::types::{OpenEntered, ScopeKind},
};
use domain::{
    Policy, Sensitivity, Showing, SourceId, Timestamp,
    time::{DAY, MINUTE},
};
use recommend::Cause;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which grants of the chosen sources are asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "of")]
pub enum Scope {
    /// Every grant.
    All,
    /// Access of these sensitivities; `None` stands for access without one.
    Sensitivities(BTreeSet<Option<Sensitivity>>),
    /// People of these departments.
    Departments(BTreeSet<String>),
    /// Access of these applications.
    Applications(BTreeSet<String>),
    /// Grants whose recommendation has one of these causes.
    Causes(BTreeSet<Cause>),
    /// That many grants over all sources, those with the most points of risk ([`recommend::risk::grant_risk`]); of two with as
    /// many points, the one with the smaller id.
    Riskiest(u32),
    /// Grants of which every one of the last days, as many as that, was observed, and none saw a use. Unknown use is not among
    /// them (rule 26).
    Unused(u32),
    /// What people hold whose job changed at that time or later.
    ChangedJob(Timestamp),
    /// What a platform's own campaign asks about.
    Platform,
}

/// A campaign to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenForm {
    /// What people will call it.
    pub name: String,
    /// The sources whose grants are asked about.
    pub sources: BTreeSet<SourceId>,
    /// Which of their grants.
    pub scope: Scope,
    /// When answers are due.
    pub due_at: Timestamp,
    /// The IANA time zone in which its deadlines are said (rule 50).
    pub time_zone: String,
    /// Windows, default and brake of this campaign.
    pub policy: Policy,
    /// Whether what is recommended is shown to its reviewers.
    pub showing: Showing,
}

/// The longest that a campaign can run.
const LONGEST: i64 = 366 * DAY;
/// Grants that "the riskiest" can be at most: more is better asked by another scope.
const MOST_RISKIEST: u32 = 100_000;
/// Days without use that can be asked for: no platform's log is looked at for longer.
const MOST_UNUSED: u32 = 3_650;
/// What the fields offer at first.
const RISKIEST: u32 = 500;
const UNUSED: u32 = 90;
const CHANGED_JOB: i64 = 90 * DAY;

impl OpenForm {
    /// Reads what was typed; every field that cannot be taken is named.
    pub fn parse(entered: &OpenEntered, policy: &Policy, now: Timestamp) -> Result<Self> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: &str| errors.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        let mut sources = BTreeSet::new();
        for text in &entered.sources {
            match text.parse::<SourceId>() {
                Ok(id) => {
                    sources.insert(id);
                }
                Err(_) => wrong("sources", "One of the chosen sources is not a source. Choose from the list."),
            }
        }
        let words =
            |list: &[String]| list.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect::<BTreeSet<_>>();
        let scope = match entered.scope {
            ScopeKind::All => Scope::All,
            ScopeKind::Departments => Scope::Departments(words(&entered.departments)),
            ScopeKind::Applications => Scope::Applications(words(&entered.applications)),
            ScopeKind::Sensitivities => {
                let parse = |text: &String| if text == "unknown" { Ok(None) } else { text.parse().map(Some) };
                Scope::Sensitivities(entered.sensitivities.iter().map(parse).collect::<Result<_, _>>().unwrap_or_else(|_| {
                    wrong("sensitivities", "One of the chosen sensitivities is not known. Choose from the list.");
                    BTreeSet::new()
                }))
            }
            ScopeKind::Causes => {
                Scope::Causes(entered.causes.iter().map(|text| text.parse()).collect::<Result<_, _>>().unwrap_or_else(|_| {
                    wrong("causes", "One of the chosen causes is not known. Choose from the list.");
                    BTreeSet::new()
                }))
            }
            ScopeKind::Riskiest => Scope::Riskiest(entered.riskiest.trim().parse().unwrap_or_else(|_| {
                wrong("riskiest", "How many grants is a whole number, for example 500.");
                RISKIEST
            })),
            ScopeKind::Unused => Scope::Unused(entered.unused_days.trim().parse().unwrap_or_else(|_| {
                wrong("unused_days", "How long without use is a number of days, for example 90.");
                UNUSED
            })),
            ScopeKind::ChangedJob => {
                Scope::ChangedJob(moment(&entered.changed_since, "00:00", &entered.zone).unwrap_or_else(|(field, _)| {
                    // A zone that is none is said of the deadline.
                    if field == "due_on" {
                        wrong("changed_since", "The day is written year, month, day: for example 2026-09-01.");
                    }
                    now.plus(-DAY)
                }))
            }
        };
        let due_at = moment(&entered.due_on, &entered.due_time, &entered.zone).unwrap_or_else(|(field, message)| {
            wrong(field, message);
            now.plus(DAY)
        });
        let mut policy = policy.clone();
        match entered.undo_minutes.trim().parse::<i64>() {
            Ok(minutes) => policy.undo_window = minutes.saturating_mul(MINUTE),
            Err(_) => wrong("undo_minutes", "The time for taking an answer back is a number of minutes, for example 5."),
        }
        match entered.default_action.parse() {
            Ok(action) => policy.default_action = action,
            Err(_) => wrong("default_action", "Choose what happens to items that nobody answered."),
        }
        let showing = if entered.hidden { Showing::Hidden } else { Showing::Shown };
        let name = entered.name.trim().to_owned();
        let form = Self { name, sources, scope, due_at, time_zone: entered.zone.clone(), policy, showing };
        if let Err(Error::Invalid(more)) = form.check(now) {
            errors.extend(more.into_iter().filter(|m| !errors.iter().any(|e: &FieldError| e.field == m.field)).collect::<Vec<_>>());
        }
        if errors.is_empty() { Ok(form) } else { Err(Error::Invalid(errors)) }
    }

    /// Checks every field; the error names all that cannot be taken.
    pub fn check(&self, now: Timestamp) -> Result<()> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: String| errors.push(FieldError { field: field.to_owned(), message });
        if self.name.trim().is_empty() || self.name.chars().count() > 120 {
            wrong("name", "A campaign needs a name of 1 to 120 characters.".to_owned());
        }
        if self.sources.is_empty() {
            wrong("sources", "Choose at least one source.".to_owned());
        }
        match self.scope {
            Scope::Riskiest(most) if !(1..=MOST_RISKIEST).contains(&most) => {
                wrong("riskiest", "From 1 to 100,000 grants can be asked for by risk.".to_owned());
            }
            Scope::Unused(days) if !(1..=MOST_UNUSED).contains(&days) => {
                wrong("unused_days", "From 1 to 3,650 days without use can be asked for.".to_owned());
            }
            Scope::ChangedJob(since) if since >= now => {
                wrong("changed_since", "The day from which changes of job count must be over.".to_owned());
            }
            _ => {}
        }
        let nothing = match &self.scope {
            Scope::All | Scope::Platform | Scope::Riskiest(_) | Scope::Unused(_) | Scope::ChangedJob(_) => None,
            Scope::Sensitivities(of) => of.is_empty().then_some("sensitivities"),
            Scope::Departments(of) => of.is_empty().then_some("departments"),
            Scope::Applications(of) => of.is_empty().then_some("applications"),
            Scope::Causes(of) => of.is_empty().then_some("causes"),
        };
        if let Some(field) = nothing {
            wrong(field, "Choose at least one, or ask about everything.".to_owned());
        }
        if self.showing.is_hidden() && matches!(self.scope, Scope::Causes(_)) {
            wrong(
                "hidden",
                "A choice by cause is a choice by what is recommended, and would give it away. Choose another scope, or show the recommendations."
                    .to_owned(),
            );
        }
        if now.in_zone(&self.time_zone).is_err() {
            wrong("zone", format!("\"{}\" is not a time zone; an example is Europe/Zurich.", self.time_zone));
        }
        if self.due_at <= now {
            wrong("due_on", "The due date must be in the future.".to_owned());
        } else if self.due_at.since(now) > LONGEST {
            wrong("due_on", "A campaign can run for a year at most. Choose an earlier date.".to_owned());
        }
        if let Err(why) = self.policy.check() {
            let field = if why.setting == "undo_window" { "undo_minutes" } else { "policy" };
            wrong(
                field,
                if field == "undo_minutes" {
                    "An answer can be taken back for 0 to 10,080 minutes (7 days).".to_owned()
                } else {
                    why.to_string()
                },
            );
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
    }
}

/// What the form shows at first: three weeks from today, at six in the evening.
pub fn defaults(now: Timestamp, zone: &str, policy: &Policy) -> OpenEntered {
    let due_on = now.plus(21 * DAY).in_zone(zone).map(|z| z.date().to_string()).unwrap_or_default();
    OpenEntered {
        scope: ScopeKind::Sensitivities,
        sensitivities: vec![Sensitivity::High.as_str().to_owned(), Sensitivity::Privileged.as_str().to_owned()],
        riskiest: RISKIEST.to_string(),
        unused_days: UNUSED.to_string(),
        changed_since: now.plus(-CHANGED_JOB).in_zone(zone).map(|z| z.date().to_string()).unwrap_or_default(),
        due_on,
        due_time: "18:00".to_owned(),
        zone: zone.to_owned(),
        default_action: policy.default_action.as_str().to_owned(),
        undo_minutes: (policy.undo_window / MINUTE).to_string(),
        ..OpenEntered::default()
    }
}

fn moment(day: &str, time: &str, zone: &str) -> std::result::Result<Timestamp, (&'static str, &'static str)> {
    let time = if time.trim().is_empty() { "18:00" } else { time.trim() };
    let date: jiff::civil::Date =
        day.trim().parse().map_err(|_| ("due_on", "The due date is written year, month, day: for example 2026-12-04."))?;
    let time: jiff::civil::Time = time.parse().map_err(|_| ("due_time", "The time is written in 24 hours, for example 18:00."))?;
    let zoned = date.to_datetime(time).in_tz(zone).map_err(|_| ("zone", "This is not a time zone; an example is Europe/Zurich."))?;
    Ok(Timestamp(zoned.timestamp().as_microsecond()))
}
