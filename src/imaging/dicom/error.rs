//! Why a DICOM file could not be read, and at which step.

use thiserror::Error;

/// The steps from a file's bytes to displayed values, in order. A file that fails at one may be
/// sound at the ones before: a bad window does not spoil stored values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Finding the data elements of the header.
    Read,
    /// Decoding the stored values.
    Pixels,
    /// Modality LUT, or slope and intercept.
    Modality,
    /// Window or VOI LUT.
    Voi,
}

impl Step {
    /// The step in lower case, as `inspect` writes it.
    pub fn code(self) -> &'static str {
        match self {
            Step::Read => "read",
            Step::Pixels => "pixels",
            Step::Modality => "modality",
            Step::Voi => "voi",
        }
    }
}

/// Stable reasons; [`Reason::code`] is what results and findings carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The file has no byte.
    EmptyFile,
    /// The bytes are no DICOM data set.
    NotDicom,
    /// The data elements contradict themselves or the format.
    DamagedHeader,
    /// An attribute that is needed is not there, or has no value.
    MissingAttribute,
    /// An attribute has a value that the standard does not allow, or two contradict each other.
    InvalidAttribute,
    /// A variant of the format that is not read here.
    UnsupportedFeature,
    /// The data end before the image does.
    Truncated,
    /// The compressed data contradict themselves or the header.
    DecodeFailed,
    /// More samples or bytes than the limit.
    TooLarge,
    /// A window is asked for, and the file has none that fits.
    MissingWindow,
    /// Somebody wrote to the file while it was read.
    FileChanged,
}

impl Reason {
    /// The reason in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            Reason::EmptyFile => "empty-file",
            Reason::NotDicom => "not-dicom",
            Reason::DamagedHeader => "damaged-header",
            Reason::MissingAttribute => "missing-attribute",
            Reason::InvalidAttribute => "invalid-attribute",
            Reason::UnsupportedFeature => "unsupported-feature",
            Reason::Truncated => "truncated",
            Reason::DecodeFailed => "decode-failed",
            Reason::TooLarge => "too-large",
            Reason::MissingWindow => "missing-window",
            Reason::FileChanged => "file-changed",
        }
    }
}

/// A DICOM file that could not be read: the step, a stable reason, and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("DICOM: {sentence}")]
pub struct DicomError {
    step: Step,
    reason: Reason,
    sentence: String,
}

impl DicomError {
    pub(super) fn new(step: Step, reason: Reason, sentence: impl Into<String>) -> Self {
        DicomError {
            step,
            reason,
            sentence: sentence.into(),
        }
    }

    pub(super) fn read(reason: Reason, sentence: impl Into<String>) -> Self {
        DicomError::new(Step::Read, reason, sentence)
    }

    pub(super) fn pixels(reason: Reason, sentence: impl Into<String>) -> Self {
        DicomError::new(Step::Pixels, reason, sentence)
    }

    /// The compressed data are damaged.
    pub(super) fn corrupt(sentence: impl Into<String>) -> Self {
        DicomError::pixels(Reason::DecodeFailed, sentence)
    }

    /// The pixel data end too early.
    pub(super) fn truncated(sentence: impl Into<String>) -> Self {
        DicomError::pixels(Reason::Truncated, sentence)
    }

    /// A variant of the pixel data that is not read here.
    pub(super) fn unsupported(sentence: impl Into<String>) -> Self {
        DicomError::pixels(Reason::UnsupportedFeature, sentence)
    }

    /// What is wrong, without the name of the format.
    pub(super) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The step that refused the file.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Why, as a value.
    pub fn reason(&self) -> Reason {
        self.reason
    }
}
