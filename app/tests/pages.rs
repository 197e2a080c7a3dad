//! Every page, with ordinary, missing, single, long and right-to-left data.
#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

mod fixtures;

use app::render::{Flash, Message, Page, Reader, page};
use domain::{Answer, ReviewState, Role, Verdict};
use fixtures::Kind;
use review::{
    explain::Outcome,
    view::types::{ItemPage, ListedVerdict},
};
use std::collections::BTreeSet;

fn html(role: Role, shown: Page) -> String {
    page(fixtures::chrome(role), shown)
}

fn every(mut look: impl FnMut(Kind, &str, &str)) {
    for kind in Kind::ALL {
        for (name, role, shown) in fixtures::pages(kind) {
            look(kind, name, &html(role, shown));
        }
    }
}

/// The opening tags of this element, each whole.
fn tags<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let begin = format!("<{element}");
    html.match_indices(&begin)
        .filter(|(at, _)| html[at + begin.len()..].starts_with([' ', '>']))
        .map(|(at, _)| &html[at..=at + html[at..].find('>').expect("a tag that ends")])
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let begin = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[begin..].split('"').next()
}

/// The forms of a page, each whole.
fn forms(html: &str) -> Vec<&str> {
    html.match_indices("<form").map(|(at, _)| &html[at..at + html[at..].find("</form>").expect("a form that ends")]).collect()
}

#[test]
fn every_page_is_one_whole_document_with_landmarks_and_one_heading() {
    every(|kind, name, html| {
        let place = format!("{name}, {kind:?}");
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{place}");
        assert_eq!(html.matches("<main").count(), 1, "{place}");
        assert_eq!(html.matches("</main>").count(), 1, "{place}");
        assert_eq!(tags(html, "h1").len(), 1, "{place}");
        assert!(html.contains("href=\"#main\"") && html.contains("id=\"main\""), "{place}: the link past the navigation");
        assert!(html.contains(" · Countersign</title>"), "{place}");
    });
}

/// What the browser part does not take over bears none of its marks: a title would show them, and a field would hold them.
#[test]
fn no_page_bears_the_renderers_marks_outside_of_islands() {
    every(|kind, name, html| {
        let outside: Vec<&str> = html
            .split("<leptos-island")
            .enumerate()
            .map(|(n, part)| if n == 0 { part } else { part.split_once("</leptos-island>").map_or("<!>", |(_, after)| after) })
            .collect();
        assert!(outside.iter().all(|part| !part.contains("<!>")), "{name}, {kind:?}");
    });
    let mut chrome = fixtures::chrome(Role::Reviewer);
    chrome.assets.output_name = Some("app".to_owned());
    let (_, _, shown) = fixtures::pages(Kind::Typical).remove(0);
    assert!(page(chrome, shown).contains("<leptos-island"), "the island is there, as it was rendered");
}

/// A person's text stays what it is, whatever it looks like.
#[test]
fn text_that_looks_like_a_mark_is_shown() {
    let mut chrome = fixtures::chrome(Role::Reviewer);
    chrome.reader = chrome.reader.map(|reader| Reader { name: "a<!>b".to_owned(), ..reader });
    let (_, _, shown) = fixtures::pages(Kind::Typical).remove(0);
    assert!(page(chrome, shown).contains("a&lt;!&gt;b"));
}

/// No inline style or handler, and every script carries the response's nonce: the policy allows nothing else.
#[test]
fn nothing_breaks_the_content_security_policy() {
    every(|kind, name, html| {
        let place = format!("{name}, {kind:?}");
        assert!(!html.contains(" style="), "{place}");
        assert!(!html.contains(" onclick=") && !html.contains("javascript:"), "{place}");
        for script in tags(html, "script") {
            assert_eq!(attribute(script, "nonce"), Some("n0nce"), "{place}: {script}");
        }
        for (_, rest) in html.match_indices("src=\"").chain(html.match_indices("href=\"")).map(|(at, _)| html.split_at(at)) {
            let target = rest.split('"').nth(1).unwrap_or_default();
            assert!(target.starts_with(['/', '#']), "{place}: {target} is not of this site");
        }
    });
}

/// What people and sources wrote can never become markup.
#[test]
fn what_was_written_never_becomes_markup() {
    every(|kind, name, html| assert!(!html.contains("<script>alert"), "{name}, {kind:?}"));
    let shown = html(Role::Reviewer, Page::Item(Box::new(fixtures::item_with_errors(Kind::Typical))));
    assert!(shown.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; kept as typed"));
    let mut item = fixtures::item(Kind::Typical);
    item.access.name = "\"><img src=x onerror=alert(1)>".to_owned();
    item.person.name = "</title><script>alert(1)</script>".to_owned();
    let shown = html(Role::Reviewer, Page::Item(Box::new(item)));
    assert!(!shown.contains("<img src=x") && !shown.contains("<script>alert"), "{shown}");
}

/// A repeated or late submission can be answered only if every writing form says which it is and what it saw.
#[test]
fn every_writing_form_carries_its_attempt_and_what_it_expects() {
    let mut seen = BTreeSet::new();
    every(|kind, name, html| {
        for form in forms(html) {
            if !form.contains("method=\"post\"") {
                continue;
            }
            let action = attribute(form, "action").expect("a form that says where it goes");
            if action.starts_with("/session/") {
                continue;
            }
            seen.insert(action.split('/').next_back().unwrap_or_default().to_owned());
            assert!(form.contains("name=\"attempt\" value=\"01932c07-"), "{name}, {kind:?}: {action}");
            let versioned = ["decide", "undo", "hand-over", "close", "release", "retry", "send-again", "promote", "roll-back"];
            if versioned.iter().any(|end| action.ends_with(end)) && !action.ends_with("orders/switch") {
                assert!(form.contains("name=\"expected_version\""), "{name}, {kind:?}: {action}");
            }
        }
    });
    let wanted =
        ["decide", "undo", "hand-over", "open", "close", "release", "retry", "send-again", "switch", "make", "sync", "preview", "settle"]
            .into_iter()
            .chain(["train", "promote", "roll-back"]);
    for end in wanted {
        assert!(seen.contains(end), "no page has a form that ends in {end}");
    }
}

/// Approve costs exactly as much effort as Revoke, and nothing is pressed beforehand.
#[test]
fn the_three_answers_are_alike_and_none_is_pressed() {
    let shown = html(Role::Reviewer, Page::Queue(Box::new(fixtures::queue(Kind::Typical, true))));
    let answers: Vec<&str> = tags(&shown, "button").into_iter().filter(|tag| attribute(tag, "name") == Some("answer")).collect();
    let values: Vec<_> = answers.iter().filter_map(|tag| attribute(tag, "value")).collect();
    assert_eq!(values, ["approve", "revoke", "escalate"]);
    assert!(answers.iter().all(|tag| attribute(tag, "form").is_some() && attribute(tag, "aria-pressed").is_none()), "{answers:?}");
    // A key in a text field presses a form's first button: in this form that one does nothing.
    let form = forms(&shown).into_iter().find(|form| form.contains("/decide\"")).expect("the form to answer");
    let first = tags(form, "button").first().copied().expect("a first button");
    assert!(first.contains("disabled"), "{first}");
}

/// Rules 8 and 30, and architecture: no unrevealed verdict reaches HTML, not even as a colour.
#[test]
fn rules_8_and_30_a_folded_verdict_is_nowhere_in_the_page() {
    let shown = html(Role::Reviewer, Page::Item(Box::new(fixtures::item_folded(Kind::Typical))));
    assert!(shown.contains("You are asked to judge this one first. What we recommend shows after your answer."));
    for trace in
        ["verdict remove", "verdict keep", "verdict raise", "class=\"reasons\"", "five days before", "/recommendations/", "Together"]
    {
        assert!(!shown.contains(trace), "{trace}");
    }
}

/// Rule 30: both answers stay in sight, and the list says beside an answer what was recommended.
#[test]
fn rule_30_what_was_judged_first_shows_both_answers_and_the_recommendation() {
    let shown = html(Role::Reviewer, Page::Item(Box::new(fixtures::item_judged_first(Kind::Typical))));
    assert!(shown.contains("First answer, before what we recommend showed: <b>Approved</b> by you"), "{shown}");
    assert!(shown.contains("class=\"verdict "), "after the answer the recommendation shows");
    let taken_back = ItemPage { decision: None, state: ReviewState::Undecided, ..fixtures::item_judged_first(Kind::Typical) };
    let shown = html(Role::Reviewer, Page::Item(Box::new(taken_back)));
    assert!(shown.contains("First answer, before what we recommend showed: <b>Approved</b> by you"), "also where it was taken back");
    let queue = html(Role::Reviewer, Page::Queue(Box::new(fixtures::queue(Kind::Typical, false))));
    assert!(queue.contains("After you answer") && queue.contains("Yours to judge first"));
    assert!(!queue.contains("We recommended:"), "nothing that was judged first is answered here");
    let mut answered = fixtures::queue(Kind::Typical, false);
    for line in answered.chosen.iter_mut().flat_map(|chosen| &mut chosen.items).filter(|line| line.judged_first) {
        line.recommended = ListedVerdict::Shown { verdict: Verdict::Revoke, meaning: None };
        (line.state, line.answer) = (ReviewState::Staged, Some(Answer::Approve));
    }
    let queue = html(Role::Reviewer, Page::Queue(Box::new(answered)));
    assert!(queue.contains("We recommended: Revoke"), "{queue}");
}

/// Rule 27: both named people are told of each other. Rule 21: and why the item asks anew.
#[test]
fn rules_21_and_27_an_item_names_the_other_reviewer_and_says_that_the_access_came_back() {
    let shown = html(Role::Reviewer, Page::Item(Box::new(fixtures::item_of_two(Kind::Typical))));
    assert!(shown.contains("Two named people review it: you and <bdi>Rahel Keller</bdi>."), "{shown}");
    assert!(shown.contains("This access was removed before and proven gone: ") && shown.contains("this item asks anew"));
    let findings = html(Role::Owner, Page::Findings(Box::new(fixtures::findings(Kind::Typical))));
    assert!(findings.contains("The next campaign that covers it asks.") && findings.contains("href=\"/campaigns/open\""));
}

/// The reasons are signed, and what they add up to stands beside the bounds.
#[test]
fn reasons_are_signed_and_sum_to_what_is_said() {
    let shown = html(Role::Reviewer, Page::Item(Box::new(fixtures::item(Kind::Typical))));
    for part in ["\u{2212}1.8</span>", "+0.7</span>", "Together \u{2212}2.7", "Revoke is recommended up to "] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains("If 9 more of the 13 others") && shown.contains("Since when they hold it is not known."));
    assert!(shown.contains("How was this computed?") && shown.contains("href=\"/recommendations/01932c07-"));
}

/// A recommendation that cannot be made again says so loudly, and which field differs.
#[test]
fn an_explanation_says_whether_it_could_be_made_again() {
    let of = |outcome| html(Role::Auditor, Page::Explanation(Box::new(fixtures::explanation(Kind::Typical, outcome))));
    let same = of(Outcome::Same);
    assert!(same.contains("Made again just now: the same, byte for byte") && !same.contains("role=\"alert\""));
    let differs = of(Outcome::Different);
    assert!(differs.contains("Made again just now: not the same") && differs.contains("role=\"alert\""));
    assert!(differs.contains("<b>verdict</b>") && differs.contains("The stored facts give another verdict"));
    // After an upgrade nothing was changed, and nobody is told that something was.
    let other = of(Outcome::OtherEngine);
    assert!(other.contains("Made by another version of the engine") && other.contains("this program has countersign-rules/2"));
    assert!(!other.contains("role=\"alert\"") && !other.contains("Somebody with access to the database"));
}

/// The page about a person: one sentence per set of accesses that open the same, why each stays or goes, what still serves, and
/// a sentence wherever that differs from the recommendation beside it; nothing is answered there.
#[test]
fn a_person_shows_what_overlaps_and_what_changed() {
    let of = |kind| html(Role::Reviewer, Page::Person(Box::new(fixtures::person_page(kind))));
    let typical = of(Kind::Typical);
    for part in [
        "In 5 groups that open <bdi>Ledger</bdi>: keep 2, give up 3.",
        "Of 2 ways to <bdi>Treasury Desk</bdi>: keep 1, 1 for your judgement.",
        "Fewer than 30 days without use can be shown of it.",
        "Approve is recommended by itself, because the access is right for them.",
        "Revoke is recommended by itself for something that it gives",
        "<bdi>ledger-clerks</bdi> still opens the same.",
        "Nothing that stays opens <bdi>Migration desk</bdi>.",
        "use unknown",
        "held by 3 of 13 with the same title",
        "Revoked then, still held",
        "removal refused",
        "Payables clerk",
        "It asked nothing about <bdi>Badge system</bdi>",
        "<summary>2 more</summary>",
        "640 points of risk",
        "280 points, of which 140 count",
    ] {
        assert!(typical.contains(part), "{part}: {typical}");
    }
    assert!(typical.contains("/items/01932c07-") && !typical.contains("/decide") && !typical.contains("unused"));
    let first = of(Kind::Empty);
    assert!(first.contains("No earlier review here asked about this person") && first.contains("the latest on "), "{first}");
    assert!(of(Kind::RightToLeft).contains("Everything that they hold") && of(Kind::Long).contains("What your campaigns ask about."));
    let item = html(Role::Reviewer, Page::Item(Box::new(fixtures::item(Kind::Typical))));
    assert!(item.contains("/person\">All 4 accesses of <bdi>"), "{item}");
}

/// Shadow mode: where what is recommended is hidden, no page of the campaign shows it, in words, signs, addresses or attributes.
#[test]
fn what_is_hidden_stands_on_no_page() {
    for kind in Kind::ALL {
        let queue = html(Role::Reviewer, Page::Queue(Box::new(fixtures::hidden_queue(kind))));
        let item = html(Role::Reviewer, Page::Item(Box::new(fixtures::hidden_item(kind))));
        let campaign = html(Role::Owner, Page::Campaign(Box::new(fixtures::hidden_campaign(kind))));
        let person = html(Role::Reviewer, Page::Person(Box::new(fixtures::hidden_person_page(kind))));
        for told in [">Keep<", ">Give up", "give up 3", "keep 2", "Approve is recommended", "Revoke is recommended"] {
            assert!(!person.contains(told), "{kind:?}: {told}");
        }
        for shown in [&queue, &item, &campaign, &person] {
            for told in [
                "Must not wait",
                "Probably not needed",
                "Looks right",
                "Needs your judgement",
                "verdict keep",
                "verdict remove",
                "verdict raise",
                "costs less to give up",
                "/recommendations/",
            ] {
                assert!(!shown.contains(told), "{kind:?}: {told}");
            }
        }
        assert!(item.contains("The recommendation is hidden"), "{kind:?}");
        assert!(!queue.contains(">Recommended<") && !queue.contains("data-label=\"Recommended\""), "{kind:?}");
        assert!(campaign.contains("Recommendations hidden") && !campaign.contains("class=\"matrix\""), "{kind:?}");
    }
    // The way to the report is for those who may open it.
    let campaign = |kind| html(Role::Owner, Page::Campaign(Box::new(fixtures::hidden_campaign(kind))));
    assert!(campaign(Kind::Typical).contains("/shadow\"") && !campaign(Kind::One).contains("/shadow\""));
}

/// Rule 32: a share has its interval and its number of cases, and too few cases have none.
#[test]
fn rule_32_the_report_says_how_sure_and_of_how_many() {
    let shown = html(Role::Owner, Page::Shadow(Box::new(fixtures::shadow(Kind::Typical, false))));
    for part in [
        "94.8 %<span class=\"fine block\">",
        ", 1,071 cases",
        "too few to say",
        "Show recommendations from now on",
        "cannot be undone",
        "name=\"report_sha256\"",
        "role=\"img\" aria-label=\"Agreement by stated confidence: ",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let accepted = html(Role::Auditor, Page::Shadow(Box::new(fixtures::shadow(Kind::Typical, true))));
    assert!(!accepted.contains("report_sha256") && accepted.contains("kept as it was then"));
    let nothing = html(Role::Owner, Page::Shadow(Box::new(fixtures::shadow(Kind::Empty, false))));
    assert!(nothing.contains("nothing to compare") && nothing.contains("has an answer yet"));
}

/// Both forms that open a campaign offer to hide what is recommended, in the same words.
#[test]
fn both_ways_of_opening_offer_shadow_mode() {
    let own = html(Role::Owner, Page::OpenCampaign(Box::new(fixtures::open_campaign(Kind::Typical, false))));
    let native = html(Role::Owner, Page::OpenPlatformCampaign(Box::new(fixtures::open_platform_campaign(Kind::Typical))));
    for shown in [own, native] {
        assert!(shown.contains("Keep recommendations hidden") && shown.contains("name=\"hidden\""));
    }
}

/// Rule 33: the item shows the conflict, the other side and how it stands, which side costs less, and the way to keep both.
#[test]
fn rule_33_an_item_shows_both_sides_and_the_ways_out() {
    let shown = html(Role::Reviewer, Page::Item(Box::new(fixtures::item(Kind::Typical))));
    for part in [
        "Must be apart: ",
        "On the other side:",
        ", approved</li>",
        "This side costs less to give up",
        "Keep both, with a control",
        "waits for its owner",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains("/control\"") && shown.contains("name=\"conflict\""));
    let duties = html(Role::Owner, Page::Duties(Box::new(fixtures::duties(Kind::Typical, false))));
    assert!(duties.contains("546 grants") && duties.contains("That is no all-clear."));
}

/// Rule 2: before and after an answer, the page says when it becomes final and what ends the access.
#[test]
fn rule_2_says_when_an_answer_is_final_before_and_after() {
    let before = html(Role::Reviewer, Page::Item(Box::new(fixtures::item(Kind::Typical))));
    assert!(before.contains("An answer can be undone for 5 minutes, then it is final and a removal leaves as a ticket."));
    let after = html(Role::Reviewer, Page::Item(Box::new(fixtures::item_answered(Kind::Typical))));
    assert!(after.contains("Can be undone until 10:34.") && after.contains("The removal leaves when the answer becomes final, at 10:34."));
    assert!(after.contains("/undo\""));
}

/// Rule 3: no state of the two machines is missing from the campaign's page.
#[test]
fn rule_3_every_state_stands_on_the_campaigns_page() {
    for kind in Kind::ALL {
        let shown = html(Role::Owner, Page::Campaign(Box::new(fixtures::campaign(kind))));
        for state in domain::ReviewState::ALL {
            assert!(shown.contains(&format!("<dt>{}</dt>", app::say::review_state(*state))), "{kind:?}: {state}");
        }
        for state in domain::OrderState::ALL {
            let hold = (*state == domain::OrderState::Held).then_some(domain::HoldReason::Brake);
            let said = app::say::order_state(*state, hold).replace('\'', "&#x27;");
            let plain = app::say::order_state(*state, hold);
            assert!(shown.contains(&format!("<dt>{said}</dt>")) || shown.contains(&format!("<dt>{plain}</dt>")), "{kind:?}: {state}");
        }
    }
}

/// Rule 4: what changed is shown, and the answer that follows names what was shown.
#[test]
fn rule_4_a_change_is_shown_and_the_answer_names_what_was_shown() {
    let shown = html(Role::Reviewer, Page::Item(Box::new(fixtures::item_folded(Kind::Typical))));
    assert!(shown.contains("This changed since it was shown to you") && shown.contains("name=\"shown\""));
    let plain = html(Role::Reviewer, Page::Item(Box::new(fixtures::item(Kind::Typical))));
    assert!(!plain.contains("This changed since") && plain.contains("name=\"shown\""));
}

/// Rule 5: approve does not exist as a default.
#[test]
fn rule_5_no_default_approves() {
    let shown = html(Role::Owner, Page::OpenCampaign(Box::new(fixtures::open_campaign(Kind::Typical, false))));
    let offered: Vec<_> = tags(&shown, "input")
        .into_iter()
        .filter(|tag| attribute(tag, "name") == Some("default_action"))
        .filter_map(|tag| attribute(tag, "value"))
        .collect();
    assert_eq!(offered, ["leave_as_exception", "remove"]);
}

/// Rule 45: without an outside witness, pages say so.
#[test]
fn rule_45_says_what_it_cannot_vouch_for() {
    let evidence = html(Role::Compliance, Page::Evidence(Box::new(fixtures::evidence(Kind::Typical))));
    let grant = html(Role::Auditor, Page::GrantHistory(Box::new(fixtures::grant_history(Kind::Typical))));
    for shown in [evidence, grant] {
        assert!(shown.contains("evident against database access, not against the operator"));
    }
}

#[test]
fn every_field_has_a_label_and_every_id_is_one() {
    every(|kind, name, html| {
        let place = format!("{name}, {kind:?}");
        let ids: Vec<&str> = html.match_indices(" id=\"").filter_map(|(at, _)| html[at + 5..].split('"').next()).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        let twice: Vec<_> = unique.iter().filter(|id| ids.iter().filter(|other| other == id).count() > 1).collect();
        assert!(twice.is_empty(), "{place}: {twice:?} stand twice");
        for field in ["input", "select", "textarea"].into_iter().flat_map(|element| tags(html, element)) {
            if matches!(attribute(field, "type"), Some("hidden" | "radio" | "checkbox")) || attribute(field, "aria-label").is_some() {
                continue;
            }
            let id = attribute(field, "id").unwrap_or_default();
            assert!(html.contains(&format!("for=\"{id}\"")), "{place}: {field} has no label");
        }
        for image in tags(html, "svg") {
            assert!(
                image.contains("aria-hidden=\"true\"") || attribute(image, "aria-label").is_some_and(|label| !label.is_empty()),
                "{place}: {image}"
            );
        }
        for table in html.split("<table").skip(1) {
            assert!(table.split("<tbody").next().is_some_and(|top| top.contains("<caption")), "{place}: a table without a caption");
        }
    });
}

/// Names keep their own direction of writing.
#[test]
fn names_are_isolated() {
    let shown = html(Role::Reviewer, Page::Queue(Box::new(fixtures::queue(Kind::RightToLeft, true))));
    for name in ["יעל בן־דוד", "صلاحية تعديل الموردين", "סקירת הרשאות רבעון 4"] {
        assert!(shown.contains(&format!("<bdi>{name}</bdi>")), "{name}");
    }
}

/// People see the words of the house: no shouting, no begging, no "oops".
#[test]
fn sentences_keep_the_tone() {
    every(|kind, name, html| {
        let text = html.split("<script").next().unwrap_or_default().to_lowercase();
        let body: String = text.split('>').filter_map(|part| part.split('<').next()).collect::<Vec<_>>().join(" ");
        for word in ["oops", "please", "!"] {
            assert!(!body.replace("!doctype", "").contains(word), "{name}, {kind:?}: {word}");
        }
    });
}

#[test]
fn the_navigation_offers_what_the_roles_may_see() {
    let offers = |role: Role| -> Vec<String> {
        let shown = html(role, Page::Message(Message::not_found()));
        let nav = shown.split("aria-label=\"Main\"").nth(1).and_then(|rest| rest.split("</nav>").next()).unwrap_or_default().to_owned();
        tags(&nav, "a").iter().filter_map(|tag| attribute(tag, "href")).map(str::to_owned).collect()
    };
    assert_eq!(offers(Role::Reviewer), ["/reviews"]);
    assert_eq!(offers(Role::Owner), ["/campaigns", "/findings", "/duties", "/reconciliation", "/models", "/sources"]);
    assert_eq!(offers(Role::Administrator), ["/campaigns", "/findings", "/duties", "/quality", "/models", "/sources"]);
    assert_eq!(
        offers(Role::Compliance),
        ["/campaigns", "/findings", "/duties", "/quality", "/reconciliation", "/models", "/history", "/evidence", "/sources"]
    );
    assert_eq!(
        offers(Role::Auditor),
        ["/campaigns", "/findings", "/duties", "/quality", "/reconciliation", "/models", "/history", "/evidence", "/sources"]
    );
    // While a removal waits for the reader, it comes first.
    let waiting = app::render::Chrome { removals: true, ..fixtures::chrome(Role::Reviewer) };
    let shown = page(waiting, Page::Removals(Box::new(fixtures::removals(Kind::Typical))));
    let nav = shown.split("aria-label=\"Main\"").nth(1).and_then(|rest| rest.split("</nav>").next()).unwrap_or_default();
    let links: Vec<_> = tags(nav, "a");
    assert_eq!(links.iter().filter_map(|tag| attribute(tag, "href")).collect::<Vec<_>>(), ["/removals", "/reviews"]);
    assert_eq!(attribute(links[0], "aria-current"), Some("page"));
    let reader = |roles: &[Role]| Reader { name: "A".to_owned(), roles: roles.iter().copied().collect() };
    assert_eq!(reader(&[Role::Reviewer]).start(), "/reviews");
    assert_eq!(reader(&[Role::Auditor]).start(), "/campaigns");
    assert_eq!(reader(&[]).start(), "/account");
}

#[test]
fn what_was_just_done_is_said_above_the_page() {
    let mut chrome = fixtures::chrome(Role::Reviewer);
    chrome.flash = Some(Flash::look_again("Somebody else answered this a minute ago: revoked."));
    let shown = page(chrome, Page::Item(Box::new(fixtures::item_answered(Kind::Typical))));
    assert!(shown.contains("role=\"alert\"") && shown.contains("Somebody else answered this a minute ago: revoked."));
}

/// Who answers for access sees why its removal waits, and what each of two answers does; nothing is chosen beforehand (rule 17).
#[test]
fn a_removal_in_conflict_says_what_else_ends_and_offers_both_answers() {
    let shown = html(Role::Reviewer, Page::Removals(Box::new(fixtures::removals(Kind::Typical))));
    for sentence in ["approved by", "is asked", "nobody is asked about it", "revoked by another reviewer", "kept, because nobody answered"]
    {
        assert!(shown.contains(sentence), "{sentence}");
    }
    let forms = shown.split("<form method=\"post\" action=\"/orders/").skip(1).map(|rest| rest.split("</form>").next().unwrap_or_default());
    let offers: Vec<_> = forms.map(|form| (form.contains("value=\"keep\""), form.contains("value=\"leave\""))).collect();
    assert_eq!(offers, [(true, true), (true, true), (false, true)], "what a platform carries out itself cannot be kept from here");
    assert!(shown.contains("Okta runs this campaign"));
    assert!(!shown.contains("checked"));
}

/// The same page gives the same bytes: nothing in rendering depends on chance or on a clock.
#[test]
fn the_same_page_gives_the_same_html() {
    let shown = || html(Role::Owner, Page::Campaign(Box::new(fixtures::campaign(Kind::Typical))));
    assert_eq!(shown(), shown());
}

/// The texts of an item's page, in the order in which they are read.
#[test]
fn an_items_page_reads_in_this_order() {
    let shown = html(Role::Reviewer, Page::Item(Box::new(fixtures::item(Kind::Typical))));
    let main = shown.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap_or_default();
    let headings: Vec<String> = main
        .match_indices("<h")
        .filter(|(at, _)| main[at + 2..].starts_with(['1', '2', '3']))
        .map(|(at, _)| {
            let inner = main[at..].split_once('>').map_or("", |(_, rest)| rest);
            let inner = inner.split("</h").next().unwrap_or_default();
            inner.split('>').map(|part| part.split('<').next().unwrap_or_default()).collect()
        })
        .collect();
    insta::assert_debug_snapshot!(headings, @r#"
    [
        "Vendor master, change",
        "Use",
        "People alike",
        "Facts",
        "What a removal would end",
        "With your answer",
    ]
    "#);
}

/// Figures of quality: what is outside stands first, each picture has its table, and nobody who may not measure is offered it.
#[test]
fn the_page_of_quality_says_what_is_outside_and_what_cannot_be_said() {
    let of = |kind| html(Role::Compliance, Page::Quality(Box::new(fixtures::quality(kind))));
    let typical = of(Kind::Typical);
    for part in ["Outside their band", "Kept against Revoke", "at most 5.0 %", "at least 95.0 %", "perhaps by chance", "Week by week"] {
        assert!(typical.contains(part), "{part}");
    }
    assert!(typical.contains("Agreement by week: ") && typical.contains("The weeks in figures"));
    assert!(typical.contains("Decided by week: ") && typical.contains("What they are made of"));
    assert!(typical.contains("action=\"/quality/measure\"") && !of(Kind::Long).contains("action=\"/quality/measure\""));
    let one = of(Kind::One);
    assert!(one.contains("No figure is outside its band") && one.contains("too few to say") && one.contains("under way"));
    assert!(of(Kind::Empty).contains("Nothing is measured yet"));
    let campaigns = html(Role::Auditor, Page::Campaigns(fixtures::campaigns(Kind::Long)));
    assert!(campaigns.contains("2 figures of the recommendations are outside the band"), "{campaigns}");
}

/// Figures of fairness: what stands apart is said in a sentence with what it does not mean, few people are not shown, a review
/// that is due is said on both pages, and nobody who may not sign one is offered it.
#[test]
fn the_page_of_fairness_says_what_stands_apart_and_what_that_does_not_mean() {
    let of = |kind, changed| html(Role::Compliance, Page::Fairness(Box::new(fixtures::fairness(kind, changed))));
    let typical = of(Kind::Typical, false);
    for part in [
        "Revoke was recommended more often than for all others, by 12.8 to 27.1 points of per cent.",
        "They say that rates differ, not why",
        "A signed review is due",
        "Not shown: 2 groups with 17 people.",
        "Not stated by any source: of 31 people.",
        "too few to say",
        "action=\"/quality/fairness\"",
        "SHA-256 of these figures",
    ] {
        assert!(typical.contains(part), "{part}");
    }
    assert!(typical.contains("The words were erased on request."));
    let again = of(Kind::Typical, true);
    assert!(again.contains("The figures changed") && again.contains("Contracts that end explain it."), "the words are kept");
    assert!(again.contains("Tick the box once you have read the figures.") && again.contains("aria-describedby=\"f-acknowledge-error\""));
    let one = of(Kind::One, false);
    assert!(one.contains("No group stands apart from all others") && !one.contains("action=\"/quality/fairness\""));
    assert!(!one.contains("A signed review is due") && one.contains("Nobody has signed a review yet."));
    assert!(of(Kind::Empty, false).contains("Nothing is measured yet"));
    let quality = html(Role::Compliance, Page::Quality(Box::new(fixtures::quality(Kind::Typical))));
    assert!(quality.contains("Fairness: a signed review is due") && quality.contains("href=\"/quality/fairness\""));
    let quality = html(Role::Compliance, Page::Quality(Box::new(fixtures::quality(Kind::One))));
    assert!(quality.contains("No group of people stands apart") && !quality.contains("review is due"));
}

/// Where nothing could be compared, both pages say so, and neither says that no group stands apart.
#[test]
fn nothing_compared_is_no_all_clear() {
    for groups in [false, true] {
        let shown = html(Role::Compliance, Page::Fairness(Box::new(fixtures::fairness_uncompared(groups))));
        assert!(shown.contains("Nothing could be compared") && shown.contains("That is no all-clear"), "{groups}: {shown}");
        assert!(!shown.contains("No group stands apart"), "{groups}: {shown}");
    }
    let mut page = fixtures::quality(Kind::One);
    page.fairness = Some(fixtures::fairness_uncompared(true).stands);
    let quality = html(Role::Compliance, Page::Quality(Box::new(page)));
    assert!(quality.contains("Nothing could be compared") && quality.contains("That is no all-clear"), "{quality}");
    assert!(!quality.contains("No group of people stands apart"), "{quality}");
}

/// The weekly reconciliation: what is to be looked at, one by one, everything counted, and no whole for those who get a part.
#[test]
fn the_reconciliation_shows_what_to_look_at_and_whose_part_it_is() {
    let of = |kind| html(Role::Compliance, Page::Reconciliation(Box::new(fixtures::reconciliation(kind))));
    let typical = of(Kind::Typical);
    for part in ["Removed, and there again", "Came, and nothing explains it", "nobody was asked", "recommended: None shown", "/report.json"]
    {
        assert!(typical.contains(part), "{part}");
    }
    let part = of(Kind::One);
    assert!(part.contains("the part about the campaigns you opened") && !part.contains("/report.json") && part.contains("/lines.csv"));
    assert!(of(Kind::Long).contains("?after=50&amp;kind=stuck#list") && of(Kind::Empty).contains("Nothing to look at here"));
    let listed = html(Role::Owner, Page::Reconciliations(Box::new(fixtures::reconciliations(Kind::Typical))));
    assert!(listed.contains("12 removal under way") && listed.contains("9 November to 15 November"), "{listed}");
    let told = html(Role::Owner, Page::Campaigns(fixtures::campaigns(Kind::Typical)));
    assert!(told.contains("A new reconciliation, from 9 November") && told.contains("3 lines to look at."), "{told}");
}

#[test]
fn a_department_that_the_title_names_is_not_said_twice() {
    for (title, department, line) in [
        (Some("Team lead, Accounts Payable"), Some("Accounts Payable"), Some("Team lead, Accounts Payable")),
        (Some("Sales"), Some("Sales"), Some("Sales")),
        (Some("Presales"), Some("sales"), Some("Presales, sales")),
        (Some("Senior accountant"), Some("Financial Reporting"), Some("Senior accountant, Financial Reporting")),
        (None, Some("Sales"), Some("Sales")),
        (Some("Clerk"), None, Some("Clerk")),
        (None, None, None),
    ] {
        assert_eq!(review::view::position(title, department).as_deref(), line);
    }
}
