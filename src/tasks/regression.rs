//! A number that is measured and one that is predicted: bone age, ejection fraction, calcium score.

use crate::statistics::{Influenced, NotEstimable};

use super::figure::{FigureLine, TaskFigure};
use super::{
    BadCell, Better, Declared, Inputs, Key, KeyKind, MetricOf, MetricText, Misfit, Rows, TaskSpec,
    Unit, Value,
};

/// The task.
pub const TASK: TaskSpec = TaskSpec {
    id: "regression",
    about: "A number that is measured and one that is predicted, such as bone age or ejection fraction.",
    keys: &[
        Key {
            name: "score",
            kind: KeyKind::Score,
            required: true,
            about: "The predicted number.",
        },
        Key {
            name: "truth.column",
            kind: KeyKind::Column,
            required: true,
            about: "Column with the measured number.",
        },
        Key {
            name: "unit_of_measurement",
            kind: KeyKind::Text,
            required: false,
            about: "Unit of both, for the report.",
        },
        Key {
            name: "tolerance",
            kind: KeyKind::Number(0.0, f64::MAX),
            required: false,
            about: "Largest error that is acceptable: the share of predictions within it is given.",
        },
        Key {
            name: "interval",
            kind: KeyKind::Scores(Some(2)),
            required: false,
            about: "Scores with the lower and the upper end of the model's own prediction interval.",
        },
    ],
    texts: &[&BIAS, &MAE, &WITHIN_TOLERANCE, &COVERAGE, &WIDTH],
    check: no_misfit,
    metrics,
    rows,
};

const BIAS: MetricText = MetricText {
    id: "bias",
    title: "Bias",
    about: "Mean of predicted less measured; 0 is best.",
    unit: Unit::Own,
    better: Better::Near(0),
    compared: Ok(()),
};
/// Also of grades.
pub(super) const MAE: MetricText = MetricText {
    id: "mae",
    title: "Mean absolute error",
    about: "Mean distance of predicted and measured; 0 is best.",
    unit: Unit::Own,
    better: Better::Lower,
    compared: Ok(()),
};
const WITHIN_TOLERANCE: MetricText = MetricText {
    id: "within_tolerance",
    title: "Within tolerance",
    about: "Share of predictions whose error is at most the declared tolerance.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const COVERAGE: MetricText = MetricText {
    id: "interval_coverage",
    title: "Coverage of the model's intervals",
    about: "Share of measured numbers inside the model's own prediction interval.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const WIDTH: MetricText = MetricText {
    id: "interval_width",
    title: "Width of the model's intervals",
    about: "Mean width of the model's own prediction interval.",
    unit: Unit::Own,
    better: Better::Neither,
    compared: Ok(()),
};

fn no_misfit(_: &Declared) -> Result<(), Misfit> {
    Ok(())
}

/// What is measured at each place of [`metrics`].
fn texts(declared: &Declared) -> Vec<&'static MetricText> {
    let mut texts: Vec<&'static MetricText> = vec![&BIAS, &MAE];
    if declared.number("tolerance").is_some() {
        texts.push(&WITHIN_TOLERANCE);
    }
    if !declared.texts("interval").is_empty() {
        texts.extend([&COVERAGE, &WIDTH]);
    }
    texts
}

fn metrics(declared: &Declared) -> Vec<MetricOf> {
    texts(declared).into_iter().map(MetricOf::whole).collect()
}

fn rows(declared: &Declared, inputs: &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>> {
    let mut bad = Vec::new();
    let measured = inputs.numbers("truth.column", &mut bad);
    if !bad.is_empty() {
        return Err(bad);
    }
    let ends = inputs.all_scores("interval");
    let interval = match ends {
        [lower, upper] => lower.iter().copied().zip(upper.iter().copied()).collect(),
        _ => Vec::new(),
    };
    Ok(Box::new(Regression {
        texts: texts(declared),
        measured,
        predicted: inputs.score("score").to_vec(),
        interval,
        tolerance: declared.number("tolerance"),
    }))
}

/// Truth and prediction.
#[derive(Debug)]
struct Regression {
    texts: Vec<&'static MetricText>,
    measured: Vec<Option<f64>>,
    predicted: Vec<f64>,
    interval: Vec<(f64, f64)>,
    tolerance: Option<f64>,
}

impl Regression {
    fn pairs(&self, samples: &[u32]) -> Vec<(f64, f64)> {
        samples
            .iter()
            .filter_map(|sample| {
                let sample = *sample as usize;
                Some((self.measured[sample]?, self.predicted[sample]))
            })
            .collect()
    }
}

impl Rows for Regression {
    fn is_known(&self, sample: usize) -> bool {
        self.measured[sample].is_some()
    }

    fn value(&self, place: usize, samples: &[u32], _: &[u32]) -> Result<Value, NotEstimable> {
        let pairs = self.pairs(samples);
        let each = |of: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            pairs
                .iter()
                .map(|(truth, predicted)| of(*truth, *predicted))
                .collect()
        };
        let share = |holds: Vec<bool>| {
            Value::Share(
                holds
                    .into_iter()
                    .map(|holds| (u64::from(holds), 1))
                    .collect(),
            )
        };
        let ends = || samples.iter().map(|sample| self.interval[*sample as usize]);
        match self.texts[place].id {
            "mae" => {
                let mean = Influenced::mean(&each(&|truth, predicted| (predicted - truth).abs()))?;
                Ok(Value::at_least_zero(mean, "mean_cluster_t"))
            }
            "within_tolerance" => {
                let tolerance = self.tolerance.unwrap_or_default();
                Ok(share(
                    pairs
                        .iter()
                        .map(|(truth, predicted)| (predicted - truth).abs() <= tolerance)
                        .collect(),
                ))
            }
            "interval_coverage" => Ok(share(
                pairs
                    .iter()
                    .zip(ends())
                    .map(|((truth, _), (lower, upper))| (lower..=upper).contains(&truth))
                    .collect(),
            )),
            "interval_width" => {
                let widths: Vec<f64> = ends().map(|(lower, upper)| upper - lower).collect();
                Ok(Value::at_least_zero(
                    Influenced::mean(&widths)?,
                    "mean_cluster_t",
                ))
            }
            _ => {
                let mean = Influenced::mean(&each(&|truth, predicted| predicted - truth))?;
                Ok(Value::unbounded(mean, "mean_cluster_t"))
            }
        }
    }

    /// Mean error by fifths of the mean of both numbers (Bland and Altman 1995, Lancet
    /// 346:1085-1087: not by the measured number alone, on which errors depend of necessity).
    fn figure(&self, samples: &[u32]) -> Option<TaskFigure> {
        const FIFTHS: usize = 5;
        const LEAST: usize = 10;
        let mut pairs = self.pairs(samples);
        if pairs.len() < FIFTHS * LEAST {
            return None;
        }
        pairs.sort_by(|a, b| {
            (a.0 + a.1)
                .total_cmp(&(b.0 + b.1))
                .then(a.0.total_cmp(&b.0))
        });
        let parts: Vec<&[(f64, f64)]> = (0..FIFTHS)
            .map(|part| &pairs[part * pairs.len() / FIFTHS..(part + 1) * pairs.len() / FIFTHS])
            .collect();
        let mean = |part: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| {
            crate::statistics::ordered_sum(part.iter().map(of)) / part.len() as f64
        };
        Some(TaskFigure {
            kind: "error-by-size".to_owned(),
            x: "Mean of measured and predicted".to_owned(),
            y: "Predicted less measured".to_owned(),
            lines: vec![FigureLine {
                name: "Mean error by fifths".to_owned(),
                points: parts
                    .iter()
                    .map(|part| {
                        let x = mean(part, |(truth, predicted)| 0.5 * (truth + predicted));
                        (x, mean(part, |(truth, predicted)| predicted - truth))
                    })
                    .collect(),
                n: parts.iter().map(|part| part.len() as u64).collect(),
            }],
            matrix: None,
        })
    }
}
