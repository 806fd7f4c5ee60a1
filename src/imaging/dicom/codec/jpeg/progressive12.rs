//! Progressive JPEG with 12 bits a sample, of one component.
//!
//! The coefficients come from libjpeg-turbo-rs; the inverse transform is the accurate integer one of
//! the Independent JPEG Group (Loeffler, Ligtenberg and Moschytz 1989, ICASSP 2:988-991, with 13-bit
//! constants), with one bit of extra precision between its passes, as for every 12-bit stream.

use libjpeg_turbo_rs::read_coefficients;

use crate::imaging::dicom::codec::jpeg::failed;
use crate::imaging::dicom::error::DicomError;
use crate::imaging::dicom::header::PixelHeader;
use crate::imaging::image::Samples;

/// Place of the k-th coefficient of a stream in its block, row by row.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

pub(super) fn decode(bytes: &[u8], header: &PixelHeader) -> Result<Samples, DicomError> {
    let read = read_coefficients(bytes).map_err(failed)?;
    let [component] = read.components.as_slice() else {
        return Err(DicomError::unsupported(
            "colour JPEG with 12 bits a sample is not read here",
        ));
    };
    let table = read
        .quant_tables
        .get(usize::from(component.quant_table_index))
        .ok_or_else(|| DicomError::corrupt("the JPEG stream lacks a quantisation table"))?;
    let mut out = vec![0_u16; header.rows * header.columns];
    let width = component.blocks_x;
    if component.blocks.len() < width * header.rows.div_ceil(8) || width * 8 < header.columns {
        return Err(DicomError::corrupt(
            "the JPEG stream has fewer blocks than its size needs",
        ));
    }
    for (index, block) in component.blocks.iter().enumerate() {
        let (top, left) = (index / width * 8, index % width * 8);
        if top >= header.rows || left >= header.columns {
            continue;
        }
        let mut coefficients = [0_i64; 64];
        for (stored, place) in block.iter().zip(ZIGZAG) {
            coefficients[place] = i64::from(*stored) * i64::from(table[place]);
        }
        let samples = inverse(&coefficients);
        for row in 0..8.min(header.rows - top) {
            for column in 0..8.min(header.columns - left) {
                out[(top + row) * header.columns + left + column] = samples[row * 8 + column];
            }
        }
    }
    Ok(Samples::U16(out))
}

const CONSTANT_BITS: u32 = 13;
const PASS_BITS: u32 = 1;

/// Two-dimensional inverse cosine transform, level shift, and clamp to 0..4095.
fn inverse(block: &[i64; 64]) -> [u16; 64] {
    let mut columns = [0_i64; 64];
    for x in 0..8 {
        let input: [i64; 8] = std::array::from_fn(|y| block[y * 8 + x]);
        let output = pass(&input, CONSTANT_BITS - PASS_BITS);
        for (y, value) in output.into_iter().enumerate() {
            columns[y * 8 + x] = value;
        }
    }
    let mut samples = [0_u16; 64];
    for y in 0..8 {
        let input: [i64; 8] = std::array::from_fn(|x| columns[y * 8 + x]);
        let output = pass(&input, CONSTANT_BITS + PASS_BITS + 3);
        for (x, value) in output.into_iter().enumerate() {
            samples[y * 8 + x] = (value + 2048).clamp(0, 4095) as u16;
        }
    }
    samples
}

/// One-dimensional transform of eight values; the result is rounded to nearest after `shift` bits.
fn pass(v: &[i64; 8], shift: u32) -> [i64; 8] {
    // Even part: a rotation by 6/16 pi and two butterflies.
    let z = (v[2] + v[6]) * 4433;
    let (t2, t3) = (z - v[6] * 15137, z + v[2] * 6270);
    let (t0, t1) = (
        (v[0] + v[4]) << CONSTANT_BITS,
        (v[0] - v[4]) << CONSTANT_BITS,
    );
    let even = [t0 + t3, t1 + t2, t1 - t2, t0 - t3];
    // Odd part.
    let (a, b, c, d) = (v[7], v[5], v[3], v[1]);
    let z5 = (a + c + b + d) * 9633;
    let z1 = (a + d) * -7373;
    let z2 = (b + c) * -20995;
    let z3 = (a + c) * -16069 + z5;
    let z4 = (b + d) * -3196 + z5;
    let odd = [
        d * 12299 + z1 + z4,
        c * 25172 + z2 + z3,
        b * 16819 + z2 + z4,
        a * 2446 + z1 + z3,
    ];
    let round = |value: i64| (value + (1 << (shift - 1))) >> shift;
    std::array::from_fn(|k| {
        if k < 4 {
            round(even[k] + odd[k])
        } else {
            round(even[7 - k] - odd[7 - k])
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_within_one_level_of_its_definition() {
        let mut block = [0_i64; 64];
        for (place, value) in [(0, 3000), (1, -900), (9, 450), (27, -120), (63, 77)] {
            block[place] = value;
        }
        let found = inverse(&block);
        for y in 0..8 {
            for x in 0..8 {
                let mut sum = 0.0;
                for (place, &value) in block.iter().enumerate() {
                    let (v, u) = (place / 8, place % 8);
                    let scale = |k: usize| if k == 0 { 0.5_f64.sqrt() } else { 1.0 };
                    let cosine = |k: usize, at: usize| {
                        ((2 * at + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos()
                    };
                    sum += scale(u) * scale(v) * value as f64 * cosine(u, x) * cosine(v, y) / 4.0;
                }
                let expected = (sum + 2048.0).clamp(0.0, 4095.0);
                let difference = (f64::from(found[y * 8 + x]) - expected).abs();
                assert!(difference <= 1.0, "{x} {y}: {difference}");
            }
        }
    }
}
