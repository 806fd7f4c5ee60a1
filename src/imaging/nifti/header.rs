//! The NIfTI-1 and NIfTI-2 header: shape, number type, scaling, and where the voxels lie.
//!
//! Fields and meaning are those of nifti1.h and nifti2.h (NIfTI Data Format Working Group, 2003
//! and 2011). Where real files break the rules, what nibabel 5 makes of them is kept and said in
//! a note, as long as the values cannot be in doubt; otherwise the file is refused.

use super::datatype::Datatype;
use super::{FORMAT, placement};
use crate::imaging::decode::DecodeError;
use crate::imaging::geometry::Geometry;

/// Length of a NIfTI-1 header.
pub(super) const LENGTH_1: usize = 348;
/// Length of a NIfTI-2 header.
pub(super) const LENGTH_2: usize = 540;
/// Bytes after the header that say whether extensions follow.
const EXTENSION_FLAG: usize = 4;

/// What a header says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// 1 or 2.
    pub version: u8,
    /// Whether numbers are stored with the most significant byte first.
    pub big_endian: bool,
    /// Length of each axis, the fastest in the file first; one to seven axes, none of them empty.
    pub shape: Vec<usize>,
    /// How a voxel is stored.
    pub datatype: Datatype,
    /// Factor of stored values; 1 where the file gives none.
    pub slope: f64,
    /// Added after the factor; 0 where the file gives none.
    pub inter: f64,
    /// `pixdim` of every axis of `shape`, in `units` for the first three: distance of voxels.
    pub spacing: Vec<f64>,
    /// Unit of the first three axes: `mm`, `meter`, `micron` or `unknown`.
    pub units: &'static str,
    /// Which coordinate system the sform leads to; 0: there is none.
    pub sform_code: i32,
    /// Which coordinate system the qform leads to; 0: there is none.
    pub qform_code: i32,
    /// From voxel indices to coordinates in `units`: sform, else qform, else `pixdim` alone.
    pub geometry: Geometry,
    /// What a user should know.
    pub notes: Vec<String>,
    /// Where the voxels begin.
    pub(super) offset: usize,
    /// Whether the voxels are expected in a file of their own (`.img`).
    pub(super) pair: bool,
}

/// Whether the bytes begin like a NIfTI header of either version and byte order.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    let magic = [bytes.get(344..347), bytes.get(4..7)];
    let known = |magic: &[u8]| matches!(magic, b"n+1" | b"ni1" | b"n+2" | b"ni2");
    version(bytes).is_some() || magic.into_iter().flatten().any(known)
}

/// Version, and whether the most significant byte comes first, by the header's length at its start.
fn version(bytes: &[u8]) -> Option<(u8, bool)> {
    let start: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    let (little, big) = (u32::from_le_bytes(start), u32::from_be_bytes(start));
    match (little as usize, big as usize) {
        (LENGTH_1, _) => Some((1, false)),
        (_, LENGTH_1) => Some((1, true)),
        (LENGTH_2, _) => Some((2, false)),
        (_, LENGTH_2) => Some((2, true)),
        _ => None,
    }
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// Too few bytes, a wrong length or magic, a number type that is not read, an axis without
    /// length, an offset inside the header, or an affine that cannot be inverted.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let fields = Fields::of(bytes)?;
        let mut notes = Vec::new();
        let pair = fields.magic()?;
        let shape = fields.shape()?;
        let datatype = Datatype::from_code(fields.short(70, 12))?;
        let bits = fields.short(72, 14);
        if usize::try_from(bits) != Ok(datatype.size() * 8) {
            notes.push(format!(
                "bitpix is {bits}, but {} has {} bits; the type is believed",
                datatype.name(),
                datatype.size() * 8
            ));
        }
        let (slope, inter) = fields.scaling(datatype, &mut notes)?;
        let pixdim = fields.pixdim(&mut notes)?;
        let (sform_code, qform_code) = fields.form_codes();
        let geometry = placement::geometry(&fields, &shape, &pixdim, &mut notes)?;
        Ok(Self {
            version: fields.version,
            big_endian: fields.big,
            spacing: pixdim[1..=shape.len()].to_vec(),
            shape,
            datatype,
            slope,
            inter,
            units: fields.units(),
            sform_code,
            qform_code,
            geometry,
            notes,
            offset: fields.offset(pair)?,
            pair,
        })
    }

    /// Whether the header says that the voxels are in a file of their own.
    pub fn is_pair(&self) -> bool {
        self.pair
    }

    /// Bytes that the voxels take; `None`: more than can be counted.
    pub(super) fn data_length(&self) -> Option<usize> {
        let voxels = self
            .shape
            .iter()
            .try_fold(1_usize, |product, &length| product.checked_mul(length))?;
        voxels.checked_mul(self.datatype.size())
    }
}

/// A header's bytes and how to take numbers out of them.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    pub(super) version: u8,
    big: bool,
}

impl<'a> Fields<'a> {
    /// The length at the start tells version and byte order.
    fn of(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let start = bytes.get(..4).ok_or_else(cut)?;
        let Some((version, big)) = version(bytes) else {
            return Err(corrupt(format!(
                "the header's length is given as {start:02x?}, expected {LENGTH_1} or {LENGTH_2}"
            )));
        };
        let length = if version == 1 { LENGTH_1 } else { LENGTH_2 };
        let bytes = bytes.get(..length).ok_or_else(cut)?;
        Ok(Self {
            bytes,
            version,
            big,
        })
    }

    /// Bytes of a field; its place is that of the version at hand.
    fn take<const N: usize>(&self, first: usize, second: usize) -> [u8; N] {
        let at = if self.version == 1 { first } else { second };
        let mut field = [0; N];
        if let Some(found) = self.bytes.get(at..at + N) {
            field.copy_from_slice(found);
        }
        if self.big {
            field.reverse();
        }
        field
    }

    fn short(&self, first: usize, second: usize) -> i32 {
        i32::from(i16::from_le_bytes(self.take(first, second)))
    }

    /// A code that is 16-bit in version 1 and 32-bit in version 2.
    fn code(&self, first: usize, second: usize) -> i32 {
        if self.version == 1 {
            self.short(first, second)
        } else {
            i32::from_le_bytes(self.take(first, second))
        }
    }

    /// A number that is a 32-bit float in version 1 and a 64-bit float in version 2; `index` counts
    /// along an array of them.
    pub(super) fn float(&self, first: usize, second: usize, index: usize) -> f64 {
        if self.version == 1 {
            f64::from(f32::from_le_bytes(self.take(first + 4 * index, 0)))
        } else {
            f64::from_le_bytes(self.take(0, second + 8 * index))
        }
    }

    /// Codes of sform and qform.
    pub(super) fn form_codes(&self) -> (i32, i32) {
        (self.code(254, 348), self.code(252, 344))
    }

    /// Whether the voxels are in another file.
    fn magic(&self) -> Result<bool, DecodeError> {
        let (at, digit) = if self.version == 1 {
            (344, b'1')
        } else {
            (4, b'2')
        };
        match self.bytes.get(at..at + 3) {
            Some([b'n', b'+', found]) if *found == digit => Ok(false),
            Some([b'n', b'i', found]) if *found == digit => Ok(true),
            _ => Err(corrupt(
                "the header has no NIfTI magic (an Analyze 7.5 file has none: convert it first)",
            )),
        }
    }

    fn shape(&self) -> Result<Vec<usize>, DecodeError> {
        let dimension = |index: usize| -> i64 {
            if self.version == 1 {
                i64::from(self.short(40 + 2 * index, 0))
            } else {
                i64::from_le_bytes(self.take(0, 16 + 8 * index))
            }
        };
        let count = match dimension(0) {
            count @ 1..=7 => count as usize,
            other => return Err(corrupt(format!("{other} axes, expected 1 to 7"))),
        };
        (1..=count)
            .map(|axis| match usize::try_from(dimension(axis)) {
                Ok(length) if length > 0 => Ok(length),
                _ => Err(corrupt(format!(
                    "axis {axis} has length {}, expected at least 1",
                    dimension(axis)
                ))),
            })
            .collect()
    }

    /// Slope 0, NaN or infinity means: values as stored (nifti1.h; nibabel does the same).
    fn scaling(
        &self,
        datatype: Datatype,
        notes: &mut Vec<String>,
    ) -> Result<(f64, f64), DecodeError> {
        let (slope, inter) = (self.float(112, 176, 0), self.float(116, 184, 0));
        if !slope.is_finite() {
            // NaN is how nibabel itself writes "none".
            if slope.is_infinite() {
                notes.push("scl_slope is infinite; values are taken as stored".to_owned());
            }
            return Ok((1.0, 0.0));
        }
        if slope == 0.0 {
            return Ok((1.0, 0.0));
        }
        if !inter.is_finite() {
            return Err(corrupt(format!(
                "scl_slope is {slope}, but scl_inter is {inter}"
            )));
        }
        if datatype.channels() > 1 {
            if (slope, inter) != (1.0, 0.0) {
                notes.push(format!("colour is never scaled: scl_slope {slope} and scl_inter {inter} are passed over"));
            }
            return Ok((1.0, 0.0));
        }
        Ok((slope, inter))
    }

    /// `pixdim[0]` (the handedness of the qform) and the distances.
    fn pixdim(&self, notes: &mut Vec<String>) -> Result<[f64; 8], DecodeError> {
        let mut pixdim = [0.0; 8];
        for (index, value) in pixdim.iter_mut().enumerate() {
            *value = self.float(76, 104, index);
        }
        for (axis, value) in pixdim.iter_mut().enumerate().skip(1).take(3) {
            if !value.is_finite() {
                return Err(corrupt(format!("pixdim[{axis}] is {value}")));
            }
            if *value == 0.0 {
                notes.push(format!(
                    "pixdim[{axis}] is 0; 1 is taken instead, as nibabel does"
                ));
                *value = 1.0;
            } else if *value < 0.0 {
                notes.push(format!(
                    "pixdim[{axis}] is {value}; its sign is passed over"
                ));
                *value = value.abs();
            }
        }
        if pixdim[0] != 1.0 && pixdim[0] != -1.0 {
            pixdim[0] = 1.0;
        }
        Ok(pixdim)
    }

    /// Version 1 keeps the code in one byte.
    fn units(&self) -> &'static str {
        let code = if self.version == 1 {
            i32::from(self.take::<1>(123, 0)[0])
        } else {
            i32::from_le_bytes(self.take(0, 500))
        };
        match code & 0x07 {
            1 => "meter",
            2 => "mm",
            3 => "micron",
            _ => "unknown",
        }
    }

    fn offset(&self, pair: bool) -> Result<usize, DecodeError> {
        let offset = if self.version == 1 {
            let offset = f64::from(f32::from_le_bytes(self.take(108, 0)));
            if !(0.0..=f64::from(u32::MAX)).contains(&offset) || offset.fract() != 0.0 {
                return Err(corrupt(format!("vox_offset is {offset}")));
            }
            offset as usize
        } else {
            let offset = i64::from_le_bytes(self.take(0, 168));
            usize::try_from(offset).map_err(|_| corrupt(format!("vox_offset is {offset}")))?
        };
        let least = self.bytes.len() + EXTENSION_FLAG;
        if !pair && offset < least {
            return Err(corrupt(format!(
                "vox_offset is {offset}, but in a single file the voxels cannot begin before byte {least}"
            )));
        }
        Ok(offset)
    }
}

fn cut() -> DecodeError {
    DecodeError::truncated(FORMAT, "the file ends inside its header")
}

fn corrupt(sentence: impl Into<String>) -> DecodeError {
    DecodeError::corrupt(FORMAT, sentence)
}
