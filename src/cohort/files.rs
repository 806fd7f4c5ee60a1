//! Image files that are not there, found before the model runs.

use std::path::{Path, PathBuf};

use super::Cohort;

/// An image that cannot be found.
#[derive(Debug, Clone)]
pub struct AbsentFile {
    /// Index of the sample.
    pub sample: usize,
    /// Path as written.
    pub image: String,
}

/// Samples whose image file does not exist below `root`, in order; a series is a folder. No file is opened.
#[must_use]
pub fn absent_files(cohort: &Cohort, root: &Path) -> Vec<AbsentFile> {
    let absent = |image: &str| image.is_empty() || !image_path(root, image).exists();
    cohort
        .images
        .iter()
        .enumerate()
        .filter(|(_, image)| absent(image))
        .map(|(sample, image)| AbsentFile {
            sample,
            image: image.to_owned(),
        })
        .collect()
}

/// Where an image lies: relative paths start at `root`.
#[must_use]
pub fn image_path(root: &Path, image: &str) -> PathBuf {
    root.join(image)
}
