//! Images made by a generator, for the tests of this room.

use proptest::prelude::*;

use super::matching::{ImageOutcome, Judged};
use crate::statistics::Influenced;

/// splitmix64 (Steele, Lea and Flood 2014), as numbers in [0, 1).
pub(super) struct Draws(pub(super) u64);

impl Draws {
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Images with up to 3 lesions and up to 4 false positives. How well an image shows its lesions and
/// how many false positives it has is its own, so that detections of one image are related.
pub(super) fn images(n: usize, seed: u64) -> Vec<ImageOutcome> {
    let mut draws = Draws(seed);
    (0..n)
        .map(|_| {
            let truths = (draws.next() * 4.0) as usize;
            let clear = draws.next();
            let noise = draws.next();
            let mut detections = Vec::new();
            for lesion in 0..truths {
                if draws.next() < 0.5 + 0.45 * clear {
                    let score = 0.3 + 0.7 * (0.6 * draws.next() + 0.4 * clear);
                    detections.push(Judged {
                        score,
                        truth: Some(lesion),
                    });
                }
            }
            for _ in 0..4 {
                if draws.next() < noise * noise {
                    let score = 0.8 * draws.next();
                    detections.push(Judged { score, truth: None });
                }
            }
            ImageOutcome::new(detections, truths).unwrap()
        })
        .collect()
}

/// A few images with many equal scores, and the same in another order.
pub(super) fn outcomes() -> impl Strategy<Value = (Vec<ImageOutcome>, Vec<ImageOutcome>)> {
    let detections = prop::collection::vec((0..5u8, any::<bool>()), 0..6);
    let image = (detections, 0..3usize).prop_map(|(detections, missed)| {
        let mut found = 0;
        let judged = detections.into_iter().map(|(score, hit)| {
            let truth = hit.then_some(found);
            found += usize::from(hit);
            Judged {
                score: f64::from(score) / 4.0,
                truth,
            }
        });
        let judged: Vec<Judged> = judged.collect();
        ImageOutcome::new(judged, found + missed).unwrap()
    });
    prop::collection::vec(image, 1..8)
        .prop_flat_map(|images| (Just(images.clone()), Just(images).prop_shuffle()))
}

/// Standard error over spread of the estimate: the root mean squared standard error of 600 groups of 150
/// images over the standard deviation of their estimates. Group g has the seed `seed` + 7919 g.
pub(super) fn error_over_spread(
    seed: u64,
    measure: impl Fn(&[&ImageOutcome]) -> Influenced,
) -> f64 {
    const GROUPS: usize = 600;
    let (mut values, mut squared) = (Vec::new(), 0.0);
    for group in 0..GROUPS {
        let images = images(150, seed + group as u64 * 7919);
        let images: Vec<&ImageOutcome> = images.iter().collect();
        let found = measure(&images);
        squared += found.standard_error(None).unwrap().0.powi(2) / GROUPS as f64;
        values.push(found.estimate);
    }
    let mean = values.iter().sum::<f64>() / GROUPS as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (GROUPS - 1) as f64;
    (squared / variance).sqrt()
}
