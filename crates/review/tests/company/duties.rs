//! Every conflict among mapped duties that the invented company was given is found, and no other.

use crate::house::{House, NOW};
use domain::{Policy, ReviewState, Role, time::DAY};
use review::{
    open::{self, OpenForm, Scope},
    sod, sync,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};
use tenant::company::{Company, Kind};

/// Somebody, and the name of the rule whose two sides are in their hands.
type Pairs = BTreeSet<(String, String)>;

/// The rules of the company's separated duties as a file: each entitlement in them is a duty of its own.
fn rules(company: &Company) -> String {
    let apart = &company.settings().separated_duties;
    let ids: BTreeSet<&String> = apart.iter().flat_map(|pair| pair.left.iter().chain(&pair.right)).collect();
    let mut text = "schema = \"countersign/duty-rules/1\"\nname = \"The company's\"\n".to_owned();
    let duties: Vec<String> = ids.iter().map(|id| format!("{{ id = \"{id}\", name = \"{id}\" }}")).collect();
    writeln!(text, "duty = [{}]", duties.join(", ")).unwrap();
    for (number, pair) in apart.iter().enumerate() {
        let any = |ids: &[String]| ids.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(", ");
        let (left, right) = (any(&pair.left), any(&pair.right));
        writeln!(text, "[[rule]]\nid = \"rule-{number}\"\nseverity = \"high\"\nrisk = \"One person could do both.\"").unwrap();
        writeln!(text, "left = {{ any = [{left}] }}\nright = {{ any = [{right}] }}").unwrap();
        let both = format!("\"{}\", \"{}\"", pair.left[0], pair.right[0]);
        writeln!(text, "test = [{{ holds = [{both}], conflict = true }}, {{ holds = [{left}], conflict = false }}]").unwrap();
    }
    text
}

/// What each of these entitlements gives, as its owners would say it.
fn map(company: &Company) -> String {
    let apart = &company.settings().separated_duties;
    let ids: BTreeSet<&String> = apart.iter().flat_map(|pair| pair.left.iter().chain(&pair.right)).collect();
    let mut text = "schema = \"countersign/duty-map/1\"\n".to_owned();
    for id in ids {
        writeln!(text, "[[entitlement]]\nsource = \"Meridian\"\nid = \"{id}\"\nduties = [\"{id}\"]").unwrap();
    }
    text
}

/// Who holds both sides of what, among these holdings: somebody and an entitlement.
fn pairs<'a>(company: &Company, held: impl Iterator<Item = (&'a str, &'a str)>) -> Pairs {
    let mut of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (person, entitlement) in held {
        of.entry(person).or_default().insert(entitlement);
    }
    let any = |held: &BTreeSet<&str>, side: &[String]| side.iter().any(|id| held.contains(id.as_str()));
    let mut out = Pairs::new();
    for pair in &company.settings().separated_duties {
        let both = of.iter().filter(|(_, held)| any(held, &pair.left) && any(held, &pair.right));
        out.extend(both.map(|(person, _)| ((*person).to_owned(), pair.name.clone())));
    }
    out
}

#[tokio::test]
async fn every_conflict_among_mapped_duties_is_found_and_no_other() {
    for (seed, people) in [(61, 400), (62, 400), (7_103, 900)] {
        let house = House::new(store::testing::sqlite().await.unwrap(), people, seed).await;
        let (ctx, company) = (&house.ctx, &house.company);
        sync::sync(ctx, None, house.source).await.unwrap();
        let administrator = house.person("an-administrator", &[Role::Administrator]).await;
        sod::set_rules(ctx, &administrator, ctx.env.id(), 0, &rules(company)).await.unwrap();
        sod::set_map(ctx, &administrator, ctx.env.id(), &map(company)).await.unwrap();
        let form = OpenForm {
            name: "Everything".to_owned(),
            sources: [house.source].into(),
            scope: Scope::All,
            due_at: NOW.plus(21 * DAY),
            time_zone: "Europe/Zurich".to_owned(),
            policy: Policy::default(),
            showing: domain::Showing::Shown,
        };
        let campaign = open::open(ctx, &house.owner().await, ctx.env.id(), &form).await.unwrap();

        let mut tx = ctx.store.read().await.unwrap();
        let mut found = Pairs::new();
        let mut after = 0;
        loop {
            let items = tx.review_items_in_state(campaign, ReviewState::Undecided, after, 1_000).await.unwrap();
            let Some(last) = items.last() else { break };
            after = last.number;
            for item in items {
                for conflict in tx.conflicts_of_grant(campaign, item.grant).await.unwrap() {
                    let number: usize = conflict.rule.strip_prefix("rule-").unwrap().parse().unwrap();
                    let person = tx.external_account(item.account).await.unwrap().unwrap();
                    found.insert((person, company.settings().separated_duties[number].name.clone()));
                }
            }
        }
        // The labels say which were put there, with and without a control that watches them.
        let told = company.labels().iter().filter(|label| matches!(label.kind, Kind::SeparatedDuties | Kind::MitigatedDuties));
        let planted = pairs(company, told.map(|label| (label.person_id.as_str(), label.entitlement_id.as_str())));
        assert!(planted.len() > 3, "seed {seed}: {} planted", planted.len());
        assert_eq!(found, planted, "seed {seed}");
        let held = company.grants().iter().map(|grant| (grant.person_id.as_str(), grant.entitlement_id.as_str()));
        assert_eq!(found, pairs(company, held), "seed {seed}: nobody else holds both sides");
        let conflicts = tx.count_conflicts(campaign).await.unwrap();
        assert_eq!(conflicts, i64::try_from(planted.len()).unwrap(), "each is told once");
    }
}
