//! What a reviewer does with each question: answers it, changes the answer, or passes it on to somebody else, who answers it
//! then. Okta gives what is passed on to the other person too; Entra has no such thing, and the program says so.

use crate::{
    Dice,
    people::{Asked, Desk, Passed, Person, Place, REVIEWERS, Reviewer, Try},
};
use domain::{Answer, AttemptId, IdentityId, ItemId, RevokeWhy, Role, SourceId, UserId};
use store::decisions::HandoverKind;
use tokio::sync::mpsc;
use url::Url;

/// How a reviewer tells the others what was passed on to them, and hears it.
pub struct Mail {
    pub others: Vec<(IdentityId, mpsc::UnboundedSender<Asked>)>,
    pub mine: mpsc::UnboundedReceiver<Asked>,
}

/// What came of passing a question on.
enum Passing {
    Done,
    /// Nobody knows; the person left it at that.
    GivenUp,
    /// It is still theirs to answer.
    Refused,
}

/// A reviewer answers what they are asked, or passes it on; then what the others passed on to them. The first links their
/// accounts before, the others when answers wait already.
pub async fn answer_all(desk: Desk, number: usize, reviewer: Reviewer, mail: Mail, dice: Dice) {
    let (person, user, identity) = desk.person(&format!("reviewer {number}"), Some(&reviewer.email), Role::Reviewer).await;
    assert_eq!(identity, Some(reviewer.identity), "{} is known by the e-mail address", reviewer.email);
    let Mail { others, mut mine } = mail;
    let links_at = number * reviewer.items.len() / (REVIEWERS + 1);
    for (at, asked) in reviewer.items.iter().enumerate() {
        if at == links_at {
            for (source, account) in &reviewer.accounts {
                link(&person, *source, account).await;
                desk.book.links.lock().unwrap().push((user, *source));
            }
        }
        if dice.one_in(4) {
            let (to, told) = &others[usize::try_from(dice.up_to(others.len() as u64 - 1)).unwrap()];
            let kind = if dice.one_in(2) { HandoverKind::Escalate } else { HandoverKind::HandOver };
            match passes_on(&desk, &person, (user, reviewer.identity), *asked, kind, *to, &dice).await {
                Passing::Done => {
                    told.send(*asked).unwrap();
                    continue;
                }
                Passing::GivenUp => continue,
                Passing::Refused => {}
            }
        }
        decides(&desk, &person, user, asked.item, &dice).await;
    }
    // Nothing more comes from here; the others hear that.
    drop(others);
    while let Some(asked) = mine.recv().await {
        decides(&desk, &person, user, asked.item, &dice).await;
    }
}

/// Answers an item, and now and then changes the answer.
async fn decides(desk: &Desk, person: &Person, user: UserId, item: ItemId, dice: &Dice) {
    let answer = if dice.one_in(3) { Answer::Approve } else { Answer::Revoke };
    let recorded = answers(desk, person, user, item, answer, dice).await;
    if recorded && dice.one_in(6) {
        let other = if answer == Answer::Approve { Answer::Revoke } else { Answer::Approve };
        answers(desk, person, user, item, other, dice).await;
    }
}

/// Escalates an item, or hands it over.
async fn passes_on(
    desk: &Desk,
    person: &Person,
    (by, from): (UserId, IdentityId),
    Asked { item, place }: Asked,
    kind: HandoverKind,
    to: IdentityId,
    dice: &Dice,
) -> Passing {
    let page = person.get(&format!("/items/{item}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let path = match kind {
        HandoverKind::Escalate => format!("/items/{item}/decide"),
        HandoverKind::HandOver => format!("/items/{item}/hand-over"),
    };
    let form = format!("action=\"{path}\"");
    let hidden = |name: &'static str| Some((name, page.hidden(&form, name)?));
    let Some((_, attempt)) = hidden("attempt") else {
        assert!(kind == HandoverKind::HandOver && place == Place::Entra, "{path} is not offered: {}", page.body);
        return Passing::Refused;
    };
    let attempt: AttemptId = attempt.parse().unwrap();
    let mut fields: Vec<(&str, String)> = ["attempt", "expected_version", "shown"].into_iter().filter_map(hidden).collect();
    fields.extend([("to", to.to_string()), ("note", "Knows better than I do.".to_owned())]);
    if kind == HandoverKind::Escalate {
        fields.push(("answer", Answer::Escalate.to_string()));
        desk.book.tries.lock().unwrap().push(Try { item, attempt, answer: Answer::Escalate, by, acknowledged: false });
    }
    desk.book.passed.lock().unwrap().push(Passed { item, attempt, kind, from, to, by, acknowledged: false });
    loop {
        match person.once_post(&path, &fields).await {
            Some(got) if got.status == 303 => {
                assert!(place != Place::Entra, "Entra gives no item to somebody else, and the program said that it did");
                let (mut tries, mut passed) = (desk.book.tries.lock().unwrap(), desk.book.passed.lock().unwrap());
                tries.iter_mut().filter(|one| one.attempt == attempt).for_each(|one| one.acknowledged = true);
                passed.iter_mut().filter(|one| one.attempt == attempt).for_each(|one| one.acknowledged = true);
                return Passing::Done;
            }
            // Whom it was to go to may not answer it, or the platform has no such thing: nothing was changed.
            Some(got) if got.status == 422 || got.status == 409 => return Passing::Refused,
            Some(got) => panic!("{path} answered {}: {}", got.status, got.body),
            None if dice.one_in(3) => return Passing::GivenUp,
            None => {}
        }
    }
}

/// Answers an item. False where nothing was acknowledged.
async fn answers(desk: &Desk, person: &Person, by: UserId, item: ItemId, answer: Answer, dice: &Dice) -> bool {
    let page = person.get(&format!("/items/{item}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let path = format!("/items/{item}/decide");
    let form = format!("action=\"{path}\"");
    // What is final at its platform, or on its way there, has no form any more.
    let Some(attempt) = page.hidden(&form, "attempt") else { return false };
    let mut fields = vec![("attempt", attempt.clone())];
    fields.extend(["expected_version", "shown"].map(|name| (name, page.hidden(&form, name).unwrap())));
    fields.extend([("answer", answer.to_string()), ("note", "Talked it over with the team.".to_owned())]);
    if answer == Answer::Revoke {
        fields.push(("why", RevokeWhy::NoLongerNeeded.to_string()));
    }
    let attempt: AttemptId = attempt.parse().unwrap();
    desk.book.tries.lock().unwrap().push(Try { item, attempt, answer, by, acknowledged: false });
    loop {
        match person.once_post(&path, &fields).await {
            Some(got) if got.status == 303 => {
                let mut tries = desk.book.tries.lock().unwrap();
                tries.iter_mut().filter(|one| one.attempt == attempt).for_each(|one| one.acknowledged = true);
                return true;
            }
            // Final or on its way since the page was opened: the program said that nothing was recorded.
            Some(got) if got.status == 409 => return false,
            Some(got) => panic!("{path} answered {}: {}", got.status, got.body),
            None if dice.one_in(3) => return false,
            None => {}
        }
    }
}

/// Links an account, from the beginning as often as it takes for the account's page to show it.
async fn link(person: &Person, source: SourceId, account: &str) {
    loop {
        let begun = person.get(&format!("/account/link/{source}")).await;
        assert_eq!(begun.status, 303, "{}", begun.body);
        let back = come_back(&begun.location, account).await;
        if person.once_get(&back).await.is_some_and(|done| done.status == 303)
            && person.get("/account").await.body.contains(&format!("action=\"/account/unlink/{source}\""))
        {
            return;
        }
    }
}

/// What a browser does at the platform: signs in with this account, allows, and comes back to this path and query.
async fn come_back(url: &str, account: &str) -> String {
    let url = Url::parse(url).unwrap();
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.push(("sign_in_as".to_owned(), account.to_owned()));
    form.push(("allow".to_owned(), "yes".to_owned()));
    let mut action = url.clone();
    action.set_query(None);
    if action.path().ends_with("/oauth2/v2.0/authorize") {
        let tenant = action.path_segments().unwrap().next().unwrap().to_owned();
        action.set_path(&format!("/{tenant}/sign-in"));
    }
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(crate::PATIENCE);
    let back = browser.build().unwrap().post(action).form(&form).send().await.unwrap();
    let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
    format!("{}?{}", back.path(), back.query().unwrap_or_default())
}
