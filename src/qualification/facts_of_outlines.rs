//! Facts about outlines and boxes: pairs of masks and images with boxes of the project's own, worked
//! out by `fixtures/make_segmentation.py` and `fixtures/make_detection.py`.

use serde::Deserialize;

use crate::metrics::detection::{
    BoundingBox, Detection, ExtraHits, ImageOutcome, Interpolation, MatchRule, Matching,
    average_precision, froc_score, sensitivity_at_false_positives,
};
use crate::metrics::segmentation::{Mask, MaskPair, SurfaceDistances, VoxelCounts};

use super::Fact;
use super::facts_of_outcomes::{in_full, stored};
use super::facts_of_scores::said;

const MONAI: &str = "own pairs of masks, MONAI 1.6.1";
const SCIPY: &str = "own pairs of masks, SciPy 1.17.1";
const COCO: &str = "own images with boxes, pycocotools 2.0.11";
const NUMPY: &str = "own images with boxes, numpy 2.4.6";
const MONAI_BOXES: &str = "own images with boxes, MONAI 1.6.1";

/// MONAI computes in single precision.
const SINGLE: f64 = 3e-7;
const DOUBLE: f64 = 1e-12;

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    masks(&mut facts);
    boxes(&mut facts);
    facts
}

/// A few of the stored pairs: plain ones, unequal spacing, both dimensions, the border of the grid.
const PAIRS: [&str; 6] = [
    "two discs, unequal spacing",
    "at the border, 2D",
    "noise, 2D",
    "two balls, thick planes",
    "a far piece",
    "a plate and a rod",
];

#[derive(Deserialize)]
pub(super) struct Masks {
    tolerances: Vec<f64>,
    pub(super) cases: Vec<Pair>,
}

#[derive(Deserialize)]
pub(super) struct Pair {
    pub(super) name: String,
    shape: Vec<usize>,
    spacing: Vec<f64>,
    pub(super) truth: String,
    pub(super) predicted: String,
    monai: ByMonai,
    scipy: Option<ByScipy>,
}

#[derive(Deserialize)]
struct ByMonai {
    dice: Option<f64>,
    iou: Option<f64>,
    hd95: Option<f64>,
    assd: Option<f64>,
    surface_dice: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct ByScipy {
    hd95: f64,
    hd95_pooled: f64,
    assd: f64,
}

impl Pair {
    /// Hexadecimal digits, a bit a voxel.
    pub(super) fn mask(&self, digits: &str) -> Result<Mask, String> {
        let (shape, spacing) = match (self.shape.as_slice(), self.spacing.as_slice()) {
            (&[rows, columns], &[down, across]) => ([1, rows, columns], [1.0, down, across]),
            (&[planes, rows, columns], &[apart, down, across]) => {
                ([planes, rows, columns], [apart, down, across])
            }
            _ => return Err("a mask has two or three dimensions".to_owned()),
        };
        let bits = digits.chars().filter_map(|digit| digit.to_digit(16));
        let inside = bits.flat_map(|digit| [8, 4, 2, 1].map(|bit| digit & bit != 0));
        let inside = inside.take(shape.iter().product()).collect();
        Mask::new(shape, spacing, inside).map_err(|why| why.to_string())
    }
}

fn masks(facts: &mut Vec<Fact>) {
    let text = include_str!("../../fixtures/outside/segmentation.json");
    let Some(stored) = stored::<Masks>(facts, MONAI, text) else {
        return;
    };
    for name in PAIRS {
        match stored.cases.iter().find(|pair| pair.name == name) {
            Some(pair) => pair_of_masks(facts, pair, &stored.tolerances),
            None => {
                let got = Err("there is no such pair".to_owned());
                facts.push(Fact::new("dice", MONAI, name.to_owned(), (0.0, 0.0), got));
            }
        }
    }
}

fn pair_of_masks(facts: &mut Vec<Fact>, pair: &Pair, tolerances: &[f64]) {
    let masks = pair.mask(&pair.truth).and_then(|truth| {
        let predicted = pair.mask(&pair.predicted)?;
        Ok((truth, predicted))
    });
    let both = masks.as_ref().map_err(Clone::clone);
    let both = both.and_then(|(truth, predicted)| {
        MaskPair::new(truth, predicted).map_err(|why| why.to_string())
    });
    let counts = both.as_ref().map(VoxelCounts::of).map_err(Clone::clone);
    let surfaces = both.and_then(|both| {
        let found = SurfaceDistances::of(&both);
        found.map_err(|why| why.to_string())
    });
    let distance = |of: &dyn Fn(&SurfaceDistances) -> f64| {
        let surfaces = surfaces.as_ref().map_err(Clone::clone);
        surfaces.map(of)
    };
    let counted = |of: &dyn Fn(VoxelCounts) -> Result<f64, String>| counts.clone().and_then(of);
    let mut put = |method: &str, source, what: &str, expected: Option<f64>, got| {
        let digits = if source == SCIPY { DOUBLE } else { SINGLE };
        let Some(expected) = expected else {
            return;
        };
        let case = format!("{}{what}", pair.name);
        let expected = in_full(expected, digits);
        facts.push(Fact::new(method, source, case, expected, got));
    };
    let monai = &pair.monai;
    let dice = counted(&|counts| counts.dice().map_err(|why| why.to_string()));
    let iou = counted(&|counts| counts.iou().map_err(|why| why.to_string()));
    put("dice", MONAI, "", monai.dice, dice);
    put("iou", MONAI, "", monai.iou, iou);
    let hd95 = distance(&|found| found.hausdorff(95.0));
    let pooled = distance(&|found| found.hausdorff_pooled(95.0));
    let assd = distance(&SurfaceDistances::average_symmetric);
    let scipy = pair.scipy.as_ref();
    put("hd95", MONAI, "", monai.hd95, hd95.clone());
    put("hd95", SCIPY, "", scipy.map(|of| of.hd95), hd95);
    let expected = scipy.map(|of| of.hd95_pooled);
    put("hd95_pooled", SCIPY, "", expected, pooled);
    put("assd", MONAI, "", monai.assd, assd.clone());
    put("assd", SCIPY, "", scipy.map(|of| of.assd), assd);
    for (tolerance, expected) in tolerances.iter().zip(&monai.surface_dice) {
        let what = format!(", within {tolerance}");
        let got = distance(&|found| found.surface_dice(*tolerance));
        put("surface_dice", MONAI, &what, *expected, got);
    }
}

#[derive(Deserialize)]
struct Groups {
    rates: Vec<f64>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    images: Vec<Drawn>,
    results: Vec<Expected>,
}

#[derive(Deserialize)]
struct Drawn {
    truth: Vec<[f64; 4]>,
    /// Score, x0, y0, x1, y1.
    predicted: Vec<[f64; 5]>,
}

#[derive(Deserialize)]
struct Expected {
    iou: f64,
    average_precision: f64,
    area: f64,
    froc: Froc,
}

#[derive(Deserialize)]
struct Froc {
    numpy: Vec<f64>,
    monai: f64,
}

impl Drawn {
    fn outcome(&self, iou: f64) -> Result<ImageOutcome, String> {
        let boxed = |sides: [f64; 4]| BoundingBox::new(sides).map_err(|why| why.to_string());
        let truth: Vec<BoundingBox> = self
            .truth
            .iter()
            .map(|sides| boxed(*sides))
            .collect::<Result<_, _>>()?;
        let predicted: Vec<Detection> = self
            .predicted
            .iter()
            .map(|[score, x0, y0, x1, y1]| {
                let sides = boxed([*x0, *y0, *x1, *y1])?;
                Detection::new(*score, sides).map_err(|why| why.to_string())
            })
            .collect::<Result<_, _>>()?;
        let as_in_coco = Matching {
            rule: MatchRule::Iou(iou),
            extra: ExtraHits::FalsePositive,
            most: Some(100),
        };
        Ok(as_in_coco.outcome(&truth, &predicted))
    }
}

fn boxes(facts: &mut Vec<Fact>) {
    let text = include_str!("../../fixtures/outside/detection.json");
    let Some(stored) = stored::<Groups>(facts, COCO, text) else {
        return;
    };
    for group in &stored.groups {
        for expected in &group.results {
            group_of_images(facts, group, expected, &stored.rates);
        }
    }
}

fn group_of_images(facts: &mut Vec<Fact>, group: &Group, expected: &Expected, rates: &[f64]) {
    let outcomes = group.images.iter().map(|image| image.outcome(expected.iou));
    let outcomes: Result<Vec<ImageOutcome>, String> = outcomes.collect();
    let images = outcomes.as_ref().map_err(Clone::clone);
    let images = images.map(|all| all.iter().collect::<Vec<&ImageOutcome>>());
    let mut put = |method: &str, source, what: &str, number: f64, got| {
        let case = format!(
            "{} images, IoU of at least {}{what}",
            group.images.len(),
            expected.iou
        );
        facts.push(Fact::new(
            method,
            source,
            case,
            in_full(number, DOUBLE),
            got,
        ));
    };
    let area = |interpolation: Interpolation| {
        let found = images.as_ref().map_err(Clone::clone);
        let found = found.and_then(|images| said(average_precision(images, interpolation)));
        found.map(|found| found.estimate)
    };
    let at_recalls = area(Interpolation::Coco101);
    put(
        "average_precision_coco",
        COCO,
        "",
        expected.average_precision,
        at_recalls,
    );
    let under_curve = area(Interpolation::AllPoints);
    put("average_precision", NUMPY, "", expected.area, under_curve);
    for (rate, number) in rates.iter().zip(&expected.froc.numpy) {
        let found = images.as_ref().map_err(Clone::clone);
        let found = found.and_then(|all| said(sensitivity_at_false_positives(all, *rate)));
        put(
            "sensitivity_at_false_positives",
            NUMPY,
            &format!(", {rate} false positives an image"),
            *number,
            found.map(|found| found.estimate),
        );
    }
    let found = images.as_ref().map_err(Clone::clone);
    let found = found.and_then(|images| said(froc_score(images, rates)));
    let score = found.map(|found| found.estimate);
    put("froc_score", MONAI_BOXES, "", expected.froc.monai, score);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn numbers_of_outlines_and_boxes() {
        let facts = all();
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(facts.len(), 6 * (7 + 5) + 6 * 8);
    }

    /// The packages that the sources name are those that made the files.
    #[test]
    fn sources_of_outlines_and_boxes_are_those_of_the_files() {
        let masks = include_str!("../../fixtures/outside/segmentation.json");
        let boxes = include_str!("../../fixtures/outside/detection.json");
        for (source, text, package) in [
            (MONAI, masks, "monai"),
            (SCIPY, masks, "scipy"),
            (MONAI_BOXES, boxes, "monai"),
            (COCO, boxes, "pycocotools"),
            (NUMPY, boxes, "numpy"),
        ] {
            let file: Value = serde_json::from_str(text).unwrap();
            let version = file["versions"][package].as_str().unwrap();
            assert!(source.ends_with(version), "{source} {version}");
        }
    }
}
