//! What is wrong with a folder is told with where, what was found, what was expected and what to do.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{DECISIONS, ENTITLEMENTS, Folder, GRANTS, PEOPLE, USAGE};
use connect::{Error, files::Limits};

#[test]
fn every_row_and_file_is_looked_at_before_the_answer() {
    let folder = Folder::sound()
        .put(
            "people.csv",
            format!(
                "{PEOPLE}p1,Ada,ada,,,,actve,2020-13-01,,\n\
                 ,Bo,,,,,active,,,\n\
                 =p3,Cy,,,,,active,,,\n\
                 \" p4\",Di,,,,,active,,,\n\
                 p\u{200b}5,Ed,,,,,active,,,\n\
                 p6,Fy\u{7},,,,,active,yesterday,21.11.2026,2026-11-21T08:10:44\n\
                 p7,Gus\n\
                 p8,Hal,,,,,active,,,,,\n\
                 p9,Ian,,,,,active,,,\n\
                 p9,Ida,,,,,active,,,\n"
            ),
        )
        .put("entitlements.csv", format!("{ENTITLEMENTS}e1,A,,,secret,\ne2,B,,,low,+p1\n"))
        .put(
            "grants.csv",
            format!(
                "{GRANTS}p1,e1,grup:AP,,\n\
                 p9,e1,nested:AP,,\n\
                 p9,e1,,,\n\
                 nobody,e1,direct,,\n\
                 p9,nothing,direct,,\n\
                 p1,e2,direct,2020-01-01,\n\
                 p1,e2,direct,2021-01-01,\n"
            ),
        )
        .put(
            "usage.csv",
            format!(
                "{USAGE}p1,e1,,3,90,entitlement\n\
                 p1,e2,2026-11-01,91,90,entitlement\n\
                 p9,e1,2026-11-01,1.5,0,month\n\
                 p9,e2,2026-11-01,1,,\n"
            ),
        )
        .put("decisions.csv", format!("{DECISIONS}p1,e1,aprove,,,\np1,e2,,,,reviewd\n"));
    insta::assert_snapshot!(folder.problems().join("\n"), @r#"
    people.csv, line 2, column email: found "ada"; expected an address such as name@example.org, or nothing. Correct the address, or leave the field empty.
    people.csv, line 2, column status: found "actve"; expected one of active, disabled, leave, left, service, shared, guest. Use one of these words.
    people.csv, line 2, column start: found "2020-13-01"; expected a date such as 2026-11-21, or a date and time with zone such as 2026-11-21T08:10:44Z, from 1900 to 2199. Write the date in this form, or leave the field empty where it is unknown.
    people.csv, line 3, column person_id: found an empty field; expected an id. Fill the field in, or remove the row.
    people.csv, line 4, column person_id: found "=p3"; expected an id that does not begin with =, +, - or @. Ids go into ticket files, where a spreadsheet would take this one for a formula; give it another first character in every file.
    people.csv, line 5, column person_id: found " p4"; expected an id without spaces around it. Remove the spaces, in every file that names this id.
    people.csv, line 6, column person_id: found "p\u{200b}5"; expected an id without invisible characters. Remove the invisible characters, in every file that names this id.
    people.csv, line 7, column name: found "Fy\u{0007}"; expected text without control characters. Remove the control characters.
    people.csv, line 7, column start: found "yesterday"; expected a date such as 2026-11-21, or a date and time with zone such as 2026-11-21T08:10:44Z, from 1900 to 2199. Write the date in this form, or leave the field empty where it is unknown.
    people.csv, line 7, column end: found "21.11.2026"; expected a date such as 2026-11-21, or a date and time with zone such as 2026-11-21T08:10:44Z, from 1900 to 2199. Write the date in this form, or leave the field empty where it is unknown.
    people.csv, line 7, column changed_job_on: found "2026-11-21T08:10:44"; expected a date such as 2026-11-21, or a date and time with zone such as 2026-11-21T08:10:44Z, from 1900 to 2199. Write the date in this form, or leave the field empty where it is unknown.
    people.csv, line 8: found 2 fields; expected 10 fields, as the header has. Add what is missing, or put a field that holds a comma into quotes.
    people.csv, line 9: found 12 fields; expected 10 fields, as the header has. Add what is missing, or put a field that holds a comma into quotes.
    people.csv, line 11, column person_id: found a repeat of line 10 of people.csv; expected one row for each. The two rows differ in their other columns; keep the one that is right.
    entitlements.csv, line 2, column sensitivity: found "secret"; expected one of low, medium, high, privileged. Use one of these words.
    entitlements.csv, line 3, column owner_id: found "+p1"; expected an id that does not begin with =, +, - or @. Ids go into ticket files, where a spreadsheet would take this one for a formula; give it another first character in every file.
    grants.csv, line 2, column path: found "grup:AP"; expected direct, group:NAME, rule:NAME, nested:INNER>OUTER, role:NAME or package:NAME. Write the path in one of these forms.
    grants.csv, line 3, column path: found "nested:AP"; expected direct, group:NAME, rule:NAME, nested:INNER>OUTER, role:NAME or package:NAME. Write the path in one of these forms.
    grants.csv, line 4, column path: found an empty field; expected direct, group:NAME, rule:NAME, nested:INNER>OUTER, role:NAME or package:NAME. Fill the field in, or remove the row.
    grants.csv, line 5, column person_id: found "nobody"; expected a person_id of people.csv. Add the person to people.csv, or remove the grant.
    grants.csv, line 6, column entitlement_id: found "nothing"; expected an entitlement_id of entitlements.csv. Add the entitlement to entitlements.csv, or remove the grant.
    grants.csv, line 8, column person_id, entitlement_id, path: found a repeat of line 7 of grants.csv; expected one row for each. The two rows differ in their other columns; keep the one that is right.
    usage.csv, line 2, column last_used: found an empty field beside 3 days of use; expected the date of the last use. Say when it was last used; or, where no use was seen, write 0 days.
    usage.csv, line 3, column days_used: found "91"; expected a whole number from 0 to 90. Correct the number.
    usage.csv, line 4, column window_days: found "0"; expected a whole number from 1 to 3660. Correct the number.
    usage.csv, line 4, column days_used: found "1.5"; expected a whole number from 0 to 3660. Correct the number.
    usage.csv, line 4, column grain: found "month"; expected one of entitlement, action, application, tenant. Use one of these words.
    usage.csv, line 5, column window_days: found an empty field; expected a whole number from 1 to 3660. Fill the field in, or remove the row.
    usage.csv, line 5, column grain: found an empty field; expected one of entitlement, action, application, tenant. Fill the field in, or remove the row.
    decisions.csv, line 2, column decision: found "aprove"; expected one of approve, revoke, escalate. Use one of these words.
    decisions.csv, line 3, column decision: found an empty field; expected one of approve, revoke, escalate. Fill the field in, or remove the row.
    decisions.csv, line 3, column how: found "reviewd"; expected one of reviewed, bulk, default, exception, platform. Use one of these words.
    "#);
}

#[test]
fn files_that_are_missing_or_empty_are_told() {
    let folder = Folder::empty().put("entitlements.csv", "").put("grants.csv", "\n\n");
    insta::assert_snapshot!(folder.problems().join("\n"), @r"
    people.csv: found no such file; expected a file with the columns person_id, name, email, title, department, manager_id, status, start, end, changed_job_on, employment_type, site, working_time. Put the file into the folder and read it again.
    entitlements.csv: found an empty file; expected a header with the columns entitlement_id, name, application, description, sensitivity, owner_id. Write the file again.
    grants.csv, line 1: found no header; expected a header with the columns person_id, entitlement_id, path, granted_on, granted_by. Write the file again.
    ");
}

#[test]
fn a_folder_that_is_not_there_is_the_environments_failing() {
    let folder = Folder::empty();
    let nowhere = folder.path().join("nowhere");
    let read = connect::files::read(&nowhere, common::TAKEN_AT, &domain::ManualClock::new(common::READ_AT), &Limits::default());
    assert!(matches!(&read, Err(Error::Unreadable { path, .. }) if *path == nowhere), "{read:?}");
}

#[test]
fn a_folder_in_place_of_a_file_is_told() {
    let folder = Folder::sound().without("grants.csv");
    std::fs::create_dir(folder.path().join("grants.csv")).unwrap();
    assert_eq!(
        folder.problems(),
        ["grants.csv: found something that is not a file; expected a file. Put the file there and read the folder again."]
    );
}

#[test]
fn a_header_that_is_not_the_tables_is_told_column_by_column() {
    let folder = Folder::sound()
        .put("people.csv", "person_id;name;status\np1;Ada;active\n")
        .put("entitlements.csv", "Entitlement ID,name,owner,name\ne1,A,p1,B\n")
        .put("grants.csv", "person_id,entitlement_id\np1,e1\n");
    insta::assert_snapshot!(folder.problems().join("\n"), @r#"
    people.csv, line 1: found a header separated by semicolons; expected commas. Save the file with commas between the fields and read it again.
    entitlements.csv, line 1: found the column "Entitlement ID"; expected one of entitlement_id, name, application, description, sensitivity, owner_id. Write it as entitlement_id.
    entitlements.csv, line 1: found the column "owner"; expected one of entitlement_id, name, application, description, sensitivity, owner_id. Remove the column; columns that are not listed are refused unread.
    entitlements.csv, line 1, column name: found the column a second time; expected each column once. Remove one of the two.
    entitlements.csv, line 1, column entitlement_id: found no such column; expected the columns entitlement_id, name, application, description, sensitivity, owner_id. Add the column, with a value in every row.
    grants.csv, line 1, column path: found no such column; expected the columns person_id, entitlement_id, path, granted_on, granted_by. Add the column, with a value in every row.
    "#);
}

#[test]
fn what_is_not_utf_8_is_told_with_line_and_byte() {
    let mut latin = GRANTS.as_bytes().to_vec();
    latin.extend_from_slice(b"p1,e1,direct,,\np2,e2,group:B\xfcro,,\np2,e1,group:\xff,,\n");
    let utf16: Vec<u8> = std::iter::once(0xfeff_u16).chain(PEOPLE.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let folder = Folder::sound().put("grants.csv", latin).put("people.csv", utf16);
    insta::assert_snapshot!(folder.problems().join("\n"), @r"
    people.csv: found UTF-16; expected UTF-8. Save the file as UTF-8 and read it again.
    grants.csv, line 3: found byte 0xFC at byte 80 of the file, counted from 0; expected UTF-8. Save the file as UTF-8 (it may be in a Windows code page) and read it again.
    grants.csv, line 4: found byte 0xFF at byte 98 of the file, counted from 0; expected UTF-8. Save the file as UTF-8 (it may be in a Windows code page) and read it again.
    ");
}

#[test]
fn a_nul_and_other_controls_are_refused_where_they_stand() {
    let folder = Folder::sound().put("grants.csv", format!("{GRANTS}p1,e\u{0}1,direct,,\n"));
    assert_eq!(
        folder.problems(),
        [
            r#"grants.csv, line 2, column entitlement_id: found "e\u{0000}1"; expected text without control characters. Remove the control characters."#
        ]
    );
}

#[test]
fn lines_that_end_with_cr_alone_are_told() {
    let folder = Folder::sound().put("grants.csv", format!("{GRANTS}p1,e1,direct,,\n").replace('\n', "\r"));
    assert_eq!(
        folder.problems(),
        [
            "grants.csv: found lines that end with CR alone; expected lines that end with LF or CRLF. Save the file with LF or CRLF and read it again."
        ]
    );
}

#[test]
fn a_quote_never_makes_one_row_swallow_another() {
    let grants = format!(
        "{GRANTS}p1,e1,direct,,\"p2\n\
         p2,e2,direct,,\n\
         p2,\"e1\"x,direct,,\n\
         p1,e\"2,direct,,\n"
    );
    let entitlements = format!(
        "{ENTITLEMENTS}e1,A,,\"a description\nof two lines\",low,\n\
         e2,B,,\"never closed,low,\n\
         e3,C,,,low,\n"
    );
    let folder = Folder::sound().put("grants.csv", grants).put("entitlements.csv", entitlements);
    insta::assert_snapshot!(folder.problems().join("\n"), @r#"
    entitlements.csv, line 4: found ""never closed,low,"; expected a closing quote before the end of the file. Close the quote that opens on this line.
    grants.csv, line 2: found ""p2"; expected a closing quote on the same line. Close the quote, and write the field without line breaks.
    grants.csv, line 4: found "x,direct,,"; expected a comma or the end of the line after a closing quote. Double the quotes that belong to the text.
    grants.csv, line 5: found ""2,direct,,"; expected quotes around the whole field only. Put the field into quotes and double the quotes inside it.
    "#);
}

#[test]
fn lines_are_counted_over_crlf_blank_lines_and_line_breaks_in_quotes() {
    let entitlements = format!("{ENTITLEMENTS}e1,A,,\"one\ntwo\nthree\",low,\n\n\ne2,B,,,lwo,\n").replace('\n', "\r\n");
    let folder = Folder::sound().put("entitlements.csv", entitlements);
    let lines: Vec<_> = folder.report().problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [Some(7)]);
}

#[test]
fn a_field_may_be_4_kib_and_no_longer() {
    let field = "x".repeat(4096);
    let sound = Folder::sound().put("entitlements.csv", format!("{ENTITLEMENTS}e1,A,,{field},,\ne2,,,,,\n"));
    assert_eq!(sound.read().entitlements.len(), 2);
    let folder = Folder::sound().put("entitlements.csv", format!("{ENTITLEMENTS}e1,A,,{field}y,,\ne2,,,,,\n"));
    assert_eq!(
        folder.problems(),
        ["entitlements.csv, line 2, column description: found 4097 bytes; expected at most 4096 bytes. Shorten the field."]
    );
    let folder = Folder::sound().put("grants.csv", format!("{GRANTS}p1,{},direct,,\n", "x".repeat(257)));
    assert!(folder.problems()[0].contains("expected an id of at most 256 characters"));
}

#[test]
fn files_and_rows_have_limits() {
    let limits = Limits { rows: 1, ..Limits::default() };
    let report = Folder::sound().report_with(&limits);
    assert_eq!(
        report.problems[0].to_string(),
        "people.csv, line 3: found more rows; expected at most 1 rows. Split the source, or raise the limit."
    );
    let limits = Limits { file_bytes: 150, ..Limits::default() };
    let report = Folder::sound().report_with(&limits);
    assert_eq!(
        report.problems[0].to_string(),
        "people.csv: found 249 bytes; expected at most 150 bytes. Split the source, or raise the limit."
    );
}

#[test]
fn problems_beyond_the_limit_are_counted_per_file() {
    let mut grants = GRANTS.to_owned();
    for _ in 0..205 {
        grants.push_str("p1,e1,?,,\n");
    }
    let folder = Folder::sound().put("grants.csv", grants).put("usage.csv", format!("{USAGE}p1,e1,,,90,week\n"));
    let report = folder.report();
    assert_eq!((report.problems.len(), report.total()), (201, 206));
    assert_eq!(report.not_listed["grants.csv"], 5);
    let text = report.to_string();
    assert!(text.starts_with("206 problems stopped the import. What was read before is kept.\n"));
    assert!(text.ends_with("\ngrants.csv: and 5 more"));
}

#[test]
fn a_broken_row_is_one_problem_however_often_it_is_referred_to() {
    let folder = Folder::sound()
        .put("people.csv", format!("{PEOPLE}p1,Ada,,,,p2,actve,,,\np2,Bo\n"))
        .put("entitlements.csv", format!("{ENTITLEMENTS}e1,A,,,,p1\ne2,B,,,hgh,\n"));
    let places: Vec<_> = folder.report().problems.iter().map(|p| (p.file.clone(), p.line)).collect();
    let expected = [("people.csv", 2), ("people.csv", 3), ("entitlements.csv", 3)];
    assert_eq!(places, expected.map(|(file, line)| (file.to_owned(), Some(line))));
}

#[test]
fn the_report_is_a_table_that_a_spreadsheet_never_computes() {
    let folder = Folder::sound()
        .put("people.csv", format!("{PEOPLE}p1,Ada,,,,,\"ac,tive\",,,\np2,,,,,,active,,,\n"))
        .put("grants.csv", "person_id,entitlement_id,path,=cmd()\n");
    let csv = folder.report().to_csv();
    insta::assert_snapshot!(csv, @r#"
    file,line,column,found,expected,what_to_do
    people.csv,2,status,"""ac,tive""","one of active, disabled, leave, left, service, shared, guest",Use one of these words.
    grants.csv,1,,"the column ""=cmd()""","one of person_id, entitlement_id, path, granted_on, granted_by",Remove the column; columns that are not listed are refused unread.
    "#);
    // The table can be read back, row by row.
    let rows = csv.lines().count();
    let mut reader = csv_rows(&csv);
    assert_eq!(reader.len(), rows);
    assert_eq!(reader.remove(0).len(), 6);
}

fn csv_rows(text: &str) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes())
        .records()
        .map(|r| r.unwrap().iter().map(str::to_owned).collect())
        .collect()
}
