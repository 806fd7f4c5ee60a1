//! Other steps in place of one, or beside the others.

use crate::config::preprocess::{Crop, Flip, Step};
use crate::config::{Channels, step_text};

use super::engines::engines;

const IMAGENET: ([f64; 3], [f64; 3]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
const CLIP: ([f64; 3], [f64; 3]) = (
    [0.48145466, 0.4578275, 0.40821073],
    [0.26862954, 0.26130258, 0.27577711],
);
/// Largest value of an 8-bit sample, which inversion turns on.
const WHITE: f64 = 255.0;

/// What the makers would have done otherwise, in words, and the steps.
type Changed = (String, Vec<Step>);

/// Changes of one step, its removal among them.
pub(super) fn at_step(steps: &[Step], place: usize) -> Vec<Changed> {
    let replaced = |by: &[Step], count: usize| -> Vec<Step> {
        let mut changed = steps.to_vec();
        changed.splice(place..place + count, by.iter().cloned());
        changed
    };
    let mut found = Vec::new();
    let step = &steps[place];
    if !matches!(step, Step::Resize(_) | Step::Orient(_) | Step::Spacing(_)) {
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
        Step::Standardize | Step::MinMax { .. } => {
            found.extend(usual(steps).map(|(words, by)| (words, replaced(&by, 1))));
        }
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

/// What many networks are fed, in place of a step that goes by the image's own values; where no step
/// scales samples, they are scaled before.
fn usual(steps: &[Step]) -> impl Iterator<Item = Changed> {
    let is_scaled = steps.iter().any(|step| {
        matches!(
            step,
            Step::Scale { .. } | Step::Window { .. } | Step::DicomWindow(..)
        )
    });
    let scale = (!is_scaled).then_some(Step::Scale {
        numerator: 1.0,
        denominator: WHITE,
    });
    known_constants()
        .into_iter()
        .map(move |(words, mean, std)| {
            let normalize = Step::Normalize { mean, std };
            let by = scale.clone().into_iter().chain([normalize]);
            (format!("{words}, the same for every image"), by.collect())
        })
}

/// Means and standard deviations that many networks are fed with.
fn known_constants() -> Vec<(String, Vec<f64>, Vec<f64>)> {
    [
        (
            "mean and std are ImageNet's",
            &IMAGENET.0[..],
            &IMAGENET.1[..],
        ),
        ("mean and std are 0.5", &[0.5], &[0.5]),
        ("mean and std are CLIP's", &CLIP.0, &CLIP.1),
    ]
    .map(|(words, mean, std)| (words.to_owned(), mean.to_vec(), std.to_vec()))
    .to_vec()
}

/// Other means and standard deviations.
fn constants(mean: &[f64], std: &[f64]) -> Vec<(String, Vec<f64>, Vec<f64>)> {
    let mut found = known_constants();
    found.push((
        "only the mean is subtracted".to_owned(),
        mean.to_vec(),
        vec![1.0],
    ));
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
pub(super) fn inserted(steps: &[Step], channels: Channels) -> Vec<Changed> {
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
        for (what, mean, std) in known_constants() {
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
