//! An image in memory: samples, shape, what the channels mean, and where a volume's voxels lie.

use crate::imaging::geometry::Geometry;

/// Most samples that an image may hold here (512 Mi): a guard against files and steps that ask for
/// more memory than any radiograph needs.
pub const MAX_SAMPLES: usize = 512 * 1024 * 1024;

/// Samples of one image, row by row, the channels of a pixel side by side.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Unsigned 8-bit.
    U8(Vec<u8>),
    /// Unsigned 16-bit.
    U16(Vec<u16>),
    /// Signed 16-bit.
    I16(Vec<i16>),
    /// Unsigned 32-bit.
    U32(Vec<u32>),
    /// Signed 32-bit.
    I32(Vec<i32>),
    /// 32-bit float.
    F32(Vec<f32>),
    /// 64-bit float.
    F64(Vec<f64>),
}

/// Runs the same expression on whichever vector the samples hold; the vector type is kept.
macro_rules! same_type {
    ($samples:expr, $values:ident => $body:expr) => {
        match $samples {
            $crate::imaging::Samples::U8($values) => $crate::imaging::Samples::U8($body),
            $crate::imaging::Samples::U16($values) => $crate::imaging::Samples::U16($body),
            $crate::imaging::Samples::I16($values) => $crate::imaging::Samples::I16($body),
            $crate::imaging::Samples::U32($values) => $crate::imaging::Samples::U32($body),
            $crate::imaging::Samples::I32($values) => $crate::imaging::Samples::I32($body),
            $crate::imaging::Samples::F32($values) => $crate::imaging::Samples::F32($body),
            $crate::imaging::Samples::F64($values) => $crate::imaging::Samples::F64($body),
        }
    };
}

/// Runs the same expression on whichever vector the samples hold; the expression's type is the result.
macro_rules! any_type {
    ($samples:expr, $values:ident => $body:expr) => {
        match $samples {
            $crate::imaging::Samples::U8($values) => $body,
            $crate::imaging::Samples::U16($values) => $body,
            $crate::imaging::Samples::I16($values) => $body,
            $crate::imaging::Samples::U32($values) => $body,
            $crate::imaging::Samples::I32($values) => $body,
            $crate::imaging::Samples::F32($values) => $body,
            $crate::imaging::Samples::F64($values) => $body,
        }
    };
}
pub(crate) use {any_type, same_type};

/// A number type that samples come in.
pub trait Sample: Copy + PartialEq {
    /// The value as a 64-bit float, exactly.
    fn to_f64(self) -> f64;
    /// The value as a 32-bit float, rounded to nearest where it does not fit.
    fn to_f32(self) -> f32;
    /// The value from a 64-bit float, where it can be held without loss (floats: rounded to nearest).
    fn from_f64(value: f64) -> Option<Self>;
}

macro_rules! integer_sample {
    ($($type:ty),*) => {$(
        impl Sample for $type {
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            fn to_f32(self) -> f32 {
                self as f32
            }
            fn from_f64(value: f64) -> Option<Self> {
                let cast = value as $type;
                (f64::from(cast) == value).then_some(cast)
            }
        }
    )*};
}
integer_sample!(u8, u16, i16, u32, i32);

impl Sample for f32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn to_f32(self) -> f32 {
        self
    }
    fn from_f64(value: f64) -> Option<Self> {
        Some(value as f32)
    }
}

impl Sample for f64 {
    fn to_f64(self) -> f64 {
        self
    }
    fn to_f32(self) -> f32 {
        self as f32
    }
    fn from_f64(value: f64) -> Option<Self> {
        Some(value)
    }
}

impl Samples {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        any_type!(self, values => values.len())
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds samples at the end; of another type they become this one where it holds them, and 0
    /// where it does not.
    pub(crate) fn extend(&mut self, more: Samples) {
        fn add<T: Sample + Default>(values: &mut Vec<T>, more: &Samples) {
            any_type!(more, more => values.extend(
                more.iter().map(|value| T::from_f64(value.to_f64()).unwrap_or_default())
            ));
        }
        match (self, more) {
            (Samples::U8(values), Samples::U8(more)) => values.extend(more),
            (Samples::F32(values), Samples::F32(more)) => values.extend(more),
            (mine, more) => any_type!(mine, values => add(values, &more)),
        }
    }

    /// Name of the number type, as numpy writes it (`uint8`, `float32`, ...).
    pub fn dtype(&self) -> &'static str {
        match self {
            Samples::U8(_) => "uint8",
            Samples::U16(_) => "uint16",
            Samples::I16(_) => "int16",
            Samples::U32(_) => "uint32",
            Samples::I32(_) => "int32",
            Samples::F32(_) => "float32",
            Samples::F64(_) => "float64",
        }
    }

    /// Whether the samples are floating-point numbers.
    pub fn is_float(&self) -> bool {
        matches!(self, Samples::F32(_) | Samples::F64(_))
    }

    /// The samples as 32-bit floats. Integers beyond 2^24 and 64-bit floats are rounded to nearest.
    pub fn into_f32(self) -> Vec<f32> {
        match self {
            Samples::F32(values) => values,
            other => any_type!(&other, values => values.iter().map(|v| v.to_f32()).collect()),
        }
    }

    /// The samples' bytes, little-endian: what `sha256` in reports of `inspect` is taken of.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        match self {
            Samples::U8(values) => values.clone(),
            Samples::U16(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Samples::I16(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Samples::U32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Samples::I32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Samples::F32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Samples::F64(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    }

    /// All samples as 64-bit floats.
    #[must_use]
    pub fn to_f64(&self) -> Vec<f64> {
        any_type!(self, values => values.iter().map(|value| value.to_f64()).collect())
    }

    /// Least, largest and mean value of the finite samples; `None` where no sample is finite.
    pub fn summary(&self) -> Option<Summary> {
        let mut summary = Summary {
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            mean: 0.0,
            not_finite: 0,
        };
        let mut sum = 0.0_f64;
        any_type!(self, values => for value in values {
            let value = value.to_f64();
            if value.is_finite() {
                summary.min = summary.min.min(value);
                summary.max = summary.max.max(value);
                sum += value;
            } else {
                summary.not_finite += 1;
            }
        });
        let finite = self.len() - summary.not_finite;
        if finite == 0 {
            return None;
        }
        summary.mean = sum / finite as f64;
        Some(summary)
    }
}

/// Plain description of the samples of an image, in the samples' own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Least finite value.
    pub min: f64,
    /// Largest finite value.
    pub max: f64,
    /// Mean of the finite values (64-bit sum in storage order).
    pub mean: f64,
    /// Samples that are NaN or infinite, left out of the above.
    pub not_finite: usize,
}

/// What the channels of a stored image are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// One channel, larger is brighter.
    Gray,
    /// Gray and alpha.
    GrayAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
    /// Cyan, magenta, yellow, black; 0 is no ink.
    Cmyk,
    /// Channels without a declared meaning (arrays, tensors, other numbers of channels).
    Unnamed,
}

/// One image: rows x columns x channels, or a volume: frames of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Frames (depth, slices); 1 for a plane.
    pub frames: usize,
    /// Rows (height).
    pub rows: usize,
    /// Columns (width).
    pub columns: usize,
    /// Samples a pixel.
    pub channels: usize,
    /// What the channels are.
    pub colour: Colour,
    /// Samples, frame by frame, row by row, channels side by side: `frames * rows * columns *
    /// channels` of them.
    pub samples: Samples,
    /// Where the voxels lie; `None` where the file does not say.
    pub geometry: Option<Geometry>,
}

impl Image {
    /// Puts a plane together. `None` where the number of samples is not rows x columns x channels,
    /// or one of them is zero.
    pub fn new(
        rows: usize,
        columns: usize,
        channels: usize,
        colour: Colour,
        samples: Samples,
    ) -> Option<Self> {
        Self::volume([1, rows, columns], channels, colour, samples, None)
    }

    /// Puts a volume of `[frames, rows, columns]` together. `None` as for [`Image::new`].
    pub fn volume(
        [frames, rows, columns]: [usize; 3],
        channels: usize,
        colour: Colour,
        samples: Samples,
        geometry: Option<Geometry>,
    ) -> Option<Self> {
        let plane = rows.checked_mul(columns)?.checked_mul(channels)?;
        let expected = plane.checked_mul(frames)?;
        (expected > 0 && samples.len() == expected).then_some(Image {
            frames,
            rows,
            columns,
            channels,
            colour,
            samples,
            geometry,
        })
    }

    /// Images of one size as the channels of one image, in their order; `None` where their sizes
    /// differ, or there is none. Samples of different types become 32-bit floats.
    pub fn stacked(images: Vec<Image>) -> Option<Self> {
        let mut images = images;
        if images.len() < 2 {
            return images.pop();
        }
        let first = images.first()?;
        let size = first.size();
        let pixels = size.iter().product::<usize>();
        let bytes = images
            .iter()
            .all(|one| matches!(one.samples, Samples::U8(_)));
        let channels = images.iter().map(|one| one.channels).sum();
        if images.iter().any(|one| one.size() != size) {
            return None;
        }
        let geometry = first.geometry;
        let samples = if bytes {
            let parts = images.iter().map(|one| match &one.samples {
                Samples::U8(values) => (values.as_slice(), one.channels),
                _ => (&[][..], one.channels),
            });
            Samples::U8(interleaved(&parts.collect::<Vec<_>>(), pixels))
        } else {
            let parts: Vec<(Vec<f32>, usize)> = images
                .into_iter()
                .map(|one| (one.samples.into_f32(), one.channels))
                .collect();
            let parts: Vec<(&[f32], usize)> = parts
                .iter()
                .map(|(values, channels)| (values.as_slice(), *channels))
                .collect();
            Samples::F32(interleaved(&parts, pixels))
        };
        Self::volume(size, channels, Colour::Unnamed, samples, geometry)
    }

    /// `rows x columns x channels`, for messages (`150 x 200 x 3`); a volume's frames come first.
    pub fn shape(&self) -> String {
        let plane = format!("{} x {} x {}", self.rows, self.columns, self.channels);
        match self.frames {
            1 => plane,
            frames => format!("{frames} x {plane}"),
        }
    }

    /// The same image without any sample, to be filled.
    pub(crate) fn without_samples(&self) -> Self {
        Image {
            samples: Samples::U8(Vec::new()),
            ..*self
        }
    }

    /// Frames, rows and columns.
    pub fn size(&self) -> [usize; 3] {
        [self.frames, self.rows, self.columns]
    }

    /// The samples as 32-bit floats in channel-first order (`channels`, `frames`, `rows`,
    /// `columns`): one image of an NCHW or NCDHW tensor.
    pub fn to_channels_first_f32(&self) -> Vec<f32> {
        let pixels = self.frames * self.rows * self.columns;
        let mut tensor = vec![0.0_f32; pixels * self.channels];
        if let (3, Samples::F32(values)) = (self.channels, &self.samples) {
            let (first, rest) = tensor.split_at_mut(pixels);
            let (second, third) = rest.split_at_mut(pixels);
            let planes = first.iter_mut().zip(second).zip(third);
            for (pixel, ((first, second), third)) in values.chunks_exact(3).zip(planes) {
                (*first, *second, *third) = (pixel[0], pixel[1], pixel[2]);
            }
            return tensor;
        }
        any_type!(&self.samples, values => for (channel, plane) in tensor.chunks_exact_mut(pixels).enumerate() {
            let stored = values.iter().skip(channel).step_by(self.channels);
            for (out, value) in plane.iter_mut().zip(stored) {
                *out = value.to_f32();
            }
        });
        tensor
    }
}

/// The channels of several images pixel by pixel.
fn interleaved<T: Copy>(parts: &[(&[T], usize)], pixels: usize) -> Vec<T> {
    let mut samples = Vec::with_capacity(parts.iter().map(|(values, _)| values.len()).sum());
    for pixel in 0..pixels {
        for (values, channels) in parts {
            samples.extend(&values[pixel * channels..(pixel + 1) * channels]);
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_stacked_as_channels() {
        let gray = Image::new(1, 2, 1, Colour::Gray, Samples::U8(vec![1, 2])).unwrap();
        let rgb = Image::new(1, 2, 3, Colour::Rgb, Samples::U8(vec![3, 4, 5, 6, 7, 8])).unwrap();
        let both = Image::stacked(vec![gray.clone(), rgb]).unwrap();
        assert_eq!(both.channels, 4);
        assert_eq!(both.samples, Samples::U8(vec![1, 3, 4, 5, 2, 6, 7, 8]));
        let float = Image::new(1, 2, 1, Colour::Gray, Samples::F32(vec![0.5, 0.25])).unwrap();
        let both = Image::stacked(vec![float, gray.clone()]).unwrap();
        assert_eq!(both.samples, Samples::F32(vec![0.5, 1.0, 0.25, 2.0]));
        let tall = Image::new(2, 1, 1, Colour::Gray, Samples::U8(vec![1, 2])).unwrap();
        assert!(Image::stacked(vec![gray, tall]).is_none());
    }

    #[test]
    fn a_wrong_number_of_samples_is_no_image() {
        assert!(Image::new(2, 2, 1, Colour::Gray, Samples::U8(vec![0; 3])).is_none());
        assert!(Image::new(0, 2, 1, Colour::Gray, Samples::U8(vec![])).is_none());
        assert!(Image::new(usize::MAX, 2, 1, Colour::Gray, Samples::U8(vec![])).is_none());
    }

    #[test]
    fn channels_first_takes_every_channel_apart() {
        let image = Image::new(1, 2, 3, Colour::Rgb, Samples::U8(vec![1, 2, 3, 4, 5, 6])).unwrap();
        assert_eq!(
            image.to_channels_first_f32(),
            vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
        );
    }

    #[test]
    fn summary_leaves_out_what_is_not_finite() {
        let summary = Samples::F32(vec![1.0, f32::NAN, 3.0]).summary().unwrap();
        assert_eq!(
            (summary.min, summary.max, summary.mean, summary.not_finite),
            (1.0, 3.0, 2.0, 1)
        );
        assert!(Samples::F32(vec![f32::NAN]).summary().is_none());
    }

    #[test]
    fn values_that_a_type_cannot_hold_are_refused() {
        assert_eq!(u8::from_f64(255.0), Some(255));
        assert_eq!(u8::from_f64(256.0), None);
        assert_eq!(i16::from_f64(-0.5), None);
        assert_eq!(u8::from_f64(f64::NAN), None);
    }
}
