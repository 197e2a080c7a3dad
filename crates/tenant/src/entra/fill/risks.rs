//! Whose accounts Identity Protection holds, or held, to be at risk.

use serde_json::json;

use super::Fill;
use crate::calendar::{DAY, rfc3339};

/// Of so many people who work here, something was noticed about one.
const OF: usize = 60;

/// What became of it: state, level and detail, and how many days ago.
const FOUND: [(&str, &str, &str, i64); 5] = [
    ("atRisk", "high", "none", 2),
    ("remediated", "none", "userPerformedSecuredPasswordReset", 40),
    ("atRisk", "medium", "none", 6),
    ("dismissed", "none", "adminDismissedAllRiskForUser", 75),
    ("atRisk", "low", "none", 12),
];

impl Fill<'_> {
    /// A sign-in from afar, a password in a list of leaked ones: it meets anybody who works here, whatever they hold.
    pub(super) fn risks(&mut self) {
        let at_work = self.company.people().iter().filter(|person| person.status == "active");
        let mut met: Vec<(String, &str)> = at_work.map(|person| (self.id("risk", &person.person_id), person.person_id.as_str())).collect();
        met.sort();
        for (place, (_, person)) in met.iter().step_by(OF).enumerate() {
            let Some(user) = self.directory.users.get(&self.principal(person)) else { continue };
            let (state, level, detail, days) = FOUND[place % FOUND.len()];
            self.directory.risks.push(json!({
                "id": user.id, "isDeleted": false, "isProcessing": false, "riskState": state, "riskLevel": level, "riskDetail": detail,
                "riskLastUpdatedDateTime": rfc3339(self.now - days * DAY), "userDisplayName": user.name, "userPrincipalName": user.upn,
            }));
        }
        self.directory.risks.sort_by(|one, other| one["id"].as_str().cmp(&other["id"].as_str()));
    }
}
