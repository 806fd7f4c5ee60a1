//! Compressed streams to samples: one file a codec.
//!
//! What was chosen, for pixels equal to the bit and a build with a C compiler alone: libjpeg-turbo-rs
//! for JPEG of all processes (12-bit progressive needs an inverse transform of our own beside it),
//! OpenJPEG for JPEG 2000 and its high-throughput form (the one decoder at hand that has both; its C
//! sources are built without cmake), jxl-oxide for JPEG XL. RLE and JPEG-LS are small and written
//! here.
//!
//! Each takes the bytes of one frame and checks the stream's own size against the header's before
//! anything is allocated for it.

pub(super) mod jpeg;
pub(super) mod jpeg2000;
pub(super) mod jpegls;
pub(super) mod jpegxl;
pub(super) mod rle;

use super::error::DicomError;
use super::header::PixelHeader;
use crate::imaging::image::Samples;

/// Samples of one frame as a stream yields them: rows x columns x samples, colours side by side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coded {
    pub(super) samples: Samples,
    /// The samples carry their sign already.
    pub(super) signed: bool,
    /// Bits that a sample has in the stream.
    pub(super) bits: u32,
}

/// Refuses a stream of another shape than the header's.
fn check_shape(
    name: &str,
    rows: usize,
    columns: usize,
    channels: usize,
    header: &PixelHeader,
) -> Result<(), DicomError> {
    if (rows, columns, channels) == (header.rows, header.columns, header.channels) {
        return Ok(());
    }
    Err(DicomError::corrupt(format!(
        "the {name} stream is {rows} rows x {columns} columns x {channels} samples, but the header \
         says {} rows x {} columns x {} samples",
        header.rows, header.columns, header.channels
    )))
}

/// Refuses samples of more bits than the header has room for.
fn check_bits(name: &str, bits: u32, header: &PixelHeader) -> Result<(), DicomError> {
    let super::header::Storage::Integer { allocated, .. } = header.storage else {
        return Err(DicomError::unsupported(format!(
            "float pixel data in a {name} stream"
        )));
    };
    if (1..=allocated.max(8)).contains(&bits) {
        return Ok(());
    }
    Err(DicomError::corrupt(format!(
        "the {name} stream has {bits} bits a sample, but the header allocates {allocated}"
    )))
}
