//! What ran on what: hashes, versions, and the manifest of inputs and outputs.
//!
//! Called by `audit.rs`. Clock, host and paths stand in `manifest.json` alone, so that every
//! other file has the same bytes for the same inputs.

mod hash;
mod manifest;

pub use hash::{FileHash, hash_file, hash_images, hex};
pub use manifest::{HashedFile, RunManifest, processor, timestamp, today};
