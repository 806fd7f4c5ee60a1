//! `standardize`.

use super::TransformError;
use crate::imaging::image::{Image, Sample, Samples, any_type};

/// (x - mean) / standard deviation, both over all samples of the image; the deviation is that of the
/// population. Mean and deviation are computed in 64 bits and rounded once, the rest in 32 bits.
pub(super) fn apply(image: Image) -> Result<Image, TransformError> {
    let (mean, deviation) = any_type!(&image.samples, values => moments(values));
    if !mean.is_finite() || !deviation.is_finite() {
        return Err(TransformError::NotFinite {
            step: "standardize",
        });
    }
    let (mean, deviation) = (mean as f32, deviation as f32);
    if deviation == 0.0 {
        return Err(TransformError::ConstantImage);
    }
    let mut values = image.samples.into_f32();
    values
        .iter_mut()
        .for_each(|value| *value = (*value - mean) / deviation);
    Ok(Image {
        samples: Samples::F32(values),
        ..image
    })
}

fn moments<T: Sample>(values: &[T]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().map(|value| value.to_f64()).sum::<f64>() / count;
    let variance = values
        .iter()
        .map(|value| (value.to_f64() - mean).powi(2))
        .sum::<f64>()
        / count;
    (mean, variance.sqrt())
}
