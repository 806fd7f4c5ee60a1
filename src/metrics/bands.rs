//! ROC and precision-recall curves with pointwise bands from resampled patients. Scores are
//! sorted once; a replicate is a vector of weights and one sweep.

use rayon::prelude::*;

use super::operating::{interpolated, sweep};
use super::ranked::Ranked;
use crate::statistics::{
    Interval, NotEstimable, ProportionMethod, Purpose, RandomStream, clusters_of_one_size,
    quantile_of_sorted,
};

/// Limits of sensitivity at one false positive rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RocBand {
    /// False positive rate.
    pub false_positive_rate: f64,
    /// Pointwise limits of sensitivity.
    pub sensitivity: Interval,
}

/// Limits of precision at one recall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrecisionRecall {
    /// Recall, which is sensitivity.
    pub recall: f64,
    /// Pointwise limits of precision, the PPV.
    pub precision: Interval,
}

/// Bands of both curves.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveBand {
    /// Of the ROC curve, by ascending false positive rate.
    pub roc: Vec<RocBand>,
    /// Of the precision-recall curve, by ascending recall.
    pub precision_recall: Vec<PrecisionRecall>,
    /// Replicates with both classes.
    pub replicates: u64,
}

/// Places on the horizontal axis of a band: 0, 0.025, ..., 1.
const STEPS: u32 = 40;

fn grid() -> Vec<f64> {
    (0..=STEPS)
        .map(|step| f64::from(step) / f64::from(STEPS))
        .collect()
}

/// Sensitivity at a false positive rate, linear between vertices; the upper end of a vertical part.
fn sensitivity_at(points: &[(u64, u64)], n0: f64, n1: f64, rate: f64) -> f64 {
    let after = points.partition_point(|(fp, _)| *fp as f64 <= rate * n0 + 1e-9);
    let (x0, y0) = points[after - 1];
    match points.get(after) {
        None => y0 as f64 / n1,
        Some((x1, y1)) => interpolated(
            (x0 as f64 / n0, y0 as f64 / n1),
            (*x1 as f64 / n0, *y1 as f64 / n1),
            rate,
        ),
    }
}

/// Precision at the first threshold whose recall is at least this.
fn precision_at(points: &[(u64, u64)], n1: f64, recall: f64) -> f64 {
    let place = points
        .partition_point(|(_, tp)| (*tp as f64) < recall * n1 - 1e-9)
        .max(1)
        .min(points.len() - 1);
    let (fp, tp) = points[place];
    tp as f64 / (fp + tp) as f64
}

/// Vertices (recall, precision) by ascending recall, one for each distinct score, at most
/// `max_vertices` of them (at even steps of recall where there are more). The number of
/// positives is in every one of them, so that precision depends on prevalence.
///
/// # Errors
/// One class, no sample, or a score that is no finite number.
pub fn precision_recall_curve(
    y_true: &[bool],
    y_score: &[f64],
    max_vertices: usize,
) -> Result<Vec<(f64, f64)>, NotEstimable> {
    Ranked::new(y_true, y_score, None, None)?.precision_recall_curve(max_vertices)
}

impl Ranked {
    /// [`precision_recall_curve`] of sorted samples.
    ///
    /// # Errors
    /// As [`precision_recall_curve`].
    pub fn precision_recall_curve(
        &self,
        max_vertices: usize,
    ) -> Result<Vec<(f64, f64)>, NotEstimable> {
        self.both_classes()?;
        let points = self.called();
        let n1 = self.n_positive as f64;
        let vertices: Vec<(f64, f64)> = points[1..]
            .iter()
            .filter(|(_, tp)| *tp > 0)
            .map(|(fp, tp)| (*tp as f64 / n1, *tp as f64 / (fp + tp) as f64))
            .collect();
        if vertices.len() <= max_vertices {
            return Ok(vertices);
        }
        let last = max_vertices.max(2) - 1;
        let mut kept: Vec<(f64, f64)> = (0..=last)
            .map(|step| vertices[step * (vertices.len() - 1) / last])
            .collect();
        kept.dedup();
        Ok(kept)
    }
}

/// Sensitivity and precision of one resample at every place.
type Heights = (Vec<f64>, Vec<f64>);

/// Pointwise percentile bands of the ROC and precision-recall curves over `replicates` resamples
/// of whole patients (Macskassy, Provost and Rosset 2005, ICML: vertical bands). Where fewer than ten
/// patients stand behind the rarer outcome of a share, resamples hardly vary (at a sensitivity of 1 not
/// at all): the band then reaches at least as far as Wilson's limits of that share, patients counted as
/// (sum b)^2 / sum b^2 with b the samples of one. No number from
/// elsewhere can exist for random resamples; in the tests the bands cover the curve that scores were
/// drawn from.
///
/// # Errors
/// One class, one patient, a level outside (0, 1), or more than 5% of the replicates without both
/// classes.
pub fn curve_bands(
    y_true: &[bool],
    y_score: &[f64],
    cluster: Option<&[u32]>,
    confidence: f64,
    replicates: u64,
    seed: u64,
) -> Result<CurveBand, NotEstimable> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(NotEstimable::Other(
            "the confidence level must lie between 0 and 1".to_owned(),
        ));
    }
    let rows = Ranked::new(y_true, y_score, None, cluster)?;
    rows.both_classes()?;
    if rows.n_clusters < 2 {
        return Err(NotEstimable::OnePatient);
    }
    let places = grid();
    let drawn: Vec<Heights> = (0..replicates)
        .into_par_iter()
        .filter_map(|replicate| {
            let mut stream = RandomStream::new(seed, Purpose::CurveBands, replicate);
            let mut times = vec![0u64; rows.n_clusters];
            for _ in 0..rows.n_clusters {
                times[stream.below(rows.n_clusters as u64) as usize] += 1;
            }
            let points = sweep(&rows, |row| times[rows.cluster[row] as usize]);
            let (n0, n1) = points
                .last()
                .map(|(n0, n1)| (*n0 as f64, *n1 as f64))
                .filter(|(n0, n1)| *n0 > 0.0 && *n1 > 0.0)?;
            Some((
                places
                    .iter()
                    .map(|rate| sensitivity_at(&points, n0, n1, *rate))
                    .collect(),
                places
                    .iter()
                    .map(|recall| precision_at(&points, n1, *recall))
                    .collect(),
            ))
        })
        .collect();
    if drawn.len() < 2 || (drawn.len() as u64) * 20 < replicates * 19 {
        return Err(NotEstimable::Other(
            "too many resamples hold one class only".to_owned(),
        ));
    }
    let tail = 0.5 * (1.0 - confidence);
    // `own` is the share in the group itself and the patients that it is a share of.
    let limits = |value: &dyn Fn(&Heights) -> f64, own: (f64, f64)| {
        let mut values: Vec<f64> = drawn.iter().map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| quantile_of_sorted(&values, p).unwrap_or_default();
        let drawn = Interval {
            lower: at(tail),
            upper: at(1.0 - tail),
        };
        widened(drawn, own, confidence)
    };
    let points = rows.called();
    let (n0, n1) = (
        (rows.len() - rows.n_positive) as f64,
        rows.n_positive as f64,
    );
    let worth = |of: &dyn Fn(usize) -> bool| {
        clusters_of_one_size(&rows.by_cluster(|row| f64::from(u8::from(of(row)))))
    };
    let positives = worth(&|row| rows.y[row]);
    let per_sample = worth(&|_| true) / rows.len() as f64;
    // Of those that are called at the first threshold with this recall.
    let precision = |recall: f64| {
        let place = points
            .partition_point(|(_, tp)| (*tp as f64) < recall * n1 - 1e-9)
            .clamp(1, points.len() - 1);
        let called = (points[place].0 + points[place].1) as f64;
        (precision_at(points, n1, recall), called * per_sample)
    };
    Ok(CurveBand {
        roc: places
            .iter()
            .enumerate()
            .map(|(place, rate)| RocBand {
                false_positive_rate: *rate,
                sensitivity: limits(
                    &|one| one.0[place],
                    (sensitivity_at(points, n0, n1, *rate), positives),
                ),
            })
            .collect(),
        precision_recall: places
            .iter()
            .enumerate()
            .skip(1)
            .map(|(place, recall)| PrecisionRecall {
                recall: *recall,
                precision: limits(&|one| one.1[place], precision(*recall)),
            })
            .collect(),
        replicates: drawn.len() as u64,
    })
}

/// Patients behind the rarer outcome of a share below which resamples of it are not trusted alone.
const FEW: f64 = 10.0;

/// Limits from resamples, or Wilson's where these lie further out and few stand behind the share.
fn widened(drawn: Interval, (share, n): (f64, f64), confidence: f64) -> Interval {
    if n * share.min(1.0 - share) >= FEW {
        return drawn;
    }
    let found = ProportionMethod::Wilson.interval(share * n, n, confidence);
    found.map_or(drawn, |wilson| Interval {
        lower: drawn.lower.min(wilson.lower),
        upper: drawn.upper.max(wilson.upper),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{normal_cdf, normal_quantile};

    /// Twenty of each class, normal scores with an area of 0.92: the band holds the sensitivity that is
    /// true at a false positive rate in nine samples of ten at least (resamples alone: in 71 to 86%).
    #[test]
    fn bands_of_few_samples_hold_the_true_curve() {
        let shift = crate::statistics::binormal_shift(0.92);
        let mut held = [0u32; 3];
        let rates = [0.2, 0.4, 0.6];
        let audits = 150;
        for audit in 0..audits {
            let mut stream = RandomStream::new(13, Purpose::Simulation, audit);
            let y: Vec<bool> = (0..40).map(|row| row % 2 == 0).collect();
            let score: Vec<f64> = y
                .iter()
                .map(|y| stream.normal() + if *y { shift } else { 0.0 })
                .collect();
            let bands = curve_bands(&y, &score, None, 0.95, 200, 5).unwrap();
            for (place, rate) in rates.into_iter().enumerate() {
                let truth = normal_cdf(shift + normal_quantile(rate));
                let band = bands
                    .roc
                    .iter()
                    .find(|own| (own.false_positive_rate - rate).abs() < 1e-9)
                    .unwrap();
                let own = band.sensitivity;
                held[place] += u32::from(own.lower <= truth && truth <= own.upper);
                assert!(own.lower < own.upper);
            }
        }
        assert!(held.iter().all(|held| *held >= 135), "{held:?}");
    }

    fn drawn(n: usize) -> (Vec<bool>, Vec<f64>) {
        let mut stream = RandomStream::new(11, Purpose::Simulation, 0);
        (0..n)
            .map(|_| {
                let y = stream.uniform() < 0.3;
                (y, stream.normal() + if y { 1.0 } else { 0.0 })
            })
            .unzip()
    }

    /// The binormal curve with a distance of 1: sensitivity = Phi(1 + Phi^-1(rate)).
    #[test]
    fn bands_cover_the_curve_that_the_scores_were_drawn_from() {
        use crate::statistics::{normal_cdf, normal_quantile};
        let (y, score) = drawn(4000);
        let found = curve_bands(&y, &score, None, 0.99, 500, 1).unwrap();
        for band in &found.roc[1..40] {
            let truth = normal_cdf(1.0 + normal_quantile(band.false_positive_rate));
            assert!(band.sensitivity.contains(truth), "{band:?} {truth}");
            assert!(band.sensitivity.width() < 0.15);
        }
        assert_eq!(found.roc.len(), 41);
        assert_eq!(found.replicates, 500);
        assert!((found.precision_recall[39].precision.lower - 0.3).abs() < 0.05);
    }

    #[test]
    fn four_cases_of_the_scikit_learn_docs() {
        // precision_recall_curve of scikit-learn's docs: recall 0.5, 0.5, 1, 1 and precision
        // 1, 1/2, 2/3, 1/2 from the largest threshold down.
        let curve =
            precision_recall_curve(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8], 200)
                .unwrap();
        assert_eq!(
            curve,
            [(0.5, 1.0), (0.5, 0.5), (1.0, 2.0 / 3.0), (1.0, 0.5)]
        );
    }

    #[test]
    fn degenerate_groups_have_reasons() {
        assert!(curve_bands(&[true], &[0.5], None, 0.95, 10, 1).is_err());
        assert_eq!(
            curve_bands(&[true, false], &[0.5, 0.4], Some(&[1, 1]), 0.95, 10, 1),
            Err(NotEstimable::OnePatient)
        );
        assert!(precision_recall_curve(&[], &[], 10).is_err());
        let (y, score) = drawn(1000);
        assert!(precision_recall_curve(&y, &score, 50).unwrap().len() <= 50);
        // All equal: one threshold.
        let curve = precision_recall_curve(&[true, false], &[0.5, 0.5], 10).unwrap();
        assert_eq!(curve, [(1.0, 0.5)]);
        let bands = curve_bands(&[true, false, true, false], &[0.5; 4], None, 0.95, 40, 1);
        assert!(bands.is_err() || bands.is_ok_and(|found| found.roc.len() == 41));
    }
}
