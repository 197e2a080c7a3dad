//! Figures of fairness: what is counted by account, what sources say, measurements, and signed reviews.

use crate::house::{self, OWNER, SOURCE, T, account, answer, digest, give, id, identity, person, stand};
use domain::{AccountStatus, Answer, DecisionOrigin, Employment, EntryId, ReviewState, Showing, Timestamp, Verdict, WorkingTime};
use store::{
    Tx,
    access::Account,
    decisions::Decision,
    fairness::{Counted, Measurement, Review, Said},
    testing,
};

async fn finish(tx: &mut Tx, given: &Decision) {
    give(tx, given).await;
    assert_eq!(tx.set_decisions_finalised(&[given.id], T(400)).await.unwrap(), 1);
    stand(tx, given, ReviewState::Decided).await;
}

fn of(number: u32, at: Timestamp, cases: i64) -> Counted {
    Counted { account: account(number), seq: 1, at, cases }
}

#[tokio::test]
async fn what_is_hidden_is_not_counted_and_what_people_decided_is() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 4, 2).await;
        house::add_campaign(tx, 1, OWNER).await;
        house::add_campaign_showing(tx, 2, OWNER, Showing::Hidden).await;
        let items = |campaign: u32| -> Vec<_> { grants.iter().map(|grant| house::asked(campaign, grant, 1)).collect() };
        let [shown, hidden] = [items(1), items(2)];
        for (number, items) in [(1, &shown), (2, &hidden)] {
            house::add_items(tx, number, items).await;
        }
        let at = T(200);
        let all: Vec<_> = (1..=4).map(|number| (of(number, at, 2), Verdict::Escalate)).collect();
        assert_eq!(tx.fairness_recommended(Timestamp(0), at.plus(1)).await.unwrap(), all);
        assert_eq!(tx.fairness_recommended(at.plus(1), at.plus(9)).await.unwrap(), []);

        let given = |number: u32, item: usize, what| answer(number, &shown[item], 1, what);
        finish(tx, &given(1, 0, Answer::Revoke)).await;
        finish(tx, &Decision { origin: DecisionOrigin::PersonBulk, ..given(2, 1, Answer::Approve) }).await;
        give(tx, &given(3, 2, Answer::Approve)).await;
        finish(tx, &Decision { origin: DecisionOrigin::Platform, ..given(4, 3, Answer::Approve) }).await;
        finish(tx, &answer(5, &hidden[0], 2, Answer::Revoke)).await;
        let decided = tx.fairness_decided(T(300), T(301)).await.unwrap();
        let revoked: i64 = decided.iter().filter(|(_, what)| *what == Answer::Revoke).map(|(of, _)| of.cases).sum();
        let all: i64 = decided.iter().map(|(of, _)| of.cases).sum();
        assert_eq!((revoked, all), (2, 3), "{decided:?}");
        assert_eq!(tx.fairness_decided(T(301), T(999)).await.unwrap(), []);
        assert_eq!(tx.fairness_removed(T(0), T(999), 9).await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_sources_said_comes_with_when_it_was_read() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 2, 1).await;
        house::snapshot(tx, 2).await;
        let employment = Employment { kind: Some("Contractor".into()), site: None, working_time: Some(WorkingTime::PartTime) };
        let moved = Account { employment: employment.clone(), status: Some(AccountStatus::Leave), ..person(1) };
        tx.end_account_versions(2, &[account(1)]).await.unwrap();
        tx.insert_account_versions(2, &[(moved, digest(7))]).await.unwrap();
        let taken = tx.snapshots_taken(SOURCE, 2).await.unwrap();
        let said = |number: u32, seqs: (i64, Option<i64>), status, employment| Said {
            account: account(number),
            identity: identity(number),
            source: SOURCE,
            valid_from: seqs.0,
            valid_until: seqs.1,
            from: taken[usize::try_from(seqs.0).unwrap() - 1].1,
            until: seqs.1.map(|seq| taken[usize::try_from(seq).unwrap() - 1].1),
            employee_id: Some(format!("n{number}")),
            status: Some(status),
            employment,
        };
        let active = AccountStatus::Active;
        let all = [
            said(1, (1, Some(2)), active, Employment::default()),
            said(1, (2, None), AccountStatus::Leave, employment),
            said(2, (1, None), active, Employment::default()),
        ];
        assert_eq!(tx.fairness_said(Timestamp(0)).await.unwrap(), all);
        assert_eq!(tx.fairness_said(taken[1].1.plus(1)).await.unwrap(), all[1..], "what was over by then is not needed");
    }
}

#[tokio::test]
async fn the_newest_figures_and_the_newest_reviews_come_first() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::begin(tx).await;
        assert_eq!(tx.newest_fairness().await.unwrap(), None);
        let figures = |number: u32| Measurement {
            id: id(61, number),
            measured_at: T(i64::from(number)),
            sha256: [7; 32],
            body: format!("{{\"n\":{number}}}"),
        };
        for number in [2, 1] {
            tx.insert_fairness(&figures(number)).await.unwrap();
        }
        assert_eq!(tx.newest_fairness().await.unwrap(), Some(figures(2)));
        let review = |number: u32| Review {
            id: id(62, number),
            reviewed_at: T(100 + i64::from(number)),
            by: OWNER,
            figures_sha256: [7; 32],
            measured_at: T(2),
            entry: EntryId(id(63, number)),
        };
        for number in [1, 2, 3] {
            tx.insert_fairness_review(&review(number)).await.unwrap();
        }
        assert_eq!(tx.fairness_reviews(2).await.unwrap(), [review(3), review(2)]);
    }
}
