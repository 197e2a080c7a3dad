//! `countersign shadow`: from files, what would have been recommended, beside what people decided.
#![expect(clippy::cast_precision_loss, reason = "numbers of rows are below 2^52")]

use super::{Common, End, Failure, print_json, say, write_whole};
use clap::Args;
use learn::{Settings, Table, Together, measure};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

/// What `shadow` takes.
#[derive(Debug, Args)]
pub struct Options {
    /// Decisions to learn from, with a header
    #[arg(long, value_name = "CSV")]
    train: PathBuf,
    /// Rows to score, with the same columns; the label may be missing
    #[arg(long, value_name = "CSV")]
    test: PathBuf,
    /// The column that holds the decision
    #[arg(long, value_name = "COLUMN")]
    label: String,
    /// The value of the label that means approved; every other value means not approved
    #[arg(long, value_name = "VALUE")]
    approve: String,
    /// The column that names the entitlement
    #[arg(long, value_name = "COLUMN")]
    entitlement: String,
    /// Where the probabilities go
    #[arg(long, value_name = "CSV")]
    scores: PathBuf,
    /// Where the report goes
    #[arg(long, value_name = "JSON")]
    report: PathBuf,
}

/// The report, `docs/schemas/shadow-1.json`. A null has its reason under `reasons`.
#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    rows: usize,
    train_rows: usize,
    columns: Vec<String>,
    #[serde(flatten)]
    measures: Measures,
    train_seconds: f64,
    score_rows_per_second: f64,
    baselines: BTreeMap<&'static str, Baseline>,
    reasons: BTreeMap<&'static str, String>,
}

#[derive(Debug, Default, Serialize)]
struct Measures {
    auc: Option<f64>,
    log_loss: Option<f64>,
    average_precision_revoke: Option<f64>,
    brier: Option<f64>,
    ece: Option<f64>,
    precision_at_5pct: Option<f64>,
    recall_at_5pct: Option<f64>,
}

/// What a documented rule would have done on the same rows.
#[derive(Debug, Default, Serialize)]
struct Baseline {
    /// What the rule says.
    rule: &'static str,
    auc: Option<f64>,
    revoked_share: Option<f64>,
    precision_revoke: Option<f64>,
    recall_revoke: Option<f64>,
    reason: Option<String>,
}

/// A file's rows without the label, and the label where there is one.
struct File {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    labels: Option<Vec<String>>,
}

fn read(path: &Path, label: &str, needed: bool) -> Result<File, Failure> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|why| Failure::environment(format!("{shown} cannot be read"), why))?;
    let text = std::str::from_utf8(&bytes).map_err(|why| {
        let line = bytes.iter().take(why.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        Failure::Use(format!("{shown}, line {line}: this is not UTF-8. Save the file as UTF-8."))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let names: Vec<String> =
        reader.headers().map_err(|why| Failure::Use(format!("{shown}, line 1: {why}")))?.iter().map(str::to_owned).collect();
    let mut once = BTreeSet::new();
    if let Some((place, twice)) = names.iter().enumerate().find(|(_, name)| !once.insert(name.as_str())) {
        return Err(Failure::Use(format!(
            "{shown}, line 1, column {}: the name {twice:?} stands there a second time. Give each column a name of its own.",
            place + 1
        )));
    }
    let at = names.iter().position(|name| name == label);
    if needed && at.is_none() {
        return Err(missing(path, label, &names, "--label"));
    }
    let (mut rows, mut labels) = (vec![], vec![]);
    for record in reader.records() {
        let record = record.map_err(|why| Failure::Use(format!("{shown}: {why}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != names.len() {
            return Err(Failure::Use(format!(
                "{shown}, line {line}, column {}: the line has {} values, and the header names {} columns. Each line needs a value for each column; an unknown one is empty.",
                record.len().min(names.len()) + 1,
                record.len(),
                names.len()
            )));
        }
        let mut row: Vec<String> = record.iter().map(str::to_owned).collect();
        if let Some(at) = at {
            let value = row.remove(at);
            if value.is_empty() {
                return Err(Failure::Use(format!(
                    "{shown}, line {line}, column {} ({label}): the decision is empty. Leave out rows that nobody decided.",
                    at + 1
                )));
            }
            labels.push(value);
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(Failure::Use(format!("{shown}, line 2: there are no rows. A header and at least one row are needed.")));
    }
    let names = names.into_iter().filter(|name| name != label).collect();
    Ok(File { names, rows, labels: at.map(|_| labels) })
}

fn missing(path: &Path, column: &str, names: &[String], option: &str) -> Failure {
    Failure::Use(format!(
        "{}, line 1: there is no column {column:?}. Its columns are {}. Name one of them with {option}.",
        path.display(),
        names.join(", ")
    ))
}

pub fn run(common: Common, options: &Options) -> Result<End, Failure> {
    if options.label == options.entitlement {
        return Err(Failure::Use(
            "--label and --entitlement name the same column. The decision and what it was about stand in two.".into(),
        ));
    }
    let train = read(&options.train, &options.label, true)?;
    let test = read(&options.test, &options.label, false)?;
    let names: Vec<&str> = train.names.iter().map(String::as_str).collect();
    let entitlement = names
        .iter()
        .position(|name| *name == options.entitlement)
        .ok_or_else(|| missing(&options.train, &options.entitlement, &train.names, "--entitlement"))?;
    let said = |labels: &Option<Vec<String>>| labels.as_ref().map(|all| all.iter().map(|l| *l == options.approve).collect::<Vec<_>>());
    let approved = said(&train.labels).unwrap_or_default();
    if !approved.contains(&true) {
        return Err(Failure::Use(format!(
            "{}: no row has the value {:?} in column {}. Name with --approve the value that means approved.",
            options.train.display(),
            options.approve,
            options.label
        )));
    }
    let places: Vec<usize> = names
        .iter()
        .map(|name| {
            test.names.iter().position(|other| other == name).ok_or_else(|| {
                Failure::Use(format!(
                    "{}, line 1: there is no column {name:?}, which {} has. Both files need the same columns.",
                    options.test.display(),
                    options.train.display()
                ))
            })
        })
        .collect::<Result<_, _>>()?;
    let test_rows: Vec<Vec<&str>> =
        test.rows.iter().map(|row| places.iter().filter_map(|place| row.get(*place)).map(String::as_str).collect()).collect();

    let started = now();
    let table = Table::new(&names, entitlement, &train.rows).map_err(|why| Failure::Use(format!("{}: {why}", options.train.display())))?;
    let together = Together::train(&table, &approved, &test_rows, Settings::default())
        .map_err(|why| Failure::Use(format!("{}: {why}.", options.train.display())))?;
    let train_seconds = started.elapsed().as_secs_f64();

    let started = now();
    let approve = together.probabilities();
    let score_rows_per_second = approve.len() as f64 / started.elapsed().as_secs_f64().max(1e-9);

    let mut scores = String::from("row,approve\n");
    for (row, p) in approve.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(scores, "{row},{p:.9}");
    }
    let answers = said(&test.labels);
    let mut reasons = BTreeMap::new();
    let measures = if let Some(answers) = &answers {
        measured(&approve, answers, &mut reasons)
    } else {
        let why = format!("{} has no column {:?}, so there is nothing to compare with", options.test.display(), options.label);
        for measure in ["auc", "log_loss", "average_precision_revoke", "brier", "ece", "precision_at_5pct", "recall_at_5pct"] {
            reasons.insert(measure, why.clone());
        }
        Measures::default()
    };
    let report = Report {
        schema: "countersign/shadow/1",
        rows: test.rows.len(),
        train_rows: train.rows.len(),
        columns: together.columns().map(str::to_owned).collect(),
        measures,
        train_seconds,
        score_rows_per_second,
        baselines: baselines(&names, entitlement, &train.rows, &approved, &test_rows, answers.as_deref()),
        reasons,
    };
    let mut json = serde_json::to_string_pretty(&report).map_err(|why| Failure::environment("the report could not be written", why))?;
    json.push('\n');
    for (path, bytes) in [(&options.scores, scores.as_bytes()), (&options.report, json.as_bytes())] {
        write_whole(path, bytes).map_err(|why| Failure::environment(format!("{} cannot be written", path.display()), why))?;
    }
    if common.json {
        print_json(&report)?;
    } else {
        say(&format!("{} rows scored into {}; report in {}", test.rows.len(), options.scores.display(), options.report.display()));
    }
    Ok(End::Good)
}

fn measured(approve: &[f64], answers: &[bool], reasons: &mut BTreeMap<&'static str, String>) -> Measures {
    let lowest = measure::at_lowest(0.05, approve, answers);
    let measures = Measures {
        auc: measure::auc(approve, answers),
        log_loss: measure::log_loss(approve, answers),
        average_precision_revoke: measure::average_precision_revoke(approve, answers),
        brier: measure::brier(approve, answers),
        ece: measure::ece(approve, answers),
        precision_at_5pct: lowest.map(|(precision, _)| precision),
        recall_at_5pct: lowest.and_then(|(_, recall)| recall),
    };
    let one_sided = "all rows of the test file were answered alike";
    for (name, value) in [
        ("auc", measures.auc),
        ("average_precision_revoke", measures.average_precision_revoke),
        ("recall_at_5pct", measures.recall_at_5pct),
    ] {
        if value.is_none() {
            reasons.insert(name, one_sided.to_owned());
        }
    }
    measures
}

/// The documented rules of the field on the same rows.
fn baselines(
    names: &[&str],
    entitlement: usize,
    train: &[Vec<String>],
    approved: &[bool],
    test: &[Vec<&str>],
    answers: Option<&[bool]>,
) -> BTreeMap<&'static str, Baseline> {
    let support = peers(names.len(), entitlement, train, approved, test);
    let idle = names.iter().position(|name| *name == "days_since_last_use");
    let unused = |days: f64| -> Result<(Vec<f64>, Vec<bool>), String> {
        let idle = idle.ok_or("the files have no column days_since_last_use")?;
        let days_idle: Option<Vec<f64>> =
            test.iter().map(|row| row.get(idle).and_then(|value| value.parse().ok()).filter(|days: &f64| days.is_finite())).collect();
        let days_idle = days_idle.ok_or("some rows have no number of days in days_since_last_use: unknown use is not no use")?;
        Ok((days_idle.iter().map(|d| -d).collect(), days_idle.iter().map(|d| *d >= days).collect()))
    };
    let rules = [
        ("approve_all", "Approve everything", Ok((vec![0.0; test.len()], vec![false; test.len()]))),
        (
            "peers_70",
            "Approve where more than 70 % of the people who share an attribute hold it, for the attribute where that share is highest",
            Ok((support.clone(), support.iter().map(|share| *share <= 0.7).collect())),
        ),
        ("unused_30_days", "Revoke what was not used for 30 days", unused(30.0)),
        ("unused_90_days", "Revoke what was not used for 90 days", unused(90.0)),
    ];
    rules
        .into_iter()
        .map(|(name, rule, outcome)| {
            let baseline = match (outcome, answers) {
                (Err(reason), _) => Baseline { rule, reason: Some(reason), ..Baseline::default() },
                (Ok(_), None) => {
                    Baseline { rule, reason: Some("the test file has no answers to compare with".into()), ..Baseline::default() }
                }
                (Ok((scores, revoked)), Some(answers)) => {
                    let count = |of: &dyn Fn(bool, bool) -> bool| {
                        revoked.iter().zip(answers).filter(|(revoke, approve)| of(**revoke, **approve)).count() as f64
                    };
                    let (made, right, refused) = (count(&|r, _| r), count(&|r, a| r && !a), count(&|_, a| !a));
                    Baseline {
                        rule,
                        auc: measure::auc(&scores, answers),
                        revoked_share: Some(made / answers.len() as f64),
                        precision_revoke: (made > 0.0).then(|| right / made),
                        recall_revoke: (refused > 0.0).then(|| right / refused),
                        reason: (made == 0.0).then(|| "it revoked nothing, so precision has no meaning".to_owned()),
                    }
                }
            };
            (name, baseline)
        })
        .collect()
}

/// For each test row the highest share, over the attributes, of people with the row's value who were approved for the row's
/// entitlement. A person is a distinct set of attributes: the files name nobody.
fn peers(columns: usize, entitlement: usize, train: &[Vec<String>], approved: &[bool], test: &[Vec<&str>]) -> Vec<f64> {
    let attributes: Vec<usize> = (0..columns).filter(|column| *column != entitlement).collect();
    let mut people: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    let mut group: BTreeMap<(usize, &str), BTreeSet<usize>> = BTreeMap::new();
    let mut holders: BTreeMap<(usize, &str, &str), BTreeSet<usize>> = BTreeMap::new();
    for (row, approved) in train.iter().zip(approved) {
        let profile: Vec<&str> = attributes.iter().filter_map(|column| row.get(*column)).map(String::as_str).collect();
        let next = people.len();
        let person = *people.entry(profile.clone()).or_insert(next);
        let Some(what) = row.get(entitlement) else { continue };
        for (attribute, value) in profile.into_iter().enumerate() {
            group.entry((attribute, value)).or_default().insert(person);
            if *approved {
                holders.entry((attribute, value, what)).or_default().insert(person);
            }
        }
    }
    test.iter()
        .map(|row| {
            let what = row.get(entitlement).copied().unwrap_or_default();
            attributes
                .iter()
                .enumerate()
                .filter_map(|(attribute, column)| {
                    let value = *row.get(*column)?;
                    let all = group.get(&(attribute, value))?.len();
                    Some(holders.get(&(attribute, value, what)).map_or(0, BTreeSet::len) as f64 / all as f64)
                })
                .fold(0.0, f64::max)
        })
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "how long training took is told to people; nothing of it enters a score")]
fn now() -> Instant {
    Instant::now()
}
