//! Glossary.

use super::block::{Block, Definition, Section};

/// Terms of the page in plain words.
const TERMS: [(&str, &str); 18] = [
    (
        "Sensitivity",
        "Share of reference positives that the model calls positive.",
    ),
    (
        "Specificity",
        "Share of reference negatives that the model calls negative.",
    ),
    (
        "AUROC",
        "Chance that a random positive has a higher score than a random negative.",
    ),
    (
        "Interval",
        "Range of true values that the data are compatible with, at the stated level.",
    ),
    (
        "Gating limits",
        "One-sided limits on which a requirement is decided. They may be wider than the displayed interval.",
    ),
    (
        "Inconclusive",
        "The data show neither that a requirement is met nor that it is not. It is not a pass.",
    ),
    (
        "Not evaluable",
        "The quantity could not be computed, or the group is too small for its rule.",
    ),
    (
        "Group against everyone else",
        "A group is compared with all samples whose value of the attribute is known and different.",
    ),
    (
        "Detectable",
        "Smallest true difference that this many patients would show in four of five such audits.",
    ),
    (
        "Design effect",
        "How much the variance grows because patients have several samples; 1 means not at all.",
    ),
    (
        "Effective n",
        "Number of samples divided by the design effect; fewer where few patients carry the rarer outcome.",
    ),
    (
        "False alarm",
        "A sample that the model calls positive and the reference standard negative.",
    ),
    (
        "Gap",
        "A group\u{2019}s value less that of everyone else whose value of the attribute is known.",
    ),
    (
        "Funnel",
        "Limits between which sites of each size lie by chance alone, if all have the same true value.",
    ),
    (
        "Holm",
        "A correction of p-values for the number of comparisons made; the methods name the one that was used.",
    ),
    (
        "Operating point",
        "Sensitivity and false positive rate at the threshold in use.",
    ),
    (
        "Reference standard",
        "What truth was taken to be, and how it was established.",
    ),
    (
        "Enriched",
        "Cases were chosen by outcome, so that the share of positives is not that of practice.",
    ),
];

/// The glossary.
pub(super) fn section() -> Section {
    let mut section = Section::new("glossary", "Glossary");
    section.blocks.push(Block::Definitions(
        TERMS
            .map(|(term, detail)| Definition::new(term, detail))
            .into(),
    ));
    section
}
