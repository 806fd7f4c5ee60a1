//! Why a step does not fit an image.

use thiserror::Error;

/// A preprocessing step that cannot be applied to an image; nothing is ever guessed instead.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TransformError {
    /// The stored channels do not fit `input.channels`.
    #[error("`input.channels` is `{declared}`, but the image has {found}; {help}")]
    ChannelMismatch {
        /// What the audit file declares.
        declared: &'static str,
        /// What the image has.
        found: String,
        /// What to write instead.
        help: &'static str,
    },
    /// A crop reaches beyond the image.
    #[error(
        "crop of {width} x {height} at column {x0}, row {y0} does not fit into an image of {columns} x {rows} (width x height)"
    )]
    CropOutside {
        /// First column of the crop.
        x0: usize,
        /// First row of the crop.
        y0: usize,
        /// Columns of the crop.
        width: usize,
        /// Rows of the crop.
        height: usize,
        /// Columns of the image.
        columns: usize,
        /// Rows of the image.
        rows: usize,
    },
    /// A pad to less than the image has.
    #[error(
        "pad to {width} x {height} is smaller than the image of {columns} x {rows} (width x height)"
    )]
    PadSmaller {
        /// Columns asked for.
        width: usize,
        /// Rows asked for.
        height: usize,
        /// Columns of the image.
        columns: usize,
        /// Rows of the image.
        rows: usize,
    },
    /// A crop reaches beyond the frames of a volume.
    #[error("crop of {depth} frames from frame {z0} on does not fit into {frames} frames")]
    CropFramesOutside {
        /// First frame of the crop.
        z0: usize,
        /// Frames of the crop.
        depth: usize,
        /// Frames of the image.
        frames: usize,
    },
    /// A pad to fewer frames than there are.
    #[error("pad to {depth} frames is smaller than the volume of {frames} frames")]
    PadFramesSmaller {
        /// Frames asked for.
        depth: usize,
        /// Frames of the volume.
        frames: usize,
    },
    /// A volume would have more voxels than the limit.
    #[error(
        "the result of {frames} frames x {rows} rows x {columns} columns is empty or larger than the limit"
    )]
    VolumeTooLarge {
        /// Frames.
        frames: usize,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// `crop: {foreground: ...}` of an image without foreground.
    #[error("crop to the foreground finds no sample above {above}")]
    NoForeground {
        /// Samples above it would be foreground.
        above: f64,
    },
    /// A step that needs to know where the voxels lie, on an image that does not say.
    #[error(
        "{step} needs to know where voxels lie and which way axes run, which this file does not say (use it on volumes, `input: {{kind: volume}}`)"
    )]
    NoGeometry {
        /// The step.
        step: &'static str,
    },
    /// `spacing` of a volume whose axes are not at right angles.
    #[error(
        "spacing cannot resample along axes that are not at right angles (the cosine between two is {cosine:.4})"
    )]
    Sheared {
        /// Largest cosine between two axes.
        cosine: f64,
    },
    /// Pillow 12 and 13 give different results for this shape, and the step names no version.
    #[error(
        "Pillow 12 and Pillow 13 resize {columns} x {rows} to {new_columns} x {new_rows} (width x height) differently; write `version: 12` or `version: 13` into the resize step"
    )]
    PillowVersionNeeded {
        /// Rows before.
        rows: usize,
        /// Columns before.
        columns: usize,
        /// Rows after.
        new_rows: usize,
        /// Columns after.
        new_columns: usize,
    },
    /// The named library has no arithmetic for this sample type.
    #[error("{engine} does not resize samples of type {dtype}")]
    UnsupportedType {
        /// Library and filter.
        engine: &'static str,
        /// Sample type.
        dtype: &'static str,
    },
    /// `normalize` with another number of values than there are channels.
    #[error(
        "normalize has {found} values for the {what}, expected 1 or {channels} (one a channel)"
    )]
    NormalizeChannels {
        /// `mean` or `std`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// Channels of the image.
        channels: usize,
    },
    /// `standardize` or `minmax` of an image with a single value.
    #[error(
        "standardize and minmax cannot divide by the spread of an image whose samples are all equal"
    )]
    ConstantImage,
    /// A step on an image with NaN or infinite samples, of which it can make nothing.
    #[error("{step} needs finite samples, found NaN or infinity")]
    NotFinite {
        /// The step.
        step: &'static str,
    },
    /// A step that a library does for one channel only.
    #[error(
        "{engine} takes one channel, and the image has {channels}; make one of them before, such as by `channels: gray_bt601`"
    )]
    OneChannel {
        /// Library and function.
        engine: &'static str,
        /// Channels of the image.
        channels: usize,
    },
    /// A step on a sample type that the library does not take.
    #[error(
        "{step} as {engine} takes samples of type {expected}, and these are {dtype}; do it before steps that make floats, or let `window` give bytes (`output: u8`)"
    )]
    UnsupportedStepType {
        /// The step.
        step: &'static str,
        /// Library and function.
        engine: &'static str,
        /// Sample type.
        dtype: &'static str,
        /// Sample types that it takes.
        expected: &'static str,
    },
    /// `clahe` with more tiles than there are pixels, or too many of them.
    #[error(
        "clahe with {across} x {down} tiles does not fit an image of {columns} x {rows} (width x height); name fewer tiles"
    )]
    Tiles {
        /// Tiles side by side.
        across: usize,
        /// Tiles one above the other.
        down: usize,
        /// Columns of the image.
        columns: usize,
        /// Rows of the image.
        rows: usize,
    },
    /// The result would have more samples than the limit.
    #[error(
        "the result of {rows} rows x {columns} columns x {channels} channels is empty or larger than the limit"
    )]
    TooLarge {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Channels.
        channels: usize,
    },
}

impl TransformError {
    /// Stable kebab-case reason.
    pub fn reason(&self) -> &'static str {
        match self {
            TransformError::ChannelMismatch { .. } => "channel-mismatch",
            TransformError::CropOutside { .. } => "crop-outside",
            TransformError::PadSmaller { .. } => "pad-smaller",
            TransformError::CropFramesOutside { .. } => "crop-outside",
            TransformError::PadFramesSmaller { .. } => "pad-smaller",
            TransformError::VolumeTooLarge { .. } => "too-large",
            TransformError::NoForeground { .. } => "no-foreground",
            TransformError::NoGeometry { .. } => "no-geometry",
            TransformError::Sheared { .. } => "sheared-axes",
            TransformError::PillowVersionNeeded { .. } => "pillow-version-needed",
            TransformError::UnsupportedType { .. } => "unsupported-type",
            TransformError::NormalizeChannels { .. } => "normalize-channels",
            TransformError::ConstantImage => "constant-image",
            TransformError::NotFinite { .. } => "not-finite",
            TransformError::TooLarge { .. } => "too-large",
            TransformError::OneChannel { .. } => "channel-mismatch",
            TransformError::UnsupportedStepType { .. } => "unsupported-type",
            TransformError::Tiles { .. } => "tiles",
        }
    }
}
