//! Steps against results of numpy.

use super::*;
use crate::config::preprocess::{Flip, InputKind, PillowFilter, Resize};
use crate::imaging::image::{Colour, Samples};

fn gray(rows: usize, columns: usize, values: &[u8]) -> Image {
    Image::new(rows, columns, 1, Colour::Gray, Samples::U8(values.to_vec())).unwrap()
}

fn rgb(values: &[u8]) -> Image {
    Image::new(
        1,
        values.len() / 3,
        3,
        Colour::Rgb,
        Samples::U8(values.to_vec()),
    )
    .unwrap()
}

fn run(image: Image, channels: Channels, steps: &[Step]) -> Result<Image, TransformError> {
    Pipeline::new(
        InputSpec {
            kind: InputKind::Raster,
            channels,
        },
        steps,
    )
    .apply(image)
}

fn step(image: Image, step: Step) -> Result<Image, TransformError> {
    let channels = if image.channels == 1 {
        Channels::Gray
    } else {
        Channels::Rgb
    };
    run(image, channels, &[step])
}

#[test]
fn gray_is_rounded_as_pillow_does() {
    // Pillow 13: Image.fromarray(...).convert("L")
    let image = rgb(&[
        10, 200, 30, 255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 254, 255, 255,
    ]);
    let gray = run(image, Channels::GrayBt601, &[]).unwrap();
    assert_eq!(gray.samples, Samples::U8(vec![124, 76, 150, 29, 2, 255]));
}

#[test]
fn channel_rules_are_kept() {
    let colour = rgb(&[1, 2, 3, 4, 5, 6]);
    assert_eq!(
        run(colour.clone(), Channels::Bgr, &[]).unwrap().samples,
        Samples::U8(vec![3, 2, 1, 6, 5, 4])
    );
    assert_eq!(
        run(colour, Channels::Gray, &[]).unwrap_err().reason(),
        "channel-mismatch"
    );
    let equal = rgb(&[7, 7, 7, 9, 9, 9]);
    assert_eq!(
        run(equal, Channels::Gray, &[]).unwrap().samples,
        Samples::U8(vec![7, 9])
    );
    let error = run(gray(1, 2, &[1, 2]), Channels::Rgb, &[]).unwrap_err();
    assert!(error.to_string().contains("repeat3"), "{error}");
    let three = run(gray(1, 2, &[1, 2]), Channels::Repeat3, &[]).unwrap();
    assert_eq!(three.samples, Samples::U8(vec![1, 1, 1, 2, 2, 2]));
}

#[test]
fn alpha_is_left_out_and_ink_becomes_light() {
    let rgba = Image::new(1, 1, 4, Colour::Rgba, Samples::U8(vec![1, 2, 3, 0])).unwrap();
    assert_eq!(
        run(rgba, Channels::Rgb, &[]).unwrap().samples,
        Samples::U8(vec![1, 2, 3])
    );
    // Pillow 13: Image.new("CMYK", (1, 1), (10, 100, 250, 40)).convert("RGB")
    let cmyk = Image::new(1, 1, 4, Colour::Cmyk, Samples::U8(vec![10, 100, 250, 40])).unwrap();
    assert_eq!(
        run(cmyk, Channels::Rgb, &[]).unwrap().samples,
        Samples::U8(vec![207, 131, 4])
    );
}

#[test]
fn crops_stand_where_they_should() {
    let image = gray(3, 4, &[0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
    let square = step(image.clone(), Step::Crop(Crop::CenterSquare)).unwrap();
    assert_eq!((square.rows, square.columns), (3, 3));
    assert_eq!(
        square.samples,
        Samples::U8(vec![0, 1, 2, 10, 11, 12, 20, 21, 22])
    );
    // torchvision.transforms.functional.center_crop(image, (2, 1)): top round(0.5) = 0, left round(1.5) = 2
    let centre = step(
        image.clone(),
        Step::Crop(Crop::Center {
            width: 1,
            height: 2,
            depth: None,
        }),
    )
    .unwrap();
    assert_eq!(centre.samples, Samples::U8(vec![2, 12]));
    let part = step(
        image.clone(),
        Step::Crop(Crop::Box {
            x0: 1,
            y0: 1,
            x1: 3,
            y1: 3,
            frames: None,
        }),
    )
    .unwrap();
    assert_eq!(part.samples, Samples::U8(vec![11, 12, 21, 22]));
    for crop in [
        Crop::Box {
            x0: 1,
            y0: 1,
            x1: 5,
            y1: 3,
            frames: None,
        },
        Crop::Box {
            x0: 2,
            y0: 1,
            x1: 2,
            y1: 3,
            frames: None,
        },
        Crop::Center {
            width: 5,
            height: 1,
            depth: None,
        },
    ] {
        assert_eq!(
            step(image.clone(), Step::Crop(crop)).unwrap_err().reason(),
            "crop-outside"
        );
    }
}

#[test]
fn pad_flip_and_turn_follow_numpy() {
    let image = gray(2, 3, &[1, 2, 3, 4, 5, 6]);
    let padded = step(
        image.clone(),
        Step::Pad {
            width: 4,
            height: 3,
            depth: None,
            value: 9.0,
        },
    )
    .unwrap();
    assert_eq!(
        padded.samples,
        Samples::U8(vec![1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9, 9])
    );
    let float = step(
        image.clone(),
        Step::Pad {
            width: 3,
            height: 3,
            depth: None,
            value: -0.5,
        },
    )
    .unwrap();
    assert_eq!(
        float.samples,
        Samples::F32(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -0.5, -0.5, -0.5])
    );
    assert_eq!(
        step(
            image.clone(),
            Step::Pad {
                width: 2,
                height: 3,
                depth: None,
                value: 0.0
            }
        )
        .unwrap_err()
        .reason(),
        "pad-smaller"
    );
    let flipped = |axis| step(image.clone(), Step::Flip(axis)).unwrap().samples;
    assert_eq!(
        flipped(Flip::Horizontal),
        Samples::U8(vec![3, 2, 1, 6, 5, 4])
    );
    assert_eq!(flipped(Flip::Vertical), Samples::U8(vec![4, 5, 6, 1, 2, 3]));
    // numpy.rot90(image, k)
    let turned = |times| step(image.clone(), Step::Rotate90 { times }).unwrap();
    assert_eq!(turned(1).samples, Samples::U8(vec![3, 6, 2, 5, 1, 4]));
    assert_eq!((turned(1).rows, turned(1).columns), (3, 2));
    assert_eq!(turned(2).samples, Samples::U8(vec![6, 5, 4, 3, 2, 1]));
    assert_eq!(turned(3).samples, Samples::U8(vec![4, 1, 5, 2, 6, 3]));
}

#[test]
fn scaling_divides_in_32_bits() {
    let all: Vec<u8> = (0..=255).collect();
    let scaled = step(
        gray(1, 256, &all),
        Step::Scale {
            numerator: 1.0,
            denominator: 255.0,
        },
    )
    .unwrap();
    let Samples::F32(values) = scaled.samples else {
        panic!("32-bit floats expected")
    };
    assert!(
        all.iter()
            .zip(&values)
            .all(|(&x, &y)| y == f32::from(x) / 255.0)
    );
    // Multiplying by the rounded reciprocal is something else.
    assert!(
        all.iter()
            .zip(&values)
            .any(|(&x, &y)| y != f32::from(x) * (1.0 / 255.0))
    );
    let twice = step(
        gray(1, 2, &[1, 2]),
        Step::Scale {
            numerator: 0.5,
            denominator: 1.0,
        },
    )
    .unwrap();
    assert_eq!(twice.samples, Samples::F32(vec![0.5, 1.0]));
}

#[test]
fn normalise_needs_a_value_a_channel() {
    let image = rgb(&[10, 20, 30]);
    let normal = step(
        image.clone(),
        Step::Normalize {
            mean: vec![1.0, 2.0, 3.0],
            std: vec![2.0],
        },
    )
    .unwrap();
    assert_eq!(normal.samples, Samples::F32(vec![4.5, 9.0, 13.5]));
    let error = step(
        image,
        Step::Normalize {
            mean: vec![1.0, 2.0],
            std: vec![2.0],
        },
    )
    .unwrap_err();
    assert_eq!(error.reason(), "normalize-channels");
}

#[test]
fn standardise_window_and_clip() {
    let image = gray(1, 4, &[1, 2, 3, 4]);
    let standard = step(image.clone(), Step::Standardize).unwrap();
    // numpy: (x - x.mean()) / x.std() for x = [1, 2, 3, 4]
    assert_eq!(
        standard.samples,
        Samples::F32(vec![-1.341_640_7, -0.447_213_6, 0.447_213_6, 1.341_640_7])
    );
    assert_eq!(
        step(gray(1, 2, &[5, 5]), Step::Standardize)
            .unwrap_err()
            .reason(),
        "constant-image"
    );
    let window = step(
        image.clone(),
        Step::Window {
            center: 2.5,
            width: 2.0,
        },
    )
    .unwrap();
    assert_eq!(window.samples, Samples::F32(vec![0.0, 0.25, 0.75, 1.0]));
    let clip = |min, max| {
        step(image.clone(), Step::Clip { min, max })
            .unwrap()
            .samples
    };
    assert_eq!(clip(2.0, 3.0), Samples::U8(vec![2, 2, 3, 3]));
    assert_eq!(clip(-1000.0, 3.0), Samples::U8(vec![1, 2, 3, 3]));
    assert_eq!(clip(1.5, 1000.0), Samples::F32(vec![1.5, 2.0, 3.0, 4.0]));
    assert_eq!(clip(300.0, 400.0), Samples::F32(vec![300.0; 4]));
}

#[test]
fn the_output_shape_is_known_after_a_resize() {
    let engine = ResizeEngine::Pillow {
        filter: PillowFilter::Bilinear,
        version: PillowVersion::Unnamed,
    };
    let input = InputSpec {
        kind: InputKind::Raster,
        channels: Channels::Rgb,
    };
    let resize = Step::Resize(Resize {
        width: 128,
        height: 96,
        engine,
    });
    assert_eq!(
        Pipeline::new(input, &[Step::Crop(Crop::CenterSquare)]).output_shape(),
        None
    );
    let pipeline = Pipeline::new(input, &[resize, Step::Rotate90 { times: 1 }]);
    assert_eq!(
        pipeline.output_shape(),
        Some(Shape {
            rows: 128,
            columns: 96,
            channels: 3
        })
    );
    assert_eq!(
        pipeline.describe()[1],
        "resize to 128 x 96 (width x height), as Pillow, bilinear"
    );
}
