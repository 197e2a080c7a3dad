//! What holds for any files.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{Folder, GRANTS};
use connect::{EntitlementRecord, Error, GrantRecord, PersonRecord};
use domain::{AccountStatus, Employment, GrantPath, Sensitivity, Timestamp, WorkingTime};
use proptest::{collection::vec, option, prelude::*, sample};
use std::fs;

/// Free text as the reader gives it back: no controls, no spaces around it, not empty.
fn text() -> impl Strategy<Value = String> {
    "[^\\p{C}\\s][^\\p{C}]{0,12}[^\\p{C}\\s]".prop_filter("visible", |t| t.trim() == t)
}

fn status() -> impl Strategy<Value = Option<AccountStatus>> {
    option::of(sample::select(AccountStatus::ALL))
}

fn moment() -> impl Strategy<Value = Option<Timestamp>> {
    option::of((0_i64..1_700_000_000_000).prop_map(|millis| Timestamp(millis * 1_000)))
}

fn path() -> impl Strategy<Value = GrantPath> {
    prop_oneof![
        Just(GrantPath::Direct),
        text().prop_map(GrantPath::Group),
        text().prop_map(GrantPath::Rule),
        text().prop_map(GrantPath::Role),
    ]
}

#[derive(Debug, Clone)]
struct Tables {
    people: Vec<PersonRecord>,
    entitlements: Vec<EntitlementRecord>,
    grants: Vec<GrantRecord>,
}

fn employment() -> impl Strategy<Value = Employment> {
    (option::of(text()), option::of(text()), option::of(sample::select(WorkingTime::ALL)))
        .prop_map(|(kind, site, working_time)| Employment { kind, site, working_time })
}

fn tables() -> impl Strategy<Value = Tables> {
    let people = vec((option::of(text()), option::of(text()), status(), moment(), employment()), 1..6);
    let entitlements = vec((option::of(text()), option::of(text()), option::of(sample::select(Sensitivity::ALL))), 1..5);
    let grants = vec((any::<sample::Index>(), any::<sample::Index>(), path(), moment()), 0..12);
    (people, entitlements, grants).prop_map(|(people, entitlements, grants)| {
        let people: Vec<_> = people
            .into_iter()
            .enumerate()
            .map(|(i, (name, title, status, start, employment))| PersonRecord {
                external_id: format!("p{i}"),
                employee_id: None,
                name,
                email: None,
                title,
                department: None,
                manager_id: (i > 0).then(|| "p0".to_owned()),
                status,
                start,
                end: None,
                changed_job_on: None,
                employment,
                risk: None,
            })
            .collect();
        let entitlements: Vec<_> = entitlements
            .into_iter()
            .enumerate()
            .map(|(i, (name, description, sensitivity))| EntitlementRecord {
                external_id: format!("e{i}"),
                name,
                application: None,
                description,
                sensitivity,
                owner_id: None,
            })
            .collect();
        let mut grants: Vec<_> = grants
            .into_iter()
            .map(|(p, e, path, granted_on)| GrantRecord {
                person_id: p.get(&people).external_id.clone(),
                entitlement_id: e.get(&entitlements).external_id.clone(),
                path,
                granted_on,
                held_by: None,
                granted_by: None,
            })
            .collect();
        grants.sort_by(|a, b| (&a.person_id, &a.entitlement_id, &a.path).cmp(&(&b.person_id, &b.entitlement_id, &b.path)));
        grants.dedup_by(|a, b| (&a.person_id, &a.entitlement_id, &a.path) == (&b.person_id, &b.entitlement_id, &b.path));
        Tables { people, entitlements, grants }
    })
}

fn table(header: &str, rows: impl Iterator<Item = Vec<String>>, crlf: bool) -> Vec<u8> {
    let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer = csv::WriterBuilder::new().terminator(end).from_writer(Vec::new());
    writer.write_record(header.split(',')).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

fn or_empty(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

fn time(value: Option<Timestamp>) -> String {
    value.map(Timestamp::to_rfc3339).unwrap_or_default()
}

fn folder(tables: &Tables, turned: bool, crlf: bool) -> Folder {
    let turn = |mut rows: Vec<Vec<String>>| {
        if turned {
            rows.reverse();
        }
        rows.into_iter()
    };
    let people = tables.people.iter().map(|p| {
        let status = p.status.map(|s| s.to_string()).unwrap_or_default();
        vec![
            or_empty(p.name.as_ref()),
            p.external_id.clone(),
            or_empty(p.manager_id.as_ref()),
            status,
            or_empty(p.title.as_ref()),
            time(p.start),
            or_empty(p.employment.kind.as_ref()),
            or_empty(p.employment.site.as_ref()),
            p.employment.working_time.map(|of| of.to_string()).unwrap_or_default(),
        ]
    });
    let entitlements = tables.entitlements.iter().map(|e| {
        let sensitivity = e.sensitivity.map(|s| s.to_string()).unwrap_or_default();
        vec![e.external_id.clone(), or_empty(e.description.as_ref()), sensitivity, or_empty(e.name.as_ref())]
    });
    let grants = tables.grants.iter().map(|g| vec![time(g.granted_on), g.path.to_string(), g.person_id.clone(), g.entitlement_id.clone()]);
    Folder::empty()
        .put(
            "people.csv",
            table("name,person_id,manager_id,status,title,start,employment_type,site,working_time", turn(people.collect()), crlf),
        )
        .put("entitlements.csv", table("entitlement_id,description,sensitivity,name", turn(entitlements.collect()), crlf))
        .put("grants.csv", table("granted_on,path,person_id,entitlement_id", turn(grants.collect()), crlf))
}

/// Fields of what is nearly a row.
const NEARLY: [&str; 13] = ["p1", "p2", "e1", "e2", "direct", "group:x", "", "\"", "\"p1", "p1\"", "a\"b", "\"\"", "2020-01-01"];

/// A line without line breaks: any bytes, or what is nearly a row.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let bytes = vec(prop_oneof![Just(b'"'), Just(b','), any::<u8>()], 1..30)
        .prop_filter("one line", |bytes| bytes.iter().all(|b| !matches!(b, b'\n' | b'\r')));
    let row = vec(sample::select(&NEARLY[..]), 4..7).prop_map(|fields| fields.join(",").into_bytes());
    prop_oneof![bytes, row]
}

const FILES: [&str; 5] = ["people.csv", "entitlements.csv", "grants.csv", "usage.csv", "decisions.csv"];

/// How many cases: a few, or as many as `PROPTEST_CASES` asks for.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(128), ..ProptestConfig::default() })]

    /// Well-formed tables are read as they were written, whatever their texts hold and however their rows are ordered.
    #[test]
    fn well_formed_tables_survive(tables in tables(), crlf in any::<bool>()) {
        let reading = folder(&tables, false, crlf).read();
        prop_assert_eq!(&reading.people, &tables.people);
        prop_assert_eq!(&reading.entitlements, &tables.entitlements);
        prop_assert_eq!(&reading.grants, &tables.grants);
        let turned = folder(&tables, true, crlf).read();
        prop_assert_eq!(turned.population_hash(), reading.population_hash());
    }

    /// Spoilt bytes never end the program: the files are read, or every problem names its file.
    #[test]
    fn spoilt_bytes_are_read_or_told(
        file in sample::select(&FILES[..]),
        spoils in vec((any::<sample::Index>(), prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(0), any::<u8>()], 0..3), 1..6),
    ) {
        let folder = Folder::sound();
        let path = folder.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        for (at, byte, how) in spoils {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        fs::write(&path, bytes).unwrap();
        match folder.try_read() {
            Ok(reading) => prop_assert_eq!(reading.pages.len(), 5),
            Err(Error::Broken(report)) => {
                prop_assert!(!report.is_empty());
                prop_assert!(report.problems.iter().all(|p| FILES.contains(&p.file.as_str())));
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    /// Nothing that a line holds changes how another line is read.
    #[test]
    fn a_line_speaks_for_itself(garbage in line(), at in 0_usize..4) {
        let rows = ["p1,e1,direct,,", "p1,e2,\"group:A, B\",,", "p2,e1,direct,2020-01-01,p1"];
        let mut lines: Vec<&[u8]> = rows.iter().map(|r| r.as_bytes()).collect();
        lines.insert(at, &garbage);
        let mut file = GRANTS.as_bytes().to_vec();
        for line in lines {
            file.extend_from_slice(line);
            file.push(b'\n');
        }
        let folder = Folder::sound().without("usage.csv").without("decisions.csv");
        match folder.put("grants.csv", file).try_read() {
            Ok(reading) => {
                let paths = [("p1", "e1", "direct"), ("p1", "e2", "group:A, B"), ("p2", "e1", "direct")];
                for (person, entitlement, path) in paths {
                    prop_assert!(reading.grant(person, entitlement, &path.parse().unwrap()).is_some());
                }
            }
            Err(Error::Broken(report)) => {
                for problem in &report.problems {
                    // A row of the same key is told at the later of the two.
                    let repeat = problem.found == format!("a repeat of line {} of grants.csv", 2 + at);
                    prop_assert!(repeat || problem.line == Some(2 + at as u64), "{problem}");
                }
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
