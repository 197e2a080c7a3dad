//! What a model is shown of a grant: a fixed list of columns, whose values are ids, codes and bands of facts.
//!
//! No name and no other free text is among them. Title, department and manager stand as digits of a hash: they tell whether
//! two people share one, and nothing else.

use domain::{EntitlementId, SourceId, Timestamp};
use recommend::{FactId, FactValue, Facts, PartOf, PathKind, Profile, Share, Weighed, Weighing};

/// The columns, the entitlement first. A model trained on other columns is another format. Each is of one part of what a model
/// says ([`part_of`]).
pub(crate) const COLUMNS: [&str; 14] = [
    "entitlement",
    "department",
    "title",
    "manager",
    "stated",
    "use",
    "peers-title",
    "peers-department",
    "peers-manager",
    "path",
    "sensitivity",
    "status",
    "job",
    "past",
];

/// The part of what a model says that a column belongs to: columns that people think of as one, because they tell of the same
/// thing, are taken for one. `None` for a column that this program has not.
pub(super) fn part_of(column: &str) -> Option<PartOf> {
    Some(match column {
        "entitlement" | "sensitivity" => PartOf::Entitlement,
        "department" | "peers-department" => PartOf::Department,
        "title" | "peers-title" => PartOf::Title,
        "manager" | "peers-manager" => PartOf::Manager,
        "stated" => PartOf::Stated,
        "use" => PartOf::Use,
        "path" => PartOf::Path,
        "status" => PartOf::Status,
        "job" => PartOf::Job,
        "past" => PartOf::Past,
        _ => return None,
    })
}

/// What stands where nothing is known.
const UNKNOWN: &str = "unknown";

/// The width of a band of the stated score, in thousandths of log-odds.
const BAND: i32 = 1_000;
/// The score beyond which bands say nothing more.
const FARTHEST: i32 = 5_000;

/// The code of an attribute: 16 hexadecimal digits, enough to keep any two texts of one organisation apart.
fn code(attribute: &str, text: &str) -> String {
    ledger::sha256_hex(format!("countersign/code/1\n{attribute}\n{text}").as_bytes()).chars().take(16).collect()
}

/// The code of a manager, whom each source calls by an id of its own.
fn code_of_manager(source: SourceId, external: &str) -> String {
    code("manager", &format!("{source}\n{external}"))
}

/// Who holds what where, as a model is told.
pub(crate) fn profile(
    source: SourceId,
    entitlement: EntitlementId,
    (department, title): (Option<&str>, Option<&str>),
    manager_external: Option<&str>,
) -> Profile {
    Profile {
        department: department.map(|text| code("department", text)),
        entitlement,
        manager: manager_external.map(|external| code_of_manager(source, external)),
        source,
        title: title.map(|text| code("title", text)),
    }
}

fn risky(facts: &Facts) -> bool {
    match facts.value(FactId::Sensitivity) {
        Some(FactValue::Sensitivity(sensitivity)) => sensitivity.is_high_risk(),
        // Unknown counts as high (rule 4).
        _ => true,
    }
}

/// The kind of an item, for which the promise has a rule of its own: its source, and whether a wrong answer could do much harm.
pub(crate) fn kind(facts: &Facts, source: SourceId) -> String {
    format!("{source}/{}", if risky(facts) { "high" } else { "ordinary" })
}

/// The source and the risk that a kind names.
pub(crate) fn kind_parts(kind: &str) -> Option<(&str, bool)> {
    let (source, risk) = kind.split_once('/')?;
    Some((source, risk == "high"))
}

/// The values, in the order of [`COLUMNS`]. `weighing` is what the stated weights make of the facts: the prior.
pub(crate) fn values(facts: &Facts, as_of: Timestamp, weighing: &Weighing, profile: &Profile) -> Vec<String> {
    let known = |code: &Option<String>| code.clone().unwrap_or_else(|| UNKNOWN.to_owned());
    let word = |id: FactId| match facts.value(id) {
        Some(FactValue::Status(status)) => status.as_str(),
        Some(FactValue::Sensitivity(sensitivity)) => sensitivity.as_str(),
        _ => UNKNOWN,
    };
    let peers = |id: FactId| band(facts.share(id)).to_owned();
    vec![
        profile.entitlement.to_string(),
        known(&profile.department),
        known(&profile.title),
        known(&profile.manager),
        stated(weighing),
        used(facts, as_of).to_owned(),
        peers(FactId::PeersTitle),
        peers(FactId::PeersDepartment),
        peers(FactId::PeersManager),
        path(facts).to_owned(),
        word(FactId::Sensitivity).to_owned(),
        word(FactId::AccountStatus).to_owned(),
        job(facts).to_owned(),
        past(facts).to_owned(),
    ]
}

/// How the stated weights came out, and how far.
fn stated(weighing: &Weighing) -> String {
    let word = match weighing.came_out {
        Weighed::Approve => "approve",
        Weighed::Revoke => "revoke",
        Weighed::Between => "between",
        Weighed::UnfitForRevoke => "unfit",
        Weighed::IdleThoughCommon => "idle",
    };
    format!("{word} {}", weighing.score.clamp(-FARTHEST, FARTHEST).div_euclid(BAND))
}

/// Use of the entitlement itself. Unknown use is a value of its own and never non-use (rule 26).
fn used(facts: &Facts, as_of: Timestamp) -> &'static str {
    match facts.number(FactId::UnusedDays) {
        Some(180..) => return "idle 180",
        Some(90..) => return "idle 90",
        Some(45..) => return "idle 45",
        _ => {}
    }
    let itself = matches!(facts.value(FactId::UsageGrain), Some(FactValue::Grain(grain)) if grain.is_of_itself());
    match facts.at(FactId::LastUsed).map(|at| as_of.days_since(at)) {
        Some(..=30) if itself => "lately",
        Some(31..=44) if itself => "within 45",
        Some(_) if itself => "before",
        Some(_) => "coarse",
        None => UNKNOWN,
    }
}

fn path(facts: &Facts) -> &'static str {
    match facts.value(FactId::GrantPath) {
        Some(FactValue::Path(PathKind::Direct)) => "direct",
        Some(FactValue::Path(PathKind::Group)) => "group",
        Some(FactValue::Path(PathKind::Rule)) => "rule",
        Some(FactValue::Path(PathKind::Nested)) => "nested",
        Some(FactValue::Path(PathKind::Role)) => "role",
        Some(FactValue::Path(PathKind::Package)) => "package",
        _ => UNKNOWN,
    }
}

/// How many people alike hold it, in the bands that the stated weights have.
fn band(share: Share) -> &'static str {
    match share.parts() {
        None => UNKNOWN,
        Some(..500) => "nobody",
        Some(..2_000) => "few",
        Some(..5_000) => "some",
        Some(..8_000) => "half",
        Some(_) => "most",
    }
}

/// Whether it came before or after the last change of job.
fn job(facts: &Facts) -> &'static str {
    match (facts.at(FactId::ChangedJobOn), facts.at(FactId::GrantedOn)) {
        (None, _) => "same",
        (Some(_), None) => UNKNOWN,
        (Some(changed), Some(granted)) if granted < changed => "before",
        (Some(_), Some(_)) => "after",
    }
}

fn past(facts: &Facts) -> &'static str {
    match (facts.past(FactId::PastApproved).is_some(), facts.past(FactId::PastRevoked).is_some()) {
        (false, false) => "none",
        (true, false) => "approved",
        (false, true) => "revoked",
        (true, true) => "both",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use super::*;
    use recommend::LOOKED_AT;
    use std::collections::BTreeSet;

    /// No column is left out when a model's word is taken apart, and what a part rests on is what a model looks at.
    #[test]
    fn each_column_is_of_one_part_and_each_part_rests_on_what_a_model_looks_at() {
        let parts: BTreeSet<PartOf> = COLUMNS.iter().map(|column| part_of(column).unwrap()).collect();
        assert!(parts.into_iter().eq(PartOf::ALL));
        let rested: BTreeSet<FactId> = PartOf::ALL.iter().flat_map(|of| of.rests_on()).copied().collect();
        assert_eq!(rested, LOOKED_AT.iter().copied().collect::<BTreeSet<_>>());
    }
}
