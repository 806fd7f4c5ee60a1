//! Adjustment of displayed p-values for their number, family by family.
//!
//! A family of comparisons holds those of one endpoint, metric, attribute and kind of reference
//! (the complement, or a declared level). Attributes declared exploratory are searched together:
//! their comparisons of one endpoint, metric and kind of reference are one family, whose false
//! discovery rate is bounded. Two complementary levels of an attribute are one comparison.
//!
//! A family of global tests holds those of one endpoint and metric over all attributes and
//! crossings, adjusted by Holm, since permutation tests have no joint distribution at hand;
//! exploratory ones form a family of their own.

use std::collections::BTreeMap;

use crate::cohort::Strata;
use crate::config::{Adjustment, StatisticsSpec};
use crate::disclosure::Hidden;
use crate::statistics::{self, Integration, Tail};

use super::influence::influence;
use super::measured::Measured;
use super::metric::Metric;
use super::{Comparison, HeterogeneityTest};

/// Reference of a comparison with everyone else.
const COMPLEMENT: &str = "complement";

/// What families are adjusted by, and whose correlation they have.
pub(super) struct Families<'a> {
    pub(super) spec: &'a StatisticsSpec,
    /// The binary endpoint, whose influences max-T needs; none of an endpoint with a task.
    pub(super) measured: Option<&'a Measured>,
    pub(super) strata: &'a [Strata],
    /// What is withheld is in no family.
    pub(super) hidden: &'a Hidden,
}

impl Families<'_> {
    /// Fills the adjusted p, the size of its family and the adjustment of every comparison of one
    /// endpoint that has a p.
    pub(super) fn comparisons(&self, comparisons: &mut [Comparison]) {
        let mut families: BTreeMap<(String, String, String, bool), Vec<usize>> = BTreeMap::new();
        for (place, one) in comparisons.iter().enumerate() {
            let withheld = self.hidden.holds_comparison(
                &one.endpoint,
                &one.attribute,
                &one.level,
                &one.reference,
            );
            if one.p.is_some() && !withheld {
                let key = (
                    one.endpoint.clone(),
                    one.metric.clone(),
                    self.searched_together(&one.attribute),
                    one.reference == COMPLEMENT,
                );
                families.entry(key).or_default().push(place);
            }
        }
        for ((_, _, attribute, _), places) in families {
            let units = units(comparisons, &places);
            let least: Vec<f64> = units
                .iter()
                .map(|unit| smallest(comparisons, unit))
                .collect();
            let wanted = if attribute.is_empty() {
                self.spec.exploratory
            } else {
                self.spec.multiplicity
            };
            let (adjusted, by, note) = match wanted {
                Adjustment::MaxT => self.by_max_t(comparisons, &units, &least),
                other => (by_p_alone(other, &least), other, None),
            };
            for (unit, adjusted) in units.iter().zip(adjusted) {
                for place in unit {
                    let one = &mut comparisons[*place];
                    one.p_adjusted = one.p.map(|own| adjusted.max(own));
                    one.family_size = units.len() as u64;
                    one.adjustment = by.id().to_owned();
                    one.adjustment_note.clone_from(&note);
                }
            }
        }
    }

    /// The same for the global tests of one endpoint.
    pub(super) fn tests(&self, tests: &mut [HeterogeneityTest]) {
        let mut families: BTreeMap<(String, String, bool), Vec<usize>> = BTreeMap::new();
        for (place, one) in tests.iter().enumerate() {
            let withheld = self.hidden.holds_a_level_of(&one.endpoint, &one.attribute);
            if one.p.is_some() && !withheld {
                let key = (
                    one.endpoint.clone(),
                    one.metric.clone(),
                    self.is_exploratory(&one.attribute),
                );
                families.entry(key).or_default().push(place);
            }
        }
        for ((_, _, exploratory), places) in families {
            let p: Vec<f64> = places.iter().filter_map(|place| tests[*place].p).collect();
            let by = if exploratory {
                self.spec.exploratory
            } else {
                Adjustment::Holm
            };
            for (place, adjusted) in places.iter().zip(by_p_alone(by, &p)) {
                tests[*place].p_adjusted = Some(adjusted);
                tests[*place].family_size = places.len() as u64;
                tests[*place].adjustment = by.id().to_owned();
            }
        }
    }

    fn is_exploratory(&self, attribute: &str) -> bool {
        self.strata
            .iter()
            .any(|strata| strata.attribute == attribute && strata.exploratory)
    }

    /// The attribute that a family is about; empty for all exploratory ones.
    fn searched_together(&self, attribute: &str) -> String {
        if self.is_exploratory(attribute) {
            String::new()
        } else {
            attribute.to_owned()
        }
    }

    /// By the largest of correlated statistics; by Holm, and said so, where there are no influence
    /// functions to take the correlation from.
    fn by_max_t(
        &self,
        comparisons: &[Comparison],
        units: &[Vec<usize>],
        least: &[f64],
    ) -> (Vec<f64>, Adjustment, Option<String>) {
        let influences: Result<Vec<Vec<f64>>, String> = units
            .iter()
            .map(|unit| self.influence(&comparisons[unit[0]]))
            .collect();
        let found = influences.and_then(|influences| {
            let correlation =
                statistics::influence_correlation(&influences).map_err(|why| why.to_string())?;
            statistics::max_t_of_p(
                least,
                &correlation,
                Tail::TwoSided,
                Integration::Exact,
                self.spec.seed,
            )
            .map_err(|why| why.to_string())
        });
        match found {
            Ok(adjusted) => (adjusted, Adjustment::MaxT, None),
            Err(why) => (
                statistics::holm(least),
                Adjustment::Holm,
                Some(format!("Holm in place of max-T, since {why}")),
            ),
        }
    }

    /// Influences of all patients on one difference.
    fn influence(&self, comparison: &Comparison) -> Result<Vec<f64>, String> {
        let missing = || format!("{} is not at hand", comparison.id);
        let measured = self
            .measured
            .ok_or("it is not computed for endpoints with a task")?;
        let metric = Metric::ALL
            .into_iter()
            .find(|metric| metric.id() == comparison.metric)
            .ok_or_else(missing)?;
        let strata = self
            .strata
            .iter()
            .find(|strata| strata.attribute == comparison.attribute)
            .ok_or_else(missing)?;
        let level = |name: &str| strata.levels.iter().position(|level| level == name);
        let own = level(&comparison.level).ok_or_else(missing)?;
        let other = if comparison.reference == COMPLEMENT {
            measured.complement(strata, own)
        } else {
            let reference = level(&comparison.reference).ok_or_else(missing)?;
            measured.members(strata, reference)
        };
        let unit = if measured.clustered {
            &measured.patient
        } else {
            &measured.samples
        };
        let count = unit.iter().max().map_or(0, |last| *last as usize + 1);
        let of = |places: &[u32]| {
            influence(
                metric,
                &measured.group(places),
                &measured.units(places),
                count,
            )
            .map_err(|why| why.to_string())
        };
        let mut influences = of(&measured.members(strata, own))?;
        influences
            .iter_mut()
            .zip(of(&other)?)
            .for_each(|(own, other)| *own -= other);
        Ok(influences)
    }
}

/// Comparisons of a family, complementary levels of an attribute joined.
fn units(comparisons: &[Comparison], places: &[usize]) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = Vec::new();
    for place in places {
        let one = &comparisons[*place];
        // Before the adjustment a size of 1 marks one of two complementary levels.
        let mirrored = one.family_size == 1;
        let twin = units.iter_mut().find(|unit| {
            let other = &comparisons[unit[0]];
            mirrored && other.family_size == 1 && other.attribute == one.attribute
        });
        match twin {
            Some(unit) => unit.push(*place),
            None => units.push(vec![*place]),
        }
    }
    units
}

fn smallest(comparisons: &[Comparison], unit: &[usize]) -> f64 {
    unit.iter()
        .filter_map(|place| comparisons[*place].p)
        .fold(1.0, f64::min)
}

/// Adjustments that look at p-values alone.
fn by_p_alone(by: Adjustment, p: &[f64]) -> Vec<f64> {
    match by {
        Adjustment::Holm | Adjustment::MaxT => statistics::holm(p),
        Adjustment::Hochberg => statistics::hochberg(p),
        Adjustment::BenjaminiHochberg => statistics::benjamini_hochberg(p),
        Adjustment::BenjaminiYekutieli => statistics::benjamini_yekutieli(p),
    }
}
