//! The ways in which an audit file most often departs from what a model's makers did.

use crate::config::preprocess::{
    Crop, Flip, OpenCvFilter, PillowFilter, PillowVersion, ResizeEngine, SkimageFilter, Step,
    TorchFilter,
};
use crate::config::{
    Activation, Channels, DicomOptions, InputKind, InputSpec, RasterOptions, Turned,
    activation_word, channels_word, step_text,
};

use super::windows::{is_dicom, is_lawful, windows};

/// Everything between a file's pixels and a score that an audit file chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// The kind of file, what is done with DICOM of other than the plain kind, and the channels
    /// that are made first.
    pub input: InputSpec,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// What is applied to the model's numbers.
    pub activation: Activation,
}

/// A changed recipe.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What the makers would have done otherwise, in words.
    pub what: String,
    /// The recipe with that change.
    pub recipe: Recipe,
}

const IMAGENET: ([f64; 3], [f64; 3]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
/// Largest value of an 8-bit sample, which inversion turns on.
const WHITE: f64 = 255.0;

impl Recipe {
    /// Lines of the audit file that the recipe stands for.
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "input: channels: {}",
            channels_word(self.input.channels)
        )];
        if self.input.dicom.monochrome1_as_stored {
            lines.push("input: monochrome1: as_stored".to_owned());
        }
        let raster = self.input.raster;
        for (said, line) in [
            (raster.turned == Turned::All, "input: orientation: exif"),
            (
                raster.turned == Turned::None,
                "input: orientation: as_stored",
            ),
            (raster.fast_idct, "input: jpeg_idct: fast"),
            (raster.nearest_chroma, "input: jpeg_upsampling: nearest"),
        ] {
            if said {
                lines.push(line.to_owned());
            }
        }
        let steps = self.steps.iter();
        lines.extend(steps.map(|step| format!("preprocess: - {}", step_text(step))));
        lines.push(format!(
            "output: activation: {}",
            activation_word(self.activation)
        ));
        lines
    }

    /// The smallest change of lines that leads to `other`: `- line` goes, `+ line` comes.
    #[must_use]
    pub fn change_to(&self, other: &Self) -> Vec<String> {
        let (old, new) = (self.lines(), other.lines());
        // Lengths of the longest common parts of the rest, by place in both.
        let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                common[i][j] = if old[i] == new[j] {
                    common[i + 1][j + 1] + 1
                } else {
                    common[i + 1][j].max(common[i][j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        let mut change = Vec::new();
        while i < old.len() || j < new.len() {
            if i < old.len() && j < new.len() && old[i] == new[j] {
                (i, j) = (i + 1, j + 1);
            } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
                change.push(format!("- {}", old[i]));
                i += 1;
            } else {
                change.push(format!("+ {}", new[j]));
                j += 1;
            }
        }
        change
    }

    /// Every single change that is tried, without repetition.
    #[must_use]
    pub fn candidates(&self) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        let mut add = |what: String, recipe: Recipe| {
            let lawful = is_lawful(recipe.input, &recipe.steps);
            if lawful && recipe != *self && found.iter().all(|other| other.recipe != recipe) {
                found.push(Candidate { what, recipe });
            }
        };
        for channels in other_channels(self.input.channels) {
            let recipe = Recipe {
                input: InputSpec {
                    channels: *channels,
                    ..self.input
                },
                ..self.clone()
            };
            add(format!("channels are {}", channels_word(*channels)), recipe);
        }
        for place in 0..self.steps.len() {
            for (what, steps) in at_step(&self.steps, place) {
                add(what, self.with(steps));
            }
        }
        for (what, steps) in inserted(&self.steps, self.input.channels) {
            add(what, self.with(steps));
        }
        for (what, steps) in windows(self.input, &self.steps) {
            add(what, self.with(steps));
        }
        for (what, raster) in decoders(self.input) {
            let input = InputSpec {
                raster,
                ..self.input
            };
            let recipe = Recipe {
                input,
                ..self.clone()
            };
            add(what.to_owned(), recipe);
        }
        if is_dicom(self.input) {
            let as_stored = !self.input.dicom.monochrome1_as_stored;
            let dicom = DicomOptions {
                monochrome1_as_stored: as_stored,
                ..self.input.dicom
            };
            let recipe = Recipe {
                input: InputSpec {
                    dicom,
                    ..self.input
                },
                ..self.clone()
            };
            let words = if as_stored { "is not" } else { "is" };
            add(format!("MONOCHROME1 {words} inverted"), recipe);
        }
        for activation in [Activation::None, Activation::Sigmoid, Activation::Softmax] {
            let recipe = Recipe {
                activation,
                ..self.clone()
            };
            let what = format!("the activation is {}", activation_word(activation));
            add(what, recipe);
        }
        found
    }

    fn with(&self, steps: Vec<Step>) -> Self {
        Self {
            steps,
            ..self.clone()
        }
    }
}

fn other_channels(channels: Channels) -> &'static [Channels] {
    match channels {
        Channels::Rgb => &[Channels::Bgr],
        Channels::Bgr => &[Channels::Rgb],
        Channels::GrayBt601 => &[Channels::GrayBt709, Channels::Gray],
        Channels::GrayBt709 => &[Channels::GrayBt601, Channels::Gray],
        Channels::Gray => &[Channels::GrayBt601, Channels::GrayBt709],
        Channels::Repeat3 => &[],
    }
}

/// Other ways to decode a raster file.
fn decoders(input: InputSpec) -> Vec<(&'static str, RasterOptions)> {
    if input.kind != InputKind::Raster {
        return Vec::new();
    }
    let now = input.raster;
    let said = |other: bool, yes: &'static str, no: &'static str| if other { yes } else { no };
    let turns = [
        (
            Turned::All,
            "images are turned as their orientation tags ask",
        ),
        (
            Turned::Pillow,
            "orientation tags are followed in TIFF files only",
        ),
        (Turned::None, "orientation tags are not followed"),
    ];
    let turns = turns.map(|(turned, words)| (words, RasterOptions { turned, ..now }));
    let jpeg = [
        (
            said(
                !now.fast_idct,
                "JPEG is decoded by the fast inverse DCT",
                "JPEG is decoded by the accurate inverse DCT",
            ),
            RasterOptions {
                fast_idct: !now.fast_idct,
                ..now
            },
        ),
        (
            said(
                !now.nearest_chroma,
                "chroma of JPEG is repeated",
                "chroma of JPEG is upsampled smoothly",
            ),
            RasterOptions {
                nearest_chroma: !now.nearest_chroma,
                ..now
            },
        ),
    ];
    turns.into_iter().chain(jpeg).collect()
}

type Changed = (String, Vec<Step>);

/// Changes of one step, its removal among them.
fn at_step(steps: &[Step], place: usize) -> Vec<Changed> {
    let replaced = |by: &[Step], count: usize| -> Vec<Step> {
        let mut changed = steps.to_vec();
        changed.splice(place..place + count, by.iter().cloned());
        changed
    };
    let mut found = Vec::new();
    let step = &steps[place];
    if !matches!(
        step,
        Step::Resize(_) | Step::Pad { .. } | Step::Orient(_) | Step::Spacing(_)
    ) {
        let what = format!("there is no `{}`", step_text(step));
        found.push((what, replaced(&[], 1)));
    }
    match step {
        Step::Resize(resize) => {
            for (words, engine) in engines() {
                let other = crate::config::Resize {
                    engine,
                    ..resize.clone()
                };
                found.push((
                    format!("resizing is {words}"),
                    replaced(&[Step::Resize(other)], 1),
                ));
            }
        }
        Step::Normalize { mean, std } => {
            for (words, mean, std) in constants(mean, std) {
                found.push((words, replaced(&[Step::Normalize { mean, std }], 1)));
            }
        }
        Step::Scale {
            numerator,
            denominator,
        } => scales(
            steps,
            place,
            *numerator,
            *denominator,
            &replaced,
            &mut found,
        ),
        Step::Flip(Flip::Horizontal) => found.push((
            "the mirror is vertical".to_owned(),
            replaced(&[Step::Flip(Flip::Vertical)], 1),
        )),
        Step::Flip(Flip::Vertical) => found.push((
            "the mirror is horizontal".to_owned(),
            replaced(&[Step::Flip(Flip::Horizontal)], 1),
        )),
        _ => {}
    }
    if let (Step::Normalize { .. }, Some(scale @ Step::Scale { .. })) = (step, steps.get(place + 1))
    {
        found.push((
            "scaling comes before normalising".to_owned(),
            replaced(&[scale.clone(), step.clone()], 2),
        ));
    }
    found
}

/// Other ranges, and inversion of 8-bit samples: x -> 255 - x before the scale.
fn scales(
    steps: &[Step],
    place: usize,
    numerator: f64,
    denominator: f64,
    replaced: &dyn Fn(&[Step], usize) -> Vec<Step>,
    found: &mut Vec<Changed>,
) {
    for below in [255.0, 127.5, 256.0, 65535.0] {
        let scale = Step::Scale {
            numerator: 1.0,
            denominator: below,
        };
        found.push((
            format!("samples are divided by {below}"),
            replaced(&[scale], 1),
        ));
    }
    let other_sign = Step::Scale {
        numerator: -numerator,
        denominator,
    };
    let white = WHITE * numerator / denominator;
    match steps.get(place + 1) {
        Some(Step::Normalize { mean, std })
            if mean.as_slice() == [white] && std.as_slice() == [1.0] =>
        {
            found.push((
                "samples are not inverted".to_owned(),
                replaced(&[other_sign], 2),
            ));
        }
        _ => {
            let back = Step::Normalize {
                mean: vec![-white],
                std: vec![1.0],
            };
            found.push((
                "samples are inverted (255 - x)".to_owned(),
                replaced(&[other_sign, back], 1),
            ));
        }
    }
}

/// Other means and standard deviations.
fn constants(mean: &[f64], std: &[f64]) -> Vec<(String, Vec<f64>, Vec<f64>)> {
    let mut found = vec![
        (
            "mean and std are ImageNet's".to_owned(),
            IMAGENET.0.to_vec(),
            IMAGENET.1.to_vec(),
        ),
        ("mean and std are 0.5".to_owned(), vec![0.5], vec![0.5]),
        (
            "only the mean is subtracted".to_owned(),
            mean.to_vec(),
            vec![1.0],
        ),
    ];
    if mean.iter().all(|value| *value != 0.0) {
        found.push((
            "mean and std change places".to_owned(),
            std.to_vec(),
            mean.to_vec(),
        ));
    }
    let turned = |values: &[f64]| values.iter().rev().copied().collect::<Vec<f64>>();
    found.push((
        "mean and std are listed blue first".to_owned(),
        turned(mean),
        turned(std),
    ));
    found
}

/// Steps that may be missing.
fn inserted(steps: &[Step], channels: Channels) -> Vec<Changed> {
    let with = |place: usize, step: Step| {
        let mut changed = steps.to_vec();
        changed.insert(place, step);
        changed
    };
    let mut found = Vec::new();
    let normalize = |step: &Step| matches!(step, Step::Normalize { .. });
    let end = steps.len();
    if !steps.iter().any(|step| matches!(step, Step::Scale { .. })) {
        let place = steps.iter().position(normalize).unwrap_or(end);
        for below in [255.0, 127.5, 65535.0] {
            let scale = Step::Scale {
                numerator: 1.0,
                denominator: below,
            };
            found.push((
                format!("samples are divided by {below}"),
                with(place, scale),
            ));
        }
    }
    // A lone shift belongs to an inversion, and says nothing of a normalisation.
    let is_shift =
        |step: &Step| matches!(step, Step::Normalize { std, .. } if std.as_slice() == [1.0]);
    if !steps.iter().any(|step| normalize(step) && !is_shift(step)) {
        let three = !matches!(
            channels,
            Channels::Gray | Channels::GrayBt601 | Channels::GrayBt709
        );
        for (what, mean, std) in constants(&[0.5], &[0.5]).into_iter().take(2) {
            if three || mean.len() == 1 {
                found.push((what, with(end, Step::Normalize { mean, std })));
            }
        }
        if !steps.contains(&Step::Standardize) {
            let what = "every image is standardised".to_owned();
            found.push((what, with(end, Step::Standardize)));
        }
    }
    for (what, flip) in [
        ("images are mirrored left to right", Flip::Horizontal),
        ("images are mirrored top to bottom", Flip::Vertical),
    ] {
        if !steps.contains(&Step::Flip(flip)) {
            found.push((what.to_owned(), with(end, Step::Flip(flip))));
        }
    }
    if !steps
        .iter()
        .any(|step| matches!(step, Step::Rotate90 { .. }))
    {
        for times in 1..=3 {
            let what = format!("images are turned by {} degrees", u16::from(times) * 90);
            found.push((what, with(end, Step::Rotate90 { times })));
        }
    }
    if !steps.iter().any(|step| matches!(step, Step::Crop(_))) {
        let crop = Step::Crop(Crop::CenterSquare);
        found.push((
            "the centred square is cut out first".to_owned(),
            with(0, crop),
        ));
    }
    found
}

/// Engines and filters of a resize, in words.
fn engines() -> Vec<(String, ResizeEngine)> {
    let version = PillowVersion::V12;
    let mut found: Vec<(String, ResizeEngine)> = [
        ("bilinear", PillowFilter::Bilinear),
        ("bicubic", PillowFilter::Bicubic),
        ("lanczos", PillowFilter::Lanczos),
        ("box", PillowFilter::Box),
        ("nearest", PillowFilter::Nearest),
    ]
    .into_iter()
    .flat_map(|(name, filter)| {
        [
            (PillowVersion::Unnamed, ""),
            (version, " (up to 12)"),
            (PillowVersion::V13, " 13"),
        ]
        .map(|(version, words)| {
            (
                format!("Pillow's{words}, {name}"),
                ResizeEngine::Pillow { filter, version },
            )
        })
    })
    .collect();
    for (name, filter) in [
        ("linear", OpenCvFilter::Bilinear),
        ("cubic", OpenCvFilter::Bicubic),
        ("area", OpenCvFilter::Area),
        ("nearest", OpenCvFilter::Nearest),
    ] {
        found.push((format!("OpenCV's, {name}"), ResizeEngine::OpenCv { filter }));
    }
    for (name, filter, antialias) in [
        ("bilinear with antialiasing", TorchFilter::Bilinear, true),
        (
            "bilinear without antialiasing",
            TorchFilter::Bilinear,
            false,
        ),
        ("bicubic with antialiasing", TorchFilter::Bicubic, true),
        ("bicubic without antialiasing", TorchFilter::Bicubic, false),
    ] {
        let engine = ResizeEngine::Torch { filter, antialias };
        found.push((format!("PyTorch's, {name}"), engine));
    }
    found.push((
        "PyTorch's on 8-bit tensors, bilinear with antialiasing".to_owned(),
        ResizeEngine::TorchBytes,
    ));
    for (antialias, words) in [(true, "with"), (false, "without")] {
        found.push((
            format!("scikit-image's, bilinear {words} antialiasing"),
            ResizeEngine::Skimage {
                filter: SkimageFilter::Bilinear,
                antialias,
                preserve_range: true,
            },
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        Recipe {
            input: InputSpec {
                kind: crate::config::InputKind::Raster,
                channels: Channels::Rgb,
                dicom: DicomOptions::default(),
                raster: Default::default(),
            },
            steps: vec![
                Step::Scale {
                    numerator: 1.0,
                    denominator: 255.0,
                },
                Step::Normalize {
                    mean: vec![0.5],
                    std: vec![0.25],
                },
            ],
            activation: Activation::Sigmoid,
        }
    }

    #[test]
    fn a_change_is_told_by_the_lines_that_differ() {
        let mut other = recipe();
        other.steps.remove(1);
        assert_eq!(
            recipe().change_to(&other),
            ["- preprocess: - normalize: {mean: [0.5], std: [0.25]}"]
        );
        assert_eq!(recipe().change_to(&recipe()), Vec::<String>::new());
        other.input.channels = Channels::Bgr;
        assert_eq!(
            recipe().change_to(&other)[..2],
            ["- input: channels: rgb", "+ input: channels: bgr"]
        );
    }

    /// Undoing what was tried is among what is tried next.
    #[test]
    fn inversion_is_undone() {
        let start = recipe();
        let inverted = start
            .candidates()
            .into_iter()
            .find(|one| one.what.contains("inverted"))
            .unwrap();
        let back = inverted.recipe.candidates();
        assert!(back.iter().any(|one| one.recipe == start));
    }
}
