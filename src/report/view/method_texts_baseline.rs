//! How results are held against those of an earlier audit, with sources.

use super::method_texts::{Method, NEWCOMBE_DIFFERENCE, ZOU_DONNER, make};

/// What a method id of baselines means; `None` for another one.
pub(super) fn baseline(id: &str) -> Option<Method> {
    match id {
        "baseline_newcombe_10" => make(
            "Share less that of the baseline",
            "Newcombe's method 10 on the effective counts of this audit and of the baseline. A baseline holds no patient, so that both are \
             taken as results of different patients; where the same ones were measured twice, the limits are wider than need be.",
            &[NEWCOMBE_DIFFERENCE, ZOU_DONNER],
        ),
        "baseline_identical" => make(
            "The same scores as in the baseline",
            "A hash over ids, truths, scores and decisions says that the same scores of the same samples were measured, so that nothing differs \
             and there is no error to allow for.",
            &[
                "Secure Hash Standard. FIPS 180-4. National Institute of Standards and Technology, 2015.",
            ],
        ),
        "baseline_sum_of_variances" => make(
            "Number less that of the baseline",
            "The variances of this audit's estimate and of the baseline's add up, as for results of different patients; Student's t with the \
             smaller number of patients less 1 below 40 of them. Where the same patients were measured twice, the limits are wider than need be.",
            &[
                "Hanley JA, McNeil BJ. A method of comparing the areas under receiver operating characteristic curves derived from the same cases. Radiology 1983;148:839\u{2013}843.",
            ],
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::baseline;

    #[test]
    fn both_methods_have_text_and_sources() {
        for id in [
            "baseline_newcombe_10",
            "baseline_identical",
            "baseline_sum_of_variances",
        ] {
            let method = baseline(id).unwrap();
            assert!(method.text.ends_with('.') && !method.sources.is_empty());
        }
        assert!(baseline("newcombe_10").is_none());
    }
}
