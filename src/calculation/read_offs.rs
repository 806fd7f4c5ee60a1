//! Numbers that are read off the ranking of a table of scores, patients as clusters.

use std::path::Path;

use crate::metrics::{self, CurveMetric};
use crate::statistics::NotEstimable;

use super::samples::{Columns, Samples, scaled};
use super::{CalculationError, Entry};

/// Resamples of patients.
const REPLICATES: u64 = 2000;
/// Seed of the resamples.
const SEED: u64 = 1;

/// What is read off.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOffs {
    /// Specificity at which sensitivity is given.
    pub at_specificity: Option<f64>,
    /// Sensitivity at which specificity is given.
    pub at_sensitivity: Option<f64>,
    /// Least specificity of the partial area.
    pub partial_from: Option<f64>,
}

/// Average precision, and what is asked for of sensitivity at a specificity, specificity at a
/// sensitivity and the area from a specificity on.
///
/// # Errors
/// As [`ranking`](super::ranking).
pub fn read_offs(
    path: &Path,
    columns: Columns<'_>,
    wanted: ReadOffs,
    confidence: f64,
) -> Result<Vec<Entry>, CalculationError> {
    let samples = Samples::read(path, columns)?;
    let (y, score, cluster) = (
        &samples.y[..],
        &samples.score[..],
        samples.cluster.as_deref(),
    );
    let precision = metrics::average_precision(y, score, cluster);
    let mut entries = vec![match precision {
        // The estimate is known where its limits are not.
        Err(why @ NotEstimable::PerfectRanking) => Entry::interval("auprc", 1.0, Err(why)),
        found => scaled("auprc", found, confidence),
    }];
    let asked = [
        wanted.at_specificity.map(|specificity| {
            let id = format!("sensitivity_at_specificity_{specificity}");
            (id, CurveMetric::SensitivityAt { specificity })
        }),
        wanted.at_sensitivity.map(|sensitivity| {
            let id = format!("specificity_at_sensitivity_{sensitivity}");
            (id, CurveMetric::SpecificityAt { sensitivity })
        }),
        wanted.partial_from.map(|specificity_from| {
            let id = format!("partial_auroc_from_specificity_{specificity_from}");
            (id, CurveMetric::PartialArea { specificity_from })
        }),
    ];
    for (id, metric) in asked.into_iter().flatten() {
        let found = metrics::on_curve(metric, y, score, cluster, confidence, REPLICATES, SEED);
        entries.push(match found {
            Ok(found) => {
                let entry = Entry::interval(&id, found.estimate, Ok(found.interval))
                    .number("n_effective", found.n_effective)
                    .count("replicates", found.replicates);
                match metric {
                    CurveMetric::PartialArea { specificity_from } => entry.number(
                        "standardised",
                        metrics::standardised_partial_area(found.estimate, specificity_from),
                    ),
                    _ => entry,
                }
            }
            Err(why) => Entry::absent(&id, &why),
        });
    }
    Ok(entries)
}
