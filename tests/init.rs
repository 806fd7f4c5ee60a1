//! First audit files out of a model and a table that were looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Output;

use support::{code, project, results, run, shared, stderr, stdout};

/// A folder for one first audit file.
struct Begun {
    folder: tempfile::TempDir,
}

impl Begun {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn audit(&self) -> PathBuf {
        self.folder.path().join("audit.yaml")
    }

    fn init(&self, model: &Path, manifest: &Path, more: &[&str]) -> Output {
        let [model, manifest, to] =
            [model, manifest, &self.audit()].map(|path| path.display().to_string());
        let mut arguments = vec![
            "init",
            "--model",
            &model,
            "--manifest",
            &manifest,
            "--to",
            &to,
        ];
        arguments.extend(more);
        run(&arguments)
    }

    fn begin(&self, model: &Path, manifest: &Path, more: &[&str]) -> String {
        let output = self.init(model, manifest, more);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output)
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.audit()).unwrap()
    }

    /// Replaces the one TODO that begins so, as a person would.
    fn fill(&self, todo: &str, value: &str) {
        let text = self.text();
        let start = text
            .find(&format!("\"TODO: {todo}"))
            .unwrap_or_else(|| panic!("no TODO begins with {todo:?} in\n{text}"));
        let end = start + 1 + text[start + 1..].find('"').unwrap() + 1;
        std::fs::write(
            self.audit(),
            format!("{}{value}{}", &text[..start], &text[end..]),
        )
        .unwrap();
    }

    fn check(&self) -> Output {
        run(&[
            "check",
            &self.audit().display().to_string(),
            "--out",
            &self.out(),
        ])
    }

    fn out(&self) -> String {
        self.folder.path().join("out").display().to_string()
    }

    fn checked(&self) {
        let output = self.check();
        assert_eq!(code(&output), 0, "{}\n{}", stderr(&output), self.text());
    }
}

fn demo() -> (PathBuf, PathBuf) {
    let folder = project().join("fixtures/demo");
    (folder.join("model.onnx"), folder.join("cohort.csv"))
}

const DEMO_STEPS: &str = "\n  - crop: center_square\n  - resize: {width: 48, height: 48, engine: pillow, filter: bilinear}\n  - scale: 1/255\n  - normalize: {mean: [0.5], std: [0.15]}";

/// From nothing to the demo's own scores: only what no file says was filled in by hand.
#[test]
fn the_demo_runs_once_its_todos_are_replaced() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    let told = begun.begin(
        &model,
        &manifest,
        &[
            "--truth",
            "lesion",
            "--threshold",
            "0.5",
            "--strata",
            "sex,age,site",
            "--require",
            "sensitivity >= 0.75",
        ],
    );
    assert!(told.contains("2 things are left"), "{told}");
    let before = begun.check();
    assert_eq!(code(&before), 2);
    assert_eq!(
        stderr(&before).matches("error[todo]").count(),
        2,
        "{}",
        stderr(&before)
    );
    assert_eq!(
        stderr(&before).matches("error[").count(),
        2,
        "{}",
        stderr(&before)
    );
    begun.fill("the steps from pixels", DEMO_STEPS);
    begun.fill("sigmoid", "sigmoid");
    begun.checked();

    let output = run(&[
        "run",
        &begun.audit().display().to_string(),
        "--out",
        &begun.out(),
        "--quiet",
    ]);
    // Site West fails in the demo, and so does it here.
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let folder = begun.folder.path().join("out/model");
    let verdicts = results(&folder);
    let check = support::by_id(&verdicts, "checks", "sensitivity-bound.site.West");
    assert_eq!(check["verdict"], "fail", "{check}");
    let scores = support::scores(&folder, "image_id");
    let expected = support::rows(&project().join("fixtures/demo/reference_scores.csv"));
    let mut compared = 0;
    for row in expected {
        if let Some(score) = scores.get(&row["image_id"]) {
            let score = score.unwrap();
            let logit: f64 = row["logit"].parse().unwrap();
            let wanted = 1.0 / (1.0 + (-logit).exp());
            assert!((score - wanted).abs() < 1e-5, "{row:?}: {score}");
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn what_was_seen_stands_in_the_file_with_where_it_was_seen() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    begun.begin(&model, &manifest, &[]);
    let text = begun.text();
    for seen in [
        "  # It takes image: f32 [batch, 1, 48, 48].",
        "    image: {layout: NCHW, dtype: f32}",
        "    image: image_path  # 56 of 56 rows looked at name a file",
        "    patient: patient_id  # 500 of them, 3 rows at most of one",
        "input: {kind: raster, channels: gray}",
        "  # sex: F 364, M 252",
        "  # age: 20 to 90, 6 without an age",
        "  # lesion: 0 326, 1 290",
        "#   - resize: {width: 48, height: 48, engine: \"TODO: pillow, opencv, torch or skimage\"",
    ] {
        assert!(text.contains(seen), "{seen}\n{text}");
    }
    // The same files give the same bytes.
    let again = Begun::new();
    again.begin(&model, &manifest, &[]);
    assert_eq!(text, again.text());
}

#[test]
fn ids_without_an_ending_and_numbers_without_groups_are_told() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    let rows = support::rows(&manifest);
    let mut table = "image_id,bmi,lesion\n".to_owned();
    let films = begun.folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    for (number, row) in rows.iter().take(40).enumerate() {
        let image = manifest
            .parent()
            .unwrap()
            .join("images")
            .join(&row["image_path"]);
        std::fs::copy(image, films.join(format!("f{number}.png"))).unwrap();
        table += &format!(
            "f{number},{:.1},{}\n",
            18.0 + 0.5 * number as f64,
            row["lesion"]
        );
    }
    let manifest = begun.folder.path().join("films.csv");
    std::fs::write(&manifest, table).unwrap();
    let output = begun.init(&model, &manifest, &["--strata", "bmi", "--format", "json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = begun.text();
    assert!(
        text.contains("# Values of image_id are files of the folder films once .png is added"),
        "{text}"
    );
    assert!(text.contains("bmi_group: {column: bmi, bins: [\"TODO: edges that make groups of bmi, from 18 to 37.5\"]}"), "{text}");
    // The TODOs that are told are those of the file.
    let told: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let checked = stderr(&begun.check());
    let todos = told["todos"].as_array().unwrap();
    assert_eq!(
        todos.len(),
        checked.matches("error[todo]").count(),
        "{told}\n{checked}"
    );
    assert!(
        checked.matches("error[").count() == todos.len(),
        "{checked}"
    );
}

/// A folder that one row names is a series; one that many rows name is a site that has a folder.
#[test]
fn folders_of_slices_are_images_and_folders_of_sites_are_not() {
    let begun = Begun::new();
    for (name, folder) in ["ct1", "ct2", "ct3"].into_iter().zip(["N", "S", "N"]) {
        std::fs::create_dir_all(begun.folder.path().join(name)).unwrap();
        std::fs::create_dir_all(begun.folder.path().join(folder)).unwrap();
    }
    let manifest = begun.folder.path().join("series.csv");
    std::fs::write(&manifest, "site,study,finding\nN,ct1,0\nS,ct2,1\nN,ct3,0\n").unwrap();
    let model = project().join("fixtures/volumes/map.onnx");
    begun.begin(&model, &manifest, &[]);
    let text = begun.text();
    assert!(
        text.contains("image: study  # 3 of 3 rows looked at name a file"),
        "{text}"
    );
    assert!(text.contains("input: {kind: dicom_series,"), "{text}");
    assert!(
        text.contains("layout: \"TODO: order of the volume's axes"),
        "{text}"
    );
    assert!(text.contains("  site: {column: site}"), "{text}");
}

#[test]
fn makers_preprocessing_is_taken() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    let config = begun.folder.path().join("preprocessor_config.json");
    let text = r#"{"do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5],
      "image_processor_type": "ViTImageProcessor", "image_std": [0.15], "resample": 2,
      "rescale_factor": 0.00392156862745098, "size": {"height": 48, "width": 48}}"#;
    std::fs::write(&config, text).unwrap();
    let config = config.display().to_string();
    begun.begin(
        &model,
        &manifest,
        &[
            "--preprocessor",
            &config,
            "--truth",
            "lesion",
            "--threshold",
            "0.5",
        ],
    );
    let text = begun.text();
    assert!(text.contains("# From preprocessor_config.json."), "{text}");
    assert!(
        text.contains("  - resize: {width: 48, height: 48, engine: pillow, filter: bilinear}"),
        "{text}"
    );
    begun.fill("sigmoid", "sigmoid");
    begun.checked();
}

#[test]
fn ham10000_is_read_and_checks_after_its_todos() {
    let (Some(model), Some(manifest)) = (
        shared("data/models/ham_malignancy.onnx"),
        shared("data/ham10000/manifest.csv"),
    ) else {
        return;
    };
    let begun = Begun::new();
    begun.begin(
        &model,
        &manifest,
        &[
            "--truth",
            "malignant",
            "--patient",
            "lesion_id",
            "--threshold",
            "0.3388567647645017",
        ],
    );
    let text = begun.text();
    // A diagnosis settles malignancy, and the parts of the data set are no groups.
    assert!(
        text.contains("# Not used (each value goes with one of malignant alone): dx."),
        "{text}"
    );
    assert!(
        text.contains("include: [{column: split, in: [test]}]"),
        "{text}"
    );
    assert!(
        text.contains("age_group: {column: age, bins: [40, 60]}"),
        "{text}"
    );
    assert!(
        text.contains("missing: [\"\", NA, NaN, \"null\", unknown]"),
        "{text}"
    );
    begun.fill("rgb or bgr", "rgb");
    begun.fill("the steps", "\n  - resize: {width: 128, height: 96, engine: pillow, filter: bilinear}\n  - scale: 1/255\n  - normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}");
    begun.fill("sigmoid", "sigmoid");
    begun.checked();
}

/// Every kind of output has its own questions, and each file checks once they are answered.
#[test]
fn classes_outlines_boxes_and_columns_are_asked_for() {
    let Some(manifest) = shared("data/ham10000/manifest.csv") else {
        return;
    };
    let steps = "\n  - resize: {width: 128, height: 96, engine: pillow, filter: bilinear}\n  - scale: 1/255\n  - normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}";
    let labels: Vec<(String, &str)> = ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]
        .iter()
        .enumerate()
        .map(|(place, label)| {
            (
                format!("name of number {} of the output", place + 1),
                *label,
            )
        })
        .collect();
    let mut classes: Vec<(&str, &str)> = vec![("sigmoid, or softmax", "softmax")];
    classes.extend(labels.iter().map(|(todo, label)| (todo.as_str(), *label)));
    /// A model, further arguments, and its TODOs with what replaces them.
    type Case<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 4] = [
        ("ham_dx7_logits", &["--truth", "dx"], &classes),
        (
            "ham_lesion_unet",
            &[],
            &[
                ("sigmoid, softmax", "sigmoid"),
                ("name of number 1", "lesion"),
                ("the label that is measured", "lesion"),
                ("distance up to which", "3"),
            ],
        ),
        (
            "ham_lesion_detector",
            &["--threshold", "0.5"],
            &[
                (
                    "sigmoid, or none where the scores",
                    "none, score_kind: score",
                ),
                ("the columns with left", "x0, y0, x1, y1"),
            ],
        ),
        (
            "ham_multimodal",
            &["--truth", "malignant", "--threshold", "0.27"],
            &[
                ("column of number 1", "age, scale: 0.01, missing: 0.52"),
                (
                    "column of number 2",
                    "sex, map: {male: 1, female: 0}, missing: 0.5",
                ),
                (
                    "column of number 3",
                    "localization, map: {back: 1}, other: 0, missing: 0",
                ),
                ("sigmoid", "sigmoid"),
            ],
        ),
    ];
    for (model, more, todos) in cases {
        let Some(model) = shared(&format!("data/models/{model}.onnx")) else {
            return;
        };
        let begun = Begun::new();
        let mut arguments = vec!["--patient", "lesion_id", "--strata", "sex,age"];
        arguments.extend(more);
        begun.begin(&model, &manifest, &arguments);
        begun.fill("rgb or bgr", "rgb");
        begun.fill("the steps", steps);
        for (todo, value) in todos {
            begun.fill(todo, value);
        }
        begun.checked();
    }
}

/// An 8-bit gray image of 64 by 64 with a few header values.
fn write_dicom(path: &Path, number: usize, uid: &str) {
    use dicom_core::{DataElement, PrimitiveValue, VR};
    use dicom_dictionary_std::{tags, uids};
    use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
    let mut file = InMemDicomObject::new_empty();
    for (tag, vr, text) in [
        (
            tags::SOP_CLASS_UID,
            VR::UI,
            uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE.to_owned(),
        ),
        (tags::SOP_INSTANCE_UID, VR::UI, uid.to_owned()),
        (tags::PATIENT_ID, VR::LO, format!("secret-{}", number / 2)),
        (tags::PATIENT_SEX, VR::CS, ["F", "M"][number % 2].to_owned()),
        (
            tags::PATIENT_AGE,
            VR::AS,
            format!("{:03}Y", 30 + 3 * number),
        ),
        (
            tags::MANUFACTURER,
            VR::LO,
            ["Alpha", "Beta"][number / 6].to_owned(),
        ),
        (
            tags::PHOTOMETRIC_INTERPRETATION,
            VR::CS,
            "MONOCHROME2".to_owned(),
        ),
    ] {
        file.put(DataElement::new(tag, vr, PrimitiveValue::from(text)));
    }
    for (tag, value) in [
        (tags::SAMPLES_PER_PIXEL, 1),
        (tags::ROWS, 64),
        (tags::COLUMNS, 64),
        (tags::BITS_ALLOCATED, 8),
        (tags::BITS_STORED, 8),
        (tags::HIGH_BIT, 7),
        (tags::PIXEL_REPRESENTATION, 0),
    ] {
        file.put(DataElement::new(
            tag,
            VR::US,
            PrimitiveValue::from(value as u16),
        ));
    }
    let pixels: Vec<u8> = (0..64 * 64)
        .map(|place| ((place + number) % 251) as u8)
        .collect();
    file.put(DataElement::new(
        tags::PIXEL_DATA,
        VR::OB,
        PrimitiveValue::from(pixels),
    ));
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
        .media_storage_sop_class_uid(uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE)
        .media_storage_sop_instance_uid(uid);
    file.with_meta(meta).unwrap().write_to_file(path).unwrap();
}

/// Twelve files without any table beside them.
#[test]
fn a_folder_of_dicom_files_needs_no_table() {
    let begun = Begun::new();
    let scans = begun.folder.path().join("scans/inner");
    std::fs::create_dir_all(&scans).unwrap();
    let mut truth = "uid,lesion\n".to_owned();
    for number in 0..12 {
        let uid = format!("1.2.826.0.1.3680043.8.498.{}", number + 1);
        write_dicom(&scans.join(format!("IM{number:04}")), number, &uid);
        truth += &format!("{uid},{}\n", number % 3 % 2);
    }
    std::fs::write(begun.folder.path().join("truth.csv"), truth).unwrap();
    begun.begin(
        &demo().0,
        &begun.folder.path().join("scans"),
        &["--threshold", "0.5"],
    );
    let text = begun.text();
    for seen in [
        "  manifest: scans  # 12 DICOM samples",
        "  root: scans",
        "    image: path",
        "    patient: \"dicom:PatientID\"  # 6 of them, 2 rows at most of one",
        "  PatientSex: {column: \"dicom:PatientSex\"}",
        "  PatientAge_group: {column: \"dicom:PatientAge\"",
        "#   - rescale",
    ] {
        assert!(text.contains(seen), "{seen}\n{text}");
    }
    assert!(
        !text.contains("secret"),
        "a patient's number is never written\n{text}"
    );
    let joined = text.replace("  # join:", "  join:");
    std::fs::write(begun.audit(), joined).unwrap();
    begun.fill("the steps", "\n  - rescale\n  - resize: {width: 48, height: 48, engine: torch, filter: bilinear, antialias: true}");
    begun.fill("sigmoid", "sigmoid");
    begun.fill("column with the reference", "lesion");
    begun.fill("values that mean positive", "\"1\"");
    begun.fill("values that mean negative", "\"0\"");
    begun.checked();
}

#[test]
fn mistakes_are_told_in_one_sentence_and_nothing_is_written() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    let empty = begun.folder.path().join("empty.csv");
    std::fs::write(&empty, "").unwrap();
    let header = begun.folder.path().join("header.csv");
    std::fs::write(&header, "image_path,lesion\n").unwrap();
    let text = begun.folder.path().join("model.onnx");
    std::fs::write(&text, "weights").unwrap();
    let nowhere = Path::new("nowhere.onnx");
    let hollow = begun.folder.path().join("hollow");
    std::fs::create_dir(&hollow).unwrap();
    let cases: [(&Path, &Path, &[&str], &str); 11] = [
        (
            &model,
            &manifest,
            &["--truth", "lesions"],
            "has no column \"lesions\"; did you mean \"lesion\"?",
        ),
        (&model, &manifest, &["--patient", "case"], "--patient: "),
        (
            &model,
            &manifest,
            &["--truth", "lesion", "--positive", "2"],
            "no row of lesion has this value",
        ),
        (
            &model,
            &manifest,
            &["--truth", "lesion", "--positive", "1", "--negative", "1"],
            "at once",
        ),
        (&model, &manifest, &["--positive", "1"], "--truth names"),
        (
            &model,
            &manifest,
            &["--require", "sensitivity > 0.8"],
            "such as \"sensitivity >= 0.80\"",
        ),
        (&model, &empty, &[], "the file is empty"),
        (&model, &header, &[], "there is a header but no row"),
        (
            &model,
            &hollow,
            &[],
            "none of the 0 files below the folder is DICOM",
        ),
        (nowhere, &manifest, &[], "nowhere.onnx"),
        (&text, &manifest, &[], "not an ONNX model"),
    ];
    for (model, manifest, more, expected) in cases {
        let output = begun.init(model, manifest, more);
        assert_eq!(code(&output), 2, "{expected}");
        let told = stderr(&output);
        assert!(told.contains(expected), "{expected}: {told}");
        assert!(told.trim_end().lines().count() <= 6, "{told}");
        assert!(!begun.audit().exists(), "{expected}");
    }
}

#[test]
fn off_a_terminal_everything_that_is_needed_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let output = support::equipoise()
        .current_dir(folder.path())
        .arg("init")
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    let told = stderr(&output);
    assert!(
        told.contains("--model FILE") && told.contains("--manifest FILE"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_reviewed_file_is_kept_unless_force_is_given() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    std::fs::write(begun.audit(), "reviewed\n").unwrap();
    let output = begun.init(&model, &manifest, &[]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--force"), "{}", stderr(&output));
    assert_eq!(begun.text(), "reviewed\n");
    begun.begin(&model, &manifest, &["--force"]);
    assert!(begun.text().starts_with("# Written by"));
}

/// The questions, on a terminal that `script` makes.
#[test]
fn on_a_terminal_it_asks() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let (model, manifest) = demo();
    let begun = Begun::new();
    let audit = begun.audit().display().to_string();
    let binary = assert_cmd::cargo::cargo_bin("equipoise");
    let typed = format!(
        "{}\n{}\n\n\nnone\nlesions\nlesion\n\n\n0.5\nsex,site\n",
        model.display(),
        manifest.display()
    );
    let command = format!("{} init --to {audit}", binary.display());
    let begun_terminal = Command::new("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut terminal) = begun_terminal else {
        eprintln!("skipped: `script` is not here");
        return;
    };
    terminal
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    let output = terminal.wait_with_output().unwrap();
    let shown = stdout(&output);
    assert!(shown.contains("did you mean \"lesion\"?"), "{shown}");
    let text = begun.text();
    for written in [
        "patient: none",
        "column: lesion",
        "positive: [\"1\"]",
        "negative: [\"0\"]",
        "threshold: {fixed: 0.5}",
        "  site: {column: site}",
    ] {
        assert!(text.contains(written), "{written}\n{text}\n{shown}");
    }
    assert!(!text.contains("age_group: {"), "{text}");
}
