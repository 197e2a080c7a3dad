//! Rule 35: rates by employment type, site, working time and leave, and the signed review of them.

use crate::world::{World, each, easy};
use domain::{Action, Object, Role, Showing, time::DAY};
use ledger::{Entry, EventKind};
use review::{
    Actor, Error, erase,
    fairness::{self, Attribute, Document, FEWEST_PEOPLE, Group, Measure, ReviewForm, SCHEMA},
    jobs::{self, JobKind, Ran},
    view,
};

fn officer(world: &World) -> Actor {
    Actor { roles: [Role::Compliance].into(), ..world.otto.clone() }
}

/// People by the dozen, each holding one thing: so many employees, contractors after them, three interns, and eight of whom the
/// files say nothing.
async fn staffed(world: &mut World, employees: u32, contractors: u32) {
    for n in 0..employees + contractors + 11 {
        let id: &'static str = Box::leak(format!("q{n:03}").into_boxed_str());
        let status = if n < 12 { "leave" } else { "active" };
        world.people.push((id, "boss", status, ""));
        world.grants.push((id, "wiki", "direct", "2024-03-01", ""));
        world.usage.push((id, "wiki", "2026-10-20"));
        let terms = match n {
            n if n < employees => "Employee,Graz,full_time",
            n if n < employees + contractors => "Contractor,Leeds,part_time",
            n if n < employees + contractors + 3 => "Intern,Graz,full_time",
            _ => ",,",
        };
        world.employment.insert(id, terms);
    }
    world.sync().await;
}

fn groups(document: &Document, attribute: Attribute) -> &[Group] {
    &document.attributes.iter().find(|of| of.attribute == attribute).expect("every attribute").groups
}

fn group<'a>(document: &'a Document, attribute: Attribute, name: &str) -> &'a Group {
    groups(document, attribute).iter().find(|group| group.group == name).unwrap_or_else(|| panic!("no {name} in {document:#?}"))
}

/// So many of so many.
fn count(group: &Group, measure: Measure) -> (u64, u64) {
    let figure = group.figures.iter().find(|figure| figure.measure == measure).expect("every measure");
    (figure.rate.hits, figure.rate.of)
}

#[tokio::test]
async fn rule_35_rates_are_counted_by_what_sources_state_and_few_people_are_not_shown() {
    for mut world in each().await {
        staffed(&mut world, 60, 14).await;
        world.open(easy()).await;
        let before = fairness::measure(&world.ctx).await.expect("figures");
        let of_type = |document: &Document| {
            let names = groups(document, Attribute::EmploymentType).iter().map(|group| (group.group.clone(), group.people));
            names.collect::<Vec<_>>()
        };
        assert_eq!(before.schema, SCHEMA);
        assert_eq!(of_type(&before), [("Employee".to_owned(), 60), ("Contractor".to_owned(), 14)]);
        let types = before.attributes.iter().find(|of| of.attribute == Attribute::EmploymentType).expect("every attribute");
        assert_eq!((types.unshown.groups, types.unshown.people), (1, 3), "three interns are too few");
        assert!(types.not_stated >= FEWEST_PEOPLE, "the people of whom the files say nothing: {}", types.not_stated);
        assert_eq!(group(&before, Attribute::Leave, "on_leave").people, 12);
        let employees = group(&before, Attribute::EmploymentType, "Employee");
        assert_eq!(count(employees, Measure::RecommendedRevoke).1, 60);
        assert_eq!(count(employees, Measure::DecidedRevoke), (0, 0));

        // What can be undone is not decided; what several items are answered with at once is.
        for person in ["q012", "q013", "q061"] {
            world.revoke(&world.boss, person, "wiki").await;
        }
        world.approve(&world.boss, "q014", "wiki").await;
        assert_eq!(fairness::measure(&world.ctx).await.expect("figures").attributes, before.attributes);
        world.later().await;
        let after = fairness::measure(&world.ctx).await.expect("figures");
        assert_eq!(count(group(&after, Attribute::EmploymentType, "Employee"), Measure::DecidedRevoke), (2, 3));
        assert_eq!(count(group(&after, Attribute::EmploymentType, "Contractor"), Measure::DecidedRevoke), (1, 1));
        assert_eq!(count(group(&after, Attribute::WorkingTime, "part_time"), Measure::DecidedRevoke), (1, 1));
        // The interns work in Graz full time, and count there.
        assert_eq!(group(&after, Attribute::Site, "Graz").people, 63);

        // Removed, and there again within 30 days.
        world.grants.retain(|grant| !["q012", "q013"].contains(&grant.0));
        world.sync().await;
        world.run().await;
        world.clock.advance(20 * DAY);
        world.grants.push(("q012", "wiki", "direct", "2026-11-20", ""));
        world.sync().await;
        world.clock.advance(12 * DAY);
        let reversed = fairness::measure(&world.ctx).await.expect("figures");
        assert_eq!(count(group(&reversed, Attribute::EmploymentType, "Employee"), Measure::Reversed), (1, 2));

        // The same figures whoever measures, and whatever people are called since.
        assert_eq!(fairness::measure(&world.ctx).await.expect("figures"), reversed);
        // Somebody who moves is in the group in which they were asked about.
        world.employment.insert("q013", "Contractor,Leeds,part_time");
        world.sync().await;
        assert_eq!(fairness::measure(&world.ctx).await.expect("figures").attributes, reversed.attributes);
        // Whoever is restricted is counted in nothing.
        let holder = world.identity("q013").await;
        erase::restrict(&world.ctx, &officer(&world), world.attempt(), holder.0).await.expect("restricted");
        let without = fairness::measure(&world.ctx).await.expect("figures");
        assert_eq!(group(&without, Attribute::EmploymentType, "Employee").people, 59);
    }
}

#[tokio::test]
async fn rule_35_hidden_recommendations_are_not_counted_and_what_people_decide_is() {
    for mut world in each().await {
        staffed(&mut world, 60, 14).await;
        world.open_showing(easy(), Showing::Hidden).await;
        let hidden = fairness::measure(&world.ctx).await.expect("figures");
        assert!(hidden.attributes.iter().all(|of| of.groups.is_empty()), "{hidden:?}");
        for n in 20..40 {
            let id: &'static str = Box::leak(format!("q{n:03}").into_boxed_str());
            world.revoke(&world.boss, id, "wiki").await;
        }
        world.later().await;
        let document = fairness::measure(&world.ctx).await.expect("figures");
        let employees = group(&document, Attribute::EmploymentType, "Employee");
        assert_eq!(count(employees, Measure::RecommendedRevoke), (0, 0));
        assert_eq!(count(employees, Measure::DecidedRevoke), (20, 20));
    }
}

#[tokio::test]
async fn rule_35_a_review_is_signed_once_over_the_figures_that_were_shown() {
    for mut world in each().await {
        staffed(&mut world, 60, 14).await;
        world.open(easy()).await;
        let officer = officer(&world);
        let form = |sha256: [u8; 32], words: &str, acknowledge| ReviewForm {
            attempt: world.attempt(),
            figures_sha256: sha256,
            conclusion: words.to_owned(),
            acknowledge,
        };
        let sign = async |form: &ReviewForm| fairness::sign(&world.ctx, &officer, form).await;
        assert!(matches!(sign(&form([0; 32], "Nothing.", true)).await, Err(Error::NotFound)), "there are no figures yet");
        assert_eq!(view::quality(&world.ctx, &officer).await.expect("a page").fairness, None);

        // The job that measures quality measures fairness too.
        jobs::enqueue_now(&world.ctx, JobKind::MeasureQuality { by: None }).await.expect("a job");
        while let Some(ran) = jobs::run_one(&world.ctx, "w1").await.expect("runs") {
            assert!(matches!(ran, Ran::Done(_)), "{ran:?}");
        }
        let (_, bytes) = fairness::newest(&world.ctx, &officer).await.expect("figures");
        let first = ledger::sha256(&bytes);
        let page = view::fairness(&world.ctx, &officer, None, Vec::new()).await.expect("a page");
        assert!(page.stands.due && page.sign.is_some() && page.reviews.is_empty());
        assert!(view::quality(&world.ctx, &officer).await.expect("a page").fairness.expect("figures").due);

        let Err(Error::Invalid(errors)) = sign(&form(first, "  ", false)).await else { panic!("signed") };
        assert_eq!(errors.iter().map(|of| of.field.as_str()).collect::<Vec<_>>(), ["conclusion", "acknowledge"]);
        let Err(Error::Invalid(errors)) = sign(&form(first, &"x".repeat(2_001), true)).await else { panic!("signed") };
        assert_eq!(errors.len(), 1);

        // Newer figures were made meanwhile: nothing is signed, the words are kept, the tick is not.
        world.clock.advance(DAY);
        fairness::measure(&world.ctx).await.expect("figures");
        let stale = form(first, "Contracts that end explain it.", true);
        assert!(matches!(sign(&stale).await, Err(Error::Stale(_))));
        let page = view::fairness(&world.ctx, &officer, Some(&stale), Vec::new()).await.expect("a page");
        let again = page.sign.expect("the form");
        assert_eq!((again.conclusion.as_str(), again.acknowledge, again.attempt), (stale.conclusion.as_str(), false, stale.attempt));
        assert!(page.changed.is_some() && page.reviews.is_empty());

        let newest = ledger::sha256(&fairness::newest(&world.ctx, &officer).await.expect("figures").1);
        let good = ReviewForm { figures_sha256: newest, ..stale };
        assert!(!sign(&good).await.expect("signed").repeated);
        assert!(sign(&good).await.expect("the same answer").repeated);
        let page = view::fairness(&world.ctx, &officer, None, Vec::new()).await.expect("a page");
        let [review] = page.reviews.as_slice() else { panic!("one review: {:?}", page.reviews) };
        assert_eq!(review.conclusion.as_deref(), Some("Contracts that end explain it."));
        assert_eq!(review.figures_sha256, hex::encode(newest));
        assert!(!page.stands.due && page.stands.reviewed_at == Some(review.at));

        let mut tx = world.ctx.store.read().await.expect("reads");
        let stored = tx.entries_of_no_campaign(EventKind::FairnessReviewed.as_str(), None, 9).await.expect("entries");
        let [stored] = stored.as_slice() else { panic!("one entry") };
        let entry = Entry::parse(&stored.bytes).expect("a canonical entry");
        assert_eq!(entry.data_code("figures_sha256"), Some(hex::encode(newest).as_str()));
        assert!(!String::from_utf8_lossy(&stored.bytes).contains("Contracts"), "the entry commits to the words and does not hold them");
        drop(tx);

        // A quarter later the next one is due.
        world.clock.advance(fairness::REVIEW_EVERY - 1);
        assert!(!view::fairness(&world.ctx, &officer, None, Vec::new()).await.expect("a page").stands.due);
        world.clock.advance(1);
        assert!(view::fairness(&world.ctx, &officer, None, Vec::new()).await.expect("a page").stands.due);
    }
}

#[tokio::test]
async fn rule_35_a_review_of_what_could_not_be_compared_does_not_say_that_nothing_stands_apart() {
    // Fourteen contractors with one case each are too few to say anything; sixty are not.
    for (contractors, apart) in [(14, None), (60, Some(0))] {
        let mut world = each().await.into_iter().next().expect("a database");
        staffed(&mut world, 60, contractors).await;
        world.open(easy()).await;
        let officer = officer(&world);
        let document = fairness::measure(&world.ctx).await.expect("figures");
        assert_eq!(document.apart(), apart.map(|apart| usize::try_from(apart).expect("a count")), "{document:?}");
        let page = view::fairness(&world.ctx, &officer, None, Vec::new()).await.expect("a page");
        assert!(page.stands.due && page.stands.apart == apart, "{:?}", page.stands);
        assert_eq!(view::quality(&world.ctx, &officer).await.expect("a page").fairness.expect("figures").apart, apart);

        let form = ReviewForm {
            attempt: world.attempt(),
            figures_sha256: ledger::sha256(&fairness::newest(&world.ctx, &officer).await.expect("figures").1),
            conclusion: "More answers are needed.".to_owned(),
            acknowledge: true,
        };
        fairness::sign(&world.ctx, &officer, &form).await.expect("signed");
        let mut tx = world.ctx.store.read().await.expect("reads");
        let stored = tx.entries_of_no_campaign(EventKind::FairnessReviewed.as_str(), None, 9).await.expect("entries");
        let [stored] = stored.as_slice() else { panic!("one entry") };
        assert_eq!(Entry::parse(&stored.bytes).expect("a canonical entry").data_int("figures_apart"), apart);
    }
}

#[tokio::test]
async fn only_who_sees_quality_sees_fairness_and_only_the_compliance_officer_signs() {
    let world = each().await.into_iter().next().expect("a database");
    fairness::measure(&world.ctx).await.expect("figures");
    for role in Role::ALL {
        let actor = Actor { roles: [*role].into(), ..world.otto.clone() };
        let sees = matches!(role, Role::Compliance | Role::Auditor | Role::Administrator);
        let page = view::fairness(&world.ctx, &actor, None, Vec::new()).await;
        assert_eq!(page.is_ok(), sees, "{role}");
        assert_eq!(fairness::newest(&world.ctx, &actor).await.is_ok(), sees, "{role}");
        let signs = *role == Role::Compliance;
        assert_eq!(actor.may(Action::Settle, Object::Quality, false), signs, "{role}");
        assert_eq!(page.is_ok_and(|page| page.sign.is_some()), signs, "{role}");
        let form = ReviewForm { attempt: world.attempt(), figures_sha256: [0; 32], conclusion: String::new(), acknowledge: true };
        let done = fairness::sign(&world.ctx, &actor, &form).await;
        assert!(if signs { matches!(done, Err(Error::Stale(_))) } else { matches!(done, Err(Error::NotFound)) }, "{role} {done:?}");
    }
}
