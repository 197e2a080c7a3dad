//! The population as tables of numbers, for `DuckDB`.

use recommend::Population;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

fn number<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Writes one CSV per table. Ids become small numbers, which `DuckDB` joins fastest.
pub fn write(population: &Population, folder: &Path) {
    let table = |name: &str, header: &str| {
        let mut file = BufWriter::new(File::create(folder.join(name)).unwrap());
        writeln!(file, "{header}").unwrap();
        file
    };
    let people: BTreeMap<_, _> = population.people.iter().map(|person| person.id).zip(0_u32..).collect();
    let things: BTreeMap<_, _> = population.entitlements.iter().map(|thing| thing.id).zip(0_u32..).collect();
    let mut file = table("people.csv", "person,status,title,department,manager,start,finish,changed,emergency");
    for person in &population.people {
        writeln!(
            file,
            "{},{},{},{},{},{},{},{},{}",
            people[&person.id],
            number(person.status),
            number(person.title_code.as_ref()),
            number(person.department_code.as_ref()),
            number(person.manager.map(|id| people[&id])),
            number(person.start.map(domain::Timestamp::micros)),
            number(person.end.map(domain::Timestamp::micros)),
            number(person.changed_job_on.map(domain::Timestamp::micros)),
            u8::from(person.emergency)
        )
        .unwrap();
    }
    let mut file = table("entitlements.csv", "entitlement,sensitivity,owner,emergency");
    for thing in &population.entitlements {
        let owner = number(thing.owner.map(|id| people[&id]));
        writeln!(file, "{},{},{owner},{}", things[&thing.id], number(thing.sensitivity), u8::from(thing.emergency)).unwrap();
    }
    let mut file = table("grants.csv", "grant_no,person,entitlement,path,granted,granter");
    for (at, grant) in population.grants.iter().enumerate() {
        let (person, thing) = (people[&grant.person], things[&grant.entitlement]);
        let path = grant.path.to_string();
        let granted = number(grant.granted_on.map(domain::Timestamp::micros));
        writeln!(file, "{at},{person},{thing},{path},{granted},{}", number(grant.granted_by.map(|id| people[&id]))).unwrap();
    }
    let mut file = table("usage.csv", "person,entitlement,last_used,days_used,window_days,grain");
    for record in &population.usage {
        let usage = record.usage;
        let last = number(usage.last_used.map(domain::Timestamp::micros));
        let (person, thing) = (people[&record.person], things[&record.entitlement]);
        writeln!(file, "{person},{thing},{last},{},{},{}", number(usage.days_used), usage.window_days, usage.grain).unwrap();
    }
    let mut file = table("decisions.csv", "person,entitlement,answer,decided,how");
    for decision in &population.decisions {
        let (person, thing) = (people[&decision.person], things[&decision.entitlement]);
        writeln!(file, "{person},{thing},{},{},{:?}", decision.answer, decision.decided_on.micros(), decision.how).unwrap();
    }
    let mut file = table("duties.csv", "entitlement,other,rule");
    for rule in &population.separated_duties {
        for (left, right) in rule.left.iter().flat_map(|left| rule.right.iter().map(move |right| (left, right))) {
            let (left, right) = (things[left], things[right]);
            writeln!(file, "{left},{right},{}\n{right},{left},{}", rule.number, rule.number).unwrap();
        }
    }
}
