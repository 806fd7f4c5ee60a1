//! Steps in words, for reports.

use crate::config::preprocess::{
    Channels, Crop, EqualizeEngine, OpenCvFilter, PillowVersion, RasterOptions, ResizeEngine,
    ResizeSize, SideRounding, SkimageFilter, Spacing, SpacingEngine, SpacingFilter, Step,
    TorchFilter, Turned,
};

/// Departures from Pillow's `Image.open`, one line each.
pub(super) fn describe_raster(options: RasterOptions) -> Vec<String> {
    let lines = [
        (
            options.turned == Turned::All,
            "turned as an orientation tag asks (as OpenCV's imread and Pillow's exif_transpose)",
        ),
        (
            options.turned == Turned::None,
            "orientation tags are not followed, of TIFF neither",
        ),
        (
            options.fast_idct,
            "JPEG by the fast inverse DCT (libjpeg-turbo's JDCT_IFAST)",
        ),
        (
            options.nearest_chroma,
            "chroma of JPEG repeated (libjpeg-turbo without fancy upsampling)",
        ),
    ];
    let lines = lines.into_iter().filter(|(said, _)| *said);
    lines.map(|(_, line)| line.to_owned()).collect()
}

/// Channels in words.
pub(super) fn describe_channels(channels: Channels) -> &'static str {
    match channels {
        Channels::Rgb => "channels red, green, blue",
        Channels::Bgr => "channels blue, green, red",
        Channels::GrayBt601 => {
            "one channel, 0.299 R + 0.587 G + 0.114 B (BT.601, as Pillow's convert(\"L\"))"
        }
        Channels::GrayBt709 => "one channel, 0.2126 R + 0.7152 G + 0.0722 B (BT.709)",
        Channels::Gray => "one channel as stored",
        Channels::Repeat3 => "one stored channel, three times",
    }
}

fn rounded(rounding: SideRounding) -> &'static str {
    match rounding {
        SideRounding::Down => "rounded down",
        SideRounding::HalfEven => "rounded, halves to even",
    }
}

pub(super) fn describe(step: &Step) -> String {
    match step {
        Step::Crop(Crop::CenterSquare) => "crop the centred square".to_owned(),
        Step::Crop(Crop::Center {
            width,
            height,
            depth,
        }) => {
            let deep = frames(*depth);
            format!("crop the centre, {width} x {height} (width x height){deep}")
        }
        Step::Crop(Crop::Box {
            x0,
            y0,
            x1,
            y1,
            frames,
        }) => {
            let frames =
                frames.map_or_else(String::new, |(z0, z1)| format!(", frames {z0} to {z1}"));
            format!("crop columns {x0} to {x1} and rows {y0} to {y1}{frames} (ends excluded)")
        }
        Step::Crop(Crop::Foreground { above, margin }) => {
            format!("crop to the samples above {above}, {margin} more on every side")
        }
        Step::Resize(resize) => {
            let engine = describe_engine(resize.engine);
            match resize.size {
                ResizeSize::Exact { width, height } => {
                    format!("resize to {width} x {height} (width x height), {engine}")
                }
                ResizeSize::Shorter { side, rounding } => format!(
                    "resize the shorter side to {side}, the longer one in proportion, {}, {engine}",
                    rounded(rounding)
                ),
                ResizeSize::Longer { side, rounding } => format!(
                    "resize the longer side to {side}, the shorter one in proportion, {}, {engine}",
                    rounded(rounding)
                ),
            }
        }
        Step::Scale {
            numerator,
            denominator: 1.0,
        } => format!("multiply by {numerator}"),
        Step::Scale {
            numerator: 1.0,
            denominator,
        } => format!("divide by {denominator}"),
        Step::Scale {
            numerator,
            denominator,
        } => format!("multiply by {numerator}, divide by {denominator}"),
        Step::Normalize { mean, std } => {
            format!("subtract {}, divide by {}", list(mean), list(std))
        }
        Step::MinMax { percentiles: None } => {
            "bring the image's own least and largest value to 0 and 1".to_owned()
        }
        Step::MinMax {
            percentiles: Some((low, high)),
        } => format!("bring the image's own percentiles {low} and {high} to 0 and 1, and clip"),
        Step::Standardize => {
            "subtract the image's mean, divide by its standard deviation".to_owned()
        }
        Step::Window {
            center,
            width,
            output,
        } => {
            let output = crate::imaging::dicom::describe_output(*output);
            format!("window: centre {center}, width {width}, {output}")
        }
        Step::Rescale => "rescale to the modality's unit".to_owned(),
        Step::DicomWindow(window, output) => {
            crate::imaging::dicom::describe_window(window, *output, true)
        }
        Step::Channels(channels) => describe_channels(*channels).to_owned(),
        Step::Transpose => "exchange rows and columns".to_owned(),
        Step::HistogramEqualize(engine) => {
            let engine = match engine {
                EqualizeEngine::OpenCv => "OpenCV's equalizeHist",
                EqualizeEngine::Pillow => "Pillow's ImageOps.equalize",
                EqualizeEngine::Skimage => "scikit-image's equalize_hist, to 0..1",
            };
            format!("equalise the histogram, as {engine}")
        }
        Step::Clahe(clahe) => format!(
            "CLAHE as OpenCV, clip limit {}, {} x {} tiles (across x down)",
            clahe.clip_limit, clahe.across, clahe.down
        ),
        Step::Clip { min, max } => format!("clip to {min}..{max}"),
        Step::Pad {
            width,
            height,
            depth,
            value,
        } => {
            let deep = frames(*depth);
            format!("pad with {value} to {width} x {height} (width x height){deep}")
        }
        Step::Flip(crate::config::preprocess::Flip::Horizontal) => {
            "mirror left and right".to_owned()
        }
        Step::Flip(crate::config::preprocess::Flip::Vertical) => "mirror top and bottom".to_owned(),
        Step::Flip(crate::config::preprocess::Flip::Depth) => {
            "reverse the order of frames".to_owned()
        }
        Step::Orient(orientation) => format!("turn axes until they run {orientation}"),
        Step::Spacing(spacing) => describe_spacing(spacing),
        Step::Rotate90 { times } => format!(
            "turn by {} degrees counterclockwise",
            u16::from(*times) * 90
        ),
    }
}

fn frames(depth: Option<usize>) -> String {
    depth.map_or_else(String::new, |depth| format!(", {depth} frames"))
}

fn describe_spacing(spacing: &Spacing) -> String {
    let [x, y, z] = spacing.distances;
    let engine = match spacing.engine {
        SpacingEngine::Monai => "MONAI's Spacing",
        SpacingEngine::Scipy => "scipy.ndimage.zoom",
        SpacingEngine::SimpleItk => "SimpleITK's Resample",
    };
    let filter = match spacing.filter {
        SpacingFilter::Nearest => "nearest",
        SpacingFilter::Linear => "linear",
    };
    format!("resample to voxels of {x} x {y} x {z} mm, as {engine}, {filter}")
}

fn describe_engine(engine: ResizeEngine) -> String {
    match engine {
        ResizeEngine::Pillow { filter, version } => {
            let filter = format!("{filter:?}").to_lowercase();
            let version = match version {
                PillowVersion::Unnamed => "",
                PillowVersion::V12 => " up to version 12",
                PillowVersion::V13 => " 13",
            };
            format!("as Pillow{version}, {filter}")
        }
        ResizeEngine::OpenCv { filter } => {
            let filter = match filter {
                OpenCvFilter::Nearest => "INTER_NEAREST",
                OpenCvFilter::Bilinear => "INTER_LINEAR",
                OpenCvFilter::Bicubic => "INTER_CUBIC",
                OpenCvFilter::Area => "INTER_AREA",
            };
            format!("as OpenCV, {filter}")
        }
        ResizeEngine::Torch { filter, antialias } => {
            let filter = match filter {
                TorchFilter::Nearest => "nearest",
                TorchFilter::Bilinear => "bilinear",
                TorchFilter::Bicubic => "bicubic",
            };
            format!(
                "as PyTorch, {filter}, {} antialiasing",
                if antialias { "with" } else { "without" }
            )
        }
        ResizeEngine::TorchBytes => {
            "as PyTorch on 8-bit tensors, bilinear, with antialiasing".to_owned()
        }
        ResizeEngine::Skimage {
            filter,
            antialias,
            preserve_range,
        } => {
            let order = match filter {
                SkimageFilter::Nearest => return "as scikit-image, order 0".to_owned(),
                SkimageFilter::Bilinear => 1,
                SkimageFilter::Bicubic => 3,
            };
            format!(
                "as scikit-image, order {order}, {} antialiasing, {}",
                if antialias { "with" } else { "without" },
                if preserve_range {
                    "range preserved"
                } else {
                    "integers to 0..1"
                }
            )
        }
    }
}

fn list(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(f64::to_string).collect();
    values.join(", ")
}
