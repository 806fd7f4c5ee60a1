//! A decoded file, and the steps from its stored values to those that models are fed.

use super::colour::{self, Palette};
use super::elements::Elements;
use super::error::{DicomError, Reason, Step};
use super::file::File;
use super::header::{self, Photometric, PixelHeader, Storage};
use super::modality::{self, Modality};
use super::pixels;
use super::voi::{self, Voi, VoiChoice};
use crate::config::preprocess::{ByteRounding, WindowOutput};
use crate::imaging::image::{Colour, Image, Sample, Samples, any_type, same_type};

/// A DICOM image as stored, with its header.
#[derive(Debug, Clone)]
pub struct Dicom {
    /// Shape and storage of the values.
    pub header: PixelHeader,
    /// Stored values, frames x rows x columns x samples, colours side by side: the bits of PS3.5
    /// 8.1.1 with their sign, colours as stored, palettes as indices.
    pub samples: Samples,
    /// What a user should know about this file. Sentences without an end mark, in a fixed order.
    pub notes: Vec<String>,
    /// Library and version that decoded them.
    pub decoder: &'static str,
    /// All other elements.
    pub elements: Elements,
    palette: Option<Palette>,
}

/// Decodes the stored values of an opened file.
pub(super) fn decode(mut file: File<'_>) -> Result<Dicom, DicomError> {
    let header = header::read(&mut file)?;
    let signed = is_signed(&header);
    // Indices without palettes are no image, so that the tables belong to the pixels.
    let palette = match header.photometric {
        Photometric::PaletteColor => Some(Palette::read(&file.elements, signed)?),
        _ => None,
    };
    let samples = pixels::decode(&mut file, &header)?;
    let own = crate::imaging::decode::OWN_DECODER;
    let decoder = file.syntax.map_or(own, |syntax| syntax.codec.decoder());
    Ok(Dicom {
        header,
        samples,
        notes: file.notes,
        decoder,
        elements: file.elements,
        palette,
    })
}

fn is_signed(header: &PixelHeader) -> bool {
    matches!(header.storage, Storage::Integer { signed: true, .. })
}

impl Dicom {
    /// The modality transform of every frame, with notes on what was not plain.
    ///
    /// # Errors
    /// The image has colours, a number is empty or not finite, the slope is 0, or a table is shorter
    /// than its descriptor says.
    pub fn modality(&self) -> Result<(Vec<Modality>, Vec<String>), DicomError> {
        if !self.header.photometric.is_gray() {
            return Err(DicomError::new(
                Step::Modality,
                Reason::InvalidAttribute,
                format!(
                    "the photometric interpretation is {}, and only gray images have a modality LUT",
                    self.header.photometric.name()
                ),
            ));
        }
        self.each_frame(|frame, notes| {
            modality::read(&self.elements, frame, is_signed(&self.header), notes)
        })
    }

    /// The VOI transform of every frame, with notes on what was not plain.
    ///
    /// # Errors
    /// The file lacks what `choice` asks for, or what it has is damaged.
    pub fn voi(&self, choice: &VoiChoice) -> Result<(Vec<Voi>, Vec<String>), DicomError> {
        self.each_frame(|frame, notes| {
            voi::read(
                &self.elements,
                frame,
                choice,
                is_signed(&self.header),
                notes,
            )
        })
    }

    fn each_frame<T>(
        &self,
        read: impl Fn(usize, &mut Vec<String>) -> Result<T, DicomError>,
    ) -> Result<(Vec<T>, Vec<String>), DicomError> {
        let mut notes = Vec::new();
        let all: Result<Vec<T>, DicomError> = (0..self.header.frames)
            .map(|frame| {
                let mut own = Vec::new();
                let value = read(frame, &mut own);
                own.retain(|note| !notes.contains(note));
                notes.append(&mut own);
                value
            })
            .collect();
        Ok((all?, notes))
    }

    /// Values in the modality's own unit (Hounsfield, counts, ...), frames x rows x columns:
    /// computed in 64 bits, rounded once to 32.
    ///
    /// # Errors
    /// As [`Dicom::modality`].
    pub fn rescaled(&self) -> Result<Vec<f32>, DicomError> {
        let (transforms, _) = self.modality()?;
        Ok(self.map(|frame, stored| transforms[frame].apply(stored) as f32))
    }

    /// Display values, frames x rows x columns, from 0 (black) to 255 (white), halves rounded up;
    /// MONOCHROME1 is inverted at the end.
    ///
    /// # Errors
    /// As [`Dicom::modality`] and [`Dicom::voi`].
    pub fn windowed_u8(&self, choice: &VoiChoice) -> Result<Vec<u8>, DicomError> {
        let inverted = self.header.photometric == Photometric::Monochrome1;
        let (modality, voi) = (self.modality()?.0, self.voi(choice)?.0);
        Ok(self.map(|frame, stored| {
            let value = voi[frame].apply(modality[frame].apply(stored), 255.0);
            voi::shown_byte(value, ByteRounding::Nearest, inverted)
        }))
    }

    /// One frame's display values as floats from 0 (black) to 1 (white), or as bytes; where `inverted`,
    /// the other way round. `None` where there is no such frame.
    ///
    /// # Errors
    /// As [`Dicom::windowed_u8`].
    pub(super) fn shown(
        &self,
        choice: &VoiChoice,
        output: WindowOutput,
        inverted: bool,
        frame: usize,
    ) -> Result<Option<Image>, DicomError> {
        let (modality, voi) = (self.modality()?.0, self.voi(choice)?.0);
        let (Some(modality), Some(voi)) = (modality.get(frame), voi.get(frame)) else {
            return Ok(None);
        };
        let value = |stored: f64, top| voi.apply(modality.apply(stored), top);
        Ok(self.plane(match output {
            WindowOutput::Unit => Samples::F32(self.mapped(frame, |stored| {
                voi::shown_unit(value(stored, 1.0), inverted)
            })),
            WindowOutput::Bytes(rounding) => Samples::U8(self.mapped(frame, |stored| {
                voi::shown_byte(value(stored, 255.0), rounding, inverted)
            })),
        }))
    }

    /// One frame in the modality's own unit, as [`Dicom::rescaled`]; `None` where there is none.
    ///
    /// # Errors
    /// As [`Dicom::modality`].
    pub(super) fn rescaled_frame(&self, frame: usize) -> Result<Option<Image>, DicomError> {
        let modality = self.modality()?.0;
        Ok(modality.get(frame).and_then(|modality| {
            self.plane(Samples::F32(
                self.mapped(frame, |stored| modality.apply(stored) as f32),
            ))
        }))
    }

    /// The values of one gray frame as an image.
    fn plane(&self, values: Samples) -> Option<Image> {
        let PixelHeader { rows, columns, .. } = self.header;
        Image::new(rows, columns, 1, Colour::Gray, values)
    }

    /// Red, green and blue, frames x rows x columns x 3: palettes applied, luminance and chroma
    /// turned.
    ///
    /// # Errors
    /// The image is gray, or of luminance and chroma with other than 8 bits.
    pub fn rgb(&self) -> Result<Samples, DicomError> {
        colour::rgb(&self.samples, &self.header, self.palette.as_ref())
    }

    /// One frame of values that this file's steps made (a reference to [`Dicom::samples`], or the result of a
    /// step),
    /// as an image for the transforms. `None` where there is no such frame, or the values are not
    /// those of this file.
    ///
    /// MONOCHROME1 comes as gray where it has not been through a window: its least value is white.
    pub fn frame(&self, values: &Samples, frame: usize) -> Option<Image> {
        let pixels = self.header.rows * self.header.columns;
        let size = values.len() / self.header.frames;
        let channels = size / pixels;
        let colour = match (channels, self.header.photometric) {
            (1, _) => Colour::Gray,
            (3, Photometric::YbrFull | Photometric::YbrFull422)
                if std::ptr::eq(values, &self.samples) =>
            {
                Colour::Unnamed
            }
            (3, _) => Colour::Rgb,
            _ => return None,
        };
        let (start, end) = (
            frame.checked_mul(size)?,
            frame.checked_add(1)?.checked_mul(size)?,
        );
        if end > values.len() || size * self.header.frames != values.len() {
            return None;
        }
        let part = same_type!(values, all => all[start..end].to_vec());
        Image::new(
            self.header.rows,
            self.header.columns,
            channels,
            colour,
            part,
        )
    }

    /// Maps every stored value of a gray image with its frame.
    fn map<T: Copy>(&self, each: impl Fn(usize, f64) -> T) -> Vec<T> {
        let mut mapped = Vec::with_capacity(self.samples.len());
        for frame in 0..self.header.frames {
            self.map_frame(frame, &mut mapped, |stored| each(frame, stored));
        }
        mapped
    }

    fn mapped<T: Copy>(&self, frame: usize, each: impl Fn(f64) -> T) -> Vec<T> {
        let mut mapped = Vec::with_capacity(self.header.frame_samples());
        self.map_frame(frame, &mut mapped, each);
        mapped
    }

    /// Maps the stored values of one frame of a gray image, each different one once where that is less
    /// work.
    fn map_frame<T: Copy>(&self, frame: usize, mapped: &mut Vec<T>, each: impl Fn(f64) -> T) {
        let size = self.header.frame_samples();
        let start = (frame * size).min(self.samples.len());
        let end = (start + size).min(self.samples.len());
        match &self.samples {
            Samples::U8(values) => by_value(&values[start..end], mapped, each),
            Samples::U16(values) => by_value(&values[start..end], mapped, each),
            Samples::I16(values) => by_value(&values[start..end], mapped, each),
            other => any_type!(other, values => {
                mapped.extend(values[start..end].iter().map(|value| each(value.to_f64())));
            }),
        }
    }
}

/// Whole numbers of at most 16 bits, mapped through a table from the least to the largest that there
/// is, unless that is longer than half of the values.
fn by_value<V, T>(values: &[V], mapped: &mut Vec<T>, each: impl Fn(f64) -> T)
where
    V: Sample + Ord + Into<i32>,
    T: Copy,
{
    let all = || values.iter().copied();
    let (Some(least), Some(largest)) = (all().min(), all().max()) else {
        return;
    };
    let (least, largest): (i32, i32) = (least.into(), largest.into());
    let length = i64::from(largest) - i64::from(least) + 1;
    if length > values.len() as i64 / 2 {
        mapped.extend(values.iter().map(|value| each(value.to_f64())));
        return;
    }
    let table: Vec<T> = (least..=largest)
        .map(|value| each(f64::from(value)))
        .collect();
    mapped.extend(values.iter().map(|value| {
        let value: i32 = (*value).into();
        table[(value - least) as usize]
    }));
}

#[cfg(test)]
mod tests {
    use super::by_value;

    #[test]
    fn a_table_gives_what_each_value_gives() {
        let each = |value: f64| (value * 3.0 - 7.0) as f32;
        for values in [
            vec![
                -5_i16, 3, 3, -5, -5, 3, 0, 1, 2, -4, -5, 3, 3, 3, 3, 3, 3, 3,
            ],
            vec![i16::MIN, i16::MAX, 0],
        ] {
            let mut mapped = Vec::new();
            by_value(&values, &mut mapped, each);
            let direct: Vec<f32> = values.iter().map(|value| each(f64::from(*value))).collect();
            assert_eq!(mapped, direct);
        }
        let mut none: Vec<f32> = Vec::new();
        by_value(&[] as &[u8], &mut none, each);
        assert!(none.is_empty());
    }
}
