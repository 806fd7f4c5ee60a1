//! The pages of a TIFF: where they are, whether the chain of them is whole, and the one tag of the
//! first page that the decoding library does not accept.

use super::error::DecodeError;
use super::tiff::FORMAT;

const PHOTOMETRIC: u16 = 262;
const PALETTE: u16 = 3;
const BLACK_IS_ZERO: u16 = 1;

/// More pages than a scanner writes; a longer chain is taken as damage (or a loop).
const MOST_PAGES: usize = 65536;

/// What the chain of pages says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pages {
    /// How many pages there are.
    pub(super) count: usize,
    /// The file with the first page's palette declared as gray, so that its indices can be read;
    /// `None` where there is no palette.
    pub(super) indices: Option<Vec<u8>>,
}

/// Byte order and offset width of the file.
struct Layout<'a> {
    bytes: &'a [u8],
    little: bool,
    big_tiff: bool,
}

/// Follows the chain of pages.
///
/// # Errors
/// Truncated where a page lies beyond the end of the file: the file is cut, even if the first page
/// happens to be whole.
pub(super) fn read(bytes: &[u8]) -> Result<Pages, DecodeError> {
    let cut = || DecodeError::truncated(FORMAT, "a page lies beyond the end of the file");
    let layout = Layout {
        bytes,
        little: bytes.first() == Some(&b'I'),
        big_tiff: bytes.get(2..4).is_some_and(|version| version.contains(&43)),
    };
    let mut pages = Pages {
        count: 0,
        indices: None,
    };
    let mut offset = layout
        .offset(if layout.big_tiff { 8 } else { 4 })
        .ok_or_else(cut)?;
    while offset != 0 {
        let page = layout.page(offset).ok_or_else(cut)?;
        if pages.count == 0 {
            pages.indices = layout.with_gray_first_page(&page);
        }
        pages.count += 1;
        if pages.count > MOST_PAGES {
            return Err(DecodeError::corrupt(
                FORMAT,
                "the chain of pages does not end",
            ));
        }
        offset = layout.offset(page.end).ok_or_else(cut)?;
    }
    Ok(pages)
}

/// Entries of one page.
struct Page {
    first_entry: usize,
    entries: usize,
    /// Behind the entries: the offset of the next page.
    end: usize,
}

impl Layout<'_> {
    fn number(&self, at: usize, width: usize) -> Option<usize> {
        let digits = self.bytes.get(at..at.checked_add(width)?)?;
        let add = |number: u64, digit: &u8| (number << 8) | u64::from(*digit);
        let number = if self.little {
            digits.iter().rev().fold(0, add)
        } else {
            digits.iter().fold(0, add)
        };
        usize::try_from(number).ok()
    }

    fn offset(&self, at: usize) -> Option<usize> {
        self.number(at, if self.big_tiff { 8 } else { 4 })
    }

    fn entry_size(&self) -> usize {
        if self.big_tiff { 20 } else { 12 }
    }

    fn page(&self, at: usize) -> Option<Page> {
        let count_width = if self.big_tiff { 8 } else { 2 };
        let entries = self.number(at, count_width)?;
        let first_entry = at.checked_add(count_width)?;
        let end = first_entry.checked_add(entries.checked_mul(self.entry_size())?)?;
        (end <= self.bytes.len()).then_some(Page {
            first_entry,
            entries,
            end,
        })
    }

    fn with_gray_first_page(&self, page: &Page) -> Option<Vec<u8>> {
        let entry = (0..page.entries)
            .map(|entry| page.first_entry + entry * self.entry_size())
            .find(|&at| self.number(at, 2) == Some(usize::from(PHOTOMETRIC)))?;
        let value = entry + if self.big_tiff { 12 } else { 8 };
        if self.number(value, 2)? != usize::from(PALETTE) {
            return None;
        }
        let mut changed = self.bytes.to_vec();
        let gray = if self.little {
            BLACK_IS_ZERO.to_le_bytes()
        } else {
            BLACK_IS_ZERO.to_be_bytes()
        };
        changed.get_mut(value..value + 2)?.copy_from_slice(&gray);
        Some(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_and_a_broken_chain_is_an_error() {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        bytes.extend(b"\x01\0\x06\x01\x03\0\x01\0\0\0\x03\0\0\0\x1a\0\0\0");
        bytes.extend(b"\0\0\0\0\0\0");
        let pages = read(&bytes).unwrap();
        assert_eq!(pages.count, 2);
        assert_eq!(pages.indices.unwrap()[18], 1);
        assert_eq!(read(&bytes[..28]).unwrap_err().reason(), "truncated");
        // A page that names itself as the next one.
        bytes[22] = 8;
        assert_eq!(read(&bytes).unwrap_err().reason(), "decode-failed");
    }
}
