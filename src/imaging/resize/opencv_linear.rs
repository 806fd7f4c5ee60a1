//! OpenCV's 8-bit linear resize at sizes whose weights lie close to a border of its fixed point.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Resizer;
use crate::config::preprocess::{OpenCvFilter, Resize, ResizeEngine, ResizeSize};
use crate::imaging::image::{Colour, Image, Samples};

/// Hashes of what cv2 makes of a pattern; made by `fixtures/make_resize.py`.
const MADE: &str = include_str!("../../../fixtures/imaging/resize_opencv.json");

fn pattern(rows: usize, columns: usize, channels: usize) -> Image {
    let mut samples = Vec::new();
    for y in 0..rows {
        for x in 0..columns {
            for c in 0..channels {
                samples.push(((x * 37 + y * 11 + x * y * 3 + x * x / 5 + c * 53) % 256) as u8);
            }
        }
    }
    Image {
        frames: 1,
        rows,
        columns,
        channels,
        colour: if channels == 1 {
            Colour::Gray
        } else {
            Colour::Rgb
        },
        samples: Samples::U8(samples),
        geometry: None,
    }
}

#[test]
fn sides_of_radiographs_and_photographs_as_by_cv2() {
    let made: Value = serde_json::from_str(MADE).unwrap();
    let cases = made["linear_u8"].as_array().unwrap();
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let channels = number(&case["channels"]);
        let image = pattern(number(&case["from"][0]), number(&case["from"][1]), channels);
        let step = Resize {
            size: ResizeSize::Exact {
                width: number(&case["to"][1]),
                height: number(&case["to"][0]),
            },
            engine: ResizeEngine::OpenCv {
                filter: OpenCvFilter::Bilinear,
            },
        };
        let Samples::U8(samples) = Resizer::new(&step).apply(&image).unwrap().samples else {
            panic!("8-bit samples stay so");
        };
        let hash: String = Sha256::digest(&samples)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if case["sha256"] != hash.as_str() {
            wrong.push(case.to_string());
        }
    }
    assert!(cases.len() == 24 && wrong.is_empty(), "{wrong:#?}");
}
