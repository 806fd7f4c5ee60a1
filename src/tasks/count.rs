//! How many: lesions or nodules of an exam, counted and predicted.

use std::collections::BTreeMap;

use crate::metrics::regression::{bias, mean_absolute_error};
use crate::statistics::{Influenced, NotEstimable, Scale};

use super::bands::limits;
use super::regression::MAE;
use super::shared::{INFLUENCE, MEAN, no_misfit, share};
use super::{
    BadCell, Better, Declared, Drawing, FigureLine, FigureText, Inputs, Key, KeyKind, MetricOf,
    MetricText, Rows, TaskFigure, TaskSpec, Unit, Value,
};

/// The task.
pub const TASK: TaskSpec = TaskSpec {
    id: "count",
    about: "How many there are, such as lesions of an exam: a whole number that is counted and a number that is predicted.",
    keys: &[
        Key {
            name: "score",
            kind: KeyKind::Score,
            required: true,
            about: "The predicted number; it need not be whole.",
        },
        Key {
            name: "truth.column",
            kind: KeyKind::Column,
            required: true,
            about: "Column with the counted number.",
        },
    ],
    texts: &ALL,
    figures: &[&COUNTED],
    check: no_misfit,
    scores: None,
    // The number that a reader is told.
    decision: Some(|_, scores| {
        scores
            .first()
            .map_or(0, |score| score.round().max(0.0) as u64)
    }),
    metrics,
    rows,
};

const COUNTED: FigureText = FigureText {
    kind: "predicted-by-count",
    title: "Predicted by counted number",
    about: "Mean predicted number of samples with the same counted one, with limits; the dashed line is what was counted. Numbers that few patients have are left out.",
};

const EXACT: MetricText = MetricText {
    id: "exact_count",
    title: "Exact agreement of counts",
    about: "Share of samples whose predicted number, rounded to a whole one, is the counted one.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const WITHIN_ONE: MetricText = MetricText {
    id: "count_within_one",
    title: "Counts within one",
    about: "Share of samples whose predicted number, rounded to a whole one, is at most one away from the counted one.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const ERROR: MetricText = MetricText {
    id: "count_bias",
    title: "Mean error of counts",
    about: "Mean of predicted less counted number; 0 is best.",
    unit: Unit::Plain,
    better: Better::Near(0),
    compared: Ok(()),
};
const RATIO: MetricText = MetricText {
    id: "count_ratio",
    title: "Predicted over counted",
    about: "All that are predicted over all that are counted; 1 is best, below 1 some are missed.",
    unit: Unit::Plain,
    better: Better::Near(1),
    compared: Err("it is a ratio; its groups are compared by the mean error of counts"),
};

const ALL: [&MetricText; 5] = [&EXACT, &WITHIN_ONE, &ERROR, &MAE, &RATIO];

fn metrics(_: &Declared) -> Vec<MetricOf> {
    ALL.into_iter().map(MetricOf::whole).collect()
}

fn rows(_: &Declared, inputs: &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>> {
    let mut bad = Vec::new();
    let counted = inputs.numbers("truth.column", &mut bad);
    for (row, number) in counted.iter().enumerate() {
        if let Some(number) = number.filter(|number| *number < 0.0 || number.fract() != 0.0) {
            bad.push(BadCell {
                row,
                key: "truth.column",
                message: format!("\"{number}\", expected a whole number of at least 0"),
            });
        }
    }
    if !bad.is_empty() {
        return Err(bad);
    }
    Ok(Box::new(Counts {
        counted,
        predicted: inputs.score("score").to_vec(),
    }))
}

/// Counted and predicted numbers.
#[derive(Debug)]
struct Counts {
    counted: Vec<Option<f64>>,
    predicted: Vec<f64>,
}

impl Counts {
    fn pairs(&self, samples: &[u32]) -> (Vec<f64>, Vec<f64>) {
        let places = samples.iter().map(|sample| *sample as usize);
        places
            .filter_map(|place| Some((self.counted[place]?, self.predicted[place])))
            .unzip()
    }
}

impl Rows for Counts {
    fn is_known(&self, sample: usize) -> bool {
        self.counted[sample].is_some()
    }

    /// With and without any.
    fn classes(&self) -> Vec<Vec<bool>> {
        let is = |wanted: bool| {
            let own = self.counted.iter();
            own.map(|own| own.is_some_and(|number| (number > 0.0) == wanted))
                .collect()
        };
        vec![is(true), is(false)]
    }

    fn value(&self, place: usize, samples: &[u32], _: &[u32]) -> Result<Value, NotEstimable> {
        let (counted, predicted) = self.pairs(samples);
        let within = |most: f64| {
            let both = counted.iter().zip(&predicted);
            share(both.map(|(counted, predicted)| (predicted.round() - counted).abs() <= most))
        };
        Ok(match ALL[place].id {
            "exact_count" => within(0.0),
            "count_within_one" => within(1.0),
            "count_bias" => Value::unbounded(bias(&counted, &predicted)?, MEAN),
            "mae" => Value::at_least_zero(mean_absolute_error(&counted, &predicted)?, MEAN),
            _ => {
                let ratio = Influenced::ratio(&predicted, &counted, "counted ones")?;
                if ratio.estimate < 0.0 {
                    return Err(NotEstimable::Other(
                        "the predicted numbers add up to less than 0".to_owned(),
                    ));
                }
                Value::on(ratio, Scale::Log, (0.0, f64::INFINITY), INFLUENCE)
            }
        })
    }

    /// Mean predicted number by counted one.
    fn figures(&self, of: Drawing<'_>) -> Vec<TaskFigure> {
        let mut by_count: BTreeMap<u64, (Vec<f64>, Vec<u32>)> = BTreeMap::new();
        for (sample, patient) in of.samples.iter().zip(of.patient) {
            let sample = *sample as usize;
            if let Some(counted) = self.counted[sample] {
                let own = by_count.entry(counted as u64).or_default();
                own.0.push(self.predicted[sample]);
                own.1.push(*patient);
            }
        }
        let mut mean = FigureLine::plain("Mean predicted number", Vec::new());
        for (counted, (predicted, mut patient)) in by_count {
            let Ok(found) = Influenced::mean(&predicted) else {
                continue;
            };
            let band = limits(&found, &patient, Scale::Identity, of.confidence);
            patient.sort_unstable();
            patient.dedup();
            if patient.len() >= of.least_patients {
                mean.points.push((counted as f64, found.estimate));
                mean.n.push(predicted.len() as u64);
                mean.band.push(band);
            }
        }
        if mean.points.len() < 2 {
            return Vec::new();
        }
        let same = mean.points.iter().map(|(counted, _)| (*counted, *counted));
        let same = FigureLine::plain("As counted", same.collect());
        let axes = ["Counted number", "Mean predicted number"];
        vec![TaskFigure::of_lines(&COUNTED, axes, vec![mean, same])]
    }
}
