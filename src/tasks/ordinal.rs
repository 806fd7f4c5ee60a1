//! One of several grades in order: breast density, Kellgren-Lawrence, diabetic retinopathy.

use crate::metrics::{self, KappaWeights, OrdinalMetric};
use crate::statistics::NotEstimable;

use super::regression::MAE;
use super::shared::{ACCURACY, INFLUENCE, MEAN, SENSITIVITY, SPECIFICITY, called, share, share_of};
use super::{
    BadCell, Better, Declared, Drawing, Inputs, Key, KeyKind, MetricOf, MetricText, Misfit, Rows,
    TaskFigure, TaskSpec, Unit, Value,
};

/// The task.
pub const TASK: TaskSpec = TaskSpec {
    id: "ordinal",
    about: "One of several grades in order. With one score a grade is read off at cuts; with a score for each grade the largest decides.",
    keys: &[
        Key {
            name: "levels",
            kind: KeyKind::Texts(2),
            required: true,
            about: "The grades as they stand in the truth column, from the lowest.",
        },
        Key {
            name: "truth.column",
            kind: KeyKind::Column,
            required: true,
            about: "Column with the grade.",
        },
        Key {
            name: "score",
            kind: KeyKind::Score,
            required: false,
            about: "A number that rises with the grade.",
        },
        Key {
            name: "cuts",
            kind: KeyKind::Numbers(f64::MIN, f64::MAX),
            required: false,
            about: "Scores from which the second, third, ... grade begins. Default: 0.5, 1.5, ..., for a score that is the place of the grade, counted from 0.",
        },
        Key {
            name: "scores",
            kind: KeyKind::Scores(None),
            required: false,
            about: "In place of `score`: a score for each grade, in order.",
        },
    ],
    texts: &[
        &QUADRATIC,
        &LINEAR,
        &ACCURACY,
        &ADJACENT,
        &MAE,
        &SENSITIVITY,
        &SPECIFICITY,
    ],
    figures: &[],
    check,
    scores: None,
    decision: Some(grade),
    metrics,
    rows,
};

const KAPPA: &str = "it depends on how common each grade is in a group";
const QUADRATIC: MetricText = MetricText {
    id: "kappa_quadratic",
    title: "Quadratic weighted kappa",
    about: "Agreement beyond chance, disagreements weighing by the square of their distance; 1 is perfect, 0 is chance.",
    unit: Unit::Plain,
    better: Better::Higher,
    compared: Err(KAPPA),
};
const LINEAR: MetricText = MetricText {
    id: "kappa_linear",
    title: "Linear weighted kappa",
    about: "Agreement beyond chance, disagreements weighing by their distance; 1 is perfect, 0 is chance.",
    unit: Unit::Plain,
    better: Better::Higher,
    compared: Err(KAPPA),
};
const ADJACENT: MetricText = MetricText {
    id: "adjacent_agreement",
    title: "Agreement within one grade",
    about: "Share of samples whose grade is at most one away from the truth.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};

fn check(declared: &Declared) -> Result<(), Misfit> {
    let levels = declared.texts("levels").len();
    let (one, several) = (declared.texts("score"), declared.texts("scores"));
    match (one.is_empty(), several.len()) {
        (true, 0) => Err(Misfit::new(
            "levels",
            "neither `score` nor `scores` is given, so that there is no output to grade by",
        )),
        (false, n) if n > 0 => Err(Misfit::new(
            "scores",
            "`score` and `scores` are both given: keep one of them",
        )),
        (true, n) if n != levels => Err(Misfit::new(
            "scores",
            format!("{n} scores for {levels} grades, expected one for each, in their order"),
        )),
        _ => match declared.numbers("cuts").len() {
            0 => Ok(()),
            n if n + 1 == levels && several.is_empty() => Ok(()),
            n => Err(Misfit::new(
                "cuts",
                format!(
                    "{n} cuts for {levels} grades, expected {} beside one `score`",
                    levels - 1
                ),
            )),
        },
    }
}

#[derive(Debug, Clone, Copy)]
enum What {
    Whole(&'static MetricText),
    /// At or above this grade.
    Cut(&'static MetricText, u32),
}

fn all(declared: &Declared) -> Vec<What> {
    let mut all: Vec<What> = [&QUADRATIC, &LINEAR, &ACCURACY, &ADJACENT, &MAE]
        .map(What::Whole)
        .into();
    for cut in (1u32..).take(declared.texts("levels").len() - 1) {
        all.extend([&SENSITIVITY, &SPECIFICITY].map(|text| What::Cut(text, cut)));
    }
    all
}

fn metrics(declared: &Declared) -> Vec<MetricOf> {
    let levels = declared.texts("levels");
    all(declared)
        .into_iter()
        .map(|what| match what {
            What::Whole(text) => MetricOf::whole(text),
            What::Cut(text, cut) => {
                MetricOf::part(text, format!("{}-or-above", levels[cut as usize]))
            }
        })
        .collect()
}

/// The grade of one sample: read off at the cuts of its only score, or that with the largest score,
/// the first of equal ones.
fn grade(declared: &Declared, scores: &[f64]) -> u64 {
    let &[score] = scores else {
        return called(scores);
    };
    let reached = |cuts: &mut dyn Iterator<Item = f64>| cuts.filter(|cut| score >= *cut).count();
    let grade = match declared.numbers("cuts") {
        [] => reached(&mut (1..declared.texts("levels").len()).map(|cut| cut as f64 - 0.5)),
        cuts => reached(&mut cuts.iter().copied()),
    };
    grade as u64
}

fn rows(declared: &Declared, inputs: &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>> {
    let levels = declared.texts("levels").to_vec();
    let truth = inputs.classes("truth.column", &levels)?;
    let several = inputs.all_scores("scores");
    let scores = if several.is_empty() {
        inputs.all_scores("score")
    } else {
        several
    };
    let graded = (0..inputs.n).map(|sample| {
        let own: Vec<f64> = scores.iter().map(|one| one[sample]).collect();
        u32::try_from(grade(declared, &own)).unwrap_or_default()
    });
    let graded = graded.collect();
    Ok(Box::new(Ordinal {
        all: all(declared),
        levels,
        truth,
        graded,
    }))
}

/// Places of true and graded levels.
#[derive(Debug)]
struct Ordinal {
    all: Vec<What>,
    levels: Vec<String>,
    truth: Vec<Option<u32>>,
    graded: Vec<u32>,
}

impl Ordinal {
    fn of(&self, samples: &[u32]) -> (Vec<u32>, Vec<u32>) {
        samples
            .iter()
            .filter_map(|sample| {
                let sample = *sample as usize;
                Some((self.truth[sample]?, self.graded[sample]))
            })
            .unzip()
    }
}

impl Rows for Ordinal {
    fn is_known(&self, sample: usize) -> bool {
        self.truth[sample].is_some()
    }

    fn classes(&self) -> Vec<Vec<bool>> {
        (0u32..)
            .take(self.levels.len())
            .map(|level| self.truth.iter().map(|own| *own == Some(level)).collect())
            .collect()
    }

    fn value(&self, place: usize, samples: &[u32], _: &[u32]) -> Result<Value, NotEstimable> {
        let (truth, graded) = self.of(samples);
        let k = self.levels.len();
        let both = || truth.iter().zip(&graded);
        let text = match self.all[place] {
            What::Cut(text, cut) => {
                let wanted = text.id == SENSITIVITY.id;
                return Ok(share_of(both().map(|(own, graded)| {
                    ((*own >= cut) == wanted).then_some((*graded >= cut) == wanted)
                })));
            }
            What::Whole(text) => text,
        };
        let (metric, method) = match text.id {
            "accuracy" => return Ok(share(both().map(|(a, b)| a == b))),
            "adjacent_agreement" => return Ok(share(both().map(|(a, b)| a.abs_diff(*b) <= 1))),
            "mae" => (OrdinalMetric::MeanAbsoluteError, MEAN),
            "kappa_linear" => (OrdinalMetric::Kappa(KappaWeights::Linear), INFLUENCE),
            _ => (OrdinalMetric::Kappa(KappaWeights::Quadratic), INFLUENCE),
        };
        let of = metric.measure(&truth, &graded, k)?;
        Ok(Value::on(of, metric.scale(), metric.range(), method))
    }

    fn figures(&self, of: Drawing<'_>) -> Vec<TaskFigure> {
        let (truth, graded) = self.of(of.samples);
        let counts = metrics::multiclass::confusion_matrix(&truth, &graded, self.levels.len());
        let counts = counts.ok().filter(|_| !truth.is_empty());
        let figure = |counts| TaskFigure::of_counts(["Graded", "Truth"], &self.levels, counts);
        counts.map(figure).into_iter().collect()
    }
}
