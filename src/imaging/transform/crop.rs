//! `crop`.

use super::TransformError;
use crate::config::preprocess::Crop;
use crate::imaging::image::{Image, same_type};

/// Cuts a part out; the sample type stays.
pub(super) fn apply(image: Image, crop: &Crop) -> Result<Image, TransformError> {
    let (x0, y0, width, height) = match *crop {
        Crop::CenterSquare => {
            let side = image.rows.min(image.columns);
            (
                (image.columns - side) / 2,
                (image.rows - side) / 2,
                side,
                side,
            )
        }
        Crop::Center { width, height } => (
            half_to_even(image.columns.saturating_sub(width)),
            half_to_even(image.rows.saturating_sub(height)),
            width,
            height,
        ),
        Crop::Box { x0, y0, x1, y1 } => (x0, y0, x1.saturating_sub(x0), y1.saturating_sub(y0)),
    };
    let fits = |first: usize, length: usize, size: usize| {
        length > 0 && first.checked_add(length).is_some_and(|end| end <= size)
    };
    if !fits(x0, width, image.columns) || !fits(y0, height, image.rows) {
        return Err(TransformError::CropOutside {
            x0,
            y0,
            width,
            height,
            columns: image.columns,
            rows: image.rows,
        });
    }
    let (stride, start, length) = (
        image.columns * image.channels,
        x0 * image.channels,
        width * image.channels,
    );
    let samples = same_type!(&image.samples, values => {
        let rows = values.chunks_exact(stride).skip(y0).take(height);
        rows.flat_map(|row| row[start..start + length].iter().copied()).collect()
    });
    Ok(Image {
        rows: height,
        columns: width,
        samples,
        ..image
    })
}

/// Half of a number, rounded to the even neighbour, as Python's `round` does.
fn half_to_even(difference: usize) -> usize {
    let half = difference / 2;
    if difference % 2 == 1 {
        half + half % 2
    } else {
        half
    }
}

#[cfg(test)]
mod tests {
    use super::half_to_even;

    #[test]
    fn halves_go_to_the_even_neighbour() {
        // Python: [int(round(d / 2.0)) for d in range(8)]
        let rounded: Vec<usize> = (0..8).map(half_to_even).collect();
        assert_eq!(rounded, [0, 0, 1, 2, 2, 2, 3, 4]);
    }
}
