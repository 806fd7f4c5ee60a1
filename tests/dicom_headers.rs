//! Cohorts from DICOM headers: strata, a folder as the manifest, truth joined on a UID, and no
//! direct identifier in anything that is written or said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use equipoise::imaging::dicom::{Column, read_elements};
use support::{by_id, code, equipoise, project, results, shared, stderr, stdout};

/// Files of the collection, under names that say nothing.
const FILES: [(&str, &str); 6] = [
    ("a/1.dcm", "made/cr8_explicit_le.dcm"),
    ("a/2.dcm", "made/mono1_window.dcm"),
    ("b/1.dcm", "made/header_utf8_age_months.dcm"),
    ("b/2.dcm", "made/cts16_rle.dcm"),
    ("b/3.dcm", "made/ctu12_deflated.dcm"),
    ("c.dcm", "torchxrayvision/cxr_Fake_MONOHR1.dcm"),
];

/// A header value; `None` where it is absent, or of a form that is not read.
fn value(file: &Path, name: &str) -> Option<String> {
    let elements = read_elements(&std::fs::read(file).unwrap()).unwrap();
    let found = elements.column(&Column::parse(name).unwrap());
    found.ok().flatten()
}

/// Copies the files, and writes truth by SOPInstanceUID. Gives the identifiers of all files.
fn cohort(folder: &Path, collection: &Path) -> Vec<String> {
    let mut identifiers = Vec::new();
    let mut truth = "uid,finding\n".to_owned();
    for (number, (name, source)) in FILES.iter().enumerate() {
        let file = folder.join("scans").join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::copy(collection.join(source), &file).unwrap();
        let uid = value(&file, "dicom:SOPInstanceUID").unwrap();
        truth.push_str(&format!("{uid},{}\n", number % 2));
        for tag in [
            "dicom:PatientName",
            "dicom:PatientID",
            "dicom:SOPInstanceUID",
            "dicom:StudyInstanceUID",
            "dicom:SeriesInstanceUID",
        ] {
            identifiers.extend(value(&file, tag).filter(|text| text.len() >= 4));
        }
    }
    std::fs::write(folder.join("scans/readme.txt"), "no image").unwrap();
    std::fs::write(folder.join("truth.csv"), truth).unwrap();
    identifiers
}

fn audit(folder: &Path) -> String {
    let text = format!(
        "audit: headers
model: {{file: {}, engine: embedded, inputs: {{image: {{layout: NCHW}}}}}}
cohort:
  manifest: scans
  join: {{table: truth.csv, column: uid, on: \"dicom:SOPInstanceUID\"}}
  columns: {{image: path, patient: \"dicom:PatientID\"}}
  include: [{{column: \"dicom:Rows\", min: 32}}]
input: {{kind: dicom, channels: gray}}
preprocess:
  - rescale
  - window: {{center: 128, width: 256}}
  - crop: {{center: {{width: 32, height: 32}}}}
output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  finding: {{truth: {{column: finding, positive: [1], negative: [0]}}, threshold: {{fixed: 0.1}}}}
strata:
  sex: {{column: \"dicom:PatientSex\"}}
  age: {{column: \"dicom:PatientAge\", bins: [1, 40]}}
statistics: {{replicates: 200}}
",
        project().join("fixtures/dicom/gray.onnx").display()
    );
    let file = folder.join("audit.yaml");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

fn run(folder: &Path, audit: &str) -> std::process::Output {
    let out = folder.join("out").display().to_string();
    equipoise()
        .args(["run", audit, "--out", &out, "-v"])
        .output()
        .unwrap()
}

/// Everything below a folder, files' bytes with their paths.
fn everything(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn a_folder_alone_makes_a_cohort_and_names_nobody() {
    let Some(collection) = shared("data/formats/dicom") else {
        return;
    };
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let identifiers = cohort(folder, &collection);
    assert!(identifiers.iter().any(|text| text.contains("Müller")));
    let output = run(folder, &audit(folder));
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let said = stderr(&output);
    assert!(
        said.contains("1 files below the folder are not DICOM"),
        "{said}"
    );
    // An age without a unit is never taken for years.
    let unread = "row 7: dicom:PatientAge is not read and counts as missing (PatientAge is \"62\"";
    assert!(said.contains(unread), "{said}");
    let results = results(&folder.join("out/headers"));
    let mut expected = std::collections::BTreeMap::<(&str, String), u64>::new();
    for (name, _) in FILES {
        let file = folder.join("scans").join(name);
        let sex = value(&file, "dicom:PatientSex").unwrap_or_else(|| "(missing)".to_owned());
        let age = value(&file, "dicom:PatientAge").map(|age| age.parse::<f64>().unwrap());
        let age = match age {
            None => "(missing)",
            Some(age) if age < 1.0 => "<1",
            Some(age) if age < 40.0 => "[1,40)",
            Some(_) => ">=40",
        };
        *expected.entry(("sex", sex)).or_default() += 1;
        *expected.entry(("age", age.to_owned())).or_default() += 1;
    }
    assert_eq!(expected[&("age", "<1".to_owned())], 1);
    for ((attribute, level), count) in &expected {
        let id = format!("sensitivity.{attribute}.{level}");
        assert_eq!(by_id(&results, "estimates", &id)["n"], *count, "{id}");
    }
    let mut written = Vec::new();
    everything(&folder.join("out"), &mut written);
    written.push(("stdout".to_owned(), output.stdout.clone()));
    written.push(("stderr".to_owned(), output.stderr.clone()));
    let stored = folder.join("out/headers/predictions.parquet");
    for name in equipoise::tables::column_names(&stored).unwrap() {
        let table = equipoise::tables::read(&stored, &[name.as_str()]).unwrap();
        let column = table.column(&name).unwrap();
        let texts: Vec<&str> = (0..column.len())
            .filter_map(|row| column.get(row))
            .collect();
        written.push((format!("column {name}"), texts.join("\n").into_bytes()));
    }
    assert!(written.len() > 6, "{}", written.len());
    for (path, bytes) in &written {
        for identifier in &identifiers {
            let holds = bytes
                .windows(identifier.len())
                .any(|part| part == identifier.as_bytes());
            assert!(!holds, "{path} holds {identifier}");
        }
    }
    eprintln!(
        "{} files and columns searched for {} identifiers",
        written.len(),
        identifiers.len()
    );
}

#[test]
fn identifiers_and_mistakes_are_refused_with_their_reason() {
    let Some(collection) = shared("data/formats/dicom") else {
        return;
    };
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let identifiers = cohort(folder, &collection);
    let file = audit(folder);
    let whole = std::fs::read_to_string(&file).unwrap();
    for (from, to, words) in [
        (
            "dicom:PatientSex",
            "dicom:PatientName",
            "identifies a patient",
        ),
        (
            "dicom:PatientSex",
            "dicom:(0010,0030)",
            "PatientAge is in years",
        ),
        (
            "dicom:Rows",
            "dicom:StudyInstanceUID",
            "identifies one exam",
        ),
        (
            "dicom:PatientSex",
            "dicom:FrameOfReferenceUID",
            "it is a UID",
        ),
        (
            "dicom:Rows",
            "dicom:ReferencedImageSequence.ReferencedSOPInstanceUID",
            "it is a UID",
        ),
        ("dicom:PatientSex", "dicom:ImageComments", "it is free text"),
        (
            "dicom:PatientSex",
            "dicom:(0009,1002)",
            "declare what it may hold",
        ),
        (
            "image: path, patient",
            "image: path, sample: \"dicom:(0009,1002)\", patient",
            "name a column of the manifest",
        ),
        (
            "dicom:PatientSex",
            "dicom:PatientsSex",
            "is PatientSex meant",
        ),
        ("column: finding", "column: absent", "no column \"absent\""),
        ("column: uid", "column: key", "no column \"key\""),
        ("manifest: scans", "manifest: empty", "none of the 1 files"),
    ] {
        std::fs::create_dir_all(folder.join("empty")).unwrap();
        std::fs::write(folder.join("empty/a.txt"), "no image").unwrap();
        assert!(whole.contains(from), "{from}");
        std::fs::write(&file, whole.replace(from, to)).unwrap();
        let output = run(folder, &file);
        let said = stderr(&output);
        assert_eq!(code(&output), 2, "{to}: {}{said}", stdout(&output));
        assert!(said.contains(words), "{to}: {said}");
        for identifier in &identifiers {
            assert!(!said.contains(identifier.as_str()), "{to}: {said}");
        }
    }
}

#[test]
fn private_elements_show_only_what_the_audit_file_declares() {
    let Some(collection) = shared("data/formats/dicom") else {
        return;
    };
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    cohort(folder, &collection);
    let file = folder.join("scans/c.dcm");
    std::fs::copy(collection.join("pydicom/CT_small.dcm"), &file).unwrap();
    assert_eq!(value(&file, "dicom:(0009,1002)").as_deref(), Some("CT01"));
    assert_eq!(value(&file, "dicom:(0019,1002)").as_deref(), Some("912"));
    let audit_file = audit(folder);
    let whole = std::fs::read_to_string(&audit_file).unwrap();
    let with = |strata: &str| {
        let text = whole
            .replace(
                "join: {table: truth.csv, column: uid, on: \"dicom:SOPInstanceUID\"}",
                "",
            )
            .replace(
                "column: finding, positive: [1], negative: [0]",
                "column: \"dicom:Modality\", positive: [CT], negative: [CR, DX, OT]",
            )
            .replace("sex: {column: \"dicom:PatientSex\"}", strata);
        std::fs::write(&audit_file, text).unwrap();
        let _ = std::fs::remove_dir_all(folder.join("out"));
        let output = run(folder, &audit_file);
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        let mut written = Vec::new();
        everything(&folder.join("out"), &mut written);
        let manifest = written
            .iter()
            .find(|(path, _)| path.ends_with("results.json"));
        let text = String::from_utf8(manifest.unwrap().1.clone()).unwrap();
        (text, stderr(&output))
    };
    let (text, said) = with("station: {column: \"dicom:(0009,1002)\", levels: [CT01, CT02]}");
    assert!(text.contains("CT01"));
    assert!(!said.contains("does not declare"), "{said}");
    let (text, said) = with("station: {column: \"dicom:(0009,1002)\", levels: [CT02]}");
    assert!(!text.contains("CT01") && !said.contains("CT01"), "{said}");
    assert!(
        said.contains("row 7: dicom:(0009,1002) holds what the audit file does not declare"),
        "{said}"
    );
    let (text, _) = with("speed: {column: \"dicom:(0019,1002)\", bins: [500, 1000]}");
    assert!(text.contains("[500,1000)") && !text.contains("\"912\""));
    let (_, said) = with("words: {column: \"dicom:(0009,1002)\", bins: [500, 1000]}");
    assert!(
        said.contains("does not declare") && !said.contains("CT01"),
        "{said}"
    );
}

/// Archives name folders after patients. What goes out of the house, and what a log keeps, names the
/// file by its number; only the stored scores have its path.
#[test]
fn folders_named_after_patients_stay_in_the_house() {
    const PERSON: &str = "DOE_JOHN_MRN90000";
    let Some(collection) = shared("data/formats/dicom") else {
        return;
    };
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    cohort(folder, &collection);
    let scans = folder.join("scans");
    for name in ["a", "b"] {
        let person = scans.join(format!("{PERSON}_{name}"));
        std::fs::rename(scans.join(name), person).unwrap();
    }
    let first = scans.join(format!("{PERSON}_a/1.dcm"));
    std::fs::copy(&first, first.with_file_name("1_again.dcm")).unwrap();
    // A step that fits no wide samples is warned of; a file that is cut off fails.
    let file = audit(folder);
    let text = std::fs::read_to_string(&file).unwrap();
    let steps = "  - rescale\n  - window: {center: 128, width: 256}\n";
    assert!(text.contains(steps));
    std::fs::write(&file, text.replace(steps, "  - scale: 1/255\n")).unwrap();
    let cut = scans.join(format!("{PERSON}_b/2.dcm"));
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 400]).unwrap();
    let call = |more: &[&str]| {
        let out = folder.join("out").display().to_string();
        let output = equipoise()
            .args(["run", &file, "--out", &out])
            .args(more)
            .output();
        output.unwrap()
    };
    let output = call(&[]);
    let said = stderr(&output);
    assert!(
        said.contains("without a score: 1 (") && said.contains("of the folder"),
        "{said}"
    );
    assert!(said.contains("the first is file 2 of the folder"), "{said}");
    assert!(
        !said.contains(PERSON) && !stdout(&output).contains(PERSON),
        "{said}"
    );
    let mut written = Vec::new();
    everything(&folder.join("out/headers"), &mut written);
    let holding: Vec<&String> = written
        .iter()
        .filter(|(_, bytes)| {
            bytes
                .windows(PERSON.len())
                .any(|part| part == PERSON.as_bytes())
        })
        .map(|(path, _)| path)
        .collect();
    assert!(
        holding
            .iter()
            .all(|path| path.ends_with("predictions.parquet")),
        "{holding:?}"
    );
    // Whoever asks gets the name.
    assert!(stderr(&call(&["-v"])).contains(PERSON));
}
