//! Campaigns that the platforms run, and people's own accounts there.

use super::Words;
use crate::FieldError;
use domain::{Answer, AttemptId, CampaignId, ItemId, SendingState, SourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// `/campaigns/platforms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformCampaigns {
    /// What the platforms run, by source and name.
    pub campaigns: Vec<PlatformCampaignLine>,
    /// Sources that could not be asked: name and why.
    pub unread: Vec<(Words, String)>,
    /// True where no source's platform runs campaigns.
    pub nowhere: bool,
}

/// A campaign that a platform runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformCampaignLine {
    /// Its name there.
    pub name: Words,
    /// The source's name.
    pub source: Words,
    /// What the platform is called.
    pub platform: String,
    /// When it ends there.
    pub ends: Option<Timestamp>,
    /// Who answers it there, as far as it says so for all items at once; empty where each item names its own.
    pub reviewers: String,
    /// What it does with an answer, with a Revoke and with silence, as sentences (rules 2 and 13).
    pub happens: Vec<String>,
    /// True where it may approve by itself what nobody decided (rule 13).
    pub may_approve: bool,
    /// True while it takes answers.
    pub takes_answers: bool,
    /// Ours, where it is followed here.
    pub opened: Option<CampaignId>,
    /// Where it can be looked at and followed.
    pub href: String,
}

/// `/campaigns/platforms/open`.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of the page by itself")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPlatformCampaign {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The source.
    pub source: SourceId,
    /// The platform's id of the campaign, or of the definition.
    pub campaign: String,
    /// The platform's id of the run; empty where it has none.
    pub run: String,
    /// Its name there.
    pub name: Words,
    /// The source's name.
    pub source_name: Words,
    /// What the platform is called.
    pub platform: String,
    /// When it ends there.
    pub ends: Option<Timestamp>,
    /// True where the last reading is older than it may be.
    pub old: bool,
    /// What the platform does with answers, revokes and silence, as sentences (rules 2 and 13).
    pub what_happens: Vec<String>,
    /// What the owner has to have read. Not empty: the box must be ticked.
    pub acknowledgements: Vec<String>,
    /// The box was ticked.
    pub acknowledged: bool,
    /// Items that it would have here.
    pub items: i64,
    /// How many of them cover more than one grant.
    pub wide: i64,
    /// Questions that are answered there already.
    pub answered: i64,
    /// Questions that would become no item: why, and how many.
    pub unmatched: Vec<(String, i64)>,
    /// Groups anybody in which may answer there.
    pub groups: Vec<GroupLine>,
    /// How many items would be judged before what is recommended shows, or why none, as a sentence.
    pub judged_first: String,
    /// Who would be asked, and about how many items; most first.
    pub reviewers: Vec<(Words, i64)>,
    /// Whether the service app may answer instead of each reviewer's own sign-in.
    pub service_possible: bool,
    /// That was chosen.
    pub by_service: bool,
    /// The recommendations are kept hidden (shadow mode).
    pub hidden: bool,
    /// What is wrong with the form.
    pub errors: Vec<FieldError>,
}

/// A group anybody in which may answer a platform's campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupLine {
    /// Its name.
    pub name: Words,
    /// How many people are in it.
    pub people: i64,
    /// How many of them the last reading does not show.
    pub unknown: i64,
    /// What else is in it and is asked nothing, by name.
    pub others: Vec<Words>,
}

/// A platform at which a person can link their own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkLine {
    /// The source.
    pub source: SourceId,
    /// The source's name.
    pub name: Words,
    /// What the platform is called.
    pub platform: String,
    /// Since when it is linked; `None` where it is not.
    pub since: Option<Timestamp>,
    /// Until when, where it ends by itself.
    pub until: Option<Timestamp>,
    /// How many of the person's answers wait for it, or will once they are final.
    pub waiting: i64,
    /// The form to end the link; `None` where nothing is linked.
    pub unlink: Option<AttemptId>,
}

/// The platform's own campaign that one of ours follows, on the page of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeLine {
    /// What the platform is called.
    pub platform: String,
    /// The source's name.
    pub source: Words,
    /// When it ends there.
    pub ends: Option<Timestamp>,
    /// True while it takes answers, as it was last read.
    pub takes_answers: bool,
    /// What it does with an answer, with a Revoke and with silence, as sentences (rules 2 and 13).
    pub happens: Vec<String>,
    /// Answers go by the service app, as the owner chose before opening.
    pub by_service: bool,
    /// Where answers stand on their way there, with how many; states that do not occur are left out.
    pub sendings: Vec<(SendingState, i64)>,
    /// Answers that were given on the platform itself and were read back.
    pub made_there: i64,
    /// Whose sign-in answers wait for, and how many.
    pub waiting_for: Vec<(Words, i64)>,
    /// Answers that the platform did not take and whose removal is not listed as refused: at most 50.
    pub refused: Vec<RefusedAnswer>,
    /// Answers that were given here and do not count, because of what stands on the platform: at most 50.
    pub overruled: Vec<OverruledLine>,
    /// Questions of the platform that became no item: why, and how many.
    pub unmatched: Vec<(String, i64)>,
    /// When it was last read back.
    pub read_at: Timestamp,
    /// The form to have it read back now; `None` where the reader may not.
    pub look_again: Option<AttemptId>,
}

/// An answer that the platform did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedAnswer {
    /// Its item.
    pub item: ItemId,
    /// Whose access.
    pub person: Words,
    /// Which access.
    pub access: Words,
    /// The answer.
    pub answer: Answer,
    /// What the platform said.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// The form to try again; `None` where the reader may not.
    pub retry: Option<RetryView>,
}

/// An answer that was given here and does not count, because of what stands on the platform (rule 14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverruledLine {
    /// Its item.
    pub item: ItemId,
    /// Where the reader can look at it; `None` where it is not theirs to see.
    pub href: Option<String>,
    /// The campaign's name.
    pub campaign: Words,
    /// Whose access.
    pub person: Words,
    /// Which access.
    pub access: Words,
    /// Who answered what, here and there, and what stands.
    pub sentence: String,
    /// Since when.
    pub at: Timestamp,
}

/// The form to try again what was refused. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryView {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The version as shown: of the order, or of the answer's way to the platform.
    pub expected_version: i64,
}

/// Where an answer stands on its way to the platform that runs the campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingLine {
    /// Where it stands; `None` where it was given on the platform itself.
    pub state: Option<SendingState>,
    /// The same as a sentence.
    pub sentence: String,
    /// Where the reader can link their account, where that is what it waits for.
    pub link: Option<SourceId>,
}

/// The platform that runs the campaign, before an answer is given (rules 2, 5 and 13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformEnds {
    /// What the platform is called.
    pub platform: String,
    /// What follows once an answer can no longer be undone.
    pub then: String,
    /// The same in few words.
    pub brief: String,
    /// What a Revoke does there.
    pub on_revoke: String,
    /// What the platform does where nobody answers.
    pub silence: String,
}
