//! A file's bytes to its data elements and the place of its pixel data.

use std::borrow::Cow;
use std::ops::Range;

use dicom_core::{Tag, VR};
use dicom_encoding::text::SpecificCharacterSet;
use dicom_object::InMemDicomObject;
use flate2::{Decompress, FlushDecompress, Status};

use super::elements::{Elements, trim};
use super::error::{DicomError, Reason};
use super::syntax::{self, Codec, EXPLICIT, IMPLICIT, Layout, TransferSyntax};
use super::walk::{self, PixelElement};
use super::{pixels, tree};

/// Most bytes that a deflated data set may inflate to: a file of a few kilobytes can ask for
/// gigabytes.
const MAX_INFLATED: usize = 512 * 1024 * 1024;

const GROUP_LENGTH: Tag = Tag(0x0002, 0x0000);
const TRANSFER_SYNTAX: Tag = Tag(0x0002, 0x0010);

/// An opened file: its header elements in memory, its pixel data where they lie.
pub(super) struct File<'a> {
    /// The bytes that the pixel element's ranges count in: the file's, or the inflated data set's.
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) elements: Elements,
    /// The syntax of that identifier, where the standard knows it.
    pub(super) syntax: Option<TransferSyntax>,
    pub(super) layout: Layout,
    pub(super) pixels: Option<PixelElement>,
    pub(super) notes: Vec<String>,
}

/// Whether the bytes may be a DICOM file: the prefix of PS3.10, or a first element of a group that
/// data sets begin with.
pub(super) fn looks_like_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM") || bare_start(bytes)
}

/// A file without preamble begins with an element of group 0002 or 0008 of a believable length.
fn bare_start(bytes: &[u8]) -> bool {
    let Some(start) = bytes.get(..8) else {
        return false;
    };
    let group = u16::from_le_bytes([start[0], start[1]]);
    if !matches!(group, 0x0002 | 0x0008) {
        return false;
    }
    let length = u32::from_le_bytes([start[4], start[5], start[6], start[7]]);
    names_representation(bytes, 0) || (length as usize) < bytes.len()
}

fn names_representation(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at + 4..at + 6)
        .is_some_and(|code| VR::from_binary([code[0], code[1]]).is_some())
}

/// Opens a file.
pub(super) fn open(bytes: &[u8]) -> Result<File<'_>, DicomError> {
    if bytes.is_empty() {
        return Err(DicomError::read(Reason::EmptyFile, "the file is empty"));
    }
    if !looks_like_dicom(bytes) {
        let start: String = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
        return Err(DicomError::read(
            Reason::NotDicom,
            format!(
                "the file has no \"DICM\" at byte 128 and does not begin with a data element (first \
                 bytes {start}), expected a DICOM file"
            ),
        ));
    }
    let mut notes = Vec::new();
    let prefixed = bytes.get(128..132) == Some(b"DICM");
    let start = if prefixed { 132 } else { 0 };
    if !prefixed {
        notes.push("the file has no preamble: it begins with its first data element".to_owned());
    }
    let (meta_end, uid) = walk::group_end(bytes, start, 0x0002, EXPLICIT, TRANSFER_SYNTAX)?;
    let meta = parse(bytes, start..meta_end, EXPLICIT)?;
    let syntax_uid = uid
        .and_then(|range| bytes.get(range))
        .map(|value| trim(&String::from_utf8_lossy(value)).to_owned())
        .filter(|uid| !uid.is_empty());
    let syntax = syntax_uid.as_deref().and_then(syntax::find);
    if let Some(syntax) = syntax.filter(|known| known.deflated && known.codec == Codec::Unsupported)
    {
        return Err(pixels::unsupported(syntax));
    }
    let claimed = whole(&meta, GROUP_LENGTH);
    let found =
        walk::behind_first(bytes, start, EXPLICIT).and_then(|first| meta_end.checked_sub(first));
    if claimed.is_some() && claimed != found {
        notes.push(format!(
            "the file meta information claims {} bytes and has {}: its elements are believed",
            claimed.unwrap_or(0),
            found.unwrap_or(0)
        ));
    }
    let (bytes, start) = match syntax {
        Some(syntax) if syntax.deflated => {
            let compressed = bytes.get(meta_end..).unwrap_or_default();
            (Cow::Owned(inflate_data_set(compressed)?), 0)
        }
        _ => (Cow::Borrowed(bytes), meta_end),
    };
    let layout = layout(&bytes, start, syntax, syntax_uid.as_deref(), &mut notes);
    let outline = walk::outline(&bytes, start, layout)?;
    if outline.header.is_empty() && outline.pixels.is_none() {
        return Err(DicomError::read(
            Reason::DamagedHeader,
            "the file has no data element behind its file meta information",
        ));
    }
    Ok(File {
        elements: Elements {
            meta,
            object: parse(&bytes, outline.header, layout)?,
            syntax_uid,
            explicit: layout.explicit,
        },
        bytes,
        syntax,
        layout,
        pixels: outline.pixels,
        notes,
    })
}

/// The layout that the transfer syntax says, or the one that the first element shows where the file
/// declares none or contradicts it; a note says so.
fn layout(
    bytes: &[u8],
    start: usize,
    syntax: Option<TransferSyntax>,
    uid: Option<&str>,
    notes: &mut Vec<String>,
) -> Layout {
    let shown = if names_representation(bytes, start) {
        let big = bytes.get(start) == Some(&0) && bytes.get(start + 1) != Some(&0);
        Layout {
            big_endian: big,
            ..EXPLICIT
        }
    } else {
        IMPLICIT
    };
    let words = |layout: Layout| match (layout.explicit, layout.big_endian) {
        (true, false) => "explicit little endian",
        (true, true) => "explicit big endian",
        (false, _) => "implicit little endian",
    };
    match (syntax, uid) {
        (Some(syntax), _) if syntax.layout.explicit == shown.explicit => syntax.layout,
        (Some(syntax), _) => {
            notes.push(format!(
                "the transfer syntax says {}, but the data elements are {}, as which they are read",
                words(syntax.layout),
                words(shown)
            ));
            shown
        }
        (None, Some(_)) => EXPLICIT,
        (None, None) => {
            notes.push(format!(
                "the file names no transfer syntax; its first data element is {}, as which it is \
                 read",
                words(shown)
            ));
            shown
        }
    }
}

fn whole(object: &InMemDicomObject, tag: Tag) -> Option<usize> {
    object.get(tag)?.to_int::<usize>().ok()
}

fn parse(
    bytes: &[u8],
    range: Range<usize>,
    layout: Layout,
) -> Result<InMemDicomObject, DicomError> {
    tree::object(bytes, range, layout, &SpecificCharacterSet::default())
}

fn inflate_data_set(compressed: &[u8]) -> Result<Vec<u8>, DicomError> {
    match inflate(compressed, MAX_INFLATED) {
        Ok(bytes) => Ok(bytes),
        Err(Inflate::TooLarge) => Err(DicomError::read(
            Reason::TooLarge,
            format!(
                "the deflated data set inflates to more than the limit of {MAX_INFLATED} bytes"
            ),
        )),
        Err(Inflate::Damaged(why)) => Err(DicomError::read(
            Reason::DamagedHeader,
            format!("the deflated data set {why}"),
        )),
    }
}

/// Why a deflated stream was not inflated.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inflate {
    TooLarge,
    Damaged(&'static str),
}

/// Inflates a raw stream (RFC 1951) to at most `limit` bytes.
pub(super) fn inflate(compressed: &[u8], limit: usize) -> Result<Vec<u8>, Inflate> {
    let mut stream = Decompress::new(false);
    let mut bytes: Vec<u8> = Vec::with_capacity(compressed.len().saturating_mul(3).min(limit) + 1);
    loop {
        let (before_in, before_out) = (stream.total_in(), stream.total_out());
        if bytes.len() > limit {
            return Err(Inflate::TooLarge);
        }
        if bytes.capacity() == bytes.len() {
            let more = bytes.len().clamp(64 * 1024, 16 * 1024 * 1024);
            bytes.reserve_exact(more);
        }
        let rest = compressed
            .get(stream.total_in() as usize..)
            .unwrap_or_default();
        let status = stream
            .decompress_vec(rest, &mut bytes, FlushDecompress::None)
            .map_err(|_| Inflate::Damaged("is damaged"))?;
        if status == Status::StreamEnd {
            return if bytes.len() > limit {
                Err(Inflate::TooLarge)
            } else {
                Ok(bytes)
            };
        }
        if stream.total_in() == before_in && stream.total_out() == before_out {
            return Err(Inflate::Damaged("ends before its last block"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_stops_at_the_limit_and_a_cut_stream_is_damaged() {
        let bomb = deflate(&vec![0; 10_000_000]);
        assert!(bomb.len() < 20_000);
        assert_eq!(inflate(&bomb, 1_000_000), Err(Inflate::TooLarge));
        assert_eq!(inflate(&bomb, 10_000_000).unwrap().len(), 10_000_000);
        assert!(matches!(
            inflate(&bomb[..bomb.len() / 2], 10_000_000),
            Err(Inflate::Damaged(_))
        ));
    }

    #[test]
    fn other_files_are_told_apart() {
        assert!(!looks_like_dicom(b"\x89PNG\r\n\x1a\n0000"));
        assert!(!looks_like_dicom(b"this is a text file"));
        assert!(!looks_like_dicom(b"\x08\x00"));
        let error = open(b"this is a text file").err().unwrap();
        assert_eq!(error.reason(), Reason::NotDicom);
    }
}
