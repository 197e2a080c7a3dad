//! Real events, in the spellings that real pipelines deliver.

use connect::okta::events::{EventSays, read_event, read_lines};
use domain::Timestamp;
use serde_json::json;
use std::path::Path;

#[test]
fn every_line_is_a_use_or_counted_or_an_error_with_its_number() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/events/okta-system-log.jsonl");
    let Ok(text) = std::fs::read_to_string(&file) else {
        #[expect(clippy::print_stderr, reason = "a test left out says so")]
        {
            eprintln!("LEFT OUT: ../shared/data/events is not here");
        }
        return;
    };
    let lines = read_lines(&text);
    let counted: u64 = lines.not_usage.values().sum();
    assert_eq!(lines.used.len() as u64 + counted + lines.errors.len() as u64, text.lines().count() as u64);
    // Told by hand from the 36 lines: one whole sign-in, two that say neither who nor when, the rest is something else.
    assert_eq!(lines.used.iter().map(|(line, ..)| *line).collect::<Vec<_>>(), [11]);
    assert_eq!(lines.used[0].3, Timestamp::parse_rfc3339("2022-11-15T08:05:07.656Z").unwrap());
    let errors: Vec<u64> = lines.errors.iter().map(|(line, _)| *line).collect();
    assert_eq!(errors, [5, 30], "{:?}", lines.errors);
    assert!(lines.errors.iter().all(|(_, reason)| reason.contains("is missing")), "{:?}", lines.errors);
    assert_eq!(lines.not_usage["user.authentication.sso (FAILURE)"], 1);
    assert_eq!(lines.not_usage["user.session.start"], 5);
    assert!(lines.not_usage.contains_key("system.operation.rate_limit.violation"), "keys in small letters are read too");
}

#[test]
fn a_time_without_a_zone_is_utc() {
    let event = |published: &str| {
        json!({
            "eventtype": "user.authentication.sso", "outcome": { "result": "SUCCESS" }, "published": published,
            "actor": { "id": "00u1", "type": "User" }, "target": [{ "id": "00u1", "type": "AppUser" }, { "id": "0oa1", "type": "AppInstance" }],
        })
    };
    let at = Timestamp::parse_rfc3339("2024-04-02T19:17:37.621Z").unwrap();
    for published in ["2024-04-02 19:17:37.621000000", "2024-04-02T19:17:37.621Z", "2024-04-02T21:17:37.621+02:00"] {
        let said = read_event(&event(published)).unwrap();
        assert_eq!(said, EventSays::Used { user: "00u1".to_owned(), app: "0oa1".to_owned(), at }, "{published}");
    }
    assert!(read_event(&event("redacted")).unwrap_err().contains("redacted"));
    assert!(read_lines("{}\nnot json\n").errors.len() == 2);
}
