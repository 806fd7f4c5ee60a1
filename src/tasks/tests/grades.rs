//! `ordinal`.

use super::*;

fn of(more: &[(&'static str, Given)]) -> Declared {
    let own = [
        ("levels", texts(&["none", "mild", "severe"])),
        ("truth.column", texts(&["grade"])),
    ];
    declared(&[&own, more].concat())
}

fn sheet() -> Sheet {
    Sheet {
        n: 5,
        columns: vec![(
            "truth.column",
            vec![
                Some("none"),
                Some("mild"),
                Some("severe"),
                Some("mild"),
                None,
            ],
        )],
        scores: vec![("score", vec![0.2, 1.6, 1.4, 0.5, 0.0])],
        ..Sheet::default()
    }
}

fn one() -> (&'static str, Given) {
    ("score", texts(&["severity"]))
}

#[test]
fn four_grades_by_hand() {
    let set = Set::new("ordinal", of(&[one()]), &sheet());
    set.check(&[
        ("e", "kappa_quadratic", 0.5),
        ("e", "kappa_linear", 1.0 / 3.0),
        ("e", "accuracy", 0.5),
        ("e", "adjacent_agreement", 1.0),
        ("e", "mae", 0.5),
        ("e:mild-or-above", "sensitivity", 1.0),
        ("e:mild-or-above", "specificity", 1.0),
        ("e:severe-or-above", "sensitivity", 0.0),
        ("e:severe-or-above", "specificity", 2.0 / 3.0),
    ]);
    assert_eq!(set.names().len(), 9);
    assert_eq!(set.rows.classes()[1], [false, true, false, true, false]);
    let matrix = set.figure(&set.known()).unwrap().matrix.unwrap();
    assert_eq!(matrix.counts, [vec![1, 0, 0], vec![0, 1, 1], vec![0, 1, 0]]);
    assert!(set.figure(&[]).is_none());
}

#[test]
fn a_grade_begins_at_its_cut() {
    let with = [one(), ("cuts", numbers(&[0.2, 1.6]))];
    let set = Set::new("ordinal", of(&with), &sheet());
    // Grades mild, severe, mild, mild.
    set.check(&[("e", "accuracy", 0.25), ("e", "mae", 0.75)]);
}

#[test]
fn the_first_of_equal_scores_decides() {
    let mut sheet = sheet();
    sheet.scores = vec![
        ("scores", vec![0.4, 0.1, 0.1, 0.2, 0.0]),
        ("scores", vec![0.4, 0.8, 0.2, 0.4, 0.0]),
        ("scores", vec![0.2, 0.1, 0.7, 0.4, 0.0]),
    ];
    let with = [("scores", texts(&["p0", "p1", "p2"]))];
    let set = Set::new("ordinal", of(&with), &sheet);
    set.check(&[("e", "accuracy", 1.0), ("e", "kappa_quadratic", 1.0)]);
}

#[test]
fn what_does_not_fit() {
    let levels = ("levels", texts(&["none", "mild", "severe"]));
    let three = ("scores", texts(&["p0", "p1", "p2"]));
    for (keys, key, what) in [
        (vec![], "levels", "neither `score` nor `scores`"),
        (vec![one(), three.clone()], "scores", "both given"),
        (
            vec![("scores", texts(&["p0"]))],
            "scores",
            "1 scores for 3 grades",
        ),
        (
            vec![one(), ("cuts", numbers(&[0.5]))],
            "cuts",
            "1 cuts for 3 grades, expected 2",
        ),
        (
            vec![three, ("cuts", numbers(&[0.5, 1.5]))],
            "cuts",
            "beside one `score`",
        ),
    ] {
        let keys = [vec![levels.clone()], keys].concat();
        let found = misfit("ordinal", &keys);
        assert!(found.0 == key && found.1.contains(what), "{found:?}");
    }
}

#[test]
fn a_grade_that_is_not_declared_is_no_truth() {
    let mut sheet = sheet();
    sheet.columns[0].1[3] = Some("2");
    let found = bad("ordinal", &of(&[one()]), &sheet);
    assert_eq!((found[0].0, found[0].1), (3, "truth.column"));
}
