//! A recommendation taken apart: facts, rules tried, terms, result, and whether it can be made again.

use crate::{
    parts::{name, notice_class, page_header, tag},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use domain::Timestamp;
use leptos::prelude::*;
use review::explain::{Explanation, InputDocument, Outcome, ResultDocument, RiskDocument, StepsDocument};

/// `/recommendations/{id}`.
pub fn explanation(view: Explanation, when: &When) -> Frame {
    let made = view.made_at.parse::<Timestamp>().map_or_else(|_| view.made_at.clone(), |at| when.moment(at));
    let about = view! {
        <p class="quiet">"Made "{made}" by the engine "<code>{view.versions.engine.clone()}</code>", for "<a href=format!("/items/{}", view.item)>"item "{say::number(view.number)}</a>"."</p>
    };
    let document = format!("/api/v1/recommendations/{}/explanation", view.recommendation);
    let body = view! {
        {page_header("How a recommendation was computed", about, view! { <p><a href=document>"The same as a JSON document"</a></p> })}
        <div class="column stack">
            {again(&view)}
            {view.result.as_ref().map(result)}
            {view.steps.as_ref().map(steps)}
            {view.risk_points.as_ref().map(risk)}
            {view.input.as_ref().map(|input| facts(input, when))}
            {versions(&view)}
        </div>
    };
    Frame::new("How a recommendation was computed", Some(Place::History), body)
}

/// Whether it could be made again, which field differs, and what to do.
fn again(view: &Explanation) -> AnyView {
    if view.recomputed.same {
        return view! {
            <div class=notice_class(Tone::Keep)><b>"Made again just now: the same, byte for byte"</b><p>{view.recomputed.says.clone()}</p></div>
        }
        .into_any();
    }
    if view.recomputed.outcome == Outcome::OtherEngine {
        return view! {
            <div class=notice_class(Tone::Plain)><b>"Made by another version of the engine: not made again here"</b><p>{view.recomputed.says.clone()}</p></div>
        }
        .into_any();
    }
    let rows = view
        .recomputed
        .differences
        .iter()
        .map(|one| {
            view! {
                <tr>
                    <td><b>{one.field.clone()}</b></td>
                    <td data-label="Stored"><code class="break-all">{one.stored.clone()}</code></td>
                    <td data-label="Should be"><code class="break-all">{one.recomputed.clone()}</code></td>
                    <td>{one.says.clone()}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class=notice_class(Tone::Remove) role="alert">
            <b>"Made again just now: not the same"</b>
            <p>{view.recomputed.says.clone()}</p>
            <p>"Somebody with access to the database changed it, or the disk did. Tell your administrator; nothing was overwritten."</p>
        </div>
        <section class="card stack">
            <h2>"What differs"</h2>
            <table class="rows cards">
                <caption class="visually-hidden">"Fields that differ"</caption>
                <thead><tr><th scope="col">"Field"</th><th scope="col">"Stored"</th><th scope="col">"Should be"</th><th scope="col">"What is wrong"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn result(result: &ResultDocument) -> AnyView {
    let alarm = result.alarm.then(|| tag(Tone::Remove, "Must not wait"));
    view! {
        <section class="card stack">
            <h2>"Result"</h2>
            <p>{tag(say::tone_of_verdict(result.verdict), say::verdict(result.verdict, result.meaning))}" "{alarm}" "{result.cause_says.clone()}"."</p>
            <dl class="facts num">
                <div><dt>"Score"</dt><dd>{say::weight(result.score)}</dd></div>
                <div><dt>"Leaning"</dt><dd>{say::number(i64::from(result.confidence))}" of 10,000"</dd></div>
                <div><dt>"Place in its list"</dt><dd>{say::number(i64::from(result.risk))}", higher first"</dd></div>
                <div><dt>"Together with others"</dt><dd>{if result.bulk_allowed { "may be answered" } else { "is answered alone" }}</dd></div>
            </dl>
        </section>
    }
    .into_any()
}

fn steps(steps: &StepsDocument) -> AnyView {
    let rules = steps
        .rules
        .iter()
        .map(|rule| {
            let looked: Vec<&str> = rule.looked_at.iter().map(|id| id.as_str()).collect();
            let looked = (!looked.is_empty()).then(|| format!("Looked at {}.", say::list(&looked)));
            let (word, tone) = if rule.applied { ("applied", Tone::Raise) } else { ("did not apply", Tone::Plain) };
            view! { <li>{rule.says.clone()}" "{tag(tone, word)}<span class="fine block">{looked}</span></li> }
        })
        .collect_view();
    let terms = steps
        .score
        .terms
        .iter()
        .map(|term| {
            let facts: Vec<&str> = term.facts.iter().map(|id| id.as_str()).collect();
            view! {
                <tr>
                    <td class="num"><b>{say::weight(term.weight)}</b></td>
                    <td>{term.says.clone()}<span class="fine block">"Rests on "{say::list(&facts)}"."</span></td>
                </tr>
            }
        })
        .collect_view();
    let sum = i32::try_from(steps.score.sum).map_or_else(|_| steps.score.sum.to_string(), say::weight);
    let weighing = steps.weighing.as_ref().map(|weighing| {
        view! {
            <p>"Revoke up to "<span class="num">{say::weight(weighing.revoke_at)}</span>", Approve from "<span class="num">{say::weight(weighing.approve_at)}</span>". "{weighing.says.clone()}</p>
        }
    });
    let learned = steps.learned.as_ref().map(|learned| view! { <p>{learned.says.clone()}</p> });
    let no_weighing = steps.weighing.is_none().then(|| view! { <p>"A named rule decided, so no bound was looked at."</p> });
    view! {
        <section class="card stack">
            <h2>"Named rules, in the order in which they were tried"</h2>
            <ol class="stack">{rules}</ol>
        </section>
        <section class="card stack">
            <h2>"What was weighed"</h2>
            <p class="fine">"Above 0 for keeping, below 0 for removing, in log-odds; 0 is told and not weighed."</p>
            <table class="rows">
                <caption class="visually-hidden">"The terms of the score"</caption>
                <thead><tr><th scope="col">"Weight"</th><th scope="col">"Reason"</th></tr></thead>
                <tbody>{terms}<tr><td class="num"><b>{sum}</b></td><td>"together: the score"</td></tr></tbody>
            </table>
            {weighing}{learned}{no_weighing}
        </section>
    }
    .into_any()
}

fn risk(risk: &RiskDocument) -> AnyView {
    let rows = risk
        .parts
        .iter()
        .map(|part| {
            view! {
                <tr>
                    <td class="num"><b>{say::number(i64::from(part.points))}</b></td>
                    <td>{part.says.clone()}<span class="fine block">"Rests on "{part.fact.as_str()}"."</span></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card stack">
            <h2>"How much could go wrong"</h2>
            <p class="fine">"Points of risk say where to look first. They are set by judgement, and are no part of what is recommended."</p>
            <table class="rows">
                <caption class="visually-hidden">"The parts of the risk"</caption>
                <thead><tr><th scope="col">"Points"</th><th scope="col">"What makes them"</th></tr></thead>
                <tbody>{rows}<tr><td class="num"><b>{say::number(i64::from(risk.score))}</b></td><td>"together: the risk"</td></tr></tbody>
            </table>
        </section>
    }
    .into_any()
}

fn facts(input: &InputDocument, when: &When) -> AnyView {
    let moment = |text: &str| text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |at| when.moment(at));
    let rows = input
        .facts
        .iter()
        .map(|fact| {
            let said = match &fact.said {
                Some(said) => name(said.clone()),
                None => view! { <span class="faint">"unknown"</span> }.into_any(),
            };
            view! {
                <tr>
                    <td><b>{fact.name.clone()}</b><code class="block">{fact.id.clone()}</code></td>
                    <td data-label="Value">{said}<code class="block break-all">{fact.value.to_string()}</code></td>
                    <td data-label="From">{name(fact.source.name.clone())}</td>
                    <td data-label="Read">{moment(&fact.read_at)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card stack">
            <h2>"Facts"</h2>
            <p class="fine">"As of "{moment(&input.as_of)}", from reading "{say::number(input.reading)}" of the source. Names and other free text are not among them."</p>
            <table class="rows cards">
                <caption class="visually-hidden">"The facts"</caption>
                <thead><tr><th scope="col">"Fact"</th><th scope="col">"Value"</th><th scope="col">"From"</th><th scope="col">"Read"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn versions(view: &Explanation) -> AnyView {
    let weights = view.input.as_ref().and_then(|input| input.weights.clone()).map(|weights| {
        let rows = weights.iter().map(|(weight, value)| view! { <div><dt><code>{weight.clone()}</code></dt><dd>{say::weight(*value)}</dd></div> }).collect_view();
        view! { <details class="fold"><summary>"Every weight and bound of this engine"</summary><dl class="facts num">{rows}</dl></details> }
    });
    let model = view.versions.model_sha256.clone().map(|model| {
        view! { <div><dt>"Learned model"</dt><dd><code class="break-all">{model}</code></dd></div> }
    });
    let input_hash = view
        .input
        .as_ref()
        .map(|input| view! { <div><dt>"Input"</dt><dd><code class="break-all">{input.input_hash.clone()}</code></dd></div> });
    view! {
        <section class="card stack">
            <h2>"Versions"</h2>
            <dl class="facts one">
                <div><dt>"Engine"</dt><dd><code>{view.versions.engine.clone()}</code></dd></div>
                <div><dt>"Engine of this program"</dt><dd><code>{view.versions.recomputed_with.clone()}</code></dd></div>
                {input_hash}
                <div><dt>"Weights"</dt><dd><code class="break-all">{view.versions.weights_sha256.clone()}</code></dd></div>
                {model}
                <div><dt>"Stored bytes"</dt><dd><code class="break-all">{view.versions.body_sha256.clone()}</code></dd></div>
                <div><dt>"Recommendation"</dt><dd><code class="break-all">{view.recommendation.to_string()}</code></dd></div>
            </dl>
            {weights}
        </section>
    }
    .into_any()
}
