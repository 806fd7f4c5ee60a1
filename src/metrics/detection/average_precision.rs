//! Average precision of detections.

use super::matching::ImageOutcome;
use super::ranking::Ranking;
use crate::statistics::{Influenced, NotEstimable};

/// How precision is read off along recall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpolation {
    /// Mean over the 101 recalls 0, 0.01, ..., 1, as COCO does.
    Coco101,
    /// Area under the whole curve, as Pascal VOC does since 2010.
    AllPoints,
}

/// Average precision of a group of images: precision as a function of recall (lesions found over
/// lesions), at each recall the highest precision at this or any larger recall, averaged over
/// recall; 0 beyond the largest recall reached (Everingham et al. 2010, IJCV 88:303-338; Lin et al.
/// 2014, ECCV, 740-755). In [0, 1]. The matching, and with it the intersection over union that counts
/// as a hit, is that of the outcomes.
///
/// `Coco101` equals `pycocotools` as long as no true and false detection share a score: there the
/// order of the file decides, here detections with the same score come in together. No detection at
/// all gives 0.
///
/// The influence of an image is exact for the area: sum over recall steps of (dTP / N) times the
/// precision there is differentiated in the weight of the image, with the places of the highest
/// precisions held, which has no part in a first derivative (the envelope theorem). With N lesions,
/// D_m detections up to place m, P_m = TP_m / D_m, and W_m = sum of dTP_k / (N D_m) over the steps k
/// whose highest precision is at m, a true detection at place g adds P_max(g) / N + sum_{m >= g} W_m
/// (1 - P_m), a false one -sum_{m >= g} W_m P_m, and the image's lesions -AP / N each. The 101 points
/// are a quadrature of the same integral and take its influence.
///
/// # Errors
/// No image or no lesion.
pub fn average_precision(
    images: &[&ImageOutcome],
    interpolation: Interpolation,
) -> Result<Influenced, NotEstimable> {
    let ranking = Ranking::of(images)?;
    let best = highest_from(&ranking);
    let steps = steps(&ranking);
    let lesions = ranking.lesions as f64;
    let peak = |place: usize| ranking.precision(best[place]);
    let area = (0..best.len())
        .map(|place| steps[place] * peak(place))
        .sum::<f64>()
        / lesions;
    // Sums over all later places of what a detection changes at the places of highest precision.
    let mut weights = vec![0.0; best.len()];
    for (place, highest) in best.iter().enumerate() {
        let made = ranking.found[*highest] + ranking.wrong[*highest];
        weights[*highest] += steps[place] / (lesions * made as f64);
    }
    let (mut gain, mut loss) = (weights.clone(), weights);
    let mut later = (0.0, 0.0);
    for place in (0..best.len()).rev() {
        later.0 += gain[place];
        later.1 += loss[place] * ranking.precision(place);
        (gain[place], loss[place]) = later;
    }
    let influence = images.iter().map(|image| {
        let own = image.detections().iter().map(|detection| {
            let place = ranking.place(detection.score);
            let hit = detection.truth.is_some();
            f64::from(u8::from(hit)) * (peak(place) / lesions + gain[place]) - loss[place]
        });
        own.sum::<f64>() - area * image.truths() as f64 / lesions
    });
    Ok(Influenced {
        estimate: match interpolation {
            Interpolation::AllPoints => area,
            Interpolation::Coco101 => at_101_recalls(&ranking, &best),
        },
        influence: influence.collect(),
    })
}

/// For each place the place at or after it with the highest precision, the first of equal ones.
fn highest_from(ranking: &Ranking<'_>) -> Vec<usize> {
    let mut best: Vec<usize> = (0..ranking.scores.len()).collect();
    for place in (0..best.len().saturating_sub(1)).rev() {
        let later = best[place + 1];
        if ranking.precision(later) > ranking.precision(place) {
            best[place] = later;
        }
    }
    best
}

/// Lesions that each place adds.
fn steps(ranking: &Ranking<'_>) -> Vec<f64> {
    let before = std::iter::once(&0).chain(&ranking.found);
    let pairs = ranking.found.iter().zip(before);
    pairs.map(|(now, before)| (now - before) as f64).collect()
}

fn at_101_recalls(ranking: &Ranking<'_>, best: &[usize]) -> f64 {
    let recall = |place: usize| ranking.found[place] as f64 / ranking.lesions as f64;
    let mut place = 0;
    let mut sum = 0.0;
    for point in 0..=100u32 {
        // Hundredths by multiplication, as numpy's linspace has them.
        let least = f64::from(point) * 0.01;
        while place < best.len() && recall(place) < least {
            place += 1;
        }
        if place == best.len() {
            break;
        }
        sum += ranking.precision(best[place]);
    }
    sum / 101.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::detection::Judged;
    use crate::metrics::detection::simulated::{error_over_spread, images, outcomes};
    use proptest::prelude::*;

    fn one(detections: &[(f64, bool)], truths: usize) -> ImageOutcome {
        let mut next = 0..;
        let judged = detections.iter().map(|(score, hit)| Judged {
            score: *score,
            truth: hit.then(|| next.next().unwrap()),
        });
        ImageOutcome::new(judged.collect(), truths).unwrap()
    }

    #[test]
    fn by_hand() {
        let image = one(&[(0.9, false), (0.8, true), (0.7, true), (0.1, false)], 4);
        let area = average_precision(&[&image], Interpolation::AllPoints).unwrap();
        assert!((area.estimate - 0.5 * 2.0 / 3.0).abs() < 1e-15);
        // Recalls 0 to 0.5 have precision 2 / 3, of 101 these are 51.
        let coco = average_precision(&[&image], Interpolation::Coco101).unwrap();
        assert!((coco.estimate - 51.0 / 101.0 * 2.0 / 3.0).abs() < 1e-15);
        // One image has nobody to differ from.
        assert!(area.influence[0].abs() < 1e-15);
    }

    #[test]
    fn nothing_found_and_nothing_to_find() {
        let (missed, free) = (one(&[], 2), one(&[(0.5, false)], 0));
        for interpolation in [Interpolation::AllPoints, Interpolation::Coco101] {
            let found = average_precision(&[&missed, &free], interpolation).unwrap();
            assert_eq!((found.estimate, found.influence), (0.0, vec![0.0, 0.0]));
            let found = average_precision(&[&missed], interpolation).unwrap();
            assert_eq!(found.estimate, 0.0);
            assert_eq!(
                average_precision(&[&free], interpolation),
                Err(NotEstimable::Empty("lesions"))
            );
            assert!(average_precision(&[], interpolation).is_err());
        }
    }

    /// The derivative in the weight of an image, by giving it a thousandth more: the group taken a
    /// thousand times and the image once more.
    #[test]
    fn influence_is_the_derivative() {
        let images = images(12, 5);
        let area = |extra: Option<usize>| {
            let mut many: Vec<&ImageOutcome> = Vec::new();
            for _ in 0..1000 {
                many.extend(&images);
            }
            many.extend(extra.map(|place| &images[place]));
            average_precision(&many, Interpolation::AllPoints)
                .unwrap()
                .estimate
        };
        let base = area(None);
        let all: Vec<&ImageOutcome> = images.iter().collect();
        let found = average_precision(&all, Interpolation::AllPoints).unwrap();
        assert!((found.estimate - base).abs() < 1e-12);
        for (place, influence) in found.influence.iter().enumerate() {
            let difference = (area(Some(place)) - base) * 1000.0;
            assert!((difference - influence).abs() < 2e-3 * influence.abs().max(0.01));
        }
    }

    /// Leaving out one image at a time, (n - 1) / n sum of squared differences, in 400 images. Only
    /// for the area: the 101 points jump when the last recall passes one of them.
    #[test]
    fn variance_is_that_of_the_jackknife() {
        let images = images(400, 9);
        let all: Vec<&ImageOutcome> = images.iter().collect();
        let value = |images: &[&ImageOutcome]| {
            average_precision(images, Interpolation::AllPoints).map(|found| found.estimate)
        };
        let without = |place: usize| {
            let mut rest = all.clone();
            rest.remove(place);
            value(&rest).unwrap()
        };
        let left: Vec<f64> = (0..all.len()).map(without).collect();
        let mean = left.iter().sum::<f64>() / left.len() as f64;
        let jackknife = left.iter().map(|v| (v - mean).powi(2)).sum::<f64>() * 399.0 / 400.0;
        let found = average_precision(&all, Interpolation::AllPoints).unwrap();
        let ratio = found.standard_error(None).unwrap().0 / jackknife.sqrt();
        assert!((0.93..1.07).contains(&ratio), "{ratio}");
    }

    /// Over 600 groups of 150 images the mean squared standard error is the variance of the estimate.
    #[test]
    fn standard_errors_are_those_of_repeated_groups() {
        for interpolation in [Interpolation::AllPoints, Interpolation::Coco101] {
            let ratio = error_over_spread(3, |images| {
                average_precision(images, interpolation).unwrap()
            });
            assert!((0.9..1.1).contains(&ratio), "{interpolation:?} {ratio}");
        }
    }

    proptest! {
        #[test]
        fn laws((images, shuffled) in outcomes()) {
            let all: Vec<&ImageOutcome> = images.iter().collect();
            let other: Vec<&ImageOutcome> = shuffled.iter().collect();
            for interpolation in [Interpolation::AllPoints, Interpolation::Coco101] {
                let (one, two) = (
                    average_precision(&all, interpolation),
                    average_precision(&other, interpolation),
                );
                prop_assert_eq!(one.as_ref().map(|f| f.estimate).ok(), two.map(|f| f.estimate).ok());
                if let Ok(found) = one {
                    prop_assert!((0.0..=1.0).contains(&found.estimate));
                    prop_assert!(found.influence.iter().sum::<f64>().abs() < 1e-12);
                }
            }
        }
    }
}
