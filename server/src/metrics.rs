//! Figures for those who watch the program. No person, item or address stands in them.

use domain::{OrderState, time::SECOND};
use metrics::{Gauge, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use review::{Context, quality::Figure};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};
use store::findings::FindingKind;

/// The states of a job, as the database spells them.
const JOB_STATES: [&str; 4] = ["waiting", "running", "done", "dead"];

const ABOUT: Metadata<'static> = Metadata::new("server", Level::INFO, None);

/// The program's figures. Each running program has its own, so that two in one process do not mix.
#[derive(Clone)]
pub struct Figures {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

/// A stream of events that somebody reads.
pub struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Figures").finish_non_exhaustive()
    }
}

impl Default for Figures {
    fn default() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        Self { recorder: Arc::new(recorder), handle }
    }
}

impl Figures {
    /// Counts an answered request by the route's pattern, never by its address.
    pub fn request(&self, method: &str, route: &str, status: u16, micros: i64) {
        let labels = || vec![Label::new("method", method.to_owned()), Label::new("route", route.to_owned())];
        let mut counted = labels();
        counted.push(Label::new("status", status.to_string()));
        self.recorder.register_counter(&Key::from_parts("countersign_requests_total", counted), &ABOUT).increment(1);
        let took = std::time::Duration::from_micros(u64::try_from(micros).unwrap_or(0)).as_secs_f64();
        self.recorder.register_histogram(&Key::from_parts("countersign_request_seconds", labels()), &ABOUT).record(took);
    }

    /// Counts a sign-in by how it came out.
    pub fn sign_in(&self, outcome: &'static str) {
        let key = Key::from_parts("countersign_sign_ins_total", vec![Label::new("outcome", outcome)]);
        self.recorder.register_counter(&key, &ABOUT).increment(1);
    }

    /// Counts a stream of events as open until what this returns is dropped.
    pub fn stream(&self) -> OpenStream {
        let gauge = self.recorder.register_gauge(&Key::from_static_name("countersign_event_streams"), &ABOUT);
        gauge.increment(1.0);
        OpenStream(gauge)
    }

    fn gauge(&self, name: &'static str, labels: Vec<Label>, value: i64) {
        // A figure of a chart, not stored data: what is beyond 2^53 does not occur.
        #[expect(clippy::cast_precision_loss, reason = "counts and seconds are far below 2^53")]
        self.recorder.register_gauge(&Key::from_parts(name, labels), &ABOUT).set(value as f64);
    }

    /// The figures as text, after reading those that the database knows.
    pub async fn text(&self, ctx: &Context) -> store::Result<String> {
        let now = ctx.env.now();
        let mut tx = ctx.store.read().await?;
        // Every state of a kind that is known, and every state of an order, so that a figure goes back to 0.
        let jobs: BTreeMap<(String, String), i64> =
            tx.count_jobs().await?.into_iter().map(|(kind, state, count)| ((kind, state), count)).collect();
        for kind in jobs.keys().map(|(kind, _)| kind.clone()).collect::<BTreeSet<_>>() {
            for state in JOB_STATES {
                let count = jobs.get(&(kind.clone(), state.to_owned())).copied().unwrap_or(0);
                self.gauge("countersign_jobs", vec![Label::new("kind", kind.clone()), Label::new("state", state)], count);
            }
        }
        self.gauge(
            "countersign_jobs_dead",
            Vec::new(),
            jobs.iter().filter(|((_, state), _)| state == "dead").map(|(_, count)| count).sum(),
        );
        let orders = tx.count_orders().await?;
        for state in OrderState::ALL {
            let count = orders.get(state).copied().unwrap_or(0);
            self.gauge("countersign_orders", vec![Label::new("state", state.as_str())], count);
        }
        let findings = tx.count_open_findings_by_kind().await?;
        for kind in FindingKind::ALL {
            let count = findings.get(kind).copied().unwrap_or(0);
            self.gauge("countersign_findings_open", vec![Label::new("kind", kind.as_str())], count);
        }
        let alerts: BTreeMap<String, i64> = tx.count_open_alerts().await?.into_iter().collect();
        for figure in Figure::ALL {
            let count = alerts.get(figure.as_str()).copied().unwrap_or(0);
            self.gauge("countersign_quality_outside_band", vec![Label::new("figure", figure.as_str())], count);
        }
        self.gauge("countersign_ledger_waiting_entries", Vec::new(), tx.count_unsequenced().await?);
        if let Some((id, _)) = tx.unsequenced(1).await?.first() {
            self.gauge("countersign_ledger_oldest_waiting_seconds", Vec::new(), (now.micros() / 1_000 - made_at(*id)) / 1_000);
        } else {
            self.gauge("countersign_ledger_oldest_waiting_seconds", Vec::new(), 0);
        }
        for source in tx.sources().await? {
            let age = source.last_read_at.map_or(-1, |at| now.since(at) / SECOND);
            self.gauge("countersign_source_age_seconds", vec![Label::new("source", source.id.to_string())], age);
        }
        tx.rollback().await?;
        self.handle.run_upkeep();
        Ok(self.handle.render())
    }
}

/// The milliseconds since 1970 that a version 7 UUID carries.
fn made_at(id: domain::EntryId) -> i64 {
    let (seconds, nanos) = id.0.get_timestamp().map_or((0, 0), |at| at.to_unix());
    i64::try_from(seconds).unwrap_or(0) * 1_000 + i64::from(nanos) / 1_000_000
}
