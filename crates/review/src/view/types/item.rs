//! One item, in full.

use super::{
    CampaignHead, Computed, ConflictView, DecisionView, OrderView, PlatformEnds, Record, SendingLine, SourceRead, UsageView, Words,
};
use crate::FieldError;
use domain::{
    AccountStatus, Answer, AttemptId, EscalateMeaning, GrantId, GrantPath, IdentityId, ItemId, RecommendationId, ReviewState, RevokeWhy,
    Sensitivity, Timestamp, Verdict,
};
use serde::{Deserialize, Serialize};

/// `/items/{id}`, and the right column of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemPage {
    /// Where the answer stands on its way to the platform; `None` in a campaign of ours, and where nothing was answered.
    pub sending: Option<SendingLine>,
    /// The campaign.
    pub campaign: CampaignHead,
    /// The item.
    pub id: ItemId,
    /// The grant it is about.
    pub grant: GrantId,
    /// Its number within the campaign.
    pub number: i64,
    /// Where it stands.
    pub state: ReviewState,
    /// The name of its cause in addresses.
    pub cause: String,
    /// Who must answer now.
    pub reviewer: Words,
    /// How that came: `emergency`, `manager`, `owner`, `campaign_owner`, `handed_over`, `escalated`.
    pub reviewer_by: String,
    /// Who was the reviewer at opening (rule 38), where it is somebody else now.
    pub reviewer_of_record: Option<Words>,
    /// True when the reader is the one who must answer.
    pub yours: bool,
    /// Of emergency access: who answers the other of its two items (rule 27).
    pub other_seat: Option<Words>,
    /// That the access was removed and came back, where that is why it is asked about (rule 21).
    pub returned: Option<Returned>,
    /// When an escalation's answer is due.
    pub due_at: Option<Timestamp>,
    /// Who holds it.
    pub person: PersonView,
    /// How many accesses of the person the reader is asked about in open campaigns, 0 where it is none; `None` where the person
    /// is not shown, and the page about them neither.
    pub of_person: Option<i64>,
    /// What is held.
    pub access: AccessView,
    /// Where it was read from.
    pub source: SourceRead,
    /// By which path it is held.
    pub path: GrantPath,
    /// When it was granted.
    pub granted_on: Option<Timestamp>,
    /// Who granted it.
    pub granted_by: Option<Words>,
    /// What the removal would end besides this grant (rule 17).
    pub also_ends: Vec<AlsoEnds>,
    /// Everything that the platform asks about with this one question, this access first; empty where it asks about this alone.
    pub together: Vec<Together>,
    /// When an answer becomes final and when the access ends (rule 2).
    pub ends: Ends,
    /// What is recommended, or that it is shown after the answer.
    pub recommended: Recommended,
    /// Duties that must be apart and that the holder has together through this and other access (rule 33).
    pub conflicts: Vec<ConflictView>,
    /// What is known of use.
    pub usage: UsageView,
    /// How many alike hold it, nearest group first.
    pub peers: Vec<Peers>,
    /// The facts, each with its source and age.
    pub facts: Vec<FactLine>,
    /// What changed since the reader was shown the item, as sentences. Not empty: the reader is asked again (rule 4).
    pub changes: Vec<String>,
    /// What the reader may do.
    pub may: May,
    /// The form to answer; `None` where the reader may not.
    pub decide: Option<DecideView>,
    /// The form to give the item to another reviewer; `None` where the reader may not.
    pub hand_over: Option<HandOverView>,
    /// The form to take the last answer back; `None` where there is none or its window is over.
    pub undo: Option<UndoView>,
    /// The answer that counts.
    pub decision: Option<DecisionView>,
    /// Whether it was drawn by chance to be judged before what is recommended shows, answered or not (rule 30).
    pub judged_first: bool,
    /// The answer that was given before what is recommended showed, where it is not the one that counts.
    pub first_answer: Option<DecisionView>,
    /// The removal that follows from it.
    pub order: Option<OrderView>,
    /// What happened to the item within the campaign, oldest first.
    pub history: Vec<Record>,
    /// The open item before it in the reader's queue.
    pub previous: Option<ItemId>,
    /// The open item after it in the reader's queue.
    pub next: Option<ItemId>,
}

/// Access that was proven gone and came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// When the earlier removal was proven.
    pub proven_at: Option<Timestamp>,
    /// When a reading showed it again.
    pub seen_at: Timestamp,
    /// How it came, as far as the data tells: `approved_request`, `rule`, `sync`, `unexplained`.
    pub explanation: Option<String>,
}

/// Who holds the access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The identity.
    pub id: IdentityId,
    /// The name.
    pub name: Words,
    /// The title.
    pub title: Option<Words>,
    /// The department.
    pub department: Option<Words>,
    /// The manager's name.
    pub manager: Option<Words>,
    /// What the source says of the account.
    pub status: Option<AccountStatus>,
    /// The first day of work.
    pub start: Option<Timestamp>,
    /// The last day of work.
    pub end: Option<Timestamp>,
    /// When the job last changed.
    pub changed_job_on: Option<Timestamp>,
}

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessView {
    /// Its name.
    pub name: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// What it lets its holder do, as the source describes it.
    pub description: Option<Words>,
    /// A remark about the description, for example that it reads like an instruction to a machine.
    pub annotation: Option<String>,
    /// How much harm it could do in the wrong hands.
    pub sensitivity: Option<Sensitivity>,
    /// Who answers for it.
    pub owner: Option<Words>,
    /// True for break-glass access (rule 27).
    pub emergency: bool,
}

/// Another access that the same removal would end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlsoEnds {
    /// Its name.
    pub access: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// The state of its item in this campaign, if it has one.
    pub state: Option<ReviewState>,
    /// The answer that counts for it.
    pub answer: Option<Answer>,
    /// True when another reviewer answers for it.
    pub another_reviewer: bool,
}

/// An access among several that a platform asks about with one question, so that one answer counts for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Together {
    /// The access.
    pub access: Words,
    /// By which path it is held.
    pub path: GrantPath,
    /// True once it is gone.
    pub gone: bool,
}

/// When an answer becomes final, and how and when the access ends (rule 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    /// How long an answer can be taken back, in microseconds.
    pub undo_window: i64,
    /// True when removals leave as a ticket that people carry out.
    pub by_ticket: bool,
    /// The right way, where it cannot be removed here (rule 20).
    pub cannot: Option<String>,
    /// The platform that runs the campaign, and what it does; `None` in a campaign of ours.
    pub platform: Option<PlatformEnds>,
}

/// What is recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recommended {
    /// It is shown once the item was answered: it was drawn by chance to be judged first (rule 30).
    AfterAnswer,
    /// There may be one, and nobody is shown it before the campaign's owner accepts the report about it (shadow mode).
    Hidden,
    /// None could be made; the sentence says why.
    None(String),
    /// It is this.
    Shown(RecommendationView),
}

/// A recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecommendationView {
    /// Its id, by which it can be recomputed.
    pub id: RecommendationId,
    /// What is recommended.
    pub verdict: Verdict,
    /// What Escalate means here (rule 1).
    pub meaning: Option<EscalateMeaning>,
    /// Where it is above the reviewer: to whom it goes and why them, as a sentence (rule 1).
    pub above: Option<Words>,
    /// The reasons, also those against, heaviest first. Their weights add up to the score.
    pub reasons: Vec<ReasonLine>,
    /// How it came about, and what would change it; `None` where the weights it was made with cannot be read.
    pub computed: Option<Box<Computed>>,
    /// How sure, as a sentence (rule 32): a measured share with its number, of 50 or more, or that it is not yet measured here.
    pub how_sure: String,
    /// The engine's version.
    pub engine: String,
    /// True when it must not wait.
    pub alarm: bool,
}

/// A reason and its weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonLine {
    /// The sentence.
    pub sentence: String,
    /// Above 0 speaks for keeping, below 0 for removing, 0 is a remark. The scale is the engine's own.
    pub weight: i32,
}

/// How many of a group hold the access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// The group, for example "Treasury analysts" or "All of Treasury".
    pub group: Words,
    /// How many of them hold it.
    pub holders: u32,
    /// How many they are.
    pub people: u32,
}

/// A fact, with where and when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactLine {
    /// What the fact is about, for example "Granted by".
    pub name: String,
    /// The fact; `None` is unknown.
    pub value: Option<Words>,
    /// Where it was read.
    pub source: Words,
    /// When it was read.
    pub read_at: Timestamp,
}

/// What the reader may do with the item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct May {
    /// Whether the item may be answered or the answer changed.
    pub decide: bool,
    /// Where the reader could otherwise, why not: a sentence that says what to do.
    pub why_not: Option<String>,
    /// Whether the whole history of the grant may be read.
    pub history: bool,
}

/// The form to answer. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecideView {
    /// Unique to this form: a repeat is answered, not repeated.
    pub attempt: AttemptId,
    /// The item's version as shown.
    pub expected_version: i64,
    /// The digest of what is shown, 64 hexadecimal digits.
    pub shown: String,
    /// The answer that was submitted with an error, or that counts.
    pub answer: Option<Answer>,
    /// Why, as it was entered.
    pub why: Option<RevokeWhy>,
    /// The note, as it was entered.
    pub note: String,
    /// To whom to escalate, as it was entered: an e-mail address, a person's id or a name from `candidates`.
    pub to: String,
    /// Whom the question can go to.
    pub candidates: Vec<Candidate>,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
}

/// A person to whom a question can go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// What the form sends: an e-mail address or an identity id.
    pub value: String,
    /// The name.
    pub name: Words,
    /// Who that is, for example "owner of Oracle Payables".
    pub line: Option<Words>,
}

/// The form to give the item to another reviewer. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverView {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The item's version as shown.
    pub expected_version: i64,
    /// To whom, as it was entered.
    pub to: String,
    /// The note, as it was entered.
    pub note: String,
    /// Whom the item can go to.
    pub candidates: Vec<Candidate>,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
}

/// The form to take the last answer back. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoView {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The item's version as shown.
    pub expected_version: i64,
}
