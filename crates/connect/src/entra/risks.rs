//! Reading which accounts Microsoft Entra ID Protection holds to be at risk.

use super::{
    EntraSource,
    cursor::{Part, Place},
    graph,
    read::{blank, put, rows},
    rows::Sheet,
    unread::unread,
};
use crate::{error::Error, facts::Covers, source::PageRead};
use domain::{AccountRisk, RiskLevel, Timestamp};
use serde_json::Value;

const RISKY: &str = "/identityProtection/riskyUsers?$select=id,isDeleted,riskState,riskLevel,riskLastUpdatedDateTime&$top=500";

impl EntraSource {
    pub(super) async fn risks(&self, place: Place) -> Result<PageRead, Error> {
        let path = place.next.clone().unwrap_or_else(|| RISKY.to_owned());
        let answer = self.get(&path, "risk", &self.reader).await?;
        let mut read = blank(&answer);
        let then = Place::begin(Part::Applications);
        if answer.status == 403 && place.next.is_none() {
            unread(
                &mut read,
                "accounts at risk",
                Covers::Risk,
                "Accounts at risk need IdentityRiskyUser.Read.All and Microsoft Entra ID P2; whether an account is in other hands is unknown.",
            );
            read.next = Some(then.cursor());
            return Ok(read);
        }
        if !answer.is_success() {
            return Err(graph::refused(&answer));
        }
        let body = answer.json.unwrap_or_default();
        put(&mut read, rows(&body), Sheet::risk);
        let next = self.next_of(&body)?;
        read.records.facts.risks_listed = next.is_none();
        read.next = Some(next.map_or(Ok(then), |next| place.at(next))?.cursor());
        Ok(read)
    }
}

/// What a row of the list says; `None` where it does not tell how likely it is.
///
/// States and levels are those of Graph v1.0 (`riskState`, `riskLevel`): what was remediated, dismissed or confirmed to be safe
/// is settled; `hidden` stands where the licence does not let the level be seen.
pub(super) fn risk_of(row: &Value) -> Option<AccountRisk> {
    let since = row["riskLastUpdatedDateTime"].as_str().and_then(|text| Timestamp::parse_rfc3339(text).ok());
    let level = match (row["riskState"].as_str()?, row["riskLevel"].as_str()) {
        ("none" | "confirmedSafe" | "remediated" | "dismissed", _) => RiskLevel::None,
        ("confirmedCompromised", _) | ("atRisk", Some("high")) => RiskLevel::High,
        ("atRisk", Some("medium")) => RiskLevel::Medium,
        ("atRisk", Some("low")) => RiskLevel::Low,
        ("atRisk", Some("none")) => RiskLevel::None,
        _ => return None,
    };
    Some(AccountRisk { level, since })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_state_and_level_of_the_contract_says_what_is_known() {
        let level = |state: &str, level: &str| risk_of(&json!({ "riskState": state, "riskLevel": level })).map(|risk| risk.level);
        for settled in ["none", "confirmedSafe", "remediated", "dismissed"] {
            assert_eq!(level(settled, "high"), Some(RiskLevel::None), "{settled}");
        }
        assert_eq!(level("confirmedCompromised", "none"), Some(RiskLevel::High));
        let at_risk = [("high", RiskLevel::High), ("medium", RiskLevel::Medium), ("low", RiskLevel::Low), ("none", RiskLevel::None)];
        for (word, known) in at_risk {
            assert_eq!(level("atRisk", word), Some(known), "{word}");
        }
        // What the licence hides, and what a later contract may bring, tells nothing.
        for (state, word) in [("atRisk", "hidden"), ("atRisk", "unknownFutureValue"), ("unknownFutureValue", "high")] {
            assert_eq!(level(state, word), None, "{state} {word}");
        }
        assert_eq!(risk_of(&json!({ "riskLevel": "high" })), None);
    }
}
