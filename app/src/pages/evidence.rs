//! Evidence packs and checkpoints.

use crate::{
    parts::{empty, error_summary, find_error, hidden, name, page_header, tag, time},
    render::{Frame, Place},
    say::{self, When},
};
use leptos::prelude::*;
use review::view::types::{CheckpointView, Evidence, EvidenceCampaign, PackLine, Several};

/// `/evidence`.
pub fn evidence(view: Evidence, when: &When) -> Frame {
    let cards = view.campaigns.iter().map(|campaign| card(campaign, &view, when)).collect_view();
    let nothing = view
        .campaigns
        .is_empty()
        .then(|| empty("No campaigns yet", "A pack is made of a campaign. When one has been opened, it appears here."));
    let next = view.next.clone().map(|after| {
        let href = format!("/evidence?after={}", super::queue::encode(&after));
        view! { <nav class="pager" aria-label="Pages"><a class="btn small" href="/evidence">"First page"</a><a class="btn small" href=href rel="next">"Next page"</a></nav> }
    });
    let privacy = view.may_answer_requests.then(|| view! { <a class="btn" href="/privacy">"Personal data"</a> });
    let body = view! {
        {page_header("Evidence", view! { <p class="quiet">"Packs that an auditor can check offline, without trusting us."</p> }, privacy)}
        <div class="desk">
            <div class="w8 stack">{view.several.as_ref().map(|form| error_summary(&form.errors))}{nothing}{cards}{next}</div>
            <div class="w4 stack">
                {view.several.as_ref().map(several)}
                <section class="card">{ledger(&view, when)}</section>
                <section class="card">{how_to(&view)}</section>
            </div>
        </div>
    };
    Frame::new("Evidence", Some(Place::Evidence), body)
}

/// The form that campaigns are ticked for; the boxes stand in their cards.
const SEVERAL: &str = "several";

fn several(form: &Several) -> AnyView {
    let error = find_error(&form.errors, "campaigns").map(|message| view! { <p class="error" id="several-error">{message}</p> });
    view! {
        <section class="card stack">
            <h2>"One pack of several campaigns"</h2>
            <form class="stack" method="post" action="/evidence/make" id=SEVERAL>
                {hidden("attempt", form.attempt.to_string())}
                <p class="fine">"Tick the campaigns that belong together, for example one company's reviews on every platform. One file then holds them all, and is verified as one."</p>
                {error}
                <button class="btn" type="submit">"Make one pack of those ticked"</button>
            </form>
        </section>
    }
    .into_any()
}

fn card(campaign: &EvidenceCampaign, view: &Evidence, when: &When) -> AnyView {
    let head = &campaign.head;
    let (state, tone) = say::campaign_state(head.state);
    let form = campaign.attempt.map(|attempt| {
        let label = format!("Make a pack of {}", head.name);
        view! {
            <form method="post" action=format!("/evidence/{}/make", head.id)>
                {hidden("attempt", attempt.to_string())}
                <button class="btn" type="submit" aria-label=label>"Make a pack"</button>
            </form>
        }
    });
    let tick = view.several.as_ref().filter(|_| campaign.attempt.is_some()).map(|several| {
        let (id, ticked) = (head.id.to_string(), several.ticked.contains(&head.id));
        let label = format!("Into one pack: {}", head.name);
        let described = (!several.errors.is_empty()).then_some("several-error");
        view! {
            <label class="check">
                <input type="checkbox" name="campaigns" value=id form=SEVERAL checked=ticked aria-label=label aria-describedby=described />
                <span>"Into one pack"</span>
            </label>
        }
    });
    let packs = if campaign.packs.is_empty() {
        view! { <p class="fine">"No pack has been made yet."</p> }.into_any()
    } else {
        let lines = campaign.packs.iter().map(|pack| line(pack, view.may_take, when)).collect_view();
        view! { <ul class="packs">{lines}</ul> }.into_any()
    };
    view! {
        <section class="card stack">
            <div class="spread"><h2>{name(head.name.clone())}" "{tag(tone, state)}</h2><div class="spread">{tick}{form}</div></div>
            {packs}
        </section>
    }
    .into_any()
}

fn line(pack: &PackLine, may_take: bool, when: &When) -> AnyView {
    let by = match &pack.made_by {
        Some(by) => view! { " by "{name(by.clone())} }.into_any(),
        None => view! { " on the command line" }.into_any(),
    };
    let with = (!pack.with.is_empty()).then(|| {
        let names: Vec<AnyView> = pack.with.iter().map(|with| name(with.clone())).collect();
        let last = names.len().saturating_sub(1);
        let names = names.into_iter().enumerate().map(|(at, name)| {
            let between = match at {
                0 => "",
                _ if at == last => " and ",
                _ => ", ",
            };
            view! { {between}{name} }
        });
        view! { <span class="fine block">"Together with "{names.collect_view()}</span> }
    });
    let take = may_take.then(|| {
        let label = format!("Take a copy of {}", pack.file);
        view! { <a class="btn small" href=format!("/evidence/packs/{}", pack.id) download="" aria-label=label>"Take a copy"</a> }
    });
    let copies = (!pack.copies.is_empty()).then(|| {
        let lines = pack.copies.iter().map(|copy| view! { <li>{name(copy.by.clone())}", "{time(copy.at, when.moment(copy.at))}</li> }).collect_view();
        let n = i64::try_from(pack.copies.len()).unwrap_or(i64::MAX);
        view! { <details class="fold"><summary>{say::many(n, "copy handed out", "copies handed out")}</summary><ul class="bullets fine">{lines}</ul></details> }
    });
    view! {
        <li>
            <div class="spread">
                <p>
                    <b class="mono">{pack.file.clone()}</b>
                    <span class="fine block">{say::bytes(pack.bytes)}", made "{time(pack.made_at, when.moment(pack.made_at))}{by}", bound to checkpoint "{say::number(pack.checkpoint_size)}</span>
                    {with}
                </p>
                {take}
            </div>
            <dl class="digests">
                <div><dt class="fine">"SHA-256"</dt><dd class="digest">{pack.sha256.clone()}</dd></div>
                <div><dt class="fine">"Signed by"</dt><dd class="digest">{pack.signer.clone()}</dd></div>
            </dl>
            {copies}
        </li>
    }
    .into_any()
}

fn ledger(view: &Evidence, when: &When) -> AnyView {
    let waiting = (view.waiting > 0).then(|| view! { <p class="fine">{say::capital(&say::many(view.waiting, "entry waits", "entries wait"))}" for a place in the ledger; it takes about a second."</p> });
    let checkpoint = match &view.checkpoint {
        Some(CheckpointView { size, root, at, note }) => view! {
            <p class="figure">{say::number(*size)}</p>
            <p class="quiet">"entries, signed "{time(*at, when.moment(*at))}</p>
            <dl class="digests"><div><dt class="fine">"Root"</dt><dd class="digest">{root.clone()}</dd></div></dl>
            <details class="fold"><summary>"The signed note"</summary><pre class="digest">{note.clone()}</pre></details>
        }
        .into_any(),
        None => view! { <p class="fine">"No checkpoint has been signed yet."</p> }.into_any(),
    };
    let witness = if view.witnessed {
        "Copies of checkpoints are kept outside."
    } else {
        "Nobody outside keeps copies of checkpoints yet: evident against database access, not against the operator."
    };
    view! { <h2>"The ledger"</h2>{checkpoint}{waiting}<p class="fine">{witness}</p> }.into_any()
}

fn how_to(view: &Evidence) -> AnyView {
    view! {
        <h2>"How to verify"</h2>
        <p class="fine">"On any machine, offline:"</p>
        <pre class="digest">"countersign verify PACK --key "{view.fingerprint.clone()}</pre>
        <p class="fine">"Take the fingerprint from somewhere other than the pack, for example from this page, in person. Without it the answer is “whole, signer not established”."</p>
        <p class="fine">"Each pack also carries HOW-TO-VERIFY.md, for standard tools without ours. Origin: "<span class="mono">{view.origin.clone()}</span></p>
    }
    .into_any()
}
