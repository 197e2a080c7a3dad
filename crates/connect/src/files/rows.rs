//! From rows to records, table by table.

use super::{
    columns::{Holds, decisions, entitlements, grants, people, requirements, usage},
    row::Row,
};
use crate::{
    records::{EntitlementRecord, GrantRecord, PastDecisionRecord, PersonRecord, RequirementRecord, UsageRecord},
    source::{Page, Records},
    warning::WarningKind,
};
use domain::{Employment, Usage, time::DAY};

/// Longest window, in days, that usage may speak of (see [`Usage::window_days`]).
const LONGEST_WINDOW: u32 = 3_660;

/// Reads one row into the records it belongs to; a broken row leaves only its id behind.
pub(super) fn read(row: &mut Row<'_>, records: &mut Records, page: &mut Page) {
    let line = row.line;
    match row.table.holds {
        Holds::People => match person(row) {
            Some(record) if !row.broken => records.people.push((line, record)),
            _ => records.unread_people.push(row.raw(people::ID).to_owned()),
        },
        Holds::Entitlements => match entitlement(row) {
            Some(record) if !row.broken => records.entitlements.push((line, record)),
            _ => records.unread_entitlements.push(row.raw(entitlements::ID).to_owned()),
        },
        Holds::Grants => {
            if let Some(record) = grant(row).filter(|_| !row.broken) {
                records.grants.push((line, record));
            }
        }
        Holds::Usage => match used(row) {
            Some(Use::Stated(record)) if !row.broken => records.usage.push((line, record)),
            Some(Use::NotStated) if !row.broken => {
                row.warn(WarningKind::UseNotStated, usage::LAST_USED);
                page.drop_row(WarningKind::UseNotStated);
            }
            _ => {}
        },
        Holds::Decisions => {
            if let Some(record) = decision(row).filter(|_| !row.broken) {
                records.decisions.push((line, record));
            }
        }
        Holds::Requirements => {
            if let Some(record) = requirement(row).filter(|_| !row.broken) {
                records.requirements.push((line, record));
            }
        }
    }
}

/// Remembers the id of a row whose fields cannot be told apart, so that references to it are not a second problem.
pub(super) fn leave_unread(row: &Row<'_>, records: &mut Records) {
    match row.table.holds {
        Holds::People => records.unread_people.push(row.raw(people::ID).to_owned()),
        Holds::Entitlements => records.unread_entitlements.push(row.raw(entitlements::ID).to_owned()),
        Holds::Grants | Holds::Usage | Holds::Decisions | Holds::Requirements => {}
    }
}

fn person(row: &mut Row<'_>) -> Option<PersonRecord> {
    let external_id = row.needed_id(people::ID);
    let name = row.text(people::NAME);
    let email = row.email(people::EMAIL);
    let title = row.text(people::TITLE);
    let department = row.text(people::DEPARTMENT);
    let manager_id = row.id(people::MANAGER);
    let status = row.word(people::STATUS);
    let start = row.time(people::START);
    let end = row.time(people::END);
    let changed_job_on = row.time(people::CHANGED_JOB);
    let employment =
        Employment { kind: row.text(people::EMPLOYMENT_TYPE), site: row.text(people::SITE), working_time: row.word(people::WORKING_TIME) };
    if start.zip(end).is_some_and(|(start, end)| end < start) {
        row.warn(WarningKind::EndBeforeStart, people::END);
    }
    Some(PersonRecord {
        external_id: external_id?,
        employee_id: None,
        name,
        email,
        title,
        department,
        manager_id,
        status,
        start,
        end,
        changed_job_on,
        employment,
        // The files have no column for it.
        risk: None,
    })
}

fn entitlement(row: &mut Row<'_>) -> Option<EntitlementRecord> {
    let external_id = row.needed_id(entitlements::ID);
    let name = row.text(entitlements::NAME);
    let application = row.text(entitlements::APPLICATION);
    let description = row.paragraph(entitlements::DESCRIPTION);
    let sensitivity = row.word(entitlements::SENSITIVITY);
    let owner_id = row.id(entitlements::OWNER);
    Some(EntitlementRecord { external_id: external_id?, name, application, description, sensitivity, owner_id })
}

fn grant(row: &mut Row<'_>) -> Option<GrantRecord> {
    let person_id = row.needed_id(grants::PERSON);
    let entitlement_id = row.needed_id(grants::ENTITLEMENT);
    let path = row.path(grants::PATH);
    let granted_on = row.past_time(grants::GRANTED_ON);
    let granted_by = row.id(grants::GRANTED_BY);
    Some(GrantRecord { person_id: person_id?, entitlement_id: entitlement_id?, path: path?, granted_on, held_by: None, granted_by })
}

enum Use {
    Stated(UsageRecord),
    /// Neither when nor on how many days: unknown, which is not "unused" (rule 26).
    NotStated,
}

fn used(row: &mut Row<'_>) -> Option<Use> {
    let person_id = row.needed_id(usage::PERSON);
    let entitlement_id = row.needed_id(usage::ENTITLEMENT);
    let last_used = row.past_time(usage::LAST_USED);
    let window_days = row.needed_number(usage::WINDOW_DAYS, 1, LONGEST_WINDOW);
    let mut days_used = row.number(usage::DAYS_USED, 0, window_days.unwrap_or(LONGEST_WINDOW));
    let grain = row.needed_word(usage::GRAIN);
    let (person_id, entitlement_id, window_days, grain) = (person_id?, entitlement_id?, window_days?, grain?);
    if row.broken {
        return None;
    }
    match (last_used, days_used) {
        (None, None) => return Some(Use::NotStated),
        (None, Some(days)) if days > 0 => {
            let remedy = "Say when it was last used; or, where no use was seen, write 0 days.";
            row.problem(usage::LAST_USED, format!("an empty field beside {days} days of use"), "the date of the last use", remedy);
        }
        // A source that counts calendar days begins its window within the first day of ours, so that day proves nothing.
        (Some(last), Some(0)) if row.taken_at.since(last) < i64::from(window_days - 1) * DAY => {
            row.warn(WarningKind::DaysUsedContradicts, usage::DAYS_USED);
            days_used = None;
        }
        _ => {}
    }
    Some(Use::Stated(UsageRecord { person_id, entitlement_id, usage: Usage { last_used, days_used, window_days, grain } }))
}

fn decision(row: &mut Row<'_>) -> Option<PastDecisionRecord> {
    let person_id = row.needed_id(decisions::PERSON);
    let entitlement_id = row.needed_id(decisions::ENTITLEMENT);
    let decision = row.needed_word(decisions::DECISION);
    let decided_on = row.past_time(decisions::DECIDED_ON);
    let reviewer_id = row.id(decisions::REVIEWER);
    let how = row.word(decisions::HOW);
    Some(PastDecisionRecord { person_id: person_id?, entitlement_id: entitlement_id?, decision: decision?, decided_on, reviewer_id, how })
}

fn requirement(row: &mut Row<'_>) -> Option<RequirementRecord> {
    let person_id = row.needed_id(requirements::PERSON);
    let entitlement_id = row.needed_id(requirements::ENTITLEMENT);
    let kind = row.needed_word(requirements::REQUIREMENT);
    let expires = row.needed_time(requirements::EXPIRES);
    Some(RequirementRecord { person_id: person_id?, entitlement_id: entitlement_id?, kind: kind?, expires: expires? })
}
