//! Trains on one CSV file and scores another, for the benchmark: `fit TRAIN TEST LABEL APPROVE ENTITLEMENT OUT`.
//! Prints seconds of processor time and of the clock that training took.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement of this machine, printed for the script that asked for it"
)]

use std::{error::Error, fmt::Write as _, time::Instant};

fn read(path: &str, label: &str, approve: &str) -> Result<(Vec<String>, Vec<Vec<String>>, Vec<bool>), Box<dyn Error>> {
    let mut file = csv::Reader::from_path(path)?;
    let header: Vec<String> = file.headers()?.iter().map(str::to_owned).collect();
    let at = header.iter().position(|name| name == label).ok_or("the label's column is not there")?;
    let (mut rows, mut approved) = (vec![], vec![]);
    for record in file.records() {
        let mut row: Vec<String> = record?.iter().map(str::to_owned).collect();
        approved.push(row.remove(at) == approve);
        rows.push(row);
    }
    let names = header.into_iter().filter(|name| name != label).collect();
    Ok((names, rows, approved))
}

/// Processor time of this process so far, in seconds; none where the system does not tell.
fn processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [train, test, label, approve, entitlement, out] = arguments.as_slice() else {
        return Err("usage: fit TRAIN TEST LABEL APPROVE ENTITLEMENT OUT".into());
    };
    let (names, known, approved) = read(train, label, approve)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let at = names.iter().position(|name| name == entitlement).ok_or("the entitlement's column is not there")?;
    let (others, rows, _) = read(test, label, approve)?;
    let places: Vec<usize> =
        names.iter().map(|name| others.iter().position(|n| n == name).ok_or("a column is missing")).collect::<Result<_, _>>()?;
    let open: Vec<Vec<&str>> =
        rows.iter().map(|row| places.iter().filter_map(|place| row.get(*place)).map(String::as_str).collect()).collect();
    let (clock, before) = (Instant::now(), processor());
    let table = learn::Table::new(&names, at, &known)?;
    let together = learn::Together::train(&table, &approved, &open, learn::Settings::default())?;
    let (clock, after) = (clock.elapsed().as_secs_f64(), processor());
    let mut lines = String::from("row,approve\n");
    for (number, approve) in together.probabilities().iter().enumerate() {
        writeln!(lines, "{number},{approve:.9}")?;
    }
    std::fs::write(out, lines)?;
    let processor = before.zip(after).map_or(clock, |(before, after)| after - before);
    println!("{processor:.3} {clock:.3}");
    Ok(())
}
