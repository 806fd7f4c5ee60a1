//! `detection`.

use super::*;

const BOX: [&str; 4] = ["x0", "y0", "x1", "y1"];

fn of(more: &[(&'static str, Given)]) -> Declared {
    let own = [
        ("boxes", texts(&["lesion"])),
        ("candidates", numbers(&[2.0])),
        ("truth.box", texts(&BOX)),
        ("threshold", numbers(&[0.5])),
        ("false_positives", numbers(&[0.5, 2.0])),
    ];
    declared(&[&own, more].concat())
}

/// Two images with a lesion, found and nearly found, and one without.
fn sheet() -> Sheet {
    let candidates = [
        [[0.9, 0.0, 0.0, 10.0, 10.0], [0.6, 20.0, 20.0, 30.0, 30.0]],
        [
            [0.7, 50.0, 50.0, 60.0, 60.0],
            // Corners turned round.
            [0.4, 10.0, 10.0, 0.0, 0.0],
        ],
        [[0.8, 0.0, 0.0, 5.0, 5.0], [0.1, 7.0, 7.0, 8.0, 8.0]],
    ];
    let score = |place: usize| {
        let of_image = candidates.map(|image| image[place / 5][place % 5]);
        ("boxes", of_image.to_vec())
    };
    let side = |text: &'static str| ("truth.box", vec![Some(text), Some(text), None]);
    Sheet {
        n: 3,
        columns: vec![side("0"), side("0"), side("10"), side("10")],
        scores: (0..10).map(score).collect(),
        ..Sheet::default()
    }
}

#[test]
fn three_images_by_hand() {
    let set = Set::new(
        "detection",
        of(&[("area_bins", numbers(&[50.0]))]),
        &sheet(),
    );
    // By score: found, 3 times not, found, not.
    set.check(&[
        ("e", "lesion_sensitivity", 0.5),
        ("e", "false_positives_per_image", 1.0),
        ("e", "lesion_precision", 0.25),
        ("e", "average_precision", 0.5 + 0.5 * 0.4),
        ("e", "average_precision_coco", (51.0 + 50.0 * 0.4) / 101.0),
        ("e", "froc_score", (0.5 + 1.0) / 2.0),
        ("e:0.5-per-image", "sensitivity_at_false_positives", 0.5),
        ("e:2-per-image", "sensitivity_at_false_positives", 1.0),
        ("e:area-from-50", "lesion_sensitivity", 0.5),
    ]);
    let small = set.of("e:area-0-to-50", "lesion_sensitivity", &[0, 1, 2]);
    assert_eq!(shares(small), [(0, 0); 3]);
    assert_eq!(set.names().len(), 6 + 2 + 2);
    assert_eq!(
        set.rows.classes(),
        [
            vec![false, false, true],
            vec![true, true, false],
            vec![false; 3],
            vec![true, true, false]
        ]
    );
    let figure = set.figure(&set.known()).unwrap();
    assert_eq!(figure.kind, "froc");
    assert_eq!(figure.lines[0].points.last().unwrap().1, 1.0);
    assert!(set.figure(&[2]).is_none());
}

#[test]
fn boxes_of_another_image_size_are_compared_in_that_of_the_model() {
    let mut sheet = sheet();
    for (_, cells) in &mut sheet.columns[2..] {
        *cells = vec![Some("20"), Some("20"), None];
    }
    let sizes = [
        ("size_of_truth", numbers(&[400.0, 200.0])),
        ("size_of_boxes", numbers(&[200.0, 100.0])),
        ("area_bins", numbers(&[101.0])),
    ];
    let set = Set::new("detection", of(&sizes), &sheet);
    set.check(&[
        ("e", "lesion_sensitivity", 0.5),
        ("e:area-0-to-101", "lesion_sensitivity", 0.5),
    ]);
    // Without the sizes the overlap is a quarter.
    let set = Set::new("detection", of(&[]), &sheet);
    set.check(&[("e", "lesion_sensitivity", 0.0)]);
    let with = [("fits_at", numbers(&[0.25]))];
    let set = Set::new("detection", of(&with), &sheet);
    set.check(&[("e", "lesion_sensitivity", 0.5)]);
}

#[test]
fn several_boxes_in_one_cell() {
    let mut declared = of(&[("truth.boxes", texts(&["boxes"]))]);
    declared.values.remove("truth.box");
    let mut sheet = sheet();
    sheet.columns = vec![(
        "truth.boxes",
        vec![Some("0 0 10 10; 20 20 30 30"), Some("None"), None],
    )];
    let set = Set::new("detection", declared.clone(), &sheet);
    assert_eq!(set.known(), [0, 1]);
    set.check(&[
        ("e", "lesion_sensitivity", 1.0),
        ("e", "lesion_precision", 2.0 / 3.0),
    ]);
    for (cell, what) in [
        ("1 2 3", "four numbers a box"),
        ("1 2 3 x", "expected a number"),
        ("5 0 1 9", "ends before it starts"),
    ] {
        sheet.columns[0].1[1] = Some(cell);
        let found = bad("detection", &declared, &sheet);
        assert_eq!((found[0].0, found[0].1), (1, "truth.boxes"));
        assert!(found[0].2.contains(what), "{found:?}");
    }
}

#[test]
fn a_box_of_two_numbers_is_no_truth() {
    let mut sheet = sheet();
    sheet.columns[1].1[0] = None;
    let found = bad("detection", &of(&[]), &sheet);
    assert_eq!((found.len(), found[0].0, found[0].1), (1, 0, "truth.box"));
    assert!(found[0].2.contains("3 of four numbers"), "{found:?}");
}

#[test]
fn scores_are_named_by_candidate() {
    let named = task("detection").unwrap().scores.unwrap();
    let names: Vec<String> = named(&of(&[])).into_iter().map(|own| own.1).collect();
    assert_eq!(names.len(), 10);
    assert_eq!((&*names[0], &*names[9]), ("lesion.0.score", "lesion.1.y1"));
}

#[test]
fn what_does_not_fit() {
    let set = |key: &'static str, value: Given| {
        let mut keys = of(&[]).values;
        keys.insert(key, value);
        keys.into_iter().collect::<Vec<_>>()
    };
    for (keys, key, what) in [
        (
            set("truth.boxes", texts(&["boxes"])),
            "boxes",
            "the truth needs either",
        ),
        (
            set("size_of_truth", numbers(&[2.0, 2.0])),
            "boxes",
            "only of use together",
        ),
        (
            set("candidates", numbers(&[1.5])),
            "candidates",
            "no whole number",
        ),
        (
            set("fits", texts(&["centre_distance"])),
            "fits",
            "needs `fits_at`",
        ),
        (set("fits_at", numbers(&[0.0])), "fits_at", "above 0"),
        (set("fits_at", numbers(&[1.5])), "fits_at", "at most 1"),
        (set("boxes", texts(&["a.b"])), "boxes", "has a dot"),
        (
            [
                set("fits", texts(&["centre_in_box"])),
                vec![("fits_at", numbers(&[0.5]))],
            ]
            .concat(),
            "fits_at",
            "has no limit",
        ),
    ] {
        let found = misfit("detection", &keys);
        assert!(found.0 == key && found.1.contains(what), "{found:?}");
    }
}

#[test]
fn every_rule_of_fitting() {
    // The second image's hit is below the threshold whatever fits.
    for (rule, at, expected) in [
        ("iou", Some(1.0), 0.5),
        ("intersection_over_truth", Some(1.0), 0.5),
        ("centre_in_box", None, 0.5),
        ("centre_distance", Some(1.0), 0.5),
        ("centre_distance", Some(100.0), 1.0),
    ] {
        let mut with = vec![("fits", texts(&[rule]))];
        with.extend(at.map(|at| ("fits_at", numbers(&[at]))));
        let set = Set::new("detection", of(&with), &sheet());
        set.check(&[("e", "lesion_sensitivity", expected)]);
    }
}

#[test]
fn the_curve_has_a_band_where_ten_patients_have_a_lesion() {
    let n = 40_usize;
    let score = |sample: usize, hit: bool| {
        let step = (sample * 17) % n;
        let all = if hit { step + n / 4 } else { step };
        all as f64 / n as f64
    };
    let sheet = |n: usize| {
        let mut scores = Vec::new();
        for hit in [true, false] {
            let at = if hit { [0.0, 10.0] } else { [50.0, 60.0] };
            scores.push(("boxes", (0..n).map(|sample| score(sample, hit)).collect()));
            scores.extend([at[0], at[0], at[1], at[1]].map(|side| ("boxes", vec![side; n])));
        }
        Sheet {
            n,
            columns: vec![("truth.boxes", vec![Some("0 0 10 10"); n])],
            scores,
            ..Sheet::default()
        }
    };
    let declared = declared(&[
        ("boxes", texts(&["b"])),
        ("candidates", numbers(&[2.0])),
        ("truth.boxes", texts(&["boxes"])),
        ("threshold", numbers(&[0.5])),
        ("false_positives", numbers(&[0.5])),
    ]);
    let few = Set::new("detection", declared.clone(), &sheet(9));
    assert_eq!(few.figure(&few.known()).unwrap().lines.len(), 1);
    let set = Set::new("detection", declared, &sheet(n));
    let figure = set.figure(&set.known()).unwrap();
    let band = &figure.lines[1];
    let place = band
        .points
        .iter()
        .position(|(rate, _)| (rate - 0.5).abs() < 1e-12)
        .unwrap();
    let metric = set.of(
        "e:0.5-per-image",
        "sensitivity_at_false_positives",
        &set.known(),
    );
    assert_eq!(band.points[place].1, estimate(&metric.unwrap()));
    let (lower, upper) = band.band[place].unwrap();
    assert!(
        lower < band.points[place].1 && band.points[place].1 < upper,
        "{lower} {upper}"
    );
}

#[test]
fn lesions_are_parted_by_their_place() {
    let sheet = |places: &[Option<&'static str>; 3]| Sheet {
        n: 3,
        columns: vec![
            (
                "truth.boxes",
                vec![
                    Some("0 0 10 10; 50 50 60 60"),
                    Some("0 0 10 10"),
                    Some("none"),
                ],
            ),
            ("truth.places", places.to_vec()),
        ],
        scores: [0.9, 0.0, 0.0, 10.0, 10.0]
            .into_iter()
            .map(|number| ("boxes", vec![number; 3]))
            .collect(),
        ..Sheet::default()
    };
    let keys = |places: &[&str]| {
        declared(&[
            ("boxes", texts(&["b"])),
            ("candidates", numbers(&[1.0])),
            ("truth.boxes", texts(&["boxes"])),
            ("truth.places", texts(&["where"])),
            ("threshold", numbers(&[0.5])),
            ("places", texts(places)),
        ])
    };
    let both = keys(&["left", "right"]);
    let set = Set::new(
        "detection",
        both.clone(),
        &sheet(&[Some("left; right"), Some("right"), None]),
    );
    let of = |place: &str| {
        shares(set.of(
            &format!("e:place-{place}"),
            "lesion_sensitivity",
            &[0, 1, 2],
        ))
    };
    assert_eq!(of("left"), [(1, 1), (0, 0), (0, 0)]);
    assert_eq!(of("right"), [(0, 1), (1, 1), (0, 0)]);
    assert_eq!(
        set.rows.classes()[2..],
        [vec![true, false, false], vec![true, true, false]]
    );
    let found = bad(
        "detection",
        &both,
        &sheet(&[Some("left"), Some("middle"), None]),
    );
    let places: Vec<(usize, &str)> = found.iter().map(|(row, key, _)| (*row, *key)).collect();
    assert_eq!(places, [(0, "truth.places"), (1, "truth.places")]);
    assert!(
        found[0].2.contains("1 place for 2 boxes") && found[1].2.contains("one of left, right")
    );
    let (key, message) = misfit(
        "detection",
        &[
            ("truth.boxes", texts(&["boxes"])),
            ("places", texts(&["left"])),
        ],
    );
    assert!(
        key == "boxes" && message.contains("only of use together"),
        "{message}"
    );
}
