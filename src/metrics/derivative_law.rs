//! The law that every estimate with influences must keep, and numbers stored by other packages.

use crate::statistics::Influenced;
use serde_json::Value;

/// Copies of every row; one row more or less changes its weight by 1/COPIES.
const COPIES: usize = 300;

/// Asserts that the influences of `measure` are its derivatives in the weights of the rows: with
/// all rows copied, one copy more and one copy less of a row move the estimate by the influence,
/// up to terms of the order of 1/COPIES^2. Copies alone must move nothing, and the influences must
/// sum to nothing.
pub(super) fn assert_derivative<T: Clone>(
    rows: &[T],
    tolerance: f64,
    measure: impl Fn(&[T]) -> Influenced,
) {
    let found = measure(rows);
    assert_eq!(found.influence.len(), rows.len());
    let sum: f64 = found.influence.iter().sum();
    assert!(sum.abs() < 1e-9, "influences sum to {sum}");
    let copied: Vec<T> = (0..COPIES).flat_map(|_| rows.to_vec()).collect();
    let same = measure(&copied).estimate;
    assert!(
        (same - found.estimate).abs() < tolerance,
        "copies move {} to {same}",
        found.estimate
    );
    for (row, influence) in rows.iter().zip(&found.influence) {
        let mut more = copied.clone();
        more.push(row.clone());
        // The first copy holds the rows in their order.
        let mut less = copied.clone();
        let place = rows.iter().position(|other| std::ptr::eq(other, row));
        less.remove(place.unwrap());
        let slope = (measure(&more).estimate - measure(&less).estimate) * COPIES as f64 / 2.0;
        assert!(
            (slope - influence).abs() < tolerance,
            "{influence} against a derivative of {slope}"
        );
    }
}

/// A stored list of numbers.
pub(super) fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|x| x.as_f64().unwrap()).collect()
}

/// A stored list of whole numbers.
pub(super) fn indices(value: &Value) -> Vec<u32> {
    let list = value.as_array().unwrap();
    list.iter().map(|x| x.as_u64().unwrap() as u32).collect()
}

/// A stored list of truths, true or 1 and false or 0.
pub(super) fn truths(value: &Value) -> Vec<bool> {
    let list = value.as_array().unwrap();
    list.iter()
        .map(|x| x.as_bool().unwrap_or_else(|| x.as_f64() == Some(1.0)))
        .collect()
}

/// Asserts that a number is the stored one.
#[track_caller]
pub(super) fn near(found: f64, stored: &Value, tolerance: f64) {
    let stored = stored.as_f64().unwrap();
    assert!((found - stored).abs() < tolerance, "{found} {stored}");
}
