//! All campaigns that the reader may see.

use crate::{
    charts,
    parts::{empty, name, page_header, tag, time},
    render::{Frame, Place},
    say::{self, When},
};
use leptos::prelude::*;
use review::view::types::{CampaignLine, Campaigns};

/// `/campaigns`.
pub fn campaigns(view: Campaigns, when: &When) -> Frame {
    let Campaigns { campaigns, next, may_open, quality_alerts, report } = view;
    let button =
        may_open.then(|| view! { <div class="group-actions"><a class="btn" href="/campaigns/platforms">"Campaigns at platforms"</a><a class="btn primary" href="/campaigns/open">"Open a campaign"</a></div> });
    let content = if campaigns.is_empty() {
        let why = if may_open {
            "A campaign asks the right people whether access should stay. Opening one begins with a preview; nobody is asked before you confirm."
        } else {
            "When a campaign is opened, it appears here."
        };
        empty("No campaigns yet", why)
    } else {
        let rows = campaigns.into_iter().map(|line| row(line, when)).collect_view();
        view! {
            <table class="rows cards">
                <caption class="visually-hidden">"Campaigns"</caption>
                <thead>
                    <tr><th scope="col">"Campaign"</th><th scope="col">"Answered"</th><th scope="col">"Due"</th><th scope="col">"Owner"</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    let pager = next.map(|after| {
        let href = format!("/campaigns?after={}", super::queue::encode(&after));
        view! { <nav class="pager" aria-label="Pages"><a class="btn small" href="/campaigns">"First page"</a><a class="btn small" href=href rel="next">"Next page"</a></nav> }
    });
    let outside = (quality_alerts > 0).then(|| {
        let said = say::capital(&say::many(quality_alerts, "figure of the recommendations is", "figures of the recommendations are"));
        view! { <div class="notice raise"><b>{said}" outside the band"</b><p><a href="/quality">"See which, and since when"</a></p></div> }
    });
    let report = report.map(|report| {
        let looked = match report.lines {
            0 => "Nothing in it needs a look.".to_owned(),
            lines => say::capital(&say::many(lines, "line to look at.", "lines to look at.")),
        };
        let from = when.in_zone("UTC").day(report.from);
        view! { <div class="notice"><b>"A new reconciliation, from "{from}</b><p>{looked}" "<a href=format!("/reconciliation/{}", report.id)>"Open it"</a></p></div> }
    });
    let body = view! {
        {page_header("Campaigns", view! { <p class="quiet">"Who is asked about which access, how far it is, and what came of it."</p> }, button)}
        <div class="column wide stack">{outside}{report}{content}{pager}</div>
    };
    Frame::new("Campaigns", Some(Place::Campaigns), body)
}

fn row(line: CampaignLine, when: &When) -> AnyView {
    let CampaignLine { head, progress, opened_at, closed_at } = line;
    let runs_at = say::runs_at(head.kind).map(|platform| format!(", run by {platform}"));
    let (state, tone) = say::campaign_state(head.state);
    let hidden = head.showing.is_hidden().then_some(", recommendations hidden");
    let since = match (opened_at, closed_at) {
        (_, Some(at)) => format!("closed {}", when.moment(at)),
        (Some(at), None) => format!("opened {}", when.moment(at)),
        (None, None) => "not opened yet".to_owned(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/campaigns/{}", head.id)>{name(head.name)}</a>" "{tag(tone, state)}
                <span class="fine block">{since}{runs_at}{hidden}</span>
            </th>
            <td class="num" data-label="Answered">{charts::meter(progress.done(), progress.items)}{say::number(progress.done())}" of "{say::number(progress.items)}</td>
            <td data-label="Due">{time(head.due_at, when.due(head.due_at, &head.zone))}</td>
            <td data-label="Owner">{name(head.owner)}</td>
        </tr>
    }
    .into_any()
}
