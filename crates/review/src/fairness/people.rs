//! What sources said of people when they were asked about.

use super::document::Attribute;
use domain::{AccountId, AccountStatus, IdentityId, SourceId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use store::fairness::{Counted, Said};

/// What the sources said, in the order of accounts and readings.
#[derive(Debug)]
pub(super) struct Sayings {
    said: Vec<Said>,
    of_account: BTreeMap<AccountId, Vec<usize>>,
    /// Of people with an employee number, which alone carries what is said of an account over to another.
    of_person: BTreeMap<(IdentityId, String), Vec<usize>>,
    /// Sources that say of anybody that they are on leave. What a source never says of anybody, it does not deny of anybody.
    tell_leave: BTreeSet<SourceId>,
}

/// Somebody, as they were when they were asked about: a group for each attribute, in the order of [`Attribute::ALL`]; `None`
/// where no source states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Somebody<'a> {
    pub(super) identity: IdentityId,
    pub(super) groups: [Option<&'a str>; Attribute::ALL.len()],
}

impl Sayings {
    pub(super) fn new(said: Vec<Said>) -> Self {
        let mut of_account: BTreeMap<AccountId, Vec<usize>> = BTreeMap::new();
        let mut of_person: BTreeMap<(IdentityId, String), Vec<usize>> = BTreeMap::new();
        let mut tell_leave = BTreeSet::new();
        for (at, one) in said.iter().enumerate() {
            of_account.entry(one.account).or_default().push(at);
            if let Some(number) = &one.employee_id {
                of_person.entry((one.identity, number.clone())).or_default().push(at);
            }
            if one.status == Some(AccountStatus::Leave) {
                tell_leave.insert(one.source);
            }
        }
        Self { said, of_account, of_person, tell_leave }
    }

    /// Who was asked about; `None` for accounts that are not one person's own, and for those of which nothing is known any more.
    pub(super) fn of(&self, counted: Counted) -> Option<Somebody<'_>> {
        let own = self
            .of_account
            .get(&counted.account)?
            .iter()
            .filter_map(|at| self.said.get(*at))
            .find(|one| one.valid_from <= counted.seq && one.valid_until.is_none_or(|until| until > counted.seq))?;
        if own.status.is_some_and(AccountStatus::is_non_human) {
            return None;
        }
        let elsewhere: Vec<&Said> = match &own.employee_id {
            Some(number) => self.elsewhere(own, number, counted.at),
            None => Vec::new(),
        };
        let stated = |of: fn(&Said) -> Option<&str>| of(own).or_else(|| agreed(elsewhere.iter().filter_map(|one| of(one))));
        let groups = [
            stated(|one| one.employment.kind.as_deref()),
            stated(|one| one.employment.site.as_deref()),
            stated(|one| one.employment.working_time.map(domain::WorkingTime::as_str)),
            self.leave(own, &elsewhere),
        ];
        Some(Somebody { identity: own.identity, groups })
    }

    /// What other sources said of the same person then.
    fn elsewhere(&self, own: &Said, number: &str, at: Timestamp) -> Vec<&Said> {
        let all = self.of_person.get(&(own.identity, number.to_owned())).into_iter().flatten();
        all.filter_map(|at| self.said.get(*at))
            .filter(|one| one.source != own.source && !one.status.is_some_and(AccountStatus::is_non_human))
            .filter(|one| one.from <= at && one.until.is_none_or(|until| until > at))
            .collect()
    }

    /// Whether somebody was on leave. Of a disabled account, and of somebody who has left, neither is true.
    fn leave(&self, own: &Said, elsewhere: &[&Said]) -> Option<&'static str> {
        let told = || std::iter::once(own).chain(elsewhere.iter().copied()).filter(|one| self.tell_leave.contains(&one.source));
        let says = |status| told().any(|one| one.status == Some(status));
        if says(AccountStatus::Leave) {
            Some("on_leave")
        } else if says(AccountStatus::Active) && !matches!(own.status, Some(AccountStatus::Disabled | AccountStatus::Left)) {
            Some("at_work")
        } else {
            None
        }
    }
}

/// What several sources agree on; `None` where none says anything, or two say different things.
fn agreed<'a>(mut said: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = said.next()?;
    said.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Employment, WorkingTime};
    use uuid::Uuid;

    fn said(account: u128, source: u128, seqs: (i64, Option<i64>), site: Option<&str>, status: AccountStatus) -> Said {
        Said {
            account: AccountId(Uuid::from_u128(account)),
            identity: IdentityId(Uuid::from_u128(account % 100)),
            source: SourceId(Uuid::from_u128(source)),
            valid_from: seqs.0,
            valid_until: seqs.1,
            from: Timestamp(seqs.0 * 100),
            until: seqs.1.map(|seq| Timestamp(seq * 100)),
            employee_id: Some("E1".to_owned()),
            status: Some(status),
            employment: Employment { kind: None, site: site.map(str::to_owned), working_time: None },
        }
    }

    fn counted(account: u128, seq: i64, at: i64) -> Counted {
        Counted { account: AccountId(Uuid::from_u128(account)), seq, at: Timestamp(at), cases: 1 }
    }

    /// Employment type, site, working time, leave.
    fn groups(said: Vec<Said>, of: Counted) -> Option<[Option<String>; 4]> {
        Sayings::new(said).of(of).map(|somebody| somebody.groups.map(|group| group.map(str::to_owned)))
    }

    fn site(said: Vec<Said>, of: Counted) -> Option<String> {
        groups(said, of).and_then(|[_, site, ..]| site)
    }

    #[test]
    fn people_are_what_their_source_said_when_they_were_asked_about() {
        let active = AccountStatus::Active;
        let moved = vec![said(1, 7, (1, Some(4)), Some("Graz"), active), said(1, 7, (4, None), Some("Leeds"), active)];
        assert_eq!(site(moved.clone(), counted(1, 3, 350)).as_deref(), Some("Graz"));
        assert_eq!(site(moved.clone(), counted(1, 4, 450)).as_deref(), Some("Leeds"));
        assert_eq!(groups(moved, counted(2, 4, 450)), None, "an account that is not known");
        let machine = vec![said(1, 7, (1, None), Some("Graz"), AccountStatus::Service)];
        assert_eq!(groups(machine, counted(1, 1, 150)), None, "a machine works nowhere");
    }

    #[test]
    fn what_the_own_source_does_not_state_others_may_where_they_agree_and_the_employee_number_is_the_same() {
        let active = AccountStatus::Active;
        let own = said(1, 7, (1, None), None, active);
        let other = |source, site| said(100 * source + 1, source, (1, None), Some(site), active);
        assert_eq!(site(vec![own.clone(), other(8, "Graz")], counted(1, 1, 150)).as_deref(), Some("Graz"));
        assert_eq!(site(vec![own.clone(), other(8, "Graz"), other(9, "Graz")], counted(1, 1, 150)).as_deref(), Some("Graz"));
        assert_eq!(site(vec![own.clone(), other(8, "Graz"), other(9, "Pune")], counted(1, 1, 150)), None, "they contradict each other");
        let named = Said { employee_id: Some("E2".to_owned()), ..other(8, "Graz") };
        assert_eq!(site(vec![own.clone(), named], counted(1, 1, 150)), None, "another number may be another person");
        assert_eq!(site(vec![own.clone(), other(8, "Graz")], counted(1, 1, 50)), None, "it was said only later");
        let until = |seq| Said { valid_until: Some(seq), until: Some(Timestamp(seq * 100)), ..other(8, "Graz") };
        assert_eq!(site(vec![own.clone(), until(2)], counted(1, 1, 199)).as_deref(), Some("Graz"));
        assert_eq!(site(vec![own.clone(), until(2)], counted(1, 1, 200)), None, "it was said no longer");
        let machine = Said { status: Some(AccountStatus::Service), ..other(8, "Graz") };
        assert_eq!(site(vec![own.clone(), machine], counted(1, 1, 150)), None, "a machine says nothing of a person");
        let said_here = said(1, 7, (1, None), Some("Pune"), active);
        assert_eq!(site(vec![said_here, other(8, "Graz")], counted(1, 1, 150)).as_deref(), Some("Pune"), "the own source comes first");
        let part_time = Employment { working_time: Some(WorkingTime::PartTime), ..Employment::default() };
        let time = groups(vec![own, Said { employment: part_time, ..other(8, "") }], counted(1, 1, 150));
        assert_eq!(time.and_then(|[_, _, time, _]| time).as_deref(), Some("part_time"));
    }

    #[test]
    fn nobody_is_at_work_for_a_source_that_says_of_nobody_that_they_are_on_leave() {
        let leave = |said, of| groups(said, of).and_then(|[.., leave]| leave);
        let active = |account| said(account, 7, (1, None), None, AccountStatus::Active);
        let away = said(2, 7, (1, None), None, AccountStatus::Leave);
        assert_eq!(leave(vec![active(1)], counted(1, 1, 150)), None);
        assert_eq!(leave(vec![active(1), away.clone()], counted(1, 1, 150)).as_deref(), Some("at_work"));
        assert_eq!(leave(vec![active(1), away.clone()], counted(2, 1, 150)).as_deref(), Some("on_leave"));
        // Another source knows of the leave.
        let here = Said { account: AccountId(Uuid::from_u128(102)), source: SourceId(Uuid::from_u128(8)), ..active(2) };
        assert_eq!(leave(vec![here, away.clone()], counted(102, 1, 150)).as_deref(), Some("on_leave"));
        let gone = said(3, 7, (1, None), None, AccountStatus::Left);
        assert_eq!(leave(vec![away, gone], counted(3, 1, 150)), None);
    }
}
