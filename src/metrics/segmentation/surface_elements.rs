//! Surfaces as elements with an area, between the voxels instead of on them.

use std::collections::BTreeMap;

use super::distance_transform::distances_at;
use super::empty::EmptyMask;
use super::mask::{Extent, Mask, MaskPair};
use crate::statistics::ordered_sum;

/// Surface elements of both masks: for each its distance to the nearest element of the other mask,
/// and its area (its length in 2D).
///
/// Elements lie on the corners between voxels: where the 8 voxels around a corner (4 in 2D) are
/// neither all foreground nor all background, the surface that marching cubes puts between their
/// centres belongs to that corner, with its area for the spacing at hand. Distances are between
/// corners. These are the definitions of DeepMind's `surface-distance` (Nikolov et al. 2021, J Med
/// Internet Res 23:e26151), outside of the grid background as there. Sorted by distance.
#[derive(Debug, Clone, PartialEq)]
pub struct SurfaceElements {
    /// Elements of the truth: distance to the prediction, area.
    pub of_truth: Vec<(f64, f64)>,
    /// Elements of the prediction: distance to the truth, area.
    pub of_predicted: Vec<(f64, f64)>,
}

impl SurfaceElements {
    /// Of a pair.
    ///
    /// # Errors
    /// One or both are empty.
    pub fn of(pair: &MaskPair<'_>) -> Result<Self, EmptyMask> {
        let extent = pair.extent().ok_or(EmptyMask::Both)?;
        let (truth, predicted) = (pair.truth(), pair.predicted());
        if truth.extent().is_none() {
            return Err(EmptyMask::Truth);
        }
        if predicted.extent().is_none() {
            return Err(EmptyMask::Prediction);
        }
        let spacing = truth.spacing();
        let areas = if truth.is_flat() {
            lengths(spacing)
        } else {
            areas(spacing)
        };
        let shape = corners_of(&extent, truth.is_flat());
        let codes = [truth, predicted].map(|mask| codes(mask, &extent, shape));
        let sites = codes.each_ref().map(|codes| {
            let last = (areas.len() - 1) as u8;
            let crossed = codes.iter().map(|code| *code != 0 && *code != last);
            crossed.collect::<Vec<bool>>()
        });
        let elements = |own: usize| {
            let distances = distances_at(shape, spacing, &sites[1 - own], &sites[own]);
            let own = codes[own]
                .iter()
                .zip(&sites[own])
                .filter(|(_, site)| **site);
            let mut found: Vec<(f64, f64)> = distances
                .into_iter()
                .zip(own.map(|(code, _)| areas[usize::from(*code)]))
                .collect();
            found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            found
        };
        Ok(Self {
            of_truth: elements(0),
            of_predicted: elements(1),
        })
    }

    /// Surface Dice at a tolerance in the units of spacing: the area of both surfaces that is within
    /// the tolerance of the other one, over the area of both; `compute_surface_dice_at_tolerance` of
    /// `surface-distance`.
    #[must_use]
    pub fn surface_dice(&self, tolerance: f64) -> f64 {
        let area = |limit: f64| {
            let elements = self.of_truth.iter().chain(&self.of_predicted);
            ordered_sum(elements.filter(|(d, _)| *d <= limit).map(|(_, area)| *area))
        };
        area(tolerance) / area(f64::INFINITY)
    }
}

/// The grid of corners around a box of voxels; a flat one has one plane of corners.
fn corners_of(extent: &Extent, flat: bool) -> [usize; 3] {
    let [planes, rows, columns] = extent.shape();
    [if flat { 1 } else { planes + 1 }, rows + 1, columns + 1]
}

/// For each corner which of the voxels around it are foreground. The voxel before it on the axes
/// whose bits are clear in k sets bit k; bits are 4 for planes, 2 for rows, 1 for columns.
fn codes(mask: &Mask, extent: &Extent, shape: [usize; 3]) -> Vec<u8> {
    let inside = mask.cropped(extent);
    let [_, rows, columns] = extent.shape();
    let mut codes = vec![0u8; shape.iter().product()];
    let mut set = |plane: usize, row: usize, line: &[bool], bit: u32| {
        let start = (plane * shape[1] + row) * shape[2];
        // As the later of two columns for the corner before it, as the earlier for the one behind.
        let corners = &mut codes[start..start + shape[2]];
        for (corner, voxel) in corners.iter_mut().zip(line) {
            *corner |= u8::from(*voxel) << (bit + 1);
        }
        for (corner, voxel) in corners[1..].iter_mut().zip(line) {
            *corner |= u8::from(*voxel) << bit;
        }
    };
    for (number, line) in inside.chunks_exact(columns).enumerate() {
        let (plane, row) = (number / rows, number % rows);
        set(plane, row, line, if mask.is_flat() { 2 } else { 6 });
        set(plane, row + 1, line, if mask.is_flat() { 0 } else { 4 });
        if !mask.is_flat() {
            set(plane + 1, row, line, 2);
            set(plane + 1, row + 1, line, 0);
        }
    }
    codes
}

/// Length of the contour around a corner for each code in 2D, by marching squares: where a diagonal
/// pair is foreground, each of the two is cut off.
fn lengths(spacing: [f64; 3]) -> Vec<f64> {
    let [_, row, column] = spacing;
    let cut = (row * row + column * column).sqrt() / 2.0;
    let length = |code: u8| match code {
        0b0000 | 0b1111 => 0.0,
        0b0011 | 0b1100 => column,
        0b0101 | 0b1010 => row,
        0b0110 | 0b1001 => 2.0 * cut,
        _ => cut,
    };
    (0..16).map(length).collect()
}

/// Area of the surface around a corner for each code in 3D, by marching cubes with the vertices in
/// the middle between voxels (Lorensen and Cline 1987, SIGGRAPH 21:163-169): a code and its
/// complement have the same surface, made for the side with fewer voxels, and a diagonal pair on a
/// face is cut off one by one.
fn areas(spacing: [f64; 3]) -> Vec<f64> {
    (0..=255u8)
        .map(|code| {
            let rare = if code.count_ones() > 4 { !code } else { code };
            let polygons = polygons(rare);
            polygons.iter().map(|polygon| area(polygon, spacing)).sum()
        })
        .collect()
}

/// The edge of a cube between a corner that is foreground and one that is not.
type Edge = (u8, u8);

/// Closed polygons whose vertices are the middles of crossed edges.
fn polygons(code: u8) -> Vec<Vec<Edge>> {
    let mut sides: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
    for axis in [1u8, 2, 4] {
        let [a, b] = match axis {
            1 => [2, 4],
            2 => [1, 4],
            _ => [1, 2],
        };
        for base in [0, axis] {
            for (from, to) in segments(code, [base, base + a, base + a + b, base + b]) {
                sides.entry(from).or_default().push(to);
                sides.entry(to).or_default().push(from);
            }
        }
    }
    let mut found = Vec::new();
    while let Some((&start, _)) = sides.first_key_value() {
        let mut polygon = Vec::new();
        let mut next = Some(start);
        while let Some(edge) = next {
            polygon.push(edge);
            let ends = sides.remove(&edge).unwrap_or_default();
            next = ends.into_iter().find(|end| sides.contains_key(end));
        }
        found.push(polygon);
    }
    found
}

/// Segments across one face, whose corners are given in a ring.
fn segments(code: u8, ring: [u8; 4]) -> Vec<(Edge, Edge)> {
    let inside = |corner: u8| code >> corner & 1 == 1;
    let edges: Vec<Edge> = (0..4)
        .map(|place| (ring[place], ring[(place + 1) % 4]))
        .filter(|(a, b)| inside(*a) != inside(*b))
        .map(|(a, b)| if inside(a) { (a, b) } else { (b, a) })
        .collect();
    match edges.as_slice() {
        [a, b] => vec![(*a, *b)],
        // The two foreground corners are diagonal: each is cut off by its own segment.
        [a, b, c, d] if a.0 == b.0 => vec![(*a, *b), (*c, *d)],
        [a, b, c, d] => vec![(*a, *d), (*b, *c)],
        _ => vec![],
    }
}

/// Area of a polygon as a fan of triangles. Triangles, quadrangles and one kind of hexagon are flat,
/// so that any fan will do. A pentagon is flat but for one vertex, which is cut off as a triangle:
/// the fan begins next to it. The other hexagon begins at one of its two vertices whose both corners
/// have two crossed edges.
fn area(polygon: &[Edge], spacing: [f64; 3]) -> f64 {
    let shares = |edge: &Edge| {
        let of_inside = polygon.iter().filter(|other| other.0 == edge.0).count();
        let of_outside = polygon.iter().filter(|other| other.1 == edge.1).count();
        (of_inside, of_outside)
    };
    let begin = match polygon.len() {
        5 => polygon
            .iter()
            .position(|edge| shares(edge) == (1, 1))
            .map(|apart| apart + 1),
        6 => polygon.iter().position(|edge| shares(edge) == (2, 2)),
        _ => None,
    };
    let begin = begin.unwrap_or(0);
    let middles: Vec<[f64; 3]> = (0..polygon.len())
        .map(|place| middle(polygon[(begin + place) % polygon.len()], spacing))
        .collect();
    let fan = middles.windows(2).skip(1);
    fan.map(|ends| triangle(middles[0], ends[0], ends[1])).sum()
}

fn middle((inside, outside): Edge, spacing: [f64; 3]) -> [f64; 3] {
    // Bit 2 of a corner is its plane, bit 1 its row, bit 0 its column.
    [0, 1, 2].map(|axis| {
        let at = |corner: u8| f64::from(corner >> (2 - axis) & 1);
        f64::midpoint(at(inside), at(outside)) * spacing[axis]
    })
}

fn triangle(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> f64 {
    let from_a = |p: [f64; 3]| [p[0] - a[0], p[1] - a[1], p[2] - a[2]];
    let (u, v) = (from_a(b), from_a(c));
    let normal = [
        u[1] * v[2] - u[2] * v[1],
        u[2] * v[0] - u[0] * v[2],
        u[0] * v[1] - u[1] * v[0],
    ];
    normal.iter().map(|n| n * n).sum::<f64>().sqrt() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::segmentation::surface_overlap;

    #[test]
    fn areas_of_plain_surfaces() {
        let found = areas([2.0, 3.0, 5.0]);
        assert_eq!((found[0], found[255]), (0.0, 0.0));
        // All voxels of one plane, row or column: the flat element between them.
        assert!((found[0b0000_1111] - 15.0).abs() < 1e-12);
        assert!((found[0b0011_0011] - 10.0).abs() < 1e-12);
        assert!((found[0b0101_0101] - 6.0).abs() < 1e-12);
        for code in 0..=255u8 {
            assert_eq!(found[usize::from(code)], found[usize::from(!code)]);
        }
        // One voxel: a triangle with the sides of half a cell.
        let unit = areas([1.0; 3]);
        assert!((unit[1] - 3f64.sqrt() / 8.0).abs() < 1e-15);
    }

    #[test]
    fn a_single_voxel_has_eight_elements_and_in_2d_four() {
        let mut inside = vec![false; 27];
        inside[13] = true;
        let mask = Mask::new([3, 3, 3], [1.0; 3], inside).unwrap();
        let found = SurfaceElements::of(&MaskPair::new(&mask, &mask).unwrap()).unwrap();
        assert_eq!((found.of_truth.len(), found.surface_dice(0.0)), (8, 1.0));
        let flat = Mask::new([1, 1, 1], [9.0, 1.0, 1.0], vec![true]).unwrap();
        let found = SurfaceElements::of(&MaskPair::new(&flat, &flat).unwrap()).unwrap();
        let length: f64 = found.of_truth.iter().map(|(_, length)| length).sum();
        assert_eq!(found.of_truth.len(), 4);
        assert!((length - 8f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn empty_masks() {
        let mask = |inside| Mask::new([1, 1, 1], [1.0; 3], vec![inside]).unwrap();
        let (some, none) = (mask(true), mask(false));
        for (truth, predicted, why) in [
            (&some, &none, EmptyMask::Prediction),
            (&none, &some, EmptyMask::Truth),
            (&none, &none, EmptyMask::Both),
        ] {
            let found = SurfaceElements::of(&MaskPair::new(truth, predicted).unwrap());
            assert_eq!(found.clone().unwrap_err(), why);
            let dice = surface_overlap(&found, |elements| elements.surface_dice(1.0));
            assert_eq!(dice.ok(), (why != EmptyMask::Both).then_some(0.0));
        }
    }
}
