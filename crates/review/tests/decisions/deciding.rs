//! Answers: who may give them, on which data, and what they lead to.

use crate::world::{WINDOW, World, each, easy};
use domain::{Answer, HoldReason, OrderState, ReviewState, RevokeWhy, Role, time::DAY};
use ledger::EventKind;
use review::{
    Error,
    decide::{DecideForm, LONGEST_NOTE, decide},
    shown,
};

async fn opened() -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.open(easy()).await;
    }
    worlds
}

fn refused<T: std::fmt::Debug>(result: review::Result<T>) -> String {
    match result.expect_err("a refusal") {
        Error::Refused(sentence) => sentence,
        other => unreachable!("refused was expected, not {other:?}"),
    }
}

fn fields<T: std::fmt::Debug>(result: review::Result<T>) -> Vec<String> {
    match result.expect_err("field errors") {
        Error::Invalid(errors) => errors.into_iter().map(|e| e.field).collect(),
        other => unreachable!("field errors were expected, not {other:?}"),
    }
}

#[tokio::test]
async fn an_approval_is_staged_with_its_entry_and_becomes_final() {
    for world in opened().await {
        let done = world.approve(&world.boss, "p01", "wiki").await;
        assert_eq!(done.state, ReviewState::Staged);
        assert_eq!(done.order, None);
        // Rule 2: the answer says when it becomes final.
        assert_eq!(done.final_at, Some(world.ctx.env.now().plus(WINDOW)));
        assert!(done.sentence.contains("Monday 2 November 2026, 09:05 (Europe/Berlin)"), "{}", done.sentence);
        let run = world.later().await;
        assert_eq!((run.finalised, run.claimed), (1, 0));
        let item = world.item("p01", "wiki").await;
        assert_eq!(item.state, ReviewState::Decided);
        let kinds: Vec<EventKind> = world.entries(item.id).await.iter().filter(|e| e.item_version.is_some()).map(|e| e.kind).collect();
        assert_eq!(kinds, [EventKind::ItemCreated, EventKind::DecisionMade, EventKind::DecisionFinalised]);
    }
}

#[tokio::test]
async fn a_revoke_holds_its_order_for_the_window_and_then_writes_one_ticket() {
    for world in opened().await {
        let done = world.revoke(&world.boss, "p01", "wiki").await;
        assert_eq!(done.order_state, Some(OrderState::Held));
        let order = world.order("p01", "wiki").await;
        assert_eq!((order.hold_reason, order.hold_until), (Some(HoldReason::UndoWindow), done.final_at));
        assert_eq!(world.run().await, review::orders::OrdersRun::default(), "nothing leaves before the window ends");
        let run = world.later().await;
        assert_eq!((run.finalised, run.claimed, run.ticketed), (1, 1, 1));
        let order = world.order("p01", "wiki").await;
        assert_eq!(order.state, OrderState::Ticketed);
        assert_eq!(world.ticketed("p01", "wiki"), 1);
        assert!(world.tickets().contains_key(order.ticket.as_deref().expect("a ticket's name")));
        assert_eq!(world.run().await, review::orders::OrdersRun::default(), "and nothing leaves twice");
    }
}

#[tokio::test]
async fn a_form_sent_twice_is_answered_twice_and_done_once() {
    for world in opened().await {
        let form = world.form("p01", "wiki", Answer::Revoke).await;
        let first = decide(&world.ctx, &world.boss, &form).await.expect("a revoke");
        let second = decide(&world.ctx, &world.boss, &form).await.expect("the same answer");
        assert!(!first.repeated && second.repeated);
        assert_eq!(first.decision, second.decision);
        assert_eq!(world.orders(form.item).await.len(), 1);
        let other = DecideForm { item: world.item("p02", "wiki").await.id, ..form.clone() };
        refused(decide(&world.ctx, &world.boss, &other).await);
        refused(decide(&world.ctx, &world.deputy, &form).await);
    }
}

#[tokio::test]
async fn two_submissions_at_once_leave_one_answer() {
    for world in opened().await {
        let form = world.form("p01", "wiki", Answer::Revoke).await;
        let (a, b) = tokio::join!(decide(&world.ctx, &world.boss, &form), decide(&world.ctx, &world.boss, &form));
        let (a, b) = (a.expect("answered"), b.expect("answered"));
        assert_eq!(a.decision, b.decision);
        assert!(a.repeated != b.repeated);
        // Two forms of two tabs: one wins, the other is told.
        let one = world.form("p02", "wiki", Answer::Approve).await;
        let two = world.form("p02", "wiki", Answer::Revoke).await;
        let (a, b) = tokio::join!(decide(&world.ctx, &world.boss, &one), decide(&world.ctx, &world.boss, &two));
        assert!(a.is_ok() != b.is_ok());
        assert!(matches!(a.err().or(b.err()), Some(Error::Stale(_))));
    }
}

#[tokio::test]
async fn an_item_of_somebody_else_does_not_exist() {
    for world in opened().await {
        let form = world.form("p01", "wiki", Answer::Approve).await;
        for stranger in [&world.deputy, &world.olga, &world.otto] {
            assert!(matches!(decide(&world.ctx, stranger, &form).await, Err(Error::NotFound)));
        }
        let auditor = world.actor("p06", &[Role::Auditor, Role::Administrator]).await;
        assert!(matches!(decide(&world.ctx, &auditor, &form).await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn an_old_form_is_answered_with_what_is_true_now() {
    for world in opened().await {
        let form = world.form("p01", "wiki", Answer::Revoke).await;
        world.approve(&world.boss, "p01", "wiki").await;
        let Err(Error::Stale(sentence)) = decide(&world.ctx, &world.boss, &form).await else { unreachable!("the item moved on") };
        assert!(sentence.contains("answered, and the answer can still be undone"), "{sentence}");
        assert!(world.orders(form.item).await.is_empty());
    }
}

#[tokio::test]
async fn wrong_fields_are_named_together() {
    for world in opened().await {
        let form = DecideForm { why: None, note: Some("x".repeat(LONGEST_NOTE + 1)), ..world.form("p01", "wiki", Answer::Revoke).await };
        assert_eq!(fields(decide(&world.ctx, &world.boss, &form).await), ["why", "note"]);
        let form = DecideForm { note: Some("a\u{0}b".to_owned()), ..world.form("p01", "wiki", Answer::Escalate).await };
        assert_eq!(fields(decide(&world.ctx, &world.boss, &form).await), ["to", "note"]);
        assert_eq!(world.item("p01", "wiki").await.state, ReviewState::Undecided);
    }
}

#[tokio::test]
async fn rule_04_access_gone_meanwhile_closes_as_no_longer_held_with_the_reading_that_shows_it() {
    for mut world in opened().await {
        let form = world.form("p01", "wiki", Answer::Approve).await;
        world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
        let report = world.sync().await;
        assert_eq!(report.proofs.no_longer_held, 1);
        let item = world.item("p01", "wiki").await;
        assert_eq!(item.state, ReviewState::NoLongerHeld);
        let entries = world.entries(item.id).await;
        let last = entries.iter().rfind(|e| e.item_version.is_some()).expect("an entry");
        assert_eq!((last.kind, last.data_int("seq")), (EventKind::ItemNoLongerHeld, Some(report.seq)));
        assert!(matches!(decide(&world.ctx, &world.boss, &form).await, Err(Error::Stale(_))));
    }
}

#[tokio::test]
async fn rule_04_on_old_data_high_risk_waits_and_the_rest_is_marked() {
    for world in opened().await {
        world.clock.advance(8 * DAY);
        let high = world.form("p01", "pay", Answer::Revoke).await;
        let sentence = refused(decide(&world.ctx, &world.boss, &high).await);
        assert!(sentence.contains("Directory was last read on Monday 2 November 2026"), "{sentence}");
        assert!(world.approve(&world.boss, "p01", "wiki").await.on_old_data);
        world.sync().await;
        assert!(!world.revoke(&world.boss, "p01", "pay").await.on_old_data);
        assert!(!world.approve(&world.boss, "p02", "wiki").await.on_old_data);
    }
}

#[tokio::test]
async fn rule_04_a_fact_that_changed_is_shown_and_asked_again() {
    for mut world in opened().await {
        world.usage = vec![("p01", "wiki", "2026-11-01")];
        world.sync().await;
        let form = world.form("p01", "wiki", Answer::Revoke).await;
        let Err(Error::Stale(sentence)) = decide(&world.ctx, &world.boss, &form).await else { unreachable!("the use changed") };
        assert!(sentence.contains("last seen on 20 October 2026") && sentence.contains("last seen on 1 November 2026"), "{sentence}");
        let mut tx = world.ctx.store.read().await.expect("reads");
        let now = shown::of_item(&mut tx, form.item).await.expect("reads").expect("an item");
        drop(tx);
        assert_eq!(now.changes.len(), 1);
        // Whoever was shown what is true now is not asked again, and the decision repeats the digest.
        shown::shown(&world.ctx, &world.boss, form.item, now.digest).await.expect("recorded");
        let seen = DecideForm { shown: Some(now.digest), attempt: world.attempt(), ..form.clone() };
        decide(&world.ctx, &world.boss, &seen).await.expect("a revoke");
        let entries = world.entries(form.item).await;
        let shown_in =
            |kind: EventKind, field: &str| entries.iter().find(|e| e.kind == kind).and_then(|e| e.data_code(field)).map(str::to_owned);
        assert_eq!(shown_in(EventKind::ItemShown, "digest"), shown_in(EventKind::DecisionMade, "shown"));
        assert!(shown_in(EventKind::DecisionMade, "shown").is_some());
    }
}

/// What an access requires of its holder weighs as well.
#[tokio::test]
async fn rule_04_a_licence_that_was_renewed_meanwhile_is_shown_and_asked_again() {
    for mut world in each().await {
        world.requirements = vec![("p01", "pay", "licence", "2026-12-01")];
        world.sync().await;
        world.open(easy()).await;
        let form = world.form("p01", "pay", Answer::Revoke).await;
        let before = world.shows(form.item).await;
        world.requirements = vec![("p01", "pay", "licence", "2027-12-01")];
        world.sync().await;
        let Err(Error::Stale(sentence)) = decide(&world.ctx, &world.boss, &DecideForm { shown: before, ..form }).await else {
            unreachable!("it was renewed")
        };
        assert!(
            sentence.contains("What the access requires was licence until 1 December 2026 when this was prepared, and is licence until 1 December 2027 now."),
            "{sentence}"
        );
    }
}

/// A page that showed one change knows nothing of the next one, nor that it was taken back.
#[tokio::test]
async fn rule_04_every_change_after_the_page_was_made_is_asked_again() {
    for mut world in opened().await {
        let before = world.usage.clone();
        let mut seen = Vec::new();
        for day in ["2026-11-01", "2026-11-02"] {
            world.usage = vec![("p01", "wiki", day)];
            world.sync().await;
            seen.push(world.shows(world.item("p01", "wiki").await.id).await);
        }
        let form = world.form("p01", "wiki", Answer::Approve).await;
        let first = DecideForm { shown: seen[0], ..form.clone() };
        let Err(Error::Stale(sentence)) = decide(&world.ctx, &world.boss, &first).await else { unreachable!("the use changed twice") };
        assert!(sentence.contains("last seen on 2 November 2026"), "{sentence}");
        // As it was at first, which no longer is what the page showed.
        world.usage = before;
        world.sync().await;
        let second = DecideForm { shown: seen[1], ..form.clone() };
        let Err(Error::Stale(sentence)) = decide(&world.ctx, &world.boss, &second).await else { unreachable!("the use changed back") };
        assert!(sentence.contains("It is again as it was when this was prepared."), "{sentence}");
        let now = DecideForm { shown: world.shows(form.item).await, ..form };
        decide(&world.ctx, &world.boss, &now).await.expect("an approval");
    }
}

#[tokio::test]
async fn seeing_is_recorded_once_and_only_of_the_reviewer() {
    for world in opened().await {
        let item = world.item("p01", "wiki").await.id;
        for _ in 0..3 {
            shown::shown(&world.ctx, &world.boss, item, [1; 32]).await.expect("recorded");
        }
        shown::shown(&world.ctx, &world.olga, item, [2; 32]).await.expect("the owner may look");
        assert!(matches!(shown::shown(&world.ctx, &world.deputy, item, [3; 32]).await, Err(Error::NotFound)));
        let seen = world.entries(item).await.into_iter().filter(|e| e.kind == EventKind::ItemShown).count();
        assert_eq!(seen, 1);
    }
}

/// Who may not answer is not offered: the owner of the access gave it to p05 themselves, so the campaign's owner is left.
#[tokio::test]
async fn rule_12_the_question_can_be_passed_to_the_owner_of_the_access_else_of_the_campaign() {
    for world in opened().await {
        for (person, offered) in [("p01", vec!["Name of deputy", "Name of olga"]), ("p05", vec!["Name of olga"])] {
            let item = world.item(person, "wiki").await.id;
            let page = review::view::item(&world.ctx, &world.boss, item).await.expect("the reviewer's page");
            let candidates = page.decide.expect("the form").candidates;
            assert_eq!(candidates.iter().map(|of| of.name.as_str()).collect::<Vec<_>>(), offered);
            let to = candidates[0].value.clone();
            world.escalate(&world.boss, person, "wiki", &to).await.expect("whoever is offered can be asked");
        }
    }
}

/// An owner of the access who left, and an owner of the campaign without the role of a reviewer, would be refused when they are named.
#[tokio::test]
async fn rule_12_nobody_is_offered_who_would_be_refused() {
    for mut world in each().await {
        world.people.push(("left", "", "disabled", ""));
        world.owners.insert("wiki", "left");
        world.sync().await;
        world.olga = world.otto.clone();
        world.open(easy()).await;
        let offered = async |world: &World| -> Vec<String> {
            let item = world.item("p01", "wiki").await.id;
            let page = review::view::item(&world.ctx, &world.boss, item).await.expect("the reviewer's page");
            page.decide.expect("the form").candidates.into_iter().map(|of| of.name).collect()
        };
        assert_eq!(offered(&world).await, Vec::<String>::new());
        for refused in ["left", "otto"] {
            assert_eq!(fields(world.escalate(&world.boss, "p01", "wiki", refused).await), ["to"], "{refused}");
        }
        // With the role at the next sign-in, and back at work, they are.
        world.actor("otto", &[Role::Owner, Role::Reviewer]).await;
        assert_eq!(offered(&world).await, ["Name of otto"]);
        world.people.retain(|(id, ..)| *id != "left");
        world.people.push(("left", "", "active", ""));
        world.sync().await;
        assert_eq!(offered(&world).await, ["Name of left", "Name of otto"]);
        world.escalate(&world.boss, "p01", "wiki", "left").await.expect("whoever is offered can be asked");
    }
}

#[tokio::test]
async fn rule_01_an_escalation_names_a_person_with_a_due_date_and_never_goes_back() {
    for world in opened().await {
        let done = world.escalate(&world.boss, "p01", "wiki", "DEPUTY@example.com ").await.expect("an escalation");
        assert_eq!((done.state, done.order, done.agreed), (ReviewState::Escalated, None, None));
        assert_eq!(done.due_at, Some(world.ctx.env.now().plus(3 * DAY)));
        let item = world.item("p01", "wiki").await;
        assert_eq!((item.reviewer, item.reviewer_by.as_str()), (world.identity("deputy").await, "escalated"));
        assert_eq!(item.reviewer_of_record, world.identity("boss").await);
        // Not back, not to the holder, not to nobody, not to who cannot answer.
        for nobody in ["boss", "deputy", "p01", "nobody@example.com", "gone"] {
            assert_eq!(fields(world.escalate(&world.deputy, "p01", "wiki", nobody).await), ["to"], "{nobody}");
        }
        world.escalate(&world.deputy, "p01", "wiki", "olga").await.expect("on to a third person");
        assert_eq!(fields(world.escalate(&world.olga, "p01", "wiki", "boss@example.com").await), ["to"]);
        let by_id = world.identity("boss").await.to_string();
        assert_eq!(fields(world.escalate(&world.olga, "p01", "wiki", &by_id).await), ["to"]);
        // The last one answers.
        assert_eq!(world.approve(&world.olga, "p01", "wiki").await.state, ReviewState::Staged);
    }
}

#[tokio::test]
async fn rule_37_never_the_holder_nor_who_provisioned_it() {
    for world in opened().await {
        // p05's wiki was provisioned by the deputy.
        assert_eq!(fields(world.escalate(&world.boss, "p05", "wiki", "deputy").await), ["to"]);
        assert_eq!(fields(world.hand_over(&world.boss, "p05", "wiki", "deputy").await.map(|d| d.item)), ["to"]);
        assert_eq!(fields(world.hand_over(&world.boss, "p05", "wiki", "p05").await.map(|d| d.item)), ["to"]);
        // And where an assignment went wrong, answering is refused all the same.
        let item = world.item("p05", "wiki").await;
        for wrong in ["p05", "deputy"] {
            let actor = world.actor(wrong, &[Role::Reviewer]).await;
            let now = world.item("p05", "wiki").await;
            let mut tx = world.ctx.store.begin().await.expect("begins");
            let step = store::decisions::ItemStep { reviewer: world.identity(wrong).await, ..now.step(now.state, world.ctx.env.now()) };
            assert!(tx.step_item(&step).await.expect("writes"));
            tx.commit().await.expect("commits");
            let form = world.form("p05", "wiki", Answer::Approve).await;
            refused(decide(&world.ctx, &actor, &form).await);
        }
        assert!(world.orders(item.id).await.is_empty());
    }
}

#[tokio::test]
async fn rule_27_emergency_access_is_removed_by_no_order() {
    for world in opened().await {
        let form = world.form("p04", "glass", Answer::Revoke).await;
        let sentence = refused(decide(&world.ctx, &world.boss, &form).await);
        assert!(sentence.contains("no order of Countersign may disable or empty it"), "{sentence}");
        world.approve(&world.boss, "p04", "glass").await;
        assert!(world.orders(form.item).await.is_empty());
    }
}

#[tokio::test]
async fn rule_20_what_cannot_be_removed_here_says_so_from_the_moment_of_decision() {
    for world in opened().await {
        for (person, entitlement, way) in [("p03", "auto", "The rule everyone"), ("p05", "deep", "inner, which is within outer")] {
            let done = world.revoke(&world.boss, person, entitlement).await;
            assert_eq!(done.order_state, Some(OrderState::CannotBeRemovedHere));
            assert!(done.sentence.contains(way), "{}", done.sentence);
        }
        world.later().await;
        let order = world.order("p03", "auto").await;
        assert_eq!(order.state, OrderState::CannotBeRemovedHere);
        assert!(order.remark.expect("the right way").contains("everyone"));
        assert!(world.tickets().is_empty());
    }
}

#[tokio::test]
async fn rule_44_a_note_stands_beside_the_ledger_and_never_in_it() {
    for world in opened().await {
        let note = "Moved to Lisbon in May; ask Vera.";
        let form = DecideForm {
            note: Some(note.to_owned()),
            why: Some(RevokeWhy::NeverAuthorised),
            ..world.form("p01", "wiki", Answer::Revoke).await
        };
        decide(&world.ctx, &world.boss, &form).await.expect("a revoke");
        let entries = world.entries(form.item).await;
        let made = entries.iter().find(|e| e.kind == EventKind::DecisionMade).expect("an entry");
        assert!(made.commitments.contains_key("note"));
        assert_eq!(made.data_code("why"), Some("never_authorised"));
        let bytes = made.to_bytes().expect("bytes");
        assert!(!String::from_utf8(bytes).expect("text").contains("Lisbon"));
        let mut tx = world.ctx.store.read().await.expect("reads");
        let text = tx.text(made.id, "note").await.expect("reads").expect("the note");
        assert_eq!(text.open.expect("not erased").1, note);
        assert_eq!(text.subject, world.identity("p01").await.0);
    }
}

#[tokio::test]
async fn rule_32_escalations_are_neither_agreement_nor_override() {
    for world in opened().await {
        let verdict = world.item("p01", "wiki").await.verdict.expect("a recommendation");
        let done = world.approve(&world.boss, "p01", "wiki").await;
        let expected = match verdict {
            domain::Verdict::Approve => Some(true),
            domain::Verdict::Revoke => Some(false),
            domain::Verdict::Escalate => None,
        };
        assert_eq!(done.agreed, expected);
        assert_eq!(world.escalate(&world.boss, "p02", "wiki", "deputy").await.expect("an escalation").agreed, None);
    }
}
