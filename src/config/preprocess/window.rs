//! DICOM windows, and what windows give.

/// Which window is used. There is no fallback: a file without it is an error of that sample.
#[derive(Debug, Clone, PartialEq)]
pub enum DicomWindow {
    /// The file's first.
    First,
    /// The file's n-th, from 0.
    Index(usize),
    /// The file's window of this name (WindowCenterWidthExplanation).
    Named(String),
    /// The file's n-th VOI LUT, from 0.
    Table(usize),
    /// Numbers of the audit file.
    Declared {
        /// In the modality's unit.
        center: f64,
        /// In the modality's unit; at least 1 for `Linear`, above 0 otherwise.
        width: f64,
        /// How values are mapped.
        function: DicomWindowFunction,
    },
}

impl DicomWindow {
    /// Whether the image file holds it.
    pub fn is_of_the_file(&self) -> bool {
        !matches!(self, DicomWindow::Declared { .. })
    }
}

/// How a DICOM window maps values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DicomWindowFunction {
    /// The width counts values: ((x - (c - 0.5)) / (w - 1) + 0.5), clipped to 0..1.
    Linear,
    /// The width is a length: ((x - c) / w + 0.5), clipped to 0..1.
    LinearExact,
    /// 1 / (1 + exp(-4 (x - c) / w)).
    Sigmoid,
}

/// What a window gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowOutput {
    /// 32-bit floats from 0 to 1.
    Unit,
    /// 8-bit samples from 0 to 255.
    Bytes(ByteRounding),
}

/// How a number from 0 to 255 becomes a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRounding {
    /// floor(y + 1/2), as PS3.3 C.11.2 is mostly done.
    Nearest,
    /// What is behind the point is cut off: numpy's `.astype(np.uint8)`.
    Down,
}

impl ByteRounding {
    /// The byte of a number from 0 to 255.
    #[must_use]
    pub fn byte(self, value: f64) -> u8 {
        match self {
            Self::Nearest => (value + 0.5).floor() as u8,
            Self::Down => value as u8,
        }
    }
}
