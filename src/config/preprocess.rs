//! What the audit file says about reading an image and turning it into the model's input.

mod resize;
mod window;

pub use resize::{
    OpenCvFilter, PillowFilter, PillowVersion, Resize, ResizeEngine, ResizeSize, SideRounding,
    SkimageFilter, TorchFilter,
};
pub use window::{ByteRounding, DicomWindow, DicomWindowFunction, WindowOutput};

/// The `input` section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputSpec {
    /// What kind of file an image is.
    pub kind: InputKind,
    /// Which channels are made of the decoded samples, before the first step.
    pub channels: Channels,
    /// What is done with DICOM of other than the plain kind.
    pub dicom: DicomOptions,
    /// How raster files are decoded where libraries differ.
    pub raster: RasterOptions,
}

/// How raster files are decoded where libraries differ; the default is Pillow's `Image.open`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RasterOptions {
    /// Which images are turned as their orientation tags ask.
    pub turned: Turned,
    /// JPEG by libjpeg-turbo's fast IDCT (`JDCT_IFAST`) instead of the accurate one (`JDCT_ISLOW`).
    pub fast_idct: bool,
    /// Chroma of JPEG by repeating samples (`do_fancy_upsampling` off) instead of smoothly.
    pub nearest_chroma: bool,
}

/// Which images are turned as their orientation tags ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Turned {
    /// TIFF, and no other format, as Pillow's `Image.open` does.
    #[default]
    Pillow,
    /// All, as OpenCV's `imread` and Pillow's `ImageOps.exif_transpose` do.
    All,
    /// None: pixels as stored.
    None,
}

/// What is done with DICOM of other than the plain kind; by default it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DicomOptions {
    /// MONOCHROME1, whose least value is white, stays as stored. Otherwise a window inverts it, and
    /// without a window it is refused.
    pub monochrome1_as_stored: bool,
    /// A series may have a distance above 1.5 times the median.
    pub allow_gap: bool,
    /// A series may have distances that are not the same.
    pub allow_uneven_spacing: bool,
    /// A series may be tilted against its normal.
    pub allow_tilt: bool,
}

/// What kind of file an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// PNG, JPEG, TIFF, BMP, WebP.
    Raster,
    /// `.npy`: rows x columns, or rows x columns x channels.
    Array,
    /// NIfTI: a volume of columns, rows and frames.
    Volume,
    /// A DICOM file; the frame that is fed, from 0. `None`: files of one frame.
    Dicom(Option<usize>),
    /// A folder of DICOM slices, one series: a volume.
    DicomSeries,
}

/// Channels that an image is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// Red, green, blue; a gray image is an error (use `repeat3`).
    Rgb,
    /// Blue, green, red; a gray image is an error.
    Bgr,
    /// One channel: 0.299 R + 0.587 G + 0.114 B, rounded as Pillow's `convert("L")` does on 8-bit images.
    GrayBt601,
    /// One channel: 0.2126 R + 0.7152 G + 0.0722 B.
    GrayBt709,
    /// One channel as stored; a colour image is an error unless its channels are equal.
    Gray,
    /// One stored channel, three times.
    Repeat3,
}

/// One step of `preprocess`.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Cut a part out.
    Crop(Crop),
    /// Change the number of rows and columns.
    Resize(Resize),
    /// Multiply every sample: `scale: 1/255`. The result is float.
    Scale {
        /// Numerator as written (1 in `1/255`).
        numerator: f64,
        /// Denominator as written (255 in `1/255`; 1 for a plain number).
        denominator: f64,
    },
    /// (x - mean) / std by channel. The result is float.
    Normalize {
        /// One value, or one a channel.
        mean: Vec<f64>,
        /// One value, or one a channel; none is zero.
        std: Vec<f64>,
    },
    /// (x - mean of the image) / SD of the image (population SD). The result is float.
    Standardize,
    /// (x - low) / (high - low) of the image's own range. The result is float.
    MinMax {
        /// Percentiles of the image that are low and high, and that samples are clipped to; `None`: its
        /// least and its largest value.
        percentiles: Option<(f64, f64)>,
    },
    /// Linear window to 0..1: clip((x - (center - width/2)) / width, 0, 1). The result is float.
    Window {
        /// Middle of the window.
        center: f64,
        /// Width of the window, above zero.
        width: f64,
        /// Floats or bytes.
        output: WindowOutput,
    },
    /// DICOM's modality LUT, or slope and intercept: stored values to the modality's unit.
    Rescale,
    /// A window as DICOM defines it (PS3.3 C.11.2), to 0..1; MONOCHROME1 is inverted at its end.
    DicomWindow(DicomWindow, WindowOutput),
    /// Make other channels of those that there are.
    Channels(Channels),
    /// Exchange rows and columns.
    Transpose,
    /// Make gray levels about equally frequent.
    HistogramEqualize(EqualizeEngine),
    /// The same by tiles, with limited contrast, as OpenCV does it.
    Clahe(Clahe),
    /// Limit every sample to a range.
    Clip {
        /// Least value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// Add rows, columns and frames of a constant, the image in the middle (the odd one at the end).
    Pad {
        /// Columns afterwards; never fewer than before.
        width: usize,
        /// Rows afterwards; never fewer than before.
        height: usize,
        /// Frames afterwards; `None`: as many as before.
        depth: Option<usize>,
        /// What is filled in.
        value: f64,
    },
    /// Mirror.
    Flip(Flip),
    /// Turn by 90 degrees counterclockwise, `times` times (1 to 3).
    Rotate90 {
        /// How many quarter turns.
        times: u8,
    },
    /// Exchange and reverse the axes of a volume so that they run as declared.
    Orient(Orientation),
    /// Resample a volume to declared distances of voxels. The result is float, except for nearest.
    Spacing(Spacing),
}

/// Libraries whose histogram equalisation is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EqualizeEngine {
    /// `cv2.equalizeHist`.
    OpenCv,
    /// `PIL.ImageOps.equalize`.
    Pillow,
    /// `skimage.exposure.equalize_hist`; the result is float from 0 to 1.
    Skimage,
}

/// Contrast-limited adaptive histogram equalisation, `cv2.createCLAHE`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clahe {
    /// `clipLimit`, relative to a flat histogram; 0: no limit.
    pub clip_limit: f64,
    /// Tiles side by side (first number of `tileGridSize`).
    pub across: usize,
    /// Tiles one above the other.
    pub down: usize,
}

/// Resampling of a volume to declared distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spacing {
    /// Distances of columns, rows and frames afterwards, in mm; above zero.
    pub distances: [f64; 3],
    /// Whose grid: how many voxels there are afterwards, and where they lie.
    pub engine: SpacingEngine,
    /// What lies between voxels.
    pub filter: SpacingFilter,
}

/// Libraries whose grid is followed. `n` voxels at distance `p` become `m` at distance `q`; numbers
/// are rounded half to even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpacingEngine {
    /// MONAI's `Spacing` (padding mode border, scale_extent off): m = round((n - 1) p / q + 1), voxel
    /// `o` taken at o q / p, beyond the last voxel its value. Where axes are not at right angles to
    /// within 1e-8 voxels, as in most oblique volumes, the centre stays instead of the first voxel:
    /// o q / p + (n - m q / p) / 2.
    Monai,
    /// `scipy.ndimage.zoom(image, p / q)`: m = round(n p / q), voxel `o` taken at
    /// o (n - 1) / (m - 1), so that the real distance differs a little from q.
    Scipy,
    /// SimpleITK's `Resample` to m = round(n p / q) voxels: voxel `o` taken at o q / p; up to half a
    /// voxel beyond the last voxel its value, 0 further out.
    SimpleItk,
}

/// What lies between voxels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpacingFilter {
    /// The nearest voxel; the number type stays.
    Nearest,
    /// Linear along each axis, in 64-bit arithmetic, rounded once to 32-bit floats.
    Linear,
}

/// What is cut out.
#[derive(Debug, Clone, PartialEq)]
pub enum Crop {
    /// The largest centred square; an odd remainder leaves one more at the end (left = (w - s) / 2, integer division).
    CenterSquare,
    /// A centred rectangle that must fit (left = round half to even of (w - width) / 2, as torchvision does).
    Center {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Frames; `None`: all of them.
        depth: Option<usize>,
    },
    /// Half-open box `[x0, x1) x [y0, y1)` in pixels, which must lie inside.
    Box {
        /// First column.
        x0: usize,
        /// First row.
        y0: usize,
        /// One past the last column.
        x1: usize,
        /// One past the last row.
        y1: usize,
        /// First frame and one past the last; `None`: all of them.
        frames: Option<(usize, usize)>,
    },
    /// The smallest box that holds every sample above a value, in all channels, and `margin` more on
    /// every side where the image has it (MONAI's `CropForeground` with `allow_smaller=True`).
    Foreground {
        /// Samples above it are foreground.
        above: f64,
        /// Columns, rows and frames left around.
        margin: usize,
    },
}

/// Mirror axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flip {
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
    /// First and last frame change places.
    Depth,
}

/// Which way the three axes of a volume run, as a code such as `RAS`: the first letter says where
/// column numbers grow to (right or left, anterior or posterior, superior or inferior), the second
/// row numbers, the third frame numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orientation {
    /// Of each axis: 0 for right-left, 1 for anterior-posterior, 2 for superior-inferior, and
    /// whether it grows to the first of the two.
    axes: [(usize, bool); 3],
}

const LETTERS: [[char; 2]; 3] = [['R', 'L'], ['A', 'P'], ['S', 'I']];

impl Orientation {
    /// Right, anterior, superior: nibabel's canonical orientation.
    pub const RAS: Self = Self {
        axes: [(0, true), (1, true), (2, true)],
    };

    /// An orientation, unless a direction is named twice.
    #[must_use]
    pub fn new(axes: [(usize, bool); 3]) -> Option<Self> {
        let each_once = (0..3).all(|world| axes.iter().any(|axis| axis.0 == world));
        each_once.then_some(Self { axes })
    }

    /// Reads a code: one letter each of R/L, A/P and S/I, in any order.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let letters: Vec<char> = code.chars().collect();
        let &[first, second, third] = letters.as_slice() else {
            return None;
        };
        let axis = |letter: char| {
            let found = LETTERS.iter().enumerate();
            found
                .filter_map(|(world, pair)| {
                    let side = pair.iter().position(|one| *one == letter)?;
                    Some((world, side == 0))
                })
                .next()
        };
        Self::new([axis(first)?, axis(second)?, axis(third)?])
    }

    /// How axes that run as `self` become axes that run as `target`: new axis `a` is the old axis
    /// `.0` of entry `a`, reversed where `.1`.
    #[must_use]
    pub fn to_reach(self, target: Self) -> [(usize, bool); 3] {
        target.axes.map(|(world, grows)| {
            let old = self.axes.iter().position(|axis| axis.0 == world);
            // Every direction occurs once in both.
            let old = old.unwrap_or_default();
            (old, self.axes[old].1 != grows)
        })
    }
}

impl std::fmt::Display for Orientation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.axes
            .iter()
            .try_for_each(|(world, grows)| write!(f, "{}", LETTERS[*world][usize::from(!grows)]))
    }
}
