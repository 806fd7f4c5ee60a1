//! `spacing`: a volume resampled to declared distances of its voxels.
//!
//! Libraries agree on what lies between voxels and disagree on the grid: how many voxels there are
//! afterwards and where they are taken. [`SpacingEngine`] gives the three formulas. Axes keep their
//! direction, so that each is resampled by itself.

use super::TransformError;
use crate::config::preprocess::{Spacing, SpacingEngine, SpacingFilter};
use crate::imaging::geometry::Geometry;
use crate::imaging::image::{Image, MAX_SAMPLES, Sample, Samples, any_type, same_type};

/// Cosine between axes from which they count as not at right angles.
const SHEAR: f64 = 1e-3;

/// Resamples; see [`Spacing`].
pub(super) fn apply(image: Image, spacing: &Spacing) -> Result<Image, TransformError> {
    let geometry = image
        .geometry
        .ok_or(TransformError::NoGeometry { step: "spacing" })?;
    let sheared = geometry.shear();
    if sheared > SHEAR {
        return Err(TransformError::Sheared { cosine: sheared });
    }
    let size = [image.columns, image.rows, image.frames];
    let grids = grids(spacing, &geometry, size);
    let axes = [0, 1, 2].map(|axis| Axis::new(spacing.engine, size[axis], grids[axis]));
    check_size(&axes, image.channels)?;
    let samples = match spacing.filter {
        SpacingFilter::Nearest => {
            same_type!(&image.samples, values => nearest(values, &axes, spacing.engine, &image))
        }
        SpacingFilter::Linear => Samples::F32(linear(&image, &axes)),
    };
    let (first, step) = (grids.map(|grid| grid.first), grids.map(|grid| grid.step));
    Ok(Image {
        frames: axes[2].places.len(),
        rows: axes[1].places.len(),
        columns: axes[0].places.len(),
        samples,
        geometry: Some(geometry.resampled(first, step)),
        ..image
    })
}

fn check_size(axes: &[Axis; 3], channels: usize) -> Result<(), TransformError> {
    let count = axes
        .iter()
        .try_fold(channels, |product, axis| product.checked_mul(axis.count));
    match count {
        Some(1..=MAX_SAMPLES) => Ok(()),
        _ => Err(TransformError::VolumeTooLarge {
            frames: axes[2].count,
            rows: axes[1].count,
            columns: axes[0].count,
        }),
    }
}

/// The voxels along one axis afterwards, in old voxels.
#[derive(Clone, Copy)]
struct Grid {
    /// How many there are.
    count: usize,
    /// Where the first is.
    first: f64,
    /// How far apart they are.
    step: f64,
}

/// A count beyond any limit is refused later, before room is made for it.
fn count(voxels: f64) -> usize {
    voxels.clamp(0.0, u32::MAX.into()) as usize
}

fn grids(spacing: &Spacing, geometry: &Geometry, size: [usize; 3]) -> [Grid; 3] {
    let old = geometry.spacing();
    let at_origin = |axis: usize| {
        let (n, old, new) = (size[axis] as f64, old[axis], spacing.distances[axis]);
        let count = count((n * (old / new)).round_ties_even());
        let step = match spacing.engine {
            SpacingEngine::Scipy if count > 1 => (n - 1.0) / (count as f64 - 1.0),
            SpacingEngine::Scipy => 1.0,
            _ => new / old,
        };
        Grid {
            count,
            first: 0.0,
            step,
        }
    };
    match spacing.engine {
        SpacingEngine::Monai => monai_grids(spacing, geometry, size),
        SpacingEngine::Scipy | SpacingEngine::SimpleItk => [0, 1, 2].map(at_origin),
    }
}

/// MONAI lets the first voxel stay where it is if the old corners, in new voxels, begin there to
/// within 1e-8, and the volume's centre otherwise. The second is what most oblique volumes get:
/// their affine is stored in 32 bits, and its axes are not quite at right angles.
fn monai_grids(spacing: &Spacing, geometry: &Geometry, size: [usize; 3]) -> [Grid; 3] {
    const CLOSE: f64 = 1e-8;
    // Old voxels to new ones: the triangular factor of the affine over the new distances.
    let mut factor = geometry.triangular();
    for (row, distance) in factor.iter_mut().zip(spacing.distances) {
        row.iter_mut().for_each(|value| *value /= distance);
    }
    let last = size.map(|length| length as f64 - 1.0);
    let sum = |row: &[f64; 3], of: &dyn Fn(f64) -> f64| -> f64 {
        row.iter()
            .zip(last)
            .map(|(value, last)| of(value * last))
            .sum()
    };
    let at_corner = factor
        .iter()
        .all(|row| sum(row, &|value| value.min(0.0)).abs() <= CLOSE);
    [0, 1, 2].map(|axis| {
        let extent = sum(&factor[axis], &f64::abs);
        let count = count((extent + 1.0).round_ties_even());
        let step = 1.0 / factor[axis][axis];
        let first = if at_corner {
            0.0
        } else {
            size[axis] as f64 / 2.0 - step * count as f64 / 2.0
        };
        Grid { count, first, step }
    })
}

/// One axis afterwards.
struct Axis {
    /// How many voxels there are.
    count: usize,
    /// Of each voxel: the old ones around it and the share of the second; `None` where nothing is.
    places: Vec<Option<Place>>,
}

struct Place {
    /// In old voxels.
    at: f64,
    before: usize,
    after: usize,
    share: f64,
}

impl Axis {
    fn new(engine: SpacingEngine, length: usize, grid: Grid) -> Self {
        let places = (0..grid.count.min(MAX_SAMPLES)).map(|place| {
            let at = grid.first + place as f64 * grid.step;
            let beyond = engine == SpacingEngine::SimpleItk && at >= length as f64 - 0.5;
            (!beyond).then(|| Place::new(at, length))
        });
        Self {
            count: grid.count,
            places: places.collect(),
        }
    }
}

impl Place {
    fn new(at: f64, length: usize) -> Self {
        let last = length - 1;
        let inside = at.clamp(0.0, last as f64);
        let before = (inside.floor() as usize).min(last);
        Self {
            at: inside,
            before,
            after: (before + 1).min(last),
            share: inside - before as f64,
        }
    }

    /// Halves go to the even neighbour in MONAI (torch), up in the others.
    fn nearest(&self, engine: SpacingEngine) -> usize {
        match engine {
            SpacingEngine::Monai => self.at.round_ties_even() as usize,
            SpacingEngine::Scipy | SpacingEngine::SimpleItk => (self.at + 0.5).floor() as usize,
        }
    }
}

fn nearest<T: Copy + Default>(
    values: &[T],
    axes: &[Axis; 3],
    engine: SpacingEngine,
    image: &Image,
) -> Vec<T> {
    let [columns, rows, frames] = [0, 1, 2].map(|axis| -> Vec<Option<usize>> {
        let places = axes[axis].places.iter();
        places
            .map(|place| place.as_ref().map(|place| place.nearest(engine)))
            .collect()
    });
    let channels = image.channels;
    let mut out =
        Vec::with_capacity(axes.iter().map(|axis| axis.count).product::<usize>() * channels);
    for frame in &frames {
        for row in &rows {
            for column in &columns {
                match (frame, row, column) {
                    (Some(frame), Some(row), Some(column)) => {
                        let at = ((frame * image.rows + row) * image.columns + column) * channels;
                        out.extend_from_slice(&values[at..at + channels]);
                    }
                    _ => out.extend(std::iter::repeat_n(T::default(), channels)),
                }
            }
        }
    }
    out
}

/// Axis after axis in 64 bits, frames first, since whole planes are the quickest to join.
fn linear(image: &Image, axes: &[Axis; 3]) -> Vec<f32> {
    let values: Vec<f64> =
        any_type!(&image.samples, values => values.iter().map(|value| value.to_f64()).collect());
    let inner = image.columns * image.channels;
    let values = along(&values, image.frames, inner * image.rows, &axes[2]);
    let values = along(&values, image.rows, inner, &axes[1]);
    let values = along(&values, image.columns, image.channels, &axes[0]);
    values.into_iter().map(|value| value as f32).collect()
}

/// Resamples the middle axis of `outer x length x inner` values.
fn along(values: &[f64], length: usize, inner: usize, axis: &Axis) -> Vec<f64> {
    let blocks = values.chunks_exact(length * inner);
    let mut out = Vec::with_capacity(blocks.len() * axis.places.len() * inner);
    for block in blocks {
        for place in &axis.places {
            let Some(place) = place else {
                out.extend(std::iter::repeat_n(0.0, inner));
                continue;
            };
            let before = &block[place.before * inner..(place.before + 1) * inner];
            if place.share == 0.0 {
                out.extend_from_slice(before);
                continue;
            }
            let after = &block[place.after * inner..(place.after + 1) * inner];
            let joined = before.iter().zip(after);
            out.extend(
                joined.map(|(before, after)| before * (1.0 - place.share) + after * place.share),
            );
        }
    }
    out
}
