//! Values, places and orientation against what nibabel gives for the same files.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::*;
use crate::config::preprocess::{InputKind, Orientation};
use crate::imaging::decode;
use crate::imaging::reference::{Row, folder, rows};

fn sha256(values: Vec<f32>) -> String {
    let digest = Sha256::digest(crate::imaging::Samples::F32(values).to_le_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a file, and the one beside it where there are two.
fn read_file(path: &Path) -> Result<Nifti, DecodeError> {
    let bytes = |extension: &str| std::fs::read(path.with_extension(extension)).unwrap();
    if path.extension().is_some_and(|e| e == "hdr" || e == "img") {
        return read(&bytes("hdr"), None, Some(&bytes("img")));
    }
    read(&std::fs::read(path).unwrap(), Some(path), None)
}

/// Numbers that were written with `digits` digits; equal where they differ by rounding only.
fn close(written: &str, found: impl IntoIterator<Item = f64>, digits: i32) -> bool {
    let written: Vec<f64> = written
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    let found: Vec<f64> = found.into_iter().collect();
    let largest = written
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    written.len() == found.len()
        && written
            .iter()
            .zip(&found)
            .all(|(a, b)| (a - b).abs() <= 10_f64.powi(1 - digits) * a.abs() + 1e-15 * largest)
}

/// What differs from the row.
fn differences(row: &Row, nifti: &Nifti) -> Vec<String> {
    let header = &nifti.header;
    let shape = |shape: &[usize]| {
        let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
        lengths.join("x")
    };
    let orientation = header.geometry.orientation().unwrap().to_string();
    let summary = nifti.voxels.summary().unwrap();
    let mut found = Vec::new();
    let mut same = |what: &str, equal: bool, ours: String| {
        if !equal {
            found.push(format!("{what} is {ours}, expected {}", row[what]));
        }
    };
    let mut text = |what: &str, ours: String| same(what, row[what] == ours, ours);
    text("nifti", header.version.to_string());
    text(
        "byte_order",
        if header.big_endian { "big" } else { "little" }.to_owned(),
    );
    text("shape", shape(&header.shape));
    text("dtype", header.datatype.name().to_owned());
    text("orientation", orientation);
    text("units", header.units.to_owned());
    text("sform_code", header.sform_code.to_string());
    text("qform_code", header.qform_code.to_string());
    text("nonfinite", summary.not_finite.to_string());
    text("sha256", sha256(nifti.c_order()));
    let canonical = nifti.closest_canonical();
    let (ras_shape, ras_sha256) = match &canonical {
        Some((lengths, values, _)) => (shape(lengths), sha256(values.clone())),
        None => (String::new(), String::new()),
    };
    text("ras_shape", ras_shape);
    text("ras_sha256", ras_sha256);
    let mut numbers = |what: &str, ours: Vec<f64>, digits| {
        let equal = close(&row[what], ours.iter().copied(), digits);
        same(what, equal, format!("{ours:?}"));
    };
    numbers("spacing", header.spacing.clone(), 6);
    numbers("affine_spacing", header.geometry.spacing().to_vec(), 6);
    numbers("affine", header.geometry.affine.concat(), 9);
    if let Some((_, _, geometry)) = canonical {
        numbers("ras_affine", geometry.affine.concat(), 9);
    }
    numbers("slope", vec![header.slope], 9);
    numbers("inter", vec![header.inter], 9);
    numbers("min", vec![summary.min], 9);
    numbers("max", vec![summary.max], 9);
    numbers("mean", vec![summary.mean], 9);
    found
}

#[test]
fn every_file_is_read_as_nibabel_reads_it_or_refused() {
    let Some(folder) = folder() else { return };
    let (mut agreed, mut warned, mut refused, mut failures) = (0, 0, 0, Vec::new());
    for row in rows(&folder, "nifti_reference.csv") {
        let file = &row["file"];
        match (row["expect"].as_str(), read_file(&folder.join(file))) {
            ("error", Err(error)) => {
                eprintln!("{file}: {} ({error})", error.reason());
                refused += 1;
            }
            ("error", Ok(_)) => failures.push(format!("{file}: read, expected a refusal")),
            (_, Err(error)) => failures.push(format!("{file}: {error}")),
            (expect, Ok(nifti)) => {
                // nibabel goes by the name and refuses this one.
                let compared = row["decodes"] == "yes";
                let found = if compared {
                    differences(&row, &nifti)
                } else {
                    Vec::new()
                };
                let silent = expect == "warn" && nifti.header.notes.is_empty();
                if silent {
                    failures.push(format!("{file}: read without a note"));
                } else if found.is_empty() {
                    agreed += usize::from(expect == "ok");
                    warned += usize::from(expect == "warn");
                } else {
                    failures.push(format!("{file}: {}", found.join("; ")));
                }
            }
        }
    }
    eprintln!(
        "nifti: {agreed} files agreed, {warned} agreed with a note, {refused} refused as expected, {} otherwise",
        failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(agreed > 0 && refused > 0);
}

#[test]
fn a_volume_keeps_its_place_and_one_volume_is_asked_for() {
    let Some(folder) = folder() else { return };
    let bytes = |name: &str| std::fs::read(folder.join("nifti/made").join(name)).unwrap();
    let volume = decode(&bytes("orient_SAR.nii.gz"), InputKind::Volume)
        .unwrap()
        .image;
    assert_eq!(volume.size(), [11, 13, 7]);
    let code = volume.geometry.unwrap().orientation().unwrap().to_string();
    assert_eq!(code, "SAR");
    let error = decode(&bytes("4d_time.nii.gz"), InputKind::Volume).unwrap_err();
    assert!(error.to_string().contains("3 volumes"), "{error}");
    let error = decode(&bytes("2d.nii.gz"), InputKind::Raster).unwrap_err();
    assert_eq!(error.reason(), "kind-mismatch");
}

#[test]
fn codes_of_orientations_are_read_and_written() {
    for code in ["RAS", "LPS", "IRP", "SAR", "PIL"] {
        assert_eq!(Orientation::parse(code).unwrap().to_string(), code);
    }
    for wrong in ["RAR", "ras", "RA", "RASS", "XYZ", "", "RLA"] {
        assert!(Orientation::parse(wrong).is_none(), "{wrong}");
    }
}
