//! Answers from a table of probabilities, patients as clusters.

use std::path::Path;

use crate::metrics::{self, Bins, CalibrationError};
use crate::statistics::NotEstimable;

use super::samples::{Columns, Samples, scaled};
use super::{CalculationError, Entry};

/// Draws behind the expected calibration error.
const REPLICATES: u64 = 2000;
/// Seed of the draws.
const SEED: u64 = 1;
/// Bins of the expected calibration error.
const BINS: usize = 10;

/// Everything that an audit says of calibration, and net benefit at `thresholds`; for levels of an
/// attribute the same of each, with the bins of the whole table.
///
/// # Errors
/// As [`ranking`](super::ranking).
pub fn calibration(
    path: &Path,
    columns: Columns<'_>,
    thresholds: &[f64],
    confidence: f64,
) -> Result<Vec<Entry>, CalculationError> {
    let samples = Samples::read(path, columns)?;
    let mass = metrics::equal_mass_edges(&samples.score, BINS);
    let mut entries = of_group(&samples, &mass, thresholds, confidence);
    if let Some((codes, names)) = &samples.by {
        let mut levels = Entry::new("by");
        for (code, name) in (0u32..).zip(names) {
            let own = samples.with(|row| codes[row] == code);
            let mut level = Entry::new(name.as_str());
            level.entries = of_group(&own, &mass, thresholds, confidence);
            levels.entries.push(level);
        }
        entries.push(levels);
    }
    Ok(entries)
}

fn of_group(samples: &Samples, mass: &Bins, thresholds: &[f64], confidence: f64) -> Vec<Entry> {
    let (y, p, cluster) = (
        &samples.y[..],
        &samples.score[..],
        samples.cluster.as_deref(),
    );
    let value = |found: Result<metrics::Recalibrated, NotEstimable>| found.map(|of| of.value);
    let mut entries = vec![
        scaled(
            "oe_ratio",
            metrics::observed_expected(y, p, cluster),
            confidence,
        ),
        scaled(
            "calibration_intercept",
            value(metrics::calibration_intercept(y, p, None, cluster)),
            confidence,
        ),
        scaled(
            "calibration_slope",
            value(metrics::calibration_slope(y, p, None, cluster)),
            confidence,
        ),
        scaled("brier", metrics::brier(y, p, cluster), confidence),
        scaled(
            "scaled_brier",
            metrics::scaled_brier(y, p, cluster),
            confidence,
        ),
    ];
    for (id, bins) in [("ece_width", &Bins::Width(BINS)), ("ece_mass", mass)] {
        let found = metrics::calibration_error(y, p, cluster, bins, confidence, REPLICATES, SEED);
        entries.push(match found {
            Ok(found) => binned(id, &found),
            Err(why) => Entry::absent(id, &why),
        });
    }
    let width = Bins::Width(BINS);
    let debiased = metrics::debiased_calibration_error(y, p, cluster, &width);
    let id = "rms_calibration_error_debiased";
    entries.push(match debiased {
        Ok(found) => Entry::new(id)
            .number("estimate", found.rms)
            .number("square", found.square),
        Err(why) => Entry::absent(id, &why),
    });
    entries.push(match metrics::spiegelhalter(y, p, cluster) {
        Ok(found) => {
            let entry = Entry::new("spiegelhalter_z")
                .number("estimate", found.z)
                .number("p", found.p);
            match cluster {
                Some(_) => entry
                    .number("z_cluster", found.z_cluster)
                    .number("p_cluster", found.p_cluster),
                None => entry,
            }
        }
        Err(why) => Entry::absent("spiegelhalter_z", &why),
    });
    entries.push(match metrics::smooth_calibration(y, p, None, cluster) {
        Ok(found) => Entry::new("smooth_calibration")
            .number("ici", found.distances.ici)
            .number("e50", found.distances.e50)
            .number("e90", found.distances.e90)
            .number("emax", found.distances.emax),
        Err(why) => Entry::absent("smooth_calibration", &why),
    });
    for threshold in thresholds {
        entries.push(benefit(samples, *threshold, confidence));
    }
    entries
}

/// The error beside what a perfectly calibrated model would show.
fn binned(id: &str, found: &CalibrationError) -> Entry {
    Entry::interval(id, found.l1, found.interval_l1.clone())
        .number("if_calibrated", found.expected_l1)
        .number("if_calibrated_95_below", found.null_95_l1)
        .number("p", found.p_l1)
        .number("l2", found.l2)
        .number("if_calibrated_l2", found.expected_l2)
        .number("intracluster_correlation", found.intracluster_correlation)
        .count("replicates", found.replicates)
}

fn benefit(samples: &Samples, threshold: f64, confidence: f64) -> Entry {
    let mut entry = Entry::new(format!("net_benefit_{threshold}"));
    let cluster = samples.cluster.as_deref();
    match metrics::net_benefit(&samples.y, &samples.score, cluster, threshold) {
        Ok(found) => {
            let none = || NotEstimable::Empty("positives");
            entry.entries = vec![
                scaled("model", Ok(found.model), confidence),
                scaled(
                    "standardised",
                    found.standardised.ok_or_else(none),
                    confidence,
                ),
                scaled("treat_all", Ok(found.treat_all), confidence),
            ];
            entry
        }
        Err(why) => Entry::absent(&entry.id, &why),
    }
}
