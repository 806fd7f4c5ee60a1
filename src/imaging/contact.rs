//! Contact sheets: a few images side by side as a PNG, so that people see what a model was fed.

use super::image::{Image, Sample, any_type};

/// Side of a thumbnail at most.
const SIDE: usize = 112;
/// Columns between thumbnails.
const GAP: usize = 4;

/// Values that are drawn black and white; the same for all sheets of an audit, so that a darker site
/// looks darker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tones {
    /// Black, and everything below.
    pub low: f64,
    /// White, and everything above.
    pub high: f64,
}

impl Tones {
    /// From the 0.5% to the 99.5% quantile of all finite values of some images; `None` where there is
    /// none.
    #[must_use]
    pub fn of<'a>(images: impl Iterator<Item = &'a Image>) -> Option<Self> {
        let mut values: Vec<f64> = images.flat_map(|image| middle(image).1).collect();
        values.retain(|value| value.is_finite());
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |share: f64| values[(share * last as f64).round() as usize];
        Some(Self {
            low: at(0.005),
            high: at(0.995),
        })
    }

    fn level(self, value: f64) -> u8 {
        let span = self.high - self.low;
        if !value.is_finite() {
            return 0;
        }
        if span <= 0.0 {
            return 128;
        }
        ((value - self.low) / span * 255.0)
            .round()
            .clamp(0.0, 255.0) as u8
    }
}

/// A PNG with its size.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The file's bytes.
    pub png: Vec<u8>,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// Images in one row, each scaled down to 112 pixels at most by averaging, the middle frame of a
/// volume. Three channels are drawn as red, green and blue in the order in which the model gets
/// them; of any other number the first is drawn grey.
///
/// # Errors
/// No image, or the encoder's message.
pub fn contact_sheet(images: &[Image], tones: Tones) -> Result<Sheet, String> {
    let thumbs: Vec<Thumb> = images
        .iter()
        .map(|image| Thumb::new(image, tones))
        .collect();
    let height = thumbs.iter().map(|thumb| thumb.rows).max().unwrap_or(0);
    let gaps = GAP * thumbs.len().saturating_sub(1);
    let width = thumbs.iter().map(|thumb| thumb.columns).sum::<usize>() + gaps;
    if width == 0 || height == 0 {
        return Err("there is no image to show".to_owned());
    }
    // Transparent where there is none.
    let mut pixels = vec![0u8; width * height * 4];
    let mut left = 0;
    for thumb in &thumbs {
        for row in 0..thumb.rows {
            for column in 0..thumb.columns {
                let from = (row * thumb.columns + column) * 3;
                let to = (row * width + left + column) * 4;
                pixels[to..to + 3].copy_from_slice(&thumb.rgb[from..from + 3]);
                pixels[to + 3] = 255;
            }
        }
        left += thumb.columns + GAP;
    }
    let mut png = Vec::new();
    let size = |n: usize| u32::try_from(n).map_err(|error| error.to_string());
    let mut encoder = png::Encoder::new(&mut png, size(width)?, size(height)?);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer
        .write_image_data(&pixels)
        .map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(Sheet { png, width, height })
}

/// Channels and values of the middle frame, the channels of a pixel side by side.
fn middle(image: &Image) -> (usize, Vec<f64>) {
    let plane = image.rows * image.columns * image.channels;
    let begin = image.frames / 2 * plane;
    let values = any_type!(&image.samples, values => {
        values.iter().skip(begin).take(plane).map(|value| value.to_f64()).collect()
    });
    (image.channels, values)
}

/// One image at its shown size.
struct Thumb {
    rows: usize,
    columns: usize,
    rgb: Vec<u8>,
}

impl Thumb {
    fn new(image: &Image, tones: Tones) -> Self {
        let (channels, values) = middle(image);
        let largest = image.rows.max(image.columns).max(1);
        let shrunk = |side: usize| {
            if largest <= SIDE {
                side
            } else {
                (side * SIDE / largest).max(usize::from(side > 0))
            }
        };
        let (rows, columns) = (shrunk(image.rows), shrunk(image.columns));
        let mut rgb = Vec::with_capacity(rows * columns * 3);
        for row in 0..rows {
            for column in 0..columns {
                for colour in 0..3 {
                    let channel = if channels == 3 { colour } else { 0 };
                    let mean = mean_of(
                        &values,
                        (image.columns, channels, channel),
                        span(row, rows, image.rows),
                        span(column, columns, image.columns),
                    );
                    rgb.push(tones.level(mean));
                }
            }
        }
        Self { rows, columns, rgb }
    }
}

/// Source places of one shown place.
fn span(place: usize, shown: usize, size: usize) -> std::ops::Range<usize> {
    let begin = place * size / shown;
    begin..((place + 1) * size / shown).max(begin + 1)
}

fn mean_of(
    values: &[f64],
    (width, channels, channel): (usize, usize, usize),
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) -> f64 {
    let n = (rows.len() * columns.len()) as f64;
    let mut sum = 0.0;
    for row in rows {
        for column in columns.clone() {
            let place = (row * width + column) * channels + channel;
            sum += values.get(place).copied().unwrap_or(f64::NAN);
        }
    }
    sum / n
}

#[cfg(test)]
mod tests {
    use super::super::{Colour, Samples, decode};
    use super::*;

    fn image(rows: usize, columns: usize, samples: Vec<f32>) -> Image {
        Image {
            channels: samples.len() / (rows * columns),
            frames: 1,
            rows,
            columns,
            samples: Samples::F32(samples),
            colour: Colour::Gray,
            geometry: None,
        }
    }

    /// Read back by the decoder of PNG files: greys at their places, nothing between.
    #[test]
    fn pixels_are_the_values_between_black_and_white() {
        let tones = Tones {
            low: -1.0,
            high: 1.0,
        };
        let first = image(2, 1, vec![-1.0, 0.0]);
        let second = image(1, 2, vec![1.0, 7.0]);
        let sheet = contact_sheet(&[first, second], tones).unwrap();
        assert_eq!((sheet.width, sheet.height), (1 + GAP + 2, 2));
        let decoded = decode(&sheet.png, crate::config::InputKind::Raster).unwrap();
        let Samples::U8(found) = decoded.image.samples else {
            panic!("bytes expected");
        };
        let at = |row: usize, column: usize| &found[(row * sheet.width + column) * 4..][..4];
        assert_eq!(at(0, 0), [0, 0, 0, 255]);
        assert_eq!(at(1, 0), [128, 128, 128, 255]);
        assert_eq!(at(0, 1 + GAP), [255, 255, 255, 255]);
        assert_eq!(at(0, 2 + GAP), [255, 255, 255, 255]);
        assert_eq!(at(1, 1 + GAP)[3], 0);
    }

    #[test]
    fn large_images_shrink_by_averaging() {
        let side = 2 * SIDE;
        let checks: Vec<f32> = (0..side * side)
            .map(|place| ((place / side + place % side) % 2) as f32)
            .collect();
        let sheet = contact_sheet(
            &[image(side, side, checks)],
            Tones {
                low: 0.0,
                high: 1.0,
            },
        )
        .unwrap();
        assert_eq!((sheet.width, sheet.height), (SIDE, SIDE));
        let decoded = decode(&sheet.png, crate::config::InputKind::Raster).unwrap();
        let values = decoded.image.samples.to_f64();
        assert!(values.chunks(4).all(|pixel| pixel[..3] == [128.0; 3]));
    }

    #[test]
    fn tones_come_from_the_middle_of_the_values() {
        let mut values = vec![0.25f32; 1000];
        (values[0], values[1], values[2]) = (-900.0, 900.0, f32::NAN);
        let found = Tones::of([&image(1, 1000, values)].into_iter()).unwrap();
        assert_eq!((found.low, found.high), (0.25, 0.25));
        assert_eq!(found.level(0.25), 128);
        assert_eq!(Tones::of([&image(1, 1, vec![f32::NAN])].into_iter()), None);
        assert!(contact_sheet(&[], found).is_err());
    }
}
