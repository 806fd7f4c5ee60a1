//! The declared channels from those that a file stores.

use super::TransformError;
use crate::config::preprocess::Channels;
use crate::imaging::image::{Colour, Image, Sample, Samples, any_type, same_type};

/// Shares of red, green and blue in 16-bit fixed point; they sum to 65536. BT.601 as Pillow rounds
/// them.
const BT601: [i64; 3] = [19595, 38470, 7471];
/// BT.709, rounded to nearest.
const BT709: [i64; 3] = [13933, 46871, 4732];

const BT601_FLOAT: [f64; 3] = [0.299, 0.587, 0.114];
const BT709_FLOAT: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// Makes the declared channels. Alpha is left out, and CMYK becomes red, green and blue, both as
/// Pillow's `convert("RGB")` does.
pub(super) fn apply(image: Image, channels: Channels) -> Result<Image, TransformError> {
    let image = without_alpha(image);
    let gray = image.channels == 1;
    match channels {
        Channels::Rgb if gray => Err(mismatch(
            "rgb",
            &image,
            "write `repeat3` to use the one channel three times",
        )),
        Channels::Bgr if gray => Err(mismatch(
            "bgr",
            &image,
            "write `repeat3` to use the one channel three times",
        )),
        Channels::Rgb => three(image, "rgb"),
        Channels::Bgr => Ok(reversed(three(image, "bgr")?)),
        Channels::GrayBt601 | Channels::GrayBt709 | Channels::Gray if gray => Ok(image),
        Channels::GrayBt601 => Ok(weighted(three(image, "gray_bt601")?, BT601, BT601_FLOAT)),
        Channels::GrayBt709 => Ok(weighted(three(image, "gray_bt709")?, BT709, BT709_FLOAT)),
        Channels::Gray => only(image, "gray"),
        Channels::Repeat3 => {
            let image = if gray { image } else { only(image, "repeat3")? };
            let samples = same_type!(&image.samples, values => {
                values.iter().flat_map(|&value| [value; 3]).collect()
            });
            Ok(Image {
                channels: 3,
                colour: Colour::Rgb,
                samples,
                ..image
            })
        }
    }
}

fn mismatch(declared: &'static str, image: &Image, help: &'static str) -> TransformError {
    let found = match (image.channels, image.colour) {
        (1, _) => "one channel".to_owned(),
        (count, Colour::Rgb) => format!("{count} channels of colour"),
        (count, _) => format!("{count} channels"),
    };
    TransformError::ChannelMismatch {
        declared,
        found,
        help,
    }
}

fn without_alpha(image: Image) -> Image {
    let (kept, colour) = match image.colour {
        Colour::GrayAlpha => (1, Colour::Gray),
        Colour::Rgba => (3, Colour::Rgb),
        Colour::Cmyk => return from_cmyk(image),
        _ => return image,
    };
    let stored = image.channels;
    let samples = same_type!(&image.samples, values => {
        values.chunks_exact(stored).flat_map(|pixel| pixel[..kept].iter().copied()).collect()
    });
    Image {
        channels: kept,
        colour,
        samples,
        ..image
    }
}

/// Ink to light on 8-bit samples; other types keep four channels and are refused by what follows.
fn from_cmyk(image: Image) -> Image {
    let Samples::U8(values) = &image.samples else {
        return image;
    };
    let mut rgb = Vec::with_capacity(values.len() / 4 * 3);
    for pixel in values.chunks_exact(4) {
        let light = 255 - i32::from(pixel[3]);
        rgb.extend(pixel[..3].iter().map(|&ink| {
            // ink * light / 255, rounded, by the usual shift.
            let product = i32::from(ink) * light + 128;
            (light - (((product >> 8) + product) >> 8)).clamp(0, 255) as u8
        }));
    }
    Image {
        channels: 3,
        colour: Colour::Rgb,
        samples: Samples::U8(rgb),
        ..image
    }
}

fn three(image: Image, declared: &'static str) -> Result<Image, TransformError> {
    match (image.channels, image.colour) {
        (3, Colour::Rgb | Colour::Unnamed) => Ok(Image {
            colour: Colour::Rgb,
            ..image
        }),
        _ => Err(mismatch(
            declared,
            &image,
            "three channels are expected: red, green, blue",
        )),
    }
}

fn reversed(image: Image) -> Image {
    let samples = same_type!(image.samples, values => {
        let mut values = values;
        values.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
        values
    });
    Image {
        colour: Colour::Unnamed,
        samples,
        ..image
    }
}

/// One channel from three. Integers: fixed point, rounded half up; floats: 64-bit sum.
fn weighted(image: Image, shares: [i64; 3], float_shares: [f64; 3]) -> Image {
    fn integers<T: Copy + Into<i64> + TryFrom<i64> + Default>(
        values: &[T],
        shares: [i64; 3],
    ) -> Vec<T> {
        let pixels = values.chunks_exact(3);
        pixels
            .map(|pixel| {
                let sum: i64 = pixel
                    .iter()
                    .zip(shares)
                    .map(|(&value, share)| value.into() * share)
                    .sum();
                // A weighted mean lies between its parts, so that the conversion cannot fail.
                T::try_from((sum + 0x8000) >> 16).unwrap_or_default()
            })
            .collect()
    }
    fn floats<T: Sample>(values: &[T], shares: [f64; 3]) -> impl Iterator<Item = f64> {
        values.chunks_exact(3).map(move |pixel| {
            pixel
                .iter()
                .zip(shares)
                .map(|(value, share)| value.to_f64() * share)
                .sum()
        })
    }
    let samples = match &image.samples {
        Samples::U8(values) => Samples::U8(integers(values, shares)),
        Samples::U16(values) => Samples::U16(integers(values, shares)),
        Samples::I16(values) => Samples::I16(integers(values, shares)),
        Samples::U32(values) => Samples::U32(integers(values, shares)),
        Samples::I32(values) => Samples::I32(integers(values, shares)),
        Samples::F32(values) => Samples::F32(
            floats(values, float_shares)
                .map(|value| value as f32)
                .collect(),
        ),
        Samples::F64(values) => Samples::F64(floats(values, float_shares).collect()),
    };
    Image {
        channels: 1,
        colour: Colour::Gray,
        samples,
        ..image
    }
}

/// The one channel that a colour image holds several times.
fn only(image: Image, declared: &'static str) -> Result<Image, TransformError> {
    let channels = image.channels;
    let equal = any_type!(&image.samples, values => {
        values.chunks_exact(channels).all(|pixel| pixel.iter().all(|value| *value == pixel[0]))
    });
    if !equal {
        return Err(mismatch(
            declared,
            &image,
            "they differ, so say how they become one: `gray_bt601` or `gray_bt709`",
        ));
    }
    let samples =
        same_type!(&image.samples, values => values.iter().step_by(channels).copied().collect());
    Ok(Image {
        channels: 1,
        colour: Colour::Gray,
        samples,
        ..image
    })
}
