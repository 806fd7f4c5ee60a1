//! Whole pipelines against tensors that Pillow and numpy made.

use std::path::PathBuf;

use super::*;
use crate::config::preprocess::{InputKind, PillowFilter, Resize};
use crate::imaging::decode;
use crate::imaging::image::Samples;
use crate::imaging::reference::shared;

fn steps() -> Vec<Step> {
    vec![
        Step::Resize(Resize {
            width: 128,
            height: 96,
            engine: ResizeEngine::Pillow {
                filter: PillowFilter::Bilinear,
                version: PillowVersion::Unnamed,
            },
        }),
        Step::Scale {
            numerator: 1.0,
            denominator: 255.0,
        },
        Step::Normalize {
            mean: vec![0.485, 0.456, 0.406],
            std: vec![0.229, 0.224, 0.225],
        },
    ]
}

/// Files of a folder and all folders below, by path.
fn files(folder: &std::path::Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found)
        } else {
            found.push(path)
        }
    }
}

#[test]
fn tensors_of_the_reference_images_are_equal_to_the_bit() {
    let Some(ham10000) = shared("data/ham10000") else {
        return;
    };
    let pipeline = Pipeline::new(
        InputSpec {
            kind: InputKind::Raster,
            channels: Channels::Rgb,
        },
        &steps(),
    );
    let (mut tensors, mut images) = (Vec::new(), Vec::new());
    files(&ham10000.join("reference/tensors"), &mut tensors);
    files(&ham10000.join("images"), &mut images);
    let mut compared = 0;
    for npy in tensors
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "npy"))
    {
        let expected = decode(&std::fs::read(npy).unwrap(), InputKind::Array)
            .unwrap()
            .image;
        let Samples::F32(expected) = expected.samples else {
            panic!("32-bit floats expected")
        };
        let png = decode(
            &std::fs::read(npy.with_extension("png")).unwrap(),
            InputKind::Raster,
        )
        .unwrap()
        .image;
        let jpeg = images
            .iter()
            .find(|path| path.file_stem() == npy.file_stem())
            .unwrap();
        let jpeg = decode(&std::fs::read(jpeg).unwrap(), InputKind::Raster)
            .unwrap()
            .image;
        assert_eq!(jpeg, png, "{}: decoded pixels", npy.display());
        let tensor = pipeline.apply(jpeg).unwrap().to_channels_first_f32();
        assert!(tensor == expected, "{}: tensor differs", npy.display());
        compared += 1;
    }
    assert_eq!(compared, 8);
}
