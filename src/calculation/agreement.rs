//! Answers from repeated measurements of the same subjects.

use std::path::Path;

use crate::statistics::{bland_altman, intraclass_correlation, repeatability};

use super::table::{numbers, open};
use super::{CalculationError, Entry};

/// Agreement of repeated measurements: intraclass correlations, repeatability, and for two columns
/// the limits of agreement.
///
/// # Errors
/// As [`ranking`](super::ranking).
pub fn agreement(
    path: &Path,
    scores: &[String],
    confidence: f64,
) -> Result<Vec<Entry>, CalculationError> {
    let wanted: Vec<&str> = scores.iter().map(String::as_str).collect();
    let table = open(path, &wanted)?;
    let columns = wanted
        .iter()
        .map(|name| numbers(&table, name))
        .collect::<Result<Vec<_>, _>>()?;
    let rows = columns.first().map_or(0, Vec::len);
    let ratings: Vec<Vec<f64>> = (0..rows)
        .map(|row| columns.iter().map(|column| column[row]).collect())
        .collect();
    let mut entries = Vec::new();
    match intraclass_correlation(&ratings, confidence) {
        Ok(found) => {
            let limits = found.intervals;
            for (id, value, limits) in [
                ("icc_1_1", found.one_way, limits.one_way),
                ("icc_2_1", found.agreement, limits.agreement),
                ("icc_3_1", found.consistency, limits.consistency),
                ("icc_1_k", found.one_way_mean, limits.one_way_mean),
                ("icc_2_k", found.agreement_mean, limits.agreement_mean),
                ("icc_3_k", found.consistency_mean, limits.consistency_mean),
            ] {
                entries.push(match value {
                    Ok(value) => Entry::interval(id, value, limits),
                    Err(why) => Entry::absent(id, &why),
                });
            }
        }
        Err(why) => entries.push(Entry::absent("icc_2_1", &why)),
    }
    match repeatability(&ratings, confidence) {
        Ok(found) => entries.push(
            Entry::interval(
                "repeatability_coefficient",
                found.coefficient,
                found.interval,
            )
            .number("within_sd", found.within_sd)
            .number("df", found.df),
        ),
        Err(why) => entries.push(Entry::absent("repeatability_coefficient", &why)),
    }
    if let [first, second] = columns.as_slice() {
        entries.push(match bland_altman(first, second, confidence) {
            Ok(found) => {
                let bias = found.spread.clone().map(|spread| spread.bias_interval);
                let entry =
                    Entry::interval("bland_altman", found.bias, bias).number("sd", found.sd);
                match found.spread {
                    Ok(spread) => entry
                        .number("limit_low", spread.limits.lower)
                        .number("limit_high", spread.limits.upper)
                        .number("limit_half_width", spread.limits_half_width),
                    Err(_) => entry,
                }
            }
            Err(why) => Entry::absent("bland_altman", &why),
        });
    }
    Ok(entries)
}
