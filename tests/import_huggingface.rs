//! What single image processor classes of transformers do becomes steps, and what a configuration
//! says beyond them becomes a TODO.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::{Value, json};
use support::{code, run, stderr, stdout};

/// A configuration of a class with the keys that all have, and more.
fn config(class: &str, more: Value) -> Value {
    let mut config = json!({"image_processor_type": class, "do_convert_rgb": true,
        "do_resize": true, "resample": 3, "size": {"height": 256, "width": 256},
        "do_rescale": true, "rescale_factor": 0.00392156862745098,
        "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]});
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    config
}

fn imported(config: &Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("preprocessor_config.json");
    std::fs::write(&file, config.to_string()).unwrap();
    let output = run(&["import", &file.display().to_string()]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output)
}

/// The entries of `preprocess`, without what they come from.
fn steps(config: &Value) -> Vec<String> {
    support::imported_steps(&imported(config))
}

const SCALED: [&str; 2] = [
    "scale: 1/255",
    "normalize: {mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}",
];

#[test]
fn convnext_crops_below_384_and_stretches_from_there() {
    let of = |size: u32, more: Value| {
        let mut config = config("ConvNextImageProcessor", more);
        config["size"] = json!({ "shortest_edge": size });
        config
    };
    let small = of(224, json!({"crop_pct": 0.875}));
    assert_eq!(
        steps(&small),
        [
            "resize: {shorter: 256, rounding: down, engine: pillow, filter: bicubic}",
            "crop: center_square",
            "crop: {center: {width: 224, height: 224}}",
            SCALED[0],
            SCALED[1],
        ]
    );
    // 224/256 is the class's default.
    assert_eq!(steps(&of(224, json!({}))), steps(&small));
    let whole = [
        "resize: {width: 384, height: 384, engine: pillow, filter: bicubic}",
        SCALED[0],
        SCALED[1],
    ];
    assert_eq!(steps(&of(384, json!({"crop_pct": 0.875}))), whole);
    // int(224 / 0.95) - 224 is odd: no step begins there for all widths.
    let odd = steps(&of(224, json!({"crop_pct": 0.95})));
    assert!(odd[0].starts_with("resize: {shorter: 235, "), "{odd:?}");
    assert!(odd[1].starts_with("crop: \"TODO: 224 wide"), "{odd:?}");
    let unclear = steps(&of(224, json!({"crop_pct": "most"})));
    assert!(
        unclear[0].starts_with("resize: \"TODO: `crop_pct`"),
        "{unclear:?}"
    );
    let rectangle = steps(&config("ConvNextImageProcessor", json!({})));
    assert!(rectangle[0].starts_with("resize: \"TODO"), "{rectangle:?}");
}

#[test]
fn efficientnet_subtracts_one_and_divides_again() {
    let half = 1.0 / 127.5;
    let of = |factor: f64, offset: bool, top: Value| {
        let more = json!({"do_center_crop": false, "rescale_factor": factor,
            "rescale_offset": offset, "include_top": top});
        steps(&config("EfficientNetImageProcessor", more))
    };
    let resize = "resize: {width: 256, height: 256, engine: pillow, filter: bicubic}";
    assert_eq!(
        of(half, true, json!(true)),
        [
            resize,
            "scale: 1/127.5",
            "normalize: {mean: [1], std: [1]}",
            SCALED[1],
            "normalize: {mean: [0, 0, 0], std: [0.25, 0.25, 0.25]}",
        ]
    );
    assert_eq!(
        of(half, false, json!(false)),
        [resize, "scale: 1/127.5", SCALED[1]]
    );
    // Versions of the class differ for other factors.
    let other = of(1.0 / 255.0, true, json!(false));
    assert!(
        other[1].starts_with("scale: \"TODO: `rescale_offset`"),
        "{other:?}"
    );
    // The class's default divides again.
    let silent = of(half, true, Value::Null);
    assert!(
        silent[4].starts_with("normalize: \"TODO: `include_top`"),
        "{silent:?}"
    );
}

#[test]
fn dpt_resizes_to_the_size_unless_it_keeps_the_aspect() {
    let of = |more: Value| steps(&config("DPTImageProcessor", more));
    let exact = of(
        json!({"keep_aspect_ratio": false, "ensure_multiple_of": 32, "do_pad": false,
        "size_divisor": null}),
    );
    assert_eq!(
        exact,
        [
            "resize: {width: 256, height: 256, engine: pillow, filter: bicubic}",
            SCALED[0],
            SCALED[1],
        ]
    );
    for (key, value) in [
        ("keep_aspect_ratio", json!(true)),
        ("ensure_multiple_of", json!(14)),
    ] {
        let steps = of(json!({key: value}));
        let begin = format!("resize: \"TODO: `{key}` is {value}");
        assert!(steps[0].starts_with(&begin), "{steps:?}");
    }
    let padded = of(json!({"do_pad": true, "size_divisor": 32}));
    assert!(
        padded[3].starts_with("\"TODO: `do_pad` is true"),
        "{padded:?}"
    );
    assert!(
        padded[4].starts_with("\"TODO: `size_divisor` is 32"),
        "{padded:?}"
    );
}

#[test]
fn mobilevit_turns_channels_and_does_not_normalise() {
    let more = |flip: bool| {
        json!({"do_flip_channel_order": flip, "do_center_crop": true,
            "crop_size": {"height": 224, "width": 224}, "do_normalize": null})
    };
    let turned = config("MobileViTImageProcessor", more(true));
    assert!(imported(&turned).contains("channels: bgr}"));
    assert_eq!(
        steps(&turned),
        [
            "resize: {width: 256, height: 256, engine: pillow, filter: bicubic}",
            "crop: {center: {width: 224, height: 224}}",
            "scale: 1/255",
        ]
    );
    let kept = config("MobileViTImageProcessor", more(false));
    assert!(imported(&kept).contains("channels: rgb}"));
    // The class turns where nothing is said.
    let mut silent = turned.clone();
    silent["do_flip_channel_order"] = Value::Null;
    assert!(imported(&silent).contains("channels: \"TODO"));
    // Another class does not know the key.
    let other = steps(&config(
        "ViTImageProcessor",
        json!({"do_flip_channel_order": true}),
    ));
    assert!(
        other[3].starts_with("\"TODO: `do_flip_channel_order` is true"),
        "{other:?}"
    );
}

#[test]
fn levit_resizes_to_more_than_it_says() {
    let more = json!({"size": {"shortest_edge": 224}, "do_center_crop": true,
        "crop_size": {"height": 224, "width": 224}});
    assert_eq!(
        steps(&config("LevitImageProcessor", more))[..3],
        [
            "resize: {shorter: 256, rounding: down, engine: pillow, filter: bicubic}",
            "crop: center_square",
            "crop: {center: {width: 224, height: 224}}",
        ]
    );
}

#[test]
fn fast_classes_resize_bytes_with_torchvision() {
    let vit = config(
        "ViTImageProcessorFast",
        json!({"resample": 2, "crop_size": null,
        "do_center_crop": null, "do_pad": null, "pad_size": null, "device": null,
        "data_format": "channels_first", "disable_grouping": null, "return_tensors": null,
        "input_data_format": null, "default_to_square": true}),
    );
    assert_eq!(
        steps(&vit),
        [
            "resize: {width: 256, height: 256, engine: torch, filter: bilinear, antialias: true, dtype: u8}",
            SCALED[0],
            SCALED[1],
        ]
    );
    // No engine here rounds a bicubic resize of bytes as torch does.
    let bicubic = steps(&config("ViTImageProcessorFast", json!({})));
    let begin = "resize: \"TODO: to 256 wide, 256 high; bicubic by torchvision";
    assert!(bicubic[0].starts_with(begin), "{bicubic:?}");
    // Versions differ in where the middle begins.
    let clip = config(
        "CLIPImageProcessorFast",
        json!({"resample": 2, "do_center_crop": true,
        "size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}),
    );
    let clip = steps(&clip);
    assert!(clip[0].starts_with("resize: {shorter: 224, rounding: down, engine: torch"));
    assert!(
        clip[1].starts_with("crop: \"TODO: 224 wide, 224 high"),
        "{clip:?}"
    );
}

#[test]
fn what_no_class_here_understands_is_told_with_its_value() {
    let cases = [
        ("do_thumbnail", json!(true)),
        ("do_align_long_axis", json!(true)),
        ("do_color_quantize", json!(true)),
        ("pad_size", json!({"height": 8, "width": 8})),
        ("crop_pct", json!(0.9)),
        ("data_format", json!("channels_last")),
        ("do_center_crop", json!(true)),
        ("auto_map", json!("mine.Mine")),
    ];
    for (key, value) in cases {
        let steps = steps(&config("ViTImageProcessor", json!({key: value})));
        let quoted = value.to_string().replace('"', "\\\"");
        let begin = format!("\"TODO: `{key}` is {quoted}, which is not understood");
        assert!(steps[3].starts_with(&begin), "{steps:?}");
        assert_eq!(steps.len(), 4, "{steps:?}");
    }
    // Steps that are off say nothing.
    let off =
        json!({"do_pad": false, "pad_size": {"height": 8, "width": 8}, "do_thumbnail": false});
    assert_eq!(steps(&config("ViTImageProcessor", off)).len(), 3);
}

#[test]
fn a_class_that_is_not_known_is_a_todo_and_refused() {
    let steps = steps(&config(
        "PerceiverImageProcessor",
        json!({"do_center_crop": false}),
    ));
    let begin = "\"TODO: `image_processor_type` is PerceiverImageProcessor";
    assert!(steps[0].starts_with(begin), "{steps:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.yaml");
    let more = json!({"do_thumbnail": true});
    std::fs::write(&file, imported(&config("ViTImageProcessor", more))).unwrap();
    let checked = run(&["check", &file.display().to_string()]);
    assert_eq!(code(&checked), 2);
    let told = stderr(&checked);
    let said = "error[todo]: `preprocess` is still to be found out: `do_thumbnail` is true";
    assert!(told.contains(said), "{told}");
    assert_eq!(
        told.matches("error[").count(),
        told.matches("error[todo]").count()
    );
}
