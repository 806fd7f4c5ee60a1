//! The slices of a series as one volume.

use sha2::{Digest, Sha256};

use super::describe::{hex, update_raw};
use super::error::{DicomError, Reason, Step};
use super::header::Photometric;
use super::series::{Series, SeriesFlag};
use super::slice::Slice;
use super::voi::{Voi, VoiChoice};
use super::{Dicom, decode};
use crate::imaging::geometry::Geometry;
use crate::imaging::image::{MAX_SAMPLES, Samples};

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
    /// Decodes the slices in order; `read` gives a file's bytes, one file at a time.
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
        let mut opened: Option<Opened> = None;
        for slice in &self.slices {
            let name = &slice.name;
            let in_slice = |error: DicomError| {
                DicomError::new(
                    error.step(),
                    error.reason(),
                    format!("slice {name}: {}", error.sentence()),
                )
            };
            let file = match opened.take().filter(|file| file.name == slice.file) {
                Some(file) => file,
                None => {
                    let bytes = read(&slice.file).map_err(|error| {
                        DicomError::read(Reason::DamagedHeader, format!("slice {name}: {error}"))
                    })?;
                    let file = Opened::new(&slice.file, &bytes, choice).map_err(in_slice)?;
                    let slices = self.unchanged(&slice.file, &bytes).map_err(in_slice)?;
                    file.holds(slices).map_err(in_slice)?;
                    let notes = file.dicom.notes.iter();
                    volume
                        .notes
                        .extend(notes.map(|note| format!("slice {}: {note}", file.name)));
                    file
                }
            };
            volume.add(&file, slice.frame).map_err(in_slice)?;
            if let Some(place) = Place::of(slice) {
                ends = Some((ends.map_or(place, |(first, _)| first), place));
            }
            match slice.frame.and_then(|frame| file.stored(frame)) {
                Some(own) => update_raw(&mut hash, &own),
                None => update_raw(&mut hash, &file.dicom.samples),
            }
            opened = Some(file);
        }
        volume.geometry = ends.and_then(|(first, last)| first.geometry(&last, volume.shape[0]));
        volume.raw_sha256 = hex(&hash.finalize());
        Ok(volume)
    }

    /// How many slices a file holds, which still are what the order of the series was made of.
    fn unchanged(&self, file: &str, bytes: &[u8]) -> Result<usize, DicomError> {
        let now = Slice::read_all(file, bytes)?;
        let mut before = self.slices.iter().filter(|slice| slice.file == file);
        if before.all(|slice| now.contains(slice)) {
            return Ok(now.len());
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
    fn of(slice: &Slice) -> Option<Self> {
        let (position, orientation) = slice.place()?;
        Some(Self {
            position,
            orientation,
            spacing: slice.pixel_spacing()?,
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

/// A decoded file with the values of all its frames.
struct Opened {
    name: String,
    dicom: Dicom,
    values: Vec<f32>,
    /// The window or table of each frame, where one was asked for.
    voi: Option<Vec<Voi>>,
}

impl Opened {
    fn new(name: &str, bytes: &[u8], choice: Option<&VoiChoice>) -> Result<Self, DicomError> {
        let dicom = decode(bytes)?;
        if dicom.header.channels != 1 {
            return Err(DicomError::unsupported(format!(
                "{} samples a pixel, expected one, as gray images have",
                dicom.header.channels
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            values: dicom.rescaled()?,
            voi: match choice {
                Some(choice) => Some(dicom.voi(choice)?.0),
                None => None,
            },
            dicom,
        })
    }

    /// Whether every frame is a slice.
    fn holds(&self, slices: usize) -> Result<(), DicomError> {
        let frames = self.dicom.header.frames;
        if slices == frames {
            return Ok(());
        }
        Err(DicomError::unsupported(match slices {
            1 => format!(
                "{frames} frames without functional groups that say where each lies, expected one \
                 gray image a slice"
            ),
            _ => format!("{frames} frames, and functional groups for {slices}"),
        }))
    }

    /// The stored values of one frame.
    fn stored(&self, frame: usize) -> Option<Samples> {
        let image = self.dicom.frame(&self.dicom.samples, frame)?;
        Some(image.samples)
    }
}

impl Volume {
    /// Adds a file's only frame, or the one that is a slice.
    fn add(&mut self, file: &Opened, frame: Option<usize>) -> Result<(), DicomError> {
        let header = &file.dicom.header;
        let [slices, rows, columns] = self.shape;
        if slices > 0 && (rows, columns) != (header.rows, header.columns) {
            return Err(DicomError::pixels(
                Reason::InvalidAttribute,
                format!(
                    "{} rows x {} columns, expected {rows} x {columns} as in the first slice",
                    header.rows, header.columns
                ),
            ));
        }
        let size = header.frame_samples();
        if self.values.len() + size > MAX_SAMPLES {
            return Err(DicomError::pixels(
                Reason::TooLarge,
                format!("the volume has more than the limit of {MAX_SAMPLES} samples"),
            ));
        }
        let place = frame.unwrap_or(0);
        let values = &file.values[place * size..(place + 1) * size];
        self.inverted |= header.photometric == Photometric::Monochrome1;
        if slices == 0 {
            self.decoder = file.dicom.decoder;
        }
        self.values.extend_from_slice(values);
        self.shape = [slices + 1, header.rows, header.columns];
        let own = file.voi.as_ref().and_then(|voi| voi.get(place));
        match own {
            Some(own) => self.show(own),
            None => Ok(()),
        }
    }

    fn show(&mut self, own: &Voi) -> Result<(), DicomError> {
        if self.voi.get_or_insert_with(|| own.clone()) == own {
            return Ok(());
        }
        Err(DicomError::new(
            Step::Voi,
            Reason::InvalidAttribute,
            "its window or VOI LUT is not that of the first slice, expected one for the series; \
             declare it, `window: {center: ..., width: ...}`",
        ))
    }
}
