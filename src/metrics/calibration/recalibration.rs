//! Logistic recalibration: intercept with the slope held at 1, and slope (Cox 1958).

use super::probability_rows;
use crate::metrics::ranked::Ranked;
use crate::statistics::{NotEstimable, Scale, ScaledEstimate, logistic_intercept, logistic_line};

/// A coefficient of a recalibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recalibrated {
    /// The coefficient with its standard error by the sandwich over patients.
    pub value: ScaledEstimate,
    /// Standard error if samples were independent and the recalibration model held.
    pub se_model: f64,
    /// Intercept and slope of the fit (slope 1 where it is held).
    pub coefficients: [f64; 2],
}

/// Calibration-in-the-large: the intercept a of logit P(y) = a + logit p. 0 is perfect; above 0
/// the model predicts too low. `logit` are the model's own log odds where known; otherwise they
/// come from the probabilities.
///
/// # Errors
/// One class, one patient, a score that is no probability, or (without `logit`) scores of
/// exactly 0 or 1.
pub fn calibration_intercept(
    y_true: &[bool],
    probability: &[f64],
    logit: Option<&[f64]>,
    cluster: Option<&[u32]>,
) -> Result<Recalibrated, NotEstimable> {
    logit_rows(y_true, probability, logit, cluster)?.calibration_intercept([0.0, 1.0])
}

impl Ranked {
    /// [`calibration_intercept`] of sorted samples; `start` is where the search for the intercept
    /// and the slope begins, which changes nothing but how long it takes.
    ///
    /// # Errors
    /// As [`calibration_intercept`].
    pub fn calibration_intercept(&self, start: [f64; 2]) -> Result<Recalibrated, NotEstimable> {
        self.are_probabilities()?;
        let fit = logistic_intercept(&self.y, self.log_odds()?, &self.by_patient().by, start[0])?;
        let value = ScaledEstimate::new(
            fit.coefficients[0],
            fit.se_cluster(0),
            Scale::Identity,
            fit.n_clusters,
            "cluster_sandwich",
        )?;
        Ok(Recalibrated {
            value,
            se_model: fit.se_model(0),
            coefficients: [fit.coefficients[0], 1.0],
        })
    }
}

/// Calibration slope: b of logit P(y) = a + b logit p, by unpenalised maximum likelihood. 1 is
/// perfect; below 1 the scores are too extreme.
///
/// # Errors
/// As [`calibration_intercept`]; also when all scores are equal or the classes are separated.
pub fn calibration_slope(
    y_true: &[bool],
    probability: &[f64],
    logit: Option<&[f64]>,
    cluster: Option<&[u32]>,
) -> Result<Recalibrated, NotEstimable> {
    logit_rows(y_true, probability, logit, cluster)?.calibration_slope([0.0, 1.0])
}

impl Ranked {
    /// [`calibration_slope`] of sorted samples; `start` as in [`Self::calibration_intercept`].
    ///
    /// # Errors
    /// As [`calibration_slope`].
    pub fn calibration_slope(&self, start: [f64; 2]) -> Result<Recalibrated, NotEstimable> {
        self.are_probabilities()?;
        let log_odds = self.log_odds()?;
        let (least, largest) = log_odds
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, largest), x| {
                (least.min(*x), largest.max(*x))
            });
        if least == largest {
            return Err(NotEstimable::ConstantScores);
        }
        if separated(self) {
            return Err(NotEstimable::Separation);
        }
        let fit = logistic_line(&self.y, log_odds, &self.by_patient().by, start)?;
        let value = ScaledEstimate::new(
            fit.coefficients[1],
            fit.se_cluster(1),
            Scale::Identity,
            fit.n_clusters,
            "cluster_sandwich",
        )?;
        Ok(Recalibrated {
            value,
            se_model: fit.se_model(1),
            coefficients: [fit.coefficients[0], fit.coefficients[1]],
        })
    }
}

/// Whether all positives lie on one side of all negatives, touching at most in one value: with
/// one predictor this is exactly when no finite slope exists.
fn separated(rows: &Ranked) -> bool {
    let range = |class: bool| {
        let of_class = rows
            .second
            .iter()
            .zip(&rows.y)
            .filter(move |(_, y)| **y == class)
            .map(|(x, _)| *x);
        of_class.fold(
            (f64::INFINITY, f64::NEG_INFINITY),
            |(least, largest): (f64, f64), x| (least.min(x), largest.max(x)),
        )
    };
    let (positive, negative) = (range(true), range(false));
    positive.0 >= negative.1 || positive.1 <= negative.0
}

fn logit_rows(
    y_true: &[bool],
    probability: &[f64],
    logit: Option<&[f64]>,
    cluster: Option<&[u32]>,
) -> Result<Ranked, NotEstimable> {
    let logit = logits(probability, logit)?;
    probability_rows(y_true, probability, Some(&logit), cluster)
}

impl Ranked {
    /// The log odds of every sample, for a fit.
    fn log_odds(&self) -> Result<&[f64], NotEstimable> {
        let infinite = self.second.iter().filter(|x| x.is_infinite()).count();
        if infinite > 0 {
            return Err(NotEstimable::ExtremeScores(infinite as u64));
        }
        self.both_classes()?;
        if self.n_clusters < 2 {
            Err(NotEstimable::OnePatient)
        } else {
            Ok(&self.second)
        }
    }
}

/// Known log odds, or those of the probabilities.
pub(super) fn logits(probability: &[f64], logit: Option<&[f64]>) -> Result<Vec<f64>, NotEstimable> {
    // A score outside [0, 1] has a logit that is no number: name the score, not its logit.
    if let Some(bad) = probability.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(NotEstimable::Other(format!(
            "a score is {bad}, which is no probability"
        )));
    }
    if let Some(logit) = logit {
        return Ok(logit.to_vec());
    }
    let extreme = probability
        .iter()
        .filter(|p| **p == 0.0 || **p == 1.0)
        .count();
    if extreme > 0 {
        return Err(NotEstimable::ExtremeScores(extreme as u64));
    }
    Ok(probability.iter().map(|p| (p / (1.0 - p)).ln()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_scores_have_closed_forms() {
        // 3 of 10 at p = 0.2 and 6 of 10 at p = 0.5.
        let y: Vec<bool> = (0..20)
            .map(|i| if i < 10 { i < 3 } else { i < 16 })
            .collect();
        let p: Vec<f64> = (0..20).map(|i| if i < 10 { 0.2 } else { 0.5 }).collect();
        let logit = |p: f64| (p / (1.0 - p)).ln();
        let slope = calibration_slope(&y, &p, None, None).unwrap();
        assert!(
            (slope.value.estimate - (logit(0.6) - logit(0.3)) / (logit(0.5) - logit(0.2))).abs()
                < 1e-10
        );
        let a = calibration_intercept(&y, &p, None, None)
            .unwrap()
            .value
            .estimate;
        let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
        assert!((10.0 * expit(logit(0.2) + a) + 10.0 * expit(a) - 9.0).abs() < 1e-10);
    }

    #[test]
    fn known_log_odds_serve_where_the_score_is_exactly_1() {
        let (y, p) = ([true, false, true, false], [1.0, 0.2, 0.4, 0.5]);
        assert_eq!(
            calibration_intercept(&y, &p, None, None),
            Err(NotEstimable::ExtremeScores(1))
        );
        assert!(calibration_intercept(&y, &p, Some(&[40.0, -1.4, -0.4, 0.0]), None).is_ok());
    }

    #[test]
    fn degenerate_groups() {
        assert_eq!(
            calibration_slope(&[true, false, true], &[0.5; 3], None, None),
            Err(NotEstimable::ConstantScores)
        );
        assert_eq!(
            calibration_slope(&[true, true], &[0.5, 0.6], None, None),
            Err(NotEstimable::OneClass(2, 0))
        );
        assert_eq!(
            calibration_slope(
                &[false, false, true, true],
                &[0.1, 0.2, 0.2, 0.9],
                None,
                None
            ),
            Err(NotEstimable::Separation)
        );
        assert_eq!(
            calibration_slope(
                &[true, true, false, false],
                &[0.1, 0.2, 0.3, 0.9],
                None,
                None
            ),
            Err(NotEstimable::Separation)
        );
        assert_eq!(
            calibration_slope(&[true, false], &[0.1, 0.2], None, Some(&[0, 0])),
            Err(NotEstimable::OnePatient)
        );
        assert!(calibration_slope(&[true, false], &[0.1, 1.2], None, None).is_err());
    }
}
