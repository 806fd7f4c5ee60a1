//! OpenCV's `cv2.resize`: nearest, linear, cubic and area, measured on OpenCV 4.14 and 5.0.
//!
//! 8-bit linear uses 11-bit fixed-point weights, as do no other types. Cubic and other types follow
//! the packages for x86-64, which call Intel's IPP: real weights, one rounding at the end. IPP's order
//! of sums is not known, so that values within rounding of a half may lie one level aside: of random
//! 8-bit samples 12 to 22 in 1.2 million by cubic, of 16-bit ones by linear about 1 in 10,000; 32-bit
//! floats differ in their last digits. (OpenCV without IPP, as on ARM, uses fixed point for cubic and
//! differs by one level in about 2 % of 8-bit samples.) An
//! exact halving of both sides by `INTER_LINEAR` is done by area, and `INTER_AREA` that
//! enlarges any side is a linear interpolation with other weights, as OpenCV does without saying.

mod taps;

use self::taps::{Taps, cubic, enlarged, linear, scale};
use super::Sizes;
use super::pillow::pick;
use crate::config::preprocess::OpenCvFilter;
use crate::imaging::image::{Image, Samples, same_type};
use crate::imaging::transform::TransformError;

/// What one resize of one pair of sizes needs.
#[derive(Debug)]
pub(super) enum Plan {
    /// Both sizes stay.
    Same,
    Nearest {
        rows: Vec<usize>,
        columns: Vec<usize>,
    },
    /// Two or four taps an axis.
    Taps {
        rows: Taps,
        columns: Taps,
        sizes: Sizes,
    },
    /// Means over blocks of whole pixels.
    Blocks {
        high: usize,
        wide: usize,
        sizes: Sizes,
    },
    /// Means over overlapping cells.
    Cells {
        rows: Vec<Cell>,
        columns: Vec<Cell>,
        sizes: Sizes,
    },
}

/// One old position's share in one new position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    to: usize,
    from: usize,
    share: f32,
}

impl Plan {
    pub(super) fn new(sizes: Sizes, filter: OpenCvFilter) -> Self {
        let Sizes {
            rows,
            columns,
            new_rows,
            new_columns,
        } = sizes;
        if rows == new_rows && columns == new_columns {
            return Plan::Same;
        }
        let (scale_y, scale_x) = (scale(rows, new_rows), scale(columns, new_columns));
        let whole = |scale: f64| (scale - scale.round_ties_even()).abs() < f64::EPSILON;
        let blocks = whole(scale_x) && whole(scale_y);
        let halving =
            blocks && scale_x.round_ties_even() == 2.0 && scale_y.round_ties_even() == 2.0;
        let shrinks = scale_x >= 1.0 && scale_y >= 1.0;
        let by_blocks = Plan::Blocks {
            high: scale_y.round_ties_even() as usize,
            wide: scale_x.round_ties_even() as usize,
            sizes,
        };
        let taps = |rows: Taps, columns: Taps| Plan::Taps {
            rows,
            columns,
            sizes,
        };
        match filter {
            OpenCvFilter::Nearest => Plan::Nearest {
                rows: nearest(rows, new_rows),
                columns: nearest(columns, new_columns),
            },
            OpenCvFilter::Bilinear if halving => by_blocks,
            OpenCvFilter::Bilinear => taps(
                Taps::new(rows, new_rows, linear, false),
                Taps::new(columns, new_columns, linear, true),
            ),
            OpenCvFilter::Bicubic => taps(
                Taps::new(rows, new_rows, cubic, false),
                Taps::new(columns, new_columns, cubic, false),
            ),
            OpenCvFilter::Area if shrinks && blocks => by_blocks,
            OpenCvFilter::Area if shrinks => Plan::Cells {
                rows: cells(rows, new_rows),
                columns: cells(columns, new_columns),
                sizes,
            },
            OpenCvFilter::Area => taps(
                Taps::new(rows, new_rows, enlarged, false),
                Taps::new(columns, new_columns, enlarged, true),
            ),
        }
    }

    /// The sample type stays; 32-bit integers are refused, as by OpenCV.
    pub(super) fn apply(&self, image: &Image) -> Result<Samples, TransformError> {
        let channels = image.channels;
        match self {
            Plan::Same => return Ok(image.samples.clone()),
            Plan::Nearest { rows, columns } => {
                return Ok(
                    same_type!(&image.samples, values => pick(values, image.columns, channels, rows, columns)),
                );
            }
            _ => {}
        }
        Ok(match &image.samples {
            Samples::U8(values) => Samples::U8(match self {
                Plan::Taps {
                    rows,
                    columns,
                    sizes,
                } if !rows.is_cubic() => fixed_taps(values, channels, *sizes, rows, columns),
                other => other
                    .floats(values, channels)
                    .into_iter()
                    .map(to_u8)
                    .collect(),
            }),
            Samples::U16(values) => Samples::U16(
                self.floats(values, channels)
                    .into_iter()
                    .map(to_u16)
                    .collect(),
            ),
            Samples::I16(values) => Samples::I16(
                self.floats(values, channels)
                    .into_iter()
                    .map(to_i16)
                    .collect(),
            ),
            Samples::F32(values) => Samples::F32(self.floats(values, channels)),
            Samples::F64(values) => {
                let floats: Vec<f32> = values.iter().map(|&value| value as f32).collect();
                Samples::F32(self.floats(&floats, channels))
            }
            other => {
                return Err(TransformError::UnsupportedType {
                    engine: "OpenCV",
                    dtype: other.dtype(),
                });
            }
        })
    }

    /// The result before it is rounded to the sample type.
    fn floats<T: Copy + Into<f32>>(&self, values: &[T], channels: usize) -> Vec<f32> {
        match self {
            Plan::Taps {
                rows,
                columns,
                sizes,
            } if rows.is_cubic() => float_cubic(values, channels, *sizes, rows, columns),
            Plan::Taps {
                rows,
                columns,
                sizes,
            } => float_pair(values, channels, *sizes, rows, columns),
            Plan::Blocks { high, wide, sizes } => blocks(values, channels, *sizes, *high, *wide),
            Plan::Cells {
                rows,
                columns,
                sizes,
            } => overlaps(values, channels, *sizes, rows, columns),
            Plan::Same | Plan::Nearest { .. } => values.iter().map(|&value| value.into()).collect(),
        }
    }
}

fn to_u8(value: f32) -> u8 {
    value.round_ties_even() as u8
}

fn to_u16(value: f32) -> u16 {
    value.round_ties_even() as u16
}

fn to_i16(value: f32) -> i16 {
    value.round_ties_even() as i16
}

fn nearest(old: usize, new: usize) -> Vec<usize> {
    let scale = scale(old, new);
    (0..new)
        .map(|position| ((position as f64 * scale).floor() as usize).min(old - 1))
        .collect()
}

/// 8-bit linear: rows first, 32-bit sums, then columns.
fn fixed_taps(
    values: &[u8],
    channels: usize,
    sizes: Sizes,
    rows: &Taps,
    columns: &Taps,
) -> Vec<u8> {
    let stride = sizes.columns * channels;
    let length = sizes.new_columns * channels;
    let mut across = vec![0_i32; sizes.rows * length];
    for row in rows.used() {
        let (row, out) = (
            &values[row * stride..(row + 1) * stride],
            &mut across[row * length..(row + 1) * length],
        );
        for (position, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let range = columns.range(position);
            let taps = columns.at[range.clone()].iter().zip(&columns.fixed[range]);
            for (channel, sum) in pixel.iter_mut().enumerate() {
                *sum = taps
                    .clone()
                    .map(|(at, weight)| i32::from(row[at * channels + channel]) * weight)
                    .sum();
            }
        }
    }
    let mut out = Vec::with_capacity(sizes.new_rows * length);
    for position in 0..sizes.new_rows {
        let range = rows.range(position);
        let (at, weights) = (&rows.at[range.clone()], &rows.fixed[range]);
        let line = |tap: usize| &across[at[tap] * length..(at[tap] + 1) * length];
        out.extend(line(0).iter().zip(line(1)).map(|(first, second)| {
            let sum = ((weights[0] * (first >> 4)) >> 16) + ((weights[1] * (second >> 4)) >> 16);
            ((sum + 2) >> 2).clamp(0, 255) as u8
        }));
    }
    out
}

/// Linear on 16-bit and float samples: the same two passes in 32-bit floats.
fn float_pair<T: Copy + Into<f32>>(
    values: &[T],
    channels: usize,
    sizes: Sizes,
    rows: &Taps,
    columns: &Taps,
) -> Vec<f32> {
    let stride = sizes.columns * channels;
    let length = sizes.new_columns * channels;
    let mut across = vec![0.0_f32; sizes.rows * length];
    for row in rows.used() {
        let (row, out) = (
            &values[row * stride..(row + 1) * stride],
            &mut across[row * length..(row + 1) * length],
        );
        for (position, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let range = columns.range(position);
            let (at, weights) = (&columns.at[range.clone()], &columns.weights[range]);
            for (channel, sum) in pixel.iter_mut().enumerate() {
                let tap =
                    |tap: usize| row[at[tap] * channels + channel].into() * weights[tap] as f32;
                *sum = tap(0) + tap(1);
            }
        }
    }
    let mut out = Vec::with_capacity(sizes.new_rows * length);
    for position in 0..sizes.new_rows {
        let range = rows.range(position);
        let (at, weights) = (&rows.at[range.clone()], &rows.weights[range]);
        let line = |tap: usize| &across[at[tap] * length..(at[tap] + 1) * length];
        let (first, second) = (weights[0] as f32, weights[1] as f32);
        out.extend(
            line(0)
                .iter()
                .zip(line(1))
                .map(|(a, b)| a * first + b * second),
        );
    }
    out
}

/// Cubic on any sample type: two passes in 64-bit floats.
fn float_cubic<T: Copy + Into<f32>>(
    values: &[T],
    channels: usize,
    sizes: Sizes,
    rows: &Taps,
    columns: &Taps,
) -> Vec<f32> {
    let stride = sizes.columns * channels;
    let length = sizes.new_columns * channels;
    let mut across = vec![0.0_f64; sizes.rows * length];
    for row in rows.used() {
        let (row, out) = (
            &values[row * stride..(row + 1) * stride],
            &mut across[row * length..(row + 1) * length],
        );
        for (position, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let range = columns.range(position);
            let taps = columns.at[range.clone()]
                .iter()
                .zip(&columns.weights[range]);
            for (channel, sum) in pixel.iter_mut().enumerate() {
                *sum = taps
                    .clone()
                    .map(|(at, weight)| f64::from(row[at * channels + channel].into()) * weight)
                    .sum();
            }
        }
    }
    let mut out = Vec::with_capacity(sizes.new_rows * length);
    for position in 0..sizes.new_rows {
        let range = rows.range(position);
        let taps = rows.at[range.clone()].iter().zip(&rows.weights[range]);
        out.extend((0..length).map(|x| {
            taps.clone()
                .map(|(at, weight)| across[at * length + x] * weight)
                .sum::<f64>() as f32
        }));
    }
    out
}

/// Means over blocks of `high` x `wide` pixels. A 2 x 2 block of integers is rounded half up, any
/// other to even, as OpenCV's two code paths do; the caller rounds to even, so that half is added
/// here where up is meant.
fn blocks<T: Copy + Into<f32>>(
    values: &[T],
    channels: usize,
    sizes: Sizes,
    high: usize,
    wide: usize,
) -> Vec<f32> {
    let integers = std::any::type_name::<T>() != "f32";
    let halving = high == 2 && wide == 2 && matches!(channels, 1 | 3 | 4);
    let share = 1.0 / (high * wide) as f32;
    let stride = sizes.columns * channels;
    let mut out = Vec::with_capacity(sizes.new_rows * sizes.new_columns * channels);
    for row in 0..sizes.new_rows {
        for column in 0..sizes.new_columns {
            for channel in 0..channels {
                let mut sum = 0.0_f32;
                for y in 0..high {
                    for x in 0..wide {
                        sum += values
                            [(row * high + y) * stride + (column * wide + x) * channels + channel]
                            .into();
                    }
                }
                out.push(if halving && integers {
                    ((sum + 2.0) * 0.25).floor()
                } else {
                    sum * share
                });
            }
        }
    }
    out
}

/// Shares of old positions in new ones, where cells cross pixel borders.
fn cells(old: usize, new: usize) -> Vec<Cell> {
    // Slivers narrower than this share of a pixel are left out.
    const SLIVER: f64 = 1e-3;
    let scale = scale(old, new);
    let mut cells = Vec::new();
    for to in 0..new {
        let start = to as f64 * scale;
        let end = start + scale;
        let width = scale.min(old as f64 - start);
        let last = (end.floor() as usize).min(old - 1);
        let first = (start.ceil() as usize).min(last);
        if first as f64 - start > SLIVER {
            cells.push(Cell {
                to,
                from: first - 1,
                share: ((first as f64 - start) / width) as f32,
            });
        }
        cells.extend((first..last).map(|from| Cell {
            to,
            from,
            share: (1.0 / width) as f32,
        }));
        if end - last as f64 > SLIVER {
            let part = (end - last as f64).min(1.0).min(width);
            cells.push(Cell {
                to,
                from: last,
                share: (part / width) as f32,
            });
        }
    }
    cells
}

fn overlaps<T: Copy + Into<f32>>(
    values: &[T],
    channels: usize,
    sizes: Sizes,
    rows: &[Cell],
    columns: &[Cell],
) -> Vec<f32> {
    let stride = sizes.columns * channels;
    let length = sizes.new_columns * channels;
    let mut out = vec![0.0_f32; sizes.new_rows * length];
    let mut line = vec![0.0_f32; length];
    let mut begun = usize::MAX;
    for row in rows {
        let from = &values[row.from * stride..(row.from + 1) * stride];
        line.fill(0.0);
        for cell in columns {
            for channel in 0..channels {
                line[cell.to * channels + channel] +=
                    from[cell.from * channels + channel].into() * cell.share;
            }
        }
        let to = &mut out[row.to * length..(row.to + 1) * length];
        if row.to == begun {
            to.iter_mut()
                .zip(&line)
                .for_each(|(sum, value)| *sum += row.share * value);
        } else {
            to.iter_mut()
                .zip(&line)
                .for_each(|(sum, value)| *sum = row.share * value);
            begun = row.to;
        }
    }
    out
}
