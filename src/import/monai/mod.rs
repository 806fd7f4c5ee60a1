//! `inference.json` of a MONAI bundle. Only transforms of a fixed list are read; an expression
//! (`$...`) or reference (`@...`) is never evaluated.

use serde_json::Value;

use crate::config::{Crop, Orientation, Spacing, SpacingEngine, SpacingFilter, Step, WindowOutput};

use super::draft::Draft;
use super::{numbers, short};

pub(super) fn read(value: &Value, mut draft: Draft) -> Draft {
    draft.kind = Some("volume");
    draft.notes.push("the layout of a MONAI network is NCWHD; name the input of the ONNX graph under `model.inputs`".to_owned());
    let transforms = value
        .get("preprocessing")
        .and_then(|preprocessing| preprocessing.get("transforms"))
        .and_then(Value::as_array);
    match transforms {
        Some(transforms) => transforms.iter().for_each(|one| transform(one, &mut draft)),
        None => draft.todo(
            "resize",
            "`preprocessing.transforms` is not a list; say the steps",
        ),
    }
    if let Some(inferer) = value.get("inferer") {
        draft.model_lines.extend(sliding_window(inferer));
    }
    draft.complete = transforms.is_some();
    draft
}

fn transform(one: &Value, draft: &mut Draft) {
    match one.get("_disabled_") {
        Some(Value::Bool(true)) => return,
        Some(Value::Bool(false)) | None => {}
        Some(other) => {
            return draft.todo(
                "resize",
                format!("whether a transform is used depends on {other}, which is not evaluated"),
            );
        }
    }
    let Some(target) = one.get("_target_").and_then(Value::as_str) else {
        return draft.todo(
            "resize",
            format!("a transform without `_target_`: {}", short(one)),
        );
    };
    // `monai.transforms.Spacingd` and `Spacing` do the same.
    let name = target.rsplit('.').next().unwrap_or(target);
    let name = name.trim_end_matches("Dict").trim_end_matches(['d', 'D']);
    match name {
        "LoadImage" | "EnsureChannelFirst" | "AddChannel" | "AsChannelFirst" | "EnsureType"
        | "ToTensor" | "CastToType" | "ToDevice" => {}
        "Orientation" => match one
            .get("axcodes")
            .and_then(Value::as_str)
            .and_then(Orientation::parse)
        {
            Some(orientation) => draft.known(Step::Orient(orientation), target),
            None => draft.todo("orient", unknown(one, "axcodes")),
        },
        "Spacing" => spacing(one, target, draft),
        "ScaleIntensityRange" => range(one, target, draft),
        "ScaleIntensity" => own_range(one, target, draft, None),
        "ScaleIntensityRangePercentiles" => {
            let number = |key: &str| one.get(key).and_then(Value::as_f64);
            let percentiles = number("lower").zip(number("upper"));
            let clips = one.get("clip").and_then(Value::as_bool) == Some(true);
            let whole = one.get("relative").is_none_or(|value| value == false);
            match percentiles.filter(|(low, high)| clips && whole && low < high) {
                Some(percentiles) => own_range(one, target, draft, Some(percentiles)),
                None => draft.todo("minmax", unknown(one, "lower, upper, clip or relative")),
            }
        }
        "NormalizeIntensity" => normalize(one, target, draft),
        "CropForeground" => foreground(one, target, draft),
        _ => draft.todo(
            "resize",
            format!("what {target} does, which is not among the transforms that are imported"),
        ),
    }
}

fn spacing(one: &Value, target: &str, draft: &mut Draft) {
    let mode = match one.get("mode") {
        Some(Value::Array(modes)) => modes.first().and_then(Value::as_str),
        Some(mode) => mode.as_str(),
        None => Some("bilinear"),
    };
    let filter = match mode {
        Some("bilinear") => Some(SpacingFilter::Linear),
        Some("nearest") => Some(SpacingFilter::Nearest),
        _ => None,
    };
    match (numbers(one.get("pixdim")).as_deref(), filter) {
        (Some(&[x, y, z]), Some(filter)) if x > 0.0 && y > 0.0 && z > 0.0 => draft.known(
            Step::Spacing(Spacing {
                distances: [x, y, z],
                engine: SpacingEngine::Monai,
                filter,
            }),
            target,
        ),
        _ => draft.todo("spacing", unknown(one, "pixdim")),
    }
}

/// An image's own range to 0..1, over all channels together; anything else is told.
fn own_range(one: &Value, target: &str, draft: &mut Draft, percentiles: Option<(f64, f64)>) {
    let (least, largest) = match percentiles {
        None => ("minv", "maxv"),
        Some(_) => ("b_min", "b_max"),
    };
    let is = |key: &str, number: f64| match one.get(key) {
        None => percentiles.is_none(),
        Some(value) => value.as_f64() == Some(number),
    };
    let plain = |key: &str| {
        one.get(key)
            .is_none_or(|value| value.is_null() || value == false)
    };
    if is(least, 0.0) && is(largest, 1.0) && plain("channel_wise") && plain("factor") {
        draft.known(Step::MinMax { percentiles }, target);
    } else {
        let keys = format!("{least}, {largest}, channel_wise or factor");
        draft.todo("minmax", unknown(one, &keys));
    }
}

/// To 0..1 with clipping it is a window; anything else is told.
fn range(one: &Value, target: &str, draft: &mut Draft) {
    let number = |key: &str| one.get(key).and_then(Value::as_f64);
    let clip = one.get("clip").and_then(Value::as_bool).unwrap_or(false);
    match (
        number("a_min"),
        number("a_max"),
        number("b_min"),
        number("b_max"),
    ) {
        (Some(low), Some(high), Some(0.0), Some(1.0)) if clip && high > low => draft.known(
            Step::Window {
                center: f64::midpoint(low, high),
                width: high - low,
                output: WindowOutput::Unit,
            },
            target,
        ),
        _ => draft.todo("window", unknown(one, "a_min, a_max, b_min, b_max or clip")),
    }
}

fn normalize(one: &Value, target: &str, draft: &mut Draft) {
    let plain = |key: &str| {
        one.get(key)
            .is_none_or(|value| value == &Value::Bool(false))
    };
    let constant = |key: &str| match one.get(key) {
        Some(Value::Array(_)) => numbers(one.get(key)),
        Some(value) => value.as_f64().map(|value| vec![value]),
        None => None,
    };
    let given = one.get("subtrahend").is_some() || one.get("divisor").is_some();
    match (constant("subtrahend"), constant("divisor")) {
        (Some(mean), Some(std)) if plain("nonzero") && super::huggingface::usable(&mean, &std) => {
            draft.known(Step::Normalize { mean, std }, target);
        }
        _ if !given && plain("nonzero") && plain("channel_wise") => {
            draft.known(Step::Standardize, target);
        }
        _ => draft.todo(
            "normalize",
            unknown(one, "subtrahend, divisor, nonzero or channel_wise"),
        ),
    }
}

fn foreground(one: &Value, target: &str, draft: &mut Draft) {
    let margin = match one.get("margin") {
        None => Some(0),
        Some(value) => value
            .as_u64()
            .and_then(|margin| usize::try_from(margin).ok()),
    };
    let smaller = one.get("allow_smaller").and_then(Value::as_bool) == Some(true);
    match margin {
        Some(margin) if one.get("select_fn").is_none() && smaller => {
            draft.known(Step::Crop(Crop::Foreground { above: 0.0, margin }), target)
        }
        _ => draft.todo("crop", unknown(one, "select_fn, margin or allow_smaller")),
    }
}

/// MONAI's sizes are columns, rows, frames; the audit file's frames, rows, columns.
fn sliding_window(inferer: &Value) -> Option<String> {
    let target = inferer.get("_target_")?.as_str()?;
    if !target.ends_with("SlidingWindowInferer") {
        return None;
    }
    let roi = numbers(inferer.get("roi_size"))
        .filter(|roi| roi.len() == 3 && roi.iter().all(|size| *size >= 1.0 && size.fract() == 0.0));
    let overlap = inferer.get("overlap").map_or(Some(0.25), Value::as_f64);
    let blend = inferer.get("mode").map_or(Some("constant"), Value::as_str);
    let written = match (roi.as_deref(), overlap, blend) {
        (
            Some(&[columns, rows, frames]),
            Some(overlap),
            Some(blend @ ("constant" | "gaussian")),
        ) if (0.0..1.0).contains(&overlap) => {
            format!("{{roi: [{frames}, {rows}, {columns}], overlap: {overlap}, blend: {blend}}}")
        }
        _ => "\"TODO: roi_size, overlap or mode is an expression or not known\"".to_owned(),
    };
    Some(format!("sliding_window: {written}"))
}

fn unknown(one: &Value, keys: &str) -> String {
    format!("{keys} cannot be taken over from {}", short(one))
}
