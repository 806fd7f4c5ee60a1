//! The work itself: each worker takes the next batch, decodes and preprocesses its images,
//! runs its own session and hands the scores back. Memory is one batch a worker, whatever the
//! size of the cohort. Batches are cut from the cohort's sorted samples by number, so that
//! neither the count of workers nor their speed changes which samples meet in a batch.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::cohort::Cohort;
use crate::config::{Layout, SlidingWindow};
use crate::engine::{Engine, EngineError, Tensor};
use crate::imaging::{ChannelValues, Image, Pipeline, channel_values};

use super::read::read_images;
use super::windows;
use super::{
    Failure, HeadPlan, InferenceError, InputPlan, KeptImages, OutlinePlan, Predictions,
    SampleStatus,
};

/// Told the number of samples done so far; called from any worker.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// Maps of one sample after the activation.
#[derive(Debug, Clone, Copy)]
pub struct Maps<'a> {
    /// Map by map.
    pub values: &'a [f32],
    /// Frames, rows and columns of a map.
    pub size: [usize; 3],
    /// How they become outlines.
    pub plan: &'a OutlinePlan,
}

/// The numbers that are kept of a sample's outlines, in the order of the head's names.
pub type MeasureOutlines<'a> = &'a (dyn Fn(usize, Maps<'_>) -> Result<Vec<f64>, Failure> + Sync);

/// What is run on what.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The samples.
    pub cohort: &'a Cohort,
    /// Indexes of the samples that are run; `None`: all.
    pub only: Option<&'a [usize]>,
    /// Folder of the images.
    pub root: &'a Path,
    /// The ways from a file to numbers that inputs of images name, by [`super::ImageInput::way`].
    pub pipelines: &'a [&'a Pipeline],
    /// What goes into the inputs.
    pub inputs: &'a InputPlan,
    /// How outputs become scores.
    pub head: &'a HeadPlan,
    /// What is kept of the outlines of a sample.
    pub measure: Option<MeasureOutlines<'a>>,
    /// Whether the bytes of images are hashed and the values that are fed are summed up; once a
    /// cohort is enough.
    pub hash: bool,
    /// Images of other runs over the same files; `None`: every file is read anew.
    pub kept: Option<&'a KeptImages>,
}

/// How it is run.
#[derive(Debug, Clone, Copy)]
pub struct RunSettings {
    /// Workers, each with a session of its own.
    pub workers: usize,
    /// Samples a batch.
    pub batch: usize,
}

/// Predictions, and the decoders that read the images.
#[derive(Debug)]
pub struct Run {
    /// Scores of all samples.
    pub predictions: Predictions,
    /// Ids of the decoders, sorted.
    pub decoders: BTreeSet<String>,
}

/// Runs the model over the cohort. A sample that cannot be read or preprocessed gets a
/// status and never stops the run.
///
/// # Errors
/// When the engine refuses the model or a whole batch, or the run is interrupted.
pub fn predict(
    job: Job<'_>,
    settings: RunSettings,
    open: &(dyn Fn() -> Result<Box<dyn Engine>, EngineError> + Sync),
    progress: Progress<'_>,
    interrupted: &AtomicBool,
) -> Result<Run, InferenceError> {
    let all: Vec<usize>;
    let samples = match job.only {
        Some(only) => only,
        None => {
            all = (0..job.cohort.len()).collect();
            &all
        }
    };
    let size = match job.inputs.window() {
        // One volume at a time; the batch is of its windows.
        Some(_) => 1,
        None => job.inputs.fixed_batch.unwrap_or(settings.batch).max(1),
    };
    let batches: Vec<&[usize]> = samples.chunks(size).collect();
    let shared = Shared {
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        run: Mutex::new(empty_run(job)),
        error: Mutex::new(None),
    };
    std::thread::scope(|scope| {
        for _ in 0..settings.workers.clamp(1, batches.len().max(1)) {
            scope.spawn(|| {
                if let Err(error) = work(
                    job,
                    settings.batch,
                    &batches,
                    &shared,
                    open,
                    progress,
                    interrupted,
                ) {
                    shared.stop.store(true, Ordering::Relaxed);
                    if let Ok(mut first) = shared.error.lock() {
                        first.get_or_insert(error);
                    }
                }
            });
        }
    });
    if let Some(error) = shared
        .error
        .into_inner()
        .map_err(|_| InferenceError::Worker("it panicked".to_owned()))?
    {
        return Err(error);
    }
    shared
        .run
        .into_inner()
        .map_err(|_| InferenceError::Worker("it panicked".to_owned()))
}

struct Shared {
    next: AtomicUsize,
    done: AtomicUsize,
    stop: AtomicBool,
    run: Mutex<Run>,
    error: Mutex<Option<InferenceError>>,
}

/// For each kept score the number after the activation and the model's own, or why there is none.
type Outcome = Result<Vec<(f64, f64)>, Failure>;

struct SampleResult {
    sample: usize,
    sha256: Option<[u8; 32]>,
    decoders: Vec<&'static str>,
    fed: Vec<ChannelValues>,
    outcome: Outcome,
}

fn work(
    job: Job<'_>,
    windows: usize,
    batches: &[&[usize]],
    shared: &Shared,
    open: &(dyn Fn() -> Result<Box<dyn Engine>, EngineError> + Sync),
    progress: Progress<'_>,
    interrupted: &AtomicBool,
) -> Result<(), InferenceError> {
    let mut engine = open()?;
    while !shared.stop.load(Ordering::Relaxed) {
        if interrupted.load(Ordering::Relaxed) {
            return Err(InferenceError::Interrupted);
        }
        let Some(batch) = batches.get(shared.next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        let results = run_batch(job, windows, batch, engine.as_mut())?;
        let done = shared.done.fetch_add(batch.len(), Ordering::Relaxed) + batch.len();
        let mut run = shared
            .run
            .lock()
            .map_err(|_| InferenceError::Worker("it panicked".to_owned()))?;
        results
            .into_iter()
            .for_each(|result| store(&mut run, result));
        drop(run);
        progress(done as u64);
    }
    Ok(())
}

/// Samples of a batch whose images have the same sizes.
struct Group {
    /// Places in the batch.
    places: Vec<usize>,
    samples: Vec<usize>,
    /// Images by input, then by sample.
    images: Vec<Vec<Image>>,
}

impl Group {
    fn holds(&self, images: &[Image]) -> bool {
        let size = |image: &Image| (image.channels, image.size());
        let firsts = self.images.iter().map(|images| images.first().map(size));
        firsts.eq(images.iter().map(|image| Some(size(image))))
    }
}

/// Decodes and runs one batch. Images of different sizes (a graph with free sizes) run apart.
fn run_batch(
    job: Job<'_>,
    windows: usize,
    batch: &[usize],
    engine: &mut dyn Engine,
) -> Result<Vec<SampleResult>, InferenceError> {
    let mut results = Vec::with_capacity(batch.len());
    let mut groups: Vec<Group> = Vec::new();
    for sample in batch {
        let read = read_images(job, *sample);
        let mut result = SampleResult {
            sample: *sample,
            sha256: read.sha256,
            decoders: read.decoders,
            fed: Vec::new(),
            outcome: Ok(Vec::new()),
        };
        match read.images.and_then(|images| fit(job, *sample, images)) {
            Err(failure) => result.outcome = Err(failure),
            Ok(images) => {
                if job.hash {
                    result.fed = images.iter().flat_map(channel_values).collect();
                }
                let group = match groups.iter().position(|group| group.holds(&images)) {
                    Some(group) => group,
                    None => {
                        groups.push(Group {
                            places: Vec::new(),
                            samples: Vec::new(),
                            images: images.iter().map(|_| Vec::new()).collect(),
                        });
                        groups.len() - 1
                    }
                };
                let group = &mut groups[group];
                group.places.push(results.len());
                group.samples.push(*sample);
                for (of_input, image) in group.images.iter_mut().zip(images) {
                    of_input.push(image);
                }
            }
        }
        results.push(result);
    }
    for group in groups {
        let outcomes = match (job.inputs.window(), group.samples.as_slice()) {
            (Some(window), &[sample]) => {
                let volumes: Vec<&Image> = group.images.iter().flatten().collect();
                vec![run_windows(
                    job,
                    window,
                    windows,
                    (sample, &volumes),
                    engine,
                )?]
            }
            _ => run_images(job, &group, engine)?,
        };
        for (place, outcome) in group.places.into_iter().zip(outcomes) {
            results[place].outcome = outcome;
        }
    }
    Ok(results)
}

/// The images of a sample if the model can take them and all numbers are there.
fn fit(job: Job<'_>, sample: usize, images: Vec<Image>) -> Result<Vec<Image>, Failure> {
    let images = of_size(job, images)?;
    let mut tables = job.inputs.tables.iter();
    match tables.find_map(|table| table.lacks(job.cohort, sample)) {
        None => Ok(images),
        Some(column) => Err(failure(
            "input-missing",
            format!("{column} is missing, and the audit file does not say what stands for it"),
        )),
    }
}

/// The images of a sample if the model takes their sizes.
pub(super) fn of_size(job: Job<'_>, images: Vec<Image>) -> Result<Vec<Image>, Failure> {
    for (input, image) in job.inputs.images.iter().zip(&images) {
        input
            .layout
            .accepts(image)
            .map_err(|message| failure("wrong-size", message))?;
    }
    Ok(images)
}

fn run_images(
    job: Job<'_>,
    group: &Group,
    engine: &mut dyn Engine,
) -> Result<Vec<Outcome>, InferenceError> {
    let count = group.samples.len();
    let size = job.inputs.fixed_batch.unwrap_or(count);
    let contradiction = |message: String| {
        InferenceError::Contradiction(vec![crate::config::Diagnostic::error(
            "model-input",
            message,
        )])
    };
    let mut given = Vec::new();
    for (input, images) in job.inputs.images.iter().zip(&group.images) {
        let tensor = input.layout.tensor(images, size).map_err(contradiction)?;
        given.push((input.layout.input.clone(), tensor));
    }
    for table in &job.inputs.tables {
        let tensor = table
            .tensor(job.cohort, &group.samples, size)
            .map_err(contradiction)?;
        given.push((table.input.clone(), tensor));
    }
    let mut outputs = engine.run(given, &job.head.outputs())?.into_iter();
    let (_, output) = outputs.next().ok_or_else(|| {
        contradiction(format!("the engine gave no output \"{}\"", job.head.output))
    })?;
    let beside = outputs.next().map(|(_, boxes)| boxes);
    let mut layouts = job.inputs.images.iter().map(|input| input.layout.layout);
    let output = if layouts.all(Layout::is_channels_last) {
        super::head::channels_first(output)
    } else {
        output
    };
    let output = job.head.joined(output, beside).map_err(contradiction)?;
    outcomes(job, &output, &group.samples).map_err(contradiction)
}

/// Scores of one batch, or what is kept of its outlines.
fn outcomes(job: Job<'_>, output: &Tensor, samples: &[usize]) -> Result<Vec<Outcome>, String> {
    let (Some(plan), Some(measure)) = (&job.head.outlines, job.measure) else {
        return scores(job, output, samples.len());
    };
    let (mut maps, mut size) = job.head.maps(output, samples.len())?;
    let layouts = || job.inputs.images.iter().map(|input| input.layout.layout);
    if layouts().any(|layout| matches!(layout, Layout::Ncwhd | Layout::Nwhdc)) {
        let turned = [size[2], size[1], size[0]];
        for values in &mut maps {
            *values = frames_first(values, size);
        }
        size = turned;
    }
    let measured = samples.iter().zip(&maps).map(|(sample, values)| {
        if values.iter().any(|value| !value.is_finite()) {
            return Err(not_finite());
        }
        let kept = measure(*sample, Maps { values, size, plan })?;
        Ok(kept.into_iter().map(|number| (number, number)).collect())
    });
    Ok(measured.collect())
}

/// Maps of columns, rows and frames as maps of frames, rows and columns.
fn frames_first(values: &[f32], [columns, rows, frames]: [usize; 3]) -> Vec<f32> {
    let mut turned = Vec::with_capacity(values.len());
    for map in values.chunks_exact((columns * rows * frames).max(1)) {
        for frame in 0..frames {
            for row in 0..rows {
                let at = |column: usize| map[(column * rows + row) * frames + frame];
                turned.extend((0..columns).map(at));
            }
        }
    }
    turned
}

fn not_finite() -> Failure {
    failure(
        "not-finite",
        "the model's output is not a finite number".to_owned(),
    )
}

/// Runs the volumes of one sample window by window. A sample that does not fit fails by itself.
fn run_windows(
    job: Job<'_>,
    window: SlidingWindow,
    batch: usize,
    (sample, volumes): (usize, &[&Image]),
    engine: &mut dyn Engine,
) -> Result<Outcome, InferenceError> {
    let setting = windows::Windows {
        inputs: job.inputs,
        window,
        pool: job.head.pool,
        batch,
        output: &job.head.output,
    };
    let numbers = |count: usize, size: usize| {
        let samples = vec![sample; count];
        let tables = job.inputs.tables.iter();
        tables
            .map(|table| {
                Ok((
                    table.input.clone(),
                    table.tensor(job.cohort, &samples, size)?,
                ))
            })
            .collect()
    };
    let given = windows::run(&setting, volumes, &numbers, engine);
    let scored = match given {
        Ok(output) => outcomes(job, &output, &[sample]),
        Err(windows::Failed::Unfit(message)) => Err(message),
        Err(windows::Failed::Engine(error)) => return Err(error.into()),
    };
    Ok(match scored {
        Ok(outcomes) => outcomes
            .into_iter()
            .next()
            .unwrap_or_else(|| Err(failure("wrong-size", "the model gave no number".to_owned()))),
        Err(message) => Err(failure("wrong-size", message)),
    })
}

/// Scores of one batch, or why a sample has none.
fn scores(job: Job<'_>, output: &Tensor, samples: usize) -> Result<Vec<Outcome>, String> {
    let head = job.head.apply(output, samples)?;
    let numbers = |sample: usize| -> Vec<(f64, f64)> {
        head.scores
            .iter()
            .zip(&head.own)
            .map(|(scores, own)| (scores[sample], own[sample]))
            .collect()
    };
    Ok((0..samples)
        .map(|sample| {
            let numbers = numbers(sample);
            if numbers
                .iter()
                .all(|(score, own)| score.is_finite() && own.is_finite())
            {
                Ok(numbers)
            } else {
                Err(not_finite())
            }
        })
        .collect())
}

pub(super) fn failure(reason: &str, message: String) -> Failure {
    Failure {
        reason: reason.to_owned(),
        message,
    }
}

fn empty_run(job: Job<'_>) -> Run {
    let names = job.head.names.clone();
    let mut predictions = Predictions::unscored(names, job.head.has_logits(), job.cohort.len());
    predictions.single_precision = true;
    if job.hash {
        predictions.image_sha256 = vec![None; job.cohort.len()];
        predictions.fed = vec![Vec::new(); job.cohort.len()];
    }
    Run {
        predictions,
        decoders: BTreeSet::new(),
    }
}

/// Puts a result where it belongs as it comes, so that nothing is held twice.
fn store(run: &mut Run, result: SampleResult) {
    let predictions = &mut run.predictions;
    if let Some(place) = predictions.image_sha256.get_mut(result.sample) {
        *place = result.sha256;
    }
    if let Some(place) = predictions.fed.get_mut(result.sample) {
        *place = result.fed;
    }
    run.decoders
        .extend(result.decoders.into_iter().map(str::to_owned));
    match result.outcome {
        Err(failure) => predictions.status[result.sample] = SampleStatus::Failed(Arc::new(failure)),
        Ok(numbers) => {
            for (place, (score, own)) in numbers.into_iter().enumerate() {
                predictions.scores[place][result.sample] = score;
                if let Some(logits) = &mut predictions.logits[place] {
                    logits[result.sample] = own;
                }
            }
            predictions.status[result.sample] = SampleStatus::Scored;
        }
    }
}
