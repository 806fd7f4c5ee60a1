//! Where windows lie, and what each of their voxels weighs.

use crate::config::Blend;

/// Sigma of the Gaussian weights as a share of the window.
const SIGMA: f64 = 0.125;
/// Least Gaussian weight.
const LEAST_WEIGHT: f32 = 1e-3;
/// Most windows of one volume; more come from a roi that was meant for something else.
const MOST_WINDOWS: usize = 1 << 20;

/// Where the windows of one volume lie, axes in the tensor's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grid {
    /// The volume without padding.
    pub(super) size: [usize; 3],
    /// With padding.
    pub(super) padded: [usize; 3],
    /// Padding before the first voxel.
    pub(super) before: [usize; 3],
    /// A window.
    pub(super) roi: [usize; 3],
    /// First voxel of each window, of the padded volume.
    pub(super) starts: Vec<[usize; 3]>,
}

impl Grid {
    pub(super) fn new(size: [usize; 3], roi: [usize; 3], overlap: f64) -> Result<Self, String> {
        let axes = [0, 1, 2];
        let padded = axes.map(|axis| size[axis].max(roi[axis]));
        let before = axes.map(|axis| roi[axis].saturating_sub(size[axis]) / 2);
        let along = axes.map(|axis| starts(padded[axis], roi[axis], overlap));
        let count = along.iter().map(Vec::len).product::<usize>();
        if count > MOST_WINDOWS {
            return Err(format!(
                "the volume of {size:?} takes {count} windows of {roi:?}, more than {MOST_WINDOWS}"
            ));
        }
        let mut starts = Vec::with_capacity(count);
        for &first in &along[0] {
            for &second in &along[1] {
                starts.extend(along[2].iter().map(|&third| [first, second, third]));
            }
        }
        Ok(Self {
            size,
            padded,
            before,
            roi,
            starts,
        })
    }

    /// Voxels of a window.
    pub(super) fn window(&self) -> usize {
        self.roi.iter().product()
    }
}

/// First voxels of the windows along one axis.
fn starts(length: usize, window: usize, overlap: f64) -> Vec<usize> {
    let step = if window == length {
        window
    } else {
        ((window as f64 * (1.0 - overlap)) as usize).max(1)
    };
    let last = length - window;
    let mut starts: Vec<usize> = (0..last).step_by(step).collect();
    starts.push(last);
    starts
}

/// Weights of a window's voxels, last axis fastest.
pub(super) fn weights(roi: [usize; 3], blend: Blend) -> Vec<f32> {
    if blend == Blend::Constant {
        return vec![1.0; roi.iter().product()];
    }
    let axes = roi.map(|length| -> Vec<f32> {
        let sigma = length as f64 * SIGMA;
        let below = (-2.0 * sigma * sigma) as f32;
        let middle = (length as f32 - 1.0) / 2.0;
        let from_middle = (0..length).map(|place| place as f32 - middle);
        from_middle.map(|x| (x * x / below).exp()).collect()
    });
    let mut weights = Vec::with_capacity(roi.iter().product());
    for first in &axes[0] {
        for second in &axes[1] {
            weights.extend(axes[2].iter().map(|third| first * second * third));
        }
    }
    let least = weights.iter().copied().fold(f32::INFINITY, f32::min);
    let least = least.max(LEAST_WEIGHT);
    weights
        .iter_mut()
        .for_each(|weight| *weight = weight.max(least));
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_where_monai_puts_them() {
        // monai.data.utils.dense_patch_slices with _get_scan_interval, MONAI 1.6.1.
        assert_eq!(starts(10, 4, 0.25), [0, 3, 6]);
        assert_eq!(starts(11, 4, 0.25), [0, 3, 6, 7]);
        assert_eq!(starts(4, 4, 0.25), [0]);
        assert_eq!(starts(9, 4, 0.5), [0, 2, 4, 5]);
        assert_eq!(starts(5, 4, 0.9), [0, 1]);
        assert_eq!(starts(20, 6, 0.0), [0, 6, 12, 14]);
    }
}
