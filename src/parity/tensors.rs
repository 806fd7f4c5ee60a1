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
#[must_use]
pub fn tensor_file(folder: &Path, sample: &str) -> Option<PathBuf> {
    let name = PathBuf::from(format!("{sample}.npy"));
    let inside = name
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let path = folder.join(name);
    (inside && path.is_file()).then_some(path)
}

/// Compares the bytes of a makers' `.npy` with our batch of one. The makers' batch axis may be
/// left out.
#[must_use]
pub fn tensor_difference(makers: &[u8], ours: &Tensor) -> TensorDifference {
    let (shape, theirs) = match npy::numbers(makers) {
        Ok(read) => read,
        Err(error) => return TensorDifference::Unlike(error.to_string()),
    };
    if shape != ours.shape && Some(shape.as_slice()) != ours.shape.get(1..) {
        return TensorDifference::Unlike(format!(
            "the makers' tensor has shape {shape:?}, ours {:?}",
            ours.shape
        ));
    }
    let own = ours.data.to_f64();
    let largest = own
        .iter()
        .zip(&theirs)
        .fold(0.0, |largest: f64, (own, theirs)| {
            let difference = (own - theirs).abs();
            if difference.is_nan() {
                f64::INFINITY
            } else {
                largest.max(difference)
            }
        });
    TensorDifference::Largest(largest)
}
