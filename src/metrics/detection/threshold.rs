//! A group of images at a declared score: detections at or above it are made.

use super::matching::ImageOutcome;
use crate::statistics::{Influenced, NotEstimable};

/// Lesions found over lesions, each lesion weighing the same; the linearised ratio over images.
///
/// # Errors
/// No lesion in the group.
pub fn sensitivity_at_threshold(
    images: &[&ImageOutcome],
    threshold: f64,
) -> Result<Influenced, NotEstimable> {
    let found: Vec<f64> = counts(images, threshold).map(|(found, _)| found).collect();
    let lesions: Vec<f64> = images.iter().map(|image| image.truths() as f64).collect();
    Influenced::ratio(&found, &lesions, "lesions")
}

/// Mean of the false positives of an image, over all images of the group, with lesions or without.
///
/// # Errors
/// No image.
pub fn false_positives_per_image(
    images: &[&ImageOutcome],
    threshold: f64,
) -> Result<Influenced, NotEstimable> {
    let wrong: Vec<f64> = counts(images, threshold).map(|(_, wrong)| wrong).collect();
    Influenced::mean(&wrong)
}

/// True detections over detections (PPV by detection); the linearised ratio over images.
///
/// # Errors
/// No detection at or above the threshold.
pub fn precision_at_threshold(
    images: &[&ImageOutcome],
    threshold: f64,
) -> Result<Influenced, NotEstimable> {
    let (found, made): (Vec<f64>, Vec<f64>) = counts(images, threshold)
        .map(|(found, wrong)| (found, found + wrong))
        .unzip();
    Influenced::ratio(&found, &made, "detections at this threshold")
}

fn counts(images: &[&ImageOutcome], threshold: f64) -> impl Iterator<Item = (f64, f64)> {
    images.iter().map(move |image| {
        let (found, wrong) = image.counts_at(threshold);
        (found as f64, wrong as f64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::detection::Judged;

    fn image(detections: &[(f64, Option<usize>)], truths: usize) -> ImageOutcome {
        let judged = |(score, truth): &(f64, Option<usize>)| Judged {
            score: *score,
            truth: *truth,
        };
        ImageOutcome::new(detections.iter().map(judged).collect(), truths).unwrap()
    }

    #[test]
    fn shares_of_three_images() {
        let images = [
            image(&[(0.9, Some(0)), (0.5, None), (0.2, Some(1))], 3),
            image(&[(0.5, None), (0.1, None)], 0),
            image(&[], 1),
        ];
        let images: Vec<&ImageOutcome> = images.iter().collect();
        let sensitivity = sensitivity_at_threshold(&images, 0.2).unwrap();
        assert_eq!(sensitivity.estimate, 0.5);
        assert_eq!(sensitivity.influence, [(2.0 - 1.5) / 4.0, 0.0, -0.5 / 4.0]);
        let wrong = false_positives_per_image(&images, 0.5).unwrap();
        assert_eq!(wrong.estimate, 2.0 / 3.0);
        assert_eq!(
            precision_at_threshold(&images, 0.5).unwrap().estimate,
            1.0 / 3.0
        );
        assert_eq!(
            precision_at_threshold(&images, 0.95)
                .unwrap_err()
                .to_string(),
            "no detections at this threshold in this group"
        );
        assert_eq!(
            sensitivity_at_threshold(&images[1..2], 0.5),
            Err(NotEstimable::Empty("lesions"))
        );
        assert!(false_positives_per_image(&[], 0.5).is_err());
    }
}
