//! Pillow's `Image.resize`: two passes of weighted sums, in 22-bit fixed point for 8-bit samples,
//! in 64-bit floats for the others.
//!
//! Behaviour measured on Pillow 12.3 and 13.0; see the golden vectors in `golden.rs`.

mod weights;

use std::borrow::Cow;

use self::weights::{Axis, BITS, LOW_BITS, half_away_from_zero};
use super::Sizes;
use crate::config::preprocess::{PillowFilter, PillowVersion};
use crate::imaging::image::{Image, Sample, Samples, any_type};
use crate::imaging::transform::TransformError;

/// What one resize of one pair of sizes needs.
#[derive(Debug)]
pub(super) struct Plan {
    sizes: Sizes,
    /// `None` where the size stays.
    horizontal: Option<Axis>,
    vertical: Option<Axis>,
    vertical_first: bool,
    /// Old positions, for `NEAREST`.
    nearest: Option<(Vec<usize>, Vec<usize>)>,
}

impl Plan {
    pub(super) fn new(
        sizes: Sizes,
        filter: PillowFilter,
        version: PillowVersion,
    ) -> Result<Self, TransformError> {
        if filter == PillowFilter::Nearest {
            let nearest = (
                nearest(sizes.rows, sizes.new_rows),
                nearest(sizes.columns, sizes.new_columns),
            );
            return Ok(Plan {
                sizes,
                horizontal: None,
                vertical: None,
                vertical_first: false,
                nearest: Some(nearest),
            });
        }
        let axis = |old: usize, new: usize| (old != new).then(|| Axis::new(old, new, filter));
        let horizontal = axis(sizes.columns, sizes.new_columns);
        let vertical = axis(sizes.rows, sizes.new_rows);
        let differ = horizontal.is_some() && vertical.is_some() && vertical_first_in_13(sizes);
        let vertical_first = match version {
            PillowVersion::V12 => false,
            PillowVersion::V13 => differ,
            PillowVersion::Unnamed if differ => {
                return Err(TransformError::PillowVersionNeeded {
                    rows: sizes.rows,
                    columns: sizes.columns,
                    new_rows: sizes.new_rows,
                    new_columns: sizes.new_columns,
                });
            }
            PillowVersion::Unnamed => false,
        };
        Ok(Plan {
            sizes,
            horizontal,
            vertical,
            vertical_first,
            nearest: None,
        })
    }

    /// 8-bit stays 8-bit; one 16-bit unsigned channel stays 16-bit (mode `I;16`); signed and 32-bit
    /// integers become 32-bit (mode `I`); floats and what Pillow has no mode for become 32-bit
    /// floats (mode `F`, channel by channel).
    pub(super) fn apply(&self, image: &Image) -> Result<Samples, TransformError> {
        let channels = image.channels;
        if let Some((rows, columns)) = &self.nearest {
            return Ok(
                crate::imaging::image::same_type!(&image.samples, values => {
                    pick(values, image.columns, channels, rows, columns)
                }),
            );
        }
        Ok(match &image.samples {
            Samples::U8(values) if channels == 1 => {
                Samples::U8(self.passes(values, channels, &FixedGray))
            }
            Samples::U8(values) => Samples::U8(self.passes(values, channels, &Fixed)),
            Samples::U16(values) if channels == 1 => {
                Samples::U16(self.passes(values, channels, &Word))
            }
            Samples::I32(values) => Samples::I32(self.passes(values, channels, &Integer)),
            Samples::I16(values) => {
                let widened: Vec<i32> = values.iter().map(|&value| i32::from(value)).collect();
                Samples::I32(self.passes(&widened, channels, &Integer))
            }
            other => {
                let floats: Vec<f32> =
                    any_type!(other, values => values.iter().map(|v| v.to_f32()).collect());
                Samples::F32(self.passes(&floats, channels, &Float))
            }
        })
    }

    fn passes<A: Arithmetic>(
        &self,
        values: &[A::Value],
        channels: usize,
        arithmetic: &A,
    ) -> Vec<A::Value> {
        let Sizes {
            rows,
            columns,
            new_rows,
            new_columns,
        } = self.sizes;
        let mut current = Cow::Borrowed(values);
        if self.vertical_first {
            if let Some(axis) = &self.vertical {
                current = Cow::Owned(vertical(&current, columns * channels, axis, arithmetic));
            }
            if let Some(axis) = &self.horizontal {
                current = Cow::Owned(horizontal(
                    &current, new_rows, columns, channels, axis, arithmetic,
                ));
            }
        } else {
            if let Some(axis) = &self.horizontal {
                current = Cow::Owned(horizontal(
                    &current, rows, columns, channels, axis, arithmetic,
                ));
            }
            if let Some(axis) = &self.vertical {
                current = Cow::Owned(vertical(&current, new_columns * channels, axis, arithmetic));
            }
        }
        current.into_owned()
    }
}

/// Sample types differ in the sum's type, in the weights and in the rounding at the end.
trait Arithmetic {
    type Value: Copy;
    type Sum: Copy;
    type Weight: Copy;
    fn weights<'a>(&self, axis: &'a Axis) -> &'a [Self::Weight];
    fn zero(&self) -> Self::Sum;
    fn add(&self, sum: Self::Sum, value: Self::Value, weight: Self::Weight) -> Self::Sum;
    fn finish(&self, sum: Self::Sum) -> Self::Value;
    /// One row of one channel, where there is a quicker way; false where there is none.
    fn row(&self, _row: &[Self::Value], _axis: &Axis, _new_row: &mut [Self::Value]) -> bool {
        false
    }
}

/// 8-bit samples, 32-bit sums, clipped.
struct Fixed;
/// Mode `I;16`.
struct Word;
/// Mode `I`.
struct Integer;
/// Mode `F`.
struct Float;

impl Arithmetic for Fixed {
    type Value = u8;
    type Sum = i32;
    type Weight = i32;
    fn weights<'a>(&self, axis: &'a Axis) -> &'a [i32] {
        &axis.fixed
    }
    fn zero(&self) -> i32 {
        1 << (BITS - 1)
    }
    fn add(&self, sum: i32, value: u8, weight: i32) -> i32 {
        sum.wrapping_add(i32::from(value).wrapping_mul(weight))
    }
    fn finish(&self, sum: i32) -> u8 {
        (sum >> BITS).clamp(0, 255) as u8
    }
}

impl Arithmetic for Word {
    type Value = u16;
    type Sum = f64;
    type Weight = f64;
    fn weights<'a>(&self, axis: &'a Axis) -> &'a [f64] {
        &axis.weights
    }
    fn zero(&self) -> f64 {
        0.0
    }
    fn add(&self, sum: f64, value: u16, weight: f64) -> f64 {
        sum + f64::from(value) * weight
    }
    /// Pillow clips the two bytes of a result on their own, so that a sum beyond the range keeps
    /// its low byte; that is followed here.
    fn finish(&self, sum: f64) -> u16 {
        let rounded = half_away_from_zero(sum);
        let low = (rounded % 256).clamp(0, 255) as u16;
        let high = (rounded >> 8).clamp(0, 255) as u16;
        high << 8 | low
    }
}

impl Arithmetic for Integer {
    type Value = i32;
    type Sum = f64;
    type Weight = f64;
    fn weights<'a>(&self, axis: &'a Axis) -> &'a [f64] {
        &axis.weights
    }
    fn zero(&self) -> f64 {
        0.0
    }
    fn add(&self, sum: f64, value: i32, weight: f64) -> f64 {
        sum + f64::from(value) * weight
    }
    fn finish(&self, sum: f64) -> i32 {
        half_away_from_zero(sum)
    }
}

impl Arithmetic for Float {
    type Value = f32;
    type Sum = f64;
    type Weight = f64;
    fn weights<'a>(&self, axis: &'a Axis) -> &'a [f64] {
        &axis.weights
    }
    fn zero(&self) -> f64 {
        0.0
    }
    fn add(&self, sum: f64, value: f32, weight: f64) -> f64 {
        sum + f64::from(value) * weight
    }
    fn finish(&self, sum: f64) -> f32 {
        sum as f32
    }
}

/// The same as [`Fixed`], to the bit, of one channel: sums along a row of halves of the weights.
struct FixedGray;

impl Arithmetic for FixedGray {
    type Value = u8;
    type Sum = i32;
    type Weight = i32;
    fn weights<'a>(&self, axis: &'a Axis) -> &'a [i32] {
        Fixed.weights(axis)
    }
    fn zero(&self) -> i32 {
        Fixed.zero()
    }
    fn add(&self, sum: i32, value: u8, weight: i32) -> i32 {
        Fixed.add(sum, value, weight)
    }
    fn finish(&self, sum: i32) -> u8 {
        Fixed.finish(sum)
    }
    /// Sums of halves wrap around where they must, and come back when they are put together.
    fn row(&self, row: &[u8], axis: &Axis, new_row: &mut [u8]) -> bool {
        for (run, new) in axis.runs.iter().zip(new_row) {
            let values = &row[run.first..run.first + run.length];
            let high = &axis.high[run.start..run.start + run.length];
            let low = &axis.low[run.start..run.start + run.length];
            let (mut upper, mut lower) = (0_i32, 0_i32);
            for ((value, high), low) in values.iter().zip(high).zip(low) {
                let value = i32::from(*value);
                upper = upper.wrapping_add(value.wrapping_mul(i32::from(*high)));
                lower = lower.wrapping_add(value.wrapping_mul(i32::from(*low)));
            }
            let sum = (upper << LOW_BITS).wrapping_add(lower);
            *new = self.finish(self.zero().wrapping_add(sum));
        }
        true
    }
}

/// Sums along each row.
fn horizontal<A: Arithmetic>(
    values: &[A::Value],
    rows: usize,
    columns: usize,
    channels: usize,
    axis: &Axis,
    arithmetic: &A,
) -> Vec<A::Value> {
    match channels {
        1 => horizontal_of::<A, 1>(values, rows, columns, axis, arithmetic),
        2 => horizontal_of::<A, 2>(values, rows, columns, axis, arithmetic),
        3 => horizontal_of::<A, 3>(values, rows, columns, axis, arithmetic),
        4 => horizontal_of::<A, 4>(values, rows, columns, axis, arithmetic),
        _ => horizontal_any(values, rows, columns, channels, axis, arithmetic),
    }
}

fn horizontal_of<A: Arithmetic, const CHANNELS: usize>(
    values: &[A::Value],
    rows: usize,
    columns: usize,
    axis: &Axis,
    arithmetic: &A,
) -> Vec<A::Value> {
    let weights = arithmetic.weights(axis);
    let mut out = vec![arithmetic.finish(arithmetic.zero()); rows * axis.runs.len() * CHANNELS];
    let new_rows = out.chunks_exact_mut(axis.runs.len() * CHANNELS);
    for (row, new_row) in values.chunks_exact(columns * CHANNELS).zip(new_rows) {
        if CHANNELS == 1 && arithmetic.row(row, axis, new_row) {
            continue;
        }
        for (run, new_pixel) in axis.runs.iter().zip(new_row.chunks_exact_mut(CHANNELS)) {
            let mut sums = [arithmetic.zero(); CHANNELS];
            let pixels = &row[run.first * CHANNELS..(run.first + run.length) * CHANNELS];
            for (pixel, &weight) in pixels
                .chunks_exact(CHANNELS)
                .zip(&weights[run.start..run.start + run.length])
            {
                for (sum, &value) in sums.iter_mut().zip(pixel) {
                    *sum = arithmetic.add(*sum, value, weight);
                }
            }
            for (new, sum) in new_pixel.iter_mut().zip(sums) {
                *new = arithmetic.finish(sum);
            }
        }
    }
    out
}

fn horizontal_any<A: Arithmetic>(
    values: &[A::Value],
    rows: usize,
    columns: usize,
    channels: usize,
    axis: &Axis,
    arithmetic: &A,
) -> Vec<A::Value> {
    let weights = arithmetic.weights(axis);
    let mut out = Vec::with_capacity(rows * axis.runs.len() * channels);
    for row in values.chunks_exact(columns * channels) {
        for run in &axis.runs {
            for channel in 0..channels {
                let mut sum = arithmetic.zero();
                for tap in 0..run.length {
                    sum = arithmetic.add(
                        sum,
                        row[(run.first + tap) * channels + channel],
                        weights[run.start + tap],
                    );
                }
                out.push(arithmetic.finish(sum));
            }
        }
    }
    out
}

/// Sums along each column, a whole row at a time.
fn vertical<A: Arithmetic>(
    values: &[A::Value],
    row_length: usize,
    axis: &Axis,
    arithmetic: &A,
) -> Vec<A::Value> {
    let weights = arithmetic.weights(axis);
    let mut out = Vec::with_capacity(axis.runs.len() * row_length);
    for run in &axis.runs {
        let rows = &values[run.first * row_length..(run.first + run.length) * row_length];
        let weights = &weights[run.start..run.start + run.length];
        match run.length {
            2 => column_of::<A, 2>(rows, row_length, weights, arithmetic, &mut out),
            3 => column_of::<A, 3>(rows, row_length, weights, arithmetic, &mut out),
            4 => column_of::<A, 4>(rows, row_length, weights, arithmetic, &mut out),
            5 => column_of::<A, 5>(rows, row_length, weights, arithmetic, &mut out),
            _ => column_any(rows, row_length, weights, arithmetic, &mut out),
        }
    }
    out
}

/// A few taps: the sums need not be stored between them.
fn column_of<A: Arithmetic, const TAPS: usize>(
    rows: &[A::Value],
    row_length: usize,
    weights: &[A::Weight],
    arithmetic: &A,
    out: &mut Vec<A::Value>,
) {
    let rows: [&[A::Value]; TAPS] =
        std::array::from_fn(|tap| &rows[tap * row_length..(tap + 1) * row_length]);
    let weights: [A::Weight; TAPS] = std::array::from_fn(|tap| weights[tap]);
    out.extend((0..row_length).map(|x| {
        let sum = (0..TAPS).fold(arithmetic.zero(), |sum, tap| {
            arithmetic.add(sum, rows[tap][x], weights[tap])
        });
        arithmetic.finish(sum)
    }));
}

fn column_any<A: Arithmetic>(
    rows: &[A::Value],
    row_length: usize,
    weights: &[A::Weight],
    arithmetic: &A,
    out: &mut Vec<A::Value>,
) {
    let mut sums = vec![arithmetic.zero(); row_length];
    for (row, &weight) in rows.chunks_exact(row_length).zip(weights) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum = arithmetic.add(*sum, value, weight);
        }
    }
    out.extend(sums.into_iter().map(|sum| arithmetic.finish(sum)));
}

/// Old positions of `NEAREST`: the pixel under the centre of the new one, the centre moved on by
/// adding, as Pillow does.
fn nearest(old: usize, new: usize) -> Vec<usize> {
    let step = old as f64 / new as f64;
    let mut at = step * 0.5;
    (0..new)
        .map(|_| {
            let position = (at as usize).min(old - 1);
            at += step;
            position
        })
        .collect()
}

/// The samples at the given old rows and columns.
pub(super) fn pick<T: Copy>(
    values: &[T],
    old_columns: usize,
    channels: usize,
    rows: &[usize],
    columns: &[usize],
) -> Vec<T> {
    let mut out = Vec::with_capacity(rows.len() * columns.len() * channels);
    for row in rows {
        for column in columns {
            let at = (row * old_columns + column) * channels;
            out.extend_from_slice(&values[at..at + channels]);
        }
    }
    out
}

/// Whether Pillow 13 runs the vertical pass first (python-pillow pull request 9549): where the
/// height loses more than twice what the width loses, a growing width counting as a negative loss.
/// The rule was found by comparing Pillow 13.0.0 with both orders of its own passes on 7,000 random
/// shapes and all four filters; it is right for all of them.
fn vertical_first_in_13(sizes: Sizes) -> bool {
    let Some(rows_lost) = sizes
        .rows
        .checked_sub(sizes.new_rows)
        .filter(|&lost| lost > 0)
    else {
        return false;
    };
    let columns_lost = sizes.columns.saturating_sub(sizes.new_columns);
    rows_lost > columns_lost.saturating_mul(2)
}
