//! One company on several platforms: each grant lives on exactly one of them, and each part stands by itself.

use std::collections::BTreeSet;

use tenant::company::{Company, Grant, Kind, Platform};
use tenant::{entra, okta, placed};

use super::{company, the_rows_hold_together};

/// Whatever the seed and size: nothing is lost or held twice, and who is named in a part is in it.
pub fn each_part_stands_by_itself(whole: &Company) {
    let mut together: Vec<Grant> = Vec::new();
    let mut seen = 0;
    for platform in Platform::ALL {
        let part = whole.part(platform);
        assert_eq!(part.part_of(), Some(platform));
        the_rows_hold_together(&part);
        assert!(part.grants().iter().all(|grant| whole.platform_of(&grant.entitlement_id) == Some(platform)));
        together.extend_from_slice(part.grants());
        seen += part.usage().len();
        let holders: BTreeSet<&str> = part.grants().iter().map(|grant| grant.person_id.as_str()).collect();
        let managers: BTreeSet<&str> = part.people().iter().map(|person| person.manager_id.as_str()).collect();
        let anywhere: BTreeSet<&str> = whole.grants().iter().map(|grant| grant.person_id.as_str()).collect();
        for person in part.people().iter().filter(|person| ["service", "shared"].contains(&person.status.as_str())) {
            let id = person.person_id.as_str();
            assert!(holders.contains(id) || managers.contains(id), "{id} has an account in {platform} and no use for it");
        }
        // Who left in good order has a closed account everywhere.
        for person in whole.people().iter().filter(|person| !anywhere.contains(person.person_id.as_str())) {
            assert!(part.people().contains(person), "{platform}: {person:?}");
        }
        let settings = part.settings();
        let lives = |id: &String| part.entitlements().iter().any(|entitlement| entitlement.entitlement_id == *id);
        assert!(settings.emergency_entitlements.iter().all(lives));
        assert!(settings.emergency_accounts.iter().all(|id| holders.contains(id.as_str())));
        for rule in &settings.separated_duties {
            assert!(rule.left.iter().chain(&rule.right).all(lives), "{rule:?}");
        }
    }
    together.sort();
    assert_eq!(together, whole.grants());
    assert_eq!(seen, whole.usage().len());
}

#[test]
fn each_platform_has_its_share_and_every_story_is_told_on_each() {
    let whole = company(7, 1_200, 60);
    each_part_stands_by_itself(&whole);
    let all = whole.grants().len();
    let parts = Platform::ALL.map(|platform| whole.part(platform));
    let shares = parts.each_ref().map(|part| part.grants().len() * 1_000 / all);
    println!("of {all} grants: okta {}, entra {}, files {} in a thousand", shares[0], shares[1], shares[2]);
    for (share, (low, high)) in shares.into_iter().zip([(430, 470), (380, 420), (130, 170)]) {
        assert!((low..=high).contains(&share), "{shares:?}");
    }
    let counts = parts.each_ref().map(Company::counts);
    for kind in Kind::ALL {
        let here = counts.each_ref().map(|counts| counts[kind]);
        println!("{:24} {:6} {:6} {:6}", kind.name(), here[0], here[1], here[2]);
        assert!(here.iter().all(|count| *count > 0), "{}: {here:?}", kind.name());
    }
    // What the demo's managers review lies on every platform.
    for manager in whole.cast().of_role(tenant::company::Role::Reviewer) {
        for part in &parts {
            let team: BTreeSet<&str> = part
                .people()
                .iter()
                .filter(|person| person.manager_id == manager.person_id)
                .map(|person| person.person_id.as_str())
                .collect();
            let held = part.labels().iter().filter(|label| team.contains(label.person_id.as_str()));
            let (problems, fine): (Vec<_>, Vec<_>) = held.partition(|label| label.kind.is_problem());
            println!("{} in {}: {} problems, {} others", manager.name, part.part_of().unwrap(), problems.len(), fine.len());
            assert!(!problems.is_empty() && fine.len() > 5);
        }
    }
}

#[test]
fn the_smallest_house_has_a_part_on_each_platform() {
    let whole = company(7, 60, 12);
    for platform in Platform::ALL {
        assert!(whole.part(platform).grants().len() > 10, "{platform}");
    }
}

#[test]
fn labels_are_in_the_ids_of_each_platform() {
    let whole = company(7, 150, 60);
    let tenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
    let parts = Platform::ALL.map(|platform| whole.part(platform));
    let places = [okta::place(&parts[0]), entra::place(tenant, &parts[1]), placed::Placed::in_files(&parts[2])];
    let mut labels = Vec::new();
    for (part, place) in parts.iter().zip(&places) {
        let here = place.labels(part);
        assert_eq!(here, place.labels(part), "the same again");
        let keys: BTreeSet<(&str, &str)> = here.iter().map(|label| (label.account.as_str(), label.entitlement.as_str())).collect();
        assert_eq!(keys.len(), here.len());
        let pairs: BTreeSet<(&str, &str)> =
            part.grants().iter().map(|grant| (grant.person_id.as_str(), grant.entitlement_id.as_str())).collect();
        assert!(here.len() >= pairs.len(), "each thing that somebody holds has a label");
        for label in &here {
            assert_eq!(label.platform, part.part_of().unwrap());
            assert_eq!(place.account(&label.label.person_id), Some(label.account.as_str()));
            let mut ids = place.entitlement(&label.label.entitlement_id);
            assert!(ids.any(|id| id == label.entitlement), "{label:?}");
        }
        let settings = place.settings(part);
        for (entitlement, sensitivity) in &settings.sensitivities {
            assert!(["low", "medium", "high", "privileged"].contains(&sensitivity.as_str()), "{entitlement}: {sensitivity}");
        }
        assert_eq!(settings.sensitivities.is_empty(), part.part_of() == Some(Platform::Files), "files say it themselves");
        assert!(!settings.emergency_entitlements.is_empty() && settings.emergency_accounts.len() == 2, "{settings:?}");
        labels.extend(here);
    }
    let lives_on = |kind: &str| labels.iter().any(|label| label.entitlement.starts_with(kind));
    assert!(lives_on("00g") && lives_on("0oa") && lives_on("role:HELP_DESK_ADMIN"));
    assert!(lives_on("app:") && lives_on("group:") && lives_on("role:62e90394-69f5-4237-9190-012177145e10"));

    let folder = tempfile::tempdir().unwrap();
    let (truth, source) = (folder.path().join("truth"), folder.path().join("source"));
    parts[2].write_files(&source).unwrap();
    assert!(placed::write_labels(&whole, &labels, &source, &source).is_err(), "not where the product reads");
    let path = placed::write_labels(&whole, &labels, &truth, &source).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let written = document["labels"].as_array().unwrap();
    assert_eq!(written.len(), labels.len());
    for name in ["platform", "account", "entitlement", "person_id", "entitlement_id", "path", "kind", "expected", "story"] {
        assert!(written.iter().all(|label| label[name].is_string()), "{name}");
    }
}
