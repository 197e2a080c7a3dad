//! Reading, page by page.

use super::{
    EntraSource,
    batch::{Inner, MOST, Reply},
    cursor::{Part, Place},
    graph,
    rows::{Sheet, SignIns},
    unread::{self, forbidden, unread},
};
use crate::{
    error::Error,
    facts::Covers,
    http::{Answer, Effect, HttpError},
    problem::{ErrorReport, Problem},
    source::{Cursor, Page, PageRead, Records},
    warning::{WarningKind, Warnings},
};
use domain::{Grain, Timestamp};
use serde_json::Value;

/// From this day on Graph keeps the last sign-in that worked (Graph v1.0, `signInActivity`).
const SUCCESS_SINCE: &str = "2023-12-01T00:00:00Z";
/// Longest window that usage may speak of, in days.
const LONGEST_WINDOW: i64 = 3_660;
/// Most problems that are listed of one page.
const PROBLEMS: usize = 20;

const USER: &str = "id,displayName,mail,userPrincipalName,accountEnabled,userType,department,jobTitle,officeLocation,employeeId,employeeType,employeeHireDate";
const GROUPS: &str =
    "/groups?$select=id,displayName,description,groupTypes,onPremisesSyncEnabled,isAssignableToRole&$expand=owners($select=id)&$top=999";
const APPLICATIONS: &str = "/servicePrincipals?$select=id,appId,displayName,appRoles&$top=999";

/// An empty page for an answer.
pub(super) fn blank(answer: &Answer) -> PageRead {
    PageRead {
        page: Page {
            request: answer.request.clone(),
            read_at: answer.read_at,
            bytes: answer.body.len() as u64,
            sha256: answer.sha256,
            rows: 0,
            kept: 0,
            dropped: std::collections::BTreeMap::new(),
        },
        records: Records::default(),
        problems: ErrorReport::default(),
        warnings: Warnings::default(),
        next: None,
    }
}

/// Puts the rows of one list onto a page. `take` says whether a row has what every row has.
pub(super) fn put(read: &mut PageRead, rows: &[Value], mut take: impl FnMut(&mut Sheet, &Value) -> bool) {
    let mut sheet = Sheet { records: std::mem::take(&mut read.records), ..Sheet::default() };
    for row in rows {
        read.page.rows += 1;
        read.page.kept += 1;
        sheet.line = read.page.rows;
        let fits = take(&mut sheet, row);
        if let Some(why) = sheet.dropped.take() {
            read.page.drop_row(why);
        }
        if !fits {
            let problem = Problem {
                file: read.page.request.clone(),
                line: Some(sheet.line),
                column: Some("id".to_owned()),
                found: "a row without the ids that every row has".to_owned(),
                expected: "the ids that Microsoft Graph documents".to_owned(),
                remedy: "Read the source again; if it happens twice, tell whoever runs the platform.".to_owned(),
            };
            read.page.kept = read.page.kept.saturating_sub(1);
            read.problems.push(PROBLEMS, problem);
        }
    }
    read.records = sheet.records;
}

/// The rows of a list.
pub(super) fn rows(body: &Value) -> &[Value] {
    body["value"].as_array().map(Vec::as_slice).unwrap_or_default()
}

impl EntraSource {
    pub(super) async fn page(&self, cursor: Option<&Cursor>) -> Result<PageRead, Error> {
        let place = Place::of(cursor)?;
        match place.part {
            Part::Users => self.users(place).await,
            Part::Risks => self.risks(place).await,
            Part::Assignments | Part::Members => self.each(place).await,
            Part::SignIns => self.sign_ins(place).await,
            Part::Audits => self.audits(place).await,
            Part::Applications => self.list(place, APPLICATIONS, Sheet::application).await,
            Part::Groups => self.list(place, GROUPS, Sheet::group).await,
            Part::RoleDefinitions => {
                let path = "/roleManagement/directory/roleDefinitions?$select=id,displayName,description";
                self.list(place, path, Sheet::role).await
            }
            Part::RoleAssignments => {
                let path = "/roleManagement/directory/roleAssignments?$expand=principal";
                self.list(place, path, Sheet::role_assignment).await
            }
        }
    }

    async fn users(&self, mut place: Place) -> Result<PageRead, Error> {
        let leave = if self.config.leave_dates { ",employeeLeaveDateTime" } else { "" };
        let first = |quiet: bool| {
            let (activity, most) = if quiet { ("", 999) } else { (",signInActivity", 500) };
            format!("/users?$select={USER}{leave}{activity}&$expand=manager($select=id)&$top={most}")
        };
        let path = place.next.clone().unwrap_or_else(|| first(place.quiet));
        let mut answer = self.get(&path, "users", &self.reader).await?;
        if answer.status == 403 && place.next.is_none() && !place.quiet {
            // Without a premium licence or AuditLog.Read.All, sign-in activity cannot be asked for; everything else can.
            place.quiet = true;
            answer = self.get(&first(true), "users", &self.reader).await?;
        }
        if !answer.is_success() {
            return Err(graph::refused(&answer));
        }
        let mut read = blank(&answer);
        let body = answer.json.unwrap_or_default();
        put(&mut read, rows(&body), Sheet::user);
        let next = self.next_of(&body)?;
        if place.quiet && place.next.is_none() {
            unread(
                &mut read,
                "sign-in activity",
                Covers::Usage,
                "Sign-in activity needs AuditLog.Read.All and a premium licence; use of groups is unknown, and of directory roles what the audit log does not tell.",
            );
        }
        if next.is_none() && !place.quiet {
            let since = Timestamp::parse_rfc3339(SUCCESS_SINCE).unwrap_or_default();
            let days = self.client.platform_now().days_since(since).clamp(0, LONGEST_WINDOW);
            read.records.facts.windows.push((Grain::Tenant, u32::try_from(days).unwrap_or(0)));
        }
        let then = match next {
            Some(next) => place.at(next)?,
            None if self.config.risks => Place::begin(Part::Risks),
            None => Place::begin(Part::Applications),
        };
        read.next = Some(then.cursor());
        Ok(read)
    }

    async fn list(&self, place: Place, first: &str, take: impl FnMut(&mut Sheet, &Value) -> bool) -> Result<PageRead, Error> {
        let path = place.next.clone().unwrap_or_else(|| first.to_owned());
        let answer = self.get(&path, "directory", &self.reader).await?;
        if answer.status == 403 && place.next.is_none() {
            let mut read = blank(&answer);
            let then = match place.part {
                Part::Applications => Place::begin(Part::Groups),
                Part::Groups => self.after(&place),
                _ => Place::begin(Part::SignIns),
            };
            forbidden(&mut read, unread::of_list(place.part), &answer.request, &answer.json.unwrap_or_default());
            read.next = Some(then.cursor());
            return Ok(read);
        }
        if !answer.is_success() {
            return Err(graph::refused(&answer));
        }
        let mut read = blank(&answer);
        let body = answer.json.unwrap_or_default();
        put(&mut read, rows(&body), take);
        let next = self.next_of(&body)?;
        let ids = || rows(&body).iter().filter_map(|row| row["id"].as_str()).map(str::to_owned).collect::<Vec<_>>();
        let each = match place.part {
            Part::Applications => Some(Part::Assignments),
            Part::Groups => Some(Part::Members),
            _ => None,
        };
        let then = match (each, next) {
            (Some(part), next) => {
                let after = next.map(|next| place.at(next)).transpose()?;
                let guard = after.as_ref().map(|after| after.guard.clone()).unwrap_or_default();
                let one_by_one = Place { ids: ids(), after: after.and_then(|after| after.next), guard, ..Place::begin(part) };
                Some(if one_by_one.ids.is_empty() { self.after(&one_by_one) } else { one_by_one })
            }
            (None, Some(next)) => Some(place.at(next)?),
            (None, None) if place.part == Part::RoleDefinitions => Some(Place::begin(Part::RoleAssignments)),
            (None, None) => Some(Place::begin(Part::SignIns)),
        };
        read.next = then.map(|then| then.cursor());
        Ok(read)
    }

    /// Where it goes on after everything of one list was asked one by one.
    fn after(&self, place: &Place) -> Place {
        let list = if place.part == Part::Assignments { Part::Applications } else { Part::Groups };
        match (&place.after, list) {
            (Some(next), list) => Place { next: Some(next.clone()), guard: place.guard.clone(), ..Place::begin(list) },
            (None, Part::Applications) => Place::begin(Part::Groups),
            (None, _) if self.config.directory_roles => Place::begin(Part::RoleDefinitions),
            (None, _) => Place::begin(Part::SignIns),
        }
    }

    /// Members of groups, or assignments of applications: twenty lists in one call.
    async fn each(&self, mut place: Place) -> Result<PageRead, Error> {
        let members = place.part == Part::Members;
        let asked: Vec<String> = place.ids.drain(..place.ids.len().min(MOST)).collect();
        let path = |id: &String| {
            if id.starts_with('/') {
                id.clone()
            } else if members {
                format!("/groups/{id}/members?$select=id,displayName&$top=999")
            } else {
                format!("/servicePrincipals/{id}/appRoleAssignedTo?$top=999")
            }
        };
        let calls: Vec<Inner> = asked.iter().map(|id| Inner::get(path(id))).collect();
        let (answer, replies) = self.batch(&calls, Effect::Reads, &self.reader).await?;
        if !answer.is_success() {
            return Err(graph::refused(&answer));
        }
        let mut read = blank(&answer);
        let mut again = Vec::new();
        for ((id, call), reply) in asked.iter().zip(&calls).zip(&replies) {
            match reply.status {
                200 => {
                    let group = call.url.trim_start_matches('/').split('/').nth(1).unwrap_or_default().to_owned();
                    put(&mut read, rows(&reply.body), |sheet, row| if members { sheet.member(&group, row) } else { sheet.assignment(row) });
                    if let Some(next) = self.next_of(&reply.body)? {
                        // Links of several lists take turns here: each is compared with the one it came from.
                        if next == *id {
                            return Err(Error::Loop { page: next });
                        }
                        place.guard.pass(&next).map_err(|_| Error::Loop { page: next.clone() })?;
                        again.push(next);
                    }
                }
                404 => {
                    read.page.rows += 1;
                    read.page.kept += 1;
                    read.page.drop_row(WarningKind::GoneMeanwhile);
                }
                403 if !id.starts_with('/') => {
                    let of = if members { unread::of_group(id) } else { unread::of_application(id) };
                    forbidden(&mut read, of, &format!("{} {}", call.method, call.url), &reply.body);
                }
                _ if reply.is_passing() => again.push(id.clone()),
                status => return Err(graph::refusal(&format!("{} {}", call.method, call.url), status, &reply.body)),
            }
        }
        let unanswered = replies.iter().filter(|reply| reply.is_passing()).count();
        if unanswered == replies.len() {
            self.patience(&mut place, &answer)?;
        } else {
            place.tries = 0;
        }
        self.wait_for(&replies).await?;
        again.append(&mut place.ids);
        place.ids = again;
        let then = if place.ids.is_empty() { self.after(&place) } else { place };
        read.next = Some(then.cursor());
        Ok(read)
    }

    /// Counts batches in which nothing was answered; gives up as a single call would.
    fn patience(&self, place: &mut Place, answer: &Answer) -> Result<(), Error> {
        place.tries += 1;
        if place.tries < self.config.limits.attempts {
            return Ok(());
        }
        let why = "every call of the batch was put off".to_owned();
        Err(HttpError::NotAnswered { request: answer.request.clone(), attempts: place.tries, why }.into())
    }

    async fn sign_ins(&self, mut place: Place) -> Result<PageRead, Error> {
        let since = self.log_since(&place);
        let path = place.next.clone().unwrap_or_else(|| format!("/auditLogs/signIns?$filter=createdDateTime ge {since}&$top=1000"));
        let answer = self.get(&path, "logs", &self.reader).await?;
        let mut read = blank(&answer);
        if answer.status == 403 && place.next.is_none() {
            unread(
                &mut read,
                "sign-ins",
                Covers::Usage,
                "Sign-ins need AuditLog.Read.All and a premium licence; use of applications is unknown.",
            );
            read.next = self.after_sign_ins().map(|then| then.cursor());
            return Ok(read);
        }
        if !answer.is_success() {
            return Err(graph::refused(&answer));
        }
        let body = answer.json.unwrap_or_default();
        let mut seen = SignIns { oldest: place.oldest, ..SignIns::default() };
        put(&mut read, rows(&body), |sheet, row| seen.add(sheet, row));
        place.since = Some(since);
        place.oldest = seen.oldest;
        read.records.facts.uses.extend(seen.into_uses());
        if let Some(next) = self.next_of(&body)? {
            read.next = Some(place.at(next)?.cursor());
            return Ok(read);
        }
        read.records.facts.windows.push((Grain::Application, self.reach(since, place.oldest)));
        read.next = self.after_sign_ins().map(|then| then.cursor());
        Ok(read)
    }
}

impl Reply {
    /// The rows of a list, where the reply is one.
    pub(super) fn rows(&self) -> &[Value] {
        rows(&self.body)
    }
}
