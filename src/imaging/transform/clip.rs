//! `clip`.

use crate::imaging::image::{Image, Sample, Samples, any_type};

/// Limits every sample to `min..=max`. Integers stay integers where both limits are whole numbers
/// that the type can hold (or that limit nothing); otherwise the result is 32-bit float. NaN stays
/// NaN.
pub(super) fn apply(image: Image, min: f64, max: f64) -> Image {
    let kept = any_type!(&image.samples, values => keeps_type(values, min, max));
    let mut samples = if kept {
        image.samples
    } else {
        Samples::F32(image.samples.into_f32())
    };
    any_type!(&mut samples, values => limit(values, min, max));
    Image { samples, ..image }
}

/// A lower limit below the type's range, or an upper one above it, limits nothing.
fn keeps_type<T: Sample>(_: &[T], min: f64, max: f64) -> bool {
    (T::from_f64(min).is_some() || (min < 0.0 && min.fract() == 0.0))
        && (T::from_f64(max).is_some() || (max > 0.0 && max.fract() == 0.0))
}

fn limit<T: Sample>(values: &mut [T], min: f64, max: f64) {
    for value in values {
        let wide = value.to_f64();
        if wide < min {
            *value = T::from_f64(min).unwrap_or(*value);
        } else if wide > max {
            *value = T::from_f64(max).unwrap_or(*value);
        }
    }
}
