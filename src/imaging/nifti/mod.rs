//! NIfTI-1 and NIfTI-2: `.nii`, `.nii.gz`, and pairs of `.hdr` and `.img`.
//!
//! The reader is our own. The `nifti` crate 0.18 is about as fast and, set against the same reference
//! files, agrees on 45 of 56; it has no NIfTI-2, panics on colour and on a wrong `bitpix`, gives other numbers for
//! complex voxels and for an infinite slope, and reads as if they were whole a failed checksum, a
//! wrong header length, an offset inside the header and an affine that cannot be inverted. Values,
//! affine, orientation and distances here are those of nibabel 5.4, which the tests hold
//! file by file.
//!
//! Files that nibabel repairs in silence are read with a note where the repair cannot change a
//! voxel, and refused where it can.

mod datatype;
mod gzip;
mod header;
mod placement;
mod voxels;

use std::path::Path;

use super::decode::{DecodeError, DecodeReason, Decoded};
use super::geometry::Geometry;
use super::image::{Colour, Image};

pub use datatype::Datatype;
pub use header::Header;
pub use voxels::Voxels;

pub(crate) use header::looks_like;

pub(super) const FORMAT: &str = "NIfTI";

/// A NIfTI file in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Nifti {
    /// The header.
    pub header: Header,
    /// The voxels, first axis fastest.
    pub voxels: Voxels,
    /// Whether the file was compressed.
    pub compressed: bool,
}

/// Reads a file's bytes. `name` is the file's, where known: one that ends in `.gz` must be
/// compressed. `voxels` are the bytes of the `.img` beside a `.hdr`.
///
/// # Errors
/// [`DecodeError`] with a stable reason: damaged, cut short, of a type that is not read, too large.
pub fn read(
    bytes: &[u8],
    name: Option<&Path>,
    voxels: Option<&[u8]>,
) -> Result<Nifti, DecodeError> {
    let compressed = gzip::is_gzip(bytes);
    let says_gzip = name
        .and_then(Path::extension)
        .map(|extension| extension.eq_ignore_ascii_case("gz"));
    if says_gzip == Some(true) && !compressed {
        return Err(DecodeError::corrupt(
            FORMAT,
            "the name ends in .gz, but the content is not compressed: was it cut, or renamed?",
        ));
    }
    let unpacked;
    let content = if compressed {
        unpacked = gzip::unpack(bytes)?;
        &unpacked
    } else {
        bytes
    };
    let mut header = Header::parse(content)?;
    if compressed && says_gzip == Some(false) {
        header
            .notes
            .push("compressed with gzip, although the name does not end in .gz".to_owned());
    }
    let data = match (voxels, header.pair) {
        (Some(voxels), true) => voxels,
        (Some(_), false) => {
            return Err(DecodeError::corrupt(
                FORMAT,
                "the header says that the voxels are in the same file, expected a pair",
            ));
        }
        (None, true) => {
            if content.len() <= header.offset.max(header::LENGTH_1) {
                return Err(DecodeError::new(
                    DecodeReason::Truncated,
                    Some(FORMAT),
                    "a header without voxels: they are in the .img file beside it (pairs are for `inspect`; an audit reads single files)",
                ));
            }
            let note = "the header says that the voxels are in another file, but they are here";
            header.notes.push(note.to_owned());
            content
        }
        (None, false) => content,
    };
    let needed = gzip::needed(&header)?;
    let whole = data
        .get(header.offset..needed)
        .ok_or_else(|| gzip::too_short(needed, data.len()))?;
    if data.len() > needed {
        header.notes.push(format!(
            "{} bytes after the last voxel are passed over",
            data.len() - needed
        ));
    }
    let mut notes = std::mem::take(&mut header.notes);
    let voxels = Voxels::read(&header, whole, &mut notes);
    header.notes = notes;
    Ok(Nifti {
        header,
        voxels,
        compressed,
    })
}

/// Whether the bytes, unpacked or not, begin with a header that can be used.
pub(crate) fn header_is_whole(bytes: &[u8]) -> bool {
    if !gzip::is_gzip(bytes) {
        return Header::parse(bytes).is_ok();
    }
    gzip::header(bytes).is_ok_and(|unpacked| Header::parse(&unpacked).is_ok())
}

impl Nifti {
    /// The volume: columns, rows and frames are the file's first, second and third axis.
    ///
    /// # Errors
    /// More than one volume in the file (a fourth axis longer than 1).
    pub fn into_decoded(self) -> Result<Decoded, DecodeError> {
        let Header {
            shape,
            datatype,
            geometry,
            notes,
            ..
        } = self.header;
        let later: usize = shape.iter().skip(3).product();
        if later > 1 {
            let shown: Vec<String> = shape.iter().map(usize::to_string).collect();
            return Err(DecodeError::unsupported(
                FORMAT,
                format!(
                    "{} voxels hold {later} volumes, expected one; write the one that is meant to a file of its own",
                    shown.join(" x ")
                ),
            ));
        }
        let length = |axis: usize| shape.get(axis).copied().unwrap_or(1);
        let colour = match datatype {
            Datatype::Rgb24 => Colour::Rgb,
            Datatype::Rgba32 => Colour::Rgba,
            _ => Colour::Gray,
        };
        let image = Image::volume(
            [length(2), length(1), length(0)],
            datatype.channels(),
            colour,
            self.voxels.into_values(),
            Some(geometry),
        );
        let image = image.ok_or_else(|| {
            DecodeError::corrupt(FORMAT, "the number of voxels does not fit the shape")
        })?;
        Ok(Decoded {
            image,
            format: FORMAT,
            decoder: super::decode::OWN_DECODER,
            notes,
        })
    }

    /// The values as 32-bit floats in numpy's order of the array that nibabel gives: first axis
    /// slowest, colour last.
    pub fn c_order(&self) -> Vec<f32> {
        let channels = self.header.datatype.channels();
        voxels::in_c_order(&self.voxels.to_f32(), &self.header.shape, channels, &[])
    }

    /// Shape, values and geometry after the axes were put nearest to right, anterior, superior,
    /// as nibabel's `as_closest_canonical` does; `None` with fewer than three axes or colour.
    pub fn closest_canonical(&self) -> Option<(Vec<usize>, Vec<f32>, Geometry)> {
        let header = &self.header;
        let &[columns, rows, frames, ..] = header.shape.as_slice() else {
            return None;
        };
        if header.datatype.channels() > 1 {
            return None;
        }
        let from = header
            .geometry
            .orientation()?
            .to_reach(crate::config::preprocess::Orientation::RAS);
        let values = voxels::in_c_order(&self.voxels.to_f32(), &header.shape, 1, &from);
        let mut shape = header.shape.clone();
        for (axis, (old, _)) in from.into_iter().enumerate() {
            shape[axis] = header.shape[old];
        }
        let geometry = header.geometry.rearranged(from, [columns, rows, frames]);
        Some((shape, values, geometry))
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
