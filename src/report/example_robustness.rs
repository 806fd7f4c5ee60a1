//! Made-up rows of the analyses beside the comparisons, from the made-up estimates.

use crate::assessment::{
    CaseMix, CaseMixCell, CommonEffect, Comparison, Estimate, EstimateStatus, FailuresAsErrors,
    Funnel, FunnelLimit, FunnelPoint, Homogeneity, LabelNoise, MissingAttribute, Pooled,
    ReferencePoint, Spread,
};

use super::result::AuditResult;

/// Fills the lists of a result whose estimates and comparisons stand.
pub(super) fn fill(result: &mut AuditResult) {
    let shares = |metric: &str| metric == "sensitivity" || metric == "specificity";
    let compared: Vec<Comparison> = result.comparisons.clone();
    for c in compared.iter().filter(|c| shares(&c.metric)) {
        result.label_noise.push(label_noise(c));
        if c.attribute == "sex" {
            result.missing_attribute.push(missing(c));
            result.case_mix.push(case_mix(c));
        }
    }
    let measured = result.estimates.clone();
    for e in measured.iter().filter(|e| shares(&e.metric)) {
        if e.attribute.contains('*') {
            result.pooled.push(pooled(e));
        }
        if e.attribute == "overall" {
            result.failures_as_errors.push(failed(e));
        }
    }
    for metric in ["sensitivity", "specificity"] {
        let attribute = measured
            .iter()
            .rev()
            .find(|e| !e.attribute.contains('*') && e.attribute != "overall");
        let attribute = attribute.map_or("", |e| e.attribute.as_str());
        result.funnels.push(funnel(metric, attribute, &measured));
    }
    for metric in ["sensitivity", "auroc"] {
        let attribute = measured.last().map_or("", |e| e.attribute.as_str());
        result.spread.push(spread(metric, attribute));
    }
}

fn label_noise(c: &Comparison) -> LabelNoise {
    let significant = c.p.is_some_and(|p| p < 0.05);
    LabelNoise {
        id: format!("{}.{}.{}-label-noise", c.metric, c.attribute, c.level),
        endpoint: c.endpoint.clone(),
        metric: c.metric.clone(),
        attribute: c.attribute.clone(),
        level: c.level.clone(),
        difference: c.difference,
        significant: Some(significant),
        erases: Some(0.61),
        loses_significance: significant.then_some(0.23),
        creates_deficit: (!significant).then_some(0.34),
        creates_excess: None,
        confidence_level: 0.95,
        method: "label_tipping_point".to_owned(),
        reference_grid: [(1.0, c.estimate), (0.95, None)]
            .map(|(reference_accuracy, estimate)| ReferencePoint {
                reference_accuracy,
                estimate,
                lower: estimate.map(|v| v - 0.05),
                upper: estimate.map(|v| (v + 0.04).min(1.0)),
                reference_estimate: c.reference_estimate,
                difference: estimate.and(c.difference),
                difference_if_only_here: estimate.and(c.difference),
            })
            .into(),
        status: EstimateStatus::Ok,
        reason: None,
    }
}

fn missing(c: &Comparison) -> MissingAttribute {
    let shifted = |by: f64| c.difference.map(|d| d + by);
    MissingAttribute {
        id: format!("{}.{}.{}-if-missing", c.metric, c.attribute, c.level),
        endpoint: c.endpoint.clone(),
        metric: c.metric.clone(),
        attribute: c.attribute.clone(),
        level: c.level.clone(),
        difference: c.difference,
        worst: shifted(-0.02),
        best: shifted(0.01),
        lower: shifted(-0.09),
        upper: shifted(0.08),
        confidence_level: 0.95,
        method: "missing_attribute_bounds".to_owned(),
        status: EstimateStatus::Ok,
        reason: None,
    }
}

fn case_mix(c: &Comparison) -> CaseMix {
    let common = |estimate: f64, method: &str| CommonEffect {
        estimate: Some(estimate),
        lower: Some(estimate - 0.06),
        upper: Some(estimate + 0.07),
        method: method.to_owned(),
        reason: None,
    };
    let cell = |level: &str, n: u64| CaseMixCell {
        level: level.to_owned(),
        n,
        n_patients: n,
        n_reference: 80,
        n_patients_reference: 61,
        weight: (n > 0).then_some(0.5),
        hardly_occurs: n < 5,
    };
    CaseMix {
        id: format!("{}.{}.{}-within-site", c.metric, c.attribute, c.level),
        endpoint: c.endpoint.clone(),
        metric: c.metric.clone(),
        attribute: c.attribute.clone(),
        level: c.level.clone(),
        within: "site".to_owned(),
        crude_difference: c.difference,
        crude_lower: c.lower,
        crude_upper: c.upper,
        crude_method: c.method.clone(),
        crude_difference_of_used: c.difference,
        estimate: c.estimate,
        reference_estimate: c.reference_estimate,
        difference: c.difference.map(|d| d / 2.0),
        lower: c.lower.map(|d| d / 2.0 - 0.05),
        upper: c.upper.map(|d| d / 2.0 + 0.05),
        confidence_level: 0.95,
        method: "standardised_mover_shared".to_owned(),
        n_shared_patients: Some(3),
        mantel_haenszel_difference: common(-0.01, "mantel_haenszel_sato_effective_n"),
        mantel_haenszel_odds_ratio: common(0.92, "mantel_haenszel_rbg_effective_n"),
        homogeneity: Homogeneity {
            statistic: None,
            df: None,
            p: None,
            method: String::new(),
            reason: Some("fewer than two strata hold both groups and both outcomes".to_owned()),
        },
        on_effective_counts: true,
        cells: vec![cell("A", 90), cell("B", 4), cell("C", 0)],
        status: EstimateStatus::Ok,
        reason: None,
    }
}

fn pooled(e: &Estimate) -> Pooled {
    Pooled {
        id: format!("{}.{}.{}-pooled", e.metric, e.attribute, e.level),
        endpoint: e.endpoint.clone(),
        metric: e.metric.clone(),
        attribute: e.attribute.clone(),
        level: e.level.clone(),
        n_class: e.n_class,
        raw_estimate: e.estimate,
        estimate: e.estimate.map(|v| 0.9 + (v - 0.9) / 2.0),
        lower: e.estimate.map(|v| 0.9 + (v - 0.9) / 2.0 - 0.06),
        upper: e.estimate.map(|v| (0.9 + (v - 0.9) / 2.0 + 0.05).min(1.0)),
        mean: Some(0.9),
        prior_size: Some(41.5),
        confidence_level: 0.95,
        method: "beta_binomial_pooling".to_owned(),
        status: EstimateStatus::Ok,
        reason: None,
    }
}

fn failed(e: &Estimate) -> FailuresAsErrors {
    FailuresAsErrors {
        id: format!("{}.{}.{}-with-failures", e.metric, e.attribute, e.level),
        endpoint: e.endpoint.clone(),
        metric: e.metric.clone(),
        attribute: e.attribute.clone(),
        level: e.level.clone(),
        n_class: e.n_class.map(|n| n + 4),
        n_failed: Some(4),
        plain_estimate: e.estimate,
        plain_lower: e.lower,
        plain_upper: e.upper,
        estimate: e.estimate.map(|v| v - 0.01),
        lower: e.lower.map(|v| v - 0.01),
        upper: e.upper,
        confidence_level: 0.95,
        method: e.method.clone(),
        status: EstimateStatus::Ok,
        reason: None,
    }
}

fn spread(metric: &str, attribute: &str) -> Spread {
    Spread {
        id: format!("{metric}.{attribute}"),
        endpoint: "effusion".to_owned(),
        metric: metric.to_owned(),
        attribute: attribute.to_owned(),
        level: "all".to_owned(),
        levels: ["F*A", "F*B", "M*A"].map(str::to_owned).into(),
        lowest: Some("F*B".to_owned()),
        highest: Some("M*A".to_owned()),
        range: Some(0.19),
        expected_by_chance: Some(0.07),
        upper_95_by_chance: Some(0.13),
        bias_corrected: Some(0.176),
        confidence_level: 0.95,
        method: "chance_range".to_owned(),
        status: EstimateStatus::Ok,
        reason: None,
    }
}

/// Normal limits, so that the made-up funnel looks like one.
fn funnel(metric: &str, attribute: &str, measured: &[Estimate]) -> Funnel {
    let target = 0.9_f64;
    let points: Vec<FunnelPoint> = measured
        .iter()
        .filter(|e| e.metric == metric && e.attribute == attribute && e.estimate.is_some())
        .map(|e| {
            let n = e.n_class.unwrap() as f64;
            let z = (e.estimate.unwrap() - target).abs() / (target * (1.0 - target) / n).sqrt();
            FunnelPoint {
                level: e.level.clone(),
                n_class: e.n_class.unwrap(),
                n_effective: n,
                estimate: e.estimate.unwrap(),
                outside: if z > 3.09 {
                    "99.8"
                } else if z > 1.96 {
                    "95"
                } else {
                    "none"
                }
                .to_owned(),
            }
        })
        .collect();
    let limits = (1..=20)
        .map(|i| {
            let n = 20.0 * f64::from(i);
            let half = |z: f64| z * (target * (1.0 - target) / n).sqrt();
            FunnelLimit {
                n,
                lower_95: target - half(1.96),
                upper_95: (target + half(1.96)).min(1.0),
                lower_998: target - half(3.09),
                upper_998: (target + half(3.09)).min(1.0),
            }
        })
        .collect();
    Funnel {
        id: format!("{metric}.{attribute}"),
        endpoint: "effusion".to_owned(),
        metric: metric.to_owned(),
        attribute: attribute.to_owned(),
        level: "all".to_owned(),
        target: Some(target),
        points,
        limits,
        method: "funnel_binomial".to_owned(),
        status: EstimateStatus::Ok,
        reason: None,
    }
}
