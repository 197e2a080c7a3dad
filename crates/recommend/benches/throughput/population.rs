//! An invented population of a given size, with the shape of a tenant: what everybody has, what a department and a title
//! have, a long tail, some of it used often, some never, some not seen at all.

use domain::{
    AccountId, AccountStatus, Answer, EntitlementId, Grain, GrantId, GrantPath, Sensitivity, SourceId, Timestamp, Usage, time::DAY,
};
use recommend::{About, Entitlement, Grant, HowDecided, PastDecision, Person, Population, SeparatedDuties, Source, UsageRecord};

/// `SplitMix64`: enough for invention.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u32) -> u32 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u32
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }
}

fn id<T: From<u128>>(kind: u128, number: u32) -> T {
    T::from((0x0193_0000_0000_7000_8000_0000_0000_0000) | (kind << 40) | u128::from(number))
}

struct Raw(u128);

impl From<u128> for Raw {
    fn from(number: u128) -> Self {
        Self(number)
    }
}

fn text(kind: u128, number: u32) -> String {
    let raw = id::<Raw>(kind, number).0;
    let hex = format!("{raw:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

pub fn account(number: u32) -> AccountId {
    text(1, number).parse().unwrap()
}

pub fn entitlement(number: u32) -> EntitlementId {
    text(2, number).parse().unwrap()
}

fn grant(number: u32) -> GrantId {
    text(3, number).parse().unwrap()
}

/// People of a department, titles of one, and what each kind of group has.
const DEPARTMENT: u32 = 60;
const TITLES: u32 = 5;
const EVERYBODY: u32 = 6;
const OF_DEPARTMENT: u32 = 6;
const OF_TITLE: u32 = 4;

/// About `size` grants, and the time of judging.
pub fn invent(size: u32, seed: u64) -> (Population, Timestamp) {
    let mut dice = Dice(seed);
    let as_of: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
    let source: SourceId = text(4, 1).parse().unwrap();
    let people = (size / 16).max(1);
    let departments = people.div_ceil(DEPARTMENT);
    let (first_title, first_tail) =
        (EVERYBODY + departments * OF_DEPARTMENT, EVERYBODY + departments * (OF_DEPARTMENT + TITLES * OF_TITLE));
    let tail = (people / 8).max(8);
    let mut population = Population { sources: vec![Source { id: source, read_at: as_of }], ..Population::default() };
    for number in 0..first_tail + tail {
        population.entitlements.push(Entitlement {
            id: entitlement(number),
            sensitivity: match dice.below(10) {
                0 => None,
                1 => Some(Sensitivity::High),
                2 => Some(Sensitivity::Privileged),
                _ => Some(Sensitivity::Low),
            },
            owner: (!dice.one_in(5)).then(|| account(dice.below(people))),
            emergency: dice.one_in(500),
        });
    }
    for number in 0..people {
        let (department, title) = (number / DEPARTMENT, dice.below(TITLES));
        population.people.push(Person {
            id: account(number),
            source,
            status: match dice.below(40) {
                0 => Some(AccountStatus::Disabled),
                1 => Some(AccountStatus::Service),
                2 => Some(AccountStatus::Leave),
                3 => None,
                _ => Some(AccountStatus::Active),
            },
            title_code: (!dice.one_in(30)).then(|| format!("title {title}")),
            department_code: (!dice.one_in(50)).then(|| format!("department {department}")),
            manager: (!dice.one_in(60)).then(|| account(department * DEPARTMENT + dice.below(6).min(people - 1 - department * DEPARTMENT))),
            start: Some(as_of.plus(-i64::from(dice.below(3_000)) * DAY)),
            end: dice.one_in(50).then(|| as_of.plus((i64::from(dice.below(200)) - 100) * DAY)),
            changed_job_on: dice.one_in(8).then(|| as_of.plus(-i64::from(dice.below(700)) * DAY)),
            risk: None,
            emergency: dice.one_in(2_000),
            active_elsewhere: None,
            elsewhere: vec![],
        });
        let home = |from: u32, many: u32| (from..from + many).collect::<Vec<u32>>();
        let mut candidates = home(0, EVERYBODY);
        candidates.extend(home(EVERYBODY + department * OF_DEPARTMENT, OF_DEPARTMENT));
        candidates.extend(home(first_title + (department * TITLES + title) * OF_TITLE, OF_TITLE));
        candidates.retain(|_| !dice.one_in(8));
        candidates.extend((0..2).map(|_| first_tail + dice.below(tail)));
        if dice.one_in(3) {
            candidates.push(EVERYBODY + dice.below(first_tail - EVERYBODY));
        }
        for thing in candidates {
            hold(&mut population, &mut dice, as_of, source, (number, thing), people);
        }
    }
    for number in 0..50 {
        let pick = |dice: &mut Dice| (0..4).map(|_| entitlement(first_title + dice.below(first_tail + tail - first_title))).collect();
        population.separated_duties.push(SeparatedDuties { number: number + 1, left: pick(&mut dice), right: pick(&mut dice) });
    }
    (population, as_of)
}

fn hold(population: &mut Population, dice: &mut Dice, as_of: Timestamp, source: SourceId, (who, what): (u32, u32), people: u32) {
    let since = i64::from(dice.below(1_500));
    let again = if dice.one_in(40) { 2 } else { 1 };
    for _ in 0..again {
        let number = u32::try_from(population.grants.len()).unwrap();
        population.grants.push(Grant {
            id: grant(number),
            person: account(who),
            entitlement: entitlement(what),
            path: match dice.below(4) {
                0 => GrantPath::Direct,
                1 => GrantPath::Rule("joiners".to_owned()),
                2 => GrantPath::Role("role".to_owned()),
                _ => GrantPath::Group("group".to_owned()),
            },
            granted_on: (!dice.one_in(10)).then(|| as_of.plus(-since * DAY)),
            held_by: None,
            granted_by: dice.one_in(2).then(|| account(dice.below(people))),
            through: None,
        });
    }
    if !dice.one_in(5) {
        let window_days = [30, 90, 400][dice.below(3) as usize];
        let idle = dice.below(2 * window_days);
        let usage = Usage {
            last_used: (idle < window_days).then(|| as_of.plus(-i64::from(idle) * DAY)),
            days_used: (!dice.one_in(4)).then(|| if idle < window_days { 1 + dice.below(window_days - idle) } else { 0 }),
            window_days,
            grain: [Grain::Entitlement, Grain::Entitlement, Grain::Application, Grain::Tenant][dice.below(4) as usize],
        };
        population.usage.push(UsageRecord { person: account(who), entitlement: entitlement(what), usage, source, read_at: as_of });
    }
    if dice.one_in(3) {
        population.decisions.push(PastDecision {
            person: account(who),
            entitlement: entitlement(what),
            answer: if dice.one_in(12) { Answer::Revoke } else { Answer::Approve },
            decided_on: as_of.plus(-i64::from(30 + dice.below(700)) * DAY),
            how: [HowDecided::Reviewed, HowDecided::Bulk, HowDecided::Default, HowDecided::Exception][dice.below(4) as usize],
            about: About::Access,
        });
    }
}
