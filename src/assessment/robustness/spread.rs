//! The range over an attribute's levels beside what chance alone would show.

use crate::assessment::metric::Metric;
use crate::assessment::{Estimate, EstimateStatus};
use crate::cohort::Strata;
use crate::statistics::{ChanceRange, NotEstimable, chance_range, normal_quantile};

use super::{OfShare, Setting, Spread};

/// Estimate and standard error of one level.
struct OfLevel<'a> {
    level: &'a str,
    estimate: f64,
    standard_error: f64,
}

/// Sensitivity or specificity. The standard error of a level under "all levels are alike" is
/// sqrt(p (1 - p) / effective n) with the common p, so that 0/n and n/n have one too.
pub(super) fn of_shares(setting: &Setting<'_>, of: &OfShare<'_>) -> Spread {
    let strata = of.strata;
    let found: Vec<_> = of
        .known()
        .filter_map(|level| {
            let share = of.table.proportion(level, of.share).ok()?;
            Some((strata.levels[level].as_str(), share))
        })
        .collect();
    let (events, trials) = found.iter().fold((0, 0), |(events, trials), (_, of)| {
        (events + of.events, trials + of.trials)
    });
    // Half an event at 0/n and n/n, as in all of them together nothing would vary otherwise.
    let p = if events == 0 || events == trials {
        (events as f64 + 0.5) / (trials as f64 + 1.0)
    } else {
        events as f64 / trials as f64
    };
    let levels: Vec<OfLevel<'_>> = found
        .into_iter()
        .map(|(level, of)| OfLevel {
            level,
            estimate: of.estimate,
            standard_error: (p * (1.0 - p) / of.n_effective).sqrt(),
        })
        .collect();
    row(setting, strata, of.metric, &levels, "chance_range")
}

/// AUROC, with the standard errors of the estimates; where one is 0 (perfect separation) or
/// absent, half the width of the interval over the normal quantile.
pub(super) fn of_auroc(setting: &Setting<'_>, strata: &Strata, estimates: &[Estimate]) -> Spread {
    let known = |name: &str| {
        strata
            .levels
            .iter()
            .zip(&strata.holds_missing)
            .any(|(level, missing)| level == name && !missing)
    };
    let quantile = normal_quantile(0.5 + 0.5 * setting.audit.statistics.confidence);
    let levels: Vec<OfLevel<'_>> = estimates
        .iter()
        .filter(|one| {
            one.attribute == strata.attribute
                && one.metric == Metric::Auroc.id()
                && known(&one.level)
        })
        .filter_map(|one| {
            let own = one.standard_error.filter(|error| *error > 0.0);
            Some(OfLevel {
                level: &one.level,
                estimate: one.estimate?,
                standard_error: own
                    .or_else(|| Some((one.upper? - one.lower?) / (2.0 * quantile)))?,
            })
        })
        .collect();
    row(
        setting,
        strata,
        Metric::Auroc,
        &levels,
        "chance_range_auroc",
    )
}

fn row(
    setting: &Setting<'_>,
    strata: &Strata,
    metric: Metric,
    levels: &[OfLevel<'_>],
    method: &str,
) -> Spread {
    let spec = &setting.audit.statistics;
    let mut row = Spread {
        id: setting.id(metric, &strata.attribute),
        endpoint: setting.measured.endpoint.clone(),
        metric: metric.id().to_owned(),
        attribute: strata.attribute.clone(),
        level: "all".to_owned(),
        levels: levels.iter().map(|one| one.level.to_owned()).collect(),
        lowest: None,
        highest: None,
        range: None,
        expected_by_chance: None,
        upper_95_by_chance: None,
        bias_corrected: None,
        confidence_level: spec.confidence,
        method: String::new(),
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    match range(levels, spec.replicates.get() as u64, spec.seed) {
        Err(why) => row.reason = Some(why.to_string()),
        Ok(found) => {
            // Of equal values the first level is named.
            let lowest = levels
                .iter()
                .reduce(|a, b| if b.estimate < a.estimate { b } else { a });
            let highest = levels
                .iter()
                .reduce(|a, b| if b.estimate > a.estimate { b } else { a });
            row.lowest = lowest.map(|one| one.level.to_owned());
            row.highest = highest.map(|one| one.level.to_owned());
            row.range = Some(found.observed);
            row.expected_by_chance = Some(found.expected);
            row.upper_95_by_chance = Some(found.upper_95);
            row.bias_corrected = Some(found.bias_corrected);
            row.method = method.to_owned();
            row.status = EstimateStatus::Ok;
        }
    }
    row
}

fn range(levels: &[OfLevel<'_>], replicates: u64, seed: u64) -> Result<ChanceRange, NotEstimable> {
    if levels.len() < 2 {
        return Err(NotEstimable::Other(
            "fewer than two levels have an estimate with a standard error".to_owned(),
        ));
    }
    let (estimates, errors): (Vec<f64>, Vec<f64>) = levels
        .iter()
        .map(|one| (one.estimate, one.standard_error))
        .unzip();
    chance_range(&estimates, &errors, replicates, seed)
}
