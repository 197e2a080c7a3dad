//! Reading a source: all or nothing, and only the difference is written.

use crate::house::House;
use domain::Verdict;
use recommend::{FactId, HardRule, Judge, Weights};
use review::{Error, population, sync};

#[tokio::test]
async fn a_second_reading_of_the_same_files_changes_nothing_and_is_sealed_with_the_same_hash() {
    for fresh in store::testing::each().await.unwrap() {
        let house = House::new(fresh, 120, 3).await;
        let first = sync::sync(&house.ctx, None, house.source).await.unwrap();
        assert_eq!(first.seq, 1);
        assert_eq!(first.changes.grants.new, house.company.grants().len() as u64);
        house.clock.advance(domain::time::DAY);
        let second = sync::sync(&house.ctx, None, house.source).await.unwrap();
        assert_eq!(second.seq, 2);
        for moved in
            [second.changes.accounts, second.changes.entitlements, second.changes.grants, second.changes.usage, second.changes.decisions]
        {
            assert_eq!((moved.new, moved.changed, moved.gone), (0, 0, 0));
        }
        let mut tx = house.ctx.store.read().await.unwrap();
        let (a, b) = (tx.snapshot(house.source, 1).await.unwrap().unwrap(), tx.snapshot(house.source, 2).await.unwrap().unwrap());
        assert_eq!(a.population_hash, b.population_hash);
        assert_eq!(tx.grants_at(house.source, 2).await.unwrap().len(), house.company.grants().len());
    }
}

#[tokio::test]
async fn an_earlier_moment_can_be_rebuilt_after_access_went_and_came() {
    for fresh in store::testing::each().await.unwrap() {
        let house = House::new(fresh, 120, 4).await;
        sync::sync(&house.ctx, None, house.source).await.unwrap();
        let grants = house.files.join("grants.csv");
        let text = std::fs::read_to_string(&grants).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        let gone = lines.remove(5);
        std::fs::write(&grants, lines.join("\n") + "\n").unwrap();
        let second = sync::sync(&house.ctx, None, house.source).await.unwrap();
        assert_eq!((second.changes.grants.gone, second.changes.grants.new), (1, 0), "{gone}");
        std::fs::write(&grants, &text).unwrap();
        let third = sync::sync(&house.ctx, None, house.source).await.unwrap();
        assert_eq!((third.changes.grants.gone, third.changes.grants.new), (0, 1));
        let mut tx = house.ctx.store.read().await.unwrap();
        let all = house.company.grants().len();
        for (seq, held) in [(1, all), (2, all - 1), (3, all)] {
            assert_eq!(tx.grants_at(house.source, seq).await.unwrap().len(), held, "snapshot {seq}");
        }
    }
}

#[tokio::test]
async fn a_broken_row_stops_the_reading_says_where_and_keeps_what_was_there() {
    for fresh in store::testing::each().await.unwrap() {
        let house = House::new(fresh, 120, 5).await;
        sync::sync(&house.ctx, None, house.source).await.unwrap();
        let grants = house.files.join("grants.csv");
        let mut text = std::fs::read_to_string(&grants).unwrap();
        text.push_str("nobody,nothing,direct,yesterday,\n");
        std::fs::write(&grants, text).unwrap();
        // Readings are listed by id, and ids sort by time.
        house.clock.advance(domain::time::SECOND);
        let error = sync::sync(&house.ctx, None, house.source).await.unwrap_err();
        assert!(matches!(&error, Error::Source(_)), "{error}");
        let mut tx = house.ctx.store.read().await.unwrap();
        let source = tx.source(house.source).await.unwrap().unwrap();
        assert_eq!(source.last_seq, Some(1), "the snapshot before still counts");
        let readings = tx.readings(house.source, None, 10).await.unwrap();
        assert_eq!(readings[0].outcome, "failed");
        let report: sync::ReadingReport = serde_json::from_str(&readings[0].report).unwrap();
        let line = house.company.grants().len() as u64 + 2;
        assert!(report.problems.iter().any(|p| p.file == "grants.csv" && p.line == Some(line)), "{:?}", report.problems);
    }
}

#[tokio::test]
async fn a_source_that_suddenly_lists_nothing_proves_nothing() {
    let house = House::new(store::testing::sqlite().await.unwrap(), 120, 11).await;
    sync::sync(&house.ctx, None, house.source).await.unwrap();
    let grants = house.files.join("grants.csv");
    let text = std::fs::read_to_string(&grants).unwrap();
    std::fs::write(&grants, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    let error = sync::sync(&house.ctx, None, house.source).await.unwrap_err();
    assert!(error.to_string().contains("no grants at all"), "{error}");
    let mut tx = house.ctx.store.read().await.unwrap();
    assert_eq!(tx.source(house.source).await.unwrap().unwrap().last_seq, Some(1));
}

#[tokio::test]
async fn a_requirement_that_ran_out_reaches_the_recommendation_until_it_is_renewed() {
    for fresh in store::testing::each().await.unwrap() {
        let house = House::new(fresh, 120, 6).await;
        sync::sync(&house.ctx, None, house.source).await.unwrap();
        let now = house.ctx.env.now();
        let judged = async |seq: i64| {
            let mut tx = house.ctx.store.read().await.unwrap();
            let loaded = population::load(&mut tx, house.source, seq, now).await.unwrap();
            let made: Vec<_> =
                Judge::new(&loaded.population, now, Weights::default()).unwrap().recommend_all().map(Result::unwrap).collect();
            (loaded, made)
        };
        let (loaded, made) = judged(1).await;
        let at = made.iter().position(|made| made.verdict == Verdict::Approve && made.rule.is_none()).unwrap();
        let grant = &loaded.grants[at];
        let (person, thing) = (&loaded.accounts[&grant.account].external_id, &loaded.entitlements[&grant.entitlement].external_id);
        let requirements = house.files.join("requirements.csv");
        for (seq, expires, moved) in [(2, "2026-01-31", (1, 0)), (3, "2099-01-31", (1, 1))] {
            let text = format!("person_id,entitlement_id,requirement,expires\n{person},{thing},licence,{expires}\n");
            std::fs::write(&requirements, text).unwrap();
            let read = sync::sync(&house.ctx, None, house.source).await.unwrap();
            assert_eq!((read.changes.requirements.new, read.changes.requirements.gone), moved);
            let (_, made) = judged(seq).await;
            let made = made.into_iter().find(|made| made.grant == grant.id).unwrap();
            let lapsed = seq == 2;
            assert_eq!(made.rule, lapsed.then_some(HardRule::RequirementLapsed));
            assert_eq!(made.verdict, if lapsed { Verdict::Escalate } else { Verdict::Approve });
            assert_eq!(made.facts.get(FactId::RequirementEnds).is_some(), !lapsed);
        }
    }
}
