//! From a sample's files to preprocessed images.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::cohort::image_path;
use crate::config::InputKind;
use crate::imaging::{Image, Samples};

use super::run::failure;
use super::{BatchLayout, Failure, Job};

/// Image, hash and decoder of one file.
type ReadImage = (
    Result<Image, Failure>,
    Option<[u8; 32]>,
    Option<&'static str>,
);

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

fn read_file(job: Job<'_>, path: &Path) -> ReadImage {
    if job.kind == InputKind::DicomSeries && path.is_dir() {
        return read_folder(job, path);
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return (
                Err(failure("file-absent", "no such file".to_owned())),
                None,
                None,
            );
        }
        Err(error) => {
            return (
                Err(failure(
                    "file-unreadable",
                    format!("the file cannot be read ({})", error.kind()),
                )),
                None,
                None,
            );
        }
    };
    let sha256 = job.hash.then(|| Sha256::digest(&bytes).into());
    let (image, decoder) = preprocessed(job, path, &bytes);
    (image, sha256, decoder)
}

/// A folder of slices. Its hash is that of the names and bytes of its files, in the order of names.
fn read_folder(job: Job<'_>, folder: &Path) -> ReadImage {
    let sha256 = match job.hash.then(|| hash_folder(folder)).transpose() {
        Ok(sha256) => sha256,
        Err(error) => {
            let message = format!("the folder cannot be read ({})", error.kind());
            return (Err(failure("file-unreadable", message)), None, None);
        }
    };
    let (image, decoder) = preprocessed(job, folder, &[]);
    (image, sha256, decoder)
}

fn hash_folder(folder: &Path) -> std::io::Result<[u8; 32]> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    let mut hash = Sha256::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        hash.update(Sha256::digest(name.as_bytes()));
        hash.update(Sha256::digest(std::fs::read(&path)?));
    }
    Ok(hash.finalize().into())
}

fn preprocessed(
    job: Job<'_>,
    path: &Path,
    bytes: &[u8],
) -> (Result<Image, Failure>, Option<&'static str>) {
    let decoded = match job.pipeline.read(path, bytes) {
        Ok(decoded) => decoded,
        Err(refusal) => return (Err(failure(&refusal.reason, refusal.error)), None),
    };
    let image = job
        .pipeline
        .apply(decoded.image)
        .map_err(|error| failure(error.reason(), error.to_string()));
    (image, Some(decoded.decoder))
}
