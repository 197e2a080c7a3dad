//! The scripted reviewers: what each of them answers, and why.
//!
//! The plan follows from the seed and the item's number alone, so that a run
//! that is finished by another gives the same answers. Most accept what is
//! recommended; some override, some take an answer back, some escalate or hand
//! over, as people do.

use super::{browser::Browser, house::House, html};
use crate::cli::Failure;
use domain::{Answer, AttemptId, Verdict};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
    sync::Mutex,
};

/// An answer that a scripted reviewer saw acknowledged, written down only after the program said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Who gave it: the person's id in the source.
    pub by: String,
    /// The form's attempt.
    pub attempt: AttemptId,
    /// The item's id.
    pub item: String,
    /// What was done: `approve`, `revoke`, `escalate`, `undo` or `hand_over`.
    pub done: String,
}

/// Where acknowledged answers are written, each to the disk before the next is given.
#[derive(Debug)]
pub struct Notebook(Mutex<File>, PathBuf);

impl Notebook {
    /// Opens the notebook of a demo's folder. A half line at its end, of a run that was killed, is left out.
    pub fn open(house: &House) -> Result<Self, Failure> {
        let path = house.acknowledged();
        let whole = read_lines(&path);
        if path.exists() {
            let mut text = whole.iter().filter_map(|line| serde_json::to_string(line).ok()).collect::<Vec<_>>().join("\n");
            if !text.is_empty() {
                text.push('\n');
            }
            crate::cli::write_whole(&path, text.as_bytes())
                .map_err(|why| Failure::environment(format!("{} cannot be written", path.display()), why))?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|why| Failure::environment(format!("{} cannot be opened", path.display()), why))?;
        Ok(Self(Mutex::new(file), path))
    }

    fn write(&self, line: &Acknowledged) -> Result<(), Failure> {
        let failed = |why: std::io::Error| Failure::environment(format!("{} cannot be written", self.1.display()), why);
        let mut text = serde_json::to_vec(line).map_err(|why| Failure::environment("an acknowledged answer cannot be written", why))?;
        text.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&text).map_err(failed)?;
        file.sync_data().map_err(failed)
    }
}

/// Every whole line of a notebook.
pub fn read_lines(path: &std::path::Path) -> Vec<Acknowledged> {
    std::fs::read_to_string(path).unwrap_or_default().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// An item as the plan sees it.
#[derive(Debug, Clone)]
pub struct Task {
    /// The item's id.
    pub id: String,
    /// Its number within the campaign.
    pub number: i64,
    /// What is recommended.
    pub verdict: Option<Verdict>,
}

/// What the plan says of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Answer(Answer),
    /// Answer, take it back, answer otherwise.
    ChangeOfMind(Answer),
    HandOver,
}

fn plan(seed: u64, task: &Task) -> Move {
    // Any fixed mixing of seed and number does; this is one step of SplitMix64.
    let mut mixed = seed.wrapping_add(u64::try_from(task.number).unwrap_or(0).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let draw = (mixed ^ (mixed >> 27)) % 100;
    let agree = match task.verdict {
        Some(Verdict::Revoke) => Answer::Revoke,
        Some(Verdict::Escalate) if draw % 3 == 0 => Answer::Revoke,
        Some(Verdict::Approve | Verdict::Escalate) | None => Answer::Approve,
    };
    let other = if agree == Answer::Approve { Answer::Revoke } else { Answer::Approve };
    match draw {
        0..=3 => Move::HandOver,
        4..=8 => Move::Answer(Answer::Escalate),
        9..=15 => Move::Answer(other),
        16..=21 => Move::ChangeOfMind(agree),
        _ => Move::Answer(agree),
    }
}

/// Answers one item as the plan says. Gives true where something was acknowledged.
pub async fn answer(browser: &mut Browser, notebook: &Notebook, by: &str, seed: u64, task: &Task) -> Result<bool, Failure> {
    match plan(seed, task) {
        Move::Answer(answer) => decide(browser, notebook, by, task, answer).await,
        Move::ChangeOfMind(answer) => {
            let first = if answer == Answer::Approve { Answer::Revoke } else { Answer::Approve };
            if !decide(browser, notebook, by, task, first).await? {
                return Ok(false);
            }
            undo(browser, notebook, by, task).await?;
            decide(browser, notebook, by, task, answer).await
        }
        Move::HandOver => {
            if hand_over(browser, notebook, by, task).await? {
                return Ok(true);
            }
            // Where nobody else may answer, the reviewer does.
            decide(browser, notebook, by, task, Answer::Approve).await
        }
    }
}

async fn decide(browser: &mut Browser, notebook: &Notebook, by: &str, task: &Task, answer: Answer) -> Result<bool, Failure> {
    let page = browser.get(&format!("/items/{}", task.id)).await?;
    let action = format!("/items/{}/decide", task.id);
    // An item that was answered, handed over or gone meanwhile has no form for this person.
    let Some(form) = html::form(&page.body, &action) else {
        return Ok(false);
    };
    let (mut answer, mut form) = (answer, form);
    if answer == Answer::Escalate {
        match html::options(&page.body, "to").into_iter().next() {
            Some(to) => form = form.with("to", to),
            None => answer = Answer::Approve,
        }
    }
    let attempt = attempt(&form)?;
    let sent = browser.submit(&form.with("answer", answer.as_str())).await?;
    if sent.status.is_redirection() {
        notebook.write(&Acknowledged { by: by.to_owned(), attempt, item: task.id.clone(), done: answer.as_str().to_owned() })?;
        return Ok(true);
    }
    // 409 and 422 are answers too: something is as it was not when the page was made, or a rule forbids it.
    if sent.status.is_client_error() {
        return Ok(false);
    }
    Err(Failure::Environment(format!("answering item {} ended with {}", task.number, sent.status)))
}

async fn undo(browser: &mut Browser, notebook: &Notebook, by: &str, task: &Task) -> Result<bool, Failure> {
    let page = browser.get(&format!("/items/{}", task.id)).await?;
    let Some(form) = html::form(&page.body, &format!("/items/{}/undo", task.id)) else {
        return Ok(false);
    };
    let attempt = attempt(&form)?;
    let sent = browser.submit(&form).await?;
    if sent.status.is_redirection() {
        notebook.write(&Acknowledged { by: by.to_owned(), attempt, item: task.id.clone(), done: "undo".to_owned() })?;
    }
    Ok(sent.status.is_redirection())
}

async fn hand_over(browser: &mut Browser, notebook: &Notebook, by: &str, task: &Task) -> Result<bool, Failure> {
    let page = browser.get(&format!("/items/{}", task.id)).await?;
    let (Some(form), Some(to)) =
        (html::form(&page.body, &format!("/items/{}/hand-over", task.id)), html::options(&page.body, "to").into_iter().next())
    else {
        return Ok(false);
    };
    let attempt = attempt(&form)?;
    let sent = browser.submit(&form.with("to", to)).await?;
    if sent.status.is_redirection() {
        notebook.write(&Acknowledged { by: by.to_owned(), attempt, item: task.id.clone(), done: "hand_over".to_owned() })?;
    }
    Ok(sent.status.is_redirection())
}

fn attempt(form: &html::Form) -> Result<AttemptId, Failure> {
    form.fields
        .iter()
        .find(|(name, _)| name == "attempt")
        .and_then(|(_, value)| value.parse().ok())
        .ok_or_else(|| Failure::Environment(format!("the form to {} carries no attempt", form.action)))
}
