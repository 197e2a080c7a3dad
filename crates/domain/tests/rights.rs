//! The table of rights, whole.

#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

use domain::rights::{Scope, TABLE, allows, parse, scope};
use domain::{Action, Object, Role};
use std::collections::BTreeSet;

#[test]
fn the_table_parses_and_covers_every_object_and_action() {
    let rights = parse(TABLE).expect("the checked-in table parses");
    for object in Object::ALL {
        assert!(rights.keys().any(|(_, o, _)| o == object), "no line for {object}");
    }
    for action in Action::ALL {
        assert!(rights.keys().any(|(a, _, _)| a == action), "no line for {action}");
    }
}

#[test]
fn an_auditor_only_looks_and_takes() {
    let auditor = BTreeSet::from([Role::Auditor]);
    for object in Object::ALL {
        for action in Action::ALL {
            let reads = matches!(action, Action::View | Action::Take) || (*action, *object) == (Action::End, Object::Session);
            if !reads {
                assert_eq!(scope(&auditor, *action, *object), Scope::None, "{action} {object}");
            }
        }
    }
}

#[test]
fn nobody_without_a_role_may_do_anything() {
    for object in Object::ALL {
        for action in Action::ALL {
            assert!(!allows(&BTreeSet::new(), *action, *object, true));
        }
    }
}

#[test]
fn only_a_reviewer_decides_and_only_what_is_theirs() {
    for role in Role::ALL {
        let found = scope(&BTreeSet::from([*role]), Action::Decide, Object::Item);
        assert_eq!(found, if *role == Role::Reviewer { Scope::Own } else { Scope::None }, "{role}");
    }
}

#[test]
fn a_broken_table_names_its_line() {
    let error = parse("# head\nview item own own -").expect_err("too few columns");
    assert!(error.contains("line 2"), "{error}");
    assert!(parse("fly item own own - all all").is_err());
    assert!(parse("view item own own - all perhaps").is_err());
    assert!(parse("view item own own - all all\nview item own own - all all").is_err());
}
