//! timm's data configuration (`pretrained_cfg`): resize with Pillow to size / crop_pct, centre
//! crop, 1/255, normalise.

use serde_json::Value;

use crate::config::{
    Channels, Crop, PillowFilter, PillowVersion, Resize, ResizeEngine, ResizeSize, SideRounding,
    Step,
};

use super::draft::Draft;
use super::huggingface::usable;
use super::{numbers, short};

/// Keys that are read, beside and inside `pretrained_cfg`.
const READ: [&str; 9] = [
    "pretrained_cfg",
    "input_size",
    "interpolation",
    "crop_pct",
    "crop_mode",
    "mean",
    "std",
    "num_classes",
    "label_names",
];

/// Keys that say nothing of how an image is prepared: names, places, layers and papers.
const HARMLESS: [&str; 28] = [
    "architecture",
    "num_features",
    "global_pool",
    "label_descriptions",
    "url",
    "file",
    "source",
    "hf_hub_id",
    "hf_hub_filename",
    "tag",
    "license",
    "description",
    "paper_ids",
    "paper_name",
    "origin_url",
    "notes",
    "custom_load",
    "classifier",
    "first_conv",
    "pool_size",
    "fixed_input_size",
    "min_input_size",
    "library_name",
    "transformers_version",
    "model_type",
    "architectures",
    "model_args",
    "test_pool_size",
];

/// Sizes that timm takes only where it is asked to (`use_test_size`), as its validate.py does.
const TEST: [&str; 2] = ["test_input_size", "test_crop_pct"];

pub(super) fn read(value: &Value, mut draft: Draft) -> Draft {
    let cfg = value.get("pretrained_cfg").unwrap_or(value);
    draft.kind = Some("raster");
    let size: Option<Vec<usize>> =
        cfg.get("input_size")
            .and_then(Value::as_array)
            .and_then(|sizes| {
                sizes
                    .iter()
                    .map(|size| usize::try_from(size.as_u64()?).ok())
                    .collect()
            });
    match size.as_deref() {
        Some(&[channels, height, width]) if height > 0 && width > 0 => {
            draft.channels = (channels == 3).then_some(Channels::Rgb);
            sizes(cfg, (width, height), &mut draft);
        }
        _ => draft.todo(
            "resize",
            "`input_size` is not said as channels, height, width",
        ),
    }
    let scale = Step::Scale {
        numerator: 1.0,
        denominator: 255.0,
    };
    draft.known(scale, "timm's transform always turns 8-bit samples to 0..1");
    match (numbers(cfg.get("mean")), numbers(cfg.get("std"))) {
        (Some(mean), Some(std)) if usable(&mean, &std) => {
            draft.known(Step::Normalize { mean, std }, "mean, std");
        }
        _ => draft.todo("normalize", "`mean` or `std` is not said"),
    }
    let classes = value.get("num_classes").or_else(|| cfg.get("num_classes"));
    if classes.and_then(Value::as_u64) == Some(1) {
        draft.head = Some("binary");
    }
    let names = value.get("label_names").or_else(|| cfg.get("label_names"));
    let names = names.and_then(Value::as_array).into_iter().flatten();
    draft.labels = names
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    others(value, &mut draft);
    if cfg.as_object() != value.as_object() {
        others(cfg, &mut draft);
    }
    draft.complete = true;
    draft
}

/// What is said beyond what is read.
fn others(config: &Value, draft: &mut Draft) {
    for (key, value) in config.as_object().into_iter().flatten() {
        let key = key.as_str();
        if value.is_null() || READ.contains(&key) || HARMLESS.contains(&key) {
            continue;
        }
        let said = format!("`{key}` is {}", short(value));
        if TEST.contains(&key) {
            draft.notes.push(format!("{said}: timm takes it in validate.py and with use_test_size=True; the steps here are those without it, of input_size and crop_pct"));
        } else {
            draft.unknown(format!("{said}, which is not understood here; write what it does to pixels as a step at its place, or remove this line if it does nothing"));
        }
    }
}

/// Resize and crop by `crop_mode`: `squash` stretches, everything else keeps the aspect.
fn sizes(cfg: &Value, (width, height): (usize, usize), draft: &mut Draft) {
    let said = |key: &str| cfg.get(key).and_then(Value::as_str);
    let filter = match said("interpolation") {
        Some("bilinear") => PillowFilter::Bilinear,
        Some("bicubic") => PillowFilter::Bicubic,
        Some("lanczos") => PillowFilter::Lanczos,
        Some("nearest") => PillowFilter::Nearest,
        Some("box") => PillowFilter::Box,
        _ => return draft.todo("resize", format!("to {width} wide, {height} high; `interpolation` is not said or not one that is known")),
    };
    let Some(share) = cfg
        .get("crop_pct")
        .and_then(Value::as_f64)
        .filter(|share| *share > 0.0 && *share <= 1.0)
    else {
        let said = cfg
            .get("crop_pct")
            .map_or_else(|| "not said".to_owned(), short);
        return draft.todo(
            "resize",
            format!("`crop_pct` is {said}, expected a share up to 1"),
        );
    };
    let before = |side: usize| (side as f64 / share).floor() as usize;
    let (size, whole) = match said("crop_mode").unwrap_or("center") {
        "squash" => {
            let size = ResizeSize::Exact {
                width: before(width),
                height: before(height),
            };
            (size, (before(width), before(height)) == (width, height))
        }
        // torchvision's `Resize` of one number, only where both sides are the same.
        "center" if before(width) == before(height) => {
            let size = ResizeSize::Shorter {
                side: before(width),
                rounding: SideRounding::Down,
            };
            (size, false)
        }
        mode => {
            let name = format!("{filter:?}").to_lowercase();
            return draft.todo("resize", format!("with Pillow, {name}, aspect kept, to {width} x {height} (`crop_mode` {mode}); timm's own resize of sizes that are not square, or its borders, are not known here, so say how images of one size get there"));
        }
    };
    let resize = Resize {
        size,
        engine: ResizeEngine::Pillow {
            filter,
            version: PillowVersion::Unnamed,
        },
    };
    draft.known(
        Step::Resize(resize),
        "input_size, crop_pct, crop_mode, interpolation",
    );
    if !whole {
        draft.known(
            Step::Crop(Crop::Center {
                width,
                height,
                depth: None,
            }),
            "input_size",
        );
    }
}
