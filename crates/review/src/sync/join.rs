//! One person, several platforms: which identity a new account belongs to (rule 34).
//!
//! Accounts are joined by keys that stay: the employee number, which HR gives once, and failing that the e-mail address. A
//! key joins only where it names one person on either side. Where the two keys disagree, or where the person has an
//! account in this source already, nothing is joined and the source's page says so: a wrong join would show one person's use
//! as another's. An account that stood by itself stays so when a key turns up later, because decisions stay with it.

use connect::PersonRecord;
use domain::{AccountStatus, IdentityId, NotJoined};
use std::collections::{BTreeMap, BTreeSet};
use store::access::{Joinable, search_key};

/// What came of looking for one account's person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// The person is known by another source.
    Known(IdentityId),
    /// No other source has a key of theirs.
    Alone,
    /// Keys name somebody, and not surely this person.
    Unsure(NotJoined),
}

/// The people of other sources, by what they can be joined by. `None` where a key names several.
#[derive(Debug, Default)]
pub(super) struct People {
    by_number: BTreeMap<String, Option<IdentityId>>,
    by_address: BTreeMap<String, Option<IdentityId>>,
    /// Everybody who has an account in another source.
    elsewhere: BTreeSet<IdentityId>,
    /// Those who have an account in this source already.
    here: BTreeSet<IdentityId>,
    /// Keys that several accounts of this reading have.
    shared: BTreeSet<String>,
}

fn number(text: &str) -> String {
    text.trim().to_owned()
}

/// Whether an account is a person's own. What several people or machines use belongs to nobody.
const fn is_personal(status: Option<AccountStatus>) -> bool {
    !matches!(status, Some(AccountStatus::Service | AccountStatus::Shared))
}

impl People {
    /// `others` are the accounts of other sources, `here` the identities with an account in this one, `reading` who is read.
    pub fn new(others: Vec<Joinable>, here: BTreeSet<IdentityId>, reading: &[PersonRecord]) -> Self {
        let mut people = Self { here, ..Self::default() };
        let note = |map: &mut BTreeMap<String, Option<IdentityId>>, key: Option<String>, identity: IdentityId| {
            if let Some(key) = key.filter(|key| !key.is_empty()) {
                map.entry(key).and_modify(|known| *known = known.filter(|known| *known == identity)).or_insert(Some(identity));
            }
        };
        people.elsewhere = others.iter().map(|other| other.identity).collect();
        for other in others.into_iter().filter(|other| is_personal(other.status)) {
            note(&mut people.by_number, other.employee_id.as_deref().map(number), other.identity);
            note(&mut people.by_address, other.email.as_deref().map(search_key), other.identity);
        }
        let mut seen = BTreeSet::new();
        for person in reading.iter().filter(|person| is_personal(person.status)) {
            for key in [person.employee_id.as_deref().map(number), person.email.as_deref().map(search_key)].into_iter().flatten() {
                if !seen.insert(key.clone()) {
                    people.shared.insert(key);
                }
            }
        }
        people
    }

    /// Whose account it is, which no reading before had. Whoever is found counts as having an account here from now on.
    pub fn find(&mut self, person: &PersonRecord) -> Join {
        match self.named(person) {
            Join::Known(identity) if !self.here.insert(identity) => Join::Unsure(NotJoined::HasAccount),
            other => other,
        }
    }

    /// Why an account that earlier readings had stands by itself, where somebody elsewhere may be the same person.
    pub fn why_alone(&self, person: &PersonRecord, identity: IdentityId) -> Option<NotJoined> {
        if self.elsewhere.contains(&identity) {
            return None;
        }
        match self.named(person) {
            Join::Alone => None,
            Join::Unsure(why) => Some(why),
            Join::Known(other) if self.here.contains(&other) => Some(NotJoined::HasAccount),
            Join::Known(_) => Some(NotJoined::KnownBefore),
        }
    }

    /// Whom the keys name.
    fn named(&self, person: &PersonRecord) -> Join {
        if !is_personal(person.status) {
            return Join::Alone;
        }
        let look = |map: &BTreeMap<String, Option<IdentityId>>, key: Option<String>| match key {
            None => Join::Alone,
            Some(key) => match map.get(&key) {
                None => Join::Alone,
                Some(None) => Join::Unsure(NotJoined::SeveralPeople),
                Some(Some(_)) if self.shared.contains(&key) => Join::Unsure(NotJoined::SeveralAccounts),
                Some(Some(identity)) => Join::Known(*identity),
            },
        };
        let by_number = look(&self.by_number, person.employee_id.as_deref().map(number));
        let by_address = look(&self.by_address, person.email.as_deref().map(search_key));
        match (by_number, by_address) {
            (Join::Known(one), Join::Known(other)) if one != other => Join::Unsure(NotJoined::KeysDisagree),
            (Join::Known(one), _) => Join::Known(one),
            (Join::Unsure(why), _) => Join::Unsure(why),
            (Join::Alone, other) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn who(number: u128) -> IdentityId {
        IdentityId(Uuid::from_u128(number))
    }

    fn other(identity: u128, employee_id: Option<&str>, email: Option<&str>) -> Joinable {
        Joinable {
            identity: who(identity),
            employee_id: employee_id.map(str::to_owned),
            email: email.map(str::to_owned),
            status: Some(AccountStatus::Active),
        }
    }

    fn read(id: &str, employee_id: Option<&str>, email: Option<&str>) -> PersonRecord {
        PersonRecord {
            external_id: id.to_owned(),
            employee_id: employee_id.map(str::to_owned),
            name: None,
            email: email.map(str::to_owned),
            title: None,
            department: None,
            manager_id: None,
            status: Some(AccountStatus::Active),
            start: None,
            end: None,
            changed_job_on: None,
            employment: domain::Employment::default(),
            risk: None,
        }
    }

    fn joined(others: Vec<Joinable>, reading: &[PersonRecord]) -> Vec<Join> {
        let mut people = People::new(others, BTreeSet::new(), reading);
        reading.iter().map(|person| people.find(person)).collect()
    }

    #[test]
    fn the_employee_number_joins_and_the_address_where_there_is_none() {
        let others = vec![other(1, Some("E1"), Some("old@example.com")), other(2, None, Some("Ben@Example.com"))];
        let reading =
            [read("a", Some("E1"), Some("new@example.com")), read("b", Some("E2"), Some("ben@example.com")), read("c", None, None)];
        assert_eq!(joined(others, &reading), [Join::Known(who(1)), Join::Known(who(2)), Join::Alone]);
    }

    /// Rule 34: what is not sure is not joined.
    #[test]
    fn keys_that_disagree_or_name_several_join_nobody() {
        let others = vec![
            other(1, Some("E1"), Some("ann@example.com")),
            other(2, Some("E2"), Some("ben@example.com")),
            other(3, None, Some("team@example.com")),
            other(4, None, Some("team@example.com")),
        ];
        let reading = [
            read("disagree", Some("E1"), Some("ben@example.com")),
            read("several there", None, Some("team@example.com")),
            read("first of two", Some("E2"), None),
            read("second of two", Some("E2"), None),
        ];
        let why = [NotJoined::KeysDisagree, NotJoined::SeveralPeople, NotJoined::SeveralAccounts, NotJoined::SeveralAccounts];
        assert_eq!(joined(others, &reading), why.map(Join::Unsure));
    }

    #[test]
    fn nobody_has_two_accounts_of_one_source_joined() {
        let others = vec![other(1, Some("E1"), Some("ann@example.com"))];
        let reading = [read("own", Some("E1"), None), read("administrator's", None, Some("ann@example.com"))];
        assert_eq!(joined(others, &reading), [Join::Known(who(1)), Join::Unsure(NotJoined::HasAccount)]);
    }

    #[test]
    fn who_stood_by_themselves_stays_so_and_the_reason_is_told() {
        let others = vec![other(1, Some("E1"), None), other(2, Some("E2"), None)];
        let reading = [read("joined", Some("E1"), None), read("before", Some("E2"), None), read("nobody", Some("E3"), None)];
        let people = People::new(others, [who(1), who(12), who(13)].into(), &reading);
        let why: Vec<_> = reading.iter().zip([1, 12, 13]).map(|(person, own)| people.why_alone(person, who(own))).collect();
        assert_eq!(why, [None, Some(NotJoined::KnownBefore), None]);
    }

    #[test]
    fn what_machines_or_several_people_use_is_nobodys() {
        let machine = Joinable { status: Some(AccountStatus::Service), ..other(1, Some("E1"), None) };
        assert_eq!(joined(vec![machine], &[read("a", Some("E1"), None)]), [Join::Alone]);
        let shared = PersonRecord { status: Some(AccountStatus::Shared), ..read("a", Some("E1"), None) };
        assert_eq!(joined(vec![other(1, Some("E1"), None)], &[shared]), [Join::Alone]);
    }
}
