//! `count`.

use super::*;

fn of() -> Declared {
    declared(&[
        ("score", texts(&["lesions"])),
        ("truth.column", texts(&["n"])),
    ])
}

fn sheet(cells: &[Option<&'static str>], scores: &[f64]) -> Sheet {
    Sheet {
        n: cells.len(),
        columns: vec![("truth.column", cells.to_vec())],
        scores: vec![("score", scores.to_vec())],
        ..Sheet::default()
    }
}

#[test]
fn four_exams_by_hand() {
    let cells = [Some("0"), Some("2"), Some("3"), Some("5"), None];
    let set = Set::new("count", of(), &sheet(&cells, &[0.4, 2.5, 3.2, 2.9, 9.0]));
    set.check(&[
        // Rounded: 0, 3, 3, 3.
        ("e", "exact_count", 0.5),
        ("e", "count_within_one", 0.75),
        ("e", "count_bias", -0.25),
        ("e", "mae", (0.4 + 0.5 + 0.2 + 2.1) / 4.0),
        ("e", "count_ratio", 0.9),
    ]);
    assert_eq!(set.names().len(), 5);
    assert_eq!(
        set.rows.classes(),
        [
            [false, true, true, true, false],
            [true, false, false, false, false]
        ]
    );
    // Nothing is counted in the first exam.
    assert!(set.of("e", "count_ratio", &[0]).is_err());
    let below = Set::new("count", of(), &sheet(&[Some("1")], &[-3.0]));
    let why = below.of("e", "count_ratio", &[0]).unwrap_err().to_string();
    assert!(why.contains("less than 0"), "{why}");
    let decide = set.task.decision.unwrap();
    assert_eq!(decide(&set.declared, &[2.5]), 3);
    assert_eq!(decide(&set.declared, &[-0.7]), 0);
}

#[test]
fn a_count_is_a_whole_number_of_at_least_0() {
    for cell in ["1.5", "-1", "many"] {
        let found = bad("count", &of(), &sheet(&[Some(cell)], &[1.0]));
        assert_eq!((found[0].0, found[0].1), (0, "truth.column"));
        assert!(found[0].2.contains(cell), "{found:?}");
    }
}

#[test]
fn counts_that_few_patients_have_are_not_drawn() {
    let cells: Vec<Option<&'static str>> = (0..25)
        .map(|sample| Some(["0", "1", "7"][usize::from(sample >= 12) + usize::from(sample >= 24)]))
        .collect();
    let scores: Vec<f64> = (0..25).map(|sample| f64::from(sample % 2)).collect();
    let set = Set::new("count", of(), &sheet(&cells, &scores));
    let figure = set.figure(&set.known()).unwrap();
    assert_eq!(figure.kind, "predicted-by-count");
    assert_eq!(figure.lines[0].points, [(0.0, 0.5), (1.0, 0.5)]);
    assert_eq!(figure.lines[0].n, [12, 12]);
    assert!(figure.lines[0].band.iter().all(Option::is_some));
    assert_eq!(figure.lines[1].points, [(0.0, 0.0), (1.0, 1.0)]);
    assert!(set.figure(&set.known()[..15]).is_none());
}
