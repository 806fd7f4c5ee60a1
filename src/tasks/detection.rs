//! Boxes that are drawn and boxes that are predicted with a score.

mod froc;
mod truth;

use std::collections::BTreeMap;

use crate::metrics::detection::{
    self as of, BoundingBox, Detection, ExtraHits, ImageOutcome, Interpolation, MatchRule, Matching,
};
use crate::statistics::{ClusteredProportion, Interval, NotEstimable};

use super::segmentation::{LESION_PRECISION, LESION_SENSITIVITY};
use super::shared::{MEAN, area};
use super::{
    BadCell, Better, Declared, Drawing, FigureText, Inputs, Key, KeyKind, LimitsOf, MetricOf,
    MetricText, Misfit, Rows, TaskFigure, TaskSpec, Unit, Value,
};
use truth::{places_of, true_boxes};

/// What stands for one candidate, each as a score named `<boxes>.<number>.<name>`, counted from 0.
pub const CANDIDATE: [&str; 5] = ["score", "x0", "y0", "x1", "y1"];

/// The task.
pub const TASK: TaskSpec = TaskSpec {
    id: "detection",
    about: "Boxes that are drawn and boxes that are predicted with a score; each true box is found once, by the surest predicted one that fits.",
    keys: &[
        Key {
            name: "boxes",
            kind: KeyKind::Text,
            required: true,
            about: "Name of the boxes: that of the output.",
        },
        Key {
            name: "candidates",
            kind: KeyKind::Number(1.0, 1000.0),
            required: true,
            about: "Boxes that the model gives for each image.",
        },
        Key {
            name: "truth.box",
            kind: KeyKind::Columns(4),
            required: false,
            about: "Columns with left, top, right and bottom of the only box; all missing: the image has none.",
        },
        Key {
            name: "truth.boxes",
            kind: KeyKind::Column,
            required: false,
            about: "In place of `truth.box`: a column with all boxes, `x0 y0 x1 y1` parted by `;`. `none` where there is none.",
        },
        Key {
            name: "size_of_truth",
            kind: KeyKind::Pair,
            required: false,
            about: "Width and height of the image in which the true boxes are given, where it is not that of the predicted ones.",
        },
        Key {
            name: "size_of_boxes",
            kind: KeyKind::Pair,
            required: false,
            about: "Width and height of the image in which the predicted boxes are given. Both are then compared there.",
        },
        Key {
            name: "fits",
            kind: KeyKind::Choice(&[
                "iou",
                "intersection_over_truth",
                "centre_in_box",
                "centre_distance",
            ]),
            required: false,
            about: "When a predicted box finds a true one. Default: iou.",
        },
        Key {
            name: "fits_at",
            kind: KeyKind::Number(0.0, f64::MAX),
            required: false,
            about: "Least overlap, or largest distance of centres. Default: 0.5; a distance must be given.",
        },
        Key {
            name: "threshold",
            kind: KeyKind::Number(f64::MIN, f64::MAX),
            required: true,
            about: "Score from which a box is shown: the deployed one.",
        },
        Key {
            name: "false_positives",
            kind: KeyKind::Numbers(0.0, 1000.0),
            required: false,
            about: "Mean false positives an image at which sensitivity is given. Default: 0.125, 0.25, 0.5, 1, 2, 4, 8 (LUNA16).",
        },
        Key {
            name: "area_bins",
            kind: KeyKind::Numbers(0.0, f64::MAX),
            required: false,
            about: "Areas at which lesions are parted by size, in the unit of the compared boxes: sensitivity is then given for each part.",
        },
        Key {
            name: "places",
            kind: KeyKind::Texts(1),
            required: false,
            about: "Places in which lesions lie, such as lobes or quadrants: sensitivity is then given for each. Needs `truth.places`.",
        },
        Key {
            name: "truth.places",
            kind: KeyKind::Column,
            required: false,
            about: "Column with the place of every true box, in the order of the boxes and parted by `;`.",
        },
    ],
    texts: &[
        &LESION_SENSITIVITY,
        &FALSE_POSITIVES,
        &LESION_PRECISION,
        &AVERAGE_PRECISION,
        &COCO_PRECISION,
        &FROC_SCORE,
        &SENSITIVITY_AT,
    ],
    figures: &[&FROC],
    check,
    scores: Some(scores),
    decision: Some(shown),
    metrics,
    rows,
};

const FROC: FigureText = FigureText {
    kind: "froc",
    title: "FROC curves",
    about: "Sensitivity per lesion against false positives per image. The band holds point by point: limits of the sensitivity at a number of false positives.",
};

const FALSE_POSITIVES: MetricText = MetricText {
    id: "false_positives_per_image",
    title: "False positives per image",
    about: "Mean number of shown boxes of an image that find no lesion.",
    unit: Unit::Plain,
    better: Better::Lower,
    compared: Ok(()),
};
const AVERAGE_PRECISION: MetricText = MetricText {
    id: "average_precision",
    title: "Average precision",
    about: "Area under precision by recall of all boxes. Depends on how many lesions there are.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Err("it depends on how many lesions a group has"),
};
const COCO_PRECISION: MetricText = MetricText {
    id: "average_precision_coco",
    title: "Average precision at 101 recalls",
    about: "The same read off at 101 recalls, as COCO does.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Err("it depends on how many lesions a group has"),
};
const FROC_SCORE: MetricText = MetricText {
    id: "froc_score",
    title: "Mean sensitivity over false positive rates",
    about: "Mean of the sensitivities at the declared false positives per image.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const SENSITIVITY_AT: MetricText = MetricText {
    id: "sensitivity_at_false_positives",
    title: "Sensitivity at a number of false positives per image",
    about: "Share of lesions found at the threshold at which this group has so many false positives an image.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};

fn check(declared: &Declared) -> Result<(), Misfit> {
    let (one, several) = (declared.texts("truth.box"), declared.texts("truth.boxes"));
    if one.is_empty() == several.is_empty() {
        return Err(Misfit::new(
            "boxes",
            "the truth needs either `truth: {box: [LEFT, TOP, RIGHT, BOTTOM]}` or `truth: {boxes: COLUMN}`",
        ));
    }
    let sizes = [
        declared.numbers("size_of_truth"),
        declared.numbers("size_of_boxes"),
    ];
    if sizes[0].is_empty() != sizes[1].is_empty() {
        return Err(Misfit::new(
            "boxes",
            "`size_of_truth` and `size_of_boxes` are only of use together",
        ));
    }
    let places = [declared.texts("places"), declared.texts("truth.places")];
    if places[0].is_empty() != places[1].is_empty() {
        return Err(Misfit::new(
            "boxes",
            "`places` and `truth: {places: COLUMN}` are only of use together",
        ));
    }
    let number = declared.number("candidates").unwrap_or(1.0);
    if number.fract() != 0.0 {
        return Err(Misfit::new(
            "candidates",
            format!("{number} is no whole number"),
        ));
    }
    let at = declared.number("fits_at");
    match declared.text("fits").unwrap_or("iou") {
        "centre_distance" if at.is_none() => Err(Misfit::new(
            "fits",
            "`centre_distance` needs `fits_at`, the largest distance that fits",
        )),
        "centre_in_box" if at.is_some() => Err(Misfit::new(
            "fits_at",
            "`centre_in_box` has no limit: a centre lies in the box or does not",
        )),
        "iou" | "intersection_over_truth" if at.is_some_and(|at| at > 1.0 || at <= 0.0) => Err(
            Misfit::new("fits_at", "an overlap is above 0 and at most 1"),
        ),
        _ if declared
            .text("boxes")
            .is_some_and(|name| name.contains('.')) =>
        {
            Err(Misfit::new(
                "boxes",
                "the name has a dot, which parts it from what is given of a box",
            ))
        }
        _ => Ok(()),
    }
}

fn candidates(declared: &Declared) -> usize {
    super::shared::count(declared.number("candidates").unwrap_or(1.0))
}

fn scores(declared: &Declared) -> Vec<(&'static str, String)> {
    let name = declared.text("boxes").unwrap_or_default();
    (0..candidates(declared))
        .flat_map(|number| CANDIDATE.map(|part| ("boxes", format!("{name}.{number}.{part}"))))
        .collect()
}

/// Which candidates are shown, as one number: a hash of their places (FNV-1a).
fn shown(declared: &Declared, scores: &[f64]) -> u64 {
    let threshold = declared.number("threshold").unwrap_or_default();
    let candidates = scores.chunks_exact(CANDIDATE.len()).zip(1_u64..);
    candidates
        .filter(|(one, _)| one[0] >= threshold)
        .fold(0xcbf2_9ce4_8422_2325, |hash, (_, number)| {
            (hash ^ number).wrapping_mul(0x0100_0000_01b3)
        })
}

fn rates(declared: &Declared) -> Vec<f64> {
    match declared.numbers("false_positives") {
        [] => vec![0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0],
        given => given.to_vec(),
    }
}

#[derive(Debug, Clone, Copy)]
enum What {
    Whole(&'static MetricText),
    At(f64),
    /// Lesions with an area in [from, to).
    Sized(f64, f64),
    /// Lesions in a declared place.
    Placed(usize),
}

fn all(declared: &Declared) -> Vec<What> {
    let mut all: Vec<What> = [
        &LESION_SENSITIVITY,
        &FALSE_POSITIVES,
        &LESION_PRECISION,
        &AVERAGE_PRECISION,
        &COCO_PRECISION,
        &FROC_SCORE,
    ]
    .map(What::Whole)
    .into();
    all.extend(rates(declared).into_iter().map(What::At));
    let bins = declared.numbers("area_bins");
    if !bins.is_empty() {
        let from = std::iter::once(0.0).chain(bins.iter().copied());
        let to = bins.iter().copied().chain(std::iter::once(f64::INFINITY));
        all.extend(from.zip(to).map(|(from, to)| What::Sized(from, to)));
    }
    all.extend((0..declared.texts("places").len()).map(What::Placed));
    all
}

fn metrics(declared: &Declared) -> Vec<MetricOf> {
    all(declared)
        .into_iter()
        .map(|what| match what {
            What::Whole(text) => MetricOf::whole(text),
            What::At(rate) => MetricOf::part(&SENSITIVITY_AT, format!("{rate}-per-image")),
            What::Sized(from, to) if to.is_infinite() => {
                MetricOf::part(&LESION_SENSITIVITY, format!("area-from-{from}"))
            }
            What::Sized(from, to) => {
                MetricOf::part(&LESION_SENSITIVITY, format!("area-{from}-to-{to}"))
            }
            What::Placed(place) => {
                let name = &declared.texts("places")[place];
                MetricOf::part(&LESION_SENSITIVITY, format!("place-{name}"))
            }
        })
        .collect()
}

fn rows(declared: &Declared, inputs: &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>> {
    let mut bad = Vec::new();
    let scale = match (
        declared.numbers("size_of_truth"),
        declared.numbers("size_of_boxes"),
    ) {
        (&[width, height], &[to_width, to_height]) => (to_width / width, to_height / height),
        _ => (1.0, 1.0),
    };
    let truth: Vec<Option<Vec<BoundingBox>>> = (0..inputs.n)
        .map(|row| match true_boxes(inputs, row, scale) {
            Ok(boxes) => boxes,
            Err((key, message)) => {
                bad.push(BadCell { row, key, message });
                None
            }
        })
        .collect();
    let places = declared.texts("places");
    let placed: Vec<Vec<usize>> = truth
        .iter()
        .enumerate()
        .map(|(row, boxes)| match boxes {
            Some(boxes) if !places.is_empty() => {
                let found = places_of(inputs, row, boxes.len(), places);
                found.unwrap_or_else(|(key, message)| {
                    bad.push(BadCell { row, key, message });
                    Vec::new()
                })
            }
            _ => Vec::new(),
        })
        .collect();
    if !bad.is_empty() {
        return Err(bad);
    }
    let at = declared.number("fits_at").unwrap_or(0.5);
    let matching = Matching {
        rule: match declared.text("fits") {
            Some("intersection_over_truth") => MatchRule::Ior(at),
            Some("centre_in_box") => MatchRule::CentreInBox,
            Some("centre_distance") => MatchRule::CentreDistance(at),
            _ => MatchRule::Iou(at),
        },
        extra: ExtraHits::FalsePositive,
        most: None,
    };
    let given = inputs.all_scores("boxes");
    let outcomes = truth.iter().enumerate().map(|(row, truth)| {
        let truth = truth.as_ref()?;
        let predicted: Vec<Detection> = given
            .chunks_exact(CANDIDATE.len())
            .filter_map(|one| {
                let [score, x0, y0, x1, y1] = [0, 1, 2, 3, 4].map(|part: usize| one[part][row]);
                // A model that turns its corners round still means the box between them.
                let sides = [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)];
                Detection::new(score, BoundingBox::new(sides).ok()?).ok()
            })
            .collect();
        Some(matching.outcome(truth, &predicted))
    });
    Ok(Box::new(Boxes {
        all: all(declared),
        rates: rates(declared),
        threshold: declared.number("threshold").unwrap_or_default(),
        outcomes: outcomes.collect(),
        placed,
        areas: truth
            .iter()
            .map(|boxes| boxes.iter().flatten().map(BoundingBox::area).collect())
            .collect(),
    }))
}

/// What came of every image.
#[derive(Debug)]
struct Boxes {
    all: Vec<What>,
    rates: Vec<f64>,
    threshold: f64,
    outcomes: Vec<Option<ImageOutcome>>,
    /// Areas of the true boxes of every image.
    areas: Vec<Vec<f64>>,
    /// Places of them, where places are told apart.
    placed: Vec<Vec<usize>>,
}

impl Boxes {
    fn of(&self, samples: &[u32]) -> Vec<&ImageOutcome> {
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
