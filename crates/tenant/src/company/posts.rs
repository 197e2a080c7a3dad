//! What posts bring: a department's habits, a guest's few things, an administrator's powers.

use std::collections::BTreeMap;

use super::catalogue::{CLOUD, DEPARTMENTS, Reach, Rhythm, SECURITY, SERVICES};
use super::kind::Kind;
use super::things::slug;
use super::world::{Fate, Holding, Life, Need, Rank, What, Who, World};
use crate::calendar::spoken;
use crate::dice::Dice;

/// What each department brings, and by which path.
pub(crate) struct Posts {
    pub(crate) everyone: Vec<What>,
    by_department: Vec<Vec<What>>,
    paths: BTreeMap<(usize, What), String>,
}

impl Posts {
    pub(crate) fn new(world: &World) -> Self {
        let mut dice = Dice::new(world.seed, 4);
        let mut posts = Self { everyone: Vec::new(), by_department: vec![Vec::new(); DEPARTMENTS.len()], paths: BTreeMap::new() };
        for (what, thing) in world.things.iter().enumerate() {
            match thing.reach {
                Reach::Everyone => posts.everyone.push(what),
                Reach::Levels(..) => {
                    for home in &thing.homes {
                        posts.by_department[*home].push(what);
                        let unit = slug(DEPARTMENTS[*home].name);
                        let short = thing.id.split('.').next().unwrap_or_default();
                        let weights: &[u32] = match thing.sensitivity {
                            "high" => &[30, 0, 5, 5, 40, 20],
                            "medium" => &[35, 5, 10, 15, 35, 0],
                            _ => &[40, 25, 20, 15, 0, 0],
                        };
                        let path = match dice.weighted(weights) {
                            0 => format!("group:{}", thing.id.replace('.', "-")),
                            1 => format!("rule:department-is-{unit}"),
                            2 => format!("nested:{unit}>{short}-users"),
                            3 => format!("package:{unit}-starter"),
                            4 => format!("role:{unit}-staff"),
                            _ => "direct".to_owned(),
                        };
                        posts.paths.insert((*home, what), path);
                    }
                }
                Reach::Administrators | Reach::Emergency => {}
            }
        }
        posts
    }

    /// What a post gives: by rank, and by whether the department's habit includes it.
    pub(crate) fn of(&self, world: &World, department: usize, rank: Rank, dice: &mut Dice) -> Vec<(What, String)> {
        let mut out = Vec::new();
        for what in &self.by_department[department] {
            if let Reach::Levels(mask, permille) = world.things[*what].reach
                && mask & rank.level() != 0
                && dice.chance(permille)
                && let Some(path) = self.paths.get(&(department, *what))
            {
                out.push((*what, path.clone()));
            }
        }
        out
    }
}

impl World {
    /// What a guest is given: a little of the hosting department, and the common tools.
    pub(super) fn host_guest(&mut self, who: Who, life: &Life, posts: &Posts, dice: &mut Dice) {
        let mut given = posts.of(self, life.department, Rank::Title(0), dice);
        given.truncate(3);
        for id in ["documents.use", "meetings.use", "mail.use"] {
            if let Some(what) = self.by_id.get(id) {
                given.push((*what, String::new()));
            }
        }
        for (what, _) in given {
            let (kind, story) = if life.fate == Fate::GuestStale {
                (Kind::GuestStale, format!("The engagement ended on {}; the invitation stayed.", spoken(life.works.1)))
            } else {
                (Kind::GuestCurrent, "Works with the department on a running engagement.".to_owned())
            };
            let granted_day = life.works.0 + dice.between(0, 20);
            let need = Some(Need {
                from: granted_day,
                until: life.works.1,
                rhythm: self.things[what].rhythm,
                eagerness: u32::try_from(dice.between(300, 1_000)).unwrap_or(600),
            });
            let granted = self.moment(granted_day, dice);
            let granted_by = self.provisioner(who, dice);
            let path = format!("group:guests-{}", slug(DEPARTMENTS[life.department].name));
            self.hold(who, what, &path, Holding { granted, granted_by, need, strays: Vec::new(), kind, open: false, story });
        }
    }

    /// Two administrators for each application, whose job it is.
    pub(super) fn appoint_administrators(&mut self, dice: &mut Dice) {
        let staff = |department: usize| -> Vec<Who> {
            (0..self.lives.len())
                .filter(|who| {
                    let life = &self.lives[*who];
                    life.department == department && !life.rank.leads() && self.is_plain(*who)
                })
                .collect()
        };
        let (services, cloud, security) = (staff(SERVICES), staff(CLOUD), staff(SECURITY));
        for what in 0..self.things.len() {
            if self.things[what].reach != Reach::Administrators {
                continue;
            }
            let homes = &self.things[what].homes;
            let pool = if homes.contains(&CLOUD) {
                &cloud
            } else if homes.contains(&SECURITY) {
                &security
            } else {
                &services
            };
            for _ in 0..2 {
                let Some(who) = dice.pick(pool) else { continue };
                let from = self.lives[who].works.0;
                let granted_day = dice.between(from, self.today - 10);
                let granted = self.moment(granted_day, dice);
                let need = Some(Need { from: granted_day, until: i64::MAX, rhythm: Rhythm::Weekly, eagerness: 1_000 });
                let path = if dice.chance(500) { "direct" } else { "role:application-administrators" };
                let story = format!("Administers {} as the job.", self.things[what].application);
                let granted_by = self.provisioner(who, dice);
                self.hold(
                    who,
                    what,
                    path,
                    Holding { granted, granted_by, need, strays: Vec::new(), kind: Kind::PrivilegedNeeded, open: false, story },
                );
            }
        }
    }
}
