//! The look-alikes told one grant at a time: what seems wrong from outside, and is right once the story is
//! known. Those that hang on a whole life (leave, rehire, hand-over) are in `fates` and `ordinary`.

use std::collections::BTreeMap;

use super::catalogue::{Reach, Rhythm, Watch};
use super::kind::Kind;
use super::planted::Tale;
use super::world::{Fate, Key, Need, Past, What, Who, World};
use crate::calendar::spoken;
use crate::dice::Dice;

impl World {
    /// Tells every look-alike that hangs on a grant.
    pub(crate) fn plant_look_alikes(&mut self, people: usize) {
        let mut dice = Dice::new(self.seed, 7);
        self.grant_exceptions(people, &mut dice);
        self.mitigate(people, &mut dice);
        self.grant_anew(people, &mut dice);
        self.employ_specialists(people, &mut dice);
        self.keep_odd_paths(people, &mut dice);
        self.mark_dark_but_needed(people);
        self.mark_reviewer_holds_too(people, &mut dice);
    }

    /// Unusual access, written down and approved within the last year.
    fn grant_exceptions(&mut self, people: usize, dice: &mut Dice) {
        let mut left = Self::quota(42, people);
        for who in self.plain_people(dice) {
            if left == 0 {
                break;
            }
            let Some(what) = self.unusual_for(who, dice) else {
                continue;
            };
            let granted_day = self.day_in_life(who, 400, 20, dice);
            let decided = dice.between(granted_day, self.today - 2).max(self.today - 300).min(self.today - 2);
            let need = Some(Need { from: granted_day, until: i64::MAX, rhythm: Rhythm::Rare, eagerness: 900 });
            let story = format!("Stands in for a colleague when needed; approved as an exception on {}.", spoken(decided));
            let tale = Tale { kind: Kind::ApprovedException, granted_day, need, strays: Vec::new(), open: false, story };
            if self.tell(who, what, "direct", tale, dice) {
                self.except(who, what, decided.max(granted_day + 1).min(self.today), dice);
                left -= 1;
            }
        }
    }

    /// Something high or privileged that is not of this person's department.
    fn unusual_for(&self, who: Who, dice: &mut Dice) -> Option<What> {
        if dice.chance(350) {
            let powers: Vec<What> = (0..self.things.len()).filter(|what| self.things[*what].reach == Reach::Administrators).collect();
            return dice.pick(&powers).filter(|what| !self.holds(who, *what) && self.things[*what].owner != Some(who));
        }
        self.something_elsewhere(who, dice, &["medium", "high"])
    }

    fn except(&mut self, who: Who, what: What, day: i64, dice: &mut Dice) {
        let decided = self.moment(day, dice);
        let reviewer = self.things[what].owner.filter(|owner| *owner != who).or(self.lives[who].manager);
        self.past.push(Past { who, what, decision: "approve", decided, reviewer, how: "exception" });
    }

    /// Both duties in one hand, known, approved, and watched by a control.
    fn mitigate(&mut self, people: usize, dice: &mut Dice) {
        let mut left = Self::quota(14, people);
        for (who, one, other, rule) in self.halves(dice) {
            if left == 0 {
                break;
            }
            let granted_day = self.day_in_life(who, 500, 40, dice);
            let need = Some(Need { from: granted_day, until: i64::MAX, rhythm: Rhythm::Weekly, eagerness: 700 });
            let day = dice.between(self.today - 280, self.today - 3).max(granted_day + 1).min(self.today - 1);
            let story = format!("{rule}: both, with a second signature on every case; approved as an exception on {}.", spoken(day));
            let tale = Tale { kind: Kind::MitigatedDuties, granted_day, need, strays: Vec::new(), open: false, story: story.clone() };
            if self.tell(who, other, "direct", tale, dice) {
                self.retell(who, one, Kind::MitigatedDuties, false, &story);
                self.except(who, other, day, dice);
                self.except(who, one, day, dice);
                left -= 1;
            }
        }
    }

    /// Revoked in an earlier review, asked for again with a reason, and given a few days or weeks ago.
    fn grant_anew(&mut self, people: usize, dice: &mut Dice) {
        let mut left = Self::quota(60, people);
        for who in self.plain_people(dice) {
            if left == 0 {
                break;
            }
            let Some(what) = self.something_elsewhere(who, dice, &["low", "medium", "high"]) else {
                continue;
            };
            let revoked = self.today - dice.between(60, 220);
            let granted_day = self.today - dice.between(4, 42);
            if self.lives[who].works.0 > revoked - 30 {
                continue;
            }
            let need =
                Some(Need { from: granted_day + dice.between(0, 12), until: i64::MAX, rhythm: self.things[what].rhythm, eagerness: 800 });
            let story = format!("Revoked on {}, asked for again for new work and approved on {}.", spoken(revoked), spoken(granted_day));
            let tale = Tale { kind: Kind::GrantedAnew, granted_day, need, strays: Vec::new(), open: false, story };
            if self.tell(who, what, "direct", tale, dice) {
                let decided = self.moment(revoked, dice);
                let reviewer = self.lives[who].manager;
                self.past.push(Past { who, what, decision: "revoke", decided, reviewer, how: "reviewed" });
                left -= 1;
            }
        }
    }

    /// The only one in the department who does this, every week.
    fn employ_specialists(&mut self, people: usize, dice: &mut Dice) {
        let mut left = Self::quota(64, people);
        for who in self.plain_people(dice) {
            if left == 0 {
                break;
            }
            let Some(what) = self.something_elsewhere(who, dice, &["medium", "high"]) else {
                continue;
            };
            let granted_day = self.day_in_life(who, 700, 45, dice);
            let rhythm = if dice.chance(400) { Rhythm::Weekly } else { self.things[what].rhythm };
            let need = Some(Need { from: granted_day, until: i64::MAX, rhythm, eagerness: 900 });
            let story = format!("The only one in the department who works with {}.", self.things[what].application);
            let tale = Tale { kind: Kind::Specialist, granted_day, need, strays: Vec::new(), open: false, story };
            left -= usize::from(self.tell(who, what, "direct", tale, dice));
        }
    }

    /// Groups and rules with names from another time, still the way to daily work.
    fn keep_odd_paths(&mut self, people: usize, dice: &mut Dice) {
        for kind in [Kind::NestedCurrent, Kind::RuleCurrent] {
            let mut left = Self::quota(44, people);
            for who in self.plain_people(dice) {
                if left == 0 {
                    break;
                }
                let Some(what) = self.something_elsewhere(who, dice, &["low", "medium", "high"]) else {
                    continue;
                };
                let granted_day = self.day_in_life(who, 720, 120, dice);
                let need = Some(Need { from: granted_day, until: i64::MAX, rhythm: self.things[what].rhythm, eagerness: 900 });
                let path = self.odd_path(kind == Kind::NestedCurrent, what, dice);
                let story = "The name is of another time; the work that it serves goes on.".to_owned();
                let tale = Tale { kind, granted_day, need, strays: Vec::new(), open: false, story };
                left -= usize::from(self.tell(who, what, &path, tale, dice));
            }
        }
    }

    /// Where nothing is recorded and the whole department holds it.
    fn mark_dark_but_needed(&mut self, people: usize) {
        let limit = Self::quota(60, people);
        let story = "Nothing records its use; everybody in the job holds and needs it.";
        let mut dark: BTreeMap<usize, Vec<Key>> = BTreeMap::new();
        for ((who, what, path), holding) in &self.holdings {
            let thing = &self.things[*what];
            let needed = thing.reach == Reach::Everyone || thing.homes.contains(&self.lives[*who].department);
            if holding.kind == Kind::Ordinary && thing.watch == Watch::Blind && path != "direct" && needed {
                dark.entry(thing.application_number).or_default().push((*who, *what, path.clone()));
            }
        }
        // One of each application in turn, so that every dark application has some.
        let longest = dark.values().map(Vec::len).max().unwrap_or_default();
        let keys: Vec<Key> =
            (0..longest).flat_map(|turn| dark.values().filter_map(move |keys| keys.get(turn)).cloned()).take(limit).collect();
        for key in keys {
            if let Some(holding) = self.holdings.get_mut(&key) {
                holding.kind = Kind::UnknownUsageNeeded;
                story.clone_into(&mut holding.story);
            }
        }
    }

    /// The manager holds it as well; the grant under review is the report's, so nobody reviews himself.
    fn mark_reviewer_holds_too(&mut self, people: usize, dice: &mut Dice) {
        let mut left = Self::quota(20, people);
        for who in self.plain_people(dice) {
            let Some(boss) = self.lives[who].manager.filter(|boss| self.lives[*boss].fate == Fate::Ordinary) else {
                continue;
            };
            let found = self.keys_of(who).into_iter().find(|key| {
                self.holdings.get(key).is_some_and(|holding| holding.kind == Kind::Ordinary)
                    && matches!(self.things[key.1].reach, Reach::Levels(..))
                    && self.things[key.1].watch != Watch::Blind
                    && self.holds(boss, key.1)
            });
            if left == 0 {
                break;
            }
            if let Some(key) = found {
                self.retell(who, key.1, Kind::ReviewerHoldsToo, false, "The reviewer holds it too; this grant is the report's.");
                left -= 1;
            }
        }
    }
}
