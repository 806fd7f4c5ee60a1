//! Answers from repeated measurements of the same subjects.

use std::path::Path;

use crate::statistics::{NotEstimable, bland_altman, intraclass_correlation, repeatability};

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
                ("icc_2_1", found.agreement, Some(found.agreement_interval)),
                ("icc_3_1", found.consistency, limits.consistency),
                ("icc_1_k", found.one_way_mean, limits.one_way_mean),
                ("icc_2_k", found.agreement_mean, limits.agreement_mean),
                ("icc_3_k", found.consistency_mean, limits.consistency_mean),
            ] {
                let none = || NotEstimable::Other("no bounded interval".to_owned());
                entries.push(Entry::interval(id, value, limits.ok_or_else(none)));
            }
        }
        Err(why) => entries.push(Entry::absent("icc_2_1", &why)),
    }
    match repeatability(&ratings, confidence) {
        Ok(found) => entries.push(
            Entry::interval(
                "repeatability_coefficient",
                found.coefficient,
                Ok(found.interval),
            )
            .number("within_sd", found.within_sd)
            .number("df", found.df),
        ),
        Err(why) => entries.push(Entry::absent("repeatability_coefficient", &why)),
    }
    if let [first, second] = columns.as_slice() {
        entries.push(match bland_altman(first, second, confidence) {
            Ok(found) => Entry::interval("bland_altman", found.bias, Ok(found.bias_interval))
                .number("sd", found.sd)
                .number("limit_low", found.limits.lower)
                .number("limit_high", found.limits.upper)
                .number("limit_half_width", found.limits_half_width),
            Err(why) => Entry::absent("bland_altman", &why),
        });
    }
    Ok(entries)
}
