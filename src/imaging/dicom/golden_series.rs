//! Series folders against what numpy and pydicom make of them.

use std::collections::BTreeSet;

use super::series::{Series, SeriesFlag, Slice, arrange};
use crate::imaging::reference::{Row, folder, rows};

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}

fn near(found: Option<f64>, expected: &str, tolerance: f64) -> bool {
    match (found, expected) {
        (None, "") => true,
        (Some(found), _) if !expected.is_empty() => {
            (found - expected.parse::<f64>().unwrap()).abs() <= tolerance
        }
        _ => false,
    }
}

fn compare(row: &Row, series: &Series, ignored: &[String], failures: &mut Vec<String>) {
    let folder = &row["folder"];
    let mut check = |what: &str, holds: bool| {
        if !holds {
            failures.push(format!("{folder}: {what} differs: {series:?}"));
        }
    };
    let flags: BTreeSet<&str> = series.flags.iter().map(|flag| flag.code()).collect();
    let expected: BTreeSet<&str> = row["flags"].split('|').filter(|f| !f.is_empty()).collect();
    check(&format!("flags ({expected:?})"), flags == expected);
    check("order", series.order.join(" ") == row["order"]);
    let z = numbers(&row["z"]);
    check("number of positions", z.len() == series.z.len());
    let mut pairs = series.z.iter().zip(&z);
    check("z", pairs.all(|(found, z)| (found - z).abs() <= 5.1e-5));
    check("spacing", near(series.spacing, &row["spacing"], 5.1e-5));
    let range = series.spacing_range;
    check(
        "least distance",
        near(range.map(|r| r.0), &row["spacing_min"], 5.1e-5),
    );
    check(
        "largest distance",
        near(range.map(|r| r.1), &row["spacing_max"], 5.1e-5),
    );
    check("tilt", near(series.tilt_degrees, &row["tilt_deg"], 5.1e-4));
    let orientation = series.orientation.map_or(Vec::new(), |o| o.to_vec());
    let expected = numbers(&row["orientation"]);
    check(
        "number of direction cosines",
        orientation.len() == expected.len(),
    );
    let mut pairs = orientation.iter().zip(&expected);
    check(
        "orientation",
        pairs.all(|(found, e)| (found - e).abs() <= 1e-6),
    );
    check("ignored files", ignored.join(" ") == row["ignored"]);
    check(
        "files without position",
        series.without_position.join(" ") == row["without_position"],
    );
}

#[test]
fn folders_are_ordered_and_flagged_as_the_reference_says() {
    let Some(root) = folder() else { return };
    let mut failures = Vec::new();
    let (mut agreed, mut refused) = (0, 0);
    for row in rows(&root, "series_reference.csv") {
        let folder = root.join("dicom/series").join(&row["folder"]);
        let mut names: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let (mut slices, mut ignored) = (Vec::new(), Vec::new());
        for name in names {
            match Slice::read(&name, &std::fs::read(folder.join(&name)).unwrap()) {
                Ok(slice) => slices.push(slice),
                Err(_) => ignored.push(name),
            }
        }
        let all = arrange(slices, !ignored.is_empty());
        let series = &all[row["series_index"].parse::<usize>().unwrap()];
        compare(&row, series, &ignored, &mut failures);
        let volume = series.volume(|name| std::fs::read(folder.join(name)));
        match (row["raw_sha256"].as_str(), volume) {
            ("", Err(_)) => refused += 1,
            ("", Ok(_)) => failures.push(format!("{}: no volume expected", row["folder"])),
            (_, Err(error)) => failures.push(format!("{}: {error}", row["folder"])),
            (raw, Ok(volume)) => {
                let modality =
                    super::describe::sha256(&crate::imaging::Samples::F32(volume.values));
                if volume.raw_sha256 == raw && modality == row["modality_sha256"] {
                    agreed += 1;
                } else {
                    failures.push(format!("{}: other values", row["folder"]));
                }
            }
        }
    }
    eprintln!("series: {agreed} volumes agree, {refused} refused as expected");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_localizer_beside_slices_is_left_out_and_said() {
    let Some(root) = folder() else { return };
    let folder = root.join("dicom/series/ct_missing_ends");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let mut scout = read("slice_01.dcm");
    let at = scout.windows(5).position(|part| part == b"AXIAL").unwrap();
    let end = at
        + scout[at..]
            .iter()
            .position(|b| !b.is_ascii_uppercase())
            .unwrap();
    assert_eq!(&scout[at..end], b"AXIAL");
    // Same length, so that the element stays whole: the last value becomes LOCALIZER.
    let start = scout[..at]
        .windows(2)
        .rposition(|part| part == b"CS")
        .unwrap()
        + 4;
    let mut value = b"A\\LOCALIZER".to_vec();
    value.resize(usize::from(scout[start - 2]), b' ');
    scout[start..start + value.len()].copy_from_slice(&value);
    let slices = vec![
        Slice::read("scout.dcm", &scout).unwrap(),
        Slice::read("slice_02.dcm", &read("slice_02.dcm")).unwrap(),
        Slice::read("slice_03.dcm", &read("slice_03.dcm")).unwrap(),
    ];
    let series = &arrange(slices, false)[0];
    assert_eq!(series.localizers, ["scout.dcm"]);
    assert!(series.flags.contains(&SeriesFlag::LocalizersIgnored));
    assert_eq!(series.order.len(), 2);
}
