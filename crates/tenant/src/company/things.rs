//! What can be held: every duty of every application, and a few with remarkable texts.

use super::catalogue::{
    APPLICATIONS, CLOUD, DEPARTMENTS, INNOCENT, INSTRUCTED_BUT_NEEDED, INSTRUCTING, PAYABLE, PROCUREMENT, REPORTING, Reach, Rhythm,
    SERVICES, SOFTWARE, TREASURY, Watch, level,
};
use super::kind::Kind;
use super::world::{Rank, Thing, Who, World};
use crate::dice::Dice;

/// Where a house of more than sixty applications got the others from.
const REGIONS: &[&str] = &["North", "South", "Overseas", "Labs", "Trading", "Services"];

/// Names and descriptions.
type Texts = &'static [(&'static str, &'static str)];

/// A name as it stands in group names: `Accounts Payable` gives `accounts-payable`.
pub(crate) fn slug(name: &str) -> String {
    name.to_lowercase().replace(", ", "-").replace(' ', "-")
}

/// What a duty is in an application: its description with the object in the place of `{}`.
fn about(description: &str, object: &str) -> String {
    let article = if object.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    description.replace(" a {}", &format!(" {article} {object}")).replace("{}", object)
}

impl World {
    /// Fills the house with things to hold, in `applications` applications.
    pub(crate) fn furnish(&mut self, applications: usize) {
        for number in 0..applications {
            let application = &APPLICATIONS[number % APPLICATIONS.len()];
            let round = number / APPLICATIONS.len();
            let (slug, name) = if round == 0 {
                (application.slug.to_owned(), application.name.to_owned())
            } else {
                let region = REGIONS[(round - 1) % REGIONS.len()];
                (format!("{}-{}", application.slug, round + 1), format!("{} {region} {}", application.name, round + 1))
            };
            for duty in application.shape.duties() {
                self.things.push(Thing {
                    id: format!("{slug}.{}", duty.slug),
                    name: format!("{}: {}", name, duty.name),
                    application: name.clone(),
                    application_number: number,
                    platform: application.platform,
                    description: about(duty.description, application.object),
                    sensitivity: duty.sensitivity,
                    rhythm: duty.rhythm,
                    reach: duty.reach,
                    homes: application.homes.to_vec(),
                    watch: application.watch,
                    owner: None,
                    tale: None,
                });
            }
        }
        self.remarkable(applications);
        self.by_id = self.things.iter().enumerate().map(|(index, thing)| (thing.id.clone(), index)).collect();
    }

    /// Things whose texts speak to a machine, or seem to.
    fn remarkable(&mut self, applications: usize) {
        let groups: [(Texts, Kind, &[usize]); 3] = [
            (INSTRUCTING, Kind::InstructingText, &[]),
            (INSTRUCTED_BUT_NEEDED, Kind::InstructedButNeeded, &[PAYABLE, TREASURY, CLOUD]),
            (INNOCENT, Kind::InnocentImperative, &[SOFTWARE, REPORTING, SERVICES, PROCUREMENT]),
        ];
        for (texts, tale, homes) in groups {
            for (number, (name, description)) in texts.iter().enumerate() {
                let place = (2 + number * 5) % applications.min(APPLICATIONS.len());
                let application = &APPLICATIONS[place];
                let home: Vec<usize> = homes.get(number).copied().into_iter().collect();
                self.things.push(Thing {
                    id: format!("{}.extra-{}-{}", application.slug, tale.name().split('_').next().unwrap_or_default().len(), number + 1),
                    name: (*name).to_owned(),
                    application: application.name.to_owned(),
                    application_number: place,
                    platform: application.platform,
                    description: (*description).to_owned(),
                    sensitivity: "medium",
                    rhythm: Rhythm::Daily,
                    reach: Reach::Levels(level::ALL, if home.is_empty() { 0 } else { 700 }),
                    homes: home,
                    watch: Watch::Entitlement(400),
                    owner: None,
                    tale: Some(tale),
                });
            }
        }
    }

    /// Gives each thing an owner among the leads and seniors of its departments, and leaves the sensitivity
    /// of a few unsaid, as owners do.
    pub(crate) fn appoint_owners(&mut self) {
        let mut dice = Dice::new(self.seed, 3);
        let mut able: Vec<Vec<Who>> = vec![Vec::new(); DEPARTMENTS.len()];
        for (who, life) in self.lives.iter().enumerate() {
            let fit = life.status == "active" && life.end.is_none() && life.before.is_none() && self.is_plain(who);
            if fit && (life.rank.leads() || (life.rank == Rank::Title(2) && !life.cast)) {
                able[life.department].push(who);
            }
        }
        for number in 0..self.things.len() {
            let home = self.things[number].homes.first().copied().unwrap_or(SERVICES);
            let leads: Vec<Who> = able[home].iter().copied().filter(|who| self.lives[*who].rank.leads()).collect();
            let from = if leads.is_empty() || dice.chance(300) { &able[home] } else { &leads };
            let owner = dice.pick(from).or(Some(0));
            let unsaid = self.things[number].sensitivity != "privileged" && dice.chance(40);
            let thing = &mut self.things[number];
            thing.owner = owner;
            if unsaid {
                thing.sensitivity = "";
            }
        }
    }
}
