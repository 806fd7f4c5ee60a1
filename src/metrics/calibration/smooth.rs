//! Smooth calibration curve by restricted cubic splines, and the distances it gives.

use rayon::prelude::*;

use super::probability_rows;
use super::recalibration::logits;
use crate::metrics::ranked::Ranked;
use crate::statistics::{
    Interval, NotEstimable, Purpose, RandomStream, Scale, ScaledEstimate, logistic, ordered_sum,
    quantile_of_sorted,
};

/// Events (or non-events, whichever are fewer) below which no curve is fitted.
const LEAST_EVENTS: usize = 20;

/// Distances between probabilities and the smooth curve (Austin and Steyerberg 2019, Stat Med
/// 38:4051-4065).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmoothDistances {
    /// Mean absolute distance: the integrated calibration index.
    pub ici: f64,
    /// Median.
    pub e50: f64,
    /// 90th percentile.
    pub e90: f64,
    /// Largest.
    pub emax: f64,
}

/// A fitted curve.
#[derive(Debug, Clone, PartialEq)]
pub struct SmoothCalibration {
    /// Distances over the samples of the group.
    pub distances: SmoothDistances,
    /// Knots on the log odds scale; empty where too few distinct scores leave a straight line.
    pub knots: Vec<f64>,
    coefficients: Vec<f64>,
    /// Cluster sandwich of the coefficients with K / (K - 1); `None` for a single patient.
    covariance: Option<Vec<Vec<f64>>>,
    n_clusters: u64,
}

impl SmoothCalibration {
    /// Pointwise limits of [`Self::observed_at`] by the patient sandwich of the fit, on the log
    /// odds scale; Student's t below 40 patients. Too narrow at the ends, where the curve leans on
    /// its linear tails.
    ///
    /// # Errors
    /// One patient, or a level outside (0, 1).
    pub fn band_at(&self, probability: f64, confidence: f64) -> Result<Interval, NotEstimable> {
        let covariance = self.covariance.as_ref().ok_or(NotEstimable::OnePatient)?;
        let terms: Vec<f64> = std::iter::once(1.0)
            .chain(basis((probability / (1.0 - probability)).ln(), &self.knots))
            .collect();
        let variance: f64 = terms
            .iter()
            .zip(covariance)
            .map(|(x, row)| x * row.iter().zip(&terms).map(|(v, y)| v * y).sum::<f64>())
            .sum();
        ScaledEstimate::new(
            self.observed_at(probability),
            variance.max(0.0).sqrt()
                * self.observed_at(probability)
                * (1.0 - self.observed_at(probability)),
            Scale::Logit,
            self.n_clusters,
            "smooth_calibration",
        )?
        .interval(confidence)
    }

    /// Estimated share of events at a probability strictly between 0 and 1.
    #[must_use]
    pub fn observed_at(&self, probability: f64) -> f64 {
        let basis = basis((probability / (1.0 - probability)).ln(), &self.knots);
        let eta: f64 = self
            .coefficients
            .iter()
            .zip(std::iter::once(1.0).chain(basis))
            .map(|(b, x)| b * x)
            .sum();
        1.0 / (1.0 + (-eta).exp())
    }
}

/// Harrell's places for 3, 4 and 5 knots (Regression Modeling Strategies, 2nd ed., table 2.3).
fn knot_places(events: usize) -> &'static [f64] {
    match events {
        0..100 => &[0.1, 0.5, 0.9],
        100..200 => &[0.05, 0.35, 0.65, 0.95],
        _ => &[0.05, 0.275, 0.5, 0.725, 0.95],
    }
}

fn knots(rows: &Ranked) -> Vec<f64> {
    let mut sorted = rows.second.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let places = knot_places(rows.n_positive.min(rows.n_negative()));
    let mut knots: Vec<f64> = places
        .iter()
        .filter_map(|place| quantile_of_sorted(&sorted, *place))
        .collect();
    knots.dedup_by(|a, b| *a - *b < 1e-9);
    if knots.len() < 3 { Vec::new() } else { knots }
}

/// x and the restricted cubic terms, scaled by the squared range of the knots.
fn basis(x: f64, knots: &[f64]) -> Vec<f64> {
    let mut terms = vec![x];
    let cube = |knot: f64| (x - knot).max(0.0).powi(3);
    if let [first, .., before, last] = knots {
        for knot in &knots[..knots.len() - 2] {
            let linear_beyond = cube(*knot) - cube(*before) * (last - knot) / (last - before)
                + cube(*last) * (before - knot) / (last - before);
            terms.push(linear_beyond / (last - first).powi(2));
        }
    }
    terms
}

/// Fits logit P(y) to a restricted cubic spline of the log odds with 3 knots below 100 events, 4
/// below 200, 5 beyond (events or non-events, whichever are fewer).
///
/// # Errors
/// Fewer than 20 events or non-events, scores of exactly 0 or 1 without known log odds, equal
/// scores, or separated classes.
pub fn smooth_calibration(
    y_true: &[bool],
    probability: &[f64],
    logit: Option<&[f64]>,
    cluster: Option<&[u32]>,
) -> Result<SmoothCalibration, NotEstimable> {
    fit(&rows(y_true, probability, logit, cluster)?)
}

fn rows(
    y_true: &[bool],
    probability: &[f64],
    logit: Option<&[f64]>,
    cluster: Option<&[u32]>,
) -> Result<Ranked, NotEstimable> {
    let logit = logits(probability, logit)?;
    let rows = probability_rows(y_true, probability, Some(&logit), cluster)?;
    rows.both_classes()?;
    let events = rows.n_positive.min(rows.n_negative());
    if events < LEAST_EVENTS {
        return Err(NotEstimable::Other(format!(
            "{events} events of the rarer class; a smooth calibration curve needs {LEAST_EVENTS}"
        )));
    }
    Ok(rows)
}

fn fit(rows: &Ranked) -> Result<SmoothCalibration, NotEstimable> {
    if rows.second.iter().all(|x| *x == rows.second[0]) {
        return Err(NotEstimable::ConstantScores);
    }
    let knots = knots(rows);
    let terms: Vec<Vec<f64>> = rows.second.iter().map(|x| basis(*x, &knots)).collect();
    let mut columns = vec![vec![1.0; rows.len()]];
    columns.extend((0..terms[0].len()).map(|term| terms.iter().map(|row| row[term]).collect()));
    let found = logistic(&rows.y, &columns, &vec![0.0; rows.len()], &rows.cluster)?;
    let k = found.n_clusters as f64;
    let covariance = (found.n_clusters > 1).then(|| {
        let factor = k / (k - 1.0);
        let scaled = |row: &Vec<f64>| row.iter().map(|value| value * factor).collect();
        found.covariance_cluster.iter().map(scaled).collect()
    });
    let (n_clusters, coefficients) = (found.n_clusters, found.coefficients);
    let fitted = |row: usize| {
        let eta: f64 = coefficients
            .iter()
            .enumerate()
            .map(|(term, b)| b * columns[term][row])
            .sum();
        1.0 / (1.0 + (-eta).exp())
    };
    let mut distances: Vec<f64> = (0..rows.len())
        .map(|row| (rows.score[row] - fitted(row)).abs())
        .collect();
    distances.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| quantile_of_sorted(&distances, p).unwrap_or_default();
    let distances = SmoothDistances {
        ici: ordered_sum(distances.iter().copied()) / rows.len() as f64,
        e50: at(0.5),
        e90: at(0.9),
        emax: at(1.0),
    };
    Ok(SmoothCalibration {
        distances,
        knots,
        coefficients,
        covariance,
        n_clusters,
    })
}

/// Patient-bootstrap intervals of [`SmoothDistances`], in its order: percentiles moved so that
/// their median is the estimate, cut at 0 (resampling adds noise to distances, which noise can
/// only raise). One fit a replicate: asked for, never by default. No published number was found for
/// these intervals; the tests check what must hold.
///
/// # Errors
/// As [`smooth_calibration`]; also one patient, a level outside (0, 1), or more than 5% of the
/// replicates without a fit.
pub fn smooth_calibration_intervals(
    y_true: &[bool],
    probability: &[f64],
    logit: Option<&[f64]>,
    cluster: Option<&[u32]>,
    confidence: f64,
    replicates: u64,
    seed: u64,
) -> Result<[Interval; 4], NotEstimable> {
    let rows = rows(y_true, probability, logit, cluster)?;
    if rows.n_clusters < 2 {
        return Err(NotEstimable::OnePatient);
    }
    let parts = |found: &SmoothDistances| [found.ici, found.e50, found.e90, found.emax];
    let estimate = parts(&fit(&rows)?.distances);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); rows.n_clusters];
    rows.cluster
        .iter()
        .enumerate()
        .for_each(|(row, cluster)| members[*cluster as usize].push(row));
    let drawn: Vec<[f64; 4]> = (0..replicates)
        .into_par_iter()
        .filter_map(|replicate| {
            let mut stream = RandomStream::new(seed, Purpose::SmoothCurveBootstrap, replicate);
            let picked: Vec<usize> = (0..rows.n_clusters)
                .flat_map(|_| {
                    members[stream.below(rows.n_clusters as u64) as usize]
                        .iter()
                        .copied()
                })
                .collect();
            let pick = |values: &[f64]| picked.iter().map(|row| values[*row]).collect::<Vec<_>>();
            let y: Vec<bool> = picked.iter().map(|row| rows.y[*row]).collect();
            let sample =
                Ranked::new(&y, &pick(&rows.score), Some(&pick(&rows.second)), None).ok()?;
            fit(&sample).ok().map(|found| parts(&found.distances))
        })
        .collect();
    if drawn.len() < 2
        || (drawn.len() as u64) * 20 < replicates * 19
        || !(confidence > 0.0 && confidence < 1.0)
    {
        return Err(NotEstimable::Other(
            "too many resamples leave the curve without a fit".to_owned(),
        ));
    }
    let tail = 0.5 * (1.0 - confidence);
    Ok([0, 1, 2, 3].map(|part| {
        let mut values: Vec<f64> = drawn.iter().map(|one| one[part]).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| {
            quantile_of_sorted(&values, p).unwrap_or(estimate[part])
                - quantile_of_sorted(&values, 0.5).unwrap_or(estimate[part])
        };
        Interval {
            lower: (estimate[part] + at(tail)).clamp(0.0, estimate[part]),
            upper: (estimate[part] + at(1.0 - tail)).clamp(estimate[part], 1.0),
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(n: usize, truth: impl Fn(f64) -> f64) -> (Vec<bool>, Vec<f64>) {
        let mut stream = RandomStream::new(4, Purpose::Simulation, 0);
        (0..n)
            .map(|_| {
                let logit = 1.2 * stream.normal();
                (
                    stream.uniform() < 1.0 / (1.0 + (-truth(logit)).exp()),
                    1.0 / (1.0 + (-logit).exp()),
                )
            })
            .unzip()
    }

    #[test]
    fn a_calibrated_model_is_near_the_diagonal_and_a_bent_one_is_recovered() {
        let (y, p) = drawn(20_000, |logit| logit);
        let found = smooth_calibration(&y, &p, None, None).unwrap();
        assert!(
            found.distances.ici < 0.015 && found.knots.len() == 5,
            "{found:?}"
        );
        // A curve that no straight line follows: logit + 0.15 logit^2.
        let bent = |logit: f64| logit + 0.15 * logit * logit;
        let (y, p) = drawn(20_000, bent);
        let found = smooth_calibration(&y, &p, None, None).unwrap();
        for p in [0.15_f64, 0.3, 0.5, 0.7, 0.85] {
            let truth = 1.0 / (1.0 + (-bent((p / (1.0 - p)).ln())).exp());
            assert!(
                (found.observed_at(p) - truth).abs() < 0.02,
                "{p} {} {truth}",
                found.observed_at(p)
            );
        }
        assert!(
            found.distances.e50 <= found.distances.e90
                && found.distances.e90 <= found.distances.emax
        );
    }

    #[test]
    fn the_spline_is_straight_beyond_its_outer_knots_and_smooth_between() {
        let knots = [-2.0, -0.7, 0.1, 0.9, 2.2];
        let bend = |x: f64, term: usize| {
            basis(x + 0.1, &knots)[term] - 2.0 * basis(x, &knots)[term]
                + basis(x - 0.1, &knots)[term]
        };
        for term in 1..4 {
            for x in [-6.0, -3.0, 2.5, 4.0, 9.0] {
                assert!(bend(x, term).abs() < 1e-10, "{term} {x}");
            }
            assert!(bend(1.0, term).abs() > 1e-5);
        }
        assert_eq!(basis(1.0, &knots).len(), 4);
    }

    #[test]
    fn intervals_hold_their_estimates() {
        let (y, p) = drawn(400, |logit| 0.5 * logit + 0.3);
        let cluster: Vec<u32> = (0..400).map(|i| i / 2).collect();
        let found = smooth_calibration(&y, &p, None, None).unwrap().distances;
        let intervals =
            smooth_calibration_intervals(&y, &p, None, Some(&cluster), 0.95, 60, 1).unwrap();
        for (interval, estimate) in intervals
            .iter()
            .zip([found.ici, found.e50, found.e90, found.emax])
        {
            assert!(interval.contains(estimate) && interval.width() > 0.0);
        }
    }

    #[test]
    fn degenerate_groups() {
        assert!(smooth_calibration(&[true, false], &[0.2, 0.3], None, None).is_err());
        let y: Vec<bool> = (0..60).map(|i| i % 2 == 0).collect();
        assert_eq!(
            smooth_calibration(&y, &[0.4; 60], None, None),
            Err(NotEstimable::ConstantScores)
        );
        let separated: Vec<f64> = (0..60)
            .map(|i| if i % 2 == 0 { 0.9 } else { 0.1 } + f64::from(i) * 1e-4)
            .collect();
        assert_eq!(
            smooth_calibration(&y, &separated, None, None),
            Err(NotEstimable::Separation)
        );
        // Two distinct scores have no room for knots: a straight line through both shares.
        let two: Vec<f64> = (0..60)
            .map(|i| if i % 3 == 0 { 0.3 } else { 0.6 })
            .collect();
        let found = smooth_calibration(&y, &two, None, None).unwrap();
        assert!(found.knots.is_empty() && (found.observed_at(0.3) - 0.5).abs() < 1e-9);
    }
}
