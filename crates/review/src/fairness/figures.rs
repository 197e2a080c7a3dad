//! From counts of people to rates, and to how far a group lies apart from all others.
//!
//! Everything is whole numbers: rates are parts of 10,000. The same counts give the same figures in whatever order they come.

use super::document::{Attribute, AttributeFigures, Difference, Group, Measure, MeasureFigure, Standing, Unshown};
use domain::IdentityId;
use recommend::shadow::{FEWEST, INDEPENDENT, Rate};
use std::collections::BTreeMap;

/// Groups of fewer people are not shown.
pub const FEWEST_PEOPLE: u64 = 10;

/// How far, in parts of 10,000, the nearer end of a difference's interval must lie from zero before it is said that a group
/// stands apart: 2 points. Smaller differences are no reason to look, even where they are no chance.
pub const BAND: i64 = 200;

/// So many of so many, of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count {
    pub(super) hits: u64,
    pub(super) of: u64,
}

/// One person's counts, by measure.
pub(super) type Counts = [Count; Measure::ALL.len()];

/// Everybody's counts in one group.
pub(super) type People = BTreeMap<IdentityId, Counts>;

/// Everybody's counts of one attribute: by group, and of those of whom nothing is stated.
#[derive(Debug, Default)]
pub(super) struct Split<'a> {
    pub(super) groups: BTreeMap<&'a str, People>,
    pub(super) not_stated: People,
}

/// What the interval of a rate is made of: one person's cases hang together, because somebody who has left has left everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sums {
    hits: u128,
    of: u128,
    /// People with any case.
    people: u128,
    /// Sums over people of hits², hits × cases, and cases².
    hits2: u128,
    cross: u128,
    of2: u128,
}

impl Sums {
    fn new(people: &People, measure: Measure) -> Self {
        people.values().map(|counts| counts.get(measure as usize).copied().unwrap_or_default()).fold(Self::default(), |sums, one| {
            let (hits, of) = (u128::from(one.hits.min(one.of)), u128::from(one.of));
            sums.and(Self { hits, of, people: u128::from(one.of > 0), hits2: hits * hits, cross: hits * of, of2: of * of })
        })
    }

    const fn and(self, other: Self) -> Self {
        Self {
            hits: self.hits + other.hits,
            of: self.of + other.of,
            people: self.people + other.people,
            hits2: self.hits2 + other.hits2,
            cross: self.cross + other.cross,
            of2: self.of2 + other.of2,
        }
    }

    /// By how much one person's cases hang together: the variance of the rate as a ratio of sums over people, beside what it were
    /// if every case stood for itself (W. G. Cochran, Sampling Techniques, 1977, section 9A.2). In thousandths; `None` where
    /// everything or nothing was hit, or one person is all.
    fn design(self) -> Option<u64> {
        let Self { hits, of, people, hits2, cross, of2 } = self;
        let alone = of * hits * of.checked_sub(hits)?;
        if alone == 0 || people < 2 {
            return None;
        }
        // Σ(xN - Kn)² over people, with x of n each and K of N together.
        let spread = (of * of * hits2 + hits * hits * of2).checked_sub(2 * of * hits * cross)?;
        let design = (spread.checked_mul(u128::from(INDEPENDENT))? / alone).checked_mul(people)? / (people - 1);
        u64::try_from(design).ok()
    }

    fn rate(self, together: u64) -> Rate {
        let number = |of: u128| u64::try_from(of).unwrap_or(u64::MAX);
        // A few people may differ less than all do by chance; the interval is never that of more than all allow.
        let design = self.design().unwrap_or(INDEPENDENT).max(together).max(INDEPENDENT);
        Rate::with_design(number(self.hits), number(self.of), design)
    }
}

/// How far one rate lies from another, with the interval that their own give (R. G. Newcombe, Statistics in Medicine 17, 1998,
/// 873-890, method 10), widened by what rounding to parts of 10,000 took. `None` where either has too few cases.
fn apart(one: Rate, other: Rate) -> Option<Difference> {
    let (a, b) = (one.share?, other.share?);
    let int = |of: u64| i64::try_from(of).unwrap_or(i64::MAX);
    let [a_low, a_at, a_high] = [a.low, a.parts, a.high].map(int);
    let [b_low, b_at, b_high] = [b.low, b.parts, b.high].map(int);
    let reach = |x: i64, y: i64| (x * x + y * y).isqrt() + 2;
    let parts = a_at - b_at;
    let whole = 10_000;
    Some(Difference {
        high: (parts + reach(a_high - a_at, b_at - b_low)).min(whole),
        low: (parts - reach(a_at - a_low, b_high - b_at)).max(-whole),
        parts,
    })
}

fn standing(difference: Option<Difference>) -> Standing {
    match difference {
        None => Standing::TooFew,
        Some(of) if of.low > BAND => Standing::More,
        Some(of) if of.high < -BAND => Standing::Less,
        Some(_) => Standing::NotApart,
    }
}

/// One attribute's figures.
///
/// Groups of fewer than [`FEWEST_PEOPLE`] people are left out, also from what others are compared with; and where those left out
/// and those of whom nothing is stated are fewer together, the smallest group that remains is left out with them, because
/// otherwise figures about them could be had by subtracting what is shown of one attribute from what is shown of another.
pub(super) fn figures(attribute: Attribute, split: &Split<'_>) -> AttributeFigures {
    let size = |people: &People| people.len() as u64;
    let mut groups: Vec<(&str, &People)> = split.groups.iter().map(|(group, people)| (*group, people)).collect();
    groups.sort_by_key(|(group, people)| (std::cmp::Reverse(size(people)), *group));
    let not_stated = size(&split.not_stated);
    let mut unshown = Unshown { groups: 0, people: 0 };
    while let Some((_, last)) = groups.last() {
        let behind = not_stated + unshown.people;
        if size(last) >= FEWEST_PEOPLE && (behind == 0 || behind >= FEWEST_PEOPLE) {
            break;
        }
        unshown = Unshown { groups: unshown.groups + 1, people: unshown.people + size(last) };
        groups.pop();
    }
    let sums: Vec<[Sums; Measure::ALL.len()]> =
        groups.iter().map(|(_, people)| Measure::ALL.map(|measure| Sums::new(people, measure))).collect();
    let figure = |at: usize, measure: Measure| {
        let of = |group: &[Sums; Measure::ALL.len()]| group.get(measure as usize).copied().unwrap_or_default();
        let all = sums.iter().map(of).fold(Sums::default(), Sums::and);
        let others = sums.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, of_group)| of(of_group));
        let together = all.design().unwrap_or(INDEPENDENT);
        let rate = sums.get(at).map(of).unwrap_or_default().rate(together);
        let difference = apart(rate, others.fold(Sums::default(), Sums::and).rate(together));
        MeasureFigure { difference, measure, rate, standing: standing(difference) }
    };
    let shown = groups.iter().enumerate().map(|(at, (group, people))| Group {
        figures: Measure::ALL.map(|measure| figure(at, measure)).to_vec(),
        group: (*group).to_owned(),
        people: size(people),
    });
    AttributeFigures { attribute, groups: shown.collect(), not_stated, unshown }
}

/// No share is stated for fewer cases.
pub(super) const FEWEST_CASES: u64 = FEWEST;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]
mod tests {
    use super::{
        super::document::{Document, Moments},
        *,
    };
    use uuid::Uuid;

    /// `people` people, of whom each has `of` cases; of the first `all` people every case is hit, of the others `hits`.
    fn group(from: u128, people: u128, all: u128, hits: u64, of: u64) -> People {
        (0..people)
            .map(|n| {
                let count = Count { hits: if n < all { of } else { hits }, of };
                (IdentityId(Uuid::from_u128(from + n)), [count; Measure::ALL.len()])
            })
            .collect()
    }

    fn split<'a>(groups: &[(&'a str, People)]) -> Split<'a> {
        Split { groups: groups.iter().cloned().collect(), not_stated: People::new() }
    }

    #[test]
    fn cases_of_one_person_that_hang_together_count_less() {
        // 200 people with 10 cases each, one in ten hit: spread over everybody, or everything of every tenth person.
        let spread = Sums::new(&group(0, 200, 0, 1, 10), Measure::RecommendedRevoke);
        let heaped = Sums::new(&group(0, 200, 20, 0, 10), Measure::RecommendedRevoke);
        assert_eq!((spread.hits, spread.of), (heaped.hits, heaped.of));
        assert_eq!(spread.design(), Some(0), "nobody differs from anybody");
        // All ten cases of a person say as much as one, and the estimate is one of 200 less one.
        assert_eq!(heaped.design(), Some(10_050));
        let (even, uneven) = (spread.rate(INDEPENDENT).share.unwrap(), heaped.rate(INDEPENDENT).share.unwrap());
        assert_eq!((even.parts, even.low, even.high), (1_000, 876, 1_140));
        assert!(uneven.low < 700 && uneven.high > 1_450, "{uneven:?}");
    }

    #[test]
    fn a_group_without_a_single_hit_has_an_interval_as_wide_as_all_people_make_it() {
        let of = split(&[("Lisbon", group(0, 300, 30, 0, 10)), ("Graz", group(1_000, 12, 0, 0, 10))]);
        let made = figures(Attribute::Site, &of);
        let graz = made.groups[1].figures[0];
        assert_eq!((graz.rate.hits, graz.rate.of), (0, 120));
        // Twelve people who say as much as twelve cases: three in ten would not be strange.
        assert!(graz.rate.share.unwrap().high > 2_000, "{graz:?}");
        assert_eq!(graz.standing, Standing::NotApart);
    }

    #[test]
    fn a_group_stands_apart_where_chance_does_not_explain_it_and_by_more_than_the_band() {
        let of = split(&[("Employee", group(0, 900, 45, 0, 8)), ("Contractor", group(1_000, 120, 30, 0, 8))]);
        let made = figures(Attribute::EmploymentType, &of);
        let [employee, contractor] = [0, 1].map(|at| made.groups[at].figures[0]);
        assert_eq!((contractor.rate.share.unwrap().parts, employee.rate.share.unwrap().parts), (2_500, 500));
        assert_eq!((contractor.standing, employee.standing), (Standing::More, Standing::Less));
        let (one, other) = (contractor.difference.unwrap(), employee.difference.unwrap());
        assert_eq!((one.parts, one.low, one.high), (-other.parts, -other.high, -other.low), "of two groups each is the other's others");
        // The same rates in a tenth of the people may be chance.
        let few = split(&[("Employee", group(0, 90, 5, 0, 8)), ("Contractor", group(1_000, 12, 2, 0, 8))]);
        assert_eq!(figures(Attribute::EmploymentType, &few).groups[1].figures[0].standing, Standing::NotApart);
        // A difference of a point and a half is no reason to look, however sure it is.
        let sure = split(&[("a", group(0, 90_000, 4_500, 0, 2)), ("b", group(100_000, 90_000, 5_850, 0, 2))]);
        let near = figures(Attribute::Site, &sure).groups[1].figures[0];
        assert!(near.difference.unwrap().low > 0 && near.standing == Standing::NotApart, "{near:?}");
    }

    #[test]
    fn where_nothing_could_be_compared_none_is_said_to_stand_apart_or_together() {
        let document = |groups: &[(&str, People)]| {
            let figures = figures(Attribute::Site, &split(groups));
            let [measured_at, reversals_from, reversals_until, window_from] = [(); 4].map(|()| String::new());
            Document::new(vec![figures], Moments { measured_at, reversals_from, reversals_until, window_from })
        };
        assert_eq!(document(&[]).apart(), None, "no group");
        assert_eq!(document(&[("a", group(0, 400, 20, 0, 8))]).apart(), None, "nobody to compare with");
        assert_eq!(document(&[("a", group(0, 400, 20, 0, 8)), ("b", group(1_000, 12, 6, 0, 4))]).apart(), None, "48 cases");
        let alike = [("a", group(0, 400, 20, 0, 8)), ("b", group(1_000, 400, 20, 0, 8))];
        assert_eq!(document(&alike).apart(), Some(0));
        let apart = [("a", group(0, 900, 45, 0, 8)), ("b", group(1_000, 120, 30, 0, 8))];
        assert_eq!(document(&apart).apart(), Some(2 * Measure::ALL.len()), "each of both, more often or less");
    }

    #[test]
    fn small_groups_are_not_shown_and_cannot_be_had_by_subtracting() {
        let nine = ("Apprentice", group(5_000, 9, 9, 0, 20));
        let of = split(&[("Employee", group(0, 400, 20, 0, 8)), ("Contractor", group(1_000, 40, 4, 0, 8)), nine.clone()]);
        let made = figures(Attribute::EmploymentType, &of);
        // Nine alone would be what all others leave: the next smallest goes with them.
        assert_eq!(made.groups.iter().map(|group| group.group.as_str()).collect::<Vec<_>>(), ["Employee"]);
        assert_eq!(made.unshown, Unshown { groups: 2, people: 49 });
        assert_eq!(made.groups[0].figures[0].standing, Standing::TooFew, "there is nobody to compare with");
        // Together with twelve of whom nothing is stated they are enough.
        let of = Split { not_stated: group(9_000, 12, 0, 0, 3), ..of };
        let made = figures(Attribute::EmploymentType, &of);
        assert_eq!((made.groups.len(), made.unshown, made.not_stated), (2, Unshown { groups: 1, people: 9 }, 12));
        // What is left out is in nobody's others.
        let without = Split { groups: of.groups.iter().filter(|(name, _)| **name != nine.0).map(|(a, b)| (*a, b.clone())).collect(), ..of };
        assert_eq!(figures(Attribute::EmploymentType, &without).groups, made.groups);
    }

    #[test]
    fn a_difference_has_the_interval_of_both_rates_and_the_band_is_beyond_which() {
        // Newcombe's method 10 by hand: 56 of 70 and 48 of 80 differ by 0.2000, from 0.0524 to 0.3339 (his example (a)).
        let found = apart(Rate::new(56, 70), Rate::new(48, 80)).unwrap();
        assert_eq!(found.parts, 2_000);
        assert!((522..=524).contains(&found.low) && (3_339..=3_342).contains(&found.high), "{found:?}");
        assert_eq!(apart(Rate::new(56, 70), Rate::new(48, 49)), None);
        let at = |low, high| standing(Some(Difference { high, low, parts: i64::midpoint(low, high) }));
        assert_eq!([at(200, 900), at(201, 900)], [Standing::NotApart, Standing::More]);
        assert_eq!([at(-900, -200), at(-900, -201)], [Standing::NotApart, Standing::Less]);
    }

    #[test]
    fn nine_people_are_not_shown_and_ten_are() {
        let shown = |people| {
            let of = split(&[("Employee", group(0, 400, 20, 0, 8)), ("Intern", group(5_000, people, 1, 0, 8))]);
            let not_stated = group(9_000, u128::from(FEWEST_PEOPLE), 0, 0, 3);
            figures(Attribute::EmploymentType, &Split { not_stated, ..of }).groups.len()
        };
        assert_eq!((shown(9), shown(10)), (1, 2));
        // Nine of whom nothing is stated could be told from all others by subtracting; ten could not.
        let stated = |people| {
            let of = split(&[("Employee", group(0, 400, 20, 0, 8)), ("Intern", group(5_000, 40, 1, 0, 8))]);
            figures(Attribute::EmploymentType, &Split { not_stated: group(9_000, people, 0, 0, 3), ..of }).groups.len()
        };
        assert_eq!((stated(0), stated(9), stated(10)), (2, 1, 2));
    }

    #[test]
    fn too_few_cases_are_too_few_to_say() {
        let of = split(&[("a", group(0, 400, 20, 0, 8)), ("b", group(1_000, 12, 6, 0, 4))]);
        let made = figures(Attribute::Site, &of);
        assert_eq!((made.groups[1].figures[0].rate.share, made.groups[1].figures[0].standing), (None, Standing::TooFew));
        assert_eq!(made.groups[0].figures[0].standing, Standing::TooFew, "nothing can be said against 48 cases");
    }
}
