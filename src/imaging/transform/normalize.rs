//! `normalize`.

use super::TransformError;
use crate::imaging::image::{Image, Samples};

const PIXELS_TOGETHER: usize = 64;

/// (x - mean) / std by channel, in 32-bit arithmetic, as torchvision and numpy's float32 do.
pub(super) fn apply(image: Image, mean: &[f64], std: &[f64]) -> Result<Image, TransformError> {
    let channels = image.channels;
    let mean = by_channel("mean", mean, channels)?;
    let std = by_channel("std", std, channels)?;
    let mut values = image.samples.into_f32();
    // A few pixels at a time, so that the divisions can share an instruction.
    let (mean, std) = (mean.repeat(PIXELS_TOGETHER), std.repeat(PIXELS_TOGETHER));
    for pixels in values.chunks_mut(mean.len()) {
        for ((value, mean), std) in pixels.iter_mut().zip(&mean).zip(&std) {
            *value = (*value - mean) / std;
        }
    }
    Ok(Image {
        samples: Samples::F32(values),
        ..image
    })
}

fn by_channel(
    what: &'static str,
    values: &[f64],
    channels: usize,
) -> Result<Vec<f32>, TransformError> {
    match values {
        [one] => Ok(vec![*one as f32; channels]),
        several if several.len() == channels => {
            Ok(several.iter().map(|&value| value as f32).collect())
        }
        other => Err(TransformError::NormalizeChannels {
            what,
            found: other.len(),
            channels,
        }),
    }
}
