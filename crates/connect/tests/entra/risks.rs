//! Accounts at risk: a part with its own permission, licence and limit.

use crate::support::{NOW, READING, Room};
use connect::{Covers, Reading};
use domain::{AccountRisk, RiskLevel};
use tenant::company;

const PERMISSION: &str = "IdentityRiskyUser.Read.All";

async fn room(permitted: bool, asked: bool) -> Room {
    let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
    let tenant = |config: &mut tenant::entra::Config| {
        let reader = &mut config.registrations[0];
        reader.application = READING.iter().copied().chain(permitted.then_some(PERMISSION)).map(str::to_owned).collect();
    };
    Room::with(company, tenant, |config| config.risks = asked).await
}

fn levels(reading: &Reading) -> Vec<Option<RiskLevel>> {
    let mut all: Vec<_> = reading.people.iter().map(|person| person.risk.map(|risk| risk.level)).collect();
    all.sort();
    all.dedup();
    all
}

#[tokio::test]
async fn who_is_on_the_list_has_its_level_and_nothing_was_found_of_the_others() {
    let room = room(true, true).await;
    let reading = room.read().await;
    assert!(reading.unread.is_empty(), "{:?}", reading.unread);
    let found: Vec<_> = reading.people.iter().filter(|person| person.risk.is_some_and(|risk| risk.level != RiskLevel::None)).collect();
    assert!(found.iter().any(|person| person.risk.unwrap().level == RiskLevel::High), "{found:?}");
    assert!(found.len() < reading.people.len() / 10);
    // What was settled is told with the day on which it was.
    let settled =
        reading.people.iter().filter_map(|person| person.risk).filter(|risk| risk.level == RiskLevel::None && risk.since.is_some());
    assert!(settled.count() > 0);
    assert!(reading.people.iter().filter(|person| person.risk == Some(AccountRisk::NONE_FOUND)).count() > 100);
}

#[tokio::test]
async fn without_its_permission_it_is_unread_and_unknown_of_everybody() {
    let reading = room(false, true).await.read().await;
    let [unread] = &reading.unread[..] else { panic!("{:?}", reading.unread) };
    assert_eq!((unread.part.as_str(), &unread.covers), ("accounts at risk", &Covers::Risk));
    assert!(unread.why.contains(PERMISSION), "{}", unread.why);
    assert_eq!(levels(&reading), [None]);
}

#[tokio::test]
async fn it_is_not_asked_for_where_the_settings_do_not() {
    let reading = room(false, false).await.read().await;
    assert!(reading.unread.is_empty(), "{:?}", reading.unread);
    assert_eq!(levels(&reading), [None]);
    assert!(!reading.pages.iter().any(|page| page.request.contains("riskyUsers")));
}
