//! What the rules that choose thresholds mean, with their sources.

use super::method_texts::{FIELD_WELSH, Method, make};

const YOUDEN: &str = "Youden WJ. Index for rating diagnostic tests. Cancer 1950;3:32\u{2013}35.";
const PERKINS: &str = "Perkins NJ, Schisterman EF. The inconsistency of \u{201c}optimal\u{201d} cutpoints obtained using two criteria based on the receiver operating characteristic curve. Am J Epidemiol 2006;163:670\u{2013}675.";
const LEEFLANG: &str = "Leeflang MMG, Moons KGM, Reitsma JB, Zwinderman AH. Bias in sensitivity and specificity caused by data-driven selection of optimal cutoff values: mechanisms, magnitude, and solutions. Clin Chem 2008;54:729\u{2013}737.";
const EWALD: &str = "Ewald B. Post hoc choice of cut points introduced bias to diagnostic research. J Clin Epidemiol 2006;59:798\u{2013}801.";
const PEPE: &str = "Pepe MS. The Statistical Evaluation of Medical Tests for Classification and Prediction. Oxford University Press, 2003.";

/// What a method id of a threshold means; `None` for another one.
pub(super) fn thresholds(id: &str) -> Option<Method> {
    match id {
        "threshold_youden" => make(
            "Threshold by Youden\u{2019}s index",
            "The observed score with the largest sensitivity + specificity \u{2212} 1, compared as whole numbers; of several the one that calls \
             fewest samples positive.",
            &[YOUDEN, PERKINS],
        ),
        "threshold_target_sensitivity" => make(
            "Threshold for a target sensitivity",
            "Of the observed scores whose sensitivity reaches the target, the one that calls fewest samples positive.",
            &[PEPE],
        ),
        "threshold_target_specificity" => make(
            "Threshold for a target specificity",
            "Of the observed scores whose specificity reaches the target, the one that calls most samples positive.",
            &[PEPE],
        ),
        "bootstrap_nested_threshold" => make(
            "Patient bootstrap with the threshold chosen anew",
            "Whole patients are drawn with replacement twice for every replicate: the first draw chooses the threshold, the second is measured at \
             it. Limits are percentiles, joined with the limits that take the threshold as given, so that they are never narrower than \
             those. The p-value of a difference is the larger of twice the share of replicates beyond zero and the one at a given threshold. \
             Estimates are not corrected: chosen and measured on the same samples, they are optimistic.",
            &[FIELD_WELSH, LEEFLANG, EWALD],
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::thresholds;

    #[test]
    fn every_method_of_a_threshold_has_text_and_a_source() {
        for id in [
            "threshold_youden",
            "threshold_target_sensitivity",
            "threshold_target_specificity",
            "bootstrap_nested_threshold",
        ] {
            let method = super::super::method_texts::method(id)
                .unwrap_or_else(|| panic!("{id} is not described"));
            assert!(!method.sources.is_empty() && method.text.ends_with('.'));
            assert!(thresholds(id).is_some(), "{id} is described elsewhere");
        }
    }
}
