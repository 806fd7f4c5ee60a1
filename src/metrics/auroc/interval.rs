//! The area in one group and its interval.

use super::placements::{ArmArea, Components};
use crate::metrics::ranked::Ranked;
use crate::statistics::{
    Interval, NotEstimable, Scale, ScaledEstimate, normal_quantile, p_at_least, p_at_most,
};

/// At most this many patients of a class (samples where these are independent): Newcombe's method 5.
const SMALL_CLASS: u64 = 50;
/// Patients that must carry what varies for a design effect to be trusted.
const CARRIERS: f64 = 5.0;
/// Patients of each class from which a gate decides, where patients have several samples.
const DECIDING: u64 = 10;
/// Steps of bisection that use up the digits of a double.
const BISECTIONS: usize = 100;

/// Method of an interval for an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AurocMethod {
    /// DeLong's or Obuchowski's variance on the logit scale; Newcombe's method 5 for small
    /// classes and perfect separation.
    Logit,
    /// The same variance on the plain scale, cut to [0, 1].
    Delong,
    /// Newcombe's method 5.
    Newcombe5,
}

/// The area in one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Auroc {
    /// P(score of a positive > score of a negative) + half P(equal).
    pub estimate: f64,
    /// Positives.
    pub n_positive: u64,
    /// Negatives.
    pub n_negative: u64,
    /// Patients.
    pub n_clusters: u64,
    /// DeLong's variance, samples independent; `None` with one sample of a class.
    pub variance_delong: Option<f64>,
    /// Obuchowski's clustered variance; `None` without patients, or with one patient of a class.
    pub variance_obuchowski: Option<f64>,
    /// Sizes of the classes (positive, negative) after clustering, for Newcombe's method 5.
    pub n_effective: (f64, f64),
    /// Patients with positives and with negatives; samples where these are independent.
    pub n_patients: (u64, u64),
    /// Whether fewer than five patients carry what varies, so that the design effect says nothing:
    /// `n_effective` then counts the images of a patient as if they were all alike.
    pub few_carriers: bool,
}

/// Measures the area. `cluster` `None` takes samples as independent.
///
/// Ties count one half. Clustered sizes are n over max(1, Obuchowski's over DeLong's variance);
/// where that is 0/0 (perfect separation) or fewer than five patients carry what varies,
/// (sum b)^2 / sum b^2 with b the samples a patient has of the class.
///
/// # Errors
/// One class, one patient (or sample) in a class, all scores equal, a score that is no number.
pub fn auroc(
    y_true: &[bool],
    y_score: &[f64],
    cluster: Option<&[u32]>,
) -> Result<Auroc, NotEstimable> {
    Ranked::new(y_true, y_score, None, cluster)?.auroc()
}

impl Ranked {
    /// The area of the group: [`auroc`].
    ///
    /// # Errors
    /// As [`auroc`].
    pub fn auroc(&self) -> Result<Auroc, NotEstimable> {
        let area = ArmArea::of_patients(self, |_| true)?;
        if self.clustered {
            Auroc::of_arm(&area)
        } else {
            Auroc::independent(&area)
        }
    }
}

impl Auroc {
    /// The area of an arm whose samples are independent.
    ///
    /// # Errors
    /// One sample in a class.
    pub(super) fn independent(area: &ArmArea) -> Result<Self, NotEstimable> {
        if area.n_positive < 2 || area.n_negative < 2 {
            return Err(NotEstimable::one_of_class(area.n_positive < 2, false));
        }
        Ok(Self {
            estimate: area.auroc,
            n_positive: area.n_positive,
            n_negative: area.n_negative,
            n_clusters: area.n_positive + area.n_negative,
            variance_delong: area.variance_delong,
            variance_obuchowski: None,
            n_effective: (area.n_positive as f64, area.n_negative as f64),
            n_patients: (area.n_positive, area.n_negative),
            few_carriers: false,
        })
    }

    /// The area of an arm with the patients as clusters.
    ///
    /// # Errors
    /// One patient in a class.
    pub(super) fn of_arm(area: &ArmArea) -> Result<Self, NotEstimable> {
        Self::of_components(area, &Components::of(&area.by_patient))
    }

    /// The same from the sums over patients.
    ///
    /// # Errors
    /// One patient in a class.
    pub(super) fn of_components(area: &ArmArea, of: &Components) -> Result<Self, NotEstimable> {
        if of.i10 < 2 || of.i01 < 2 {
            return Err(NotEstimable::one_of_class(of.i10 < 2, true));
        }
        let variance_obuchowski = of.variance_obuchowski();
        let (n1, n0) = (area.n_positive as f64, area.n_negative as f64);
        // Where every patient has one sample there is nothing to be few of.
        let several = area.n_positive > of.i10 || area.n_negative > of.i01;
        let few_carriers = several && of.carriers() < CARRIERS;
        let n_effective = match (variance_obuchowski, area.variance_delong) {
            (Some(clustered), Some(independent)) if independent > 0.0 && !few_carriers => {
                let inflation = (clustered / independent).max(1.0);
                (n1 / inflation, n0 / inflation)
            }
            _ => (n1 * n1 / of.sizes.0, n0 * n0 / of.sizes.1),
        };
        Ok(Self {
            estimate: area.auroc,
            n_positive: area.n_positive,
            n_negative: area.n_negative,
            n_clusters: of.i,
            variance_delong: area.variance_delong,
            variance_obuchowski,
            n_effective,
            n_patients: (of.i10, of.i01),
            few_carriers,
        })
    }

    fn clustered(&self) -> bool {
        self.variance_obuchowski.is_some()
    }

    /// The variance that applies: clustered where patients are known; `None` when it is not
    /// defined or zero.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        self.variance_obuchowski
            .or(self.variance_delong)
            .filter(|variance| *variance > 0.0)
    }

    /// Its root.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// Clustered over independent variance, before any floor.
    #[must_use]
    pub fn design_effect(&self) -> Option<f64> {
        Some(self.variance_obuchowski? / self.variance_delong.filter(|variance| *variance > 0.0)?)
    }

    /// Why no gate decides by it: samples of one patient are told apart, and fewer than ten patients
    /// are of a class. Limits of so few patients miss the truth far too often.
    #[must_use]
    pub fn undecided(&self) -> Option<NotEstimable> {
        let few = self.n_patients.0.min(self.n_patients.1);
        let several = self.n_positive > self.n_patients.0 || self.n_negative > self.n_patients.1;
        (several && few < DECIDING).then(|| {
            NotEstimable::Other(format!(
                "patients of the rarer class: {few}; where patients have several samples an area is decided from {DECIDING} on"
            ))
        })
    }

    /// Whether every positive scores above every negative, or every one below.
    #[must_use]
    pub fn is_separated(&self) -> bool {
        self.estimate <= 0.0 || self.estimate >= 1.0
    }

    /// Two-sided interval and the id of the method that was used.
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn interval(
        &self,
        method: AurocMethod,
        confidence: f64,
    ) -> Result<(Interval, &'static str), NotEstimable> {
        let small = self.n_patients.0.min(self.n_patients.1) <= SMALL_CLASS || self.few_carriers;
        match (method, self.standard_error()) {
            (AurocMethod::Logit, Some(error)) if !small && !self.is_separated() => {
                let id = if self.clustered() {
                    "logit_obuchowski"
                } else {
                    "logit_delong"
                };
                Ok((
                    self.normal(error, Scale::Logit, id)?.interval(confidence)?,
                    id,
                ))
            }
            (AurocMethod::Delong, Some(error)) if !self.is_separated() => {
                let id = if self.clustered() {
                    "obuchowski"
                } else {
                    "delong"
                };
                Ok((
                    self.normal(error, Scale::Identity, id)?
                        .within(0.0, 1.0)
                        .interval(confidence)?,
                    id,
                ))
            }
            _ => Ok((
                self.newcombe_5(confidence)?,
                if self.clustered() {
                    "newcombe_5_effective_n"
                } else {
                    "newcombe_5"
                },
            )),
        }
    }

    fn normal(
        &self,
        error: f64,
        scale: Scale,
        id: &'static str,
    ) -> Result<ScaledEstimate, NotEstimable> {
        // The area's variance is estimated from all pairs: normal quantiles at every size.
        ScaledEstimate::normal(self.estimate, error, scale, self.n_clusters, id)
    }

    /// Newcombe's method 5 (Stat Med 2006, 25:559-573): all areas t with |A - t| <= z sqrt(V(t)),
    /// V(t) = t (1 - t) / (m n) [1 + N (1 - t) / (2 - t) + N t / (1 + t)], N = (m + n) / 2 - 1.
    /// No published number was found; the tests check its ends.
    fn newcombe_5(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(NotEstimable::Other(format!(
                "the confidence level {confidence} is not between 0 and 1"
            )));
        }
        let z = normal_quantile(0.5 + 0.5 * confidence);
        let (m, n) = self.n_effective;
        let pairs = 0.5 * (m + n) - 1.0;
        let half = |t: f64| {
            z * (t * (1.0 - t) / (m * n) * (1.0 + pairs * ((1.0 - t) / (2.0 - t) + t / (1.0 + t))))
                .max(0.0)
                .sqrt()
        };
        let a = self.estimate;
        let turn = |from: f64, to: f64, left: &dyn Fn(f64) -> bool| {
            let (mut from, mut to) = (from, to);
            for _ in 0..BISECTIONS {
                let middle = 0.5 * (from + to);
                if left(middle) {
                    from = middle
                } else {
                    to = middle
                }
            }
            0.5 * (from + to)
        };
        Ok(Interval {
            lower: if a <= 0.0 {
                0.0
            } else {
                turn(0.0, a, &|t| a - t > half(t))
            },
            upper: if a >= 1.0 {
                1.0
            } else {
                turn(a, 1.0, &|t| t - a <= half(t))
            },
        })
    }

    /// One-sided p for "the area is at least `bound`", by inverting the interval.
    ///
    /// # Errors
    /// None in practice; the interval exists at every level.
    pub fn p_at_least(&self, method: AurocMethod, bound: f64) -> Result<f64, NotEstimable> {
        p_at_least(bound, |confidence| Ok(self.interval(method, confidence)?.0))
    }

    /// One-sided p for "the area is at most `bound`", by inverting the interval.
    ///
    /// # Errors
    /// None in practice.
    pub fn p_at_most(&self, method: AurocMethod, bound: f64) -> Result<f64, NotEstimable> {
        p_at_most(bound, |confidence| Ok(self.interval(method, confidence)?.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn four_cases_of_the_scikit_learn_docs() {
        let found = auroc(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8], None).unwrap();
        assert!((found.estimate - 0.75).abs() < 1e-15);
        assert!((found.variance_delong.unwrap() - 0.125).abs() < 1e-15);
    }

    #[test]
    fn degenerate_groups() {
        assert_eq!(
            auroc(&[true, true], &[0.1, 0.2], None),
            Err(NotEstimable::OneClass(2, 0))
        );
        assert_eq!(
            auroc(&[true, false, true, false], &[0.5; 4], None),
            Err(NotEstimable::ConstantScores)
        );
        assert_eq!(
            auroc(&[true, false, false], &[0.5, 0.4, 0.3], None),
            Err(NotEstimable::OneOfClass("positive sample"))
        );
        assert_eq!(
            auroc(
                &[true, true, false, false],
                &[0.5, 0.4, 0.3, 0.2],
                Some(&[1, 1, 2, 3])
            ),
            Err(NotEstimable::OneOfClass("patient with positives"))
        );
        assert!(auroc(&[true, false], &[f64::NAN, 0.1], None).is_err());
        assert_eq!(auroc(&[], &[], None), Err(NotEstimable::Empty("samples")));
    }

    #[test]
    fn perfect_separation_has_a_lower_limit_below_1() {
        let y: Vec<bool> = (0..20).map(|i| i >= 10).collect();
        let score: Vec<f64> = (0..20).map(f64::from).collect();
        let found = auroc(&y, &score, None).unwrap();
        for method in [
            AurocMethod::Logit,
            AurocMethod::Delong,
            AurocMethod::Newcombe5,
        ] {
            let (limits, id) = found.interval(method, 0.95).unwrap();
            assert_eq!(id, "newcombe_5");
            assert!(limits.upper == 1.0 && limits.lower > 0.7 && limits.lower < 0.95);
        }
        // Ten samples from each of four patients say less than twenty independent ones.
        let patients: Vec<u32> = (0..20).map(|i| i / 5).collect();
        let clustered = auroc(&y, &score, Some(&patients)).unwrap();
        assert_eq!(clustered.n_effective, (2.0, 2.0));
        assert!(
            clustered
                .interval(AurocMethod::Logit, 0.95)
                .unwrap()
                .0
                .lower
                < found.interval(AurocMethod::Logit, 0.95).unwrap().0.lower
        );
        assert_eq!(
            found.p_at_least(AurocMethod::Logit, 0.9).unwrap().max(0.5),
            found.p_at_least(AurocMethod::Logit, 0.9).unwrap()
        );
    }

    #[test]
    fn variance_of_obuchowski_1997_from_its_components() {
        // The MRA example: n1, n0, S10, S01, S11 as printed.
        let (n1, n0, s10, s01, s11): (f64, f64, f64, f64, f64) = (
            29.0,
            36.0,
            0.001_315_130_7,
            0.002_237_587_3,
            0.005_178_547_8,
        );
        let se = (s10 / n1 + s01 / n0 + 2.0 * s11 / (n1 * n0)).sqrt();
        assert!((se - 0.0108).abs() < 5e-5);
        let found = Auroc {
            estimate: 0.9837,
            n_positive: 29,
            n_negative: 36,
            n_clusters: 65,
            variance_delong: Some(se * se),
            variance_obuchowski: Some(se * se),
            n_effective: (29.0, 36.0),
            n_patients: (29, 36),
            few_carriers: false,
        };
        // The plain upper limit is 1.005 before it is cut; on the logit scale none is needed.
        assert_eq!(
            found.interval(AurocMethod::Delong, 0.95).unwrap().0.upper,
            1.0
        );
        assert!(
            found
                .interval(AurocMethod::Newcombe5, 0.95)
                .unwrap()
                .0
                .upper
                < 1.0
        );
    }

    /// Few patients with 25 images each, all of one class, alike by 0.3 or 0.6: the lower limit of a
    /// two-sided 95% interval lies above the true area of 0.90 in at most 4.5% of samples (images
    /// counted in place of patients: in 6 to 17%).
    #[test]
    fn few_patients_with_many_images_have_wide_limits() {
        use crate::statistics::{Purpose, RandomStream, binormal_shift};
        for (patients, rho) in [(12u32, 0.3), (12, 0.6), (20, 0.6)] {
            let (mut above, mut all) = (0u32, 0u32);
            for sample in 0..400 {
                let mut stream = RandomStream::new(4, Purpose::Simulation, sample);
                let (mut y, mut score, mut cluster) = (Vec::new(), Vec::new(), Vec::new());
                for patient in 0..patients {
                    let ill = patient % 2 == 0;
                    let own = f64::sqrt(rho) * stream.normal();
                    for _ in 0..25 {
                        let shift = if ill { binormal_shift(0.9) } else { 0.0 };
                        y.push(ill);
                        score.push(own + f64::sqrt(1.0 - rho) * stream.normal() + shift);
                        cluster.push(patient);
                    }
                }
                let Ok(found) = auroc(&y, &score, Some(&cluster)) else {
                    continue;
                };
                let (limits, _) = found.interval(AurocMethod::Logit, 0.95).unwrap();
                above += u32::from(limits.lower > 0.9);
                all += 1;
                assert_eq!(found.undecided().is_some(), patients < 20);
            }
            let share = f64::from(above) / f64::from(all);
            assert!(share < 0.045, "{patients} {rho}: {share}");
        }
    }

    proptest! {
        #[test]
        fn unchanged_by_monotone_maps_and_row_order(rows in prop::collection::vec((any::<bool>(), 0u8..12, 0u32..8), 6..60)) {
            let y: Vec<bool> = rows.iter().map(|row| row.0).collect();
            let score: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
            let cluster: Vec<u32> = rows.iter().map(|row| row.2).collect();
            let found = auroc(&y, &score, Some(&cluster));
            let mapped: Vec<f64> = score.iter().map(|s| (s / 3.0).exp() - 4.0).collect();
            prop_assert_eq!(&found, &auroc(&y, &mapped, Some(&cluster)));
            let reversed = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
            let other = auroc(&y.iter().rev().copied().collect::<Vec<_>>(), &reversed(&score), Some(&cluster.iter().rev().map(|c| 7 - c).collect::<Vec<_>>()));
            prop_assert_eq!(&found, &other);
            if let Ok(found) = found {
                for method in [AurocMethod::Logit, AurocMethod::Delong, AurocMethod::Newcombe5] {
                    let (limits, _) = found.interval(method, 0.95).unwrap();
                    prop_assert!(0.0 <= limits.lower && limits.contains(found.estimate) && limits.upper <= 1.0);
                }
            }
        }
    }
}
