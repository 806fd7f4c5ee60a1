//! One metric of a task in one group, and its difference between two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::statistics::{
    ClusteredProportion, Influenced, Interval, NotEstimable, ProportionDifference, Resamples,
    ScaledEstimate, clusters_of_one_size, influenced_difference, p_at_least, p_at_most,
};
use crate::tasks::{LimitsOf, Value};

/// Patients below which a rule on an estimate with influences is not decided: the standard error is
/// a sum over few terms.
pub const DECIDING_PATIENTS: u64 = 10;

/// Events and trials of a cluster.
type Counts = (u64, u64);

/// Patients that must carry the variation of an estimate, at least; of fewer than 25 patients at least a
/// fifth (normal influences give a third). Where one or two patients are all that differs, a standard
/// error says nothing of the others.
const CARRIERS: f64 = 5.0;

/// One metric in one group.
#[derive(Debug, Clone)]
pub enum TaskQuantity {
    /// A share.
    Share {
        /// With patients as clusters.
        of: ClusteredProportion,
        /// Events and trials by cluster.
        counts: BTreeMap<u32, (u64, u64)>,
    },
    /// A number without limits.
    Plain {
        /// Point estimate.
        estimate: f64,
        /// Id of its method.
        method: &'static str,
        /// Samples and patients.
        n: (u64, u64),
    },
    /// An estimate with its standard error.
    Scaled {
        /// Estimate, error and scale.
        of: ScaledEstimate,
        /// Estimate and influences.
        influenced: Influenced,
        /// Cluster of each influence.
        cluster: Vec<u32>,
        /// Why nothing is made of its influences all the same: no limits, no comparison, no decision.
        no_limits: Option<NotEstimable>,
        /// Why nothing is decided by it whatever limits it has: few are of a class that it needs.
        few: Option<NotEstimable>,
        /// Limits in place of those of the influences.
        own: Option<Arc<dyn LimitsOf>>,
    },
}

/// The influences and clusters of those rows that have part in an estimate.
fn those(of: &Influenced, cluster: &[u32], has: &[bool]) -> (Influenced, Vec<u32>) {
    let rows = of.influence.iter().zip(cluster).zip(has);
    let kept = rows.filter(|(_, has)| **has);
    let (influence, cluster) = kept.map(|((own, cluster), _)| (*own, *cluster)).unzip();
    let estimate = of.estimate;
    (
        Influenced {
            estimate,
            influence,
        },
        cluster,
    )
}

/// Why nothing is decided by an estimate of which few patients are of a class that it needs, or of
/// whom few have most of its samples: they count as (sum b)^2 / sum b^2 patients, b the samples of one.
fn few_of_a_class(of: &Influenced, cluster: &[u32], classes: &[Vec<bool>]) -> Option<NotEstimable> {
    classes.iter().find_map(|class| {
        let (_, patients) = those(of, cluster, class);
        let found = patients.iter().collect::<BTreeSet<_>>().len() as u64;
        if found < DECIDING_PATIENTS {
            return Some(NotEstimable::Other(format!(
                "patients of the rarest class that this needs: {found}; at least {DECIDING_PATIENTS} are asked for, since influences say nothing of how far fewer vary"
            )));
        }
        let mut samples: BTreeMap<u32, f64> = BTreeMap::new();
        patients.iter().for_each(|one| *samples.entry(*one).or_default() += 1.0);
        let alike = clusters_of_one_size(&samples.into_values().collect::<Vec<_>>());
        (alike < CARRIERS).then(|| {
            NotEstimable::Other(format!(
                "few of the {found} patients of a class that this needs have most of its samples, which are worth about {alike:.0} patients"
            ))
        })
    })
}

/// Why nothing is made of influences of which few patients carry all that varies.
fn few_carry(carriers: f64, patients: u64) -> Option<NotEstimable> {
    let least = CARRIERS.min(0.2 * patients as f64);
    (carriers > 0.0 && carriers < least).then(|| {
        NotEstimable::Other(format!(
            "about {carriers:.0} of {patients} patients carry all that varies, so that no interval can be given"
        ))
    })
}

impl TaskQuantity {
    pub(super) fn new(
        value: Value,
        (cluster, classes): (Vec<u32>, &[Vec<bool>]),
        clustered: bool,
    ) -> Result<Self, NotEstimable> {
        match value {
            Value::Share(rows) => {
                let mut counts: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
                for ((events, trials), own) in rows.iter().zip(&cluster) {
                    let sum = counts.entry(*own).or_default();
                    *sum = (sum.0 + events, sum.1 + trials);
                }
                counts.retain(|_, (_, trials)| *trials > 0);
                if counts.is_empty() {
                    return Err(NotEstimable::Empty("samples in the denominator"));
                }
                // Lesions of one image are a cluster even where patients are not told apart.
                let single = counts.values().all(|(_, trials)| *trials == 1);
                let of = if clustered || !single {
                    let all: Vec<(u64, u64)> = counts.values().copied().collect();
                    ClusteredProportion::from_clusters(&all)?
                } else {
                    let events = counts.values().map(|(events, _)| events).sum();
                    ClusteredProportion::unclustered(events, counts.len() as u64)?
                };
                Ok(Self::Share { of, counts })
            }
            Value::Plain(estimate, method) => {
                let clusters: std::collections::BTreeSet<u32> = cluster.iter().copied().collect();
                Ok(Self::Plain {
                    estimate,
                    method,
                    n: (cluster.len() as u64, clusters.len() as u64),
                })
            }
            Value::Scaled {
                of,
                scale,
                range,
                method,
                has,
                limits,
            } => {
                // Patients without a value would count for the degrees of freedom and for the gate.
                let kept = |class: &Vec<bool>| match &has {
                    None => class.clone(),
                    Some(has) => class
                        .iter()
                        .zip(has)
                        .filter(|(_, has)| **has)
                        .map(|(is, _)| *is)
                        .collect(),
                };
                let classes_of_those: Vec<Vec<bool>> = classes.iter().map(kept).collect();
                let (of, cluster) = match &has {
                    None => (of, cluster),
                    Some(has) => those(&of, &cluster, has),
                };
                let scaled = of.scaled(Some(&cluster), scale, method)?;
                let few = few_of_a_class(&of, &cluster, &classes_of_those);
                let carried = few_carry(of.carriers(Some(&cluster)), scaled.n_clusters);
                // Limits of its own that are no better off there go with those of the influences.
                let limits = limits.filter(|own| carried.is_none() || !own.needs_carriers());
                Ok(Self::Scaled {
                    no_limits: few.clone().or(carried),
                    few,
                    of: scaled.within(range.0, range.1),
                    influenced: of,
                    cluster,
                    own: limits,
                })
            }
        }
    }

    /// Limits of an estimate with a standard error or limits of its own, and the id of their method.
    ///
    /// # Errors
    /// Why there are none; also of a share, whose limits are taken elsewhere.
    pub fn scaled_limits(&self, confidence: f64) -> Result<(Interval, &'static str), NotEstimable> {
        match self {
            Self::Scaled { own: Some(own), .. } => own.interval(confidence),
            Self::Scaled {
                no_limits: Some(why),
                ..
            } => Err(why.clone()),
            Self::Scaled { of, .. } => Ok((of.interval(confidence)?, of.method)),
            _ => Err(NotEstimable::Other(
                "no interval is known for this metric".to_owned(),
            )),
        }
    }

    /// The estimate with the spread over resampled patients as its standard error; `None` where few
    /// patients are behind it, or it does not vary.
    #[must_use]
    pub fn resampled(&self, drawn: &Resamples) -> Option<ScaledEstimate> {
        let Self::Scaled {
            of,
            no_limits: None,
            ..
        } = self
        else {
            return None;
        };
        let standard_error = drawn.are_enough().then(|| drawn.standard_error())??;
        let has_place = of.estimate > 0.0 && of.estimate < 1.0;
        has_place.then_some(ScaledEstimate {
            standard_error,
            method: "patient_bootstrap_logit",
            ..*of
        })
    }

    /// One-sided p for "it is at least `bound`" (or at most it), from the same limits.
    ///
    /// # Errors
    /// As for [`Self::scaled_limits`].
    pub fn scaled_p(&self, bound: f64, at_most: bool) -> Result<f64, NotEstimable> {
        let limits = |confidence: f64| Ok(self.scaled_limits(confidence)?.0);
        match self {
            Self::Scaled { own: None, of, .. } if at_most => Ok(of.p_at_most(bound)),
            Self::Scaled { own: None, of, .. } => Ok(of.p_at_least(bound)),
            _ if at_most => p_at_most(bound, limits),
            _ => p_at_least(bound, limits),
        }
    }

    /// Point estimate.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        match self {
            Self::Share { of, .. } => of.estimate,
            Self::Plain { estimate, .. } => *estimate,
            Self::Scaled { of, .. } => of.estimate,
        }
    }

    /// Standard error; 0 where no patient differs from another, and of a number without one.
    #[must_use]
    fn standard_error(&self) -> f64 {
        match self {
            Self::Share { of, .. } => of.standard_error,
            Self::Plain { .. } => 0.0,
            Self::Scaled { of, .. } => of.standard_error,
        }
    }

    /// Trials, or samples.
    #[must_use]
    pub fn n(&self) -> u64 {
        match self {
            Self::Share { of, .. } => of.trials,
            Self::Plain { n, .. } => n.0,
            Self::Scaled { cluster, .. } => cluster.len() as u64,
        }
    }

    /// Patients behind it.
    #[must_use]
    pub fn n_clusters(&self) -> u64 {
        match self {
            Self::Share { of, .. } => of.n_clusters,
            Self::Plain { n, .. } => n.1,
            Self::Scaled { of, .. } => of.n_clusters,
        }
    }
}

/// A metric in one group less the same in another.
#[derive(Debug, Clone)]
pub enum TaskDifference {
    /// Of two shares.
    Share(ProportionDifference),
    /// Of two estimates.
    Scaled {
        /// The difference and its error.
        of: ScaledEstimate,
        /// Both estimates.
        estimates: (f64, f64),
        /// Patients behind each of them.
        n_clusters: (u64, u64),
        /// Patients in both arms.
        n_shared: u64,
    },
}

impl TaskDifference {
    pub(super) fn new(a: &TaskQuantity, b: &TaskQuantity) -> Result<Self, NotEstimable> {
        match (a, b) {
            (
                TaskQuantity::Share { of: own, counts },
                TaskQuantity::Share {
                    of: other,
                    counts: others,
                },
            ) => {
                if counts.keys().all(|cluster| !others.contains_key(cluster)) {
                    return Ok(Self::Share(ProportionDifference::disjoint(*own, *other)));
                }
                let mut both: BTreeMap<u32, (Counts, Counts)> = BTreeMap::new();
                for (cluster, counts) in counts {
                    both.entry(*cluster).or_default().0 = *counts;
                }
                for (cluster, counts) in others {
                    both.entry(*cluster).or_default().1 = *counts;
                }
                let both: Vec<_> = both.into_values().collect();
                ProportionDifference::shared(&both).map(Self::Share)
            }
            (
                TaskQuantity::Scaled {
                    influenced,
                    cluster,
                    no_limits,
                    ..
                },
                TaskQuantity::Scaled {
                    influenced: other,
                    cluster: others,
                    no_limits: nor_these,
                    ..
                },
            ) => {
                if let Some(why) = no_limits.as_ref().or(nor_these.as_ref()) {
                    return Err(why.clone());
                }
                // An error of 0 is not that the value is known: nobody happened to differ.
                let still = [a, b].iter().any(|one| one.standard_error() <= 0.0);
                if still {
                    return Err(NotEstimable::Other(
                        "in one of the groups no patient differs from another, which says nothing of how far others would"
                            .to_owned(),
                    ));
                }
                let (of, n_shared) = influenced_difference((influenced, cluster), (other, others))?;
                Ok(Self::Scaled {
                    of,
                    estimates: (influenced.estimate, other.estimate),
                    n_clusters: (a.n_clusters(), b.n_clusters()),
                    n_shared,
                })
            }
            _ => Err(NotEstimable::Other(
                "the metric is a share in one group only".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 40 patients 12 are of the class.
    fn few(images: impl Fn(u32) -> u32, found: impl Fn(u32) -> bool) -> Option<NotEstimable> {
        let (mut values, mut cluster, mut class) = (Vec::new(), Vec::new(), Vec::new());
        for patient in 0..40 {
            for _ in 0..images(patient) {
                values.push(f64::from(u8::from(found(patient))));
                cluster.push(patient);
                class.push(patient < 12);
            }
        }
        let of = Influenced::mean(&values).unwrap();
        few_of_a_class(&of, &cluster, &[class])
    }

    #[test]
    fn a_class_needs_patients_whatever_is_found_of_it() {
        // One of the class is found, or none, or all: its patients are as many.
        for found in [1, 0, 40] {
            assert_eq!(few(|_| 1, |patient| patient < found), None);
        }
        // One patient has most of its images.
        let most = few(|patient| if patient == 3 { 200 } else { 1 }, |_| true);
        assert!(most.unwrap().to_string().contains("worth about 1 patients"));
        let class = vec![true; 5];
        let of = Influenced::mean(&[0.0, 1.0, 0.0, 1.0, 1.0]).unwrap();
        assert!(few_of_a_class(&of, &[0, 1, 2, 3, 4], &[class]).is_some());
    }
}
