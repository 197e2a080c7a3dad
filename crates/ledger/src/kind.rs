//! The closed list of what can happen, version 1.

use domain::{OrderEvent, ReviewEvent};

macro_rules! kinds {
    ($($(#[$meta:meta])* $variant:ident => $word:literal),+ $(,)?) => {
        /// What a ledger entry says happened. The list is closed: a new kind is
        /// a new line here and in `docs/schemas/entry-1.json`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind { $($(#[$meta])* $variant),+ }

        impl EventKind {
            /// Every kind, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling in entries.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The kind that `word` spells.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// A source was read.
    SourceSynced => "source.synced",
    /// A source's settings, mapping or files were changed by a person.
    SourceChanged => "source.changed",
    /// A reading was sealed. Subject `snapshot`; data `grants`, `population_hash`.
    SnapshotSealed => "snapshot.sealed",
    /// New accounts of a source were joined with people whom other sources know. Data `joined`, `not_joined`, `list_sha256`.
    PeopleJoined => "people.joined",
    /// A policy was changed.
    PolicyChanged => "policy.changed",
    /// A campaign began to ask. Data `blind_share` and `blind_seed`: how its items to be judged first are drawn ([`crate::draw`]).
    CampaignOpened => "campaign.opened",
    /// A campaign's owner accepted the report of shadow mode: its recommendations are shown from now on. Data `report_sha256`.
    RecommendationsShown => "campaign.recommendations_shown",
    /// A campaign ended. Data `items` counts its items.
    CampaignClosed => "campaign.closed",
    /// An item came to be. Data `state`; `draw`: whether it was drawn to be judged first ([`crate::draw`]).
    ItemCreated => "item.created",
    /// An item was opened by a person. Data `digest` of what was shown.
    ItemShown => "item.shown",
    /// An item was given to another reviewer.
    ItemHandedOver => "item.handed_over",
    /// The access was gone before the item was settled.
    ItemNoLongerHeld => "item.no_longer_held",
    /// Nobody answered by closing.
    ItemUnanswered => "item.unanswered",
    /// The item was drawn for a second review.
    ItemSecondReview => "item.second_review",
    /// The reviewer signed over the answer.
    ItemSignedOff => "item.signed_off",
    /// A model was trained on the organisation's own decisions. Data `model_sha256` of its artifact, `decisions` that it learned from; `by` = `itself` where nobody asked for it.
    ModelTrained => "model.trained",
    /// A person accepted the comparison of a model with people's answers and put it in force. Data `model_sha256`,
    /// `report_sha256`, `term`.
    ModelPromoted => "model.promoted",
    /// A person put an earlier model, or the stated weights, in force again. Data `model_sha256` or `none`, `term`.
    ModelRolledBack => "model.rolled_back",
    /// A recommendation was stored. Data `verdict`, `confidence`, `input_hash`; `model_sha256` where a model was asked.
    RecommendationMade => "recommendation.made",
    /// An answer was given. Data `answer`, `step`, `state`.
    DecisionMade => "decision.made",
    /// An answer was taken back within its window.
    DecisionUndone => "decision.undone",
    /// An answer's undo window ended.
    DecisionFinalised => "decision.finalised",
    /// The campaign's default acted, because nobody answered: the system's act (rule 5). Data `action`.
    DecisionDefaulted => "decision.defaulted",
    /// An answer moved on its way to the platform that runs the campaign. Subject `decision`; data `sending`, the state it is in.
    DecisionSent => "decision.sent",
    /// A platform's own campaign was read again and stands there otherwise than before. Data `platform_state`.
    PlatformRead => "campaign.platform_read",
    /// A reviewer linked their account at a platform. Subject `source`.
    ReviewerLinked => "reviewer.linked",
    /// A reviewer's link to a platform ended. Subject `source`.
    ReviewerUnlinked => "reviewer.unlinked",
    /// An order came to be, or is held again.
    OrderHeld => "order.held",
    /// What held an order is over.
    OrderReleased => "order.released",
    /// An order would end more than was decided, or other access than before.
    OrderConflict => "order.conflict",
    /// The brake, a freeze or the switch holds an order.
    OrderBraked => "order.braked",
    /// An order waits for the reviewer's sign-in.
    OrderWaitingForSignIn => "order.waiting_for_sign_in",
    /// A worker took an order.
    OrderClaimed => "order.claimed",
    /// An order was written to a ticket.
    OrderTicketed => "order.ticketed",
    /// The platform accepted an order.
    OrderSent => "order.sent",
    /// The platform refused an order.
    OrderRefused => "order.refused",
    /// The platform has no removal for the grant.
    OrderCannotBeRemovedHere => "order.cannot_be_removed_here",
    /// An order's answer was lost.
    OrderUnknown => "order.unknown",
    /// A reading showed the grant still there.
    OrderStillThere => "order.still_there",
    /// A reading showed the grant gone.
    OrderProven => "order.proven",
    /// A person asked to try an order again.
    OrderRetried => "order.retried",
    /// An order was taken back before it left, or who answers for the access kept it. Step `withdraw` or `keep`.
    OrderWithdrawn => "order.withdrawn",
    /// A reviewer proposed a control for keeping both sides of a conflict of duties. Data `rule`, `control`, `until`.
    ControlProposed => "control.proposed",
    /// The person who is to do it accepted a control.
    ControlAccepted => "control.accepted",
    /// The person who was to do it refused a control.
    ControlRefused => "control.refused",
    /// The switch stopped all orders.
    OrdersStopped => "orders.stopped",
    /// The switch let orders go again.
    OrdersResumed => "orders.resumed",
    /// Something was found that somebody must look at.
    FindingRaised => "finding.raised",
    /// A finding was settled.
    FindingClosed => "finding.closed",
    /// Somebody who left still has access (rule 28).
    AlarmLeaver => "alarm.leaver",
    /// A figure of quality left its band. Subject `alert`; data `figure`, `measurement_sha256`.
    QualityLeftBand => "quality.left_band",
    /// A figure of quality is back in its band, or can no longer be measured. Subject `alert`; data `figure`, `measurement_sha256`.
    QualityBackInBand => "quality.back_in_band",
    /// Somebody read the figures of fairness and signed what they concluded (rule 35). Subject `review`; data `figures_sha256`;
    /// the conclusion is a text.
    FairnessReviewed => "fairness.reviewed",
    /// A week's recommendations were held against decisions and sources. Subject `report`; data `report_sha256`, `lines_sha256`.
    ReconciliationMade => "reconciliation.made",
    /// A person signed in.
    SessionStarted => "session.started",
    /// A session ended.
    SessionEnded => "session.ended",
    /// An evidence pack was made.
    PackMade => "pack.made",
    /// A person asked for what they may not do.
    RightsRefused => "rights.refused",
    /// A text and its salt were destroyed. Data `entry` and `field` name the commitment (rule 44).
    TextErased => "text.erased",
    /// What sources say of somebody's employment was erased. Subject `subject`.
    EmploymentErased => "employment.erased",
    /// A request to erase was answered by restriction, because of retention or legal hold (rule 44).
    RetentionRestricted => "retention.restricted",
    /// An auditor read something (rule 48).
    AuditorAccessed => "auditor.accessed",
}

impl std::fmt::Display for EventKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a kind demands beyond the fields that every entry has.
#[derive(Debug, Clone, Copy)]
pub struct Demands {
    /// The entry names its campaign.
    pub campaign: bool,
    /// The entry names its item.
    pub item: bool,
    /// The entry names the item's version after the step.
    pub item_version: bool,
    /// Subjects that must be named.
    pub subjects: &'static [&'static str],
    /// Data fields that must be there.
    pub data: &'static [&'static str],
}

const NOTHING: Demands = Demands { campaign: false, item: false, item_version: false, subjects: &[], data: &[] };
const OF_ITEM: Demands = Demands { campaign: true, item: true, ..NOTHING };
const STEP_OF_ITEM: Demands = Demands { item_version: true, data: &["step", "state"], ..OF_ITEM };
const STEP_OF_ORDER: Demands = Demands { subjects: &["order"], data: &["order_version", "step", "state"], ..NOTHING };

impl EventKind {
    /// What an entry of this kind must hold.
    pub const fn demands(self) -> Demands {
        match self {
            Self::SnapshotSealed => Demands { subjects: &["snapshot"], data: &["grants", "population_hash"], ..NOTHING },
            Self::CampaignOpened => Demands { campaign: true, ..NOTHING },
            Self::RecommendationsShown => Demands { campaign: true, data: &["report_sha256"], ..NOTHING },
            Self::CampaignClosed => Demands { campaign: true, data: &["items"], ..NOTHING },
            Self::ItemCreated => Demands { item_version: true, data: &["state"], ..OF_ITEM },
            Self::ItemShown => Demands { data: &["digest"], ..OF_ITEM },
            Self::ModelTrained => Demands { data: &["model_sha256", "decisions"], ..NOTHING },
            Self::ModelPromoted => Demands { data: &["model_sha256", "report_sha256", "term"], ..NOTHING },
            Self::ModelRolledBack => Demands { data: &["model_sha256", "term"], ..NOTHING },
            Self::RecommendationMade => Demands { data: &["verdict", "confidence", "input_hash"], ..OF_ITEM },
            Self::DecisionMade => Demands { data: &["answer", "step", "state"], ..STEP_OF_ITEM },
            Self::DecisionDefaulted => Demands { data: &["action"], ..OF_ITEM },
            Self::DecisionSent => Demands { subjects: &["decision"], data: &["sending"], ..OF_ITEM },
            Self::PlatformRead => Demands { campaign: true, data: &["platform_state"], ..NOTHING },
            Self::ReviewerLinked | Self::ReviewerUnlinked => Demands { subjects: &["source"], ..NOTHING },
            Self::OrderHeld => Demands { data: &["order_version", "state"], ..STEP_OF_ORDER },
            Self::QualityLeftBand | Self::QualityBackInBand => {
                Demands { subjects: &["alert"], data: &["figure", "measurement_sha256"], ..NOTHING }
            }
            Self::FairnessReviewed => Demands { subjects: &["review"], data: &["figures_sha256"], ..NOTHING },
            Self::ReconciliationMade => Demands { subjects: &["report"], data: &["report_sha256", "lines_sha256"], ..NOTHING },
            Self::TextErased => Demands { data: &["entry", "field"], ..NOTHING },
            Self::EmploymentErased => Demands { subjects: &["subject"], ..NOTHING },
            _ if !self.item_steps().is_empty() => STEP_OF_ITEM,
            _ if !self.order_steps().is_empty() => STEP_OF_ORDER,
            _ => NOTHING,
        }
    }

    /// The steps of the review machine that an entry of this kind can record; empty when it records none.
    pub const fn item_steps(self) -> &'static [ReviewEvent] {
        use ReviewEvent as R;
        match self {
            Self::ItemHandedOver => &[R::HandOver],
            Self::ItemNoLongerHeld => &[R::SeenGone],
            Self::ItemUnanswered => &[R::CloseUnanswered],
            Self::ItemSecondReview => &[R::DrawForSecondReview],
            Self::ItemSignedOff => &[R::SignOff],
            Self::DecisionMade => &[R::Answer, R::Change, R::Escalate],
            Self::DecisionUndone => &[R::Undo, R::UndoToEscalated, R::UndoToHandedOver, R::UndoToDecided],
            Self::DecisionFinalised => &[R::WindowEnds],
            Self::DecisionDefaulted => &[R::LeaveAsException],
            _ => &[],
        }
    }

    /// The steps of the order machine that an entry of this kind can record; empty when it records none.
    pub const fn order_steps(self) -> &'static [OrderEvent] {
        use OrderEvent as O;
        match self {
            Self::OrderHeld | Self::OrderBraked => &[O::Hold],
            Self::OrderReleased => &[O::Release, O::SignIn, O::ResolveConflict],
            Self::OrderConflict => &[O::FindConflict],
            Self::OrderWaitingForSignIn => &[O::MissSignIn],
            Self::OrderClaimed => &[O::Claim],
            Self::OrderTicketed => &[O::Ticket],
            Self::OrderSent => &[O::Accept],
            Self::OrderRefused => &[O::Refuse],
            Self::OrderCannotBeRemovedHere => &[O::FindNoWay],
            Self::OrderUnknown => &[O::LoseAnswer],
            Self::OrderStillThere => &[O::SeeStill],
            Self::OrderProven => &[O::SeeGone],
            Self::OrderRetried => &[O::Retry],
            Self::OrderWithdrawn => &[O::Withdraw, O::Keep],
            _ => &[],
        }
    }
}
