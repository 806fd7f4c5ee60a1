//! `clahe`: contrast-limited adaptive histogram equalisation (Zuiderveld 1994) as OpenCV's
//! `createCLAHE(clip_limit, (across, down)).apply` does it on 8- and 16-bit images.
//!
//! The image is cut into tiles; where a side is no multiple of its tiles, both sides are continued
//! by mirroring (without repeating the edge) to the next multiple, a side that already is one by a
//! whole tile count more. In each tile the histogram is cut at
//! `max(1, floor(clip_limit * pixels / levels))`, what is cut off is spread evenly, and the rest of
//! that one by one over equally distant levels. The tile's table is
//! `round(H(v) * (levels - 1) / pixels)`, halves to even, in 32-bit arithmetic; a pixel gets the
//! bilinear mean of the tables of the four tiles whose centres are nearest.

use super::TransformError;
use crate::config::preprocess::Clahe;
use crate::imaging::image::{Image, Samples};

pub(super) fn apply(image: Image, clahe: &Clahe) -> Result<Image, TransformError> {
    const NAME: &str = "OpenCV's CLAHE";
    if image.channels != 1 {
        return Err(TransformError::OneChannel {
            engine: NAME,
            channels: image.channels,
        });
    }
    // Tables of all tiles, and the mirrored image, must be held.
    let levels = match &image.samples {
        Samples::U8(_) => 256,
        _ => 65_536,
    };
    let fits = clahe.across <= image.columns
        && clahe.down <= image.rows
        && clahe.across * clahe.down * levels <= LARGEST_TABLES;
    if !fits {
        return Err(TransformError::Tiles {
            across: clahe.across,
            down: clahe.down,
            columns: image.columns,
            rows: image.rows,
        });
    }
    let size = (image.rows, image.columns);
    let plane = image.rows * image.columns;
    let samples = match &image.samples {
        Samples::U8(values) => Samples::U8(
            values
                .chunks_exact(plane)
                .flat_map(|frame| frame_of::<u8>(frame, size, clahe, levels))
                .collect(),
        ),
        Samples::U16(values) => Samples::U16(
            values
                .chunks_exact(plane)
                .flat_map(|frame| frame_of::<u16>(frame, size, clahe, levels))
                .collect(),
        ),
        other => {
            return Err(TransformError::UnsupportedStepType {
                step: "clahe",
                engine: NAME,
                dtype: other.dtype(),
                expected: "uint8 or uint16",
            });
        }
    };
    Ok(Image { samples, ..image })
}

/// Entries of all tables together (128 MiB).
const LARGEST_TABLES: usize = 32 * 1024 * 1024;

/// A gray level.
trait Level: Copy + Into<usize> {
    fn rounded(value: f32) -> Self;
}

impl Level for u8 {
    fn rounded(value: f32) -> Self {
        value.round_ties_even() as u8
    }
}

impl Level for u16 {
    fn rounded(value: f32) -> Self {
        value.round_ties_even() as u16
    }
}

fn frame_of<T: Level>(
    values: &[T],
    (rows, columns): (usize, usize),
    clahe: &Clahe,
    levels: usize,
) -> Vec<T> {
    let (across, down) = (clahe.across, clahe.down);
    let whole = columns.is_multiple_of(across) && rows.is_multiple_of(down);
    let length = |side: usize, tiles: usize| match whole {
        true => side / tiles,
        false => (side + tiles - side % tiles) / tiles,
    };
    let (wide, high) = (length(columns, across), length(rows, down));
    let mut tables = Vec::with_capacity(across * down);
    for tile_row in 0..down {
        for tile_column in 0..across {
            let mut counts = vec![0_usize; levels];
            for y in tile_row * high..(tile_row + 1) * high {
                let line = mirrored(y, rows) * columns;
                for x in tile_column * wide..(tile_column + 1) * wide {
                    counts[values[line + mirrored(x, columns)].into()] += 1;
                }
            }
            tables.push(table::<T>(counts, wide * high, clahe.clip_limit));
        }
    }
    let (inverse_wide, inverse_high) = (1.0 / wide as f32, 1.0 / high as f32);
    let mut out = Vec::with_capacity(values.len());
    for y in 0..rows {
        let (top, bottom, part_down) = neighbours(y, inverse_high, down);
        for x in 0..columns {
            let (left, right, part) = neighbours(x, inverse_wide, across);
            let level: usize = values[y * columns + x].into();
            let entry = |row: usize, column: usize| tables[row * across + column][level];
            let upper = entry(top, left) * (1.0 - part) + entry(top, right) * part;
            let lower = entry(bottom, left) * (1.0 - part) + entry(bottom, right) * part;
            out.push(T::rounded(upper * (1.0 - part_down) + lower * part_down));
        }
    }
    out
}

/// The tiles before and behind a position, and how much the one behind counts.
fn neighbours(position: usize, inverse: f32, tiles: usize) -> (usize, usize, f32) {
    let at = position as f32 * inverse - 0.5;
    let before = at.floor();
    let part = at - before;
    let last = tiles - 1;
    let behind = ((before + 1.0).max(0.0) as usize).min(last);
    ((before.max(0.0) as usize).min(last), behind, part)
}

/// Position inside of one behind the last: `a b c | b a`.
fn mirrored(position: usize, length: usize) -> usize {
    if length <= 1 {
        return 0;
    }
    let inside = position % (2 * (length - 1));
    inside.min(2 * (length - 1) - inside)
}

fn table<T: Level>(mut counts: Vec<usize>, pixels: usize, clip_limit: f64) -> Vec<f32> {
    let levels = counts.len();
    if clip_limit > 0.0 {
        let limit = ((clip_limit * pixels as f64 / levels as f64) as usize).max(1);
        let mut clipped = 0;
        for count in &mut counts {
            clipped += count.saturating_sub(limit);
            *count = (*count).min(limit);
        }
        let (each, rest) = (clipped / levels, clipped % levels);
        counts.iter_mut().for_each(|count| *count += each);
        if let Some(step) = levels.checked_div(rest) {
            for count in counts.iter_mut().step_by(step.max(1)).take(rest) {
                *count += 1;
            }
        }
    }
    let factor = (levels - 1) as f32 / pixels as f32;
    let mut sum = 0;
    counts
        .iter()
        .map(|count| {
            sum += count;
            let entry: usize = T::rounded(sum as f32 * factor).into();
            entry as f32
        })
        .collect()
}
