//! Opening a campaign: the form, and what would come of it.

use crate::{
    parts::{Errors, Options, empty, error_summary, find_error, hidden, inform, name, page_header, select, text_input, ticks, time},
    render::{Frame, Place},
    say::{self, When},
};
use domain::DefaultAction;
use leptos::prelude::*;
use review::view::types::{Choice, LeftOut, OpenCampaign, OpenChoices, OpenEntered, OpenPreview, ScopeKind};

/// `/campaigns/open`.
pub fn open_campaign(view: OpenCampaign, when: &When) -> Frame {
    let OpenCampaign { attempt, entered, choices, errors, preview } = view;
    let about =
        view! { <p class="quiet">"First a preview, then your word. Nobody is asked, and nothing is stored, before you confirm."</p> };
    let header = page_header("Open a campaign", about, ());
    if choices.sources.is_empty() {
        let body = view! { {header}<div class="column">{empty("No source has been read yet", "A campaign asks about access that was read from a source. Ask an administrator to connect one and read it.")}</div> };
        return Frame::new("Open a campaign", Some(Place::Campaigns), body);
    }
    let ready = preview.as_ref().is_some_and(|preview| preview.items > 0) && errors.is_empty();
    let confirm = ready
        .then(|| view! { <button class="btn primary" type="submit" name="step" value="confirm">"Open it and ask the reviewers"</button> });
    let look_class = look_class(ready);
    let body = view! {
        {header}
        <div class="column stack">
            {error_summary(&errors)}
            {preview.map(shown_preview)}
            <form class="form" method="post" action="/campaigns/open">
                // The first button is the one that a key in a text field presses: it only looks, it never opens.
                <button type="submit" name="step" value="preview" hidden=true tabindex="-1" aria-hidden="true"></button>
                {hidden("attempt", attempt.to_string())}
                {name_field(&entered, &errors)}
                {sources(&entered, &choices, &errors, when)}
                {scope(&entered, &choices, &errors)}
                {dates(&entered, &choices, &errors)}
                {unanswered(&entered, &errors)}
                {undo_window(&entered, &errors)}
                {shadow_mode(entered.hidden, &errors)}
                <div class="form-actions">
                    {confirm}
                    <button class=look_class type="submit" name="step" value="preview">"See what it would ask"</button>
                    <a class="btn plain" href="/campaigns">"Leave without opening"</a>
                </div>
            </form>
        </div>
    };
    Frame::new("Open a campaign", Some(Place::Campaigns), body)
}

const fn look_class(ready: bool) -> &'static str {
    if ready { "btn" } else { "btn primary" }
}

fn name_field(entered: &OpenEntered, errors: &Errors) -> AnyView {
    let mut input = inform("name", "Name", "text", entered.name.clone());
    input.hint = Some("What reviewers and auditors will call it, for example “Q4 finance access”.");
    text_input(input, errors)
}

fn ticked_of(
    field: &'static str,
    legend: &'static str,
    hint: &'static str,
    choices: &[Choice],
    chosen: &[String],
    errors: &Errors,
) -> AnyView {
    let error = find_error(errors, field).map(|message| view! { <p class="error">{message}</p> });
    let boxes = ticks(field, choices, chosen, |choice| {
        choice.count.map(|count| view! { <span class="quiet num">" · "{say::number(count)}</span> }).into_any()
    });
    view! {
        <fieldset>
            <legend>{legend}</legend>
            {(!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> })}
            <div class="ticks">{boxes}</div>
            {error}
        </fieldset>
    }
    .into_any()
}

fn sources(entered: &OpenEntered, choices: &OpenChoices, errors: &Errors, when: &When) -> AnyView {
    let error = find_error(errors, "sources").map(|message| view! { <p class="error">{message}</p> });
    let boxes = choices
        .sources
        .iter()
        .map(|source| {
            let id = source.id.to_string();
            let checked = entered.sources.contains(&id);
            let read = match source.read_at {
                Some(at) => view! { "read "{time(at, when.moment(at))}{source.old.then_some(", longer ago than its limit")} }.into_any(),
                None => view! { "never read" }.into_any(),
            };
            view! {
                <label class="choice">
                    <input type="checkbox" name="sources" value=id checked=checked />
                    <b>{name(source.name.clone())}</b>
                    <span class="fine">{say::kind_of_source(source.kind)}{source.grants.map(|n| format!(", {}", say::many(n, "grant", "grants")))}", "{read}</span>
                </label>
            }
        })
        .collect_view();
    view! { <fieldset><legend>"Access from"</legend>{boxes}{error}</fieldset> }.into_any()
}

fn scope(entered: &OpenEntered, choices: &OpenChoices, errors: &Errors) -> AnyView {
    let kinds = [
        (ScopeKind::All, "all", "Everything", "Every grant of the sources chosen above."),
        (ScopeKind::Sensitivities, "sensitivities", "By sensitivity", "Access of the sensitivities ticked below."),
        (ScopeKind::Departments, "departments", "By department", "People of the departments ticked below."),
        (ScopeKind::Applications, "applications", "By application", "Access of the applications ticked below."),
        (ScopeKind::Riskiest, "riskiest", "The riskiest", "As many grants as you say below, those with the most points of risk."),
        (
            ScopeKind::Unused,
            "unused",
            "Everything unused",
            "Access without a use for as many days as you say below, where every day was observed.",
        ),
        (ScopeKind::ChangedJob, "changed_job", "Everyone who changed job", "All that people hold whose job changed since the day below."),
        (ScopeKind::Causes, "causes", "By cause", "Only what has one of the causes ticked below, for example access kept after a move."),
    ]
    .map(|(kind, value, label, what)| {
        view! {
            <label class="choice">
                <input type="radio" name="scope" value=value checked=entered.scope == kind />
                <b>{label}</b>
                <span class="fine">{what}</span>
            </label>
        }
    })
    .collect_view();
    let error = find_error(errors, "scope").map(|message| view! { <p class="error">{message}</p> });
    let folds = [
        (ScopeKind::Sensitivities, "sensitivities", "Sensitivities", &choices.sensitivities, &entered.sensitivities),
        (ScopeKind::Departments, "departments", "Departments", &choices.departments, &entered.departments),
        (ScopeKind::Applications, "applications", "Applications", &choices.applications, &entered.applications),
        (ScopeKind::Causes, "causes", "Causes", &choices.causes, &entered.causes),
    ]
    .map(|(kind, field, legend, offered, chosen)| {
        let open = entered.scope == kind || find_error(errors, field).is_some();
        (!offered.is_empty()).then(|| {
            let ticked = chosen.len();
            view! {
                <details class="fold" open=open>
                    <summary>{legend}<span class="quiet num">" · "{ticked}" of "{offered.len()}" ticked"</span></summary>
                    {ticked_of(field, legend, "Counts are grants at the last reading.", offered, chosen, errors)}
                </details>
            }
        })
    })
    .collect_view();
    view! {
        <fieldset><legend>"What is asked about"</legend>{kinds}{error}</fieldset>
        <div>{folds}{figures_of_scope(entered, errors)}</div>
    }
    .into_any()
}

/// The scopes that take one figure or one day.
fn figures_of_scope(entered: &OpenEntered, errors: &Errors) -> AnyView {
    let mut most = inform("riskiest", "How many grants", "number", entered.riskiest.clone());
    most.hint = Some(
        "From 1 to 100,000. Points come from sensitivity, conflicts of duties, holders who left, lack of use, moves, rarity, and who granted it; the preview says how many.",
    );
    most.longest = 6;
    let mut unused = inform("unused_days", "Days without a use", "number", entered.unused_days.clone());
    unused.hint = Some("From 1 to 3,650. Where a source shows fewer days than that, its access is not among it: unknown is not unused.");
    unused.longest = 4;
    let mut since = inform("changed_since", "Changed job on or after", "date", entered.changed_since.clone());
    since.hint = Some("By the dates that the sources know.");
    since.longest = 10;
    [
        (ScopeKind::Riskiest, "How many of the riskiest", most),
        (ScopeKind::Unused, "How long without a use", unused),
        (ScopeKind::ChangedJob, "Since when a job changed", since),
    ]
    .map(|(kind, legend, input)| {
        let open = entered.scope == kind || find_error(errors, input.field).is_some();
        view! {
            <details class="fold" open=open>
                <summary>{legend}<span class="quiet num">" · "{input.value.clone()}</span></summary>
                {text_input(input, errors)}
            </details>
        }
    })
    .collect_view()
    .into_any()
}

fn dates(entered: &OpenEntered, choices: &OpenChoices, errors: &Errors) -> AnyView {
    let zones: Vec<Choice> =
        choices.zones.iter().map(|zone| Choice { value: zone.clone(), label: zone.replace('_', " "), count: None }).collect();
    let mut zone = inform("zone", "Time zone", "text", "");
    zone.hint = Some("In which the deadline is said, to everybody.");
    let mut due = inform("due_on", "Due on", "date", entered.due_on.clone());
    due.longest = 10;
    let mut at = inform("due_time", "at", "time", entered.due_time.clone());
    at.longest = 5;
    view! {
        <fieldset>
            <legend>"Deadline"</legend>
            <div class="pair">{text_input(due, errors)}{text_input(at, errors)}</div>
            {select(zone, &Options { choices: &zones, none: None, chosen: &entered.zone }, errors)}
        </fieldset>
    }
    .into_any()
}

/// Rule 5: approve does not exist as a default.
fn unanswered(entered: &OpenEntered, errors: &Errors) -> AnyView {
    let options = [
        (
            DefaultAction::LeaveAsException,
            "Leave the access, and list it as an exception",
            "Auditors see each one. Leaving is not an approval.",
        ),
        (DefaultAction::Remove, "Remove the access", "The removal is marked everywhere as the system's act, not a person's."),
    ]
    .map(|(action, label, what)| {
        view! {
            <label class="choice">
                <input type="radio" name="default_action" value=action.as_str() checked=entered.default_action == action.as_str() />
                <b>{label}</b>
                <span class="fine">{what}</span>
            </label>
        }
    })
    .collect_view();
    let error = find_error(errors, "default_action").map(|message| view! { <p class="error">{message}</p> });
    view! { <fieldset><legend>"If nobody answers by closing"</legend>{options}{error}</fieldset> }.into_any()
}

fn undo_window(entered: &OpenEntered, errors: &Errors) -> AnyView {
    let mut input = inform("undo_minutes", "Minutes in which an answer can be undone", "number", entered.undo_minutes.clone());
    input.hint = Some("From 0 to 10,080. A removal leaves when they are over.");
    input.longest = 6;
    text_input(input, errors)
}

/// Shadow mode, for campaigns of ours and for those that a platform runs.
pub(super) fn shadow_mode(hidden: bool, errors: &Errors) -> AnyView {
    let error = find_error(errors, "hidden");
    let invalid = error.is_some().then_some("true");
    let described = if error.is_some() { "f-hidden-hint f-hidden-error" } else { "f-hidden-hint" };
    view! {
        <fieldset>
            <legend>"Recommendations"</legend>
            <label class="check">
                <input type="checkbox" name="hidden" id="f-hidden" value="true" checked=hidden aria-invalid=invalid aria-describedby=described />
                <span>"Keep recommendations hidden"</span>
            </label>
            <p class="hint" id="f-hidden-hint">"Shadow mode: they are made and kept, nobody is shown one, and a report compares them with what people answered; they are shown from the moment you accept that report."</p>
            {error.map(|message| view! { <p class="error" id="f-hidden-error">{message}</p> })}
        </fieldset>
    }
    .into_any()
}

fn figures(label: &'static str, lines: &[Choice]) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let rows = lines
        .iter()
        .map(|line| view! { <tr><th scope="row">{name(line.label.clone())}</th><td class="cell-num">{say::number(line.count.unwrap_or(0))}</td></tr> })
        .collect_view();
    view! { <table class="plain-rows"><caption>{label}</caption><tbody>{rows}</tbody></table> }.into_any()
}

/// Grants that get no item, by reason.
pub fn left_out(lines: &[LeftOut]) -> AnyView {
    if lines.is_empty() {
        return view! { <p class="fine">"Nothing in scope is left out."</p> }.into_any();
    }
    let rows = lines
        .iter()
        .map(|line| view! { <tr><th scope="row">{line.reason.clone()}</th><td class="cell-num">{say::number(line.grants)}</td></tr> })
        .collect_view();
    view! { <table class="plain-rows"><caption class="visually-hidden">"Left out, by reason"</caption><tbody>{rows}</tbody></table> }
        .into_any()
}

/// How risky the riskiest are.
fn points((most, fewest): (u32, u32)) -> AnyView {
    let (most, fewest) = (say::number(i64::from(most)), say::number(i64::from(fewest)));
    view! { <p class="fine">"Their risk reaches from "<b class="num">{most}</b>" down to "<b class="num">{fewest}</b>" points; the page that takes a recommendation apart lists the parts."</p> }.into_any()
}

fn shown_preview(preview: OpenPreview) -> AnyView {
    let OpenPreview { items, people, reviewers, busiest, routes, sensitivities, risk, judged_first, left_out: out, warnings } = preview;
    let warnings = (!warnings.is_empty()).then(|| {
        let lines = warnings.into_iter().map(|line| view! { <li><bdi>{line}</bdi></li> }).collect_view();
        view! { <div class="notice raise"><b>"Worth a second look before opening"</b><ul>{lines}</ul></div> }
    });
    let sentence = if items == 0 {
        "Nothing is in scope, so there would be nothing to ask. Widen the scope below.".to_owned()
    } else {
        format!(
            "It would ask {} about {} held by {}. Nothing is stored yet.",
            say::many(reviewers, "reviewer", "reviewers"),
            say::many(items, "item", "items"),
            say::many(people, "person", "people")
        )
    };
    view! {
        <section class="card stack preview" aria-label="Preview" role="status">
            <h2>"What it would ask"</h2>
            <p>{sentence}</p>
            {risk.map(points)}
            {(items > 0).then(|| view! { <p>{judged_first}</p> })}
            {warnings}
            <div class="figures">
                {figures("Reviewers, by how they are found", &routes)}
                {figures("Items, by sensitivity", &sensitivities)}
                {figures("Reviewers with the most items", &busiest)}
            </div>
            <h3 class="over">"Left out"</h3>
            {left_out(&out)}
        </section>
    }
    .into_any()
}
