//! How well recommendations hold.

use super::{
    fairness,
    shadow::kind,
    types::{AlertLine, QualityCause, QualityInput, QualityMeasured, QualityPage, QualityVersion},
};
use crate::{
    Actor, Context, Error, Result,
    jobs::JobKind,
    quality::{self, Document, Figure, Reading, Standing, week_start},
};
use domain::{Action, Object, Timestamp};
use store::quality::{Alert, Measurement};

/// Figures that are back, as many as are listed.
const ENDED: i64 = 20;

/// `/quality`.
///
/// # Errors
/// [`Error::NotFound`] where the reader may not see it.
pub async fn quality(ctx: &Context, actor: &Actor) -> Result<QualityPage> {
    actor.require(Action::View, Object::Quality, false)?;
    let mut tx = ctx.store.read().await?;
    let measured = match quality::read(&mut tx).await? {
        Some((document, kept)) => Some(measured(document, &kept)?),
        None => None,
    };
    let found = crate::fairness::read(&mut tx).await?;
    let fairness = match &found {
        Some(_) => Some(fairness::stands(ctx, &mut tx, found.as_ref()).await?),
        None => None,
    };
    let lines = |alerts: Vec<Alert>| alerts.into_iter().map(line).collect::<Result<Vec<_>>>();
    Ok(QualityPage {
        measured,
        open: lines(tx.open_alerts().await?)?,
        ended: lines(tx.ended_alerts(ENDED).await?)?,
        attempt: actor.may(Action::Make, Object::Quality, false).then(|| ctx.env.id()),
        under_way: tx.living_job(&JobKind::MeasureQuality { by: None }.dedupe()).await?.is_some(),
        fairness,
    })
}

fn measured(document: Document, kept: &Measurement) -> Result<QualityMeasured> {
    let time = |text: &str| text.parse::<Timestamp>().map_err(|why| Error::Inconsistent(format!("measurement {}: {why}", kept.id)));
    let figures = document.measured;
    let readings = figures.readings;
    let find = |version: Option<&str>, figure: Figure, part: Option<&str>| {
        readings.iter().find(|of| of.version.as_deref() == version && of.figure == figure && of.part.as_deref() == part).cloned()
    };
    let versions = figures.versions.into_iter().map(|of| {
        let name = of.version.as_str();
        let own = |reading: &&Reading| reading.version.as_deref() == Some(name);
        QualityVersion {
            overall: of.overall,
            readings: readings.iter().filter(own).filter(|reading| reading.part.is_none()).cloned().collect(),
            calibration: of.calibration,
            causes: of
                .parts
                .into_iter()
                .map(|part| QualityCause {
                    outside: readings.iter().filter(own).any(|reading| {
                        reading.part.as_deref() == Some(&part.cause)
                            && reading.figure != Figure::Inputs
                            && reading.standing == Standing::Outside
                    }),
                    name: kind(&part.cause),
                    figures: part.figures,
                })
                .collect(),
            inputs: of
                .inputs
                .into_iter()
                .map(|spread| QualityInput { reading: find(Some(name), Figure::Inputs, Some(&spread.of)), spread })
                .collect(),
            recommended: of.recommended,
            version: of.version,
        }
    });
    Ok(QualityMeasured {
        at: kept.measured_at,
        window_from: time(&document.window_from)?,
        before_from: time(&document.before_from)?,
        reversals: (time(&document.reversals_from)?, time(&document.reversals_until)?),
        versions: versions.collect(),
        decided_reading: find(None, Figure::Decided, None),
        decided: figures.decided,
        week_starts: figures.weeks.iter().map(|week| week_start(week.week)).collect(),
        weeks: figures.weeks,
        sha256: hex::encode(kept.sha256),
        unreadable: document.unreadable,
    })
}

fn line(alert: Alert) -> Result<AlertLine> {
    let figure: Figure = alert.figure.parse().map_err(|why| Error::Inconsistent(format!("alert {}: {why}", alert.id)))?;
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(AlertLine {
        figure,
        version: some(alert.version),
        part: some(alert.part).map(|part| if figure == Figure::Inputs { part } else { kind(&part) }),
        value: alert.value,
        band: alert.band,
        cases: alert.cases,
        raised_at: alert.raised_at,
        ended_at: alert.ended_at,
        not_measured: alert.ended_because.as_deref() == Some("not_measured"),
    })
}
