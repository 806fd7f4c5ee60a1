//! Bits of a JPEG-LS scan: after a byte of ones only seven bits follow (A.1).

use crate::imaging::dicom::error::DicomError;

/// Reads bits until a marker or the end of the data; behind that it yields zeros and counts them.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    cache: u64,
    held: u32,
    after_ones: bool,
    missing: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Bits {
            bytes,
            at: 0,
            cache: 0,
            held: 0,
            after_ones: false,
            missing: 0,
        }
    }

    fn fill(&mut self) {
        if self.fill_plain() {
            return;
        }
        while self.held <= 48 {
            let byte = self.bytes.get(self.at).copied();
            let (value, count) = match byte {
                Some(byte) if self.after_ones && byte < 0x80 => (byte, 7),
                // A marker: nothing behind it belongs to the scan.
                Some(_) if self.after_ones => (0, 0),
                Some(byte) => (byte, 8),
                None => (0, 0),
            };
            if count == 0 {
                self.missing += 8;
                self.cache <<= 8;
                self.held += 8;
                continue;
            }
            self.at += 1;
            self.after_ones = value == 0xFF;
            self.cache = (self.cache << count) | u64::from(value);
            self.held += count;
        }
    }

    /// Takes as many whole bytes as there is place for at once, if none of them is 0xFF, behind which
    /// a bit is stuffed or a marker follows.
    fn fill_plain(&mut self) -> bool {
        const ONES: u64 = 0x0101_0101_0101_0101;
        let count = ((64 - self.held) / 8).min(7);
        let Some(word) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk) else {
            return false;
        };
        let word = u64::from_be_bytes(*word);
        let bits = 8 * count;
        // Zero bytes of the complement, those beyond the taken ones left out.
        let complement = !word | (u64::MAX >> bits);
        let has_ones = complement.wrapping_sub(ONES) & !complement & (ONES << 7) != 0;
        if self.after_ones || count == 0 || has_ones {
            return false;
        }
        self.cache = (self.cache << bits) | (word >> (64 - bits));
        self.held += bits;
        self.at += count as usize;
        true
    }

    /// The next `count` bits, at most 32, most significant first.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        if self.held < count {
            self.fill();
        }
        self.held -= count;
        ((self.cache >> self.held) & ((1_u64 << count) - 1)) as u32
    }

    /// Zeros up to the next one, which is read as well; `None` beyond `most`.
    #[inline]
    pub(super) fn zeros(&mut self, most: u32) -> Option<u32> {
        let mut count = 0;
        loop {
            if self.held == 0 {
                self.fill();
            }
            let window = self.cache << (64 - self.held);
            let zeros = window.leading_zeros().min(self.held);
            count += zeros;
            if count > most {
                return None;
            }
            if zeros < self.held {
                self.held -= zeros + 1;
                return Some(count);
            }
            self.held = 0;
        }
    }

    /// The position behind the scan.
    ///
    /// # Errors
    /// More bits were read than the scan has.
    pub(super) fn finish(&self) -> Result<usize, DicomError> {
        // Bits that were invented and read: those not in the cache any more.
        if self.missing > self.held {
            return Err(DicomError::truncated(
                "the compressed data of a JPEG-LS stream end too early",
            ));
        }
        // The scan ends at its marker: behind the last byte of ones, or after stuffed bytes that no
        // sample needed.
        let from = self.at.saturating_sub(9);
        let tail = self.bytes.get(from..).unwrap_or_default();
        let marker = tail
            .windows(2)
            .position(|pair| pair[0] == 0xFF && pair[1] >= 0x80);
        Ok(marker.map_or(self.bytes.len(), |found| from + found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_bits_follow_a_byte_of_ones() {
        let mut bits = Bits::new(&[0xFF, 0x7F, 0x01, 0xFF, 0xD9]);
        assert_eq!(bits.take(15), 0x7FFF);
        assert_eq!(bits.zeros(20), Some(7));
        assert_eq!(bits.finish().unwrap(), 3);
        assert_eq!(bits.take(8), 0xFF);
        assert_eq!(bits.take(1), 0);
        assert!(bits.finish().is_err());
    }

    #[test]
    fn bytes_at_once_are_the_bytes_one_by_one() {
        let mut bytes: Vec<u8> = (0..200_u32).map(|at| (at * 97 % 251) as u8).collect();
        bytes[40] = 0xFF;
        bytes[41] = 0x12;
        bytes[90] = 0xFE;
        let expected: Vec<u8> = bytes.clone();
        let mut bits = Bits::new(&bytes);
        for (at, byte) in expected.iter().enumerate() {
            let count = if at == 41 { 7 } else { 8 };
            assert_eq!(bits.take(count), u32::from(*byte), "{at}");
        }
        assert!(bits.finish().is_ok());
    }

    #[test]
    fn a_run_of_zeros_ends() {
        assert_eq!(Bits::new(&[]).zeros(100), None);
        assert_eq!(Bits::new(&[0, 0, 0x10]).zeros(100), Some(19));
    }
}
