//! From a sample's files to preprocessed images.

mod files;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::cohort::image_path;
use crate::config::Dtype;
use crate::imaging::{Image, Samples};

use files::{ReadImage, read_file};

use super::run::{failure, of_size};
use super::{Failure, ImageInput, Job};

/// What the files of a sample gave.
pub(super) struct ReadSample {
    /// An image for each input of images, or why there is none.
    pub(super) images: Result<Vec<Image>, Failure>,
    /// SHA-256 of the file's bytes, or of several files.
    pub(super) sha256: Option<[u8; 32]>,
    /// Which decoders read them.
    pub(super) decoders: Vec<&'static str>,
}

/// Images of a sample by source and way; one file may go several ways.
type Read = BTreeMap<(usize, usize), ReadImage>;

/// The image that each input of images is fed for one sample, in the order of the inputs.
///
/// # Errors
/// Why an image cannot be fed; numbers of the table are not looked at.
pub fn fed_images(job: Job<'_>, sample: usize) -> Result<Vec<Image>, Failure> {
    read_images(job, sample)
        .images
        .and_then(|images| of_size(job, images))
}

/// Reads and preprocesses a sample: its image, or its images by source. The hash of several is that
/// of the hashes of the images, in the order of sources, zeros for one that the sample lacks.
pub(super) fn read_images(job: Job<'_>, sample: usize) -> ReadSample {
    let read = read_files(job, sample);
    let by_source = |source: usize| {
        let mut ways = read.range((source, 0)..(source + 1, 0));
        ways.next().map(|(_, one)| one)
    };
    let sha256 = match job.cohort.sources.len() {
        0 => by_source(0).and_then(|(_, sha256, _)| *sha256),
        sources => {
            let mut hash = Sha256::new();
            let mut is_whole = job.hash;
            for source in 0..sources {
                match by_source(source) {
                    None => hash.update([0; 32]),
                    Some((_, Some(sha256), _)) => hash.update(sha256),
                    Some((_, None, _)) => is_whole = false,
                }
            }
            is_whole.then(|| hash.finalize().into())
        }
    };
    ReadSample {
        decoders: read.values().filter_map(|(.., decoder)| *decoder).collect(),
        sha256,
        images: by_input(job, sample, &read),
    }
}

fn path_of<'a>(job: Job<'a>, sample: usize, source: usize) -> Option<&'a str> {
    if job.cohort.sources.is_empty() {
        return Some(&job.cohort.images[sample]);
    }
    let paths = job.cohort.sources.get(source)?;
    Some(&paths[sample]).filter(|path| !path.is_empty())
}

fn read_files(job: Job<'_>, sample: usize) -> Read {
    let mut read = Read::new();
    for input in &job.inputs.images {
        for source in &input.sources {
            let path = path_of(job, sample, *source);
            if let (Some(path), Some(pipeline)) = (path, job.pipelines.get(input.way)) {
                read.entry((*source, input.way))
                    .or_insert_with(|| read_file(job, pipeline, &image_path(job.root, path)));
            }
        }
    }
    read
}

/// An image for each input: those of its sources as channels, or what stands for a missing one.
fn by_input(job: Job<'_>, sample: usize, read: &Read) -> Result<Vec<Image>, Failure> {
    for ((source, _), (image, ..)) in read {
        if let (Err(wrong), false) = (image, job.cohort.sources.is_empty()) {
            let path = path_of(job, sample, *source).unwrap_or_default();
            let message = format!("{path}: {}", wrong.message);
            return Err(failure(&wrong.reason, message));
        }
    }
    let inputs = job.inputs.images.iter();
    inputs
        .map(|input| {
            let images = input.sources.iter();
            let images = images.map(|source| of_source(job, input, *source, read));
            let images = images.collect::<Result<Vec<Image>, Failure>>()?;
            Image::stacked(images).ok_or_else(|| {
                let message = format!(
                    "the images of input \"{}\" differ in size after preprocessing, and are to be channels of one",
                    input.layout.input
                );
                failure("wrong-size", message)
            })
        })
        .collect()
}

/// The image of one source, or zeros, or another number, where the sample lacks it.
fn of_source(
    job: Job<'_>,
    input: &ImageInput,
    source: usize,
    read: &Read,
) -> Result<Image, Failure> {
    if let Some((image, ..)) = read.get(&(source, input.way)) {
        return image.clone();
    }
    let Some(number) = input.missing else {
        let message = format!(
            "an image of input \"{}\" is missing, and the audit file does not say what stands for it",
            input.layout.input
        );
        return Err(failure("input-missing", message));
    };
    filled(job, input, number, read).ok_or_else(|| {
        let message = format!(
            "an image of input \"{}\" is missing, and neither the model nor the steps nor another image say how large it would be",
            input.layout.input
        );
        failure("view-missing", message)
    })
}

/// An image of one number: of the size that the input fixes, else of the steps' own, else of another
/// image that went the same way, else of any other image of the sample.
fn filled(job: Job<'_>, input: &ImageInput, number: f64, read: &Read) -> Option<Image> {
    let present = || {
        let images = read
            .iter()
            .filter_map(|((_, way), (image, ..))| image.as_ref().ok().map(|image| (*way, image)));
        let same = images.clone().find(|(way, _)| *way == input.way);
        same.or_else(|| images.clone().next())
            .map(|(_, image)| image)
    };
    let pipeline = job.pipelines.get(input.way)?;
    let shape = pipeline.output_shape();
    let fixed = input.layout.fixed;
    let side = |axis: usize, of_steps: Option<usize>, of_image: fn(&Image) -> usize| {
        fixed[axis].or(of_steps).or_else(|| present().map(of_image))
    };
    let frames = side(1, None, |image| image.frames)?;
    let rows = side(2, shape.map(|shape| shape.rows), |image| image.rows)?;
    let columns = side(3, shape.map(|shape| shape.columns), |image| image.columns)?;
    let channels = match (input.sources.len(), fixed[0]) {
        (1, Some(channels)) => channels,
        _ => pipeline.output_channels(),
    };
    let count = frames * rows * columns * channels;
    let samples = match input.layout.dtype {
        Dtype::U8 => Samples::U8(vec![number as u8; count]),
        Dtype::F32 | Dtype::F16 => Samples::F32(vec![number as f32; count]),
    };
    let colour = crate::imaging::Colour::Unnamed;
    Image::volume([frames, rows, columns], channels, colour, samples, None)
}
