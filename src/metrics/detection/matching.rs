//! Which detections of one image are true.

use super::boxes::{BoundingBox, Detection};

/// When a detection may be taken for a lesion of the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MatchRule {
    /// Intersection over union is at least this.
    Iou(f64),
    /// Intersection over the area of the truth's box is at least this.
    Ior(f64),
    /// The centre of the detection lies in the truth's box.
    CentreInBox,
    /// The centres are at most this far apart, in the units of the boxes.
    CentreDistance(f64),
}

impl MatchRule {
    /// How near a detection is to a lesion, more is nearer; `None` where the rule does not take it.
    fn nearness(self, detection: &BoundingBox, truth: &BoundingBox) -> Option<f64> {
        let (nearness, taken) = match self {
            Self::Iou(least) => {
                let iou = detection.iou(truth);
                (iou, iou >= least)
            }
            Self::Ior(least) => {
                let share = detection.intersection_over_reference(truth);
                (share, share >= least)
            }
            Self::CentreInBox => (
                -detection.centre_distance(truth),
                truth.holds(detection.centre()),
            ),
            Self::CentreDistance(most) => {
                let distance = detection.centre_distance(truth);
                (-distance, distance <= most)
            }
        };
        taken.then_some(nearness)
    }
}

/// What a detection is that fits only lesions which a surer detection has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraHits {
    /// A false positive, as in COCO.
    FalsePositive,
    /// Neither true nor false, as in LUNA16.
    LeftOut,
}

/// How the detections of an image are matched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matching {
    /// When a detection fits a lesion.
    pub rule: MatchRule,
    /// What a second detection of the same lesion is.
    pub extra: ExtraHits,
    /// How many detections of an image count at most, the surest of them; 100 in COCO.
    pub most: Option<usize>,
}

/// A detection after matching.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Its score.
    pub score: f64,
    /// Place in the truth of the lesion that it found; `None` for a false positive.
    pub truth: Option<usize>,
}

/// What came of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageOutcome {
    /// Its detections by falling score, without those left out.
    detections: Vec<Judged>,
    /// Lesions of its truth.
    truths: usize,
}

impl Matching {
    /// Matches greedily, as COCO does: the surest detection first, each to the nearest lesion that
    /// fits and is not yet found; each lesion is found once. Detections with equal scores come by
    /// x0, y0, x1, y1, and of lesions that are equally near the first by x0, y0, x1, y1 is taken, so
    /// that no order of the input matters. (COCO takes the last in the file then.)
    ///
    /// Since detections come by falling score, those at or above a threshold are matched in the same
    /// way whether the rest is there or not.
    #[must_use]
    pub fn outcome(&self, truth: &[BoundingBox], detections: &[Detection]) -> ImageOutcome {
        let mut surest: Vec<&Detection> = detections.iter().collect();
        surest.sort_by(|a, b| {
            let by_score = b.score().total_cmp(&a.score());
            by_score.then_with(|| a.bounding_box().by_place(b.bounding_box()))
        });
        surest.truncate(self.most.unwrap_or(usize::MAX));
        let mut found = vec![false; truth.len()];
        let mut judged = Vec::with_capacity(surest.len());
        for detection in surest {
            let own = self.nearest(detection.bounding_box(), truth, |place| !found[place]);
            if let Some(place) = own {
                found[place] = true;
            } else if self.extra == ExtraHits::LeftOut
                && self
                    .nearest(detection.bounding_box(), truth, |_| true)
                    .is_some()
            {
                continue;
            }
            judged.push(Judged {
                score: detection.score(),
                truth: own,
            });
        }
        ImageOutcome {
            detections: judged,
            truths: truth.len(),
        }
    }

    fn nearest(
        &self,
        detection: &BoundingBox,
        truth: &[BoundingBox],
        open: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let mut nearest: Option<(f64, usize)> = None;
        for (place, lesion) in truth.iter().enumerate().filter(|(place, _)| open(*place)) {
            let Some(nearness) = self.rule.nearness(detection, lesion) else {
                continue;
            };
            let nearer = nearest.is_none_or(|(most, other)| {
                nearness > most || nearness == most && lesion.by_place(&truth[other]).is_lt()
            });
            if nearer {
                nearest = Some((nearness, place));
            }
        }
        nearest.map(|(_, place)| place)
    }
}

impl ImageOutcome {
    /// From detections that were matched elsewhere; they are sorted by falling score. `None` where
    /// a lesion is found twice or is not among the truths, or a score is no number.
    #[must_use]
    pub fn new(mut detections: Vec<Judged>, truths: usize) -> Option<Self> {
        let mut places: Vec<usize> = detections.iter().filter_map(|d| d.truth).collect();
        places.sort_unstable();
        let once = places.windows(2).all(|two| two[0] != two[1]);
        let known = places.last().is_none_or(|last| *last < truths);
        if !once || !known || !detections.iter().all(|d| d.score.is_finite()) {
            return None;
        }
        for detection in &mut detections {
            detection.score += 0.0;
        }
        detections.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.truth.cmp(&a.truth)));
        Some(Self { detections, truths })
    }

    /// Detections by falling score, without those left out.
    #[must_use]
    pub fn detections(&self) -> &[Judged] {
        &self.detections
    }

    /// Lesions of the truth.
    #[must_use]
    pub fn truths(&self) -> usize {
        self.truths
    }

    /// For each lesion of the truth the score of the detection that found it.
    #[must_use]
    pub fn found_at(&self) -> Vec<Option<f64>> {
        let mut found = vec![None; self.truths];
        for detection in &self.detections {
            if let Some(place) = detection.truth {
                found[place] = Some(detection.score);
            }
        }
        found
    }

    /// Lesions found and false positives with a score of at least `threshold`.
    #[must_use]
    pub fn counts_at(&self, threshold: f64) -> (u64, u64) {
        let kept = self.detections.partition_point(|d| d.score >= threshold);
        let found = self.detections[..kept].iter().filter(|d| d.truth.is_some());
        let found = found.count();
        (found as u64, (kept - found) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(x: f64, size: f64) -> BoundingBox {
        BoundingBox::new([x, 0.0, x + size, size]).unwrap()
    }

    fn detection(score: f64, bounding_box: BoundingBox) -> Detection {
        Detection::new(score, bounding_box).unwrap()
    }

    fn by(rule: MatchRule, extra: ExtraHits) -> Matching {
        Matching {
            rule,
            extra,
            most: None,
        }
    }

    fn places(outcome: &ImageOutcome) -> Vec<Option<usize>> {
        outcome.detections().iter().map(|d| d.truth).collect()
    }

    #[test]
    fn the_surest_takes_the_nearest_and_a_second_is_false_or_left_out() {
        let truth = [at(0.0, 10.0), at(4.0, 10.0)];
        let detections = [
            detection(0.2, at(1.0, 10.0)),
            detection(0.9, at(3.0, 10.0)),
            detection(0.5, at(4.0, 10.0)),
        ];
        let coco = by(MatchRule::Iou(0.5), ExtraHits::FalsePositive);
        // The second surest would fit lesion 1 best, which is taken; lesion 0 overlaps by 3 / 7.
        let found = coco.outcome(&truth, &detections);
        assert_eq!(places(&found), [Some(1), None, Some(0)]);
        assert_eq!(found.found_at(), [Some(0.2), Some(0.9)]);
        assert_eq!(found.counts_at(0.5), (1, 1));
        let luna = by(MatchRule::Iou(0.5), ExtraHits::LeftOut);
        assert_eq!(
            places(&luna.outcome(&truth, &detections)),
            [Some(1), Some(0)]
        );
        let most = Matching {
            most: Some(2),
            ..coco
        };
        assert_eq!(places(&most.outcome(&truth, &detections)), [Some(1), None]);
    }

    #[test]
    fn rules() {
        let (truth, large) = ([at(2.0, 2.0)], [detection(0.5, at(0.0, 8.0))]);
        let fits = |rule| {
            let outcome = by(rule, ExtraHits::FalsePositive).outcome(&truth, &large);
            outcome.counts_at(0.0).0 == 1
        };
        assert!(!fits(MatchRule::Iou(0.5)) && fits(MatchRule::Iou(4.0 / 64.0)));
        assert!(fits(MatchRule::Ior(1.0)));
        assert!(!fits(MatchRule::CentreInBox));
        let distance = (1.0f64 + 9.0).sqrt();
        assert!(fits(MatchRule::CentreDistance(distance)));
        assert!(!fits(MatchRule::CentreDistance(distance - 1e-9)));
    }

    #[test]
    fn nothing_to_find_and_nothing_found() {
        let matching = by(MatchRule::Iou(0.5), ExtraHits::LeftOut);
        let found = matching.outcome(&[], &[detection(0.5, at(0.0, 1.0))]);
        assert_eq!((found.truths(), found.counts_at(0.0)), (0, (0, 1)));
        let found = matching.outcome(&[at(0.0, 1.0)], &[]);
        assert_eq!((found.truths(), found.counts_at(0.0)), (1, (0, 0)));
    }

    #[test]
    fn outcomes_from_elsewhere_are_checked() {
        let judged = |score, truth| Judged { score, truth };
        let outcome = |detections| ImageOutcome::new(detections, 2);
        assert!(outcome(vec![judged(0.1, Some(1)), judged(0.4, Some(1))]).is_none());
        assert!(outcome(vec![judged(0.1, Some(2))]).is_none());
        assert!(outcome(vec![judged(f64::NAN, None)]).is_none());
        let sorted = outcome(vec![judged(0.1, Some(1)), judged(0.4, None)]).unwrap();
        assert_eq!(sorted.detections()[0].score, 0.4);
    }

    fn boxes(n: usize) -> impl Strategy<Value = Vec<BoundingBox>> {
        let one = (0..6u8, 0..6u8, 1..5u8, 1..5u8).prop_map(|(x, y, w, h)| {
            let [x, y, w, h] = [x, y, w, h].map(f64::from);
            BoundingBox::new([x, y, x + w, y + h]).unwrap()
        });
        prop::collection::vec(one, 0..n)
    }

    proptest! {
        #[test]
        fn no_order_matters(
            (truth, shuffled_truth) in boxes(6)
                .prop_flat_map(|b| (Just(b.clone()), Just(b).prop_shuffle())),
            (found, shuffled) in (boxes(10), prop::collection::vec(0..4u8, 10))
                .prop_map(|(boxes, scores)| {
                    let all = boxes.into_iter().zip(scores);
                    all.map(|(b, s)| detection(f64::from(s), b)).collect::<Vec<_>>()
                })
                .prop_flat_map(|d| (Just(d.clone()), Just(d).prop_shuffle())),
        ) {
            for rule in [
                MatchRule::Iou(0.3),
                MatchRule::Ior(0.5),
                MatchRule::CentreInBox,
                MatchRule::CentreDistance(1.5),
            ] {
                for extra in [ExtraHits::FalsePositive, ExtraHits::LeftOut] {
                    let one = by(rule, extra).outcome(&truth, &found);
                    let other = by(rule, extra).outcome(&shuffled_truth, &shuffled);
                    let named = |outcome: &ImageOutcome, truth: &[BoundingBox]| -> Vec<_> {
                        let of = |d: &Judged| (d.score, d.truth.map(|place| truth[place]));
                        outcome.detections().iter().map(of).collect()
                    };
                    prop_assert_eq!(named(&one, &truth), named(&other, &shuffled_truth));
                }
            }
        }
    }
}
