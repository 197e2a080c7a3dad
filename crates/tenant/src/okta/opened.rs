//! A campaign that is under way when the org starts.

use std::collections::BTreeSet;

use serde_json::json;

use super::change::{Change, Entry};
use super::ids::id;
use super::org::Org;
use crate::calendar::rfc3339;
use crate::company::{Company, Role};

/// How many groups it asks about.
const GROUPS: usize = 4;

/// Opens a campaign over the groups that most of the first reviewer's team are in, answered by each member's manager: Revoke
/// takes people out at once, silence does nothing.
pub(super) fn campaign(company: &Company, org: &mut Org) {
    let now = company.config().now.div_euclid(1_000_000);
    let of_role = |role| company.cast().of_role(role).next().map(|member| id("00u", &member.person_id));
    let (Some(boss), Some(owner)) = (of_role(Role::Reviewer), of_role(Role::Owner)) else { return };
    let team: BTreeSet<&String> =
        org.users.values().filter(|user| user.profile["managerId"] == boss.as_str()).map(|user| &user.id).collect();
    let mut groups: Vec<(usize, &String)> = org
        .groups
        .values()
        .filter(|group| group.kind == "OKTA_GROUP")
        .map(|group| (group.members.keys().filter(|member| team.contains(member)).count(), &group.id))
        .filter(|(count, _)| *count > 0)
        .collect();
    groups.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
    let resources: Vec<_> =
        groups.into_iter().take(GROUPS).map(|(_, group)| json!({ "resourceType": "GROUP", "resourceId": group })).collect();
    let body = json!({
        "name": "Quarterly review of groups", "description": "Who is in the groups that give applications.", "campaignType": "RESOURCE",
        "scheduleSettings": { "type": "ONE_OFF", "startDate": rfc3339(now), "durationInDays": 21, "timeZone": "Europe/Zurich" },
        "resourceSettings": { "targetTypes": ["GROUP"], "targetResources": resources },
        "reviewerSettings": { "type": "REVIEWER_EXPRESSION", "reviewerScopeExpression": "user.profile.managerId",
            "fallBackReviewerId": owner, "selfReviewDisabled": true, "justificationRequirement": "REQUIRED_FOR_REVOKE" },
        "remediationSettings": { "accessApproved": "NO_ACTION", "accessRevoked": "DENY", "noResponse": "NO_ACTION" },
    });
    let campaign = id("ici", "under way from the start");
    for change in [Change::CampaignCreated { campaign: campaign.clone(), body }, Change::CampaignLaunched { campaign }] {
        org.apply(0, &Entry { at: now * 1_000_000, by: owner.clone(), change });
    }
}
