//! What sensitivity and specificity would be if the reference standard were not always right.

use super::scaled::{Scale, ScaledEstimate};
use super::{Interval, NotEstimable, ordered_sum};

/// A model's decisions against a reference standard, real counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgainstReference {
    /// Called positive, reference positive.
    pub true_positive: f64,
    /// Called positive, reference negative.
    pub false_positive: f64,
    /// Called negative, reference positive.
    pub false_negative: f64,
    /// Called negative, reference negative.
    pub true_negative: f64,
}

impl AgainstReference {
    fn total(&self) -> f64 {
        self.true_positive + self.false_positive + self.false_negative + self.true_negative
    }

    /// Both tables together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.combined(other, 1.0)
    }

    /// This table without a part of it.
    #[must_use]
    pub fn minus(&self, part: &Self) -> Self {
        self.combined(part, -1.0)
    }

    fn combined(&self, other: &Self, sign: f64) -> Self {
        Self {
            true_positive: self.true_positive + sign * other.true_positive,
            false_positive: self.false_positive + sign * other.false_positive,
            false_negative: self.false_negative + sign * other.false_negative,
            true_negative: self.true_negative + sign * other.true_negative,
        }
    }

    /// The same table with the names of the two classes exchanged.
    fn turned(&self) -> Self {
        Self {
            true_positive: self.true_negative,
            false_positive: self.false_negative,
            false_negative: self.false_positive,
            true_negative: self.true_positive,
        }
    }

    fn checked(&self) -> Result<(), NotEstimable> {
        let cells = [
            self.true_positive,
            self.false_positive,
            self.false_negative,
            self.true_negative,
        ];
        if cells.iter().any(|cell| !cell.is_finite() || *cell < 0.0) {
            return Err(NotEstimable::Other(
                "a cell of the table is no count".to_owned(),
            ));
        }
        if self.total() <= 0.0 {
            return Err(NotEstimable::Empty("samples"));
        }
        Ok(())
    }

    /// The model's sensitivity for the condition itself, where the reference standard has this
    /// specificity (Gart and Buck 1966, Am J Epidemiol 83:593-602; Staquet, Rozencweig, Lee and
    /// Muggia 1981, J Chronic Dis 34:599-610):
    ///
    /// Se = (c (tp + fp) - fp) / (tp + fn - (1 - c) N), c the reference's specificity, N all.
    ///
    /// The reference's sensitivity cancels. Assumes that model and reference err independently
    /// given the condition, and that samples were not chosen by the reference's result. At c = 1
    /// this is the apparent sensitivity tp / (tp + fn).
    ///
    /// # Errors
    /// A table without samples or with impossible counts, c outside [0, 1], fewer reference
    /// positives than a reference of this specificity calls wrongly (no condition left), or a
    /// result outside [0, 1]: the data rule such a reference out.
    pub fn sensitivity(&self, reference_specificity: f64) -> Result<f64, NotEstimable> {
        self.checked()?;
        if !(0.0..=1.0).contains(&reference_specificity) {
            return Err(NotEstimable::Other(format!(
                "a sensitivity or specificity of {reference_specificity} does not lie between 0 and 1"
            )));
        }
        let (found, class) = self.parts(reference_specificity);
        if class <= 0.0 {
            return Err(NotEstimable::Other(
                "a reference standard this poor would call as many samples so by mistake alone"
                    .to_owned(),
            ));
        }
        let corrected = found / class;
        // Rounding must not turn a share of 0 or 1 into an impossible one.
        if !(-1e-12..=1.0 + 1e-12).contains(&corrected) {
            return Err(NotEstimable::Other(
                "the decisions rule out a reference standard this poor".to_owned(),
            ));
        }
        Ok(corrected.clamp(0.0, 1.0))
    }

    /// Numerator and denominator of the corrected sensitivity: both are sums over samples.
    fn parts(&self, c: f64) -> (f64, f64) {
        (
            c * (self.true_positive + self.false_positive) - self.false_positive,
            self.true_positive + self.false_negative - (1.0 - c) * self.total(),
        )
    }

    /// The model's specificity for the condition itself, where the reference standard has this
    /// sensitivity: Sp = (s (tn + fn) - fn) / (tn + fp - (1 - s) N), s the reference's sensitivity.
    /// Source, assumptions and degenerate cases as [`Self::sensitivity`].
    ///
    /// # Errors
    /// As [`Self::sensitivity`].
    pub fn specificity(&self, reference_sensitivity: f64) -> Result<f64, NotEstimable> {
        self.turned().sensitivity(reference_sensitivity)
    }
}

/// Sensitivity or specificity under an imperfect reference, with its sampling error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReferenceCorrected {
    /// Point estimate.
    pub estimate: f64,
    /// Standard error over clusters.
    pub standard_error: f64,
    /// Clusters.
    pub n_clusters: u64,
    clustered: bool,
}

impl ReferenceCorrected {
    /// Corrected sensitivity from the tables of clusters, each with how many clusters have it.
    ///
    /// Numerator and denominator of [`AgainstReference::sensitivity`] are sums over samples, so
    /// that it is a ratio estimator over clusters: with a, b a cluster's share of the two and R
    /// their ratio, var = K/(K-1) sum (a - R b)^2 / (sum b)^2 (delta method; Cochran 1977,
    /// Sampling Techniques, chapter 6). The reference's accuracy is taken as given. `clustered`
    /// says whether patients were told apart, so that few of them call for Student's t.
    ///
    /// # Errors
    /// As [`AgainstReference::sensitivity`], or fewer than two clusters.
    pub fn sensitivity(
        tables: &[(AgainstReference, u64)],
        clustered: bool,
        reference_specificity: f64,
    ) -> Result<Self, NotEstimable> {
        Self::of(tables.iter().copied(), clustered, reference_specificity)
    }

    /// Corrected specificity, likewise.
    ///
    /// # Errors
    /// As [`Self::sensitivity`].
    pub fn specificity(
        tables: &[(AgainstReference, u64)],
        clustered: bool,
        reference_sensitivity: f64,
    ) -> Result<Self, NotEstimable> {
        let turned = tables.iter().map(|(table, n)| (table.turned(), *n));
        Self::of(turned, clustered, reference_sensitivity)
    }

    fn of(
        tables: impl Iterator<Item = (AgainstReference, u64)> + Clone,
        clustered: bool,
        c: f64,
    ) -> Result<Self, NotEstimable> {
        let sum = |part: fn(&AgainstReference) -> f64| {
            ordered_sum(tables.clone().map(|(table, n)| part(&table) * n as f64))
        };
        let total = AgainstReference {
            true_positive: sum(|table| table.true_positive),
            false_positive: sum(|table| table.false_positive),
            false_negative: sum(|table| table.false_negative),
            true_negative: sum(|table| table.true_negative),
        };
        let estimate = total.sensitivity(c)?;
        // At c = 1 a sample of the other class says nothing, and neither does its cluster.
        let counted = |parts: (f64, f64)| parts.0 != 0.0 || parts.1 != 0.0;
        let n_clusters: u64 = tables
            .clone()
            .filter(|(table, _)| counted(table.parts(c)))
            .map(|(_, n)| n)
            .sum();
        if n_clusters < 2 {
            return Err(NotEstimable::OnePatient);
        }
        let squares = ordered_sum(tables.map(|(table, n)| {
            let (found, class) = table.parts(c);
            n as f64 * (found - estimate * class).powi(2)
        }));
        let k = n_clusters as f64;
        let class = total.parts(c).1;
        Ok(Self {
            estimate,
            standard_error: (k / (k - 1.0) * squares).sqrt() / class,
            n_clusters,
            clustered,
        })
    }

    /// Interval on the logit scale; Student's t below 40 patients.
    ///
    /// # Errors
    /// An estimate of 0 or 1, which has no logit, or a level outside (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        let make = if self.clustered {
            ScaledEstimate::new
        } else {
            ScaledEstimate::normal
        };
        make(
            self.estimate,
            self.standard_error,
            Scale::Logit,
            self.n_clusters,
            "imperfect_reference",
        )?
        .interval(confidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: AgainstReference = AgainstReference {
        true_positive: 90.0,
        false_positive: 40.0,
        false_negative: 30.0,
        true_negative: 340.0,
    };

    #[test]
    fn a_perfect_reference_changes_nothing() {
        assert!((TABLE.sensitivity(1.0).unwrap() - 0.75).abs() < 1e-15);
        assert!((TABLE.specificity(1.0).unwrap() - 340.0 / 380.0).abs() < 1e-15);
    }

    #[test]
    fn standard_errors_as_the_multinomial_delta_method_says() {
        // Numerical gradient over the four cells (fixtures/what_if.py), times K/(K-1).
        let one = |tp: f64, fp: f64, fn_: f64, tn: f64| AgainstReference {
            true_positive: tp,
            false_positive: fp,
            false_negative: fn_,
            true_negative: tn,
        };
        let samples = [
            (one(1.0, 0.0, 0.0, 0.0), 90),
            (one(0.0, 1.0, 0.0, 0.0), 40),
            (one(0.0, 0.0, 1.0, 0.0), 30),
            (one(0.0, 0.0, 0.0, 1.0), 340),
        ];
        let se = ReferenceCorrected::sensitivity(&samples, false, 0.98).unwrap();
        let sp = ReferenceCorrected::specificity(&samples, false, 0.95).unwrap();
        assert!(
            (se.standard_error - SE_OF_SENSITIVITY).abs() < 1e-8,
            "{se:?}"
        );
        assert!(
            (sp.standard_error - SE_OF_SPECIFICITY).abs() < 1e-8,
            "{sp:?}"
        );
        assert!(se.interval(0.95).unwrap().contains(se.estimate));
        // A perfect reference: the binomial variance, with K - 1 of the class's own samples.
        let plain = ReferenceCorrected::sensitivity(&samples, false, 1.0).unwrap();
        assert_eq!(plain.n_clusters, 120);
        let binomial = (0.75_f64 * 0.25 / 119.0).sqrt();
        assert!((plain.standard_error - binomial).abs() < 1e-12);
        // Two patients, a t quantile, and no logit of 1.
        let few = ReferenceCorrected::sensitivity(&[(one(3.0, 0.0, 1.0, 2.0), 2)], true, 1.0);
        assert_eq!(few.unwrap().standard_error, 0.0);
        let all = ReferenceCorrected::sensitivity(&[(one(3.0, 0.0, 0.0, 2.0), 9)], true, 1.0);
        assert!(all.unwrap().interval(0.95).is_err());
        let single = ReferenceCorrected::sensitivity(&[(one(3.0, 0.0, 1.0, 2.0), 1)], true, 1.0);
        assert_eq!(single, Err(NotEstimable::OnePatient));
    }

    const SE_OF_SENSITIVITY: f64 = 0.042_609_271_441;
    const SE_OF_SPECIFICITY: f64 = 0.016_081_303_078;

    #[test]
    fn expected_cells_give_back_what_made_them() {
        let (prevalence, se, sp, ref_se, ref_sp) = (0.3, 0.85, 0.8, 0.92, 0.97);
        let cell = |called: bool, reference: bool| {
            let of = |hit: f64, yes: bool| if yes { hit } else { 1.0 - hit };
            1000.0
                * (prevalence * of(se, called) * of(ref_se, reference)
                    + (1.0 - prevalence) * of(1.0 - sp, called) * of(1.0 - ref_sp, reference))
        };
        let table = AgainstReference {
            true_positive: cell(true, true),
            false_positive: cell(true, false),
            false_negative: cell(false, true),
            true_negative: cell(false, false),
        };
        assert!((table.sensitivity(ref_sp).unwrap() - se).abs() < 1e-12);
        assert!((table.specificity(ref_se).unwrap() - sp).abs() < 1e-12);
    }

    #[test]
    fn impossible_references_and_tables_are_refused() {
        // 500 samples, 120 reference positives: 30% wrong among all would be more than that.
        assert!(TABLE.sensitivity(0.7).is_err());
        assert!(TABLE.sensitivity(1.5).is_err() && TABLE.sensitivity(f64::NAN).is_err());
        let perfect = AgainstReference {
            false_negative: 0.0,
            ..TABLE
        };
        assert_eq!(perfect.sensitivity(1.0), Ok(1.0));
        // No miss at all, and yet some of the positives would have to be missed.
        let none_missed = AgainstReference {
            false_positive: 0.0,
            false_negative: 0.0,
            ..TABLE
        };
        assert!(none_missed.sensitivity(0.98).is_err());
        let empty = AgainstReference {
            true_positive: 0.0,
            false_positive: 0.0,
            false_negative: 0.0,
            true_negative: 0.0,
        };
        assert_eq!(empty.sensitivity(0.9), Err(NotEstimable::Empty("samples")));
        let one_class = AgainstReference {
            true_positive: 0.0,
            false_negative: 0.0,
            ..TABLE
        };
        assert!(one_class.sensitivity(1.0).is_err());
        let negative = AgainstReference {
            true_positive: -1.0,
            ..TABLE
        };
        assert!(negative.specificity(0.9).is_err());
    }
}
