//! JPEG XL, decoded by jxl-oxide.

use jxl_oxide::{AllocTracker, JxlImage, image::BitDepth};

use super::{Coded, check_bits, check_shape};
use crate::imaging::dicom::error::DicomError;
use crate::imaging::dicom::header::PixelHeader;
use crate::imaging::image::Samples;

/// Bytes that the decoder may hold for each sample of the image, and beside them.
const BYTES_PER_SAMPLE: usize = 64;
const BYTES_BESIDE: usize = 64 * 1024 * 1024;

/// Decodes one frame. Samples come as floats in units of the largest value, which hold up to 16 bits
/// exactly.
pub(in crate::imaging::dicom) fn decode(
    bytes: &[u8],
    header: &PixelHeader,
) -> Result<Coded, DicomError> {
    let budget = header
        .frame_samples()
        .saturating_mul(BYTES_PER_SAMPLE)
        .saturating_add(BYTES_BESIDE);
    let image = JxlImage::builder()
        .alloc_tracker(AllocTracker::with_limit(budget))
        .read(bytes)
        .map_err(|error| DicomError::corrupt(format!("the JPEG XL stream is damaged: {error}")))?;
    let channels = image.pixel_format().channels();
    check_shape(
        "JPEG XL",
        image.height() as usize,
        image.width() as usize,
        channels,
        header,
    )?;
    let BitDepth::IntegerSample { bits_per_sample } = image.image_header().metadata.bit_depth
    else {
        return Err(DicomError::unsupported(
            "JPEG XL with float samples is not read here",
        ));
    };
    check_bits("JPEG XL", bits_per_sample, header)?;
    if bits_per_sample > 16 {
        return Err(DicomError::unsupported(format!(
            "JPEG XL with {bits_per_sample} bits a sample is not read here, at most 16"
        )));
    }
    let frame = image
        .render_frame(0)
        .map_err(|error| DicomError::corrupt(format!("the JPEG XL stream is damaged: {error}")))?;
    let mut stream = frame.stream();
    let mut values = vec![0.0_f32; header.frame_samples()];
    if stream.write_to_buffer(&mut values) != values.len() {
        return Err(DicomError::truncated(
            "the JPEG XL stream yields fewer samples than its size says",
        ));
    }
    let scale = f64::from((1_u32 << bits_per_sample) - 1);
    let samples = values
        .iter()
        .map(|&value| (f64::from(value) * scale + 0.5).floor().clamp(0.0, scale) as u16)
        .collect();
    Ok(Coded {
        samples: Samples::U16(samples),
        signed: false,
        bits: bits_per_sample,
    })
}
