//! From a sample's files to preprocessed images.

mod files;

use sha2::{Digest, Sha256};

use crate::cohort::image_path;
use crate::imaging::{Image, Samples};

use files::{ReadImage, read_file};

use super::run::failure;
use super::{BatchLayout, Failure, Job};

/// What the files of a sample gave.
pub(super) struct ReadSample {
    /// An image for each input of images, or why there is none.
    pub(super) images: Result<Vec<Image>, Failure>,
    /// SHA-256 of the file's bytes, or of several files.
    pub(super) sha256: Option<[u8; 32]>,
    /// Which decoders read them.
    pub(super) decoders: Vec<&'static str>,
}

/// Reads and preprocesses a sample: its image, or the images of its views. The hash of an exam is
/// that of the hashes of its images, in the order of views, zeros for a view that it lacks.
pub(super) fn read_images(job: Job<'_>, sample: usize) -> ReadSample {
    if job.cohort.views.is_empty() {
        let path = image_path(job.root, &job.cohort.images[sample]);
        let (image, sha256, decoder) = read_file(job, &path);
        return ReadSample {
            images: image.map(|image| vec![image]),
            sha256,
            decoders: decoder.into_iter().collect(),
        };
    }
    let read: Vec<Option<ReadImage>> = job
        .cohort
        .views
        .iter()
        .map(|view| Some(&view[sample]).filter(|path| !path.is_empty()))
        .map(|path| Some(read_file(job, &image_path(job.root, path?))))
        .collect();
    let mut hash = Sha256::new();
    let mut is_whole = job.hash;
    for one in &read {
        match one {
            None => hash.update([0; 32]),
            Some((_, Some(sha256), _)) => hash.update(sha256),
            Some((_, None, _)) => is_whole = false,
        }
    }
    let decoders = read.iter().flatten().filter_map(|(_, _, decoder)| *decoder);
    ReadSample {
        decoders: decoders.collect(),
        sha256: is_whole.then(|| hash.finalize().into()),
        images: by_input(job, sample, &read),
    }
}

/// An image for each input: that of its view, or zeros where the exam lacks it.
fn by_input(
    job: Job<'_>,
    sample: usize,
    read: &[Option<ReadImage>],
) -> Result<Vec<Image>, Failure> {
    let lacking = || failure("view-missing", "the exam has no image of a view".to_owned());
    for (one, view) in read.iter().zip(&job.cohort.views) {
        if let Some((Err(wrong), ..)) = one {
            let message = format!("{}: {}", &view[sample], wrong.message);
            return Err(failure(&wrong.reason, message));
        }
    }
    let mut present = read.iter().flatten();
    let model = present.find_map(|(image, ..)| image.as_ref().ok());
    let model = model.ok_or_else(lacking)?;
    let inputs = job.inputs.images.iter();
    inputs
        .map(|input| match read.get(input.view.unwrap_or(0)) {
            Some(Some((Ok(image), ..))) => Ok(image.clone()),
            Some(None) => Ok(zeros(&input.layout, model)),
            _ => Err(lacking()),
        })
        .collect()
}

/// Zeros of the size that the input fixes, else of the exam's other images, and of their type.
fn zeros(layout: &BatchLayout, model: &Image) -> Image {
    let own = [model.channels, model.frames, model.rows, model.columns];
    let fixed = |axis: usize| layout.fixed[axis].unwrap_or(own[axis]);
    let size = [0, 1, 2, 3].map(fixed);
    let [channels, frames, rows, columns] = size;
    let count: usize = size.iter().product();
    Image {
        channels,
        frames,
        rows,
        columns,
        samples: match model.samples {
            Samples::U8(_) => Samples::U8(vec![0; count]),
            _ => Samples::F32(vec![0.0; count]),
        },
        ..model.clone()
    }
}
