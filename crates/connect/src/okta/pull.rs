//! Reading an org page by page. The order: rules, users, groups with their members and owners, applications with their
//! users and groups, roles. The log's limit is the narrowest, so that its pages are read between the others whenever it lets
//! one pass; and it is read last, so that use is known up to the moment of the access it speaks about.

use super::{
    OktaSource,
    log::{self, LogPlace},
    pages::{self, Sheet},
};
use crate::{
    error::Error,
    http::{Answer, HttpError, LoopGuard, Request, Url},
    problem::ErrorReport,
    source::{Cursor, PageRead},
    warning::{Warning, WarningKind, Warnings},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Users, and whatever else has no larger page.
const SMALL: &str = "200";
/// Every status: without a filter, Okta leaves out who is deprovisioned.
const EVERY_STATUS: &str = r#"status eq "ACTIVE" or status eq "STAGED" or status eq "PROVISIONED" or status eq "RECOVERY" or status eq "LOCKED_OUT" or status eq "PASSWORD_EXPIRED" or status eq "SUSPENDED" or status eq "DEPROVISIONED""#;

/// Which list a page belongs to. The log is none of them: it has a place of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum List {
    Rules,
    Users,
    Groups,
    Members,
    Owners,
    Apps,
    AppUsers,
    AppGroups,
    Holders,
    Roles,
}

impl List {
    const ORDER: [Self; 10] = [
        Self::Rules,
        Self::Users,
        Self::Groups,
        Self::Members,
        Self::Owners,
        Self::Apps,
        Self::AppUsers,
        Self::AppGroups,
        Self::Holders,
        Self::Roles,
    ];

    fn next(self) -> Option<Self> {
        Self::ORDER.iter().skip_while(|list| **list != self).nth(1).copied()
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListPlace {
    pub(super) list: List,
    /// Of which group, application or person, where the list is one of many.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) of: String,
    /// The platform's own cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(default)]
    guard: LoopGuard,
}

impl ListPlace {
    fn at(list: List, of: &str) -> Self {
        Self { list, of: of.to_owned(), after: None, guard: LoopGuard::default() }
    }
}

/// Where a reading stands. It travels as the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// In the lists.
    Lists {
        /// The next page of theirs.
        at: ListPlace,
        /// How far the log was read beside them; `None` before the first answer, by which the platform's clock is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        log: Option<LogPlace>,
    },
    /// The lists are over.
    Log(LogPlace),
}

impl Place {
    fn cursor(&self) -> Result<Cursor, HttpError> {
        serde_json::to_string(self).map(Cursor).map_err(|error| HttpError::Client(error.to_string()))
    }
}

/// The lists that a reading goes through one by one, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Groups that may be held, with the platform's own count of members where it gives one.
    pub(super) groups: BTreeMap<String, Option<u64>>,
    pub(super) apps: Vec<String>,
    pub(super) holders: Vec<String>,
}

/// The platform's cursor out of a link: that and nothing else is taken from it, because the link may name another host.
pub(super) fn after_of(url: &Url) -> Option<String> {
    url.query_pairs().find(|(name, _)| name == "after").map(|(_, value)| value.into_owned())
}

impl OktaSource {
    pub(super) async fn pull(&self, cursor: Option<&Cursor>) -> Result<PageRead, Error> {
        let place = match cursor {
            None => {
                *self.plan.lock().await = Some(Plan::default());
                Place::Lists { at: ListPlace::at(List::Rules, ""), log: None }
            }
            Some(Cursor(text)) => serde_json::from_str(text).map_err(|_| Error::Cursor(text.clone()))?,
        };
        let now = self.client.platform_now();
        let (mut sheet, at, log) = match place {
            Place::Log(log) => {
                let (sheet, log) = self.log_page(log).await?;
                (sheet, None, Some(log))
            }
            Place::Lists { at, log } => match log.or_else(|| cursor.map(|_| LogPlace::begin(now))) {
                Some(log) if log.may_go_on() && self.client.would_pass(log::BUCKET) => {
                    let (sheet, log) = self.log_page(log).await?;
                    (sheet, Some(at), Some(log))
                }
                log => {
                    let (sheet, at) = self.list_page(&at).await?;
                    (sheet, at, log)
                }
            },
        };
        let next = match (at, log) {
            (Some(at), log) => Some(Place::Lists { at, log }),
            // Once the lists are over, the log is read up to that moment.
            (None, Some(log)) if !log.may_go_on() => {
                let rest = log.up_to(self.client.platform_now());
                if let (None, Some(observed)) = (&rest, log.observed()) {
                    sheet.piece(&observed)?;
                }
                rest.map(Place::Log)
            }
            (None, log) => Some(Place::Log(log.unwrap_or_else(|| LogPlace::begin(self.client.platform_now())))),
        };
        let mut warnings = Warnings::default();
        for unread in &sheet.records.facts.unread {
            let file = sheet.page.request.clone();
            warnings.push(Warning { kind: WarningKind::PartUnread, file, line: None, column: None, found: unread.part.clone() });
        }
        Ok(PageRead {
            page: sheet.page,
            records: sheet.records,
            problems: ErrorReport::default(),
            warnings,
            next: next.map(|place| place.cursor()).transpose()?,
        })
    }

    /// Reads a page of the lists, and says where the next one is; `None` where they are over.
    async fn list_page(&self, place: &ListPlace) -> Result<(Sheet, Option<ListPlace>), Error> {
        let mut plan = self.plan.lock().await;
        if plan.is_none() {
            *plan = Some(self.plan_anew(place.list).await?);
        }
        let plan = plan.get_or_insert_with(Plan::default);
        let answer = self.ask(place).await?;
        let mut sheet = if answer.is_success() { pages::read(place, &answer, plan)? } else { pages::not_read(place, &answer)? };
        let next = self.next_place(place, &mut sheet, plan, answer.is_success())?;
        Ok((sheet, next))
    }

    /// Reads a page of the log, and says how far it was read then.
    async fn log_page(&self, log: LogPlace) -> Result<(Sheet, LogPlace), Error> {
        let query = log.query();
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.client.send(&Request::get(self.url(log::PATH, &query)?, log::BUCKET), &self.reader).await?;
        if let Some(plain) = log.plain().filter(|_| answer.status == 400) {
            return Ok((pages::acts_not_read(&answer), plain));
        }
        if !answer.is_success() {
            return Ok((pages::log_not_read(&answer)?, log.refused()));
        }
        let mut sheet = pages::log(&answer)?;
        let after = sheet.next.take().filter(|_| sheet.page.rows > 0);
        let log = log.passed(after).map_err(|_| Error::Loop { page: answer.request.clone() })?;
        Ok((sheet, log))
    }

    async fn ask(&self, place: &ListPlace) -> Result<Answer, Error> {
        let of = &place.of;
        let (path, bucket, mut query): (String, &'static str, Vec<(&str, &str)>) = match place.list {
            List::Rules => ("/api/v1/groups/rules".to_owned(), "groups", vec![("limit", SMALL)]),
            List::Users => ("/api/v1/users".to_owned(), "users", vec![("limit", SMALL), ("filter", EVERY_STATUS)]),
            List::Groups => ("/api/v1/groups".to_owned(), "groups", vec![("limit", SMALL), ("expand", "stats")]),
            List::Members => (format!("/api/v1/groups/{of}/users"), "groups", vec![("limit", "1000")]),
            List::Owners => (format!("/api/v1/groups/{of}/owners"), "groups", Vec::new()),
            List::Apps => ("/api/v1/apps".to_owned(), "app-list", vec![("limit", SMALL)]),
            List::AppUsers => (format!("/api/v1/apps/{of}/users"), "apps", vec![("limit", "500")]),
            List::AppGroups => (format!("/api/v1/apps/{of}/groups"), "apps", vec![("limit", SMALL)]),
            List::Holders => ("/api/v1/iam/assignees/users".to_owned(), "roles", vec![("limit", "100")]),
            List::Roles => (format!("/api/v1/users/{of}/roles"), "roles", Vec::new()),
        };
        if let Some(after) = &place.after {
            query.push(("after", after));
        }
        Ok(self.client.send(&Request::get(self.url(&path, &query)?, bucket), &self.reader).await?)
    }

    /// The lists that a reading was going through, where it goes on in another process.
    async fn plan_anew(&self, list: List) -> Result<Plan, Error> {
        let mut plan = Plan::default();
        for (first, needed) in [
            (List::Groups, matches!(list, List::Groups | List::Members | List::Owners)),
            (List::Apps, matches!(list, List::Apps | List::AppUsers | List::AppGroups)),
            (List::Holders, matches!(list, List::Holders | List::Roles)),
        ] {
            // While a list itself is being read, its first pages belong to the plan too.
            let mut place = needed.then(|| ListPlace::at(first, ""));
            while let Some(here) = place {
                let answer = self.ask(&here).await?;
                if !answer.is_success() {
                    break;
                }
                let sheet = pages::read(&here, &answer, &mut plan)?;
                place = match sheet.next {
                    Some(after) => {
                        let mut guard = here.guard.clone();
                        guard.pass(&after).map_err(|_| Error::Loop { page: answer.request.clone() })?;
                        Some(ListPlace { after: Some(after), guard, ..here })
                    }
                    None => None,
                };
            }
        }
        Ok(plan)
    }

    fn next_place(&self, place: &ListPlace, sheet: &mut Sheet, plan: &mut Plan, read: bool) -> Result<Option<ListPlace>, Error> {
        if let Some(after) = sheet.next.take() {
            // An empty page with a cursor is the end: Okta's polling lists repeat their last cursor.
            if sheet.page.rows > 0 {
                let mut guard = place.guard.clone();
                guard.pass(&after).map_err(|_| Error::Loop { page: sheet.page.request.clone() })?;
                return Ok(Some(ListPlace { after: Some(after), guard, ..place.clone() }));
            }
        }
        // Owners are refused for one as for all.
        let refused_for_all = !read && matches!(place.list, List::Owners | List::Roles) && !sheet.records.facts.unread.is_empty();
        let mut list = place.list;
        let mut of = place.of.clone();
        loop {
            if !refused_for_all || list != place.list {
                let found = match list {
                    List::Members => later(plan.groups.iter().filter(|(_, counted)| **counted != Some(0)).map(|(id, _)| id), &of),
                    List::Owners if self.owners => later(plan.groups.keys(), &of),
                    List::AppUsers | List::AppGroups => later(plan.apps.iter(), &of),
                    List::Roles => later(plan.holders.iter(), &of),
                    _ => None,
                };
                if let Some(id) = found {
                    return Ok(Some(ListPlace::at(list, &id)));
                }
            }
            match list.next() {
                None => return Ok(None),
                Some(next) => list = next,
            }
            of.clear();
            if matches!(list, List::Rules | List::Users | List::Groups | List::Apps | List::Holders) {
                return Ok(Some(ListPlace::at(list, "")));
            }
        }
    }
}

/// The first id after another, of a sorted list.
fn later<'a>(mut ids: impl Iterator<Item = &'a String>, of: &str) -> Option<String> {
    ids.find(|id| id.as_str() > of).cloned()
}
