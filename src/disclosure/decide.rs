//! From a cohort to the groups that are withheld.

use crate::cohort::{Cohort, Strata, Truth, crossings};
use crate::config::Audit;

use super::Hidden;
use super::layout::Layout;
use super::linked::linked;
use super::protect::{Marks, Problem};
use super::table::{Counter, Table};

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
pub fn hidden_strata(audit: &Audit, samples: Scored<'_>, units: Scored<'_>) -> Hidden {
    let endpoints: Vec<&str> = audit
        .endpoints
        .iter()
        .map(|endpoint| endpoint.name.value.as_str())
        .collect();
    hidden_of(
        u64::from(audit.statistics.suppress_below),
        &endpoints,
        &audit.intersections,
        samples,
        units,
    )
}

/// The same from what matters of an audit; `endpoints` stand in the order of the cohort's truth.
pub(super) fn hidden_of(
    below: u64,
    endpoints: &[&str],
    intersections: &[Vec<String>],
    samples: Scored<'_>,
    units: Scored<'_>,
) -> Hidden {
    let mut hidden = Hidden::new(below);
    if below == 0 {
        return hidden;
    }
    let groups = linked(&units.cohort.truth);
    let of_units = Side::of_units(&groups, units, intersections, below);
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
    fn new(strata: Vec<Strata>, tables: Vec<Table>, groups: &[usize], below: u64) -> Self {
        let problem = Problem {
            layout: Layout::new(&strata),
            tables,
            below,
            groups: groups.iter().max().map_or(1, |last| last + 1),
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
        units: Scored<'_>,
        intersections: &[Vec<String>],
        below: u64,
    ) -> Self {
        let strata = crossings(units.cohort, intersections);
        let counter = Counter::new(units.cohort, &strata);
        let mut tables: Vec<Table> = Vec::new();
        let mut add = |table: Table| {
            if !tables.contains(&table) {
                tables.push(table);
            }
        };
        for (truth, group) in units.cohort.truth.iter().zip(groups) {
            let known = |wanted: Truth| move |unit: usize| truth[unit] == wanted;
            let (positive, negative) = (known(Truth::Positive), known(Truth::Negative));
            let measured = |unit: usize| (units.is_scored)(unit);
            add(counter.table(
                Some(*group),
                &[
                    &|unit| positive(unit) && measured(unit),
                    &|unit| negative(unit) && measured(unit),
                ],
            ));
            add(counter.table(Some(*group), &[&positive, &negative]));
        }
        let any = |unit: usize| {
            let truth = &units.cohort.truth;
            (units.is_scored)(unit) && truth.iter().any(|truth| truth[unit] != Truth::Indeterminate)
        };
        add(counter.table(None, &[&any]));
        add(counter.table(None, &[units.is_scored]));
        add(counter.table(None, &[&|_| true]));
        Self::new(strata, tables, groups, below)
    }

    /// Everything that is counted of samples before they are joined.
    fn of_samples(
        groups: &[usize],
        samples: Scored<'_>,
        strata: Vec<Strata>,
        below: u64,
    ) -> Self {
        let counter = Counter::new(samples.cohort, &strata);
        let tables = vec![counter.table(None, &[&|_| true])];
        Self::new(strata, tables, groups, below)
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
