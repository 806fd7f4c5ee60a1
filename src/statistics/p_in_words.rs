//! A p-value within a sentence.

/// p-values below this are told as smaller than it, in sentences and tables alike, as the AMA Manual of
/// Style asks of medical papers (11th edition, 2020, 19.4).
pub const SMALLEST_SHOWN_P: f64 = 0.001;

/// `p = 0.0123`, or `p < 0.001`. Four decimals, so that a value on either side of an error level of
/// 0.025 does not look equal to it.
#[must_use]
pub fn p_in_words(p: f64) -> String {
    if p < SMALLEST_SHOWN_P {
        format!("p < {SMALLEST_SHOWN_P}")
    } else {
        format!("p = {p:.4}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_are_told_as_smaller_than_a_thousandth() {
        for (p, said) in [
            (0.000_999, "p < 0.001"),
            (0.001, "p = 0.0010"),
            (0.024_96, "p = 0.0250"),
            (0.0123, "p = 0.0123"),
            (1.0, "p = 1.0000"),
            (0.0, "p < 0.001"),
        ] {
            assert_eq!(p_in_words(p), said);
        }
    }
}
