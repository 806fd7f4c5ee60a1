//! Positions of slices in the patient: order, distances and tilt.

use std::collections::{BTreeMap, BTreeSet};

use super::series::SeriesFlag;

/// Position, and direction of a row and of a column, of a slice.
type Place = ([f64; 3], [f64; 6]);

/// Slices nearer than this are at one place, mm.
const SAME: f64 = 1e-3;
/// Direction cosines that differ by less are the same (beside 1e-5 of their size).
const DIRECTION: f64 = 1e-4;
/// A distance beyond this multiple of the median is a gap.
const GAP: f64 = 1.5;
/// Distances that differ from the median by more than this part are uneven.
const UNEVEN: f64 = 0.01;
/// An angle beyond this is a tilt, degrees.
const TILT: f64 = 0.5;

/// Slices along their normal.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Stack {
    /// Indices of the slices, by position.
    pub(super) order: Vec<usize>,
    /// Their positions along the normal, mm.
    pub(super) z: Vec<f64>,
    pub(super) spacing: Option<f64>,
    pub(super) spacing_range: Option<(f64, f64)>,
    pub(super) tilt_degrees: Option<f64>,
}

/// Orders slices by position along the normal of their (commonest) orientation; those at one place
/// keep their order.
pub(super) fn stack(places: &[Place], flags: &mut BTreeSet<SeriesFlag>) -> Stack {
    let Some((_, first)) = places.first() else {
        return Stack::default();
    };
    let alike = |orientation: &[f64; 6]| {
        let mut pairs = orientation.iter().zip(first);
        pairs.all(|(a, b)| (a - b).abs() <= DIRECTION + 1e-5 * b.abs())
    };
    let orientation = if places.iter().all(|(_, orientation)| alike(orientation)) {
        *first
    } else {
        flags.insert(SeriesFlag::OrientationDiffers);
        commonest(places)
    };
    let normal = cross(&orientation);
    let along: Vec<f64> = places
        .iter()
        .map(|(position, _)| dot(position, &normal))
        .collect();
    let mut order: Vec<usize> = (0..places.len()).collect();
    let rounded = |index: usize| (along[index] * 1e4).round_ties_even();
    order.sort_by(|&a, &b| rounded(a).total_cmp(&rounded(b)));
    let z: Vec<f64> = order.iter().map(|&index| along[index]).collect();
    let distances: Vec<f64> = z.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let spacing = spacing(&distances, flags);
    let tilt_degrees = order
        .first()
        .zip(order.last())
        .and_then(|(&first, &last)| tilt(&places[first].0, &places[last].0, &normal));
    if tilt_degrees.is_some_and(|tilt| tilt > TILT) {
        flags.insert(SeriesFlag::Tilt);
    }
    let range = |pick: fn(f64, f64) -> f64| distances.iter().copied().reduce(pick);
    Stack {
        order,
        z,
        spacing,
        spacing_range: range(f64::min).zip(range(f64::max)),
        tilt_degrees,
    }
}

/// Median distance of different places; flags what is not even.
fn spacing(distances: &[f64], flags: &mut BTreeSet<SeriesFlag>) -> Option<f64> {
    let mut apart: Vec<f64> = distances.iter().copied().filter(|d| *d > SAME).collect();
    if apart.len() < distances.len() {
        flags.insert(SeriesFlag::DuplicatePosition);
    }
    apart.sort_by(f64::total_cmp);
    let (least, largest) = (*apart.first()?, *apart.last()?);
    let middle = apart.len() / 2;
    let median = if apart.len() % 2 == 1 {
        apart[middle]
    } else {
        (apart[middle - 1] + apart[middle]) / 2.0
    };
    let gap = largest > GAP * median;
    let uneven = if gap {
        // Slices left out make whole multiples; anything else is uneven as well.
        let off = |distance: &f64| {
            let ratio = distance / median;
            (ratio - ratio.round_ties_even()).powi(2) > 1e-3
        };
        largest > 1.05 * least && apart.iter().any(off)
    } else {
        apart
            .iter()
            .any(|distance| (distance - median).abs() > UNEVEN * median)
    };
    if gap {
        flags.insert(SeriesFlag::Gap);
    }
    if uneven {
        flags.insert(SeriesFlag::UnevenSpacing);
    }
    Some(median)
}

/// The orientation that most slices have, to three digits; the first of equals.
fn commonest(places: &[Place]) -> [f64; 6] {
    let key = |orientation: &[f64; 6]| orientation.map(|value| (value * 1e3).round() as i64);
    let mut counts: BTreeMap<[i64; 6], usize> = BTreeMap::new();
    for (_, orientation) in places {
        *counts.entry(key(orientation)).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    places
        .iter()
        .map(|(_, orientation)| key(orientation))
        .find(|key| counts.get(key) == Some(&most))
        .unwrap_or_default()
        .map(|value| value as f64 / 1e3)
}

fn tilt(first: &[f64; 3], last: &[f64; 3], normal: &[f64; 3]) -> Option<f64> {
    let step: [f64; 3] = std::array::from_fn(|axis| last[axis] - first[axis]);
    let length = dot(&step, &step).sqrt();
    (length > 0.0).then(|| {
        (dot(&step, normal).abs() / length)
            .min(1.0)
            .acos()
            .to_degrees()
    })
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Row direction x column direction.
fn cross(o: &[f64; 6]) -> [f64; 3] {
    [
        o[1] * o[5] - o[2] * o[4],
        o[2] * o[3] - o[0] * o[5],
        o[0] * o[4] - o[1] * o[3],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(z: f64) -> Place {
        ([0.0, 0.0, z], [1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    }

    fn flags_of(positions: &[f64]) -> Vec<&'static str> {
        let places: Vec<Place> = positions.iter().map(|&z| at(z)).collect();
        let mut flags = BTreeSet::new();
        stack(&places, &mut flags);
        flags.into_iter().map(SeriesFlag::code).collect()
    }

    #[test]
    fn distances_are_even_or_flagged() {
        assert!(flags_of(&[10.0, 0.0, 5.0]).is_empty());
        assert_eq!(flags_of(&[0.0, 5.0, 10.0, 20.0]), ["gap"]);
        assert_eq!(flags_of(&[0.0, 5.0, 10.0, 18.0]), ["gap", "uneven_spacing"]);
        assert_eq!(flags_of(&[0.0, 5.0, 10.2]), ["uneven_spacing"]);
        assert_eq!(flags_of(&[0.0, 5.0, 5.0, 10.0]), ["duplicate_position"]);
        assert!(flags_of(&[7.0]).is_empty());
        assert!(flags_of(&[]).is_empty());
    }
}
