//! The steps `histogram_equalize` and `clahe`.

use super::super::keys;
use super::super::preprocess::{Clahe, EqualizeEngine, Step};
use super::reader::Value;
use super::steps::LARGEST_SIDE;

/// The library is named, since libraries give different levels.
pub(super) fn histogram_equalize(value: &Value<'_>) -> Option<Step> {
    let section = value.section(&keys::EQUALIZE)?;
    let engines = [
        ("opencv", EqualizeEngine::OpenCv),
        ("pillow", EqualizeEngine::Pillow),
        ("skimage", EqualizeEngine::Skimage),
    ];
    let help = "name the library that the model's makers equalised with: opencv, pillow or skimage";
    let engine = section.required("engine", help)?;
    let engine = engine.choice(&engines, &["torch"])?;
    Some(Step::HistogramEqualize(engine))
}

pub(super) fn clahe(value: &Value<'_>) -> Option<Step> {
    let section = value.section(&keys::CLAHE)?;
    let help = "name the library that the model's makers equalised with: opencv";
    let engine = section
        .required("engine", help)
        .and_then(|value| value.choice(&[("opencv", ())], &["skimage", "kornia"]));
    let clip_limit = section
        .required("clip_limit", "OpenCV's `clipLimit`; 0 for no limit")
        .and_then(|value| value.number_in("at least 0", |limit| limit >= 0.0));
    let tiles = |key: &str| {
        let help = "OpenCV's `tileGridSize` is (tiles_across, tiles_down)";
        let value = section.required(key, help);
        value.and_then(|value| value.size(1, LARGEST_SIDE))
    };
    let (across, down) = (tiles("tiles_across"), tiles("tiles_down"));
    engine?;
    Some(Step::Clahe(Clahe {
        clip_limit: clip_limit?,
        across: across?,
        down: down?,
    }))
}
