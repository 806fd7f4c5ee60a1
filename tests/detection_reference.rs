//! Detection against pycocotools, MONAI and numpy (`fixtures/outside/detection.json`, made by
//! `fixtures/make_detection.py`), and boxes of the reference detector where the data are at hand.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use equipoise::metrics::detection::{
    BoundingBox, Detection, ExtraHits, ImageOutcome, Interpolation, MatchRule, Matching,
    average_precision, froc_curve, froc_score, sensitivity_at_false_positives,
};
use serde_json::Value;

fn stored() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/outside/detection.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    let items = value.as_array().unwrap();
    items.iter().map(|item| item.as_f64().unwrap()).collect()
}

fn bounding_box(sides: &[f64]) -> BoundingBox {
    BoundingBox::new(sides.try_into().unwrap()).unwrap()
}

fn outcome(image: &Value, iou: f64) -> ImageOutcome {
    let boxes = |key: &str| {
        let rows = image[key].as_array().unwrap();
        rows.iter().map(floats).collect::<Vec<_>>()
    };
    let truth: Vec<BoundingBox> = boxes("truth").iter().map(|s| bounding_box(s)).collect();
    let detections: Vec<Detection> = boxes("predicted")
        .iter()
        .map(|row| Detection::new(row[0], bounding_box(&row[1..])).unwrap())
        .collect();
    let coco = Matching {
        rule: MatchRule::Iou(iou),
        extra: ExtraHits::FalsePositive,
        most: Some(100),
    };
    coco.outcome(&truth, &detections)
}

/// The outcomes of every group at every overlap, with what is stored of it.
fn every_group(check: impl Fn(&[&ImageOutcome], &Value)) {
    let stored = stored();
    for group in stored["groups"].as_array().unwrap() {
        for expected in group["results"].as_array().unwrap() {
            let images = group["images"].as_array().unwrap();
            let iou = expected["iou"].as_f64().unwrap();
            let outcomes: Vec<ImageOutcome> = images.iter().map(|i| outcome(i, iou)).collect();
            check(&outcomes.iter().collect::<Vec<_>>(), expected);
        }
    }
}

fn close(found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-13, "{found} {expected}");
}

#[test]
fn matches_as_in_pycocotools() {
    every_group(|images, expected| {
        for (image, matches) in images.iter().zip(expected["matches"].as_array().unwrap()) {
            let matches = matches.as_array().unwrap();
            // An image without a lesion and without a detection has no entry there.
            assert_eq!(image.detections().len(), matches.len());
            for (found, expected) in image.detections().iter().zip(matches) {
                assert_eq!(found.score, expected[0].as_f64().unwrap());
                assert_eq!(found.truth.map(|place| place as u64), expected[1].as_u64());
            }
        }
    });
}

#[test]
fn average_precision_as_in_pycocotools_and_numpy() {
    every_group(|images, expected| {
        let found = |interpolation| average_precision(images, interpolation).unwrap().estimate;
        close(
            found(Interpolation::Coco101),
            &expected["average_precision"],
        );
        close(found(Interpolation::AllPoints), &expected["area"]);
    });
}

#[test]
fn froc_as_in_numpy_and_monai() {
    let rates = floats(&stored()["rates"]);
    every_group(|images, expected| {
        let expected = &expected["froc"];
        for (place, rate) in rates.iter().enumerate() {
            let found = sensitivity_at_false_positives(images, *rate).unwrap();
            close(found.estimate, &expected["numpy"][place]);
        }
        close(
            froc_score(images, &rates).unwrap().estimate,
            &expected["monai"],
        );
        let curve = froc_curve(images).unwrap();
        let end = curve.last().unwrap();
        close(end.false_positives_per_image, &expected["most"][0]);
        close(end.sensitivity, &expected["most"][1]);
    });
}

/// All 3,919 boxes of the reference detector; it computed areas in single precision.
#[test]
fn overlaps_of_the_reference_detector() {
    let Some(path) = support::shared("data/ham10000/reference/detection.csv") else {
        return;
    };
    let rows = support::rows(&path);
    assert_eq!(rows.len(), 3919);
    for row in rows {
        let number = |column: &str| row[column].parse::<f64>().unwrap();
        let sides = |prefix: &str| {
            let names = ["x0", "y0", "x1", "y1"];
            bounding_box(&names.map(|name| number(&format!("{prefix}{name}"))))
        };
        let found = sides("").iou(&sides("truth_"));
        assert!((found - number("iou")).abs() < 1e-6, "{}", row["image_id"]);
    }
}
