//! Bounds of made data sets, sound and not.

use super::*;
use crate::imaging::dicom::syntax::EXPLICIT;

fn element(tag: (u16, u16), vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&tag.0.to_le_bytes());
    bytes.extend_from_slice(&tag.1.to_le_bytes());
    bytes.extend_from_slice(vr);
    if has_long_length(VR::from_binary(*vr).unwrap()) {
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
    } else {
        bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
    }
    bytes.extend_from_slice(value);
    bytes
}

#[test]
fn the_pixels_are_found_behind_the_header() {
    let mut bytes = element((0x28, 0x10), b"US", &[1, 0]);
    let header = bytes.len();
    bytes.extend(element((0x7FE0, 0x10), b"OW", &[1, 2, 3, 4]));
    let outline = outline(&bytes, 0, EXPLICIT).unwrap();
    assert_eq!(outline.header, 0..header);
    let PixelValue::Native { range, missing } = outline.pixels.unwrap().value else {
        panic!("one piece expected")
    };
    assert_eq!((&bytes[range], missing), (&[1, 2, 3, 4][..], 0));
}

#[test]
fn lengths_beyond_the_file_are_refused_or_counted() {
    let mut bytes = element((0x28, 0x10), b"US", &[1, 0]);
    bytes[6] = 200;
    assert!(outline(&bytes, 0, EXPLICIT).is_err());
    let mut bytes = element((0x7FE0, 0x10), b"OW", &[1, 2, 3, 4]);
    bytes.truncate(14);
    let found = outline(&bytes, 0, EXPLICIT).unwrap().pixels.unwrap();
    assert_eq!(
        found.value,
        PixelValue::Native {
            range: 12..14,
            missing: 2
        }
    );
}

#[test]
fn endless_nesting_is_an_error() {
    let level = b"\x40\x00\x75\x02SQ\x00\x00\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF";
    let bytes = level.repeat(100_000);
    let error = outline(&bytes, 0, EXPLICIT).unwrap_err();
    assert!(error.to_string().contains("nested"), "{error}");
}
