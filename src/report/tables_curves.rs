//! The numbers behind the small figures as CSV: ROC and precision-recall curves, reliability bins, score
//! histograms.

use crate::assessment::StratumCurves;

use super::result::AuditResult;
use super::tables::{Csv, float};

/// One row for each point of every ROC curve.
pub(super) fn roc(result: &AuditResult) -> String {
    points(result, ["false_positive_rate", "sensitivity"], |c| &c.roc)
}

/// One row for each point of every precision-recall curve.
pub(super) fn precision_recall(result: &AuditResult) -> String {
    points(result, ["recall", "precision"], |c| &c.precision_recall)
}

fn points(
    result: &AuditResult,
    [x, y]: [&str; 2],
    of: impl Fn(&StratumCurves) -> &[(f64, f64)],
) -> String {
    let mut table = Csv::new(&["endpoint", "attribute", "level", x, y]);
    for c in &result.curves {
        for (x, y) in of(c) {
            table.row(vec![
                c.endpoint.clone(),
                c.attribute.clone(),
                c.level.clone(),
                x.to_string(),
                y.to_string(),
            ]);
        }
    }
    table.text
}

/// One row for each bin of every reliability diagram.
pub(super) fn reliability(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "endpoint",
        "attribute",
        "level",
        "from",
        "to",
        "n",
        "n_positive",
        "mean_score",
        "observed",
        "lower",
        "upper",
    ]);
    for c in &result.curves {
        for bin in c.reliability.iter().filter(|bin| bin.n > 0) {
            table.row(vec![
                c.endpoint.clone(),
                c.attribute.clone(),
                c.level.clone(),
                bin.from.to_string(),
                bin.to.to_string(),
                bin.n.to_string(),
                bin.n_positive.to_string(),
                bin.mean_score.to_string(),
                bin.observed.to_string(),
                float(bin.lower),
                float(bin.upper),
            ]);
        }
    }
    table.text
}

/// One row for each bin of every score histogram.
pub(super) fn scores(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "endpoint",
        "attribute",
        "level",
        "from",
        "to",
        "n_positive",
        "n_negative",
    ]);
    for c in &result.curves {
        let bins = c.histogram_positive.len();
        let (low, high) = c.histogram_range;
        #[expect(clippy::cast_precision_loss, reason = "a histogram has few bins")]
        let edge = |i: usize| low + (high - low) * i as f64 / bins as f64;
        let counts = c.histogram_positive.iter().zip(&c.histogram_negative);
        for (i, (positive, negative)) in counts.enumerate() {
            table.row(vec![
                c.endpoint.clone(),
                c.attribute.clone(),
                c.level.clone(),
                edge(i).to_string(),
                edge(i + 1).to_string(),
                positive.to_string(),
                negative.to_string(),
            ]);
        }
    }
    table.text
}
