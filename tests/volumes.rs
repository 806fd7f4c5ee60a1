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

/// One way of running a network on DICOM series.
const SERIES_WAYS: [(&str, &str, &str, &str); 9] = [
    ("map", "whole", "max", ""),
    ("map", "whole", "mean", ""),
    ("logit", "whole", "", ""),
    ("map", "constant", "max", "constant"),
    ("map", "constant", "mean", "constant"),
    ("map", "gaussian", "max", "gaussian"),
    ("map", "gaussian", "mean", "gaussian"),
    ("logit", "windows", "max", "constant"),
    ("logit", "windows", "mean", "constant"),
];
/// Both sides read the same slices and use ONNX Runtime.
const SERIES_TOLERANCE: f64 = 1e-5;

fn series_audit((model, _, pool, blend): (&str, &str, &str, &str), root: &Path) -> String {
    let text = std::fs::read_to_string(project().join("audits/volumes.yaml")).unwrap();
    let output = match pool {
        "" => "output: {head: binary, activation: none, score_kind: logit}".to_owned(),
        pool => {
            format!("output: {{head: binary, activation: none, score_kind: logit, pool: {pool}}}")
        }
    };
    let lines = text.lines().filter_map(|line| {
        let key = line.trim_start();
        Some(if key.starts_with("file:") {
            let model = project().join(format!("fixtures/volumes/{model}.onnx"));
            format!("  file: {}", model.display())
        } else if key.starts_with("sliding_window:") {
            match blend {
                "" => return None,
                blend => line.replace("gaussian", blend),
            }
        } else if key.starts_with("manifest:") {
            "  manifest: cohort.csv".to_owned()
        } else if key.starts_with("root:") {
            format!("  root: {}", root.display())
        } else if key.starts_with("columns:") {
            "  columns: {image: folder, patient: none}".to_owned()
        } else if key.starts_with("output:") {
            output.clone()
        } else if key.starts_with("threshold:") {
            line.replace("0.5", "0")
        } else {
            line.to_owned()
        })
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn series_of_dicom_slices_score_as_in_python_whole_and_by_windows() {
    let Some(root) = shared("data/formats/dicom/series") else {
        return;
    };
    if find(&Places::of_this_computer(None)).is_err() {
        eprintln!("skipped: no ONNX Runtime");
        return;
    }
    let root = root.canonicalize().unwrap();
    let path = project().join("fixtures/volumes/series.json");
    let reference: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let scores = reference["scores"].as_array().unwrap();
    let (mut compared, mut largest) = (0, 0.0_f64);
    for way in SERIES_WAYS {
        let (model, how, pool, _) = way;
        let expected: BTreeMap<&str, f64> = scores
            .iter()
            .filter(|one| one["model"] == model && one["how"] == how && one["pool"] == pool)
            .map(|one| {
                (
                    one["series"].as_str().unwrap(),
                    one["logit"].as_f64().unwrap(),
                )
            })
            .collect();
        assert_eq!(expected.len(), 6);
        let folder = tempfile::tempdir().unwrap();
        let mut table = "folder,scanner,finding\n".to_owned();
        for (place, series) in expected.keys().enumerate() {
            table.push_str(&format!("{series},A,{}\n", place % 2));
        }
        std::fs::write(folder.path().join("cohort.csv"), table).unwrap();
        let file = folder.path().join("audit.yaml");
        std::fs::write(&file, series_audit(way, &root)).unwrap();
        let (audit, out) = (file.display().to_string(), folder.path().join("out"));
        let output = equipoise()
            .args(["predict", &audit, "--out", &out.display().to_string()])
            .output()
            .unwrap();
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        let stored = out.join("volumes/predictions.parquet");
        let table = equipoise::tables::read(&stored, &["folder", "score"]).unwrap();
        let files = table.column("folder").unwrap();
        for (row, number) in table.numbers("score").unwrap().iter().enumerate() {
            let series = files.get(row).unwrap();
            let difference = (number.unwrap() - expected[series]).abs();
            assert!(
                difference < SERIES_TOLERANCE,
                "{model} {how} {pool} {series}: {number:?}, expected {}",
                expected[series]
            );
            largest = largest.max(difference);
            compared += 1;
        }
    }
    eprintln!("series: {compared} scores agreed, largest difference {largest:.1e}");
    assert_eq!(compared, 54);
}

#[test]
fn the_audit_of_volumes_to_copy_from_runs() {
    if shared("data/formats/dicom/series").is_none() {
        return;
    }
    if find(&Places::of_this_computer(None)).is_err() {
        eprintln!("skipped: no ONNX Runtime");
        return;
    }
    let audit = project().join("audits/volumes.yaml").display().to_string();
    let checked = equipoise().args(["check", &audit]).output().unwrap();
    let said = stdout(&checked);
    assert_eq!(code(&checked), 0, "{said}{}", stderr(&checked));
    assert!(said.contains("10 x 40 x 48 voxels"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let output = equipoise()
        .args(["run", &audit, "--out", &out])
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let results = support::results(&folder.path().join("volumes"));
    let overall = support::by_id(&results, "estimates", "auroc.overall.all");
    assert!(overall.is_object(), "{overall}");
}

#[test]
fn the_embedded_engine_says_before_it_runs_that_it_lacks_convolutions_over_volumes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("cohort.csv"),
        "file,truth\na.nii,1\nb.nii,0\n",
    )
    .unwrap();
    let file = folder.path().join("audit.yaml");
    for engine in ["embedded", "auto"] {
        std::fs::write(&file, audit(&WAYS[0], engine, Path::new("."))).unwrap();
        for command in ["check", "run"] {
            let output = equipoise()
                .args([command, &file.display().to_string()])
                .current_dir(folder.path())
                // No Python and no cache in which an ONNX Runtime might lie.
                .env_clear()
                .env("HOME", folder.path())
                .env("PATH", folder.path())
                .output()
                .unwrap();
            let said = stderr(&output);
            if engine == "auto" && !said.contains("embedded") {
                eprintln!("skipped: an ONNX Runtime lies in a folder of the system");
                continue;
            }
            assert_eq!(
                code(&output),
                2,
                "{command} {engine}: {}{said}",
                stdout(&output)
            );
            for words in [
                "no Conv over three axes",
                "map.onnx",
                "equipoise runtime install",
            ] {
                assert!(said.contains(words), "{command} {engine}: {said}");
            }
            assert!(!folder.path().join("equipoise-out").exists());
        }
    }
}
