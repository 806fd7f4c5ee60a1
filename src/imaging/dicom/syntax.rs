//! Transfer syntaxes: how the bytes of a data set are laid out and its pixels compressed.

/// How the data elements themselves are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Every element names its value representation.
    pub(super) explicit: bool,
    /// Numbers have their most significant byte first.
    pub(super) big_endian: bool,
}

pub(super) const IMPLICIT: Layout = Layout {
    explicit: false,
    big_endian: false,
};
pub(super) const EXPLICIT: Layout = Layout {
    explicit: true,
    big_endian: false,
};
const EXPLICIT_BIG: Layout = Layout {
    explicit: true,
    big_endian: true,
};

/// How the pixels are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    /// Plain values in one piece.
    Native,
    /// Plain values, a fragment per frame.
    EncapsulatedNative,
    /// Plain values, each frame deflated.
    DeflatedFrame,
    /// Run lengths.
    Rle,
    /// JPEG: DCT-based and lossless; the stream says which.
    Jpeg,
    /// JPEG-LS.
    JpegLs,
    /// JPEG 2000 and high-throughput JPEG 2000.
    Jpeg2000,
    /// JPEG XL.
    JpegXl,
    /// Known by name, and not decoded here.
    Unsupported,
}

const OWN: &str = concat!("equipoise ", env!("CARGO_PKG_VERSION"));
const DEFLATE: &str = "flate2 1.1.11";
const JPEG: &str = "libjpeg-turbo-rs 0.9.0";
const JPEG_2000: &str = "openjpeg-sys 1.0.12";
const JPEG_XL: &str = "jxl-oxide 0.12.6";

impl Codec {
    /// Library and version that decodes it, for reports.
    pub(super) fn decoder(self) -> &'static str {
        match self {
            Codec::Native | Codec::EncapsulatedNative | Codec::Rle | Codec::JpegLs => OWN,
            Codec::DeflatedFrame => DEFLATE,
            Codec::Jpeg => JPEG,
            Codec::Jpeg2000 => JPEG_2000,
            Codec::JpegXl => JPEG_XL,
            Codec::Unsupported => "none",
        }
    }
}

/// Codecs of DICOM files and the library that decodes each, for reports.
pub fn decoder_versions() -> Vec<(&'static str, &'static str)> {
    vec![
        ("DICOM deflated", DEFLATE),
        ("DICOM JPEG", JPEG),
        ("DICOM JPEG 2000", JPEG_2000),
        ("DICOM JPEG XL", JPEG_XL),
        ("DICOM JPEG-LS", OWN),
        ("DICOM RLE", OWN),
        ("DICOM uncompressed", OWN),
    ]
}

/// One transfer syntax of PS3.6, Table A-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TransferSyntax {
    pub(super) uid: &'static str,
    pub(super) name: &'static str,
    pub(super) layout: Layout,
    pub(super) codec: Codec,
    /// The data set after the file meta group is deflated as a whole.
    pub(super) deflated: bool,
    /// The compression may change values.
    pub(super) lossy: bool,
}

const fn entry(uid: &'static str, name: &'static str, codec: Codec, lossy: bool) -> TransferSyntax {
    TransferSyntax {
        uid,
        name,
        layout: EXPLICIT,
        codec,
        deflated: false,
        lossy,
    }
}

const TABLE: &[TransferSyntax] = &[
    TransferSyntax {
        layout: IMPLICIT,
        ..entry(
            "1.2.840.10008.1.2",
            "Implicit VR Little Endian",
            Codec::Native,
            false,
        )
    },
    entry(
        "1.2.840.10008.1.2.1",
        "Explicit VR Little Endian",
        Codec::Native,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.1.98",
        "Encapsulated Uncompressed Explicit VR Little Endian",
        Codec::EncapsulatedNative,
        false,
    ),
    TransferSyntax {
        deflated: true,
        ..entry(
            "1.2.840.10008.1.2.1.99",
            "Deflated Explicit VR Little Endian",
            Codec::Native,
            false,
        )
    },
    TransferSyntax {
        layout: EXPLICIT_BIG,
        ..entry(
            "1.2.840.10008.1.2.2",
            "Explicit VR Big Endian",
            Codec::Native,
            false,
        )
    },
    entry(
        "1.2.840.10008.1.2.4.50",
        "JPEG Baseline (Process 1)",
        Codec::Jpeg,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.51",
        "JPEG Extended (Process 2 & 4)",
        Codec::Jpeg,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.53",
        "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)",
        Codec::Jpeg,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.55",
        "JPEG Full Progression, Non-Hierarchical (Process 10 & 12)",
        Codec::Jpeg,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.57",
        "JPEG Lossless, Non-Hierarchical (Process 14)",
        Codec::Jpeg,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.4.70",
        "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14, Selection Value 1)",
        Codec::Jpeg,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.4.80",
        "JPEG-LS Lossless",
        Codec::JpegLs,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.4.81",
        "JPEG-LS Lossy (Near-Lossless)",
        Codec::JpegLs,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.90",
        "JPEG 2000 (Lossless Only)",
        Codec::Jpeg2000,
        false,
    ),
    entry("1.2.840.10008.1.2.4.91", "JPEG 2000", Codec::Jpeg2000, true),
    entry(
        "1.2.840.10008.1.2.4.92",
        "JPEG 2000 Part 2 Multi-component (Lossless Only)",
        Codec::Unsupported,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.4.93",
        "JPEG 2000 Part 2 Multi-component",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.94",
        "JPIP Referenced",
        Codec::Unsupported,
        true,
    ),
    TransferSyntax {
        deflated: true,
        ..entry(
            "1.2.840.10008.1.2.4.95",
            "JPIP Referenced Deflate",
            Codec::Unsupported,
            true,
        )
    },
    entry(
        "1.2.840.10008.1.2.4.100",
        "MPEG2 Main Profile / Main Level",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.101",
        "MPEG2 Main Profile / High Level",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.102",
        "MPEG-4 AVC/H.264 High Profile / Level 4.1",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.103",
        "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.104",
        "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.105",
        "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.106",
        "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.107",
        "HEVC/H.265 Main Profile / Level 5.1",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.108",
        "HEVC/H.265 Main 10 Profile / Level 5.1",
        Codec::Unsupported,
        true,
    ),
    entry(
        "1.2.840.10008.1.2.4.110",
        "JPEG XL Lossless",
        Codec::JpegXl,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.4.111",
        "JPEG XL JPEG Recompression",
        Codec::JpegXl,
        true,
    ),
    entry("1.2.840.10008.1.2.4.112", "JPEG XL", Codec::JpegXl, true),
    entry(
        "1.2.840.10008.1.2.4.201",
        "High-Throughput JPEG 2000 (Lossless Only)",
        Codec::Jpeg2000,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.4.202",
        "High-Throughput JPEG 2000 with RPCL Options (Lossless Only)",
        Codec::Jpeg2000,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.4.203",
        "High-Throughput JPEG 2000",
        Codec::Jpeg2000,
        true,
    ),
    entry("1.2.840.10008.1.2.5", "RLE Lossless", Codec::Rle, false),
    entry(
        "1.2.840.10008.1.2.7.1",
        "SMPTE ST 2110-20 Uncompressed Progressive Active Video",
        Codec::Unsupported,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.7.2",
        "SMPTE ST 2110-20 Uncompressed Interlaced Active Video",
        Codec::Unsupported,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.7.3",
        "SMPTE ST 2110-30 PCM Digital Audio",
        Codec::Unsupported,
        false,
    ),
    entry(
        "1.2.840.10008.1.2.8.1",
        "Deflated Image Frame Compression",
        Codec::DeflatedFrame,
        false,
    ),
];

/// The transfer syntax of an identifier; `None` where the standard has none of it.
pub(super) fn find(uid: &str) -> Option<TransferSyntax> {
    TABLE.iter().copied().find(|syntax| syntax.uid == uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_and_found() {
        for (index, syntax) in TABLE.iter().enumerate() {
            assert!(
                TABLE[..index]
                    .iter()
                    .all(|other| other.uid != syntax.uid && other.name != syntax.name)
            );
            assert_eq!(find(syntax.uid), Some(*syntax));
        }
        assert_eq!(find("1.2.3"), None);
    }

    #[test]
    fn the_named_versions_are_those_in_use() {
        let Ok(lock) = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"))
        else {
            eprintln!("skipped: no Cargo.lock");
            return;
        };
        for (_, decoder) in decoder_versions() {
            let (name, version) = decoder.split_once(' ').unwrap();
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&entry), "{decoder} is not in Cargo.lock");
        }
    }

    #[test]
    fn names_are_those_of_the_published_dictionary() {
        use dicom_encoding::transfer_syntax::TransferSyntaxIndex;
        let registry = dicom_transfer_syntax_registry::TransferSyntaxRegistry;
        let mut known = 0;
        for syntax in TABLE {
            if let Some(entry) = registry.get(syntax.uid) {
                known += 1;
                let same = entry.name().replace(['(', ')', ':'], "").to_lowercase();
                let words = |text: &str| {
                    text.split(|c: char| !c.is_alphanumeric())
                        .find(|word| !word.is_empty())
                        .map(str::to_lowercase)
                };
                assert_eq!(words(&same), words(syntax.name), "{}", syntax.uid);
            }
        }
        assert!(known > 20, "{known}");
    }
}
