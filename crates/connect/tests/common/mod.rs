//! A folder of files to read, and the words to read it with.

#![expect(dead_code, reason = "each test binary uses its own part of these helpers")]

use connect::{
    Error, ErrorReport, Reading,
    files::{self, Limits},
};
use domain::{ManualClock, Timestamp};
use std::{fs, path::Path};
use tempfile::TempDir;

/// 2026-11-21T08:10:44Z, when the data of these tests was taken.
pub const TAKEN_AT: Timestamp = Timestamp(1_795_248_644_000_000);
/// A minute later, when it is read.
pub const READ_AT: Timestamp = Timestamp(TAKEN_AT.0 + 60_000_000);

pub const PEOPLE: &str = "person_id,name,email,title,department,manager_id,status,start,end,changed_job_on\n";
pub const ENTITLEMENTS: &str = "entitlement_id,name,application,description,sensitivity,owner_id\n";
pub const GRANTS: &str = "person_id,entitlement_id,path,granted_on,granted_by\n";
pub const USAGE: &str = "person_id,entitlement_id,last_used,days_used,window_days,grain\n";
pub const DECISIONS: &str = "person_id,entitlement_id,decision,decided_on,reviewer_id,how\n";

/// A folder with a small, sound source in it.
pub struct Folder(TempDir);

impl Folder {
    /// Two people, two entitlements, two grants, one usage row, one decision.
    pub fn sound() -> Self {
        Self::empty()
            .put(
                "people.csv",
                format!(
                    "{PEOPLE}p1,Ada Ahrens,ada@example.org,Analyst,Treasury,p2,active,2020-01-07,,\n\
                     p2,Bo Berg,bo@example.org,Head of Treasury,Treasury,,active,2015-03-01,,2021-06-01T07:00:00+02:00\n"
                ),
            )
            .put(
                "entitlements.csv",
                format!(
                    "{ENTITLEMENTS}e1,Payments clerk,Oracle Payables,\"Enters payments, up to 10,000\",high,p2\n\
                     e2,Mail,Mail,,,\n"
                ),
            )
            .put("grants.csv", format!("{GRANTS}p1,e1,group:AP-clerks,2024-05-06,p2\np2,e2,direct,,\n"))
            .put("usage.csv", format!("{USAGE}p1,e1,2026-11-20,12,90,application\n"))
            .put("decisions.csv", format!("{DECISIONS}p1,e1,approve,2025-11-20,p2,reviewed\n"))
    }

    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn put(self, file: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.0.path().join(file), content).unwrap();
        self
    }

    pub fn without(self, file: &str) -> Self {
        fs::remove_file(self.0.path().join(file)).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn try_read_with(&self, limits: &Limits) -> Result<Reading, Error> {
        files::read(self.path(), TAKEN_AT, &ManualClock::new(READ_AT), limits)
    }

    pub fn try_read(&self) -> Result<Reading, Error> {
        self.try_read_with(&Limits::default())
    }

    pub fn read(&self) -> Reading {
        self.try_read().unwrap()
    }

    #[expect(clippy::panic, reason = "a failed expectation is a failed test")]
    pub fn report_with(&self, limits: &Limits) -> ErrorReport {
        match self.try_read_with(limits) {
            Err(Error::Broken(report)) => *report,
            other => panic!("expected a report, got {other:?}"),
        }
    }

    pub fn report(&self) -> ErrorReport {
        self.report_with(&Limits::default())
    }

    /// The problems, one sentence each.
    pub fn problems(&self) -> Vec<String> {
        self.report().problems.iter().map(ToString::to_string).collect()
    }

    /// The warnings, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        self.read().warnings.examples.iter().map(ToString::to_string).collect()
    }
}
