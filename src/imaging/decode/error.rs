//! Why a file could not be read as an image.

use thiserror::Error;

/// Stable reasons; [`DecodeReason::code`] is what results and findings carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecodeReason {
    /// The file has no byte.
    EmptyFile,
    /// The first bytes belong to no format that is read here.
    UnsupportedFormat,
    /// The format is known, but not this variant of it.
    UnsupportedFeature,
    /// An array where a raster image is declared, or the other way round.
    KindMismatch,
    /// The file ends before the image does.
    Truncated,
    /// The content contradicts itself or the format.
    DecodeFailed,
    /// More samples than the limit.
    TooLarge,
}

impl DecodeReason {
    /// The reason in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            DecodeReason::EmptyFile => "empty-file",
            DecodeReason::UnsupportedFormat => "unsupported-format",
            DecodeReason::UnsupportedFeature => "unsupported-feature",
            DecodeReason::KindMismatch => "kind-mismatch",
            DecodeReason::Truncated => "truncated",
            DecodeReason::DecodeFailed => "decode-failed",
            DecodeReason::TooLarge => "too-large",
        }
    }
}

/// A file that could not be read: a stable reason and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{sentence}", format.map(|name| format!("{name}: ")).unwrap_or_default())]
pub struct DecodeError {
    reason: DecodeReason,
    format: Option<&'static str>,
    sentence: String,
}

impl DecodeError {
    pub(crate) fn new(
        reason: DecodeReason,
        format: Option<&'static str>,
        sentence: impl Into<String>,
    ) -> Self {
        DecodeError {
            reason,
            format,
            sentence: sentence.into(),
        }
    }

    pub(crate) fn corrupt(format: &'static str, sentence: impl Into<String>) -> Self {
        DecodeError::new(DecodeReason::DecodeFailed, Some(format), sentence)
    }

    pub(crate) fn truncated(format: &'static str, sentence: impl Into<String>) -> Self {
        DecodeError::new(DecodeReason::Truncated, Some(format), sentence)
    }

    pub(crate) fn unsupported(format: &'static str, sentence: impl Into<String>) -> Self {
        DecodeError::new(DecodeReason::UnsupportedFeature, Some(format), sentence)
    }

    /// Stable kebab-case reason (`truncated`, `decode-failed`, ...).
    pub fn reason(&self) -> &'static str {
        self.reason.code()
    }

    /// The reason as a value.
    pub fn kind(&self) -> DecodeReason {
        self.reason
    }

    /// Format of the file, where it got far enough to tell.
    pub fn format(&self) -> Option<&'static str> {
        self.format
    }
}
