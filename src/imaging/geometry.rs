//! Where the voxels of a volume lie in the patient, and which way its axes run.

use crate::config::preprocess::Orientation;

/// From voxel indices to coordinates: `(x, y, z) = affine * (column, row, frame, 1)`.
///
/// Coordinates are RAS: x grows to the patient's right, y to the front, z to the head, in mm
/// unless the file's own unit says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// Three rows of the affine matrix; the fourth is 0 0 0 1.
    pub affine: [[f64; 4]; 3],
}

/// Rounds of the iteration for the nearest rotation; it doubles its digits every round.
const ROUNDS: usize = 100;

impl Geometry {
    /// Distance of neighbours along columns, rows and frames: the lengths of the affine's columns.
    pub fn spacing(&self) -> [f64; 3] {
        [0, 1, 2].map(|axis| {
            let sum: f64 = self.affine.iter().map(|row| row[axis] * row[axis]).sum();
            sum.sqrt()
        })
    }

    /// Whether all numbers are finite and the three directions span the space.
    pub fn is_invertible(&self) -> bool {
        let finite = self.affine.iter().flatten().all(|value| value.is_finite());
        let directions = self.directions();
        finite && directions.is_some_and(|d| determinant(&d).abs() > 1e-12)
    }

    /// Which way each axis runs: the patient's axis that it is nearest to.
    ///
    /// As nibabel's `io_orientation`: the rotation nearest to the affine (polar decomposition)
    /// decides, axes that are most sure of their direction first, and no direction twice. `None`
    /// where the affine cannot be inverted.
    pub fn orientation(&self) -> Option<Orientation> {
        let mut rotation = nearest_rotation(self.directions()?)?;
        let strength = |rotation: &[[f64; 3]; 3], axis: usize| -> f64 {
            rotation
                .iter()
                .map(|row| row[axis] * row[axis])
                .fold(0.0, f64::max)
        };
        let mut order = [0, 1, 2];
        // Stable, so that of equals the first comes first.
        order.sort_by(|&one, &other| {
            strength(&rotation, other).total_cmp(&strength(&rotation, one))
        });
        let mut axes = [(0, true); 3];
        for axis in order {
            let mut best = 0;
            for (world, row) in rotation.iter().enumerate() {
                if row[axis].abs() > rotation[best][axis].abs() {
                    best = world;
                }
            }
            axes[axis] = (best, rotation[best][axis] > 0.0);
            rotation[best] = [0.0; 3];
        }
        Orientation::new(axes)
    }

    /// The geometry after axes were exchanged and turned round: new axis `a` is the old axis
    /// `from[a].0`, reversed where `from[a].1`; `size` holds the old columns, rows and frames.
    pub fn rearranged(&self, from: [(usize, bool); 3], size: [usize; 3]) -> Self {
        let mut affine = [[0.0; 4]; 3];
        for (row, new) in self.affine.iter().zip(&mut affine) {
            new[3] = row[3];
            for (axis, (old, reversed)) in from.into_iter().enumerate() {
                if reversed {
                    new[axis] = -row[old];
                    new[3] += row[old] * (size[old] as f64 - 1.0);
                } else {
                    new[axis] = row[old];
                }
            }
        }
        Self { affine }
    }

    /// The geometry after the first voxel moved to `first` (columns, rows, frames; may be
    /// negative or fractional) and the distance of neighbours changed by `step`.
    pub fn resampled(&self, first: [f64; 3], step: [f64; 3]) -> Self {
        let mut affine = self.affine;
        for row in &mut affine {
            for axis in 0..3 {
                row[3] += row[axis] * first[axis];
            }
            for axis in 0..3 {
                row[axis] *= step[axis];
            }
        }
        Self { affine }
    }

    /// Largest cosine between two axes: 0 where they are at right angles.
    pub fn shear(&self) -> f64 {
        let Some(d) = self.directions() else {
            return 1.0;
        };
        let cosine = |a: usize, b: usize| d.iter().map(|row| row[a] * row[b]).sum::<f64>().abs();
        cosine(0, 1).max(cosine(0, 2)).max(cosine(1, 2))
    }

    /// The upper triangular factor of the affine's directions: `A = Q R` with a rotation `Q` and a
    /// diagonal above zero (the transposed Cholesky factor of `A^T A`).
    pub(crate) fn triangular(&self) -> [[f64; 3]; 3] {
        let dot = |a: usize, b: usize| self.affine.iter().map(|row| row[a] * row[b]).sum::<f64>();
        let r00 = dot(0, 0).sqrt();
        let (r01, r02) = (dot(0, 1) / r00, dot(0, 2) / r00);
        let r11 = (dot(1, 1) - r01 * r01).sqrt();
        let r12 = (dot(1, 2) - r01 * r02) / r11;
        let r22 = (dot(2, 2) - r02 * r02 - r12 * r12).sqrt();
        [[r00, r01, r02], [0.0, r11, r12], [0.0, 0.0, r22]]
    }

    /// The twelve numbers row by row, nine digits each.
    pub fn affine_text(&self) -> String {
        let numbers = self.affine.iter().flatten();
        let numbers: Vec<String> = numbers.map(|value| format!("{value}")).collect();
        numbers.join(" ")
    }

    /// Whether two geometries put no axis and no origin more than a thousandth of a voxel apart.
    pub(crate) fn is_close_to(&self, other: &Self) -> bool {
        let scale = self.spacing().into_iter().fold(0.0, f64::max);
        let pairs = self
            .affine
            .iter()
            .flatten()
            .zip(other.affine.iter().flatten());
        pairs
            .into_iter()
            .all(|(a, b)| (a - b).abs() <= 1e-3 * scale)
    }

    /// The affine's three columns, each of length one; `None` where one has no length.
    fn directions(&self) -> Option<[[f64; 3]; 3]> {
        let spacing = self.spacing();
        let usable = spacing
            .iter()
            .all(|length| *length > 0.0 && length.is_finite());
        usable.then(|| {
            let mut directions = [[0.0; 3]; 3];
            for (row, target) in self.affine.iter().zip(&mut directions) {
                for axis in 0..3 {
                    target[axis] = row[axis] / spacing[axis];
                }
            }
            directions
        })
    }
}

fn determinant(m: &[[f64; 3]; 3]) -> f64 {
    let minor = |a: usize, b: usize| m[1][a] * m[2][b] - m[1][b] * m[2][a];
    m[0][0] * minor(1, 2) - m[0][1] * minor(0, 2) + m[0][2] * minor(0, 1)
}

/// The inverse, transposed: the matrix of cofactors over the determinant.
fn inverse_transposed(m: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let determinant = determinant(m);
    let mut inverse = [[0.0; 3]; 3];
    for (row, values) in inverse.iter_mut().enumerate() {
        let (r1, r2) = ((row + 1) % 3, (row + 2) % 3);
        for (column, value) in values.iter_mut().enumerate() {
            let (c1, c2) = ((column + 1) % 3, (column + 2) % 3);
            *value = (m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]) / determinant;
        }
    }
    inverse
}

/// The orthogonal factor of the polar decomposition, by Newton's iteration
/// X <- (X + X^-T) / 2 (Higham, SIAM J Sci Stat Comput 1986;7:1160-1174).
fn nearest_rotation(mut m: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    for _ in 0..ROUNDS {
        let other = inverse_transposed(&m);
        let mut change = 0.0_f64;
        for (row, values) in m.iter_mut().enumerate() {
            for (column, value) in values.iter_mut().enumerate() {
                let next = (*value + other[row][column]) / 2.0;
                change = change.max((next - *value).abs());
                *value = next;
            }
        }
        if !change.is_finite() {
            return None;
        }
        if change < 1e-15 {
            break;
        }
    }
    Some(m)
}
