//! Duties that must be apart (rule 33): rules and what access gives, conflicts across sources, and keeping both sides.

use crate::world::{World, each, easy};
use domain::{Action, Answer, AttemptId, Object, Role, Showing, SourceId, time::DAY};
use ledger::EventKind;
use recommend::sod::{Need, RuleEntered, RuleSet, Severity, SideEntered};
use review::{
    Actor, Error,
    decide::decide,
    explain, export, open,
    open::{OpenForm, Scope},
    recommendations, sequence,
    sod::{self, CheckRequest, EntitlementRef, PersonRef, ProposeForm, SettleForm},
    sources::{self, NewSource, Place},
    sync,
    view::{self, MapArgs, types::ItemPage},
};
use std::{collections::BTreeSet, fmt::Debug, fs};

const RULES: &str = r#"schema = "countersign/duty-rules/1"
name = "Ours"
duty = [{ id = "pay.release", name = "Release payments" }, { id = "supplier.maintain", name = "Change suppliers" }, { id = "look", name = "Look" }]

[[rule]]
id = "supplier-payment"
severity = "critical"
risk = "One person could invent a supplier and pay it."
left = { any = ["supplier.maintain"] }
right = { any = ["pay.release"] }
control = [{ id = "weekly", does = "Somebody outside payments reads the list each week." }]
test = [{ holds = ["supplier.maintain", "pay.release"], conflict = true }, { holds = ["look"], conflict = false }]
"#;

/// `pay` of the directory releases payments, `VENDOR` of the second source changes suppliers, `wiki` gives nothing.
const MAP: &str = r#"schema = "countersign/duty-map/1"
[[entitlement]]
source = "Directory"
id = "pay"
duties = ["pay.release"]
[[entitlement]]
source = "Directory"
id = "wiki"
duties = []
[[entitlement]]
source = "ERP"
id = "VENDOR"
duties = ["supplier.maintain"]
"#;

pub struct Desk {
    pub world: World,
    administrator: Actor,
    pub erp: SourceId,
    _folder: tempfile::TempDir,
}

impl Desk {
    /// A second source, in which p01 and p04 change suppliers; rules and map are set.
    async fn new(world: World) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        file(
            "people.csv",
            "person_id,name,email,title,department,manager_id,status\nE1,Name of p01,p01@example.com,buyer,Buying,EB,active\n\
             E4,Name of p04,p04@example.com,buyer,Buying,EB,active\nEB,Name of boss,boss@example.com,head,Buying,,active\n",
        );
        file("entitlements.csv", "entitlement_id,name,application,sensitivity\nVENDOR,Supplier master,ERP,medium\n");
        file("grants.csv", "person_id,entitlement_id,path,granted_on\nE1,VENDOR,direct,2024-03-01\nE4,VENDOR,direct,2024-03-01\n");
        let new = NewSource {
            name: "ERP".to_owned(),
            place: Place::Files { folder: folder.path().to_owned() },
            settings: String::new(),
            max_age: 30 * DAY,
            read_every: None,
        };
        let erp = sources::create(&world.ctx, None, &new).await.expect("a source");
        sync::sync(&world.ctx, None, erp).await.expect("read");
        // One person is one identity, whatever their accounts; how readings join them is another test's matter.
        let mut tx = world.ctx.store.begin().await.expect("begins");
        for (there, here) in [("E1", "p01"), ("E4", "p04"), ("EB", "boss")] {
            let joined = format!(
                "UPDATE accounts SET identity_id = (SELECT a.identity_id FROM accounts a WHERE a.external_id = '{here}') WHERE external_id = '{there}'"
            );
            assert_eq!(tx.tamper(&joined).await.expect("joined"), 1);
        }
        tx.commit().await.expect("commits");
        let administrator = world.actor("deputy", &[Role::Administrator]).await;
        let desk = Self { world, administrator, erp, _folder: folder };
        desk.set_rules(0, RULES).await.expect("rules");
        sod::set_map(&desk.world.ctx, &desk.administrator, desk.world.attempt(), MAP).await.expect("a map");
        desk
    }

    async fn set_rules(&self, expected: i64, text: &str) -> review::Result<sod::Saved> {
        sod::set_rules(&self.world.ctx, &self.administrator, self.world.attempt(), expected, text).await
    }

    /// Opens a campaign over these sources.
    pub async fn open(&mut self, sources: &[SourceId]) {
        self.open_showing(sources, Showing::Shown).await;
    }

    async fn open_showing(&mut self, sources: &[SourceId], showing: Showing) {
        let form = OpenForm {
            name: "Suppliers and payments".to_owned(),
            sources: sources.iter().copied().collect(),
            scope: Scope::All,
            due_at: self.world.ctx.env.now().plus(30 * DAY),
            time_zone: "Europe/Berlin".to_owned(),
            policy: easy(),
            showing,
        };
        let attempt: AttemptId = self.world.attempt();
        self.world.campaign = Some(open::open(&self.world.ctx, &self.world.olga, attempt, &form).await.expect("a campaign"));
    }

    async fn page(&self, actor: &Actor, person: &str, entitlement: &str) -> ItemPage {
        let item = self.world.item(person, entitlement).await;
        view::item(&self.world.ctx, actor, item.id).await.expect("the item's page")
    }

    async fn answer(&self, person: &str, entitlement: &str, answer: Answer) -> review::Result<review::decide::Decided> {
        let form = self.world.form(person, entitlement, answer).await;
        decide(&self.world.ctx, &self.world.boss, &form).await
    }

    async fn propose(&self, owner: &str, until: &str) -> review::Result<sod::Proposed> {
        let page = self.page(&self.world.boss, "p01", "pay").await;
        let conflict = page.conflicts.first().expect("a conflict");
        let form = ProposeForm {
            attempt: self.world.attempt(),
            item: page.id,
            conflict: conflict.id,
            control: "weekly".to_owned(),
            owner: owner.to_owned(),
            until: until.to_owned(),
        };
        sod::propose(&self.world.ctx, &self.world.boss, &form).await
    }
}

pub async fn desks() -> Vec<Desk> {
    let mut desks = Vec::new();
    for world in each().await {
        desks.push(Desk::new(world).await);
    }
    desks
}

fn refused<T: Debug>(result: review::Result<T>) -> String {
    match result.expect_err("a refusal") {
        Error::Refused(sentence) => sentence,
        other => panic!("refused was expected, not {other:?}"),
    }
}

fn field<T: Debug>(result: review::Result<T>) -> (String, String) {
    match result.expect_err("a field error") {
        Error::Invalid(mut errors) => errors.pop().map(|error| (error.field, error.message)).expect("a field"),
        other => panic!("a field error was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn a_conflict_across_sources_is_found_at_opening_and_shown_with_its_other_side() {
    for mut desk in desks().await {
        let both = [desk.world.source, desk.erp];
        desk.open(&both).await;
        let page = desk.page(&desk.world.boss, "p01", "pay").await;
        let [conflict] = page.conflicts.as_slice() else { panic!("one conflict: {:?}", page.conflicts) };
        assert_eq!((conflict.title.as_str(), conflict.severity.as_str()), ("Change suppliers / Release payments", "critical"));
        assert_eq!(conflict.risk, "One person could invent a supplier and pay it.");
        let [other] = conflict.other_side.as_slice() else { panic!("one on the other side") };
        assert_eq!((other.access.as_str(), other.source.as_str(), other.stands.as_str()), ("Supplier master", "ERP", "not answered"));
        assert!(other.item.is_some() && conflict.propose.is_some() && !conflict.advice.is_empty());
        // The recommendation says so too, and can be made again.
        let review::view::types::Recommended::Shown(shown) = &page.recommended else { panic!("a recommendation") };
        assert!(shown.reasons.iter().any(|reason| reason.sentence.contains("Together with Supplier master against the rule")), "{shown:?}");
        assert_eq!(shown.verdict, domain::Verdict::Escalate);
        assert!(explain::explain(&desk.world.ctx, None, shown.id).await.expect("explained").recomputed.same);
        // p04 changes suppliers and releases nothing; p02 releases and changes nothing.
        for (person, entitlement) in [("E4", "VENDOR"), ("p02", "pay"), ("p01", "wiki")] {
            assert!(desk.page(&desk.world.boss, person, entitlement).await.conflicts.is_empty(), "{person} {entitlement}");
        }
        let campaign = view::campaign(&desk.world.ctx, &desk.world.olga, desk.world.campaign(), None).await.expect("the campaign");
        let found = campaign.duties.expect("what the rules found");
        // Held: 3 of pay, 6 of wiki and 2 of VENDOR are mapped; crm, mail, auto, glass, deep and solo are not.
        assert_eq!((found.rules_version, found.conflicts, found.evaluated, found.not_evaluated), (1, 1, 11, 11));
    }
}

/// A conflict is a fact and stays; which side to give up is a recommendation, and is hidden with the others (shadow mode).
#[tokio::test]
async fn a_hidden_campaign_shows_the_conflict_and_no_advice() {
    for mut desk in desks().await {
        let both = [desk.world.source, desk.erp];
        desk.open_showing(&both, Showing::Hidden).await;
        let page = desk.page(&desk.world.boss, "p01", "pay").await;
        let [conflict] = page.conflicts.as_slice() else { panic!("one conflict: {:?}", page.conflicts) };
        assert_eq!((conflict.other_side.len(), conflict.advice.as_slice()), (1, [].as_slice()));
        assert!(conflict.propose.is_some());
        // What rests on it still holds.
        desk.answer("E1", "VENDOR", Answer::Approve).await.expect("the first side");
        assert!(refused(desk.answer("p01", "pay", Answer::Approve).await).contains("Nothing was recorded."));
    }
}

#[tokio::test]
async fn rule_33_the_second_side_is_not_approved_without_an_accepted_control() {
    for mut desk in desks().await {
        let both = [desk.world.source, desk.erp];
        desk.open(&both).await;
        desk.answer("E1", "VENDOR", Answer::Approve).await.expect("the first side");
        let why = refused(desk.answer("p01", "pay", Answer::Approve).await);
        assert!(
            why.contains("Change suppliers / Release payments") && why.contains("Supplier master") && why.contains("Nothing was recorded."),
            "{why}"
        );
        assert_eq!(desk.world.item("p01", "pay").await.state, domain::ReviewState::Undecided);
        // Giving up the other side opens this one.
        desk.answer("E1", "VENDOR", Answer::Revoke).await.expect("the other side goes");
        desk.answer("p01", "pay", Answer::Approve).await.expect("then this may stay");
        // And back again: the side that was given up cannot return while this one stays.
        refused(desk.answer("E1", "VENDOR", Answer::Approve).await);
    }
}

#[tokio::test]
async fn rule_33_the_other_side_counts_also_where_the_campaign_does_not_ask_about_it() {
    for mut desk in desks().await {
        let one = [desk.world.source];
        desk.open(&one).await;
        let page = desk.page(&desk.world.boss, "p01", "pay").await;
        assert_eq!(page.conflicts.first().and_then(|c| c.other_side.first()).map(|o| o.stands.as_str()), Some("not asked about"));
        refused(desk.answer("p01", "pay", Answer::Approve).await);
        desk.answer("p01", "pay", Answer::Revoke).await.expect("it can be revoked");
    }
}

#[tokio::test]
async fn rule_33_a_control_is_proposed_by_the_reviewer_and_accepted_by_its_owner() {
    for mut desk in desks().await {
        let both = [desk.world.source, desk.erp];
        desk.open(&both).await;
        desk.answer("E1", "VENDOR", Answer::Approve).await.expect("the first side");
        assert_eq!(field(desk.propose("p01@example.com", "2027-03-31").await).0, "owner", "not the holder");
        assert_eq!(field(desk.propose("boss@example.com", "2027-03-31").await).0, "owner", "not who proposes it");
        assert_eq!(field(desk.propose("olga@example.com", "2028-03-31").await).0, "until", "not for longer than 400 days");
        assert_eq!(field(desk.propose("olga@example.com", "2026-01-31").await).0, "until", "not in the past");
        assert_eq!(field(desk.propose("olga@example.com", "soon").await).0, "until");
        let page = desk.page(&desk.world.boss, "p01", "pay").await;
        let foreign = ProposeForm {
            attempt: desk.world.attempt(),
            item: page.id,
            conflict: page.conflicts.first().expect("a conflict").id,
            control: "weekly".to_owned(),
            owner: "otto@example.com".to_owned(),
            until: "2026-11-12".to_owned(),
        };
        let got = sod::propose(&desk.world.ctx, &desk.world.deputy, &foreign).await;
        assert!(matches!(got, Err(Error::NotFound)), "only the item's reviewer proposes");
        let proposed = desk.propose("olga@example.com", "2026-11-12").await.expect("a proposal");
        assert!(proposed.sentence.contains("Name of olga"), "{}", proposed.sentence);
        refused(desk.propose("otto@example.com", "2026-11-12").await);
        let why = refused(desk.answer("p01", "pay", Answer::Approve).await);
        assert!(why.contains("waits for Name of olga to accept it"), "{why}");

        let settle = |accept| SettleForm { attempt: desk.world.attempt(), control: proposed.control, accept };
        for somebody in [&desk.world.boss, &desk.world.otto, &desk.administrator] {
            let got = sod::settle(&desk.world.ctx, somebody, &settle(true)).await;
            assert!(matches!(got, Err(Error::NotFound)), "{}", somebody.name);
        }
        let waiting = view::controls(&desk.world.ctx, &desk.world.olga, None).await.expect("controls");
        assert!(waiting.lines.iter().any(|line| line.id == proposed.control && line.attempt.is_some() && line.holder == "Name of p01"));
        sod::settle(&desk.world.ctx, &desk.world.olga, &settle(true)).await.expect("accepted");
        refused(sod::settle(&desk.world.ctx, &desk.world.olga, &settle(false)).await);

        desk.answer("p01", "pay", Answer::Approve).await.expect("both sides, under the control");
        let item = desk.world.item("p01", "pay").await;
        let entries = desk.world.entries(item.id).await;
        let kinds: Vec<EventKind> = entries.iter().map(|entry| entry.kind).collect();
        assert!(kinds.contains(&EventKind::ControlProposed) && kinds.contains(&EventKind::ControlAccepted), "{kinds:?}");
        let decided = entries.iter().find(|entry| entry.kind == EventKind::DecisionMade).expect("the decision");
        assert_eq!(decided.subjects.get("control"), Some(&proposed.control.to_string()));

        // A pack says how it came to stand, and under which rules.
        sequence::run(&desk.world.ctx, "test").await.expect("sequenced");
        let made = export::make(&desk.world.ctx, None, desk.world.campaign(), None).await.expect("a pack");
        let rows = desk.world.pack_rows(&made, "controls");
        let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind && row["control"] == "weekly").collect::<Vec<_>>();
        assert!(of("control.proposed").iter().any(|row| row["proposed"] == proposed.control.to_string().as_str()), "{rows:?}");
        assert_eq!(of("control.accepted").len(), 1, "{rows:?}");
        let duties = &desk.world.pack_rows(&made, "campaign")[0]["duties"];
        assert!(duties["rules_version"] == 1 && duties["evaluated"].as_i64() > Some(0), "{duties}");

        // After its last day the conflict is open again.
        desk.world.clock.advance(11 * DAY);
        desk.world.sync().await;
        desk.answer("p01", "pay", Answer::Revoke).await.expect("changed");
        refused(desk.answer("p01", "pay", Answer::Approve).await);
    }
}

#[tokio::test]
async fn rules_and_map_are_versions_that_open_campaigns_do_not_feel() {
    for mut desk in desks().await {
        let both = [desk.world.source, desk.erp];
        desk.open(&both).await;
        let ctx = &desk.world.ctx;
        assert!(matches!(desk.set_rules(0, RULES).await, Err(Error::Stale(_))), "somebody else was quicker");
        let (name, message) = field(desk.set_rules(1, &RULES.replace("critical", "fatal")).await);
        assert!(name == "rules" && message.contains("line 7, severity"), "{message}");
        let wrong_test = RULES.replace(
            "{ holds = [\"look\"], conflict = false }",
            "{ holds = [\"look\"], conflict = false }, { holds = [\"look\"], conflict = true }",
        );
        assert!(field(desk.set_rules(1, &wrong_test).await).1.contains("test 3 of rule supplier-payment"));
        let renamed = RULES.replace("pay.release", "payment.release");
        assert!(field(desk.set_rules(1, &renamed).await).1.contains("pay of Directory"), "what is mapped keeps its meaning");
        let unknown = MAP.replace("VENDOR", "NOTHING");
        assert!(field(sod::set_map(ctx, &desk.administrator, desk.world.attempt(), &unknown).await).1.contains("NOTHING of ERP"));

        let before = desk.page(&desk.world.boss, "p01", "pay").await.conflicts;
        let milder = RULES.replace("critical", "low");
        assert_eq!(desk.set_rules(1, &milder).await.expect("version 2").version, 2);
        assert_eq!(desk.set_rules(2, &milder).await.expect("the same again").version, 2);
        assert_eq!(
            desk.page(&desk.world.boss, "p01", "pay").await.conflicts.first().map(|c| c.severity.clone()),
            before.first().map(|c| c.severity.clone())
        );
        let auditor = desk.world.actor("otto", &[Role::Auditor]).await;
        let item = desk.world.item("p01", "pay").await;
        let again = recommendations::recompute(ctx, &auditor, item.recommendation.expect("one")).await.expect("made again");
        assert!(again.same(), "what was declared then is what counts: {again:?}");

        assert_eq!(sod::export_rules(ctx, &auditor).await.expect("a file"), milder);
        let map = sod::export_map(ctx, &auditor).await.expect("a file");
        sod::set_map(ctx, &desk.administrator, desk.world.attempt(), &map).await.expect("taken back");
        assert_eq!(sod::export_map(ctx, &auditor).await.expect("a file"), map);
        let packs = BTreeSet::from(["payroll".to_owned()]);
        let added = sod::add_packs(ctx, &desk.administrator, desk.world.attempt(), 2, &packs).await.expect("added");
        let shown = view::duties(ctx, &desk.administrator, None).await.expect("the page").rules.expect("rules");
        assert_eq!((added.version, shown.version), (3, 3));
        assert!(shown.rules.len() > 1 && shown.rules.iter().any(|rule| rule.id == "supplier-payment" && rule.severity == "low"));
    }
}

#[tokio::test]
async fn one_rule_and_one_duty_are_changed_by_themselves_each_as_a_version() {
    for desk in desks().await {
        let (ctx, who) = (&desk.world.ctx, &desk.administrator);
        let auditor = desk.world.actor("otto", &[Role::Auditor]).await;
        assert!(view::duty_rule(ctx, &auditor, Some("supplier-payment"), None).await.expect("they look").change.is_none());
        assert!(matches!(view::duty_rule(ctx, &auditor, None, None).await, Err(Error::NotFound)), "they make none");
        assert!(matches!(view::duty_rule(ctx, who, Some("no-such"), None).await, Err(Error::NotFound)));
        let set = RuleSet::parse(&sod::export_rules(ctx, who).await.expect("a file")).expect("rules");
        let rule = set.rules.iter().find(|rule| rule.id == "supplier-payment").expect("it");
        let mut entered = set.entered(rule);
        entered.severity = Severity::Low;
        let attempt = desk.world.attempt();
        let save = async |attempt, expected, new, entered: &RuleEntered| sod::set_rule(ctx, who, attempt, expected, new, entered).await;
        assert!(matches!(sod::set_rule(ctx, &auditor, attempt, 1, false, &entered).await, Err(Error::NotFound)));
        assert!(matches!(save(attempt, 0, false, &entered).await, Err(Error::Stale(_))), "somebody else was quicker");
        assert_eq!(field(save(attempt, 1, true, &entered).await).0, "id", "a new one does not take the place of another");
        let saved = save(attempt, 1, false, &entered).await.expect("version 2");
        assert_eq!((saved.version, save(attempt, 1, false, &entered).await.expect("the same form again")), (2, saved));
        let shown = view::duty_rule(ctx, &auditor, Some("supplier-payment"), None).await.expect("the page").rule.expect("it");
        assert_eq!((shown.line.severity.as_str(), shown.tests.len()), ("low", rule.tests.len()));

        let duty = sod::add_duty(ctx, who, desk.world.attempt(), 2, "stock.count", "Count stock").await.expect("version 3");
        let fresh = RuleEntered {
            id: "count-pay".to_owned(),
            right: SideEntered { need: Need::Any, duties: vec!["stock.count".to_owned()] },
            tests: String::new(),
            ..entered
        };
        let mut wrong = fresh.clone();
        wrong.right.duties.clear();
        assert_eq!(field(save(desk.world.attempt(), 3, true, &wrong).await).0, "right");
        assert_eq!((duty.version, save(desk.world.attempt(), 3, true, &fresh).await.expect("version 4").version), (3, 4));
        let gone = sod::remove_rule(ctx, who, desk.world.attempt(), 4, "count-pay").await.expect("version 5");
        let left = view::duties(ctx, who, None).await.expect("the page").rules.expect("rules");
        assert_eq!((gone.version, left.rules.len(), left.duties), (5, set.rules.len(), i64::try_from(set.duties.len() + 1).expect("few")));
        assert!(matches!(sod::remove_rule(ctx, who, desk.world.attempt(), 5, "count-pay").await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn one_access_is_mapped_in_the_browser_and_what_nobody_mapped_is_counted() {
    for desk in desks().await {
        let ctx = &desk.world.ctx;
        let args = MapArgs { q: Some("crm".to_owned()), unmapped: true, after: None };
        let page = view::duty_map(ctx, &desk.administrator, &args, None).await.expect("the map");
        let [line] = page.entitlements.as_slice() else { panic!("one: {:?}", page.entitlements) };
        assert_eq!((line.access.as_str(), line.grants, &line.duties), ("Access crm", 2, &None));
        assert_eq!((page.coverage.grants, page.coverage.grants_held), (11, 22));
        let administrator = &desk.administrator;
        let set = |duties: Option<BTreeSet<String>>| {
            let (attempt, id) = (desk.world.attempt(), line.id);
            async move { sod::set_entitlement(ctx, administrator, attempt, id, duties.as_ref()).await }
        };
        assert_eq!(field(set(Some(BTreeSet::from(["no.such".to_owned()]))).await).0, "duties");
        set(Some(BTreeSet::from(["supplier.maintain".to_owned()]))).await.expect("said");
        assert!(view::duty_map(ctx, &desk.administrator, &args, None).await.expect("the map").entitlements.is_empty());
        assert_eq!(view::duties(ctx, &desk.administrator, None).await.expect("the page").coverage.grants, 13);
        set(None).await.expect("taken back");
        assert_eq!(view::duties(ctx, &desk.administrator, None).await.expect("the page").coverage.grants, 11);
    }
}

#[tokio::test]
async fn a_proposed_grant_is_answered_for_without_anything_being_stored() {
    for desk in desks().await {
        let ctx = &desk.world.ctx;
        let ask = |email: &str, source: &str, id: &str| CheckRequest {
            person: PersonRef::Email { email: email.to_owned() },
            entitlement: EntitlementRef { source: source.to_owned(), id: id.to_owned() },
        };
        let would = sod::check(ctx, &desk.administrator, &ask("p02@example.com", "ERP", "VENDOR")).await.expect("an answer");
        let [conflict] = would.conflicts.as_slice() else { panic!("a conflict: {would:?}") };
        assert_eq!(conflict.rule, "supplier-payment");
        assert!(
            !would.clear
                && conflict.left.held.iter().any(|held| held.grant.is_none())
                && conflict.right.held.iter().any(|held| held.grant.is_some())
        );
        let none = sod::check(ctx, &desk.administrator, &ask("p04@example.com", "Directory", "wiki")).await.expect("an answer");
        assert!(none.conflicts.is_empty() && none.evaluated && none.others_not_evaluated > 0 && !none.clear, "{none:?}");
        let unmapped = sod::check(ctx, &desk.administrator, &ask("p04@example.com", "Directory", "crm")).await.expect("an answer");
        assert!(!unmapped.evaluated && unmapped.says.starts_with("Not evaluated"), "{unmapped:?}");
        // What is there already does not count as made by the proposal.
        let already = sod::check(ctx, &desk.administrator, &ask("p01@example.com", "Directory", "wiki")).await.expect("an answer");
        assert!(already.conflicts.is_empty(), "{already:?}");
        assert_eq!(field(sod::check(ctx, &desk.administrator, &ask("nobody@example.com", "ERP", "VENDOR")).await).0, "person");
        assert_eq!(field(sod::check(ctx, &desk.administrator, &ask("p02@example.com", "ERP", "NOTHING")).await).0, "entitlement");
    }
}

#[tokio::test]
async fn who_may_not_see_or_change_duties_does_not_find_them() {
    for desk in desks().await {
        let ctx = &desk.world.ctx;
        assert!(matches!(view::duties(ctx, &desk.world.boss, None).await, Err(Error::NotFound)));
        let auditor = desk.world.actor("otto", &[Role::Auditor]).await;
        assert!(!auditor.may(Action::Change, Object::Duty, true));
        assert!(view::duties(ctx, &auditor, None).await.expect("they look").change.is_none());
        let changed = sod::set_map(ctx, &auditor, desk.world.attempt(), MAP).await;
        assert!(matches!(changed, Err(Error::NotFound)));
    }
}
