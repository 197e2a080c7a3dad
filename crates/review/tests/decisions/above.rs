//! Rule 1: what is above its reviewer names to whom it goes and why. And what cannot be read keeps nobody from answering.

use crate::world::{World, each, easy};
use domain::{Answer, EscalateMeaning, ItemId, Verdict};
use review::{
    Error,
    decide::{DecideForm, decide},
    view::{
        self,
        types::{ItemPage, Recommended},
    },
};

async fn page(world: &World, item: ItemId) -> ItemPage {
    view::item(&world.ctx, &world.boss, item).await.expect("the reviewer's page")
}

fn above(page: &ItemPage) -> Option<&str> {
    match &page.recommended {
        Recommended::Shown(shown) => shown.above.as_deref(),
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn rule_01_what_is_above_the_reviewer_names_to_whom_it_goes_and_why() {
    for mut world in each().await {
        // A machine that nobody answers for. The owner of the access is asked; above them is the campaign's.
        world.people.push(("m01", "", "service", ""));
        world.grants.push(("m01", "wiki", "direct", "2024-03-01", ""));
        world.sync().await;
        world.open(easy()).await;
        let machine = world.item("m01", "wiki").await;
        let shown = view::item(&world.ctx, &world.deputy, machine.id).await.expect("the page of who owns the access");
        let Recommended::Shown(recommended) = &shown.recommended else { unreachable!("{:?}", shown.recommended) };
        assert_eq!((recommended.verdict, recommended.meaning), (Verdict::Escalate, Some(EscalateMeaning::AboveThisReviewer)));
        let named = above(&shown).expect("somebody is named").to_owned();
        let first = shown.decide.as_ref().expect("may be answered").candidates.first().expect("somebody above").clone();
        assert_eq!(named, format!("Escalate it to {}, who {}.", first.name, first.line.expect("why")));
        assert!(named.contains("Name of olga, who owns this campaign"), "{named}");

        // An ordinary item names nobody: what is recommended stays with its reviewer.
        let ordinary = world.item("p02", "wiki").await.id;
        assert_eq!(above(&page(&world, ordinary).await), None);
    }
}

/// A recommendation of another version's form, or one that was changed in the database, is not shown; the item can be answered.
#[tokio::test]
async fn what_cannot_be_read_keeps_nobody_from_answering() {
    for mut world in each().await {
        world.open(easy()).await;
        let item = world.item("p02", "wiki").await;
        let mut tx = world.ctx.store.begin().await.expect("begins");
        let blob = if world.ctx.store.kind() == "SQLite" { "x'7b7d'" } else { "decode('7b7d', 'hex')" };
        let changed = tx.tamper(&format!("UPDATE recommendations SET body = {blob}")).await.expect("changed");
        assert!(changed > 1);
        tx.commit().await.expect("commits");
        let shown = page(&world, item.id).await;
        let Recommended::None(sentence) = &shown.recommended else { unreachable!("{:?}", shown.recommended) };
        assert!(sentence.contains("cannot read it. Answer by the facts of the source"), "{sentence}");
        assert!(shown.facts.is_empty() && shown.may.decide);
        view::person(&world.ctx, &world.boss, item.id).await.expect("the person's page");
        // What changed since is compared all the same.
        world.usage = vec![("p02", "wiki", "2026-11-01")];
        world.sync().await;
        let since = page(&world, item.id).await.changes;
        assert!(since.iter().any(|change| change.starts_with("Use was unknown")), "{since:?}");
        let form = world.form("p02", "wiki", Answer::Approve).await;
        assert!(matches!(decide(&world.ctx, &world.boss, &form).await, Err(Error::Stale(_))), "who was not shown it is asked again");
        let form = DecideForm { shown: world.shows(item.id).await, ..form };
        assert_eq!(decide(&world.ctx, &world.boss, &form).await.expect("an approval").item, item.id);
        let after = page(&world, item.id).await;
        assert_eq!(after.decision.expect("decided").answer, Answer::Approve);
    }
}
