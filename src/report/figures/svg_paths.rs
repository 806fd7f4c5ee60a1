//! Coordinates and curves as SVG writes them, with no more points than can be seen.

use std::fmt::Write;

use plotters_backend::BackendCoord;

/// A coordinate in pixels: one decimal, none when it is whole.
pub(super) struct Px(pub i32);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, tenth) = (self.0.abs() / 10, self.0.abs() % 10);
        let sign = if self.0 < 0 { "-" } else { "" };
        if tenth == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{tenth}")
        }
    }
}

impl Px {
    /// Adds it to a text.
    pub fn push(self, text: &mut String) {
        // Writing to a text cannot fail.
        let _ = write!(text, "{self}");
    }
}

pub(super) fn px(units: u32) -> Px {
    Px(i32::try_from(units).unwrap_or(i32::MAX))
}

/// How far a curve may leave its points, in units: a fifth of a pixel.
const TOLERANCE: f64 = 2.0;

/// The points that a curve needs so that it stays within [`TOLERANCE`] of all of them (Douglas and
/// Peucker 1973). Small figures of many groups would otherwise fill the page with points that nobody
/// can see.
fn simplified(points: Vec<BackendCoord>) -> Vec<BackendCoord> {
    let mut kept = kept(&points).into_iter();
    points
        .into_iter()
        .filter(|_| kept.next().unwrap_or(true))
        .collect()
}

/// Which points a curve needs.
pub(super) fn kept(points: &[BackendCoord]) -> Vec<bool> {
    if points.len() < 3 {
        return vec![true; points.len()];
    }
    let mut kept = vec![false; points.len()];
    let last = points.len() - 1;
    (kept[0], kept[last]) = (true, true);
    let mut stretches = vec![(0, last)];
    while let Some((from, to)) = stretches.pop() {
        let farthest = (from + 1..to)
            .map(|i| (i, squared_distance(points[i], points[from], points[to])))
            .reduce(|a, b| if b.1 > a.1 { b } else { a });
        if let Some((middle, away)) = farthest
            && away > TOLERANCE * TOLERANCE
        {
            kept[middle] = true;
            stretches.push((from, middle));
            stretches.push((middle, to));
        }
    }
    kept
}

/// Square of the distance of a point from the stretch between two others.
fn squared_distance(point: BackendCoord, from: BackendCoord, to: BackendCoord) -> f64 {
    let of = |p: BackendCoord| (f64::from(p.0), f64::from(p.1));
    let ((x, y), (x0, y0), (x1, y1)) = (of(point), of(from), of(to));
    let (dx, dy) = (x1 - x0, y1 - y0);
    let squared = dx * dx + dy * dy;
    let along = if squared > 0.0 {
        (((x - x0) * dx + (y - y0) * dy) / squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (dx, dy) = (x - x0 - along * dx, y - y0 - along * dy);
    dx * dx + dy * dy
}

/// Adds `M x y L x y ...` without blanks that are not needed; level and upright strokes name one place.
pub(super) fn path_data(points: impl IntoIterator<Item = BackendCoord>, data: &mut String) {
    let points = simplified(points.into_iter().collect());
    if let [from, to] = points.as_slice()
        && (from.0 == to.0 || from.1 == to.1)
    {
        data.push('M');
        Px(from.0).push(data);
        data.push(' ');
        Px(from.1).push(data);
        let (command, end) = if from.1 == to.1 {
            ('H', to.0)
        } else {
            ('V', to.1)
        };
        data.push(command);
        Px(end).push(data);
        return;
    }
    for (i, (x, y)) in points.into_iter().enumerate() {
        data.push(match i {
            0 => 'M',
            1 => 'L',
            _ => ' ',
        });
        Px(x).push(data);
        data.push(' ');
        Px(y).push(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_keep_their_course_with_fewer_points() {
        let curve: Vec<BackendCoord> = (0..=1000)
            .map(|i| (i, (f64::from(i) * 0.01).sin().mul_add(500.0, 0.5) as i32))
            .collect();
        let few = simplified(curve.clone());
        assert!(few.len() < 80, "{}", few.len());
        for point in curve {
            let nearest = few
                .windows(2)
                .map(|pair| squared_distance(point, pair[0], pair[1]).sqrt())
                .fold(f64::INFINITY, f64::min);
            assert!(nearest <= TOLERANCE, "{point:?} is {nearest} away");
        }
        // Corners and closed outlines stay.
        let corners = vec![(0, 0), (100, 0), (100, 50), (0, 50), (0, 0)];
        assert_eq!(simplified(corners.clone()), corners);
        assert_eq!(simplified(vec![(1, 1)]), [(1, 1)]);
    }
}
