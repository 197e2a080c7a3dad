//! What each page shows, as plain data.
//!
//! Sentences that the recommender makes arrive as text; everything else arrives
//! as values, and the page says them. Counts are never negative. Times are
//! moments in UTC; the page shows them in the campaign's or the reader's zone.
//! What a person may not see is left out here, not hidden by the page: no
//! unrevealed verdict ever reaches HTML.

mod account;
mod campaign;
mod close;
mod common;
mod computed;
mod duty;
mod evidence;
mod fairness;
mod finding;
mod freeze;
mod history;
mod item;
mod model;
mod native;
mod open;
mod patterns;
mod person;
mod privacy;
mod quality;
mod queue;
mod reconcile;
mod removal;
mod shadow;
mod source;

pub use account::{Account, Provider, SessionLine, SignInPage, ZoneChoice, ZoneFrom};
pub use campaign::{
    CampaignFigures, CampaignLine, CampaignPage, Campaigns, DayCount, HeldOrder, JudgedFirst, LeftOut, MatrixRow, OrderCount, ReleaseView,
    ReviewerLine, StateCount, SwitchView,
};
pub use close::{CloseCampaign, CloseReviewer, RemovalGroup};
pub use common::{
    By, CampaignHead, Choice, DecisionView, EntryRef, OrderView, Progress, Record, SourceRead, UsageView, What, Withheld, Words,
};
pub use computed::{Bounds, Computed};
pub use duty::{
    CampaignDuties, ConflictGrantView, ConflictView, ControlLine, ControlView, Controls, Duties, DutyChange, DutyCoverage, DutyMapPage,
    DutyRule, DutyRulePage, DutyRuleShown, DutyRules, MapChange, MapLine, ProposeView, RuleChange, RuleFields,
};
pub use evidence::{CheckpointView, Evidence, EvidenceCampaign, PackCopy, PackLine, Several};
pub use fairness::{FairnessMeasured, FairnessPage, FairnessReviewLine, FairnessSign, FairnessStands};
pub use finding::{AskedAnew, FindingLine, Findings};
pub use freeze::{FreezeEntered, FreezeLine, FreezeStands, Freezes};
pub use history::{GrantHistory, GrantReview, History, HistoryFilters, HistoryLine};
pub use item::{
    AccessView, AlsoEnds, Candidate, DecideView, Ends, FactLine, HandOverView, ItemPage, May, Peers, PersonView, ReasonLine,
    RecommendationView, Recommended, Returned, Together, UndoView,
};
pub use model::{
    KnownModel, MeasureLine, ModelLine, ModelPage, ModelsPage, PromiseLine, PromiseSide, PromoteView, RollBackView, TeachingView, TermLine,
};
pub use native::{
    GroupLine, LinkLine, NativeLine, OpenPlatformCampaign, OverruledLine, PlatformCampaignLine, PlatformCampaigns, PlatformEnds,
    RefusedAnswer, RetryView, SendingLine,
};
pub use open::{OpenCampaign, OpenChoices, OpenEntered, OpenPreview, ScopeKind};
pub use patterns::{ExceptionLine, OutlierLine, Patterns, PatternsFound, RoleLine};
pub use person::{
    KeepGiveUp, LastReview, Moved, OfApplication, Outstanding, Overlapping, PersonAccess, PersonChange, PersonFact, PersonPage, PersonRisk,
    PersonValue, RiskyAccess, Since, Stance, Way, WayAdvice, WayWhy,
};
pub use privacy::{HandedOutLine, Privacy, PrivacyPerson, RestrictedPerson};
pub use quality::{AlertLine, QualityCause, QualityInput, QualityMeasured, QualityPage, QualityVersion};
pub use queue::{CauseItems, CauseLine, CauseSort, ItemLine, JustDone, ListedVerdict, MyCampaign, MyReviews, Queue};
pub use reconcile::{NewReport, ReconciledLine, ReconciliationPage, Reconciliations, ReportLine};
pub use removal::{InTheWay, RemovalLine, Removals};
pub use shadow::{AcceptView, FitLine, ShadowLine, ShadowPage};
pub use source::{Counts, DeclaredLine, Import, NotJoinedLine, Problem, ReadingLine, ReadingOutcome, SourceLine, SourcePage, Sources};
