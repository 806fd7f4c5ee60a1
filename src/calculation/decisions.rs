//! Answers from a table of scores that are decided at a threshold, patients as clusters.

use std::path::Path;

use crate::metrics::{Arm, ConfusionKinds, ContrastKinds, Diagnostic, MatrixDraws, ShareOf};
use crate::statistics::{NotEstimable, ScaledEstimate};

use super::counts::predictive_values;
use super::samples::{Columns, Samples};
use super::{CalculationError, Entry};

/// Resamples of patients behind metrics of the whole table.
const REPLICATES: u64 = 2000;
/// Seed of the resamples.
const SEED: u64 = 1;

const SHARES: [(&str, ShareOf); 6] = [
    ("sensitivity", ShareOf::Sensitivity),
    ("specificity", ShareOf::Specificity),
    ("ppv", ShareOf::Ppv),
    ("npv", ShareOf::Npv),
    ("accuracy", ShareOf::Accuracy),
    ("flag_rate", ShareOf::FlagRate),
];

/// Everything that an audit says of decisions at a threshold: shares with Wilson's limits on the
/// effective n and the limits that a gate takes, likelihood ratios, metrics of the whole table by
/// resampled patients, predictive values at `prevalences`; for levels of an attribute also the
/// difference from everyone else.
///
/// # Errors
/// As [`ranking`](super::ranking).
pub fn decisions(
    path: &Path,
    columns: Columns<'_>,
    threshold: f64,
    prevalences: &[f64],
    confidence: f64,
) -> Result<Vec<Entry>, CalculationError> {
    let samples = Samples::read(path, columns)?;
    let mut entries = of_group(&samples, threshold, prevalences, confidence);
    if let Some((codes, names)) = &samples.by {
        let mut levels = Entry::new("by");
        for (code, name) in (0u32..).zip(names) {
            let (own, rest) = (
                samples.with(|row| codes[row] == code),
                samples.with(|row| codes[row] != code),
            );
            let mut level = Entry::new(name.as_str());
            level.entries = of_group(&own, threshold, prevalences, confidence);
            if names.len() > 1 {
                level
                    .entries
                    .extend(differences(&own, &rest, threshold, confidence));
            }
            levels.entries.push(level);
        }
        entries.push(levels);
    }
    Ok(entries)
}

fn flagged(samples: &Samples, threshold: f64) -> Vec<bool> {
    samples
        .score
        .iter()
        .map(|score| *score >= threshold)
        .collect()
}

fn of_group(samples: &Samples, threshold: f64, prevalences: &[f64], confidence: f64) -> Vec<Entry> {
    let flagged = flagged(samples, threshold);
    let cluster = samples.cluster.as_deref();
    let kinds = ConfusionKinds::of(&samples.y, &flagged, cluster, cluster.is_some());
    let mut entries: Vec<Entry> = SHARES
        .iter()
        .map(|(id, of)| share(id, *of, &kinds, cluster.is_some(), confidence))
        .collect();
    let test = kinds.diagnostic();
    entries.extend(predictive_values(&test, prevalences, confidence));
    type Ratio = fn(&Diagnostic) -> Result<ScaledEstimate, NotEstimable>;
    let ratios: [(&str, Ratio); 3] = [
        (
            "likelihood_ratio_positive",
            Diagnostic::likelihood_ratio_positive,
        ),
        (
            "likelihood_ratio_negative",
            Diagnostic::likelihood_ratio_negative,
        ),
        ("diagnostic_odds_ratio", Diagnostic::odds_ratio),
    ];
    for (id, of) in ratios {
        entries.push(super::samples::scaled(
            id,
            test.clone().and_then(|test| of(&test)),
            confidence,
        ));
    }
    for (metric, found) in kinds.matrix_metrics(confidence, &MatrixDraws::new(REPLICATES, SEED)) {
        entries.push(match found {
            Ok(found) => Entry::interval(metric.id(), found.estimate, found.interval)
                .count("n_patients", found.n_clusters)
                .count("replicates", REPLICATES),
            Err(why) => Entry::absent(metric.id(), &why),
        });
    }
    entries
}

fn share(id: &str, of: ShareOf, kinds: &ConfusionKinds, clustered: bool, confidence: f64) -> Entry {
    let found = match kinds.proportion(of) {
        Ok(found) => found,
        Err(why) => return Entry::absent(id, &why),
    };
    let mut entry = Entry::interval(id, found.estimate, found.wilson(confidence))
        .text(
            "method",
            if clustered {
                "wilson_effective_n"
            } else {
                "wilson"
            },
        )
        .count("numerator", found.events)
        .count("denominator", found.trials)
        .count("n_patients", found.n_clusters)
        .number("n_effective", found.n_effective);
    if let Some(effect) = found.design_effect.filter(|_| clustered) {
        entry = entry.number("design_effect", effect);
    }
    let alpha = 0.5 * (1.0 - confidence);
    if let (Ok(lower), Ok(upper)) = (found.gate_lower(alpha), found.gate_upper(alpha)) {
        entry = entry
            .number("gate_lower", lower)
            .number("gate_upper", upper)
            .text("gate_method", found.gate_method());
    }
    entry
}

/// Own minus everyone else; patients with samples in both make the arms dependent.
fn differences(own: &Samples, rest: &Samples, threshold: f64, confidence: f64) -> Vec<Entry> {
    let called = [own, rest].map(|samples| flagged(samples, threshold));
    let patients = [own, rest].map(Samples::units);
    let first: Arm<'_> = (&own.y, &called[0], &patients[0]);
    let second: Arm<'_> = (&rest.y, &called[1], &patients[1]);
    let contrast = ContrastKinds::of(first, second, own.cluster.is_some());
    SHARES[..2]
        .iter()
        .map(|(name, of)| {
            let id = format!("{name}_difference_from_others");
            match contrast.difference(*of) {
                Ok(found) => {
                    let entry = Entry::interval(&id, found.estimate(), found.interval(confidence))
                        .text("method", found.method());
                    match found.p_two_sided() {
                        Ok(p) => entry.number("p", p),
                        Err(_) => entry,
                    }
                }
                Err(why) => Entry::absent(&id, &why),
            }
        })
        .collect()
}
