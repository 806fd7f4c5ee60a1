//! `flip`.

use crate::config::preprocess::Flip;
use crate::imaging::image::{Image, same_type};

/// Mirrors the image, or every frame of a volume, or the order of its frames; the sample type
/// stays.
pub(super) fn apply(image: Image, axis: Flip) -> Image {
    let (channels, stride) = (image.channels, image.columns * image.channels);
    let plane = stride * image.rows;
    let samples = same_type!(&image.samples, values => match axis {
        Flip::Horizontal => {
            let rows = values.chunks_exact(stride);
            rows.flat_map(|row| row.chunks_exact(channels).rev().flatten().copied()).collect()
        }
        Flip::Vertical => {
            let frames = values.chunks_exact(plane);
            frames.flat_map(|frame| frame.chunks_exact(stride).rev().flatten().copied()).collect()
        }
        Flip::Depth => values.chunks_exact(plane).rev().flatten().copied().collect(),
    });
    let reversed = match axis {
        Flip::Horizontal => [true, false, false],
        Flip::Vertical => [false, true, false],
        Flip::Depth => [false, false, true],
    };
    let from = [(0, reversed[0]), (1, reversed[1]), (2, reversed[2])];
    let size = [image.columns, image.rows, image.frames];
    Image {
        samples,
        geometry: image.geometry.map(|place| place.rearranged(from, size)),
        ..image
    }
}
