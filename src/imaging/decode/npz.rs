//! numpy's `.npz`: a ZIP file of arrays. The only array is the image, or else the one named `image`.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::{DecodeError, DecodeReason};
use super::{Decoded, npy};

const FORMAT: &str = "NPZ";

/// Name of the array to take where a file holds several.
const PREFERRED: &str = "image";

/// Longer headers belong to structured arrays, which are refused anyway.
const HEADER_AT_MOST: u64 = 64 * 1024;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let (array, note) = chosen(bytes)?;
    let mut notes: Vec<String> = note.into_iter().collect();
    let image = npy::array(&array, &mut notes)?;
    Ok(Decoded {
        image,
        format: FORMAT,
        decoder: super::ARRAY,
        notes,
    })
}

/// The bytes of the array to take, and what to say where there are several.
pub(super) fn chosen(bytes: &[u8]) -> Result<(Vec<u8>, Option<String>), DecodeError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(error)?;
    let mut names = Vec::new();
    for name in archive.file_names() {
        let name = name.map_err(error)?;
        names.extend(name.strip_suffix(".npy").map(str::to_owned));
    }
    let name = match names.as_slice() {
        [] => {
            return Err(DecodeError::unsupported(
                FORMAT,
                "the archive holds no array",
            ));
        }
        [only] => only.clone(),
        several if several.iter().any(|name| name == PREFERRED) => PREFERRED.to_owned(),
        several => {
            return Err(DecodeError::unsupported(
                FORMAT,
                format!(
                    "several arrays ({}), none of them named `{PREFERRED}`",
                    several.join(", ")
                ),
            ));
        }
    };
    let member = archive.by_name(&format!("{name}.npy")).map_err(error)?;
    let array = read_array(member, &name)?;
    let note =
        (names.len() > 1).then(|| format!("the file holds several arrays; `{name}` is read"));
    Ok((array, note))
}

/// Reads as much as the array's own header asks for, so that a small file cannot unpack to gigabytes.
fn read_array(member: impl Read, name: &str) -> Result<Vec<u8>, DecodeError> {
    let damaged = |io: std::io::Error| match io.kind() {
        std::io::ErrorKind::UnexpectedEof => {
            DecodeError::truncated(FORMAT, "the compressed data end too early")
        }
        _ => DecodeError::corrupt(FORMAT, io.to_string()),
    };
    let mut array = Vec::new();
    let mut member = member.take(HEADER_AT_MOST);
    member.read_to_end(&mut array).map_err(damaged)?;
    if !array.starts_with(b"\x93NUMPY") {
        return Err(DecodeError::corrupt(
            FORMAT,
            format!("`{name}` is not a numpy array"),
        ));
    }
    let length = npy::total_length(&array)? as u64;
    // One byte more, so that the reader gets to the end and checks the member's checksum.
    member.set_limit((length + 1).saturating_sub(array.len() as u64));
    member.read_to_end(&mut array).map_err(damaged)?;
    Ok(array)
}

fn error(error: ZipError) -> DecodeError {
    match &error {
        ZipError::UnsupportedArchive(_) => DecodeError::unsupported(FORMAT, error.to_string()),
        ZipError::InvalidArchive(_) => {
            DecodeError::corrupt(FORMAT, format!("{error} (is the file complete?)"))
        }
        _ => DecodeError::new(DecodeReason::DecodeFailed, Some(FORMAT), error.to_string()),
    }
}
