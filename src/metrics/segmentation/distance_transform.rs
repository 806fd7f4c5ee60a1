//! Exact Euclidean distance to the nearest site of a grid, in linear time.

use super::mask::count;
use super::nearest_site::{SiteTree, voxels_of};

/// Lines with more queries than this get the whole envelope, so that time stays linear.
const FEW: u32 = 8;

/// Grids with more voxels than this for each site and query are searched by a tree. A surface has
/// few voxels for the box that it fills, which the transform would visit all.
const SPARSE: u64 = 8;

/// Distance of every voxel to the nearest site, row by row; infinite where there is no site.
///
/// sqrt(min over sites of sum over axes ((x_a - site_a) spacing_a)^2), exact up to rounding, by one
/// pass along each axis: Felzenszwalb and Huttenlocher 2012, Theory of Computing 8:415-428, with
/// spacing as in Maurer, Qi and Raghavan 2003, IEEE TPAMI 25:265-270. Time is linear in the voxels.
/// `sites` has one value a voxel of `shape` (planes, rows, columns).
#[must_use]
pub fn distance_transform(shape: [usize; 3], spacing: [f64; 3], sites: &[bool]) -> Vec<f64> {
    transformed_at(shape, spacing, sites, &vec![true; sites.len()])
}

/// Distance to the nearest site from the voxels in `queries` only, in row order: by the transform
/// where sites and queries are many, by a tree of the sites where they are few. Both are exact.
pub(super) fn distances_at(
    shape: [usize; 3],
    spacing: [f64; 3],
    sites: &[bool],
    queries: &[bool],
) -> Vec<f64> {
    if SPARSE * (count(sites) + count(queries)) < sites.len() as u64
        && let Some(tree) = SiteTree::new(spacing, voxels_of(shape, sites))
    {
        return tree.distances(&voxels_of(shape, queries));
    }
    transformed_at(shape, spacing, sites, queries)
}

fn transformed_at(
    shape: [usize; 3],
    spacing: [f64; 3],
    sites: &[bool],
    queries: &[bool],
) -> Vec<f64> {
    let [planes, rows, columns] = shape;
    let mut squared = along_columns(columns, spacing[2], sites);
    let plane = rows * columns;
    let last = if planes == 1 {
        Axis::new(rows, columns, spacing[1])
    } else {
        within_planes(&mut squared, shape, spacing[1], queries);
        Axis::new(planes, plane, spacing[0])
    };
    last.at(&mut squared, queries)
}

/// Squared distances to the nearest site of the same line; infinite on a line without one.
fn along_columns(columns: usize, spacing: f64, sites: &[bool]) -> Vec<f64> {
    let mut squared = vec![f64::INFINITY; sites.len()];
    for (line, own) in sites
        .chunks_exact(columns)
        .zip(squared.chunks_exact_mut(columns))
    {
        let mut before: Option<usize> = None;
        for (place, _) in line.iter().enumerate().filter(|(_, site)| **site) {
            // Up to the middle the site before is nearer, from there on this one.
            let from = before.map_or(0, |before| {
                let middle = before + (place - before) / 2;
                fill(own, before, before..middle + 1, spacing);
                middle + 1
            });
            fill(own, place, from..place + 1, spacing);
            before = Some(place);
        }
        if let Some(before) = before {
            fill(own, before, before..columns, spacing);
        }
    }
    squared
}

fn fill(line: &mut [f64], site: usize, places: std::ops::Range<usize>, spacing: f64) {
    let start = places.start as f64 - site as f64;
    for (step, value) in line[places].iter_mut().enumerate() {
        let away = (start + step as f64) * spacing;
        *value = away * away;
    }
}

/// The pass along rows inside each plane, for the columns that a query needs.
fn within_planes(squared: &mut [f64], shape: [usize; 3], spacing: f64, queries: &[bool]) {
    let [_, rows, columns] = shape;
    let mut needed = vec![false; columns];
    for line in queries.chunks_exact(columns) {
        for (needed, query) in needed.iter_mut().zip(line) {
            *needed |= query;
        }
    }
    let axis = Axis::new(rows, columns, spacing);
    let mut envelope = Envelope::default();
    for plane in squared.chunks_exact_mut(rows * columns) {
        for column in (0..columns).filter(|column| needed[*column]) {
            envelope.replace(plane, column, &axis);
        }
    }
}

/// One axis of the grid: voxels along it, values between neighbours, spacing.
struct Axis {
    length: usize,
    stride: usize,
    spacing: f64,
}

impl Axis {
    fn new(length: usize, stride: usize, spacing: f64) -> Self {
        Self {
            length,
            stride,
            spacing,
        }
    }

    /// The last pass: distances at the queries. A line with few queries is searched outward from
    /// each of them and left as soon as nothing nearer can follow.
    fn at(&self, squared: &mut [f64], queries: &[bool]) -> Vec<f64> {
        let mut asked = vec![0u32; self.stride];
        for layer in queries.chunks_exact(self.stride) {
            for (asked, query) in asked.iter_mut().zip(layer) {
                *asked += u32::from(*query);
            }
        }
        let mut envelope = Envelope::default();
        for line in (0..self.stride).filter(|line| asked[*line] > FEW) {
            envelope.replace(squared, line, self);
        }
        let total = asked.iter().map(|n| *n as usize).sum();
        let mut found = Vec::with_capacity(total);
        for (layer, queries) in queries.chunks_exact(self.stride).enumerate() {
            for line in (0..self.stride).filter(|line| queries[*line]) {
                let nearest = if asked[line] > FEW {
                    squared[layer * self.stride + line]
                } else {
                    self.search(squared, layer, line)
                };
                found.push(nearest.sqrt());
            }
        }
        found
    }

    fn search(&self, squared: &[f64], layer: usize, line: usize) -> f64 {
        let value = |layer: usize| squared[layer * self.stride + line];
        let mut nearest = value(layer);
        for step in 1..self.length {
            let away = step as f64 * self.spacing;
            let away = away * away;
            if away >= nearest {
                break;
            }
            if step <= layer {
                nearest = nearest.min(value(layer - step) + away);
            }
            if layer + step < self.length {
                nearest = nearest.min(value(layer + step) + away);
            }
        }
        nearest
    }
}

/// Lower envelope of the parabolas that stand on one line, kept between lines for its memory.
#[derive(Default)]
struct Envelope {
    /// Where each parabola of the envelope stands, in voxels, and its height there. Counted in
    /// voxels, since differences of whole numbers are exact: a distance of two steps of 0.7 is 1.4.
    feet: Vec<(f64, f64)>,
    /// Where each of them begins to be lowest.
    begins: Vec<f64>,
}

impl Envelope {
    /// Replaces the values of a line by min over y of (value(y) + ((x - y) spacing)^2).
    fn replace(&mut self, values: &mut [f64], line: usize, axis: &Axis) {
        self.feet.clear();
        self.begins.clear();
        for (place, height) in values[line..].iter().step_by(axis.stride).enumerate() {
            if height.is_finite() {
                self.add(place as f64, *height, axis.spacing * axis.spacing);
            }
        }
        if self.feet.is_empty() {
            return;
        }
        let mut lowest = 0;
        let line = values[line..].iter_mut().step_by(axis.stride);
        for (place, value) in line.take(axis.length).enumerate() {
            let x = place as f64;
            while lowest + 1 < self.begins.len() && self.begins[lowest + 1] < x {
                lowest += 1;
            }
            let (foot, height) = self.feet[lowest];
            let away = (x - foot) * axis.spacing;
            *value = away * away + height;
        }
    }

    fn add(&mut self, foot: f64, height: f64, squared_spacing: f64) {
        while let (Some((other, below)), Some(begin)) = (self.feet.last(), self.begins.last()) {
            // Where the two parabolas cross.
            let sum = (height - below) / ((foot - other) * squared_spacing) + foot + other;
            if sum / 2.0 > *begin {
                self.feet.push((foot, height));
                self.begins.push(sum / 2.0);
                return;
            }
            self.feet.pop();
            self.begins.pop();
        }
        self.feet.push((foot, height));
        self.begins.push(f64::NEG_INFINITY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_hand(shape: [usize; 3], spacing: [f64; 3], sites: &[bool]) -> Vec<f64> {
        let [_, rows, columns] = shape;
        let place = |v: usize| [v / (rows * columns), v / columns % rows, v % columns];
        (0..sites.len())
            .map(|v| {
                let nearest = (0..sites.len()).filter(|s| sites[*s]).map(|s| {
                    (0..3)
                        .map(|a| ((place(v)[a] as f64 - place(s)[a] as f64) * spacing[a]).powi(2))
                        .sum::<f64>()
                });
                nearest.fold(f64::INFINITY, f64::min).sqrt()
            })
            .collect()
    }

    #[test]
    fn a_grid_without_site_is_infinitely_far() {
        let found = distance_transform([2, 3, 4], [1.0; 3], &[false; 24]);
        assert!(found.iter().all(|d| *d == f64::INFINITY));
    }

    #[test]
    fn one_site_in_a_corner() {
        let mut sites = vec![false; 24];
        sites[0] = true;
        let found = distance_transform([2, 3, 4], [2.0, 1.0, 0.5], &sites);
        assert_eq!(found[23], (4.0f64 + 4.0 + 2.25).sqrt());
    }

    fn grid() -> impl Strategy<Value = ([usize; 3], [f64; 3], Vec<bool>, Vec<bool>)> {
        let shape = prop_oneof![
            (Just(1usize), 1..25usize, 1..25usize),
            (1..12usize, 1..8usize, 1..8usize)
        ];
        (
            shape,
            [0.2..4.0f64, 0.2..4.0, 0.2..4.0],
            any::<bool>(),
            1..40u32,
        )
            .prop_flat_map(|((p, r, c), spacing, unit, share)| {
                let n = p * r * c;
                let some = f64::from(share) / 50.0;
                (
                    Just([p, r, c]),
                    Just(if unit { [1.0; 3] } else { spacing }),
                    prop::collection::vec(prop::bool::weighted(some), n),
                    prop::collection::vec(any::<bool>(), n),
                )
            })
    }

    proptest! {
        #[test]
        fn equals_brute_force((shape, spacing, sites, queries) in grid()) {
            let expected = by_hand(shape, spacing, &sites);
            let all = distance_transform(shape, spacing, &sites);
            for (a, b) in all.iter().zip(&expected) {
                prop_assert!(a == b || (a - b).abs() <= 1e-12 * b, "{a} {b}");
                prop_assert!(spacing != [1.0; 3] || a == b);
            }
            let asked: Vec<f64> = (0..all.len()).filter(|v| queries[*v]).map(|v| all[v]).collect();
            let close = |found: &[f64]| {
                found.len() == asked.len()
                    && found.iter().zip(&asked).all(|(a, b)| a == b || (a - b).abs() <= 1e-12 * b)
            };
            prop_assert!(close(&transformed_at(shape, spacing, &sites, &queries)));
            prop_assert!(close(&distances_at(shape, spacing, &sites, &queries)));
            if let Some(tree) = SiteTree::new(spacing, voxels_of(shape, &sites)) {
                prop_assert!(close(&tree.distances(&voxels_of(shape, &queries))));
            }
        }
    }
}
