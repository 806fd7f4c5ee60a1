//! First audit files for every kind of model, table and image.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use support::begun::{Begun, demo};
use support::{code, project, shared, stderr, stdout};

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
    let table = begun.folder.path().join("truth.csv").display().to_string();
    let scans = begun.folder.path().join("scans");
    begun.begin(
        &demo().0,
        &scans,
        &["--threshold", "0.5", "--join", &table, "--truth", "lesion"],
    );
    let text = begun.text();
    for seen in [
        "  manifest: scans  # 12 DICOM samples",
        "  root: scans",
        "    image: path",
        "    patient: \"dicom:PatientID\"  # 6 of them, 2 rows at most of one",
        "  PatientSex: {column: \"dicom:PatientSex\"}",
        "  PatientAge_group: {column: \"dicom:PatientAge\"",
        "  join: {table: truth.csv, column: uid, on: \"dicom:SOPInstanceUID\"}  # 12 of 12 samples have a row",
        "#   - rescale",
    ] {
        assert!(text.contains(seen), "{seen}\n{text}");
    }
    assert!(
        !text.contains("secret"),
        "a patient's number is never written\n{text}"
    );
    begun.fill("the steps", "\n  - rescale\n  - resize: {width: 48, height: 48, engine: torch, filter: bilinear, antialias: true}");
    begun.fill("sigmoid", "sigmoid");
    begun.checked();
}
