//! numpy's `.npy` and `.npz`.
#![no_main]

use equipoise::config::InputKind;
use equipoise::imaging::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let result = decode(bytes, InputKind::Array);
    // A panic of a library is caught and told as this; none is expected of arrays.
    if let Err(error) = result {
        // The whole sentence: a part of it may stand in the file, whose header errors show.
        let gave_up = |format| format!("{format}: the decoding library gave up on the file");
        let told = error.to_string();
        assert!(!["NPY", "NPZ"].map(gave_up).contains(&told), "{told}");
    }
});
