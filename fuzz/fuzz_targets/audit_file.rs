//! The audit file: the YAML tree, the validator, and the rendering of what is wrong.
#![no_main]

use std::path::Path;

use equipoise::config::{Need, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for need in [Need::Model, Need::Scores] {
        if let Err(errors) = parse(&text, "audit.yaml", Path::new(""), need) {
            let _ = errors.render(false);
            let _ = errors.to_json();
        }
    }
});
