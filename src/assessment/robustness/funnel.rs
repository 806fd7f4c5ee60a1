//! Funnel of an attribute's levels: which of them lie outside what chance explains at their size.

use crate::assessment::EstimateStatus;
use crate::statistics::{NotEstimable, funnel_limits};

use super::{Funnel, FunnelLimit, FunnelPoint, OfShare, Setting};

/// Fewest levels that make a funnel; fewer are set against each other one by one.
const LEAST_LEVELS: usize = 4;
/// Sizes at which limits are given.
const STEPS: u32 = 32;

/// The funnel of one share over an attribute whose levels have no order (sites, devices); `None`
/// where it has fewer than four known levels, or levels made of numbers.
pub(super) fn funnel(setting: &Setting<'_>, of: &OfShare<'_>) -> Option<Funnel> {
    let ordered = setting
        .audit
        .strata
        .iter()
        .any(|one| one.name.value == of.strata.attribute && one.bins.is_some());
    if ordered || of.strata.parts.len() != 1 || of.known().count() < LEAST_LEVELS {
        return None;
    }
    let mut row = Funnel {
        id: setting.id(of.metric, &of.strata.attribute),
        endpoint: setting.measured.endpoint.clone(),
        metric: of.metric.id().to_owned(),
        attribute: of.strata.attribute.clone(),
        level: "all".to_owned(),
        target: None,
        points: Vec::new(),
        limits: Vec::new(),
        method: String::new(),
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    match fill(&mut row, of) {
        Ok(()) => {
            row.method = "funnel_binomial".to_owned();
            row.status = EstimateStatus::Ok;
        }
        Err(why) => {
            row.points.clear();
            row.reason = Some(why.to_string());
        }
    }
    Some(row)
}

fn fill(row: &mut Funnel, of: &OfShare<'_>) -> Result<(), NotEstimable> {
    let found: Vec<_> = of
        .known()
        .filter_map(|level| {
            let share = of.table.proportion(level, of.share).ok()?;
            (share.n_effective >= 1.0).then_some((level, share))
        })
        .collect();
    if found.len() < LEAST_LEVELS {
        return Err(NotEstimable::Other(format!(
            "fewer than {LEAST_LEVELS} levels have an estimate"
        )));
    }
    let (events, trials) = found.iter().fold((0, 0), |(events, trials), (_, of)| {
        (events + of.events, trials + of.trials)
    });
    let target = events as f64 / trials as f64;
    for (level, share) in &found {
        let limits = funnel_limits(target, share.n_effective)?;
        let beyond = |lower: f64, upper: f64| share.estimate < lower || share.estimate > upper;
        let outside = if beyond(limits.lower_998, limits.upper_998) {
            "99.8"
        } else if beyond(limits.lower_95, limits.upper_95) {
            "95"
        } else {
            "none"
        };
        row.points.push(FunnelPoint {
            level: of.strata.levels[*level].clone(),
            n_class: share.trials,
            n_effective: share.n_effective,
            estimate: share.estimate,
            outside: outside.to_owned(),
        });
    }
    let sizes = row.points.iter().map(|one| one.n_effective);
    let (low, high) = sizes.fold((f64::INFINITY, 1.0f64), |(low, high), n| {
        (low.min(n), high.max(n))
    });
    // Equal steps of the logarithm: the funnel bends most where groups are small.
    let (low, high) = ((0.8 * low).max(1.0), 1.1 * high);
    for step in 0..=STEPS {
        let n = low * (high / low).powf(f64::from(step) / f64::from(STEPS));
        let limits = funnel_limits(target, n)?;
        row.limits.push(FunnelLimit {
            n,
            lower_95: limits.lower_95,
            upper_95: limits.upper_95,
            lower_998: limits.lower_998,
            upper_998: limits.upper_998,
        });
    }
    row.target = Some(target);
    Ok(())
}
