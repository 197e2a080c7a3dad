//! What several pages share.

use domain::{
    Answer, CampaignId, CampaignKind, CampaignState, DecisionOrigin, EscalateMeaning, FindingId, Grain, HoldReason, OrderEvent, OrderId,
    OrderState, RevokeWhy, Showing, SourceId, SourceKind, Timestamp, Verdict,
};
use serde::{Deserialize, Serialize};

/// A text that a person or a source wrote. It is shown as it stands, isolated, and never obeyed.
pub type Words = String;

/// One of several values that a filter or a form offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: Words,
    /// How many it stands for, where that helps to choose.
    pub count: Option<i64>,
}

/// A campaign, as every page about it names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignHead {
    /// The campaign.
    pub id: CampaignId,
    /// Its name.
    pub name: Words,
    /// Whose campaign it is: ours, or one that a platform runs.
    pub kind: CampaignKind,
    /// Where it stands.
    pub state: CampaignState,
    /// Its version, which forms about it repeat.
    pub version: i64,
    /// When answers are due.
    pub due_at: Timestamp,
    /// The IANA time zone in which its deadlines are said (rule 50).
    pub zone: String,
    /// Who opened it.
    pub owner: Words,
    /// Whether its recommendations are shown; while they are hidden, no page of it carries one.
    pub showing: Showing,
}

/// How far the answering is. `items` is the sum of all the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// All of them.
    pub items: i64,
    /// A person's answer that counts is Approve (staged, decided or signed off).
    pub approved: i64,
    /// A person's answer that counts is Revoke (staged, decided or signed off).
    pub revoked: i64,
    /// With a person whom an escalation named, and not answered.
    pub escalated: i64,
    /// The access was gone before it was settled.
    pub no_longer_held: i64,
    /// Nobody answered by closing: unanswered, left as an exception, or removed by default.
    pub unanswered: i64,
    /// Undecided, handed over or in second review: somebody owes an answer.
    pub open: i64,
}

impl Progress {
    /// How many were answered, or were gone before that. What nobody answered by closing is not among them.
    pub const fn done(&self) -> i64 {
        self.items - self.open - self.escalated - self.unanswered
    }
}

/// A source, and how fresh what we know of it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRead {
    /// The source.
    pub id: SourceId,
    /// Its name.
    pub name: Words,
    /// Its kind.
    pub kind: SourceKind,
    /// When it was last read whole; `None` before the first time.
    pub read_at: Option<Timestamp>,
    /// How old a reading may be, in microseconds (rule 4).
    pub max_age: i64,
    /// How often it is read by itself, in microseconds; `None` where only people ask for readings.
    pub read_every: Option<i64>,
    /// True when the last reading is older than that, or there is none.
    pub old: bool,
    /// Grants at the last reading.
    pub grants: Option<i64>,
    /// True where `read_at` is that of the part which shows the access in question, because later readings could not read it.
    pub unread: bool,
}

/// What is known of use. Unknown is said as such, with why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UsageView {
    /// The source says nothing about it.
    Unknown,
    /// The last reading could not read use: what the source would say is not known.
    Unread,
    /// The source watched.
    Watched {
        /// When it was last used; `None` when the source watched and saw no use.
        last_used: Option<Timestamp>,
        /// On how many days of the window; `None` where the source does not count days.
        days_used: Option<u32>,
        /// How many days back the source really observed, ending at `read_at`.
        window_days: u32,
        /// What the figures speak about.
        grain: Grain,
        /// When it was read.
        read_at: Timestamp,
    },
}

/// Why a text is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Withheld {
    /// It was erased on request.
    Erased,
    /// It is restricted at the request of the person whom it is about, and not this reader's to see (rule 44).
    Restricted,
}

/// An answer to an item, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionView {
    /// What was answered.
    pub answer: Answer,
    /// Why, of a Revoke.
    pub why: Option<RevokeWhy>,
    /// The note; `None` when there was none.
    pub note: Option<Words>,
    /// Why there is a note that is not shown.
    pub note_withheld: Option<Withheld>,
    /// Whose answer; `None` when it was the system's or the platform's act.
    pub by: Option<Words>,
    /// True when it was the reader's own answer.
    pub yours: bool,
    /// How it came about.
    pub origin: DecisionOrigin,
    /// To whom, of an Escalate.
    pub to: Option<Words>,
    /// When it was made.
    pub decided_at: Timestamp,
    /// When its undo window ends.
    pub final_at: Timestamp,
    /// When it became final; `None` while it can be undone.
    pub finalised_at: Option<Timestamp>,
    /// Whether it agreed with the recommendation; `None` where neither can be said (rule 32).
    pub agreed: Option<bool>,
    /// True when the source could not be read afresh (rule 4).
    pub on_old_data: bool,
}

/// A removal, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// The order.
    pub id: OrderId,
    /// Where it stands.
    pub state: OrderState,
    /// Why it is held, while it is.
    pub hold_reason: Option<HoldReason>,
    /// Until when it is held, where that is known.
    pub hold_until: Option<Timestamp>,
    /// Why the platform refused, or the right way where it cannot be removed here.
    pub remark: Option<String>,
    /// The ticket file it was written to.
    pub ticket: Option<String>,
    /// When it left.
    pub left_at: Option<Timestamp>,
    /// When a reading showed the grant gone.
    pub proven_at: Option<Timestamp>,
}

/// Who caused a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// A person, by the name at the time.
    Person(Words),
    /// A person whose name was erased on request.
    Erased,
    /// The system.
    System,
}

/// Where a record stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRef {
    /// Its place, counted from 0; `None` until the sequencer gave it one.
    pub index: Option<i64>,
    /// The SHA-256 leaf hash, in hexadecimal.
    pub leaf: String,
}

/// One record of what happened to a grant, an item or an order, oldest first on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// Who caused it.
    pub by: By,
    /// What happened.
    pub what: What,
    /// Its ledger entry, where it has one.
    pub entry: Option<EntryRef>,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// A reading of the source in which the grant was first seen, changed, or seen again.
    Read {
        /// The source's name.
        source: Words,
        /// The reading's number within the source.
        seq: i64,
        /// Grants in the sealed snapshot.
        grants: i64,
        /// The snapshot's population hash, in hexadecimal.
        population_hash: String,
    },
    /// A reading no longer showed the grant.
    ReadGone {
        /// The source's name.
        source: Words,
        /// The reading's number within the source.
        seq: i64,
        /// The snapshot's population hash, in hexadecimal.
        population_hash: String,
    },
    /// The engine recommended.
    Recommended {
        /// What. `None` where it may not be shown yet.
        verdict: Option<Verdict>,
        /// What Escalate means here.
        meaning: Option<EscalateMeaning>,
        /// The engine's version.
        engine: String,
        /// How many facts it used.
        facts: i64,
        /// The hash of its input, in hexadecimal.
        input_hash: String,
    },
    /// The item was made, and given to a reviewer.
    Asked {
        /// The campaign's name.
        campaign: Words,
        /// The item's number within it.
        number: i64,
        /// The reviewer of record.
        reviewer: Words,
    },
    /// The item was opened by somebody.
    Shown {
        /// The digest of what was shown, in hexadecimal.
        digest: String,
    },
    /// A person answered Approve or Revoke.
    Answered {
        /// The answer and its circumstances.
        decision: DecisionView,
        /// True when it replaced an earlier answer.
        changed: bool,
    },
    /// A person passed the question to a named person.
    Escalated {
        /// To whom.
        to: Words,
        /// Until when an answer is due.
        due_at: Option<Timestamp>,
        /// The note.
        note: Option<Words>,
    },
    /// The item was given to another reviewer.
    HandedOver {
        /// To whom.
        to: Words,
        /// The note.
        note: Option<Words>,
    },
    /// The last answer was taken back.
    Undone,
    /// The undo window ended.
    Finalised,
    /// The campaign closed and nobody had answered.
    Unanswered,
    /// The campaign's default left the access, listed as an exception.
    Excepted,
    /// The campaign's default ordered the removal.
    RemovedByDefault,
    /// The access was gone before the item was settled.
    NoLongerHeld,
    /// The item was drawn for a second review.
    DrawnForSecondReview,
    /// The reviewer signed over the answer.
    SignedOff,
    /// A removal took a step.
    Order {
        /// The step.
        event: OrderEvent,
        /// The state after it.
        state: OrderState,
        /// Why it is held, while it is.
        hold_reason: Option<HoldReason>,
        /// The ticket or the remark that goes with the step.
        detail: Option<String>,
    },
    /// A reading was compared with a removal.
    Proof {
        /// True when the grant was gone.
        gone: bool,
        /// The reading's number within the source.
        seq: i64,
        /// The snapshot's population hash, in hexadecimal.
        population_hash: String,
    },
    /// Something was found that somebody must look at.
    Found {
        /// The finding.
        id: FindingId,
        /// Its kind: `returned`, `regranted`, `emergency_used`, `leaver_active`.
        kind: String,
    },
    /// Any other entry, by the name of its kind in the ledger.
    Other(String),
}
