//! What the exact limits on an effective n add to it, with sources.

/// After the text of the effective n.
pub(super) const DEGREES_OF_FREEDOM: &str = " Where fewer than 10 effective patients carry the rarer outcome the design effect is drawn towards that of complete \
     correlation within patients, and is equal to it below 5 patients. The effective n is then reduced by a ratio of t quantiles, with \
     Satterthwaite's degrees of freedom of the variance over patients, at most their number less 1.";

/// Beside Korn and Graubard.
pub(super) const SOURCES: [&str; 2] = [
    "Satterthwaite FE. An approximate distribution of estimates of variance components. Biometrics Bull 1946;2:110\u{2013}114.",
    "Pan W, Wall MM. Small-sample adjustments in using the sandwich variance estimator in generalized estimating equations. Stat Med 2002;21:1429\u{2013}1441.",
];

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_exact_limits_speak_of_degrees_of_freedom() {
        let method = |id| super::super::method_texts::method(id);
        let exact = method("clopper_pearson_effective_n").unwrap();
        assert!(exact.text.contains("Satterthwaite") && exact.text.ends_with('.'));
        assert!(
            exact
                .sources
                .iter()
                .any(|source| source.starts_with("Pan W"))
        );
        let shown = method("wilson_effective_n").unwrap();
        assert!(!shown.text.contains("Satterthwaite"));
    }
}
