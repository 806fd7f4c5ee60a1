//! The step `resize`.

/// A change of size. The library whose arithmetic is followed is always named.
#[derive(Debug, Clone, PartialEq)]
pub struct Resize {
    /// Columns and rows afterwards.
    pub size: ResizeSize,
    /// Library and its options.
    pub engine: ResizeEngine,
}

/// How many columns and rows there are afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResizeSize {
    /// As many as these.
    Exact {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// The shorter side gets so many, the longer one as many as keep the aspect.
    Shorter {
        /// Columns or rows of the shorter side.
        side: usize,
        /// How the longer side is rounded.
        rounding: SideRounding,
    },
    /// The longer side gets so many, the shorter one as many as keep the aspect.
    Longer {
        /// Columns or rows of the longer side.
        side: usize,
        /// How the shorter side is rounded; it has at least one.
        rounding: SideRounding,
    },
}

/// How the longer side, `side * long / short`, becomes a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideRounding {
    /// The next smaller one: torchvision's and transformers' `int(size * long / short)`.
    Down,
    /// The nearest one, halves to even: Python's `round(size * long / short)`.
    HalfEven,
}

impl ResizeSize {
    /// Rows and columns afterwards of an image of so many.
    #[must_use]
    pub fn rows_and_columns(self, rows: usize, columns: usize) -> (usize, usize) {
        match self {
            Self::Exact { width, height } => (height, width),
            Self::Longer { side, rounding } => {
                let (short, long) = (rows.min(columns), rows.max(columns).max(1));
                let short = match rounding {
                    SideRounding::Down => side.saturating_mul(short) / long,
                    // Python's round(short * (side / long)), as MONAI and albumentations have it.
                    SideRounding::HalfEven => {
                        let scale = side as f64 / long as f64;
                        (short as f64 * scale).round_ties_even() as usize
                    }
                };
                let short = short.max(1);
                if columns <= rows {
                    (side, short)
                } else {
                    (short, side)
                }
            }
            Self::Shorter { side, rounding } => {
                let (short, long) = (rows.min(columns).max(1), rows.max(columns));
                let product = side.saturating_mul(long);
                let (whole, rest) = (product / short, product % short);
                let up = match rounding {
                    SideRounding::Down => false,
                    SideRounding::HalfEven => {
                        rest > short - rest || (rest == short - rest && whole % 2 == 1)
                    }
                };
                let long = whole + usize::from(up);
                if columns <= rows {
                    (long, side)
                } else {
                    (side, long)
                }
            }
        }
    }
}

/// Libraries whose resizing is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResizeEngine {
    /// Pillow's `Image.resize` (8-bit fixed point for 8-bit images, float otherwise).
    Pillow {
        /// Filter.
        filter: PillowFilter,
        /// Which version's order of passes.
        version: PillowVersion,
    },
    /// OpenCV's `cv2.resize`.
    OpenCv {
        /// Interpolation.
        filter: OpenCvFilter,
    },
    /// `torch.nn.functional.interpolate(..., align_corners=False)`; the result is float.
    Torch {
        /// Interpolation.
        filter: TorchFilter,
        /// `antialias=True`.
        antialias: bool,
    },
    /// The same with `mode="bilinear", antialias=True` on 8-bit tensors; the result is 8-bit.
    TorchBytes,
    /// scikit-image's `transform.resize`, mode `reflect`; the result is float, except for nearest.
    Skimage {
        /// Order of the spline.
        filter: SkimageFilter,
        /// `anti_aliasing=True`: a Gaussian filter along sides that shrink.
        antialias: bool,
        /// `preserve_range=True`; otherwise 8- and 16-bit samples become 0..1.
        preserve_range: bool,
    },
}

/// Pillow's filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PillowFilter {
    /// `NEAREST`.
    Nearest,
    /// `BOX`.
    Box,
    /// `BILINEAR`, antialiased.
    Bilinear,
    /// `BICUBIC` (a = -0.5), antialiased.
    Bicubic,
    /// `LANCZOS` (a = 3), antialiased.
    Lanczos,
}

/// Order of passes in Pillow's resize.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PillowVersion {
    /// Not named: refused for shapes where 12 and 13 differ.
    Unnamed,
    /// Horizontal pass first, always (up to 12).
    V12,
    /// Vertical pass first for some shapes (13).
    V13,
}

/// OpenCV's interpolations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenCvFilter {
    /// `INTER_NEAREST`.
    Nearest,
    /// `INTER_LINEAR`.
    Bilinear,
    /// `INTER_CUBIC`.
    Bicubic,
    /// `INTER_AREA`.
    Area,
}

/// Orders of scikit-image's splines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkimageFilter {
    /// `order=0`.
    Nearest,
    /// `order=1`.
    Bilinear,
    /// `order=3`.
    Bicubic,
}

/// PyTorch's interpolation modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TorchFilter {
    /// `nearest`.
    Nearest,
    /// `bilinear`.
    Bilinear,
    /// `bicubic`.
    Bicubic,
}
