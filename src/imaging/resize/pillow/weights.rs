//! Weights of Pillow's filters, and their fixed-point form.

use crate::config::preprocess::PillowFilter;

/// Bits behind the point of the fixed-point weights.
pub(super) const BITS: u32 = 22;

/// Weights of one axis: every new position is a weighted sum over a run of old positions.
#[derive(Debug)]
pub(super) struct Axis {
    pub(super) runs: Vec<Run>,
    /// Normalised weights, all runs one after the other.
    pub(super) weights: Vec<f64>,
    /// The same, rounded half away from zero to 22-bit fixed point.
    pub(super) fixed: Vec<i32>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// First old position.
    pub(super) first: usize,
    /// Where the weights start, and how many there are.
    pub(super) start: usize,
    pub(super) length: usize,
}

impl Axis {
    pub(super) fn new(old: usize, new: usize, filter: PillowFilter) -> Self {
        let scale = old as f64 / new as f64;
        let stretch = scale.max(1.0);
        let support = support(filter) * stretch;
        let narrowing = 1.0 / stretch;
        let mut axis = Axis {
            runs: Vec::with_capacity(new),
            weights: Vec::new(),
            fixed: Vec::new(),
        };
        for position in 0..new {
            let centre = (position as f64 + 0.5) * scale;
            let first = ((centre - support + 0.5) as i64).max(0) as usize;
            let end = ((centre + support + 0.5) as usize).min(old);
            let start = axis.weights.len();
            let raw = (first..end).map(|at| weight(filter, (at as f64 - centre + 0.5) * narrowing));
            axis.weights.extend(raw);
            let sum: f64 = axis.weights[start..]
                .iter()
                .fold(0.0, |sum, weight| sum + weight);
            if sum != 0.0 {
                axis.weights[start..]
                    .iter_mut()
                    .for_each(|weight| *weight /= sum);
            }
            axis.runs.push(Run {
                first,
                start,
                length: end.saturating_sub(first),
            });
        }
        let one = f64::from(1_u32 << BITS);
        axis.fixed = axis
            .weights
            .iter()
            .map(|&weight| half_away_from_zero(weight * one))
            .collect();
        axis
    }
}

/// Half the width of the filter, in old pixels at scale 1.
fn support(filter: PillowFilter) -> f64 {
    match filter {
        PillowFilter::Nearest => 0.0,
        PillowFilter::Box => 0.5,
        PillowFilter::Bilinear => 1.0,
        PillowFilter::Bicubic => 2.0,
        PillowFilter::Lanczos => 3.0,
    }
}

fn weight(filter: PillowFilter, x: f64) -> f64 {
    match filter {
        PillowFilter::Nearest => 0.0,
        PillowFilter::Box => f64::from(u8::from(x > -0.5 && x <= 0.5)),
        PillowFilter::Bilinear => (1.0 - x.abs()).max(0.0),
        PillowFilter::Bicubic => {
            // Keys' cubic convolution with a = -1/2, in Horner form.
            let (a, x) = (-0.5, x.abs());
            if x < 1.0 {
                ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
            } else if x < 2.0 {
                (((x - 5.0) * x + 8.0) * x - 4.0) * a
            } else {
                0.0
            }
        }
        PillowFilter::Lanczos => {
            if (-3.0..3.0).contains(&x) {
                sinc(x) * sinc(x / 3.0)
            } else {
                0.0
            }
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let angle = x * std::f64::consts::PI;
    angle.sin() / angle
}

/// Rounds as Pillow's C code does, by adding a half and cutting off.
pub(super) fn half_away_from_zero(value: f64) -> i32 {
    (if value >= 0.0 {
        value + 0.5
    } else {
        value - 0.5
    }) as i32
}
