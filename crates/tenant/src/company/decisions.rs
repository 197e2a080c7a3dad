//! What earlier reviews decided: one of everything medium and above, sixteen months ago, and one of what is
//! high or privileged, five months ago. Bulk and defaults let problems through; careful answers less so.

use super::kind::Kind;
use super::world::{Past, World};
use crate::calendar::DAY;
use crate::dice::Dice;

impl World {
    /// Adds the decisions of the two earlier campaigns.
    pub(crate) fn look_back(&mut self) {
        let mut dice = Dice::new(self.seed, 10);
        let mut found = Vec::new();
        for (ago, sensitivities) in [(480_i64, &["medium", "high", "privileged"][..]), (150, &["high", "privileged"][..])] {
            let opened = self.today - ago;
            let mut seen = None;
            for ((who, what, _), holding) in &self.holdings {
                let thing = &self.things[*what];
                if !sensitivities.contains(&thing.sensitivity) || holding.granted / DAY >= opened || seen == Some((*who, *what)) {
                    continue;
                }
                seen = Some((*who, *what));
                let problem = holding.kind.is_problem();
                let how = match (problem, holding.kind) {
                    (true, _) => ["reviewed", "bulk", "default"][dice.weighted(&[25, 50, 25])],
                    (false, Kind::Specialist) => ["reviewed", "bulk"][dice.weighted(&[85, 15])],
                    (false, _) => ["reviewed", "bulk", "default"][dice.weighted(&[62, 30, 8])],
                };
                let decision = if how == "reviewed" && dice.chance(15) { "escalate" } else { "approve" };
                let decided = self.moment(opened + dice.between(1, 20), &mut dice);
                let reviewer = if how == "default" { None } else { self.lives[*who].manager };
                found.push(Past { who: *who, what: *what, decision, decided, reviewer, how });
            }
        }
        // Revoked then, and gone since: the movers and leavers whose access was put in order.
        for who in 0..self.lives.len() {
            let life = &self.lives[who];
            let gone = life.before.map(|post| post.until).or(life.end.filter(|_| life.status == "left"));
            let Some(day) = gone.filter(|day| *day < self.today - 30) else {
                continue;
            };
            for _ in 0..dice.between(0, 4) {
                let what = dice.below(self.things.len());
                let manager = self.lives[who].manager;
                if self.holds(who, what) || manager.is_none() || self.things[what].tale.is_some() {
                    continue;
                }
                let decided = self.moment(day + dice.between(1, 25), &mut dice);
                found.push(Past { who, what, decision: "revoke", decided, reviewer: manager, how: "reviewed" });
            }
        }
        self.past.extend(found);
        self.past.sort_by_key(|past| (past.decided, past.who, past.what));
    }
}
