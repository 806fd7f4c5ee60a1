//! `minmax`, and sizes by the longer side, against MONAI (`fixtures/make_ranges.py`).

use serde_json::Value;

use super::*;
use crate::config::preprocess::{InputKind, ResizeSize, SideRounding};
use crate::imaging::image::{Colour, Samples};

fn reference() -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/imaging/ranges.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn the_shorter_side_is_rounded_as_monai_does() {
    let reference = reference();
    let cases = reference["longest"].as_array().unwrap();
    assert!(cases.len() > 200, "{}", cases.len());
    let mut differ = 0;
    for case in cases {
        let case: Vec<usize> = numbers(case).into_iter().map(|n| n as usize).collect();
        let to = |rounding| {
            let side = case[2];
            ResizeSize::Longer { side, rounding }.rows_and_columns(case[0], case[1])
        };
        assert_eq!(to(SideRounding::HalfEven), (case[3], case[4]), "{case:?}");
        differ += usize::from(to(SideRounding::Down) != (case[3], case[4]));
    }
    assert!(differ > 50, "{differ}");
}

fn image() -> Image {
    let reference = reference();
    let values = numbers(&reference["image"]);
    let samples = Samples::F32(values.into_iter().map(|value| value as f32).collect());
    Image::new(5, 7, 1, Colour::Gray, samples).unwrap()
}

fn apply(image: Image, percentiles: Option<(f64, f64)>) -> Result<Image, TransformError> {
    let input = InputSpec {
        kind: InputKind::Array,
        channels: Channels::Gray,
        dicom: Default::default(),
        raster: Default::default(),
    };
    Pipeline::new(input, &[Step::MinMax { percentiles }]).apply(image)
}

#[test]
fn an_images_own_range_is_brought_to_0_and_1_as_monai_does() {
    let reference = reference();
    for (name, percentiles) in [
        ("whole", None),
        ("1-99", Some((1.0, 99.0))),
        ("0.5-99.5", Some((0.5, 99.5))),
        ("10-80", Some((10.0, 80.0))),
    ] {
        let ours = apply(image(), percentiles).unwrap().samples.to_f64();
        let theirs = numbers(&reference["ranges"][name]);
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert!((ours - theirs).abs() < 5e-7, "{name}: {ours} {theirs}");
        }
    }
}

#[test]
fn an_image_without_a_range_has_none() {
    let flat = |value: f32| {
        let samples = Samples::F32(vec![value; 4]);
        apply(Image::new(2, 2, 1, Colour::Gray, samples).unwrap(), None)
    };
    assert_eq!(flat(3.0).unwrap_err().reason(), "constant-image");
    assert_eq!(flat(f32::NAN).unwrap_err().reason(), "not-finite");
}
