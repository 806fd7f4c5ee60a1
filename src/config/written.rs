//! Checked values in the audit file's own words, for programs that propose changes to it.

use super::audit::Activation;
use super::preprocess::{
    ByteRounding, Channels, Crop, DicomWindow, DicomWindowFunction, EqualizeEngine, Flip,
    OpenCvFilter, PillowFilter, PillowVersion, Resize, ResizeEngine, ResizeSize, SideRounding,
    SkimageFilter, SpacingEngine, SpacingFilter, Step, TorchFilter, WindowOutput,
};

/// The word for `input.channels`.
#[must_use]
pub fn channels_word(channels: Channels) -> &'static str {
    match channels {
        Channels::Rgb => "rgb",
        Channels::Bgr => "bgr",
        Channels::GrayBt601 => "gray_bt601",
        Channels::GrayBt709 => "gray_bt709",
        Channels::Gray => "gray",
        Channels::Repeat3 => "repeat3",
    }
}

/// The word for `output.activation`.
#[must_use]
pub fn activation_word(activation: Activation) -> &'static str {
    match activation {
        Activation::None => "none",
        Activation::Sigmoid => "sigmoid",
        Activation::Softmax => "softmax",
    }
}

/// One entry of `preprocess`, without the dash: `scale: 1/255`.
#[must_use]
pub fn step_text(step: &Step) -> String {
    match step {
        Step::Crop(crop) => format!("crop: {}", crop_text(crop)),
        Step::Resize(resize) => format!("resize: {}", resize_text(resize)),
        Step::Scale {
            numerator,
            denominator: 1.0,
        } => format!("scale: {numerator}"),
        Step::Scale {
            numerator,
            denominator,
        } => format!("scale: {numerator}/{denominator}"),
        Step::Normalize { mean, std } => {
            format!("normalize: {{mean: {}, std: {}}}", list(mean), list(std))
        }
        Step::Standardize => "standardize:".to_owned(),
        Step::MinMax { percentiles: None } => "minmax:".to_owned(),
        Step::MinMax {
            percentiles: Some((low, high)),
        } => format!("minmax: {{percentiles: [{low}, {high}]}}"),
        Step::Window {
            center,
            width,
            output,
        } => format!(
            "window: {{center: {center}, width: {width}{}}}",
            output_text(*output)
        ),
        Step::Rescale => "rescale".to_owned(),
        Step::DicomWindow(window, output) => format!("window: {}", window_text(window, *output)),
        Step::Channels(channels) => format!("channels: {}", channels_word(*channels)),
        Step::Transpose => "transpose".to_owned(),
        Step::HistogramEqualize(engine) => {
            let engine = match engine {
                EqualizeEngine::OpenCv => "opencv",
                EqualizeEngine::Pillow => "pillow",
                EqualizeEngine::Skimage => "skimage",
            };
            format!("histogram_equalize: {{engine: {engine}}}")
        }
        Step::Clahe(clahe) => format!(
            "clahe: {{engine: opencv, clip_limit: {}, tiles_across: {}, tiles_down: {}}}",
            clahe.clip_limit, clahe.across, clahe.down
        ),
        Step::Clip { min, max } => format!("clip: {{min: {min}, max: {max}}}"),
        Step::Pad {
            width,
            height,
            depth,
            value,
        } => format!(
            "pad: {{width: {width}, height: {height}{}, value: {value}}}",
            deep(*depth)
        ),
        Step::Flip(Flip::Horizontal) => "flip: horizontal".to_owned(),
        Step::Flip(Flip::Vertical) => "flip: vertical".to_owned(),
        Step::Flip(Flip::Depth) => "flip: depth".to_owned(),
        Step::Rotate90 { times } => format!("rotate90: {times}"),
        Step::Orient(orientation) => format!("orient: {orientation}"),
        Step::Spacing(spacing) => {
            let [x, y, z] = spacing.distances;
            let engine = match spacing.engine {
                SpacingEngine::Monai => "monai",
                SpacingEngine::Scipy => "scipy",
                SpacingEngine::SimpleItk => "simpleitk",
            };
            let filter = match spacing.filter {
                SpacingFilter::Nearest => "nearest",
                SpacingFilter::Linear => "linear",
            };
            format!("spacing: {{x: {x}, y: {y}, z: {z}, engine: {engine}, filter: {filter}}}")
        }
    }
}

fn output_text(output: WindowOutput) -> &'static str {
    match output {
        WindowOutput::Unit => "",
        WindowOutput::Bytes(ByteRounding::Nearest) => ", output: u8, rounding: nearest",
        WindowOutput::Bytes(ByteRounding::Down) => ", output: u8, rounding: down",
    }
}

fn window_text(window: &DicomWindow, output: WindowOutput) -> String {
    let more = output_text(output);
    match window {
        DicomWindow::First if more.is_empty() => "first".to_owned(),
        DicomWindow::First => format!("{{index: 0{more}}}"),
        DicomWindow::Index(index) => format!("{{index: {index}{more}}}"),
        DicomWindow::Named(name) => format!("{{name: \"{name}\"{more}}}"),
        DicomWindow::Table(0) if more.is_empty() => "lut".to_owned(),
        DicomWindow::Table(index) => format!("{{lut: {index}{more}}}"),
        DicomWindow::Declared {
            center,
            width,
            function,
        } => {
            let function = match function {
                DicomWindowFunction::Linear => "linear",
                DicomWindowFunction::LinearExact => "linear_exact",
                DicomWindowFunction::Sigmoid => "sigmoid",
            };
            format!("{{center: {center}, width: {width}, function: {function}{more}}}")
        }
    }
}

fn crop_text(crop: &Crop) -> String {
    match crop {
        Crop::CenterSquare => "center_square".to_owned(),
        Crop::Center {
            width,
            height,
            depth,
        } => format!(
            "{{center: {{width: {width}, height: {height}{}}}}}",
            deep(*depth)
        ),
        Crop::Box {
            x0,
            y0,
            x1,
            y1,
            frames: None,
        } => format!("{{box: [{x0}, {y0}, {x1}, {y1}]}}"),
        Crop::Box {
            x0,
            y0,
            x1,
            y1,
            frames: Some((z0, z1)),
        } => format!("{{box: [{x0}, {y0}, {z0}, {x1}, {y1}, {z1}]}}"),
        Crop::Foreground { above, margin } => {
            format!("{{foreground: {{above: {above}, margin: {margin}}}}}")
        }
    }
}

fn resize_text(resize: &Resize) -> String {
    let engine = match resize.engine {
        ResizeEngine::Pillow { filter, version } => {
            let filter = match filter {
                PillowFilter::Nearest => "nearest",
                PillowFilter::Box => "box",
                PillowFilter::Bilinear => "bilinear",
                PillowFilter::Bicubic => "bicubic",
                PillowFilter::Lanczos => "lanczos",
            };
            let version = match version {
                PillowVersion::Unnamed => "",
                PillowVersion::V12 => ", version: 12",
                PillowVersion::V13 => ", version: 13",
            };
            format!("engine: pillow, filter: {filter}{version}")
        }
        ResizeEngine::OpenCv { filter } => {
            let filter = match filter {
                OpenCvFilter::Nearest => "nearest",
                OpenCvFilter::Bilinear => "bilinear",
                OpenCvFilter::Bicubic => "bicubic",
                OpenCvFilter::Area => "area",
            };
            format!("engine: opencv, filter: {filter}")
        }
        ResizeEngine::Torch { filter, antialias } => {
            let filter = match filter {
                TorchFilter::Nearest => "nearest",
                TorchFilter::Bilinear => "bilinear",
                TorchFilter::Bicubic => "bicubic",
            };
            format!("engine: torch, filter: {filter}, antialias: {antialias}")
        }
        ResizeEngine::TorchBytes => {
            "engine: torch, filter: bilinear, antialias: true, dtype: u8".to_owned()
        }
        ResizeEngine::Skimage {
            filter: SkimageFilter::Nearest,
            ..
        } => "engine: skimage, filter: nearest".to_owned(),
        ResizeEngine::Skimage {
            filter,
            antialias,
            preserve_range,
        } => {
            let filter = match filter {
                SkimageFilter::Bicubic => "bicubic",
                _ => "bilinear",
            };
            format!(
                "engine: skimage, filter: {filter}, antialias: {antialias}, preserve_range: \
                 {preserve_range}"
            )
        }
    };
    let size = match resize.size {
        ResizeSize::Exact { width, height } => format!("width: {width}, height: {height}"),
        ResizeSize::Shorter { side, rounding } => {
            format!("shorter: {side}, rounding: {}", rounding_word(rounding))
        }
        ResizeSize::Longer { side, rounding } => {
            format!("longer: {side}, rounding: {}", rounding_word(rounding))
        }
    };
    format!("{{{size}, {engine}}}")
}

fn rounding_word(rounding: SideRounding) -> &'static str {
    match rounding {
        SideRounding::Down => "down",
        SideRounding::HalfEven => "half_even",
    }
}

fn deep(depth: Option<usize>) -> String {
    depth.map_or_else(String::new, |depth| format!(", depth: {depth}"))
}

fn list(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(f64::to_string).collect();
    format!("[{}]", values.join(", "))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Need, parse};
    use super::*;

    /// What is written is read back as the same steps.
    #[test]
    fn steps_are_read_back() {
        let complete = include_str!("complete.yaml");
        let read = |text: &str| {
            let loaded = parse(text, "audit.yaml", Path::new(""), Need::Model);
            loaded.map_err(|errors| errors.render(false)).unwrap().audit
        };
        let before = read(complete).preprocess;
        let steps: Vec<String> = before
            .iter()
            .map(|step| format!("  - {}\n", step_text(step)))
            .collect();
        let start = complete.find("preprocess:\n").unwrap();
        let end = start + complete[start..].find("\noutput:").unwrap();
        let rewritten = format!(
            "{}preprocess:\n{}{}",
            &complete[..start],
            steps.concat(),
            &complete[end + 1..]
        );
        assert!(before.len() > 10);
        assert_eq!(read(&rewritten).preprocess, before);
    }
}
