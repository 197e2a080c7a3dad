//! `GET /campaigns/{id}/events`: says when a campaign's figures changed, as server-sent events.

use super::{Fail, Visit, visit::id};
use axum::{
    extract::Path,
    http::StatusCode,
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{CampaignId, CampaignState};
use review::view::{self, types::CampaignFigures};
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// How often the figures are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The stream. It ends when the campaign is closed, the session is over, the reader leaves or the program stops.
pub async fn events(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    // Rights first: what is not there for this person has no stream.
    let first = figures(&visit, campaign).await.map_err(|why| visit.fail(why, "/campaigns"))?;
    if first.state == CampaignState::Closed {
        // Browsers begin an ended stream again by themselves; this answer tells them to stop (HTML, Server-sent events).
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let (send, receive) = mpsc::channel::<Result<Event, Infallible>>(4);
    let counted = visit.app.figures().stream();
    tokio::spawn(async move {
        let _counted = counted;
        let mut last = first;
        loop {
            tokio::select! {
                () = visit.app.stopping().cancelled() => return,
                () = send.closed() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            if !visit.app.sessions().lasts(visit.hash).await.unwrap_or(false) {
                return;
            }
            let Ok(now) = figures(&visit, campaign).await else {
                return;
            };
            let closed = now.state == CampaignState::Closed;
            if now != last {
                last = now;
                if send.send(Ok(Event::default().event("progress").data("changed"))).await.is_err() {
                    return;
                }
            }
            if closed {
                return;
            }
        }
    });
    Ok(Sse::new(ReceiverStream::new(receive)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
}

/// What the page shows that moves, without anybody's name.
async fn figures(visit: &Visit, campaign: CampaignId) -> review::Result<CampaignFigures> {
    view::campaign_figures(visit.app.ctx(), &visit.actor, campaign).await
}
