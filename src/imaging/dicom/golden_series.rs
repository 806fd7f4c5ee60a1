//! Series folders against what numpy and pydicom make of them.

use std::collections::BTreeSet;

use super::series::{Series, SeriesFlag, arrange};
use super::slice::Slice;
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

/// The file with ImageType LOCALIZER.
fn localizer(mut scout: Vec<u8>) -> Vec<u8> {
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
    scout
}

/// Another value of the same length in place of an element's (explicit little endian, short form).
fn with_element(mut file: Vec<u8>, tag: [u8; 4], change: impl Fn(&mut [u8])) -> Vec<u8> {
    let at = file.windows(4).position(|part| part == tag).unwrap();
    let length = usize::from(u16::from_le_bytes([file[at + 6], file[at + 7]]));
    change(&mut file[at + 8..at + 8 + length]);
    file
}

const SERIES_UID: [u8; 4] = [0x20, 0, 0x0e, 0];
const INSTANCE_UID: [u8; 4] = [0x08, 0, 0x18, 0];

fn of_another(uid: &mut [u8]) {
    let last = uid.iter().rposition(u8::is_ascii_digit).unwrap();
    uid[last] = if uid[last] == b'1' { b'2' } else { b'1' };
}

/// Files in a folder of their own.
fn in_folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// What an audit makes of a folder.
fn as_volume(folder: &std::path::Path) -> Result<crate::imaging::Decoded, String> {
    use crate::config::preprocess::{Channels, DicomOptions, InputKind, InputSpec, Step};
    let input = InputSpec {
        kind: InputKind::DicomSeries,
        channels: Channels::Gray,
        dicom: DicomOptions::default(),
        raster: Default::default(),
    };
    let pipeline = crate::imaging::Pipeline::new(input, &[Step::Rescale]);
    pipeline.read(folder, &[]).map_err(|refusal| refusal.error)
}

/// Frames of enhanced files as pydicom has them (`pixel_array`, and the functional groups' positions and
/// rescale): frames by ascending position, then the sum and the weighted sum of their values.
#[test]
fn frames_of_an_enhanced_file_are_the_slices_of_a_volume() {
    let Some(root) = folder() else { return };
    for (file, order, z, sums) in [
        (
            "made/enhanced_ct_per_frame.dcm",
            &[4, 3, 2, 1, 0][..],
            &[0.0, 2.5, 5.0, 7.5, 10.0][..],
            &[
                (2158880.0, 6470392.0),
                (1344252.0, 4080870.5),
                (529624.0, 1589221.5),
                (-285004.0, -888641.25),
                (-1099632.0, -3281468.0),
            ][..],
        ),
        (
            "dcmqi/segmentations_23x38x3_multiframe_mf.dcm",
            &[0, 1, 2][..],
            &[-177.75, -175.25, -172.75][..],
            &[(0.0, 0.0), (310.0, 936.0), (0.0, 0.0)][..],
        ),
    ] {
        let path = root.join("dicom").join(file);
        let found = as_volume(&path).unwrap();
        // In a folder of its own it is the same, and so it is beside a scout.
        let name = path.file_name().unwrap().to_str().unwrap();
        let scout = root.join("dicom/series/ct_missing_ends/slice_01.dcm");
        let scout = localizer(std::fs::read(scout).unwrap());
        let folder = in_folder(&[(name, std::fs::read(&path).unwrap()), ("scout.dcm", scout)]);
        assert_eq!(as_volume(folder.path()).unwrap().image, found.image);
        let (described, refusal) = crate::imaging::describe::describe_folder(folder.path())
            .unwrap()
            .remove(0);
        assert!(refusal.is_none(), "{refusal:?}");
        let expected: Vec<String> = order
            .iter()
            .map(|frame| format!("{name} frame {frame:05}"))
            .collect();
        assert_eq!(described.order, expected);
        assert_eq!(described.z, z);
        let image = found.image;
        assert_eq!(image.frames, order.len());
        let crate::imaging::Samples::F32(values) = &image.samples else {
            panic!("rescaled values are floats");
        };
        for (values, (sum, weighted)) in values.chunks(image.rows * image.columns).zip(sums) {
            let own = |weight: &dyn Fn(usize) -> f64| -> f64 {
                let values = values.iter().enumerate();
                values
                    .map(|(at, value)| f64::from(*value) * weight(at))
                    .sum()
            };
            assert_eq!(own(&|_| 1.0), *sum);
            assert_eq!(own(&|at| (at % 7) as f64), *weighted);
        }
        let distance = image.geometry.unwrap().spacing();
        assert!((distance[2] - 2.5).abs() < 1e-9, "{distance:?}");
    }
}

#[test]
fn frames_that_do_not_lie_side_by_side_make_no_volume() {
    let Some(root) = folder() else { return };
    let path = root.join("dicom/made/enhanced_ct_per_frame.dcm");
    let whole = std::fs::read(&path).unwrap();
    // The second frame lies where the third does, then far away.
    let at = whole
        .windows(13)
        .position(|part| part == b"-100\\-100\\7.5")
        .unwrap();
    for (position, flag) in [(b"5.0", "duplicate_position"), (b"9.9", "uneven_spacing")] {
        let mut changed = whole.clone();
        changed[at + 10..at + 13].copy_from_slice(position);
        let error = as_volume(in_folder(&[("enhanced.dcm", changed)]).path()).unwrap_err();
        assert!(error.contains(flag) || error.contains("gap"), "{error}");
    }
    // Frames of which nothing says where they lie, one slice, and a file that is none.
    for (file, words) in [
        ("dicom/made/multiframe_native.dcm", "frames without a place"),
        (
            "dicom/series/ct_missing_ends/slice_01.dcm",
            "holds one slice",
        ),
    ] {
        let error = as_volume(&root.join(file)).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    let plain = std::fs::read(root.join("dicom/made/multiframe_native.dcm")).unwrap();
    let error = as_volume(in_folder(&[("plain.dcm", plain)]).path()).unwrap_err();
    assert!(
        error.contains("no ImagePositionPatient") || error.contains("no_position"),
        "{error}"
    );
}

#[test]
fn a_scout_that_is_a_series_of_its_own_is_left_out_and_said() {
    let Some(root) = folder() else { return };
    let source = root.join("dicom/series/ct_missing_ends");
    let slices = ["slice_01.dcm", "slice_02.dcm", "slice_03.dcm"];
    let read = |name: &str| std::fs::read(source.join(name)).unwrap();
    let alone: Vec<(&str, Vec<u8>)> = slices.iter().map(|name| (*name, read(name))).collect();
    let other = with_element(read("slice_01.dcm"), SERIES_UID, of_another);
    let other = with_element(other, INSTANCE_UID, of_another);
    let mut with_scout = alone.clone();
    with_scout.push(("a_scout.dcm", localizer(other.clone())));
    let folder = in_folder(&with_scout);
    let found = as_volume(folder.path()).unwrap();
    let without = as_volume(in_folder(&alone).path()).unwrap();
    assert_eq!(found.image, without.image);
    let note = "1 file(s) are localizers beside the slices of the series";
    assert!(
        found.notes.iter().any(|said| said.starts_with(note)),
        "{:?}",
        found.notes
    );
    let (described, _) = crate::imaging::describe::describe_folder(folder.path())
        .unwrap()
        .remove(0);
    assert_eq!(described.localizers, ["a_scout.dcm"]);
    assert!(described.flags.contains(&"localizers_ignored"));
    assert!(!described.flags.contains(&"several_series_in_folder"));
    // Where it does not say that it is a localizer, nobody knows which series is meant.
    let mut two = alone;
    two.push(("a_scout.dcm", other));
    let error = as_volume(in_folder(&two).path()).unwrap_err();
    assert!(error.contains("holds 2 series"), "{error}");
}

#[test]
fn a_copy_of_an_instance_is_left_out_and_another_one_refused() {
    let Some(root) = folder() else { return };
    let source = root.join("dicom/series/ct_missing_ends");
    let read = |name: &str| std::fs::read(source.join(name)).unwrap();
    let slices = ["slice_01.dcm", "slice_02.dcm", "slice_03.dcm"];
    let alone: Vec<(&str, Vec<u8>)> = slices.iter().map(|name| (*name, read(name))).collect();
    let without = as_volume(in_folder(&alone).path()).unwrap();
    // Sent again, once as it was and once with another study, as archives write it.
    const STUDY_UID: [u8; 4] = [0x20, 0, 0x0d, 0];
    let mut twice = alone.clone();
    twice.push(("slice_02_copy.dcm", read("slice_02.dcm")));
    let resent = with_element(read("slice_02.dcm"), STUDY_UID, of_another);
    assert_ne!(resent, read("slice_02.dcm"));
    twice.push(("slice_02_resent.dcm", resent));
    let folder = in_folder(&twice);
    let found = as_volume(folder.path()).unwrap();
    assert_eq!(found.image, without.image);
    let note = "2 file(s) are copies of slices";
    assert!(
        found.notes.iter().any(|said| said.starts_with(note)),
        "{:?}",
        found.notes
    );
    let (described, _) = crate::imaging::describe::describe_folder(folder.path())
        .unwrap()
        .remove(0);
    assert_eq!(
        described.copies,
        ["slice_02_copy.dcm", "slice_02_resent.dcm"]
    );
    assert_eq!(described.flags, ["copies_ignored"]);
    // Other values, or another place, under the same UID.
    let mut other = read("slice_02.dcm");
    *other.last_mut().unwrap() ^= 1;
    let moved = read("slice_03.dcm");
    let uid = |file: &[u8]| {
        let at = file
            .windows(4)
            .position(|part| part == INSTANCE_UID)
            .unwrap();
        let length = usize::from(u16::from_le_bytes([file[at + 6], file[at + 7]]));
        file[at + 8..at + 8 + length].to_vec()
    };
    let second = uid(&other);
    let moved = with_element(moved, INSTANCE_UID, |own| own.copy_from_slice(&second));
    for differing in [other, moved] {
        let mut files = alone.clone();
        files.push(("slice_04.dcm", differing));
        let error = as_volume(in_folder(&files).path()).unwrap_err();
        assert!(
            error.contains("duplicate_position") || error.contains("same_instance_twice"),
            "{error}"
        );
    }
}

#[test]
fn a_localizer_beside_slices_is_left_out_and_said() {
    let Some(root) = folder() else { return };
    let folder = root.join("dicom/series/ct_missing_ends");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let scout = localizer(read("slice_01.dcm"));
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
