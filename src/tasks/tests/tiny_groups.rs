//! Whatever the group, every metric is a number or says why it is none.

use proptest::prelude::*;

use super::*;

/// A declaration with every key that goes with the others.
pub(super) fn full(task: &TaskSpec) -> Declared {
    let keys: Vec<(&'static str, Given)> = match task.id {
        "multilabel" | "no_finding" => vec![("of", texts(&["a", "b"]))],
        "multiclass" => vec![
            ("classes", texts(&["a", "b", "c"])),
            ("truth.column", texts(&["dx"])),
            ("top", numbers(&[2.0])),
            ("score_kind", texts(&["probability"])),
        ],
        "ordinal" => vec![
            ("levels", texts(&["a", "b", "c"])),
            ("truth.column", texts(&["grade"])),
            ("score", texts(&["severity"])),
        ],
        "regression" => vec![
            ("score", texts(&["p"])),
            ("truth.column", texts(&["y"])),
            ("tolerance", numbers(&[1.0])),
            ("interval", texts(&["low", "high"])),
        ],
        "count" => vec![("score", texts(&["p"])), ("truth.column", texts(&["n"]))],
        "survival" => vec![
            ("score", texts(&["risk"])),
            ("horizon", numbers(&[2.0])),
            ("truth.time", texts(&["time"])),
            ("truth.event", texts(&["event"])),
        ],
        "segmentation" => vec![("outline", texts(&["o"])), ("truth.mask", texts(&["mask"]))],
        "detection" => vec![
            ("boxes", texts(&["b"])),
            ("candidates", numbers(&[2.0])),
            ("truth.boxes", texts(&["boxes"])),
            ("threshold", numbers(&[0.5])),
            ("false_positives", numbers(&[0.5, 1.0])),
            ("area_bins", numbers(&[10.0])),
        ],
        other => panic!("{other} is not tested here yet"),
    };
    declared(&keys)
}

/// What stands in a column, by a number of four.
fn cells(task: &TaskSpec) -> Vec<(&'static str, [Option<&'static str>; 4])> {
    let of = |key, [a, b, c]: [&'static str; 3]| (key, [Some(a), Some(b), Some(c), None]);
    match task.id {
        "multiclass" | "ordinal" => vec![of("truth.column", ["a", "b", "c"])],
        "regression" => vec![of("truth.column", ["0", "1.5", "-2"])],
        "count" => vec![of("truth.column", ["0", "1", "3"])],
        "survival" => vec![
            of("truth.time", ["1", "2", "3.5"]),
            of("truth.event", ["0", "1", "1"]),
        ],
        "segmentation" => vec![of("truth.mask", ["m", "m", "m"])],
        "detection" => vec![of("truth.boxes", ["none", "0 0 2 2", "0 0 2 2; 5 5 9 9"])],
        _ => Vec::new(),
    }
}

/// What the model gives under each score, by a number of four.
fn outputs(task: &TaskSpec) -> Vec<(&'static str, [f64; 4])> {
    match task.id {
        "multiclass" => vec![
            ("scores", [0.5, 0.25, 0.0, 1.0]),
            ("scores", [0.25, 0.5, 0.5, 0.0]),
            ("scores", [0.25, 0.25, 0.5, 0.0]),
        ],
        "ordinal" => vec![("score", [0.0, 0.7, 1.5, 4.0])],
        "regression" => vec![
            ("score", [0.0, 1.0, -2.0, 3.0]),
            ("interval", [-1.0, 0.0, -3.0, 2.0]),
            ("interval", [0.5, 2.0, -1.0, 4.0]),
        ],
        "count" => vec![("score", [0.0, 1.4, -1.0, 7.0])],
        "survival" => vec![("score", [0.0, 0.25, 0.5, 1.0])],
        "segmentation" => {
            let cases = [
                [
                    4.0, 6.0, 3.0, 4.0, 6.0, 0.8, 2.0, 1.5, 1.0, 2.0, 1.0, 3.0, 1.0,
                ],
                [
                    5.0, 0.0, 0.0, 5.0, 0.0, -1.0, -1.0, -1.0, -1.0, 1.0, 0.0, 0.0, 0.0,
                ],
                [
                    0.0, 3.0, 0.0, 0.0, 3.0, -1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 1.0, 0.0,
                ],
                [
                    0.0, 0.0, 0.0, 0.0, 0.0, -1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 0.0, 0.0,
                ],
            ];
            (0..CASE.len())
                .map(|place| ("outline", cases.map(|case| case[place])))
                .collect()
        }
        "detection" => {
            let sides = [
                [0.9, 0.0, 0.0, 2.0, 2.0],
                [0.6, 5.0, 5.0, 9.0, 9.0],
                [0.4, 0.0, 0.0, 2.0, 2.0],
                [f64::NAN; 5],
            ];
            (0..2 * CANDIDATE.len())
                .map(|place| ("boxes", sides.map(|one| one[place % CANDIDATE.len()])))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Samples from numbers of four: which truth, which output, and both of a second endpoint.
fn sheet(task: &TaskSpec, rows: &[[usize; 4]]) -> Sheet {
    let endpoint = |name: &str, truth: usize, output: usize| BinaryInput {
        name: name.to_owned(),
        y_true: rows
            .iter()
            .map(|row| (row[truth] < 3).then_some(row[truth] > 0))
            .collect(),
        flagged: rows.iter().map(|row| row[output] >= 2).collect(),
        rank: rows.iter().map(|row| row[output] as f64).collect(),
    };
    Sheet {
        n: rows.len(),
        columns: cells(task)
            .into_iter()
            .enumerate()
            .map(|(place, (key, texts))| {
                let own = rows.iter().map(|row| texts[row[2 * (place % 2)]]);
                (key, own.collect())
            })
            .collect(),
        scores: outputs(task)
            .into_iter()
            .map(|(key, numbers)| (key, rows.iter().map(|row| numbers[row[1]]).collect()))
            .collect(),
        binary: vec![endpoint("a", 0, 1), endpoint("b", 2, 3)],
    }
}

/// A value with one share or influence for each sample, finite and within its range.
fn is_sound(value: &Value, samples: usize) -> Result<(), String> {
    match value {
        Value::Share(rows) if rows.len() != samples => Err("one share for each".to_owned()),
        Value::Share(rows) if rows.iter().any(|(events, trials)| events > trials) => {
            Err("more events than trials".to_owned())
        }
        Value::Plain(estimate, _) if !estimate.is_finite() => Err(format!("{estimate}")),
        Value::Scaled { of, range, .. } => {
            let sum: f64 = of.influence.iter().sum();
            let whole = of.influence.len() == samples
                && of.estimate.is_finite()
                && of.influence.iter().all(|own| own.is_finite())
                && sum.abs() < 1e-7;
            let (least, largest) = *range;
            if whole && (least..=largest).contains(&of.estimate) {
                Ok(())
            } else {
                Err(format!("{of:?} within {range:?}, sum {sum}"))
            }
        }
        _ => Ok(()),
    }
}

proptest! {
    #[test]
    fn every_metric_of_every_task_is_a_number_or_says_why_not(
        rows in proptest::collection::vec([0usize..4, 0usize..4, 0usize..4, 0usize..4], 0..12),
        patients in proptest::collection::vec(0u32..4, 12),
        left_out in 0u32..4,
    ) {
        for task in TASKS {
            let set = Set::new(task.id, full(task), &sheet(task, &rows));
            let known = set.known();
            let some: Vec<u32> = known.iter().copied().filter(|s| s % 4 != left_out).collect();
            for samples in [&known, &some] {
                let patient = &patients[..samples.len()];
                for (place, metric) in (task.metrics)(&set.declared).iter().enumerate() {
                    if let Ok(value) = set.rows.value(place, samples, patient) {
                        let sound = is_sound(&value, samples.len());
                        prop_assert!(sound.is_ok(), "{} {:?}", metric.text.id, sound);
                    }
                }
                for figure in set.rows.figures(drawing(samples, patient, &known)) {
                    let listed = set.task.figures.iter().any(|text| text.kind == figure.kind);
                    prop_assert!(listed || figure.lines.is_empty(), "{} has no text", figure.kind);
                    for (x, y) in figure.lines.iter().flat_map(|line| &line.points) {
                        prop_assert!(x.is_finite() && y.is_finite());
                    }
                }
            }
            for class in set.rows.classes() {
                prop_assert_eq!(class.len(), set.n);
                for (sample, is) in class.into_iter().enumerate() {
                    prop_assert!(!is || set.rows.is_known(sample));
                }
            }
        }
    }
}
