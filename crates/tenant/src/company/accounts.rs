//! Accounts that are not people: services, shared sign-ins, and what is kept behind glass for emergencies.

use super::catalogue::{CLOUD, DEPARTMENTS, Reach, Rhythm};
use super::kind::Kind;
use super::planted::Tale;
use super::world::{Fate, Life, Need, Rank, Sort, What, Who, World};
use crate::calendar::spoken;
use crate::dice::Dice;

impl World {
    /// Adds the non-human accounts with what they hold. `people` is the size of the house.
    pub(crate) fn add_accounts(&mut self, people: usize) {
        let mut dice = Dice::new(self.seed, 8);
        self.add_emergency(&mut dice);
        let technical: Vec<What> = (0..self.things.len())
            .filter(|what| {
                let thing = &self.things[*what];
                matches!(thing.reach, Reach::Levels(..))
                    && thing.tale.is_none()
                    && !self.is_separated(*what)
                    && matches!(thing.rhythm, Rhythm::Daily | Rhythm::Weekly | Rhythm::Rare | Rhythm::Monthly)
            })
            .collect();
        let owners = self.owners();
        for (kind, count) in [
            (Kind::ServiceWithoutOwner, Self::quota(6, people)),
            (Kind::ServiceOwned, Self::quota(12, people).max(2)),
            (Kind::SharedWithoutOwner, Self::quota(4, people)),
            (Kind::SharedOwned, Self::quota(8, people).max(2)),
        ] {
            for _ in 0..count {
                self.add_account(kind, &technical, &owners, &mut dice);
            }
        }
    }

    fn owners(&self) -> Vec<Who> {
        (0..self.lives.len())
            .filter(|who| self.is_plain(*who) && (self.lives[*who].rank.leads() || self.lives[*who].rank == Rank::Title(2)))
            .collect()
    }

    fn account(&self, id: String, name: String, title: &str, sort: Sort, manager: Option<Who>, since: i64) -> Life {
        Life {
            email: String::new(),
            title: title.to_owned(),
            department: manager.map_or(CLOUD, |owner| self.lives[owner].department).min(DEPARTMENTS.len() - 1),
            rank: Rank::Title(0),
            sort,
            manager,
            status: if sort == Sort::Shared { "shared" } else { "service" },
            start: Some(since),
            end: None,
            changed_job: None,
            before: None,
            fate: Fate::Ordinary,
            absent: Vec::new(),
            works: (since, i64::MAX),
            cast: false,
            id,
            name,
        }
    }

    fn add_account(&mut self, kind: Kind, technical: &[What], owners: &[Who], dice: &mut Dice) {
        let service = matches!(kind, Kind::ServiceOwned | Kind::ServiceWithoutOwner);
        let owned = matches!(kind, Kind::ServiceOwned | Kind::SharedOwned);
        let since = self.today - dice.between(200, 1_600);
        // Without an owner: none on record, or one who has left.
        let gone: Vec<Who> = (0..self.lives.len()).filter(|who| self.lives[*who].fate == Fate::LeftClean).collect();
        let manager = if owned {
            dice.pick(owners)
        } else if dice.chance(400) {
            dice.pick(&gone)
        } else {
            None
        };
        let job = if service {
            dice.pick(&["nightly-export", "ledger-sync", "backup", "monitoring", "invoice-import", "report-mailer"])
        } else {
            dice.pick(&["front desk", "shift handover", "test bench", "packing station", "reception"])
        }
        .unwrap_or_default();
        let who = self.lives.len();
        // Owned and orphaned accounts are numbered in one row, so that an id tells nothing.
        let same = if service { Sort::Service } else { Sort::Shared };
        let place = self.lives.iter().filter(|life| life.sort == same).count() + 1;
        let (id, name, title) = if service {
            (format!("svc-{place:03}"), format!("{job}-{place:02}"), "Service account")
        } else {
            (format!("shared-{place:03}"), format!("Shared: {job} {place}"), "Shared account")
        };
        let life = self.account(id, name, title, same, manager, since);
        self.lives.push(life);
        let grants = if service { dice.between(3, 6) } else { dice.between(2, 4) };
        for _ in 0..grants {
            let Some(what) = dice.pick(technical).filter(|what| !self.holds(who, *what)) else {
                continue;
            };
            let granted_day = dice.between(since, self.today - 30);
            let need = Some(Need { from: granted_day, until: i64::MAX, rhythm: Rhythm::Daily, eagerness: 1_200 });
            let (open, story) = match kind {
                Kind::ServiceOwned => (false, "Runs by itself; its owner answers for it.".to_owned()),
                Kind::SharedOwned => (false, "Stands at a shared place of work; its owner answers for it.".to_owned()),
                _ => (true, format!("Nobody has answered for this account since {}.", spoken(since.max(self.today - 400)))),
            };
            let tale = Tale { kind, granted_day, need, strays: Vec::new(), open, story };
            let path = if service { "direct" } else { "group:shared-places" };
            self.tell(who, what, path, tale, dice);
        }
    }

    /// Two emergency accounts that hold what is kept for emergencies; one drill a year touches one of them.
    fn add_emergency(&mut self, dice: &mut Dice) {
        let powers: Vec<What> = (0..self.things.len()).filter(|what| self.things[*what].reach == Reach::Emergency).collect();
        let owner =
            (0..self.lives.len()).find(|who| self.lives[*who].department == CLOUD && self.lives[*who].rank == Rank::Head).or(Some(0));
        for number in 1..=2 {
            let since = self.today - dice.between(400, 1_400);
            let who = self.lives.len();
            let life = self.account(
                format!("emergency-{number}"),
                format!("Emergency access {number}"),
                "Emergency account",
                Sort::Emergency,
                owner,
                since,
            );
            self.lives.push(life);
            for what in &powers {
                let need = Some(Need { from: since, until: i64::MAX, rhythm: Rhythm::Emergency, eagerness: 1_000 });
                let story = "Kept behind glass; that nobody used it is good news.".to_owned();
                let tale = Tale { kind: Kind::BreakGlass, granted_day: since, need, strays: Vec::new(), open: false, story };
                self.tell(who, *what, "direct", tale, dice);
            }
        }
    }
}
