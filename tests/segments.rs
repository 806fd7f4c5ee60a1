//! DICOM segmentations as masks: on the slices of their series as highdicom reads them
//! (`fixtures/make_segments.py`), and from the audit file to the case.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::PathBuf;

use equipoise::imaging::dicom::{segment_mask, segment_mask_over};
use serde_json::Value;
use support::{AuditFolder, by_id, code, number, project, results, shared, stderr};

fn folder() -> PathBuf {
    project().join("fixtures/segments")
}

fn expected() -> Value {
    let text = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn places(value: &Value) -> Vec<usize> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn segments_lie_where_highdicom_reads_them() {
    let expected = expected();
    for (name, segments) in expected["voxels"].as_object().unwrap() {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        let over = |segment| segment_mask_over(&bytes, segment, &folder().join("ct")).unwrap();
        let inside = |segment| -> Vec<usize> {
            let all = over(segment).inside.into_iter().enumerate();
            all.filter(|(_, inside)| *inside)
                .map(|(place, _)| place)
                .collect()
        };
        for number in [1, 2] {
            let own = places(&segments[number.to_string()]);
            assert!(!own.is_empty());
            assert_eq!(inside(Some(number)), own, "{name}, segment {number}");
        }
        let mut both = [places(&segments["1"]), places(&segments["2"])].concat();
        both.sort_unstable();
        both.dedup();
        assert_eq!(inside(None), both, "{name}");
        let whole = over(None);
        assert_eq!(serde_json::json!(whole.shape), expected["shape"]);
        assert_eq!(serde_json::json!(whole.spacing), expected["spacing"]);
    }
}

#[test]
fn what_does_not_lie_over_its_image_is_refused() {
    let refused = |name: &str, segment, image: &str| {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        segment_mask_over(&bytes, segment, &folder().join(image))
            .unwrap_err()
            .error
    };
    let shifted = refused("shifted.dcm", None, "ct");
    assert!(
        shifted.contains("frame 1 lies on no slice of the series (the nearest is 1.00 mm away)"),
        "{shifted}"
    );
    let absent = refused("binary.dcm", Some(7), "ct");
    assert!(
        absent.contains("no segment 7, only 1 (organ), 2 (lesion)"),
        "{absent}"
    );
    // One slice of the series: the other frames lie elsewhere.
    let planes = refused("binary.dcm", Some(1), "ct/a.dcm");
    assert!(
        planes.contains("lies on no slice of the series"),
        "{planes}"
    );
    // Over a picture nothing says where four frames lie.
    let planes = refused("binary.dcm", Some(1), "expected.json");
    assert!(planes.contains("a segment has several frames"), "{planes}");
    let none = refused("ct/a.dcm", None, "ct");
    assert!(none.contains("no DICOM segmentation"), "{none}");
}

/// What pydicom 3.0.2 counts in real objects of dcmqi and others.
#[test]
fn real_segmentations_have_the_voxels_that_pydicom_counts() {
    let Some(formats) = shared("data/formats/dicom") else {
        return;
    };
    for (file, segment, expected) in [
        ("pydicom/liver_1frame.dcm", Some(1), 36_233),
        ("pydicom/liver_expb_1frame.dcm", None, 36_233),
    ] {
        let bytes = std::fs::read(formats.join(file)).unwrap();
        let mask = segment_mask(&bytes, segment, None).unwrap();
        let found = mask.inside.iter().filter(|inside| **inside).count();
        assert_eq!((mask.shape, found), ([1, 512, 512], expected), "{file}");
    }
    let several = std::fs::read(formats.join("dcmqi/segmentations_partial_overlaps.dcm")).unwrap();
    let why = segment_mask(&several, None, None).unwrap_err().to_string();
    assert!(why.contains("a segment has several frames"), "{why}");
}

#[test]
fn an_organ_of_a_series_is_measured_against_its_segment() {
    let expected = expected();
    let segments = &expected["voxels"]["binary.dcm"];
    let (organ, lesion) = (places(&segments["1"]).len(), places(&segments["2"]).len());
    let at = folder().display().to_string();
    let audit = format!(
        "audit: segments
model: {{file: '{at}/above.onnx', engine: embedded, inputs: {{image: {{layout: NCDHW}}}}}}
cohort:
  manifest: cohort.csv
  root: '{at}'
  columns: {{image: series, sample: id, patient: id}}
input: {{kind: dicom_series, channels: gray}}
preprocess:
  - rescale
output: {{head: segmentation, activation: sigmoid, labels: [organ], resample: refuse}}
endpoints:
  organ: {{task: segmentation, outline: organ, truth: {{mask: mask, value: 1}}, tolerance: 1}}
statistics: {{replicates: 50}}
"
    );
    let audit = AuditFolder::new(&audit);
    audit.write(
        "cohort.csv",
        "id,series,mask\na,ct,binary.dcm\nb,ct,labelmap.dcm\nc,ct,shifted.dcm\n",
    );
    let output = audit.call("run");
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    let table = equipoise::tables::read(
        &audit.path("out/segments/predictions.parquet"),
        &[
            "id",
            "status",
            "organ.voxels_truth",
            "organ.voxels_both",
            "organ.voxels_predicted",
        ],
    )
    .unwrap();
    let column = |name: &str| table.numbers(name).unwrap();
    for row in [0, 1] {
        let own =
            ["truth", "both", "predicted"].map(|name| column(&format!("organ.voxels_{name}"))[row]);
        // The map is the organ with the lesion in it.
        let whole = (organ + lesion) as f64;
        assert_eq!(own, [organ as f64, organ as f64, whole].map(Some), "{row}");
    }
    let first = results(&audit.path("out/segments"));
    // Stored predictions evaluated again still say why a case has no numbers.
    let table = audit.path("out/segments/predictions.parquet");
    std::fs::copy(&table, audit.path("stored.parquet")).unwrap();
    let again = audit.evaluate_table("stored.parquet", &[]);
    assert_eq!(code(&again), 5, "{}", stderr(&again));
    let results = results(&audit.path("out/segments"));
    let flow = |results: &Value| results["cohort"]["flow"].to_string();
    assert!(flow(&first).contains("mask-unreadable"), "{}", flow(&first));
    assert_eq!(flow(&first), flow(&results));
    let dice = by_id(&results, "estimates", "dice.overall.all");
    let value = 2.0 * organ as f64 / (2 * organ + lesion) as f64;
    assert!((number(dice, "estimate") - value).abs() < 1e-12);
}
