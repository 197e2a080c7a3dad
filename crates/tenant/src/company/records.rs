//! The rows that come out: the file source's columns, the settings, and the labels.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::cast::Cast;
use super::catalogue::{DEPARTMENTS, Reach, SEPARATED};
use super::kind::{Expected, Kind};
use super::world::{Holding, Rank, Sort, Who, World};
use super::{Company, Config};
use crate::calendar::{DAY, rfc3339};

/// A row of `people.csv`. Empty text is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Stable id: `p00001`, `svc-001`, `shared-001`, `emergency-1`.
    pub person_id: String,
    /// The name as people write it, in any script.
    pub name: String,
    /// Mail address; empty for accounts that are not people.
    pub email: String,
    /// Title as HR writes it.
    pub title: String,
    /// Department as HR writes it.
    pub department: String,
    /// The manager's, or for an account its owner's, `person_id`.
    pub manager_id: String,
    /// active, disabled, leave, left, service, shared or guest.
    pub status: String,
    /// First day, RFC 3339.
    pub start: String,
    /// Last day according to HR, RFC 3339.
    pub end: String,
    /// Day of the last change of job, RFC 3339.
    pub changed_job_on: String,
    /// Employee, Fixed term, Contractor or Guest.
    pub employment_type: String,
    /// The town of the place of work.
    pub site: String,
    /// `full_time` or `part_time`.
    pub working_time: String,
}

/// A row of `entitlements.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entitlement {
    /// Stable id: `payables.enter`.
    pub entitlement_id: String,
    /// Name as its owner wrote it.
    pub name: String,
    /// The application it belongs to.
    pub application: String,
    /// What it lets its holder do, as its owner wrote it.
    pub description: String,
    /// low, medium, high, privileged or empty.
    pub sensitivity: String,
    /// The owner's `person_id`.
    pub owner_id: String,
}

/// A row of `grants.csv`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Grant {
    /// Who holds it.
    pub person_id: String,
    /// What is held.
    pub entitlement_id: String,
    /// direct, group:NAME, rule:NAME, nested:NAME>NAME, role:NAME or package:NAME.
    pub path: String,
    /// Since when, RFC 3339.
    pub granted_on: String,
    /// Who provisioned it, a `person_id`.
    pub granted_by: String,
}

/// A row of `usage.csv`: a source watched, and saw this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Whose use.
    pub person_id: String,
    /// Use of what.
    pub entitlement_id: String,
    /// The last use that the source kept, RFC 3339; empty when it saw none.
    pub last_used: String,
    /// Days with use within the window.
    pub days_used: u16,
    /// How many days the source looks back.
    pub window_days: u16,
    /// entitlement, application or tenant: what the use was seen of.
    pub grain: String,
}

/// When somebody used an entitlement that is an administrative role of its platform. Not in any file: platforms tell of it in
/// their audit logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub person_id: String,
    /// With what.
    pub entitlement_id: String,
    /// Seconds since 1970, newest first; empty where the holder did nothing with it.
    pub at: Vec<i64>,
}

/// A row of `decisions.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Whose access.
    pub person_id: String,
    /// Access to what.
    pub entitlement_id: String,
    /// approve, revoke or escalate.
    pub decision: String,
    /// When, RFC 3339.
    pub decided_on: String,
    /// Who; empty for a default.
    pub reviewer_id: String,
    /// reviewed, bulk, default, exception or platform.
    pub how: String,
}

/// Two sides of one pair of duties that must be apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeparatedDuties {
    /// The rule as a person would say it.
    pub name: String,
    /// Entitlement ids of one side.
    pub left: Vec<String>,
    /// Entitlement ids of the other.
    pub right: Vec<String>,
}

/// What an administrator declares about the source, `settings.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// `person_id`s of break-glass accounts.
    pub emergency_accounts: Vec<String>,
    /// `entitlement_id`s kept for emergencies.
    pub emergency_entitlements: Vec<String>,
    /// `person_id`s of the two people who review emergency access.
    pub emergency_reviewers: Vec<String>,
    /// Duties that must be apart.
    pub separated_duties: Vec<SeparatedDuties>,
    /// How much harm an entitlement could do, as its owner said: low, medium, high or privileged. Empty where the source
    /// itself says so, as files do.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sensitivities: BTreeMap<String, String>,
}

/// What is true about one grant, `labels.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Who holds it.
    pub person_id: String,
    /// What is held.
    pub entitlement_id: String,
    /// By which path.
    pub path: String,
    /// The part it plays.
    pub kind: Kind,
    /// What somebody who knew the story would do.
    pub expected: Expected,
    /// The story in a sentence.
    pub story: String,
}

/// What the story asks for: open stories have to be looked into; otherwise a need that lasts beyond today
/// keeps, and anything else goes.
fn truth(holding: &Holding, today: i64) -> Expected {
    if holding.open {
        Expected::Look
    } else if holding.need.is_some_and(|need| need.until > today) {
        Expected::Keep
    } else {
        Expected::Remove
    }
}

/// Turns the told stories into rows.
pub(crate) fn assemble(config: Config, world: &World) -> Company {
    let id = |who: Option<usize>| who.and_then(|who| world.lives.get(who)).map(|life| life.id.clone()).unwrap_or_default();
    // HR writes days; the file wants moments: eight in the morning, or now if that is sooner.
    let morning = |day: Option<i64>| day.map(|day| rfc3339(day * DAY + 8 * 3600)).unwrap_or_default();

    let mut people: Vec<Person> = world
        .lives
        .iter()
        .zip(world.terms())
        .map(|(life, terms)| Person {
            person_id: life.id.clone(),
            name: life.name.clone(),
            email: life.email.clone(),
            title: life.title.clone(),
            // Who leads the house belongs to none of its departments, though their access has to begin somewhere.
            department: match life.rank {
                Rank::Chief => "Executive Office".to_owned(),
                _ => DEPARTMENTS[life.department].name.to_owned(),
            },
            manager_id: id(life.manager),
            status: life.status.to_owned(),
            start: morning(life.start),
            end: morning(life.end),
            changed_job_on: morning(life.changed_job),
            employment_type: terms.employment_type.to_owned(),
            site: terms.site.to_owned(),
            working_time: terms.working_time.to_owned(),
        })
        .collect();
    people.sort_by(|a, b| a.person_id.cmp(&b.person_id));

    let entitlements = world
        .things
        .iter()
        .map(|thing| Entitlement {
            entitlement_id: thing.id.clone(),
            name: thing.name.clone(),
            application: thing.application.clone(),
            description: thing.description.clone(),
            sensitivity: thing.sensitivity.to_owned(),
            owner_id: id(thing.owner),
        })
        .collect();

    let mut rows: BTreeMap<Grant, Label> = BTreeMap::new();
    for ((who, what, path), holding) in &world.holdings {
        let grant = Grant {
            person_id: world.lives[*who].id.clone(),
            entitlement_id: world.things[*what].id.clone(),
            path: path.clone(),
            granted_on: rfc3339(holding.granted),
            granted_by: id(holding.granted_by),
        };
        let label = Label {
            person_id: grant.person_id.clone(),
            entitlement_id: grant.entitlement_id.clone(),
            path: path.clone(),
            kind: holding.kind,
            expected: truth(holding, world.today),
            story: holding.story.clone(),
        };
        rows.insert(grant, label);
    }
    let (grants, labels) = rows.into_iter().unzip();

    let observed = world.observe();
    let act = |((who, what), at): ((usize, usize), Vec<i64>)| Act {
        person_id: world.lives[who].id.clone(),
        entitlement_id: world.things[what].id.clone(),
        at,
    };
    let acts = observed.acts.into_iter().map(act).collect();
    let mut usage: Vec<Usage> = observed
        .seen
        .into_iter()
        .map(|((who, what), seen)| Usage {
            person_id: world.lives[who].id.clone(),
            entitlement_id: world.things[what].id.clone(),
            last_used: seen.last.map(rfc3339).unwrap_or_default(),
            days_used: seen.days,
            window_days: seen.window,
            grain: seen.grain.to_owned(),
        })
        .collect();
    usage.sort_by(|a, b| (&a.person_id, &a.entitlement_id).cmp(&(&b.person_id, &b.entitlement_id)));

    let decisions = world
        .past
        .iter()
        .map(|past| Decision {
            person_id: world.lives[past.who].id.clone(),
            entitlement_id: world.things[past.what].id.clone(),
            decision: past.decision.to_owned(),
            decided_on: rfc3339(past.decided),
            reviewer_id: id(past.reviewer),
            how: past.how.to_owned(),
        })
        .collect();

    let platforms = world.things.iter().map(|thing| (thing.id.clone(), thing.platform)).collect();
    let (settings, cast) = (settings(world), Cast::of(world));
    Company { config, part: None, platforms, people, entitlements, grants, usage, acts, decisions, settings, labels, cast }
}

fn settings(world: &World) -> Settings {
    let present =
        |ids: &[&str]| -> Vec<String> { ids.iter().filter(|id| world.by_id.contains_key(**id)).map(|id| (*id).to_owned()).collect() };
    Settings {
        emergency_accounts: world.lives.iter().filter(|life| life.sort == Sort::Emergency).map(|life| life.id.clone()).collect(),
        emergency_entitlements: world.things.iter().filter(|thing| thing.reach == Reach::Emergency).map(|thing| thing.id.clone()).collect(),
        emergency_reviewers: emergency_reviewers(world),
        separated_duties: SEPARATED
            .iter()
            .map(|(name, left, right)| SeparatedDuties { name: (*name).to_owned(), left: present(left), right: present(right) })
            .filter(|rule| !rule.left.is_empty() && !rule.right.is_empty())
            .collect(),
        sensitivities: BTreeMap::new(),
    }
}

/// The first two leaders at work, other than those whose queues the demo tells of, who neither hold nor handed out anything that
/// is kept for emergencies.
fn emergency_reviewers(world: &World) -> Vec<String> {
    let touched: BTreeSet<Who> = world
        .holdings
        .iter()
        .filter(|((who, what, _), _)| world.lives[*who].sort == Sort::Emergency || world.things[*what].reach == Reach::Emergency)
        .flat_map(|((who, _, _), holding)| [Some(*who), holding.granted_by])
        .flatten()
        .collect();
    (0..world.lives.len())
        .filter(|who| {
            let life = &world.lives[*who];
            life.rank.leads() && world.is_plain(*who) && !life.cast && !touched.contains(who)
        })
        .take(2)
        .map(|who| world.lives[who].id.clone())
        .collect()
}
