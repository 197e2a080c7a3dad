//! Learned models: what there is to learn from, what is in force and since when, one model with its card and comparison, and
//! the forms that train, put in force and take back.

mod teaching;

use crate::{
    parts::{
        Input, Options, empty, error_summary, guard, hidden, inform, many, n, name, notice_class, page_header, rate_cell, select, tag,
        tick, time,
    },
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::{
    learning::{KindKept, RATE, RATES},
    shadow::{Fit, Rate},
    view::types::{Choice, KnownModel, MeasureLine, ModelPage, ModelsPage, PromiseLine, PromiseSide, PromoteView, TermLine},
};
use teaching::{kept, others, teaching};

/// What may be promised.
fn promises() -> Vec<Choice> {
    let label = |rate: u32| format!("At most {} in 100 overturned", rate / 10_000);
    RATES.iter().map(|rate| Choice { value: rate.to_string(), label: label(*rate), count: None }).collect()
}

/// `/models`.
pub fn models(view: ModelsPage, when: &When) -> Frame {
    let about = view! {
        <p class="quiet">
            "A model learns from this organisation's own decisions how likely a careful reviewer is to keep an access. Named rules and the engine's own abstentions always come before it. It counts from the moment somebody has read its comparison with people's answers and puts it in force."
        </p>
    };
    let form = view.train.map(|attempt| {
        view! {
            <form class="stack" method="post" action="/models/train">
                {hidden("attempt", attempt.to_string())}
                {select(
                    Input { hint: Some("Of what the model recommends. The stricter, the more decisions it takes to show, and the more goes to reviewers without a recommendation."), ..inform("promise", "Promise", "text", "") },
                    &Options { choices: &promises(), none: None, chosen: &RATE.to_string() },
                    &[],
                )}
                <button class="btn primary" type="submit">"Train a model"</button>
            </form>
        }
    });
    let waits = view.under_way.then(|| {
        view! { <div class="notice" role="status"><b>"A model is being trained"</b><p>"It takes from seconds to some minutes. Load the page again to see it below."</p></div> }
    });
    let problem = view.problem.clone().map(|line| {
        view! { <div class=notice_class(Tone::Remove) role="alert"><b>"The model in force cannot be used"</b><p>{line}</p><p>"No campaign can be opened until another model, or the stated weights, are in force."</p></div> }
    });
    let body = view! {
        {page_header("Learned models", about, ())}
        <div class="column wide stack">
            {waits}
            {problem}
            {in_force(&view, when)}
            {teaching(&view.teaching, form)}
            {list(&view, when)}
            {terms(&view.terms, when)}
        </div>
    };
    Frame::new("Learned models", Some(Place::Models), body)
}

/// The name of a model for people: the beginning of its hash, which the page of it has whole.
fn link(sha256: &str) -> AnyView {
    view! { <a href=format!("/models/{sha256}")><code>{say::short_digest(sha256)}</code></a> }.into_any()
}

fn state(model: Option<&str>) -> AnyView {
    match model {
        Some(sha256) => view! { "the model "{link(sha256)} }.into_any(),
        None => view! { "the stated weights alone" }.into_any(),
    }
}

fn in_force(view: &ModelsPage, when: &When) -> AnyView {
    let standing = match view.terms.first() {
        None => view! {
            <p>"The stated weights alone. They were set by judgement, are the same everywhere, and are what a model starts from. No model was ever put in force here."</p>
        }
        .into_any(),
        Some(term) => {
            let act = if term.rolled_back { "put back by " } else { "put in force by " };
            let what = if term.model.is_some() { "The model " } else { "The stated weights alone" };
            view! {
                <p>{what}{term.model.as_deref().map(link)}", since "{time(term.since, when.moment(term.since))}", "{act}{name(term.by.clone())}"."</p>
            }
            .into_any()
        }
    };
    let back = view.roll_back.as_ref().map(|form| {
        form.to
            .iter()
            .map(|to| {
                let label = match to {
                    Some(sha256) => format!("Go back to the model {}", say::short_digest(sha256)),
                    None => "Go back to the stated weights alone".to_owned(),
                };
                view! {
                    <form method="post" action="/models/roll-back">
                        {hidden("attempt", form.attempt.to_string())}
                        {hidden("expected_version", form.expected_term.to_string())}
                        {hidden("to", to.clone().unwrap_or_else(|| "none".to_owned()))}
                        <button class="btn" type="submit">{label}</button>
                    </form>
                }
            })
            .collect_view()
    });
    let back = back.map(|forms| {
        view! {
            <div class="form-actions">{forms}</div>
            <p class="fine">"It takes effect for campaigns that open from then on, at once and without a second question. What was recommended before stays as it is, and can still be made again."</p>
        }
    });
    view! { <section class="card stack" id="in-force"><h2>"In force"</h2>{standing}{back}</section> }.into_any()
}

fn list(view: &ModelsPage, when: &When) -> AnyView {
    if view.models.is_empty() {
        return empty(
            "No model was trained yet",
            "A trained model stands here with its card and its comparison. It recommends nothing until somebody puts it in force.",
        );
    }
    let rows = view
        .models
        .iter()
        .map(|line| {
            let standing = if line.in_force { tag(Tone::Keep, "In force") } else { tag(Tone::Plain, "Not in force") };
            view! {
                <tr>
                    <td role="rowheader">{link(&line.sha256)}</td>
                    <td data-label="Trained">{time(line.trained_at, when.moment(line.trained_at))}</td>
                    <td data-label="By">{line.by_itself.then_some("itself, with the promise of ")}{name(line.by.clone())}</td>
                    <td data-label="Standing">{standing}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card stack" id="models">
            <h2>"Models"</h2>
            <table class="rows cards">
                <caption class="visually-hidden">"Models, the newest first"</caption>
                <thead><tr><th scope="col">"Model"</th><th scope="col">"Trained"</th><th scope="col">"By"</th><th scope="col">"Standing"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="fine">{by_itself(view.more)}</p>
        </section>
    }
    .into_any()
}

/// When the next model is trained without anybody asking for it.
fn by_itself((more, share): (u64, u64)) -> String {
    format!(
        "When at least {} new answers that teach have become final since the newest model was trained, and one for every {} that it had, the next is trained by itself, with the same promise. It recommends nothing until somebody puts it in force.",
        n(more),
        n(share)
    )
}

fn terms(terms: &[TermLine], when: &When) -> AnyView {
    if terms.is_empty() {
        return ().into_any();
    }
    let lines = terms
        .iter()
        .map(|term| {
            let act = if term.rolled_back { "put back by " } else { "put in force by " };
            view! { <li>"Since "{time(term.since, when.moment(term.since))}": "{state(term.model.as_deref())}", "{act}{name(term.by.clone())}</li> }
        })
        .collect_view();
    view! { <section class="card stack" id="terms"><h2>"What was in force"</h2><ul class="bullets">{lines}</ul></section> }.into_any()
}

/// `/models/{sha256}`.
pub fn model(view: ModelPage, when: &When) -> Frame {
    let short = say::short_digest(&view.sha256);
    let standing = match view.in_force_since {
        Some(since) => view! { " In force since "{time(since, when.moment(since))}"." }.into_any(),
        None => view! { " Not in force." }.into_any(),
    };
    let about = view! {
        <p class="quiet"><a href="/models">"Learned models"</a>". Trained "{view.by_itself.then_some("by itself ")}{time(view.trained_at, when.moment(view.trained_at))}{if view.by_itself { ", with the promise of " } else { " for " }}{name(view.by.clone())}"."{standing}</p>
    };
    let file = view.known.is_some().then(|| {
        let address = format!("/models/{}/report.json", view.sha256);
        view! { <div class="group-actions"><a class="btn" href=address download="">"Take the comparison as a file"</a></div> }
    });
    let content = match &view.known {
        Some(known) => view! {
            {card(known, when)}
            {measures(&known.measures)}
            {rules(known)}
            {comparison(known, when)}
            {kinds(known)}
            {promote(&view, known)}
        }
        .into_any(),
        None => ().into_any(),
    };
    let body = view! {
        {page_header(view! { "Model "<code>{short.clone()}</code> }, about, file)}
        <div class="column wide stack">
            {view.promote.as_ref().map(|form| error_summary(&form.errors))}
            {view.problem.clone().map(|line| view! { <div class=notice_class(Tone::Remove) role="alert"><b>"This model cannot be used"</b><p>{line}</p></div> })}
            {view.changed.clone().map(|line| view! { <div class="notice raise" role="alert"><b>"The comparison changed"</b><p>{line}</p></div> })}
            {content}
            <p class="fine">"SHA-256 of the model: "<code class="digest">{view.sha256.clone()}</code></p>
        </div>
    };
    Frame::new(format!("Model {short}"), Some(Place::Models), body)
}

fn card(known: &KnownModel, when: &When) -> AnyView {
    let window = known.window.map(|(first, last)| {
        view! { <div><dt>"Decided from"</dt><dd>{time(first, when.day(first))}</dd></div><div><dt>"to"</dt><dd>{time(last, when.day(last))}</dd></div> }
    });
    view! {
        <section class="card stack" id="card">
            <h2>"Model card"</h2>
            <p>{known.card.clone()}</p>
            <dl class="facts num">
                <div><dt>"Learned from"</dt><dd>{many(known.learned_from, "decision", "decisions")}</dd></div>
                <div><dt>"Promise set on"</dt><dd>{many(known.promised_on, "other decision", "other decisions")}</dd></div>
                {window}
            </dl>
            <p class="fine">"It looks at: "{say::list(&known.columns)}". Title, department and manager are codes that tell only whether two people share one; no name and no free text is among them."</p>
            {kept(&known.kept)}
            {others(&known.others)}
        </section>
    }
    .into_any()
}

/// Millionths as a number with three digits: 0.895.
fn measure(label: &'static str, value: Option<u32>) -> AnyView {
    let said = value.map_or_else(|| "not measured".to_owned(), |value| format!("{}.{:03}", value / 1_000_000, value % 1_000_000 / 1_000));
    view! { <td class="cell-num" data-label=label>{said}</td> }.into_any()
}

fn measures(lines: &[MeasureLine]) -> AnyView {
    let rows = lines
        .iter()
        .map(|line| {
            let label = match line.folds.as_str() {
                "random" => "At random",
                "by_reviewer" => "By reviewer",
                _ => "By entitlement",
            };
            view! {
                <tr>
                    <td role="rowheader"><b>{label}</b></td>
                    {measure("AUC", line.auc)}
                    {measure("Log loss", line.log_loss)}
                    {measure("Brier score", line.brier)}
                    {measure("Calibration error", line.ece)}
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card stack" id="measures">
            <h2>"Measured on held-out decisions"</h2>
            <p>"Five folds of the decisions that it learned from, each judged by a model of the other four. By reviewer and by entitlement, whole groups are held out: that is how it does where it has never seen the reviewer, or the access."</p>
            <table class="rows cards">
                <caption class="visually-hidden">"Measures on held-out decisions"</caption>
                <thead><tr><th scope="col">"Folds"</th><th scope="col" class="end">"AUC"</th><th scope="col" class="end">"Log loss"</th><th scope="col" class="end">"Brier score"</th><th scope="col" class="end">"Calibration error"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="fine">"AUC: how often a kept access stands above one that was ended; 0.5 is chance. The others are better the smaller they are."</p>
        </section>
    }
    .into_any()
}

/// Millionths as per cent with a tenth: 95.0 %.
fn share(millionths: u32) -> String {
    say::percent(u64::from(millionths / 100))
}

fn side(label: &'static str, of: PromiseSide) -> AnyView {
    let said = match of {
        PromiseSide::Holds { threshold, cases, overturned, at_most } => {
            let bound = if label == "Approve" { "from" } else { "up to" };
            view! {
                {bound}" "{share(threshold)}
                <span class="fine block">{format!("{overturned} of {cases} overturned, at most {}", share(at_most))}</span>
            }
            .into_any()
        }
        PromiseSide::TooFew => view! { <span class="faint">"too few decisions"</span> }.into_any(),
        PromiseSide::TooOften => view! { <span class="faint">"overturned too often"</span> }.into_any(),
    };
    view! { <td class="cell-num" data-label=label>{said}</td> }.into_any()
}

const fn risk(high: bool) -> &'static str {
    if high { "high or unknown sensitivity" } else { "ordinary" }
}

fn rules(known: &KnownModel) -> AnyView {
    let rows = known
        .rules
        .iter()
        .map(|line: &PromiseLine| {
            view! {
                <tr>
                    <td role="rowheader"><b>{name(line.source.clone())}</b><span class="fine block">{risk(line.high_risk)}</span></td>
                    <td class="cell-num" data-label="Decisions">{n(line.cases)}</td>
                    {side("Approve", line.approve)}
                    {side("Revoke", line.revoke)}
                </tr>
            }
        })
        .collect_view();
    let promised = share(known.promised);
    view! {
        <section class="card stack" id="promise">
            <h2>"The promise"</h2>
            <p>"Of what is recommended, at most "{promised}" would be overturned by a careful reviewer. For each kind, the probability from which this was shown with 95 % confidence, on decisions that the model did not learn from. Where it was not shown, nothing is recommended, and the item says so."</p>
            <table class="rows cards">
                <caption class="visually-hidden">"The promise's rule for each kind"</caption>
                <thead><tr><th scope="col">"Source and kind"</th><th scope="col" class="end">"Decisions"</th><th scope="col" class="end">"Approve"</th><th scope="col" class="end">"Revoke"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn comparison(known: &KnownModel, when: &When) -> AnyView {
    let report = &known.report;
    if report.decisions == 0 {
        return view! {
            <section class="card stack" id="comparison"><h2>"Compared with people's answers"</h2><p>"There is no decision yet that teaches and that the model does not know."</p></section>
        }
        .into_any();
    }
    let row = |label: &'static str, fit: Fit| {
        let recommended = Rate::new(fit.tally.compared(), fit.tally.decided());
        view! {
            <tr>
                <td role="rowheader"><b>{label}</b></td>
                {rate_cell("Recommended", recommended)}
                {rate_cell("Agreement", fit.agreement)}
                {rate_cell("Precision of Revoke", fit.revoke_precision)}
                {rate_cell("Recall of Revoke", fit.revoke_recall)}
            </tr>
        }
    };
    let times = report.first_and_last.as_ref().and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    let times = times.map(|(first, last)| view! { ", decided from "{time(first, when.day(first))}" to "{time(last, when.day(last))} });
    let unreadable = (report.unreadable > 0).then(|| {
        let which = many(
            report.unreadable,
            "answer is not compared: its recommendation cannot be read, because another version of Countersign wrote it or it was changed in the database.",
            "answers are not compared: their recommendations cannot be read, because another version of Countersign wrote them or they were changed in the database.",
        );
        view! { <p class="fine">{which}</p> }
    });
    view! {
        <section class="card stack" id="comparison">
            <h2>"Compared with people's answers"</h2>
            <p>"On "{many(report.decisions, "decision", "decisions")}" that people made without a recommendation in view and that the model knows nothing of"{times}": what would have been recommended with it, and with the stated weights alone."</p>
            <table class="rows cards">
                <caption class="visually-hidden">"With the model and without it, beside the same answers"</caption>
                <thead><tr><th scope="col">"Recommended by"</th><th scope="col" class="end">"Recommended"</th><th scope="col" class="end">"Agreement"</th><th scope="col" class="end">"Precision of Revoke"</th><th scope="col" class="end">"Recall of Revoke"</th></tr></thead>
                <tbody>{row("This model", report.compared.overall)}{row("The stated weights alone", report.stated.overall)}</tbody>
            </table>
            {unreadable}
            <p class="fine">"What is not recommended goes to the reviewer without a recommendation. Below each share stands the interval in which it lies with 95 % certainty (Wilson). Fewer than 50 cases have no share."</p>
        </section>
    }
    .into_any()
}

fn kinds(known: &KnownModel) -> AnyView {
    let report = &known.report;
    if report.kinds.is_empty() {
        return ().into_any();
    }
    let named = |id: &str| report.sources.iter().find(|source| source.id == id).map_or_else(|| id.to_owned(), |source| source.name.clone());
    let rows = report
        .kinds
        .iter()
        .map(|kind: &KindKept| {
            let made = kind.approve + kind.revoke;
            view! {
                <tr>
                    <td role="rowheader"><b>{name(named(&kind.source))}</b><span class="fine block">{risk(kind.high_risk)}</span></td>
                    <td class="cell-num" data-label="Approve">{n(kind.approve)}<span class="fine block">{n(kind.approve_overturned)}" overturned"</span></td>
                    <td class="cell-num" data-label="Revoke">{n(kind.revoke)}<span class="fine block">{n(kind.revoke_overturned)}" overturned"</span></td>
                    <td class="cell-num" data-label="Nothing recommended">{n(kind.escalated)}</td>
                    {rate_cell("Overturned", Rate::new(kind.approve_overturned + kind.revoke_overturned, made))}
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card stack" id="kept">
            <h2>"Whether the promise held"</h2>
            <p>"On the same decisions, kind by kind. The share overturned should not be above "{share(known.promised)}"; by chance it may be where there are few cases."</p>
            <table class="rows cards">
                <caption class="visually-hidden">"What became of the promise, by kind"</caption>
                <thead><tr><th scope="col">"Source and kind"</th><th scope="col" class="end">"Approve"</th><th scope="col" class="end">"Revoke"</th><th scope="col" class="end">"Nothing recommended"</th><th scope="col" class="end">"Overturned"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn promote(view: &ModelPage, known: &KnownModel) -> AnyView {
    let digest = view! { <p class="fine">"SHA-256 of this comparison: "<code class="digest">{known.report_sha256.clone()}</code></p> };
    let Some(form) = &view.promote else {
        let standing = if view.in_force_since.is_some() {
            "This model is in force. It can be taken back on the page of all models.".to_owned()
        } else if known.report.decisions < known.report.fewest {
            format!(
                "It cannot be put in force yet: {} to compare it with, and it takes {}. Collect more answers in shadow mode.",
                many(known.report.decisions, "decision is there", "decisions are there"),
                n(known.report.fewest)
            )
        } else {
            "An administrator can put it in force, after reading this comparison.".to_owned()
        };
        return view! { <section class="card stack"><h2>"Where it stands"</h2><p>{standing}</p>{digest}</section> }.into_any();
    };
    let PromoteView { attempt, expected_term, report_sha256, acknowledge, errors } = form;
    view! {
        <form class="card stack" method="post" action=format!("/models/{}/promote", view.sha256)>
            {guard()}
            {hidden("attempt", attempt.to_string())}
            {hidden("expected_version", expected_term.to_string())}
            {hidden("report_sha256", report_sha256.clone())}
            <h2>"Put it in force"</h2>
            <p>"Campaigns that open from then on are recommended with this model. Each recommendation names it by its hash, and can be made again with it. It can be taken back at any time."</p>
            {digest}
            {tick("acknowledge", *acknowledge, "I have read the comparison, and I want this model in force.", errors)}
            <p class="form-actions">
                <button class="btn primary" type="submit">"Put this model in force"</button>
                <a class="btn plain" href="/models">"Leave things as they are"</a>
            </p>
        </form>
    }
    .into_any()
}
