//! The style sheet: every class in use has a rule, the tokens can be read, upgrades are visible.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use xtask::classes::Classes;
use xtask::css::{defined_classes, ladders, shorten};
use xtask::paths::Paths;
use xtask::style::Sources;

fn read(rust: &str) -> (Vec<String>, usize) {
    let mut classes = Classes::default();
    classes.read_rust("page.rs", rust);
    (classes.used.into_keys().collect(), classes.refused.len())
}

fn sources() -> Sources {
    Sources::read(&Paths::find().unwrap()).unwrap()
}

#[test]
fn every_class_in_the_sources_has_a_rule() {
    let findings = sources().findings().unwrap();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn a_class_without_a_rule_is_found_with_its_place() {
    let mut sources = sources();
    sources.classes = Classes::default();
    sources.classes.read_rust("app/src/page.rs", "view! {\n<p class=\"quiet tpyo\">\"x\"</p> }");
    let findings = sources.findings().unwrap();
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with("app/src/page.rs:2: the class `tpyo`"), "{findings:?}");
}

/// Our own rule wins over a utility of the same name, so the two must never share one by chance.
#[test]
fn no_class_of_ours_hides_a_utility() {
    let mut sources = sources();
    // Ours on purpose: the page's own typeface instead of the browser's.
    let meant: BTreeSet<String> = ["font-mono".to_owned()].into();
    let own = defined_classes(&sources.own);
    sources.own = String::new();
    sources.classes = Classes::default();
    for class in own.difference(&meant) {
        sources.classes.used.insert(class.clone(), String::new());
    }
    let utilities = sources.utilities().unwrap();
    assert!(utilities.trim().is_empty(), "{utilities}");
}

#[test]
fn literals_in_view_attributes_are_read() {
    let (used, refused) = read(
        r#"
        // class="in-a-comment"
        view! {
            <div class="a md:b" id="not-a-class">
                <p class=move || if open.get() { "c d" } else { "e" } title="not-this">"text"</p>
                <i class={match kind { "approve" => "f", _ => "g" }} aria-label="nor-this"/>
                <b class=tag_class(verdict) data-x="nor-this-either">"t"</b>
            </div>
        }
        fn tag_class(verdict: Verdict) -> &'static str {
            match verdict { Verdict::Approve => "h i", _ if name == "skip" => "j", _ => 'x'.into() }
        }
        const ROW_CLASS: &str = "k";
        fn other() -> &'static str { "not-a-class-either" }
        "#,
    );
    assert_eq!(used, ["a", "c", "d", "e", "f", "g", "h", "i", "j", "k", "md:b"]);
    assert_eq!(refused, 0);
}

#[test]
fn what_cannot_be_checked_is_refused() {
    assert_eq!(read(r#"view! { <p class:busy=move || true>"x"</p> }"#).1, 1);
    assert_eq!(read(r#"view! { <p class=format!("tag {kind}")>"x"</p> }"#).1, 1);
    // A parameter's type is no directive, and a ladder has every rung.
    assert_eq!(read("fn f(class: &'static str) {}").1, 0);
    assert_eq!(read(r#"view! { <i class=format!("fill w-pct-{n}")/> }"#), (vec!["fill".into()], 0));
}

#[test]
fn templates_are_read_without_their_tags() {
    let mut classes = Classes::default();
    classes.read_template("error.html", "<p class=\"a {% if x %}b{% else %}c{% endif %}\">\n<i class=\"tag {{ kind }}\">");
    let used: Vec<_> = classes.used.into_iter().collect();
    let place = |line: u8| format!("error.html:{line}");
    assert_eq!(used, [("a".to_owned(), place(1)), ("b".to_owned(), place(1)), ("c".to_owned(), place(1)), ("tag".to_owned(), place(2)),]);
    assert_eq!(classes.refused.len(), 1);
}

#[test]
fn the_ladders_have_every_rung() {
    let rungs = defined_classes(&ladders());
    assert_eq!(rungs.len(), 202);
    assert!(ladders().contains(".w-pct-0 { inline-size: 0%; }"));
    assert!(ladders().contains(".h-pct-100 { block-size: 100%; }"));
}

#[test]
fn shortening_keeps_what_matters() {
    let sheet = "/* gone */\n.a > .b :hover {\n  width: calc(1px + 2px);\n  content: \"a;  } b\";\n}\n\n.c,\n.d { color: red; }\n";
    assert_eq!(shorten(sheet), ".a > .b :hover{width: calc(1px + 2px);content: \"a;  } b\"}.c,.d{color: red}\n");
}

#[test]
fn fonts_are_named_as_they_are_published() {
    let fonts = BTreeMap::from([("inter-latin.woff2".to_owned(), "inter-latin-00.woff2".to_owned())]);
    let sheet = sources().sheet(&fonts).unwrap();
    assert!(sheet.contains("url(\"inter-latin-00.woff2\")"));
    assert!(!sheet.contains("\"inter-latin.woff2\""));
}

/// Without a start value the whole declaration would be void.
#[test]
fn variables_that_utilities_share_have_a_start_value() {
    let mut sources = sources();
    sources.classes = Classes::default();
    sources.classes.used.insert("tabular-nums".to_owned(), String::new());
    let sheet = sources.sheet(&BTreeMap::new()).unwrap();
    assert!(sheet.contains("--en-ordinal:;"), "{sheet}");
    assert!(!sheet.contains("--en-blur"));
}

/// The Content-Security-Policy allows our own origin only.
#[test]
fn nothing_is_loaded_from_elsewhere() {
    let sheet = sources().sheet(&BTreeMap::new()).unwrap();
    assert!(!sheet.contains("http") && !sheet.contains("//") && !sheet.contains("@import"));
}

/// An upgrade of encre-css that writes other rules shows here.
#[test]
fn utilities_are_written_as_they_were() {
    let mut sources = sources();
    sources.own = String::new();
    sources.classes = Classes::default();
    for class in [
        "flex",
        "grid",
        "gap-4",
        "items-center",
        "justify-between",
        "mt-4",
        "px-3",
        "w-full",
        "max-w-prose",
        "grid-cols-2",
        "text-sm",
        "text-ink-2",
        "bg-keep-soft",
        "border-line",
        "hover:bg-sunk",
        "md:grid-cols-3",
        "print:hidden",
        "dark:bg-sheet",
        "focus-visible:underline",
        "sr-only",
        "truncate",
        "tabular-nums",
        "rounded-lg",
        "font-semibold",
        "fill-remove",
    ] {
        sources.classes.used.insert(class.to_owned(), String::new());
    }
    insta::assert_snapshot!(sources.utilities().unwrap());
}

/// Relative luminance and contrast as WCAG 2.2 defines them
/// (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>).
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |hex: &str| {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_can_be_read_on_every_ground_it_stands_on() {
    let theme = std::fs::read_to_string(Paths::find().unwrap().root.join("style/theme.css")).unwrap();
    let (light, rest) = theme.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (dark, _) = rest.split_once("@media (prefers-contrast").unwrap();
    let tokens = |part: &str| -> BTreeMap<String, String> {
        part.lines()
            .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"))
            .map(|(name, value)| (name.to_owned(), format!("#{}", value.trim_end_matches(';'))))
            .collect()
    };
    let mut pairs = vec![("accent", "accent-soft"), ("sheet", "accent"), ("sheet", "remove"), ("tray-ink", "tray")];
    for ground in ["paper", "sheet", "sunk"] {
        for text in ["ink", "ink-2", "ink-3", "accent", "keep", "remove", "raise", "unknown"] {
            pairs.push((text, ground));
        }
    }
    for (text, ground) in [
        ("keep", "keep-soft"),
        ("remove", "remove-soft"),
        ("raise", "raise-soft"),
        ("unknown", "unknown-soft"),
        ("ink-2", "keep-soft"),
        ("ink-2", "remove-soft"),
        ("ink-2", "raise-soft"),
        ("ink-2", "accent-soft"),
    ] {
        pairs.push((text, ground));
    }
    for (name, tokens) in [("light", tokens(light)), ("dark", tokens(dark))] {
        for (text, ground) in &pairs {
            let ratio = contrast(&tokens[*text], &tokens[*ground]);
            assert!(ratio >= 4.5, "{name}: {text} on {ground} has {ratio:.2}:1");
        }
        for ground in ["paper", "sheet"] {
            // The edge of what can be used, and the mark of focus: 3:1 (WCAG 1.4.11).
            for edge in ["edge", "focus"] {
                let ratio = contrast(&tokens[edge], &tokens[ground]);
                assert!(ratio >= 3.0, "{name}: {edge} on {ground} has {ratio:.2}:1");
            }
        }
    }
}
