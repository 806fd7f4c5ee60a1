//! `torch.nn.functional.interpolate(mode="bilinear", antialias=True)` on 8-bit tensors, as
//! torchvision's transforms and the fast image processors of transformers call it: weights as 16-bit
//! integers, 8-bit rounding between passes, columns before rows. Measured on PyTorch 2.15 (CPU).

use super::Sizes;
use crate::imaging::image::{Image, Samples};
use crate::imaging::transform::TransformError;

/// What one resize of one pair of sizes needs.
#[derive(Debug)]
pub(super) struct Plan {
    rows: Axis,
    columns: Axis,
    sizes: Sizes,
}

/// Weights of one axis in fixed point.
#[derive(Debug)]
struct Axis {
    /// First old position of each new one, and its weights.
    runs: Vec<(usize, Vec<i32>)>,
    /// Bits behind the point.
    precision: u32,
}

impl Plan {
    pub(super) fn new(sizes: Sizes) -> Self {
        Plan {
            rows: Axis::new(sizes.rows, sizes.new_rows),
            columns: Axis::new(sizes.columns, sizes.new_columns),
            sizes,
        }
    }

    pub(super) fn apply(&self, image: &Image) -> Result<Samples, TransformError> {
        let Samples::U8(values) = &image.samples else {
            return Err(TransformError::UnsupportedType {
                engine: "torch with dtype uint8",
                dtype: image.samples.dtype(),
            });
        };
        let Sizes {
            rows,
            columns,
            new_rows,
            new_columns,
        } = self.sizes;
        let channels = image.channels;
        let mut across = Vec::with_capacity(rows * new_columns * channels);
        for row in values.chunks_exact(columns * channels) {
            for position in 0..new_columns {
                across.extend((0..channels).map(|channel| {
                    self.columns
                        .sum(position, |at| row[at * channels + channel])
                }));
            }
        }
        let stride = new_columns * channels;
        let mut out = Vec::with_capacity(new_rows * stride);
        for position in 0..new_rows {
            out.extend(
                (0..stride).map(|place| self.rows.sum(position, |at| across[at * stride + place])),
            );
        }
        Ok(Samples::U8(out))
    }
}

impl Axis {
    /// Weights of a triangle as wide as a new pixel (an old one where the axis grows), in 64 bits,
    /// then as integers with as many bits as keep the largest below 2^15.
    fn new(old: usize, new: usize) -> Self {
        let scale = old as f64 / new as f64;
        let stretch = scale.max(1.0);
        let runs: Vec<(usize, Vec<f64>)> = (0..new)
            .map(|position| {
                let centre = scale * (position as f64 + 0.5);
                let first = ((centre - stretch + 0.5) as i64).max(0) as usize;
                let end = ((centre + stretch + 0.5) as usize).min(old);
                let weight = |at: usize| {
                    let distance = (at as f64 - centre + 0.5) / stretch;
                    (1.0 - distance.abs()).max(0.0)
                };
                let sum: f64 = (first..end).map(weight).sum();
                let sum = if sum == 0.0 { 1.0 } else { sum };
                (first, (first..end).map(|at| weight(at) / sum).collect())
            })
            .collect();
        let largest = runs
            .iter()
            .flat_map(|(_, weights)| weights)
            .fold(0.0_f64, |largest, weight| largest.max(*weight));
        let fits = |bits: u32| 0.5 + largest * f64::from(1_u32 << (bits + 1)) < f64::from(1 << 15);
        let precision = (0..22).find(|bits| !fits(*bits)).unwrap_or(22);
        let one = f64::from(1_u32 << precision);
        let runs = runs.into_iter().map(|(first, weights)| {
            let fixed = weights.iter().map(|weight| (weight * one + 0.5) as i32);
            (first, fixed.collect())
        });
        Axis {
            runs: runs.collect(),
            precision,
        }
    }

    fn sum(&self, position: usize, value: impl Fn(usize) -> u8) -> u8 {
        let (first, weights) = &self.runs[position];
        let half = match self.precision {
            0 => 0,
            bits => 1 << (bits - 1),
        };
        let taps = weights.iter().zip(*first..);
        let sum = taps.fold(half, |sum, (weight, at)| {
            sum + weight * i32::from(value(at))
        });
        (sum >> self.precision).clamp(0, 255) as u8
    }
}
