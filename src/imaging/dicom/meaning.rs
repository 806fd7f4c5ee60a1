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

    /// Display values as floats from 0 (black) to 1 (white), or as bytes; where `inverted`, the other
    /// way round.
    ///
    /// # Errors
    /// As [`Dicom::windowed_u8`].
    pub(super) fn shown(
        &self,
        choice: &VoiChoice,
        output: WindowOutput,
        inverted: bool,
    ) -> Result<Samples, DicomError> {
        let (modality, voi) = (self.modality()?.0, self.voi(choice)?.0);
        let value =
            |frame: usize, stored, top| voi[frame].apply(modality[frame].apply(stored), top);
        Ok(match output {
            WindowOutput::Unit => Samples::F32(
                self.map(|frame, stored| voi::shown_unit(value(frame, stored, 1.0), inverted)),
            ),
            WindowOutput::Bytes(rounding) => Samples::U8(self.map(|frame, stored| {
                voi::shown_byte(value(frame, stored, 255.0), rounding, inverted)
            })),
        })
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
    fn map<T>(&self, each: impl Fn(usize, f64) -> T) -> Vec<T> {
        let size = self.header.frame_samples();
        any_type!(&self.samples, values => values
            .chunks(size)
            .enumerate()
            .flat_map(|(frame, values)| values.iter().map(move |value| (frame, value.to_f64())))
            .map(|(frame, value)| each(frame, value))
            .collect())
    }
}
