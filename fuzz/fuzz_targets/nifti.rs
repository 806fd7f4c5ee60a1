//! NIfTI: the header, gzip, the voxels, orientation, and the steps that need a place.
#![no_main]

use equipoise::config::{Channels, InputKind, InputSpec, Orientation, Step};
use equipoise::imaging::{Pipeline, nifti};
use libfuzzer_sys::fuzz_target;

/// Bytes of voxels above which only reading is tried, so that one input takes no minute.
const MOST_BYTES: usize = 1 << 22;

fuzz_target!(|bytes: &[u8]| {
    let Ok(volume) = nifti::read(bytes, None, None) else {
        return;
    };
    if volume.voxels.stored.len() > MOST_BYTES {
        return;
    }
    let _ = volume.c_order();
    let _ = volume.closest_canonical();
    let Ok(decoded) = volume.into_decoded() else {
        return;
    };
    let input = InputSpec {
        kind: InputKind::Volume,
        channels: Channels::Gray,
        dicom: Default::default(),
        raster: Default::default(),
    };
    let steps = [Step::Orient(Orientation::RAS), Step::Standardize];
    let _ = Pipeline::new(input, &steps).apply(decoded.image);
});
