//! Opening a campaign: who is asked, what is left out, what is recommended.

use crate::house::{House, NOW};
use domain::{GrantId, Policy, Role, Sensitivity, time::DAY};
use recommend::{FactId, Facts, risk::grant_risk};
use review::{
    Actor, Error,
    open::{self, OpenForm, Scope},
    recommendations, sync,
    view::{
        self, QueueArgs,
        types::{OpenEntered, ScopeKind},
    },
};
use std::collections::{BTreeMap, BTreeSet};

fn form(house: &House, scope: Scope) -> OpenForm {
    OpenForm {
        name: "Q4 access".to_owned(),
        sources: BTreeSet::from([house.source]),
        scope,
        due_at: NOW.plus(21 * DAY),
        time_zone: "Europe/Zurich".to_owned(),
        policy: Policy::default(),
        showing: domain::Showing::Shown,
    }
}

async fn ready(fresh: store::testing::Fresh, seed: u64) -> (House, Actor) {
    let house = House::new(fresh, 120, seed).await;
    sync::sync(&house.ctx, None, house.source).await.unwrap();
    let owner = house.owner().await;
    (house, owner)
}

#[tokio::test]
async fn rule_37_nobody_is_asked_about_access_that_they_hold_or_provisioned() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, owner) = ready(fresh, 6).await;
        let plan = open::preview(&house.ctx, &owner, &form(&house, Scope::All)).await.unwrap();
        let seconds = plan.items.iter().filter(|item| item.seat == 2).count() as u64;
        assert!(seconds > 0, "rule 27: there is emergency access, with two named reviewers");
        assert_eq!(plan.items.len() as u64 + plan.left_out.len() as u64, house.company.grants().len() as u64 + seconds);
        let mut tx = house.ctx.store.read().await.unwrap();
        let accounts = tx.accounts_at(house.source, 1).await.unwrap();
        for item in &plan.items {
            let holder = accounts.iter().find(|a| a.id == item.account).unwrap();
            assert_ne!(holder.identity, item.reviewer, "asked about their own");
            let (_, grant) = tx.grant(item.grant).await.unwrap().unwrap();
            let provisioner = accounts.iter().find(|a| Some(a.external_id.as_str()) == grant.granted_by.as_deref());
            assert!(provisioner.is_none_or(|p| p.identity != item.reviewer), "asked about what they provisioned");
        }
    }
}

#[tokio::test]
async fn a_repeated_opening_is_answered_and_not_repeated() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, owner) = ready(fresh, 7).await;
        let form = form(&house, Scope::Sensitivities(BTreeSet::from([Some(Sensitivity::High), Some(Sensitivity::Privileged)])));
        let attempt = house.ctx.env.id();
        let first = open::open(&house.ctx, &owner, attempt, &form).await.unwrap();
        let second = open::open(&house.ctx, &owner, attempt, &form).await.unwrap();
        assert_eq!(first, second);
        let mut tx = house.ctx.store.read().await.unwrap();
        assert_eq!(tx.campaigns(None, 10).await.unwrap().len(), 1);
    }
}

/// The grants that a campaign over that scope would ask about.
async fn asked(house: &House, owner: &Actor, scope: Scope) -> BTreeSet<GrantId> {
    let plan = open::preview(&house.ctx, owner, &form(house, scope)).await.unwrap();
    plan.items.iter().map(|item| item.grant).collect()
}

#[tokio::test]
async fn the_riskiest_are_the_grants_with_the_most_points_and_no_others() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, owner) = ready(fresh, 11).await;
        let all = open::preview(&house.ctx, &owner, &form(&house, Scope::All)).await.unwrap();
        let points: BTreeMap<GrantId, u32> =
            all.items.iter().map(|item| (item.grant, grant_risk(&item.recommendation.facts, NOW).score)).collect();
        let most = open::preview(&house.ctx, &owner, &form(&house, Scope::Riskiest(40))).await.unwrap();
        let chosen: BTreeSet<GrantId> = most.items.iter().map(|item| item.grant).collect();
        let left_out: BTreeSet<GrantId> = most.left_out.iter().map(|(grant, _)| *grant).collect();
        assert_eq!(chosen.len() + left_out.len(), 40);
        let (highest, lowest) = most.risk_range().unwrap();
        assert_eq!(points.values().max(), Some(&highest), "nobody without a reviewer is riskier in this company");
        assert!(chosen.iter().all(|grant| points[grant] >= lowest));
        let passed_over = points.iter().filter(|(grant, _)| !chosen.contains(grant));
        assert!(passed_over.clone().all(|(_, points)| *points <= lowest), "a riskier grant is not asked about");
        assert!(passed_over.count() > 0);
        assert_eq!(all.risk_range(), None, "risk is told where it was the reason to ask");
    }
}

#[tokio::test]
async fn unused_and_moved_are_what_the_facts_say_and_unknown_use_is_not_unused() {
    let fresh = store::testing::sqlite().await.unwrap();
    let (house, owner) = ready(fresh, 12).await;
    let all = open::preview(&house.ctx, &owner, &form(&house, Scope::All)).await.unwrap();
    let those = |holds: &dyn Fn(&Facts) -> bool| -> BTreeSet<GrantId> {
        all.items.iter().filter(|item| holds(&item.recommendation.facts)).map(|item| item.grant).collect()
    };
    let unused = those(&|facts| facts.number(FactId::UnusedDays).is_some_and(|days| days >= 90));
    assert!(!unused.is_empty() && unused.len() < all.items.len());
    assert_eq!(asked(&house, &owner, Scope::Unused(90)).await, unused, "rule 26: nothing of unknown use is among them");
    let since = NOW.plus(-365 * DAY);
    let moved = those(&|facts| facts.at(FactId::ChangedJobOn).is_some_and(|changed| changed >= since));
    assert!(!moved.is_empty() && moved.len() < all.items.len());
    assert_eq!(asked(&house, &owner, Scope::ChangedJob(since)).await, moved);

    let campaign = open::open(&house.ctx, &owner, house.ctx.env.id(), &form(&house, Scope::Unused(90))).await.unwrap();
    let page = view::campaign(&house.ctx, &owner, campaign, None).await.unwrap();
    assert_eq!(page.scope, ["Access not used for 90 days, all of them observed"]);
}

#[tokio::test]
async fn a_figure_of_the_scope_that_cannot_be_taken_is_named() {
    let (house, owner) = ready(store::testing::sqlite().await.unwrap(), 13).await;
    for (scope, field) in [
        (Scope::Riskiest(0), "riskiest"),
        (Scope::Riskiest(100_001), "riskiest"),
        (Scope::Unused(0), "unused_days"),
        (Scope::ChangedJob(NOW.plus(DAY)), "changed_since"),
    ] {
        let Err(Error::Invalid(errors)) = open::preview(&house.ctx, &owner, &form(&house, scope.clone())).await else {
            panic!("{scope:?} must be refused")
        };
        assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), [field]);
    }
    let typed = |scope, riskiest: &str, since: &str| OpenEntered {
        name: "By risk".to_owned(),
        sources: vec![house.source.to_string()],
        scope,
        riskiest: riskiest.to_owned(),
        changed_since: since.to_owned(),
        ..open::defaults(NOW, "Europe/Zurich", &Policy::default())
    };
    let parse = |entered: &OpenEntered| OpenForm::parse(entered, &Policy::default(), NOW);
    assert_eq!(parse(&typed(ScopeKind::Riskiest, " 25 ", "")).unwrap().scope, Scope::Riskiest(25));
    for (entered, field) in
        [(typed(ScopeKind::Riskiest, "many", ""), "riskiest"), (typed(ScopeKind::ChangedJob, "5", "last spring"), "changed_since")]
    {
        let Err(Error::Invalid(errors)) = parse(&entered) else { panic!("{entered:?} must be refused") };
        assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), [field]);
    }
}

#[tokio::test]
async fn every_field_that_cannot_be_taken_is_named() {
    let fresh = store::testing::sqlite().await.unwrap();
    let (house, owner) = ready(fresh, 8).await;
    let mut bad = form(&house, Scope::Departments(BTreeSet::new()));
    bad.name = "  ".to_owned();
    bad.sources.clear();
    bad.due_at = NOW.plus(-DAY);
    bad.time_zone = "Europe/Nowhere".to_owned();
    let Err(Error::Invalid(errors)) = open::preview(&house.ctx, &owner, &bad).await else { panic!("it must be refused") };
    let fields: BTreeSet<&str> = errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(fields, BTreeSet::from(["name", "sources", "departments", "zone", "due_on"]));
}

#[tokio::test]
async fn a_recommendation_made_again_has_the_same_bytes_from_facts_and_from_the_snapshot() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, owner) = ready(fresh, 9).await;
        let campaign = open::open(&house.ctx, &owner, house.ctx.env.id(), &form(&house, Scope::All)).await.unwrap();
        let auditor = house.person("auditor", &[Role::Auditor]).await;
        let mut tx = house.ctx.store.read().await.unwrap();
        let items = tx.review_items_in_state(campaign, domain::ReviewState::Undecided, 0, 400).await.unwrap();
        drop(tx);
        for item in items.iter().step_by(40) {
            let again = recommendations::recompute(&house.ctx, &auditor, item.recommendation.unwrap()).await.unwrap();
            assert!(again.same(), "{again:?}");
        }
        let nobody = recommendations::recompute(&house.ctx, &owner, items[0].recommendation.unwrap()).await;
        assert!(matches!(nobody, Err(Error::NotFound)), "only who reads the history makes them again");
    }
}

#[tokio::test]
async fn a_reviewer_finds_every_item_of_theirs_once_over_all_pages_and_nobody_elses() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, owner) = ready(fresh, 10).await;
        let campaign = open::open(&house.ctx, &owner, house.ctx.env.id(), &form(&house, Scope::All)).await.unwrap();
        let manager = house.company.cast().of_role(tenant::company::Role::Reviewer).next().unwrap().person_id.clone();
        let reviewer = house.person(&manager, &[Role::Reviewer]).await;
        let mine = view::my_reviews(&house.ctx, &reviewer).await.unwrap();
        let progress = mine.open[0].progress;
        assert_eq!(progress.items, progress.open, "nothing is answered yet");
        let queue = view::queue(&house.ctx, &reviewer, campaign, &QueueArgs::default()).await.unwrap();
        assert_eq!(queue.causes.iter().map(|c| c.items).sum::<i64>(), progress.items);
        let mut found = BTreeSet::new();
        for cause in &queue.causes {
            let mut after = None;
            loop {
                let args = QueueArgs { cause: Some(cause.key.clone()), after, ..QueueArgs::default() };
                let page = view::queue(&house.ctx, &reviewer, campaign, &args).await.unwrap().chosen.unwrap();
                for line in &page.items {
                    assert!(found.insert(line.id), "an item stands on two pages");
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        assert_eq!(i64::try_from(found.len()).unwrap(), progress.items);
        let other = house.company.cast().of_role(tenant::company::Role::Reviewer).nth(1).unwrap().person_id.clone();
        let other = house.person(&other, &[Role::Reviewer]).await;
        for id in &found {
            let page = view::item(&house.ctx, &reviewer, *id).await.unwrap();
            assert!(page.yours && page.may.decide, "{:?}", page.may);
            assert!(matches!(view::item(&house.ctx, &other, *id).await, Err(Error::NotFound)), "another reviewer's item does not exist");
        }
    }
}

#[tokio::test]
async fn every_grant_stands_once_in_the_history_over_all_pages() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, _) = ready(fresh, 11).await;
        let auditor = house.person("auditor", &[Role::Auditor]).await;
        let mut found = BTreeSet::new();
        let mut filters = view::types::HistoryFilters::default();
        let mut pages = 0;
        loop {
            let page = view::history(&house.ctx, &auditor, filters.clone()).await.unwrap();
            assert_eq!(page.error, None);
            pages += 1;
            for row in &page.rows {
                assert!(found.insert(row.grant), "a grant stands on two pages");
            }
            let Some(after) = page.next else { break };
            filters.after = after;
        }
        assert!(pages > 1, "there is more than one page to turn");
        assert_eq!(found.len(), house.company.grants().len());
    }
}

/// Rule 35: employment type, site and working time are for figures of fairness. Whatever they are, every recommendation is the
/// same, with its facts, its score and the hash of what it was made from.
#[tokio::test]
async fn rule_35_employment_moves_no_recommendation() {
    let mut made = Vec::new();
    let mut stated = BTreeSet::new();
    for (turn, employment) in
        [None, Some("Contractor,Elsewhere,part_time"), Some("Employee,,full_time"), Some(",,")].into_iter().enumerate()
    {
        let house = House::new(store::testing::sqlite().await.unwrap(), 120, 13).await;
        let file = house.files.join("people.csv");
        let text = std::fs::read_to_string(&file).unwrap();
        let turned = text.lines().enumerate().map(|(row, line)| match employment {
            // The last three columns hold no commas.
            Some(employment) if row > 0 => format!("{},{employment}\n", line.rsplitn(4, ',').last().unwrap()),
            _ => format!("{line}\n"),
        });
        std::fs::write(&file, turned.collect::<String>()).unwrap();
        sync::sync(&house.ctx, None, house.source).await.unwrap();
        let owner = house.owner().await;
        let mut tx = house.ctx.store.read().await.unwrap();
        let employed: BTreeSet<String> =
            tx.accounts_at(house.source, 1).await.unwrap().iter().map(|account| format!("{:?}", account.employment)).collect();
        drop(tx);
        assert!(if turn == 0 { employed.len() > 5 } else { employed.len() == 1 }, "{employed:?}");
        assert!(stated.insert(employed), "the files say something else each time");
        let plan = open::preview(&house.ctx, &owner, &form(&house, Scope::All)).await.unwrap();
        assert!(plan.items.len() > 500);
        made.push(plan.items.into_iter().map(|item| (item.grant, item.seat, item.reviewer, item.recommendation)).collect::<Vec<_>>());
    }
    let (as_it_is, others) = made.split_first().unwrap();
    assert!(others.iter().all(|other| other == as_it_is));
}
