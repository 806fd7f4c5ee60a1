//! The model, opened and checked against the audit file, ready to be run any number of times.

use std::num::NonZeroUsize;

use crate::cohort::Cohort;
use crate::config::{
    Audit, Blend, Diagnostic, EngineChoice, InputSpec, ModelSpec, Pool, Span, Step,
};
use crate::engine::{
    EngineError, EngineIdentity, EngineKind, Model, Places, SessionOptions, Tensor,
};
use crate::imaging::{Image, Pipeline};
use crate::inference::{
    self, HeadPlan, ImageInput, InputPlan, Job, KeptImages, Maps, Predictions, Run, RunSettings,
};

use super::finish::Started;
use super::outlines::Outlines;
use super::{AuditError, Event, Options, shapes};

/// Settings of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// Threads inside each session.
    pub(super) threads: usize,
    /// Samples a batch.
    pub(super) batch: usize,
    /// Whether the other engine runs.
    pub(super) other_engine: bool,
    /// Workers, each with a session.
    pub(super) workers: usize,
    /// Whether the images' bytes are hashed.
    pub(super) hash: bool,
}

/// A way from a file to numbers.
pub(super) struct Way {
    /// The input that declares it as its own; `None`: the audit's for all inputs.
    pub(super) input: Option<String>,
    /// What a file is.
    pub(super) spec: InputSpec,
    /// Steps, and where they stand in the audit file.
    pub(super) steps: Vec<Step>,
    pub(super) places: Vec<Span>,
    pub(super) pipeline: Pipeline,
}

/// Pipelines and a head, which may be others than the audit file's.
#[derive(Clone, Copy)]
pub(super) struct Otherwise<'a> {
    /// One for each of the audit's ways.
    pub(super) pipelines: &'a [&'a Pipeline],
    pub(super) head: &'a HeadPlan,
    /// Images of earlier runs over the same files.
    pub(super) kept: Option<&'a KeptImages>,
}

/// A model that fits its audit file.
pub(super) struct Ready {
    model: Model,
    other: Option<Model>,
    spec: ModelSpec,
    root: std::path::PathBuf,
    /// The ways from a file to numbers, by [`inference::ImageInput::way`].
    pub(super) ways: Vec<Way>,
    /// What goes into the inputs.
    pub(super) inputs: InputPlan,
    pub(super) head: HeadPlan,
    /// Outlines that are drawn, for models that predict some.
    outlines: Outlines,
    source: crate::config::SourceText,
    not_varied: Vec<String>,
}

/// Opens the model and checks inputs, outputs, preprocessing and endpoints against its graph, and
/// the cohort's numbers against its inputs.
pub(super) fn open(
    started: &Started,
    cohort: &Cohort,
    options: &Options<'_>,
) -> Result<Ready, AuditError> {
    let audit = &started.audit;
    let (Some(spec), Some(input)) = (&audit.model, audit.input) else {
        return Err(AuditError::Internal(
            "a run without a model or input section".to_owned(),
        ));
    };
    (options.events)(Event::Stage("opening the model"));
    let places = Places::of_this_computer(options.onnxruntime.clone());
    let kind = match spec.engine {
        EngineChoice::Auto => EngineKind::Auto,
        EngineChoice::OnnxRuntime => EngineKind::OnnxRuntime,
        EngineChoice::Embedded => EngineKind::Embedded,
    };
    let session = SessionOptions {
        threads: spec.threads,
    };
    let model = Model::open(&spec.file, kind, session, &places)?;
    if let Some(locked) = spec
        .sha256
        .as_ref()
        .filter(|locked| !locked.eq_ignore_ascii_case(model.sha256()))
    {
        let found = Diagnostic::error("model-changed", format!("the model file has sha256 {}, the audit file is locked to {}", model.sha256(), locked.value))
            .at(locked.span)
            .help("audit the model that was meant, or write the new hash and say in the records why it changed");
        return Err(started.refuse(vec![found]));
    }
    let refuse = |found| started.refuse(found);
    let inputs = inference::plan(spec, model.signature()).map_err(refuse)?;
    inputs
        .check(cohort, &started.manifest_name())
        .map_err(refuse)?;
    let head = HeadPlan::new(&audit.output, model.signature(), inputs.window().is_some())
        .map_err(refuse)?;
    let mut problems = scores_of_endpoints(started, &head);
    problems.extend(Outlines::misplaced(audit, &head));
    if !problems.is_empty() {
        return Err(started.refuse(problems));
    }
    let ways = ways(audit, spec, input);
    let unfit = shapes::unfit(audit, spec, &inputs.images, &ways);
    if !unfit.is_empty() {
        return Err(started.refuse(unfit));
    }
    let mut not_varied = Vec::new();
    let other = other_engine(started, &model, session, &places, &mut not_varied);
    let varies_batch = audit
        .reproducibility
        .as_ref()
        .is_some_and(|spec| spec.vary.contains(&crate::config::Vary::Batch));
    if let (true, Some(size)) = (varies_batch, inputs.fixed_batch) {
        not_varied.push(format!(
            "reruns were asked to vary the batch, but the model fixes it at {size}"
        ));
    }
    Ok(Ready {
        model,
        other,
        spec: spec.clone(),
        root: audit.cohort.root.clone(),
        ways,
        inputs,
        head,
        outlines: Outlines::new(audit),
        source: started.source.clone(),
        not_varied,
    })
}

/// The audit's way, then those of inputs that have their own.
fn ways(audit: &Audit, spec: &ModelSpec, input: InputSpec) -> Vec<Way> {
    let common = Way {
        input: None,
        spec: input,
        steps: audit.preprocess.clone(),
        places: audit.step_places.clone(),
        pipeline: Pipeline::new(input, &audit.preprocess),
    };
    let own = spec.own_ways().into_iter().map(|(name, way)| Way {
        input: Some(name.to_owned()),
        spec: way.input,
        steps: way.steps.clone(),
        places: way.places.clone(),
        pipeline: Pipeline::new(way.input, &way.steps),
    });
    std::iter::once(common).chain(own).collect()
}

/// The engine that the first run does not use, when reruns ask for it and it can run the model.
fn other_engine(
    started: &Started,
    model: &Model,
    session: SessionOptions,
    places: &Places,
    not_varied: &mut Vec<String>,
) -> Option<Model> {
    let spec = started.audit.reproducibility.as_ref()?;
    if !spec.vary.contains(&crate::config::Vary::Engine) {
        return None;
    }
    let kind = if model.identity().name == "embedded" {
        EngineKind::OnnxRuntime
    } else {
        EngineKind::Embedded
    };
    let opened = match model.instead_of() {
        // Looked for already.
        Some(_) => Err("ONNX Runtime was not found".to_owned()),
        None => Model::open(model.path(), kind, session, places).map_err(|error| match error {
            EngineError::LibraryNotFound(_) => "ONNX Runtime was not found".to_owned(),
            EngineError::UnsupportedOperator { .. } | EngineError::OverThreeAxes { .. } => {
                "the embedded engine lacks an operator of this model".to_owned()
            }
            _ => "it could not be opened".to_owned(),
        }),
    };
    opened
        .map_err(|why| {
            not_varied.push(format!(
                "a rerun on the other engine was asked for and not done: {why}"
            ))
        })
        .ok()
}

fn scores_of_endpoints(started: &Started, head: &HeadPlan) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for endpoint in &started.audit.endpoints {
        match &endpoint.score {
            Some(name) if !head.names.contains(&name.value) => {
                let message = format!(
                    "endpoint {} takes the score \"{}\", which the model's output does not give",
                    endpoint.name.value, name.value
                );
                problems.push(
                    Diagnostic::error("unknown-score", message)
                        .at(name.span)
                        .help(format!("there are {}", head.names.join(", "))),
                );
            }
            None if head.names.len() != 1 => {
                let message = format!(
                    "endpoint {} does not say which of the {} scores it takes",
                    endpoint.name.value,
                    head.names.len()
                );
                problems.push(
                    Diagnostic::error("score-missing", message)
                        .at(endpoint.name.span)
                        .help(format!(
                            "write `score:` with one of {}",
                            head.names.join(", ")
                        )),
                );
            }
            _ => {}
        }
    }
    for name in started.audit.scores_of_tasks() {
        if !head.names.contains(&name.value) {
            let message = format!(
                "an endpoint takes the score \"{}\", which the model's output does not give",
                name.value
            );
            problems.push(
                Diagnostic::error("unknown-score", message)
                    .at(name.span)
                    .help(format!("there are {}", head.names.join(", "))),
            );
        }
    }
    problems
}

impl Ready {
    /// Settings of the first run.
    pub(super) fn settings(&self, options: &Options<'_>) -> Settings {
        Settings {
            threads: self.spec.threads.get(),
            batch: self.spec.batch.get(),
            other_engine: false,
            workers: options.threads,
            hash: true,
        }
    }

    /// Runs the model over the samples.
    pub(super) fn predict(
        &self,
        cohort: &Cohort,
        only: Option<&[usize]>,
        settings: Settings,
        what: &str,
        options: &Options<'_>,
    ) -> Result<Run, AuditError> {
        let own = Otherwise {
            pipelines: &self.pipelines(),
            head: &self.head,
            kept: None,
        };
        self.run_with(own, cohort, only, settings, what, options)
    }

    /// Scores of some samples with other pipelines and another head than the audit file's.
    pub(super) fn predict_otherwise(
        &self,
        way: Otherwise<'_>,
        cohort: &Cohort,
        only: &[usize],
        options: &Options<'_>,
    ) -> Result<Predictions, AuditError> {
        let settings = Settings {
            hash: false,
            ..self.settings(options)
        };
        self.run_with(way, cohort, Some(only), settings, "doctor", options)
            .map(|run| run.predictions)
    }

    fn run_with(
        &self,
        Otherwise {
            pipelines,
            head,
            kept,
        }: Otherwise<'_>,
        cohort: &Cohort,
        only: Option<&[usize]>,
        settings: Settings,
        what: &str,
        options: &Options<'_>,
    ) -> Result<Run, AuditError> {
        let total = only.map_or(cohort.len(), <[usize]>::len) as u64;
        let model = match &self.other {
            Some(other) if settings.other_engine => other,
            _ => &self.model,
        };
        let session = SessionOptions {
            threads: NonZeroUsize::new(settings.threads).unwrap_or(NonZeroUsize::MIN),
        };
        let open = || model.session(session);
        let measure = |sample: usize, maps: Maps<'_>| self.outlines.measure(cohort, sample, maps);
        let job = Job {
            measure: head.outlines.is_some().then_some(&measure),
            cohort,
            only,
            root: &self.root,
            pipelines,
            inputs: &self.inputs,
            head,
            hash: settings.hash,
            kept,
        };
        let progress = |done: u64| (options.events)(Event::Samples { what, done, total });
        let run = RunSettings {
            workers: settings.workers,
            batch: settings.batch,
        };
        inference::predict(job, run, &open, &progress, options.interrupted)
            .map_err(|error| AuditError::inference(error, &self.source))
    }

    fn pipelines(&self) -> Vec<&Pipeline> {
        self.ways.iter().map(|way| &way.pipeline).collect()
    }

    /// The image that each input of images would be fed for one sample. Otherwise a sentence.
    pub(super) fn images(&self, cohort: &Cohort, sample: usize) -> Result<Vec<Image>, String> {
        self.images_otherwise((&self.pipelines(), None), cohort, sample)
    }

    /// The same with other pipelines than the audit file's, and images of earlier runs.
    fn images_otherwise(
        &self,
        (pipelines, kept): (&[&Pipeline], Option<&KeptImages>),
        cohort: &Cohort,
        sample: usize,
    ) -> Result<Vec<Image>, String> {
        let job = Job {
            measure: None,
            cohort,
            only: None,
            root: &self.root,
            pipelines,
            inputs: &self.inputs,
            head: &self.head,
            hash: false,
            kept,
        };
        inference::fed_images(job, sample).map_err(|failure| failure.message)
    }

    /// What each input of images would get for one sample: batches of one. Otherwise a sentence.
    pub(super) fn tensors(&self, cohort: &Cohort, sample: usize) -> Result<Vec<Tensor>, String> {
        self.tensors_otherwise((&self.pipelines(), None), cohort, sample)
    }

    /// The same with other pipelines than the audit file's, and images of earlier runs.
    pub(super) fn tensors_otherwise(
        &self,
        way: (&[&Pipeline], Option<&KeptImages>),
        cohort: &Cohort,
        sample: usize,
    ) -> Result<Vec<Tensor>, String> {
        let images = self.images_otherwise(way, cohort, sample)?;
        let inputs = self.inputs.images.iter().zip(images);
        inputs
            .map(|(input, image)| input.layout.tensor(&[image], 1))
            .collect()
    }

    /// Names of the inputs of images.
    pub(super) fn image_inputs(&self) -> Vec<&str> {
        let inputs = self.inputs.images.iter();
        inputs.map(|input| input.layout.input.as_str()).collect()
    }

    /// Ways that inputs of images go, each once, with the inputs that go them.
    pub(super) fn ways_gone(&self) -> Vec<(usize, Vec<&ImageInput>)> {
        (0..self.ways.len())
            .map(|way| {
                let inputs = self.inputs.images.iter();
                (way, inputs.filter(|input| input.way == way).collect())
            })
            .filter(|(_, inputs): &(usize, Vec<_>)| !inputs.is_empty())
            .collect()
    }

    /// From a file's pixels to the score, one line a step. Where inputs go different ways the line
    /// begins with the input.
    pub(super) fn steps(&self) -> Vec<String> {
        let gone = self.ways_gone();
        let several = gone.len() > 1;
        let mut steps = Vec::new();
        for (way, inputs) in gone {
            let names: Vec<&str> = inputs
                .iter()
                .map(|input| input.layout.input.as_str())
                .collect();
            let begin = if several {
                format!("{}: ", names.join(", "))
            } else {
                String::new()
            };
            let lines = self.ways[way].pipeline.describe();
            steps.extend(lines.into_iter().map(|line| format!("{begin}{line}")));
        }
        if let Some(window) = self.inputs.window() {
            let [depth, height, width] = window.roi;
            let weights = match window.blend {
                Blend::Constant => "equal weights",
                Blend::Gaussian => "Gaussian weights",
            };
            steps.push(format!(
                "run window by window, {depth} x {height} x {width} voxels (frames x rows x columns), overlap {}, {weights} (as MONAI's sliding_window_inference)",
                window.overlap
            ));
        }
        match self.head.pool {
            Some(Pool::Mean) => {
                steps.push("mean of the model's numbers, before the activation".to_owned())
            }
            Some(Pool::Max) => {
                steps.push("largest of the model's numbers, before the activation".to_owned())
            }
            None => {}
        }
        steps
    }

    /// The `model` section.
    pub(super) fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// The audit file's text.
    pub(super) fn source(&self) -> &crate::config::SourceText {
        &self.source
    }

    /// What reruns were asked to vary and cannot, one sentence each.
    pub(super) fn not_varied(&self) -> &[String] {
        &self.not_varied
    }

    /// The model of the first run.
    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// `onnxruntime` or `embedded`.
    pub(super) fn engine_kind(&self) -> &'static str {
        self.model.identity().name
    }

    /// Engine and version of the first run.
    pub(super) fn engine_name(&self) -> String {
        shown(self.model.identity())
    }

    /// Kind of the other engine, when it is at hand.
    pub(super) fn other_engine_name(&self) -> Option<String> {
        self.other
            .as_ref()
            .map(|other| other.identity().name.to_owned())
    }

    /// Engine and version of the rerun on the other engine.
    pub(super) fn other_engine_version(&self) -> String {
        self.other
            .as_ref()
            .map_or_else(String::new, |other| shown(other.identity()))
    }
}

fn shown(identity: &EngineIdentity) -> String {
    format!("{} {}", identity.name, identity.version)
}
