//! `multiclass`.

use super::*;

fn of(more: &[(&'static str, Given)]) -> Declared {
    let own = [
        ("classes", texts(&["a", "b", "c"])),
        ("truth.column", texts(&["dx"])),
    ];
    declared(&[&own, more].concat())
}

fn sheet() -> Sheet {
    Sheet {
        n: 5,
        columns: vec![(
            "truth.column",
            vec![Some("a"), Some("a"), Some("b"), Some("c"), None],
        )],
        scores: vec![
            ("scores", vec![0.7, 0.3, 0.1, 0.5, 1.0]),
            ("scores", vec![0.2, 0.5, 0.6, 0.3, 0.0]),
            ("scores", vec![0.1, 0.2, 0.3, 0.2, 0.0]),
        ],
        ..Sheet::default()
    }
}

#[test]
fn four_samples_by_hand() {
    let with = [
        ("top", numbers(&[2.0])),
        ("score_kind", texts(&["probability"])),
    ];
    let set = Set::new("multiclass", of(&with), &sheet());
    let log_loss = -(0.7_f64.ln() + 0.3_f64.ln() + 0.6_f64.ln() + 0.2_f64.ln()) / 4.0;
    set.check(&[
        ("e", "accuracy", 0.5),
        ("e:top-2", "top_k_accuracy", 0.75),
        ("e", "balanced_accuracy", (0.5 + 1.0 + 0.0) / 3.0),
        ("e", "macro_f1", (0.5 + 2.0 / 3.0) / 3.0),
        ("e", "macro_auroc", (0.75 + 1.0 + 0.5) / 3.0),
        ("e", "multiclass_brier", 0.54),
        ("e", "log_loss", log_loss),
        ("e:a", "sensitivity", 0.5),
        ("e:a", "specificity", 0.5),
        ("e:a", "auroc", 0.75),
        ("e:b", "sensitivity", 1.0),
        ("e:b", "specificity", 2.0 / 3.0),
        ("e:b", "auroc", 1.0),
        ("e:c", "sensitivity", 0.0),
        ("e:c", "specificity", 1.0),
        ("e:c", "auroc", 0.5),
    ]);
    // The largest probabilities 0.7, 0.5, 0.6, 0.5 in bins of a tenth; right, wrong, right, wrong.
    let errors = (0.3 + 2.0 * 0.5 + 0.4) / 4.0;
    set.check(&[("e", "top_label_calibration_error", errors)]);
    assert_eq!(set.names().len(), 18);
    let figure = set.figure(&set.known()).unwrap();
    assert_eq!(figure.kind, "confusion-matrix");
    let matrix = figure.matrix.unwrap();
    assert_eq!(matrix.counts, [vec![1, 1, 0], vec![0, 1, 0], vec![1, 0, 0]]);
    assert_eq!(set.rows.classes()[0], [true, true, false, false, false]);
    assert_eq!(set.rows.classes().len(), 3);
}

#[test]
fn a_mean_over_classes_names_those_that_a_group_lacks() {
    let set = Set::new("multiclass", of(&[]), &sheet());
    assert_eq!(set.names().len(), 4 + 9, "{:?}", set.names());
    for metric in ["balanced_accuracy", "macro_f1", "macro_auroc"] {
        let why = set.of("e", metric, &[0, 1, 2]).unwrap_err().to_string();
        assert!(why.contains("no sample of c"), "{why}");
    }
    assert!(set.of("e:b", "sensitivity", &[0, 1, 2]).is_ok());
}

#[test]
fn scores_that_are_no_probabilities_have_no_calibration() {
    let with = [("score_kind", texts(&["probability"]))];
    let mut sheet = sheet();
    sheet.scores[0].1[0] = 7.0;
    let set = Set::new("multiclass", of(&with), &sheet);
    assert!(set.of("e", "multiclass_brier", &set.known()).is_err());
    assert!(set.of("e", "accuracy", &set.known()).is_ok());
}

#[test]
fn names_of_scores_are_those_of_the_classes_or_given() {
    let named = task("multiclass").unwrap().scores.unwrap();
    let of_classes: Vec<String> = named(&of(&[])).into_iter().map(|own| own.1).collect();
    assert_eq!(of_classes, ["a", "b", "c"]);
    let given = of(&[("scores", texts(&["p", "q", "r"]))]);
    let given: Vec<String> = named(&given).into_iter().map(|own| own.1).collect();
    assert_eq!(given, ["p", "q", "r"]);
}

#[test]
fn what_does_not_fit() {
    let classes = ("classes", texts(&["a", "b", "c"]));
    let (key, why) = misfit("multiclass", &[classes.clone(), ("scores", texts(&["p"]))]);
    assert!(
        key == "scores" && why.contains("1 scores for 3 classes"),
        "{why}"
    );
    for k in [2.5, 3.0] {
        let (key, why) = misfit("multiclass", &[classes.clone(), ("top", numbers(&[k]))]);
        assert!(key == "top" && why.contains("of 3 classes"), "{why}");
    }
}

#[test]
fn a_class_that_is_not_declared_is_no_truth() {
    let mut sheet = sheet();
    sheet.columns[0].1[2] = Some("d");
    let found = bad("multiclass", &of(&[]), &sheet);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, found[0].1), (2, "truth.column"));
    assert!(found[0].2.contains("\"d\", expected one of a, b, c"));
}

/// 60 samples of two classes whose probabilities are 0.2 and 0.8 and right four times of five.
fn sixty() -> Sheet {
    let of = |sample: usize| sample % 2;
    let high = |sample: usize| (of(sample) == 0) == (sample % 10 < 8);
    let cell = |sample: usize| Some(if of(sample) == 0 { "a" } else { "b" });
    let score = |sample: usize, class: bool| if high(sample) == class { 0.8 } else { 0.2 };
    Sheet {
        n: 60,
        columns: vec![("truth.column", (0..60).map(cell).collect())],
        scores: vec![
            (
                "scores",
                (0..60).map(|sample| score(sample, true)).collect(),
            ),
            (
                "scores",
                (0..60).map(|sample| score(sample, false)).collect(),
            ),
        ],
        ..Sheet::default()
    }
}

#[test]
fn calibration_is_drawn_of_the_called_class_and_of_each() {
    let declared = declared(&[
        ("classes", texts(&["a", "b"])),
        ("truth.column", texts(&["dx"])),
        ("score_kind", texts(&["probability"])),
    ]);
    let set = Set::new("multiclass", declared, &sixty());
    let figures = set.figures(&set.known());
    // All called classes have 0.8, so that there is no line of several probabilities.
    let kinds: Vec<(&str, Option<&str>)> = figures
        .iter()
        .map(|figure| (figure.kind.as_str(), figure.part.as_deref()))
        .collect();
    assert_eq!(
        kinds,
        [
            ("confusion-matrix", None),
            ("class-calibration", Some("a")),
            ("class-calibration", Some("b"))
        ]
    );
    let counts = figures[0].matrix.as_ref().unwrap().counts.clone();
    let share = counts[0][0] as f64 / (counts[0][0] + counts[1][0]) as f64;
    let line = &figures[1].lines[0];
    assert_eq!((line.points.len(), line.points[1]), (2, (0.8, share)));
    let (lower, upper) = line.band[1].unwrap();
    assert!(lower < share && share < upper);
}

#[test]
fn few_of_a_class_and_perfect_ones_have_the_limits_of_a_binary_area() {
    let n = 24_usize;
    let is = |sample: usize| sample < 6;
    let cell = |sample: usize| Some(if is(sample) { "a" } else { "b" });
    let sheet = |score: &dyn Fn(usize) -> f64| Sheet {
        n,
        columns: vec![("truth.column", (0..n).map(cell).collect())],
        scores: vec![
            ("scores", (0..n).map(score).collect()),
            ("scores", (0..n).map(|sample| 1.0 - score(sample)).collect()),
        ],
        ..Sheet::default()
    };
    let two = || {
        declared(&[
            ("classes", texts(&["a", "b"])),
            ("truth.column", texts(&["dx"])),
        ])
    };
    let perfect = |sample: usize| if is(sample) { 0.9 } else { 0.1 };
    let mixed = |sample: usize| ((sample * 7) % n) as f64 / n as f64;
    for score in [&perfect as &dyn Fn(usize) -> f64, &mixed] {
        let set = Set::new("multiclass", two(), &sheet(score));
        let Ok(Value::Scaled {
            limits: Some(own),
            of,
            ..
        }) = set.of("e:a", "auroc", &set.known())
        else {
            panic!("no limits of its own");
        };
        let y: Vec<bool> = (0..n).map(is).collect();
        let scores: Vec<f64> = (0..n).map(score).collect();
        let binary = crate::metrics::auroc(&y, &scores, None).unwrap();
        let expected = binary.interval(crate::metrics::AurocMethod::Logit, 0.95);
        assert_eq!(own.interval(0.95), expected);
        assert_eq!(expected.unwrap().1, "newcombe_5");
        assert!((of.estimate - binary.estimate).abs() < 1e-12);
    }
}
