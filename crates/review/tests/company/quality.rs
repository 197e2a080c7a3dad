//! How well the first form of the engine judges the invented company.
//!
//! The figures are printed. The bounds are floors under what was seen, so that a change that makes it worse is noticed;
//! what must never happen has no tolerance.

use crate::house::{House, NOW};
use recommend::{
    Judge, Weights,
    measure::{Judged, Measured, Truth, measure},
};
use review::{population, sync};
use std::collections::BTreeMap;
use tenant::company::Expected;

async fn measured(people: usize, seed: u64) -> Measured {
    let house = House::new(store::testing::sqlite().await.unwrap(), people, seed).await;
    sync::sync(&house.ctx, None, house.source).await.unwrap();
    let mut tx = house.ctx.store.read().await.unwrap();
    let loaded = population::load(&mut tx, house.source, 1, house.ctx.env.now()).await.unwrap();
    let judge = Judge::new(&loaded.population, NOW, Weights::default()).unwrap();
    let labels: BTreeMap<_, _> =
        house.company.labels().iter().map(|l| ((l.person_id.as_str(), l.entitlement_id.as_str(), l.path.as_str()), l)).collect();
    let judged: Vec<_> = loaded
        .grants
        .iter()
        .enumerate()
        .map(|(at, grant)| {
            let person = &loaded.accounts[&grant.account].external_id;
            let entitlement = &loaded.entitlements[&grant.entitlement].external_id;
            let label = labels[&(person.as_str(), entitlement.as_str(), grant.path.to_string().as_str())];
            let truth = match label.expected {
                Expected::Keep => Truth::Keep,
                Expected::Remove => Truth::Remove,
                Expected::Look => Truth::Look,
            };
            let made = judge.recommend(at).unwrap();
            let (kind, look_alike) = (label.kind.name(), label.kind.is_look_alike());
            Judged { kind, look_alike, truth, verdict: made.verdict, use_known: made.use_known() }
        })
        .collect();
    measure(judged)
}

fn print(seed: u64, found: &Measured) {
    println!(
        "seed {seed}: revoke precision {:?}, recall {:?}, where use is known {:?}, found {:?}, look-alikes revoked {:?}, approve precision {:?}, abstained {:?} (parts of 10,000)",
        found.revoke_precision,
        found.revoke_recall,
        found.revoke_recall_use_known,
        found.found,
        found.look_alikes_revoked,
        found.approve_precision,
        found.abstained
    );
}

#[tokio::test]
async fn precision_and_recall_on_the_invented_company() {
    for seed in [7, 1_001, 2_003, 4_007] {
        let found = measured(400, seed).await;
        print(seed, &found);
        for (kind, tally) in &found.kinds {
            println!("  {kind}: {:?}", tally.all);
        }
        let revoked = |kind: &str| found.kinds.get(kind).map_or(0, |k| k.all.revoked);
        assert_eq!(revoked("unknown_usage") + revoked("unknown_usage_needed"), 0, "rule 26: unknown use is never unused (seed {seed})");
        assert_eq!(revoked("break_glass"), 0, "rule 27: emergency access is never revoked for lying unused (seed {seed})");
        assert_eq!(
            revoked("service_without_owner") + revoked("shared_without_owner"),
            0,
            "rule 29: without an owner, escalate (seed {seed})"
        );
        // Seen on these seeds: precision 95.9 to 96.9 %, recall 85 to 90 %, look-alikes revoked at most 0.3 %, found 97 to 98 %.
        // The last seed was not looked at while rules and weights were made; the others were.
        assert!(found.revoke_precision.unwrap() >= 9_500, "seed {seed}");
        assert!(found.revoke_recall.unwrap() >= 8_350, "seed {seed}");
        assert!(found.look_alikes_revoked.unwrap() <= 100, "seed {seed}");
        assert!(found.found.unwrap() >= 9_200, "seed {seed}");
    }
}

/// Companies of the size that the demo has. Of these seeds only these figures were looked at.
#[tokio::test]
async fn companies_that_nobody_looked_at_are_judged_as_well() {
    for seed in [92_001, 92_002, 92_003] {
        let found = measured(1_200, seed).await;
        print(seed, &found);
        assert!(found.revoke_precision.unwrap() >= 9_500, "seed {seed}");
        assert!(found.revoke_recall.unwrap() >= 8_600, "seed {seed}");
        assert!(found.revoke_recall_use_known.unwrap() >= 8_900, "seed {seed}");
        assert!(found.look_alikes_revoked.unwrap() <= 200, "seed {seed}");
    }
}
