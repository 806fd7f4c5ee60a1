//! Boxes that are drawn and boxes that are predicted with a score.

use std::collections::BTreeSet;

use crate::metrics::detection::{
    self as of, BoundingBox, Detection, ExtraHits, ImageOutcome, Interpolation, MatchRule, Matching,
};
use crate::statistics::{NotEstimable, Scale};

use super::bands::limits;
use super::segmentation::{LESION_PRECISION, LESION_SENSITIVITY};
use super::shared::{INFLUENCE, MEAN, area};
use super::{
    BadCell, Better, Declared, FigureLine, Inputs, Key, KeyKind, MetricOf, MetricText, Misfit,
    Rows, TaskFigure, TaskSpec, Unit, Value,
};

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
    check,
    scores: Some(scores),
    metrics,
    rows,
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

/// Most points of a drawn curve.
const MOST_POINTS: usize = 100;
/// Points of a curve that have limits, and the patients with a lesion that they need.
const BAND_POINTS: usize = 40;
/// How far the curve is drawn, as a multiple of the largest declared number of false positives.
const RATES_SHOWN: f64 = 1.25;
const LEAST_WITH_LESION: usize = 10;

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
        areas: truth
            .iter()
            .map(|boxes| boxes.iter().flatten().map(BoundingBox::area).collect())
            .collect(),
    }))
}

/// The true boxes of a sample, on the scale of the predicted ones; `None` where they are not known.
fn true_boxes(
    inputs: &Inputs<'_>,
    row: usize,
    (across, down): (f64, f64),
) -> Result<Option<Vec<BoundingBox>>, (&'static str, String)> {
    let number = |key, text: &str| {
        text.trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or((key, format!("\"{text}\", expected a number")))
    };
    let boxed = |key, [x0, y0, x1, y1]: [f64; 4]| {
        BoundingBox::new([x0 * across, y0 * down, x1 * across, y1 * down])
            .map_err(|fault| (key, fault.to_string()))
    };
    if let Some(column) = inputs
        .columns
        .get("truth.boxes")
        .and_then(|all| all.first())
    {
        let Some(text) = column[row] else {
            return Ok(None);
        };
        if text.trim().eq_ignore_ascii_case("none") {
            return Ok(Some(Vec::new()));
        }
        let mut boxes = Vec::new();
        for part in text.split(';') {
            let sides: Vec<f64> = part
                .split_whitespace()
                .map(|text| number("truth.boxes", text))
                .collect::<Result<_, _>>()?;
            let sides: [f64; 4] = sides.try_into().map_err(|_| {
                let message = format!("\"{text}\", expected four numbers a box, parted by `;`");
                ("truth.boxes", message)
            })?;
            boxes.push(boxed("truth.boxes", sides)?);
        }
        return Ok(Some(boxes));
    }
    let columns = inputs
        .columns
        .get("truth.box")
        .map_or(&[][..], Vec::as_slice);
    let cells: Vec<Option<&str>> = columns.iter().map(|column| column[row]).collect();
    match cells.iter().flatten().count() {
        0 => Ok(Some(Vec::new())),
        4 => {
            let sides: Vec<f64> = cells
                .iter()
                .flatten()
                .map(|text| number("truth.box", text))
                .collect::<Result<_, _>>()?;
            let sides: [f64; 4] = sides.try_into().unwrap_or([0.0; 4]);
            Ok(Some(vec![boxed("truth.box", sides)?]))
        }
        some => Err((
            "truth.box",
            format!("given by {some} of four numbers, expected all or none"),
        )),
    }
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
}

impl Boxes {
    fn of(&self, samples: &[u32]) -> Vec<&ImageOutcome> {
        samples
            .iter()
            .filter_map(|sample| self.outcomes[*sample as usize].as_ref())
            .collect()
    }

    /// True boxes of a size that are found, and all of them, image by image.
    fn sized(&self, samples: &[u32], from: f64, to: f64) -> Value {
        let of_image = |sample: &u32| {
            let sample = *sample as usize;
            let Some(outcome) = &self.outcomes[sample] else {
                return (0, 0);
            };
            let found = outcome.found_at();
            let own = self.areas[sample]
                .iter()
                .zip(&found)
                .filter(|(area, _)| (from..to).contains(*area));
            own.fold((0, 0), |(events, trials), (_, found)| {
                let shown = found.is_some_and(|score| score >= self.threshold);
                (events + u64::from(shown), trials + 1)
            })
        };
        Value::Share(samples.iter().map(of_image).collect())
    }
}

impl Rows for Boxes {
    fn is_known(&self, sample: usize) -> bool {
        self.outcomes[sample].is_some()
    }

    /// Images without a lesion, with one, and with one of each size that is parted.
    fn classes(&self) -> Vec<Vec<bool>> {
        let with = |from: f64, to: f64| -> Vec<bool> {
            let areas = self.areas.iter();
            areas
                .map(|own| own.iter().any(|area| (from..to).contains(area)))
                .collect()
        };
        let lesion = with(0.0, f64::INFINITY);
        let images = self.outcomes.iter().zip(&lesion);
        let without = images.map(|(own, lesion)| own.is_some() && !lesion);
        let mut classes = vec![without.collect(), lesion];
        classes.extend(self.all.iter().filter_map(|what| match what {
            What::Sized(from, to) => Some(with(*from, *to)),
            _ => None,
        }));
        classes
    }

    fn value(&self, place: usize, samples: &[u32], _: &[u32]) -> Result<Value, NotEstimable> {
        let images = self.of(samples);
        let text = match self.all[place] {
            What::Sized(from, to) => return Ok(self.sized(samples, from, to)),
            What::At(rate) => return area(of::sensitivity_at_false_positives(&images, rate)),
            What::Whole(text) => text,
        };
        match text.id {
            "lesion_sensitivity" => Ok(self.sized(samples, 0.0, f64::INFINITY)),
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
            _ => Ok(Value::logit(
                of::froc_score(&images, &self.rates)?,
                INFLUENCE,
            )),
        }
    }

    /// Images with a lesion, for all that is read off a curve.
    fn needed(&self, place: usize, samples: &[u32]) -> Vec<Vec<bool>> {
        let by_curve = match self.all[place] {
            What::At(_) => true,
            What::Sized(..) => false,
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

    fn figures(&self, samples: &[u32], patient: &[u32], confidence: f64) -> Vec<TaskFigure> {
        let froc = self.froc(samples, patient, confidence);
        froc.into_iter().collect()
    }
}

impl Boxes {
    /// Sensitivity against false positives per image; limits of the sensitivity at each number of
    /// false positives, which hold point by point.
    fn froc(&self, samples: &[u32], patient: &[u32], confidence: f64) -> Option<TaskFigure> {
        let images = self.of(samples);
        let mut curve = of::froc_curve(&images).ok()?;
        // Beyond the rates that are asked for nobody works with the model.
        let most = RATES_SHOWN * self.rates.iter().copied().fold(0.0, f64::max);
        let shown = curve.partition_point(|point| point.false_positives_per_image <= most);
        curve.truncate(shown.max(2));
        let step = curve.len().div_ceil(MOST_POINTS).max(1);
        let last = curve.len().checked_sub(1)?;
        let points: Vec<(f64, f64)> = curve
            .iter()
            .enumerate()
            .filter(|(place, _)| place % step == 0 || *place == last)
            .map(|(_, point)| (point.false_positives_per_image, point.sensitivity))
            .collect();
        let with_lesion = images
            .iter()
            .zip(patient)
            .filter(|(own, _)| own.truths() > 0);
        let patients: BTreeSet<u32> = with_lesion.map(|(_, own)| *own).collect();
        let end = points.last().map_or(0.0, |(rate, _)| *rate);
        let mut band = FigureLine::plain("At this many false positives", Vec::new());
        // Of fewer patients with a lesion a standard error says nothing.
        let steps = if patients.len() < LEAST_WITH_LESION {
            0
        } else {
            BAND_POINTS
        };
        let rates = (1..=steps).map(|step| end * step as f64 / BAND_POINTS as f64);
        let rates: Vec<f64> = rates.collect();
        let found = of::sensitivities_at_false_positives(&images, &rates).ok()?;
        for (rate, found) in rates.into_iter().zip(found) {
            band.points.push((rate, found.estimate));
            band.band
                .push(limits(&found, patient, Scale::Logit, confidence));
        }
        let mut lines = vec![FigureLine::plain("FROC curve", points)];
        if band.band.iter().any(Option::is_some) {
            lines.push(band);
        }
        let axes = ["False positives per image", "Sensitivity per lesion"];
        Some(TaskFigure::of_lines("froc", axes, lines))
    }
}
