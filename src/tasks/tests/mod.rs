//! Every task by hand on a few samples, and what holds for all of them.

mod boxes;
mod classes;
mod counts;
mod declarations;
mod findings;
mod follow_up;
mod grades;
mod measurements;
mod outlines;
mod page;
mod tiny_groups;

use super::*;
use crate::statistics::NotEstimable;

fn texts(words: &[&str]) -> Given {
    Given::Texts(words.iter().map(|word| (*word).to_owned()).collect())
}

fn numbers(numbers: &[f64]) -> Given {
    Given::Numbers(numbers.to_vec())
}

/// An endpoint named `e`.
fn declared(keys: &[(&'static str, Given)]) -> Declared {
    Declared {
        name: "e".to_owned(),
        values: keys.iter().cloned().collect(),
    }
}

/// Columns, scores and binary endpoints of a few samples.
#[derive(Debug, Clone, Default)]
struct Sheet {
    n: usize,
    columns: Vec<(&'static str, Vec<Option<&'static str>>)>,
    scores: Vec<(&'static str, Vec<f64>)>,
    binary: Vec<BinaryInput>,
}

impl Sheet {
    fn inputs(&self) -> Inputs<'_> {
        let mut inputs = Inputs {
            n: self.n,
            binary: self.binary.clone(),
            ..Inputs::default()
        };
        for (key, cells) in &self.columns {
            assert_eq!(cells.len(), self.n);
            inputs.columns.entry(*key).or_default().push(cells.clone());
        }
        for (key, scores) in &self.scores {
            assert_eq!(scores.len(), self.n);
            inputs.scores.entry(*key).or_default().push(scores);
        }
        inputs
    }
}

/// A task with its declaration and samples.
struct Set {
    task: &'static TaskSpec,
    declared: Declared,
    rows: Box<dyn Rows>,
    n: usize,
}

impl Set {
    fn new(id: &str, declared: Declared, sheet: &Sheet) -> Self {
        let task = task(id).unwrap();
        assert_eq!((task.check)(&declared), Ok(()));
        let rows = (task.rows)(&declared, &sheet.inputs()).unwrap();
        Self {
            task,
            declared,
            rows,
            n: sheet.n,
        }
    }

    fn known(&self) -> Vec<u32> {
        (0u32..)
            .take(self.n)
            .filter(|sample| self.rows.is_known(*sample as usize))
            .collect()
    }

    /// A metric, such as `dice` of `e` or `sensitivity` of `e:mel`, of some samples, each its own
    /// patient.
    fn of(&self, endpoint: &str, metric: &str, samples: &[u32]) -> Result<Value, NotEstimable> {
        let all = (self.task.metrics)(&self.declared);
        let place = all
            .iter()
            .position(|own| own.text.id == metric && own.endpoint("e") == endpoint);
        let place = place.unwrap_or_else(|| panic!("there is no {metric} of {endpoint}"));
        self.rows.value(place, samples, samples)
    }

    /// Everything that is drawn of some samples, each its own patient.
    fn figures(&self, samples: &[u32]) -> Vec<TaskFigure> {
        self.rows.figures(drawing(samples, samples, &self.known()))
    }

    /// The first of it.
    fn figure(&self, samples: &[u32]) -> Option<TaskFigure> {
        self.figures(samples).into_iter().next()
    }

    /// Estimates of all known samples.
    fn check(&self, expected: &[(&str, &str, f64)]) {
        for (endpoint, metric, expected) in expected {
            let found = estimate(&self.of(endpoint, metric, &self.known()).unwrap());
            assert!(
                (found - expected).abs() < 1e-12,
                "{metric} of {endpoint}: {found}, expected {expected}"
            );
        }
    }

    /// Names of all metrics in their order, as `metric endpoint`.
    fn names(&self) -> Vec<String> {
        let all = (self.task.metrics)(&self.declared);
        all.iter()
            .map(|own| format!("{} {}", own.text.id, own.endpoint("e")))
            .collect()
    }
}

fn drawing<'a>(samples: &'a [u32], patient: &'a [u32], everyone: &'a [u32]) -> Drawing<'a> {
    Drawing {
        samples,
        patient,
        everyone,
        confidence: 0.95,
        least_patients: 10,
    }
}

fn shares(value: Result<Value, NotEstimable>) -> Vec<(u64, u64)> {
    match value {
        Ok(Value::Share(rows)) => rows,
        other => panic!("{other:?} is no share"),
    }
}

fn estimate(value: &Value) -> f64 {
    match value {
        Value::Share(rows) => {
            let (events, trials) = rows
                .iter()
                .fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
            events as f64 / trials as f64
        }
        Value::Plain(estimate, _) => *estimate,
        Value::Scaled { of, .. } => of.estimate,
    }
}

/// Why a declaration does not fit, and at which key.
fn misfit(id: &str, keys: &[(&'static str, Given)]) -> (&'static str, String) {
    let misfit = (task(id).unwrap().check)(&declared(keys)).unwrap_err();
    (misfit.key, misfit.message)
}

/// Rows and keys of the cells that are no truth.
fn bad(id: &str, declared: &Declared, sheet: &Sheet) -> Vec<(usize, &'static str, String)> {
    let cells = (task(id).unwrap().rows)(declared, &sheet.inputs()).unwrap_err();
    cells
        .into_iter()
        .map(|cell| (cell.row, cell.key, cell.message))
        .collect()
}
