//! Ranking between groups: positives of one level against negatives of another.

use rayon::prelude::*;

use crate::cohort::Strata;
use crate::config::{AurocMethod as Declared, StatisticsSpec};
use crate::metrics::{self, AurocMethod};

use super::measured::{Group, Measured};
use super::{CrossRanking, EstimateStatus};

/// Every level's positives against every level's negatives; a level against itself is its AUROC.
/// Samples whose value is missing take no part.
pub(super) fn cross_ranking(
    spec: &StatisticsSpec,
    measured: &Measured,
    strata: &Strata,
) -> Vec<CrossRanking> {
    let groups: Vec<(&String, Group)> = (0..strata.levels.len())
        .filter(|level| !strata.holds_missing[*level])
        .map(|level| {
            let members = measured.members(strata, level);
            (&strata.levels[level], measured.group(&members))
        })
        .collect();
    let pairs: Vec<(usize, usize)> = (0..groups.len())
        .flat_map(|first| (0..groups.len()).map(move |second| (first, second)))
        .collect();
    pairs
        .par_iter()
        .map(|(first, second)| {
            pair(
                spec,
                measured,
                &strata.attribute,
                &groups[*first],
                &groups[*second],
            )
        })
        .collect()
}

fn pair(
    spec: &StatisticsSpec,
    measured: &Measured,
    attribute: &str,
    (first, positives): &(&String, Group),
    (second, negatives): &(&String, Group),
) -> CrossRanking {
    let mut row = CrossRanking {
        endpoint: measured.endpoint.clone(),
        attribute: attribute.to_owned(),
        positives_of: (*first).clone(),
        negatives_of: (*second).clone(),
        n_positive: Some(positives.n_positive()),
        n_negative: Some(negatives.n() - negatives.n_positive()),
        n_clusters: Some(0),
        estimate: None,
        lower: None,
        upper: None,
        confidence_level: spec.confidence,
        method: String::new(),
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    let method = match spec.auroc {
        Declared::Logit => AurocMethod::Logit,
        Declared::Delong => AurocMethod::Delong,
        Declared::Newcombe5 => AurocMethod::Newcombe5,
    };
    let found = metrics::xauc(
        (&positives.y_true, &positives.rank(), positives.clusters()),
        (&negatives.y_true, &negatives.rank(), negatives.clusters()),
    )
    .and_then(|found| Ok((found.interval(method, spec.confidence)?, found)));
    match found {
        Err(why) => row.reason = Some(why.to_string()),
        Ok(((limits, id), found)) => {
            row.status = EstimateStatus::Ok;
            row.estimate = Some(found.estimate);
            row.lower = Some(limits.lower);
            row.upper = Some(limits.upper);
            row.method = id.to_owned();
            row.n_clusters = Some(found.n_clusters);
        }
    }
    row
}
