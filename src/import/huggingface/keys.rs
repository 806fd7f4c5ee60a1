//! Keys of `preprocessor_config.json` that are understood or known to change no pixel; every other
//! key that says something is told.

use serde_json::Value;

use super::super::short;
use super::class::{Class, Family};

/// Keys of the steps that all classes have.
const STEPS: [&str; 9] = [
    "do_resize",
    "size",
    "resample",
    "do_rescale",
    "rescale_factor",
    "do_convert_rgb",
    "image_mean",
    "image_std",
    "crop_size",
];

/// Keys that change no pixel of the image: names, how tensors are returned, masks of training, and
/// how a bare number as `size` would be read, which is not read here.
const HARMLESS: [&str; 12] = [
    "image_processor_type",
    "feature_extractor_type",
    "processor_class",
    "_valid_processor_keys",
    "_valid_kwargs_names",
    "return_tensors",
    "device",
    "disable_grouping",
    "default_to_square",
    "do_reduce_labels",
    "reduce_labels",
    "segmentation_maps",
];

/// What is said beyond what is understood: key and value, an entry each.
pub(super) fn others(config: &Value, class: Option<Class>) -> Vec<String> {
    let entries = config.as_object().into_iter().flatten();
    let others = entries
        .filter(|(key, value)| !understood(key, class) && !without_effect(config, key, value));
    others
        .map(|(key, value)| format!("`{key}` is {}", short(value)))
        .collect()
}

fn understood(key: &str, class: Option<Class>) -> bool {
    if STEPS.contains(&key) || HARMLESS.contains(&key) {
        return true;
    }
    let family = class.map(|class| class.family);
    match key {
        "do_center_crop" => class.is_none_or(Class::can_crop),
        "do_normalize" => class.is_none_or(|class| class.normalizes),
        "crop_pct" => family == Some(Family::ConvNext),
        "rescale_offset" | "include_top" => family == Some(Family::EfficientNet),
        "keep_aspect_ratio" | "ensure_multiple_of" => family == Some(Family::Dpt),
        "do_flip_channel_order" => family == Some(Family::MobileVit),
        _ => false,
    }
}

/// A key that is not set, a step that is off, what belongs to one, and the usual order of axes.
fn without_effect(config: &Value, key: &str, value: &Value) -> bool {
    let off = |key: &str| config.get(key) == Some(&Value::Bool(false));
    match key {
        _ if value.is_null() => true,
        "data_format" => value == "channels_first",
        "pad_size" | "size_divisor" => off("do_pad"),
        _ => key.starts_with("do_") && value == false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_says_something_is_told() {
        let class = Class::of("DPTImageProcessor");
        let quiet = json!({"do_pad": false, "size_divisor": 32, "pad_size": null,
            "keep_aspect_ratio": true, "processor_class": "x", "data_format": "channels_first"});
        assert_eq!(others(&quiet, class), Vec::<String>::new());
        let loud = json!({"do_pad": true, "size_divisor": 32, "crop_pct": 0.9,
            "data_format": "channels_last", "auto_map": {"AutoImageProcessor": "mine.Mine"}});
        assert_eq!(
            others(&loud, class),
            [
                "`auto_map` is {\"AutoImageProcessor\":\"mine.Mine\"}",
                "`crop_pct` is 0.9",
                "`data_format` is \"channels_last\"",
                "`do_pad` is true",
                "`size_divisor` is 32",
            ]
        );
    }
}
