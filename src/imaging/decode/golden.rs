//! Decoding against the hashes of what Pillow, OpenCV, tifffile and numpy read from the same files.

use sha2::{Digest, Sha256};

use super::decode;
use crate::config::preprocess::{Channels, InputKind, InputSpec};
use crate::imaging::image::{Image, Samples};
use crate::imaging::reference::{folder, random, rows};
use crate::imaging::transform::Pipeline;

fn sha256(image: &Image) -> String {
    let digest = Sha256::digest(image.samples.to_le_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn channels(image: Image, channels: Channels) -> Option<Image> {
    Pipeline::new(
        InputSpec {
            kind: InputKind::Raster,
            channels,
            dicom: Default::default(),
            raster: Default::default(),
        },
        &[],
    )
    .apply(image)
    .ok()
}

/// Which stored column of the reference an image must equal, where it is not `sha256`; with why.
fn other_column(file: &str) -> Option<&'static str> {
    Some(match file {
        // Pillow reads these as 8-bit, OpenCV as 16-bit, which is what the file holds.
        "raster/rgb16.png" | "raster/gray16_alpha.png" => "second_sha256",
        // Pillow widens signed 16-bit to 32; tifffile keeps it.
        "raster/gray16_signed.tif" => "second_sha256",
        // Pillow's mode 1 is 0 and 1; here black is 0 and white 255, as in OpenCV.
        "raster/bilevel.png" | "raster/bilevel_group4.tif" => "bilevel",
        // Palettes: the colours, not the indices.
        "raster/palette.tif" | "raster/palette8.png" | "raster/palette_transparency.png" => {
            "rgb_sha256"
        }
        _ => return None,
    })
}

/// 0 and 255 of `bilevel.png` as OpenCV reads it; the group 4 TIFF holds the same picture.
const BILEVEL: &str = "6dcf3f39a2093ea80127dba67eee25f98130f70683d846d37ba35c06e38c6c22";

#[test]
fn every_raster_file_is_read_as_the_reference_says() {
    let Some(folder) = folder() else { return };
    let (mut equal, mut refused, mut failures) = (0, 0, Vec::new());
    for row in rows(&folder, "raster_reference.csv") {
        let file = row["file"].as_str();
        let array = file.ends_with(".npy") || file.ends_with(".npz");
        let kind = if array {
            InputKind::Array
        } else {
            InputKind::Raster
        };
        let result = decode(&std::fs::read(folder.join(file)).unwrap(), kind);
        match (row["decodes"].as_str(), result) {
            ("no", Err(_)) => refused += 1,
            ("no", Ok(_)) => failures.push(format!("{file}: read, where the reference refuses")),
            (_, Err(error)) => failures.push(format!("{file}: {error}")),
            (_, Ok(decoded)) => {
                let column = other_column(file).unwrap_or("sha256");
                let expected = if column == "bilevel" {
                    BILEVEL
                } else {
                    row[column].as_str()
                };
                let image = match column {
                    "rgb_sha256" => channels(decoded.image, Channels::Rgb).unwrap(),
                    // OpenCV turns gray with alpha into four channels.
                    _ if file == "raster/gray16_alpha.png" => four_channels(decoded.image),
                    _ => decoded.image,
                };
                if sha256(&image) == expected {
                    equal += 1;
                } else {
                    failures.push(format!(
                        "{file}: {} {}, other samples",
                        image.shape(),
                        image.samples.dtype()
                    ));
                }
            }
        }
    }
    eprintln!("raster: {equal} files equal, {refused} refused");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn four_channels(image: Image) -> Image {
    let Samples::U16(values) = &image.samples else {
        panic!("16-bit samples expected")
    };
    let samples = values
        .chunks_exact(2)
        .flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]])
        .collect();
    Image {
        channels: 4,
        samples: Samples::U16(samples),
        ..image
    }
}

#[test]
fn an_orientation_tag_is_noted_and_not_applied() {
    let Some(folder) = folder() else { return };
    let bytes = std::fs::read(folder.join("raster/exif_orientation_6.jpg")).unwrap();
    let decoded = decode(&bytes, InputKind::Raster).unwrap();
    assert_eq!((decoded.image.rows, decoded.image.columns), (131, 157));
    assert!(
        decoded
            .notes
            .iter()
            .any(|note| note.contains("orientation is 6")),
        "{:?}",
        decoded.notes
    );
}

#[test]
fn no_cut_or_damaged_file_panics_and_no_cut_file_is_read() {
    let Some(folder) = folder() else { return };
    let mut random = random();
    for entry in std::fs::read_dir(folder.join("raster")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let kind = if bytes.starts_with(b"\x93NUMPY") || bytes.starts_with(b"PK") {
            InputKind::Array
        } else {
            InputKind::Raster
        };
        for _ in 0..12 {
            let cut = decode(&bytes[..random() % (bytes.len() * 9 / 10)], kind);
            assert!(cut.is_err(), "{}: read although cut", path.display());
            let mut damaged = bytes.clone();
            for _ in 0..1 + random() % 4 {
                let at = if random().is_multiple_of(2) {
                    random() % damaged.len().min(600)
                } else {
                    random() % damaged.len()
                };
                damaged[at] = random() as u8;
            }
            let _ = decode(&damaged, kind);
        }
    }
}
