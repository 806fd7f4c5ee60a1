//! Numbers that an endpoint asks to be read off the ranking of the scores.

use crate::config::{RankingSpec, StatisticsSpec};
use crate::metrics::{self, CurveMetric};
use crate::statistics::NotEstimable;

use super::measured::Group;
use super::metric::Metric;
use super::quantities::Quantity;

/// A declared read-off; `None` for another metric, or one that is not declared.
pub(super) fn ranking(
    spec: &StatisticsSpec,
    metric: Metric,
    declared: &RankingSpec,
    group: &Group,
) -> Option<Result<Quantity, NotEstimable>> {
    let which = match metric {
        Metric::SensitivityAtSpecificity => CurveMetric::SensitivityAt {
            specificity: declared.at_specificity?,
        },
        Metric::SpecificityAtSensitivity => CurveMetric::SpecificityAt {
            sensitivity: declared.at_sensitivity?,
        },
        Metric::PartialAuroc => CurveMetric::PartialArea {
            specificity_from: declared.partial_from?,
        },
        _ => return None,
    };
    let found = metrics::on_curve(
        which,
        &group.y_true,
        &group.rank(),
        group.clusters(),
        spec.confidence,
        spec.replicates.get() as u64,
        spec.seed,
    );
    Some(found.map(|found| Quantity {
        n_effective: Some(found.n_effective),
        few_carriers: found.few_carriers,
        ..Quantity::new(
            found.estimate,
            Ok::<_, NotEstimable>(found.interval),
            "wilson_bootstrap_n",
        )
    }))
}
