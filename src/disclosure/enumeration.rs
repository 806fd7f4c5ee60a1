//! Every small table through the real suppression: whatever stays shown pins no small count down.

use std::collections::{BTreeMap, BTreeSet};

use crate::cohort::{Cohort, Truth, crossings};

use super::Hidden;
use super::decide::{Scored, hidden_of};
use super::linked::reduced;
use super::made::{attribute, made, truth_of};

const ENDPOINT: &str = "finding";

/// One patient with one sample: attribute codes and truth.
#[derive(Clone, Copy)]
struct Patient<'a> {
    codes: &'a [u16],
    positive: bool,
}

/// A cohort of one sample a patient. Levels are `a0`, `a1`, ... of attribute `a`, and so on.
fn cohort_of(attributes: &[(&str, u16)], patients: &[Patient<'_>]) -> Cohort {
    let attributes = attributes
        .iter()
        .enumerate()
        .map(|(place, (name, levels))| {
            let named = (0..*levels).map(|level| format!("{name}{level}"));
            let codes = patients.iter().map(|one| one.codes[place]);
            attribute(name, named.collect(), codes.collect())
        });
    let truth = patients.iter().map(|one| truth_of(one.positive));
    made(
        attributes.collect(),
        (0u32..).take(patients.len()).collect(),
        vec![truth.collect()],
    )
}

/// Counts of every stratum by class, as the report would show them: `None` where withheld.
pub(super) type Shown = BTreeMap<(String, String), Option<[u64; 2]>>;

pub(super) struct Table {
    /// Counts of the cells, by cell, then by class (positives, negatives).
    cells: Vec<[u64; 2]>,
}

/// A family of tables: the cells are the combinations of levels of the attributes.
pub(super) struct Design<'a> {
    pub(super) attributes: &'a [(&'a str, u16)],
    pub(super) intersections: &'a [Vec<String>],
    pub(super) below: u64,
    /// Combinations of codes that cannot occur.
    pub(super) impossible: &'a [&'a [u16]],
}

impl Design<'_> {
    pub(super) fn combinations(&self) -> Vec<Vec<u16>> {
        let mut all: Vec<Vec<u16>> = vec![Vec::new()];
        for (_, levels) in self.attributes {
            all = all
                .iter()
                .flat_map(|head| {
                    (0..*levels).map(move |level| [head.as_slice(), &[level]].concat())
                })
                .collect();
        }
        all.retain(|codes| !self.impossible.contains(&codes.as_slice()));
        all
    }

    /// Suppresses a table, and gives all counts of all strata with what is shown of them.
    pub(super) fn suppress(&self, table: &Table) -> (BTreeMap<(String, String), [u64; 2]>, Shown) {
        let combinations = self.combinations();
        let mut patients = Vec::new();
        for (codes, counts) in combinations.iter().zip(&table.cells) {
            for (class, n) in counts.iter().enumerate() {
                let one = Patient {
                    codes,
                    positive: class == 0,
                };
                patients.extend((0..*n).map(|_| one));
            }
        }
        let cohort = cohort_of(self.attributes, &patients);
        let scored = Scored {
            cohort: &cohort,
            is_scored: &|_| true,
        };
        let hidden: Hidden = hidden_of(
            self.below,
            (&[ENDPOINT], &[]),
            self.intersections,
            scored,
            scored,
        );
        let mut counts = BTreeMap::new();
        let mut shown = BTreeMap::new();
        for strata in crossings(&cohort, self.intersections) {
            for (level, name) in strata.levels.iter().enumerate() {
                let of = |wanted: Truth| {
                    (0..cohort.len())
                        .filter(|sample| {
                            usize::from(strata.codes[*sample]) == level
                                && cohort.truth[0][*sample] == wanted
                        })
                        .count() as u64
                };
                let key = (strata.attribute.clone(), name.clone());
                let both = [of(Truth::Positive), of(Truth::Negative)];
                let withheld = hidden.holds(ENDPOINT, &strata.attribute, name);
                shown.insert(key.clone(), (!withheld).then_some(both));
                counts.insert(key, both);
            }
        }
        (counts, shown)
    }
}

/// All vectors of `cells` counts from 0 to `most`.
fn vectors(cells: usize, most: u64) -> impl Iterator<Item = Vec<u64>> {
    let base = most + 1;
    let all = base.pow(u32::try_from(cells).unwrap());
    (0..all).map(move |mut number| {
        (0..cells)
            .map(|_| {
                let digit = number % base;
                number /= base;
                digit
            })
            .collect()
    })
}

/// What a reader sees of one class: which strata are withheld, which of these are small, and the
/// counts of the others.
fn seen(
    counts: &BTreeMap<(String, String), [u64; 2]>,
    shown: &Shown,
    class: usize,
    below: u64,
) -> Vec<(bool, bool, u64)> {
    counts
        .iter()
        .map(|(key, own)| match shown[key] {
            Some(both) => (false, false, both[class]),
            None => (true, (1..below).contains(&own[class]), 0),
        })
        .collect()
}

/// Checks one class of one table by trying every table of the family: a small count must have two
/// values at least among all tables that agree with what is shown, with the total of the shown, and
/// with which of the withheld counts are small.
struct BruteForce<'a> {
    design: &'a Design<'a>,
    /// Every table of the family with the counts of one class in all strata.
    all: Vec<Vec<u64>>,
    keys: Vec<(String, String)>,
}

impl<'a> BruteForce<'a> {
    /// Counts of one class of every stratum for every vector of cells up to `most`.
    fn new(design: &'a Design<'a>, most: u64) -> Self {
        let combinations = design.combinations();
        let cells = combinations.len();
        let mut all = Vec::new();
        let mut keys: Vec<(String, String)> = Vec::new();
        for cell in vectors(cells, most) {
            let mut sums: BTreeMap<(String, String), u64> = BTreeMap::new();
            for (codes, n) in combinations.iter().zip(&cell) {
                for key in design.strata_of(codes) {
                    *sums.entry(key).or_default() += n;
                }
            }
            if keys.is_empty() {
                keys = sums.keys().cloned().collect();
            }
            all.push(sums.into_values().collect());
        }
        Self { design, all, keys }
    }

    /// Panics when a small count of the class has one value only.
    fn check(&self, counts: &BTreeMap<(String, String), [u64; 2]>, shown: &Shown, class: usize) {
        let below = self.design.below;
        let own: Vec<u64> = self.keys.iter().map(|key| counts[key][class]).collect();
        let small: Vec<bool> = own.iter().map(|n| (1..below).contains(n)).collect();
        // Where a whole attribute is withheld, nothing tells which of its levels are small.
        let told = |attribute: &str| {
            shown.iter().any(|((other, _), numbers)| {
                other == attribute && numbers.is_some_and(|both| both != [0, 0])
            })
        };
        let told: Vec<bool> = self
            .keys
            .iter()
            .map(|(attribute, _)| told(attribute))
            .collect();
        let seen: Vec<bool> = self.keys.iter().map(|key| shown[key].is_some()).collect();
        let mut values: Vec<BTreeSet<u64>> = vec![BTreeSet::new(); own.len()];
        for other in &self.all {
            let agrees = (0..own.len()).all(|place| match (seen[place], small[place]) {
                (true, _) => other[place] == own[place],
                (false, true) if told[place] => (1..below).contains(&other[place]),
                (false, _) => true,
            });
            if agrees {
                for (place, value) in other.iter().enumerate() {
                    values[place].insert(*value);
                }
            }
        }
        for (place, key) in self.keys.iter().enumerate() {
            assert!(
                !small[place] || shown[key].is_none(),
                "{key:?} is shown: {own:?}"
            );
            assert!(
                !small[place] || values[place].len() > 1,
                "{key:?} of class {class} must be {:?}: {counts:?} shown {shown:?}",
                values[place]
            );
        }
    }
}

impl Design<'_> {
    fn strata_of(&self, codes: &[u16]) -> Vec<(String, String)> {
        let mut strata = vec![("overall".to_owned(), "all".to_owned())];
        let level = |name: &str| {
            let place = self.attributes.iter().position(|(other, _)| *other == name);
            format!("{name}{}", codes[place.unwrap()])
        };
        for (name, _) in self.attributes {
            strata.push(((*name).to_owned(), level(name)));
        }
        for names in self.intersections {
            let levels: Vec<String> = names.iter().map(|name| level(name)).collect();
            strata.push((names.join("*"), levels.join("*")));
        }
        strata
    }

    /// Cells with these counts of positives and of negatives.
    pub(super) fn table(&self, positives: &[u64], negatives: &[u64]) -> Table {
        Table {
            cells: positives
                .iter()
                .zip(negatives)
                .map(|(p, n)| [*p, *n])
                .collect(),
        }
    }

    /// Every table of positives and negatives up to `most`; gives how many had something withheld.
    fn both_classes(&self, most: u64) -> usize {
        let cells = self.combinations().len();
        // Alternatives may be larger by one than any count that was tried.
        let brute = BruteForce::new(self, most + 1);
        let mut checked = BTreeSet::new();
        let mut withheld = 0;
        for both in vectors(2 * cells, most) {
            let (counts, shown) = self.suppress(&self.table(&both[..cells], &both[cells..]));
            withheld += usize::from(shown.values().any(Option::is_none));
            for class in [0, 1] {
                // One class of many tables looks alike: each view is tried once.
                let view = (
                    both[class * cells..(class + 1) * cells].to_vec(),
                    seen(&counts, &shown, class, self.below),
                );
                if checked.insert(view) {
                    brute.check(&counts, &shown, class);
                }
            }
        }
        withheld
    }

    /// Every table of positives up to `most`, each cell with so many negatives that they are large;
    /// gives how many had something withheld.
    fn positives(&self, most: u64) -> usize {
        let cells = self.combinations().len();
        let brute = BruteForce::new(self, most + 1);
        let negatives = vec![self.below + 2; cells];
        let mut withheld = 0;
        for positives in vectors(cells, most) {
            let (counts, shown) = self.suppress(&self.table(&positives, &negatives));
            withheld += usize::from(shown.values().any(Option::is_none));
            brute.check(&counts, &shown, 0);
        }
        withheld
    }
}

pub(super) fn design<'a>(
    attributes: &'a [(&'a str, u16)],
    intersections: &'a [Vec<String>],
    below: u64,
) -> Design<'a> {
    Design {
        attributes,
        intersections,
        below,
        impossible: &[],
    }
}

pub(super) fn crossing() -> [Vec<String>; 1] {
    [vec!["a".to_owned(), "b".to_owned()]]
}

#[test]
fn two_levels_by_two_classes_up_to_five() {
    for below in [3, 4] {
        assert!(design(&[("a", 2)], &[], below).both_classes(5) > 500);
    }
}

#[test]
fn three_levels_by_two_classes_up_to_five() {
    assert!(design(&[("a", 3)], &[], 3).both_classes(5) > 20_000);
    assert!(design(&[("a", 3)], &[], 4).positives(5) > 100);
}

#[test]
fn two_attributes_without_and_with_their_crossing() {
    let attributes = [("a", 2), ("b", 2)];
    assert!(design(&attributes, &[], 3).positives(5) > 500);
    for below in [3, 4] {
        assert!(design(&attributes, &crossing(), below).positives(5) > 500);
    }
    assert!(design(&attributes, &crossing(), 3).both_classes(2) > 5_000);
}

#[test]
fn two_by_three_with_margins() {
    assert!(design(&[("a", 2), ("b", 3)], &crossing(), 3).positives(3) > 3_000);
}

#[test]
fn hospitals_within_countries() {
    // Hospitals 0 and 1 lie in country 0, hospitals 2 and 3 in country 1.
    let nested = Design {
        impossible: &[&[0, 2], &[0, 3], &[1, 0], &[1, 1]],
        ..design(&[("country", 2), ("hospital", 4)], &[], 3)
    };
    assert!(nested.positives(5) > 900);
}

/// Larger tables, too many to try: a withheld number follows by adding and subtracting shown ones
/// exactly when its set of cells is a linear combination of theirs.
#[test]
fn in_larger_tables_no_small_number_is_a_sum_of_shown_ones() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let crossings: [Vec<String>; 3] = [
        names(&["a", "b"]),
        names(&["b", "c"]),
        names(&["a", "b", "c"]),
    ];
    let design = design(&[("a", 2), ("b", 3), ("c", 4)], &crossings, 11);
    let combinations = design.combinations();
    let mut state = 7_u64;
    let (mut protected, mut shown_strata) = (0, 0);
    for round in 0..60 {
        let mut counts = || -> Vec<u64> {
            let mut draw = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % (20 + 5 * round)
            };
            combinations.iter().map(|_| draw()).collect()
        };
        let (positives, negatives) = (counts(), counts());
        let (counts, shown) = design.suppress(&design.table(&positives, &negatives));
        let cells_of = |key: &(String, String)| -> Vec<u64> {
            let holds = |codes: &Vec<u16>| u64::from(design.strata_of(codes).contains(key));
            combinations.iter().map(holds).collect()
        };
        let known: BTreeSet<Vec<u64>> = shown
            .iter()
            .filter(|(_, numbers)| numbers.is_some())
            .map(|(key, _)| cells_of(key))
            .collect();
        shown_strata += known.len();
        let rank = reduced(known.clone(), combinations.len()).len();
        for (key, both) in &counts {
            if both.iter().any(|n| (1..11).contains(n)) {
                assert!(shown[key].is_none(), "{key:?}");
                let mut with = known.clone();
                with.insert(cells_of(key));
                assert_eq!(
                    reduced(with, combinations.len()).len(),
                    rank + 1,
                    "{key:?} follows"
                );
                protected += 1;
            }
        }
    }
    assert!(
        protected > 200 && shown_strata > 2_000,
        "{protected} {shown_strata}"
    );
}
