//! Segregation of duties: the file, the conflicts, the ways out, and who may keep both sides (rule 33).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a failed expectation is a failed test")]

mod common;

use common::{as_of, days_ago, entitlement, grant};
use proptest::prelude::*;
use recommend::sod::{
    Blocked, BothSides, Checker, Chosen, DutyMap, Held, Holding, MappedEntitlement, Need, RuleEntered, RuleSet, STARTER_PACKS, Severity,
    SideEntered, WhichSide, Worth, keeping_both, starter,
};
use std::collections::BTreeSet;

const RULES: &str = r#"schema = "countersign/duty-rules/1"
name = "Ours"
duty = [{ id = "order", name = "Order" }, { id = "receive", name = "Receive" }, { id = "pay", name = "Pay" }, { id = "look", name = "Look" }]

[[rule]]
id = "order-pay"
severity = "critical"
risk = "One person could order and pay."
left = { any = ["order"] }
right = { any = ["pay"] }
control = [{ id = "weekly", does = "Read weekly.", owner = "p-7", until = 2027-06-30 }, { id = "bare", does = "Read." }]
test = [{ holds = ["order", "pay"], conflict = true }, { holds = ["order", "receive"], conflict = false }]

[[rule]]
id = "three-in-one"
severity = "high"
risk = "One person could do all three."
left = { all = ["order", "receive"] }
right = { any = ["look"] }
test = [{ holds = ["order", "receive", "look"], conflict = true }, { holds = ["order", "look"], conflict = false }]
"#;

fn rules() -> RuleSet {
    RuleSet::parse(RULES).unwrap()
}

/// Entitlement 1 orders, 2 receives, 3 pays, 4 looks, 5 orders and receives, 6 gives nothing, 7 orders and pays; 8 is not mapped.
fn map(rules: &RuleSet) -> DutyMap {
    let mut map = DutyMap::default();
    let gives = [
        (1, &["order"][..]),
        (2, &["receive"]),
        (3, &["pay"]),
        (4, &["look"]),
        (5, &["order", "receive"]),
        (6, &[]),
        (7, &["order", "pay"]),
    ];
    for (number, duties) in gives {
        map.set(entitlement(number), duties.iter().map(|duty| rules.duty(duty).unwrap()));
    }
    map
}

fn held(numbers: &[u32]) -> Vec<Held> {
    numbers.iter().map(|number| Held { entitlement: entitlement(*number), grant: grant(*number) }).collect()
}

#[test]
fn the_starter_pack_passes_its_own_tests() {
    assert_eq!(STARTER_PACKS.len(), 6);
    for pack in STARTER_PACKS {
        let rules = RuleSet::parse(pack.text).unwrap_or_else(|error| panic!("{}: {error}", pack.id));
        assert_eq!(rules.failed_tests(), [], "{}", pack.id);
        assert!(rules.rules.len() >= 9, "{}", pack.id);
        for rule in &rules.rules {
            assert!(rule.risk.ends_with('.') && rule.risk.split(' ').count() >= 8, "{}: the risk is no sentence", rule.id);
            assert!(!rule.controls.is_empty(), "{}: nothing helps where both have to stay", rule.id);
        }
        let used: BTreeSet<u32> = rules.rules.iter().flat_map(|rule| rule.left.duties.iter().chain(&rule.right.duties)).copied().collect();
        assert_eq!(used.len(), rules.duties.len(), "{}: a duty that no rule names", pack.id);
    }
    let whole = starter().unwrap();
    assert_eq!(whole.failed_tests(), [], "put together, every rule still speaks of its own duties");
    let parts: usize = STARTER_PACKS.iter().map(|pack| RuleSet::parse(pack.text).unwrap().rules.len()).sum();
    assert_eq!(whole.rules.len(), parts, "two packs share a rule's id");
}

#[test]
fn a_test_in_the_file_that_fails_is_named() {
    let broken = RuleSet::parse(&RULES.replace("\"receive\"], conflict = false", "\"pay\"], conflict = false")).unwrap();
    let failed = broken.failed_tests();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].to_string(), "test 2 of rule order-pay expects no conflict and the rule finds one; correct the rule or the test");
}

#[test]
fn what_is_wrong_in_a_file_is_said_with_line_and_field() {
    let cases = [
        ("severity = \"critical\"", "severity = \"fatal\"", "line 7, severity: "),
        ("risk = \"One person could order and pay.\"", "risk = \" \"", "line 8, risk: this is empty"),
        ("risk = \"One person could order and pay.\"", "danger = \"x\"", "line 8, danger: unknown field"),
        ("left = { any = [\"order\"] }", "left = { any = [\"orders\"] }", "line 9, any: there is no duty orders"),
        ("left = { any = [\"order\"] }", "left = { any = [] }", "line 9, left: a side needs at least one duty"),
        ("left = { any = [\"order\"] }", "left = { any = [\"order\"], all = [\"order\"] }", "line 9, left: a side has either any or all"),
        ("right = { any = [\"pay\"] }", "right = { any = [\"order\"] }", "line 10, right: order stands on both sides"),
        ("id = \"three-in-one\"", "id = \"order-pay\"", "line 15, id: there are two rules order-pay"),
        ("id = \"three-in-one\"", "id = \"Three in one\"", "line 15, id: an id has"),
        ("until = 2027-06-30", "until = 2027-06-30T10:00:00Z", "line 11, until: this is not a date alone"),
        (
            "{ holds = [\"order\", \"look\"], conflict = false }",
            "{ holds = [\"order\"], conflict = true }",
            "line 15, id: rule three-in-one has no test",
        ),
        ("countersign/duty-rules/1", "countersign/duty-rules/9", "line 1, schema: the form is"),
        ("name = \"Ours\"", "name = 5", "line 2, name: invalid type"),
    ];
    for (from, to, expected) in cases {
        assert!(RULES.contains(from), "{from}");
        let error = RuleSet::parse(&RULES.replace(from, to)).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{to}: {error}");
    }
}

fn entered(set: &RuleSet, id: &str) -> RuleEntered {
    set.entered(set.rules.iter().find(|rule| rule.id == id).unwrap())
}

#[test]
fn every_rule_of_the_starter_pack_is_the_same_after_its_form_was_sent_as_it_stood() {
    for set in [starter().unwrap(), rules()] {
        for rule in &set.rules {
            assert_eq!(set.with_rule(&set.entered(rule)).unwrap(), set, "{}", rule.id);
        }
    }
}

#[test]
fn one_rule_is_changed_added_and_taken_out_and_the_others_stay() {
    let set = rules();
    let mut changed = entered(&set, "order-pay");
    changed.severity = Severity::Low;
    changed.left = SideEntered { need: Need::All, duties: vec!["receive".to_owned(), "order".to_owned()] };
    changed.controls = "weekly: Read each Monday.".to_owned();
    changed.tests = String::new();
    let after = set.with_rule(&changed).unwrap();
    assert_eq!(after.failed_tests(), []);
    let rule = &after.rules[0];
    assert_eq!((rule.severity, rule.left.need, rule.left.duties.len(), rule.tests.len()), (Severity::Low, Need::All, 2, 2));
    let control = (&rule.controls[0].does, &rule.controls[0].owner, rule.controls[0].until.is_some());
    assert_eq!(control, (&"Read each Monday.".to_owned(), &Some("p-7".to_owned()), true), "who does it and until when stays");
    assert_eq!(after.rules[1], set.rules[1]);
    assert_eq!(RuleSet::parse(&after.to_toml()).unwrap(), after, "it can be written as a file");

    let added = set.with_rule(&RuleEntered { id: "look-pay".to_owned(), ..changed }).unwrap();
    let ids: Vec<&str> = added.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["look-pay", "order-pay", "three-in-one"]);
    assert_eq!(added.without_rule("look-pay").unwrap(), set);
    assert_eq!(set.without_rule("look-pay"), None);
}

/// The ids of the duties that each test of a rule holds, with whether it is a conflict.
fn tests_of(set: &RuleSet, id: &str) -> Vec<(Vec<String>, bool)> {
    let rule = set.rules.iter().find(|rule| rule.id == id).unwrap();
    let ids = |holds: &[u32]| holds.iter().map(|at| set.duties[*at as usize].id.clone()).collect();
    rule.tests.iter().map(|test| (ids(&test.holds), test.conflict)).collect()
}

#[test]
fn a_rule_without_tests_gets_the_least_that_meets_both_sides_and_one_side_alone() {
    let set = rules();
    let case = |need, left: &[&str], right: &[&str]| {
        let side = |need, duties: &[&str]| SideEntered { need, duties: duties.iter().map(|id| (*id).to_owned()).collect() };
        let sides =
            RuleEntered { left: side(need, left), right: side(Need::Any, right), tests: "\n".to_owned(), ..entered(&set, "order-pay") };
        let after = set.with_rule(&sides).unwrap();
        assert_eq!(RuleSet::parse(&after.to_toml()).unwrap(), after, "it can be written as a file");
        tests_of(&after, "order-pay")
    };
    let held = |ids: &[&str], conflict| (ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>(), conflict);
    // In the order of the set's duties, whatever the order of the sides, and each once, however often it was entered.
    assert_eq!(case(Need::Any, &["pay"], &["order"]), [held(&["order", "pay"], true), held(&["pay"], false)]);
    let some = case(Need::Any, &["receive", "order", "receive"], &["look", "pay"]);
    assert_eq!(some, [held(&["look", "order"], true), held(&["order", "receive"], false)]);
    let all = case(Need::All, &["receive", "order", "receive"], &["look", "pay"]);
    assert_eq!(all, [held(&["look", "order", "receive"], true), held(&["order", "receive"], false)]);
}

#[test]
fn what_is_entered_twice_counts_once_and_empty_lines_count_as_lines() {
    let set = rules();
    let rule = RuleEntered {
        tests: "conflict: pay, order, , pay\n\nnone: order".to_owned(),
        controls: "\n weekly :  Read on Friday. \n".to_owned(),
        ..entered(&set, "order-pay")
    };
    let after = set.with_rule(&rule).unwrap();
    assert_eq!(tests_of(&after, "order-pay")[0], (vec!["order".to_owned(), "pay".to_owned()], true));
    assert_eq!((after.rules[0].controls.len(), after.rules[0].controls[0].does.as_str()), (1, "Read on Friday."));
    for (field, rule) in [
        ("tests", RuleEntered { tests: "none: order\n\n\nmaybe: pay".to_owned(), ..rule.clone() }),
        ("controls", RuleEntered { controls: "\n\nweekly: Read.\nbare".to_owned(), ..rule.clone() }),
    ] {
        let wrong = set.with_rule(&rule).unwrap_err();
        assert!(wrong.iter().any(|why| why.field == field && why.says.starts_with("Line 4 ")), "{field}: {wrong:?}");
    }
    assert_eq!(entered(&set, "order-pay").controls, "weekly: Read weekly.\nbare: Read.");
}

#[test]
fn one_duty_more_moves_no_rule_to_another_duty() {
    let set = rules();
    let after = set.with_duty(" audit ", "Audit").unwrap();
    assert_eq!((after.duties.len(), &after.name, after.failed_tests().len()), (set.duties.len() + 1, &set.name, 0));
    for (rule, before) in after.rules.iter().zip(&set.rules) {
        assert_eq!((after.title(rule), after.entered(rule)), (set.title(before), set.entered(before)));
    }
    assert!(set.with_duty(&"a".repeat(80), "Of the longest id").is_ok());
    let wrong = |id: &str, name: &str| set.with_duty(id, name).unwrap_err().iter().map(|why| why.field).collect::<Vec<_>>();
    assert_eq!((wrong("pay", "Pay"), wrong("P Y", " ")), (vec!["duty"], vec!["duty", "duty_name"]));
}

#[test]
fn what_is_wrong_in_a_form_is_said_beside_its_field() {
    type Change = fn(&mut RuleEntered);
    let cases: [(Change, &str, &str); 16] = [
        (|rule| rule.id = "Order Pay".to_owned(), "id", "lower-case"),
        (|rule| rule.id = String::new(), "id", "lower-case"),
        (|rule| rule.id = "a".repeat(81), "id", "lower-case"),
        (|rule| rule.right.duties.clear(), "right", "at least one duty"),
        (|rule| rule.controls = "weekly: ".to_owned(), "controls", "Line 1 is not an id"),
        (|rule| rule.tests = "none: order".to_owned(), "tests", "in which it finds a conflict"),
        (|rule| rule.risk = " ".to_owned(), "risk", "Say in a sentence"),
        (|rule| rule.left.duties.clear(), "left", "at least one duty"),
        (|rule| rule.left.duties.push("orders".to_owned()), "left", "There is no duty orders"),
        (|rule| rule.right.duties.push("order".to_owned()), "right", "Order stands on both sides"),
        (|rule| rule.controls = "weekly".to_owned(), "controls", "Line 1 is not an id"),
        (|rule| rule.controls = "a: Read.\n\na: Read.".to_owned(), "controls", "Two controls are called a"),
        (|rule| rule.tests = "order, pay".to_owned(), "tests", "Line 1 begins with"),
        (|rule| rule.tests = "conflict: order, pay".to_owned(), "tests", "in which it finds none"),
        (|rule| rule.tests = "conflict: order, paid\nnone: order".to_owned(), "tests", "There is no duty paid"),
        (|rule| rule.tests = "conflict: order\nnone: look".to_owned(), "tests", "test 1 of rule order-pay expects a conflict"),
    ];
    let set = rules();
    for (change, field, says) in cases {
        let mut rule = entered(&set, "order-pay");
        change(&mut rule);
        let wrong = set.with_rule(&rule).unwrap_err();
        assert!(wrong.iter().any(|why| why.field == field && why.says.contains(says)), "{field}: {wrong:?}");
    }
}

#[test]
fn a_map_says_where_it_is_wrong_and_tells_nothing_from_not_mapped() {
    let rules = rules();
    let text = "schema = \"countersign/duty-map/1\"\n[[entitlement]]\nsource = \"ERP\"\nid = \"E1\"\nduties = [\"pay\", \"order\"]\n[[entitlement]]\nsource = \"ERP\"\nid = \"E2\"\nduties = []\n";
    let mapped = MappedEntitlement::parse(text, &rules).unwrap();
    assert_eq!(mapped[0].duties, [rules.duty("order").unwrap(), rules.duty("pay").unwrap()]);
    assert!(mapped[1].duties.is_empty());
    let error = MappedEntitlement::parse(&text.replace("\"pay\"", "\"fly\""), &rules).unwrap_err().to_string();
    assert!(error.starts_with("line 5, duties: there is no duty fly in Ours"), "{error}");
    let error = MappedEntitlement::parse(&text.replace("E2", "E1"), &rules).unwrap_err().to_string();
    assert!(error.starts_with("line 8, id: E1 of ERP stands twice"), "{error}");
}

#[test]
fn conflicts_name_both_sides_and_the_grants_that_make_them() {
    let rules = rules();
    let map = map(&rules);
    let checker = Checker::new(&rules, &map);
    let found = checker.check(&held(&[3, 1, 5, 8]));
    assert_eq!(found.len(), 1);
    assert_eq!(rules.rules[found[0].rule as usize].severity, Severity::Critical);
    assert_eq!((found[0].left.grants.clone(), found[0].right.grants.clone()), (held(&[1, 5]), held(&[3])));
    assert!(checker.check(&held(&[1, 4])).is_empty(), "one of all is not all");
    assert_eq!(checker.check(&held(&[1, 2, 4])).len(), 1, "two grants make all of a side together");
    let alone = checker.check(&held(&[7]));
    assert_eq!((&alone[0].left.grants, &alone[0].right.grants), (&held(&[7]), &held(&[7])), "one entitlement with both duties");
}

#[test]
fn what_nobody_mapped_is_counted_and_not_found_harmless() {
    let rules = rules();
    let map = map(&rules);
    let checker = Checker::new(&rules, &map);
    let all: Vec<Holding<u8>> =
        [(1, 1), (1, 3), (2, 8), (2, 6), (3, 8)].map(|(person, number)| Holding { person, held: held(&[number])[0] }).to_vec();
    let found = checker.evaluate(all);
    assert_eq!((found.conflicts.len(), found.conflicts[0].0), (1, 1));
    assert_eq!((found.evaluated, found.not_evaluated), (3, 2));
    assert_eq!(found.unmapped.into_iter().collect::<Vec<_>>(), [(entitlement(8), 2)]);
    let proposed = checker.would_conflict(&held(&[1]), held(&[8])[0]);
    assert!(proposed.conflicts.is_empty() && !proposed.evaluated, "no conflict is no all-clear here");
}

#[test]
fn a_proposed_grant_answers_for_what_it_adds() {
    let rules = rules();
    let map = map(&rules);
    let checker = Checker::new(&rules, &map);
    assert_eq!(checker.would_conflict(&held(&[1]), held(&[3])[0]).conflicts.len(), 1);
    assert_eq!(checker.would_conflict(&held(&[1]), held(&[2])[0]).conflicts.len(), 0);
    let more = checker.would_conflict(&held(&[1, 3, 8]), held(&[4])[0]);
    assert_eq!((more.conflicts.len(), more.others_not_evaluated), (0, 1), "the conflict that is there already is not this grant's");
    assert_eq!(checker.would_conflict(&held(&[1, 3]), held(&[5])[0]).conflicts.len(), 1, "a second way to the same side counts");
}

#[test]
fn the_side_that_costs_less_is_named_with_what_would_serve_instead() {
    let rules = rules();
    let map = map(&rules);
    let checker = Checker::new(&rules, &map);
    let holds = held(&[3, 5]);
    let conflict = &checker.check(&holds)[0];
    let worth = |one: Held| {
        if one.entitlement == entitlement(5) {
            Worth { unused_days: Some(90), peers: Some((0, 10)) }
        } else {
            Worth { unused_days: Some(0), peers: Some((9, 10)) }
        }
    };
    let ways = checker.ways_out(conflict, &holds, worth).unwrap();
    assert_eq!(ways.cheaper, Some(WhichSide::Left));
    assert_eq!((ways.left.cost, ways.right.cost), (1_000 + 2_500, 10_000 + 9_000));
    assert_eq!(ways.left.also_lost, [rules.duty("receive").unwrap()]);
    assert_eq!(ways.left.instead, Some(entitlement(2)), "receiving alone serves, and conflicts with nothing");
    assert_eq!((ways.right.also_lost.as_slice(), ways.right.instead), (&[][..], None));
    let even = checker.ways_out(conflict, &holds, |_| Worth::default()).unwrap();
    assert_eq!(even.cheaper, Some(WhichSide::Right), "unknown costs half on both sides, and the left loses a duty more");
    let near = held(&[1, 3]);
    assert_eq!(checker.ways_out(&checker.check(&near)[0], &near, |_| Worth::default()).unwrap().cheaper, None);
    // Of a side that needs all, one duty is enough to give up: the cheaper.
    let three = held(&[1, 2, 4]);
    let unused = |one: Held| Worth { unused_days: Some(if one.entitlement == entitlement(2) { 100 } else { 0 }), peers: None };
    assert_eq!(checker.ways_out(&checker.check(&three)[0], &three, unused).unwrap().left.grants, held(&[2]));
}

#[test]
fn both_sides_stay_only_with_a_control_that_has_owner_and_end() {
    let rules = rules();
    let rule = &rules.rules[0];
    let blocked = |chosen: Option<Chosen>| match keeping_both(rule, chosen.as_ref(), "p-1", as_of()) {
        BothSides::Blocked(why) => why,
        other => panic!("{other:?}"),
    };
    let weekly = Chosen { control: "weekly".to_owned(), accepted: true, ..Chosen::default() };
    let bare = Chosen { control: "bare".to_owned(), accepted: true, ..Chosen::default() };
    assert_eq!(blocked(None), Blocked::NoControl);
    assert_eq!(blocked(Some(Chosen { control: "other".to_owned(), ..weekly.clone() })), Blocked::UnknownControl("other".to_owned()));
    assert_eq!(blocked(Some(bare.clone())), Blocked::NoOwner("bare".to_owned()));
    assert_eq!(blocked(Some(Chosen { owner: Some("p-2".to_owned()), ..bare.clone() })), Blocked::NoEnd("bare".to_owned()));
    assert_eq!(blocked(Some(Chosen { owner: Some("p-1".to_owned()), ..weekly.clone() })), Blocked::OwnerIsHolder("weekly".to_owned()));
    assert_eq!(blocked(Some(Chosen { until: Some(days_ago(0)), ..weekly.clone() })), Blocked::Ended("weekly".to_owned()));
    assert_eq!(blocked(Some(Chosen { until: Some(days_ago(-401)), ..weekly.clone() })), Blocked::TooLong("weekly".to_owned()));
    let waiting = Chosen { accepted: false, ..weekly.clone() };
    assert_eq!(keeping_both(rule, Some(&waiting), "p-1", as_of()), BothSides::WaitsFor { owner: "p-7".to_owned() });
    let until = "2027-07-01T00:00:00Z".parse().unwrap();
    assert_eq!(keeping_both(rule, Some(&weekly), "p-1", as_of()), BothSides::Allowed { until }, "to the end of the last day");
}

#[test]
fn rules_in_pairs_reach_the_engine_and_the_others_are_named() {
    let rules = rules();
    let map = map(&rules);
    let (separated, beyond) = Checker::new(&rules, &map).separated_duties(1);
    let one = &separated[0];
    assert_eq!((one.number, one.left.as_slice(), one.right.as_slice()), (1, &[1, 5, 7].map(entitlement)[..], &[3, 7].map(entitlement)[..]));
    assert_eq!((separated[1].left.as_slice(), beyond.as_slice()), (&[entitlement(5)][..], &[1][..]));
}

#[test]
fn an_own_rule_goes_before_the_rule_of_a_pack() {
    let own = RuleSet::parse(&RULES.replace("severity = \"critical\"", "severity = \"low\"")).unwrap();
    let both = RuleSet::together(&[&own, &rules()]);
    assert_eq!((both.rules.len(), both.duties.len(), both.rules[0].severity), (2, 4, Severity::Low));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Against the sentence of the rule, said anew: who orders and pays; who orders and receives and looks.
    #[test]
    fn a_conflict_is_found_exactly_where_both_sides_are_held(numbers in prop::collection::vec(1_u32..9, 0..6)) {
        let rules = rules();
        let map = map(&rules);
        let checker = Checker::new(&rules, &map);
        let mut back = held(&numbers);
        back.reverse();
        let found = checker.check(&held(&numbers));
        prop_assert_eq!(&found, &checker.check(&back));
        let has = |any: &[u32]| numbers.iter().any(|number| any.contains(number));
        let expected: Vec<u32> =
            [has(&[1, 5, 7]) && has(&[3, 7]), has(&[1, 5, 7]) && has(&[2, 5]) && has(&[4])].into_iter().zip(0..).filter(|(is, _)| *is).map(|(_, rule)| rule).collect();
        prop_assert_eq!(found.iter().map(|conflict| conflict.rule).collect::<Vec<_>>(), expected);
    }

    /// Whatever side is given up, the conflict is over.
    #[test]
    fn giving_up_either_side_ends_the_conflict(numbers in prop::collection::btree_set(1_u32..9, 0..8)) {
        let rules = rules();
        let map = map(&rules);
        let checker = Checker::new(&rules, &map);
        let holds = held(&numbers.into_iter().collect::<Vec<_>>());
        for conflict in checker.check(&holds) {
            let ways = checker.ways_out(&conflict, &holds, |_| Worth::default()).unwrap();
            for loss in [ways.left, ways.right] {
                let mut kept: Vec<Held> = holds.iter().copied().filter(|one| !loss.grants.contains(one)).collect();
                prop_assert!(checker.check(&kept).iter().all(|left| left.rule != conflict.rule));
                let rest = checker.check(&kept).len();
                if let Some(instead) = loss.instead {
                    kept.push(Held { entitlement: instead, grant: grant(99) });
                    prop_assert_eq!(checker.check(&kept).len(), rest, "the substitute brings a conflict back");
                }
            }
        }
    }
}

#[test]
fn a_set_is_written_as_the_file_that_it_is_read_from() {
    let starter = starter().unwrap();
    assert_eq!(RuleSet::parse(&starter.to_toml()).unwrap(), starter);
    let dated = STARTER_PACKS[2].text.replacen("control = [{ ", "control = [{ owner = \"p \\\"1\\\"\", until = 2027-06-30, ", 1);
    let dated = RuleSet::parse(&dated).unwrap();
    assert!(dated.rules.iter().flat_map(|rule| &rule.controls).any(|control| control.until.is_some()));
    assert_eq!(RuleSet::parse(&dated.to_toml()).unwrap(), dated);
    let mapped = [MappedEntitlement { source: "ERP \"1\"".to_owned(), id: "AP\\CLERK".to_owned(), duties: vec![0, 3] }];
    assert_eq!(MappedEntitlement::parse(&MappedEntitlement::to_toml(&mapped, &starter), &starter).unwrap(), mapped);
}

#[test]
fn a_rule_alone_finds_what_it_finds_among_others() {
    let starter = starter().unwrap();
    for rule in &starter.rules {
        let alone = starter.only(&rule.id).unwrap();
        assert_eq!(alone.failed_tests(), []);
        assert_eq!(RuleSet::parse(&alone.to_toml()).unwrap(), alone);
        assert_eq!(alone.title(&alone.rules[0]), starter.title(rule));
    }
    assert_eq!(starter.only("no-such-rule"), None);
}
