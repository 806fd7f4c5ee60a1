//! What preprocessing starts from, against the reference tables: windows and tables as bytes,
//! MONOCHROME1 as stored, series that are flagged, files that change while they are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::golden::deviates;
use super::{Reason, Slice, arrange, sha256};
use crate::config::preprocess::{
    ByteRounding, Channels, DicomOptions, DicomWindow, DicomWindowFunction, InputKind, InputSpec,
    Step, WindowOutput,
};
use crate::imaging::decode::Decoded;
use crate::imaging::describe::Refusal;
use crate::imaging::reference::{folder, rows};
use crate::imaging::{Pipeline, Samples};

const NEAREST: WindowOutput = WindowOutput::Bytes(ByteRounding::Nearest);

fn read(
    path: &Path,
    kind: InputKind,
    dicom: DicomOptions,
    steps: &[Step],
) -> Result<Decoded, Refusal> {
    let input = InputSpec {
        kind,
        channels: Channels::Gray,
        dicom,
        raster: Default::default(),
    };
    let bytes = match path.is_dir() {
        true => Vec::new(),
        false => std::fs::read(path).unwrap(),
    };
    Pipeline::new(input, steps).read(path, &bytes)
}

fn window(window: DicomWindow, output: WindowOutput) -> [Step; 2] {
    [Step::Rescale, Step::DicomWindow(window, output)]
}

#[test]
fn windows_and_tables_give_the_bytes_of_the_reference() {
    let Some(folder) = folder() else { return };
    let mut compared = BTreeMap::new();
    for row in rows(&folder, "dicom_reference.csv") {
        if row["frames"] != "1" || row["lossy"] == "1" || row["samples"] != "1" {
            continue;
        }
        for (column, which) in [
            ("voi_sha256", DicomWindow::First),
            ("voi_lut_sha256", DicomWindow::Table(0)),
        ] {
            if deviates(&row["file"], column)
                || row[column].is_empty()
                || row["expect"].starts_with("error")
            {
                continue;
            }
            let path = folder.join(&row["file"]);
            let read = read(
                &path,
                InputKind::Dicom(None),
                DicomOptions::default(),
                &window(which, NEAREST),
            );
            let samples = read.map_err(|refusal| refusal.error).unwrap().image.samples;
            assert!(matches!(samples, Samples::U8(_)));
            assert_eq!(sha256(&samples), row[column], "{}", row["file"]);
            *compared.entry(column).or_insert(0) += 1;
        }
    }
    eprintln!("bytes of windows and VOI LUTs, equal to the bit: {compared:?}");
    assert!(compared["voi_sha256"] > 40 && compared["voi_lut_sha256"] >= 5);
}

#[test]
fn bytes_that_are_cut_off_are_the_floor_of_the_floats() {
    let Some(folder) = folder() else { return };
    let path = folder.join("dicom/made/cts16_explicit_le.dcm");
    let samples = |output| {
        let steps = window(DicomWindow::First, output);
        let read = read(
            &path,
            InputKind::Dicom(None),
            DicomOptions::default(),
            &steps,
        );
        read.map_err(|refusal| refusal.error)
            .unwrap()
            .image
            .samples
            .to_f64()
    };
    let floats = samples(WindowOutput::Unit);
    let down = samples(WindowOutput::Bytes(ByteRounding::Down));
    let nearest = samples(NEAREST);
    for ((float, down), nearest) in floats.iter().zip(&down).zip(&nearest) {
        // Floats are rounded to 32 bits, bytes are not.
        let exact = float * 255.0;
        assert!((down - exact.floor()).abs() <= f64::from(exact.fract() > 0.9999));
        assert!((nearest - exact).abs() <= 0.500_1);
    }
    assert_ne!(down, nearest);
}

#[test]
fn monochrome1_is_inverted_or_kept_as_declared() {
    let Some(folder) = folder() else { return };
    let path = folder.join("dicom/made/mono1_window.dcm");
    let as_stored = DicomOptions {
        monochrome1_as_stored: true,
        ..DicomOptions::default()
    };
    let values = |options, steps: &[Step]| {
        read(&path, InputKind::Dicom(None), options, steps).map(|read| read.image.samples.to_f64())
    };
    let windowed = window(DicomWindow::First, NEAREST);
    let inverted = values(DicomOptions::default(), &windowed).ok().unwrap();
    let kept = values(as_stored, &windowed).ok().unwrap();
    assert!(
        inverted
            .iter()
            .zip(&kept)
            .all(|(one, other)| one + other == 255.0)
    );
    for steps in [&[Step::Rescale][..], &[]] {
        let refusal = values(DicomOptions::default(), steps).unwrap_err();
        assert!(
            refusal.error.contains("monochrome1: as_stored"),
            "{}",
            refusal.error
        );
        let stored = values(as_stored, steps).ok().unwrap();
        // What is stored low is shown dark, when it is kept as stored.
        let darkest = stored.iter().copied().fold(f64::INFINITY, f64::min);
        let place = stored.iter().position(|value| *value == darkest).unwrap();
        let least = kept.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(kept[place], least);
    }
}

fn series(name: &str, dicom: DicomOptions, steps: &[Step]) -> Result<Decoded, Refusal> {
    let path = folder().unwrap().join("dicom/series").join(name);
    read(&path, InputKind::DicomSeries, dicom, steps)
}

#[test]
fn flagged_series_are_read_where_each_flag_is_allowed() {
    let Some(folder) = folder() else { return };
    let table = rows(&folder, "series_reference.csv");
    let [gap, uneven, tilt] = [
        DicomOptions {
            allow_gap: true,
            ..DicomOptions::default()
        },
        DicomOptions {
            allow_gap: true,
            allow_uneven_spacing: true,
            ..DicomOptions::default()
        },
        DicomOptions {
            allow_gap: true,
            allow_uneven_spacing: true,
            allow_tilt: true,
            ..DicomOptions::default()
        },
    ];
    let head = "ct_head_gantry_tilt_variable_spacing";
    for (name, options, missing) in [
        ("ct_missing_one_slice", DicomOptions::default(), Some("gap")),
        ("ct_missing_one_slice", gap, None),
        (head, gap, Some("uneven_spacing")),
        (head, uneven, Some("tilt")),
        (head, tilt, None),
    ] {
        match (series(name, options, &[Step::Rescale]), missing) {
            (Err(refusal), Some(flag)) => {
                let help = format!("allow: [{flag}]");
                assert!(refusal.error.contains(&help), "{}", refusal.error);
            }
            (Ok(read), None) => {
                let row = table.iter().find(|row| row["folder"] == name).unwrap();
                let digest = sha256(&read.image.samples);
                assert_eq!(digest, row["modality_sha256"], "{name}");
                let noted = read.notes.iter().any(|note| note.contains("flagged gap"));
                assert!(noted, "{:?}", read.notes);
            }
            (Ok(_), Some(flag)) => panic!("{name} is read in spite of {flag}"),
            (Err(refusal), None) => panic!("{name}: {}", refusal.error),
        }
    }
    // Slices at one place make no volume, whatever is allowed.
    assert!(series("ct_duplicate_position", tilt, &[Step::Rescale]).is_err());
}

#[test]
fn windows_of_the_file_hold_for_a_series_where_all_slices_agree() {
    let Some(_) = folder() else { return };
    let options = DicomOptions {
        allow_gap: true,
        allow_uneven_spacing: true,
        allow_tilt: true,
        monochrome1_as_stored: false,
    };
    let declared = DicomWindow::Declared {
        center: 40.0,
        width: 80.0,
        function: DicomWindowFunction::Linear,
    };
    for output in [WindowOutput::Unit, NEAREST] {
        let of_file = window(DicomWindow::First, output);
        let [one, other] = [of_file, window(declared.clone(), output)].map(|steps| {
            let read = series("ct_axial_regular", DicomOptions::default(), &steps);
            read.map_err(|refusal| refusal.error).unwrap().image.samples
        });
        assert_eq!(one, other);
    }
    let head = "ct_head_gantry_tilt_variable_spacing";
    let steps = window(DicomWindow::First, NEAREST);
    let refusal = series(head, options, &steps).err().unwrap();
    assert!(
        refusal.error.contains("not that of the first slice"),
        "{}",
        refusal.error
    );
    let refusal = series(
        "ct_axial_regular",
        options,
        &window(DicomWindow::Table(0), NEAREST),
    );
    assert_eq!(refusal.err().unwrap().reason, "missing-window");
}

fn slices(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let file = |path: &PathBuf| (name(path), std::fs::read(path).unwrap());
    paths.iter().map(file).collect()
}

#[test]
fn a_slice_that_changes_while_the_series_is_read_is_an_error() {
    let Some(folder) = folder() else { return };
    let files = slices(&folder.join("dicom/series/ct_missing_ends"));
    let headers = files
        .iter()
        .map(|(name, bytes)| Slice::read(name, bytes).unwrap());
    let all = arrange(headers.collect(), false);
    let bytes = |name: &str| files.iter().find(|file| file.0 == name).unwrap().1.clone();
    assert!(all[0].volume(|name| Ok(bytes(name))).is_ok());
    let other = files[0].1.clone();
    let third = files[2].0.clone();
    let swapped = |name: &str| {
        Ok(if name == third {
            other.clone()
        } else {
            bytes(name)
        })
    };
    let error = all[0].volume(swapped).unwrap_err();
    assert_eq!(error.reason(), Reason::FileChanged);
    assert!(error.to_string().contains(&third), "{error}");
    let cut = |name: &str| {
        let mut bytes = bytes(name);
        if name == third {
            bytes.truncate(bytes.len() / 2);
        }
        Ok(bytes)
    };
    assert_eq!(all[0].volume(cut).unwrap_err().reason(), Reason::Truncated);
    let gone = |name: &str| match name == third {
        true => Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
        false => Ok(bytes(name)),
    };
    assert!(all[0].volume(gone).is_err());
}
