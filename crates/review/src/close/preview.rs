//! The dry run of closing.

use crate::{
    Context, Result,
    case::{Case, Cases},
    orders::{
        brake::{Brake, Removal},
        conflict::{self, Look},
    },
    privacy::Veil,
};
use domain::{Answer, CampaignId, DefaultAction, IdentityId, OrderState, Policy, ReviewState};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use store::{
    Tx,
    decisions::{ClosingCampaign, ReviewItem},
};

/// Items read at once.
const AT_ONCE: i64 = 500;

/// What closing would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosePreview {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its version, which the form repeats.
    pub version: i64,
    /// SHA-256 over what would happen to every item, which the form repeats.
    pub digest: [u8; 32],
    /// Approvals that can still be undone and become final.
    pub staged_approvals: i64,
    /// Removals that can still be undone and are sent.
    pub staged_removals: i64,
    /// Removals that were decided before and have not left.
    pub waiting_removals: i64,
    /// Items that nobody has answered; escalated ones are among them (rule 1).
    pub open: i64,
    /// How many of those are with a person whom an escalation named.
    pub open_escalated: i64,
    /// What the default does with them.
    pub default_action: DefaultAction,
    /// Removals that the default would order.
    pub default_removals: i64,
    /// Open items that the default leaves although it is to remove: emergency access (rule 27).
    pub default_kept: i64,
    /// Removals that would be held as conflicts (rule 17).
    pub conflicts: i64,
    /// Removals that the brake would hold (rule 19).
    pub braked: i64,
    /// Removals that cannot be made here (rule 20).
    pub cannot: i64,
    /// All that would be removed, by application, most first.
    pub by_application: Vec<Removed>,
    /// All that would be removed, by person, most first.
    pub by_person: Vec<Removed>,
    /// Reviewers with open items, most first.
    pub open_by_reviewer: Vec<OpenOf>,
    /// Sentences that the owner must have read. Not empty: the box must be ticked.
    pub acknowledgements: Vec<String>,
}

/// Removals of one application or one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Its name.
    pub name: String,
    /// Decided by people.
    pub decided: i64,
    /// Ordered by the default.
    pub by_default: i64,
}

/// A reviewer with open items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOf {
    /// The person.
    pub reviewer: IdentityId,
    /// Their name, or their id where no source lists them now.
    pub name: String,
    /// How many.
    pub open: i64,
}

/// What closing does to one item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Approval,
    Removal,
    Waiting,
    DefaultRemoval,
    DefaultLeaves,
    DefaultKeepsEmergency,
    Gone,
}

impl Fate {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Removal => "removal",
            Self::Waiting => "waiting",
            Self::DefaultRemoval => "default_removal",
            Self::DefaultLeaves => "default_leaves",
            Self::DefaultKeepsEmergency => "default_keeps_emergency",
            Self::Gone => "gone",
        }
    }
}

struct Looking {
    preview: ClosePreview,
    digest: Sha256,
    applications: BTreeMap<String, (i64, i64)>,
    people: BTreeMap<IdentityId, (String, i64, i64)>,
    reviewers: BTreeMap<IdentityId, i64>,
    brake: Brake,
    cases: Cases,
    veil: Veil,
    policy: std::sync::Arc<Policy>,
}

/// Looks at every item that closing touches.
pub(super) async fn look(ctx: &Context, tx: &mut Tx, campaign: &ClosingCampaign) -> Result<ClosePreview> {
    let mut cases = Cases::default();
    let policy = cases.policy(campaign.id, &campaign.policy)?;
    let mut digest = Sha256::new();
    digest.update(format!("countersign/close-preview/1\n{}\n{}\n{}\n", campaign.id, campaign.version, policy.default_action));
    let mut all = Looking {
        preview: ClosePreview::nothing(campaign, policy.default_action),
        digest,
        applications: BTreeMap::new(),
        people: BTreeMap::new(),
        reviewers: BTreeMap::new(),
        brake: Brake::load(tx, ctx.env.now()).await?,
        cases,
        veil: Veil::for_most(tx).await?,
        policy,
    };
    // Staged first, as closing does: the brake counts in this order.
    let states = [
        ReviewState::Staged,
        ReviewState::Decided,
        ReviewState::Undecided,
        ReviewState::HandedOver,
        ReviewState::Escalated,
        ReviewState::SecondReview,
    ];
    for state in states {
        let mut after = 0;
        loop {
            let items = tx.review_items_in_state(campaign.id, state, after, AT_ONCE).await?;
            let Some(last) = items.last() else { break };
            after = last.number;
            for item in items {
                all.item(tx, item).await?;
            }
        }
    }
    all.finish(tx).await
}

impl Looking {
    async fn item(&mut self, tx: &mut Tx, item: ReviewItem) -> Result<()> {
        let mut order = None;
        if let (false, Some(Answer::Revoke), Some(id)) = (item.state.is_open(), item.answer, item.decision) {
            order = tx.living_order_of_decision(id).await?;
        }
        if item.state == ReviewState::Decided && order.as_ref().is_none_or(|o| !o.state.has_not_left()) {
            // Final, and nothing of it is still to leave.
            return Ok(());
        }
        let known = self.fate_without_case(&item);
        if let Some(fate @ (Fate::Approval | Fate::DefaultLeaves | Fate::Gone)) = known {
            self.count(&item, fate);
            return Ok(());
        }
        let reviewer = item.answered_by.filter(|_| !item.state.is_open());
        let case = self.cases.of(tx, item).await?;
        let fate = match known {
            Some(fate) => fate,
            None if case.is_emergency() => Fate::DefaultKeepsEmergency,
            None => Fate::DefaultRemoval,
        };
        self.count(&case.item, fate);
        if fate == Fate::DefaultKeepsEmergency {
            return Ok(());
        }
        self.group(&case, fate);
        if case.right_way().is_some() || order.as_ref().is_some_and(|o| o.state == OrderState::CannotBeRemovedHere) {
            self.preview.cannot += 1;
            return Ok(());
        }
        self.would_be_held(tx, &case, reviewer).await
    }

    /// What happens to an item as far as the item itself says; `None` where the default removes unless it is emergency access.
    fn fate_without_case(&self, item: &ReviewItem) -> Option<Fate> {
        if item.state.is_open() {
            return match self.policy.default_action {
                _ if item.gone_at.is_some() => Some(Fate::Gone),
                DefaultAction::LeaveAsException => Some(Fate::DefaultLeaves),
                DefaultAction::Remove => None,
            };
        }
        Some(match (item.answer, item.state) {
            (Some(Answer::Revoke), ReviewState::Staged) => Fate::Removal,
            (Some(Answer::Revoke), _) => Fate::Waiting,
            _ => Fate::Approval,
        })
    }

    fn count(&mut self, item: &ReviewItem, fate: Fate) {
        self.digest.update(format!("{} {} {}\n", item.id, item.version, fate.as_str()));
        let p = &mut self.preview;
        match fate {
            Fate::Approval => p.staged_approvals += 1,
            Fate::Removal => p.staged_removals += 1,
            Fate::Waiting => p.waiting_removals += 1,
            Fate::DefaultRemoval => p.default_removals += 1,
            Fate::DefaultKeepsEmergency => p.default_kept += 1,
            Fate::DefaultLeaves | Fate::Gone => {}
        }
        if item.state.is_open() {
            p.open += 1;
            p.open_escalated += i64::from(item.state == ReviewState::Escalated);
            *self.reviewers.entry(item.reviewer).or_default() += 1;
        }
    }

    fn group(&mut self, case: &Case, fate: Fate) {
        let (decided, by_default) = if fate == Fate::DefaultRemoval { (0, 1) } else { (1, 0) };
        let application = case.entitlement.application.clone().unwrap_or_else(|| "No application named".to_owned());
        let group = self.applications.entry(application).or_default();
        *group = (group.0 + decided, group.1 + by_default);
        let name = || self.veil.name(case.item.holder, case.account.display_name().to_owned());
        let person = self.people.entry(case.item.holder).or_insert_with(|| (name(), 0, 0));
        (person.1, person.2) = (person.1 + decided, person.2 + by_default);
    }

    /// Whether the removal would be held as a conflict or by the brake.
    async fn would_be_held(&mut self, tx: &mut Tx, case: &Case, reviewer: Option<IdentityId>) -> Result<()> {
        let asked = case.ending().asked(tx).await?;
        if matches!(conflict::judge(reviewer, &asked, Some(self.policy.default_action)), Look::Conflict(_)) {
            self.preview.conflicts += 1;
            return Ok(());
        }
        let removal = Removal {
            source: case.item.source,
            application: case.entitlement.application.as_deref(),
            department: case.account.department.as_deref(),
            account: case.item.account,
            entitlement: case.item.entitlement,
        };
        if self.brake.check(tx, &removal, &self.policy.brake).await?.is_some() {
            self.preview.braked += 1;
        } else {
            self.brake.count(tx, &removal).await?;
        }
        Ok(())
    }

    async fn finish(mut self, tx: &mut Tx) -> Result<ClosePreview> {
        let removed = |name: String, decided: i64, by_default: i64| Removed { name, decided, by_default };
        self.preview.by_application = most_first(self.applications.into_iter().map(|(name, (d, b))| removed(name, d, b)).collect());
        self.preview.by_person = most_first(self.people.into_values().map(|(name, d, b)| removed(name, d, b)).collect());
        for (reviewer, open) in self.reviewers {
            let found = tx.candidates_by_identity(reviewer).await?;
            let name = found.first().map_or_else(|| reviewer.to_string(), |c| c.name.clone());
            self.preview.open_by_reviewer.push(OpenOf { reviewer, name, open });
        }
        self.preview.open_by_reviewer.sort_by(|a, b| b.open.cmp(&a.open).then_with(|| a.name.cmp(&b.name)));
        self.preview.acknowledgements = self.preview.sentences();
        self.preview.digest = self.digest.finalize().into();
        Ok(self.preview)
    }
}

fn most_first(mut groups: Vec<Removed>) -> Vec<Removed> {
    groups.sort_by(|a, b| (b.decided + b.by_default).cmp(&(a.decided + a.by_default)).then_with(|| a.name.cmp(&b.name)));
    groups
}

/// "1 item" or "2 items".
fn many(count: i64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

impl ClosePreview {
    const fn nothing(campaign: &ClosingCampaign, default_action: DefaultAction) -> Self {
        Self {
            campaign: campaign.id,
            version: campaign.version,
            digest: [0; 32],
            staged_approvals: 0,
            staged_removals: 0,
            waiting_removals: 0,
            open: 0,
            open_escalated: 0,
            default_action,
            default_removals: 0,
            default_kept: 0,
            conflicts: 0,
            braked: 0,
            cannot: 0,
            by_application: Vec::new(),
            by_person: Vec::new(),
            open_by_reviewer: Vec::new(),
            acknowledgements: Vec::new(),
        }
    }

    /// Removals that closing sets on their way, and those already on it.
    pub const fn removals(&self) -> i64 {
        self.staged_removals + self.waiting_removals + self.default_removals
    }

    fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.open > 0 {
            let open = many(self.open, "item has", "items have");
            said.push(match self.default_action {
                DefaultAction::LeaveAsException => {
                    format!("{open} no answer. The access stays and is listed as an exception; nobody's silence is an approval.")
                }
                DefaultAction::Remove => format!(
                    "{open} no answer. The default orders {}; that is marked everywhere as the system's act.",
                    many(self.default_removals, "removal", "removals")
                ),
            });
        }
        if self.open_escalated > 0 {
            said.push(format!(
                "{} escalated and not answered, and counts as unanswered.",
                many(self.open_escalated, "of them is", "of them are")
            ));
        }
        if self.default_kept > 0 {
            said.push(format!(
                "{} emergency access, which no order may empty; it stays and is listed as an exception.",
                many(self.default_kept, "of them is", "of them are")
            ));
        }
        if self.staged_removals > 0 {
            said.push(format!("{} that can still be undone is sent now.", many(self.staged_removals, "removal", "removals")));
        }
        if self.conflicts + self.braked + self.cannot > 0 {
            said.push(format!(
                "{} held as conflicts, {} by the brake, and {} cannot be made here.",
                many(self.conflicts, "removal would be", "removals would be"),
                self.braked,
                self.cannot
            ));
        }
        said
    }
}
