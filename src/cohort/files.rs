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

/// Samples with an image file that does not exist below `root`, in order; a series is a folder. No
/// file is opened. Of several images those that a sample lacks have no file.
#[must_use]
pub fn absent_files(cohort: &Cohort, root: &Path) -> Vec<AbsentFile> {
    let absent = |image: &str| !image_path(root, image).exists();
    let file = |sample: usize, image: &str| AbsentFile {
        sample,
        image: image.to_owned(),
    };
    if cohort.sources.is_empty() {
        let images = cohort.images.iter().enumerate();
        let images = images.filter(|(_, image)| image.is_empty() || absent(image));
        return images.map(|(sample, image)| file(sample, image)).collect();
    }
    // A sample is told of once.
    let of_sample = |sample: usize| {
        let mut sources = cohort.sources.iter().map(move |source| &source[sample]);
        sources
            .find(|image| !image.is_empty() && absent(image))
            .map(|image| file(sample, image))
    };
    (0..cohort.len()).filter_map(of_sample).collect()
}

/// Where an image lies: relative paths start at `root`.
#[must_use]
pub fn image_path(root: &Path, image: &str) -> PathBuf {
    root.join(image)
}
