//! Damaged and hostile files: an error within bounded memory, never a panic.

use std::io::Write;

use super::{
    Column, Reason, Step, VoiChoice, Window, WindowFunction, decode, describe, read_elements,
};
use crate::imaging::Samples;
use crate::imaging::reference::{folder, random};

fn element(tag: (u16, u16), vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&tag.0.to_le_bytes());
    bytes.extend_from_slice(&tag.1.to_le_bytes());
    bytes.extend_from_slice(vr);
    if vr == b"OB" || vr == b"OW" {
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
    } else {
        bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
    }
    bytes.extend_from_slice(value);
    bytes
}

fn padded(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(bytes.len().next_multiple_of(2), b' ');
    bytes
}

fn preamble(syntax: &str) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend_from_slice(b"DICM");
    let mut uid = syntax.as_bytes().to_vec();
    uid.resize(uid.len().next_multiple_of(2), 0);
    bytes.extend(element((0x0002, 0x0010), b"UI", &uid));
    bytes
}

fn data_set(rows: u16, columns: u16, frames: &str, pixels: &[u8]) -> Vec<u8> {
    let number = |value: u16| value.to_le_bytes().to_vec();
    let mut bytes = Vec::new();
    for (tag, vr, value) in [
        ((0x0028, 0x0002), b"US", number(1)),
        ((0x0028, 0x0004), b"CS", padded("MONOCHROME2")),
        ((0x0028, 0x0008), b"IS", padded(frames)),
        ((0x0028, 0x0010), b"US", number(rows)),
        ((0x0028, 0x0011), b"US", number(columns)),
        ((0x0028, 0x0100), b"US", number(8)),
        ((0x0028, 0x0101), b"US", number(8)),
        ((0x0028, 0x0102), b"US", number(7)),
        ((0x0028, 0x0103), b"US", number(0)),
        ((0x7FE0, 0x0010), b"OB", pixels.to_vec()),
    ] {
        bytes.extend(element(tag, vr, &value));
    }
    bytes
}

fn file(syntax: &str, rows: u16, columns: u16, frames: &str, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = preamble(syntax);
    bytes.extend(data_set(rows, columns, frames, pixels));
    bytes
}

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

#[test]
fn sizes_are_refused_before_memory_is_asked_for() {
    let sound = file(EXPLICIT, 2, 2, "1", &[1, 2, 3, 4]);
    assert_eq!(decode(&sound).unwrap().samples.len(), 4);
    for (rows, columns, frames) in [
        (60_000, 60_000, "1"),
        (128, 128, "2147483647"),
        (65_535, 65_535, "2147483647"),
    ] {
        let error = decode(&file(EXPLICIT, rows, columns, frames, &[0; 64])).unwrap_err();
        assert_eq!(
            (error.step(), error.reason()),
            (Step::Pixels, Reason::TooLarge)
        );
    }
    let error = decode(&file(EXPLICIT, 2, 2, "-1", &[0; 4])).unwrap_err();
    assert_eq!(error.reason(), Reason::InvalidAttribute);
    let error = decode(&file(EXPLICIT, 20_000, 20_000, "1", &[0; 64])).unwrap_err();
    assert_eq!(error.reason(), Reason::Truncated);
}

#[test]
fn a_deflate_bomb_stops_at_the_limit() {
    let mut encoder =
        flate2::write::DeflateEncoder::new(preamble(DEFLATED), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    let mut header = data_set(2, 2, "1", &[0; 4]);
    header.truncate(header.len() - 8);
    encoder.write_all(&header).unwrap();
    encoder.write_all(&u32::MAX.to_le_bytes()).unwrap();
    for _ in 0..600 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let error = decode(&bomb).unwrap_err();
    assert_eq!(
        (error.step(), error.reason()),
        (Step::Read, Reason::TooLarge)
    );
}

/// All data are there, but the stream says that more would come.
#[test]
fn a_deflated_stream_without_end_is_an_error() {
    let mut encoder =
        flate2::write::DeflateEncoder::new(preamble(DEFLATED), flate2::Compression::best());
    encoder
        .write_all(&data_set(2, 2, "1", &[1, 2, 3, 4]))
        .unwrap();
    encoder.flush().unwrap();
    let endless = encoder.get_ref().clone();
    let whole = encoder.finish().unwrap();
    assert_eq!(
        decode(&whole).unwrap().samples,
        Samples::U8(vec![1, 2, 3, 4])
    );
    let mut longer = endless.clone();
    // Empty stored blocks, none of them the last.
    for _ in 0..100_000 {
        longer.extend([0, 0, 0, 0xFF, 0xFF]);
    }
    for bytes in [endless, longer] {
        let error = decode(&bytes).unwrap_err();
        assert_eq!(
            (error.step(), error.reason()),
            (Step::Read, Reason::DamagedHeader)
        );
        assert!(
            error.to_string().contains("ends before its last block"),
            "{error}"
        );
    }
}

#[test]
fn no_cut_or_damaged_file_panics() {
    let Some(folder) = folder() else { return };
    let mut random = random();
    let mut files: Vec<_> = walk(&folder.join("dicom"));
    files.sort();
    // More rounds look for what three do not find: EQUIPOISE_DAMAGE_ROUNDS=100.
    let rounds = std::env::var("EQUIPOISE_DAMAGE_ROUNDS").map_or(3, |text| text.parse().unwrap());
    let (mut described, mut slowest) = (0, (std::time::Duration::ZERO, folder.clone()));
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() > 60_000 || bytes.len() < 200 {
            continue;
        }
        for _ in 0..rounds {
            let mut damage = vec![bytes[..random() % bytes.len()].to_vec()];
            let mut damaged = bytes.clone();
            for _ in 0..1 + random() % 4 {
                let at = random() % damaged.len();
                damaged[at] = random() as u8;
            }
            damage.push(damaged);
            for damaged in damage {
                let start = std::time::Instant::now();
                let error = describe(&damaged).refusal;
                let error = error.map_or(String::new(), |error| error.to_string());
                slowest = slowest.max((start.elapsed(), path.clone()));
                // A panic is caught as an error of this sentence; none is expected here.
                assert!(!error.contains("gave up"), "{}", path.display());
                described += 1;
            }
        }
    }
    eprintln!("{described} damaged files described, slowest {slowest:?}");
    assert!(described > 500, "{described}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn a_missing_window_is_an_error_and_a_declared_one_is_not() {
    let Some(folder) = folder() else { return };
    let bytes = std::fs::read(folder.join("dicom/made/mono2_no_window.dcm")).unwrap();
    let image = decode(&bytes).unwrap();
    for choice in [
        VoiChoice::FirstWindow,
        VoiChoice::WindowAt(1),
        VoiChoice::WindowNamed("BONE".to_owned()),
        VoiChoice::TableAt(0),
    ] {
        let error = image.windowed_u8(&choice).unwrap_err();
        assert_eq!(
            (error.step(), error.reason()),
            (Step::Voi, Reason::MissingWindow)
        );
    }
    let window = Window::new(128.0, 256.0, WindowFunction::Linear).unwrap();
    let display = image.windowed_u8(&VoiChoice::Declared(window)).unwrap();
    // The window of all 8-bit values changes none of them.
    assert_eq!(Samples::U8(display), image.samples);
}

#[test]
fn header_values_are_those_that_pydicom_reads() {
    let Some(folder) = folder() else { return };
    for (file, column, expected) in [
        (
            "made/header_utf8_age_months.dcm",
            "dicom:PatientAge",
            Some("0.5"),
        ),
        ("made/header_no_patient.dcm", "dicom:PatientSex", None),
        (
            "pydicom/CT_small.dcm",
            "dicom:Manufacturer",
            Some("GE MEDICAL SYSTEMS"),
        ),
        ("pydicom/CT_small.dcm", "dicom:(0018,0060)", Some("120")),
        (
            "pydicom/CT_small.dcm",
            "dicom:(0002,0010)",
            Some("1.2.840.10008.1.2.1"),
        ),
        ("pydicom/CT_small.dcm", "dicom:ImageType[2]", Some("AXIAL")),
        (
            "made/header_utf8_age_months.dcm",
            "dicom:InstitutionName",
            Some("Hôpital Saint-Luc"),
        ),
        ("pydicom/CT_small.dcm", "dicom:(0009,1002)", Some("CT01")),
        (
            "made/enhanced_ct_per_frame.dcm",
            "dicom:PerFrameFunctionalGroupsSequence[1].PixelValueTransformationSequence.RescaleSlope",
            Some("1.25"),
        ),
    ] {
        let bytes = std::fs::read(folder.join("dicom").join(file)).unwrap();
        let elements = read_elements(&bytes).unwrap();
        let found = elements.column(&Column::parse(column).unwrap()).unwrap();
        assert_eq!(found.as_deref(), expected, "{file} {column}");
    }
}

#[test]
fn one_frame_is_one_image() {
    let image = decode(&file(EXPLICIT, 2, 2, "2", &[1, 2, 3, 4, 5, 6, 7, 8])).unwrap();
    let second = image.frame(&image.samples, 1).unwrap();
    assert_eq!(second.shape(), "2 x 2 x 1");
    assert_eq!(second.samples, Samples::U8(vec![5, 6, 7, 8]));
    assert!(image.frame(&image.samples, 2).is_none());
    assert!(image.frame(&Samples::U8(vec![1, 2, 3]), 0).is_none());
    assert!(image.frame(&Samples::U8(vec![]), 0).is_none());
}
