//! Campaigns, and how one of them goes.

use super::{CampaignDuties, CampaignHead, NativeLine, NewReport, Progress, RetryView, ShadowLine, SourceRead, Words};
use domain::{
    Answer, AttemptId, CampaignState, DefaultAction, HoldReason, ItemId, OrderId, OrderState, ReviewState, SendingState, Timestamp, Verdict,
};
use serde::{Deserialize, Serialize};

/// What moves on a campaign's page, without anybody's name. Equal figures make equal pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignFigures {
    /// Where it stands.
    pub state: CampaignState,
    /// Items by state and the answer that counts.
    pub items: Vec<(ReviewState, Option<Answer>, i64)>,
    /// Removals by state and what they are held for.
    pub orders: Vec<(OrderState, Option<HoldReason>, i64)>,
    /// Findings about it that nobody has settled, where the reader may see findings.
    pub findings: i64,
    /// Answers on their way to the platform that runs it, by where they stand.
    pub sendings: Vec<(SendingState, i64)>,
}

/// `/campaigns`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaigns {
    /// The campaigns that the reader may see, open ones first, then the newest.
    pub campaigns: Vec<CampaignLine>,
    /// The key under which the next page begins.
    pub next: Option<String>,
    /// Whether the reader may open one.
    pub may_open: bool,
    /// Figures of quality that are outside their band; 0 too where the reader may not see them.
    pub quality_alerts: i64,
    /// The newest weekly reconciliation, where the reader has not opened it and something in it is theirs.
    pub report: Option<NewReport>,
}

/// A campaign in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignLine {
    /// The campaign.
    pub head: CampaignHead,
    /// How far it is.
    pub progress: Progress,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// `/campaigns/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignPage {
    /// The campaign.
    pub head: CampaignHead,
    /// The platform's own campaign that it follows; `None` where it is ours.
    pub native: Option<NativeLine>,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// When closing was confirmed.
    pub closing_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// What closing does with items that nobody answered.
    pub default_action: DefaultAction,
    /// How long an answer can be taken back, in microseconds.
    pub undo_window: i64,
    /// How many different people hold the access under review.
    pub people: i64,
    /// How many reviewers it has.
    pub reviewers_total: i64,
    /// What is in scope, as sentences.
    pub scope: Vec<String>,
    /// How far it is.
    pub progress: Progress,
    /// Items by state: every state of the machine, in its order, also with 0 (rule 3).
    pub states: Vec<StateCount>,
    /// Answers given up to the end of each day since opening, oldest first.
    pub days: Vec<DayCount>,
    /// Recommended against decided. Empty where the reader may not see verdicts, or nobody may (shadow mode).
    pub matrix: Vec<MatrixRow>,
    /// The items that were drawn to be judged first; `None` where nothing was drawn.
    pub judged_first: Option<JudgedFirst>,
    /// Whether what is recommended is, or was, hidden; `None` where it was shown from the start.
    pub shadow: Option<ShadowLine>,
    /// Removals by state: every state of the machine, in its order, also with 0 (rule 3).
    pub orders: Vec<OrderCount>,
    /// Median seconds from leaving to proof, where at least one is proven.
    pub median_to_proof: Option<i64>,
    /// Held removals that somebody must look at: brake, freeze, conflict. At most 50, oldest first.
    pub held: Vec<HeldOrder>,
    /// How many of those there are.
    pub held_total: i64,
    /// Removals that cannot be made here or were refused, with the right way. At most 50.
    pub stuck: Vec<HeldOrder>,
    /// The switch that stops all removals; `None` where the reader may not see it.
    pub switch: Option<SwitchView>,
    /// Reviewers, the furthest behind first. At most 100 a page.
    pub reviewers: Vec<ReviewerLine>,
    /// The key under which the next page of reviewers begins.
    pub reviewers_next: Option<String>,
    /// Where the access was read from, with what the campaign was built on.
    pub sources: Vec<SourceRead>,
    /// Grants in scope that got no item, by reason.
    pub left_out: Vec<LeftOut>,
    /// What the rules of duties found at opening; `None` where none were in force.
    pub duties: Option<CampaignDuties>,
    /// Open findings about people or access in this campaign.
    pub findings: i64,
    /// Whether the reader may close it.
    pub may_close: bool,
    /// Whether the reader may make evidence of it.
    pub may_make_evidence: bool,
}

/// The items that were drawn by chance to be judged before what is recommended shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedFirst {
    /// How many of 100 items that could be drawn.
    pub share: u32,
    /// How many were.
    pub items: i64,
    /// Of how many what is recommended does not show yet.
    pub open: i64,
}

/// How many items are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateCount {
    /// The state.
    pub state: ReviewState,
    /// How many.
    pub items: i64,
}

/// How many removals are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCount {
    /// The state.
    pub state: OrderState,
    /// Why, of held ones: one line for each reason that occurs.
    pub hold_reason: Option<HoldReason>,
    /// How many.
    pub orders: i64,
}

/// How many answers were given up to the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// The end of the day, or now.
    pub at: Timestamp,
    /// Answers that counted then.
    pub answered: i64,
}

/// One row of recommended against decided. Escalations are counted apart (rule 32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixRow {
    /// What was recommended.
    pub recommended: Verdict,
    /// People approved.
    pub approved: i64,
    /// People revoked.
    pub revoked: i64,
    /// With a person whom an escalation named.
    pub escalated: i64,
    /// Open.
    pub open: i64,
    /// Settled without an answer: no longer held, or by default.
    pub otherwise: i64,
}

/// A reviewer's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewerLine {
    /// The name.
    pub name: Words,
    /// Title or department.
    pub line: Option<Words>,
    /// Whether that person has ever signed in.
    pub signed_in: bool,
    /// That person's items.
    pub progress: Progress,
    /// When that person last answered.
    pub last_answer_at: Option<Timestamp>,
    /// Remarks, for example "no longer active at the source".
    pub remarks: Vec<String>,
}

/// Grants that got no item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Why, as a sentence.
    pub reason: String,
    /// How many.
    pub grants: i64,
}

/// A removal that somebody must look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldOrder {
    /// The order.
    pub id: OrderId,
    /// Its item.
    pub item: ItemId,
    /// The item's number.
    pub number: i64,
    /// Who holds the access.
    pub person: Words,
    /// What is held.
    pub access: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// Where it stands.
    pub state: OrderState,
    /// Why it is held.
    pub hold_reason: Option<HoldReason>,
    /// Why, as a sentence: which limit, what else it would end, what the platform said, or the right way.
    pub why: Option<String>,
    /// What else it would end.
    pub also_ends: Vec<Words>,
    /// Since when.
    pub since: Timestamp,
    /// The form to release it; `None` where the reader may not, or did the deciding (a second person is asked).
    pub release: Option<ReleaseView>,
    /// The form to try it again where it was refused; `None` where the reader may not.
    pub retry: Option<RetryView>,
}

/// The form to release a removal. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseView {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The order's version as shown.
    pub expected_version: i64,
}

/// The switch that stops all removals (rule 19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchView {
    /// True when removals are stopped.
    pub stopped: bool,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Who threw it.
    pub by: Option<Words>,
    /// How many removals it holds.
    pub holds: i64,
    /// The form's attempt; `None` where the reader may not throw it.
    pub attempt: Option<AttemptId>,
}
