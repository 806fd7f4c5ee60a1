//! The work itself: each worker takes the next batch, decodes and preprocesses its images,
//! runs its own session and hands the scores back. Memory is one batch a worker, whatever the
//! size of the cohort. Batches are cut from the cohort's sorted samples by number, so that
//! neither the count of workers nor their speed changes which samples meet in a batch.

mod images;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::cohort::Cohort;
use crate::config::{InputKind, SlidingWindow};
use crate::engine::{Engine, EngineError, Tensor};
use crate::imaging::{Image, Pipeline};

use self::images::read_image;
use super::windows;
use super::{BatchLayout, Failure, HeadPlan, InferenceError, Predictions, SampleStatus};

/// Told the number of samples done so far; called from any worker.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// What is run on what.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The samples.
    pub cohort: &'a Cohort,
    /// Indexes of the samples that are run; `None`: all.
    pub only: Option<&'a [usize]>,
    /// Folder of the images.
    pub root: &'a Path,
    /// What kind of file an image is.
    pub kind: InputKind,
    /// Steps from pixels to the input.
    pub pipeline: &'a Pipeline,
    /// How images are laid into the input.
    pub layout: &'a BatchLayout,
    /// How outputs become scores.
    pub head: &'a HeadPlan,
    /// Whether the bytes of images are hashed; once a cohort is enough.
    pub hash: bool,
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
    let size = match job.layout.sliding_window {
        // One volume at a time; the batch is of its windows.
        Some(_) => 1,
        None => job.layout.fixed_batch.unwrap_or(settings.batch).max(1),
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
    decoder: Option<&'static str>,
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

/// Decodes and runs one batch. Images of different sizes (a graph with free sizes) run apart.
fn run_batch(
    job: Job<'_>,
    windows: usize,
    batch: &[usize],
    engine: &mut dyn Engine,
) -> Result<Vec<SampleResult>, InferenceError> {
    let mut results = Vec::with_capacity(batch.len());
    let mut groups: Vec<(Vec<usize>, Vec<Image>)> = Vec::new();
    for sample in batch {
        let (read, sha256, decoder) = read_image(job, *sample);
        let place = results.len();
        let mut result = SampleResult {
            sample: *sample,
            sha256,
            decoder,
            outcome: Ok(Vec::new()),
        };
        match read.and_then(|image| {
            job.layout
                .accepts(&image)
                .map(|()| image)
                .map_err(|message| failure("wrong-size", message))
        }) {
            Err(failure) => result.outcome = Err(failure),
            Ok(image) => {
                let same = |other: &Image| {
                    (other.channels, other.size()) == (image.channels, image.size())
                };
                match groups
                    .iter_mut()
                    .find(|(_, images)| images.first().is_some_and(same))
                {
                    Some((places, images)) => {
                        places.push(place);
                        images.push(image);
                    }
                    None => groups.push((vec![place], vec![image])),
                }
            }
        }
        results.push(result);
    }
    for (places, images) in groups {
        let outcomes = match (job.layout.sliding_window, images.as_slice()) {
            (Some(window), [volume]) => vec![run_windows(job, window, windows, volume, engine)?],
            _ => run_images(job, &images, engine)?,
        };
        for (place, outcome) in places.into_iter().zip(outcomes) {
            results[place].outcome = outcome;
        }
    }
    Ok(results)
}

fn run_images(
    job: Job<'_>,
    images: &[Image],
    engine: &mut dyn Engine,
) -> Result<Vec<Outcome>, InferenceError> {
    let size = job.layout.fixed_batch.unwrap_or(images.len());
    let contradiction = |message: String| {
        InferenceError::Contradiction(vec![crate::config::Diagnostic::error(
            "model-input",
            message,
        )])
    };
    let input = job.layout.tensor(images, size).map_err(contradiction)?;
    let outputs = engine.run(
        vec![(job.layout.input.clone(), input)],
        &[job.head.output.as_str()],
    )?;
    let (_, output) = outputs.into_iter().next().ok_or_else(|| {
        contradiction(format!("the engine gave no output \"{}\"", job.head.output))
    })?;
    let output = if job.layout.layout.is_channels_last() {
        super::head::channels_first(output)
    } else {
        output
    };
    scores(job, &output, images.len()).map_err(contradiction)
}

/// Runs one volume window by window. A volume that does not fit fails by itself.
fn run_windows(
    job: Job<'_>,
    window: SlidingWindow,
    batch: usize,
    volume: &Image,
    engine: &mut dyn Engine,
) -> Result<Outcome, InferenceError> {
    let output = job.head.output.as_str();
    let given = windows::run(
        job.layout,
        window,
        job.head.pool,
        batch,
        output,
        volume,
        engine,
    );
    let scored = match given {
        Ok(output) => scores(job, &output, 1),
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
                Err(failure(
                    "not-finite",
                    "the model's output is not a finite number".to_owned(),
                ))
            }
        })
        .collect())
}

fn failure(reason: &str, message: String) -> Failure {
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
    run.decoders.extend(result.decoder.map(str::to_owned));
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
