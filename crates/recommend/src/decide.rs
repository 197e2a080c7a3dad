//! From facts to a recommendation: named rules, then the score, then abstention.

use crate::cause::Cause;
use crate::evidence::{
    Evidence, HAND_OVER_DAYS, NEW_DAYS, QUARTER_DAYS, RARE, application_quiet, came_along, never_and_unshared, nobody_similar, weigh,
};
use crate::fact::{FactId, FactValue, Facts, PathKind, Rhythm};
use crate::learned::{Learned, Open, Settled};
use crate::part;
use crate::reason::{NoExcuse, Reason, Says};
use crate::recommendation::{CanonicalError, ENGINE, Recommendation, input_hash, schema};
use crate::rules::{self, HardRule, Ruling, use_unknown};
use crate::steps::{RuleTried, Steps, Weighed, Weighing};
use crate::weights::Weights;
use domain::{AccountStatus, Confidence, EscalateMeaning, Grain, GrantId, Sensitivity, Timestamp, Verdict};
use std::borrow::Cow;

/// Fewest idle days that make access which nobody alike holds a case for removal.
const RARE_IDLE_DAYS: i64 = 60;
/// How sure a named rule is of its Escalate: the case is what it is.
const RULE_CONFIDENCE: u16 = 9_900;

/// Makes the recommendation out of facts and weights alone.
///
/// Who holds the stored facts, the time of judging and the weights gets the same bytes again.
/// Errors only where the facts cannot be written in canonical form.
pub fn decide(grant: GrantId, as_of: Timestamp, facts: Facts, weights: &Weights) -> Result<Recommendation, CanonicalError> {
    decide_with(grant, as_of, facts, weights, None)
}

/// Makes the recommendation out of facts, weights and what a learned model says of them; without a model as [`decide`].
///
/// Where a named rule decides, what the model says is neither looked at nor kept. How both words go together stands at
/// [`Learned`]'s module: rules and abstentions win, and a model never turns the stated weights round.
pub fn decide_with(
    grant: GrantId,
    as_of: Timestamp,
    facts: Facts,
    weights: &Weights,
    learned: Option<Learned>,
) -> Result<Recommendation, CanonicalError> {
    let ruled = rules::rule(&facts, as_of, weights);
    let learned = learned.filter(|_| ruled.is_none());
    let input_hash = input_hash(grant, as_of, &facts, weights, learned.as_ref())?;
    let mut evidence = weigh(&facts, as_of, weights);
    let (ruling, reasons, score) = if let Some(mut ruling) = ruled {
        let beside = beside(&ruling, &facts, as_of, evidence);
        let reasons = [std::mem::take(&mut ruling.reasons), beside].concat();
        let score = sum(&reasons);
        (Decided::from(ruling), reasons, score)
    } else {
        let stated = sum(&evidence.reasons);
        let (mut decided, came_out) = weighed(&facts, as_of, &evidence, stated, weights);
        if let Some(learned) = &learned {
            let settled = settled(learned, &facts, as_of, &evidence, came_out);
            decided = decided.settled(settled, came_out);
            evidence.reasons.extend(part::reasons(learned, &facts, stated));
            // Stable: of equals, what was weighed comes before what was learned.
            evidence.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.weight.abs()));
        }
        let score = sum(&evidence.reasons);
        (decided, evidence.reasons, score)
    };
    let reasons = with_the_way_out(ruling.verdict, &facts, reasons);
    let confidence =
        if ruling.rule.is_some() && ruling.verdict == Verdict::Escalate { Confidence::new(RULE_CONFIDENCE) } else { leaning(score) };
    Ok(Recommendation {
        alarm: ruling.alarm,
        as_of,
        bulk_allowed: bulk_allowed(&ruling, &facts),
        cause: ruling.cause,
        confidence,
        engine: Cow::Borrowed(ENGINE),
        grant,
        input_hash,
        meaning: ruling.meaning,
        reasons,
        risk: risk(&facts, ruling.alarm),
        rule: ruling.rule,
        schema: Cow::Borrowed(schema(learned.as_ref())),
        score,
        verdict: ruling.verdict,
        facts,
        learned,
    })
}

/// What was decided, by a rule or by weighing.
struct Decided {
    rule: Option<HardRule>,
    verdict: Verdict,
    meaning: Option<EscalateMeaning>,
    cause: Cause,
    alarm: bool,
}

impl From<Ruling> for Decided {
    fn from(ruling: Ruling) -> Self {
        let Ruling { rule, verdict, meaning, cause, alarm, reasons: _ } = ruling;
        Self { rule: Some(rule), verdict, meaning, cause, alarm }
    }
}

impl Decided {
    fn weighed(verdict: Verdict, cause: Cause) -> Self {
        let meaning = (verdict == Verdict::Escalate).then_some(EscalateMeaning::NeedsYourJudgement);
        Self { rule: None, verdict, meaning, cause, alarm: false }
    }

    /// The same after a model had its word.
    fn settled(self, settled: Settled, came_out: Weighed) -> Self {
        let verdict = match settled {
            Settled::Approve => Verdict::Approve,
            Settled::Revoke => Verdict::Revoke,
            Settled::HeldBack | Settled::Contradicts | Settled::Between | Settled::NotShown => Verdict::Escalate,
        };
        Self::weighed(verdict, settled.cause(came_out).unwrap_or(self.cause))
    }
}

fn settled(learned: &Learned, facts: &Facts, as_of: Timestamp, evidence: &Evidence, came_out: Weighed) -> Settled {
    Settled::of(learned.promise, open(facts, as_of, evidence, came_out), came_out)
}

fn open(facts: &Facts, as_of: Timestamp, evidence: &Evidence, came_out: Weighed) -> Open {
    Open::after(came_out, evidence, unfit_for_revoke(facts, as_of, evidence).is_some())
}

/// What a model may recommend for a grant with these facts; `None` where a named rule decides and no model is asked.
pub fn open_to_a_model(facts: &Facts, as_of: Timestamp, weights: &Weights) -> Option<Open> {
    if rules::rule(facts, as_of, weights).is_some() {
        return None;
    }
    let evidence = weigh(facts, as_of, weights);
    let (_, came_out) = weighed(facts, as_of, &evidence, sum(&evidence.reasons), weights);
    Some(open(facts, as_of, &evidence, came_out))
}

fn sum(reasons: &[Reason]) -> i32 {
    reasons.iter().map(|reason| reason.weight).sum()
}

/// The reasons that stand beside a rule's own: what else was known, where it helps to judge.
fn beside(ruling: &Ruling, facts: &Facts, as_of: Timestamp, evidence: Evidence) -> Vec<Reason> {
    let conflict = if ruling.rule == HardRule::SeparatedDuties { vec![] } else { rules::conflict(facts) };
    let others: Vec<Reason> = match ruling.rule {
        // Neither use nor people alike say anything here.
        HardRule::LeftEmergencyAccess | HardRule::EmergencyAccessUsed | HardRule::EmergencyAccess | HardRule::MachineWithoutOwner => vec![],
        HardRule::LeftYetSomethingHappened | HardRule::LeftWithAccess => last_use(facts, as_of).into_iter().collect(),
        HardRule::PrivilegedUseUnknown => {
            let repeats = |reason: &Reason| matches!(reason.says, Says::UseUnknown {});
            evidence.reasons.into_iter().filter(|reason| !repeats(reason)).collect()
        }
        HardRule::ApprovedException => {
            let repeats = |reason: &Reason| matches!(reason.says, Says::ExceptionPast { .. });
            evidence.reasons.into_iter().filter(|reason| !repeats(reason)).collect()
        }
        HardRule::LeftWithoutDate
        | HardRule::DisabledWithoutDate
        | HardRule::AccountAtRisk
        | HardRule::RequirementLapsed
        | HardRule::SeparatedDuties
        | HardRule::SelfGranted
        | HardRule::ManagerMissing => evidence.reasons,
    };
    [conflict, others].concat()
}

fn last_use(facts: &Facts, as_of: Timestamp) -> Option<Reason> {
    let used = facts.at(FactId::LastUsed)?;
    let acts = crate::rules::grain(facts) == Some(Grain::Action);
    let says = Says::LastUsed { acts, before_change: None, days: as_of.days_since(used).max(0), used };
    let on = if acts { vec![FactId::LastUsed, FactId::UsageGrain] } else { vec![FactId::LastUsed] };
    Some(Reason { facts: on, says, weight: 0 })
}

/// Where Revoke is recommended, what a removal of this one grant cannot do.
fn with_the_way_out(verdict: Verdict, facts: &Facts, mut reasons: Vec<Reason>) -> Vec<Reason> {
    if verdict == Verdict::Revoke
        && let Some(FactValue::Path(path @ (PathKind::Rule | PathKind::Nested))) = facts.value(FactId::GrantPath)
    {
        reasons.push(Reason { facts: vec![FactId::GrantPath], says: Says::MadeByOthers { path: *path }, weight: 0 });
    }
    reasons
}

/// The score from which Approve is recommended.
fn approve_at(facts: &Facts, weights: &Weights) -> i32 {
    let high = rules::sensitivity(facts).is_none_or(Sensitivity::is_high_risk);
    if high { weights.approve_at_high } else { weights.approve_at }
}

/// The verdict of the score, or the reason to abstain, and how it came out of the comparison with the bounds.
fn weighed(facts: &Facts, as_of: Timestamp, evidence: &Evidence, score: i32, weights: &Weights) -> (Decided, Weighed) {
    if score <= weights.revoke_at {
        return match unfit_for_revoke(facts, as_of, evidence) {
            Some(cause) => (Decided::weighed(Verdict::Escalate, cause), Weighed::UnfitForRevoke),
            None => (Decided::weighed(Verdict::Revoke, removal_cause(facts, evidence)), Weighed::Revoke),
        };
    }
    if score < approve_at(facts, weights) {
        return (Decided::weighed(Verdict::Escalate, abstention_cause(facts, as_of, evidence)), Weighed::Between);
    }
    if evidence.idle.is_some_and(|days| days >= 90) && !evidence.seasonal {
        return (Decided::weighed(Verdict::Escalate, Cause::IdleThoughCommon), Weighed::IdleThoughCommon);
    }
    (Decided::weighed(Verdict::Approve, keeping_cause(facts, evidence)), Weighed::Approve)
}

/// The steps by which [`decide`] comes to its recommendation: the rules it tries and, where none applies, the comparison
/// of the score with the bounds.
pub fn steps(facts: &Facts, as_of: Timestamp, weights: &Weights) -> Steps {
    steps_with(facts, as_of, weights, None)
}

/// The steps by which [`decide_with`] comes to its recommendation: those of [`steps`], and how a model's word came out.
pub fn steps_with(facts: &Facts, as_of: Timestamp, weights: &Weights, learned: Option<&Learned>) -> Steps {
    let ruled = rules::rule(facts, as_of, weights).map(|ruling| ruling.rule);
    let mut tried = Vec::new();
    for rule in HardRule::ALL.iter().copied() {
        let applied = ruled == Some(rule);
        tried.push(RuleTried { rule, applied });
        if applied {
            break;
        }
    }
    let mut said = None;
    let weighing = ruled.is_none().then(|| {
        let evidence = weigh(facts, as_of, weights);
        let score = sum(&evidence.reasons);
        let (_, came_out) = weighed(facts, as_of, &evidence, score, weights);
        said = learned.map(|learned| settled(learned, facts, as_of, &evidence, came_out));
        Weighing { approve_at: approve_at(facts, weights), revoke_at: weights.revoke_at, score, came_out }
    });
    Steps { tried, weighing, settled: said }
}

fn recently(facts: &Facts, as_of: Timestamp, id: FactId, days: i64) -> bool {
    facts.at(id).is_some_and(|at| as_of.days_since(at) <= days)
}

/// Why a low score is no Revoke: neither observed non-use nor a job that was left is there to rest it on, or something explains it.
fn unfit_for_revoke(facts: &Facts, as_of: Timestamp, evidence: &Evidence) -> Option<Cause> {
    let status = rules::status(facts);
    let unused_since_change = evidence.came_with_old_job && facts.value(FactId::UsedSinceJobChange) == Some(&FactValue::Flag(false));
    if status.is_non_human() {
        Some(Cause::MachineUnclear)
    } else if status == AccountStatus::Leave {
        Some(Cause::AwayUnclear)
    } else if evidence.in_use && evidence.came_with_old_job && !unused_since_change {
        Some(Cause::StillUsedAfterMove)
    } else if evidence.came_with_old_job && recently(facts, as_of, FactId::ChangedJobOn, HAND_OVER_DAYS) && !evidence.hand_over_ended() {
        Some(Cause::HandOver)
    } else if evidence.in_use && !unused_since_change {
        Some(Cause::UsedThoughRare)
    } else if evidence.seasonal {
        let moved = evidence.came_with_old_job && recently(facts, as_of, FactId::ChangedJobOn, QUARTER_DAYS);
        Some(if moved { Cause::HandOver } else { Cause::PerhapsSeasonal })
    } else if recently(facts, as_of, FactId::GrantedOn, NEW_DAYS)
        || evidence.idle.is_some_and(|days| days < RARE_IDLE_DAYS)
            && !unused_since_change
            && !evidence.gap_tells()
            && !never_and_unshared(facts, as_of)
            && !evidence.guest_away()
    {
        Some(Cause::EvidenceDivided)
    } else if evidence.idle.is_none() && evidence.guest_away() {
        Some(Cause::GuestAway)
    } else if evidence.idle.is_none() && !unused_since_change && !stayed_behind(facts, as_of, evidence) {
        Some(Cause::RareUseUnknown)
    } else if silent_for_a_quarter_only(facts, as_of, evidence) {
        Some(Cause::EvidenceDivided)
    } else {
        None
    }
}

/// Whether it is what another department has by its groups, rules or packages, and came with the job there, which was left more
/// than a quarter ago. Then it goes with the old job though nobody can see its use; not where the application is still used.
fn stayed_behind(facts: &Facts, as_of: Timestamp, evidence: &Evidence) -> bool {
    let most_there_hold_it =
        matches!(facts.value(FactId::HeldMostIn), Some(FactValue::Group(group)) if u64::from(group.held) * 2 >= u64::from(group.of));
    evidence.came_with_old_job
        && evidence.rare()
        && use_unknown(facts)
        && facts.at(FactId::LastUsed).is_none()
        && (most_there_hold_it || nobody_similar(facts))
        && came_along(facts)
        && !recently(facts, as_of, FactId::ChangedJobOn, QUARTER_DAYS)
}

/// Whether nothing speaks for removal but a quarter's silence and that nobody alike holds it, and it is no other department's
/// either. Where no department holds it in common, it is given person by person: then people alike say nothing of it, and a
/// quarter is too short to tell seldom work from none, unless there is a reason to expect none.
fn silent_for_a_quarter_only(facts: &Facts, as_of: Timestamp, evidence: &Evidence) -> bool {
    let telling =
        |says: &Says| matches!(says, Says::CameWithOldJob { .. } | Says::Revoked { .. } | Says::GapTelling { .. } | Says::GuestAway { .. });
    facts.number(FactId::UsageWindow).is_some_and(|window| window <= QUARTER_DAYS)
        && facts.get(FactId::HeldMostIn).is_none()
        && !never_and_unshared(facts, as_of)
        && !application_quiet(facts, evidence.idle)
        && !matches!(evidence.no_excuse, Some(NoExcuse::CameAlong { .. } | NoExcuse::HighRisk {}))
        && !evidence.reasons.iter().any(|reason| reason.weight < 0 && telling(&reason.says))
}

fn removal_cause(facts: &Facts, evidence: &Evidence) -> Cause {
    if evidence.came_with_old_job {
        Cause::LeftTheJob
    } else if evidence.reasons.iter().any(|reason| matches!(reason.says, Says::Revoked { .. }) && reason.weight < 0) {
        Cause::RemovalNotCarriedOut
    } else if evidence.idle.is_some_and(|days| days >= 90) {
        match facts.value(FactId::LastUsed) {
            Some(FactValue::NoneSeen) => Cause::NeverSeenUsed,
            _ => Cause::Unused,
        }
    } else if evidence.has_telling_gap() && !evidence.rare() {
        Cause::StoppedUsing
    } else {
        Cause::HeldByNobodyAlike
    }
}

fn abstention_cause(facts: &Facts, as_of: Timestamp, evidence: &Evidence) -> Cause {
    let status = rules::status(facts);
    let common = evidence.alike.is_some_and(|parts| parts >= RARE);
    let rare = evidence.rare();
    let idle = evidence.idle.is_some_and(|days| days >= 90);
    if status.is_non_human() {
        Cause::MachineUnclear
    } else if status == AccountStatus::Leave {
        Cause::AwayUnclear
    } else if evidence.came_with_old_job && recently(facts, as_of, FactId::ChangedJobOn, HAND_OVER_DAYS) {
        Cause::HandOver
    } else if evidence.came_with_old_job && evidence.in_use {
        Cause::StillUsedAfterMove
    } else if evidence.seasonal {
        Cause::PerhapsSeasonal
    } else if idle && common {
        Cause::IdleThoughCommon
    } else if evidence.in_use && rare {
        Cause::UsedThoughRare
    } else if use_unknown(facts) && rare {
        Cause::RareUseUnknown
    } else if use_unknown(facts) && evidence.alike.is_none() {
        Cause::TooLittleKnown
    } else {
        Cause::EvidenceDivided
    }
}

fn keeping_cause(facts: &Facts, evidence: &Evidence) -> Cause {
    let says = |wanted: fn(&Says) -> bool| evidence.reasons.iter().any(|reason| reason.weight > 0 && wanted(&reason.says));
    let common = evidence.alike.is_some_and(|parts| parts >= 5_000);
    if says(|says| matches!(says, Says::MachineInUse { .. })) {
        Cause::MachineInUse
    } else if says(|says| matches!(says, Says::Used { .. })) {
        if common { Cause::UsedAndCommon } else { Cause::InUse }
    } else if says(|says| matches!(says, Says::Rhythm { kind: Rhythm::QuarterEnd, .. })) {
        Cause::UsedAtQuarterEnds
    } else if says(|says| matches!(says, Says::TooNew { .. })) {
        Cause::TooNew
    } else if evidence.in_use {
        Cause::InUse
    } else if common {
        Cause::CommonAlike
    } else if facts.past(FactId::PastApproved).is_some() && says(|says| matches!(says, Says::Approved { .. })) {
        Cause::ApprovedBefore
    } else {
        Cause::LooksRight
    }
}

/// Rule 7: never for high risk, unknown use, conflicts, alarms, or where the engine abstains.
fn bulk_allowed(decided: &Decided, facts: &Facts) -> bool {
    decided.verdict != Verdict::Escalate
        && !decided.alarm
        && !rules::sensitivity(facts).is_none_or(Sensitivity::is_high_risk)
        && !use_unknown(facts)
        && facts.get(FactId::SeparatedDuties).is_none()
        && !facts.flag(FactId::Emergency)
}

/// Sensitivity x conflict x staleness, and an alarm above all.
fn risk(facts: &Facts, alarm: bool) -> u16 {
    let sensitivity = match rules::sensitivity(facts) {
        Some(Sensitivity::Low) => 10,
        Some(Sensitivity::Medium) => 50,
        // Unknown counts as high (rule 4).
        Some(Sensitivity::High) | None => 200,
        Some(Sensitivity::Privileged) => 400,
    };
    let conflict = if facts.get(FactId::SeparatedDuties).is_some() { 3 } else { 1 };
    let staleness = match facts.number(FactId::UnusedDays) {
        Some(45..90) => 2,
        Some(90..180) => 3,
        Some(180..) => 5,
        None if use_unknown(facts) => 2,
        Some(..45) | None => 1,
    };
    let raised = if alarm { 10_000 } else { 0 };
    raised + sensitivity * conflict * staleness
}

/// How far a score leans: 1 / (1 + e^-|score / 1000|), in parts of 10,000.
fn leaning(score: i32) -> Confidence {
    let logit = f64::from(score.unsigned_abs()) / 1_000.0;
    let parts = libm::rint(10_000.0 / (1.0 + libm::exp(-logit)));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 5,000 to 10,000 by its formula")]
    Confidence::new(parts as u16)
}
