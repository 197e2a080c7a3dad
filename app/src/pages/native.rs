//! Campaigns that the platforms run: what there is, and opening one here.

use crate::{
    parts::{empty, error_summary, guard, hidden, name, page_header, tag, tick, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{OpenPlatformCampaign, OverruledLine, PlatformCampaignLine, PlatformCampaigns};

/// `/campaigns/platforms`.
pub fn platform_campaigns(view: PlatformCampaigns, when: &When) -> Frame {
    let unread = (!view.unread.is_empty()).then(|| {
        let lines =
            view.unread.iter().map(|(source, why)| view! { <li>{name(source.clone())}": "<bdi>{why.clone()}</bdi></li> }).collect_view();
        view! {
            <div class="notice raise">
                <b>"Not every platform could be asked"</b>
                <ul class="bullets">{lines}</ul>
                <p>"Its campaigns are missing from this list. Nothing else is affected."</p>
            </div>
        }
    });
    let content = if view.campaigns.is_empty() {
        let why = if view.nowhere {
            "No source here is of a platform that runs campaigns of its own. Campaigns of Okta Identity Governance and access reviews of Microsoft Entra are listed once such a source is connected."
        } else if view.unread.is_empty() {
            "No platform runs a campaign now, and none is about to begin."
        } else {
            "The platforms that could be asked run no campaign now."
        };
        empty("Nothing runs at the platforms", why)
    } else {
        let lines = view.campaigns.into_iter().map(|line| campaign(line, when)).collect_view();
        view! { <section class="card"><ul class="held">{lines}</ul></section> }.into_any()
    };
    let about = view! {
        <p class="quiet">
            "Campaigns that Okta and Microsoft Entra run themselves, asked for just now. Opened here, they are decided here, with recommendations and evidence, and answered there."
        </p>
    };
    let body = view! {
        {page_header("Campaigns at platforms", about, ())}
        <div class="column wide stack">{unread}{content}</div>
    };
    Frame::new("Campaigns at platforms", Some(Place::Campaigns), body)
}

/// Answers that do not count because of what stands on the platform, for whom they concern (rule 14); nothing where there are
/// none. Each says which campaign it is in.
pub(super) fn overruled(lines: &[OverruledLine], when: &When) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let many = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let title = match many {
        1 => "An answer does not count, because of what stands on the platform".to_owned(),
        _ => format!("{} answers do not count, because of what stands on the platform", say::capital(&say::number(many))),
    };
    view! {
        <div class="notice raise">
            <p><b>{title}</b></p>
            {overruled_list(lines, true, when)}
        </div>
    }
    .into_any()
}

/// The same as a list; `named` says of each which campaign it is in.
pub(super) fn overruled_list(lines: &[OverruledLine], named: bool, when: &When) -> AnyView {
    let line = |line: &OverruledLine| {
        let access = match &line.href {
            Some(href) => view! { <a href=href.clone()><b>{name(line.access.clone())}</b></a> }.into_any(),
            None => view! { <b>{name(line.access.clone())}</b> }.into_any(),
        };
        let campaign = named.then(|| view! { ", in "{name(line.campaign.clone())} });
        view! {
            <li>
                {access}" · "{name(line.person.clone())}{campaign}": "<bdi>{line.sentence.clone()}</bdi>" "
                <span class="fine">"Since "{time(line.at, when.moment(line.at))}"."</span>
            </li>
        }
    };
    view! { <ul class="bullets">{lines.iter().map(line).collect_view()}</ul> }.into_any()
}

fn campaign(line: PlatformCampaignLine, when: &When) -> AnyView {
    let state = match (line.opened, line.takes_answers) {
        (Some(_), _) => tag(Tone::Keep, "open here"),
        (None, true) => tag(Tone::Plain, "takes answers"),
        (None, false) => tag(Tone::Unknown, "not begun"),
    };
    let label = line.name.clone();
    let action = match (line.opened, line.takes_answers) {
        (Some(ours), _) => {
            view! { <a class="btn small" href=format!("/campaigns/{ours}")>"See it"<span class="visually-hidden">": "{label}</span></a> }
                .into_any()
        }
        (None, true) => {
            view! { <a class="btn small" href=line.href>"See what it would ask"<span class="visually-hidden">": "{label}</span></a> }
                .into_any()
        }
        (None, false) => view! { <span class="fine">"It can be opened here once it takes answers."</span> }.into_any(),
    };
    let ends = match line.ends {
        Some(at) => view! { "Ends there "{time(at, when.moment(at))}"." }.into_any(),
        None => view! { "It does not say when it ends." }.into_any(),
    };
    let reviewers = (!line.reviewers.is_empty()).then(|| format!(" Answered by {}.", line.reviewers));
    let approves = line.may_approve.then(|| view! { " "{tag(Tone::Raise, "acts by itself")} });
    let happens = line.happens.into_iter().map(|said| view! { <li>{said}</li> }).collect_view();
    view! {
        <li>
            <div>
                <h2>{name(line.name)}" "{state}{approves}</h2>
                <p class="quiet">{line.platform}", "{name(line.source)}". "{ends}{reviewers}</p>
                <ul class="bullets fine">{happens}</ul>
            </div>
            <div>{action}</div>
        </li>
    }
    .into_any()
}

/// `/campaigns/platforms/open`: what it would ask, then the owner's word.
pub fn open_platform_campaign(view: OpenPlatformCampaign, when: &When) -> Frame {
    let title = format!("Open {}", view.name);
    let ends = view.ends.map(|at| view! { " It ends there "{time(at, when.moment(at))}"." });
    let about = view! {
        <p class="quiet">{format!("A campaign of {}, read just now through ", view.platform)}{name(view.source_name.clone())}"."{ends}" Nothing has been opened."</p>
    };
    let happens = view.what_happens.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
    let old = view.old.then(|| {
        view! { <p class="notice raise">"The last reading of this source is older than it may be. Read it again first, so that the items match what people hold now."</p> }
    });
    let nothing = (view.items == 0).then(|| {
        view! { <p class="notice raise">"None of its questions can be asked here, so there is nothing to open. The reasons are below."</p> }
    });
    let body = view! {
        {page_header(name(view.name.clone()), about, ())}
        <div class="column stack">
            {error_summary(&view.errors)}
            {old}
            {nothing}
            <section class="card"><h2>{format!("What {} does", view.platform)}</h2><ul class="bullets">{happens}</ul></section>
            {asked(&view)}
            {unmatched(&view)}
            {(view.items > 0).then(|| confirm(&view))}
        </div>
    };
    Frame::new(title, Some(Place::Campaigns), body)
}

/// Reviewers that the page names; the others are counted.
const NAMED: usize = 12;

fn asked(view: &OpenPlatformCampaign) -> AnyView {
    let rows = view
        .reviewers
        .iter()
        .take(NAMED)
        .map(|(who, items)| view! { <tr><th scope="row">{name(who.clone())}</th><td class="cell-num">{say::number(*items)}</td></tr> })
        .collect_view();
    let others = view.reviewers.len().saturating_sub(NAMED);
    let more = (others > 0).then(|| {
        let others = i64::try_from(others).unwrap_or(i64::MAX);
        view! { <p class="fine">{format!("and {} with fewer items.", say::many(others, "more reviewer", "more reviewers"))}</p> }
    });
    let wide = (view.wide > 0).then(|| {
        let wide = say::many(view.wide, "of them asks", "of them ask");
        view! { <p class="fine">{format!("{} about several grants at once; the answer covers them all.", say::capital(&wide))}</p> }
    });
    let answered = (view.answered > 0).then(|| {
        let answered = say::many(view.answered, "question is", "questions are");
        view! { <p class="fine">{format!("{} answered in {} already. Those answers stand and are read back.", say::capital(&answered), view.platform)}</p> }
    });
    let whom = (view.items > 0).then(|| {
        view! {
            <table class="plain-rows">
                <caption class="visually-hidden">"Items by reviewer"</caption>
                <thead><tr><th scope="col">"Reviewer"</th><th scope="col" class="end">"Items"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
    });
    view! {
        <section class="card">
            <h2>"What it would ask"</h2>
            <p><b class="num">{say::many(view.items, "item", "items")}</b>" matched to access that was read, with the reviewers whom the platform names."</p>
            {(view.items > 0).then(|| view! { <p>{view.judged_first.clone()}</p> })}
            {answered}
            {wide}
            {groups(view)}
            {whom}
            {more}
        </section>
    }
    .into_any()
}

/// Members of a group that are no people, by name at most; the others are counted.
const NAMED_OTHERS: usize = 6;

/// Groups anybody in which may answer there.
fn groups(view: &OpenPlatformCampaign) -> AnyView {
    let lines = view.groups.iter().map(|group| {
        let people = match group.people {
            0 => " may answer, and nobody is in it.".to_owned(),
            1 => " may answer: one person.".to_owned(),
            many => format!(
                " may answer: {} people. The items are shared out among them, all of one holder's to the same person.",
                say::number(many)
            ),
        };
        let unknown = (group.unknown > 0).then(|| {
            let unknown = say::many(group.unknown, "of them is", "of them are");
            format!(" {} not in the last reading and asked nothing here.", say::capital(&unknown))
        });
        let others = (!group.others.is_empty()).then(|| others(&group.others));
        view! { <p class="fine">"Anybody in "{name(group.name.clone())}{people}{unknown}{others}</p> }
    });
    lines.collect_view().into_any()
}

/// What is in a group and is no person.
fn others(all: &[String]) -> AnyView {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let count = say::capital(&say::many(number(all.len()), "member is no person and answers", "members are no people and answer"));
    let named = all.iter().take(NAMED_OTHERS).enumerate().map(|(at, who)| {
        let lead = if at == 0 { "" } else { ", " };
        view! { {lead}{name(who.clone())} }
    });
    let more = all.len().saturating_sub(NAMED_OTHERS);
    let more = (more > 0).then(|| format!(" and {}", say::many(number(more), "other", "others")));
    view! { " "{count}" nothing: "{named.collect_view()}{more}"." }.into_any()
}

fn unmatched(view: &OpenPlatformCampaign) -> AnyView {
    let all: i64 = view.unmatched.iter().map(|(_, many)| many).sum();
    let content = if view.unmatched.is_empty() {
        view! { <p class="fine">"None: every question of the platform becomes an item here."</p> }.into_any()
    } else {
        view! {
            <p class="fine">{format!("{} not asked here. {} goes on asking {} there.", say::capital(&say::many(all, "question is", "questions are")), view.platform, if all == 1 { "it" } else { "them" })}</p>
            {reasons(&view.unmatched)}
        }
        .into_any()
    };
    view! { <section class="card"><h2>"What could not be matched"</h2>{content}</section> }.into_any()
}

/// Why questions of a platform become no item, and how many.
pub(super) fn reasons(unmatched: &[(String, i64)]) -> AnyView {
    let lines = unmatched
        .iter()
        .map(|(why, many)| view! { <tr><td>{why.clone()}</td><td class="cell-num">{say::number(*many)}</td></tr> })
        .collect_view();
    view! {
        <table class="plain-rows">
            <caption class="visually-hidden">"Reasons, with how many questions"</caption>
            <thead><tr><th scope="col">"Why"</th><th scope="col" class="end">"Questions"</th></tr></thead>
            <tbody>{lines}</tbody>
        </table>
    }
    .into_any()
}

fn confirm(view: &OpenPlatformCampaign) -> AnyView {
    let said = view.acknowledgements.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
    let acknowledge = (!view.acknowledgements.is_empty()).then(|| {
        let label = format!("I have read what {} does by itself, and open the campaign knowing it.", view.platform);
        view! {
            <div class="notice raise"><b>{format!("What {} does by itself", view.platform)}</b><ul class="bullets">{said}</ul></div>
            {tick("acknowledge", view.acknowledged, label, &view.errors)}
        }
    });
    let service = view.service_possible.then(|| {
        let label = format!(
            "Send answers by the service app instead of each reviewer's own sign-in. {} then shows the app as who answered, and the evidence says so. It cannot be changed afterwards.",
            view.platform
        );
        tick("by_service", view.by_service, label, &view.errors)
    });
    view! {
        <form class="card stack" method="post" action="/campaigns/platforms/open">
            {guard()}
            {hidden("attempt", view.attempt.to_string())}
            {hidden("source", view.source.to_string())}
            {hidden("campaign", view.campaign.clone())}
            {hidden("run", view.run.clone())}
            <h2>"Open it here"</h2>
            <p class="fine">"Its reviewers find it under My reviews. Nothing changes at the platform until an answer is sent."</p>
            {service}
            {super::open::shadow_mode(view.hidden, &view.errors)}
            {acknowledge}
            <p class="form-actions">
                <button class="btn primary" type="submit">{format!("Ask {}", say::many(view.items, "item", "items"))}</button>
                <a class="btn plain" href="/campaigns/platforms">"Leave it at the platform"</a>
            </p>
        </form>
    }
    .into_any()
}
