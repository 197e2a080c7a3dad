//! The pages of those who watch over a campaign: counts add up, what somebody must look at is there, and nobody sees
//! what is not theirs.

use crate::world::{World, each, easy};
use domain::{Answer, GrantId, HoldReason, OrderState, ReviewState, Role, time::DAY};
use review::{
    Error, FieldError,
    explain::Outcome,
    orders, sequence, sync,
    view::{
        self, SettleEntered,
        types::{HistoryFilters, ReadingOutcome, What},
    },
};
use std::collections::BTreeSet;

/// A campaign with an approval, an escalation, and removals that are ticketed, braked, in conflict and impossible here.
async fn busy() -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.open(easy()).await;
        world.approve(&world.boss, "p02", "wiki").await;
        world.revoke(&world.boss, "p01", "wiki").await;
        world.revoke(&world.boss, "p06", "solo").await;
        world.revoke(&world.boss, "p01", "crm").await;
        world.revoke(&world.boss, "p03", "auto").await;
        world.escalate(&world.boss, "p03", "wiki", "deputy").await.expect("an escalation");
        world.later().await;
    }
    worlds
}

#[tokio::test]
async fn rule_03_every_count_of_a_campaign_adds_up_to_its_items() {
    for world in busy().await {
        let page = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        let items = world.items().await;
        let all = i64::try_from(items.len()).expect("few");
        let p = page.progress;
        assert_eq!(p.items, all);
        assert_eq!(p.approved + p.revoked + p.escalated + p.no_longer_held + p.unanswered + p.open, all);
        assert_eq!((p.approved, p.revoked, p.escalated), (1, 4, 1));
        assert_eq!(page.states.iter().map(|s| s.state).collect::<Vec<_>>(), ReviewState::ALL);
        for count in &page.states {
            let found = items.values().filter(|item| item.state == count.state).count();
            assert_eq!(count.items, i64::try_from(found).expect("few"), "{}", count.state);
        }
        let matrix: i64 = page.matrix.iter().map(|r| r.approved + r.revoked + r.escalated + r.open + r.otherwise).sum();
        assert_eq!(matrix, all, "every item has a recommendation");
        assert_eq!(page.orders.iter().map(|o| o.orders).sum::<i64>(), 4);
        assert_eq!(page.orders.iter().map(|o| o.state).collect::<BTreeSet<_>>().len(), OrderState::ALL.len(), "every state, also with 0");
        assert_eq!(page.reviewers.iter().map(|r| r.progress.items).sum::<i64>(), all);
        assert_eq!(page.reviewers_total, i64::try_from(page.reviewers.len()).expect("few"));
        let owed: Vec<i64> = page.reviewers.iter().map(|r| r.progress.open + r.progress.escalated).collect();
        assert!(owed.is_sorted_by(|a, b| a >= b), "who owes most comes first: {owed:?}");
        let boss = page.reviewers.iter().find(|r| r.name == "Name of boss").expect("the boss answers");
        assert!(boss.signed_in && boss.last_answer_at.is_some(), "{boss:?}");
        assert_eq!(page.days.last().expect("a day").answered, p.approved + p.revoked);
    }
}

#[tokio::test]
async fn answers_of_each_day_count_what_counted_at_its_end() {
    for mut world in each().await {
        world.open(easy()).await;
        world.approve(&world.boss, "p01", "wiki").await;
        world.later().await;
        world.clock.advance(DAY);
        world.approve(&world.boss, "p02", "wiki").await;
        world.approve(&world.boss, "p03", "wiki").await;
        world.undo(&world.boss, "p03", "wiki").await.expect("it can still be undone");
        // A final answer that is changed is one answer all along.
        let form = world.form("p01", "wiki", Answer::Revoke).await;
        let form = review::decide::DecideForm { shown: world.shows(form.item).await, ..form };
        review::decide::decide(&world.ctx, &world.boss, &form).await.expect("a final approval can become a removal");
        world.clock.advance(DAY);
        let page = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        assert_eq!(page.days.iter().map(|d| d.answered).collect::<Vec<_>>(), [1, 2, 2]);
        assert!(page.days.is_sorted_by(|a, b| a.at < b.at));
    }
}

#[tokio::test]
async fn rules_17_19_20_what_waits_for_a_person_stands_there_with_why_and_who_may_let_it_go() {
    for world in busy().await {
        let page = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        assert_eq!(page.held_total, i64::try_from(page.held.len()).expect("few"));
        let braked = page.held.iter().find(|o| o.hold_reason == Some(HoldReason::Brake)).expect("the last holder is braked");
        assert_eq!((braked.access.as_str(), braked.person.as_str()), ("Access solo", "Name of p06"));
        assert_eq!(braked.why.as_deref(), Some(orders::limit::Limit::LastHolder.sentence()));
        let release = braked.release.as_ref().expect("the owner is a second person");
        let conflict = page.held.iter().find(|o| o.state == OrderState::Conflict).expect("the group's other access is not decided");
        assert_eq!(conflict.also_ends, ["Access mail (not decided)"]);
        let why = conflict.why.as_deref().expect("a reason");
        assert!(why.contains("It waits for Name of deputy, who answers for the access"), "{why}");
        let stuck = &page.stuck[0];
        assert_eq!((stuck.state, stuck.access.as_str()), (OrderState::CannotBeRemovedHere, "Access auto"));
        assert!(stuck.why.is_some() && stuck.release.is_none());
        // The form that was shown is the form that is taken.
        let form = orders::ReleaseForm { attempt: release.attempt, order: braked.id, expected_version: release.expected_version };
        orders::release(&world.ctx, &world.olga, &form).await.expect("released");
        let after = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        assert!(after.held.iter().all(|o| o.id != braked.id));
        // Who decided sees no form for what they decided.
        let both = world.actor("boss", &[Role::Owner, Role::Administrator]).await;
        let seen = view::campaign(&world.ctx, &both, world.campaign(), None).await.expect("administrators see every campaign");
        assert!(seen.held.iter().all(|o| o.release.is_none()), "the decider is no second person");
    }
}

#[tokio::test]
async fn rule_19_the_switch_says_since_when_and_by_whom() {
    for world in busy().await {
        let attempt = |page: &view::types::CampaignPage| page.switch.as_ref().expect("the owner sees it").attempt;
        let page = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        assert!(!page.switch.as_ref().expect("the owner sees it").stopped);
        let form = orders::SwitchForm { attempt: attempt(&page).expect("the owner may throw it"), on: false };
        orders::switch(&world.ctx, &world.olga, &form).await.expect("stopped");
        let switch = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page").switch.expect("seen");
        assert_eq!((switch.stopped, switch.by.as_deref(), switch.since), (true, Some("Name of olga"), Some(world.ctx.env.now())));
        let auditor = world.actor("otto", &[Role::Auditor]).await;
        let seen = view::campaign(&world.ctx, &auditor, world.campaign(), None).await.expect("auditors see every campaign");
        assert_eq!(attempt(&seen), None);
        assert!(!seen.may_close && !seen.may_make_evidence);
    }
}

#[tokio::test]
async fn what_is_not_theirs_does_not_exist_for_them() {
    for world in busy().await {
        let (ctx, campaign) = (&world.ctx, world.campaign());
        let absent = |what: Option<Error>| assert!(matches!(what, Some(Error::NotFound)), "{what:?}");
        absent(view::campaign(ctx, &world.otto, campaign, None).await.err());
        absent(view::campaign(ctx, &world.boss, campaign, None).await.err());
        absent(view::campaigns(ctx, &world.boss, None).await.err());
        absent(view::close(ctx, &world.otto, campaign, None, Vec::new()).await.err());
        let list = view::campaigns(ctx, &world.olga, None).await.expect("her own");
        assert_eq!(list.campaigns.iter().map(|line| line.head.id).collect::<Vec<_>>(), [campaign]);
        assert!(view::campaigns(ctx, &world.otto, None).await.expect("his own").campaigns.is_empty());
        absent(view::history(ctx, &world.olga, HistoryFilters::default()).await.err());
        absent(view::evidence(ctx, &world.olga, None, None).await.err());
        absent(view::sources(ctx, &world.boss).await.err());
        absent(view::source(ctx, &world.boss, world.source, None, Vec::new()).await.err());
        absent(view::findings(ctx, &world.boss, None, None).await.err());
        let grant = world.item("p01", "wiki").await.grant;
        absent(view::history_of_grant(ctx, &world.olga, grant, None).await.err());
        let auditor = world.actor("deputy", &[Role::Auditor]).await;
        absent(view::close(ctx, &auditor, campaign, None, Vec::new()).await.err());
        absent(view::history_of_grant(ctx, &auditor, GrantId(uuid::Uuid::nil()), None).await.err());
        let administrator = world.actor("deputy", &[Role::Administrator]).await;
        assert_eq!(view::campaigns(ctx, &administrator, None).await.expect("all").campaigns.len(), 1);
        absent(view::campaigns(ctx, &administrator, Some("no key")).await.err());
    }
}

#[tokio::test]
async fn closing_is_shown_as_it_would_be_and_says_when_that_changed() {
    for world in busy().await {
        let page = view::close(&world.ctx, &world.olga, world.campaign(), None, Vec::new()).await.expect("a page");
        let preview = review::close::preview(&world.ctx, &world.olga, world.campaign()).await.expect("a preview");
        assert_eq!((page.digest.as_str(), page.expected_version), (hex::encode(preview.digest).as_str(), preview.version));
        assert_eq!((page.open, page.open_escalated), (preview.open, 1));
        assert_eq!(page.open_by_reviewer.iter().map(|of| of.open).sum::<i64>(), page.open);
        assert!(page.changed.is_none() && !page.acknowledgements.is_empty());
        let form = review::close::CloseForm {
            attempt: page.attempt,
            campaign: world.campaign(),
            expected_version: page.expected_version,
            preview_digest: preview.digest,
            acknowledge: true,
        };
        world.approve(&world.boss, "p04", "wiki").await;
        let errors = vec![FieldError { field: "acknowledge".to_owned(), message: "Look again.".to_owned() }];
        let again = view::close(&world.ctx, &world.olga, world.campaign(), Some(&form), errors.clone()).await.expect("a page");
        assert_eq!(again.attempt, page.attempt, "the form's attempt stays");
        assert!(again.changed.is_some() && !again.acknowledge, "a tick was for what was shown then");
        assert_eq!(again.errors, errors);
    }
}

#[tokio::test]
async fn a_grants_history_leads_from_the_first_reading_to_the_proof_and_is_covered_by_a_checkpoint() {
    for mut world in busy().await {
        let item = world.item("p01", "wiki").await;
        let auditor = world.actor("otto", &[Role::Auditor]).await;
        world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
        world.clock.advance(DAY);
        world.sync().await;
        let before = view::history_of_grant(&world.ctx, &auditor, item.grant, None).await.expect("a page");
        assert_eq!(before.covered_by, None, "entries wait for their places");
        sequence::run(&world.ctx, "test").await.expect("sequenced");
        let page = view::history_of_grant(&world.ctx, &auditor, item.grant, item.recommendation).await.expect("a page");
        assert!(page.covered_by.is_some() && page.covered_at.is_some());
        assert!(page.records.is_sorted_by_key(|r| r.at));
        let at = |what: fn(&What) -> bool| page.records.iter().position(|r| what(&r.what)).expect("it is in the history");
        let order = [
            at(|w| matches!(w, What::Read { seq: 1, .. })),
            at(|w| matches!(w, What::Asked { .. })),
            at(|w| matches!(w, What::Answered { .. })),
            at(|w| matches!(w, What::Finalised)),
            at(|w| matches!(w, What::Order { state: OrderState::Ticketed, .. })),
            at(|w| matches!(w, What::Proof { gone: true, seq: 2, .. })),
        ];
        assert!(order.is_sorted(), "{order:?} {:#?}", page.records);
        assert!(page.records.iter().any(|r| matches!(r.what, What::ReadGone { seq: 2, .. })));
        assert_eq!(page.gone_at, Some(world.ctx.env.now()));
        let review = &page.reviews[0];
        assert_eq!((review.answer, review.recomputed), (Some(Answer::Revoke), Some(Outcome::Same)));
        let other = world.item("p02", "wiki").await.recommendation;
        let not_its_own = view::history_of_grant(&world.ctx, &auditor, item.grant, other).await;
        assert!(matches!(not_its_own, Err(Error::NotFound)), "a recommendation about another grant is not on this page");
        let campaign = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        assert_eq!(campaign.median_to_proof, Some(DAY / domain::time::SECOND));
    }
}

#[tokio::test]
async fn every_filter_of_the_history_finds_what_it_names_and_nothing_else() {
    for world in busy().await {
        let auditor = world.actor("otto", &[Role::Auditor]).await;
        let find = async |filters: HistoryFilters| view::history(&world.ctx, &auditor, filters).await.expect("a page");
        let empty = HistoryFilters::default;
        let all = find(empty()).await;
        assert_eq!((all.rows.len(), all.next.clone(), all.error.clone()), (world.grants.len(), None, None));
        let of = find(HistoryFilters { person: " P01@Example ".to_owned(), ..empty() }).await;
        assert_eq!(of.rows.len(), world.grants.iter().filter(|g| g.0 == "p01").count());
        assert!(of.rows.iter().all(|row| row.person == "Name of p01"));
        let of = find(HistoryFilters { access: "sales desk".to_owned(), ..empty() }).await;
        assert_eq!(of.rows.len(), world.grants.iter().filter(|g| matches!(g.1, "crm" | "mail")).count());
        let of = find(HistoryFilters { state: "order:ticketed".to_owned(), ..empty() }).await;
        assert_eq!(of.rows.iter().map(|r| (r.person.as_str(), r.access.as_str())).collect::<Vec<_>>(), [("Name of p01", "Access wiki")]);
        let of = find(HistoryFilters { state: "item:escalated".to_owned(), campaign: world.campaign().to_string(), ..empty() }).await;
        assert_eq!(of.rows.len(), 1);
        let of = find(HistoryFilters { campaign: uuid::Uuid::nil().to_string(), ..empty() }).await;
        assert!(of.rows.is_empty() && of.error.is_none());
        let of = find(HistoryFilters { source: uuid::Uuid::nil().to_string(), ..empty() }).await;
        assert!(of.rows.is_empty());
        for hostile in ["%", "_", "!", "' OR 1=1 --", "<script>"] {
            let of = find(HistoryFilters { person: hostile.to_owned(), ..empty() }).await;
            assert!(of.rows.is_empty() && of.error.is_none(), "{hostile}");
        }
        let of = find(HistoryFilters { state: "item:lost".to_owned(), ..empty() }).await;
        assert!(of.rows.is_empty() && of.error.is_some(), "what is not understood is said");
        assert_eq!(of.filters.state, "item:lost", "and is still there");
    }
}

#[tokio::test]
async fn a_source_shows_its_readings_with_what_they_brought_and_what_went_wrong() {
    for world in each().await {
        let administrator = world.actor("otto", &[Role::Administrator]).await;
        world.clock.advance(DAY);
        world.sync().await;
        let page = view::source(&world.ctx, &administrator, world.source, None, Vec::new()).await.expect("a page");
        assert_eq!(page.readings.iter().map(|r| r.outcome).collect::<Vec<_>>(), [ReadingOutcome::Unchanged, ReadingOutcome::Sealed]);
        let grants = page.readings[1].counts.iter().find(|c| c.what == "grants").expect("grants are counted");
        assert_eq!(
            (grants.read, grants.new),
            (i64::try_from(world.grants.len()).expect("few"), i64::try_from(world.grants.len()).expect("few"))
        );
        assert!(page.attempt.is_some());
        assert!(page.declared.iter().any(|line| line.names == ["glass"]));
        let looked = sync::preview(&world.ctx, &administrator, world.source).await.expect("a preview");
        let import = view::import(looked);
        assert!(import.good && import.counts.iter().all(|c| c.new + c.changed + c.gone == 0), "{import:?}");
        std::fs::write(
            std::path::Path::new(&page.place).join("grants.csv"),
            "person_id,entitlement_id,path,granted_on,granted_by\nnobody,nothing,direct,yesterday,\n",
        )
        .expect("a file");
        let import = view::import(sync::preview(&world.ctx, &administrator, world.source).await.expect("a preview"));
        assert!(!import.good && import.problems.iter().any(|p| p.file == "grants.csv" && p.row == Some(2)), "{import:?}");
        assert!(import.problems_total >= i64::try_from(import.problems.len()).expect("few"));
        assert!(sync::sync(&world.ctx, Some(&administrator), world.source).await.is_err());
        let page = view::source(&world.ctx, &administrator, world.source, Some(import.clone()), Vec::new()).await.expect("a page");
        let failed = &page.readings[0];
        assert_eq!((failed.outcome, failed.by.as_deref(), failed.seq), (ReadingOutcome::Failed, Some("Name of otto"), None));
        assert_eq!(failed.problems, import.problems);
        assert_eq!(page.preview, Some(import));
        let auditor = world.actor("deputy", &[Role::Auditor]).await;
        let seen = view::source(&world.ctx, &auditor, world.source, None, Vec::new()).await.expect("a page");
        assert_eq!(seen.attempt, None);
        let list = view::sources(&world.ctx, &auditor).await.expect("a page");
        assert!(!list.may_sync && !list.sources[0].source.old);
        assert_eq!(list.sources[0].source.grants, Some(i64::try_from(world.grants.len()).expect("few")));
    }
}

#[tokio::test]
async fn findings_evidence_and_the_own_account_are_shown() {
    for mut world in busy().await {
        world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
        world.clock.advance(DAY);
        world.sync().await;
        world.grants.push(("p01", "wiki", "direct", "2026-11-03", "deputy"));
        world.clock.advance(DAY);
        world.sync().await;
        let raised = world.findings().await;
        let page = view::findings(&world.ctx, &world.olga, None, None).await.expect("a page");
        assert_eq!((page.open.len(), page.open_total), (raised.len(), i64::try_from(raised.len()).expect("few")));
        let returned = page.open.iter().find(|f| f.kind == "returned").expect("it came back");
        assert_eq!((returned.person.as_str(), returned.access.as_deref()), ("Name of p01", Some("Access wiki")));
        let again = SettleEntered {
            finding: returned.id,
            attempt: returned.attempt.expect("owners settle"),
            entered: "\u{202e}<b>".to_owned(),
            errors: vec![FieldError { field: "outcome".to_owned(), message: "Say more.".to_owned() }],
        };
        let shown = view::findings(&world.ctx, &world.olga, None, Some(&again)).await.expect("a page");
        let line = &shown.open[0];
        assert_eq!((line.id, line.attempt, line.entered.as_str()), (again.finding, Some(again.attempt), "\u{202e}<b>"));
        let settle = review::findings::SettleForm {
            attempt: again.attempt,
            finding: again.finding,
            outcome: store::findings::Outcome::Accepted,
            note: None,
        };
        review::findings::settle(&world.ctx, &world.olga, &settle).await.expect("settled");
        let auditor = world.actor("otto", &[Role::Auditor]).await;
        let page = view::findings(&world.ctx, &auditor, None, None).await.expect("a page");
        assert!(page.open.iter().all(|f| f.attempt.is_none() && f.id != again.finding));
        assert_eq!(page.settled[0].settled_by.as_deref(), Some("Name of olga"));
        let campaign = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        assert_eq!(campaign.findings, page.open_total, "all are about people of this campaign");

        sequence::run(&world.ctx, "test").await.expect("sequenced");
        let evidence = view::evidence(&world.ctx, &auditor, None, None).await.expect("a page");
        assert_eq!(evidence.waiting, 0);
        assert_eq!((evidence.fingerprint.len(), evidence.campaigns.len()), (64, 1));
        assert!(evidence.checkpoint.is_some() && evidence.may_take && evidence.campaigns[0].attempt.is_none());
        let compliance = world.actor("deputy", &[Role::Compliance]).await;
        let made = review::export::make(&world.ctx, Some(&compliance), world.campaign(), Some(world.attempt())).await.expect("a pack");
        review::export::taken(&world.ctx, &auditor, made.id).await.expect("a copy");
        let evidence = view::evidence(&world.ctx, &compliance, None, None).await.expect("a page");
        let pack = &evidence.campaigns[0].packs[0];
        assert_eq!((pack.id, pack.made_by.as_deref()), (made.id, Some("Name of deputy")));
        assert_eq!(pack.copies.iter().map(|c| c.by.as_str()).collect::<Vec<_>>(), ["Name of otto"]);
        assert!(evidence.campaigns[0].attempt.is_some());

        let account = view::account(&world.ctx, &world.boss, None, "Europe/Zurich").await.expect("a page");
        assert_eq!((account.name.as_str(), account.known_as.as_deref()), ("Name of boss", Some("Name of boss")));
    }
}

#[test]
fn only_a_path_of_this_site_is_gone_to_after_signing_in() {
    for good in ["/", "/reviews", "/campaigns/1?after=2#held"] {
        assert!(view::is_own_path(good), "{good}");
    }
    for bad in ["", "//evil.example", "/\\evil.example", "https://evil.example", "reviews", "/a\\b", "/\n/evil.example", "/\t/evil.example"]
    {
        assert!(!view::is_own_path(bad), "{bad}");
        assert_eq!(view::sign_in(Vec::new(), Some(bad.to_owned()), None, Vec::new()).then, None);
    }
}
