//! `normalize`.

use super::TransformError;
use crate::imaging::image::{Image, Samples};

/// (x - mean) / std by channel, in 32-bit arithmetic, as torchvision and numpy's float32 do.
pub(super) fn apply(image: Image, mean: &[f64], std: &[f64]) -> Result<Image, TransformError> {
    let channels = image.channels;
    let mean = by_channel("mean", mean, channels)?;
    let std = by_channel("std", std, channels)?;
    let mut values = image.samples.into_f32();
    match (&mean[..], &std[..]) {
        ([m0, m1, m2], [s0, s1, s2]) => {
            for pixel in values.chunks_exact_mut(3) {
                pixel[0] = (pixel[0] - m0) / s0;
                pixel[1] = (pixel[1] - m1) / s1;
                pixel[2] = (pixel[2] - m2) / s2;
            }
        }
        _ => {
            for pixel in values.chunks_exact_mut(channels) {
                for ((value, mean), std) in pixel.iter_mut().zip(&mean).zip(&std) {
                    *value = (*value - mean) / std;
                }
            }
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
