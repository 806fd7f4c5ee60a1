//! Models on volumes, whole and window by window, against MONAI's inferer with ONNX Runtime
//! (`fixtures/make_volumes.py`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use equipoise::engine::{Places, find};
use support::{code, equipoise, project, shared, stderr, stdout};

/// Logits of the reference and ours differ by less: the volumes go through 32-bit steps of two
/// libraries, and two engines.
const TOLERANCE: f64 = 2e-5;

/// One way of running one network.
struct Way {
    model: &'static str,
    how: &'static str,
    pool: &'static str,
    layout: &'static str,
    /// `sliding_window`, or nothing.
    window: &'static str,
}

const fn way(
    model: &'static str,
    how: &'static str,
    pool: &'static str,
    layout: &'static str,
    window: &'static str,
) -> Way {
    Way {
        model,
        how,
        pool,
        layout,
        window,
    }
}

const CONSTANT: &str = "{roi: [5, 9, 8], overlap: 0.25, blend: constant}";
const GAUSSIAN: &str = "{roi: [5, 9, 8], overlap: 0.25, blend: gaussian}";
const HALF: &str = "{roi: [5, 9, 8], overlap: 0.5, blend: constant}";
const PLANES: &str = "{roi: [6, 8, 10], overlap: 0.5, blend: gaussian}";

const WAYS: [Way; 11] = [
    way("map", "whole", "max", "NCWHD", ""),
    way("map", "whole", "mean", "NCWHD", ""),
    way("logit", "whole", "", "NCWHD", ""),
    way("map", "constant", "max", "NCWHD", CONSTANT),
    way("map", "constant", "mean", "NCWHD", CONSTANT),
    way("map", "gaussian", "max", "NCWHD", GAUSSIAN),
    way("map", "gaussian", "mean", "NCWHD", GAUSSIAN),
    way("logit", "windows", "max", "NCWHD", HALF),
    way("logit", "windows", "mean", "NCWHD", HALF),
    way("planes", "gaussian", "max", "NDHWC", PLANES),
    way("planes", "gaussian", "mean", "NDHWC", PLANES),
];

fn audit(way: &Way, engine: &str, folder: &Path) -> String {
    let model = project().join("fixtures/volumes").join(way.model);
    let window = match way.window {
        "" => String::new(),
        window => format!("  sliding_window: {window}\n"),
    };
    let pool = match way.pool {
        "" => String::new(),
        pool => format!(", pool: {pool}"),
    };
    format!(
        "audit: volumes
model:
  file: {}.onnx
  engine: {engine}
  batch: 3
  inputs: {{image: {{layout: {}}}}}
{window}cohort: {{manifest: cohort.csv, root: {}, columns: {{image: file, patient: none}}}}
input: {{kind: volume, channels: gray}}
preprocess:
  - orient: RAS
  - spacing: {{x: 2, y: 2, z: 2.5, engine: monai, filter: linear}}
  - standardize
output: {{head: binary, activation: none, score_kind: logit{pool}}}
endpoints:
  finding: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
",
        model.display(),
        way.layout,
        folder.display()
    )
}

/// Logits of the reference, by network, way, pool and file.
fn reference() -> BTreeMap<[String; 4], f64> {
    let text = std::fs::read_to_string(project().join("fixtures/volumes/scores.csv")).unwrap();
    text.lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let key = [fields[1], fields[2], fields[3], fields[0]].map(str::to_owned);
            (key, fields[4].parse().unwrap())
        })
        .collect()
}

#[test]
fn scores_are_those_of_monai_with_onnx_runtime() {
    let Some(nifti) = shared("data/formats/nifti") else {
        return;
    };
    let nifti = nifti.canonicalize().unwrap();
    let reference = reference();
    let has_runtime = find(&Places::of_this_computer(None)).is_ok();
    let (mut compared, mut largest) = (0, 0.0_f64);
    for way in &WAYS {
        for engine in ["onnxruntime", "embedded"] {
            // rten 0.27 has no convolution over three axes.
            let lacks = engine == "embedded" && way.model != "planes";
            if lacks || (engine == "onnxruntime" && !has_runtime) {
                if !lacks {
                    eprintln!("skipped: no ONNX Runtime for {} {}", way.model, way.how);
                }
                continue;
            }
            let expected: BTreeMap<&str, f64> = reference
                .iter()
                .filter(|(key, _)| key[0] == way.model && key[1] == way.how && key[2] == way.pool)
                .map(|(key, logit)| (key[3].as_str(), *logit))
                .collect();
            assert_eq!(expected.len(), 7);
            let folder = tempfile::tempdir().unwrap();
            let mut table = "file,truth\n".to_owned();
            expected
                .keys()
                .for_each(|file| table.push_str(&format!("{file},1\n")));
            std::fs::write(folder.path().join("cohort.csv"), table).unwrap();
            let file = folder.path().join("audit.yaml");
            std::fs::write(&file, audit(way, engine, &nifti)).unwrap();
            let out = folder.path().join("out");
            let output = equipoise()
                .args([
                    "predict",
                    &file.display().to_string(),
                    "--out",
                    &out.display().to_string(),
                ])
                .output()
                .unwrap();
            assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
            let scores = out.join("volumes/predictions.parquet");
            let table = equipoise::tables::read(&scores, &["file", "score"]).unwrap();
            let (files, numbers) = (
                table.column("file").unwrap(),
                table.numbers("score").unwrap(),
            );
            for (row, number) in numbers.iter().enumerate() {
                let file = files.get(row).unwrap();
                let difference = (number.unwrap() - expected[file]).abs();
                let what = format!("{engine} {} {} {} {file}", way.model, way.how, way.pool);
                assert!(
                    difference < TOLERANCE,
                    "{what}: {number:?}, expected {}",
                    expected[file]
                );
                largest = largest.max(difference);
                compared += 1;
            }
        }
    }
    eprintln!("volumes: {compared} scores agreed, largest difference {largest:.1e}");
    assert!(compared >= 14);
}

/// What `check` says of an audit of one volume.
fn refused(audit: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("cohort.csv"),
        "file,truth\na.nii,1\nb.nii,0\n",
    )
    .unwrap();
    let file = folder.path().join("audit.yaml");
    std::fs::write(&file, audit).unwrap();
    let output = equipoise()
        .args(["check", &file.display().to_string()])
        .output()
        .unwrap();
    assert_eq!(code(&output), 2, "{}", stdout(&output));
    stderr(&output)
}

#[test]
fn the_way_to_the_score_is_told() {
    let Some(nifti) = shared("data/formats/nifti") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let table = "file,truth\nmade/orient_LPS.nii.gz,1\nmade/orient_SAR.nii.gz,0\n";
    std::fs::write(folder.path().join("cohort.csv"), table).unwrap();
    let file = folder.path().join("audit.yaml");
    let text = audit(&WAYS[9], "embedded", &nifti.canonicalize().unwrap());
    std::fs::write(&file, text).unwrap();
    let checked = equipoise()
        .args(["check", &file.display().to_string()])
        .output()
        .unwrap();
    let said = stdout(&checked);
    for line in [
        "turn axes until they run RAS",
        "voxels of 2 x 2 x 2.5 mm, as MONAI's Spacing, linear",
        "6 x 8 x 10 voxels (frames x rows x columns), overlap 0.5, Gaussian weights",
        "largest of the model's numbers, before the activation",
    ] {
        assert!(said.contains(line), "{line}\n{said}{}", stderr(&checked));
    }
    // The tensor that the model would be cut its windows from: frames, rows, columns, channel.
    let volume = nifti.join("made/orient_SAR.nii.gz").display().to_string();
    let audit = file.display().to_string();
    let output = equipoise()
        .args(["inspect", &volume, "--audit", &audit, "--format", "json"])
        .output()
        .unwrap();
    let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["orientation"], "SAR");
    assert_eq!(
        object["tensor"]["shape"],
        serde_json::json!([1, 8, 16, 11, 1])
    );
}

#[test]
fn contradictions_are_told_before_anything_runs() {
    let whole = audit(&WAYS[9], "embedded", Path::new("."));
    let change = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        refused(&whole.replace(from, to))
    };
    let no_layout = change("  inputs: {image: {layout: NDHWC}}\n", "");
    assert!(no_layout.contains("never guessed"), "{no_layout}");
    let planes = change("layout: NDHWC", "layout: NHWC");
    assert!(planes.contains("has 5 axes"), "{planes}");
    let roi = change("[6, 8, 10]", "[6, 10, 8]");
    assert!(roi.contains("[1, 6, 8, 10, 1]"), "{roi}");
    let pool = change(", pool: max", "");
    assert!(pool.contains("pool: max"), "{pool}");
    let overlap = change("overlap: 0.5", "overlap: 1");
    assert!(overlap.contains("below 1"), "{overlap}");
    let code = change("orient: RAS", "orient: RAR");
    assert!(code.contains("capital letter"), "{code}");
}
