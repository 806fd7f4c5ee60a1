//! JPEG-LS (ISO/IEC 14495-1, ITU-T T.87), lossless and near-lossless.
//!
//! Written here because the crates at hand either need cmake (CharLS) or drag in a whole DICOM
//! library. Names of variables are those of the standard's Annex A where it has them.

mod bits;
mod markers;
mod scan;

use super::{Coded, check_bits, check_shape};
use crate::imaging::dicom::error::DicomError;
use crate::imaging::dicom::header::PixelHeader;
use crate::imaging::image::Samples;

use markers::{Interleave, Marker, Reader};

/// Decodes one frame.
pub(in crate::imaging::dicom) fn decode(
    bytes: &[u8],
    header: &PixelHeader,
) -> Result<Coded, DicomError> {
    let mut reader = Reader::new(bytes)?;
    let (rows, columns, channels) = (header.rows, header.columns, header.channels);
    let mut samples: Vec<u16> = Vec::new();
    let mut frame: Option<markers::Frame> = None;
    let mut done = 0;
    while done < channels {
        match reader.next()? {
            Marker::Frame(found) => {
                check_shape(
                    "JPEG-LS",
                    found.rows,
                    found.columns,
                    found.components,
                    header,
                )?;
                check_bits("JPEG-LS", found.precision, header)?;
                samples = vec![0; header.frame_samples()];
                frame = Some(found);
            }
            Marker::Scan(scan) => {
                let Some(frame) = &frame else {
                    return Err(DicomError::corrupt(
                        "the JPEG-LS stream has a scan before its frame header",
                    ));
                };
                let together = scan.components;
                if done + together > channels
                    || (together > 1 && scan.interleave == Interleave::None)
                {
                    return Err(DicomError::corrupt(format!(
                        "a JPEG-LS scan holds {together} components, expected {}",
                        channels - done
                    )));
                }
                let coding = reader.coding(frame, &scan)?;
                let place = scan::Place {
                    rows,
                    columns,
                    channels,
                    first: done,
                    together,
                };
                let used = scan::decode(
                    reader.rest(),
                    &coding,
                    &place,
                    scan.interleave,
                    &mut samples,
                )?;
                reader.advance(used);
                done += together;
            }
            Marker::End => {
                return Err(DicomError::truncated(format!(
                    "the JPEG-LS stream ends after {done} of {channels} components"
                )));
            }
        }
    }
    Ok(Coded {
        samples: Samples::U16(samples),
        signed: false,
        bits: frame.map_or(16, |frame| frame.precision),
    })
}
