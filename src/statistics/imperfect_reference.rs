//! What sensitivity and specificity would be if the reference standard were not always right.

use super::NotEstimable;

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
        corrected(
            (self.true_positive, self.false_positive),
            (self.true_positive + self.false_negative, self.total()),
            reference_specificity,
        )
    }

    /// The model's specificity for the condition itself, where the reference standard has this
    /// sensitivity: Sp = (s (tn + fn) - fn) / (tn + fp - (1 - s) N), s the reference's sensitivity.
    /// Source, assumptions and degenerate cases as [`Self::sensitivity`].
    ///
    /// # Errors
    /// As [`Self::sensitivity`].
    pub fn specificity(&self, reference_sensitivity: f64) -> Result<f64, NotEstimable> {
        self.checked()?;
        corrected(
            (self.true_negative, self.false_negative),
            (self.true_negative + self.false_positive, self.total()),
            reference_sensitivity,
        )
    }
}

/// `right` and `wrong` are the samples that the model calls this class, by what the reference
/// says of them; `class` those that the reference calls so, of `total`.
fn corrected(
    (right, wrong): (f64, f64),
    (class, total): (f64, f64),
    accuracy: f64,
) -> Result<f64, NotEstimable> {
    if !(0.0..=1.0).contains(&accuracy) {
        return Err(NotEstimable::Other(format!(
            "a sensitivity or specificity of {accuracy} does not lie between 0 and 1"
        )));
    }
    let (found, true_class) = (
        accuracy * (right + wrong) - wrong,
        class - (1.0 - accuracy) * total,
    );
    if true_class <= 0.0 {
        return Err(NotEstimable::Other(
            "a reference standard this poor would call as many samples so by mistake alone"
                .to_owned(),
        ));
    }
    let corrected = found / true_class;
    // Rounding must not turn a share of 0 or 1 into an impossible one.
    if !(-1e-12..=1.0 + 1e-12).contains(&corrected) {
        return Err(NotEstimable::Other(
            "the decisions rule out a reference standard this poor".to_owned(),
        ));
    }
    Ok(corrected.clamp(0.0, 1.0))
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
    fn as_the_equations_of_the_latent_table_solved_numerically() {
        // Prevalence, sensitivity and specificity that give these four cells, by scipy's fsolve
        // (fixtures/what_if.py): reference sensitivity, reference specificity, model's two.
        for (sensitivity, specificity, expected) in LATENT {
            assert!((TABLE.sensitivity(specificity).unwrap() - expected.0).abs() < 1e-9);
            assert!((TABLE.specificity(sensitivity).unwrap() - expected.1).abs() < 1e-9);
        }
    }

    const LATENT: [(f64, f64, (f64, f64)); 3] = [
        (
            0.95,
            0.98,
            (0.794_545_454_545_454_6, 0.905_633_802_816_901_4),
        ),
        (
            0.90,
            0.95,
            (0.878_947_368_421_052_8, 0.918_181_818_181_818_2),
        ),
        (0.98, 0.97, (0.82, 0.898_918_918_918_918_9)),
    ];

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
