//! Every line of the recorded events becomes a use, or is counted as none with its type, or is an error that names it.

use connect::entra::events;
use std::path::Path;

#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn lines(file: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/events").join(file);
    let found = std::fs::read_to_string(&path).ok();
    if found.is_none() {
        eprintln!("skipped: {} is not at hand", path.display());
    }
    found
}

#[test]
fn no_line_of_any_shape_is_lost() {
    for (file, uses, failed) in [("entra-graph.jsonl", 0, 0), ("entra-event-hub.jsonl", 4, 1), ("entra-unified-audit.jsonl", 133, 102)] {
        let Some(text) = lines(file) else { continue };
        let read = events::read(&text);
        assert_eq!(read.problems, [], "{file}");
        assert_eq!(read.uses.len(), uses, "{file}");
        let not_use: u64 = read.not_use.values().sum();
        assert_eq!(read.uses.len() as u64 + not_use, text.lines().count() as u64, "{file}");
        let said: u64 =
            read.not_use.iter().filter(|(kind, _)| kind.contains("Failed") || kind.contains("failed")).map(|(_, count)| count).sum();
        assert_eq!(said, failed, "{file}: {:?}", read.not_use);
    }
}

#[test]
fn what_cannot_be_read_is_named_by_its_line() {
    let good = r#"{"createdDateTime":"2026-11-20T08:00:00Z","userId":"U","appId":"A","status":{"errorCode":0}}"#;
    let text = format!(
        "{good}\n\nnot json\n{}\n{}\n{}\n{}\n",
        r#"{"hello":"there"}"#,
        r#"{"createdDateTime":"yesterday","userId":"U","appId":"A","status":{"errorCode":0}}"#,
        r#"{"Operation":"UserLoggedIn","CreationTime":"2026-11-20T08:00:00","UserKey":"not an id","ApplicationId":"A"}"#,
        r#"{"createdDateTime":"2026-11-20T08:00:00Z","userId":"U","appId":"A","status":{"errorCode":50126}}"#,
    );
    let read = events::read(&text);
    assert_eq!(read.uses.len(), 1);
    assert_eq!(read.problems.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4, 5, 6]);
    assert_eq!(read.not_use.into_iter().collect::<Vec<_>>(), [("sign-in: failed with 50126".to_owned(), 1)]);
}
