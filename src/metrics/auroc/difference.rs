//! Difference of two areas: disjoint groups, groups that share patients, two models on one group.

use super::interval::{Auroc, AurocMethod, auroc};
use super::placements::{ArmArea, Components, Influence};
use crate::metrics::ranked::Ranked;
use crate::statistics::{
    Interval, NotEstimable, Scale, ScaledEstimate, detectable_by_standard_error, ordered_sum,
    p_at_least, p_at_most, p_two_sided,
};

/// Fewer patients than this: Student's t for arms that share them.
const MANY_PATIENTS: usize = 40;

/// A difference of areas, first minus second.
#[derive(Debug, Clone, PartialEq)]
pub struct AurocDifference {
    /// First arm.
    pub a: Auroc,
    /// Second arm.
    pub b: Auroc,
    /// Standard error; `None` when an arm has no variance of its own (perfect separation).
    pub standard_error: Option<f64>,
    /// Degrees of freedom of Student's t; `None` for the normal distribution.
    pub df: Option<f64>,
    /// Patients with samples in both arms.
    pub n_shared: u64,
    /// Id of the method.
    pub method: &'static str,
}

impl AurocDifference {
    /// Groups without a common patient: sqrt(V1 + V2) with Welch's degrees of freedom, sizes
    /// counted in samples when they are independent and in patients when they are not. When an
    /// arm has no variance (perfect separation) the limits of both arms are combined (MOVER). No
    /// published number is known for clustered arms or for the combination; the tests reduce the
    /// one to DeLong's variance and check the ends of the other.
    #[must_use]
    pub fn disjoint(a: Auroc, b: Auroc) -> Self {
        let clustered = a.variance_obuchowski.is_some() || b.variance_obuchowski.is_some();
        let size = |arm: &Auroc| {
            if clustered {
                arm.n_clusters as f64
            } else {
                (arm.n_positive + arm.n_negative) as f64
            }
        };
        match (a.variance(), b.variance()) {
            (Some(va), Some(vb)) => {
                let df =
                    (va + vb).powi(2) / (va * va / (size(&a) - 1.0) + vb * vb / (size(&b) - 1.0));
                let method = if clustered {
                    "welch_obuchowski"
                } else {
                    "welch_delong"
                };
                Self {
                    a,
                    b,
                    standard_error: Some((va + vb).sqrt()),
                    df: Some(df),
                    n_shared: 0,
                    method,
                }
            }
            _ => Self {
                a,
                b,
                standard_error: None,
                df: None,
                n_shared: 0,
                method: "mover_auroc",
            },
        }
    }

    /// First minus second.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        self.a.estimate - self.b.estimate
    }

    /// The difference over its standard error; `None` without one.
    #[must_use]
    pub fn statistic(&self) -> Option<f64> {
        self.scaled().map(|scaled| scaled.statistic(0.0))
    }

    fn scaled(&self) -> Option<ScaledEstimate> {
        let error = self.standard_error.filter(|error| *error > 0.0)?;
        let plain =
            ScaledEstimate::new(self.estimate(), error, Scale::Identity, 2, self.method).ok()?;
        Some(
            ScaledEstimate {
                df: self.df,
                ..plain
            }
            .within(-1.0, 1.0),
        )
    }

    /// Two-sided interval.
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        if let Some(scaled) = self.scaled() {
            return scaled.interval(confidence);
        }
        let (first, _) = self.a.interval(AurocMethod::Logit, confidence)?;
        let (second, _) = self.b.interval(AurocMethod::Logit, confidence)?;
        let reach = |x: f64, y: f64| (x * x + y * y).sqrt();
        let d = self.estimate();
        Ok(Interval {
            lower: (d - reach(
                self.a.estimate - first.lower,
                second.upper - self.b.estimate,
            ))
            .clamp(-1.0, d),
            upper: (d + reach(
                first.upper - self.a.estimate,
                self.b.estimate - second.lower,
            ))
            .clamp(d, 1.0),
        })
    }

    /// Two-sided p for "no difference".
    ///
    /// # Errors
    /// None in practice; the interval exists at every level.
    pub fn p_two_sided(&self) -> Result<f64, NotEstimable> {
        self.scaled().map_or_else(
            || p_two_sided(0.0, |confidence| self.interval(confidence)),
            |scaled| Ok(scaled.p_two_sided(0.0)),
        )
    }

    /// Smallest true difference that is seen with probability `power` by a one-sided test at
    /// `alpha`: (z_alpha + z_power) times the standard error; `None` without one.
    #[must_use]
    pub fn minimum_detectable(&self, alpha: f64, power: f64) -> Option<f64> {
        let error = self.standard_error.filter(|error| *error > 0.0)?;
        Some(detectable_by_standard_error(error, alpha, power))
    }

    /// One-sided p for "the difference is at least `bound`".
    ///
    /// # Errors
    /// None in practice.
    pub fn p_at_least(&self, bound: f64) -> Result<f64, NotEstimable> {
        self.scaled().map_or_else(
            || p_at_least(bound, |confidence| self.interval(confidence)),
            |scaled| Ok(scaled.p_at_least(bound)),
        )
    }

    /// One-sided p for "the difference is at most `bound`".
    ///
    /// # Errors
    /// None in practice.
    pub fn p_at_most(&self, bound: f64) -> Result<f64, NotEstimable> {
        self.scaled().map_or_else(
            || p_at_most(bound, |confidence| self.interval(confidence)),
            |scaled| Ok(scaled.p_at_most(bound)),
        )
    }
}

/// Samples of one arm: truth, score, patient.
pub type ScoredArm<'a> = (&'a [bool], &'a [f64], &'a [u32]);

/// Difference of areas between two groups of samples whose patients carry the same index in
/// both. Without a common patient this is [`AurocDifference::disjoint`]; with one, each
/// patient's influence on both areas is summed (Obuchowski 1997, applied to the difference). No
/// published number is known for that; in the tests an arm against itself does not differ.
///
/// # Errors
/// As [`auroc`], for either arm.
pub fn auroc_shared(
    first: ScoredArm<'_>,
    second: ScoredArm<'_>,
) -> Result<AurocDifference, NotEstimable> {
    let count = first
        .2
        .iter()
        .chain(second.2)
        .max()
        .map_or(0, |last| *last as usize + 1);
    let area = |arm: ScoredArm<'_>| {
        let rows = Ranked::new(arm.0, arm.1, None, Some(arm.2))?;
        ArmArea::new(&rows, &rows.caller_cluster, count, |_| true)
    };
    let first = area(first)?;
    let a = Auroc::of_arm(&first)?;
    let second = area(second)?;
    let b = Auroc::of_arm(&second)?;
    Ok(of_arms((a, &first), (b, &second)))
}

/// Difference of the areas of two arms of the same sorted samples; `arm` says of a row whether it
/// is in the first (true), the second (false) or neither. With patients told apart those that have
/// samples in both arms make them dependent.
///
/// # Errors
/// As [`auroc`], for either arm.
pub fn auroc_between(
    rows: &Ranked,
    arm: impl Fn(usize) -> Option<bool> + Copy,
) -> Result<AurocDifference, NotEstimable> {
    let area = |first: bool| ArmArea::of_patients(rows, move |row| arm(row) == Some(first));
    let first = area(true)?;
    if !rows.clustered {
        let (a, b) = (
            Auroc::independent(&first)?,
            Auroc::independent(&area(false)?)?,
        );
        return Ok(AurocDifference::disjoint(a, b));
    }
    let a = Auroc::of_arm(&first)?;
    let second = area(false)?;
    let b = Auroc::of_arm(&second)?;
    Ok(of_arms((a, &first), (b, &second)))
}

/// The difference of two areas whose patients carry the same numbers.
fn of_arms((a, first): (Auroc, &ArmArea), (b, second): (Auroc, &ArmArea)) -> AurocDifference {
    let both = || first.by_patient.iter().zip(&second.by_patient);
    let n_shared = both()
        .filter(|(one, other)| one.has_any() && other.has_any())
        .count();
    if n_shared == 0 {
        return AurocDifference::disjoint(a, b);
    }
    let differences: Vec<Influence> = both().map(|(one, other)| one.minus(*other)).collect();
    let patients = differences.iter().filter(|one| one.has_any()).count();
    let variance = if a.variance().is_some() && b.variance().is_some() {
        Components::of(&differences).variance_obuchowski()
    } else {
        None
    };
    let df = (patients < MANY_PATIENTS).then_some(patients as f64 - 1.0);
    let method = if variance.is_some_and(|variance| variance > 0.0) {
        "obuchowski_shared"
    } else {
        "mover_auroc"
    };
    AurocDifference {
        a,
        b,
        standard_error: variance.map(f64::sqrt),
        df,
        n_shared: n_shared as u64,
        method,
    }
}

/// Difference of the areas of two scores of the same samples (DeLong, DeLong and Clarke-Pearson
/// 1988; with patients Obuchowski 1997), normal quantiles. No published number is known with
/// patients; in the tests one sample a patient gives DeLong's.
///
/// # Errors
/// As [`auroc`], for either score.
pub fn auroc_paired(
    y_true: &[bool],
    first: &[f64],
    second: &[f64],
    cluster: Option<&[u32]>,
) -> Result<AurocDifference, NotEstimable> {
    let a = auroc(y_true, first, cluster)?;
    let b = auroc(y_true, second, cluster)?;
    // Every sample its own patient, or the patients given: placements in the caller's order.
    let own: Vec<u32> = (0..y_true.len() as u32).collect();
    let samples = |score: &[f64]| {
        let rows = Ranked::new(y_true, score, None, Some(&own))?;
        ArmArea::new(&rows, &rows.caller_cluster, own.len(), |_| true)
    };
    let differences: Vec<Influence> = samples(first)?
        .by_patient
        .into_iter()
        .zip(samples(second)?.by_patient)
        .map(|(one, other)| one.minus(other))
        .collect();
    let (variance, method) = match cluster {
        None => (delong(&differences), "delong_paired"),
        Some(cluster) => (
            Components::of(&joined(&differences, cluster)).variance_obuchowski(),
            "obuchowski_paired",
        ),
    };
    let n_shared = a.n_clusters;
    Ok(AurocDifference {
        a,
        b,
        standard_error: variance.map(f64::sqrt),
        df: None,
        n_shared,
        method,
    })
}

fn joined(samples: &[Influence], cluster: &[u32]) -> Vec<Influence> {
    let mut sums =
        vec![Influence::default(); cluster.iter().max().map_or(0, |last| *last as usize + 1)];
    for (sample, patient) in samples.iter().zip(cluster) {
        let sum = &mut sums[*patient as usize];
        *sum = Influence {
            positive: sum.positive + sample.positive,
            negative: sum.negative + sample.negative,
            n_positive: sum.n_positive + sample.n_positive,
            n_negative: sum.n_negative + sample.n_negative,
        };
    }
    sums
}

/// n / (n - 1) within each class: DeLong's covariance of independent samples.
fn delong(differences: &[Influence]) -> Option<f64> {
    let count =
        |has: fn(&Influence) -> bool| differences.iter().filter(|one| has(one)).count() as f64;
    let (n1, n0) = (
        count(|one| one.n_positive > 0),
        count(|one| one.n_negative > 0),
    );
    let positives = ordered_sum(differences.iter().map(|one| one.positive * one.positive));
    let negatives = ordered_sum(differences.iter().map(|one| one.negative * one.negative));
    (n1 >= 2.0 && n0 >= 2.0).then(|| n1 / (n1 - 1.0) * positives + n0 / (n0 - 1.0) * negatives)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, n: usize) -> (Vec<bool>, Vec<f64>, Vec<f64>, Vec<u32>) {
        use crate::statistics::{Purpose, RandomStream};
        let mut stream = RandomStream::new(seed, Purpose::Simulation, 0);
        let y: Vec<bool> = (0..n).map(|_| stream.uniform() < 0.4).collect();
        let first: Vec<f64> = y
            .iter()
            .map(|y| stream.normal() + f64::from(u8::from(*y)))
            .collect();
        let second: Vec<f64> = first.iter().map(|s| s + 0.8 * stream.normal()).collect();
        let cluster = (0..n).map(|i| (i / 2) as u32).collect();
        (y, first, second, cluster)
    }

    #[test]
    fn the_same_arm_twice_does_not_differ() {
        let (y, score, _, cluster) = drawn(1, 200);
        let found = auroc_shared((&y, &score, &cluster), (&y, &score, &cluster)).unwrap();
        assert_eq!(found.n_shared, 100);
        assert!(found.estimate().abs() < 1e-15 && found.standard_error.unwrap() < 1e-12);
    }

    #[test]
    fn one_sample_a_patient_gives_the_independent_variance() {
        let (y, first, second, _) = drawn(2, 300);
        let own: Vec<u32> = (0..300).collect();
        let plain = auroc_paired(&y, &first, &second, None).unwrap();
        let clustered = auroc_paired(&y, &first, &second, Some(&own)).unwrap();
        assert!((plain.standard_error.unwrap() - clustered.standard_error.unwrap()).abs() < 1e-12);
        // Paired scores are correlated: less than the sum of the variances.
        let apart = plain.a.variance().unwrap() + plain.b.variance().unwrap();
        assert!(plain.standard_error.unwrap().powi(2) < apart);
    }

    #[test]
    fn disjoint_arms_add_their_variances_and_small_overlap_hardly_matters() {
        let (y, score, _, cluster) = drawn(3, 400);
        let (left, right) = (
            (&y[..200], &score[..200], &cluster[..200]),
            (&y[200..], &score[200..], &cluster[200..]),
        );
        let apart = auroc_shared(left, right).unwrap();
        assert_eq!((apart.n_shared, apart.method), (0, "welch_obuchowski"));
        let (left, right) = (
            (&y[..201], &score[..201], &cluster[..201]),
            (&y[201..], &score[201..], &cluster[201..]),
        );
        let overlapping = auroc_shared(left, right).unwrap();
        assert_eq!(
            (overlapping.n_shared, overlapping.method),
            (1, "obuchowski_shared")
        );
        assert!(
            (apart.standard_error.unwrap() / overlapping.standard_error.unwrap() - 1.0).abs()
                < 0.05
        );
    }

    #[test]
    fn perfect_separation_in_one_arm_still_has_limits() {
        let (y, score, _, _) = drawn(4, 100);
        let a = auroc(
            &[true, true, true, false, false, false],
            &[4.0, 5.0, 6.0, 1.0, 2.0, 3.0],
            None,
        )
        .unwrap();
        let found = AurocDifference::disjoint(a, auroc(&y, &score, None).unwrap());
        let limits = found.interval(0.95).unwrap();
        assert_eq!(found.method, "mover_auroc");
        assert!(limits.contains(found.estimate()) && limits.upper <= 1.0);
        let p = found.p_two_sided().unwrap();
        assert!(p > 0.0 && p < 1.0);
        assert!((found.p_at_least(limits.upper).unwrap() - 0.025).abs() < 1e-6);
    }
}
