//! A volume run window by window, as MONAI's `sliding_window_inference` does (Cardoso MJ et al.,
//! MONAI, arXiv:2211.02701; the definition followed is that of MONAI 1.6).
//!
//! Along each axis of length n with windows of r, a step of s = floor(r (1 - overlap)), at least 1
//! (r where n = r): windows begin at 0, s, 2s, ... until one reaches the end, and that one is moved
//! back to end there. A volume that is smaller than a window is padded with zeros, half before and
//! the odd one after, and what lies there is cut off again.
//!
//! A map over voxels is the weighted mean of the windows that hold the voxel. The weights are 1, or
//! the product over axes of exp(-x^2 / (2 (r / 8)^2)), x from the window's middle, and at least the
//! larger of 0.001 and the least product. Sums and weights are 32-bit floats, windows joined in order with the
//! last axis fastest. A model that gives numbers a window, and no map, has them pooled.

mod grid;

use half::f16;

use crate::config::{Blend, Pool, SlidingWindow};
use crate::engine::{Engine, Tensor, TensorData};
use crate::imaging::Image;

use super::{BatchLayout, InputPlan};
use grid::{Grid, weights};

/// Why the volumes of a sample gave nothing.
pub(super) enum Failed {
    /// A sentence about this volume or this model.
    Unfit(String),
    /// The engine's own error.
    Engine(crate::engine::EngineError),
}

/// What is run window by window, and how.
pub(super) struct Windows<'a> {
    /// What goes into the inputs; every input of images takes volumes, whose axes run in one order.
    pub(super) inputs: &'a InputPlan,
    /// Size and overlap of the windows.
    pub(super) window: SlidingWindow,
    /// How numbers of windows become one.
    pub(super) pool: Option<Pool>,
    /// Windows a batch, where the graph does not fix it.
    pub(super) batch: usize,
    /// The output that counts.
    pub(super) output: &'a str,
}

/// Numbers of the table for some windows of the sample, in a batch of a size, by input.
pub(super) type Numbers<'a> = &'a dyn Fn(usize, usize) -> Result<Vec<(String, Tensor)>, String>;

/// Runs the volumes of one sample, one an input, window by window: each window is cut from the
/// same place of all of them, and numbers of the table go beside every window. The result has one
/// map (`[1, channels, ...]`) or one row of numbers (`[1, numbers]`).
pub(super) fn run(
    windows: &Windows<'_>,
    volumes: &[&Image],
    numbers: Numbers<'_>,
    engine: &mut dyn Engine,
) -> Result<Tensor, Failed> {
    let window = windows.window;
    let inputs = Cut::of_all(windows.inputs, volumes).map_err(Failed::Unfit)?;
    let Some(first) = inputs.first() else {
        return Err(Failed::Unfit(
            "the model has no input of volumes".to_owned(),
        ));
    };
    let grid = Grid::new(
        first.layout.spatial(first.size),
        first.layout.spatial(window.roi),
        window.overlap,
    )
    .map_err(Failed::Unfit)?;
    let channels_last = inputs
        .iter()
        .all(|input| input.layout.layout.is_channels_last());
    let mut joined = Joined::new(&grid, window.blend);
    let fixed = windows.inputs.fixed_batch;
    for starts in grid.starts.chunks(fixed.unwrap_or(windows.batch).max(1)) {
        let size = fixed.unwrap_or(starts.len());
        let mut given = numbers(starts.len(), size).map_err(Failed::Unfit)?;
        given.extend(inputs.iter().map(|input| {
            (
                input.layout.input.clone(),
                input.windows(&grid, starts, size, window.roi),
            )
        }));
        let outputs = engine
            .run(given, &[windows.output])
            .map_err(Failed::Engine)?;
        let Some((_, given)) = outputs.into_iter().next() else {
            return Err(Failed::Unfit(format!(
                "the engine gave no output \"{}\"",
                windows.output
            )));
        };
        joined
            .add(&given, starts, channels_last)
            .map_err(Failed::Unfit)?;
    }
    joined.finish(windows.pool).map_err(Failed::Unfit)
}

/// The volume of one input, laid out, of which windows are cut.
struct Cut<'a> {
    layout: &'a BatchLayout,
    volume: TensorData,
    /// Frames, rows and columns.
    size: [usize; 3],
    channels: usize,
}

impl<'a> Cut<'a> {
    /// One an input. Volumes of different sizes have no common windows.
    fn of_all(inputs: &'a InputPlan, volumes: &[&Image]) -> Result<Vec<Self>, String> {
        let mut cut: Vec<Self> = Vec::with_capacity(volumes.len());
        for (input, volume) in inputs.images.iter().zip(volumes) {
            let layout = &input.layout;
            let size = volume.size();
            if let Some(first) = cut.first().filter(|first| first.size != size) {
                return Err(format!(
                    "the volume of input \"{}\" has {:?} frames, rows and columns and that of \"{}\" {size:?}; windows are cut from the same place of all, so bring them to one grid (`spacing`, `crop`, `pad`)",
                    first.layout.input, first.size, layout.input
                ));
            }
            cut.push(Self {
                layout,
                volume: layout.tensor(std::slice::from_ref(*volume), 1)?.data,
                size,
                channels: volume.channels,
            });
        }
        Ok(cut)
    }

    /// Some windows in a batch of a size, the last ones zero.
    fn windows(&self, grid: &Grid, starts: &[[usize; 3]], size: usize, roi: [usize; 3]) -> Tensor {
        let arrangement = Arrangement::of(self.layout, self.channels);
        Tensor {
            shape: self.layout.shape(size, roi, self.channels),
            data: arrangement.windows(&self.volume, grid, starts, size),
        }
    }
}

/// How channels lie among voxels: `outer` blocks of voxels with `inner` numbers each.
struct Arrangement {
    outer: usize,
    inner: usize,
}

impl Arrangement {
    fn of(layout: &BatchLayout, channels: usize) -> Self {
        if layout.layout.is_channels_last() {
            Self {
                outer: 1,
                inner: channels,
            }
        } else {
            Self {
                outer: channels,
                inner: 1,
            }
        }
    }

    /// Cuts windows out of a volume; `size` of them, the last ones zero.
    fn windows(
        &self,
        volume: &TensorData,
        grid: &Grid,
        starts: &[[usize; 3]],
        size: usize,
    ) -> TensorData {
        match volume {
            TensorData::F16(values) => {
                TensorData::F16(self.cut(values, grid, starts, size, f16::ZERO))
            }
            TensorData::U8(values) => TensorData::U8(self.cut(values, grid, starts, size, 0)),
            TensorData::F32(values) => TensorData::F32(self.cut(values, grid, starts, size, 0.0)),
            // An image is laid out as one of the three above.
            _ => TensorData::F32(Vec::new()),
        }
    }

    fn cut<T: Copy>(
        &self,
        values: &[T],
        grid: &Grid,
        starts: &[[usize; 3]],
        size: usize,
        zero: T,
    ) -> Vec<T> {
        let one = grid.window() * self.outer * self.inner;
        let mut out = vec![zero; one * size];
        let volume = grid.size.iter().product::<usize>() * self.inner;
        for (window, start) in out.chunks_exact_mut(one).zip(starts) {
            let blocks = window.chunks_exact_mut(grid.window() * self.inner);
            for (block, values) in blocks.zip(values.chunks_exact(volume)) {
                self.cut_block(values, grid, *start, block);
            }
        }
        out
    }

    fn cut_block<T: Copy>(&self, values: &[T], grid: &Grid, start: [usize; 3], block: &mut [T]) {
        let [_, rows, columns] = grid.size;
        // The part of the window that lies inside the volume, along each axis.
        let inside = [0, 1, 2].map(|axis| {
            let first = grid.before[axis].saturating_sub(start[axis]);
            let end = (grid.before[axis] + grid.size[axis]).saturating_sub(start[axis]);
            (first, end.min(grid.roi[axis]))
        });
        let run = inside[2].1.saturating_sub(inside[2].0) * self.inner;
        let place = |axis: usize, within: usize| start[axis] + within - grid.before[axis];
        if run == 0 {
            return;
        }
        for i in inside[0].0..inside[0].1 {
            for j in inside[1].0..inside[1].1 {
                let from = (place(0, i) * rows + place(1, j)) * columns + place(2, inside[2].0);
                let to = (i * grid.roi[1] + j) * grid.roi[2] + inside[2].0;
                let (from, to) = (from * self.inner, to * self.inner);
                block[to..to + run].copy_from_slice(&values[from..from + run]);
            }
        }
    }
}

/// What the windows gave, joined so far.
struct Joined<'a> {
    grid: &'a Grid,
    weights: Vec<f32>,
    /// Channel by channel, the padded volume.
    map: Vec<f32>,
    /// Sum of weights at each voxel.
    weight: Vec<f32>,
    /// Numbers a window, where there is no map.
    rows: Vec<Vec<f64>>,
}

impl<'a> Joined<'a> {
    fn new(grid: &'a Grid, blend: Blend) -> Self {
        Self {
            grid,
            weights: weights(grid.roi, blend),
            map: Vec::new(),
            weight: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Joins the outputs of some windows.
    fn add(
        &mut self,
        given: &Tensor,
        starts: &[[usize; 3]],
        channels_last: bool,
    ) -> Result<(), String> {
        let unexpected = || {
            format!(
                "a window of {:?} gives the shape {:?}, expected numbers a window, or a map of the window's size",
                self.grid.roi, given.shape
            )
        };
        let numbers = given.data.to_f64();
        let per_window = numbers.len() / given.shape.first().copied().unwrap_or(1).max(1);
        if given.shape.len() <= 2 {
            if per_window == 0 || numbers.len() < per_window * starts.len() {
                return Err(unexpected());
            }
            let rows = numbers.chunks_exact(per_window).take(starts.len());
            self.rows.extend(rows.map(<[f64]>::to_vec));
            return Ok(());
        }
        let (spatial, channels) = match *given.shape.as_slice() {
            [_, a, b, c, channels] if channels_last => ([a, b, c], channels),
            [_, channels, a, b, c] => ([a, b, c], channels),
            _ => return Err(unexpected()),
        };
        let voxels: usize = self.grid.padded.iter().product();
        if spatial != self.grid.roi || channels == 0 || numbers.len() < per_window * starts.len() {
            return Err(unexpected());
        }
        if self.map.is_empty() {
            self.map = vec![0.0; voxels * channels];
            self.weight = vec![0.0; voxels];
        }
        for (start, window) in starts.iter().zip(numbers.chunks_exact(per_window)) {
            self.add_window(*start, window, channels, channels_last);
        }
        Ok(())
    }

    fn add_window(
        &mut self,
        start: [usize; 3],
        window: &[f64],
        channels: usize,
        channels_last: bool,
    ) {
        let grid = self.grid;
        let [_, rows, columns] = grid.padded;
        let voxels: usize = grid.padded.iter().product();
        let in_window = grid.window();
        for place in 0..in_window {
            let k = place % grid.roi[2];
            let j = place / grid.roi[2] % grid.roi[1];
            let i = place / (grid.roi[2] * grid.roi[1]);
            let at = ((start[0] + i) * rows + start[1] + j) * columns + start[2] + k;
            let weight = self.weights[place];
            self.weight[at] += weight;
            for channel in 0..channels {
                let value = if channels_last {
                    window[place * channels + channel]
                } else {
                    window[channel * in_window + place]
                };
                self.map[channel * voxels + at] += value as f32 * weight;
            }
        }
    }

    /// The whole map without padding, or the pooled numbers.
    fn finish(self, pool: Option<Pool>) -> Result<Tensor, String> {
        let grid = self.grid;
        if let Some(first) = self.rows.first() {
            let pool = pool.ok_or(
                "the model gives numbers for each window; say how they become one: `output: {pool: mean}` or `max`",
            )?;
            let column = |place: usize| self.rows.iter().map(move |row| row[place]);
            let pooled = (0..first.len()).map(|place| super::head::pooled(column(place), pool));
            return Ok(Tensor {
                shape: vec![1, first.len()],
                data: TensorData::F64(pooled.collect()),
            });
        }
        let voxels: usize = grid.padded.iter().product();
        let channels = self.map.len() / voxels.max(1);
        let [_, rows, columns] = grid.padded;
        let mut values = Vec::with_capacity(channels * grid.size.iter().product::<usize>());
        for map in self.map.chunks_exact(voxels) {
            for i in 0..grid.size[0] {
                for j in 0..grid.size[1] {
                    let row = (i + grid.before[0]) * rows + j + grid.before[1];
                    let at = row * columns + grid.before[2];
                    let range = at..at + grid.size[2];
                    let sums = map[range.clone()].iter().zip(&self.weight[range]);
                    values.extend(sums.map(|(sum, weight)| sum / weight));
                }
            }
        }
        let mut shape = vec![1, channels];
        shape.extend(grid.size);
        Ok(Tensor {
            shape,
            data: TensorData::F32(values),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_smaller_than_a_window_is_padded_on_both_sides() {
        let grid = Grid::new([2, 5, 4], [5, 4, 4], 0.25).unwrap();
        assert_eq!((grid.padded, grid.before), ([5, 5, 4], [1, 0, 0]));
        assert_eq!(grid.starts, [[0, 0, 0], [0, 1, 0]]);
        assert!(Grid::new([4096, 4096, 4096], [1, 1, 1], 0.0).is_err());
        let values: Vec<f32> = (0..40_u8).map(f32::from).collect();
        let arrangement = Arrangement { outer: 1, inner: 1 };
        let cut = arrangement.cut(&values, &grid, &grid.starts, 2, 0.0);
        assert_eq!(cut.len(), 2 * 80);
        assert_eq!(&cut[..16], &[0.0; 16]);
        assert_eq!(&cut[16..32], &values[..16]);
        assert_eq!(&cut[80 + 16..80 + 32], &values[4..20]);
        assert_eq!(&cut[48..80], &[0.0; 32]);
    }

    #[test]
    fn joined_windows_of_a_map_give_the_map_back() {
        let grid = Grid::new([3, 5, 4], [2, 4, 4], 0.25).unwrap();
        let values: Vec<f32> = (0..60_u8).map(f32::from).collect();
        let arrangement = Arrangement { outer: 1, inner: 1 };
        for blend in [Blend::Constant, Blend::Gaussian] {
            let mut joined = Joined::new(&grid, blend);
            let cut = arrangement.cut(&values, &grid, &grid.starts, grid.starts.len(), 0.0);
            let given = Tensor {
                shape: vec![grid.starts.len(), 1, 2, 4, 4],
                data: TensorData::F32(cut),
            };
            joined.add(&given, &grid.starts, false).unwrap();
            let map = joined.finish(None).unwrap();
            assert_eq!(map.shape, [1, 1, 3, 5, 4]);
            let found = map.data.to_f64();
            for (found, expected) in found.iter().zip(&values) {
                assert!(
                    (found - f64::from(*expected)).abs() < 1e-4,
                    "{found} {expected}"
                );
            }
        }
    }
}
