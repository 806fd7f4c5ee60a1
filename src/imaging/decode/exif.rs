//! The orientation tag of EXIF data.
//!
//! It is reported, and applied as the audit file says; by default in TIFF files alone: Pillow's
//! `Image.open`, and so most training code, turns these and keeps the pixels of others as stored.

/// Orientation (1 to 8, CIPA DC-008 tag 274) from a TIFF-structured EXIF block; `None` where absent
/// or malformed.
pub(super) fn orientation(exif: &[u8]) -> Option<u16> {
    let little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let word = |at: usize| -> Option<u16> {
        let bytes: [u8; 2] = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let offset: [u8; 4] = exif.get(4..8)?.try_into().ok()?;
    let directory = if little {
        u32::from_le_bytes(offset)
    } else {
        u32::from_be_bytes(offset)
    } as usize;
    let entries = usize::from(word(directory)?);
    for entry in 0..entries {
        let at = directory.checked_add(2 + 12 * entry)?;
        if word(at)? == 274 {
            return word(at + 8).filter(|value| (1..=8).contains(value));
        }
    }
    None
}

/// The note for an orientation tag that asks for something else than the stored order.
pub(super) fn orientation_note(orientation: Option<u16>) -> Option<String> {
    orientation.filter(|&value| value != 1).map(|value| {
        format!("EXIF orientation is {value}; it is not applied, pixels are as stored")
    })
}

/// Whether a note is one of [`orientation_note`].
pub(super) fn is_note(note: &str) -> bool {
    note.starts_with("EXIF orientation is ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders_are_read_and_damage_is_none() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0";
        assert_eq!(orientation(little), Some(6));
        assert_eq!(orientation(big), Some(3));
        for length in 0..little.len() - 8 {
            assert_eq!(orientation(&little[..length]), None);
        }
        assert!(orientation_note(Some(1)).is_none());
        assert!(
            orientation_note(Some(6))
                .unwrap()
                .contains("orientation is 6")
        );
    }
}
