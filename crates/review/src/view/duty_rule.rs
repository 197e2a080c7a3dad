//! One rule of duties, and the form that changes it.

use super::{
    duties::{duty_choices, rule_line},
    types::{DutyRulePage, DutyRuleShown, RuleChange, RuleFields, Words},
};
use crate::{Actor, Context, Error, FieldError, Result, sod};
use domain::{Action, AttemptId, Object};
use recommend::sod::{Match, Need, Rule, RuleSet};

/// A form that could not be taken, to be shown again with what was typed.
#[derive(Debug, Clone)]
pub struct RuleAgain {
    /// The form's attempt.
    pub attempt: AttemptId,
    /// What was typed.
    pub fields: RuleFields,
    /// What could not be taken.
    pub errors: Vec<FieldError>,
}

/// `/duties/rules/{rule}`, or `/duties/rule` for a new one (`id` is `None`).
///
/// # Errors
/// [`Error::NotFound`] where there is no such rule, the reader may not see rules, or may not make one.
pub async fn duty_rule(ctx: &Context, actor: &Actor, id: Option<&str>, again: Option<RuleAgain>) -> Result<DutyRulePage> {
    actor.require(Action::View, Object::Duty, false)?;
    let may = actor.may(Action::Change, Object::Duty, false);
    if id.is_none() && !may {
        return Err(Error::NotFound);
    }
    let stored = ctx.store.read().await?.duty_rules().await?;
    let (version, set) = match &stored {
        Some(stored) => (stored.version, sod::parsed(&stored.body)?),
        None => (0, RuleSet::default()),
    };
    let rule = match id {
        Some(id) => Some(set.rules.iter().find(|rule| rule.id == id).ok_or(Error::NotFound)?),
        None => None,
    };
    let change = may.then(|| {
        let fresh =
            || RuleAgain { attempt: ctx.env.id(), fields: rule.map(|rule| fields(&set, rule)).unwrap_or_default(), errors: Vec::new() };
        let RuleAgain { attempt, fields, errors } = again.unwrap_or_else(fresh);
        RuleChange { attempt, remove_attempt: ctx.env.id(), expected_version: version, fields, errors }
    });
    Ok(DutyRulePage { rule: rule.map(|rule| shown(&set, rule)), duties: duty_choices(&set), change })
}

fn fields(set: &RuleSet, rule: &Rule) -> RuleFields {
    let entered = set.entered(rule);
    RuleFields {
        id: entered.id,
        severity: entered.severity.as_str().to_owned(),
        risk: entered.risk,
        left_all: entered.left.need == Need::All,
        left: entered.left.duties,
        right_all: entered.right.need == Need::All,
        right: entered.right.duties,
        controls: entered.controls,
        tests: entered.tests,
    }
}

fn shown(set: &RuleSet, rule: &Rule) -> DutyRuleShown {
    let names = |duties: &[u32]| -> Vec<Words> {
        duties.iter().filter_map(|duty| set.duties.get(*duty as usize)).map(|duty| duty.name.clone()).collect()
    };
    let side = |side: &Match| (side.need == Need::All, names(&side.duties));
    DutyRuleShown {
        line: rule_line(set, rule),
        left: side(&rule.left),
        right: side(&rule.right),
        controls: rule.controls.iter().map(|control| control.does.clone()).collect(),
        tests: rule.tests.iter().map(|test| (names(&test.holds), test.conflict)).collect(),
    }
}
