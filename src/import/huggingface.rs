//! `preprocessor_config.json` of Hugging Face's transformers: resize, centre crop, rescale,
//! normalise, in this order.

use serde_json::Value;

use crate::config::{
    Channels, Crop, PillowFilter, PillowVersion, Resize, ResizeEngine, ResizeSize, SideRounding,
    Step,
};

use super::draft::Draft;
use super::{is_one_255th, numbers, pixels};

pub(super) fn read(value: &Value, mut draft: Draft) -> Draft {
    draft.kind = Some("raster");
    let class = ["image_processor_type", "feature_extractor_type"]
        .into_iter()
        .find_map(|key| value.get(key)?.as_str())
        .unwrap_or_default();
    if value.get("do_convert_rgb").and_then(Value::as_bool) == Some(true) {
        draft.channels = Some(Channels::Rgb);
    }
    match flag(value, "do_resize") {
        Some(true) => resize(value, class, &mut draft),
        Some(false) => {}
        None => draft.todo("resize", "`do_resize` is not said, and its default depends on the class; remove the step if images are not resized"),
    }
    match flag(value, "do_center_crop") {
        Some(true) => crop(value, &mut draft),
        // The ViT class has no such parameter.
        None if !class.starts_with("ViT") => draft.todo("crop", "`do_center_crop` is not said, and its default depends on the class; remove the step if nothing is cut out"),
        _ => {}
    }
    match (
        flag(value, "do_rescale"),
        value.get("rescale_factor").map(Value::as_f64),
    ) {
        (Some(false), _) => {}
        (Some(true), Some(Some(factor))) if factor != 0.0 => {
            let step = if is_one_255th(factor) {
                Step::Scale {
                    numerator: 1.0,
                    denominator: 255.0,
                }
            } else {
                Step::Scale {
                    numerator: factor,
                    denominator: 1.0,
                }
            };
            draft.known(step, "do_rescale, rescale_factor");
        }
        _ => draft.todo(
            "scale",
            "`do_rescale` or `rescale_factor` is not said; the library's default is 1/255",
        ),
    }
    match (
        flag(value, "do_normalize"),
        numbers(value.get("image_mean")),
        numbers(value.get("image_std")),
    ) {
        (Some(false), ..) => {}
        (Some(true), Some(mean), Some(std)) if usable(&mean, &std) => {
            draft.known(
                Step::Normalize { mean, std },
                "do_normalize, image_mean, image_std",
            );
        }
        _ => draft.todo(
            "normalize",
            "`do_normalize`, `image_mean` or `image_std` is not said",
        ),
    }
    draft.complete = true;
    draft
}

fn flag(value: &Value, key: &str) -> Option<bool> {
    value.get(key)?.as_bool()
}

/// One or three means, and as many standard deviations, none of them zero.
pub(super) fn usable(mean: &[f64], std: &[f64]) -> bool {
    let count = |values: &[f64]| matches!(values.len(), 1 | 3);
    count(mean) && count(std) && std.iter().all(|value| *value != 0.0)
}

fn resize(value: &Value, class: &str, draft: &mut Draft) {
    let said = value.get("size");
    let Some(size) = size(said) else {
        let said = said.map_or_else(|| "nothing".to_owned(), Value::to_string);
        return draft.todo("resize", format!("`size` is {said}; expected width and height, or the shortest edge alone; what a bare number means depends on the class"));
    };
    let to = match size {
        ResizeSize::Exact { width, height } => format!("to {width} wide, {height} high"),
        ResizeSize::Shorter { side, .. } => format!("the shorter side to {side}, aspect kept"),
        ResizeSize::Longer { side, .. } => format!("the longer side to {side}, aspect kept"),
    };
    let filter = match value.get("resample").and_then(Value::as_u64) {
        Some(0) => PillowFilter::Nearest,
        Some(1) => PillowFilter::Lanczos,
        Some(2) => PillowFilter::Bilinear,
        Some(3) => PillowFilter::Bicubic,
        Some(4) => PillowFilter::Box,
        other => {
            let said = other.map_or_else(|| "not said".to_owned(), |code| code.to_string());
            return draft.todo(
                "resize",
                format!("{to}; the filter (`resample`) is {said}, expected 0 to 4"),
            );
        }
    };
    if class.is_empty() || class.ends_with("Fast") {
        let name = format!("{filter:?}").to_lowercase();
        return draft.todo("resize", format!("{to}, {name}; whether Pillow (slow image processor) or torchvision (fast) resized is not said"));
    }
    let step = Step::Resize(Resize {
        size,
        engine: ResizeEngine::Pillow {
            filter,
            version: PillowVersion::Unnamed,
        },
    });
    draft.known(step, format!("size, resample; {class} resizes with Pillow, its fast variant with torchvision: ask which ran"));
}

/// `{"height", "width"}`, or `{"shortest_edge"}`, whose longer edge becomes
/// `int(size * long / short)` (`get_resize_output_image_size`).
fn size(said: Option<&Value>) -> Option<ResizeSize> {
    let size = said?.as_object()?;
    let side = |key: &str| pixels(size.get(key));
    match (side("width"), side("height"), side("shortest_edge")) {
        (Some(width), Some(height), None) => Some(ResizeSize::Exact { width, height }),
        (None, None, Some(side)) if size.len() == 1 => Some(ResizeSize::Shorter {
            side,
            rounding: SideRounding::Down,
        }),
        _ => None,
    }
}

fn crop(value: &Value, draft: &mut Draft) {
    let size = value.get("crop_size");
    let side = pixels(size);
    let width = pixels(size.and_then(|size| size.get("width"))).or(side);
    let height = pixels(size.and_then(|size| size.get("height"))).or(side);
    match (width, height) {
        (Some(width), Some(height)) => draft.known(
            Step::Crop(Crop::Center {
                width,
                height,
                depth: None,
            }),
            "do_center_crop, crop_size",
        ),
        _ => draft.todo(
            "crop",
            "`do_center_crop` is true, but `crop_size` has no width and height",
        ),
    }
}
