//! A number that is measured and one that is predicted: bone age, ejection fraction, calcium score.

use std::collections::BTreeMap;

use crate::metrics::regression::{
    RegressionMetric, limits_of_agreement, mean_interval_width, mover_limits,
};
use crate::statistics::{
    Influenced, Interval, NotEstimable, Scale, ordered_sum, quantile_of_sorted,
};

use super::bands::{edges, limits, parts};
use super::shared::{INFLUENCE, MEAN, no_misfit, share};
use super::{
    BadCell, Better, Declared, Drawing, FigureLevel, FigureLine, FigureText, Inputs, Key, KeyKind,
    LimitsOf, MetricOf, MetricText, Rows, TaskFigure, TaskSpec, Unit, Value,
};

/// Share of the differences of new patients that limits of agreement hold.
const SHARE: f64 = 0.95;

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
            name: super::UNIT_OF_MEASUREMENT,
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
    figures: &[&AGREEMENT],
    check: no_misfit,
    scores: None,
    decision: None,
    metrics,
    rows,
};

const AGREEMENT: FigureText = FigureText {
    kind: "agreement",
    title: "Agreement",
    about: "Errors against the mean of both numbers, in parts of equal size (Bland and Altman 1986): the mean error with its limits, and between the dashed lines the middle eight of ten errors. The grey lines are the bias and the limits of agreement of the whole group, with the intervals of each.",
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
    // Best is the level that the model states of its intervals.
    better: Better::Neither,
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
        let crossed = |sample: &&u32| {
            let (lower, upper) = self.interval[**sample as usize];
            lower > upper
        };
        if ["interval_coverage", "interval_width"].contains(&self.texts[place].id) {
            let crossed = samples.iter().filter(crossed).count();
            if crossed > 0 {
                return Err(NotEstimable::Other(format!(
                    "of {crossed} samples the lower end of the model's interval lies above the upper one: `interval` takes the lower end first"
                )));
            }
        }
        let ends = || samples.iter().map(|sample| self.interval[*sample as usize]);
        let (metric, method) = match self.texts[place].id {
            "bias" => (RegressionMetric::Bias, MEAN),
            "mae" => (RegressionMetric::MeanAbsoluteError, MEAN),
            "rmse" => (RegressionMetric::RootMeanSquareError, INFLUENCE),
            "r_squared" => (RegressionMetric::RSquared, INFLUENCE),
            "recalibration_slope" => (RegressionMetric::CalibrationSlope, INFLUENCE),
            "recalibration_intercept" => (RegressionMetric::CalibrationIntercept, INFLUENCE),
            end @ ("agreement_lower" | "agreement_upper") => {
                let upper = end == UPPER.id;
                let found = limits_of_agreement(&truth, &predicted, Some(patient), SHARE)?;
                let of = if upper { found.upper } else { found.lower };
                let limits = AgreementEnd {
                    truth,
                    predicted,
                    patient: patient.to_vec(),
                    estimate: of.estimate,
                    upper,
                };
                return Ok(Value::unbounded(of, INFLUENCE).with_limits(limits));
            }
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

    fn figures(&self, of: Drawing<'_>) -> Vec<TaskFigure> {
        self.agreement(of).into_iter().collect()
    }
}

impl Regression {
    /// Error against the mean of both numbers (Bland and Altman 1986; 1995, Lancet 346:1085-1087: not
    /// against the measured number alone, on which errors depend of necessity), by bins of the whole cohort:
    /// mean error with its limits, and where the middle eight of ten errors lie. Bias and limits of
    /// agreement of the whole group across it. No sample is drawn.
    fn agreement(&self, drawing: Drawing<'_>) -> Option<TaskFigure> {
        let Drawing {
            samples,
            patient,
            confidence,
            ..
        } = drawing;
        let middle = |(truth, predicted): &(f64, f64)| 0.5 * (truth + predicted);
        let edges = edges(self.pairs(drawing.everyone).iter().map(middle).collect());
        let pairs = self.pairs(samples);
        let rows = pairs
            .iter()
            .zip(patient)
            .map(|(pair, own)| (middle(pair), pair.1 - pair.0, *own));
        let mut mean = FigureLine::plain("Mean error", Vec::new());
        let mut low = FigureLine::plain("A tenth of errors lies below", Vec::new());
        let mut high = FigureLine::plain("A tenth of errors lies above", Vec::new());
        for part in parts(rows.collect(), &edges, drawing.least_patients)? {
            let n = part.len() as f64;
            let x = ordered_sum(part.iter().map(|(x, ..)| *x)) / n;
            let mut errors: Vec<f64> = part.iter().map(|(_, error, _)| *error).collect();
            let own: Vec<u32> = part.iter().map(|(.., patient)| *patient).collect();
            let of = Influenced::mean(&errors).ok()?;
            mean.points.push((x, of.estimate));
            mean.n.push(part.len() as u64);
            mean.band
                .push(limits(&of, &own, Scale::Identity, confidence));
            errors.sort_by(f64::total_cmp);
            low.points.push((x, quantile_of_sorted(&errors, 0.1)?));
            high.points.push((x, quantile_of_sorted(&errors, 0.9)?));
        }
        let levels = [&BIAS, &LOWER, &UPPER].into_iter().filter_map(|text| {
            let place = self.texts.iter().position(|own| own.id == text.id)?;
            level(
                text,
                self.value(place, samples, patient).ok()?,
                patient,
                confidence,
            )
        });
        Some(TaskFigure {
            levels: levels.collect(),
            ..TaskFigure::of_lines(
                &AGREEMENT,
                ["Mean of measured and predicted", "Predicted less measured"],
                vec![mean, low, high],
            )
        })
    }
}

/// A metric of the whole group across a figure.
fn level(text: &MetricText, value: Value, patient: &[u32], confidence: f64) -> Option<FigureLevel> {
    let Value::Scaled {
        of,
        scale,
        limits: own,
        ..
    } = value
    else {
        return None;
    };
    let limits = match own {
        Some(own) => own
            .interval(confidence)
            .ok()
            .map(|(own, _)| (own.lower, own.upper)),
        None => limits(&of, patient, scale, confidence),
    };
    Some(FigureLevel {
        name: text.title.to_owned(),
        value: of.estimate,
        limits,
    })
}

/// Limits of a limit of agreement: the distances of MOVER's (Zou 2013) set about the estimate, which
/// weighs every sample the same where MOVER weighs every patient; both are one where patients have
/// equally many.
#[derive(Debug)]
struct AgreementEnd {
    truth: Vec<f64>,
    predicted: Vec<f64>,
    patient: Vec<u32>,
    estimate: f64,
    upper: bool,
}

impl LimitsOf for AgreementEnd {
    /// With unequal numbers of samples the estimate and MOVER weigh patients otherwise.
    fn needs_carriers(&self) -> bool {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for own in &self.patient {
            *counts.entry(*own).or_default() += 1;
        }
        counts.values().max() != counts.values().min()
    }

    fn interval(&self, confidence: f64) -> Result<(Interval, &'static str), NotEstimable> {
        let patient = Some(self.patient.as_slice());
        let found = mover_limits(&self.truth, &self.predicted, patient, SHARE, confidence)?;
        if found.sd <= 0.0 {
            return Err(NotEstimable::Other(
                "patients do not differ at all, so that no interval can be given".to_owned(),
            ));
        }
        let (at, own) = if self.upper {
            (found.limits.upper, found.upper_interval)
        } else {
            (found.limits.lower, found.lower_interval)
        };
        Ok((
            Interval {
                lower: self.estimate - (at - own.lower),
                upper: self.estimate + (own.upper - at),
            },
            "agreement_mover",
        ))
    }
}
