//! Transforms that are imported: which of their arguments are understood, and the step they become.

use serde_json::Value;

use crate::config::{Crop, Orientation, Spacing, SpacingEngine, SpacingFilter, Step, WindowOutput};

use super::super::draft::Draft;
use super::super::huggingface::usable;
use super::super::numbers;
use super::call::{ANY, Accepted, Call};

const FLOAT: Accepted = ("dtype", &["float32"]);
const OFF: &[&str] = &["false"];
const ZERO: &[&str] = &["0", "0.0"];
const ONE: &[&str] = &["1", "1.0"];

/// The step that a transform becomes (`None`: it changes no number as long as its arguments are these)
/// and the arguments that are understood; `None` for transforms that are not imported.
pub(super) fn accepted(name: &str) -> Option<(Option<&'static str>, &'static [Accepted])> {
    Some(match name {
        "LoadImage" => (
            None,
            &[
                FLOAT,
                (
                    "reader",
                    &[
                        "null",
                        "NibabelReader",
                        "monai.data.NibabelReader",
                        "ITKReader",
                        "monai.data.ITKReader",
                    ],
                ),
                ("image_only", ANY),
                ("ensure_channel_first", ANY),
                ("simple_keys", ANY),
                ("prune_meta_pattern", ANY),
                ("prune_meta_sep", ANY),
                ("expanduser", ANY),
                ("overwriting", ANY),
            ],
        ),
        "EnsureChannelFirst" => (
            None,
            &[
                ("strict_check", ANY),
                ("channel_dim", &["null", "no_channel"]),
            ],
        ),
        "EnsureType" | "ToTensor" => (None, &[("dtype", &["null", "float32"])]),
        "CastToType" => (None, &[FLOAT]),
        "ToDevice" => (None, &[("non_blocking", ANY)]),
        "AddChannel" | "Identity" => (None, &[]),
        "Orientation" => (
            Some("orient"),
            &[
                ("axcodes", ANY),
                ("as_closest_canonical", OFF),
                ("labels", &["null", r#"[["L","R"],["P","A"],["I","S"]]"#]),
            ],
        ),
        "Spacing" => (
            Some("spacing"),
            &[
                ("pixdim", ANY),
                ("mode", ANY),
                ("diagonal", OFF),
                ("padding_mode", &["border"]),
                ("align_corners", &["false", "null"]),
                ("dtype", &["float64"]),
                ("scale_extent", OFF),
                ("recompute_affine", OFF),
                ("ensure_same_shape", ANY),
            ],
        ),
        "ScaleIntensityRange" => (
            Some("window"),
            &[
                ("a_min", ANY),
                ("a_max", ANY),
                ("b_min", ANY),
                ("b_max", ANY),
                ("clip", ANY),
                FLOAT,
            ],
        ),
        "ScaleIntensity" => (
            Some("minmax"),
            &[("minv", ZERO), ("maxv", ONE), ("channel_wise", OFF), FLOAT],
        ),
        "ScaleIntensityRangePercentiles" => (
            Some("minmax"),
            &[
                ("lower", ANY),
                ("upper", ANY),
                ("b_min", ZERO),
                ("b_max", ONE),
                ("clip", ANY),
                ("relative", OFF),
                ("channel_wise", OFF),
                FLOAT,
            ],
        ),
        "NormalizeIntensity" => (
            Some("normalize"),
            &[
                ("subtrahend", ANY),
                ("divisor", ANY),
                ("nonzero", OFF),
                ("channel_wise", ANY),
                FLOAT,
            ],
        ),
        "CropForeground" => (
            Some("crop"),
            &[
                ("source_key", ANY),
                ("margin", ANY),
                ("allow_smaller", ANY),
                ("k_divisible", &["1"]),
                ("mode", ANY),
                ("start_coord_key", ANY),
                ("end_coord_key", ANY),
            ],
        ),
        _ => return None,
    })
}

/// The step, from arguments that are all understood.
pub(super) fn put(call: &Call<'_>, draft: &mut Draft) {
    let (found, name, keys) = match call.name() {
        "Orientation" => (orientation(call), "orient", "axcodes"),
        "Spacing" => (spacing(call), "spacing", "pixdim or mode"),
        "ScaleIntensityRange" => (range(call), "window", "a_min, a_max, b_min, b_max or clip"),
        "ScaleIntensity" => {
            let whole = Step::MinMax { percentiles: None };
            (Some(whole), "minmax", "minv or maxv")
        }
        "ScaleIntensityRangePercentiles" => (
            percentiles(call),
            "minmax",
            "lower, upper, b_min, b_max or clip",
        ),
        "NormalizeIntensity" => (
            normalize(call),
            "normalize",
            "subtrahend, divisor or channel_wise",
        ),
        "CropForeground" => (
            foreground(call),
            "crop",
            "source_key, margin or allow_smaller",
        ),
        _ => return,
    };
    match found {
        Some(step) => draft.known(step, call.target),
        None => draft.todo(
            name,
            format!("{keys} cannot be taken over from {}", call.short()),
        ),
    }
}

fn orientation(call: &Call<'_>) -> Option<Step> {
    let code = call.get("axcodes")?.as_str()?;
    Orientation::parse(code).map(Step::Orient)
}

fn spacing(call: &Call<'_>) -> Option<Step> {
    let filter = match call.get("mode").map(Value::as_str) {
        None | Some(Some("bilinear")) => SpacingFilter::Linear,
        Some(Some("nearest")) => SpacingFilter::Nearest,
        Some(_) => return None,
    };
    let distances: [f64; 3] = numbers(call.get("pixdim"))?.try_into().ok()?;
    distances.iter().all(|one| *one > 0.0).then_some(())?;
    Some(Step::Spacing(Spacing {
        distances,
        engine: SpacingEngine::Monai,
        filter,
    }))
}

/// To 0..1 with clipping it is a window.
fn range(call: &Call<'_>) -> Option<Step> {
    let number = |key: &str| call.get(key).and_then(Value::as_f64);
    let (low, high) = (number("a_min")?, number("a_max")?);
    let unit = number("b_min")? == 0.0 && number("b_max")? == 1.0;
    (unit && clips(call) && high > low).then(|| Step::Window {
        center: f64::midpoint(low, high),
        width: high - low,
        output: WindowOutput::Unit,
    })
}

fn clips(call: &Call<'_>) -> bool {
    call.get("clip").and_then(Value::as_bool) == Some(true)
}

fn percentiles(call: &Call<'_>) -> Option<Step> {
    let number = |key: &str| call.get(key).and_then(Value::as_f64);
    // Their values are understood; here they must be said.
    number("b_min").and(number("b_max"))?;
    let (low, high) = (number("lower")?, number("upper")?);
    (clips(call) && low < high).then_some(Step::MinMax {
        percentiles: Some((low, high)),
    })
}

fn normalize(call: &Call<'_>) -> Option<Step> {
    let constant = |key: &str| match call.get(key)? {
        Value::Array(_) => numbers(call.get(key)),
        value => value.as_f64().map(|value| vec![value]),
    };
    let given = call.get("subtrahend").or(call.get("divisor")).is_some();
    if given {
        let (mean, std) = (constant("subtrahend")?, constant("divisor")?);
        return usable(&mean, &std).then_some(Step::Normalize { mean, std });
    }
    let whole = call.get("channel_wise").is_none_or(|value| value == false);
    whole.then_some(Step::Standardize)
}

fn foreground(call: &Call<'_>) -> Option<Step> {
    let margin = match call.get("margin") {
        None => 0,
        Some(value) => usize::try_from(value.as_u64()?).ok()?,
    };
    let own = call
        .get("source_key")
        .is_none_or(|key| key.as_str() == call.image());
    let smaller = call.get("allow_smaller").and_then(Value::as_bool) == Some(true);
    (own && smaller).then_some(Step::Crop(Crop::Foreground { above: 0.0, margin }))
}
