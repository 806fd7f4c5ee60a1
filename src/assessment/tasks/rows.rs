//! Rows of the results for endpoints with a task.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cohort::{OVERALL, Strata};
use crate::config::StatisticsSpec;
use crate::disclosure::Hidden;
use crate::statistics::{
    NotEstimable, Resamples, detectable_by_standard_error, influenced_heterogeneity,
    permutation_heterogeneity, wald_heterogeneity,
};
use crate::tasks::{Draws, TaskFigure, Unit};

use super::super::adjustment::Families;
use super::super::assess::Assessment;
use super::super::compare::fill as fill_difference_of;
use super::super::estimates::{RELIABLE_N, RELIABLE_WIDTH};
use super::super::quantities::{Difference, proportion_method};
use super::super::unanswered::About;
use super::super::{Comparison, Estimate, EstimateFlag, EstimateStatus, HeterogeneityTest};
use super::measured::TaskMeasured;
use super::quantity::{DECIDING_PATIENTS, TaskDifference, TaskQuantity};

/// Patients in a bin of a figure, at least, whatever `suppress_below` says.
const LEAST_IN_BIN: usize = 10;

/// What is drawn of one endpoint with a task in one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCurves {
    /// Endpoint.
    pub endpoint: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// What is drawn.
    pub figure: TaskFigure,
}

/// What every row of one endpoint shares.
struct Setting<'a> {
    spec: &'a StatisticsSpec,
    measured: &'a TaskMeasured<'a>,
    several: bool,
    /// Reference level of each attribute that declares one.
    references: &'a [(String, String)],
}

/// Measures one endpoint with a task in every stratum.
pub(in super::super) fn task_into(
    all: &mut Assessment,
    spec: &StatisticsSpec,
    measured: &TaskMeasured<'_>,
    strata: &[Strata],
    (several, references, hidden): (bool, &[(String, String)], &Hidden),
) {
    let setting = Setting {
        spec,
        measured,
        several,
        references,
    };
    let (compared, tested) = (all.comparisons.len(), all.tests.len());
    for one in strata {
        for level in 0..one.levels.len() {
            setting.level(all, one, level);
        }
        if one.attribute != OVERALL {
            for place in 0..measured.endpoint.metrics.len() {
                all.tests.extend(setting.test(one, place));
            }
        }
    }
    let families = Families {
        spec,
        measured: None,
        strata,
        hidden,
    };
    families.comparisons(&mut all.comparisons[compared..]);
    families.tests(&mut all.tests[tested..]);
}

impl Setting<'_> {
    fn id(&self, metric: &str, endpoint: &str, attribute: &str) -> String {
        // A part is always named: it is what tells its rows apart.
        if self.several || endpoint.contains(':') {
            format!("{metric}.{endpoint}.{attribute}")
        } else {
            format!("{metric}.{attribute}")
        }
    }

    fn level(&self, all: &mut Assessment, strata: &Strata, level: usize) {
        let measured = self.measured;
        let samples = measured.members(strata, level);
        let drawn = measured.resampled(
            &samples,
            Draws {
                replicates: self.spec.replicates.get() as u64,
                seed: self.spec.seed,
            },
        );
        for place in 0..measured.endpoint.metrics.len() {
            let drawn = drawn.get(&place);
            all.estimates
                .push(self.estimate(strata, level, place, (&samples, drawn)));
        }
        let least = usize::try_from(self.spec.suppress_below).unwrap_or(usize::MAX);
        let least = least.max(LEAST_IN_BIN);
        let figures = measured.figures(&samples, self.spec.confidence, least);
        all.task_curves
            .extend(figures.into_iter().map(|figure| TaskCurves {
                endpoint: measured.endpoint.name.value.clone(),
                attribute: strata.attribute.clone(),
                level: strata.levels[level].clone(),
                figure,
            }));
        if strata.attribute == OVERALL || strata.holds_missing[level] {
            return;
        }
        let known = strata.holds_missing.iter().filter(|own| !**own).count();
        let rest = measured.complement(strata, level);
        let reference = self
            .references
            .iter()
            .find(|(attribute, _)| *attribute == strata.attribute)
            .map(|(_, reference)| reference.as_str())
            .filter(|reference| *reference != strata.levels[level]);
        for place in 0..measured.endpoint.metrics.len() {
            if measured.endpoint.metrics[place].text.compared.is_err() {
                continue;
            }
            let mut row = self.comparison(strata, level, place, "complement", (&samples, &rest));
            row.family_size = u64::from(known == 2);
            all.comparisons.push(row);
            let other = reference
                .and_then(|name| Some((name, strata.levels.iter().position(|own| own == name)?)));
            if let Some((name, other)) = other {
                let others = measured.members(strata, other);
                all.comparisons.push(self.comparison(
                    strata,
                    level,
                    place,
                    name,
                    (&samples, &others),
                ));
            }
        }
    }

    fn estimate(
        &self,
        strata: &Strata,
        level: usize,
        place: usize,
        (samples, drawn): (&[u32], Option<&Resamples>),
    ) -> Estimate {
        let spec = self.spec;
        let metric = &self.measured.endpoint.metrics[place];
        let endpoint = metric.endpoint(&self.measured.endpoint.name);
        let patients: std::collections::BTreeSet<u32> =
            self.measured.clusters(samples).into_iter().collect();
        let attribute = &strata.attribute;
        let about = About {
            id: format!(
                "{}.{}",
                self.id(metric.text.id, &endpoint, attribute),
                strata.levels[level]
            ),
            endpoint: &endpoint,
            metric: metric.text.id,
            attribute,
        };
        let mut row = Estimate {
            n: Some(samples.len() as u64),
            n_class: Some(samples.len() as u64),
            n_patients: Some(patients.len() as u64),
            n_clusters: Some(patients.len() as u64),
            ..Estimate::unanswered(about, &strata.levels[level], spec.confidence)
        };
        match self.measured.quantity(place, samples) {
            Err(why) => row.reason = Some(why.to_string()),
            Ok(found) => self.fill(&mut row, (&found, drawn), metric.text.unit),
        }
        if strata.exploratory {
            row.flags.push(EstimateFlag::Exploratory);
        }
        if !self.measured.clustered && row.status == EstimateStatus::Ok {
            row.flags.push(EstimateFlag::SamplesTakenAsIndependent);
        }
        // An area needs no threshold.
        if self.measured.chosen_here && metric.text.id != "macro_auroc" {
            row.flags.push(EstimateFlag::ThresholdChosenHere);
        }
        row.flags.sort();
        row
    }

    fn fill(
        &self,
        row: &mut Estimate,
        (found, drawn): (&TaskQuantity, Option<&Resamples>),
        unit: Unit,
    ) {
        row.status = EstimateStatus::Ok;
        row.estimate = Some(found.estimate());
        row.n_class = Some(found.n());
        row.n_clusters = Some(found.n_clusters());
        let confidence = self.spec.confidence;
        let limits = match found {
            TaskQuantity::Share { of, .. } => {
                row.numerator = Some(of.events);
                row.denominator = Some(of.trials);
                row.standard_error = Some(of.standard_error);
                row.design_effect = of.design_effect;
                row.n_effective = Some(of.n_effective);
                if of.few_carriers {
                    row.flags.push(EstimateFlag::FewCarriers);
                }
                if of.n_effective < RELIABLE_N {
                    row.flags.push(EstimateFlag::Unreliable);
                }
                of.interval(proportion_method(self.spec), confidence)
                    .map(|(limits, method)| (limits, method.to_owned()))
            }
            TaskQuantity::Plain { method, .. } => {
                row.method = (*method).to_owned();
                Err(NotEstimable::Other(
                    "no interval is known for this metric".to_owned(),
                ))
            }
            TaskQuantity::Scaled { of, .. } => {
                // Resamples of few patients say no more than their influences.
                let drawn = drawn.and_then(|drawn| found.resampled(drawn));
                row.standard_error = Some(drawn.map_or(of.standard_error, |of| of.standard_error));
                if (found.n_clusters() as f64) < RELIABLE_N {
                    row.flags.push(EstimateFlag::Unreliable);
                }
                match drawn {
                    Some(of) => of
                        .interval(confidence)
                        .map(|limits| (limits, of.method.to_owned())),
                    None => found
                        .scaled_limits(confidence)
                        .map(|(limits, method)| (limits, method.to_owned())),
                }
            }
        };
        match limits {
            Err(why) => row.reason = Some(why.to_string()),
            Ok((limits, method)) => {
                row.lower = Some(limits.lower);
                row.upper = Some(limits.upper);
                row.method = method;
                let wide = unit == Unit::Share && limits.upper - limits.lower > RELIABLE_WIDTH;
                if wide && !row.flags.contains(&EstimateFlag::Unreliable) {
                    row.flags.push(EstimateFlag::Unreliable);
                }
            }
        }
    }

    fn comparison(
        &self,
        strata: &Strata,
        level: usize,
        place: usize,
        reference: &str,
        (own, other): (&[u32], &[u32]),
    ) -> Comparison {
        let spec = self.spec;
        let metric = &self.measured.endpoint.metrics[place];
        let endpoint = metric.endpoint(&self.measured.endpoint.name);
        let about = About {
            id: format!(
                "{}.{}-vs-{reference}",
                self.id(metric.text.id, &endpoint, &strata.attribute),
                strata.levels[level]
            ),
            endpoint: &endpoint,
            metric: metric.text.id,
            attribute: &strata.attribute,
        };
        let mut row = Comparison {
            n_shared_patients: Some(0),
            ..Comparison::unanswered(about, &strata.levels[level], reference, spec.confidence)
        };
        if let Err(why) = self.fill_difference(&mut row, place, own, other) {
            row.reason = Some(why.to_string());
        }
        row
    }

    fn fill_difference(
        &self,
        row: &mut Comparison,
        place: usize,
        own: &[u32],
        other: &[u32],
    ) -> Result<(), NotEstimable> {
        let spec = self.spec;
        match self.measured.difference(place, own, other)? {
            TaskDifference::Share(of) => {
                row.n_shared_patients = Some(of.n_shared);
                let found = Difference::of_shares(spec.difference, of)?;
                let better = self.measured.endpoint.metrics[place].text.better;
                fill_difference_of(row, spec, &found, better);
            }
            TaskDifference::Scaled {
                of,
                estimates,
                n_shared,
                ..
            } => {
                row.n_shared_patients = Some(n_shared);
                row.estimate = Some(estimates.0);
                row.reference_estimate = Some(estimates.1);
                row.difference = Some(of.estimate);
                row.method = of.method.to_owned();
                let limits = of.interval(spec.confidence)?;
                (row.lower, row.upper) = (Some(limits.lower), Some(limits.upper));
                row.p = Some(of.p_two_sided(0.0));
                row.minimum_detectable = Some(detectable_by_standard_error(
                    of.standard_error,
                    (1.0 - spec.confidence) / 2.0,
                    0.8,
                ));
                row.status = EstimateStatus::Ok;
            }
        }
        Ok(())
    }

    /// One global test of a metric over the known levels of an attribute; none for a metric that
    /// groups are not compared by.
    fn test(&self, strata: &Strata, place: usize) -> Option<HeterogeneityTest> {
        let metric = &self.measured.endpoint.metrics[place];
        metric.text.compared.ok()?;
        let endpoint = metric.endpoint(&self.measured.endpoint.name);
        let about = About {
            id: self.id(metric.text.id, &endpoint, &strata.attribute),
            endpoint: &endpoint,
            metric: metric.text.id,
            attribute: &strata.attribute,
        };
        let found = self.heterogeneity(strata, place);
        let found = found.map_err(|why| why.to_string());
        Some(HeterogeneityTest::of(about, &strata.levels, found))
    }

    fn heterogeneity(
        &self,
        strata: &Strata,
        place: usize,
    ) -> Result<(crate::statistics::Heterogeneity, Vec<usize>), NotEstimable> {
        let known = (0..strata.levels.len()).filter(|level| !strata.holds_missing[*level]);
        // A level without limits takes no part, as one with a single patient does not.
        let found: Vec<(usize, TaskQuantity)> = known
            .filter_map(|level| {
                let samples = self.measured.members(strata, level);
                let quantity = self.measured.quantity(place, &samples).ok()?;
                let counts = match &quantity {
                    // Of fewer patients the covariance of the levels is not known well enough.
                    // Of a level in which nothing varies it is not known at all.
                    TaskQuantity::Scaled { no_limits, of, .. } => {
                        no_limits.is_none()
                            && of.n_clusters >= DECIDING_PATIENTS
                            && of.standard_error > 0.0
                    }
                    _ => true,
                };
                counts.then_some((level, quantity))
            })
            .collect();
        if found.len() < 2 {
            return Err(NotEstimable::Other(
                "fewer than two groups have limits of this metric, so that nothing is tested"
                    .to_owned(),
            ));
        }
        let levels: Vec<usize> = found.iter().map(|(level, _)| *level).collect();
        let scaled: Vec<_> = found
            .iter()
            .filter_map(|(_, quantity)| match quantity {
                TaskQuantity::Scaled {
                    influenced,
                    cluster,
                    ..
                } => Some((influenced, cluster.as_slice())),
                _ => None,
            })
            .collect();
        if scaled.len() == found.len() {
            return Ok((influenced_heterogeneity(&scaled)?, levels));
        }
        let mut clusters: std::collections::BTreeMap<u32, Vec<(u64, u64)>> =
            std::collections::BTreeMap::new();
        for (at, (_, quantity)) in found.iter().enumerate() {
            if let TaskQuantity::Share { counts, .. } = quantity {
                for (cluster, counts) in counts {
                    let own = clusters
                        .entry(*cluster)
                        .or_insert_with(|| vec![(0, 0); found.len()]);
                    own[at] = *counts;
                }
            }
        }
        let in_one =
            |own: &Vec<(u64, u64)>| own.iter().filter(|(_, trials)| *trials > 0).count() == 1;
        if !clusters.values().all(in_one) {
            let all: Vec<Vec<(u64, u64)>> = clusters.into_values().collect();
            return Ok((wald_heterogeneity(&all)?, levels));
        }
        let (counts, of): (Vec<(u64, u64)>, Vec<usize>) = clusters
            .into_values()
            .filter_map(|own| {
                let at = own.iter().position(|(_, trials)| *trials > 0)?;
                Some((own[at], at))
            })
            .unzip();
        let permutations = self.spec.replicates.get() as u64;
        Ok((
            permutation_heterogeneity(&counts, &of, permutations, self.spec.seed)?,
            levels,
        ))
    }
}
