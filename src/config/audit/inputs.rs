//! `model.inputs`: what each input of the graph is fed.

use super::super::located::{Located, Span};
use super::super::preprocess::{InputSpec, Step};

/// One declared input of the model.
#[derive(Debug, Clone)]
pub struct ModelInput {
    /// The input's name in the graph.
    pub name: Located<String>,
    /// What goes into it.
    pub feed: Feed,
}

/// What goes into an input.
#[derive(Debug, Clone)]
pub enum Feed {
    /// Preprocessed images.
    Image(ImageFeed),
    /// Numbers out of columns of the table of samples.
    Table(TableFeed),
}

/// How images are fed.
#[derive(Debug, Clone, Default)]
pub struct ImageFeed {
    /// Order of axes; `None`: taken from the graph's signature.
    pub layout: Option<Layout>,
    /// Element type; `None`: taken from the graph's signature.
    pub dtype: Option<Dtype>,
    /// Which image of an exam; `None`: the sample's own.
    pub view: Option<Located<String>>,
    /// Columns with the paths of its images, which become its channels in this order. Empty: the
    /// cohort's column of images.
    pub images: Vec<Located<String>>,
    /// What every number of a missing image of a column is; `None`: a sample without it gets no score.
    pub missing: Option<f64>,
    /// How its images are read and preprocessed; `None`: as the audit has it for all inputs.
    pub way: Option<ImageWay>,
}

/// How the images of one input become numbers.
#[derive(Debug, Clone)]
pub struct ImageWay {
    /// What an image is.
    pub input: InputSpec,
    /// Steps from decoded pixels to the model's input, in order.
    pub steps: Vec<Step>,
    /// Where each of them stands in the audit file.
    pub places: Vec<Span>,
}

/// How columns are fed: one number a column, in this order.
#[derive(Debug, Clone)]
pub struct TableFeed {
    /// The columns. Never empty.
    pub columns: Vec<TabularColumn>,
    /// Element type; `None`: taken from the graph's signature.
    pub dtype: Option<NumberType>,
}

/// One column and how its texts become numbers.
#[derive(Debug, Clone)]
pub struct TabularColumn {
    /// The column; may be named more than once, as one-hot coding does.
    pub column: Located<String>,
    /// From text to number.
    pub coding: Coding,
    /// What stands for a missing value; `None`: a sample without it gets no score.
    pub missing: Option<f64>,
}

/// How a text becomes a number, in double precision.
#[derive(Debug, Clone)]
pub enum Coding {
    /// (value - offset) * numerator / denominator.
    Numeric {
        /// Taken off first.
        offset: f64,
        /// Numerator of the scale.
        numerator: f64,
        /// Denominator of the scale, not zero.
        denominator: f64,
    },
    /// A number for each level.
    Categorical {
        /// Levels, in the file's order. Never empty.
        levels: Vec<(Located<String>, f64)>,
        /// What stands for every other level; `None`: another level is an error.
        other: Option<f64>,
    },
}

/// Element type of an input of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberType {
    /// 32-bit float.
    F32,
    /// 16-bit float.
    F16,
    /// 64-bit float.
    F64,
    /// 64-bit integer.
    I64,
    /// 32-bit integer.
    I32,
    /// 8-bit unsigned integer.
    U8,
    /// True (1) or false (0).
    Bool,
}

impl NumberType {
    /// Its name in the audit file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::F64 => "f64",
            Self::I64 => "i64",
            Self::I32 => "i32",
            Self::U8 => "u8",
            Self::Bool => "bool",
        }
    }
}

/// Order of the axes of an image batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Batch, channel, row, column.
    Nchw,
    /// Batch, row, column, channel.
    Nhwc,
    /// Batch, channel, frame, row, column: arrays of SimpleITK, stacked slices.
    Ncdhw,
    /// Batch, frame, row, column, channel.
    Ndhwc,
    /// Batch, channel, column, row, frame: arrays of nibabel and MONAI.
    Ncwhd,
    /// Batch, column, row, frame, channel.
    Nwhdc,
}

impl Layout {
    /// Whether the images are volumes.
    #[must_use]
    pub fn is_volume(self) -> bool {
        !matches!(self, Self::Nchw | Self::Nhwc)
    }

    /// Whether the channels of a pixel lie side by side.
    #[must_use]
    pub fn is_channels_last(self) -> bool {
        matches!(self, Self::Nhwc | Self::Ndhwc | Self::Nwhdc)
    }

    /// Whether columns are slower than frames.
    #[must_use]
    pub fn is_columns_first(self) -> bool {
        matches!(self, Self::Ncwhd | Self::Nwhdc)
    }
}

/// Element type of an input tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// 32-bit float.
    F32,
    /// 16-bit float.
    F16,
    /// 8-bit unsigned integer.
    U8,
}

impl Dtype {
    /// Its name in the audit file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::U8 => "u8",
        }
    }
}
