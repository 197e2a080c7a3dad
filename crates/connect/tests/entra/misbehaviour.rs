//! One test for each way in which a tenant can misbehave.

use crate::support::{NOW, Room, impatient};
use connect::{Error, Outcome, Reading, Removal, Seen, Source as _, WarningKind, http::HttpError};
use domain::{Grain, GrantPath};
use tenant::{company, entra::Misbehaviour};

async fn undisturbed() -> Reading {
    Room::open().await.read().await
}

/// The tenant misbehaves, and the reading is what it would have been.
async fn survives(how: Misbehaviour) -> Room {
    let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
    let room = Room::with(company, |config| config.misbehave = Some(how), impatient).await;
    let reading = room.try_read().await.unwrap_or_else(|error| panic!("{how}: {error}"));
    assert_eq!(reading.population_hash(), undisturbed().await.population_hash(), "{how}");
    room
}

/// A room with pages small enough that lists go on: 1,100 people.
async fn large(how: Misbehaviour) -> Room {
    let company = company::Config::new(7, NOW.micros()).people(1_100).applications(12);
    Room::with(company, |config| (config.misbehave, config.contract) = (Some(how), None), impatient).await
}

#[tokio::test]
async fn unauthorized_in_the_middle() {
    let room = survives(Misbehaviour::Unauthorized).await;
    assert_eq!(room.source.calls().1.total(), 2, "a second token, once");
}

#[tokio::test]
async fn forbidden_logs_are_marked_unread_and_use_is_unknown() {
    let room = Room::misbehaving(Misbehaviour::LogForbidden).await;
    let reading = room.read().await;
    assert_eq!(reading.unread.iter().map(|part| part.part.as_str()).collect::<Vec<_>>(), ["audit log", "sign-ins"]);
    assert_eq!(reading.warnings.count(WarningKind::PartUnread), 2);
    assert!(reading.usage.iter().all(|usage| usage.usage.grain == Grain::Tenant), "unknown, never unused");
    assert_eq!(reading.population_hash(), undisturbed().await.population_hash());
}

async fn removable(room: &Room) -> (Reading, Removal) {
    room.handle.misbehave(None);
    let reading = room.read().await;
    let grant = reading
        .grants
        .iter()
        .find(|grant| {
            grant.entitlement_id.starts_with("app:")
                && grant.path == GrantPath::Direct
                && room.company.people().iter().any(|p| room.handle.user_id(&p.person_id) == grant.person_id)
        })
        .unwrap()
        .key();
    let order_id = "01932c07-1f0e-7a3b-8000-3b9aca000001".parse().unwrap();
    (reading, Removal { order_id, grant, decided_on: NOW, also_ends: std::collections::BTreeSet::new() })
}

/// A change that the tenant disturbs is made once.
async fn made_once(how: Misbehaviour) {
    let room = Room::open().await;
    let (_, removal) = removable(&room).await;
    room.handle.misbehave(Some(how));
    let outcomes = room.source.carry_out("b1", std::slice::from_ref(&removal)).await.unwrap();
    assert_eq!(outcomes, [Outcome::Sent], "{how}");
    assert_eq!(room.handle.accepted().len(), 1, "{how}");
    assert_eq!(room.source.reread(&[removal.grant]).await.unwrap().seen, [Seen::Gone]);
}

#[tokio::test]
async fn a_second_removal_is_already_gone() {
    let room = Room::open().await;
    let (_, removal) = removable(&room).await;
    let both = [removal.clone(), removal];
    assert_eq!(room.source.carry_out("b1", &both).await.unwrap(), [Outcome::Sent, Outcome::AlreadyGone]);
    assert_eq!(room.handle.accepted().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_not_sent_and_holds_up_nothing_else() {
    let room = Room::open().await;
    let (reading, first) = removable(&room).await;
    let role = reading.grants.iter().find(|grant| grant.entitlement_id.starts_with("role:") && grant.path == GrantPath::Direct).unwrap();
    let role = Removal { grant: role.key(), ..first.clone() };
    room.handle.misbehave(Some(Misbehaviour::RolesForbidden));
    // Wherever it stands among the others: nothing of it went out, and it can be ordered again.
    let outcomes = room.source.carry_out("b1", &[role.clone(), first, role]).await.unwrap();
    assert!(matches!(&outcomes[..], [Outcome::NotSent(_), Outcome::Sent, Outcome::NotSent(_)]), "{outcomes:?}");
    assert_eq!(room.handle.accepted().len(), 1);
}

#[tokio::test]
async fn a_conflict_is_looked_at_and_sent_again() {
    made_once(Misbehaviour::Conflict).await;
}

#[tokio::test]
async fn a_failed_precondition_is_looked_at_and_sent_again() {
    made_once(Misbehaviour::Precondition).await;
}

#[tokio::test]
async fn a_lost_answer_is_looked_at_and_not_sent_twice() {
    made_once(Misbehaviour::LostAnswer).await;
}

#[tokio::test]
async fn however_many_answers_are_lost_each_removal_is_made_once() {
    let room = Room::open().await;
    let (reading, first) = removable(&room).await;
    room.handle.misbehave(Some(Misbehaviour::LostAnswers));
    let assigned = reading.grants.iter().filter(|grant| grant.entitlement_id.starts_with("app:") && grant.path == GrantPath::Direct);
    let orders: Vec<Removal> = assigned.take(7).map(|grant| Removal { grant: grant.key(), ..first.clone() }).collect();
    assert_eq!(orders.len(), 7);
    let outcomes = room.source.carry_out("b1", &orders).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Sent), "{outcomes:?}");
    let accepted = room.handle.accepted();
    let distinct: std::collections::BTreeSet<String> = accepted.iter().map(|entry| format!("{:?}", entry.change)).collect();
    assert_eq!((accepted.len(), distinct.len()), (7, 7));
}

#[tokio::test]
async fn pages_that_are_gone_stop_the_reading_with_what_to_do() {
    let room = large(Misbehaviour::PageGone).await;
    let error = room.try_read().await.unwrap_err();
    assert!(matches!(&error, Error::Refused { status: 410, what_to_do, .. } if what_to_do.contains("from the beginning")), "{error}");
    // It is gone once: the next reading is whole.
    assert!(room.try_read().await.is_ok());
}

#[tokio::test]
async fn throttled_with_a_time_to_wait() {
    let room = survives(Misbehaviour::Throttled).await;
    assert!(room.source.calls().0.limited > 0);
}

#[tokio::test]
async fn throttled_without_a_time_to_wait() {
    let room = survives(Misbehaviour::ThrottledSilently).await;
    assert!(room.source.calls().0.limited > 0);
}

#[tokio::test]
async fn limits_are_kept_and_waited_for() {
    let company = company::Config::new(7, NOW.micros()).people(400).applications(12);
    let room = Room::with(company, |config| config.pace = Some(tenant::pace::Pace::Real), |_| {}).await;
    let reading = room.read().await;
    assert_eq!(reading.unread, []);
    let lines = reading.pages.iter().filter(|page| page.request.contains("signIns")).count();
    assert!(lines > 1 || room.handle.sizes().sign_ins < 1_000);
    // More pages of the log than a window takes: the limit is met once, and kept from then on.
    let company = company::Config::new(7, NOW.micros()).people(2_000).applications(12);
    let long = |config: &mut tenant::entra::Config| (config.pace, config.contract) = (Some(tenant::pace::Pace::Real), None);
    let room = Room::with(company, long, |_| {}).await;
    let pages = room.pages().await.unwrap().iter().filter(|page| page.page.request.contains("signIns")).count();
    assert!(pages > 10, "{pages} pages of the log");
    assert_eq!(room.source.calls().0.limited, 1);
}

#[tokio::test]
async fn a_failing_server_is_asked_again() {
    let room = survives(Misbehaviour::Failing).await;
    assert!(room.source.calls().0.repeated > 0);
}

#[tokio::test]
async fn a_slow_body_is_given_up_and_asked_again() {
    let room = survives(Misbehaviour::Slow).await;
    assert_eq!(room.source.calls().0.repeated, 1);
}

#[tokio::test]
async fn a_truncated_body_is_asked_again() {
    let room = survives(Misbehaviour::Truncated).await;
    assert_eq!(room.source.calls().0.repeated, 1);
}

#[tokio::test]
async fn a_page_for_people_is_asked_again() {
    let room = survives(Misbehaviour::WrongType).await;
    assert_eq!(room.source.calls().0.repeated, 1);
}

#[tokio::test]
async fn rows_that_come_twice_count_once() {
    let room = large(Misbehaviour::DuplicatePages).await;
    let reading = room.read().await;
    assert!(reading.warnings.count(WarningKind::RepeatedRow) > 0);
    room.handle.misbehave(None);
    assert_eq!(room.read().await.population_hash(), reading.population_hash());
}

#[tokio::test]
async fn rows_that_change_while_they_are_read_stop_the_reading() {
    let room = large(Misbehaviour::ShiftingPages).await;
    match room.try_read().await {
        Err(Error::Broken(report)) => assert!(report.problems.iter().all(|problem| problem.remedy.contains("Read it again")), "{report}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_loop_of_pages_is_noticed() {
    let room = large(Misbehaviour::NextLoop).await;
    let error = room.try_read().await.unwrap_err();
    assert!(matches!(error, Error::Loop { .. }), "{error}");
}

#[tokio::test]
async fn a_link_to_another_host_is_never_followed() {
    let room = large(Misbehaviour::ForeignHost).await;
    let error = room.try_read().await.unwrap_err();
    assert!(matches!(&error, Error::Http(HttpError::ForeignHost { asked, .. }) if asked == "https://graph.attacker.example"), "{error}");
}

#[tokio::test]
async fn a_clock_that_is_ahead_changes_nothing() {
    let room = Room::misbehaving(Misbehaviour::ClockAhead).await;
    let reading = room.read().await;
    let usual = undisturbed().await;
    assert_eq!(reading.population_hash(), usual.population_hash());
    assert_eq!(reading.usage.len(), usual.usage.len());
}
