//! OpenCV's linear and cubic weights along one axis.

use std::collections::BTreeSet;

/// Fixed-point one of the 8-bit weights.
const ONE: f64 = 2048.0;

/// Interpolation along one axis.
#[derive(Debug)]
pub(in crate::imaging::resize) struct Taps {
    /// Taps of each new position (2 or 4).
    width: usize,
    /// Old positions, `width` for each new one, clamped to the image.
    pub(in crate::imaging::resize) at: Vec<usize>,
    pub(in crate::imaging::resize) weights: Vec<f64>,
    /// The weights in 11-bit fixed point, ties to even.
    pub(in crate::imaging::resize) fixed: Vec<i32>,
}

/// Old size over new size, by way of the reciprocal as OpenCV has it.
pub(super) fn scale(old: usize, new: usize) -> f64 {
    1.0 / (new as f64 / old as f64)
}

/// First old position (may be -1 or beyond) and the weights from there: real ones, and those that
/// fixed-point ones are made of.
pub(super) struct Weighted {
    first: i64,
    real: Vec<f64>,
    fixed: Vec<f64>,
}

impl Weighted {
    fn one(first: i64, weights: Vec<f64>) -> Self {
        Self {
            first,
            real: weights.clone(),
            fixed: weights,
        }
    }
}

pub(super) type Kernel = fn(position: usize, old: usize, new: usize) -> Weighted;

/// The weights of 8-bit samples come from a centre that OpenCV cuts to 32 bits before its whole part
/// is taken off, those of other samples (by IPP) from one in 64 bits.
pub(super) fn linear(position: usize, old: usize, new: usize) -> Weighted {
    let at = centre(position, old, new);
    let first = at.floor();
    Weighted {
        first: first as i64,
        real: pair((at - first) as f32),
        fixed: pair(at as f32 - first as f32),
    }
}

/// Linear weights of `INTER_AREA` where a side grows.
pub(super) fn enlarged(position: usize, old: usize, new: usize) -> Weighted {
    let first = (position as f64 * scale(old, new)).floor();
    let part = ((position + 1) as f64 - (first + 1.0) * (new as f64 / old as f64)) as f32;
    let part = if part <= 0.0 {
        0.0
    } else {
        part - part.floor()
    };
    Weighted::one(first as i64, pair(part))
}

/// Two weights as OpenCV has them, in 32 bits.
fn pair(part: f32) -> Vec<f64> {
    vec![f64::from(1.0 - part), f64::from(part)]
}

/// Keys' cubic convolution with a = -3/4.
pub(super) fn cubic(position: usize, old: usize, new: usize) -> Weighted {
    const A: f64 = -0.75;
    let near = |x: f64| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let at = centre(position, old, new);
    let x = at - at.floor();
    let outer = x + 1.0;
    let w0 = ((A * outer - 5.0 * A) * outer + 8.0 * A) * outer - 4.0 * A;
    let (w1, w2) = (near(x), near(1.0 - x));
    Weighted::one(at.floor() as i64 - 1, vec![w0, w1, w2, 1.0 - w0 - w1 - w2])
}

/// Where the new pixel's centre lies among the centres of old pixels.
fn centre(position: usize, old: usize, new: usize) -> f64 {
    (position as f64 + 0.5) * scale(old, new) - 0.5
}

impl Taps {
    /// `pinned`: a position before the first or behind the last pixel takes that pixel alone, as
    /// OpenCV does along rows; down columns it takes the same pixel twice with two weights, which
    /// rounds differently.
    pub(super) fn new(old: usize, new: usize, kernel: Kernel, pinned: bool) -> Self {
        let last = old as i64 - 1;
        let mut taps = Taps {
            width: 0,
            at: Vec::new(),
            weights: Vec::new(),
            fixed: Vec::new(),
        };
        for position in 0..new {
            let Weighted {
                mut first,
                mut real,
                mut fixed,
            } = kernel(position, old, new);
            if pinned && (first < 0 || first >= last) {
                first = first.clamp(0, last);
                for weights in [&mut real, &mut fixed] {
                    weights.fill(0.0);
                    weights[0] = 1.0;
                }
            }
            taps.width = real.len();
            taps.at
                .extend((0..real.len() as i64).map(|tap| (first + tap).clamp(0, last) as usize));
            let whole = |weight: &f64| (weight * ONE).round_ties_even() as i32;
            taps.fixed.extend(fixed.iter().map(whole));
            taps.weights.extend(real);
        }
        taps
    }

    pub(super) fn is_cubic(&self) -> bool {
        self.width == 4
    }

    /// Every old position that has a weight, once each.
    pub(in crate::imaging::resize) fn used(&self) -> BTreeSet<usize> {
        self.at.iter().copied().collect()
    }

    pub(super) fn range(&self, position: usize) -> std::ops::Range<usize> {
        position * self.width..(position + 1) * self.width
    }
}
