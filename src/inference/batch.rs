//! From preprocessed images to the tensor that the graph asks for.

use crate::config::{Diagnostic, Dtype, Layout, ModelSpec, nearest};
use crate::engine::{Dimension, ElementType, Port, Signature, Tensor, TensorData};
use crate::imaging::{Image, Samples};

/// How images are laid into the model's input.
#[derive(Debug, Clone)]
pub struct BatchLayout {
    /// Name of the input in the graph.
    pub input: String,
    /// Order of axes.
    pub layout: Layout,
    /// Element type.
    pub dtype: Dtype,
    /// Batch size that the graph fixes; `None`: any.
    pub fixed_batch: Option<usize>,
    /// Channels, rows and columns that the graph fixes.
    pub fixed: [Option<usize>; 3],
}

/// Finds the image input and its layout from the audit file and the graph's signature.
///
/// # Errors
/// Inputs that do not exist, several inputs where one is an image, a layout or element type
/// that the signature leaves open or contradicts.
pub fn plan(spec: &ModelSpec, signature: &Signature) -> Result<BatchLayout, Vec<Diagnostic>> {
    let names: Vec<&str> = signature
        .inputs
        .iter()
        .map(|port| port.name.as_str())
        .collect();
    let unknown: Vec<Diagnostic> = spec
        .inputs
        .iter()
        .filter(|input| !names.contains(&input.name.value.as_str()))
        .map(|input| {
            let near = nearest(&input.name, &names)
                .first()
                .map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
            Diagnostic::error(
                "unknown-input",
                format!("the model has no input \"{}\"", input.name.value),
            )
            .at(input.name.span)
            .help(format!("{near}there are {}", names.join(", ")))
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let at_model = |code, message: String| Diagnostic::error(code, message).at(spec.file.span);
    let [port] = signature.inputs.as_slice() else {
        return Err(vec![at_model(
            "several-inputs",
            format!(
                "the model has {} inputs ({}), and this version feeds one image to one input",
                names.len(),
                names.join(", ")
            ),
        )]);
    };
    let declared = spec.inputs.first();
    let dtype = element(port, declared.and_then(|input| input.dtype))
        .map_err(|message| vec![at_model("input-dtype", message)])?;
    let shape: Vec<Dimension> = port
        .shape
        .clone()
        .unwrap_or_else(|| vec![Dimension::Dynamic(None); 4]);
    if shape.len() != 4 {
        return Err(vec![at_model(
            "input-shape",
            format!(
                "input \"{}\" has {} axes, expected 4 (a batch of images)",
                port.name,
                shape.len()
            ),
        )]);
    }
    let layout = match declared
        .and_then(|input| input.layout)
        .or_else(|| likely_layout(&shape))
    {
        Some(layout) => layout,
        None => {
            let message = format!(
                "the order of axes of input \"{}\" cannot be told from its shape",
                port.name
            );
            return Err(vec![at_model("input-layout", message).help(format!(
                "write `inputs: {{{}: {{layout: NCHW}}}}` or `NHWC` under `model`",
                port.name
            ))]);
        }
    };
    let size = |axis: usize| match shape[axis] {
        Dimension::Fixed(size) => Some(size),
        Dimension::Dynamic(_) => None,
    };
    let fixed = match layout {
        Layout::Nchw => [size(1), size(2), size(3)],
        Layout::Nhwc => [size(3), size(1), size(2)],
    };
    Ok(BatchLayout {
        input: port.name.clone(),
        layout,
        dtype,
        fixed_batch: size(0),
        fixed,
    })
}

fn element(port: &Port, declared: Option<Dtype>) -> Result<Dtype, String> {
    let found = match port.element {
        ElementType::F32 => Dtype::F32,
        ElementType::F16 => Dtype::F16,
        ElementType::U8 => Dtype::U8,
        other => {
            return Err(format!(
                "input \"{}\" takes {other}, expected f32, f16 or u8 for an image",
                port.name
            ));
        }
    };
    match declared {
        Some(declared) if declared != found => Err(format!(
            "input \"{}\" takes {}, but the audit file says {}",
            port.name,
            word(found),
            word(declared)
        )),
        _ => Ok(found),
    }
}

fn word(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::F32 => "f32",
        Dtype::F16 => "f16",
        Dtype::U8 => "u8",
    }
}

/// One or three channels at exactly one end leave no doubt.
fn likely_layout(shape: &[Dimension]) -> Option<Layout> {
    let channels = |axis: usize| matches!(shape.get(axis), Some(Dimension::Fixed(1 | 3)));
    match (channels(1), channels(3)) {
        (true, false) => Some(Layout::Nchw),
        (false, true) => Some(Layout::Nhwc),
        _ => None,
    }
}

impl BatchLayout {
    /// Checks one image against the sizes that the graph fixes.
    ///
    /// # Errors
    /// A sentence that names both sizes.
    pub fn accepts(&self, image: &Image) -> Result<(), String> {
        self.accepts_shape([image.channels, image.rows, image.columns])
    }

    /// The same for channels, rows and columns.
    ///
    /// # Errors
    /// A sentence that names both sizes.
    pub fn accepts_shape(&self, shape: [usize; 3]) -> Result<(), String> {
        let differs = shape
            .iter()
            .zip(self.fixed)
            .any(|(size, fixed)| fixed.is_some_and(|fixed| fixed != *size));
        if !differs {
            return Ok(());
        }
        let shown =
            |size: Option<usize>| size.map_or_else(|| "any".to_owned(), |size| size.to_string());
        Err(format!(
            "preprocessing gives {} channel(s), {} rows, {} columns; the model takes {} channel(s), {} rows, {} columns",
            shape[0],
            shape[1],
            shape[2],
            shown(self.fixed[0]),
            shown(self.fixed[1]),
            shown(self.fixed[2])
        ))
    }

    /// Lays images of one size into a batch of `size` (at least as many as there are images;
    /// the rest is zero).
    ///
    /// # Errors
    /// A sentence when the samples' type is not the input's.
    pub fn tensor(&self, images: &[Image], size: usize) -> Result<Tensor, String> {
        let first = images.first().ok_or("a batch without an image")?;
        let (channels, rows, columns) = (first.channels, first.rows, first.columns);
        let shape = match self.layout {
            Layout::Nchw => vec![size, channels, rows, columns],
            Layout::Nhwc => vec![size, rows, columns, channels],
        };
        let one = channels * rows * columns;
        let data = match self.dtype {
            Dtype::F32 => {
                let mut data = vec![0f32; size * one];
                for (image, place) in images.iter().zip(data.chunks_exact_mut(one)) {
                    place.copy_from_slice(&self.in_order(image));
                }
                TensorData::F32(data)
            }
            Dtype::F16 => {
                let mut data = vec![half::f16::ZERO; size * one];
                for (image, place) in images.iter().zip(data.chunks_exact_mut(one)) {
                    for (target, value) in place.iter_mut().zip(self.in_order(image)) {
                        *target = half::f16::from_f32(value);
                    }
                }
                TensorData::F16(data)
            }
            Dtype::U8 => {
                let mut data = vec![0u8; size * one];
                for (image, place) in images.iter().zip(data.chunks_exact_mut(one)) {
                    let Samples::U8(samples) = &image.samples else {
                        return Err(format!(
                            "input \"{}\" takes u8, but preprocessing gives other numbers; leave out `scale` and `normalize`",
                            self.input
                        ));
                    };
                    self.lay(samples, place, channels);
                }
                TensorData::U8(data)
            }
        };
        Ok(Tensor { shape, data })
    }

    /// An image's samples as 32-bit floats in the layout's order.
    fn in_order(&self, image: &Image) -> Vec<f32> {
        match self.layout {
            Layout::Nchw => image.to_channels_first_f32(),
            Layout::Nhwc => image.samples.clone().into_f32(),
        }
    }

    /// Interleaved samples to the layout's order.
    fn lay<T: Copy>(&self, samples: &[T], place: &mut [T], channels: usize) {
        match self.layout {
            Layout::Nhwc => place.copy_from_slice(samples),
            Layout::Nchw => {
                let plane = samples.len() / channels.max(1);
                for (channel, target) in place.chunks_exact_mut(plane.max(1)).enumerate() {
                    for (pixel, value) in target.iter_mut().enumerate() {
                        *value = samples[pixel * channels + channel];
                    }
                }
            }
        }
    }
}
