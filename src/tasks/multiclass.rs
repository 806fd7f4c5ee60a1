//! One of several classes: the diagnosis of a skin lesion.

use crate::metrics;
use crate::metrics::multiclass::{
    MulticlassMetric, absent_classes, argmax, classwise_calibration_error, confusion_matrix,
    top_k_accuracy, top_label_calibration,
};
use crate::statistics::NotEstimable;

use super::bands::{edges, reliability};
use super::shared::{
    ACCURACY, AUROC, INFLUENCE, MEAN, SENSITIVITY, SPECIFICITY, area_of_class, called, share,
    share_of,
};
use super::{
    BadCell, Better, Declared, Drawing, FigureText, Inputs, Key, KeyKind, MetricOf, MetricText,
    Misfit, Rows, TaskFigure, TaskSpec, Unit, Value,
};

/// The task.
pub const TASK: TaskSpec = TaskSpec {
    id: "multiclass",
    about: "One of several classes; the class with the largest score is the decision, the first of equal ones.",
    keys: &[
        Key {
            name: "classes",
            kind: KeyKind::Texts(2),
            required: true,
            about: "The classes as they stand in the truth column.",
        },
        Key {
            name: "truth.column",
            kind: KeyKind::Column,
            required: true,
            about: "Column with the class.",
        },
        Key {
            name: "scores",
            kind: KeyKind::Scores(None),
            required: false,
            about: "The scores of the classes, in their order. Default: scores with the classes' names.",
        },
        Key {
            name: "top",
            kind: KeyKind::Numbers(2.0, 100.0),
            required: false,
            about: "The share of samples is given whose class is among so many with the largest scores.",
        },
        Key {
            name: "score_kind",
            kind: KeyKind::Choice(&["probability", "score"]),
            required: false,
            about: "Whether scores are probabilities that sum to 1, so that calibration is measured. Default: score.",
        },
    ],
    texts: &[
        &ACCURACY,
        &TOP,
        &BALANCED,
        &MACRO_F1,
        &MACRO_AUROC,
        &BRIER,
        &LOG_LOSS,
        &CLASSWISE,
        &TOP_LABEL,
        &SENSITIVITY,
        &SPECIFICITY,
        &AUROC,
    ],
    figures: &[&TOP_LABEL_FIGURE, &CLASS_FIGURE],
    check,
    scores: Some(scores),
    decision: Some(|_, scores| called(scores)),
    metrics,
    rows,
};

const TOP_LABEL_FIGURE: FigureText = FigureText {
    kind: "top-label-calibration",
    title: "Calibration of the called class",
    about: "How often the called class is right, against its probability, in parts of equal size with Wilson limits; the dashed line is perfect calibration.",
};

const CLASS_FIGURE: FigureText = FigureText {
    kind: "class-calibration",
    title: "Calibration of each class",
    about: "How often a sample is of the class, against the class's probability, in parts of equal size with Wilson limits; the dashed line is perfect calibration. By group in `tables/task_curves.csv`.",
};

const ABSENT: &str =
    "it is a mean over classes, and classes that a group lacks would change its meaning";
const TOP: MetricText = MetricText {
    id: "top_k_accuracy",
    title: "Top-k accuracy",
    about: "Share of samples whose class is among the k with the largest scores.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Err("it mixes the classes in the shares of each group"),
};
const BALANCED: MetricText = MetricText {
    id: "balanced_accuracy",
    title: "Balanced accuracy",
    about: "Mean over classes of the share that is recognised.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Err(ABSENT),
};
const MACRO_F1: MetricText = MetricText {
    id: "macro_f1",
    title: "Macro F1",
    about: "Mean over classes of F1. Depends on how common each class is.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Err(ABSENT),
};
const MACRO_AUROC: MetricText = MetricText {
    id: "macro_auroc",
    title: "Macro AUROC",
    about: "Mean over classes of the AUROC of the class against all others.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Err(ABSENT),
};
const BRIER: MetricText = MetricText {
    id: "multiclass_brier",
    title: "Brier score over all classes",
    about: "Mean over samples of the squared distances of all probabilities from the truth; 0 is best, 2 worst.",
    unit: Unit::Plain,
    better: Better::Lower,
    compared: Err("it depends on how common each class is"),
};
const LOG_LOSS: MetricText = MetricText {
    id: "log_loss",
    title: "Log loss",
    about: "Mean negative logarithm of the true class's probability; 0 is best.",
    unit: Unit::Plain,
    better: Better::Lower,
    compared: Err("it depends on how common each class is"),
};
const CLASSWISE: MetricText = MetricText {
    id: "classwise_calibration_error",
    title: "Classwise calibration error",
    about: "Mean over classes of the expected calibration error of its probability, ten bins of equal width. Above 0 for a perfect model too.",
    unit: Unit::Plain,
    better: Better::Lower,
    compared: Err("it is larger in smaller groups by chance alone"),
};
const TOP_LABEL: MetricText = MetricText {
    id: "top_label_calibration_error",
    title: "Top-label calibration error",
    about: "Expected calibration error of the largest probability against being right, ten bins of equal width. Above 0 for a perfect model too.",
    unit: Unit::Plain,
    better: Better::Lower,
    compared: Err("it is larger in smaller groups by chance alone"),
};

/// Metrics that are shown and never decided by.
pub(super) const WITHOUT_LIMITS: [&str; 2] = [CLASSWISE.id, TOP_LABEL.id];

/// Bins of the calibration errors.
const BINS: usize = 10;

fn check(declared: &Declared) -> Result<(), Misfit> {
    let classes = declared.texts("classes").len();
    let named = declared.texts("scores").len();
    if named > 0 && named != classes {
        return Err(Misfit::new(
            "scores",
            format!("{named} scores for {classes} classes, expected one for each, in their order"),
        ));
    }
    match declared
        .numbers("top")
        .iter()
        .find(|k| k.fract() != 0.0 || **k >= classes as f64)
    {
        Some(k) => Err(Misfit::new(
            "top",
            format!(
                "{k} of {classes} classes: expected whole numbers from 2 to one less than the classes"
            ),
        )),
        None => Ok(()),
    }
}

fn scores(declared: &Declared) -> Vec<(&'static str, String)> {
    let named = declared.texts("scores");
    let names = if named.is_empty() {
        declared.texts("classes")
    } else {
        named
    };
    names.iter().map(|name| ("scores", name.clone())).collect()
}

/// What stands at one place of the metrics.
#[derive(Debug, Clone, Copy)]
enum What {
    Top(usize),
    Whole(&'static MetricText),
    OfClass(&'static MetricText, u32),
}

fn all(declared: &Declared) -> Vec<What> {
    let mut all = vec![What::Whole(&ACCURACY)];
    let top = declared.numbers("top").iter();
    all.extend(top.map(|k| What::Top(k.round() as usize)));
    all.extend([&BALANCED, &MACRO_F1, &MACRO_AUROC].map(What::Whole));
    if is_probability(declared) {
        all.extend([&BRIER, &LOG_LOSS, &CLASSWISE, &TOP_LABEL].map(What::Whole));
    }
    for class in (0u32..).take(declared.texts("classes").len()) {
        all.extend([&SENSITIVITY, &SPECIFICITY, &AUROC].map(|text| What::OfClass(text, class)));
    }
    all
}

fn is_probability(declared: &Declared) -> bool {
    declared.text("score_kind") == Some("probability")
}

fn metrics(declared: &Declared) -> Vec<MetricOf> {
    let classes = declared.texts("classes");
    all(declared)
        .into_iter()
        .map(|what| match what {
            What::Whole(text) => MetricOf::whole(text),
            What::Top(k) => MetricOf::part(&TOP, format!("top-{k}")),
            What::OfClass(text, class) => MetricOf::part(text, classes[class as usize].clone()),
        })
        .collect()
}

fn rows(declared: &Declared, inputs: &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>> {
    let classes = declared.texts("classes").to_vec();
    let truth = inputs.classes("truth.column", &classes)?;
    let scores = inputs.all_scores("scores");
    let by_sample: Vec<f64> = (0..inputs.n)
        .flat_map(|sample| scores.iter().map(move |of_class| of_class[sample]))
        .collect();
    Ok(Box::new(Multiclass {
        all: all(declared),
        classes,
        truth,
        scores: by_sample,
    }))
}

/// Truth and scores, all classes of a sample together.
#[derive(Debug)]
struct Multiclass {
    all: Vec<What>,
    classes: Vec<String>,
    truth: Vec<Option<u32>>,
    scores: Vec<f64>,
}

impl Multiclass {
    /// Truth and scores of a group.
    fn of(&self, samples: &[u32]) -> (Vec<u32>, Vec<f64>) {
        let k = self.classes.len();
        let mut truth = Vec::with_capacity(samples.len());
        let mut scores = Vec::with_capacity(samples.len() * k);
        for sample in samples {
            let sample = *sample as usize;
            if let Some(own) = self.truth[sample] {
                truth.push(own);
                scores.extend(&self.scores[sample * k..(sample + 1) * k]);
            }
        }
        (truth, scores)
    }

    /// Names the classes that a group lacks, since macro metrics need all of them.
    fn all_present(&self, truth: &[u32]) -> Result<(), NotEstimable> {
        let absent: Vec<&str> = absent_classes(truth, self.classes.len())
            .into_iter()
            .map(|class| self.classes[class as usize].as_str())
            .collect();
        if absent.is_empty() {
            return Ok(());
        }
        Err(NotEstimable::Other(format!(
            "the group has no sample of {}, so that a mean over all classes does not exist",
            absent.join(", ")
        )))
    }

    fn of_class(
        &self,
        text: &MetricText,
        class: u32,
        (truth, scores): (&[u32], &[f64]),
        patient: &[u32],
    ) -> Result<Value, NotEstimable> {
        let k = self.classes.len();
        if text.id == AUROC.id {
            let is: Vec<bool> = truth.iter().map(|own| *own == class).collect();
            let own: Vec<f64> = scores
                .iter()
                .skip(class as usize)
                .step_by(k)
                .copied()
                .collect();
            return area_of_class(&is, &own, patient);
        }
        let called = argmax(scores, k)?;
        let wanted = text.id == SENSITIVITY.id;
        Ok(share_of(truth.iter().zip(&called).map(|(own, called)| {
            ((*own == class) == wanted).then_some((*called == class) == wanted)
        })))
    }
}

impl Rows for Multiclass {
    fn is_known(&self, sample: usize) -> bool {
        self.truth[sample].is_some()
    }

    fn classes(&self) -> Vec<Vec<bool>> {
        (0u32..)
            .take(self.classes.len())
            .map(|class| self.truth.iter().map(|own| *own == Some(class)).collect())
            .collect()
    }

    fn value(&self, place: usize, samples: &[u32], patient: &[u32]) -> Result<Value, NotEstimable> {
        let (truth, scores) = self.of(samples);
        let k = self.classes.len();
        let bins = metrics::Bins::Width(BINS);
        let text = match self.all[place] {
            What::OfClass(text, class) => {
                return self.of_class(text, class, (&truth, &scores), patient);
            }
            What::Top(top) => {
                let found = top_k_accuracy(&truth, &scores, k, top)?;
                // Each influence is (hit - share) / n.
                let n = truth.len() as f64;
                let hit = |own: &f64| own * n + found.estimate > 0.5;
                return Ok(share(found.influence.iter().map(hit)));
            }
            What::Whole(text) => text,
        };
        let (metric, method) = match text.id {
            "accuracy" => {
                let called = argmax(&scores, k)?;
                return Ok(share(truth.iter().zip(&called).map(|(a, b)| a == b)));
            }
            "balanced_accuracy" => (MulticlassMetric::BalancedAccuracy, INFLUENCE),
            "macro_f1" => (MulticlassMetric::MacroF1, INFLUENCE),
            "macro_auroc" => (MulticlassMetric::MacroAuroc, INFLUENCE),
            "multiclass_brier" => (MulticlassMetric::Brier, MEAN),
            "log_loss" => (MulticlassMetric::LogLoss, MEAN),
            "classwise_calibration_error" => {
                let found = classwise_calibration_error(&truth, &scores, k, &bins)?;
                return Ok(Value::Plain(found, "calibration_bins"));
            }
            _ => {
                let patient = Some(patient);
                let (found, _) = top_label_calibration(&truth, &scores, k, patient, &bins)?;
                return Ok(Value::Plain(found, "calibration_bins"));
            }
        };
        if method == INFLUENCE {
            self.all_present(&truth)?;
        }
        let of = metric.measure(&truth, &scores, k)?;
        Ok(Value::on(of, metric.scale(), metric.range(), method))
    }

    fn needed(&self, place: usize, samples: &[u32]) -> Vec<Vec<bool>> {
        let is = |class: u32, wanted: bool| -> Vec<bool> {
            let own = samples.iter().map(|sample| self.truth[*sample as usize]);
            own.map(|own| (own == Some(class)) == wanted).collect()
        };
        match self.all[place] {
            What::OfClass(text, class) if text.id == AUROC.id => {
                vec![is(class, true), is(class, false)]
            }
            What::Whole(text) if [BALANCED.id, MACRO_F1.id, MACRO_AUROC.id].contains(&text.id) => {
                let classes = (0u32..).take(self.classes.len());
                classes.map(|class| is(class, true)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn figures(&self, of: Drawing<'_>) -> Vec<TaskFigure> {
        let (truth, scores) = self.of(of.samples);
        let k = self.classes.len();
        let called = match argmax(&scores, k) {
            Ok(called) if !truth.is_empty() => called,
            _ => return Vec::new(),
        };
        let mut figures = Vec::new();
        if let Ok(counts) = confusion_matrix(&truth, &called, k) {
            let axes = ["Called", "Truth"];
            figures.push(TaskFigure::of_counts(axes, &self.classes, counts));
        }
        if !self
            .all
            .iter()
            .any(|what| matches!(what, What::Whole(text) if text.id == TOP_LABEL.id))
        {
            return figures;
        }
        let bounds = (of.confidence, of.least_patients);
        let everyone = self.of(of.everyone).1;
        let rows = || truth.iter().zip(scores.chunks(k)).zip(of.patient);
        let top = rows()
            .zip(&called)
            .map(|(((truth, row), patient), called)| {
                (row[*called as usize], truth == called, *patient)
            });
        let largest = everyone
            .chunks(k)
            .map(|row| row.iter().copied().fold(0.0, f64::max));
        let top = reliability(top, &edges(largest.collect()), bounds);
        let axes = ["Probability of the called class", "Share that is right"];
        figures.extend(top.map(|lines| TaskFigure::of_lines(&TOP_LABEL_FIGURE, axes, lines)));
        for (class, name) in (0u32..).zip(&self.classes) {
            let place = class as usize;
            let own = rows().map(|((truth, row), patient)| (row[place], *truth == class, *patient));
            let cuts = edges(everyone.chunks(k).map(|row| row[place]).collect());
            let axes = ["Probability of the class", "Share that is of the class"];
            figures.extend(reliability(own, &cuts, bounds).map(|lines| TaskFigure {
                part: Some(name.clone()),
                ..TaskFigure::of_lines(&CLASS_FIGURE, axes, lines)
            }));
        }
        figures
    }
}
