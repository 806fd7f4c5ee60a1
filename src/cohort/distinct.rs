//! The different texts of a column.

use std::collections::HashMap;

use crate::statistics::ByNumber;

/// Texts numbered as they come. Nearly all are short and stand for a number of their own, which is
/// looked up in a fraction of the time.
#[derive(Debug, Default)]
pub(super) struct Numbering<'a> {
    /// In the order of their numbers.
    pub(super) texts: Vec<&'a str>,
    short: ByNumber<u32>,
    long: HashMap<&'a str, u32>,
}

impl<'a> Numbering<'a> {
    /// The number of a text.
    pub(super) fn number(&mut self, text: &'a str) -> u32 {
        let texts = &mut self.texts;
        let next = || {
            texts.push(text);
            texts.len() as u32 - 1
        };
        match packed(text) {
            Some(short) => *self.short.entry(short).or_insert_with(next),
            None => *self.long.entry(text).or_insert_with(next),
        }
    }

    /// The numbers in the order of their texts.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        let packed: Option<Vec<u128>> = self.texts.iter().map(|text| packed(text)).collect();
        match packed {
            Some(packed) => order.sort_unstable_by_key(|number| packed[*number as usize]),
            None => order.sort_unstable_by_key(|number| self.texts[*number as usize]),
        }
        order
    }
}

/// A text of up to 15 bytes as a number that no other text has and that is ordered as texts are.
fn packed(text: &str) -> Option<u128> {
    const BYTES: usize = 15;
    let mut all = [0; BYTES + 1];
    all.get_mut(..text.len())
        .filter(|own| own.len() <= BYTES)?
        .copy_from_slice(text.as_bytes());
    all[BYTES] = text.len() as u8;
    Some(u128::from_be_bytes(all))
}

/// The different texts of a column, and which of them each row holds.
pub(super) struct Distinct<'a> {
    pub(super) texts: Vec<&'a str>,
    pub(super) of_rows: Vec<Option<u32>>,
}

impl<'a> Distinct<'a> {
    pub(super) fn of(texts: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut numbering = Numbering::default();
        let of_rows = texts
            .map(|text| text.map(|text| numbering.number(text)))
            .collect();
        Self {
            texts: numbering.texts,
            of_rows,
        }
    }

    /// Rows of the table whose text is `meant`.
    pub(super) fn rows(&self, kept: &[usize], meant: &[bool]) -> Vec<usize> {
        if !meant.contains(&true) {
            return Vec::new();
        }
        self.of_rows
            .iter()
            .zip(kept)
            .filter(|(text, _)| text.is_some_and(|text| meant[text as usize]))
            .map(|(_, row)| *row)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_and_long_texts_are_numbered_as_they_come() {
        let texts = [
            "b",
            "",
            "a patient of a long name",
            "b",
            "a",
            "a\0",
            "",
            "15 bytes, no mor",
        ];
        let mut numbering = Numbering::default();
        let numbers: Vec<u32> = texts.iter().map(|text| numbering.number(text)).collect();
        assert_eq!(numbers, [0, 1, 2, 0, 3, 4, 1, 5]);
        let sorted: Vec<&str> = numbering
            .sorted()
            .iter()
            .map(|number| numbering.texts[*number as usize])
            .collect();
        let mut expected = numbering.texts.clone();
        expected.sort_unstable();
        assert_eq!(sorted, expected);
    }

    proptest! {
        #[test]
        fn numbers_of_texts_are_ordered_as_they_are(a in "[a-c\u{0}é]{0,9}", b in "[a-c\u{0}é]{0,9}") {
            if let (Some(x), Some(y)) = (packed(&a), packed(&b)) {
                prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            } else {
                prop_assert!(a.len().max(b.len()) > 15);
            }
        }
    }
}
