//! From a cohort to the groups that are withheld.

use crate::cohort::{Cohort, ScoresByName, Strata, TaskTruth, Truth, crossings, task_truths};
use crate::config::Audit;

use super::Hidden;
use super::layout::Layout;
use super::linked::linked;
use super::protect::{Marks, Problem};
use super::table::{Holds, Table, Tables, Together};

/// A cohort, and whether each of its samples has a score.
#[derive(Clone, Copy)]
pub struct Scored<'a> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// Whether a sample has a score.
    pub is_scored: &'a dyn Fn(usize) -> bool,
}

/// The groups to withhold from everything that is written.
///
/// `samples` are the samples as they stand in the manifest, of which failures are counted; `units`
/// are what `aggregate` makes of them, which are measured. Without aggregation both are the same.
#[must_use]
pub fn hidden_strata(
    audit: &Audit,
    samples: Scored<'_>,
    units: Scored<'_>,
    scores: ScoresByName<'_>,
) -> Hidden {
    let endpoints: Vec<&str> = audit
        .endpoints
        .iter()
        .map(|endpoint| endpoint.name.value.as_str())
        .collect();
    hidden_of(
        u64::from(audit.statistics.suppress_below),
        (&endpoints, &task_truths(audit, units.cohort, scores)),
        &audit.intersections,
        samples,
        units,
    )
}

/// The same from what matters of an audit; binary endpoints stand in the order of the cohort's truth.
pub(super) fn hidden_of(
    below: u64,
    (endpoints, tasks): (&[&str], &[TaskTruth]),
    intersections: &[Vec<String>],
    samples: Scored<'_>,
    units: Scored<'_>,
) -> Hidden {
    let mut hidden = Hidden::new(below);
    if below == 0 {
        return hidden;
    }
    let mut groups = linked(&units.cohort.truth);
    let mut endpoints = endpoints.to_vec();
    if !tasks.is_empty() {
        // Truths of other kinds may add up to each other in ways that nobody declares: what is
        // withheld for one endpoint is withheld for all.
        groups.fill(0);
        for name in tasks.iter().flat_map(|task| &task.names) {
            endpoints.push(name);
            groups.push(0);
        }
    }
    let endpoints = endpoints.as_slice();
    let of_units = Side::of_units(&groups, tasks, units, intersections, below);
    let mut sides = vec![of_units];
    if !std::ptr::eq(samples.cohort, units.cohort) {
        let strata = crossings(samples.cohort, intersections);
        sides.push(Side::of_samples(&groups, samples, strata, below));
    }
    // What one side withholds is withheld on the other, until neither asks for more.
    loop {
        let before = hidden.clone();
        for side in &mut sides {
            side.take_over(&hidden, endpoints, &groups);
            side.problem.protect(&mut side.marks);
            side.tell(&mut hidden, endpoints, &groups);
        }
        if hidden == before {
            break;
        }
    }
    for side in &sides {
        side.hide_complements(&mut hidden, endpoints);
    }
    hidden
}

/// One cohort with its strata and what is withheld of them.
struct Side {
    strata: Vec<Strata>,
    problem: Problem,
    marks: Marks,
}

impl Side {
    fn new(
        strata: Vec<Strata>,
        (tables, together): (Vec<Table>, Together),
        groups: &[usize],
        below: u64,
    ) -> Self {
        let groups_in_all = groups.iter().max().map_or(1, |last| last + 1);
        let problem = Problem {
            layout: Layout::new(&strata),
            tables,
            together,
            below,
            groups: groups_in_all,
            is_alone: (0..groups_in_all)
                .map(|group| groups.iter().filter(|own| **own == group).count() < 2)
                .collect(),
        };
        Self {
            marks: problem.nothing_hidden(),
            strata,
            problem,
        }
    }

    /// Everything that is counted of units: both truth classes of each endpoint, with and without
    /// those that have no score (which a sensitivity analysis or the gate may count as errors);
    /// units measured for any endpoint; units with a score; all units.
    fn of_units(
        groups: &[usize],
        tasks: &[TaskTruth],
        units: Scored<'_>,
        intersections: &[Vec<String>],
        below: u64,
    ) -> Self {
        let strata = crossings(units.cohort, intersections);
        let mut tables = Tables::new(units.cohort, &strata);
        let scored = units.is_scored;
        let truths = &units.cohort.truth;
        for (truth, group) in truths.iter().zip(groups) {
            for with_all in [false, true] {
                let of = |wanted: Truth| -> Holds<'_> {
                    Box::new(move |unit| truth[unit] == wanted && (with_all || scored(unit)))
                };
                let classes = vec![of(Truth::Positive), of(Truth::Negative)];
                tables.add(Some(*group), classes);
            }
        }
        for task in tasks {
            for with_all in [false, true] {
                let classes = task.classes.iter().map(|class| -> Holds<'_> {
                    Box::new(move |unit| class[unit] && (with_all || scored(unit)))
                });
                tables.add(Some(0), classes.collect());
            }
        }
        let known = move |unit: usize| {
            let mut classes = tasks.iter().flat_map(|task| &task.classes);
            let mut truths = truths.iter();
            truths.any(|truth| truth[unit] != Truth::Indeterminate)
                || classes.any(|class| class[unit])
        };
        tables.add(
            None,
            vec![Box::new(move |unit| scored(unit) && known(unit))],
        );
        tables.add(None, vec![Box::new(scored)]);
        tables.add(None, vec![Box::new(|_| true)]);
        let done = tables.done();
        Self::new(strata, done, groups, below)
    }

    /// Everything that is counted of samples before they are joined.
    fn of_samples(groups: &[usize], samples: Scored<'_>, strata: Vec<Strata>, below: u64) -> Self {
        let mut tables = Tables::new(samples.cohort, &strata);
        tables.add(None, vec![Box::new(|_| true)]);
        let done = tables.done();
        Self::new(strata, done, groups, below)
    }

    fn take_over(&mut self, hidden: &Hidden, endpoints: &[&str], groups: &[usize]) {
        for (endpoint, group) in endpoints.iter().zip(groups) {
            for (place, stratum) in self.problem.layout.strata.iter().enumerate() {
                self.marks[*group][place] |=
                    hidden.holds(endpoint, &stratum.attribute, &stratum.level);
            }
        }
    }

    fn tell(&self, hidden: &mut Hidden, endpoints: &[&str], groups: &[usize]) {
        for (endpoint, group) in endpoints.iter().zip(groups) {
            let strata = self.problem.layout.strata.iter();
            for (stratum, marked) in strata.zip(&self.marks[*group]) {
                if *marked {
                    hidden.hide(endpoint, &stratum.attribute, &stratum.level);
                }
            }
        }
    }

    /// Everyone else whose value is known is the whole cohort less the level and the missing: with
    /// one of these two withheld, its size would follow.
    fn hide_complements(&self, hidden: &mut Hidden, endpoints: &[&str]) {
        for endpoint in endpoints {
            for one in &self.strata {
                let missing = one
                    .levels
                    .iter()
                    .zip(&one.holds_missing)
                    .filter(|(_, missing)| **missing)
                    .any(|(level, _)| hidden.holds(endpoint, &one.attribute, level));
                let whole = &self.strata[0];
                if missing || hidden.holds(endpoint, &whole.attribute, &whole.levels[0]) {
                    hidden.hide_complements(endpoint, &one.attribute);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::made::{attribute, made};

    /// Samples as (patient, site, truth by endpoint).
    fn cohort(samples: &[(u32, u16, &[Truth])]) -> Cohort {
        let endpoints = samples.first().map_or(0, |(_, _, truth)| truth.len());
        let site = attribute(
            "site",
            ["A", "B", "C", "(missing)"].map(str::to_owned).to_vec(),
            samples.iter().map(|(_, site, _)| *site).collect(),
        );
        made(
            vec![site],
            samples.iter().map(|(patient, ..)| *patient).collect(),
            (0..endpoints)
                .map(|endpoint| samples.iter().map(|(.., truth)| truth[endpoint]).collect())
                .collect(),
        )
    }

    fn hidden(below: u64, endpoints: &[&str], cohort: &Cohort) -> Vec<String> {
        let all = Scored {
            cohort,
            is_scored: &|_| true,
        };
        hidden_of(below, (endpoints, &[]), &[], all, all)
            .iter()
            .map(|(endpoint, _, level)| format!("{endpoint} {level}"))
            .collect()
    }

    /// `n` patients of one sample each.
    fn some(
        samples: &mut Vec<(u32, u16, &'static [Truth])>,
        n: u32,
        site: u16,
        truth: &'static [Truth],
    ) {
        let next = u32::try_from(samples.len()).unwrap();
        samples.extend((0..n).map(|one| (next + one, site, truth)));
    }

    use Truth::{Negative as N, Positive as P};

    #[test]
    fn a_rare_endpoint_does_not_hide_a_common_one() {
        let mut samples = Vec::new();
        for (site, rare) in [(0, 2), (1, 9), (2, 9)] {
            some(&mut samples, rare, site, &[P, P]);
            some(&mut samples, rare + 9, site, &[N, P]);
            some(&mut samples, rare + 9, site, &[P, N]);
            some(&mut samples, 20, site, &[N, N]);
        }
        let found = hidden(5, &["common", "rare"], &cohort(&samples));
        assert_eq!(found, Vec::<String>::new(), "no class is small");
        let mut samples = Vec::new();
        for (site, rare) in [(0, 2), (1, 9), (2, 10)] {
            some(&mut samples, rare, site, &[P, P]);
            some(&mut samples, 20, site, &[P, N]);
            some(&mut samples, 20, site, &[N, N]);
        }
        // One combination never occurs, and yet neither truth follows from the other.
        let found = hidden(5, &["common", "rare"], &cohort(&samples));
        assert_eq!(found, ["rare A", "rare B"]);
    }

    #[test]
    fn classes_of_one_diagnosis_are_withheld_together() {
        let mut samples = Vec::new();
        for (site, melanoma) in [(0, 2), (1, 9), (2, 10)] {
            some(&mut samples, melanoma, site, &[P, N, N]);
            some(&mut samples, 20, site, &[N, P, N]);
            some(&mut samples, 21, site, &[N, N, P]);
        }
        let found = hidden(5, &["melanoma", "naevus", "rest"], &cohort(&samples));
        let expected = [
            "melanoma A",
            "melanoma B",
            "naevus A",
            "naevus B",
            "rest A",
            "rest B",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn patients_are_protected_and_not_their_images() {
        // Two patients with twenty positive images each in A.
        let mut samples = Vec::new();
        for patient in 0..2 {
            samples.extend((0..20).map(|_| (patient, 0, &[P][..])));
        }
        samples.extend((10..30).map(|patient| (patient, 0, &[N][..])));
        let with = |sizes: [u32; 2]| {
            let mut samples = samples.clone();
            for (site, n) in [1, 2].into_iter().zip(sizes) {
                let first = 100 * u32::from(site);
                samples.extend((first..first + n).map(|patient| (patient, site, &[P][..])));
                samples.extend((first..first + n).map(|patient| (patient, site, &[N][..])));
            }
            hidden(3, &["e"], &cohort(&samples))
        };
        assert_eq!(with([30, 31]), ["e A", "e B"]);
        // Which of two equal ones goes would follow from their order.
        assert_eq!(with([30, 30]), ["e A", "e B", "e C"]);
    }

    #[test]
    fn a_small_number_of_missing_takes_a_level_with_it_and_every_comparison_with_the_others() {
        let mut samples = Vec::new();
        for (site, n) in [(0, 30), (1, 20), (2, 25), (3, 2)] {
            some(&mut samples, n, site, &[P]);
            some(&mut samples, n, site, &[N]);
        }
        let cohort = cohort(&samples);
        let all = Scored {
            cohort: &cohort,
            is_scored: &|_| true,
        };
        let hidden = hidden_of(5, (&["e"], &[]), &[], all, all);
        assert!(hidden.holds("e", "site", "(missing)"));
        assert!(hidden.holds("e", "site", "B") && !hidden.holds("e", "site", "A"));
        assert!(hidden.holds_comparison("e", "site", "A", "complement"));
        assert!(!hidden.holds_comparison("e", "site", "A", "C"));
        assert!(hidden.holds_comparison("e", "site", "A", "B"));
        assert!(!hidden.holds("e", "overall", "all"));
    }

    #[test]
    fn samples_without_a_score_count_where_the_gate_may_count_them() {
        let mut samples = Vec::new();
        for site in [0, 1, 2] {
            some(&mut samples, 20, site, &[P]);
            some(&mut samples, 20, site, &[N]);
        }
        let cohort = cohort(&samples);
        // Of the positives of A only three have a score.
        let is_scored = |sample: usize| !(3..20).contains(&sample);
        let scored = Scored {
            cohort: &cohort,
            is_scored: &is_scored,
        };
        let found = hidden_of(5, (&["e"], &[]), &[], scored, scored);
        assert!(found.holds("e", "site", "A"));
        assert!(!hidden_of(3, (&["e"], &[]), &[], scored, scored).holds("e", "site", "A"));
        assert_eq!(
            hidden_of(0, (&["e"], &[]), &[], scored, scored)
                .iter()
                .count(),
            0
        );
    }
}
