//! numpy's `.npy` and `.npz`.
#![no_main]

use equipoise::config::InputKind;
use equipoise::imaging::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let result = decode(bytes, InputKind::Array);
    // A panic of a library is caught and told as this; none is expected of arrays.
    if let Err(error) = result {
        assert!(!error.to_string().contains("gave up"), "{error}");
    }
});
