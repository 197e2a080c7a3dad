//! Requests about somebody's own data: finding what is stored, erasing or restricting it, and where copies went.

use crate::{
    parts::{empty, error_summary, find_error, hidden, inform, name, page_header, tag, text_input, tick, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{HandedOutLine, Privacy, PrivacyPerson, RestrictedPerson};

/// `/privacy`.
pub fn privacy(view: Privacy, when: &When) -> Frame {
    let about = view! { <p class="quiet">"Answer a request to erase what was written about somebody, or restrict it where records must be kept."</p> };
    let mut input = inform("person", "Person", "text", view.person.clone());
    input.hint = Some("An e-mail address, or the person's id in the source.");
    input.longest = 320;
    let found = view.found.as_ref().map(|person| found(person, &view.person, view.retained, when));
    let body = view! {
        {page_header("Personal data", about, ())}
        <div class="desk">
            <div class="w8 stack">
                <section class="card stack">
                    <h2>"Whom it is about"</h2>
                    {error_summary(&view.errors)}
                    <form class="form" method="get" action="/privacy">
                        {text_input(input, &view.errors)}
                        <p class="form-actions"><button class="btn primary" type="submit">"Find what is stored"</button></p>
                    </form>
                </section>
                {found}
                <section class="card stack">{restricted(&view.restricted, when)}</section>
            </div>
            <div class="w4 stack">
                <section class="card stack">{retention(&view, when)}</section>
                <section class="card stack">
                    <h2>"Packs handed out"</h2>
                    {copies(&view.copies, "No copy of a pack was taken away yet.", when)}
                </section>
            </div>
        </div>
    };
    Frame::new("Personal data", Some(Place::Evidence), body)
}

fn found(person: &PrivacyPerson, typed: &str, retained: bool, when: &When) -> AnyView {
    let line = person.line.clone().map(|line| view! { <span class="quiet">", "<bdi>{line}</bdi></span> });
    let texts = match person.texts {
        0 => "No text about this person is stored.".to_owned(),
        n => format!(
            "{} about this person {} stored: notes, and names written at sign-in.",
            say::capital(&say::many(n, "text", "texts")),
            if n == 1 { "is" } else { "are" }
        ),
    };
    let held = (!person.copies.is_empty()).then(|| {
        view! {
            <h3>"Packs that may hold them"</h3>
            <p class="fine">"What was handed out cannot be called back. These people have copies."</p>
            {copies(&person.copies, "", when)}
        }
    });
    view! {
        <section class="card stack" aria-labelledby="found-title">
            <h2 id="found-title">{name(person.name.clone())}{line}" "{person.restricted.then(|| tag(Tone::Raise, "restricted"))}</h2>
            <p>{texts}</p>
            {person.employment.then(|| view! { <p>"Sources say something of this person's employment type, site or working time. Erasing destroys it too."</p> })}
            <p class="fine">"Names and attributes that a source delivers are its records. Have them corrected or removed there; the next reading follows."</p>
            {held}
            {form(person, typed, retained)}
        </section>
    }
    .into_any()
}

fn form(person: &PrivacyPerson, typed: &str, retained: bool) -> AnyView {
    if person.texts == 0 && !person.employment && person.restricted {
        return ().into_any();
    }
    let ways = [
        ("erase", "Erase the texts", if retained { "Not while the installation retains records: they would be restricted instead." } else { "The texts and their salts are destroyed for good, and so is what sources say of the employment. The ledger's proofs hold as before." }),
        ("restrict", "Restrict, because they must be kept", "For a legal hold. Nothing is destroyed; new packs leave the texts out, and pages show neither them nor the name but to those who must see it."),
    ]
    .map(|(word, label, what)| {
        view! {
            <label class="choice">
                <input type="radio" name="how" value=word checked=person.how == word />
                <b>{label}</b>
                <span class="fine">{what}</span>
            </label>
        }
    })
    .collect_view();
    let how = find_error(&person.errors, "how").map(|message| view! { <p class="error" id="f-how-error">{message}</p> });
    view! {
        {error_summary(&person.errors)}
        <form class="form" method="post" action="/privacy/erase">
            {hidden("attempt", person.attempt.to_string())}
            {hidden("subject", person.id.to_string())}
            {hidden("person", typed.to_owned())}
            <fieldset><legend>"What to do"</legend>{ways}{how}</fieldset>
            {tick(
                "acknowledge",
                person.acknowledge,
                "I have checked who asks, and that this is the person meant. It is written to the ledger.",
                &person.errors,
            )}
            <p class="form-actions"><button class="btn remove" type="submit">"Answer the request"</button></p>
        </form>
    }
    .into_any()
}

fn restricted(people: &[RestrictedPerson], when: &When) -> AnyView {
    if people.is_empty() {
        return view! { <h2>"Restricted people"</h2>{empty("Nobody is restricted", "Whoever is, stands here with since when and by whom, until the restriction is lifted.")} }.into_any();
    }
    let rows = people
        .iter()
        .map(|person| {
            let label = format!("Lift the restriction of {}", person.name);
            view! {
                <tr>
                    <td><b>{name(person.name.clone())}</b></td>
                    <td data-label="Since">{time(person.since, when.moment(person.since))}</td>
                    <td data-label="By">{name(person.by.clone().unwrap_or_else(|| "the system".to_owned()))}</td>
                    <td>
                        <form method="post" action="/privacy/lift">
                            {hidden("attempt", person.attempt.to_string())}
                            {hidden("subject", person.id.to_string())}
                            <button class="btn small" type="submit" aria-label=label>"Lift"</button>
                        </form>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h2>"Restricted people"</h2>
        <p class="fine">"Shown by name to compliance officers, to auditors, and to the reviewer whose item it is; and to everybody where they hold an office, as reviewer, owner or the one who decided. What was written about them is shown to the first two only."</p>
        <table class="rows cards">
            <caption class="visually-hidden">"Restricted people"</caption>
            <thead><tr><th scope="col">"Person"</th><th scope="col">"Since"</th><th scope="col">"By"</th><th scope="col"><span class="visually-hidden">"Lift"</span></th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn retention(view: &Privacy, when: &When) -> AnyView {
    let since = view.retained_since.map(|at| view! { " Since "{time(at, when.moment(at))}"." });
    let (title, line, label, on) = if view.retained {
        ("Records are retained", "A request to erase is answered by restriction.", "End retention", "false")
    } else {
        ("Records are not retained", "A request to erase destroys the texts.", "Retain records", "true")
    };
    view! {
        <h2>{title}</h2>
        <p>{line}{since}</p>
        <p class="fine">"For the whole installation. A legal hold on one person is chosen with the request."</p>
        <form method="post" action="/privacy/retention">
            {hidden("attempt", view.attempt.to_string())}
            {hidden("on", on)}
            <button class="btn" type="submit">{label}</button>
        </form>
    }
    .into_any()
}

fn copies(lines: &[HandedOutLine], none: &'static str, when: &When) -> AnyView {
    if lines.is_empty() {
        return view! { <p class="fine">{none}</p> }.into_any();
    }
    let lines = lines
        .iter()
        .map(|copy| {
            view! {
                <li>
                    <b class="mono">{copy.file.clone()}</b>
                    <span class="fine block">{name(copy.campaign.clone())}". "{name(copy.by.clone())}", "{time(copy.at, when.moment(copy.at))}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="packs">{lines}</ul> }.into_any()
}
