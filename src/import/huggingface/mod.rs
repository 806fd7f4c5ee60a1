//! `preprocessor_config.json` of Hugging Face's transformers: resize, centre crop, rescale,
//! normalise, in this order, and what single classes do otherwise. What is said and not understood
//! becomes a TODO.

mod class;
mod crop;
mod keys;
mod resize;

use serde_json::Value;

use crate::config::{Channels, Crop, ResizeSize, Step};

use super::draft::Draft;
use super::{is_one_255th, numbers, pixels};
use class::{Class, Family};

/// Sides of the fitting crop are asked for in these words where versions differ.
const VERSIONS: &str = "the classes on Pillow and later fast ones begin at the whole part of half of what is left over, earlier fast ones at half to even, as `crop: {center}` does";

pub(super) fn read(value: &Value, mut draft: Draft) -> Draft {
    draft.kind = Some("raster");
    let name = ["image_processor_type", "feature_extractor_type"]
        .into_iter()
        .find_map(|key| value.get(key)?.as_str())
        .unwrap_or_default();
    let class = Class::of(name);
    if class.is_none() {
        let said = if name.is_empty() {
            "`image_processor_type` is not said".to_owned()
        } else {
            format!("`image_processor_type` is {name}, whose steps are not known here")
        };
        draft.unknown(format!("{said}; see that it does the steps below in this order and nothing else, then remove this line"));
    }
    channels(value, class, &mut draft);
    let size = match flag(value, "do_resize") {
        Some(true) => resize::resize(value, name, class, &mut draft),
        Some(false) => None,
        None => {
            draft.todo("resize", "`do_resize` is not said, and its default depends on the class; remove the step if images are not resized");
            None
        }
    };
    match flag(value, "do_center_crop") {
        Some(true) if class.is_none_or(Class::can_crop) => crop(value, size, class, &mut draft),
        None if class.is_none_or(Class::may_crop) => draft.todo("crop", "`do_center_crop` is not said, and its default depends on the class; remove the step if nothing is cut out"),
        _ => {}
    }
    scale(value, class, &mut draft);
    normalize(value, class, &mut draft);
    for other in keys::others(value, class) {
        draft.unknown(format!("{other}, which is not understood here; write what it does to pixels as a step at its place, or remove this line if it does nothing"));
    }
    draft.complete = true;
    draft
}

fn flag(value: &Value, key: &str) -> Option<bool> {
    value.get(key)?.as_bool()
}

/// MobileViT turns the order of channels after its other steps, which treat all channels alike.
fn channels(value: &Value, class: Option<Class>, draft: &mut Draft) {
    let turns = class.is_some_and(|class| class.family == Family::MobileVit);
    match flag(value, "do_flip_channel_order") {
        Some(true) if turns => draft.channels = Some(Channels::Bgr),
        // The class turns unless it is told otherwise.
        None if turns => {}
        _ if flag(value, "do_convert_rgb") == Some(true) => draft.channels = Some(Channels::Rgb),
        _ => {}
    }
}

/// `do_rescale`; EfficientNet's `rescale_offset` subtracts 1 where the factor is 1/127.5.
fn scale(value: &Value, class: Option<Class>, draft: &mut Draft) {
    let factor = value.get("rescale_factor").and_then(Value::as_f64);
    let factor = match (flag(value, "do_rescale"), factor) {
        (Some(false), _) => return,
        (Some(true), Some(factor)) if factor != 0.0 => factor,
        _ => {
            return draft.todo(
                "scale",
                "`do_rescale` or `rescale_factor` is not said; the library's default is 1/255",
            );
        }
    };
    let offset = class.is_some_and(|class| class.family == Family::EfficientNet)
        && flag(value, "rescale_offset") == Some(true);
    let half = is_one_255th(factor / 2.0);
    if offset && !half {
        return draft.todo("scale", format!("`rescale_offset` is true and `rescale_factor` {factor}: x * {factor} - 1 in later versions of the class, (x - 127.5) * {factor} in the first ones; they are the same for 1/127.5 alone"));
    }
    let (numerator, denominator) = match () {
        () if is_one_255th(factor) => (1.0, 255.0),
        () if half => (1.0, 127.5),
        () => (factor, 1.0),
    };
    let step = Step::Scale {
        numerator,
        denominator,
    };
    draft.known(step, "do_rescale, rescale_factor");
    if offset {
        let one = Step::Normalize {
            mean: vec![1.0],
            std: vec![1.0],
        };
        draft.known(one, "rescale_offset: minus 1");
    }
}

/// `do_normalize`; EfficientNet divides by the standard deviations again under `include_top`.
fn normalize(value: &Value, class: Option<Class>, draft: &mut Draft) {
    if class.is_some_and(|class| !class.normalizes) {
        return;
    }
    let (mean, std) = (
        numbers(value.get("image_mean")),
        numbers(value.get("image_std")),
    );
    let both = mean.zip(std).filter(|(mean, std)| usable(mean, std));
    match (flag(value, "do_normalize"), &both) {
        (Some(false), _) => {}
        (Some(true), Some((mean, std))) => draft.known(
            Step::Normalize {
                mean: mean.clone(),
                std: std.clone(),
            },
            "do_normalize, image_mean, image_std",
        ),
        _ => draft.todo(
            "normalize",
            "`do_normalize`, `image_mean` or `image_std` is not said",
        ),
    }
    if class.is_none_or(|class| class.family != Family::EfficientNet) {
        return;
    }
    match (flag(value, "include_top"), both) {
        (Some(false), _) => {}
        (Some(true), Some((_, std))) => {
            let mean = vec![0.0; std.len()];
            draft.known(
                Step::Normalize { mean, std },
                "include_top: divided by image_std once more",
            );
        }
        _ => draft.todo("normalize", "`include_top` or `image_std` is not said; the class divides by `image_std` once more unless `include_top` is false"),
    }
}

/// One or three means, and as many standard deviations, none of them zero.
pub(super) fn usable(mean: &[f64], std: &[f64]) -> bool {
    let count = |values: &[f64]| matches!(values.len(), 1 | 3);
    count(mean) && count(std) && std.iter().all(|value| *value != 0.0)
}

fn crop(value: &Value, before: Option<ResizeSize>, class: Option<Class>, draft: &mut Draft) {
    let size = value.get("crop_size");
    let side = pixels(size);
    let width = pixels(size.and_then(|size| size.get("width"))).or(side);
    let height = pixels(size.and_then(|size| size.get("height"))).or(side);
    let Some(sides) = width.zip(height) else {
        return draft.todo(
            "crop",
            "`do_center_crop` is true, but `crop_size` has no width and height",
        );
    };
    let fast = class.is_none_or(|class| class.fast);
    let crops = crop::center(before, sides, fast);
    put_crop(crops, sides, "do_center_crop, crop_size", draft);
}

/// Writes a crop, or asks for it where the steps do not say the same for every image.
fn put_crop(
    crops: Option<Vec<Crop>>,
    (width, height): (usize, usize),
    from: &str,
    draft: &mut Draft,
) {
    match crops {
        Some(crops) => crops
            .into_iter()
            .for_each(|crop| draft.known(Step::Crop(crop), from)),
        None => draft.todo("crop", format!("{width} wide, {height} high, out of the middle ({from}); {VERSIONS}, and images that are too small are filled up with zeros: say which ran")),
    }
}
