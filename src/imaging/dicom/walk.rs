//! The bounds of the data elements, checked before any of them is read.
//!
//! A header may claim lengths of gigabytes, sequences nested without end, or end in the middle of
//! an element. Everything here looks at tags and lengths alone, allocates nothing that the file's
//! own size does not cover, and finds the pixel data without copying them.

use std::ops::Range;

use dicom_core::{Tag, VR};

use super::error::{DicomError, Reason};
use super::syntax::Layout;

/// Deepest nesting of sequences that is followed; real objects stay below ten.
const MAX_DEPTH: usize = 32;

const ITEM: Tag = Tag(0xFFFE, 0xE000);
pub(super) const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
const UNDEFINED: u32 = 0xFFFF_FFFF;
/// Bytes of a delimiter.
const DELIMITER: usize = 8;

/// Where the pixel data of a data set lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PixelElement {
    /// Pixel Data, Float Pixel Data or Double Float Pixel Data.
    pub(super) tag: Tag,
    /// The value representation, where the data set names it.
    pub(super) vr: Option<VR>,
    pub(super) value: PixelValue,
}

/// The pixel data themselves, as places in the data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PixelValue {
    /// One piece; `missing` bytes of it lie behind the end of the file.
    Native { range: Range<usize>, missing: usize },
    /// Offset table and fragments; `cut` where the file ends inside them.
    Fragments {
        offsets: Range<usize>,
        fragments: Vec<Range<usize>>,
        cut: bool,
    },
}

/// What a walk over a data set found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline {
    /// The elements before the pixel data (all where there are none).
    pub(super) header: Range<usize>,
    pub(super) pixels: Option<PixelElement>,
}

/// Walks over the top level of a data set up to its pixel data.
pub(super) fn outline(bytes: &[u8], start: usize, layout: Layout) -> Result<Outline, DicomError> {
    let mut at = start;
    while at < bytes.len() {
        if bytes.get(at..).is_some_and(only_padding) {
            break;
        }
        let element = header(bytes, at, layout)?;
        if is_pixel_data(element.tag) {
            return Ok(Outline {
                header: start..at,
                pixels: Some(pixels(bytes, element)?),
            });
        }
        at = content(bytes, element, layout, 0)?.1;
    }
    Ok(Outline {
        header: start..at,
        pixels: None,
    })
}

/// The end of the elements of one group that starts at `start`, and the range of one of their
/// values: file meta information is walked this way, since its group length may be wrong or absent.
pub(super) fn group_end(
    bytes: &[u8],
    start: usize,
    group: u16,
    layout: Layout,
    wanted: Tag,
) -> Result<(usize, Option<Range<usize>>), DicomError> {
    let (mut at, mut found) = (start, None);
    while bytes.len() >= at + 8 && read_tag(bytes, at, layout).is_some_and(|tag| tag.0 == group) {
        let element = header(bytes, at, layout)?;
        let end = content(bytes, element, layout, 0)?.1;
        if element.tag == wanted {
            found = Some(element.value..end);
        }
        at = end;
    }
    Ok((at, found))
}

/// The position behind the element at `start`.
pub(super) fn behind_first(bytes: &[u8], start: usize, layout: Layout) -> Option<usize> {
    let element = header(bytes, start, layout).ok()?;
    Some(content(bytes, element, layout, 0).ok()?.1)
}

fn is_pixel_data(tag: Tag) -> bool {
    tag.0 == 0x7FE0 && matches!(tag.1, 0x0008 | 0x0009 | 0x0010)
}

/// Some writers fill the last block with zeros.
fn only_padding(rest: &[u8]) -> bool {
    rest.len() < 8 && rest.iter().all(|&byte| byte == 0)
}

/// What stands before an element's value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) tag: Tag,
    pub(super) vr: Option<VR>,
    length: u32,
    value: usize,
}

/// Reads the tag, representation and length at a position.
pub(super) fn header(bytes: &[u8], at: usize, layout: Layout) -> Result<Element, DicomError> {
    let tag = read_tag(bytes, at, layout).ok_or_else(|| ends_inside(at))?;
    let length = |at: usize| read_u32(bytes, at, layout).ok_or_else(|| ends_inside(at));
    if !layout.explicit || tag.0 == 0xFFFE {
        return Ok(Element {
            tag,
            vr: None,
            length: length(at + 4)?,
            value: at + 8,
        });
    }
    let code = bytes.get(at + 4..at + 6).ok_or_else(|| ends_inside(at))?;
    let vr = VR::from_binary([code[0], code[1]]).ok_or_else(|| {
        DicomError::read(
            Reason::DamagedHeader,
            format!(
                "element {tag} has the unknown value representation {:?}, expected two letters of \
                 PS3.5 6.2 such as US",
                String::from_utf8_lossy(code)
            ),
        )
    })?;
    if has_long_length(vr) {
        return Ok(Element {
            tag,
            vr: Some(vr),
            length: length(at + 8)?,
            value: at + 12,
        });
    }
    let short = bytes.get(at + 6..at + 8).ok_or_else(|| ends_inside(at))?;
    let short = if layout.big_endian {
        u16::from_be_bytes([short[0], short[1]])
    } else {
        u16::from_le_bytes([short[0], short[1]])
    };
    Ok(Element {
        tag,
        vr: Some(vr),
        length: u32::from(short),
        value: at + 8,
    })
}

fn has_long_length(vr: VR) -> bool {
    matches!(
        vr,
        VR::OB
            | VR::OD
            | VR::OF
            | VR::OL
            | VR::OV
            | VR::OW
            | VR::SQ
            | VR::SV
            | VR::UC
            | VR::UN
            | VR::UR
            | VR::UT
            | VR::UV
    )
}

/// What the value of an element is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Bytes with the meaning of its representation.
    Value(Range<usize>),
    /// Items, and how their elements are written.
    Items(Vec<Range<usize>>, Layout),
    /// Encapsulated pixel data inside an item, such as those of an icon.
    Fragments,
}

/// The value of an element and the position behind it, having looked into its items.
pub(super) fn content(
    bytes: &[u8],
    element: Element,
    layout: Layout,
    depth: usize,
) -> Result<(Content, usize), DicomError> {
    if depth > MAX_DEPTH {
        return Err(DicomError::read(
            Reason::DamagedHeader,
            format!("sequences are nested more than {MAX_DEPTH} deep"),
        ));
    }
    if element.length == UNDEFINED {
        if is_pixel_data(element.tag) {
            let (_, _, end) = fragments(bytes, element.value);
            let end = end.ok_or_else(|| ends_inside(element.value))?;
            return Ok((Content::Fragments, end));
        }
        // The items of an element of unknown representation are implicit (PS3.5 6.2.2, note 2).
        let inner = if element.vr == Some(VR::UN) {
            super::syntax::IMPLICIT
        } else {
            layout
        };
        let (ranges, end) = items(bytes, element.value..bytes.len(), true, inner, depth)?;
        return Ok((Content::Items(ranges, inner), end));
    }
    let end = element.value.saturating_add(element.length as usize);
    if end > bytes.len() {
        return Err(DicomError::read(
            Reason::DamagedHeader,
            format!(
                "element {} claims {} bytes, but only {} are left in the file",
                element.tag,
                element.length,
                bytes.len().saturating_sub(element.value)
            ),
        ));
    }
    let range = element.value..end;
    let content = match element.vr {
        Some(VR::SQ) => Content::Items(items(bytes, range, false, layout, depth)?.0, layout),
        // Sequences that the file does not call so: by the dictionary, or private ones.
        None | Some(VR::UN) if looks_like_items(bytes, element) => {
            let inner = super::syntax::IMPLICIT;
            match items(bytes, range.clone(), false, inner, depth) {
                Ok((ranges, _)) => Content::Items(ranges, inner),
                Err(_) => Content::Value(range),
            }
        }
        _ => Content::Value(range),
    };
    Ok((content, end))
}

fn looks_like_items(bytes: &[u8], element: Element) -> bool {
    element.length >= 8 && bytes.get(element.value..element.value + 4) == Some(b"\xFE\xFF\x00\xE0")
}

/// The elements of every item, and the position behind the last: behind the sequence's delimiter
/// where `delimited`, else the end of `range`.
fn items(
    bytes: &[u8],
    range: Range<usize>,
    delimited: bool,
    layout: Layout,
    depth: usize,
) -> Result<(Vec<Range<usize>>, usize), DicomError> {
    let (mut at, mut ranges) = (range.start, Vec::new());
    while delimited || at < range.end {
        let item = header(bytes, at, layout)?;
        if item.tag == SEQUENCE_END {
            return Ok((ranges, item.value));
        }
        if item.tag != ITEM {
            return Err(DicomError::read(
                Reason::DamagedHeader,
                format!(
                    "{} stands at byte {at} where an item of a sequence is expected",
                    item.tag
                ),
            ));
        }
        if item.length == UNDEFINED {
            at = elements(bytes, item.value..range.end, true, layout, depth)?;
            ranges.push(item.value..at - DELIMITER);
        } else {
            let end = item.value.saturating_add(item.length as usize);
            if end > range.end {
                return Err(ends_inside(at));
            }
            elements(bytes, item.value..end, false, layout, depth)?;
            ranges.push(item.value..end);
            at = end;
        }
    }
    Ok((ranges, at))
}

/// Walks over the elements of one item.
fn elements(
    bytes: &[u8],
    range: Range<usize>,
    delimited: bool,
    layout: Layout,
    depth: usize,
) -> Result<usize, DicomError> {
    let mut at = range.start;
    while delimited || at < range.end {
        let element = header(bytes, at, layout)?;
        if element.tag == ITEM_END {
            return Ok(element.value);
        }
        at = content(bytes, element, layout, depth + 1)?.1;
        if at > range.end {
            return Err(ends_inside(at));
        }
    }
    Ok(at)
}

fn pixels(bytes: &[u8], element: Element) -> Result<PixelElement, DicomError> {
    let value = if element.length == UNDEFINED {
        let (offsets, fragments, end) = fragments(bytes, element.value);
        PixelValue::Fragments {
            offsets,
            fragments,
            cut: end.is_none(),
        }
    } else {
        let end = element.value.saturating_add(element.length as usize);
        let present = end.min(bytes.len());
        PixelValue::Native {
            range: element.value..present,
            missing: end - present,
        }
    };
    Ok(PixelElement {
        tag: element.tag,
        vr: element.vr,
        value,
    })
}

/// Offset table, fragments and the position behind the delimiter; `None` where the file ends before
/// the delimiter, or something else than an item stands there. Items are always little endian here:
/// no big-endian syntax encapsulates.
fn fragments(bytes: &[u8], start: usize) -> (Range<usize>, Vec<Range<usize>>, Option<usize>) {
    let (mut at, mut parts) = (start, Vec::new());
    let end = loop {
        let Ok(item) = header(bytes, at, super::syntax::IMPLICIT) else {
            break None;
        };
        if item.tag == SEQUENCE_END {
            break Some(item.value);
        }
        let end = item.value.saturating_add(item.length as usize);
        if item.tag != ITEM || end > bytes.len() {
            break None;
        }
        parts.push(item.value..end);
        at = end;
    };
    let offsets = if parts.is_empty() {
        start..start
    } else {
        parts.remove(0)
    };
    (offsets, parts, end)
}

fn ends_inside(at: usize) -> DicomError {
    DicomError::read(
        Reason::DamagedHeader,
        format!("the data set ends inside the element or item at byte {at}"),
    )
}

fn read_tag(bytes: &[u8], at: usize, layout: Layout) -> Option<Tag> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(if layout.big_endian {
        Tag(
            u16::from_be_bytes([four[0], four[1]]),
            u16::from_be_bytes([four[2], four[3]]),
        )
    } else {
        Tag(
            u16::from_le_bytes([four[0], four[1]]),
            u16::from_le_bytes([four[2], four[3]]),
        )
    })
}

fn read_u32(bytes: &[u8], at: usize, layout: Layout) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    let four = [four[0], four[1], four[2], four[3]];
    Some(if layout.big_endian {
        u32::from_be_bytes(four)
    } else {
        u32::from_le_bytes(four)
    })
}

#[cfg(test)]
mod tests;
