//! What must hold of every estimate before it leaves this room.

use crate::statistics::{Influenced, NotEstimable};

/// The same, where estimate and influences are finite.
///
/// # Errors
/// Values so large or so close together that arithmetic in 64 bits has no result.
pub(super) fn all_finite(found: Influenced) -> Result<Influenced, NotEstimable> {
    if found.estimate.is_finite() && found.influence.iter().all(|c| c.is_finite()) {
        Ok(found)
    } else {
        Err(NotEstimable::Other(
            "the values are too large or too close together for a result".to_owned(),
        ))
    }
}

/// Lists of one length, at least one sample.
///
/// # Errors
/// No sample, or lengths that differ.
pub(super) fn same_length(lengths: &[usize]) -> Result<usize, NotEstimable> {
    match lengths.split_first() {
        None | Some((0, [])) => Err(NotEstimable::Empty("samples")),
        Some((n, rest)) if rest.iter().any(|other| other != n) => Err(NotEstimable::Other(
            "truth and predictions differ in length".to_owned(),
        )),
        Some((0, _)) => Err(NotEstimable::Empty("samples")),
        Some((n, _)) => Ok(*n),
    }
}

/// Every value must be a finite number; the message names what is not.
///
/// # Errors
/// A value that is none.
pub(super) fn numbers(values: &[f64], what: &str) -> Result<(), NotEstimable> {
    match values.iter().find(|value| !value.is_finite()) {
        None => Ok(()),
        Some(value) => Err(NotEstimable::Other(format!(
            "{what} holds {value}, which is no finite number"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_numbers() {
        assert_eq!(same_length(&[3, 3]), Ok(3));
        assert_eq!(same_length(&[0, 0]), Err(NotEstimable::Empty("samples")));
        assert!(same_length(&[2, 3]).is_err());
        assert!(numbers(&[1.0, f64::NAN], "truth").is_err());
        let wild = Influenced {
            estimate: 1.0,
            influence: vec![f64::INFINITY],
        };
        assert!(all_finite(wild).is_err());
    }
}
