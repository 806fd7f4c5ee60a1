//! Segmentation against MONAI, surface-distance, SciPy, Pillow and torch
//! (`fixtures/outside/segmentation.json`, made by `fixtures/make_segmentation.py`).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use equipoise::metrics::segmentation::{
    EmptyMask, Lesions, Mask, MaskPair, Neighbours, SurfaceDistances, SurfaceElements, VoxelCounts,
    resample_linear, resample_nearest, surface_overlap,
};
use serde_json::Value;

/// Relative; MONAI computes in single precision.
const SINGLE: f64 = 3e-7;
const DOUBLE: f64 = 1e-13;

fn stored() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/outside/segmentation.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    let items = value.as_array().unwrap();
    items.iter().map(|item| item.as_f64().unwrap()).collect()
}

fn singles(value: &Value) -> Vec<f32> {
    floats(value).into_iter().map(|v| v as f32).collect()
}

/// `null` stands for no value, and is expected where none is found.
fn close(what: &str, found: Result<f64, EmptyMask>, expected: &Value, relative: f64) {
    match (found, expected.as_f64()) {
        (Ok(found), Some(expected)) => assert!(
            (found - expected).abs() <= relative * expected.abs(),
            "{what}: {found}, expected {expected}"
        ),
        (Err(_), None) => {}
        (found, expected) => panic!("{what}: {found:?}, expected {expected:?}"),
    }
}

/// Three sizes of a case, with one plane where it has two.
fn three<T: Copy>(values: &[T], plane: T) -> [T; 3] {
    match values {
        [rows, columns] => [plane, *rows, *columns],
        [planes, rows, columns] => [*planes, *rows, *columns],
        _ => panic!("two or three sizes"),
    }
}

fn mask(case: &Value, which: &str) -> Mask {
    let shape: Vec<usize> = floats(&case["shape"]).iter().map(|n| *n as usize).collect();
    let shape = three(&shape, 1);
    let bits = case[which].as_str().unwrap().chars().flat_map(|digit| {
        let digit = digit.to_digit(16).unwrap();
        [8, 4, 2, 1].map(|bit| digit & bit != 0)
    });
    let inside = bits.take(shape.iter().product()).collect();
    Mask::new(shape, three(&floats(&case["spacing"]), 1.0), inside).unwrap()
}

/// Every case with its name, truth and prediction.
fn every_case(check: impl Fn(&str, &Value, MaskPair<'_>)) {
    let stored = stored();
    let cases = stored["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 20);
    for case in cases {
        let (truth, predicted) = (mask(case, "truth"), mask(case, "predicted"));
        let pair = MaskPair::new(&truth, &predicted).unwrap();
        check(case["name"].as_str().unwrap(), case, pair);
    }
}

fn at_tolerances(
    what: &str,
    expected: &Value,
    relative: f64,
    found: impl Fn(f64) -> Result<f64, EmptyMask>,
) {
    let tolerances = floats(&stored()["tolerances"]);
    for (place, tolerance) in tolerances.into_iter().enumerate() {
        let what = format!("{what} within {tolerance}");
        close(&what, found(tolerance), &expected[place], relative);
    }
}

#[test]
fn overlap_as_in_monai() {
    every_case(|name, case, pair| {
        let (counts, monai) = (VoxelCounts::of(&pair), &case["monai"]);
        // MONAI leaves out an empty truth whatever is predicted.
        let with_truth = |value| {
            if counts.truth == 0 {
                Err(EmptyMask::Truth)
            } else {
                value
            }
        };
        close(name, with_truth(counts.dice()), &monai["dice"], SINGLE);
        close(name, with_truth(counts.iou()), &monai["iou"], SINGLE);
    });
}

#[test]
fn surface_distances_as_in_monai_and_scipy() {
    every_case(|name, case, pair| {
        let found = SurfaceDistances::of(&pair);
        let (monai, scipy) = (&case["monai"], &case["scipy"]);
        let check = |what: &str, value: fn(&SurfaceDistances) -> f64, theirs: [&Value; 2]| {
            let value = found.as_ref().map(value).map_err(|why| *why);
            let what = format!("{name}: {what}");
            for (expected, relative) in theirs.into_iter().zip([SINGLE, DOUBLE]) {
                // A quantity that one of them does not have.
                if expected != &Value::Bool(true) {
                    close(&what, value, expected, relative);
                }
            }
        };
        let none = &Value::Bool(true);
        check(
            "hd95",
            |s| s.hausdorff(95.0),
            [&monai["hd95"], &scipy["hd95"]],
        );
        check(
            "hd",
            |s| s.hausdorff(100.0),
            [&monai["hausdorff"], &scipy["hausdorff"]],
        );
        check(
            "pooled",
            |s| s.hausdorff_pooled(95.0),
            [none, &scipy["hd95_pooled"]],
        );
        check(
            "assd",
            |s| s.average_symmetric(),
            [&monai["assd"], &scipy["assd"]],
        );
        check(
            "directed",
            |s| s.average_of_directed(),
            [none, &scipy["mean_of_directed"]],
        );
        if let Ok(found) = &found {
            let mean = found.to_truth.iter().sum::<f64>() / found.to_truth.len() as f64;
            close(name, Ok(mean), &monai["prediction_to_truth"], SINGLE);
            let surfaces = [found.to_predicted.len(), found.to_truth.len()];
            assert_eq!(
                surfaces.map(|n| n as f64),
                floats(&scipy["surface_voxels"])[..]
            );
        }
        at_tolerances(name, &monai["surface_dice"], SINGLE, |tolerance| {
            surface_overlap(&found, |surfaces| surfaces.surface_dice(tolerance))
        });
    });
}

#[test]
fn surface_elements_as_in_surface_distance_and_monai() {
    every_case(|name, case, pair| {
        let found = SurfaceElements::of(&pair);
        let dice = |tolerance| surface_overlap(&found, |s| s.surface_dice(tolerance));
        // The area of a few elements in single precision.
        at_tolerances(name, &case["monai"]["surface_dice_subvoxels"], 1e-6, dice);
        let theirs = &case["surface_distance"];
        assert_eq!(found.is_ok(), !theirs.is_null());
        if let Ok(surfaces) = &found {
            at_tolerances(name, &theirs["surface_dice"], DOUBLE, dice);
            for (place, elements) in [&surfaces.of_truth, &surfaces.of_predicted]
                .into_iter()
                .enumerate()
            {
                assert_eq!(theirs["elements"][place], elements.len());
                let area = elements.iter().map(|(_, area)| area).sum::<f64>();
                close(name, Ok(area), &theirs["areas"][place], DOUBLE);
            }
        }
    });
}

#[test]
fn lesions_as_in_scipy() {
    every_case(|name, case, pair| {
        let kinds: &[Neighbours] = if pair.truth().is_flat() {
            &[Neighbours::Faces, Neighbours::All]
        } else {
            &[
                Neighbours::Faces,
                Neighbours::FacesAndEdges,
                Neighbours::All,
            ]
        };
        for (kind, expected) in kinds.iter().zip(case["lesions"].as_array().unwrap()) {
            let lesions = Lesions::of(pair.predicted(), *kind);
            let found: Vec<f64> = lesions.voxels().iter().map(|n| *n as f64).collect();
            assert_eq!(found, floats(expected), "{name} {kind:?}");
        }
    });
}

#[test]
fn resampling_as_in_pillow_and_torch() {
    let stored = stored();
    let stored = &stored["resampled"];
    let map = resample_linear(&singles(&stored["map"]), [1, 9, 13], [1, 20, 31]).unwrap();
    // Every bit, since a mask is where such a map reaches a threshold.
    assert_eq!(map, singles(&stored["pillow_31x20"]));
    let volume = resample_linear(&singles(&stored["volume"]), [4, 5, 6], [6, 4, 11]).unwrap();
    for (found, expected) in volume.iter().zip(floats(&stored["torch_6x4x11"])) {
        assert!((f64::from(*found) - expected).abs() < 3e-7);
    }
    let mask = floats(&stored["mask"]);
    let mask = Mask::from_labels([1, 7, 10], [1.0; 3], &mask, 1.0).unwrap();
    let found = resample_nearest(&mask, [1, 12, 6], [1.0; 3]).unwrap();
    for library in ["torch_12x6", "pillow_12x6"] {
        let expected: Vec<bool> = floats(&stored[library]).iter().map(|v| *v > 0.5).collect();
        assert_eq!(found.inside(), expected, "{library}");
    }
}
