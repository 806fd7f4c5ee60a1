//! Input tensors beside the makers'.

use std::path::{Component, Path, PathBuf};

use crate::engine::Tensor;
use crate::imaging::decode::npy;

/// What a makers' tensor is beside ours.
#[derive(Debug, Clone, PartialEq)]
pub enum TensorDifference {
    /// Largest absolute difference of a value; infinite where one side is not a number.
    Largest(f64),
    /// It has another shape, or cannot be read: a sentence.
    Unlike(String),
}

/// The makers' tensor of a sample, if there is one. An id that leads out of the folder has none.
fn tensor_file(folder: &Path, sample: &str) -> Option<PathBuf> {
    let name = PathBuf::from(format!("{sample}.npy"));
    let inside = name
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let path = folder.join(name);
    (inside && path.is_file()).then_some(path)
}

/// The makers' tensors of a sample, input by input of images: `<sample>.npy` in the folder of the
/// input's name. Those of the first input may lie in `folder` itself.
#[must_use]
pub fn tensor_files(folder: &Path, inputs: &[&str], sample: &str) -> Vec<Option<PathBuf>> {
    let named = |input: &str| {
        let inside = PathBuf::from(input)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        inside.then(|| tensor_file(&folder.join(input), sample))?
    };
    let files = inputs.iter().enumerate().map(|(place, input)| {
        let own = if inputs.len() > 1 { named(input) } else { None };
        own.or_else(|| (place == 0).then(|| tensor_file(folder, sample))?)
    });
    files.collect()
}

/// Compares the bytes of a makers' `.npy` with our batch of one. The makers' batch axis may be
/// left out.
#[must_use]
pub fn tensor_difference(makers: &[u8], ours: &Tensor) -> TensorDifference {
    match tensor_distances(makers, ours) {
        Ok((largest, _)) => TensorDifference::Largest(largest),
        Err(reason) => TensorDifference::Unlike(reason),
    }
}

/// Largest and mean absolute difference of a value; infinite where one side is not a number.
///
/// # Errors
/// A sentence where the makers' tensor cannot be read or has another shape.
pub fn tensor_distances(makers: &[u8], ours: &Tensor) -> Result<(f64, f64), String> {
    let (shape, theirs) = npy::numbers(makers).map_err(|error| error.to_string())?;
    if shape != ours.shape && Some(shape.as_slice()) != ours.shape.get(1..) {
        return Err(format!(
            "the makers' tensor has shape {shape:?}, ours {:?}",
            ours.shape
        ));
    }
    let own = ours.data.to_f64();
    let (mut largest, mut sum) = (0.0_f64, 0.0);
    for (own, theirs) in own.iter().zip(&theirs) {
        let difference = (own - theirs).abs();
        let difference = if difference.is_nan() {
            f64::INFINITY
        } else {
            difference
        };
        largest = largest.max(difference);
        sum += difference;
    }
    Ok((largest, sum / own.len().max(1) as f64))
}
