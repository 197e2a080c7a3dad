//! The organisation: heads, teams, guests, names, and the six named people of the demo.

use std::collections::BTreeSet;

use super::catalogue::{AUDIT, CLOUD, DEPARTMENTS, LEGAL, REPORTING, SECURITY, SERVICES, TREASURY};
use super::names::{FAMILY, GIVEN, UNUSUAL, mail_part};
use super::world::{Fate, Life, Rank, Sort, Who, World};
use crate::dice::Dice;

/// The mail domain of the invented house; `.example` is reserved by RFC 2606.
pub(crate) const MAIL: &str = "meridian.example";

/// A team lead has about so many reports.
const TEAM: usize = 11;

/// Names and addresses not given twice by accident.
pub(crate) struct Registry {
    names: BTreeSet<String>,
    mails: BTreeSet<String>,
}

impl Registry {
    pub(crate) const fn new() -> Self {
        Self { names: BTreeSet::new(), mails: BTreeSet::new() }
    }

    /// A fresh name.
    pub(crate) fn name(&mut self, dice: &mut Dice) -> String {
        loop {
            let given = dice.pick(GIVEN).unwrap_or_default();
            let family = dice.pick(FAMILY).unwrap_or_default();
            let mut name = format!("{given} {family}");
            if self.names.contains(&name) {
                // A large house runs out of pairs: a second family name keeps them apart.
                let second = dice.pick(FAMILY).unwrap_or_default();
                name = format!("{given} {second}-{family}");
            }
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }

    /// A fresh address for a name or an address part.
    pub(crate) fn mail(&mut self, part: &str) -> String {
        let base = mail_part(part);
        let mut address = format!("{base}@{MAIL}");
        let mut number = 2;
        while !self.mails.insert(address.clone()) {
            address = format!("{base}{number}@{MAIL}");
            number += 1;
        }
        address
    }
}

fn title_of(department: usize, rank: Rank) -> String {
    let unit = &DEPARTMENTS[department];
    match rank {
        Rank::Title(index) => unit.titles[index.min(2)].to_owned(),
        Rank::TeamLead => format!("Team lead, {}", unit.name),
        Rank::Head => format!("Head of {}", unit.name),
        Rank::Chief => "Chief executive".to_owned(),
    }
}

/// A title in a department, for a move or a promotion.
pub(crate) fn title(department: usize, rank: Rank) -> String {
    title_of(department, rank)
}

/// How many people each department has; the first nine are never empty.
fn head_counts(people: usize) -> Vec<usize> {
    let total: usize = DEPARTMENTS.iter().map(|unit| unit.share).sum();
    let mut counts: Vec<usize> = DEPARTMENTS
        .iter()
        .enumerate()
        .map(|(index, unit)| {
            let fair = unit.share * people / total;
            if index < 9 { fair.max(4) } else { fair }
        })
        .collect();
    // Rounding is settled where the house is widest.
    loop {
        let sum: usize = counts.iter().sum();
        let widest = (0..counts.len()).max_by_key(|index| counts[*index]).unwrap_or(0);
        match sum.cmp(&people) {
            std::cmp::Ordering::Equal => return counts,
            std::cmp::Ordering::Less => counts[widest] += people - sum,
            std::cmp::Ordering::Greater => counts[widest] -= 1,
        }
    }
}

impl World {
    /// Fills the house with `people` lives; nobody has a story yet.
    pub(crate) fn settle(&mut self, people: usize, registry: &mut Registry) {
        let mut dice = Dice::new(self.seed, 1);
        self.enter(REPORTING, Rank::Chief, None, registry, &mut dice);
        for (department, count) in head_counts(people - 1).into_iter().enumerate() {
            if count == 0 {
                continue;
            }
            let head = self.enter(department, Rank::Head, Some(0), registry, &mut dice);
            let teams = if count > TEAM + 2 { (count - 1).div_ceil(TEAM + 1) } else { 0 };
            let leads: Vec<Who> = (0..teams).map(|_| self.enter(department, Rank::TeamLead, Some(head), registry, &mut dice)).collect();
            for number in 0..count - 1 - teams {
                let boss = if leads.is_empty() { head } else { leads[number % teams] };
                // Every title is met in every team, in about the shares 5 : 3 : 2.
                let rank = Rank::Title(match number / teams.max(1) {
                    0 => 2,
                    1 => 1,
                    2 => 0,
                    _ => dice.weighted(&[50, 30, 20]),
                });
                self.enter(department, rank, Some(boss), registry, &mut dice);
            }
        }
        self.choose_cast(registry);
        self.provisioners =
            (0..self.lives.len()).filter(|who| self.lives[*who].department == SERVICES && !self.lives[*who].rank.leads()).collect();
    }

    fn enter(&mut self, department: usize, rank: Rank, manager: Option<Who>, registry: &mut Registry, dice: &mut Dice) -> Who {
        let who = self.lives.len();
        let unusual = (who % 97 == 41).then(|| UNUSUAL.get(who / 97)).flatten();
        let (name, email) = if let Some((name, part)) = unusual {
            ((*name).to_owned(), registry.mail(part))
        } else {
            let name = registry.name(dice);
            let email = registry.mail(&name);
            (name, email)
        };
        // Two in three were here before the two years began; leads for longer.
        let days_here = if rank.leads() || dice.chance(680) { dice.between(740, 5_600) } else { dice.between(50, 730) };
        let start = self.today - days_here;
        let contractor = !rank.leads() && dice.chance(55);
        let title = title_of(department, rank);
        let mut absent = self.holidays(dice);
        if dice.chance(45) {
            // A longer leave that is over: a quiet stretch in otherwise steady use.
            let back = dice.between(5, 330);
            absent.push((self.today - back - dice.between(40, 150), self.today - back));
        }
        self.lives.push(Life {
            id: format!("p{:05}", who + 1),
            name,
            email,
            title: if contractor { format!("Contractor, {title}") } else { title },
            department,
            rank,
            sort: if contractor { Sort::Contractor } else { Sort::Employee },
            manager,
            status: "active",
            start: Some(start),
            end: None,
            changed_job: None,
            before: None,
            fate: Fate::Ordinary,
            absent,
            works: (start, i64::MAX),
            cast: false,
        });
        who
    }

    /// Two or three holidays a year, and the turn of the year.
    pub(crate) fn holidays(&self, dice: &mut Dice) -> Vec<(i64, i64)> {
        let mut out = Vec::new();
        let mut ago = dice.between(-10, 120);
        while ago < super::world::MEMORY {
            let length = dice.between(4, 23);
            out.push((self.today - ago - length, self.today - ago));
            ago += length + dice.between(70, 190);
        }
        let (year, _, _) = crate::calendar::civil(self.today);
        for y in year - 1..=year {
            let eve = crate::calendar::day_number(y, 12, 23);
            out.push((eve, eve + 10));
        }
        out
    }

    /// Picks and names the people whom the demo signs in as.
    fn choose_cast(&mut self, registry: &mut Registry) {
        let lead_of = |lives: &[Life], department: usize| {
            let find = |rank: Rank| lives.iter().position(|life| life.department == department && life.rank == rank);
            find(Rank::TeamLead).or_else(|| find(Rank::Head))
        };
        let staff_of = |lives: &[Life], department: usize, rank: Rank| {
            lives.iter().position(|life| life.department == department && life.rank == rank)
        };
        let picks = [
            (lead_of(&self.lives, TREASURY), "Ingrid Olsen"),
            (lead_of(&self.lives, CLOUD), "Sofia Marino"),
            (staff_of(&self.lives, SECURITY, Rank::Title(2)), "Rafael Kim"),
            (staff_of(&self.lives, SERVICES, Rank::Title(2)), "Wei Zhang"),
            (staff_of(&self.lives, LEGAL, Rank::Title(2)), "Leila Haddad"),
            (staff_of(&self.lives, AUDIT, Rank::Title(1)), "Priya Rao"),
        ];
        for (index, (who, name)) in picks.into_iter().enumerate() {
            let Some(who) = who else { continue };
            let email = registry.mail(name);
            let today = self.today;
            let life = &mut self.lives[who];
            name.clone_into(&mut life.name);
            life.email = email;
            life.sort = Sort::Employee;
            life.cast = true;
            life.start = life.start.map(|day| day.min(today - 900));
            life.works.0 = life.works.0.min(today - 900);
            life.title = title_of(life.department, life.rank);
            if index < 2 {
                self.stage.push(who);
            }
        }
    }

    /// The named people in the order: two managers, campaign owner, administrator, compliance officer,
    /// internal auditor.
    pub(crate) fn cast(&self) -> Vec<Who> {
        const ORDER: [&str; 6] = ["Ingrid Olsen", "Sofia Marino", "Rafael Kim", "Wei Zhang", "Leila Haddad", "Priya Rao"];
        ORDER.iter().filter_map(|name| self.lives.iter().position(|life| life.cast && life.name == *name)).collect()
    }
}
