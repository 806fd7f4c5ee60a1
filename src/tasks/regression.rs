//! A number that is measured and one that is predicted: bone age, ejection fraction, calcium score.

use crate::metrics::regression::{RegressionMetric, limits_of_agreement, mean_interval_width};
use crate::statistics::NotEstimable;

use super::figure::{FigureLine, TaskFigure};
use super::shared::{INFLUENCE, MEAN, no_misfit, share};
use super::{
    BadCell, Better, Declared, Inputs, Key, KeyKind, MetricOf, MetricText, Rows, TaskSpec, Unit,
    Value,
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
    texts: &[
        &BIAS,
        &MAE,
        &RMSE,
        &R_SQUARED,
        &SLOPE,
        &INTERCEPT,
        &LOWER,
        &UPPER,
        &WITHIN_TOLERANCE,
        &COVERAGE,
        &WIDTH,
    ],
    check: no_misfit,
    scores: None,
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
const RMSE: MetricText = MetricText {
    id: "rmse",
    title: "Root mean square error",
    about: "Root of the mean squared distance of predicted and measured; 0 is best.",
    unit: Unit::Own,
    better: Better::Lower,
    compared: Ok(()),
};
const R_SQUARED: MetricText = MetricText {
    id: "r_squared",
    title: "R\u{b2}",
    about: "Share of the variance of the measured numbers that the predictions explain; below 0 they do worse than the mean.",
    unit: Unit::Plain,
    better: Better::Higher,
    compared: Err("it depends on how far the measured numbers of a group lie apart"),
};
const SLOPE: MetricText = MetricText {
    id: "recalibration_slope",
    title: "Slope of measured on predicted",
    about: "Least squares; 1 is best, below 1 predictions lie too far apart.",
    unit: Unit::Plain,
    better: Better::Near(1),
    compared: Ok(()),
};
const INTERCEPT: MetricText = MetricText {
    id: "recalibration_intercept",
    title: "Intercept of measured on predicted",
    about: "Least squares; 0 is best where the slope is 1.",
    unit: Unit::Own,
    better: Better::Near(0),
    compared: Err("it is the error at a prediction of 0, which few groups hold; compare the bias"),
};
const ENDS: &str =
    "both ends move with bias and spread; compare the bias and the root mean square error";
const LOWER: MetricText = MetricText {
    id: "agreement_lower",
    title: "Lower limit of agreement",
    about: "Bias less 1.96 standard deviations of a single difference, repeated images of a patient taken into account (Bland and Altman 2007).",
    unit: Unit::Own,
    better: Better::Near(0),
    compared: Err(ENDS),
};
const UPPER: MetricText = MetricText {
    id: "agreement_upper",
    title: "Upper limit of agreement",
    about: "Bias and 1.96 standard deviations of a single difference, repeated images of a patient taken into account (Bland and Altman 2007).",
    unit: Unit::Own,
    better: Better::Near(0),
    compared: Err(ENDS),
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

/// What is measured at each place of [`metrics`].
fn texts(declared: &Declared) -> Vec<&'static MetricText> {
    let mut texts: Vec<&'static MetricText> = vec![
        &BIAS, &MAE, &RMSE, &R_SQUARED, &SLOPE, &INTERCEPT, &LOWER, &UPPER,
    ];
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

    fn value(&self, place: usize, samples: &[u32], patient: &[u32]) -> Result<Value, NotEstimable> {
        let pairs = self.pairs(samples);
        let (truth, predicted): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let ends = || samples.iter().map(|sample| self.interval[*sample as usize]);
        let limits = || limits_of_agreement(&truth, &predicted, Some(patient), 0.95);
        let (metric, method) = match self.texts[place].id {
            "bias" => (RegressionMetric::Bias, MEAN),
            "mae" => (RegressionMetric::MeanAbsoluteError, MEAN),
            "rmse" => (RegressionMetric::RootMeanSquareError, INFLUENCE),
            "r_squared" => (RegressionMetric::RSquared, INFLUENCE),
            "recalibration_slope" => (RegressionMetric::CalibrationSlope, INFLUENCE),
            "recalibration_intercept" => (RegressionMetric::CalibrationIntercept, INFLUENCE),
            "agreement_lower" => return Ok(Value::unbounded(limits()?.lower, INFLUENCE)),
            "agreement_upper" => return Ok(Value::unbounded(limits()?.upper, INFLUENCE)),
            "within_tolerance" => {
                let tolerance = self.tolerance.unwrap_or_default();
                let near = |(truth, predicted): &(f64, f64)| (predicted - truth).abs() <= tolerance;
                return Ok(share(pairs.iter().map(near)));
            }
            "interval_coverage" => {
                return Ok(share(pairs.iter().zip(ends()).map(
                    |((truth, _), (lower, upper))| (lower..=upper).contains(truth),
                )));
            }
            _ => {
                let (lower, upper): (Vec<f64>, Vec<f64>) = ends().unzip();
                let width = mean_interval_width(&lower, &upper)?;
                return Ok(Value::at_least_zero(width, MEAN));
            }
        };
        let of = metric.measure(&truth, &predicted)?;
        Ok(Value::on(of, metric.scale(), metric.range(), method))
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
