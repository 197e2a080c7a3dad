//! One person as a reviewer meets them: what they hold together, and what changed since they were last reviewed.

use super::{CampaignHead, ItemLine, PersonView, SourceRead, Words};
use domain::{AccountStatus, GrantId, GrantPath, ItemId, OrderState, Timestamp, Verdict};
use serde::{Deserialize, Serialize};

/// `/items/{id}/person`: nothing is decided here; every access leads to the item where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPage {
    /// The campaign of the item that the reader came from.
    pub campaign: CampaignHead,
    /// That item.
    pub item: ItemId,
    /// Its number within the campaign.
    pub number: i64,
    /// True when the reader is the one who must answer it.
    pub yours: bool,
    /// The person, as the source of that item has them.
    pub person: PersonView,
    /// The sources whose accounts are theirs, as far as the reader sees something of them, by name.
    pub sources: Vec<SourceRead>,
    /// True where everything that the person holds is shown; otherwise what the reader is asked about or opened a campaign for.
    pub whole: bool,
    /// True where there was more than one page takes.
    pub cut: bool,
    /// Accesses that open the same, one set after the other.
    pub overlaps: Vec<Overlapping>,
    /// All accesses that are shown, by application.
    pub applications: Vec<OfApplication>,
    /// What changed since the last review.
    pub since: Since,
    /// How much could go wrong with what is shown; `None` where recommendations are hidden, or nothing was judged.
    pub risk: Option<PersonRisk>,
}

/// How much could go wrong with a person's access: where to look first, and no part of what is recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRisk {
    /// The points of all together (`recommend::risk::identity_risk`).
    pub points: i64,
    /// What adds most, the most first; at most five.
    pub accesses: Vec<RiskyAccess>,
    /// How many others were judged.
    pub others: i64,
}

/// What one access adds to a person's risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskyAccess {
    /// Its item.
    pub item: ItemId,
    /// What it is called.
    pub name: Words,
    /// Its own points (`recommend::risk::grant_risk`).
    pub points: i64,
    /// How many of them count for the person.
    pub adds: i64,
    /// What makes them, the most first, in a few words each.
    pub says: Vec<String>,
}

/// Accesses of one person that open the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlapping {
    /// What more than one of them opens, by name, in order.
    pub opens: Vec<Words>,
    /// True where each of them is a group, or comes through one.
    pub groups: bool,
    /// How many to keep and how many to give up; `None` where recommendations are hidden.
    pub advice: Option<KeepGiveUp>,
    /// The ways, those to keep first.
    pub ways: Vec<Way>,
}

/// How many to keep and how many to give up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepGiveUp {
    /// To keep.
    pub keep: i64,
    /// To give up.
    pub give_up: i64,
    /// Left to the reviewer's judgement.
    pub judge: i64,
}

/// One of several ways to the same: what one removal would end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// What it is called: the membership, the assignment, or what it comes through.
    pub name: Words,
    /// The path of what it gives.
    pub path: GrantPath,
    /// Where it was read.
    pub source: Words,
    /// The accesses that end with it, as far as the reader may see them.
    pub accesses: Vec<PersonAccess>,
    /// What it is worth to its holder: for how many days non-use was observed, 0 for a use within a day; `None` is unknown.
    pub unused_days: Option<u32>,
    /// How many of how many people alike hold it; `None` where too few are alike, or nothing was counted.
    pub peers: Option<(u32, u32)>,
    /// What to do about it; `None` where recommendations are hidden.
    pub advice: Option<WayAdvice>,
}

/// What to do about one of several ways to the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayAdvice {
    /// Whether to keep it, to give it up or to judge.
    pub stance: Stance,
    /// Why; of one to judge, why the comparison does not give it up.
    pub why: WayWhy,
    /// What still opens the same when it is given up, by name; empty where it stays.
    pub served_by: Vec<Words>,
    /// What nothing else that stays opens, by name, where it goes anyway.
    pub lost: Vec<Words>,
    /// What is recommended for what it gives, taken by itself and still open; each verdict once.
    pub alone: Vec<Verdict>,
}

/// Whether to keep one of several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stance {
    /// Keep it.
    Keep,
    /// The comparison does not give it up, and its own recommendation does not keep it either: the reviewer judges.
    Judge,
    /// Give it up.
    GiveUp,
}

/// Why one of several ways to the same should stay or go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WayWhy {
    /// Stays: somebody approved it.
    Approved,
    /// Stays: nobody is asked about it.
    NotAsked,
    /// Stays: it cannot be taken from this one person.
    NotRemovable,
    /// Stays: it is kept for emergencies (rule 27).
    Emergency,
    /// Stays: Approve is recommended for it, and what else an application makes of it is not known.
    ApproveRecommended,
    /// Stays: fewer than 30 days without use can be shown. It may have been used today.
    Recent,
    /// Stays: it opens something that nothing else here opens, or is what the others are given up for.
    Needed,
    /// Goes: somebody revoked it.
    Revoked,
    /// Goes: Revoke is recommended for it, whatever else the person holds.
    RevokeRecommended,
    /// Goes: what stays opens all that it opens.
    Spare,
}

impl WayWhy {
    /// Whether this is a reason to give it up.
    pub const fn gives_up(self) -> bool {
        matches!(self, Self::Revoked | Self::RevokeRecommended | Self::Spare)
    }
}

/// Accesses that belong to one application of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfApplication {
    /// The application; `None` where the source names none.
    pub application: Option<Words>,
    /// The source.
    pub source: Words,
    /// How many to keep, to give up and to judge, in agreement with what stands beside each; `None` where recommendations
    /// are hidden.
    pub advice: Option<KeepGiveUp>,
    /// The accesses, in the order of their names.
    pub accesses: Vec<PersonAccess>,
}

/// An access of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAccess {
    /// Its name.
    pub name: Words,
    /// By which path it is held; `None` where it is held no more.
    pub path: Option<GrantPath>,
    /// The item that asks about it; `None` where no open campaign does.
    pub item: Option<ItemLine>,
    /// The grant, for its history, where the reader may see that.
    pub history: Option<GrantId>,
    /// Of an access that overlaps with others, what follows from that. `None` where it overlaps with none, where
    /// recommendations are hidden, and where its own recommendation differs for the worse.
    pub overlap: Option<Stance>,
}

/// What changed since the last review of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// The last review; `None` where this is the first.
    pub last: Option<LastReview>,
    /// The latest decision about the person that a source brings along, made before or beside this program.
    pub delivered: Option<Timestamp>,
}

/// The last review of a person, and what changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReview {
    /// The campaign's name, where the reader saw it.
    pub name: Option<Words>,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// The sources of the person that it did not ask about: nothing can be said of them.
    pub not_covered: Vec<Words>,
    /// Job, manager and employment, as a source had them then and has them now.
    pub person: Vec<PersonChange>,
    /// Access that came since.
    pub granted: Vec<Moved>,
    /// Access that ended since.
    pub ended: Vec<Moved>,
    /// Access that was revoked then and is still held.
    pub outstanding: Vec<Outstanding>,
}

/// A fact about a person that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonChange {
    /// Which.
    pub fact: PersonFact,
    /// The source that says it.
    pub source: Words,
    /// As it was then; `None` is unknown.
    pub before: Option<PersonValue>,
    /// As it is now; `None` is unknown.
    pub now: Option<PersonValue>,
}

/// The facts about a person whose changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PersonFact {
    /// The title.
    Title,
    /// The department.
    Department,
    /// The manager.
    Manager,
    /// What the source says of the account.
    Status,
    /// The first day of work.
    Start,
    /// The last day of work.
    End,
    /// The last change of job.
    ChangedJob,
}

/// A fact's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PersonValue {
    /// A text.
    Text(Words),
    /// What the source says of the account.
    Status(AccountStatus),
    /// A day.
    Day(Timestamp),
}

/// Access that came or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Its name.
    pub access: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// The source.
    pub source: Words,
    /// When it was granted, or when a reading first showed it; of access that ended, when a reading no longer did.
    pub at: Timestamp,
    /// Its item, where the reader may see one.
    pub item: Option<ItemId>,
    /// The grant, for its history, where the reader may see that.
    pub history: Option<GrantId>,
}

/// Access that was revoked in the last review and is still held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outstanding {
    /// Its name.
    pub access: Words,
    /// The application and source.
    pub access_line: Option<Words>,
    /// The item of then.
    pub item: ItemId,
    /// Where its removal stands; `None` where there is none.
    pub order: Option<OrderState>,
}
