//! `regression`.

use super::*;

fn of(more: &[(&'static str, Given)]) -> Declared {
    let own = [
        ("score", texts(&["months"])),
        ("truth.column", texts(&["bone_age"])),
    ];
    declared(&[&own, more].concat())
}

fn sheet() -> Sheet {
    Sheet {
        n: 4,
        columns: vec![(
            "truth.column",
            vec![Some("10"), Some(" 20.0 "), Some("30"), None],
        )],
        scores: vec![
            ("score", vec![12.0, 19.0, 33.0, 0.0]),
            ("interval", vec![9.0, 20.0, 31.0, 0.0]),
            ("interval", vec![13.0, 22.0, 35.0, 0.0]),
        ],
        ..Sheet::default()
    }
}

#[test]
fn three_errors_by_hand() {
    let with = [
        ("tolerance", numbers(&[2.0])),
        ("interval", texts(&["low", "high"])),
    ];
    let set = Set::new("regression", of(&with), &sheet());
    // Errors 2, -1, 3; the predictions' mean is 64 / 3.
    let slope = 210.0 / (686.0 / 3.0);
    let sd = (26.0_f64 / 6.0).sqrt();
    let z = crate::statistics::normal_quantile(0.975);
    set.check(&[
        ("e", "bias", 4.0 / 3.0),
        ("e", "mae", 2.0),
        ("e", "rmse", (14.0_f64 / 3.0).sqrt()),
        ("e", "r_squared", 1.0 - 14.0 / 200.0),
        ("e", "recalibration_slope", slope),
        ("e", "recalibration_intercept", 20.0 - slope * 64.0 / 3.0),
        ("e", "agreement_lower", 4.0 / 3.0 - z * sd),
        ("e", "agreement_upper", 4.0 / 3.0 + z * sd),
        ("e", "within_tolerance", 2.0 / 3.0),
        ("e", "interval_coverage", 2.0 / 3.0),
        ("e", "interval_width", 10.0 / 3.0),
    ]);
    assert_eq!(set.names().len(), 11);
    assert!(set.rows.classes().is_empty());
}

#[test]
fn without_tolerance_and_interval_there_is_less_to_say() {
    let set = Set::new("regression", of(&[]), &sheet());
    assert_eq!(set.names().len(), 8);
}

#[test]
fn an_absolute_error_is_at_least_zero_and_an_error_is_not() {
    let set = Set::new("regression", of(&[]), &sheet());
    let range = |metric: &str| match set.of("e", metric, &set.known()) {
        Ok(Value::Scaled { range, .. }) => range,
        other => panic!("{other:?}"),
    };
    assert_eq!(range("mae"), (0.0, f64::INFINITY));
    assert_eq!(range("bias"), (f64::NEG_INFINITY, f64::INFINITY));
    assert_eq!(range("r_squared"), (f64::NEG_INFINITY, 1.0));
}

#[test]
fn what_is_no_number_is_no_truth() {
    let mut sheet = sheet();
    sheet.columns[0].1 = vec![Some("ten"), Some("inf"), Some("30"), None];
    let found = bad("regression", &of(&[]), &sheet);
    let rows: Vec<usize> = found.iter().map(|cell| cell.0).collect();
    assert_eq!(rows, [0, 1]);
    assert!(found[0].2.contains("\"ten\", expected a number"));
}

#[test]
fn agreement_is_drawn_in_parts_of_twenty_samples_or_more() {
    let cell = |place: usize| if place.is_multiple_of(2) { "10" } else { "20" };
    let sheet = |n: usize| Sheet {
        n,
        columns: vec![(
            "truth.column",
            (0..n).map(|place| Some(cell(place))).collect(),
        )],
        scores: vec![("score", (0..n).map(|place| place as f64).collect())],
        ..Sheet::default()
    };
    let set = Set::new("regression", of(&[]), &sheet(39));
    assert!(set.figure(&set.known()).is_none());
    let set = Set::new("regression", of(&[]), &sheet(52));
    let figure = set.figure(&set.known()).unwrap();
    let line = &figure.lines[0];
    assert_eq!((line.points.len(), line.n.iter().sum::<u64>()), (2, 52));
    assert!(line.points.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    let around = |(lower, upper): (f64, f64), at: f64| lower < at && at < upper;
    for (limits, (_, error)) in line.band.iter().zip(&line.points) {
        assert!(around(limits.unwrap(), *error));
    }
    // The middle eight of ten errors of a part hold its mean, and the levels are the group's metrics.
    for (place, (x, mean)) in line.points.iter().enumerate() {
        let [low, high] = [1, 2].map(|own| figure.lines[own].points[place]);
        assert!(low.0 == *x && low.1 < *mean && *mean < high.1);
    }
    for (level, metric) in figure
        .levels
        .iter()
        .zip(["bias", "agreement_lower", "agreement_upper"])
    {
        let own = estimate(&set.of("e", metric, &set.known()).unwrap());
        assert!(
            level.value == own && around(level.limits.unwrap(), own),
            "{level:?}"
        );
    }
    assert_eq!(figure.levels.len(), 3);
}

/// Of the three errors 2, -1 and 3 by SciPy 1.17: chi-squared limits of their variance on two degrees
/// of freedom, joined with those of the bias as Zou 2013 has it.
#[test]
fn agreement_limits_are_those_of_mover() {
    let set = Set::new("regression", of(&[]), &sheet());
    let known = set.known();
    for (metric, expected) in [
        ("agreement_lower", [-24.436_614_343_7, 0.314_972_274_4]),
        ("agreement_upper", [2.351_694_392_2, 27.103_281_010_4]),
    ] {
        let Ok(Value::Scaled {
            limits: Some(own), ..
        }) = set.of("e", metric, &known)
        else {
            panic!("{metric} has no limits of its own");
        };
        let (found, method) = own.interval(0.95).unwrap();
        assert_eq!(method, "agreement_mover");
        assert!(
            (found.lower - expected[0]).abs() < 1e-6,
            "{metric} {found:?}"
        );
        assert!(
            (found.upper - expected[1]).abs() < 1e-6,
            "{metric} {found:?}"
        );
    }
}

#[test]
fn an_interval_with_its_ends_the_wrong_way_round_is_not_measured() {
    let turned = [("interval", texts(&["high", "low"]))];
    let mut sheet = sheet();
    sheet.scores.swap(1, 2);
    let set = Set::new("regression", of(&turned), &sheet);
    for metric in ["interval_coverage", "interval_width"] {
        let why = set.of("e", metric, &set.known()).unwrap_err().to_string();
        assert!(why.contains("of 3 samples the lower end"), "{why}");
    }
}
