//! The problems that a story leaves open: both sides of a duty in one hand, use that nobody records, a reviewer
//! before himself. Somebody has to look; no machine can know.

use super::catalogue::{Reach, Rhythm, SEPARATED, Watch};
use super::kind::Kind;
use super::planted::Tale;
use super::world::{Holding, Need, What, Who, World};
use crate::calendar::spoken;
use crate::dice::Dice;

impl World {
    /// Whether a thing stands in a pair of duties that must be apart.
    pub(crate) fn is_separated(&self, what: What) -> bool {
        let id = self.things[what].id.as_str();
        SEPARATED.iter().any(|(_, left, right)| left.contains(&id) || right.contains(&id))
    }

    /// Gives the other side of a duty to people who have one side, and lets them work on both.
    pub(super) fn plant_separated(&mut self, people: usize, dice: &mut Dice) {
        let mut left = Self::quota(12, people);
        for (who, one, other, rule) in self.halves(dice) {
            if left == 0 {
                break;
            }
            let granted_day = self.day_in_life(who, 500, 30, dice);
            let need = Some(Need { from: granted_day, until: i64::MAX, rhythm: Rhythm::Weekly, eagerness: 800 });
            let story = format!("{rule}: does both since {}, which no one person should.", spoken(granted_day));
            let tale = Tale { kind: Kind::SeparatedDuties, granted_day, need, strays: Vec::new(), open: true, story: story.clone() };
            if self.tell(who, other, "direct", tale, dice) {
                self.retell(who, one, Kind::SeparatedDuties, true, &story);
                left -= 1;
            }
        }
    }

    /// People who hold exactly one side of a pair, in a drawn order: who, the side held, the side not held,
    /// and the rule's name.
    pub(crate) fn halves(&self, dice: &mut Dice) -> Vec<(Who, What, What, &'static str)> {
        let mut out = Vec::new();
        for who in self.plain_people(dice) {
            for (name, left, right) in SEPARATED {
                let held =
                    |side: &[&str]| side.iter().find_map(|id| self.by_id.get(*id).copied().filter(|what| self.works_with(who, *what)));
                let any = |side: &[&str]| side.iter().find_map(|id| self.by_id.get(*id).copied());
                let holds_any = |side: &[&str]| side.iter().any(|id| self.by_id.get(*id).is_some_and(|what| self.holds(who, *what)));
                if holds_any(left) && holds_any(right) {
                    continue;
                }
                let found = match (held(left), held(right)) {
                    (Some(one), None) => any(right).map(|other| (one, other)),
                    (None, Some(one)) => any(left).map(|other| (one, other)),
                    _ => None,
                };
                if let Some((one, other)) = found {
                    out.push((who, one, other, *name));
                    break;
                }
            }
        }
        out
    }

    /// Whether somebody holds something in the ordinary way, and nothing else is told about it.
    fn works_with(&self, who: Who, what: What) -> bool {
        let mut mine = self
            .holdings
            .range((who, what, String::new())..(who, what + 1, String::new()))
            .map(|(_, holding)| holding.kind == Kind::Ordinary)
            .peekable();
        mine.peek().is_some() && mine.all(|ordinary| ordinary)
    }

    /// Tells what somebody already holds in a new light.
    pub(crate) fn retell(&mut self, who: Who, what: What, kind: Kind, open: bool, story: &str) {
        for key in self.keys_of(who) {
            if key.1 == what
                && let Some(holding) = self.holdings.get_mut(&key)
            {
                holding.kind = kind;
                holding.open = open;
                story.clone_into(&mut holding.story);
            }
        }
    }

    pub(super) fn plant_unknown(&mut self, people: usize, dice: &mut Dice) {
        let mut left = Self::quota(50, people);
        let dark: Vec<What> = (0..self.things.len())
            .filter(|what| self.things[*what].watch == Watch::Blind && matches!(self.things[*what].reach, Reach::Levels(..)))
            .collect();
        for who in self.plain_people(dice) {
            if left == 0 {
                break;
            }
            let Some(what) = dice.pick(&dark) else { return };
            if self.holds(who, what) || self.things[what].homes.contains(&self.lives[who].department) {
                continue;
            }
            let granted_day = self.day_in_life(who, 700, 150, dice);
            // Half of them do use it. Nobody can see which half.
            let need = dice.chance(500).then_some(Need { from: granted_day, until: i64::MAX, rhythm: Rhythm::Weekly, eagerness: 900 });
            let story = "Nothing records its use, nobody alike holds it, and nobody remembers why: ask.".to_owned();
            let tale = Tale { kind: Kind::UnknownUsage, granted_day, need, strays: Vec::new(), open: true, story };
            left -= usize::from(self.tell(who, what, "direct", tale, dice));
        }
    }

    pub(super) fn plant_self_reviewers(&mut self, people: usize, dice: &mut Dice) {
        let mut left = Self::quota(16, people);
        let mut order: Vec<What> = (0..self.things.len()).filter(|what| self.things[*what].tale.is_none()).collect();
        dice.shuffle(&mut order);
        for what in order {
            if left == 0 {
                break;
            }
            let Some(owner) = self.things[what].owner.filter(|owner| *owner != 0) else {
                continue;
            };
            if self.holds(owner, what) || self.lives[owner].cast || self.things[what].reach == Reach::Emergency || self.is_separated(what) {
                continue;
            }
            let granted_day = self.day_in_life(owner, 600, 20, dice);
            let granted = self.moment(granted_day, dice);
            let need = Some(Need { from: granted_day, until: i64::MAX, rhythm: Rhythm::Monthly, eagerness: 1_000 });
            let story = "Owns it, holds it, and granted it to himself or herself: somebody else has to look.".to_owned();
            let holding =
                Holding { granted, granted_by: Some(owner), need, strays: Vec::new(), kind: Kind::SelfReviewer, open: true, story };
            left -= usize::from(self.hold(owner, what, "direct", holding));
        }
    }
}
