//! A small invented company: 12 clerks in accounts payable, 14 analysts in treasury, their two managers.

#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses some of it")]

use domain::{
    AccountId, AccountStatus, Answer, EntitlementId, Grain, GrantId, GrantPath, RequirementKind, Sensitivity, SourceId, Timestamp, Usage,
    time::DAY,
};
use recommend::{
    About, Entitlement, FactValue, Grant, HowDecided, Judge, Names, PastDecision, Person, Population, Reason, Recommendation, Requirement,
    Says, SeparatedDuties, Source, UsageRecord, Weights,
};

/// Clerks of accounts payable have the numbers 100 to 111.
pub const CLERK: u32 = 100;
/// Analysts of treasury have the numbers 200 to 213.
pub const ANALYST: u32 = 200;
/// The manager of accounts payable; the manager of treasury has the next number.
pub const MANAGER: u32 = 10;
/// The managers' manager.
pub const CHIEF: u32 = 1;

/// 2026-11-21T08:00:00Z, the time of judging.
pub fn as_of() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

/// The moment so many days before the judging.
pub fn days_ago(days: i64) -> Timestamp {
    as_of().plus(-days * DAY)
}

pub fn account(n: u32) -> AccountId {
    format!("00000000-0000-7000-8000-{n:012x}").parse().unwrap()
}

pub fn entitlement(n: u32) -> EntitlementId {
    format!("00000000-0000-7000-9000-{n:012x}").parse().unwrap()
}

pub fn grant(n: u32) -> GrantId {
    format!("00000000-0000-7000-a000-{n:012x}").parse().unwrap()
}

pub fn source(n: u32) -> SourceId {
    format!("00000000-0000-7000-b000-{n:012x}").parse().unwrap()
}

pub fn person(n: u32, department: &str, title: &str, manager: Option<u32>) -> Person {
    Person {
        id: account(n),
        source: source(1),
        status: Some(AccountStatus::Active),
        title_code: Some(title.to_owned()),
        department_code: Some(department.to_owned()),
        manager: manager.map(account),
        start: Some(days_ago(1_500)),
        end: None,
        changed_job_on: None,
        risk: None,
        emergency: false,
        active_elsewhere: None,
        elsewhere: vec![],
    }
}

#[derive(Debug, Clone)]
pub struct World {
    pub population: Population,
    pub weights: Weights,
}

impl World {
    pub fn new() -> Self {
        let mut people = vec![
            person(CHIEF, "board", "chief", None),
            person(MANAGER, "payables", "manager", Some(CHIEF)),
            person(MANAGER + 1, "treasury", "manager", Some(CHIEF)),
        ];
        for n in 0..12 {
            people.push(person(CLERK + n, "payables", "clerk", Some(MANAGER)));
        }
        for n in 0..14 {
            people.push(person(ANALYST + n, "treasury", "analyst", Some(MANAGER + 1)));
        }
        let sources = vec![Source { id: source(1), read_at: days_ago(0) }];
        Self { population: Population { sources, people, ..Population::default() }, weights: Weights::default() }
    }

    /// Adds an entitlement.
    pub fn entitlement(&mut self, n: u32, sensitivity: Sensitivity) -> &mut Entitlement {
        self.population.entitlements.push(Entitlement {
            id: entitlement(n),
            sensitivity: Some(sensitivity),
            owner: Some(account(CHIEF)),
            emergency: false,
        });
        self.population.entitlements.last_mut().unwrap()
    }

    /// The account with this number.
    pub fn person(&mut self, n: u32) -> &mut Person {
        self.population.people.iter_mut().find(|person| person.id == account(n)).unwrap()
    }

    /// Six hundred more clerks, numbered from 1,000.
    pub fn many_clerks(&mut self) {
        self.population.people.extend((0..600).map(|n| person(1_000 + n, "payables", "clerk", Some(MANAGER))));
    }

    /// As many analysts more as it takes that nobody among them says something: with their manager twenty others.
    pub fn many_analysts(&mut self) {
        for n in 14..20 {
            self.population.people.push(person(ANALYST + n, "treasury", "analyst", Some(MANAGER + 1)));
        }
    }

    /// Adds a direct grant, held for so many days; its number is its position.
    pub fn grant(&mut self, holder: u32, what: u32, days: i64) -> usize {
        let at = self.population.grants.len();
        self.population.grants.push(Grant {
            id: grant(u32::try_from(at).unwrap()),
            person: account(holder),
            entitlement: entitlement(what),
            path: GrantPath::Direct,
            granted_on: Some(days_ago(days)),
            held_by: None,
            granted_by: Some(account(CHIEF)),
            through: None,
        });
        at
    }

    /// Grants it to everybody of a block of numbers.
    pub fn grant_all(&mut self, holders: std::ops::Range<u32>, what: u32, days: i64) {
        for holder in holders {
            self.grant(holder, what, days);
        }
    }

    /// States use at the entitlement's own grain: last so many days ago (`None`: none seen), on so many days of a year.
    pub fn used(&mut self, holder: u32, what: u32, last: Option<i64>, days_used: u32) {
        self.usage(holder, what, last, days_used, 365, Grain::Entitlement);
    }

    pub fn usage(&mut self, holder: u32, what: u32, last: Option<i64>, days_used: u32, window_days: u32, grain: Grain) {
        let last_used = last.map(days_ago);
        self.population.usage.push(UsageRecord {
            person: account(holder),
            entitlement: entitlement(what),
            usage: Usage { last_used, days_used: Some(days_used), window_days, grain },
            source: source(1),
            read_at: days_ago(0),
        });
    }

    pub fn decided(&mut self, holder: u32, what: u32, answer: Answer, how: HowDecided, days: i64) {
        self.population.decisions.push(PastDecision {
            person: account(holder),
            entitlement: entitlement(what),
            answer,
            decided_on: days_ago(days),
            how,
            about: About::Access,
        });
    }

    /// States what a holder must have, and in how many days it runs out (or how many days ago it did, below 0).
    pub fn required(&mut self, holder: u32, what: u32, kind: RequirementKind, in_days: i64) {
        self.population.requirements.push(Requirement {
            person: account(holder),
            entitlement: entitlement(what),
            kind,
            expires: days_ago(-in_days),
        });
    }

    pub fn apart(&mut self, number: u32, left: &[u32], right: &[u32]) {
        let ids = |side: &[u32]| side.iter().map(|n| entitlement(*n)).collect();
        self.population.separated_duties.push(SeparatedDuties { number, left: ids(left), right: ids(right) });
    }

    pub fn judge(&self, at: usize) -> Recommendation {
        let judge = Judge::new(&self.population, as_of(), self.weights.clone()).unwrap();
        judge.recommend(at).unwrap()
    }
}

/// How many uses are missing from a telling gap, and whether by the holder's own habit.
pub fn gap(reasons: &[Reason]) -> Option<(i64, bool)> {
    reasons.iter().find_map(|reason| match reason.says {
        Says::GapTelling { missing, own, .. } => Some((missing, own)),
        _ => None,
    })
}

/// Names for sentences, as a page would supply them.
pub struct Invented;

impl Names for Invented {
    fn entitlement(&self, id: EntitlementId) -> String {
        let names = [(1, "Vendor master, change"), (2, "Payment run, release")];
        let found = names.iter().find(|(n, _)| entitlement(*n) == id);
        found.map_or_else(|| id.to_string(), |(_, name)| (*name).to_owned())
    }
    fn person(&self, id: AccountId) -> String {
        if id == account(CHIEF) { "L. Haddad".to_owned() } else { id.to_string() }
    }
    fn department_of(&self, id: AccountId) -> Option<String> {
        (id == account(MANAGER)).then(|| "Accounts Payable".to_owned())
    }
    fn duties(&self, rule: u32) -> String {
        format!("Create and pay vendors ({rule})")
    }
    fn path(&self, _: GrantId) -> Option<String> {
        Some("the group ap-team".to_owned())
    }
    fn title(&self) -> Option<String> {
        Some("Treasury analyst".to_owned())
    }
    fn department(&self) -> Option<String> {
        Some("Treasury".to_owned())
    }
    fn zone(&self) -> &'static str {
        "Europe/Lisbon"
    }
}

/// All sentences of a recommendation, one a line, with their weights.
pub fn told(recommendation: &Recommendation) -> String {
    let lines = recommendation.reasons.iter().map(|reason| format!("{:+} {}\n", reason.weight, recommend::sentence(reason, &Invented)));
    lines.collect()
}

/// A share that a fact states.
pub fn held_of(recommendation: &Recommendation, id: recommend::FactId) -> Option<(u32, u32)> {
    match recommendation.facts.value(id) {
        Some(FactValue::Share(share)) => Some((share.held, share.of)),
        _ => None,
    }
}
