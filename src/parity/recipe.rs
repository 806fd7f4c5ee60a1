//! The ways in which an audit file most often departs from what a model's makers did.

use crate::config::preprocess::Step;
use crate::config::{
    Activation, Channels, DicomOptions, InputKind, InputSpec, RasterOptions, Turned,
    activation_word, channels_word, step_text,
};

use super::changes::{at_step, inserted};
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

    /// What goes by an image's own values may stand in place of constants, and of their scale.
    #[test]
    fn constants_are_tried_in_place_of_what_goes_by_the_image() {
        let clip = Step::Normalize {
            mean: vec![0.48145466, 0.4578275, 0.40821073],
            std: vec![0.26862954, 0.26130258, 0.27577711],
        };
        let mut planted = recipe();
        let scale = planted.steps[0].clone();
        for (before, step, wanted) in [
            (
                &planted.steps[..1].to_vec(),
                Step::Standardize,
                [scale.clone(), clip.clone()],
            ),
            (&vec![], Step::MinMax { percentiles: None }, [scale, clip]),
        ] {
            planted.steps = before.iter().cloned().chain([step]).collect();
            let found = planted.candidates();
            assert!(
                found.iter().any(|one| one.recipe.steps == wanted),
                "{planted:?}"
            );
        }
    }
}
