//! Parameters of `resize`, `window`, `histogram_equalize` and `clahe`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::words::Word;

/// A change of size.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Resize {
    /// Columns afterwards.
    #[schemars(range(min = 1))]
    pub width: Option<u32>,
    /// Rows afterwards.
    #[schemars(range(min = 1))]
    pub height: Option<u32>,
    /// Instead of both: columns or rows of the shorter side, the aspect kept.
    #[schemars(range(min = 1))]
    pub shorter: Option<u32>,
    /// Instead of both: columns or rows of the longer side, the aspect kept.
    #[schemars(range(min = 1))]
    pub longer: Option<u32>,
    /// How the other side is rounded; needed with `shorter` and `longer`.
    pub rounding: Option<SideRoundingName>,
    /// Library whose arithmetic is followed.
    pub engine: ResizeEngineName,
    /// pillow: nearest, box, bilinear, bicubic, lanczos. opencv: nearest, bilinear, bicubic, area. torch: nearest, bilinear, bicubic. skimage: nearest, bilinear, bicubic.
    pub filter: FilterName,
    /// Version of Pillow, where shapes are such that versions differ.
    pub version: Option<Word>,
    /// Whether torch resized with `antialias=True`, scikit-image with `anti_aliasing=True`; needed for
    /// these unless the filter is nearest.
    pub antialias: Option<bool>,
    /// Type of the tensor that torch resized. Default: f32.
    pub dtype: Option<ResizeDtypeName>,
    /// Whether scikit-image resized with `preserve_range=True`; needed for it unless the filter is
    /// nearest.
    pub preserve_range: Option<bool>,
}

/// How the longer side becomes a whole number.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum SideRoundingName {
    /// int(side * long / short): torchvision, transformers, timm.
    Down,
    /// round(side * long / short), halves to even.
    HalfEven,
}

/// Types of tensors that torch resizes.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum ResizeDtypeName {
    /// 32-bit floats.
    F32,
    /// 8-bit integers; bilinear with antialiasing.
    U8,
}

/// Libraries whose resizing is followed.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum ResizeEngineName {
    /// Pillow's `Image.resize`.
    Pillow,
    /// OpenCV's `cv2.resize`.
    OpenCv,
    /// `torch.nn.functional.interpolate`.
    Torch,
    /// scikit-image's `transform.resize`.
    Skimage,
}

/// Filters of resizing.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum FilterName {
    /// The nearest pixel.
    Nearest,
    /// Mean over a box (pillow).
    Box,
    /// Linear in both directions.
    Bilinear,
    /// Cubic in both directions.
    Bicubic,
    /// Mean over the area (opencv).
    Area,
    /// Lanczos window of size 3 (pillow).
    Lanczos,
}

/// `first` or `lut`, or a window with parameters.
#[derive(Debug)]
pub enum WindowEntry {
    /// The DICOM file's first window.
    First,
    /// The DICOM file's first VOI LUT.
    Lut,
    /// Another window.
    Other(Window),
}

impl JsonSchema for WindowEntry {
    fn schema_name() -> Cow<'static, str> {
        "WindowEntry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let other = generator.subschema_for::<Window>();
        json_schema!({"anyOf": [{"enum": ["first", "lut"]}, other]})
    }
}

/// Declared: `center` and `width`, clip((x - (center - width / 2)) / width, 0, 1) unless `function`
/// says otherwise. Of the DICOM file: `name` or `index`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Window {
    /// Middle of the window.
    pub center: Option<f64>,
    /// Width of the window.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub width: Option<f64>,
    /// How DICOM maps values. Default: linear_exact.
    pub function: Option<WindowFunctionName>,
    /// The DICOM file's window with this explanation.
    pub name: Option<Word>,
    /// The DICOM file's n-th window, from 0.
    pub index: Option<u32>,
    /// The DICOM file's n-th VOI LUT, from 0.
    pub lut: Option<u32>,
    /// What the window gives. Default: unit.
    pub output: Option<WindowOutputName>,
    /// How bytes are rounded; needed with `output: u8`.
    pub rounding: Option<ByteRoundingName>,
}

/// Functions of DICOM windows (VOI LUT Function).
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum WindowFunctionName {
    /// The width counts values.
    Linear,
    /// The width is a length.
    LinearExact,
    /// A logistic curve.
    Sigmoid,
}

/// The library whose histogram equalisation is followed.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Equalize {
    /// Library whose arithmetic is followed.
    pub engine: EqualizeEngineName,
}

/// Libraries that equalise histograms.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum EqualizeEngineName {
    /// `cv2.equalizeHist`: 8-bit, one channel.
    OpenCv,
    /// `PIL.ImageOps.equalize`: 8-bit, each channel on its own.
    Pillow,
    /// `skimage.exposure.equalize_hist`: 8- or 16-bit, one channel, to 0..1.
    Skimage,
}

/// Contrast-limited adaptive histogram equalisation.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Clahe {
    /// Library whose arithmetic is followed.
    pub engine: ClaheEngineName,
    /// OpenCV's `clipLimit`; 0: no limit.
    #[schemars(range(min = 0))]
    pub clip_limit: f64,
    /// Tiles side by side: the first number of `tileGridSize`.
    #[schemars(range(min = 1))]
    pub tiles_across: u32,
    /// Tiles one above the other.
    #[schemars(range(min = 1))]
    pub tiles_down: u32,
}

/// Libraries whose CLAHE is followed.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum ClaheEngineName {
    /// `cv2.createCLAHE`.
    OpenCv,
}

/// What a window gives.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum WindowOutputName {
    /// Floats from 0 to 1.
    Unit,
    /// Bytes from 0 to 255.
    U8,
}

/// How bytes are rounded.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum ByteRoundingName {
    /// floor(y + 1/2).
    Nearest,
    /// What is behind the point is cut off.
    Down,
}
