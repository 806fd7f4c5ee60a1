//! `input`, `preprocess` and `output`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::steps::{Clahe, Equalize, Resize, WindowEntry};
use super::volumes::{Foreground, Spacing};
use super::words::{Fraction, Numbers, Word};

/// What an image is.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Input {
    /// What kind of file an image is.
    pub kind: KindName,
    /// Which channels are made of the decoded samples, before the first step.
    pub channels: ChannelsName,
    /// Which frame of a DICOM file with several is fed, from 0.
    pub frame: Option<u32>,
    /// What is done with DICOM files whose least value is white.
    #[schemars(extend("default" = "by_window"))]
    pub monochrome1: Option<Monochrome1Name>,
    /// What a DICOM series may be flagged and still be read.
    pub allow: Option<Vec<AllowedFlag>>,
    /// Of raster files: whether an orientation tag turns the image.
    #[schemars(extend("default" = "pillow"))]
    pub orientation: Option<OrientationName>,
    /// Of JPEG: libjpeg-turbo's accurate (`JDCT_ISLOW`) or fast (`JDCT_IFAST`) inverse DCT.
    #[schemars(extend("default" = "accurate"))]
    pub jpeg_idct: Option<IdctName>,
    /// Of JPEG: how chroma comes to the image's size.
    #[schemars(extend("default" = "smooth"))]
    pub jpeg_upsampling: Option<UpsamplingName>,
}

/// Whether an orientation tag turns the image.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum OrientationName {
    /// As Pillow's `Image.open`: in TIFF files it does, in others it does not.
    Pillow,
    /// In all files, as OpenCV's `imread` and Pillow's `ImageOps.exif_transpose` do.
    Exif,
    /// In none.
    AsStored,
}

/// Inverse DCT.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum IdctName {
    /// `JDCT_ISLOW`, the default of Pillow, OpenCV and torchvision.
    Accurate,
    /// `JDCT_IFAST`.
    Fast,
}

/// Upsampling of chroma.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum UpsamplingName {
    /// Weighted by neighbours (`do_fancy_upsampling`), the default of Pillow, OpenCV and torchvision.
    Smooth,
    /// Repeated.
    Nearest,
}

/// What is done with MONOCHROME1.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Monochrome1Name {
    /// A window inverts it; without one it is refused.
    ByWindow,
    /// Its least value stays the least.
    AsStored,
}

/// Flags of a series that can be allowed.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum AllowedFlag {
    /// A distance above 1.5 times the median.
    Gap,
    /// Distances that are not the same.
    UnevenSpacing,
    /// Slices are shifted against their normal, as by a tilted gantry.
    Tilt,
}

/// What kind of file an image is.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum KindName {
    /// PNG, JPEG, TIFF, BMP, WebP.
    Raster,
    /// NumPy arrays: rows x columns, or rows x columns x channels.
    Array,
    /// NIfTI: columns, rows and frames are the file's first, second and third axis.
    Volume,
    /// DICOM, one image a file.
    Dicom,
    /// A folder of DICOM slices, one series: a volume.
    DicomSeries,
}

/// Channels that an image is turned into.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ChannelsName {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
    /// One channel: 0.299 R + 0.587 G + 0.114 B.
    #[schemars(rename = "gray_bt601")]
    GrayBt601,
    /// One channel: 0.2126 R + 0.7152 G + 0.0722 B.
    #[schemars(rename = "gray_bt709")]
    GrayBt709,
    /// One channel as stored.
    Gray,
    /// One stored channel, three times.
    #[schemars(rename = "repeat3")]
    Repeat3,
}

/// `standardize`, `rescale`, `transpose` or `minmax`, or a mapping with one step.
#[derive(Debug)]
pub enum StepEntry {
    /// A step without parameters.
    Bare,
    /// A step with its parameters.
    Step(Box<StepMapping>),
}

impl JsonSchema for StepEntry {
    fn schema_name() -> Cow<'static, str> {
        "StepEntry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let step = generator.subschema_for::<StepMapping>();
        json_schema!({"anyOf": [{"enum": ["standardize", "rescale", "transpose", "minmax"]}, step]})
    }
}

/// One step and its parameters.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
pub struct StepMapping {
    /// Cut a part out.
    pub crop: Option<Crop>,
    /// Change the number of rows and columns, as a named library does.
    pub resize: Option<Resize>,
    /// Multiply every sample by a number or a fraction such as 1/255.
    pub scale: Option<Fraction>,
    /// (x - mean) / std by channel.
    pub normalize: Option<Normalize>,
    /// (x - mean of the image) / standard deviation of the image; takes no parameters.
    pub standardize: Option<()>,
    /// (x - low) / (high - low) of the image's own range; without parameters of its least and largest
    /// value.
    pub minmax: Option<MinMax>,
    /// Window to 0..1.
    pub window: Option<WindowEntry>,
    /// DICOM's modality LUT, or slope and intercept; takes no parameters.
    pub rescale: Option<()>,
    /// Limit every sample to a range.
    pub clip: Option<Clip>,
    /// Add rows and columns of a constant around the image.
    pub pad: Option<Pad>,
    /// Mirror.
    pub flip: Option<FlipName>,
    /// Quarter turns counterclockwise.
    #[schemars(range(min = 1, max = 3))]
    pub rotate90: Option<u8>,
    /// How a volume's axes run afterwards: a code such as RAS or LPS.
    #[schemars(extend("pattern" = "^[RLAPSI]{3}$"))]
    pub orient: Option<Word>,
    /// Resample a volume to declared distances of voxels.
    pub spacing: Option<Spacing>,
    /// Make other channels of those that there are.
    pub channels: Option<ChannelsName>,
    /// Exchange rows and columns; takes no parameters.
    pub transpose: Option<()>,
    /// Make gray levels about equally frequent, as a named library does.
    pub histogram_equalize: Option<Equalize>,
    /// Equalise by tiles with limited contrast.
    pub clahe: Option<Clahe>,
}

/// Of which values of an image the range is taken.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MinMax {
    /// Two percentiles, to which samples are clipped.
    #[schemars(length(min = 2, max = 2), inner(range(min = 0, max = 100)))]
    pub percentiles: Vec<f64>,
}

/// What is cut out: `center_square`, `{center: ...}`, `{box: ...}` or `{foreground: ...}`.
#[derive(Debug)]
pub enum Crop {
    /// The largest centred square.
    CenterSquare,
    /// Another crop.
    Other(CropMapping),
}

impl JsonSchema for Crop {
    fn schema_name() -> Cow<'static, str> {
        "Crop".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let other = generator.subschema_for::<CropMapping>();
        json_schema!({"anyOf": [{"const": "center_square"}, other]})
    }
}

/// A crop with parameters.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
pub struct CropMapping {
    /// A centred rectangle that must fit.
    pub center: Option<Size>,
    /// `[x0, y0, x1, y1]` in pixels, or `[x0, y0, z0, x1, y1, z1]`; x1, y1 and z1 are one past the
    /// last.
    #[schemars(rename = "box", length(min = 4, max = 6))]
    pub corners: Option<Vec<u32>>,
    /// The smallest box that holds every sample above a value.
    pub foreground: Option<Foreground>,
}

/// Columns, rows and frames.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Size {
    /// Columns.
    #[schemars(range(min = 1))]
    pub width: u32,
    /// Rows.
    #[schemars(range(min = 1))]
    pub height: u32,
    /// Frames of a volume. Default: all of them.
    #[schemars(range(min = 1))]
    pub depth: Option<u32>,
}

/// (x - mean) / std.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Normalize {
    /// One number, or one for each channel.
    pub mean: Numbers,
    /// One number above 0, or one for each channel.
    pub std: Numbers,
}

/// Limits.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Clip {
    /// Least value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

/// Padding to a size, the image in the middle.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Pad {
    /// Columns afterwards.
    #[schemars(range(min = 1))]
    pub width: u32,
    /// Rows afterwards.
    #[schemars(range(min = 1))]
    pub height: u32,
    /// Frames afterwards. Default: as many as before.
    #[schemars(range(min = 1))]
    pub depth: Option<u32>,
    /// What is filled in.
    pub value: f64,
}

/// Mirror axis.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum FlipName {
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
    /// First and last frame change places.
    Depth,
}

/// How the model's output becomes named scores.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Output {
    /// Which output of the graph. Default: its only one.
    pub name: Option<Word>,
    /// What the numbers stand for.
    pub head: Option<HeadName>,
    /// What is applied to the model's numbers.
    pub activation: Option<ActivationName>,
    /// What a score is after the activation. Default: probability after sigmoid or softmax.
    pub score_kind: Option<ScoreKindName>,
    /// Names of the numbers, in the model's order; `~` for one that is not used.
    pub labels: Option<Vec<Option<Word>>>,
    /// How a map over pixels, or the numbers of several windows, become one number, before the
    /// activation.
    pub pool: Option<PoolName>,
    /// Of a segmentation: inside an outline where the map is at least this after the activation; after
    /// a softmax the largest label counts instead.
    #[schemars(extend("default" = 0.5))]
    pub inside_from: Option<f64>,
    /// Of a segmentation: how a map is brought to the grid of the drawn mask.
    #[schemars(extend("default" = "linear"))]
    pub resample: Option<ResampleName>,
    /// Of a detection: the output with the boxes, left, top, right and bottom of each.
    pub boxes: Option<Word>,
}

/// How a map is brought to another grid.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ResampleName {
    /// Linear interpolation between voxel centres.
    Linear,
    /// The value of the voxel under each centre.
    Nearest,
    /// Not at all.
    Refuse,
}

/// How several numbers become one.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum PoolName {
    /// Arithmetic mean.
    Mean,
    /// Largest.
    Max,
}

/// What a model's numbers stand for.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum HeadName {
    /// One number a sample.
    Binary,
    /// One number for each label, independent of each other.
    Multilabel,
    /// One number for each class, exactly one of which is true.
    Multiclass,
    /// Named numbers of any kind: risks, grades, measurements.
    Numbers,
    /// A map over pixels or voxels for each label.
    Segmentation,
    /// A fixed number of boxes, each with a score.
    Detection,
}

/// What is applied to a model's numbers.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ActivationName {
    /// Nothing: the output already is the score.
    None,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// exp(x_i) / sum exp(x_j) over the classes.
    Softmax,
}

/// What a score is.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ScoreKindName {
    /// Between 0 and 1 and meant as a probability.
    Probability,
    /// Log odds.
    Logit,
    /// Any number that ranks.
    Score,
}
