//! The horizontal pass over 8-bit samples, many rows at a time.
//!
//! Sums along a row are slow: every sum is short, and its samples lie `channels` apart. So a stripe
//! of rows is turned first, four bytes together, and what is added up are then whole columns of it,
//! one weight for all rows.

use super::weights::Axis;
use super::{Arithmetic, Fixed};

/// Rows of a stripe.
const ROWS: usize = 32;

/// Four bytes side by side of every row of a stripe, the first one lowest.
type Column = [u32; ROWS];

#[inline(always)]
pub(super) fn horizontal(
    values: &[u8],
    rows: usize,
    columns: usize,
    channels: usize,
    axis: &Axis,
) -> Vec<u8> {
    let (length, new_length) = (columns * channels, axis.runs.len() * channels);
    let mut turned = vec![[0; ROWS]; length.div_ceil(4)];
    let mut sums = vec![[0; ROWS]; new_length];
    let mut out = vec![0; new_length * rows];
    let stripes = values.chunks(length * ROWS);
    for (rows, new_rows) in stripes.zip(out.chunks_mut(new_length * ROWS)) {
        turn(rows, length, &mut turned);
        for (run, pixel) in axis.runs.iter().zip(sums.chunks_exact_mut(channels)) {
            let weights = &axis.fixed[run.start..run.start + run.length];
            for (channel, sums) in pixel.iter_mut().enumerate() {
                let first = run.first * channels + channel;
                *sums = weighted(&turned, first, channels, weights);
            }
        }
        for (row, new_row) in new_rows.chunks_exact_mut(new_length).enumerate() {
            for (new, sums) in new_row.iter_mut().zip(&sums) {
                *new = sums[row];
            }
        }
    }
    out
}

/// Rows that the last stripe lacks keep what was there before; nobody looks at their sums.
#[inline(always)]
fn turn(rows: &[u8], length: usize, turned: &mut [Column]) {
    let mut done = 0;
    if rows.len() == length * ROWS {
        done = length / 4;
        let rows: [&[[u8; 4]]; ROWS] =
            std::array::from_fn(|row| rows[row * length..(row + 1) * length].as_chunks().0);
        for (at, column) in turned[..done].iter_mut().enumerate() {
            for (word, row) in column.iter_mut().zip(&rows) {
                *word = u32::from_le_bytes(row[at]);
            }
        }
    }
    for (lane, row) in rows.chunks_exact(length).enumerate() {
        for (column, bytes) in turned.iter_mut().zip(row.chunks(4)).skip(done) {
            let mut word = [0; 4];
            word[..bytes.len()].copy_from_slice(bytes);
            column[lane] = u32::from_le_bytes(word);
        }
    }
}

/// One new sample of every row, from the bytes `first`, `first + step`, ...
#[inline(always)]
fn weighted(turned: &[Column], first: usize, step: usize, weights: &[i32]) -> [u8; ROWS] {
    let mut sums = [Fixed.zero(); ROWS];
    for (tap, &weight) in weights.iter().enumerate() {
        let at = first + tap * step;
        let (column, shift) = (&turned[at / 4], at % 4 * 8);
        for (sum, word) in sums.iter_mut().zip(column) {
            *sum = Fixed.add(*sum, (word >> shift) as u8, weight);
        }
    }
    let mut new = [0; ROWS];
    for (new, sum) in new.iter_mut().zip(sums) {
        *new = Fixed.finish(sum);
    }
    new
}
