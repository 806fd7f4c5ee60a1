//! scikit-image's `transform.resize` with its default mode (`reflect`) and `clip`, measured on
//! scikit-image 0.26 with scipy 1.17: a Gaussian filter where sides shrink, then a spline.
//!
//! With `f = old / new` along an axis, the filter's standard deviation is `max(0, (f - 1) / 2)`, cut
//! at four of them; new position `o` is read at `(o + 1/2) f - 1/2`. Beyond the edge the image is
//! mirrored without repeating the outermost pixel. Arithmetic is in 64 bits; 32-bit images are
//! rounded to 32 bits after each pass of the filter, as scipy does. The result is 32-bit float, but
//! for `nearest`, which keeps the type.

use super::Sizes;
use super::pillow::pick;
use crate::config::preprocess::SkimageFilter;
use crate::imaging::image::{Image, Sample, Samples, any_type, same_type};
use crate::imaging::transform::TransformError;

/// What one resize of one pair of sizes needs.
#[derive(Debug)]
pub(super) struct Plan {
    rows: Axis,
    columns: Axis,
    sizes: Sizes,
    filter: SkimageFilter,
    preserve_range: bool,
}

/// One axis: the smoothing before, and the taps of every new position.
#[derive(Debug)]
struct Axis {
    /// Half of the symmetric Gaussian weights, from the middle outwards; empty: none.
    gaussian: Vec<f64>,
    /// Old positions and weights, `taps` for each new position.
    at: Vec<usize>,
    weights: Vec<f64>,
    taps: usize,
}

impl Plan {
    pub(super) fn new(
        sizes: Sizes,
        filter: SkimageFilter,
        antialias: bool,
        preserve_range: bool,
    ) -> Self {
        let axis = |old: usize, new: usize| Axis::new(old, new, filter, antialias);
        Plan {
            rows: axis(sizes.rows, sizes.new_rows),
            columns: axis(sizes.columns, sizes.new_columns),
            sizes,
            filter,
            preserve_range,
        }
    }

    pub(super) fn apply(&self, image: &Image) -> Result<Samples, TransformError> {
        if self.filter == SkimageFilter::Nearest {
            return Ok(same_type!(&image.samples, values => pick(
                values,
                image.columns,
                image.channels,
                &self.rows.at,
                &self.columns.at,
            )));
        }
        let mut values = self.floats(&image.samples)?;
        let range = values.iter().filter(|value| !value.is_nan()).fold(
            (f64::INFINITY, f64::NEG_INFINITY),
            |(least, largest), &value| (least.min(value), largest.max(value)),
        );
        let single = matches!(image.samples, Samples::F32(_));
        let Sizes { rows, columns, .. } = self.sizes;
        let channels = image.channels;
        let down = Lines::down(rows, columns * channels);
        let across = Lines::across(rows, columns, channels);
        smooth(&mut values, &down, &self.rows.gaussian, single);
        smooth(&mut values, &across, &self.columns.gaussian, single);
        if self.filter == SkimageFilter::Bicubic {
            down.each(&mut values, coefficients);
            across.each(&mut values, coefficients);
        }
        let sums = self.interpolated(&values, channels);
        // `clip=True`: no value beyond those of the image before the filter.
        let clipped = sums.into_iter().map(|value| match range.0 <= range.1 {
            true => value.clamp(range.0, range.1) as f32,
            false => value as f32,
        });
        Ok(Samples::F32(clipped.collect()))
    }

    /// `convert_to_float`: as they are, or to 0..1 by the type's largest value.
    fn floats(&self, samples: &Samples) -> Result<Vec<f64>, TransformError> {
        let largest = match samples {
            _ if self.preserve_range || samples.is_float() => 1.0,
            Samples::U8(_) => f64::from(u8::MAX),
            Samples::U16(_) => f64::from(u16::MAX),
            other => {
                return Err(TransformError::UnsupportedType {
                    engine: "scikit-image without preserve_range",
                    dtype: other.dtype(),
                });
            }
        };
        let part = 1.0 / largest;
        Ok(any_type!(samples, values => values.iter().map(|value| value.to_f64() * part).collect()))
    }

    /// The spline at every new position.
    fn interpolated(&self, values: &[f64], channels: usize) -> Vec<f64> {
        let Sizes {
            columns,
            new_rows,
            new_columns,
            ..
        } = self.sizes;
        let mut out = Vec::with_capacity(new_rows * new_columns * channels);
        for row in 0..new_rows {
            for column in 0..new_columns {
                for channel in 0..channels {
                    let mut sum = 0.0;
                    for (y, v) in self.rows.taps_of(row) {
                        let line = y * columns * channels + channel;
                        for (x, w) in self.columns.taps_of(column) {
                            sum += values[line + x * channels] * v * w;
                        }
                    }
                    out.push(sum);
                }
            }
        }
        out
    }
}

/// Lines along one axis of an image: where each begins, how far its samples are apart, how many.
struct Lines {
    starts: Vec<usize>,
    step: usize,
    length: usize,
}

impl Lines {
    fn down(rows: usize, stride: usize) -> Self {
        Lines {
            starts: (0..stride).collect(),
            step: stride,
            length: rows,
        }
    }

    fn across(rows: usize, columns: usize, channels: usize) -> Self {
        let rows = (0..rows).map(|row| row * columns * channels);
        Lines {
            starts: rows
                .flat_map(|start| (0..channels).map(move |channel| start + channel))
                .collect(),
            step: channels,
            length: columns,
        }
    }

    fn each(&self, values: &mut [f64], change: impl Fn(&mut [f64])) {
        let mut line = vec![0.0; self.length];
        for start in &self.starts {
            for (place, value) in line.iter_mut().enumerate() {
                *value = values[start + place * self.step];
            }
            change(&mut line);
            for (place, value) in line.iter().enumerate() {
                values[start + place * self.step] = *value;
            }
        }
    }
}

/// One pass of the Gaussian filter; `single`: the result is kept in 32 bits.
fn smooth(values: &mut [f64], lines: &Lines, weights: &[f64], single: bool) {
    let Some((middle, outer)) = weights.split_first() else {
        return;
    };
    let radius = outer.len();
    lines.each(values, |line| {
        let positions = (0..line.len() + 2 * radius).map(|place| place as i64 - radius as i64);
        let old: Vec<f64> = positions
            .map(|position| line[mirrored(position, line.len())])
            .collect();
        for (place, value) in line.iter_mut().enumerate() {
            let centre = place + radius;
            let mut sum = old[centre] * middle;
            // From the outermost inwards, as scipy adds them up.
            for (index, weight) in outer.iter().enumerate().rev() {
                let distance = index + 1;
                sum += (old[centre - distance] + old[centre + distance]) * weight;
            }
            *value = if single { f64::from(sum as f32) } else { sum };
        }
    });
}

/// Position inside of one beyond the edge: `c b | a b c d | c b a`.
fn mirrored(position: i64, length: usize) -> usize {
    if length <= 1 {
        return 0;
    }
    let period = 2 * (length as i64 - 1);
    let inside = position.rem_euclid(period);
    inside.min(period - inside) as usize
}

/// Coefficients of the cubic spline through the samples of a line (Unser 1999, one pole at
/// sqrt(3) - 2, mirrored edges).
fn coefficients(line: &mut [f64]) {
    let length = line.len();
    if length < 2 {
        return;
    }
    let pole = 3.0_f64.sqrt() - 2.0;
    let gain = (1.0 - pole) * (1.0 - 1.0 / pole);
    line.iter_mut().for_each(|value| *value *= gain);
    let far = pole.powi(i32::try_from(length - 1).unwrap_or(i32::MAX));
    let mut first = line[0] + far * line[length - 1];
    let mut power = pole;
    for place in 1..length - 1 {
        first += power * (line[place] + far * line[length - 1 - place]);
        power *= pole;
    }
    line[0] = first / (1.0 - far * far);
    for place in 1..length {
        line[place] += pole * line[place - 1];
    }
    line[length - 1] = (pole * line[length - 2] + line[length - 1]) * pole / (pole * pole - 1.0);
    for place in (0..length - 1).rev() {
        line[place] = pole * (line[place + 1] - line[place]);
    }
}

impl Axis {
    fn new(old: usize, new: usize, filter: SkimageFilter, antialias: bool) -> Self {
        let factor = old as f64 / new as f64;
        let sigma = ((factor - 1.0) / 2.0).max(0.0);
        let mut axis = Axis {
            gaussian: Vec::new(),
            at: Vec::new(),
            weights: Vec::new(),
            taps: match filter {
                SkimageFilter::Nearest => 1,
                SkimageFilter::Bilinear => 2,
                SkimageFilter::Bicubic => 4,
            },
        };
        if antialias && sigma > 1e-15 {
            axis.gaussian = gaussian(sigma);
        }
        for position in 0..new {
            let centre = (position as f64 + 0.5) * factor - 0.5;
            let centre = within(centre, old);
            let (first, weights) = match filter {
                SkimageFilter::Nearest => ((centre + 0.5).floor() as i64, vec![1.0]),
                SkimageFilter::Bilinear => {
                    let part = centre - centre.floor();
                    (centre.floor() as i64, vec![1.0 - part, part])
                }
                SkimageFilter::Bicubic => (centre.floor() as i64 - 1, cubic(centre)),
            };
            let taps = (first..).take(weights.len());
            axis.at.extend(taps.map(|tap| mirrored(tap, old)));
            axis.weights.extend(weights);
        }
        axis
    }

    fn taps_of(&self, position: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = position * self.taps..(position + 1) * self.taps;
        let at = self.at[range.clone()].iter().copied();
        at.zip(self.weights[range].iter().copied())
    }
}

/// A centre between the first and the last pixel, those outside mirrored.
fn within(centre: f64, length: usize) -> f64 {
    let last = length as f64 - 1.0;
    if length <= 1 {
        0.0
    } else if centre < 0.0 {
        -centre
    } else if centre > last {
        2.0 * last - centre
    } else {
        centre
    }
}

/// Weights of the cubic B-spline.
fn cubic(centre: f64) -> Vec<f64> {
    let y = centre - centre.floor();
    let z = 1.0 - y;
    let near = |x: f64| (x * x * (x - 2.0) * 3.0 + 4.0) / 6.0;
    let (first, second, third) = (z * z * z / 6.0, near(y), near(z));
    vec![first, second, third, 1.0 - first - second - third]
}

/// exp(-x^2 / (2 sigma^2)) at whole distances up to 4 sigma, which sum to 1 over both sides.
fn gaussian(sigma: f64) -> Vec<f64> {
    let radius = (4.0 * sigma + 0.5) as i64;
    let weight = |distance: i64| (-0.5 / (sigma * sigma) * (distance * distance) as f64).exp();
    let sum: f64 = (-radius..=radius).map(weight).sum();
    (0..=radius)
        .map(|distance| weight(distance) / sum)
        .collect()
}
