//! What came of the boxes of every image, and the metrics read off it.

use std::collections::BTreeMap;

use crate::metrics::detection::{self as of, ImageOutcome, Interpolation};
use crate::statistics::{ClusteredProportion, Interval, NotEstimable};

use super::{AVERAGE_PRECISION, COCO_PRECISION, FROC_SCORE, What};
use crate::tasks::shared::{MEAN, area};
use crate::tasks::{Drawing, LimitsOf, Rows, TaskFigure, Value};

/// What came of every image.
#[derive(Debug)]
pub(super) struct Boxes {
    pub(super) all: Vec<What>,
    pub(super) rates: Vec<f64>,
    pub(super) threshold: f64,
    pub(super) outcomes: Vec<Option<ImageOutcome>>,
    /// Areas of the true boxes of every image.
    pub(super) areas: Vec<Vec<f64>>,
    /// Places of them, where places are told apart.
    pub(super) placed: Vec<Vec<usize>>,
}

impl Boxes {
    pub(super) fn of(&self, samples: &[u32]) -> Vec<&ImageOutcome> {
        samples
            .iter()
            .filter_map(|sample| self.outcomes[*sample as usize].as_ref())
            .collect()
    }

    /// True boxes that are found of those that `holds` (by sample and number), and all of those,
    /// image by image.
    fn those(&self, samples: &[u32], holds: impl Fn(usize, usize) -> bool) -> Value {
        let of_image = |sample: &u32| {
            let sample = *sample as usize;
            let Some(outcome) = &self.outcomes[sample] else {
                return (0, 0);
            };
            let found = outcome.found_at();
            let own = found.iter().enumerate();
            let own = own.filter(|(number, _)| holds(sample, *number));
            own.fold((0, 0), |(events, trials), (_, found)| {
                let shown = found.is_some_and(|score| score >= self.threshold);
                (events + u64::from(shown), trials + 1)
            })
        };
        Value::Share(samples.iter().map(of_image).collect())
    }

    fn has_place(&self, sample: usize, number: usize, place: usize) -> bool {
        self.placed[sample].get(number) == Some(&place)
    }
}

/// A sensitivity that is read off the curve, with the limits of a proportion where it is 0 or 1: no
/// image moves it there.
fn at_an_end(value: Value, images: &[&ImageOutcome], patient: &[u32]) -> Value {
    let Value::Scaled { of, .. } = &value else {
        return value;
    };
    let all_found = of.estimate >= 1.0;
    if of.estimate > 0.0 && !all_found {
        return value;
    }
    let mut lesions: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for (image, patient) in images.iter().zip(patient) {
        let own = lesions.entry(*patient).or_default();
        own.1 += image.truths() as u64;
        own.0 += if all_found { image.truths() as u64 } else { 0 };
    }
    let lesions: Vec<(u64, u64)> = lesions.into_values().collect();
    match ClusteredProportion::from_clusters(&lesions) {
        Ok(of) => value.with_limits(AtAnEnd(of)),
        Err(_) => value,
    }
}

#[derive(Debug)]
struct AtAnEnd(ClusteredProportion);

impl LimitsOf for AtAnEnd {
    fn interval(&self, confidence: f64) -> Result<(Interval, &'static str), NotEstimable> {
        Ok((self.0.wilson(confidence)?, "wilson_effective_n"))
    }
}

impl Rows for Boxes {
    fn is_known(&self, sample: usize) -> bool {
        self.outcomes[sample].is_some()
    }

    /// Images without a lesion, with one, and with one of each size and place that is parted.
    fn classes(&self) -> Vec<Vec<bool>> {
        let with = |holds: &dyn Fn(usize, usize) -> bool| -> Vec<bool> {
            let images = self.areas.iter().enumerate();
            images
                .map(|(sample, own)| (0..own.len()).any(|number| holds(sample, number)))
                .collect()
        };
        let lesion = with(&|_, _| true);
        let images = self.outcomes.iter().zip(&lesion);
        let without = images.map(|(own, lesion)| own.is_some() && !lesion);
        let mut classes = vec![without.collect(), lesion];
        classes.extend(self.all.iter().filter_map(|what| match *what {
            What::Sized(from, to) => Some(with(&|sample, number| {
                (from..to).contains(&self.areas[sample][number])
            })),
            What::Placed(place) => Some(with(&|sample, number| {
                self.has_place(sample, number, place)
            })),
            _ => None,
        }));
        classes
    }

    fn value(&self, place: usize, samples: &[u32], patient: &[u32]) -> Result<Value, NotEstimable> {
        let images = self.of(samples);
        let text = match self.all[place] {
            What::Sized(from, to) => {
                let holds =
                    |sample: usize, number: usize| (from..to).contains(&self.areas[sample][number]);
                return Ok(self.those(samples, holds));
            }
            What::Placed(place) => {
                let holds = |sample: usize, number: usize| self.has_place(sample, number, place);
                return Ok(self.those(samples, holds));
            }
            What::At(rate) => {
                let value = of::sensitivity_at_false_positives(&images, rate);
                return area(value).map(|value| at_an_end(value, &images, patient));
            }
            What::Whole(text) => text,
        };
        match text.id {
            "lesion_sensitivity" => Ok(self.those(samples, |_, _| true)),
            "lesion_precision" => Ok(Value::Share(
                images
                    .iter()
                    .map(|image| {
                        let (found, wrong) = image.counts_at(self.threshold);
                        (found, found + wrong)
                    })
                    .collect(),
            )),
            "false_positives_per_image" => Ok(Value::at_least_zero(
                of::false_positives_per_image(&images, self.threshold)?,
                MEAN,
            )),
            "average_precision" => area(of::average_precision(&images, Interpolation::AllPoints)),
            "average_precision_coco" => {
                area(of::average_precision(&images, Interpolation::Coco101))
            }
            _ => area(of::froc_score(&images, &self.rates))
                .map(|value| at_an_end(value, &images, patient)),
        }
    }

    /// Images with a lesion, for all that is read off a curve.
    fn needed(&self, place: usize, samples: &[u32]) -> Vec<Vec<bool>> {
        let by_curve = match self.all[place] {
            What::At(_) => true,
            What::Sized(..) | What::Placed(_) => false,
            What::Whole(text) => {
                [AVERAGE_PRECISION.id, COCO_PRECISION.id, FROC_SCORE.id].contains(&text.id)
            }
        };
        let with_lesion = |one: &u32| {
            let outcome = self.outcomes[*one as usize].as_ref();
            outcome.is_some_and(|own| own.truths() > 0)
        };
        if by_curve {
            vec![samples.iter().map(with_lesion).collect()]
        } else {
            Vec::new()
        }
    }

    fn figures(&self, of: Drawing<'_>) -> Vec<TaskFigure> {
        self.froc(of).into_iter().collect()
    }
}
