//! Duties that must be apart: rules, what entitlements give, conflicts on items, and controls.

use super::{CampaignHead, Candidate, Choice, Words};
use crate::FieldError;
use domain::{AttemptId, ConflictId, EntitlementId, ItemId, MitigationId, Timestamp};
use serde::{Deserialize, Serialize};

/// `/duties`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duties {
    /// The rules in force; `None` before any were set.
    pub rules: Option<DutyRules>,
    /// How much of what is held somebody has mapped.
    pub coverage: DutyCoverage,
    /// The forms to change them; `None` where the reader may not.
    pub change: Option<DutyChange>,
}

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyRules {
    /// What the set is called.
    pub name: Words,
    /// Its version.
    pub version: i64,
    /// Since when.
    pub at: Timestamp,
    /// Who put it into force.
    pub by: Option<Words>,
    /// How many duties they speak of.
    pub duties: i64,
    /// The rules, the gravest first.
    pub rules: Vec<DutyRule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyRule {
    /// Its id.
    pub id: String,
    /// What it keeps apart.
    pub title: Words,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// What could happen.
    pub risk: Words,
    /// How many controls it names.
    pub controls: i64,
}

/// How much of what is held somebody has mapped. What nobody has is not evaluated, and not found harmless.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyCoverage {
    /// Entitlements that are mapped.
    pub entitlements: i64,
    /// Of how many that are held.
    pub entitlements_held: i64,
    /// Grants of mapped entitlements.
    pub grants: i64,
    /// Of how many.
    pub grants_held: i64,
}

/// The forms to change the rules. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyChange {
    /// Unique to the form with the file.
    pub attempt: AttemptId,
    /// Unique to the form with the starter pack.
    pub packs_attempt: AttemptId,
    /// Unique to the form with one more duty.
    pub duty_attempt: AttemptId,
    /// The id of one more duty, as it was entered.
    pub duty: String,
    /// Its name.
    pub duty_name: String,
    /// The version as shown, 0 where there is none.
    pub expected_version: i64,
    /// The file, as it is or as it was entered.
    pub rules: String,
    /// The subjects of the starter pack, each with how many rules it has.
    pub packs: Vec<Choice>,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
}

/// `/duties/rules/{rule}`, and `/duties/rule` for a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyRulePage {
    /// The rule in force; `None` for a new one.
    pub rule: Option<DutyRuleShown>,
    /// Every duty there is: id and name.
    pub duties: Vec<Choice>,
    /// The form; `None` where the reader may not change rules.
    pub change: Option<RuleChange>,
}

/// A rule as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyRuleShown {
    /// What the list says of it.
    pub line: DutyRule,
    /// One side: whether all of them are needed, and the duties' names.
    pub left: (bool, Vec<Words>),
    /// The other.
    pub right: (bool, Vec<Words>),
    /// What its controls are.
    pub controls: Vec<Words>,
    /// Its tests: what somebody holds, and whether that is a conflict.
    pub tests: Vec<(Vec<Words>, bool)>,
}

/// The form of one rule. The page's field names are those of this struct and of [`RuleFields`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChange {
    /// Unique to the form.
    pub attempt: AttemptId,
    /// Unique to the form that takes the rule out.
    pub remove_attempt: AttemptId,
    /// The version of all rules as shown, 0 where there is none.
    pub expected_version: i64,
    /// What stands in the fields.
    pub fields: RuleFields,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
}

/// A rule as its form has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RuleFields {
    /// Its id.
    pub id: String,
    /// `low`, `medium`, `high` or `critical`; empty where none was chosen.
    pub severity: String,
    /// What could happen.
    pub risk: String,
    /// Whether all duties of the first side are needed; one of them is enough where not.
    pub left_all: bool,
    /// The duties of the first side, by id.
    pub left: Vec<String>,
    /// The same of the other side.
    pub right_all: bool,
    /// The duties of the other side, by id.
    pub right: Vec<String>,
    /// Controls, one a line.
    pub controls: String,
    /// Tests, one a line.
    pub tests: String,
}

/// `/duties/map`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyMapPage {
    /// How much is mapped.
    pub coverage: DutyCoverage,
    /// What was searched for.
    pub q: String,
    /// Whether only what nobody has mapped is listed.
    pub unmapped: bool,
    /// The entitlements.
    pub entitlements: Vec<MapLine>,
    /// The next page begins after this entitlement.
    pub next: Option<EntitlementId>,
    /// Every duty there is: id and name. Empty before any rules were set.
    pub duties: Vec<Choice>,
    /// The form with the file; `None` where the reader may not change it.
    pub change: Option<MapChange>,
}

/// An entitlement and what it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapLine {
    /// The entitlement.
    pub id: EntitlementId,
    /// Its name.
    pub access: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// The source.
    pub source: Words,
    /// Its id there.
    pub external_id: Words,
    /// How many grants of it are held.
    pub grants: i64,
    /// Ids of the duties that it gives; `None` where nobody has said.
    pub duties: Option<Vec<String>>,
    /// Unique to the form that says it.
    pub attempt: AttemptId,
}

/// The form with the file that maps entitlements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapChange {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The file, as it was entered.
    pub map: String,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
}

/// A conflict that an item shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictView {
    /// The conflict.
    pub id: ConflictId,
    /// What the rule keeps apart.
    pub title: Words,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// What could happen.
    pub risk: Words,
    /// What is held on this item's side, besides it.
    pub this_side: Vec<ConflictGrantView>,
    /// What is held on the other.
    pub other_side: Vec<ConflictGrantView>,
    /// Which side costs less to give up and why, as sentences; empty where neither does.
    pub advice: Vec<String>,
    /// The control that was proposed or agreed.
    pub control: Option<ControlView>,
    /// The form to propose one; `None` where the reader may not, or where one waits or is agreed.
    pub propose: Option<ProposeView>,
}

/// A grant in a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictGrantView {
    /// What is held.
    pub access: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// The source.
    pub source: Words,
    /// Its item, where the reader may open it.
    pub item: Option<ItemId>,
    /// How it stands, in words: `approved`, `revoked`, `not answered`, `not asked about`, `no longer held`.
    pub stands: String,
}

/// A mitigating control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlView {
    /// What is done.
    pub does: Words,
    /// Who does it.
    pub owner: Words,
    /// Its last day, as its end.
    pub until: Timestamp,
    /// `proposed`, `accepted`, `refused` or `ended`.
    pub state: String,
}

/// The form to propose a control. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposeView {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The controls that the rule names: id and what is done.
    pub controls: Vec<Choice>,
    /// The chosen control.
    pub control: String,
    /// Who does it, as it was entered.
    pub owner: String,
    /// The last day, as it was entered.
    pub until: String,
    /// People who are likely to.
    pub candidates: Vec<Candidate>,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
}

/// `/controls`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controls {
    /// The controls, the newest first.
    pub lines: Vec<ControlLine>,
    /// The next page begins before this control.
    pub next: Option<MitigationId>,
    /// True where the reader sees everybody's, not their own alone.
    pub all: bool,
}

/// A control, for its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlLine {
    /// The control.
    pub id: MitigationId,
    /// What the rule keeps apart.
    pub title: Words,
    /// What could happen.
    pub risk: Words,
    /// Who holds both sides.
    pub holder: Words,
    /// What is held.
    pub held: Vec<Words>,
    /// What is done, by whom, until when, and how it stands.
    pub control: ControlView,
    /// Who proposed it.
    pub proposed_by: Words,
    /// When.
    pub proposed_at: Timestamp,
    /// In which campaign.
    pub campaign: CampaignHead,
    /// The form to accept or refuse it; `None` where the reader is not its owner, or it was answered.
    pub attempt: Option<AttemptId>,
}

/// What evaluating the rules showed for a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignDuties {
    /// The version of the rules.
    pub rules_version: i64,
    /// Conflicts that touch an item.
    pub conflicts: i64,
    /// Grants that were evaluated.
    pub evaluated: i64,
    /// Grants that were not, because nobody has mapped what they give.
    pub not_evaluated: i64,
}
