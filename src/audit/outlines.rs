//! Where a predicted outline meets the drawn one: what is kept of each case.
//!
//! The model has run and sees none of this. The map is brought to the grid of the drawn mask by
//! linear interpolation between voxel centres and cut there; distances are in the mask's spacing
//! where its file has one, in pixels otherwise.

use std::path::{Path, PathBuf};

use crate::cohort::{Cohort, image_path};
use crate::config::{Audit, Diagnostic, InputKind, Resample, Step};
use crate::imaging::decode_named;
use crate::imaging::dicom::{is_dicom, segment_mask_over};
use crate::inference::{Failure, HeadPlan, Maps};
use crate::metrics::segmentation::{
    LesionRule, Mask, MaskPair, Neighbours, SurfaceDistances, VoxelCounts, match_lesions,
    resample_linear, resample_nearest_map,
};
use crate::tasks::CASE;

/// An outline that an endpoint measures.
#[derive(Debug, Clone)]
struct Outline {
    /// Label of the output.
    label: String,
    /// Column with the mask's file.
    column: String,
    /// The mask's number inside; `None`: any but 0.
    value: Option<f64>,
    tolerance: f64,
    lesions: LesionRule,
}

/// The outlines of an audit.
#[derive(Debug, Clone, Default)]
pub(super) struct Outlines {
    of: Vec<Outline>,
    root: PathBuf,
}

/// Surface tolerance where the audit file gives none.
const TOLERANCE: f64 = 1.0;

impl Outlines {
    pub(super) fn new(audit: &Audit) -> Self {
        // Whatever takes an outline and a mask is measured here.
        let tasks = audit.tasks.iter().filter(|task| {
            let given = |key: &str| task.declared.text(key).is_some();
            given("outline") && given("truth.mask")
        });
        let of = tasks.map(|task| {
            let declared = &task.declared;
            let text = |key: &str| declared.text(key).unwrap_or_default().to_owned();
            let overlap = declared.number("lesion_overlap").unwrap_or(0.0);
            Outline {
                label: text("outline"),
                column: text("truth.mask"),
                value: declared.number("truth.value"),
                tolerance: declared.number("tolerance").unwrap_or(TOLERANCE),
                lesions: if overlap > 0.0 {
                    LesionRule::Iou(overlap)
                } else {
                    LesionRule::AnyVoxel
                },
            }
        });
        Self {
            of: of.collect(),
            root: audit.cohort.root.clone(),
        }
    }

    /// Steps after which a map no longer lies over the mask it is compared with.
    pub(super) fn misplaced(audit: &Audit, head: &HeadPlan) -> Vec<Diagnostic> {
        if head.outlines.is_none() {
            return Vec::new();
        }
        let moves = |step: &Step| {
            matches!(
                step,
                Step::Crop(_)
                    | Step::Pad { .. }
                    | Step::Flip(_)
                    | Step::Rotate90 { .. }
                    | Step::Orient { .. }
                    | Step::Spacing { .. }
                    | Step::Transpose
            )
        };
        let mut found = Vec::new();
        let own = audit
            .model
            .iter()
            .flat_map(crate::config::ModelSpec::own_ways);
        let own = own.flat_map(|(_, way)| way.steps.iter().zip(way.places.iter().map(Some)));
        let common = audit.preprocess.iter().enumerate();
        let common = common.map(|(place, step)| (step, audit.step_places.get(place)));
        for (step, place) in common.chain(own) {
            if moves(step) {
                let message = "an outline is compared on the grid of the drawn mask, and this step moves or cuts the image";
                let diagnostic = Diagnostic::error("outline-moved", message)
                    .help("steps may resize; to measure a part, cut images and masks beforehand");
                found.push(match place {
                    Some(span) => diagnostic.at(*span),
                    None => diagnostic,
                });
            }
        }
        found
    }

    /// What is kept of every label of one sample, in the order of the head's names.
    pub(super) fn measure(
        &self,
        cohort: &Cohort,
        sample: usize,
        maps: Maps<'_>,
    ) -> Result<Vec<f64>, Failure> {
        let mut kept = Vec::new();
        for (label, place) in &maps.plan.labels {
            let outline = self.of.iter().find(|outline| outline.label == *label);
            let file = outline.and_then(|outline| {
                let values = &cohort.values;
                let column = values.iter().find(|own| own.column == outline.column)?;
                Some((outline, column.texts.get(sample)?.as_deref()?))
            });
            match file {
                // Nothing is known of the truth, so that nothing of this will be asked for.
                None => kept.extend([-1.0; CASE.len()]),
                Some((outline, file)) => {
                    let file = image_path(&self.root, file);
                    let image = image_path(&self.root, &cohort.images[sample]);
                    let drawn = outline.drawn(&file, &image);
                    let drawn = drawn.map_err(|why| mask_failure(&file, &why))?;
                    let shape = drawn.shape;
                    if maps.plan.resample == Resample::Refuse && maps.size != shape {
                        return Err(other_grid(&file, shape, maps.size));
                    }
                    let case = outline.case(drawn, (maps, *place));
                    kept.extend(case.map_err(|why| mask_failure(&file, &why))?);
                }
            }
        }
        Ok(kept)
    }
}

/// A mask as it was drawn.
struct Drawn {
    /// Planes, rows and columns.
    shape: [usize; 3],
    spacing: [f64; 3],
    inside: Vec<bool>,
}

impl Outline {
    /// The mask of a file: NIfTI, array, picture, or a DICOM segmentation over the sample's image.
    fn drawn(&self, file: &Path, image: &Path) -> Result<Drawn, String> {
        let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
        if is_dicom(&bytes) {
            let segment = self.value.map(segment_number).transpose()?;
            let mask =
                segment_mask_over(&bytes, segment, image).map_err(|refusal| refusal.error)?;
            return Ok(Drawn {
                shape: mask.shape,
                spacing: mask.spacing.unwrap_or([1.0; 3]),
                inside: mask.inside,
            });
        }
        let kind = match file.file_name().unwrap_or_default().to_string_lossy() {
            name if has_end(&name, &[".nii", ".nii.gz"]) => InputKind::Volume,
            name if has_end(&name, &[".npy", ".npz"]) => InputKind::Array,
            _ => InputKind::Raster,
        };
        let decoded = decode_named(&bytes, Some(file), kind).map_err(|error| error.to_string())?;
        let drawn = decoded.image;
        if drawn.channels != 1 {
            return Err(format!("it has {} channels, expected one", drawn.channels));
        }
        let spacing = drawn.geometry.as_ref().map_or([1.0; 3], |own| {
            let [x, y, z] = own.spacing();
            [z, y, x]
        });
        let values = drawn.samples.to_f64();
        let inside = values.iter().map(|value| match self.value {
            None => *value != 0.0,
            Some(own) => (value - own).abs() < 0.5,
        });
        Ok(Drawn {
            shape: drawn.size(),
            spacing,
            inside: inside.collect(),
        })
    }

    fn case(&self, drawn: Drawn, (maps, place): (Maps<'_>, usize)) -> Result<[f64; 13], String> {
        let Drawn {
            shape,
            spacing,
            inside,
        } = drawn;
        let flat = |why: &dyn std::fmt::Display| why.to_string();
        let truth = Mask::new(shape, spacing, inside).map_err(|why| flat(&why))?;
        let predicted = predicted(maps, place, shape)?;
        let predicted = Mask::new(shape, spacing, predicted).map_err(|why| flat(&why))?;
        let pair = MaskPair::new(&truth, &predicted).map_err(|why| flat(&why))?;
        let counts = VoxelCounts::of(&pair);
        let surfaces = SurfaceDistances::of(&pair).ok();
        let distance = |of: &dyn Fn(&SurfaceDistances) -> f64| surfaces.as_ref().map_or(-1.0, of);
        let lesions = match_lesions(&pair, Neighbours::All, self.lesions);
        let volume = truth.voxel_volume();
        Ok([
            counts.truth as f64,
            counts.predicted as f64,
            counts.both as f64,
            counts.truth as f64 * volume,
            counts.predicted as f64 * volume,
            distance(&|own| own.surface_dice(self.tolerance)),
            distance(&|own| own.hausdorff(95.0)),
            distance(&|own| own.hausdorff_pooled(95.0)),
            distance(&|own| own.average_symmetric()),
            lesions.truth.len() as f64,
            lesions.found() as f64,
            lesions.predicted.len() as f64,
            lesions.matched() as f64,
        ])
    }
}

/// Inside or not, on the grid of the drawn mask.
fn predicted(maps: Maps<'_>, place: usize, shape: [usize; 3]) -> Result<Vec<bool>, String> {
    let pixels: usize = maps.size.iter().product();
    let on_grid = |map: usize| -> Result<Vec<f32>, String> {
        let own = &maps.values[map * pixels..(map + 1) * pixels];
        if maps.size == shape {
            return Ok(own.to_vec());
        }
        let resampled = match maps.plan.resample {
            Resample::Linear => resample_linear(own, maps.size, shape),
            // Another grid was refused before.
            Resample::Nearest | Resample::Refuse => resample_nearest_map(own, maps.size, shape),
        };
        resampled.map_err(|why| why.to_string())
    };
    let own = on_grid(place)?;
    if !maps.plan.largest {
        return Ok(own
            .iter()
            .map(|value| f64::from(*value) >= maps.plan.inside_from)
            .collect());
    }
    // The first of equal maps wins.
    let mut inside = vec![true; own.len()];
    for other in (0..maps.plan.maps).filter(|other| *other != place) {
        let values = on_grid(other)?;
        for ((inside, own), value) in inside.iter_mut().zip(&own).zip(values) {
            *inside &= *own > value || (*own == value && place < other);
        }
    }
    Ok(inside)
}

fn has_end(name: &str, ends: &[&str]) -> bool {
    let name = name.to_lowercase();
    ends.iter().any(|end| name.ends_with(end))
}

/// The number of a segment as the audit file gives it.
fn segment_number(value: f64) -> Result<u32, String> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be a segment's number"
    )]
    let number = value as u32;
    if (1..=65535).contains(&number) && value.fract() == 0.0 {
        return Ok(number);
    }
    Err(format!(
        "`truth.value` is {value}, expected the number of a segment, a whole one from 1"
    ))
}

fn size_text(size: [usize; 3]) -> String {
    let [planes, rows, columns] = size;
    format!("{planes} x {rows} x {columns}")
}

/// The map lies on another grid, and nothing may be resampled.
fn other_grid(file: &Path, mask: [usize; 3], map: [usize; 3]) -> Failure {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Failure {
        reason: "mask-other-grid".to_owned(),
        message: format!(
            "mask {name} has the grid {}, the model's map {}, and `output.resample` is refuse",
            size_text(mask),
            size_text(map)
        ),
    }
}

fn mask_failure(file: &Path, why: &str) -> Failure {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Failure {
        reason: "mask-unreadable".to_owned(),
        message: format!("mask {name}: {why}"),
    }
}
