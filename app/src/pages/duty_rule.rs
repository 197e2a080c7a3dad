//! One rule of duties: what it says, and the form that changes it.

use super::duties::severity_tone;
use crate::{
    parts::{
        Options, empty, error_summary, find_error, guard, hidden, inform, name, page_header, select, tag, text_area, text_input, ticks,
    },
    render::{Frame, Place},
    say::When,
};
use leptos::prelude::*;
use review::view::types::{Choice, DutyRulePage, DutyRuleShown, RuleChange};

/// `/duties/rules/{rule}`, and `/duties/rule` for a new one.
pub fn duty_rule(view: DutyRulePage, _: &When) -> Frame {
    let DutyRulePage { rule, duties, change } = view;
    let title = if rule.is_some() { "A rule of duties" } else { "A new rule of duties" };
    let about = match &rule {
        Some(rule) => view! { <p class="quiet">{name(rule.line.title.clone())}</p> }.into_any(),
        None => view! { <p class="quiet">"Two sides that nobody should hold together, through whatever access."</p> }.into_any(),
    };
    let beside = view! { <p class="row"><a class="btn plain" href="/duties">"All rules"</a></p> };
    let form = change.as_ref().map(|change| match (&rule, duties.is_empty()) {
        (None, true) => {
            empty("There are no duties yet", "A rule keeps duties apart. Add the duties first, or begin with the starter pack.")
        }
        _ => form(change, rule.as_ref(), &duties),
    });
    let body = view! {
        {page_header(title, about, beside)}
        <div class="column stack">
            {change.as_ref().map(|change| error_summary(&change.errors))}
            {rule.as_ref().map(in_force)}
            {form}
            {rule.as_ref().zip(change.as_ref()).map(|(rule, change)| removal(rule, change))}
        </div>
    };
    Frame::new(title, Some(Place::Duties), body)
}

fn in_force(rule: &DutyRuleShown) -> AnyView {
    let side = |(all, duties): &(bool, Vec<String>)| {
        let word = if *all { " and " } else { " or " };
        name(duties.join(word))
    };
    let controls = if rule.controls.is_empty() {
        view! { <span class="faint">"none: both sides cannot stay with one person"</span> }.into_any()
    } else {
        rule.controls.iter().map(|control| view! { <span class="block">{name(control.clone())}</span> }).collect_view().into_any()
    };
    let tests = rule.tests.iter().map(|(holds, conflict)| {
        let found = if *conflict { "a conflict" } else { "no conflict" };
        let holds = if holds.is_empty() { "none of the duties".to_owned() } else { holds.join(", ") };
        view! { <span class="block">{name(holds)}": "{found}</span> }
    });
    view! {
        <section class="card stack">
            <h2>"As it is in force"</h2>
            <dl class="facts one">
                <div><dt>"Id"</dt><dd><code>{rule.line.id.clone()}</code></dd></div>
                <div><dt>"Severity"</dt><dd>{tag(severity_tone(&rule.line.severity), rule.line.severity.clone())}</dd></div>
                <div><dt>"What could happen"</dt><dd>{name(rule.line.risk.clone())}</dd></div>
                <div><dt>"One side"</dt><dd>{side(&rule.left)}</dd></div>
                <div><dt>"The other"</dt><dd>{side(&rule.right)}</dd></div>
                <div><dt>"Controls"</dt><dd>{controls}</dd></div>
                <div><dt>"Tests"</dt><dd>{tests.collect_view()}</dd></div>
            </dl>
        </section>
    }
    .into_any()
}

fn form(change: &RuleChange, rule: Option<&DutyRuleShown>, duties: &[Choice]) -> AnyView {
    let (fields, errors) = (&change.fields, &change.errors);
    let (action, heading, send) = match rule {
        Some(rule) => (format!("/duties/rules/{}", rule.line.id), "Change it", "Put the change into force"),
        None => ("/duties/rule".to_owned(), "The rule", "Put the rule into force"),
    };
    let id = rule.is_none().then(|| {
        let mut input = inform("id", "Id", "text", fields.id.clone());
        input.hint = Some("Lower-case letters, digits, dots and hyphens, such as supplier-payment. It stays.");
        input.longest = 80;
        text_input(input, errors)
    });
    let severities: Vec<Choice> = [
        ("low", "low: untidy, another control would catch it"),
        ("medium", "medium: loss or error that is noticed in time"),
        ("high", "high: loss, error or harm that may go unnoticed"),
        ("critical", "critical: one person could take money, power over everything, or harm somebody"),
    ]
    .map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned(), count: None })
    .to_vec();
    let severity = select(
        inform("severity", "Severity", "text", ""),
        &Options { choices: &severities, none: Some("Choose"), chosen: &fields.severity },
        errors,
    );
    let area = |field, label, value: &String, hint| {
        let mut input = inform(field, label, "text", value.clone());
        input.hint = Some(hint);
        input.longest = 4_000;
        input
    };
    let risk = area("risk", "What could happen", &fields.risk, "One sentence that a manager understands.");
    let controls = area(
        "controls",
        "Controls",
        &fields.controls,
        "What may be chosen where both sides must stay. One a line: an id, a colon, and what is done, how often, and what it would show.",
    );
    let tests = area(
        "tests",
        "Tests",
        &fields.tests,
        "One a line: conflict: or none: and the ids of the duties that somebody holds, with commas. Left empty, two are made: both sides together, and one side alone.",
    );
    view! {
        <section class="card stack">
            <h2>{heading}</h2>
            <form class="form" method="post" action=action>
                {guard()}
                {hidden("attempt", change.attempt.to_string())}
                {hidden("expected_version", change.expected_version.to_string())}
                {id}
                {severity}
                {text_area(risk, "3", errors)}
                {side("One side", ("left", "left_need"), (fields.left_all, &fields.left), duties, errors)}
                {side("The other side", ("right", "right_need"), (fields.right_all, &fields.right), duties, errors)}
                {text_area(controls, "4", errors)}
                {text_area(tests, "4", errors)}
                <p class="fine">"Campaigns opened from now on use it; those that are open keep the rules they were opened with. Comments of a file are not kept."</p>
                <p class="form-actions"><button class="btn primary" type="submit">{send}</button><a class="btn plain" href="/duties">"Leave it as it is"</a></p>
            </form>
        </section>
    }
    .into_any()
}

/// One side: which duties, and whether all of them are needed.
fn side(
    legend: &'static str,
    (field, need): (&'static str, &'static str),
    (all, chosen): (bool, &[String]),
    duties: &[Choice],
    errors: &[review::FieldError],
) -> AnyView {
    let boxes = ticks(field, duties, chosen, |duty| view! { " "<code class="fine">{duty.value.clone()}</code> }.into_any());
    let picked = duties.iter().filter(|duty| chosen.contains(&duty.value)).map(|duty| duty.label.as_str());
    let picked = picked.collect::<Vec<_>>().join(", ");
    let summary = if picked.is_empty() { "Choose duties".to_owned() } else { picked };
    let wrong = find_error(errors, field);
    let open = chosen.is_empty() || wrong.is_some();
    let error = wrong.map(|message| view! { <p class="error" id=format!("f-{field}-error")>{message}</p> });
    view! {
        <fieldset>
            <legend>{legend}</legend>
            <label class="check"><input type="radio" name=need value="any" checked=!all /><span>"One of them is enough"</span></label>
            <label class="check"><input type="radio" name=need value="all" checked=all /><span>"All of them together"</span></label>
            <details class="fold" open=open>
                <summary>{name(summary)}</summary>
                {boxes}
            </details>
            {error}
        </fieldset>
    }
    .into_any()
}

fn removal(rule: &DutyRuleShown, change: &RuleChange) -> AnyView {
    view! {
        <section class="card stack">
            <h2>"Take it out"</h2>
            <p class="fine">"Campaigns opened from now on do not look for this conflict any more. The duties stay, and so does what is said of accesses. The earlier version stays in the history."</p>
            <form class="form" method="post" action=format!("/duties/rules/{}/remove", rule.line.id)>
                {hidden("attempt", change.remove_attempt.to_string())}
                {hidden("expected_version", change.expected_version.to_string())}
                <p class="form-actions"><button class="btn remove" type="submit">"Take this rule out"</button></p>
            </form>
        </section>
    }
    .into_any()
}
