//! `torch.nn.functional.interpolate` with `align_corners=False`, on 32-bit floats, with and without
//! antialiasing. Measured on PyTorch 2.15 (CPU); sums may be taken in another order there, so that
//! results agree to rounding, not to the bit.

use super::Sizes;
use super::pillow::pick;
use crate::config::preprocess::TorchFilter;
use crate::imaging::image::{Image, Sample, Samples, any_type};

/// What one resize of one pair of sizes needs.
#[derive(Debug)]
pub(super) enum Plan {
    Nearest {
        rows: Vec<usize>,
        columns: Vec<usize>,
    },
    Weighted {
        rows: Axis,
        columns: Axis,
        sizes: Sizes,
    },
}

/// Weights of one axis.
#[derive(Debug)]
pub(super) struct Axis {
    /// Old position and weight of every tap, runs one after the other.
    taps: Vec<(usize, f32)>,
    /// Where each new position's run ends.
    ends: Vec<usize>,
}

impl Plan {
    pub(super) fn new(sizes: Sizes, filter: TorchFilter, antialias: bool) -> Self {
        let Sizes {
            rows,
            columns,
            new_rows,
            new_columns,
        } = sizes;
        let axis = |old: usize, new: usize| match (filter, antialias) {
            (TorchFilter::Bicubic, false) => Axis::new(old, new, cubic),
            (TorchFilter::Bicubic, true) => Axis::antialiased(old, new, 2.0, antialiased_cubic),
            (_, true) => Axis::antialiased(old, new, 1.0, triangle),
            (_, false) => Axis::new(old, new, linear),
        };
        match filter {
            TorchFilter::Nearest => Plan::Nearest {
                rows: nearest(rows, new_rows),
                columns: nearest(columns, new_columns),
            },
            _ => Plan::Weighted {
                rows: axis(rows, new_rows),
                columns: axis(columns, new_columns),
                sizes,
            },
        }
    }

    /// 32-bit floats, whatever the samples were.
    pub(super) fn apply(&self, image: &Image) -> Samples {
        let values: Vec<f32> =
            any_type!(&image.samples, values => values.iter().map(|v| v.to_f32()).collect());
        Samples::F32(match self {
            Plan::Nearest { rows, columns } => {
                pick(&values, image.columns, image.channels, rows, columns)
            }
            Plan::Weighted {
                rows,
                columns,
                sizes,
            } => weighted(&values, image.channels, *sizes, rows, columns),
        })
    }
}

/// Rows first, then columns.
fn weighted(
    values: &[f32],
    channels: usize,
    sizes: Sizes,
    rows: &Axis,
    columns: &Axis,
) -> Vec<f32> {
    let stride = sizes.columns * channels;
    let length = sizes.new_columns * channels;
    let mut across = Vec::with_capacity(sizes.rows * length);
    for row in values.chunks_exact(stride) {
        for position in 0..sizes.new_columns {
            let taps = columns.of(position);
            across.extend((0..channels).map(|channel| {
                taps.iter()
                    .map(|&(at, weight)| row[at * channels + channel] * weight)
                    .sum::<f32>()
            }));
        }
    }
    let mut out = vec![0.0_f32; sizes.new_rows * length];
    for (position, line) in out.chunks_exact_mut(length).enumerate() {
        for &(at, weight) in rows.of(position) {
            let from = &across[at * length..(at + 1) * length];
            line.iter_mut()
                .zip(from)
                .for_each(|(sum, value)| *sum += value * weight);
        }
    }
    out
}

/// Old size over new size in 32 bits.
fn scale(old: usize, new: usize) -> f32 {
    old as f32 / new as f32
}

fn nearest(old: usize, new: usize) -> Vec<usize> {
    let scale = scale(old, new);
    (0..new)
        .map(|position| ((position as f32 * scale).floor() as usize).min(old - 1))
        .collect()
}

/// First old position and the weights from there.
type Kernel = fn(centre: f32) -> (i64, Vec<f32>);

fn linear(centre: f32) -> (i64, Vec<f32>) {
    // A centre before the first pixel takes that pixel.
    let at = centre.max(0.0);
    let part = (at - at.floor()).min(1.0);
    (at.floor() as i64, vec![1.0 - part, part])
}

/// Keys' cubic convolution with a = -3/4.
fn cubic(centre: f32) -> (i64, Vec<f32>) {
    const A: f32 = -0.75;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    let x = centre - centre.floor();
    (
        centre.floor() as i64 - 1,
        vec![far(x + 1.0), near(x), near(1.0 - x), far(2.0 - x)],
    )
}

fn triangle(x: f32) -> f32 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' cubic convolution with a = -1/2, which PyTorch takes with antialiasing.
fn antialiased_cubic(x: f32) -> f32 {
    const A: f32 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

impl Axis {
    fn new(old: usize, new: usize, kernel: Kernel) -> Self {
        let (scale, last) = (scale(old, new), old as i64 - 1);
        let mut axis = Axis {
            taps: Vec::new(),
            ends: Vec::new(),
        };
        for position in 0..new {
            let (first, weights) = kernel(scale * (position as f32 + 0.5) - 0.5);
            axis.push(
                weights
                    .into_iter()
                    .zip(first..)
                    .map(|(weight, at)| (at.clamp(0, last) as usize, weight)),
            );
        }
        axis
    }

    fn antialiased(old: usize, new: usize, support: f32, filter: fn(f32) -> f32) -> Self {
        let scale = scale(old, new);
        let stretch = scale.max(1.0);
        let support = support * stretch;
        let narrowing = 1.0 / stretch;
        let mut axis = Axis {
            taps: Vec::new(),
            ends: Vec::new(),
        };
        for position in 0..new {
            let centre = scale * (position as f32 + 0.5);
            let first = ((centre - support + 0.5) as i64).max(0) as usize;
            let end = ((centre + support + 0.5) as usize).min(old);
            let weight = |at: usize| filter((at as f32 - centre + 0.5) * narrowing);
            let sum: f32 = (first..end).map(weight).sum();
            let sum = if sum == 0.0 { 1.0 } else { sum };
            axis.push((first..end).map(|at| (at, weight(at) / sum)));
        }
        axis
    }

    fn push(&mut self, taps: impl Iterator<Item = (usize, f32)>) {
        self.taps.extend(taps);
        self.ends.push(self.taps.len());
    }

    fn of(&self, position: usize) -> &[(usize, f32)] {
        let start = if position == 0 {
            0
        } else {
            self.ends[position - 1]
        };
        &self.taps[start..self.ends[position]]
    }
}
