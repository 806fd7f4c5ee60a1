//! Orientation tags and JPEG decoders against Pillow and libjpeg-turbo (`fixtures/make_raster.py`).

use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::decode_as;
use crate::config::preprocess::{InputKind, RasterOptions, Turned};

fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/imaging/raster"
    ))
}

fn reference() -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder().join("raster.json")).unwrap()).unwrap()
}

/// Whether a file read so has the expected size and samples.
fn equals(file: &str, options: RasterOptions, expected: &Value) -> bool {
    let bytes = std::fs::read(folder().join(file)).unwrap();
    let image = decode_as(&bytes, None, InputKind::Raster, options)
        .unwrap()
        .image;
    let sha256 = Sha256::digest(image.samples.to_le_bytes());
    let sha256: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    expected["shape"][0] == image.rows
        && expected["shape"][1] == image.columns
        && expected["sha256"] == sha256
}

#[test]
fn orientation_tags_turn_images_where_that_is_declared() {
    let files = reference()["orientation"].as_object().unwrap().clone();
    assert_eq!(files.len(), 14);
    for (file, expected) in files {
        let upright = RasterOptions {
            turned: Turned::All,
            ..RasterOptions::default()
        };
        // As Pillow opens it: TIFF is turned by then.
        assert!(
            equals(&file, RasterOptions::default(), &expected["opened"]),
            "{file}"
        );
        assert!(equals(&file, upright, &expected["upright"]), "{file}");
    }
}

#[test]
fn jpeg_is_decoded_as_libjpeg_turbo_does_with_every_switch() {
    let files = reference()["jpeg"].as_object().unwrap().clone();
    assert_eq!(files.len(), 5);
    for (file, expected) in files {
        for (name, fast_idct, nearest_chroma) in [
            ("default", false, false),
            ("fast", true, false),
            ("nearest", false, true),
            ("both", true, true),
        ] {
            let options = RasterOptions {
                fast_idct,
                nearest_chroma,
                ..RasterOptions::default()
            };
            assert!(equals(&file, options, &expected[name]), "{file} {name}");
        }
        // The switches make a difference where there is chroma to upsample.
        assert_ne!(expected["default"], expected["fast"], "{file}");
        let chroma = file.starts_with("chroma_42");
        assert_eq!(expected["default"] != expected["nearest"], chroma, "{file}");
    }
}
