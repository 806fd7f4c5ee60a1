//! Which lesions of the truth are found, and which predicted ones are none.

use std::collections::BTreeMap;

use super::lesions::{Lesions, Neighbours, Run};
use super::mask::MaskPair;

/// When a predicted lesion is taken for one of the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LesionRule {
    /// They share a voxel. One predicted lesion may find several of the truth, and several may find
    /// the same.
    AnyVoxel,
    /// Their intersection over union is at least this. Each lesion is matched once: pairs are taken
    /// by falling intersection over union, of equal ones the one whose truth, then whose prediction
    /// begins earlier in row order. Above 0.5 no lesion has a second candidate.
    Iou(f64),
}

/// A lesion of the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TruthLesion {
    /// Voxels.
    pub voxels: u64,
    /// Volume in the units of spacing, an area in 2D; what strata by size are made of.
    pub volume: f64,
    /// Voxels of it that are predicted, whatever predicted lesion they belong to.
    pub predicted_voxels: u64,
    /// Whether a predicted lesion matches it.
    pub found: bool,
}

/// A predicted lesion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PredictedLesion {
    /// Voxels.
    pub voxels: u64,
    /// Volume in the units of spacing, an area in 2D.
    pub volume: f64,
    /// Whether it matches a lesion of the truth; else it is a false positive.
    pub matched: bool,
}

/// The lesions of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct LesionMatch {
    /// Those of the truth, by their first voxel in row order.
    pub truth: Vec<TruthLesion>,
    /// Those predicted, by their first voxel in row order.
    pub predicted: Vec<PredictedLesion>,
}

impl LesionMatch {
    /// Lesions of the truth that are found: the numerator of sensitivity by lesion.
    #[must_use]
    pub fn found(&self) -> u64 {
        self.truth.iter().filter(|lesion| lesion.found).count() as u64
    }

    /// Predicted lesions that match one of the truth: the numerator of precision by lesion.
    #[must_use]
    pub fn matched(&self) -> u64 {
        self.predicted.iter().filter(|l| l.matched).count() as u64
    }

    /// Predicted lesions that match none.
    #[must_use]
    pub fn false_positives(&self) -> u64 {
        self.predicted.len() as u64 - self.matched()
    }
}

/// Matches the lesions of a pair. An empty mask has no lesion: all of the truth's are then missed,
/// or all predicted ones are false positives.
#[must_use]
pub fn match_lesions(pair: &MaskPair<'_>, neighbours: Neighbours, rule: LesionRule) -> LesionMatch {
    let truth = Lesions::of(pair.truth(), neighbours);
    let predicted = Lesions::of(pair.predicted(), neighbours);
    let shared = shared_voxels(&truth.runs, &predicted.runs);
    let unit = pair.truth().voxel_volume();
    let mut found = LesionMatch {
        truth: of_truth(truth.voxels(), unit),
        predicted: of_prediction(predicted.voxels(), unit),
    };
    for ((t, _), voxels) in &shared {
        found.truth[*t].predicted_voxels += voxels;
    }
    match rule {
        LesionRule::AnyVoxel => {
            for (t, p) in shared.keys() {
                found.truth[*t].found = true;
                found.predicted[*p].matched = true;
            }
        }
        LesionRule::Iou(least) => {
            for (t, p) in by_iou(&shared, &truth, &predicted, least) {
                if !found.truth[t].found && !found.predicted[p].matched {
                    found.truth[t].found = true;
                    found.predicted[p].matched = true;
                }
            }
        }
    }
    found
}

fn of_truth(voxels: &[u64], unit: f64) -> Vec<TruthLesion> {
    let lesion = |voxels: &u64| TruthLesion {
        voxels: *voxels,
        volume: *voxels as f64 * unit,
        predicted_voxels: 0,
        found: false,
    };
    voxels.iter().map(lesion).collect()
}

fn of_prediction(voxels: &[u64], unit: f64) -> Vec<PredictedLesion> {
    let lesion = |voxels: &u64| PredictedLesion {
        voxels: *voxels,
        volume: *voxels as f64 * unit,
        matched: false,
    };
    voxels.iter().map(lesion).collect()
}

/// Voxels that a lesion of the truth and a predicted one share, where they share any.
fn shared_voxels(truth: &[Run], predicted: &[Run]) -> BTreeMap<(usize, usize), u64> {
    let mut shared = BTreeMap::new();
    let (mut t, mut p) = (0, 0);
    while let (Some(one), Some(other)) = (truth.get(t), predicted.get(p)) {
        if one.line == other.line {
            let (start, end) = (one.start.max(other.start), one.end.min(other.end));
            if start < end {
                *shared.entry((one.lesion, other.lesion)).or_insert(0) += (end - start) as u64;
            }
        }
        if (one.line, one.end) < (other.line, other.end) {
            t += 1;
        } else {
            p += 1;
        }
    }
    shared
}

/// Pairs with at least this intersection over union, largest first.
fn by_iou(
    shared: &BTreeMap<(usize, usize), u64>,
    truth: &Lesions,
    predicted: &Lesions,
    least: f64,
) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(f64, usize, usize)> = shared
        .iter()
        .map(|((t, p), both)| {
            let union = truth.voxels()[*t] + predicted.voxels()[*p] - both;
            (*both as f64 / union as f64, *t, *p)
        })
        .filter(|(iou, ..)| *iou >= least)
        .collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    pairs.into_iter().map(|(_, t, p)| (t, p)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::segmentation::Mask;

    fn line(voxels: &str) -> Mask {
        let inside: Vec<bool> = voxels.chars().map(|c| c == '#').collect();
        Mask::new([1, 1, inside.len()], [1.0, 2.0, 0.5], inside).unwrap()
    }

    fn matched(truth: &str, predicted: &str, rule: LesionRule) -> LesionMatch {
        let (truth, predicted) = (line(truth), line(predicted));
        let pair = MaskPair::new(&truth, &predicted).unwrap();
        match_lesions(&pair, Neighbours::Faces, rule)
    }

    #[test]
    fn one_prediction_over_two_lesions() {
        let (truth, predicted) = ("##.##..###", "#####.....");
        let any = matched(truth, predicted, LesionRule::AnyVoxel);
        assert_eq!(
            (any.found(), any.matched(), any.false_positives()),
            (2, 1, 0)
        );
        let volumes: Vec<f64> = any.truth.iter().map(|lesion| lesion.volume).collect();
        assert_eq!(volumes, [2.0, 2.0, 3.0]);
        let covered: Vec<u64> = any.truth.iter().map(|l| l.predicted_voxels).collect();
        assert_eq!(covered, [2, 2, 0]);
        // 2 of 5 voxels with either: one of them only, the earlier.
        let once = matched(truth, predicted, LesionRule::Iou(0.4));
        let found: Vec<bool> = once.truth.iter().map(|lesion| lesion.found).collect();
        assert_eq!(found, [true, false, false]);
        let none = matched(truth, predicted, LesionRule::Iou(0.41));
        assert_eq!((none.found(), none.false_positives()), (0, 1));
    }

    #[test]
    fn the_best_pair_comes_first() {
        // The first prediction covers a part, the second most of the lesion.
        let found = matched("######..", "##.#####", LesionRule::Iou(0.1));
        let matched: Vec<bool> = found.predicted.iter().map(|l| l.matched).collect();
        assert_eq!(matched, [false, true]);
        let any = self::matched("######..", "##.#####", LesionRule::AnyVoxel);
        assert_eq!((any.found(), any.matched()), (1, 2));
    }

    #[test]
    fn empty_masks() {
        let missed = matched("#.#", "...", LesionRule::AnyVoxel);
        assert_eq!((missed.truth.len(), missed.found()), (2, 0));
        let invented = matched("...", "#.#", LesionRule::Iou(0.5));
        assert_eq!(invented.false_positives(), 2);
        let neither = matched("...", "...", LesionRule::AnyVoxel);
        assert!(neither.truth.is_empty() && neither.predicted.is_empty());
    }
}
