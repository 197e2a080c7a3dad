//! What each thing that a model was shown adds to what it says.
//!
//! A model's log-odds are the sum of what it says where nothing is known and of its parts ([`Learned::parts`]), one for each
//! group of attributes. A part that weighs enough, and that rests on a fact of its own, is a reason of its own. What is left is
//! the weight of the reason that tells the model's promise: what it says of any access, what it makes of the stated weights
//! ([`PartOf::Stated`]) less these weights themselves, which stand as reasons already, and the parts that are not told. So the
//! reasons add up to the model's log-odds, whatever the parts are.

use crate::{
    fact::{FactId, Facts},
    learned::{Learned, looked_at},
    reason::{PeerLevel, Reason, Says},
    sentence::{Names, group_words},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// The most that a part can weigh, for or against: from one end of what a model can say to the other.
const MOST: u32 = 2 * 13_816;

/// The least weight, for or against, of a part that is told as a reason of its own: a twentieth of one in log-odds, which moves
/// no probability by more than 1.3 in 100.
pub const LEAST_TOLD: i32 = 50;

/// What a model was shown, in groups of attributes that people think of as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartOf {
    /// What is held, and how much harm it could do.
    Entitlement,
    /// The holder's department, and how many people of it hold the same.
    Department,
    /// The holder's title, and how many people with it hold the same.
    Title,
    /// The holder's manager, and how many of the team hold the same.
    Manager,
    /// When it was last used, or for how long it was not.
    Use,
    /// How it is held.
    Path,
    /// The state of the account.
    Status,
    /// Whether it came before the last change of job.
    Job,
    /// Earlier answers about the same access.
    Past,
    /// What the stated weights make of all facts. Never a reason of its own: the stated reasons stand beside it.
    Stated,
}

/// What one of these adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What was shown.
    pub of: PartOf,
    /// What it adds to the model's log-odds, in thousandths: positive argues for keeping.
    pub weight: i32,
}

impl PartOf {
    /// All of them, in the order in which they are stored.
    pub const ALL: [Self; 10] = [
        Self::Entitlement,
        Self::Department,
        Self::Title,
        Self::Manager,
        Self::Use,
        Self::Path,
        Self::Status,
        Self::Job,
        Self::Past,
        Self::Stated,
    ];

    /// Its stable name, as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entitlement => "entitlement",
            Self::Department => "department",
            Self::Title => "title",
            Self::Manager => "manager",
            Self::Use => "use",
            Self::Path => "path",
            Self::Status => "status",
            Self::Job => "job",
            Self::Past => "past",
            Self::Stated => "stated",
        }
    }

    /// The facts that it rests on, where they are known of.
    pub const fn rests_on(self) -> &'static [FactId] {
        match self {
            Self::Entitlement => &[FactId::Sensitivity],
            Self::Department => &[FactId::PeersDepartment],
            Self::Title => &[FactId::PeersTitle],
            Self::Manager => &[FactId::PeersManager],
            Self::Use => &[FactId::UsageGrain, FactId::LastUsed, FactId::UnusedDays],
            Self::Path => &[FactId::GrantPath],
            Self::Status => &[FactId::AccountStatus],
            Self::Job => &[FactId::ChangedJobOn, FactId::GrantedOn],
            Self::Past => &[FactId::PastApproved, FactId::PastRevoked],
            Self::Stated => &[],
        }
    }

    /// What earlier decisions about the like say, by the sign of the weight.
    pub(crate) fn sentence(self, weight: i32, names: &dyn Names) -> String {
        let people = |level| format!("people {}, and about what as many of them hold,", group_words(level, names));
        let about = match self {
            Self::Entitlement => "this entitlement, and about others as sensitive,".to_owned(),
            Self::Department => people(PeerLevel::Department),
            Self::Title => people(PeerLevel::Title),
            Self::Manager => people(PeerLevel::Manager),
            Self::Use => "access with such a record of use".to_owned(),
            Self::Path => "access that is held in this way".to_owned(),
            Self::Status => "access of accounts in this state".to_owned(),
            Self::Job => "access that came as this did, before or after a change of job,".to_owned(),
            Self::Past => "access that was answered like this before".to_owned(),
            Self::Stated => "access of which as much is stated".to_owned(),
        };
        let speaks = if weight < 0 { "ending" } else { "keeping" };
        format!("Earlier decisions here about {about} speak for {speaks} it.")
    }
}

/// Reads parts in their order, each once and within what it can weigh, so that whatever is read can be added up.
pub(crate) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Part>>, D::Error> {
    let parts = Vec::<Part>::deserialize(from)?;
    if !parts.is_sorted_by(|one, next| one.of < next.of) {
        return Err(D::Error::custom("the parts of what the model said are not in their order, each once"));
    }
    if parts.iter().any(|part| part.weight.unsigned_abs() > MOST) {
        return Err(D::Error::custom("a part of what the model said weighs more than it can"));
    }
    Ok(Some(parts))
}

/// The reasons of what a model says beside stated reasons that add up to `stated`: together they add up to its log-odds.
pub(crate) fn reasons(learned: &Learned, facts: &Facts, stated: i32) -> Vec<Reason> {
    let told = learned.parts.iter().flatten().filter_map(|part| reason(*part, facts));
    let mut reasons: Vec<Reason> = told.collect();
    let weight = learned.log_odds() - stated - reasons.iter().map(|reason| reason.weight).sum::<i32>();
    let says = Says::Learned { approve: learned.approve, promise: learned.promise };
    reasons.push(Reason { facts: looked_at(facts), says, weight });
    reasons
}

/// A part as a reason of its own; `None` where it weighs next to nothing, or no fact is there to rest it on.
fn reason(part: Part, facts: &Facts) -> Option<Reason> {
    let on: Vec<FactId> = part.of.rests_on().iter().copied().filter(|id| facts.get(*id).is_some()).collect();
    let told = part.weight.unsigned_abs() >= LEAST_TOLD.unsigned_abs() && !on.is_empty();
    told.then_some(Reason { facts: on, says: Says::LearnedPart { of: part.of }, weight: part.weight })
}
