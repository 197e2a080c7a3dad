//! What was answered and what follows from it, and what changed since it was shown.

use crate::{
    parts::{hidden, name, notice_class, tag, time},
    say::{self, Tone, When},
};
use domain::{Answer, GrantPath, ReviewState};
use leptos::prelude::*;
use review::view::types::{DecisionView, ItemPage, UndoView, Withheld};

/// Rule 4: the reader sees what changed, and is asked again.
pub fn changes(view: &ItemPage) -> AnyView {
    if view.changes.is_empty() {
        return ().into_any();
    }
    let lines = view.changes.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
    view! {
        <div class="notice raise" role="alert">
            <b>"This changed since it was shown to you"</b>
            <ul>{lines}</ul>
            <p>"Nothing was recorded. Look again; an answer from here on is given in the knowledge of it."</p>
        </div>
    }
    .into_any()
}

/// That two named people review emergency access, and who they are.
pub fn two_people(view: &ItemPage) -> AnyView {
    let Some(other) = view.other_seat.clone() else {
        return ().into_any();
    };
    let first = if view.yours { "you".into_any() } else { name(view.reviewer.clone()).into_any() };
    view! {
        <section class="notice" aria-label="Two reviewers">
            <p>"This is emergency access. Two named people review it: "{first}" and "{name(other)}". Each answers an item of their own, and the review of this access is complete when both have."</p>
            <p class="fine">"No order of Countersign disables or empties emergency access."</p>
        </section>
    }
    .into_any()
}

/// That the access was removed and came back.
pub fn came_back(view: &ItemPage, when: &When) -> AnyView {
    let Some(back) = &view.returned else {
        return ().into_any();
    };
    let proven = back.proven_at.map(|at| view! { " and proven gone: "{time(at, when.moment(at))} });
    let way = back.explanation.as_deref().map(|word| format!(" It came back by {}.", say::explanation(word)));
    view! {
        <section class="notice raise" aria-label="Came back">
            <p>"This access was removed before"{proven}". A reading showed it again: "{time(back.seen_at, when.moment(back.seen_at))}"."{way}" What was answered then stays as it was; this item asks anew."</p>
        </section>
    }
    .into_any()
}

/// The answer that counts, where its removal stands, and Undo while there is time.
pub fn decided(view: &ItemPage, when: &When) -> AnyView {
    let state_only = view.decision.is_none().then(|| state_line(view)).flatten();
    let Some(decision) = &view.decision else {
        let first = view
            .first_answer
            .as_ref()
            .map(|first| view! { <section class="notice" aria-label="First answer">{first_answer(first, when)}</section> });
        return view! { {state_only}{first} }.into_any();
    };
    let tone = say::tone_of_answer(decision.answer);
    let order = view.order.as_ref().map(|order| {
        view! {
            <p>{tag(say::tone_of_order(order.state, order.hold_reason), say::order_state(order.state, order.hold_reason))}" "{name(say::removal(order, when))}</p>
        }
    });
    let escalated = (decision.answer == Answer::Escalate)
        .then(|| decision.to.clone())
        .flatten()
        .map(|to| view! { <p>{name(say::after_escalating(&to))}</p> });
    view! {
        <section class=notice_class(tone) aria-label="Answer">
            {sentence(decision, when)}
            {view.first_answer.as_ref().map(|first| first_answer(first, when))}
            {note(decision)}
            {order}
            {sending(view)}
            {escalated}
            {view.undo.as_ref().map(|undo| undo_form(view, decision, undo, when))}
        </section>
    }
    .into_any()
}

/// The answer that was given before what is recommended showed, where another counts by now, or none.
fn first_answer(first: &DecisionView, when: &When) -> AnyView {
    let who = match (&first.by, first.yours) {
        (_, true) => view! { " by you" }.into_any(),
        (Some(by), false) => view! { " by "{name(by.clone())} }.into_any(),
        (None, false) => ().into_any(),
    };
    view! {
        <p class="fine">
            "First answer, before what we recommend showed: "<b>{say::answered(first.answer)}</b>{who}", "{when.moment(first.decided_at)}
            ". It is kept, and it is the one that measures and teaches."
        </p>
    }
    .into_any()
}

fn sentence(decision: &DecisionView, when: &When) -> AnyView {
    let who = match (&decision.by, decision.yours) {
        (_, true) => view! { " by you" }.into_any(),
        (Some(by), false) => view! { " by "{name(by.clone())} }.into_any(),
        (None, false) => view! { ", "{say::origin(decision.origin)} }.into_any(),
    };
    let why = decision.why.map(|why| format!(": {}", say::revoke_why(why)));
    let to = decision.to.clone().map(|to| view! { " to "{name(to)} });
    let at = decision.decided_at;
    let standing = match decision.finalised_at {
        Some(final_at) => format!("Final since {}.", when.moment(final_at)),
        None => format!("Can be undone until {}.", when.clock(decision.final_at)),
    };
    let agreed = match decision.agreed {
        Some(true) => " As recommended.",
        Some(false) => " Against the recommendation.",
        None => "",
    };
    let old = decision.on_old_data.then_some(" Decided on data older than the source's limit, and marked so.");
    view! {
        <p><b>{say::answered(decision.answer)}</b>{to}{who}{why}", "{time(at, when.moment(at))}"."</p>
        <p class="fine">{standing}{agreed}{old}</p>
    }
    .into_any()
}

/// Where the answer stands on its way to the platform that runs the campaign.
fn sending(view: &ItemPage) -> Option<AnyView> {
    let line = view.sending.as_ref()?;
    let way = line.link.map(|source| view! { " "<a href=format!("/account/link/{source}")>"Link your account"</a> });
    let tone = say::tone_of_sending(line.state);
    Some(view! { <p>{tag(tone, say::sending_state(line.state))}" "{name(line.sentence.clone())}{way}</p> }.into_any())
}

fn note(decision: &DecisionView) -> AnyView {
    let withheld = decision.note_withheld.map(|why| match why {
        Withheld::Erased => "The note was erased on request.",
        Withheld::Restricted => "The note is restricted at the request of the person whom it is about.",
    });
    if let Some(line) = withheld {
        return view! { <p class="fine">{line}</p> }.into_any();
    }
    decision.note.clone().map(|text| view! { <p><q><bdi>{text}</bdi></q></p> }).into_any()
}

fn undo_form(view: &ItemPage, decision: &DecisionView, undo: &UndoView, when: &When) -> AnyView {
    let until = decision.final_at;
    let label = format!("Undo: take back {}", say::answered(decision.answer).to_lowercase());
    view! {
        <form method="post" action=format!("/items/{}/undo", view.id) class="row" data-inplace="">
            {hidden("attempt", undo.attempt.to_string())}
            {hidden("expected_version", undo.expected_version.to_string())}
            {hidden("then", format!("/reviews/{}?item={}", view.campaign.id, view.id))}
            <button class="btn small" type="submit" aria-label=label data-key="u">"Undo "<kbd aria-hidden="true">"U"</kbd></button>
            <span class="fine num" data-until=until.micros().to_string()>{"until "}{when.clock(until)}</span>
        </form>
    }
    .into_any()
}

/// Where there is no answer, but the item is not simply open.
fn state_line(view: &ItemPage) -> Option<AnyView> {
    let line = match view.state {
        ReviewState::Undecided => return None,
        ReviewState::Escalated if view.yours => "This was escalated to you: the reviewer before you asks for your answer.".to_owned(),
        ReviewState::Escalated => {
            format!("With {}, to whom it was escalated. Still open at closing, it counts as unanswered.", view.reviewer)
        }
        ReviewState::HandedOver if view.yours => "This was handed over to you.".to_owned(),
        ReviewState::HandedOver => format!("Handed over to {}, who has not answered yet.", view.reviewer),
        ReviewState::SecondReview => "Drawn for a second, independent answer.".to_owned(),
        ReviewState::Excepted => "Nobody answered by closing. The access was left, and is listed as an exception.".to_owned(),
        ReviewState::Unanswered => "Nobody answered by closing.".to_owned(),
        ReviewState::NoLongerHeld => {
            "The access was gone from the source before this was settled, so there is nothing left to answer.".to_owned()
        }
        ReviewState::Staged | ReviewState::Decided | ReviewState::SignedOff => say::review_state(view.state).to_owned(),
    };
    let tone = if view.yours && view.state.is_open() { Tone::Raise } else { Tone::Plain };
    Some(view! { <p class=notice_class(tone)><bdi>{line}</bdi></p> }.into_any())
}

/// Everything that one answer counts for, where the platform asks about several accesses with one question.
pub fn together(view: &ItemPage) -> AnyView {
    if view.together.is_empty() {
        return ().into_any();
    }
    let lines = view
        .together
        .iter()
        .map(|one| {
            let gone = one.gone.then(|| view! { " "{tag(Tone::Plain, "gone")} });
            view! { <li>{name(one.access.clone())}<span class="quiet">", "<bdi>{say::path(&one.path)}</bdi></span>{gone}</li> }
        })
        .collect_view();
    let platform = view.ends.platform.as_ref().map_or_else(|| "The platform".to_owned(), |platform| platform.platform.clone());
    let many = i64::try_from(view.together.len()).unwrap_or(i64::MAX);
    let indirect = view.together.iter().any(|one| one.path != GrantPath::Direct).then(|| {
        view! { <p class="fine">"What comes through a group or a rule stays until that ends. A removal counts as proven when all of it is gone."</p> }
    });
    view! {
        <section class=notice_class(Tone::Raise) aria-label="Asked about together">
            <p><b>{format!("{platform} asks about {} at once.", say::many(many, "access", "accesses"))}</b>" One answer counts for all:"</p>
            <ul class="bullets">{lines}</ul>
            {indirect}
        </section>
    }
    .into_any()
}

/// Which removal ends it, and what else that would end (rule 17).
pub fn what_it_would_end(view: &ItemPage) -> AnyView {
    let also = (!view.also_ends.is_empty()).then(|| {
        let lines = view
            .also_ends
            .iter()
            .map(|other| {
                let standing = match (other.answer, other.state, other.another_reviewer) {
                    (Some(answer), ..) => say::answered(answer).to_lowercase(),
                    (None, Some(_), true) => "open, with another reviewer".to_owned(),
                    (None, Some(state), false) => say::review_state(state).to_lowercase(),
                    (None, None, _) => "not in this campaign".to_owned(),
                };
                let application = other.application.clone().map(|application| view! { ", "{name(application)} });
                view! { <li>{name(other.access.clone())}{application}<span class="quiet">" · "{standing}</span></li> }
            })
            .collect_view();
        view! {
            <p>"The same removal would also end:"</p>
            <ul class="bullets">{lines}</ul>
            <p class="fine">"If any of these is to stay, the removal is held and the access's owner is asked. Nothing more than you decide is removed."</p>
        }
    });
    let cannot =
        view.ends.cannot.clone().map(|way| view! { <p class="notice remove"><b>"Cannot be removed from here"</b><bdi>{way}</bdi></p> });
    view! {
        <h3>"What a removal would end"</h3>
        {view.together.is_empty().then(|| view! { <p><bdi>{say::what_ends(&view.path)}</bdi></p> })}
        <p class="fine">{say::finality(&view.ends)}</p>
        {view.ends.platform.as_ref().map(|platform| view! { <p class="fine">{platform.silence.clone()}</p> })}
        {also}
        {cannot}
    }
    .into_any()
}
