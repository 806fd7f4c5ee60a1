//! Decoding against the hashes of what pydicom, GDCM, DCMTK and others read from the same files.

use std::collections::BTreeMap;

use super::{Description, decode, describe};
use crate::imaging::image::{Sample, Samples, any_type};
use crate::imaging::reference::{Row, folder, rows};

/// Files that are read otherwise than the reference says, the columns that differ, and why.
const DEVIATIONS: &[(&str, &[&str], &str)] = &[
    (
        "dicom/pydicom/badVR.dcm",
        &["expect"],
        "NumberOfFrames is \"1A\": refused, as pydicom does; the reference is GDCM's lenient reading",
    ),
    (
        "dicom/made/u12_in16_highbit15.dcm",
        &["raw_sha256", "modality_sha256", "voi_sha256"],
        "the value's bits are 15 to 4; the reference masked bits 11 to 0 before it shifted, and so \
         lost the upper four",
    ),
];

pub(super) fn deviates(file: &str, column: &str) -> bool {
    DEVIATIONS
        .iter()
        .any(|(name, columns, _)| *name == file && columns.contains(&column))
}

#[derive(Default)]
struct Counts {
    agreed: usize,
    near: usize,
    differing: usize,
    refused: usize,
    refused_otherwise: usize,
}

/// Rows of the reference and what became of them.
#[derive(Default)]
struct Tally {
    syntaxes: BTreeMap<String, Counts>,
    /// Hashes that are equal, by column.
    equal: BTreeMap<&'static str, usize>,
    /// Lossy files that are not equal to the bit.
    lossy: Vec<String>,
    failures: Vec<String>,
}

#[test]
fn every_file_is_read_as_the_reference_says() {
    let Some(folder) = folder() else { return };
    let mut tally = Tally::default();
    for row in rows(&folder, "dicom_reference.csv") {
        let bytes = std::fs::read(folder.join(&row["file"])).unwrap();
        check(&row, &bytes, &mut tally);
    }
    eprintln!("transfer syntax               agreed  near  differ  refused  refused otherwise");
    let mut sum = [0; 5];
    for (syntax, c) in &tally.syntaxes {
        let numbers = [
            c.agreed,
            c.near,
            c.differing,
            c.refused,
            c.refused_otherwise,
        ];
        eprintln!("{syntax:28} {numbers:>7?}");
        for (sum, number) in sum.iter_mut().zip(numbers) {
            *sum += number;
        }
    }
    eprintln!("all                          {sum:>7?}");
    eprintln!("equal hashes: {:?}", tally.equal);
    for sentence in &tally.lossy {
        eprintln!("lossy: {sentence}");
    }
    for (file, columns, reason) in DEVIATIONS {
        eprintln!("deviation: {file} ({}): {reason}", columns.join(", "));
    }
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
}

fn check(row: &Row, bytes: &[u8], tally: &mut Tally) {
    let file = row["file"].as_str();
    let found = describe(bytes);
    let expect = row["expect"].as_str();
    let step = found
        .refusal
        .as_ref()
        .map(|error| format!("error:{}", error.step().code()));
    let sentence = found
        .refusal
        .as_ref()
        .map_or("no error".to_owned(), ToString::to_string);
    let counts = tally
        .syntaxes
        .entry(row["transfer_syntax"].clone())
        .or_default();
    // The reference read these, and noted that their window or slope is refused.
    let noted = ["VOI: ", "modality: "]
        .iter()
        .any(|what| row["notes"].contains(what));
    let as_expected = match expect {
        "ok" | "warn" => step.is_none() || (noted && found.raw_sha256.is_some()),
        "error" => step.is_some(),
        error => step.as_deref() == Some(error),
    };
    if !as_expected && !deviates(file, "expect") {
        tally.failures.push(format!(
            "{file}: expected {expect}, found {step:?}: {sentence}"
        ));
    }
    if expect == "warn" && found.notes.is_empty() {
        tally
            .failures
            .push(format!("{file}: nothing is said about it"));
    }
    if found.shape.is_none() {
        if expect.starts_with("error") {
            counts.refused += 1;
        } else {
            counts.refused_otherwise += 1;
        }
        return;
    }
    compare(row, bytes, &found, tally);
}

fn compare(row: &Row, bytes: &[u8], found: &Description, tally: &mut Tally) {
    let file = row["file"].as_str();
    let shape = ["frames", "rows", "cols", "samples"].map(|name| row[name].parse().unwrap());
    if found.shape != Some(shape) {
        tally.failures.push(format!(
            "{file}: shape {:?}, expected {shape:?}",
            found.shape
        ));
    }
    let hashes = [
        ("raw_sha256", &found.raw_sha256),
        ("modality_sha256", &found.modality_sha256),
        ("voi_sha256", &found.voi_sha256),
        ("voi_lut_sha256", &found.voi_lut_sha256),
        ("rgb_sha256", &found.rgb_sha256),
    ];
    let raw_equal = found
        .raw_sha256
        .as_ref()
        .is_none_or(|raw| *raw == row["raw_sha256"]);
    let refused = row["expect"].starts_with("error");
    let mut all_equal = true;
    for (column, hash) in hashes {
        let expected = row[column].as_str();
        let hash = hash.as_deref().unwrap_or_default();
        if hash == expected {
            if !hash.is_empty() {
                *tally.equal.entry(column).or_default() += 1;
            }
        } else if refused && hash.is_empty() || is_wide(found) && column == "rgb_sha256" {
            // The reference goes on behind a refused step, and cuts 32-bit colours to 16 bits.
        } else if raw_equal && !expected.is_empty() && !deviates(file, column) {
            all_equal = false;
            tally
                .failures
                .push(format!("{file}: {column} differs (found {hash:?})"));
        } else if raw_equal && expected.is_empty() && column != "rgb_sha256" {
            all_equal = false;
            tally
                .failures
                .push(format!("{file}: {column} where the reference has none"));
        }
    }
    let near = raw_equal && found.raw_sha256.is_some() || is_near(row, bytes, tally);
    let counts = tally
        .syntaxes
        .entry(row["transfer_syntax"].clone())
        .or_default();
    match (raw_equal && all_equal, near || deviates(file, "raw_sha256")) {
        (true, true) => counts.agreed += 1,
        (false, true) if all_equal => counts.near += 1,
        _ => counts.differing += 1,
    }
}

fn is_wide(found: &Description) -> bool {
    found.bits_allocated == Some(32)
}

/// Compares a lossy or a float file with the probe and the mean of the reference.
fn is_near(row: &Row, bytes: &[u8], tally: &mut Tally) -> bool {
    let file = row["file"].as_str();
    let image = decode(bytes).unwrap();
    let probe = row["probe"]
        .split(' ')
        .map(|value| value.parse::<f64>().unwrap());
    let n = image.samples.len();
    let largest = probe
        .enumerate()
        .map(|(k, expected)| {
            let at = (2 * k + 1) * n / 32;
            let found = any_type!(&image.samples, values => values[at].to_f64());
            (found - expected).abs()
        })
        .fold(0.0, f64::max);
    let mean: f64 = row["raw_mean"].parse().unwrap();
    let mean = (image.samples.summary().unwrap().mean - mean).abs();
    let (most, most_mean) = if image.samples.is_float() {
        // The reference has nine digits.
        (1e-8, 1e-9)
    } else if row["lossy"] == "1" && row["transfer_syntax"] != "1.2.840.10008.1.2.4.50" {
        (1.0, 0.01)
    } else {
        (0.0, 0.0)
    };
    let sentence = format!(
        "{file}: probe within {largest:.2e}, mean within {mean:.2e} of {}",
        row["decoder"]
    );
    if largest <= most && mean <= most_mean || deviates(file, "raw_sha256") {
        tally.lossy.push(sentence);
        return true;
    }
    tally.failures.push(sentence);
    false
}

/// The bits of a value that do not end at bit 11, from the file's own words: what the reference of
/// this file should be (see `DEVIATIONS`).
#[test]
fn a_high_bit_above_the_stored_bits_shifts_the_value() {
    let Some(folder) = folder() else { return };
    let bytes = std::fs::read(folder.join("dicom/made/u12_in16_highbit15.dcm")).unwrap();
    let words: Vec<u16> = bytes[bytes.len() - 40 * 56 * 2..]
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]) >> 4)
        .collect();
    assert_eq!(words.iter().max(), Some(&3854));
    let shifted = decode(&bytes).unwrap();
    assert_eq!(shifted.samples, Samples::U16(words));
    let said = shifted.notes.join("\n");
    assert!(
        said.contains("HighBit is 15, not 11") && said.contains("from bits 4 to 15"),
        "{said}"
    );
    let usual = std::fs::read(folder.join("dicom/made/u12_in16.dcm")).unwrap();
    let said = decode(&usual).unwrap().notes.join("\n");
    assert!(!said.contains("HighBit"), "{said}");
}
