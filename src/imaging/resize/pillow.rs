//! Pillow's `Image.resize`: two passes of weighted sums, in 22-bit fixed point for 8-bit samples,
//! in 64-bit floats for the others.
//!
//! Behaviour measured on Pillow 12.3 and 13.0; see the golden vectors in `golden.rs`.

mod stripes;
mod weights;

use std::borrow::Cow;

use rten_simd::{Isa, SimdOp};

use self::weights::{Axis, BITS, half_away_from_zero};
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
            Samples::U8(values) => {
                let plan = self;
                Samples::U8(
                    Bytes {
                        plan,
                        values,
                        channels,
                    }
                    .dispatch(),
                )
            }
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

    #[inline(always)]
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
                current =
                    Cow::Owned(arithmetic.horizontal(&current, new_rows, columns, channels, axis));
            }
        } else {
            if let Some(axis) = &self.horizontal {
                current =
                    Cow::Owned(arithmetic.horizontal(&current, rows, columns, channels, axis));
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
    /// Sums along each row.
    fn horizontal(
        &self,
        values: &[Self::Value],
        rows: usize,
        columns: usize,
        channels: usize,
        axis: &Axis,
    ) -> Vec<Self::Value>
    where
        Self: Sized,
    {
        match channels {
            1 => horizontal_of::<Self, 1>(values, rows, columns, axis, self),
            2 => horizontal_of::<Self, 2>(values, rows, columns, axis, self),
            3 => horizontal_of::<Self, 3>(values, rows, columns, axis, self),
            4 => horizontal_of::<Self, 4>(values, rows, columns, axis, self),
            _ => horizontal_any(values, rows, columns, channels, axis, self),
        }
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
    #[inline(always)]
    fn weights<'a>(&self, axis: &'a Axis) -> &'a [i32] {
        &axis.fixed
    }
    #[inline(always)]
    fn zero(&self) -> i32 {
        1 << (BITS - 1)
    }
    #[inline(always)]
    fn add(&self, sum: i32, value: u8, weight: i32) -> i32 {
        sum.wrapping_add(i32::from(value).wrapping_mul(weight))
    }
    #[inline(always)]
    fn finish(&self, sum: i32) -> u8 {
        (sum >> BITS).clamp(0, 255) as u8
    }
    #[inline(always)]
    fn horizontal(
        &self,
        values: &[u8],
        rows: usize,
        columns: usize,
        channels: usize,
        axis: &Axis,
    ) -> Vec<u8> {
        stripes::horizontal(values, rows, columns, channels, axis)
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

/// Both passes over 8-bit samples.
struct Bytes<'a> {
    plan: &'a Plan,
    values: &'a [u8],
    channels: usize,
}

impl SimdOp for Bytes<'_> {
    type Output = Vec<u8>;

    /// Loops that the compiler turns into the widest instructions that the processor has: this is
    /// compiled once for each set of them.
    #[inline(always)]
    fn eval<I: Isa>(self, _: I) -> Vec<u8> {
        self.plan.passes(self.values, self.channels, &Fixed)
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
#[inline(always)]
fn vertical<A: Arithmetic>(
    values: &[A::Value],
    row_length: usize,
    axis: &Axis,
    arithmetic: &A,
) -> Vec<A::Value> {
    let weights = arithmetic.weights(axis);
    let mut out = vec![arithmetic.finish(arithmetic.zero()); axis.runs.len() * row_length];
    for (run, new_row) in axis.runs.iter().zip(out.chunks_exact_mut(row_length)) {
        let rows = &values[run.first * row_length..(run.first + run.length) * row_length];
        let weights = &weights[run.start..run.start + run.length];
        match run.length {
            2 => column_of::<A, 2>(rows, weights, arithmetic, new_row),
            3 => column_of::<A, 3>(rows, weights, arithmetic, new_row),
            4 => column_of::<A, 4>(rows, weights, arithmetic, new_row),
            5 => column_of::<A, 5>(rows, weights, arithmetic, new_row),
            _ => column_any(rows, weights, arithmetic, new_row),
        }
    }
    out
}

/// A few taps: the sums need not be stored between them.
#[inline(always)]
fn column_of<A: Arithmetic, const TAPS: usize>(
    rows: &[A::Value],
    weights: &[A::Weight],
    arithmetic: &A,
    new_row: &mut [A::Value],
) {
    let length = new_row.len();
    let rows: [&[A::Value]; TAPS] =
        std::array::from_fn(|tap| &rows[tap * length..(tap + 1) * length]);
    let weights: [A::Weight; TAPS] = std::array::from_fn(|tap| weights[tap]);
    for (x, new) in new_row.iter_mut().enumerate() {
        let mut sum = arithmetic.zero();
        for (row, &weight) in rows.iter().zip(&weights) {
            sum = arithmetic.add(sum, row[x], weight);
        }
        *new = arithmetic.finish(sum);
    }
}

#[inline(always)]
fn column_any<A: Arithmetic>(
    rows: &[A::Value],
    weights: &[A::Weight],
    arithmetic: &A,
    new_row: &mut [A::Value],
) {
    let mut sums = vec![arithmetic.zero(); new_row.len()];
    for (row, &weight) in rows.chunks_exact(new_row.len()).zip(weights) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum = arithmetic.add(*sum, value, weight);
        }
    }
    for (new, sum) in new_row.iter_mut().zip(sums) {
        *new = arithmetic.finish(sum);
    }
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
