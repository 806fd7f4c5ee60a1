//! Steps on volumes against nibabel, MONAI, scipy and SimpleITK (`fixtures/make_volumes.py`).

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;
use crate::config::preprocess::{
    Flip, InputKind, Orientation, PillowFilter, PillowVersion, Resize,
};
use crate::imaging::geometry::Geometry;
use crate::imaging::image::{Colour, Samples};

fn reference() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/volumes/steps.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The script's `ramp(6, 5, 4)`, with voxels of 1.5 x 1.25 x 3 mm, axes to right, anterior, superior.
fn ramp() -> Image {
    let (x, y, z) = (6_usize, 5_usize, 4_usize);
    let mut values = Vec::new();
    for k in 0..z {
        for j in 0..y {
            values.extend((0..x).map(|i| ((7 * i + 13 * j * j + 29 * k + 5 * i * k) % 101) as f32));
        }
    }
    let geometry = Geometry {
        affine: [
            [1.5, 0.0, 0.0, 0.0],
            [0.0, 1.25, 0.0, 0.0],
            [0.0, 0.0, 3.0, 0.0],
        ],
    };
    let samples = Samples::F32(values);
    Image::volume([z, y, x], 1, Colour::Gray, samples, Some(geometry)).unwrap()
}

fn run(steps: &[Step]) -> Result<Image, TransformError> {
    let input = InputSpec {
        kind: InputKind::Volume,
        channels: Channels::Gray,
    };
    Pipeline::new(input, steps).apply(ramp())
}

/// Values with columns slowest and frames fastest, as the reference has them.
fn columns_first(image: &Image) -> Vec<f32> {
    let Samples::F32(values) = &image.samples else {
        panic!("32-bit floats expected")
    };
    let mut out = Vec::new();
    for column in 0..image.columns {
        for row in 0..image.rows {
            let frames = 0..image.frames;
            out.extend(frames.map(|f| values[(f * image.rows + row) * image.columns + column]));
        }
    }
    out
}

fn sha256(values: Vec<f32>) -> String {
    let digest = Sha256::digest(Samples::F32(values).to_le_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap().iter();
    list.map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn every_orientation_is_reached_as_nibabel_does() {
    let reference = reference();
    let codes = reference["orient"].as_object().unwrap();
    assert_eq!(codes.len(), 48);
    for (code, expected) in codes {
        let target = Orientation::parse(code).unwrap();
        let turned = run(&[Step::Orient(target)]).unwrap();
        assert_eq!(sha256(columns_first(&turned)), *expected, "{code}");
        assert_eq!(turned.geometry.unwrap().orientation(), Some(target));
        let back = [Step::Orient(target), Step::Orient(Orientation::RAS)];
        assert_eq!(run(&back).unwrap(), ramp(), "{code}");
    }
}

#[test]
fn oblique_axes_are_named_as_nibabel_does() {
    for entry in reference()["codes"].as_array().unwrap() {
        let values = numbers(&entry["affine"]);
        let mut affine = [[0.0; 4]; 3];
        for (row, values) in affine.iter_mut().zip(values.chunks_exact(4)) {
            row.copy_from_slice(values);
        }
        let code = Geometry { affine }.orientation().unwrap();
        assert_eq!(code.to_string(), entry["code"], "{affine:?}");
    }
}

#[test]
fn spacing_gives_the_grid_and_the_values_of_each_library() {
    let reference = reference();
    let mut largest = 0.0_f64;
    let cases = reference["spacing"].as_array().unwrap();
    for case in cases {
        let new = numbers(&case["new"]);
        let spacing = Spacing {
            distances: [new[0], new[1], new[2]],
            engine: match case["engine"].as_str().unwrap() {
                "monai" => SpacingEngine::Monai,
                "scipy" => SpacingEngine::Scipy,
                _ => SpacingEngine::SimpleItk,
            },
            filter: match case["filter"].as_str().unwrap() {
                "linear" => SpacingFilter::Linear,
                _ => SpacingFilter::Nearest,
            },
        };
        let image = run(&[Step::Spacing(spacing)]).unwrap();
        let shape = [image.columns, image.rows, image.frames].map(|length| length as f64);
        assert_eq!(shape.to_vec(), numbers(&case["shape"]), "{spacing:?}");
        let expected = numbers(&case["values"]);
        let found = columns_first(&image);
        for (place, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let difference = (f64::from(*found) - expected).abs();
            assert!(
                difference <= 2e-5,
                "{spacing:?} at {place}: {found}, expected {expected}"
            );
            largest = largest.max(difference);
        }
        let got = image.geometry.unwrap().spacing();
        if spacing.engine != SpacingEngine::Scipy {
            for (got, wanted) in got.iter().zip(spacing.distances) {
                assert!((got - wanted).abs() < 1e-12, "{got} {wanted}");
            }
        }
    }
    eprintln!(
        "spacing: {} volumes of three libraries, largest difference {largest:.1e}",
        cases.len()
    );
}

#[test]
fn oblique_volumes_keep_their_centre_as_in_monai() {
    for case in reference()["oblique"].as_array().unwrap() {
        let mut image = ramp();
        let mut affine = [[0.0; 4]; 3];
        for (row, values) in affine
            .iter_mut()
            .zip(numbers(&case["affine"]).chunks_exact(4))
        {
            row.copy_from_slice(values);
        }
        image.geometry = Some(Geometry { affine });
        let new = numbers(&case["new"]);
        let spacing = Spacing {
            distances: [new[0], new[1], new[2]],
            engine: SpacingEngine::Monai,
            filter: SpacingFilter::Linear,
        };
        let input = InputSpec {
            kind: InputKind::Volume,
            channels: Channels::Gray,
        };
        let pipeline = Pipeline::new(input, &[Step::Spacing(spacing)]);
        let image = pipeline.apply(image).unwrap();
        let shape = [image.columns, image.rows, image.frames].map(|length| length as f64);
        assert_eq!(shape.to_vec(), numbers(&case["shape"]));
        let found = columns_first(&image);
        for (found, expected) in found.iter().zip(numbers(&case["values"])) {
            assert!(
                (f64::from(*found) - expected).abs() <= 2e-5,
                "{found} {expected}"
            );
        }
        let place = image.geometry.unwrap().affine.concat();
        for (found, expected) in place.iter().zip(numbers(&case["new_affine"])) {
            assert!((found - expected).abs() <= 1e-5, "{found} {expected}");
        }
    }
}

#[test]
fn the_foreground_is_cropped_as_monai_does() {
    for case in reference()["foreground"].as_array().unwrap() {
        let above = case["above"].as_f64().unwrap();
        let margin = case["margin"].as_u64().unwrap() as usize;
        let image = run(&[Step::Crop(Crop::Foreground { above, margin })]).unwrap();
        let shape = [1, image.columns, image.rows, image.frames].map(|length| length as f64);
        let expected = numbers(&case["shape"]);
        assert!(
            shape.ends_with(&expected),
            "{above}: {shape:?} {expected:?}"
        );
        assert_eq!(sha256(columns_first(&image)), case["sha256"], "{above}");
    }
    let none = Crop::Foreground {
        above: 1000.0,
        margin: 1,
    };
    assert_eq!(
        run(&[Step::Crop(none)]).unwrap_err().reason(),
        "no-foreground"
    );
}

#[test]
fn planes_of_a_volume_are_treated_as_planes() {
    let whole = ramp();
    let steps = [
        Step::Crop(Crop::Box {
            x0: 1,
            y0: 0,
            x1: 5,
            y1: 4,
            frames: None,
        }),
        Step::Rotate90 { times: 1 },
        Step::Flip(Flip::Vertical),
        Step::Flip(Flip::Horizontal),
        Step::Resize(Resize {
            width: 7,
            height: 3,
            engine: ResizeEngine::Pillow {
                filter: PillowFilter::Bilinear,
                version: PillowVersion::V12,
            },
        }),
        Step::Pad {
            width: 9,
            height: 4,
            depth: None,
            value: -1.0,
        },
    ];
    let input = InputSpec {
        kind: InputKind::Raster,
        channels: Channels::Gray,
    };
    let together = run(&steps).unwrap();
    assert_eq!(together.size(), [4, 4, 9]);
    let Samples::F32(values) = &whole.samples else {
        panic!("32-bit floats expected")
    };
    let Samples::F32(together) = &together.samples else {
        panic!("32-bit floats expected")
    };
    for (frame, expected) in values.chunks_exact(30).zip(together.chunks_exact(36)) {
        let samples = Samples::F32(frame.to_vec());
        let plane = Image::new(5, 6, 1, Colour::Gray, samples).unwrap();
        let one = Pipeline::new(input, &steps).apply(plane).unwrap();
        assert_eq!(one.samples, Samples::F32(expected.to_vec()));
    }
}

#[test]
fn frames_are_cropped_padded_and_reversed() {
    let middle = run(&[Step::Crop(Crop::Center {
        width: 6,
        height: 5,
        depth: Some(2),
    })])
    .unwrap();
    let Samples::F32(all) = ramp().samples else {
        panic!("32-bit floats expected")
    };
    assert_eq!(middle.samples, Samples::F32(all[30..90].to_vec()));
    // The second frame is now the first.
    assert_eq!(middle.geometry.unwrap().affine[2][3], 3.0);
    let padded = [
        Step::Flip(Flip::Depth),
        Step::Pad {
            width: 6,
            height: 5,
            depth: Some(7),
            value: 2.0,
        },
        Step::Crop(Crop::Box {
            x0: 0,
            y0: 0,
            x1: 6,
            y1: 5,
            frames: Some((1, 5)),
        }),
        Step::Flip(Flip::Depth),
    ];
    assert_eq!(run(&padded).unwrap(), ramp());
    let too_many = Crop::Box {
        x0: 0,
        y0: 0,
        x1: 6,
        y1: 5,
        frames: Some((2, 5)),
    };
    assert_eq!(
        run(&[Step::Crop(too_many)]).unwrap_err().reason(),
        "crop-outside"
    );
    let fewer = Step::Pad {
        width: 6,
        height: 5,
        depth: Some(3),
        value: 0.0,
    };
    assert_eq!(run(&[fewer]).unwrap_err().reason(), "pad-smaller");
}

#[test]
fn a_step_that_needs_a_place_says_so() {
    let input = InputSpec {
        kind: InputKind::Raster,
        channels: Channels::Gray,
    };
    let plane = Image::new(1, 1, 1, Colour::Gray, Samples::U8(vec![1])).unwrap();
    let orient = Pipeline::new(input, &[Step::Orient(Orientation::RAS)]);
    assert_eq!(orient.apply(plane).unwrap_err().reason(), "no-geometry");
    let mut sheared = ramp();
    if let Some(geometry) = &mut sheared.geometry {
        geometry.affine[0][1] = 0.3;
    }
    let spacing = Spacing {
        distances: [1.0; 3],
        engine: SpacingEngine::Monai,
        filter: SpacingFilter::Linear,
    };
    let pipeline = Pipeline::new(input, &[Step::Spacing(spacing)]);
    assert_eq!(
        pipeline.apply(sheared).unwrap_err().reason(),
        "sheared-axes"
    );
    let tiny = Spacing {
        distances: [1e-7; 3],
        ..spacing
    };
    assert_eq!(
        run(&[Step::Spacing(tiny)]).unwrap_err().reason(),
        "too-large"
    );
}
