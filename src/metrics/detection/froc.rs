//! Free-response ROC: sensitivity by lesion against false positives per image.

use super::matching::ImageOutcome;
use super::ranking::Ranking;
use crate::statistics::{Influenced, NotEstimable, ordered_sum};

/// False positives per image of the LUNA16 score (Setio et al. 2017, Med Image Anal 42:1-13).
pub const LUNA16_RATES: [f64; 7] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// Half the width of the window in which the slope is taken, in standard errors of the rate.
const WINDOW: f64 = 2.0;

/// A point of the curve: detections with at least this score are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrocPoint {
    /// Lowest score that counts; infinite at the start, where nothing is detected.
    pub threshold: f64,
    /// False positives over images.
    pub false_positives_per_image: f64,
    /// Lesions found over lesions.
    pub sensitivity: f64,
}

/// The curve of a group, from no detection to all of them, one point for each distinct score
/// (Bunch et al. 1978, J Appl Photogr Eng 4:166-171).
///
/// # Errors
/// No image or no lesion.
pub fn froc_curve(images: &[&ImageOutcome]) -> Result<Vec<FrocPoint>, NotEstimable> {
    Ok(points(&Ranking::of(images)?))
}

fn points(ranking: &Ranking<'_>) -> Vec<FrocPoint> {
    let start = FrocPoint {
        threshold: f64::INFINITY,
        false_positives_per_image: 0.0,
        sensitivity: 0.0,
    };
    let n = ranking.images.len() as f64;
    let later = (0..ranking.scores.len()).map(|place| FrocPoint {
        threshold: ranking.scores[place],
        false_positives_per_image: ranking.wrong[place] as f64 / n,
        sensitivity: ranking.found[place] as f64 / ranking.lesions as f64,
    });
    std::iter::once(start).chain(later).collect()
}

/// Sensitivity by lesion at a declared number of false positives per image.
///
/// Linear between the points of the curve and, where it rises without a further false positive, the
/// highest of them: `np.interp` on the curve, as in the evaluations of CAMELYON16 and LUNA16. A rate
/// that the detections never reach gives the sensitivity of all of them.
///
/// Influence of image j, with lesions n_j and at the threshold of that rate TP_j and FP_j, N lesions
/// and I images: (TP_j - S n_j) / N - b (FP_j - rate) / I, where b is the slope of the curve: more
/// false positives in an image raise the threshold for all. Beyond the end of the curve nothing
/// moves the threshold and b is 0. The curve is a step function, so that b is taken over a window of
/// 2 standard errors of the rate to both sides, the range over which the threshold varies from
/// sample to sample; this window shrinks with the root of the images and holds ever more detections,
/// as a consistent slope needs. A jackknife is no way out: leaving out one image at a time is
/// inconsistent for quantities read off at a quantile (Efron 1979, Ann Statist 7:1-26, section 3).
///
/// # Errors
/// No image or no lesion.
pub fn sensitivity_at_false_positives(
    images: &[&ImageOutcome],
    rate: f64,
) -> Result<Influenced, NotEstimable> {
    let ranking = Ranking::of(images)?;
    Ok(at_rate(&ranking, &points(&ranking), rate))
}

/// The same at several rates, of one ranking.
///
/// # Errors
/// No image or no lesion.
pub fn sensitivities_at_false_positives(
    images: &[&ImageOutcome],
    rates: &[f64],
) -> Result<Vec<Influenced>, NotEstimable> {
    let ranking = Ranking::of(images)?;
    let points = points(&ranking);
    let all = rates.iter().map(|rate| at_rate(&ranking, &points, *rate));
    Ok(all.collect())
}

/// Mean of the sensitivities at several rates; with [`LUNA16_RATES`] the score of LUNA16.
///
/// # Errors
/// No image, no lesion, no rate.
pub fn froc_score(images: &[&ImageOutcome], rates: &[f64]) -> Result<Influenced, NotEstimable> {
    if rates.is_empty() {
        return Err(NotEstimable::Empty("rates of false positives"));
    }
    let all = sensitivities_at_false_positives(images, rates)?;
    let mean = |value: &dyn Fn(&Influenced) -> f64| {
        all.iter().map(value).sum::<f64>() / rates.len() as f64
    };
    Ok(Influenced {
        estimate: mean(&|one| one.estimate),
        influence: (0..images.len())
            .map(|place| mean(&|one| one.influence[place]))
            .collect(),
    })
}

/// Last point at or below a rate, and how far towards the next one the rate lies.
fn place_of(points: &[FrocPoint], rate: f64) -> (usize, f64) {
    let after = points.partition_point(|point| point.false_positives_per_image <= rate);
    let place = after.saturating_sub(1);
    let from = points[place].false_positives_per_image;
    let share = points.get(place + 1).map_or(0.0, |next| {
        ((rate - from) / (next.false_positives_per_image - from)).max(0.0)
    });
    (place, share)
}

fn sensitivity_at(points: &[FrocPoint], rate: f64) -> f64 {
    let (place, share) = place_of(points, rate);
    let low = points[place].sensitivity;
    let high = points.get(place + 1).map_or(low, |next| next.sensitivity);
    low + share * (high - low)
}

fn at_rate(ranking: &Ranking<'_>, points: &[FrocPoint], rate: f64) -> Influenced {
    let estimate = sensitivity_at(points, rate);
    let (place, share) = place_of(points, rate);
    // The first point is that of no detection; the ranking begins with the second.
    let low = ranking.by_image(place.checked_sub(1));
    let high = if place + 1 < points.len() {
        ranking.by_image(Some(place))
    } else {
        low.clone()
    };
    let between = |a: f64, b: f64| a + share * (b - a);
    let here: Vec<(f64, f64)> = low
        .iter()
        .zip(&high)
        .map(|(a, b)| (between(a.0, b.0), between(a.1, b.1)))
        .collect();
    let images = here.len() as f64;
    let moves: Vec<f64> = here
        .iter()
        .map(|(_, wrong)| (wrong - rate) / images)
        .collect();
    let slope = slope(points, rate, &moves);
    let lesions = ranking.lesions as f64;
    let influence = here.iter().zip(ranking.images).zip(&moves);
    Influenced {
        estimate,
        influence: influence
            .map(|(((found, _), image), moved)| {
                (found - estimate * image.truths() as f64) / lesions - slope * moved
            })
            .collect(),
    }
}

/// Rise of sensitivity with the rate around a rate; 0 at the end of the curve and beyond.
fn slope(points: &[FrocPoint], rate: f64, moves: &[f64]) -> f64 {
    let end = points.last().map_or(0.0, |p| p.false_positives_per_image);
    if rate >= end {
        return 0.0;
    }
    let window = WINDOW * ordered_sum(moves.iter().map(|m| m * m)).sqrt();
    let (from, to) = ((rate - window).max(0.0), (rate + window).min(end));
    if to <= from {
        return 0.0;
    }
    (sensitivity_at(points, to) - sensitivity_at(points, from)) / (to - from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::detection::simulated::{error_over_spread, outcomes};
    use proptest::prelude::*;

    #[test]
    fn the_curve_by_hand() {
        let judged = |score, truth| super::super::Judged { score, truth };
        let detections = vec![
            judged(0.9, Some(0)),
            judged(0.8, None),
            judged(0.7, Some(1)),
            judged(0.6, None),
            judged(0.6, Some(2)),
        ];
        let images = [
            ImageOutcome::new(detections, 4).unwrap(),
            ImageOutcome::new(vec![], 0).unwrap(),
        ];
        let images: Vec<&ImageOutcome> = images.iter().collect();
        let curve = froc_curve(&images).unwrap();
        let found: Vec<(f64, f64)> = curve
            .iter()
            .map(|p| (p.false_positives_per_image, p.sensitivity))
            .collect();
        assert_eq!(
            found,
            [
                (0.0, 0.0),
                (0.0, 0.25),
                (0.5, 0.25),
                (0.5, 0.5),
                (1.0, 0.75)
            ]
        );
        for (rate, sensitivity) in [
            (0.0, 0.25),
            (0.25, 0.25),
            (0.5, 0.5),
            (0.75, 0.625),
            (8.0, 0.75),
        ] {
            let at = sensitivity_at_false_positives(&images, rate).unwrap();
            assert_eq!(at.estimate, sensitivity, "{rate}");
            assert!(at.influence.iter().sum::<f64>().abs() < 1e-15 || rate > 1.0);
        }
        let mean = froc_score(&images, &[0.5, 8.0]).unwrap();
        assert_eq!(mean.estimate, 0.625);
        assert!(froc_score(&images, &[]).is_err());
        assert!(froc_curve(&images[1..]).is_err());
    }

    /// Over 600 groups of 150 images the mean squared standard error is the variance of the estimate.
    #[test]
    fn standard_errors_are_those_of_repeated_groups() {
        for rate in [0.125, 0.5, 1.0, 8.0] {
            let ratio = error_over_spread(1, |images| {
                sensitivity_at_false_positives(images, rate).unwrap()
            });
            assert!((0.9..1.12).contains(&ratio), "{rate}: {ratio}");
        }
    }

    proptest! {
        #[test]
        fn laws((images, shuffled) in outcomes(), rates in [0.0..3.0f64, 0.0..3.0]) {
            let all: Vec<&ImageOutcome> = images.iter().collect();
            let other: Vec<&ImageOutcome> = shuffled.iter().collect();
            let at = |images: &[&ImageOutcome], rate| {
                sensitivity_at_false_positives(images, rate).map(|found| found.estimate).ok()
            };
            let [low, high] = [rates[0].min(rates[1]), rates[0].max(rates[1])];
            prop_assert!(at(&all, low) <= at(&all, high));
            prop_assert_eq!(at(&all, low), at(&other, low));
            if let Some(most) = at(&all, 1e9) {
                prop_assert!((0.0..=1.0).contains(&most) && at(&all, high) <= Some(most));
            }
        }
    }
}
