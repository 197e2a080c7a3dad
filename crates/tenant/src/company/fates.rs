//! What happens to people in the two years: who moves, leaves, returns, marries, is away. Dealt from a
//! seeded pack, with the demo's two teams dealt to first, so that every story is met there.

use super::catalogue::{DEPARTMENTS, TREASURY};
use super::names::FAMILY;
use super::people::{Registry, title};
use super::world::{Fate, Post, Rank, Sort, Who, World};
use crate::dice::Dice;

/// How many of each in a house of 1,200.
const PACK: &[(Fate, usize)] = &[
    (Fate::MovedKeptOld, 26),
    (Fate::HandOver, 34),
    (Fate::OnLeave, 22),
    (Fate::NewJoiner, 24),
    (Fate::LeftStillActive, 10),
    (Fate::Promoted, 26),
    (Fate::Rehire, 9),
    (Fate::LeftUsedAfter, 4),
    (Fate::Conversion, 9),
    (Fate::ChangedName, 10),
    (Fate::TwoOfOneName, 6),
    (Fate::LeavingSoon, 8),
    (Fate::DisabledNotLeft, 5),
    (Fate::MissingManager, 4),
    (Fate::GuestStale, 8),
    (Fate::GuestCurrent, 12),
    (Fate::LeftClean, 84),
    (Fate::MovedClean, 80),
];

/// What the demo's teams live through, in this order.
const STAGE: &[Fate] = &[Fate::MovedKeptOld, Fate::HandOver, Fate::LeftStillActive, Fate::OnLeave, Fate::NewJoiner];

impl World {
    /// Deals a fate to everybody and lets it happen.
    pub(crate) fn deal_fates(&mut self, people: usize, registry: &mut Registry) {
        let mut dice = Dice::new(self.seed, 2);
        let mut left: Vec<(Fate, usize)> = PACK.iter().map(|(fate, count)| (*fate, Self::quota(*count, people))).collect();
        let mut waiting: Vec<Who> = (0..self.lives.len()).filter(|who| !self.lives[*who].rank.leads() && !self.lives[*who].cast).collect();
        dice.shuffle(&mut waiting);

        for (number, boss) in self.stage.clone().into_iter().enumerate() {
            let team: Vec<Who> = waiting.iter().copied().filter(|who| self.lives[*who].manager == Some(boss)).collect();
            // A team too small to spare anybody lives quietly.
            for (fate, who) in STAGE.iter().skip(number % 2).zip(team).take(5) {
                if team_can(self, boss) && take(&mut left, *fate) {
                    waiting.retain(|other| *other != who);
                    self.befall(who, *fate, registry, &mut dice);
                }
            }
        }
        let mut pack: Vec<Fate> = Vec::new();
        for (fate, count) in &left {
            pack.extend(std::iter::repeat_n(*fate, *count));
        }
        // Rare fates come first in the pack: a small house meets each of them before any twice.
        let mut seen: Vec<Fate> = Vec::new();
        let mut first: Vec<Fate> = Vec::new();
        let mut rest: Vec<Fate> = Vec::new();
        for fate in pack {
            if seen.contains(&fate) {
                rest.push(fate);
            } else {
                seen.push(fate);
                first.push(fate);
            }
        }
        first.extend(rest);
        let spare = waiting.len() * 2 / 3;
        let mut namesakes = Vec::new();
        for (fate, who) in first.into_iter().zip(waiting.into_iter().take(spare)) {
            if fate == Fate::TwoOfOneName {
                namesakes.push(who);
            } else {
                self.befall(who, fate, registry, &mut dice);
            }
        }
        // Last, because the other one of a pair must have left by then.
        for who in namesakes {
            self.befall(who, Fate::TwoOfOneName, registry, &mut dice);
        }
        self.send_a_lead_on_leave(people, &mut dice);
    }

    /// One lead in a hundred people is away; the reports' manager is away, not missing.
    fn send_a_lead_on_leave(&mut self, people: usize, dice: &mut Dice) {
        let mut leads: Vec<Who> = (0..self.lives.len())
            .filter(|who| {
                let life = &self.lives[*who];
                matches!(life.rank, Rank::TeamLead | Rank::Head)
                    && !life.cast
                    && self.lives.iter().filter(|other| other.manager == Some(*who) && other.fate == Fate::Ordinary).count() >= 3
            })
            .collect();
        dice.shuffle(&mut leads);
        for who in leads.into_iter().take(Self::quota(2, people)) {
            self.befall_leave(who, dice);
        }
    }

    fn befall_leave(&mut self, who: Who, dice: &mut Dice) {
        let since = self.today - dice.between(40, 330);
        let life = &mut self.lives[who];
        life.fate = Fate::OnLeave;
        life.status = "leave";
        life.absent.push((since, i64::MAX));
        let start = life.start.unwrap_or(since).min(since - 120);
        life.start = Some(start);
        life.works.0 = start;
    }

    /// Lets one fate happen to one person.
    fn befall(&mut self, who: Who, fate: Fate, registry: &mut Registry, dice: &mut Dice) {
        self.lives[who].fate = fate;
        let today = self.today;
        match fate {
            Fate::Ordinary => {}
            Fate::MovedClean => self.move_person(who, dice.between(60, 700), dice),
            Fate::MovedKeptOld => self.move_person(who, dice.between(20, 300), dice),
            Fate::HandOver => self.move_person(who, dice.between(5, 75), dice),
            Fate::Promoted => {
                let life = &mut self.lives[who];
                let Rank::Title(old) = life.rank else { return };
                let rank = Rank::Title((old + 1).min(2));
                let from = Rank::Title(old.min(1));
                let day = today - dice.between(10, 320);
                settle_in(life, day - 200);
                life.before = Some(Post { department: life.department, rank: from, until: day });
                life.rank = rank;
                life.title = title(life.department, rank);
                life.sort = Sort::Employee;
                life.changed_job = Some(day);
            }
            Fate::LeftClean => self.leave_house(who, dice.between(5, 720), "left"),
            Fate::LeftStillActive => {
                let status = if dice.chance(600) { "active" } else { "left" };
                self.leave_house(who, dice.between(3, 200), status);
            }
            Fate::LeftUsedAfter => self.leave_house(who, dice.between(20, 150), "active"),
            Fate::LeavingSoon => self.leave_house(who, -dice.between(6, 45), "active"),
            Fate::OnLeave => self.befall_leave(who, dice),
            Fate::NewJoiner => {
                let life = &mut self.lives[who];
                let day = today - dice.between(3, 45);
                life.start = Some(day);
                life.works.0 = day;
            }
            Fate::Rehire | Fate::Conversion => {
                let day = today - dice.between(15, 260);
                let stale_end = dice.chance(450);
                let gap = if fate == Fate::Rehire { dice.between(60, 500) } else { 1 };
                let life = &mut self.lives[who];
                life.start = Some(day);
                life.end = stale_end.then_some(day - gap);
                life.works.0 = day;
                life.absent.retain(|span| span.1 - span.0 < 30);
                life.sort = Sort::Employee;
                life.title = title(life.department, life.rank);
                if fate == Fate::Conversion {
                    life.works.0 = day - dice.between(150, 600);
                    life.changed_job = Some(day);
                    if stale_end {
                        life.start = Some(life.works.0);
                    }
                }
            }
            Fate::DisabledNotLeft => self.lives[who].status = "disabled",
            Fate::ChangedName => {
                let family = dice.pick(FAMILY).unwrap_or_default();
                let life = &mut self.lives[who];
                let given = life.name.split(' ').next().unwrap_or_default().to_owned();
                life.name = format!("{given} {family}");
            }
            Fate::TwoOfOneName => self.share_a_name(who, registry, dice),
            Fate::MissingManager => self.lives[who].manager = None,
            Fate::GuestStale | Fate::GuestCurrent => self.make_guest(who, fate, dice),
        }
    }

    fn move_person(&mut self, who: Who, ago: i64, dice: &mut Dice) {
        let day = self.today - ago;
        // A move always leads somewhere else. Half of the demo's movers come from a like department.
        let old = loop {
            let old = dice.below(DEPARTMENTS.len().min(15));
            let brings = self.things.iter().filter(|thing| thing.homes.contains(&old)).count();
            if old != self.lives[who].department && brings >= 6 {
                break old;
            }
        };
        let old = if self.lives[who].department == TREASURY && dice.chance(700) { 0 } else { old };
        let rank = Rank::Title(dice.weighted(&[45, 35, 20]));
        let life = &mut self.lives[who];
        settle_in(life, day - 180);
        life.before = Some(Post { department: old, rank, until: day });
        life.changed_job = Some(day);
    }

    fn leave_house(&mut self, who: Who, ago: i64, status: &'static str) {
        let day = self.today - ago;
        let life = &mut self.lives[who];
        settle_in(life, day - 60);
        life.end = Some(day);
        life.status = status;
        life.works.1 = day;
    }

    /// Somebody else of the same name left last year; the two are told apart by id and address only.
    fn share_a_name(&mut self, who: Who, registry: &mut Registry, dice: &mut Dice) {
        let other = (0..self.lives.len()).find(|other| {
            let life = &self.lives[*other];
            life.fate == Fate::LeftClean && life.name != self.lives[who].name && !self.has_double(*other)
        });
        let name = self.lives[who].name.clone();
        let email = registry.mail(&name);
        let double = other.or_else(|| {
            (1..self.lives.len()).find(|other| {
                let life = &self.lives[*other];
                *other != who && life.fate == Fate::Ordinary && !life.cast && !life.rank.leads()
            })
        });
        if let Some(double) = double {
            if self.lives[double].fate == Fate::Ordinary {
                self.lives[double].fate = Fate::LeftClean;
                self.leave_house(double, dice.between(20, 400), "left");
            }
            self.lives[double].name = name;
            self.lives[double].email = email;
        }
    }

    fn has_double(&self, who: Who) -> bool {
        self.lives.iter().filter(|life| life.name == self.lives[who].name).count() > 1
    }

    fn make_guest(&mut self, who: Who, fate: Fate, dice: &mut Dice) {
        let today = self.today;
        let firm = dice.pick(&["northgate-audit", "delphi-advisers", "brightwell-tax", "kestrel-systems"]).unwrap_or_default();
        let life = &mut self.lives[who];
        life.sort = Sort::Guest;
        life.status = "guest";
        dice.pick(&["Guest, external auditor", "Guest, consultant", "Guest, vendor engineer"])
            .unwrap_or_default()
            .clone_into(&mut life.title);
        let part = life.email.split('@').next().unwrap_or_default().to_owned();
        life.email = format!("{part}@{firm}.example");
        let invited = today - dice.between(330, 600);
        life.start = Some(invited);
        life.works = (invited, i64::MAX);
        if fate == Fate::GuestStale {
            life.works.1 = today - dice.between(40, 300);
        }
    }
}

/// Somebody whose story needs a past in the house started early enough to have one.
fn settle_in(life: &mut super::world::Life, latest_start: i64) {
    let start = life.start.unwrap_or(latest_start).min(latest_start);
    life.start = Some(start);
    life.works.0 = start;
    life.absent.retain(|span| span.1 - span.0 < 30);
}

fn take(left: &mut [(Fate, usize)], fate: Fate) -> bool {
    left.iter_mut().find(|(which, count)| *which == fate && *count > 0).is_some_and(|entry| {
        entry.1 -= 1;
        true
    })
}

fn team_can(world: &World, boss: Who) -> bool {
    world.lives.iter().filter(|life| life.manager == Some(boss)).count() >= 8
}
