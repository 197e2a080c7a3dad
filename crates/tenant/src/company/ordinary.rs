//! The access that lives bring with them: by employment, by post, by project and by request. What a
//! person's fate does to it is told here too, because it is the same access in another light.

use super::catalogue::{DEPARTMENTS, Reach, Rhythm};
use super::kind::Kind;
use super::posts::Posts;
use super::world::{Fate, Holding, Life, Need, Post, Rank, Sort, What, Who, World};
use crate::calendar::spoken;
use crate::dice::Dice;

/// From when and until when a grant's story runs.
struct Term {
    granted_day: i64,
    until: i64,
}

impl World {
    /// Gives everybody what employment, post, projects and requests bring.
    pub(crate) fn hand_out(&mut self, posts: &Posts, people: usize) {
        let mut dice = Dice::new(self.seed, 5);
        for who in 0..people {
            let life = self.lives[who].clone();
            match (life.sort, life.fate) {
                (Sort::Guest, _) => self.host_guest(who, &life, posts, &mut dice),
                (_, Fate::LeftClean) => {}
                _ => {
                    self.give_employment(who, &life, posts, &mut dice);
                    self.give_post(who, &life, posts, &mut dice);
                    if let Some(before) = life.before {
                        self.give_earlier_post(who, &life, before, posts, &mut dice);
                    }
                    if !matches!(life.fate, Fate::NewJoiner) {
                        self.give_requests(who, &life, &mut dice);
                    }
                }
            }
        }
        self.appoint_administrators(&mut dice);
    }

    fn give_employment(&mut self, who: Who, life: &Life, posts: &Posts, dice: &mut Dice) {
        let from = life.works.0;
        for (number, what) in posts.everyone.iter().enumerate() {
            if number > 0 && life.fate == Fate::LeftStillActive && dice.chance(250) {
                continue; // part of the clean-up did happen
            }
            let term = Term { granted_day: from + dice.between(0, 1), until: life.works.1 };
            let path = if what % 3 == 0 { "group:all-staff" } else { "rule:all-staff" };
            self.give(who, life, *what, path, &term, dice);
        }
    }

    fn give_post(&mut self, who: Who, life: &Life, posts: &Posts, dice: &mut Dice) {
        let from = life.before.filter(|post| post.department != life.department).map_or(life.works.0, |post| post.until);
        for (what, path) in posts.of(self, life.department, life.rank, dice) {
            if life.fate == Fate::LeftStillActive && dice.chance(200) {
                continue;
            }
            let late = dice.chance(150);
            let latest = life.works.1.min(self.today - 1).max(from);
            let granted_day = if late { dice.between(from, latest) } else { from + dice.between(0, 5) };
            let term = Term { granted_day: granted_day.min(latest), until: life.works.1 };
            self.give(who, life, what, &path, &term, dice);
        }
    }

    /// One grant of ordinary making, in the light of the holder's fate.
    fn give(&mut self, who: Who, life: &Life, what: What, path: &str, term: &Term, dice: &mut Dice) {
        let mut need = Need {
            from: term.granted_day,
            until: term.until,
            rhythm: self.things[what].rhythm,
            eagerness: u32::try_from(dice.between(450, 1_450)).unwrap_or(1_000),
        };
        let mut strays = Vec::new();
        let (kind, open, story) = self.light(life, what);
        match life.fate {
            // Nobody does everything in the first days.
            Fate::NewJoiner => need.from += dice.between(0, 25),
            Fate::LeftUsedAfter => {
                if let Some(end) = life.end
                    && dice.chance(550)
                {
                    for _ in 0..dice.between(1, 6) {
                        strays.push((end + dice.between(1, 60)).min(self.today - 1));
                    }
                }
            }
            _ => {}
        }
        let by_hand = path == "direct" || dice.chance(300);
        let granted_by = if by_hand { self.provisioner(who, dice) } else { None };
        let granted = self.moment(term.granted_day, dice);
        self.hold(who, what, path, Holding { granted, granted_by, need: Some(need), strays, kind, open, story });
    }

    /// What an ordinary grant is called, whether the story leaves it open, and the sentence.
    fn light(&self, life: &Life, what: What) -> (Kind, bool, String) {
        let thing = &self.things[what];
        let day = |value: Option<i64>| value.map_or_else(|| "an unknown day".to_owned(), spoken);
        let since = life.absent.iter().find(|span| span.1 == i64::MAX).map(|span| span.0);
        let stale_end = life.end.is_some_and(|end| end < self.today) && life.works.1 > self.today;
        match life.fate {
            Fate::OnLeave => (Kind::OnLeave, false, format!("On leave since {}; needs it on return.", day(since))),
            Fate::NewJoiner => (Kind::NewJoiner, false, format!("Joined on {}; the work with it begins.", day(life.start))),
            Fate::LeftStillActive => (Kind::LeftStillActive, false, format!("Last day was {}; nobody took this away.", day(life.end))),
            Fate::LeftUsedAfter => (
                Kind::LeftUsedAfter,
                true,
                format!("HR says the last day was {}, and the account was used after it; who used it has to be found out.", day(life.end)),
            ),
            Fate::LeavingSoon => (Kind::LeavingSoon, false, format!("Has given notice and works until {}.", day(life.end))),
            Fate::Rehire if stale_end => (
                Kind::Rehire,
                true,
                format!("Came back on {}; HR still shows the first last day, {}, and only HR can say.", day(life.start), day(life.end)),
            ),
            Fate::Rehire => (Kind::Rehire, false, format!("Left once and came back on {}.", day(life.start))),
            Fate::Conversion if stale_end => (
                Kind::Conversion,
                true,
                format!("The contract ended on {} because employment began; HR has not joined the two records.", day(life.end)),
            ),
            Fate::Conversion => (Kind::Conversion, false, format!("Was a contractor, employed since {}.", day(life.start))),
            Fate::DisabledNotLeft => (
                Kind::DisabledNotLeft,
                false,
                "The account is disabled for some days while a lost laptop is replaced; the person works on.".to_owned(),
            ),
            Fate::ChangedName => (Kind::ChangedName, false, "Changed name; mail address and account keep the old one.".to_owned()),
            Fate::TwoOfOneName => (Kind::TwoOfOneName, false, "Shares the name of a colleague who left; this one works here.".to_owned()),
            Fate::MissingManager => {
                (Kind::MissingManager, true, "No manager is on record since the last reorganisation, so nobody near can judge.".to_owned())
            }
            Fate::Promoted => (
                Kind::Promoted,
                false,
                format!("Became {} on {} in the same department; this work goes on.", life.title, day(life.changed_job)),
            ),
            _ if life.rank == Rank::Chief => (Kind::TopOfHouse, false, "Leads the house; nobody stands above.".to_owned()),
            _ if thing.tale.is_some() => {
                (thing.tale.unwrap_or(Kind::Ordinary), false, "The work needs it; what its text says is only text.".to_owned())
            }
            _ if self.boss_is_away(life) => {
                (Kind::ManagerOnLeave, false, "The manager is on leave, not missing; the access is ordinary.".to_owned())
            }
            _ if thing.rhythm == Rhythm::Yearly => (Kind::YearlyUse, false, "Needed once a year, in its season.".to_owned()),
            _ if thing.rhythm == Rhythm::QuarterEnd => (Kind::QuarterEndUse, false, "Needed around quarter ends.".to_owned()),
            _ => (Kind::Ordinary, false, format!("Part of the work as {}.", life.title)),
        }
    }

    fn boss_is_away(&self, life: &Life) -> bool {
        life.manager.is_some_and(|boss| self.lives[boss].fate == Fate::OnLeave)
    }

    /// What stayed from the post before: nothing where order was kept.
    fn give_earlier_post(&mut self, who: Who, life: &Life, before: Post, posts: &Posts, dice: &mut Dice) {
        let from_name = DEPARTMENTS[before.department].name;
        let to_name = DEPARTMENTS[life.department].name;
        let moved = spoken(before.until);
        let mut old: Vec<(What, String)> = posts
            .of(self, before.department, before.rank, dice)
            .into_iter()
            .filter(|(what, _)| !self.holds(who, *what))
            // With a promotion, the duties that must be apart are parted the same day.
            .filter(|(what, _)| life.fate != Fate::Promoted || !self.is_separated(*what))
            .collect();
        dice.shuffle(&mut old);
        let keep = usize::try_from(dice.between(3, 6)).unwrap_or(3);
        for (number, (what, path)) in old.into_iter().enumerate() {
            let granted_day = life.works.0 + dice.between(0, 30);
            let eagerness = u32::try_from(dice.between(500, 1_400)).unwrap_or(1_000);
            let rhythm = self.things[what].rhythm;
            let (kind, until, story) = match life.fate {
                Fate::Promoted => {
                    (Kind::Promoted, i64::MAX, format!("Became {} on {moved} in the same department; this work goes on.", life.title))
                }
                Fate::HandOver => {
                    let end = self.today + dice.between(8, 45);
                    (
                        Kind::HandOver,
                        end,
                        format!("Moved from {from_name} to {to_name} on {moved} and hands the old work over until {}.", spoken(end)),
                    )
                }
                Fate::MovedKeptOld if number < keep => (
                    Kind::MovedKeptOld,
                    before.until + dice.between(-20, 9),
                    format!("Moved from {from_name} to {to_name} on {moved}; the new work does not need it, and nobody took it away."),
                ),
                _ => continue,
            };
            // An old bookmark, opened once: not a need.
            let strays = if kind == Kind::MovedKeptOld && dice.chance(160) {
                vec![dice.between(before.until + 10, self.today - 1).min(self.today - 1)]
            } else {
                Vec::new()
            };
            let granted = self.moment(granted_day, dice);
            let granted_by = if dice.chance(400) { self.provisioner(who, dice) } else { None };
            let need = Some(Need { from: granted_day, until: until.min(life.works.1), rhythm, eagerness });
            self.hold(who, what, &path, Holding { granted, granted_by, need, strays, kind, open: false, story });
        }
    }

    /// A few things asked for and given, and in use: work does not keep to departments.
    fn give_requests(&mut self, who: Who, life: &Life, dice: &mut Dice) {
        for _ in 0..dice.weighted(&[20, 30, 30, 15, 5]) {
            let Some(what) = self.something_elsewhere(who, dice, &["low", "medium", ""]) else {
                continue;
            };
            let from = life.works.0.max(self.today - 1_400);
            let granted_day = dice.between(from, life.works.1.min(self.today - 2).max(from));
            let term = Term { granted_day, until: life.works.1 };
            self.give(who, life, what, "direct", &term, dice);
        }
    }

    /// Something of another department that this person does not hold, of one of these sensitivities.
    pub(crate) fn something_elsewhere(&self, who: Who, dice: &mut Dice, sensitivities: &[&str]) -> Option<What> {
        (0..40).map(|_| dice.below(self.things.len())).find(|what| {
            let thing = &self.things[*what];
            matches!(thing.reach, Reach::Levels(..))
                && thing.tale.is_none()
                && thing.owner != Some(who)
                && !matches!(thing.rhythm, Rhythm::Yearly | Rhythm::QuarterEnd)
                && sensitivities.contains(&thing.sensitivity)
                && !self.is_separated(*what)
                && !thing.homes.contains(&self.lives[who].department)
                && !self.holds(who, *what)
        })
    }
}
