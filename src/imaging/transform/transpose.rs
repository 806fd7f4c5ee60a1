//! `transpose`.

use crate::imaging::image::{Image, same_type};

/// Exchanges rows and columns, frame by frame, as `numpy.swapaxes(image, 0, 1)` does.
pub(super) fn apply(image: Image) -> Image {
    columns_as_rows(image, false)
}

/// Makes every column a row, read downwards: the first, or the last, becomes the first row.
pub(super) fn columns_as_rows(image: Image, last_first: bool) -> Image {
    let (rows, columns, channels) = (image.rows, image.columns, image.channels);
    let samples = same_type!(&image.samples, values => {
        let mut turned = Vec::with_capacity(values.len());
        for frame in values.chunks_exact(rows * columns * channels) {
            for place in 0..columns {
                let column = if last_first { columns - 1 - place } else { place };
                for row in 0..rows {
                    let at = (row * columns + column) * channels;
                    turned.extend_from_slice(&frame[at..at + channels]);
                }
            }
        }
        turned
    });
    let from = [(1, false), (0, last_first), (2, false)];
    let size = [columns, rows, image.frames];
    Image {
        rows: columns,
        columns: rows,
        samples,
        geometry: image.geometry.map(|place| place.rearranged(from, size)),
        ..image
    }
}
