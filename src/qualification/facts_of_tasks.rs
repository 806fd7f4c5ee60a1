//! Facts about whole tasks: truth and scores of small samples of the project's own go through the task
//! as an audit file declares it. Other packages' numbers: `fixtures/make_task_numbers.py`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::metrics;
use crate::metrics::segmentation::{
    LesionRule, MaskPair, Neighbours, SurfaceDistances, VoxelCounts, match_lesions,
};
use crate::tasks::{BinaryInput, CASE, Declared, Given, Inputs, TaskSpec, Value, task};

use super::Fact;
use super::facts_of_outcomes::{in_full, stored};
use super::facts_of_outlines::{Masks, Pair};
use super::facts_of_scores::said;

/// Digits in which our sums and theirs may differ, relative to the number.
const DIGITS: f64 = 1e-10;

/// Where the numbers of a package come from.
const SOURCES: [(&str, &str); 7] = [
    ("scikit-learn", "own sample, scikit-learn 1.9.1"),
    ("fairlearn", "own sample, fairlearn 0.15.0"),
    ("lifelines", "own sample, lifelines 0.30.3"),
    ("scikit-survival", "own sample, scikit-survival 0.28.0"),
    ("medpy", "own sample, MedPy 0.5.2"),
    ("scipy", "own sample, SciPy 1.17.1"),
    ("numpy", "own sample, numpy 2.4.6"),
];

#[derive(Deserialize)]
struct Stored {
    cases: Vec<Case>,
}

/// One endpoint with its samples.
#[derive(Deserialize)]
struct Case {
    task: String,
    n: usize,
    #[serde(default)]
    texts: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    numbers: BTreeMap<String, Vec<f64>>,
    #[serde(default)]
    columns: BTreeMap<String, Vec<Vec<String>>>,
    #[serde(default)]
    scores: BTreeMap<String, Vec<Vec<f64>>>,
    #[serde(default)]
    binary: Vec<Binary>,
    /// Names of the stored masks that are the samples.
    #[serde(default)]
    masks: Vec<String>,
    expected: Vec<Expected>,
}

#[derive(Deserialize)]
struct Binary {
    name: String,
    y_true: Vec<bool>,
    flagged: Vec<bool>,
    rank: Vec<f64>,
}

#[derive(Deserialize)]
struct Expected {
    metric: String,
    package: String,
    value: f64,
}

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    let source = "own samples";
    let text = include_str!("../../fixtures/outside/task_numbers.json");
    let masks = include_str!("../../fixtures/outside/segmentation.json");
    let Some(found) = stored::<Stored>(&mut facts, source, text) else {
        return facts;
    };
    let Some(masks) = stored::<Masks>(&mut facts, source, masks) else {
        return facts;
    };
    for case in &found.cases {
        for expected in &case.expected {
            facts.push(Fact::new(
                &expected.metric,
                source_of(&expected.package),
                format!("{} samples of task {}, estimate", case.n, case.task),
                in_full(expected.value, DIGITS),
                case.estimate(&expected.metric, &masks.cases),
            ));
        }
    }
    facts
}

fn source_of(package: &str) -> &'static str {
    let mut known = SOURCES.iter();
    known
        .find(|(name, _)| *name == package)
        .map_or("own sample, a package that is not known", |(_, source)| {
            source
        })
}

impl Case {
    fn estimate(&self, metric: &str, masks: &[Pair]) -> Result<f64, String> {
        if self.task == "binary" {
            let one = self.binary.first().ok_or("there is no binary endpoint")?;
            let found = metrics::scaled_brier(&one.y_true, &one.rank, None);
            return said(found).map(|scaled| scaled.estimate);
        }
        let spec = task(&self.task).ok_or_else(|| format!("there is no task {}", self.task))?;
        let declared = self.declared(spec);
        (spec.check)(&declared).map_err(|misfit| misfit.message)?;
        let cases = self.measured(masks)?;
        let rows = (spec.rows)(&declared, &self.inputs(spec, &cases));
        let rows = rows.map_err(|bad| format!("{} cells are no truth", bad.len()))?;
        let mut metrics = (spec.metrics)(&declared).into_iter();
        let place = metrics.position(|own| own.text.id == metric && own.part.is_none());
        let place = place.ok_or_else(|| format!("the task has no {metric}"))?;
        let samples: Vec<u32> = (0u32..)
            .take(self.n)
            .filter(|sample| rows.is_known(*sample as usize))
            .collect();
        // Every sample is a patient.
        said(rows.value(place, &samples, &samples)).and_then(|value| estimate(&value))
    }

    fn declared(&self, spec: &TaskSpec) -> Declared {
        let mut declared = Declared {
            name: "endpoint".to_owned(),
            ..Declared::default()
        };
        for key in spec.keys {
            let texts = self.texts.get(key.name).cloned().map(Given::Texts);
            let numbers = self.numbers.get(key.name).cloned().map(Given::Numbers);
            let column = self.columns.get(key.name);
            let column = column.map(|_| Given::Texts(vec![key.name.to_owned()]));
            if let Some(given) = texts.or(numbers).or(column) {
                declared.values.insert(key.name, given);
            }
        }
        declared
    }

    /// What is kept of each pair of masks, name by name; nothing for other tasks.
    fn measured(&self, masks: &[Pair]) -> Result<Vec<Vec<f64>>, String> {
        let mut by_name = vec![Vec::new(); CASE.len()];
        for name in &self.masks {
            let pair = masks.iter().find(|pair| pair.name == *name);
            let pair = pair.ok_or_else(|| format!("there is no pair of masks {name}"))?;
            for (place, value) in numbers_of(pair)?.into_iter().enumerate() {
                by_name[place].push(value);
            }
        }
        Ok(by_name)
    }

    fn inputs<'a>(&'a self, spec: &TaskSpec, measured: &'a [Vec<f64>]) -> Inputs<'a> {
        let mut inputs = Inputs {
            n: self.n,
            ..Inputs::default()
        };
        for key in spec.keys {
            if let Some(columns) = self.columns.get(key.name) {
                let texts = columns.iter().map(|column| {
                    let cells = column.iter();
                    cells.map(|cell| Some(cell.as_str())).collect()
                });
                inputs.columns.insert(key.name, texts.collect());
            }
            if let Some(scores) = self.scores.get(key.name) {
                let scores = scores.iter().map(Vec::as_slice).collect();
                inputs.scores.insert(key.name, scores);
            }
        }
        if !self.masks.is_empty() {
            let files = self.masks.iter().map(|name| Some(name.as_str())).collect();
            inputs.columns.insert("truth.mask", vec![files]);
            let kept = measured.iter().map(Vec::as_slice).collect();
            inputs.scores.insert("outline", kept);
        }
        inputs.binary = self.binary.iter().map(Binary::input).collect();
        inputs
    }
}

impl Binary {
    fn input(&self) -> BinaryInput {
        BinaryInput {
            name: self.name.clone(),
            y_true: self.y_true.iter().copied().map(Some).collect(),
            flagged: self.flagged.clone(),
            rank: self.rank.clone(),
        }
    }
}

/// What is kept of a case, measured on its masks.
fn numbers_of(pair: &Pair) -> Result<[f64; CASE.len()], String> {
    let (truth, predicted) = (pair.mask(&pair.truth)?, pair.mask(&pair.predicted)?);
    let both = MaskPair::new(&truth, &predicted).map_err(|why| why.to_string())?;
    let counts = VoxelCounts::of(&both);
    let surfaces = SurfaceDistances::of(&both).ok();
    let distance = |of: &dyn Fn(&SurfaceDistances) -> f64| surfaces.as_ref().map_or(-1.0, of);
    let lesions = match_lesions(&both, Neighbours::All, LesionRule::AnyVoxel);
    let volume = truth.voxel_volume();
    Ok([
        counts.truth as f64,
        counts.predicted as f64,
        counts.both as f64,
        counts.truth as f64 * volume,
        counts.predicted as f64 * volume,
        distance(&|own| own.surface_dice(1.0)),
        distance(&|own| own.hausdorff(95.0)),
        distance(&|own| own.hausdorff_pooled(95.0)),
        distance(&SurfaceDistances::average_symmetric),
        lesions.truth.len() as f64,
        lesions.found() as f64,
        lesions.predicted.len() as f64,
        lesions.matched() as f64,
    ])
}

fn estimate(value: &Value) -> Result<f64, String> {
    match value {
        Value::Share(rows) => {
            let (events, trials) = rows.iter().fold((0, 0), |(events, trials), row| {
                (events + row.0, trials + row.1)
            });
            if trials == 0 {
                return Err("there is no trial".to_owned());
            }
            Ok(events as f64 / trials as f64)
        }
        Value::Plain(value, _) => Ok(*value),
        Value::Scaled { of, .. } => Ok(of.estimate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value as Json;

    #[test]
    fn numbers_of_tasks() {
        let facts = all();
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let text = include_str!("../../fixtures/outside/task_numbers.json");
        let file: Json = serde_json::from_str(text).unwrap();
        let cases = file["cases"].as_array().unwrap().iter();
        let stored: usize = cases
            .map(|case| case["expected"].as_array().unwrap().len())
            .sum();
        assert!(facts.len() == stored && stored > 20, "{stored}");
    }

    /// The packages that the sources name are those that made the file.
    #[test]
    fn sources_of_tasks_are_those_of_the_file() {
        let text = include_str!("../../fixtures/outside/task_numbers.json");
        let file: Json = serde_json::from_str(text).unwrap();
        for (package, source) in SOURCES {
            let version = file["versions"][package].as_str().unwrap();
            assert!(source.ends_with(version), "{source} {version}");
        }
    }
}
