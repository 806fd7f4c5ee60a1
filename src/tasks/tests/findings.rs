//! `multilabel` and `no_finding`.

use super::*;

/// Two endpoints; of the third sample one is not known, of the fifth neither.
fn sheet() -> Sheet {
    let endpoint = |name: &str, truth: [i8; 5], flagged: [u8; 5], rank: [f64; 5]| BinaryInput {
        name: name.to_owned(),
        y_true: truth.map(|own| (own >= 0).then_some(own == 1)).to_vec(),
        flagged: flagged.map(|own| own == 1).to_vec(),
        rank: rank.to_vec(),
    };
    Sheet {
        n: 5,
        binary: vec![
            endpoint(
                "a",
                [1, 1, 0, 0, -1],
                [1, 0, 0, 1, 1],
                [0.9, 0.4, 0.2, 0.6, 0.5],
            ),
            endpoint(
                "b",
                [1, 0, -1, 0, -1],
                [1, 0, 1, 0, 1],
                [0.8, 0.1, 0.9, 0.3, 0.5],
            ),
        ],
        ..Sheet::default()
    }
}

fn of() -> Declared {
    declared(&[("of", texts(&["a", "b"]))])
}

#[test]
fn findings_together_by_hand() {
    let set = Set::new("multilabel", of(), &sheet());
    assert_eq!(set.known(), [0, 1, 2, 3]);
    set.check(&[
        ("e", "macro_sensitivity", (0.5 + 1.0) / 2.0),
        ("e", "macro_specificity", (0.5 + 1.0) / 2.0),
        ("e", "macro_auroc_of_endpoints", (0.75 + 1.0) / 2.0),
        ("e", "macro_f1_of_endpoints", (0.5 + 1.0) / 2.0),
        ("e", "micro_sensitivity", 2.0 / 3.0),
        ("e", "micro_specificity", 3.0 / 4.0),
        ("e", "micro_f1", 4.0 / 6.0),
    ]);
    assert_eq!(set.names().len(), 7);
    assert!(set.rows.classes().is_empty() && set.figure(&set.known()).is_none());
    // Without a positive of the second endpoint its mean would be over fewer.
    assert!(set.of("e", "macro_sensitivity", &[1, 2, 3]).is_err());
    assert!(set.of("e", "micro_sensitivity", &[1, 2, 3]).is_ok());
}

#[test]
fn a_scan_is_free_of_findings_where_all_are_known_to_be_absent() {
    let set = Set::new("no_finding", of(), &sheet());
    // Of the third sample one finding is not known, and the other is absent.
    assert_eq!(set.known(), [0, 1, 3]);
    set.check(&[
        ("e", "underdiagnosis_rate", 1.0 / 2.0),
        ("e", "overdiagnosis_rate", 1.0),
    ]);
    assert_eq!(
        shares(set.of("e", "underdiagnosis_rate", &[0, 1, 3])),
        [(0, 1), (1, 1), (0, 0)]
    );
    assert_eq!(
        set.rows.classes(),
        [
            vec![true, true, false, false, false],
            vec![false, false, false, true, false]
        ]
    );
    assert!(set.figure(&[0, 1, 3]).is_none());
}
