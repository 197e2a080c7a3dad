//! Facts as a page lists them, and people alike.

use crate::{
    say,
    view::types::{FactLine, Peers},
};
use domain::{AccountRisk, Grain, RiskLevel, SourceId, Timestamp};
use recommend::{FactId, FactValue, HowDecided, Origin, PathKind, Recommendation, Rhythm};
use std::collections::BTreeMap;
use store::{access::Account, views::campaign::line};

/// Facts that the page shows elsewhere, or that only matter to the engine.
const ELSEWHERE: &[FactId] = &[
    FactId::PeersTitle,
    FactId::PeersDepartment,
    FactId::PeersManager,
    FactId::PeersAll,
    FactId::SimilarPeople,
    FactId::HeldMostIn,
    FactId::HoldersInStep,
    FactId::SeparatedDuties,
    FactId::CheaperSide,
    FactId::RedundantWith,
    FactId::GrantPath,
    FactId::GrantedBy,
    FactId::EntitlementOwner,
];

/// The facts of a recommendation, each with its age and the source that says it: what HR says of a person stands on items of
/// every source that they have an account in. `sources` are the names of all sources by id.
pub(super) fn lines(made: &Recommendation, sources: &BTreeMap<SourceId, String>, zone: &str) -> Vec<FactLine> {
    made.facts
        .iter()
        .filter(|fact| !ELSEWHERE.contains(&fact.id))
        .map(|fact| FactLine {
            name: name(fact.id).to_owned(),
            value: value(&fact.value, zone),
            source: match fact.origin {
                Origin::Source(id) => sources.get(&id).cloned().unwrap_or_else(|| id.to_string()),
                Origin::Decisions => "earlier answers".to_owned(),
                Origin::Settings => "the source's settings".to_owned(),
            },
            read_at: fact.read_at,
        })
        .collect()
}

/// How many alike hold it, nearest group first.
pub(super) fn peers(made: &Recommendation, holder: &Account) -> Vec<Peers> {
    let (title, department) = (holder.title.as_deref(), holder.department.as_deref());
    let groups = [
        (FactId::PeersTitle, title.and_then(|title| line(Some(title), department))),
        (FactId::PeersDepartment, department.map(|d| format!("All of {d}"))),
        (FactId::PeersManager, Some("Same manager".to_owned())),
        (FactId::SimilarPeople, Some("Most alike by what else they hold".to_owned())),
        (FactId::PeersAll, Some("Everybody in the source".to_owned())),
    ];
    groups
        .into_iter()
        .filter_map(|(id, group)| match made.facts.value(id) {
            Some(FactValue::Share(share)) if share.of > 0 => Some(Peers { group: group?, holders: share.held, people: share.of }),
            _ => None,
        })
        .collect()
}

/// What a fact is called.
pub(crate) const fn name(id: FactId) -> &'static str {
    match id {
        FactId::AccountStatus => "Account",
        FactId::AccountAtRisk => "Account in other hands, as the platform sees it",
        FactId::StartedOn => "First day",
        FactId::LeavesOn => "Last day, to come",
        FactId::LeftOn => "Last day",
        FactId::StartedAfterEnd => "Started after the last day",
        FactId::ChangedJobAfterEnd => "Changed job after the last day",
        FactId::ActivityAfterEnd => "Used after the last day",
        FactId::GrantedAfterEnd => "Granted after the last day",
        FactId::ChangedJobOn => "Changed job",
        FactId::ManagerMissing => "Without a manager",
        FactId::Emergency => "Emergency access",
        FactId::Sensitivity => "Sensitivity",
        FactId::RequirementLapsed => "Required, and run out",
        FactId::RequirementEnds => "Required, and runs out next",
        FactId::EntitlementOwner => "Owner",
        FactId::HolderOwns => "Holder owns it",
        FactId::GrantPath => "Held by",
        FactId::GrantedOn => "Granted",
        FactId::HeldBy => "Held since, at the latest",
        FactId::GrantedBy => "Granted by",
        FactId::SelfGranted => "Granted by the holder",
        FactId::RedundantWith => "Also held by another way",
        FactId::GivenAnyway => "What it gives, held by other ways too",
        FactId::UsageWindow => "Days observed",
        FactId::UsageGrain => "Use is observed of",
        FactId::LastUsed => "Last used",
        FactId::DaysUsed => "Days used",
        FactId::UnusedDays => "Days without use",
        FactId::HolderActive => "Holder last used anything",
        FactId::UsedSinceJobChange => "Used since the change of job",
        FactId::Rhythm => "Pattern of use",
        FactId::HoldersInStep => "Other holders with the same pattern",
        FactId::OthersHabit => "Days of use by its other users",
        FactId::PeersTitle => "Alike, by title",
        FactId::PeersDepartment => "Alike, by department",
        FactId::PeersManager => "Alike, by manager",
        FactId::PeersAll => "All",
        FactId::SimilarPeople => "Alike, by what else they hold",
        FactId::HeldMostIn => "Held most in",
        FactId::Holders => "Holders",
        FactId::LastHolder => "Only holder",
        FactId::PastApproved => "Approved before",
        FactId::PastRevoked => "Revoked before",
        FactId::PastException => "Exception approved",
        FactId::OthersApproved => "Kept, of others who were asked about",
        FactId::Regranted => "Granted anew after a revoke",
        FactId::SeparatedDuties => "Duties that must be apart",
        FactId::CheaperSide => "Cheaper to give up",
    }
}

/// A value in words; `None` where it is unknown.
pub(crate) fn value(value: &FactValue, zone: &str) -> Option<String> {
    let day = |at: Timestamp| say::day(at, zone);
    Some(match value {
        FactValue::Unknown => return None,
        FactValue::NoneSeen => "none seen".to_owned(),
        FactValue::Flag(true) => "yes".to_owned(),
        FactValue::Flag(false) => "no".to_owned(),
        FactValue::Number(number) => say::number(*number),
        FactValue::At(at) => day(*at),
        FactValue::Share(share) => format!("{} of {}", share.held, share.of),
        FactValue::Group(group) => format!("{} of {}", group.held, group.of),
        FactValue::Account(_) => "known".to_owned(),
        FactValue::Status(status) => status.to_string(),
        FactValue::Sensitivity(sensitivity) => sensitivity.to_string(),
        FactValue::Grain(Grain::Action) => "audited actions that it allows".to_owned(),
        FactValue::Grain(grain) => format!("the {grain}"),
        FactValue::Path(kind) => path(*kind).to_owned(),
        FactValue::Rhythm(rhythm) => match rhythm {
            Rhythm::QuarterEnd => "around quarter ends",
            Rhythm::YearEnd => "around the year end",
            Rhythm::Yearly => "about once a year",
            Rhythm::Seldom => "now and then",
        }
        .to_owned(),
        FactValue::Past(past) => format!("{}, {}", day(past.on), how(past.how)),
        FactValue::Grants(grants) => grants.len().to_string(),
        FactValue::Duties(duties) => duties.len().to_string(),
        FactValue::Needed(needed) => format!("{}, until {}", needed.kind, day(needed.until)),
        FactValue::Risk(AccountRisk { level: RiskLevel::None, .. }) => "no sign of it".to_owned(),
        FactValue::Risk(AccountRisk { level, since: Some(since) }) => format!("{level} risk since {}", day(*since)),
        FactValue::Risk(AccountRisk { level, since: None }) => format!("{level} risk"),
        FactValue::Side(_) => "the other side".to_owned(),
    })
}

const fn path(kind: PathKind) -> &'static str {
    match kind {
        PathKind::Direct => "direct assignment",
        PathKind::Group => "a group",
        PathKind::Rule => "a rule",
        PathKind::Nested => "groups within groups",
        PathKind::Role => "a role",
        PathKind::Package => "an access package",
    }
}

const fn how(how: HowDecided) -> &'static str {
    match how {
        HowDecided::Reviewed => "in a review",
        HowDecided::ReviewedBlind => "in a review, before a recommendation was shown",
        HowDecided::Bulk => "together with others",
        HowDecided::Default => "by default",
        HowDecided::Exception => "as an exception",
        HowDecided::Platform => "on the platform",
    }
}
