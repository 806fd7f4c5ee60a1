//! NIfTI volumes, alone or as a pair of `.hdr` and `.img`.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Description, Refusal, hex, read_bytes};
use crate::imaging::decode::{self, DecodeError};
use crate::imaging::nifti::{self, Nifti};

/// Whether a file is a volume, by its content; the voxels of a pair have no header and go by name.
pub(super) fn is_volume(path: &Path, bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b]) || nifti::looks_like(bytes) || header_beside(path).is_some()
}

/// The header of an `.img` file, where there is one.
fn header_beside(path: &Path) -> Option<std::path::PathBuf> {
    let header = path.with_extension("hdr");
    (extension(path, "img") && header.is_file()).then_some(header)
}

pub(super) fn extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(wanted))
}

pub(super) fn describe(path: &Path, bytes: &[u8]) -> Result<Description, Refusal> {
    let nifti = read(path, bytes)?;
    let header = &nifti.header;
    let pair = if header.is_pair() { ", pair" } else { "" };
    let packed = if nifti.compressed { ", gzip" } else { "" };
    let mut description = Description {
        format: format!("NIfTI-{}{pair}{packed}", header.version),
        decoder: decode::OWN_DECODER.to_owned(),
        shape: header.shape.clone(),
        dtype: header.datatype.name().to_owned(),
        bits: u32::try_from(header.datatype.size() / header.datatype.channels() * 8)
            .unwrap_or_default(),
        byte_order: Some(if header.big_endian { "big" } else { "little" }),
        spacing: Some(header.spacing.clone()),
        affine_spacing: Some(header.geometry.spacing().to_vec()),
        units: Some(header.units),
        orientation: header.geometry.orientation().map(|code| code.to_string()),
        affine: Some(header.geometry.affine.concat()),
        sform_code: Some(header.sform_code),
        qform_code: Some(header.qform_code),
        slope: Some(header.slope),
        intercept: Some(header.inter),
        sha256: Some(sha256_f32(&nifti.c_order())),
        notes: header.notes.clone(),
        ..Description::default()
    };
    if let Some((shape, values, _)) = nifti.closest_canonical() {
        description.ras_shape = Some(shape);
        description.ras_sha256 = Some(sha256_f32(&values));
    }
    description.summarize(nifti.voxels.summary(), nifti.voxels.stored.len());
    Ok(description)
}

fn read(path: &Path, bytes: &[u8]) -> Result<Nifti, Refusal> {
    if let Some(header) = header_beside(path) {
        return Ok(nifti::read(&read_bytes(&header)?, None, Some(bytes))?);
    }
    let voxels = path.with_extension("img");
    if extension(path, "hdr") && voxels.is_file() {
        return Ok(nifti::read(bytes, None, Some(&read_bytes(&voxels)?))?);
    }
    // A header that cannot be read is told apart from voxels that cannot.
    nifti::read(bytes, Some(path), None).map_err(|error: DecodeError| Refusal {
        step: if nifti::header_is_whole(bytes) {
            "pixels"
        } else {
            "read"
        },
        ..Refusal::from(error)
    })
}

/// SHA-256 of 32-bit floats, little-endian, without a second copy of them all.
fn sha256_f32(values: &[f32]) -> String {
    const TOGETHER: usize = 4096;
    let mut hasher = Sha256::new();
    let mut bytes = Vec::with_capacity(TOGETHER * 4);
    for values in values.chunks(TOGETHER) {
        bytes.clear();
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        hasher.update(&bytes);
    }
    hex(&hasher.finalize())
}
