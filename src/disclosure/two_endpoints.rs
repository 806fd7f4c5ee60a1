//! Two endpoints asked of the same patients, some of them without a score or with two images, as a reader
//! sees them who knows the rules of this room and tries every other cohort for those that end in exactly
//! what is shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::cohort::{Cohort, crossings};

use super::decide::{Scored, hidden_of};
use super::made::{attribute, made, truth_of};
use super::running_backwards::up_to;

const BELOW: u64 = 3;
const ENDPOINTS: [&str; 2] = ["first", "second"];

/// A patient, whose images are alike.
#[derive(Clone, Copy)]
struct Patient {
    level: u16,
    kind: Kind,
}

#[derive(Clone, Copy)]
struct Kind {
    positive: [bool; 2],
    is_scored: bool,
    images: usize,
}

/// The patient of each sample.
fn patients_of(patients: &[Patient]) -> Vec<usize> {
    (0..patients.len())
        .flat_map(|place| std::iter::repeat_n(place, patients[place].kind.images))
        .collect()
}

fn cohort_of(levels: u16, patients: &[Patient]) -> Cohort {
    let of = patients_of(patients);
    let truth = |endpoint: usize| {
        let kinds = of.iter().map(|place| patients[*place].kind);
        kinds
            .map(|kind| truth_of(kind.positive[endpoint]))
            .collect()
    };
    let named = (0..levels).map(|level| format!("a{level}"));
    let codes = of.iter().map(|place| patients[*place].level);
    made(
        vec![attribute("a", named.collect(), codes.collect())],
        of.iter()
            .map(|place| u32::try_from(*place).unwrap())
            .collect(),
        vec![truth(0), truth(1)],
    )
}

/// Whether a number is shown, and whether it is one of patients.
type Number = (u64, bool, bool);

/// Every number of the cohort that may be written: patients and images of each group by endpoint and class,
/// with a score and in all; those of each group, shown where it is for both endpoints.
fn numbers(levels: u16, patients: &[Patient]) -> Vec<Number> {
    let cohort = cohort_of(levels, patients);
    let kind = |sample: usize| patients[cohort.patient_of[sample] as usize].kind;
    let scored = Scored {
        cohort: &cohort,
        is_scored: &|sample| kind(sample).is_scored,
    };
    let hidden = hidden_of(BELOW, (&ENDPOINTS, &[]), &[], scored, scored);
    let mut numbers = Vec::new();
    for strata in crossings(&cohort, &[]) {
        for (code, level) in (0u16..).zip(&strata.levels) {
            let mut of = |is_shown: bool, holds: &dyn Fn(Kind) -> bool| {
                let samples: Vec<usize> = (0..cohort.len())
                    .filter(|sample| strata.codes[*sample] == code && holds(kind(*sample)))
                    .collect();
                let own: BTreeSet<u32> =
                    samples.iter().map(|one| cohort.patient_of[*one]).collect();
                numbers.push((own.len() as u64, is_shown, true));
                numbers.push((samples.len() as u64, is_shown, false));
            };
            for (place, endpoint) in ENDPOINTS.into_iter().enumerate() {
                let is_shown = !hidden.holds(endpoint, &strata.attribute, level);
                for class in [true, false] {
                    of(is_shown, &|one| one.positive[place] == class);
                    of(is_shown, &|one| {
                        one.positive[place] == class && one.is_scored
                    });
                }
            }
            of(!hidden.holds_for_any(&strata.attribute, level), &|_| true);
        }
    }
    numbers
}

/// The number of all patients, and the numbers that are shown.
type Seen = (u64, Vec<Option<u64>>);

/// Small numbers of patients in all cohorts of at most so many patients of these kinds, none of which has one
/// value only in all cohorts that look alike. The number of all patients is known from the flow unless it
/// is small.
fn none_is_found(levels: u16, kinds: &[Kind], most: u64) -> usize {
    let mut alike: BTreeMap<Seen, Vec<Vec<Number>>> = BTreeMap::new();
    for counts in up_to(usize::from(levels) * kinds.len(), most) {
        let mut patients = Vec::new();
        for (cell, n) in counts.iter().enumerate() {
            let one = Patient {
                level: u16::try_from(cell / kinds.len()).unwrap(),
                kind: kinds[cell % kinds.len()],
            };
            patients.extend((0..*n).map(|_| one));
        }
        let numbers = numbers(levels, &patients);
        let all = patients.len() as u64;
        let flow = if (1..BELOW).contains(&all) { 1 } else { all };
        let seen = numbers
            .iter()
            .map(|(n, is_shown, _)| is_shown.then_some(*n));
        alike
            .entry((flow, seen.collect()))
            .or_default()
            .push(numbers);
    }
    let mut all = 0;
    for (seen, cohorts) in &alike {
        for place in (0..seen.1.len()).filter(|place| cohorts[0][*place].2) {
            let values = || cohorts.iter().map(|numbers| numbers[place].0);
            let n = values().filter(|n| (1..BELOW).contains(n)).count();
            let distinct: BTreeSet<u64> = values().collect();
            assert!(
                n == 0 || distinct.len() > 1,
                "{place} of {seen:?}: {distinct:?}"
            );
            all += n;
        }
    }
    all
}

/// Both truths of one image with a score.
const KINDS: [[bool; 2]; 4] = [[true, true], [true, false], [false, true], [false, false]];

fn kinds(positive: &[[bool; 2]], is_scored: bool, images: usize) -> Vec<Kind> {
    let kind = |positive: &[bool; 2]| Kind {
        positive: *positive,
        is_scored,
        images,
    };
    positive.iter().map(kind).collect()
}

#[test]
fn two_endpoints_of_the_same_patients() {
    let kinds = kinds(&KINDS, true, 1);
    let n = none_is_found(2, &kinds, 7) + none_is_found(3, &kinds, 5);
    assert_eq!(n, 176_600);
}

#[test]
fn two_endpoints_and_patients_without_a_score() {
    let failed = kinds(&[KINDS[0], KINDS[3]], false, 1);
    let n = none_is_found(2, &[kinds(&KINDS, true, 1), failed].concat(), 6);
    assert_eq!(n, 238_014);
}

#[test]
fn patients_with_two_images() {
    let all = [kinds(&KINDS, true, 1), kinds(&KINDS, true, 2)].concat();
    let n = none_is_found(2, &all, 5);
    assert_eq!(n, 288_432);
}
