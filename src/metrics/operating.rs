//! Parts of the ROC and precision-recall curves, with a patient bootstrap: scores are sorted once
//! and a replicate is a vector of weights.

use rayon::prelude::*;

use super::auroc::{Auroc, auroc};
use super::ranked::Ranked;
use crate::statistics::{
    Interval, NotEstimable, Purpose, RandomStream, Resamples, clusters_of_one_size,
    wilson_of_clusters,
};

/// A number read off the ranking of the scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CurveMetric {
    /// Area under the ROC curve between this specificity and 1, not scaled.
    PartialArea {
        /// Least specificity.
        specificity_from: f64,
    },
    /// Largest sensitivity at a threshold whose specificity is at least this.
    SensitivityAt {
        /// Specificity to be kept.
        specificity: f64,
    },
    /// Largest specificity at a threshold whose sensitivity is at least this.
    SpecificityAt {
        /// Sensitivity to be kept.
        sensitivity: f64,
    },
}

/// A curve metric with limits from resampled patients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnCurve {
    /// Value in the group.
    pub estimate: f64,
    /// Wilson's limits on [`Self::n_effective`], Student's t below 40 patients of a class; of a
    /// partial area those of the mean sensitivity, times its width.
    pub interval: Interval,
    /// Independent samples that would vary as much as resamples of patients do: p (1 - p) over their
    /// variance, p the share. Thresholds are chosen anew in every resample, so that their
    /// uncertainty is in it. At most the samples of the class that a sensitivity or specificity is
    /// one of, and where few patients decide at the threshold at most (sum b)^2 / sum b^2 of either class, b the
    /// samples of a patient: resamples cannot show what no patient shows.
    pub n_effective: f64,
    /// Whether fewer than 5 patients are on the rarer side of the threshold in a class; of a partial
    /// area, whether so few have a negative within it or a positive below a negative.
    pub few_carriers: bool,
    /// Replicates with both classes.
    pub replicates: u64,
}

/// Weighted counts of a sweep from the largest score down: (negatives, positives) called positive
/// at each threshold, starting with none.
pub(super) fn sweep(rows: &Ranked, weight: impl Fn(usize) -> u64) -> Vec<(u64, u64)> {
    let mut points = Vec::with_capacity(rows.len() + 1);
    points.push((0, 0));
    let (mut negatives, mut positives) = (0, 0);
    let mut end = rows.len();
    for tied in rows.score.chunk_by(|a, b| a == b).rev() {
        let start = end - tied.len();
        for row in start..end {
            if rows.y[row] {
                positives += weight(row)
            } else {
                negatives += weight(row)
            }
        }
        end = start;
        if points.last() != Some(&(negatives, positives)) {
            points.push((negatives, positives));
        }
    }
    points
}

/// Slack for shares that are not exact in binary.
const SLACK: f64 = 1e-9;

fn value(metric: CurveMetric, points: &[(u64, u64)]) -> Option<f64> {
    let (n0, n1) = points
        .last()
        .map(|(n0, n1)| (*n0 as f64, *n1 as f64))
        .filter(|(n0, n1)| *n0 > 0.0 && *n1 > 0.0)?;
    Some(match metric {
        CurveMetric::PartialArea { specificity_from } => {
            partial_area(points, n0, n1, 1.0 - specificity_from)
        }
        CurveMetric::SensitivityAt { specificity } => points
            .iter()
            .filter(|(fp, _)| *fp as f64 <= (1.0 - specificity) * n0 + SLACK)
            .map(|(_, tp)| *tp as f64 / n1)
            .fold(0.0, f64::max),
        CurveMetric::SpecificityAt { sensitivity } => points
            .iter()
            .filter(|(_, tp)| *tp as f64 >= sensitivity * n1 - SLACK)
            .map(|(fp, _)| 1.0 - *fp as f64 / n0)
            .fold(0.0, f64::max),
    })
}

/// The height at `x` of a line between two points; of a vertical one its end.
pub(super) fn interpolated((x0, y0): (f64, f64), (x1, y1): (f64, f64), x: f64) -> f64 {
    if x1 > x0 {
        y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    } else {
        y1
    }
}

/// Trapezoids up to a false positive rate, the last one cut at it.
fn partial_area(points: &[(u64, u64)], n0: f64, n1: f64, to: f64) -> f64 {
    let mut area = 0.0;
    for pair in points.windows(2) {
        let (x0, x1) = (pair[0].0 as f64 / n0, pair[1].0 as f64 / n0);
        let (y0, y1) = (pair[0].1 as f64 / n1, pair[1].1 as f64 / n1);
        if x0 >= to {
            break;
        }
        let end = x1.min(to);
        let height = interpolated((x0, y0), (x1, y1), end);
        area += (end - x0) * 0.5 * (y0 + height);
    }
    area
}

/// Largest and chance value of a partial area, for McClish's standardised form (Med Decis Making
/// 1989, 9:190-195): (1 + (area - chance) / (largest - chance)) / 2.
#[must_use]
pub fn standardised_partial_area(area: f64, specificity_from: f64) -> f64 {
    let width = 1.0 - specificity_from;
    let chance = 0.5 * width * width;
    0.5 * (1.0 + (area - chance) / (width - chance))
}

/// A curve metric with its interval from resampled patients. Percentiles of resamples leave out the
/// truth far too often where few patients are missed or called wrongly, and have no width where none
/// is; Wilson's limits with the variance of the resamples do neither (Rao and Scott 1992, Biometrics
/// 48:577-585, with the bootstrap for the design effect). No published number is known for the limits.
///
/// # Errors
/// One class, fewer than two patients in a class, a share outside (0, 1), a level outside (0, 1),
/// or too few replicates with both classes.
pub fn on_curve(
    metric: CurveMetric,
    y_true: &[bool],
    y_score: &[f64],
    cluster: Option<&[u32]>,
    confidence: f64,
    replicates: u64,
    seed: u64,
) -> Result<OnCurve, NotEstimable> {
    let share = match metric {
        CurveMetric::PartialArea {
            specificity_from: share,
        }
        | CurveMetric::SensitivityAt { specificity: share }
        | CurveMetric::SpecificityAt { sensitivity: share } => share,
    };
    if !((0.0..=1.0).contains(&share) && confidence > 0.0 && confidence < 1.0) {
        return Err(NotEstimable::Other(
            "the share and the confidence level must lie between 0 and 1".to_owned(),
        ));
    }
    let rows = Ranked::new(y_true, y_score, None, cluster)?;
    rows.both_classes()?;
    let classes = [true, false].map(|class| ClassSize::of(&rows, class));
    for (size, class) in classes.iter().zip([true, false]) {
        if size.patients < 2 {
            return Err(NotEstimable::one_of_class(class, rows.clustered));
        }
    }
    let points = sweep(&rows, |_| 1);
    let estimate = value(metric, &points).unwrap_or_default();
    let drawn: Vec<Option<f64>> = (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            let mut stream = RandomStream::new(seed, Purpose::RankingBootstrap, replicate);
            let mut times = vec![0u64; rows.n_clusters];
            for _ in 0..rows.n_clusters {
                times[stream.below(rows.n_clusters as u64) as usize] += 1;
            }
            value(
                metric,
                &sweep(&rows, |row| times[rows.cluster[row] as usize]),
            )
        })
        .collect();
    let drawn = Resamples::new(&drawn);
    if !drawn.are_enough() {
        return Err(NotEstimable::Other(
            "too many resamples hold one class only".to_owned(),
        ));
    }
    let (own, width) = match metric {
        CurveMetric::PartialArea { specificity_from } => (&classes[0], 1.0 - specificity_from),
        CurveMetric::SensitivityAt { .. } => (&classes[0], 1.0),
        CurveMetric::SpecificityAt { .. } => (&classes[1], 1.0),
    };
    let share = (estimate / width).clamp(0.0, 1.0);
    let error = drawn.standard_error().unwrap_or(0.0) / width;
    let by_resamples = (error > 0.0).then(|| share * (1.0 - share) / (error * error));
    // A sensitivity varies no less than a share of as many patients; a mean of them does.
    let mut n_effective = match metric {
        CurveMetric::PartialArea { .. } => by_resamples.unwrap_or(own.samples),
        _ => by_resamples.map_or(own.samples, |n| n.min(own.samples)),
    };
    let few_carriers = match metric {
        CurveMetric::PartialArea { .. } => rows.few_blemish(called(metric, &points)),
        _ => rows.few_decide(called(metric, &points)),
    };
    let [positives, negatives] = &classes;
    let complete = positives.complete.min(negatives.complete);
    if few_carriers {
        n_effective = n_effective.min(complete);
    }
    // At a share of 0 or 1 resamples say nothing of n.
    if n_effective <= 0.0 {
        n_effective = complete;
    }
    let patients = classes[0].patients.min(classes[1].patients);
    let limits = wilson_of_clusters(
        share,
        n_effective,
        rows.clustered.then_some(patients),
        confidence,
    )?;
    Ok(OnCurve {
        estimate,
        interval: Interval {
            lower: (limits.lower * width).min(estimate),
            upper: (limits.upper * width).max(estimate),
        },
        n_effective,
        few_carriers,
        replicates: drawn.defined(),
    })
}

/// Samples called positive at the threshold of a metric; of a partial area at its loosest one.
fn called(metric: CurveMetric, points: &[(u64, u64)]) -> usize {
    let (n0, n1) = points.last().copied().unwrap_or_default();
    let within = |share: f64| {
        let most = (1.0 - share) * n0 as f64 + SLACK;
        points.iter().rfind(|(fp, _)| *fp as f64 <= most)
    };
    let point = match metric {
        CurveMetric::PartialArea {
            specificity_from: share,
        }
        | CurveMetric::SensitivityAt { specificity: share } => within(share),
        CurveMetric::SpecificityAt { sensitivity } => points
            .iter()
            .find(|(_, tp)| *tp as f64 >= sensitivity * n1 as f64 - SLACK),
    };
    point.map_or(0, |(fp, tp)| (fp + tp) as usize)
}

/// One class by patients.
struct ClassSize {
    samples: f64,
    patients: u64,
    /// (sum b)^2 / sum b^2, b the samples of a patient.
    complete: f64,
}

impl ClassSize {
    fn of(rows: &Ranked, class: bool) -> Self {
        let sizes = rows.by_cluster(|row| f64::from(u8::from(rows.y[row] == class)));
        let samples: f64 = sizes.iter().sum();
        Self {
            samples,
            patients: sizes.iter().filter(|size| **size > 0.0).count() as u64,
            complete: clusters_of_one_size(&sizes),
        }
    }
}

/// xAUC (Kallus and Zhou 2019, NeurIPS): P(score of a positive of the first group > score of a
/// negative of the second) + half P(equal). Patients carry the same index in both groups; where
/// either group has none, samples are taken as independent.
///
/// # Errors
/// As [`auroc`], with the positives of the first and the negatives of the second group.
pub fn xauc(
    first: (&[bool], &[f64], Option<&[u32]>),
    second: (&[bool], &[f64], Option<&[u32]>),
) -> Result<Auroc, NotEstimable> {
    let clustered = first.2.is_some() && second.2.is_some();
    let of = |(y, score, patient): (&[bool], &[f64], Option<&[u32]>), class: bool| {
        let rows = (0..y.len().min(score.len())).filter(|row| y[*row] == class);
        rows.map(|row| {
            let patient = patient.and_then(|patient| patient.get(row).copied());
            (class, score[row], patient.unwrap_or_default())
        })
        .collect::<Vec<(bool, f64, u32)>>()
    };
    let mut rows = of(first, true);
    rows.extend(of(second, false));
    let (y, score): (Vec<bool>, Vec<f64>) = rows.iter().map(|row| (row.0, row.1)).unzip();
    let patient: Vec<u32> = rows.iter().map(|row| row.2).collect();
    auroc(&y, &score, clustered.then_some(patient.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::wilson;

    const Y: [bool; 4] = [false, false, true, true];
    const SCORE: [f64; 4] = [0.1, 0.4, 0.35, 0.8];

    fn plain(metric: CurveMetric, y: &[bool], score: &[f64]) -> f64 {
        value(
            metric,
            &sweep(&Ranked::new(y, score, None, None).unwrap(), |_| 1),
        )
        .unwrap()
    }

    #[test]
    fn four_cases_of_the_scikit_learn_docs() {
        let precision = crate::metrics::average_precision(&Y, &SCORE, None).unwrap();
        assert!((precision.estimate - 0.833_333_3).abs() < 1e-6);
        assert!(
            (plain(
                CurveMetric::PartialArea {
                    specificity_from: 0.0
                },
                &Y,
                &SCORE
            ) - 0.75)
                .abs()
                < 1e-12
        );
        assert!(
            (plain(
                CurveMetric::PartialArea {
                    specificity_from: 0.5
                },
                &Y,
                &SCORE
            ) - 0.25)
                .abs()
                < 1e-12
        );
        assert!(
            (plain(CurveMetric::SensitivityAt { specificity: 0.6 }, &Y, &SCORE) - 0.5).abs()
                < 1e-12
        );
        assert!(
            (plain(CurveMetric::SensitivityAt { specificity: 0.5 }, &Y, &SCORE) - 1.0).abs()
                < 1e-12
        );
        assert!(
            (plain(CurveMetric::SpecificityAt { sensitivity: 1.0 }, &Y, &SCORE) - 0.5).abs()
                < 1e-12
        );
    }

    #[test]
    fn a_ranking_without_information_standardises_to_one_half() {
        let y: Vec<bool> = (0..2000).map(|i| i % 2 == 0).collect();
        let score: Vec<f64> = (0..2000).map(|i| f64::from(i / 2)).collect();
        let area = plain(
            CurveMetric::PartialArea {
                specificity_from: 0.8,
            },
            &y,
            &score,
        );
        assert!((standardised_partial_area(area, 0.8) - 0.5).abs() < 1e-3);
        assert!((standardised_partial_area(0.2, 0.8) - 1.0).abs() < 1e-12);
    }

    fn drawn(n: usize) -> (Vec<bool>, Vec<f64>, Vec<u32>) {
        let mut stream = RandomStream::new(8, Purpose::Simulation, 0);
        let y: Vec<bool> = (0..n).map(|_| stream.uniform() < 0.4).collect();
        let score = y
            .iter()
            .map(|y| stream.normal() + f64::from(u8::from(*y)))
            .collect();
        (y, score, (0..n).map(|i| (i / 3) as u32).collect())
    }

    #[test]
    fn bootstrap_of_the_whole_area_has_delongs_width() {
        let (y, score, _) = drawn(600);
        let found = on_curve(
            CurveMetric::PartialArea {
                specificity_from: 0.0,
            },
            &y,
            &score,
            None,
            0.95,
            1000,
            1,
        )
        .unwrap();
        let width = 2.0 * 1.96 * auroc(&y, &score, None).unwrap().standard_error().unwrap();
        assert!(
            (found.interval.width() / width - 1.0).abs() < 0.12,
            "{found:?}"
        );
        let threads = |count: usize| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(count)
                .build()
                .unwrap()
                .install(|| {
                    on_curve(
                        CurveMetric::SensitivityAt { specificity: 0.9 },
                        &y,
                        &score,
                        None,
                        0.95,
                        100,
                        1,
                    )
                    .unwrap()
                })
        };
        assert_eq!(threads(1), threads(3));
    }

    #[test]
    fn xauc_of_a_group_with_itself_is_its_auroc() {
        let (y, score, patient) = drawn(300);
        let own = auroc(&y, &score, Some(&patient)).unwrap();
        assert_eq!(
            xauc((&y, &score, Some(&patient)), (&y, &score, Some(&patient))).unwrap(),
            own
        );
        // Scores of the second group shifted up: its negatives overtake the first group's positives.
        let shifted: Vec<f64> = score.iter().map(|s| s + 0.5).collect();
        assert!(
            xauc((&y, &score, Some(&patient)), (&y, &shifted, Some(&patient)))
                .unwrap()
                .estimate
                < own.estimate
        );
        // Without patients it is the area of independent samples.
        assert_eq!(
            xauc((&y, &score, None), (&y, &score, None)).unwrap(),
            auroc(&y, &score, None).unwrap()
        );
    }

    #[test]
    fn degenerate_groups() {
        let error = |y: &[bool], score: &[f64]| {
            let metric = CurveMetric::SensitivityAt { specificity: 0.9 };
            on_curve(metric, y, score, None, 0.95, 50, 1)
        };
        assert_eq!(
            error(&[true, true], &[0.1, 0.2]),
            Err(NotEstimable::OneClass(2, 0))
        );
        assert_eq!(
            error(&[true, false, false], &[0.1, 0.2, 0.3]),
            Err(NotEstimable::OneOfClass("positive sample"))
        );
        assert!(error(&[true, false], &[f64::NAN, 0.2]).is_err());
        // Under perfect separation no resample shows an error: Wilson's limits of 20 of 20.
        let (y, score) = ([false, false, true, true], [0.1, 0.2, 0.3, 0.4]);
        let rows: Vec<usize> = (0..40).map(|i| i % 4).collect();
        let (y, score): (Vec<bool>, Vec<f64>) = rows.iter().map(|i| (y[*i], score[*i])).unzip();
        let expected = wilson(20.0, 20.0, 0.95).unwrap();
        for (metric, width) in [
            (
                CurveMetric::PartialArea {
                    specificity_from: 0.8,
                },
                0.2,
            ),
            (CurveMetric::SensitivityAt { specificity: 0.9 }, 1.0),
            (CurveMetric::SpecificityAt { sensitivity: 0.9 }, 1.0),
        ] {
            let found = on_curve(metric, &y, &score, None, 0.95, 50, 1).unwrap();
            assert!(found.few_carriers, "{metric:?}");
            let distance = (found.interval.lower - width * expected.lower).abs();
            assert!(
                distance < 1e-9 && found.interval.upper >= width - 1e-12,
                "{found:?}"
            );
        }
        assert!(
            on_curve(
                CurveMetric::SensitivityAt { specificity: 1.5 },
                &Y,
                &SCORE,
                None,
                0.95,
                50,
                1
            )
            .is_err()
        );
    }
}
