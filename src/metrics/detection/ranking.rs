//! All detections of a group by falling score.

use super::matching::ImageOutcome;
use crate::statistics::NotEstimable;

/// Distinct scores of a group with what lies at or above each. Detections with the same score come
/// in together, so that no order among them matters.
pub(super) struct Ranking<'a> {
    pub(super) images: &'a [&'a ImageOutcome],
    /// Distinct scores, highest first.
    pub(super) scores: Vec<f64>,
    /// Lesions found at or above each score.
    pub(super) found: Vec<u64>,
    /// False positives at or above each score.
    pub(super) wrong: Vec<u64>,
    /// Lesions of the group.
    pub(super) lesions: u64,
}

impl<'a> Ranking<'a> {
    /// # Errors
    /// No image, or no lesion.
    pub(super) fn of(images: &'a [&'a ImageOutcome]) -> Result<Self, NotEstimable> {
        if images.is_empty() {
            return Err(NotEstimable::Empty("images"));
        }
        let lesions = images.iter().map(|image| image.truths() as u64).sum();
        if lesions == 0 {
            return Err(NotEstimable::Empty("lesions"));
        }
        let mut all: Vec<(f64, bool)> = images
            .iter()
            .flat_map(|image| image.detections())
            .map(|detection| (detection.score, detection.truth.is_some()))
            .collect();
        all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let (mut scores, mut found, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        let (mut true_ones, mut false_ones) = (0, 0);
        for group in all.chunk_by(|a, b| a.0 == b.0) {
            let hits = group.iter().filter(|(_, hit)| *hit).count();
            true_ones += hits as u64;
            false_ones += (group.len() - hits) as u64;
            scores.push(group[0].0);
            found.push(true_ones);
            wrong.push(false_ones);
        }
        Ok(Self {
            images,
            scores,
            found,
            wrong,
            lesions,
        })
    }

    /// Place of a score among the distinct ones.
    pub(super) fn place(&self, score: f64) -> usize {
        self.scores.partition_point(|other| *other > score)
    }

    /// True detections over detections at or above the score of a place.
    pub(super) fn precision(&self, place: usize) -> f64 {
        self.found[place] as f64 / (self.found[place] + self.wrong[place]) as f64
    }

    /// For each image the lesions found and the false positives at or above the score of a place,
    /// none before the first.
    pub(super) fn by_image(&self, place: Option<usize>) -> Vec<(f64, f64)> {
        self.images
            .iter()
            .map(|image| {
                let (found, wrong) = place.map_or((0, 0), |p| image.counts_at(self.scores[p]));
                (found as f64, wrong as f64)
            })
            .collect()
    }
}
