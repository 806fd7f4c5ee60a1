//! `scale`.

use crate::imaging::image::{Image, Samples};

/// Multiplies by the numerator, then divides by the denominator, each in 32-bit arithmetic: `1/255`
/// is numpy's `x / np.float32(255)`, which differs from multiplying by a rounded 1/255.
pub(super) fn apply(image: Image, numerator: f64, denominator: f64) -> Image {
    let (numerator, denominator) = (numerator as f32, denominator as f32);
    let scaled = |mut values: Vec<f32>| {
        if numerator != 1.0 {
            values.iter_mut().for_each(|value| *value *= numerator);
        }
        if denominator != 1.0 {
            values.iter_mut().for_each(|value| *value /= denominator);
        }
        values
    };
    let values = match &image.samples {
        // There are only 256 results.
        Samples::U8(values) => {
            let results = scaled((0..=u8::MAX).map(f32::from).collect());
            values
                .iter()
                .map(|&value| results[usize::from(value)])
                .collect()
        }
        _ => scaled(image.samples.into_f32()),
    };
    Image {
        samples: Samples::F32(values),
        ..image
    }
}
