//! The explanation as text, for people at a terminal.

use super::document::{Explanation, Outcome, StepsDocument};
use std::fmt::Write as _;

/// The explanation as lines of text. Weights are told in log-odds with three digits.
pub fn text(of: &Explanation) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, of);
    out
}

/// Thousandths as a signed number: 1300 is +1.300.
pub(crate) fn thousandths(weight: i64) -> String {
    let sign = if weight < 0 { '-' } else { '+' };
    format!("{sign}{}.{:03}", weight.unsigned_abs() / 1_000, weight.unsigned_abs() % 1_000)
}

fn write(out: &mut String, of: &Explanation) -> std::fmt::Result {
    writeln!(out, "Recommendation {}", of.recommendation)?;
    writeln!(out, "for item {} of campaign {} (item id {}), grant {}", of.number, of.campaign, of.item, of.grant)?;
    writeln!(out, "made {} by the engine {}; weights {}", of.made_at, of.versions.engine, of.versions.weights_sha256)?;
    if let Some(model) = &of.versions.model_sha256 {
        writeln!(out, "with the learned model {model}")?;
    }
    if let Some(input) = &of.input {
        writeln!(out, "\nFacts, as of {} (reading {} of the source; input hash {})", input.as_of, input.reading, input.input_hash)?;
        for fact in &input.facts {
            let said = fact.said.as_deref().unwrap_or("unknown");
            writeln!(out, "  {:<24} {said:<28} {}, read {}", fact.id, fact.source.name, fact.read_at)?;
        }
    }
    if let Some(steps) = &of.steps {
        write_steps(out, steps)?;
    }
    if let Some(result) = &of.result {
        let decided = result.rule.map_or_else(|| "by weighing".to_owned(), |rule| format!("by the rule {rule}"));
        let meaning = result.meaning.map_or_else(String::new, |meaning| format!(" ({meaning})"));
        writeln!(out, "\nResult: {}{meaning}, {decided}; cause: {}", result.verdict, result.cause_says)?;
        writeln!(
            out,
            "  score {}, leaning {} of 10,000, risk {}{}{}",
            thousandths(i64::from(result.score)),
            result.confidence,
            result.risk,
            if result.alarm { ", an alarm" } else { "" },
            if result.bulk_allowed { ", may be answered together with others" } else { "" },
        )?;
    }
    if let Some(risk) = &of.risk_points {
        writeln!(out, "\nRisk: {} points (where to look first; no part of the recommendation)", risk.score)?;
        for part in &risk.parts {
            writeln!(out, "  {:>7}  {} ({})", part.points, part.says, part.fact.as_str())?;
        }
    }
    let outcome = match of.recomputed.outcome {
        Outcome::Same => "SAME",
        Outcome::Different => "DIFFERENT",
        Outcome::OtherEngine => "NOT MADE AGAIN",
    };
    writeln!(out, "\n{outcome}: {}", of.recomputed.says)?;
    for one in &of.recomputed.differences {
        writeln!(out, "  {}: {}", one.field, one.says)?;
        if !one.stored.is_empty() {
            writeln!(out, "    stored      {}", one.stored)?;
        }
        if !one.recomputed.is_empty() {
            writeln!(out, "    should be   {}", one.recomputed)?;
        }
    }
    Ok(())
}

fn write_steps(out: &mut String, steps: &StepsDocument) -> std::fmt::Result {
    writeln!(out, "\nNamed rules, in their order")?;
    for rule in &steps.rules {
        writeln!(out, "  {} {}", if rule.applied { "applied" } else { "no     " }, rule.says)?;
    }
    writeln!(out, "\nWeighed (above 0 for keeping, below 0 for removing)")?;
    for term in &steps.score.terms {
        writeln!(out, "  {:>7}  {}", thousandths(i64::from(term.weight)), term.says)?;
    }
    writeln!(out, "  {:>7}  together", thousandths(steps.score.sum))?;
    if let Some(weighing) = &steps.weighing {
        writeln!(
            out,
            "  Revoke up to {}, Approve from {}. {}",
            thousandths(i64::from(weighing.revoke_at)),
            thousandths(i64::from(weighing.approve_at)),
            weighing.says
        )?;
    }
    if let Some(learned) = &steps.learned {
        writeln!(out, "  The learned model gives {} in a million for keeping. {}", learned.approve, learned.says)?;
    }
    Ok(())
}
