//! `survival`.

use super::*;

fn of(more: &[(&'static str, Given)]) -> Declared {
    let own = [
        ("score", texts(&["risk"])),
        ("horizon", numbers(&[3.0])),
        ("truth.time", texts(&["years"])),
        ("truth.event", texts(&["event"])),
    ];
    declared(&[&own, more].concat())
}

fn sheet() -> Sheet {
    Sheet {
        n: 6,
        columns: vec![
            (
                "truth.time",
                vec![Some("1"), Some("2"), Some("4"), Some("5"), None, Some("2")],
            ),
            (
                "truth.event",
                vec![Some("1"), Some("1"), Some("1"), Some("0"), Some("1"), None],
            ),
        ],
        scores: vec![("score", vec![0.9, 0.4, 0.6, 0.1, 0.5, 0.5])],
        ..Sheet::default()
    }
}

#[test]
fn four_samples_by_hand() {
    let set = Set::new("survival", of(&[]), &sheet());
    // Time and event must both be known.
    assert_eq!(set.known(), [0, 1, 2, 3]);
    set.check(&[
        ("e", "harrell_c", 5.0 / 6.0),
        ("e", "uno_c", 4.0 / 5.0),
        ("e", "auroc_at_horizon", 3.0 / 4.0),
        ("e", "brier_at_horizon", 0.74 / 4.0),
        ("e", "scaled_brier_at_horizon", 1.0 - 0.74),
        ("e", "observed_risk", 0.5),
        ("e", "oe_at_horizon", 1.0),
        ("e", "observed_minus_expected", 0.0),
        ("e", "censored_before_horizon", 0.0),
    ]);
    assert_eq!(set.names().len(), 9);
    assert_eq!(
        set.rows.classes(),
        [
            // Events up to the horizon and later, then ends of follow-up before it and later.
            vec![true, true, false, false, false, false],
            vec![false, false, true, false, false, false],
            vec![false; 6],
            vec![false, false, false, true, false, false]
        ]
    );
}

#[test]
fn who_is_followed_less_long_is_counted() {
    let mut sheet = sheet();
    sheet.columns[0].1[3] = Some("2.5");
    let set = Set::new("survival", of(&[]), &sheet);
    set.check(&[("e", "censored_before_horizon", 0.25)]);
}

#[test]
fn a_score_only_ranks() {
    let set = Set::new(
        "survival",
        of(&[("score_kind", texts(&["score"]))]),
        &sheet(),
    );
    let names = set.names();
    assert_eq!(
        names,
        [
            "harrell_c e",
            "uno_c e",
            "auroc_at_horizon e",
            "observed_risk e",
            "censored_before_horizon e"
        ]
    );
    assert!(set.figure(&set.known()).is_none());
}

#[test]
fn times_and_events_that_are_none() {
    let mut sheet = sheet();
    sheet.columns[0].1[0] = Some("-1");
    sheet.columns[0].1[1] = Some("soon");
    sheet.columns[1].1[2] = Some("yes");
    let mut found = bad("survival", &of(&[]), &sheet);
    found.sort();
    let places: Vec<(usize, &str)> = found.iter().map(|cell| (cell.0, cell.1)).collect();
    assert_eq!(
        places,
        [(0, "truth.time"), (1, "truth.time"), (2, "truth.event")]
    );
    assert!(found[0].2.contains("at least 0") && found[2].2.contains("0, 1"));
}

#[test]
fn the_figure_shows_fifths_of_a_hundred_samples_or_more() {
    let sheet = |n: usize| Sheet {
        n,
        columns: vec![
            (
                "truth.time",
                (0..n)
                    .map(|place| Some(if place.is_multiple_of(3) { "1" } else { "5" }))
                    .collect(),
            ),
            ("truth.event", vec![Some("1"); n]),
        ],
        scores: vec![(
            "score",
            (0..n).map(|place| place as f64 / n as f64).collect(),
        )],
        ..Sheet::default()
    };
    let set = Set::new("survival", of(&[]), &sheet(99));
    assert!(set.figure(&set.known()).is_none());
    let set = Set::new("survival", of(&[]), &sheet(120));
    let figure = set.figure(&set.known()).unwrap();
    assert_eq!(figure.lines[0].points.len(), 5);
    assert_eq!(figure.lines[0].n.iter().sum::<u64>(), 120);
}

/// Pairs of events are compared: nobody needs to be without one.
#[test]
fn harrells_c_needs_events_alone() {
    let mut sheet = sheet();
    for cell in &mut sheet.columns[1].1 {
        *cell = Some("1");
    }
    let set = Set::new("survival", of(&[]), &sheet);
    let needed = set.rows.needed(0, &set.known());
    assert_eq!(needed.len(), 1);
    assert!(needed[0].iter().all(|event| *event));
}
