//! Boxes that are drawn and boxes that are predicted with a score.

mod froc;
mod outcomes;
mod truth;

use crate::metrics::detection::{BoundingBox, Detection, ExtraHits, MatchRule, Matching};

use super::segmentation::{LESION_PRECISION, LESION_SENSITIVITY};
use super::{
    BadCell, Better, Declared, FigureText, Inputs, Key, KeyKind, MetricOf, MetricText, Misfit,
    Rows, TaskSpec, Unit,
};
use outcomes::Boxes;
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
