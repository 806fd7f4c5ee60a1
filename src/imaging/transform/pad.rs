//! `pad`.

use super::TransformError;
use crate::imaging::image::{Image, MAX_SAMPLES, Sample, Samples, any_type};

/// Puts the image into the middle of a larger one; where the difference is odd, the end gets one
/// more. The sample type stays if it can hold the value, and becomes 32-bit float otherwise.
pub(super) fn apply(
    image: Image,
    width: usize,
    height: usize,
    depth: Option<usize>,
    value: f64,
) -> Result<Image, TransformError> {
    let depth = depth.unwrap_or(image.frames);
    if depth < image.frames {
        return Err(TransformError::PadFramesSmaller {
            depth,
            frames: image.frames,
        });
    }
    if width < image.columns || height < image.rows {
        return Err(TransformError::PadSmaller {
            width,
            height,
            columns: image.columns,
            rows: image.rows,
        });
    }
    let count = width
        .checked_mul(height)
        .and_then(|plane| plane.checked_mul(depth))
        .and_then(|pixels| pixels.checked_mul(image.channels));
    let Some(count) = count.filter(|&count| count <= MAX_SAMPLES) else {
        return Err(TransformError::TooLarge {
            rows: height,
            columns: width,
            channels: image.channels,
        });
    };
    let (left, top) = ((width - image.columns) / 2, (height - image.rows) / 2);
    let front = (depth - image.frames) / 2;
    let place = Place {
        stride: width * image.channels,
        plane: width * height * image.channels,
        left: left * image.channels,
        top,
        front,
        row_length: image.columns * image.channels,
        old_plane: image.columns * image.rows * image.channels,
        count,
    };
    let kept = match &image.samples {
        Samples::U8(values) => u8::from_f64(value).map(|fill| Samples::U8(place.put(values, fill))),
        Samples::U16(values) => {
            u16::from_f64(value).map(|fill| Samples::U16(place.put(values, fill)))
        }
        Samples::I16(values) => {
            i16::from_f64(value).map(|fill| Samples::I16(place.put(values, fill)))
        }
        Samples::U32(values) => {
            u32::from_f64(value).map(|fill| Samples::U32(place.put(values, fill)))
        }
        Samples::I32(values) => {
            i32::from_f64(value).map(|fill| Samples::I32(place.put(values, fill)))
        }
        Samples::F32(values) => Some(Samples::F32(place.put(values, value as f32))),
        Samples::F64(values) => Some(Samples::F64(place.put(values, value))),
    };
    let samples = kept.unwrap_or_else(|| {
        let floats: Vec<f32> =
            any_type!(&image.samples, values => values.iter().map(|v| v.to_f32()).collect());
        Samples::F32(place.put(&floats, value as f32))
    });
    let first = [left, top, front].map(|before| -(before as f64));
    Ok(Image {
        frames: depth,
        rows: height,
        columns: width,
        samples,
        geometry: image.geometry.map(|place| place.resampled(first, [1.0; 3])),
        ..image
    })
}

/// Where the image goes, in samples.
struct Place {
    stride: usize,
    plane: usize,
    left: usize,
    top: usize,
    front: usize,
    row_length: usize,
    old_plane: usize,
    count: usize,
}

impl Place {
    fn put<T: Copy>(&self, values: &[T], fill: T) -> Vec<T> {
        let mut padded = vec![fill; self.count];
        let planes = padded.chunks_exact_mut(self.plane).skip(self.front);
        for (plane, old) in planes.zip(values.chunks_exact(self.old_plane)) {
            let rows = plane.chunks_exact_mut(self.stride).skip(self.top);
            for (to, from) in rows.zip(old.chunks_exact(self.row_length)) {
                to[self.left..self.left + self.row_length].copy_from_slice(from);
            }
        }
        padded
    }
}
