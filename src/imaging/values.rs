//! The values of one image, channel by channel: what is told of an image without showing it.

use super::image::Sample;
use super::image::{Image, any_type};

/// Values of one channel of one image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelValues {
    /// Its finite values.
    pub finite: u64,
    /// Their mean; `None` where there is none.
    pub mean: Option<f64>,
    /// Their population standard deviation.
    pub sd: f64,
    /// Least value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Share of values that equal the least or the largest, of a channel that is not constant.
    pub at_an_end: f64,
    /// Values that are no finite numbers.
    pub not_finite: u64,
}

impl ChannelValues {
    /// Whether all values are one.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.mean.is_some() && self.min == self.max
    }
}

impl ChannelValues {
    /// Of the values of one channel.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let finite = || values.clone().filter(|value| value.is_finite());
        let (mut n, mut sum) = (0u64, 0.0);
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in finite() {
            n += 1;
            sum += value;
            min = min.min(value);
            max = max.max(value);
        }
        let not_finite = values.clone().count() as u64 - n;
        if n == 0 {
            return Self {
                finite: 0,
                mean: None,
                sd: 0.0,
                min: 0.0,
                max: 0.0,
                at_an_end: 0.0,
                not_finite,
            };
        }
        let mean = sum / n as f64;
        let (mut squares, mut ends) = (0.0, 0u64);
        for value in finite() {
            squares += (value - mean) * (value - mean);
            ends += u64::from(value == min || value == max);
        }
        Self {
            finite: n,
            mean: Some(mean),
            sd: (squares / n as f64).sqrt(),
            min,
            max,
            at_an_end: if min == max {
                0.0
            } else {
                ends as f64 / n as f64
            },
            not_finite,
        }
    }
}

/// Values of every channel of an image.
#[must_use]
pub fn channel_values(image: &Image) -> Vec<ChannelValues> {
    (0..image.channels)
        .map(|channel| {
            any_type!(&image.samples, values => ChannelValues::of(
                values.iter().skip(channel).step_by(image.channels).map(|value| value.to_f64())
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Colour, Samples};
    use super::*;

    fn image(channels: usize, samples: Samples) -> Image {
        let columns = samples.len() / channels;
        Image {
            channels,
            frames: 1,
            rows: 1,
            columns,
            samples,
            colour: Colour::Gray,
            geometry: None,
        }
    }

    #[test]
    fn two_channels_by_hand() {
        let found = channel_values(&image(2, Samples::U8(vec![0, 7, 2, 7, 4, 7, 4, 7])));
        assert_eq!(
            (found[0].mean, found[0].min, found[0].max),
            (Some(2.5), 0.0, 4.0)
        );
        // Variance (6.25 + 0.25 + 2.25 + 2.25) / 4.
        assert!((found[0].sd - 2.75_f64.sqrt()).abs() < 1e-15);
        assert_eq!(found[0].at_an_end, 0.75);
        assert!(!found[0].is_constant() && found[1].is_constant());
        assert_eq!((found[1].sd, found[1].at_an_end), (0.0, 0.0));
    }

    #[test]
    fn numbers_that_are_none_are_counted_apart() {
        let found = channel_values(&image(
            1,
            Samples::F32(vec![f32::NAN, 1.0, 3.0, f32::INFINITY]),
        ));
        assert_eq!((found[0].mean, found[0].not_finite), (Some(2.0), 2));
        let found = channel_values(&image(1, Samples::F32(vec![f32::NAN])));
        assert_eq!((found[0].mean, found[0].not_finite), (None, 1));
        assert!(!found[0].is_constant());
    }
}
