//! `histogram_equalize`: a table from gray level to gray level that makes all levels about equally
//! frequent. Libraries round it differently, so that each is followed on its own.

use super::TransformError;
use crate::config::preprocess::EqualizeEngine;
use crate::imaging::image::{Image, Samples};

/// Equalises an image, or every frame of a volume on its own.
///
/// With `h` the histogram and `H(v)` the pixels at or below `v`:
/// - OpenCV's `equalizeHist` (8-bit, one channel): `round((H(v) - h0) * 255 / (n - h0))`, halves to
///   even, where `h0` counts the least level that occurs; the factor and the product are 32-bit.
/// - Pillow's `ImageOps.equalize` (8-bit, every channel on its own): with
///   `s = floor((n - h1) / 255)`, where `h1` counts the largest level that occurs,
///   `floor((floor(s / 2) + H(v) - h(v)) / s)`, at most 255; unchanged where `s` is 0.
/// - scikit-image's `exposure.equalize_hist` (8- or 16-bit, one channel): `H(v) / n`, from 0 to 1.
pub(super) fn apply(image: Image, engine: EqualizeEngine) -> Result<Image, TransformError> {
    let name = match engine {
        EqualizeEngine::OpenCv => "OpenCV's equalizeHist",
        EqualizeEngine::Pillow => "Pillow's ImageOps.equalize",
        EqualizeEngine::Skimage => "scikit-image's equalize_hist",
    };
    if image.channels != 1 && engine != EqualizeEngine::Pillow {
        return Err(TransformError::OneChannel {
            engine: name,
            channels: image.channels,
        });
    }
    let frame = image.rows * image.columns * image.channels;
    let samples = match (&image.samples, engine) {
        (Samples::U8(values), EqualizeEngine::OpenCv) => {
            Samples::U8(each_frame(values, frame, opencv))
        }
        (Samples::U8(values), EqualizeEngine::Pillow) => {
            let channels = image.channels;
            Samples::U8(each_frame(values, frame, |values| pillow(values, channels)))
        }
        (Samples::U8(values), EqualizeEngine::Skimage) => {
            Samples::F32(each_frame(values, frame, cumulative::<u8, 256>))
        }
        (Samples::U16(values), EqualizeEngine::Skimage) => {
            Samples::F32(each_frame(values, frame, cumulative::<u16, 65_536>))
        }
        (other, _) => {
            return Err(TransformError::UnsupportedStepType {
                step: "histogram_equalize",
                engine: name,
                dtype: other.dtype(),
                expected: match engine {
                    EqualizeEngine::Skimage => "uint8 or uint16",
                    _ => "uint8",
                },
            });
        }
    };
    Ok(Image { samples, ..image })
}

fn each_frame<T, U>(values: &[T], size: usize, run: impl Fn(&[T]) -> Vec<U>) -> Vec<U> {
    values.chunks_exact(size).flat_map(run).collect()
}

fn histogram<T: Copy + Into<usize>, const LEVELS: usize>(
    values: impl Iterator<Item = T>,
) -> Vec<usize> {
    let mut counts = vec![0; LEVELS];
    for value in values {
        counts[value.into()] += 1;
    }
    counts
}

fn opencv(values: &[u8]) -> Vec<u8> {
    let counts = histogram::<u8, 256>(values.iter().copied());
    let first = counts.iter().position(|count| *count > 0).unwrap_or(0);
    let rest = values.len() - counts[first];
    if rest == 0 {
        return values.to_vec();
    }
    let factor = 255.0_f32 / rest as f32;
    let mut below = 0;
    let mut table = [0_u8; 256];
    for level in first + 1..256 {
        below += counts[level];
        table[level] = (below as f32 * factor).round_ties_even() as u8;
    }
    values
        .iter()
        .map(|value| table[usize::from(*value)])
        .collect()
}

fn pillow(values: &[u8], channels: usize) -> Vec<u8> {
    let mut out = values.to_vec();
    for channel in 0..channels {
        let own = || values.iter().skip(channel).step_by(channels).copied();
        let counts = histogram::<u8, 256>(own());
        let last = counts.iter().rev().find(|count| **count > 0);
        let step = (values.len() / channels - last.copied().unwrap_or(0)) / 255;
        if step == 0 {
            continue;
        }
        let mut sum = step / 2;
        let mut table = [0_u8; 256];
        for (entry, count) in table.iter_mut().zip(&counts) {
            *entry = (sum / step).min(255) as u8;
            sum += count;
        }
        for value in out.iter_mut().skip(channel).step_by(channels) {
            *value = table[usize::from(*value)];
        }
    }
    out
}

fn cumulative<T: Copy + Into<usize>, const LEVELS: usize>(values: &[T]) -> Vec<f32> {
    let counts = histogram::<T, LEVELS>(values.iter().copied());
    let mut sum = 0;
    let table: Vec<f32> = counts
        .iter()
        .map(|count| {
            sum += count;
            (sum as f64 / values.len() as f64) as f32
        })
        .collect();
    values.iter().map(|value| table[(*value).into()]).collect()
}
