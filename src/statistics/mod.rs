//! Intervals, tests, resampling, multiplicity and power: slices in, numbers out.
//!
//! Called by `metrics`, `assessment`, `reproducibility` and `gate`. This room knows no other:
//! no patient, no stratum, no file.

mod not_estimable;

pub use not_estimable::NotEstimable;

/// A two-sided interval; `lower <= upper`, both finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}
