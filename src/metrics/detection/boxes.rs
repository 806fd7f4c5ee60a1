//! Boxes and what two of them have in common.

use std::cmp::Ordering;

/// A box with the sides x0 <= x < x1 and y0 <= y < y1, x along columns and y along rows, in pixels
/// or any other unit. Half-open: x1 is one past the last pixel, so that the width is x1 - x0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    sides: [f64; 4],
}

/// Why there is no box or no detection.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BoxFault {
    /// A side is no number.
    #[error("box {0:?} has a side that is no finite number")]
    NotFinite([f64; 4]),
    /// The end of a side lies before its start.
    #[error("box {0:?} ends before it starts (expected x0 <= x1 and y0 <= y1)")]
    Reversed([f64; 4]),
    /// The score is no number.
    #[error("score {0} is no finite number")]
    Score(f64),
}

impl BoundingBox {
    /// A box from x0, y0, x1, y1. Its area may be 0.
    ///
    /// # Errors
    /// A side that is not finite; an end before its start.
    pub fn new(sides: [f64; 4]) -> Result<Self, BoxFault> {
        if !sides.iter().all(|side| side.is_finite()) {
            return Err(BoxFault::NotFinite(sides));
        }
        let [x0, y0, x1, y1] = sides;
        if x1 < x0 || y1 < y0 {
            return Err(BoxFault::Reversed(sides));
        }
        Ok(Self { sides })
    }

    /// x0, y0, x1, y1.
    #[must_use]
    pub fn sides(&self) -> [f64; 4] {
        self.sides
    }

    /// Width times height.
    #[must_use]
    pub fn area(&self) -> f64 {
        let [x0, y0, x1, y1] = self.sides;
        (x1 - x0) * (y1 - y0)
    }

    /// Area of the common part, 0 where there is none.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> f64 {
        let ([a0, b0, a1, b1], [c0, d0, c1, d1]) = (self.sides, other.sides);
        (a1.min(c1) - a0.max(c0)).max(0.0) * (b1.min(d1) - b0.max(d0)).max(0.0)
    }

    /// Intersection over union, in [0, 1]; 0 where both areas are 0.
    #[must_use]
    pub fn iou(&self, other: &Self) -> f64 {
        let both = self.intersection(other);
        share(both, self.area() + other.area() - both)
    }

    /// Intersection over the area of the reference box, in [0, 1]; 0 where that area is 0. A
    /// detection is not charged for being too large.
    #[must_use]
    pub fn intersection_over_reference(&self, reference: &Self) -> f64 {
        share(self.intersection(reference), reference.area())
    }

    /// The point in the middle, x and y.
    #[must_use]
    pub fn centre(&self) -> [f64; 2] {
        let [x0, y0, x1, y1] = self.sides;
        [f64::midpoint(x0, x1), f64::midpoint(y0, y1)]
    }

    /// Whether a point lies inside; the ends are outside.
    #[must_use]
    pub fn holds(&self, [x, y]: [f64; 2]) -> bool {
        let [x0, y0, x1, y1] = self.sides;
        x0 <= x && x < x1 && y0 <= y && y < y1
    }

    /// Euclidean distance between the centres.
    #[must_use]
    pub fn centre_distance(&self, other: &Self) -> f64 {
        let ([ax, ay], [bx, by]) = (self.centre(), other.centre());
        (ax - bx).hypot(ay - by)
    }

    /// By x0, y0, x1, y1: an order that has nothing to do with that of the file.
    #[must_use]
    pub(super) fn by_place(&self, other: &Self) -> Ordering {
        let pairs = self.sides.iter().zip(&other.sides);
        pairs
            .map(|(a, b)| a.total_cmp(b))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// A predicted box and how sure the model is of it; higher is surer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    score: f64,
    bounding_box: BoundingBox,
}

impl Detection {
    /// A detection with its score.
    ///
    /// # Errors
    /// A score that is not finite.
    pub fn new(score: f64, bounding_box: BoundingBox) -> Result<Self, BoxFault> {
        if !score.is_finite() {
            return Err(BoxFault::Score(score));
        }
        Ok(Self {
            // One zero, so that equal scores are equal bits.
            score: score + 0.0,
            bounding_box,
        })
    }

    /// Its score.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.score
    }

    /// Its box.
    #[must_use]
    pub fn bounding_box(&self) -> &BoundingBox {
        &self.bounding_box
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sides: [f64; 4]) -> BoundingBox {
        BoundingBox::new(sides).unwrap()
    }

    #[test]
    fn shares_of_two_boxes() {
        let (a, b) = (of([0.0, 0.0, 4.0, 2.0]), of([2.0, 0.0, 6.0, 4.0]));
        assert_eq!((a.area(), a.intersection(&b)), (8.0, 4.0));
        assert_eq!(a.iou(&b), 4.0 / 20.0);
        assert_eq!(a.intersection_over_reference(&b), 0.25);
        assert_eq!(b.intersection_over_reference(&a), 0.5);
        assert_eq!(a.centre_distance(&b), 5f64.sqrt());
    }

    #[test]
    fn half_open_sides() {
        let a = of([0.0, 0.0, 2.0, 2.0]);
        assert!(a.holds([0.0, 0.0]) && !a.holds([2.0, 1.0]) && !a.holds([1.0, 2.0]));
        // Boxes side by side have nothing in common.
        assert_eq!(a.iou(&of([2.0, 0.0, 4.0, 2.0])), 0.0);
        let point = of([1.0, 1.0, 1.0, 1.0]);
        assert_eq!(
            (point.iou(&point), a.intersection_over_reference(&point)),
            (0.0, 0.0)
        );
    }

    #[test]
    fn what_is_no_box_and_no_detection() {
        let told = |sides| BoundingBox::new(sides).unwrap_err().to_string();
        assert!(told([0.0, 0.0, f64::NAN, 1.0]).contains("no finite number"));
        assert!(told([0.0, 3.0, 1.0, 1.0]).contains("ends before it starts"));
        let point = of([0.0; 4]);
        assert_eq!(
            Detection::new(f64::INFINITY, point),
            Err(BoxFault::Score(f64::INFINITY))
        );
        assert!(
            Detection::new(-0.0, point)
                .unwrap()
                .score()
                .is_sign_positive()
        );
    }
}
