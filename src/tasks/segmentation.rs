//! An outline that is drawn and one that is predicted, in two or three dimensions.
//!
//! What one case gives is measured where truth and output meet, and kept as scores of the case
//! ([`CASE`]): so a table of cases that other software measured is evaluated the same way.

use crate::metrics::segmentation::{BothEmpty, EmptyMask, EmptyRule, OneEmpty, VoxelCounts};
use crate::statistics::{Influenced, NotEstimable};

use super::bands::limits_of_share;
use super::shared::{INFLUENCE, MEAN, count, share_of};
use super::{
    BadCell, Better, Declared, Drawing, FigureLine, FigureText, Inputs, Key, KeyKind, MetricOf,
    MetricText, Misfit, Rows, TaskFigure, TaskSpec, Unit, Value,
};

/// What is kept of one case, each as a score named `<outline>.<name>`. Distances are -1 where one of
/// the masks is empty, so that there is none.
pub const CASE: [&str; 13] = [
    "voxels_truth",
    "voxels_predicted",
    "voxels_both",
    "volume_truth",
    "volume_predicted",
    "surface_dice",
    "hd95",
    "hd95_pooled",
    "assd",
    "lesions_truth",
    "lesions_found",
    "lesions_predicted",
    "lesions_matched",
];

/// The task.
pub const TASK: TaskSpec = TaskSpec {
    id: "segmentation",
    about: "An outline that is drawn and one that is predicted, in two or three dimensions.",
    keys: &[
        Key {
            name: "outline",
            kind: KeyKind::Text,
            required: true,
            about: "Name of the outline: a label of the output.",
        },
        Key {
            name: "truth.mask",
            kind: KeyKind::Column,
            required: true,
            about: "Column with the mask's file, relative to `cohort.root`.",
        },
        Key {
            name: "truth.value",
            kind: KeyKind::Number(0.0, f64::MAX),
            required: false,
            about: "The mask's number inside the outline. Default: any but 0.",
        },
        Key {
            name: super::UNIT_OF_MEASUREMENT,
            kind: KeyKind::Text,
            required: false,
            about: "Unit of distances, that of the masks' spacing, for the report: mm, pixels.",
        },
        Key {
            name: "tolerance",
            kind: KeyKind::Number(0.0, f64::MAX),
            required: false,
            about: "Distance up to which surfaces count as alike, in the unit of spacing (pixels for images without). Default: 1.",
        },
        Key {
            name: "both_empty",
            kind: KeyKind::Choice(&["left_out", "perfect"]),
            required: false,
            about: "What Dice and IoU of a case are whose masks are both empty. Default: left_out.",
        },
        Key {
            name: "one_empty",
            kind: KeyKind::Number(0.0, f64::MAX),
            required: false,
            about: "Distance that a case counts of whose masks one is empty, in the unit of spacing; its surface Dice is then 0. Default: such cases are left out of both.",
        },
        Key {
            name: "lesion_overlap",
            kind: KeyKind::Number(0.0, 1.0),
            required: false,
            about: "Least IoU of a predicted lesion that finds a true one. Default: 0, any voxel in common.",
        },
    ],
    texts: &ALL,
    figures: &[&DICE_FIGURE],
    check: no_dot,
    scores: Some(scores),
    // Whether anything is outlined.
    decision: Some(|_, case| u64::from(case.get(1).is_some_and(|voxels| *voxels > 0.0))),
    metrics,
    rows,
};

const DICE_FIGURE: FigureText = FigureText {
    kind: "dice-reached",
    title: "Cases that reach a Dice",
    about: "Share of cases whose Dice is at least as high, with Wilson limits point by point.",
};

const DICE: MetricText = MetricText {
    id: "dice",
    title: "Dice",
    about: "Mean over cases of twice the common voxels over the voxels of both; 1 is best, 0 where one mask is empty.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const IOU: MetricText = MetricText {
    id: "iou",
    title: "IoU",
    about: "Mean over cases of the common voxels over those of either.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const SURFACE_DICE: MetricText = MetricText {
    id: "surface_dice",
    title: "Surface Dice",
    about: "Mean over cases of the share of both surfaces that lies within the declared tolerance of the other; surface voxels as in MONAI, each counting the same; surface-distance (DeepMind) weighs pieces of surface by their area instead. Cases with an empty mask are left out, unless `one_empty` says what they count.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const HD95: MetricText = MetricText {
    id: "hd95",
    title: "95% Hausdorff distance",
    about: "Mean over cases of the larger of the two directed 95th percentiles of surface distances, as in MONAI (compute_hausdorff_distance, percentile 95). Cases with an empty mask are left out, unless `one_empty` says what they count.",
    unit: Unit::Own,
    better: Better::Lower,
    compared: Ok(()),
};
const HD95_POOLED: MetricText = MetricText {
    id: "hd95_pooled",
    title: "95% Hausdorff distance, both directions pooled",
    about: "Mean over cases of the 95th percentile of the surface distances of both directions together, as in MedPy (hd95). Cases with an empty mask are left out, unless `one_empty` says what they count.",
    unit: Unit::Own,
    better: Better::Lower,
    compared: Ok(()),
};
const ASSD: MetricText = MetricText {
    id: "assd",
    title: "Average symmetric surface distance",
    about: "Mean over cases of the mean distance of all surface voxels of both masks together, as in MONAI (compute_average_surface_distance, symmetric) and MedPy (assd); not the mean of the two directed means. Cases with an empty mask are left out, unless `one_empty` says what they count.",
    unit: Unit::Own,
    better: Better::Lower,
    compared: Ok(()),
};
const VOLUME_BIAS: MetricText = MetricText {
    id: "volume_bias",
    title: "Volume bias",
    about: "Mean over cases of predicted less true volume (area of an image); 0 is best.",
    unit: Unit::OwnVolume,
    better: Better::Near(0),
    compared: Ok(()),
};
const VOXEL_SENSITIVITY: MetricText = MetricText {
    id: "voxel_sensitivity",
    title: "Voxel sensitivity",
    about: "Mean over cases of the share of true voxels that is predicted.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const VOXEL_PRECISION: MetricText = MetricText {
    id: "voxel_precision",
    title: "Voxel precision",
    about: "Mean over cases of the share of predicted voxels that is true.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
/// Also of boxes.
pub(super) const LESION_SENSITIVITY: MetricText = MetricText {
    id: "lesion_sensitivity",
    title: "Sensitivity per lesion",
    about: "Share of true lesions that are found, each weighing the same.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
/// Also of boxes.
pub(super) const LESION_PRECISION: MetricText = MetricText {
    id: "lesion_precision",
    title: "Precision per lesion",
    about: "Share of predicted lesions that are true. Depends on how many lesions there are.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Err("it depends on how many lesions a group has"),
};
const ONE_EMPTY: MetricText = MetricText {
    id: "missed_entirely",
    title: "Missed entirely",
    about: "Share of cases with a true outline for which no voxel is predicted; distances and surfaces leave them out.",
    unit: Unit::Share,
    better: Better::Lower,
    compared: Ok(()),
};

const ALL: [&MetricText; 12] = [
    &DICE,
    &IOU,
    &SURFACE_DICE,
    &HD95,
    &HD95_POOLED,
    &ASSD,
    &VOLUME_BIAS,
    &VOXEL_SENSITIVITY,
    &VOXEL_PRECISION,
    &LESION_SENSITIVITY,
    &LESION_PRECISION,
    &ONE_EMPTY,
];

fn no_dot(declared: &Declared) -> Result<(), Misfit> {
    let name = declared.text("outline").unwrap_or_default();
    if name.contains('.') {
        return Err(Misfit::new(
            "outline",
            format!("`{name}` has a dot, which parts its name from what is measured of it"),
        ));
    }
    Ok(())
}

fn scores(declared: &Declared) -> Vec<(&'static str, String)> {
    let outline = declared.text("outline").unwrap_or_default();
    CASE.iter()
        .map(|name| ("outline", format!("{outline}.{name}")))
        .collect()
}

fn metrics(_: &Declared) -> Vec<MetricOf> {
    ALL.into_iter().map(MetricOf::whole).collect()
}

fn rows(declared: &Declared, inputs: &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>> {
    Ok(Box::new(Segmentation {
        known: inputs
            .column("truth.mask")
            .iter()
            .map(Option::is_some)
            .collect(),
        cases: inputs
            .all_scores("outline")
            .iter()
            .map(|scores| scores.to_vec())
            .collect(),
        empty: EmptyRule {
            both: match declared.text("both_empty") {
                Some("perfect") => BothEmpty::Perfect,
                _ => BothEmpty::LeftOut,
            },
            one: declared
                .number("one_empty")
                .map_or(OneEmpty::LeftOut, OneEmpty::Penalty),
        },
    }))
}

/// What is kept of every case, quantity by quantity.
#[derive(Debug)]
struct Segmentation {
    known: Vec<bool>,
    cases: Vec<Vec<f64>>,
    empty: EmptyRule,
}

/// One case.
struct Case<'a> {
    of: &'a Segmentation,
    sample: usize,
}

impl Case<'_> {
    fn get(&self, name: &str) -> f64 {
        let place = CASE.iter().position(|own| *own == name);
        place
            .and_then(|place| self.of.cases.get(place)?.get(self.sample).copied())
            .unwrap_or(-1.0)
    }

    fn counts(&self) -> VoxelCounts {
        let [both, truth, predicted] = ["voxels_both", "voxels_truth", "voxels_predicted"]
            .map(|name| count(self.get(name)) as u64);
        VoxelCounts {
            both,
            truth,
            predicted,
            // Of what lies outside of both nothing is kept, and nothing here asks for it.
            grid: truth.max(predicted),
        }
    }

    /// What was measured of both surfaces.
    fn of_surfaces(&self, name: &str) -> Result<f64, EmptyMask> {
        self.counts().neither_empty().map(|()| self.get(name))
    }

    fn value(&self, metric: &str) -> Option<f64> {
        let counts = self.counts();
        let of = match metric {
            "dice" => self.of.empty.overlap(counts.dice()),
            "iou" => self.of.empty.overlap(counts.iou()),
            "voxel_sensitivity" => counts.sensitivity(),
            "voxel_precision" => counts.precision(),
            "volume_bias" => Ok(self.get("volume_predicted") - self.get("volume_truth")),
            "surface_dice" => self.of.empty.surface_share(self.of_surfaces(metric)),
            other => self.of.empty.distance(self.of_surfaces(other)),
        };
        of.ok()
    }
}

impl Segmentation {
    fn cases<'a>(&'a self, samples: &'a [u32]) -> impl Iterator<Item = Case<'a>> {
        samples.iter().map(|sample| Case {
            of: self,
            sample: *sample as usize,
        })
    }

    /// What is wrong with the first case whose numbers cannot be: tables that other software made are
    /// taken as well.
    fn possible(&self, samples: &[u32]) -> Result<(), NotEstimable> {
        const MOST: f64 = 9e15;
        let parts = [
            ("voxels_both", "voxels_truth"),
            ("voxels_both", "voxels_predicted"),
            ("lesions_found", "lesions_truth"),
            ("lesions_matched", "lesions_predicted"),
        ];
        for case in self.cases(samples) {
            for (part, whole) in parts {
                let (own, all) = (case.get(part), case.get(whole));
                if !(0.0 <= own && own <= all && all <= MOST) {
                    return Err(NotEstimable::Other(format!(
                        "a case has a {part} of {own} and a {whole} of {all}, which cannot be"
                    )));
                }
            }
            let both = case.get("voxels_truth") > 0.0 && case.get("voxels_predicted") > 0.0;
            let distances = ["hd95", "hd95_pooled", "assd"].map(|name| (name, f64::INFINITY));
            let limits = std::iter::once(("surface_dice", 1.0)).chain(distances);
            for (name, most) in limits.filter(|_| both) {
                let own = case.get(name);
                if !(0.0..=most).contains(&own) {
                    return Err(NotEstimable::Other(format!(
                        "a case has a {name} of {own}, which cannot be"
                    )));
                }
            }
        }
        Ok(())
    }

    /// Mean over the cases that have the value, and which these are.
    fn mean(&self, metric: &str, samples: &[u32]) -> Result<(Influenced, Vec<bool>), NotEstimable> {
        let values: Vec<Option<f64>> = self.cases(samples).map(|case| case.value(metric)).collect();
        let has: Vec<bool> = values.iter().map(Option::is_some).collect();
        let one: Vec<f64> = has.iter().map(|has| f64::from(u8::from(*has))).collect();
        let values: Vec<f64> = values.into_iter().map(Option::unwrap_or_default).collect();
        Ok((Influenced::ratio(&values, &one, "cases with a value")?, has))
    }
}

impl Rows for Segmentation {
    fn is_known(&self, sample: usize) -> bool {
        self.known[sample]
    }

    /// By whether an outline is drawn, and by whether one is predicted. Before the model runs nothing
    /// is known of it.
    fn classes(&self) -> Vec<Vec<bool>> {
        let of = |name: &str, empty: bool| -> Vec<bool> {
            (0..self.known.len())
                .map(|sample| {
                    let case = Case { of: self, sample };
                    self.known[sample] && (case.get(name) <= 0.0) == empty
                })
                .collect()
        };
        [("voxels_truth", false), ("voxels_truth", true)]
            .map(|(name, empty)| of(name, empty))
            .into()
    }

    fn value(&self, place: usize, samples: &[u32], _: &[u32]) -> Result<Value, NotEstimable> {
        let text = ALL[place];
        self.possible(samples)?;
        let counts = |events: &str, trials: &str| {
            Value::Share(
                self.cases(samples)
                    .map(|case| {
                        (
                            count(case.get(events)) as u64,
                            count(case.get(trials)) as u64,
                        )
                    })
                    .collect(),
            )
        };
        match text.id {
            "lesion_sensitivity" => Ok(counts("lesions_found", "lesions_truth")),
            "lesion_precision" => Ok(counts("lesions_matched", "lesions_predicted")),
            "missed_entirely" => Ok(share_of(self.cases(samples).map(|case| {
                (case.get("voxels_truth") > 0.0).then(|| case.get("voxels_predicted") <= 0.0)
            }))),
            other => {
                let (mean, has) = self.mean(other, samples)?;
                let value = match (other, text.unit) {
                    ("volume_bias", _) => Value::unbounded(mean, MEAN),
                    (_, Unit::Own) => Value::at_least_zero(mean, MEAN),
                    _ => Value::logit(mean, INFLUENCE),
                };
                Ok(value.of_those(has))
            }
        }
    }

    /// Share of cases with at least so much Dice.
    fn figures(&self, of: Drawing<'_>) -> Vec<TaskFigure> {
        const LEAST: usize = 20;
        let values: Vec<(f64, u32)> = self
            .cases(of.samples)
            .zip(of.patient)
            .filter_map(|(case, patient)| Some((case.value(DICE.id)?, *patient)))
            .collect();
        if values.len() < LEAST {
            return Vec::new();
        }
        let mut line = FigureLine::plain("Share of cases", Vec::new());
        for step in 0..=20_u32 {
            let at = f64::from(step) / 20.0;
            let reached = || values.iter().map(|(dice, own)| (*dice >= at - 1e-12, *own));
            let n = reached().filter(|(holds, _)| *holds).count();
            line.points.push((at, n as f64 / values.len() as f64));
            line.band.push(limits_of_share(reached(), of.confidence));
        }
        let axes = ["Dice", "Share of cases that reach it"];
        vec![TaskFigure::of_lines(&DICE_FIGURE, axes, vec![line])]
    }
}
