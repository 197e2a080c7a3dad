//! `make bench-mining`: outliers and roles on real data, beside the yardsticks.
//!
//! Reads `../shared/data/role-mining` (beside the repository), prints the figures and writes
//! `target/bench-mining.json` in the form of `make bench`. Outliers: into each set 1 % false grants are put
//! with 20 seeds (1 to 20), drawn evenly from the empty places or by how common the permission is; the area under
//! the curve of our scores stands beside that of the 20 nearest users by cosine on the same grants. Roles: how many
//! cover each set exactly, beside the fewest known. A goal that is missed is reported and is no failure.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that cannot run should say where")]
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "counts far below 2^52")]

use mine::{Grants, outliers, roles};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use serde::Serialize;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Instant,
};

/// Set, and the fewest roles known to cover it exactly.
const SETS: [(&str, f64); 5] = [("hc", 14.0), ("domino", 20.0), ("emea", 34.0), ("apj", 453.0), ("fire1", 65.0)];
/// Seeds of the injected grants.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;
/// The baseline's neighbours.
const NEAREST: usize = 20;
/// The seed of our own draws.
const OWN_SEED: u64 = 1;

#[derive(Serialize)]
struct Measure {
    name: String,
    value: f64,
    unit: &'static str,
    yardstick: Option<&'static str>,
    yardstick_value: Option<f64>,
    ratio: Option<f64>,
    goal: Option<f64>,
    met: Option<bool>,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = root.join("../shared/data/role-mining");
    if !data.is_dir() {
        say(&format!("Nothing was measured: {} is not there.", data.display()));
        return;
    }
    let sets: Vec<(&str, f64, Grants)> = SETS
        .iter()
        .map(|(name, fewest)| (*name, *fewest, Grants::read(&fs::read(data.join(format!("{name}.txt"))).unwrap()).unwrap()))
        .collect();
    let mut measures = Vec::new();
    for (name, fewest, grants) in &sets {
        let start = now();
        let mined = roles::mine(grants, OWN_SEED);
        let seconds = start.elapsed().as_secs_f64();
        assert!(roles::covers_exactly(grants, &mined), "{name}: the mined roles do not cover the grants exactly");
        let goal = (fewest * 1.1).floor();
        put(
            &mut measures,
            Measure {
                name: format!("roles.{name}: roles that cover every grant exactly"),
                value: mined.len() as f64,
                unit: "roles",
                yardstick: Some("fewest known"),
                yardstick_value: Some(*fewest),
                ratio: Some(mined.len() as f64 / fewest),
                goal: Some(goal),
                met: Some(mined.len() as f64 <= goal),
            },
        );
        put(&mut measures, plain(format!("roles.{name}: time"), seconds, "s"));
    }
    for (name, _, grants) in &sets {
        for even in [true, false] {
            let draws = if even { "drawn evenly" } else { "drawn by popularity" };
            let (mut ours, mut theirs, mut seconds) = ([const { Vec::new() }; 3], [const { Vec::new() }; 3], 0.0);
            for seed in SEEDS {
                let (mixed, planted) = inject(grants, even, seed);
                let start = now();
                let outliers = outliers::score(&mixed, OWN_SEED);
                seconds += start.elapsed().as_secs_f64();
                let scored: Vec<f64> = outliers.iter().map(|one| f64::from(one.outlier)).collect();
                let comparable: Vec<bool> = outliers.iter().map(|one| one.other_holders > 0 && one.other_grants > 0).collect();
                let nearest = nearest_by_cosine(&mixed);
                for (kept, scores) in [(&mut ours, &scored), (&mut theirs, &nearest)] {
                    kept[0].push(area(scores, &planted));
                    kept[1].push(precision(scores, &planted));
                    let only =
                        |list: &[f64]| list.iter().zip(&comparable).filter(|(_, kept)| **kept).map(|(one, _)| *one).collect::<Vec<_>>();
                    let flags: Vec<bool> = planted.iter().zip(&comparable).filter(|(_, kept)| **kept).map(|(one, _)| *one).collect();
                    kept[2].push(area(&only(scores), &flags));
                }
            }
            let [auc, nearest_auc, found, nearest_found] = [&ours[0], &theirs[0], &ours[1], &theirs[1]].map(|list| mean(list));
            let compared = |what: &str, value: f64, yardstick: f64, goal: Option<f64>| Measure {
                name: format!("outliers.{name}: {what}, 1 % false grants {draws}, mean of 20 seeds"),
                value,
                unit: "1",
                yardstick: Some("20 nearest users by cosine"),
                yardstick_value: Some(yardstick),
                ratio: (yardstick > 0.0).then(|| value / yardstick),
                goal,
                met: goal.map(|goal| value >= goal),
            };
            put(&mut measures, compared("AUC", auc, nearest_auc, Some(nearest_auc)));
            put(&mut measures, compared("precision at the number injected", found, nearest_found, None));
            let comparable = "AUC where somebody else holds it and the user holds more";
            put(&mut measures, compared(comparable, mean(&ours[2]), mean(&theirs[2]), None));
            let worst = ours[0].iter().zip(&theirs[0]).map(|(a, b)| a - b).fold(f64::INFINITY, f64::min);
            put(&mut measures, plain(format!("outliers.{name}: smallest lead in AUC of any seed, {draws}"), worst, "1"));
            put(&mut measures, plain(format!("outliers.{name}: time of one run, {draws}"), seconds / SEEDS.count() as f64, "s"));
        }
    }
    let file = root.join("target/bench-mining.json");
    fs::create_dir_all(root.join("target")).unwrap();
    fs::write(&file, serde_json::to_vec_pretty(&serde_json::json!({ "machine": machine(), "measures": measures })).unwrap()).unwrap();
    say(&format!("Written to {}", file.canonicalize().unwrap_or(PathBuf::from("target")).display()));
}

fn plain(name: String, value: f64, unit: &'static str) -> Measure {
    Measure { name, value, unit, yardstick: None, yardstick_value: None, ratio: None, goal: None, met: None }
}

fn put(measures: &mut Vec<Measure>, measure: Measure) {
    let beside = measure.yardstick_value.map_or_else(String::new, |value| format!(" (beside {value:.4})"));
    let verdict = match measure.met {
        Some(true) => ", goal met",
        Some(false) => ", GOAL MISSED",
        None => "",
    };
    say(&format!("{:>10.4} {:<5} {}{beside}{verdict}", measure.value, measure.unit, measure.name));
    measures.push(measure);
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
}

fn mean(list: &[f64]) -> f64 {
    list.iter().sum::<f64>() / list.len() as f64
}

#[expect(clippy::disallowed_methods, reason = "a measurement of this machine; nothing of it enters the product's data")]
fn now() -> Instant {
    Instant::now()
}

fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{}, one thread", model.map_or("unknown processor", |(_, name)| name))
}

/// Puts 1 % false grants in, and says of each pair of the result whether it is one.
fn inject(grants: &Grants, even: bool, seed: u64) -> (Grants, Vec<bool>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |bound: usize| ((u128::from(random.next_u64()) * bound as u128) >> 64) as usize;
    let held: std::collections::BTreeSet<(u32, u32)> = grants.pairs().iter().copied().collect();
    let many = ((held.len() + 50) / 100).max(1);
    let mut planted = std::collections::BTreeSet::new();
    while planted.len() < many {
        let user = below(grants.users().len()) as u32;
        let permission = if even { below(grants.permissions().len()) as u32 } else { grants.pairs()[below(grants.pairs().len())].1 };
        if !held.contains(&(user, permission)) {
            planted.insert((user, permission));
        }
    }
    let named: Vec<(&str, &str)> =
        held.union(&planted).map(|(user, permission)| (grants.user(*user), grants.permission(*permission))).collect();
    let mixed = Grants::of(&named);
    let flags = mixed.pairs().iter().map(|pair| planted.contains(pair)).collect();
    (mixed, flags)
}

/// The yardstick: how few of the 20 nearest users by cosine hold it, weighed by their nearness.
fn nearest_by_cosine(grants: &Grants) -> Vec<f64> {
    let (users, permissions) = (grants.users().len(), grants.permissions().len());
    let mut held = vec![vec![false; permissions]; users];
    let mut of_user = vec![Vec::new(); users];
    let mut of_permission = vec![Vec::new(); permissions];
    for (user, permission) in grants.pairs() {
        held[*user as usize][*permission as usize] = true;
        of_user[*user as usize].push(*permission);
        of_permission[*permission as usize].push(*user as usize);
    }
    let mut scores = Vec::with_capacity(grants.pairs().len());
    for user in 0..users {
        let mut both = vec![0_u32; users];
        for permission in &of_user[user] {
            of_permission[*permission as usize].iter().for_each(|other| both[*other] += 1);
        }
        let near = |other: usize| f64::from(both[other]) / ((of_user[user].len() * of_user[other].len()) as f64).sqrt();
        let mut others: Vec<(f64, usize)> = (0..users).filter(|other| *other != user).map(|other| (near(other), other)).collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        others.truncate(NEAREST);
        let all: f64 = others.iter().map(|(near, _)| near).sum();
        for permission in &of_user[user] {
            let with: f64 = others.iter().filter(|(_, other)| held[*other][*permission as usize]).map(|(near, _)| near).sum();
            scores.push(if all > 0.0 { 1.0 - with / all } else { 1.0 });
        }
    }
    scores
}

/// The area under the receiver's curve; equal scores count half.
fn area(scores: &[f64], planted: &[bool]) -> f64 {
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(planted.iter().copied()).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum, mut ones) = (0.0, 0.0, 0.0);
    for equal in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let here = equal.iter().filter(|(_, planted)| *planted).count() as f64;
        let rest = equal.len() as f64 - here;
        sum += here * (below + rest / 2.0);
        below += rest;
        ones += here;
    }
    sum / (below * ones)
}

/// Of as many of the strangest as were injected, the share that was injected; equal scores count by their share.
fn precision(scores: &[f64], planted: &[bool]) -> f64 {
    let many = planted.iter().filter(|planted| **planted).count();
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(planted.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut taken, mut hits) = (0, 0.0);
    for equal in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let room = (many - taken).min(equal.len());
        let here = equal.iter().filter(|(_, planted)| *planted).count() as f64;
        hits += here * room as f64 / equal.len() as f64;
        taken += room;
    }
    hits / many as f64
}
