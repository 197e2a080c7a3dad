//! The weekly reconciliation.

use super::{Fail, Fields, Query, Visit, attachment, visit::id};
use app::render::Page;
use axum::{
    body::{Body, Bytes},
    extract::Path,
    response::Response,
};
use domain::Verdict;
use review::{
    reconcile::{self, Decided, Kind},
    view::{self, types::ReconciledLine},
};
use std::io;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

const PLACE: &str = "/reconciliation";

/// The first line of the table.
const HEADER: &str = "kind,campaign,item,person,person_id,access,access_id,application,source,recommended,decided,since\n";

/// `GET /reconciliation`.
pub async fn list(visit: Visit) -> Result<Response, Fail> {
    let page = view::reconciliations(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Reconciliations(Box::new(page))).await)
}

/// `GET /reconciliation/{report}`.
pub async fn page(visit: Visit, path: Path<String>, query: Query) -> Result<Response, Fail> {
    let report: Uuid = id(&visit, &path)?;
    let after = query.filled("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let kind = query.filled("kind").and_then(|word| Kind::from_word(&word));
    let page = view::reconciliation(visit.app.ctx(), &visit.actor, report, kind, after).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(visit.show(Page::Reconciliation(Box::new(page))).await)
}

/// `GET /reconciliation/{report}/report.json`: the very bytes whose SHA-256 the ledger names.
pub async fn document(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let report: Uuid = id(&visit, &path)?;
    let (_, bytes) = reconcile::whole(visit.app.ctx(), &visit.actor, report).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(attachment(&format!("reconciliation-{report}.json"), "application/json", Body::from(bytes)))
}

/// `GET /reconciliation/{report}/lines.csv`: the lines that the reader sees, with today's names.
pub async fn lines(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let report: Uuid = id(&visit, &path)?;
    // Rights first: what is not there for this person has no file.
    let first = view::reconciliation_lines(visit.app.ctx(), &visit.actor, report, 0).await.map_err(|why| visit.fail(why, PLACE))?;
    let (send, receive) = mpsc::channel::<Result<String, io::Error>>(2);
    tokio::spawn(async move {
        let mut next = Ok(first);
        if send.send(Ok(HEADER.to_owned())).await.is_err() {
            return;
        }
        loop {
            let (lines, last) = match next {
                Ok(page) => page,
                Err(why) => {
                    tracing::error!(error = %why, "a table of lines broke off");
                    // The file breaks off, and whoever takes it sees that.
                    let _ = send.send(Err(io::Error::other("the table broke off"))).await;
                    return;
                }
            };
            let mut text = String::new();
            for line in &lines {
                push(&mut text, line);
            }
            if !text.is_empty() && send.send(Ok(text)).await.is_err() {
                return;
            }
            let Some(last) = last else { return };
            next = view::reconciliation_lines(visit.app.ctx(), &visit.actor, report, last).await;
        }
    });
    Ok(attachment(&format!("reconciliation-{report}.csv"), "text/csv; charset=utf-8", Body::from_stream(ReceiverStream::new(receive))))
}

fn push(text: &mut String, line: &ReconciledLine) {
    let item = line.item.map(|(number, _)| number.to_string());
    let since = line.since.to_rfc3339();
    let or = |part: &Option<String>| part.clone().unwrap_or_default();
    connect::cell::push_row(
        text,
        &[
            line.kind.as_str(),
            &or(&line.campaign),
            &or(&item),
            &line.person,
            &or(&line.person_id),
            &line.access,
            &line.access_id,
            &or(&line.application),
            &line.source,
            line.recommended.map_or("", Verdict::as_str),
            line.decided.map_or("", Decided::as_str),
            &since,
        ]
        .map(connect::cell::neutral)
        .each_ref()
        .map(String::as_str),
    );
}

/// `POST /reconciliation/make`.
pub async fn make(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let Some(attempt) = Fields::of(&body).attempt() else {
        return Err(visit.incomplete(PLACE));
    };
    reconcile::ask(visit.app.ctx(), &visit.actor, attempt).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(visit.done(PLACE, "The report is being made. Load the page again to see it.").await)
}
