//! The queue: causes, the items of one cause, and one item.

use super::account::link_label;
use super::item::{self, Shown};
use crate::{
    parts::{
        dot_class, empty, freshness, hidden, is_answered, last_used, marks, name, page_header, progress_bar, standing, standing_label, time,
    },
    render::{Frame, Place},
    say::{self, Tone, When},
};
use domain::ItemId;
use leptos::prelude::*;
use review::view::types::{CauseItems, CauseLine, CauseSort, ItemLine, JustDone, LinkLine, Queue};

/// `/reviews/{campaign}`.
pub fn queue(view: Queue, when: &When) -> Frame {
    let state = match (&view.item, &view.chosen) {
        (Some(_), _) => "item",
        (None, Some(_)) => "list",
        (None, None) => "causes",
    };
    let title = view.head.name.clone();
    let tray = tray(&view, when);
    let chosen_item = view.item.as_ref().map(|item| item.id);
    let list = match &view.chosen {
        Some(chosen) => items(&view, chosen, chosen_item, when),
        None => overview(&view),
    };
    let column = match &view.item {
        Some(item) => {
            let back = format!("/reviews/{}?cause={}", view.head.id, item.cause);
            let previous = item.previous.map(|id| nav_link(&view, id, "p", "P", "Previous open", "prev"));
            let next = item.next.map(|id| nav_link(&view, id, "n", "N", "Next open", "next"));
            view! {
                <div class="spread item-nav">
                    <a class="back" href=back data-inplace="">"‹ Back to the list"</a>
                    <span class="keys">{previous}{next}</span>
                </div>
                {item::column(item, when, Shown::InQueue)}
            }
            .into_any()
        }
        None => nothing_chosen(&view),
    };
    let label =
        view.item.as_ref().map_or_else(|| "One item".to_owned(), |item| format!("{}, held by {}", item.access.name, item.person.name));
    let body = view! {
        {band(&view, when)}
        <div class="queue" data-view=state data-region-attr="data-view" id="queue">
            <nav class="causes" id="causes" aria-label="Causes" data-region="causes">{causes(&view)}</nav>
            <section class="list" aria-label="Items" data-region="list">{list}</section>
            <article class="item" aria-label=label data-region="item">{column}</article>
        </div>
    };
    let mut frame = Frame::new(title, Some(Place::Reviews), body);
    frame.panes = true;
    frame.tray = tray;
    frame
}

/// Where the reader has to sign in, so that answers can go to the platform.
fn sign_in(line: &LinkLine) -> AnyView {
    let waiting = match line.waiting {
        0 => "You can answer now; what you answer is sent once the account is linked.".to_owned(),
        more => format!(
            "{} until then. Nothing is lost, and you can go on answering.",
            say::capital(&say::many(more, "answer of yours waits", "answers of yours wait"))
        ),
    };
    view! {
        <div class="notice raise">
            <p><b>{format!("{} takes answers with your own sign-in only", line.platform)}</b></p>
            <p>{format!("Your account at {} is not linked. {waiting}", line.platform)}</p>
            <p class="form-actions"><a class="btn small" href=format!("/account/link/{}", line.source)>{link_label(&line.platform)}</a></p>
        </div>
    }
    .into_any()
}

/// That answers do not count because of what stands on the platform (rule 14): in one line, as the work is below. Which they
/// are stands on the reader's own reviews.
fn overruled(many: usize) -> Option<AnyView> {
    let said = match many {
        0 => return None,
        1 => "An answer of yours does not count, because of what stands on the platform".to_owned(),
        many => format!("{many} answers of yours do not count, because of what stands on the platform"),
    };
    Some(view! { <p class="notice raise"><a href="/reviews">{said}</a></p> }.into_any())
}

fn band(view: &Queue, when: &When) -> AnyView {
    let head = &view.head;
    let progress = &view.progress;
    let left = progress.open + progress.escalated;
    let about = view! {
        <p class="quiet">
            {say::capital(&say::many(progress.items, "item", "items"))}" held by "{say::many(view.people, "person", "people")}". Due "
            {time(head.due_at, when.due(head.due_at, &head.zone))}". "
            {say::runs_at(head.kind).map(|platform| format!("{platform} runs this campaign: your answers are sent there. "))}
            {head.showing.is_hidden().then_some("Recommendations are hidden until the campaign's owner shows them. ")}
            {freshness(&view.sources, when)}
        </p>
    };
    let about = view! {
        {about}
        <div class="stack">
            {view.sign_in.as_ref().map(sign_in)}
            {overruled(view.overruled.len())}
        </div>
    };
    let beside = view! {
        <div class="progress" data-region="progress">
            <p class="fine num"><span><b>{say::number(progress.done())}" of "{say::number(progress.items)}</b>" answered"</span><span>{say::number(left)}" open"</span></p>
            {progress_bar(progress)}
        </div>
    };
    page_header(name(head.name.clone()), about, beside)
}

const SORTS: [(CauseSort, &str); 5] = [
    (CauseSort::First, "Before you see what we recommend"),
    (CauseSort::Judge, "Needs your judgement"),
    (CauseSort::Doubt, "Probably not needed"),
    (CauseSort::Right, "Looks right"),
    (CauseSort::Hidden, "Recommendations hidden"),
];

const fn tone_of_sort(sort: CauseSort) -> Tone {
    match sort {
        CauseSort::Judge => Tone::Raise,
        CauseSort::Doubt => Tone::Remove,
        CauseSort::Right => Tone::Keep,
        CauseSort::First | CauseSort::Hidden => Tone::Plain,
    }
}

fn causes(view: &Queue) -> AnyView {
    let current = view.chosen.as_ref().and_then(|chosen| chosen.cause.as_ref()).map(|cause| cause.key.clone());
    let sorts = SORTS
        .into_iter()
        .filter_map(|(sort, label)| {
            let lines: Vec<_> = view.causes.iter().filter(|cause| cause.sort == sort).collect();
            (!lines.is_empty()).then(|| {
                let lines =
                    lines.into_iter().map(|cause| cause_link(view, cause, current.as_deref() == Some(cause.key.as_str()))).collect_view();
                view! { <h2 class="over">{label}</h2><ul>{lines}</ul> }
            })
        })
        .collect_view();
    let nothing = view.causes.is_empty().then(|| empty("Nothing to answer", "No item of this campaign is with you."));
    view! {
        <form class="search" role="search" method="get" action=format!("/reviews/{}", view.head.id) data-inplace="" data-live="">
            <input class="input" type="search" name="q" aria-label="Find a person or an access" placeholder="Person or access"
                value=view.q.clone().unwrap_or_default() maxlength="200" autocomplete="off" data-key="/" aria-keyshortcuts="/" />
            <button class="btn" type="submit">"Find"</button>
        </form>
        {nothing}
        {sorts}
    }
    .into_any()
}

fn cause_link(view: &Queue, cause: &CauseLine, current: bool) -> AnyView {
    let href = format!("/reviews/{}?cause={}", view.head.id, cause.key);
    let count = if cause.open == 0 {
        view! { <span class="num faint">"done"</span> }.into_any()
    } else {
        view! { <span class="num">{say::number(cause.open)}<span class="visually-hidden">" open"</span></span> }.into_any()
    };
    view! {
        <li>
            <a class=cause_class(cause.open == 0) href=href aria-current=current.then_some("true") data-inplace="">
                <i class=dot_class(tone_of_sort(cause.sort)) aria-hidden="true"></i>
                <b>{cause.title.clone()}</b>
                {count}
                <span class="fine">{cause.note.clone()}</span>
            </a>
        </li>
    }
    .into_any()
}

const fn cause_class(done: bool) -> &'static str {
    if done { "cause done" } else { "cause" }
}

/// The middle before a cause is chosen.
fn overview(view: &Queue) -> AnyView {
    let left = view.progress.open + view.progress.escalated;
    if view.progress.items > 0 && left == 0 {
        return view! {
            <div class="empty">
                <h2>"Everything is answered"</h2>
                <p>"Answers can be changed until the campaign closes, as long as the removal has not left."</p>
                <p class="form-actions"><a class="btn" href="/reviews">"All my reviews"</a></p>
            </div>
        }
        .into_any();
    }
    if view.head.showing.is_hidden() {
        return empty(
            "Nothing is sorted for you here",
            "The recommendations of this campaign are hidden, so all items stand in one list on the left.",
        );
    }
    empty("Choose a cause", "Items are grouped by why they are asked about: what needs your judgement first, what looks right last.")
}

fn nothing_chosen(view: &Queue) -> AnyView {
    let hint = if view.chosen.is_some() {
        "Choose an item to see its reasons, its use and its facts."
    } else {
        "One item is shown here, with everything that weighs."
    };
    view! { <p class="quiet">{hint}</p> }.into_any()
}

fn items(view: &Queue, chosen: &CauseItems, current: Option<ItemId>, when: &When) -> AnyView {
    let (title, note, caption) = match (&chosen.cause, &view.q) {
        (Some(cause), _) => (
            view! { {cause.title.clone()} }.into_any(),
            view! { <p class="quiet">{cause.note.clone()}" "{say::number(cause.open)}" of "{say::many(cause.items, "item", "items")}" open."</p> }.into_any(),
            cause.title.clone(),
        ),
        (None, q) => {
            let q = q.clone().unwrap_or_default();
            (
                view! { "Found for “"<bdi>{q.clone()}</bdi>"”" }.into_any(),
                view! { <p class="quiet"><a href=format!("/reviews/{}", view.head.id) data-inplace="">"Clear the search"</a></p> }.into_any(),
                "What the search found".to_owned(),
            )
        }
    };
    let base = match (&chosen.cause, &view.q) {
        (Some(cause), _) => format!("/reviews/{}?cause={}", view.head.id, cause.key),
        (None, q) => format!("/reviews/{}?q={}", view.head.id, encode(q.as_deref().unwrap_or_default())),
    };
    let nothing = chosen
        .items
        .is_empty()
        .then(|| empty("Nothing found", "No item with you has this in its person's or its access's name. Try fewer letters."));
    let rows = chosen.items.iter().map(|line| row(line, &base, current == Some(line.id), when)).collect_view();
    let last = if view.head.showing.is_hidden() { "Answer" } else { "Recommended" };
    let table = (!chosen.items.is_empty()).then(|| {
        view! {
            <table class="items cards">
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr><th scope="col">"Person"</th><th scope="col">"Access"</th><th scope="col">"Last used"</th><th scope="col">{last}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
    });
    let first = chosen.later.then(|| view! { <a class="btn small" href=base.clone() data-inplace="">"First page"</a> });
    let next = chosen.next.clone().map(|after| {
        view! { <a class="btn small" href=format!("{base}&after={}", encode(&after)) data-inplace="" rel="next">"Next page"</a> }
    });
    let pager = (chosen.later || chosen.next.is_some()).then(|| view! { <nav class="pager" aria-label="Pages">{first}{next}</nav> });
    view! {
        <a class="back" href=format!("/reviews/{}#causes", view.head.id)>"‹ All causes"</a>
        <header><h2>{title}</h2>{note}</header>
        {nothing}
        {table}
        {pager}
    }
    .into_any()
}

fn row(line: &ItemLine, base: &str, current: bool, when: &When) -> AnyView {
    let href = format!("{base}&item={}", line.id);
    view! {
        <tr class=row_class(is_answered(line))>
            <td>
                <a class="cover" href=href aria-current=current.then_some("true") data-inplace=""><b>{name(line.person.clone())}</b></a>
                {line.person_line.clone().map(|text| view! { <span class="fine"><bdi>{text}</bdi></span> })}
            </td>
            <td>
                <b>{name(line.access.clone())}</b>
                {line.access_line.clone().map(|text| view! { <span class="fine"><bdi>{text}</bdi></span> })}
                {marks(line)}
            </td>
            <td class="num" data-label="Last used">{last_used(&line.usage, when)}</td>
            <td data-label=standing_label(line)>{standing(line)}</td>
        </tr>
    }
    .into_any()
}

const fn row_class(answered: bool) -> &'static str {
    if answered { "answered" } else { "waiting" }
}

/// What stands in an address after `=`.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// What was just done, when it goes out, and Undo. Then the keys.
fn tray(view: &Queue, when: &When) -> Option<AnyView> {
    let done = view.just_done.as_ref()?;
    let JustDone { item, answer, access, person, to, final_at, attempt, expected_version } = done.clone();
    let to = to.map(|to| view! { " to "{name(to)} });
    let until = final_at;
    let label = format!("Undo: take back {} for {access}, {person}", say::answered(answer).to_lowercase());
    Some(
        view! {
            <div class="tray" role="region" aria-label="Just done">
                <p role="status">
                    <b>{say::answered(answer)}</b>{to}" · "{name(access)}" · "{name(person)}". Final at "
                    <b class="num">{time(until, when.clock(until))}</b>
                    " "
                    <span class="num" aria-hidden="true" data-until=until.micros().to_string()></span>
                </p>
                <form method="post" action=format!("/items/{item}/undo") data-inplace="">
                    {hidden("attempt", attempt.to_string())}
                    {hidden("expected_version", expected_version.to_string())}
                    {hidden("then", format!("/reviews/{}?item={item}", view.head.id))}
                    <button class="btn" type="submit" aria-label=label data-key="u" aria-keyshortcuts="U">"Undo "<kbd aria-hidden="true">"U"</kbd></button>
                </form>
                <span class="keys" aria-hidden="true"><span><kbd>"N"</kbd>" next"</span><span><kbd>"P"</kbd>" previous"</span><span><kbd>"/"</kbd>" find"</span><span><kbd>"?"</kbd>" all keys"</span></span>
            </div>
        }
        .into_any(),
    )
}

fn nav_link(view: &Queue, id: ItemId, key: &'static str, cap: &'static str, label: &'static str, rel: &'static str) -> AnyView {
    view! {
        <a href=format!("/reviews/{}?item={id}", view.head.id) data-key=key data-inplace="" rel=rel><kbd aria-hidden="true">{cap}</kbd>" "{label}</a>
    }
    .into_any()
}
