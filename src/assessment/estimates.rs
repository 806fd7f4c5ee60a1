//! Every metric of one group, as rows of the results.

use crate::config::{Endpoint, StatisticsSpec};
use crate::metrics::{ConfusionCounts, MatrixDraws};

use super::gating::carriers;
use super::matrix::WholeMatrix;
use super::measured::Group;
use super::metric::Metric;
use super::quantities::{Quantity, quantity};
use super::read_off::ranking;
use super::scores::CalibrationSetting;
use super::smooth::SmoothCurve;
use super::unanswered::About;
use super::{Estimate, EstimateFlag, EstimateStatus};

/// Where a group stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) endpoint: &'a str,
    /// Whether the audit has several endpoints, so that ids name them.
    pub(super) several: bool,
    pub(super) attribute: &'a str,
    pub(super) level: &'a str,
    pub(super) exploratory: bool,
    /// Whether cases were chosen by outcome, so that prevalence means nothing.
    pub(super) enriched: bool,
    /// The endpoint as declared.
    pub(super) declared: &'a Endpoint,
}

impl Place<'_> {
    /// `<metric>.<endpoint>.<attribute>.<level>`, the endpoint only when there are several.
    pub(super) fn id(&self, metric: &str) -> String {
        let endpoint = if self.several {
            format!("{}.", self.endpoint)
        } else {
            String::new()
        };
        format!("{metric}.{endpoint}{}.{}", self.attribute, self.level)
    }
}

/// Effective n below which an estimate is marked unreliable.
pub(super) const RELIABLE_N: f64 = 30.0;
/// Width of an interval above which an estimate is marked unreliable.
pub(super) const RELIABLE_WIDTH: f64 = 0.30;
/// Events below which a calibration figure is marked.
const FEW_EVENTS: u64 = 200;

/// One row for each metric.
pub(super) fn estimates(
    spec: &StatisticsSpec,
    place: &Place<'_>,
    group: &Group,
    (draws, calibration): (&MatrixDraws, &CalibrationSetting),
    smooth: &SmoothCurve,
) -> Vec<Estimate> {
    let n_patients = group.n_patients(ConfusionCounts::total);
    let whole = group.kinds().total();
    let n_positive = whole.true_positive + whole.false_negative;
    let matrix = WholeMatrix::new(spec, group, draws);
    let units = Units::of(group);
    let row = |metric: Metric, name: &str, prevalence: Option<f64>| -> Estimate {
        let about = About {
            id: place.id(name),
            endpoint: place.endpoint,
            metric: name,
            attribute: place.attribute,
        };
        let mut row = Estimate {
            n: Some(group.n()),
            n_class: Some(metric.in_denominator(&whole)),
            n_positive: Some(n_positive),
            n_patients: Some(n_patients),
            n_clusters: Some(group.n_patients(|counts| metric.in_denominator(counts))),
            ..Estimate::unanswered(about, place.level, spec.confidence)
        };
        let found = if place.enriched && metric.follows_prevalence() {
            Err(metric.means_nothing_when_enriched())
        } else {
            matrix
                .quantity(spec, metric, prevalence)
                .or_else(|| smooth.quantity(metric))
                .or_else(|| ranking(spec, metric, &place.declared.ranking, group))
                .unwrap_or_else(|| quantity(spec, metric, group, calibration))
        };
        match found {
            Ok(found) => fill(&mut row, metric, &found, (n_positive, &units)),
            Err(why) => row.reason = Some(why.to_string()),
        }
        if place.exploratory {
            row.flags.push(EstimateFlag::Exploratory);
        }
        if !group.clustered && row.status == EstimateStatus::Ok {
            row.flags.push(EstimateFlag::SamplesTakenAsIndependent);
        }
        row.flags.sort();
        row
    };
    Metric::ALL
        .into_iter()
        .filter(|metric| metric.is_asked_for(place.declared, spec))
        .flat_map(|metric| {
            let ids = metric.ids(place.declared);
            ids.into_iter()
                .map(move |(name, prevalence)| (metric, name, prevalence))
        })
        .map(|(metric, name, prevalence)| row(metric, &name, prevalence))
        .collect()
}

/// Patients of a group; samples where these are taken as independent.
struct Units {
    all: u64,
    /// Those with the class that fewer have.
    rarer: u64,
}

impl Units {
    fn of(group: &Group) -> Self {
        let all = if group.clustered {
            group.n_patients(ConfusionCounts::total)
        } else {
            group.n()
        };
        Self {
            all,
            rarer: carriers(group).0,
        }
    }

    /// Effective n of a figure whose method names none: of a point of the ranking, the patients of
    /// the rarer class, whose scores it rests on; of any other, all patients.
    fn behind(&self, metric: Metric) -> f64 {
        match metric {
            Metric::SensitivityAtSpecificity
            | Metric::SpecificityAtSensitivity
            | Metric::PartialAuroc => self.rarer as f64,
            _ => self.all as f64,
        }
    }
}

fn fill(row: &mut Estimate, metric: Metric, found: &Quantity, (n_positive, units): (u64, &Units)) {
    row.status = EstimateStatus::Ok;
    row.estimate = Some(found.estimate);
    row.lower = found.limits.map(|limits| limits.lower);
    row.upper = found.limits.map(|limits| limits.upper);
    row.reason.clone_from(&found.no_limits);
    row.method.clone_from(&found.method);
    row.standard_error = found.standard_error;
    row.design_effect = found.design_effect;
    row.n_effective = found.n_effective.filter(|_| found.counts.is_some());
    row.if_calibrated.clone_from(&found.if_calibrated);
    row.p = found.p;
    row.numerator = found.counts.map(|(numerator, _)| numerator);
    row.denominator = found.counts.map(|(_, denominator)| denominator);
    let wide = is_wide(metric, row.lower, row.upper);
    let no_limits = found.limits.is_none() && metric.has_interval();
    let n = found.n_effective.unwrap_or_else(|| units.behind(metric));
    if wide || no_limits || n < RELIABLE_N {
        row.flags.push(EstimateFlag::Unreliable);
    }
    if found.few_carriers {
        row.flags.push(EstimateFlag::FewCarriers);
    }
    if is_calibration(metric) && n_positive < FEW_EVENTS {
        row.flags.push(EstimateFlag::FewEvents);
    }
}

/// Whether an interval is too wide to rely on.
pub(super) fn is_wide(metric: Metric, lower: Option<f64>, upper: Option<f64>) -> bool {
    metric_is_share(metric)
        && matches!((lower, upper), (Some(lower), Some(upper)) if upper - lower > RELIABLE_WIDTH)
}

/// Whether the metric lies between 0 and 1, so that a width of 0.30 means something.
fn metric_is_share(metric: Metric) -> bool {
    metric.share().is_some()
        || matches!(
            metric,
            Metric::Auroc
                | Metric::Auprc
                | Metric::BalancedAccuracy
                | Metric::F1
                | Metric::PpvAtPrevalence
                | Metric::NpvAtPrevalence
                | Metric::SensitivityAtSpecificity
                | Metric::SpecificityAtSensitivity
        )
}

fn is_calibration(metric: Metric) -> bool {
    metric.is_smooth()
        || matches!(
            metric,
            Metric::OeRatio
                | Metric::CalibrationIntercept
                | Metric::CalibrationSlope
                | Metric::EceWidth
                | Metric::EceMass
                | Metric::RmsCalibrationErrorDebiased
                | Metric::SpiegelhalterZ
        )
}
