//! From preprocessed images to the tensor that the graph asks for.

use crate::config::{Diagnostic, Dtype, ImageFeed, Layout, SlidingWindow, Span};
use crate::engine::{Dimension, ElementType, Port, Tensor, TensorData};
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
    /// Channels, frames, rows and columns that the graph fixes for a whole image.
    pub fixed: [Option<usize>; 4],
    /// How a volume is run window by window; `None`: in one piece.
    pub sliding_window: Option<SlidingWindow>,
}

/// How images are laid into one input: as declared, and as the graph's signature has it.
///
/// # Errors
/// A layout or element type that the signature leaves open or contradicts, windows that do not
/// fit. The mistake is shown at `span`.
pub(super) fn image_layout(
    port: &Port,
    declared: &ImageFeed,
    window: Option<SlidingWindow>,
    span: Span,
) -> Result<BatchLayout, Vec<Diagnostic>> {
    let refused = |code, message: String| Diagnostic::error(code, message).at(span);
    let dtype =
        element(port, declared.dtype).map_err(|message| vec![refused("input-dtype", message)])?;
    let (layout, shape) = axes(port, declared.layout)
        .map_err(|(code, message, help)| vec![refused(code, message).help(help)])?;
    let size = |axis: usize| match shape[axis] {
        Dimension::Fixed(size) => Some(size),
        Dimension::Dynamic(_) => None,
    };
    let one = Some(1);
    let mut fixed = match layout {
        Layout::Nchw => [size(1), one, size(2), size(3)],
        Layout::Nhwc => [size(3), one, size(1), size(2)],
        Layout::Ncdhw => [size(1), size(2), size(3), size(4)],
        Layout::Ndhwc => [size(4), size(1), size(2), size(3)],
        Layout::Ncwhd => [size(1), size(4), size(3), size(2)],
        Layout::Nwhdc => [size(4), size(3), size(2), size(1)],
    };
    if let Some(window) = window {
        fits_window(layout, &fixed, window, port)
            .map_err(|message| vec![refused("sliding-window", message)])?;
        fixed = [fixed[0], None, None, None];
    }
    Ok(BatchLayout {
        input: port.name.clone(),
        layout,
        dtype,
        fixed_batch: size(0),
        fixed,
        sliding_window: window,
    })
}

/// Code, message and help of a diagnostic.
type Told = (&'static str, String, String);

/// The layout and the shape that it names the axes of.
fn axes(port: &Port, declared: Option<Layout>) -> Result<(Layout, Vec<Dimension>), Told> {
    let volumes = "NCDHW, NDHWC, NCWHD or NWHDC (D: frames, H: rows, W: columns)";
    let rank = |layout: Layout| if layout.is_volume() { 5 } else { 4 };
    let shape = port
        .shape
        .clone()
        .unwrap_or_else(|| vec![Dimension::Dynamic(None); declared.map_or(4, rank)]);
    if let Some(layout) = declared {
        if shape.len() == rank(layout) {
            return Ok((layout, shape));
        }
        let message = format!(
            "input \"{}\" has {} axes, but its layout has {}",
            port.name,
            shape.len(),
            rank(layout)
        );
        return Err((
            "input-shape",
            message,
            format!("planes: NCHW or NHWC; volumes: {volumes}"),
        ));
    }
    let layout = likely_layout(&shape);
    match (layout, shape.len()) {
        (Some(layout), 4) => Ok((layout, shape)),
        (_, 4) => Err((
            "input-layout",
            format!(
                "the order of axes of input \"{}\" cannot be told from its shape",
                port.name
            ),
            format!(
                "write `inputs: {{{}: {{layout: NCHW}}}}` or `NHWC` under `model`",
                port.name
            ),
        )),
        (_, 5) => Err((
            "input-layout",
            format!(
                "input \"{}\" takes volumes, whose order of axes is never guessed",
                port.name
            ),
            format!(
                "write `inputs: {{{}: {{layout: NCWHD}}}}` under `model` for arrays of nibabel and MONAI (columns first), `NCDHW` for those of SimpleITK (frames first); there are {volumes}",
                port.name
            ),
        )),
        (_, count) => Err((
            "input-shape",
            format!(
                "input \"{}\" has {count} axes, expected 4 (a batch of images) or 5 (of volumes)",
                port.name
            ),
            format!(
                "this version feeds images and volumes, and numbers of the table: `inputs: {{{}: {{column: age}}}}` under `model`",
                port.name
            ),
        )),
    }
}

/// Windows are for volumes, and a graph that fixes sizes must take a window of just that size.
fn fits_window(
    layout: Layout,
    fixed: &[Option<usize>; 4],
    window: SlidingWindow,
    port: &Port,
) -> Result<(), String> {
    if !layout.is_volume() {
        return Err(format!(
            "`sliding_window` is for volumes, and input \"{}\" takes planes",
            port.name
        ));
    }
    let differs = fixed[1..]
        .iter()
        .zip(window.roi)
        .any(|(fixed, roi)| fixed.is_some_and(|fixed| fixed != roi));
    if differs {
        return Err(format!(
            "`sliding_window.roi` is {:?} (frames, rows, columns), but input \"{}\" has the shape {}",
            window.roi,
            port.name,
            port.shape_text()
        ));
    }
    Ok(())
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
    as_declared(port, found, declared, Dtype::word)
}

/// The graph's own type of an input, which the audit file may name and cannot change.
pub(super) fn as_declared<T: Copy + PartialEq>(
    port: &Port,
    found: T,
    declared: Option<T>,
    word: fn(T) -> &'static str,
) -> Result<T, String> {
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

/// One or three channels at exactly one end leave no doubt.
fn likely_layout(shape: &[Dimension]) -> Option<Layout> {
    if shape.len() != 4 {
        return None;
    }
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
        if image.frames > 1 && !self.layout.is_volume() {
            return Err(format!(
                "the file is a volume of {} frames; input \"{}\" takes planes",
                image.frames, self.input
            ));
        }
        let shape = [image.channels, image.frames, image.rows, image.columns];
        let differs = shape
            .iter()
            .zip(self.fixed)
            .any(|(size, fixed)| fixed.is_some_and(|fixed| fixed != *size));
        if !differs {
            return Ok(());
        }
        let described = |shape: [String; 4]| {
            let [channels, frames, rows, columns] = shape;
            let frames = if self.layout.is_volume() {
                format!(" {frames} frames,")
            } else {
                String::new()
            };
            format!("{channels} channel(s),{frames} {rows} rows, {columns} columns")
        };
        let fixed = self
            .fixed
            .map(|size| size.map_or_else(|| "any".to_owned(), |size| size.to_string()));
        Err(format!(
            "preprocessing gives {}; the model takes {}",
            described(shape.map(|size| size.to_string())),
            described(fixed)
        ))
    }

    /// Frames, rows and columns in the order of the tensor's axes.
    #[must_use]
    pub fn spatial(&self, [frames, rows, columns]: [usize; 3]) -> [usize; 3] {
        if self.layout.is_columns_first() {
            [columns, rows, frames]
        } else {
            [frames, rows, columns]
        }
    }

    /// Shape of a batch of `size` images of so many frames, rows and columns.
    #[must_use]
    pub fn shape(&self, size: usize, volume: [usize; 3], channels: usize) -> Vec<usize> {
        let mut shape = self.spatial(volume).to_vec();
        if !self.layout.is_volume() {
            shape.remove(0);
        }
        let place = if self.layout.is_channels_last() {
            shape.len()
        } else {
            0
        };
        shape.insert(place, channels);
        shape.insert(0, size);
        shape
    }

    /// Lays images of one size into a batch of `size` (at least as many as there are images;
    /// the rest is zero).
    ///
    /// # Errors
    /// A sentence when the samples' type is not the input's.
    pub fn tensor(&self, images: &[Image], size: usize) -> Result<Tensor, String> {
        let first = images.first().ok_or("a batch without an image")?;
        let shape = self.shape(size, first.size(), first.channels);
        let one = first.channels * first.frames * first.rows * first.columns;
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
                    self.lay(samples, place, image);
                }
                TensorData::U8(data)
            }
        };
        Ok(Tensor { shape, data })
    }

    /// An image's samples as 32-bit floats in the layout's order.
    fn in_order(&self, image: &Image) -> Vec<f32> {
        match self.layout {
            Layout::Nchw | Layout::Ncdhw => image.to_channels_first_f32(),
            Layout::Nhwc | Layout::Ndhwc => image.samples.clone().into_f32(),
            Layout::Ncwhd | Layout::Nwhdc => {
                let samples = image.samples.clone().into_f32();
                let mut laid = vec![0.0; samples.len()];
                self.lay(&samples, &mut laid, image);
                laid
            }
        }
    }

    /// Interleaved samples, frame by frame, to the layout's order.
    fn lay<T: Copy>(&self, samples: &[T], place: &mut [T], image: &Image) {
        let channels = image.channels;
        match self.layout {
            Layout::Nhwc | Layout::Ndhwc => place.copy_from_slice(samples),
            Layout::Nchw | Layout::Ncdhw => {
                let plane = samples.len() / channels.max(1);
                for (channel, target) in place.chunks_exact_mut(plane.max(1)).enumerate() {
                    for (pixel, value) in target.iter_mut().enumerate() {
                        *value = samples[pixel * channels + channel];
                    }
                }
            }
            Layout::Ncwhd => {
                let volume = samples.len() / channels.max(1);
                for (channel, target) in place.chunks_exact_mut(volume.max(1)).enumerate() {
                    let voxels = columns_first(image.size()).zip(target);
                    for (voxel, value) in voxels {
                        *value = samples[voxel * channels + channel];
                    }
                }
            }
            Layout::Nwhdc => {
                let voxels = columns_first(image.size()).zip(place.chunks_exact_mut(channels));
                for (voxel, value) in voxels {
                    value.copy_from_slice(&samples[voxel * channels..(voxel + 1) * channels]);
                }
            }
        }
    }
}

/// Numbers of the voxels of a volume, stored frame by frame, with columns slowest and frames
/// fastest.
fn columns_first([frames, rows, columns]: [usize; 3]) -> impl Iterator<Item = usize> {
    let places =
        move |column, row| (0..frames).map(move |frame| (frame * rows + row) * columns + column);
    (0..columns).flat_map(move |column| (0..rows).flat_map(move |row| places(column, row)))
}
