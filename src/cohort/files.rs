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
/// file is opened.
#[must_use]
pub fn absent_files(cohort: &Cohort, root: &Path) -> Vec<AbsentFile> {
    let absent = |image: &str| !image_path(root, image).exists();
    let file = |sample: usize, image: &str| AbsentFile {
        sample,
        image: image.to_owned(),
    };
    if cohort.views.is_empty() {
        let images = cohort.images.iter().enumerate();
        let images = images.filter(|(_, image)| image.is_empty() || absent(image));
        return images.map(|(sample, image)| file(sample, image)).collect();
    }
    // A view that an exam lacks has no file; an exam is told of once.
    let of_exam = |sample: usize| {
        let mut views = cohort.views.iter().map(move |view| &view[sample]);
        views
            .find(|image| !image.is_empty() && absent(image))
            .map(|image| file(sample, image))
    };
    (0..cohort.len()).filter_map(of_exam).collect()
}

/// Where an image lies: relative paths start at `root`.
#[must_use]
pub fn image_path(root: &Path, image: &str) -> PathBuf {
    root.join(image)
}
