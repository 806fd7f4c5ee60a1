//! Images of a few samples as they were once read, and once resized. Whoever runs many pipelines
//! over the same files, as the doctor does, decodes and resizes each file once and not every time, as
//! long as there is room. Folders of slices are read anew.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::imaging::{Beginning, Image, Samples};

/// Bytes of samples beyond which nothing more is kept.
const MOST: usize = 512 << 20;

/// Images that are kept for pipelines that begin alike.
#[derive(Debug, Default)]
pub struct KeptImages(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    images: Vec<Entry>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    beginning: Beginning,
    found: Found,
}

/// An image, and the decoder that read it.
pub(super) type Found = (Arc<Image>, &'static str);

impl KeptImages {
    pub(super) fn get(&self, path: &Path, beginning: &Beginning) -> Option<Found> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut images = kept.images.iter();
        images
            .find(|one| one.path == path && one.beginning == *beginning)
            .map(|one| one.found.clone())
    }

    pub(super) fn keep(&self, path: &Path, beginning: Beginning, found: Found) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = kept.bytes.saturating_add(bytes_of(&found.0));
        if bytes > MOST {
            return;
        }
        kept.bytes = bytes;
        kept.images.push(Entry {
            path: path.to_path_buf(),
            beginning,
            found,
        });
    }
}

/// At most so many.
fn bytes_of(image: &Image) -> usize {
    let widest = match image.samples {
        Samples::U8(_) => size_of::<u8>(),
        _ => size_of::<f64>(),
    };
    image.samples.len() * widest
}
