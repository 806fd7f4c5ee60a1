//! `flip`.

use crate::config::preprocess::Flip;
use crate::imaging::image::{Image, same_type};

/// Mirrors the image; the sample type stays.
pub(super) fn apply(image: Image, axis: Flip) -> Image {
    let (channels, stride) = (image.channels, image.columns * image.channels);
    let samples = same_type!(&image.samples, values => match axis {
        Flip::Horizontal => {
            let rows = values.chunks_exact(stride);
            rows.flat_map(|row| row.chunks_exact(channels).rev().flatten().copied()).collect()
        }
        Flip::Vertical => values.chunks_exact(stride).rev().flatten().copied().collect(),
    });
    Image { samples, ..image }
}
