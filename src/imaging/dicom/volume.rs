//! The slices of a series as one volume.

use sha2::{Digest, Sha256};

use super::describe::{hex, update_raw};
use super::error::{DicomError, Reason};
use super::series::{Series, SeriesFlag};
use super::{Dicom, decode};
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
        mut read: impl FnMut(&str) -> Result<Vec<u8>, std::io::Error>,
    ) -> Result<Volume, DicomError> {
        self.check()?;
        let mut volume = Volume {
            shape: [0; 3],
            values: Vec::new(),
            raw_sha256: String::new(),
            notes: Vec::new(),
        };
        let mut hash = Sha256::new();
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
            volume.add(&slice).map_err(in_slice)?;
            update_raw(&mut hash, &slice.samples);
            let notes = slice.notes.iter();
            volume
                .notes
                .extend(notes.map(|note| format!("slice {name}: {note}")));
        }
        volume.raw_sha256 = hex(&hash.finalize());
        Ok(volume)
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

impl Volume {
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
        self.values.append(&mut slice.rescaled()?);
        self.shape = [slices + 1, header.rows, header.columns];
        Ok(())
    }
}
