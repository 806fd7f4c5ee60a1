//! `window`.

use crate::imaging::image::{Image, Samples};

/// clip((x - (center - width / 2)) / width, 0, 1) in 32-bit arithmetic; the lower edge is computed
/// in 64 bits and rounded once. NaN stays NaN.
pub(super) fn apply(image: Image, center: f64, width: f64) -> Image {
    let (low, width) = ((center - width / 2.0) as f32, width as f32);
    let mut values = image.samples.into_f32();
    values
        .iter_mut()
        .for_each(|value| *value = ((*value - low) / width).clamp(0.0, 1.0));
    Image {
        samples: Samples::F32(values),
        ..image
    }
}
