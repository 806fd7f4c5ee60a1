//! Answers for plans: adjusted p-values, and what a floor needs.

use crate::statistics::{
    benjamini_hochberg, benjamini_yekutieli, bonferroni, failing_probability, hochberg, holm,
    n_to_decide_floor, passing_probability,
};

use super::Entry;

/// One entry for each p-value, as given, with the size of the family and all adjustments.
#[must_use]
pub fn adjusted(p: &[f64]) -> Vec<Entry> {
    let methods: [(&'static str, Vec<f64>); 5] = [
        ("bonferroni", bonferroni(p)),
        ("holm", holm(p)),
        ("hochberg", hochberg(p)),
        ("benjamini_hochberg", benjamini_hochberg(p)),
        ("benjamini_yekutieli", benjamini_yekutieli(p)),
    ];
    p.iter()
        .enumerate()
        .map(|(place, value)| {
            methods.iter().fold(
                Entry::new(format!("p{}", place + 1))
                    .number("p", *value)
                    .count("family_size", p.len() as u64),
                |entry, (id, adjusted)| entry.number(id, adjusted[place]),
            )
        })
        .collect()
}

/// A floor on a proportion, and what is believed of the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedFloor {
    /// True proportion.
    pub truth: f64,
    /// Floor that must be shown.
    pub floor: f64,
    /// Independent samples in the denominator; `None`: only the sizes needed.
    pub n: Option<u64>,
    /// One-sided error.
    pub alpha: f64,
}

/// Chance of each verdict at the planned size, by exact binomial probabilities of the one-sided
/// Clopper-Pearson limits that the gate uses, and the least sizes from which on it is at least 80% and 90%.
#[must_use]
pub fn power(plan: PlannedFloor) -> Vec<Entry> {
    let PlannedFloor {
        truth,
        floor,
        n,
        alpha,
    } = plan;
    let mut entries = Vec::new();
    if let Some(n) = n {
        let pass = passing_probability(n, truth, floor, alpha);
        let fail = failing_probability(n, truth, floor, alpha);
        entries.push(Entry::new("pass").number("estimate", pass));
        entries.push(Entry::new("fail").number("estimate", fail));
        let rest = (1.0 - pass - fail).clamp(0.0, 1.0);
        entries.push(Entry::new("inconclusive").number("estimate", rest));
    }
    for (id, wanted) in [("n_for_80_percent", 0.8), ("n_for_90_percent", 0.9)] {
        entries.push(match n_to_decide_floor(truth, floor, alpha, wanted) {
            Some(n) => Entry::new(id).count("estimate", n),
            None => Entry::new(id).text(
                "not_estimable",
                "no size up to ten million decides: the truth equals the floor or lies too near to it",
            ),
        });
    }
    entries
}
