//! `gate.assume`, and how p-values are adjusted for their number.

use super::super::audit::{Adjustment, AssumeSpec, Assumed};
use super::super::diagnostic::{Diagnostic, quoted, suggestion};
use super::super::keys;
use super::super::located::Located;
use super::reader::{Section, Value};

/// Corrections of a gate. Those that bound the false discovery rate say nothing of a single
/// failure, so that they cannot decide one.
const CORRECTIONS: [(&str, Adjustment); 3] = [
    ("holm", Adjustment::Holm),
    ("hochberg", Adjustment::Hochberg),
    ("max_t", Adjustment::MaxT),
];

const FALSE_DISCOVERIES: [(&str, Adjustment); 2] = [
    ("benjamini_hochberg", Adjustment::BenjaminiHochberg),
    ("benjamini_yekutieli", Adjustment::BenjaminiYekutieli),
];

/// `gate.correction`.
pub(super) fn correction(section: &Section<'_>) -> Option<Adjustment> {
    section
        .get("correction")
        .map_or(Some(Adjustment::Holm), |value| {
            value.choice(&CORRECTIONS, &[])
        })
}

/// `statistics.multiplicity`.
pub(super) fn multiplicity(value: &Value<'_>) -> Option<Adjustment> {
    value.choice(&[&CORRECTIONS[..], &FALSE_DISCOVERIES[..]].concat(), &[])
}

/// `statistics.exploratory`.
pub(super) fn exploratory(value: &Value<'_>) -> Option<Adjustment> {
    value.choice(&FALSE_DISCOVERIES, &[])
}

/// `gate.assume`; `endpoints` are the names of the audit's endpoints, where they could be read.
pub(super) fn assume(value: &Value<'_>, endpoints: Option<&[String]>) -> Option<AssumeSpec> {
    let section = value.section(&keys::ASSUME)?;
    let common = assumed(&section);
    let own = match section.get("endpoints") {
        None => Some(Vec::new()),
        Some(value) => of_endpoints(&value, endpoints),
    };
    let (common, own) = (common?, own?);
    let declares = |assumed: &Assumed| {
        [
            assumed.sensitivity,
            assumed.specificity,
            assumed.auroc,
            assumed.oe_ratio,
            assumed.calibration_slope,
        ]
        .iter()
        .any(Option::is_some)
    };
    if !declares(&common) && !own.iter().any(|(_, assumed)| declares(assumed)) {
        value.error(
            "too-few",
            format!("`{}` assumes nothing of the model's performance", value.path),
            "write what the model is expected to reach, such as `assume: {sensitivity: 0.90, specificity: 0.85}`",
        );
        return None;
    }
    Some(AssumeSpec {
        common,
        endpoints: own,
    })
}

fn assumed(section: &Section<'_>) -> Option<Assumed> {
    let share = |key: &str| match section.get(key) {
        None => Some(None),
        Some(value) => value.share().map(Some),
    };
    let auroc = match section.get("auroc") {
        None => Some(None),
        Some(value) => value
            .number_in("between 0 and 1", |area| 0.0 < area && area < 1.0)
            .map(Some),
    };
    let above_zero = |key: &str| match section.get(key) {
        None => Some(None),
        Some(value) => value
            .number_in("above 0", |value| value > 0.0 && value.is_finite())
            .map(Some),
    };
    let (oe_ratio, calibration_slope) = (above_zero("oe_ratio"), above_zero("calibration_slope"));
    let (sensitivity, specificity) = (share("sensitivity"), share("specificity"));
    let intracluster_correlation = share("intracluster_correlation");
    Some(Assumed {
        sensitivity: sensitivity?,
        specificity: specificity?,
        auroc: auroc?,
        oe_ratio: oe_ratio?,
        calibration_slope: calibration_slope?,
        intracluster_correlation: intracluster_correlation?,
    })
}

fn of_endpoints(
    value: &Value<'_>,
    endpoints: Option<&[String]>,
) -> Option<Vec<(Located<String>, Assumed)>> {
    let mut own = Vec::new();
    let mut complete = true;
    for (name, value) in value.named("assumed values")? {
        let known = endpoints.is_none_or(|endpoints| endpoints.contains(&name.value));
        if !known {
            let valid: Vec<&str> = endpoints
                .unwrap_or_default()
                .iter()
                .map(String::as_str)
                .collect();
            value.cx.report(
                Diagnostic::error(
                    "unknown-endpoint",
                    format!("{} is no endpoint", quoted(&name)),
                )
                .at(name.span)
                .help(suggestion(&name, &valid, "endpoint")),
            );
        }
        let read = value
            .section(&keys::ASSUME_ENDPOINT)
            .and_then(|section| assumed(&section));
        match read {
            Some(assumed) if known => own.push((name, assumed)),
            _ => complete = false,
        }
    }
    complete.then_some(own)
}
