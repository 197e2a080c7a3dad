//! The invented company from outside: the same seed gives the same bytes, every story is told, and the rows
//! hold together.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
#![expect(clippy::print_stdout, reason = "the counts per kind are wanted in the report")]

mod shares;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tenant::company::{Company, Config, ConfigError, EVERY_STORY, Expected, Kind, Person, Role};

/// 2026-11-21T08:10:44Z.
const NOW: i64 = 1_795_248_644_000_000;
const NOW_TEXT: &str = "2026-11-21T08:10:44Z";

fn company(seed: u64, people: usize, applications: usize) -> Company {
    Company::generate(Config::new(seed, NOW).people(people).applications(applications)).unwrap()
}

/// Each planted kind is there, and its look-alikes are at least as many.
fn every_story_is_told(company: &Company) {
    let counts = company.counts();
    let mut alike: BTreeMap<Kind, usize> = BTreeMap::new();
    for kind in Kind::ALL {
        for problem in kind.resembles() {
            *alike.entry(*problem).or_default() += counts[kind];
        }
        assert!(counts[kind] > 0, "no grant is {}", kind.name());
    }
    for kind in Kind::ALL.iter().filter(|kind| kind.is_problem()) {
        let (problems, look_alikes) = (counts[kind], alike.get(kind).copied().unwrap_or_default());
        assert!(problems <= look_alikes, "{}: {problems} planted, {look_alikes} look-alikes", kind.name());
    }
}

/// References point at rows, nobody is his own manager, dates are in order, keys are unique, and labels say
/// what their kind may say.
fn the_rows_hold_together(company: &Company) {
    let people: BTreeMap<&str, &Person> = company.people().iter().map(|p| (p.person_id.as_str(), p)).collect();
    assert_eq!(people.len(), company.people().len(), "a person_id is given twice");
    let entitlements: BTreeSet<&str> = company.entitlements().iter().map(|e| e.entitlement_id.as_str()).collect();
    assert_eq!(entitlements.len(), company.entitlements().len(), "an entitlement_id is given twice");
    let known = |id: &str| id.is_empty() || people.contains_key(id);

    for person in company.people() {
        assert!(known(&person.manager_id), "{person:?}");
        assert_ne!(person.manager_id, person.person_id);
        assert!(person.start.as_str() <= NOW_TEXT, "{person:?}");
        assert!(
            person.changed_job_on.is_empty()
                || person.start < person.changed_job_on
                || person.title.contains("Contractor")
                || person.start == person.changed_job_on,
            "{person:?}"
        );
        assert!(["active", "disabled", "leave", "left", "service", "shared", "guest"].contains(&person.status.as_str()));
        // Up the line, nobody comes round again.
        let mut above = person.manager_id.as_str();
        for _ in 0..12 {
            if above.is_empty() {
                break;
            }
            assert_ne!(above, person.person_id, "a circle of managers");
            above = people[above].manager_id.as_str();
        }
        assert!(above.is_empty(), "no top above {}", person.person_id);
    }
    for entitlement in company.entitlements() {
        assert!(!entitlement.owner_id.is_empty() && known(&entitlement.owner_id));
        assert!(["low", "medium", "high", "privileged", ""].contains(&entitlement.sensitivity.as_str()));
    }
    let mut keys = BTreeSet::new();
    for grant in company.grants() {
        assert!(people.contains_key(grant.person_id.as_str()) && entitlements.contains(grant.entitlement_id.as_str()));
        assert!(known(&grant.granted_by));
        assert!(grant.granted_on.as_str() < NOW_TEXT, "{grant:?}");
        let (sort, name) = grant.path.split_once(':').unwrap_or((&grant.path, "-"));
        assert!(["direct", "group", "rule", "nested", "role", "package"].contains(&sort), "{grant:?}");
        assert!(!name.is_empty() && (sort == "nested") == name.contains('>'), "{grant:?}");
        assert!(keys.insert((&grant.person_id, &grant.entitlement_id, &grant.path)), "{grant:?} twice");
    }
    let held: BTreeSet<(&str, &str)> = company.grants().iter().map(|g| (g.person_id.as_str(), g.entitlement_id.as_str())).collect();
    let mut watched = BTreeSet::new();
    for usage in company.usage() {
        let pair = (usage.person_id.as_str(), usage.entitlement_id.as_str());
        assert!(held.contains(&pair) && watched.insert(pair));
        assert!(usage.days_used <= usage.window_days);
        assert!(usage.days_used == 0 || !usage.last_used.is_empty(), "{usage:?}");
        assert!(usage.last_used.as_str() < NOW_TEXT);
    }
    for decision in company.decisions() {
        assert!(people.contains_key(decision.person_id.as_str()) && entitlements.contains(decision.entitlement_id.as_str()));
        assert!(known(&decision.reviewer_id) && decision.decided_on.as_str() < NOW_TEXT);
        assert_ne!(decision.reviewer_id, decision.person_id, "{decision:?}");
        assert!(["approve", "revoke", "escalate"].contains(&decision.decision.as_str()));
        assert!(["reviewed", "bulk", "default", "exception"].contains(&decision.how.as_str()));
    }
    assert_eq!(company.labels().len(), company.grants().len());
    for (label, grant) in company.labels().iter().zip(company.grants()) {
        assert_eq!((&label.person_id, &label.entitlement_id, &label.path), (&grant.person_id, &grant.entitlement_id, &grant.path));
        assert!(!label.story.is_empty());
        if label.kind.is_problem() {
            assert_ne!(label.expected, Expected::Keep, "{label:?}");
        } else {
            assert_ne!(label.expected, Expected::Remove, "{label:?}");
        }
    }
}

/// Where a manager is missing, the story says so.
fn missing_managers_are_told(company: &Company) {
    let people: BTreeMap<&str, &Person> = company.people().iter().map(|p| (p.person_id.as_str(), p)).collect();
    let told: BTreeSet<&str> = company
        .labels()
        .iter()
        .filter(|label| {
            matches!(label.kind, Kind::MissingManager | Kind::TopOfHouse | Kind::ServiceWithoutOwner | Kind::SharedWithoutOwner)
        })
        .map(|label| label.person_id.as_str())
        .collect();
    for label in company.labels() {
        let person = people[label.person_id.as_str()];
        if person.manager_id.is_empty() {
            assert!(told.contains(person.person_id.as_str()), "{person:?}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let truth = folder.path().join("truth");
    company(7, 200, 60).write_files(&one).unwrap();
    company(7, 200, 60).write_files(&two).unwrap();
    let written = company(7, 200, 60).write_labels(&truth, &one).unwrap();
    for name in ["people.csv", "entitlements.csv", "grants.csv", "usage.csv", "decisions.csv", "settings.json"] {
        let (a, b) = (std::fs::read(one.join(name)).unwrap(), std::fs::read(two.join(name)).unwrap());
        assert!(!a.is_empty() && a == b, "{name} differs");
    }
    assert!(written.exists() && !one.join("labels.json").exists());
    assert_ne!(company(8, 200, 60), company(7, 200, 60));
}

#[test]
fn the_headers_are_those_of_the_file_source() {
    let folder = tempfile::tempdir().unwrap();
    company(7, 60, 12).write_files(folder.path()).unwrap();
    for (name, header) in [
        (
            "people.csv",
            "person_id,name,email,title,department,manager_id,status,start,end,changed_job_on,employment_type,site,working_time",
        ),
        ("entitlements.csv", "entitlement_id,name,application,description,sensitivity,owner_id"),
        ("grants.csv", "person_id,entitlement_id,path,granted_on,granted_by"),
        ("usage.csv", "person_id,entitlement_id,last_used,days_used,window_days,grain"),
        ("decisions.csv", "person_id,entitlement_id,decision,decided_on,reviewer_id,how"),
    ] {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(text.lines().next(), Some(header), "{name}");
    }
    let settings: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.path().join("settings.json")).unwrap()).unwrap();
    assert_eq!(settings["emergency_accounts"].as_array().unwrap().len(), 2);
    assert!(!settings["separated_duties"][0]["left"].as_array().unwrap().is_empty());
}

#[test]
fn what_an_access_does_reads_as_english() {
    let vowel = |word: &str| word.starts_with(['a', 'e', 'i', 'o']);
    let house = company(7, 200, 60);
    assert!(house.entitlements().iter().any(|one| one.description.contains(" an ")), "a rule of its own");
    for described in house.entitlements() {
        let words: Vec<&str> = described.description.split_whitespace().collect();
        for pair in words.windows(2) {
            assert!((pair[0] != "a" || !vowel(pair[1])) && (pair[0] != "an" || vowel(pair[1])), "{}", described.description);
        }
    }
}

#[test]
fn labels_may_not_lie_where_the_product_reads() {
    let folder = tempfile::tempdir().unwrap();
    let small = company(7, 60, 12);
    small.write_files(folder.path()).unwrap();
    assert!(small.write_labels(folder.path(), folder.path()).is_err());
}

#[test]
fn the_default_house_has_its_size_and_its_stories() {
    let house = company(7, 1_200, 60);
    let humans = house.people().iter().filter(|p| p.person_id.starts_with('p')).count();
    assert_eq!(humans, 1_200);
    let applications: BTreeSet<&str> = house.entitlements().iter().map(|e| e.application.as_str()).collect();
    assert_eq!(applications.len(), 60);
    let grants = house.grants().len();
    assert!((23_000..=27_000).contains(&grants), "{grants} grants");
    every_story_is_told(&house);
    the_rows_hold_together(&house);
    missing_managers_are_told(&house);
    // Problems are the smaller part, as in life.
    let problems = house.labels().iter().filter(|label| label.kind.is_problem()).count();
    assert!(problems * 100 > grants * 3 && problems * 100 < grants * 12, "{problems} of {grants}");
    println!("grants {grants}, usage {}, decisions {}, problems {problems}", house.usage().len(), house.decisions().len());
    for (kind, count) in house.counts() {
        let part = if kind.is_problem() {
            "problem"
        } else if kind.is_look_alike() {
            "look-alike"
        } else {
            ""
        };
        println!("{count:6} {} {part}", kind.name());
    }
}

#[test]
fn the_cast_is_complete_and_its_managers_have_work() {
    for (people, least) in [(60, 3), (1_200, 8)] {
        let house = company(7, people, 60);
        let roles: Vec<Role> = house.cast().members.iter().map(|member| member.role).collect();
        assert_eq!(roles, [Role::Reviewer, Role::Reviewer, Role::Owner, Role::Administrator, Role::Compliance, Role::Auditor]);
        for manager in house.cast().of_role(Role::Reviewer) {
            let team: BTreeSet<&str> = house
                .people()
                .iter()
                .filter(|person| person.manager_id == manager.person_id)
                .map(|person| person.person_id.as_str())
                .collect();
            assert!(team.len() >= least, "{} has {}", manager.name, team.len());
            let kinds: BTreeSet<Kind> =
                house.labels().iter().filter(|label| team.contains(label.person_id.as_str())).map(|label| label.kind).collect();
            if people == 1_200 {
                println!("{}: {kinds:?}", manager.name);
                assert!(kinds.iter().filter(|kind| kind.is_problem()).count() >= 5, "{kinds:?}");
                assert!(kinds.iter().filter(|kind| kind.is_look_alike()).count() >= 5, "{kinds:?}");
            }
        }
        let sign_ins = house.sign_ins();
        assert!(sign_ins.len() > 6 && sign_ins[..6].iter().all(|person| !person.note.is_empty()));
        let mails: BTreeSet<&str> = sign_ins.iter().map(|person| person.email.as_str()).collect();
        assert_eq!(mails.len(), sign_ins.len(), "two people share an address");
    }
}

#[test]
fn sizes_outside_are_refused_with_a_reason() {
    let refuse = |config: Config| Company::generate(config).unwrap_err();
    assert_eq!(refuse(Config::new(1, NOW).people(59)), ConfigError::People(59));
    assert_eq!(refuse(Config::new(1, NOW).applications(11)), ConfigError::Applications(11));
    assert_eq!(refuse(Config::new(1, i64::MAX)), ConfigError::Now(i64::MAX));
    assert!(refuse(Config::new(1, NOW).people(3)).to_string().contains("60 to 99999 people, not 3"));
}

/// What distinguishes the stories can be seen in the files: otherwise nobody could decide well.
#[test]
fn what_logs_show_follows_the_stories() {
    let house = company(7, 1_200, 60);
    let usage: BTreeMap<(&str, &str), &tenant::company::Usage> =
        house.usage().iter().map(|u| ((u.person_id.as_str(), u.entitlement_id.as_str()), u)).collect();
    let ago_30 = "2026-10-22";
    let recent = |kind: Kind| {
        let seen: Vec<bool> = house
            .labels()
            .iter()
            .filter(|label| label.kind == kind)
            .filter_map(|label| usage.get(&(label.person_id.as_str(), label.entitlement_id.as_str())))
            .filter(|usage| usage.grain == "entitlement")
            .map(|usage| usage.last_used.as_str() >= ago_30)
            .collect();
        let yes = seen.iter().filter(|recent| **recent).count();
        (yes * 100 / seen.len().max(1), seen.len())
    };
    for kind in Kind::ALL {
        let (share, of) = recent(*kind);
        println!("{:24} used in the last 30 days: {share} % of {of}", kind.name());
    }
    assert!(recent(Kind::Ordinary).0 > 75);
    assert!(recent(Kind::HandOver).0 > 55);
    assert!(recent(Kind::Unused).0 < 15);
    assert!(recent(Kind::MovedKeptOld).0 < 25);
    assert!(recent(Kind::MovedKeptOld).0 > 0, "some movers open an old bookmark");
    assert!(recent(Kind::NeverUsed).0 == 0);
    assert!(recent(Kind::BreakGlass).0 == 0);
    assert!(recent(Kind::YearlyUse).0 < 40);
    // Time since last use of what ended varies: it is no threshold.
    let mut last: Vec<&str> = house
        .labels()
        .iter()
        .filter(|label| label.kind == Kind::Unused)
        .filter_map(|label| usage.get(&(label.person_id.as_str(), label.entitlement_id.as_str())))
        .map(|usage| usage.last_used.as_str())
        .filter(|last| !last.is_empty())
        .collect();
    last.sort_unstable();
    assert!(last.first() < Some(&"2026-02") && last.last() > Some(&"2026-09"), "{:?} {:?}", last.first(), last.last());
}

/// How many cases: a few, or as many as `PROPTEST_CASES` asks for.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_seed_and_size_holds_together(seed: u64, people in 60_usize..420, applications in 12_usize..75, days in 0_i64..1_000) {
        let config = Config::new(seed, NOW - days * 86_400_000_000).people(people).applications(applications);
        // Dates are compared with NOW, which is later than the moment of the house.
        let house = Company::generate(config).unwrap();
        the_rows_hold_together(&house);
        missing_managers_are_told(&house);
        shares::each_part_stands_by_itself(&house);
        if people >= EVERY_STORY {
            every_story_is_told(&house);
        }
    }
}

/// HR's file says how, where and for how much of the week people are employed, with gaps; it says nothing of accounts that are no
/// people.
#[test]
fn people_have_terms_of_employment_and_accounts_have_none() {
    let company = company(7, 1_200, 60);
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for person in company.people() {
        let terms = [&person.employment_type, &person.site, &person.working_time];
        if matches!(person.status.as_str(), "service" | "shared") {
            assert!(terms.iter().all(|term| term.is_empty()), "{person:?}");
            continue;
        }
        for (column, term) in ["type", "site", "time"].into_iter().zip(terms) {
            *counts.entry((column, term)).or_default() += 1;
        }
    }
    println!("{counts:?}");
    assert!(["Employee", "Fixed term", "Contractor", "Guest"].iter().all(|kind| counts[&("type", *kind)] >= 10));
    assert_eq!(counts.keys().filter(|(column, _)| *column == "site").count(), 6, "five sites, and guests have none");
    assert!(["full_time", "part_time", ""].iter().all(|time| counts[&("time", *time)] >= 10));
}
