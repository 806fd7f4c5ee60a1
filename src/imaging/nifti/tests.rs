//! Headers made by hand: what no reference file holds.

use super::*;
use crate::imaging::Samples;

/// A NIfTI-1 file of 2 x 1 x 1 voxels, little-endian, without sform and qform.
fn file(datatype: i16, bits: i16, voxels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0_u8; 352];
    bytes[0..4].copy_from_slice(&348_i32.to_le_bytes());
    for (index, value) in [3_i16, 2, 1, 1].into_iter().enumerate() {
        bytes[40 + 2 * index..42 + 2 * index].copy_from_slice(&value.to_le_bytes());
    }
    bytes[70..72].copy_from_slice(&datatype.to_le_bytes());
    bytes[72..74].copy_from_slice(&bits.to_le_bytes());
    for index in 0..4 {
        put(&mut bytes, 76 + 4 * index, 1.0);
    }
    put(&mut bytes, 108, 352.0);
    bytes[344..348].copy_from_slice(b"n+1\0");
    bytes.extend(voxels);
    bytes
}

fn put(bytes: &mut [u8], at: usize, value: f32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn reason(bytes: &[u8]) -> &'static str {
    read(bytes, None, None).unwrap_err().reason()
}

#[test]
fn types_that_are_not_read_say_so() {
    for (datatype, bits, expected) in [
        (1, 1, "unsupported-feature"),
        (1536, 128, "unsupported-feature"),
        (2048, 256, "unsupported-feature"),
        (0, 0, "decode-failed"),
        (3, 8, "decode-failed"),
    ] {
        assert_eq!(
            reason(&file(datatype, bits, &[0; 64])),
            expected,
            "{datatype}"
        );
    }
}

#[test]
fn colour_with_alpha_is_not_scaled() {
    let mut bytes = file(2304, 32, &[1, 2, 3, 4, 5, 6, 7, 8]);
    put(&mut bytes, 112, 3.0);
    let nifti = read(&bytes, None, None).unwrap();
    assert!(
        nifti
            .header
            .notes
            .iter()
            .any(|note| note.contains("colour is never scaled"))
    );
    assert_eq!(nifti.c_order(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    assert!(nifti.closest_canonical().is_none());
    let image = nifti.into_decoded().unwrap().image;
    assert_eq!((image.channels, image.colour), (4, Colour::Rgba));
}

#[test]
fn integers_that_a_float_cannot_hold_are_noted() {
    let voxels = [i64::MAX.to_le_bytes(), 7_i64.to_le_bytes()].concat();
    let nifti = read(&file(1024, 64, &voxels), None, None).unwrap();
    assert!(
        nifti
            .header
            .notes
            .iter()
            .any(|note| note.contains("1 64-bit integers"))
    );
    assert_eq!(
        nifti.voxels.stored,
        Samples::F64(vec![i64::MAX as f64, 7.0])
    );
}

#[test]
fn headers_that_hide_the_place_of_voxels_are_refused() {
    let voxels = [1, 2];
    let plain = file(2, 8, &voxels);
    assert!(read(&plain, None, None).is_ok());
    // pixdim[2] is NaN.
    let mut bytes = plain.clone();
    put(&mut bytes, 84, f32::NAN);
    assert_eq!(reason(&bytes), "decode-failed");
    // A qform whose quaternion is longer than 1.
    let mut bytes = plain.clone();
    bytes[252] = 1;
    put(&mut bytes, 256, 0.9);
    put(&mut bytes, 260, 0.9);
    assert_eq!(reason(&bytes), "decode-failed");
    // A slope without an intercept that is a number.
    let mut bytes = plain.clone();
    put(&mut bytes, 112, 2.0);
    put(&mut bytes, 116, f32::NAN);
    assert_eq!(reason(&bytes), "decode-failed");
    // vox_offset is no whole number, negative, or far away.
    for offset in [352.5, -8.0, f32::NAN, 1e9] {
        let mut bytes = plain.clone();
        put(&mut bytes, 108, offset);
        assert_eq!(reason(&bytes), "decode-failed", "{offset}");
    }
    assert_eq!(reason(&plain[..353]), "truncated");
    assert_eq!(reason(&plain[..200]), "truncated");
    assert_eq!(reason(b"\x5c\x01"), "truncated");
}

#[test]
fn a_name_in_gz_must_be_gzip() {
    let plain = file(2, 8, &[1, 2]);
    let error = read(&plain, Some(Path::new("a.nii.gz")), None).unwrap_err();
    assert!(error.to_string().contains("not compressed"), "{error}");
    // A pair whose header says that it is none.
    assert!(read(&plain, None, Some(&[1, 2])).is_err());
}
