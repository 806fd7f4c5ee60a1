//! `minmax`.

use super::TransformError;
use crate::imaging::image::{Image, Samples};

/// (x - low) / (high - low), low and high being the least and the largest sample of the image, or two
/// of its percentiles (numpy's `linear` method), to which samples are then clipped. In 32 bits, as
/// MONAI's `ScaleIntensity` and `ScaleIntensityRangePercentiles` to 0..1.
pub(super) fn apply(
    image: Image,
    percentiles: Option<(f64, f64)>,
) -> Result<Image, TransformError> {
    let mut values = image.samples.into_f32();
    if values.iter().any(|value| !value.is_finite()) {
        return Err(TransformError::NotFinite { step: "minmax" });
    }
    let (low, high) = match percentiles {
        None => ends(&values),
        Some((low, high)) => {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f32::total_cmp);
            (percentile(&sorted, low), percentile(&sorted, high))
        }
    };
    if low >= high {
        return Err(TransformError::ConstantImage);
    }
    let range = high - low;
    for value in &mut values {
        *value = (*value - low) / range;
        if percentiles.is_some() {
            *value = value.clamp(0.0, 1.0);
        }
    }
    Ok(Image {
        samples: Samples::F32(values),
        ..image
    })
}

fn ends(values: &[f32]) -> (f32, f32) {
    let each = values.iter().copied();
    each.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// Between the neighbours of position q / 100 * (n - 1), in proportion.
fn percentile(sorted: &[f32], q: f64) -> f32 {
    let place = q / 100.0 * sorted.len().saturating_sub(1) as f64;
    let below = place.floor() as usize;
    let at = |place: usize| f64::from(sorted.get(place).copied().unwrap_or_default());
    let above = (below + 1).min(sorted.len().saturating_sub(1));
    (at(below) + (at(above) - at(below)) * place.fract()) as f32
}
