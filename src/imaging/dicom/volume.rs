//! The slices of a series as one volume.

use dicom_dictionary_std::tags;
use sha2::{Digest, Sha256};

use super::describe::{hex, update_raw};
use super::elements::{Elements, frame_group, numbers};
use super::error::{DicomError, Reason, Step};
use super::header::Photometric;
use super::series::{Series, SeriesFlag, Slice, vector};
use super::voi::{Voi, VoiChoice};
use super::{Dicom, decode};
use crate::imaging::geometry::Geometry;
use crate::imaging::image::MAX_SAMPLES;

/// Slices in order, in the modality's unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// Slices, rows, columns.
    pub shape: [usize; 3],
    /// Values, slice by slice and row by row.
    pub values: Vec<f32>,
    /// SHA-256 of the stored values as little-endian 32-bit integers, in the same order.
    pub raw_sha256: String,
    /// Where the voxels lie, by the first and the last slice; `None` for fewer than two slices, or
    /// where a slice lacks PixelSpacing.
    pub geometry: Option<Geometry>,
    /// Whether a slice is MONOCHROME1: its least value is white.
    pub inverted: bool,
    /// The window or table that was asked for, the same of all slices.
    pub voi: Option<Voi>,
    /// Library and version that decoded the first slice.
    pub decoder: &'static str,
    /// Sentences on what is unusual in a slice, with its name.
    pub notes: Vec<String>,
}

impl Series {
    /// Decodes the slices in order; `read` gives a file's bytes, one slice at a time.
    ///
    /// # Errors
    /// Slices differ in size, have no place in the order, hold several frames or colours, or one of
    /// them cannot be read; more than 512 Mi samples in all.
    pub fn volume(
        &self,
        read: impl FnMut(&str) -> Result<Vec<u8>, std::io::Error>,
    ) -> Result<Volume, DicomError> {
        self.volume_shown(read, None)
    }

    /// The same with a window or table of the slices, which must be the same in all of them.
    pub(super) fn volume_shown(
        &self,
        mut read: impl FnMut(&str) -> Result<Vec<u8>, std::io::Error>,
        choice: Option<&VoiChoice>,
    ) -> Result<Volume, DicomError> {
        self.check()?;
        let mut volume = Volume {
            shape: [0; 3],
            values: Vec::new(),
            raw_sha256: String::new(),
            geometry: None,
            inverted: false,
            voi: None,
            decoder: crate::imaging::decode::OWN_DECODER,
            notes: Vec::new(),
        };
        let mut hash = Sha256::new();
        let mut ends: Option<(Place, Place)> = None;
        for name in &self.order {
            let bytes = read(name).map_err(|error| {
                DicomError::read(Reason::DamagedHeader, format!("slice {name}: {error}"))
            })?;
            let in_slice = |error: DicomError| {
                DicomError::new(
                    error.step(),
                    error.reason(),
                    format!("slice {name}: {}", error.sentence()),
                )
            };
            let slice = decode(&bytes).map_err(in_slice)?;
            self.unchanged(name, &bytes).map_err(in_slice)?;
            volume.add(&slice).map_err(in_slice)?;
            if let Some(choice) = choice {
                volume.show(&slice, choice).map_err(in_slice)?;
            }
            if let Some(place) = Place::of(&slice.elements) {
                ends = Some((ends.map_or(place, |(first, _)| first), place));
            }
            update_raw(&mut hash, &slice.samples);
            let notes = slice.notes.iter();
            volume
                .notes
                .extend(notes.map(|note| format!("slice {name}: {note}")));
        }
        volume.geometry = ends.and_then(|(first, last)| first.geometry(&last, volume.shape[0]));
        volume.raw_sha256 = hex(&hash.finalize());
        Ok(volume)
    }

    /// Whether a slice still is what the order of the series was made of.
    fn unchanged(&self, name: &str, bytes: &[u8]) -> Result<(), DicomError> {
        let before = self.slices.iter().find(|slice| slice.name == name);
        if before == Some(&Slice::read(name, bytes)?) {
            return Ok(());
        }
        Err(DicomError::read(
            Reason::FileChanged,
            "the file changed while the series was read; run again once nothing writes to the folder",
        ))
    }

    fn check(&self) -> Result<(), DicomError> {
        let refuse = |sentence: String| Err(DicomError::pixels(Reason::InvalidAttribute, sentence));
        if self.flags.contains(&SeriesFlag::SizeDiffers) {
            return refuse(
                "the slices of the series differ in rows or columns, and make no volume".to_owned(),
            );
        }
        if let Some(name) = self.without_position.first() {
            return refuse(format!(
                "{} slices of the series have no ImagePositionPatient or ImageOrientationPatient, \
                 and so no place in the volume (the first is {name})",
                self.without_position.len()
            ));
        }
        Ok(())
    }
}

/// Where a slice lies (DICOM's coordinates: to the patient's left, back and head).
#[derive(Clone, Copy)]
struct Place {
    position: [f64; 3],
    orientation: [f64; 6],
    /// Distance of rows, then of columns.
    spacing: [f64; 2],
}

impl Place {
    fn of(elements: &Elements) -> Option<Self> {
        let group = frame_group(&elements.object, tags::PIXEL_MEASURES_SEQUENCE, 0);
        let spacing = numbers(group, tags::PIXEL_SPACING, Step::Read);
        Some(Self {
            position: vector(elements, tags::IMAGE_POSITION_PATIENT)?,
            orientation: vector(elements, tags::IMAGE_ORIENTATION_PATIENT)?,
            spacing: spacing.ok().flatten()?.try_into().ok()?,
        })
    }

    /// The affine of a stack of so many slices from here to `last` (PS3.3 C.7.6.2.1.1), with the
    /// first two axes turned to right and front.
    fn geometry(&self, last: &Place, slices: usize) -> Option<Geometry> {
        if slices < 2 {
            return None;
        }
        let mut affine = [[0.0; 4]; 3];
        for (axis, row) in affine.iter_mut().enumerate() {
            let sign = if axis < 2 { -1.0 } else { 1.0 };
            let step = (last.position[axis] - self.position[axis]) / (slices - 1) as f64;
            *row = [
                sign * self.orientation[axis] * self.spacing[1],
                sign * self.orientation[3 + axis] * self.spacing[0],
                sign * step,
                sign * self.position[axis],
            ];
        }
        let geometry = Geometry { affine };
        geometry.is_invertible().then_some(geometry)
    }
}

impl Volume {
    fn show(&mut self, slice: &Dicom, choice: &VoiChoice) -> Result<(), DicomError> {
        let Some(own) = slice.voi(choice)?.0.into_iter().next() else {
            return Ok(());
        };
        if *self.voi.get_or_insert_with(|| own.clone()) == own {
            return Ok(());
        }
        Err(DicomError::new(
            Step::Voi,
            Reason::InvalidAttribute,
            "its window or VOI LUT is not that of the first slice, expected one for the series; \
             declare it, `window: {center: ..., width: ...}`",
        ))
    }

    fn add(&mut self, slice: &Dicom) -> Result<(), DicomError> {
        let header = &slice.header;
        let [slices, rows, columns] = self.shape;
        if header.frames != 1 || header.channels != 1 {
            return Err(DicomError::unsupported(format!(
                "{} frames of {} samples a pixel, expected one gray image a slice",
                header.frames, header.channels
            )));
        }
        if slices > 0 && (rows, columns) != (header.rows, header.columns) {
            return Err(DicomError::pixels(
                Reason::InvalidAttribute,
                format!(
                    "{} rows x {} columns, expected {rows} x {columns} as in the first slice",
                    header.rows, header.columns
                ),
            ));
        }
        if self.values.len() + header.frame_samples() > MAX_SAMPLES {
            return Err(DicomError::pixels(
                Reason::TooLarge,
                format!("the volume has more than the limit of {MAX_SAMPLES} samples"),
            ));
        }
        self.inverted |= header.photometric == Photometric::Monochrome1;
        if slices == 0 {
            self.decoder = slice.decoder;
        }
        self.values.append(&mut slice.rescaled()?);
        self.shape = [slices + 1, header.rows, header.columns];
        Ok(())
    }
}
