//! What the adjustments of p-values for their number mean, with their sources.

use super::method_texts::{Method, make};

/// What the id of an adjustment means; `None` for another one.
pub(super) fn multiplicity(id: &str) -> Option<Method> {
    match id {
        "hochberg" => make(
            "Hochberg's adjustment",
            "p-values are adjusted step-up within their family, so that the chance of any false finding is held. This needs p-values \
             that do not depend on each other or do so positively.",
            &[
                "Hochberg Y. A sharper Bonferroni procedure for multiple tests of significance. Biometrika 1988;75:800\u{2013}802.",
            ],
        ),
        "benjamini_hochberg" => make(
            "Benjamini and Hochberg's adjustment",
            "p-values are adjusted step-up within their family, so that the expected share of false findings among all findings is held. \
             This needs p-values that do not depend on each other or do so positively.",
            &[
                "Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and powerful approach to multiple testing. J R Stat Soc B 1995;57:289\u{2013}300.",
            ],
        ),
        "benjamini_yekutieli" => make(
            "Benjamini and Yekutieli's adjustment",
            "p-values are adjusted step-up within their family, so that the expected share of false findings among all findings is held, \
             whatever the dependence between them.",
            &[
                "Benjamini Y, Yekutieli D. The control of the false discovery rate in multiple testing under dependency. Ann Stat 2001;29:1165\u{2013}1188.",
            ],
        ),
        "max_t" => make(
            "Max-T adjustment",
            "Each p-value becomes a normal statistic, and the largest of its family is referred to the largest of as many normal numbers \
             with the correlation that the patients bring: that of their influence functions on all estimates of the family. The \
             adjustment is step-down and never stricter than Holm's. The distribution of the largest is integrated for families of \
             at most 24 and simulated for larger ones.",
            &[
                "Hothorn T, Bretz F, Westfall P. Simultaneous inference in general parametric models. Biom J 2008;50:346\u{2013}363.",
                "Westfall PH, Young SS. Resampling-Based Multiple Testing. Wiley, 1993.",
                "Genz A. Numerical computation of multivariate normal probabilities. J Comput Graph Stat 1992;1:141\u{2013}149.",
            ],
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::method_texts::method;
    use crate::config::Adjustment;

    #[test]
    fn every_adjustment_has_text_and_a_source() {
        for by in [
            Adjustment::Holm,
            Adjustment::Hochberg,
            Adjustment::BenjaminiHochberg,
            Adjustment::BenjaminiYekutieli,
            Adjustment::MaxT,
        ] {
            let found = method(by.id()).unwrap();
            assert!(found.text.ends_with('.') && !found.sources.is_empty());
        }
    }
}
