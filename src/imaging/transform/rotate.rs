//! `rotate90`.

use crate::imaging::image::{Image, same_type};

/// Turns the image, or every frame of a volume, counterclockwise by 90 degrees `times` times, as `numpy.rot90(image, times)` does.
pub(super) fn apply(image: Image, times: u8) -> Image {
    (0..times % 4).fold(image, |image, _| quarter(image))
}

fn quarter(image: Image) -> Image {
    let (rows, columns, channels) = (image.rows, image.columns, image.channels);
    // The new row r is the old column `columns - 1 - r`, read downwards.
    let samples = same_type!(&image.samples, values => {
        let mut turned = Vec::with_capacity(values.len());
        for frame in values.chunks_exact(rows * columns * channels) {
            for column in (0..columns).rev() {
                for row in 0..rows {
                    let at = (row * columns + column) * channels;
                    turned.extend_from_slice(&frame[at..at + channels]);
                }
            }
        }
        turned
    });
    let from = [(1, false), (0, true), (2, false)];
    let size = [columns, rows, image.frames];
    Image {
        rows: columns,
        columns: rows,
        samples,
        geometry: image.geometry.map(|place| place.rearranged(from, size)),
        ..image
    }
}
