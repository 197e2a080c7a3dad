//! Candidate roles, and grants that look out of place.

use crate::{
    charts,
    parts::{empty, hidden, name, page_header, tag, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{ExceptionLine, OutlierLine, Patterns, PatternsFound, RoleLine};

/// Grants out of place that stand open; the others stand folded below.
const OPEN: usize = 25;

/// `/sources/{id}/patterns`.
pub fn patterns(view: Patterns, when: &When) -> Frame {
    let Patterns { source, attempt, under_way, found } = view;
    let here = format!("/sources/{}", source.id);
    let title = format!("Roles and outliers in {}", source.name);
    let about = view! {
        <p class="quiet">
            "What the grants of "<a href=here.clone()>{name(source.name.clone())}</a>" have in common, by who holds what and nothing else. Nothing follows from it by itself: a role is a candidate until somebody names it and answers for it, and strange is not wrong."
        </p>
    };
    let form = attempt.map(|attempt| {
        let label = if found.is_some() { "Look again" } else { "Look for roles and outliers" };
        let class = if found.is_some() { "btn" } else { "btn primary" };
        view! {
            <form method="post" action=format!("{here}/patterns")>
                {hidden("attempt", attempt.to_string())}
                <button class=class type="submit">{label}</button>
            </form>
        }
    });
    let waits = under_way.then(|| {
        view! { <div class="notice" role="status"><b>"A look is under way"</b><p>"It takes some seconds. Load the page again to see what it found."</p></div> }
    });
    let content = match found {
        Some(found) => shown(found, when),
        None if under_way => ().into_any(),
        None => empty(
            "Nobody has looked yet",
            "A look goes over every grant of the newest reading: which roles would give people what they hold, and which grants nothing else speaks for.",
        ),
    };
    let body = view! {
        {page_header(view! { "Roles and outliers in "{name(source.name.clone())} }, about, form)}
        <div class="column wide stack">{waits}{content}</div>
    };
    Frame::new(title, Some(Place::Sources), body)
}

fn shown(found: PatternsFound, when: &When) -> AnyView {
    let older = found.older.then(|| {
        view! { <div class="notice raise"><b>"The source was read again since"</b><p>"What stands here speaks of the reading before. Look again to see the newest."</p></div> }
    });
    let seen = format!(
        "{} of {} on {}",
        say::many(found.grants, "grant", "grants"),
        say::many(found.people, "person", "people"),
        say::many(found.entitlements, "entitlement", "entitlements")
    );
    view! {
        <p class="fine">"Looked at "{time(found.made_at, when.moment(found.made_at))}": "{seen}"."</p>
        {older}
        {roles(&found)}
        {exceptions(&found)}
        {outliers(&found)}
    }
    .into_any()
}

fn roles(found: &PatternsFound) -> AnyView {
    if found.roles.is_empty() {
        return view! {
            <section class="card stack" id="roles"><h2>"Candidate roles"</h2><p>"No three people share so much that a role for them would save anything."</p></section>
        }
        .into_any();
    }
    let lines = found.roles.iter().map(role).collect_view();
    let more = i64::try_from(found.roles.len()).unwrap_or(i64::MAX);
    let rest = (found.roles_total > more).then(|| {
        view! { <p class="fine">"And "{say::many(found.roles_total - more, "role that saves less", "roles that save less")}"."</p> }
    });
    let covers = found.covered.last().copied().unwrap_or(0);
    view! {
        <section class="card stack" id="roles">
            <h2>"Candidate roles"</h2>
            <p>
                {say::capital(&say::many(found.roles_total, "role", "roles"))}" of three people or more would cover "
                <b class="num">{say::number(covers)}</b>" of "{say::many(found.grants, "grant", "grants")}
                ", and nobody would get anything new. Instead of these grants there would be "
                <b class="num">{say::number(found.instead)}</b>" memberships and contents to look after."
            </p>
            {charts::cover(&found.covered, found.grants)}
            <ul class="held">{lines}</ul>
            {rest}
        </section>
    }
    .into_any()
}

fn role(role: &RoleLine) -> AnyView {
    let mostly = role.mostly.clone().map(|(department, members)| {
        let of = if members == role.members { "all in ".to_owned() } else { format!("{} in ", say::number(members)) };
        view! { ", "{of}{name(department)} }
    });
    let given = role.entitlements.iter().map(|text| view! { <li>{name(text.clone())}</li> }).collect_view();
    let unnamed = role.gives - i64::try_from(role.entitlements.len()).unwrap_or(role.gives);
    let unnamed = (unnamed > 0).then(|| view! { <li>"and "{say::number(unnamed)}" more"</li> });
    let others = role.members - i64::try_from(role.people.len()).unwrap_or(role.members);
    let mut people = role.people.clone();
    if others > 0 {
        people.push(format!("{} more", say::number(others)));
    }
    view! {
        <li>
            <div>
                <p><b>"Role "{say::number(role.number)}</b>": "{say::many(role.members, "person", "people")}{mostly}</p>
                <details class="fold"><summary>{say::many(role.gives, "entitlement", "entitlements")}</summary><ul class="bullets">{given}{unnamed}</ul></details>
                <p class="fine"><bdi>{say::list(&people)}</bdi></p>
            </div>
            <div><p class="fine num">"covers "{say::number(role.adds)}</p></div>
        </li>
    }
    .into_any()
}

fn exceptions(found: &PatternsFound) -> AnyView {
    if found.exceptions.is_empty() {
        return ().into_any();
    }
    let rows = found.exceptions.iter().map(exception).collect_view();
    let rest = found.excepted - i64::try_from(found.exceptions.len()).unwrap_or(0);
    let rest = (rest > 0).then(|| view! { <p class="fine">"And "{say::many(rest, "person", "people")}" with fewer."</p> });
    view! {
        <section class="card stack" id="exceptions">
            <h2>"Exceptions"</h2>
            <p>
                <b class="num">{say::number(found.single)}</b>" of the grants are in no role: "{say::many(found.excepted, "person holds", "people hold")}
                " something beyond them. Each is worth a reason, or worth giving up."
            </p>
            <details class="fold">
                <summary>"Who, and what"</summary>
                <table class="rows cards">
                    <caption class="visually-hidden">"What people hold beyond the roles"</caption>
                    <thead><tr><th scope="col">"Person"</th><th scope="col">"Holds beyond the roles"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
                {rest}
            </details>
        </section>
    }
    .into_any()
}

fn exception(line: &ExceptionLine) -> AnyView {
    let mut held = line.entitlements.clone();
    let others = line.total - i64::try_from(held.len()).unwrap_or(line.total);
    if others > 0 {
        held.push(format!("{} more", say::number(others)));
    }
    view! {
        <tr>
            <th scope="row">{name(line.person.clone())}<span class="fine block">{say::many(line.total, "grant", "grants")}</span></th>
            <td data-label="Holds beyond the roles"><bdi>{say::list(&held)}</bdi></td>
        </tr>
    }
    .into_any()
}

fn outliers(found: &PatternsFound) -> AnyView {
    if found.outliers.is_empty() {
        return view! {
            <section class="card stack" id="outliers"><h2>"Out of place"</h2><p>"No grant looks more like access that nobody has than like access that people have."</p></section>
        }
        .into_any();
    }
    let (open, folded) = found.outliers.split_at(found.outliers.len().min(OPEN));
    let folded = (!folded.is_empty()).then(|| {
        view! { <details class="fold"><summary>{say::many(i64::try_from(folded.len()).unwrap_or(0), "more", "more")}</summary>{table(folded)}</details> }
    });
    let unlisted = found.strange - i64::try_from(found.outliers.len()).unwrap_or(0);
    let unlisted = (unlisted > 0).then(|| view! { <p class="fine">{say::number(unlisted)}" less strange ones are not listed."</p> });
    view! {
        <section class="card stack" id="outliers">
            <h2>"Out of place"</h2>
            <p>{say::capital(&say::many(found.strange, "grant looks", "grants look"))}" more like access that nobody has than like access that people have: nothing else that the holder has, and no other holder, speaks for it. The strangest first."</p>
            {table(open)}
            {folded}
            {unlisted}
            <p class="fine">"This cannot see access that a whole team holds wrongly, nor what one person alone holds: neither stands out."</p>
        </section>
    }
    .into_any()
}

fn table(lines: &[OutlierLine]) -> AnyView {
    let rows = lines.iter().map(outlier).collect_view();
    view! {
        <table class="rows cards">
            <caption class="visually-hidden">"Grants that look out of place, the strangest first"</caption>
            <thead><tr><th scope="col">"Person"</th><th scope="col">"Access"</th><th scope="col" class="end">"Others hold it"</th><th scope="col" class="end">"Holds else"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn outlier(line: &OutlierLine) -> AnyView {
    let access = if line.history {
        view! { <a href=format!("/history/{}", line.grant)>{name(line.access.clone())}</a> }.into_any()
    } else {
        name(line.access.clone())
    };
    let privileged = line.sensitivity.filter(|level| level.is_high_risk()).map(|level| tag(Tone::Raise, say::sensitivity(Some(level))));
    view! {
        <tr>
            <th scope="row">{name(line.person.clone())}{line.department.clone().map(|department| view! { <span class="fine block">{name(department)}</span> })}</th>
            <td data-label="Access">{access}" "{privileged}{line.application.clone().map(|application| view! { <span class="fine block">{name(application)}</span> })}</td>
            <td class="cell-num" data-label="Others hold it">{say::number(line.other_holders)}</td>
            <td class="cell-num" data-label="Holds else">{say::number(line.other_grants)}</td>
        </tr>
    }
    .into_any()
}
