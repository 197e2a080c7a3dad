//! Reading the audit log: the last part of a reading, by the same limit as sign-ins.

use super::{
    EntraSource,
    administration::Acts,
    cursor::{Part, Place},
    graph, names,
    read::{blank, put, rows},
    unread::unread,
};
use crate::{error::Error, facts::Covers, source::PageRead};
use domain::{Grain, Timestamp, time::DAY};

impl EntraSource {
    /// Where it goes on after sign-ins; the audit log tells of directory roles alone.
    pub(super) fn after_sign_ins(&self) -> Option<Place> {
        self.config.directory_roles.then(|| Place::begin(Part::Audits))
    }

    /// From when on a log is asked for, in whole seconds.
    pub(super) fn log_since(&self, place: &Place) -> Timestamp {
        place.since.unwrap_or_else(|| {
            let seconds = self.client.platform_now().micros().div_euclid(1_000_000);
            Timestamp(seconds * 1_000_000).plus(-i64::from(self.config.sign_in_days) * DAY)
        })
    }

    /// How many days a log that was asked for from `since` on reaches back. What was asked for is not always what is kept: the
    /// oldest line shows it.
    pub(super) fn reach(&self, since: Timestamp, oldest: Option<Timestamp>) -> u32 {
        let days = i64::from(self.config.sign_in_days);
        let reach = oldest.map_or(0, |oldest| if oldest.since(since) <= DAY { days } else { since.plus(days * DAY).days_since(oldest) });
        u32::try_from(reach).unwrap_or(0)
    }

    pub(super) async fn audits(&self, mut place: Place) -> Result<PageRead, Error> {
        let since = self.log_since(&place);
        let path =
            place.next.clone().unwrap_or_else(|| format!("/auditLogs/directoryAudits?$filter=activityDateTime ge {since}&$top=1000"));
        let answer = self.get(&path, "logs", &self.reader).await?;
        let mut read = blank(&answer);
        if answer.status == 403 && place.next.is_none() {
            unread(
                &mut read,
                "audit log",
                Covers::UsageOf { prefix: names::ROLE.to_owned() },
                "The audit log needs AuditLog.Read.All; what people do with directory roles is unknown.",
            );
            return Ok(read);
        }
        if !answer.is_success() {
            return Err(graph::refused(&answer));
        }
        let body = answer.json.unwrap_or_default();
        let mut acts = Acts::after(place.oldest);
        put(&mut read, rows(&body), |sheet, row| {
            acts.add(sheet, row);
            true
        });
        place.since = Some(since);
        place.oldest = acts.oldest;
        read.records.facts.uses.extend(acts.into_uses());
        match self.next_of(&body)? {
            Some(next) => read.next = Some(place.at(next)?.cursor()),
            None => read.records.facts.windows.push((Grain::Action, self.reach(since, place.oldest))),
        }
        Ok(read)
    }
}
