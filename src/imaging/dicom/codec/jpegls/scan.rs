//! Samples of one JPEG-LS scan (Annex A).

use super::bits::Bits;
use super::markers::{Coding, Interleave};
use crate::imaging::dicom::error::DicomError;

/// Run lengths grow with this table (A.2.1, step 3).
const J: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
];

/// Where the components of a scan go in the image.
pub(super) struct Place {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) channels: usize,
    /// The scan's first component.
    pub(super) first: usize,
    /// How many components the scan holds.
    pub(super) together: usize,
}

/// Statistics of one context of the regular mode.
#[derive(Clone, Copy)]
struct Context {
    a: i32,
    b: i32,
    c: i32,
    n: i32,
}

/// Statistics of one of the two contexts in which runs end.
#[derive(Clone, Copy)]
struct RunContext {
    a: i32,
    n: i32,
    negative: i32,
}

struct Decoder<'a> {
    bits: Bits<'a>,
    coding: Coding,
    contexts: Vec<Context>,
    runs: [RunContext; 2],
    /// Quantised gradients, for differences of -MAXVAL to MAXVAL.
    quantised: Vec<i8>,
}

/// Decodes a scan into `out`; returns the bytes that it takes.
pub(super) fn decode(
    bytes: &[u8],
    coding: &Coding,
    place: &Place,
    interleave: Interleave,
    out: &mut [u16],
) -> Result<usize, DicomError> {
    let mut decoder = Decoder::new(bytes, coding);
    let width = place.columns;
    // A sample of the row above stands on both sides of each row, for the neighbours at the edges.
    let mut above = vec![vec![0_i32; width + 2]; place.together];
    let mut current = above.clone();
    let mut run_index = vec![0_usize; place.together];
    for row in 0..place.rows {
        for (current, above) in current.iter_mut().zip(above.iter_mut()) {
            above[width + 1] = above[width];
            current[0] = above[1];
        }
        if interleave == Interleave::Sample {
            decoder.line_of_pixels(&above, &mut current, &mut run_index[0])?;
        } else {
            for component in 0..place.together {
                decoder.line(
                    &above[component],
                    &mut current[component],
                    &mut run_index[component],
                )?;
            }
        }
        let line = &mut out[row * width * place.channels..(row + 1) * width * place.channels];
        if let ([values], 1) = (current.as_slice(), place.channels) {
            for (cell, value) in line.iter_mut().zip(&values[1..=width]) {
                *cell = *value as u16;
            }
            std::mem::swap(&mut above, &mut current);
            continue;
        }
        for (component, values) in current.iter().enumerate() {
            let cells = line[place.first + component..].iter_mut();
            for (cell, value) in cells.step_by(place.channels).zip(&values[1..=width]) {
                *cell = *value as u16;
            }
        }
        std::mem::swap(&mut above, &mut current);
    }
    decoder.bits.finish()
}

impl<'a> Decoder<'a> {
    fn new(bytes: &'a [u8], coding: &Coding) -> Self {
        let a = ((coding.range + 32) / 64).max(2);
        let context = Context {
            a,
            b: 0,
            c: 0,
            n: 1,
        };
        let run = RunContext {
            a,
            n: 1,
            negative: 0,
        };
        Decoder {
            bits: Bits::new(bytes),
            coding: *coding,
            contexts: vec![context; 365],
            runs: [run; 2],
            quantised: (-coding.maxval..=coding.maxval)
                .map(|difference| quantise(difference, coding))
                .collect(),
        }
    }

    /// Number and sign of the context of three gradients; 0 is the run mode.
    fn context(&self, ra: i32, rb: i32, rc: i32, rd: i32) -> i32 {
        let level =
            |difference: i32| i32::from(self.quantised[(difference + self.coding.maxval) as usize]);
        81 * level(rd - rb) + 9 * level(rb - rc) + level(rc - ra)
    }

    fn line(
        &mut self,
        above: &[i32],
        current: &mut [i32],
        run_index: &mut usize,
    ) -> Result<(), DicomError> {
        let width = current.len() - 2;
        let above = &above[..width + 2];
        let mut x = 1;
        while x <= width {
            let (ra, rb, rc, rd) = (current[x - 1], above[x], above[x - 1], above[x + 1]);
            let q = self.context(ra, rb, rc, rd);
            if q != 0 {
                current[x] = self.regular(q, ra, rb, rc)?;
                x += 1;
                continue;
            }
            let run = self.run_length(width + 1 - x, run_index);
            current[x..x + run].fill(ra);
            x += run;
            if x <= width {
                current[x] = self.run_end(ra, above[x], *run_index)?;
                *run_index = run_index.saturating_sub(1);
                x += 1;
            }
        }
        Ok(())
    }

    /// A line of samples that alternate between components.
    fn line_of_pixels(
        &mut self,
        above: &[Vec<i32>],
        current: &mut [Vec<i32>],
        run_index: &mut usize,
    ) -> Result<(), DicomError> {
        let width = above[0].len() - 2;
        let mut q = vec![0; above.len()];
        let mut x = 1;
        while x <= width {
            for ((q, above), current) in q.iter_mut().zip(above).zip(current.iter()) {
                *q = self.context(current[x - 1], above[x], above[x - 1], above[x + 1]);
            }
            if q.iter().any(|&q| q != 0) {
                for ((&q, above), current) in q.iter().zip(above).zip(current.iter_mut()) {
                    current[x] = self.regular(q, current[x - 1], above[x], above[x - 1])?;
                }
                x += 1;
                continue;
            }
            let run = self.run_length(width + 1 - x, run_index);
            for current in current.iter_mut() {
                let ra = current[x - 1];
                current[x..x + run].fill(ra);
            }
            x += run;
            if x <= width {
                for (above, current) in above.iter().zip(current.iter_mut()) {
                    let (ra, rb) = (current[x - 1], above[x]);
                    let error = self.run_end_error(0, *run_index)?;
                    let error = if rb >= ra { error } else { -error };
                    current[x] = self.reconstruct(rb, error);
                }
                *run_index = run_index.saturating_sub(1);
                x += 1;
            }
        }
        Ok(())
    }

    /// One sample of the regular mode (A.4 to A.6).
    #[inline]
    fn regular(&mut self, q: i32, ra: i32, rb: i32, rc: i32) -> Result<i32, DicomError> {
        let sign = if q < 0 { -1 } else { 1 };
        let index = q.unsigned_abs() as usize;
        let predicted = if rc >= ra.max(rb) {
            ra.min(rb)
        } else if rc <= ra.min(rb) {
            ra.max(rb)
        } else {
            ra + rb - rc
        };
        let context = self.contexts[index];
        let predicted = (predicted + sign * context.c).clamp(0, self.coding.maxval);
        let k = parameter(context.n, context.a)?;
        let mapped = self.golomb(k, self.coding.limit)?;
        let turned = self.coding.near == 0 && k == 0 && 2 * context.b <= -context.n;
        let error = match (turned, mapped & 1) {
            (false, 0) => mapped / 2,
            (false, _) => -((mapped + 1) / 2),
            (true, 0) => -(mapped / 2) - 1,
            (true, _) => mapped / 2,
        };
        self.update(index, error)?;
        Ok(self.reconstruct(predicted, sign * error))
    }

    fn update(&mut self, index: usize, error: i32) -> Result<(), DicomError> {
        let context = &mut self.contexts[index];
        context.b += error * (2 * self.coding.near + 1);
        context.a += error.abs();
        if context.a > 1 << 24 || context.b.abs() > 1 << 24 {
            return Err(DicomError::corrupt(
                "the JPEG-LS stream has errors beyond its range",
            ));
        }
        if context.n == self.coding.reset {
            context.a >>= 1;
            context.b >>= 1;
            context.n >>= 1;
        }
        context.n += 1;
        if context.b <= -context.n {
            context.b = (context.b + context.n).max(1 - context.n);
            context.c = (context.c - 1).max(-128);
        } else if context.b > 0 {
            context.b = (context.b - context.n).min(0);
            context.c = (context.c + 1).min(127);
        }
        Ok(())
    }

    /// The sample of a prediction and its error, modulo the range (A.4.4, A.5.3).
    fn reconstruct(&self, predicted: i32, error: i32) -> i32 {
        let Coding {
            near,
            maxval,
            range,
            ..
        } = self.coding;
        let step = 2 * near + 1;
        let mut value = predicted + error * step;
        if value < -near {
            value += range * step;
        } else if value > maxval + near {
            value -= range * step;
        }
        value.clamp(0, maxval)
    }

    /// How many samples repeat, at most `most` (A.7.1).
    fn run_length(&mut self, most: usize, run_index: &mut usize) -> usize {
        let mut run = 0;
        while run < most && self.bits.take(1) == 1 {
            let block = 1_usize << J[*run_index];
            if block <= most - run {
                run += block;
                *run_index = (*run_index + 1).min(31);
            } else {
                run = most;
            }
        }
        if run < most {
            let rest = self.bits.take(J[*run_index]) as usize;
            // A longer rest than the line is damage, which shows at the end of the scan or not.
            run = (run + rest).min(most);
        }
        run
    }

    /// The sample that ends a run (A.7.2).
    fn run_end(&mut self, ra: i32, rb: i32, run_index: usize) -> Result<i32, DicomError> {
        if (ra - rb).abs() <= self.coding.near {
            let error = self.run_end_error(1, run_index)?;
            return Ok(self.reconstruct(ra, error));
        }
        let error = self.run_end_error(0, run_index)?;
        Ok(self.reconstruct(rb, if ra > rb { -error } else { error }))
    }

    fn run_end_error(&mut self, kind: usize, run_index: usize) -> Result<i32, DicomError> {
        let context = self.runs[kind];
        let kind_value = kind as i32;
        let k = parameter(context.n, context.a + (context.n >> 1) * kind_value)?;
        let mapped = self.golomb(k, self.coding.limit - J[run_index] - 1)?;
        let turned = mapped + kind_value;
        let (odd, size) = (turned & 1, (turned + 1) / 2);
        let negative = (k != 0 || 2 * context.negative >= context.n) == (odd == 1);
        let error = if negative { -size } else { size };
        let context = &mut self.runs[kind];
        if error < 0 {
            context.negative += 1;
        }
        context.a += (mapped + 1 - kind_value) >> 1;
        if context.n == self.coding.reset {
            context.a >>= 1;
            context.n >>= 1;
            context.negative >>= 1;
        }
        context.n += 1;
        Ok(error)
    }

    /// A limited Golomb code (A.5.3).
    #[inline]
    fn golomb(&mut self, k: u32, limit: u32) -> Result<i32, DicomError> {
        let longest = limit - self.coding.qbpp - 1;
        let damaged = || DicomError::corrupt("the JPEG-LS stream has a code beyond its limit");
        let zeros = self.bits.zeros(longest).ok_or_else(damaged)?;
        if zeros < longest {
            return Ok(((zeros << k) | self.bits.take(k)) as i32);
        }
        Ok(self.bits.take(self.coding.qbpp) as i32 + 1)
    }
}

/// The Golomb parameter of a context (A.5.1).
fn parameter(n: i32, a: i32) -> Result<u32, DicomError> {
    // The least k with n * 2^k >= a is the difference of their lengths in bits, or one more.
    let mut k = n.leading_zeros().saturating_sub(a.max(1).leading_zeros());
    k += u32::from((i64::from(n) << k) < i64::from(a));
    if k < 24 {
        Ok(k)
    } else {
        Err(DicomError::corrupt(
            "the JPEG-LS stream has errors beyond its range",
        ))
    }
}

fn quantise(difference: i32, coding: &Coding) -> i8 {
    let size = difference.abs();
    let level = if size <= coding.near {
        0
    } else if size < coding.t[0] {
        1
    } else if size < coding.t[1] {
        2
    } else if size < coding.t[2] {
        3
    } else {
        4
    };
    if difference < 0 { -level } else { level }
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn the_parameter_is_the_least_power_that_suffices() {
        for n in 1..=64 {
            for a in (0..3000).chain([1 << 20, (1 << 24) - 1]) {
                let found = (0..24).find(|&k| n << k >= a);
                assert_eq!(parameter(n, a).ok(), found, "{n} {a}");
            }
        }
    }
}
