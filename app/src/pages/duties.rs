//! Duties that must be apart: the rules in force, and forms to change them.

use crate::{
    parts::{empty, error_summary, find_error, hidden, inform, name, page_header, tag, text_area, text_input, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{Duties, DutyChange, DutyCoverage, DutyMapPage, DutyRule, DutyRules, MapLine};

/// `/duties`.
pub fn duties(view: Duties, when: &When) -> Frame {
    let about = view! { <p class="quiet">"What nobody should be able to do alone. Rules speak of duties; the map says which access gives which duty. Opening a campaign looks for people who hold both sides, through whatever source."</p> };
    let beside = view! {
        <p class="row">
            <a class="btn" href="/duties/map">"What each access gives"</a>
            <a class="btn plain" href="/controls">"Controls"</a>
        </p>
    };
    let rules = match &view.rules {
        Some(rules) => in_force(rules, when),
        None => empty(
            "No rules are set",
            "Begin with subjects of the starter pack, or with a file of your own. Until then no conflict of duties is found.",
        ),
    };
    let errors = view.change.as_ref().map(|change| error_summary(&change.errors));
    let body = view! {
        {page_header("Duties that must be apart", about, beside)}
        <div class="column stack">
            {errors}
            <section class="card stack"><h2>"What is evaluated"</h2>{coverage(view.coverage)}</section>
            <section class="card stack"><h2>"Rules in force"</h2>{rules}</section>
            {view.change.as_ref().map(change)}
        </div>
    };
    Frame::new("Duties that must be apart", Some(Place::Duties), body)
}

/// How much of what is held somebody has mapped.
fn coverage(found: DutyCoverage) -> AnyView {
    let left = found.grants_held - found.grants;
    let rest = (left > 0).then(|| {
        view! { <p>{tag(Tone::Unknown, "not evaluated")}" "{say::many(left, "grant", "grants")}" of access that nobody has mapped. That is no all-clear. "<a href="/duties/map?unmapped=1">"Say what it gives"</a></p> }
    });
    view! {
        <p>{say::number(found.grants)}" of "{say::many(found.grants_held, "grant", "grants")}" are evaluated: somebody has said what "{say::number(found.entitlements)}" of "{say::number(found.entitlements_held)}" kinds of access give."</p>
        {rest}
    }
    .into_any()
}

fn in_force(rules: &DutyRules, when: &When) -> AnyView {
    let rows = rules.rules.iter().map(row).collect_view();
    let by = rules.by.clone().map(|by| view! { " by "{name(by)} });
    view! {
        <p class="fine">{name(rules.name.clone())}", version "{say::number(rules.version)}", in force since "{time(rules.at, when.moment(rules.at))}{by}": "{say::many(i64::try_from(rules.rules.len()).unwrap_or(i64::MAX), "rule", "rules")}" over "{say::many(rules.duties, "duty", "duties")}". "<a href="/duties/rules.toml">"Take the file"</a></p>
        <table class="rows cards">
            <caption class="visually-hidden">"Rules in force"</caption>
            <thead><tr><th scope="col">"Kept apart"</th><th scope="col">"Severity"</th><th scope="col">"What could happen"</th><th scope="col">"Controls"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(rule: &DutyRule) -> AnyView {
    view! {
        <tr>
            <td><a href=format!("/duties/rules/{}", rule.id)><b>{name(rule.title.clone())}</b></a><code class="block">{rule.id.clone()}</code></td>
            <td data-label="Severity">{tag(severity_tone(&rule.severity), rule.severity.clone())}</td>
            <td>{name(rule.risk.clone())}</td>
            <td data-label="Controls" class="num">{say::number(rule.controls)}</td>
        </tr>
    }
    .into_any()
}

/// How grave a conflict is.
pub fn severity_tone(severity: &str) -> Tone {
    match severity {
        "critical" => Tone::Remove,
        "high" => Tone::Raise,
        _ => Tone::Plain,
    }
}

fn change(change: &DutyChange) -> AnyView {
    let packs = change
        .packs
        .iter()
        .map(|pack| {
            let rules = say::many(pack.count.unwrap_or(0), "rule", "rules");
            view! {
                <label class="check">
                    <input type="checkbox" name="packs" value=pack.value.clone() />
                    <span>{name(pack.label.clone())}" "<span class="fine">{rules}</span></span>
                </label>
            }
        })
        .collect_view();
    let wrong = find_error(&change.errors, "packs").map(|message| view! { <p class="error" id="f-packs-error">{message}</p> });
    let mut file = inform("rules", "The file of rules", "text", change.rules.clone());
    file.hint = Some(
        "TOML: duties, and rules that keep them apart, each with a test that finds a conflict and one that does not. It takes the place of what is in force.",
    );
    file.longest = 200_000;
    let mut duty = inform("duty", "Id", "text", change.duty.clone());
    duty.hint = Some("Lower-case words with dots and hyphens, such as purchasing.approve-order.");
    duty.longest = 80;
    let duty_name = inform("duty_name", "What people call it", "text", change.duty_name.clone());
    view! {
        <section class="card stack">
            <h2>"One rule, or one duty more"</h2>
            <p><a class="btn" href="/duties/rule">"Write a rule"</a></p>
            <form class="form" method="post" action="/duties/duty">
                {hidden("attempt", change.duty_attempt.to_string())}
                {hidden("expected_version", change.expected_version.to_string())}
                {text_input(duty, &change.errors)}
                {text_input(duty_name, &change.errors)}
                <p class="form-actions"><button class="btn" type="submit">"Add this duty"</button></p>
            </form>
        </section>
        <section class="card stack">
            <h2>"Begin with the starter pack"</h2>
            <p class="fine">"Written for this project, to begin with and to change. Whether a rule fits is for you to say. A rule that is in force already stays as it is."</p>
            <form class="form" method="post" action="/duties/starter">
                {hidden("attempt", change.packs_attempt.to_string())}
                {hidden("expected_version", change.expected_version.to_string())}
                <fieldset><legend>"Subjects"</legend>{packs}{wrong}</fieldset>
                <p class="form-actions"><button class="btn" type="submit">"Add these subjects"</button></p>
            </form>
        </section>
        <section class="card stack">
            <h2>"Edit, or bring a file"</h2>
            <form class="form" method="post" action="/duties/rules">
                {hidden("attempt", change.attempt.to_string())}
                {hidden("expected_version", change.expected_version.to_string())}
                {text_area(file, "24", &change.errors)}
                <p class="form-actions"><button class="btn primary" type="submit">"Put into force"</button><a class="btn plain" href="/duties">"Leave it as it is"</a></p>
            </form>
        </section>
    }
    .into_any()
}

/// `/duties/map`.
pub fn duty_map(view: DutyMapPage, _: &When) -> Frame {
    let about = view! { <p class="quiet">"Which duties each access gives. Its owner knows. What nobody has said is not evaluated, and never called free of conflict."</p> };
    let beside = view! { <p class="row"><a class="btn plain" href="/duties">"The rules"</a></p> };
    let errors = view.change.as_ref().map(|change| error_summary(&change.errors));
    let list = if view.duties.is_empty() {
        empty("There are no duties yet", "Set the rules first: they say which duties there are.")
    } else if view.entitlements.is_empty() {
        empty("Nothing here", "No access fits what was looked for.")
    } else {
        let rows = view.entitlements.iter().map(|line| map_row(line, &view)).collect_view();
        let next = view.next.map(|after| {
            let unmapped = if view.unmapped { "&unmapped=1" } else { "" };
            let q: String = encoded(&view.q);
            view! { <p><a class="btn" href=format!("/duties/map?after={after}{unmapped}&q={q}")>"More"</a></p> }
        });
        view! {
            <table class="rows cards">
                <caption class="visually-hidden">"Access and the duties it gives"</caption>
                <thead><tr><th scope="col">"Access"</th><th scope="col">"Held"</th><th scope="col">"Gives"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {next}
        }
        .into_any()
    };
    let mut q = inform("q", "Find access", "search", view.q.clone());
    q.longest = 100;
    let body = view! {
        {page_header("What each access gives", about, beside)}
        <div class="column stack">
            {errors}
            <section class="card stack"><h2>"What is evaluated"</h2>{coverage(view.coverage)}</section>
            <section class="card stack">
                <h2>"Access"</h2>
                <form class="form" method="get" action="/duties/map">
                    {text_input(q, &[])}
                    <label class="check"><input type="checkbox" name="unmapped" value="1" checked=view.unmapped /><span>"Only what nobody has mapped"</span></label>
                    <p class="form-actions"><button class="btn" type="submit">"Find"</button></p>
                </form>
                {list}
            </section>
            {view.change.as_ref().filter(|_| !view.duties.is_empty()).map(|change| {
                let mut file = inform("map", "The file", "text", change.map.clone());
                file.hint = Some("TOML: a source, an id there, and the duties. It takes the place of all that was said.");
                file.longest = 200_000;
                view! {
                    <section class="card stack">
                        <h2>"As a file"</h2>
                        <p class="fine"><a href="/duties/map.toml">"Take what is said now as a file"</a></p>
                        <form class="form" method="post" action="/duties/map">
                            {hidden("attempt", change.attempt.to_string())}
                            {text_area(file, "12", &change.errors)}
                            <p class="form-actions"><button class="btn" type="submit">"Take this file"</button></p>
                        </form>
                    </section>
                }
            })}
        </div>
    };
    Frame::new("What each access gives", Some(Place::Duties), body)
}

/// A text within an address.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn map_row(line: &MapLine, view: &DutyMapPage) -> AnyView {
    let gives = match &line.duties {
        None => tag(Tone::Unknown, "not evaluated"),
        Some(duties) if duties.is_empty() => view! { <span>"none of the duties"</span> }.into_any(),
        Some(duties) => {
            let names =
                duties.iter().map(|id| view.duties.iter().find(|duty| duty.value == *id).map_or(id.as_str(), |duty| duty.label.as_str()));
            view! { <span>{name(names.collect::<Vec<_>>().join(", "))}</span> }.into_any()
        }
    };
    let form = view.change.is_some().then(|| {
        let said = line.duties.clone().unwrap_or_default();
        let id = format!("gives-{}", line.id);
        let options = view
            .duties
            .iter()
            .map(|duty| {
                let chosen = said.contains(&duty.value);
                view! { <option value=duty.value.clone() selected=chosen>{duty.label.clone()}</option> }
            })
            .collect_view();
        let back = format!("/duties/map?q={}{}", encoded(&view.q), if view.unmapped { "&unmapped=1" } else { "" });
        view! {
            <details class="fold">
                <summary>"Change"</summary>
                <form class="form" method="post" action=format!("/duties/map/{}", line.id)>
                    {hidden("attempt", line.attempt.to_string())}
                    {hidden("then", back)}
                    <div class="field">
                        <label for=id.clone()>"Duties that it gives"</label>
                        <p class="hint">"Choose several with the control key; none means that it gives none of them."</p>
                        <select class="input" id=id multiple=true size="8" name="duties">{options}</select>
                    </div>
                    <p class="form-actions">
                        <button class="btn" type="submit" name="looked" value="yes">"Save"</button>
                        <button class="btn plain" type="submit" name="looked" value="no">"Nobody has looked"</button>
                    </p>
                </form>
            </details>
        }
    });
    let place = [line.application.clone(), Some(line.source.clone())].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    view! {
        <tr>
            <td><b>{name(line.access.clone())}</b><span class="fine block">{name(place)}</span></td>
            <td data-label="Held" class="num">{say::number(line.grants)}</td>
            <td data-label="Gives">{gives}{form}</td>
        </tr>
    }
    .into_any()
}
