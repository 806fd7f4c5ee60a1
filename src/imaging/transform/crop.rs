//! `crop`.

use super::TransformError;
use crate::config::preprocess::Crop;
use crate::imaging::image::{Image, Sample, any_type, same_type};

/// Cuts a part out; the sample type stays.
pub(super) fn apply(image: Image, crop: &Crop) -> Result<Image, TransformError> {
    let [first, length] = part(&image, crop)?;
    let fits = |axis: usize, size: usize| {
        length[axis] > 0
            && first[axis]
                .checked_add(length[axis])
                .is_some_and(|end| end <= size)
    };
    if !fits(0, image.columns) || !fits(1, image.rows) {
        return Err(TransformError::CropOutside {
            x0: first[0],
            y0: first[1],
            width: length[0],
            height: length[1],
            columns: image.columns,
            rows: image.rows,
        });
    }
    if !fits(2, image.frames) {
        return Err(TransformError::CropFramesOutside {
            z0: first[2],
            depth: length[2],
            frames: image.frames,
        });
    }
    Ok(cut(image, first, length))
}

/// First column, row and frame, and how many of each.
fn part(image: &Image, crop: &Crop) -> Result<[[usize; 3]; 2], TransformError> {
    let [frames, rows, columns] = image.size();
    let centred = |size: usize, wanted: usize| half_to_even(size.saturating_sub(wanted));
    Ok(match *crop {
        Crop::CenterSquare => {
            let side = rows.min(columns);
            [
                [(columns - side) / 2, (rows - side) / 2, 0],
                [side, side, frames],
            ]
        }
        Crop::Center {
            width,
            height,
            depth,
        } => {
            let depth = depth.unwrap_or(frames);
            [
                [
                    centred(columns, width),
                    centred(rows, height),
                    centred(frames, depth),
                ],
                [width, height, depth],
            ]
        }
        Crop::Box {
            x0,
            y0,
            x1,
            y1,
            frames: range,
        } => {
            let (z0, z1) = range.unwrap_or((0, frames));
            [
                [x0, y0, z0],
                [
                    x1.saturating_sub(x0),
                    y1.saturating_sub(y0),
                    z1.saturating_sub(z0),
                ],
            ]
        }
        Crop::Foreground { above, margin } => foreground(image, above, margin)?,
    })
}

/// The smallest box with every sample above a value, and a margin as far as the image goes.
fn foreground(image: &Image, above: f64, margin: usize) -> Result<[[usize; 3]; 2], TransformError> {
    let [frames, rows, columns] = image.size();
    let (mut least, mut largest) = ([usize::MAX; 3], [0; 3]);
    any_type!(&image.samples, values => {
        for (number, row) in values.chunks_exact(columns * image.channels).enumerate() {
            let inside = |pixel: &[_]| pixel.iter().any(|value| Sample::to_f64(*value) > above);
            let Some(first) = row.chunks_exact(image.channels).position(inside) else {
                continue;
            };
            let last = row.chunks_exact(image.channels).rposition(inside).unwrap_or(first);
            let place = [number % rows, number / rows];
            least = [
                least[0].min(first),
                least[1].min(place[0]),
                least[2].min(place[1]),
            ];
            largest = [
                largest[0].max(last),
                largest[1].max(place[0]),
                largest[2].max(place[1]),
            ];
        }
    });
    if least[0] == usize::MAX {
        return Err(TransformError::NoForeground { above });
    }
    let mut length = [0; 3];
    for (axis, size) in [columns, rows, frames].into_iter().enumerate() {
        least[axis] = least[axis].saturating_sub(margin);
        let end = (largest[axis] + 1).saturating_add(margin).min(size);
        length[axis] = end - least[axis];
    }
    Ok([least, length])
}

fn cut(image: Image, first: [usize; 3], length: [usize; 3]) -> Image {
    let [x0, y0, z0] = first;
    let [width, height, depth] = length;
    let (stride, start, row_length) = (
        image.columns * image.channels,
        x0 * image.channels,
        width * image.channels,
    );
    let samples = same_type!(&image.samples, values => {
        let frames = values.chunks_exact(stride * image.rows).skip(z0).take(depth);
        let rows = frames.flat_map(|frame| frame.chunks_exact(stride).skip(y0).take(height));
        rows.flat_map(|row| row[start..start + row_length].iter().copied()).collect()
    });
    Image {
        frames: depth,
        rows: height,
        columns: width,
        samples,
        geometry: image
            .geometry
            .map(|place| place.resampled(first.map(|first| first as f64), [1.0; 3])),
        ..image
    }
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
