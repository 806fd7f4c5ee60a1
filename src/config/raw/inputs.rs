//! `model.inputs`.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::processing::{Input, StepEntry};
use super::words::{Fraction, Word, Words};

/// One input of the model: preprocessed images, or numbers out of columns of the table.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ModelInput {
    /// Order of axes of images. Default: taken from the graph.
    pub layout: Option<LayoutName>,
    /// Element type. Default: taken from the graph.
    pub dtype: Option<DtypeName>,
    /// Which image of an exam this input takes: a text of the column `cohort.exam.view`.
    pub view: Option<Word>,
    /// The column with the paths of this input's images, or several, whose images become its channels in
    /// their order. Default: `cohort.columns.image`.
    pub image: Option<Words>,
    /// What an image of this input is, where it is not what `input` of the file says; with `preprocess`.
    pub input: Option<Box<Input>>,
    /// This input's own steps, instead of those of the file.
    pub preprocess: Option<Vec<StepEntry>>,
    /// The column that is fed, where it is one.
    pub column: Option<Word>,
    /// The columns that are fed, in the order of the input's numbers.
    #[schemars(length(min = 1))]
    pub columns: Option<Vec<ModelInputColumn>>,
    /// Of `column`: taken off the value before it is scaled.
    #[schemars(extend("default" = 0))]
    pub offset: Option<f64>,
    /// Of `column`: the number fed is (value - offset) * scale.
    #[schemars(extend("default" = 1))]
    pub scale: Option<Fraction>,
    /// Of `column`: a number for each level.
    #[schemars(extend("minProperties" = 1))]
    pub map: Option<BTreeMap<String, f64>>,
    /// Of `column`: the number of every level that `map` leaves out. Default: such a level is an error.
    pub other: Option<f64>,
    /// Of `column` and `image`: the number fed where the value or the image is missing. Default: the
    /// sample gets no score.
    pub missing: Option<f64>,
}

/// One column of an input.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ModelInputColumn {
    /// Column of the manifest.
    pub column: Word,
    /// Taken off the value before it is scaled.
    #[schemars(extend("default" = 0))]
    pub offset: Option<f64>,
    /// The number fed is (value - offset) * scale.
    #[schemars(extend("default" = 1))]
    pub scale: Option<Fraction>,
    /// A number for each level.
    #[schemars(extend("minProperties" = 1))]
    pub map: Option<BTreeMap<String, f64>>,
    /// The number of every level that `map` leaves out. Default: such a level is an error.
    pub other: Option<f64>,
    /// The number fed where the value is missing. Default: the sample gets no score.
    pub missing: Option<f64>,
}

/// Order of axes.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
pub enum LayoutName {
    /// Batch, channel, row, column.
    Nchw,
    /// Batch, row, column, channel.
    Nhwc,
    /// Batch, channel, frame, row, column (SimpleITK's arrays).
    Ncdhw,
    /// Batch, frame, row, column, channel.
    Ndhwc,
    /// Batch, channel, column, row, frame (nibabel's and MONAI's arrays).
    Ncwhd,
    /// Batch, column, row, frame, channel.
    Nwhdc,
}

/// Element type. Images are f32, f16 or u8.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum DtypeName {
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
