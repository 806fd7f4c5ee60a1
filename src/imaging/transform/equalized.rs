//! `histogram_equalize` and `clahe` against OpenCV, Pillow and scikit-image
//! (`fixtures/make_imaging_steps.py`); `channels` and `transpose` as steps, windows that give bytes.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;
use crate::config::preprocess::{
    ByteRounding, Clahe, EqualizeEngine, InputKind, Resize, ResizeEngine, SideRounding,
    TorchFilter, WindowOutput,
};
use crate::imaging::image::{Colour, Samples};
use crate::imaging::reference::{made, steps};

fn pipeline(channels: Channels, steps: &[Step]) -> Pipeline {
    let input = InputSpec {
        kind: InputKind::Raster,
        channels,
        dicom: Default::default(),
        raster: Default::default(),
    };
    Pipeline::new(input, steps)
}

fn apply(image: Image, step: Step) -> Result<Image, TransformError> {
    let channels = match image.channels {
        1 => Channels::Gray,
        _ => Channels::Rgb,
    };
    pipeline(channels, &[step]).apply(image)
}

/// Equal to the bit.
fn same(ours: &Image, case: &Value) {
    let dtype = case["dtype"].as_str().unwrap();
    assert_eq!(ours.samples.dtype(), dtype, "{case}");
    let digest = Sha256::digest(ours.samples.to_le_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let start = ours.samples.to_f64();
    let start = &start[..start.len().min(24)];
    assert_eq!(digest, case["sha256"], "{case}\n{start:?}");
}

#[test]
fn histograms_are_equalized_to_the_bit_as_each_library_does() {
    let reference = steps();
    let cases = reference["equalize"].as_array().unwrap();
    let mut of_engine = std::collections::BTreeMap::new();
    for case in cases {
        let name = case["engine"].as_str().unwrap();
        *of_engine.entry(name).or_insert(0) += 1;
        let step = Step::HistogramEqualize(engine(name));
        same(&apply(made(&case["input"]), step).unwrap(), case);
    }
    assert!(of_engine.len() == 3 && of_engine.values().all(|count| *count >= 5));
    eprintln!("histogram_equalize: equal to the bit, {of_engine:?}");
    // One level alone is a special case of every library.
    for (name, expected) in reference["flat"].as_object().unwrap() {
        let flat = Image::new(5, 4, 1, Colour::Gray, Samples::U8(vec![77; 20])).unwrap();
        let ours = apply(flat, Step::HistogramEqualize(engine(name))).unwrap();
        assert_eq!(
            ours.samples.to_f64()[0],
            expected.as_f64().unwrap(),
            "{name}"
        );
    }
}

fn engine(name: &str) -> EqualizeEngine {
    match name {
        "opencv" => EqualizeEngine::OpenCv,
        "pillow" => EqualizeEngine::Pillow,
        "skimage" => EqualizeEngine::Skimage,
        other => panic!("{other}"),
    }
}

#[test]
fn clahe_is_that_of_opencv_to_the_bit_in_8_and_16_bits() {
    let reference = steps();
    let mut wide = 0;
    for case in reference["clahe"].as_array().unwrap() {
        let number = |key: &str| case[key].as_u64().unwrap() as usize;
        let step = Step::Clahe(Clahe {
            clip_limit: case["clip_limit"].as_f64().unwrap(),
            across: number("tiles_across"),
            down: number("tiles_down"),
        });
        same(&apply(made(&case["input"]), step).unwrap(), case);
        wide += usize::from(case["dtype"] == "uint16");
    }
    assert!(wide >= 3);
}

#[test]
fn what_a_library_does_not_equalize_is_refused_with_what_to_do() {
    let gray = |samples| Image::new(2, 2, 1, Colour::Gray, samples).unwrap();
    let clahe = Step::Clahe(Clahe {
        clip_limit: 2.0,
        across: 3,
        down: 1,
    });
    let bytes = || gray(Samples::U8(vec![1, 2, 3, 4]));
    assert_eq!(apply(bytes(), clahe.clone()).unwrap_err().reason(), "tiles");
    let floats = gray(Samples::F32(vec![0.5; 4]));
    for engine in [
        EqualizeEngine::OpenCv,
        EqualizeEngine::Pillow,
        EqualizeEngine::Skimage,
    ] {
        let error = apply(floats.clone(), Step::HistogramEqualize(engine)).unwrap_err();
        assert_eq!(error.reason(), "unsupported-type");
        assert!(error.to_string().contains("output: u8"), "{error}");
    }
    let colour = Image::new(1, 1, 3, Colour::Rgb, Samples::U8(vec![1, 2, 3])).unwrap();
    for step in [Step::HistogramEqualize(EqualizeEngine::OpenCv), clahe] {
        let error = apply(colour.clone(), step).unwrap_err();
        assert_eq!(error.reason(), "channel-mismatch");
    }
}

#[test]
fn every_frame_of_a_volume_is_equalized_on_its_own() {
    let frames = Samples::U8(vec![10, 20, 30, 40, 200, 210, 220, 230]);
    let volume = Image::volume([2, 2, 2], 1, Colour::Gray, frames, None).unwrap();
    let ours = apply(volume, Step::HistogramEqualize(EqualizeEngine::OpenCv)).unwrap();
    assert_eq!(
        ours.samples,
        Samples::U8(vec![0, 85, 170, 255, 0, 85, 170, 255])
    );
}

#[test]
fn channels_and_transpose_are_steps_too() {
    let colour = Samples::U8(vec![10, 20, 30, 40, 50, 60]);
    let image = Image::new(1, 2, 3, Colour::Rgb, colour).unwrap();
    let steps = [
        Step::Transpose,
        Step::Channels(Channels::GrayBt601),
        Step::Channels(Channels::Repeat3),
    ];
    let all = pipeline(Channels::Rgb, &steps);
    let gray = pipeline(Channels::Rgb, &steps[..2]);
    assert_eq!((all.output_channels(), gray.output_channels()), (3, 1));
    let result = gray.apply(image.clone()).unwrap();
    assert_eq!((result.rows, result.columns, result.channels), (2, 1, 1));
    assert_eq!(result.samples, Samples::U8(vec![18, 48]));
    let result = all.apply(image).unwrap();
    assert_eq!(result.samples, Samples::U8(vec![18, 18, 18, 48, 48, 48]));
    let wide = Samples::U16(vec![1, 2, 3, 4, 5, 6]);
    let wide = Image::new(2, 3, 1, Colour::Gray, wide).unwrap();
    let turned = apply(wide.clone(), Step::Transpose).unwrap();
    assert_eq!(turned.samples, Samples::U16(vec![1, 4, 2, 5, 3, 6]));
    assert_eq!(apply(turned, Step::Transpose).unwrap(), wide);
}

#[test]
fn windows_give_bytes_as_numpy_does() {
    let values = [-2000.0, -160.0, -159.3, 39.0, 40.0, 239.9, 240.0, 3000.0];
    let window = |samples, rounding| {
        let image = Image::new(1, 8, 1, Colour::Gray, samples).unwrap();
        let step = Step::Window {
            center: 40.0,
            width: 400.0,
            output: WindowOutput::Bytes(rounding),
        };
        apply(image, step).map(|image| image.samples)
    };
    // np.clip((x + 160) / 400, 0, 1) * 255, then astype("u1") or floor(y + 0.5).
    let doubles = || Samples::F64(values.to_vec());
    let down = Samples::U8(vec![0, 0, 0, 126, 127, 254, 255, 255]);
    let nearest = Samples::U8(vec![0, 0, 0, 127, 128, 255, 255, 255]);
    assert_eq!(window(doubles(), ByteRounding::Down).unwrap(), down);
    assert_eq!(window(doubles(), ByteRounding::Nearest).unwrap(), nearest);
    let missing = window(Samples::F32(vec![f32::NAN; 8]), ByteRounding::Down);
    assert_eq!(missing.unwrap_err().reason(), "not-finite");
}

#[test]
fn the_shorter_side_then_a_centre_crop_fixes_the_shape() {
    let resize = Step::Resize(Resize {
        size: ResizeSize::Shorter {
            side: 4,
            rounding: SideRounding::Down,
        },
        engine: ResizeEngine::Torch {
            filter: TorchFilter::Bilinear,
            antialias: true,
        },
    });
    let crop = Step::Crop(Crop::Center {
        width: 4,
        height: 4,
        depth: None,
    });
    let both = pipeline(Channels::Gray, &[resize.clone(), crop]);
    let shape = both.output_shape().unwrap();
    assert_eq!((shape.rows, shape.columns), (4, 4));
    assert_eq!(
        pipeline(Channels::Gray, std::slice::from_ref(&resize)).output_shape(),
        None
    );
    for (rows, columns, expected) in [(9, 20, [4, 8]), (20, 9, [8, 4]), (6, 6, [4, 4])] {
        let samples = Samples::U8(vec![7; rows * columns]);
        let image = Image::new(rows, columns, 1, Colour::Gray, samples).unwrap();
        let resized = apply(image.clone(), resize.clone()).unwrap();
        assert_eq!([resized.rows, resized.columns], expected);
        assert_eq!(both.apply(image).unwrap().size(), [1, 4, 4]);
    }
}
