//! From a file's bytes to the samples that a model is fed.
//!
//! `decode/` reads one image format a file, `dicom/` and `nifti/` read those formats with all that
//! their headers say of the values, `transform/` holds one preprocessing step a file, `resize/` one
//! library's arithmetic a file. [`decode()`] turns bytes into an [`Image`] as stored,
//! with notes on what a reader should know; a [`Pipeline`] turns that image into the model's input
//! by the steps of the audit file, and by nothing else.
//!
//! Called by `inference/` (every sample) and by `cli/` (`inspect`, `check`). This room must not know
//! truth, attributes or strata: what a pixel becomes may never depend on whose image it is.

pub mod contact;
pub mod decode;
pub mod describe;
pub mod dicom;
pub mod geometry;
pub mod image;
pub mod nifti;
pub mod resize;
pub mod transform;
pub mod values;

pub use contact::{Sheet, Tones, contact_sheet};
pub use decode::{DecodeError, DecodeReason, Decoded, decode, decode_named, decoder_versions};
pub use describe::{Described, Description, Facts, Refusal};
pub use geometry::Geometry;
pub use image::{Colour, Image, Samples};
pub use transform::{Beginning, Pipeline, SampleRemark, TransformError};
pub use values::{ChannelValues, channel_values};

#[cfg(test)]
mod reference;
