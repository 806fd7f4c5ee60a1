//! `segmentation`.

use super::*;

fn of(more: &[(&'static str, Given)]) -> Declared {
    let own = [
        ("outline", texts(&["lesion"])),
        ("truth.mask", texts(&["mask_path"])),
    ];
    declared(&[&own, more].concat())
}

/// A case found in part, one missed, one of two empty masks, and one without a mask.
fn sheet() -> Sheet {
    let cases = [
        [
            4.0, 6.0, 3.0, 4.0, 6.0, 0.8, 2.0, 1.5, 1.0, 2.0, 1.0, 3.0, 1.0,
        ],
        [
            5.0, 0.0, 0.0, 5.0, 0.0, -1.0, -1.0, -1.0, -1.0, 1.0, 0.0, 0.0, 0.0,
        ],
        [
            0.0, 0.0, 0.0, 0.0, 0.0, -1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 0.0, 0.0,
        ],
        [-1.0; CASE.len()],
    ];
    Sheet {
        n: 4,
        columns: vec![(
            "truth.mask",
            vec![Some("a.png"), Some("b.png"), Some("c.png"), None],
        )],
        scores: (0..CASE.len())
            .map(|place| ("outline", cases.map(|case| case[place]).to_vec()))
            .collect(),
        ..Sheet::default()
    }
}

#[test]
fn three_cases_by_hand() {
    let set = Set::new("segmentation", of(&[]), &sheet());
    assert_eq!(set.known(), [0, 1, 2]);
    set.check(&[
        ("e", "dice", (0.6 + 0.0) / 2.0),
        ("e", "iou", (3.0 / 7.0 + 0.0) / 2.0),
        ("e", "surface_dice", 0.8),
        ("e", "hd95", 2.0),
        ("e", "hd95_pooled", 1.5),
        ("e", "assd", 1.0),
        ("e", "volume_bias", (2.0 - 5.0 + 0.0) / 3.0),
        ("e", "voxel_sensitivity", (0.75 + 0.0) / 2.0),
        ("e", "voxel_precision", 0.5),
        ("e", "lesion_sensitivity", 1.0 / 3.0),
        ("e", "lesion_precision", 1.0 / 3.0),
        ("e", "missed_entirely", 0.5),
    ]);
    assert_eq!(set.names().len(), 12);
    // With an outline that is drawn, and without one.
    assert_eq!(
        set.rows.classes(),
        [
            vec![true, true, false, false],
            vec![false, false, true, false]
        ]
    );
}

#[test]
fn two_empty_masks_are_left_out_or_perfect() {
    let with = [("both_empty", texts(&["perfect"]))];
    let set = Set::new("segmentation", of(&with), &sheet());
    set.check(&[
        ("e", "dice", (0.6 + 0.0 + 1.0) / 3.0),
        ("e", "iou", (3.0 / 7.0 + 0.0 + 1.0) / 3.0),
        ("e", "hd95", 2.0),
    ]);
    let alone = Set::new("segmentation", of(&[]), &sheet());
    assert!(alone.of("e", "dice", &[2]).is_err());
    assert!(alone.of("e", "hd95", &[1, 2]).is_err());
}

#[test]
fn an_outline_that_is_missed_altogether_counts_where_it_is_declared() {
    let with = [("one_empty", numbers(&[50.0]))];
    let set = Set::new("segmentation", of(&with), &sheet());
    set.check(&[
        ("e", "surface_dice", (0.8 + 0.0) / 2.0),
        ("e", "hd95", (2.0 + 50.0) / 2.0),
        ("e", "hd95_pooled", (1.5 + 50.0) / 2.0),
        ("e", "assd", (1.0 + 50.0) / 2.0),
        ("e", "dice", (0.6 + 0.0) / 2.0),
    ]);
    // Of two empty masks there is no distance all the same.
    assert!(set.of("e", "hd95", &[2]).is_err());
}

#[test]
fn what_a_case_gives_has_names_of_its_own() {
    let named = task("segmentation").unwrap().scores.unwrap();
    let names: Vec<String> = named(&of(&[])).into_iter().map(|own| own.1).collect();
    assert_eq!(names.len(), CASE.len());
    assert_eq!(names[0], "lesion.voxels_truth");
    let (key, why) = misfit("segmentation", &[("outline", texts(&["left.lung"]))]);
    assert!(key == "outline" && why.contains("has a dot"), "{why}");
}

#[test]
fn the_figure_shows_how_many_cases_reach_a_dice() {
    let one = sheet();
    let sheet = |n: usize| Sheet {
        n,
        columns: vec![("truth.mask", vec![Some("a.png"); n])],
        scores: one
            .scores
            .iter()
            .map(|(key, values)| (*key, (0..n).map(|case| values[case % 2]).collect()))
            .collect(),
        ..Sheet::default()
    };
    let set = Set::new("segmentation", of(&[]), &sheet(19));
    assert!(set.figure(&set.known()).is_none());
    let set = Set::new("segmentation", of(&[]), &sheet(20));
    let points = set.figure(&set.known()).unwrap().lines.remove(0).points;
    // Half of the cases have 0.6, the others 0.
    assert_eq!(points[0], (0.0, 1.0));
    assert_eq!(points[12], (0.6, 0.5));
    assert_eq!(points[13], (0.65, 0.0));
    assert_eq!(points[20], (1.0, 0.0));
}
