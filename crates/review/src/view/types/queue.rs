//! A reviewer's own reviews, and the queue of one campaign.

use super::{CampaignHead, ItemPage, LinkLine, OverruledLine, Progress, SourceRead, UsageView, Words};
use domain::{Answer, AttemptId, EscalateMeaning, ItemId, OrderState, ReviewState, Timestamp, Verdict};
use serde::{Deserialize, Serialize};

/// `/reviews`: the campaigns that ask something of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyReviews {
    /// Open campaigns, the soonest due first.
    pub open: Vec<MyCampaign>,
    /// Campaigns that are closing or closed, the newest first.
    pub past: Vec<MyCampaign>,
    /// Mitigating controls that wait for the reader to accept them.
    pub controls: i64,
    /// Removals in conflict that wait for the reader, who answers for the access; at most 50 are counted.
    pub removals: i64,
    /// Answers of open campaigns that the reader gave and that do not count because of what stands on the platform, and those
    /// of others in whose place the reader's answer there stands: at most 20 of each.
    pub overruled: Vec<OverruledLine>,
}

/// One campaign, from one reviewer's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyCampaign {
    /// The campaign.
    pub head: CampaignHead,
    /// The reader's own items.
    pub progress: Progress,
    /// How many different people hold what the reader is asked about.
    pub people: i64,
    /// How many of the open items somebody escalated to the reader.
    pub asked_by_escalation: i64,
    /// The soonest time at which one of those is due.
    pub escalation_due_at: Option<Timestamp>,
    /// Where the access was read from.
    pub sources: Vec<SourceRead>,
}

/// `/reviews/{campaign}`: causes, the items of one cause, and one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The campaign.
    pub head: CampaignHead,
    /// The reader's own items.
    pub progress: Progress,
    /// How many different people hold what the reader is asked about.
    pub people: i64,
    /// Where the access was read from.
    pub sources: Vec<SourceRead>,
    /// The causes that have items of the reader, in order of sort, then of risk.
    pub causes: Vec<CauseLine>,
    /// The items of the chosen cause, or of the search; `None` when nothing is chosen.
    pub chosen: Option<CauseItems>,
    /// What was searched for, as typed.
    pub q: Option<String>,
    /// The chosen item, in full.
    pub item: Option<Box<ItemPage>>,
    /// The platform at which the reader has to sign in, so that answers can go there; `None` where nothing of theirs needs it.
    pub sign_in: Option<LinkLine>,
    /// Answers in this campaign that the reader gave and that do not count, because of what stands on the platform.
    pub overruled: Vec<OverruledLine>,
    /// The reader's newest answer in this campaign that can still be undone.
    pub just_done: Option<JustDone>,
}

/// The sorts of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CauseSort {
    /// To be judged before what is recommended shows: drawn by chance, of whatever cause.
    First,
    /// Needs your judgement.
    Judge,
    /// Probably not needed.
    Doubt,
    /// Looks right.
    Right,
    /// What is recommended is hidden (shadow mode), so that nothing is sorted by it.
    Hidden,
}

/// A cause: a sentence that a manager would say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseLine {
    /// Its name in addresses.
    pub key: String,
    /// Its sort.
    pub sort: CauseSort,
    /// The sentence.
    pub title: String,
    /// What it means, in a few words.
    pub note: String,
    /// How many of the reader's items are still open.
    pub open: i64,
    /// How many there are.
    pub items: i64,
}

/// The items of one cause, or what a search found: one page of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseItems {
    /// The cause; `None` for a search.
    pub cause: Option<CauseLine>,
    /// This page's items, in order.
    pub items: Vec<ItemLine>,
    /// The key under which the next page begins; `None` when this is the last.
    pub next: Option<String>,
    /// True when this is not the first page.
    pub later: bool,
}

/// What a list says of the recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListedVerdict {
    /// Shown once the item is answered.
    AfterAnswer,
    /// Shown to nobody (shadow mode).
    Hidden,
    /// There is none: it could not be made.
    None,
    /// It is this.
    Shown {
        /// What is recommended.
        verdict: Verdict,
        /// What Escalate means here.
        meaning: Option<EscalateMeaning>,
    },
}

impl ListedVerdict {
    /// True where what is recommended is not in view.
    pub const fn is_hidden(self) -> bool {
        matches!(self, Self::AfterAnswer | Self::Hidden)
    }
}

/// An item in a list: who, what, last used, what is recommended, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemLine {
    /// The item.
    pub id: ItemId,
    /// Its number within the campaign.
    pub number: i64,
    /// Who holds it.
    pub person: Words,
    /// Title or department, and since when, where known.
    pub person_line: Option<Words>,
    /// What is held.
    pub access: Words,
    /// Application and source.
    pub access_line: Option<Words>,
    /// When it was last used.
    pub usage: UsageView,
    /// What is recommended.
    pub recommended: ListedVerdict,
    /// True where it was drawn to be judged before what is recommended shows, answered or not.
    pub judged_first: bool,
    /// True where the access is of high risk.
    pub high_risk: bool,
    /// True where it must not wait: somebody who has left still has access.
    pub alarm: bool,
    /// Where it stands.
    pub state: ReviewState,
    /// The answer that counts, if there is one.
    pub answer: Option<Answer>,
    /// Where the removal stands, if there is one.
    pub order: Option<OrderState>,
}

/// What was just done, when it goes out, and the form to take it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JustDone {
    /// The item.
    pub item: ItemId,
    /// What was answered.
    pub answer: Answer,
    /// What is held.
    pub access: Words,
    /// Who holds it.
    pub person: Words,
    /// To whom, of an Escalate.
    pub to: Option<Words>,
    /// When it can no longer be taken back.
    pub final_at: Timestamp,
    /// For the undo form.
    pub attempt: AttemptId,
    /// For the undo form: the item's version.
    pub expected_version: i64,
}
