//! What belongs to numbers that are looked up often.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map from whole numbers. Only to be looked into, or sorted before it is listed: its order has
/// no say in anything.
pub type ByNumber<T> = HashMap<u128, T, BuildHasherDefault<NumberHasher>>;

/// A hash by two multiplications: the numbers come from tables and counts, which nobody makes up so
/// that theirs collide.
#[derive(Debug, Clone, Copy, Default)]
pub struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u128(u128::from(*byte));
        }
    }

    fn write_u128(&mut self, number: u128) {
        // An odd number without a pattern: 2^64 over the golden ratio.
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let first = (self.0 ^ (number >> 64) as u64).wrapping_mul(FACTOR);
        self.0 = (first.rotate_left(32) ^ number as u64).wrapping_mul(FACTOR);
    }

    fn finish(&self) -> u64 {
        self.0.rotate_left(32)
    }
}
