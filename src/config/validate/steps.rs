//! The `input` and `preprocess` sections.

use super::super::diagnostic::{Diagnostic, quoted};
use super::super::keys;
use super::super::located::Span;
use super::super::preprocess::{
    Channels, Crop, Flip, InputKind, InputSpec, RasterOptions, Step, Turned,
};
use super::channels;
use super::dicom;
use super::equalize::{clahe, histogram_equalize};
use super::reader::{Section, Value};
use super::remarks;
use super::resize::resize;
use super::values::number;
use super::volumes::{orient, spacing};

const CHANNELS: [(&str, Channels); 6] = [
    ("rgb", Channels::Rgb),
    ("bgr", Channels::Bgr),
    ("gray_bt601", Channels::GrayBt601),
    ("gray_bt709", Channels::GrayBt709),
    ("gray", Channels::Gray),
    ("repeat3", Channels::Repeat3),
];

/// Rows or columns that an image may be given.
pub(super) const LARGEST_SIDE: u32 = 65_536;

pub(super) fn input(value: &Value<'_>) -> Option<InputSpec> {
    let section = value.section(&keys::INPUT)?;
    let kinds = [
        ("raster", InputKind::Raster),
        ("array", InputKind::Array),
        ("volume", InputKind::Volume),
        ("dicom", InputKind::Dicom(None)),
        ("dicom_series", InputKind::DicomSeries),
    ];
    let kind = section
        .required(
            "kind",
            "say what the images are: `raster`, `array`, `volume`, `dicom` or `dicom_series`",
        )
        .and_then(|value| value.choice(&kinds, &[]));
    let channels = section
        .required(
            "channels",
            "say which channels the model was fed; nothing about colour is guessed",
        )
        .and_then(|value| value.choice(&CHANNELS, &[]));
    let (kind, channels) = (kind?, channels?);
    Some(InputSpec {
        kind: dicom::frame(&section, kind)?,
        channels,
        dicom: dicom::options(&section, kind)?,
        raster: raster(&section, kind)?,
    })
}

/// `orientation`, `jpeg_idct` and `jpeg_upsampling`.
fn raster(section: &Section<'_>, kind: InputKind) -> Option<RasterOptions> {
    let turned = [
        ("pillow", Turned::Pillow),
        ("exif", Turned::All),
        ("as_stored", Turned::None),
    ];
    let idct = [("accurate", false), ("fast", true)];
    let upsampling = [("smooth", false), ("nearest", true)];
    let turned = of_raster(section, kind, "orientation", &turned);
    let fast_idct = of_raster(section, kind, "jpeg_idct", &idct);
    let nearest_chroma = of_raster(section, kind, "jpeg_upsampling", &upsampling);
    Some(RasterOptions {
        turned: turned?,
        fast_idct: fast_idct?,
        nearest_chroma: nearest_chroma?,
    })
}

/// A word that only raster files have a use for; the default where it is not given.
fn of_raster<T: Copy + Default>(
    section: &Section<'_>,
    kind: InputKind,
    key: &str,
    words: &[(&'static str, T)],
) -> Option<T> {
    let Some(value) = section.get(key) else {
        return Some(T::default());
    };
    let chosen = value.choice(words, &[]);
    if kind == InputKind::Raster {
        return chosen;
    }
    let message = format!(
        "`{}` is of raster files, and `input.kind` is another one",
        value.path
    );
    value.error("raster-only", message, "remove it");
    None
}

/// The steps and where they stand; those of DICOM are held against the kind of input.
pub(super) fn preprocess(
    value: &Value<'_>,
    input: Option<InputSpec>,
) -> Option<(Vec<Step>, Vec<Span>)> {
    let entries = value.list("steps")?;
    let steps: Vec<Option<Step>> = entries.iter().map(step).collect();
    let steps: Vec<Step> = steps.into_iter().collect::<Option<_>>()?;
    let fits = dicom::fits(value, &entries, &steps, input)
        && input.is_none_or(|input| channels::fits(input, &entries, &steps));
    if let Some(input) = input.filter(|_| fits) {
        remarks::remarks(input, &entries, &steps);
    }
    let places = entries.iter().map(Value::span).collect();
    fits.then_some((steps, places))
}

fn step(value: &Value<'_>) -> Option<Step> {
    if value.scalar() == Some("standardize") {
        return Some(Step::Standardize);
    }
    if value.scalar() == Some("rescale") {
        return Some(Step::Rescale);
    }
    if value.scalar() == Some("transpose") {
        return Some(Step::Transpose);
    }
    if value.scalar() == Some("minmax") {
        return Some(Step::MinMax { percentiles: None });
    }
    if let Some(text) = value.scalar() {
        let known = keys::STEP.accepted.contains(&text);
        let help = if known {
            format!("give the step its parameters: `- {text}: ...`")
        } else {
            format!("valid steps: {}", keys::STEP.accepted.join(", "))
        };
        let message = format!("`{}` is {}, expected a step", value.path, quoted(text));
        value.error("wrong-type", message, &help);
        return None;
    }
    let section = value.section(&keys::STEP)?;
    let names: Vec<_> = section.keys().collect();
    let [name] = names.as_slice() else {
        let diagnostic = Diagnostic::error(
            "several-steps",
            format!(
                "`{}` has {} keys, expected one step",
                value.path,
                names.len()
            ),
        );
        value.cx.report(
            diagnostic
                .at(names.get(1).map_or(value.span(), |name| name.span))
                .help("begin every step with a `-` of its own, so that the order is clear"),
        );
        return None;
    };
    if !keys::STEP.accepted.contains(&name.value.as_str()) {
        return None;
    }
    parameters(&name.value, &section.get(&name.value)?)
}

fn parameters(name: &str, value: &Value<'_>) -> Option<Step> {
    match name {
        "crop" => crop(value).map(Step::Crop),
        "resize" => resize(value).map(Step::Resize),
        "scale" => scale(value),
        "normalize" => normalize(value),
        "standardize" => without_parameters(value, name, Step::Standardize),
        "window" => dicom::window(value),
        "rescale" => without_parameters(value, name, Step::Rescale),
        "clip" => clip(value),
        "pad" => pad(value),
        "flip" => {
            let axes = [
                ("horizontal", Flip::Horizontal),
                ("vertical", Flip::Vertical),
                ("depth", Flip::Depth),
            ];
            value.choice(&axes, &[]).map(Step::Flip)
        }
        "orient" => orient(value),
        "spacing" => spacing(value),
        "channels" => value.choice(&CHANNELS, &[]).map(Step::Channels),
        "transpose" => without_parameters(value, name, Step::Transpose),
        "minmax" => minmax(value),
        "histogram_equalize" => histogram_equalize(value),
        "clahe" => clahe(value),
        _ => rotate(value),
    }
}

pub(super) fn side(section: &Section<'_>, key: &str) -> Option<usize> {
    section
        .required(key, "")
        .and_then(|value| value.size(1, LARGEST_SIDE))
}

fn crop(value: &Value<'_>) -> Option<Crop> {
    if !value.is_mapping() {
        return value.choice(&[("center_square", Crop::CenterSquare)], &[]);
    }
    let section = value.section(&keys::CROP)?;
    let given = ["center", "box", "foreground"].map(|key| section.get(key));
    match given {
        [Some(center), None, None] => crop_center(&center),
        [None, Some(corners), None] => crop_box(&corners),
        [None, None, Some(foreground)] => crop_foreground(&foreground),
        [None, None, None] if section.keys().next().is_none() => {
            value.error(
                "missing-key",
                "`crop` is empty, expected `center_square`, `center`, `box` or `foreground`",
                "",
            );
            None
        }
        [None, None, None] => None,
        several => {
            let names = ["center", "box", "foreground"].into_iter().zip(several);
            let names: Vec<&str> = names.filter_map(|(name, one)| one.map(|_| name)).collect();
            value.error(
                "several-crops",
                format!(
                    "`crop` has `{}`, expected one of them",
                    names.join("` and `")
                ),
                "",
            );
            None
        }
    }
}

fn crop_center(value: &Value<'_>) -> Option<Crop> {
    let section = value.section(&keys::CROP_CENTER)?;
    let (width, height) = (side(&section, "width"), side(&section, "height"));
    let depth = depth(&section);
    Some(Crop::Center {
        width: width?,
        height: height?,
        depth: depth?,
    })
}

/// `depth` may be left out: all frames then stay.
fn depth(section: &Section<'_>) -> Option<Option<usize>> {
    match section.get("depth") {
        None => Some(None),
        Some(value) => value.size(1, LARGEST_SIDE).map(Some),
    }
}

fn crop_foreground(value: &Value<'_>) -> Option<Crop> {
    let section = value.section(&keys::CROP_FOREGROUND)?;
    let above = section
        .required("above", "samples above this value are foreground")
        .and_then(|value| value.number());
    let margin = section
        .required("margin", "say how much is left around, such as `margin: 0`")
        .and_then(|value| value.size(0, LARGEST_SIDE));
    Some(Crop::Foreground {
        above: above?,
        margin: margin?,
    })
}

fn crop_box(value: &Value<'_>) -> Option<Crop> {
    let corners: Vec<Option<usize>> = value
        .list("four or six whole numbers")?
        .iter()
        .map(|corner| corner.size(0, LARGEST_SIDE))
        .collect();
    let corners: Vec<usize> = corners.into_iter().collect::<Option<_>>()?;
    match *corners.as_slice() {
        [x0, y0, x1, y1] if x0 < x1 && y0 < y1 => Some(Crop::Box {
            x0,
            y0,
            x1,
            y1,
            frames: None,
        }),
        [x0, y0, z0, x1, y1, z1] if x0 < x1 && y0 < y1 && z0 < z1 => Some(Crop::Box {
            x0,
            y0,
            x1,
            y1,
            frames: Some((z0, z1)),
        }),
        _ => {
            let message = format!(
                "`{}` is {corners:?}, expected [x0, y0, x1, y1] with x0 below x1 and y0 below y1",
                value.path
            );
            value.error(
                "crop-box",
                message,
                "x1 and y1 are one past the last column and row",
            );
            None
        }
    }
}

/// Multiplication by a number or a fraction.
fn scale(value: &Value<'_>) -> Option<Step> {
    let (numerator, denominator) = fraction(value)?;
    Some(Step::Scale {
        numerator,
        denominator,
    })
}

/// A number or a fraction, not zero, kept as numerator and denominator: x / 255 and x * (1 / 255)
/// differ in the last bit.
pub(super) fn fraction(value: &Value<'_>) -> Option<(f64, f64)> {
    let text = value.scalar().unwrap_or_default();
    let (above, below) = text.split_once('/').unwrap_or((text, "1"));
    if let (Some(numerator), Some(denominator)) = (number(above.trim()), number(below.trim()))
        && numerator != 0.0
        && denominator != 0.0
    {
        return Some((numerator, denominator));
    }
    let found = if text.is_empty() {
        "no number".to_owned()
    } else {
        quoted(text)
    };
    let message = format!(
        "`{}` is {found}, expected a number or a fraction such as 1/255, not zero",
        value.path
    );
    value.error("scale", message, "");
    None
}

fn numbers(section: &Section<'_>, key: &str) -> Option<Vec<f64>> {
    let value = section.required(key, "give one number, or one for each channel")?;
    if value.is_mapping() {
        value.list("numbers");
        return None;
    }
    let numbers: Vec<Option<f64>> = value.one_or_list().iter().map(Value::number).collect();
    let numbers = numbers.into_iter().collect::<Option<Vec<f64>>>()?;
    if !matches!(numbers.len(), 1 | 3) {
        let message = format!(
            "`{}` has {} numbers, expected one, or three for three channels",
            value.path,
            numbers.len()
        );
        value.error("channel-count", message, "");
        return None;
    }
    Some(numbers)
}

fn normalize(value: &Value<'_>) -> Option<Step> {
    let section = value.section(&keys::NORMALIZE)?;
    let (mean, std) = (numbers(&section, "mean"), numbers(&section, "std"));
    let (mean, std) = (mean?, std?);
    if mean.len() != std.len() && mean.len() != 1 && std.len() != 1 {
        let message = format!(
            "`mean` has {} numbers and `std` has {}",
            mean.len(),
            std.len()
        );
        value.error(
            "channel-count",
            message,
            "give as many of one as of the other",
        );
        return None;
    }
    if std.iter().any(|std| *std <= 0.0) {
        let place = section.get("std");
        place.as_ref().unwrap_or(value).error(
            "out-of-range",
            format!("`std` is {std:?}, expected numbers above 0"),
            "",
        );
        return None;
    }
    Some(Step::Normalize { mean, std })
}

fn without_parameters(value: &Value<'_>, name: &str, step: Step) -> Option<Step> {
    if value.is_empty() {
        return Some(step);
    }
    let message = format!("`{name}` has parameters, expected none");
    value.error("wrong-type", message, &format!("write `- {name}`"));
    None
}

/// Without parameters, or with two percentiles.
fn minmax(value: &Value<'_>) -> Option<Step> {
    if value.is_empty() {
        return Some(Step::MinMax { percentiles: None });
    }
    let section = value.section(&keys::MINMAX)?;
    let given = section.required(
        "percentiles",
        "write `- minmax` for the least and the largest value, or `percentiles: [1, 99]`",
    )?;
    let numbers: Vec<Option<f64>> = given
        .list("two percentiles")?
        .iter()
        .map(|one| one.number_in("from 0 to 100", |q| (0.0..=100.0).contains(&q)))
        .collect();
    let numbers: Vec<f64> = numbers.into_iter().collect::<Option<_>>()?;
    match *numbers.as_slice() {
        [low, high] if low < high => Some(Step::MinMax {
            percentiles: Some((low, high)),
        }),
        _ => {
            let message = format!(
                "`{}` is {numbers:?}, expected two percentiles, the lower first",
                given.path
            );
            given.error("empty-range", message, "");
            None
        }
    }
}

fn clip(value: &Value<'_>) -> Option<Step> {
    let section = value.section(&keys::CLIP)?;
    let bound = |key: &str| section.required(key, "").and_then(|value| value.number());
    let (min, max) = (bound("min"), bound("max"));
    let (min, max) = (min?, max?);
    if min >= max {
        let message = format!("`min` is {min} and `max` is {max}, expected `min` below `max`");
        value.error("empty-range", message, "");
        return None;
    }
    Some(Step::Clip { min, max })
}

fn pad(value: &Value<'_>) -> Option<Step> {
    let section = value.section(&keys::PAD)?;
    let (width, height) = (side(&section, "width"), side(&section, "height"));
    let depth = depth(&section);
    let fill = section
        .required("value", "say what is filled in, such as `value: 0`")
        .and_then(|value| value.number());
    Some(Step::Pad {
        width: width?,
        height: height?,
        depth: depth?,
        value: fill?,
    })
}

fn rotate(value: &Value<'_>) -> Option<Step> {
    let times = value.count(1, 3)?;
    Some(Step::Rotate90 {
        times: u8::try_from(times).ok()?,
    })
}
