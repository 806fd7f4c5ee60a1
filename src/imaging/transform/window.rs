//! `window`.

use super::TransformError;
use crate::config::preprocess::{ByteRounding, WindowOutput};
use crate::imaging::image::{Image, Sample, Samples, any_type};

/// clip((x - (center - width / 2)) / width, 0, 1) in 32-bit arithmetic; the lower edge is computed
/// in 64 bits and rounded once. NaN stays NaN.
///
/// Bytes are 255 times that, rounded or cut off: 32-bit floats in 32-bit arithmetic, all other types
/// in 64 bits, as numpy does. NaN is no byte.
pub(super) fn apply(
    image: Image,
    center: f64,
    width: f64,
    output: WindowOutput,
) -> Result<Image, TransformError> {
    let low = center - width / 2.0;
    let samples = match (output, &image.samples) {
        (WindowOutput::Bytes(rounding), Samples::F32(values)) => {
            let (low, width) = (low as f32, width as f32);
            let part = |value: &f32| f64::from(((value - low) / width).clamp(0.0, 1.0) * 255.0);
            bytes(values.iter().map(part), rounding)?
        }
        (WindowOutput::Bytes(rounding), other) => any_type!(other, values => {
            let part = |value: f64| ((value - low) / width).clamp(0.0, 1.0) * 255.0;
            bytes(values.iter().map(|value| part(value.to_f64())), rounding)?
        }),
        (WindowOutput::Unit, _) => {
            let (low, width) = (low as f32, width as f32);
            let mut values = image.samples.into_f32();
            values
                .iter_mut()
                .for_each(|value| *value = ((*value - low) / width).clamp(0.0, 1.0));
            return Ok(Image {
                samples: Samples::F32(values),
                ..image
            });
        }
    };
    Ok(Image { samples, ..image })
}

fn bytes(
    values: impl Iterator<Item = f64>,
    rounding: ByteRounding,
) -> Result<Samples, TransformError> {
    let bytes: Option<Vec<u8>> = values
        .map(|value| (!value.is_nan()).then(|| rounding.byte(value)))
        .collect();
    bytes
        .map(Samples::U8)
        .ok_or(TransformError::NotFinite { step: "window" })
}
