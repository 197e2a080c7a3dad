//! A campaign's policy: limits that came later, and values outside their range.

use domain::{Policy, policy::Brake};

#[test]
fn a_policy_that_was_stored_before_a_limit_was_known_has_its_default() {
    let stored = r#"{"undo_window":0,"brake":{"per_source_hour":7,"per_application_hour":8,"per_department_hour":9,"share_percent":40,"share_from":3}}"#;
    let read = serde_json::from_str::<Policy>(stored).ok();
    let brake =
        Brake { per_source_hour: 7, per_application_hour: 8, per_department_hour: 9, share_percent: 40, share_from: 3, ..Brake::default() };
    assert_eq!(read, Some(Policy { undo_window: 0, brake, ..Policy::default() }));
}

#[test]
fn a_share_outside_its_range_is_named() {
    let share = |percent| Policy { brake: Brake { application_share_percent: percent, ..Brake::default() }, ..Policy::default() };
    for percent in [1, 100] {
        assert_eq!(share(percent).check(), Ok(()));
    }
    for percent in [0, 101] {
        assert_eq!(share(percent).check().map_err(|bad| bad.setting), Err("brake.application_share_percent"));
    }
}
